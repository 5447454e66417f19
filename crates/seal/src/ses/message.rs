//! A signature without a seal: a signed message of GB/T 35275, which has the shape of PKCS #7
//! (RFC 2315). In an OFD it is what `Type="Sign"` means.
//!
//! Two habits are in use: signed attributes that contain the digest of what was signed, or that
//! digest as the content, signed itself.

use core::fmt;

use yichuan_document::Timestamp;

use super::verify::{Asked, Judge, Report, SIGNER, Trust};
use super::{Code, Fact, LISTED_MAX, SES_BYTES_MAX};
use crate::certificate::{Certificate, known};
use crate::der::{Element, Malformed, Oid, Reader, Why, tag};
use crate::sm2_key::sm3;

/// 1.2.156.10197.6.1.4.2.2 and 1.2.840.113549.1.7.2, signed data.
const SIGNED_DATA: [&[u8]; 2] = [
    &[0x2a, 0x81, 0x1c, 0xcf, 0x55, 6, 1, 4, 2, 2],
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2],
];
/// 1.2.156.10197.1.401, SM3.
const SM3: &[u8] = &[0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x83, 0x11];
/// 1.2.156.10197.1.301.1, SM2 signature: how some name SM2 with SM3 here.
const SM2_SIGN: &[u8] = &[0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x82, 0x2d, 0x01];
/// 1.2.840.113549.1.9.4, `messageDigest`; 1.2.840.113549.1.9.5, `signingTime`.
const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 4];
const SIGNING_TIME: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 5];

/// A signed message as it was read. It proves nothing until [`verify_message`] has judged it.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedMessage {
    content: Option<Vec<u8>>,
    certificates: Vec<Vec<u8>>,
    issuer: Vec<u8>,
    serial: Vec<u8>,
    digest_algorithm: Oid,
    attributes: Option<Attributes>,
    algorithm: Oid,
    signature: Vec<u8>,
}

/// Signed attributes: their bytes as a SET, and what is known of them.
#[derive(Clone, PartialEq, Eq)]
struct Attributes {
    signed: Vec<u8>,
    digest: Vec<u8>,
    time: Option<Timestamp>,
}

impl SignedMessage {
    /// Reads a signed message with one signer, at most [`SES_BYTES_MAX`], with nothing behind it.
    pub fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut whole = Reader::new(bytes, SES_BYTES_MAX)?;
        let mut outer = whole.take(tag::SEQUENCE)?.inside();
        whole.end()?;
        let kind = outer.take(tag::OID)?;
        if !SIGNED_DATA.contains(&kind.content) {
            return Err(kind.wrong(Why::Value));
        }
        let mut wrapper = outer.take(tag::context(0))?.inside();
        outer.end()?;
        let mut fields = wrapper.take(tag::SEQUENCE)?.inside();
        wrapper.end()?;
        fields.take(tag::INTEGER)?;
        fields.take(tag::SET)?;
        let content = content(&fields.take(tag::SEQUENCE)?)?;
        let mut certificates = Vec::new();
        if let Some(list) = fields.optional(tag::context(0))? {
            let mut members = list.inside();
            while members.peek().is_some() {
                if certificates.len() == LISTED_MAX {
                    return Err(list.wrong(Why::TooLarge));
                }
                certificates.push(members.take(tag::SEQUENCE)?.raw.to_vec());
            }
        }
        fields.optional(tag::context(1))?;
        let mut signers = fields.take(tag::SET)?.inside();
        fields.end()?;
        let mut signer = signers.take(tag::SEQUENCE)?.inside();
        signers.end()?;
        signer.take(tag::INTEGER)?;
        let mut named = signer.take(tag::SEQUENCE)?.inside();
        let issuer = named.take(tag::SEQUENCE)?.raw.to_vec();
        let serial = named.take(tag::INTEGER)?.content.to_vec();
        named.end()?;
        let digest_algorithm = algorithm(&mut signer)?;
        let attributes = signer.optional(tag::context(0))?;
        let attributes = attributes.map(|list| Attributes::read(&list)).transpose()?;
        let algorithm = algorithm(&mut signer)?;
        let signature = signer.take(tag::OCTET_STRING)?.content.to_vec();
        signer.optional(tag::context(1))?;
        signer.end()?;
        Ok(Self {
            content,
            certificates,
            issuer,
            serial,
            digest_algorithm,
            attributes,
            algorithm,
            signature,
        })
    }

    /// The signer's certificate, DER: the one in the message with the issuer and number that the
    /// signer names.
    pub fn certificate(&self) -> Option<&[u8]> {
        let is_signers = |der: &&Vec<u8>| {
            Certificate::read(der).is_ok_and(|certificate| {
                certificate.issuer() == self.issuer && certificate.serial() == self.serial
            })
        };
        self.certificates.iter().find(is_signers).map(Vec::as_slice)
    }

    /// When it was signed, by the signer's clock, where it says so.
    pub fn signed_at(&self) -> Option<Timestamp> {
        self.attributes
            .as_ref()
            .and_then(|attributes| attributes.time)
    }

    /// Whether it is about what has this SM3: the attribute has it, or the content is it. Where
    /// there are both, they must agree.
    pub fn is_about(&self, hash: &[u8; 32]) -> bool {
        let is_content = self.content.as_ref().is_some_and(|content| content == hash);
        let Some(attributes) = &self.attributes else {
            return is_content;
        };
        let agrees = |content: &Vec<u8>| attributes.digest == sm3(content);
        self.content.as_ref().is_none_or(agrees) && (is_content || attributes.digest == hash)
    }

    /// The bytes that were signed; none where they are the document itself.
    fn signed_bytes(&self) -> Option<&[u8]> {
        let signed = self
            .attributes
            .as_ref()
            .map(|attributes| &attributes.signed);
        signed.or(self.content.as_ref()).map(Vec::as_slice)
    }
}

impl fmt::Debug for SignedMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedMessage")
            .field("serial", &self.serial)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

impl Attributes {
    fn read(list: &Element<'_>) -> Result<Self, Malformed> {
        let mut members = list.inside();
        let (mut digest, mut time) = (None, None);
        while members.peek().is_some() {
            let member = members.take(tag::SEQUENCE)?;
            let mut fields = member.inside();
            let id = fields.take(tag::OID)?;
            let mut values = fields.take(tag::SET)?.inside();
            fields.end()?;
            // What stands twice would be read in two ways.
            match id.content {
                MESSAGE_DIGEST if digest.is_none() => {
                    digest = Some(values.take(tag::OCTET_STRING)?.content.to_vec());
                    values.end()?;
                }
                SIGNING_TIME if time.is_none() => {
                    time = Some(values.any()?.time()?);
                    values.end()?;
                }
                MESSAGE_DIGEST | SIGNING_TIME => return Err(member.wrong(Why::Value)),
                _ => {}
            }
        }
        // Signed as a SET, whatever the tag under which they are carried (RFC 2315, 9.3).
        let mut signed = list.raw.to_vec();
        signed[0] = tag::SET;
        let digest = digest.ok_or(list.wrong(Why::Value))?;
        Ok(Self {
            signed,
            digest,
            time,
        })
    }
}

/// The content, where it is inside: a string of bytes.
fn content(info: &Element<'_>) -> Result<Option<Vec<u8>>, Malformed> {
    let mut fields = info.inside();
    fields.take(tag::OID)?;
    let wrapper = fields.optional(tag::context(0))?;
    fields.end()?;
    let Some(wrapper) = wrapper else {
        return Ok(None);
    };
    let mut inside = wrapper.inside();
    let content = inside.take(tag::OCTET_STRING)?.content.to_vec();
    inside.end()?;
    Ok(Some(content))
}

fn algorithm(fields: &mut Reader<'_>) -> Result<Oid, Malformed> {
    let mut inside = fields.take(tag::SEQUENCE)?.inside();
    let id = inside.take(tag::OID)?.oid()?;
    inside.optional(tag::NULL)?;
    inside.end()?;
    Ok(id)
}

/// Judges a signed message, all of its bytes. Steps 5, 6 and 8 have nothing to look at: there is no
/// seal, and who may sign is for the caller to say by its anchors.
pub fn verify_message(bytes: &[u8], asked: &Asked<'_>, trust: &Trust<'_>) -> Report {
    let mut judge = Judge::new(trust, asked.now, asked.seen_at);
    let message = match SignedMessage::read(bytes) {
        Ok(message) => message,
        Err(cause) => return judge.unreadable(cause.into()),
    };
    match &asked.data_hash {
        None => judge.found(Code::DataHashNotGiven),
        Some(hash) if !message.is_about(hash) => judge.found(Code::DataHashDiffers),
        Some(_) => {}
    }
    if message.digest_algorithm.content() != SM3 {
        let id = message.digest_algorithm.clone();
        judge.tell(Code::SignatureAlgorithm, Fact::Named(id));
    }
    let mut algorithm = message.algorithm.clone();
    if algorithm.content() == SM2_SIGN {
        algorithm = Oid::from_content(known::SM2_WITH_SM3).expect("it is one");
    }
    let at = message.signed_at();
    match (message.certificate(), message.signed_bytes()) {
        (None, _) => judge.found(Code::SignerMissing),
        (Some(_), None) => judge.found(Code::DataHashNotGiven),
        (Some(der), Some(signed)) => {
            let claim = super::verify::Claim {
                message: signed,
                algorithm: &algorithm,
                signature: &message.signature,
            };
            judge.signed_by(der, &claim, at, &SIGNER);
        }
    }
    judge.time(at, asked.declared_at);
    judge.report_message(message)
}
