//! What the issuers do with a document, up to its dispatch.

use yichuan_document::life::{DocumentEvent, DocumentLife};
use yichuan_document::manifest::{BadManifest, Manifest, Recipient};
use yichuan_document::roster::record::{Role, Status, clocks};
use yichuan_document::roster::{Roster, Standing};
use yichuan_document::statement::{
    Approval, ApprovalRefusal, AttachmentRef, Dispatch, SealUse, Submission, Withdrawal,
};
use yichuan_document::{Digest, Timestamp, Transmissible, UnitRef};

use super::case::{Begun, Case, RecordSaid};
use super::fault::Fault;
use super::finding::{Check, Findings};
use super::statement::{Said, Stop};
use super::track::{NO_CLOCK, Track};

/// The most bytes of an encrypted seal record.
const SEAL_RECORD_BYTES_MAX: u32 = 256 << 10;
/// The most declarations of an approval.
const DECLARATIONS_MAX: usize = 32;

impl Case<'_> {
    pub(super) fn submission(
        &mut self,
        said: &Said<'_>,
        findings: &mut Findings,
    ) -> Result<(), Stop> {
        let body: Submission = said.body()?;
        let standing = said.by(Role::Send)?;
        if self.begun.is_some() {
            return self.resubmission(said, &body, &standing);
        }
        let absent = (Check::Manifest, Fault::Absent);
        let bytes = self.attachment(&body.about.manifest).ok_or(absent)?;
        let [first, list] = said.entry.attachments.as_slice() else {
            return Err((Check::Attachments, Fault::AttachmentsDiffer));
        };
        if AttachmentRef::to(bytes) != Some(*first) {
            return Err((Check::Attachments, Fault::AttachmentsDiffer));
        }
        let bad = (Check::Manifest, Fault::Manifest);
        let manifest = Manifest::read(bytes).map_err(|_| bad)?;
        if manifest.id != body.about.document
            || Some(&manifest.account) != said.payload.account.as_ref()
        {
            return Err((Check::Manifest, Fault::AnotherDocument));
        }
        let level = level_of(&manifest, said, findings)?;
        check_units(&manifest, said.roster)?;
        let holders: Vec<&UnitRef> = manifest.holders().collect();
        self.check_wraps(&holders, &body.wraps, list, said, findings);
        let ordinals: Vec<u8> = manifest
            .issuers
            .iter()
            .map(|issuer| issuer.seal_ordinal)
            .collect();
        let life = DocumentLife::submitted(&ordinals, manifest.recipients.len());
        findings.pass(Check::Manifest);
        self.begun = Some(Begun {
            about: body.about,
            level,
            wraps: body.wraps,
            submission: said.digest,
            submitters: vec![standing.person().clone()],
            approvers: Vec::new(),
            approvals: vec![None; ordinals.len()],
            last_seal: None,
            life: life.map_err(|_| bad)?,
            tracks: Vec::new(),
            additions: Vec::new(),
            replaced: false,
            inquiry_due: NO_CLOCK,
            inquired: false,
            inquiry_missed: false,
            numbered: Vec::new(),
            receipts: Vec::new(),
            records: Vec::new(),
            manifest,
        });
        findings.pass(Check::Life);
        Ok(())
    }

    /// The same document once more: whoever does it counts as a submitter too (rule 16).
    fn resubmission(
        &mut self,
        said: &Said<'_>,
        body: &Submission,
        standing: &Standing,
    ) -> Result<(), Stop> {
        let begun = self.of(&body.about)?;
        if body.wraps != begun.wraps
            || said.payload.account.as_ref() != Some(&begun.manifest.account)
        {
            return Err((Check::Wraps, Fault::WrapsDiffer));
        }
        if begun.approvers.contains(standing.person()) {
            return Err((Check::FourEyes, Fault::SamePerson));
        }
        begun.apply(DocumentEvent::Submitted)?;
        begun.submission = said.digest;
        begun.submitters.push(standing.person().clone());
        Ok(())
    }

    pub(super) fn approval(
        &mut self,
        said: &Said<'_>,
        findings: &mut Findings,
    ) -> Result<(), Stop> {
        let body: Approval = said.body()?;
        let (standing, approvers) = said.by_approver()?;
        said.attaches(&[])?;
        let begun = self.of(&body.about)?;
        let issuer = issuer(begun, said, &standing)?;
        if body.wraps != begun.wraps {
            return Err((Check::Approvals, Fault::WrapsDiffer));
        }
        if body.submission != begun.submission || body.declarations.len() > DECLARATIONS_MAX {
            return Err((Check::Approvals, Fault::Stale));
        }
        if approvers
            .iter()
            .any(|person| begun.submitters.contains(person))
        {
            return Err((Check::FourEyes, Fault::SamePerson));
        }
        begun.apply(DocumentEvent::Approved { issuer })?;
        begun.approvers.extend(approvers);
        if let Some(slot) = begun.approvals.get_mut(usize::from(issuer)) {
            *slot = Some(said.digest);
        }
        findings.pass(Check::FourEyes);
        findings.pass(Check::Approvals);
        Ok(())
    }

    pub(super) fn approval_refusal(&mut self, said: &Said<'_>) -> Result<(), Stop> {
        let body: ApprovalRefusal = said.body()?;
        let (standing, _) = said.by_approver()?;
        said.attaches(body.note.as_slice())?;
        let begun = self.of(&body.about)?;
        let issuer = issuer(begun, said, &standing)?;
        if body.submission != begun.submission {
            return Err((Check::Approvals, Fault::Stale));
        }
        begun.apply(DocumentEvent::Refused { issuer })
    }

    pub(super) fn withdrawal(&mut self, said: &Said<'_>) -> Result<(), Stop> {
        let body: Withdrawal = said.body()?;
        let standing = said.by(Role::Send)?;
        said.attaches(&[])?;
        let begun = self.of(&body.about)?;
        if issuer(begun, said, &standing)? != 0 {
            return Err((Check::Life, Fault::AnotherUnit));
        }
        if body.submission != begun.submission {
            return Err((Check::Life, Fault::Stale));
        }
        begun.apply(DocumentEvent::Withdrawn)
    }

    pub(super) fn seal(&mut self, said: &Said<'_>, findings: &mut Findings) -> Result<(), Stop> {
        let body: SealUse = said.body()?;
        let standing = said.by_custodian(&body.seal)?;
        said.attaches(&[body.record])?;
        let begun = self.of(&body.about)?;
        let issuer = issuer(begun, said, &standing)?;
        let ordinal = begun
            .life
            .progress()
            .ordinals()
            .get(usize::from(issuer))
            .copied();
        if ordinal != Some(body.ordinal) {
            return Err((Check::Seals, Fault::Ordinal));
        }
        let approvals: Option<Vec<Digest>> = begun.approvals.iter().copied().collect();
        let approvals = approvals.ok_or((Check::Seals, Fault::TooEarly))?;
        if body.approvals != approvals || body.previous != begun.last_seal {
            return Err((Check::Seals, Fault::Stale));
        }
        if body.record.bytes > SEAL_RECORD_BYTES_MAX {
            return Err((Check::Seals, Fault::SealRecord));
        }
        begun.apply(DocumentEvent::Sealed { issuer })?;
        begun.last_seal = Some(said.digest);
        let grant = said.roster.seal(&body.seal);
        begun.records.push(RecordSaid {
            index: said.index,
            ordinal: body.ordinal,
            picture: grant.as_ref().map(|grant| grant.picture),
            ses: grant.and_then(|grant| grant.ses),
            seal: body.seal,
            record: body.record,
        });
        findings.pass(Check::Seals);
        Ok(())
    }

    pub(super) fn dispatch(
        &mut self,
        said: &Said<'_>,
        findings: &mut Findings,
    ) -> Result<(), Stop> {
        let body: Dispatch = said.body()?;
        said.by_exchange()?;
        said.attaches(&[])?;
        let begun = self.of(&body.about)?;
        let seal = begun.last_seal.ok_or((Check::Life, Fault::TooEarly))?;
        if body.seal != seal {
            return Err((Check::Dispatch, Fault::Stale));
        }
        let recipients = begun.manifest.recipients.len();
        let one_or_each = body.due.len() == 1 || body.due.len() == recipients;
        if body.deliveries as usize != recipients || !one_or_each {
            return Err((Check::Dispatch, Fault::Recipients));
        }
        let (manifest, at) = (&begun.manifest, said.entry.time);
        let in_force = said.roster.policy();
        let due = clocks::due(in_force.as_ref(), manifest.urgency, at);
        // Whether the replaced document was signed for, no bundle of this one can show.
        let no_clock = manifest.replaces.is_some() && manifest.receipts_stand == Some(true);
        let stands = |time: &Timestamp| *time == due || (no_clock && *time == NO_CLOCK);
        if body.policy != policy_digest(said) || body.at != at || !body.due.iter().all(stands) {
            return Err((Check::Dispatch, Fault::DueTime));
        }
        if !manifest.recipients.iter().all(|it| is_open(said, &it.unit)) {
            return Err((Check::Dispatch, Fault::Unit));
        }
        let track = |(place, it): (usize, &Recipient)| {
            let due = body.due_of(place).unwrap_or(due);
            Track::announced(said.index, it.clone(), seal, (at, due))
        };
        let tracks = manifest.recipients.iter().enumerate().map(track).collect();
        begun.inquiry_due = clocks::inquiry_due(in_force.as_ref(), manifest.urgency, at);
        begun.apply(DocumentEvent::Dispatched)?;
        begun.tracks = tracks;
        findings.pass(Check::Dispatch);
        Ok(())
    }
}

/// The digest of the policy in force; zeros where there is none.
pub(super) fn policy_digest(said: &Said<'_>) -> Digest {
    let policy = said.roster.policy_digest();
    policy.unwrap_or(Digest::from_bytes([0; 32]))
}

/// Whether a unit is open at that moment.
pub(super) fn is_open(said: &Said<'_>, unit: &UnitRef) -> bool {
    let known = said.roster.unit(&unit.unit);
    known.is_some_and(|unit| unit.status == Status::Active)
}

/// The issuer whose account it is.
fn issuer(begun: &Begun, said: &Said<'_>, standing: &Standing) -> Result<u16, Stop> {
    let unit = UnitRef {
        unit: standing.id().unit(),
        origin: said.roster.origin().clone(),
    };
    begun
        .issuer(&unit)
        .ok_or((Check::Signatures, Fault::AnotherUnit))
}

/// A level that may not pass is a finding and no end: the rest is looked at all the same.
fn level_of(
    manifest: &Manifest,
    said: &Said<'_>,
    findings: &mut Findings,
) -> Result<Option<Transmissible>, Stop> {
    let ceiling = said
        .roster
        .policy()
        .map(|policy| policy.ceiling)
        .unwrap_or_default();
    match manifest.check(ceiling) {
        Ok(level) => {
            findings.pass(Check::Level);
            Ok(Some(level))
        }
        Err(BadManifest::Level(_)) => {
            findings.fail(Check::Level, Fault::Level, Some(said.index));
            Ok(None)
        }
        Err(_) => Err((Check::Manifest, Fault::Manifest)),
    }
}

fn check_units(manifest: &Manifest, roster: &Roster) -> Result<(), Stop> {
    if are_of_its_world(manifest, manifest.holders(), roster) {
        Ok(())
    } else {
        Err((Check::Manifest, Fault::Unit))
    }
}

/// Whether units are open, of this exchange and of the world that the document's lead is of.
pub(super) fn are_of_its_world<'u>(
    manifest: &Manifest,
    mut units: impl Iterator<Item = &'u UnitRef>,
    roster: &Roster,
) -> bool {
    let lead = manifest.lead().and_then(|lead| roster.unit(&lead.unit));
    let world = lead.and_then(|lead| lead.world);
    units.all(|holder| {
        let unit = roster.unit(&holder.unit);
        holder.origin == *roster.origin()
            && unit.is_some_and(|unit| unit.status == Status::Active && unit.world == world)
    })
}
