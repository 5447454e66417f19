//! What a store of bodies promises: bodies arrive by segment, from any number of writers, with
//! interruptions, and are readable by range once they are whole.
//!
//! It never checks what is in a segment. Whoever calls has checked each segment against the root
//! of the body before writing it, and checks claimed segments again after a restart.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::SystemTime;

use crate::durable;

mod layout;

pub use layout::{BodyLayout, LARGEST_SIDECAR, LONGEST_READ, LONGEST_SEGMENT, SEGMENTS_MAX};
pub(crate) use layout::{check_index, check_length, check_range, check_there, touched};

/// A store of bodies. Any number of threads may use it at once, also for the same body.
pub trait Bodies: Send + Sync {
    /// Makes room for the body `key`, or finds what is already there of it.
    ///
    /// Refused when a body with this key was begun with another layout. Not yet durable: a crash
    /// may forget it, and the caller begins again.
    fn begin(&self, key: &BodyKey, layout: &BodyLayout) -> Result<Begun, BodyError>;

    /// What is there of an unfinished body, also after a restart; `None` if it was never begun or
    /// is finished.
    fn part(&self, key: &BodyKey) -> Result<Option<PartState>, BodyError>;

    /// Writes segment `index`. Repeating it, or two writers at once, do no harm; for a finished
    /// body nothing is written. Not yet durable.
    ///
    /// Refused when the length is not the segment's.
    fn write_segment(&self, key: &BodyKey, index: u32, bytes: &[u8]) -> Result<(), BodyError>;

    /// Reads `len` bytes from `offset` on of an unfinished body, within segments that are written
    /// or claimed.
    fn read_part(&self, key: &BodyKey, offset: u64, len: u32) -> Result<Vec<u8>, BodyError>;

    /// Reads segment `index` of an unfinished body, which is written or claimed.
    fn read_part_segment(&self, key: &BodyKey, index: u32) -> Result<Vec<u8>, BodyError>;

    /// Says that a claimed segment was read and found good. A segment found bad is written anew.
    fn confirm_segment(&self, key: &BodyKey, index: u32) -> Result<(), BodyError>;

    /// Makes a body durable and readable, once all its segments are written or confirmed. On a
    /// finished body it does no harm.
    ///
    /// When a sync fails, what was written is thrown away and the body has to be begun again.
    fn finish(&self, key: &BodyKey) -> Result<(), BodyError>;

    /// The layout of a finished body with its sidecar; `None` if there is no such body.
    fn layout(&self, key: &BodyKey) -> Result<Option<BodyLayout>, BodyError>;

    /// The size of a finished body in bytes; `None` if there is no such body.
    fn size(&self, key: &BodyKey) -> Result<Option<u64>, BodyError>;

    /// Reads `len` bytes from `offset` on of a finished body. Refused beyond its end.
    fn read(&self, key: &BodyKey, offset: u64, len: u32) -> Result<Vec<u8>, BodyError>;

    /// Reads segment `index` of a finished body, at the cost of this segment however many there
    /// are. Refused when the body has no such segment.
    fn read_segment(&self, key: &BodyKey, index: u32) -> Result<Vec<u8>, BodyError>;

    /// Removes the body, finished or not, durably; tells whether there was one.
    fn delete(&self, key: &BodyKey) -> Result<bool, BodyError>;

    /// Removes every unfinished body that was last written before `older_than`.
    fn sweep(&self, older_than: SystemTime) -> Result<Vec<BodyKey>, BodyError>;
}

/// Names a body: the caller's digest over the sending unit, the document's id and the root, so
/// that segments are never shared between units.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BodyKey(pub [u8; 32]);

impl fmt::Display for BodyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for BodyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BodyKey({self})")
    }
}

/// What beginning a body found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    /// Nothing was there.
    New,
    /// It was begun before and is not finished; [`Bodies::part`] says what is there.
    Unfinished,
    /// It is already whole.
    Finished,
}

/// What is there of an unfinished body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartState {
    /// The layout it was begun with.
    pub layout: BodyLayout,
    /// Segments written or confirmed since the store was opened.
    pub written: SegmentSet,
    /// Segments said to be written before that. After a power cut this may be untrue: read each,
    /// check it, and confirm it or write it again.
    pub claimed: SegmentSet,
}

/// Some of a body's segments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentSet {
    marks: Vec<bool>,
}

impl SegmentSet {
    pub(crate) fn new(marks: Vec<bool>) -> Self {
        Self { marks }
    }

    /// Whether segment `index` is among them.
    pub fn contains(&self, index: u32) -> bool {
        usize::try_from(index).is_ok_and(|index| self.marks.get(index) == Some(&true))
    }

    /// The segments that are among them, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        (0..)
            .zip(&self.marks)
            .filter(|(_, mark)| **mark)
            .map(|(index, _)| index)
    }

    /// The segments of the body that are not among them, ascending.
    pub fn missing(&self) -> impl Iterator<Item = u32> + '_ {
        (0..)
            .zip(&self.marks)
            .filter(|(_, mark)| !**mark)
            .map(|(index, _)| index)
    }

    /// How many they are.
    pub fn count(&self) -> usize {
        self.marks.iter().filter(|mark| **mark).count()
    }
}

/// Why a body could not be written or read.
#[derive(Debug)]
#[non_exhaustive]
pub enum BodyError {
    /// A body has no segments or more than [`SEGMENTS_MAX`].
    SegmentCount {
        /// How many were given.
        found: usize,
    },
    /// A segment has no bytes or more than [`LONGEST_SEGMENT`].
    SegmentLength {
        /// The segment, from 0.
        index: u32,
        /// Bytes it would have.
        length: u32,
    },
    /// The sidecar is longer than [`LARGEST_SIDECAR`].
    SidecarTooLong {
        /// Bytes of the sidecar.
        bytes: usize,
    },
    /// The key is in use for a body with other segments or another sidecar.
    LayoutDiffers,
    /// There is no unfinished body with this key.
    NotBegun,
    /// There is no finished body with this key.
    NotFound,
    /// The body has fewer segments.
    NoSuchSegment {
        /// The segment asked for, from 0.
        index: u32,
        /// How many there are.
        segments: u32,
    },
    /// The bytes given are not as many as the segment has.
    WrongLength {
        /// The segment, from 0.
        index: u32,
        /// Bytes it has.
        expected: u64,
        /// Bytes given.
        found: u64,
    },
    /// Nothing is there of the segment.
    NotWritten {
        /// The segment, from 0.
        index: u32,
    },
    /// The body cannot be finished yet.
    Incomplete {
        /// The first segment that is neither written nor confirmed.
        first: u32,
        /// How many there are of these.
        missing: usize,
    },
    /// The range goes beyond the end of the body.
    BeyondEnd {
        /// Bytes of the body.
        size: u64,
        /// Where the range starts.
        offset: u64,
        /// Bytes of the range.
        len: u32,
    },
    /// The range is longer than [`LONGEST_READ`].
    ReadTooLong {
        /// Bytes of the range.
        len: u32,
    },
    /// Another process, or another handle of this one, has the bodies open.
    Locked,
    /// A newer release wrote the body.
    NewerVersion {
        /// The version found on disk.
        found: u8,
        /// The newest version that this build reads.
        supported: u8,
    },
    /// An earlier sync of the folder failed; the bodies have to be opened again.
    Poisoned,
    /// A sync of this body failed; what was written of it was thrown away.
    Spoiled,
    /// What is on disk is not what was written.
    Corrupt(BodyKey),
    /// The disk is full.
    NoSpace,
    /// The operating system refused.
    Io(io::Error),
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SegmentCount { found } => {
                write!(f, "a body has 1 to {SEGMENTS_MAX} segments, not {found}")
            }
            Self::SegmentLength { index, length } => write!(
                f,
                "segment {index} has 1 to {LONGEST_SEGMENT} bytes, not {length}"
            ),
            Self::SidecarTooLong { bytes } => {
                write!(
                    f,
                    "a sidecar has at most {LARGEST_SIDECAR} bytes, not {bytes}"
                )
            }
            Self::LayoutDiffers => f.write_str("the body was begun with another layout"),
            Self::NotBegun => f.write_str("the body was not begun"),
            Self::NotFound => f.write_str("there is no such body"),
            Self::NoSuchSegment { index, segments } => {
                write!(f, "the body has {segments} segments and no segment {index}")
            }
            Self::WrongLength {
                index,
                expected,
                found,
            } => {
                write!(f, "segment {index} has {expected} bytes, not {found}")
            }
            Self::NotWritten { index } => write!(f, "segment {index} is not there yet"),
            Self::Incomplete { first, missing } => {
                write!(
                    f,
                    "{missing} segments are missing, the first of them {first}"
                )
            }
            Self::BeyondEnd { size, offset, len } => {
                write!(
                    f,
                    "{len} bytes from {offset} on are beyond the end at {size}"
                )
            }
            Self::ReadTooLong { len } => {
                write!(f, "{len} bytes are more than {LONGEST_READ} in one read")
            }
            Self::Locked => f.write_str("the bodies are open in another process"),
            Self::NewerVersion { found, supported } => write!(
                f,
                "the body is version {found}, newer than version {supported} of this program"
            ),
            Self::Poisoned => {
                f.write_str("an earlier sync of the bodies failed and they have to be opened again")
            }
            Self::Spoiled => f.write_str("a write of the body failed and it has to be begun again"),
            Self::Corrupt(key) => write!(f, "the body {key} is damaged on disk"),
            Self::NoSpace => f.write_str("no space is left for the body"),
            Self::Io(cause) => write!(f, "the body could not be read or written: {cause}"),
        }
    }
}

impl Error for BodyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io(cause) => Some(cause),
            _ => None,
        }
    }
}

impl From<io::Error> for BodyError {
    fn from(cause: io::Error) -> Self {
        if durable::is_no_space(&cause) {
            Self::NoSpace
        } else {
            Self::Io(cause)
        }
    }
}
