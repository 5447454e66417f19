use core::ops::Range;

use data_encoding::HEXLOWER;
use proptest::prelude::*;

use super::*;

/// Sizes up to here are tried with every index and every earlier size.
const EXHAUSTIVE: u64 = 40;

/// RFC 6962 §2.1 word for word: splits the list and recurses.
fn naive_root(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => Digest::of(b""),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            let (left, right) = (naive_root(left), naive_root(right));
            Digest::of(&[&[1], left.as_bytes().as_slice(), right.as_bytes()].concat())
        }
    }
}

/// RFC 6962 §2.1.1 word for word.
fn naive_path(index: usize, leaves: &[Digest]) -> Vec<Digest> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let split = leaves.len().next_power_of_two() / 2;
    let (left, right) = leaves.split_at(split);
    let (mut path, sibling) = if index < split {
        (naive_path(index, left), naive_root(right))
    } else {
        (naive_path(index - split, right), naive_root(left))
    };
    path.push(sibling);
    path
}

/// RFC 6962 §2.1.2 word for word: SUBPROOF(m, D[n], b).
fn naive_consistency(old: usize, leaves: &[Digest], known: bool) -> Vec<Digest> {
    if old == leaves.len() {
        return if known {
            Vec::new()
        } else {
            vec![naive_root(leaves)]
        };
    }
    let split = leaves.len().next_power_of_two() / 2;
    let (left, right) = leaves.split_at(split);
    let (mut path, sibling) = if old <= split {
        (naive_consistency(old, left, known), naive_root(right))
    } else {
        (
            naive_consistency(old - split, right, false),
            naive_root(left),
        )
    };
    path.push(sibling);
    path
}

fn leaves(count: u64) -> Vec<Digest> {
    (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
}

fn flipped(digest: &Digest, bit: usize) -> Digest {
    let mut bytes = *digest.as_bytes();
    bytes[bit / 8] ^= 1 << (bit % 8);
    Digest::from_bytes(bytes)
}

/// Every way in which a path can be damaged at one place: one bit, one digest more or less at
/// either end, two neighbours changed about.
fn damaged(path: &[Digest]) -> Vec<Vec<Digest>> {
    let extra = leaf_hash(b"one too many");
    let mut all = vec![[path, &[extra]].concat(), [&[extra], path].concat()];
    if let (Some(first), Some(last)) = (path.first(), path.last()) {
        all.extend([path[1..].to_vec(), path[..path.len() - 1].to_vec()]);
        all.extend([[path, &[*last]].concat(), [&[*first], path].concat()]);
    }
    for at in 0..path.len() {
        for bit in [0, 100, 255] {
            let mut changed = path.to_vec();
            changed[at] = flipped(&changed[at], bit);
            all.push(changed);
        }
        if at > 0 {
            let mut changed = path.to_vec();
            changed.swap(at - 1, at);
            all.push(changed);
        }
    }
    all
}

#[test]
fn the_roots_of_certificate_transparency_come_out() {
    let inputs = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ];
    let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let leaves: Vec<_> = inputs
        .iter()
        .map(|hex| leaf_hash(&HEXLOWER.decode(hex.as_bytes()).unwrap()))
        .collect();
    for (size, expected) in roots.iter().enumerate() {
        assert_eq!(
            root(&leaves[..size]).to_string(),
            *expected,
            "{size} leaves"
        );
    }
    let path = inclusion_path(&leaves, 0).unwrap();
    let known = [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ];
    assert_eq!(
        path.iter().map(Digest::to_string).collect::<Vec<_>>(),
        known
    );
}

#[test]
fn every_inclusion_path_is_that_of_the_rfc_and_stands() {
    for size in 0..=EXHAUSTIVE {
        let leaves = leaves(size);
        let root = root(&leaves);
        assert_eq!(root, naive_root(&leaves), "{size}");
        for (index, leaf) in (0..size).zip(&leaves) {
            let path = inclusion_path(&leaves, index).unwrap();
            assert_eq!(
                path,
                naive_path(usize::try_from(index).unwrap(), &leaves),
                "{index} {size}"
            );
            assert_eq!(
                verify_inclusion(leaf, index, size, &path, &root),
                Ok(()),
                "{index} {size}"
            );
        }
        assert_eq!(inclusion_path(&leaves, size), None, "{size}");
    }
}

#[test]
fn every_consistency_path_is_that_of_the_rfc_and_stands() {
    for new_size in 0..=EXHAUSTIVE {
        let all = leaves(new_size);
        let new_root = root(&all);
        for old_size in 0..=new_size {
            let old = usize::try_from(old_size).unwrap();
            let old_root = root(&all[..old]);
            let path = consistency_path(&all, old_size).unwrap();
            if old > 0 {
                assert_eq!(
                    path,
                    naive_consistency(old, &all, true),
                    "{old_size} {new_size}"
                );
            }
            assert_eq!(
                verify_consistency(old_size, &old_root, new_size, &new_root, &path),
                Ok(()),
                "{old_size} {new_size}"
            );
        }
        assert_eq!(consistency_path(&all, new_size + 1), None, "{new_size}");
    }
}

#[test]
fn c10_every_damaged_inclusion_proof_is_refused() {
    for size in 1..=EXHAUSTIVE {
        let leaves = leaves(size);
        let root = root(&leaves);
        for (index, leaf) in (0..size).zip(&leaves) {
            let path = inclusion_path(&leaves, index).unwrap();
            for path in damaged(&path) {
                assert!(
                    verify_inclusion(leaf, index, size, &path, &root).is_err(),
                    "{index} {size}"
                );
            }
            let refused = |leaf: &Digest, index, size, root: &Digest| {
                verify_inclusion(leaf, index, size, &path, root).is_err()
            };
            assert!(
                refused(&flipped(leaf, 7), index, size, &root),
                "leaf {index} {size}"
            );
            assert!(
                refused(leaf, index, size, &flipped(&root, 7)),
                "root {index} {size}"
            );
            for other in (0..=size + 2).filter(|other| *other != index) {
                assert!(
                    refused(leaf, other, size, &root),
                    "{other} for {index} of {size}"
                );
            }
        }
    }
}

#[test]
fn c10_every_bit_of_a_path_counts() {
    let leaves = leaves(37);
    let root = root(&leaves);
    let old_root = super::root(&leaves[..21]);
    let inclusion = inclusion_path(&leaves, 20).unwrap();
    let consistency = consistency_path(&leaves, 21).unwrap();
    for bit in 0..256 {
        for at in 0..inclusion.len() {
            let mut path = inclusion.clone();
            path[at] = flipped(&path[at], bit);
            let found = verify_inclusion(&leaves[20], 20, 37, &path, &root);
            assert!(
                matches!(found, Err(ProofRefused::WrongRoot { .. })),
                "{at} {bit}"
            );
        }
        for at in 0..consistency.len() {
            let mut path = consistency.clone();
            path[at] = flipped(&path[at], bit);
            let found = verify_consistency(21, &old_root, 37, &root, &path);
            assert!(
                matches!(found, Err(ProofRefused::WrongRoot { .. })),
                "{at} {bit}"
            );
        }
    }
}

#[test]
fn c10_every_damaged_consistency_proof_is_refused() {
    for new_size in 0..=EXHAUSTIVE {
        let all = leaves(new_size);
        let new_root = root(&all);
        for old_size in 0..=new_size {
            let old_root = root(&all[..usize::try_from(old_size).unwrap()]);
            let path = consistency_path(&all, old_size).unwrap();
            let refused = |old_size, old_root: &Digest, new_root: &Digest, path: &[Digest]| {
                verify_consistency(old_size, old_root, new_size, new_root, path).is_err()
            };
            for path in damaged(&path) {
                assert!(
                    refused(old_size, &old_root, &new_root, &path),
                    "{old_size} {new_size}"
                );
            }
            let forged = flipped(&old_root, 9);
            assert!(
                refused(old_size, &forged, &new_root, &path),
                "old {old_size} {new_size}"
            );
            let forged = flipped(&new_root, 9);
            // Everything grows from nothing: from size 0 no proof speaks about the new root.
            if old_size > 0 || new_size == 0 {
                assert!(
                    refused(old_size, &old_root, &forged, &path),
                    "new {old_size} {new_size}"
                );
            }
            for other in (0..=new_size + 2).filter(|other| *other != old_size) {
                assert!(
                    refused(other, &old_root, &new_root, &path),
                    "{other} for {old_size}"
                );
            }
        }
    }
}

#[test]
fn c10_a_proof_for_another_tree_size_is_refused_by_its_length() {
    let leaves = leaves(8);
    let root = root(&leaves);
    let path = inclusion_path(&leaves, 7).unwrap();
    for (size, due) in [(9, 4), (16, 4), (17, 5), (LARGEST_TREE, 63)] {
        assert_eq!(
            verify_inclusion(&leaves[7], 7, size, &path, &root),
            Err(ProofRefused::WrongLength {
                expected: due,
                found: 3
            }),
            "{size}"
        );
    }
}

#[test]
fn c10_an_inner_node_is_no_leaf() {
    let two = leaves(2);
    let preimage = [two[0].as_bytes().as_slice(), two[1].as_bytes()].concat();
    assert_ne!(leaf_hash(&preimage), root(&two));
    assert!(verify_inclusion(&leaf_hash(&preimage), 0, 1, &[], &root(&two)).is_err());
    // The hash of a node, offered as the hash of a leaf of a smaller tree with the same root:
    // nothing but the size, which is signed, tells the two apart.
    let four = leaves(4);
    let node = node_hash(&four[0], &four[1]);
    let path = [node_hash(&four[2], &four[3])];
    let found = verify_inclusion(&node, 0, 4, &path, &root(&four));
    assert_eq!(
        found,
        Err(ProofRefused::WrongLength {
            expected: 2,
            found: 1
        })
    );
}

#[test]
fn c10_sizes_of_one_shape_are_told_apart_by_the_checkpoint_only() {
    // A weakness of RFC 6962 itself, kept in view: leaf 5 has a path of the same shape in a tree
    // of 13 and of 14 leaves. So size and root are only ever taken together, from one signature.
    let leaves = leaves(13);
    let path = inclusion_path(&leaves, 5).unwrap();
    assert_eq!(
        verify_inclusion(&leaves[5], 5, 14, &path, &root(&leaves)),
        Ok(())
    );
    let (old, path) = (root(&leaves[..6]), consistency_path(&leaves, 6).unwrap());
    assert_eq!(
        verify_consistency(6, &old, 14, &root(&leaves), &path),
        Ok(())
    );
}

#[test]
fn c10_the_empty_tree_holds_nothing_and_trees_have_a_limit() {
    let outside = |index, size| ProofRefused::IndexOutside { index, size };
    let too_large = |size| ProofRefused::TooLarge { size };
    let due = |expected| ProofRefused::WrongLength { expected, found: 0 };
    let cases = [
        (0, 0, outside(0, 0)),
        (u64::MAX, 0, outside(u64::MAX, 0)),
        (u64::MAX, 1, outside(u64::MAX, 1)),
        (0, u64::MAX, too_large(u64::MAX)),
        (0, LARGEST_TREE + 1, too_large(LARGEST_TREE + 1)),
        (0, LARGEST_TREE, due(63)),
        (LARGEST_TREE - 1, LARGEST_TREE, due(62)),
    ];
    for (index, size, refusal) in cases {
        let found = verify_inclusion(&leaf_hash(b""), index, size, &[], &empty_root());
        assert_eq!(found, Err(refusal), "{index} of {size}");
    }
}

#[test]
fn c10_no_tree_grows_backwards_or_beyond_the_limit() {
    let shrunk = |old_size, new_size| ProofRefused::Shrunk { old_size, new_size };
    let due = |expected| ProofRefused::WrongLength { expected, found: 0 };
    let empty = empty_root();
    let cases = [
        (1, 0, shrunk(1, 0)),
        (u64::MAX, 1, shrunk(u64::MAX, 1)),
        (1, u64::MAX, ProofRefused::TooLarge { size: u64::MAX }),
        (1, LARGEST_TREE, due(63)),
        (3, LARGEST_TREE, due(64)),
    ];
    for (old_size, new_size, refusal) in cases {
        let found = verify_consistency(old_size, &empty, new_size, &empty, &[]);
        assert_eq!(found, Err(refusal), "{old_size} to {new_size}");
    }
    let leaf = leaf_hash(b"");
    let found = verify_consistency(0, &leaf, 5, &leaf, &[]);
    assert!(matches!(found, Err(ProofRefused::WrongRoot { .. })));
}

#[test]
fn a_frontier_is_the_tree_at_every_size_and_can_be_taken_up_again() {
    let leaves = leaves(EXHAUSTIVE);
    let mut frontier = Frontier::new();
    for size in 0..=leaves.len() {
        assert_eq!(frontier.root(), naive_root(&leaves[..size]), "{size}");
        let resumed = Frontier::resume(frontier.size(), frontier.roots().to_vec());
        assert_eq!(resumed.as_ref(), Ok(&frontier), "{size}");
        if let Some(leaf) = leaves.get(size) {
            frontier.push(*leaf);
        }
    }
}

#[test]
fn a_frontier_is_not_taken_up_from_the_wrong_number_of_roots() {
    let root = leaf_hash(b"");
    let wrong = |expected, found| FrontierRefused::WrongCount { expected, found };
    let cases = [
        (0, 1, wrong(0, 1)),
        (1, 0, wrong(1, 0)),
        (3, 1, wrong(2, 1)),
        (3, 3, wrong(2, 3)),
        (4, 2, wrong(1, 2)),
        (LARGEST_TREE, 62, wrong(63, 62)),
        (
            LARGEST_TREE + 1,
            1,
            FrontierRefused::TooLarge {
                size: LARGEST_TREE + 1,
            },
        ),
        (u64::MAX, 64, FrontierRefused::TooLarge { size: u64::MAX }),
    ];
    for (size, roots, refusal) in cases {
        assert_eq!(
            Frontier::resume(size, vec![root; roots]),
            Err(refusal),
            "{size} {roots}"
        );
    }
}

#[test]
fn the_largest_body_has_a_root() {
    let leaves = vec![leaf_hash(b"segment"); 65_536];
    // All leaves alike: sixteen times the node over two equal children.
    let expected = (0..16).fold(leaves[0], |below, _| node_hash(&below, &below));
    assert_eq!(root(&leaves), expected);
}

#[test]
fn a_frontier_notes_each_complete_subtree_once() {
    let leaves = leaves(EXHAUSTIVE);
    let mut frontier = Frontier::new();
    let mut noted = Vec::new();
    for leaf in &leaves {
        frontier.push_noting(*leaf, |node| noted.push(node));
    }
    let mut expected = 0;
    for level in 0..6_u8 {
        for index in 0..EXHAUSTIVE >> level {
            let range = position(index << level)..position((index + 1) << level);
            let node = Node {
                level,
                index,
                digest: naive_root(&leaves[range]),
            };
            assert_eq!(
                noted.iter().filter(|found| **found == node).count(),
                1,
                "{node:?}"
            );
            expected += 1;
        }
    }
    assert_eq!(noted.len(), expected);
}

#[test]
fn a_range_is_made_of_its_complete_subtrees() {
    type Subtree = (u8, u64);
    let cases: [(Range<u64>, &[Subtree]); 6] = [
        (0..0, &[]),
        (0..1, &[(0, 0)]),
        (0..7, &[(2, 0), (1, 2), (0, 6)]),
        (8..12, &[(2, 2)]),
        (8..11, &[(1, 4), (0, 10)]),
        (0..LARGEST_TREE + 1, &[(63, 0)]),
    ];
    for (range, subtrees) in cases {
        assert_eq!(
            complete_subtrees(range.clone()).collect::<Vec<_>>(),
            subtrees,
            "{range:?}"
        );
    }
}

fn position(at: u64) -> usize {
    usize::try_from(at).unwrap()
}

fn digests() -> impl Strategy<Value = Vec<Digest>> {
    proptest::collection::vec(any::<[u8; 32]>().prop_map(Digest::from_bytes), 0..70)
}

proptest! {
    #[test]
    fn hostile_proofs_never_panic(
        index in any::<u64>(), size in any::<u64>(), path in digests(), seed in any::<[u8; 32]>(),
    ) {
        let root = Digest::from_bytes(seed);
        prop_assert!(verify_inclusion(&root, index, size, &path, &root).is_err() || size == 1);
        let _ = verify_consistency(index, &root, size, &root, &path);
        let _ = Frontier::resume(size, path);
        if let Some(ranges) = inclusion_ranges(index, size) {
            prop_assert!(ranges.len() <= LONGEST_PATH);
        }
        if let Some(ranges) = consistency_ranges(index, size) {
            prop_assert!(ranges.len() <= LONGEST_PATH);
        }
    }

    #[test]
    fn huge_trees_demand_as_many_digests_as_their_ranges(index in any::<u64>(), size in 1_u64..) {
        let size = size & LARGEST_TREE;
        let digest = empty_root();
        if let Some(ranges) = inclusion_ranges(index & LARGEST_TREE, size) {
            let path = vec![digest; ranges.len()];
            let found = verify_inclusion(&digest, index & LARGEST_TREE, size, &path, &digest);
            let wrong_length = matches!(found, Err(ProofRefused::WrongLength { .. }));
            prop_assert!(!wrong_length);
        }
        let old_size = index % (size + 1);
        if let Some(ranges) = consistency_ranges(old_size, size) {
            let path = vec![digest; ranges.len()];
            let found = verify_consistency(old_size, &digest, size, &digest, &path);
            let wrong_length = matches!(found, Err(ProofRefused::WrongLength { .. }));
            prop_assert!(!wrong_length);
        }
    }
}
