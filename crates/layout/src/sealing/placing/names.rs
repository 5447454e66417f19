//! The names of the offices and the date under a document, found in the laid-out text.

use super::{NoPlace, number};
use crate::contents::Contents;
use crate::geometry::Area;
use crate::page::{Line, Page, Sight, Source};

/// The most characters of an office's name.
const NAME_MAX: usize = 40;
/// How far a row of names may stand over what is below it, in millimetres: a seal of 60 and a line.
const ROW_MAX: f64 = 75.0;

/// Where a document is signed.
#[derive(Debug)]
pub(super) struct Signed {
    /// The page, from 0.
    pub(super) page: usize,
    /// The names: rows from the top, each from left to right. No row is empty.
    pub(super) rows: Vec<Vec<Area>>,
    pub(super) date: Area,
}

/// The names of `offices` offices over the last date of the document.
pub(super) fn find(contents: &Contents, offices: usize) -> Result<Signed, NoPlace> {
    let mut why = NoPlace::NoDate;
    for (index, page) in contents.pages.iter().enumerate().rev() {
        let lines = lines(page);
        for (place, line) in lines.iter().enumerate().rev() {
            let runs = line.runs.iter().rev();
            for (_, date) in runs.filter(|(range, _)| is_date(text(line, range))) {
                match names(&lines[..place], date, offices) {
                    Ok(rows) => {
                        return Ok(Signed {
                            page: index,
                            rows,
                            date: *date,
                        });
                    }
                    // What is said of the last date is what a person can mend.
                    Err(found) if why == NoPlace::NoDate => {
                        why = refusal(number(index), offices, found);
                    }
                    Err(_) => {}
                }
            }
        }
    }
    Err(why)
}

const fn refusal(page: u32, expected: usize, found: usize) -> NoPlace {
    if found == 0 {
        NoPlace::NoName { page }
    } else {
        NoPlace::Names {
            page,
            expected,
            found,
        }
    }
}

/// Lines that are seen, upright and no annotation, from top to bottom.
fn lines(page: &Page) -> Vec<&Line> {
    let lines = page.lines.iter();
    let lines = lines.filter(|line| {
        line.sight == Sight::Seen && line.direction == 0 && line.source != Source::Annotation
    });
    let mut lines: Vec<&Line> = lines.collect();
    lines.sort_by(|one, other| one.area.top.total_cmp(&other.area.top));
    lines
}

/// The rows of names over a date; how many names there are, where they are not as many as offices.
fn names(above: &[&Line], date: &Area, offices: usize) -> Result<Vec<Vec<Area>>, usize> {
    let mut rows: Vec<Vec<Area>> = Vec::new();
    let (mut count, mut below) = (0, date.top);
    for line in above.iter().rev() {
        let is_row = line
            .runs
            .iter()
            .all(|(range, _)| is_name(text(line, range)));
        if count >= offices || !is_row || below - line.area.bottom > ROW_MAX {
            break;
        }
        let row: Vec<Area> = line.runs.iter().map(|(_, area)| *area).collect();
        count += row.len();
        below = line.area.top;
        rows.push(row);
    }
    if count == offices && offices > 0 {
        rows.reverse();
        Ok(rows)
    } else {
        Err(count)
    }
}

fn text<'l>(line: &'l Line, range: &core::ops::Range<usize>) -> &'l str {
    line.text.get(range.clone()).unwrap_or_default()
}

/// A date as it stands under a document, `2026年11月26日`, and nothing else.
fn is_date(text: &str) -> bool {
    let signs: String = text.chars().filter(|sign| !sign.is_whitespace()).collect();
    let part = |text: &str, digits: core::ops::RangeInclusive<usize>, most: u32| {
        let is_number = text.chars().all(|sign| sign.is_ascii_digit());
        let number: u32 = text.parse().unwrap_or(0);
        digits.contains(&text.len()) && is_number && (1..=most).contains(&number)
    };
    let read = || {
        let (year, rest) = signs.split_once('年')?;
        let (month, rest) = rest.split_once('月')?;
        let day = rest.strip_suffix('日')?;
        Some(part(year, 4..=4, 9_999) && part(month, 1..=2, 12) && part(day, 1..=2, 31))
    };
    read().unwrap_or(false)
}

/// Whether a run may be the name of an office: letters without points, figures or brackets, as no
/// sentence and no list of annexes is.
fn is_name(text: &str) -> bool {
    let text = text.trim();
    let count = text.chars().count();
    let of_a_name = |sign: char| sign.is_alphabetic() || sign.is_whitespace() || sign == '·';
    (2..=NAME_MAX).contains(&count) && text.chars().all(of_a_name) && !text.starts_with("附件")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_the_whole_of_its_run() {
        for date in ["2026年1月5日", "2026年11月26日", " 2026 年 1 月 5 日 "] {
            assert!(is_date(date), "{date}");
        }
        for other in [
            "",
            "2026年1月5日印发",
            "于2026年1月5日",
            "26年1月5日",
            "2026年13月5日",
            "2026年0月5日",
            "2026年1月32日",
            "2026年1月",
            "年月日",
            "2026年+1月5日",
        ] {
            assert!(!is_date(other), "{other}");
        }
    }

    #[test]
    fn a_name_is_no_sentence() {
        for name in ["江州市人民政府", " 江州市财政局 ", "中共江州市委办公室"]
        {
            assert!(is_name(name), "{name}");
        }
        for other in [
            "",
            "局",
            "请认真贯彻执行。",
            "2.联系电话",
            "附件",
            "（公章）",
        ] {
            assert!(!is_name(other), "{other}");
        }
    }
}
