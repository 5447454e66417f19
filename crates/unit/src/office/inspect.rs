//! The recipient's inspection (查验, Art. 11): what was looked at, and what came of it.

use yichuan_document::inspection::{Check, CheckCode, Fault, FaultCode, Inspection, Outcome};
use yichuan_document::roster::Roster;
use yichuan_document::statement::{CheckLine, InspectionList};
use yichuan_envelope::StayedClosed;

/// The version of the rules that these checks follow: 2 looks into the files.
pub const RULE_SET: u16 = 2;

/// The inspection of a document that opened and whose signatures and seals were verified. What is
/// in its files is added by whoever looked.
pub fn opened() -> Inspection {
    passed(&[
        Check::Sender,
        Check::Signatures,
        Check::Integrity,
        Check::Level,
        Check::Seal,
        Check::Recipients,
    ])
}

/// The inspection of a document that stayed closed.
pub fn closed(why: &StayedClosed) -> Inspection {
    let (check, fault) = match why {
        StayedClosed::CommitmentMismatch => (Check::Integrity, Fault::CommitmentMismatch),
        StayedClosed::Violation(_) => (Check::Level, Fault::Mismatch),
        StayedClosed::Header(_) | StayedClosed::Layout => (Check::Format, Fault::Unreadable),
        _ => (Check::Integrity, Fault::Mismatch),
    };
    verified().with(check, Outcome::Failed(FaultCode::from(fault)))
}

/// The inspection of a document with a mark in a file that its label does not cover.
pub fn marked() -> Inspection {
    let forbidden = Outcome::Failed(FaultCode::from(Fault::Forbidden));
    verified().with(Check::LevelMarks, forbidden)
}

fn verified() -> Inspection {
    passed(&[Check::Sender, Check::Signatures, Check::Recipients])
}

fn passed(checks: &[Check]) -> Inspection {
    checks
        .iter()
        .fold(Inspection::unmade(RULE_SET), |list, check| {
            list.with(*check, Outcome::Passed)
        })
}

/// What must have passed before a document is signed for, in this installation.
pub fn mandatory(roster: &Roster) -> Vec<Check> {
    let mut checks = Check::MANDATORY.to_vec();
    let policy = roster.policy();
    for code in policy.iter().flat_map(|policy| &policy.mandatory_checks) {
        if let Some(check) = Check::from_code(u64::from(*code))
            && !checks.contains(&check)
        {
            checks.push(check);
        }
    }
    checks
}

/// Whether the document must not be signed for whatever the policy asks: a mark above its label,
/// or one that its approver should have looked at and has not (Art. 15).
pub fn forbids(inspection: &Inspection) -> bool {
    let marks = inspection.outcome(Check::LevelMarks);
    matches!(marks, Some(Outcome::Failed(_)))
}

/// As it stands in a statement.
pub fn to_list(inspection: &Inspection) -> InspectionList {
    let line = |(check, outcome): &(CheckCode, Outcome)| {
        let detail = outcome.fault().map_or(0, |fault| fault.0);
        Some(CheckLine {
            check: u16::try_from(check.0).ok()?,
            outcome: u8::try_from(outcome.code()).ok()?,
            detail: u16::try_from(detail).ok()?,
        })
    };
    InspectionList {
        rule_set: inspection.rule_set(),
        lines: inspection.results().iter().filter_map(line).collect(),
    }
}
