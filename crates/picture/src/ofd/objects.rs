//! The objects of a page, drawn one after the other.

use std::sync::Arc;

use kurbo::{Affine, BezPath};
use yichuan_layout::Unreadable;
use yichuan_layout::parts::{Element, Parts};

use super::look::{Look, area, corner, map, number, own_map, unit};
use super::outline::{outline, rectangle};
use super::resources::Resources;
use super::{Order, Part, Shown, id};
use crate::canvas::{Canvas, Paint};
use crate::glyphs::Installed;
use crate::{NotPainted, Note};

mod text;

/// Blocks and composite units in each other.
const NESTED_MAX: usize = 16;
/// The head of a document ends here at the latest, in millimetres from the first page's top.
const HEAD: f64 = 130.0;
/// Steps of work that an object takes, whatever is in it.
const OBJECT: usize = 8;
/// Steps of one outline.
const STEPS_MAX: usize = 200_000;

/// What holds for the objects inside something.
#[derive(Clone)]
struct Around {
    map: Affine,
    look: Look,
    alpha: f32,
    depth: usize,
}

/// Draws objects.
pub(crate) struct Painter<'p, 'b, 'f> {
    parts: &'p mut Parts<'b>,
    resources: &'p mut Resources,
    fonts: &'p mut Installed<'f>,
    canvas: &'p mut dyn Canvas,
    decoded: &'p mut u64,
    shown: Shown,
    origin: Affine,
    is_first: bool,
}

impl<'p, 'b, 'f> Painter<'p, 'b, 'f> {
    pub(crate) fn new(
        parts: &'p mut Parts<'b>,
        resources: &'p mut Resources,
        fonts: &'p mut Installed<'f>,
        canvas: &'p mut dyn Canvas,
        decoded: &'p mut u64,
        shown: Shown,
    ) -> Self {
        Self {
            parts,
            resources,
            fonts,
            canvas,
            decoded,
            shown,
            origin: Affine::IDENTITY,
            is_first: false,
        }
    }

    /// The page's upper left corner in its own coordinates, and whether it is the first page.
    pub(crate) fn at(&mut self, (left, top): (f64, f64), is_first: bool) {
        self.origin = Affine::translate((-left, -top));
        self.is_first = is_first;
    }

    /// The layers of a page or template, the background first.
    pub(crate) fn content(&mut self, part: &Part) -> Result<(), NotPainted> {
        let root = part.xml.root();
        for list in root.all("PageRes") {
            let location = list.word().unwrap_or_default();
            self.resources.read(self.parts, &part.name, location)?;
        }
        for order in [Order::Background, Order::Body, Order::Foreground] {
            for layer in root.all("Content").flat_map(Element::children) {
                if Order::of(layer.attribute("Type"), Order::Body) == order {
                    let around = Around {
                        map: self.origin,
                        look: Look::of(layer, self.resources),
                        alpha: 1.0,
                        depth: 0,
                    };
                    self.inside(layer, &around)?;
                }
            }
        }
        Ok(())
    }

    /// The annotations of a file.
    pub(crate) fn annotations(&mut self, file: &str) -> Result<(), NotPainted> {
        let xml = self.parts.xml(file)?;
        for annotation in xml.root().all("Annot") {
            let is_off = annotation.attribute("Visible") == Some("false");
            let is_stamp = annotation.attribute("Type") == Some("Stamp");
            if is_off || is_stamp && !self.shown.stamps {
                continue;
            }
            for appearance in annotation.all("Appearance") {
                let at = appearance.attribute("Boundary").and_then(area);
                let at = at.unwrap_or_default();
                let around = Around {
                    map: self.origin * Affine::translate((at.left, at.top)),
                    look: Look::default(),
                    alpha: 1.0,
                    depth: 0,
                };
                self.inside(appearance, &around)?;
            }
        }
        Ok(())
    }

    fn inside(&mut self, parent: Element, around: &Around) -> Result<(), NotPainted> {
        if around.depth > NESTED_MAX {
            return Err(Unreadable::TooMuch.into());
        }
        for element in parent.children() {
            self.parts.work(OBJECT)?;
            let is_drawn = matches!(
                element.name(),
                "TextObject"
                    | "PathObject"
                    | "ImageObject"
                    | "CompositeObject"
                    | "PageBlock"
                    | "Layer"
                    | "Content"
            );
            if !is_drawn || element.attribute("Visible") == Some("false") {
                continue;
            }
            let alpha = element
                .attribute("Alpha")
                .and_then(number)
                .map_or(1.0, unit);
            let mut inner = around.clone();
            inner.depth += 1;
            inner.alpha *= alpha;
            if inner.alpha <= 0.0 {
                continue;
            }
            inner.look = Look::of(element, self.resources).or(&around.look);
            let clips = self.push_clips(element, &inner)?;
            match element.name() {
                "TextObject" => self.text(element, &inner)?,
                "PathObject" => self.path(element, &inner)?,
                "ImageObject" => self.image(element, &inner)?,
                "CompositeObject" => self.composite(element, inner)?,
                _ => self.inside(element, &inner)?,
            }
            for _ in 0..clips {
                self.canvas.pop();
            }
        }
        Ok(())
    }

    /// Whether something of this colour is drawn at all.
    fn seen(&self, paint: Option<Paint>, alpha: f32) -> Option<Paint> {
        let mut paint = paint?;
        paint.alpha *= alpha;
        let is_left_out = paint.is_red() && !self.shown.red;
        (paint.alpha > 0.0 && !is_left_out).then_some(paint)
    }

    /// The colour that letters have: red ones below the head are black where red is left out.
    fn inked(&self, paint: Paint, map: Affine) -> Paint {
        let is_head = self.is_first && map.as_coeffs()[5] < HEAD;
        if paint.is_red() && !self.shown.red && !is_head {
            Paint {
                rgb: [0, 0, 0],
                ..paint
            }
        } else {
            paint
        }
    }

    /// Clips that an object has; each is what its areas have together.
    fn push_clips(&mut self, element: Element, around: &Around) -> Result<usize, NotPainted> {
        let mut pushed = 0;
        for (clips, clip) in element
            .all("Clips")
            .flat_map(|clips| clips.all("Clip").map(move |clip| (clips, clip)))
        {
            // A clip may lie in the boundary as it is, not mapped as its object is.
            let is_mapped = clips.attribute("TransFlag") != Some("false");
            let own = around.map
                * if is_mapped {
                    own_map(element)
                } else {
                    corner(element)
                };
            let mut inside = BezPath::new();
            for each in clip.all("Area") {
                let by = each.attribute("CTM").and_then(map);
                let by = own * by.unwrap_or(Affine::IDENTITY);
                for path in each.all("Path").chain(each.all("PathObject")) {
                    let drawn = self.data(path)?;
                    inside.extend((by * own_map(path)) * drawn);
                }
            }
            // Letters may clip as well; nobody writes that.
            if !inside.is_empty() {
                self.canvas.push_clip(&inside, false)?;
                pushed += 1;
            }
        }
        Ok(pushed)
    }

    fn data(&mut self, element: Element) -> Result<BezPath, NotPainted> {
        let data = element.child("AbbreviatedData").map(Element::text);
        let data = data.unwrap_or_default();
        self.parts.work(data.len() / 8)?;
        Ok(outline(data, STEPS_MAX))
    }

    fn path(&mut self, element: Element, around: &Around) -> Result<(), NotPainted> {
        let drawn = self.data(element)?;
        if drawn.is_empty() {
            return Ok(());
        }
        let own = around.map * own_map(element);
        if element.attribute("Fill") == Some("true")
            && let Some(paint) = self.seen(around.look.fill, around.alpha)
        {
            let even_odd = element.attribute("Rule") == Some("Even-Odd");
            self.canvas.fill(&(own * &drawn), even_odd, paint)?;
        }
        let line = around.look.stroke.unwrap_or(Paint::BLACK);
        if element.attribute("Stroke") != Some("false")
            && let Some(paint) = self.seen(Some(line), around.alpha)
        {
            self.canvas
                .stroke(&drawn, own, &around.look.line(), paint)?;
        }
        Ok(())
    }

    fn image(&mut self, element: Element, around: &Around) -> Result<(), NotPainted> {
        let name = id(element.attribute("ResourceID"));
        let name = name
            .and_then(|id| self.resources.media(id))
            .map(str::to_owned);
        let Some(name) = name else {
            self.canvas.note(Note::ImageNotDrawn("?".into()));
            return Ok(());
        };
        let own = if element.attribute("CTM").and_then(map).is_some() {
            own_map(element)
        } else {
            // Without a map the picture fills its boundary.
            let at = element.attribute("Boundary").and_then(area);
            let at = at.unwrap_or_default();
            own_map(element) * Affine::scale_non_uniform(at.width(), at.height())
        };
        match self.resources.image(self.parts, &name, self.decoded) {
            Some(image) if self.shown.red => {
                self.canvas.image(&image, around.map * own, around.alpha)
            }
            Some(image) => {
                let image = Arc::new(crate::printing::without_red(&image));
                self.canvas.image(&image, around.map * own, around.alpha)
            }
            None => {
                self.canvas.note(Note::ImageNotDrawn(name));
                let frame = rectangle(1.0, 1.0, around.map * own);
                let gray = Paint {
                    rgb: [200, 200, 200],
                    alpha: 0.5,
                };
                self.canvas.fill(&frame, false, gray)
            }
        }
    }

    fn composite(&mut self, element: Element, mut around: Around) -> Result<(), NotPainted> {
        let unit = id(element.attribute("ResourceID")).and_then(|id| self.resources.unit(id));
        let Some((list, place)) = unit else {
            return Ok(());
        };
        around.map *= own_map(element);
        let unit = list.xml.element(place);
        for content in unit.all("Content") {
            self.inside(content, &around)?;
        }
        Ok(())
    }
}
