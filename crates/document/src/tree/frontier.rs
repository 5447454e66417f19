//! A tree that only grows, kept as the roots of its complete subtrees.

use core::fmt;

use super::{LARGEST_TREE, empty_root, leaf_hash, node_hash};
use crate::Digest;

/// The root of a complete subtree: of the leaves from `index · 2^level`, `2^level` of them. It
/// never changes again, whatever the tree grows to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// How far above the leaves; 0 is a leaf.
    pub level: u8,
    /// The position among the nodes of the level, from the left.
    pub index: u64,
    /// The hash of leaf or node.
    pub digest: Digest,
}

/// A growing tree: takes leaf after leaf in logarithmic memory and knows its root at any time.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    /// One root for each bit set in `size`, the largest subtree (the highest bit) first.
    roots: Vec<Digest>,
}

impl Frontier {
    /// The empty tree.
    pub const fn new() -> Self {
        Self {
            size: 0,
            roots: Vec::new(),
        }
    }

    /// Takes up a tree of `size` leaves from the roots of its complete subtrees, the largest
    /// first. Refuses a size above [`LARGEST_TREE`] and any other number of roots than the size
    /// has; whether the roots are right only a comparison of [`Frontier::root`] can tell.
    pub fn resume(size: u64, roots: Vec<Digest>) -> Result<Self, FrontierRefused> {
        if size > LARGEST_TREE {
            return Err(FrontierRefused::TooLarge { size });
        }
        let expected = size.count_ones() as usize;
        if roots.len() != expected {
            return Err(FrontierRefused::WrongCount {
                expected,
                found: roots.len(),
            });
        }
        Ok(Self { size, roots })
    }

    /// Appends the leaf that has this hash.
    pub fn push(&mut self, leaf: Digest) {
        self.push_noting(leaf, |_| {});
    }

    /// Hashes `bytes` as a leaf and appends it.
    pub fn push_bytes(&mut self, bytes: &[u8]) {
        self.push(leaf_hash(bytes));
    }

    /// Appends the leaf that has this hash and shows every node that it makes complete, the leaf
    /// itself first.
    pub fn push_noting(&mut self, leaf: Digest, mut complete: impl FnMut(Node)) {
        let mut node = Node {
            level: 0,
            index: self.size,
            digest: leaf,
        };
        complete(node);
        // There is a root for each bit set in the size, so a right child has its sibling here.
        while node.index & 1 == 1
            && let Some(left) = self.roots.pop()
        {
            node = Node {
                level: node.level + 1,
                index: node.index >> 1,
                digest: node_hash(&left, &node.digest),
            };
            complete(node);
        }
        self.roots.push(node.digest);
        self.size += 1;
    }

    /// How many leaves there are.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the complete subtrees, the largest first: what [`Frontier::resume`] takes.
    pub fn roots(&self) -> &[Digest] {
        &self.roots
    }

    /// The root of the tree as it stands.
    pub fn root(&self) -> Digest {
        join(&self.roots)
    }
}

/// The root over neighbouring complete subtrees, of which each is larger than the next.
fn join(roots: &[Digest]) -> Digest {
    let Some((last, before)) = roots.split_last() else {
        return empty_root();
    };
    before
        .iter()
        .rev()
        .fold(*last, |right, left| node_hash(left, &right))
}

/// Why a tree could not be taken up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FrontierRefused {
    /// The tree has more than [`LARGEST_TREE`] leaves.
    TooLarge {
        /// The size that was named, in leaves.
        size: u64,
    },
    /// A tree of this size has another number of complete subtrees.
    WrongCount {
        /// How many subtrees the size demands.
        expected: usize,
        /// How many roots were given.
        found: usize,
    },
}

impl fmt::Display for FrontierRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { size } => {
                write!(f, "a tree of {size} leaves is larger than {LARGEST_TREE}")
            }
            Self::WrongCount { expected, found } => {
                write!(
                    f,
                    "the tree has {expected} complete subtrees, {found} roots were given"
                )
            }
        }
    }
}

impl core::error::Error for FrontierRefused {}
