//! `cargo xtask fuzz [--seconds N] [--jobs N] [TARGET...]`: hostile bytes for every parser.
//!
//! Builds the targets of `tests/fuzz` with a nightly compiler, gives each a corpus made from
//! fixtures and vectors, and runs it for ten minutes, or as long as is asked. What panics, takes
//! over a second or over 512 MiB fails. `docs/fuzzing.md` says how a finding is dealt with.

mod report;
mod running;
mod seeds;
mod targets;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Mutex;
use std::time::Duration;

use crate::workspace::{root, target};
use report::Outcome;
use targets::{TARGETS, Target};

/// How long each target runs where nothing else is asked for.
const SECONDS: u64 = 600;

/// The release of cargo-fuzz that this was tried with.
const CARGO_FUZZ: &str = "0.13.2";

/// Where the targets lie, from the root.
const PACKAGE: &str = "tests/fuzz";

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
struct Request {
    each: Duration,
    jobs: usize,
    targets: Vec<&'static Target>,
}

/// Fuzzes the targets that `arguments` name, or all of them.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    let request = match understand(arguments) {
        Ok(request) => request,
        Err(word) => {
            eprintln!("xtask fuzz: `{word}` is no option, number or target; the targets are:");
            let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
            eprintln!("{}", names.join(" "));
            return ExitCode::from(2);
        }
    };
    match tools().and_then(|()| built()) {
        Ok(programs) => fuzz(&request, &programs),
        Err(advice) => {
            eprintln!("xtask fuzz: {advice}");
            ExitCode::FAILURE
        }
    }
}

fn understand(arguments: &[String]) -> Result<Request, String> {
    let mut request = Request {
        each: Duration::from_secs(SECONDS),
        jobs: 1,
        targets: Vec::new(),
    };
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let mut number = || {
            let next = words.next().and_then(|next| next.parse::<u32>().ok());
            next.filter(|number| *number > 0).ok_or(word)
        };
        match word.as_str() {
            "--seconds" => request.each = Duration::from_secs(number()?.into()),
            "--jobs" => request.jobs = number()? as usize,
            name => {
                let named = TARGETS.iter().find(|target| target.name == name);
                request.targets.push(named.ok_or(word)?);
            }
        }
    }
    if request.targets.is_empty() {
        request.targets = TARGETS.iter().collect();
    }
    Ok(request)
}

/// Whether a nightly compiler and cargo-fuzz are there; otherwise what to install.
fn tools() -> Result<(), String> {
    let answers = |arguments: &[&str]| {
        let mut command = nightly(arguments);
        command.output().is_ok_and(|output| output.status.success())
    };
    if !answers(&["rustc", "--version"]) {
        return Err("no nightly compiler: `rustup toolchain install nightly`".to_owned());
    }
    if !answers(&["cargo", "fuzz", "--version"]) {
        return Err(format!(
            "no cargo-fuzz: `cargo install --locked cargo-fuzz --version {CARGO_FUZZ}`"
        ));
    }
    Ok(())
}

/// Builds all targets, and answers where the programs are.
///
/// Without a sanitizer: the crates of the workspace have no unsafe code, and the address sanitizer
/// keeps freed memory, so that neither a second nor 512 MiB would mean what they say. Overflow is
/// checked, as cargo-fuzz has it.
fn built() -> Result<PathBuf, String> {
    let folder = target().join("fuzz");
    let mut command = nightly(&["cargo", "fuzz", "build", "--sanitizer", "none"]);
    command.args(["--fuzz-dir", PACKAGE, "--target-dir"]);
    command.arg(&folder);
    match command.status() {
        Ok(status) if status.success() => Ok(folder.join(host()?).join("release")),
        Ok(_) => Err("the targets cannot be built".to_owned()),
        Err(error) => Err(format!("cargo-fuzz cannot be run: {error}")),
    }
}

/// The machine that cargo-fuzz builds for, as the compiler names it.
fn host() -> Result<String, String> {
    let output = nightly(&["rustc", "--version", "--verbose"]).output();
    let told = output.map_err(|error| format!("the compiler cannot be run: {error}"))?;
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    let host = told.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned)
        .ok_or_else(|| "the compiler does not name its machine".to_owned())
}

/// A command of the nightly toolchain, in the root folder. The toolchain that runs this program
/// must not stay in charge.
fn nightly(arguments: &[&str]) -> Command {
    let mut command = Command::new("rustup");
    command.current_dir(root()).args(["run", "nightly"]);
    command.args(arguments).env_remove("CARGO");
    command
}

/// Runs the targets, `jobs` at a time, and tells how each went.
fn fuzz(request: &Request, programs: &Path) -> ExitCode {
    let folder = target().join("fuzz");
    let waiting = Mutex::new(request.targets.iter().rev().copied().collect::<Vec<_>>());
    let done = Mutex::new(Vec::new());
    let next = || waiting.lock().ok().and_then(|mut waiting| waiting.pop());
    std::thread::scope(|scope| {
        for _ in 0..request.jobs {
            scope.spawn(|| {
                while let Some(target) = next() {
                    println!("{}: {} s", target.name, request.each.as_secs());
                    let outcome = running::fuzz(target, programs, &folder, request.each);
                    println!("{}", report::line(&outcome));
                    if let Ok(mut done) = done.lock() {
                        done.push(outcome);
                    }
                }
            });
        }
    });
    let mut outcomes = done.into_inner().unwrap_or_default();
    outcomes.sort_by_key(place);
    println!("\n{}", report::table(&outcomes));
    let all_ran = outcomes.len() == request.targets.len();
    if all_ran && outcomes.iter().all(Outcome::stands) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn place(outcome: &Outcome) -> Option<usize> {
    TARGETS
        .iter()
        .position(|target| target.name == outcome.target)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn without_a_name_every_target_runs_for_ten_minutes() {
        let request = understand(&[]).unwrap();
        assert_eq!(request.each, Duration::from_secs(600));
        assert_eq!(request.targets.len(), TARGETS.len());
        let request = understand(&words("--seconds 5 note --jobs 2 tile")).unwrap();
        assert_eq!((request.each, request.jobs), (Duration::from_secs(5), 2));
        let names: Vec<_> = request.targets.iter().map(|target| target.name).collect();
        assert_eq!(names, ["note", "tile"]);
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (line, word) in [
            ("other", "other"),
            ("--seconds", "--seconds"),
            ("--seconds 0", "--seconds"),
            ("--seconds x", "--seconds"),
            ("note --jobs -1", "--jobs"),
            ("--job 1", "--job"),
            ("Note", "Note"),
        ] {
            assert_eq!(understand(&words(line)), Err(word.to_owned()), "{line}");
        }
    }
}
