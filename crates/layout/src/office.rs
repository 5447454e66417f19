//! Office files and packages of files: their text and names, for marks only.
//!
//! Nothing is laid out: every part with text is searched, whichever path leads to it, so that no
//! detour through relationships hides one.

use crate::Unreadable;
use crate::contents::{Contents, Gathered, Kind, Notice};
use crate::inner::{self, HEAD_LINES};
use crate::limits::Budget;
use crate::marks::{Obstacle, Order, Place};
use crate::package::Package;
use crate::xml::{Element, Xml};

/// A document with pictures and fewer characters than this is a picture of a document.
const TEXT_MIN: usize = 30;

/// Reads a package that is no OFD: an office file by its list of types, otherwise a ZIP.
pub(crate) fn package(
    package: &Package,
    depth: u32,
    budget: &mut Budget,
) -> Result<Contents, Unreadable> {
    let holds = |folder: &str| package.names().any(|name| name.starts_with(folder));
    let kind = if !package.has("[Content_Types].xml") {
        Kind::Zip
    } else if holds("word/") {
        Kind::Docx
    } else if holds("xl/") {
        Kind::Xlsx
    } else if holds("ppt/") {
        Kind::Pptx
    } else {
        Kind::Zip
    };
    let mut gathered = Gathered::new(kind);
    let mut text = 0;
    let mut pictures = false;
    for name in package.names() {
        budget.work(1)?;
        if kind == Kind::Zip {
            inside(package, name, depth, &mut gathered, budget)?;
            continue;
        }
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        match ending.to_ascii_lowercase().as_str() {
            "rels" | "odttf" | "ttf" | "fntdata" => {}
            "xml" | "vml" => text += part(package, name, &mut gathered, budget)?,
            "png" | "jpg" | "jpeg" | "gif" | "bmp" | "tif" | "tiff" | "emf" | "wmf" | "svg" => {
                pictures = true;
            }
            _ if name.ends_with("vbaProject.bin") => gathered.notice(Notice::ActiveContent),
            _ => inside(package, name, depth, &mut gathered, budget)?,
        }
    }
    if kind != Kind::Zip && text < TEXT_MIN && pictures {
        gathered.obstacle(Obstacle::NoTextAtAll);
    }
    Ok(gathered.finish())
}

/// A file in the package: its name and what it holds.
fn inside(
    package: &Package,
    name: &str,
    depth: u32,
    gathered: &mut Gathered,
    budget: &mut Budget,
) -> Result<(), Unreadable> {
    let size = package.size(name).unwrap_or(0);
    let looked = if size > budget.part() {
        inner::too_large(name, size as u64)
    } else {
        let bytes = package.read(name, budget)?;
        inner::look(name, &bytes, depth + 1, budget)
    };
    gathered.attachment(looked);
    Ok(())
}

/// Searches a part of an office file; how many characters of text it has.
fn part(
    package: &Package,
    name: &str,
    gathered: &mut Gathered,
    budget: &mut Budget,
) -> Result<usize, Unreadable> {
    let bytes = package.read(name, budget)?;
    let xml = Xml::read(name, &bytes, budget)?;
    let root = xml.root();
    if root.name() == "coreProperties" || root.name() == "Properties" {
        properties(root, gathered);
        return Ok(0);
    }
    let mut found = Found::default();
    collect(root, &mut found);
    budget.work(found.text.len())?;
    let place = Place::Part(name.into());
    let has_head = matches!(root.name(), "document" | "hdr" | "sld");
    let lines = found.text.lines().filter(|line| !line.trim().is_empty());
    let mut length = 0;
    for (number, line) in lines.enumerate() {
        length += line.chars().count();
        let head = has_head && number < HEAD_LINES;
        let order = if head { Order::Head } else { Order::Body };
        gathered.loose(&place, line, order);
    }
    // The words of a watermark or of lettering lie over the page: they mark it.
    for line in &found.lettering {
        gathered.loose(&place, line, Order::Head);
    }
    for line in &found.described {
        gathered.loose(&place, line, Order::Body);
    }
    Ok(length)
}

/// What an office file says about itself.
fn properties(root: Element, gathered: &mut Gathered) {
    for element in root.children() {
        let name = element.attribute("name").unwrap_or(element.name());
        let inner: String = element.tree().iter().map(|inner| inner.text()).collect();
        gathered.metadata(name, &inner);
    }
}

#[derive(Default)]
struct Found {
    text: String,
    lettering: Vec<String>,
    described: Vec<String>,
}

/// The text of an element in the order of the document, a line for each paragraph or cell.
fn collect(root: Element, found: &mut Found) {
    // Depth is bounded by the XML reader.
    let block = matches!(
        root.name(),
        "p" | "si" | "is" | "c" | "br" | "cr" | "comment" | "tc" | "textpath"
    );
    let line = |text: &mut String| {
        if block && !text.ends_with('\n') {
            text.push('\n');
        }
    };
    line(&mut found.text);
    if root.name() == "tab" {
        found.text.push(' ');
    }
    // A line break in a cell is one; one between elements is the producer's.
    found.text.push_str(root.text().trim_matches(['\n', '\r']));
    if let Some(text) = root.attribute("string") {
        found.lettering.push(text.to_owned());
    }
    for name in ["descr", "title", "alt"] {
        if let Some(text) = root.attribute(name) {
            found.described.push(text.to_owned());
        }
    }
    for inner in root.children() {
        collect(inner, found);
    }
    line(&mut found.text);
}

/// A compound file (DOC, WPS, XLS …): its streams are not taken apart. What looks like text in it
/// is searched, and whatever is found, the rest could not be checked.
pub(crate) fn compound(bytes: &[u8], budget: &mut Budget) -> Result<Contents, Unreadable> {
    budget.work(bytes.len() / 32)?;
    let mut gathered = Gathered::new(Kind::OldOffice);
    // The name of the stream that an encrypted file keeps everything in.
    let encrypted: Vec<u8> = "EncryptedPackage"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    if bytes
        .windows(encrypted.len())
        .any(|window| window == encrypted)
    {
        return Err(Unreadable::Encrypted);
    }
    let place = Place::Part("text".into());
    for start in [0, 1] {
        let units = bytes.get(start..).unwrap_or_default().as_chunks::<2>().0;
        let units = units.iter().map(|pair| u16::from_le_bytes(*pair));
        let signs = char::decode_utf16(units).map(|sign| match sign {
            Ok(sign) if !sign.is_control() => sign,
            _ => '\n',
        });
        let mut line = String::new();
        for sign in signs.chain(['\n']) {
            if sign == '\n' || line.len() > 4_096 {
                gathered.loose(&place, &line, Order::Body);
                line.clear();
            }
            if sign != '\n' {
                line.push(sign);
            }
        }
    }
    gathered.obstacle(Obstacle::Opaque);
    Ok(gathered.finish())
}
