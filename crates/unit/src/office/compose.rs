//! Composing: the files are closed once, into an envelope on this computer that is synced before
//! anything is sent, and never encrypted again.

mod files;

use std::fs::{self, File};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use minicbor::bytes::ByteVec;
use rand_core::Rng as _;
use yichuan_document::header::{Contact, HEADER_VERSION, InnerHeader, Metadata, Part};
use yichuan_document::manifest::{
    BODY_SUITE_1, BadManifest, Issuer, MANIFEST_VERSION, Recipient, RecipientRole, Reference,
    SEGMENT_BYTES,
};
use yichuan_document::roster::Roster;
use yichuan_document::roster::record::{Role, Status};
use yichuan_document::signed::Seen;
use yichuan_document::statement::{About, Submission};
use yichuan_document::terms::{DocumentKind, DocumentNumber, SecrecyPeriod, Urgency};
use yichuan_document::wrap::WrapList;
use yichuan_document::{
    Classification, Digest, DocumentId, Manifest, Origin, StatementId, Timestamp, UnitCode,
    UnitRef, cbor,
};
use yichuan_envelope::{
    CloseRefused, CloseRequest, Closed, ContentKey, PartSource, SegmentSink, WrapContext, close,
    wrap,
};
use yichuan_layout::format::Severity;
use yichuan_wire::message::Record;
use zeroize::Zeroizing;

use files::{OpenFile, look, open_files, open_form, unchanged};

use super::content::Told;
use super::failed::{Failed, PartProblem};
use super::identity::Identity;
use super::meeting::Form;
use super::session;
use crate::home::replace;

/// What the clerk enters.
#[derive(Clone, Debug)]
pub struct Draft {
    /// 主送.
    pub to: Vec<UnitCode>,
    /// 抄送.
    pub copy: Vec<UnitCode>,
    /// 密级.
    pub level: Classification,
    /// 保密期限.
    pub period: Option<SecrecyPeriod>,
    /// 紧急程度.
    pub urgency: Urgency,
    /// 文种.
    pub kind: DocumentKind,
    /// 发文字号.
    pub number: Option<DocumentNumber>,
    /// 标题.
    pub title: String,
    /// The other core elements.
    pub metadata: Metadata,
    /// Whom the recipient may call.
    pub contact: Contact,
    /// The units that issue it together with this one (联合行文), in the order of their seals.
    pub jointly: Vec<UnitCode>,
    /// How many copies each recipient may print.
    pub print_quota: u16,
    /// After this instant the document is of no use.
    pub valid_until: Option<Timestamp>,
    /// The document that this one replaces.
    pub replaces: Option<Reference>,
    /// Whether receipts of the replaced document stand.
    pub receipts_stand: bool,
    /// The document that this one answers.
    pub replies_to: Option<Reference>,
    /// The files, the main text first.
    pub files: Vec<PathBuf>,
    /// The reply form of a meeting notice.
    pub form: Option<Form>,
}

/// An envelope that is ready to be sent.
#[derive(Clone, Debug)]
pub struct Composed {
    /// The document.
    pub about: About,
    /// The bytes of its encrypted body.
    pub body_bytes: u64,
    /// Where it stands.
    pub folder: PathBuf,
    /// Where the main file departs from the form of an official document (Art. 3).
    pub departures: Vec<(Severity, Told)>,
    /// What the approver will have to look at and declare (Art. 15).
    pub to_declare: Vec<Told>,
}

/// Composes a document; the level is checked before anything else (Art. 15).
pub fn compose(
    home: &Path,
    roster: &Roster,
    seen: Option<Seen>,
    identity: &Identity,
    draft: &Draft,
    content_secret: &[u8; 32],
    progress: &mut dyn FnMut(u64),
) -> Result<Composed, Failed> {
    let ceiling = roster
        .policy()
        .map(|policy| policy.ceiling)
        .unwrap_or_default();
    let level = draft.level.transmissible(ceiling).map_err(Failed::Level)?;
    roster
        .standing_of(&identity.account, &identity.device)?
        .require(Role::Send)?;
    let now = crate::now();
    let mut rng = crate::chance()?;
    let id = DocumentId::new(now, &mut rng);
    let own = identity.unit_ref(roster);
    let named = (draft.to.as_slice(), draft.copy.as_slice());
    let recipients = recipients(named, draft.print_quota, &own.unit, roster)?;
    let issuers = issuers(&own, &draft.jointly, roster)?;
    let mut files = open_files(&draft.files)?;
    let content = look(draft, &files)?;
    content.may_leave(roster)?;
    files.extend(open_form(draft)?);
    let header = header(draft, &files, (id, own.origin.clone()), &issuers);
    let mut random = Zeroizing::new([0; 32]);
    rng.fill_bytes(random.as_mut());
    let content_key = ContentKey::derive(&random, content_secret, &id, now, now.unix_ms());

    sweep_unfinished(home)?;
    let folder = Unfinished::begin(home, &id)?;
    let mut sink = BodyFile::create(&folder.path.join("body"))?;
    let request = CloseRequest {
        genesis: roster.genesis(),
        level,
        header,
        content_key: &content_key,
    };
    let mut sources: Vec<PartSource<'_>> = files
        .iter_mut()
        .map(|part| part.file.as_mut() as PartSource<'_>)
        .collect();
    let closed = close(request, &mut sources, &mut sink, progress);
    let closed = closed.map_err(|why| close_failed(why, &draft.files))?;
    sink.finish()?;
    unchanged(&content, &closed, draft)?;

    let parties = (issuers, recipients);
    let manifest = manifest(draft, identity, (id, now), parties, &closed);
    let _checked = manifest.check(ceiling).map_err(Failed::Manifest)?;
    let digest = manifest.digest();
    let wraps = wraps(roster, manifest.holders(), digest, &content_key)?;
    let about = About {
        document: id,
        manifest: digest,
    };
    let body = Submission {
        about,
        wraps: wraps.digest(),
    };
    let context = identity.context(roster, seen);
    let signed = identity.sign(&context, StatementId::new(now, &mut rng), &body)?;
    let record = session::record(&signed, vec![manifest.to_bytes(), wraps.to_bytes()], None);
    replace(&folder.path.join("leaves"), &closed.leaves.to_bytes())?;
    // Written last: an envelope without it was never finished and is not sent.
    replace(&folder.path.join(SUBMISSION), &cbor::to_vec(&record))?;
    Ok(Composed {
        about,
        body_bytes: manifest.body_bytes,
        folder: folder.finish(),
        departures: content.departures(),
        to_declare: if content.to_declare().is_empty() {
            Vec::new()
        } else {
            content.marks()
        },
    })
}

/// The file without which an envelope is not finished.
const SUBMISSION: &str = "submission";

/// An envelope's folder, which goes again where the envelope is not finished.
struct Unfinished {
    path: PathBuf,
}

impl Unfinished {
    fn begin(home: &Path, id: &DocumentId) -> io::Result<Self> {
        let path = home.join("outgoing").join(id.to_string());
        fs::create_dir_all(&path)?;
        Ok(Self { path })
    }

    fn finish(mut self) -> PathBuf {
        std::mem::take(&mut self.path)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.path.as_os_str().is_empty() {
            // What cannot be removed now is swept by the next command that composes.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// Removes what a command that was killed left behind. The home is this command's alone.
fn sweep_unfinished(home: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(home.join("outgoing")) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() && !path.join(SUBMISSION).exists() {
            fs::remove_dir_all(&path)?;
        }
    }
    Ok(())
}

fn manifest(
    draft: &Draft,
    identity: &Identity,
    (id, now): (DocumentId, Timestamp),
    (issuers, recipients): (Vec<Issuer>, Vec<Recipient>),
    closed: &Closed,
) -> Manifest {
    Manifest {
        version: MANIFEST_VERSION,
        id,
        issuers,
        account: identity.account.clone(),
        recipients,
        level: draft.level,
        period: draft.period,
        urgency: draft.urgency,
        kind: draft.kind,
        number: draft.number.clone(),
        composed_at: now,
        valid_until: draft.valid_until,
        body_bytes: closed.leaves.body_bytes(),
        segments: closed.leaves.count(),
        segment_bytes: SEGMENT_BYTES,
        root: closed.leaves.root(),
        commitment: closed.commitment,
        suite: BODY_SUITE_1,
        replaces: draft.replaces,
        replies_to: draft.replies_to,
        receipts_stand: draft.receipts_stand.then_some(true),
    }
}

/// Reads a submission that was composed before.
pub fn composed(home: &Path, id: &str) -> Result<(PathBuf, Record), Failed> {
    let outgoing = home.join("outgoing");
    let mut found = Vec::new();
    match fs::read_dir(&outgoing) {
        Ok(entries) => {
            for entry in entries {
                let entry = entry?;
                let name = entry.file_name().to_string_lossy().into_owned();
                if name.starts_with(id) || name.ends_with(id) {
                    found.push(entry.path());
                }
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    let [folder] = found.as_slice() else {
        return Err(Failed::WhichDocument {
            typed: id.to_owned(),
            matches: found.len(),
        });
    };
    let path = folder.join("submission");
    let bytes = fs::read(&path)?;
    let record = cbor::read(&bytes, 8 << 20).map_err(|_| Failed::Damaged(path))?;
    Ok((folder.clone(), record))
}

fn header(
    draft: &Draft,
    files: &[OpenFile],
    (id, origin): (DocumentId, Origin),
    issuers: &[Issuer],
) -> InnerHeader {
    let units = issuers.iter().map(|issuer| issuer.unit.clone());
    let part = |file: &OpenFile| Part {
        name: file.name.clone(),
        media_type: file.media_type.to_owned(),
        bytes: file.bytes,
        digest: Digest::from_bytes([0; 32]),
    };
    InnerHeader {
        version: HEADER_VERSION,
        origin,
        id,
        issuers: units.collect(),
        level: draft.level,
        title: draft.title.clone(),
        metadata: draft.metadata.clone(),
        contact: draft.contact.clone(),
        parts: files.iter().map(part).collect(),
    }
}

/// The own unit first, then those that issue the document with it; each sets its seal in turn.
fn issuers(own: &UnitRef, jointly: &[UnitCode], roster: &Roster) -> Result<Vec<Issuer>, Failed> {
    let others = recipients((jointly, &[]), 0, &own.unit, roster)?;
    let units = std::iter::once(own.clone()).chain(others.into_iter().map(|it| it.unit));
    let issuer = |(place, unit)| {
        let seal_ordinal = u8::try_from(place).map_err(|_| {
            let found = jointly.len() + 1;
            Failed::Manifest(BadManifest::TooManyIssuers { found })
        })?;
        Ok(Issuer { unit, seal_ordinal })
    };
    (1_usize..).zip(units).map(issuer).collect()
}

/// Main and copied recipients, each of which must be able to receive.
pub(super) fn recipients(
    (to, copy): (&[UnitCode], &[UnitCode]),
    print_quota: u16,
    own: &UnitCode,
    roster: &Roster,
) -> Result<Vec<Recipient>, Failed> {
    let world = roster.unit(own).and_then(|own| own.world);
    let recipient = |code: &UnitCode, role| {
        let unit = roster
            .unit(code)
            .ok_or_else(|| Failed::UnknownUnit(code.to_string()))?;
        if unit.status != Status::Active {
            return Err(Failed::ClosedUnit(code.clone()));
        }
        if unit.world != world {
            return Err(Failed::AnotherWorld(code.clone()));
        }
        let unit = UnitRef {
            unit: code.clone(),
            origin: roster.origin().clone(),
        };
        Ok(Recipient {
            unit,
            role,
            print_quota,
        })
    };
    let main = to.iter().map(|code| recipient(code, RecipientRole::Main));
    let copies = copy.iter().map(|code| recipient(code, RecipientRole::Copy));
    main.chain(copies).collect()
}

/// The content key closed for each of `holders`, in their order.
pub(super) fn wraps<'h>(
    roster: &Roster,
    holders: impl Iterator<Item = &'h UnitRef>,
    digest: Digest,
    content_key: &ContentKey,
) -> Result<WrapList, Failed> {
    let mut rng = crate::chance()?;
    let mut wraps = Vec::new();
    for holder in holders {
        let no_key = || Failed::NoUnitKey(holder.unit.clone());
        let key = roster.unit_key(&holder.unit).ok_or_else(no_key)?;
        let context = WrapContext {
            genesis: roster.genesis(),
            manifest: digest,
            unit: holder,
            epoch: key.epoch,
        };
        wraps.push(wrap(content_key, &context, &key.key, &mut rng).map_err(|_| no_key())?);
    }
    Ok(WrapList(wraps))
}

fn close_failed(why: CloseRefused, paths: &[PathBuf]) -> Failed {
    let part = |place: usize, what| Failed::Part {
        path: paths.get(place).cloned().unwrap_or_default(),
        what,
    };
    match why {
        CloseRefused::Shorter { part: place } | CloseRefused::Longer { part: place } => {
            part(place, PartProblem::Changed)
        }
        CloseRefused::Read { part: place, error } => {
            part(place, PartProblem::Unreadable(error.kind()))
        }
        CloseRefused::Write(error) => Failed::Io(error),
        other => Failed::Envelope(other.to_string()),
    }
}

/// The body's file: segments are written where they belong, and synced at the end.
struct BodyFile {
    file: BufWriter<File>,
    at: u64,
}

impl BodyFile {
    fn create(path: &Path) -> io::Result<Self> {
        Ok(Self {
            file: BufWriter::with_capacity(1 << 20, File::create(path)?),
            at: 0,
        })
    }

    fn finish(self) -> io::Result<()> {
        self.file
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?
            .sync_all()
    }
}

impl SegmentSink for BodyFile {
    fn put(&mut self, _: u32, offset: u64, segment: &[u8]) -> io::Result<()> {
        if self.at != offset {
            self.file.seek(SeekFrom::Start(offset))?;
        }
        self.file.write_all(segment)?;
        self.at = offset + segment.len() as u64;
        Ok(())
    }
}

/// Changes what an inline submission carries.
pub fn with_inline(mut record: Record, leaves: Vec<u8>, segments: Vec<u8>) -> Record {
    record.body = Some(yichuan_wire::message::InlineBody {
        leaves: ByteVec::from(leaves),
        segments: ByteVec::from(segments),
    });
    record
}
