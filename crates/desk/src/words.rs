//! What the answers are made of: times, words with their codes, units.

use std::ops::Range;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yichuan_document::life::{DeliveryState, Fact};
use yichuan_document::roster::Roster;
use yichuan_document::{Classification, Timestamp, UnitCode};
use yichuan_unit::lang::say;

/// An instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Time {
    /// RFC 3339, with the zone.
    at: String,
    /// Milliseconds since 1970.
    ms: u64,
}

impl Time {
    /// RFC 3339.
    pub(crate) fn text(&self) -> &str {
        &self.at
    }

    /// Milliseconds since 1970.
    pub(crate) fn unix_ms(&self) -> u64 {
        self.ms
    }
}

impl From<Timestamp> for Time {
    fn from(time: Timestamp) -> Self {
        let ms = time.unix_ms();
        let signed = i64::try_from(ms).unwrap_or(i64::MAX);
        let at = jiff::Timestamp::from_millisecond(signed).map_or_else(
            |_| String::new(),
            |time| {
                let local = time.to_zoned_datetime(TimeZone::system());
                local.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
            },
        );
        Self { at, ms }
    }
}

/// A word with its code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Coded {
    /// The code, which stays.
    pub(crate) code: String,
    /// The word, in the language that was asked for.
    pub(crate) text: String,
}

impl Coded {
    /// A word whose English is its code.
    pub(crate) fn new(zh: &str, en: &str) -> Self {
        Self {
            code: slug(en),
            text: say(zh, en).to_owned(),
        }
    }

    /// The word of a level.
    pub(crate) fn level(level: Classification) -> Self {
        Self::new(level.zh(), level.en())
    }

    /// The word of a delivery's state.
    pub(crate) fn state(state: DeliveryState) -> Self {
        Self::new(state.zh(), state.en())
    }

    /// The word of a fact.
    pub(crate) fn fact(fact: Fact) -> Self {
        Self::new(fact.zh(), fact.en())
    }
}

/// A number with its word.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Numbered {
    /// The number in statements.
    pub(crate) code: u16,
    /// The word.
    pub(crate) text: String,
    /// Whether words are due with it.
    pub(crate) needs_text: bool,
}

/// An English word as a code: lower case, with hyphens.
pub(crate) fn slug(en: &str) -> String {
    let mut code = String::with_capacity(en.len());
    for sign in en.chars() {
        if sign.is_ascii_alphanumeric() {
            code.push(sign.to_ascii_lowercase());
        } else if !code.is_empty() && !code.ends_with('-') {
            code.push('-');
        }
    }
    code.truncate(code.trim_end_matches('-').len());
    code
}

/// The entry of a closed list that was meant by its code, its Chinese or its English word.
pub(crate) fn meant<T: Copy>(
    list: impl IntoIterator<Item = (T, &'static str, &'static str)>,
    typed: &str,
) -> Option<T> {
    let mut list = list.into_iter();
    let found = list.find(|(_, zh, en)| *zh == typed || *en == typed || slug(en) == typed);
    found.map(|found| found.0)
}

/// A level by its code or word.
pub(crate) fn level(typed: &str) -> Option<Classification> {
    meant(
        Classification::ALL.map(|level| (level, level.zh(), level.en())),
        typed,
    )
}

/// A unit with its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub(crate) struct UnitRef {
    /// Its code.
    pub(crate) code: String,
    /// Its name; the code where the roster has none.
    pub(crate) name: String,
}

impl UnitRef {
    /// The unit as the roster names it.
    pub(crate) fn of(roster: &Roster, code: &UnitCode) -> Self {
        let name = roster
            .unit(code)
            .map_or_else(|| code.to_string(), |unit| unit.name);
        Self {
            code: code.to_string(),
            name,
        }
    }
}

/// Where an act stands in the log.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Recorded {
    /// The entry's index.
    pub(crate) index: u64,
    /// When it was recorded.
    pub(crate) time: Time,
}

impl Recorded {
    /// From an entry's index and time.
    pub(crate) fn at(index: u64, time: Timestamp) -> Self {
        Self {
            index,
            time: time.into(),
        }
    }
}

/// A list with all that there is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Items<T> {
    /// The things.
    pub(crate) items: Vec<T>,
}

/// A page of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// The things.
    pub(crate) items: Vec<T>,
    /// What to ask the next page with; none after the last.
    pub(crate) next: Option<String>,
    /// How many things the whole list has.
    pub(crate) total: usize,
}

/// Which part of a list one page shows.
pub(crate) struct Cut {
    range: Range<usize>,
    total: usize,
}

impl Cut {
    /// Of a list with `total` things; a cursor is the place of its first thing.
    pub(crate) fn of(total: usize, cursor: Option<&str>, limit: Option<usize>) -> Self {
        let first = cursor.and_then(|cursor| cursor.parse().ok());
        let first: usize = first.unwrap_or(0).min(total);
        let count = limit.unwrap_or(PAGE.0).clamp(1, PAGE.1);
        let range = first..first.saturating_add(count).min(total);
        Self { range, total }
    }

    /// The places of its things.
    pub(crate) fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// The page with these things.
    pub(crate) fn page<T>(self, items: Vec<T>) -> Page<T> {
        let more = self.range.end < self.total && !items.is_empty();
        Page {
            items,
            next: more.then(|| self.range.end.to_string()),
            total: self.total,
        }
    }
}

/// How many things a page has where nobody says, and at most.
const PAGE: (usize, usize) = (50, 200);

/// Cuts a page out of `all`; a cursor is the place of its first thing.
pub(crate) fn page<T>(mut all: Vec<T>, cursor: Option<&str>, limit: Option<usize>) -> Page<T> {
    let cut = Cut::of(all.len(), cursor, limit);
    let items = all.drain(cut.range()).collect();
    cut.page(items)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_the_english_word_in_lower_case_with_hyphens() {
        for (en, code) in [
            ("signed for", "signed-for"),
            ("Public notice", "public-notice"),
            ("a, b (c)", "a-b-c"),
            ("", ""),
        ] {
            assert_eq!(slug(en), code, "{en}");
        }
    }

    #[test]
    fn every_level_is_found_by_its_code_and_its_words() {
        for wanted in Classification::ALL {
            for typed in [
                wanted.zh().to_owned(),
                wanted.en().to_owned(),
                slug(wanted.en()),
            ] {
                assert_eq!(level(&typed), Some(wanted), "{typed}");
            }
        }
        assert_eq!(level("机秘"), None);
    }

    #[test]
    fn pages_cover_a_list_once() {
        let all: Vec<u32> = (0..120).collect();
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let page = page(all.clone(), cursor.as_deref(), Some(50));
            seen.extend(page.items);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, all);
        for bad in ["-1", "x", "99999999999999999999999", "18446744073709551615"] {
            assert!(
                page(all.clone(), Some(bad), Some(10)).items.len() <= 10,
                "{bad}"
            );
        }
        assert_eq!(page(all, None, Some(9_999)).items.len(), 120);
    }
}
