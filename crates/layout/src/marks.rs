//! Classification marks, wherever they hide (Art. 15): what was found, and what is decided.
//!
//! A mark is a level, a star and a period, as in `机密★5年`, at the top left of the first page.
//! Real and hostile files split it into pieces, space it, write it down the page, keep it in a
//! template, an annotation, a tag, the metadata, an attachment or a name. Ordinary prose about
//! secrecy is full of the same words. So what decides is where and how something stands:
//!
//! 1. *refuse*: a mark where marks stand, or a mark that stands alone;
//! 2. *hold*: what could be a mark and could be talk of one: a person looks and signs for it;
//! 3. *cannot check*: something could not be looked at;
//! 4. *clean*: everything was looked at and nothing was found.

mod finding;
mod scan;
mod words;

use yichuan_document::Classification;

pub use finding::{Finding, Obstacle, Place, Reason, Weight};
pub(crate) use scan::{Order, Scan};

/// What comes of looking for marks. Later ones are weaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decision {
    /// A mark stands in the file that its declared level does not cover: it is not sent.
    Refuse,
    /// A person must look, and sign that it is no mark.
    Hold,
    /// Something could not be looked at; the approver declares that it was read.
    CannotCheck,
    /// Everything was looked at and nothing was found.
    Clean,
}

impl Decision {
    /// The stable word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Hold => "hold",
            Self::CannotCheck => "cannot_check",
            Self::Clean => "clean",
        }
    }

    /// The decision in Chinese.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Refuse => "不得传输",
            Self::Hold => "待人工核定",
            Self::CannotCheck => "无法检查",
            Self::Clean => "未发现超出所标密级的标志",
        }
    }

    /// The decision in English.
    pub const fn en(self) -> &'static str {
        match self {
            Self::Refuse => "must not be sent",
            Self::Hold => "a person must look",
            Self::CannotCheck => "cannot be checked",
            Self::Clean => "no mark above the label",
        }
    }
}

/// What was found in a file, and what could not be looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Marks {
    /// What was found, the weightiest first.
    pub findings: Vec<Finding>,
    /// What could not be looked at.
    pub obstacles: Vec<Obstacle>,
}

impl Marks {
    /// What is decided for a document whose label says `declared` (none: without a label).
    ///
    /// A mark of a level that the label covers is as it should be. One above it refuses the
    /// document, 秘密 in a document labelled 公开 no less than 机密; 机密 and 绝密 always do, since
    /// no label covers them that may be sent (Art. 15).
    pub fn decision(&self, declared: Option<Classification>) -> Decision {
        let weights = self
            .findings
            .iter()
            .filter(|finding| !finding.is_covered(declared))
            .map(|finding| finding.weight);
        match weights.min() {
            Some(Weight::Refuse) => Decision::Refuse,
            Some(Weight::Hold) => Decision::Hold,
            None if self.obstacles.is_empty() => Decision::Clean,
            None => Decision::CannotCheck,
        }
    }

    /// The highest level that a mark in the file names, talk of levels left out.
    pub fn level(&self) -> Option<Classification> {
        let refusing = self.findings.iter();
        refusing
            .filter(|finding| finding.weight == Weight::Refuse)
            .filter_map(|finding| finding.level)
            .max()
    }
}
