//! Receiving: fetch, open, inspect, then sign for the document or return it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use yichuan_document::inspection::{Inspection, ReturnReason};
use yichuan_document::roster::record::Role;
use yichuan_document::statement::{About, Fetch, Receipt, Return, Violation};
use yichuan_document::{Digest, UnitRef};
use yichuan_envelope::{ContentKey, Leaves, Opened, StayedClosed};
use yichuan_evidence::entry::Entry;
use yichuan_wire::message::SegmentRange;

use super::content::Told;
use super::dossier::Dossier;
use super::failed::{Failed, Inconsistent};
use super::inspect;
use super::opening::{Folder, OpenedBody};
use super::session::Session;

/// A document that was fetched, opened and inspected.
pub struct Received {
    /// The document.
    pub dossier: Dossier,
    /// What was found.
    pub inspection: Inspection,
    /// The header, where it opened.
    pub opened: Option<Opened>,
    /// Where the files stand, where it opened.
    pub parts: PathBuf,
    /// Where those files stand that have an electronic seal in them, where it opened.
    pub sealed: PathBuf,
    /// Why it stayed closed.
    pub closed: Option<Closed>,
    key: Option<ContentKey>,
}

/// Why a document stayed closed at its recipient's.
#[derive(Debug)]
pub enum Closed {
    /// The envelope does not open, or what is inside is not what the manifest says.
    Envelope(StayedClosed),
    /// A file has a mark above the label: nothing of it is kept here.
    Marked(Vec<Told>),
}

impl From<Closed> for Failed {
    fn from(why: Closed) -> Self {
        match why {
            Closed::Envelope(why) => Self::Closed(why),
            Closed::Marked(marks) => Self::Marked(marks),
        }
    }
}

/// A level inside that is not the one outside.
const VIOLATION_OUTSIDE: u16 = 1;
/// A mark in a file that the label does not cover.
const VIOLATION_MARK: u16 = 6;

impl Received {
    /// The files with electronic seals in them.
    pub fn sealed_files(&self) -> io::Result<Vec<PathBuf>> {
        if !self.sealed.exists() {
            return Ok(Vec::new());
        }
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.sealed)? {
            files.push(entry?.path());
        }
        files.sort();
        Ok(files)
    }
}

impl Session {
    /// Where what was received of a document stands.
    pub fn incoming(&self, digest: &Digest) -> PathBuf {
        self.home.join("incoming").join(digest.to_string())
    }

    fn require_receive(&self) -> Result<(), Failed> {
        let roster = self.mirror.roster();
        let standing = roster.standing_of(&self.identity.account, &self.identity.device)?;
        Ok(standing.require(Role::Receive)?)
    }

    /// Fetches a document: the request is recorded, then the body is downloaded, opened and
    /// inspected. Repeating it goes on where it was cut off.
    pub async fn fetch(
        &mut self,
        about: About,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Received, Failed> {
        self.require_receive()?;
        self.require_assigned(&about.manifest)?;
        let folder = self.incoming(&about.manifest);
        fs::create_dir_all(&folder)?;
        let dossier = self.dossier(about.manifest).await?;
        let own = self.identity.unit_ref(self.mirror.roster());
        let named = dossier.manifest.recipients.iter();
        if !named.clone().any(|it| it.unit == own) && !dossier.begun_for(&own) {
            return Err(Failed::Inconsistent(Inconsistent::Life { index: 0 }));
        }
        let fetched = folder.join(self.round_of(&about.manifest));
        if !fetched.exists() {
            let body = Fetch {
                delivery: self.delivery_to(about, &self.identity.unit())?,
            };
            let (index, _) = self
                .say(&format!("fetch-{}", about.document), &body, Vec::new())
                .await?;
            self.caught_up(index).await?;
            crate::home::replace(&fetched, b"")?;
        }
        let leaves = self.leaves(&dossier).await?;
        self.download(&dossier, &leaves, &folder.join("body"), progress)
            .await?;
        let key = self.content_key(&dossier).await?;
        let folder = Folder(&folder);
        let opened = self.open_received(&dossier, &leaves, &key, &folder).await;
        let (inspection, opened, closed) = match opened {
            Ok(OpenedBody { opened, content }) => {
                let declared = content.is_declared(&Self::declared(&dossier));
                (
                    content.add_to(inspect::opened(), declared),
                    Some(opened),
                    None,
                )
            }
            Err(Failed::Closed(why)) => {
                if let StayedClosed::Violation(_) = why {
                    self.report_violation(about, VIOLATION_OUTSIDE).await?;
                }
                (inspect::closed(&why), None, Some(Closed::Envelope(why)))
            }
            Err(Failed::Marked(marks)) => {
                self.report_violation(about, VIOLATION_MARK).await?;
                (inspect::marked(), None, Some(Closed::Marked(marks)))
            }
            Err(other) => return Err(other),
        };
        Ok(Received {
            dossier,
            inspection,
            parts: folder.parts(),
            sealed: folder.sealed(),
            key: opened.is_some().then_some(key),
            opened,
            closed,
        })
    }

    /// The file that says that this computer has asked for the wrap of the present delivery; a
    /// document that was closed once more for the unit (重发) is asked for again.
    fn round_of(&self, manifest: &Digest) -> String {
        let own = self.identity.unit();
        let registers = self.feed.registers();
        let document = registers.with_manifest(manifest);
        let view = document.and_then(|document| document.view_of(&own));
        match view.map_or(1, |view| view.round) {
            1 => "fetched".to_owned(),
            round => format!("fetched-{round}"),
        }
    }

    /// Downloads the encrypted body ahead of the fetch, so that nobody has to wait for it; nothing
    /// of it can be opened before a fetch is recorded (protocol rule 22). Tells its bytes.
    pub async fn prefetch(&self, manifest: Digest) -> Result<u64, Failed> {
        let dossier = self.dossier(manifest).await?;
        let leaves = self.leaves(&dossier).await?;
        let folder = self.incoming(&manifest);
        fs::create_dir_all(&folder)?;
        self.download(&dossier, &leaves, &folder.join("body"), &mut |_| {})
            .await?;
        Ok(leaves.body_bytes())
    }

    /// Reports a violation, once for a delivery: the document is opened again by every command.
    async fn report_violation(&mut self, about: About, code: u16) -> Result<(), Failed> {
        let folder = self.incoming(&about.manifest);
        let reported = format!("{}-reported-{code}", self.round_of(&about.manifest));
        let reported = folder.join(reported);
        if reported.exists() {
            return Ok(());
        }
        let body = Violation {
            delivery: self.delivery_to(about, &self.identity.unit())?,
            code,
        };
        let (index, _) = self
            .say(&format!("violation-{}", about.document), &body, Vec::new())
            .await?;
        self.caught_up(index).await?;
        Ok(crate::home::replace(&reported, b"")?)
    }

    /// Downloads what is not there yet; every segment is verified before it is kept.
    pub(super) async fn download(
        &self,
        dossier: &Dossier,
        leaves: &Leaves,
        path: &Path,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), Failed> {
        let mut file = OpenOptions::new()
            .create(true)
            .read(true)
            .write(true)
            .truncate(false)
            .open(path)?;
        let first = whole_segments(&mut file, leaves)?;
        progress(leaves.offset(first).unwrap_or(leaves.body_bytes()));
        if first == leaves.count() {
            return Ok(());
        }
        let roster = self.mirror.roster();
        let mut link = self
            .link
            .body(|exporter| self.identity.session(roster, exporter))
            .await?;
        file.seek(SeekFrom::Start(leaves.offset(first).unwrap_or(0)))?;
        let mut writer = BufWriter::with_capacity(1 << 20, file);
        let range = SegmentRange {
            document: dossier.digest,
            first,
            count: leaves.count() - first,
        };
        let downloaded = link
            .download(range, |index, bytes| {
                leaves
                    .verify_segment(index, bytes)
                    .map_err(io::Error::other)?;
                writer.write_all(bytes)?;
                progress(bytes.len() as u64);
                Ok(())
            })
            .await;
        let file = writer
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        Ok(downloaded?)
    }

    /// Signs for a document that passed its inspection.
    pub async fn sign_for(&mut self, received: &Received) -> Result<(u64, Entry), Failed> {
        self.require_receive()?;
        let mandatory = inspect::mandatory(self.mirror.roster());
        if received.inspection.allows_receipt(&mandatory).is_err()
            || inspect::forbids(&received.inspection)
        {
            let failed = received.inspection.failures();
            let names = failed
                .filter_map(|(check, _)| check.known())
                .map(|c| c.zh().to_owned());
            return Err(Failed::NotReceivable(names.collect()));
        }
        let (Some(opened), Some(key)) = (&received.opened, &received.key) else {
            return Err(Failed::NotReceivable(Vec::new()));
        };
        let about = About {
            document: received.dossier.manifest.id,
            manifest: received.dossier.digest,
        };
        let roster = self.mirror.roster();
        let own: UnitRef = self.identity.unit_ref(roster);
        let opening = key.opening(
            &roster.genesis(),
            &about.document,
            &about.manifest,
            (&own, &self.identity.account),
            &opened.header_digest(),
        );
        let body = Receipt {
            delivery: self.delivery_to(about, &self.identity.unit())?,
            opening,
            inspection: inspect::to_list(&received.inspection),
        };
        let done = self
            .say(&format!("receipt-{}", about.document), &body, Vec::new())
            .await?;
        self.caught_up(done.0).await?;
        Ok(done)
    }

    /// Returns a document with a reason that both units can read.
    pub async fn give_back(
        &mut self,
        received: &Received,
        reason: ReturnReason,
        text: Option<&str>,
    ) -> Result<(u64, Entry), Failed> {
        self.require_receive()?;
        let about = About {
            document: received.dossier.manifest.id,
            manifest: received.dossier.digest,
        };
        let own = self.identity.unit_ref(self.mirror.roster());
        let lead = received.dossier.manifest.lead();
        let lead = lead.ok_or(Failed::Protocol)?.clone();
        let note = self.words_for(text, &about.manifest, &[lead, own])?;
        let (note, named) = note.unzip();
        let body = Return {
            delivery: self.delivery_to(about, &self.identity.unit())?,
            code: u16::try_from(reason.code()).map_err(|_| Failed::Protocol)?,
            note: named,
            inspection: inspect::to_list(&received.inspection),
        };
        let attachments = note.into_iter().collect();
        let done = self
            .say(&format!("return-{}", about.document), &body, attachments)
            .await?;
        self.caught_up(done.0).await?;
        Ok(done)
    }
}

/// How many segments at the front are whole and verified; what follows is fetched again.
fn whole_segments(file: &mut File, leaves: &Leaves) -> io::Result<u32> {
    let there = file.metadata()?.len();
    let mut buffer = Vec::new();
    for index in 0..leaves.count() {
        let (Some(offset), Some(length)) = (leaves.offset(index), leaves.length(index)) else {
            return Ok(index);
        };
        if offset + u64::from(length) > there {
            return Ok(index);
        }
        buffer.resize(length as usize, 0);
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(&mut buffer)?;
        if leaves.verify_segment(index, &buffer).is_err() {
            return Ok(index);
        }
    }
    Ok(leaves.count())
}
