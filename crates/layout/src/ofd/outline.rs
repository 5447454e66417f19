//! What of a package must be known to set a seal into it: the document, its pages, and the
//! signatures that are there.

use super::{Part, Reader, id, physical};
use crate::Unreadable;
use crate::geometry::Area;
use crate::limits::Budget;
use crate::package::Package;
use crate::xml::Element;

/// What a seal stands on.
#[derive(Clone, Debug)]
pub(crate) struct Outline {
    /// How many documents the package has.
    pub(crate) documents: usize,
    /// The entry that is its root.
    pub(crate) entry: String,
    /// The root of its (first) document.
    pub(crate) root: String,
    /// The pages: their ids, and sizes in millimetres of those that were asked for.
    pub(crate) pages: Vec<(u64, Option<Area>)>,
    /// The list of signatures that is there.
    pub(crate) list: Option<SignatureList>,
    /// Whether a signature protects the list, or the whole package, so that none can be added.
    pub(crate) is_locked: bool,
    /// A part of a signature that nothing leads to.
    pub(crate) lost: Option<String>,
}

/// The list of signatures.
#[derive(Clone, Debug)]
pub(crate) struct SignatureList {
    pub(crate) name: String,
    /// The highest number at the end of an id in it, or in what it lists.
    pub(crate) last_id: u32,
    is_locked: bool,
}

/// Reads the outline of a package; sizes of the pages in `asked`, from 0, alone.
pub(crate) fn outline(
    package: &Package,
    asked: &[usize],
    budget: &mut Budget,
) -> Result<Outline, Unreadable> {
    let mut reader = Reader::new(package, 1);
    reader.outline(asked, budget)
}

impl Reader<'_> {
    fn outline(&mut self, asked: &[usize], budget: &mut Budget) -> Result<Outline, Unreadable> {
        let part = self.entry(budget)?;
        let mut bodies = part.xml.root().all("DocBody");
        let body = bodies.next().ok_or(Unreadable::Damaged("DocBody"))?;
        let documents = 1 + bodies.count();
        let location = body.child("DocRoot").and_then(Element::word);
        let location = location.ok_or(Unreadable::Damaged("DocRoot"))?;
        let document = self.needed(&part.name, location, budget)?;
        let pages = self.page_sizes(&document, asked, budget)?;
        let list = self.list_outline(body, &part.name, budget)?;
        let lost = self.unreached_signatures().first().copied();
        let is_locked = list.as_ref().is_some_and(|list| list.is_locked);
        Ok(Outline {
            is_locked: is_locked || self.package.has("OFDEntries.xml"),
            documents,
            entry: part.name.clone(),
            root: document.name.clone(),
            pages,
            list,
            lost: lost.map(str::to_owned),
        })
    }

    fn page_sizes(
        &mut self,
        document: &Part,
        asked: &[usize],
        budget: &mut Budget,
    ) -> Result<Vec<(u64, Option<Area>)>, Unreadable> {
        let root = document.xml.root();
        let common = root.child("CommonData");
        let usual = common.and_then(|common| physical(common.child("PageArea")?));
        let pages = root.child("Pages").ok_or(Unreadable::Damaged("Pages"))?;
        let mut found = Vec::new();
        for page in pages.all("Page") {
            if found.len() >= budget.limits.pages {
                return Err(Unreadable::Pages);
            }
            let id = id(page.attribute("ID")).ok_or(Unreadable::Damaged("Page/@ID"))?;
            let mut size = None;
            if asked.contains(&found.len()) {
                let location = page.attribute("BaseLoc");
                let location = location.ok_or(Unreadable::Damaged("Page/@BaseLoc"))?;
                let content = self.needed(&document.name, location, budget)?;
                let own = content.xml.root().child("Area").and_then(physical);
                size = own.or(usual);
            }
            found.push((id, size));
        }
        Ok(found)
    }

    fn list_outline(
        &mut self,
        body: Element,
        base: &str,
        budget: &mut Budget,
    ) -> Result<Option<SignatureList>, Unreadable> {
        let Some(list) = self.listed(body, base, budget)? else {
            // A way to a list that is not there is no place to add to.
            return match body.child("Signatures") {
                Some(named) => Err(Unreadable::Missing(named.text().trim().into())),
                None => Ok(None),
            };
        };
        self.protected.list(list.name, true);
        let root = list.part.xml.root();
        let mut ids: Vec<&str> = root
            .all("Signature")
            .filter_map(|listed| listed.attribute("ID"))
            .collect();
        ids.extend(root.child("MaxSignId").and_then(Element::word));
        let mut is_locked = false;
        let mut stamps = Vec::new();
        for listed in &list.signatures {
            let (name, part) = listed
                .part
                .as_ref()
                .ok_or_else(|| Unreadable::Missing(listed.location.as_str().into()))?;
            self.protected.list(name, true);
            for own in [listed.value, listed.seal].into_iter().flatten() {
                self.protected.list(own, true);
            }
            for element in part.xml.root().tree() {
                match element.name() {
                    "Reference" => {
                        let file = element.attribute("FileRef").unwrap_or_default();
                        let entry = self.seek(name, file);
                        is_locked |= entry.is_some_and(|entry| entry.name == list.name);
                    }
                    "StampAnnot" => stamps.extend(element.attribute("ID").map(number)),
                    _ => {}
                }
            }
        }
        let numbers = ids.into_iter().map(number).chain(stamps);
        Ok(Some(SignatureList {
            name: list.name.to_owned(),
            last_id: numbers.max().unwrap_or(0),
            is_locked,
        }))
    }
}

/// The number at the end of an id, as 12 of `s012`; 0 where there is none, or one of more than
/// eight digits, which no counting gives.
fn number(id: &str) -> u32 {
    let id = id.trim();
    let digits = id.trim_start_matches(|sign: char| !sign.is_ascii_digit());
    let is_number = digits.len() <= 8 && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| is_number).unwrap_or(0)
}
