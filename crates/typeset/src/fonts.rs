//! The fonts of a document: which glyph stands for a character, how wide it is, where its ink ends.

use std::collections::HashMap;

use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};
use yichuan_typeface::{Bytes, Faces, Role};

use crate::refusal::Refused;

/// A glyph of one of the document's fonts; lengths in ems.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Shape {
    /// Which of [`Fonts::used`].
    pub(crate) font: usize,
    pub(crate) glyph: u16,
    pub(crate) advance: f64,
    /// How high above the base line its ink reaches, and where it ends below, upwards.
    pub(crate) ink: (f64, f64),
}

/// A font that the document uses.
pub(crate) struct Used {
    /// The family's name, as files name it.
    pub(crate) family: String,
    pub(crate) bytes: Bytes,
    pub(crate) index: u32,
}

/// The fonts of a document, loaded when a character asks for them.
pub(crate) struct Fonts<'f> {
    faces: &'f Faces,
    pub(crate) used: Vec<Used>,
    /// For each role the fonts that may stand in it, as places in `used` once they were loaded.
    chains: HashMap<Role, Vec<Candidate>>,
    known: HashMap<(Role, char), Shape>,
}

#[derive(Clone, Copy)]
enum Candidate {
    /// A place in the chain that the faces have.
    Waiting(usize),
    Loaded(usize),
    Broken,
}

/// Fonts that are tried for one character.
const TRIED_MAX: usize = 12;

impl<'f> Fonts<'f> {
    pub(crate) fn new(faces: &'f Faces) -> Self {
        Self {
            faces,
            used: Vec::new(),
            chains: HashMap::new(),
            known: HashMap::new(),
        }
    }

    /// The glyph of a character in a role; from another font where the role's has none.
    pub(crate) fn shape(&mut self, role: Role, sign: char) -> Result<Shape, Refused> {
        if let Some(shape) = self.known.get(&(role, sign)) {
            return Ok(*shape);
        }
        let count = self.chain(role)?;
        for place in 0..count {
            if let Some(font) = self.load(role, place)
                && let Some(shape) = self.look(font, sign)
            {
                self.known.insert((role, sign), shape);
                return Ok(shape);
            }
        }
        Err(Refused::Glyph { sign })
    }

    fn chain(&mut self, role: Role) -> Result<usize, Refused> {
        if let Some(chain) = self.chains.get(&role) {
            return Ok(chain.len());
        }
        let count = self.faces.chain(role).len().min(TRIED_MAX);
        if self.faces.role(role).is_none() {
            return Err(Refused::Font { role });
        }
        let chain = (0..count).map(Candidate::Waiting).collect();
        self.chains.insert(role, chain);
        Ok(count)
    }

    fn load(&mut self, role: Role, place: usize) -> Option<usize> {
        let candidate = *self.chains.get(&role)?.get(place)?;
        let at = match candidate {
            Candidate::Loaded(font) => return Some(font),
            Candidate::Broken => return None,
            Candidate::Waiting(at) => at,
        };
        let face = *self.faces.chain(role).get(at)?;
        let bytes = self.faces.load(face).ok();
        let read = bytes
            .filter(|bytes| FontRef::from_index((**bytes).as_ref(), face.source.index).is_ok());
        let font = read.map(|bytes| {
            let same = |used: &Used| {
                used.index == face.source.index
                    && core::ptr::eq((*used.bytes).as_ref(), (*bytes).as_ref())
            };
            self.used.iter().position(same).unwrap_or_else(|| {
                self.used.push(Used {
                    family: face.families.first().cloned().unwrap_or_default(),
                    bytes,
                    index: face.source.index,
                });
                self.used.len() - 1
            })
        });
        if let Some(candidate) = self
            .chains
            .get_mut(&role)
            .and_then(|chain| chain.get_mut(place))
        {
            *candidate = font.map_or(Candidate::Broken, Candidate::Loaded);
        }
        font
    }

    fn look(&self, font: usize, sign: char) -> Option<Shape> {
        let used = self.used.get(font)?;
        let read = FontRef::from_index((*used.bytes).as_ref(), used.index).ok()?;
        let glyph = read.charmap().map(sign)?;
        let short = u16::try_from(glyph.to_u32()).ok().filter(|id| *id > 0)?;
        let metrics = read.glyph_metrics(Size::unscaled(), LocationRef::default());
        let em = f64::from(
            read.metrics(Size::unscaled(), LocationRef::default())
                .units_per_em,
        );
        let em = em.max(1.0);
        let bounds = metrics.bounds(glyph);
        let ink = bounds.map_or((0.0, 0.0), |bounds| {
            (f64::from(bounds.y_max) / em, f64::from(bounds.y_min) / em)
        });
        Some(Shape {
            font,
            glyph: short,
            advance: f64::from(metrics.advance_width(glyph)?) / em,
            ink,
        })
    }
}
