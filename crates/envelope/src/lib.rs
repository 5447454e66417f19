//! Closing a document for its recipients, and opening it again.
//!
//! `proto/body.md` and `proto/wrap.md` have the forms. No file, no clock, no randomness of its
//! own: bytes come and go through readers and writers, keys and chance are given.
//! Nothing is released before it was verified against the root that the sender signed.

mod close;
mod content_key;
mod escrow;
mod leaves;
mod note;
mod open;
mod pipeline;
mod plan;
mod segment;
mod unit_key;
mod wrap;

pub use close::{CloseRefused, CloseRequest, Closed, PartSource, SegmentSink, close};
pub use content_key::ContentKey;
pub use escrow::{close_half, hand_half_on, join_halves};
pub use leaves::{BadLeaves, Leaves};
pub use note::{
    DRAFT_BYTES_MAX, NOTE_BYTES_MAX, NoteUnreadable, close_draft, close_note, open_draft, open_note,
};
pub use open::{Fetch, Opened, Opener, StayedClosed};
pub use plan::Plan;
pub use unit_key::{EncryptionSecret, NotAnEncryptionKey};
pub use wrap::{
    CannotUnwrap, WrapContext, close_legacy, close_share, open_legacy, open_share, unwrap, wrap,
};
