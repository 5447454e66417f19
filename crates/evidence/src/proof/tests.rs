use proptest::prelude::*;
use yichuan_document::cbor;
use yichuan_document::tree::{consistency_path, inclusion_path, leaf_hash, root};

use super::*;

fn leaves(count: u8) -> Vec<Digest> {
    (0..count).map(|n| leaf_hash(&[n])).collect()
}

fn checkpoint(leaves: &[Digest]) -> Checkpoint {
    let size = u64::try_from(leaves.len()).unwrap();
    Checkpoint {
        origin: "yichuan.example".parse().unwrap(),
        size,
        root: root(leaves),
    }
}

fn growth(all: &[Digest], old: u64) -> Path {
    Path::new(consistency_path(all, old).unwrap()).unwrap()
}

#[test]
fn an_entry_is_proved_under_a_checkpoint() {
    let all = leaves(13);
    let inclusion = Inclusion {
        index: 5,
        path: Path::new(inclusion_path(&all, 5).unwrap()).unwrap(),
    };
    assert_eq!(inclusion.verify(&[5], &checkpoint(&all)), Ok(()));
    assert_eq!(inclusion.verify_leaf(&all[5], &checkpoint(&all)), Ok(()));
    let written = cbor::to_vec(&inclusion);
    assert_eq!(cbor::read::<Inclusion>(&written, 200), Ok(inclusion));
}

#[test]
fn c10_an_entry_is_not_proved_by_the_proof_of_another() {
    let all = leaves(13);
    let inclusion = Inclusion {
        index: 5,
        path: Path::new(inclusion_path(&all, 5).unwrap()).unwrap(),
    };
    let moved = Inclusion {
        index: 4,
        ..inclusion.clone()
    };
    let cases: [(&str, &Inclusion, &[u8], usize); 6] = [
        ("another entry", &inclusion, &[6], 13),
        ("an empty entry", &inclusion, &[], 13),
        ("the leaf hash as entry", &inclusion, all[5].as_bytes(), 13),
        ("another index", &moved, &[5], 13),
        ("a smaller tree", &inclusion, &[5], 12),
        ("the empty tree", &inclusion, &[5], 0),
    ];
    for (name, inclusion, entry, size) in cases {
        let checkpoint = checkpoint(&all[..size]);
        assert!(inclusion.verify(entry, &checkpoint).is_err(), "{name}");
    }
}

#[test]
fn c9_two_checkpoints_of_one_size_are_a_split_view() {
    let all = leaves(9);
    let mut other = all.clone();
    other[3] = leaf_hash(b"what the receiver was shown");
    let (ours, theirs) = (checkpoint(&all), checkpoint(&other));
    assert_eq!(compare(&ours, &theirs), Relation::Split);
    assert_eq!(compare(&ours, &ours), Relation::Same);
    let refused = GrowthRefused::Split { size: 9 };
    assert_eq!(
        verify_growth(&ours, &theirs, &Path::default()),
        Err(refused)
    );
    assert_eq!(verify_growth(&ours, &ours, &Path::default()), Ok(()));
    let needless = Path::new(vec![all[0]]).unwrap();
    assert!(matches!(
        verify_growth(&ours, &ours, &needless),
        Err(GrowthRefused::Proof(_))
    ));
}

#[test]
fn c9_a_split_view_does_not_grow_together_again() {
    let all = leaves(20);
    let mut other = all.clone();
    other[3] = leaf_hash(b"what the receiver was shown");
    for old in 4..20 {
        let (seen, now) = (checkpoint(&other[..old]), checkpoint(&all));
        assert_eq!(compare(&seen, &now), Relation::Later, "{old}");
        for path in [growth(&all, old as u64), growth(&other, old as u64)] {
            let found = verify_growth(&seen, &now, &path);
            assert!(matches!(found, Err(GrowthRefused::Proof(_))), "{old}");
        }
    }
    // Before the entry where they part, the two views are one.
    let seen = checkpoint(&other[..3]);
    assert_eq!(
        verify_growth(&seen, &checkpoint(&all), &growth(&all, 3)),
        Ok(())
    );
}

#[test]
fn c8_a_log_that_was_rolled_back_is_refused() {
    let all = leaves(12);
    for (old, new) in [(12, 11), (12, 0), (1, 0), (8, 4)] {
        let (seen, now) = (checkpoint(&all[..old]), checkpoint(&all[..new]));
        assert_eq!(compare(&seen, &now), Relation::Earlier);
        let shrunk = GrowthRefused::Shrunk {
            old_size: old as u64,
            new_size: new as u64,
        };
        let paths = [Path::default(), growth(&all[..old], new as u64)];
        for path in paths {
            assert_eq!(
                verify_growth(&seen, &now, &path),
                Err(shrunk),
                "{old} {new}"
            );
        }
    }
}

#[test]
fn c8_the_checkpoint_of_another_log_proves_nothing() {
    let all = leaves(6);
    let ours = checkpoint(&all);
    let theirs = Checkpoint {
        origin: "other.example".parse().unwrap(),
        ..ours.clone()
    };
    assert_eq!(compare(&ours, &theirs), Relation::OtherLog);
    let found = verify_growth(&ours, &theirs, &Path::default());
    assert_eq!(found, Err(GrowthRefused::OtherLog));
}

#[test]
fn c10_bytes_that_are_no_path_are_refused() {
    for length in [1, 31, 33, 63, 65 * 32, 64 * 32 + 1, 1 << 20] {
        let found = Path::from_bytes(&vec![0; length]);
        assert_eq!(found, Err(PathRefused { bytes: length }), "{length}");
    }
    for length in [0, 32, 64, 64 * 32] {
        let path = Path::from_bytes(&vec![7; length]).unwrap();
        assert_eq!(path.to_bytes(), vec![7; length], "{length}");
    }
    assert!(Path::new(vec![leaf_hash(b""); 65]).is_err());
    let cases: [(&str, &[u8]); 5] = [
        ("an array for the path", &[0xa2, 0, 0, 1, 0x80]),
        ("a text for the path", &[0xa2, 0, 0, 1, 0x60]),
        ("no path", &[0xa1, 0, 0]),
        ("a negative index", &[0xa2, 0, 0x20, 1, 0x40]),
        ("half a digest", &[0xa2, 0, 0, 1, 0x42, 7, 7]),
    ];
    for (name, bytes) in cases {
        assert!(cbor::read::<Inclusion>(bytes, 100).is_err(), "{name}");
    }
    assert!(cbor::read::<Inclusion>(&[0xa2, 0, 0, 1, 0x40], 100).is_ok());
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2200)) {
        let _ = cbor::read::<Inclusion>(&bytes, 4096);
        if let Ok(path) = Path::from_bytes(&bytes) {
            prop_assert_eq!(path.to_bytes(), bytes);
        }
    }
}
