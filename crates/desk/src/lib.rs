//! The office's work in a browser on its own computer, and the REST interface for its OA system.
//!
//! What it never does: decide anything that `yichuan_unit::office` has not decided, or listen
//! where another computer could reach it.

use std::process::ExitCode;

use yichuan_unit::cli::DeskAsked;
use yichuan_unit::office::Failed;

/// Serves the desk until it is stopped.
pub fn run(asked: DeskAsked) -> Result<ExitCode, Failed> {
    let _ = asked;
    Ok(ExitCode::SUCCESS)
}
