//! Working time: on which days and at which hours an office works, as a policy statement says.
//!
//! Wall-clock time is the default (regulation, "the eight-hour clock"). Where a calendar is
//! switched on, a time limit of an ordinary document runs only while offices work. The due time is
//! worked out once, at dispatch, and stands in the dispatch; a later calendar changes nothing.

use minicbor::{Decode, Encode};

use crate::Timestamp;

const MINUTE_MS: u64 = 60_000;
const DAY_MS: u64 = 24 * 60 * MINUTE_MS;
/// Minutes of a day.
pub const DAY_MINUTES: u16 = 1_440;
/// The most days that a calendar names: some years of holidays and adjusted workdays.
pub const NAMED_DAYS_MAX: usize = 400;
/// The most spans of working time in a day.
pub const SPANS_MAX: usize = 4;
/// For how many days a limit is followed; a calendar that works less is no calendar.
const DAYS_FOLLOWED: u64 = 60;

/// The month of a day since 1970-01-01, as year × 100 + month (Howard Hinnant's `civil_from_days`).
pub fn month_of(day: u64) -> u32 {
    let shifted = day.saturating_add(719_468);
    let era = shifted / 146_097;
    let of_era = shifted % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // From March; January and February belong to the year after.
    let from_march = (5 * of_year + 2) / 153;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = era
        .saturating_mul(400)
        .saturating_add(year_of_era)
        .saturating_add(u64::from(month <= 2));
    u32::try_from(year.saturating_mul(100).saturating_add(month)).unwrap_or(u32::MAX)
}

/// When offices work.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Calendar {
    /// Minutes by which local time is ahead of UTC; 480 in China, which has no summer time.
    #[n(0)]
    pub ahead_minutes: u16,
    /// Working time of a day, rising and apart.
    #[n(1)]
    pub hours: Vec<MinuteSpan>,
    /// The weekdays on which offices work, as bits from Monday.
    #[n(2)]
    pub weekdays: u8,
    /// Public holidays on such weekdays: local days since 1970-01-01, rising.
    #[n(3)]
    pub holidays: Vec<u32>,
    /// Adjusted workdays (调休) on other days: local days since 1970-01-01, rising.
    #[n(4)]
    pub workdays: Vec<u32>,
}

/// A part of a day, in minutes since midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct MinuteSpan {
    /// From.
    #[n(0)]
    pub from: u16,
    /// Up to, and not including.
    #[n(1)]
    pub until: u16,
}

impl MinuteSpan {
    /// Whether the spans lie in a day, each has a length, and each is after the one before.
    pub fn in_order(spans: &[Self]) -> bool {
        let inside = |span: &Self| span.from < span.until && span.until <= DAY_MINUTES;
        spans.iter().all(inside) && spans.windows(2).all(|two| two[0].until <= two[1].from)
    }
}

impl Calendar {
    /// Whether the calendar is in order, and works often enough that limits come to an end.
    pub fn is_sound(&self) -> bool {
        let rising = |days: &[u32]| {
            days.len() <= NAMED_DAYS_MAX && days.windows(2).all(|two| two[0] < two[1])
        };
        let apart = self
            .holidays
            .iter()
            .all(|day| self.workdays.binary_search(day).is_err());
        self.ahead_minutes <= 14 * 60
            && !self.hours.is_empty()
            && self.hours.len() <= SPANS_MAX
            && MinuteSpan::in_order(&self.hours)
            && (1..0x80).contains(&self.weekdays)
            && rising(&self.holidays)
            && rising(&self.workdays)
            && apart
    }

    /// The local day of an instant, in days since 1970-01-01, and the milliseconds since its
    /// midnight.
    pub fn day_of(&self, at: Timestamp) -> (u64, u64) {
        let local = at.plus_ms(u64::from(self.ahead_minutes) * MINUTE_MS);
        (local.unix_ms() / DAY_MS, local.unix_ms() % DAY_MS)
    }

    /// The instant of a minute of a local day.
    pub fn instant(&self, day: u64, minute: u16) -> Timestamp {
        let local = day
            .saturating_mul(DAY_MS)
            .saturating_add(u64::from(minute) * MINUTE_MS);
        Timestamp::from_unix_ms(local.saturating_sub(u64::from(self.ahead_minutes) * MINUTE_MS))
    }

    /// Whether offices work on a local day.
    pub fn works_on(&self, day: u64) -> bool {
        let named =
            |days: &[u32]| u32::try_from(day).is_ok_and(|day| days.binary_search(&day).is_ok());
        // 1970-01-01 was a Thursday.
        let weekday = (day + 3) % 7;
        named(&self.workdays) || (self.weekdays >> weekday & 1 == 1 && !named(&self.holidays))
    }

    /// The instant at which `minutes` of working time have passed since `from`; none where the
    /// offices do not work so long within two months.
    pub fn after(&self, from: Timestamp, minutes: u32) -> Option<Timestamp> {
        let mut left = u64::from(minutes) * MINUTE_MS;
        let (first, mut passed) = self.day_of(from);
        for day in first..first + DAYS_FOLLOWED {
            for span in self.hours.iter().filter(|_| self.works_on(day)) {
                let begins = (u64::from(span.from) * MINUTE_MS).max(passed);
                let works = (u64::from(span.until) * MINUTE_MS).saturating_sub(begins);
                if left <= works {
                    return Some(self.instant(day, 0).plus_ms(begins + left));
                }
                left -= works;
            }
            passed = 0;
        }
        None
    }
}

#[cfg(test)]
mod tests;
