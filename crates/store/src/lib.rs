//! Keeping records, bodies and their order so that a crash loses nothing.
//!
//! Three things are kept: records in ordered tables ([`Store`]), bodies written by segment
//! ([`Bodies`]) and one small last record ([`LastRecord`]). Each is a contract with an
//! implementation on disk ([`Embedded`], [`FileBodies`], [`SlotFile`]) and one in memory that
//! can be told to fail ([`MemoryDisk`]); [`conformance`] holds every implementation to the same
//! promises.
//!
//! What this crate never does: know what a record or a body means, verify what is inside them,
//! acknowledge before the bytes are durable, go on after a failed sync, or retry one. It never
//! encrypts: what must not be read by whoever holds the disk is encrypted before it comes here.

mod batch;
mod bodies;
mod bodies_files;
pub mod conformance;
mod contract;
pub mod durable;
mod embedded;
mod faults;
mod format;
mod last_record;
mod memory;
mod memory_bodies;
mod slots;

pub use batch::{Batch, Change, LARGEST_BATCH, LARGEST_VALUE, LONGEST_KEY};
pub use bodies::{
    Begun, Bodies, BodyError, BodyKey, BodyLayout, LARGEST_SIDECAR, LONGEST_READ, LONGEST_SEGMENT,
    PartState, SEGMENTS_MAX, SegmentSet,
};
pub use bodies_files::FileBodies;
pub use contract::{
    CommitRefused, Pair, Precondition, Schema, Store, StoreError, Table, TableKind, View,
};
pub use embedded::{Embedded, EmbeddedSettings};
pub use faults::{Fault, Faults, Step};
pub use last_record::{LONGEST_RECORD, LastRecord, RecordError};
pub use memory::{Memory, MemoryDisk, MemoryRecord};
pub use memory_bodies::MemoryBodies;
pub use slots::SlotFile;
