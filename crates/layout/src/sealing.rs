//! Setting a seal into a file: `apply/1` of `proto/seal.md`.
//!
//! The sealed file is a function of the approved file and the seal's record, which every recipient
//! computes again, for thirty years. So nothing here depends on a clock, on chance or on how
//! another version packs; and nothing that was approved is altered.

mod ofd;
mod pdf;
pub mod placing;
mod refusal;

use yichuan_document::Timestamp;
use yichuan_seal::ses::{SES_BYTES_MAX, SesSeal, SesSignature};
use yichuan_seal::{Placement, SealRecord};

use crate::contents::Kind;
use crate::limits::Limits;
use crate::package::MAGIC;

pub use refusal::NotSealed;

/// What is to be set.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// The seal.
    pub seal: &'a SesSeal,
    /// Where it is drawn: places on this file, all of one part; none where it shows on no page.
    pub places: &'a [Placement],
    /// When it is set; what is less than a second does not count.
    pub at: Timestamp,
    /// Which of the document's seals it is, from 1.
    pub ordinal: u8,
}

/// A file with all of a seal but the signature's value.
#[derive(Clone, Debug)]
pub struct Prepared {
    data_hash: [u8; 32],
    property: String,
    seal: Vec<u8>,
    at: Timestamp,
    rest: Rest,
}

/// What is left to be done, by the kind of the file.
#[derive(Clone, Debug)]
enum Rest {
    Ofd(ofd::Unfinished),
    Pdf(pdf::Unfinished),
}

impl Prepared {
    /// SM3 of what is sealed: what `dataHash` of the signature must be.
    pub const fn data_hash(&self) -> [u8; 32] {
        self.data_hash
    }

    /// What `propertyInfo` of the signature must be: what is protected, in ASCII.
    pub fn property(&self) -> &str {
        &self.property
    }

    /// The sealed file, with `value` as the signature.
    ///
    /// Refuses what is no `SES_Signature`, one over something else, of another range, seal or
    /// second, and one that is longer than its room. Whether the signature stands is for
    /// [`crate::contents::Signature::judge`] to say.
    pub fn finish(self, value: &[u8]) -> Result<Vec<u8>, NotSealed> {
        if value.len() > SES_BYTES_MAX {
            return Err(NotSealed::TooLong {
                room: SES_BYTES_MAX,
                found: value.len(),
            });
        }
        let signature = SesSignature::read(value).map_err(NotSealed::Value)?;
        let second = |at: Timestamp| at.unix_ms() / 1_000;
        if signature.data_hash() != self.data_hash {
            return Err(NotSealed::AnotherFile);
        }
        if signature.property() != self.property {
            return Err(NotSealed::AnotherRange);
        }
        if signature.seal().raw() != self.seal {
            return Err(NotSealed::AnotherSeal);
        }
        if signature.signed_at().map(second) != Some(second(self.at)) {
            return Err(NotSealed::AnotherTime);
        }
        match self.rest {
            Rest::Ofd(rest) => rest.finish(value),
            Rest::Pdf(rest) => rest.finish(value),
        }
    }
}

/// Prepares a file for a seal: everything but the signature's value.
///
/// Refuses a file that is neither OFD nor PDF, cannot be read within `limits`, or cannot take a
/// seal without breaking what is in it, and places that are on no page of it.
pub fn prepare(
    before: &[u8],
    setting: &Setting<'_>,
    limits: &Limits,
) -> Result<Prepared, NotSealed> {
    if before.len() > limits.file_bytes {
        return Err(NotSealed::Unreadable(crate::Unreadable::TooLarge));
    }
    let mut parts = setting.places.iter().map(|place| place.part);
    let first = parts.next();
    if parts.any(|part| Some(part) != first) {
        return Err(NotSealed::Parts);
    }
    match kind(before) {
        Kind::Ofd => ofd::prepare(before, setting, limits),
        Kind::Pdf => pdf::prepare(before, setting, limits),
        _ => Err(NotSealed::Kind),
    }
}

/// What the file is, as far as it matters here.
fn kind(bytes: &[u8]) -> Kind {
    if bytes.starts_with(b"%PDF-") {
        Kind::Pdf
    } else if bytes.starts_with(MAGIC) {
        Kind::Ofd
    } else {
        Kind::Unknown
    }
}

/// The page of a place, from 0.
fn page(place: &Placement) -> Option<usize> {
    usize::try_from(place.page).ok()?.checked_sub(1)
}

/// Whether something of what the place shows lies on a page of this width and height in
/// millimetres.
fn is_seen(place: &Placement, (page_width, page_height): (f64, f64)) -> bool {
    let (x, y, width, height) = place
        .clip
        .map_or((0, 0, place.width, place.height), |clip| {
            (clip.x, clip.y, clip.width, clip.height)
        });
    let mm = |from: u32, shift: u32| (f64::from(from) + f64::from(shift)) / 100.0;
    let (left, top) = (mm(place.x, x), mm(place.y, y));
    width > 0 && height > 0 && left < page_width && top < page_height
}

/// `apply/1` for one part of a document: the sealed file, from the file before it and the record of
/// the seal, which must have an SES value.
///
/// The record's places must all be on one part. Refuses what [`prepare`] and [`Prepared::finish`]
/// refuse: a record that was made for another file is one.
pub fn apply(before: &[u8], record: &SealRecord, limits: &Limits) -> Result<Vec<u8>, NotSealed> {
    let value: &[u8] = record.ses.as_ref().ok_or(NotSealed::NoValue)?;
    let signature = SesSignature::read(value).map_err(NotSealed::Value)?;
    let setting = Setting {
        seal: signature.seal(),
        places: &record.placements,
        at: record.at,
        ordinal: record.ordinal,
    };
    prepare(before, &setting, limits)?.finish(value)
}
