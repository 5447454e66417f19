//! Signatures in the package: that they are there and what they are, not whether they hold.

use super::{Reader, id};
use crate::Unreadable;
use crate::contents::{Notice, Proof, Signature};
use crate::geometry::area;
use crate::limits::Budget;
use crate::signature_shape::shape;
use crate::xml::Element;

/// Names that parts of a signature have, wherever they lie.
const PARTS: &[&str] = &["signatures.xml", "signature.xml", "signedvalue.dat"];

impl Reader<'_> {
    /// The signatures that a document's body leads to.
    pub(super) fn signatures(
        &mut self,
        body: Element,
        base: &str,
        (pages, first): &(Vec<u64>, usize),
        budget: &mut Budget,
    ) -> Result<(), Unreadable> {
        let Some(location) = body.child("Signatures").and_then(Element::word) else {
            return Ok(());
        };
        let Some(list) = self.part(base, location, budget)? else {
            return Ok(());
        };
        for listed in list.xml.root().all("Signature") {
            let location = listed.attribute("BaseLoc");
            let location = location.or_else(|| listed.child("BaseLoc").and_then(Element::word));
            let Some(location) = location else { continue };
            let Some(part) = self.part(&list.name, location, budget)? else {
                continue;
            };
            let root = part.xml.root();
            let stamps = root.tree().into_iter();
            let stamps = stamps
                .filter(|element| element.name() == "StampAnnot")
                .filter_map(|stamp| {
                    let page = id(stamp.attribute("PageRef"))?;
                    let place = pages.iter().position(|known| *known == page)?;
                    Some((first + place, area(stamp.attribute("Boundary")?)?))
                })
                .collect();
            let value = root.child("SignedValue").and_then(Element::word);
            let value = value.and_then(|location| self.locate(&part.name, location));
            let value = match value {
                Some(value) => self.package.read(&value, budget)?.into_owned(),
                None => Vec::new(),
            };
            let (kind, generation) = shape(&value);
            self.gathered.signature(Signature {
                kind,
                generation,
                location: part.name.clone(),
                stamps,
                proof: Proof {
                    value,
                    ..Proof::default()
                },
            });
        }
        Ok(())
    }

    /// Parts of signatures that nothing leads to: somebody may have taken the way to them out.
    pub(super) fn unreached_signatures(&mut self) {
        let names = self.package.names();
        let lost: Vec<String> = names
            .filter(|name| {
                let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
                // The value over the whole package lies in its root.
                PARTS.contains(&file.to_lowercase().as_str())
                    && !folder.is_empty()
                    && !self.reached.contains(*name)
            })
            .map(str::to_owned)
            .collect();
        for name in lost {
            self.gathered
                .notice(Notice::SignatureUnreached(name.into()));
        }
    }
}
