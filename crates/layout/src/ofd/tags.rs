//! Semantic tags: which objects are which element of an official document (GB/T 33476).

use super::{Document, Reader, id};
use crate::Unreadable;
use crate::contents::Tag;
use crate::limits::Budget;
use crate::xml::Element;

/// How long the names from the outermost element to a tag may be together.
const PATH_BYTES_MAX: usize = 512;

impl Reader<'_> {
    /// The tags of a document, with the text that they point at.
    pub(super) fn tags(
        &mut self,
        document: &Document,
        budget: &mut Budget,
    ) -> Result<(), Unreadable> {
        for list in document.root.all("CustomTags") {
            let Some(location) = list.word() else {
                continue;
            };
            let Some(part) = self.part(&document.part.name, location, budget)? else {
                continue;
            };
            for tag in part.xml.root().all("CustomTag") {
                let Some(location) = tag.child("FileLoc").and_then(Element::word) else {
                    continue;
                };
                if let Some(file) = self.part(&part.name, location, budget)? {
                    self.tagged(file.xml.root(), String::new(), budget)?;
                }
            }
        }
        Ok(())
    }

    fn tagged(
        &mut self,
        element: Element,
        around: String,
        budget: &mut Budget,
    ) -> Result<(), Unreadable> {
        budget.work(1)?;
        let mut path = around;
        if !path.is_empty() {
            path.push('/');
        }
        path.push_str(element.name());
        if path.len() > PATH_BYTES_MAX {
            return Ok(());
        }
        let mut text = element.text().trim().to_owned();
        let mut points = false;
        for inner in element.children() {
            if inner.name() == "ObjectRef" {
                points = true;
                let page = id(inner.attribute("PageRef"));
                let said = page.zip(id(inner.word()));
                if let Some(said) = said.and_then(|place| self.texts.get(&place)) {
                    budget.work(said.len())?;
                    text.push_str(said);
                }
            } else {
                self.tagged(inner, path.clone(), budget)?;
            }
        }
        if points || !text.is_empty() {
            self.gathered.tag(Tag { path, text });
        }
        Ok(())
    }
}
