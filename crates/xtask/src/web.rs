//! `cargo xtask web`: builds the pages of the desk, which the program then has inside.

use std::path::Path;
use std::process::{Command, ExitCode};

use yichuan_xtask::Failure;

/// Where the pages are written.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../desk/web");

/// Runs the command.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    if !arguments.is_empty() {
        eprintln!("usage: cargo xtask web");
        return ExitCode::from(2);
    }
    match build(Path::new(FOLDER)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("web: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Installs exactly what the lock file names, and builds.
fn build(folder: &Path) -> Result<(), Failure> {
    if !folder.join("package-lock.json").is_file() {
        let folder = folder.display();
        return Err(Failure(format!("{folder}: no package-lock.json")));
    }
    npm(folder, &["ci"])?;
    npm(folder, &["run", "build"])?;
    if folder.join("dist/index.html").is_file() {
        Ok(())
    } else {
        Err(Failure("the build has left no dist/index.html".to_owned()))
    }
}

fn npm(folder: &Path, arguments: &[&str]) -> Result<(), Failure> {
    let status = Command::new("npm")
        .args(arguments)
        .current_dir(folder)
        .status();
    let status = status.map_err(|error| Failure(format!("npm: {error}")))?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure(format!("npm {}: {status}", arguments.join(" "))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_a_lock_file_is_refused() {
        let folder = std::env::temp_dir().join("yichuan-no-web-here");
        let refused = build(&folder).unwrap_err();
        assert!(
            refused.to_string().contains("package-lock.json"),
            "{refused}"
        );
    }
}
