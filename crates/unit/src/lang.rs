//! Chinese and English, and how things are shown: tables, times, progress.

use std::cell::Cell;
use std::io::IsTerminal as _;
use std::sync::OnceLock;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use unicode_width::UnicodeWidthStr;
use yichuan_document::Timestamp;

/// A language of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// 中文.
    Zh,
    /// English.
    En,
}

static CHOSEN: OnceLock<Lang> = OnceLock::new();

/// Chooses the language once: as asked, else `YICHUAN_LANG`, else the home's setting, else the
/// locale, else Chinese.
pub fn choose(asked: Option<Lang>, of_home: Option<Lang>) {
    let variable = |name: &str| std::env::var(name).ok();
    let lang = asked
        .or_else(|| named_by(&["YICHUAN_LANG"], variable))
        .or(of_home)
        .or_else(|| named_by(&["LC_ALL", "LC_MESSAGES", "LANG"], variable));
    // A second choice changes nothing.
    let _ = CHOSEN.set(lang.unwrap_or(Lang::Zh));
}

/// The language that the first variable names which is set and not empty.
fn named_by(names: &[&str], variable: impl Fn(&str) -> Option<String>) -> Option<Lang> {
    let mut values = names.iter().filter_map(|name| variable(name));
    let value = values.find(|value| !value.is_empty())?;
    Some(if value.starts_with("en") {
        Lang::En
    } else {
        Lang::Zh
    })
}

thread_local! {
    /// The language of whoever this thread works for at the moment, where it is somebody's own.
    static SPOKEN: Cell<Option<Lang>> = const { Cell::new(None) };
}

/// Does `work` in a language of its own: the desk serves several people at once.
pub fn within<T>(lang: Lang, work: impl FnOnce() -> T) -> T {
    struct Before(Option<Lang>);
    impl Drop for Before {
        fn drop(&mut self) {
            SPOKEN.set(self.0);
        }
    }
    let _before = Before(SPOKEN.replace(Some(lang)));
    work()
}

/// The text in the chosen language.
pub fn say<'t>(zh: &'t str, en: &'t str) -> &'t str {
    if is_chinese() { zh } else { en }
}

/// Whether messages are Chinese.
pub fn is_chinese() -> bool {
    SPOKEN.get().or_else(|| CHOSEN.get().copied()) != Some(Lang::En)
}

/// An instant in local time, with the zone.
pub fn local(time: Timestamp) -> String {
    in_zone(time, TimeZone::system())
}

/// The year of the wall clock, in the local zone.
pub fn this_year() -> u16 {
    year_in_zone(crate::now(), TimeZone::system())
}

/// The year of an instant; the first one of the calendar where it is beyond all years.
fn year_in_zone(time: Timestamp, zone: TimeZone) -> u16 {
    let ms = i64::try_from(time.unix_ms()).unwrap_or(i64::MAX);
    let year =
        jiff::Timestamp::from_millisecond(ms).map(|time| time.to_zoned_datetime(zone).year());
    year.ok()
        .and_then(|year| u16::try_from(year).ok())
        .unwrap_or(1)
}

/// A day such as 2026-11-24 in the local zone: its first instant and the first after it, in
/// milliseconds since 1970.
pub fn day(text: &str) -> Option<(u64, u64)> {
    let date: jiff::civil::Date = text.parse().ok().filter(|_| text.len() == 10)?;
    let start = |date: jiff::civil::Date| {
        let midnight = TimeZone::system().to_timestamp(date.at(0, 0, 0, 0)).ok()?;
        u64::try_from(midnight.as_millisecond()).ok()
    };
    Some((start(date)?, start(date.tomorrow().ok()?)?))
}

/// An instant as it is typed: `2026-11-26 18:00` in the local zone, or with a zone of its own as
/// in RFC 3339, `2026-11-26T18:00:00+08:00`.
pub fn instant(text: &str) -> Option<Timestamp> {
    instant_in(text, &TimeZone::system())
}

fn instant_in(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let text = text.trim();
    let at = match text.parse::<jiff::Timestamp>() {
        Ok(at) => at,
        // A day alone could mean its first or its last instant.
        Err(_) if text.len() <= 10 => return None,
        Err(_) => {
            let local: jiff::civil::DateTime = text.parse().ok()?;
            zone.to_timestamp(local).ok()?
        }
    };
    u64::try_from(at.as_millisecond())
        .ok()
        .map(Timestamp::from_unix_ms)
}

/// A length of time, as people read it: two units at most.
pub fn span(ms: u64) -> String {
    let minutes = ms / 60_000;
    let (days, hours, minutes) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    let parts = [
        (days, say("天", "d")),
        (hours, say("小时", "h")),
        (minutes, say("分", "min")),
    ];
    let first = parts.iter().position(|part| part.0 > 0);
    let Some(first) = first else {
        return say("不到 1 分", "under 1 min").to_owned();
    };
    let shown = parts.iter().skip(first).take(2).filter(|part| part.0 > 0);
    let words: Vec<String> = shown
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect();
    words.join(" ")
}

fn in_zone(time: Timestamp, zone: TimeZone) -> String {
    let ms = i64::try_from(time.unix_ms()).unwrap_or(i64::MAX);
    match jiff::Timestamp::from_millisecond(ms) {
        Ok(time) => time
            .to_zoned_datetime(zone)
            .strftime("%Y-%m-%d %H:%M:%S %:z")
            .to_string(),
        Err(_) => format!("{ms} ms"),
    }
}

/// Bytes, as people read them.
#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1_024.0),
        1_048_576..1_073_741_824 => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
        _ => format!("{:.2} GiB", bytes as f64 / 1_073_741_824.0),
    }
}

/// What somebody has typed, without what would steer a terminal.
pub fn visible(text: &str) -> String {
    text.chars().filter(|sign| !sign.is_control()).collect()
}

/// Lines in columns, aligned by how wide they are shown: a Chinese character takes two places.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = head.iter().map(|cell| cell.width()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let line = |cells: &[&str]| {
        let mut line = String::new();
        for (place, (cell, width)) in cells.iter().zip(&widths).enumerate() {
            line.push_str(cell);
            if place + 1 < cells.len() {
                line.push_str(&" ".repeat(width - cell.width() + 2));
            }
        }
        line.truncate(line.trim_end().len());
        line.push('\n');
        line
    };
    let mut text = line(head);
    for row in rows {
        let cells: Vec<&str> = row.iter().map(String::as_str).collect();
        text.push_str(&line(&cells));
    }
    text
}

/// How long something takes before its progress is shown.
const PATIENCE: Duration = Duration::from_secs(2);

/// A bar that shows itself on a terminal after two seconds, and is silent elsewhere.
pub fn progress(total: u64, what: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
    let form = "{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}";
    if let Ok(style) = ProgressStyle::with_template(form) {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    if std::io::stderr().is_terminal() {
        let later = bar.downgrade();
        std::thread::spawn(move || {
            std::thread::sleep(PATIENCE);
            if let Some(bar) = later.upgrade().filter(|bar| !bar.is_finished()) {
                bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
            }
        });
    }
    bar
}

/// A count of steps whose end is not known, shown as [`progress`] is.
pub fn steps(what: &str) -> ProgressBar {
    let bar = progress(0, what);
    if let Ok(style) = ProgressStyle::with_template("{msg} {pos}") {
        bar.set_style(style);
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_holds_within_its_work_and_no_longer() {
        let before = is_chinese();
        within(Lang::En, || {
            assert_eq!(say("公文", "document"), "document");
            within(Lang::Zh, || assert_eq!(say("公文", "document"), "公文"));
            assert_eq!(say("公文", "document"), "document");
        });
        assert_eq!(is_chinese(), before);
    }

    #[test]
    fn columns_align_by_shown_width() {
        let rows = vec![
            vec!["513201-zf".into(), "青石县人民政府".into(), "已签收".into()],
            vec!["513200-daj".into(), "档案局".into(), "x".into()],
        ];
        let text = table(&["单位", "name", "状态"], &rows);
        let lines: Vec<&str> = text.lines().collect();
        let column = |line: &str, cell: &str| line[..line.find(cell).unwrap()].width();
        assert_eq!(column(lines[1], "已签收"), column(lines[0], "状态"));
        assert_eq!(column(lines[2], "x"), column(lines[0], "状态"));
        assert_eq!(column(lines[1], "青石"), column(lines[0], "name"));
    }

    #[test]
    fn a_table_needs_no_rows_and_leaves_no_blanks_at_the_end() {
        assert_eq!(table(&["单位", "id"], &[]), "单位  id\n");
        let rows = vec![vec!["甲".to_owned(), String::new()]];
        assert_eq!(table(&["unit", "id"], &rows), "unit  id\n甲\n");
    }

    type Variables<'v> = &'v [(&'v str, &'v str)];

    #[test]
    fn the_language_is_the_first_that_is_named() {
        let cases: &[(Variables<'_>, Option<Lang>)] = &[
            (&[], None),
            (&[("YICHUAN_LANG", "en")], None),
            (&[("LANG", "")], None),
            (&[("LANG", "en_GB.UTF-8")], Some(Lang::En)),
            (&[("LANG", "zh_CN.UTF-8")], Some(Lang::Zh)),
            (&[("LANG", "C.UTF-8")], Some(Lang::Zh)),
            (&[("LANG", "zh_CN"), ("LC_ALL", "en_US")], Some(Lang::En)),
            (&[("LANG", "en_US"), ("LC_ALL", "zh_CN")], Some(Lang::Zh)),
            (&[("LC_ALL", ""), ("LANG", "en_US")], Some(Lang::En)),
        ];
        for (set, expected) in cases {
            let variable = |name: &str| {
                let found = set.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            assert_eq!(
                named_by(&["LC_ALL", "LANG"], variable),
                *expected,
                "{set:?}"
            );
        }
    }

    #[test]
    fn a_time_is_shown_with_its_zone() {
        let time = Timestamp::from_unix_ms(1_795_483_812_345);
        let zone = |hours| TimeZone::fixed(jiff::tz::offset(hours));
        assert_eq!(in_zone(time, zone(8)), "2026-11-24 09:30:12 +08:00");
        assert_eq!(in_zone(time, zone(-5)), "2026-11-23 20:30:12 -05:00");
        let new_year = Timestamp::from_unix_ms(1_798_732_800_000);
        assert_eq!(year_in_zone(new_year, zone(8)), 2027);
        assert_eq!(year_in_zone(new_year, zone(-5)), 2026);
        let beyond = Timestamp::from_unix_ms(u64::MAX);
        assert_eq!(in_zone(beyond, zone(8)), format!("{} ms", i64::MAX));
    }

    #[test]
    fn an_instant_is_read_in_the_local_zone_unless_it_names_another() {
        let zone = TimeZone::fixed(jiff::tz::offset(8));
        let read = |text| instant_in(text, &zone).map(Timestamp::unix_ms);
        let noon = 1_795_665_600_000;
        for text in [
            "2026-11-26 12:00",
            "2026-11-26T12:00:00",
            "2026-11-26T04:00:00Z",
            "2026-11-26T05:00:00+01:00",
            " 2026-11-26 12:00 ",
        ] {
            assert_eq!(read(text), Some(noon), "{text}");
        }
        for text in [
            "",
            "2026-11-26",
            "12:00",
            "2026-13-01 12:00",
            "明天",
            "1960-01-01 00:00",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_length_of_time_is_read_by_people() {
        let minute = 60_000;
        for (ms, words) in [
            (0, "不到 1 分"),
            (minute - 1, "不到 1 分"),
            (5 * minute, "5 分"),
            (60 * minute, "1 小时"),
            (485 * minute, "8 小时 5 分"),
            (1_441 * minute, "1 天"),
            (1_500 * minute, "1 天 1 小时"),
        ] {
            assert_eq!(span(ms), words);
        }
    }

    #[test]
    fn sizes_are_read_by_people() {
        assert_eq!(size(1_023), "1023 B");
        assert_eq!(size(1_536), "1.5 KiB");
        assert_eq!(size(1 << 30), "1.00 GiB");
    }
}
