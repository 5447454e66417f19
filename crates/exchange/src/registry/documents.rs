//! What issuers do with a document, up to its dispatch.

use yichuan_document::life::{DocumentEvent, Facts, Progress, Stage, Step};
use yichuan_document::roster::Standing;
use yichuan_document::roster::record::Status;
use yichuan_document::roster::record::clocks;
use yichuan_document::statement::{
    About, Approval, ApprovalRefusal, Dispatch, SealUse, Withdrawal,
};
use yichuan_document::{Digest, Manifest, PersonId, UnitCode, cbor};
use yichuan_evidence::entry::EntryKind;
use yichuan_wire::ErrorCode;

use super::clocks::put_delivery;
use super::draft::{Decision, Draft, NewEntry};
use super::figures::{self, Counted, month_at};
use super::prepare::{CheckedSubmission, Prepared};
use super::refusal::{self, Refusal, row};
use super::{Registry, referring, supplementing};
use crate::tables::{self, ApprovalRow, DeliveryRow, DocumentRow, Due, NEVER};

/// The most bytes of a seal record.
const SEAL_RECORD_BYTES_MAX: u32 = 256 << 10;
/// The most declarations of an approval.
const DECLARATIONS_MAX: usize = 32;

pub(super) fn submit(
    draft: &Draft<'_>,
    request: &Prepared,
    submission: &CheckedSubmission,
) -> Result<Decision, Refusal> {
    let manifest = &submission.manifest;
    let about = submission.body.about;
    let unit = request.unit();
    let id_key = tables::document_id(unit, &manifest.id);
    if draft.get(tables::DOCUMENT_IDS, &id_key)?.is_some()
        || draft
            .get(tables::DOCUMENTS, about.manifest.as_bytes())?
            .is_some()
    {
        return Err(Refusal::of(ErrorCode::ID_TAKEN));
    }
    let ordinals: Vec<u8> = manifest
        .issuers
        .iter()
        .map(|issuer| issuer.seal_ordinal)
        .collect();
    let progress = Progress::submitted(&ordinals).map_err(|_| Refusal::of(ErrorCode::MANIFEST))?;
    let entry = NewEntry::of(
        EntryKind::Submission,
        request.signed(),
        request.attachments.clone(),
    );
    let mut decision = Decision::new(entry.about(&about.manifest));
    if let Some(replaced) = &manifest.replaces {
        referring::check_replaced(
            draft,
            unit,
            &About {
                document: replaced.id,
                manifest: replaced.manifest,
            },
        )?;
        let value = about.manifest.as_bytes().to_vec();
        decision.put(
            tables::REPLACED,
            replaced.manifest.as_bytes().to_vec(),
            value,
        );
    }
    if let Some(answered) = &manifest.replies_to {
        referring::check_answered(draft, unit, answered, manifest.level)?;
    }
    let mut document = new_row(draft, request, submission, ordinals.len());
    take_progress(&mut document, &progress);
    put_document(&mut decision, &document);
    decision.put(
        tables::DOCUMENT_IDS,
        id_key,
        about.manifest.as_bytes().to_vec(),
    );
    if let Some(small) = &submission.small {
        decision.put(
            tables::SMALL_BODIES,
            small.key.as_bytes().to_vec(),
            small.row.clone(),
        );
    }
    for issuer in &document.issuers {
        decision.list(0, &issuer.unit, false);
    }
    tell_issuers(&mut decision, 0, &document);
    Ok(decision)
}

/// A document as it is when it was submitted.
fn new_row(
    draft: &Draft<'_>,
    request: &Prepared,
    submission: &CheckedSubmission,
    issuers: usize,
) -> DocumentRow {
    let manifest = &submission.manifest;
    let about = submission.body.about;
    DocumentRow {
        about,
        issuers: manifest
            .issuers
            .iter()
            .map(|issuer| issuer.unit.clone())
            .collect(),
        submitters: vec![request.standing().person().clone()],
        account: manifest.account.clone(),
        submission: request.digest(),
        submitted_at: draft.next_index(),
        wraps: submission.body.wraps,
        wraps_bytes: request
            .attachments
            .get(1)
            .map_or(about.manifest, |b| Digest::of(b)),
        approvals: vec![ApprovalRow::default(); issuers],
        stage: 0,
        approved: 0,
        seals: 0,
        last_seal: None,
        facts: 0,
        root: manifest.root,
        dispatched: None,
        urgency: manifest.urgency,
        kind: manifest.kind,
        inquiry_due: None,
        inquired: None,
        inquiry_missed: false,
        replaced_by: None,
        month: 0,
    }
}

pub(super) fn approve(
    draft: &Draft<'_>,
    request: &Prepared,
    body: &Approval,
) -> Result<Decision, Refusal> {
    refusal::no_attachments(request)?;
    let (mut document, issuer) = document_of_issuer(draft, request.unit(), &body.about)?;
    if body.wraps != document.wraps || body.submission != document.submission {
        return Err(Refusal::of(ErrorCode::STALE));
    }
    if body.declarations.len() > DECLARATIONS_MAX {
        return Err(Refusal::of(ErrorCode::MALFORMED));
    }
    four_eyes(draft, &document, request.standing())?;
    advance(&mut document, DocumentEvent::Approved { issuer })?;
    if let Some(slot) = document.approvals.get_mut(usize::from(issuer)) {
        slot.statement = Some(request.digest());
    }
    Ok(on_document(
        EntryKind::Approval,
        request,
        &document,
        Vec::new(),
    ))
}

pub(super) fn refuse(
    draft: &Draft<'_>,
    request: &Prepared,
    body: &ApprovalRefusal,
) -> Result<Decision, Refusal> {
    let named: Vec<_> = body.note.iter().copied().collect();
    let attachments = refusal::match_attachments(&named, request.attachments.clone())?;
    let (mut document, issuer) = document_of_issuer(draft, request.unit(), &body.about)?;
    let approvers = request.standing().approvers(draft.roster(), draft.now());
    approvers.map_err(Refusal::standing)?;
    if body.submission != document.submission {
        return Err(Refusal::of(ErrorCode::STALE));
    }
    advance(&mut document, DocumentEvent::Refused { issuer })?;
    Ok(on_document(
        EntryKind::ApprovalRefusal,
        request,
        &document,
        attachments,
    ))
}

pub(super) fn withdraw(
    draft: &Draft<'_>,
    request: &Prepared,
    body: &Withdrawal,
) -> Result<Decision, Refusal> {
    refusal::no_attachments(request)?;
    let (mut document, issuer) = document_of_issuer(draft, request.unit(), &body.about)?;
    if issuer != 0 {
        return Err(Refusal::of(ErrorCode::NOT_ALLOWED));
    }
    if body.submission != document.submission {
        return Err(Refusal::of(ErrorCode::STALE));
    }
    advance(&mut document, DocumentEvent::Withdrawn)?;
    Ok(on_document(
        EntryKind::Withdrawal,
        request,
        &document,
        Vec::new(),
    ))
}

pub(super) fn seal(
    registry: &Registry,
    draft: &mut Draft<'_>,
    request: &Prepared,
    body: &SealUse,
) -> Result<Decision, Refusal> {
    if body.record.bytes > SEAL_RECORD_BYTES_MAX {
        return Err(Refusal::about(ErrorCode::TOO_LARGE, SEAL_RECORD_BYTES_MAX));
    }
    let attachments = refusal::match_attachments(&[body.record], request.attachments.clone())?;
    let (mut document, issuer) = document_of_issuer(draft, request.unit(), &body.about)?;
    let progress = progress(&document)?;
    let ordinal = progress.ordinals().get(usize::from(issuer)).copied();
    if ordinal != Some(body.ordinal) {
        return Err(Refusal::of(ErrorCode::SEAL));
    }
    let approvals: Option<Vec<Digest>> = document
        .approvals
        .iter()
        .map(|approval| approval.statement)
        .collect();
    let approvals = approvals.ok_or(Refusal::of(ErrorCode::STATE))?;
    if body.approvals != approvals || body.previous != document.last_seal {
        return Err(Refusal::of(ErrorCode::STALE));
    }
    advance(&mut document, DocumentEvent::Sealed { issuer })?;
    document.last_seal = Some(request.digest());
    let mut decision = on_document(EntryKind::Seal, request, &document, attachments);
    if stage(&document) == Some(Stage::Sealed) {
        dispatch(
            registry,
            draft,
            &mut document,
            request.digest(),
            &mut decision,
        )?;
        put_document(&mut decision, &document);
    }
    Ok(decision)
}

/// The last required seal stands: the document goes out, and each recipient's clock starts.
fn dispatch(
    registry: &Registry,
    draft: &mut Draft<'_>,
    document: &mut DocumentRow,
    seal: Digest,
    decision: &mut Decision,
) -> Result<(), Refusal> {
    let bytes = draft
        .get(tables::ATTACHMENTS, document.about.manifest.as_bytes())?
        .ok_or(Refusal::of(ErrorCode::STORE))?;
    let manifest = Manifest::read(&bytes).map_err(|_| Refusal::of(ErrorCode::STORE))?;
    for recipient in &manifest.recipients {
        let unit = draft.roster().unit(&recipient.unit.unit);
        if unit.is_none_or(|unit| unit.status != Status::Active) {
            return Err(Refusal::about(ErrorCode::CLOSED_UNIT, &recipient.unit));
        }
    }
    let now = draft.now();
    let policy = draft.roster().policy();
    let due = clocks::due(policy.as_ref(), manifest.urgency, now);
    let due = supplementing::due_of_each(draft, &manifest, due)?;
    let body = Dispatch {
        about: document.about,
        seal,
        policy: policy_digest(draft),
        at: now,
        due: due.clone(),
        deliveries: u32::try_from(manifest.recipients.len()).unwrap_or(u32::MAX),
    };
    let signed = registry.say(draft, &body);
    let entry = NewEntry::of(EntryKind::Dispatch, &signed, Vec::new());
    let position = decision.append(entry.about(&document.about.manifest));
    advance(document, DocumentEvent::Dispatched)?;
    document.dispatched = Some(now);
    document.month = month_at(draft.roster(), now);
    if let Some(lead) = manifest.lead() {
        let count = |what| Counted::new(&lead.unit, document.month, what);
        decision.count(count(figures::What::Sent));
        decision.count(count(figures::What::SentTo(body.deliveries)));
    }
    let look = clocks::inquiry_due(policy.as_ref(), manifest.urgency, now);
    document.inquiry_due = Some(look);
    let look = tables::deadline(look, &Due::Inquiry(document.about.manifest));
    decision.put(tables::DEADLINES, look, Vec::new());
    for (place, recipient) in manifest.recipients.iter().enumerate() {
        let due = body.due_of(place).unwrap_or(NEVER);
        let mut announced = DeliveryRow::announced(now, document.month, due, seal);
        announced.quota = recipient.print_quota;
        let unit = &recipient.unit.unit;
        put_delivery(draft, decision, document, unit, (None, announced))?;
        decision.list(position, unit, true);
        decision.announce(position, unit.clone());
    }
    tell_issuers(decision, position, document);
    if let Some(replaced) = &manifest.replaces {
        let by = (document.about, signed.digest());
        let stand = manifest.receipts_stand.unwrap_or(false);
        supplementing::supersede(registry, draft, replaced, by, stand, decision)?;
    }
    Ok(())
}

/// The digest of the policy in force; zeros where none was set.
pub(super) fn policy_digest(draft: &Draft<'_>) -> Digest {
    let digest = draft.roster().policy_digest();
    digest.unwrap_or(Digest::from_bytes([0; 32]))
}

/// An approver differs, as a person, from everyone who entered the document; so does the one for
/// whom an approver stands in (protocol rule 16).
fn four_eyes(
    draft: &Draft<'_>,
    document: &DocumentRow,
    standing: &Standing,
) -> Result<(), Refusal> {
    others_approve(draft, &document.submitters, standing)
}

/// An approver, and the one for whom it stands in, is none of those persons.
pub(super) fn others_approve(
    draft: &Draft<'_>,
    submitters: &[PersonId],
    standing: &Standing,
) -> Result<(), Refusal> {
    let approvers = standing.approvers(draft.roster(), draft.now());
    let approvers = approvers.map_err(Refusal::standing)?;
    if approvers.iter().any(|person| submitters.contains(person)) {
        Err(Refusal::of(ErrorCode::FOUR_EYES))
    } else {
        Ok(())
    }
}

/// The document that a statement is about; the same answer whether it is missing or another's.
pub(super) fn document(draft: &Draft<'_>, about: &About) -> Result<DocumentRow, Refusal> {
    let unknown = Refusal::of(ErrorCode::UNKNOWN_DOCUMENT);
    let bytes = draft
        .get(tables::DOCUMENTS, about.manifest.as_bytes())?
        .ok_or(unknown.clone())?;
    let document: DocumentRow = row(&bytes)?;
    if document.about == *about {
        Ok(document)
    } else {
        Err(unknown)
    }
}

pub(super) fn document_of_issuer(
    draft: &Draft<'_>,
    unit: &UnitCode,
    about: &About,
) -> Result<(DocumentRow, u16), Refusal> {
    let document = document(draft, about)?;
    let place = document
        .issuers
        .iter()
        .position(|issuer| issuer.unit == *unit);
    let issuer = place.and_then(|place| u16::try_from(place).ok());
    Ok((
        document,
        issuer.ok_or(Refusal::of(ErrorCode::UNKNOWN_DOCUMENT))?,
    ))
}

/// The document that is out, for an issuer or the unit that has taken over its work, and which of
/// the issuers that is.
pub(super) fn document_of_sender(
    draft: &Draft<'_>,
    unit: &UnitCode,
    about: &About,
) -> Result<(DocumentRow, u16), Refusal> {
    let document = document(draft, about)?;
    let issuer = issuer_of(draft, &document, unit);
    Ok((
        document,
        issuer.ok_or(Refusal::of(ErrorCode::UNKNOWN_DOCUMENT))?,
    ))
}

/// Which of a document's issuers a unit is, or has taken over from.
pub(super) fn issuer_of(draft: &Draft<'_>, document: &DocumentRow, unit: &UnitCode) -> Option<u16> {
    let own = draft.roster().predecessors(unit);
    let mut issuers = document.issuers.iter();
    let place = issuers.position(|issuer| issuer.unit == *unit || own.contains(&issuer.unit));
    place.and_then(|place| u16::try_from(place).ok())
}

pub(super) fn on_document(
    kind: EntryKind,
    request: &Prepared,
    document: &DocumentRow,
    attachments: Vec<Vec<u8>>,
) -> Decision {
    let entry = NewEntry::of(kind, request.signed(), attachments);
    let mut decision = Decision::new(entry.about(&document.about.manifest));
    put_document(&mut decision, document);
    tell_issuers(&mut decision, 0, document);
    decision
}

pub(super) fn tell_issuers(decision: &mut Decision, position: usize, document: &DocumentRow) {
    for issuer in &document.issuers {
        decision.announce(position, issuer.unit.clone());
    }
}

pub(super) fn put_document(decision: &mut Decision, document: &DocumentRow) {
    let key = document.about.manifest.as_bytes().to_vec();
    decision.put(tables::DOCUMENTS, key, cbor::to_vec(document));
}

fn progress(document: &DocumentRow) -> Result<Progress, Refusal> {
    let corrupt = || Refusal::of(ErrorCode::STORE);
    let stage = stage(document).ok_or_else(corrupt)?;
    let facts = Facts::from_bits(document.facts).ok_or_else(corrupt)?;
    let ordinals: Vec<u8> = (1..=document.issuers.len())
        .map(u8::try_from)
        .collect::<Result<_, _>>()
        .map_err(|_| corrupt())?;
    Progress::restore(&ordinals, document.approved, document.seals, stage, facts)
        .map_err(|_| corrupt())
}

pub(super) fn stage(document: &DocumentRow) -> Option<Stage> {
    Stage::from_code(document.stage)
}

pub(super) fn advance(document: &mut DocumentRow, event: DocumentEvent) -> Result<(), Refusal> {
    let before = progress(document)?;
    let step = before
        .apply(event)
        .map_err(|why| Refusal::about(ErrorCode::STATE, why))?;
    if let Step::Changed(after) = step {
        take_progress(document, &after);
    }
    Ok(())
}

fn take_progress(document: &mut DocumentRow, progress: &Progress) {
    document.stage = progress.stage().code();
    document.approved = progress.approvals();
    document.seals = progress.seals();
    document.facts = progress.facts().bits();
}
