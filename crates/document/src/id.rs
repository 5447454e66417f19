//! Ids that a client chooses before its first attempt: UUID version 7 (RFC 9562).

use core::fmt;
use core::marker::PhantomData;
use core::str::FromStr;

use minicbor::bytes::ByteArray;
use minicbor::decode::{self, Decoder};
use minicbor::encode::{self, Encoder, Write};
use minicbor::{Decode, Encode};
use rand_core::CryptoRng;

use crate::Timestamp;

/// An id of one kind of thing; the kind is part of the type and not of the bytes.
pub struct Id<K> {
    bytes: [u8; 16],
    kind: PhantomData<fn() -> K>,
}

/// Names a document for ever.
pub type DocumentId = Id<OfDocument>;
/// Names a statement, so that repeating it changes nothing.
pub type StatementId = Id<OfStatement>;

/// The kind of [`DocumentId`].
pub enum OfDocument {}
/// The kind of [`StatementId`].
pub enum OfStatement {}

impl<K> Id<K> {
    /// A new id: 48 bits of `now`, 74 bits of chance.
    pub fn new(now: Timestamp, rng: &mut impl CryptoRng) -> Self {
        let mut bytes = [0; 16];
        rng.fill_bytes(&mut bytes[6..]);
        bytes[..6].copy_from_slice(&now.unix_ms().to_be_bytes()[2..]);
        bytes[6] = bytes[6] & 0x0f | 0x70;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Self {
            bytes,
            kind: PhantomData,
        }
    }

    /// Takes 16 bytes that have the version and variant of UUID 7.
    pub fn from_bytes(bytes: [u8; 16]) -> Result<Self, BadId> {
        if bytes[6] >> 4 == 7 && bytes[8] >> 6 == 0b10 {
            Ok(Self {
                bytes,
                kind: PhantomData,
            })
        } else {
            Err(BadId)
        }
    }

    /// The 16 bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.bytes
    }
}

/// A value that is not a UUID of version 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadId;

impl fmt::Display for BadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an id (UUID version 7)")
    }
}

impl core::error::Error for BadId {}

impl<K> FromStr for Id<K> {
    type Err = BadId;

    /// Reads the one written form: lower case, with hyphens.
    fn from_str(text: &str) -> Result<Self, BadId> {
        let hyphens_fit = text.len() == 36
            && text
                .bytes()
                .enumerate()
                .all(|(i, b)| matches!(i, 8 | 13 | 18 | 23) == (b == b'-'));
        if !hyphens_fit {
            return Err(BadId);
        }
        let digits = data_encoding::HEXLOWER.decode(text.replace('-', "").as_bytes());
        Self::from_bytes(digits.map_err(|_| BadId)?.try_into().map_err(|_| BadId)?)
    }
}

impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = data_encoding::HEXLOWER.encode(&self.bytes);
        let parts = [
            &hex[..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..],
        ];
        f.pad(&parts.join("-"))
    }
}

impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

// By hand, because a derive would ask the same of the kind, which is never a value.
impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Id<K> {}

impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl<K> Eq for Id<K> {}

impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        self.bytes.cmp(&other.bytes)
    }
}

impl<K> core::hash::Hash for Id<K> {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}

impl<C, K> Encode<C> for Id<K> {
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.bytes(&self.bytes)?.ok()
    }
}

impl<'b, C, K> Decode<'b, C> for Id<K> {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        let position = d.position();
        Self::from_bytes(ByteArray::<16>::decode(d, ctx)?.into())
            .map_err(|_| decode::Error::message("UUID version 7").at(position))
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    #[test]
    fn an_id_is_written_and_read_in_one_form() {
        let mut rng = ChaCha20Rng::seed_from_u64(7);
        let id = DocumentId::new(Timestamp::from_unix_ms(1_795_000_000_000), &mut rng);
        let text = id.to_string();
        assert_eq!(text.parse(), Ok(id));
        for wrong in [
            String::new(),
            text.to_uppercase(),
            text.replace('-', ""),
            format!("{text}0"),
            text.replacen("-7", "-4", 1),
        ] {
            assert_eq!(wrong.parse::<DocumentId>(), Err(BadId), "{wrong}");
        }
    }

    #[test]
    fn ids_rise_with_time() {
        let mut rng = ChaCha20Rng::seed_from_u64(8);
        let early = DocumentId::new(Timestamp::from_unix_ms(1), &mut rng);
        let late = DocumentId::new(Timestamp::from_unix_ms(2), &mut rng);
        assert!(early < late);
    }
}
