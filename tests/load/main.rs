//! `load`: puts a running exchange under load, and measures what it does.
//!
//! It speaks for a unit with the unit's own library and keystores; `cargo xtask bench` founds an
//! installation, calls it, and compares. It prints one JSON object.

mod announcing;
mod asked;
mod closing;
mod filling;
mod hurrying;
mod post;
mod raw;
mod submitting;
mod sweeping;
mod transferring;

use std::process::ExitCode;

use clap::Parser as _;

use self::asked::Arguments;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.what.run() {
        Ok(figures) => {
            println!("{figures}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("load: {failure}");
            ExitCode::FAILURE
        }
    }
}
