//! Chinese and English, and how things are shown: tables, times, progress.

use std::sync::OnceLock;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::tz::TimeZone;
use unicode_width::UnicodeWidthStr;
use yichuan_document::Timestamp;

/// A language of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Lang {
    /// 中文.
    Zh,
    /// English.
    En,
}

static CHOSEN: OnceLock<Lang> = OnceLock::new();

/// Chooses the language once: as asked, else `YICHUAN_LANG`, else the locale, else Chinese.
pub fn choose(asked: Option<Lang>) {
    let named = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = || {
        named("LC_ALL")
            .or_else(|| named("LC_MESSAGES"))
            .or_else(|| named("LANG"))
    };
    let lang = asked.unwrap_or_else(|| match named("YICHUAN_LANG").or_else(locale) {
        Some(name) if name.starts_with("en") => Lang::En,
        _ => Lang::Zh,
    });
    // A second choice changes nothing.
    let _ = CHOSEN.set(lang);
}

/// The text in the chosen language.
pub fn say<'t>(zh: &'t str, en: &'t str) -> &'t str {
    match CHOSEN.get() {
        Some(Lang::En) => en,
        Some(Lang::Zh) | None => zh,
    }
}

/// Whether messages are Chinese.
pub fn is_chinese() -> bool {
    CHOSEN.get() != Some(&Lang::En)
}

/// An instant in local time, with the zone.
pub fn local(time: Timestamp) -> String {
    let ms = i64::try_from(time.unix_ms()).unwrap_or(i64::MAX);
    match jiff::Timestamp::from_millisecond(ms) {
        Ok(time) => time
            .to_zoned_datetime(TimeZone::system())
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

/// A bar that shows itself on a terminal, and is silent elsewhere.
pub fn progress(total: u64, what: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(10));
    let form = "{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}";
    if let Ok(style) = ProgressStyle::with_template(form) {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn sizes_are_read_by_people() {
        assert_eq!(size(1_023), "1023 B");
        assert_eq!(size(1_536), "1.5 KiB");
        assert_eq!(size(1 << 30), "1.00 GiB");
    }
}
