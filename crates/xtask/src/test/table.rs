//! The table that ends a run.

use std::fmt::Write as _;
use std::time::Duration;

use super::Outcome;
use super::tally::Tally;

/// One line a part, and one for all of them.
pub(crate) fn render(outcomes: &[Outcome], took: Duration) -> String {
    let mut table = format!(
        "{:<10} {:<7} {:>6} {:>7} {:>8} {:>8}\n",
        "part", "result", "run", "failed", "skipped", "seconds"
    );
    let mut total = Tally::default();
    for outcome in outcomes {
        total = total + outcome.tally;
        line(
            &mut table,
            outcome.part,
            outcome.tally.stands(),
            outcome.tally,
            outcome.took,
        );
    }
    line(&mut table, "all", all_stand(outcomes), total, took);
    table
}

/// Whether something ran, and every part of it ran something and failed in nothing.
pub(crate) fn all_stand(outcomes: &[Outcome]) -> bool {
    !outcomes.is_empty() && outcomes.iter().all(|outcome| outcome.tally.stands())
}

fn line(table: &mut String, name: &str, stands: bool, tally: Tally, took: Duration) {
    let result = if stands { "ok" } else { "FAILED" };
    let (ran, failed, skipped) = (tally.ran(), tally.failed, tally.skipped);
    let seconds = took.as_secs_f64();
    writeln!(
        table,
        "{name:<10} {result:<7} {ran:>6} {failed:>7} {skipped:>8} {seconds:>8.1}"
    )
    .expect("a string takes what is written to it");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_ran_nothing_is_shown_as_failed() {
        let outcomes = [
            Outcome {
                part: "format",
                tally: Tally::PASSED,
                took: Duration::from_millis(1_540),
            },
            Outcome {
                part: "unit",
                tally: Tally::default(),
                took: Duration::ZERO,
            },
        ];
        let table = render(&outcomes, Duration::from_secs(61));
        let lines: Vec<Vec<&str>> = table
            .lines()
            .map(|line| line.split_whitespace().collect())
            .collect();
        assert_eq!(lines[1], ["format", "ok", "1", "0", "0", "1.5"]);
        assert_eq!(lines[2], ["unit", "FAILED", "0", "0", "0", "0.0"]);
        assert_eq!(lines[3], ["all", "FAILED", "1", "0", "0", "61.0"]);
        assert!(!all_stand(&outcomes));
        assert!(!all_stand(&[]));
        assert!(all_stand(&outcomes[..1]));
    }
}
