//! The statements that change the roster.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use super::record::{AccountKeys, DeviceKeys, EncryptionKey, EpochShare, Kind, Record, UnitKey};
use crate::key::PublicKey;
use crate::signed::{Body, Signed};
use crate::statement::AttachmentRef;
use crate::cbor::Unreadable;
use crate::{AccountId, Digest, TicketId, UnitCode, cbor};

/// Entry 0: who may speak for the authority. Its digest is the identity of an installation.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Genesis {
    /// The root set.
    #[n(0)]
    pub roots: Vec<PublicKey>,
    /// How many of them must sign.
    #[n(1)]
    pub threshold: u8,
    /// SHA-256 over the next root set, which is not revealed.
    #[n(2)]
    pub next: Digest,
}

impl Body for Genesis {
    const PURPOSE: &'static str = "yichuan/genesis/1";
}

/// An act of the authority: whole records, put in place of what stood there.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AuthorityAct {
    /// From 1, without gaps.
    #[n(0)]
    pub sequence: u64,
    /// The statement digest of the act before it; of the genesis for the first.
    #[n(1)]
    pub previous: Digest,
    /// What was done, as a code for the reader: see `proto/roster.md`.
    #[n(2)]
    pub act: u16,
    /// The records.
    #[n(3)]
    pub changes: Vec<Change>,
    /// Pictures and other files that the records name.
    #[n(4)]
    pub attachments: Vec<AttachmentRef>,
}

impl Body for AuthorityAct {
    const PURPOSE: &'static str = "yichuan/roster/1";
}

/// One record put.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Change {
    /// The kind.
    #[n(0)]
    pub kind: Kind,
    /// The id within the kind.
    #[n(1)]
    pub id: String,
    /// The record, canonical CBOR of its own.
    #[n(2)]
    pub record: ByteVec,
}

impl Change {
    /// Puts `record` under `id`.
    pub fn put<R: Record>(id: &str, record: &R) -> Self {
        Self {
            kind: R::KIND,
            id: id.to_owned(),
            record: cbor::to_vec(record).into(),
        }
    }
}

/// A ticket's holder enrols the keys of an account and of a computer (protocol rule 12).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Enrolment {
    /// The ticket.
    #[n(0)]
    pub ticket: TicketId,
    /// The account's keys.
    #[n(1)]
    pub account: AccountKeys,
    /// The computer's keys; those it has where it was enrolled before.
    #[n(2)]
    pub device: DeviceKeys,
}

impl Body for Enrolment {
    const PURPOSE: &'static str = "yichuan/enrolment/1";
}

/// A manager makes a new epoch of the unit's key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct NewUnitKey {
    /// The unit.
    #[n(0)]
    pub unit: UnitCode,
    /// The new key.
    #[n(1)]
    pub key: UnitKey,
    /// The manager's own share.
    #[n(2)]
    pub share: EpochShare,
}

impl Body for NewUnitKey {
    const PURPOSE: &'static str = "yichuan/unit-key/1";
}

/// An account that can open the unit's key closes it for another account of the unit.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct NewShare {
    /// The account that receives it.
    #[n(0)]
    pub account: AccountId,
    /// The share.
    #[n(1)]
    pub share: EpochShare,
}

impl Body for NewShare {
    const PURPOSE: &'static str = "yichuan/key-share/1";
}

/// The longest bytes of an X-Wing public key, and the only length of suite 1.
pub const XWING_PUBLIC_BYTES: usize = 1_216;

impl EncryptionKey {
    /// The key's name: SHA-256 over suite and bytes.
    pub fn id(&self) -> Digest {
        Digest::of(&cbor::to_vec(self))
    }
}

/// A statement of the authority as a file: what travels from the signing machine.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ActFile {
    /// The signed statement.
    #[n(0)]
    pub statement: ByteVec,
    /// Pictures and other files that its records name.
    #[n(1)]
    pub attachments: Vec<ByteVec>,
}

/// The most bytes of a file of the authority.
pub const ACT_FILE_BYTES_MAX: usize = 4 << 20;

impl ActFile {
    /// Puts a statement and what belongs to it into a file.
    pub fn new(signed: &Signed, attachments: Vec<Vec<u8>>) -> Self {
        Self {
            statement: signed.to_bytes().into(),
            attachments: attachments.into_iter().map(ByteVec::from).collect(),
        }
    }

    /// Reads the statement and what belongs to it; nothing is verified yet.
    pub fn read(bytes: &[u8]) -> Result<(Signed, Vec<Vec<u8>>), Unreadable> {
        let file: Self = cbor::read(bytes, ACT_FILE_BYTES_MAX)?;
        let signed = Signed::read(&file.statement)?;
        Ok((signed, file.attachments.into_iter().map(Vec::from).collect()))
    }
}
