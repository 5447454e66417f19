//! What the journeys and the rules of the workspace share.

pub mod simulation;
pub mod source;
