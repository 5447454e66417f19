//! Deadlines, races and clocks, one by one: small worlds around the real sequencer, with a clock
//! that the test sets. What became of each is read from the log.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod crashes;
mod duties;
mod instants;
mod lanes;
mod races;
mod repeats;
mod stage;
mod time;
