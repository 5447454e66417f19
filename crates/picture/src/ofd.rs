//! OFD packages (GB/T 33190) as what their pages show.

mod look;
mod objects;
mod outline;
mod resources;
mod stamps;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use yichuan_layout::Unreadable;
use yichuan_layout::geometry::Area;
use yichuan_layout::parts::{ENTRY, Element, Parts, Xml};
use yichuan_typeface::Faces;

use crate::canvas::Canvas;
use crate::glyphs::Installed;
use crate::raster::Raster;
use crate::{Bounds, NotPainted, Picture, pixels};
use look::area;
use objects::Painter;
use resources::Resources;
use stamps::Stamp;

/// Templates that one page may lay under itself.
const TEMPLATES_MAX: usize = 16;
/// Templates of a document.
const TEMPLATES_OF_DOCUMENT_MAX: usize = 256;
/// Annotation files of a document.
const ANNOTATIONS_MAX: usize = 5_000;
/// Packages in seals of packages.
const NESTED_MAX: u32 = 2;

/// A part: its name in the package and its tree.
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) xml: Xml,
}

/// An opened package.
pub(crate) struct Document<'b> {
    parts: Parts<'b>,
    pages: Vec<PageRef>,
    size: Option<Area>,
    /// Where templates are, by id.
    templates: HashMap<u64, String>,
    resources: Resources,
    /// Files of annotations by page.
    annotations: Vec<(u64, String)>,
    stamps: Vec<Stamp>,
    bounds: Bounds,
    depth: u32,
}

struct PageRef {
    id: u64,
    part: String,
}

/// What of a page is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    /// Seals and other stamps.
    pub(crate) stamps: bool,
    /// Whatever is red.
    pub(crate) red: bool,
}

impl Shown {
    pub(crate) const ALL: Self = Self {
        stamps: true,
        red: true,
    };
}

impl<'b> Document<'b> {
    pub(crate) fn open(bytes: &'b [u8], bounds: Bounds) -> Result<Self, NotPainted> {
        Self::open_at(bytes, bounds, 0)
    }

    fn open_at(bytes: &'b [u8], bounds: Bounds, depth: u32) -> Result<Self, NotPainted> {
        let parts = Parts::open(bytes, &bounds.reading)?;
        let mut document = Self {
            parts,
            pages: Vec::new(),
            size: None,
            templates: HashMap::new(),
            resources: Resources::default(),
            annotations: Vec::new(),
            stamps: Vec::new(),
            bounds,
            depth,
        };
        let entry = document.needed("", ENTRY)?;
        let root = entry.xml.root();
        if root.name() != "OFD" {
            return Err(Unreadable::Damaged("OFD.xml").into());
        }
        for body in root.all("DocBody") {
            document.body(&entry.name, body)?;
        }
        if document.pages.is_empty() {
            return Err(Unreadable::Damaged("Pages").into());
        }
        Ok(document)
    }

    /// One document of the package; ids of a second one begin anew, so that it is not drawn.
    fn body(&mut self, base: &str, body: Element) -> Result<(), NotPainted> {
        if !self.pages.is_empty() {
            return Ok(());
        }
        let location = body.child("DocRoot").and_then(Element::word);
        let location = location.ok_or(Unreadable::Damaged("DocRoot"))?;
        let part = self.needed(base, location)?;
        let root = part.xml.root();
        let common = root
            .child("CommonData")
            .ok_or(Unreadable::Damaged("CommonData"))?;
        self.size = common.child("PageArea").and_then(physical);
        for list in common.children() {
            match list.name() {
                "PublicRes" | "DocumentRes" => {
                    let location = list.word().unwrap_or_default();
                    self.resources.read(&mut self.parts, &part.name, location)?;
                }
                "TemplatePage" if self.templates.len() < TEMPLATES_OF_DOCUMENT_MAX => {
                    let location = list.attribute("BaseLoc").unwrap_or_default();
                    let name = self.parts.locate(&part.name, location);
                    if let (Some(id), Some(name)) = (id(list.attribute("ID")), name) {
                        self.templates.insert(id, name);
                    }
                }
                _ => {}
            }
        }
        let pages = root.child("Pages").ok_or(Unreadable::Damaged("Pages"))?;
        for page in pages.all("Page") {
            if self.pages.len() >= self.bounds.reading.pages {
                return Err(Unreadable::Pages.into());
            }
            let id = id(page.attribute("ID")).ok_or(Unreadable::Damaged("Page/@ID"))?;
            let location = page.attribute("BaseLoc").unwrap_or_default();
            let part = self
                .parts
                .locate(&part.name, location)
                .ok_or_else(|| Unreadable::Missing(location.into()))?;
            self.pages.push(PageRef { id, part });
        }
        self.annotations(&part.name, root)?;
        self.stamps = stamps::of(&mut self.parts, base, body)?;
        Ok(())
    }

    fn annotations(&mut self, base: &str, root: Element) -> Result<(), NotPainted> {
        for list in root.all("Annotations") {
            let Some(part) = self.part(base, list.word().unwrap_or_default())? else {
                continue;
            };
            for page in part.xml.root().all("Page").take(ANNOTATIONS_MAX) {
                let location = page.child("FileLoc").and_then(Element::word);
                let file = location.and_then(|location| self.parts.locate(&part.name, location));
                if let (Some(page), Some(file)) = (id(page.attribute("PageID")), file) {
                    self.annotations.push((page, file));
                }
            }
        }
        Ok(())
    }

    pub(crate) fn pages(&self) -> usize {
        self.pages.len()
    }

    /// The page's width and height in millimetres.
    pub(crate) fn size(&mut self, index: usize) -> Result<Area, NotPainted> {
        let part = self.page_part(index)?;
        self.size_of(&part)
    }

    fn page_part(&mut self, index: usize) -> Result<Part, NotPainted> {
        let pages = self.pages.len();
        let page = self.pages.get(index).ok_or(NotPainted::NoPage { pages })?;
        let name = page.part.clone();
        let xml = self.parts.xml(&name)?;
        Ok(Part { name, xml })
    }

    fn size_of(&self, page: &Part) -> Result<Area, NotPainted> {
        let own = page.xml.root().child("Area").and_then(physical);
        own.or(self.size).ok_or(NotPainted::Size)
    }

    pub(crate) fn picture(
        &mut self,
        index: usize,
        width: u32,
        faces: &Faces,
    ) -> Result<Picture, NotPainted> {
        let size = self.size(index)?;
        let (width, height) = pixels(width, size.width(), size.height())?;
        let scale = f64::from(width) / size.width();
        let mut raster = Raster::new(width, height, scale, &self.bounds)?;
        let mut fonts = Installed::new(faces);
        self.paint(index, Shown::ALL, &mut fonts, &mut raster)?;
        Ok(raster.finish())
    }

    /// Draws a page: what templates lay under it, its own layers from the back to the front,
    /// templates over it, annotations, and the seals.
    pub(crate) fn paint(
        &mut self,
        index: usize,
        shown: Shown,
        fonts: &mut Installed,
        canvas: &mut dyn Canvas,
    ) -> Result<(), NotPainted> {
        let page = self.page_part(index)?;
        let area = self.size_of(&page)?;
        let id_of_page = self.pages[index].id;
        let mut decoded = self.bounds.decoded;
        let mut layers = Vec::new();
        for used in page.xml.root().all("Template").take(TEMPLATES_MAX) {
            let template = id(used.attribute("TemplateID"));
            let Some(name) = template.and_then(|id| self.templates.get(&id)) else {
                continue;
            };
            let order = Order::of(used.attribute("ZOrder"), Order::Background);
            let name = name.clone();
            let xml = self.parts.xml(&name)?;
            layers.push((order, Part { name, xml }));
        }
        layers.push((Order::Body, page));
        let mut painter = Painter::new(
            &mut self.parts,
            &mut self.resources,
            fonts,
            canvas,
            &mut decoded,
            shown,
        );
        painter.at((area.left, area.top), index == 0);
        for order in [Order::Background, Order::Body, Order::Foreground] {
            for (_, part) in layers.iter().filter(|(own, _)| *own == order) {
                painter.content(part)?;
            }
        }
        let files: BTreeSet<&String> = self
            .annotations
            .iter()
            .filter(|(page, _)| *page == id_of_page)
            .map(|(_, file)| file)
            .collect();
        for file in files {
            painter.annotations(file)?;
        }
        if shown.stamps {
            self.stamp(id_of_page, area, fonts, &mut decoded, canvas)?;
        }
        Ok(())
    }

    /// Sets the seals of a page.
    fn stamp(
        &mut self,
        page: u64,
        area: Area,
        fonts: &mut Installed,
        decoded: &mut u64,
        canvas: &mut dyn Canvas,
    ) -> Result<(), NotPainted> {
        for stamp in self.stamps.iter().filter(|stamp| stamp.page == page) {
            let within = stamp.boundary;
            let boundary = Area {
                left: within.left - area.left,
                top: within.top - area.top,
                right: within.right - area.left,
                bottom: within.bottom - area.top,
            };
            stamp.clip(boundary, canvas)?;
            let picture = Arc::clone(&stamp.picture);
            if Parts::begins(&picture) && self.depth < NESTED_MAX {
                let drawn = nested(
                    &picture,
                    self.bounds,
                    self.depth + 1,
                    boundary,
                    fonts,
                    canvas,
                );
                if drawn == Err(NotPainted::TooMuch) {
                    return Err(NotPainted::TooMuch);
                } else if drawn.is_err() {
                    canvas.note(crate::Note::ImageNotDrawn("seal".into()));
                }
            } else {
                stamps::picture(&picture, boundary, decoded, canvas)?;
            }
            canvas.pop();
        }
        Ok(())
    }

    fn needed(&mut self, base: &str, location: &str) -> Result<Part, NotPainted> {
        self.part(base, location)?
            .ok_or_else(|| Unreadable::Missing(location.into()).into())
    }

    fn part(&mut self, base: &str, location: &str) -> Result<Option<Part>, NotPainted> {
        let Some(name) = self.parts.locate(base, location) else {
            return Ok(None);
        };
        let xml = self.parts.xml(&name)?;
        Ok(Some(Part { name, xml }))
    }
}

/// Draws the first page of a package into `boundary`.
fn nested(
    bytes: &[u8],
    bounds: Bounds,
    depth: u32,
    boundary: Area,
    fonts: &mut Installed,
    canvas: &mut dyn Canvas,
) -> Result<(), NotPainted> {
    let mut document = Document::open_at(bytes, bounds, depth)?;
    let size = document.size(0)?;
    let mut scaled = stamps::Scaled::new(size, boundary, canvas)?;
    document.paint(0, Shown::ALL, fonts, &mut scaled)
}

/// Where a template lies.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Background,
    Body,
    Foreground,
}

impl Order {
    fn of(text: Option<&str>, usual: Self) -> Self {
        match text {
            Some("Background") => Self::Background,
            Some("Body") => Self::Body,
            Some("Foreground") => Self::Foreground,
            _ => usual,
        }
    }
}

/// The physical box of a page area.
fn physical(element: Element) -> Option<Area> {
    area(element.child("PhysicalBox")?.word()?)
}

/// An object's number; some write blanks around it.
pub(crate) fn id(text: Option<&str>) -> Option<u64> {
    text?.trim().parse().ok()
}
