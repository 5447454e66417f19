//! Reading a bundle.

use core::fmt;
use std::io::{self, ErrorKind, Read};

use sha2::{Digest as _, Sha256};
use yichuan_document::cbor::{self, Unreadable};

use super::{BadHead, HEAD_BYTES_MAX, Head, MAGIC, Shape};

/// A bundle whose head was read; its body and its digest are still to come.
#[derive(Debug)]
pub struct Unverified<R> {
    /// The head.
    pub head: Head,
    /// What the head says about the body.
    pub shape: Shape,
    /// The body and what follows it.
    pub rest: Rest<R>,
}

/// The rest of a bundle after its head. As a reader it gives the body and nothing beyond.
pub struct Rest<R> {
    input: R,
    hasher: Sha256,
    left: u64,
}

impl<R> fmt::Debug for Rest<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rest({} bytes)", self.left)
    }
}

/// Reads magic and head. Refuses everything that is not a bundle of this version.
pub fn open<R: Read>(input: R) -> Result<Unverified<R>, NotEvidence> {
    let mut rest = Rest {
        input,
        hasher: Sha256::new(),
        left: u64::MAX,
    };
    let mut magic = [0; MAGIC.len()];
    rest.fill(&mut magic).map_err(|why| match why {
        NotEvidence::Truncated => NotEvidence::NotABundle,
        other => other,
    })?;
    if magic != MAGIC {
        let family = MAGIC.len() - "1\n".len();
        let known = magic[..family] == MAGIC[..family];
        return Err(if known {
            NotEvidence::UnknownVersion
        } else {
            NotEvidence::NotABundle
        });
    }
    let mut length = [0; 4];
    rest.fill(&mut length)?;
    let length = u32::from_be_bytes(length);
    if length as usize > HEAD_BYTES_MAX {
        return Err(NotEvidence::HeadTooLong { bytes: length });
    }
    let bytes = rest.take_head(length)?;
    let head: Head = cbor::read(&bytes, HEAD_BYTES_MAX).map_err(NotEvidence::Unreadable)?;
    let shape = head.shape().map_err(NotEvidence::Head)?;
    rest.left = shape.body_bytes;
    Ok(Unverified { head, shape, rest })
}

impl<R: Read> Rest<R> {
    /// Fills `buffer` from the body; a bundle that ends before is none.
    pub fn fill(&mut self, buffer: &mut [u8]) -> Result<(), NotEvidence> {
        self.read_exact(buffer)
            .map_err(|error| NotEvidence::from_io(&error))
    }

    /// Reads what is left of the body, then the digest. Says whether it is the digest of all that
    /// came before; refuses a byte after it.
    pub fn finish(mut self) -> Result<bool, NotEvidence> {
        let mut buffer = vec![0; 64 << 10];
        while self.left > 0 {
            let some = usize::try_from(self.left)
                .unwrap_or(usize::MAX)
                .min(buffer.len());
            self.fill(&mut buffer[..some])?;
        }
        let mut digest = [0; 32];
        let read = self.input.read_exact(&mut digest);
        read.map_err(|error| NotEvidence::from_io(&error))?;
        let is_right = digest == <[u8; 32]>::from(self.hasher.finalize());
        let mut more = Vec::new();
        let read = self.input.take(1).read_to_end(&mut more);
        read.map_err(|error| NotEvidence::from_io(&error))?;
        if more.is_empty() {
            Ok(is_right)
        } else {
            Err(NotEvidence::Trailing)
        }
    }

    /// Memory grows with what comes, not with what is announced.
    fn take_head(&mut self, length: u32) -> Result<Vec<u8>, NotEvidence> {
        let mut bytes = Vec::new();
        let read = self.take(u64::from(length)).read_to_end(&mut bytes);
        match read {
            Ok(read) if read == length as usize => Ok(bytes),
            Ok(_) => Err(NotEvidence::Truncated),
            Err(error) => Err(NotEvidence::from_io(&error)),
        }
    }
}

impl<R: Read> Read for Rest<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let read = self.input.read(&mut buffer[..most])?;
        self.hasher.update(&buffer[..read]);
        self.left -= read as u64;
        Ok(read)
    }
}

/// Why bytes are not readable as evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotEvidence {
    /// The first line is not that of a bundle.
    NotABundle,
    /// A bundle of a version that this release does not know.
    UnknownVersion,
    /// The file ends too early.
    Truncated,
    /// The head is longer than [`HEAD_BYTES_MAX`].
    HeadTooLong {
        /// How long it says that it is.
        bytes: u32,
    },
    /// The head is not canonical CBOR of a head.
    Unreadable(Unreadable),
    /// The head is beyond a limit.
    Head(BadHead),
    /// Bytes follow the digest.
    Trailing,
    /// The file cannot be read.
    Io(ErrorKind),
}

impl NotEvidence {
    /// What a failed read means.
    pub fn from_io(error: &io::Error) -> Self {
        match error.kind() {
            ErrorKind::UnexpectedEof => Self::Truncated,
            kind => Self::Io(kind),
        }
    }
}

impl fmt::Display for NotEvidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotABundle => f.write_str("not an evidence bundle"),
            Self::UnknownVersion => f.write_str("a bundle of an unknown version"),
            Self::Truncated => f.write_str("the bundle ends too early"),
            Self::HeadTooLong { bytes } => write!(f, "a head of {bytes} bytes is too long"),
            Self::Unreadable(why) => write!(f, "the head is not readable: {why}"),
            Self::Head(why) => why.fmt(f),
            Self::Trailing => f.write_str("bytes follow the end of the bundle"),
            Self::Io(kind) => write!(f, "the bundle cannot be read: {kind}"),
        }
    }
}

impl core::error::Error for NotEvidence {}
