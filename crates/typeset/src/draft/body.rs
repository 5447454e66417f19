//! The text of a source: paragraphs, tables, attachments.

use super::plain;
use crate::refusal::{BodyFault, Refused};

/// A piece of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Block {
    /// A paragraph; one that begins with `\` is no heading.
    Paragraph { text: String, is_plain: bool },
    /// Rows of cells, all of the same length, and the line on which the first stands.
    Table { line: usize, rows: Vec<Vec<String>> },
}

/// An attachment that is bound in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Annex {
    pub(crate) title: String,
    pub(crate) body: Vec<Block>,
}

const COLUMNS_MAX: usize = 12;
const ROWS_MAX: usize = 2_000;
const ANNEXES_MAX: usize = 99;

/// Reads numbered lines after the boundary.
pub(super) fn read(lines: &[(usize, &str)]) -> Result<(Vec<Block>, Vec<Annex>), Refused> {
    let mut body = Vec::new();
    let mut annexes: Vec<Annex> = Vec::new();
    for (number, line) in lines {
        let refuse = |why| Refused::Body { line: *number, why };
        let text = plain(line).ok_or_else(|| refuse(BodyFault::Control))?;
        let text = text.trim_matches(['\u{3000}', ' ']);
        if text.is_empty() || text.starts_with("//") {
            end_table(
                annexes
                    .last_mut()
                    .map_or(&mut body, |annex| &mut annex.body),
            );
            continue;
        }
        if let Some(rest) = text.strip_prefix('#') {
            let rest = rest.trim_start();
            let title = rest
                .strip_prefix("附件：")
                .or_else(|| rest.strip_prefix("附件:"))
                .map(str::trim)
                .filter(|title| !title.is_empty() && title.chars().count() <= 100)
                .ok_or_else(|| refuse(BodyFault::Annex))?;
            if annexes.len() >= ANNEXES_MAX {
                return Err(refuse(BodyFault::Annexes));
            }
            annexes.push(Annex {
                title: title.to_owned(),
                body: Vec::new(),
            });
            continue;
        }
        let blocks = annexes
            .last_mut()
            .map_or(&mut body, |annex| &mut annex.body);
        if text.starts_with('|') || text.starts_with('｜') {
            row(*number, text, blocks).map_err(refuse)?;
        } else {
            end_table(blocks);
            let plain = text.strip_prefix('\\');
            blocks.push(Block::Paragraph {
                text: plain.unwrap_or(text).to_owned(),
                is_plain: plain.is_some(),
            });
        }
    }
    for blocks in core::iter::once(&mut body).chain(annexes.iter_mut().map(|annex| &mut annex.body))
    {
        blocks.retain(|block| !matches!(block, Block::Table { rows, .. } if rows.is_empty()));
    }
    Ok((body, annexes))
}

/// The next row begins a new table.
fn end_table(blocks: &mut Vec<Block>) {
    if matches!(blocks.last(), Some(Block::Table { rows, .. }) if !rows.is_empty()) {
        blocks.push(Block::Table {
            line: 0,
            rows: Vec::new(),
        });
    }
}

fn row(number: usize, text: &str, blocks: &mut Vec<Block>) -> Result<(), BodyFault> {
    let inner = text.strip_prefix(['|', '｜']).unwrap_or(text);
    let inner = inner.strip_suffix(['|', '｜']).unwrap_or(inner);
    let cells: Vec<String> = inner
        .split(['|', '｜'])
        .map(|cell| cell.trim().to_owned())
        .collect();
    let is_ruler =
        |cell: &String| !cell.is_empty() && cell.bytes().all(|byte| matches!(byte, b'-' | b':'));
    if cells.iter().all(is_ruler) {
        return Ok(());
    }
    if let Some(Block::Table { line, rows }) = blocks.last_mut() {
        let is_alike = rows.first().is_none_or(|first| first.len() == cells.len());
        if !is_alike || cells.len() > COLUMNS_MAX || rows.len() >= ROWS_MAX {
            return Err(BodyFault::Table);
        }
        if rows.is_empty() {
            *line = number;
        }
        rows.push(cells);
        return Ok(());
    }
    if cells.len() > COLUMNS_MAX {
        return Err(BodyFault::Table);
    }
    blocks.push(Block::Table {
        line: number,
        rows: vec![cells],
    });
    Ok(())
}

/// Refuses a source that has a mark of 机密 or 绝密 anywhere: the level with a star, or alone on a
/// line or in a field. The finished file is looked at again, whole.
pub(super) fn no_level_above(source: &str) -> Result<(), Refused> {
    for (line, number) in source.split('\n').zip(1..) {
        let dense: String = line
            .chars()
            .filter(|sign| !sign.is_whitespace() && !sign.is_control())
            .map(|sign| match sign {
                '☆' | '✩' | '✭' | '＊' | '*' | '﹡' | '⭐' => '★',
                '機' => '机',
                '絕' | '絶' => '绝',
                sign => sign,
            })
            .collect();
        let value = dense.split_once(['：', ':']).map_or("", |(_, value)| value);
        let is_mark = |level: &str| {
            let starred = format!("{level}★");
            dense.contains(&starred)
                || dense == level
                || value == level
                || dense.starts_with("密级") && value.contains(level)
        };
        if ["机密", "绝密"].into_iter().any(is_mark) {
            return Err(Refused::Level { line: number });
        }
    }
    Ok(())
}
