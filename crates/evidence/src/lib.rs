//! Statements about a document's life, the Merkle log, checkpoints, evidence bundles and their
//! verification.

pub mod bundle;
pub mod checkpoint;
pub mod entry;
pub mod log;
pub mod proof;
pub mod tile;
pub mod verify;
