//! Official documents, their levels, numbers and life; the units and people; the rules between them.

pub mod cbor;
mod digest;
pub mod tree;

pub use digest::Digest;
