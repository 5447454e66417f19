//! Sets a text as an official document by GB/T 9704-2012, as OFD (GB/T 33190) and as PDF/A.
//!
//! [`typeset`] is given a source that a clerk wrote and the fonts of the computer, and answers with
//! both files, or with the line and field that is not as it must be. What it makes is read again
//! by the readers that every recipient uses before anybody gets it: a mark above its label is a
//! refusal, and what the check of the form remarks is told.
//!
//! No I/O, no clock, no randomness: the same source and fonts give the same bytes.

#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of lines and characters on pages, all below a million"
)]

mod compose;
mod draft;
mod elements;
mod example;
mod fonts;
mod lines;
mod measures;
mod ofd;
mod pdf;
mod refusal;
mod sheet;
mod title;

use yichuan_document::Classification;
use yichuan_layout::format::Fault;
use yichuan_layout::marks::Decision;
use yichuan_layout::{Limits, examine};
use yichuan_typeface::Faces;

pub use draft::Form;
pub use example::example;
pub use refusal::{BodyFault, FieldFault, Refused};

use draft::Draft;
use fonts::Fonts;

/// A document that was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typeset {
    /// The OFD file.
    pub ofd: Vec<u8>,
    /// The PDF file.
    pub pdf: Vec<u8>,
    /// How many pages it has.
    pub pages: usize,
    /// What the check of the form remarks: nothing, unless the source leaves out what most
    /// documents have.
    pub remarks: Vec<Fault>,
    /// The families of the fonts that it uses.
    pub fonts: Vec<String>,
}

/// Sets a source. Refuses what is not as the form asks, characters that no font has, and 机密 and
/// 绝密 anywhere (Art. 15).
pub fn typeset(source: &str, faces: &Faces) -> Result<Typeset, Refused> {
    let draft = Draft::read(source)?;
    let mut fonts = Fonts::new(faces);
    let set = compose::compose(&draft, &mut fonts)?;
    // `Draft::read` lets no other date through.
    let date = draft::day(&draft.date).unwrap_or((1970, 1, 1));
    let written = format!("{:04}-{:02}-{:02}", date.0, date.1, date.2);
    let ofd = ofd::write(&set, &written, &fonts)?;
    let pdf = pdf::write(&set, date, &fonts)?;
    let declared = draft.level.is_some().then_some(Classification::Secret);
    let mut remarks = Vec::new();
    for (name, media_type, bytes) in [
        ("typeset.ofd", "application/ofd", &ofd),
        ("typeset.pdf", "application/pdf", &pdf),
    ] {
        let found = examine(name, media_type, bytes, &Limits::default());
        if found.marks.decision(declared) == Decision::Refuse {
            return Err(Refused::Level { line: 0 });
        }
        let new = found
            .format
            .into_iter()
            .filter(|fault| !remarks.contains(fault));
        remarks.extend(new.collect::<Vec<_>>());
    }
    Ok(Typeset {
        ofd,
        pdf,
        pages: set.pages.len(),
        remarks,
        fonts: fonts.used.into_iter().map(|used| used.family).collect(),
    })
}
