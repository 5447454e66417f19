//! A document as the exchange holds it, every statement verified by the roster of its time.

use std::path::Path;
use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use yichuan_document::roster::Roster;
use yichuan_document::signed::{Payload, Signer, SlotRole};
use yichuan_document::statement::{
    Approval, Dispatch, Redirection, SealUse, Submission, Supplemented,
};
use yichuan_document::wrap::Wrap;
use yichuan_document::{Digest, Manifest, UnitRef};
use yichuan_envelope::{ContentKey, Leaves, Opened, Opener, unwrap};
use yichuan_evidence::entry::{Entry, EntryKind};
use yichuan_wire::message::{Answer, Ask, AttachmentOf, DocumentFile, DocumentFrom, SegmentRange};

use super::failed::{Failed, Inconsistent};
use super::feed::Manifests;
use super::identity::Identity;
use super::session::Session;

/// How many manifests are fetched at once.
const MANIFESTS_AT_ONCE: usize = 32;

/// A verified document.
pub struct Dossier {
    /// The digest of its manifest.
    pub digest: Digest,
    /// The manifest.
    pub manifest: Manifest,
    /// Its entries, as far as the unit may read them.
    pub statements: Vec<Statement>,
}

/// A verified statement about the document.
#[derive(Clone)]
pub struct Statement {
    /// Its index in the log.
    pub index: u64,
    /// Its entry.
    pub entry: Entry,
    /// Its payload.
    pub payload: Payload,
    /// Its digest.
    pub digest: Digest,
}

impl Session {
    /// Fetches and verifies what the exchange holds of a document, all but its body.
    pub async fn dossier(&self, digest: Digest) -> Result<Dossier, Failed> {
        let DocumentFile { manifest, entries } = self.document_from(digest, 0).await?;
        if Digest::of(&manifest) != digest {
            return Err(Failed::Inconsistent(Inconsistent::Manifest {
                signed: digest,
            }));
        }
        let manifest = Manifest::read(&manifest)
            .map_err(|_| Failed::Inconsistent(Inconsistent::Manifest { signed: digest }))?;
        let ceiling = self
            .mirror
            .roster()
            .policy()
            .map(|p| p.ceiling)
            .unwrap_or_default();
        manifest
            .check(ceiling)
            .map(|_| ())
            .map_err(Failed::Manifest)?;
        let mut statements = Vec::new();
        let mut walk = self.mirror.walk()?;
        let mut listed = self.mirror.verify_page(&entries)?;
        let mut next = entries.next;
        while let Some(from) = next {
            let more = self.document_from(digest, from).await?.entries;
            // Pages only go on; one that does not would be asked for without end.
            next = more.next.filter(|next| *next > from);
            listed.extend(self.mirror.verify_page(&more)?);
        }
        listed.sort_by_key(|(index, _)| *index);
        listed.dedup_by_key(|(index, _)| *index);
        for (index, entry) in listed {
            statements.push(verify_statement(walk.to(index)?, index, entry)?);
        }
        let dossier = Dossier {
            digest,
            manifest,
            statements,
        };
        dossier.check_story()?;
        Ok(dossier)
    }

    async fn document_from(&self, document: Digest, from: u64) -> Result<DocumentFile, Failed> {
        let asked = Ask::Document(DocumentFrom { document, from });
        match self.link.ask(asked).await? {
            Answer::Document(file) => Ok(file),
            _ => Err(Failed::Protocol),
        }
    }

    /// The manifest of a document that the unit's events name: kept here once it was fetched.
    pub async fn manifest(&self, digest: Digest) -> Result<Arc<Manifest>, Failed> {
        if let Some(known) = self.feed.manifests().get(&digest) {
            return Ok(Arc::clone(known));
        }
        let manifest = Arc::new(self.read_manifest(digest).await?);
        self.feed.have_read(digest, Arc::clone(&manifest));
        Ok(manifest)
    }

    /// Every manifest that this session has read, with those of all `wanted`. Those that are not on
    /// this computer yet are fetched, many at once.
    pub async fn manifests(
        &self,
        wanted: impl IntoIterator<Item = Digest>,
    ) -> Result<Arc<Manifests>, Failed> {
        let reading = self
            .feed
            .unread(wanted)
            .into_iter()
            .map(|digest| self.manifest(digest));
        let mut reading = stream::iter(reading).buffer_unordered(MANIFESTS_AT_ONCE);
        while let Some(read) = reading.next().await {
            read?;
        }
        Ok(self.feed.manifests())
    }

    async fn read_manifest(&self, digest: Digest) -> Result<Manifest, Failed> {
        let path = self.home.join("manifests").join(digest.to_string());
        let wrong = || Failed::Inconsistent(Inconsistent::Manifest { signed: digest });
        if let Some(bytes) = kept_bytes(&self.home, &digest) {
            return Manifest::read(&bytes).map_err(|_| wrong());
        }
        let file = self.document_from(digest, 0).await?;
        if Digest::of(&file.manifest) != digest {
            return Err(wrong());
        }
        let manifest = Manifest::read(&file.manifest).map_err(|_| wrong())?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        crate::home::replace(&path, &file.manifest)?;
        Ok(manifest)
    }

    /// The document's leaf list, which has the root that was signed.
    pub async fn leaves(&self, dossier: &Dossier) -> Result<Leaves, Failed> {
        let Answer::Bytes(bytes) = self.link.ask(Ask::Leaves(dossier.digest)).await? else {
            return Err(Failed::Protocol);
        };
        let wrong = |_| Failed::Inconsistent(Inconsistent::Leaves);
        let leaves = Leaves::read(&bytes).map_err(wrong)?;
        leaves.check(&dossier.manifest).map_err(wrong)?;
        Ok(leaves)
    }

    /// The content key, from the unit's own wrap.
    pub async fn content_key(&self, dossier: &Dossier) -> Result<ContentKey, Failed> {
        self.content_key_of(dossier.digest).await
    }

    /// As [`Session::content_key`], of the document with this manifest.
    pub(super) async fn content_key_of(&self, manifest: Digest) -> Result<ContentKey, Failed> {
        self.require_assigned(&manifest)?;
        let Answer::Wrap(wrap) = self.link.ask(Ask::Wrap(manifest)).await? else {
            return Err(Failed::Protocol);
        };
        unwrap_for(&self.identity, self.mirror.roster(), &wrap, manifest)
    }

    /// An attachment that a statement names.
    pub async fn attachment(&self, statement: &Statement, place: usize) -> Result<Vec<u8>, Failed> {
        let named = statement
            .entry
            .attachments
            .get(place)
            .ok_or(Failed::Protocol)?;
        self.attachment_of(statement.index, named.digest).await
    }

    /// What the entry at `index` names under `digest`.
    pub(super) async fn attachment_of(
        &self,
        entry: u64,
        digest: Digest,
    ) -> Result<Vec<u8>, Failed> {
        let of = AttachmentOf { entry, digest };
        let Answer::Bytes(bytes) = self.link.ask(Ask::Attachment(of)).await? else {
            return Err(Failed::Protocol);
        };
        if Digest::of(&bytes) == digest {
            Ok(bytes.to_vec())
        } else {
            Err(Failed::Protocol)
        }
    }

    /// Downloads and opens the header, without any part.
    pub async fn header(
        &self,
        dossier: &Dossier,
        leaves: &Leaves,
        key: &ContentKey,
    ) -> Result<Opened, Failed> {
        let roster = self.mirror.roster();
        let genesis = roster.genesis();
        let opener = Opener::new(&dossier.manifest, leaves, key, &genesis, roster.origin())?;
        let mut body = self
            .link
            .body(|exporter| self.identity.session(roster, exporter))
            .await?;
        let mut segments: Vec<Vec<u8>> = Vec::new();
        loop {
            let first = u32::try_from(segments.len()).map_err(|_| Failed::Protocol)?;
            let range = SegmentRange {
                document: dossier.digest,
                first,
                count: 1,
            };
            body.download(range, |_, bytes| {
                segments.push(bytes.to_vec());
                Ok(())
            })
            .await?;
            let mut fetch = |index: u32, buffer: &mut Vec<u8>| {
                let segment = segments.get(index as usize);
                segment
                    .ok_or(std::io::ErrorKind::UnexpectedEof)?
                    .clone_into(buffer);
                Ok(())
            };
            match opener.header(&mut fetch) {
                Ok(opened) => return Ok(opened),
                // The header goes on in the next segment.
                Err(yichuan_envelope::StayedClosed::Fetch(error))
                    if error.kind() == std::io::ErrorKind::UnexpectedEof => {}
                Err(why) => return Err(why.into()),
            }
        }
    }
}

impl Dossier {
    /// The submission.
    pub fn submission(&self) -> Option<&Statement> {
        self.statements
            .iter()
            .find(|statement| statement.entry.kind == EntryKind::Submission)
    }

    /// The statements of one kind.
    pub fn of_kind(&self, kind: EntryKind) -> impl Iterator<Item = &Statement> {
        self.statements
            .iter()
            .filter(move |statement| statement.entry.kind == kind)
    }

    /// Whether the exchange has begun a delivery to a unit that the manifest does not name: a
    /// closed unit's was handed on to it, or it was added by a supplement.
    pub(super) fn begun_for(&self, unit: &UnitRef) -> bool {
        let handed_on = self.of_kind(EntryKind::Redirection).any(|statement| {
            let body: Option<Redirection> = statement.payload.body().ok();
            body.is_some_and(|body| body.to == *unit && body.about.manifest == self.digest)
        });
        handed_on
            || self.of_kind(EntryKind::Supplemented).any(|statement| {
                let body: Option<Supplemented> = statement.payload.body().ok();
                body.is_some_and(|body| {
                    body.units.contains(unit) && body.about.manifest == self.digest
                })
            })
    }

    /// Every statement is about this manifest, and they follow each other.
    fn check_story(&self) -> Result<(), Failed> {
        let broken = |index| Failed::Inconsistent(Inconsistent::Life { index });
        let submission = self.submission().ok_or_else(|| broken(0))?;
        let submitted: Submission = submission
            .payload
            .body()
            .map_err(|_| broken(submission.index))?;
        if submitted.about.manifest != self.digest
            || submitted.about.document != self.manifest.id
            || submission.payload.account.as_ref() != Some(&self.manifest.account)
        {
            return Err(broken(submission.index));
        }
        let mut approvals = Vec::new();
        for statement in self.of_kind(EntryKind::Approval) {
            let body: Approval = statement
                .payload
                .body()
                .map_err(|_| broken(statement.index))?;
            if body.about != submitted.about
                || body.wraps != submitted.wraps
                || body.submission != submission.digest
            {
                return Err(broken(statement.index));
            }
            approvals.push(statement.digest);
        }
        let mut previous = None;
        for statement in self.of_kind(EntryKind::Seal) {
            let body: SealUse = statement
                .payload
                .body()
                .map_err(|_| broken(statement.index))?;
            let follows = body.previous == previous && body.about == submitted.about;
            if !follows || body.approvals.len() != approvals.len() {
                return Err(broken(statement.index));
            }
            if body
                .approvals
                .iter()
                .any(|approval| !approvals.contains(approval))
            {
                return Err(broken(statement.index));
            }
            previous = Some(statement.digest);
        }
        for statement in self.of_kind(EntryKind::Dispatch) {
            let body: Dispatch = statement
                .payload
                .body()
                .map_err(|_| broken(statement.index))?;
            if body.about != submitted.about || Some(body.seal) != previous {
                return Err(broken(statement.index));
            }
        }
        Ok(())
    }
}

/// The content key from a wrap of the own unit, or of a unit whose work it has taken over.
pub(super) fn unwrap_for(
    identity: &Identity,
    roster: &Roster,
    wrap: &Wrap,
    manifest: Digest,
) -> Result<ContentKey, Failed> {
    let own = identity.unit_ref(roster);
    let secret = if wrap.unit == own {
        identity.unit_secret(roster, wrap.epoch)?
    } else if wrap.unit.origin == own.origin {
        identity.inherited_secret(roster, &wrap.unit, wrap.epoch)?
    } else {
        return Err(Failed::Protocol);
    };
    unwrap(wrap, roster.genesis(), manifest, &secret)
        .map_err(|why| Failed::Envelope(why.to_string()))
}

/// The bytes of a manifest that are kept in `home`; a copy that does not have the digest is as good
/// as none.
fn kept_bytes(home: &Path, digest: &Digest) -> Option<Vec<u8>> {
    let kept = std::fs::read(home.join("manifests").join(digest.to_string())).ok();
    kept.filter(|bytes| Digest::of(bytes) == *digest)
}

/// The manifest that is kept in `home`, for when the exchange is away.
pub fn kept_manifest(home: &Path, digest: &Digest) -> Option<Manifest> {
    Manifest::read(&kept_bytes(home, digest)?).ok()
}

/// Verifies a statement by the roster as it stood at its index.
pub(super) fn verify_statement(
    roster: &Roster,
    index: u64,
    entry: Entry,
) -> Result<Statement, Failed> {
    let bad = || Failed::Inconsistent(Inconsistent::Signature { index });
    let signed = entry.signed().map_err(|_| bad())?;
    let payload = signed.claimed().map_err(|_| bad())?;
    if payload.origin != *roster.origin() || payload.genesis != roster.genesis() {
        return Err(bad());
    }
    let signers = match entry.kind {
        EntryKind::Dispatch
        | EntryKind::Redirection
        | EntryKind::Supplemented
        | EntryKind::Supersession
        | EntryKind::InquiryDue
        | EntryKind::Overdue
        | EntryKind::Reminder
        | EntryKind::CopiesNumbered
        | EntryKind::LookMissed
        | EntryKind::Refusal
        | EntryKind::Session => {
            let keys = roster.exchange().ok_or_else(bad)?;
            vec![Signer {
                role: SlotRole::Exchange,
                keys: vec![keys.entries],
            }]
        }
        EntryKind::Seal => {
            let body: SealUse = payload.body().map_err(|_| bad())?;
            let standing = roster.standing(&payload)?;
            standing.seal_signers(roster, &body.seal, entry.time)?
        }
        _ => roster.standing(&payload)?.signers(),
    };
    let verified = signed.verify(&signers).map_err(|_| bad())?;
    let digest = verified.digest();
    Ok(Statement {
        index,
        entry,
        payload,
        digest,
    })
}
