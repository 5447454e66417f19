//! What stands over the title: marks, the issuer's name in red, the number, the red line.

use yichuan_typeface::Role;

use super::{OneLine, TEXT, base, line_at, one_line};
use crate::draft::{Draft, Form};
use crate::elements::Element;
use crate::fonts::Fonts;
use crate::lines::Style;
use crate::measures::{
    CELL, ISSUER, ISSUER_OF_LETTER, ISSUER_OF_ORDER, ISSUER_SIZE, ISSUER_STRETCH_MIN,
    ISSUER_WIDTH_MAX, LEFT, LETTER_LINE, LETTER_LINE_BELOW, LINE, PAPER, RED_LINE, RIGHT,
    SEVEN_EIGHTHS, SIZE_3, TO_RED_LINE, TOP, WIDTH,
};
use crate::refusal::Refused;
use crate::sheet::{Page, Text};

/// The most of the type area that an issuer's name takes.
const ISSUER_WIDTH: f64 = 152.0;
/// Names of several issuers: the highest and the lowest, and from one to the next in heights.
const JOINT_MAX: f64 = 13.0;
const JOINT_ALL: f64 = 47.0;
const JOINT_STEP: f64 = 1.28;
/// A letter's double line: the thick one, the gap, the thin one.
const DOUBLE: (f64, f64, f64) = (0.9, 0.5, 0.3);
/// The heights of a letter's and an order's name with which their text stands on the lines of a
/// page.
const LETTER_SIZE: f64 = 4.0 * LINE + TOP
    - ISSUER_OF_LETTER
    - TO_RED_LINE
    - (DOUBLE.0 + DOUBLE.1 + DOUBLE.2)
    - SEVEN_EIGHTHS
    - SIZE_3
    - 2.0 * LINE;
const ORDER_SIZE: f64 = 8.0 * LINE - ISSUER_OF_ORDER - SIZE_3 - 4.0 * LINE;

/// Draws the head; answers on which line the title, or an order's text, begins.
pub(super) fn head(
    draft: &Draft,
    page: &mut Page,
    fonts: &mut Fonts<'_>,
) -> Result<usize, Refused> {
    match draft.form {
        Form::Official | Form::Minutes => official(draft, page, fonts),
        Form::Letter => letter(draft, page, fonts),
        Form::Order => order(draft, page, fonts),
    }
}

fn put(page: &mut Page, texts: Vec<Text>, element: Element) {
    let texts = texts.into_iter().map(|text| Text {
        element: Some(element),
        ..text
    });
    page.texts.extend(texts);
}

/// 份号, 密级, 紧急程度, those that there are, in lines from `top` (7.2.1 to 7.2.3).
fn marks(
    draft: &Draft,
    top: f64,
    page: &mut Page,
    fonts: &mut Fonts<'_>,
) -> Result<usize, Refused> {
    let marks = [
        (&draft.copy, Role::FangSong, Element::Copy),
        (&draft.level, Role::Hei, Element::Level),
        (&draft.urgency, Role::Hei, Element::Urgency),
    ];
    let mut count = 0;
    for (text, role, element) in marks {
        if let Some(text) = text {
            let line = one_line(text, Style { role, ..TEXT }, fonts)?;
            let y = base(top + count as f64 * LINE, SIZE_3);
            put(page, line.at(LEFT, y), element);
            count += 1;
        }
    }
    Ok(count)
}

/// The largest ink of a text in ems: how high above the base line, and how far below, upwards.
fn ink(text: &str, fonts: &mut Fonts<'_>) -> Result<(f64, f64), Refused> {
    let mut ink = (0.5_f64, 0.0_f64);
    for sign in text.chars() {
        let shape = fonts.shape(Role::XiaoBiaoSong, sign)?;
        ink = (ink.0.max(shape.ink.0), ink.1.min(shape.ink.1));
    }
    Ok(ink)
}

/// Red text whose ink is `height` high and begins at `top`, its letters `width` wide.
fn red(
    text: &str,
    (top, height): (f64, f64),
    width: f64,
    fonts: &mut Fonts<'_>,
) -> Result<(OneLine, f64), Refused> {
    let ink = ink(text, fonts)?;
    let size = height / (ink.0 - ink.1);
    let style = Style {
        role: Role::XiaoBiaoSong,
        size,
        cell: size,
        stretch: width / size,
        is_red: true,
    };
    Ok((one_line(text, style, fonts)?, top + ink.0 * size))
}

/// One issuer's name in the middle, its ink from `top`, `height` high where it is not too long for
/// that. Answers its lower edge.
fn issuer(
    text: &str,
    (top, height): (f64, f64),
    page: &mut Page,
    fonts: &mut Fonts<'_>,
) -> Result<f64, Refused> {
    let count = text.chars().count().max(1) as f64;
    let width = (ISSUER_WIDTH / count).min(ISSUER_WIDTH_MAX).min(height);
    let height = height.min(width / ISSUER_STRETCH_MIN);
    let (line, y) = red(text, (top, height), width, fonts)?;
    put(page, line.centred(LEFT + WIDTH / 2.0, y), Element::Issuer);
    Ok(top + height)
}

/// Several issuers, one over the other and equally wide, 文件 beside them (7.2.4).
fn issuers(
    names: &[String],
    top: f64,
    page: &mut Page,
    fonts: &mut Fonts<'_>,
) -> Result<f64, Refused> {
    let word = "文件";
    let has_word = names.last().is_some_and(|last| last.ends_with(word));
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    if let Some(last) = names.last_mut() {
        *last = last.strip_suffix(word).unwrap_or(last).trim_end();
    }
    names.retain(|name| !name.is_empty());
    let count = names.len().max(1) as f64;
    let height = (JOINT_ALL / (count * JOINT_STEP)).min(JOINT_MAX);
    let all = ((count - 1.0) * JOINT_STEP + 1.0) * height;
    let longest = names.iter().map(|name| name.chars().count()).max();
    let longest = longest.unwrap_or(1).max(1) as f64;
    let word_width = if has_word { ISSUER_WIDTH_MAX } else { 0.0 };
    let room = ISSUER_WIDTH - 2.4 * word_width;
    let width = (room / longest).min(height);
    let block = longest * width;
    let left = LEFT + (WIDTH - block - 2.4 * word_width) / 2.0;
    for (place, name) in names.iter().enumerate() {
        let at = top + place as f64 * JOINT_STEP * height;
        let signs = name.chars().count() as f64;
        let step = if signs > 1.0 {
            (block - width) / (signs - 1.0)
        } else {
            0.0
        };
        let (whole, y) = red(name, (at, height), width, fonts)?;
        // Shorter names are spaced out to the width of the longest.
        let mut texts = whole.at(left, y);
        for text in &mut texts {
            let begin = text.x - left;
            for sign in &mut text.signs {
                let natural = (begin + sign.at) / width.max(0.001);
                sign.at = natural.round() * step - begin;
            }
        }
        put(page, texts, Element::Issuer);
    }
    if has_word {
        let height = ISSUER_SIZE.min(all);
        let at = top + (all - height) / 2.0;
        let (line, y) = red(word, (at, height), word_width, fonts)?;
        let x = left + block + 0.4 * word_width;
        put(page, line.at(x, y), Element::Issuer);
    }
    Ok(top + all)
}

fn official(draft: &Draft, page: &mut Page, fonts: &mut Fonts<'_>) -> Result<usize, Refused> {
    marks(draft, TOP, page, fonts)?;
    let top = TOP + ISSUER;
    let below = match &draft.issuers[..] {
        [one] => issuer(one, (top, ISSUER_SIZE), page, fonts)?,
        several => issuers(several, top, page, fonts)?,
    };
    let number = below + 2.0 * LINE;
    let rows = draft.signers.len().div_ceil(2).max(1);
    let last = number + (rows as f64 - 1.0) * LINE;
    let text = one_line(&draft.reference, TEXT, fonts)?;
    let y = base(last, SIZE_3);
    if draft.signers.is_empty() {
        put(
            page,
            text.centred(LEFT + WIDTH / 2.0, y),
            Element::Reference,
        );
    } else {
        put(page, text.at(LEFT + CELL, y), Element::Reference);
        signers(&draft.signers, number, page, fonts)?;
    }
    let red_line = last + SIZE_3 + TO_RED_LINE;
    page.across((LEFT, RIGHT), red_line, RED_LINE, true);
    Ok(line_at(red_line + 2.0 * LINE))
}

/// 签发人: at the right, a character in; two names to a row, the names in 楷体 (7.2.6).
fn signers(
    names: &[String],
    top: f64,
    page: &mut Page,
    fonts: &mut Fonts<'_>,
) -> Result<(), Refused> {
    let kai = Style {
        role: Role::Kai,
        ..TEXT
    };
    let word = one_line("签发人：", TEXT, fonts)?;
    let mut lines = Vec::new();
    for name in names {
        lines.push(one_line(name, kai, fonts)?);
    }
    let widest = lines.iter().map(|line| line.width).fold(0.0, f64::max);
    let columns = lines.len().min(2) as f64;
    let left = RIGHT - CELL - columns * widest - (columns - 1.0) * CELL;
    for (row, pair) in lines.chunks(2).enumerate() {
        let y = base(top + row as f64 * LINE, SIZE_3);
        if row == 0 {
            put(page, word.at(left - word.width, y), Element::Signer);
        }
        for (place, line) in pair.iter().enumerate() {
            let x = left + place as f64 * (widest + CELL);
            put(page, line.at(x, y), Element::Signer);
        }
    }
    Ok(())
}

/// A letter: the name 30 mm from the paper's edge, a double line below it and one at the foot of
/// the page; marks at the left and the number at the right under the first (10.1).
fn letter(draft: &Draft, page: &mut Page, fonts: &mut Fonts<'_>) -> Result<usize, Refused> {
    let name = draft.issuers.join(" ");
    let below = issuer(&name, (ISSUER_OF_LETTER, LETTER_SIZE), page, fonts)?;
    let (thick, gap, thin) = DOUBLE;
    let beside = (PAPER.0 - LETTER_LINE) / 2.0;
    let sides = (beside, PAPER.0 - beside);
    let upper = below + TO_RED_LINE;
    let lower_edge = upper + thick + gap + thin;
    page.across(sides, upper + thick / 2.0, thick, true);
    page.across(sides, lower_edge - thin / 2.0, thin, true);
    let foot = PAPER.1 - LETTER_LINE_BELOW;
    page.across(sides, foot - thick - gap - thin / 2.0, thin, true);
    page.across(sides, foot - thick / 2.0, thick, true);
    let top = lower_edge + SEVEN_EIGHTHS;
    let rows = marks(draft, top, page, fonts)?.max(1);
    let number = one_line(&draft.reference, TEXT, fonts)?;
    let x = RIGHT - number.width;
    put(page, number.at(x, base(top, SIZE_3)), Element::Reference);
    let last = top + (rows as f64 - 1.0) * LINE + SIZE_3;
    Ok(line_at(last + 2.0 * LINE))
}

/// An order: its name 20 mm below the upper edge, two lines to its number, two to its text (10.2).
fn order(draft: &Draft, page: &mut Page, fonts: &mut Fonts<'_>) -> Result<usize, Refused> {
    let name = draft.issuers.join(" ");
    let below = issuer(&name, (TOP + ISSUER_OF_ORDER, ORDER_SIZE), page, fonts)?;
    let number = below + 2.0 * LINE;
    let line = one_line(&draft.reference, TEXT, fonts)?;
    let texts = line.centred(LEFT + WIDTH / 2.0, base(number, SIZE_3));
    put(page, texts, Element::Reference);
    Ok(line_at(number + SIZE_3 + 2.0 * LINE))
}
