//! Cases for what a store of records refuses. A refusal never changes anything.

use std::ops::Bound::Unbounded;

use super::records::{all, get, open, put, view};
use super::{Installation, LARGE, SCHEMA, SMALL};
use crate::batch::{Batch, LARGEST_BATCH, LARGEST_VALUE, LONGEST_KEY};
use crate::contract::{CommitRefused, Precondition, Schema, StoreError, Table};

pub(super) fn unknown_table_is_refused(at: &dyn Installation) {
    let store = open(at);
    let view = view(&*store);
    for stranger in [
        Table::small("stranger"),
        Table::large("small"),
        Table::small("large"),
    ] {
        let name = stranger.name();
        let unknown = |error| matches!(error, StoreError::UnknownTable(found) if found == name);
        assert!(view.get(stranger, b"k").is_err_and(unknown), "{stranger:?}");
        assert!(
            view.range(stranger, Unbounded, Unbounded, 1)
                .is_err_and(unknown),
            "{stranger:?}"
        );
        assert!(
            view.last(stranger, Unbounded, Unbounded)
                .is_err_and(unknown),
            "{stranger:?}"
        );
        let unknown = |error| matches!(error, CommitRefused::UnknownTable(found) if found == name);
        let mut batch = Batch::new();
        batch.put(stranger, "k", "v");
        assert!(store.commit(batch, &[]).is_err_and(unknown), "{stranger:?}");
        let condition = Precondition::Absent(stranger, b"k".to_vec());
        assert!(
            store.commit(Batch::new(), &[condition]).is_err_and(unknown),
            "{stranger:?}"
        );
    }
}

pub(super) fn limits_are_kept(at: &dyn Installation) {
    let store = open(at);
    put(&*store, SMALL, &[7; LONGEST_KEY], b"v");
    let big = vec![0; LARGEST_VALUE];
    let refuse = |name: &str, batch: Batch, conditions: &[Precondition]| {
        let refused = store.commit(batch, conditions).expect_err(name);
        let expected = matches!(
            refused,
            CommitRefused::KeyLength { .. }
                | CommitRefused::ValueTooLarge { .. }
                | CommitRefused::BatchTooLarge { .. }
        );
        assert!(expected, "{name}: {refused}");
    };
    for length in [0, LONGEST_KEY + 1, 65_536, 70_000] {
        let mut batch = Batch::new();
        batch.put(SMALL, vec![7; length], "v");
        refuse(&format!("a key of {length}"), batch, &[]);
        let condition = Precondition::Absent(SMALL, vec![7; length]);
        refuse(
            &format!("a condition on a key of {length}"),
            Batch::new(),
            &[condition],
        );
        let found = get(&*store, SMALL, &vec![7; length]);
        assert_eq!(found, None, "reading a key of {length}");
    }
    let mut batch = Batch::new();
    batch.put(LARGE, "k", vec![0; LARGEST_VALUE + 1]);
    refuse("a value", batch, &[]);
    let mut batch = Batch::new();
    for number in 0..=u8::try_from(LARGEST_BATCH / LARGEST_VALUE).expect("a few") {
        batch.put(LARGE, [number], big.clone());
    }
    assert!(batch.bytes() > LARGEST_BATCH);
    refuse("a batch", batch, &[]);
    assert_eq!(all(&*store, LARGE), []);
    assert_eq!(all(&*store, SMALL).len(), 1);
}

pub(super) fn store_is_open_once(at: &dyn Installation) {
    let store = open(at);
    assert!(matches!(at.store(SCHEMA), Err(StoreError::Locked)));
    put(&*store, SMALL, b"a", b"1");
    drop(store);
    assert_eq!(all(&*open(at), SMALL).len(), 1);
}

pub(super) fn versions_are_checked(at: &dyn Installation) {
    let with = |version, predecessor| Schema {
        version,
        predecessor,
        ..SCHEMA
    };
    put(
        &*at.store(with(2, None)).expect("version 2 is made"),
        SMALL,
        b"a",
        b"2",
    );
    for (schema, newest) in [(with(1, None), 1), (with(0, None), 0)] {
        let refused = at.store(schema).err();
        let expected = matches!(
            refused,
            Some(StoreError::NewerVersion { found: 2, supported, .. }) if supported == newest
        );
        assert!(expected, "version {newest}: {refused:?}");
    }
    let skipped = at.store(with(4, Some(3))).err();
    let expected = matches!(
        skipped,
        Some(StoreError::OlderVersion {
            found: 2,
            oldest: 3
        })
    );
    assert!(expected, "{skipped:?}");
    drop(at.store(with(2, None)).expect("refusals change nothing"));
    let raised = at
        .store(with(3, Some(2)))
        .expect("version 3 reads version 2");
    assert_eq!(get(&*raised, SMALL, b"a").as_deref(), Some(&b"2"[..]));
    drop(raised);
    let refused = at.store(with(2, None)).err();
    let expected = matches!(refused, Some(StoreError::NewerVersion { found: 3, .. }));
    assert!(expected, "after raising: {refused:?}");
}

pub(super) fn preconditions_are_checked(at: &dyn Installation) {
    let store = open(at);
    put(&*store, SMALL, b"there", b"1");
    put(&*store, SMALL, b"empty", b"");
    let absent = |key: &str| Precondition::Absent(SMALL, key.into());
    let equals = |key: &str, value: &str| Precondition::Equals(SMALL, key.into(), value.into());
    let cases = [
        (vec![absent("there")], Some(0)),
        (vec![absent("empty")], Some(0)),
        (vec![equals("there", "2")], Some(0)),
        (vec![equals("there", "")], Some(0)),
        (vec![equals("there", "11")], Some(0)),
        (vec![equals("gone", "")], Some(0)),
        (vec![absent("gone"), equals("gone", "1")], Some(1)),
        (
            vec![equals("there", "1"), equals("empty", ""), absent("there")],
            Some(2),
        ),
        (vec![Precondition::Absent(LARGE, b"there".to_vec())], None),
        (vec![absent("gone")], None),
        (vec![equals("there", "1"), equals("empty", "")], None),
    ];
    for (number, (conditions, failing)) in (0_u8..).zip(cases) {
        let mut batch = Batch::new();
        batch.put(LARGE, [number], "made");
        let answer = store.commit(batch, &conditions);
        match (&answer, failing) {
            (Ok(()), None) => {}
            (Err(CommitRefused::PreconditionFailed { index, .. }), Some(failing)) => {
                assert_eq!(*index, failing, "{conditions:?}");
            }
            _ => panic!("{conditions:?}: {answer:?}"),
        }
        let made = get(&*store, LARGE, &[number]).is_some();
        assert_eq!(made, failing.is_none(), "{conditions:?}");
    }
    assert!(
        store.commit(Batch::new(), &[absent("there")]).is_err(),
        "an empty batch"
    );
    store
        .commit(Batch::new(), &[equals("there", "1")])
        .expect("an empty batch");
}
