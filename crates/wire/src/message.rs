//! The messages. `proto/wire.md` has the order in which they are said.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use yichuan_document::roster::record::Kind;
use yichuan_document::signed::RosterHead;
use yichuan_document::wrap::Wrap;
use yichuan_document::{Digest, DocumentId, Origin, Timestamp};

use crate::ErrorCode;
use crate::figures::{DocumentsOf, DocumentsTable, FiguresOf, FiguresTable, ReceptionTable};

/// The version of this protocol.
pub const WIRE_VERSION: u16 = 1;
/// A body of at most this many encrypted bytes may travel inside its submission.
pub const INLINE_BODY_BYTES_MAX: usize = 256 << 10;
/// The most entries in one answer.
pub const ENTRIES_PER_ANSWER_MAX: u32 = 256;
/// The most bytes of entries in one answer, beyond its first entry.
pub const ANSWER_BYTES_MAX: usize = 1 << 20;
/// The most bytes of one attachment.
pub const ATTACHMENT_BYTES_MAX: usize = 2 << 20;
/// A clock may differ by this much, in milliseconds; beyond it a session is refused.
pub const CLOCK_SKEW_MS_MAX: u64 = 120_000;

/// What a unit asks. The id returns with the reply, so that several may be under way.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Request {
    /// Chosen by the asking side, not used again on this stream while under way.
    #[n(0)]
    pub id: u32,
    /// The question.
    #[n(1)]
    pub ask: Ask,
}

/// The questions.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum Ask {
    /// The first on every connection.
    #[n(0)]
    Hello(#[n(0)] Hello),
    /// Opens a session: a signed [`yichuan_document::statement::SessionOpen`].
    #[n(1)]
    OpenSession(#[n(0)] ByteVec),
    /// Roster entries from an index of the log on. Needs no session.
    #[n(2)]
    RosterEntries(#[n(0)] u64),
    /// Records a signed statement. A genesis, act or enrolment needs no session.
    #[n(3)]
    Record(#[n(0)] Record),
    /// Announces a body before its segments.
    #[n(4)]
    BeginBody(#[n(0)] BeginBody),
    /// All segments have been said.
    #[n(5)]
    FinishBody(#[n(0)] BodyRef),
    /// Events of the unit after a cursor, then each new one as a [`Push`].
    #[n(6)]
    Subscribe(#[n(0)] u64),
    /// A document, named by its manifest's digest: the manifest and the entries that the unit
    /// may read.
    #[n(7)]
    Document(#[n(0)] DocumentFrom),
    /// The unit's own wrap; a recipient's only after its fetch is in the log.
    #[n(8)]
    Wrap(#[n(0)] Digest),
    /// The leaf list of a document's body.
    #[n(9)]
    Leaves(#[n(0)] Digest),
    /// Segments of a document's body, said as segment frames before the reply.
    #[n(10)]
    Segments(#[n(0)] SegmentRange),
    /// An attachment of an entry that the unit may read.
    #[n(11)]
    Attachment(#[n(0)] AttachmentOf),
    /// Proof that an entry stands in the log of a size.
    #[n(12)]
    Inclusion(#[n(0)] InclusionOf),
    /// Proof that the log has only grown since a size.
    #[n(13)]
    Consistency(#[n(0)] u64),
    /// The exchange's signed list of a document's entries.
    #[n(14)]
    Extract(#[n(0)] Digest),
    /// A hash tile, by level, index and width.
    #[n(15)]
    Tile(#[n(0)] TileRef),
    /// What an auditor may read from an index on: every entry that concerns the own unit or one
    /// below it.
    #[n(16)]
    Audit(#[n(0)] u64),
    /// The state of every delivery of a document, for its sender and who supervises or audits.
    #[n(17)]
    Reception(#[n(0)] Digest),
    /// Figures of the own unit, or of those below it for who supervises or audits them.
    #[n(18)]
    Figures(#[n(0)] FiguresOf),
    /// The own unit's newest documents.
    #[n(19)]
    Documents(#[n(0)] DocumentsOf),
}

/// The first thing a unit says.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Hello {
    /// [`WIRE_VERSION`].
    #[n(0)]
    pub version: u16,
    /// The asking side's clock.
    #[n(1)]
    pub now: Timestamp,
    /// What the connection is for.
    #[n(2)]
    pub lane: Lane,
}

/// A document's entries from an index on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DocumentFrom {
    /// The digest of its manifest.
    #[n(0)]
    pub document: Digest,
    /// The first index that is wanted.
    #[n(1)]
    pub from: u64,
}

/// What a connection or stream is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Lane {
    /// Requests and pushes.
    #[n(0)]
    Control,
    /// Bodies.
    #[n(1)]
    Body,
}

/// A statement with what is kept beside it.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Record {
    /// The signed statement.
    #[n(0)]
    pub statement: ByteVec,
    /// The attachments that its body names; for a submission manifest and wrap list.
    #[n(1)]
    pub attachments: Vec<ByteVec>,
    /// A small body, which then needs no upload of its own.
    #[n(2)]
    pub body: Option<InlineBody>,
}

/// A small body.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct InlineBody {
    /// The leaf list.
    #[n(0)]
    pub leaves: ByteVec,
    /// The encrypted segments, one after the other.
    #[n(1)]
    pub segments: ByteVec,
}

/// A body that will be uploaded.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct BeginBody {
    /// Which.
    #[n(0)]
    pub body: BodyRef,
    /// Its leaf list, whose root must be the one named.
    #[n(1)]
    pub leaves: ByteVec,
}

/// A body of the asking unit (protocol rule 26).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct BodyRef {
    /// The document.
    #[n(0)]
    pub document: DocumentId,
    /// The root over its encrypted segments.
    #[n(1)]
    pub root: Digest,
}

/// Some segments of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SegmentRange {
    /// The document, by its manifest's digest.
    #[n(0)]
    pub document: Digest,
    /// The first segment.
    #[n(1)]
    pub first: u32,
    /// How many.
    #[n(2)]
    pub count: u32,
}

/// An entry, and the size of the log under which its place is to be proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct InclusionOf {
    /// The entry's index.
    #[n(0)]
    pub index: u64,
    /// The size, at most the newest checkpoint's.
    #[n(1)]
    pub size: u64,
}

/// An attachment, and the entry that names it: who may read the one may read the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AttachmentOf {
    /// The entry's index.
    #[n(0)]
    pub entry: u64,
    /// The attachment's digest.
    #[n(1)]
    pub digest: Digest,
}

/// A hash tile (C2SP tlog-tiles).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct TileRef {
    /// The level, from 0.
    #[n(0)]
    pub level: u8,
    /// The index within the level.
    #[n(1)]
    pub index: u64,
    /// How many hashes, 1 to 256.
    #[n(2)]
    pub width: u16,
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Reply {
    /// The request's id.
    #[n(0)]
    pub id: u32,
    /// The answer.
    #[n(1)]
    pub answer: Answer,
}

/// What a session can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SessionState {
    /// How the account's password stands.
    #[n(0)]
    pub password: PasswordState,
    /// Until when it may be used; none where none is set.
    #[n(1)]
    pub until: Option<Timestamp>,
}

/// How an account's password stands (Art. 17).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum PasswordState {
    /// In force.
    #[n(0)]
    Good,
    /// The exchange knows none yet: nothing can be done but set it.
    #[n(1)]
    Unset,
    /// Too old: nothing can be done but change it.
    #[n(2)]
    Expired,
}

/// The answers.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum Answer {
    /// The request was refused; nothing was changed by it, or only its refusal recorded.
    #[n(0)]
    Refused(#[n(0)] Refused),
    /// To `Hello`.
    #[n(1)]
    Welcome(#[n(0)] Welcome),
    /// To `OpenSession`.
    #[n(2)]
    SessionOpened(#[n(0)] SessionState),
    /// To `RosterEntries`.
    #[n(3)]
    Entries(#[n(0)] Entries),
    /// To `Record`: durable, and in the log.
    #[n(4)]
    Recorded(#[n(0)] Proven),
    /// To `BeginBody`: the segments that are still wanted.
    #[n(5)]
    Wanted(#[n(0)] Vec<Span>),
    /// To `FinishBody`: durable.
    #[n(6)]
    BodyStored,
    /// To `Subscribe`: the number of the newest event; the pushes up to it and all later follow.
    #[n(7)]
    Subscribed(#[n(0)] u64),
    /// To `Document`.
    #[n(8)]
    Document(#[n(0)] DocumentFile),
    /// To `Wrap`.
    #[n(9)]
    Wrap(#[n(0)] Wrap),
    /// To `Leaves`, `Attachment` and `Tile`.
    #[n(10)]
    Bytes(#[n(0)] ByteVec),
    /// To `Segments`: all were said.
    #[n(11)]
    SegmentsSaid,
    /// To `Inclusion` and `Consistency`.
    #[n(12)]
    Proof(#[n(0)] Proof),
    /// To `Extract`.
    #[n(13)]
    Extract(#[n(0)] ExtractFile),
    /// To `Reception`.
    #[n(14)]
    Reception(#[n(0)] ReceptionTable),
    /// To `Figures`.
    #[n(15)]
    Figures(#[n(0)] FiguresTable),
    /// To `Documents`.
    #[n(16)]
    Documents(#[n(0)] DocumentsTable),
}

/// A refusal, with what the asking side needs to act on it.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Refused {
    /// The code from `proto/error-codes.md`.
    #[n(0)]
    pub code: ErrorCode,
    /// When to try again, in milliseconds, where that may help.
    #[n(1)]
    pub retry_after_ms: Option<u32>,
    /// What it was about: a unit, a limit, a state; never anything secret.
    #[n(2)]
    pub about: Option<String>,
}

/// The exchange's first answer.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Welcome {
    /// [`WIRE_VERSION`].
    #[n(0)]
    pub version: u16,
    /// The exchange.
    #[n(1)]
    pub origin: Origin,
    /// The installation.
    #[n(2)]
    pub genesis: Digest,
    /// The exchange's clock.
    #[n(3)]
    pub now: Timestamp,
    /// The newest checkpoint, a signed note.
    #[n(4)]
    pub checkpoint: String,
    /// The roster as it stands.
    #[n(5)]
    pub roster: RosterHead,
}

/// An entry with the proof of its place.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct ProvenEntry {
    /// Its index in the log.
    #[n(0)]
    pub index: u64,
    /// The entry.
    #[n(1)]
    pub entry: ByteVec,
    /// The inclusion path under the checkpoint that comes with it.
    #[n(2)]
    pub path: Vec<Digest>,
}

/// One entry under a checkpoint.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Proven {
    /// The entry.
    #[n(0)]
    pub entry: ProvenEntry,
    /// The checkpoint, a signed note.
    #[n(1)]
    pub checkpoint: String,
}

/// Some entries under one checkpoint.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Entries {
    /// The entries, rising.
    #[n(0)]
    pub entries: Vec<ProvenEntry>,
    /// The checkpoint, a signed note.
    #[n(1)]
    pub checkpoint: String,
    /// Ask from here for what follows; none where this is all.
    #[n(2)]
    pub next: Option<u64>,
}

/// Segments from `first` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Span {
    /// The first.
    #[n(0)]
    pub first: u32,
    /// How many.
    #[n(1)]
    pub count: u32,
}

/// A document, as far as the asking unit may see it.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct DocumentFile {
    /// The manifest.
    #[n(0)]
    pub manifest: ByteVec,
    /// The entries.
    #[n(1)]
    pub entries: Entries,
}

/// A path of the log, under a checkpoint.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Proof {
    /// The path.
    #[n(0)]
    pub path: Vec<Digest>,
    /// The checkpoint, a signed note.
    #[n(1)]
    pub checkpoint: String,
}

/// The exchange's signed list of a document's entries.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct ExtractFile {
    /// A signed [`yichuan_document::statement::Extract`].
    #[n(0)]
    pub statement: ByteVec,
    /// The checkpoint of the size that it names.
    #[n(1)]
    pub checkpoint: String,
}

/// What the exchange says unasked on a control stream.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Push {
    /// The event's number in the unit's feed, from 1, without gaps.
    #[n(0)]
    pub sequence: u64,
    /// What happened.
    #[n(1)]
    pub what: Proven,
}

/// A record of the roster, by kind and id.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RecordRef {
    /// The kind.
    #[n(0)]
    pub kind: Kind,
    /// The id.
    #[n(1)]
    pub id: String,
}
