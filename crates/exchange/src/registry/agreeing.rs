//! What sender and recipient do about a delivery that is on its way: looking, speaking with each
//! other, more time, replies to a meeting notice.

use yichuan_document::life::{DeliveryEvent, DeliveryState, Fact, Stage, Step};
use yichuan_document::roster::record::Role;
use yichuan_document::statement::{
    Contact, ContactOutcome, ExtensionDecision, ExtensionRequest, Inquiry, MeetingReply, Reception,
};
use yichuan_document::terms::DocumentKind;
use yichuan_document::{UnitCode, cbor};
use yichuan_evidence::entry::EntryKind;
use yichuan_wire::ErrorCode;
use yichuan_wire::message::ATTACHMENT_BYTES_MAX;

use super::clocks::{DELIVERIES_MAX, life, put_delivery};
use super::deliveries::Place;
use super::documents::{document_of_sender, put_document, stage, tell_issuers};
use super::draft::{Decision, Draft, NewEntry};
use super::prepare::Prepared;
use super::recalling::noted;
use super::refusal::{self, Refusal, row};
use super::{Registry, above};
use crate::tables::{self, DeliveryRow, ExtensionRow, NEVER};

/// The longest extension: 30 days after the due time.
const EXTENSION_MS_MAX: u64 = 30 * 86_400_000;
/// A clock may be ahead of the exchange's by this much.
const AHEAD_MS_MAX: u64 = 120_000;

/// The sender has looked at the state of reception, and says what it saw (Art. 10).
pub(super) fn inquire(
    draft: &Draft<'_>,
    request: &Prepared,
    body: &Inquiry,
) -> Result<Decision, Refusal> {
    let attachments = refusal::match_attachments(&[body.seen], request.attachments.clone())?;
    let (mut document, _) = document_of_sender(draft, request.unit(), &body.about)?;
    if stage(&document) != Some(Stage::Dispatched) {
        return Err(Refusal::of(ErrorCode::STATE));
    }
    if body.size > draft.next_index() {
        return Err(Refusal::about(ErrorCode::MALFORMED, body.size));
    }
    let seen = attachments.first().map(Vec::as_slice).unwrap_or_default();
    let seen: Reception =
        cbor::read(seen, ATTACHMENT_BYTES_MAX).map_err(|_| Refusal::of(ErrorCode::ATTACHMENT))?;
    let manifest = document.about.manifest;
    let all = draft.beginning_with(tables::DELIVERIES, manifest.as_bytes(), DELIVERIES_MAX)?;
    let mut units = Vec::with_capacity(all.len());
    for (key, _) in &all {
        units.push(tables::unit_of_delivery(key).ok_or(Refusal::of(ErrorCode::STORE))?);
    }
    let rows = seen.rows.iter().map(|row| &row.unit.unit);
    let known = seen.rows.iter().all(|row| row.known().is_some());
    // A delivery that has begun since may be missing, but none that is not there can be seen.
    if !known
        || !rows.clone().is_sorted_by(|one, other| one < other)
        || !rows.clone().all(|unit| units.contains(unit))
    {
        return Err(Refusal::of(ErrorCode::STALE));
    }
    document.inquired = document.inquired.or(Some(draft.now()));
    // What the others have done is no recipient's business.
    let lead = document
        .issuers
        .first()
        .ok_or(Refusal::of(ErrorCode::STORE))?;
    let entry = NewEntry::of(EntryKind::Inquiry, request.signed(), attachments);
    let mut decision = Decision::new(entry.about(&manifest).for_recipient(&lead.unit));
    tell_issuers(&mut decision, 0, &document);
    put_document(&mut decision, &document);
    for ((_, bytes), unit) in all.iter().zip(units) {
        let before: DeliveryRow = row(bytes)?;
        let step = life(&before)?.apply(DeliveryEvent::Fact(Fact::Inquired));
        if let Ok(Step::Changed(after)) = step {
            let after = DeliveryRow {
                facts: after.facts().bits(),
                ..before.clone()
            };
            let rows = (Some(&before), after);
            put_delivery(draft, &mut decision, &document, &unit, rows)?;
        }
    }
    Ok(decision)
}

/// Either side says that they spoke.
pub(super) fn contact(
    draft: &Draft<'_>,
    request: &Prepared,
    body: &Contact,
) -> Result<Decision, Refusal> {
    let outcome = ContactOutcome::from_code(body.outcome);
    let outcome = outcome.ok_or(Refusal::about(ErrorCode::MALFORMED, body.outcome))?;
    let attachments = noted(request, body.note, outcome == ContactOutcome::Other)?;
    if body.at > draft.now().plus_ms(AHEAD_MS_MAX) {
        return Err(Refusal::of(ErrorCode::CLOCK));
    }
    let mut place = Place::of(draft, &body.about, &body.unit)?;
    require_party(draft, &place, request)?;
    place.apply(DeliveryEvent::Fact(Fact::Contact))?;
    place.note(draft, EntryKind::Contact, request, attachments)
}

/// The recipient asks for more time.
pub(super) fn ask_extension(
    registry: &Registry,
    draft: &Draft<'_>,
    request: &Prepared,
    body: &ExtensionRequest,
) -> Result<Decision, Refusal> {
    let attachments = noted(request, Some(body.note), true)?;
    let place = Place::find(draft, request, &body.delivery)?;
    if !place.delivery.state().is_pending() || place.row.due == NEVER {
        return Err(Refusal::about(
            ErrorCode::STATE,
            place.delivery.state().en(),
        ));
    }
    let latest = place.row.due.plus_ms(EXTENSION_MS_MAX);
    if body.until <= draft.now() {
        return Err(Refusal::about(ErrorCode::STATE, "until"));
    }
    if body.until <= place.row.due || body.until > latest {
        return Err(Refusal::about(ErrorCode::MALFORMED, "until"));
    }
    let key = tables::delivery(&place.document.about.manifest, &place.unit);
    let asked = ExtensionRow {
        request: request.digest(),
        until: body.until,
    };
    let unit = place.unit.clone();
    let mut decision = place.record(draft, EntryKind::ExtensionRequest, request, attachments)?;
    // Who supervises may decide about it as well.
    registry.tell_supervisor(draft.roster(), &unit, &mut decision);
    decision.put(tables::EXTENSIONS, key, cbor::to_vec(&asked));
    Ok(decision)
}

/// The sender, or who supervises the recipient, decides about it.
pub(super) fn decide_extension(
    draft: &Draft<'_>,
    request: &Prepared,
    body: &ExtensionDecision,
) -> Result<Decision, Refusal> {
    refusal::no_attachments(request)?;
    let mut place = Place::of(draft, &body.about, &body.unit)?;
    let unit = request.unit();
    let standing = request.standing();
    let sender =
        place.is_issuer(draft, unit) && (standing.has(Role::Send) || standing.has(Role::Approve));
    if !sender && !supervises(draft, request, &place.unit) {
        return Err(Refusal::of(ErrorCode::UNKNOWN_DOCUMENT));
    }
    let key = tables::delivery(&place.document.about.manifest, &place.unit);
    let asked = draft.get(tables::EXTENSIONS, &key)?;
    let asked: ExtensionRow = row(&asked.ok_or(Refusal::of(ErrorCode::STATE))?)?;
    if asked.request != body.request {
        return Err(Refusal::of(ErrorCode::STALE));
    }
    if !place.delivery.state().is_pending() {
        return Err(Refusal::about(
            ErrorCode::STATE,
            place.delivery.state().en(),
        ));
    }
    if let Some(until) = body.until {
        if until <= place.row.due || until > asked.until {
            return Err(Refusal::about(ErrorCode::MALFORMED, "until"));
        }
        place.row.due = until;
    }
    let mut decision = place.note(draft, EntryKind::ExtensionDecision, request, Vec::new())?;
    decision.delete(tables::EXTENSIONS, key);
    decision.announce(0, unit.clone());
    Ok(decision)
}

/// A recipient fills in the reply form of a meeting notice that it has signed for.
pub(super) fn reply(
    draft: &Draft<'_>,
    request: &Prepared,
    body: &MeetingReply,
) -> Result<Decision, Refusal> {
    let attachments = noted(request, Some(body.form), true)?;
    let place = Place::of(draft, &body.about, &body.unit)?;
    if place.unit != *request.unit() {
        return Err(Refusal::of(ErrorCode::UNKNOWN_DOCUMENT));
    }
    let signed_for = place.delivery.state() == DeliveryState::SignedFor;
    if place.document.kind != DocumentKind::MeetingNotice || !signed_for {
        return Err(Refusal::of(ErrorCode::STATE));
    }
    place.note(draft, EntryKind::MeetingReply, request, attachments)
}

/// Whether the asking account supervises a unit: it has the role, in a unit above it.
fn supervises(draft: &Draft<'_>, request: &Prepared, unit: &UnitCode) -> bool {
    let above = above(draft.roster(), unit).any(|unit| unit == *request.unit());
    above && request.standing().has(Role::Authority)
}

fn require_party(draft: &Draft<'_>, place: &Place, request: &Prepared) -> Result<(), Refusal> {
    let standing = request.standing();
    let sends = place.is_issuer(draft, request.unit()) && standing.has(Role::Send);
    let receives = place.unit == *request.unit() && standing.has(Role::Receive);
    if sends || receives {
        Ok(())
    } else {
        Err(Refusal::of(ErrorCode::UNKNOWN_DOCUMENT))
    }
}
