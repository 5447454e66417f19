//! Electronic seals: their picture, the record of one being set, and the structures of GB/T 38540
//! by which other systems know them.
//!
//! `proto/seal.md` has the forms. The approved part of a document is never altered: a seal is a
//! record beside it, and the sealed file is a function of both that everybody recomputes.

mod apply;
pub mod certificate;
mod der;
mod impression;
pub mod instant;
mod picture;
mod record;
pub mod ses;
pub mod sm2_key;
#[cfg(test)]
mod tests;

pub use apply::{SealRefused, not_at_hand, verify_records};
pub use der::{Malformed, Oid, Why};
pub use impression::{BadImpression, OfficeLevel};
pub use picture::{BadPicture, PICTURE_BYTES_MAX, SealPicture};
pub use record::{Clip, PLACEMENTS_MAX, Placement, RECORD_BYTES_MAX, RECORD_VERSION, SealRecord};
