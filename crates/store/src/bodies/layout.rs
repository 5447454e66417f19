//! How a body is cut into segments, and what follows from it for reading and writing.
//!
//! It never touches a disk: where the ends of the segments lie is told by whoever asks.

use std::fmt;
use std::ops::Range;

use super::BodyError;

/// The most segments of one body (protocol rule 18): 64 GiB in segments of 1 MiB.
pub const SEGMENTS_MAX: u32 = 1 << 16;

/// The longest segment in bytes.
pub const LONGEST_SEGMENT: u32 = 16 << 20;

/// The most bytes of a sidecar: a SHA-256 and as many bytes again for each of [`SEGMENTS_MAX`]
/// segments.
pub const LARGEST_SIDECAR: usize = 64 * SEGMENTS_MAX as usize;

/// The most bytes of one read: the longest segment.
pub const LONGEST_READ: u32 = LONGEST_SEGMENT;

/// How a body is cut, and what the caller keeps beside it.
///
/// Takes 8 bytes of memory per segment (512 KiB at most) and the sidecar.
#[derive(Clone, PartialEq, Eq)]
pub struct BodyLayout {
    /// Where each segment ends, ascending.
    ends: Box<[u64]>,
    sidecar: Vec<u8>,
}

impl fmt::Debug for BodyLayout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "BodyLayout({} bytes in {} segments, sidecar of {})",
            self.size(),
            self.segments(),
            self.sidecar.len()
        )
    }
}

impl BodyLayout {
    /// A body of segments with these `lengths` in bytes, one behind the other. Any of them may be
    /// short. The `sidecar` (the list of leaf hashes) is kept with it unread.
    ///
    /// Refused without a segment, beyond [`SEGMENTS_MAX`] or [`LARGEST_SIDECAR`], or when a
    /// segment has no bytes or more than [`LONGEST_SEGMENT`].
    // By value: a caller who has no more use for the lengths frees them here.
    #[expect(clippy::needless_pass_by_value)]
    pub fn new(lengths: Vec<u32>, sidecar: Vec<u8>) -> Result<Self, BodyError> {
        if lengths.is_empty() || lengths.len() > SEGMENTS_MAX as usize {
            return Err(BodyError::SegmentCount {
                found: lengths.len(),
            });
        }
        if sidecar.len() > LARGEST_SIDECAR {
            return Err(BodyError::SidecarTooLong {
                bytes: sidecar.len(),
            });
        }
        let mut ends = Vec::with_capacity(lengths.len());
        let mut end = 0;
        for (index, length) in (0..).zip(&lengths) {
            if *length == 0 || *length > LONGEST_SEGMENT {
                return Err(BodyError::SegmentLength {
                    index,
                    length: *length,
                });
            }
            end += u64::from(*length);
            ends.push(end);
        }
        Ok(Self {
            ends: ends.into_boxed_slice(),
            sidecar,
        })
    }

    /// Bytes of the whole body.
    pub fn size(&self) -> u64 {
        self.ends.last().copied().unwrap_or_default()
    }

    /// How many segments there are.
    pub fn segments(&self) -> u32 {
        u32::try_from(self.ends.len()).expect("a layout has at most SEGMENTS_MAX")
    }

    /// Bytes of segment `index`; `None` if there is no such segment.
    pub fn length(&self, index: u32) -> Option<u32> {
        let place = self.place(index).ok()?;
        u32::try_from(place.end - place.start).ok()
    }

    /// Where segment `index` starts in the body; `None` if there is no such segment.
    pub fn offset(&self, index: u32) -> Option<u64> {
        self.place(index).ok().map(|place| place.start)
    }

    /// What the caller gave to be kept with the body.
    pub fn sidecar(&self) -> &[u8] {
        &self.sidecar
    }

    pub(crate) fn ends(&self) -> &[u64] {
        &self.ends
    }

    /// The bytes of the body that are segment `index`.
    pub(crate) fn place(&self, index: u32) -> Result<Range<u64>, BodyError> {
        check_index(index, self.segments())?;
        let at = index as usize;
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        Ok(start..self.ends[at])
    }

    /// The segments that a range of at least one byte touches.
    pub(crate) fn touched(&self, offset: u64, len: u32) -> Result<Range<u32>, BodyError> {
        touched(self.segments(), offset, len, |index| {
            Ok(self.ends[index as usize])
        })
    }
}

/// Refuses a segment that the body does not have.
pub(crate) fn check_index(index: u32, segments: u32) -> Result<(), BodyError> {
    if index < segments {
        Ok(())
    } else {
        Err(BodyError::NoSuchSegment { index, segments })
    }
}

/// Refuses `bytes` bytes as the segment `index`, which has its `place` in the body.
pub(crate) fn check_length(index: u32, place: &Range<u64>, bytes: usize) -> Result<(), BodyError> {
    let expected = place.end - place.start;
    if bytes as u64 == expected {
        Ok(())
    } else {
        Err(BodyError::WrongLength {
            index,
            expected,
            found: bytes as u64,
        })
    }
}

/// Refuses a read that is too long or goes beyond the end.
pub(crate) fn check_range(size: u64, offset: u64, len: u32) -> Result<(), BodyError> {
    if len > LONGEST_READ {
        return Err(BodyError::ReadTooLong { len });
    }
    match offset.checked_add(u64::from(len)) {
        Some(end) if end <= size => Ok(()),
        _ => Err(BodyError::BeyondEnd { size, offset, len }),
    }
}

/// Refuses a read of a part that touches a segment of which nothing is there.
pub(crate) fn check_there(
    mut touched: Range<u32>,
    there: impl Fn(u32) -> bool,
) -> Result<(), BodyError> {
    match touched.find(|index| !there(*index)) {
        None => Ok(()),
        Some(index) => Err(BodyError::NotWritten { index }),
    }
}

/// The segments that a range within the body touches, of which `end_of` tells the ends.
///
/// Asks for some 32 ends, so that they need not all be in memory.
pub(crate) fn touched(
    segments: u32,
    offset: u64,
    len: u32,
    end_of: impl Fn(u32) -> Result<u64, BodyError>,
) -> Result<Range<u32>, BodyError> {
    let Some(last) = len.checked_sub(1) else {
        return Ok(0..0);
    };
    let first = segment_at(segments, offset, &end_of)?;
    let last = segment_at(segments, offset + u64::from(last), &end_of)?;
    Ok(first..last + 1)
}

/// The first segment that ends behind `offset`.
fn segment_at(
    segments: u32,
    offset: u64,
    end_of: impl Fn(u32) -> Result<u64, BodyError>,
) -> Result<u32, BodyError> {
    let (mut low, mut high) = (0, segments.saturating_sub(1));
    while low < high {
        let middle = low.midpoint(high);
        if end_of(middle)? > offset {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok(low)
}
