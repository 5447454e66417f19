//! Fonts that are open: which glyph a sign has, and its outline.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use kurbo::BezPath;
use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, GlyphId, MetadataProvider as _};
use yichuan_typeface::{Bytes, FaceInfo, FaceSource, Faces, Role};

/// Outlines of one font that are kept.
const KEPT_MAX: usize = 20_000;
/// Steps of one outline that are drawn; letters have a few hundred.
const STEPS_MAX: usize = 20_000;

/// A font.
pub(crate) struct Font {
    pub(crate) bytes: Bytes,
    pub(crate) index: u32,
    pub(crate) units: f64,
    outlines: Mutex<HashMap<u32, Arc<BezPath>>>,
}

impl Font {
    /// Opens a font; none if it has no table of glyphs that is known.
    pub(crate) fn open(bytes: Bytes, index: u32) -> Option<Self> {
        let font = FontRef::from_index((*bytes).as_ref(), index).ok()?;
        font.outline_glyphs().format()?;
        let units = font.metrics(Size::unscaled(), LocationRef::default());
        let units = f64::from(units.units_per_em);
        if !(16.0..=65_535.0).contains(&units) {
            return None;
        }
        Some(Self {
            bytes,
            index,
            units,
            outlines: Mutex::default(),
        })
    }

    fn font(&self) -> Option<FontRef<'_>> {
        FontRef::from_index((*self.bytes).as_ref(), self.index).ok()
    }

    /// The glyph of a sign.
    pub(crate) fn glyph(&self, sign: char) -> Option<u32> {
        let id = self.font()?.charmap().map(sign)?.to_u32();
        (id != 0).then_some(id)
    }

    /// How far the next glyph stands, in ems.
    pub(crate) fn advance(&self, glyph: u32) -> Option<f64> {
        let font = self.font()?;
        let metrics = font.glyph_metrics(Size::unscaled(), LocationRef::default());
        let advance = metrics.advance_width(GlyphId::new(glyph))?;
        Some(f64::from(advance) / self.units)
    }

    /// The outline of a glyph in the em square, 1 high, y upwards; empty where there is none.
    pub(crate) fn outline(&self, glyph: u32) -> Arc<BezPath> {
        let mut kept = self.outlines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(outline) = kept.get(&glyph) {
            return Arc::clone(outline);
        }
        let outline = Arc::new(self.drawn(glyph).unwrap_or_default());
        if kept.len() < KEPT_MAX {
            kept.insert(glyph, Arc::clone(&outline));
        }
        outline
    }

    fn drawn(&self, glyph: u32) -> Option<BezPath> {
        let font = self.font()?;
        let outline = font.outline_glyphs().get(GlyphId::new(glyph))?;
        let mut pen = Pen {
            path: BezPath::new(),
            unit: 1.0 / self.units,
        };
        let settings = DrawSettings::unhinted(Size::unscaled(), LocationRef::default());
        outline.draw(settings, &mut pen).ok()?;
        let drawn = pen.path;
        (drawn.elements().len() < STEPS_MAX && drawn.is_finite()).then_some(drawn)
    }
}

struct Pen {
    path: BezPath,
    unit: f64,
}

impl Pen {
    fn at(&self, x: f32, y: f32) -> (f64, f64) {
        (f64::from(x) * self.unit, f64::from(y) * self.unit)
    }
}

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.path.move_to(self.at(x, y));
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.path.line_to(self.at(x, y));
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        self.path.quad_to(self.at(cx, cy), self.at(x, y));
    }

    fn curve_to(&mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32) {
        self.path
            .curve_to(self.at(ax, ay), self.at(bx, by), self.at(x, y));
    }

    fn close(&mut self) {
        self.path.close_path();
    }
}

/// The font that has a sign, and its glyph there; none where no font has it.
type Sign = Option<(Arc<Font>, u32)>;

/// The fonts of this computer that were opened for a file.
pub(crate) struct Installed<'f> {
    faces: &'f Faces,
    open: HashMap<FaceSource, Option<Arc<Font>>>,
    named: HashMap<String, Option<(Arc<Font>, bool)>>,
    chains: HashMap<Role, Vec<&'f FaceInfo>>,
    signs: HashMap<(Role, char), Sign>,
}

/// Names and signs whose fonts are remembered.
const REMEMBERED_MAX: usize = 20_000;

impl<'f> Installed<'f> {
    pub(crate) fn new(faces: &'f Faces) -> Self {
        Self {
            faces,
            open: HashMap::new(),
            named: HashMap::new(),
            chains: HashMap::new(),
            signs: HashMap::new(),
        }
    }

    /// The font for a name, and whether another stands in for it.
    pub(crate) fn find(&mut self, name: &str) -> Option<(Arc<Font>, bool)> {
        if let Some(known) = self.named.get(name) {
            return known.clone();
        }
        let found = self.faces.find(name);
        let found = found.and_then(|found| Some((self.load(found.face)?, found.is_substitute)));
        if self.named.len() < REMEMBERED_MAX {
            self.named.insert(name.to_owned(), found.clone());
        }
        found
    }

    /// The first font of a role's chain that has the sign.
    pub(crate) fn with_sign(&mut self, role: Role, sign: char) -> Option<(Arc<Font>, u32)> {
        if let Some(known) = self.signs.get(&(role, sign)) {
            return known.clone();
        }
        let faces = self.faces;
        let chain = self.chains.entry(role).or_insert_with(|| faces.chain(role));
        let chain = chain.clone();
        let found = chain.into_iter().find_map(|face| {
            let font = self.load(face)?;
            let glyph = font.glyph(sign)?;
            Some((font, glyph))
        });
        if self.signs.len() < REMEMBERED_MAX {
            self.signs.insert((role, sign), found.clone());
        }
        found
    }

    fn load(&mut self, face: &FaceInfo) -> Option<Arc<Font>> {
        if let Some(known) = self.open.get(&face.source) {
            return known.clone();
        }
        let bytes = self.faces.load(face).ok();
        let font = bytes.and_then(|bytes| Font::open(bytes, face.source.index));
        let font = font.map(Arc::new);
        self.open.insert(face.source.clone(), font.clone());
        font
    }
}
