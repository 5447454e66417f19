//! The figures once more, from the entries of the log that an auditor reads.
//!
//! Each delivery is led by [`yichuan_document::life`] through what was signed about it, and counts
//! in the end as it stands. Of units that the auditor does not look after some entries are missing,
//! and so their figures mean nothing here.

use std::collections::{BTreeMap, HashMap, HashSet};

use yichuan_document::calendar::{Calendar, month_of};
use yichuan_document::life::{Delivery, DeliveryEvent, DeliveryState, Fact};
use yichuan_document::roster::RECORD_BYTES_MAX;
use yichuan_document::roster::act::AuthorityAct;
use yichuan_document::roster::record::Kind;
use yichuan_document::roster::record::clocks::Time;
use yichuan_document::signed::{Body, Payload};
use yichuan_document::statement::{
    DeliveryRefusal, Dispatch, ExtensionDecision, Fetch, InquiryDue, LookMissed, OfDelivery,
    Overdue, Recall, Receipt, Redirection, Return, Supersession, Supplemented, Violation,
};
use yichuan_document::{Digest, Manifest, Timestamp, UnitCode, cbor};
use yichuan_evidence::entry::EntryKind;
use yichuan_wire::figures::{End, Figures};

/// Minutes by which China's time is ahead of UTC, where no calendar says otherwise.
const AHEAD_MINUTES: u64 = 480;
/// The due time of a delivery that has no clock (`proto/wire.md`).
const NEVER: Timestamp = Timestamp::from_unix_ms(u64::MAX);
/// How often a delivery can have been handed on.
const HEIRS_MAX: usize = 64;

/// A statement of the log whose signatures and place were verified.
#[derive(Clone, Copy)]
pub struct Said<'s> {
    /// Its index in the log.
    pub index: u64,
    /// When it was recorded.
    pub time: Timestamp,
    /// The kind of entry.
    pub kind: EntryKind,
    /// What it says.
    pub payload: &'s Payload,
}

/// Who has part in a document, as its manifest says.
#[derive(Clone, Debug)]
pub struct Parties {
    /// The lead first.
    pub issuers: Vec<UnitCode>,
    /// In the order of the page.
    pub recipients: Vec<UnitCode>,
}

impl Parties {
    /// Those that a manifest names.
    pub fn of(manifest: &Manifest) -> Self {
        let issuers = manifest.issuers.iter();
        let recipients = manifest.recipients.iter();
        Self {
            issuers: issuers.map(|it| it.unit.unit.clone()).collect(),
            recipients: recipients.map(|it| it.unit.unit.clone()).collect(),
        }
    }
}

/// Whether an entry of this kind changes figures.
pub const fn counts(kind: EntryKind) -> bool {
    matches!(
        kind,
        EntryKind::Dispatch
            | EntryKind::Supplemented
            | EntryKind::Redirection
            | EntryKind::Supersession
            | EntryKind::Recall
            | EntryKind::InquiryDue
            | EntryKind::Fetch
            | EntryKind::Receipt
            | EntryKind::Return
            | EntryKind::Violation
            | EntryKind::DeliveryRefusal
            | EntryKind::ExtensionDecision
            | EntryKind::Overdue
            | EntryKind::LookMissed
    )
}

/// One delivery: to one unit, from its announcement to its end.
#[derive(Clone, Debug)]
struct Round {
    life: Delivery,
    dispatched: Timestamp,
    due: Timestamp,
    month: u32,
    ended: Option<Timestamp>,
    reason: u16,
}

impl Round {
    const fn announced(dispatched: Timestamp, due: Timestamp, month: u32) -> Self {
        Self {
            life: Delivery::ANNOUNCED,
            dispatched,
            due,
            month,
            ended: None,
            reason: 0,
        }
    }

    /// Follows an event, where it may; what ends the delivery ends it then.
    fn follow(&mut self, event: DeliveryEvent, at: Timestamp) -> bool {
        let Ok(step) = self.life.apply(event) else {
            return false;
        };
        self.life = step.or(self.life);
        if self.life.state().is_terminal() && self.ended.is_none() {
            self.ended = Some(at);
        }
        true
    }

    fn count(&self, figures: &mut Figures, closed: bool) {
        let ended = self.ended.unwrap_or(self.dispatched);
        let after = self.due != NEVER && ended > self.due;
        let (end, late) = match self.life.state() {
            // What a closed unit had pending went to its successor, whether or not that is read.
            state if state.is_pending() && closed => (End::Moved, false),
            DeliveryState::SignedFor => {
                let minutes = ended.ms_since(self.dispatched).div_ceil(60_000);
                let minutes = u32::try_from(minutes).unwrap_or(u32::MAX);
                (End::Signed(minutes), after)
            }
            DeliveryState::Returned => (End::Returned(self.reason), after),
            DeliveryState::Refused => (End::Refused, false),
            DeliveryState::Recalled => (End::Recalled, false),
            DeliveryState::Superseded | DeliveryState::Redirected => (End::Moved, false),
            DeliveryState::Announced | DeliveryState::Fetched | DeliveryState::Inspected => {
                (End::Pending, false)
            }
        };
        let overdue = self.life.facts().has(Fact::Overdue);
        figures.count_delivery(end, late, overdue, 1);
    }
}

/// A document that was dispatched.
#[derive(Debug)]
struct Sent {
    lead: UnitCode,
    issuers: Vec<UnitCode>,
    month: u32,
    now: BTreeMap<UnitCode, Round>,
    /// Deliveries that ended before another one to the same unit began.
    before: Vec<(UnitCode, Round)>,
}

/// The fold of what was read so far.
#[derive(Debug, Default)]
pub struct Fold {
    scope: HashSet<UnitCode>,
    documents: HashMap<Digest, Sent>,
    overdue: HashMap<u64, (Digest, UnitCode)>,
    figures: HashMap<(UnitCode, u32), Figures>,
}

impl Fold {
    /// A fold for who looks after the units of `scope`.
    pub fn new(scope: HashSet<UnitCode>) -> Self {
        Self {
            scope,
            ..Self::default()
        }
    }

    /// Takes in a statement that [`counts`]; none where it does not follow. `calendar` is that in
    /// force, `parties` those of a dispatch's document.
    pub fn take(
        &mut self,
        calendar: Option<&Calendar>,
        said: Said<'_>,
        parties: Option<Parties>,
    ) -> Option<()> {
        match said.kind {
            EntryKind::Dispatch => self.dispatch(calendar, said.payload, parties?),
            EntryKind::Supplemented => self.supplemented(calendar, said.payload),
            EntryKind::Redirection => self.redirect(said),
            EntryKind::Supersession => self.supersede(said),
            EntryKind::Recall => self.recall(said),
            EntryKind::InquiryDue => self.inquiry_missed(said.payload),
            EntryKind::LookMissed => self.look_missed(calendar, said.payload),
            _ => self.on_delivery(said),
        }
    }

    fn number(&mut self, unit: &UnitCode, month: u32) -> &mut Figures {
        self.figures.entry((unit.clone(), month)).or_default()
    }

    fn dispatch(
        &mut self,
        calendar: Option<&Calendar>,
        payload: &Payload,
        parties: Parties,
    ) -> Option<()> {
        let body: Dispatch = read(payload)?;
        let month = month_at(calendar, body.at);
        let lead = parties.issuers.first()?.clone();
        let mut now = BTreeMap::new();
        for (place, recipient) in parties.recipients.into_iter().enumerate() {
            let round = Round::announced(body.at, body.due_of(place)?, month);
            now.insert(recipient, round);
        }
        let sender = self.number(&lead, month);
        sender.sent = sender.sent.saturating_add(1);
        sender.sent_to = sender.sent_to.saturating_add(body.deliveries);
        let sent = Sent {
            lead,
            issuers: parties.issuers,
            month,
            now,
            before: Vec::new(),
        };
        let twice = self.documents.insert(body.about.manifest, sent);
        twice.is_none().then_some(())
    }

    fn supplemented(&mut self, calendar: Option<&Calendar>, payload: &Payload) -> Option<()> {
        let body: Supplemented = read(payload)?;
        let month = month_at(calendar, body.at);
        let document = self.documents.get_mut(&body.about.manifest)?;
        for unit in &body.units {
            let round = Round::announced(body.at, body.due, month);
            if let Some(ended) = document.now.insert(unit.unit.clone(), round) {
                document.before.push((unit.unit.clone(), ended));
            }
        }
        let (lead, month) = (document.lead.clone(), document.month);
        let count = u32::try_from(body.units.len()).ok()?;
        let sender = self.number(&lead, month);
        sender.sent_to = sender.sent_to.saturating_add(count);
        Some(())
    }

    fn redirect(&mut self, said: Said<'_>) -> Option<()> {
        let body: Redirection = read(said.payload)?;
        let at = said.time;
        let read_of_it = self.scope.contains(&body.from.unit);
        let document = self.documents.get_mut(&body.about.manifest)?;
        let from = document.now.get_mut(&body.from.unit)?;
        if !read_of_it && body.due <= at {
            // It was said to be overdue before it was handed on, where only others read it.
            from.follow(DeliveryEvent::Fact(Fact::Overdue), at);
        }
        if !from.follow(DeliveryEvent::Redirected, at) {
            return (!read_of_it).then_some(());
        }
        let begun = Round {
            life: from.life.successor()?,
            due: body.due,
            ended: None,
            reason: 0,
            ..from.clone()
        };
        let party = document.issuers.contains(&body.to.unit);
        if !party {
            document.now.entry(body.to.unit).or_insert(begun);
        }
        Some(())
    }

    fn supersede(&mut self, said: Said<'_>) -> Option<()> {
        let body: Supersession = read(said.payload)?;
        // One that was never dispatched has no deliveries.
        if let Some(document) = self.documents.get_mut(&body.about.manifest) {
            for round in document.now.values_mut() {
                round.follow(DeliveryEvent::Superseded, said.time);
            }
        }
        Some(())
    }

    fn recall(&mut self, said: Said<'_>) -> Option<()> {
        let body: Recall = read(said.payload)?;
        let document = self.documents.get_mut(&body.about.manifest)?;
        for (unit, round) in &mut document.now {
            let named = body.units.iter().any(|named| named.unit == *unit);
            if body.units.is_empty() || named {
                round.follow(round.life.recall(), said.time);
            }
        }
        Some(())
    }

    fn inquiry_missed(&mut self, payload: &Payload) -> Option<()> {
        let body: InquiryDue = read(payload)?;
        let document = self.documents.get(&body.about.manifest)?;
        let (lead, month) = (document.lead.clone(), document.month);
        let sender = self.number(&lead, month);
        sender.inquiries_missed = sender.inquiries_missed.saturating_add(1);
        Some(())
    }

    fn look_missed(&mut self, calendar: Option<&Calendar>, payload: &Payload) -> Option<()> {
        let body: LookMissed = read(payload)?;
        let month = month_at(calendar, body.until);
        let figures = self.number(&body.account.unit(), month);
        figures.looks_missed = figures.looks_missed.saturating_add(1);
        Some(())
    }

    /// What was said about one delivery.
    fn on_delivery(&mut self, said: Said<'_>) -> Option<()> {
        use DeliveryEvent as E;
        let (payload, at) = (said.payload, said.time);
        let none = |of: OfDelivery| (of.about.manifest, of.unit, 0);
        let ((document, unit, reason), events): (_, &[E]) = match said.kind {
            EntryKind::Fetch => (none(read::<Fetch>(payload)?.delivery), &[E::Fetched]),
            EntryKind::Violation => (none(read::<Violation>(payload)?.delivery), &[E::Inspected]),
            EntryKind::Receipt => {
                let events = &[E::Inspected, E::SignedFor];
                (none(read::<Receipt>(payload)?.delivery), events)
            }
            EntryKind::Return => {
                let body: Return = read(payload)?;
                let of = (body.delivery.about.manifest, body.delivery.unit, body.code);
                (of, &[E::Inspected, E::Returned])
            }
            EntryKind::DeliveryRefusal => {
                let body: DeliveryRefusal = read(payload)?;
                let of = (body.delivery.about.manifest, body.delivery.unit, body.code);
                (of, &[E::Refused])
            }
            EntryKind::Overdue => {
                let body: Overdue = read(payload)?;
                let of = (body.about.manifest, body.unit.unit.clone());
                self.overdue.insert(said.index, of);
                let of = (body.about.manifest, body.unit, 0);
                (of, &[E::Fact(Fact::Overdue)])
            }
            EntryKind::ExtensionDecision => {
                let body: ExtensionDecision = read(payload)?;
                let document = self.documents.get_mut(&body.about.manifest)?;
                let round = document.now.get_mut(&body.unit.unit)?;
                round.due = body.until.unwrap_or(round.due);
                return Some(());
            }
            _ => return None,
        };
        let document = self.documents.get_mut(&document)?;
        let round = document.now.get_mut(&unit.unit)?;
        let followed = events.iter().all(|event| round.follow(*event, at));
        if reason != 0 {
            round.reason = reason;
        }
        followed.then_some(())
    }

    /// Takes in an act of the authority that was folded and verified: it may annul overdue entries,
    /// of a unit and of those that have its delivery since; `heir` is who follows a unit.
    pub fn take_act(&mut self, payload: &Payload, heir: &dyn Fn(&UnitCode) -> Option<UnitCode>) {
        let act = read::<AuthorityAct>(payload);
        let changes = act.iter().flat_map(|act| &act.changes);
        let times = changes.filter(|change| change.kind == Kind::Time);
        let times: Vec<Time> = times
            .filter_map(|change| cbor::read(&change.record, RECORD_BYTES_MAX).ok())
            .collect();
        for time in times {
            let annulled = self
                .overdue
                .iter()
                .filter(|(index, _)| time.annuls(**index));
            let annulled: Vec<(Digest, UnitCode)> = annulled.map(|(_, of)| of.clone()).collect();
            for (document, unit) in annulled {
                self.annul(&document, unit, heir);
            }
        }
    }

    fn annul(
        &mut self,
        document: &Digest,
        mut unit: UnitCode,
        heir: &dyn Fn(&UnitCode) -> Option<UnitCode>,
    ) {
        let Some(document) = self.documents.get_mut(document) else {
            return;
        };
        for _ in 0..HEIRS_MAX {
            let Some(round) = document.now.get_mut(&unit) else {
                return;
            };
            if let Ok(step) = round.life.apply(DeliveryEvent::OverdueAnnulled) {
                round.life = step.or(round.life);
            }
            let moved = round.life.state() == DeliveryState::Redirected;
            match heir(&unit).filter(|_| moved) {
                Some(next) => unit = next,
                None => return,
            }
        }
    }

    /// The figures of the units of the scope, by unit and month. `taken_over` says of a unit
    /// whether it is closed and has a successor now.
    pub fn figures(
        &self,
        taken_over: &dyn Fn(&UnitCode) -> bool,
    ) -> HashMap<(UnitCode, u32), Figures> {
        let mut all = self.figures.clone();
        for document in self.documents.values() {
            let before = document
                .before
                .iter()
                .map(|(unit, round)| (unit, round, true));
            let now = document
                .now
                .iter()
                .map(|(unit, round)| (unit, round, false));
            for (unit, round, ended) in before.chain(now) {
                let closed = !ended && taken_over(unit);
                let figures = all.entry((unit.clone(), round.month)).or_default();
                round.count(figures, closed);
            }
        }
        all.retain(|(unit, _), _| self.scope.contains(unit));
        all
    }
}

fn read<B: Body>(payload: &Payload) -> Option<B> {
    payload.body().ok()
}

/// The local month of an instant, by the calendar that was in force.
fn month_at(calendar: Option<&Calendar>, at: Timestamp) -> u32 {
    let day = match calendar {
        Some(calendar) => calendar.day_of(at).0,
        None => at.plus_ms(AHEAD_MINUTES * 60_000).unix_ms() / 86_400_000,
    };
    month_of(day)
}

#[cfg(test)]
mod tests;
