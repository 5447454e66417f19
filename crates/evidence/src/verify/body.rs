//! The body: encrypted again and compared, or its segments compared with the leaf list.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::sync::{Mutex, PoisonError};

use yichuan_document::header::InnerHeader;
use yichuan_document::{Digest, Origin, Transmissible};
use yichuan_envelope::{CloseRefused, CloseRequest, ContentKey, PartSource, SegmentSink, close};
use yichuan_seal::{SealRecord, SealRefused, verify_records};

use super::case::{Begun, RecordSaid};
use super::fault::Fault;
use super::finding::{Check, Findings, Gap};
use super::walk::Walked;
use crate::bundle::{NotEvidence, Opening, Rest, Shape};

/// How far the verification is: bytes of the body done, and bytes of the body in all.
pub type Progress<'a> = dyn FnMut(u64, u64) + 'a;

/// `apply/1` of `proto/seal.md` for one part: the file after a seal with a GB/T 38540 value, from
/// the file before it. Who cannot read files answers [`SealRefused::NotAtHand`].
pub type SetSeal<'a> = dyn Fn(&[u8], &SealRecord) -> Result<Vec<u8>, SealRefused> + 'a;

/// The largest part that is kept to set a seal into it: more is not read by anybody.
const SEALED_PART_BYTES_MAX: u64 = 512 << 20;

/// Checks the body against the manifest, and what only the content key can show.
pub(super) fn examine<R: Read + Send>(
    walked: &mut Walked<'_>,
    shape: &Shape,
    opening: Option<&Opening>,
    rest: &mut Rest<R>,
    (progress, set): (&mut Progress<'_>, &SetSeal<'_>),
) -> Result<(), NotEvidence> {
    let Walked {
        findings,
        roster,
        case,
        ..
    } = walked;
    let (Some(begun), Some(roster)) = (&case.begun, roster) else {
        for check in [Check::Leaves, Check::Body] {
            findings.leave_out(check, Gap::RestsOnFailed, None);
        }
        return Ok(());
    };
    let leaves = shape
        .leaves
        .check(&begun.manifest)
        .map_err(|_| Fault::LeavesDiffer);
    findings.note(Check::Leaves, leaves, None);
    let (Some(opening), Some(header)) = (opening, &shape.header) else {
        let closed = [
            Check::Commitment,
            Check::Header,
            Check::Openings,
            Check::SealRecords,
        ];
        for check in closed {
            findings.leave_out(check, Gap::NotInBundle, None);
        }
        let same = segments(shape, rest, progress)?;
        findings.note(Check::Body, or_differs(same), None);
        return Ok(());
    };
    let examined = Examined {
        begun,
        genesis: roster.genesis(),
        origin: roster.origin(),
        key: &opening.key,
        header,
    };
    examined.outside(findings);
    let record = |digest: &Digest| case.attachment(digest);
    let records = examined.records(record, findings);
    let sealed = records.iter().flatten();
    let sealed: BTreeSet<usize> = sealed
        .filter_map(|record| record.sealed_part().ok().flatten())
        .collect();
    let kept = examined.inside(shape, rest, &sealed, (findings, progress))?;
    examined.openings(&Digest::of(&opening.header), findings);
    if let Some(records) = records {
        examined.sealed(&records, kept, set, findings);
    }
    Ok(())
}

fn or_differs(same: bool) -> Result<(), Fault> {
    if same {
        Ok(())
    } else {
        Err(Fault::BodyDiffers)
    }
}

/// Whether the segments that follow are those of the leaf list.
fn segments<R: Read>(
    shape: &Shape,
    rest: &mut Rest<R>,
    progress: &mut Progress<'_>,
) -> Result<bool, NotEvidence> {
    let (mut same, mut done, mut segment) = (true, 0, Vec::new());
    for index in 0..shape.leaves.count() {
        segment.resize(shape.leaves.length(index).unwrap_or(0) as usize, 0);
        rest.fill(&mut segment)?;
        same &= shape.leaves.verify_segment(index, &segment).is_ok();
        done += segment.len() as u64;
        progress(done, shape.body_bytes);
    }
    Ok(same)
}

/// The bytes of parts that seals were set into, by the part's place.
type Kept = BTreeMap<usize, Vec<u8>>;

struct Examined<'a> {
    begun: &'a Begun,
    genesis: Digest,
    origin: &'a Origin,
    key: &'a ContentKey,
    header: &'a InnerHeader,
}

impl Examined<'_> {
    fn outside(&self, findings: &mut Findings) {
        let manifest = &self.begun.manifest;
        let committed = self.key.commitment(&self.genesis, &manifest.id) == manifest.commitment;
        let outcome = if committed {
            Ok(())
        } else {
            Err(Fault::CommitmentDiffers)
        };
        findings.note(Check::Commitment, outcome, None);
        let agrees = self.header.agrees_with(manifest, self.origin);
        findings.note(
            Check::Header,
            agrees.map_err(|_| Fault::HeaderDiffers),
            None,
        );
    }

    /// The body; the bytes of the parts of `sealed`, where it is as it was signed.
    fn inside<R: Read + Send>(
        &self,
        shape: &Shape,
        rest: &mut Rest<R>,
        sealed: &BTreeSet<usize>,
        (findings, progress): (&mut Findings, &mut Progress<'_>),
    ) -> Result<Kept, NotEvidence> {
        // No proof that the level may be transmitted, no plaintext is looked at.
        let level = self
            .begun
            .level
            .filter(|level| level.level() == self.header.level);
        let Some(level) = level else {
            findings.leave_out(Check::Body, Gap::RestsOnFailed, None);
            return Ok(Kept::new());
        };
        let kept = self.closes_again((level, sealed), shape, rest, progress)?;
        findings.note(Check::Body, or_differs(kept.is_some()), None);
        Ok(kept.unwrap_or_default())
    }

    /// Whether the parts that follow, closed again, are the body that was signed: the encryption
    /// has no chance in it. Gives the bytes of the parts of `sealed` if they are.
    fn closes_again<R: Read + Send>(
        &self,
        (level, sealed): (Transmissible, &BTreeSet<usize>),
        shape: &Shape,
        rest: &mut Rest<R>,
        progress: &mut Progress<'_>,
    ) -> Result<Option<Kept>, NotEvidence> {
        let shared = Mutex::new(rest);
        let mut parts: Vec<PartOf<'_, '_, R>> = self
            .header
            .parts
            .iter()
            .enumerate()
            .map(|(place, part)| PartOf {
                shared: &shared,
                left: part.bytes,
                kept: (sealed.contains(&place) && part.bytes <= SEALED_PART_BYTES_MAX)
                    .then(Vec::new),
            })
            .collect();
        let mut sources: Vec<PartSource<'_>> = parts
            .iter_mut()
            .map(|part| part as PartSource<'_>)
            .collect();
        let request = CloseRequest {
            genesis: self.genesis,
            level,
            header: self.header.clone(),
            content_key: self.key,
        };
        let mut done = 0;
        let mut told = |taken| {
            done += taken;
            progress(done, shape.body_bytes);
        };
        match close(request, &mut sources, &mut Nowhere, &mut told) {
            Ok(closed) => {
                let same = closed.leaves == shape.leaves
                    && closed.header == *self.header
                    && closed.leaves.root() == self.begun.manifest.root;
                let kept = parts.into_iter().enumerate();
                let kept = kept.filter_map(|(place, part)| Some((place, part.kept?)));
                Ok(same.then(|| kept.collect()))
            }
            Err(CloseRefused::Read { error, .. }) => Err(NotEvidence::from_io(&error)),
            Err(_) => Ok(None),
        }
    }

    /// Every receipt that stands must prove that its account held the key and had the header.
    fn openings(&self, header: &Digest, findings: &mut Findings) {
        let about = &self.begun.about;
        if !findings.stands(Check::Commitment) || !findings.stands(Check::Body) {
            findings.leave_out(Check::Openings, Gap::RestsOnFailed, None);
            return;
        }
        for receipt in &self.begun.receipts {
            let by = (&receipt.unit, &receipt.account);
            let expected =
                self.key
                    .opening(&self.genesis, &about.document, &about.manifest, by, header);
            let proves = expected == receipt.opening;
            let outcome = if proves {
                Ok(())
            } else {
                Err(Fault::OpeningDiffers)
            };
            findings.note(Check::Openings, outcome, Some(receipt.index));
        }
        if self.begun.receipts.is_empty() {
            findings.leave_out(Check::Openings, Gap::NothingThere, None);
        }
    }

    /// Every seal record opens and is the seal's own. None where that cannot be said of all.
    fn records<'r>(
        &self,
        record: impl Fn(&Digest) -> Option<&'r [u8]>,
        findings: &mut Findings,
    ) -> Option<Vec<SealRecord>> {
        let mut records = Vec::new();
        for said in &self.begun.records {
            let Some(bytes) = record(&said.record.digest) else {
                findings.leave_out(Check::SealRecords, Gap::NotInBundle, Some(said.index));
                continue;
            };
            match self.record(said, bytes) {
                Some(record) => records.push(record),
                None => findings.fail(Check::SealRecords, Fault::SealRecord, Some(said.index)),
            }
        }
        if records.len() < self.begun.records.len() {
            return None;
        }
        if records.is_empty() {
            findings.leave_out(Check::SealRecords, Gap::NothingThere, None);
            return None;
        }
        Some(records)
    }

    /// What was sealed is what was approved, with the seals in it.
    fn sealed(
        &self,
        records: &[SealRecord],
        mut kept: Kept,
        set: &SetSeal<'_>,
        findings: &mut Findings,
    ) {
        let mut apply = |record: &SealRecord, place: usize| {
            let before = kept.get(&place).ok_or(SealRefused::NotAtHand)?;
            let after = set(before, record)?;
            let digest = Digest::of(&after);
            kept.insert(place, after);
            Ok(digest)
        };
        match verify_records(self.header, &self.begun.about, records, &mut apply) {
            Ok(_) => findings.pass(Check::SealRecords),
            Err(SealRefused::NotAtHand) if !findings.stands(Check::Body) => {
                findings.leave_out(Check::SealRecords, Gap::RestsOnFailed, None);
            }
            Err(SealRefused::NotAtHand) => {
                findings.leave_out(Check::SealRecords, Gap::NotInThisRelease, None);
            }
            Err(_) => findings.fail(Check::SealRecords, Fault::SealedDiffers, None),
        }
    }

    fn record(&self, said: &RecordSaid, bytes: &[u8]) -> Option<SealRecord> {
        let id = &self.begun.about.document;
        let opened = self
            .key
            .open_record(&self.genesis, id, said.ordinal, bytes)?;
        let record = SealRecord::read(&opened).ok()?;
        let is_its_own = record.seal == said.seal
            && record.ordinal == said.ordinal
            && Some(record.picture) == said.picture
            && record.check_electronic(said.ses).is_ok();
        is_its_own.then_some(record)
    }
}

/// One part of the plaintext that follows; the parts share one reader and are read in order.
struct PartOf<'a, 'r, R> {
    shared: &'a Mutex<&'r mut Rest<R>>,
    left: u64,
    /// What was read, where it is asked for.
    kept: Option<Vec<u8>>,
}

impl<R: Read> Read for PartOf<'_, '_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        if most == 0 {
            return Ok(0);
        }
        let mut rest = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let read = rest.read(&mut buffer[..most])?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= read as u64;
        if let Some(kept) = &mut self.kept {
            kept.extend_from_slice(&buffer[..read]);
        }
        Ok(read)
    }
}

/// The segments are made for their hashes and kept nowhere.
struct Nowhere;

impl SegmentSink for Nowhere {
    fn put(&mut self, _: u32, _: u64, _: &[u8]) -> io::Result<()> {
        Ok(())
    }
}
