//! The last record: one small thing that is replaced again and again, such as the newest signed
//! checkpoint, kept apart from the store so that a store that lost its end can be recognised.
//!
//! It never keeps history and never looks into the record.

use std::error::Error;
use std::fmt;
use std::io;

use crate::durable;

/// The most bytes of a record: a checkpoint with a dozen cosignatures fits several times over.
pub const LONGEST_RECORD: usize = (16 << 10) - 64;

/// Keeps the newest of a series of small records.
pub trait LastRecord: Send + Sync {
    /// The newest record that was stored, or `None` if none ever was.
    ///
    /// After a failed [`LastRecord::store`] and a new opening this may be the record of the
    /// failed call or the one before it.
    fn load(&self) -> Result<Option<Vec<u8>>, RecordError>;

    /// Replaces the record; durable when it returns. After a failure every further call is
    /// refused until the record is opened again.
    fn store(&self, record: &[u8]) -> Result<(), RecordError>;
}

/// Why the last record could not be loaded or stored.
#[derive(Debug)]
#[non_exhaustive]
pub enum RecordError {
    /// The record is longer than [`LONGEST_RECORD`].
    TooLong {
        /// Its length in bytes.
        bytes: usize,
    },
    /// Another process, or another handle of this one, has it open.
    Locked,
    /// A newer release wrote it.
    NewerVersion {
        /// The version found on disk.
        found: u8,
        /// The newest version that this build reads.
        supported: u8,
    },
    /// There was a record once, and none can be read.
    Corrupt,
    /// An earlier write or sync failed.
    Poisoned,
    /// The disk is full.
    NoSpace,
    /// The operating system refused.
    Io(io::Error),
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { bytes } => {
                write!(
                    f,
                    "the last record has {bytes} bytes, more than {LONGEST_RECORD}"
                )
            }
            Self::Locked => f.write_str("the last record is open in another process"),
            Self::NewerVersion { found, supported } => write!(
                f,
                "the last record is version {found}, newer than version {supported} \
                 of this program"
            ),
            Self::Corrupt => f.write_str("the last record is damaged"),
            Self::Poisoned => {
                f.write_str("an earlier write of the last record failed, open it again")
            }
            Self::NoSpace => f.write_str("no space is left for the last record"),
            Self::Io(cause) => write!(f, "the last record could not be read or written: {cause}"),
        }
    }
}

impl Error for RecordError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io(cause) => Some(cause),
            _ => None,
        }
    }
}

impl From<io::Error> for RecordError {
    fn from(cause: io::Error) -> Self {
        if durable::is_no_space(&cause) {
            Self::NoSpace
        } else {
            Self::Io(cause)
        }
    }
}
