//! Working time as people write it: minutes, parts of days, weekdays, dates.

use yichuan_document::calendar::{DAY_MINUTES, MinuteSpan};

/// The longest stretch of days that one line names.
const STRETCH_MAX: u8 = 60;

/// The line of a place in a text, from 1.
pub(crate) fn line_of(text: &str, start: usize) -> usize {
    let before = text.as_bytes().iter().take(start);
    before.filter(|byte| **byte == b'\n').count() + 1
}

/// A minute of a day, such as `09:30`; `24:00` is its end.
pub(crate) fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let two = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !two(hour) || !two(minute) {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let all = hour.checked_mul(60)?.checked_add(minute)?;
    (minute < 60 && all <= DAY_MINUTES).then_some(all)
}

/// A part of a day, such as `09:00-12:00`.
pub(crate) fn span(text: &str) -> Option<MinuteSpan> {
    let (from, until) = text.split_once('-')?;
    let (from, until) = (minute(from.trim())?, minute(until.trim())?);
    (from < until).then_some(MinuteSpan { from, until })
}

const WEEKDAYS: [(&str, &str); 7] = [
    ("mon", "周一"),
    ("tue", "周二"),
    ("wed", "周三"),
    ("thu", "周四"),
    ("fri", "周五"),
    ("sat", "周六"),
    ("sun", "周日"),
];

/// A weekday, as a bit from Monday.
pub(crate) fn weekday(text: &str) -> Option<u8> {
    let place = WEEKDAYS
        .iter()
        .position(|(en, zh)| *en == text || *zh == text)?;
    Some(1 << place)
}

/// Weekdays by their bits, in the order of the week.
pub(crate) fn weekdays(bits: u8) -> Vec<&'static str> {
    let named = WEEKDAYS.iter().enumerate();
    named
        .filter(|(place, _)| bits >> place & 1 == 1)
        .map(|(_, names)| names.0)
        .collect()
}

/// Rising days since 1970-01-01 as [`stretch`] reads them, those that follow on each other in one.
pub(crate) fn stretches(days: &[u32]) -> Vec<String> {
    let follows = |one: &u32, other: &u32| one.checked_add(1) == Some(*other);
    let runs = days.chunk_by(follows);
    let parts = runs.flat_map(|run| run.chunks(STRETCH_MAX.into()));
    parts
        .filter_map(|part| {
            let (first, last) = (date(*part.first()?)?, date(*part.last()?)?);
            let one = first == last;
            Some(if one {
                first
            } else {
                format!("{first}..{last}")
            })
        })
        .collect()
}

/// A day since 1970-01-01 as [`day`] reads it.
fn date(days: u32) -> Option<String> {
    let first = jiff::civil::date(1970, 1, 1);
    let span = jiff::Span::new().try_days(i64::from(days)).ok()?;
    first.checked_add(span).ok().map(|day| day.to_string())
}

/// Parts of a day as [`span`] reads them.
pub(crate) fn spans(spans: &[MinuteSpan]) -> Vec<String> {
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let each = |span: &MinuteSpan| format!("{}-{}", clock(span.from), clock(span.until));
    spans.iter().map(each).collect()
}

/// A day, or the days from one to another, since 1970-01-01.
pub(crate) fn stretch(text: &str) -> Option<Vec<u32>> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let (first, last) = (day(first.trim())?, day(last.trim())?);
    let long = i64::from(last) - i64::from(first) < i64::from(STRETCH_MAX);
    (first <= last && long).then(|| (first..=last).collect())
}

/// A day such as `2026-10-01`, since 1970-01-01.
pub(crate) fn day(text: &str) -> Option<u32> {
    let day: jiff::civil::Date = text.parse().ok().filter(|_| text.len() == 10)?;
    let first = jiff::civil::date(1970, 1, 1);
    let days = first.until(day).ok()?.get_days();
    u32::try_from(days).ok()
}
