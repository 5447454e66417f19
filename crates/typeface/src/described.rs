//! What a font file says of itself, read from its tables without its outlines.

use std::io;

use skrifa::raw::tables::head::Head;
use skrifa::raw::tables::name::Name;
use skrifa::raw::tables::os2::Os2;
use skrifa::raw::{FontData, FontRead};

use crate::faces::{FaceInfo, FaceSource};

/// Fonts in one collection that are looked at.
const COLLECTION_MAX: usize = 64;
/// Tables of one font that are looked at.
const TABLES_MAX: usize = 256;
/// The most bytes of one table that are read.
const TABLE_BYTES_MAX: usize = 1 << 20;
/// Names of one font that are kept.
const NAMES_MAX: usize = 64;
/// Letters of one name that are kept.
const NAME_CHARS_MAX: usize = 128;

/// The fonts of one file.
pub type Described = Vec<FaceInfo>;

/// Why a file's fonts are not known.
#[derive(Debug)]
pub enum NotAFont {
    /// It cannot be read.
    Io(io::Error),
    /// It has no form that is known, or its tables are damaged.
    Form,
}

impl std::fmt::Display for NotAFont {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Io(error) => write!(f, "the font cannot be read: {error}"),
            Self::Form => f.write_str("this is no TrueType or OpenType font"),
        }
    }
}

impl std::error::Error for NotAFont {}

impl From<io::Error> for NotAFont {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// The fonts of the file that is called `id`: its names, weights and slants. `read` answers with
/// the bytes from an offset on, exactly as many as asked for; a few thousand are read in all.
pub fn describe(
    id: &str,
    read: &mut dyn FnMut(u64, usize) -> io::Result<Vec<u8>>,
) -> Result<Described, NotAFont> {
    let starts = match &read(0, 4)?[..] {
        b"ttcf" => {
            let count = number(&read(8, 4)?, 0)?.min(COLLECTION_MAX);
            let offsets = read(12, count * 4)?;
            (0..count)
                .map(|index| number(&offsets, index * 4))
                .collect::<Result<Vec<_>, _>>()?
        }
        [0, 1, 0, 0] | b"OTTO" | b"true" => vec![0],
        _ => return Err(NotAFont::Form),
    };
    let fonts = starts.into_iter().zip(0..);
    fonts
        .map(|(start, index)| {
            let id = id.to_owned();
            font(start as u64, FaceSource { id, index }, read)
        })
        .collect()
}

fn font(
    start: u64,
    source: FaceSource,
    read: &mut dyn FnMut(u64, usize) -> io::Result<Vec<u8>>,
) -> Result<FaceInfo, NotAFont> {
    let count = number(&read(start + 4, 4)?, 0)? >> 16;
    if count > TABLES_MAX {
        return Err(NotAFont::Form);
    }
    let directory = read(start + 12, count * 16)?;
    let mut table = |tag: &[u8]| -> Result<Option<Vec<u8>>, NotAFont> {
        let Some(entry) = directory.chunks(16).find(|entry| entry.starts_with(tag)) else {
            return Ok(None);
        };
        let (offset, length) = (number(entry, 8)?, number(entry, 12)?);
        Ok(Some(read(offset as u64, length.min(TABLE_BYTES_MAX))?))
    };
    let names = table(b"name")?.ok_or(NotAFont::Form)?;
    let (families, names) = names_of(&names)?;
    let os2 = table(b"OS/2")?;
    let os2 = os2
        .as_ref()
        .and_then(|os2| Os2::read(FontData::new(os2)).ok());
    let head = table(b"head")?;
    let head = head
        .as_ref()
        .and_then(|head| Head::read(FontData::new(head)).ok());
    let style = head.map_or(0, |head| head.mac_style().bits());
    let says_bold = names
        .iter()
        .any(|name| name.to_ascii_lowercase().contains("bold"));
    let mut weight = os2.map_or(400, |os2| os2.us_weight_class());
    // Some bold fonts say the weight of their regular one.
    if weight < 600 && (style & 1 == 1 || says_bold) {
        weight = 700;
    }
    Ok(FaceInfo {
        families,
        names,
        weight,
        italic: style & 2 == 2,
        source,
    })
}

/// The names of the family and those of the font.
fn names_of(table: &[u8]) -> Result<(Vec<String>, Vec<String>), NotAFont> {
    let data = FontData::new(table);
    let table = Name::read(data).map_err(|_| NotAFont::Form)?;
    let (mut families, mut names) = (Vec::new(), Vec::new());
    for record in table.name_record() {
        let kept = match record.name_id().to_u16() {
            1 | 16 => &mut families,
            4 | 6 => &mut names,
            _ => continue,
        };
        let Ok(name) = record.string(table.string_data()) else {
            continue;
        };
        let name: String = name.chars().take(NAME_CHARS_MAX).collect();
        if kept.len() < NAMES_MAX && !name.trim().is_empty() && !kept.contains(&name) {
            kept.push(name);
        }
    }
    if families.is_empty() && names.is_empty() {
        return Err(NotAFont::Form);
    }
    Ok((families, names))
}

/// The number of four bytes at `at`.
fn number(bytes: &[u8], at: usize) -> Result<usize, NotAFont> {
    let bytes = bytes.get(at..at + 4).ok_or(NotAFont::Form)?;
    let bytes = bytes.try_into().map_err(|_| NotAFont::Form)?;
    Ok(u32::from_be_bytes(bytes) as usize)
}
