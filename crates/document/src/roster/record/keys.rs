//! The keys of accounts, computers and units, from the statements of those who hold them.

use minicbor::{Decode, Encode};

use super::{Kind, Record};
use crate::key::PublicKey;
use crate::{AccountId, DeviceId, Digest, Timestamp};

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
    /// The keys that must all sign; none once the account went to another person.
    #[n(0)]
    pub signing: Vec<PublicKey>,
    /// The key to which the unit's seed is wrapped.
    #[n(1)]
    pub encryption: EncryptionKey,
    /// The computer on which they were made.
    #[n(2)]
    pub device: DeviceId,
}

impl AccountKeys {
    /// Whether the account has keys: those of a person who has handed it over are void.
    pub const fn serve(&self) -> bool {
        !self.signing.is_empty()
    }
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
    /// Since when somebody who could open it has left; set by the fold.
    #[n(3)]
    pub stale: Option<Timestamp>,
    /// The key before it, while it may still be used; set by the fold.
    #[n(4)]
    pub previous: Option<PreviousKey>,
    /// The authority's half of the seed (protocol rule 13).
    #[n(5)]
    pub escrow: Option<EscrowShare>,
}

/// For how long a sender may use a key that is stale or replaced: 72 hours (protocol rule 14).
pub const OLD_KEY_MS: u64 = 72 * 3_600_000;

impl UnitKey {
    /// Whether a document may be closed for the key `id` of `epoch` at this time.
    pub fn admits(&self, epoch: u32, id: &Digest, now: Timestamp) -> bool {
        if epoch == self.epoch {
            let in_time = self
                .stale
                .is_none_or(|since| now <= since.plus_ms(OLD_KEY_MS));
            return in_time && *id == self.key.id();
        }
        self.previous.as_ref().is_some_and(|previous| {
            previous.epoch == epoch && previous.key == *id && now <= previous.until
        })
    }
}

/// A replaced key of a unit, while documents that were closed for it may still arrive.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PreviousKey {
    /// Its epoch.
    #[n(0)]
    pub epoch: u32,
    /// Its id.
    #[n(1)]
    pub key: Digest,
    /// Not after this instant.
    #[n(2)]
    pub until: Timestamp,
}

/// Half of a unit's seed, closed for the authority's escrow key. The other half is the unit
/// manager's recovery code, on paper; neither alone says anything about the seed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct EscrowShare {
    /// The escrow key that opens it.
    #[n(0)]
    pub key: Digest,
    /// The encapsulated key.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub enc: Vec<u8>,
    /// The encrypted half.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub ct: Vec<u8>,
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
