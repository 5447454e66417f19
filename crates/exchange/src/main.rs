//! The exchange program.

use std::process::ExitCode;

fn main() -> ExitCode {
    yichuan_exchange::cli::main()
}
