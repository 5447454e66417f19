//! Looking after what was sent: the state of reception, returns, and who was called.

use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};
use yichuan_document::UnitCode;
use yichuan_document::roster::Roster;
use yichuan_document::roster::record::Role;
use yichuan_document::statement::{About, ContactOutcome};

use super::Globals;
use super::acting::block_on;
use super::answering::{time, unit};
use super::coded::{outcome_words, return_words, words_due};
use super::deciding::find;
use super::looking::{reception_head, reception_json, reception_row, visible};
use crate::lang::{local, say, table};
use crate::office::watching::{Called, Looked, contacts};
use crate::office::{Failed, Session};

/// `yichuan inquire`.
#[derive(Debug, Args)]
pub(super) struct Inquire {
    /// 公文标识 · the document's id, or its beginning or end
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    id: Option<String>,
    /// 所有待查询的公文 · every document that is due for it
    #[arg(long)]
    all: bool,
}

/// `yichuan acknowledge`.
#[derive(Debug, Args)]
pub(super) struct Acknowledge {
    /// 公文标识 · the document's id, or its beginning or end
    id: String,
    /// 退文单位，只有一个时可不写 · who returned it; may be left out where it is one
    #[arg(long)]
    unit: Option<String>,
}

/// `yichuan contact`.
#[derive(Debug, Args)]
pub(super) struct Contact {
    /// 公文标识 · the document's id, or its beginning or end
    id: String,
    /// 收文单位（发文单位填写） · the recipient; who sent the document names it
    #[arg(long)]
    unit: Option<String>,
    /// 联系结果：promised、settled、not-reached、other · what came of it
    #[arg(long)]
    outcome: String,
    /// 谁与谁联系、内容 · who called whom, and what was said; both units can read it
    #[arg(long)]
    text: Option<String>,
    /// 联系时间，缺省为现在 · when; now where it is not said
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
}

/// `yichuan contacts`.
#[derive(Debug, Args)]
pub(super) struct Contacts {
    /// 公文标识 · the document's id, or its beginning or end
    id: String,
}

impl Inquire {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let home = globals.take_home()?;
        let roles = [Role::Send, Role::Approve];
        let (looked, session) = block_on(async {
            let (mut session, _) = globals.session_of_any(&home, &roles).await?;
            let mut looked = Vec::new();
            for about in self.wanted(&session)? {
                looked.push(session.inquire(about).await?);
            }
            Ok((looked, session))
        })?;
        let roster = session.mirror.roster();
        let listed: Vec<Value> = looked.iter().map(|it| looked_json(it, roster)).collect();
        let mut text: String = looked.iter().map(|it| looked_text(it, roster)).collect();
        if looked.is_empty() {
            text.push_str(say("没有待查询的公文。", "no document is due for a look."));
        }
        globals.print(&json!(listed), &text);
        Ok(ExitCode::SUCCESS)
    }

    fn wanted(&self, session: &Session) -> Result<Vec<About>, Failed> {
        let registers = session.registers()?;
        let Some(typed) = &self.id else {
            let due = registers.documents().filter(|it| it.look_is_due());
            return Ok(due.map(|document| document.about).collect());
        };
        Ok(vec![registers.one_sent(typed)?.about])
    }
}

fn looked_json(looked: &Looked, roster: &Roster) -> Value {
    let lines = looked.lines.iter();
    json!({
        "id": looked.about.document.to_string(),
        "index": looked.index,
        "time_ms": looked.entry.time.unix_ms(),
        "recipients": lines.map(|line| reception_json(line, roster)).collect::<Vec<_>>(),
    })
}

fn looked_text(looked: &Looked, roster: &Roster) -> String {
    let rows: Vec<Vec<String>> = looked
        .lines
        .iter()
        .map(|line| reception_row(line, roster))
        .collect();
    format!(
        "{} {}\n{}{}: {} {}, {}\n\n",
        say("公文", "document"),
        looked.about.document,
        table(&reception_head(), &rows),
        say("查询已记录", "the look was recorded"),
        say("日志序号", "log index"),
        looked.index,
        local(looked.entry.time),
    )
}

impl Acknowledge {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let home = globals.take_home()?;
        let named = self.unit.as_deref().map(unit).transpose()?;
        let (unit, reason, done) = block_on(async {
            let (mut session, _) = globals.session(&home, Some(Role::Send)).await?;
            let (about, unit, code) = self.which(&session, named)?;
            let done = session.acknowledge(about, &unit).await?;
            Ok((unit, code.map(return_words).unwrap_or_default(), done))
        })?;
        let more = json!({ "unit": unit.as_str(), "reason": reason });
        let what = ("退文已签收", "return signed for");
        globals.recorded(what, &done, more, &format!("{unit} {reason}"));
        Ok(ExitCode::SUCCESS)
    }

    fn which(
        &self,
        session: &Session,
        named: Option<UnitCode>,
    ) -> Result<(About, UnitCode, Option<u16>), Failed> {
        let registers = session.registers()?;
        let document = registers.one_sent(&self.id)?;
        if let Some(unit) = named {
            let code = document.view_of(&unit).and_then(|view| view.return_code);
            return Ok((document.about, unit, code));
        }
        let returned: Vec<_> = document.returned().collect();
        let [(unit, view)] = returned.as_slice() else {
            return Err(Failed::Usage(format!(
                "{} ({})",
                say(
                    "请用 --unit 指明退文单位",
                    "name who returned it with --unit"
                ),
                returned.len()
            )));
        };
        Ok((document.about, (*unit).clone(), view.return_code))
    }
}

impl Contact {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let typed = self.outcome.as_str();
        let mut rows = ContactOutcome::ALL.iter();
        let row = rows.find(|row| row.2 == typed || row.3 == typed);
        let (outcome, code, ..) = *row.ok_or_else(|| {
            let known: Vec<&str> = ContactOutcome::ALL.iter().map(|row| row.3).collect();
            Failed::Usage(format!("--outcome {typed}: {}", known.join(", ")))
        })?;
        words_due(outcome == ContactOutcome::Other, self.text.as_deref())?;
        let at = self.at.as_deref().map(time).transpose()?;
        let at = at.unwrap_or_else(crate::now);
        let named = self.unit.as_deref().map(unit).transpose()?;
        let role = if named.is_some() {
            Role::Send
        } else {
            Role::Receive
        };
        let home = globals.take_home()?;
        let (unit, done) = block_on(async {
            let (mut session, _) = globals.session(&home, Some(role)).await?;
            let registers = session.registers()?;
            let (about, unit) = if let Some(unit) = named {
                (registers.one_sent(&self.id)?.about, unit)
            } else {
                let about = registers.one_received(&self.id)?.about;
                (about, session.identity.unit())
            };
            let words = self.text.as_deref();
            let done = session
                .record_contact(about, &unit, at, outcome, words)
                .await?;
            Ok((unit, done))
        })?;
        let outcome = outcome_words(code);
        let more = json!({ "unit": unit.as_str(), "code": code, "outcome": outcome });
        globals.recorded(("联系已记录", "contact recorded"), &done, more, &outcome);
        Ok(ExitCode::SUCCESS)
    }
}

impl Contacts {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let home = globals.take_home()?;
        let (rows, listed) = block_on(async {
            let (session, _) = globals.session(&home, None).await?;
            let digest = find(&session, &self.id)?;
            let dossier = session.dossier(digest).await?;
            let (mut rows, mut listed) = (Vec::new(), Vec::new());
            for called in contacts(&dossier) {
                let words = words(&session, &called).await?;
                rows.push(row(&called, words.as_deref()));
                listed.push(as_json(&called, words.as_deref()));
            }
            Ok((rows, listed))
        })?;
        let text = if rows.is_empty() {
            say(
                "没有联系记录。记录：yichuan contact",
                "no contact was recorded. To record one: yichuan contact",
            )
            .to_owned()
        } else {
            let head = [
                say("联系时间", "when"),
                say("收文单位", "recipient"),
                say("结果", "outcome"),
                say("内容", "words"),
                say("记录人", "recorded by"),
                say("记录时间", "recorded"),
            ];
            table(&head, &rows)
        };
        globals.print(&json!(listed), &text);
        Ok(ExitCode::SUCCESS)
    }
}

async fn words(session: &Session, called: &Called) -> Result<Option<String>, Failed> {
    let Some(note) = &called.contact.note else {
        return Ok(None);
    };
    let context = &called.contact.about.manifest;
    match session.words_at(called.index, note, context).await {
        Err(Failed::NoteUnreadable(_)) => Ok(Some(
            say("（本帐号不能打开）", "(not for this account)").to_owned(),
        )),
        words => Ok(Some(words?)),
    }
}

fn row(called: &Called, words: Option<&str>) -> Vec<String> {
    vec![
        local(called.contact.at),
        called.contact.unit.unit.to_string(),
        outcome_words(called.contact.outcome),
        words.map(visible).unwrap_or_default(),
        called.account.to_string(),
        local(called.recorded),
    ]
}

fn as_json(called: &Called, words: Option<&str>) -> Value {
    json!({
        "index": called.index,
        "at_ms": called.contact.at.unix_ms(),
        "unit": called.contact.unit.unit.as_str(),
        "code": called.contact.outcome,
        "outcome": outcome_words(called.contact.outcome),
        "text": words,
        "account": called.account.as_str(),
        "time_ms": called.recorded.unix_ms(),
    })
}
