//! The records of the roster: what the authority, and in narrow ways the enrolled, put into it.
//! `proto/roster.md` has their forms. Those about who must act together are in [`super::duty`].

pub mod clocks;
mod keys;

use minicbor::{Decode, Encode};

pub use clocks::{Clocks, Time};
pub use keys::{
    AccountKeys, DeviceKeys, EncryptionKey, EpochShare, EscrowShare, KeyShare, OLD_KEY_MS,
    PreviousKey, UnitKey,
};

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
    /// [`Quorum`](super::duty::Quorum); its one id is `quorum`.
    #[n(12)]
    Quorum,
    /// [`Escrow`](super::duty::Escrow); its one id is `escrow`.
    #[n(13)]
    Escrow,
    /// [`Recovery`](super::duty::Recovery), by unit.
    #[n(14)]
    Recovery,
    /// [`Delegation`](super::duty::Delegation), by the account that stands in.
    #[n(15)]
    Delegation,
    /// [`Person`](super::duty::Person), by person.
    #[n(16)]
    Person,
    /// [`Legacy`](super::duty::Legacy), by unit.
    #[n(17)]
    Legacy,
    /// [`Time`]; its one id is `time`.
    #[n(18)]
    Time,
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
    /// Watch over the units below its own, and decide for them (督办).
    #[n(7)]
    Authority,
}

impl Role {
    /// Every role with its Chinese and English word and the letters of its accounts.
    pub const ALL: [(Self, &'static str, &'static str, &'static str); 8] = [
        (Self::Send, "发文", "send", "fs"),
        (Self::Receive, "收文", "receive", "js"),
        (Self::Approve, "审批", "approve", "sp"),
        (Self::Seal, "用印", "seal", "yz"),
        (Self::Manage, "管理", "manage", "gl"),
        (Self::Archive, "归档", "archive", "da"),
        (Self::Audit, "审计", "audit", "sj"),
        (Self::Authority, "督办", "authority", "db"),
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
    /// Minutes without a request after which a session ends; none says the exchange's 30.
    #[n(5)]
    pub session_idle_minutes: Option<u16>,
    /// Hours after which a session ends; none says the exchange's 12.
    #[n(6)]
    pub session_hours: Option<u16>,
    /// Working time, reminders and duties; the defaults of [`clocks`] where there are none.
    #[n(7)]
    pub clocks: Option<Clocks>,
}

/// The longest times of a session that a policy can set: minutes idle, hours in all.
pub const SESSION_MAX: (u16, u16) = (480, 24);

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
    /// The keys that take over next: clients know them before they are in use.
    #[n(3)]
    pub next: Option<NextExchangeKeys>,
}

impl Record for ExchangeKeys {
    const KIND: Kind = Kind::Exchange;
}

/// The exchange's keys that were certified beside those in use, for the time of a rotation.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct NextExchangeKeys {
    /// Will sign checkpoints.
    #[n(0)]
    pub checkpoint: PublicKey,
    /// Will sign entries that the exchange itself makes.
    #[n(1)]
    pub entries: PublicKey,
    /// Will be the key of its TLS certificate.
    #[n(2)]
    pub tls: PublicKey,
}

impl ExchangeKeys {
    /// The keys with which a checkpoint may be signed.
    pub fn checkpoint_keys(&self) -> Vec<PublicKey> {
        let next = self.next.iter().map(|next| next.checkpoint.clone());
        core::iter::once(self.checkpoint.clone())
            .chain(next)
            .collect()
    }

    /// Whether the exchange may present this TLS key.
    pub fn admits_tls(&self, key: &PublicKey) -> bool {
        self.tls == *key || self.next.as_ref().is_some_and(|next| next.tls == *key)
    }
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
    /// The world it belongs to; none says the real one.
    #[n(4)]
    pub world: Option<World>,
}

/// A world apart: its units send to each other and to nobody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum World {
    /// For practice; nothing in it is a document of the office.
    #[n(1)]
    Training,
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
    /// The highest level that it may open; none says the policy's.
    #[n(5)]
    pub ceiling: Option<Ceiling>,
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
    /// What it is.
    #[n(3)]
    pub kind: Option<DeviceKind>,
    /// Whose property it is.
    #[n(4)]
    pub owner: Option<String>,
    /// Where it stands.
    #[n(5)]
    pub place: Option<String>,
}

/// What a registered computer is (Art. 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum DeviceKind {
    /// A desktop computer that is used for nothing else.
    #[n(1)]
    Dedicated,
    /// An ordinary desktop computer.
    #[n(2)]
    Desktop,
    /// A portable computer.
    #[n(3)]
    Portable,
    /// A server.
    #[n(4)]
    Server,
}

impl DeviceKind {
    /// Every kind with its Chinese and English word.
    pub const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::Dedicated, "专用机", "dedicated"),
        (Self::Desktop, "台式机", "desktop"),
        (Self::Portable, "便携机", "portable"),
        (Self::Server, "服务器", "server"),
    ];

    /// Reads a Chinese or English word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|row| row.1 == text || row.2 == text)
            .map(|row| row.0)
    }
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
    /// The statement digest of the unit's application for it.
    #[n(5)]
    pub application: Option<Digest>,
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
    /// SHA-256 of the electronic seal (GB/T 38540, DER) that its custodian sets into files; it
    /// comes with the act, as the picture does.
    #[n(8)]
    pub ses: Option<Digest>,
    /// Whether it may be used.
    #[n(9)]
    pub status: Status,
    /// What must happen before its first use.
    #[n(10)]
    pub awaits: Option<SealStep>,
    /// The statement digest of the unit's application for it.
    #[n(11)]
    pub application: Option<Digest>,
}

/// What a seal that was made still waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum SealStep {
    /// That its custodian takes it over and into use, on a bound computer.
    #[n(1)]
    Activation,
}

impl Record for SealGrant {
    const KIND: Kind = Kind::Seal;
}
