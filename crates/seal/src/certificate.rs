//! X.509 certificates (RFC 5280) with SM2 keys, as far as seals need them.
//!
//! Foreign certificates have names in odd types, serials of many forms and extensions of all kinds.
//! Only what a check relies on is read; the rest is kept as bytes. Nothing is encoded anew.

use core::fmt;

use yichuan_document::Timestamp;

use crate::der::{Element, Malformed, Oid, Reader, Why, tag};
use crate::sm2_key::{Sm2Public, Sm2Signature};

mod chain;
mod issue;
mod revocation;

pub(crate) use chain::{Chain, trace};
pub use issue::{Holder, Issuer, NotIssued, Profile};
pub use revocation::{CRL_BYTES_MAX, NotAList, RevocationList};

/// The most bytes of a certificate.
pub const CERTIFICATE_BYTES_MAX: usize = 16 << 10;
/// The most extensions of a certificate.
const EXTENSIONS_MAX: usize = 64;

/// A certificate: what was read of it, and its bytes as received.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    to_be_signed: Vec<u8>,
    serial: Vec<u8>,
    issuer: Vec<u8>,
    subject: Vec<u8>,
    valid_from: Timestamp,
    valid_until: Timestamp,
    key: CertifiedKey,
    algorithm: Oid,
    signature: Vec<u8>,
    uses: Uses,
}

/// The key in a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertifiedKey {
    /// A point of the SM2 curve.
    Sm2(Box<Sm2Public>),
    /// Said to be of the SM2 curve, and not on it.
    NotAPoint,
    /// Of another algorithm or curve: the curve where it names one, otherwise the algorithm.
    Other(Oid),
}

/// What extensions say of the use of a key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Uses {
    /// It may certify others (`basicConstraints`).
    authority: bool,
    /// How many authorities may stand below it.
    below: Option<u32>,
    /// The bits of `keyUsage`, `digitalSignature` the highest.
    key_usage: Option<u16>,
    /// Which key it is, and which one its issuer has, where it says so in a form that is known.
    key_id: Option<Vec<u8>>,
    issuer_key_id: Option<Vec<u8>>,
    /// The first critical extension that is not understood here.
    unknown_critical: Option<Oid>,
}

const DIGITAL_SIGNATURE: u16 = 1 << 15;
const NON_REPUDIATION: u16 = 1 << 14;
const KEY_CERT_SIGN: u16 = 1 << 10;
const CRL_SIGN: u16 = 1 << 9;

/// Object identifiers as the content of their encoding.
pub(crate) mod known {
    /// 1.2.840.10045.2.1, `id-ecPublicKey`.
    pub(crate) const EC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    /// 1.2.156.10197.1.301, the SM2 curve.
    pub(crate) const SM2_CURVE: &[u8] = &[0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x82, 0x2d];
    /// 1.2.156.10197.1.501, SM2 with SM3.
    pub(crate) const SM2_WITH_SM3: &[u8] = &[0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x83, 0x75];
    /// 2.5.4.3, `commonName`; 2.5.4.6, `countryName`; 2.5.4.10, `organizationName`.
    pub(crate) const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
    pub(crate) const COUNTRY: &[u8] = &[0x55, 0x04, 0x06];
    pub(crate) const ORGANIZATION: &[u8] = &[0x55, 0x04, 0x0a];
    /// 2.5.29.14, 15, 19, 35.
    pub(crate) const SUBJECT_KEY_ID: &[u8] = &[0x55, 0x1d, 0x0e];
    pub(crate) const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
    pub(crate) const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
    pub(crate) const AUTHORITY_KEY_ID: &[u8] = &[0x55, 0x1d, 0x23];
}

impl Certificate {
    /// Reads one DER certificate of version 1 or 3 with nothing behind it, at most
    /// [`CERTIFICATE_BYTES_MAX`]. Refuses one whose two algorithm fields differ (RFC 5280,
    /// 4.1.1.2). Verifies nothing.
    pub fn read(der: &[u8]) -> Result<Self, Malformed> {
        let mut whole = Reader::new(der, CERTIFICATE_BYTES_MAX)?;
        let mut fields = whole.take(tag::SEQUENCE)?.inside();
        whole.end()?;
        let to_be_signed = fields.take(tag::SEQUENCE)?;
        let outer = fields.take(tag::SEQUENCE)?;
        let algorithm = algorithm(&outer)?;
        let signature = fields.take(tag::BIT_STRING)?.bits()?;
        fields.end()?;

        let mut fields = to_be_signed.inside();
        let has_extensions = is_version_3(&mut fields)?;
        let serial = fields.take(tag::INTEGER)?;
        if serial.content.is_empty() || serial.content.len() > 64 {
            return Err(serial.wrong(Why::Number));
        }
        let inner = fields.take(tag::SEQUENCE)?;
        if inner.raw != outer.raw {
            return Err(inner.wrong(Why::Value));
        }
        let issuer = fields.take(tag::SEQUENCE)?;
        let mut validity = fields.take(tag::SEQUENCE)?.inside();
        let valid_from = validity.any()?.time()?;
        let valid_until = validity.any()?.time()?;
        validity.end()?;
        let subject = fields.take(tag::SEQUENCE)?;
        let key = certified_key(&fields.take(tag::SEQUENCE)?)?;
        for unique_id in [0x81, 0x82] {
            fields.optional(unique_id)?;
        }
        let uses = match fields.optional(tag::context(3))? {
            Some(wrapper) if has_extensions => uses(&wrapper)?,
            Some(wrapper) => return Err(wrapper.wrong(Why::Value)),
            None => Uses::default(),
        };
        fields.end()?;
        Ok(Self {
            der: der.to_vec(),
            to_be_signed: to_be_signed.raw.to_vec(),
            serial: serial.content.to_vec(),
            issuer: issuer.raw.to_vec(),
            subject: subject.raw.to_vec(),
            valid_from,
            valid_until,
            key,
            algorithm,
            signature: signature.to_vec(),
            uses,
        })
    }

    /// The bytes that were read.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The content of its number, as it is written.
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// The name of who issued it, DER.
    pub fn issuer(&self) -> &[u8] {
        &self.issuer
    }

    /// The name of whose key it is, DER.
    pub fn subject(&self) -> &[u8] {
        &self.subject
    }

    /// The common name of whose key it is, for people; none where it has none in a readable type.
    pub fn common_name(&self) -> Option<String> {
        common_name(&self.subject)
    }

    /// From when on it is valid, and until when, both included.
    pub const fn validity(&self) -> (Timestamp, Timestamp) {
        (self.valid_from, self.valid_until)
    }

    /// Whether it is valid at `at`, as far as its dates go.
    pub fn covers(&self, at: Timestamp) -> bool {
        self.valid_from <= at && at.unix_ms() / 1_000 <= self.valid_until.unix_ms() / 1_000
    }

    /// The key.
    pub const fn key(&self) -> &CertifiedKey {
        &self.key
    }

    /// The key where it is an SM2 key.
    pub fn sm2_key(&self) -> Option<&Sm2Public> {
        match &self.key {
            CertifiedKey::Sm2(key) => Some(key),
            CertifiedKey::NotAPoint | CertifiedKey::Other(_) => None,
        }
    }

    /// What it was signed with.
    pub const fn algorithm(&self) -> &Oid {
        &self.algorithm
    }

    /// Whether it may certify others.
    pub const fn is_authority(&self) -> bool {
        self.uses.authority
    }

    /// Whether its key may sign a document: `keyUsage` says so, or there is none.
    pub fn may_sign(&self) -> bool {
        self.may_use_for(DIGITAL_SIGNATURE | NON_REPUDIATION)
    }

    /// Whether `keyUsage` has one of these bits, or there is none.
    fn may_use_for(&self, uses: u16) -> bool {
        self.uses.key_usage.is_none_or(|bits| bits & uses != 0)
    }

    /// The first critical extension that is not understood here: who relies on the certificate
    /// must not do so unseen (RFC 5280, 4.2).
    pub const fn unknown_critical(&self) -> Option<&Oid> {
        self.uses.unknown_critical.as_ref()
    }

    /// Whether its key may sign certificates with `depth` authorities between it and the last one.
    fn may_certify(&self, depth: u32) -> bool {
        let room = self.uses.below.is_none_or(|below| depth <= below);
        self.uses.authority && self.may_use_for(KEY_CERT_SIGN) && room
    }

    /// Whether it names `issuer` as its issuer: the name, and the key's id where both tell one,
    /// since an authority that changes its key keeps its name.
    fn names(&self, issuer: &Self) -> bool {
        let ids = (&self.uses.issuer_key_id, &issuer.uses.key_id);
        let same_key = !matches!(ids, (Some(named), Some(id)) if named != id);
        self.issuer == issuer.subject && same_key
    }

    /// Whether `issuer` signed it with SM2 and SM3.
    fn is_signed_by(&self, issuer: &Sm2Public) -> bool {
        self.algorithm.content() == known::SM2_WITH_SM3
            && Sm2Signature::read(&self.signature)
                .is_some_and(|(signature, _)| issuer.verifies(&self.to_be_signed, &signature))
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("subject", &self.common_name())
            .field("serial", &self.serial)
            .finish_non_exhaustive()
    }
}

/// Reads the version: 3, or 1 where it is left out, which has no extensions.
fn is_version_3(fields: &mut Reader<'_>) -> Result<bool, Malformed> {
    let Some(version) = fields.optional(tag::context(0))? else {
        return Ok(false);
    };
    let mut inside = version.inside();
    let number = inside.take(tag::INTEGER)?;
    inside.end()?;
    match number.number()? {
        2 => Ok(true),
        _ => Err(number.wrong(Why::Value)),
    }
}

/// An `AlgorithmIdentifier` without parameters; NULL counts as none.
fn algorithm(element: &Element<'_>) -> Result<Oid, Malformed> {
    let mut fields = element.inside();
    let algorithm = fields.take(tag::OID)?.oid()?;
    if algorithm.content() == known::SM2_WITH_SM3 {
        fields.optional(tag::NULL)?;
        fields.end()?;
    }
    Ok(algorithm)
}

fn certified_key(info: &Element<'_>) -> Result<CertifiedKey, Malformed> {
    let mut fields = info.inside();
    let mut identifier = fields.take(tag::SEQUENCE)?.inside();
    let algorithm = identifier.take(tag::OID)?.oid()?;
    let curve = identifier.optional(tag::OID)?;
    let curve = curve.map(|curve| curve.oid()).transpose()?;
    let bits = fields.take(tag::BIT_STRING)?;
    fields.end()?;
    let curve = match curve {
        Some(curve) if algorithm.content() == known::EC_KEY => curve,
        _ => return Ok(CertifiedKey::Other(algorithm)),
    };
    if curve.content() != known::SM2_CURVE {
        return Ok(CertifiedKey::Other(curve));
    }
    identifier.end()?;
    let point = Sm2Public::from_point(bits.bits()?);
    Ok(point.map_or(CertifiedKey::NotAPoint, |key| {
        CertifiedKey::Sm2(Box::new(key))
    }))
}

fn uses(wrapper: &Element<'_>) -> Result<Uses, Malformed> {
    let mut inside = wrapper.inside();
    let mut extensions = inside.take(tag::SEQUENCE)?.inside();
    inside.end()?;
    let mut uses = Uses::default();
    let mut seen: Vec<Oid> = Vec::new();
    while extensions.peek().is_some() {
        let extension = extensions.take(tag::SEQUENCE)?;
        let mut fields = extension.inside();
        let id = fields.take(tag::OID)?.oid()?;
        let critical = fields.optional(tag::BOOLEAN)?;
        let critical = critical.map(|value| value.truth()).transpose()? == Some(true);
        let value = fields.take(tag::OCTET_STRING)?;
        fields.end()?;
        // An extension that stands twice would be read in two ways (RFC 5280, 4.2).
        if seen.contains(&id) || seen.len() == EXTENSIONS_MAX {
            return Err(extension.wrong(Why::TooLarge));
        }
        match id.content() {
            known::BASIC_CONSTRAINTS => basic_constraints(&value, &mut uses)?,
            known::KEY_USAGE => uses.key_usage = Some(key_usage(&value)?),
            known::SUBJECT_KEY_ID => uses.key_id = inner(&value, tag::OCTET_STRING),
            known::AUTHORITY_KEY_ID => {
                let list = value.inside().take(tag::SEQUENCE);
                uses.issuer_key_id = list.ok().and_then(|list| inner(&list, 0x80));
            }
            _ if critical && uses.unknown_critical.is_none() => {
                uses.unknown_critical = Some(id.clone());
            }
            _ => {}
        }
        seen.push(id);
    }
    Ok(uses)
}

/// The content of the first value inside, where it has this tag.
fn inner(value: &Element<'_>, tag: u8) -> Option<Vec<u8>> {
    Some(value.inside().take(tag).ok()?.content.to_vec())
}

fn basic_constraints(value: &Element<'_>, uses: &mut Uses) -> Result<(), Malformed> {
    let mut inside = value.inside();
    let mut fields = inside.take(tag::SEQUENCE)?.inside();
    inside.end()?;
    if let Some(authority) = fields.optional(tag::BOOLEAN)? {
        uses.authority = authority.truth()?;
    }
    if let Some(below) = fields.optional(tag::INTEGER)? {
        uses.below = Some(below.number()?);
    }
    fields.end()
}

/// The first sixteen bits, `digitalSignature` the highest; the unused ones are nought.
fn key_usage(value: &Element<'_>) -> Result<u16, Malformed> {
    let mut inside = value.inside();
    let bits = inside.take(tag::BIT_STRING)?;
    inside.end()?;
    match *bits.content {
        [unused @ 0..=7, first] => Ok(u16::from(first) >> unused << unused << 8),
        [unused @ 0..=7, first, second] => {
            Ok(u16::from_be_bytes([first, second]) >> unused << unused)
        }
        _ => Err(bits.wrong(Why::Bits)),
    }
}

/// The last common name of a name. Best effort: for people only.
fn common_name(name: &[u8]) -> Option<String> {
    let mut whole = Reader::new(name, CERTIFICATE_BYTES_MAX).ok()?;
    let mut sets = whole.take(tag::SEQUENCE).ok()?.inside();
    let mut found = None;
    while let Ok(set) = sets.take(tag::SET) {
        let mut pairs = set.inside();
        while let Ok(pair) = pairs.take(tag::SEQUENCE) {
            let mut fields = pair.inside();
            let is_name = fields
                .take(tag::OID)
                .is_ok_and(|id| id.content == known::COMMON_NAME);
            if let (true, Ok(value)) = (is_name, fields.any()) {
                found = value.text(256).ok().map(str::to_owned);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests;
