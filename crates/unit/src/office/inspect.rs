//! The recipient's inspection (查验, Art. 11): what was looked at, and what came of it.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use yichuan_document::header::InnerHeader;
use yichuan_document::inspection::{Check, CheckCode, Fault, FaultCode, Inspection, Outcome};
use yichuan_document::statement::{CheckLine, InspectionList};
use yichuan_envelope::StayedClosed;

/// The version of the rules that these checks follow.
pub const RULE_SET: u16 = 1;

/// The inspection of a document that opened and whose signatures and seals were verified.
pub fn opened(header: &InnerHeader, parts: &Path) -> Inspection {
    let passed = [
        Check::Sender,
        Check::Signatures,
        Check::Integrity,
        Check::Level,
        Check::Seal,
        Check::Recipients,
    ];
    let inspection = passed
        .into_iter()
        .fold(Inspection::unmade(RULE_SET), |list, check| {
            list.with(check, Outcome::Passed)
        });
    inspection.with(Check::Format, format(header, parts))
}

/// The inspection of a document that stayed closed.
pub fn closed(why: &StayedClosed) -> Inspection {
    let (check, fault) = match why {
        StayedClosed::CommitmentMismatch => (Check::Integrity, Fault::CommitmentMismatch),
        StayedClosed::Violation(_) => (Check::Level, Fault::Mismatch),
        StayedClosed::Header(_) | StayedClosed::Layout => (Check::Format, Fault::Unreadable),
        _ => (Check::Integrity, Fault::Mismatch),
    };
    let verified = [Check::Sender, Check::Signatures, Check::Recipients];
    verified
        .into_iter()
        .fold(Inspection::unmade(RULE_SET), |list, check| {
            list.with(check, Outcome::Passed)
        })
        .with(check, Outcome::Failed(FaultCode::from(fault)))
}

/// Each file begins as the type that it declares; what it holds further is not looked into yet.
fn format(header: &InnerHeader, parts: &Path) -> Outcome {
    for part in &header.parts {
        let expected: &[u8] = match part.media_type.as_str() {
            "application/pdf" => b"%PDF-",
            "application/ofd" => b"PK\x03\x04",
            kind if kind.starts_with("application/vnd.openxmlformats") => b"PK\x03\x04",
            "image/png" => b"\x89PNG\r\n\x1a\n",
            "image/jpeg" => b"\xff\xd8\xff",
            _ => b"",
        };
        let mut front = vec![0; expected.len()];
        let read = File::open(parts.join(part.name.as_str()))
            .and_then(|mut file| file.read_exact(&mut front));
        if read.is_err() || front != expected {
            return Outcome::Failed(FaultCode::from(Fault::Mismatch));
        }
    }
    Outcome::Passed
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
