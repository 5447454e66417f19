//! Making seals and signatures of GB/T 38540-2020, version 4.
//!
//! What leaves here was read again and verified with the very code that judges what others made.

use core::fmt;

use rand_core::CryptoRng;
use yichuan_document::Timestamp;

use super::{Asked, Code, Extension, Report, SesSeal, SesSignature, Trust, Weight};
use super::{EXTENSIONS_MAX, LISTED_MAX, PROPERTY_BYTES_MAX};
use super::{verify, verify_seal};
use crate::certificate::{Certificate, known};
use crate::der::{bits, explicit, integer, octets, oid, sequence, tag, text, tlv, truth};
use crate::sm2_key::{Sm2Secret, sm3};
use crate::{SealPicture, instant};

/// The version that is written.
const VERSION: u8 = 4;
/// The most bytes of a seal's name and of other texts that are written.
const TEXT_BYTES_MAX: usize = 256;
/// The greatest side of a picture, in millimetres: the largest seal has 60 (国发〔1999〕25号).
const SIDE_MM_MAX: u32 = 60;

/// What a seal is to be.
#[derive(Clone, Copy, Debug)]
pub struct SealDraft<'a> {
    /// Its identifier: ASCII without control characters.
    pub id: &'a str,
    /// Who makes it, as an ASCII name of a product or maker.
    pub vendor: &'a str,
    /// Its kind; 1 for a unit's.
    pub kind: u32,
    /// Its name, as 江州市人民政府办公室.
    pub name: &'a str,
    /// Who may sign with it.
    pub signers: &'a [Certificate],
    /// Whether to list digests of the certificates (SM3) instead of themselves.
    pub as_digests: bool,
    /// When it is made.
    pub made_at: Timestamp,
    /// From when on it may be used, and until when, both included.
    pub validity: (Timestamp, Timestamp),
    /// Its picture, a PNG that [`SealPicture`] reads.
    pub picture: &'a [u8],
    /// Width and height on paper in whole millimetres.
    pub size_mm: (u32, u32),
    /// What else is said of it.
    pub extensions: &'a [Extension],
}

/// What a signature is to say.
#[derive(Clone, Copy, Debug)]
pub struct SignatureDraft<'a> {
    /// The seal that is set.
    pub seal: &'a SesSeal,
    /// When.
    pub at: Timestamp,
    /// SM3 of what is sealed.
    pub data_hash: [u8; 32],
    /// What is protected: in an OFD the path of `Signature.xml`. ASCII.
    pub property: &'a str,
    /// What else is said.
    pub extensions: &'a [Extension],
}

/// Makes a seal, signed by its maker.
///
/// Refuses what a reader would refuse, and a maker's certificate that is of another key, not for
/// signing, or not valid when the seal is made. Whether the office may have such a seal is the
/// authority's to say.
pub fn make_seal(
    draft: &SealDraft<'_>,
    maker: &Certificate,
    secret: &Sm2Secret,
    rng: &mut impl CryptoRng,
) -> Result<SesSeal, NotMade> {
    check_key(maker, secret, draft.made_at)?;
    let info = info(draft)?;
    let signature = secret.sign(&info, rng).ok_or(NotMade::Chance)?;
    let bytes = sequence(&[
        info,
        octets(maker.der()),
        tlv(tag::OID, known::SM2_WITH_SM3),
        bits(&signature.to_der()),
    ]);
    let makers = core::slice::from_ref(maker);
    let trust = Trust {
        makers,
        seals: Some(&[]),
        ..Trust::default()
    };
    let from = draft.validity.0.max(draft.made_at);
    let report = verify_seal(&bytes, from, &trust);
    match report.seal() {
        Some(seal) if stands(&report) => Ok(seal.clone()),
        _ => Err(NotMade::DoesNotStand),
    }
}

/// Signs with a seal.
///
/// Refuses a certificate of another key, not for signing or not valid at that time, a seal that
/// does not list it, and a time outside the seal's.
pub fn sign(
    draft: &SignatureDraft<'_>,
    signer: &Certificate,
    secret: &Sm2Secret,
    rng: &mut impl CryptoRng,
) -> Result<SesSignature, NotMade> {
    check_key(signer, secret, draft.at)?;
    if !draft.seal.covers(draft.at) {
        return Err(NotMade::OutsideSealPeriod);
    }
    check_text(draft.property, PROPERTY_BYTES_MAX, true)?;
    let mut fields = vec![
        integer(&[VERSION]),
        draft.seal.raw().to_vec(),
        date(draft.at),
        bits(&draft.data_hash),
        text(tag::IA5, draft.property),
    ];
    if !draft.extensions.is_empty() {
        fields.push(explicit(0, &extensions(draft.extensions)?));
    }
    let to_be_signed = sequence(&fields);
    let signature = secret.sign(&to_be_signed, rng).ok_or(NotMade::Chance)?;
    let bytes = sequence(&[
        to_be_signed,
        octets(signer.der()),
        tlv(tag::OID, known::SM2_WITH_SM3),
        bits(&signature.to_der()),
    ]);
    let report = alone(&bytes, Some(draft.data_hash), draft.at);
    match report.signature() {
        Some(signature) if stands(&report) => Ok(signature.clone()),
        _ if report.has(Code::SignerNotListed) => Err(NotMade::NotListed),
        _ => Err(NotMade::DoesNotStand),
    }
}

/// A signature that holds for a seal which the caller knows to be the authority's, at `at`: the
/// maker and the signers in that seal are believed, and nothing else is. What it is about, and
/// whether the seal was revoked, is for the caller to compare.
pub fn read_standing(bytes: &[u8], at: Timestamp) -> Option<SesSignature> {
    let claimed = SesSignature::read(bytes).ok()?;
    let about = claimed.data_hash().try_into().ok()?;
    let report = alone(bytes, Some(about), at);
    stands(&report).then_some(claimed)
}

/// Judges a signature by the certificates of its own seal: whoever made the seal is for others to
/// say.
fn alone(bytes: &[u8], data_hash: Option<[u8; 32]>, at: Timestamp) -> Report {
    let claimed = SesSignature::read(bytes).ok();
    let read = |der: &[u8]| Certificate::read(der).ok();
    let seal = claimed.as_ref().map(SesSignature::seal);
    let makers: Vec<Certificate> = seal
        .and_then(|seal| read(seal.maker_certificate()))
        .into_iter()
        .collect();
    // That the seal lists it is one of the steps.
    let signers: Vec<Certificate> = claimed
        .as_ref()
        .and_then(|claimed| read(claimed.certificate()))
        .into_iter()
        .collect();
    let trust = Trust {
        makers: &makers,
        signers: &signers,
        seals: Some(&[]),
        ..Trust::default()
    };
    let asked = Asked {
        data_hash,
        seal_file: None,
        declared_at: Some(at),
        seen_at: None,
        now: at,
    };
    verify(bytes, &asked, &trust)
}

/// Whether nothing speaks against it but what the caller asked for (critical extensions) and what
/// is not judged here (revocation).
fn stands(report: &Report) -> bool {
    report.findings().iter().all(|finding| {
        let code = finding.code;
        let is_callers = matches!(code, Code::RevocationUnknown | Code::CriticalExtension);
        code.weight() == Weight::Note || is_callers
    })
}

fn check_key(certificate: &Certificate, secret: &Sm2Secret, at: Timestamp) -> Result<(), NotMade> {
    if certificate.sm2_key() != Some(secret.public()) {
        return Err(NotMade::AnotherKey);
    }
    if !certificate.may_sign() || !certificate.covers(at) {
        return Err(NotMade::Certificate);
    }
    Ok(())
}

fn info(draft: &SealDraft<'_>) -> Result<Vec<u8>, NotMade> {
    check_text(draft.id, TEXT_BYTES_MAX, true)?;
    check_text(draft.vendor, TEXT_BYTES_MAX, true)?;
    check_text(draft.name, TEXT_BYTES_MAX, false)?;
    if draft.validity.0 > draft.validity.1 || draft.made_at > draft.validity.1 {
        return Err(NotMade::Validity);
    }
    if draft.signers.is_empty() || draft.signers.len() > LISTED_MAX {
        return Err(NotMade::Signers);
    }
    if SealPicture::read(draft.picture).is_err() {
        return Err(NotMade::Picture);
    }
    let (width, height) = draft.size_mm;
    if !(1..=SIDE_MM_MAX).contains(&width) || !(1..=SIDE_MM_MAX).contains(&height) {
        return Err(NotMade::Size);
    }
    let member = |signer: &Certificate| {
        if draft.as_digests {
            sequence(&[text(tag::PRINTABLE, "SM3"), octets(&sm3(signer.der()))])
        } else {
            octets(signer.der())
        }
    };
    let header = [
        text(tag::IA5, "ES"),
        integer(&[VERSION]),
        text(tag::IA5, draft.vendor),
    ];
    let property = [
        integer(&draft.kind.to_be_bytes()),
        text(tag::UTF8, draft.name),
        integer(&[if draft.as_digests { 2 } else { 1 }]),
        sequence(&draft.signers.iter().map(member).collect::<Vec<_>>()),
        date(draft.made_at),
        date(draft.validity.0),
        date(draft.validity.1),
    ];
    let picture = [
        text(tag::IA5, "PNG"),
        octets(draft.picture),
        integer(&width.to_be_bytes()),
        integer(&height.to_be_bytes()),
    ];
    let mut fields = vec![
        sequence(&header),
        text(tag::IA5, draft.id),
        sequence(&property),
        sequence(&picture),
    ];
    if !draft.extensions.is_empty() {
        fields.push(extensions(draft.extensions)?);
    }
    Ok(sequence(&fields))
}

fn check_text(text: &str, most: usize, ascii: bool) -> Result<(), NotMade> {
    let plain = !text.is_empty() && text.len() <= most && !text.chars().any(char::is_control);
    if plain && (!ascii || text.is_ascii()) {
        Ok(())
    } else {
        Err(NotMade::Text)
    }
}

fn date(at: Timestamp) -> Vec<u8> {
    text(tag::GENERALIZED_TIME, &instant::to_generalized(at))
}

fn extensions(extensions: &[Extension]) -> Result<Vec<u8>, NotMade> {
    if extensions.len() > EXTENSIONS_MAX {
        return Err(NotMade::Extensions);
    }
    let member = |extension: &Extension| {
        let mut fields = vec![oid(&extension.id)];
        if extension.critical {
            fields.push(truth(true));
        }
        fields.push(octets(&extension.value));
        sequence(&fields)
    };
    Ok(sequence(&extensions.iter().map(member).collect::<Vec<_>>()))
}

/// Why a seal or signature was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotMade {
    /// The certificate is of another key.
    AnotherKey,
    /// The certificate is not for signing, or not valid at that time.
    Certificate,
    /// A text that is empty, too long, or of letters that its field has not.
    Text,
    /// It ends before it begins, or before it is made.
    Validity,
    /// Nobody may sign with it, or too many.
    Signers,
    /// The picture is not one that can be shown as a seal.
    Picture,
    /// A side of less than 1 mm or more than 60.
    Size,
    /// Too many extensions.
    Extensions,
    /// Signed outside the time of the seal.
    OutsideSealPeriod,
    /// The seal does not list the signer's certificate.
    NotListed,
    /// The source of chance is broken.
    Chance,
    /// What was made does not stand when it is judged: the seal or certificate given is at fault.
    DoesNotStand,
}

impl fmt::Display for NotMade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AnotherKey => "the certificate is of another key",
            Self::Certificate => "the certificate is not for signing, or not valid at that time",
            Self::Text => "a text is empty, too long, or of letters that its field has not",
            Self::Validity => "the seal ends before it begins, or before it is made",
            Self::Signers => "a seal lists 1 to 64 certificates",
            Self::Picture => "the picture is not a PNG that can be shown as a seal",
            Self::Size => "a side of a seal has 1 to 60 mm",
            Self::Extensions => "at most 64 extensions",
            Self::OutsideSealPeriod => "the seal may not be used at that time",
            Self::NotListed => "the seal does not list this certificate",
            Self::Chance => "the source of chance is broken",
            Self::DoesNotStand => "what was made does not stand when it is judged",
        })
    }
}

impl core::error::Error for NotMade {}
