//! The program of a unit.
fn main() {}
