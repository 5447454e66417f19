//! Tables: as wide as the type area, 4号, the first row in 黑体.

use yichuan_typeface::Role;

use super::flow::Row;
use crate::fonts::Fonts;
use crate::lines::{self, Style, Unit};
use crate::measures::{ASCENT, BOTTOM, LEFT, SIZE_4, THIN, TOP, WIDTH};
use crate::refusal::{BodyFault, Refused};
use crate::sheet::Rule;

/// Between lines of one cell, and around the text of a cell.
const PITCH: f64 = 7.0;
const BESIDE: f64 = 1.5;
const ABOVE: f64 = 1.8;
/// The narrowest column.
const COLUMN_MIN: f64 = 2.0 * SIZE_4 + 2.0 * BESIDE;

/// The rows of a table that begins on a `line` of the source.
pub(super) fn rows(
    line: usize,
    cells: &[Vec<String>],
    fonts: &mut Fonts<'_>,
) -> Result<Vec<Row>, Refused> {
    let mut set: Vec<Vec<Vec<Unit>>> = Vec::new();
    for (place, row) in cells.iter().enumerate() {
        let role = if place == 0 {
            Role::Hei
        } else {
            Role::FangSong
        };
        let mut units = Vec::new();
        for cell in row {
            let mut cell_units = Vec::new();
            lines::add(&mut cell_units, cell, Style::new(role, SIZE_4), fonts)?;
            units.push(cell_units);
        }
        set.push(units);
    }
    let widths = widths(&set);
    let fitted = set.into_iter().map(|row| -> Vec<Vec<Unit>> {
        let cells = row.into_iter().zip(&widths);
        cells
            .map(|(cell, width)| lines::fit(cell, width - 2.0 * BESIDE))
            .collect()
    });
    let rows: Vec<Row> = fitted.map(|row| self::row(&row, &widths)).collect();
    let highest = rows.iter().map(|row| row.height).fold(0.0, f64::max);
    // A row and the one that is repeated over it have room on a page.
    let first = rows.first().map_or(0.0, |row| row.height);
    if first + highest > BOTTOM - TOP {
        let why = BodyFault::Table;
        return Err(Refused::Body { line, why });
    }
    Ok(rows)
}

/// How wide each column is: as its contents ask, all together as wide as the type area.
fn widths(set: &[Vec<Vec<Unit>>]) -> Vec<f64> {
    let columns = set.first().map_or(0, Vec::len);
    let wanted: Vec<f64> = (0..columns)
        .map(|column| {
            let cells = set.iter().filter_map(|row| row.get(column));
            let widest = cells.map(|cell| lines::width(cell)).fold(0.0, f64::max);
            // What is long is broken; it does not push the others away.
            (widest + 2.0 * BESIDE).clamp(COLUMN_MIN, WIDTH / 2.0)
        })
        .collect();
    let sum: f64 = wanted.iter().sum();
    if sum <= WIDTH {
        let more = (WIDTH - sum) / columns.max(1) as f64;
        return wanted.iter().map(|width| width + more).collect();
    }
    let spare: f64 = wanted.iter().map(|width| width - COLUMN_MIN).sum();
    let over = (sum - WIDTH) / spare.max(0.001);
    let less = |width: &f64| width - (width - COLUMN_MIN) * over;
    wanted.iter().map(less).collect()
}

fn row(cells: &[Vec<Unit>], widths: &[f64]) -> Row {
    let broken: Vec<Vec<lines::Line>> = cells
        .iter()
        .zip(widths)
        .map(|(cell, width)| lines::break_lines(cell, 0.0, 0.0, width - 2.0 * BESIDE))
        .collect();
    let most = broken.iter().map(Vec::len).max().unwrap_or(0).max(1);
    let height = (most as f64 - 1.0) * PITCH + SIZE_4 + 2.0 * ABOVE;
    let mut row = Row {
        height,
        texts: Vec::new(),
        rules: Vec::new(),
    };
    let mut x = LEFT;
    let mut rule = |from: (f64, f64), to: (f64, f64)| {
        row.rules.push(Rule {
            from,
            to,
            width: THIN,
            is_red: false,
        });
    };
    rule((LEFT, 0.0), (LEFT + WIDTH, 0.0));
    rule((LEFT, height), (LEFT + WIDTH, height));
    rule((LEFT, 0.0), (LEFT, height));
    for ((cell, lines), width) in cells.iter().zip(&broken).zip(widths) {
        rule((x + width, 0.0), (x + width, height));
        let taken = (lines.len() as f64 - 1.0) * PITCH + SIZE_4;
        let mut y = (height - taken) / 2.0 + ASCENT * SIZE_4;
        for line in lines {
            let used = lines::width(&cell[line.from..line.to]);
            // One line stands in the middle, several begin at the left.
            let left = if lines.len() == 1 {
                x + (width - used) / 2.0
            } else {
                x + BESIDE
            };
            row.texts.extend(lines::texts(cell, line, left, y));
            y += PITCH;
        }
        x += width;
    }
    row
}
