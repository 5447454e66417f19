//! The backends on disk keep the contracts, and what they promise beyond them.

use std::path::Path;

use yichuan_store::conformance::{
    self, BODY_CASES, Installation, LAST_RECORD_CASES, RECORD_CASES, SCHEMA, SMALL,
};
use yichuan_store::{
    Batch, Bodies, BodyError, Embedded, FileBodies, LastRecord, RecordError, Schema, SlotFile,
    Store, StoreError,
};

struct OnDisk(tempfile::TempDir);

impl OnDisk {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder for the test"))
    }
}

impl Installation for OnDisk {
    fn store(&self, schema: Schema) -> Result<Box<dyn Store>, StoreError> {
        Ok(Box::new(Embedded::open(
            &self.0.path().join("deep").join("store"),
            schema,
        )?))
    }

    fn bodies(&self) -> Result<Box<dyn Bodies>, BodyError> {
        Ok(Box::new(FileBodies::open(&self.0.path().join("bodies"))?))
    }

    fn last_record(&self) -> Result<Box<dyn LastRecord>, RecordError> {
        Ok(Box::new(SlotFile::open(&self.0.path().join("checkpoint"))?))
    }
}

#[test]
fn the_embedded_store_keeps_the_contract() {
    conformance::check(RECORD_CASES, OnDisk::new);
}

#[test]
fn bodies_in_files_keep_the_contract() {
    conformance::check(BODY_CASES, OnDisk::new);
}

#[test]
fn the_record_in_slots_keeps_the_contract() {
    conformance::check(LAST_RECORD_CASES, OnDisk::new);
}

fn made() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let store = Embedded::open(folder.path(), SCHEMA).expect("a store is made");
    let mut batch = Batch::new();
    batch.put(SMALL, "key", "value");
    store.commit(batch, &[]).expect("the batch is committed");
    folder
}

fn error_of(folder: &Path) -> String {
    match Embedded::open(folder, SCHEMA) {
        Ok(_) => "none: the store opened".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_store_whose_version_record_is_not_this_releases_is_refused_and_left_as_it_is() {
    let newer_records = "records version 4 is newer than version 3 of this program";
    let newer_layout = "store layout version 2 is newer than version 1 of this program";
    let older = "records version 1 is older than version 2, the oldest that this program reads";
    let unreadable = "the store is damaged: the version record cannot be read";
    let cases = [
        ("yichuan store 1\nrecords 4\npredecessor 3\n", newer_records),
        ("yichuan store 2\nrecords 3\npredecessor 2\n", newer_layout),
        ("yichuan store 2\nwhatever comes", newer_layout),
        ("yichuan store 1\nrecords 1\npredecessor none\n", older),
        (
            "yichuan store 1\nrecords three\npredecessor 2\n",
            unreadable,
        ),
        ("", unreadable),
    ];
    for (format, error) in cases {
        let folder = made();
        let path = folder.path().join("format");
        std::fs::write(&path, format).expect("the record is replaced");
        assert_eq!(error_of(folder.path()), error, "{format:?}");
        assert_eq!(std::fs::read_to_string(&path).expect("it is there"), format);
    }
}

#[test]
fn a_store_that_lost_its_version_record_is_refused() {
    let folder = made();
    std::fs::remove_file(folder.path().join("format")).expect("it was there");
    let error = error_of(folder.path());
    assert_eq!(error, "the store is damaged: the version record is missing");
}

#[test]
fn a_store_that_lost_its_engine_files_is_not_taken_for_a_new_one() {
    let folder = made();
    std::fs::remove_dir_all(folder.path().join("db")).expect("it was there");
    let error = error_of(folder.path());
    assert_eq!(
        error,
        "the store is damaged: the engine's files are missing"
    );
}

#[test]
fn a_store_whose_making_was_interrupted_is_made_anew() {
    let interruptions: [fn(&Path); 3] = [
        |_| {},
        |db| std::fs::create_dir_all(db.join("journals")).expect("a folder is made"),
        |db| {
            let folder = db.parent().expect("it lies in a folder");
            drop(Embedded::open(folder, SCHEMA).expect("a store is made"));
            std::fs::remove_file(folder.join("format")).expect("it was there");
        },
    ];
    for interrupt in interruptions {
        let folder = tempfile::tempdir().expect("a folder for the test");
        interrupt(&folder.path().join("db"));
        drop(Embedded::open(folder.path(), SCHEMA).expect("it is made anew"));
        assert!(folder.path().join("format").exists());
    }
}

#[test]
fn a_view_keeps_the_store_from_being_opened_again_until_it_is_dropped() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let store = Embedded::open(folder.path(), SCHEMA).expect("a store is made");
    let view = store.view().expect("a view opens");
    drop(store);
    drop(view);
    drop(Embedded::open(folder.path(), SCHEMA).expect("nothing holds the store"));
}

#[test]
fn a_file_in_the_place_of_a_store_is_refused() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().join("store");
    std::fs::write(&path, "not a folder").expect("a file is made");
    assert!(matches!(
        Embedded::open(&path, SCHEMA),
        Err(StoreError::Io(_))
    ));
    assert!(matches!(FileBodies::open(&path), Err(BodyError::Io(_))));
    assert!(matches!(
        SlotFile::open(folder.path()),
        Err(RecordError::Io(_))
    ));
}
