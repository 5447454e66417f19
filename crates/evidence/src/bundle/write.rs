//! Writing a bundle.

use core::fmt;
use std::io::{self, Write};

use sha2::{Digest as _, Sha256};
use yichuan_document::cbor;

use super::{BadHead, HEAD_BYTES_MAX, Head, MAGIC};

/// Writes a bundle: [`begin`](Self::begin) with the head, then the body as into any writer, then
/// [`finish`](Self::finish). A bundle that was not finished is none.
pub struct BundleWriter<W> {
    out: W,
    hasher: Sha256,
    left: u64,
}

impl<W: Write> BundleWriter<W> {
    /// Writes magic and head; refuses a head beyond the limits.
    pub fn begin(out: W, head: &Head) -> Result<Self, NotWritten> {
        let shape = head.shape().map_err(NotWritten::Head)?;
        let bytes = cbor::to_vec(head);
        let length = u32::try_from(bytes.len()).ok();
        let length = length.filter(|length| *length as usize <= HEAD_BYTES_MAX);
        let length = length.ok_or(NotWritten::HeadTooLong { bytes: bytes.len() })?;
        let mut writer = Self {
            out,
            hasher: Sha256::new(),
            left: u64::MAX,
        };
        for part in [MAGIC, &length.to_be_bytes(), &bytes] {
            writer.write_all(part).map_err(NotWritten::Io)?;
        }
        writer.left = shape.body_bytes;
        Ok(writer)
    }

    /// How many bytes of the body are still to come.
    pub const fn left(&self) -> u64 {
        self.left
    }

    /// Writes the digest and gives the writer back; refuses where bytes of the body are missing.
    pub fn finish(mut self) -> Result<W, NotWritten> {
        if self.left > 0 {
            return Err(NotWritten::Unfinished { missing: self.left });
        }
        let digest = self.hasher.finalize();
        self.out.write_all(&digest).map_err(NotWritten::Io)?;
        self.out.flush().map_err(NotWritten::Io)?;
        Ok(self.out)
    }
}

impl<W: Write> Write for BundleWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        if most == 0 && !bytes.is_empty() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "longer than the head says",
            ));
        }
        let written = self.out.write(&bytes[..bytes.len().min(most)])?;
        self.hasher.update(&bytes[..written]);
        self.left -= written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Why a bundle was not written.
#[derive(Debug)]
#[non_exhaustive]
pub enum NotWritten {
    /// The head is beyond a limit.
    Head(BadHead),
    /// The head is longer than [`HEAD_BYTES_MAX`].
    HeadTooLong {
        /// How long.
        bytes: usize,
    },
    /// The body is shorter than the head says.
    Unfinished {
        /// How many bytes are missing.
        missing: u64,
    },
    /// The writer failed.
    Io(io::Error),
}

impl fmt::Display for NotWritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Head(why) => why.fmt(f),
            Self::HeadTooLong { bytes } => write!(f, "a head of {bytes} bytes is too long"),
            Self::Unfinished { missing } => write!(f, "{missing} bytes of the body are missing"),
            Self::Io(error) => write!(f, "the bundle cannot be written: {error}"),
        }
    }
}

impl core::error::Error for NotWritten {}
