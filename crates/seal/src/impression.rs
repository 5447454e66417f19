//! What the authority asks of a picture before it issues a seal with it (Art. 12).
//!
//! An electronic seal equals the physical one, so its picture follows the paper rule, 国发〔1999〕
//! 25号: round, with a diameter by the level of the office. It is printed beside text and over it,
//! so it is red on a transparent ground, and fine enough to be read.
//!
//! A seal that was issued is judged by its grant alone: nothing here changes what is read.

use core::fmt;

use crate::SealPicture;

/// The level of an office, as far as its seal's diameter goes (国发〔1999〕25号).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfficeLevel {
    /// The State Council: 60 mm.
    StateCouncil,
    /// A province or a ministry: 50 mm.
    Province,
    /// A body of vice-ministerial rank or a national bureau: 45 mm.
    Bureau,
    /// The government of a prefecture, city or county: 45 mm.
    Prefecture,
    /// The government of a township: 42 mm.
    Township,
    /// A body within an office, or directly below one: at most 45 mm.
    Inner,
}

impl OfficeLevel {
    /// The diameter in millimetres; the greatest one where [`Self::is_at_most`].
    pub const fn diameter_mm(self) -> u32 {
        match self {
            Self::StateCouncil => 60,
            Self::Province => 50,
            Self::Bureau | Self::Prefecture | Self::Inner => 45,
            Self::Township => 42,
        }
    }

    /// Whether a smaller seal is allowed too.
    pub const fn is_at_most(self) -> bool {
        matches!(self, Self::Inner)
    }
}

/// The least resolution in pixels per metre: 300 dots per inch, which is how offices scan.
const PER_METRE_MIN: u64 = 11_811;
/// How much a diameter may differ from the rule, in hundredths of a millimetre: what is measured
/// ends at the last inked pixel.
const TOLERANCE: u64 = 100;
/// The least diameter of any seal, in millimetres: the rule has none, but less cannot be read.
const DIAMETER_MM_MIN: u64 = 30;
/// The least part of seen pixels that is red, and of the outline that is a circle, in hundredths.
const MOST: u64 = 90;

/// What is to be seen of a picture, measured on its pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ink {
    /// From the first inked column to the last, in pixels.
    width: u32,
    /// From the first inked row to the last, in pixels.
    height: u32,
    /// The ground is transparent: nothing is seen in the corners.
    on_clear_ground: bool,
    /// What is seen is red.
    is_red: bool,
    /// The outline is a circle.
    is_round: bool,
}

impl SealPicture {
    /// Judges the picture as that of a new seal of an office of `level`: the ground, the colour,
    /// the shape, the resolution, the diameter. `declared_mm` is the diameter where the file gives
    /// no density (`pHYs`), and must agree with it where it does. Returns the diameter in
    /// hundredths of a millimetre, or everything that is wrong.
    pub fn impression(
        &self,
        level: OfficeLevel,
        declared_mm: Option<u32>,
    ) -> Result<u32, Vec<BadImpression>> {
        let ink = self.ink();
        let mut wrong = Vec::new();
        if ink.on_clear_ground {
            let shown = [
                (ink.is_red, BadImpression::NotRed),
                (ink.is_round, BadImpression::NotRound),
            ];
            wrong.extend(shown.iter().filter(|(good, _)| !good).map(|(_, why)| *why));
        } else {
            // What is ink cannot be told from what is paper.
            wrong.push(BadImpression::Ground);
        }
        match self.diameter(declared_mm) {
            Ok(diameter) => {
                let fits = fits(level, diameter) || !ink.on_clear_ground;
                if !fits {
                    wrong.push(BadImpression::Diameter { diameter, level });
                }
                if wrong.is_empty() {
                    return Ok(diameter);
                }
            }
            Err(why) => wrong.push(why),
        }
        Err(wrong)
    }

    /// Width and height of the whole picture on paper in hundredths of a millimetre, where what is
    /// seen of it has this diameter, in hundredths of a millimetre too.
    pub fn size_on_paper(&self, diameter: u32) -> (u32, u32) {
        let ink = self.ink();
        let seen = u64::from(ink.width.max(ink.height)).max(1);
        let side = |pixels: u32| {
            let side = (u64::from(pixels) * u64::from(diameter) + seen / 2) / seen;
            u32::try_from(side).unwrap_or(u32::MAX)
        };
        (side(self.width()), side(self.height()))
    }

    /// The diameter in hundredths of a millimetre.
    fn diameter(&self, declared_mm: Option<u32>) -> Result<u32, BadImpression> {
        let ink = self.ink();
        let pixels = u64::from(ink.width.max(ink.height));
        let declared = declared_mm.map(|mm| u64::from(mm) * 100);
        let (diameter, per_metre) = match (self.pixels_per_metre(), declared) {
            (Some((x, y)), _) if u64::from(x.abs_diff(y)) * 100 > u64::from(x) => {
                return Err(BadImpression::Uneven);
            }
            (Some((per_metre, _)), _) => {
                let per_metre = u64::from(per_metre);
                (rounded(pixels * 100_000, per_metre)?, per_metre)
            }
            (None, Some(declared)) => (declared, rounded((pixels + 1) * 100_000, declared)?),
            (None, None) => return Err(BadImpression::NoScale),
        };
        if per_metre < PER_METRE_MIN {
            let dpi = u32::try_from(per_metre * 254 / 10_000).unwrap_or(u32::MAX);
            return Err(BadImpression::Coarse { dpi });
        }
        let measured = u32::try_from(diameter).unwrap_or(u32::MAX);
        match declared {
            Some(declared) if declared.abs_diff(diameter) > TOLERANCE => {
                Err(BadImpression::OtherThanDeclared { measured })
            }
            _ => Ok(measured),
        }
    }
}

fn rounded(over: u64, under: u64) -> Result<u64, BadImpression> {
    let half = under / 2;
    (over + half)
        .checked_div(under)
        .ok_or(BadImpression::NoScale)
}

fn fits(level: OfficeLevel, diameter: u32) -> bool {
    let (found, rule) = (u64::from(diameter), u64::from(level.diameter_mm()) * 100);
    if level.is_at_most() {
        (DIAMETER_MM_MIN * 100 - TOLERANCE..=rule + TOLERANCE).contains(&found)
    } else {
        found.abs_diff(rule) <= TOLERANCE
    }
}

impl Ink {
    /// Measures 8-bit pixels of one to four channels, row by row.
    pub(crate) fn of(pixels: &[u8], width: u32, channels: usize) -> Self {
        let mut canvas = Canvas {
            pixels,
            width: width as usize,
            channels,
            frame: [0; 4],
        };
        canvas.frame = canvas.frame();
        let [left, top, right, bottom] = canvas.frame;
        let across = |from: usize, to: usize| u32::try_from(to.saturating_sub(from)).unwrap_or(0);
        Self {
            width: across(left, right),
            height: across(top, bottom),
            on_clear_ground: canvas.has_clear_corners(),
            is_red: canvas.is_red(),
            is_round: canvas.is_round(),
        }
    }
}

struct Canvas<'p> {
    pixels: &'p [u8],
    width: usize,
    channels: usize,
    /// The least frame around what is seen: left, top, right, bottom, the last two behind it.
    frame: [usize; 4],
}

impl Canvas<'_> {
    fn height(&self) -> usize {
        self.pixels.len() / (self.width * self.channels).max(1)
    }

    fn pixel(&self, x: usize, y: usize) -> &[u8] {
        let at = (y * self.width + x) * self.channels;
        self.pixels.get(at..at + self.channels).unwrap_or_default()
    }

    /// How opaque a pixel is; all of them where the picture has no such channel.
    fn cover(&self, x: usize, y: usize) -> u8 {
        match self.pixel(x, y) {
            [_, alpha] | [_, _, _, alpha] => *alpha,
            _ => u8::MAX,
        }
    }

    /// More seen than not: what is less is the edge of a stroke.
    fn is_inked(&self, x: usize, y: usize) -> bool {
        self.cover(x, y) >= 128
    }

    fn frame(&self) -> [usize; 4] {
        let (mut left, mut top, mut right, mut bottom) = (self.width, self.height(), 0, 0);
        for y in 0..self.height() {
            for x in (0..self.width).filter(|x| self.is_inked(*x, y)) {
                (left, right) = (left.min(x), right.max(x + 1));
                (top, bottom) = (top.min(y), bottom.max(y + 1));
            }
        }
        [left, top, right, bottom]
    }

    fn has_clear_corners(&self) -> bool {
        let (right, bottom) = (
            self.width.saturating_sub(1),
            self.height().saturating_sub(1),
        );
        let corners = [(0, 0), (right, 0), (0, bottom), (right, bottom)];
        corners.iter().all(|(x, y)| self.cover(*x, *y) == 0)
    }

    fn is_red(&self) -> bool {
        let (mut seen, mut red) = (0, 0);
        for y in 0..self.height() {
            for x in (0..self.width).filter(|x| self.is_inked(*x, y)) {
                seen += 1;
                red += u64::from(match self.pixel(x, y) {
                    [r, g, b, ..] => *r >= 128 && g.max(b) <= &(r / 2),
                    _ => false,
                });
            }
        }
        red * 100 >= seen * MOST && seen > 0
    }

    /// From outside, along each row and column, the first ink lies on the circle in the frame.
    fn is_round(&self) -> bool {
        let [left, top, right, bottom] = self.frame;
        let (width, height) = (right.saturating_sub(left), bottom.saturating_sub(top));
        let size = width.max(height);
        if size == 0 || width.abs_diff(height) * 100 > size * 3 {
            return false;
        }
        // Twice the distance from the middle, so that a middle between pixels is whole.
        let on_circle = |x: usize, y: usize| {
            let across = (2 * x + 1).abs_diff(left + right);
            let down = (2 * y + 1).abs_diff(top + bottom);
            let square = (across * across + down * down) * 10_000;
            (square >= (90 * size).pow(2)) && (square <= (103 * size).pow(2))
        };
        let (mut looked, mut good) = (0_u64, 0_u64);
        let mut look = |first: Option<(usize, usize)>| {
            looked += 1;
            good += u64::from(first.is_some_and(|(x, y)| on_circle(x, y)));
        };
        for y in top..bottom {
            let mut inked = (left..right).filter(|x| self.is_inked(*x, y));
            look(inked.next().map(|x| (x, y)));
            look(
                (left..right)
                    .rev()
                    .find(|x| self.is_inked(*x, y))
                    .map(|x| (x, y)),
            );
        }
        for x in left..right {
            let mut inked = (top..bottom).filter(|y| self.is_inked(x, *y));
            look(inked.next().map(|y| (x, y)));
            look(
                (top..bottom)
                    .rev()
                    .find(|y| self.is_inked(x, *y))
                    .map(|y| (x, y)),
            );
        }
        good * 100 >= looked * MOST
    }
}

/// Why a picture is not that of a new seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadImpression {
    /// The ground is not transparent: something is seen in the corners.
    Ground,
    /// What is seen is not red.
    NotRed,
    /// The outline is not a circle.
    NotRound,
    /// Neither the file nor whoever asks tells how large it is.
    NoScale,
    /// A pixel is not as wide as it is high.
    Uneven,
    /// Fewer than 300 dots per inch.
    Coarse {
        /// Dots per inch.
        dpi: u32,
    },
    /// The file tells another diameter than the one that was declared, by more than 1 mm.
    OtherThanDeclared {
        /// What the file tells, in hundredths of a millimetre.
        measured: u32,
    },
    /// Not the diameter of an office of this level.
    Diameter {
        /// The diameter, in hundredths of a millimetre.
        diameter: u32,
        /// The level.
        level: OfficeLevel,
    },
}

impl fmt::Display for BadImpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ground => f.write_str("the ground is not transparent"),
            Self::NotRed => f.write_str("the seal is not red"),
            Self::NotRound => f.write_str("the seal is not round"),
            Self::NoScale => f.write_str("its size on paper is not known"),
            Self::Uneven => f.write_str("its pixels are not square"),
            Self::Coarse { dpi } => write!(f, "{dpi} dots per inch, fewer than 300"),
            Self::OtherThanDeclared { measured } => {
                write!(f, "{measured} hundredths of a millimetre, not as declared")
            }
            Self::Diameter { diameter, level } => write!(
                f,
                "{diameter} hundredths of a millimetre; the rule is {} mm",
                level.diameter_mm()
            ),
        }
    }
}

impl core::error::Error for BadImpression {}

#[cfg(test)]
mod tests;
