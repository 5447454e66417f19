//! The file against what was declared of it: its label and its list of parts.

use yichuan_document::Classification;

use super::elements::{Elements, dense};
use super::{Fault, rules};
use crate::contents::Contents;
use crate::page::Sight;

/// What the sender declared of a document.
#[derive(Clone, Copy, Debug, Default)]
pub struct Declared<'d> {
    /// The title.
    pub title: Option<&'d str>,
    /// The document number, 发文字号.
    pub reference: Option<&'d str>,
    /// The level.
    pub level: Option<Classification>,
    /// The urgency as it is printed: 特急, 加急 ….
    pub urgency: Option<&'d str>,
    /// How many attachments travel as parts of their own.
    pub attachments: usize,
}

/// Where the document's main file departs from what was declared of it; nothing for a file without
/// pages.
pub fn compare(contents: &Contents, declared: &Declared) -> Vec<Fault> {
    if !contents.kind.is_laid_out() {
        return Vec::new();
    }
    let elements = Elements::of(contents);
    let first: String = contents
        .pages
        .first()
        .into_iter()
        .flat_map(|page| &page.lines)
        .filter(|line| line.sight == Sight::Seen)
        .map(|line| dense(&line.text))
        .collect();
    let mut faults = Vec::new();
    if let Some(title) = declared.title.map(dense) {
        let tagged = elements.title.as_deref();
        if tagged != Some(&title) && !first.contains(&title) {
            faults.push(Fault::of(&rules::TITLE_DIFFERS, tagged.unwrap_or_default()));
        }
    }
    if let Some(reference) = declared.reference.map(dense) {
        let found = elements.reference.as_ref().map(|found| found.text.as_str());
        if found != Some(&reference) && !first.contains(&reference) {
            faults.push(Fault::of(
                &rules::REFERENCE_DIFFERS,
                found.unwrap_or_default(),
            ));
        }
    }
    let shown = contents.marks.level();
    if declared.level == Some(Classification::Secret) && shown != declared.level {
        faults.push(Fault::of(&rules::LEVEL_NOT_SHOWN, ""));
    }
    if declared.urgency != elements.urgency.as_deref() {
        let found = elements.urgency.clone().unwrap_or_default();
        faults.push(Fault::of(&rules::URGENCY_DIFFERS, found));
    }
    let listed = elements.attachments.len();
    let there = elements
        .annexes
        .max(declared.attachments)
        .max(contents.attachments.len());
    if listed > there || listed == 0 && declared.attachments > 0 {
        let found = format!("{listed} / {there}");
        faults.push(Fault::of(&rules::ATTACHMENTS_DIFFER, found));
    }
    faults
}
