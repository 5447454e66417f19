//! The clocks: reminders, what is overdue, and senders who have not looked (Art. 10).
//!
//! Each delivery and each document has at most one row in the table of deadlines: when it is to be
//! looked at next. What an event decides about a delivery comes after whatever had fallen due
//! before it, in the same batch (protocol rule 29).

use yichuan_document::life::{Delivery, DeliveryEvent, DeliveryState, Fact, Facts, Step};
use yichuan_document::roster::record::Policy;
use yichuan_document::roster::record::clocks::{self, ReminderStep};
use yichuan_document::statement::{Audience, InquiryDue, Overdue, Reminder};
use yichuan_document::{Digest, Timestamp, UnitCode, UnitRef, cbor};
use yichuan_evidence::entry::EntryKind;
use yichuan_wire::ErrorCode;

use super::Registry;
use super::documents::tell_issuers;
use super::draft::{Decision, Draft, NewEntry};
use super::figures::{self, Counted};
use super::refusal::{Refusal, row};
use crate::tables::{self, DeliveryRow, DocumentRow, Due, NEVER, told};

/// How many deadlines one batch looks at.
pub const SWEEP_MAX: usize = 2_000;
/// The most deliveries of one document.
pub(super) const DELIVERIES_MAX: usize = 10_000;

/// What falls due first of a pending delivery.
enum Next {
    Overdue,
    Step(ReminderStep),
}

impl Registry {
    /// Records what has fallen due by now, at most [`SWEEP_MAX`] deadlines of it. `from` is the
    /// time before which nothing stands any more. Returns until when there is nothing now; none
    /// where all was recorded.
    pub fn sweep(
        &self,
        draft: &mut Draft<'_>,
        from: Timestamp,
    ) -> Result<Option<Timestamp>, Refusal> {
        let first = from.unix_ms().to_be_bytes();
        // Up to and with this very millisecond.
        let last = draft.now().plus_ms(1).unix_ms().to_be_bytes();
        self.look_back(draft)?;
        let keys = draft.keys_before(tables::DEADLINES, (&first, &last), SWEEP_MAX)?;
        let last = keys.get(SWEEP_MAX - 1);
        let until = last
            .and_then(|key| tables::read_deadline(key))
            .map(|it| it.0);
        for key in keys {
            match tables::read_deadline(&key) {
                Some((_, Due::Delivery(document, unit))) => {
                    self.catch_up(draft, &document, &unit)?;
                }
                Some((_, Due::Inquiry(document))) => self.catch_up_inquiry(draft, &document)?,
                None => return Err(Refusal::of(ErrorCode::STORE)),
            }
            // What was caught up has a later row now; a row that nothing stands behind goes.
            draft.forget(tables::DEADLINES, key);
        }
        Ok(until)
    }

    /// Records what has fallen due of one delivery.
    pub(super) fn catch_up(
        &self,
        draft: &mut Draft<'_>,
        document: &Digest,
        unit: &UnitCode,
    ) -> Result<(), Refusal> {
        let Some(before) = delivery_row(draft, document, unit)? else {
            return Ok(());
        };
        if before.wake.is_none_or(|wake| wake > draft.now()) {
            return Ok(());
        }
        let document = document_row(draft, document)?;
        let policy = draft.policy();
        let mut after = before.clone();
        while let Some((next, at)) = next(&after, policy.as_deref())? {
            if at > draft.now() {
                break;
            }
            match next {
                Next::Overdue => self.overdue(draft, &document, unit, &mut after)?,
                Next::Step(step) => {
                    after.told = told(step.percent, step.to);
                    // Of several that were missed while nobody was there, the last one is said.
                    if !followed(&after, policy.as_deref(), step.to, draft.now()) {
                        self.remind(draft, &document, unit, step, &mut after)?;
                    }
                }
            }
        }
        let mut decision = Decision::default();
        put_delivery(
            draft,
            &mut decision,
            &document,
            unit,
            (Some(&before), after),
        )?;
        draft.apply(decision)?;
        Ok(())
    }

    /// Records what has fallen due of every delivery of a document, and of its inquiry.
    pub(super) fn catch_up_all(
        &self,
        draft: &mut Draft<'_>,
        document: &Digest,
    ) -> Result<(), Refusal> {
        let all = draft.beginning_with(tables::DELIVERIES, document.as_bytes(), DELIVERIES_MAX)?;
        for (key, _) in all {
            let unit = tables::unit_of_delivery(&key).ok_or(Refusal::of(ErrorCode::STORE))?;
            self.catch_up(draft, document, &unit)?;
        }
        self.catch_up_inquiry(draft, document)
    }

    /// Records that a sender has not looked, where it was to.
    fn catch_up_inquiry(&self, draft: &mut Draft<'_>, document: &Digest) -> Result<(), Refusal> {
        let bytes = draft.get(tables::DOCUMENTS, document.as_bytes())?;
        let Some(bytes) = bytes else { return Ok(()) };
        let mut document: DocumentRow = row(&bytes)?;
        let due = document.inquiry_due.filter(|due| *due <= draft.now());
        let owed = document.inquired.is_none() && !document.inquiry_missed;
        let Some(due) = due.filter(|_| owed) else {
            return Ok(());
        };
        document.inquiry_missed = true;
        let body = InquiryDue {
            about: document.about,
            due,
            size: draft.next_index(),
        };
        let signed = self.say(draft, &body);
        let lead = document
            .issuers
            .first()
            .ok_or(Refusal::of(ErrorCode::STORE))?;
        let entry = NewEntry::of(EntryKind::InquiryDue, &signed, Vec::new())
            .about(&document.about.manifest)
            .for_recipient(&lead.unit);
        let mut decision = Decision::new(entry);
        let key = document.about.manifest.as_bytes().to_vec();
        decision.put(tables::DOCUMENTS, key, cbor::to_vec(&document));
        let what = figures::What::InquiryMissed;
        decision.count(Counted::new(&lead.unit, document.month, what));
        tell_issuers(&mut decision, 0, &document);
        self.tell_supervisor(draft.roster(), &lead.unit, &mut decision);
        draft.apply(decision)?;
        Ok(())
    }

    fn overdue(
        &self,
        draft: &mut Draft<'_>,
        document: &DocumentRow,
        unit: &UnitCode,
        delivery: &mut DeliveryRow,
    ) -> Result<(), Refusal> {
        note(delivery, Fact::Overdue)?;
        let body = Overdue {
            about: document.about,
            unit: unit_ref(draft, unit),
            due: delivery.due,
            size: draft.next_index(),
            outage: draft.outage(delivery.dispatched, delivery.due),
        };
        let signed = self.say(draft, &body);
        let entry = NewEntry::of(EntryKind::Overdue, &signed, Vec::new());
        self.tell(draft, entry, document, unit, true)
    }

    fn remind(
        &self,
        draft: &mut Draft<'_>,
        document: &DocumentRow,
        unit: &UnitCode,
        step: ReminderStep,
        delivery: &mut DeliveryRow,
    ) -> Result<(), Refusal> {
        note(delivery, Fact::Reminded)?;
        let body = Reminder {
            about: document.about,
            unit: unit_ref(draft, unit),
            due: delivery.due,
            percent: step.percent,
            to: step.to,
        };
        let signed = self.say(draft, &body);
        let entry = NewEntry::of(EntryKind::Reminder, &signed, Vec::new());
        self.tell(draft, entry, document, unit, step.to == Audience::Authority)
    }

    /// Appends an entry about a delivery for its parties, and for who supervises it.
    fn tell(
        &self,
        draft: &mut Draft<'_>,
        entry: NewEntry,
        document: &DocumentRow,
        unit: &UnitCode,
        supervised: bool,
    ) -> Result<(), Refusal> {
        let entry = entry.about(&document.about.manifest).for_recipient(unit);
        let mut decision = Decision::new(entry);
        tell_issuers(&mut decision, 0, document);
        decision.announce(0, unit.clone());
        if supervised {
            self.tell_supervisor(draft.roster(), unit, &mut decision);
        }
        draft.apply(decision)?;
        Ok(())
    }
}

/// Puts a delivery and its deadline, in place of what stood before, and returns it as it stands.
pub(super) fn put_delivery(
    draft: &Draft<'_>,
    decision: &mut Decision,
    document: &DocumentRow,
    unit: &UnitCode,
    (before, mut after): (Option<&DeliveryRow>, DeliveryRow),
) -> Result<DeliveryRow, Refusal> {
    let manifest = document.about.manifest;
    let due = Due::Delivery(manifest, unit.clone());
    let policy = draft.policy();
    // A step that a new policy puts before now is told now: nobody looks back any more.
    let next = next(&after, policy.as_deref())?;
    after.wake = next.map(|(_, at)| at.max(draft.now()));
    let stood = before.and_then(|before| before.wake);
    if stood != after.wake {
        if let Some(stood) = stood {
            decision.delete(tables::DEADLINES, tables::deadline(stood, &due));
        }
        if let Some(wake) = after.wake {
            decision.put(tables::DEADLINES, tables::deadline(wake, &due), Vec::new());
        }
    }
    let mut count = |row: &DeliveryRow, times| {
        let what = figures::of_delivery(row, times).ok_or(Refusal::of(ErrorCode::STORE))?;
        decision.count(Counted::new(unit, row.month, what));
        Ok::<(), Refusal>(())
    };
    // What ended before another round began counts on.
    let ended = |row: &DeliveryRow| Ok::<bool, Refusal>(life(row)?.state().is_terminal());
    let begins_again = match before {
        Some(before) => ended(before)? && !ended(&after)?,
        None => false,
    };
    if let Some(before) = before.filter(|_| !begins_again) {
        count(before, -1)?;
    }
    count(&after, 1)?;
    let key = tables::delivery(&manifest, unit);
    decision.put(tables::DELIVERIES, key, cbor::to_vec(&after));
    Ok(after)
}

/// What falls due next of a delivery, and when; nothing where nobody owes anything.
fn next(
    delivery: &DeliveryRow,
    policy: Option<&Policy>,
) -> Result<Option<(Next, Timestamp)>, Refusal> {
    let life = life(delivery)?;
    if !life.state().is_pending() || delivery.due == NEVER {
        return Ok(None);
    }
    let overdue = (!life.facts().has(Fact::Overdue)).then_some((Next::Overdue, delivery.due));
    let step = next_step(delivery, policy);
    Ok(match (overdue, step) {
        // At one instant it is overdue first, and then who is to hear of it is told.
        (Some(overdue), Some((step, at))) if at < overdue.1 => Some((Next::Step(step), at)),
        (Some(overdue), _) => Some(overdue),
        (None, Some((step, at))) => Some((Next::Step(step), at)),
        (None, None) => None,
    })
}

fn next_step(delivery: &DeliveryRow, policy: Option<&Policy>) -> Option<(ReminderStep, Timestamp)> {
    let mut steps = clocks::steps(policy).iter();
    let step = steps.find(|step| told(step.percent, step.to) > delivery.told)?;
    Some((*step, step.at(delivery.dispatched, delivery.due)))
}

/// Whether a later step for the same audience has fallen due as well.
fn followed(delivery: &DeliveryRow, policy: Option<&Policy>, to: Audience, now: Timestamp) -> bool {
    clocks::steps(policy).iter().any(|step| {
        step.to == to
            && told(step.percent, step.to) > delivery.told
            && step.at(delivery.dispatched, delivery.due) <= now
    })
}

fn note(delivery: &mut DeliveryRow, fact: Fact) -> Result<(), Refusal> {
    let step = life(delivery)?
        .apply(DeliveryEvent::Fact(fact))
        .map_err(|_| Refusal::of(ErrorCode::STORE))?;
    if let Step::Changed(after) = step {
        delivery.facts = after.facts().bits();
    }
    Ok(())
}

/// What the exchange keeps of a delivery; none where the unit has none of the document.
pub(super) fn delivery_row(
    draft: &Draft<'_>,
    document: &Digest,
    unit: &UnitCode,
) -> Result<Option<DeliveryRow>, Refusal> {
    let bytes = draft.get(tables::DELIVERIES, &tables::delivery(document, unit))?;
    bytes.map(|bytes| row(&bytes)).transpose()
}

/// The state of a delivery, and the facts beside it.
pub(super) fn life(delivery: &DeliveryRow) -> Result<Delivery, Refusal> {
    let corrupt = || Refusal::of(ErrorCode::STORE);
    let state = DeliveryState::from_code(delivery.state).ok_or_else(corrupt)?;
    let facts = Facts::from_bits(delivery.facts).ok_or_else(corrupt)?;
    Delivery::restore(state, facts).map_err(|_| corrupt())
}

/// The row of a document that something of the exchange's own names.
pub(super) fn document_row(draft: &Draft<'_>, manifest: &Digest) -> Result<DocumentRow, Refusal> {
    let bytes = draft.get(tables::DOCUMENTS, manifest.as_bytes())?;
    row(&bytes.ok_or(Refusal::of(ErrorCode::STORE))?)
}

/// A unit of this exchange, as signed data names it.
pub(super) fn unit_ref(draft: &Draft<'_>, unit: &UnitCode) -> UnitRef {
    UnitRef {
        unit: unit.clone(),
        origin: draft.roster().origin().clone(),
    }
}
