//! Rules about pages and what stands on them.

use super::elements::{Elements, ISSUER_SIZE, dense, is_proper_date};
use super::{Fault, rules};
use crate::contents::Contents;
use crate::page::{Line, Page, Sight, Source};

/// A4 in millimetres, and how far real files are from it.
const A4: (f64, f64) = (210.0, 297.0);
const SIZE_TOLERANCE: f64 = 1.2;
/// The type area: 天头 37, 订口 28, 版心 156 × 225; with the tolerance of real documents.
const LEFT: f64 = 28.0 - 2.5;
const TOP: f64 = 37.0 - 2.5;
const RIGHT: f64 = 184.0 + 3.5;
const BOTTOM: f64 = 262.0 + 4.0;
/// The name of a letter begins here (10.1).
const LETTER_TOP: f64 = 30.0 - 2.5;
/// 3号 is 16 points; real documents are set in 15.5 to 16.
const TEXT_SIZE: f64 = 5.644;
const TEXT_TOLERANCE: f64 = 0.4;

/// Size, margins, numbers and text size of each page.
pub(super) fn pages(contents: &Contents, faults: &mut Vec<Fault>) {
    let near = |one: f64, other: f64| (one - other).abs() <= SIZE_TOLERANCE;
    for (at, page) in contents.pages.iter().enumerate() {
        let upright = near(page.width, A4.0) && near(page.height, A4.1);
        // A wide table lies across its page (GB/T 9704, chapter 8), never the first.
        let across = at > 0 && near(page.width, A4.1) && near(page.height, A4.0);
        if !upright && !across {
            let found = format!("{}: {:.0} × {:.0} mm", at + 1, page.width, page.height);
            faults.push(Fault::of(&rules::PAGE_SIZE, found));
        } else if upright && leaves_type_area(page, at == 0) {
            faults.push(Fault::of(&rules::PAGE_MARGINS, (at + 1).to_string()));
        }
        // Of several documents in one file each counts its own pages.
        let counted = contents.documents == 1;
        if let Some(number) = wrong_number(page, at + 1).filter(|_| counted) {
            faults.push(Fault::of(
                &rules::PAGE_NUMBER,
                format!("{}: {number}", at + 1),
            ));
        }
    }
    // The common size is that in which most characters stand.
    let mut sizes: Vec<(f64, usize)> = Vec::new();
    for line in contents.pages.iter().flat_map(|page| &page.lines) {
        let count = line.text.chars().count();
        let known = sizes
            .iter()
            .position(|(size, _)| (*size - line.size).abs() < 0.05);
        match known {
            Some(at) => sizes[at].1 += count,
            None if sizes.len() < 100 => sizes.push((line.size, count)),
            None => {}
        }
    }
    let common = sizes.into_iter().max_by_key(|(_, count)| *count);
    if let Some((size, count)) = common
        && count > 20
        && (size - TEXT_SIZE).abs() > TEXT_TOLERANCE
    {
        let points = size / 25.4 * 72.0;
        faults.push(Fault::of(&rules::TEXT_SIZE, format!("{points:.1} pt")));
    }
}

/// Whether seen text of the page itself lies outside the type area; numbers of pages do, and the
/// issuer's name of a letter, which begins 30 mm from the paper's edge (10.1).
fn leaves_type_area(page: &Page, first: bool) -> bool {
    let lines = page.lines.iter();
    let mut lines = lines.filter(|line| line.sight == Sight::Seen && line.source == Source::Body);
    lines.any(|line| {
        let at = &line.area;
        let outside = at.left < LEFT || at.right > RIGHT || at.top < TOP || at.bottom > BOTTOM;
        outside && number_on(&line.text).is_none() && !(first && heads_letter(line))
    })
}

/// Whether a line is the issuer's name of a letter (10.1).
fn heads_letter(line: &Line) -> bool {
    let inside = line.area.left >= LEFT && line.area.right <= RIGHT;
    inside && line.size >= ISSUER_SIZE && (LETTER_TOP..TOP).contains(&line.area.top)
}

/// The forms of the standard, as far as they have other elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Official,
    /// 信函, 10.1: who issues it and when is left out.
    Letter,
    /// 命令（令）, 10.2: no title, no recipient, a number such as 第1号.
    Order,
    /// 纪要, 10.3: no recipient, and a number such as 第1期.
    Minutes,
}

impl Form {
    fn of(contents: &Contents, elements: &Elements) -> Self {
        let issuer = elements.issuer.as_deref().unwrap_or_default();
        let first = contents.pages.first();
        if issuer.ends_with('令') {
            Self::Order
        } else if issuer.ends_with("纪要") {
            Self::Minutes
        } else if first.is_some_and(|page| page.lines.iter().any(heads_letter)) {
            Self::Letter
        } else {
            Self::Official
        }
    }
}

/// The number between the dashes of a page's number.
fn number_on(text: &str) -> Option<usize> {
    let text = dense(text);
    let dash = |sign: char| matches!(sign, '-' | '—' | '–' | '―' | '－' | '─' | '﹣' | '一');
    let inner = text.strip_prefix(dash)?.strip_suffix(dash)?;
    let inner = inner.trim_matches(dash);
    inner.parse().ok().filter(|_| inner.len() <= 4)
}

/// What stands as the page's number and is another one; the first page and pages without one may
/// lack it (7.5, 10.1).
fn wrong_number(page: &Page, number: usize) -> Option<String> {
    let foot = page.height * 0.85;
    let mut numbers = page
        .lines
        .iter()
        .filter(|line| line.area.top > foot)
        .filter_map(|line| number_on(&line.text));
    let found = numbers.next()?;
    (found != number).then(|| format!("— {found} —"))
}

/// The elements: there, and in their form.
pub(super) fn elements(contents: &Contents, elements: &Elements, faults: &mut Vec<Fault>) {
    let mut absent = |missing: bool, rule| {
        if missing {
            faults.push(Fault::of(rule, ""));
        }
    };
    absent(elements.issuer.is_none(), &rules::HEAD_ISSUER);
    let form = Form::of(contents, elements);
    let numbered = matches!(form, Form::Order | Form::Minutes);
    absent(
        elements.reference.is_none() && !numbered,
        &rules::HEAD_REFERENCE,
    );
    absent(
        elements.title.is_none() && form != Form::Order,
        &rules::TITLE,
    );
    absent(elements.date.is_none(), &rules::DATE);
    absent(
        elements.issued.is_none() && form != Form::Letter,
        &rules::ISSUED,
    );
    let colon = |text: &String| text.ends_with('：');
    absent(
        !elements.recipient.as_ref().is_some_and(colon) && !numbered,
        &rules::RECIPIENT,
    );
    if let Some(reference) = &elements.reference {
        absent(contents.red_line.is_none(), &rules::HEAD_LINE);
        if !reference.proper {
            faults.push(Fault::of(&rules::REFERENCE_FORM, reference.text.clone()));
        }
    }
    if let Some(date) = elements.date.as_ref().filter(|date| !is_proper_date(date)) {
        faults.push(Fault::of(&rules::DATE_FORM, date.clone()));
    }
    let ended = |name: &&String| name.ends_with(['。', '；', '，', '、', ';', '.']);
    if let Some(name) = elements.attachments.iter().find(ended) {
        faults.push(Fault::of(&rules::ATTACHMENT_NOTE, name.clone()));
    }
}
