//! Setting a seal into an OFD package. `proto/seal.md`, `apply/1`, has every byte of it.
//!
//! Entries are copied as they are stored. `OFD.xml` gets the way to the list of signatures with the
//! first seal, and the list one more line with each; nothing else changes.

use std::borrow::Cow;

use data_encoding::BASE64;
use yichuan_document::Timestamp;
use yichuan_seal::Placement;
use yichuan_seal::instant;
use yichuan_seal::sm2_key::sm3;

use super::{NotSealed, Prepared, Rest, Setting, is_seen, page};
use crate::Unreadable;
use crate::limits::{Budget, Limits};
use crate::ofd::{Outline, outline};
use crate::package::{Package, Stored, Written, resolve};
use crate::xml::{Content, content};

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const SPACE: &str = "xmlns:ofd=\"http://www.ofdspec.org/2016\"";
/// SM3, as `CheckMethod` names it, and SM2 with SM3.
const SM3: &str = "1.2.156.10197.1.401";
const SM2_WITH_SM3: &str = "1.2.156.10197.1.501";
/// Who made the signature, and by which version of `apply`.
const PROVIDER: &str = "<ofd:Provider ProviderName=\"Yichuan\" Version=\"1\" Company=\"Yichuan\"/>";
/// Entries that one seal adds, at most.
const ADDED: usize = 4;

/// A package that lacks the signature's value alone.
#[derive(Clone, Debug)]
pub(super) struct Unfinished {
    package: Written,
    value: String,
}

impl Unfinished {
    pub(super) fn finish(mut self, value: &[u8]) -> Result<Vec<u8>, NotSealed> {
        self.package.add(&self.value, value)?;
        Ok(self.package.finish()?)
    }
}

/// The names that the seal's own entries get.
struct Names {
    list: String,
    signature: String,
    seal: String,
    value: String,
}

/// An entry of the sealed package: one that is copied, or its new content.
enum Entry<'b> {
    Copied(Stored<'b>),
    Rewritten(&'b str, Vec<u8>),
}

/// All but the signature's value.
pub(super) fn prepare(
    before: &[u8],
    setting: &Setting<'_>,
    limits: &Limits,
) -> Result<Prepared, NotSealed> {
    let mut budget = Budget::new(*limits);
    let package = Package::open(before, &mut budget)?;
    if package.find("OFD.xml").is_none() {
        return Err(NotSealed::Kind);
    }
    let asked: Vec<usize> = setting.places.iter().filter_map(page).collect();
    let found = outline(&package, &asked, &mut budget)?;
    takes_a_seal(&found)?;
    let pages = on_pages(&found, setting.places)?;
    let stored = package.stored();
    if stored.len() + ADDED > limits.entries {
        return Err(Unreadable::Entries.into());
    }
    let names = names(&package, &found, setting.ordinal)?;
    let first_id = found.list.as_ref().map_or(0, |list| list.last_id) + 1;
    let last_id = first_id + u32::try_from(pages.len()).unwrap_or(u32::MAX / 2);
    let ids = (first_id, last_id);
    let entries = entries(&package, stored, &found, (&names, ids), &mut budget)?;
    let room = before.len() + setting.seal.raw().len() * 3 + entries.len() * 200;
    let mut written = Written::with_room(room);
    let mut references = String::new();
    for entry in &entries {
        let name = match entry {
            Entry::Copied(stored) => {
                written.copy(stored)?;
                stored.name
            }
            Entry::Rewritten(name, bytes) => {
                written.add(name, bytes)?;
                name
            }
        };
        if name == names.list {
            continue;
        }
        let bytes = match entry {
            Entry::Copied(_) => package.read(name, &mut budget)?,
            Entry::Rewritten(_, bytes) => Cow::Borrowed(bytes.as_slice()),
        };
        refer(&mut references, name, &bytes)?;
    }
    if found.list.is_none() {
        written.add(&names.list, new_list(&names, ids).as_bytes())?;
    }
    refer(&mut references, &names.seal, setting.seal.raw())?;
    let stamps = stamps(setting.places, &pages, first_id);
    let xml = signature_xml(&names, &references, &stamps, setting.at);
    written.add(&names.signature, xml.as_bytes())?;
    written.add(&names.seal, setting.seal.raw())?;
    Ok(Prepared {
        data_hash: sm3(xml.as_bytes()),
        property: format!("/{}", names.signature),
        seal: setting.seal.raw().to_vec(),
        at: setting.at,
        rest: Rest::Ofd(Unfinished {
            package: written,
            value: names.value,
        }),
    })
}

/// The entries of the package, with the way to the list or the line in it.
fn entries<'b>(
    package: &Package,
    stored: Vec<Stored<'b>>,
    found: &Outline,
    (names, ids): (&Names, (u32, u32)),
    budget: &mut Budget,
) -> Result<Vec<Entry<'b>>, NotSealed> {
    let changed = match &found.list {
        Some(list) => &list.name,
        None => &found.entry,
    };
    let mut entries = Vec::with_capacity(stored.len());
    for entry in stored {
        if entry.name != changed {
            entries.push(Entry::Copied(entry));
            continue;
        }
        let bytes = package.read(entry.name, budget)?;
        let bytes = match &found.list {
            Some(_) => with_line(entry.name, &bytes, names, ids),
            None => with_way_to_list(entry.name, &bytes, names),
        };
        entries.push(Entry::Rewritten(entry.name, bytes?));
    }
    Ok(entries)
}

fn takes_a_seal(found: &Outline) -> Result<(), NotSealed> {
    if found.documents != 1 {
        return Err(NotSealed::Documents);
    }
    if found.is_locked {
        return Err(NotSealed::Locked);
    }
    match &found.lost {
        Some(name) => Err(NotSealed::Remains(name.as_str().into())),
        None => Ok(()),
    }
}

/// The ids of the pages of the places. Something of each place must be seen on its page, and no
/// other page may have its id, or another reader would draw the seal there.
fn on_pages(found: &Outline, places: &[Placement]) -> Result<Vec<u64>, NotSealed> {
    let on_page = |place: &Placement| {
        let number = place.page;
        let page = page(place).and_then(|page| found.pages.get(page));
        let (id, size) = page.ok_or(NotSealed::NoPage { page: number })?;
        let size = size.unwrap_or_default();
        if found.pages.iter().filter(|(other, _)| other == id).count() > 1 {
            return Err(Unreadable::Damaged("Page/@ID").into());
        }
        if is_seen(place, (size.width(), size.height())) {
            Ok(*id)
        } else {
            Err(NotSealed::OffPage { page: number })
        }
    };
    places.iter().map(on_page).collect()
}

/// The names: the list's folder, else the document's, where they can be written in ASCII, else the
/// root; and the first number from the ordinal on of which nothing is there.
fn names(package: &Package, found: &Outline, ordinal: u8) -> Result<Names, NotSealed> {
    let folder = |name: &str| {
        let plain = |sign: char| sign.is_ascii_alphanumeric() || "_-./".contains(sign);
        let (folder, _) = name.rsplit_once('/').unwrap_or_default();
        let is_plain = folder.chars().all(plain) && folder.len() <= 200;
        (!folder.is_empty() && is_plain).then(|| format!("{folder}/"))
    };
    let (list, below) = if let Some(list) = &found.list {
        let below = folder(&list.name).unwrap_or_else(|| "Signs/".to_owned());
        (list.name.clone(), below)
    } else {
        let below = format!("{}Signs/", folder(&found.root).unwrap_or_default());
        let list = format!("{below}Signatures.xml");
        if package.find(&list).is_some() {
            return Err(NotSealed::Remains(list.into()));
        }
        (list, below)
    };
    // There are fewer entries than numbers, so one is free.
    let free = (u32::from(ordinal)..).map(|number| format!("{below}Sign_{number}/"));
    let mut free = free.filter(|folder| !package.has_folder(folder));
    let own = free.next().unwrap_or(below);
    Ok(Names {
        list,
        signature: format!("{own}Signature.xml"),
        seal: format!("{own}Seal.esl"),
        value: format!("{own}SignedValue.dat"),
    })
}

/// `OFD.xml` with the way to the list as the last element of its one body.
fn with_way_to_list(part: &str, bytes: &[u8], names: &Names) -> Result<Vec<u8>, NotSealed> {
    let Content { at, prefix } =
        content(bytes, &["OFD", "DocBody"]).ok_or_else(|| NotSealed::Form(part.into()))?;
    let list = &names.list;
    let way = format!("<{prefix}Signatures>/{list}</{prefix}Signatures>");
    Ok([&bytes[..at.end], way.as_bytes(), &bytes[at.end..]].concat())
}

/// The list with one more line at its end and, where it tells one, the highest id.
fn with_line(
    part: &str,
    bytes: &[u8],
    names: &Names,
    (id, last): (u32, u32),
) -> Result<Vec<u8>, NotSealed> {
    let Content { at, prefix } =
        content(bytes, &["Signatures"]).ok_or_else(|| NotSealed::Form(part.into()))?;
    let line = line(&prefix, id, names);
    let told = content(bytes, &["Signatures", "MaxSignId"]);
    let last = format!("s{last:03}");
    let (told, last) = told.map_or((at.end..at.end, ""), |told| (told.at, last.as_str()));
    Ok([
        &bytes[..told.start],
        last.as_bytes(),
        &bytes[told.end..at.end],
        line.as_bytes(),
        &bytes[at.end..],
    ]
    .concat())
}

fn line(prefix: &str, id: u32, names: &Names) -> String {
    let location = &names.signature;
    format!("<{prefix}Signature ID=\"s{id:03}\" Type=\"Seal\" BaseLoc=\"/{location}\"/>")
}

fn new_list(names: &Names, (id, last): (u32, u32)) -> String {
    let line = line("ofd:", id, names);
    format!(
        "{HEAD}<ofd:Signatures {SPACE}><ofd:MaxSignId>s{last:03}</ofd:MaxSignId>{line}\
         </ofd:Signatures>"
    )
}

/// Adds the digest of an entry. Refuses a name that no path would lead back to.
fn refer(references: &mut String, name: &str, bytes: &[u8]) -> Result<(), NotSealed> {
    let path = format!("/{name}");
    let is_xml = |sign: char| !matches!(sign, '\u{fffe}' | '\u{ffff}');
    if resolve("", &path).as_deref() != Some(name) || !name.chars().all(is_xml) {
        return Err(Unreadable::EntryName.into());
    }
    references.push_str("<ofd:Reference FileRef=\"");
    for sign in path.chars() {
        match sign {
            '&' => references.push_str("&amp;"),
            '<' => references.push_str("&lt;"),
            '"' => references.push_str("&quot;"),
            sign => references.push(sign),
        }
    }
    references.push_str("\"><ofd:CheckValue>");
    references.push_str(&BASE64.encode(&sm3(bytes)));
    references.push_str("</ofd:CheckValue></ofd:Reference>");
    Ok(())
}

/// Where the seal is drawn. The ids follow the signature's own.
fn stamps(places: &[Placement], pages: &[u64], id: u32) -> String {
    let mut stamps = String::new();
    for ((place, page), id) in places.iter().zip(pages).zip(id + 1..) {
        let boundary = box_of([place.x, place.y, place.width, place.height]);
        stamps.push_str(&format!(
            "<ofd:StampAnnot ID=\"s{id:03}\" PageRef=\"{page}\" Boundary=\"{boundary}\""
        ));
        if let Some(clip) = place.clip {
            let clip = box_of([clip.x, clip.y, clip.width, clip.height]);
            stamps.push_str(&format!(" Clip=\"{clip}\""));
        }
        stamps.push_str("/>");
    }
    stamps
}

/// Millimetres with two digits behind the point.
fn box_of(numbers: [u32; 4]) -> String {
    numbers
        .map(|number| format!("{}.{:02}", number / 100, number % 100))
        .join(" ")
}

fn signature_xml(names: &Names, references: &str, stamps: &str, at: Timestamp) -> String {
    let at = instant::to_generalized(at);
    let (seal, value) = (&names.seal, &names.value);
    format!(
        "{HEAD}<ofd:Signature {SPACE}><ofd:SignedInfo>{PROVIDER}\
         <ofd:SignatureMethod>{SM2_WITH_SM3}</ofd:SignatureMethod>\
         <ofd:SignatureDateTime>{at}</ofd:SignatureDateTime>\
         <ofd:References CheckMethod=\"{SM3}\">{references}</ofd:References>{stamps}\
         <ofd:Seal><ofd:BaseLoc>/{seal}</ofd:BaseLoc></ofd:Seal></ofd:SignedInfo>\
         <ofd:SignedValue>/{value}</ofd:SignedValue></ofd:Signature>"
    )
}
