//! A duty roster as it is written: the tables of its file, with where each line stands, and the
//! same to be filled in field by field.

use serde::{Deserialize, Serialize};
use toml::Spanned;

/// A duty roster, line by line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenRoster {
    /// The shifts; of several that fit an hour the first one counts.
    #[serde(default)]
    pub shift: Vec<WrittenShift>,
    /// Who is away.
    #[serde(default)]
    pub away: Vec<WrittenAbsence>,
}

/// A shift.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenShift {
    /// Its name, such as 白班.
    pub name: String,
    /// `workdays`, `restdays`, `every`, weekdays such as `mon`, or dates.
    pub days: Vec<String>,
    /// Such as `18:00-08:30`.
    pub hours: String,
    /// Who is there: accounts or names.
    pub on: Vec<String>,
    /// Who stands in where all of them are away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub substitutes: Vec<String>,
}

/// Somebody who is away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenAbsence {
    /// Who: as in the shifts.
    pub who: String,
    /// A day, or the first and the last with two points between them.
    pub days: String,
}

impl WrittenRoster {
    /// Reads the tables of a file; none where it is not one. What is in them is judged by
    /// [`super::DutyRoster::parse`].
    pub fn read(text: &str) -> Option<Self> {
        toml::from_str(text).ok()
    }

    /// The file.
    pub fn to_text(&self) -> String {
        // Texts and lists of texts only: it has no way to fail.
        toml::to_string(self).unwrap_or_default()
    }
}

/// The same with where each line stands.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Spans {
    #[serde(default)]
    pub(super) shift: Vec<Spanned<SpannedShift>>,
    #[serde(default)]
    pub(super) away: Vec<SpannedAbsence>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SpannedShift {
    pub(super) name: Spanned<String>,
    pub(super) days: Vec<Spanned<String>>,
    pub(super) hours: Spanned<String>,
    pub(super) on: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) substitutes: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SpannedAbsence {
    pub(super) who: Spanned<String>,
    pub(super) days: Spanned<String>,
}

#[cfg(test)]
mod tests {
    use super::super::DutyRoster;
    use super::*;

    #[test]
    fn a_roster_that_was_filled_in_is_read_as_it_was_meant() {
        let filled = WrittenRoster {
            shift: vec![WrittenShift {
                name: "夜班 \"二\"\n".to_owned(),
                days: vec!["工作日".to_owned(), "2026-10-01..2026-10-03".to_owned()],
                hours: "18:00-08:30".to_owned(),
                on: vec!["值班室".to_owned()],
                substitutes: Vec::new(),
            }],
            away: vec![WrittenAbsence {
                who: "值班室".to_owned(),
                days: "2026-11-27".to_owned(),
            }],
        };
        let text = filled.to_text();
        assert_eq!(WrittenRoster::read(&text), Some(filled), "{text}");
        assert!(DutyRoster::parse(&text).is_ok(), "{text}");
        let empty = WrittenRoster::default().to_text();
        assert!(DutyRoster::parse(&empty).is_err(), "no shift");
        for bad in ["x = 1", "[[shift]]\nname = 1", "[[shift]", "\u{0}"] {
            assert_eq!(WrittenRoster::read(bad), None, "{bad}");
        }
    }
}
