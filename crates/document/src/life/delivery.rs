//! One delivery: a document on its way to one recipient. It is the unit of truth (design 5).

use std::fmt;

use super::{Cause, Fact, Facts, Misstep, Step};

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DeliveryState {
    /// Dispatched to the recipient, who has not asked for it yet. Every delivery begins here.
    Announced,
    /// The recipient's wrap was released to a signed request (protocol rule 22).
    Fetched,
    /// The recipient's checks ran (查验, Art. 11); their outcomes may be failures.
    Inspected,
    /// 签收: terminal.
    SignedFor,
    /// 退回, with a reason: terminal. A corrected document has an id of its own, and a rewrap that
    /// cures a bad wrap is announced as a delivery of its own.
    Returned,
    /// 拒收: terminal.
    Refused,
    /// 撤回 before it was fetched: terminal; the wrap is never released.
    Recalled,
    /// A document that replaces it came while it was pending: terminal.
    Superseded,
    /// The unit closed or merged while it was pending and the successor has it: terminal.
    Redirected,
}

impl DeliveryState {
    /// Every state, in the order of the numbers.
    pub const ALL: [Self; 9] = [
        Self::Announced,
        Self::Fetched,
        Self::Inspected,
        Self::SignedFor,
        Self::Returned,
        Self::Refused,
        Self::Recalled,
        Self::Superseded,
        Self::Redirected,
    ];

    const fn row(self) -> (u64, &'static str, &'static str) {
        match self {
            Self::Announced => (1, "待接收", "announced"),
            Self::Fetched => (2, "已下载", "fetched"),
            Self::Inspected => (3, "已查验", "inspected"),
            Self::SignedFor => (4, "已签收", "signed for"),
            Self::Returned => (5, "已退回", "returned"),
            Self::Refused => (6, "已拒收", "refused"),
            Self::Recalled => (7, "已撤回", "recalled"),
            Self::Superseded => (8, "已被替代", "superseded"),
            Self::Redirected => (9, "已转送", "redirected"),
        }
    }

    /// The state's number, for ever.
    pub const fn code(self) -> u64 {
        self.row().0
    }

    /// The state with this number; none if this build does not know it.
    pub fn from_code(code: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// The state's name in Chinese.
    pub const fn zh(self) -> &'static str {
        self.row().1
    }

    /// The state's name in English.
    pub const fn en(self) -> &'static str {
        self.row().2
    }

    /// Whether the recipient still owes a receipt or a return, so that the clock runs.
    pub const fn is_pending(self) -> bool {
        matches!(self, Self::Announced | Self::Fetched | Self::Inspected)
    }

    /// Whether the state absorbs: no event leads out of it.
    pub const fn is_terminal(self) -> bool {
        !self.is_pending()
    }
}

/// What can happen to a delivery. The announcement is no event: the dispatch begins a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeliveryEvent {
    /// An account of the recipient asked for its wrap. Again by another account or computer of the
    /// unit: lawful while pending and after the receipt, and changes nothing.
    Fetched,
    /// The recipient's checks ran. A receipt and a return carry their inspection, so it is applied
    /// before them. Again (newer rules, another account): lawful while pending, changes nothing.
    Inspected,
    /// Signed for: only after an inspection. Whether its outcomes allow a receipt is for
    /// [`Inspection`](crate::inspection::Inspection) to say.
    SignedFor,
    /// Returned with a reason: only after an inspection, which for a document that would not open
    /// (commitment mismatch, level violation) is the record of that failure. So every return says
    /// what was looked at, and there is one way to it.
    Returned,
    /// Refused outright: at any time while pending, also unread.
    Refused,
    /// Recalled clean: only before the first fetch. See [`Delivery::recall`].
    Recalled,
    /// A replacing document was dispatched: only while pending.
    Superseded,
    /// The unit's successor takes over: only while pending. See [`Delivery::successor`].
    Redirected,
    /// An authority's time correction annuls the overdue entry (protocol rule 28): in every state
    /// that is overdue. A later true one may be recorded again.
    OverdueAnnulled,
    /// A fact beside the state; [`Fact`] says of each where it may stand.
    Fact(Fact),
}

impl DeliveryEvent {
    /// Every event, in the order of the numbers; `Fact` with every fact.
    pub const ALL: [Self; 22] = [
        Self::Fetched,
        Self::Inspected,
        Self::SignedFor,
        Self::Returned,
        Self::Refused,
        Self::Recalled,
        Self::Superseded,
        Self::Redirected,
        Self::OverdueAnnulled,
        Self::Fact(Fact::Overdue),
        Self::Fact(Fact::Reminded),
        Self::Fact(Fact::Inquired),
        Self::Fact(Fact::InquiryDue),
        Self::Fact(Fact::ReturnAcknowledged),
        Self::Fact(Fact::RecallNotice),
        Self::Fact(Fact::RecallAnswer),
        Self::Fact(Fact::Contact),
        Self::Fact(Fact::Registered),
        Self::Fact(Fact::Printed),
        Self::Fact(Fact::Filed),
        Self::Fact(Fact::Deleted),
        Self::Fact(Fact::Replaced),
    ];

    /// The state that a moving event leads to; none for those beside the state.
    pub const fn leads_to(self) -> Option<DeliveryState> {
        match self {
            Self::Fetched => Some(DeliveryState::Fetched),
            Self::Inspected => Some(DeliveryState::Inspected),
            Self::SignedFor => Some(DeliveryState::SignedFor),
            Self::Returned => Some(DeliveryState::Returned),
            Self::Refused => Some(DeliveryState::Refused),
            Self::Recalled => Some(DeliveryState::Recalled),
            Self::Superseded => Some(DeliveryState::Superseded),
            Self::Redirected => Some(DeliveryState::Redirected),
            Self::OverdueAnnulled | Self::Fact(_) => None,
        }
    }

    const fn row(self) -> (u64, &'static str, &'static str) {
        match self {
            Self::Fetched => (2, "下载", "fetched"),
            Self::Inspected => (3, "查验", "inspected"),
            Self::SignedFor => (4, "签收", "signed for"),
            Self::Returned => (5, "退回", "returned"),
            Self::Refused => (6, "拒收", "refused"),
            Self::Recalled => (7, "撤回", "recalled"),
            Self::Superseded => (8, "替代", "superseded"),
            Self::Redirected => (9, "转送", "redirected"),
            Self::OverdueAnnulled => (10, "撤销超时", "cleared of being overdue"),
            Self::Fact(fact) => (fact.code(), fact.zh(), fact.en()),
        }
    }

    /// The event's number, for ever: a moving event has the number of the state that it leads to.
    pub const fn code(self) -> u64 {
        self.row().0
    }

    /// The event with this number; none if this build does not know it.
    pub fn from_code(code: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.code() == code)
    }

    /// The event's name in Chinese.
    pub const fn zh(self) -> &'static str {
        self.row().1
    }

    /// The event's name in English, fit to follow "cannot be".
    pub const fn en(self) -> &'static str {
        self.row().2
    }
}

/// One delivery: its state and the facts beside it. It can only be one that events lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Delivery {
    state: DeliveryState,
    facts: Facts,
}

impl Delivery {
    /// A delivery as the dispatch begins it.
    pub const ANNOUNCED: Self = Self {
        state: DeliveryState::Announced,
        facts: Facts::NONE,
    };

    /// Where it stands.
    pub const fn state(self) -> DeliveryState {
        self.state
    }

    /// What is known beside the state.
    pub const fn facts(self) -> Facts {
        self.facts
    }

    /// The delivery that a record holds. Refuses a state with a fact that no events lead to.
    pub fn restore(state: DeliveryState, facts: Facts) -> Result<Self, BadDelivery> {
        match facts.iter().find(|fact| !could_stand(state, facts, *fact)) {
            Some(fact) => Err(BadDelivery { state, fact }),
            None => Ok(Self { state, facts }),
        }
    }

    /// What `event` makes of the delivery. Refuses what does not follow, and then nothing changed;
    /// out of a terminal state nothing ever follows but facts, and a fetch after the receipt.
    pub fn apply(self, event: DeliveryEvent) -> Result<Step<Self>, Misstep> {
        let moved = match event {
            DeliveryEvent::Fact(fact) => self.note(fact),
            DeliveryEvent::OverdueAnnulled => self.annul(),
            _ => self.follow(event),
        };
        moved.map_err(|cause| Misstep::Delivery {
            state: self.state,
            event,
            cause,
        })
    }

    /// What a recall means now: clean before the first fetch, afterwards only a notice. Whether
    /// even the notice is lawful, [`apply`](Self::apply) says.
    pub const fn recall(self) -> DeliveryEvent {
        match self.state {
            DeliveryState::Announced => DeliveryEvent::Recalled,
            _ => DeliveryEvent::Fact(Fact::RecallNotice),
        }
    }

    /// The delivery with which the successor of a redirected unit begins: announced, with its clock
    /// kept (protocol rule 25), so that overdue and inquiry are not recorded twice. None if this
    /// one was not redirected.
    pub fn successor(self) -> Option<Self> {
        let of_the_clock = [Fact::Overdue, Fact::InquiryDue, Fact::Inquired];
        (self.state == DeliveryState::Redirected).then(|| Self {
            state: DeliveryState::Announced,
            facts: self.facts.both(of_the_clock.into_iter().collect()),
        })
    }

    fn follow(self, event: DeliveryEvent) -> Result<Step<Self>, Cause> {
        use DeliveryEvent as E;
        use DeliveryState as S;
        match (self.state, event) {
            (S::Announced, E::Fetched) => Ok(self.moved(S::Fetched)),
            (S::SignedFor, E::Fetched) if self.facts.has(Fact::Deleted) => Err(Cause::TooLate),
            (S::Fetched | S::Inspected | S::SignedFor, E::Fetched)
            | (S::Inspected, E::Inspected) => Ok(Step::Unchanged),
            (S::Fetched, E::Inspected) => Ok(self.moved(S::Inspected)),
            (S::Inspected, E::SignedFor) => Ok(self.moved(S::SignedFor)),
            (S::Inspected, E::Returned) => Ok(self.moved(S::Returned)),
            (S::Announced | S::Fetched | S::Inspected, E::Refused) => Ok(self.moved(S::Refused)),
            (S::Announced, E::Recalled) => Ok(self.moved(S::Recalled)),
            (S::Announced | S::Fetched | S::Inspected, E::Superseded) => {
                Ok(self.moved(S::Superseded))
            }
            (S::Announced | S::Fetched | S::Inspected, E::Redirected) => {
                Ok(self.moved(S::Redirected))
            }
            (S::Fetched | S::Inspected, E::Recalled) => Err(Cause::TooLate),
            (state, _) if state.is_pending() => Err(Cause::TooEarly),
            (state, _) if event.leads_to() == Some(state) => Err(Cause::Repeated),
            _ => Err(Cause::TooLate),
        }
    }

    fn note(self, fact: Fact) -> Result<Step<Self>, Cause> {
        if self.facts.has(fact) && fact.is_once() {
            return Err(Cause::Repeated);
        }
        self.may_note(fact)?;
        if self.facts.has(fact) {
            return Ok(Step::Unchanged);
        }
        Ok(Step::Changed(Self {
            facts: self.facts.with(fact),
            ..self
        }))
    }

    fn may_note(self, fact: Fact) -> Result<(), Cause> {
        use DeliveryState as S;
        match (fact, self.state) {
            (Fact::Replaced, _) => Err(Cause::Foreign),
            (Fact::Inquired | Fact::Contact, _)
            | (Fact::ReturnAcknowledged, S::Returned)
            | (Fact::RecallNotice, S::Fetched | S::Inspected | S::SignedFor) => Ok(()),
            (Fact::InquiryDue | Fact::RecallAnswer, S::Recalled | S::Redirected)
            | (Fact::InquiryDue, S::Superseded) => Err(Cause::TooLate),
            (Fact::Overdue | Fact::Reminded, state) => or(state.is_pending(), Cause::TooLate),
            (Fact::InquiryDue, _) => or(!self.facts.has(Fact::Inquired), Cause::TooLate),
            (Fact::RecallAnswer, _) => or(self.facts.has(Fact::RecallNotice), Cause::TooEarly),
            (Fact::Registered | Fact::Printed | Fact::Filed, S::SignedFor) => {
                or(!self.facts.has(Fact::Deleted), Cause::TooLate)
            }
            (Fact::Deleted, state) => or(state.is_terminal(), Cause::TooEarly),
            (_, state) if state.is_pending() => Err(Cause::TooEarly),
            _ => Err(Cause::TooLate),
        }
    }

    fn annul(self) -> Result<Step<Self>, Cause> {
        or(self.facts.has(Fact::Overdue), Cause::TooEarly)?;
        Ok(Step::Changed(Self {
            facts: self.facts.without(Fact::Overdue),
            ..self
        }))
    }

    const fn moved(self, state: DeliveryState) -> Step<Self> {
        Step::Changed(Self { state, ..self })
    }
}

fn or(lawful: bool, cause: Cause) -> Result<(), Cause> {
    if lawful { Ok(()) } else { Err(cause) }
}

/// Whether events lead to `state` with `fact` among `facts`; facts outlive the state they began in.
fn could_stand(state: DeliveryState, facts: Facts, fact: Fact) -> bool {
    match fact {
        Fact::Overdue | Fact::Reminded | Fact::Inquired | Fact::InquiryDue | Fact::Contact => true,
        Fact::ReturnAcknowledged => state == DeliveryState::Returned,
        Fact::RecallNotice => !matches!(state, DeliveryState::Announced | DeliveryState::Recalled),
        Fact::RecallAnswer => facts.has(Fact::RecallNotice),
        Fact::Registered | Fact::Printed | Fact::Filed => state == DeliveryState::SignedFor,
        Fact::Deleted => state.is_terminal(),
        Fact::Replaced => false,
    }
}

/// A record of a delivery that no events lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadDelivery {
    /// The state in the record.
    pub state: DeliveryState,
    /// The first fact that cannot stand beside it.
    pub fact: Fact,
}

impl fmt::Display for BadDelivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { state, fact } = self;
        write!(f, "no delivery is {} and also {}", state.en(), fact.en())
    }
}

impl std::error::Error for BadDelivery {}

#[cfg(test)]
mod tests;
