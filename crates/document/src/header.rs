//! The inner header: what only the holders of the content key see of a document.
//!
//! It repeats what the manifest says, so that a difference is noticed (protocol rule 18), and
//! carries the core metadata of GB/T 33480 that the manifest does not.

use core::fmt;

use minicbor::{Decode, Encode};

use crate::cbor::{self, Unreadable};
use crate::manifest::Manifest;
pub use crate::part_name::PartName;
use crate::{Classification, Digest, DocumentId, Origin, UnitRef};

/// The one version of the inner header.
pub const HEADER_VERSION: u16 = 1;
/// The most parts of one document: the main text and its annexes.
pub const PARTS_MAX: usize = 256;
/// The most bytes of an encoded header.
pub const HEADER_BYTES_MAX: usize = 512 << 10;
/// The longest text of one metadata element, in bytes.
pub const ELEMENT_BYTES_MAX: usize = 8 << 10;
/// The longest part name, in bytes (most file systems allow 255).
pub const PART_NAME_BYTES_MAX: usize = 200;

/// The inner header. See `proto/body.md`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct InnerHeader {
    /// [`HEADER_VERSION`].
    #[n(0)]
    pub version: u16,
    /// The exchange's origin, as in the statements about the document.
    #[n(1)]
    pub origin: Origin,
    /// As in the manifest.
    #[n(2)]
    pub id: DocumentId,
    /// As in the manifest, the lead first.
    #[n(3)]
    pub issuers: Vec<UnitRef>,
    /// 密级, once more.
    #[n(4)]
    pub level: Classification,
    /// 标题.
    #[n(5)]
    pub title: String,
    /// The other core elements.
    #[n(6)]
    pub metadata: Metadata,
    /// Whom the recipient may call.
    #[n(7)]
    pub contact: Contact,
    /// The files, the main text first, in the order in which their bytes follow.
    #[n(8)]
    pub parts: Vec<Part>,
}

/// The core elements of GB/T 33480 that stand neither in the manifest nor in the title.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Metadata {
    /// 份号, copy number.
    #[n(0)]
    pub copy_number: Option<String>,
    /// 发文机关标志, the head on the page.
    #[n(1)]
    pub issuer_mark: Option<String>,
    /// 发文字号, as on the page.
    #[n(2)]
    pub number: Option<String>,
    /// 签发人.
    #[n(3)]
    pub signatory: Option<String>,
    /// 主送机关, as on the page.
    #[n(4)]
    pub main_recipients: Option<String>,
    /// 附件说明.
    #[n(5)]
    pub annexes: Option<String>,
    /// 发文机关或签发人署名.
    #[n(6)]
    pub signed_by: Option<String>,
    /// 成文日期, as on the page.
    #[n(7)]
    pub date: Option<String>,
    /// 附注.
    #[n(8)]
    pub remark: Option<String>,
    /// 抄送机关, as on the page.
    #[n(9)]
    pub copy_recipients: Option<String>,
    /// 印发机关.
    #[n(10)]
    pub printed_by: Option<String>,
    /// 印发日期.
    #[n(11)]
    pub print_date: Option<String>,
    /// 发布层次.
    #[n(12)]
    pub publication: Option<String>,
}

/// The post that answers questions about a document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Contact {
    /// The post or the name.
    #[n(0)]
    pub name: Option<String>,
    /// The telephone number.
    #[n(1)]
    pub phone: Option<String>,
}

/// One file of a document.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Part {
    /// A file name that is safe on every system.
    #[n(0)]
    pub name: PartName,
    /// The media type, as the sender declared it.
    #[n(1)]
    pub media_type: String,
    /// Bytes of plaintext.
    #[n(2)]
    pub bytes: u64,
    /// SHA-256 of the plaintext.
    #[n(3)]
    pub digest: Digest,
}

impl InnerHeader {
    /// Reads a header that was decrypted, and checks its own limits.
    pub fn read(bytes: &[u8]) -> Result<Self, BadHeader> {
        let header: Self = cbor::read(bytes, HEADER_BYTES_MAX).map_err(BadHeader::Unreadable)?;
        header.check()?;
        Ok(header)
    }

    /// The canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::to_vec(self)
    }

    /// Checks what a header must be by itself.
    pub fn check(&self) -> Result<(), BadHeader> {
        if self.version != HEADER_VERSION {
            return Err(BadHeader::UnknownVersion {
                found: self.version,
            });
        }
        if self.title.trim().is_empty() {
            return Err(BadHeader::NoTitle);
        }
        let texts = self
            .metadata
            .texts()
            .into_iter()
            .chain([&self.contact.name, &self.contact.phone]);
        let too_long = texts.flatten().any(|text| text.len() > ELEMENT_BYTES_MAX);
        if too_long || self.title.len() > ELEMENT_BYTES_MAX {
            return Err(BadHeader::ElementTooLong);
        }
        if self.parts.is_empty() || self.parts.len() > PARTS_MAX {
            return Err(BadHeader::Parts {
                found: self.parts.len(),
            });
        }
        let mut names: Vec<String> = self
            .parts
            .iter()
            .map(|part| part.name.as_str().to_lowercase())
            .collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(BadHeader::NameTwice);
        }
        if self.parts.iter().any(|part| part.media_type.len() > 100) {
            return Err(BadHeader::ElementTooLong);
        }
        Ok(())
    }

    /// Compares with the manifest; any difference is a violation.
    pub fn agrees_with(&self, manifest: &Manifest, origin: &Origin) -> Result<(), Disagreement> {
        if self.level != manifest.level {
            return Err(Disagreement::Level {
                inner: self.level,
                outer: manifest.level,
            });
        }
        if self.id != manifest.id {
            return Err(Disagreement::Id);
        }
        if self.origin != *origin {
            return Err(Disagreement::Origin);
        }
        if !self
            .issuers
            .iter()
            .eq(manifest.issuers.iter().map(|issuer| &issuer.unit))
        {
            return Err(Disagreement::Issuers);
        }
        Ok(())
    }
}

impl Metadata {
    /// All elements, for checks that treat them alike.
    pub fn texts(&self) -> [&Option<String>; 13] {
        [
            &self.copy_number,
            &self.issuer_mark,
            &self.number,
            &self.signatory,
            &self.main_recipients,
            &self.annexes,
            &self.signed_by,
            &self.date,
            &self.remark,
            &self.copy_recipients,
            &self.printed_by,
            &self.print_date,
            &self.publication,
        ]
    }
}

/// Why a header is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadHeader {
    /// Not canonical CBOR of a header.
    Unreadable(Unreadable),
    /// A version that this release does not know.
    UnknownVersion {
        /// The version found.
        found: u16,
    },
    /// No title.
    NoTitle,
    /// A text longer than [`ELEMENT_BYTES_MAX`].
    ElementTooLong,
    /// No part, or more than [`PARTS_MAX`].
    Parts {
        /// How many there are.
        found: usize,
    },
    /// Two parts have one name, capital and small letters being the same.
    NameTwice,
}

impl fmt::Display for BadHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(cause) => cause.fmt(f),
            Self::UnknownVersion { found } => write!(f, "header version {found} is unknown"),
            Self::NoTitle => f.write_str("the document has no title"),
            Self::ElementTooLong => write!(f, "a text is longer than {ELEMENT_BYTES_MAX} bytes"),
            Self::Parts { found } => write!(f, "{found} parts, 1 to {PARTS_MAX} are allowed"),
            Self::NameTwice => f.write_str("two parts have the same name"),
        }
    }
}

impl core::error::Error for BadHeader {}

/// Where header and manifest differ: a violation, and no plaintext is released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Disagreement {
    /// The levels differ.
    Level {
        /// Inside the envelope.
        inner: Classification,
        /// In the manifest.
        outer: Classification,
    },
    /// The ids differ.
    Id,
    /// The origins differ.
    Origin,
    /// The issuers differ.
    Issuers,
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Level { inner, outer } => {
                write!(f, "level {} inside, {} outside", inner.en(), outer.en())
            }
            Self::Id => f.write_str("another document's id inside"),
            Self::Origin => f.write_str("another exchange's origin inside"),
            Self::Issuers => f.write_str("other issuers inside"),
        }
    }
}

impl core::error::Error for Disagreement {}
