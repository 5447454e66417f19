//! `apply/1`: from the approved parts and the seals' records to the sealed parts.
//!
//! It never alters what was approved: what comes out differs from it only by GB/T 38540 values. To
//! set those into a file is for whoever can read files; here is what must come of it.

use core::fmt;

use yichuan_document::Digest;
use yichuan_document::cbor::Unreadable;
use yichuan_document::header::InnerHeader;
use yichuan_document::manifest::ISSUERS_MAX;
use yichuan_document::statement::About;

use crate::SealRecord;

/// Applies the seals to the approved parts, in order, and compares with what each record says.
/// Returns the digests of the sealed parts.
///
/// `apply/1`: a record without a GB/T 38540 value leaves the bytes as they are, so that a part
/// that was changed while it was sealed is found. With one, `set` gives the digest of the part
/// after that seal: it is called for such records in order, each on what the one before left.
///
/// Refuses more than [`ISSUERS_MAX`] records, one of another document, and one that is not the next
/// in order, from 1. Whether every seal that the manifest asks for is there is the caller's to see,
/// and so is [`SealRecord::check_against`].
pub fn verify_records(
    header: &InnerHeader,
    about: &About,
    records: &[SealRecord],
    set: &mut dyn FnMut(&SealRecord, usize) -> Result<Digest, SealRefused>,
) -> Result<Vec<Digest>, SealRefused> {
    if records.len() > ISSUERS_MAX {
        return Err(SealRefused::TooMany {
            found: records.len(),
        });
    }
    let mut parts: Vec<Digest> = header.parts.iter().map(|part| part.digest).collect();
    for (expected, record) in (1_u8..=u8::MAX).zip(records) {
        if record.about != *about {
            return Err(SealRefused::AnotherDocument);
        }
        if record.ordinal != expected {
            return Err(SealRefused::Order {
                expected,
                found: record.ordinal,
            });
        }
        if let Some(place) = record.sealed_part()? {
            let part = parts.get_mut(place).ok_or(SealRefused::Placement)?;
            *part = set(record, place)?;
        }
        if record.sealed != parts {
            return Err(SealRefused::Changed { ordinal: expected });
        }
    }
    Ok(parts)
}

/// For [`verify_records`] where the bytes of the parts are not at hand: what such a record makes of
/// them stays unsaid.
pub fn not_at_hand(_: &SealRecord, _: usize) -> Result<Digest, SealRefused> {
    Err(SealRefused::NotAtHand)
}

/// Why a seal does not stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SealRefused {
    /// Not canonical CBOR of a record.
    Unreadable(Unreadable),
    /// A version that this release does not know.
    UnknownVersion {
        /// The version found.
        found: u16,
    },
    /// A place that is on no page, the same place twice, or too many.
    Placement,
    /// Made for another document.
    AnotherDocument,
    /// The picture is not the one of the seal's grant.
    AnotherPicture,
    /// The seal is not one of the issuer to which the manifest gives this number.
    AnotherUnit {
        /// The number.
        ordinal: u8,
    },
    /// The manifest asks for no seal of this number.
    NotAskedFor {
        /// The number.
        ordinal: u8,
    },
    /// More seals than a document has issuers.
    TooMany {
        /// How many there are.
        found: usize,
    },
    /// Not the next seal in order.
    Order {
        /// The next one.
        expected: u8,
        /// The one found.
        found: u8,
    },
    /// There is a GB/T 38540 value, and the file that it was set into is not at hand.
    NotAtHand,
    /// A GB/T 38540 value that does not hold.
    ElectronicSignature {
        /// At which seal.
        ordinal: u8,
    },
    /// A GB/T 38540 value with another electronic seal than the grant names.
    AnotherElectronicSeal {
        /// At which seal.
        ordinal: u8,
    },
    /// The file does not take this seal: the value was made for another one.
    NotOfThisFile {
        /// At which seal.
        ordinal: u8,
    },
    /// What was sealed is not what was approved.
    Changed {
        /// At which seal.
        ordinal: u8,
    },
}

impl fmt::Display for SealRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(cause) => cause.fmt(f),
            Self::UnknownVersion { found } => write!(f, "seal record version {found} is unknown"),
            Self::Placement => f.write_str("the seal is placed where there is no page, or twice"),
            Self::AnotherDocument => f.write_str("the seal was set on another document"),
            Self::AnotherPicture => f.write_str("the picture is not that of the seal"),
            Self::AnotherUnit { ordinal } => {
                write!(
                    f,
                    "seal {ordinal} is not one of the unit that has to set it"
                )
            }
            Self::NotAskedFor { ordinal } => write!(f, "the document asks for no seal {ordinal}"),
            Self::TooMany { found } => write!(f, "{found} seals; at most {ISSUERS_MAX}"),
            Self::Order { expected, found } => write!(f, "seal {found}, the next is {expected}"),
            Self::NotAtHand => f.write_str("the file with its electronic seal is not at hand"),
            Self::ElectronicSignature { ordinal } => {
                write!(
                    f,
                    "the electronic signature of seal {ordinal} does not hold"
                )
            }
            Self::AnotherElectronicSeal { ordinal } => {
                write!(
                    f,
                    "seal {ordinal} is not the electronic seal that was issued"
                )
            }
            Self::NotOfThisFile { ordinal } => {
                write!(
                    f,
                    "the electronic signature of seal {ordinal} is for another file"
                )
            }
            Self::Changed { ordinal } => {
                write!(
                    f,
                    "at seal {ordinal} the document is not the one that was approved"
                )
            }
        }
    }
}

impl core::error::Error for SealRefused {}
