//! What drawing a page would take, found before anything is drawn: hayro has no bounds of its own,
//! and a page of a few hundred bytes can ask for all memory there is.
//!
//! The page is interpreted once onto a canvas that only counts. What is counted is what drawing
//! costs: the length of outlines in pixels, pixels under shapes, dashes, pixels of pictures, and
//! surfaces of their own (groups, masks, tiles).

use hayro::hayro_interpret::font::{Glyph, GlyphRun};
use hayro::hayro_interpret::pattern::{Pattern, ShadingPattern, TilingPattern};
use hayro::hayro_interpret::shading::{ShadingType, Triangle};
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Device, DrawMode, DrawProps, Image, ImageDrawProps, Paint, SoftMask,
    StrokeProps,
};
use kurbo::{Affine, BezPath, PathEl, Point, Rect, Shape};

use crate::NotPainted;

/// Pixels of outlines on one page.
const EDGES_MAX: f64 = 30_000_000.0;
/// Pages' worth of pixels under shapes.
const LAYERS_MAX: f64 = 1_000.0;
/// Pages' worth of pixels of surfaces.
const SURFACES_MAX: f64 = 40.0;
/// Dashes on one page.
const DASHES_MAX: f64 = 500_000.0;
/// Pixels of pictures, each time that they are drawn.
const IMAGES_MAX: f64 = 150_000_000.0;
/// What a pixel of a mesh takes, beside one of a plain shape.
const MESH: f64 = 40.0;
/// How often a patch may cover its own pixels, folded as it may be.
const FOLDS: f64 = 8.0;

/// The largest parts of a file that a page may draw again and again, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Weights {
    /// The largest tile (ISO 32000-1, 8.7.3).
    pub(super) tile: u64,
    /// The largest glyph that is drawn by instructions (9.6.5).
    pub(super) glyph: u64,
    /// The largest function that is a program (7.10.5).
    pub(super) function: u64,
}

/// A canvas that counts.
pub(super) struct Cost {
    page: Rect,
    weights: [f64; 3],
    edges: f64,
    covered: f64,
    surfaces: f64,
    dashes: f64,
    images: f64,
}

/// A size as a number to count with.
fn size(bytes: u64) -> f64 {
    f64::from(u32::try_from(bytes).unwrap_or(u32::MAX))
}

impl Cost {
    /// For pages of so many pixels.
    pub(super) fn new(page: Rect, weights: Weights) -> Self {
        Self {
            page,
            weights: [weights.tile, weights.glyph, weights.function].map(size),
            edges: 0.0,
            covered: 0.0,
            surfaces: 0.0,
            dashes: 0.0,
            images: 0.0,
        }
    }

    /// Whether everything together is no more than is drawn.
    pub(super) fn is_affordable(&self) -> bool {
        let area = self.page.area();
        // What is not a number is not affordable.
        self.edges <= EDGES_MAX
            && self.covered <= LAYERS_MAX * area
            && self.surfaces <= SURFACES_MAX * area
            && self.dashes <= DASHES_MAX
            && self.images <= IMAGES_MAX
    }

    pub(super) fn checked(&self) -> Result<(), NotPainted> {
        self.is_affordable()
            .then_some(())
            .ok_or(NotPainted::TooMuch)
    }

    /// Charges an outline in pixels, so many times over, and answers its length.
    fn outline(&mut self, path: &BezPath, map: Affine, times: f64) -> f64 {
        let around = 2.0 * (self.page.width() + self.page.height());
        let (mut start, mut last) = (Point::ZERO, Point::ZERO);
        let mut whole = 0.0;
        for element in path.elements() {
            let length = match *element {
                PathEl::MoveTo(to) => {
                    start = to;
                    0.0
                }
                PathEl::LineTo(to) => along(map, &[last, to]),
                PathEl::QuadTo(by, to) => along(map, &[last, by, to]),
                PathEl::CurveTo(one, two, to) => along(map, &[last, one, two, to]),
                PathEl::ClosePath => along(map, &[last, start]),
            };
            last = element.end_point().unwrap_or(start);
            whole += length;
            // Curves are cut into more pieces the larger they are, seen or not.
            self.edges += times * (length.min(around) + length.sqrt() + 4.0);
        }
        whole
    }

    /// Charges the pixels under a shape.
    fn cover(&mut self, path: &BezPath, map: Affine) -> Rect {
        let bounds = map.transform_rect_bbox(path.bounding_box());
        self.covered += bounds.intersect(self.page).area().max(0.0);
        bounds
    }

    fn stroke(&mut self, path: &BezPath, map: Affine, stroke: &StrokeProps) {
        // Both sides, their joins, and a wide line's many steps.
        let length = self.outline(path, map, 4.0);
        let scale = map.determinant().abs().sqrt();
        let wide = f64::from(stroke.line_width.abs()) * scale;
        let elements = path.elements().len().min(1 << 24);
        self.edges += size(elements as u64) * wide.min(self.page.width());
        if stroke.dash_array.is_empty() {
            return;
        }
        let period: f32 = stroke.dash_array.iter().map(|dash| dash.abs()).sum();
        let period = f64::from(period) * scale;
        let passed = f64::from(stroke.dash_offset.abs()) * scale;
        self.dashes += (length + passed) / period * size(stroke.dash_array.len() as u64);
    }

    fn paint(&mut self, paint: &Paint<'_>, bounds: Rect, is_stroke: bool) {
        match paint {
            Paint::Color(_) => {}
            Paint::Pattern(pattern) => match &**pattern {
                Pattern::Shading(shading) => self.shading(shading, bounds),
                Pattern::Tiling(tiles) => self.tiles(tiles, bounds, is_stroke),
            },
        }
    }

    fn shading(&mut self, pattern: &ShadingPattern, bounds: Rect) {
        let [.., function] = self.weights;
        let map = pattern.matrix;
        let pixels = match &*pattern.shading.shading_type {
            ShadingType::TriangleMesh { triangles, .. } => {
                let corners = |one: &Triangle| [one.p0.point, one.p1.point, one.p2.point];
                let areas = triangles.iter().map(|one| self.around(map, &corners(one)));
                areas.sum()
            }
            ShadingType::CoonsPatchMesh { patches, .. } => {
                let points = patches.iter().map(|patch| &patch.control_points[..]);
                points.map(|points| FOLDS * self.around(map, points)).sum()
            }
            ShadingType::TensorProductPatchMesh { patches, .. } => {
                let points = patches.iter().map(|patch| &patch.control_points[..]);
                points.map(|points| FOLDS * self.around(map, points)).sum()
            }
            ShadingType::FunctionBased { .. }
            | ShadingType::RadialAxial { .. }
            | ShadingType::Dummy => 0.0,
        };
        self.covered += MESH * pixels;
        let area = bounds.intersect(self.page).area().max(0.0);
        self.surfaces += area * (0.01 + function / 20.0);
    }

    /// The pixels of the page around some points, and some for the work on them.
    fn around(&self, map: Affine, points: &[Point]) -> f64 {
        let corners = points.iter().map(|point| map * *point);
        let bounds = corners.fold(None, |bounds: Option<Rect>, corner| {
            let point = Rect::from_points(corner, corner);
            Some(bounds.map_or(point, |bounds| bounds.union_pt(corner)))
        });
        let bounds = bounds.unwrap_or(Rect::ZERO);
        bounds.intersect(self.page).area().max(0.0) + 64.0
    }

    fn tiles(&mut self, tiles: &TilingPattern<'_>, bounds: Rect, is_stroke: bool) {
        let [tile, ..] = self.weights;
        let scale = tiles.matrix.determinant().abs().sqrt();
        let (step_x, step_y) = (f64::from(tiles.x_step.abs()), f64::from(tiles.y_step.abs()));
        // One step, or all of the shape if that is less, is drawn to be repeated.
        let across = (step_x * scale).min(bounds.width()).max(1.0);
        let down = (step_y * scale).min(bounds.height()).max(1.0);
        self.surfaces += across * down;
        // Tiles that are larger than their step are drawn upon each other.
        let copies = (tiles.bbox.width() / step_x).ceil().max(1.0)
            * (tiles.bbox.height() / step_y).ceil().max(1.0);
        self.edges += copies * (tile + 64.0);
        if !self.is_affordable() {
            return;
        }
        let before = (self.edges, self.covered, self.surfaces);
        let _ = tiles.interpret(self, tiles.matrix, is_stroke);
        let more = copies - 1.0;
        self.edges += more * (self.edges - before.0);
        self.covered += more * (self.covered - before.1);
        self.surfaces += more * (self.surfaces - before.2);
    }

    fn mask(&mut self, mask: Option<&SoftMask<'_>>) {
        if let Some(mask) = mask {
            self.surfaces += self.page.area() / 4.0;
            if self.is_affordable() {
                mask.interpret(self);
            }
        }
    }

    fn drawn(&mut self, path: &BezPath, map: Affine, paint: &Paint<'_>, mode: &DrawMode) {
        let bounds = self.cover(path, map);
        let stroke = match mode {
            DrawMode::Invisible => return,
            DrawMode::Fill(_) => None,
            DrawMode::Stroke(stroke) | DrawMode::FillAndStroke(_, stroke) => Some(stroke),
        };
        if !matches!(mode, DrawMode::Stroke(_)) {
            self.outline(path, map, 1.0);
            self.paint(paint, bounds, false);
        }
        if let Some(stroke) = stroke {
            self.stroke(path, map, stroke);
            self.paint(paint, bounds, true);
        }
    }
}

/// The length of a line through points, in pixels.
fn along(map: Affine, points: &[Point]) -> f64 {
    let pairs = points.windows(2);
    pairs
        .map(|pair| (map * pair[0]).distance(map * pair[1]))
        .sum()
}

impl<'a> Device<'a> for Cost {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        if self.is_affordable() {
            self.mask(props.soft_mask.as_ref());
            self.drawn(path, props.transform, &props.paint, mode);
        }
    }

    fn push_clip_path(&mut self, clip: &ClipPath) {
        if self.is_affordable() {
            self.outline(&clip.path, Affine::IDENTITY, 1.0);
            self.cover(&clip.path, Affine::IDENTITY);
        }
    }

    fn push_transparency_group(&mut self, _: f32, mask: Option<SoftMask<'a>>, _: BlendMode) {
        if self.is_affordable() {
            self.surfaces += self.page.area() / 32.0;
            self.mask(mask.as_ref());
        }
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        if !self.is_affordable() {
            return;
        }
        self.mask(props.soft_mask.as_ref());
        for placed in run.glyphs() {
            if !self.is_affordable() {
                return;
            }
            match &**placed {
                Glyph::Outline(glyph) => {
                    let map = props.transform * placed.transform();
                    self.drawn(&glyph.outline(), map, &props.paint, mode);
                }
                Glyph::Type3(glyph) => {
                    let [_, weight, _] = self.weights;
                    self.edges += weight + 64.0;
                    glyph.interpret(self, props.transform, placed.transform(), &props.paint);
                }
            }
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        if self.is_affordable() {
            self.images += f64::from(image.width()) * f64::from(image.height());
            self.mask(props.soft_mask.as_ref());
            let unit = Rect::new(0.0, 0.0, 1.0, 1.0).to_path(0.1);
            self.cover(&unit, props.transform);
            self.edges += 64.0;
        }
    }

    fn pop_clip(&mut self) {}

    fn pop_transparency_group(&mut self) {}
}
