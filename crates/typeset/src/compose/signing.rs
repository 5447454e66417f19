//! 署名, 成文日期 and 附注 (7.3.5, 7.3.6), with the room that seals need.

use yichuan_typeface::Role;

use super::flow::Block;
use super::{OneLine, TEXT, base, one_line};
use crate::draft::Draft;
use crate::elements::Element;
use crate::fonts::Fonts;
use crate::lines::Style;
use crate::measures::{CELL, LEFT, RIGHT, SIZE_3, WIDTH};
use crate::refusal::Refused;
use crate::sheet::Text;

/// Lines from one row of names to the next: a seal of 45 mm and a gap.
const ROW_LINES: usize = 5;
/// Empty lines over names that are sealed: a seal of 42 to 45 mm over name and date ends less than
/// a line below the text.
const ABOVE_SEALED: usize = 2;
/// From the middle of one name to the next, with three and with two in a row. Three seals of 45 mm
/// just do not touch and stay in the type area.
const THREE: f64 = 45.8;
const TWO: f64 = 78.0;
/// Between names in a row; with less they would be read as one.
const APART: f64 = 2.2 * SIZE_3;

/// The blocks under the text.
pub(super) fn signing(draft: &Draft, fonts: &mut Fonts<'_>) -> Result<Vec<Block>, Refused> {
    let date = one_line(&draft.date, TEXT, fonts)?;
    let mut blocks = Vec::new();
    if let Some((office, name)) = &draft.signature {
        signed(office, name, &date, &mut blocks, fonts)?;
    } else if draft.names.is_empty() {
        blocks.push(Block::Blank);
        blocks.push(dated(&date, RIGHT - 4.0 * CELL - date.width));
    } else if draft.is_sealed {
        sealed(draft, &date, &mut blocks, fonts)?;
    } else {
        unsealed(draft, &date, &mut blocks, fonts)?;
    }
    if let Some(note) = &draft.note {
        let inner = note.strip_prefix(['（', '(']).unwrap_or(note);
        let inner = inner.strip_suffix(['）', ')']).unwrap_or(inner);
        let mut units = Vec::new();
        crate::lines::add(&mut units, &format!("（{inner}）"), TEXT, fonts)?;
        blocks.extend(super::text::blocks(&units, 2.0 * CELL, 0.0, Element::Note));
    }
    Ok(blocks)
}

fn line(texts: Vec<Text>, element: Element) -> Block {
    Block::Line { texts, element }
}

fn dated(date: &OneLine, x: f64) -> Block {
    line(date.at(x, base(0.0, SIZE_3)), Element::Date)
}

/// Names over the date, each under a seal of its own, the last one's with the date.
fn sealed(
    draft: &Draft,
    date: &OneLine,
    blocks: &mut Vec<Block>,
    fonts: &mut Fonts<'_>,
) -> Result<(), Refused> {
    let mut names = Vec::new();
    for name in &draft.names {
        names.push(one_line(name, TEXT, fonts)?);
    }
    let widest = names.iter().map(|name| name.width).fold(0.0, f64::max);
    let (columns, step) = match names.len() {
        1 => (1, 0.0),
        3.. if widest + APART <= THREE => (3, THREE),
        _ if widest + APART <= TWO => (2, TWO),
        _ => (1, 0.0),
    };
    // The date ends four characters in; a name too long to stand over its middle moves both.
    let usual = RIGHT - 4.0 * CELL - date.width / 2.0;
    let middle = usual.min(RIGHT - widest / 2.0).max(LEFT + widest / 2.0);
    blocks.extend(vec![Block::Blank; ABOVE_SEALED]);
    let y = base(0.0, SIZE_3);
    let rows = names.len().div_ceil(columns);
    for (row, names) in names.chunks(columns).enumerate() {
        let is_last = row + 1 == rows;
        // The last row ends over the date.
        let first = if is_last { columns - names.len() } else { 0 };
        let mut texts = Vec::new();
        for (place, name) in names.iter().enumerate() {
            let left = (columns - 1 - first - place) as f64;
            texts.extend(name.centred(middle - left * step, y));
        }
        blocks.push(line(texts, Element::Name));
        if !is_last {
            blocks.extend(vec![Block::Space; ROW_LINES - 1]);
        }
    }
    blocks.push(line(date.centred(middle, y), Element::Date));
    Ok(())
}

/// Without a seal: names two characters from the right, the date two characters further in than
/// the name (7.3.5.2).
fn unsealed(
    draft: &Draft,
    date: &OneLine,
    blocks: &mut Vec<Block>,
    fonts: &mut Fonts<'_>,
) -> Result<(), Refused> {
    let right = RIGHT - 2.0 * CELL;
    blocks.push(Block::Blank);
    let mut last = 0.0;
    let mut names = Vec::new();
    for name in &draft.names {
        let name = one_line(name, TEXT, fonts)?;
        last = name.width;
        names.push(name);
    }
    let mut left = right - last;
    if left + 2.0 * CELL + date.width > right {
        left = right - date.width - 2.0 * CELL;
    }
    for name in &names {
        let x = if names.len() == 1 {
            left
        } else {
            right - name.width
        };
        blocks.push(line(name.at(x, base(0.0, SIZE_3)), Element::Name));
    }
    blocks.push(dated(date, left + 2.0 * CELL));
    Ok(())
}

/// An order: office and name, the name four characters from the right, the date a line below
/// (7.3.5.3).
fn signed(
    office: &str,
    name: &str,
    date: &OneLine,
    blocks: &mut Vec<Block>,
    fonts: &mut Fonts<'_>,
) -> Result<(), Refused> {
    let kai = Style {
        role: Role::Kai,
        ..TEXT
    };
    let both = one_line(&format!("{office}\u{3000}"), TEXT, fonts)?.and(name, kai, fonts)?;
    let x = (RIGHT - 4.0 * CELL - both.width).max(RIGHT - WIDTH);
    blocks.extend(vec![Block::Blank; 2]);
    blocks.push(line(both.at(x, base(0.0, SIZE_3)), Element::Name));
    blocks.push(Block::Space);
    blocks.push(dated(date, RIGHT - 4.0 * CELL - date.width));
    Ok(())
}
