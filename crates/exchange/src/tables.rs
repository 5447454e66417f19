//! What the exchange keeps in its store, and under which keys.

use minicbor::{Decode, Encode};
use yichuan_document::statement::About;
use yichuan_document::{
    AccountId, DeviceId, Digest, DocumentId, PersonId, StatementId, Timestamp, UnitCode, UnitRef,
};
use yichuan_store::{Schema, Table};

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
/// Who of a recipient may open a document, by manifest digest and unit.
pub const ASSIGNMENTS: Table = Table::small("assignments");
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
        ASSIGNMENTS,
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
    /// When it is due.
    #[n(3)]
    pub due: Timestamp,
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
