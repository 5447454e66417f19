//! What the browser is told without asking: server-sent events.

use axum::response::sse::Event;
use serde_json::{Value, json};
use yichuan_document::roster::Roster;
use yichuan_unit::lang::{Lang, say, within};
use yichuan_unit::office::notices::Notice;

use crate::words::{Coded, Time, UnitRef};

/// Something to tell the browser.
#[derive(Clone, Debug)]
pub(crate) enum News {
    /// Lock or connection have changed.
    State,
    /// The registers have changed: the number of the last event.
    Changed(u64),
    /// An event of the unit, in both languages.
    Notice {
        /// Its number.
        sequence: u64,
        /// In Chinese.
        zh: Box<Value>,
        /// In English.
        en: Box<Value>,
    },
    /// How far something has come.
    Progress {
        /// What: `upload`, `download`, `closing`, `evidence` or `verify`.
        what: &'static str,
        /// The document.
        document: Option<String>,
        /// Bytes that are done.
        done: u64,
        /// Bytes in all.
        total: u64,
    },
}

impl News {
    /// What is told of a notice.
    pub(crate) fn notice(notice: &Notice, roster: &Roster) -> Self {
        let shown = |lang| Box::new(within(lang, || as_json(notice, roster)));
        Self::Notice {
            sequence: notice.sequence,
            zh: shown(Lang::Zh),
            en: shown(Lang::En),
        }
    }

    /// As an event of the stream; the state is told by whoever knows it.
    pub(crate) fn event(&self, lang: Lang, state: impl FnOnce() -> Value) -> Event {
        match self {
            Self::State => Event::default().event("state").data(state().to_string()),
            Self::Changed(sequence) => {
                let data = json!({ "sequence": sequence });
                Event::default().event("changed").data(data.to_string())
            }
            Self::Notice { sequence, zh, en } => {
                let data = if lang == Lang::En { en } else { zh };
                let event = Event::default().event("notice").id(sequence.to_string());
                event.data(data.to_string())
            }
            Self::Progress {
                what,
                document,
                done,
                total,
            } => {
                let data =
                    json!({ "what": what, "document": document, "done": done, "total": total });
                Event::default().event("progress").data(data.to_string())
            }
        }
    }
}

fn as_json(notice: &Notice, roster: &Roster) -> Value {
    let unit = notice.unit.as_ref().map(|unit| UnitRef::of(roster, unit));
    json!({
        "sequence": notice.sequence,
        "kind": notice.kind.name(),
        "text": say(notice.kind.zh(), notice.kind.name()),
        "document": notice.document.map(|about| about.document.to_string()),
        "unit": unit,
        "urgency": Coded::new(notice.urgency.zh(), notice.urgency.en()),
        "urgent": notice.is_urgent(),
        "due": notice.due.map(Time::from),
        "for": Coded::new(notice.to.zh(), notice.to.name()),
        "time": Time::from(notice.time),
        "index": notice.index,
    })
}
