//! What the issuers do with a document, up to its dispatch.

use yichuan_document::life::{DocumentEvent, DocumentLife};
use yichuan_document::manifest::{BadManifest, Manifest};
use yichuan_document::roster::record::{DUE_MINUTES_MAX, Role, Status};
use yichuan_document::roster::{Roster, Standing};
use yichuan_document::statement::{
    Approval, ApprovalRefusal, AttachmentRef, Dispatch, SealUse, Submission, Withdrawal,
};
use yichuan_document::terms::Urgency;
use yichuan_document::tree;
use yichuan_document::wrap::{WRAP_SUITE_1, WRAPPED_KEY_BYTES, Wrap, WrapList, XWING_ENC_BYTES};
use yichuan_document::{Digest, Timestamp, Transmissible, UnitRef, cbor};

use super::case::{Begun, Case, RecordSaid, Track};
use super::fault::Fault;
use super::finding::{Check, Findings, Gap};
use super::statement::{Said, Stop};

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
        self.check_wraps(&manifest, &body.wraps, list, said, findings);
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
            heirs: Vec::new(),
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

    fn check_wraps(
        &self,
        manifest: &Manifest,
        signed: &Digest,
        list: &AttachmentRef,
        said: &Said<'_>,
        findings: &mut Findings,
    ) {
        let differ = |findings: &mut Findings| {
            findings.fail(Check::Wraps, Fault::WrapsDiffer, Some(said.index));
        };
        let holders: Vec<&UnitRef> = manifest.holders().collect();
        for single in self.wraps {
            let place = single.index as usize;
            let leaf = tree::leaf_hash(&cbor::to_vec(&single.wrap));
            let (index, size) = (u64::from(single.index), holders.len() as u64);
            let path = single.path.digests();
            let is_in = tree::verify_inclusion(&leaf, index, size, path, signed).is_ok();
            let is_theirs = holders
                .get(place)
                .is_some_and(|unit| **unit == single.wrap.unit);
            if !is_in || !is_theirs || !fits(&single.wrap, said.roster, said.entry.time) {
                differ(findings);
            }
        }
        let Some(bytes) = self.attachment(&list.digest) else {
            findings.leave_out(Check::Wraps, Gap::NotInBundle, Some(said.index));
            return;
        };
        let right = AttachmentRef::to(bytes) == Some(*list)
            && WrapList::read(bytes).is_ok_and(|list| {
                list.digest() == *signed
                    && list
                        .0
                        .iter()
                        .map(|wrap| &wrap.unit)
                        .eq(holders.iter().copied())
                    && list
                        .0
                        .iter()
                        .all(|wrap| fits(wrap, said.roster, said.entry.time))
            });
        if right {
            findings.pass(Check::Wraps);
        } else {
            differ(findings);
        }
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
        begun.records.push(RecordSaid {
            index: said.index,
            ordinal: body.ordinal,
            picture: said.roster.seal(&body.seal).map(|grant| grant.picture),
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
        let policy = said
            .roster
            .policy_digest()
            .unwrap_or(Digest::from_bytes([0; 32]));
        let due = due_time(said.roster, begun.manifest.urgency, said.entry.time);
        let by_policy = body.policy == policy && body.due.iter().all(|time| *time == due);
        if !by_policy || body.at != said.entry.time {
            return Err((Check::Dispatch, Fault::DueTime));
        }
        let open = begun.manifest.recipients.iter().all(|recipient| {
            let unit = said.roster.unit(&recipient.unit.unit);
            unit.is_some_and(|unit| unit.status == Status::Active)
        });
        if !open {
            return Err((Check::Dispatch, Fault::Unit));
        }
        begun.apply(DocumentEvent::Dispatched)?;
        let track = |_| Track {
            last: seal,
            due,
            ended: None,
        };
        begun.tracks = (0..recipients).map(track).collect();
        findings.pass(Check::Dispatch);
        Ok(())
    }
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
    let lead = manifest.lead().and_then(|lead| roster.unit(&lead.unit));
    let world = lead.and_then(|lead| lead.world);
    let stands = |holder: &UnitRef| {
        let unit = roster.unit(&holder.unit);
        holder.origin == *roster.origin()
            && unit.is_some_and(|unit| unit.status == Status::Active && unit.world == world)
    };
    if manifest.holders().all(stands) {
        Ok(())
    } else {
        Err((Check::Manifest, Fault::Unit))
    }
}

/// Whether a wrap is for the key that its unit had.
fn fits(wrap: &Wrap, roster: &Roster, now: Timestamp) -> bool {
    roster.unit_key(&wrap.unit.unit).is_some_and(|key| {
        wrap.suite == WRAP_SUITE_1
            && wrap.enc.len() == XWING_ENC_BYTES
            && wrap.ct.len() == WRAPPED_KEY_BYTES
            && key.admits(wrap.epoch, &wrap.key, now)
    })
}

/// The due time by the policy in force; 8 hours where none was set (Art. 10).
fn due_time(roster: &Roster, urgency: Urgency, now: Timestamp) -> Timestamp {
    let place = Urgency::ALL.iter().position(|row| row.0 == urgency);
    let minutes = roster
        .policy()
        .and_then(|policy| policy.due_minutes.get(place?).copied());
    now.plus_ms(u64::from(minutes.unwrap_or(DUE_MINUTES_MAX)) * 60_000)
}
