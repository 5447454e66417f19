//! What the recipients do with their deliveries.

use yichuan_document::inspection::{
    Check as Inspected, CheckCode, FaultCode, Inspection, Outcome, ReturnCode, ReturnReason,
};
use yichuan_document::life::DeliveryEvent;
use yichuan_document::roster::record::{Role, Status};
use yichuan_document::roster::{Roster, Standing};
use yichuan_document::statement::{
    Fetch, InspectionList, OfDelivery, Receipt, Redirection, Return, Violation,
};

use super::case::{Begun, Case, OpeningSaid, Track};
use super::fault::Fault;
use super::finding::{Check, Findings};
use super::statement::{Said, Stop};

impl Case<'_> {
    /// A closed recipient's pending delivery goes to its successor, with its clock kept.
    pub(super) fn redirection(&mut self, said: &Said<'_>) -> Result<(), Stop> {
        let body: Redirection = said.body()?;
        said.by_exchange()?;
        said.attaches(&[])?;
        let begun = self.of(&body.about)?;
        let place = begun.recipient(&body.from);
        let place = place.ok_or((Check::Deliveries, Fault::NoSuchParty))?;
        let closed = said.roster.unit(&body.from.unit).is_some_and(|unit| {
            unit.status == Status::Closed && unit.successor.as_ref() == Some(&body.to.unit)
        });
        let own = *said.roster.origin() == body.to.origin;
        if !closed || !own || body.act != said.roster.last_act() {
            return Err((Check::Deliveries, Fault::Unit));
        }
        let track = begun.tracks.get_mut(place);
        let track = track.ok_or((Check::Life, Fault::TooEarly))?;
        if track.due != body.due {
            return Err((Check::Deliveries, Fault::DueTime));
        }
        let due = track.due;
        track.last = said.digest;
        track.ended = Some(said.entry.time);
        let party = begun.recipient(&body.to).is_some() || begun.issuer(&body.to).is_some();
        if party {
            let step = begun.life.apply_to(place, DeliveryEvent::Redirected);
            let step = step.map_err(|why| (Check::Life, why.into()))?;
            begun.life = step.or(begun.life.clone());
            return Ok(());
        }
        let life = begun.life.redirect(place);
        begun.life = life.map_err(|why| (Check::Life, why.into()))?;
        begun.tracks.push(Track {
            last: said.digest,
            due,
            ended: None,
        });
        begun.heirs.push((body.to, place));
        Ok(())
    }

    pub(super) fn fetch(&mut self, said: &Said<'_>) -> Result<(), Stop> {
        let body: Fetch = said.body()?;
        let standing = said.by(Role::Receive)?;
        said.attaches(&[])?;
        self.delivered(said, &standing, &body.delivery, &[DeliveryEvent::Fetched])?;
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
        let begun = self.delivered(said, &standing, &body.delivery, &events)?;
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
        let reason = ReturnCode(u64::from(body.code)).known();
        if reason.is_some_and(ReturnReason::needs_text) && body.note.is_none() {
            return Err((Check::Inspections, Fault::NoWords));
        }
        let events = [DeliveryEvent::Inspected, DeliveryEvent::Returned];
        self.delivered(said, &standing, &body.delivery, &events)?;
        findings.pass(Check::Inspections);
        findings.pass(Check::Deliveries);
        Ok(())
    }

    pub(super) fn violation(&mut self, said: &Said<'_>) -> Result<(), Stop> {
        let body: Violation = said.body()?;
        let standing = said.by(Role::Receive)?;
        said.attaches(&[])?;
        self.delivered(said, &standing, &body.delivery, &[DeliveryEvent::Inspected])?;
        Ok(())
    }

    /// Applies what a recipient did to its own delivery, on the last thing that was said of it.
    fn delivered(
        &mut self,
        said: &Said<'_>,
        standing: &Standing,
        named: &OfDelivery,
        events: &[DeliveryEvent],
    ) -> Result<&mut Begun, Stop> {
        let rests_on_unknown = self.unknown.contains(&named.previous);
        let begun = self.of(&named.about)?;
        if named.unit.unit != standing.id().unit() || named.unit.origin != *said.roster.origin() {
            return Err((Check::Deliveries, Fault::AnotherUnit));
        }
        let place = begun.recipient(&named.unit);
        let place = place.ok_or((Check::Deliveries, Fault::NoSuchParty))?;
        let mut life = begun.life.clone();
        for event in events {
            let step = life
                .apply_to(place, *event)
                .map_err(|why| (Check::Life, why.into()))?;
            life = step.or(life);
        }
        let track = begun.tracks.get_mut(place);
        let track = track.ok_or((Check::Life, Fault::TooEarly))?;
        if track.last != named.previous && !rests_on_unknown {
            return Err((Check::Deliveries, Fault::Stale));
        }
        track.last = said.digest;
        let ended = life
            .deliveries()
            .get(place)
            .is_some_and(|it| it.state().is_terminal());
        if ended && track.ended.is_none() {
            track.ended = Some(said.entry.time);
        }
        begun.life = life;
        Ok(begun)
    }
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
