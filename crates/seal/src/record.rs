//! The record of one seal on one document (protocol rule 20).

use core::fmt;

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use yichuan_document::cbor::{self, Unreadable};
use yichuan_document::header::InnerHeader;
use yichuan_document::statement::About;
use yichuan_document::{Digest, SealId, Timestamp};

/// The one version of a record.
pub const RECORD_VERSION: u16 = 1;
/// The most bytes of a record.
pub const RECORD_BYTES_MAX: usize = 64 << 10;
/// The most places of one seal: one per page and some across the edges.
pub const PLACEMENTS_MAX: usize = 64;

/// A seal set on a document. It travels encrypted under the content key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SealRecord {
    /// [`RECORD_VERSION`].
    #[n(0)]
    pub version: u16,
    /// The document.
    #[n(1)]
    pub about: About,
    /// Which of its seals this is, from 1.
    #[n(2)]
    pub ordinal: u8,
    /// The seal.
    #[n(3)]
    pub seal: SealId,
    /// SHA-256 of its picture.
    #[n(4)]
    pub picture: Digest,
    /// Where it stands; nowhere on a document that carries none (纪要).
    #[n(5)]
    pub placements: Vec<Placement>,
    /// A GB/T 38540 value, where there is one.
    #[n(6)]
    pub ses: Option<ByteVec>,
    /// SHA-256 of each part after this seal, in order.
    #[n(7)]
    pub sealed: Vec<Digest>,
    /// When it was set, by the custodian's clock.
    #[n(8)]
    pub at: Timestamp,
}

/// A place on a page, in hundredths of a millimetre from its top left corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Placement {
    /// Which part, from 0.
    #[n(0)]
    pub part: u16,
    /// Which page, from 1.
    #[n(1)]
    pub page: u32,
    /// From the left.
    #[n(2)]
    pub x: u32,
    /// From the top.
    #[n(3)]
    pub y: u32,
    /// From left to right.
    #[n(4)]
    pub width: u32,
    /// From top to bottom.
    #[n(5)]
    pub height: u32,
}

impl SealRecord {
    /// Reads a record that was decrypted, and checks its own limits.
    pub fn read(bytes: &[u8]) -> Result<Self, SealRefused> {
        let record: Self = cbor::read(bytes, RECORD_BYTES_MAX).map_err(SealRefused::Unreadable)?;
        if record.version != RECORD_VERSION {
            return Err(SealRefused::UnknownVersion {
                found: record.version,
            });
        }
        let parts = record.sealed.len();
        let fits = |place: &Placement| {
            usize::from(place.part) < parts
                && (1..=10_000).contains(&place.page)
                && place.x <= 100_000
                && place.y <= 100_000
                && (1..=20_000).contains(&place.width)
                && (1..=20_000).contains(&place.height)
        };
        if record.placements.len() > PLACEMENTS_MAX || !record.placements.iter().all(fits) {
            return Err(SealRefused::Placement);
        }
        Ok(record)
    }

    /// The canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::to_vec(self)
    }
}

/// Applies the seals to the approved parts, in order, and compares with what each record says.
/// Returns the digests of the sealed parts.
///
/// `apply/1`: a record without a GB/T 38540 value leaves the bytes as they are, so that a part
/// that was changed while it was sealed is found.
pub fn verify_records(
    header: &InnerHeader,
    about: &About,
    records: &[SealRecord],
) -> Result<Vec<Digest>, SealRefused> {
    let parts: Vec<Digest> = header.parts.iter().map(|part| part.digest).collect();
    for (place, record) in (1..).zip(records) {
        if record.about != *about {
            return Err(SealRefused::AnotherDocument);
        }
        if record.ordinal != place {
            return Err(SealRefused::Order {
                expected: place,
                found: record.ordinal,
            });
        }
        if record.ses.is_some() {
            return Err(SealRefused::UnsupportedSes);
        }
        if record.sealed != parts {
            return Err(SealRefused::Changed { ordinal: place });
        }
    }
    Ok(parts)
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
    /// A place that is on no page, or too many.
    Placement,
    /// Made for another document.
    AnotherDocument,
    /// Not the next seal in order.
    Order {
        /// The next one.
        expected: u8,
        /// The one found.
        found: u8,
    },
    /// A GB/T 38540 value, which this release does not look into.
    UnsupportedSes,
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
            Self::Placement => f.write_str("the seal is placed where there is no page"),
            Self::AnotherDocument => f.write_str("the seal was set on another document"),
            Self::Order { expected, found } => write!(f, "seal {found}, the next is {expected}"),
            Self::UnsupportedSes => f.write_str("a GB/T 38540 value is not looked into yet"),
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use yichuan_document::Classification;
    use yichuan_document::header::{Contact, HEADER_VERSION, Metadata, Part};

    use super::*;

    fn about(id: &str) -> About {
        About {
            document: id.parse().unwrap(),
            manifest: Digest::of(id.as_bytes()),
        }
    }

    const ONE: &str = "019a0000-0000-7000-8000-000000000001";

    fn header() -> InnerHeader {
        InnerHeader {
            version: HEADER_VERSION,
            origin: "yichuan.example".parse().unwrap(),
            id: ONE.parse().unwrap(),
            issuers: vec!["513200-zfb@yichuan.example".parse().unwrap()],
            level: Classification::Public,
            title: "通知".into(),
            metadata: Metadata::default(),
            contact: Contact::default(),
            parts: vec![Part {
                name: "notice.ofd".parse().unwrap(),
                media_type: "application/ofd".into(),
                bytes: 4,
                digest: Digest::of(b"page"),
            }],
        }
    }

    fn record(ordinal: u8) -> SealRecord {
        SealRecord {
            version: RECORD_VERSION,
            about: about(ONE),
            ordinal,
            seal: "513200-zfb-seal01".parse().unwrap(),
            picture: Digest::of(b"picture"),
            placements: vec![Placement {
                part: 0,
                page: 2,
                x: 12_130,
                y: 18_720,
                width: 4_200,
                height: 4_200,
            }],
            ses: None,
            sealed: vec![Digest::of(b"page")],
            at: Timestamp::from_unix_ms(1),
        }
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        for placements in [Vec::new(), record(1).placements] {
            let record = SealRecord {
                placements,
                ..record(1)
            };
            assert_eq!(SealRecord::read(&record.to_bytes()), Ok(record));
        }
    }

    #[test]
    fn e4_a_place_on_no_page_is_refused() {
        type Change = fn(&mut Placement);
        let changes: [Change; 6] = [
            |place| place.part = 1,
            |place| place.page = 0,
            |place| place.x = 100_001,
            |place| place.width = 0,
            |place| place.height = 20_001,
            |place| place.page = 10_001,
        ];
        for change in changes {
            let mut record = record(1);
            change(&mut record.placements[0]);
            assert_eq!(
                SealRecord::read(&record.to_bytes()),
                Err(SealRefused::Placement)
            );
        }
        let mut many = record(1);
        many.placements = vec![many.placements[0]; PLACEMENTS_MAX + 1];
        assert_eq!(
            SealRecord::read(&many.to_bytes()),
            Err(SealRefused::Placement)
        );
    }

    #[test]
    fn e4_a_seal_that_was_cut_from_another_document_is_refused() {
        let other = "019a0000-0000-7000-8000-000000000002";
        let cut = SealRecord {
            about: about(other),
            ..record(1)
        };
        let refused = verify_records(&header(), &about(ONE), &[cut]);
        assert_eq!(refused, Err(SealRefused::AnotherDocument));
    }

    #[test]
    fn e4_a_digit_that_was_changed_while_sealing_is_found() {
        let changed = SealRecord {
            sealed: vec![Digest::of(b"pago")],
            ..record(2)
        };
        let refused = verify_records(&header(), &about(ONE), &[record(1), changed]);
        assert_eq!(refused, Err(SealRefused::Changed { ordinal: 2 }));
        let dropped = SealRecord {
            sealed: Vec::new(),
            ..record(1)
        };
        let refused = verify_records(&header(), &about(ONE), &[dropped]);
        assert_eq!(refused, Err(SealRefused::Changed { ordinal: 1 }));
    }

    #[test]
    fn seals_stand_in_order() {
        let parts = vec![Digest::of(b"page")];
        assert_eq!(
            verify_records(&header(), &about(ONE), &[record(1), record(2)]),
            Ok(parts)
        );
        let refused = verify_records(&header(), &about(ONE), &[record(2)]);
        assert_eq!(
            refused,
            Err(SealRefused::Order {
                expected: 1,
                found: 2
            })
        );
        let ses = SealRecord {
            ses: Some(vec![1].into()),
            ..record(1)
        };
        let refused = verify_records(&header(), &about(ONE), &[ses]);
        assert_eq!(refused, Err(SealRefused::UnsupportedSes));
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(record) = SealRecord::read(&bytes) {
                prop_assert_eq!(record.to_bytes(), bytes);
            }
        }
    }
}
