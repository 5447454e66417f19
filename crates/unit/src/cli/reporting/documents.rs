//! `yichuan report documents`: the newest documents, from the exchange's index.

use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};
use yichuan_document::life::{Fact, Facts, Stage};
use yichuan_document::roster::Roster;
use yichuan_wire::figures::DocumentLine;

use super::reception::{due, line_json, state};
use super::sheet::{Cell, Files, Sheet, claim, claim_json};
use crate::cli::Globals;
use crate::cli::acting::block_on;
use crate::lang::{local, say, steps};
use crate::office::Failed;
use crate::office::supervision::name_of;

/// The most documents of one table.
const COUNT_MAX: i64 = 100_000;

/// `yichuan report documents`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Documents {
    /// 收到的公文（缺省） · what came in; so if nothing is said
    #[arg(long, conflicts_with = "sent")]
    received: bool,
    /// 发出的公文 · what went out
    #[arg(long)]
    sent: bool,
    /// 份数 · how many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=COUNT_MAX))]
    count: u32,
    #[command(flatten)]
    files: Files,
}

impl Documents {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        self.files.check()?;
        let received = self.received || !self.sent;
        let home = globals.take_home()?;
        let (lines, session) = block_on(async {
            let session = globals.reporting(&home, false).await?;
            let bar = steps(say("读取公文目录", "asking for documents"));
            let mut seen = |count| bar.inc(count);
            let lines = session.newest_documents(received, self.count, &mut seen);
            let lines = lines.await;
            bar.finish_and_clear();
            Ok((lines?, session))
        })?;
        let roster = session.mirror.roster();
        let size = session.log_size();
        let title = if received {
            say("最近收到的公文", "the newest received documents")
        } else {
            say("最近发出的公文", "the newest sent documents")
        };
        let sheet = Sheet {
            title: title.to_owned(),
            head: head(),
            rows: lines.iter().map(|line| cells(roster, line)).collect(),
            claim: claim(size, false),
        };
        let nothing = if received {
            say(
                "还没有收到公文。查看发出的：--sent",
                "nothing was received yet; for what was sent: --sent",
            )
        } else {
            say(
                "还没有发出公文。拟稿：yichuan compose",
                "nothing was sent yet; to begin: yichuan compose",
            )
        };
        let mut text = sheet.shown(nothing);
        text.push_str(&self.files.write(&sheet)?);
        let listed: Vec<Value> = lines.iter().map(as_json).collect();
        let data = json!({ "documents": listed, "claim": claim_json(size, false) });
        globals.print(&data, &text);
        Ok(ExitCode::SUCCESS)
    }
}

fn head() -> Vec<&'static str> {
    vec![
        say("序号", "index"),
        say("公文", "document"),
        say("发文机关", "issuer"),
        say("文种", "kind"),
        say("紧急程度", "urgency"),
        say("发出时间", "dispatched"),
        say("状态", "state"),
        say("时限", "due"),
        say("办结时间", "ended"),
        say("逾期", "overdue"),
        say("被替代", "replaced"),
    ]
}

fn cells(roster: &Roster, line: &DocumentLine) -> Vec<Cell> {
    let delivery = line.delivery.as_ref();
    let facts = delivery.and_then(|delivery| Facts::from_bits(delivery.facts));
    let overdue = facts.is_some_and(|facts| facts.has(Fact::Overdue));
    let yes = |is: bool| if is { say("是", "yes") } else { "" };
    vec![
        Cell::text(line.index.to_string()),
        Cell::text(line.about.document.to_string()),
        Cell::text(name_of(roster, &line.lead)),
        Cell::text(say(line.kind.zh(), line.kind.en())),
        Cell::text(say(line.urgency.zh(), line.urgency.en())),
        line.dispatched
            .map_or(Cell::Nothing, |at| Cell::Text(local(at))),
        Cell::text(delivery.map_or_else(|| stage(line.stage), |delivery| state(delivery.state))),
        delivery.map_or(Cell::Nothing, |delivery| due(delivery.due)),
        delivery
            .and_then(|delivery| delivery.ended)
            .map_or(Cell::Nothing, |at| Cell::Text(local(at))),
        Cell::text(yes(overdue)),
        Cell::text(yes(line.replaced_by.is_some())),
    ]
}

fn stage(code: u64) -> String {
    let known = Stage::from_code(code);
    known.map_or_else(
        || code.to_string(),
        |stage| say(stage.zh(), stage.en()).to_owned(),
    )
}

fn as_json(line: &DocumentLine) -> Value {
    json!({
        "index": line.index,
        "id": line.about.document.to_string(),
        "manifest": line.about.manifest.to_string(),
        "lead": line.lead.as_str(),
        "kind": line.kind.en(),
        "urgency": line.urgency.en(),
        "stage": Stage::from_code(line.stage).map(Stage::en),
        "dispatched_ms": line.dispatched.map(yichuan_document::Timestamp::unix_ms),
        "delivery": line.delivery.as_ref().map(line_json),
        "replaced_by": line.replaced_by.map(|by| by.to_string()),
    })
}
