//! Lists of revoked certificates (RFC 5280, 5): read from a CRL, or given by who knows.

use core::fmt;

use yichuan_document::Timestamp;

use super::{CRL_SIGN, Certificate, algorithm, known};
use crate::der::{Element, Malformed, Reader, Why, tag};
use crate::sm2_key::Sm2Signature;

/// The most bytes of a CRL.
pub const CRL_BYTES_MAX: usize = 8 << 20;

/// What one issuer has revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationList {
    issuer: Vec<u8>,
    as_of: Timestamp,
    next: Option<Timestamp>,
    /// Numbers, as certificates write them, in order, with the time since when.
    revoked: Vec<(Vec<u8>, Timestamp)>,
}

impl RevocationList {
    /// A list that the caller knows to be complete at `as_of`, such as one that the roster tells:
    /// numbers as [`Certificate::serial`] has them, and since when.
    pub fn known(
        issuer: &Certificate,
        as_of: Timestamp,
        mut revoked: Vec<(Vec<u8>, Timestamp)>,
    ) -> Self {
        revoked.sort();
        let issuer = issuer.subject().to_vec();
        Self {
            issuer,
            as_of,
            next: None,
            revoked,
        }
    }

    /// Reads a CRL of at most [`CRL_BYTES_MAX`] with nothing behind it, and verifies that `issuer`
    /// signed it with SM2 and SM3.
    ///
    /// Refuses one of another name, by a certificate that may not sign lists, and one with a
    /// critical extension: a part or a change of a list, or one for other issuers, is not what it
    /// looks like.
    pub fn read(der: &[u8], issuer: &Certificate) -> Result<Self, NotAList> {
        let mut whole = Reader::new(der, CRL_BYTES_MAX)?;
        let mut fields = whole.take(tag::SEQUENCE)?.inside();
        whole.end()?;
        let to_be_signed = fields.take(tag::SEQUENCE)?;
        let outer = fields.take(tag::SEQUENCE)?;
        let signature = fields.take(tag::BIT_STRING)?.bits()?;
        fields.end()?;
        let list = fields_of(&to_be_signed, &outer)?;
        if list.issuer != issuer.subject() || !issuer.may_use_for(CRL_SIGN) {
            return Err(NotAList::AnotherIssuer);
        }
        let is_sm2 = algorithm(&outer)?.content() == known::SM2_WITH_SM3;
        let key = issuer
            .sm2_key()
            .filter(|_| is_sm2)
            .ok_or(NotAList::Algorithm)?;
        match Sm2Signature::read(signature) {
            Some((signature, _)) if key.verifies(to_be_signed.raw, &signature) => Ok(list),
            _ => Err(NotAList::Signature),
        }
    }

    /// When it was made.
    pub const fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// Since when `certificate` is revoked, as far as this list goes: nothing where it is of
    /// another issuer or not in it.
    pub fn since(&self, certificate: &Certificate) -> Option<Timestamp> {
        if certificate.issuer() != self.issuer {
            return None;
        }
        let serial = certificate.serial();
        let first = self
            .revoked
            .partition_point(|(number, _)| number.as_slice() < serial);
        let (number, since) = self.revoked.get(first)?;
        (number == serial).then_some(*since)
    }

    /// Whether it can say that `certificate` was not revoked at `at`: it is of its issuer, and was
    /// made later, or has not been replaced by `now`.
    pub fn speaks_of(&self, certificate: &Certificate, at: Timestamp, now: Timestamp) -> bool {
        let is_current = self.next.is_some_and(|next| now <= next);
        certificate.issuer() == self.issuer && (self.as_of >= at || is_current)
    }
}

fn fields_of(to_be_signed: &Element<'_>, outer: &Element<'_>) -> Result<RevocationList, NotAList> {
    let mut fields = to_be_signed.inside();
    if let Some(version) = fields.optional(tag::INTEGER)?
        && version.number()? != 1
    {
        return Err(version.wrong(Why::Value).into());
    }
    let inner = fields.take(tag::SEQUENCE)?;
    if inner.raw != outer.raw {
        return Err(inner.wrong(Why::Value).into());
    }
    let issuer = fields.take(tag::SEQUENCE)?.raw.to_vec();
    let as_of = fields.any()?.time()?;
    let is_date = matches!(fields.peek(), Some(tag::UTC_TIME | tag::GENERALIZED_TIME));
    let next = if is_date {
        Some(fields.any()?.time()?)
    } else {
        None
    };
    let mut revoked = Vec::new();
    if let Some(list) = fields.optional(tag::SEQUENCE)? {
        let mut members = list.inside();
        while members.peek().is_some() {
            revoked.push(member(&members.take(tag::SEQUENCE)?)?);
        }
    }
    if let Some(wrapper) = fields.optional(tag::context(0))? {
        let mut inside = wrapper.inside();
        no_critical(&inside.take(tag::SEQUENCE)?)?;
        inside.end()?;
    }
    fields.end()?;
    revoked.sort();
    Ok(RevocationList {
        issuer,
        as_of,
        next,
        revoked,
    })
}

fn member(member: &Element<'_>) -> Result<(Vec<u8>, Timestamp), NotAList> {
    let mut fields = member.inside();
    let serial = fields.take(tag::INTEGER)?.content.to_vec();
    let since = fields.any()?.time()?;
    if let Some(list) = fields.optional(tag::SEQUENCE)? {
        no_critical(&list)?;
    }
    fields.end()?;
    Ok((serial, since))
}

fn no_critical(extensions: &Element<'_>) -> Result<(), NotAList> {
    let mut members = extensions.inside();
    while members.peek().is_some() {
        let mut fields = members.take(tag::SEQUENCE)?.inside();
        fields.take(tag::OID)?;
        let critical = fields.optional(tag::BOOLEAN)?;
        if critical.map(|value| value.truth()).transpose()? == Some(true) {
            return Err(NotAList::Critical);
        }
        fields.take(tag::OCTET_STRING)?;
        fields.end()?;
    }
    Ok(())
}

/// Why a CRL is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotAList {
    /// Not a CRL.
    Malformed(Malformed),
    /// Of another issuer than the certificate given, or one that may not sign lists.
    AnotherIssuer,
    /// Not signed with SM2 and SM3.
    Algorithm,
    /// The issuer did not sign it.
    Signature,
    /// A critical extension: it is a part or a change of a list.
    Critical,
}

impl From<Malformed> for NotAList {
    fn from(cause: Malformed) -> Self {
        Self::Malformed(cause)
    }
}

impl fmt::Display for NotAList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed(cause) => return cause.fmt(f),
            Self::AnotherIssuer => "the list is of another issuer, or of one that signs no lists",
            Self::Algorithm => "the list is not signed with SM2 and SM3",
            Self::Signature => "the issuer did not sign the list",
            Self::Critical => "the list is a part or a change of another one",
        })
    }
}

impl core::error::Error for NotAList {}
