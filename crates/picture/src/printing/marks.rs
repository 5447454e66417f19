//! What a sheet tells of itself: 份号, a line at the foot, a code, and what kind of copy it is.

use std::sync::Arc;

use fast_qr::qr::QRBuilder;
use fast_qr::{ECL, QRCode};
use kurbo::{Affine, BezPath};
use yichuan_typeface::Role;

use super::Copy;
use crate::NotPainted;
use crate::canvas::{Canvas, Paint, Placed};
use crate::glyphs::{Font, Installed};

/// Where 份号 begins: the upper left corner of 版心, in millimetres (GB/T 9704-2012, 5.1).
const NUMBER_LEFT: f64 = 28.0;
pub(crate) const NUMBER_TOP: f64 = 37.0;
/// Where it begins if something else stands there.
pub(crate) const NUMBER_ABOVE: f64 = 28.0;
/// 3号, in millimetres.
const NUMBER_SIZE: f64 = 5.64;
/// The foot's line: so far from the left and above the paper's end.
const FOOT_LEFT: f64 = 28.0;
const FOOT_ABOVE: f64 = 10.0;
const FOOT_SIZE: f64 = 2.8;
/// The code: its side, and how far it stands from the paper's right and lower end.
const CODE_SIDE: f64 = 14.0;
const CODE_RIGHT: f64 = 8.0;
const CODE_ABOVE: f64 = 7.0;
/// What a copy without head and seal says across the page.
const PHOTOCOPY: &str = "复印件";

const INK: Paint = Paint {
    rgb: [70, 70, 70],
    alpha: 1.0,
};
const WATER: Paint = Paint {
    rgb: [120, 120, 120],
    alpha: 0.28,
};

/// The marks of one copy.
pub(crate) struct Marks {
    /// The number, and where it begins.
    number: Option<(String, f64)>,
    foot: String,
    code: Option<BezPath>,
    is_photocopy: bool,
}

impl Marks {
    /// The marks of `copy`, its number at `place`, if anywhere.
    pub(crate) fn of(copy: &Copy, place: Option<f64>) -> Self {
        match copy {
            Copy::Original(copy) => {
                let number = format!("{:06}", copy.copy_number);
                Self {
                    foot: format!("{} · 份号 {number} · {}", copy.unit, copy.printed_at),
                    number: place.map(|place| (number, place)),
                    code: code(&copy.code),
                    is_photocopy: false,
                }
            }
            Copy::Desensitised(copy) => Self {
                number: None,
                foot: format!(
                    "{} · 脱密件（无红头、无红章） · {}",
                    copy.unit, copy.printed_at
                ),
                code: code(&copy.code),
                is_photocopy: true,
            },
        }
    }

    /// Draws the marks of the page at `index`, in millimetres.
    pub(crate) fn draw(
        &self,
        index: usize,
        (width, height): (f64, f64),
        fonts: &mut Installed,
        canvas: &mut dyn Canvas,
    ) -> Result<(), NotPainted> {
        if self.is_photocopy {
            let size = (width.min(height) / 5.0).min(45.0);
            let start = Affine::translate((width / 2.0, height / 2.0))
                * Affine::rotate(-45_f64.to_radians())
                * Affine::translate((-1.5 * size, 0.35 * size));
            write(PHOTOCOPY, size, start, WATER, Role::Hei, fonts, canvas)?;
        }
        if let Some((number, place)) = self.number.as_ref().filter(|_| index == 0) {
            let base = place + NUMBER_SIZE * 0.85;
            let start = Affine::translate((NUMBER_LEFT, base));
            let paint = Paint::BLACK;
            write(
                number,
                NUMBER_SIZE,
                start,
                paint,
                Role::FangSong,
                fonts,
                canvas,
            )?;
        }
        let start = Affine::translate((FOOT_LEFT.min(width / 8.0), height - FOOT_ABOVE));
        write(&self.foot, FOOT_SIZE, start, INK, Role::Song, fonts, canvas)?;
        if let Some(code) = &self.code {
            let left = width - CODE_RIGHT - CODE_SIDE;
            let top = height - CODE_ABOVE - CODE_SIDE;
            let map = Affine::translate((left, top)) * Affine::scale(CODE_SIDE);
            canvas.fill(&(map * code), false, Paint::BLACK)?;
        }
        Ok(())
    }
}

/// Writes a line from `start` on, each sign in the first font that has it.
fn write(
    text: &str,
    size: f64,
    start: Affine,
    paint: Paint,
    role: Role,
    fonts: &mut Installed,
    canvas: &mut dyn Canvas,
) -> Result<(), NotPainted> {
    let mut runs: Vec<(Arc<Font>, Vec<Placed>)> = Vec::new();
    let mut pen = 0.0;
    for sign in text.chars() {
        let Some((font, glyph)) = fonts.with_sign(role, sign) else {
            pen += size / 2.0;
            continue;
        };
        let placed = Placed {
            id: glyph,
            map: start * Affine::translate((pen, 0.0)) * Affine::scale_non_uniform(size, -size),
            sign,
        };
        pen += size * font.advance(glyph).unwrap_or(1.0);
        match runs.last_mut() {
            Some((last, glyphs)) if Arc::ptr_eq(last, &font) => glyphs.push(placed),
            _ => runs.push((font, vec![placed])),
        }
    }
    for (font, glyphs) in runs {
        canvas.glyphs(&font, &glyphs, paint)?;
    }
    Ok(())
}

/// The dark modules of a code within a square with the side 1; none for no text.
fn code(text: &str) -> Option<BezPath> {
    if text.is_empty() {
        return None;
    }
    let made: QRCode = QRBuilder::new(text).ecl(ECL::M).build().ok()?;
    let unit = 1.0 / f64::from(u32::try_from(made.size).ok()?);
    let mut path = BezPath::new();
    for y in 0..made.size {
        let mut x = 0;
        while x < made.size {
            // Modules beside each other are one rectangle, so that no seam shows.
            let run = (x..made.size).take_while(|x| made[y][*x].value()).count();
            if run > 0 {
                let side = |at: usize| unit * f64::from(u32::try_from(at).unwrap_or(0));
                let (left, right, top, bottom) = (side(x), side(x + run), side(y), side(y + 1));
                path.move_to((left, top));
                path.line_to((right, top));
                path.line_to((right, bottom));
                path.line_to((left, bottom));
                path.close_path();
            }
            x += run.max(1);
        }
    }
    Some(path)
}
