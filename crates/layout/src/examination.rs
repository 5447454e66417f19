//! The one question to this crate: what is this file?

use yichuan_document::Classification;
use yichuan_document::inspection::{self, Check, FaultCode, Outcome};

use crate::contents::{Contents, Notice};
use crate::format::{self, Fault, Severity};
use crate::limits::{Budget, Limits};
use crate::marks::{Decision, Marks, Obstacle, Scan};
use crate::{Unreadable, inner};

/// What came of looking into a file.
#[derive(Clone, Debug)]
pub struct Examination {
    /// What is in the file, or why it cannot be read.
    pub contents: Result<Contents, Unreadable>,
    /// Marks in the file and in its name. A file that cannot be read is an obstacle, so that it is
    /// never clean.
    pub marks: Marks,
    /// Where the file departs from the form of an official document; empty for a file that has no
    /// pages, since attachments may have any form.
    pub format: Vec<Fault>,
    /// Whether the file is of another kind than its declared type says.
    pub type_differs: bool,
}

/// Looks into a file: reads it within `limits`, searches it and its name for classification marks
/// (Art. 15) and checks its form (Art. 11, GB/T 9704).
///
/// `name` is the name that the sender gave it and `media_type` the type it declared; neither is
/// believed. What the document's label says is compared by [`Marks::decision`], and its metadata by
/// [`format::compare`].
pub fn examine(name: &str, media_type: &str, bytes: &[u8], limits: &Limits) -> Examination {
    let mut budget = Budget::new(*limits);
    let mut contents = inner::read(name, bytes, 1, &mut budget);
    let type_differs = match &contents {
        Ok(contents) => inner::media_type_differs(media_type, contents.kind),
        Err(_) => inner::begins_otherwise(media_type, bytes),
    };
    if let Ok(contents) = &mut contents
        && type_differs
        && !contents.notices.contains(&Notice::TypeDiffers)
    {
        contents.notices.push(Notice::TypeDiffers);
    }
    let mut named = Scan::default();
    named.file_name(name);
    let mut marks = named.finish();
    match &contents {
        Ok(contents) => {
            marks
                .findings
                .extend(contents.marks.findings.iter().cloned());
            marks
                .obstacles
                .extend(contents.marks.obstacles.iter().cloned());
        }
        Err(why) => marks.obstacles.push(Obstacle::of(why)),
    }
    marks.findings.sort_by_key(|finding| finding.weight);
    let format = contents.as_ref().map_or_else(|_| Vec::new(), format::check);
    Examination {
        contents,
        marks,
        format,
        type_differs,
    }
}

impl Examination {
    /// The checks that a look into the file answers, as an inspection records them (Art. 11): for
    /// a document whose label says `declared`, and a file that `is_main` or an attachment.
    ///
    /// A mark that the label does not cover fails; what a person must judge, and what could not be
    /// looked at, is not checked. Only a departure that is an error fails the layout, and an
    /// attachment may have any. A file that is damaged fails the format; one that is encrypted, or
    /// larger than is read, passes it where it begins as its type does: of its content nothing is
    /// said.
    pub fn outcomes(&self, declared: Classification, is_main: bool) -> [(Check, Outcome); 4] {
        let failed = |fault| Outcome::Failed(FaultCode::from(fault));
        let marks = match self.marks.decision(Some(declared)) {
            Decision::Refuse => failed(inspection::Fault::Mismatch),
            Decision::Hold | Decision::CannotCheck => Outcome::NotChecked,
            Decision::Clean => Outcome::Passed,
        };
        let contents = match &self.contents {
            Ok(contents) => contents,
            Err(why) => return self.unread(why, marks, is_main),
        };
        let noted = |notice| contents.notices.contains(&notice);
        let format = if self.type_differs || noted(Notice::TypeDiffers) {
            failed(inspection::Fault::Mismatch)
        } else {
            Outcome::Passed
        };
        let errors = |fault: &Fault| fault.rule.severity == Severity::Error;
        let layout = match (is_main, contents.kind.is_laid_out()) {
            (false, _) => Outcome::NotChecked,
            (true, false) => failed(inspection::Fault::Forbidden),
            (true, true) if self.format.iter().any(errors) => failed(inspection::Fault::Invalid),
            (true, true) => Outcome::Passed,
        };
        // What was not looked into may hold anything.
        let opaque = !self.marks.obstacles.iter().all(Obstacle::is_about_text);
        let active = match (noted(Notice::ActiveContent), opaque) {
            (true, _) => failed(inspection::Fault::Forbidden),
            (false, true) => Outcome::NotChecked,
            (false, false) => Outcome::Passed,
        };
        [
            (Check::Format, format),
            (Check::Layout, layout),
            (Check::ActiveContent, active),
            (Check::LevelMarks, marks),
        ]
    }

    /// The checks of a file that could not be read.
    fn unread(&self, why: &Unreadable, marks: Outcome, is_main: bool) -> [(Check, Outcome); 4] {
        let failed = |fault| Outcome::Failed(FaultCode::from(fault));
        let format = match (why.is_beyond_reading(), self.type_differs) {
            (false, _) => failed(inspection::Fault::Unreadable),
            (true, true) => failed(inspection::Fault::Mismatch),
            (true, false) => Outcome::Passed,
        };
        let layout = if is_main {
            failed(inspection::Fault::Unreadable)
        } else {
            Outcome::NotChecked
        };
        [
            (Check::Format, format),
            (Check::Layout, layout),
            (Check::ActiveContent, Outcome::NotChecked),
            (Check::LevelMarks, marks),
        ]
    }
}
