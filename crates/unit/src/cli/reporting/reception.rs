//! `yichuan report reception`: who has received a document and who has not (一览表).

use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};
use yichuan_document::life::{DeliveryState, Fact, Facts};
use yichuan_document::manifest::RecipientRole;
use yichuan_document::roster::Roster;
use yichuan_document::{AccountId, Timestamp};
use yichuan_wire::figures::ReceptionLine;

use super::sheet::{Cell, Files, Sheet, claim, claim_json};
use crate::cli::Globals;
use crate::cli::acting::block_on;
use crate::lang::{local, say, steps};
use crate::office::Failed;
use crate::office::supervision::tally::{hours, reason};
use crate::office::supervision::{self, name_of};

/// `yichuan report reception`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Reception {
    /// 公文标识（或其首尾），或清单摘要 · the document's id, its beginning or end, or the
    /// manifest's digest
    document: String,
    #[command(flatten)]
    files: Files,
}

impl Reception {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        self.files.check()?;
        let home = globals.take_home()?;
        let (reception, session) = block_on(async {
            let mut session = globals.reporting(&home, false).await?;
            let bar = steps(say("查找公文", "looking for the document"));
            let document = session
                .document_meant(&self.document, &mut |count| bar.inc(count))
                .await;
            bar.finish_and_clear();
            let reception = session.reception(document?).await?;
            Ok((reception, session))
        })?;
        let roster = session.mirror.roster();
        let table = &reception.table;
        let rows = table.lines.iter();
        let sheet = Sheet {
            title: format!(
                "{} {}",
                say("接收情况一览表", "reception of"),
                table.about.document
            ),
            head: head(),
            rows: rows.map(|line| cells(roster, &reception, line)).collect(),
            claim: claim(table.size, true),
        };
        let mut text = sheet.shown(say(
            "该公文还没有发出，或尚无收文单位。查看进度：yichuan show",
            "it is not dispatched yet, or to nobody; see yichuan show",
        ));
        text.push_str(&totals(&table.lines));
        text.push_str(&inquiry(table.inquiry_due, table.inquired));
        text.push_str(&self.files.write(&sheet)?);
        let listed: Vec<Value> = table
            .lines
            .iter()
            .map(|line| {
                let mut row = line_json(line);
                row["unit"] = json!(line.unit.as_str());
                row["name"] = json!(name_of(roster, &line.unit));
                row["addressed"] = json!(addressed(&reception, line).map(|role| match role {
                    RecipientRole::Main => "main",
                    RecipientRole::Copy => "copy",
                }));
                let account = line.by.as_ref().and_then(|by| roster.account(by));
                row["person"] = json!(account.as_ref().map(|it| it.person.as_str()));
                row["post"] = json!(account.as_ref().map(|it| it.post.as_str()));
                row
            })
            .collect();
        let data = json!({
            "document": table.about.document.to_string(),
            "manifest": table.about.manifest.to_string(),
            "inquiry_due_ms": table.inquiry_due.map(Timestamp::unix_ms),
            "inquired_ms": table.inquired.map(Timestamp::unix_ms),
            "lines": listed,
            "claim": claim_json(table.size, true),
        });
        globals.print(&data, &text);
        Ok(ExitCode::SUCCESS)
    }
}

fn head() -> Vec<&'static str> {
    vec![
        say("代码", "code"),
        say("单位", "unit"),
        say("主送/抄送", "to"),
        say("状态", "state"),
        say("人员", "person"),
        say("职务", "post"),
        say("帐号", "account"),
        say("时间", "time"),
        say("用时", "taken"),
        say("时限", "due"),
        say("迟", "late by"),
        say("逾期", "overdue"),
        say("催办", "reminded"),
        say("原因", "why"),
    ]
}

fn addressed(reception: &supervision::Reception, line: &ReceptionLine) -> Option<RecipientRole> {
    let mut all = reception.addressed.iter();
    all.find(|(unit, _)| *unit == line.unit).map(|it| it.1)
}

fn cells(roster: &Roster, of: &supervision::Reception, line: &ReceptionLine) -> Vec<Cell> {
    let account = line.by.as_ref().and_then(|by| roster.account(by));
    let to = addressed(of, line).map_or("", |role| match role {
        RecipientRole::Main => say("主送", "main"),
        RecipientRole::Copy => say("抄送", "copy"),
    });
    let facts = Facts::from_bits(line.facts);
    let has = |fact| facts.is_some_and(|facts| facts.has(fact));
    let yes = |is: bool| Cell::text(if is { say("是", "yes") } else { "" });
    vec![
        Cell::text(line.unit.as_str()),
        Cell::text(name_of(roster, &line.unit)),
        Cell::text(to),
        Cell::text(state(line.state)),
        account
            .as_ref()
            .map_or(Cell::Nothing, |it| Cell::text(it.person.as_str())),
        account.map_or(Cell::Nothing, |it| Cell::text(it.post)),
        line.by
            .as_ref()
            .map_or(Cell::Nothing, |by| Cell::text(by.as_str())),
        line.ended.map_or(Cell::Nothing, |at| Cell::Text(local(at))),
        Cell::minutes(line.ended.map(|at| minutes(at.ms_since(line.dispatched)))),
        due(line.due),
        Cell::minutes(line.late_ms().map(minutes)),
        yes(has(Fact::Overdue)),
        yes(has(Fact::Reminded)),
        line.reason()
            .map_or(Cell::Nothing, |code| Cell::text(reason(code))),
    ]
}

fn minutes(ms: u64) -> u32 {
    u32::try_from(ms.div_ceil(60_000)).unwrap_or(u32::MAX)
}

/// What a state is called.
pub(super) fn state(code: u64) -> String {
    let known = DeliveryState::from_code(code);
    known.map_or_else(
        || code.to_string(),
        |state| say(state.zh(), state.en()).to_owned(),
    )
}

/// A due time; one that has no clock says so.
pub(super) fn due(at: Timestamp) -> Cell {
    if at.unix_ms() == u64::MAX {
        Cell::text(say("无时限", "none"))
    } else {
        Cell::Text(local(at))
    }
}

/// How many stand where, and what was late.
fn totals(lines: &[ReceptionLine]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let states = DeliveryState::ALL.into_iter().filter_map(|state| {
        let count = lines.iter().filter(|it| it.state == state.code()).count();
        (count > 0).then(|| format!("{} {count}", say(state.zh(), state.en())))
    });
    let mut words = vec![format!("{} {}", say("合计", "in all"), lines.len())];
    words.extend(states);
    for (fact, zh, en) in [
        (Fact::Overdue, "逾期", "overdue"),
        (Fact::Reminded, "催办", "reminded"),
    ] {
        let facts = lines.iter().filter_map(|it| Facts::from_bits(it.facts));
        let count = facts.filter(|facts| facts.has(fact)).count();
        words.push(format!("{} {count}", say(zh, en)));
    }
    let late: Vec<u64> = lines.iter().filter_map(ReceptionLine::late_ms).collect();
    let most = late.iter().max().map(|most| {
        let word = say("最迟", "at most");
        format!("（{word} {}）", hours(minutes(*most)))
    });
    let word = say("迟", "late");
    words.push(format!("{word} {}{}", late.len(), most.unwrap_or_default()));
    format!("{}\n", words.join(say("，", ", ")))
}

/// The sender's own duty to look (Art. 10).
fn inquiry(due: Option<Timestamp>, inquired: Option<Timestamp>) -> String {
    let Some(due) = due else { return String::new() };
    let looked = inquired.map_or_else(
        || say("尚未查询", "not looked yet").to_owned(),
        |at| format!("{} {}", say("已查询", "looked"), local(at)),
    );
    let word = say("发文单位查询时限", "the sender was to look by");
    format!("{word} {}: {looked}\n", local(due))
}

/// A delivery as data.
pub(super) fn line_json(line: &ReceptionLine) -> Value {
    let facts = Facts::from_bits(line.facts);
    let has = |fact| facts.is_some_and(|facts| facts.has(fact));
    let ended = line.ended;
    json!({
        "state": DeliveryState::from_code(line.state).map(DeliveryState::en),
        "dispatched_ms": line.dispatched.unix_ms(),
        "due_ms": (line.due.unix_ms() != u64::MAX).then(|| line.due.unix_ms()),
        "ended_ms": ended.map(Timestamp::unix_ms),
        "minutes": ended.map(|at| minutes(at.ms_since(line.dispatched))),
        "late_ms": line.late_ms(),
        "overdue": has(Fact::Overdue),
        "reminded": has(Fact::Reminded),
        "account": line.by.as_ref().map(AccountId::as_str),
        "reason": line.reason().map(|code| code.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(state: DeliveryState, ended: Option<u64>) -> ReceptionLine {
        let at = |minutes: u64| Timestamp::from_unix_ms(1_795_483_800_000 + minutes * 60_000);
        ReceptionLine {
            unit: "513201-zf".parse().unwrap(),
            state: state.code(),
            facts: 0,
            dispatched: at(0),
            due: at(480),
            ended: ended.map(at),
            by: None,
            reason: None,
        }
    }

    #[test]
    fn the_totals_count_states_and_say_how_late_the_latest_was() {
        let overdue = ReceptionLine {
            facts: Facts::NONE.with(Fact::Overdue).bits(),
            ..line(DeliveryState::SignedFor, Some(545))
        };
        let told = totals(&[
            line(DeliveryState::SignedFor, Some(5)),
            overdue,
            line(DeliveryState::Announced, None),
        ]);
        let expected = "合计 3，待接收 1，已签收 2，逾期 1，催办 0，迟 1（最迟 1:05）\n";
        assert_eq!(told, expected);
        assert_eq!(totals(&[]), "");
    }

    #[test]
    fn a_delivery_without_a_clock_is_never_late() {
        let mut one = line(DeliveryState::SignedFor, Some(99_999));
        one.due = Timestamp::from_unix_ms(u64::MAX);
        assert_eq!(due(one.due), Cell::Text("无时限".to_owned()));
        assert_eq!(line_json(&one)["late_ms"], Value::Null);
        assert_eq!(line_json(&one)["due_ms"], Value::Null);
    }

    #[test]
    fn whether_the_sender_has_looked_is_told() {
        let at = Timestamp::from_unix_ms(1_795_483_800_000);
        assert_eq!(inquiry(None, None), "");
        assert!(inquiry(Some(at), None).contains("尚未查询"));
        assert!(inquiry(Some(at), Some(at)).contains("已查询"));
    }
}
