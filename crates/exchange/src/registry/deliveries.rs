//! What a recipient does with a delivery.

use yichuan_document::cbor;
use yichuan_document::inspection::{
    Check, CheckCode, FaultCode, Inspection, Outcome, ReturnCode, ReturnReason,
};
use yichuan_document::life::{Delivery, DeliveryEvent, DeliveryState, Facts, Step};
use yichuan_document::statement::{Fetch, InspectionList, OfDelivery, Receipt, Return, Violation};
use yichuan_evidence::entry::EntryKind;
use yichuan_wire::ErrorCode;

use super::assigning;
use super::documents::{document, tell_issuers};
use super::draft::{Decision, Draft, NewEntry};
use super::prepare::Prepared;
use super::refusal::{self, Refusal, row};
use crate::tables::{self, DeliveryRow, DocumentRow};

pub(super) fn fetch(
    draft: &Draft<'_>,
    request: &Prepared,
    body: &Fetch,
) -> Result<Decision, Refusal> {
    refusal::no_attachments(request)?;
    let mut place = Place::find(draft, request, &body.delivery)?;
    assigning::require_named(draft, request, &body.delivery.about.manifest)?;
    place.apply(DeliveryEvent::Fetched)?;
    Ok(place.record(EntryKind::Fetch, request, Vec::new()))
}

pub(super) fn receipt(
    draft: &Draft<'_>,
    request: &Prepared,
    body: &Receipt,
) -> Result<Decision, Refusal> {
    refusal::no_attachments(request)?;
    let mut place = Place::find(draft, request, &body.delivery)?;
    let inspection = inspection(&body.inspection)?;
    inspection
        .allows_receipt(&mandatory(draft))
        .map_err(|why| Refusal::about(ErrorCode::INSPECTION, why))?;
    place.apply(DeliveryEvent::Inspected)?;
    place.apply(DeliveryEvent::SignedFor)?;
    Ok(place.record(EntryKind::Receipt, request, Vec::new()))
}

pub(super) fn give_back(
    draft: &Draft<'_>,
    request: &Prepared,
    body: &Return,
) -> Result<Decision, Refusal> {
    let named: Vec<_> = body.note.iter().copied().collect();
    let attachments = refusal::match_attachments(&named, request.attachments.clone())?;
    let mut place = Place::find(draft, request, &body.delivery)?;
    let inspection = inspection(&body.inspection)?;
    let missing = inspection.missing_mandatory(&mandatory(draft));
    if let Some(missing) = missing.first() {
        return Err(Refusal::about(ErrorCode::INSPECTION, missing.en()));
    }
    let reason: Option<ReturnReason> = ReturnCode(u64::from(body.code)).known();
    let reason = reason.ok_or(Refusal::of(ErrorCode::MALFORMED))?;
    if reason.needs_text() && body.note.is_none() {
        return Err(Refusal::about(ErrorCode::MALFORMED, reason.en()));
    }
    place.apply(DeliveryEvent::Inspected)?;
    place.apply(DeliveryEvent::Returned)?;
    Ok(place.record(EntryKind::Return, request, attachments))
}

pub(super) fn violation(
    draft: &Draft<'_>,
    request: &Prepared,
    body: &Violation,
) -> Result<Decision, Refusal> {
    refusal::no_attachments(request)?;
    let mut place = Place::find(draft, request, &body.delivery)?;
    place.apply(DeliveryEvent::Inspected)?;
    Ok(place.record(EntryKind::Violation, request, Vec::new()))
}

/// A delivery with its document, found for the recipient that asks.
struct Place {
    document: DocumentRow,
    delivery: Delivery,
    row: DeliveryRow,
}

impl Place {
    fn find(draft: &Draft<'_>, request: &Prepared, named: &OfDelivery) -> Result<Self, Refusal> {
        let unit = request.unit();
        let own = named.unit.unit == *unit && named.unit.origin == *draft.roster().origin();
        if !own {
            return Err(Refusal::of(ErrorCode::UNKNOWN_DOCUMENT));
        }
        let document = document(draft, &named.about)?;
        let key = tables::delivery(&named.about.manifest, unit);
        let bytes = draft.get(tables::DELIVERIES, &key)?;
        let row: DeliveryRow = row(&bytes.ok_or(Refusal::of(ErrorCode::UNKNOWN_DOCUMENT))?)?;
        if row.last != named.previous {
            return Err(Refusal::of(ErrorCode::STALE));
        }
        let corrupt = Refusal::of(ErrorCode::STORE);
        let state = DeliveryState::from_code(row.state).ok_or(corrupt.clone())?;
        let facts = Facts::from_bits(row.facts).ok_or(corrupt.clone())?;
        let delivery = Delivery::restore(state, facts).map_err(|_| corrupt)?;
        Ok(Self {
            document,
            delivery,
            row,
        })
    }

    fn apply(&mut self, event: DeliveryEvent) -> Result<(), Refusal> {
        let step = self.delivery.apply(event);
        match step.map_err(|why| Refusal::about(ErrorCode::STATE, why))? {
            Step::Changed(after) => self.delivery = after,
            Step::Unchanged => {}
        }
        Ok(())
    }

    fn record(
        mut self,
        kind: EntryKind,
        request: &Prepared,
        attachments: Vec<Vec<u8>>,
    ) -> Decision {
        let manifest = self.document.about.manifest;
        let unit = request.unit();
        let entry = NewEntry::of(kind, request.signed(), attachments);
        let mut decision = Decision::new(entry.about(&manifest).for_recipient(unit));
        self.row.state = self.delivery.state().code();
        self.row.facts = self.delivery.facts().bits();
        self.row.last = request.digest();
        let key = tables::delivery(&manifest, unit);
        decision.put(tables::DELIVERIES, key, cbor::to_vec(&self.row));
        tell_issuers(&mut decision, 0, &self.document);
        decision.announce(0, unit.clone());
        decision
    }
}

fn inspection(list: &InspectionList) -> Result<Inspection, Refusal> {
    let malformed = || Refusal::of(ErrorCode::MALFORMED);
    let mut results = Vec::with_capacity(list.lines.len());
    for line in &list.lines {
        let fault = (line.detail != 0).then_some(FaultCode(u64::from(line.detail)));
        let outcome = Outcome::from_code(u64::from(line.outcome), fault).ok_or_else(malformed)?;
        results.push((CheckCode(u64::from(line.check)), outcome));
    }
    Inspection::new(list.rule_set, results).map_err(|_| malformed())
}

/// The checks that the policy in force makes mandatory, never fewer than the rule set's own.
fn mandatory(draft: &Draft<'_>) -> Vec<Check> {
    let mut checks = Check::MANDATORY.to_vec();
    let policy = draft.roster().policy();
    let codes = policy.iter().flat_map(|policy| &policy.mandatory_checks);
    for check in codes.filter_map(|code| CheckCode(u64::from(*code)).known()) {
        if !checks.contains(&check) {
            checks.push(check);
        }
    }
    checks
}
