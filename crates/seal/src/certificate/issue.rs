//! Making certificates: the authority's root, its seal maker's, a seal's. The profiles stand in
//! `certs/`.

use core::fmt;

use rand_core::CryptoRng;
use yichuan_document::Timestamp;

use super::{Certificate, known};
use crate::der::{Malformed, bits, explicit, integer, octets, sequence, tag, text, tlv, truth};
use crate::instant;
use crate::sm2_key::{Sm2Public, Sm2Secret, sm3};

/// The most bytes of a name's part (RFC 5280, A.1: 64 characters).
const NAME_BYTES_MAX: usize = 192;
/// 2050-01-01T00:00:00Z: from then on dates have four digits of the year (RFC 5280, 4.1.2.5).
const YEAR_2050_MS: u64 = 2_524_608_000_000;

/// What a certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// The authority's root, signed by itself: it certifies, and signs no seal.
    Root,
    /// The key that makes seals: it signs seals, and certifies nobody.
    SealMaker,
    /// The key that a custodian signs documents with.
    Seal,
}

/// Whose key it is: the organisation and the name, as people read them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder<'a> {
    /// Such as 江州市人民政府.
    pub organization: &'a str,
    /// Such as 江州市人民政府办公室印章.
    pub name: &'a str,
}

/// Who signs certificates: a key, and its certificate unless it is just making its own.
pub struct Issuer<'a> {
    secret: &'a Sm2Secret,
    certificate: Option<&'a Certificate>,
}

impl<'a> Issuer<'a> {
    /// Makes the root of an authority: a certificate of `secret` by itself.
    pub fn root(
        secret: &'a Sm2Secret,
        holder: Holder<'_>,
        validity: (Timestamp, Timestamp),
        rng: &mut impl CryptoRng,
    ) -> Result<Certificate, NotIssued> {
        let issuer = Self {
            secret,
            certificate: None,
        };
        issuer.make(Profile::Root, secret.public(), holder, validity, rng)
    }

    /// Takes the root and its key. Refuses a certificate of another key, or one that may not
    /// certify.
    pub fn new(secret: &'a Sm2Secret, root: &'a Certificate) -> Result<Self, NotIssued> {
        if root.sm2_key() != Some(secret.public()) {
            return Err(NotIssued::AnotherKey);
        }
        if !root.may_certify(0) {
            return Err(NotIssued::MayNotCertify);
        }
        Ok(Self {
            secret,
            certificate: Some(root),
        })
    }

    /// Certifies `key` as its `holder`'s. Refuses [`Profile::Root`], which [`Self::root`] makes,
    /// and a time outside the issuer's own.
    pub fn certify(
        &self,
        profile: Profile,
        key: &Sm2Public,
        holder: Holder<'_>,
        validity: (Timestamp, Timestamp),
        rng: &mut impl CryptoRng,
    ) -> Result<Certificate, NotIssued> {
        let inside = |issuer: &Certificate| issuer.covers(validity.0) && issuer.covers(validity.1);
        if !self.certificate.is_some_and(inside) {
            return Err(NotIssued::Validity);
        }
        if profile == Profile::Root {
            return Err(NotIssued::MayNotCertify);
        }
        self.make(profile, key, holder, validity, rng)
    }

    fn make(
        &self,
        profile: Profile,
        key: &Sm2Public,
        holder: Holder<'_>,
        validity: (Timestamp, Timestamp),
        rng: &mut impl CryptoRng,
    ) -> Result<Certificate, NotIssued> {
        if validity.0 >= validity.1 {
            return Err(NotIssued::Validity);
        }
        let subject = name(holder)?;
        let issuer = self
            .certificate
            .map_or(subject.as_slice(), Certificate::subject);
        let algorithm = sequence(&[tlv(tag::OID, known::SM2_WITH_SM3)]);
        // Never nought and never negative, of 16 bytes (RFC 5280, 4.1.2.2).
        let mut serial = [0; 16];
        rng.fill_bytes(&mut serial);
        serial[0] = serial[0] & 0x3f | 0x40;
        let to_be_signed = sequence(&[
            explicit(0, &integer(&[2])),
            integer(&serial),
            algorithm.clone(),
            issuer.to_vec(),
            sequence(&[date(validity.0), date(validity.1)]),
            subject,
            key_info(key),
            explicit(3, &extensions(profile, key, self.secret.public())),
        ]);
        let signature = self
            .secret
            .sign(&to_be_signed, rng)
            .ok_or(NotIssued::Chance)?;
        let der = sequence(&[to_be_signed, algorithm, bits(&signature.to_der())]);
        let certificate = Certificate::read(&der).map_err(NotIssued::Malformed)?;
        // What leaves here was verified as anybody would.
        if certificate.is_signed_by(self.secret.public()) {
            Ok(certificate)
        } else {
            Err(NotIssued::Chance)
        }
    }
}

fn name(holder: Holder<'_>) -> Result<Vec<u8>, NotIssued> {
    let parts = [
        (known::COUNTRY, tag::PRINTABLE, "CN"),
        (known::ORGANIZATION, tag::UTF8, holder.organization),
        (known::COMMON_NAME, tag::UTF8, holder.name),
    ];
    let fits = |part: &str| {
        let plain = !part.is_empty() && part.trim() == part && !part.chars().any(char::is_control);
        plain && part.len() <= NAME_BYTES_MAX && part.chars().count() <= 64
    };
    if !parts.iter().all(|(_, _, part)| fits(part)) {
        return Err(NotIssued::Name);
    }
    let set = |(id, tag, part): &(&[u8], u8, &str)| {
        tlv(tag::SET, &sequence(&[tlv(tag::OID, id), text(*tag, part)]))
    };
    Ok(sequence(&parts.iter().map(set).collect::<Vec<_>>()))
}

fn date(at: Timestamp) -> Vec<u8> {
    let generalized = instant::to_generalized(at);
    if at.unix_ms() < YEAR_2050_MS {
        text(tag::UTC_TIME, &generalized[2..])
    } else {
        text(tag::GENERALIZED_TIME, &generalized)
    }
}

fn key_info(key: &Sm2Public) -> Vec<u8> {
    let algorithm = [
        tlv(tag::OID, known::EC_KEY),
        tlv(tag::OID, known::SM2_CURVE),
    ];
    sequence(&[sequence(&algorithm), bits(key.point())])
}

fn extensions(profile: Profile, key: &Sm2Public, issuer: &Sm2Public) -> Vec<u8> {
    // `keyCertSign` and `cRLSign`, or `digitalSignature` and `nonRepudiation`.
    let (constraints, usage) = match profile {
        Profile::Root => (sequence(&[truth(true), integer(&[0])]), [1, 0x06]),
        Profile::SealMaker | Profile::Seal => (sequence(&[]), [6, 0xc0]),
    };
    let extension = |id: &[u8], critical: bool, value: &[u8]| {
        let mut fields = vec![tlv(tag::OID, id)];
        if critical {
            fields.push(truth(true));
        }
        fields.push(octets(value));
        sequence(&fields)
    };
    sequence(&[
        extension(known::BASIC_CONSTRAINTS, true, &constraints),
        extension(known::KEY_USAGE, true, &tlv(tag::BIT_STRING, &usage)),
        extension(known::SUBJECT_KEY_ID, false, &octets(&key_id(key))),
        extension(
            known::AUTHORITY_KEY_ID,
            false,
            &sequence(&[tlv(0x80, &key_id(issuer))]),
        ),
    ])
}

/// The first twenty bytes of SM3 of the point, in the manner of RFC 7093, 2.
fn key_id(key: &Sm2Public) -> Vec<u8> {
    sm3(key.point())[..20].to_vec()
}

/// Why a certificate was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotIssued {
    /// It ends before it begins, or is not within the time of the issuer.
    Validity,
    /// A name that is empty, too long, or has control characters or spaces around it.
    Name,
    /// The issuer's certificate is of another key.
    AnotherKey,
    /// The issuer's certificate may certify nobody, or nobody of this profile.
    MayNotCertify,
    /// What was made cannot be read: it is too large.
    Malformed(Malformed),
    /// The source of chance is broken.
    Chance,
}

impl fmt::Display for NotIssued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Validity => "a certificate begins before it ends, within the time of its issuer",
            Self::Name => "a name has 1 to 64 characters and no spaces around it",
            Self::AnotherKey => "the issuer's certificate is of another key",
            Self::MayNotCertify => "the issuer may not certify this",
            Self::Malformed(cause) => return cause.fmt(f),
            Self::Chance => "the source of chance is broken",
        })
    }
}

impl core::error::Error for NotIssued {}
