//! `cargo xtask simulate`: prefectures in simulated time, of any size.

use std::process::ExitCode;

use crate::workspace::cargo;

/// Builds the simulation for release, and runs it.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    let program = ["run", "--release", "--locked", "--quiet"];
    let mut command = cargo(&program);
    command.args(["--package", "yichuan-tests", "--bin", "simulate", "--"]);
    match command.args(arguments).status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("cargo cannot be run: {error}");
            ExitCode::FAILURE
        }
    }
}
