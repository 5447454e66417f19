//! How much one file may ask of its reader.

use crate::Unreadable;

/// Bounds of one examination. What is over a bound is refused, never read in part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub file_bytes: usize,
    /// Entries of one package.
    pub entries: usize,
    /// Bytes that the entries of one package claim to have when they are expanded.
    pub claimed_bytes: u64,
    /// How many times its stored size a large entry may claim.
    pub ratio: u64,
    /// Packages in packages; 1 is the file itself.
    pub depth: u32,
    /// Bytes of one part after expanding.
    pub part_bytes: usize,
    /// Bytes of all parts that are expanded, packages in packages together.
    pub expanded_bytes: u64,
    /// Elements of XML, characters and objects that are looked at, all together.
    pub work: u64,
    /// Pages.
    pub pages: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 512 << 20,
            entries: 20_000,
            claimed_bytes: 3 << 30,
            ratio: 250,
            depth: 4,
            part_bytes: 24 << 20,
            expanded_bytes: 384 << 20,
            work: 12_000_000,
            pages: 5_000,
        }
    }
}

/// An entry smaller than this may be packed as well as it likes: `<x/><x/>…` is no attack.
pub(crate) const RATIO_FREE_BYTES: u64 = 4 << 20;

/// Steps whose results stay in memory until the file is read.
const KEPT_MAX: u64 = 3_000_000;

/// What is left of the limits while a file is read.
#[derive(Debug)]
pub(crate) struct Budget {
    pub(crate) limits: Limits,
    expanded: u64,
    work: u64,
    kept: u64,
}

impl Budget {
    pub(crate) const fn new(limits: Limits) -> Self {
        Self {
            limits,
            expanded: limits.expanded_bytes,
            work: limits.work,
            kept: KEPT_MAX,
        }
    }

    /// How many bytes one part may still expand to.
    pub(crate) fn part(&self) -> usize {
        let left = usize::try_from(self.expanded).unwrap_or(usize::MAX);
        left.min(self.limits.part_bytes)
    }

    /// Takes bytes that were expanded.
    pub(crate) fn expand(&mut self, bytes: usize) -> Result<(), Unreadable> {
        let left = self.expanded.checked_sub(bytes as u64);
        self.expanded = left.ok_or(Unreadable::Expands)?;
        Ok(())
    }

    /// Takes steps of work: an element, an object, a character.
    pub(crate) fn work(&mut self, steps: usize) -> Result<(), Unreadable> {
        let left = self.work.checked_sub(steps as u64);
        self.work = left.ok_or(Unreadable::TooMuch)?;
        Ok(())
    }

    /// Takes steps whose results stay in memory.
    pub(crate) fn keep(&mut self, steps: u64) -> Result<(), Unreadable> {
        let left = self.kept.checked_sub(steps);
        self.kept = left.ok_or(Unreadable::TooMuch)?;
        Ok(())
    }

    /// How much work is left, to tell later how much was done.
    pub(crate) const fn left(&self) -> u64 {
        self.work
    }
}
