//! Counting what test runners say in their closing lines.

use std::fmt;
use std::ops::Add;

/// How many tests or checks passed, failed and were skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
    pub(crate) skipped: u32,
}

impl Tally {
    /// One check that passed.
    pub(crate) const PASSED: Self = Self {
        passed: 1,
        failed: 0,
        skipped: 0,
    };
    /// One check that failed.
    pub(crate) const FAILED: Self = Self {
        passed: 0,
        failed: 1,
        skipped: 0,
    };
    /// One check that was not made.
    pub(crate) const SKIPPED: Self = Self {
        passed: 0,
        failed: 0,
        skipped: 1,
    };

    /// How many were really run.
    pub(crate) const fn ran(self) -> u32 {
        self.passed + self.failed
    }

    /// Whether something ran and nothing failed.
    pub(crate) const fn stands(self) -> bool {
        self.failed == 0 && self.passed > 0
    }

    /// The count in one line of output, if the line closes a run of cargo's, pytest's or vitest's.
    pub(crate) fn of_line(line: &str) -> Option<Self> {
        let line = line.trim_end();
        if let Some(rest) = line.strip_prefix("test result: ") {
            let (verdict, counts) = rest.split_once(". ")?;
            return matches!(verdict, "ok" | "FAILED").then(|| Self::of_counts(counts))?;
        }
        if let Some(counts) = line.trim_start().strip_prefix("Tests  ") {
            let (counts, all) = counts.rsplit_once(" (")?;
            all.strip_suffix(')')?.parse::<u32>().ok()?;
            return Self::of_counts(counts);
        }
        let (counts, seconds) = line.trim_matches(['=', ' ']).rsplit_once(" in ")?;
        let seconds = seconds.split(' ').next()?.strip_suffix('s')?;
        seconds.parse::<f64>().ok()?;
        Self::of_counts(counts)
    }

    /// Reads `3 passed; 0 failed; 1 ignored`, with commas, semicolons or bars between.
    fn of_counts(counts: &str) -> Option<Self> {
        let mut tally = Self::default();
        let mut known = false;
        for item in counts.split([',', ';', '|']) {
            let (number, word) = item.trim().split_once(' ')?;
            let Ok(number) = number.parse::<u32>() else {
                continue;
            };
            let place = match word {
                "passed" => &mut tally.passed,
                "failed" | "error" | "errors" | "xpassed" => &mut tally.failed,
                "ignored" | "skipped" | "xfailed" => &mut tally.skipped,
                _ => continue,
            };
            *place += number;
            known = true;
        }
        known.then_some(tally)
    }
}

impl Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
        }
    }
}

/// The closing line that a reader of the output, person or program, looks for.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            passed,
            failed,
            skipped,
        } = self;
        write!(f, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_counted() {
        let cases = [
            (
                "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; \
                 finished in 0.03s",
                (12, 0, 1),
            ),
            (
                "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured",
                (3, 2, 0),
            ),
            (
                "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured",
                (0, 0, 0),
            ),
            ("============ 5 passed in 0.12s ============", (5, 0, 0)),
            (
                "5 passed, 2 skipped, 1 warning in 61.20s (0:01:01)",
                (5, 0, 2),
            ),
            ("== 1 failed, 4 passed, 2 errors in 3.00s ==", (4, 3, 0)),
            ("1 xfailed, 1 xpassed in 0.10s\r", (0, 1, 1)),
            (
                "      Tests  2 failed | 4 passed | 9 skipped (15)",
                (4, 2, 9),
            ),
            ("      Tests  26 passed (26)", (26, 0, 0)),
        ];
        for (line, (passed, failed, skipped)) in cases {
            assert_eq!(
                Tally::of_line(line),
                Some(Tally {
                    passed,
                    failed,
                    skipped
                }),
                "{line}"
            );
        }
    }

    #[test]
    fn other_lines_are_not_counted() {
        let lines = [
            "",
            "running 12 tests",
            "test number_is_refused ... ok",
            "12 passed",
            "  test result: ok. 12 passed; 0 failed",
            "test result: maybe. 12 passed; 0 failed",
            "test result: ok",
            "finished in 0.03s",
            "no tests ran in 0.01s",
            "12 passed in the end",
            "12 carts passed in 3s",
            "-1 passed in 3s",
            " Test Files  1 failed | 2 passed (3)",
            "      Tests  26 passed",
            "      Tests  no tests (0)",
            "4294967296 passed in 3s",
        ];
        for line in lines {
            assert_eq!(Tally::of_line(line), None, "{line}");
        }
    }

    #[test]
    fn nothing_run_does_not_stand() {
        assert!(!Tally::default().stands());
        assert!(!Tally::SKIPPED.stands());
        assert!(!(Tally::PASSED + Tally::FAILED).stands());
        assert!((Tally::PASSED + Tally::SKIPPED).stands());
    }

    #[test]
    fn the_sum_is_told_in_one_plain_line() {
        let sum = Tally::PASSED + Tally::PASSED + Tally::SKIPPED;
        assert_eq!(sum.to_string(), "2 passed, 0 failed, 1 skipped");
        assert_eq!(sum.ran(), 2);
    }
}
