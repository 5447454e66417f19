//! Which leaves the digests of a proof stand for: the arithmetic of RFC 6962 §2.1.1 and §2.1.2
//! without any hashing, so that one who holds leaves and one who holds stored nodes share it.

use core::ops::Range;

use super::LARGEST_TREE;

/// The ranges of leaves whose roots are the audit path of leaf `index` in a tree of `size`, from
/// the leaf's sibling upwards. `None` when the leaf is outside or the tree above [`LARGEST_TREE`].
pub fn inclusion_ranges(index: u64, size: u64) -> Option<Vec<Range<u64>>> {
    if index >= size || size > LARGEST_TREE {
        return None;
    }
    let mut path = Vec::new();
    let mut tree = 0..size;
    while tree.end - tree.start > 1 {
        let middle = middle(&tree);
        if index < middle {
            path.push(middle..tree.end);
            tree.end = middle;
        } else {
            path.push(tree.start..middle);
            tree.start = middle;
        }
    }
    path.reverse();
    Some(path)
}

/// The ranges of leaves whose roots prove that the tree of `old_size` is a beginning of that of
/// `new_size`, from the lowest upwards. Empty when the old tree is empty or the sizes are equal,
/// `None` when the old tree is the larger one or the new one above [`LARGEST_TREE`].
pub fn consistency_ranges(old_size: u64, new_size: u64) -> Option<Vec<Range<u64>>> {
    if old_size > new_size || new_size > LARGEST_TREE {
        return None;
    }
    let mut path = Vec::new();
    if old_size == 0 {
        return Some(path);
    }
    let mut tree = 0..new_size;
    while tree.end != old_size {
        let middle = middle(&tree);
        if old_size <= middle {
            path.push(middle..tree.end);
            tree.end = middle;
        } else {
            path.push(tree.start..middle);
            tree.start = middle;
        }
    }
    // A subtree that begins the old tree is the old tree: its root need not be told.
    if tree.start > 0 {
        path.push(tree);
    }
    path.reverse();
    Some(path)
}

/// The complete subtrees that make up a range which is itself a subtree of some tree, as (level,
/// index), the largest first. Joined from the right they give the range's root.
pub fn complete_subtrees(range: Range<u64>) -> impl Iterator<Item = (u8, u64)> {
    let mut start = range.start;
    core::iter::from_fn(move || {
        let level = range.end.saturating_sub(start).checked_ilog2()?;
        let index = start >> level;
        start += 1 << level;
        Some((u8::try_from(level).ok()?, index))
    })
}

/// Where RFC 6962 splits a tree of two leaves or more: its left part is the largest power of two
/// that is smaller than the whole.
fn middle(tree: &Range<u64>) -> u64 {
    tree.start + (1 << (tree.end - tree.start - 1).ilog2())
}
