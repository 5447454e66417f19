//! Merkle trees over lists, hashed as RFC 6962 §2.1 says: the log's tree, a body's tree over its
//! segments, the roots over wrap lists and over the roster.
//!
//! A leaf and an inner node are hashed with different first bytes, so that neither can be passed
//! off as the other. Proofs are strict: exactly as long as the sizes demand, nothing left over.
//! Most of this module keeps no tree: it is given leaf hashes, or [`Frontier`] is given them one by
//! one, in logarithmic memory. Only [`Levels`] keeps one, whose leaves change anywhere.

mod frontier;
mod levels;
mod ranges;
#[cfg(test)]
mod tests;

use core::fmt;

pub use frontier::{Frontier, FrontierRefused, Node};
pub use levels::Levels;
pub use ranges::{complete_subtrees, consistency_ranges, inclusion_ranges};

use crate::Digest;

/// The most leaves that a tree may have, 2⁶³ − 1: what other implementations of the C2SP formats
/// hold in a signed integer, and what leaves every sum of two positions below 2⁶⁴.
pub const LARGEST_TREE: u64 = u64::MAX >> 1;

/// The most digests that a proof can have at [`LARGEST_TREE`] leaves: one per level, and in a
/// consistency proof one more for the node it starts from.
pub const LONGEST_PATH: usize = 64;

/// The first byte of what is hashed for a leaf (RFC 6962 §2.1).
const LEAF: &[u8] = &[0x00];

/// The first byte of what is hashed for an inner node (RFC 6962 §2.1).
const NODE: &[u8] = &[0x01];

/// The hash of a leaf: SHA-256 over 0x00 and the leaf's bytes.
pub fn leaf_hash(bytes: &[u8]) -> Digest {
    Digest::of_parts(&[LEAF, bytes])
}

/// The hash of an inner node: SHA-256 over 0x01 and the hashes of its two children.
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    Digest::of_parts(&[NODE, left.as_bytes(), right.as_bytes()])
}

/// The root of the tree without leaves: SHA-256 over nothing.
pub fn empty_root() -> Digest {
    Digest::of(&[])
}

/// The root of the tree whose leaves have these hashes, in this order.
pub fn root(leaves: &[Digest]) -> Digest {
    let mut frontier = Frontier::new();
    for leaf in leaves {
        frontier.push(*leaf);
    }
    frontier.root()
}

/// The audit path of leaf `index`, from its sibling up to the root's child (RFC 6962 §2.1.1), or
/// `None` when there is no such leaf. Hashes the whole list once.
pub fn inclusion_path(leaves: &[Digest], index: u64) -> Option<Vec<Digest>> {
    roots_of(leaves, &inclusion_ranges(index, length(leaves))?)
}

/// The proof that the first `old_size` leaves are a beginning of all of them (RFC 6962 §2.1.2),
/// or `None` when there are not as many. Empty from size 0 and between equal sizes.
pub fn consistency_path(leaves: &[Digest], old_size: u64) -> Option<Vec<Digest>> {
    roots_of(leaves, &consistency_ranges(old_size, length(leaves))?)
}

/// Checks that `leaf` stands at `index` of the tree of `size` leaves with this `root`.
///
/// Refuses an index outside the tree, a path one digest shorter or longer than index and size
/// demand, and every path that does not lead to `root`. The proof does not prove `size`: two
/// sizes may ask for paths of one shape, so size and root must come from one checkpoint.
pub fn verify_inclusion(
    leaf: &Digest,
    index: u64,
    size: u64,
    path: &[Digest],
    root: &Digest,
) -> Result<(), ProofRefused> {
    check_size(size)?;
    if index >= size {
        return Err(ProofRefused::IndexOutside { index, size });
    }
    let (inner, border) = path_shape(index, size - 1);
    check_length(path, inner + border)?;
    let (inner, border) = path.split_at(inner);
    let found = climb_border(climb(*leaf, inner, index), border);
    check_root(root, found)
}

/// Checks that the tree of `old_size` leaves with `old_root` is a beginning of the tree of
/// `new_size` leaves with `new_root`.
///
/// Between equal sizes only equal roots and an empty path pass; from size 0 only an empty path
/// and the root of the empty tree. Refuses a shrinking tree and every path of another length.
/// As with inclusion, each size must come from one checkpoint with its root.
pub fn verify_consistency(
    old_size: u64,
    old_root: &Digest,
    new_size: u64,
    new_root: &Digest,
    path: &[Digest],
) -> Result<(), ProofRefused> {
    check_size(new_size)?;
    if old_size > new_size {
        return Err(ProofRefused::Shrunk { old_size, new_size });
    }
    if old_size == 0 {
        check_length(path, 0)?;
        check_root(old_root, empty_root())?;
        return if new_size == 0 {
            check_root(new_root, empty_root())
        } else {
            Ok(())
        };
    }
    if old_size == new_size {
        check_length(path, 0)?;
        return check_root(new_root, *old_root);
    }
    let last = old_size - 1;
    let (inner, border) = path_shape(last, new_size - 1);
    // The old tree's last complete subtree is where the path starts. When it is the whole old
    // tree, its root is known and the path does not repeat it.
    let level = old_size.trailing_zeros();
    let inner = inner - level as usize;
    let (seed, path) = if old_size.is_power_of_two() {
        check_length(path, inner + border)?;
        (*old_root, path)
    } else {
        check_length(path, 1 + inner + border)?;
        (path[0], &path[1..])
    };
    let (inner, border) = path.split_at(inner);
    let position = last >> level;
    check_root(
        old_root,
        climb_border(climb_left(seed, inner, position), border),
    )?;
    check_root(new_root, climb_border(climb(seed, inner, position), border))
}

/// Why a proof was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProofRefused {
    /// The tree has more than [`LARGEST_TREE`] leaves.
    TooLarge {
        /// The size that was named, in leaves.
        size: u64,
    },
    /// The leaf would stand outside the tree.
    IndexOutside {
        /// The index that was named.
        index: u64,
        /// The tree's size in leaves.
        size: u64,
    },
    /// The later tree is smaller than the earlier one.
    Shrunk {
        /// The earlier size in leaves.
        old_size: u64,
        /// The later size in leaves.
        new_size: u64,
    },
    /// The path has not exactly as many digests as the sizes demand.
    WrongLength {
        /// How many digests the sizes demand.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// The path leads to another root.
    WrongRoot {
        /// The root that was to be proved.
        expected: Digest,
        /// The root that the path leads to.
        found: Digest,
    },
}

impl fmt::Display for ProofRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { size } => {
                write!(f, "a tree of {size} leaves is larger than {LARGEST_TREE}")
            }
            Self::IndexOutside { index, size } => {
                write!(f, "index {index} is outside a tree of {size} leaves")
            }
            Self::Shrunk { old_size, new_size } => {
                write!(f, "the tree shrank from {old_size} to {new_size} leaves")
            }
            Self::WrongLength { expected, found } => {
                write!(f, "the proof has {found} digests where {expected} are due")
            }
            Self::WrongRoot { expected, found } => {
                write!(f, "the proof leads to root {found}, not to {expected}")
            }
        }
    }
}

impl core::error::Error for ProofRefused {}

fn length(leaves: &[Digest]) -> u64 {
    u64::try_from(leaves.len()).expect("a length in memory is below 2^64")
}

fn roots_of(leaves: &[Digest], ranges: &[core::ops::Range<u64>]) -> Option<Vec<Digest>> {
    let position = |at: u64| usize::try_from(at).ok();
    ranges
        .iter()
        .map(|range| {
            Some(root(
                leaves.get(position(range.start)?..position(range.end)?)?,
            ))
        })
        .collect()
}

/// How many digests lie on the path below and above the point where the ways from the root to
/// leaf `index` and to the `last` leaf part. Above it only left siblings are left.
fn path_shape(index: u64, last: u64) -> (usize, usize) {
    let inner = u64::BITS - (index ^ last).leading_zeros();
    // Both are below 2^63, so that `inner` is at most 63 and the shift is within bounds.
    let border = (index >> inner).count_ones();
    (inner as usize, border as usize)
}

/// Climbs through siblings on the side that the bits of `position` tell.
fn climb(from: Digest, siblings: &[Digest], position: u64) -> Digest {
    siblings
        .iter()
        .enumerate()
        .fold(from, |below, (level, sibling)| {
            if position >> level & 1 == 0 {
                node_hash(&below, sibling)
            } else {
                node_hash(sibling, &below)
            }
        })
}

/// Climbs like [`climb`], but only through the left siblings: those that the old tree has too.
fn climb_left(from: Digest, siblings: &[Digest], position: u64) -> Digest {
    siblings
        .iter()
        .enumerate()
        .fold(from, |below, (level, sibling)| {
            if position >> level & 1 == 0 {
                below
            } else {
                node_hash(sibling, &below)
            }
        })
}

fn climb_border(from: Digest, siblings: &[Digest]) -> Digest {
    siblings
        .iter()
        .fold(from, |below, sibling| node_hash(sibling, &below))
}

fn check_size(size: u64) -> Result<(), ProofRefused> {
    if size > LARGEST_TREE {
        Err(ProofRefused::TooLarge { size })
    } else {
        Ok(())
    }
}

fn check_length(path: &[Digest], expected: usize) -> Result<(), ProofRefused> {
    if path.len() == expected {
        Ok(())
    } else {
        Err(ProofRefused::WrongLength {
            expected,
            found: path.len(),
        })
    }
}

fn check_root(expected: &Digest, found: Digest) -> Result<(), ProofRefused> {
    if *expected == found {
        Ok(())
    } else {
        Err(ProofRefused::WrongRoot {
            expected: *expected,
            found,
        })
    }
}
