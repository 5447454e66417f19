//! Frames: how messages follow each other on a stream.
//!
//! Four bytes of length (big endian), one byte of kind, then that many bytes less one.

use core::fmt;

use yichuan_document::manifest::{SEGMENT_BYTES, SEGMENT_OVERHEAD, SEGMENTS_MAX};

/// The bytes in front of a frame's content.
pub const FRAME_HEAD_BYTES: usize = 5;
/// The most bytes of a message on a control stream: the leaf list of the largest body.
pub const MESSAGE_BYTES_MAX: u32 = SEGMENTS_MAX * 36 + (2 << 20);
/// The most bytes of a segment's frame content.
pub const SEGMENT_FRAME_BYTES_MAX: u32 = 4 + SEGMENT_BYTES + SEGMENT_OVERHEAD;

/// What a frame holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameKind {
    /// A [`crate::message::Request`].
    Request,
    /// A [`crate::message::Reply`].
    Reply,
    /// A [`crate::message::Push`].
    Push,
    /// A body's segment: four bytes of index (big endian), then the encrypted segment.
    Segment,
}

/// The head of a frame, once its five bytes are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHead {
    /// What follows.
    pub kind: FrameKind,
    /// How many bytes follow.
    pub bytes: u32,
}

impl FrameHead {
    /// Reads a head; refuses unknown kinds and lengths beyond the kind's limit.
    pub fn read(head: [u8; FRAME_HEAD_BYTES]) -> Result<Self, BadFrame> {
        let [a, b, c, d, kind] = head;
        let length = u32::from_be_bytes([a, b, c, d]);
        let (kind, limit) = match kind {
            1 => (FrameKind::Request, MESSAGE_BYTES_MAX),
            2 => (FrameKind::Reply, MESSAGE_BYTES_MAX),
            3 => (FrameKind::Push, MESSAGE_BYTES_MAX),
            4 => (FrameKind::Segment, SEGMENT_FRAME_BYTES_MAX),
            found => return Err(BadFrame::UnknownKind { found }),
        };
        let bytes = length.checked_sub(1).ok_or(BadFrame::Empty)?;
        if bytes > limit {
            return Err(BadFrame::TooLong { bytes, limit });
        }
        Ok(Self { kind, bytes })
    }

    /// The five bytes.
    pub fn to_bytes(self) -> [u8; FRAME_HEAD_BYTES] {
        let kind = match self.kind {
            FrameKind::Request => 1,
            FrameKind::Reply => 2,
            FrameKind::Push => 3,
            FrameKind::Segment => 4,
        };
        let [a, b, c, d] = (self.bytes + 1).to_be_bytes();
        [a, b, c, d, kind]
    }
}

/// Why a frame is refused; the stream ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadFrame {
    /// A kind that this release does not know.
    UnknownKind {
        /// The kind found.
        found: u8,
    },
    /// A frame without even a kind.
    Empty,
    /// Longer than its kind may be.
    TooLong {
        /// Its length in bytes.
        bytes: u32,
        /// The limit in bytes.
        limit: u32,
    },
}

impl fmt::Display for BadFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownKind { found } => write!(f, "frame kind {found} is unknown"),
            Self::Empty => f.write_str("an empty frame"),
            Self::TooLong { bytes, limit } => write!(f, "a frame of {bytes} bytes, over {limit}"),
        }
    }
}

impl core::error::Error for BadFrame {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_as_it_was_written() {
        for kind in [
            FrameKind::Request,
            FrameKind::Reply,
            FrameKind::Push,
            FrameKind::Segment,
        ] {
            for bytes in [0, 1, 255, SEGMENT_FRAME_BYTES_MAX] {
                let head = FrameHead { kind, bytes };
                assert_eq!(FrameHead::read(head.to_bytes()), Ok(head));
            }
        }
    }

    #[test]
    fn h1_a_frame_beyond_its_limit_is_refused_before_it_is_read() {
        let cases = [
            ([0, 0, 0, 0, 1], BadFrame::Empty),
            ([0, 0, 0, 1, 0], BadFrame::UnknownKind { found: 0 }),
            ([0, 0, 0, 1, 5], BadFrame::UnknownKind { found: 5 }),
            (
                [255, 255, 255, 255, 1],
                BadFrame::TooLong {
                    bytes: u32::MAX - 1,
                    limit: MESSAGE_BYTES_MAX,
                },
            ),
            (
                [0, 16, 0, 22, 4],
                BadFrame::TooLong {
                    bytes: 0x10_0015,
                    limit: SEGMENT_FRAME_BYTES_MAX,
                },
            ),
        ];
        for (head, refusal) in cases {
            assert_eq!(FrameHead::read(head), Err(refusal), "{head:?}");
        }
    }
}
