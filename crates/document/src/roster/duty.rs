//! Who must act together: the root set, the m-of-n rule, escrow and recovery, standing in.

use minicbor::{Decode, Encode};

use super::record::{EncryptionKey, EpochShare, Kind, Record};
use crate::key::PublicKey;
use crate::statement::AttachmentRef;
use crate::{AccountId, Digest, Timestamp, UnitCode, cbor};

/// The most root keys of one set, and the most officers that a rule can require.
pub const SIGNERS_MAX: usize = 7;
/// The id of the one m-of-n rule.
pub const QUORUM_ID: &str = "quorum";
/// The id of the one escrow key.
pub const ESCROW_ID: &str = "escrow";

/// The root keys of the authority, and how many of them must sign.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RootSet {
    /// The keys, none twice.
    #[n(0)]
    pub keys: Vec<PublicKey>,
    /// How many must sign.
    #[n(1)]
    pub threshold: u8,
}

impl RootSet {
    /// What is said of a set that is not revealed yet.
    pub fn digest(&self) -> Digest {
        Digest::of(&cbor::to_vec(self))
    }

    /// Whether the set can serve: 1 to [`SIGNERS_MAX`] sound keys, none twice, and a threshold
    /// that they can reach.
    pub fn is_sound(&self) -> bool {
        let count = self.keys.len();
        let distinct = self
            .keys
            .iter()
            .enumerate()
            .all(|(at, key)| key.check().is_ok() && !self.keys[..at].contains(key));
        (1..=SIGNERS_MAX).contains(&count)
            && distinct
            && (1..=count).contains(&usize::from(self.threshold))
    }
}

/// How many officers must sign an act, by what it does; each 1 to [`SIGNERS_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Quorum {
    /// A seal made, resumed, or given another key or custodian (Art. 12).
    #[n(0)]
    pub seals: u8,
    /// An account given the right to use a seal, to approve or to manage, and tickets for one.
    #[n(1)]
    pub rights: u8,
    /// A unit's key recovered.
    #[n(2)]
    pub recoveries: u8,
    /// The rules of the installation.
    #[n(3)]
    pub policy: u8,
    /// Everything else.
    #[n(4)]
    pub others: u8,
}

impl Quorum {
    /// One officer for everything: where the root has said nothing.
    pub const ONE: Self = Self {
        seals: 1,
        rights: 1,
        recoveries: 1,
        policy: 1,
        others: 1,
    };

    /// Every number.
    pub const fn all(&self) -> [u8; 5] {
        [
            self.seals,
            self.rights,
            self.recoveries,
            self.policy,
            self.others,
        ]
    }
}

impl Record for Quorum {
    const KIND: Kind = Kind::Quorum;
}

/// The authority's key for its halves of the units' seeds (protocol rule 13), put by the root.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Escrow {
    /// The key.
    #[n(0)]
    pub key: EncryptionKey,
}

impl Record for Escrow {
    const KIND: Kind = Kind::Escrow;
}

/// The authority hands its half of a unit's seed to the unit's manager.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Recovery {
    /// Who receives it.
    #[n(0)]
    pub account: AccountId,
    /// The half, closed for that account's key.
    #[n(1)]
    pub half: EpochShare,
    /// What it is for.
    #[n(2)]
    pub purpose: RecoveryPurpose,
}

impl Record for Recovery {
    const KIND: Kind = Kind::Recovery;
}

/// What a half is handed out for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum RecoveryPurpose {
    /// The key is lost and is taken into use again.
    #[n(0)]
    Lost,
    /// To try that it could be: the recorded yearly drill.
    #[n(1)]
    Drill,
}

/// One account stands in for the unit's approver while that one is away.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Delegation {
    /// For whom.
    #[n(0)]
    pub of: AccountId,
    /// Not before this instant.
    #[n(1)]
    pub from: Timestamp,
    /// Not after this instant.
    #[n(2)]
    pub until: Timestamp,
}

impl Record for Delegation {
    const KIND: Kind = Kind::Delegation;
}

/// What a unit leaves to its successor: its seeds, closed for the successor's key, so that what was
/// closed for the one can be opened by the other (protocol rule 25).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Legacy {
    /// The successor.
    #[n(0)]
    pub to: UnitCode,
    /// The epoch of the successor's key that opens the seeds.
    #[n(1)]
    pub by: u32,
    /// The seeds, by rising epoch; each names the successor's key.
    #[n(2)]
    pub shares: Vec<EpochShare>,
}

impl Record for Legacy {
    const KIND: Kind = Kind::Legacy;
}

/// Where a person's name and telephones stand: personal data, in an attachment that can be erased.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Person {
    /// A [`PersonCard`].
    #[n(0)]
    pub card: AttachmentRef,
}

impl Record for Person {
    const KIND: Kind = Kind::Person;
}

/// A person's name and telephones (Art. 7), as the attachment says them.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PersonCard {
    /// The name.
    #[n(0)]
    pub name: String,
    /// The telephone of the office.
    #[n(1)]
    pub office_phone: String,
    /// The mobile telephone.
    #[n(2)]
    pub mobile: String,
    /// Chance, so that nobody finds a telephone by its hash.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub salt: Vec<u8>,
}

/// The most bytes of a [`PersonCard`].
pub const CARD_BYTES_MAX: usize = 1_024;

impl PersonCard {
    /// Reads a card, as an attachment holds it; refuses one that is too long.
    pub fn read(bytes: &[u8]) -> Result<Self, cbor::Unreadable> {
        cbor::read(bytes, CARD_BYTES_MAX)
    }
}
