//! The backends in memory keep the contracts, and fail as they are told.

use std::time::{Duration, SystemTime};

use yichuan_store::conformance::{
    self, BODY_CASES, Installation, LARGE, LAST_RECORD_CASES, RECORD_CASES, SCHEMA, SMALL,
};
use yichuan_store::{
    Batch, Begun, Bodies, BodyError, BodyKey, BodyLayout, CommitRefused, Fault, LastRecord, Memory,
    MemoryDisk, Precondition, RecordError, Schema, Step, Store, StoreError,
};

struct InMemory(MemoryDisk);

impl InMemory {
    fn new() -> Self {
        Self(MemoryDisk::new())
    }
}

impl Installation for InMemory {
    fn store(&self, schema: Schema) -> Result<Box<dyn Store>, StoreError> {
        Ok(Box::new(self.0.store(schema)?))
    }

    fn bodies(&self) -> Result<Box<dyn Bodies>, BodyError> {
        Ok(Box::new(self.0.bodies()?))
    }

    fn last_record(&self) -> Result<Box<dyn LastRecord>, RecordError> {
        Ok(Box::new(self.0.last_record()))
    }
}

#[test]
fn the_store_in_memory_keeps_the_contract() {
    conformance::check(RECORD_CASES, InMemory::new);
}

#[test]
fn bodies_in_memory_keep_the_contract() {
    conformance::check(BODY_CASES, InMemory::new);
}

#[test]
fn the_record_in_memory_keeps_the_contract() {
    conformance::check(LAST_RECORD_CASES, InMemory::new);
}

fn open(disk: &MemoryDisk) -> Memory {
    disk.store(SCHEMA).expect("the store opens")
}

fn put(store: &Memory, number: u8) -> Result<(), CommitRefused> {
    let mut batch = Batch::new();
    batch.put(SMALL, [number], "small");
    batch.put(LARGE, [number], "large");
    store.commit(batch, &[Precondition::Absent(SMALL, vec![number])])
}

/// The numbers whose batch is there; panics when a batch is there in half.
fn numbers(store: &Memory) -> Vec<u8> {
    let view = store.view().expect("a view opens");
    let is_there = |table, number| view.get(table, &[number]).expect("read").is_some();
    (0..20)
        .filter(|number| {
            let there = is_there(SMALL, *number);
            assert_eq!(
                there,
                is_there(LARGE, *number),
                "batch {number} is there in half"
            );
            there
        })
        .collect()
}

#[test]
fn each_commit_may_fail_in_each_way_and_no_acknowledged_one_is_lost() {
    for failing in 1..=6_u8 {
        for (fault, kept) in [
            (Fault::NotPersisted, false),
            (Fault::PersistedButError, true),
            (Fault::NoSpace, false),
        ] {
            for crashes in [false, true] {
                let case = format!("commit {failing}, {fault:?}, crashes: {crashes}");
                let disk = MemoryDisk::new();
                disk.faults().order(Step::Commit, failing.into(), fault);
                let store = open(&disk);
                let acknowledged: Vec<u8> = (1..=6)
                    .take_while(|number| put(&store, *number).is_ok())
                    .collect();
                assert_eq!(acknowledged, (1..failing).collect::<Vec<_>>(), "{case}");
                assert_eq!(
                    numbers(&store),
                    acknowledged,
                    "{case}: before opening again"
                );
                let again = put(&store, 9);
                assert!(
                    matches!(again, Err(CommitRefused::Poisoned)),
                    "{case}: {again:?}"
                );
                if crashes {
                    disk.crash();
                }
                drop(store);
                let store = open(&disk);
                let expected: Vec<u8> = (1..failing + u8::from(kept)).collect();
                assert_eq!(numbers(&store), expected, "{case}");
                put(&store, 9).expect("a store that was opened again works");
            }
        }
    }
}

#[test]
fn what_fails_is_told_from_what_is_full() {
    let cases = [
        (Fault::NotPersisted, false),
        (Fault::PersistedButError, false),
        (Fault::NoSpace, true),
    ];
    for (fault, full) in cases {
        let disk = MemoryDisk::new();
        disk.faults().order(Step::Any, 1, fault);
        let error = put(&open(&disk), 1).expect_err("it was told to fail");
        let is_full = match &error {
            CommitRefused::NoSpace => true,
            CommitRefused::Failed(StoreError::Io(_)) => false,
            other => panic!("{fault:?}: {other:?}"),
        };
        assert_eq!(is_full, full, "{fault:?}: {error:?}");
        assert!(error.may_have_persisted(), "{fault:?}: {error:?}");
    }
}

#[test]
fn a_lying_disk_loses_the_commit_and_all_after_it_and_only_at_a_crash() {
    let disk = MemoryDisk::new();
    disk.faults().order(Step::Commit, 3, Fault::LostAtCrash);
    let store = open(&disk);
    for number in 1..=5 {
        put(&store, number).expect("the disk says yes");
    }
    drop(store);
    let store = open(&disk);
    assert_eq!(
        numbers(&store),
        [1, 2, 3, 4, 5],
        "an orderly restart loses nothing"
    );
    let record = disk.last_record();
    record.store(b"five").expect("the record is stored");
    disk.crash();
    assert_eq!(numbers(&open(&disk)), [1, 2]);
    let record = disk.last_record().load().expect("loaded");
    assert_eq!(
        record.as_deref(),
        Some(&b"five"[..]),
        "the record outlives the store's end"
    );
}

#[test]
fn after_a_crash_every_handle_is_dead() {
    let disk = MemoryDisk::new();
    let (store, bodies, record) = (
        open(&disk),
        disk.bodies().expect("open"),
        disk.last_record(),
    );
    disk.crash();
    assert!(matches!(store.view().err(), Some(StoreError::Poisoned)));
    assert!(matches!(put(&store, 1), Err(CommitRefused::Poisoned)));
    assert!(matches!(bodies.size(&KEY), Err(BodyError::Poisoned)));
    assert!(matches!(
        bodies.begin(&KEY, &layout()),
        Err(BodyError::Poisoned)
    ));
    assert!(matches!(record.load(), Err(RecordError::Poisoned)));
    assert!(matches!(record.store(b"late"), Err(RecordError::Poisoned)));
    let (reopened, rebodied) = (open(&disk), disk.bodies().expect("open"));
    drop((store, bodies));
    assert!(
        matches!(disk.store(SCHEMA).err(), Some(StoreError::Locked)),
        "a dead handle's drop"
    );
    assert!(
        matches!(disk.bodies().err(), Some(BodyError::Locked)),
        "a dead handle's drop"
    );
    drop((reopened, rebodied));
}

#[test]
fn the_last_record_fails_in_each_way_and_is_the_new_one_or_the_one_before() {
    let cases = [
        (Fault::NotPersisted, "first", "first"),
        (Fault::NoSpace, "first", "first"),
        (Fault::PersistedButError, "second", "second"),
        (Fault::LostAtCrash, "second", "first"),
    ];
    for (fault, restarted, crashed) in cases {
        for (crashes, expected) in [(false, restarted), (true, crashed)] {
            let disk = MemoryDisk::new();
            let record = disk.last_record();
            record.store(b"first").expect("stored");
            disk.faults().order(Step::StoreRecord, 1, fault);
            let answer = record.store(b"second");
            if fault != Fault::LostAtCrash {
                assert!(answer.is_err(), "{fault:?}");
                let again = record.store(b"third");
                assert!(
                    matches!(again, Err(RecordError::Poisoned)),
                    "{fault:?}: {again:?}"
                );
            }
            if crashes {
                disk.crash();
            }
            let loaded = disk.last_record().load().expect("loaded");
            assert_eq!(
                loaded.as_deref(),
                Some(expected.as_bytes()),
                "{fault:?}, {crashes}"
            );
        }
    }
}

const KEY: BodyKey = BodyKey([9; 32]);

fn layout() -> BodyLayout {
    BodyLayout::new(vec![100, 100, 50, 100], b"leaves".to_vec()).expect("permitted")
}

fn upload(bodies: &dyn Bodies) {
    bodies.begin(&KEY, &layout()).expect("begun");
    for index in 0..4 {
        let bytes = vec![7; if index == 2 { 50 } else { 100 }];
        bodies.write_segment(&KEY, index, &bytes).expect("written");
    }
}

#[test]
fn a_finish_that_fails_leaves_a_whole_body_or_none() {
    let cases = [
        (Fault::NotPersisted, None),
        (Fault::NoSpace, None),
        (Fault::PersistedButError, Some(350)),
    ];
    for (fault, expected) in cases {
        let disk = MemoryDisk::new();
        let bodies = disk.bodies().expect("open");
        upload(&bodies);
        disk.faults().order(Step::FinishBody, 1, fault);
        bodies.finish(&KEY).expect_err("it was told to fail");
        drop(bodies);
        disk.crash();
        let bodies = disk.bodies().expect("open");
        assert_eq!(bodies.size(&KEY).expect("asked"), expected, "{fault:?}");
        let begun = bodies.begin(&KEY, &layout()).expect("begun");
        let again = if expected.is_some() {
            Begun::Finished
        } else {
            Begun::New
        };
        assert_eq!(begun, again, "{fault:?}");
    }
}

#[test]
fn a_crash_keeps_claims_and_loses_segments_so_that_who_does_not_check_is_found_out() {
    let disk = MemoryDisk::new();
    let bodies = disk.bodies().expect("open");
    upload(&bodies);
    disk.crash();
    let bodies = disk.bodies().expect("open");
    let part = bodies.part(&KEY).expect("asked").expect("there");
    assert_eq!((part.claimed.count(), part.written.count()), (4, 0));
    assert_eq!(bodies.read_part(&KEY, 0, 100).expect("read"), [7; 100]);
    assert_eq!(bodies.read_part(&KEY, 100, 100).expect("read"), [0; 100]);
    assert!(matches!(
        bodies.finish(&KEY),
        Err(BodyError::Incomplete { missing: 4, .. })
    ));
    bodies.confirm_segment(&KEY, 0).expect("confirmed");
    for (index, length) in [(1, 100), (2, 50), (3, 100)] {
        bodies
            .write_segment(&KEY, index, &vec![7; length])
            .expect("written anew");
    }
    bodies.finish(&KEY).expect("finished");
    assert_eq!(bodies.read(&KEY, 0, 350).expect("read"), [7; 350]);
}

#[test]
fn a_body_on_a_lying_disk_is_unfinished_after_the_crash() {
    let disk = MemoryDisk::new();
    let bodies = disk.bodies().expect("open");
    upload(&bodies);
    disk.faults().order(Step::FinishBody, 1, Fault::LostAtCrash);
    bodies.finish(&KEY).expect("the disk says yes");
    assert_eq!(bodies.size(&KEY).expect("asked"), Some(350));
    disk.crash();
    let bodies = disk.bodies().expect("open");
    assert_eq!(bodies.size(&KEY).expect("asked"), None);
    assert!(bodies.part(&KEY).expect("asked").is_some());
}

#[test]
fn a_sweep_goes_by_the_clock_that_was_set() {
    let disk = MemoryDisk::new();
    let noon = SystemTime::UNIX_EPOCH + Duration::from_hours(12);
    disk.set_clock(noon);
    let bodies = disk.bodies().expect("open");
    bodies.begin(&KEY, &layout()).expect("begun");
    assert_eq!(bodies.sweep(noon).expect("swept"), []);
    assert_eq!(
        bodies.sweep(noon + Duration::from_secs(1)).expect("swept"),
        [KEY]
    );
}
