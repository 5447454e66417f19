//! Which bytes of a document stand in which segment (protocol rule 18).
//!
//! The header fills segments of its own at the front, padded to a length that follows from names
//! and sizes; each part starts on a segment boundary, so that parts are encrypted while they are
//! hashed.

use yichuan_document::header::{HEADER_BYTES_MAX, InnerHeader};
use yichuan_document::manifest::{SEGMENT_BYTES, SEGMENT_OVERHEAD, SEGMENTS_MAX};

/// The header's plaintext is padded to a multiple of this many bytes.
pub(crate) const HEADER_PADDING: usize = 4_096;
/// The bytes in front of the header: its length, big endian.
pub(crate) const HEADER_LENGTH_BYTES: usize = 4;

/// The segments of one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    header_bytes: usize,
    header_segments: u32,
    parts: Vec<PartPlan>,
    segments: u32,
    offsets_end: u64,
}

/// The segments of one part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PartPlan {
    pub(crate) first: u32,
    pub(crate) count: u32,
    pub(crate) bytes: u64,
    pub(crate) offset: u64,
}

impl Plan {
    /// The plan of a document with this header; none where it has too many segments.
    pub fn of(header: &InnerHeader) -> Option<Self> {
        Self::new(
            header.to_bytes().len(),
            header.parts.iter().map(|part| part.bytes),
        )
    }

    pub(crate) fn new(header: usize, parts: impl Iterator<Item = u64>) -> Option<Self> {
        if header > HEADER_BYTES_MAX {
            return None;
        }
        let header_bytes = (HEADER_LENGTH_BYTES + header).next_multiple_of(HEADER_PADDING);
        let header_segments = count(header_bytes as u64)?;
        let mut segments = header_segments;
        let mut offset = encrypted(header_bytes as u64, header_segments);
        let mut plans = Vec::new();
        for bytes in parts {
            let count = count(bytes)?;
            plans.push(PartPlan {
                first: segments,
                count,
                bytes,
                offset,
            });
            segments = segments.checked_add(count)?;
            offset = offset.checked_add(encrypted(bytes, count))?;
        }
        if segments > SEGMENTS_MAX {
            return None;
        }
        Some(Self {
            header_bytes,
            header_segments,
            parts: plans,
            segments,
            offsets_end: offset,
        })
    }

    /// How many segments the body has.
    pub const fn segments(&self) -> u32 {
        self.segments
    }

    /// How many of them hold the header.
    pub const fn header_segments(&self) -> u32 {
        self.header_segments
    }

    /// The bytes of the encrypted body.
    pub const fn body_bytes(&self) -> u64 {
        self.offsets_end
    }

    pub(crate) const fn header_bytes(&self) -> usize {
        self.header_bytes
    }

    pub(crate) fn parts(&self) -> &[PartPlan] {
        &self.parts
    }
}

impl PartPlan {
    /// The plaintext bytes of the part's segment number `place`.
    pub(crate) fn length(&self, place: u32) -> usize {
        let before = u64::from(place) * u64::from(SEGMENT_BYTES);
        let rest = self
            .bytes
            .saturating_sub(before)
            .min(u64::from(SEGMENT_BYTES));
        usize::try_from(rest).expect("a segment is at most a mebibyte")
    }
}

fn count(bytes: u64) -> Option<u32> {
    u32::try_from(bytes.div_ceil(u64::from(SEGMENT_BYTES))).ok()
}

fn encrypted(bytes: u64, segments: u32) -> u64 {
    bytes + u64::from(segments) * u64::from(SEGMENT_OVERHEAD)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    #[test]
    fn parts_begin_on_segment_boundaries() {
        let plan = Plan::new(700, [1, MIB, 0, MIB + 1].into_iter()).unwrap();
        assert_eq!((plan.header_bytes(), plan.header_segments()), (4_096, 1));
        let places: Vec<_> = plan
            .parts()
            .iter()
            .map(|part| (part.first, part.count))
            .collect();
        assert_eq!(places, [(1, 1), (2, 1), (3, 0), (3, 2)]);
        assert_eq!(plan.segments(), 5);
        assert_eq!(plan.body_bytes(), 4_096 + 1 + MIB + MIB + 1 + 5 * 16);
        assert_eq!(
            (plan.parts()[3].length(0), plan.parts()[3].length(1)),
            (1 << 20, 1)
        );
    }

    #[test]
    fn a_body_beyond_the_limit_has_no_plan() {
        assert!(Plan::new(700, [65_535 * MIB].into_iter()).is_some());
        assert_eq!(Plan::new(700, [65_535 * MIB + 1].into_iter()), None);
        assert_eq!(Plan::new(700, [u64::MAX].into_iter()), None);
        assert_eq!(Plan::new(700, [u64::MAX, u64::MAX].into_iter()), None);
        assert_eq!(Plan::new(HEADER_BYTES_MAX + 1, [1].into_iter()), None);
    }
}
