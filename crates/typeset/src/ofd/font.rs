//! Fonts reduced to the glyphs that a document uses.
//!
//! A reader finds a glyph by its id, which the page tells (`CGTransform`), or by its character: so
//! the reduced font has new ids, and the table from characters to ids (`cmap`) that PDF can do
//! without and a reader of OFD cannot.

use std::collections::BTreeMap;

use skrifa::raw::types::Tag;
use skrifa::raw::{FontRef, TableProvider as _};
use subsetter::GlyphRemapper;

use crate::fonts::{Fonts, Used};
use crate::refusal::Refused;
use crate::sheet::Set;

/// A font as it is embedded.
pub(super) struct Reduced {
    pub(super) family: String,
    /// None where no character is of this font.
    pub(super) bytes: Option<Vec<u8>>,
    ids: BTreeMap<u16, u16>,
}

impl Reduced {
    /// The new id of a glyph.
    pub(super) fn glyph(&self, glyph: u16) -> u16 {
        self.ids.get(&glyph).copied().unwrap_or(0)
    }
}

/// The document's fonts, in their order.
pub(super) fn reduce(set: &Set, fonts: &Fonts<'_>) -> Result<Vec<Reduced>, Refused> {
    let mut glyphs: Vec<BTreeMap<char, u16>> = vec![BTreeMap::new(); fonts.used.len()];
    for text in set.pages.iter().flat_map(|page| &page.texts) {
        if let Some(glyphs) = glyphs.get_mut(text.font) {
            glyphs.extend(text.signs.iter().map(|sign| (sign.sign, sign.glyph)));
        }
    }
    fonts
        .used
        .iter()
        .zip(&glyphs)
        .map(|(used, glyphs)| one(used, glyphs))
        .collect()
}

fn one(used: &Used, glyphs: &BTreeMap<char, u16>) -> Result<Reduced, Refused> {
    let mut reduced = Reduced {
        family: used.family.clone(),
        bytes: None,
        ids: BTreeMap::new(),
    };
    if glyphs.is_empty() {
        return Ok(reduced);
    }
    let mut mapper = GlyphRemapper::new();
    for glyph in glyphs.values() {
        reduced.ids.insert(*glyph, mapper.remap(*glyph));
    }
    let whole = (*used.bytes).as_ref();
    let subset = subsetter::subset(whole, used.index, &mapper).map_err(|_| Refused::Embedding)?;
    let mapped: Vec<(u32, u16)> = glyphs
        .iter()
        .map(|(sign, glyph)| (u32::from(*sign), reduced.glyph(*glyph)))
        .collect();
    let mut tables = tables(&subset).ok_or(Refused::Embedding)?;
    tables.insert(*b"cmap", cmap(&mapped));
    let original = FontRef::from_index(whole, used.index).map_err(|_| Refused::Embedding)?;
    if let Some(os2) = original.data_for_tag(Tag::new(b"OS/2")) {
        tables.insert(*b"OS/2", os2.as_bytes().to_vec());
    }
    let version = subset.get(..4).ok_or(Refused::Embedding)?;
    reduced.bytes = Some(font(version, tables));
    Ok(reduced)
}

type Tables = BTreeMap<[u8; 4], Vec<u8>>;

fn tables(font: &[u8]) -> Option<Tables> {
    let count = usize::from(u16::from_be_bytes(font.get(4..6)?.try_into().ok()?));
    let mut tables = Tables::new();
    for entry in font.get(12..12 + count * 16)?.chunks_exact(16) {
        let number = |at: usize| -> Option<usize> {
            let bytes = entry.get(at..at + 4)?.try_into().ok()?;
            usize::try_from(u32::from_be_bytes(bytes)).ok()
        };
        let (offset, length) = (number(8)?, number(12)?);
        let table = font.get(offset..offset.checked_add(length)?)?;
        tables.insert(entry.get(..4)?.try_into().ok()?, table.to_vec());
    }
    Some(tables)
}

/// The sum of a table's words, the last filled up.
fn sum(table: &[u8]) -> u32 {
    table.chunks(4).fold(0_u32, |sum, word| {
        let mut whole = [0; 4];
        whole[..word.len()].copy_from_slice(word);
        sum.wrapping_add(u32::from_be_bytes(whole))
    })
}

/// A font file of these tables (OpenType 1.9, "Organization of an OpenType font").
fn font(version: &[u8], mut tables: Tables) -> Vec<u8> {
    const ADJUSTED: u32 = 0xb1b0_afba;
    const ADJUSTMENT: core::ops::Range<usize> = 8..12;
    if let Some(place) = tables
        .get_mut(b"head")
        .and_then(|head| head.get_mut(ADJUSTMENT))
    {
        place.fill(0);
    }
    let count = tables.len();
    let power = count.max(1).ilog2();
    let range = 16_u16 << power;
    let short = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
    let long = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let mut directory = version.to_vec();
    for number in [
        short(count),
        range,
        short(power as usize),
        short(count * 16).saturating_sub(range),
    ] {
        directory.extend(number.to_be_bytes());
    }
    let mut body: Vec<u8> = Vec::new();
    let begin = 12 + count * 16;
    let mut head_at = None;
    for (tag, table) in &tables {
        let offset = begin + body.len();
        if tag == b"head" {
            head_at = Some(offset);
        }
        directory.extend(tag);
        for number in [sum(table), long(offset), long(table.len())] {
            directory.extend(number.to_be_bytes());
        }
        body.extend(table);
        body.resize(body.len().next_multiple_of(4), 0);
    }
    directory.extend(body);
    let adjustment = ADJUSTED.wrapping_sub(sum(&directory));
    if let Some(place) =
        head_at.and_then(|at| directory.get_mut(at + ADJUSTMENT.start..at + ADJUSTMENT.end))
    {
        place.copy_from_slice(&adjustment.to_be_bytes());
    }
    directory
}

/// The table from characters, in their order, to glyphs: format 4 for the first plane where it has
/// room, format 12 for all.
fn cmap(mapped: &[(u32, u16)]) -> Vec<u8> {
    const SEGMENTS_MAX: usize = 8_000;
    let plane: Vec<(u16, u16)> = mapped
        .iter()
        .filter_map(|(sign, glyph)| Some((u16::try_from(*sign).ok()?, *glyph)))
        .filter(|(sign, _)| *sign != u16::MAX)
        .collect();
    let short = (plane.len() < SEGMENTS_MAX).then(|| segments(&plane));
    let long = groups(mapped);
    let count = if short.is_some() { 2_u16 } else { 1 };
    let mut table = Vec::new();
    let mut offset = 4 + 8 * u32::from(count);
    table.extend(0_u16.to_be_bytes());
    table.extend(count.to_be_bytes());
    let lists = short.iter().map(|list| (1_u16, list)).chain([(10, &long)]);
    for (encoding, list) in lists.clone() {
        table.extend(3_u16.to_be_bytes());
        table.extend(encoding.to_be_bytes());
        table.extend(offset.to_be_bytes());
        offset += u32::try_from(list.len()).unwrap_or(u32::MAX);
    }
    for (_, list) in lists {
        table.extend(list);
    }
    table
}

/// Format 4: each character is a segment of its own.
fn segments(mapped: &[(u16, u16)]) -> Vec<u8> {
    let last = (u16::MAX, 0_u16);
    let all: Vec<(u16, u16)> = mapped.iter().copied().chain([last]).collect();
    let count = u16::try_from(all.len()).unwrap_or(u16::MAX);
    let power = count.max(1).ilog2();
    let range = 2_u16 << power;
    let head = [
        4,
        16 + count * 8,
        0,
        count * 2,
        range,
        u16::try_from(power).unwrap_or(0),
        count * 2 - range,
    ];
    let ends = all.iter().map(|(sign, _)| *sign);
    let deltas = all.iter().map(|(sign, glyph)| {
        if *sign == u16::MAX {
            1
        } else {
            glyph.wrapping_sub(*sign)
        }
    });
    let zeros = all.iter().map(|_| 0);
    head.into_iter()
        .chain(ends.clone())
        .chain([0])
        .chain(ends)
        .chain(deltas)
        .chain(zeros)
        .flat_map(u16::to_be_bytes)
        .collect()
}

/// Format 12.
fn groups(mapped: &[(u32, u16)]) -> Vec<u8> {
    let count = u32::try_from(mapped.len()).unwrap_or(u32::MAX);
    let mut list: Vec<u8> = [12_u16, 0].into_iter().flat_map(u16::to_be_bytes).collect();
    for number in [16 + count * 12, 0, count] {
        list.extend(number.to_be_bytes());
    }
    for (sign, glyph) in mapped {
        for number in [*sign, *sign, u32::from(*glyph)] {
            list.extend(number.to_be_bytes());
        }
    }
    list
}
