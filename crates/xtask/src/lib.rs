//! Driving the project's own programs: an installation with its offices, for the demo, the
//! benchmark and the journeys, and a world with a history for desks. It only calls the command
//! line and holds no key.

pub mod asking;
pub mod installation;
pub mod programs;
pub mod world;

pub use installation::{Installation, Office};
pub use programs::{Desk, Exchange, Failure, Programs, Said};
pub use world::World;
