//! What is said about a failure, for who does not read a terminal.

use super::{Report, describe, given};
use crate::authority::AuthorityFailed;
use crate::office::Failed;

/// What is said about a failure.
#[derive(Clone, Debug)]
pub struct Explained {
    /// What went wrong.
    pub what: String,
    /// What to do about it; may be empty.
    pub cure: &'static str,
    /// The exit code that a command would end with.
    pub exit: u8,
}

/// What went wrong and what to do about it, in the language of now.
pub fn explain(failed: &Failed) -> Explained {
    let Report { what, cure, exit } = describe(failed);
    Explained { what, cure, exit }
}

/// Each thing that is wrong, where a failure tells several: with a seal's picture, or a calendar.
pub fn faults(failed: &Failed) -> Vec<String> {
    match failed {
        Failed::Authority(AuthorityFailed::Impression(wrong)) => given::faults_of_picture(wrong),
        Failed::Authority(AuthorityFailed::Calendar(lines)) => {
            lines.iter().map(given::fault_of_line).collect()
        }
        _ => Vec::new(),
    }
}
