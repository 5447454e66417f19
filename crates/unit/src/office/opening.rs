//! Opening a downloaded body into files: for a recipient, and for the own unit's approver and
//! custodian.
//!
//! Nothing stands in its place unless everything fits: header and manifest, the seals and what they
//! make of the files, and no mark that the label does not cover.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use yichuan_document::Digest;
use yichuan_document::statement::{About, Approval, SealUse};
use yichuan_envelope::{ContentKey, Leaves, Opened, Opener};
use yichuan_evidence::entry::EntryKind;
use yichuan_layout::marks::Decision;
use yichuan_layout::{Limits, sealing};
use yichuan_seal::{SealRecord, SealRefused, verify_records};

use super::content::{Content, read};
use super::dossier::Dossier;
use super::failed::{Failed, Inconsistent};
use super::session::Session;

/// A body that was opened into files.
pub(super) struct OpenedBody {
    /// The header.
    pub(super) opened: Opened,
    /// What was found in the files.
    pub(super) content: Content,
}

/// Where the files of one document stand.
pub(super) struct Folder<'a>(pub(super) &'a Path);

impl Folder<'_> {
    /// The encrypted body.
    pub(super) fn body(&self) -> PathBuf {
        self.0.join("body")
    }

    /// The files as they were approved.
    pub(super) fn parts(&self) -> PathBuf {
        self.0.join("parts")
    }

    /// The files that an electronic seal was set into.
    pub(super) fn sealed(&self) -> PathBuf {
        self.0.join("sealed")
    }
}

/// A folder that goes again unless it is put in its place.
struct Partial(PathBuf);

impl Partial {
    fn begin(path: PathBuf) -> io::Result<Self> {
        if path.exists() {
            fs::remove_dir_all(&path)?;
        }
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    /// Puts it where `place` says, for whatever stood there.
    fn settle(mut self, place: &Path) -> io::Result<()> {
        if place.exists() {
            fs::remove_dir_all(place)?;
        }
        fs::rename(std::mem::take(&mut self.0), place)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.0.as_os_str().is_empty() {
            // What cannot be removed now is removed when the document is opened again.
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}

impl Session {
    /// Opens a recipient's body: every seal is compared with what was approved and set into the
    /// files, and a file with a mark above the label leaves nothing behind (Art. 15).
    pub(super) async fn open_received(
        &self,
        dossier: &Dossier,
        leaves: &Leaves,
        key: &ContentKey,
        folder: &Folder<'_>,
    ) -> Result<OpenedBody, Failed> {
        let (opened, partial) = self.open_files(dossier, leaves, key, folder)?;
        let records = self.seal_records(dossier, &opened, key).await?;
        if records.len() != dossier.manifest.issuers.len() {
            return Err(Failed::NotReceivable(vec!["a seal is missing".to_owned()]));
        }
        let sealed = Partial::begin(folder.0.join("sealed.partial"))?;
        Self::apply_seals(dossier, (&opened, &records), &partial.0, &sealed.0)?;
        let content = Content::of_parts(&dossier.manifest, opened.header(), &partial.0)?;
        if content.decision() == Decision::Refuse {
            return Err(Failed::Marked(content.marks()));
        }
        partial.settle(&folder.parts())?;
        sealed.settle(&folder.sealed())?;
        Ok(OpenedBody { opened, content })
    }

    /// Opens a body of the own unit before it leaves; its seals may not all be there.
    pub(super) fn open_own(
        &self,
        dossier: &Dossier,
        leaves: &Leaves,
        key: &ContentKey,
        folder: &Folder<'_>,
    ) -> Result<OpenedBody, Failed> {
        let (opened, partial) = self.open_files(dossier, leaves, key, folder)?;
        let content = Content::of_parts(&dossier.manifest, opened.header(), &partial.0)?;
        partial.settle(&folder.parts())?;
        Ok(OpenedBody { opened, content })
    }

    fn open_files(
        &self,
        dossier: &Dossier,
        leaves: &Leaves,
        key: &ContentKey,
        folder: &Folder<'_>,
    ) -> Result<(Opened, Partial), Failed> {
        let roster = self.mirror.roster();
        let genesis = roster.genesis();
        let opener = Opener::new(&dossier.manifest, leaves, key, &genesis, roster.origin())?;
        let mut file = File::open(folder.body())?;
        let mut fetch = |index: u32, buffer: &mut Vec<u8>| {
            let (Some(offset), Some(length)) = (leaves.offset(index), leaves.length(index)) else {
                return Err(io::ErrorKind::InvalidInput.into());
            };
            buffer.resize(length as usize, 0);
            file.seek(SeekFrom::Start(offset))?;
            file.read_exact(buffer)
        };
        let opened = opener.header(&mut fetch)?;
        let partial = Partial::begin(folder.0.join("parts.partial"))?;
        for (place, part) in opened.header().parts.iter().enumerate() {
            let path = partial.0.join(part.name.as_str());
            let mut sink = BufWriter::new(File::create(path)?);
            opener.part(&opened, place, &mut fetch, &mut sink, &mut |_| {})?;
            sink.into_inner()
                .map_err(io::IntoInnerError::into_error)?
                .sync_all()?;
        }
        Ok((opened, partial))
    }

    /// Every seal's record so far, each compared with the seal's grant at its time.
    pub(super) async fn seal_records(
        &self,
        dossier: &Dossier,
        opened: &Opened,
        key: &ContentKey,
    ) -> Result<Vec<SealRecord>, Failed> {
        let genesis = self.mirror.roster().genesis();
        let mut records = Vec::new();
        let mut walk = self.mirror.walk()?;
        for statement in dossier.of_kind(EntryKind::Seal) {
            let broken = || {
                Failed::Inconsistent(Inconsistent::Life {
                    index: statement.index,
                })
            };
            let body: SealUse = statement.payload.body().map_err(|_| broken())?;
            let closed = self.attachment(statement, 0).await?;
            let record = key
                .open_record(&genesis, &dossier.manifest.id, body.ordinal, &closed)
                .ok_or_else(broken)?;
            let record = SealRecord::read(&record).map_err(|_| broken())?;
            if record.seal != body.seal {
                return Err(broken());
            }
            // The seal as the authority had issued it when it was set.
            let roster = walk.to(statement.index)?;
            let grant = roster.seal(&record.seal).ok_or_else(broken)?;
            record
                .check_against(&dossier.manifest, opened.header(), &grant)
                .map_err(not_receivable)?;
            records.push(record);
        }
        Ok(records)
    }

    /// Compares what was sealed with what was approved (`apply/1`), and writes the files with
    /// electronic seals in them to `sealed`.
    fn apply_seals(
        dossier: &Dossier,
        (opened, records): (&Opened, &[SealRecord]),
        parts: &Path,
        sealed: &Path,
    ) -> Result<(), Failed> {
        let about = About {
            document: dossier.manifest.id,
            manifest: dossier.digest,
        };
        let header = opened.header();
        let name = |place: usize| header.parts.get(place).map(|part| part.name.as_str());
        let mut kept: BTreeMap<usize, Vec<u8>> = BTreeMap::new();
        let mut set = |record: &SealRecord, place: usize| {
            let name = name(place).ok_or(SealRefused::Placement)?;
            let before = match kept.remove(&place) {
                Some(before) => before,
                None => part_to_seal(&parts.join(name))?,
            };
            let after = set_seal(&before, record)?;
            let digest = Digest::of(&after);
            kept.insert(place, after);
            Ok(digest)
        };
        verify_records(header, &about, records, &mut set).map_err(not_receivable)?;
        for (place, bytes) in kept {
            if let Some(name) = name(place) {
                let mut file = File::create(sealed.join(name))?;
                file.write_all(&bytes)?;
                file.sync_all()?;
            }
        }
        Ok(())
    }

    /// What the approvers of a document have declared beyond having seen it.
    pub(super) fn declared(dossier: &Dossier) -> Vec<u16> {
        let approvals = dossier.of_kind(EntryKind::Approval);
        let bodies = approvals.filter_map(|statement| statement.payload.body::<Approval>().ok());
        bodies.flat_map(|approval| approval.declarations).collect()
    }
}

/// `apply/1` for one file, as everybody computes it.
pub fn set_seal(before: &[u8], record: &SealRecord) -> Result<Vec<u8>, SealRefused> {
    sealing::apply(before, record, &Limits::default()).map_err(|_| SealRefused::NotOfThisFile {
        ordinal: record.ordinal,
    })
}

/// A part that a seal is set into: not larger than is read.
pub(super) fn part_to_seal(path: &Path) -> Result<Vec<u8>, SealRefused> {
    let most = Limits::default().file_bytes;
    let bytes = read(path, most).map_err(|_| SealRefused::NotAtHand)?;
    if bytes.len() > most {
        return Err(SealRefused::NotAtHand);
    }
    Ok(bytes)
}

fn not_receivable(why: SealRefused) -> Failed {
    Failed::NotReceivable(vec![why.to_string()])
}
