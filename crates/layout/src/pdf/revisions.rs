//! What a signature covers of a PDF, and what came behind it: steps 2 and 10 of `proto/seal.md`.
//!
//! Nothing that a later revision does is weighed: it must be, byte by byte, what setting a seal
//! makes of the file before it. Whatever else was appended could show something else than was
//! signed.

use core::ops::Range;

use yichuan_seal::ses::SesSignature;
use yichuan_seal::{Clip, Placement};

use super::fields::Field;
use super::file::{File, last_references};
use super::object::{Dict, Lexer, Object};
use super::outline;
use crate::Unreadable;
use crate::limits::{Budget, Limits};
use crate::sealing::{Setting, prepare};

/// Seals behind each other that are set again; a document has one for each of a few offices.
const REPEATED_MAX: usize = 16;

/// What a signature says that it covers.
pub(super) struct Covered {
    /// Where the covered bytes end, as far as the file says so.
    pub(super) end: usize,
    /// The gap, where everything else up to the end of a revision is covered and the gap holds the
    /// digits of the value and nothing beside them.
    pub(super) gap: Option<Range<usize>>,
    /// The ranges, as the file tells them.
    pub(super) told: String,
}

/// The ranges of a signature (12.8.1), of which only one form is believed: from the first byte to
/// the last of a revision, but for the digits of this very value.
pub(super) fn covered(
    file: &mut File,
    field: &Field,
    value: &Dict,
    budget: &mut Budget,
) -> Result<Covered, Unreadable> {
    let told = value.get("ByteRange").array().unwrap_or_default();
    let numbers: Option<Vec<usize>> = told.iter().map(Object::index).collect();
    let numbers = numbers.unwrap_or_default();
    let words: Vec<String> = numbers.iter().take(8).map(usize::to_string).collect();
    let mut covered = Covered {
        end: 0,
        gap: None,
        told: format!("[{}]", words.join(" ")),
    };
    let [first, gap_start, gap_end, length] = numbers[..] else {
        return Ok(covered);
    };
    let Some(end) = gap_end.checked_add(length) else {
        return Ok(covered);
    };
    covered.end = end;
    let gap = gap_start..gap_end;
    let is_whole = first == 0
        && gap_end < end
        && digits(file, field, budget)?.as_ref() == Some(&gap)
        && ends_revision(file, end, budget);
    covered.gap = is_whole.then_some(gap);
    Ok(covered)
}

/// Where the digits of the value stand in the file, with their brackets.
fn digits(
    file: &File,
    field: &Field,
    budget: &mut Budget,
) -> Result<Option<Range<usize>>, Unreadable> {
    let (number, keys) = match (field.dict.get("V"), field.number) {
        (Object::Ref(number), _) => (*number, &["Contents"][..]),
        (_, Some(number)) => (number, &["V", "Contents"][..]),
        _ => return Ok(None),
    };
    let Some(at) = file.value_at(number, budget)? else {
        return Ok(None);
    };
    let mut place = at..at;
    for key in keys {
        let Ok(entries) = Lexer::new(file.bytes, place.start).entries(budget) else {
            return Ok(None);
        };
        // Of a key that stands twice readers take one or the other.
        let mut found = entries.iter().filter(|(known, _)| known == key);
        let (Some((_, value)), None) = (found.next(), found.next()) else {
            return Ok(None);
        };
        place = value.clone();
    }
    let text = file.bytes.get(place.clone()).unwrap_or_default();
    let inside = text
        .strip_prefix(b"<")
        .and_then(|text| text.strip_suffix(b">"));
    let is_plain = inside.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
    Ok(is_plain.then_some(place))
}

/// Whether a revision of this file ends here: at its end, or where the cross-references end that
/// the later ones lead to.
fn ends_revision(file: &File, end: usize, budget: &mut Budget) -> bool {
    let Some(before) = file.bytes.get(..end) else {
        return false;
    };
    if !outline::ends(before) {
        return false;
    }
    let Ok(last) = last_references(before, budget) else {
        return false;
    };
    file.sections.iter().any(|section| section.at == last)
}

/// A signature in the file, as far as those before it are concerned.
pub(super) struct Signed<'f> {
    /// Where the bytes that it covers end, where it covers all of a revision.
    pub(super) end: Option<usize>,
    pub(super) value: &'f [u8],
    /// What it tells of how it was set.
    pub(super) told: Option<Told>,
}

/// Which seal it is, and where it was set.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Told {
    ordinal: u8,
    places: Vec<Placement>,
}

impl Told {
    /// What a signature that was set here tells; none where another product made it.
    pub(super) fn read(
        file: &mut File,
        value: &Dict,
        budget: &mut Budget,
    ) -> Result<Option<Self>, Unreadable> {
        let told = file.get(value, "Yichuan", budget)?;
        let Some(told) = told.dict().cloned() else {
            return Ok(None);
        };
        let places = told.get("Places").array().unwrap_or_default();
        let places: Option<Vec<Placement>> = places.iter().map(place).collect();
        let ordinal = told.get("Ordinal").index();
        let ordinal = ordinal.and_then(|ordinal| u8::try_from(ordinal).ok());
        Ok(match (ordinal, places) {
            (Some(ordinal), Some(places)) => Some(Self { ordinal, places }),
            _ => None,
        })
    }
}

fn place(told: &Object) -> Option<Placement> {
    let numbers = told.array()?.iter();
    let numbers = numbers.map(|number| u32::try_from(number.index()?).ok());
    let numbers: Vec<u32> = numbers.collect::<Option<_>>()?;
    let (place, clip) = numbers.split_first_chunk::<5>()?;
    let clip = match *clip {
        [] => None,
        [x, y, width, height] => Some(Clip {
            x,
            y,
            width,
            height,
        }),
        _ => return None,
    };
    let [page, x, y, width, height] = *place;
    // No more than a record may tell, so that nothing overflows.
    let fits = [x, y, width, height]
        .iter()
        .all(|number| *number <= 100_000)
        && clip.is_none_or(|clip| {
            let numbers = [clip.x, clip.y, clip.width, clip.height];
            numbers.iter().all(|number| *number <= 100_000)
        });
    fits.then_some(Placement {
        part: 0,
        page,
        x,
        y,
        width,
        height,
        clip,
    })
}

/// From where on nothing but seals was set, up to the end of the file: a signature that ends there
/// or later has nothing else behind it.
pub(super) fn only_seals_from(bytes: &[u8], signed: &[Signed], limits: &Limits) -> usize {
    let mut ends: Vec<usize> = signed.iter().filter_map(|signed| signed.end).collect();
    ends.sort_unstable();
    ends.dedup();
    let mut from = bytes.len();
    for (repeated, end) in ends.iter().rev().enumerate() {
        if *end != from || repeated > REPEATED_MAX {
            break;
        }
        let before = ends[..ends.len() - 1 - repeated].last();
        let Some(before) = before else {
            break;
        };
        let mut of_it = signed.iter().filter(|signed| signed.end == Some(*end));
        let is_set = |signed: &Signed| is_set(bytes, *before..*end, signed, limits);
        if !of_it.any(is_set) {
            break;
        }
        from = *before;
    }
    from
}

/// Whether a revision is what setting this seal makes of the file before it.
fn is_set(bytes: &[u8], revision: Range<usize>, signed: &Signed, limits: &Limits) -> bool {
    let (Ok(read), Some(told)) = (SesSignature::read(signed.value), &signed.told) else {
        return false;
    };
    let Some(at) = read.signed_at() else {
        return false;
    };
    let setting = Setting {
        seal: read.seal(),
        places: &told.places,
        at,
        ordinal: told.ordinal,
    };
    let made = prepare(&bytes[..revision.start], &setting, limits);
    let made = made.and_then(|prepared| prepared.finish(signed.value));
    made.is_ok_and(|made| made == bytes[..revision.end])
}
