//! The manifest: what the exchange sees of a document, and what approver and custodian sign.
//!
//! The form is `proto/manifest.md`. A manifest is hostile until [`Manifest::read`] and
//! [`Manifest::check`] have passed it.

use core::fmt;

use minicbor::{Decode, Encode};

use crate::cbor::{self, Unreadable};
use crate::level::{Ceiling, NotTransmissible, Transmissible};
use crate::name::UnitRef;
use crate::terms::{DocumentKind, DocumentNumber, SecrecyPeriod, Urgency};
use crate::{AccountId, Classification, Digest, DocumentId, Timestamp};

/// The one version of the manifest that this release writes and reads.
pub const MANIFEST_VERSION: u16 = 1;
/// The most recipients of one manifest; more by supplement (protocol rule 3).
pub const RECIPIENTS_MAX: usize = 1_000;
/// The most issuers of one document (联合行文).
pub const ISSUERS_MAX: usize = 16;
/// The most bytes of an encoded manifest: 1,000 recipients with some margin.
pub const MANIFEST_BYTES_MAX: usize = 256 << 10;
/// The most segments of a body (protocol rule 18).
pub const SEGMENTS_MAX: u32 = 65_536;
/// The plaintext bytes of a full segment.
pub const SEGMENT_BYTES: u32 = 1 << 20;
/// What a segment grows by when it is encrypted: the tag of AES-256-GCM.
pub const SEGMENT_OVERHEAD: u32 = 16;
/// Body suite 1: STREAM of AES-256-GCM, HKDF-SHA-256, RFC 6962 tree with SHA-256.
pub const BODY_SUITE_1: u16 = 1;

/// A document's outside. See `proto/manifest.md` for each field.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Manifest {
    /// [`MANIFEST_VERSION`].
    #[n(0)]
    pub version: u16,
    /// Chosen by the client before the first attempt.
    #[n(1)]
    pub id: DocumentId,
    /// The issuing units, the lead first.
    #[n(2)]
    pub issuers: Vec<Issuer>,
    /// The account that entered the document, of the lead issuer.
    #[n(3)]
    pub account: AccountId,
    /// The recipients in the order of the page.
    #[n(4)]
    pub recipients: Vec<Recipient>,
    /// 密级.
    #[n(5)]
    pub level: Classification,
    /// 保密期限; only with 秘密.
    #[n(6)]
    pub period: Option<SecrecyPeriod>,
    /// 紧急程度.
    #[n(7)]
    pub urgency: Urgency,
    /// 文种.
    #[n(8)]
    pub kind: DocumentKind,
    /// 发文字号, where policy lets it stand outside the envelope.
    #[n(9)]
    pub number: Option<DocumentNumber>,
    /// When the document was composed, by the client's clock.
    #[n(10)]
    pub composed_at: Timestamp,
    /// After this instant the document is of no use, where that is so.
    #[n(11)]
    pub valid_until: Option<Timestamp>,
    /// Bytes of the encrypted body.
    #[n(12)]
    pub body_bytes: u64,
    /// Segments of the encrypted body.
    #[n(13)]
    pub segments: u32,
    /// Plaintext bytes of a full segment.
    #[n(14)]
    pub segment_bytes: u32,
    /// RFC 6962 root over the encrypted segments.
    #[n(15)]
    pub root: Digest,
    /// Commitment to the content key.
    #[n(16)]
    pub commitment: Digest,
    /// How the body is encrypted: [`BODY_SUITE_1`].
    #[n(17)]
    pub suite: u16,
    /// The document that this one replaces.
    #[n(18)]
    pub replaces: Option<Reference>,
    /// The document that this one answers.
    #[n(19)]
    pub replies_to: Option<Reference>,
    /// Whether receipts of the replaced document stand, so that only who had not signed for it
    /// signs for this one; none says that all sign again.
    #[n(20)]
    pub receipts_stand: Option<bool>,
}

/// One of the units that issue a document together; one is the common case.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Issuer {
    /// The unit.
    #[n(0)]
    pub unit: UnitRef,
    /// Which seal in order is this issuer's, from 1.
    #[n(1)]
    pub seal_ordinal: u8,
}

/// One recipient.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Recipient {
    /// The unit.
    #[n(0)]
    pub unit: UnitRef,
    /// 主送 or 抄送.
    #[n(1)]
    pub role: RecipientRole,
    /// How many copies the recipient may print.
    #[n(2)]
    pub print_quota: u16,
}

/// How a document is addressed to a recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum RecipientRole {
    /// 主送.
    #[n(0)]
    Main,
    /// 抄送.
    #[n(1)]
    Copy,
}

/// Another document, by id and manifest digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Reference {
    /// Its id.
    #[n(0)]
    pub id: DocumentId,
    /// The digest of its manifest.
    #[n(1)]
    pub manifest: Digest,
}

impl Manifest {
    /// Reads a manifest as it came from outside; it is well-formed, but not yet checked.
    pub fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        cbor::read(bytes, MANIFEST_BYTES_MAX)
    }

    /// The canonical bytes; their SHA-256 is the manifest digest.
    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::to_vec(self)
    }

    /// The digest that submission, approval and seal sign.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.to_bytes())
    }

    /// The unit whose clerk entered the document.
    pub fn lead(&self) -> Option<&UnitRef> {
        self.issuers.first().map(|issuer| &issuer.unit)
    }

    /// The units that hold a wrap, in the one order of the wrap list: issuers, then recipients.
    pub fn holders(&self) -> impl Iterator<Item = &UnitRef> {
        let issuers = self.issuers.iter().map(|issuer| &issuer.unit);
        issuers.chain(self.recipients.iter().map(|recipient| &recipient.unit))
    }

    /// Checks what needs no roster: the level first, then shape and sizes.
    pub fn check(&self, ceiling: Ceiling) -> Result<Transmissible, BadManifest> {
        if self.version != MANIFEST_VERSION {
            return Err(BadManifest::UnknownVersion {
                found: self.version,
            });
        }
        let level = self
            .level
            .transmissible(ceiling)
            .map_err(BadManifest::Level)?;
        if self.period.is_some() && self.level != Classification::Secret {
            return Err(BadManifest::PeriodWithoutSecret);
        }
        self.check_units()?;
        self.check_body()?;
        Ok(level)
    }

    fn check_units(&self) -> Result<(), BadManifest> {
        let lead = self.lead().ok_or(BadManifest::NoIssuer)?;
        if self.issuers.len() > ISSUERS_MAX {
            return Err(BadManifest::TooManyIssuers {
                found: self.issuers.len(),
            });
        }
        if self.account.unit() != lead.unit {
            return Err(BadManifest::AccountNotOfLead);
        }
        let ordinals = self
            .issuers
            .iter()
            .map(|issuer| usize::from(issuer.seal_ordinal));
        if !ordinals.eq(1..=self.issuers.len()) {
            return Err(BadManifest::SealOrdinals);
        }
        if self.recipients.is_empty() {
            return Err(BadManifest::NoRecipient);
        }
        if self.recipients.len() > RECIPIENTS_MAX {
            return Err(BadManifest::TooManyRecipients {
                found: self.recipients.len(),
            });
        }
        let mut seen = std::collections::HashSet::new();
        for unit in self.issuers.iter().map(|issuer| &issuer.unit) {
            if !seen.insert(unit) {
                return Err(BadManifest::Twice(unit.clone()));
            }
        }
        for recipient in &self.recipients {
            if self
                .issuers
                .iter()
                .any(|issuer| issuer.unit == recipient.unit)
            {
                return Err(BadManifest::OwnUnit(recipient.unit.clone()));
            }
            if !seen.insert(&recipient.unit) {
                return Err(BadManifest::Twice(recipient.unit.clone()));
            }
        }
        if !self.recipients.is_sorted_by_key(|recipient| recipient.role) {
            return Err(BadManifest::CopyBeforeMain);
        }
        Ok(())
    }

    fn check_body(&self) -> Result<(), BadManifest> {
        if self.suite != BODY_SUITE_1 {
            return Err(BadManifest::UnknownSuite { found: self.suite });
        }
        if self.segment_bytes != SEGMENT_BYTES {
            return Err(BadManifest::SegmentSize {
                found: self.segment_bytes,
            });
        }
        let count = u64::from(self.segments);
        let fits = (1..=SEGMENTS_MAX).contains(&self.segments)
            && self.body_bytes > count * u64::from(SEGMENT_OVERHEAD)
            && self.body_bytes <= count * u64::from(SEGMENT_BYTES + SEGMENT_OVERHEAD);
        if fits {
            Ok(())
        } else {
            Err(BadManifest::BodySize)
        }
    }
}

/// Why a manifest is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadManifest {
    /// A version that this release does not know.
    UnknownVersion {
        /// The version found.
        found: u16,
    },
    /// The level may not be transmitted (Art. 15).
    Level(NotTransmissible),
    /// A period of secrecy on a document that is not 秘密.
    PeriodWithoutSecret,
    /// No issuing unit.
    NoIssuer,
    /// More than [`ISSUERS_MAX`] issuers.
    TooManyIssuers {
        /// How many there are.
        found: usize,
    },
    /// The account is not of the lead issuer.
    AccountNotOfLead,
    /// The issuers' seals are not numbered 1, 2, 3 ….
    SealOrdinals,
    /// No recipient.
    NoRecipient,
    /// More than [`RECIPIENTS_MAX`] recipients.
    TooManyRecipients {
        /// How many there are.
        found: usize,
    },
    /// A unit stands twice among issuers or recipients.
    Twice(UnitRef),
    /// An issuer is named as a recipient of its own document.
    OwnUnit(UnitRef),
    /// A 抄送 recipient stands before a 主送 one.
    CopyBeforeMain,
    /// A body suite that this release does not know.
    UnknownSuite {
        /// The suite found.
        found: u16,
    },
    /// A segment size other than the suite's.
    SegmentSize {
        /// The size found, in bytes.
        found: u32,
    },
    /// Body size and number of segments do not fit each other or the limits.
    BodySize,
}

impl fmt::Display for BadManifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownVersion { found } => write!(f, "manifest version {found} is unknown"),
            Self::Level(level) => level.fmt(f),
            Self::PeriodWithoutSecret => f.write_str("only a secret document has a period"),
            Self::NoIssuer => f.write_str("no issuing unit"),
            Self::TooManyIssuers { found } => write!(f, "{found} issuers, at most {ISSUERS_MAX}"),
            Self::AccountNotOfLead => f.write_str("the account is not of the lead issuer"),
            Self::SealOrdinals => f.write_str("the issuers' seals are not numbered from 1"),
            Self::NoRecipient => f.write_str("no recipient"),
            Self::TooManyRecipients { found } => {
                write!(f, "{found} recipients, at most {RECIPIENTS_MAX}")
            }
            Self::Twice(unit) => write!(f, "{unit} stands twice"),
            Self::OwnUnit(unit) => write!(f, "{unit} issues the document and cannot receive it"),
            Self::CopyBeforeMain => f.write_str("a copy recipient stands before a main one"),
            Self::UnknownSuite { found } => write!(f, "body suite {found} is unknown"),
            Self::SegmentSize { found } => {
                write!(f, "segments of {found} bytes are not of suite 1")
            }
            Self::BodySize => f.write_str("body size and number of segments do not fit"),
        }
    }
}

impl core::error::Error for BadManifest {}

#[cfg(test)]
#[path = "manifest_tests.rs"]
mod tests;
