//! The clocks of the policy as the authority writes them: a calendar (TOML), a table of reminders,
//! windows for looking; and what it says about the exchange's time.

use serde::Deserialize;
use toml::Spanned;
use yichuan_document::Timestamp;
use yichuan_document::calendar::{Calendar, MinuteSpan, NAMED_DAYS_MAX, SPANS_MAX};
use yichuan_document::roster::act::{ACT_TIME_SET, Change};
use yichuan_document::roster::record::clocks::{
    ANNULLED_MAX, Clocks, IndexSpan, PERCENT_MAX, ReminderStep, STEPS, STEPS_MAX, TIME_ID, Time,
    WINDOWS_MAX,
};
use yichuan_document::statement::Audience;

use super::{Authority, AuthorityFailed, SignedAct};
use crate::keystore::Password;
use crate::working_time::{line_of, minute, span, spans, stretch, stretches, weekday, weekdays};

/// The most bytes of a calendar's file.
pub const CALENDAR_BYTES_MAX: u64 = 256 << 10;
/// The most minutes that local time is ahead of UTC.
const AHEAD_MAX: u16 = 14 * 60;
/// Minutes within which the sender must look where nothing else is said (Art. 10).
const INQUIRY_MINUTES: u16 = 480;

/// A line of a calendar that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// Its number, from 1.
    pub line: usize,
    /// What stands there.
    pub text: String,
    /// What is wrong with it.
    pub why: BadCalendar,
}

/// What is wrong with a line of a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadCalendar {
    /// Not TOML of a calendar, with the reader's words.
    Unreadable(String),
    /// No offset such as `+08:00`, of at most 14 hours ahead.
    Offset,
    /// No working time such as `09:00-12:00`.
    Span,
    /// Working time that begins before the one above has ended, or more than four.
    SpanOrder,
    /// No weekday such as `mon` or `周一`, or one twice.
    Weekday,
    /// No day such as `2026-10-01`, nor a stretch such as `2026-10-01..2026-10-07`.
    Day,
    /// A day that stands there twice, or both as a holiday and as a workday.
    DayTwice,
    /// More days than a calendar names.
    TooMany,
    /// No working time, or no weekday.
    Nothing,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    utc_offset: Spanned<String>,
    hours: Spanned<Vec<Spanned<String>>>,
    weekdays: Spanned<Vec<Spanned<String>>>,
    #[serde(default)]
    holidays: Vec<Spanned<String>>,
    #[serde(default)]
    workdays: Vec<Spanned<String>>,
}

/// Reads lines, and keeps what is wrong with each.
struct Lines<'t> {
    text: &'t str,
    bad: Vec<BadLine>,
}

impl Lines<'_> {
    fn bad<T>(&mut self, at: &Spanned<T>, text: &str, why: BadCalendar) {
        self.bad.push(BadLine {
            line: line_of(self.text, at.span().start),
            text: text.chars().filter(|sign| !sign.is_control()).collect(),
            why,
        });
    }

    fn hours(&mut self, hours: &Spanned<Vec<Spanned<String>>>) -> Vec<MinuteSpan> {
        let mut spans: Vec<MinuteSpan> = Vec::new();
        for written in hours.get_ref() {
            let text = written.get_ref();
            match span(text) {
                None => self.bad(written, text, BadCalendar::Span),
                Some(span) if spans.last().is_some_and(|last| last.until > span.from) => {
                    self.bad(written, text, BadCalendar::SpanOrder);
                }
                Some(_) if spans.len() == SPANS_MAX => {
                    self.bad(written, text, BadCalendar::SpanOrder);
                }
                Some(span) => spans.push(span),
            }
        }
        if hours.get_ref().is_empty() {
            self.bad(hours, "hours", BadCalendar::Nothing);
        }
        spans
    }

    fn weekdays(&mut self, weekdays: &Spanned<Vec<Spanned<String>>>) -> u8 {
        let mut bits = 0;
        for written in weekdays.get_ref() {
            match weekday(written.get_ref()) {
                Some(bit) if bits & bit == 0 => bits |= bit,
                _ => self.bad(written, written.get_ref(), BadCalendar::Weekday),
            }
        }
        if weekdays.get_ref().is_empty() {
            self.bad(weekdays, "weekdays", BadCalendar::Nothing);
        }
        bits
    }

    fn days(&mut self, written: &[Spanned<String>], others: &[u32]) -> Vec<u32> {
        let mut days: Vec<u32> = Vec::new();
        for line in written {
            let Some(named) = stretch(line.get_ref()) else {
                self.bad(line, line.get_ref(), BadCalendar::Day);
                continue;
            };
            let twice = |day: &u32| days.contains(day) || others.contains(day);
            if named.iter().any(twice) {
                self.bad(line, line.get_ref(), BadCalendar::DayTwice);
            } else if days.len() + named.len() > NAMED_DAYS_MAX {
                self.bad(line, line.get_ref(), BadCalendar::TooMany);
            } else {
                days.extend(named);
            }
        }
        days.sort_unstable();
        days
    }
}

/// Reads a calendar; every line that is wrong is named.
pub fn calendar(text: &str) -> Result<Calendar, Vec<BadLine>> {
    let written: Written = toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        vec![BadLine {
            line: line_of(text, start),
            text: String::new(),
            why: BadCalendar::Unreadable(error.message().to_owned()),
        }]
    })?;
    let mut lines = Lines {
        text,
        bad: Vec::new(),
    };
    let ahead_minutes = offset(written.utc_offset.get_ref());
    if ahead_minutes.is_none() {
        let offset = &written.utc_offset;
        lines.bad(offset, offset.get_ref(), BadCalendar::Offset);
    }
    let hours = lines.hours(&written.hours);
    let weekdays = lines.weekdays(&written.weekdays);
    let holidays = lines.days(&written.holidays, &[]);
    let workdays = lines.days(&written.workdays, &holidays);
    match ahead_minutes {
        Some(ahead_minutes) if lines.bad.is_empty() => Ok(Calendar {
            ahead_minutes,
            hours,
            weekdays,
            holidays,
            workdays,
        }),
        _ => {
            lines.bad.sort_by_key(|bad| bad.line);
            Err(lines.bad)
        }
    }
}

/// The clocks of a policy as they are written; what is not said is the default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WrittenClocks {
    /// A calendar (TOML); wall-clock time without one.
    pub calendar: Option<String>,
    /// Whom a pending document is told to when.
    pub reminders: Option<String>,
    /// Minutes within which the sender must look.
    pub inquiry_minutes: Option<u16>,
    /// Windows of a workday in which must be looked.
    pub look_windows: Option<String>,
}

impl WrittenClocks {
    /// The clocks; none where nothing was said of them.
    pub fn clocks(&self) -> Result<Option<Clocks>, AuthorityFailed> {
        if *self == Self::default() {
            return Ok(None);
        }
        let odd = |rule, typed: &str| AuthorityFailed::Rule {
            rule,
            typed: typed.to_owned(),
        };
        let written = self.calendar.as_deref().map(calendar);
        let steps = self.reminders.as_deref().map(|typed| {
            let steps = reminders(typed);
            steps.ok_or_else(|| odd("reminders", typed))
        });
        let looks = self.look_windows.as_deref().map(|typed| {
            let windows = windows(typed);
            windows.ok_or_else(|| odd("look-windows", typed))
        });
        Ok(Some(Clocks {
            calendar: written.transpose().map_err(AuthorityFailed::Calendar)?,
            steps: steps.transpose()?.unwrap_or_else(|| STEPS.to_vec()),
            inquiry_minutes: self.inquiry_minutes.unwrap_or(INQUIRY_MINUTES),
            looks: looks.transpose()?.unwrap_or_default(),
        }))
    }
}

impl From<&Clocks> for WrittenClocks {
    fn from(clocks: &Clocks) -> Self {
        let looks = Some(&clocks.looks).filter(|looks| !looks.is_empty());
        Self {
            calendar: clocks.calendar.as_ref().map(calendar_text),
            reminders: Some(reminders_text(&clocks.steps)),
            inquiry_minutes: Some(clocks.inquiry_minutes),
            look_windows: looks.map(|looks| windows_text(looks)),
        }
    }
}

/// A calendar as [`calendar`] reads it.
fn calendar_text(calendar: &Calendar) -> String {
    let list = |words: Vec<String>| {
        let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        quoted.join(", ")
    };
    let days = weekdays(calendar.weekdays).into_iter().map(str::to_owned);
    format!(
        "utc_offset = \"+{:02}:{:02}\"\nhours = [{}]\nweekdays = [{}]\nholidays = [{}]\n\
         workdays = [{}]\n",
        calendar.ahead_minutes / 60,
        calendar.ahead_minutes % 60,
        list(spans(&calendar.hours)),
        list(days.collect()),
        list(stretches(&calendar.holidays)),
        list(stretches(&calendar.workdays))
    )
}

/// A table of reminders as [`reminders`] reads it.
fn reminders_text(steps: &[ReminderStep]) -> String {
    let step = |step: &ReminderStep| format!("{}:{}", step.percent, step.to.en());
    steps.iter().map(step).collect::<Vec<_>>().join(",")
}

/// Windows of a day as [`windows`] reads them.
fn windows_text(windows: &[MinuteSpan]) -> String {
    spans(windows).join(",")
}

/// Minutes ahead of UTC, such as `+08:00`.
fn offset(text: &str) -> Option<u16> {
    let minutes = minute(text.strip_prefix('+')?)?;
    (minutes <= AHEAD_MAX).then_some(minutes)
}

/// Reads a table of reminders, such as `50:receivers,100:manager`; it may be empty.
pub fn reminders(text: &str) -> Option<Vec<ReminderStep>> {
    let step = |written: &str| {
        let (percent, to) = written.split_once(':')?;
        let percent: u16 = percent.trim().trim_end_matches('%').parse().ok()?;
        let to = Audience::parse(to.trim())?;
        (1..=PERCENT_MAX)
            .contains(&percent)
            .then_some(ReminderStep { percent, to })
    };
    let written = text.split(',').filter(|step| !step.trim().is_empty());
    let mut steps: Vec<ReminderStep> = written.map(step).collect::<Option<_>>()?;
    steps.sort_by_key(|step| (step.percent, step.to));
    let twice = steps.windows(2).any(|two| two[0] == two[1]);
    (steps.len() <= STEPS_MAX && !twice).then_some(steps)
}

/// Reads the windows of a day in which must be looked, such as `09:00-11:00,14:00-16:00`.
pub fn windows(text: &str) -> Option<Vec<MinuteSpan>> {
    let windows: Vec<MinuteSpan> = text.split(',').map(span).collect::<Option<_>>()?;
    (windows.len() <= WINDOWS_MAX && MinuteSpan::in_order(&windows)).then_some(windows)
}

/// Reads indexes of the log that are annulled, such as `104-110`, both included, or `104`.
pub fn annulled(written: &[String]) -> Option<Vec<IndexSpan>> {
    let span = |text: &String| {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let (from, last): (u64, u64) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        let until = last.checked_add(1)?;
        (from < until).then_some(IndexSpan { from, until })
    };
    let mut spans: Vec<IndexSpan> = written.iter().map(span).collect::<Option<_>>()?;
    spans.sort_by_key(|span| span.from);
    let apart = spans.windows(2).all(|two| two[0].until <= two[1].from);
    (apart && spans.len() <= ANNULLED_MAX).then_some(spans)
}

impl Authority {
    /// Says what time it is: confirms the exchange's clock, or corrects it, which opens a new epoch
    /// and annuls what was recorded as overdue at these indexes (protocol rule 28).
    pub fn set_time(
        &mut self,
        at: Timestamp,
        corrects: bool,
        annulled: Vec<IndexSpan>,
        password: &Password,
    ) -> Result<SignedAct, AuthorityFailed> {
        let epoch = self.roster().time().map_or(0, |time| time.epoch);
        let epoch = epoch.saturating_add(u32::from(corrects));
        let time = Time {
            epoch,
            at,
            annulled,
        };
        let change = vec![Change::put(TIME_ID, &time)];
        self.sign_as_officer(ACT_TIME_SET, change, password)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALENDAR: &str = "utc_offset = \"+08:00\"\n\
        hours = [\"09:00-12:00\", \"14:00-18:00\"]\n\
        weekdays = [\"mon\", \"周二\", \"wed\", \"thu\", \"fri\"]\n\
        holidays = [\"2026-10-01..2026-10-08\", \"2027-01-01\"]\n\
        workdays = [\"2026-10-10\"]\n";

    #[test]
    fn a_calendar_is_read_as_it_is_written() {
        let calendar = calendar(CALENDAR).unwrap();
        assert!(calendar.is_sound());
        assert_eq!((calendar.ahead_minutes, calendar.weekdays), (480, 0b1_1111));
        assert_eq!(calendar.holidays.len(), 9);
        let day = |year, month, day| {
            let first = jiff::civil::date(1970, 1, 1);
            let until = first.until(jiff::civil::date(year, month, day)).unwrap();
            u64::try_from(until.get_days()).unwrap()
        };
        for (date, works) in [
            (day(2026, 9, 30), true),
            (day(2026, 10, 1), false),
            (day(2026, 10, 8), false),
            (day(2026, 10, 9), true),
            (day(2026, 10, 10), true),
            (day(2026, 10, 11), false),
            (day(2027, 1, 1), false),
        ] {
            assert_eq!(calendar.works_on(date), works, "{date}");
        }
    }

    #[test]
    fn clocks_that_are_written_are_read_as_they_were() {
        let whole = calendar(CALENDAR).unwrap();
        let written = calendar_text(&whole);
        assert_eq!(calendar(&written).unwrap(), whole, "{written}");
        let many = "2026-01-01..2026-02-28\", \"2026-03-01..2026-04-10";
        let long = CALENDAR.replace("2026-10-01..2026-10-08", many);
        let whole = calendar(&long).unwrap();
        assert_eq!(calendar(&calendar_text(&whole)).unwrap(), whole);
        let steps = reminders("50:receivers,100:manager").unwrap();
        assert_eq!(reminders(&reminders_text(&steps)).unwrap(), steps);
        let looks = windows("09:00-11:00,14:00-24:00").unwrap();
        assert_eq!(windows(&windows_text(&looks)).unwrap(), looks);
    }

    #[test]
    fn every_bad_line_is_named() {
        let text = "utc_offset = \"8\"\n\
            hours = [\n  \"9-12\",\n  \"10:00-12:00\",\n  \"11:00-13:00\",\n  \"18:00-14:00\",\n]\n\
            weekdays = [\"mon\", \"mon\", \"funday\"]\n\
            holidays = [\n  \"2026-02-30\",\n  \"2026-10-01\",\n  \"2026-10-01\",\n]\n\
            workdays = [\"2026-10-01\", \"2026-10-07..2026-10-01\"]\n";
        let bad = calendar(text).unwrap_err();
        let told: Vec<(usize, BadCalendar)> =
            bad.into_iter().map(|bad| (bad.line, bad.why)).collect();
        let expected = [
            (1, BadCalendar::Offset),
            (3, BadCalendar::Span),
            (5, BadCalendar::SpanOrder),
            (6, BadCalendar::Span),
            (8, BadCalendar::Weekday),
            (8, BadCalendar::Weekday),
            (10, BadCalendar::Day),
            (12, BadCalendar::DayTwice),
            (14, BadCalendar::DayTwice),
            (14, BadCalendar::Day),
        ];
        assert_eq!(told, expected);
        for (text, line) in [("", 1), ("\n\nwhat = 1\n", 3), ("utc_offset = 8\n", 1)] {
            let bad = calendar(text).unwrap_err();
            assert!(matches!(bad[0].why, BadCalendar::Unreadable(_)), "{text}");
            assert!(bad[0].line <= line, "{text}: {bad:?}");
        }
        let none = CALENDAR.replace("[\"09:00-12:00\", \"14:00-18:00\"]", "[]");
        assert_eq!(calendar(&none).unwrap_err()[0].why, BadCalendar::Nothing);
    }

    #[test]
    fn reminders_windows_and_indexes_are_read_strictly() {
        let steps = reminders("100:manager, 50:receivers,75%:收文人员,150:authority").unwrap();
        let percents: Vec<u16> = steps.iter().map(|step| step.percent).collect();
        assert_eq!(percents, [50, 75, 100, 150]);
        assert_eq!(reminders("").unwrap(), []);
        for bad in [
            "50",
            "0:manager",
            "1001:manager",
            "50:nobody",
            "50:manager,50:manager",
        ] {
            assert_eq!(reminders(bad), None, "{bad}");
        }
        assert_eq!(windows("09:00-11:00,14:00-24:00").unwrap().len(), 2);
        for bad in [
            "",
            "9:00-11:00",
            "11:00-09:00",
            "09:00-11:00,10:00-12:00",
            "09:60-10:00",
        ] {
            assert_eq!(windows(bad), None, "{bad}");
        }
        let spans = |texts: &[&str]| {
            let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
            annulled(&texts)
        };
        let read = spans(&["110-112", "104"]).unwrap();
        assert_eq!((read[0].from, read[0].until), (104, 105));
        assert_eq!((read[1].from, read[1].until), (110, 113));
        for bad in [
            &["5-4"][..],
            &["1-3", "3"],
            &["x"],
            &["18446744073709551615"],
            &[""],
        ] {
            assert_eq!(spans(bad), None, "{bad:?}");
        }
    }
}
