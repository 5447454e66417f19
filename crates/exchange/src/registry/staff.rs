//! Applications to the authority, and hand-overs between the people of a unit.

use yichuan_document::statement::{Application, HandOver, HandOverTaken, REASON_BYTES_MAX, Wish};
use yichuan_evidence::entry::EntryKind;
use yichuan_wire::ErrorCode;

use super::draft::{Decision, Draft, NewEntry};
use super::prepare::Prepared;
use super::refusal::{self, Refusal};
use crate::tables;

/// A unit's manager applies for a seal, a ticket or a recovery; the authority decides elsewhere.
pub(super) fn application(request: &Prepared, body: &Application) -> Result<Decision, Refusal> {
    if Wish::from_code(body.wish).is_none() {
        return Err(Refusal::about(ErrorCode::MALFORMED, body.wish));
    }
    if body.account.unit() != *request.unit() || body.device.unit() != *request.unit() {
        return Err(Refusal::about(ErrorCode::NOT_ALLOWED, &body.account));
    }
    if body.reason.bytes > REASON_BYTES_MAX {
        return Err(Refusal::about(ErrorCode::TOO_LARGE, REASON_BYTES_MAX));
    }
    let attachments = refusal::match_attachments(&[body.reason], request.attachments.clone())?;
    Ok(of_the_unit(EntryKind::Application, request, attachments))
}

/// What somebody hands over is listed, for the one who takes it over.
pub(super) fn hand_over(request: &Prepared, body: &HandOver) -> Result<Decision, Refusal> {
    let attachments = refusal::match_attachments(&[body.list], request.attachments.clone())?;
    let mut decision = of_the_unit(EntryKind::HandOver, request, attachments);
    let key = request.digest().as_bytes().to_vec();
    decision.put(
        tables::HAND_OVERS,
        key,
        body.to.as_str().as_bytes().to_vec(),
    );
    Ok(decision)
}

/// The one who was named takes it over, once.
pub(super) fn hand_over_taken(
    draft: &Draft<'_>,
    request: &Prepared,
    body: &HandOverTaken,
) -> Result<Decision, Refusal> {
    refusal::no_attachments(request)?;
    let key = body.hand_over.as_bytes();
    let to = draft.get(tables::HAND_OVERS, key)?;
    let to = to.ok_or(Refusal::of(ErrorCode::UNKNOWN_DOCUMENT))?;
    if to.is_empty() {
        return Err(Refusal::of(ErrorCode::STATE));
    }
    if to != request.standing().id().as_str().as_bytes() {
        return Err(Refusal::of(ErrorCode::NOT_ALLOWED));
    }
    let mut decision = of_the_unit(EntryKind::HandOverTaken, request, Vec::new());
    decision.put(tables::HAND_OVERS, key.to_vec(), Vec::new());
    Ok(decision)
}

/// A statement that the unit itself and the auditors read.
fn of_the_unit(kind: EntryKind, request: &Prepared, attachments: Vec<Vec<u8>>) -> Decision {
    let entry = NewEntry::of(kind, request.signed(), attachments);
    let mut decision = Decision::new(entry.owned_by(request.unit()));
    decision.announce(0, request.unit().clone());
    decision
}
