//! Pages: characters by their places, laid out into lines as a reader sees them.

mod lines;

use crate::geometry::{Area, Point};

pub(crate) use lines::{Reading, lay_out};

/// Where on the page's layers something comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The page itself.
    Body,
    /// A template that pages share.
    Template,
    /// An annotation: a note, a stamp, a watermark, a form's field.
    Annotation,
}

/// Whether somebody who looks at the page sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sight {
    /// It is seen.
    Seen,
    /// It is white, as the paper.
    White,
    /// It is switched off, transparent, tiny or beside the page.
    Hidden,
}

/// One character at its place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Glyph {
    pub(crate) sign: char,
    /// The left end of its base line.
    pub(crate) at: Point,
    /// The height of its letters' em, in millimetres.
    pub(crate) size: f64,
    /// How far the next character stands, in millimetres.
    pub(crate) advance: f64,
    /// The direction of its line, in degrees.
    pub(crate) direction: u16,
    pub(crate) source: Source,
    pub(crate) sight: Sight,
    /// Which text object it is of, in drawing order.
    pub(crate) object: u32,
}

/// A line of text on a page.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The text, a blank where there is a wide gap.
    pub text: String,
    /// The place that it takes, in millimetres.
    pub area: Area,
    /// The height of its largest characters, in millimetres.
    pub size: f64,
    /// Of its first character.
    pub source: Source,
    /// The least that is seen of it.
    pub sight: Sight,
    /// The direction in which it runs, in degrees clockwise.
    pub direction: u16,
    /// Runs of characters without a wide gap between them: their places in `text`, in bytes, and
    /// on the page.
    pub runs: Vec<(core::ops::Range<usize>, Area)>,
}

/// A page as it was read, before its lines are laid out.
#[derive(Debug)]
pub(crate) struct Sheet {
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) glyphs: Vec<Glyph>,
    /// Where images lie.
    pub(crate) images: Vec<Area>,
    /// Where drawings lie, and how many steps their outlines have.
    pub(crate) drawings: Vec<Drawing>,
    /// Characters of which the file says two different things.
    pub(crate) doubtful: usize,
}

/// A drawing of lines and curves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drawing {
    pub(crate) area: Area,
    pub(crate) steps: usize,
    pub(crate) red: bool,
}

/// Drawings that are kept of a page; what is beyond is counted in their last.
pub(crate) const DRAWINGS_MAX: usize = 10_000;

impl Sheet {
    pub(crate) const fn new(width: f64, height: f64) -> Self {
        Self {
            width,
            height,
            glyphs: Vec::new(),
            images: Vec::new(),
            drawings: Vec::new(),
            doubtful: 0,
        }
    }

    /// Letters that stand beside the page are not seen on it.
    pub(crate) fn hide_what_is_beside(&mut self) {
        const EDGE: f64 = 1.0;
        let (right, bottom) = (self.width + EDGE, self.height + EDGE);
        if self.width < EDGE || self.height < EDGE {
            return;
        }
        for glyph in &mut self.glyphs {
            let within = (-EDGE..=right).contains(&glyph.at.x)
                && (-EDGE..=bottom + glyph.size).contains(&glyph.at.y);
            if !within {
                glyph.sight = Sight::Hidden;
            }
        }
    }

    pub(crate) fn draw(&mut self, drawing: Drawing) {
        if self.drawings.len() < DRAWINGS_MAX {
            self.drawings.push(drawing);
        } else if let Some(last) = self.drawings.last_mut() {
            last.steps = last.steps.saturating_add(drawing.steps);
        }
    }
}

/// A page: its size and its lines from top to bottom.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// In millimetres.
    pub width: f64,
    /// In millimetres.
    pub height: f64,
    /// The lines.
    pub lines: Vec<Line>,
}

impl Page {
    /// The text that is seen, line by line.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for line in self.lines.iter().filter(|line| line.sight == Sight::Seen) {
            text.push_str(line.text.trim_end());
            text.push('\n');
        }
        text
    }
}

/// Whether a character takes a whole em: those of Chinese and full-width forms.
pub(crate) const fn is_wide(sign: char) -> bool {
    matches!(sign, '\u{1100}'..='\u{115f}' | '\u{2014}'..='\u{2015}' | '\u{2018}'..='\u{201d}'
        | '\u{2026}' | '\u{2160}'..='\u{27bf}' | '\u{2b50}'..='\u{2b59}'
        | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}' | '\u{ff01}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}'
        | '\u{20000}'..='\u{3fffd}')
}
