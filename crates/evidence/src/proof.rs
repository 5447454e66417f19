//! Proofs from the log as they are handed over: of an entry under a checkpoint, and of growth
//! from one checkpoint to the next.
//!
//! A proof names no size and no root of its own: both come from checkpoints, whose signatures
//! were verified. This module never sees who signed them.

use core::fmt;

use minicbor::decode::{self, Decoder};
use minicbor::encode::{self, Encoder, Write};
use minicbor::{Decode, Encode};
use yichuan_document::Digest;
use yichuan_document::tree::{self, LONGEST_PATH, ProofRefused};

use crate::checkpoint::Checkpoint;

/// The digests of a proof, at most [`LONGEST_PATH`]; in CBOR one byte string of 32 bytes each.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Path(Vec<Digest>);

impl Path {
    /// Takes the digests of a proof, the lowest first. Refuses more than [`LONGEST_PATH`].
    pub fn new(digests: Vec<Digest>) -> Result<Self, PathRefused> {
        if digests.len() > LONGEST_PATH {
            return Err(PathRefused {
                bytes: digests.len().saturating_mul(DIGEST_BYTES),
            });
        }
        Ok(Self(digests))
    }

    /// Reads digests of 32 bytes, one after the other. Refuses a rest and more than
    /// [`LONGEST_PATH`] of them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PathRefused> {
        let (digests, rest) = bytes.as_chunks::<DIGEST_BYTES>();
        if !rest.is_empty() || digests.len() > LONGEST_PATH {
            return Err(PathRefused { bytes: bytes.len() });
        }
        Ok(Self(
            digests
                .iter()
                .map(|digest| Digest::from_bytes(*digest))
                .collect(),
        ))
    }

    /// The digests, one after the other.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0
            .iter()
            .flat_map(|digest| *digest.as_bytes())
            .collect()
    }

    /// The digests, the lowest first.
    pub fn digests(&self) -> &[Digest] {
        &self.0
    }
}

impl<C> Encode<C> for Path {
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.bytes(&self.to_bytes())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Path {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let position = d.position();
        Self::from_bytes(d.bytes()?)
            .map_err(|_| decode::Error::message("not a path of digests").at(position))
    }
}

/// Why digests are not the path of a proof: too many, or not a whole number of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathRefused {
    /// How many bytes there are.
    pub bytes: usize,
}

impl fmt::Display for PathRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} bytes are not at most {LONGEST_PATH} digests of 32 bytes",
            self.bytes
        )
    }
}

impl core::error::Error for PathRefused {}

/// The place of one entry in the log, provable under a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Inclusion {
    /// The entry's index, from 0.
    #[n(0)]
    pub index: u64,
    /// The audit path in the tree of the checkpoint (RFC 6962 §2.1.1).
    #[n(1)]
    pub path: Path,
}

impl Inclusion {
    /// Checks that the entry with these bytes stands at this index under `checkpoint`.
    pub fn verify(&self, entry: &[u8], checkpoint: &Checkpoint) -> Result<(), ProofRefused> {
        self.verify_leaf(&tree::leaf_hash(entry), checkpoint)
    }

    /// Checks the place of an entry of which only the leaf hash is known: its content was erased,
    /// or is not for the verifier to read.
    pub fn verify_leaf(&self, leaf: &Digest, checkpoint: &Checkpoint) -> Result<(), ProofRefused> {
        let path = self.path.digests();
        tree::verify_inclusion(leaf, self.index, checkpoint.size, path, &checkpoint.root)
    }
}

/// What two checkpoints are to each other before any proof is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// Both say the same.
    Same,
    /// The second is for a larger tree; a consistency path must show that it grew from the first.
    Later,
    /// The second is for a smaller tree; a consistency path must show that the first grew from it.
    Earlier,
    /// One size, two roots: the log showed two faces, and the two notes together prove it.
    Split,
    /// The two are of different logs and say nothing about each other.
    OtherLog,
}

/// Compares two checkpoints, both verified by the caller.
pub fn compare(first: &Checkpoint, second: &Checkpoint) -> Relation {
    if first.origin != second.origin {
        return Relation::OtherLog;
    }
    match first.size.cmp(&second.size) {
        core::cmp::Ordering::Less => Relation::Later,
        core::cmp::Ordering::Greater => Relation::Earlier,
        core::cmp::Ordering::Equal if first.root == second.root => Relation::Same,
        core::cmp::Ordering::Equal => Relation::Split,
    }
}

/// Checks that the log of `new` is that of `old` with nothing but additions.
///
/// Refuses a log that shrank, that shows another root at the same size, or whose `path` does not
/// prove the growth. Whoever sees one of these refusals keeps both notes: they are the evidence.
pub fn verify_growth(old: &Checkpoint, new: &Checkpoint, path: &Path) -> Result<(), GrowthRefused> {
    match compare(old, new) {
        Relation::OtherLog => Err(GrowthRefused::OtherLog),
        Relation::Split => Err(GrowthRefused::Split { size: old.size }),
        Relation::Earlier => Err(GrowthRefused::Shrunk {
            old_size: old.size,
            new_size: new.size,
        }),
        Relation::Same | Relation::Later => {
            let path = path.digests();
            tree::verify_consistency(old.size, &old.root, new.size, &new.root, path)
                .map_err(GrowthRefused::Proof)
        }
    }
}

/// Why a checkpoint is not a continuation of an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GrowthRefused {
    /// The two checkpoints are of different logs.
    OtherLog,
    /// The log shows two roots for one size.
    Split {
        /// The size that has two roots.
        size: u64,
    },
    /// The log lost entries.
    Shrunk {
        /// The size seen before.
        old_size: u64,
        /// The size shown now.
        new_size: u64,
    },
    /// The path does not prove that the log only grew.
    Proof(ProofRefused),
}

impl fmt::Display for GrowthRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherLog => f.write_str("the checkpoints are of different logs"),
            Self::Split { size } => write!(f, "the log has two roots at size {size}"),
            Self::Shrunk { old_size, new_size } => {
                write!(f, "the log shrank from {old_size} to {new_size} entries")
            }
            Self::Proof(_) => f.write_str("the growth of the log is not proved"),
        }
    }
}

impl core::error::Error for GrowthRefused {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        if let Self::Proof(refused) = self {
            Some(refused)
        } else {
            None
        }
    }
}

/// The bytes of one digest.
const DIGEST_BYTES: usize = 32;

#[cfg(test)]
mod tests;
