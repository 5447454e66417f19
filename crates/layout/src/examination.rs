//! The one question to this crate: what is this file?

use crate::contents::{Contents, Notice};
use crate::format::{self, Fault};
use crate::limits::{Budget, Limits};
use crate::marks::{Marks, Obstacle, Scan};
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
    if let Ok(contents) = &mut contents {
        let differs = inner::media_type_differs(media_type, contents.kind);
        if differs && !contents.notices.contains(&Notice::TypeDiffers) {
            contents.notices.push(Notice::TypeDiffers);
        }
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
    }
}
