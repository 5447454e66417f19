//! One document: where every delivery stands, and everything that happened.

use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};
use yichuan_document::Digest;
use yichuan_document::life::{Fact, Facts};
use yichuan_document::roster::Roster;

use super::super::Globals;
use super::super::acting::block_on;
use super::super::deciding::find;
use super::super::noting::text_of;
use super::events::{events, head};
use super::listing::{as_json, line, numbers, of_manifest, state};
use super::name_of;
use crate::lang::{local, say, span, table};
use crate::office::register::Timing;
use crate::office::watching::{Line, reception};
use crate::office::{Failed, Session};

/// `yichuan show`.
#[derive(Debug, Args)]
pub(in super::super) struct Show {
    /// 公文标识 · the document's id, or its beginning or end
    id: String,
}

impl Show {
    pub(in super::super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let home = globals.take_home()?;
        let (json, text) = block_on(async {
            let (session, _) = globals.session(&home, None).await?;
            let digest = find(&session, &self.id)?;
            describe(&session, digest).await
        })?;
        globals.print(&json, &text);
        Ok(ExitCode::SUCCESS)
    }
}

async fn describe(session: &Session, digest: Digest) -> Result<(Value, String), Failed> {
    let (unit, now) = (session.identity.unit(), crate::now());
    let roster = session.mirror.roster();
    let registers = session.registers()?;
    let document = of_manifest(&registers, &digest)?;
    let dossier = session.dossier(digest).await?;
    let line = line(session, document, &numbers(session).await?).await?;
    let mut json = as_json(&line, &unit, roster, now);
    let mut text = format!(
        "{} {}\n{}: {}\n",
        say("公文", "document"),
        document.about.document,
        say("状态", "state"),
        state(&line, session.closings()?.of(document), &unit)
    );
    let number = dossier.manifest.number.as_ref().map(ToString::to_string);
    let replaces = dossier.manifest.replaces;
    let urgency = dossier.manifest.urgency;
    for (words, found) in [
        (say("发文字号", "number"), number),
        (say("收文号", "registered"), line.register_number.clone()),
        (say("登记号", "own number"), line.own_number.clone()),
        (
            say("紧急程度", "urgency"),
            Some(say(urgency.zh(), urgency.en()).to_owned()),
        ),
        (
            say("替代", "replaces"),
            replaces.map(|replaced| replaced.id.to_string()),
        ),
        (say("更正件", "replaced by"), line.replaced_by.clone()),
    ] {
        if let Some(found) = found {
            text.push_str(&format!("{words}: {found}\n"));
        }
    }
    for noted in session.notes()? {
        if noted.about == Some(document.about) {
            text.push_str(&format!(
                "{} ({}, {}): {}\n",
                crate::office::codes::note_words(noted.kind),
                noted.account,
                local(noted.time),
                text_of(session, &noted).await?
            ));
        }
    }
    let mut lines = reception(document, &dossier.manifest, now);
    lines.retain(|line| document.outgoing || line.unit == unit);
    let rows: Vec<Vec<String>> = lines
        .iter()
        .map(|line| reception_row(line, roster))
        .collect();
    text.push_str(&table(&reception_head(), &rows));
    let events = events(session, &dossier, document).await?;
    let told: Vec<Vec<String>> = events.iter().map(super::events::Told::row).collect();
    text.push_str(&format!("\n{}", table(&head(), &told)));
    json["recipients"] = json!(rows);
    let told: Vec<Value> = events.iter().map(super::events::Told::json).collect();
    json["events"] = json!(told);
    Ok((json, text))
}

pub(in super::super) fn reception_head() -> [&'static str; 8] {
    [
        say("单位", "unit"),
        say("名称", "name"),
        say("状态", "state"),
        say("时间", "time"),
        say("办理期限", "due"),
        say("逾期", "late"),
        say("经办", "by"),
        say("记载", "facts"),
    ]
}

/// A line of the table of reception.
pub(in super::super) fn reception_row(line: &Line, roster: &Roster) -> Vec<String> {
    let timing = &line.timing;
    let late = timing.late_ms.map(span).unwrap_or_default();
    let mut state = say(line.state.zh(), line.state.en()).to_owned();
    if line.round > 1 {
        state.push_str(&format!(" ({} {})", say("第几次", "round"), line.round));
    }
    let facts = line.facts.iter().map(|fact| say(fact.zh(), fact.en()));
    let account = line.account.as_ref().map(ToString::to_string);
    vec![
        line.unit.to_string(),
        name_of(roster, &line.unit),
        state,
        local(line.since),
        timing.due.map(local).unwrap_or_default(),
        late,
        account.unwrap_or_default(),
        facts.collect::<Vec<_>>().join(say("、", ", ")),
    ]
}

pub(in super::super) fn reception_json(line: &Line, roster: &Roster) -> Value {
    let mut json = json!({
        "unit": line.unit.as_str(),
        "name": name_of(roster, &line.unit),
        "state": line.state.en(),
        "since_ms": line.since.unix_ms(),
        "account": line.account.as_ref().map(yichuan_document::AccountId::as_str),
        "facts": facts_json(line.facts),
        "round": line.round,
    });
    timing_json(&mut json, line.timing);
    json
}

pub(super) fn facts_json(facts: Facts) -> Vec<&'static str> {
    facts.iter().map(Fact::en).collect()
}

pub(super) fn timing_json(json: &mut Value, timing: Timing) {
    json["due_ms"] = json!(timing.due.map(yichuan_document::Timestamp::unix_ms));
    json["late_ms"] = json!(timing.late_ms);
    json["overdue"] = json!(timing.overdue);
}
