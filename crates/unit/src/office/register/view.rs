//! One delivery as the unit's events tell it.

use yichuan_document::life::{Delivery, DeliveryEvent, DeliveryState, Fact, Step};
use yichuan_document::statement::Audience;
use yichuan_document::{AccountId, Digest, Timestamp};

/// A delivery as the unit's events tell it.
#[derive(Clone, Debug)]
pub struct DeliveryView {
    /// The state, with the facts beside it.
    pub delivery: Delivery,
    /// The last party-made statement about it, which the next one names.
    pub last: Digest,
    /// When the state was reached.
    pub since: Timestamp,
    /// Which delivery to this unit it is, from 1: a rewrap begins another.
    pub round: u32,
    /// Its own due time, where it is not that of the dispatch: an extension, a supplement.
    pub due: Option<Timestamp>,
    /// Who acted on it last for the recipient.
    pub account: Option<AccountId>,
    /// The code of a return or a refusal.
    pub return_code: Option<u16>,
    /// The index of the entry that returned or refused it.
    pub return_entry: Option<u64>,
    /// The index of the entry that recorded it as overdue.
    pub overdue: Option<u64>,
    /// The last reminder: per cent of the time, and whom it was for.
    pub reminder: Option<(u16, Audience)>,
    /// The last request for more time.
    pub extension: Option<Extension>,
    /// The recall that concerns it.
    pub recall: Option<Digest>,
    /// The code of the answer to the recall.
    pub recall_answer: Option<u16>,
    /// How many copies were granted beyond the first.
    pub more_copies: u32,
    /// How many originals were printed.
    pub printed: u32,
    /// The index of the entry with the last reply to a meeting notice.
    pub reply: Option<u64>,
}

/// A request for more time.
#[derive(Clone, Copy, Debug)]
pub struct Extension {
    /// The request's statement digest.
    pub request: Digest,
    /// Its entry's index.
    pub entry: u64,
    /// Until when was asked for.
    pub until: Timestamp,
    /// What was decided.
    pub given: Option<Given>,
}

/// What came of a request for more time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// More time, until then.
    Until(Timestamp),
    /// None.
    Refused,
}

/// How a delivery stands to its due time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timing {
    /// When it is due; none where no clock runs.
    pub due: Option<Timestamp>,
    /// Whether the clock still runs.
    pub pending: bool,
    /// By how many milliseconds it is late, or was when it ended; none where it is in time.
    pub late_ms: Option<u64>,
    /// Whether the exchange has recorded it as overdue.
    pub overdue: bool,
}

impl DeliveryView {
    /// A delivery that begins; its first statement names `last`.
    pub(super) const fn begun(last: Digest, since: Timestamp) -> Self {
        Self {
            delivery: Delivery::ANNOUNCED,
            last,
            since,
            round: 1,
            due: None,
            account: None,
            return_code: None,
            return_entry: None,
            overdue: None,
            reminder: None,
            extension: None,
            recall: None,
            recall_answer: None,
            more_copies: 0,
            printed: 0,
            reply: None,
        }
    }

    /// Whether a fact stands beside the state.
    pub const fn has(&self, fact: Fact) -> bool {
        self.delivery.facts().has(fact)
    }

    /// Takes an event in; what does not follow changes nothing. Tells whether anything changed.
    pub(super) fn apply(&mut self, event: DeliveryEvent, time: Timestamp) -> bool {
        let Ok(Step::Changed(after)) = self.delivery.apply(event) else {
            return false;
        };
        if after.state() != self.delivery.state() {
            self.since = time;
        }
        self.delivery = after;
        true
    }

    /// What a recall makes of it; nothing where it does not concern it.
    pub(super) fn recall(&mut self, recall: Digest, time: Timestamp) {
        if self.apply(self.delivery.recall(), time) {
            self.last = recall;
            self.recall = Some(recall);
        }
    }

    /// Takes the record of a lapse back that a correction of time annuls.
    pub(super) fn annul(&mut self, annulled: impl Fn(u64) -> bool) {
        if self.overdue.is_some_and(annulled) {
            self.apply(DeliveryEvent::OverdueAnnulled, self.since);
            self.overdue = None;
        }
    }

    /// How it stands to `due` at `now`. What ended late is late by how much it was then.
    pub fn timing(&self, due: Option<Timestamp>, now: Timestamp) -> Timing {
        let pending = self.delivery.state().is_pending();
        let ended = matches!(
            self.delivery.state(),
            DeliveryState::SignedFor | DeliveryState::Returned | DeliveryState::Refused
        );
        let until = if pending { now } else { self.since };
        let late = due.filter(|due| (pending || ended) && until >= *due);
        Timing {
            due,
            pending,
            late_ms: late.map(|due| until.ms_since(due)),
            overdue: self.has(Fact::Overdue),
        }
    }
}
