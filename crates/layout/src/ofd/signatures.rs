//! Signatures in the package: what they are, and what it takes to judge them (steps 1 and 2 of
//! `proto/seal.md`).
//!
//! Digests are over the entries as they are stored in the package, expanded and nothing else: no
//! XML is written anew.

use std::collections::{BTreeSet, HashMap};

use data_encoding::BASE64;
use yichuan_seal::instant;
use yichuan_seal::ses::{Code, Fact, Finding, SesSignature};

use super::protected::{Digest, Signed, tell};
use super::{Part, Reader, id};
use crate::Unreadable;
use crate::contents::{Proof, Signature, SignatureKind};
use crate::geometry::{Area, area};
use crate::limits::Budget;
use crate::signature_shape::shape;
use crate::xml::Element;

/// Names that parts of a signature have, wherever they lie.
const PARTS: &[&str] = &["signatures.xml", "signature.xml", "signedvalue.dat"];
/// How `CheckMethod` names SM3.
const SM3: &[&str] = &["SM3", "1.2.156.10197.1.401"];
/// How much of a file's own words is repeated in a finding, in characters.
const QUOTED_MAX: usize = 200;

/// A list of signatures, `Signatures.xml`.
pub(super) struct List<'p> {
    pub(super) name: &'p str,
    pub(super) part: Part,
    pub(super) signatures: Vec<Listed<'p>>,
}

/// A signature that is listed, with the entries that it consists of.
pub(super) struct Listed<'p> {
    /// Where the list says that it is.
    pub(super) location: String,
    /// Its `Signature.xml`; none where there is none.
    pub(super) part: Option<(&'p str, Part)>,
    pub(super) value: Option<&'p str>,
    pub(super) seal: Option<&'p str>,
}

/// What a signature says of one entry.
struct Reference<'x, 'p> {
    file: &'x str,
    entry: Option<&'p str>,
    digest: Option<Vec<u8>>,
}

impl<'p> Reader<'p> {
    /// The list of signatures that a document's body leads to.
    pub(super) fn listed(
        &mut self,
        body: Element,
        base: &str,
        budget: &mut Budget,
    ) -> Result<Option<List<'p>>, Unreadable> {
        let Some(location) = body.child("Signatures").and_then(Element::word) else {
            return Ok(None);
        };
        let Some(name) = self.named(base, location) else {
            return Ok(None);
        };
        let part = self.parsed(name, budget)?;
        let mut signatures = Vec::new();
        for listed in part.xml.root().all("Signature") {
            let location = listed.attribute("BaseLoc");
            let location = location.or_else(|| listed.child("BaseLoc").and_then(Element::word));
            let location = location.unwrap_or_default();
            signatures.push(self.one_listed(&part.name, location, budget)?);
        }
        Ok(Some(List {
            name,
            part,
            signatures,
        }))
    }

    fn one_listed(
        &mut self,
        base: &str,
        location: &str,
        budget: &mut Budget,
    ) -> Result<Listed<'p>, Unreadable> {
        let mut listed = Listed {
            location: location.to_owned(),
            part: None,
            value: None,
            seal: None,
        };
        if let Some(name) = self.named(base, location) {
            let part = self.parsed(name, budget)?;
            let root = part.xml.root();
            let value = root.child("SignedValue").and_then(Element::word);
            listed.value = value.and_then(|location| self.named(name, location));
            let seal = info(root).child("Seal");
            let seal = seal.and_then(|seal| seal.child("BaseLoc")?.word());
            listed.seal = seal.and_then(|location| self.named(name, location));
            listed.part = Some((name, part));
        }
        Ok(listed)
    }

    /// Reads the signatures that a document's body leads to.
    pub(super) fn signatures(
        &mut self,
        body: Element,
        base: &str,
        pages: &(Vec<u64>, usize),
        budget: &mut Budget,
    ) -> Result<(), Unreadable> {
        let Some(list) = self.listed(body, base, budget)? else {
            return Ok(());
        };
        let is_list = list.part.xml.root().name() == "Signatures";
        self.protected.list(list.name, is_list);
        for listed in list.signatures {
            let signed = self.signed(listed, pages, budget)?;
            self.protected.signed.push(signed);
        }
        Ok(())
    }

    /// One signature, all but whether it covers the whole package.
    fn signed(
        &mut self,
        listed: Listed<'p>,
        (pages, first): &(Vec<u64>, usize),
        budget: &mut Budget,
    ) -> Result<Signed<'p>, Unreadable> {
        let mut proof = Proof::default();
        if let Some(value) = listed.value {
            proof.value = self.package.read(value, budget)?.into_owned();
        }
        if proof.value.is_empty() {
            proof.found.push(Finding::bare(Code::NoValue));
        }
        let (kind, generation) = shape(&proof.value);
        let mut signed = Signed {
            signature: Signature {
                kind,
                generation,
                location: listed.location,
                stamps: Vec::new(),
                proof,
            },
            own: [listed.part.as_ref().map(|part| part.0), listed.value, None],
            stands: false,
            covered: BTreeSet::new(),
        };
        let Some((name, part)) = &listed.part else {
            return Ok(signed);
        };
        let root = part.xml.root();
        let signature = &mut signed.signature;
        (*name).clone_into(&mut signature.location);
        budget.work(pages.len())?;
        // Of two pages with one id the first is meant.
        let numbered = pages.iter().enumerate().rev();
        let places: HashMap<u64, usize> = numbered.map(|(at, id)| (*id, first + at)).collect();
        let stamps = root.tree().into_iter();
        let stamps = stamps.filter(|element| element.name() == "StampAnnot");
        signature.stamps = stamps
            .filter_map(|stamp| {
                let page = places.get(&id(stamp.attribute("PageRef"))?)?;
                Some((*page, shown(stamp)?))
            })
            .collect();
        let proof = &mut signature.proof;
        proof.data_hash = self.digest(name, budget)?.sm3();
        let at = info(root)
            .child("SignatureDateTime")
            .and_then(Element::word);
        let at = at.and_then(instant::from_free_text);
        proof.declared_at = at.map(|(at, _)| at);
        if let Some(seal) = listed.seal {
            proof.seal_file = Some(self.package.read(seal, budget)?.into_owned());
        }
        let mut keeps_seal = false;
        if kind == SignatureKind::Ses
            && let Ok(read) = SesSignature::read(&proof.value)
        {
            keeps_seal = proof.seal_file.as_deref() == Some(read.seal().raw());
            if !self.names_it(read.property(), name) {
                let property: String = read.property().chars().take(QUOTED_MAX).collect();
                let finding = Finding::with(Code::PropertyDiffers, Fact::Part(property));
                proof.found.push(finding);
            }
        }
        signed.own[2] = listed.seal.filter(|_| keeps_seal);
        signed.stands = root.name() == "Signature"
            && matches!(kind, SignatureKind::Ses | SignatureKind::Gbt35275);
        self.references(&mut signed, name, root, budget)?;
        Ok(signed)
    }

    /// Whether what the signer says of the protected range is this `Signature.xml`: its path, or an
    /// object of JSON that contains it, as one product writes.
    fn names_it(&self, property: &str, name: &str) -> bool {
        let at = self.seek("", property);
        at.is_some_and(|found| found.name == name)
            || property.starts_with('{') && property.contains(name)
    }

    /// Step 2: every entry that is said to be protected, over its bytes.
    fn references(
        &mut self,
        signed: &mut Signed<'p>,
        name: &str,
        root: Element,
        budget: &mut Budget,
    ) -> Result<(), Unreadable> {
        let (mut missing, mut differing, mut unknown) =
            (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for list in info(root).all("References") {
            let method = list.attribute("CheckMethod").unwrap_or_default().trim();
            let is_sm3 = SM3.iter().any(|known| known.eq_ignore_ascii_case(method));
            if !is_sm3 {
                unknown.insert(quoted(method));
            }
            for reference in self.referred(list, name) {
                budget.keep(1)?;
                let Some(entry) = reference.entry else {
                    missing.insert(quoted(reference.file));
                    continue;
                };
                signed.covered.insert(entry);
                if !is_sm3 {
                    continue;
                }
                match self.digest(entry, budget)? {
                    Digest::TooLarge => unknown.insert(entry.to_owned()),
                    Digest::Sm3(sm3) if reference.digest.as_deref() == Some(&sm3) => false,
                    Digest::Sm3(_) | Digest::Damaged => differing.insert(entry.to_owned()),
                };
            }
        }
        let found = &mut signed.signature.proof.found;
        tell(found, Code::ReferenceDiffers, differing);
        tell(found, Code::ReferenceMissing, missing);
        tell(found, Code::ReferenceNotCheckable, unknown);
        Ok(())
    }

    fn referred<'x>(&self, list: Element<'x>, name: &str) -> Vec<Reference<'x, 'p>> {
        let references = list.all("Reference").map(|reference| {
            let file = reference.attribute("FileRef").unwrap_or_default();
            let digest = reference.child("CheckValue").map(Element::text);
            let digest = digest.map(|text| text.split_ascii_whitespace().collect::<String>());
            Reference {
                file,
                entry: self.seek(name, file).map(|found| found.name),
                digest: digest.and_then(|text| BASE64.decode(text.as_bytes()).ok()),
            }
        });
        references.collect()
    }

    /// Parts of signatures that nothing leads to: somebody may have taken the way to them out.
    pub(super) fn unreached_signatures(&self) -> Vec<&'p str> {
        let package = self.package;
        let own = self.protected.entries();
        let lost = package.names().filter(|name| {
            let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
            // The value over the whole package lies in its root.
            PARTS.contains(&file.to_lowercase().as_str())
                && !folder.is_empty()
                && !self.reached.contains(name)
                && !own.contains(name)
        });
        lost.collect()
    }
}

/// `SignedInfo`, where a signature says what it says; by name, since the order differs.
pub(super) fn info(root: Element) -> Element {
    root.child("SignedInfo").unwrap_or(root)
}

/// What is seen of a stamp: its boundary, or the part of it that is clipped out.
fn shown(stamp: Element) -> Option<Area> {
    let boundary = area(stamp.attribute("Boundary")?)?;
    let Some(clip) = stamp.attribute("Clip").and_then(area) else {
        return Some(boundary);
    };
    let left = boundary.left.max(boundary.left + clip.left);
    let top = boundary.top.max(boundary.top + clip.top);
    Some(Area {
        left,
        top,
        right: boundary.right.min(boundary.left + clip.right).max(left),
        bottom: boundary.bottom.min(boundary.top + clip.bottom).max(top),
    })
}

fn quoted(text: &str) -> String {
    text.chars().take(QUOTED_MAX).collect()
}
