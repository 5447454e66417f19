//! The duty roster (值班表): who is to be told at which hour, with substitutes, nights and holidays.
//! It is a note of the unit, encrypted to its key, so that every computer of the unit has it.

mod written;

use toml::Spanned;
use yichuan_document::Timestamp;
use yichuan_document::calendar::{Calendar, DAY_MINUTES, MinuteSpan};
use yichuan_document::roster::record::Policy;
use yichuan_document::statement::NoteKind;
use yichuan_evidence::entry::Entry;

use written::{SpannedShift, Spans};
pub use written::{WrittenAbsence, WrittenRoster, WrittenShift};

use super::failed::Failed;
use super::session::Session;
use crate::working_time::{line_of, minute, stretch, weekday};

/// The most shifts of a roster.
const SHIFTS_MAX: usize = 200;
/// The most people of a shift, and of its substitutes.
const PEOPLE_MAX: usize = 16;
/// The most characters of a name.
const NAME_CHARS_MAX: usize = 60;
/// Where no policy has a calendar: offices are eight hours ahead of UTC, and work from Monday to
/// Friday.
const AHEAD_MINUTES: u16 = 480;

/// A duty roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DutyRoster {
    shifts: Vec<Shift>,
    absences: Vec<Absence>,
}

/// A shift of a duty roster.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Shift {
    name: String,
    days: Vec<Days>,
    from: u16,
    until: u16,
    on: Vec<String>,
    substitutes: Vec<String>,
}

/// Days on which a shift begins.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Days {
    Every,
    Work,
    Rest,
    Week(u8),
    Dates(Vec<u32>),
}

/// Somebody is away, from one day to another, both included.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Absence {
    who: String,
    days: Vec<u32>,
}

/// Who is on duty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OnDuty {
    /// The shift; empty where there is none.
    pub shift: String,
    /// Who is there, accounts or names; substitutes where all others are away.
    pub people: Vec<String>,
    /// Whether they stand in.
    pub stand_in: bool,
}

/// A line of a duty roster that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadShift {
    /// Its number, from 1.
    pub line: usize,
    /// What stands there.
    pub text: String,
    /// What is wrong with it.
    pub why: BadDuty,
}

/// What is wrong with a line of a duty roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadDuty {
    /// Not TOML of a duty roster, with the reader's words.
    Unreadable(String),
    /// No days such as `workdays`, `restdays`, `every`, a weekday, or a date.
    Days,
    /// No hours such as `18:00-08:30`.
    Hours,
    /// No name, too long a one, or invisible characters.
    Name,
    /// Nobody, or too many.
    People,
    /// No shift, or too many.
    Shifts,
}

/// Reads lines, and keeps what is wrong with each.
struct Lines<'t> {
    text: &'t str,
    bad: Vec<BadShift>,
}

impl Lines<'_> {
    fn bad(&mut self, start: usize, text: &str, why: BadDuty) {
        self.bad.push(BadShift {
            line: line_of(self.text, start),
            text: text.chars().filter(|sign| !sign.is_control()).collect(),
            why,
        });
    }

    fn take<T>(&mut self, of: &Spanned<String>, read: Option<T>, why: BadDuty) -> Option<T> {
        if read.is_none() {
            self.bad(of.span().start, of.get_ref(), why);
        }
        read
    }

    fn name(&mut self, written: &Spanned<String>) -> String {
        let text = written.get_ref().trim();
        let sound = !text.is_empty()
            && text.chars().count() <= NAME_CHARS_MAX
            && !text.contains(char::is_control);
        let name = sound.then(|| text.to_owned());
        self.take(written, name, BadDuty::Name).unwrap_or_default()
    }

    fn people(&mut self, written: &[Spanned<String>]) -> Vec<String> {
        written.iter().map(|name| self.name(name)).collect()
    }

    fn shift(&mut self, shift: &Spanned<SpannedShift>) -> Shift {
        let (start, written) = (shift.span().start, shift.get_ref());
        let name = self.name(&written.name);
        let mut days = Vec::new();
        for line in &written.days {
            days.extend(self.take(line, days_of(line.get_ref()), BadDuty::Days));
        }
        if written.days.is_empty() {
            self.bad(start, &name, BadDuty::Days);
        }
        let hours = hours(written.hours.get_ref());
        let hours = self.take(&written.hours, hours, BadDuty::Hours);
        let (from, until) = hours.unwrap_or_default();
        let on = self.people(&written.on);
        let substitutes = self.people(&written.substitutes);
        if on.is_empty() || on.len() > PEOPLE_MAX || substitutes.len() > PEOPLE_MAX {
            self.bad(start, &name, BadDuty::People);
        }
        Shift {
            name,
            days,
            from,
            until,
            on,
            substitutes,
        }
    }
}

/// The hours of a shift; one that ends before it begins goes on into the next day.
fn hours(text: &str) -> Option<(u16, u16)> {
    let (from, until) = text.split_once('-')?;
    let (from, until) = (minute(from.trim())?, minute(until.trim())?);
    (from != until && from < DAY_MINUTES).then_some((from, until))
}

fn days_of(text: &str) -> Option<Days> {
    Some(match text {
        "every" | "每天" => Days::Every,
        "workdays" | "工作日" => Days::Work,
        "restdays" | "休息日" => Days::Rest,
        other => match weekday(other) {
            Some(bit) => Days::Week(bit),
            None => Days::Dates(stretch(other)?),
        },
    })
}

impl DutyRoster {
    /// Reads a duty roster (TOML); every line that is wrong is named.
    pub fn parse(text: &str) -> Result<Self, Vec<BadShift>> {
        let written: Spans = toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            vec![BadShift {
                line: line_of(text, start),
                text: String::new(),
                why: BadDuty::Unreadable(error.message().to_owned()),
            }]
        })?;
        let mut lines = Lines {
            text,
            bad: Vec::new(),
        };
        let count = written.shift.len();
        if count == 0 || count > SHIFTS_MAX || written.away.len() > SHIFTS_MAX {
            lines.bad(0, &count.to_string(), BadDuty::Shifts);
        }
        let shifts = written.shift.iter().map(|shift| lines.shift(shift));
        let shifts: Vec<Shift> = shifts.collect();
        let mut absences = Vec::new();
        for away in &written.away {
            let who = lines.name(&away.who);
            let days = stretch(away.days.get_ref());
            if let Some(days) = lines.take(&away.days, days, BadDuty::Days) {
                absences.push(Absence { who, days });
            }
        }
        if lines.bad.is_empty() {
            Ok(Self { shifts, absences })
        } else {
            lines.bad.sort_by_key(|bad| bad.line);
            Err(lines.bad)
        }
    }

    /// Who is on duty at an instant. Shifts for named dates go before shifts for other days, and
    /// of several the first that is written; a night belongs to the day on which it begins.
    pub fn at(&self, at: Timestamp, policy: Option<&Policy>) -> OnDuty {
        let calendar = calendar(policy);
        let (day, ms) = calendar.day_of(at);
        let minute = u16::try_from(ms / 60_000).unwrap_or_default();
        for dated in [true, false] {
            for shift in &self.shifts {
                if let Some(begun) = shift.covers((day, minute), dated, &calendar) {
                    return self.people(shift, begun);
                }
            }
        }
        OnDuty::default()
    }

    fn people(&self, shift: &Shift, day: u64) -> OnDuty {
        let is_there = |who: &&String| {
            let away = self.absences.iter().any(|absence| {
                absence.who == **who && absence.days.iter().any(|away| u64::from(*away) == day)
            });
            !away
        };
        let there = |people: &[String]| -> Vec<String> {
            people.iter().filter(is_there).cloned().collect()
        };
        let on = there(&shift.on);
        let stand_in = on.is_empty();
        OnDuty {
            shift: shift.name.clone(),
            people: if stand_in {
                there(&shift.substitutes)
            } else {
                on
            },
            stand_in,
        }
    }
}

impl Shift {
    /// The day on which the shift began that covers a minute of a day.
    fn covers(&self, (day, minute): (u64, u16), dated: bool, calendar: &Calendar) -> Option<u64> {
        let over_midnight = self.until <= self.from;
        let today = if over_midnight {
            minute >= self.from
        } else {
            (self.from..self.until).contains(&minute)
        };
        if today && self.begins_on(day, dated, calendar) {
            return Some(day);
        }
        let before = day.checked_sub(1)?;
        let since_yesterday = over_midnight && minute < self.until;
        (since_yesterday && self.begins_on(before, dated, calendar)).then_some(before)
    }

    fn begins_on(&self, day: u64, dated: bool, calendar: &Calendar) -> bool {
        self.days.iter().any(|days| match days {
            Days::Dates(dates) => dated && dates.iter().any(|date| u64::from(*date) == day),
            _ if dated => false,
            Days::Every => true,
            Days::Work => calendar.works_on(day),
            Days::Rest => !calendar.works_on(day),
            // 1970-01-01 was a Thursday.
            Days::Week(bit) => 1 << ((day + 3) % 7) & bit != 0,
        })
    }
}

/// The calendar of the policy, or Monday to Friday in China.
fn calendar(policy: Option<&Policy>) -> Calendar {
    let known = policy.and_then(|policy| policy.clocks.as_ref()?.calendar.clone());
    known.unwrap_or_else(|| Calendar {
        ahead_minutes: AHEAD_MINUTES,
        hours: vec![MinuteSpan {
            from: 0,
            until: DAY_MINUTES,
        }],
        weekdays: 0b1_1111,
        holidays: Vec::new(),
        workdays: Vec::new(),
    })
}

impl Session {
    /// Puts a duty roster in place of the last one. What was read is what the unit keeps: the file
    /// as it was written.
    pub async fn set_duty(&mut self, text: &str) -> Result<(u64, Entry), Failed> {
        DutyRoster::parse(text).map_err(Failed::Duty)?;
        self.add_note(NoteKind::Duty, None, text).await
    }

    /// The last duty roster as it was written; none where there is none.
    pub async fn duty_text(&self) -> Result<Option<String>, Failed> {
        let notes = self.notes()?;
        let mut kept = notes.iter().rev();
        let last = kept.find(|note| note.kind == NoteKind::Duty.code());
        match last {
            Some(note) => Ok(Some(self.read_note(note).await?)),
            None => Ok(None),
        }
    }

    /// The last duty roster; none where there is none.
    pub async fn duty(&self) -> Result<Option<DutyRoster>, Failed> {
        let text = self.duty_text().await?;
        let read = text.map(|text| DutyRoster::parse(&text));
        read.transpose().map_err(Failed::Duty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROSTER: &str = "[[shift]]\nname = \"白班\"\ndays = [\"workdays\"]\n\
        hours = \"08:30-18:00\"\n\
        on = [\"513201-zf-js01\"]\nsubstitutes = [\"513201-zf-js02\"]\n\
        [[shift]]\nname = \"夜班\"\ndays = [\"每天\"]\nhours = \"18:00-08:30\"\n\
        on = [\"值班室\"]\n\
        [[shift]]\nname = \"假日\"\ndays = [\"restdays\"]\nhours = \"08:30-18:00\"\n\
        on = [\"带班领导\"]\n\
        [[shift]]\nname = \"国庆\"\ndays = [\"2026-10-01..2026-10-03\"]\n\
        hours = \"00:00-24:00\"\n\
        on = [\"513201-zf-js02\"]\n\
        [[away]]\nwho = \"513201-zf-js01\"\ndays = \"2026-11-27\"\n";

    /// An instant of local time in China.
    fn at(text: &str) -> Timestamp {
        let at: jiff::Timestamp = format!("{text}+08:00").parse().unwrap();
        Timestamp::from_unix_ms(u64::try_from(at.as_millisecond()).unwrap())
    }

    #[test]
    fn nights_holidays_dates_and_substitutes_are_told_apart() {
        let roster = DutyRoster::parse(ROSTER).unwrap();
        for (time, shift, who, stand_in) in [
            ("2026-11-26T08:30:00", "白班", "513201-zf-js01", false),
            ("2026-11-26T17:59:59", "白班", "513201-zf-js01", false),
            ("2026-11-26T18:00:00", "夜班", "值班室", false),
            ("2026-11-27T00:00:00", "夜班", "值班室", false),
            ("2026-11-27T08:29:59", "夜班", "值班室", false),
            // The clerk is away that day.
            ("2026-11-27T09:00:00", "白班", "513201-zf-js02", true),
            // A Saturday.
            ("2026-11-28T09:00:00", "假日", "带班领导", false),
            ("2026-10-01T03:00:00", "国庆", "513201-zf-js02", false),
            ("2026-10-03T23:59:59", "国庆", "513201-zf-js02", false),
            ("2026-10-04T03:00:00", "夜班", "值班室", false),
        ] {
            let duty = roster.at(at(time), None);
            assert_eq!(
                (duty.shift.as_str(), duty.stand_in),
                (shift, stand_in),
                "{time}"
            );
            assert_eq!(duty.people, [who], "{time}");
        }
    }

    #[test]
    fn the_calendar_of_the_policy_says_what_is_a_holiday() {
        let roster = DutyRoster::parse(ROSTER).unwrap();
        let clocks = yichuan_document::roster::record::clocks::Clocks {
            calendar: Some(Calendar {
                holidays: vec![crate::working_time::day("2026-11-26").unwrap()],
                workdays: vec![crate::working_time::day("2026-11-28").unwrap()],
                ..calendar(None)
            }),
            steps: Vec::new(),
            inquiry_minutes: 480,
            looks: Vec::new(),
        };
        let policy = Policy {
            ceiling: yichuan_document::level::Ceiling::Secret,
            rule_set: 1,
            mandatory_checks: Vec::new(),
            due_minutes: vec![480; 5],
            password_days: 90,
            session_idle_minutes: None,
            session_hours: None,
            clocks: Some(clocks),
        };
        let shift = |time| roster.at(at(time), Some(&policy)).shift;
        assert_eq!(shift("2026-11-26T09:00:00"), "假日");
        assert_eq!(shift("2026-11-28T09:00:00"), "白班");
    }

    #[test]
    fn an_hour_without_a_shift_has_nobody() {
        let text = "[[shift]]\nname = \"白班\"\ndays = [\"mon\"]\nhours = \"09:00-10:00\"\n\
            on = [\"甲\"]\n";
        let roster = DutyRoster::parse(text).unwrap();
        assert_eq!(
            roster.at(at("2026-11-26T09:00:00"), None),
            OnDuty::default()
        );
        assert_eq!(
            roster.at(at("2026-11-30T10:00:00"), None),
            OnDuty::default()
        );
        assert_eq!(roster.at(at("2026-11-30T09:59:00"), None).people, ["甲"]);
    }

    #[test]
    fn every_bad_line_is_named() {
        let text = "[[shift]]\nname = \"\"\ndays = [\"someday\"]\nhours = \"25:00-26:00\"\n\
            on = []\n\
            [[shift]]\nname = \"白班\"\ndays = []\nhours = \"08:00-08:00\"\n\
            on = [\"\\u001b[2J\"]\n\
            [[away]]\nwho = \"甲\"\ndays = \"2026-13-01\"\n";
        let bad = DutyRoster::parse(text).unwrap_err();
        let told: Vec<(usize, BadDuty)> = bad.into_iter().map(|bad| (bad.line, bad.why)).collect();
        for expected in [
            (2, BadDuty::Name),
            (3, BadDuty::Days),
            (4, BadDuty::Hours),
            (9, BadDuty::Hours),
            (10, BadDuty::Name),
            (13, BadDuty::Days),
        ] {
            assert!(told.contains(&expected), "{expected:?}: {told:?}");
        }
        assert!(told.iter().any(|bad| bad.1 == BadDuty::People), "{told:?}");
        for text in ["", "[[shift]]\n", "x = 1\n"] {
            assert!(DutyRoster::parse(text).is_err(), "{text}");
        }
    }
}
