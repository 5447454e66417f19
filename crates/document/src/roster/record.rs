//! The records of the roster: what the authority, and in narrow ways the enrolled, put into it.
//! `proto/roster.md` has their forms.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use crate::key::PublicKey;
use crate::level::Ceiling;
use crate::{AccountId, DeviceId, Digest, PersonId, Timestamp, UnitCode};

/// What kind of thing a record is about. Rising numbers; the order of the roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Kind {
    /// [`Policy`]; its one id is `policy`.
    #[n(0)]
    Policy,
    /// [`Officer`], by person.
    #[n(1)]
    Officer,
    /// [`ExchangeKeys`]; its one id is the origin.
    #[n(2)]
    Exchange,
    /// [`Unit`], by code.
    #[n(3)]
    Unit,
    /// [`Account`], by account.
    #[n(4)]
    Account,
    /// [`Device`], by device.
    #[n(5)]
    Device,
    /// [`Ticket`], by ticket.
    #[n(6)]
    Ticket,
    /// [`SealGrant`], by seal.
    #[n(7)]
    Seal,
    /// [`AccountKeys`], by account.
    #[n(8)]
    AccountKeys,
    /// [`DeviceKeys`], by device.
    #[n(9)]
    DeviceKeys,
    /// [`UnitKey`], by unit.
    #[n(10)]
    UnitKey,
    /// [`KeyShare`], by account.
    #[n(11)]
    KeyShare,
}

/// A record with the kind it belongs to.
pub trait Record: Encode<()> + for<'b> Decode<'b, ()> {
    /// The kind.
    const KIND: Kind;
}

/// Whether something may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Status {
    /// In use.
    #[n(0)]
    Active,
    /// Not to be used until resumed (locked, suspended).
    #[n(1)]
    Suspended,
    /// Never to be used again (closed, withdrawn, revoked).
    #[n(2)]
    Closed,
}

/// What an account may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Role {
    /// Enter and send documents (发文).
    #[n(0)]
    Send,
    /// Receive documents (收文).
    #[n(1)]
    Receive,
    /// Approve outgoing documents (传输部门负责人).
    #[n(2)]
    Approve,
    /// Keep and use a seal (印章保管).
    #[n(3)]
    Seal,
    /// Look after the unit's accounts and its key (单位管理).
    #[n(4)]
    Manage,
    /// File what is completed (归档).
    #[n(5)]
    Archive,
    /// Read what was recorded (审计).
    #[n(6)]
    Audit,
}

impl Role {
    /// Every role with its Chinese and English word and the letters of its accounts.
    pub const ALL: [(Self, &'static str, &'static str, &'static str); 7] = [
        (Self::Send, "发文", "send", "fs"),
        (Self::Receive, "收文", "receive", "js"),
        (Self::Approve, "审批", "approve", "sp"),
        (Self::Seal, "用印", "seal", "yz"),
        (Self::Manage, "管理", "manage", "gl"),
        (Self::Archive, "归档", "archive", "da"),
        (Self::Audit, "审计", "audit", "sj"),
    ];

    /// The English word.
    pub fn en(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|row| row.0 == self)
            .map_or("", |row| row.2)
    }

    /// The Chinese word.
    pub fn zh(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|row| row.0 == self)
            .map_or("", |row| row.1)
    }

    /// Reads a Chinese or English word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|row| row.1 == text || row.2 == text)
            .map(|row| row.0)
    }
}

/// The rules of an installation. They tighten what the law asks and never loosen it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Policy {
    /// The highest level that may pass.
    #[n(0)]
    pub ceiling: Ceiling,
    /// The version of the inspection rules.
    #[n(1)]
    pub rule_set: u16,
    /// The checks that a receipt must show as passed, rising.
    #[n(2)]
    pub mandatory_checks: Vec<u16>,
    /// Minutes to sign for a document, by urgency from the least; at most 8 hours (Art. 10).
    #[n(3)]
    pub due_minutes: Vec<u16>,
    /// For how many days a password may be used (Art. 17).
    #[n(4)]
    pub password_days: u16,
}

/// The longest life of a password that a policy can set, in days.
pub const PASSWORD_DAYS_MAX: u16 = 366;

/// The longest time to sign for a document: 8 hours (Art. 10).
pub const DUE_MINUTES_MAX: u16 = 480;

impl Record for Policy {
    const KIND: Kind = Kind::Policy;
}

/// An officer of the authority, who signs the daily statements.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Officer {
    /// The keys that must all sign.
    #[n(0)]
    pub keys: Vec<PublicKey>,
    /// Whether the officer may sign.
    #[n(1)]
    pub status: Status,
}

impl Record for Officer {
    const KIND: Kind = Kind::Officer;
}

/// The exchange's certified keys (protocol rule 33).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ExchangeKeys {
    /// Signs checkpoints.
    #[n(0)]
    pub checkpoint: PublicKey,
    /// Signs entries that the exchange itself makes.
    #[n(1)]
    pub entries: PublicKey,
    /// The key of its TLS certificate.
    #[n(2)]
    pub tls: PublicKey,
}

impl Record for ExchangeKeys {
    const KIND: Kind = Kind::Exchange;
}

/// A unit.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Unit {
    /// Its name, as on paper.
    #[n(0)]
    pub name: String,
    /// The unit above it.
    #[n(1)]
    pub parent: Option<UnitCode>,
    /// Whether it is open.
    #[n(2)]
    pub status: Status,
    /// The unit that took over its work.
    #[n(3)]
    pub successor: Option<UnitCode>,
}

impl Record for Unit {
    const KIND: Kind = Kind::Unit;
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Account {
    /// What it may do, rising.
    #[n(0)]
    pub roles: Vec<Role>,
    /// Whose it is.
    #[n(1)]
    pub person: PersonId,
    /// The post.
    #[n(2)]
    pub post: String,
    /// The computers on which it may be used, rising.
    #[n(3)]
    pub devices: Vec<DeviceId>,
    /// Whether it may be used.
    #[n(4)]
    pub status: Status,
}

impl Record for Account {
    const KIND: Kind = Kind::Account;
}

/// A registered computer (Art. 18).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Device {
    /// The person responsible for it.
    #[n(0)]
    pub responsible: PersonId,
    /// What it is and where it stands.
    #[n(1)]
    pub label: String,
    /// Whether it may be used.
    #[n(2)]
    pub status: Status,
}

impl Record for Device {
    const KIND: Kind = Kind::Device;
}

/// A one-time ticket to enrol an account's keys on a computer (protocol rule 12).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Ticket {
    /// The public key of the ticket's seed.
    #[n(0)]
    pub key: PublicKey,
    /// The account that it enrols.
    #[n(1)]
    pub account: AccountId,
    /// The computer on which it does.
    #[n(2)]
    pub device: DeviceId,
    /// Not after this instant.
    #[n(3)]
    pub expires: Timestamp,
    /// The digest of the enrolment that used it; set by the enrolment itself.
    #[n(4)]
    pub used_by: Option<Digest>,
}

impl Record for Ticket {
    const KIND: Kind = Kind::Ticket;
}

/// A seal, as the authority issued it (Art. 12 to 14).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SealGrant {
    /// What it is called: 云岭州人民政府办公室公章.
    #[n(0)]
    pub name: String,
    /// 1 official seal, 2 special-purpose seal, 3 signature of a person.
    #[n(1)]
    pub kind: u16,
    /// SHA-256 of its picture, a PNG.
    #[n(2)]
    pub picture: Digest,
    /// The one account that may use it.
    #[n(3)]
    pub custodian: AccountId,
    /// The computers on which it may be used, rising.
    #[n(4)]
    pub devices: Vec<DeviceId>,
    /// Not before this instant.
    #[n(5)]
    pub valid_from: Timestamp,
    /// Not after this instant.
    #[n(6)]
    pub valid_until: Timestamp,
    /// The keys that must all sign when it is set.
    #[n(7)]
    pub keys: Vec<PublicKey>,
    /// A GB/T 38540 seal as DER, opaque here.
    #[n(8)]
    pub ses: Option<ByteVec>,
    /// Whether it may be used.
    #[n(9)]
    pub status: Status,
}

impl Record for SealGrant {
    const KIND: Kind = Kind::Seal;
}

/// An encryption key's public form: suite and bytes, as `proto/wrap.md` says.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct EncryptionKey {
    /// The wrap suite.
    #[n(0)]
    pub suite: u16,
    /// The public key in the form of the suite.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub bytes: Vec<u8>,
}

/// The keys of an account, from its enrolment.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AccountKeys {
    /// The keys that must all sign.
    #[n(0)]
    pub signing: Vec<PublicKey>,
    /// The key to which the unit's seed is wrapped.
    #[n(1)]
    pub encryption: EncryptionKey,
    /// The computer on which they were made.
    #[n(2)]
    pub device: DeviceId,
}

impl Record for AccountKeys {
    const KIND: Kind = Kind::AccountKeys;
}

/// The keys of a computer.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DeviceKeys {
    /// The key of its TLS certificate.
    #[n(0)]
    pub tls: PublicKey,
    /// The keys that must all sign what is said on it.
    #[n(1)]
    pub signing: Vec<PublicKey>,
}

impl Record for DeviceKeys {
    const KIND: Kind = Kind::DeviceKeys;
}

/// The unit's current encryption key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct UnitKey {
    /// The epoch, from 1.
    #[n(0)]
    pub epoch: u32,
    /// The key.
    #[n(1)]
    pub key: EncryptionKey,
    /// The account that made it.
    #[n(2)]
    pub made_by: AccountId,
}

impl Record for UnitKey {
    const KIND: Kind = Kind::UnitKey;
}

/// The unit's seed, closed for one account; one line per epoch that the account may open.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct KeyShare {
    /// The shares, by rising epoch.
    #[n(0)]
    pub epochs: Vec<EpochShare>,
}

impl Record for KeyShare {
    const KIND: Kind = Kind::KeyShare;
}

/// The seed of one epoch, closed for an account's encryption key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct EpochShare {
    /// The epoch.
    #[n(0)]
    pub epoch: u32,
    /// The account key that opens it.
    #[n(1)]
    pub key: Digest,
    /// The encapsulated key.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub enc: Vec<u8>,
    /// The encrypted seed.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub ct: Vec<u8>,
}
