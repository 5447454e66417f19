//! Reads fixed-layout files (OFD, PDF) and office files: pages, text, marks, signatures; sets
//! seals.
//!
//! [`examine`] is given a file's name, declared type and bytes, and answers what is in it, whether
//! it has the form of an official document, and whether a classification mark hides in it (Art. 3,
//! 11, 15). What cannot be looked at is never called clean.
//!
//! No I/O, no clock, no randomness: callers give the bytes. Every file is hostile: entries, depth,
//! sizes and work are bounded by [`Limits`], XML has no document types, and nothing is repaired.

mod bytes;
pub mod contents;
mod examination;
pub mod format;
pub mod geometry;
mod inner;
mod limits;
pub mod marks;
mod ofd;
mod office;
mod package;
pub mod page;
pub mod parts;
mod pdf;
pub mod sealing;
mod signature_shape;
mod unreadable;
mod xml;

pub use examination::{Examination, examine};
pub use limits::Limits;
pub use unreadable::Unreadable;
