//! Files in the package: the annexes that travel inside a document.

use std::collections::BTreeMap;

use super::{Document, Reader};
use crate::Unreadable;
use crate::contents::Attachment;
use crate::inner;
use crate::limits::Budget;
use crate::marks::Obstacle;
use crate::xml::Element;

impl Reader<'_> {
    /// The attachments of a document, each looked into.
    pub(super) fn attachments(
        &mut self,
        document: &Document,
        budget: &mut Budget,
    ) -> Result<(), Unreadable> {
        let mut known: BTreeMap<String, Attachment> = BTreeMap::new();
        for list in document.root.all("Attachments") {
            let Some(location) = list.word() else {
                continue;
            };
            let Some(part) = self.part(&document.part.name, location, budget)? else {
                continue;
            };
            for attachment in part.xml.root().all("Attachment") {
                budget.work(1)?;
                let name = attachment.attribute("Name").unwrap_or_default();
                let format = attachment.attribute("Format").unwrap_or_default();
                let file = attachment.child("FileLoc").and_then(Element::word);
                let file = file.and_then(|location| self.locate(&part.name, location));
                let Some(file) = file else {
                    self.gathered
                        .obstacle(Obstacle::AttachmentMissing(name.into()));
                    continue;
                };
                // The name may lack its ending, which stands in `Format` or on the file.
                let name = if name.is_empty() {
                    file.clone()
                } else {
                    name.to_owned()
                };
                let name = name.as_str();
                let size = self.package.size(&file).unwrap_or(0);
                budget.work(name.len())?;
                // One file may be listed many times: only its further names are new.
                let looked = if let Some(known) = known.get(&file) {
                    inner::named_again(name, known)
                } else if size > budget.part() {
                    inner::too_large(name, size as u64)
                } else {
                    let bytes = self.package.read(&file, budget)?;
                    inner::look(name, &bytes, self.depth + 1, budget)
                };
                known.entry(file).or_insert_with(|| looked.clone());
                let mut looked = looked;
                if !looked.name.contains('.') && !format.is_empty() && format.len() < 16 {
                    looked.name = format!("{}.{}", looked.name, format.trim_start_matches('.'));
                }
                self.gathered.attachment(looked);
            }
        }
        Ok(())
    }
}
