//! Running one target until its time is over or something is found.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::report::{self, Figures, Found, Outcome};
use super::seeds;
use super::targets::Target;

/// How long one input may take.
const SECOND: Duration = Duration::from_secs(1);

/// The most memory of a whole run, the corpus included, in MiB.
const MEMORY_MIB: u32 = 512;

/// How the fuzzer ends when an input took too long, and when memory ran over.
const TOO_LONG: i32 = 70;
const TOO_LARGE: i32 = 71;

/// Runs `target` for `each` in all, and keeps corpus, findings and log below `folder`.
pub(crate) fn fuzz(target: &Target, programs: &Path, folder: &Path, each: Duration) -> Outcome {
    let mut outcome = Outcome {
        target: target.name,
        figures: Figures::default(),
        took: Duration::ZERO,
        slow_once: 0,
        found: Found::Nothing,
    };
    let begun = Instant::now();
    let run = Run {
        target,
        program: programs.join(target.name),
        corpus: folder.join("corpus").join(target.name),
        findings: folder.join("findings").join(target.name),
        log: folder.join("logs").join(target.name).with_extension("log"),
    };
    if let Err(error) = run.until(begun, each, &mut outcome) {
        outcome.found = Found::NotRun(error.to_string());
    }
    outcome.took = begun.elapsed();
    outcome
}

struct Run<'t> {
    target: &'t Target,
    program: PathBuf,
    corpus: PathBuf,
    findings: PathBuf,
    log: PathBuf,
}

impl Run<'_> {
    /// Fuzzes until `each` is over. An input that took over a second is tried alone: where that
    /// takes less computing, others used the machine, and the rest of the time is used.
    fn until(&self, begun: Instant, each: Duration, outcome: &mut Outcome) -> io::Result<()> {
        seeds::write(self.target, &self.corpus)?;
        fs::create_dir_all(&self.findings)?;
        self.log.parent().map_or(Ok(()), fs::create_dir_all)?;
        loop {
            let left = each.saturating_sub(begun.elapsed());
            if left < SECOND {
                return Ok(());
            }
            let status = self.command(left)?.status()?;
            let log = String::from_utf8_lossy(&fs::read(&self.log)?).into_owned();
            outcome.figures = outcome.figures.and(Figures::read(&log));
            if status.success() {
                return Ok(());
            }
            let Some(input) = report::input(&log) else {
                return Err(io::Error::other(format!("see {}", self.log.display())));
            };
            let Some(what) = finding(status.code(), || self.alone(input))? else {
                outcome.slow_once += 1;
                continue;
            };
            outcome.found = Found::Something {
                what,
                input: input.to_owned(),
            };
            return Ok(());
        }
    }

    fn command(&self, left: Duration) -> io::Result<Command> {
        let log = File::create(&self.log)?;
        let mut command = Command::new(&self.program);
        command.arg(&self.corpus);
        command.arg(format!("-max_total_time={}", left.as_secs()));
        command.arg(format!("-timeout={}", SECOND.as_secs()));
        command.arg(format!("-rss_limit_mb={MEMORY_MIB}"));
        command.arg(format!("-max_len={}", self.target.bytes_max));
        command.arg(format!("-artifact_prefix={}/", self.findings.display()));
        command.args(["-print_final_stats=1", "-reload=0"]);
        if let Some(words) = self.target.words() {
            command.arg(format!("-dict={}", words.display()));
        }
        command.stdin(Stdio::null()).stdout(log.try_clone()?);
        command.stderr(log);
        Ok(command)
    }

    /// How much computing one input takes by itself: the least of three times. The clock on the
    /// wall would count what others compute.
    fn alone(&self, input: &str) -> io::Result<Duration> {
        let mut least = Duration::MAX;
        for _ in 0..3 {
            let mut shell = Command::new("sh");
            shell.args(["-c", "\"$0\" \"$1\" >/dev/null 2>&1; times"]);
            let output = shell.arg(&self.program).arg(input).output()?;
            let told = String::from_utf8_lossy(&output.stdout);
            let computed = computed(&told).ok_or_else(|| io::Error::other("no times"))?;
            least = least.min(computed);
        }
        Ok(least)
    }
}

/// What the children of a shell computed, by the second line of its `times`: `0m1.50s 0m0.02s`.
fn computed(times: &str) -> Option<Duration> {
    let line = times.lines().nth(1)?;
    let each = line.split_whitespace().map(|time| {
        let (minutes, seconds) = time.strip_suffix('s')?.split_once('m')?;
        let minutes: u32 = minutes.parse().ok()?;
        let seconds: f64 = seconds.parse().ok()?;
        Duration::try_from_secs_f64(f64::from(minutes) * 60.0 + seconds).ok()
    });
    each.sum::<Option<Duration>>()
}

/// What was found, in a word, by how the fuzzer ended. `alone` tells how long the input takes by
/// itself: where that is short, nothing was found.
fn finding(
    code: Option<i32>,
    alone: impl FnOnce() -> io::Result<Duration>,
) -> io::Result<Option<&'static str>> {
    Ok(match code {
        Some(TOO_LONG) if alone()? < SECOND => None,
        Some(TOO_LONG) => Some("over a second"),
        Some(TOO_LARGE) => Some("over 512 MiB"),
        _ => Some("panic"),
    })
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::super::targets::TARGETS;
    use super::*;

    /// Runs a script in the fuzzer's place for the target `note`.
    fn with(script: &str) -> Outcome {
        let folder = tempfile::tempdir().unwrap();
        let target = TARGETS.iter().find(|target| target.name == "note").unwrap();
        let program = folder.path().join("note");
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
        fuzz(target, folder.path(), folder.path(), Duration::from_secs(2))
    }

    const TRIED: &str = "echo 'stat::number_of_executed_units: 7'; ";
    const WRITTEN: &str = "echo 'Test unit written to found'; ";

    #[test]
    fn a_fuzzer_that_ends_well_has_found_nothing() {
        let outcome = with(TRIED);
        assert!(outcome.stands(), "{outcome:?}");
        assert_eq!(outcome.figures.executions, 7);
        assert!(!with("exit 0").stands(), "it tried nothing");
    }

    #[test]
    fn what_a_fuzzer_finds_is_told() {
        for (code, what) in [(71, "over 512 MiB"), (77, "panic"), (1, "panic")] {
            let outcome = with(&format!("{TRIED}{WRITTEN}exit {code}"));
            let expected = Found::Something {
                what,
                input: "found".to_owned(),
            };
            assert_eq!(outcome.found, expected, "{code}");
        }
        let outcome = with("echo cannot; exit 1");
        assert!(matches!(outcome.found, Found::NotRun(_)), "{outcome:?}");
    }

    #[test]
    fn an_input_is_too_slow_only_if_it_is_by_itself() {
        let alone = |milliseconds| move || Ok(Duration::from_millis(milliseconds));
        assert_eq!(
            finding(Some(70), alone(1_000)).unwrap(),
            Some("over a second")
        );
        assert_eq!(finding(Some(70), alone(999)).unwrap(), None);
        assert_eq!(finding(Some(71), alone(1)).unwrap(), Some("over 512 MiB"));
        assert_eq!(
            finding(None, alone(1)).unwrap(),
            Some("panic"),
            "by a signal"
        );
        assert!(finding(Some(70), || Err(io::Error::other("gone"))).is_err());
        let told = "0m0.00s 0m0.00s\n1m2.50s 0m0.02s\n";
        assert_eq!(computed(told), Some(Duration::from_millis(62_520)));
        for wrong in [
            "",
            "0m0.00s 0m0.00s\n",
            "\n1m2.50s 0m",
            "\n1:2 3:4",
            "\n0m-9s 0m0s",
        ] {
            assert_eq!(computed(wrong), None, "{wrong}");
        }
        let outcome = with(&format!("{TRIED}{WRITTEN}exit 70"));
        assert_eq!(outcome.found, Found::Nothing);
        assert!(outcome.slow_once > 0 && outcome.figures.executions > 7);
    }
}
