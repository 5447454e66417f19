//! Seals on pages: the picture in the seal, at the boundary that the signature says.

use std::collections::BTreeSet;
use std::sync::Arc;

use kurbo::{Affine, BezPath};
use yichuan_layout::geometry::Area;
use yichuan_layout::parts::{Element, Parts};
use yichuan_seal::ses::{SesSeal, SesSignature};

use super::id;
use super::look::area;
use super::outline::rectangle;
use crate::canvas::{Canvas, Image, Paint, Placed, Stroke};
use crate::glyphs::Font;
use crate::{NotPainted, Note, images};

/// Signatures and stamps of a document that are looked at.
const SIGNATURES_MAX: usize = 200;
const STAMPS_MAX: usize = 5_000;

/// A seal at its place on a page.
pub(crate) struct Stamp {
    pub(crate) page: u64,
    pub(crate) boundary: Area,
    /// Relative to the boundary's corner.
    within: Option<Area>,
    pub(crate) picture: Arc<Vec<u8>>,
}

/// The stamps of all signatures that the document's body leads to.
pub(crate) fn of(parts: &mut Parts, base: &str, body: Element) -> Result<Vec<Stamp>, NotPainted> {
    let mut stamps = Vec::new();
    let list = body.child("Signatures").and_then(Element::word);
    let Some(list) = list.and_then(|location| parts.locate(base, location)) else {
        return Ok(stamps);
    };
    let xml = parts.xml(&list)?;
    for listed in xml.root().all("Signature").take(SIGNATURES_MAX) {
        let location = listed.attribute("BaseLoc");
        let location = location.or_else(|| listed.child("BaseLoc").and_then(Element::word));
        let Some(name) = location.and_then(|location| parts.locate(&list, location)) else {
            continue;
        };
        one(parts, &name, &mut stamps)?;
    }
    Ok(stamps)
}

/// The stamps of one signature.
fn one(parts: &mut Parts, name: &str, stamps: &mut Vec<Stamp>) -> Result<(), NotPainted> {
    let xml = parts.xml(name)?;
    let root = xml.root();
    let info = root.child("SignedInfo").unwrap_or(root);
    let places: Vec<_> = root
        .tree()
        .into_iter()
        .filter(|element| element.name() == "StampAnnot")
        .filter_map(|stamp| {
            let page = id(stamp.attribute("PageRef"))?;
            let boundary = area(stamp.attribute("Boundary")?)?;
            Some((page, boundary, stamp.attribute("Clip").and_then(area)))
        })
        .take(STAMPS_MAX.saturating_sub(stamps.len()))
        .collect();
    if places.is_empty() {
        return Ok(());
    }
    let mut locate = |element: Option<Element>| {
        let name = parts.locate(name, element?.word()?)?;
        parts.read(&name).ok()
    };
    let value = locate(root.child("SignedValue"));
    let seal = locate(info.child("Seal").and_then(|seal| seal.child("BaseLoc")));
    let picture = value
        .and_then(|bytes| SesSignature::read(&bytes).ok())
        .map(|signature| signature.seal().picture().data.to_vec())
        .or_else(|| Some(SesSeal::read(&seal?).ok()?.picture().data.to_vec()));
    let Some(picture) = picture else {
        return Ok(());
    };
    let picture = Arc::new(picture);
    for (page, boundary, within) in places {
        stamps.push(Stamp {
            page,
            boundary,
            within,
            picture: Arc::clone(&picture),
        });
    }
    Ok(())
}

impl Stamp {
    /// Keeps what is drawn from here on within the stamp.
    pub(crate) fn clip(&self, at: Area, canvas: &mut dyn Canvas) -> Result<(), NotPainted> {
        let seen = self.within.unwrap_or(Area {
            left: 0.0,
            top: 0.0,
            right: at.width(),
            bottom: at.height(),
        });
        let left = at.left.max(at.left + seen.left);
        let top = at.top.max(at.top + seen.top);
        let right = at.right.min(at.left + seen.right);
        let bottom = at.bottom.min(at.top + seen.bottom);
        let corner = Affine::translate((left, top));
        let outline = rectangle((right - left).max(0.0), (bottom - top).max(0.0), corner);
        canvas.push_clip(&outline, false)
    }
}

/// Draws the picture of a seal into its boundary; without transparency of its own its white is
/// paper.
pub(crate) fn picture(
    bytes: &[u8],
    boundary: Area,
    decoded: &mut u64,
    canvas: &mut dyn Canvas,
) -> Result<(), NotPainted> {
    let Some(mut expanded) = images::expand(bytes, decoded) else {
        canvas.note(Note::ImageNotDrawn("seal".into()));
        return Ok(());
    };
    if expanded.is_opaque {
        images::clear_white(&mut expanded.image);
    }
    let map = Affine::translate((boundary.left, boundary.top))
        * Affine::scale_non_uniform(boundary.width(), boundary.height());
    canvas.image(&Arc::new(expanded.image), map, 1.0)
}

/// A canvas that lies, made smaller, within another one.
pub(crate) struct Scaled<'c> {
    map: Affine,
    growth: f64,
    onto: &'c mut dyn Canvas,
}

impl<'c> Scaled<'c> {
    /// A page of this `size` within `boundary`.
    pub(crate) fn new(
        size: Area,
        boundary: Area,
        onto: &'c mut dyn Canvas,
    ) -> Result<Self, NotPainted> {
        if size.width() < 0.1 || size.height() < 0.1 {
            return Err(NotPainted::Size);
        }
        let (across, down) = (
            boundary.width() / size.width(),
            boundary.height() / size.height(),
        );
        Ok(Self {
            map: Affine::translate((boundary.left, boundary.top))
                * Affine::scale_non_uniform(across, down),
            growth: (across * down).abs().sqrt(),
            onto,
        })
    }
}

impl Canvas for Scaled<'_> {
    fn push_clip(&mut self, outline: &BezPath, even_odd: bool) -> Result<(), NotPainted> {
        self.onto.push_clip(&(self.map * outline), even_odd)
    }

    fn pop(&mut self) {
        self.onto.pop();
    }

    fn fill(&mut self, outline: &BezPath, even_odd: bool, paint: Paint) -> Result<(), NotPainted> {
        self.onto.fill(&(self.map * outline), even_odd, paint)
    }

    fn stroke(
        &mut self,
        outline: &BezPath,
        map: Affine,
        stroke: &Stroke,
        paint: Paint,
    ) -> Result<(), NotPainted> {
        if self.growth <= 0.0 {
            return Ok(());
        }
        self.onto.stroke(outline, self.map * map, stroke, paint)
    }

    fn glyphs(
        &mut self,
        font: &Arc<Font>,
        glyphs: &[Placed],
        paint: Paint,
    ) -> Result<(), NotPainted> {
        let mut placed = glyphs.to_vec();
        for glyph in &mut placed {
            glyph.map = self.map * glyph.map;
        }
        self.onto.glyphs(font, &placed, paint)
    }

    fn image(&mut self, image: &Arc<Image>, map: Affine, alpha: f32) -> Result<(), NotPainted> {
        self.onto.image(image, self.map * map, alpha)
    }

    fn notes(&mut self) -> &mut BTreeSet<Note> {
        self.onto.notes()
    }
}
