//! Taking back and turning away: recalls and their answers, refused deliveries, returns that the
//! sender signs for.

use yichuan_document::inspection::{ReturnCode, ReturnReason};
use yichuan_document::life::{DeliveryEvent, DeliveryState, Fact, Stage};
use yichuan_document::statement::{
    AttachmentRef, DeliveryRefusal, Recall, RecallAnswer, RecallReason, RecallReply,
    ReturnAcknowledgement,
};
use yichuan_document::{UnitCode, UnitRef};
use yichuan_evidence::entry::EntryKind;
use yichuan_wire::ErrorCode;

use super::clocks::{DELIVERIES_MAX, life, put_delivery};
use super::deliveries::Place;
use super::documents::{document_of_sender, on_document, stage};
use super::draft::{Decision, Draft};
use super::prepare::Prepared;
use super::refusal::{self, Refusal, row};
use crate::tables::{self, DeliveryRow};

/// The sender recalls: clean from whom the wrap was never released to, by a notice from the rest.
pub(super) fn recall(
    draft: &Draft<'_>,
    request: &Prepared,
    body: &Recall,
) -> Result<Decision, Refusal> {
    let reason = RecallReason::from_code(body.code);
    let reason = reason.ok_or(Refusal::about(ErrorCode::MALFORMED, body.code))?;
    let attachments = noted(request, body.note, reason.needs_text())?;
    if body.units.len() > Recall::UNITS_MAX {
        return Err(Refusal::about(ErrorCode::TOO_LARGE, Recall::UNITS_MAX));
    }
    let (document, _) = document_of_sender(draft, request.unit(), &body.about)?;
    if stage(&document) != Some(Stage::Dispatched) {
        return Err(Refusal::of(ErrorCode::STATE));
    }
    let all = deliveries_of(draft, body)?;
    let mut decision = on_document(EntryKind::Recall, request, &document, attachments);
    let mut concerned = false;
    for (unit, before) in all {
        let delivery = life(&before)?;
        let Ok(step) = delivery.apply(delivery.recall()) else {
            continue;
        };
        let after = step.or(delivery);
        if after == delivery {
            continue;
        }
        concerned = true;
        let mut row = DeliveryRow {
            state: after.state().code(),
            facts: after.facts().bits(),
            last: request.digest(),
            regraded: before.regraded || reason == RecallReason::Level,
            ..before.clone()
        };
        if after.state() == DeliveryState::Recalled {
            row.ended = Some(draft.now());
            row.by = Some(request.standing().id().clone());
        }
        put_delivery(draft, &mut decision, &document, &unit, (Some(&before), row))?;
        decision.announce(0, unit);
    }
    if concerned {
        Ok(decision)
    } else {
        Err(Refusal::of(ErrorCode::STATE))
    }
}

/// The deliveries that a recall names; all where it names none.
fn deliveries_of(
    draft: &Draft<'_>,
    body: &Recall,
) -> Result<Vec<(UnitCode, DeliveryRow)>, Refusal> {
    let document = body.about.manifest;
    if body.units.is_empty() {
        let all = draft.beginning_with(tables::DELIVERIES, document.as_bytes(), DELIVERIES_MAX)?;
        let read = |(key, bytes): (Vec<u8>, Vec<u8>)| {
            let unit = tables::unit_of_delivery(&key).ok_or(Refusal::of(ErrorCode::STORE))?;
            Ok((unit, row(&bytes)?))
        };
        return all.into_iter().map(read).collect();
    }
    let mut named: Vec<&UnitRef> = body.units.iter().collect();
    named.sort();
    named.dedup();
    let find = |unit: &UnitRef| {
        let place = Place::of(draft, &body.about, unit)?;
        Ok((place.unit, place.row))
    };
    named.into_iter().map(find).collect()
}

pub(super) fn recall_answer(
    draft: &Draft<'_>,
    request: &Prepared,
    body: &RecallAnswer,
) -> Result<Decision, Refusal> {
    let reply = RecallReply::from_code(body.code);
    let reply = reply.ok_or(Refusal::about(ErrorCode::MALFORMED, body.code))?;
    let attachments = noted(request, body.note, reply.needs_text())?;
    let mut place = Place::find(draft, request, &body.delivery)?;
    place.apply(DeliveryEvent::Fact(Fact::RecallAnswer))?;
    place.record(draft, EntryKind::RecallAnswer, request, attachments)
}

/// The recipient turns a delivery away without having looked at it.
pub(super) fn refuse(
    draft: &Draft<'_>,
    request: &Prepared,
    body: &DeliveryRefusal,
) -> Result<Decision, Refusal> {
    let reason: Option<ReturnReason> = ReturnCode(u64::from(body.code)).known();
    let reason = reason.ok_or(Refusal::about(ErrorCode::MALFORMED, body.code))?;
    let attachments = noted(request, body.note, reason.needs_text())?;
    let mut place = Place::find(draft, request, &body.delivery)?;
    place.apply(DeliveryEvent::Refused)?;
    place.row.reason = Some(body.code);
    place.record(draft, EntryKind::DeliveryRefusal, request, attachments)
}

/// The sender signs for what came back.
pub(super) fn acknowledge(
    draft: &Draft<'_>,
    request: &Prepared,
    body: &ReturnAcknowledgement,
) -> Result<Decision, Refusal> {
    refusal::no_attachments(request)?;
    let mut place = Place::find_for_issuer(draft, request, &body.delivery)?;
    place.apply(DeliveryEvent::Fact(Fact::ReturnAcknowledged))?;
    place.record(draft, EntryKind::ReturnAcknowledgement, request, Vec::new())
}

/// The one note that a statement names, which some of them must have.
pub(super) fn noted(
    request: &Prepared,
    note: Option<AttachmentRef>,
    due: bool,
) -> Result<Vec<Vec<u8>>, Refusal> {
    if due && note.is_none() {
        return Err(Refusal::about(ErrorCode::MALFORMED, "text"));
    }
    let named: Vec<AttachmentRef> = note.into_iter().collect();
    refusal::match_attachments(&named, request.attachments.clone())
}
