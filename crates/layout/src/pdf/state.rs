//! The graphics state of a content stream, as far as text and areas need it.

use std::rc::Rc;

use super::font::Font;
use crate::geometry::{Area, Matrix, Point};
use crate::page::Sight;

/// What colour something is painted with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shade {
    White,
    Red,
    Other,
}

impl Shade {
    fn gray(level: f64) -> Self {
        if level >= 0.98 {
            Self::White
        } else {
            Self::Other
        }
    }

    fn rgb(red: f64, green: f64, blue: f64) -> Self {
        if red.min(green).min(blue) >= 0.98 {
            Self::White
        } else if red >= 0.6 && green.max(blue) <= 0.4 {
            Self::Red
        } else {
            Self::Other
        }
    }

    fn cmyk(cyan: f64, magenta: f64, yellow: f64, black: f64) -> Self {
        if cyan.max(magenta).max(yellow).max(black) <= 0.02 {
            Self::White
        } else if magenta.min(yellow) >= 0.6 && cyan.max(black) <= 0.4 {
            Self::Red
        } else {
            Self::Other
        }
    }

    fn of(numbers: &[f64], one_is_gray: bool) -> Self {
        match *numbers {
            [level] if one_is_gray => Self::gray(level),
            [red, green, blue] => Self::rgb(red, green, blue),
            [cyan, magenta, yellow, black] => Self::cmyk(cyan, magenta, yellow, black),
            _ => Self::Other,
        }
    }
}

/// The state that `q` keeps and `Q` brings back.
#[derive(Clone)]
pub(super) struct State {
    /// From the stream's space to millimetres on the page.
    pub(super) matrix: Matrix,
    pub(super) fill: Shade,
    pub(super) stroke: Shade,
    pub(super) alpha: f64,
    pub(super) font: Option<Rc<Font>>,
    pub(super) size: f64,
    pub(super) letter_space: f64,
    pub(super) word_space: f64,
    scale: f64,
    leading: f64,
    rise: f64,
    mode: u8,
    text: Matrix,
    line: Matrix,
}

impl State {
    pub(super) const fn new(matrix: Matrix) -> Self {
        Self {
            matrix,
            fill: Shade::Other,
            stroke: Shade::Other,
            alpha: 1.0,
            font: None,
            size: 0.0,
            letter_space: 0.0,
            word_space: 0.0,
            scale: 1.0,
            leading: 0.0,
            rise: 0.0,
            mode: 0,
            text: Matrix::ONE,
            line: Matrix::ONE,
        }
    }

    /// Takes an operator that only sets something; whether it was one.
    pub(super) fn set(&mut self, word: &str, numbers: &[f64]) -> bool {
        let matrix = <[f64; 6]>::try_from(numbers).map(Matrix::new);
        match (word, numbers) {
            ("cm", _) => {
                if let Ok(matrix) = matrix {
                    self.matrix = matrix.then(self.matrix);
                }
            }
            ("BT", _) => (self.text, self.line) = (Matrix::ONE, Matrix::ONE),
            ("Tm", _) => {
                self.line = matrix.unwrap_or(self.line);
                self.text = self.line;
            }
            ("Td", [x, y]) => self.shift_line(*x, *y),
            ("TD", [x, y]) => {
                self.leading = -y;
                self.shift_line(*x, *y);
            }
            ("T*", _) => self.next_line(),
            ("Tc", [space]) => self.letter_space = *space,
            ("Tw", [space]) => self.word_space = *space,
            ("Tz", [scale]) => self.scale = scale / 100.0,
            ("TL", [leading]) => self.leading = *leading,
            ("Ts", [rise]) => self.rise = *rise,
            ("Tr", [mode]) => {
                self.mode = if (0.0..8.0).contains(mode) {
                    whole(*mode)
                } else {
                    0
                }
            }
            ("g" | "rg" | "k", numbers) => self.fill = Shade::of(numbers, true),
            ("G" | "RG" | "K", numbers) => self.stroke = Shade::of(numbers, true),
            // One number may be a tint of any colour: it is not taken for white.
            ("sc" | "scn", numbers) => self.fill = Shade::of(numbers, false),
            ("SC" | "SCN", numbers) => self.stroke = Shade::of(numbers, false),
            ("cs", _) => self.fill = Shade::Other,
            ("CS", _) => self.stroke = Shade::Other,
            _ => return false,
        }
        true
    }

    fn shift_line(&mut self, x: f64, y: f64) {
        self.line = Matrix::shift(x, y).then(self.line);
        self.text = self.line;
    }

    pub(super) fn next_line(&mut self) {
        self.shift_line(0.0, -self.leading);
    }

    /// Moves on along the line: `by` in text space, before horizontal scaling.
    pub(super) fn advance(&mut self, by: f64, vertical: bool) {
        let shift = if vertical {
            Matrix::shift(0.0, by)
        } else {
            Matrix::shift(by * self.scale, 0.0)
        };
        self.text = shift.then(self.text);
    }

    /// From ems of the next letter to millimetres on the page.
    pub(super) fn letters(&self) -> Matrix {
        let size = [self.size * self.scale, 0.0, 0.0, self.size, 0.0, self.rise];
        Matrix::new(size).then(self.text).then(self.matrix)
    }

    /// Whether letters are seen, by the way in which they are painted (9.3.6).
    pub(super) fn ink(&self) -> Sight {
        let fills = matches!(self.mode, 0 | 2 | 4 | 6).then_some(self.fill);
        let strokes = matches!(self.mode, 1 | 2 | 5 | 6).then_some(self.stroke);
        match (fills, strokes) {
            (None, None) => Sight::Hidden,
            (fill, stroke) => {
                let white = |shade: Option<Shade>| shade.is_none_or(|shade| shade == Shade::White);
                if white(fill) && white(stroke) {
                    Sight::White
                } else {
                    Sight::Seen
                }
            }
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it lies between 0 and 8"
)]
const fn whole(number: f64) -> u8 {
    number as u8
}

/// The outline of a drawing so far.
#[derive(Default)]
pub(super) struct Outline {
    pub(super) area: Option<Area>,
    pub(super) steps: usize,
}

impl Outline {
    /// Takes an operator that draws an outline; whether it was one.
    pub(super) fn add(&mut self, word: &str, numbers: &[f64], state: &State) -> bool {
        match (word, numbers) {
            ("m" | "l" | "c" | "v" | "y", [.., x, y]) => {
                self.reach(state.matrix.apply(*x, *y));
            }
            ("re", [x, y, width, height]) => {
                self.reach(state.matrix.apply(*x, *y));
                self.reach(state.matrix.apply(x + width, y + height));
            }
            ("h", _) => {}
            _ => return false,
        }
        true
    }

    fn reach(&mut self, point: Point) {
        self.steps += 1;
        let here = Area::between(point, point);
        let area = self.area.get_or_insert(here);
        area.left = area.left.min(here.left);
        area.top = area.top.min(here.top);
        area.right = area.right.max(here.right);
        area.bottom = area.bottom.max(here.bottom);
    }
}
