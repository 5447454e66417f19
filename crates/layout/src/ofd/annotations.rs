//! Annotations: notes, stamps and watermarks over the pages.

use super::objects::Painter;
use super::resources::Resources;
use super::{Document, Part, Reader, id};
use crate::Unreadable;
use crate::limits::Budget;
use crate::marks::{Order, Place};
use crate::page::{Sheet, Sight, Source};
use crate::xml::Element;

impl Reader<'_> {
    /// The files of annotations with the pages that they belong to.
    pub(super) fn annotations(
        &mut self,
        document: &Document,
        budget: &mut Budget,
    ) -> Result<Vec<(String, u64)>, Unreadable> {
        let mut found = Vec::new();
        for list in document.root.all("Annotations") {
            let Some(location) = list.word() else {
                continue;
            };
            let Some(part) = self.part(&document.part.name, location, budget)? else {
                continue;
            };
            for page in part.xml.root().all("Page") {
                let file = page.child("FileLoc").and_then(Element::word);
                let file = file.and_then(|location| self.locate(&part.name, location));
                if let (Some(page), Some(file)) = (id(page.attribute("PageID")), file) {
                    found.push((file, page));
                }
            }
        }
        Ok(found)
    }

    /// Lays the annotations of `part` over a page.
    pub(super) fn annotate(
        &mut self,
        document: &Document,
        part: &Part,
        page: u64,
        sheet: &mut Sheet,
        budget: &mut Budget,
    ) -> Result<(), Unreadable> {
        let none = Resources::default();
        let number = self.gathered.pages() + 1;
        let mut painter = Painter::new(Source::Annotation, [&none, &document.resources], sheet);
        for annotation in part.xml.root().all("Annot") {
            let off = annotation.attribute("Visible") == Some("false");
            let sight = if off { Sight::Hidden } else { Sight::Seen };
            for element in annotation.children() {
                if element.name() == "Appearance" {
                    painter.appearance(element, sight, budget)?;
                    continue;
                }
                // A remark and its parameters show in a window of their own.
                let said: String = element.tree().iter().map(|inner| inner.text()).collect();
                budget.work(said.len())?;
                self.gathered
                    .loose(&Place::Note { page: number }, &said, Order::Body);
            }
        }
        let texts = std::mem::take(&mut painter.texts);
        if self.tagged {
            budget.keep(texts.len() as u64)?;
            let texts = texts.into_iter();
            self.texts
                .extend(texts.map(|(object, text)| ((page, object), text)));
        }
        Ok(())
    }
}
