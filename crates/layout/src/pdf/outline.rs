//! What of a PDF has to be known to set a seal into it, as it is written.
//!
//! What a seal is put into is copied byte by byte, and never written from what was understood of
//! it.

use core::ops::Range;
use std::collections::{BTreeMap, BTreeSet};

use super::fields::{Field, fields};
use super::file::File;
use super::frame::Frame;
use super::object::{Dict, Lexer, Object};
use super::{Leaf, pages, text_string};
use crate::Unreadable;
use crate::limits::Budget;

/// The highest number of an object that readers take (ISO 32000-1, annex C).
const NUMBER_MAX: u32 = 8_388_607;
/// Objects that one seal adds, at most.
const ADDED_MAX: u32 = 2_000;

/// A dictionary as it is written.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    text: Vec<u8>,
    entries: Vec<(String, Range<usize>)>,
    /// Where its end begins.
    close: usize,
}

impl Text {
    /// Reads a dictionary that is all of `text`. A key that stands twice is refused: readers differ
    /// about it.
    fn read(text: &[u8], budget: &mut Budget) -> Result<Self, Unreadable> {
        let bad = Unreadable::Damaged("PDF");
        let mut lexer = Lexer::new(text, 0);
        let entries = lexer.entries(budget)?;
        let mut keys: Vec<&String> = entries.iter().map(|(key, _)| key).collect();
        keys.sort_unstable();
        if keys.windows(2).any(|pair| pair[0] == pair[1]) || lexer.at != text.len() {
            return Err(bad);
        }
        Ok(Self {
            close: text.len() - 2,
            text: text.to_vec(),
            entries,
        })
    }

    fn place(&self, key: &str) -> Option<Range<usize>> {
        let found = self.entries.iter().find(|(known, _)| known == key);
        found.map(|(_, place)| place.clone())
    }

    /// The value of a key, as it is written.
    pub(crate) fn value(&self, key: &str) -> Option<&[u8]> {
        self.place(key).map(|place| &self.text[place])
    }

    /// The dictionary with a value in place of the one of `key`, else with both at its end.
    pub(crate) fn with(&self, key: &str, value: &[u8]) -> Vec<u8> {
        let name = format!("/{key}");
        let (at, name) = match self.place(key) {
            Some(place) => (place, &b""[..]),
            None => (self.close..self.close, name.as_bytes()),
        };
        // The blank parts a number from the name before it.
        let (before, behind) = (&self.text[..at.start], &self.text[at.end..]);
        [before, name, b" ", value, behind].concat()
    }

    /// The same, to be changed further.
    pub(crate) fn then(&self, key: &str, value: &[u8], budget: &mut Budget) -> Option<Self> {
        Self::read(&self.with(key, value), budget).ok()
    }
}

/// A PDF, as far as a seal is concerned.
pub(crate) struct Outline {
    /// Where the last cross-references begin.
    pub(crate) last: usize,
    /// Whether these are a stream.
    pub(crate) is_stream: bool,
    /// The first number that no object has.
    pub(crate) free: u32,
    /// What every trailer repeats, as it is written.
    pub(crate) trailer: Vec<u8>,
    pub(crate) catalog: (u32, Text),
    pub(crate) form: Form,
    /// Names of the fields in the form's own list.
    pub(crate) names: BTreeSet<String>,
    /// Whether a signature forbids another one.
    pub(crate) is_locked: bool,
    /// The pages that were asked for, from 0.
    pub(crate) asked: BTreeMap<usize, Sealable>,
}

/// The file's form.
pub(crate) enum Form {
    /// There is none.
    Missing,
    /// It is written in the catalog.
    InCatalog(Listing),
    /// It is an object of its own.
    Own(u32, Listing),
}

/// A dictionary, and what stands between the brackets of a list in it.
pub(crate) struct Listing {
    pub(crate) dict: Text,
    pub(crate) listed: Vec<u8>,
}

/// A page that a seal is set on.
pub(crate) struct Sealable {
    pub(crate) number: u32,
    pub(crate) frame: Frame,
    /// Its dictionary, and its annotations.
    pub(crate) listing: Listing,
}

/// Reads what has to be known; of pages, those `asked` for.
pub(crate) fn outline(
    bytes: &[u8],
    asked: &BTreeSet<usize>,
    budget: &mut Budget,
) -> Result<Outline, Unreadable> {
    let mut file = File::open(bytes, budget)?;
    if !ends(bytes) {
        return Err(Unreadable::Damaged("%%EOF"));
    }
    let last = *file.sections.first().ok_or(Unreadable::Damaged("xref"))?;
    let Object::Ref(root) = *file.trailer.get("Root") else {
        return Err(Unreadable::Damaged("Root"));
    };
    let catalog = written(&mut file, root, "Root", budget)?;
    let read = file.resolve(&Object::Ref(root), budget)?;
    let read = read.dict().ok_or(Unreadable::Damaged("Root"))?.clone();
    let fields = fields(&mut file, &read, budget)?;
    let form = form(&mut file, &catalog, &read, budget)?;
    let leaves = pages(&mut file, &read, budget)?;
    let mut found = BTreeMap::new();
    for number in asked {
        if let Some(leaf) = leaves.get(*number) {
            found.insert(*number, sealable(&mut file, leaf, budget)?);
        }
    }
    let mut names = BTreeSet::new();
    for field in fields.iter().filter(|field| field.is_outermost) {
        let name = file.get(&field.dict, "T", budget)?;
        names.extend(name.string().map(text_string));
    }
    Ok(Outline {
        last: last.at,
        is_stream: last.is_stream,
        free: free(&file)?,
        trailer: trailer(&file, last.trailer, budget)?,
        is_locked: is_locked(&mut file, &read, &fields, budget)?,
        asked: found,
        catalog: (root, catalog),
        form,
        names,
    })
}

/// Whether nothing but blanks stands behind the end of the file.
pub(super) fn ends(bytes: &[u8]) -> bool {
    bytes.trim_ascii_end().ends_with(b"%%EOF")
}

/// A dictionary that is an object of its own.
fn written(
    file: &mut File,
    number: u32,
    what: &'static str,
    budget: &mut Budget,
) -> Result<Text, Unreadable> {
    let text = file.written(number, budget)?;
    Text::read(&text.ok_or(Unreadable::Damaged(what))?, budget)
}

/// What of the last trailer the next one repeats.
fn trailer(file: &File, at: usize, budget: &mut Budget) -> Result<Vec<u8>, Unreadable> {
    let mut lexer = Lexer::new(file.bytes, at);
    lexer.blanks();
    let from = lexer.at;
    lexer.expect(budget)?;
    let text = Text::read(&file.bytes[from..lexer.at], budget)?;
    let mut kept = Vec::new();
    for key in ["Root", "Info", "ID"] {
        if let Some(value) = text.value(key) {
            kept.extend_from_slice(format!("/{key} ").as_bytes());
            kept.extend_from_slice(value);
        }
    }
    Ok(kept)
}

fn free(file: &File) -> Result<u32, Unreadable> {
    let size = file.trailer.get("Size").index();
    let size = size.and_then(|size| u32::try_from(size).ok());
    // An object beyond the size that the file tells would be there for some readers alone.
    size.filter(|size| *size > file.highest() && *size <= NUMBER_MAX - ADDED_MAX)
        .ok_or(Unreadable::Damaged("Size"))
}

/// What stands between the brackets of a list that is a dictionary's value, or that it refers to.
fn listed(
    file: &mut File,
    dict: &Text,
    read: &Dict,
    key: &'static str,
    budget: &mut Budget,
) -> Result<Vec<u8>, Unreadable> {
    let text = match read.get(key) {
        Object::Null if !read.has(key) => return Ok(Vec::new()),
        Object::Ref(number) => file.written(*number, budget)?.unwrap_or_default(),
        _ => dict.value(key).unwrap_or_default().to_vec(),
    };
    match &text[..] {
        [b'[', inside @ .., b']'] => Ok(inside.to_vec()),
        _ => Err(Unreadable::Damaged(key)),
    }
}

fn form(
    file: &mut File,
    catalog: &Text,
    read: &Dict,
    budget: &mut Budget,
) -> Result<Form, Unreadable> {
    if !read.has("AcroForm") {
        return Ok(Form::Missing);
    }
    let bad = Unreadable::Damaged("AcroForm");
    let own = match read.get("AcroForm") {
        Object::Ref(number) => Some(*number),
        _ => None,
    };
    let dict = match own {
        Some(number) => written(file, number, "AcroForm", budget)?,
        None => Text::read(catalog.value("AcroForm").ok_or(bad.clone())?, budget)?,
    };
    let read = file.get(read, "AcroForm", budget)?;
    let read = read.dict().ok_or(bad.clone())?.clone();
    if read.has("XFA") || !matches!(read.get("SigFlags"), Object::Null | Object::Number(_)) {
        // The pages of such a form are not those of the file.
        return Err(bad);
    }
    let listed = listed(file, &dict, &read, "Fields", budget)?;
    let listing = Listing { dict, listed };
    Ok(match own {
        Some(number) => Form::Own(number, listing),
        None => Form::InCatalog(listing),
    })
}

fn sealable(file: &mut File, leaf: &Leaf, budget: &mut Budget) -> Result<Sealable, Unreadable> {
    let number = leaf.number.ok_or(Unreadable::Damaged("Pages"))?;
    let dict = written(file, number, "Pages", budget)?;
    let listed = listed(file, &dict, &leaf.dict, "Annots", budget)?;
    let frame = Frame::read(file, leaf, budget)?;
    if (frame.unit - 1.0).abs() > 1e-9 {
        return Err(Unreadable::Damaged("UserUnit"));
    }
    Ok(Sealable {
        number,
        frame,
        listing: Listing { dict, listed },
    })
}

/// Whether a signature forbids a further one: it certifies the file as it is (`DocMDP`, 12.8.2.2),
/// or locks fields that are not there yet (`FieldMDP`, 12.8.2.4).
fn is_locked(
    file: &mut File,
    catalog: &Dict,
    fields: &[Field],
    budget: &mut Budget,
) -> Result<bool, Unreadable> {
    let permissions = file.get(catalog, "Perms", budget)?;
    let permissions = permissions.dict().cloned().unwrap_or_default();
    let mut signatures = vec![file.get(&permissions, "DocMDP", budget)?];
    for field in fields.iter().filter(|field| field.signs) {
        let value = file.get(&field.dict, "V", budget)?;
        if value.dict().is_some() {
            let lock = file.get(&field.dict, "Lock", budget)?;
            if lock.dict().is_some_and(|lock| locks(lock)) {
                return Ok(true);
            }
            signatures.push(value);
        }
    }
    for signature in signatures {
        let Some(signature) = signature.dict().cloned() else {
            continue;
        };
        for reference in file.list(signature.get("Reference"), budget)? {
            let Some(reference) = reference.dict().cloned() else {
                continue;
            };
            let parameters = file.get(&reference, "TransformParams", budget)?;
            let parameters = parameters.dict().cloned().unwrap_or_default();
            let method = file.get(&reference, "TransformMethod", budget)?;
            let is_lock = match method.name() {
                Some("DocMDP") => file.get(&parameters, "P", budget)?.number() == Some(1.0),
                Some("FieldMDP") => locks(&parameters),
                _ => false,
            };
            if is_lock {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Whether a lock would catch a field that is not there yet, or forbids every change.
fn locks(lock: &Dict) -> bool {
    lock.get("P").number() == Some(1.0)
        || matches!(lock.get("Action").name(), Some("All" | "Exclude"))
}
