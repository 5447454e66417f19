//! Pages as vectors in a PDF, with the parts of fonts that they use.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use krilla::color::rgb;
use krilla::geom::{Path, PathBuilder, Point, Size, Transform};
use krilla::num::NormalizedF32;
use krilla::paint as k;
use krilla::surface::Surface;
use krilla::text::{Font as Embedded, GlyphId, KrillaGlyph};
use kurbo::{Affine, BezPath, PathEl};

use crate::canvas::{Canvas, Cap, Image, Join, Paint, Placed, Stroke};
use crate::glyphs::Font;
use crate::raster::narrow;
use crate::{NotPainted, Note};

/// Steps of all outlines on one surface.
const STEPS_MAX: usize = 4_000_000;
/// Clips in each other.
const CLIPS_MAX: usize = 64;

/// Fonts and pictures of one file, each embedded once.
#[derive(Default)]
pub(crate) struct Fonts {
    /// By the place of the font, which is kept so that no other takes it.
    open: HashMap<usize, (Arc<Font>, Option<Embedded>)>,
}

impl Fonts {
    fn embedded(&mut self, font: &Arc<Font>) -> Option<Embedded> {
        let place = Arc::as_ptr(font) as usize;
        let (_, embedded) = self.open.entry(place).or_insert_with(|| {
            let bytes = Arc::clone(&font.bytes);
            let embedded = Embedded::new(bytes.into(), font.index);
            (Arc::clone(font), embedded)
        });
        embedded.clone()
    }
}

/// A surface in millimetres.
pub(crate) struct Vectors<'s, 'd> {
    surface: &'s mut Surface<'d>,
    fonts: &'s mut Fonts,
    open: usize,
    steps: usize,
    notes: BTreeSet<Note>,
}

impl<'s, 'd> Vectors<'s, 'd> {
    pub(crate) fn new(surface: &'s mut Surface<'d>, fonts: &'s mut Fonts) -> Self {
        Self {
            surface,
            fonts,
            open: 0,
            steps: STEPS_MAX,
            notes: BTreeSet::new(),
        }
    }

    /// Takes all clips back, and answers what was noted.
    pub(crate) fn close(mut self) -> BTreeSet<Note> {
        while self.open > 0 {
            self.pop();
        }
        self.notes
    }

    fn charge(&mut self, outline: &BezPath) -> Result<(), NotPainted> {
        let steps = outline.elements().len() + 1;
        self.steps = self.steps.checked_sub(steps).ok_or(NotPainted::TooMuch)?;
        Ok(())
    }

    fn filled(&mut self, outline: &BezPath, even_odd: bool, paint: Paint) {
        if let Some(path) = path(outline) {
            self.surface.set_stroke(None);
            self.surface.set_fill(Some(fill(paint, even_odd)));
            self.surface.draw_path(&path);
        }
    }

    /// Draws glyphs that stand on one line, all with the same linear map.
    fn line(&mut self, font: Embedded, line: &[(f64, &Placed)], paint: Paint) {
        let Some((_, first)) = line.first() else {
            return;
        };
        let mut text = String::new();
        let mut glyphs = Vec::with_capacity(line.len());
        for (place, (at, glyph)) in line.iter().enumerate() {
            let start = text.len();
            text.push(glyph.sign);
            let next = line.get(place + 1).map_or(*at + 1.0, |(next, _)| *next);
            glyphs.push(KrillaGlyph {
                glyph_id: GlyphId::new(glyph.id),
                text_range: start..text.len(),
                x_advance: narrow(next - at),
                x_offset: 0.0,
                y_offset: 0.0,
                y_advance: 0.0,
                location: None,
            });
        }
        let map = first.map * Affine::scale_non_uniform(1.0, -1.0);
        self.surface.push_transform(&transform(map));
        self.surface.set_stroke(None);
        self.surface.set_fill(Some(fill(paint, false)));
        let start = Point::from_xy(0.0, 0.0);
        self.surface
            .draw_glyphs(start, &glyphs, font, &text, 1.0, false);
        self.surface.pop();
    }
}

impl Canvas for Vectors<'_, '_> {
    fn push_clip(&mut self, outline: &BezPath, even_odd: bool) -> Result<(), NotPainted> {
        self.charge(outline)?;
        if self.open >= CLIPS_MAX {
            return Err(NotPainted::TooMuch);
        }
        let nothing = || {
            let mut point = PathBuilder::new();
            point.move_to(-1.0, -1.0);
            point.line_to(-1.0, -0.999);
            point.line_to(-0.999, -1.0);
            point.close();
            point.finish()
        };
        let Some(path) = path(outline).or_else(nothing) else {
            return Err(NotPainted::Size);
        };
        self.surface.push_clip_path(&path, &rule(even_odd));
        self.open += 1;
        Ok(())
    }

    fn pop(&mut self) {
        if self.open > 0 {
            self.surface.pop();
            self.open -= 1;
        }
    }

    fn fill(&mut self, outline: &BezPath, even_odd: bool, paint: Paint) -> Result<(), NotPainted> {
        self.charge(outline)?;
        self.filled(outline, even_odd, paint);
        Ok(())
    }

    fn stroke(
        &mut self,
        outline: &BezPath,
        map: Affine,
        stroke: &Stroke,
        paint: Paint,
    ) -> Result<(), NotPainted> {
        self.charge(outline)?;
        let Some(path) = path(outline).filter(|_| map.is_finite()) else {
            return Ok(());
        };
        let sum: f64 = stroke.dash.iter().sum();
        let dash = (sum > 0.0).then(|| k::StrokeDash {
            array: stroke.dash.iter().copied().map(narrow).collect(),
            offset: narrow(stroke.dash_offset),
        });
        let drawn = k::Stroke {
            paint: colour(paint).into(),
            width: narrow(stroke.width),
            miter_limit: narrow(stroke.miter),
            line_cap: match stroke.cap {
                Cap::Butt => k::LineCap::Butt,
                Cap::Round => k::LineCap::Round,
                Cap::Square => k::LineCap::Square,
            },
            line_join: match stroke.join {
                Join::Miter => k::LineJoin::Miter,
                Join::Round => k::LineJoin::Round,
                Join::Bevel => k::LineJoin::Bevel,
            },
            opacity: opacity(paint.alpha),
            dash,
        };
        self.surface.push_transform(&transform(map));
        self.surface.set_fill(None);
        self.surface.set_stroke(Some(drawn));
        self.surface.draw_path(&path);
        self.surface.set_stroke(None);
        self.surface.pop();
        Ok(())
    }

    fn glyphs(
        &mut self,
        font: &Arc<Font>,
        glyphs: &[Placed],
        paint: Paint,
    ) -> Result<(), NotPainted> {
        let Some(embedded) = self.fonts.embedded(font) else {
            for glyph in glyphs {
                let outline = glyph.map * &*font.outline(glyph.id);
                self.fill(&outline, false, paint)?;
            }
            return Ok(());
        };
        self.steps = self
            .steps
            .checked_sub(glyphs.len())
            .ok_or(NotPainted::TooMuch)?;
        let mut line: Vec<(f64, &Placed)> = Vec::new();
        for glyph in glyphs {
            if glyph.map.determinant().abs() < 1e-9 || !glyph.map.is_finite() {
                continue;
            }
            let along = line
                .first()
                .and_then(|(_, first)| along(first.map, glyph.map));
            if along.is_none() {
                let done = std::mem::take(&mut line);
                self.line(embedded.clone(), &done, paint);
            }
            line.push((along.unwrap_or(0.0), glyph));
        }
        self.line(embedded, &line, paint);
        Ok(())
    }

    fn image(&mut self, image: &Arc<Image>, map: Affine, alpha: f32) -> Result<(), NotPainted> {
        self.steps = self.steps.checked_sub(1).ok_or(NotPainted::TooMuch)?;
        let Some(size) = Size::from_wh(1.0, 1.0) else {
            return Ok(());
        };
        if !map.is_finite() || map.determinant().abs() < 1e-9 {
            return Ok(());
        }
        let (width, height) = (image.width, image.height);
        let drawn = krilla::image::Image::from_rgba8(image.rgba.clone(), width, height);
        self.surface.push_transform(&transform(map));
        self.surface.push_opacity(opacity(alpha));
        self.surface.draw_image(drawn, size);
        self.surface.pop();
        self.surface.pop();
        Ok(())
    }

    fn notes(&mut self) -> &mut BTreeSet<Note> {
        &mut self.notes
    }
}

/// How far along its own line the second map stands from the first, in ems; none where it stands
/// beside that line or is another map.
fn along(first: Affine, second: Affine) -> Option<f64> {
    let (one, other) = (first.as_coeffs(), second.as_coeffs());
    let mut pairs = one.iter().zip(other).take(4);
    if !pairs.all(|(one, other)| (one - other).abs() < 1e-6) {
        return None;
    }
    let determinant = one[0] * one[3] - one[1] * one[2];
    let (x, y) = (other[4] - one[4], other[5] - one[5]);
    let across = (one[3] * x - one[2] * y) / determinant;
    let up = (one[0] * y - one[1] * x) / determinant;
    (up.abs() < 1e-4).then_some(across)
}

fn path(outline: &BezPath) -> Option<Path> {
    if !outline.is_finite() {
        return None;
    }
    let mut made = PathBuilder::new();
    let p = |point: kurbo::Point| (narrow(point.x), narrow(point.y));
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

fn rule(even_odd: bool) -> k::FillRule {
    if even_odd {
        k::FillRule::EvenOdd
    } else {
        k::FillRule::NonZero
    }
}

fn fill(paint: Paint, even_odd: bool) -> k::Fill {
    k::Fill {
        paint: colour(paint).into(),
        opacity: opacity(paint.alpha),
        rule: rule(even_odd),
    }
}

fn colour(paint: Paint) -> rgb::Color {
    let [red, green, blue] = paint.rgb;
    rgb::Color::new(red, green, blue)
}

fn opacity(alpha: f32) -> NormalizedF32 {
    NormalizedF32::new(alpha.clamp(0.0, 1.0)).unwrap_or(NormalizedF32::ONE)
}

fn transform(map: Affine) -> Transform {
    let it = map.as_coeffs().map(narrow);
    Transform::from_row(it[0], it[1], it[2], it[3], it[4], it[5])
}
