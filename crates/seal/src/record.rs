//! The record of one seal on one document (protocol rule 20).
//!
//! It never says whether the seal might be used: that is the roster's to say, at the index of the
//! seal's statement (protocol rule 17).

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use yichuan_document::cbor;
use yichuan_document::header::InnerHeader;
use yichuan_document::roster::record::SealGrant;
use yichuan_document::statement::About;
use yichuan_document::{Digest, Manifest, SealId, Timestamp};

use crate::{SealRefused, ses};

/// The one version of a record.
pub const RECORD_VERSION: u16 = 1;
/// The most bytes of a record.
pub const RECORD_BYTES_MAX: usize = 240 << 10;
/// The most places of one seal: one on the page, and one across the edge of every page.
pub const PLACEMENTS_MAX: usize = 512;

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
    /// The part of it that is shown, where not all of it is: a strip of a seal across the edges of
    /// several pages (骑缝章).
    #[n(6)]
    pub clip: Option<Clip>,
}

/// A part of a placement, in hundredths of a millimetre from the placement's top left corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Clip {
    /// From the left.
    #[n(0)]
    pub x: u32,
    /// From the top.
    #[n(1)]
    pub y: u32,
    /// From left to right.
    #[n(2)]
    pub width: u32,
    /// From top to bottom.
    #[n(3)]
    pub height: u32,
}

impl Clip {
    /// Whether it has an area, and lies wholly in something of this size.
    fn is_within(&self, width: u32, height: u32) -> bool {
        let inside = |from: u32, length: u32, whole: u32| {
            length > 0 && from.checked_add(length).is_some_and(|end| end <= whole)
        };
        inside(self.x, self.width, width) && inside(self.y, self.height, height)
    }
}

impl SealRecord {
    /// Reads a record that was decrypted, and checks its own limits: at most [`RECORD_BYTES_MAX`]
    /// and [`PLACEMENTS_MAX`], an ordinal from 1, every place on a page of a part that was sealed,
    /// and no place twice.
    pub fn read(bytes: &[u8]) -> Result<Self, SealRefused> {
        let record: Self = cbor::read(bytes, RECORD_BYTES_MAX).map_err(SealRefused::Unreadable)?;
        if record.version != RECORD_VERSION {
            return Err(SealRefused::UnknownVersion {
                found: record.version,
            });
        }
        if record.ordinal == 0 {
            return Err(SealRefused::Order {
                expected: 1,
                found: 0,
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
                && place
                    .clip
                    .is_none_or(|clip| clip.is_within(place.width, place.height))
        };
        if record.placements.len() > PLACEMENTS_MAX || !record.placements.iter().all(fits) {
            return Err(SealRefused::Placement);
        }
        let mut others = record.placements.as_slice();
        while let Some((place, rest)) = others.split_first() {
            if rest.contains(place) {
                return Err(SealRefused::Placement);
            }
            others = rest;
        }
        Ok(record)
    }

    /// The canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::to_vec(self)
    }

    /// The part that a GB/T 38540 value was set into: the one that its places are on, the first
    /// where it has none. None without a value. Refuses places on several parts.
    pub fn sealed_part(&self) -> Result<Option<usize>, SealRefused> {
        if self.ses.is_none() {
            return Ok(None);
        }
        let mut parts = self.placements.iter().map(|place| place.part);
        let part = parts.next().unwrap_or(0);
        if parts.all(|other| other == part) {
            Ok(Some(usize::from(part)))
        } else {
            Err(SealRefused::Placement)
        }
    }

    /// Whether a GB/T 38540 value holds, and is of the electronic seal that the grant names,
    /// `seal`. What it is about, [`crate::verify_records`] has.
    pub fn check_electronic(&self, seal: Option<Digest>) -> Result<(), SealRefused> {
        let Some(value) = &self.ses else {
            return Ok(());
        };
        let ordinal = self.ordinal;
        let signature = ses::read_standing(value, self.at);
        let signature = signature.ok_or(SealRefused::ElectronicSignature { ordinal })?;
        if seal == Some(Digest::of(signature.seal().raw())) {
            Ok(())
        } else {
            Err(SealRefused::AnotherElectronicSeal { ordinal })
        }
    }

    /// Compares with the document that it was set on and with the seal's grant: id and manifest
    /// digest, the issuer whose turn the ordinal is, the picture, the electronic seal, the parts.
    ///
    /// Says nothing about validity, custodian and device, which the roster has, nor about what the
    /// parts became, which [`crate::verify_records`] has.
    pub fn check_against(
        &self,
        manifest: &Manifest,
        header: &InnerHeader,
        grant: &SealGrant,
    ) -> Result<(), SealRefused> {
        let about = About {
            document: manifest.id,
            manifest: manifest.digest(),
        };
        if self.about != about || header.id != manifest.id {
            return Err(SealRefused::AnotherDocument);
        }
        let mut issuers = manifest.issuers.iter();
        let issuer = issuers.find(|issuer| issuer.seal_ordinal == self.ordinal);
        let issuer = issuer.ok_or(SealRefused::NotAskedFor {
            ordinal: self.ordinal,
        })?;
        let unit = self.seal.unit();
        if unit != issuer.unit.unit || unit != grant.custodian.unit() {
            return Err(SealRefused::AnotherUnit {
                ordinal: self.ordinal,
            });
        }
        if self.picture != grant.picture {
            return Err(SealRefused::AnotherPicture);
        }
        self.check_electronic(grant.ses)?;
        let on_a_part = |place: &Placement| usize::from(place.part) < header.parts.len();
        if self.placements.iter().all(on_a_part) {
            Ok(())
        } else {
            Err(SealRefused::Placement)
        }
    }
}
