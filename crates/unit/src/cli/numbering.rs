//! Numbers: have some allotted, register a received document, see what became of them.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use yichuan_document::roster::record::Role;
use yichuan_document::statement::{About, NumberRequest, SERIES_COPIES, SERIES_RECEIVED};

use super::Globals;
use super::acting::block_on;
use crate::lang::{local, say, steps, table, this_year};
use crate::office::numbers::{Allotted, Line, NumberState};
use crate::office::{Failed, Session};

/// `yichuan number`.
#[derive(Debug, Args)]
pub(super) struct Number {
    /// 号段：机关代字、收文、份号 · the series: the issuer's word, 收文 or 份号
    series: String,
    /// 年份，默认今年 · the year [default: this year]
    #[arg(long)]
    year: Option<u16>,
    /// 用于哪份公文 · the document that it is for; due for 收文 and 份号
    #[arg(long = "for", value_name = "ID")]
    document: Option<String>,
    /// 连续取几个号 · how many consecutive numbers
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    count: u16,
}

/// `yichuan register`.
#[derive(Debug, Args)]
pub(super) struct Register {
    /// 公文标识 · the document's id, or its beginning or end
    id: String,
    /// 年份，默认今年 · the year [default: this year]
    #[arg(long)]
    year: Option<u16>,
}

/// `yichuan numbers`.
#[derive(Debug, Args)]
pub(super) struct Numbers {
    /// 只看这一号段 · this series only
    series: Option<String>,
    /// 只看这一年 · this year only
    #[arg(long)]
    year: Option<u16>,
    /// 只看空号、重号和未取号 · only what is not in order
    #[arg(long)]
    gaps: bool,
}

fn find(session: &Session, typed: &str) -> Result<About, Failed> {
    let registers = session.feed.registers();
    Ok(registers.one(typed)?.about)
}

fn tell(globals: &Globals, allotted: &Allotted) -> ExitCode {
    globals.print(
        &json!({
            "series": allotted.series,
            "year": allotted.year,
            "number": allotted.first,
            "count": allotted.count,
            "written": allotted.written(),
            "document": allotted.about.map(|about| about.document.to_string()),
            "index": allotted.index,
            "time_ms": allotted.time.unix_ms(),
        }),
        &format!(
            "{}\n{} {}, {}",
            allotted.written(),
            say("日志序号", "log index"),
            allotted.index,
            local(allotted.time)
        ),
    );
    ExitCode::SUCCESS
}

impl Number {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let of_document = [SERIES_RECEIVED, SERIES_COPIES].contains(&self.series.as_str());
        if of_document && self.document.is_none() {
            return Err(Failed::Usage(
                say(
                    "收文号和份号须用 --for 指明公文",
                    "收文 and 份号 are for a document: name it with --for",
                )
                .to_owned(),
            ));
        }
        if self.series == SERIES_RECEIVED && self.count > 1 {
            return Err(Failed::Usage(
                say(
                    "一份收文只有一个收文号",
                    "a received document has one register number",
                )
                .to_owned(),
            ));
        }
        let role = if self.series == SERIES_RECEIVED {
            Role::Receive
        } else {
            Role::Send
        };
        let year = self.year.unwrap_or_else(this_year);
        let home = globals.take_home()?;
        let allotted = block_on(async {
            let (mut session, _) = globals.session(&home, Some(role)).await?;
            let about = self.document.map(|typed| find(&session, &typed));
            let document = about.transpose()?;
            if let (SERIES_RECEIVED, Some(about)) = (self.series.as_str(), document) {
                return session.register(about, year).await;
            }
            let request = NumberRequest {
                series: self.series,
                year,
                document,
                count: (self.count > 1).then_some(self.count),
            };
            session.number(&request).await
        })?;
        Ok(tell(globals, &allotted))
    }
}

impl Register {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let home = globals.take_home()?;
        let year = self.year.unwrap_or_else(this_year);
        let allotted = block_on(async {
            let (mut session, _) = globals.session(&home, Some(Role::Receive)).await?;
            let registers = session.feed.registers();
            let about = registers.one_received(&self.id)?.about;
            session.register(about, year).await
        })?;
        Ok(tell(globals, &allotted))
    }
}

impl Numbers {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let home = globals.take_home()?;
        let lines = block_on(async {
            let (session, _) = globals.session(&home, None).await?;
            let bar = steps(say("核对发文", "looking at documents"));
            let lines = session.numbers(&mut || bar.inc(1)).await;
            bar.finish_and_clear();
            lines
        })?;
        let wanted = |line: &&Line| {
            self.series
                .as_ref()
                .is_none_or(|series| *series == line.series)
                && self.year.is_none_or(|year| year == line.year)
                && (!self.gaps || line.state != NumberState::InUse)
        };
        let lines: Vec<&Line> = lines.iter().filter(wanted).collect();
        let listed: Vec<_> = lines
            .iter()
            .map(|line| {
                json!({
                    "series": line.series,
                    "year": line.year,
                    "number": line.first,
                    "count": line.count,
                    "written": line.written(),
                    "state": line.state.words().1,
                    "documents": line.documents.iter().map(ToString::to_string).collect::<Vec<_>>(),
                })
            })
            .collect();
        globals.print(&json!(listed), &self.text(&lines));
        Ok(ExitCode::SUCCESS)
    }

    fn text(&self, lines: &[&Line]) -> String {
        if lines.is_empty() {
            let (zh, en) = if self.gaps {
                (
                    "没有空号、重号或未取号。",
                    "no gap, nothing twice, nothing unasked.",
                )
            } else {
                (
                    "还没有取过号。取号：yichuan number 机关代字；收文登记：yichuan register 公文标识",
                    "no number was allotted yet: yichuan number SERIES, yichuan register ID",
                )
            };
            return say(zh, en).to_owned();
        }
        let rows: Vec<Vec<String>> = lines
            .iter()
            .map(|line| {
                let (zh, en) = line.state.words();
                let documents: Vec<_> = line.documents.iter().map(ToString::to_string).collect();
                vec![line.written(), say(zh, en).to_owned(), documents.join("、")]
            })
            .collect();
        let head = [
            say("号", "number"),
            say("状态", "state"),
            say("公文", "documents"),
        ];
        let count = |state| lines.iter().filter(|line| line.state == state).count();
        format!(
            "{}{} {}, {} {}, {} {}\n",
            table(&head, &rows),
            say("空号", "gaps"),
            count(NumberState::Gap),
            say("重号", "twice"),
            count(NumberState::Twice),
            say("未取号", "not allotted"),
            count(NumberState::NotAllotted),
        )
    }
}
