//! What pages are drawn onto: pixels or a file for a printer.
//!
//! Places are millimetres from the page's upper left corner, downwards.

use std::collections::BTreeSet;
use std::sync::Arc;

use kurbo::{Affine, BezPath};

use crate::glyphs::Font;
use crate::{NOTES_MAX, NotPainted, Note};

/// A colour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Paint {
    pub(crate) rgb: [u8; 3],
    /// From 0, nothing, to 1.
    pub(crate) alpha: f32,
}

impl Paint {
    pub(crate) const BLACK: Self = Self {
        rgb: [0, 0, 0],
        alpha: 1.0,
    };

    /// Whether it is the red of heads and seals.
    pub(crate) fn is_red(self) -> bool {
        let [red, green, blue] = self.rgb;
        red >= 130 && green.max(blue) <= 110
    }
}

/// How an outline's line is drawn; lengths before the map of its outline.
#[derive(Clone, Debug)]
pub(crate) struct Stroke {
    pub(crate) width: f64,
    pub(crate) join: Join,
    pub(crate) cap: Cap,
    pub(crate) miter: f64,
    pub(crate) dash: Vec<f64>,
    pub(crate) dash_offset: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Join {
    Miter,
    Round,
    Bevel,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cap {
    Butt,
    Round,
    Square,
}

/// One glyph of a run.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub(crate) id: u32,
    /// From the font's em square, y upwards and 1 high, onto the page.
    pub(crate) map: Affine,
    /// What it stands for.
    pub(crate) sign: char,
}

/// A picture, expanded.
#[derive(Debug)]
pub(crate) struct Image {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Not premultiplied.
    pub(crate) rgba: Vec<u8>,
}

/// What is drawn onto.
pub(crate) trait Canvas {
    /// From here on only what lies inside of `outline` is drawn, until [`Canvas::pop`].
    fn push_clip(&mut self, outline: &BezPath, even_odd: bool) -> Result<(), NotPainted>;
    /// Takes the last clip back.
    fn pop(&mut self);
    /// Fills an outline.
    fn fill(&mut self, outline: &BezPath, even_odd: bool, paint: Paint) -> Result<(), NotPainted>;
    /// Draws an outline's line.
    fn stroke(
        &mut self,
        outline: &BezPath,
        map: Affine,
        stroke: &Stroke,
        paint: Paint,
    ) -> Result<(), NotPainted>;
    /// Draws glyphs of one font.
    fn glyphs(
        &mut self,
        font: &Arc<Font>,
        glyphs: &[Placed],
        paint: Paint,
    ) -> Result<(), NotPainted>;
    /// Draws a picture; `map` maps the unit square, y downwards, onto the page.
    fn image(&mut self, image: &Arc<Image>, map: Affine, alpha: f32) -> Result<(), NotPainted>;
    /// The notes so far.
    fn notes(&mut self) -> &mut BTreeSet<Note>;

    /// Notes something.
    fn note(&mut self, note: Note) {
        if self.notes().len() < NOTES_MAX {
            self.notes().insert(note);
        }
    }
}
