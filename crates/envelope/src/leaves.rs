//! The leaf list: hash and length of every encrypted segment, in order.
//!
//! It is checked against the manifest's root before it is believed; then each segment is checked
//! alone, in whatever order it comes (protocol rule 26).

use core::fmt;

use yichuan_document::manifest::{SEGMENT_BYTES, SEGMENT_OVERHEAD, SEGMENTS_MAX};
use yichuan_document::{Digest, Manifest, tree};

/// The bytes of one leaf: hash and length.
const LEAF_BYTES: usize = 36;

/// A leaf list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaves {
    digests: Vec<Digest>,
    /// Where each segment ends.
    ends: Vec<u64>,
}

impl Leaves {
    /// Puts a list together; refuses none, too many, and lengths that no segment has.
    pub fn new(leaves: impl IntoIterator<Item = (Digest, u32)>) -> Result<Self, BadLeaves> {
        let (mut digests, mut ends, mut end) = (Vec::new(), Vec::new(), 0_u64);
        for (digest, length) in leaves {
            let index = digests.len();
            if length <= SEGMENT_OVERHEAD || length > SEGMENT_BYTES + SEGMENT_OVERHEAD {
                return Err(BadLeaves::Length { index, length });
            }
            end += u64::from(length);
            digests.push(digest);
            ends.push(end);
        }
        if digests.is_empty() || digests.len() > SEGMENTS_MAX as usize {
            return Err(BadLeaves::Count {
                found: digests.len(),
            });
        }
        Ok(Self { digests, ends })
    }

    /// Reads a list: for each segment 32 bytes of hash and four of length, big endian.
    pub fn read(bytes: &[u8]) -> Result<Self, BadLeaves> {
        let (leaves, rest) = bytes.as_chunks::<LEAF_BYTES>();
        if !rest.is_empty() {
            return Err(BadLeaves::Torn);
        }
        if leaves.len() > SEGMENTS_MAX as usize {
            return Err(BadLeaves::Count {
                found: leaves.len(),
            });
        }
        Self::new(leaves.iter().map(|leaf| {
            let (mut digest, mut length) = ([0; 32], [0; 4]);
            digest.copy_from_slice(&leaf[..32]);
            length.copy_from_slice(&leaf[32..]);
            (Digest::from_bytes(digest), u32::from_be_bytes(length))
        }))
    }

    /// The bytes of the list.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.digests.len() * LEAF_BYTES);
        for index in 0..self.count() {
            bytes.extend_from_slice(self.digests[index as usize].as_bytes());
            bytes.extend_from_slice(&self.length(index).unwrap_or(0).to_be_bytes());
        }
        bytes
    }

    /// How many segments there are.
    pub fn count(&self) -> u32 {
        u32::try_from(self.digests.len()).expect("a list has at most SEGMENTS_MAX leaves")
    }

    /// The bytes of all segments.
    pub fn body_bytes(&self) -> u64 {
        self.ends.last().copied().unwrap_or(0)
    }

    /// Where a segment begins.
    pub fn offset(&self, index: u32) -> Option<u64> {
        let end = self.ends.get(usize::try_from(index).ok()?)?;
        Some(end - u64::from(self.length(index)?))
    }

    /// The bytes of a segment.
    pub fn length(&self, index: u32) -> Option<u32> {
        let index = usize::try_from(index).ok()?;
        let end = self.ends.get(index)?;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        u32::try_from(end - start).ok()
    }

    /// The hash of a segment.
    pub fn digest(&self, index: u32) -> Option<Digest> {
        self.digests.get(usize::try_from(index).ok()?).copied()
    }

    /// The root over the segments.
    pub fn root(&self) -> Digest {
        tree::root(&self.digests)
    }

    /// Checks the list against the manifest that was signed.
    pub fn check(&self, manifest: &Manifest) -> Result<(), BadLeaves> {
        if self.count() != manifest.segments {
            return Err(BadLeaves::Count {
                found: self.digests.len(),
            });
        }
        if self.body_bytes() != manifest.body_bytes {
            return Err(BadLeaves::BodyBytes);
        }
        if self.root() == manifest.root {
            Ok(())
        } else {
            Err(BadLeaves::Root)
        }
    }

    /// Checks one segment.
    pub fn verify_segment(&self, index: u32, bytes: &[u8]) -> Result<(), BadLeaves> {
        let wrong = BadLeaves::Segment { index };
        let digest = self.digest(index).ok_or(wrong)?;
        let fits = self
            .length(index)
            .is_some_and(|length| length as usize == bytes.len());
        if fits && tree::leaf_hash(bytes) == digest {
            Ok(())
        } else {
            Err(wrong)
        }
    }
}

/// Why a leaf list, or a segment, is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadLeaves {
    /// The bytes end inside a leaf.
    Torn,
    /// None, too many, or not the number of the manifest.
    Count {
        /// How many there are.
        found: usize,
    },
    /// A length that no segment has.
    Length {
        /// Which segment.
        index: usize,
        /// The length.
        length: u32,
    },
    /// The lengths do not add up to the manifest's.
    BodyBytes,
    /// Not the root of the manifest.
    Root,
    /// The segment is not the one of the list.
    Segment {
        /// Which segment.
        index: u32,
    },
}

impl fmt::Display for BadLeaves {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Torn => f.write_str("the leaf list ends inside a leaf"),
            Self::Count { found } => write!(f, "the leaf list has {found} leaves"),
            Self::Length { index, length } => {
                write!(f, "segment {index} cannot have {length} bytes")
            }
            Self::BodyBytes => f.write_str("the segments do not add up to the body"),
            Self::Root => f.write_str("the leaf list does not have the root that was signed"),
            Self::Segment { index } => write!(f, "segment {index} is not the one that was signed"),
        }
    }
}

impl core::error::Error for BadLeaves {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_list_is_read_as_it_was_written() {
        let list = Leaves::new([(Digest::of(b"a"), 17), (Digest::of(b"b"), 1_048_592)]).unwrap();
        assert_eq!(Leaves::read(&list.to_bytes()), Ok(list.clone()));
        assert_eq!(
            (list.offset(0), list.offset(1), list.offset(2)),
            (Some(0), Some(17), None)
        );
        assert_eq!((list.length(1), list.length(2)), (Some(1_048_592), None));
    }

    #[test]
    fn a_list_refuses_what_no_body_has() {
        let leaf = |length| (Digest::of(b"a"), length);
        for length in [0, 16, 1_048_593, u32::MAX] {
            let refusal = Err(BadLeaves::Length { index: 0, length });
            assert_eq!(Leaves::new([leaf(length)]), refusal, "{length}");
        }
        assert_eq!(Leaves::new([]), Err(BadLeaves::Count { found: 0 }));
        assert_eq!(Leaves::read(&[0; 35]), Err(BadLeaves::Torn));
        assert_eq!(Leaves::read(&[]), Err(BadLeaves::Count { found: 0 }));
        let many = vec![0; 36 * (SEGMENTS_MAX as usize + 1)];
        assert!(matches!(Leaves::read(&many), Err(BadLeaves::Count { .. })));
    }

    #[test]
    fn b1_another_segment_is_refused() {
        let (first, second) = ([1; 20], [2; 20]);
        let leaf = |bytes: &[u8]| (tree::leaf_hash(bytes), 20);
        let list = Leaves::new([leaf(&first), leaf(&second)]).unwrap();
        assert_eq!(list.verify_segment(0, &first), Ok(()));
        for (index, bytes) in [
            (0, &second[..]),
            (0, &first[..19]),
            (1, &first),
            (2, &first),
        ] {
            assert_eq!(
                list.verify_segment(index, bytes),
                Err(BadLeaves::Segment { index })
            );
        }
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(list) = Leaves::read(&bytes) {
                prop_assert_eq!(list.to_bytes(), bytes);
            }
        }
    }
}
