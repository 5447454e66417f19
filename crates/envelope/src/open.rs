//! Opening: every segment is verified against the signed root before it is decrypted, the
//! commitment before the first, and the header against the manifest before any part.

use core::fmt;
use std::io::{self, Write};

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;
use yichuan_document::header::{BadHeader, Disagreement, InnerHeader};
use yichuan_document::{Digest, Manifest, Origin};

use crate::content_key::ContentKey;
use crate::leaves::{BadLeaves, Leaves};
use crate::pipeline;
use crate::plan::{HEADER_LENGTH_BYTES, HEADER_PADDING, Plan};
use crate::segment::SegmentCipher;

/// Where encrypted segments come from.
pub type Fetch<'a> = &'a mut (dyn FnMut(u32, &mut Vec<u8>) -> io::Result<()> + Send);

/// A body whose leaf list has the signed root and whose key fits the commitment.
pub struct Opener<'a> {
    manifest: &'a Manifest,
    origin: &'a Origin,
    leaves: &'a Leaves,
    cipher: SegmentCipher,
}

/// A document whose header agrees with its manifest: only [`Opener::header`] makes one.
pub struct Opened {
    header: InnerHeader,
    header_digest: Digest,
    plan: Plan,
}

impl<'a> Opener<'a> {
    /// Checks leaf list and commitment.
    pub fn new(
        manifest: &'a Manifest,
        leaves: &'a Leaves,
        content_key: &ContentKey,
        genesis: &Digest,
        origin: &'a Origin,
    ) -> Result<Self, StayedClosed> {
        leaves.check(manifest).map_err(StayedClosed::Leaves)?;
        let commitment = content_key.commitment(genesis, &manifest.id);
        if !bool::from(commitment.as_bytes().ct_eq(manifest.commitment.as_bytes())) {
            return Err(StayedClosed::CommitmentMismatch);
        }
        let cipher = SegmentCipher::new(content_key, genesis, &manifest.id, manifest.segments);
        Ok(Self {
            manifest,
            origin,
            leaves,
            cipher,
        })
    }

    /// Decrypts the header and compares it with the manifest. A difference is a violation.
    pub fn header(&self, fetch: Fetch<'_>) -> Result<Opened, StayedClosed> {
        let mut plain = Vec::new();
        let mut expected = None;
        for index in 0..self.leaves.count() {
            let mut segment = Vec::new();
            fetch(index, &mut segment).map_err(StayedClosed::Fetch)?;
            self.open_segment(index, &mut segment)?;
            plain.append(&mut segment);
            let total = match expected {
                Some(total) => total,
                None => *expected.insert(padded_length(&plain)?),
            };
            if plain.len() >= total {
                break;
            }
        }
        if expected != Some(plain.len()) {
            return Err(StayedClosed::Layout);
        }
        let length = header_length(&plain)?;
        let (header, padding) = plain[HEADER_LENGTH_BYTES..]
            .split_at_checked(length)
            .ok_or(StayedClosed::Layout)?;
        if padding.iter().any(|byte| *byte != 0) {
            return Err(StayedClosed::Layout);
        }
        let header_digest = Digest::of(header);
        let header = InnerHeader::read(header).map_err(StayedClosed::Header)?;
        header
            .agrees_with(self.manifest, self.origin)
            .map_err(StayedClosed::Violation)?;
        let plan = Plan::of(&header).ok_or(StayedClosed::Layout)?;
        self.check_plan(&plan)?;
        Ok(Opened {
            header,
            header_digest,
            plan,
        })
    }

    /// Decrypts part number `place` into `sink`. What was written is to be thrown away unless
    /// the outcome is `Ok`.
    pub fn part(
        &self,
        opened: &Opened,
        place: usize,
        fetch: Fetch<'_>,
        sink: &mut dyn Write,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), StayedClosed> {
        let part = opened.plan.parts().get(place).ok_or(StayedClosed::Layout)?;
        let expected = opened
            .header
            .parts
            .get(place)
            .ok_or(StayedClosed::Layout)?
            .digest;
        let mut hasher = Sha256::new();
        pipeline::run(
            part.count,
            |index, buffer| fetch(part.first + index, buffer).map_err(StayedClosed::Fetch),
            |index, buffer| self.open_segment(part.first + index, buffer),
            |_, plain, ()| {
                hasher.update(plain);
                sink.write_all(plain).map_err(StayedClosed::Write)?;
                progress(plain.len() as u64);
                Ok(())
            },
        )?;
        if Digest::from_bytes(hasher.finalize().into()) == expected {
            Ok(())
        } else {
            Err(StayedClosed::PartDigest { part: place })
        }
    }

    fn open_segment(&self, index: u32, bytes: &mut Vec<u8>) -> Result<(), StayedClosed> {
        self.leaves
            .verify_segment(index, bytes)
            .map_err(StayedClosed::Leaves)?;
        if self.cipher.open(index, bytes) {
            Ok(())
        } else {
            Err(StayedClosed::Undecryptable { index })
        }
    }

    /// The header's sizes must lead to exactly the segments that were signed.
    fn check_plan(&self, plan: &Plan) -> Result<(), StayedClosed> {
        let overhead = 16;
        let fits = plan.segments() == self.leaves.count()
            && plan.body_bytes() == self.leaves.body_bytes()
            && plan.parts().iter().all(|part| {
                (0..part.count).all(|index| {
                    let length = self.leaves.length(part.first + index);
                    length.is_some_and(|length| length as usize == part.length(index) + overhead)
                })
            });
        if fits {
            Ok(())
        } else {
            Err(StayedClosed::Layout)
        }
    }
}

impl Opened {
    /// The header.
    pub const fn header(&self) -> &InnerHeader {
        &self.header
    }

    /// SHA-256 of the encoded header, which the opening in a receipt covers.
    pub const fn header_digest(&self) -> Digest {
        self.header_digest
    }

    /// How many segments hold the header.
    pub const fn header_segments(&self) -> u32 {
        self.plan.header_segments()
    }
}

fn header_length(plain: &[u8]) -> Result<usize, StayedClosed> {
    let length = plain
        .first_chunk::<HEADER_LENGTH_BYTES>()
        .ok_or(StayedClosed::Layout)?;
    usize::try_from(u32::from_be_bytes(*length)).map_err(|_| StayedClosed::Layout)
}

fn padded_length(plain: &[u8]) -> Result<usize, StayedClosed> {
    use yichuan_document::header::HEADER_BYTES_MAX;
    let length = header_length(plain)?;
    if length > HEADER_BYTES_MAX {
        return Err(StayedClosed::Layout);
    }
    Ok((HEADER_LENGTH_BYTES + length).next_multiple_of(HEADER_PADDING))
}

/// Why a document stayed closed.
#[derive(Debug)]
#[non_exhaustive]
pub enum StayedClosed {
    /// The leaf list or a segment is not the one that was signed.
    Leaves(BadLeaves),
    /// The key is not the one that the sender committed to.
    CommitmentMismatch,
    /// A segment has the signed hash and does not decrypt.
    Undecryptable {
        /// Which segment.
        index: u32,
    },
    /// The header cannot be read.
    Header(BadHeader),
    /// Header and manifest disagree; nothing is released.
    Violation(Disagreement),
    /// The segments are not those of the header's parts.
    Layout,
    /// A part is not the one that the header names.
    PartDigest {
        /// Which part.
        part: usize,
    },
    /// A segment could not be had.
    Fetch(io::Error),
    /// A part could not be written.
    Write(io::Error),
}

impl fmt::Display for StayedClosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Leaves(why) => why.fmt(f),
            Self::CommitmentMismatch => f.write_str("commitment mismatch: another key"),
            Self::Undecryptable { index } => write!(f, "segment {index} does not decrypt"),
            Self::Header(why) => why.fmt(f),
            Self::Violation(why) => why.fmt(f),
            Self::Layout => f.write_str("the segments are not those of the header's parts"),
            Self::PartDigest { part } => write!(f, "part {part} is not the one that was closed"),
            Self::Fetch(error) => write!(f, "a segment could not be had: {error}"),
            Self::Write(error) => write!(f, "a part could not be written: {error}"),
        }
    }
}

impl core::error::Error for StayedClosed {}

#[cfg(test)]
mod tests;
