//! How a target went, by what the fuzzer says at its end.

use std::fmt::Write as _;
use std::time::Duration;

/// What came of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing in the time that it had.
    Nothing,
    /// A panic, a hang, memory over the limit: which, and the input's file.
    Something {
        /// In a word.
        what: &'static str,
        /// The file.
        input: String,
    },
    /// It could not be run.
    NotRun(String),
}

/// How a target went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Which.
    pub(crate) target: &'static str,
    /// What was counted.
    pub(crate) figures: Figures,
    /// How long it ran.
    pub(crate) took: Duration,
    /// Inputs that took over a second while others used the machine, and not when tried alone.
    pub(crate) slow_once: usize,
    /// What came of it.
    pub(crate) found: Found,
}

impl Outcome {
    /// Whether it ran and nothing was found.
    pub(crate) fn stands(&self) -> bool {
        self.found == Found::Nothing && self.figures.executions > 0
    }
}

/// What the fuzzer counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    /// Inputs that were tried.
    pub(crate) executions: u64,
    /// Edges of the program that were reached.
    pub(crate) coverage: u64,
    /// The most memory, in MiB.
    pub(crate) peak_mib: u64,
}

impl Figures {
    /// Reads the log of one run.
    pub(crate) fn read(log: &str) -> Self {
        let told = |name: &str| {
            let line = log.lines().rev().find_map(|line| line.strip_prefix(name))?;
            line.trim().parse().ok()
        };
        Self {
            executions: told("stat::number_of_executed_units:").unwrap_or(0),
            coverage: coverage(log).unwrap_or(0),
            peak_mib: told("stat::peak_rss_mb:").unwrap_or(0),
        }
    }

    /// Both together: runs of one target that follow each other.
    pub(crate) fn and(self, later: Self) -> Self {
        Self {
            executions: self.executions + later.executions,
            coverage: self.coverage.max(later.coverage),
            peak_mib: self.peak_mib.max(later.peak_mib),
        }
    }
}

/// The last number behind `cov:`.
fn coverage(log: &str) -> Option<u64> {
    let (_, rest) = log.rsplit_once(" cov: ")?;
    rest.split_whitespace().next()?.parse().ok()
}

/// The file that the fuzzer wrote the input to, where it found one.
pub(crate) fn input(log: &str) -> Option<&str> {
    log.lines()
        .rev()
        .find_map(|line| line.split_once("Test unit written to "))
        .map(|(_, path)| path.trim())
}

/// One line a target.
pub(crate) fn table(outcomes: &[Outcome]) -> String {
    let mut table = format!(
        "{:<20} {:>7} {:>11} {:>8} {:>8} {:>7}  result\n",
        "target", "seconds", "executions", "per s", "coverage", "MiB"
    );
    for outcome in outcomes {
        let _ = writeln!(table, "{}", line(outcome));
    }
    table
}

/// The line of one target.
pub(crate) fn line(outcome: &Outcome) -> String {
    let seconds = outcome.took.as_secs().max(1);
    let figures = &outcome.figures;
    let result = match &outcome.found {
        Found::Nothing if figures.executions == 0 => "NOT RUN".to_owned(),
        Found::Nothing if outcome.slow_once > 0 => {
            format!("ok; {} slow only under load", outcome.slow_once)
        }
        Found::Nothing => "ok".to_owned(),
        Found::Something { what, input } => format!("{what}: {input}"),
        Found::NotRun(why) => format!("NOT RUN: {why}"),
    };
    format!(
        "{:<20} {:>7} {:>11} {:>8} {:>8} {:>7}  {result}",
        outcome.target,
        outcome.took.as_secs(),
        figures.executions,
        figures.executions / seconds,
        figures.coverage,
        figures.peak_mib,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "#2\tINITED cov: 87 ft: 88 corp: 1/1b exec/s: 0 rss: 30Mb\n\
        #524288\tpulse  cov: 112 ft: 200 corp: 9/99b lim: 4096 exec/s: 262144 rss: 61Mb\n\
        #1000000\tDONE   cov: 113 ft: 201 corp: 9/99b lim: 4096 exec/s: 200000 rss: 62Mb\n\
        Done 1000000 runs in 5 second(s)\n\
        stat::number_of_executed_units: 1000000\n\
        stat::average_exec_per_sec:     200000\n\
        stat::peak_rss_mb:              62\n";

    fn outcome(found: Found) -> Outcome {
        Outcome {
            target: "note",
            figures: Figures::read(LOG),
            took: Duration::from_secs(5),
            slow_once: 0,
            found,
        }
    }

    #[test]
    fn figures_are_those_of_the_end() {
        let figures = Figures::read(LOG);
        let expected = Figures {
            executions: 1_000_000,
            coverage: 113,
            peak_mib: 62,
        };
        assert_eq!(figures, expected);
        assert_eq!(Figures::read("it did not start"), Figures::default());
        let two = figures.and(Figures {
            executions: 5,
            coverage: 3,
            peak_mib: 70,
        });
        assert_eq!(
            (two.executions, two.coverage, two.peak_mib),
            (1_000_005, 113, 70)
        );
    }

    #[test]
    fn a_target_stands_only_if_it_ran_and_found_nothing() {
        assert!(outcome(Found::Nothing).stands());
        let something = Found::Something {
            what: "panic",
            input: "artifacts/x".to_owned(),
        };
        assert!(!outcome(something.clone()).stands());
        assert!(!outcome(Found::NotRun("no program".to_owned())).stands());
        let idle = Outcome {
            figures: Figures::default(),
            ..outcome(Found::Nothing)
        };
        assert!(!idle.stands());
        let table = table(&[outcome(Found::Nothing), outcome(something), idle]);
        let lines: Vec<&str> = table.lines().collect();
        assert!(
            lines[1].ends_with("1000000   200000      113      62  ok"),
            "{table}"
        );
        assert!(lines[2].ends_with("panic: artifacts/x"), "{table}");
        assert!(lines[3].ends_with("NOT RUN"), "{table}");
    }

    #[test]
    fn the_input_that_was_found_is_named_in_the_log() {
        let log = "==1== ERROR: libFuzzer: timeout after 1 seconds\n\
            artifact_prefix='a/'; Test unit written to a/timeout-0b\nBase64: \n";
        assert_eq!(input(log), Some("a/timeout-0b"));
        assert_eq!(input(LOG), None);
    }
}
