//! What is kept of printing and deleting.

use minicbor::{Decode, Encode};
use yichuan_document::statement::About;
use yichuan_document::{PersonId, UnitCode};

/// What the head of a unit was asked for, and whether it was granted and done.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PermissionRow {
    /// The document.
    #[n(0)]
    pub about: About,
    /// The unit.
    #[n(1)]
    pub unit: UnitCode,
    /// The code of the permit.
    #[n(2)]
    pub permit: u16,
    /// How many copies; 0 for a deletion.
    #[n(3)]
    pub count: u16,
    /// The first copy number that is printed again.
    #[n(4)]
    pub first: Option<u32>,
    /// Who asked.
    #[n(5)]
    pub person: PersonId,
    /// What was decided.
    #[n(6)]
    pub granted: Option<bool>,
    /// Whether it was done.
    #[n(7)]
    pub used: bool,
}

/// The originals that a recipient has printed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PrintedRow {
    /// Copy numbers, as first and last ones that belong together, rising.
    #[n(0)]
    pub spans: Vec<(u32, u32)>,
}

impl PrintedRow {
    /// How many.
    pub fn count(&self) -> u16 {
        let copies = self.spans.iter().map(|(first, last)| last - first + 1);
        u16::try_from(copies.sum::<u32>()).unwrap_or(u16::MAX)
    }

    /// Whether these numbers are among them, all together.
    pub fn has(&self, first: u32, count: u16) -> bool {
        let last = first.saturating_add(u32::from(count).saturating_sub(1));
        let mut spans = self.spans.iter();
        spans.any(|span| span.0 <= first && last <= span.1)
    }

    /// Adds numbers that are higher than all before.
    pub fn take(&mut self, first: u32, count: u16) {
        let last = first.saturating_add(u32::from(count).saturating_sub(1));
        match self.spans.last_mut() {
            Some(span) if span.1 + 1 == first => span.1 = last,
            _ => self.spans.push((first, last)),
        }
    }
}
