//! A signature with a seal, `SES_Signature` (电子签章).

use core::fmt;
use core::ops::Range;

use yichuan_document::Timestamp;

use super::seal::unwrapped;
use super::{
    Deviation, Deviations, Extension, Generation, PROPERTY_BYTES_MAX, SES_BYTES_MAX, SesSeal,
    Unreadable, extensions, time_stamp,
};
use crate::der::{Element, Malformed, Oid, Reader, tag};
use crate::instant;

/// A signature as it was read. It proves nothing until [`super::verify`] has judged it.
#[derive(Clone, PartialEq, Eq)]
pub struct SesSignature {
    raw: Vec<u8>,
    signed: Range<usize>,
    generation: Generation,
    version: u32,
    seal: SesSeal,
    signed_at: Option<Timestamp>,
    data_hash: Vec<u8>,
    property: String,
    extensions: Vec<Extension>,
    certificate: Vec<u8>,
    algorithm: Oid,
    signature: Vec<u8>,
    time_stamp: Option<Vec<u8>>,
    deviations: Vec<Deviation>,
}

/// The fields of `TBS_Sign`.
struct Signed {
    version: u32,
    seal: SesSeal,
    at: Option<Timestamp>,
    data_hash: Vec<u8>,
    property: String,
}

impl SesSignature {
    /// Reads a signature of any of the three generations, at most [`SES_BYTES_MAX`], with nothing
    /// behind it. Its seal is of the same shape.
    pub fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        let mut whole = Reader::new(bytes, SES_BYTES_MAX)?;
        let mut fields = whole.take(tag::SEQUENCE)?.inside();
        whole.end()?;
        let mut deviations = Deviations::default();
        let to_be_signed = fields.take(tag::SEQUENCE)?;
        // The first generation has the certificate among what is signed, and no third field.
        let is_first = fields.peek() != Some(tag::OCTET_STRING) || {
            let mut ahead = fields.clone();
            ahead.any()?;
            ahead.peek().is_none()
        };
        let mut inside = to_be_signed.inside();
        let signed = Signed::read(&mut inside, is_first, &mut deviations)?;
        let mut found = Vec::new();
        let (certificate, algorithm, signature, stamp);
        if is_first {
            (certificate, algorithm) = signer(&mut inside)?;
            signature = deviations.bits(&mut fields)?;
            stamp = None;
        } else {
            if let Some(wrapper) = inside.optional(tag::context(0))? {
                let mut list = wrapper.inside();
                found = extensions(&list.take(tag::SEQUENCE)?)?;
                list.end()?;
            }
            (certificate, algorithm) = signer(&mut fields)?;
            signature = deviations.bits(&mut fields)?;
            stamp = time_stamp(&mut fields, &mut deviations)?;
        }
        inside.end()?;
        fields.end()?;
        if signed.version != signed.seal.version() {
            deviations.note(Deviation::Versions);
        }
        let generation = match (is_first, signed.version) {
            (true, _) => Generation::V1,
            (false, 5) => Generation::V5,
            (false, 4) => Generation::V4,
            (false, found) => return Err(Unreadable::UnknownVersion { found }),
        };
        Ok(Self {
            signed: to_be_signed.at..to_be_signed.at + to_be_signed.raw.len(),
            generation,
            version: signed.version,
            seal: signed.seal,
            signed_at: signed.at,
            data_hash: signed.data_hash,
            property: signed.property,
            extensions: found,
            certificate: certificate.content.to_vec(),
            algorithm,
            signature: signature.to_vec(),
            time_stamp: stamp,
            deviations: deviations.0,
            raw: bytes.to_vec(),
        })
    }

    /// The bytes that were read.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// The bytes that were signed.
    pub fn signed_bytes(&self) -> &[u8] {
        &self.raw[self.signed.clone()]
    }

    /// By which standard it is laid out.
    pub const fn generation(&self) -> Generation {
        self.generation
    }

    /// The version that it claims.
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// The seal that was set.
    pub const fn seal(&self) -> &SesSeal {
        &self.seal
    }

    /// When it was signed, by the signer's clock; none where the text is no time that is known.
    pub const fn signed_at(&self) -> Option<Timestamp> {
        self.signed_at
    }

    /// The digest of what was sealed; in an OFD, SM3 of `Signature.xml`.
    pub fn data_hash(&self) -> &[u8] {
        &self.data_hash
    }

    /// What the signer says is protected: in an OFD mostly the path of `Signature.xml`.
    pub fn property(&self) -> &str {
        &self.property
    }

    /// Its extensions.
    pub fn extensions(&self) -> &[Extension] {
        &self.extensions
    }

    /// The certificate of who signed, DER, not read.
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// What it was signed with.
    pub const fn algorithm(&self) -> &Oid {
        &self.algorithm
    }

    /// The signature itself, not read.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// A time stamp over the signature, not read.
    pub fn time_stamp(&self) -> Option<&[u8]> {
        self.time_stamp.as_deref()
    }

    /// How it differs from its standard; its seal has its own list.
    pub fn deviations(&self) -> &[Deviation] {
        &self.deviations
    }
}

impl fmt::Debug for SesSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SesSignature")
            .field("generation", &self.generation)
            .field("seal", &self.seal)
            .finish_non_exhaustive()
    }
}

impl Signed {
    fn read(
        fields: &mut Reader<'_>,
        is_first: bool,
        deviations: &mut Deviations,
    ) -> Result<Self, Unreadable> {
        let version = fields.take(tag::INTEGER)?.number()?;
        let seal = if is_first {
            unwrapped(fields, tag::OCTET_STRING, deviations)?
        } else {
            fields.take(tag::SEQUENCE)?
        };
        let shift = |cause| match cause {
            Unreadable::Malformed(Malformed { at, why }) => Unreadable::Malformed(Malformed {
                at: at + seal.at,
                why,
            }),
            other @ Unreadable::UnknownVersion { .. } => other,
        };
        let at = seal.wrong(crate::der::Why::Value);
        let seal = SesSeal::read(seal.raw).map_err(shift)?;
        if is_first != (seal.generation() == Generation::V1) {
            return Err(at.into());
        }
        Ok(Self {
            version,
            seal,
            at: time(fields, is_first, deviations)?,
            data_hash: deviations.bits(fields)?.to_vec(),
            property: fields.take(tag::IA5)?.text(PROPERTY_BYTES_MAX)?.to_owned(),
        })
    }
}

/// The time: a date, or in the first generation free text that need not be one.
fn time(
    fields: &mut Reader<'_>,
    is_first: bool,
    deviations: &mut Deviations,
) -> Result<Option<Timestamp>, Malformed> {
    if !is_first || !matches!(fields.peek(), Some(tag::BIT_STRING | tag::OCTET_STRING)) {
        return deviations.date(fields, tag::GENERALIZED_TIME).map(Some);
    }
    let text = core::str::from_utf8(deviations.bits(fields)?).unwrap_or_default();
    let read = instant::from_free_text(text);
    if read.is_some_and(|(_, assumed)| assumed) {
        deviations.note(Deviation::NoZone);
    }
    Ok(read.map(|(at, _)| at))
}

fn signer<'a>(fields: &mut Reader<'a>) -> Result<(Element<'a>, Oid), Malformed> {
    let certificate = fields.take(tag::OCTET_STRING)?;
    Ok((certificate, fields.take(tag::OID)?.oid()?))
}
