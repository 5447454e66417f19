//! The server: admits, orders and relays documents that it cannot read.
//!
//! What it never does: hold a key that opens a document, acknowledge what is not durable, serve a
//! web page, or make a statement in a unit's name.

pub mod cli;
pub mod clock;
pub mod config;
pub mod health;
pub mod keys;
pub mod log;
pub mod net;
pub mod registry;
pub mod run;
pub mod sequencer;
pub mod service;
pub mod setup;
pub mod tables;
mod unix;
