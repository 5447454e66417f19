//! The clocks: what the exchange records when they run out, and what the parties do about them.

use std::collections::BTreeMap;

use yichuan_document::cbor;
use yichuan_document::life::{DeliveryEvent, DeliveryState, Fact};
use yichuan_document::roster::Roster;
use yichuan_document::roster::record::clocks::{self, ReminderStep};
use yichuan_document::roster::record::{Role, Time};
use yichuan_document::statement::{
    Contact, ContactOutcome, ExtensionDecision, Inquiry, InquiryDue, Overdue, Reception,
    ReceptionRow, Reminder,
};
use yichuan_document::{Timestamp, UnitCode, UnitRef};

use super::case::{Begun, Case};
use super::fault::Fault;
use super::finding::{Check, Findings, Gap};
use super::recalling::{sender, unit_of};
use super::statement::{Said, Stop};
use super::track::Track;

/// The most bytes of what an inquiry has seen: an attachment's.
const RECEPTION_BYTES_MAX: usize = 2 << 20;
/// The most units between a unit and the top: a chain that is longer goes in a circle.
const LEVELS_MAX: usize = 64;

impl Case<'_> {
    /// The exchange's claim that nothing was signed for or returned below that size.
    pub(super) fn overdue(&mut self, said: &Said<'_>, findings: &mut Findings) -> Result<(), Stop> {
        let body: Overdue = said.body()?;
        said.by_exchange()?;
        said.attaches(&[])?;
        let begun = self.of(&body.about)?;
        let place = begun.delivery_of(&body.unit)?;
        let track = &begun.tracks[place];
        let delivery = begun.life.deliveries().get(place);
        let state = delivery.map(|delivery| delivery.state());
        if body.size != said.index {
            return Err((Check::Clock, Fault::SizeDiffers));
        }
        if matches!(
            state,
            Some(DeliveryState::SignedFor | DeliveryState::Returned | DeliveryState::Refused)
        ) {
            return Err((Check::Clock, Fault::Refuted));
        }
        if body.due != track.due {
            return Err((Check::Clock, Fault::DueTime));
        }
        if said.entry.time < body.due {
            return Err((Check::Clock, Fault::BeforeItsTime));
        }
        if body.outage.is_some_and(|outage| {
            outage.from > outage.until
                || outage.until > said.entry.time
                || outage.from >= body.due
                || outage.until <= track.from
        }) {
            return Err((Check::Clock, Fault::Outage));
        }
        let events = [DeliveryEvent::Fact(Fact::Overdue)];
        let track = begun.apply_to(place, &events, said)?;
        track.overdue = Some((said.index, said.entry.time));
        findings.pass(Check::Clock);
        Ok(())
    }

    /// A step of the table in force, each once and not before its instant.
    pub(super) fn reminder(
        &mut self,
        said: &Said<'_>,
        findings: &mut Findings,
    ) -> Result<(), Stop> {
        let body: Reminder = said.body()?;
        said.by_exchange()?;
        said.attaches(&[])?;
        let begun = self.of(&body.about)?;
        let place = begun.delivery_of(&body.unit)?;
        let track = &begun.tracks[place];
        let step = ReminderStep {
            percent: body.percent,
            to: body.to,
        };
        let policy = said.roster.policy();
        if !clocks::steps(policy.as_ref()).contains(&step) {
            return Err((Check::Clock, Fault::NotInTable));
        }
        if body.due != track.due {
            return Err((Check::Clock, Fault::DueTime));
        }
        if said.entry.time < step.at(track.from, track.due) {
            return Err((Check::Clock, Fault::BeforeItsTime));
        }
        let told = (body.percent, body.to);
        if track.reminders.contains(&told) {
            return Err((Check::Clock, Fault::Again));
        }
        let events = [DeliveryEvent::Fact(Fact::Reminded)];
        begun.follow(place, &events)?;
        self.caught_up(place, said, findings);
        let begun = self.of(&body.about)?;
        begun.apply_to(place, &events, said)?.reminders.push(told);
        Ok(())
    }

    /// The sender has not looked in time: once, and not where it has.
    pub(super) fn inquiry_due(
        &mut self,
        said: &Said<'_>,
        findings: &mut Findings,
    ) -> Result<(), Stop> {
        let body: InquiryDue = said.body()?;
        said.by_exchange()?;
        said.attaches(&[])?;
        let begun = self.of(&body.about)?;
        if begun.tracks.is_empty() {
            return Err((Check::Life, Fault::TooEarly));
        }
        if body.size != said.index {
            return Err((Check::Clock, Fault::SizeDiffers));
        }
        if begun.inquired {
            return Err((Check::Clock, Fault::TooLate));
        }
        if begun.inquiry_missed {
            return Err((Check::Clock, Fault::Again));
        }
        if body.due != begun.inquiry_due {
            return Err((Check::Clock, Fault::DueTime));
        }
        if said.entry.time < body.due {
            return Err((Check::Clock, Fault::BeforeItsTime));
        }
        begun.inquiry_missed = true;
        begun.note_all(Fact::InquiryDue, said);
        findings.pass(Check::Clock);
        Ok(())
    }

    /// The sender has looked; what it saw must be what stood.
    pub(super) fn inquiry(&mut self, said: &Said<'_>, findings: &mut Findings) -> Result<(), Stop> {
        let body: Inquiry = said.body()?;
        let standing = said.by_any(&[Role::Send, Role::Approve])?;
        said.attaches(&[body.seen])?;
        let begun = self.of(&body.about)?;
        sender(begun, said, &standing)?;
        if begun.tracks.is_empty() {
            return Err((Check::Life, Fault::TooEarly));
        }
        if body.size > said.index {
            return Err((Check::Order, Fault::SeenTooLarge));
        }
        self.all_caught_up(said, findings);
        self.seen(&body, said, findings);
        let begun = self.of(&body.about)?;
        begun.inquired = true;
        begun.note_all(Fact::Inquired, said);
        Ok(())
    }

    fn seen(&self, body: &Inquiry, said: &Said<'_>, findings: &mut Findings) {
        let (Some(begun), Some(bytes)) = (&self.begun, self.attachment(&body.seen.digest)) else {
            findings.leave_out(Check::Inquiries, Gap::NotInBundle, Some(said.index));
            return;
        };
        let sends = |unit: &UnitRef| begun.sends(unit, said.roster);
        let whole = self.reader.as_ref().is_some_and(sends);
        let told = |unit: &UnitRef| whole || self.tells(unit, said);
        let stood = begun.states_at(body.size);
        let right = cbor::read::<Reception>(bytes, RECEPTION_BYTES_MAX).is_ok_and(|reception| {
            let rows = &reception.rows;
            let rises = rows.windows(2).all(|two| two[0].unit < two[1].unit);
            let as_it_stood = |row: &ReceptionRow| match stood.get(&row.unit) {
                Some(state) => row.state == state.code() || !told(&row.unit),
                None => !whole,
            };
            let seen = |unit: &UnitRef| rows.binary_search_by(|row| row.unit.cmp(unit)).is_ok();
            let mut deliveries = stood.keys().filter(|unit| told(unit));
            rises && rows.iter().all(as_it_stood) && deliveries.all(|unit| seen(unit))
        });
        if right {
            findings.pass(Check::Inquiries);
        } else {
            findings.fail(Check::Inquiries, Fault::SeenDiffers, Some(said.index));
        }
    }

    /// Sender and recipient spoke: either may say so, at any time, and nothing rests on it.
    pub(super) fn contact(&mut self, said: &Said<'_>, findings: &mut Findings) -> Result<(), Stop> {
        let body: Contact = said.body()?;
        let standing = said.by_any(&[Role::Send, Role::Receive])?;
        said.attaches(body.note.as_slice())?;
        let begun = self.of(&body.about)?;
        if unit_of(said, &standing) != body.unit {
            sender(begun, said, &standing)?;
        }
        let outcome = ContactOutcome::from_code(body.outcome);
        if outcome == Some(ContactOutcome::Other) && body.note.is_none() {
            return Err((Check::Deliveries, Fault::NoWords));
        }
        let place = begun.delivery_of(&body.unit)?;
        let track = begun.apply_to(place, &[DeliveryEvent::Fact(Fact::Contact)], said)?;
        track.contacts = track.contacts.saturating_add(1);
        self.caught_up(place, said, findings);
        Ok(())
    }

    /// By the sender, or by who supervises the recipient; no more than was asked for, once.
    pub(super) fn extension_decision(
        &mut self,
        said: &Said<'_>,
        findings: &mut Findings,
    ) -> Result<(), Stop> {
        let body: ExtensionDecision = said.body()?;
        let standing = said.by_any(&[Role::Send, Role::Approve, Role::Authority])?;
        said.attaches(&[])?;
        let begun = self.of(&body.about)?;
        let unit = unit_of(said, &standing);
        let sends = (standing.has(Role::Send) || standing.has(Role::Approve))
            && begun.sends(&unit, said.roster);
        let supervises = standing.has(Role::Authority) && is_above(said.roster, &unit, &body.unit);
        if !(supervises || sends) {
            return Err((Check::Signatures, Fault::AnotherUnit));
        }
        let place = begun.delivery_of(&body.unit)?;
        let pending = begun.life.deliveries()[place].state().is_pending();
        let track = &mut begun.tracks[place];
        let mut requests = track.requests.iter_mut();
        let request = requests.find(|it| it.request == body.request);
        let request = request.ok_or((Check::Deliveries, Fault::Stale))?;
        if request.decided {
            return Err((Check::Deliveries, Fault::Again));
        }
        if body
            .until
            .is_some_and(|until| until > request.until || until <= track.due)
        {
            return Err((Check::Clock, Fault::MoreTime));
        }
        request.decided = true;
        self.caught_up(place, said, findings);
        let track = &mut self.of(&body.about)?.tracks[place];
        if let Some(until) = body.until.filter(|_| pending) {
            track.due_before.get_or_insert(track.due);
            track.due = until;
        }
        findings.pass(Check::Deliveries);
        Ok(())
    }

    /// A new epoch of time, which begins with `now`, annuls overdue entries (protocol rule 28);
    /// returns which of this case. What is still to come of their reminders may be told again.
    pub(super) fn annul(&mut self, time: &Time, now: Timestamp) -> Vec<u64> {
        let mut annulled = Vec::new();
        let Some(begun) = &mut self.begun else {
            return annulled;
        };
        for place in 0..begun.tracks.len() {
            let overdue = begun.tracks[place].overdue;
            let Some((index, _)) = overdue.filter(|(index, _)| time.annuls(*index)) else {
                continue;
            };
            let step = begun.life.apply_to(place, DeliveryEvent::OverdueAnnulled);
            if let Ok(step) = step {
                begun.life = step.or(begun.life.clone());
                let track = &mut begun.tracks[place];
                let clock = (track.from, track.due);
                track.overdue = None;
                track.reminders.retain(|(percent, to)| {
                    let (percent, to) = (*percent, *to);
                    ReminderStep { percent, to }.at(clock.0, clock.1) <= now
                });
                if !annulled.contains(&index) {
                    annulled.push(index);
                }
            }
        }
        annulled
    }
}

impl Begun {
    /// Notes a fact beside every delivery where it may stand.
    fn note_all(&mut self, fact: Fact, said: &Said<'_>) {
        let mut life = self.life.clone();
        for place in 0..self.tracks.len() {
            if let Ok(step) = life.apply_to(place, DeliveryEvent::Fact(fact)) {
                life = step.or(life);
            }
        }
        self.lead_on(life, said);
    }

    /// The state of every delivery in a log of `size` entries, of the newest of each unit.
    fn states_at(&self, size: u64) -> BTreeMap<&UnitRef, DeliveryState> {
        let stood = |track: &'_ Track| track.state_at(size);
        let tracks = self.tracks.iter();
        let states = tracks.filter_map(|track| Some((&track.unit, stood(track)?)));
        states.collect()
    }
}

/// Whether `above` stands over `unit` in the tree, at whatever remove.
fn is_above(roster: &Roster, above: &UnitRef, unit: &UnitRef) -> bool {
    if above.origin != unit.origin {
        return false;
    }
    let parent = |code: &UnitCode| roster.unit(code).and_then(|unit| unit.parent);
    let chain = std::iter::successors(parent(&unit.unit), parent);
    chain.take(LEVELS_MAX).any(|code| code == above.unit)
}
