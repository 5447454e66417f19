//! What the recipients do with their deliveries.

use yichuan_document::UnitRef;
use yichuan_document::inspection::{
    Check as Inspected, CheckCode, FaultCode, Inspection, Outcome, ReturnCode, ReturnReason,
};
use yichuan_document::life::{DeliveryEvent, DeliveryState, Fact};
use yichuan_document::manifest::Recipient;
use yichuan_document::roster::record::{Role, Status};
use yichuan_document::roster::{Roster, Standing};
use yichuan_document::statement::{
    DeliveryRefusal, ExtensionRequest, Fetch, InspectionList, MeetingReply, OfDelivery,
    RecallAnswer, RecallReply, Receipt, Redirection, Return, Violation,
};
use yichuan_document::terms::DocumentKind;

use super::case::{Begun, Case, OpeningSaid};
use super::fault::Fault;
use super::finding::{Check, Findings};
use super::statement::{Said, Stop};
use super::track::{MoreTime, Track};

/// How much more time can be asked for: 30 days after the due time.
const MORE_TIME_MS_MAX: u64 = 30 * 24 * 3_600_000;

impl Case<'_> {
    /// A closed recipient's pending delivery goes to its successor, with its clock kept.
    pub(super) fn redirection(
        &mut self,
        said: &Said<'_>,
        findings: &mut Findings,
    ) -> Result<(), Stop> {
        let body: Redirection = said.body()?;
        said.by_exchange()?;
        said.attaches(&[])?;
        let begun = self.of(&body.about)?;
        let place = begun.delivery_of(&body.from)?;
        let closed = said.roster.unit(&body.from.unit).is_some_and(|unit| {
            unit.status == Status::Closed && unit.successor.as_ref() == Some(&body.to.unit)
        });
        let own = *said.roster.origin() == body.to.origin;
        if !closed || !own || body.act != said.roster.last_act() {
            return Err((Check::Deliveries, Fault::Unit));
        }
        if begun.tracks[place].due != body.due {
            return Err((Check::Deliveries, Fault::DueTime));
        }
        begun.follow(place, &[DeliveryEvent::Redirected])?;
        self.caught_up(place, said, findings);
        let begun = self.of(&body.about)?;
        if begun.recipient(&body.to).is_some() || begun.issuer(&body.to).is_some() {
            begun
                .apply_to(place, &[DeliveryEvent::Redirected], said)?
                .rest_on(said.digest);
            return Ok(());
        }
        let life = begun.life.redirect(place);
        begun.lead_on(life.map_err(|why| (Check::Life, why.into()))?, said);
        let before = &mut begun.tracks[place];
        before.rest_on(said.digest);
        let clock = (before.from, before.due);
        let heir = Recipient {
            unit: body.to,
            role: before.role,
            print_quota: before.quota,
        };
        let copies = before.copies;
        let mut track = Track::announced(said.index, heir, said.digest, clock);
        track.copies = copies;
        track.due_before = before.due_before;
        track.overdue = before.overdue;
        track.overdue_missing = before.overdue_missing;
        begun.tracks.push(track);
        Ok(())
    }

    pub(super) fn fetch(&mut self, said: &Said<'_>, findings: &mut Findings) -> Result<(), Stop> {
        let body: Fetch = said.body()?;
        let standing = said.by(Role::Receive)?;
        said.attaches(&[])?;
        let events = [DeliveryEvent::Fetched];
        self.delivered(said, &standing, &body.delivery, &events, findings)?;
        Ok(())
    }

    pub(super) fn receipt(&mut self, said: &Said<'_>, findings: &mut Findings) -> Result<(), Stop> {
        let body: Receipt = said.body()?;
        let standing = said.by(Role::Receive)?;
        said.attaches(&[])?;
        let inspection = inspection(&body.inspection)?;
        inspection
            .allows_receipt(&mandatory(said.roster))
            .map_err(|_| (Check::Inspections, Fault::Inspection))?;
        let events = [DeliveryEvent::Inspected, DeliveryEvent::SignedFor];
        let (begun, _) = self.delivered(said, &standing, &body.delivery, &events, findings)?;
        begun.receipts.push(OpeningSaid {
            index: said.index,
            unit: body.delivery.unit,
            account: standing.id().clone(),
            opening: body.opening,
        });
        findings.pass(Check::Inspections);
        findings.pass(Check::Deliveries);
        Ok(())
    }

    pub(super) fn give_back(
        &mut self,
        said: &Said<'_>,
        findings: &mut Findings,
    ) -> Result<(), Stop> {
        let body: Return = said.body()?;
        let standing = said.by(Role::Receive)?;
        said.attaches(body.note.as_slice())?;
        let inspection = inspection(&body.inspection)?;
        if !inspection
            .missing_mandatory(&mandatory(said.roster))
            .is_empty()
        {
            return Err((Check::Inspections, Fault::Inspection));
        }
        if needs_text(body.code) && body.note.is_none() {
            return Err((Check::Inspections, Fault::NoWords));
        }
        let events = [DeliveryEvent::Inspected, DeliveryEvent::Returned];
        self.delivered(said, &standing, &body.delivery, &events, findings)?;
        findings.pass(Check::Inspections);
        findings.pass(Check::Deliveries);
        Ok(())
    }

    pub(super) fn violation(
        &mut self,
        said: &Said<'_>,
        findings: &mut Findings,
    ) -> Result<(), Stop> {
        let body: Violation = said.body()?;
        let standing = said.by(Role::Receive)?;
        said.attaches(&[])?;
        let events = [DeliveryEvent::Inspected];
        self.delivered(said, &standing, &body.delivery, &events, findings)?;
        Ok(())
    }

    pub(super) fn delivery_refusal(
        &mut self,
        said: &Said<'_>,
        findings: &mut Findings,
    ) -> Result<(), Stop> {
        let body: DeliveryRefusal = said.body()?;
        let standing = said.by(Role::Receive)?;
        said.attaches(body.note.as_slice())?;
        if needs_text(body.code) && body.note.is_none() {
            return Err((Check::Deliveries, Fault::NoWords));
        }
        let events = [DeliveryEvent::Refused];
        self.delivered(said, &standing, &body.delivery, &events, findings)?;
        findings.pass(Check::Deliveries);
        Ok(())
    }

    pub(super) fn recall_answer(
        &mut self,
        said: &Said<'_>,
        findings: &mut Findings,
    ) -> Result<(), Stop> {
        let body: RecallAnswer = said.body()?;
        let standing = said.by(Role::Receive)?;
        said.attaches(body.note.as_slice())?;
        let answer = RecallReply::from_code(body.code);
        if answer.is_some_and(RecallReply::needs_text) && body.note.is_none() {
            return Err((Check::Deliveries, Fault::NoWords));
        }
        let events = [DeliveryEvent::Fact(Fact::RecallAnswer)];
        let (begun, place) = self.delivered(said, &standing, &body.delivery, &events, findings)?;
        begun.tracks[place].recall_answer = Some(body.code);
        findings.pass(Check::Deliveries);
        Ok(())
    }

    pub(super) fn extension_request(
        &mut self,
        said: &Said<'_>,
        findings: &mut Findings,
    ) -> Result<(), Stop> {
        let body: ExtensionRequest = said.body()?;
        let standing = said.by(Role::Receive)?;
        said.attaches(&[body.note])?;
        let (begun, place) = self.own_delivery(said, &standing, &body.delivery)?;
        let pending = begun.life.deliveries().get(place).map(|it| it.state());
        if !pending.is_some_and(DeliveryState::is_pending) {
            return Err((Check::Life, Fault::TooLate));
        }
        let due = begun.tracks[place].due;
        if body.until <= due || body.until.ms_since(due) > MORE_TIME_MS_MAX {
            return Err((Check::Clock, Fault::MoreTime));
        }
        let (begun, place) = self.delivered(said, &standing, &body.delivery, &[], findings)?;
        begun.tracks[place].requests.push(MoreTime {
            request: said.digest,
            until: body.until,
            decided: false,
        });
        findings.pass(Check::Deliveries);
        Ok(())
    }

    /// The reply form of a meeting notice, from a unit that has signed for it.
    pub(super) fn meeting_reply(&mut self, said: &Said<'_>) -> Result<(), Stop> {
        let body: MeetingReply = said.body()?;
        let standing = said.by(Role::Receive)?;
        said.attaches(&[body.form])?;
        let begun = self.of(&body.about)?;
        if !is_own(said, &standing, &body.unit) {
            return Err((Check::Deliveries, Fault::AnotherUnit));
        }
        let place = begun.delivery_of(&body.unit)?;
        if begun.manifest.kind != DocumentKind::MeetingNotice {
            return Err((Check::Statements, Fault::NoMeeting));
        }
        match begun.life.deliveries().get(place).map(|it| it.state()) {
            Some(DeliveryState::SignedFor) => Ok(()),
            Some(state) if state.is_terminal() => Err((Check::Life, Fault::TooLate)),
            _ => Err((Check::Life, Fault::TooEarly)),
        }
    }

    /// The delivery that a recipient speaks of, which must be its own.
    fn own_delivery(
        &mut self,
        said: &Said<'_>,
        standing: &Standing,
        named: &OfDelivery,
    ) -> Result<(&mut Begun, usize), Stop> {
        let begun = self.of(&named.about)?;
        if !is_own(said, standing, &named.unit) {
            return Err((Check::Deliveries, Fault::AnotherUnit));
        }
        let place = begun.delivery_of(&named.unit)?;
        Ok((begun, place))
    }

    /// Applies what a recipient did to its own delivery, on the last thing that was said of it.
    fn delivered(
        &mut self,
        said: &Said<'_>,
        standing: &Standing,
        named: &OfDelivery,
        events: &[DeliveryEvent],
        findings: &mut Findings,
    ) -> Result<(&mut Begun, usize), Stop> {
        let (_, place) = self.own_delivery(said, standing, named)?;
        self.next_of(place, said, named, events, findings)
    }

    /// Applies events to a delivery, where the statement rests on the last one about it.
    pub(super) fn next_of(
        &mut self,
        place: usize,
        said: &Said<'_>,
        named: &OfDelivery,
        events: &[DeliveryEvent],
        findings: &mut Findings,
    ) -> Result<(&mut Begun, usize), Stop> {
        let rests_on_unknown = self.unknown.contains(&named.previous);
        let begun = self.of(&named.about)?;
        begun.follow(place, events)?;
        if !begun.tracks[place].is_last(&named.previous) && !rests_on_unknown {
            return Err((Check::Deliveries, Fault::Stale));
        }
        self.caught_up(place, said, findings);
        let begun = self.of(&named.about)?;
        begun.apply_to(place, events, said)?.rest_on(said.digest);
        Ok((begun, place))
    }
}

fn is_own(said: &Said<'_>, standing: &Standing, unit: &UnitRef) -> bool {
    unit.unit == standing.id().unit() && unit.origin == *said.roster.origin()
}

fn needs_text(code: u16) -> bool {
    let reason = ReturnCode(u64::from(code)).known();
    reason.is_some_and(ReturnReason::needs_text)
}

fn inspection(list: &InspectionList) -> Result<Inspection, Stop> {
    let bad = (Check::Inspections, Fault::Unreadable);
    let mut results = Vec::with_capacity(list.lines.len());
    for line in &list.lines {
        let fault = (line.detail != 0).then_some(FaultCode(u64::from(line.detail)));
        let outcome = Outcome::from_code(u64::from(line.outcome), fault).ok_or(bad)?;
        results.push((CheckCode(u64::from(line.check)), outcome));
    }
    Inspection::new(list.rule_set, results).map_err(|_| bad)
}

/// The checks that the policy in force makes mandatory, never fewer than the rule set's own.
fn mandatory(roster: &Roster) -> Vec<Inspected> {
    let mut checks = Inspected::MANDATORY.to_vec();
    let policy = roster.policy();
    let codes = policy.iter().flat_map(|policy| &policy.mandatory_checks);
    for check in codes.filter_map(|code| CheckCode(u64::from(*code)).known()) {
        if !checks.contains(&check) {
            checks.push(check);
        }
    }
    checks
}
