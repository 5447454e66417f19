//! Signed statements: what every one of them begins with, and how it is signed and verified.
//!
//! `proto/statement.md` has the form. A statement is verified over the bytes that were received.

use core::fmt;

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use crate::cbor::{self, Unreadable};
use crate::cose::{self, BadSign1, SIGN1_BYTES};
use crate::key::{BadSignature, PublicKey, SigningSecret, Signs};
use crate::{AccountId, DeviceId, Digest, Origin, StatementId, Timestamp};

/// The most bytes of a signed statement, so that its entry stays within 16 KiB.
pub const SIGNED_BYTES_MAX: usize = 15 << 10;
/// The most signature slots of one statement.
pub const SLOTS_MAX: usize = 16;
/// The most signatures in one slot: one today, a second algorithm beside it later.
pub const SIGNATURES_PER_SLOT_MAX: usize = 2;

/// A kind of statement's body, with the purpose that its signature is bound to.
pub trait Body: Encode<()> + for<'b> Decode<'b, ()> {
    /// The purpose string, unlike every other.
    const PURPOSE: &'static str;
    /// The version of the body's form.
    const VERSION: u16 = 1;
}

/// What is signed: the same beginning for every purpose, then the body.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Payload {
    /// What the signature is for.
    #[n(0)]
    pub purpose: String,
    /// The version of the body's form.
    #[n(1)]
    pub version: u16,
    /// The exchange whose log this belongs to.
    #[n(2)]
    pub origin: Origin,
    /// The installation, by its genesis; zero only in the genesis itself.
    #[n(3)]
    pub genesis: Digest,
    /// Chosen before the first attempt.
    #[n(4)]
    pub id: StatementId,
    /// When the signer says that it was made.
    #[n(5)]
    pub time: Timestamp,
    /// The roster that the signer relied on.
    #[n(6)]
    pub roster: RosterHead,
    /// The newest checkpoint that the signer has seen.
    #[n(7)]
    pub seen: Option<Seen>,
    /// The account that says it.
    #[n(8)]
    pub account: Option<AccountId>,
    /// The computer on which it was said.
    #[n(9)]
    pub device: Option<DeviceId>,
    /// The body, canonical CBOR of its own.
    #[cbor(n(10), with = "minicbor::bytes")]
    pub body: Vec<u8>,
}

/// The state of the roster, in one digest: how many entities, and the root over them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(map)]
pub struct RosterHead {
    /// How many entities.
    #[n(0)]
    pub count: u64,
    /// RFC 6962 root over the entities in order.
    #[n(1)]
    pub root: Digest,
}

/// A checkpoint, as a statement names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Seen {
    /// The size of the log.
    #[n(0)]
    pub size: u64,
    /// Its root.
    #[n(1)]
    pub root: Digest,
}

/// What every statement of one signer begins with.
#[derive(Clone, Debug)]
pub struct Context {
    /// The exchange.
    pub origin: Origin,
    /// The installation.
    pub genesis: Digest,
    /// The roster relied on.
    pub roster: RosterHead,
    /// The newest checkpoint seen.
    pub seen: Option<Seen>,
    /// The account.
    pub account: Option<AccountId>,
    /// The computer.
    pub device: Option<DeviceId>,
}

impl Payload {
    /// Puts a payload together.
    pub fn new<B: Body>(context: &Context, id: StatementId, time: Timestamp, body: &B) -> Self {
        Self {
            purpose: B::PURPOSE.to_owned(),
            version: B::VERSION,
            origin: context.origin.clone(),
            genesis: context.genesis,
            id,
            time,
            roster: context.roster,
            seen: context.seen,
            account: context.account.clone(),
            device: context.device.clone(),
            body: cbor::to_vec(body),
        }
    }

    /// Whether this is a statement of the kind `B`, in whatever version.
    pub fn is<B: Body>(&self) -> bool {
        self.purpose == B::PURPOSE
    }

    /// Reads the body as `B`; refuses another purpose and an unknown version.
    pub fn body<B: Body>(&self) -> Result<B, NotThisBody> {
        if !self.is::<B>() {
            return Err(NotThisBody::Purpose {
                expected: B::PURPOSE,
            });
        }
        if self.version != B::VERSION {
            return Err(NotThisBody::UnknownVersion {
                found: self.version,
            });
        }
        cbor::read(&self.body, SIGNED_BYTES_MAX).map_err(NotThisBody::Unreadable)
    }
}

/// Why a payload's body is not of the kind expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotThisBody {
    /// Signed for another purpose.
    Purpose {
        /// The purpose expected.
        expected: &'static str,
    },
    /// A version that this release does not know.
    UnknownVersion {
        /// The version found.
        found: u16,
    },
    /// Not canonical CBOR of that body.
    Unreadable(Unreadable),
}

impl fmt::Display for NotThisBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Purpose { expected } => write!(f, "signed for another purpose than {expected}"),
            Self::UnknownVersion { found } => write!(f, "version {found} is unknown"),
            Self::Unreadable(cause) => cause.fmt(f),
        }
    }
}

impl core::error::Error for NotThisBody {}

/// Whose signature a slot holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum SlotRole {
    /// The account that makes the statement.
    #[n(0)]
    Account,
    /// The computer.
    #[n(1)]
    Device,
    /// The seal.
    #[n(2)]
    Seal,
    /// A root key of the authority.
    #[n(3)]
    Root,
    /// An officer of the authority.
    #[n(4)]
    Officer,
    /// The exchange's key for entries of its own.
    #[n(5)]
    Exchange,
    /// A one-time ticket.
    #[n(6)]
    Ticket,
    /// The account key that is being enrolled.
    #[n(7)]
    NewAccount,
    /// The device key that is being enrolled.
    #[n(8)]
    NewDevice,
    /// A root key of the set that takes over.
    #[n(9)]
    NewRoot,
}

/// The signatures of one signer.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Slot {
    /// Whose they are.
    #[n(0)]
    pub role: SlotRole,
    /// One `COSE_Sign1` per key of that signer.
    #[n(1)]
    pub signatures: Vec<ByteVec>,
}

/// A payload with its signatures, as it travels and is kept. Nothing is verified yet.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Signed {
    #[cbor(n(0), with = "minicbor::bytes")]
    payload: Vec<u8>,
    #[n(1)]
    slots: Vec<Slot>,
}

impl Signed {
    /// Signs `payload` with one key per slot, in the order of the roles.
    pub fn new(payload: &Payload, signers: &[(SlotRole, &SigningSecret)]) -> Self {
        let mut signed = Self {
            payload: cbor::to_vec(payload),
            slots: Vec::new(),
        };
        for (role, secret) in signers {
            signed.add(*role, secret);
        }
        signed
    }

    /// As [`Signed::new`], by keys of which some are on tokens: there is a statement when all have
    /// signed, and none otherwise. Each signature is verified.
    pub fn by<E: From<BadSignature>>(
        payload: &Payload,
        signers: &[(SlotRole, &dyn Signs<E>)],
    ) -> Result<Self, E> {
        let mut signed = Self::new(payload, &[]);
        for (role, signer) in signers {
            let signature = cose::sign_by(*signer, &signed.payload)?;
            signed.put(*role, signature);
        }
        Ok(signed)
    }

    /// Adds one more signer's signature.
    pub fn add(&mut self, role: SlotRole, secret: &SigningSecret) {
        self.put(role, cose::sign(secret, &self.payload));
    }

    fn put(&mut self, role: SlotRole, signature: Vec<u8>) {
        let signature = ByteVec::from(signature);
        let at = self.slots.partition_point(|slot| slot.role <= role);
        self.slots.insert(
            at,
            Slot {
                role,
                signatures: vec![signature],
            },
        );
    }

    /// Reads a statement as it came from outside.
    pub fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        cbor::read(bytes, SIGNED_BYTES_MAX)
    }

    /// The canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::to_vec(self)
    }

    /// The statement's digest: SHA-256 over the payload, whoever has signed it.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.payload)
    }

    /// Reads the payload, of which nothing is verified.
    pub fn claimed(&self) -> Result<Payload, Unreadable> {
        cbor::read(&self.payload, SIGNED_BYTES_MAX)
    }

    /// The ids of the keys that are said to have signed in `role`.
    pub fn claimed_keys(&self, role: SlotRole) -> Vec<Digest> {
        self.claimed_slots(role).concat()
    }

    /// The ids of the keys that are said to have signed in `role`, slot by slot.
    pub fn claimed_slots(&self, role: SlotRole) -> Vec<Vec<Digest>> {
        let slots = self.slots.iter().filter(|slot| slot.role == role);
        slots
            .map(|slot| {
                slot.signatures
                    .iter()
                    .filter_map(|bytes| cose::Unverified::read(bytes).ok())
                    .map(|sign1| sign1.claimed_key())
                    .collect()
            })
            .collect()
    }

    /// Verifies that exactly the `expected` signers signed, each with all of its keys.
    pub fn verify(&self, expected: &[Signer]) -> Result<Verified, NotVerified> {
        let payload = self.claimed().map_err(NotVerified::Payload)?;
        if self.slots.len() > SLOTS_MAX || self.slots.len() != expected.len() {
            return Err(NotVerified::Signers {
                expected: expected.len(),
                found: self.slots.len(),
            });
        }
        for (slot, signer) in self.slots.iter().zip(expected) {
            self.verify_slot(slot, signer)?;
        }
        Ok(Verified {
            payload,
            digest: self.digest(),
            signed: self.clone(),
        })
    }

    fn verify_slot(&self, slot: &Slot, signer: &Signer) -> Result<(), NotVerified> {
        let role = signer.role;
        if slot.role != role {
            return Err(NotVerified::Missing(role));
        }
        let count = slot.signatures.len();
        if count != signer.keys.len() || count == 0 || count > SIGNATURES_PER_SLOT_MAX {
            return Err(NotVerified::Stripped(role));
        }
        for (bytes, key) in slot.signatures.iter().zip(&signer.keys) {
            debug_assert!(bytes.len() <= SIGN1_BYTES || cose::Unverified::read(bytes).is_err());
            let sign1 =
                cose::Unverified::read(bytes).map_err(|cause| NotVerified::Form { role, cause })?;
            sign1
                .verify(&self.payload, key)
                .map_err(|cause| NotVerified::Signature { role, cause })?;
        }
        Ok(())
    }
}

/// A signer that a statement must have: its role and all of its certified keys.
#[derive(Clone, Debug)]
pub struct Signer {
    /// The role.
    pub role: SlotRole,
    /// The certified keys, in the order of the roster.
    pub keys: Vec<PublicKey>,
}

/// A statement whose signatures were verified: only [`Signed::verify`] makes one.
#[derive(Clone, Debug)]
pub struct Verified {
    payload: Payload,
    digest: Digest,
    signed: Signed,
}

impl Verified {
    /// The payload.
    pub const fn payload(&self) -> &Payload {
        &self.payload
    }

    /// The statement's digest.
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// The statement as it was received.
    pub const fn signed(&self) -> &Signed {
        &self.signed
    }
}

/// Why a statement's signatures do not stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotVerified {
    /// The payload is not readable.
    Payload(Unreadable),
    /// Not the number of signers that such a statement has.
    Signers {
        /// How many it must have.
        expected: usize,
        /// How many it has.
        found: usize,
    },
    /// A signer is missing.
    Missing(SlotRole),
    /// A signer has fewer or more signatures than certified keys.
    Stripped(SlotRole),
    /// A signature of another form.
    Form {
        /// Whose.
        role: SlotRole,
        /// What is wrong.
        cause: BadSign1,
    },
    /// A signature that does not stand.
    Signature {
        /// Whose.
        role: SlotRole,
        /// What is wrong.
        cause: BadSignature,
    },
}

impl fmt::Display for NotVerified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Payload(cause) => write!(f, "the payload is not readable: {cause}"),
            Self::Signers { expected, found } => write!(f, "{found} signers, {expected} expected"),
            Self::Missing(role) => write!(f, "the signature of {role:?} is missing"),
            Self::Stripped(role) => write!(f, "{role:?} has not signed with all its keys"),
            Self::Form { role, cause } => write!(f, "{role:?}: {cause}"),
            Self::Signature { role, cause } => write!(f, "{role:?}: {cause}"),
        }
    }
}

impl core::error::Error for NotVerified {}

#[cfg(test)]
#[path = "signed_tests.rs"]
mod tests;
