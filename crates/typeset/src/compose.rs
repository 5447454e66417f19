//! From a draft to pages: head, text, signature, attachments, foot, numbers.

mod flow;
mod foot;
mod head;
mod signing;
mod table;
mod text;

use flow::{Block, Flow};
use yichuan_typeface::Role;

use crate::draft::{Draft, Form};
use crate::fonts::Fonts;
use crate::lines::{self, Style};
use crate::measures::{ASCENT, BOTTOM, CELL, LEFT, LINE, RIGHT, SIZE_3, SIZE_4, TO_NUMBER};
use crate::refusal::Refused;
use crate::sheet::{Page, Set, Text};

/// The text of a document: 3号仿宋 on the grid.
pub(crate) const TEXT: Style = Style::on_grid(Role::FangSong, SIZE_3, CELL);

/// The most pages.
const PAGES_MAX: usize = 2_000;

/// Sets a draft.
pub(crate) fn compose(draft: &Draft, fonts: &mut Fonts<'_>) -> Result<Set, Refused> {
    let mut set = arrange(draft, fonts, true)?;
    // Recipients that leave no room for the text on the first page go into the foot (7.3.2).
    if draft.recipient.is_some() && !set.shows_text && draft.form == Form::Official {
        let other = arrange(draft, fonts, false).ok();
        if let Some(other) = other.filter(|other| other.shows_text) {
            set = other;
        }
    }
    Ok(Set {
        title: draft.title.replace(['｜', '|'], ""),
        issuer: draft.issuers.join(" "),
        pages: set.pages,
    })
}

struct Arranged {
    pages: Vec<Page>,
    /// Whether the first page has a line of the text.
    shows_text: bool,
}

fn arrange(draft: &Draft, fonts: &mut Fonts<'_>, names_above: bool) -> Result<Arranged, Refused> {
    let mut first = Page::default();
    let begin = head::head(draft, &mut first, fonts)?;
    let mut blocks = text::title(draft, fonts)?;
    if names_above && let Some(recipient) = &draft.recipient {
        text::recipient(recipient, fonts, &mut blocks)?;
    } else if draft.form != Form::Order {
        blocks.push(Block::Blank);
    }
    text::body(&draft.body, fonts, &mut blocks)?;
    text::attachments(&draft.attachments, fonts, &mut blocks)?;
    text::attendance(draft, fonts, &mut blocks)?;
    blocks.push(Block::Together(signing::signing(draft, fonts)?));
    let mut flow = signed_with_text(&first, begin, &blocks)?;
    let shows_text = flow.pages.first().is_some_and(|page| page.has_text);
    let mut annexed = Vec::new();
    for (annex, number) in draft.annexes.iter().zip(1..) {
        let number = (draft.attachments.len() > 1).then(|| {
            let listed = draft.attachments.iter();
            let mut listed = listed.zip(1..).filter(|(name, _)| **name == annex.title);
            listed.next().map_or(number, |(_, number)| number)
        });
        text::annex(annex, number, fonts, &mut annexed)?;
    }
    flow.place_all(&annexed)?;
    let moved = draft.recipient.as_deref().filter(|_| !names_above);
    let numbered = foot::foot(draft, moved, &mut flow, fonts)?;
    let mut pages: Vec<Page> = flow.pages.into_iter().map(|page| page.page).collect();
    for (page, number) in pages.iter_mut().zip(1..).take(numbered) {
        if number > 1 || draft.form != Form::Letter {
            page_number(page, number, fonts)?;
        }
    }
    if pages.len() > PAGES_MAX {
        return Err(Refused::Pages);
    }
    Ok(Arranged { pages, shows_text })
}

/// Places the text so that the page with the signature has text as well: where it has none, the
/// page before is set a little closer or wider (7.3.5.5).
fn signed_with_text(first: &Page, begin: usize, blocks: &[Block]) -> Result<Flow, Refused> {
    let mut plain = Flow::new(first.clone(), begin);
    plain.place_all(blocks)?;
    let is_good = |flow: &Flow| flow.pages.last().is_some_and(|page| page.has_text);
    if is_good(&plain) || plain.pages.len() < 2 {
        return Ok(plain);
    }
    let before = plain.pages.len() - 2;
    let usual = plain.lines_of(before);
    for change in [1_isize, -1, -2, 2, -3, -4, 3, -5, -6] {
        let Some(lines) = usual.checked_add_signed(change).filter(|lines| *lines > 1) else {
            continue;
        };
        let mut other = Flow::new(first.clone(), begin);
        other.set_lines(before, lines);
        other.place_all(blocks)?;
        if is_good(&other) {
            return Ok(other);
        }
    }
    Ok(plain)
}

/// `— 1 —`: odd ones at the right, even ones at the left, a character in (7.5).
fn page_number(page: &mut Page, number: usize, fonts: &mut Fonts<'_>) -> Result<(), Refused> {
    let style = Style::new(Role::Song, SIZE_4);
    let dash = fonts.shape(Role::Song, '—')?;
    let y = BOTTOM + TO_NUMBER + dash.ink.0 * SIZE_4;
    let line = one_line(&format!("— {number} —"), style, fonts)?;
    let x = if number % 2 == 1 {
        RIGHT - SIZE_4 - line.width
    } else {
        LEFT + SIZE_4
    };
    page.texts.extend(line.at(x, y));
    Ok(())
}

/// Text that is not broken.
pub(crate) struct OneLine {
    units: Vec<lines::Unit>,
    pub(crate) width: f64,
}

pub(crate) fn one_line(
    text: &str,
    style: Style,
    fonts: &mut Fonts<'_>,
) -> Result<OneLine, Refused> {
    let mut units = Vec::new();
    lines::add(&mut units, text, style, fonts)?;
    let width = lines::width(&units);
    Ok(OneLine { units, width })
}

impl OneLine {
    /// More text behind it.
    pub(crate) fn and(
        mut self,
        text: &str,
        style: Style,
        fonts: &mut Fonts<'_>,
    ) -> Result<Self, Refused> {
        lines::add(&mut self.units, text, style, fonts)?;
        self.width = lines::width(&self.units);
        Ok(self)
    }

    /// Its texts from `x` on the base line `y`.
    pub(crate) fn at(&self, x: f64, y: f64) -> Vec<Text> {
        let line = lines::break_lines(&self.units, 0.0, 0.0, f64::INFINITY);
        line.first()
            .map_or_else(Vec::new, |line| lines::texts(&self.units, line, x, y))
    }

    /// Its texts around `middle`.
    pub(crate) fn centred(&self, middle: f64, y: f64) -> Vec<Text> {
        self.at(middle - self.width / 2.0, y)
    }
}

/// The base line of text of a size whose cells begin at `top`.
pub(crate) fn base(top: f64, size: f64) -> f64 {
    top + ASCENT * size
}

/// The first line that begins at or below `y`, with the standard's millimetre of tolerance halved.
pub(crate) fn line_at(y: f64) -> usize {
    const NEARLY: f64 = 0.05;
    let lines = (y - crate::measures::TOP) / LINE - NEARLY;
    if lines > 0.0 {
        lines.ceil() as usize
    } else {
        0
    }
}
