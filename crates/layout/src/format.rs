//! Whether a file has the form of an official document (Art. 3 and 11; GB/T 9704-2012).
//!
//! Each [`Rule`] has a stable id, the clause it comes from and a severity. Real documents depart
//! from the standard's measures by a millimetre or two and by a point of size; so do the tolerances
//! here. The check is made before a document is submitted and again by its recipient.

mod compare;
mod elements;
mod layout;
mod rules;

use crate::contents::{Contents, Notice};

pub use compare::{Declared, compare};
pub use elements::{Elements, Reference};
pub use rules::{RULES, Rule, Severity};

/// A departure from a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The rule.
    pub rule: &'static Rule,
    /// What was found, or on which page; the same in both languages. May be empty.
    pub found: String,
}

impl Fault {
    pub(crate) fn of(rule: &'static Rule, found: impl Into<String>) -> Self {
        Self {
            rule,
            found: found.into(),
        }
    }

    /// The rule's sentence in Chinese, with what was found.
    pub fn zh(&self) -> String {
        self.with(self.rule.zh)
    }

    /// The rule's sentence in English, with what was found.
    pub fn en(&self) -> String {
        self.with(self.rule.en)
    }

    fn with(&self, sentence: &str) -> String {
        if self.found.is_empty() {
            sentence.to_owned()
        } else {
            format!("{sentence} [{}]", self.found)
        }
    }
}

/// Faults of one rule that are told; the rest are alike.
const TOLD: usize = 5;

/// What departs from the rules in a file with pages; nothing in a file without.
pub fn check(contents: &Contents) -> Vec<Fault> {
    if !contents.kind.is_laid_out() {
        return Vec::new();
    }
    let elements = Elements::of(contents);
    let mut faults = Vec::new();
    package(contents, &mut faults);
    layout::pages(contents, &mut faults);
    layout::elements(contents, &elements, &mut faults);
    let mut told: Vec<Fault> = Vec::new();
    for fault in faults {
        let same = told.iter().filter(|known| known.rule.id == fault.rule.id);
        if same.count() < TOLD {
            told.push(fault);
        }
    }
    told.sort_by_key(|fault| fault.rule.severity);
    told
}

/// Rules about the file rather than its pages.
fn package(contents: &Contents, faults: &mut Vec<Fault>) {
    if contents.documents != 1 {
        faults.push(Fault::of(
            &rules::ONE_DOCUMENT,
            contents.documents.to_string(),
        ));
    }
    for notice in &contents.notices {
        let fault = match notice {
            Notice::CaseDiffers(name) => Fault::of(&rules::PATH_CASE, name.as_ref()),
            Notice::PartMissing(name) => Fault::of(&rules::PART_MISSING, name.as_ref()),
            Notice::SignatureUnreached(name) => {
                Fault::of(&rules::SIGNATURE_UNREACHED, name.as_ref())
            }
            Notice::OlderVersions => Fault::of(&rules::OLDER_VERSIONS, ""),
            Notice::ActiveContent => Fault::of(&rules::ACTIVE_CONTENT, ""),
            Notice::HiddenText { page, text } => {
                Fault::of(&rules::HIDDEN_TEXT, format!("{page}: {text}"))
            }
            Notice::TypeDiffers => Fault::of(&rules::TYPE_DIFFERS, contents.kind.word()),
            Notice::ChangedAfterSigning => Fault::of(&rules::CHANGED_AFTER_SIGNING, ""),
            Notice::PackageIntegrity => Fault::of(&rules::PACKAGE_INTEGRITY, ""),
        };
        faults.push(fault);
    }
}
