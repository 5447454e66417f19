//! The program of a unit: its commands, and the desk.

use std::process::ExitCode;

fn main() -> ExitCode {
    yichuan_unit::cli::main(yichuan_desk::run)
}
