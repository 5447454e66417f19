//! Pages as they are set: text at its places and lines, the same for both kinds of file.

use crate::elements::Element;

/// One character of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sign {
    pub(crate) sign: char,
    pub(crate) glyph: u16,
    /// From the text's beginning, in millimetres.
    pub(crate) at: f64,
    /// How wide it is, in millimetres.
    pub(crate) advance: f64,
}

/// Characters of one font on one base line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Text {
    /// Where it begins, and its base line.
    pub(crate) x: f64,
    pub(crate) y: f64,
    /// The height of an em.
    pub(crate) size: f64,
    /// How much wider than high its letters are.
    pub(crate) stretch: f64,
    /// Which of the document's fonts.
    pub(crate) font: usize,
    pub(crate) is_red: bool,
    pub(crate) signs: Vec<Sign>,
    /// The element of the document that it belongs to.
    pub(crate) element: Option<Element>,
}

/// A line, across or down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rule {
    pub(crate) from: (f64, f64),
    pub(crate) to: (f64, f64),
    pub(crate) width: f64,
    pub(crate) is_red: bool,
}

/// A page.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Page {
    pub(crate) texts: Vec<Text>,
    pub(crate) rules: Vec<Rule>,
}

impl Page {
    /// A line across from `left` to `right` whose middle is at `y`.
    pub(crate) fn across(&mut self, (left, right): (f64, f64), y: f64, width: f64, is_red: bool) {
        self.rules.push(Rule {
            from: (left, y),
            to: (right, y),
            width,
            is_red,
        });
    }
}

/// What a file says of itself, and its pages.
#[derive(Clone, Debug, Default)]
pub(crate) struct Set {
    pub(crate) title: String,
    pub(crate) issuer: String,
    pub(crate) pages: Vec<Page>,
}
