//! The second implementation, in Python, in an environment of its own below the root.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::running::{succeeds, tests};
use super::tally::Tally;
use crate::workspace::root;

/// The folder of the Python tests and of `requirements.txt`.
fn folder() -> PathBuf {
    root().join("tests/python")
}

/// Runs the tests with pytest.
pub(crate) fn run() -> Tally {
    let mut command = Command::new(interpreter());
    command
        .current_dir(root())
        .env("PYTHONDONTWRITEBYTECODE", "1");
    command.args(["-m", "pytest", "-p", "no:cacheprovider", "tests/python"]);
    tests(&mut command)
}

/// Whether the environment holds exactly what `requirements.txt` asks for today.
pub(crate) fn environment_is_current() -> bool {
    fs::read(requirements()).is_ok_and(|wanted| {
        interpreter().is_file() && fs::read(installed()).is_ok_and(|found| found == wanted)
    })
}

/// Makes the environment anew and installs what `requirements.txt` asks for.
pub(crate) fn make_environment() -> bool {
    let mut create = Command::new("python3");
    create.args(["-m", "venv", "--clear"]).arg(environment());
    let mut install = Command::new(interpreter());
    install.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-r",
    ]);
    install.arg(requirements());
    succeeds(&mut create) && succeeds(&mut install) && fs::copy(requirements(), installed()).is_ok()
}

fn environment() -> PathBuf {
    root().join(".venv")
}

fn interpreter() -> PathBuf {
    environment().join("bin/python")
}

fn requirements() -> PathBuf {
    folder().join("requirements.txt")
}

/// A copy of the requirements that were installed, written after the last step succeeded.
fn installed() -> PathBuf {
    environment().join("installed-requirements.txt")
}
