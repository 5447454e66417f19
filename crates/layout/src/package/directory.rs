//! The directory of a package, and whether it tells the truth.

use encoding_rs::GB18030;

use super::Entry;
use crate::limits::{Limits, RATIO_FREE_BYTES};
use crate::{Unreadable, bytes::Bytes};

const END: &[u8] = b"PK\x05\x06";
const END_BYTES: usize = 22;
const COMMENT_BYTES_MAX: usize = 0xffff;
const LISTED: u32 = 0x0201_4b50;
const LISTED_BYTES: usize = 46;
const LOCAL: u32 = 0x0403_4b50;
const LOCAL_BYTES: usize = 30;
/// The longest record of sizes that may follow an entry's bytes, where bit 3 announces it.
const DESCRIPTOR_BYTES: usize = 24;
const NAME_BYTES_MAX: usize = 1_024;

const ENCRYPTED: u16 = 1 | 1 << 6 | 1 << 13;
const SIZES_FOLLOW: u16 = 1 << 3;
const UTF8: u16 = 1 << 11;

/// An entry as the directory lists it.
struct Listed<'b> {
    flags: u16,
    method: u16,
    checksum: u32,
    packed: usize,
    size: usize,
    offset: usize,
    name: &'b [u8],
    /// Where the name lies in the file.
    name_at: usize,
    link: bool,
}

/// The end of the directory: where it begins and how many entries it lists.
struct End {
    start: usize,
    entries: usize,
}

/// The entries with their names; folders are checked and left out.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Vec<(String, Entry)>, Unreadable> {
    let end = find_end(bytes)?;
    if end.entries > limits.entries {
        return Err(Unreadable::Entries);
    }
    let listed = listing(bytes, &end)?;
    claims(&listed, limits)?;
    let mut spans = Vec::with_capacity(listed.len());
    let mut found = Vec::with_capacity(listed.len());
    for entry in &listed {
        let start = agree(bytes, entry)?;
        let stop = start
            .checked_add(entry.packed)
            .filter(|stop| *stop <= end.start)
            .ok_or(Unreadable::Package)?;
        spans.push((entry.offset, stop, entry.flags & SIZES_FOLLOW != 0));
        let name = name(entry)?;
        if name.ends_with('/') {
            continue;
        }
        found.push((
            name,
            Entry {
                place: found.len(),
                listed: entry.name_at..entry.name_at + entry.name.len(),
                utf8: entry.flags & UTF8 != 0,
                deflated: entry.method == 8,
                checksum: entry.checksum,
                start,
                end: stop,
                size: entry.size,
            },
        ));
    }
    side_by_side(bytes, spans, end.start)?;
    Ok(found)
}

/// The last record of the file; a comment after it must reach exactly to the file's end.
fn find_end(bytes: &[u8]) -> Result<End, Unreadable> {
    let from = bytes.len().saturating_sub(END_BYTES + COMMENT_BYTES_MAX);
    let tail = &bytes[from..];
    let at = tail
        .windows(END.len())
        .rposition(|window| window == END)
        .ok_or(Unreadable::Package)?
        + from;
    let record = Bytes(bytes.get(at..at + END_BYTES).ok_or(Unreadable::Package)?);
    let word = |place| record.u16(place).map_or(usize::MAX, usize::from);
    let comment = word(20);
    if at + END_BYTES + comment != bytes.len() {
        return Err(Unreadable::PackageForm);
    }
    let entries = word(10);
    let (size, start) = (record.size(12), record.size(16));
    let (size, start) = size.zip(start).ok_or(Unreadable::Package)?;
    let one_disk = word(4) == 0 && word(6) == 0 && word(8) == entries;
    let stop = start.checked_add(size).filter(|stop| *stop <= at);
    let between = &bytes[stop.ok_or(Unreadable::PackageForm)?..at];
    if !one_disk || entries == 0 || !(between.is_empty() || is_large_end(between)) {
        return Err(Unreadable::PackageForm);
    }
    Ok(End { start, entries })
}

/// Whether these bytes are the two records that ZIP64 has at the end. What they say is not needed:
/// the plain record says it, too.
fn is_large_end(bytes: &[u8]) -> bool {
    bytes.len() == 56 + 20
        && bytes.starts_with(b"PK\x06\x06")
        && bytes[56..].starts_with(b"PK\x06\x07")
}

/// Sizes of 64 bits, which some write for small entries, too: those of the fields that say all
/// ones, in the order of `fields`. None if one is larger than is read.
fn large(extra: &[u8], fields: [Option<usize>; 2]) -> Option<[usize; 2]> {
    let [first, second] = fields;
    if let (Some(first), Some(second)) = (first, second) {
        return Some([first, second]);
    }
    let mut rest = extra;
    loop {
        let (kind, length) = (Bytes(rest).u16(0)?, usize::from(Bytes(rest).u16(2)?));
        let content = rest.get(4..4 + length)?;
        if kind != 1 {
            rest = &rest[4 + length..];
            continue;
        }
        let number = |at: usize| {
            let (low, high) = (Bytes(content).size(at)?, Bytes(content).u32(at + 4)?);
            (high == 0).then_some(low)
        };
        let after = if first.is_none() { 8 } else { 0 };
        return Some([
            first.or_else(|| number(0))?,
            second.or_else(|| number(after))?,
        ]);
    }
}

/// A size of 32 bits, which a record of whole length has; none where it stands elsewhere.
fn small(record: Bytes, at: usize) -> Option<usize> {
    record.size(at).filter(|size| *size != u32::MAX as usize)
}

fn listing<'b>(bytes: &'b [u8], end: &End) -> Result<Vec<Listed<'b>>, Unreadable> {
    let mut listed = Vec::with_capacity(end.entries);
    let mut rest = &bytes[end.start..];
    for _ in 0..end.entries {
        let at = bytes.len() - rest.len();
        let (mut entry, after) = one(rest).ok_or(Unreadable::Package)?;
        entry.name_at += at;
        listed.push(entry);
        rest = after;
    }
    // What follows the last entry is the record at the end.
    if rest.starts_with(END) {
        Ok(listed)
    } else {
        Err(Unreadable::PackageForm)
    }
}

fn one(bytes: &[u8]) -> Option<(Listed<'_>, &[u8])> {
    let record = Bytes(bytes.get(..LISTED_BYTES)?);
    if record.u32(0)? != LISTED {
        return None;
    }
    let name_end = LISTED_BYTES + usize::from(record.u16(28)?);
    let extra_end = name_end + usize::from(record.u16(30)?);
    let end = extra_end + usize::from(record.u16(32)?);
    let extra = bytes.get(name_end..extra_end)?;
    let [size, packed] = large(extra, [small(record, 24), small(record, 20)])?;
    // The upper half of the outer attributes is the mode of Unix; 0o12 is a link.
    let link = record.u32(38)? >> 28 == 0o12;
    let entry = Listed {
        flags: record.u16(8)?,
        method: record.u16(10)?,
        checksum: record.u32(16)?,
        packed,
        size,
        offset: record.size(42)?,
        name: bytes.get(LISTED_BYTES..name_end)?,
        name_at: LISTED_BYTES,
        link,
    };
    Some((entry, bytes.get(end..)?))
}

/// What the entries say they need, before anything is expanded.
fn claims(listed: &[Listed], limits: &Limits) -> Result<(), Unreadable> {
    let mut all = 0_u64;
    for entry in listed {
        let (packed, size) = (entry.packed as u64, entry.size as u64);
        all = all.saturating_add(size);
        let ratio = packed.saturating_mul(limits.ratio);
        if size > RATIO_FREE_BYTES && size > ratio || all > limits.claimed_bytes {
            return Err(Unreadable::Expands);
        }
        if entry.flags & ENCRYPTED != 0 || entry.method == 99 {
            return Err(Unreadable::Encrypted);
        }
        match entry.method {
            0 if entry.packed != entry.size => return Err(Unreadable::EntryContradicts),
            0 | 8 => {}
            _ => return Err(Unreadable::Method),
        }
    }
    Ok(())
}

/// Whether the header before the entry agrees with the directory; where the entry's bytes begin.
fn agree(bytes: &[u8], listed: &Listed) -> Result<usize, Unreadable> {
    let header = bytes
        .get(listed.offset..)
        .and_then(|rest| rest.get(..LOCAL_BYTES));
    let header = Bytes(header.ok_or(Unreadable::Package)?);
    let same = || {
        let flags = header.u16(6)?;
        let later = flags & SIZES_FOLLOW != 0;
        let start = listed.offset + LOCAL_BYTES;
        let name_end = start + usize::from(header.u16(26)?);
        let end = name_end + usize::from(header.u16(28)?);
        let extra = bytes.get(name_end..end)?;
        let sizes = large(extra, [small(header, 22), small(header, 18)])?;
        let told = sizes == [listed.size, listed.packed] && header.u32(14)? == listed.checksum;
        let untold = later && sizes == [0, 0];
        let same = header.u32(0)? == LOCAL
            && flags & ENCRYPTED == 0
            && later == (listed.flags & SIZES_FOLLOW != 0)
            && header.u16(8)? == listed.method
            && (told || untold)
            && bytes.get(start..name_end)? == listed.name;
        same.then_some(end)
    };
    same().ok_or(Unreadable::EntryContradicts)
}

/// Entries follow each other from the first byte to the directory; what lies between two is no
/// entry that one reader would see and another not.
fn side_by_side(
    bytes: &[u8],
    mut spans: Vec<(usize, usize, bool)>,
    directory: usize,
) -> Result<(), Unreadable> {
    spans.sort_unstable();
    let mut last = 0;
    for (start, end, sizes_follow) in spans {
        between(bytes, last, start)?;
        last = end;
        if sizes_follow {
            // The record of sizes belongs to the entry; its form varies.
            let room = directory.min(end + DESCRIPTOR_BYTES);
            let record = &bytes[end..room];
            let next = record
                .windows(4)
                .position(|window| window == super::MAGIC || window == b"PK\x01\x02");
            last = end + next.unwrap_or(record.len());
        }
    }
    between(bytes, last, directory)
}

fn between(bytes: &[u8], from: usize, to: usize) -> Result<(), Unreadable> {
    if from > to {
        return Err(Unreadable::EntriesOverlap);
    }
    // Nothing may stand before the first entry: that file would be something else, too.
    let first = from == 0 && to > 0;
    let gap = &bytes[from..to];
    let hides = gap
        .windows(super::MAGIC.len())
        .any(|window| window == super::MAGIC);
    if first || hides {
        return Err(Unreadable::PackageForm);
    }
    Ok(())
}

/// The entry's name, by the flag for UTF-8, else as UTF-8 where it is that, else as GB 18030,
/// which Chinese systems write without saying so.
fn name(entry: &Listed) -> Result<String, Unreadable> {
    let text = match std::str::from_utf8(entry.name) {
        Ok(text) => text.to_owned(),
        Err(_) if entry.flags & UTF8 == 0 => GB18030
            .decode_without_bom_handling_and_without_replacement(entry.name)
            .ok_or(Unreadable::EntryName)?
            .into_owned(),
        Err(_) => return Err(Unreadable::EntryName),
    };
    let text = text.replace('\\', "/");
    let folder = text.strip_suffix('/').unwrap_or(&text);
    let proper = |part: &str| {
        !matches!(part, "" | "." | "..") && !part.chars().any(|c| c.is_control() || c == ':')
    };
    let fits = entry.name.len() <= NAME_BYTES_MAX && folder.split('/').all(proper);
    if fits && !entry.link {
        Ok(text)
    } else {
        Err(Unreadable::EntryName)
    }
}
