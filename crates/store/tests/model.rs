//! Any sequence of commits, closings and views gives what an ordered map gives.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Included, Unbounded};

use proptest::collection::vec;
use proptest::prelude::*;
use yichuan_store::conformance::{LARGE, SCHEMA, SMALL};
use yichuan_store::{Batch, Embedded, MemoryDisk, Precondition, Store, Table};

#[derive(Clone, Debug)]
enum Act {
    /// Commits these changes: table, key, and the length of the value, or a deletion.
    Commit(Vec<(Table, u8, Option<usize>)>),
    /// Commits one change on condition that the key is absent.
    Claim(Table, u8),
    Reopen,
    Range(Table, u8, u8, usize),
}

fn table() -> impl Strategy<Value = Table> {
    prop_oneof![Just(SMALL), Just(LARGE)]
}

fn act() -> impl Strategy<Value = Act> {
    let length = prop_oneof![Just(0_usize), 1..200_usize, 4000..5000_usize];
    prop_oneof![
        6 => vec((table(), 0..12_u8, prop::option::of(length)), 0..6).prop_map(Act::Commit),
        2 => (table(), 0..12_u8).prop_map(|(table, key)| Act::Claim(table, key)),
        1 => Just(Act::Reopen),
        3 => (table(), 0..13_u8, 0..13_u8, 0..14_usize)
            .prop_map(|(table, from, to, limit)| Act::Range(table, from, to, limit)),
    ]
}

type Model = BTreeMap<(Table, Vec<u8>), Vec<u8>>;

fn follow(acts: &[Act], reopen: &dyn Fn() -> Box<dyn Store>) {
    let mut model = Model::new();
    let mut store = Some(reopen());
    for (number, act) in acts.iter().enumerate() {
        let current = store.as_deref().expect("a store is open between acts");
        match act {
            Act::Commit(changes) => {
                let mut batch = Batch::new();
                for (table, key, length) in changes {
                    let key = vec![*key];
                    if let Some(length) = length {
                        let value = vec![number.to_le_bytes()[0]; *length];
                        batch.put(*table, key.clone(), value.clone());
                        model.insert((*table, key), value);
                    } else {
                        batch.delete(*table, key.clone());
                        model.remove(&(*table, key));
                    }
                }
                current.commit(batch, &[]).expect("committed");
            }
            Act::Claim(table, key) => {
                let mut batch = Batch::new();
                batch.put(*table, [*key], "claimed");
                let condition = Precondition::Absent(*table, vec![*key]);
                let made = current.commit(batch, &[condition]).is_ok();
                let place = (*table, vec![*key]);
                assert_eq!(made, !model.contains_key(&place), "act {number}");
                model.entry(place).or_insert_with(|| b"claimed".to_vec());
            }
            Act::Reopen => {
                store = None;
                store = store.or_else(|| Some(reopen()));
            }
            Act::Range(table, from, to, limit) => {
                check_range(current, &model, (*table, *from, *to, *limit));
            }
        }
    }
}

fn check_range(store: &dyn Store, model: &Model, range: (Table, u8, u8, usize)) {
    let (table, from, to, limit) = range;
    let view = store.view().expect("a view opens");
    let mut expected: Vec<_> = model
        .iter()
        .filter(|((found, key), _)| *found == table && key[0] >= from && key[0] < to)
        .map(|((_, key), value)| (key.clone(), value.clone()))
        .collect();
    let last = view
        .last(table, Included(&[from]), Excluded(&[to]))
        .expect("read");
    assert_eq!(last.as_ref(), expected.last(), "last of {range:?}");
    expected.truncate(limit);
    let found = view
        .range(table, Included(&[from]), Excluded(&[to]), limit)
        .expect("read");
    assert_eq!(found, expected, "{range:?}");
    let all = view
        .range(table, Unbounded, Unbounded, usize::MAX)
        .expect("read");
    assert_eq!(
        all.len(),
        model.keys().filter(|place| place.0 == table).count()
    );
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(24)
    })]

    #[test]
    fn the_embedded_store_is_an_ordered_map(acts in vec(act(), 1..60)) {
        let folder = tempfile::tempdir().expect("a folder for the test");
        follow(&acts, &|| Box::new(Embedded::open(folder.path(), SCHEMA).expect("it opens")));
    }

    #[test]
    fn the_store_in_memory_is_an_ordered_map(acts in vec(act(), 1..60)) {
        let disk = MemoryDisk::new();
        follow(&acts, &|| Box::new(disk.store(SCHEMA).expect("it opens")));
    }
}
