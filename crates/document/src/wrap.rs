//! The list of key wraps: who can open a body, bound into one digest (protocol rule 19).
//!
//! This module knows the list's form; making and opening a wrap is for `envelope`.

use minicbor::{Decode, Encode};

use crate::cbor::{self, Unreadable};
use crate::{Digest, UnitRef, tree};

/// Wrap suite 1: HPKE with X-Wing, HKDF-SHA-256 and AES-256-GCM.
pub const WRAP_SUITE_1: u16 = 1;
/// The most bytes of an encoded wrap list: 1,016 wraps of some 1,350 bytes.
pub const WRAPS_BYTES_MAX: usize = 2 << 20;
/// The bytes of an X-Wing encapsulation.
pub const XWING_ENC_BYTES: usize = 1_120;
/// The bytes of a wrapped 32-byte key: key and tag.
pub const WRAPPED_KEY_BYTES: usize = 48;

/// A content key closed for one unit.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Wrap {
    /// The unit.
    #[n(0)]
    pub unit: UnitRef,
    /// The epoch of the unit's key.
    #[n(1)]
    pub epoch: u32,
    /// The digest that names the unit's public key.
    #[n(2)]
    pub key: Digest,
    /// How it is wrapped: [`WRAP_SUITE_1`].
    #[n(3)]
    pub suite: u16,
    /// The encapsulated key.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub enc: Vec<u8>,
    /// The encrypted content key.
    #[cbor(n(5), with = "minicbor::bytes")]
    pub ct: Vec<u8>,
}

/// The ordered list: issuers, then recipients, as the manifest orders them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct WrapList(#[n(0)] pub Vec<Wrap>);

impl WrapList {
    /// Reads a list as it came from outside.
    pub fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        cbor::read(bytes, WRAPS_BYTES_MAX)
    }

    /// The canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::to_vec(self)
    }

    /// The wraps digest: the RFC 6962 root over the wraps in their order.
    pub fn digest(&self) -> Digest {
        tree::root(&self.leaves())
    }

    /// The leaf hashes, for a proof that one wrap is in the list.
    pub fn leaves(&self) -> Vec<Digest> {
        self.0
            .iter()
            .map(|wrap| tree::leaf_hash(&cbor::to_vec(wrap)))
            .collect()
    }
}
