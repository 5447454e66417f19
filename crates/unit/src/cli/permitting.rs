//! Printing and deleting by consent: asking, deciding, the list of what was asked.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use yichuan_document::roster::record::Role;
use yichuan_document::statement::{PermissionRequest, Permit, PermitReason};

use super::Globals;
use super::acting::block_on;
use super::coded::{list_permit_reasons, permit_reason, words_due};
use super::inspecting::plain;
use super::typesetting::is_free;
use crate::lang::{local, progress, say, table};
use crate::office::permitting::{Asked, Permission, numbers};
use crate::office::{Failed, Session};

/// `yichuan print`.
#[derive(Debug, Subcommand)]
pub(super) enum PrintCommand {
    /// 申请打印：正本、脱密件或补印 · ask the head for consent to print
    Ask(AskPrint),
    /// 审批（负责人） · decide about a request, as the head
    Decide(Decide),
    /// 生成已批准的打印文件（PDF） · make the file for the printer
    Make(Make),
    /// 打印清单：谁申请、谁审批、份号 · what was asked for and printed
    List(List),
}

/// `yichuan delete`.
#[derive(Debug, Subcommand)]
pub(super) enum DeleteCommand {
    /// 申请删除已办结的公文 · ask the head for consent to delete a completed document
    Ask(AskDeletion),
    /// 审批（负责人） · decide about a request, as the head
    Decide(Decide),
    /// 执行已批准的删除 · delete what was granted
    Carry(CarryOut),
    /// 已提出的删除申请 · what was asked for
    List(List),
}

/// `yichuan delete ask`.
#[derive(Debug, Args)]
pub(super) struct AskDeletion {
    /// 公文标识 · the document's id, or its beginning or end
    id: String,
    #[command(flatten)]
    why: Why,
}

/// `yichuan delete carry`.
#[derive(Debug, Args)]
pub(super) struct CarryOut {
    /// 申请的日志序号 · the request's log index
    index: u64,
}

/// Why consent is asked for.
#[derive(Debug, Args)]
pub(super) struct Why {
    /// 原因代码 · the reason's code; `--reason list` shows them
    #[arg(long)]
    reason: String,
    /// 说明，只有本单位能看 · the reason in words, which only this unit can read
    #[arg(long)]
    text: Option<String>,
}

/// `yichuan print ask`.
#[derive(Debug, Args)]
pub(super) struct AskPrint {
    /// 公文标识 · the document's id, or its beginning or end
    id: String,
    /// 份数 · how many copies
    #[arg(long, value_parser = clap::value_parser!(u16)
        .range(1..=i64::from(PermissionRequest::COPIES_MAX)))]
    copies: u16,
    /// 脱密件：无红头、无印章 · desensitised copies, without red head and seal
    #[arg(long, conflicts_with = "again")]
    desensitised: bool,
    /// 补印：从该份号起 · print originals once more, from this copy number on
    #[arg(long, value_name = "NUMBER")]
    again: Option<u32>,
    #[command(flatten)]
    why: Why,
}

/// `yichuan print make`.
#[derive(Debug, Args)]
pub(super) struct Make {
    /// 申请的日志序号 · the request's log index
    index: u64,
    /// 写入该文件，不得已存在 · write it to this file, which must not exist
    #[arg(long, value_name = "PDF")]
    out: PathBuf,
    /// 第几个文件，正文为 1 · which of the document's files, the main text is 1
    #[arg(long, value_name = "N", default_value_t = 1,
        value_parser = clap::value_parser!(u16).range(1..))]
    part: u16,
    /// 送往打印机（lp）；可写打印机名 · send it to a printer as well, by `lp`
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = "")]
    printer: Option<String>,
}

/// `yichuan print decide`, `yichuan delete decide`.
#[derive(Debug, Args)]
pub(super) struct Decide {
    /// 申请的日志序号 · the request's log index
    index: u64,
    /// 不同意 · refuse it
    #[arg(long)]
    refuse: bool,
}

/// `yichuan print list`, `yichuan delete list`.
#[derive(Debug, Args)]
pub(super) struct List {
    /// 公文标识，不写则列出全部 · the document's id; all where it is not said
    id: Option<String>,
}

impl Why {
    /// The reason's code; none where the codes were asked for instead.
    fn code(&self) -> Result<Option<PermitReason>, Failed> {
        if self.reason == "list" {
            list_permit_reasons();
            return Ok(None);
        }
        let reason = permit_reason(&self.reason)?;
        words_due(reason.needs_text(), self.text.as_deref())?;
        Ok(Some(reason))
    }
}

impl PrintCommand {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        match self {
            Self::Ask(command) => command.run(globals),
            Self::Decide(command) => command.run(globals),
            Self::Make(command) => command.run(globals),
            Self::List(command) => command.run(globals, |permit| permit != Permit::Deletion),
        }
    }
}

impl AskPrint {
    fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let permit = match (self.desensitised, self.again) {
            (true, _) => Permit::Desensitised,
            (false, Some(_)) => Permit::Again,
            (false, None) => Permit::Originals,
        };
        let numbers = (Some(self.copies), self.again);
        ask(globals, (&self.id, permit), numbers, &self.why)
    }
}

fn ask(
    globals: &Globals,
    (id, permit): (&str, Permit),
    (count, first): (Option<u16>, Option<u32>),
    why: &Why,
) -> Result<ExitCode, Failed> {
    let Some(reason) = why.code()? else {
        return Ok(ExitCode::SUCCESS);
    };
    let home = globals.take_home()?;
    let done = block_on(async {
        let roles = match permit {
            Permit::Deletion => &[Role::Receive, Role::Send][..],
            _ => &[Role::Receive],
        };
        let (mut session, _) = globals.session_of_any(&home, roles).await?;
        let registers = session.registers()?;
        let document = match permit {
            Permit::Deletion => registers.one(id)?,
            _ => registers.one_received(id)?,
        };
        let asked = Asked {
            about: document.about,
            permit,
            count,
            first,
            reason: reason.code(),
        };
        session.ask_permission(asked, why.text.as_deref()).await
    })?;
    let more = json!({ "permit": permit.en(), "copies": count, "first": first });
    let copies = count.map(|count| format!(" × {count}"));
    let next = say(
        "；请负责人用该日志序号审批",
        "; the head decides by this log index",
    );
    let text = format!(
        "{}{}{next}",
        say(permit.zh(), permit.en()),
        copies.unwrap_or_default()
    );
    globals.recorded(("已申请", "asked for"), &done, more, &text);
    Ok(ExitCode::SUCCESS)
}

impl Make {
    fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        is_free(&self.out, false)?;
        let home = globals.take_home()?;
        let faces = crate::fonts::installed(None);
        let printed = block_on(async {
            let (mut session, _) = globals.session(&home, Some(Role::Receive)).await?;
            let asked = session.permission(self.index)?;
            let bar = progress(0, say("生成打印文件", "making the file for the printer"));
            let part = usize::from(self.part - 1);
            let printed = session
                .print(&asked, part, &faces, &mut |_| bar.tick())
                .await;
            bar.finish_and_clear();
            printed
        })?;
        let mut file = crate::unix::create_private(&self.out)?;
        file.write_all(&printed.bytes)?;
        file.sync_all()?;
        if let Some(name) = &self.printer {
            let name = Some(name.as_str()).filter(|it| !it.is_empty());
            crate::unix::send_to_printer(&self.out, name).map_err(|why| {
                let kept = say(
                    "没有送到打印机，文件已生成，可直接打印",
                    "not sent to the printer; the file is there to be printed",
                );
                io::Error::other(format!("{kept}: {}: {why}", self.out.display()))
            })?;
        }
        let permission = &printed.permission;
        let numbered = permission.copies.as_ref().map(|(_, _, body)| numbers(body));
        let notes: Vec<String> = printed.notes.iter().map(|note| plain(note)).collect();
        let noted: String = notes.iter().map(|note| note.clone() + "\n").collect();
        let text = format!(
            "{}: {}\n{}{noted}",
            say("打印文件", "the file for the printer"),
            self.out.display(),
            numbered
                .as_ref()
                .map(|it| format!("{}: {it}\n", say("份号", "numbers")))
                .unwrap_or_default()
        );
        let mut json = as_json(permission, "");
        json["file"] = json!(self.out);
        json["bytes"] = json!(printed.bytes.len());
        json["notes"] = json!(notes);
        globals.print(&json, &text);
        Ok(ExitCode::SUCCESS)
    }
}

impl Decide {
    fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let home = globals.take_home()?;
        let (asked, done) = block_on(async {
            let (mut session, _) = globals.session(&home, None).await?;
            let asked = session.permission(self.index)?;
            let done = session.decide_permission(&asked, !self.refuse).await?;
            Ok::<_, Failed>((asked, done))
        })?;
        let more = json!({ "request": self.index, "granted": !self.refuse });
        let what = if self.refuse {
            ("不同意", "refused")
        } else {
            ("同意", "granted")
        };
        let text = format!(
            "{} ({})",
            say(asked.permit.zh(), asked.permit.en()),
            asked.by
        );
        globals.recorded(what, &done, more, &text);
        Ok(ExitCode::SUCCESS)
    }
}

impl DeleteCommand {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        match self {
            Self::Ask(command) => {
                let wanted = (command.id.as_str(), Permit::Deletion);
                ask(globals, wanted, (None, None), &command.why)
            }
            Self::Decide(command) => command.run(globals),
            Self::Carry(command) => command.run(globals),
            Self::List(command) => command.run(globals, |permit| permit == Permit::Deletion),
        }
    }
}

impl CarryOut {
    fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let home = globals.take_home()?;
        let index = block_on(async {
            let roles = [Role::Receive, Role::Send];
            let (mut session, _) = globals.session_of_any(&home, &roles).await?;
            let asked = session.permission(self.index)?;
            session.delete_under(&asked).await
        })?;
        globals.print(
            &json!({ "done": "deleted", "index": index }),
            &format!(
                "{}\n{} {index}",
                say(
                    "已删除本机内容；登记和办理记录保留",
                    "deleted what this computer held; the registers and what was recorded stay"
                ),
                say("日志序号", "log index")
            ),
        );
        Ok(ExitCode::SUCCESS)
    }
}

impl List {
    fn run(self, globals: &Globals, meant: impl Fn(Permit) -> bool) -> Result<ExitCode, Failed> {
        let home = globals.take_home()?;
        let rows = block_on(async {
            let (session, _) = globals.session(&home, None).await?;
            let registers = session.registers()?;
            let only = match &self.id {
                Some(id) => Some(registers.one(id)?.about.manifest),
                None => None,
            };
            let all = session.permissions(only.as_ref())?;
            let mut rows = Vec::new();
            for asked in all.into_iter().filter(|asked| meant(asked.permit)) {
                let words = words(&session, &asked).await?;
                rows.push((asked, words));
            }
            Ok::<_, Failed>(rows)
        })?;
        let listed: Vec<Value> = rows
            .iter()
            .map(|(asked, words)| as_json(asked, words))
            .collect();
        globals.print(&json!(listed), &as_text(&rows));
        Ok(ExitCode::SUCCESS)
    }
}

/// The reason in words; that they cannot be opened here is told as such.
async fn words(session: &Session, asked: &Permission) -> Result<String, Failed> {
    let Some(note) = asked.note() else {
        return Ok(String::new());
    };
    let context = asked.request.about.manifest;
    match session.words_at(asked.index, note, &context).await {
        Err(Failed::NoteUnreadable(_)) => {
            Ok(say("（本帐号不能打开）", "(not for this account)").to_owned())
        }
        text => text,
    }
}

fn as_json(asked: &Permission, words: &str) -> Value {
    let copies = asked.copies.as_ref().map(|(index, time, body)| {
        json!({
            "index": index,
            "time_ms": time.unix_ms(),
            "first": body.first,
            "count": body.count,
            "printed": body.printed,
            "quota": body.quota,
            "again": body.again,
        })
    });
    json!({
        "index": asked.index,
        "time_ms": asked.time.unix_ms(),
        "document": asked.request.about.document.to_string(),
        "permit": asked.permit.en(),
        "copies_asked": asked.request.count,
        "by": asked.by.as_str(),
        "reason": asked.request.reason,
        "text": words,
        "standing": asked.standing().words().1,
        "decided_by": asked.decided.as_ref().map(|decided| decided.by.as_str()),
        "decided_ms": asked.decided.as_ref().map(|decided| decided.time.unix_ms()),
        "done": asked.done.map(|(index, _)| index),
        "copies": copies,
    })
}

fn as_text(rows: &[(Permission, String)]) -> String {
    if rows.is_empty() {
        return say(
            "没有申请。用 ask 子命令提出。",
            "nothing was asked for; `ask` does.",
        )
        .to_owned();
    }
    let head = [
        say("序号", "index"),
        say("时间", "time"),
        say("公文", "document"),
        say("事项", "what"),
        say("申请人", "by"),
        say("状态", "state"),
        say("份号", "numbers"),
        say("说明", "why"),
    ];
    let row = |(asked, words): &(Permission, String)| {
        let count = asked.request.count.map(|count| format!(" × {count}"));
        let (zh, en) = asked.standing().words();
        let reason = PermitReason::from_code(asked.request.reason);
        let reason = reason.map_or("", |reason| say(reason.zh(), reason.en()));
        let colon = if words.is_empty() { "" } else { ": " };
        vec![
            asked.index.to_string(),
            local(asked.time),
            asked.request.about.document.to_string(),
            format!(
                "{}{}",
                say(asked.permit.zh(), asked.permit.en()),
                count.unwrap_or_default()
            ),
            asked.by.to_string(),
            say(zh, en).to_owned(),
            asked
                .copies
                .as_ref()
                .map(|(_, _, body)| numbers(body))
                .unwrap_or_default(),
            format!("{reason}{colon}{}", super::looking::visible(words)),
        ]
    };
    let rows: Vec<Vec<String>> = rows.iter().map(row).collect();
    table(&head, &rows)
}
