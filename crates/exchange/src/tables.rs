//! What the exchange keeps in its store, and under which keys.

mod permits;

use minicbor::{Decode, Encode};
use yichuan_document::life::{DeliveryState, Facts};
use yichuan_document::manifest::Recipient;
use yichuan_document::statement::{About, Audience};
use yichuan_document::terms::{DocumentKind, Urgency};
use yichuan_document::{
    AccountId, DeviceId, Digest, DocumentId, PersonId, StatementId, Timestamp, UnitCode, UnitRef,
};
use yichuan_store::{Schema, Table};

pub use permits::{PermissionRow, PrintedRow};

/// Entries of the log, by index.
pub const ENTRIES: Table = Table::large("entries");
/// Who may read an entry, by index.
pub const READERS: Table = Table::small("readers");
/// Hashes of complete subtrees, by level and index.
pub const NODES: Table = Table::small("nodes");
/// Statements that were recorded, by unit and id.
pub const STATEMENTS: Table = Table::small("statements");
/// Documents, by manifest digest.
pub const DOCUMENTS: Table = Table::small("documents");
/// Manifest digests, by lead unit and document id.
pub const DOCUMENT_IDS: Table = Table::small("document_ids");
/// The document that replaced another, by the manifest digest of the replaced one.
pub const REPLACED: Table = Table::small("replaced");
/// Deliveries, by manifest digest and unit.
pub const DELIVERIES: Table = Table::small("deliveries");
/// The entries of a document, by manifest digest and index.
pub const DOCUMENT_ENTRIES: Table = Table::small("document_entries");
/// Attachments, by digest.
pub const ATTACHMENTS: Table = Table::large("attachments");
/// Small bodies, by body key: leaf list and segments.
pub const SMALL_BODIES: Table = Table::large("small_bodies");
/// Events of a unit, by unit and number: the entry's index.
pub const FEEDS: Table = Table::small("feeds");
/// The newest event of each unit.
pub const FEED_HEADS: Table = Table::small("feed_heads");
/// The last number of each series, by unit, series and year; and the register number of each
/// received document, by unit and document.
pub const NUMBERS: Table = Table::small("numbers");
/// Refusals that were recorded, by request digest and code.
pub const REFUSALS: Table = Table::small("refusals");
/// What each account's password is known by, by account.
pub const PASSWORDS: Table = Table::small("passwords");
/// Who is to take a hand-over, by its statement digest; an empty row once it was taken.
pub const HAND_OVERS: Table = Table::small("hand_overs");
/// What is to be looked at when: by time, kind and what it is about.
pub const DEADLINES: Table = Table::small("deadlines");
/// Supplements that wait for their approval, by statement digest; an empty row once decided.
pub const SUPPLEMENTS: Table = Table::small("supplements");
/// The last request for more time that is not decided, by delivery.
pub const EXTENSIONS: Table = Table::small("extensions");
/// What the exchange knows of itself: when it was last there, and when it was not.
pub const ITSELF: Table = Table::small("itself");
/// Figures, by unit and month.
pub const FIGURES: Table = Table::small("figures");
/// Documents of a unit, the newest first, what it sent and what it received.
pub const UNIT_DOCUMENTS: Table = Table::small("unit_documents");
/// When an account that receives last looked.
pub const LOOKS: Table = Table::small("looks");
/// Who of a recipient may open a document, by manifest digest and unit.
pub const ASSIGNMENTS: Table = Table::small("assignments");
/// What the heads of units were asked for, by the request's statement digest.
pub const PERMISSIONS: Table = Table::small("permissions");
/// The originals that each recipient has printed, by manifest digest and unit.
pub const PRINTED: Table = Table::small("printed");
/// The last copy number of each document, by manifest digest.
pub const COPIES: Table = Table::small("copies");
/// The deletion by which a unit gave a document up, by manifest digest and unit.
pub const DELETED: Table = Table::small("deleted");
/// The sittings whose beginning is recorded and whose end is not, by account; empty once it is.
pub const SITTINGS: Table = Table::small("sittings");
/// Indexes of roster entries, rising.
pub const ROSTER_ENTRIES: Table = Table::small("roster_entries");

/// The exchange's records, all of one version.
pub const SCHEMA: Schema = Schema {
    version: 1,
    predecessor: None,
    tables: &[
        ENTRIES,
        READERS,
        NODES,
        STATEMENTS,
        DOCUMENTS,
        DOCUMENT_IDS,
        REPLACED,
        DELIVERIES,
        DOCUMENT_ENTRIES,
        ATTACHMENTS,
        SMALL_BODIES,
        FEEDS,
        FEED_HEADS,
        NUMBERS,
        REFUSALS,
        PASSWORDS,
        HAND_OVERS,
        DEADLINES,
        SUPPLEMENTS,
        EXTENSIONS,
        ITSELF,
        FIGURES,
        UNIT_DOCUMENTS,
        LOOKS,
        ASSIGNMENTS,
        PERMISSIONS,
        PRINTED,
        COPIES,
        DELETED,
        SITTINGS,
        ROSTER_ENTRIES,
    ],
};

/// A document as the exchange keeps it: the fold of its entries.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DocumentRow {
    /// Its id and manifest.
    #[n(0)]
    pub about: About,
    /// The issuing units, the lead first.
    #[n(1)]
    pub issuers: Vec<UnitRef>,
    /// Who entered it (protocol rule 16).
    #[n(2)]
    pub submitters: Vec<PersonId>,
    /// The account that entered it.
    #[n(3)]
    pub account: AccountId,
    /// The submission's statement digest.
    #[n(4)]
    pub submission: Digest,
    /// The submission's index.
    #[n(5)]
    pub submitted_at: u64,
    /// The wrap list's digest, and that of its bytes.
    #[n(6)]
    pub wraps: Digest,
    /// SHA-256 of the wrap list's bytes.
    #[n(7)]
    pub wraps_bytes: Digest,
    /// Approval statements, by issuer; none where not yet approved.
    #[n(8)]
    pub approvals: Vec<ApprovalRow>,
    /// The stage's code.
    #[n(9)]
    pub stage: u64,
    /// Which issuers approved, as bits.
    #[n(10)]
    pub approved: u32,
    /// How many seals stand.
    #[n(11)]
    pub seals: u8,
    /// The last seal's statement digest.
    #[n(12)]
    pub last_seal: Option<Digest>,
    /// Facts beside the stage, as bits.
    #[n(13)]
    pub facts: u64,
    /// The root of the body, for its key.
    #[n(14)]
    pub root: Digest,
    /// When it was dispatched.
    #[n(15)]
    pub dispatched: Option<Timestamp>,
    /// Its urgency.
    #[n(16)]
    pub urgency: Urgency,
    /// Its kind.
    #[n(17)]
    pub kind: DocumentKind,
    /// By when the sender is to look at the state of reception.
    #[n(18)]
    pub inquiry_due: Option<Timestamp>,
    /// When the sender first looked.
    #[n(19)]
    pub inquired: Option<Timestamp>,
    /// Whether the log says that the sender had not looked in time.
    #[n(20)]
    pub inquiry_missed: bool,
    /// The document that took its place.
    #[n(21)]
    pub replaced_by: Option<Digest>,
    /// The month in which it counts: that of its dispatch, year × 100 + month.
    #[n(22)]
    pub month: u32,
}

/// An issuer's approval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ApprovalRow {
    /// The approval's statement digest; none where the issuer has not approved yet.
    #[n(0)]
    pub statement: Option<Digest>,
}

/// A delivery as the exchange keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DeliveryRow {
    /// The state's code.
    #[n(0)]
    pub state: u64,
    /// Facts beside the state, as bits.
    #[n(1)]
    pub facts: u64,
    /// The last statement that a party made about it.
    #[n(2)]
    pub last: Digest,
    /// When it is due; [`NEVER`] where it has no clock.
    #[n(3)]
    pub due: Timestamp,
    /// When it was dispatched.
    #[n(4)]
    pub dispatched: Timestamp,
    /// The step of the table of reminders that was told last, as [`told`]; 0 before the first.
    #[n(5)]
    pub told: u32,
    /// When it is to be looked at next: its row of [`DEADLINES`].
    #[n(6)]
    pub wake: Option<Timestamp>,
    /// When it ended.
    #[n(7)]
    pub ended: Option<Timestamp>,
    /// The account that ended it.
    #[n(8)]
    pub by: Option<AccountId>,
    /// The reason with which it was returned or refused.
    #[n(9)]
    pub reason: Option<u16>,
    /// The wrap list that has its wrap, where that is not the submission's.
    #[n(10)]
    pub wraps: Option<Digest>,
    /// How many copies more may be printed than the manifest or the supplement says.
    #[n(11)]
    pub copies: u16,
    /// Whether it was the successor's from the beginning: the clock runs on from before.
    #[n(12)]
    pub taken_over: bool,
    /// The month in which it counts: that of its dispatch, year × 100 + month.
    #[n(13)]
    pub month: u32,
    /// How many originals may be printed, as the manifest or the supplement says.
    #[n(14)]
    pub quota: u16,
    /// Whether the sender asked for it back because its level does not fit: nothing is opened.
    #[n(15)]
    pub regraded: bool,
}

/// The due time of a delivery without a clock.
pub const NEVER: Timestamp = Timestamp::from_unix_ms(u64::MAX);

impl DeliveryRow {
    /// A delivery as a dispatch at `at` begins it; `last` is what it rests on.
    pub fn announced(at: Timestamp, month: u32, due: Timestamp, last: Digest) -> Self {
        Self {
            state: DeliveryState::Announced.code(),
            facts: Facts::NONE.bits(),
            last,
            due,
            dispatched: at,
            told: 0,
            wake: None,
            ended: None,
            by: None,
            reason: None,
            wraps: None,
            copies: 0,
            taken_over: false,
            month,
            quota: 0,
            regraded: false,
        }
    }
}

/// A step of the table of reminders as one number that rises with it.
pub const fn told(percent: u16, to: Audience) -> u32 {
    let to = match to {
        Audience::Receivers => 1,
        Audience::Manager => 2,
        Audience::Authority => 3,
    };
    (percent as u32) * 8 + to
}

/// What is to be looked at when its time has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// A delivery: a reminder, or it is overdue.
    Delivery(Digest, UnitCode),
    /// A document: its sender is to have looked.
    Inquiry(Digest),
}

/// The key of a deadline.
pub fn deadline(at: Timestamp, due: &Due) -> Vec<u8> {
    let at = at.unix_ms().to_be_bytes();
    match due {
        Due::Delivery(document, unit) => {
            join(&[&at, &[1], document.as_bytes(), unit.as_str().as_bytes()])
        }
        Due::Inquiry(document) => join(&[&at, &[2], document.as_bytes()]),
    }
}

/// What a key of [`DEADLINES`] says.
pub fn read_deadline(key: &[u8]) -> Option<(Timestamp, Due)> {
    let (at, rest) = key.split_first_chunk::<8>()?;
    let at = Timestamp::from_unix_ms(u64::from_be_bytes(*at));
    let (kind, rest) = rest.split_first()?;
    let (document, unit) = rest.split_first_chunk::<32>()?;
    let document = Digest::from_bytes(*document);
    let due = match kind {
        1 => Due::Delivery(document, core::str::from_utf8(unit).ok()?.parse().ok()?),
        2 if unit.is_empty() => Due::Inquiry(document),
        _ => return None,
    };
    Some((at, due))
}

/// A supplement that waits for its approval.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SupplementRow {
    /// The document.
    #[n(0)]
    pub about: About,
    /// The recipients.
    #[n(1)]
    pub recipients: Vec<Recipient>,
    /// SHA-256 of the wrap list's bytes.
    #[n(2)]
    pub wraps_bytes: Digest,
    /// Who made it.
    #[n(3)]
    pub person: PersonId,
}

/// A request for more time that is not decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ExtensionRow {
    /// The request's statement digest.
    #[n(0)]
    pub request: Digest,
    /// Until when.
    #[n(1)]
    pub until: Timestamp,
}

/// What an account's password is known by.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PasswordRow {
    /// The verifier of its login proof.
    #[n(0)]
    pub verifier: Digest,
    /// When it was set.
    #[n(1)]
    pub since: Timestamp,
    /// The account's signing key then: keys that are enrolled anew begin without a password.
    #[n(2)]
    pub key: Digest,
}

/// Who of a recipient may open a document.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AssignmentRow {
    /// The statement digest of the assignment in force.
    #[n(0)]
    pub statement: Digest,
    /// The accounts that it names.
    #[n(1)]
    pub accounts: Vec<AccountId>,
}

/// A sitting that has not ended.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SittingRow {
    /// The computer.
    #[n(0)]
    pub device: DeviceId,
}

/// Who may read an entry.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ReadersRow {
    /// The document's parties, where it is about one.
    #[n(0)]
    pub document: Option<Digest>,
    /// Of the recipients only this one.
    #[n(1)]
    pub recipient: Option<UnitCode>,
    /// A unit by itself.
    #[n(2)]
    pub owner: Option<UnitCode>,
}

/// Joins the parts of a key; every part but the last has a fixed length or ends in a zero.
fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

/// The key of an index.
pub fn index(index: u64) -> Vec<u8> {
    index.to_be_bytes().to_vec()
}

/// The key of a node of the log.
pub fn node(level: u8, index: u64) -> Vec<u8> {
    join(&[&[level], &index.to_be_bytes()])
}

/// The key of a statement.
pub fn statement(unit: &str, id: &StatementId) -> Vec<u8> {
    join(&[unit.as_bytes(), &[0], id.as_bytes()])
}

/// The key of a document by its id.
pub fn document_id(unit: &UnitCode, id: &DocumentId) -> Vec<u8> {
    join(&[unit.as_str().as_bytes(), &[0], id.as_bytes()])
}

/// The key of a delivery.
pub fn delivery(document: &Digest, unit: &UnitCode) -> Vec<u8> {
    join(&[document.as_bytes(), unit.as_str().as_bytes()])
}

/// The unit of a delivery's key.
pub fn unit_of_delivery(key: &[u8]) -> Option<UnitCode> {
    core::str::from_utf8(key.get(32..)?).ok()?.parse().ok()
}

/// The key of an entry of a document.
pub fn document_entry(document: &Digest, index: u64) -> Vec<u8> {
    join(&[document.as_bytes(), &index.to_be_bytes()])
}

/// The key of an event.
pub fn feed(unit: &UnitCode, sequence: u64) -> Vec<u8> {
    join(&[unit.as_str().as_bytes(), &[0], &sequence.to_be_bytes()])
}

/// The key of a series of numbers.
pub fn number(unit: &UnitCode, series: &str, year: u16) -> Vec<u8> {
    join(&[
        unit.as_str().as_bytes(),
        &[0],
        &year.to_be_bytes(),
        series.as_bytes(),
    ])
}

/// The key of a received document's register number: beside the series, which have another sign
/// after the unit.
pub fn register_number(unit: &UnitCode, document: &Digest) -> Vec<u8> {
    join(&[unit.as_str().as_bytes(), &[1], document.as_bytes()])
}

/// The key of a unit's figures of a month.
pub fn figures(unit: &UnitCode, month: u32) -> Vec<u8> {
    join(&[unit.as_str().as_bytes(), &[0], &month.to_be_bytes()])
}

/// The key of a document in a unit's list: what came later stands first.
pub fn unit_document(unit: &UnitCode, received: bool, index: u64) -> Vec<u8> {
    let later_first = (u64::MAX - index).to_be_bytes();
    join(&[
        unit.as_str().as_bytes(),
        &[0, u8::from(received)],
        &later_first,
    ])
}

/// The key of a refusal.
pub fn refusal(request: &Digest, code: u16) -> Vec<u8> {
    join(&[request.as_bytes(), &code.to_be_bytes()])
}

/// The key of a body (protocol rule 26): never shared between units.
pub fn body(unit: &UnitCode, id: &DocumentId, root: &Digest) -> Digest {
    Digest::of_parts(&[
        unit.as_str().as_bytes(),
        &[0],
        id.as_bytes(),
        root.as_bytes(),
    ])
}
