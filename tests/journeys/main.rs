//! Journeys: the real programs over loopback, each with homes of its own in a temporary folder.
//!
//! They call the release programs, as an office would have them; `cargo xtask test journeys`
//! builds those first.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod afterwards;
mod authority;
mod ceremony;
mod contents;
mod desk;
mod desk_together;
mod exchange_keys;
mod inspecting;
mod interrupted;
mod main_job;
mod named;
mod oa;
mod people;
mod printing;
mod registers;
mod reports;
mod stage;
mod together;
mod tokens;
