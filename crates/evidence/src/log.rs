//! The arithmetic of the append-only log, for whatever keeps its nodes.
//!
//! A store keeps the digest of every complete subtree under (level, index); such a node never
//! changes, so the log only ever adds. From the nodes come the root and the proofs for every
//! size that the log has had. This module never stores anything, and it never decides what
//! enters the log.

use core::convert::Infallible;
use core::fmt;
use core::ops::Range;
use std::collections::BTreeMap;

use yichuan_document::Digest;
use yichuan_document::tree::{
    self, Frontier, LARGEST_TREE, Node, complete_subtrees, consistency_ranges, inclusion_ranges,
};

/// Where the nodes of a log are read.
pub trait Nodes {
    /// Why a read failed.
    type Error;

    /// The root of the complete subtree over leaves `index · 2^level ..  (index + 1) · 2^level`,
    /// or `None` when it was never stored.
    fn node(&self, level: u8, index: u64) -> Result<Option<Digest>, Self::Error>;
}

impl<N: Nodes + ?Sized> Nodes for &N {
    type Error = N::Error;

    fn node(&self, level: u8, index: u64) -> Result<Option<Digest>, N::Error> {
        (**self).node(level, index)
    }
}

impl Nodes for BTreeMap<(u8, u64), Digest> {
    type Error = Infallible;

    fn node(&self, level: u8, index: u64) -> Result<Option<Digest>, Infallible> {
        Ok(self.get(&(level, index)).copied())
    }
}

/// What appending leaves makes of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The nodes to store, each below its parent.
    pub nodes: Vec<Node>,
    /// The log as it stands afterwards.
    pub frontier: Frontier,
}

/// Appends leaves, given by their hashes, to the log that stands at `frontier`: the first gets
/// the index `frontier.size()`. Nothing is stored; `frontier` stays as it is, so that a batch
/// which fails to commit leaves no trace.
pub fn append(frontier: &Frontier, leaves: &[Digest]) -> Appended {
    let mut frontier = frontier.clone();
    let mut nodes = Vec::with_capacity(leaves.len() * 2);
    for leaf in leaves {
        frontier.push_noting(*leaf, |node| nodes.push(node));
    }
    Appended { nodes, frontier }
}

/// The log as it stood at `size`, read back from its nodes.
pub fn frontier_at<N: Nodes>(size: u64, nodes: &N) -> Result<Frontier, LogUnreadable<N::Error>> {
    if size > LARGEST_TREE {
        return Err(LogUnreadable::TooLarge { size });
    }
    let roots = stored(0..size, nodes)?;
    // A size has as many subtrees as bits set, so only the size itself can be refused.
    Frontier::resume(size, roots).map_err(|_| LogUnreadable::TooLarge { size })
}

/// The root of the log as it stood at `size`.
pub fn root_at<N: Nodes>(size: u64, nodes: &N) -> Result<Digest, LogUnreadable<N::Error>> {
    Ok(frontier_at(size, nodes)?.root())
}

/// The audit path of leaf `index` in the log as it stood at `size` (RFC 6962 §2.1.1).
pub fn inclusion<N: Nodes>(
    index: u64,
    size: u64,
    nodes: &N,
) -> Result<Vec<Digest>, LogUnreadable<N::Error>> {
    if size > LARGEST_TREE {
        return Err(LogUnreadable::TooLarge { size });
    }
    let ranges =
        inclusion_ranges(index, size).ok_or(LogUnreadable::IndexOutside { index, size })?;
    ranges
        .into_iter()
        .map(|range| joined(range, nodes))
        .collect()
}

/// The proof that the log at `old_size` is a beginning of the log at `new_size` (RFC 6962
/// §2.1.2). Empty from size 0 and between equal sizes.
pub fn consistency<N: Nodes>(
    old_size: u64,
    new_size: u64,
    nodes: &N,
) -> Result<Vec<Digest>, LogUnreadable<N::Error>> {
    if new_size > LARGEST_TREE {
        return Err(LogUnreadable::TooLarge { size: new_size });
    }
    let ranges = consistency_ranges(old_size, new_size)
        .ok_or(LogUnreadable::Shrunk { old_size, new_size })?;
    ranges
        .into_iter()
        .map(|range| joined(range, nodes))
        .collect()
}

/// One node of which the store must have a digest.
pub(crate) fn node_at<N: Nodes>(
    level: u8,
    index: u64,
    nodes: &N,
) -> Result<Digest, LogUnreadable<N::Error>> {
    nodes
        .node(level, index)
        .map_err(LogUnreadable::Store)?
        .ok_or(LogUnreadable::Missing { level, index })
}

fn stored<N: Nodes>(range: Range<u64>, nodes: &N) -> Result<Vec<Digest>, LogUnreadable<N::Error>> {
    complete_subtrees(range)
        .map(|(level, index)| node_at(level, index, nodes))
        .collect()
}

fn joined<N: Nodes>(range: Range<u64>, nodes: &N) -> Result<Digest, LogUnreadable<N::Error>> {
    let roots = stored(range, nodes)?;
    let (last, before) = roots.split_last().expect("no range of a proof is empty");
    Ok(before
        .iter()
        .rev()
        .fold(*last, |right, left| tree::node_hash(left, &right)))
}

/// Why a root or a proof could not be read from the log's nodes. `E` is the store's own error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogUnreadable<E> {
    /// The store failed.
    Store(E),
    /// The store has no such node: it is damaged, or the log was never that large.
    Missing {
        /// The node's level above the leaves.
        level: u8,
        /// The node's position in its level.
        index: u64,
    },
    /// The leaf would stand outside the log.
    IndexOutside {
        /// The index that was asked for.
        index: u64,
        /// The log's size in leaves.
        size: u64,
    },
    /// The later size is smaller than the earlier one.
    Shrunk {
        /// The earlier size in leaves.
        old_size: u64,
        /// The later size in leaves.
        new_size: u64,
    },
    /// The size is above [`LARGEST_TREE`].
    TooLarge {
        /// The size that was asked for.
        size: u64,
    },
}

impl<E: fmt::Display> fmt::Display for LogUnreadable<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => write!(f, "the log's nodes cannot be read: {error}"),
            Self::Missing { level, index } => {
                write!(f, "the log has no node at level {level}, index {index}")
            }
            Self::IndexOutside { index, size } => {
                write!(f, "index {index} is outside a log of {size} entries")
            }
            Self::Shrunk { old_size, new_size } => {
                write!(
                    f,
                    "a log of {new_size} entries does not contain one of {old_size}"
                )
            }
            Self::TooLarge { size } => {
                write!(f, "a log of {size} entries is larger than {LARGEST_TREE}")
            }
        }
    }
}

impl<E: core::error::Error + 'static> core::error::Error for LogUnreadable<E> {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        if let Self::Store(error) = self {
            Some(error)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use yichuan_document::tree::{consistency_path, inclusion_path, leaf_hash, root};

    use super::*;

    type Stored = BTreeMap<(u8, u64), Digest>;

    fn leaves(count: u64) -> Vec<Digest> {
        (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
    }

    /// A log of `size` leaves, appended in batches of one, two, three … leaves.
    fn log(size: u64) -> (Vec<Digest>, Stored, Frontier) {
        let leaves = leaves(size);
        let (mut stored, mut frontier) = (Stored::new(), Frontier::new());
        let (mut rest, mut batch) = (leaves.as_slice(), 1);
        while !rest.is_empty() {
            let (now, later) = rest.split_at(batch.min(rest.len()));
            let appended = append(&frontier, now);
            for node in appended.nodes {
                let before = stored.insert((node.level, node.index), node.digest);
                assert_eq!(before, None, "a node was stored twice: {node:?}");
            }
            frontier = appended.frontier;
            (rest, batch) = (later, batch + 1);
        }
        (leaves, stored, frontier)
    }

    #[test]
    fn every_earlier_root_and_proof_can_be_read_back() {
        let (leaves, stored, frontier) = log(40);
        assert_eq!(frontier_at(40, &stored), Ok(frontier));
        for (length, size) in (0..=40_u64).enumerate() {
            let then = &leaves[..length];
            assert_eq!(root_at(size, &stored), Ok(root(then)), "{size}");
            for index in 0..size {
                let path = inclusion_path(then, index).unwrap();
                assert_eq!(inclusion(index, size, &stored), Ok(path), "{index} {size}");
                let path = consistency_path(then, index).unwrap();
                assert_eq!(
                    consistency(index, size, &stored),
                    Ok(path),
                    "{index} {size}"
                );
            }
            assert_eq!(consistency(size, size, &stored), Ok(Vec::new()), "{size}");
        }
    }

    #[test]
    fn nothing_beyond_the_log_is_read() {
        let (_, stored, _) = log(7);
        let outside = |index, size| LogUnreadable::IndexOutside { index, size };
        for (index, size) in [
            (0, 0),
            (7, 7),
            (8, 7),
            (u64::MAX, 7),
            (LARGEST_TREE, LARGEST_TREE),
        ] {
            let found = inclusion(index, size, &stored);
            assert_eq!(found, Err(outside(index, size)), "{index} {size}");
        }
        let shrunk = |old_size, new_size| LogUnreadable::Shrunk { old_size, new_size };
        for (old, new) in [(1, 0), (7, 6), (u64::MAX, 7)] {
            assert_eq!(
                consistency(old, new, &stored),
                Err(shrunk(old, new)),
                "{old} {new}"
            );
        }
        for size in [LARGEST_TREE + 1, u64::MAX] {
            let refused = LogUnreadable::TooLarge { size };
            assert_eq!(root_at(size, &stored), Err(refused), "{size}");
            assert_eq!(inclusion(0, size, &stored), Err(refused), "{size}");
            assert_eq!(
                consistency(0, size, &stored),
                Err(LogUnreadable::TooLarge { size })
            );
        }
        let missing = |level, index| LogUnreadable::Missing { level, index };
        assert_eq!(root_at(8, &stored), Err(missing(3, 0)));
        assert_eq!(root_at(LARGEST_TREE, &stored), Err(missing(62, 0)));
        assert_eq!(consistency(7, 9, &stored), Err(missing(0, 7)));
    }

    #[test]
    fn c8_a_missing_node_is_named() {
        let (_, full, _) = log(23);
        let needed = [(4, 0), (2, 4), (1, 10), (0, 22)];
        for at in full.keys() {
            let mut stored = full.clone();
            stored.remove(at);
            let found = frontier_at(23, &stored);
            let (level, index) = *at;
            if needed.contains(at) {
                assert_eq!(
                    found,
                    Err(LogUnreadable::Missing { level, index }),
                    "{at:?}"
                );
            } else {
                assert_eq!(found, frontier_at(23, &full), "{at:?}");
            }
        }
    }

    #[test]
    fn a_failing_store_is_passed_on() {
        struct Failing;
        impl Nodes for Failing {
            type Error = u8;
            fn node(&self, _: u8, _: u64) -> Result<Option<Digest>, u8> {
                Err(5)
            }
        }
        assert_eq!(root_at(0, &Failing), Ok(tree::empty_root()));
        assert_eq!(root_at(1, &Failing), Err(LogUnreadable::Store(5)));
        assert_eq!(inclusion(0, 2, &Failing), Err(LogUnreadable::Store(5)));
        assert_eq!(inclusion(0, 1, &Failing), Ok(Vec::new()));
        assert_eq!(consistency(1, 2, &Failing), Err(LogUnreadable::Store(5)));
    }

    #[test]
    fn an_append_that_is_thrown_away_leaves_no_trace() {
        let (_, _, frontier) = log(5);
        let before = frontier.clone();
        let once = append(&frontier, &leaves(3));
        assert_eq!(frontier, before);
        assert_eq!(append(&frontier, &leaves(3)), once);
        assert_eq!(
            append(&frontier, &[]),
            Appended {
                nodes: Vec::new(),
                frontier: before
            }
        );
    }
}
