//! Cases for the store of records. They never look at how a backend keeps them.

use std::collections::BTreeMap;
use std::ops::Bound::{self, Excluded, Included, Unbounded};
use std::sync::Barrier;

use super::record_refusals::{
    limits_are_kept, preconditions_are_checked, store_is_open_once, unknown_table_is_refused,
    versions_are_checked,
};
use super::{Case, Installation, LARGE, SCHEMA, SMALL};
use crate::batch::{Batch, LARGEST_VALUE, LONGEST_KEY};
use crate::contract::{CommitRefused, Pair, Precondition, Store, Table, View};

/// Every case for [`Store`].
pub const RECORD_CASES: &[Case] = &[
    ("a batch is made whole or not at all", batch_is_whole),
    (
        "of two changes of one key in a batch the later counts",
        later_change_counts,
    ),
    ("a view does not change", view_does_not_change),
    ("a view may be taken to another thread", view_is_sent),
    (
        "ranges are in order and within their bounds",
        ranges_are_in_order,
    ),
    (
        "a batch is made only if its preconditions hold",
        preconditions_are_checked,
    ),
    (
        "of eight commits on one absent key one is made",
        one_of_eight_wins,
    ),
    ("eight counters at once lose no count", no_count_is_lost),
    (
        "what was committed is there after opening again",
        reopening_keeps_all,
    ),
    (
        "values of every permitted size are kept",
        values_of_every_size,
    ),
    (
        "more than the engine holds in memory is kept",
        more_than_memory,
    ),
    ("one key in many tables has many values", tables_are_apart),
    (
        "a table that was not named at opening is refused",
        unknown_table_is_refused,
    ),
    (
        "what exceeds a limit is refused and nothing is written",
        limits_are_kept,
    ),
    ("a store is open once", store_is_open_once),
    (
        "a store of another version is refused or raised",
        versions_are_checked,
    ),
];

pub(super) fn open(at: &dyn Installation) -> Box<dyn Store> {
    at.store(SCHEMA).expect("the store opens")
}

pub(super) fn put(store: &dyn Store, table: Table, key: &[u8], value: &[u8]) {
    let mut batch = Batch::new();
    batch.put(table, key, value);
    store.commit(batch, &[]).expect("the batch is committed");
}

pub(super) fn view(store: &dyn Store) -> Box<dyn View> {
    store.view().expect("a view opens")
}

pub(super) fn get(store: &dyn Store, table: Table, key: &[u8]) -> Option<Vec<u8>> {
    view(store).get(table, key).expect("a key is read")
}

pub(super) fn all(store: &dyn Store, table: Table) -> Vec<Pair> {
    view(store)
        .range(table, Unbounded, Unbounded, usize::MAX)
        .expect("a table is read")
}

fn batch_is_whole(at: &dyn Installation) {
    let store = open(at);
    put(&*store, SMALL, b"old", b"1");
    let stranger = Table::small("stranger");
    let spoilers = [
        ("unknown table", stranger, Vec::from("k")),
        ("empty key", LARGE, Vec::new()),
        ("long key", LARGE, vec![0; LONGEST_KEY + 1]),
    ];
    for (name, table, key) in spoilers {
        let mut batch = Batch::new();
        batch.put(SMALL, "new", "2");
        batch.delete(SMALL, "old");
        batch.put(table, key, "v");
        let refused = store.commit(batch, &[]).expect_err(name);
        assert!(!refused.may_have_persisted(), "{name}: {refused}");
        assert_eq!(
            all(&*store, SMALL),
            [(b"old".to_vec(), b"1".to_vec())],
            "{name}"
        );
    }
    let mut batch = Batch::new();
    batch.put(SMALL, "new", "2");
    batch.put(LARGE, "new", "3");
    batch.delete(SMALL, "old");
    batch.delete(SMALL, "was never there");
    store
        .commit(batch, &[])
        .expect("a sound batch is committed");
    assert_eq!(all(&*store, SMALL), [(b"new".to_vec(), b"2".to_vec())]);
    assert_eq!(all(&*store, LARGE), [(b"new".to_vec(), b"3".to_vec())]);
}

fn later_change_counts(at: &dyn Installation) {
    for reopened in [false, true] {
        let store = open(at);
        let mut batch = Batch::new();
        batch.put(SMALL, "a", "1");
        batch.delete(SMALL, "a");
        batch.put(SMALL, "b", "1");
        batch.put(SMALL, "b", "2");
        batch.delete(SMALL, "c");
        batch.put(SMALL, "c", "3");
        let mut later = Batch::new();
        later.put(SMALL, "b", "4");
        batch.append(later);
        store.commit(batch, &[]).expect("the batch is committed");
        let expected = [
            (b"b".to_vec(), b"4".to_vec()),
            (b"c".to_vec(), b"3".to_vec()),
        ];
        assert_eq!(all(&*store, SMALL), expected, "reopened: {reopened}");
    }
    assert_eq!(all(&*open(at), SMALL).len(), 2);
}

fn view_does_not_change(at: &dyn Installation) {
    let store = open(at);
    let empty = view(&*store);
    put(&*store, SMALL, b"a", b"1");
    put(&*store, SMALL, b"b", b"1");
    let before = view(&*store);
    let mut batch = Batch::new();
    batch.put(SMALL, "a", "2");
    batch.delete(SMALL, "b");
    batch.put(SMALL, "c", "2");
    store.commit(batch, &[]).expect("the batch is committed");
    assert_eq!(empty.get(SMALL, b"a").expect("read"), None);
    assert_eq!(empty.last(SMALL, Unbounded, Unbounded).expect("read"), None);
    let pairs = before.range(SMALL, Unbounded, Unbounded, 9).expect("read");
    assert_eq!(
        pairs,
        [
            (b"a".to_vec(), b"1".to_vec()),
            (b"b".to_vec(), b"1".to_vec())
        ]
    );
    assert_eq!(before.get(SMALL, b"c").expect("read"), None);
    assert_eq!(get(&*store, SMALL, b"a").as_deref(), Some(&b"2"[..]));
    assert_eq!(get(&*store, SMALL, b"b"), None);
}

fn view_is_sent(at: &dyn Installation) {
    let store = open(at);
    put(&*store, SMALL, b"a", b"1");
    let sent = view(&*store);
    let reader = std::thread::spawn(move || sent.get(SMALL, b"a").expect("read"));
    put(&*store, SMALL, b"a", b"2");
    assert_eq!(
        reader.join().expect("the reader ends").as_deref(),
        Some(&b"1"[..])
    );
}

fn ranges_are_in_order(at: &dyn Installation) {
    let store = open(at);
    let long = vec![5; LONGEST_KEY];
    let longer = vec![5; LONGEST_KEY + 1];
    let longest = vec![5; 70_000];
    let keys: [&[u8]; 9] = [
        b"\xff\xff",
        b"\x05",
        &long,
        b"\x00",
        b"b",
        b"a",
        b"ab",
        b"\xff",
        b"\x00\x00",
    ];
    let mut model = BTreeMap::new();
    for (number, key) in (0_u8..).zip(keys) {
        put(&*store, SMALL, key, &[number]);
        model.insert(key.to_vec(), vec![number]);
    }
    let marks: [&[u8]; 12] = [
        b"",
        b"\x00",
        b"\x00\x00",
        b"\x05",
        &long,
        &longer,
        &longest,
        b"a",
        b"aa",
        b"b",
        b"\xff",
        b"\xff\xff\xff",
    ];
    let bounds = |key| [Included(key), Excluded(key)];
    let bounds: Vec<Bound<&[u8]>> = marks
        .into_iter()
        .flat_map(bounds)
        .chain([Unbounded])
        .collect();
    let view = view(&*store);
    for from in &bounds {
        for to in &bounds {
            let expected: Vec<Pair> = model
                .iter()
                .filter(|(key, _)| is_after(key, *from) && is_before(key, *to))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect();
            for limit in [0, 1, 3, usize::MAX] {
                let found = view
                    .range(SMALL, *from, *to, limit)
                    .expect("a range is read");
                let expected = &expected[..limit.min(expected.len())];
                assert_eq!(found, expected, "from {from:?} to {to:?}, at most {limit}");
            }
            let last = view.last(SMALL, *from, *to).expect("the last is read");
            assert_eq!(
                last.as_ref(),
                expected.last(),
                "last from {from:?} to {to:?}"
            );
        }
    }
}

fn is_after(key: &[u8], from: Bound<&[u8]>) -> bool {
    match from {
        Included(from) => key >= from,
        Excluded(from) => key > from,
        Unbounded => true,
    }
}

fn is_before(key: &[u8], to: Bound<&[u8]>) -> bool {
    match to {
        Included(to) => key <= to,
        Excluded(to) => key < to,
        Unbounded => true,
    }
}

fn one_of_eight_wins(at: &dyn Installation) {
    let store = open(at);
    let start = Barrier::new(8);
    let winners: Vec<Vec<u8>> = std::thread::scope(|scope| {
        let race = |racer: u8| {
            let (store, start) = (&*store, &start);
            scope.spawn(move || {
                let mut won = Vec::new();
                for round in 0..20 {
                    start.wait();
                    let mut batch = Batch::new();
                    batch.put(SMALL, [round], [racer]);
                    match store.commit(batch, &[Precondition::Absent(SMALL, vec![round])]) {
                        Ok(()) => won.push(round),
                        Err(CommitRefused::PreconditionFailed { .. }) => {}
                        Err(other) => panic!("racer {racer}, round {round}: {other}"),
                    }
                }
                won
            })
        };
        let racers: Vec<_> = (0..8).map(race).collect();
        racers
            .into_iter()
            .map(|racer| racer.join().expect("a racer ends"))
            .collect()
    });
    for round in 0..20 {
        let won: Vec<usize> = (0..8)
            .filter(|racer| winners[*racer].contains(&round))
            .collect();
        assert_eq!(won.len(), 1, "round {round} was won by {won:?}");
        let value = get(&*store, SMALL, &[round]).expect("the winner's value is there");
        assert_eq!(usize::from(value[0]), won[0], "round {round}");
    }
}

fn no_count_is_lost(at: &dyn Installation) {
    let store = open(at);
    put(&*store, SMALL, b"count", &0_u32.to_be_bytes());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..5).for_each(|_| count_once(&*store)));
        }
    });
    let count = get(&*store, SMALL, b"count").expect("the count is there");
    assert_eq!(count, 40_u32.to_be_bytes());
}

fn count_once(store: &dyn Store) {
    loop {
        let found = get(store, SMALL, b"count").expect("the count is there");
        let count = u32::from_be_bytes(found.as_slice().try_into().expect("four bytes"));
        let mut batch = Batch::new();
        batch.put(SMALL, "count", (count + 1).to_be_bytes());
        match store.commit(
            batch,
            &[Precondition::Equals(SMALL, b"count".to_vec(), found)],
        ) {
            Ok(()) => return,
            Err(CommitRefused::PreconditionFailed { .. }) => {}
            Err(other) => panic!("{other}"),
        }
    }
}

fn reopening_keeps_all(at: &dyn Installation) {
    let mut model = BTreeMap::new();
    for round in 0..5_u8 {
        let store = open(at);
        let found: BTreeMap<Vec<u8>, Vec<u8>> = all(&*store, SMALL).into_iter().collect();
        assert_eq!(found, model, "round {round}");
        for number in 0..20_u8 {
            let mut batch = Batch::new();
            let (key, value) = (vec![number, round], vec![round; usize::from(number)]);
            batch.put(SMALL, key.clone(), value.clone());
            batch.put(LARGE, key.clone(), value.clone());
            model.insert(key, value);
            if round > 0 {
                let old = vec![number, round - 1];
                batch.delete(SMALL, old.clone());
                model.remove(&old);
            }
            store.commit(batch, &[]).expect("the batch is committed");
        }
    }
    assert_eq!(all(&*open(at), LARGE).len(), 100);
}

fn values_of_every_size(at: &dyn Installation) {
    let sizes = [
        0,
        1,
        4095,
        4096,
        4097,
        65_535,
        65_536,
        256 << 10,
        1 << 20,
        LARGEST_VALUE,
    ];
    let store = open(at);
    for table in [SMALL, LARGE] {
        for size in sizes {
            put(&*store, table, &size.to_be_bytes(), &pattern(size));
        }
    }
    drop(store);
    let store = open(at);
    for table in [SMALL, LARGE] {
        for size in sizes {
            let found = get(&*store, table, &size.to_be_bytes()).expect("the value is there");
            assert!(found == pattern(size), "{size} bytes in {}", table.name());
        }
    }
}

/// Bytes that do not compress to nothing and differ at every place.
fn pattern(size: usize) -> Vec<u8> {
    let mut state = size as u64 ^ 0x9e37_79b9_7f4a_7c15;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_be_bytes()[0]
    };
    (0..size).map(|_| next()).collect()
}

fn more_than_memory(at: &dyn Installation) {
    let value = pattern(200 << 10);
    for half in 0..2_u8 {
        let store = open(at);
        for number in 0..100_u8 {
            let mut batch = Batch::new();
            batch.put(LARGE, [half, number], value.clone());
            batch.put(SMALL, [half, number], value[..number.into()].to_vec());
            store.commit(batch, &[]).expect("the batch is committed");
        }
        assert_eq!(all(&*store, LARGE).len(), 100 * (usize::from(half) + 1));
    }
    let store = open(at);
    for (key, found) in all(&*store, LARGE) {
        assert!(found == value, "{key:?}");
    }
    for (key, found) in all(&*store, SMALL) {
        assert_eq!(found, value[..key[1].into()], "{key:?}");
    }
}

fn tables_are_apart(at: &dyn Installation) {
    let store = open(at);
    let mut batch = Batch::new();
    for table in SCHEMA.tables {
        batch.put(*table, "key", table.name());
    }
    store.commit(batch, &[]).expect("the batch is committed");
    drop(store);
    let store = open(at);
    for table in SCHEMA.tables {
        let expected = [(b"key".to_vec(), table.name().as_bytes().to_vec())];
        assert_eq!(all(&*store, *table), expected, "{}", table.name());
    }
}
