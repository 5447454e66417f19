//! Processes that end in the middle: by SIGKILL, and by a disk that takes no more.
//!
//! Each test runs itself again as a child, which says on its standard output what was
//! acknowledged to it.

use std::env;
use std::io::{BufRead, BufReader};
use std::ops::Bound::Unbounded;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use yichuan_store::conformance::{LARGE, SCHEMA, SMALL};
use yichuan_store::{
    Batch, Bodies, BodyError, BodyKey, BodyLayout, CommitRefused, Embedded, FileBodies, LastRecord,
    Precondition, SlotFile, Store, StoreError,
};

const FOLDER: &str = "YICHUAN_STORE_TEST_FOLDER";
/// Not a part of a test's name, which the child says too.
const ACKNOWLEDGED: &str = "acknowledged: ";
const SEGMENT: usize = 10_000;

#[test]
fn a_killed_writer_loses_nothing_that_was_acknowledged() {
    if let Some(folder) = env::var_os(FOLDER) {
        return write_for_ever(&PathBuf::from(folder));
    }
    let folder = tempfile::tempdir().expect("a folder for the test");
    let mut acknowledged = None;
    for kill_after in [1, 2, 7, 40, 150] {
        acknowledged = kill_in_the_middle(folder.path(), kill_after).or(acknowledged);
        check_all(folder.path(), acknowledged);
    }
}

/// Starts a writer and kills it after some acknowledgements; returns the last one.
fn kill_in_the_middle(folder: &Path, kill_after: usize) -> Option<u32> {
    let mut child = Command::new(env::current_exe().expect("this program has a path"))
        .args([
            "a_killed_writer_loses_nothing_that_was_acknowledged",
            "--exact",
            "--nocapture",
        ])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the child starts");
    let output = BufReader::new(child.stdout.take().expect("its output is a pipe"));
    let mut last = None;
    let mut count = 0;
    for line in output.lines() {
        // After the kill, what still lies in the pipe was acknowledged too.
        let line = line.expect("the pipe is read");
        let Some(number) = line.split(ACKNOWLEDGED).nth(1) else {
            continue;
        };
        last = Some(number.parse().expect("a number follows"));
        count += 1;
        if count == kill_after {
            let second = Embedded::open(&folder.join("store"), SCHEMA);
            assert!(
                matches!(second, Err(StoreError::Locked)),
                "two processes opened one store"
            );
            child.kill().expect("the child is killed");
        }
    }
    let status = child.wait().expect("the child ends");
    assert!(
        count >= kill_after && !status.success(),
        "it ended by itself: {status}"
    );
    last
}

fn write_for_ever(folder: &Path) {
    let store = Embedded::open(&folder.join("store"), SCHEMA).expect("the store opens");
    let bodies = FileBodies::open(&folder.join("bodies")).expect("the bodies open");
    let record = SlotFile::open(&folder.join("checkpoint")).expect("the record opens");
    let view = store.view().expect("a view opens");
    let last = view.last(SMALL, Unbounded, Unbounded).expect("read");
    drop(view);
    for number in last.map_or(0, |(key, _)| decoded(&key) + 1).. {
        let key = number.to_be_bytes();
        let body = body_key(number);
        let layout = BodyLayout::new(vec![10_000; 2], key.to_vec()).expect("permitted");
        bodies.begin(&body, &layout).expect("begun");
        for index in 0..2 {
            bodies
                .write_segment(&body, index, &content(number))
                .expect("written");
        }
        bodies.finish(&body).expect("finished");
        let mut batch = Batch::new();
        batch.put(SMALL, key, content(number)[..100].to_vec());
        batch.put(LARGE, key, content(number));
        store
            .commit(batch, &[Precondition::Absent(SMALL, key.to_vec())])
            .expect("committed");
        record.store(&key).expect("stored");
        println!("{ACKNOWLEDGED}{number}");
    }
}

fn check_all(folder: &Path, acknowledged: Option<u32>) {
    let store = Embedded::open(&folder.join("store"), SCHEMA).expect("the store opens");
    let bodies = FileBodies::open(&folder.join("bodies")).expect("the bodies open");
    let record = SlotFile::open(&folder.join("checkpoint")).expect("the record opens");
    let acknowledged = acknowledged.expect("something was acknowledged");
    let view = store.view().expect("a view opens");
    let small = view
        .range(SMALL, Unbounded, Unbounded, usize::MAX)
        .expect("read");
    let large = view
        .range(LARGE, Unbounded, Unbounded, usize::MAX)
        .expect("read");
    assert!(
        small.len() > acknowledged as usize,
        "{} of {acknowledged}",
        small.len()
    );
    assert_eq!(small.len(), large.len(), "a batch is there in half");
    for (number, (small, large)) in (0_u32..).zip(small.iter().zip(&large)) {
        assert_eq!((decoded(&small.0), decoded(&large.0)), (number, number));
        assert_eq!(small.1, content(number)[..100], "{number}");
        assert_eq!(large.1, content(number), "{number}");
        let whole = bodies
            .read(&body_key(number), 0, 20_000)
            .expect("the body is read");
        assert_eq!(
            whole,
            [content(number), content(number)].concat(),
            "{number}"
        );
    }
    let recorded = decoded(&record.load().expect("loaded").expect("there is a record"));
    assert!(
        recorded >= acknowledged,
        "record {recorded} of {acknowledged}"
    );
    assert!(
        (recorded as usize) < small.len(),
        "a record before its batch"
    );
}

#[test]
fn a_full_disk_refuses_a_batch_whole_and_keeps_what_was_acknowledged() {
    if let Some(folder) = env::var_os(FOLDER) {
        return write_until_full(&PathBuf::from(folder));
    }
    let folder = tempfile::tempdir().expect("a folder for the test");
    // Made without the limit, because the engine sizes its journal in advance.
    drop(Embedded::open(&folder.path().join("store"), SCHEMA).expect("a store is made"));
    drop(FileBodies::open(&folder.path().join("bodies")).expect("the folder is made"));
    // No file beyond 4096 blocks of 512 bytes (or of 1024, by shell); the signal is not wanted.
    let output = Command::new("/bin/sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 4096; exec \"$0\" \"$@\""])
        .arg(env::current_exe().expect("this program has a path"))
        .args([
            "a_full_disk_refuses_a_batch_whole_and_keeps_what_was_acknowledged",
            "--exact",
        ])
        .arg("--nocapture")
        .env(FOLDER, folder.path())
        .output()
        .expect("the child runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{errors}");
    let acknowledged = text.matches(ACKNOWLEDGED).count();
    assert!(acknowledged > 0, "{text}");

    let store = Embedded::open(&folder.path().join("store"), SCHEMA).expect("it opens again");
    let view = store.view().expect("a view opens");
    let small = view
        .range(SMALL, Unbounded, Unbounded, usize::MAX)
        .expect("read");
    let large = view
        .range(LARGE, Unbounded, Unbounded, usize::MAX)
        .expect("read");
    assert!(
        small.len() == acknowledged || small.len() == acknowledged + 1,
        "{}",
        small.len()
    );
    assert_eq!(small.len(), large.len(), "a batch is there in half");
    for (number, (_, value)) in (0_u32..).zip(&large) {
        assert_eq!(*value, content(number), "{number}");
    }
    commit(&store, u32::MAX).expect("with space again, it works again");
}

fn write_until_full(folder: &Path) {
    let bodies = FileBodies::open(&folder.join("bodies")).expect("the bodies open");
    let layout = BodyLayout::new(vec![1 << 20; 64], Vec::new()).expect("permitted");
    let refused = bodies.begin(&body_key(0), &layout);
    assert!(matches!(refused, Err(BodyError::NoSpace)), "{refused:?}");
    assert_eq!(bodies.part(&body_key(0)).expect("asked"), None);

    let store = Embedded::open(&folder.join("store"), SCHEMA).expect("the store opens");
    let mut numbers = 0..1000;
    let refused = numbers
        .by_ref()
        .find_map(|number| match commit(&store, number) {
            Ok(()) => {
                println!("{ACKNOWLEDGED}{number}");
                None
            }
            Err(refused) => Some(refused),
        });
    let refused = refused.expect("the limit is reached");
    assert!(matches!(refused, CommitRefused::NoSpace), "{refused:?}");
    for number in numbers.take(3) {
        let again = commit(&store, number);
        assert!(matches!(again, Err(CommitRefused::Poisoned)), "{again:?}");
    }
    store.view().expect("what was committed can still be read");
}

fn commit(store: &Embedded, number: u32) -> Result<(), CommitRefused> {
    let mut batch = Batch::new();
    batch.put(SMALL, number.to_be_bytes(), "there");
    batch.put(LARGE, number.to_be_bytes(), content(number));
    store.commit(batch, &[])
}

fn content(number: u32) -> Vec<u8> {
    number
        .to_le_bytes()
        .into_iter()
        .cycle()
        .take(SEGMENT)
        .collect()
}

fn body_key(number: u32) -> BodyKey {
    let mut key = [0; 32];
    key[..4].copy_from_slice(&number.to_le_bytes());
    BodyKey(key)
}

fn decoded(bytes: &[u8]) -> u32 {
    u32::from_be_bytes(bytes.try_into().expect("four bytes"))
}
