//! OFD packages (GB/T 33190): a ZIP of XML parts, reached from `OFD.xml`.
//!
//! Elements are found by name and never by order, prefixes are ignored, and paths are taken exactly
//! or, with a notice, without regard to letters' case: real files differ in all three.

mod annotations;
mod attachments;
mod objects;
mod outline;
mod protected;
mod resources;
mod signatures;
mod tags;

use std::collections::{BTreeSet, HashMap};

use crate::Unreadable;
use crate::contents::{Contents, Gathered, Kind, Notice};
use crate::geometry::{Area, area};
use crate::limits::Budget;
use crate::marks::{Order, Place};
use crate::package::{Found, Package, resolve};
use crate::page::{Sheet, Source};
use crate::xml::{Element, Xml};
use objects::Painter;
pub(crate) use outline::{Outline, outline};
use protected::Protected;
use resources::Resources;

/// Where every package is entered.
const ENTRY: &str = "OFD.xml";
/// Templates that one page may lay under itself.
const TEMPLATES_MAX: usize = 16;

/// Reads an OFD package.
pub(crate) fn read(
    package: &Package,
    depth: u32,
    budget: &mut Budget,
) -> Result<Contents, Unreadable> {
    let mut reader = Reader::new(package, depth);
    reader.file(budget)?;
    Ok(reader.gathered.finish())
}

/// One package while it is read.
struct Reader<'p> {
    package: &'p Package<'p>,
    depth: u32,
    gathered: Gathered,
    /// What text objects say, by page and object, for the tags that point at them.
    texts: HashMap<(u64, u64), String>,
    /// Whether there are tags.
    tagged: bool,
    /// The entries that something leads to, signatures and what they consist of left out.
    reached: BTreeSet<&'p str>,
    /// The signatures so far, and what they consist of and protect.
    protected: Protected<'p>,
}

/// A part: its name in the package and its tree.
struct Part {
    name: String,
    xml: Xml,
}

/// What a document has beside its pages.
struct Document<'d> {
    part: &'d Part,
    root: Element<'d>,
    size: Option<Area>,
    templates: HashMap<u64, Sheet>,
    resources: Resources,
    /// The ids of the pages, and the number of the first in the file.
    pages: Vec<u64>,
    first: usize,
}

impl<'p> Reader<'p> {
    fn new(package: &'p Package<'p>, depth: u32) -> Self {
        Self {
            package,
            depth,
            gathered: Gathered::new(Kind::Ofd),
            texts: HashMap::new(),
            tagged: false,
            reached: BTreeSet::new(),
            protected: Protected::default(),
        }
    }

    /// `OFD.xml`, where every package is entered.
    fn entry(&mut self, budget: &mut Budget) -> Result<Part, Unreadable> {
        let encrypted = ["Encryptions.xml", "Decryptseed.dat"];
        if encrypted.iter().any(|name| self.package.has(name)) {
            return Err(Unreadable::Encrypted);
        }
        let part = self.needed("", ENTRY, budget)?;
        if part.xml.root().name() == "OFD" {
            Ok(part)
        } else {
            Err(Unreadable::Damaged("OFD.xml"))
        }
    }

    fn file(&mut self, budget: &mut Budget) -> Result<(), Unreadable> {
        let part = self.entry(budget)?;
        let root = part.xml.root();
        self.gathered.version = format!(
            "{} {}",
            root.attribute("DocType").unwrap_or("OFD"),
            root.attribute("Version").unwrap_or_default()
        );
        let mut bodies = 0;
        for body in root.all("DocBody") {
            bodies += 1;
            self.info(body);
            let location = body
                .child("DocRoot")
                .and_then(Element::word)
                .ok_or(Unreadable::Damaged("DocRoot"))?;
            let document = self.needed(&part.name, location, budget)?;
            let pages = self.document(&document, budget)?;
            self.signatures(body, &part.name, &pages, budget)?;
            if body.child("Versions").is_some() {
                self.gathered.notice(Notice::OlderVersions);
            }
        }
        if bodies == 0 {
            return Err(Unreadable::Damaged("DocBody"));
        }
        self.gathered.documents = bodies;
        if self.package.has("OFDEntries.xml") {
            self.gathered.notice(Notice::PackageIntegrity);
        }
        let lost = self.unreached_signatures();
        self.coverage(budget)?;
        for name in lost {
            self.gathered
                .notice(Notice::SignatureUnreached(name.into()));
        }
        Ok(())
    }

    /// What the document says about itself.
    fn info(&mut self, body: Element) {
        let Some(info) = body.child("DocInfo") else {
            return;
        };
        for element in info.children() {
            match element.name() {
                "CustomDatas" => {
                    for data in element.all("CustomData") {
                        let name = data.attribute("Name").unwrap_or_default();
                        self.gathered.metadata(name, data.text());
                    }
                }
                "Keywords" => {
                    for keyword in element.children() {
                        self.gathered.metadata("Keyword", keyword.text());
                    }
                }
                name => self.gathered.metadata(name, element.text()),
            }
        }
    }

    /// A document's pages and all that hangs on it; the ids of its pages and the first's number.
    fn document(
        &mut self,
        part: &Part,
        budget: &mut Budget,
    ) -> Result<(Vec<u64>, usize), Unreadable> {
        let root = part.xml.root();
        let common = root
            .child("CommonData")
            .ok_or(Unreadable::Damaged("CommonData"))?;
        let mut resources = Resources::default();
        for list in common.children() {
            if matches!(list.name(), "PublicRes" | "DocumentRes") {
                self.resources(&part.name, list, &mut resources, budget)?;
            }
        }
        let mut document = Document {
            part,
            root,
            size: common.child("PageArea").and_then(physical),
            templates: HashMap::new(),
            resources,
            pages: Vec::new(),
            first: self.gathered.pages(),
        };
        self.active(root);
        self.outlines(root);
        self.tagged = root.child("CustomTags").is_some();
        self.templates(&mut document, common, budget)?;
        let annotations = self.annotations(&document, budget)?;
        let pages = root.child("Pages").ok_or(Unreadable::Damaged("Pages"))?;
        for page in pages.all("Page") {
            let id = id(page.attribute("ID")).ok_or(Unreadable::Damaged("Page/@ID"))?;
            let location = page
                .attribute("BaseLoc")
                .ok_or(Unreadable::Damaged("Page/@BaseLoc"))?;
            if self.gathered.pages() >= budget.limits.pages {
                return Err(Unreadable::Pages);
            }
            document.pages.push(id);
            let content = self.needed(&part.name, location, budget)?;
            let mut sheet = self.page(&document, &content, id, budget)?;
            for (name, page) in annotations.iter().filter(|(_, page)| *page == id) {
                let location = format!("/{name}");
                if let Some(part) = self.part("", &location, budget)? {
                    self.annotate(&document, &part, *page, &mut sheet, budget)?;
                }
            }
            let first = document.pages.len() == 1;
            self.gathered.page(sheet, first, budget)?;
        }
        if document.pages.is_empty() {
            return Err(Unreadable::Damaged("Pages"));
        }
        self.tags(&document, budget)?;
        self.attachments(&document, budget)?;
        Ok((document.pages, document.first))
    }

    fn templates(
        &mut self,
        document: &mut Document,
        common: Element,
        budget: &mut Budget,
    ) -> Result<(), Unreadable> {
        for template in common.all("TemplatePage") {
            let (Some(id), Some(location)) =
                (id(template.attribute("ID")), template.attribute("BaseLoc"))
            else {
                continue;
            };
            let Some(part) = self.part(&document.part.name, location, budget)? else {
                continue;
            };
            let mut sheet = Sheet::new(0.0, 0.0);
            self.content(
                document,
                &part,
                &mut sheet,
                (Source::Template, None),
                budget,
            )?;
            budget.keep((sheet.glyphs.len() + sheet.drawings.len()) as u64)?;
            document.templates.insert(id, sheet);
        }
        Ok(())
    }

    /// A page with the templates that it names laid under it.
    fn page(
        &mut self,
        document: &Document,
        part: &Part,
        id_of_page: u64,
        budget: &mut Budget,
    ) -> Result<Sheet, Unreadable> {
        let root = part.xml.root();
        let own = root.child("Area").and_then(physical);
        let size = own.or(document.size).unwrap_or_default();
        let mut sheet = Sheet::new(size.width(), size.height());
        for used in root.all("Template").take(TEMPLATES_MAX) {
            let template = id(used.attribute("TemplateID"));
            let Some(template) = template.and_then(|id| document.templates.get(&id)) else {
                self.gathered.notice(Notice::PartMissing("Template".into()));
                continue;
            };
            budget.work(template.glyphs.len() + template.drawings.len())?;
            sheet.glyphs.extend_from_slice(&template.glyphs);
            sheet.images.extend_from_slice(&template.images);
            for drawing in &template.drawings {
                sheet.draw(*drawing);
            }
        }
        let source = (Source::Body, Some(id_of_page));
        self.content(document, part, &mut sheet, source, budget)?;
        Ok(sheet)
    }

    /// The layers of a page or template, painted onto `sheet`.
    fn content(
        &mut self,
        document: &Document,
        part: &Part,
        sheet: &mut Sheet,
        (source, page): (Source, Option<u64>),
        budget: &mut Budget,
    ) -> Result<(), Unreadable> {
        let root = part.xml.root();
        let mut own = Resources::default();
        for list in root.all("PageRes") {
            self.resources(&part.name, list, &mut own, budget)?;
        }
        self.active(root);
        let mut painter = Painter::new(source, [&own, &document.resources], sheet);
        for content in root.all("Content") {
            for layer in content.children() {
                painter.layer(layer, budget)?;
            }
        }
        let texts = std::mem::take(&mut painter.texts);
        if let Some(page) = page.filter(|_| self.tagged) {
            budget.keep(texts.len() as u64)?;
            let texts = texts.into_iter();
            self.texts
                .extend(texts.map(|(object, text)| ((page, object), text)));
        }
        Ok(())
    }

    /// The titles of outlines and bookmarks, which readers show beside the pages.
    fn outlines(&mut self, root: Element) {
        let place = Place::Part("Outlines".into());
        for element in root.tree() {
            let title = match element.name() {
                "OutlineElem" => element.attribute("Title"),
                "Bookmark" => element.attribute("Name"),
                _ => None,
            };
            self.gathered
                .loose(&place, title.unwrap_or_default(), Order::Body);
        }
    }

    /// What a click would do beyond turning to a page (attack E5).
    fn active(&mut self, root: Element) {
        let acts = root.tree().into_iter().any(|element| {
            matches!(
                element.name(),
                "URI" | "GotoA" | "Sound" | "Movie" | "JavaScript" | "Script"
            )
        });
        if acts {
            self.gathered.notice(Notice::ActiveContent);
        }
    }

    /// The part at `location` as it stands in the part `base`; it must be there.
    fn needed(
        &mut self,
        base: &str,
        location: &str,
        budget: &mut Budget,
    ) -> Result<Part, Unreadable> {
        self.part(base, location, budget)?
            .ok_or_else(|| Unreadable::Missing(location.into()))
    }

    /// The part at `location` as it stands in the part `base`; a notice where it is not there.
    fn part(
        &mut self,
        base: &str,
        location: &str,
        budget: &mut Budget,
    ) -> Result<Option<Part>, Unreadable> {
        match self.locate(base, location) {
            Some(name) => self.parsed(&name, budget).map(Some),
            None => Ok(None),
        }
    }

    /// The part of this name.
    fn parsed(&self, name: &str, budget: &mut Budget) -> Result<Part, Unreadable> {
        let bytes = self.package.read(name, budget)?;
        Ok(Part {
            name: name.to_owned(),
            xml: Xml::read(name, &bytes, budget)?,
        })
    }

    /// The name of the entry at `location` as it stands in the part `base`, which is reached so.
    fn locate(&mut self, base: &str, location: &str) -> Option<String> {
        let name = self.named(base, location)?;
        self.reached.insert(name);
        Some(name.to_owned())
    }

    /// The name of the entry at `location` as it stands in the part `base`; a notice where it is
    /// not there, or in another letter case.
    fn named(&mut self, base: &str, location: &str) -> Option<&'p str> {
        let Some(found) = self.seek(base, location) else {
            self.gathered.notice(Notice::PartMissing(location.into()));
            return None;
        };
        if found.case_differs {
            self.gathered.notice(Notice::CaseDiffers(found.name.into()));
        }
        Some(found.name)
    }

    /// The entry at `location` as it stands in the part `base`.
    fn seek(&self, base: &str, location: &str) -> Option<Found<'p>> {
        let package = self.package;
        // Some write paths from the root without the leading slash.
        resolve(base, location)
            .and_then(|path| package.find(&path))
            .or_else(|| package.find(&resolve("", location)?))
    }
}

/// An id; real files write them in decimal, some with blanks around.
fn id(text: Option<&str>) -> Option<u64> {
    text?.trim().parse().ok()
}

fn physical(parent: Element) -> Option<Area> {
    area(parent.child("PhysicalBox")?.text())
}
