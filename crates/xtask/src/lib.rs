//! Driving the project's own programs: an installation with its offices, for the demo, the
//! benchmark and the journeys. It only calls the command line and holds no key.

pub mod installation;
pub mod programs;

pub use installation::{Installation, Office};
pub use programs::{Exchange, Failure, Programs, Said};
