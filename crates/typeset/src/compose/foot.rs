//! 版记: at the foot of the last page, an even one (7.4).

use yichuan_typeface::Role;

use super::base;
use super::flow::Flow;
use crate::draft::{Draft, Form};
use crate::elements::Element;
use crate::fonts::Fonts;
use crate::lines::{self, Line, Style, Unit};
use crate::measures::{BOTTOM, LEFT, LINE, RIGHT, SIZE_4, THICK, THIN, TOP, WIDTH};
use crate::refusal::{FieldFault, Refused};
use crate::sheet::{Page, Text};

/// From one line of the foot to the next, and from a rule to the letters beside it.
const PITCH: f64 = 8.0;
const BESIDE: f64 = (PITCH - SIZE_4) / 2.0;

/// A list of offices in the foot.
struct Part {
    units: Vec<Unit>,
    lines: Vec<Line>,
    element: Element,
}

/// Sets the foot, with recipients that were `moved` into it; answers how many pages have a number:
/// blank ones and one that has nothing but the foot have none.
pub(super) fn foot(
    draft: &Draft,
    moved: Option<&str>,
    flow: &mut Flow,
    fonts: &mut Fonts<'_>,
) -> Result<usize, Refused> {
    let text_pages = flow.pages.len();
    let mut parts = Vec::new();
    if let Some(recipient) = moved {
        let names = recipient.trim_end_matches('：');
        parts.push(part("主送：", names, Element::Recipient, fonts)?);
    }
    if let Some(copy_to) = &draft.copy_to {
        parts.push(part("抄送：", copy_to, Element::CopyTo, fonts)?);
    }
    let is_issued = draft.issued_by.is_some();
    if parts.is_empty() && !is_issued {
        return Ok(text_pages);
    }
    let rows: usize = parts.iter().map(|part| part.lines.len()).sum();
    let height = (rows + usize::from(is_issued)) as f64 * PITCH;
    if height > BOTTOM - TOP {
        let field = "抄送".into();
        let why = FieldFault::Long;
        return Err(Refused::Field {
            line: 0,
            field,
            why,
        });
    }
    // Two lines are left between the date, under its seal, and the foot.
    let fits = flow
        .pages
        .last()
        .is_some_and(|last| last.lower_edge() + 2.0 * LINE <= BOTTOM - height);
    let is_letter = draft.form == Form::Letter;
    if !fits || !is_letter && text_pages % 2 == 1 {
        flow.turn();
        if !is_letter && flow.pages.len() % 2 == 1 {
            flow.turn();
        }
    }
    if let Some(last) = flow.pages.last_mut() {
        draw(draft, &parts, height, &mut last.page, fonts)?;
    }
    Ok(text_pages)
}

fn part(word: &str, names: &str, element: Element, fonts: &mut Fonts<'_>) -> Result<Part, Refused> {
    let style = Style::new(Role::FangSong, SIZE_4);
    let names = names.trim_end_matches(['。', '；', '，', '、']);
    let mut units = Vec::new();
    lines::add(&mut units, word, style, fonts)?;
    let hanging = lines::width(&units);
    lines::add(&mut units, &format!("{names}。"), style, fonts)?;
    // A character in from both sides.
    let lines = lines::break_lines(&units, 0.0, hanging, WIDTH - 2.0 * SIZE_4);
    Ok(Part {
        units,
        lines,
        element,
    })
}

fn draw(
    draft: &Draft,
    parts: &[Part],
    height: f64,
    page: &mut Page,
    fonts: &mut Fonts<'_>,
) -> Result<(), Refused> {
    let has_rules = draft.form != Form::Letter;
    let mut y = BOTTOM - height;
    let put = |page: &mut Page, texts: Vec<Text>, element| {
        page.texts.extend(texts.into_iter().map(|text| Text {
            element: Some(element),
            ..text
        }));
    };
    let rule = |page: &mut Page, y: f64, width: f64| {
        if has_rules {
            page.across((LEFT, RIGHT), y, width, false);
        }
    };
    rule(page, y + THICK / 2.0, THICK);
    for (place, part) in parts.iter().enumerate() {
        if place > 0 {
            rule(page, y, THIN);
        }
        for line in &part.lines {
            let at = base(y + BESIDE, SIZE_4);
            put(
                page,
                lines::texts(&part.units, line, LEFT + SIZE_4, at),
                part.element,
            );
            y += PITCH;
        }
    }
    if let (Some(by), Some(on)) = (&draft.issued_by, &draft.issued_on) {
        if !parts.is_empty() {
            rule(page, y, THIN);
        }
        let style = Style::new(Role::FangSong, SIZE_4);
        let at = base(y + BESIDE, SIZE_4);
        let by = super::one_line(by, style, fonts)?;
        put(page, by.at(LEFT + SIZE_4, at), Element::IssuedBy);
        let on = super::one_line(&format!("{on}印发"), style, fonts)?;
        let x = RIGHT - SIZE_4 - on.width;
        put(page, on.at(x, at), Element::IssuedOn);
    }
    rule(page, BOTTOM - THICK / 2.0, THICK);
    Ok(())
}
