//! What pages share: fonts, pictures, colours, drawing parameters, composite units.

use std::collections::HashMap;
use std::sync::Arc;

use yichuan_layout::parts::{Element, Parts};

use super::look::Look;
use super::{Part, id};
use crate::NotPainted;
use crate::canvas::Image;
use crate::glyphs::Font;

/// Entries of the lists that are kept.
const KEPT_MAX: usize = 100_000;
/// Pixels of pictures that are kept for the next page.
const KEPT_PIXELS_MAX: u64 = 24_000_000;

/// A font that the document names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) family: String,
    /// Where its file is.
    pub(crate) file: Option<String>,
    pub(crate) bold: bool,
    pub(crate) italic: bool,
}

/// What the lists hold.
#[derive(Default)]
pub(crate) struct Resources {
    fonts: HashMap<u64, Named>,
    media: HashMap<u64, String>,
    /// Drawing parameters, and those that they rest on.
    looks: HashMap<u64, (Look, Option<u64>)>,
    /// The largest part of a colour in a colour space.
    spaces: HashMap<u64, f64>,
    units: HashMap<u64, (usize, usize)>,
    lists: Vec<Arc<Part>>,
    /// Embedded fonts that were opened.
    open: HashMap<String, Option<Arc<Font>>>,
    images: HashMap<String, Arc<Image>>,
    pixels: u64,
}

impl Resources {
    /// Reads the list at `location`.
    pub(crate) fn read(
        &mut self,
        parts: &mut Parts,
        base: &str,
        location: &str,
    ) -> Result<(), NotPainted> {
        let Some(name) = parts.locate(base, location) else {
            return Ok(());
        };
        let xml = parts.xml(&name)?;
        let part = Arc::new(Part { name, xml });
        let root = part.xml.root();
        let folder = root.attribute("BaseLoc").unwrap_or_default();
        let file = |element: Element, inner: &'static str| {
            let location = element.child(inner)?.word()?;
            let within = format!("{}/{location}", folder.trim_end_matches('/'));
            parts
                .locate(&part.name, &within)
                .or_else(|| parts.locate(&part.name, location))
        };
        for list in root.children() {
            for element in list.children().take(KEPT_MAX) {
                let Some(id) = id(element.attribute("ID")) else {
                    continue;
                };
                match element.name() {
                    "Font" => {
                        let says = |name| element.attribute(name).unwrap_or_default();
                        let named = Named {
                            name: says("FontName").to_owned(),
                            family: says("FamilyName").to_owned(),
                            file: file(element, "FontFile"),
                            bold: says("Bold") == "true",
                            italic: says("Italic") == "true",
                        };
                        self.fonts.insert(id, named);
                    }
                    "MultiMedia" => {
                        if let Some(name) = file(element, "MediaFile") {
                            self.media.insert(id, name);
                        }
                    }
                    "ColorSpace" => {
                        let bits = element.attribute("BitsPerComponent");
                        let bits: i32 = bits.and_then(|bits| bits.parse().ok()).unwrap_or(8);
                        let most = 2_f64.powi(bits.clamp(1, 16)) - 1.0;
                        self.spaces.insert(id, most);
                    }
                    "CompositeGraphicUnit" | "VectorG" => {
                        self.units.insert(id, (self.lists.len(), element.place()));
                    }
                    _ => {}
                }
            }
        }
        // After the colour spaces, which may stand behind.
        for element in root.all("DrawParams").flat_map(Element::children) {
            if let Some(own) = id(element.attribute("ID")) {
                let relative = id(element.attribute("Relative"));
                let look = Look::own(element, self);
                self.looks.insert(own, (look, relative));
            }
        }
        self.lists.push(part);
        Ok(())
    }

    pub(crate) fn font(&self, id: u64) -> Option<&Named> {
        self.fonts.get(&id)
    }

    pub(crate) fn media(&self, id: u64) -> Option<&str> {
        self.media.get(&id).map(String::as_str)
    }

    pub(crate) fn look(&self, id: u64) -> Option<&(Look, Option<u64>)> {
        self.looks.get(&id)
    }

    pub(crate) fn bits(&self, space: u64) -> Option<f64> {
        self.spaces.get(&space).copied()
    }

    /// The list that holds a composite unit, and its place in it.
    pub(crate) fn unit(&self, id: u64) -> Option<(Arc<Part>, usize)> {
        let (list, place) = *self.units.get(&id)?;
        Some((Arc::clone(self.lists.get(list)?), place))
    }

    /// The embedded font in a file of the package.
    pub(crate) fn embedded(&mut self, parts: &mut Parts, file: &str) -> Option<Arc<Font>> {
        if let Some(known) = self.open.get(file) {
            return known.clone();
        }
        let bytes = parts.read(file).ok();
        let font = bytes.and_then(|bytes| Font::open(Arc::new(bytes), 0));
        let font = font.map(Arc::new);
        self.open.insert(file.to_owned(), font.clone());
        font
    }

    /// A picture of the package, expanded.
    pub(crate) fn image(
        &mut self,
        parts: &mut Parts,
        file: &str,
        left: &mut u64,
    ) -> Option<Arc<Image>> {
        if let Some(known) = self.images.get(file) {
            return Some(Arc::clone(known));
        }
        let bytes = parts.read(file).ok()?;
        let image = Arc::new(crate::images::expand(&bytes, left)?.image);
        let pixels = u64::from(image.width) * u64::from(image.height);
        if self.pixels + pixels <= KEPT_PIXELS_MAX {
            self.pixels += pixels;
            self.images.insert(file.to_owned(), Arc::clone(&image));
        }
        Some(image)
    }
}
