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

/// The most segments of one body: 1 TiB in segments of 1 MiB.
pub const SEGMENTS_MAX: u64 = 1 << 20;

/// The longest segment in bytes.
pub const LONGEST_SEGMENT: u32 = 16 << 20;

/// The most bytes of a sidecar: one SHA-256 for each of [`SEGMENTS_MAX`] segments, and a page.
pub const LARGEST_SIDECAR: usize = (32 << 20) + 4096;

/// The most bytes of one read: the longest segment.
pub const LONGEST_READ: u32 = LONGEST_SEGMENT;

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

/// How a body is cut, and what the caller keeps beside it.
#[derive(Clone, PartialEq, Eq)]
pub struct BodyLayout {
    size: u64,
    segment: u32,
    sidecar: Vec<u8>,
}

impl fmt::Debug for BodyLayout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            size,
            segment,
            sidecar,
        } = self;
        write!(
            f,
            "BodyLayout({size} bytes by {segment}, sidecar of {})",
            sidecar.len()
        )
    }
}

impl BodyLayout {
    /// A body of `size` bytes in segments of `segment` bytes, the last of which may be shorter.
    /// The `sidecar` (the list of leaf hashes) is kept with it unread.
    ///
    /// Refused beyond [`SEGMENTS_MAX`], [`LONGEST_SEGMENT`] or [`LARGEST_SIDECAR`], or when a
    /// segment has no bytes.
    pub fn new(size: u64, segment: u32, sidecar: Vec<u8>) -> Result<Self, BodyError> {
        let possible = segment > 0
            && segment <= LONGEST_SEGMENT
            && size.div_ceil(u64::from(segment)) <= SEGMENTS_MAX
            && sidecar.len() <= LARGEST_SIDECAR;
        if possible {
            Ok(Self {
                size,
                segment,
                sidecar,
            })
        } else {
            Err(BodyError::Layout {
                size,
                segment,
                sidecar: sidecar.len(),
            })
        }
    }

    /// Bytes of the whole body.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Bytes of each segment but the last.
    pub fn segment(&self) -> u32 {
        self.segment
    }

    /// What the caller gave to be kept with the body.
    pub fn sidecar(&self) -> &[u8] {
        &self.sidecar
    }

    /// How many segments there are.
    pub fn segments(&self) -> u32 {
        segments(self.size, self.segment)
    }
}

/// How many segments a checked layout has.
pub(crate) fn segments(size: u64, segment: u32) -> u32 {
    u32::try_from(size.div_ceil(u64::from(segment))).expect("a layout has at most SEGMENTS_MAX")
}

/// Where segment `index` starts, if it exists and `bytes` is its length.
pub(crate) fn check_segment(
    (size, segment): (u64, u32),
    index: u32,
    bytes: usize,
) -> Result<u64, BodyError> {
    let segments = segments(size, segment);
    if index >= segments {
        return Err(BodyError::NoSuchSegment { index, segments });
    }
    let offset = u64::from(index) * u64::from(segment);
    let expected = u64::from(segment).min(size - offset);
    if bytes as u64 == expected {
        Ok(offset)
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
    segment: u32,
    offset: u64,
    len: u32,
    there: impl Fn(u32) -> bool,
) -> Result<(), BodyError> {
    if len == 0 {
        return Ok(());
    }
    let segment = u64::from(segment);
    for index in offset / segment..=(offset + u64::from(len) - 1) / segment {
        let index = u32::try_from(index).expect("a layout has at most SEGMENTS_MAX");
        if !there(index) {
            return Err(BodyError::NotWritten { index });
        }
    }
    Ok(())
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
    /// The layout exceeds a limit or has segments without bytes.
    Layout {
        /// Bytes of the body.
        size: u64,
        /// Bytes of a segment.
        segment: u32,
        /// Bytes of the sidecar.
        sidecar: usize,
    },
    /// The key is in use for a body with another size, segment or sidecar.
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
            Self::Layout {
                size,
                segment,
                sidecar,
            } => write!(
                f,
                "a body of {size} bytes by {segment} with a sidecar of {sidecar} is not permitted"
            ),
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
