//! Official documents, their levels, numbers and life; the units and people; the rules between
//! them.
//!
//! No I/O, no clock, no randomness of its own: callers give the time, the bytes and the `rng`.

pub mod calendar;
pub mod cbor;
pub mod cose;
mod digest;
pub mod header;
pub mod id;
pub mod inspection;
pub mod key;
pub mod level;
pub mod life;
pub mod manifest;
pub mod name;
mod part_name;
pub mod roster;
pub mod signed;
pub mod statement;
pub mod terms;
mod time;
pub mod tree;
pub mod wrap;

pub use digest::Digest;
pub use header::PartName;
pub use id::{DocumentId, StatementId};
pub use level::{Classification, Transmissible};
pub use manifest::Manifest;
pub use name::{AccountId, DeviceId, Origin, PersonId, SealId, TicketId, UnitCode, UnitRef};
pub use part_name::{BadPartName, is_invisible};
pub use time::Timestamp;
