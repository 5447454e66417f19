//! What an exchange and a unit say to each other: messages, limits, error codes.
//!
//! `proto/wire.md` has the forms. No socket, no clock: frames are bytes in and bytes out.

pub mod certificate;
pub mod error_code;
pub mod figures;
pub mod frame;
pub mod message;

pub use error_code::ErrorCode;
