//! What a recipient does with a delivery.

use yichuan_document::inspection::{
    Check, CheckCode, FaultCode, Inspection, Outcome, ReturnCode, ReturnReason,
};
use yichuan_document::life::{Delivery, DeliveryEvent, Step};
use yichuan_document::statement::{
    About, Fetch, InspectionList, OfDelivery, Receipt, Return, Violation,
};
use yichuan_document::{UnitCode, UnitRef};
use yichuan_evidence::entry::EntryKind;
use yichuan_wire::ErrorCode;

use super::assigning;
use super::clocks::{delivery_row, life, put_delivery};
use super::documents::{document, issuer_of, tell_issuers};
use super::draft::{Decision, Draft, NewEntry};
use super::prepare::Prepared;
use super::refusal::{self, Refusal};
use crate::tables::{DeliveryRow, DocumentRow};

pub(super) fn fetch(
    draft: &Draft<'_>,
    request: &Prepared,
    body: &Fetch,
) -> Result<Decision, Refusal> {
    refusal::no_attachments(request)?;
    let mut place = Place::find(draft, request, &body.delivery)?;
    assigning::require_named(draft, request, &body.delivery.about.manifest)?;
    place.apply(DeliveryEvent::Fetched)?;
    place.record(draft, EntryKind::Fetch, request, Vec::new())
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
    place.record(draft, EntryKind::Receipt, request, Vec::new())
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
    place.row.reason = Some(body.code);
    place.record(draft, EntryKind::Return, request, attachments)
}

pub(super) fn violation(
    draft: &Draft<'_>,
    request: &Prepared,
    body: &Violation,
) -> Result<Decision, Refusal> {
    refusal::no_attachments(request)?;
    let mut place = Place::find(draft, request, &body.delivery)?;
    place.apply(DeliveryEvent::Inspected)?;
    place.record(draft, EntryKind::Violation, request, Vec::new())
}

/// A delivery with its document, found for the party that asks.
pub(super) struct Place {
    pub(super) document: DocumentRow,
    pub(super) delivery: Delivery,
    pub(super) unit: UnitCode,
    before: DeliveryRow,
    pub(super) row: DeliveryRow,
}

impl Place {
    /// For the recipient itself, which knows the last thing that was said of it.
    pub(super) fn find(
        draft: &Draft<'_>,
        request: &Prepared,
        named: &OfDelivery,
    ) -> Result<Self, Refusal> {
        let unit = request.unit();
        let own = named.unit.unit == *unit && named.unit.origin == *draft.roster().origin();
        if !own {
            return Err(Refusal::of(ErrorCode::UNKNOWN_DOCUMENT));
        }
        Self::of(draft, &named.about, &named.unit)?.on(named)
    }

    /// For an issuer of the document, which knows the last thing that was said of it.
    pub(super) fn find_for_issuer(
        draft: &Draft<'_>,
        request: &Prepared,
        named: &OfDelivery,
    ) -> Result<Self, Refusal> {
        let place = Self::of(draft, &named.about, &named.unit)?;
        if place.is_issuer(draft, request.unit()) {
            place.on(named)
        } else {
            Err(Refusal::of(ErrorCode::UNKNOWN_DOCUMENT))
        }
    }

    /// Whoever asks: one answer whether there is no such delivery or it is not for them.
    pub(super) fn of(draft: &Draft<'_>, about: &About, unit: &UnitRef) -> Result<Self, Refusal> {
        let unknown = || Refusal::of(ErrorCode::UNKNOWN_DOCUMENT);
        if unit.origin != *draft.roster().origin() {
            return Err(unknown());
        }
        let document = document(draft, about)?;
        let row = delivery_row(draft, &about.manifest, &unit.unit)?;
        let row = row.ok_or_else(unknown)?;
        Ok(Self {
            document,
            delivery: life(&row)?,
            unit: unit.unit.clone(),
            before: row.clone(),
            row,
        })
    }

    fn on(self, named: &OfDelivery) -> Result<Self, Refusal> {
        if self.row.last == named.previous {
            Ok(self)
        } else {
            Err(Refusal::of(ErrorCode::STALE))
        }
    }

    pub(super) fn is_issuer(&self, draft: &Draft<'_>, unit: &UnitCode) -> bool {
        issuer_of(draft, &self.document, unit).is_some()
    }

    pub(super) fn apply(&mut self, event: DeliveryEvent) -> Result<(), Refusal> {
        let step = self.delivery.apply(event);
        match step.map_err(|why| Refusal::about(ErrorCode::STATE, why))? {
            Step::Changed(after) => self.delivery = after,
            Step::Unchanged => {}
        }
        Ok(())
    }

    /// Records a statement that the next one about the delivery must name.
    pub(super) fn record(
        mut self,
        draft: &Draft<'_>,
        kind: EntryKind,
        request: &Prepared,
        attachments: Vec<Vec<u8>>,
    ) -> Result<Decision, Refusal> {
        self.row.last = request.digest();
        let ends = self.delivery.state().is_terminal() && self.row.ended.is_none();
        if ends {
            self.row.ended = Some(draft.now());
            self.row.by = Some(request.standing().id().clone());
        }
        self.note(draft, kind, request, attachments)
    }

    /// Records a statement that changes nothing that the other side decides on.
    pub(super) fn note(
        mut self,
        draft: &Draft<'_>,
        kind: EntryKind,
        request: &Prepared,
        attachments: Vec<Vec<u8>>,
    ) -> Result<Decision, Refusal> {
        let manifest = self.document.about.manifest;
        let entry = NewEntry::of(kind, request.signed(), attachments);
        let mut decision = Decision::new(entry.about(&manifest).for_recipient(&self.unit));
        self.row.state = self.delivery.state().code();
        self.row.facts = self.delivery.facts().bits();
        let rows = (Some(&self.before), self.row);
        put_delivery(draft, &mut decision, &self.document, &self.unit, rows)?;
        tell_issuers(&mut decision, 0, &self.document);
        decision.announce(0, self.unit);
        Ok(decision)
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
