//! What the recipient looked at before it signed for a document or returned it (查验, Art. 11).
//!
//! An [`Inspection`] is the list of checks with their outcomes and the version of the rules they
//! follow. It carries codes, never findings in words: what was found may be secret. It runs no
//! check itself, and it never turns silence into a pass: what nobody looked at says
//! [`Outcome::NotChecked`].

mod check;
mod reason;

use std::fmt;

pub use check::{Check, CheckCode, Fault, FaultCode};
pub use reason::{ReturnCode, ReturnReason};

/// The most checks one inspection may list: four times those of this build, so that newer rules
/// fit, and small enough for an entry of the log.
pub const CHECKS_MAX: usize = 64;

/// How one check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It was looked at and is as it should be.
    Passed,
    /// It was looked at and is not, for the reason with this number.
    Failed(FaultCode),
    /// Nobody looked: this build has no such check, or it could not be made.
    NotChecked,
}

impl Outcome {
    /// The outcome's number, for ever; the fault of a failure is a number of its own.
    pub const fn code(self) -> u64 {
        match self {
            Self::Passed => 1,
            Self::Failed(_) => 2,
            Self::NotChecked => 3,
        }
    }

    /// The fault of a failure.
    pub const fn fault(self) -> Option<FaultCode> {
        match self {
            Self::Failed(fault) => Some(fault),
            Self::Passed | Self::NotChecked => None,
        }
    }

    /// The outcome with this number and fault. None for an unknown number, a failure without its
    /// fault, and a fault without a failure.
    pub const fn from_code(code: u64, fault: Option<FaultCode>) -> Option<Self> {
        match (code, fault) {
            (1, None) => Some(Self::Passed),
            (2, Some(fault)) => Some(Self::Failed(fault)),
            (3, None) => Some(Self::NotChecked),
            _ => None,
        }
    }

    /// The outcome's name in Chinese.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Passed => "通过",
            Self::Failed(_) => "未通过",
            Self::NotChecked => "未查验",
        }
    }

    /// The outcome's name in English.
    pub const fn en(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed(_) => "failed",
            Self::NotChecked => "not checked",
        }
    }
}

/// The checks of one delivery and how each went: sorted by check, each once, at least one and at
/// most [`CHECKS_MAX`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Inspection {
    rule_set: u16,
    results: Vec<(CheckCode, Outcome)>,
}

impl Inspection {
    /// The inspection that a statement holds: the version of its rules and the results in strictly
    /// rising order of their checks. Refuses any other order, an empty list and one too long.
    /// Checks and faults that this build does not know are kept as they are.
    pub fn new(rule_set: u16, results: Vec<(CheckCode, Outcome)>) -> Result<Self, BadInspection> {
        if results.is_empty() {
            return Err(BadInspection::Empty);
        }
        if results.len() > CHECKS_MAX {
            return Err(BadInspection::TooLong {
                checks: results.len(),
            });
        }
        for pair in results.windows(2) {
            let [(before, _), (check, _)] = pair else {
                continue;
            };
            if before == check {
                return Err(BadInspection::Twice { check: *check });
            }
            if before > check {
                return Err(BadInspection::Unsorted { check: *check });
            }
        }
        Ok(Self { rule_set, results })
    }

    /// An inspection in which nothing was looked at yet: every check of this build, not checked.
    pub fn unmade(rule_set: u16) -> Self {
        let results = Check::ALL.map(|check| (CheckCode::from(check), Outcome::NotChecked));
        Self {
            rule_set,
            results: results.to_vec(),
        }
    }

    /// The same inspection with how `check` went. A failure stays the first failure, whatever comes
    /// after it; otherwise the later outcome stands. So a check of several parts may report each
    /// failure as it meets it, and says passed once, when it has looked at all.
    ///
    /// A check that was not listed is listed, unless the list is full of checks that this build
    /// does not know; then it stays unlisted, which blocks a receipt where it is mandatory.
    #[must_use]
    pub fn with(mut self, check: Check, outcome: Outcome) -> Self {
        let code = CheckCode::from(check);
        match self
            .results
            .binary_search_by_key(&code, |(listed, _)| *listed)
        {
            Ok(place) => {
                let before = &mut self.results[place].1;
                if !matches!(before, Outcome::Failed(_)) {
                    *before = outcome;
                }
            }
            Err(place) if self.results.len() < CHECKS_MAX => {
                self.results.insert(place, (code, outcome));
            }
            Err(_) => {}
        }
        self
    }

    /// The version of the rules that the checks followed.
    pub const fn rule_set(&self) -> u16 {
        self.rule_set
    }

    /// The checks and how each went, in the order of the checks.
    pub fn results(&self) -> &[(CheckCode, Outcome)] {
        &self.results
    }

    /// How `check` went; none if the inspection does not list it.
    pub fn outcome(&self, check: Check) -> Option<Outcome> {
        let code = CheckCode::from(check);
        let place = self
            .results
            .binary_search_by_key(&code, |(listed, _)| *listed)
            .ok()?;
        Some(self.results[place].1)
    }

    /// The checks that failed, known here or not.
    pub fn failures(&self) -> impl Iterator<Item = (CheckCode, FaultCode)> {
        self.results
            .iter()
            .filter_map(|(check, outcome)| Some((*check, outcome.fault()?)))
    }

    /// The checks of `mandatory` that the list lacks. A statement with any of these is refused,
    /// whether it is a receipt or a return: it must at least say that nobody looked.
    pub fn missing_mandatory(&self, mandatory: &[Check]) -> Vec<Check> {
        mandatory
            .iter()
            .copied()
            .filter(|check| self.outcome(*check).is_none())
            .collect()
    }

    /// Whether the inspection allows a receipt: every check of `mandatory` listed and passed
    /// (Art. 11). Refuses with the first that is not. A return needs none of this, and a check that
    /// is not mandatory never blocks.
    pub fn allows_receipt(&self, mandatory: &[Check]) -> Result<(), NotReceivable> {
        for check in mandatory.iter().copied() {
            match self.outcome(check) {
                Some(Outcome::Passed) => {}
                Some(Outcome::Failed(fault)) => return Err(NotReceivable::Failed { check, fault }),
                Some(Outcome::NotChecked) => return Err(NotReceivable::NotChecked { check }),
                None => return Err(NotReceivable::Missing { check }),
            }
        }
        Ok(())
    }
}

/// Why a list is no inspection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadInspection {
    /// It lists nothing; one that looked at nothing says so for each check.
    Empty,
    /// It lists more than [`CHECKS_MAX`].
    TooLong {
        /// How many it lists.
        checks: usize,
    },
    /// It lists a check twice.
    Twice {
        /// The check.
        check: CheckCode,
    },
    /// A check stands after one with a higher number.
    Unsorted {
        /// The check that stands too late.
        check: CheckCode,
    },
}

impl fmt::Display for BadInspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "the inspection lists no check"),
            Self::TooLong { checks } => {
                write!(
                    f,
                    "{checks} checks are more than the {CHECKS_MAX} of one inspection"
                )
            }
            Self::Twice { check } => write!(f, "check {} is listed twice", check.0),
            Self::Unsorted { check } => write!(f, "check {} is out of order", check.0),
        }
    }
}

impl std::error::Error for BadInspection {}

/// Why an inspection does not allow a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotReceivable {
    /// The list lacks a mandatory check.
    Missing {
        /// The check.
        check: Check,
    },
    /// Nobody made a mandatory check.
    NotChecked {
        /// The check.
        check: Check,
    },
    /// A mandatory check failed: the document is to be returned.
    Failed {
        /// The check.
        check: Check,
        /// Why it failed.
        fault: FaultCode,
    },
}

impl fmt::Display for NotReceivable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { check } => {
                write!(
                    f,
                    "the inspection lacks the mandatory check of the {}",
                    check.en()
                )
            }
            Self::NotChecked { check } => write!(f, "the {} was not checked", check.en()),
            Self::Failed { check, fault } => match fault.known() {
                Some(known) => write!(f, "the check of the {} failed: {}", check.en(), known.en()),
                None => write!(
                    f,
                    "the check of the {} failed with code {}",
                    check.en(),
                    fault.0
                ),
            },
        }
    }
}

impl std::error::Error for NotReceivable {}

#[cfg(test)]
mod tests;
