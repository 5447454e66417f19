//! Blocks of text on pages, line by line.

use crate::elements::Element;
use crate::measures::{BOTTOM, LINE, LINES, SIZE_3, TOP};
use crate::refusal::Refused;
use crate::sheet::{Page, Rule, Text};

/// A piece that goes onto a page.
#[derive(Clone, Debug)]
pub(super) enum Block {
    /// A line: its texts' base lines are counted from the line's upper edge.
    Line { texts: Vec<Text>, element: Element },
    /// An empty line; none at the beginning of a page.
    Blank,
    /// An empty line, wherever it stands.
    Space,
    /// What follows begins a page.
    NewPage,
    /// What is not divided between pages.
    Together(Vec<Block>),
    /// Rows of a table; the first is repeated on each page.
    Table(Vec<Row>),
}

/// A row of a table; what is in it is counted from its upper edge.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) height: f64,
    pub(super) texts: Vec<Text>,
    pub(super) rules: Vec<Rule>,
}

/// A page while it is filled.
#[derive(Clone, Debug)]
pub(super) struct Filled {
    pub(super) page: Page,
    /// Where its lines begin, in millimetres.
    top: f64,
    /// How many it has.
    lines: usize,
    /// How many are taken, tables in parts.
    used: f64,
    /// Whether a line of the text stands on it.
    pub(super) has_text: bool,
}

impl Filled {
    fn pitch(&self) -> f64 {
        let gaps = self.lines.saturating_sub(1);
        if gaps == 0 {
            LINE
        } else {
            (BOTTOM - SIZE_3 - self.top) / gaps as f64
        }
    }

    fn room(&self) -> f64 {
        self.lines as f64 - self.used
    }

    /// The lower edge of what stands on it.
    pub(super) fn lower_edge(&self) -> f64 {
        let gap = self.pitch() - SIZE_3;
        self.top + self.used * self.pitch() - gap
    }
}

/// Pages while they are filled.
#[derive(Clone, Debug)]
pub(super) struct Flow {
    pub(super) pages: Vec<Filled>,
    /// A page that has another number of lines than usual.
    changed: Option<(usize, usize)>,
    /// On which line of the first page the text begins.
    begin: usize,
}

/// Pages that are filled: the text is not longer than [`super::PAGES_MAX`] of them.
const PAGES_MAX: usize = 4_000;

impl Flow {
    pub(super) fn new(first: Page, begin: usize) -> Self {
        let mut flow = Self {
            pages: Vec::new(),
            changed: None,
            begin,
        };
        flow.add(first);
        flow
    }

    /// Gives a page, from 0, another number of lines, before anything is placed.
    pub(super) fn set_lines(&mut self, page: usize, lines: usize) {
        self.changed = Some((page, lines));
        if page == 0
            && let Some(first) = self.pages.first_mut()
        {
            first.lines = lines;
        }
    }

    /// How many lines a page has, from 0.
    pub(super) fn lines_of(&self, page: usize) -> usize {
        match self.changed {
            Some((changed, lines)) if changed == page => lines,
            _ if page == 0 => LINES.saturating_sub(self.begin),
            _ => LINES,
        }
    }

    fn add(&mut self, page: Page) {
        let number = self.pages.len();
        let begin = if number == 0 { self.begin } else { 0 };
        self.pages.push(Filled {
            page,
            top: TOP + begin as f64 * LINE,
            lines: self.lines_of(number),
            used: 0.0,
            has_text: false,
        });
    }

    /// Begins a page.
    pub(super) fn turn(&mut self) {
        self.add(Page::default());
    }

    fn last(&mut self) -> &mut Filled {
        let last = self.pages.len() - 1;
        &mut self.pages[last]
    }

    /// Places blocks one after the other.
    pub(super) fn place_all(&mut self, blocks: &[Block]) -> Result<(), Refused> {
        blocks.iter().try_for_each(|block| self.place(block))
    }

    fn place(&mut self, block: &Block) -> Result<(), Refused> {
        if self.pages.len() > PAGES_MAX {
            return Err(Refused::Pages);
        }
        match block {
            Block::Line { texts, element } => self.line(texts, *element),
            Block::Blank => {
                if self.last().used > 0.0 {
                    self.last().used = self.last().used.ceil() + 1.0;
                }
            }
            Block::Space => self.last().used = self.last().used.ceil() + 1.0,
            Block::NewPage => self.turn(),
            Block::Together(blocks) => {
                let lines = blocks.len() as f64;
                let last = self.last();
                if last.used.ceil() + lines > last.lines as f64 && last.used > 0.0 {
                    self.turn();
                }
                self.place_all(blocks)?;
            }
            Block::Table(rows) => self.table(rows),
        }
        Ok(())
    }

    fn line(&mut self, texts: &[Text], element: Element) {
        if self.last().used.ceil() + 1.0 > self.last().lines as f64 {
            self.turn();
        }
        let last = self.last();
        let at = last.used.ceil();
        let top = last.top + at * last.pitch();
        last.used = at + 1.0;
        last.has_text |= element == Element::Body;
        last.page.texts.extend(texts.iter().map(|text| Text {
            y: text.y + top,
            element: text.element.or(Some(element)),
            ..text.clone()
        }));
    }

    fn table(&mut self, rows: &[Row]) {
        self.last().used = self.last().used.ceil();
        for (place, row) in rows.iter().enumerate() {
            let with_next = rows
                .get(1)
                .filter(|_| place == 0)
                .map_or(0.0, |next| next.height);
            let room = self.last().room() * self.last().pitch();
            if row.height + with_next > room && self.last().used > 0.0 {
                self.turn();
                if let Some(first) = rows.first().filter(|_| place > 0) {
                    self.row(first);
                }
            }
            self.row(row);
        }
    }

    fn row(&mut self, row: &Row) {
        let last = self.last();
        let pitch = last.pitch();
        // A table begins where a line's letters do, less the half of what lies between lines.
        let top = last.top + last.used * pitch - (pitch - SIZE_3) / 2.0;
        last.used += row.height / pitch;
        last.has_text = true;
        last.page.texts.extend(row.texts.iter().map(|text| Text {
            y: text.y + top,
            element: Some(Element::Body),
            ..text.clone()
        }));
        last.page.rules.extend(row.rules.iter().map(|rule| Rule {
            from: (rule.from.0, rule.from.1 + top),
            to: (rule.to.0, rule.to.1 + top),
            ..*rule
        }));
    }
}
