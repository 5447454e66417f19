//! What a unit records for itself: notes that only it can read, and numbers of its series.

use yichuan_document::statement::{
    About, NoteKind, NumberRequest, PasswordSet, SERIES_COPIES, SERIES_RECEIVED, UnitNote,
};
use yichuan_document::{Digest, UnitCode, cbor};
use yichuan_evidence::entry::EntryKind;
use yichuan_wire::ErrorCode;

use super::documents::document;
use super::draft::{Decision, Draft, NewEntry};
use super::prepare::Prepared;
use super::refusal::{self, Refusal, row};
use crate::tables::{self, PasswordRow};

/// A unit's own note. The exchange cannot read it, and tells nobody else of it.
pub(super) fn note(
    draft: &Draft<'_>,
    request: &Prepared,
    body: &UnitNote,
) -> Result<Decision, Refusal> {
    let attachments = refusal::match_attachments(&[body.note], request.attachments.clone())?;
    if NoteKind::from_code(body.kind).is_none() {
        return Err(Refusal::about(ErrorCode::MALFORMED, body.kind));
    }
    if let Some(about) = &body.document {
        require_party(draft, request.unit(), about)?;
    }
    let entry = NewEntry::of(EntryKind::UnitNote, request.signed(), attachments);
    let mut decision = Decision::new(entry.owned_by(request.unit()));
    decision.announce(0, request.unit().clone());
    Ok(decision)
}

/// Allots the next numbers of a series. The batch is one transaction, so no number is given twice
/// and none is left out, however many computers ask at once.
pub(super) fn number(
    draft: &Draft<'_>,
    request: &Prepared,
    body: &NumberRequest,
) -> Result<Decision, Refusal> {
    refusal::no_attachments(request)?;
    if let Some(about) = &body.document {
        require_party(draft, request.unit(), about)?;
    }
    let once = once(request.unit(), body);
    if let Some(key) = &once
        && let Some(row) = draft.get(tables::NUMBERS, key)?
    {
        return Err(Refusal::about(ErrorCode::NUMBERED, allotted(row)?));
    }
    let key = tables::number(request.unit(), &body.series, body.year);
    let last = draft.get(tables::NUMBERS, &key)?.map_or(Ok(0), allotted)?;
    let count = body.count.map_or(1, u32::from);
    let newest = last.saturating_add(count);
    if newest > NumberRequest::HIGHEST {
        return Err(Refusal::about(ErrorCode::TOO_LARGE, NumberRequest::HIGHEST));
    }
    let first = last + 1;
    let entry = NewEntry::of(EntryKind::Number, request.signed(), Vec::new());
    let mut decision = Decision::new(entry.owned_by(request.unit()).allotting(first));
    decision.put(tables::NUMBERS, key, newest.to_be_bytes().to_vec());
    if let Some(key) = once {
        decision.put(tables::NUMBERS, key, first.to_be_bytes().to_vec());
    }
    decision.announce(0, request.unit().clone());
    Ok(decision)
}

/// An account's password, as the exchange knows it. The same once more is refused: it would look
/// like a new one.
pub(super) fn password(
    draft: &Draft<'_>,
    request: &Prepared,
    body: &PasswordSet,
) -> Result<Decision, Refusal> {
    refusal::no_attachments(request)?;
    let account = request.standing().id();
    let key = account.as_str().as_bytes().to_vec();
    let before = draft.get(tables::PASSWORDS, &key)?;
    let before: Option<PasswordRow> = before.map(|bytes| row(&bytes)).transpose()?;
    if before.is_some_and(|before| before.verifier == body.verifier) {
        return Err(Refusal::of(ErrorCode::STATE));
    }
    let value = PasswordRow {
        verifier: body.verifier,
        since: draft.now(),
        key: request.standing().signing_key(),
    };
    let entry = NewEntry::of(EntryKind::Password, request.signed(), Vec::new());
    let mut decision = Decision::new(entry.owned_by(request.unit()));
    decision.put(tables::PASSWORDS, key, cbor::to_vec(&value));
    Ok(decision)
}

/// The key under which a document's only number of a series is kept; none where it may have many.
fn once(unit: &UnitCode, body: &NumberRequest) -> Option<Vec<u8>> {
    let about = body.document.as_ref()?;
    (body.series == SERIES_RECEIVED).then(|| tables::register_number(unit, &about.manifest))
}

fn allotted(row: Vec<u8>) -> Result<u32, Refusal> {
    let bytes = row.try_into().map_err(|_| Refusal::of(ErrorCode::STORE))?;
    Ok(u32::from_be_bytes(bytes))
}

/// Refuses what is about a document of others; the same answer whether there is one.
pub(super) fn require_party(
    draft: &Draft<'_>,
    unit: &UnitCode,
    about: &About,
) -> Result<(), Refusal> {
    let document = document(draft, about)?;
    let issues = document.issuers.iter().any(|issuer| issuer.unit == *unit);
    if issues || receives(draft, unit, &about.manifest)? {
        Ok(())
    } else {
        Err(Refusal::of(ErrorCode::UNKNOWN_DOCUMENT))
    }
}

fn receives(draft: &Draft<'_>, unit: &UnitCode, manifest: &Digest) -> Result<bool, Refusal> {
    let key = tables::delivery(manifest, unit);
    Ok(draft.get(tables::DELIVERIES, &key)?.is_some())
}

/// Whether a request for numbers has a form that can be answered.
pub(super) fn fits(body: &NumberRequest) -> bool {
    let series = (1..=SERIES_BYTES_MAX).contains(&body.series.len())
        && !body.series.chars().any(char::is_control);
    let years = 1949..=9999;
    let for_document = body.series == SERIES_RECEIVED || body.series == SERIES_COPIES;
    let count = body.count.is_none_or(|count| {
        (2..=NumberRequest::COUNT_MAX).contains(&count) && body.series != SERIES_RECEIVED
    });
    series && years.contains(&body.year) && count && (body.document.is_some() || !for_document)
}

/// The longest name of a series of numbers, in bytes.
const SERIES_BYTES_MAX: usize = 64;
