//! More recipients, once more to one of them, more copies, and another document in place of one.

use yichuan_document::life::{DeliveryEvent, DeliveryState, DocumentEvent, Fact, Stage};
use yichuan_document::manifest::{Recipient, Reference};
use yichuan_document::roster::record::clocks;
use yichuan_document::statement::{
    About, MoreCopies, Rewrap, Supersession, Supplement, SupplementApproval, Supplemented,
};
use yichuan_document::wrap::WrapList;
use yichuan_document::{Digest, Manifest, Timestamp, UnitCode, UnitRef, cbor};
use yichuan_evidence::entry::EntryKind;
use yichuan_wire::ErrorCode;

use super::Registry;
use super::clocks::{DELIVERIES_MAX, delivery_row, life, put_delivery, unit_ref};
use super::deliveries::Place;
use super::documents::{
    advance, document, document_of_sender, on_document, others_approve, policy_digest,
    put_document, stage, tell_issuers,
};
use super::draft::{Decision, Draft, NewEntry};
use super::figures::{Counted, What, month_at};
use super::prepare::{Prepared, check_holders, check_wrap_list};
use super::refusal::{self, Refusal, row};
use crate::tables::{self, DeliveryRow, DocumentRow, NEVER, SupplementRow};

/// More copies than this nobody prints.
const COPIES_MAX: u16 = 9_999;

/// The sender adds recipients; nothing goes out before the head has approved it.
pub(super) fn supplement(
    draft: &Draft<'_>,
    request: &Prepared,
    body: &Supplement,
) -> Result<Decision, Refusal> {
    let document = dispatched(draft, request.unit(), &body.about)?;
    if body.recipients.is_empty() || body.recipients.len() > Supplement::RECIPIENTS_MAX {
        return Err(Refusal::about(ErrorCode::MALFORMED, body.recipients.len()));
    }
    let list = wraps(request, &body.wraps)?;
    let units: Vec<_> = body
        .recipients
        .iter()
        .map(|recipient| &recipient.unit)
        .collect();
    let mut once = units.clone();
    once.sort();
    once.dedup();
    if once.len() != units.len() {
        return Err(Refusal::of(ErrorCode::MALFORMED));
    }
    check_holders(draft.roster(), request.unit(), units.iter().copied())?;
    check_wrap_list(draft.roster(), draft.now(), &list, units.iter().copied())?;
    no_parties_yet(draft, &document, units.into_iter())?;
    let waiting = SupplementRow {
        about: body.about,
        recipients: body.recipients.clone(),
        wraps_bytes: bytes_of(request),
        person: request.standing().person().clone(),
    };
    let attachments = request.attachments.clone();
    let mut decision = on_document(EntryKind::Supplement, request, &document, attachments);
    let key = request.digest().as_bytes().to_vec();
    decision.put(tables::SUPPLEMENTS, key, cbor::to_vec(&waiting));
    Ok(decision)
}

/// The head of the department decides about it; where it is approved it goes out at once.
pub(super) fn decide_supplement(
    registry: &Registry,
    draft: &mut Draft<'_>,
    request: &Prepared,
    body: &SupplementApproval,
) -> Result<Decision, Refusal> {
    refusal::no_attachments(request)?;
    let document = dispatched(draft, request.unit(), &body.about)?;
    let key = body.supplement.as_bytes().to_vec();
    let waiting = draft.get(tables::SUPPLEMENTS, &key)?;
    let waiting = waiting.ok_or(Refusal::of(ErrorCode::UNKNOWN_DOCUMENT))?;
    if waiting.is_empty() {
        return Err(Refusal::of(ErrorCode::STATE));
    }
    let waiting: SupplementRow = row(&waiting)?;
    if waiting.about != body.about {
        return Err(Refusal::of(ErrorCode::UNKNOWN_DOCUMENT));
    }
    let mut others = document.submitters.clone();
    others.push(waiting.person);
    others_approve(draft, &others, request.standing())?;
    let kind = EntryKind::SupplementApproval;
    let mut decision = on_document(kind, request, &document, Vec::new());
    decision.put(tables::SUPPLEMENTS, key, Vec::new());
    if body.granted {
        // Another supplement may have brought it to them meanwhile.
        let units = waiting.recipients.iter().map(|recipient| &recipient.unit);
        no_parties_yet(draft, &document, units)?;
        let to = (waiting.recipients.as_slice(), waiting.wraps_bytes);
        go_out(
            registry,
            draft,
            document,
            request.digest(),
            to,
            &mut decision,
        )?;
    }
    Ok(decision)
}

/// Refuses units that issue the document or have a delivery of it.
fn no_parties_yet<'u>(
    draft: &Draft<'_>,
    document: &DocumentRow,
    mut units: impl Iterator<Item = &'u UnitRef>,
) -> Result<(), Refusal> {
    units.try_for_each(|unit| {
        let key = tables::delivery(&document.about.manifest, &unit.unit);
        let issues = document.issuers.iter().any(|issuer| issuer == unit);
        if issues || draft.get(tables::DELIVERIES, &key)?.is_some() {
            Err(Refusal::about(ErrorCode::STATE, unit))
        } else {
            Ok(())
        }
    })
}

/// Dispatches to more recipients, or once more to one.
fn go_out(
    registry: &Registry,
    draft: &mut Draft<'_>,
    mut document: DocumentRow,
    cause: Digest,
    (recipients, wraps): (&[Recipient], Digest),
    decision: &mut Decision,
) -> Result<(), Refusal> {
    let units = recipients.iter().map(|recipient| &recipient.unit);
    // A recipient may have been closed since.
    let lead = document
        .issuers
        .first()
        .ok_or(Refusal::of(ErrorCode::STORE))?;
    check_holders(draft.roster(), &lead.unit, units.clone())?;
    let count = u16::try_from(recipients.len()).map_err(|_| Refusal::of(ErrorCode::MALFORMED))?;
    advance(
        &mut document,
        DocumentEvent::Supplemented { recipients: count },
    )?;
    let now = draft.now();
    let month = month_at(draft.roster(), now);
    let policy = draft.roster().policy();
    let due = clocks::due(policy.as_ref(), document.urgency, now);
    let body = Supplemented {
        about: document.about,
        cause,
        policy: policy_digest(draft),
        at: now,
        due,
        units: units.cloned().collect(),
    };
    let signed = registry.say(draft, &body);
    let entry = NewEntry::of(EntryKind::Supplemented, &signed, Vec::new());
    let position = decision.append(entry.about(&document.about.manifest));
    for recipient in recipients {
        let unit = &recipient.unit.unit;
        let before = delivery_row(draft, &document.about.manifest, unit)?;
        let mut announced = DeliveryRow::announced(now, month, due, cause);
        announced.wraps = Some(wraps);
        announced.copies = before.as_ref().map_or(0, |before| before.copies);
        announced.quota = before
            .as_ref()
            .map_or(recipient.print_quota, |before| before.quota);
        put_delivery(
            draft,
            decision,
            &document,
            unit,
            (before.as_ref(), announced),
        )?;
        let key = tables::delivery(&document.about.manifest, unit);
        decision.delete(tables::EXTENSIONS, key);
        decision.list(position, unit, true);
        decision.announce(position, unit.clone());
    }
    if let Some(lead) = document.issuers.first() {
        let what = What::SentTo(u32::from(count));
        decision.count(Counted::new(&lead.unit, document.month, what));
    }
    put_document(decision, &document);
    tell_issuers(decision, position, &document);
    Ok(())
}

/// The content key is closed once more for a recipient to whom it did not open.
pub(super) fn rewrap(
    registry: &Registry,
    draft: &mut Draft<'_>,
    request: &Prepared,
    body: &Rewrap,
) -> Result<Decision, Refusal> {
    let document = dispatched(draft, request.unit(), &body.delivery.about)?;
    let place = Place::find_for_issuer(draft, request, &body.delivery)?;
    if place.delivery.state() != DeliveryState::Returned {
        return Err(Refusal::about(
            ErrorCode::STATE,
            place.delivery.state().en(),
        ));
    }
    let list = wraps(request, &body.wraps)?;
    let unit = &body.delivery.unit;
    check_wrap_list(draft.roster(), draft.now(), &list, core::iter::once(unit))?;
    let recipient = recipient_of(draft, &document, &unit.unit)?;
    let attachments = request.attachments.clone();
    let mut decision = on_document(EntryKind::Rewrap, request, &document, attachments);
    decision.announce(0, unit.unit.clone());
    let to = (core::slice::from_ref(&recipient), bytes_of(request));
    go_out(
        registry,
        draft,
        document,
        request.digest(),
        to,
        &mut decision,
    )?;
    Ok(decision)
}

/// How a unit was addressed: in the manifest, or as one to which it came later.
fn recipient_of(
    draft: &Draft<'_>,
    document: &DocumentRow,
    unit: &UnitCode,
) -> Result<Recipient, Refusal> {
    let manifest = manifest_of(draft, &document.about)?;
    let named = manifest
        .recipients
        .into_iter()
        .find(|it| it.unit.unit == *unit);
    Ok(named.unwrap_or(Recipient {
        unit: unit_ref(draft, unit),
        role: yichuan_document::manifest::RecipientRole::Copy,
        print_quota: 0,
    }))
}

/// The sender grants a recipient more copies.
pub(super) fn more_copies(
    draft: &Draft<'_>,
    request: &Prepared,
    body: &MoreCopies,
) -> Result<Decision, Refusal> {
    refusal::no_attachments(request)?;
    if !(1..=MoreCopies::COPIES_MAX).contains(&body.copies) {
        return Err(Refusal::about(ErrorCode::MALFORMED, body.copies));
    }
    let mut place = Place::of(draft, &body.about, &body.unit)?;
    if !place.is_issuer(draft, request.unit()) {
        return Err(Refusal::of(ErrorCode::UNKNOWN_DOCUMENT));
    }
    let state = place.delivery.state();
    if !state.is_pending() && state != DeliveryState::SignedFor {
        return Err(Refusal::about(ErrorCode::STATE, state.en()));
    }
    let copies = place.row.copies.saturating_add(body.copies);
    if copies > COPIES_MAX {
        return Err(Refusal::about(ErrorCode::TOO_LARGE, COPIES_MAX));
    }
    place.row.copies = copies;
    place.note(draft, EntryKind::MoreCopies, request, Vec::new())
}

/// When each recipient of a document is to sign for it: who had signed for the one that it
/// replaces has no clock where those receipts stand.
pub(super) fn due_of_each(
    draft: &Draft<'_>,
    manifest: &Manifest,
    due: Timestamp,
) -> Result<Vec<Timestamp>, Refusal> {
    let replaced = manifest
        .replaces
        .filter(|_| manifest.receipts_stand == Some(true));
    let Some(replaced) = replaced else {
        return Ok(vec![due]);
    };
    let mut each = Vec::with_capacity(manifest.recipients.len());
    for recipient in &manifest.recipients {
        let before = delivery_row(draft, &replaced.manifest, &recipient.unit.unit)?;
        let signed_for = DeliveryState::SignedFor.code();
        let stands = before.is_some_and(|before| before.state == signed_for);
        each.push(if stands { NEVER } else { due });
    }
    Ok(each)
}

/// A document that replaces another has gone out: what is pending of the other is superseded.
pub(super) fn supersede(
    registry: &Registry,
    draft: &mut Draft<'_>,
    replaced: &Reference,
    (by, dispatch): (About, Digest),
    receipts_stand: bool,
    decision: &mut Decision,
) -> Result<(), Refusal> {
    let about = About {
        document: replaced.id,
        manifest: replaced.manifest,
    };
    registry.catch_up_all(draft, &about.manifest)?;
    let mut document = document(draft, &about)?;
    document.replaced_by = Some(by.manifest);
    // What waited in a unit that was closed never comes to an end of its own.
    if stage(&document).is_some_and(Stage::is_terminal) {
        advance(&mut document, DocumentEvent::Fact(Fact::Replaced))?;
    }
    let body = Supersession {
        about,
        by,
        dispatch,
        receipts_stand,
    };
    let signed = registry.say(draft, &body);
    let entry = NewEntry::of(EntryKind::Supersession, &signed, Vec::new());
    let position = decision.append(entry.about(&about.manifest));
    let all = draft.beginning_with(
        tables::DELIVERIES,
        about.manifest.as_bytes(),
        DELIVERIES_MAX,
    )?;
    for (key, bytes) in all {
        let unit = tables::unit_of_delivery(&key).ok_or(Refusal::of(ErrorCode::STORE))?;
        let before: DeliveryRow = row(&bytes)?;
        decision.announce(position, unit.clone());
        let delivery = life(&before)?;
        let Ok(step) = delivery.apply(DeliveryEvent::Superseded) else {
            continue;
        };
        let after = DeliveryRow {
            state: step.or(delivery).state().code(),
            last: signed.digest(),
            ended: Some(draft.now()),
            ..before.clone()
        };
        put_delivery(draft, decision, &document, &unit, (Some(&before), after))?;
    }
    put_document(decision, &document);
    tell_issuers(decision, position, &document);
    Ok(())
}

/// A document that is out, found for its lead issuer or who has taken over its work.
fn dispatched(draft: &Draft<'_>, unit: &UnitCode, about: &About) -> Result<DocumentRow, Refusal> {
    let (document, issuer) = document_of_sender(draft, unit, about)?;
    if issuer != 0 {
        return Err(Refusal::of(ErrorCode::NOT_ALLOWED));
    }
    let out = stage(&document) == Some(Stage::Dispatched) && document.replaced_by.is_none();
    if out {
        Ok(document)
    } else {
        Err(Refusal::of(ErrorCode::STATE))
    }
}

/// The wrap list that came with a statement, which names its digest.
fn wraps(request: &Prepared, digest: &Digest) -> Result<WrapList, Refusal> {
    let [bytes] = request.attachments.as_slice() else {
        return Err(Refusal::of(ErrorCode::ATTACHMENT));
    };
    let list = WrapList::read(bytes).map_err(|why| Refusal::about(ErrorCode::WRAPS, why))?;
    if list.digest() == *digest {
        Ok(list)
    } else {
        Err(Refusal::of(ErrorCode::WRAPS))
    }
}

fn bytes_of(request: &Prepared) -> Digest {
    let first = request.attachments.first();
    Digest::of(first.map(Vec::as_slice).unwrap_or_default())
}

fn manifest_of(draft: &Draft<'_>, about: &About) -> Result<Manifest, Refusal> {
    let bytes = draft.get(tables::ATTACHMENTS, about.manifest.as_bytes())?;
    let bytes = bytes.ok_or(Refusal::of(ErrorCode::STORE))?;
    Manifest::read(&bytes).map_err(|_| Refusal::of(ErrorCode::STORE))
}
