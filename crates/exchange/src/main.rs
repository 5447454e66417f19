//! The exchange program.
fn main() {}
