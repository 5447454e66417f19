//! Running a command and counting what it did.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::overdue::Watch;
use super::tally::Tally;

/// After how long a test runner is ended that does not come to an end: a multiple of what the
/// longest one takes, and short of what the whole command may.
const LIMIT: Duration = Duration::from_secs(40 * 60);

/// Runs `command` to its end as one check, its output going where ours goes.
pub(crate) fn check(command: &mut Command) -> Tally {
    if succeeds(command) {
        Tally::PASSED
    } else {
        Tally::FAILED
    }
}

/// Runs `command`, told beforehand, and answers whether it ended well.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    tell(command);
    match command.status() {
        Ok(status) => status.success(),
        Err(error) => {
            eprintln!("{}: {error}", command.get_program().display());
            false
        }
    }
}

/// Runs `command` without a word; true if it could be started and ended well.
pub(crate) fn succeeds_silently(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// What `command` prints, if it ends well.
pub(crate) fn answer(command: &mut Command) -> Option<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    if !output.status.success() {
        return None;
    }
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

/// Runs a test runner: passes its output on unchanged and adds up its closing lines.
///
/// A runner that ends badly without naming a failed test counts as one failure, and so does one
/// that ends well without having run a test.
pub(crate) fn tests(command: &mut Command) -> Tally {
    tell(command);
    tests_into(command, &mut io::stdout())
}

fn tests_into(command: &mut Command, output: &mut impl Write) -> Tally {
    match stream(command, output, LIMIT) {
        Ok((_, tally)) if tally.ran() == 0 => {
            eprintln!("{} ran no test", command.get_program().display());
            tally + Tally::FAILED
        }
        Ok((false, tally)) if tally.failed == 0 => tally + Tally::FAILED,
        Ok((_, tally)) => tally,
        Err(error) => {
            eprintln!("{}: {error}", command.get_program().display());
            Tally::FAILED
        }
    }
}

fn stream(
    command: &mut Command,
    output: &mut impl Write,
    limit: Duration,
) -> io::Result<(bool, Tally)> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    let watch = Watch::over(child.id(), limit);
    let mut lines = BufReader::new(child.stdout.take().expect("its output was asked for"));
    let mut tally = Tally::default();
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        output.write_all(&line)?;
        output.flush()?;
        if let Some(counted) = Tally::of_line(&String::from_utf8_lossy(&line)) {
            tally = tally + counted;
        }
        line.clear();
    }
    let well = child.wait()?.success();
    if watch.was_needed() {
        eprintln!(
            "{} was ended after {} s: it did not come to an end",
            command.get_program().display(),
            limit.as_secs()
        );
    }
    Ok((well, tally))
}

fn tell(command: &Command) {
    let words: Vec<_> = command
        .get_args()
        .map(|word| word.to_string_lossy())
        .collect();
    let program = std::path::Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    println!("$ {} {}", name.display(), words.join(" "));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    const CLOSING: &str = "test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured";

    #[test]
    fn output_passes_unchanged_and_is_counted() {
        let mut seen = Vec::new();
        let script = format!("echo '{CLOSING}'; printf 'caf\\351 without an end'");
        let (well, tally) = stream(&mut shell(&script), &mut seen, LIMIT).unwrap();
        assert!(well);
        assert_eq!(
            tally,
            Tally {
                passed: 2,
                failed: 0,
                skipped: 1
            }
        );
        assert_eq!(
            seen,
            [CLOSING.as_bytes(), b"\ncaf\xe9 without an end"].concat()
        );
    }

    #[test]
    fn a_runner_that_ends_badly_or_runs_nothing_has_failed() {
        let cases = [
            (
                format!("echo '{CLOSING}'"),
                Tally {
                    passed: 2,
                    failed: 0,
                    skipped: 1,
                },
            ),
            (
                format!("echo '{CLOSING}'; exit 101"),
                Tally {
                    passed: 2,
                    failed: 1,
                    skipped: 1,
                },
            ),
            ("exit 0".to_owned(), Tally::FAILED),
            ("exit 5".to_owned(), Tally::FAILED),
            (
                "echo 'test result: FAILED. 1 passed; 3 failed; 0 ignored'; exit 101".to_owned(),
                Tally {
                    passed: 1,
                    failed: 3,
                    skipped: 0,
                },
            ),
        ];
        for (script, tally) in cases {
            // Not to our own output, where the closing lines would be counted once more.
            assert_eq!(
                tests_into(&mut shell(&script), &mut Vec::new()),
                tally,
                "{script}"
            );
        }
    }

    #[test]
    fn a_runner_that_does_not_end_is_ended_with_what_it_started() {
        let mut seen = Vec::new();
        // The second one holds the output open, and would be waited for.
        let script = format!("echo '{CLOSING}'; sleep 600 & sleep 600; wait");
        let limit = Duration::from_millis(300);
        let (well, tally) = stream(&mut shell(&script), &mut seen, limit).unwrap();
        assert!(!well);
        assert_eq!(tally.passed, 2, "what it told is kept");
    }

    #[test]
    fn a_program_that_is_not_there_has_failed() {
        let mut absent = Command::new("./no-such-program");
        assert_eq!(check(&mut absent), Tally::FAILED);
        assert_eq!(tests_into(&mut absent, &mut Vec::new()), Tally::FAILED);
        assert!(!succeeds_silently(&mut absent));
        assert_eq!(answer(&mut absent), None);
    }

    #[test]
    fn an_answer_is_only_taken_from_a_command_that_ends_well() {
        assert_eq!(answer(&mut shell("echo ' yes '")), Some("yes".to_owned()));
        assert_eq!(answer(&mut shell("echo yes; exit 1")), None);
    }
}
