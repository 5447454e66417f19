//! A list of units from a spreadsheet: read, and every line judged before anything is signed.
//!
//! A line is judged by the rules of the roster, by the list itself, and by what a reader would take
//! for another unit (attack G3). Nothing here signs: what is in order becomes a [`Plan`].

mod judge;
mod sheet;
#[cfg(test)]
mod tests;

use super::look_alike::{Alike, LookAlikes};
use super::{Authority, Plan};

/// The most bytes of a list.
pub const LIST_BYTES_MAX: u64 = 4 << 20;
/// The most lines of a list with something in them.
pub const LIST_LINES_MAX: usize = 20_000;

/// A list of units as it was read; nothing of it has been judged.
#[derive(Clone, Debug, Default)]
pub struct UnitList {
    units: Vec<Listed>,
    /// Whether the list says which unit stands above: otherwise each keeps its own.
    has_parents: bool,
    ignored: Vec<String>,
}

/// A line of the list.
#[derive(Clone, Debug, Default)]
struct Listed {
    /// The line in the file, from 1.
    line: usize,
    code: String,
    name: String,
    parent: Option<String>,
}

/// What the list may do beside opening units.
#[derive(Clone, Debug, Default)]
pub struct Allowed {
    /// Rename and move units that are there.
    pub update: bool,
    /// Give names that look like those of other units.
    pub look_alikes: LookAlikes,
}

/// A list, judged against a roster.
pub struct Import {
    /// Every line, in the order of the file.
    pub lines: Vec<Checked>,
    units: Vec<super::PlannedUnit>,
    look_alikes: LookAlikes,
}

/// A judged line.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The line in the file, from 1.
    pub line: usize,
    /// The unit's code as it stands there.
    pub code: String,
    /// The unit's name.
    pub name: String,
    /// What becomes of it.
    pub outcome: Outcome,
}

/// What becomes of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A unit is opened.
    Opened,
    /// A unit is renamed or moved.
    Changed,
    /// The roster has it like this.
    Unchanged,
    /// It cannot be taken.
    Refused(Vec<Fault>),
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Not a unit's code.
    Code,
    /// The name is empty.
    NameEmpty,
    /// The name has too many bytes.
    NameTooLong,
    /// The name has characters that show nothing.
    NameInvisible,
    /// The code stands on an earlier line.
    Twice {
        /// That line.
        line: usize,
    },
    /// The unit above is not named by a code.
    ParentCode(String),
    /// The unit above is neither in the roster nor in the list.
    ParentUnknown(String),
    /// The unit above is closed.
    ParentClosed(String),
    /// The unit stands above itself: alone, or over the others of these codes.
    Cycle(Vec<String>),
    /// The unit was closed for ever.
    Closed,
    /// The roster has the unit with another name or elsewhere, and updating was not asked for.
    Differs {
        /// Its name in the roster.
        name: String,
        /// The unit above it in the roster.
        parent: Option<String>,
    },
    /// The name looks like another unit's.
    LookAlike {
        /// The other one.
        other: Alike,
        /// Where it stands, if in the list.
        line: Option<usize>,
    },
}

/// Why a file is no list of units.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadList {
    /// Neither UTF-8 nor GB18030.
    Encoding,
    /// UTF-16 text.
    Utf16,
    /// An old workbook (`.xls`), or one with a password.
    OldWorkbook,
    /// Not a workbook that can be read.
    Workbook(String),
    /// A workbook that unpacks to too much.
    Unpacked,
    /// The CSV cannot be read, at this line.
    Csv(u64),
    /// No sheet has this name; these are there.
    Sheet(String),
    /// A sheet was named for a file that has none.
    NoSheets,
    /// No line among the first names the columns for code and name.
    NoHead,
    /// Two columns are for the same.
    HeadTwice(String),
    /// More than [`LIST_LINES_MAX`] lines.
    TooManyLines,
    /// There is no unit in it.
    Empty,
}

impl UnitList {
    /// Heads of columns that mean nothing here.
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }
}

impl Import {
    /// How many lines cannot be taken.
    pub fn refused(&self) -> usize {
        self.count(|outcome| matches!(outcome, Outcome::Refused(_)))
    }

    /// How many lines have this outcome.
    pub fn count(&self, fits: impl Fn(&Outcome) -> bool) -> usize {
        let mut count = 0;
        for line in &self.lines {
            count += usize::from(fits(&line.outcome));
        }
        count
    }

    /// What is to be signed, each unit after the one above it; none where a line is refused or
    /// where nothing changes.
    pub fn into_plan(self) -> Option<Plan> {
        if self.refused() > 0 || self.units.is_empty() {
            return None;
        }
        Some(Plan::from(self.units).with_look_alikes(self.look_alikes))
    }
}

impl Authority {
    /// The seals of units that get another name by a list: they are to be revoked and made anew.
    pub fn seals_of_renamed(&self, import: &Import) -> Vec<String> {
        let lines = import.lines.iter();
        let changed = lines.filter(|line| line.outcome == Outcome::Changed);
        let mut seals = Vec::new();
        for line in changed {
            let Ok(code) = line.code.parse() else {
                continue;
            };
            let before = self.roster().unit(&code);
            if before.is_some_and(|before| before.name != line.name) {
                seals.extend(self.seals_of(&code).iter().map(ToString::to_string));
            }
        }
        seals
    }
}
