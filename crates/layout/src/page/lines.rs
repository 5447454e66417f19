//! From characters to lines.
//!
//! Real files split a line into many text objects, put the page's number first, and set figures in
//! another size on another base line. So order comes from places: characters of one direction whose
//! boxes stand beside each other are a line, read along it.

use std::collections::BTreeMap;

use super::{Glyph, Line, Sight};
use crate::geometry::{Area, Matrix, Point};

/// How much of an em lies above the base line.
const ASCENT: f64 = 0.86;
/// How much of the lower of two boxes must stand beside the other.
const BESIDE: f64 = 0.5;
/// Larger characters than this many times stand in a line of their own, as a watermark's do.
const LARGER: f64 = 2.6;
/// A gap of more ems than this is shown as a blank.
const BLANK: f64 = 0.8;
/// The same between letters of words, as Latin ones, that are set close to each other.
const BLANK_IN_WORDS: f64 = 0.17;
/// A gap of more ems than this ends a run.
const GAP: f64 = 2.0;
/// How many lines above are looked at for a character's line.
const LINES_BACK: usize = 24;

/// How characters are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Along the lines.
    Rows,
    /// Down the columns, as vertical text is read.
    Columns,
}

/// A character in the coordinates of its line's direction.
#[derive(Clone, Copy)]
struct Placed<'g> {
    glyph: &'g Glyph,
    along: f64,
    top: f64,
    bottom: f64,
}

/// The lines of `glyphs`, from top to bottom for each direction.
pub(crate) fn lay_out<'g>(glyphs: impl Iterator<Item = &'g Glyph>, reading: Reading) -> Vec<Line> {
    let mut directions: BTreeMap<u16, Vec<Placed>> = BTreeMap::new();
    for glyph in glyphs {
        directions
            .entry(rounded(glyph.direction))
            .or_default()
            .push(place(glyph, reading));
    }
    let mut lines = Vec::new();
    for (direction, placed) in directions {
        lines.extend(rows(placed).iter().filter_map(|row| line(row, direction)));
    }
    lines
}

/// Directions within a few degrees are one: a scanner's or printer's tilt is not a new direction.
const fn rounded(direction: u16) -> u16 {
    (direction + 4) / 8 * 8 % 360
}

fn place(glyph: &Glyph, reading: Reading) -> Placed<'_> {
    let angle = f64::from(glyph.direction).to_radians();
    // Turned back, so that the line runs to the right.
    let (sin, cos) = (angle.sin(), angle.cos());
    let back = Matrix::new([cos, -sin, sin, cos, 0.0, 0.0]);
    let at = back.apply(glyph.at.x, glyph.at.y);
    let top = at.y - ASCENT * glyph.size;
    match reading {
        Reading::Rows => Placed {
            glyph,
            along: at.x,
            top,
            bottom: top + glyph.size,
        },
        Reading::Columns => Placed {
            glyph,
            along: top,
            top: at.x,
            bottom: at.x + glyph.advance.max(glyph.size * 0.5),
        },
    }
}

/// Puts characters into rows: each goes to the nearest row above whose box it stands beside.
fn rows(mut placed: Vec<Placed>) -> Vec<Vec<Placed>> {
    placed.sort_by(|one, other| {
        let middle = |glyph: &Placed| glyph.top + glyph.bottom;
        middle(one).total_cmp(&middle(other))
    });
    let mut rows: Vec<(f64, f64, Vec<Placed>)> = Vec::new();
    for glyph in placed {
        let height = glyph.bottom - glyph.top;
        let beside = |top: f64, bottom: f64| {
            let common = bottom.min(glyph.bottom) - top.max(glyph.top);
            let (low, high) = if height < bottom - top {
                (height, bottom - top)
            } else {
                (bottom - top, height)
            };
            high <= low * LARGER && common >= low * BESIDE
        };
        let from = rows.len().saturating_sub(LINES_BACK);
        let row = rows[from..]
            .iter_mut()
            .rev()
            .find(|(top, bottom, _)| beside(*top, *bottom));
        match row {
            Some((top, bottom, row)) => {
                // The row is as high as its highest character, and does not grow down the page.
                if height > *bottom - *top {
                    (*top, *bottom) = (glyph.top, glyph.bottom);
                }
                row.push(glyph);
            }
            None => rows.push((glyph.top, glyph.bottom, vec![glyph])),
        }
    }
    rows.sort_by(|one, other| one.0.total_cmp(&other.0));
    rows.into_iter()
        .map(|(_, _, mut row)| {
            row.sort_by(|one, other| one.along.total_cmp(&other.along));
            row
        })
        .collect()
}

fn line(row: &[Placed], direction: u16) -> Option<Line> {
    let first = row.first()?;
    let mut text = String::new();
    let mut runs: Vec<(core::ops::Range<usize>, Area)> = Vec::new();
    let mut last: Option<&Placed> = None;
    for placed in row {
        let glyph = placed.glyph;
        let gap = last.map_or(0.0, |last| {
            let em = last.glyph.size.max(glyph.size).max(0.1);
            (placed.along - last.along - last.glyph.advance) / em
        });
        let words = last.is_some_and(|last| {
            last.glyph.sign.is_ascii_graphic() && glyph.sign.is_ascii_graphic()
        });
        let blank = if words { BLANK_IN_WORDS } else { BLANK };
        if gap > blank && !text.ends_with(' ') && glyph.sign != ' ' {
            text.push(' ');
        }
        let from = text.len();
        text.push(glyph.sign);
        let area = space(glyph);
        match runs.last_mut().filter(|_| gap <= GAP) {
            Some((range, run)) => {
                range.end = text.len();
                *run = joined(run, &area);
            }
            None => runs.push((from..text.len(), area)),
        }
        last = Some(placed);
    }
    let area = runs
        .iter()
        .skip(1)
        .fold(runs.first()?.1, |all, (_, run)| joined(&all, run));
    let size = row.iter().map(|placed| placed.glyph.size);
    Some(Line {
        text,
        area,
        size: size.fold(0.0, f64::max),
        source: first.glyph.source,
        sight: row
            .iter()
            .map(|placed| placed.glyph.sight)
            .max()
            .unwrap_or(Sight::Seen),
        direction,
        runs,
    })
}

/// The place that a character takes on the page.
pub(super) fn space(glyph: &Glyph) -> Area {
    let angle = f64::from(glyph.direction).to_radians();
    let (sin, cos) = (angle.sin(), angle.cos());
    let turn = Matrix::new([cos, sin, -sin, cos, glyph.at.x, glyph.at.y]);
    turn.around(Area::between(
        Point {
            x: 0.0,
            y: -ASCENT * glyph.size,
        },
        Point {
            x: glyph.advance,
            y: (1.0 - ASCENT) * glyph.size,
        },
    ))
}

fn joined(one: &Area, other: &Area) -> Area {
    Area {
        left: one.left.min(other.left),
        top: one.top.min(other.top),
        right: one.right.max(other.right),
        bottom: one.bottom.max(other.bottom),
    }
}
