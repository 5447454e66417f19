//! Printing and deleting: asked for, decided by the head, done once (Art. 19).
//!
//! Who of the unit asks, decides and prints is the unit's own affair; the issuers learn only how
//! many originals were numbered, and with which numbers.

use yichuan_document::life::{DeliveryState, Fact, Stage};
use yichuan_document::roster::record::Role;
use yichuan_document::statement::{
    About, CopiesNumbered, Deletion, PermissionDecision, PermissionRequest, Permit, Print,
};
use yichuan_document::{Digest, UnitCode, cbor};
use yichuan_evidence::entry::EntryKind;
use yichuan_wire::ErrorCode;

use super::Registry;
use super::assigning;
use super::clocks::{DELIVERIES_MAX, delivery_row, life, unit_ref};
use super::deliveries::Place;
use super::documents::{document, issuer_of, others_approve, stage, tell_issuers};
use super::draft::{Decision, Draft, NewEntry};
use super::prepare::Prepared;
use super::refusal::{self, Refusal, row};
use crate::tables::{self, DeliveryRow, PermissionRow, PrintedRow};

/// Somebody of the unit asks the head. What cannot be done is not asked for.
pub(super) fn ask(
    draft: &Draft<'_>,
    request: &Prepared,
    body: &PermissionRequest,
) -> Result<Decision, Refusal> {
    let named: Vec<_> = body.note.iter().copied().collect();
    let attachments = refusal::match_attachments(&named, request.attachments.clone())?;
    let permit = body.well_formed();
    let permit = permit.ok_or(Refusal::about(ErrorCode::MALFORMED, body.permit))?;
    let row = PermissionRow {
        about: body.about,
        unit: request.unit().clone(),
        permit: body.permit,
        count: body.count.unwrap_or(0),
        first: body.first,
        person: request.standing().person().clone(),
        granted: None,
        used: false,
    };
    check(draft, request, permit, &row)?;
    let entry = NewEntry::of(EntryKind::PermissionRequest, request.signed(), attachments);
    let mut decision = Decision::new(entry.owned_by(request.unit()));
    let key = request.digest().as_bytes().to_vec();
    decision.put(tables::PERMISSIONS, key, cbor::to_vec(&row));
    decision.announce(0, request.unit().clone());
    Ok(decision)
}

/// The head, or who stands in, decides: another person than the one who asks.
pub(super) fn decide(
    draft: &Draft<'_>,
    request: &Prepared,
    body: &PermissionDecision,
) -> Result<Decision, Refusal> {
    refusal::no_attachments(request)?;
    let mut row = asked(draft, request.unit(), &body.about, &body.request)?;
    if row.granted.is_some() {
        return Err(Refusal::of(ErrorCode::STATE));
    }
    others_approve(
        draft,
        core::slice::from_ref(&row.person),
        request.standing(),
    )?;
    row.granted = Some(body.granted);
    let entry = NewEntry::of(EntryKind::PermissionDecision, request.signed(), Vec::new());
    let mut decision = Decision::new(entry.owned_by(request.unit()));
    put(&mut decision, &body.request, &row);
    decision.announce(0, request.unit().clone());
    Ok(decision)
}

/// Copies are made. Originals are numbered in the same batch: of two computers that print the
/// last one at once, one is first.
pub(super) fn print(
    registry: &Registry,
    draft: &mut Draft<'_>,
    request: &Prepared,
    body: &Print,
) -> Result<Decision, Refusal> {
    refusal::no_attachments(request)?;
    let (permit, mut row) = granted(draft, request, (&body.about, &body.request))?;
    if permit == Permit::Deletion {
        return Err(Refusal::of(ErrorCode::NO_CONSENT));
    }
    check(draft, request, permit, &row)?;
    row.used = true;
    let entry = NewEntry::of(EntryKind::Print, request.signed(), Vec::new());
    let mut decision = Decision::new(entry.owned_by(request.unit()));
    put(&mut decision, &body.request, &row);
    decision.announce(0, request.unit().clone());
    if matches!(permit, Permit::Originals | Permit::Again) {
        number(registry, draft, request, &row, &mut decision)?;
    }
    Ok(decision)
}

/// The unit deletes what it holds. Nothing is opened to it any more; what was recorded stays.
pub(super) fn delete(
    draft: &Draft<'_>,
    request: &Prepared,
    body: &Deletion,
) -> Result<Decision, Refusal> {
    refusal::no_attachments(request)?;
    let (permit, mut row) = granted(draft, request, (&body.about, &body.request))?;
    if permit != Permit::Deletion {
        return Err(Refusal::of(ErrorCode::NO_CONSENT));
    }
    check(draft, request, permit, &row)?;
    row.used = true;
    let entry = NewEntry::of(EntryKind::Deletion, request.signed(), Vec::new());
    let mut decision = Decision::new(entry.owned_by(request.unit()));
    put(&mut decision, &body.request, &row);
    let key = tables::delivery(&body.about.manifest, request.unit());
    decision.put(tables::DELETED, key, request.digest().as_bytes().to_vec());
    decision.announce(0, request.unit().clone());
    Ok(decision)
}

/// Appends what the exchange says about the numbers of originals.
fn number(
    registry: &Registry,
    draft: &mut Draft<'_>,
    request: &Prepared,
    row: &PermissionRow,
    decision: &mut Decision,
) -> Result<(), Refusal> {
    let (unit, manifest) = (request.unit(), row.about.manifest);
    let document = document(draft, &row.about)?;
    let delivery = delivery_row(draft, &manifest, unit)?;
    let delivery = delivery.ok_or(Refusal::of(ErrorCode::UNKNOWN_DOCUMENT))?;
    let mut printed = printed(draft, &manifest, unit)?;
    let first = match row.first {
        Some(first) => first,
        None => next_copy(draft, &manifest)?,
    };
    if row.first.is_none() {
        let last = first.saturating_add(u32::from(row.count)) - 1;
        if last > CopiesNumbered::HIGHEST {
            return Err(Refusal::about(
                ErrorCode::TOO_LARGE,
                CopiesNumbered::HIGHEST,
            ));
        }
        printed.take(first, row.count);
        let key = tables::delivery(&manifest, unit);
        decision.put(tables::PRINTED, key, cbor::to_vec(&printed));
        let key = manifest.as_bytes().to_vec();
        decision.put(tables::COPIES, key, last.to_be_bytes().to_vec());
    }
    let body = CopiesNumbered {
        about: row.about,
        unit: unit_ref(draft, unit),
        print: request.digest(),
        first,
        count: row.count,
        printed: printed.count(),
        quota: delivery.quota.saturating_add(delivery.copies),
        again: row.first.is_some(),
    };
    let signed = registry.say(draft, &body);
    let entry = NewEntry::of(EntryKind::CopiesNumbered, &signed, Vec::new());
    let position = decision.append(entry.about(&manifest).for_recipient(unit));
    tell_issuers(decision, position, &document);
    decision.announce(position, unit.clone());
    Ok(())
}

/// Whether what is asked for can be done as things stand.
fn check(
    draft: &Draft<'_>,
    request: &Prepared,
    permit: Permit,
    row: &PermissionRow,
) -> Result<(), Refusal> {
    let (unit, standing) = (request.unit(), request.standing());
    let manifest = row.about.manifest;
    let deleted = tables::delivery(&manifest, unit);
    if draft.get(tables::DELETED, &deleted)?.is_some() {
        return Err(Refusal::about(ErrorCode::STATE, DELETED));
    }
    if permit == Permit::Deletion {
        if !standing.has(Role::Send) {
            standing.require(Role::Receive).map_err(Refusal::standing)?;
        }
        return completed(draft, unit, &row.about);
    }
    standing.require(Role::Receive).map_err(Refusal::standing)?;
    let place = Place::of(draft, &row.about, &unit_ref(draft, unit))?;
    assigning::require_named(draft, request, &manifest)?;
    let state = place.delivery.state();
    if state != DeliveryState::SignedFor {
        return Err(Refusal::about(ErrorCode::STATE, state.en()));
    }
    if place.delivery.facts().has(Fact::RecallNotice) {
        return Err(Refusal::about(ErrorCode::STATE, RECALLED));
    }
    let printed = printed(draft, &manifest, unit)?;
    match permit {
        Permit::Originals => {
            let quota = place.row.quota.saturating_add(place.row.copies);
            let left = quota.saturating_sub(printed.count());
            if row.count > left {
                return Err(Refusal::about(ErrorCode::QUOTA, left));
            }
        }
        Permit::Again if !printed.has(row.first.unwrap_or(0), row.count) => {
            return Err(Refusal::about(ErrorCode::QUOTA, NOT_PRINTED));
        }
        _ => {}
    }
    Ok(())
}

/// A document is completed for a unit: sent and answered by everybody, or received and answered.
fn completed(draft: &Draft<'_>, unit: &UnitCode, about: &About) -> Result<(), Refusal> {
    let document = document(draft, about)?;
    let pending = |words| Err(Refusal::about(ErrorCode::STATE, words));
    let done = |row: &DeliveryRow| {
        let delivery = life(row)?;
        let (state, facts) = (delivery.state(), delivery.facts());
        let returned = state == DeliveryState::Returned && !facts.has(Fact::ReturnAcknowledged);
        let asked_back = facts.has(Fact::RecallNotice) && !facts.has(Fact::RecallAnswer);
        Ok::<bool, Refusal>(state.is_terminal() && !returned && !asked_back)
    };
    if let Some(own) = delivery_row(draft, &about.manifest, unit)? {
        return if done(&own)? {
            Ok(())
        } else {
            pending(NOT_COMPLETED)
        };
    }
    if issuer_of(draft, &document, unit).is_none() {
        return Err(Refusal::of(ErrorCode::UNKNOWN_DOCUMENT));
    }
    match stage(&document) {
        Some(Stage::RefusedByApprover | Stage::Withdrawn) => return Ok(()),
        Some(Stage::Dispatched) => {}
        _ => return pending(NOT_COMPLETED),
    }
    let all = draft.beginning_with(
        tables::DELIVERIES,
        about.manifest.as_bytes(),
        DELIVERIES_MAX,
    )?;
    for (_, bytes) in all {
        if !done(&row(&bytes)?)? {
            return pending(NOT_COMPLETED);
        }
    }
    Ok(())
}

/// A request of the unit; one answer whether there is none or it is another's.
fn asked(
    draft: &Draft<'_>,
    unit: &UnitCode,
    about: &About,
    request: &Digest,
) -> Result<PermissionRow, Refusal> {
    let unknown = || Refusal::of(ErrorCode::UNKNOWN_DOCUMENT);
    let bytes = draft.get(tables::PERMISSIONS, request.as_bytes())?;
    let found: PermissionRow = row(&bytes.ok_or_else(unknown)?)?;
    if found.about == *about && found.unit == *unit {
        Ok(found)
    } else {
        Err(unknown())
    }
}

/// A request that was granted and not used yet.
fn granted(
    draft: &Draft<'_>,
    request: &Prepared,
    (about, of): (&About, &Digest),
) -> Result<(Permit, PermissionRow), Refusal> {
    let row = asked(draft, request.unit(), about, of)?;
    if row.granted != Some(true) {
        return Err(Refusal::of(ErrorCode::NO_CONSENT));
    }
    if row.used {
        return Err(Refusal::about(ErrorCode::STATE, USED));
    }
    let permit = Permit::from_code(row.permit).ok_or(Refusal::of(ErrorCode::STORE))?;
    Ok((permit, row))
}

fn put(decision: &mut Decision, request: &Digest, row: &PermissionRow) {
    let key = request.as_bytes().to_vec();
    decision.put(tables::PERMISSIONS, key, cbor::to_vec(row));
}

fn printed(draft: &Draft<'_>, manifest: &Digest, unit: &UnitCode) -> Result<PrintedRow, Refusal> {
    let bytes = draft.get(tables::PRINTED, &tables::delivery(manifest, unit))?;
    bytes.map_or_else(|| Ok(PrintedRow::default()), |bytes| row(&bytes))
}

fn next_copy(draft: &Draft<'_>, manifest: &Digest) -> Result<u32, Refusal> {
    let Some(bytes) = draft.get(tables::COPIES, manifest.as_bytes())? else {
        return Ok(1);
    };
    let bytes = bytes.try_into();
    let last = bytes.map_err(|_| Refusal::of(ErrorCode::STORE))?;
    Ok(u32::from_be_bytes(last).saturating_add(1))
}

const DELETED: &str = "本单位已删除 / deleted by this unit";
const RECALLED: &str = "发文单位已要求撤回 / the sender has recalled it";
const NOT_COMPLETED: &str = "尚未办结 / not completed";
const NOT_PRINTED: &str = "这些份号未曾打印 / these numbers were not printed";
const USED: &str = "该审批已使用 / the permission was used";
