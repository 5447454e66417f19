//! The program of a unit.

use std::process::ExitCode;

fn main() -> ExitCode {
    yichuan_unit::cli::main()
}
