//! Pages as pixels.

use std::collections::BTreeSet;
use std::sync::Arc;

use kurbo::{Affine, BezPath, PathEl, Rect, Shape as _};
use tiny_skia as skia;

use crate::canvas::{Canvas, Cap, Image, Join, Paint, Placed, Stroke};
use crate::glyphs::Font;
use crate::{Bounds, NotPainted, Note, Picture};

/// The most dashes of one line; what has more is drawn without.
const DASHES_MAX: f64 = 4_000.0;
/// Clips in each other.
const CLIPS_MAX: usize = 24;
/// Pixels from the page's corner beyond which nothing is drawn.
const FAR: f64 = 30_000.0;
/// The thinnest line, in pixels.
const THINNEST: f64 = 0.6;

/// Pixels, and how much may still be done to them.
pub(crate) struct Raster {
    pixmap: skia::Pixmap,
    /// Pixels in a millimetre.
    scale: f64,
    /// The inside of each clip; none where it is everything.
    clips: Vec<Option<skia::Mask>>,
    painted: u64,
    steps: u64,
    /// The picture that was drawn last.
    last: Option<Last>,
    notes: BTreeSet<Note>,
}

/// A picture as it was made ready for the page.
struct Last {
    image: Arc<Image>,
    /// Its pixels in one, across and down.
    by: (u32, u32),
    pixmap: skia::Pixmap,
}

impl Raster {
    pub(crate) fn new(
        width: u32,
        height: u32,
        scale: f64,
        bounds: &Bounds,
    ) -> Result<Self, NotPainted> {
        let mut pixmap = skia::Pixmap::new(width, height).ok_or(NotPainted::Size)?;
        pixmap.fill(skia::Color::WHITE);
        Ok(Self {
            pixmap,
            scale,
            clips: Vec::new(),
            painted: bounds.painted,
            steps: bounds.steps,
            last: None,
            notes: BTreeSet::new(),
        })
    }

    pub(crate) fn finish(self) -> Picture {
        Picture {
            width: self.pixmap.width(),
            height: self.pixmap.height(),
            rgba: self.pixmap.take(),
            notes: self.notes,
        }
    }

    /// Takes the pixels under `area`, in pixels, and steps of an outline; false where nothing of it
    /// is on the page.
    fn charge(&mut self, area: Rect, steps: usize) -> Result<bool, NotPainted> {
        let page = Rect::new(
            0.0,
            0.0,
            f64::from(self.pixmap.width()),
            f64::from(self.pixmap.height()),
        );
        let steps = 1 + steps as u64;
        self.steps = self.steps.checked_sub(steps).ok_or(NotPainted::TooMuch)?;
        if !area.is_finite() {
            return Ok(false);
        }
        let seen = area.inflate(1.0, 1.0).intersect(page);
        if seen.width() <= 0.0 || seen.height() <= 0.0 {
            return Ok(false);
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is no larger than the page"
        )]
        let pixels = seen.area() as u64 + 64;
        self.painted = self
            .painted
            .checked_sub(pixels)
            .ok_or(NotPainted::TooMuch)?;
        Ok(true)
    }

    fn fill_mapped(
        &mut self,
        outline: &BezPath,
        map: Affine,
        even_odd: bool,
        paint: Paint,
    ) -> Result<(), NotPainted> {
        let map = Affine::scale(self.scale) * map;
        let area = map.transform_rect_bbox(outline.control_box());
        if !self.charge(area, outline.elements().len())? {
            return Ok(());
        }
        let Some(path) = path(outline, map) else {
            return Ok(());
        };
        let rule = if even_odd {
            skia::FillRule::EvenOdd
        } else {
            skia::FillRule::Winding
        };
        let mask = self.clips.last().and_then(Option::as_ref);
        self.pixmap.fill_path(
            &path,
            &colour(paint),
            rule,
            skia::Transform::identity(),
            mask,
        );
        Ok(())
    }
}

impl Canvas for Raster {
    fn push_clip(&mut self, outline: &BezPath, even_odd: bool) -> Result<(), NotPainted> {
        if self.clips.len() >= CLIPS_MAX {
            return Err(NotPainted::TooMuch);
        }
        let size = (self.pixmap.width(), self.pixmap.height());
        let whole = Rect::new(0.0, 0.0, f64::from(size.0), f64::from(size.1));
        self.charge(whole, outline.elements().len())?;
        let rule = if even_odd {
            skia::FillRule::EvenOdd
        } else {
            skia::FillRule::Winding
        };
        let map = skia::Transform::identity();
        let outline = path(outline, Affine::scale(self.scale));
        let before = self.clips.last().cloned().flatten();
        let mask = match (outline, before) {
            (Some(path), Some(mut mask)) => {
                mask.intersect_path(&path, rule, true, map);
                Some(mask)
            }
            (path, _) => skia::Mask::new(size.0, size.1).map(|mut mask| {
                if let Some(path) = path {
                    mask.fill_path(&path, rule, true, map);
                }
                mask
            }),
        };
        self.clips.push(mask);
        Ok(())
    }

    fn pop(&mut self) {
        self.clips.pop();
    }

    fn fill(&mut self, outline: &BezPath, even_odd: bool, paint: Paint) -> Result<(), NotPainted> {
        self.fill_mapped(outline, Affine::IDENTITY, even_odd, paint)
    }

    fn stroke(
        &mut self,
        outline: &BezPath,
        map: Affine,
        stroke: &Stroke,
        paint: Paint,
    ) -> Result<(), NotPainted> {
        let map = Affine::scale(self.scale) * map;
        let growth = map.determinant().abs().sqrt();
        if !growth.is_finite() || growth <= 0.0 {
            return Ok(());
        }
        let width = stroke.width.max(THINNEST / growth);
        let area = outline.control_box().inflate(width * 2.0, width * 2.0);
        // A line's own outline has several times its steps.
        let steps = outline.elements().len() * 8;
        if !self.charge(map.transform_rect_bbox(area), steps)? {
            return Ok(());
        }
        // A line far longer than any page, or hardly there before it is mapped, is not drawn.
        let far = map.transform_rect_bbox(area);
        let far = far
            .x0
            .abs()
            .max(far.x1.abs())
            .max(far.y0.abs())
            .max(far.y1.abs());
        if far > FAR || !(1e-6..1e6).contains(&growth) {
            return Ok(());
        }
        let Some(path) = path(outline, Affine::IDENTITY) else {
            return Ok(());
        };
        let drawn = skia::Stroke {
            width: narrow(width),
            miter_limit: narrow(stroke.miter),
            line_cap: match stroke.cap {
                Cap::Butt => skia::LineCap::Butt,
                Cap::Round => skia::LineCap::Round,
                Cap::Square => skia::LineCap::Square,
            },
            line_join: match stroke.join {
                Join::Miter => skia::LineJoin::Miter,
                Join::Round => skia::LineJoin::Round,
                Join::Bevel => skia::LineJoin::Bevel,
            },
            dash: dash(outline, stroke),
        };
        if drawn.dash.is_some() {
            self.charge(map.transform_rect_bbox(area), 20_000)?;
        }
        let mask = self.clips.last().and_then(Option::as_ref);
        self.pixmap
            .stroke_path(&path, &colour(paint), &drawn, transform(map), mask);
        Ok(())
    }

    fn glyphs(
        &mut self,
        font: &Arc<Font>,
        glyphs: &[Placed],
        paint: Paint,
    ) -> Result<(), NotPainted> {
        for glyph in glyphs {
            let outline = font.outline(glyph.id);
            if !outline.is_empty() {
                self.fill_mapped(&outline, glyph.map, false, paint)?;
            }
        }
        Ok(())
    }

    fn image(&mut self, image: &Arc<Image>, map: Affine, alpha: f32) -> Result<(), NotPainted> {
        let map = Affine::scale(self.scale) * map;
        let area = map.transform_rect_bbox(Rect::new(0.0, 0.0, 1.0, 1.0));
        if !self.charge(area, 1)? || area.width().max(area.height()) > FAR {
            return Ok(());
        }
        let [a, b, c, d, _, _] = map.as_coeffs();
        let across = f64::from(image.width) / a.hypot(b).max(1.0);
        let down = f64::from(image.height) / c.hypot(d).max(1.0);
        // Pixels that would lie under one pixel are put together beforehand.
        let by = (whole(across), whole(down));
        // The same picture is often drawn twice in a row, with a mask or a template.
        let is_other = |last: &Last| !Arc::ptr_eq(&last.image, image) || last.by != by;
        if self.last.as_ref().is_none_or(is_other) {
            let (width, height, premultiplied) = shrunk(image, by);
            let size = skia::IntSize::from_wh(width, height);
            let pixmap = size.and_then(|size| skia::Pixmap::from_vec(premultiplied, size));
            self.last = pixmap.map(|pixmap| Last {
                image: Arc::clone(image),
                by,
                pixmap,
            });
        }
        let Some(Last { pixmap, .. }) = &self.last else {
            return Ok(());
        };
        let (width, height) = (f64::from(pixmap.width()), f64::from(pixmap.height()));
        let unit = Affine::scale_non_uniform(1.0 / width, 1.0 / height);
        let paint = skia::PixmapPaint {
            opacity: alpha.clamp(0.0, 1.0),
            quality: skia::FilterQuality::Bilinear,
            ..skia::PixmapPaint::default()
        };
        let mask = self.clips.last().and_then(Option::as_ref);
        self.pixmap
            .draw_pixmap(0, 0, pixmap.as_ref(), &paint, transform(map * unit), mask);
        Ok(())
    }

    fn notes(&mut self) -> &mut BTreeSet<Note> {
        &mut self.notes
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a ratio of sides between 1 and 64"
)]
fn whole(ratio: f64) -> u32 {
    (ratio + 0.25).floor().clamp(1.0, 64.0) as u32
}

/// The picture with premultiplied colours, `across` by `down` pixels put into one.
fn shrunk(image: &Image, (across, down): (u32, u32)) -> (u32, u32, Vec<u8>) {
    let (pixels, _) = image.rgba.as_chunks::<4>();
    if (across, down) == (1, 1) {
        let made: Vec<[u8; 4]> = pixels
            .iter()
            .map(|pixel| premultiplied(*pixel).map(narrow_byte))
            .collect();
        return (image.width, image.height, made.into_flattened());
    }
    let (width, height) = (image.width.div_ceil(across), image.height.div_ceil(down));
    let mut made = Vec::with_capacity(width as usize * height as usize);
    let (row, across) = (image.width as usize, across as usize);
    let is_opaque = pixels.iter().all(|pixel| pixel[3] == 255);
    // At most 64 bytes are put together downwards, so that 16 bits hold their sum.
    let mut sums = vec![0_u16; row * 4];
    for rows in image.rgba.chunks(row * 4 * down as usize) {
        sums.fill(0);
        for line in rows.chunks(row * 4) {
            if is_opaque {
                for (sum, part) in sums.iter_mut().zip(line) {
                    *sum += u16::from(*part);
                }
            } else {
                let (pixels, _) = line.as_chunks::<4>();
                for (sum, pixel) in sums.chunks_exact_mut(4).zip(pixels) {
                    for (sum, part) in sum.iter_mut().zip(premultiplied(*pixel)) {
                        *sum += u16::from(narrow_byte(part));
                    }
                }
            }
        }
        let lines = rows.len().div_ceil(row * 4);
        for columns in sums.chunks(across * 4) {
            let mut sum = [0_u32; 4];
            for column in columns.as_chunks::<4>().0 {
                for (sum, part) in sum.iter_mut().zip(column) {
                    *sum += u32::from(*part);
                }
            }
            let count = lines * columns.len() / 4;
            let count = u32::try_from(count).unwrap_or(u32::MAX).max(1);
            made.push(sum.map(|sum| narrow_byte(sum / count)));
        }
    }
    (width, height, made.into_flattened())
}

/// The colours as far as they are seen.
fn premultiplied(pixel: [u8; 4]) -> [u32; 4] {
    let [red, green, blue, alpha] = pixel.map(u32::from);
    if alpha == 255 {
        return [red, green, blue, alpha];
    }
    let seen = |part: u32| part * alpha / 255;
    [seen(red), seen(green), seen(blue), alpha]
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "what was one byte, or a mean of bytes"
)]
fn narrow_byte(mean: u32) -> u8 {
    mean as u8
}

fn dash(outline: &BezPath, stroke: &Stroke) -> Option<skia::StrokeDash> {
    let sum: f64 = stroke.dash.iter().sum();
    let fits = stroke.dash.iter().all(|length| *length >= 0.0) && sum > 0.0;
    if !fits || outline.perimeter(0.5) / sum > DASHES_MAX {
        return None;
    }
    let mut lengths: Vec<f32> = stroke.dash.iter().copied().map(narrow).collect();
    if lengths.len() % 2 == 1 {
        lengths.extend_from_within(..);
    }
    skia::StrokeDash::new(lengths, narrow(stroke.dash_offset))
}

/// An outline, mapped; places far beside the page are drawn nearer, since tiny-skia cannot draw
/// them.
fn path(outline: &BezPath, map: Affine) -> Option<skia::Path> {
    let mut made = skia::PathBuilder::new();
    let p = |point: kurbo::Point| {
        let at = map * point;
        (narrow(at.x.clamp(-FAR, FAR)), narrow(at.y.clamp(-FAR, FAR)))
    };
    for element in outline.elements() {
        match *element {
            PathEl::MoveTo(to) => made.move_to(p(to).0, p(to).1),
            PathEl::LineTo(to) => made.line_to(p(to).0, p(to).1),
            PathEl::QuadTo(by, to) => made.quad_to(p(by).0, p(by).1, p(to).0, p(to).1),
            PathEl::CurveTo(one, two, to) => {
                made.cubic_to(p(one).0, p(one).1, p(two).0, p(two).1, p(to).0, p(to).1);
            }
            PathEl::ClosePath => made.close(),
        }
    }
    made.finish()
}

fn colour(paint: Paint) -> skia::Paint<'static> {
    let [red, green, blue] = paint.rgb;
    let mut made = skia::Paint::default();
    let alpha = (paint.alpha.clamp(0.0, 1.0) * 255.0).round();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it lies between 0 and 255"
    )]
    made.set_color_rgba8(red, green, blue, alpha as u8);
    made
}

fn transform(map: Affine) -> skia::Transform {
    let it = map.as_coeffs().map(narrow);
    skia::Transform::from_row(it[0], it[1], it[2], it[3], it[4], it[5])
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "places on a page need no more than seven digits"
)]
pub(crate) fn narrow(number: f64) -> f32 {
    number as f32
}
