//! The title, the recipients, the text and what is listed under it.

use yichuan_typeface::Role;

use super::flow::Block;
use super::{TEXT, base, one_line, table};
use crate::draft::{self, Annex, Draft, Form};
use crate::elements::Element;
use crate::fonts::Fonts;
use crate::lines::{self, Style, Unit};
use crate::measures::{CELL, LEFT, SIZE_2, SIZE_3, WIDTH};
use crate::refusal::Refused;
use crate::title;

/// Characters of a heading that stands at the beginning of a paragraph.
const HEADING_MAX: usize = 36;

/// The lines of units that begin at `first` and `rest` from the left edge.
pub(super) fn blocks(units: &[Unit], first: f64, rest: f64, element: Element) -> Vec<Block> {
    let lines = lines::break_lines(units, first, rest, WIDTH);
    let y = base(0.0, SIZE_3);
    lines
        .iter()
        .map(|line| Block::Line {
            texts: lines::texts(units, line, LEFT, y),
            element,
        })
        .collect()
}

/// The title, its lines in the middle.
pub(super) fn title(draft: &Draft, fonts: &mut Fonts<'_>) -> Result<Vec<Block>, Refused> {
    if draft.form == Form::Order {
        return Ok(Vec::new());
    }
    titled(&draft.title, Element::Title, fonts)
}

fn titled(text: &str, element: Element, fonts: &mut Fonts<'_>) -> Result<Vec<Block>, Refused> {
    let style = Style::new(Role::XiaoBiaoSong, SIZE_2);
    for sign in text.chars().filter(|sign| !matches!(sign, '｜' | '|')) {
        fonts.shape(style.role, sign)?;
    }
    let width = |sign| {
        fonts
            .shape(style.role, sign)
            .map_or(1.0, |shape| shape.advance)
    };
    let mut measured = width;
    let widths: std::collections::HashMap<char, f64> =
        text.chars().map(|sign| (sign, measured(sign))).collect();
    let lines = title::lines(text, |sign| widths.get(&sign).copied().unwrap_or(1.0));
    lines
        .iter()
        .map(|line| {
            let line = one_line(line, style, fonts)?;
            let texts = line.centred(LEFT + WIDTH / 2.0, base(0.0, SIZE_2));
            Ok(Block::Line { texts, element })
        })
        .collect()
}

/// 主送机关: a line below the title, from the left edge, also where it goes on (7.3.2).
pub(super) fn recipient(
    recipient: &str,
    fonts: &mut Fonts<'_>,
    into: &mut Vec<Block>,
) -> Result<(), Refused> {
    let mut units = Vec::new();
    lines::add(&mut units, recipient, TEXT, fonts)?;
    into.push(Block::Blank);
    into.extend(blocks(&units, 0.0, 0.0, Element::Recipient));
    Ok(())
}

/// Paragraphs and tables.
pub(super) fn body(
    pieces: &[draft::Block],
    fonts: &mut Fonts<'_>,
    into: &mut Vec<Block>,
) -> Result<(), Refused> {
    for piece in pieces {
        match piece {
            draft::Block::Paragraph { text, is_plain } => {
                let mut units = Vec::new();
                let (heading, rest) = if *is_plain {
                    (None, text.as_str())
                } else {
                    heading(text)
                };
                if let Some((role, words)) = heading {
                    lines::add(&mut units, words, Style { role, ..TEXT }, fonts)?;
                }
                lines::add(&mut units, rest, TEXT, fonts)?;
                into.extend(blocks(&units, 2.0 * CELL, 0.0, Element::Body));
            }
            draft::Block::Table { line, rows } => {
                into.push(Block::Table(table::rows(*line, rows, fonts)?));
            }
        }
    }
    Ok(())
}

/// The heading at the beginning of a paragraph, with its typeface, and what follows it: 一、 in
/// 黑体, （一） in 楷体; 1. and （1） are as the text (7.3.3).
fn heading(text: &str) -> (Option<(Role, &str)>, &str) {
    let numeral = |sign: char| "一二三四五六七八九十百〇零".contains(sign);
    let role = if let Some(rest) = text.strip_prefix('（') {
        let inner = rest.trim_start_matches(numeral);
        (inner.len() < rest.len() && inner.starts_with('）')).then_some(Role::Kai)
    } else {
        let inner = text.trim_start_matches(numeral);
        (inner.len() < text.len() && inner.starts_with('、')).then_some(Role::Hei)
    };
    let Some(role) = role else {
        return (None, text);
    };
    let sentence = text
        .char_indices()
        .find(|(_, sign)| matches!(sign, '。' | '；' | '！' | '？'))
        .map(|(at, sign)| at + sign.len_utf8());
    let is_short = |text: &str| text.chars().count() <= HEADING_MAX;
    match sentence {
        // A line without a full stop is a heading whole.
        None if is_short(text) && !text.ends_with('：') => (Some((role, text)), ""),
        Some(end) if end < text.len() && is_short(&text[..end]) => {
            (Some((role, &text[..end])), &text[end..])
        }
        Some(end) if end == text.len() && role == Role::Kai && is_short(text) => {
            (Some((role, text)), "")
        }
        _ => (None, text),
    }
}

/// 附件说明: a line below the text, two characters in; names go on under their own beginning and
/// have no mark after them (7.3.4).
pub(super) fn attachments(
    names: &[String],
    fonts: &mut Fonts<'_>,
    into: &mut Vec<Block>,
) -> Result<(), Refused> {
    if names.is_empty() {
        return Ok(());
    }
    into.push(Block::Blank);
    for (name, number) in names.iter().zip(1..) {
        let (word, indent) = if number == 1 {
            ("附件：", 2.0 * CELL)
        } else {
            ("", 5.0 * CELL)
        };
        let numbered = if names.len() > 1 {
            format!("{word}{number}. ")
        } else {
            word.to_owned()
        };
        let mut units = Vec::new();
        lines::add(&mut units, &numbered, TEXT, fonts)?;
        let hanging = indent + lines::width(&units);
        lines::add(&mut units, name, TEXT, fonts)?;
        into.extend(blocks(&units, indent, hanging, Element::AttachmentNote));
    }
    Ok(())
}

/// 出席、请假、列席 of minutes: words in 黑体, names go on under the first (10.3).
pub(super) fn attendance(
    draft: &Draft,
    fonts: &mut Fonts<'_>,
    into: &mut Vec<Block>,
) -> Result<(), Refused> {
    for (place, (word, names)) in draft.attendance.iter().enumerate() {
        if place == 0 {
            into.push(Block::Blank);
        }
        let style = Style {
            role: Role::Hei,
            ..TEXT
        };
        let mut units = Vec::new();
        lines::add(&mut units, &format!("{word}："), style, fonts)?;
        let indent = 2.0 * CELL;
        let hanging = indent + lines::width(&units);
        lines::add(&mut units, names, TEXT, fonts)?;
        into.extend(blocks(&units, indent, hanging, Element::Body));
    }
    Ok(())
}

/// An attachment: on a page of its own, its word on the first line, its title on the third (7.3.7).
pub(super) fn annex(
    annex: &Annex,
    number: Option<usize>,
    fonts: &mut Fonts<'_>,
    into: &mut Vec<Block>,
) -> Result<(), Refused> {
    let style = Style {
        role: Role::Hei,
        ..TEXT
    };
    let number = number.map_or_else(String::new, |number| number.to_string());
    let word = one_line(&format!("附件{number}"), style, fonts)?;
    into.push(Block::NewPage);
    into.push(Block::Line {
        texts: word.at(LEFT, base(0.0, SIZE_3)),
        element: Element::Annex,
    });
    into.push(Block::Space);
    into.extend(titled(&annex.title, Element::Annex, fonts)?);
    into.push(Block::Space);
    body(&annex.body, fonts, into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_told_from_lists() {
        let cases = [
            ("一、总体要求", Some((Role::Hei, "一、总体要求"))),
            ("十二、附则", Some((Role::Hei, "十二、附则"))),
            (
                "一、加强领导。各地要做好工作。",
                Some((Role::Hei, "一、加强领导。")),
            ),
            ("一、同意你局的请示。", None),
            (
                "（一）加强领导。各地要做好。",
                Some((Role::Kai, "（一）加强领导。")),
            ),
            ("（十一）落实责任", Some((Role::Kai, "（十一）落实责任"))),
            ("1. 加强领导。", None),
            ("（1）加强领导。", None),
            ("一是加强领导，二是落实责任。", None),
            ("（略）", None),
            ("一、请各单位报送下列材料：", None),
        ];
        for (text, expected) in cases {
            let (found, rest) = heading(text);
            assert_eq!(found, expected, "{text}");
            let words = found.map_or("", |(_, words)| words);
            assert_eq!(format!("{words}{rest}"), text);
        }
    }
}
