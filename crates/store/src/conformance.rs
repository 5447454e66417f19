//! The promises of the three contracts as cases that every backend is held to.
//!
//! A backend's tests call [`check`] with a way to make a fresh [`Installation`]. The cases know
//! nothing of the backend: they only open, use, close and open again. What one backend promises
//! beyond the contract (a file format, a fault to order) is tested beside that backend.

mod bodies;
mod body_refusals;
mod body_segments;
mod last_record;
mod record_refusals;
mod records;

pub use bodies::BODY_CASES;
pub use last_record::LAST_RECORD_CASES;
pub use records::RECORD_CASES;

use crate::bodies::{Bodies, BodyError};
use crate::contract::{Schema, Store, StoreError, Table};
use crate::last_record::{LastRecord, RecordError};

/// A place where a backend keeps things. What is opened is closed by dropping it.
pub trait Installation: Sync {
    /// Opens the store of records.
    fn store(&self, schema: Schema) -> Result<Box<dyn Store>, StoreError>;

    /// Opens the bodies, as after a restart.
    fn bodies(&self) -> Result<Box<dyn Bodies>, BodyError>;

    /// Opens the last record.
    fn last_record(&self) -> Result<Box<dyn LastRecord>, RecordError>;
}

/// A case and its name, a sentence that a failing backend makes untrue.
pub type Case = (&'static str, fn(&dyn Installation));

/// Runs every case on a fresh installation of its own. Panics in the first case that fails,
/// after writing its name to standard error.
pub fn check<I: Installation>(cases: &[Case], fresh: impl Fn() -> I) {
    for (name, case) in cases {
        eprintln!("conformance: {name}");
        case(&fresh());
    }
}

/// A table of small values that the cases use.
pub const SMALL: Table = Table::small("small");

/// A table of large values that the cases use.
pub const LARGE: Table = Table::large("large");

/// The schema that the cases open with.
pub const SCHEMA: Schema = Schema {
    version: 3,
    predecessor: Some(2),
    tables: &[
        SMALL,
        LARGE,
        Table::small("third"),
        Table::small("fourth"),
        Table::small("fifth"),
        Table::small("sixth"),
        Table::large("seventh"),
        Table::small("eighth"),
    ],
};
