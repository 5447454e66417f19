//! Breaking Chinese text into lines (GB/T 15834-2011, 5.1; GB/T 9704-2012, 5.2.3).
//!
//! Characters stand on a grid of cells; words and figures in Latin letters are as wide as they
//! are and never split. No line begins with a closing mark and none ends with an opening one:
//! marks give up half of their cell where that brings one back onto the line; else the character
//! before it goes down with it, and what is left over is shared out between the characters.

use yichuan_typeface::Role;

use crate::fonts::{Fonts, Shape};
use crate::refusal::Refused;
use crate::sheet::{Sign, Text};

/// How text is set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Style {
    pub(crate) role: Role,
    /// The height of an em, in millimetres.
    pub(crate) size: f64,
    /// The width of a cell.
    pub(crate) cell: f64,
    /// How much wider than high its letters are.
    pub(crate) stretch: f64,
    pub(crate) is_red: bool,
}

impl Style {
    /// Black text whose cells are as wide as its ems.
    pub(crate) const fn new(role: Role, size: f64) -> Self {
        Self::on_grid(role, size, size)
    }

    pub(crate) const fn on_grid(role: Role, size: f64, cell: f64) -> Self {
        Self {
            role,
            size,
            cell,
            stretch: 1.0,
            is_red: false,
        }
    }
}

/// Characters that stay together: one of Chinese, or a word.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Unit {
    signs: Vec<(char, Shape)>,
    style: Style,
    /// How wide it is, in millimetres.
    width: f64,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// An opening mark: the left half of its cell is empty.
    Opening,
    /// A closing mark: the right half of its cell is empty.
    Closing,
    /// What does not begin a line and fills its cell.
    Trailing,
    Word,
    Blank,
    Other,
}

/// The part of a mark's cell that it can give up.
const GIVES: f64 = 0.45;
/// Units that are tried behind the end of a line.
const BEHIND: usize = 4;
/// Characters of a word that stay together: longer ones are no words.
const WORD_MAX: usize = 24;

fn kind(sign: char) -> Kind {
    match sign {
        '（' | '《' | '〈' | '「' | '『' | '【' | '〔' | '［' | '｛' | '“' | '‘' | '〖' => {
            Kind::Opening
        }
        '。' | '，' | '、' | '；' | '：' | '？' | '！' | '）' | '〉' | '》' | '」' | '』'
        | '】' | '〕' | '］' | '｝' | '”' | '’' | '．' | '〗' => Kind::Closing,
        '—' | '…' | '·' | '～' | '－' | '–' | '％' | '‰' | '℃' | '°' | '′' | '″' => {
            Kind::Trailing
        }
        ' ' => Kind::Blank,
        sign if sign.is_ascii_graphic() => Kind::Word,
        sign if sign.is_alphabetic() && (sign as u32) < 0x2e80 => Kind::Word,
        _ => Kind::Other,
    }
}

/// ASCII marks that end a word and may not begin a line.
fn ends_word(unit: &Unit) -> bool {
    let closes = |sign: &char| {
        matches!(
            sign,
            '.' | ',' | ';' | ':' | '?' | '!' | ')' | ']' | '}' | '%'
        )
    };
    unit.kind == Kind::Word && unit.signs.first().is_some_and(|(sign, _)| closes(sign))
}

/// Puts text of one style behind `units`.
pub(crate) fn add(
    units: &mut Vec<Unit>,
    text: &str,
    style: Style,
    fonts: &mut Fonts<'_>,
) -> Result<(), Refused> {
    for sign in text.chars() {
        push(units, sign, fonts.shape(style.role, sign)?, style);
    }
    Ok(())
}

fn push(units: &mut Vec<Unit>, sign: char, shape: Shape, style: Style) {
    let kind = kind(sign);
    let width = shape.advance * style.cell * style.stretch;
    let together = |last: &Unit| {
        let is_long = last.signs.len() >= WORD_MAX;
        let is_word = kind == Kind::Word && last.kind == Kind::Word && !is_long;
        // —— and …… are one mark of two cells.
        let is_double = matches!(sign, '—' | '…')
            && last.signs.len() == 1
            && last.signs.first().is_some_and(|(first, _)| *first == sign);
        (is_word || is_double) && last.style == style
    };
    match units.last_mut().filter(|last| together(last)) {
        Some(last) => {
            last.signs.push((sign, shape));
            last.width += width;
        }
        None => units.push(Unit {
            signs: vec![(sign, shape)],
            style,
            width,
            kind,
        }),
    }
}

/// Divides words that are wider than `room`.
pub(crate) fn fit(units: Vec<Unit>, room: f64) -> Vec<Unit> {
    let mut fitted = Vec::with_capacity(units.len());
    for unit in units {
        if unit.width <= room || unit.signs.len() < 2 {
            fitted.push(unit);
            continue;
        }
        let each = |(sign, shape): (char, Shape)| Unit {
            width: shape.advance * unit.style.cell * unit.style.stretch,
            signs: vec![(sign, shape)],
            style: unit.style,
            kind: Kind::Other,
        };
        fitted.extend(unit.signs.iter().copied().map(each));
    }
    fitted
}

/// How wide units are beside each other.
pub(crate) fn width(units: &[Unit]) -> f64 {
    units.iter().map(|unit| unit.width).sum()
}

/// A line: which units it has, and what each gap between them gains and each mark loses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Line {
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// From the left edge, in millimetres.
    pub(crate) indent: f64,
    gap: f64,
    shrunk: f64,
}

/// Whether a line may end before `at`.
fn may_break(units: &[Unit], at: usize) -> bool {
    let (Some(before), Some(after)) = (
        at.checked_sub(1).and_then(|at| units.get(at)),
        units.get(at),
    ) else {
        return true;
    };
    let begins = !matches!(after.kind, Kind::Closing | Kind::Trailing) && !ends_word(after);
    // A figure and what it counts belong together, as 2026年 and 12号.
    let counted = after
        .signs
        .first()
        .is_some_and(|(sign, _)| "年月日号".contains(*sign));
    let is_figure = before
        .signs
        .last()
        .is_some_and(|(sign, _)| sign.is_ascii_digit());
    let opens = before.kind == Kind::Opening
        || before.kind == Kind::Word
            && before
                .signs
                .last()
                .is_some_and(|(sign, _)| matches!(sign, '(' | '[' | '{'));
    begins && !opens && !(counted && is_figure) && after.kind != Kind::Blank
}

/// Breaks units into lines of `width`: the first begins at `first`, others at `rest`.
pub(crate) fn break_lines(units: &[Unit], first: f64, rest: f64, width: f64) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut from = 0;
    while from < units.len() {
        let indent = if lines.is_empty() { first } else { rest };
        let line = line(units, from, indent, width - indent);
        from = line.to.max(from + 1);
        lines.push(line);
        while units.get(from).is_some_and(|unit| unit.kind == Kind::Blank) {
            from += 1;
        }
    }
    lines
}

/// The line that begins at `from` and has `room`.
fn line(units: &[Unit], from: usize, indent: f64, room: f64) -> Line {
    const ROUNDED: f64 = 1e-6;
    let mut whole = Line {
        from,
        to: units.len(),
        indent,
        gap: 0.0,
        shrunk: 0.0,
    };
    let mut used = 0.0;
    let over = units[from..].iter().position(|unit| {
        used += unit.width;
        used > room + ROUNDED
    });
    let Some(over) = over else { return whole };
    let end = (from + over).max(from + 1);
    let ends = end..units.len().min(end + BEHIND) + 1;
    // As it fits, or with what marks give up.
    for to in ends {
        if !may_break(units, to) {
            continue;
        }
        let line = &units[from..to];
        let wanted = self::width(line) - room;
        let marks = line
            .iter()
            .filter(|unit| matches!(unit.kind, Kind::Opening | Kind::Closing));
        let given: f64 = marks.map(|unit| unit.width * GIVES).sum();
        if to == end && wanted <= ROUNDED {
            whole.to = to;
            whole.gap = gap(line, room);
            return whole;
        }
        if wanted <= given {
            whole.to = to;
            whole.shrunk = wanted / given * GIVES;
            return whole;
        }
        break;
    }
    // Else the line ends earlier; where nothing else is left, in the middle of what belongs
    // together.
    let earlier = (from + 1..end).rev().find(|to| may_break(units, *to));
    whole.to = earlier.unwrap_or(end);
    whole.gap = gap(&units[from..whole.to], room);
    whole
}

/// What each gap gains so that a line is full; blanks at its end count as nothing.
fn gap(line: &[Unit], room: f64) -> f64 {
    let seen = line
        .iter()
        .rposition(|unit| unit.kind != Kind::Blank)
        .map_or(0, |last| last + 1);
    let line = &line[..seen];
    if line.len() < 2 {
        return 0.0;
    }
    ((room - width(line)) / (line.len() - 1) as f64).max(0.0)
}

/// The texts of a line that begins at `x` on the base line `y`.
pub(crate) fn texts(units: &[Unit], line: &Line, x: f64, y: f64) -> Vec<Text> {
    let mut texts: Vec<Text> = Vec::new();
    let mut pen = x + line.indent;
    for unit in units.get(line.from..line.to).unwrap_or_default() {
        let style = unit.style;
        let lost = unit.width * line.shrunk;
        if unit.kind == Kind::Opening {
            pen -= lost;
        }
        for (sign, shape) in &unit.signs {
            let advance = shape.advance * style.cell * style.stretch;
            let fits = |text: &Text| {
                text.font == shape.font
                    && text.size.to_bits() == style.size.to_bits()
                    && text.is_red == style.is_red
            };
            if texts.last().is_none_or(|last| !fits(last)) {
                texts.push(Text {
                    x: pen,
                    y,
                    size: style.size,
                    stretch: style.stretch,
                    font: shape.font,
                    is_red: style.is_red,
                    signs: Vec::new(),
                    element: None,
                });
            }
            if let Some(text) = texts.last_mut() {
                text.signs.push(Sign {
                    sign: *sign,
                    glyph: shape.glyph,
                    at: pen - text.x,
                    advance: shape.advance * style.size * style.stretch,
                });
            }
            pen += advance;
        }
        if unit.kind == Kind::Closing {
            pen -= lost;
        }
        pen += line.gap;
    }
    for text in &mut texts {
        let blanks = text.signs.iter().rev().take_while(|sign| sign.sign == ' ');
        let seen = text.signs.len() - blanks.count();
        text.signs.truncate(seen);
    }
    texts.retain(|text| !text.signs.is_empty());
    texts
}

#[cfg(test)]
#[path = "lines/tests.rs"]
mod tests;
