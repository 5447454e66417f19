//! Seals and signatures that other systems make and read: SES structures (电子印章、电子签章).
//!
//! Three generations are read: GM/T 0031-2014, GB/T 38540-2020 and GM/T 0031-2025. The second is
//! written. `proto/seal.md` has the structures, `verify` the steps by which one is judged.
//!
//! What is signed is always a run of bytes as received. Nothing that was read is encoded again.

use yichuan_document::Timestamp;

use crate::der::{Element, Malformed, Oid, Reader, Why, tag};

mod code;
mod finding;
mod make;
mod message;
mod seal;
mod signature;
mod verify;

pub use code::Code;
pub use finding::{Fact, Finding, Verdict, Weight};
pub use make::{NotMade, SealDraft, SignatureDraft, make_seal, read_standing, sign};
pub use message::{SignedMessage, verify_message};
pub use seal::SesSeal;
pub use signature::SesSignature;
pub use verify::{Asked, Report, RevokedSeal, Trust, verify, verify_seal};

/// The most bytes of a seal or signature: an uncompressed picture of a seal fits.
pub const SES_BYTES_MAX: usize = 2 << 20;
/// The most certificates, or digests of them, in a seal.
pub const LISTED_MAX: usize = 64;
/// The most extensions in one place.
pub const EXTENSIONS_MAX: usize = 64;
/// The most bytes of a name or identifier.
const TEXT_BYTES_MAX: usize = 512;
/// The most bytes of the field that tells what is protected.
const PROPERTY_BYTES_MAX: usize = 4_096;

/// By which standard a structure is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generation {
    /// GM/T 0031-2014. Its version field says 1 or 2.
    V1,
    /// GB/T 38540-2020.
    V4,
    /// GM/T 0031-2025.
    V5,
}

/// How something differs from its standard without being doubtful: products write it so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Deviation {
    /// A date in the other of the two forms.
    DateForm,
    /// An octet string where a bit string is due.
    OctetsForBits,
    /// A structure inside one more string.
    Wrapped,
    /// A time without a zone; the clock in China was assumed.
    NoZone,
    /// The signature has another version than its seal.
    Versions,
    /// A signature of 64 bytes, r ‖ s.
    RawSignature,
}

/// Whose certificates may sign with a seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listed {
    /// The certificates themselves. None for a member that is no octet string: one file in use has
    /// text there, which is nobody's certificate.
    Certificates(Vec<Option<Vec<u8>>>),
    /// Digests of them, each with the name of its algorithm.
    Digests(Vec<(String, Vec<u8>)>),
}

/// The picture in a seal, not decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SesPicture<'a> {
    /// What it claims to be: `PNG`, `png`, `ofd` and others. Trust its first bytes more.
    pub kind: &'a str,
    /// The file.
    pub data: &'a [u8],
    /// From left to right, in whole millimetres.
    pub width_mm: u32,
    /// From top to bottom, in whole millimetres.
    pub height_mm: u32,
}

/// An extension of a seal or signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// What it is.
    pub id: Oid,
    /// Whoever does not know it must not rely on the whole.
    pub critical: bool,
    /// Its value.
    pub value: Vec<u8>,
}

/// What was met while reading.
#[derive(Default)]
struct Deviations(Vec<Deviation>);

impl Deviations {
    fn note(&mut self, deviation: Deviation) {
        if !self.0.contains(&deviation) {
            self.0.push(deviation);
        }
    }

    /// A bit string, or an octet string in its place.
    fn bits<'a>(&mut self, fields: &mut Reader<'a>) -> Result<&'a [u8], Malformed> {
        if let Some(octets) = fields.optional(tag::OCTET_STRING)? {
            self.note(Deviation::OctetsForBits);
            return Ok(octets.content);
        }
        fields.take(tag::BIT_STRING)?.bits()
    }

    /// A date of either form; `due` is the one of the generation.
    fn date(&mut self, fields: &mut Reader<'_>, due: u8) -> Result<Timestamp, Malformed> {
        let date = fields.any()?;
        if date.tag != due {
            self.note(Deviation::DateForm);
        }
        date.time()
    }
}

/// A sequence of extensions; an empty one has been seen.
fn extensions(list: &Element<'_>) -> Result<Vec<Extension>, Malformed> {
    let mut members = list.inside();
    let mut found = Vec::new();
    while members.peek().is_some() {
        let mut fields = members.take(tag::SEQUENCE)?.inside();
        if found.len() == EXTENSIONS_MAX {
            return Err(list.wrong(Why::TooLarge));
        }
        let id = fields.take(tag::OID)?.oid()?;
        // Many products write the default out, which DER does not allow and which harms nobody.
        let critical = fields.optional(tag::BOOLEAN)?;
        let critical = critical.map(|value| value.truth()).transpose()? == Some(true);
        let value = fields.take(tag::OCTET_STRING)?.content.to_vec();
        fields.end()?;
        found.push(Extension {
            id,
            critical,
            value,
        });
    }
    Ok(found)
}

/// `[0] EXPLICIT BIT STRING`: a time stamp.
fn time_stamp(
    fields: &mut Reader<'_>,
    deviations: &mut Deviations,
) -> Result<Option<Vec<u8>>, Malformed> {
    let Some(wrapper) = fields.optional(tag::context(0))? else {
        return Ok(None);
    };
    let mut inside = wrapper.inside();
    let stamp = deviations.bits(&mut inside)?.to_vec();
    inside.end()?;
    Ok(Some(stamp))
}

/// Why something is not an SES structure that is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// Not the structure.
    Malformed(Malformed),
    /// A structure of a version that this release does not know.
    UnknownVersion {
        /// The version.
        found: u32,
    },
}

impl From<Malformed> for Unreadable {
    fn from(cause: Malformed) -> Self {
        Self::Malformed(cause)
    }
}

impl core::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Malformed(cause) => cause.fmt(f),
            Self::UnknownVersion { found } => write!(f, "SES version {found} is unknown"),
        }
    }
}

impl core::error::Error for Unreadable {}

#[cfg(test)]
mod tests;
