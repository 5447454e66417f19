//! Everything that happened to a document, in words, from verified statements.

use serde_json::{Value, json};
use yichuan_document::roster::record::Time;
use yichuan_document::statement::{
    ApprovalRefusal, AttachmentRef, Contact, CopiesNumbered, DeliveryRefusal, Dispatch,
    ExtensionDecision, ExtensionRequest, InquiryDue, MoreCopies, Overdue, Recall, RecallAnswer,
    Redirection, Reminder, Return, Supersession, Supplement, SupplementApproval, Supplemented,
};
use yichuan_document::{Timestamp, UnitCode, UnitRef};
use yichuan_evidence::entry::EntryKind;

use super::super::coded::{outcome_words, recall_words, reply_words, return_words};
use super::visible;
use crate::lang::{local, say, span};
use crate::office::audit::words;
use crate::office::dossier::{Dossier, Statement};
use crate::office::permitting::numbers;
use crate::office::register::Document;
use crate::office::{Failed, Session};

/// One thing that happened.
pub struct Told {
    /// The entry's index in the log.
    pub index: u64,
    /// When it was recorded.
    pub time: Timestamp,
    /// What, in Chinese and English.
    pub what: (&'static str, &'static str),
    /// The account, or the exchange.
    pub by: String,
    /// The recipient that it is about.
    pub unit: Option<UnitCode>,
    /// What it says in codes, in words.
    pub detail: String,
    /// What was said with it, or that it cannot be opened here.
    pub text: Option<String>,
}

impl Told {
    pub(super) fn row(&self) -> Vec<String> {
        let unit = self.unit.as_ref().map(ToString::to_string);
        let text = self.text.as_deref().map(visible).unwrap_or_default();
        let colon = if self.detail.is_empty() || text.is_empty() {
            ""
        } else {
            say("：", ": ")
        };
        vec![
            local(self.time),
            say(self.what.0, self.what.1).to_owned(),
            unit.unwrap_or_default(),
            self.by.clone(),
            format!("{}{colon}{text}", self.detail),
        ]
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "index": self.index,
            "time_ms": self.time.unix_ms(),
            "what": self.what.1,
            "unit": self.unit.as_ref().map(UnitCode::as_str),
            "by": self.by,
            "detail": self.detail,
            "text": self.text,
        })
    }
}

pub(super) fn head() -> [&'static str; 5] {
    [
        say("时间", "time"),
        say("事项", "what"),
        say("单位", "unit"),
        say("帐号", "by"),
        say("说明", "detail"),
    ]
}

/// Everything that happened, oldest first.
pub async fn events(
    session: &Session,
    dossier: &Dossier,
    document: &Document,
) -> Result<Vec<Told>, Failed> {
    let times = session.mirror.times()?;
    let mut events = Vec::new();
    for statement in &dossier.statements {
        let (unit, detail, note) = of_statement(statement, dossier, document, &times);
        let text = match note {
            Some(note) => text_of(session, dossier, statement, &note).await?,
            None => None,
        };
        let account = statement.payload.account.as_ref();
        events.push(Told {
            index: statement.index,
            time: statement.entry.time,
            what: words(statement.entry.kind),
            by: account.map_or_else(|| "exchange".to_owned(), ToString::to_string),
            unit,
            detail,
            text,
        });
    }
    Ok(events)
}

/// The words that a statement brings, or that they cannot be opened here.
async fn text_of(
    session: &Session,
    dossier: &Dossier,
    statement: &Statement,
    note: &AttachmentRef,
) -> Result<Option<String>, Failed> {
    match session
        .words_at(statement.index, note, &dossier.digest)
        .await
    {
        Err(Failed::NoteUnreadable(_)) => Ok(Some(
            say("（本帐号不能打开）", "(not for this account)").to_owned(),
        )),
        text => Ok(Some(text?)),
    }
}

/// The recipient that a statement is about, what it says in codes, and its words.
type Said = (Option<UnitCode>, String, Option<AttachmentRef>);

fn of_statement(
    statement: &Statement,
    dossier: &Dossier,
    document: &Document,
    times: &[Time],
) -> Said {
    let kind = statement.entry.kind;
    let recipient = crate::office::register::recipient_of(kind, &statement.payload);
    let said = of_recipient(statement, dossier, document)
        .or_else(|| of_sender(statement))
        .or_else(|| of_exchange(statement, times));
    let (detail, note) = said.unwrap_or_default();
    (recipient, detail, note)
}

type Detail = Option<(String, Option<AttachmentRef>)>;

/// By how much what ended a delivery came late, in words.
fn late(statement: &Statement, dossier: &Dossier, document: &Document) -> String {
    let account = statement.payload.account.as_ref();
    let due = account.and_then(|by| document.due_of(&by.unit(), &dossier.manifest));
    let late = due.filter(|due| statement.entry.time >= *due);
    late.map_or_else(String::new, |due| {
        let by = statement.entry.time.ms_since(due);
        format!("{} {}", say("逾期", "late by"), span(by))
    })
}

fn of_recipient(statement: &Statement, dossier: &Dossier, document: &Document) -> Detail {
    let payload = &statement.payload;
    let with_late = |words: String| {
        let late = late(statement, dossier, document);
        let parts = [words, late].into_iter().filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join(say("，", ", "))
    };
    Some(match statement.entry.kind {
        EntryKind::Receipt => (with_late(String::new()), None),
        EntryKind::Return => {
            let body: Return = payload.body().ok()?;
            (with_late(return_words(body.code)), body.note)
        }
        EntryKind::DeliveryRefusal => {
            let body: DeliveryRefusal = payload.body().ok()?;
            (with_late(return_words(body.code)), body.note)
        }
        EntryKind::RecallAnswer => {
            let body: RecallAnswer = payload.body().ok()?;
            (reply_words(body.code), body.note)
        }
        EntryKind::ExtensionRequest => {
            let body: ExtensionRequest = payload.body().ok()?;
            (until(body.until), Some(body.note))
        }
        EntryKind::Contact => {
            let body: Contact = payload.body().ok()?;
            let words = outcome_words(body.outcome);
            (format!("{} {words}", local(body.at)), body.note)
        }
        _ => return None,
    })
}

fn of_sender(statement: &Statement) -> Detail {
    let payload = &statement.payload;
    Some(match statement.entry.kind {
        EntryKind::ApprovalRefusal => {
            let body: ApprovalRefusal = payload.body().ok()?;
            (String::new(), body.note)
        }
        EntryKind::Recall => {
            let body: Recall = payload.body().ok()?;
            let all = body.units.is_empty();
            let units = if all {
                say("全部单位", "all units").to_owned()
            } else {
                listed(body.units.iter())
            };
            (format!("{} ({units})", recall_words(body.code)), body.note)
        }
        EntryKind::ExtensionDecision => {
            let body: ExtensionDecision = payload.body().ok()?;
            let refused = || say("不同意延期", "no more time").to_owned();
            (body.until.map_or_else(refused, until), None)
        }
        EntryKind::Supplement => {
            let body: Supplement = payload.body().ok()?;
            (
                listed(body.recipients.iter().map(|added| &added.unit)),
                None,
            )
        }
        EntryKind::SupplementApproval => {
            let granted = payload.body::<SupplementApproval>().ok()?.granted;
            let words = if granted {
                say("批准", "approved")
            } else {
                say("不予批准", "refused")
            };
            (words.to_owned(), None)
        }
        EntryKind::CopiesNumbered => {
            let body: CopiesNumbered = payload.body().ok()?;
            let of = format!("{}/{}", body.printed, body.quota);
            (format!("{} ({of})", numbers(&body)), None)
        }
        EntryKind::MoreCopies => {
            let copies = payload.body::<MoreCopies>().ok()?.copies;
            (format!("+{copies} {}", say("份", "copies")), None)
        }
        _ => return None,
    })
}

fn of_exchange(statement: &Statement, times: &[Time]) -> Detail {
    let payload = &statement.payload;
    let words = match statement.entry.kind {
        EntryKind::Dispatch => {
            let dues = payload.body::<Dispatch>().ok()?.due;
            let clocks = dues.into_iter().filter(|due| due.unix_ms() != u64::MAX);
            clocks.max().map(until).unwrap_or_default()
        }
        EntryKind::Supplemented => {
            let body: Supplemented = payload.body().ok()?;
            format!("{} {}", listed(body.units.iter()), until(body.due))
        }
        EntryKind::Redirection => {
            let body: Redirection = payload.body().ok()?;
            format!("{} → {}", body.from.unit, body.to.unit)
        }
        EntryKind::Supersession => {
            let body: Supersession = payload.body().ok()?;
            let stand = if body.receipts_stand {
                say("，原签收有效", "; receipts stand")
            } else {
                ""
            };
            format!("{} {}{stand}", say("更正件", "by"), body.by.document)
        }
        EntryKind::InquiryDue => until(payload.body::<InquiryDue>().ok()?.due),
        EntryKind::Reminder => {
            let body: Reminder = payload.body().ok()?;
            let to = say(body.to.zh(), body.to.en());
            format!("{to} {}%", body.percent)
        }
        EntryKind::Overdue => {
            let body: Overdue = payload.body().ok()?;
            let mut words = until(body.due);
            if let Some(outage) = body.outage {
                let (from, until) = (local(outage.from), local(outage.until));
                let away = say("交换中心停机", "the exchange was away");
                words.push_str(&format!("; {away} {from} – {until}"));
            }
            if times.iter().any(|time| time.annuls(statement.index)) {
                words.push_str(say(
                    "（已撤销：时钟校正）",
                    " (annulled: the clock was corrected)",
                ));
            }
            words
        }
        _ => return None,
    };
    Some((words, None))
}

fn until(time: Timestamp) -> String {
    format!("{} {}", say("期限", "due"), local(time))
}

fn listed<'u>(units: impl Iterator<Item = &'u UnitRef>) -> String {
    let codes: Vec<String> = units.map(|unit| unit.unit.to_string()).collect();
    codes.join(say("、", ", "))
}
