//! What a PDF has beside its pages: what it says about itself, outlines, attachments, scripts.

use std::collections::BTreeSet;

use super::file::File;
use super::object::{Dict, Object};
use super::{Reader, text_string};
use crate::Unreadable;
use crate::contents::Notice;
use crate::inner;
use crate::limits::Budget;
use crate::marks::{Obstacle, Order, Place};
use crate::xml::Xml;

/// Nodes of a tree or list that are visited.
const NODES_MAX: usize = 20_000;

impl Reader {
    /// The groups of optional content that are off as the file opens (8.11.4).
    pub(super) fn optional_content(
        &mut self,
        file: &mut File,
        catalog: &Dict,
        budget: &mut Budget,
    ) -> Result<(), Unreadable> {
        let properties = file.get(catalog, "OCProperties", budget)?;
        let Some(properties) = properties.dict().cloned() else {
            return Ok(());
        };
        let default = file.get(&properties, "D", budget)?;
        let default = default.dict().cloned().unwrap_or_default();
        let mut numbers = |dict: &Dict, key: &str| -> Result<Vec<u32>, Unreadable> {
            let list = file.get(dict, key, budget)?;
            let list = list.array().unwrap_or_default().iter();
            Ok(list
                .filter_map(|object| match object {
                    Object::Ref(number) => Some(*number),
                    _ => None,
                })
                .collect())
        };
        if default.get("BaseState").name() == Some("OFF") {
            self.off.extend(numbers(&properties, "OCGs")?);
            for number in numbers(&default, "ON")? {
                self.off.remove(&number);
            }
        }
        self.off.extend(numbers(&default, "OFF")?);
        Ok(())
    }

    /// The information dictionary and the XMP metadata.
    pub(super) fn information(
        &mut self,
        file: &mut File,
        catalog: &Dict,
        budget: &mut Budget,
    ) -> Result<(), Unreadable> {
        let trailer = file.trailer.clone();
        let info = file.get(&trailer, "Info", budget)?;
        if let Some(info) = info.dict().cloned() {
            for (name, value) in &info.0 {
                let value = file.resolve(value, budget)?;
                let text = match &value {
                    Object::String(bytes) => text_string(bytes),
                    Object::Name(name) => name.to_string(),
                    _ => continue,
                };
                budget.work(text.len())?;
                self.gathered.metadata(name, &text);
            }
        }
        let xmp = file.get(catalog, "Metadata", budget)?;
        if matches!(xmp, Object::Stream(..)) {
            let bytes = file.decoded(&xmp, budget)?;
            // Padding after the packet is usual, and so are zeros.
            let end = bytes
                .iter()
                .rposition(|byte| !matches!(byte, 0 | b' ' | b'\n' | b'\r'));
            let bytes = &bytes[..end.map_or(0, |end| end + 1)];
            let xml = Xml::read("XMP", bytes, budget)?;
            for element in xml.root().tree() {
                if let Some(text) = element.word() {
                    self.gathered
                        .metadata(&format!("XMP {}", element.name()), text);
                }
                for (name, text) in element.attributes() {
                    let name = name.rsplit(':').next().unwrap_or(name);
                    if matches!(name, "密级" | "classification" | "SecurityLevel") {
                        self.gathered.metadata(&format!("XMP {name}"), text);
                    }
                }
            }
        }
        Ok(())
    }

    /// Attachments, outlines, and what the file does by itself.
    pub(super) fn beside(
        &mut self,
        file: &mut File,
        catalog: &Dict,
        budget: &mut Budget,
    ) -> Result<(), Unreadable> {
        let names = file.get(catalog, "Names", budget)?;
        let names = names.dict().cloned().unwrap_or_default();
        let action = file.get(catalog, "OpenAction", budget)?;
        let acts = action
            .dict()
            .is_some_and(|action| matches!(action.get("S").name(), Some(kind) if kind != "GoTo"));
        if acts || catalog.has("AA") || names.has("JavaScript") {
            self.gathered.notice(Notice::ActiveContent);
        }
        let mut listed = Vec::new();
        name_tree(file, names.get("EmbeddedFiles"), &mut listed, budget)?;
        listed.extend(file.list(catalog.get("AF"), budget)?);
        listed.append(&mut self.files);
        let mut seen = BTreeSet::new();
        for specification in listed {
            self.attached(file, &specification, &mut seen, budget)?;
        }
        self.outlines(file, catalog, budget)
    }

    /// A file in the file, by its specification (7.11.3).
    pub(super) fn attached(
        &mut self,
        file: &mut File,
        specification: &Object,
        seen: &mut BTreeSet<usize>,
        budget: &mut Budget,
    ) -> Result<(), Unreadable> {
        let Some(dict) = specification.dict().cloned() else {
            return Ok(());
        };
        let mut name = String::new();
        for key in ["UF", "F", "Desc"] {
            let value = file.get(&dict, key, budget)?;
            // Thousands of specifications may share one long name.
            budget.work(value.string().map_or(1, <[u8]>::len))?;
            if name.is_empty() {
                name = value.string().map(text_string).unwrap_or_default();
            }
        }
        let embedded = file.get(&dict, "EF", budget)?;
        let embedded = embedded.dict().cloned().unwrap_or_default();
        let mut stream = file.get(&embedded, "UF", budget)?;
        if stream == Object::Null {
            stream = file.get(&embedded, "F", budget)?;
        }
        let Object::Stream(_, range) = &stream else {
            self.gathered
                .obstacle(Obstacle::AttachmentMissing(name.into()));
            return Ok(());
        };
        // One stream may be listed in several places.
        if seen.insert(range.start) {
            let looked = match file.decoded(&stream, budget) {
                Ok(bytes) => inner::look(&name, &bytes, self.depth + 1, budget),
                Err(Unreadable::Expands | Unreadable::Method) => {
                    inner::too_large(&name, range.len() as u64)
                }
                Err(why) => return Err(why),
            };
            self.gathered.attachment(looked);
        }
        Ok(())
    }

    fn outlines(
        &mut self,
        file: &mut File,
        catalog: &Dict,
        budget: &mut Budget,
    ) -> Result<(), Unreadable> {
        let outlines = file.get(catalog, "Outlines", budget)?;
        let first = outlines.dict().map(|dict| dict.get("First").clone());
        let mut open: Vec<Object> = first.into_iter().collect();
        let mut seen = BTreeSet::new();
        while let Some(raw) = open.pop() {
            if matches!(raw, Object::Ref(number) if !seen.insert(number)) || seen.len() > NODES_MAX
            {
                continue;
            }
            let node = file.resolve(&raw, budget)?;
            let Some(dict) = node.dict() else { continue };
            let title = file.get(dict, "Title", budget)?;
            if let Some(title) = title.string() {
                budget.work(title.len())?;
                let place = Place::Part("Outlines".into());
                self.gathered
                    .loose(&place, &text_string(title), Order::Body);
            }
            for key in ["Next", "First"] {
                // Only references: an item written inside another could not end.
                if let next @ Object::Ref(_) = dict.get(key) {
                    open.push(next.clone());
                }
            }
        }
        Ok(())
    }
}

/// The values of a name tree (7.9.6).
fn name_tree(
    file: &mut File,
    root: &Object,
    found: &mut Vec<Object>,
    budget: &mut Budget,
) -> Result<(), Unreadable> {
    let mut open = vec![root.clone()];
    let mut seen = BTreeSet::new();
    while let Some(raw) = open.pop() {
        if matches!(raw, Object::Ref(number) if !seen.insert(number)) {
            continue;
        }
        let node = file.resolve(&raw, budget)?;
        let Some(dict) = node.dict().cloned() else {
            continue;
        };
        for pair in file.list(dict.get("Names"), budget)?.as_chunks::<2>().0 {
            found.push(pair[1].clone());
        }
        let kids = file.get(&dict, "Kids", budget)?;
        open.extend(kids.array().unwrap_or_default().iter().cloned());
        if open.len() + found.len() > NODES_MAX {
            return Err(Unreadable::TooMuch);
        }
    }
    Ok(())
}
