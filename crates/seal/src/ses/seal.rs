//! A seal, `SESeal` (电子印章): who may sign with it, when, and what it looks like.

use core::fmt;
use core::ops::Range;

use yichuan_document::Timestamp;

use super::{
    Deviation, Deviations, Extension, Generation, LISTED_MAX, Listed, SES_BYTES_MAX, SesPicture,
    TEXT_BYTES_MAX, Unreadable, extensions, time_stamp,
};
use crate::der::{Element, Malformed, Oid, Reader, Why, raw_sequence, tag};

/// A seal as it was read. It stands for nothing until [`super::verify_seal`] has judged it.
#[derive(Clone, PartialEq, Eq)]
pub struct SesSeal {
    raw: Vec<u8>,
    generation: Generation,
    info: Info,
    maker: Maker,
    time_stamp: Option<Vec<u8>>,
    deviations: Vec<Deviation>,
}

/// `SES_SealInfo`.
#[derive(Clone, PartialEq, Eq)]
struct Info {
    at: Range<usize>,
    version: u32,
    vendor: String,
    id: String,
    kind: u32,
    name: String,
    listed: Listed,
    made_at: Timestamp,
    valid_from: Timestamp,
    valid_until: Timestamp,
    picture_kind: String,
    picture: Range<usize>,
    width_mm: u32,
    height_mm: u32,
    extensions: Vec<Extension>,
}

/// The maker's certificate, algorithm and signature.
#[derive(Clone, PartialEq, Eq)]
struct Maker {
    certificate: Range<usize>,
    /// The whole values of certificate and algorithm, which the first generation signs too.
    signed: Range<usize>,
    algorithm: Oid,
    signature: Vec<u8>,
}

impl SesSeal {
    /// Reads a seal of any of the three generations, at most [`SES_BYTES_MAX`], with nothing behind
    /// it. The first generation is told from the others by its shape, never by its version.
    pub fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        let mut whole = Reader::new(bytes, SES_BYTES_MAX)?;
        let mut fields = whole.take(tag::SEQUENCE)?.inside();
        whole.end()?;
        let mut deviations = Deviations::default();
        let info = fields.take(tag::SEQUENCE)?;
        let is_first = matches!(fields.peek(), Some(tag::SEQUENCE | tag::BIT_STRING));
        let info = Info::read(&info, is_first, &mut deviations)?;
        let generation = match (is_first, info.version) {
            (true, _) => Generation::V1,
            (false, 4) => Generation::V4,
            (false, 5) => Generation::V5,
            (false, found) => return Err(Unreadable::UnknownVersion { found }),
        };
        let maker = if is_first {
            let sign_info = unwrapped(&mut fields, tag::BIT_STRING, &mut deviations)?;
            let mut inside = sign_info.inside();
            let maker = Maker::read(&mut inside, &mut deviations)?;
            inside.end()?;
            maker
        } else {
            Maker::read(&mut fields, &mut deviations)?
        };
        let time_stamp = match generation {
            Generation::V5 => time_stamp(&mut fields, &mut deviations)?,
            Generation::V1 | Generation::V4 => None,
        };
        fields.end()?;
        let deviations = deviations.0;
        Ok(Self {
            raw: bytes.to_vec(),
            generation,
            info,
            maker,
            time_stamp,
            deviations,
        })
    }

    /// The bytes that were read.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// By which standard it is laid out.
    pub const fn generation(&self) -> Generation {
        self.generation
    }

    /// The version that its header claims.
    pub const fn version(&self) -> u32 {
        self.info.version
    }

    /// Whose product made it.
    pub fn vendor(&self) -> &str {
        &self.info.vendor
    }

    /// Its identifier, `esID`.
    pub fn id(&self) -> &str {
        &self.info.id
    }

    /// Its kind, a number of the office's own; 1 is a unit's, 2 a person's in the first generation.
    pub const fn kind(&self) -> u32 {
        self.info.kind
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.info.name
    }

    /// Whose certificates may sign with it.
    pub const fn listed(&self) -> &Listed {
        &self.info.listed
    }

    /// When it was made.
    pub const fn made_at(&self) -> Timestamp {
        self.info.made_at
    }

    /// From when on it may be used, and until when, both included.
    pub const fn validity(&self) -> (Timestamp, Timestamp) {
        (self.info.valid_from, self.info.valid_until)
    }

    /// Whether it may be used at `at`.
    pub fn covers(&self, at: Timestamp) -> bool {
        let (from, until) = self.validity();
        from <= at && at.unix_ms() / 1_000 <= until.unix_ms() / 1_000
    }

    /// Its picture.
    pub fn picture(&self) -> SesPicture<'_> {
        SesPicture {
            kind: &self.info.picture_kind,
            data: &self.raw[self.info.picture.clone()],
            width_mm: self.info.width_mm,
            height_mm: self.info.height_mm,
        }
    }

    /// Its extensions.
    pub fn extensions(&self) -> &[Extension] {
        &self.info.extensions
    }

    /// The certificate of its maker, DER, not read.
    pub fn maker_certificate(&self) -> &[u8] {
        &self.raw[self.maker.certificate.clone()]
    }

    /// What its maker signed with.
    pub const fn algorithm(&self) -> &Oid {
        &self.maker.algorithm
    }

    /// Its maker's signature, not read.
    pub fn signature(&self) -> &[u8] {
        &self.maker.signature
    }

    /// A time stamp over the signature, not read.
    pub fn time_stamp(&self) -> Option<&[u8]> {
        self.time_stamp.as_deref()
    }

    /// How it differs from its standard.
    pub fn deviations(&self) -> &[Deviation] {
        &self.deviations
    }

    /// The bytes that its maker signed: the info, and in the first generation a sequence of info,
    /// certificate and algorithm.
    pub fn signed_bytes(&self) -> Vec<u8> {
        let info = &self.raw[self.info.at.clone()];
        match self.generation {
            Generation::V1 => raw_sequence(&[info, &self.raw[self.maker.signed.clone()]]),
            Generation::V4 | Generation::V5 => info.to_vec(),
        }
    }
}

impl fmt::Debug for SesSeal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SesSeal")
            .field("generation", &self.generation)
            .field("id", &self.info.id)
            .field("name", &self.info.name)
            .finish_non_exhaustive()
    }
}

impl Info {
    fn read(
        element: &Element<'_>,
        is_first: bool,
        deviations: &mut Deviations,
    ) -> Result<Self, Malformed> {
        let mut fields = element.inside();
        let mut header = fields.take(tag::SEQUENCE)?.inside();
        let mark = header.take(tag::IA5)?;
        if mark.content != b"ES" {
            return Err(mark.wrong(Why::Value));
        }
        let version = header.take(tag::INTEGER)?.number()?;
        let vendor = header.take(tag::IA5)?.text(TEXT_BYTES_MAX)?.to_owned();
        header.end()?;
        let id = fields.take(tag::IA5)?.text(TEXT_BYTES_MAX)?.to_owned();

        let mut property = fields.take(tag::SEQUENCE)?.inside();
        let kind = property.take(tag::INTEGER)?.number()?;
        let name = property.take(tag::UTF8)?.text(TEXT_BYTES_MAX)?.to_owned();
        let listed = listed(&mut property, is_first)?;
        let due = if is_first {
            tag::UTC_TIME
        } else {
            tag::GENERALIZED_TIME
        };
        let made_at = deviations.date(&mut property, due)?;
        let valid_from = deviations.date(&mut property, due)?;
        let valid_until = deviations.date(&mut property, due)?;
        property.end()?;

        let mut picture = fields.take(tag::SEQUENCE)?.inside();
        let picture_kind = picture.take(tag::IA5)?.text(16)?.to_owned();
        let data = picture.take(tag::OCTET_STRING)?;
        let [width_mm, height_mm] = [picture.take(tag::INTEGER)?, picture.take(tag::INTEGER)?];
        picture.end()?;
        let extensions = match fields.optional(tag::SEQUENCE)? {
            Some(list) => extensions(&list)?,
            None => Vec::new(),
        };
        fields.end()?;
        Ok(Self {
            at: element.at..element.at + element.raw.len(),
            version,
            vendor,
            id,
            kind,
            name,
            listed,
            made_at,
            valid_from,
            valid_until,
            picture_kind,
            picture: content(&data),
            width_mm: width_mm.number()?,
            height_mm: height_mm.number()?,
            extensions,
        })
    }
}

impl Maker {
    fn read(fields: &mut Reader<'_>, deviations: &mut Deviations) -> Result<Self, Malformed> {
        let certificate = fields.take(tag::OCTET_STRING)?;
        let algorithm = fields.take(tag::OID)?;
        let signature = deviations.bits(fields)?.to_vec();
        Ok(Self {
            certificate: content(&certificate),
            signed: certificate.at..algorithm.at + algorithm.raw.len(),
            algorithm: algorithm.oid()?,
            signature,
        })
    }
}

/// Where the content of a value stands in the whole.
fn content(element: &Element<'_>) -> Range<usize> {
    let end = element.at + element.raw.len();
    end - element.content.len()..end
}

/// A sequence, or one inside a string of the tag `around`.
pub(super) fn unwrapped<'a>(
    fields: &mut Reader<'a>,
    around: u8,
    deviations: &mut Deviations,
) -> Result<Element<'a>, Malformed> {
    let Some(string) = fields.optional(around)? else {
        return fields.take(tag::SEQUENCE);
    };
    deviations.note(Deviation::Wrapped);
    let mut inside = string.inside();
    if around == tag::BIT_STRING {
        string.bits()?;
        inside = inside.behind_unused_bits();
    }
    let sequence = inside.take(tag::SEQUENCE)?;
    inside.end()?;
    Ok(sequence)
}

fn listed(property: &mut Reader<'_>, is_first: bool) -> Result<Listed, Malformed> {
    let kind = if is_first {
        1
    } else {
        property.take(tag::INTEGER)?.number()?
    };
    let list = property.take(tag::SEQUENCE)?;
    let mut members = list.inside();
    let mut certificates = Vec::new();
    let mut digests = Vec::new();
    while members.peek().is_some() {
        if certificates.len() + digests.len() == LISTED_MAX {
            return Err(list.wrong(Why::TooLarge));
        }
        let member = members.any()?;
        match (kind, member.tag) {
            (1, tag::OCTET_STRING) => certificates.push(Some(member.content.to_vec())),
            (1, tag::IA5) if is_first => certificates.push(None),
            (2, tag::SEQUENCE) => {
                let mut fields = member.inside();
                let name = fields
                    .take(tag::PRINTABLE)?
                    .text(TEXT_BYTES_MAX)?
                    .to_owned();
                let value = fields.take(tag::OCTET_STRING)?.content.to_vec();
                fields.end()?;
                digests.push((name, value));
            }
            _ => return Err(member.wrong(Why::Value)),
        }
    }
    match kind {
        1 => Ok(Listed::Certificates(certificates)),
        2 => Ok(Listed::Digests(digests)),
        _ => Err(list.wrong(Why::Value)),
    }
}
