//! Electronic seals: their picture, and the record of one being set.
//!
//! `proto/seal.md` has the forms. The approved part of a document is never altered: a seal is a
//! record beside it, and the sealed file is a function of both that everybody recomputes.

mod apply;
mod impression;
mod picture;
mod record;
#[cfg(test)]
mod tests;

pub use apply::{SealRefused, verify_records};
pub use impression::{BadImpression, OfficeLevel};
pub use picture::{BadPicture, PICTURE_BYTES_MAX, SealPicture};
pub use record::{PLACEMENTS_MAX, Placement, RECORD_BYTES_MAX, RECORD_VERSION, SealRecord};
