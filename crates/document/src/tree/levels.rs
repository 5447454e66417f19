//! A tree whose leaves are replaced, and inserted anywhere.

use std::collections::BTreeSet;

use super::{empty_root, node_hash};
use crate::Digest;

/// A tree that is kept whole, so that a change hashes again only what rests on it: of a leaf that
/// is replaced the path above it, of one that is inserted everything to its right.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    /// The leaves first, then the nodes above them; a last one without a sibling stands as it is
    /// on the next level, which gives the tree of RFC 6962 §2.1.
    levels: Vec<Vec<Digest>>,
    /// Leaves that were replaced since the last [`Levels::settle`].
    replaced: BTreeSet<usize>,
    /// Where the first leaf stands that was inserted since.
    inserted: Option<usize>,
}

impl Levels {
    /// The leaves, in order.
    pub fn leaves(&self) -> &[Digest] {
        self.levels.first().map_or(&[], Vec::as_slice)
    }

    /// Puts another leaf in place of the one at `index`; without effect where there is none.
    pub fn replace(&mut self, index: usize, leaf: Digest) {
        let there = self.levels.first_mut();
        if let Some(place) = there.and_then(|leaves| leaves.get_mut(index)) {
            *place = leaf;
            self.replaced.insert(index);
        }
    }

    /// Inserts a leaf before the one at `index`, at the end where there is none.
    pub fn insert(&mut self, index: usize, leaf: Digest) {
        if self.levels.is_empty() {
            self.levels.push(Vec::new());
        }
        let leaves = &mut self.levels[0];
        let index = index.min(leaves.len());
        leaves.insert(index, leaf);
        let first = self.inserted.map_or(index, |before| before.min(index));
        self.inserted = Some(first);
    }

    /// The root; what has changed since it was asked for last is hashed now.
    pub fn settle(&mut self) -> Digest {
        // Nothing was inserted: as if it were behind every leaf.
        let mut from = self.inserted.take().unwrap_or(usize::MAX);
        let mut replaced = std::mem::take(&mut self.replaced);
        let mut level = 0;
        while self.levels.get(level).is_some_and(|below| below.len() > 1) {
            if self.levels.len() == level + 1 {
                self.levels.push(Vec::new());
            }
            let (lower, upper) = self.levels.split_at_mut(level + 1);
            let (below, above) = (&lower[level], &mut upper[0]);
            from /= 2;
            above.truncate(from);
            replaced = replaced.into_iter().map(|index| index / 2).collect();
            for index in replaced.iter().copied() {
                if let Some(place) = above.get_mut(index) {
                    *place = parent(below, index);
                }
            }
            for index in above.len()..below.len().div_ceil(2) {
                above.push(parent(below, index));
            }
            level += 1;
        }
        self.levels.truncate(level + 1);
        let root = self.levels.last().and_then(|top| top.first());
        root.copied().unwrap_or_else(empty_root)
    }
}

fn parent(below: &[Digest], index: usize) -> Digest {
    let pair = &below[index * 2..];
    match pair {
        [left, right, ..] => node_hash(left, right),
        // It has no sibling.
        [alone] => *alone,
        [] => empty_root(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tree::root;

    fn leaf(number: u64) -> Digest {
        Digest::of(&number.to_be_bytes())
    }

    #[test]
    fn it_grows_at_the_end_as_any_tree_does() {
        let (mut levels, mut leaves) = (Levels::default(), Vec::new());
        assert_eq!(levels.settle(), empty_root());
        for number in 0..130 {
            levels.insert(usize::MAX, leaf(number));
            leaves.push(leaf(number));
            assert_eq!(levels.settle(), root(&leaves), "{number}");
            assert_eq!(levels.leaves(), leaves);
        }
        levels.replace(130, leaf(0));
        assert_eq!(levels.settle(), root(&leaves), "there is no such leaf");
    }

    proptest! {
        #[test]
        fn whatever_is_replaced_and_inserted_it_has_the_root_of_its_leaves(
            changes in prop::collection::vec(
                (any::<bool>(), 0_usize..80, any::<u64>(), any::<bool>()),
                1..120,
            )
        ) {
            let (mut levels, mut leaves) = (Levels::default(), Vec::new());
            for (insert, at, number, settle) in changes {
                let at = at.min(leaves.len());
                if insert || at == leaves.len() {
                    levels.insert(at, leaf(number));
                    leaves.insert(at, leaf(number));
                } else {
                    levels.replace(at, leaf(number));
                    leaves[at] = leaf(number);
                }
                if settle {
                    prop_assert_eq!(levels.settle(), root(&leaves));
                }
            }
            prop_assert_eq!(levels.settle(), root(&leaves));
        }
    }
}
