//! What a file is, by its bytes; and files in files.

use encoding_rs::{GB18030, UTF_16BE, UTF_16LE};

use crate::contents::{Attachment, Contents, Gathered, Kind, Notice};
use crate::limits::Budget;
use crate::marks::{Marks, Obstacle, Order, Place};
use crate::package::{MAGIC, Package};
use crate::xml::{Element, Xml};
use crate::{Unreadable, ofd, office, pdf};

/// What compound files of older office programs begin with.
const COMPOUND: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
const PICTURES: &[&[u8]] = &[
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF8",
    b"BM",
    b"II*\0",
    b"MM\0*",
    b"\0\0\0\x0cjP  ",
];
/// So many lines at the beginning of a text are its head.
pub(crate) const HEAD_LINES: usize = 12;

/// Reads a file of any kind.
pub(crate) fn read(
    name: &str,
    bytes: &[u8],
    depth: u32,
    budget: &mut Budget,
) -> Result<Contents, Unreadable> {
    if bytes.is_empty() {
        return Err(Unreadable::Empty);
    }
    if bytes.len() > budget.limits.file_bytes {
        return Err(Unreadable::TooLarge);
    }
    let holds_files = bytes.starts_with(b"%PDF-") || bytes.starts_with(MAGIC);
    if holds_files && depth > budget.limits.depth {
        return Err(Unreadable::Depth);
    }
    let ending = ending(name);
    let mut contents = if bytes.starts_with(b"%PDF-") {
        pdf::read(bytes, depth, budget)?
    } else if bytes.starts_with(MAGIC) {
        let package = Package::open(bytes, budget)?;
        if package.has("OFD.xml") || ending == "ofd" {
            ofd::read(&package, depth, budget)?
        } else {
            office::package(&package, depth, budget)?
        }
    } else if ending == "ofd" || ending == "pdf" {
        return Err(Unreadable::UnknownKind);
    } else if bytes.starts_with(COMPOUND) {
        office::compound(bytes, budget)?
    } else if PICTURES.iter().any(|magic| bytes.starts_with(magic)) {
        opaque(Kind::Picture)
    } else {
        text(bytes, budget)?.unwrap_or_else(|| opaque(Kind::Unknown))
    };
    if differs(&ending, contents.kind) {
        contents.notices.push(Notice::TypeDiffers);
    }
    Ok(contents)
}

/// Looks into a file in a file. What cannot be read in it is an obstacle, and the file around it
/// can be read all the same; the budget is that of the whole.
pub(crate) fn look(name: &str, bytes: &[u8], depth: u32, budget: &mut Budget) -> Attachment {
    let (kind, mut marks, active) = match read(name, bytes, depth, budget) {
        Ok(contents) => {
            let active = contents.notices.contains(&Notice::ActiveContent);
            (contents.kind, contents.marks, active)
        }
        Err(why) => (Kind::Unknown, unread(Obstacle::of(&why)), false),
    };
    let mut named = crate::marks::Scan::default();
    named.file_name(name);
    marks.findings.extend(named.finish().findings);
    Attachment {
        name: name.to_owned(),
        bytes: bytes.len() as u64,
        kind,
        marks,
        active,
    }
}

/// A file in a file that was looked into under another name: what is in it was told then.
pub(crate) fn named_again(name: &str, known: &Attachment) -> Attachment {
    let mut named = crate::marks::Scan::default();
    named.file_name(name);
    Attachment {
        name: name.to_owned(),
        marks: named.finish(),
        ..known.clone()
    }
}

/// A file in a file that is larger than is read.
pub(crate) fn too_large(name: &str, bytes: u64) -> Attachment {
    Attachment {
        name: name.to_owned(),
        bytes,
        kind: Kind::Unknown,
        marks: unread(Obstacle::of(&Unreadable::Expands)),
        active: false,
    }
}

fn unread(obstacle: Obstacle) -> Marks {
    Marks {
        findings: Vec::new(),
        obstacles: vec![obstacle],
    }
}

fn opaque(kind: Kind) -> Contents {
    let mut gathered = Gathered::new(kind);
    gathered.obstacle(Obstacle::Opaque);
    gathered.finish()
}

/// A text file, if the bytes are one: UTF-8, UTF-16 with its mark, or GB 18030.
fn text(bytes: &[u8], budget: &mut Budget) -> Result<Option<Contents>, Unreadable> {
    if bytes.len() > budget.limits.part_bytes {
        return Ok(None);
    }
    // Searching costs half of what a character on a page does.
    budget.work(bytes.len() / 2)?;
    let Some(text) = decode(bytes) else {
        return Ok(None);
    };
    let odd = |sign: char| sign.is_control() && !matches!(sign, '\t' | '\n' | '\r' | '\u{c}');
    if text.chars().any(odd) {
        return Ok(None);
    }
    let mut gathered = Gathered::new(Kind::Text);
    lines(&mut gathered, &Place::Part("text".into()), &text);
    // Markup breaks up what it shows. XML can be put together again; the rest is not called clean.
    if text.trim_start().starts_with('<') {
        match Xml::read("text", bytes, budget) {
            Ok(xml) => markup(&mut gathered, xml.root()),
            Err(_) => gathered.obstacle(Obstacle::Opaque),
        }
    } else if text.trim_start().starts_with('{') {
        gathered.obstacle(Obstacle::Opaque);
    }
    Ok(Some(gathered.finish()))
}

/// Searches the text of an XML file element by element, and all of it together.
fn markup(gathered: &mut Gathered, root: Element) {
    let place = Place::Part("XML".into());
    let mut all = String::new();
    for element in root.tree() {
        gathered.loose(&place, element.text(), Order::Body);
        for (_, value) in element.attributes() {
            gathered.loose(&place, value, Order::Body);
        }
        all.push_str(element.text().trim());
    }
    gathered.loose(&place, &all, Order::Body);
}

/// Searches the lines of a text, its beginning as a head.
pub(crate) fn lines(gathered: &mut Gathered, place: &Place, text: &str) {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    for (number, line) in lines.enumerate() {
        let order = if number < HEAD_LINES {
            Order::Head
        } else {
            Order::Body
        };
        gathered.loose(place, line, order);
    }
}

fn decode(bytes: &[u8]) -> Option<String> {
    let whole = |encoding: &'static encoding_rs::Encoding, bytes| {
        let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
        Some(text.into_owned())
    };
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => std::str::from_utf8(rest).ok().map(str::to_owned),
        [0xff, 0xfe, rest @ ..] => whole(UTF_16LE, rest),
        [0xfe, 0xff, rest @ ..] => whole(UTF_16BE, rest),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => Some(text.to_owned()),
            Err(_) => whole(GB18030, bytes),
        },
    }
}

/// The name's ending in small letters, at most eight of them.
fn ending(name: &str) -> String {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    ending.chars().take(8).collect::<String>().to_lowercase()
}

/// Whether a name's ending promises another kind.
fn differs(ending: &str, kind: Kind) -> bool {
    let promised: &[Kind] = match ending {
        "ofd" => &[Kind::Ofd],
        "pdf" => &[Kind::Pdf],
        "docx" => &[Kind::Docx],
        "xlsx" => &[Kind::Xlsx],
        "pptx" => &[Kind::Pptx],
        "doc" | "xls" | "ppt" => &[Kind::OldOffice],
        "wps" | "et" | "dps" => &[Kind::OldOffice, Kind::Docx, Kind::Xlsx, Kind::Pptx],
        "zip" => &[Kind::Zip],
        "txt" | "csv" => &[Kind::Text],
        "png" | "jpg" | "jpeg" | "gif" | "bmp" | "tif" | "tiff" => &[Kind::Picture],
        _ => return false,
    };
    !promised.contains(&kind)
}

/// Whether a declared media type promises another kind.
pub(crate) fn media_type_differs(media_type: &str, kind: Kind) -> bool {
    promised(media_type).is_some_and(|promised| promised != kind)
}

/// Whether a file that cannot be read does not even begin as the type that was declared.
pub(crate) fn begins_otherwise(media_type: &str, bytes: &[u8]) -> bool {
    let begins = |magic: &[u8]| bytes.starts_with(magic);
    match promised(media_type) {
        Some(Kind::Ofd | Kind::Zip | Kind::Docx | Kind::Xlsx | Kind::Pptx) => !begins(MAGIC),
        Some(Kind::Pdf) => !begins(b"%PDF-"),
        Some(Kind::OldOffice) => !begins(COMPOUND),
        Some(Kind::Picture) => !PICTURES.iter().any(|magic| begins(magic)),
        Some(Kind::Text | Kind::Unknown) | None => false,
    }
}

/// What a media type says that a file is; none for a type that is looked at by nobody here.
fn promised(media_type: &str) -> Option<Kind> {
    Some(match media_type {
        "application/ofd" => Kind::Ofd,
        "application/pdf" => Kind::Pdf,
        "application/zip" => Kind::Zip,
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => Kind::Docx,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => Kind::Xlsx,
        "application/vnd.openxmlformats-officedocument.presentationml.presentation" => Kind::Pptx,
        "application/msword" | "application/vnd.ms-excel" | "application/vnd.ms-works" => {
            Kind::OldOffice
        }
        "text/plain" => Kind::Text,
        picture if picture.starts_with("image/") => Kind::Picture,
        _ => return None,
    })
}
