//! Evidence bundles: one document's life in one file. `proto/bundle.md` has the form.
//!
//! A bundle is written and read as a stream; memory does not grow with the document. This module
//! knows the form and its limits and judges nothing: that is for [`verify`](crate::verify).

mod read;
mod write;

use core::fmt;

use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::decode::{self, Decoder};
use minicbor::encode::{self, Encoder, Write};
use minicbor::{Decode, Encode};
use yichuan_document::header::{BadHeader, HEADER_BYTES_MAX, InnerHeader};
use yichuan_document::manifest::{RECIPIENTS_MAX, SEGMENT_BYTES, SEGMENTS_MAX};
use yichuan_document::signed::SIGNED_BYTES_MAX;
use yichuan_document::wrap::Wrap;
use yichuan_envelope::{BadLeaves, ContentKey, Leaves};

pub use read::{NotEvidence, Rest, Unverified, open};
pub use write::{BundleWriter, NotWritten};

use crate::checkpoint::LARGEST_NOTE;
use crate::proof::Path;

/// The first line of a bundle; it names the version.
pub const MAGIC: &[u8] = b"yichuan-evidence/1\n";
/// The most bytes of an encoded head: the sum of the limits below, with some margin.
pub const HEAD_BYTES_MAX: usize = 32 << 20;
/// The most bytes of all roster entries with their paths; a larger roster needs the second form.
pub const ROSTER_BYTES_MAX: usize = 8 << 20;
/// The most bytes of all entries of the document with their paths.
pub const ENTRIES_BYTES_MAX: usize = 8 << 20;
/// The most bytes of all attachments.
pub const ATTACHMENTS_BYTES_MAX: usize = 8 << 20;
/// The most bytes of a body in the clear.
pub const BODY_BYTES_MAX: u64 = SEGMENTS_MAX as u64 * SEGMENT_BYTES as u64;

/// Everything in a bundle but the body. Nothing in it is verified.
#[derive(Debug, Encode, Decode)]
#[cbor(map)]
pub struct Head {
    /// Every roster entry below the checkpoint's size, the genesis first.
    #[n(0)]
    pub roster: Vec<Proven>,
    /// The entries about the document that the reader may read.
    #[n(1)]
    pub entries: Vec<Proven>,
    /// What those entries name, in the order in which they first name it, as far as it is known.
    #[n(2)]
    pub attachments: Vec<ByteVec>,
    /// The checkpoint, a signed note with the log's own lines only.
    #[n(3)]
    pub checkpoint: String,
    /// The exchange's signed list of the entries, of exactly the checkpoint's size.
    #[n(4)]
    pub extract: ByteVec,
    /// The leaf list of the body.
    #[n(5)]
    pub leaves: ByteVec,
    /// Single wraps, where the whole list is not the reader's to have.
    #[n(6)]
    pub wraps: Vec<WrapProof>,
    /// What opens the body; then the parts follow in the clear, otherwise the segments.
    #[n(7)]
    pub opening: Option<Opening>,
}

/// An entry with the proof of its place under the bundle's checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Proven {
    /// Its index in the log.
    #[n(0)]
    pub index: u64,
    /// The entry.
    #[n(1)]
    pub entry: ByteVec,
    /// The inclusion path.
    #[n(2)]
    pub path: Path,
}

/// One wrap with the proof that it is in the list that the submission signed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct WrapProof {
    /// The wrap.
    #[n(0)]
    pub wrap: Wrap,
    /// Its place in the list.
    #[n(1)]
    pub index: u32,
    /// The path to the wraps digest.
    #[n(2)]
    pub path: Path,
}

/// What opens the body: whoever holds the bundle can read the document.
pub struct Opening {
    /// The content key.
    pub key: ContentKey,
    /// The inner header, as it was encrypted, without its padding.
    pub header: Vec<u8>,
}

impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opening(..)")
    }
}

impl<C> Encode<C> for Opening {
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        let e = e.map(2)?.u8(0)?.bytes(self.key.bytes())?;
        e.u8(1)?.bytes(&self.header)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Opening {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        let position = d.position();
        let wrong = || decode::Error::message("not the key and the header").at(position);
        if d.map()? != Some(2) || d.u8()? != 0 {
            return Err(wrong());
        }
        let key: [u8; 32] = ByteArray::<32>::decode(d, ctx)?.into();
        if d.u8()? != 1 {
            return Err(wrong());
        }
        Ok(Self {
            key: ContentKey::from_bytes(&key),
            header: d.bytes()?.to_vec(),
        })
    }
}

/// What a head says about the body that follows it.
#[derive(Debug)]
pub struct Shape {
    /// The leaf list.
    pub leaves: Leaves,
    /// The header, where the body follows in the clear.
    pub header: Option<InnerHeader>,
    /// The bytes that follow before the digest.
    pub body_bytes: u64,
}

impl Head {
    /// Checks the limits, and reads what says how long the body is.
    pub fn shape(&self) -> Result<Shape, BadHead> {
        limit(
            proven_bytes(&self.roster),
            ROSTER_BYTES_MAX,
            BadHead::Roster,
        )?;
        limit(
            proven_bytes(&self.entries),
            ENTRIES_BYTES_MAX,
            BadHead::Entries,
        )?;
        let attachments = self.attachments.iter().map(|bytes| bytes.len()).sum();
        limit(attachments, ATTACHMENTS_BYTES_MAX, BadHead::Attachments)?;
        limit(self.checkpoint.len(), LARGEST_NOTE, BadHead::Checkpoint)?;
        limit(self.extract.len(), SIGNED_BYTES_MAX, BadHead::Extract)?;
        limit(self.wraps.len(), RECIPIENTS_MAX, BadHead::Wraps)?;
        let leaves = Leaves::read(&self.leaves).map_err(BadHead::Leaves)?;
        let Some(opening) = &self.opening else {
            let body_bytes = leaves.body_bytes();
            return Ok(Shape {
                leaves,
                header: None,
                body_bytes,
            });
        };
        limit(
            opening.header.len(),
            HEADER_BYTES_MAX,
            BadHead::HeaderTooLong,
        )?;
        let header = InnerHeader::read(&opening.header).map_err(BadHead::Header)?;
        let sum =
            |sum: u64, bytes: u64| sum.checked_add(bytes).filter(|sum| *sum <= BODY_BYTES_MAX);
        let body_bytes = header
            .parts
            .iter()
            .try_fold(0, |all, part| sum(all, part.bytes));
        let body_bytes = body_bytes.ok_or(BadHead::BodyTooLong)?;
        Ok(Shape {
            leaves,
            header: Some(header),
            body_bytes,
        })
    }
}

fn proven_bytes(list: &[Proven]) -> usize {
    // Index and framing take at most 24 bytes.
    list.iter()
        .map(|proven| proven.entry.len() + proven.path.digests().len() * 32 + 24)
        .sum()
}

fn limit(found: usize, most: usize, bad: BadHead) -> Result<(), BadHead> {
    if found > most { Err(bad) } else { Ok(()) }
}

/// Why a head is beyond the limits of a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadHead {
    /// More than [`ROSTER_BYTES_MAX`] of roster entries.
    Roster,
    /// More than [`ENTRIES_BYTES_MAX`] of entries.
    Entries,
    /// More than [`ATTACHMENTS_BYTES_MAX`] of attachments.
    Attachments,
    /// The note is too long.
    Checkpoint,
    /// The extract is longer than a statement can be.
    Extract,
    /// More wraps than recipients.
    Wraps,
    /// Not a leaf list.
    Leaves(BadLeaves),
    /// The header is too long.
    HeaderTooLong,
    /// Not a header.
    Header(BadHeader),
    /// The parts are longer than a body can be.
    BodyTooLong,
}

impl fmt::Display for BadHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Roster => write!(f, "more than {ROSTER_BYTES_MAX} bytes of roster entries"),
            Self::Entries => write!(f, "more than {ENTRIES_BYTES_MAX} bytes of entries"),
            Self::Attachments => {
                write!(f, "more than {ATTACHMENTS_BYTES_MAX} bytes of attachments")
            }
            Self::Checkpoint => write!(f, "a note of more than {LARGEST_NOTE} bytes"),
            Self::Extract => write!(f, "an extract of more than {SIGNED_BYTES_MAX} bytes"),
            Self::Wraps => write!(f, "more than {RECIPIENTS_MAX} wraps"),
            Self::Leaves(why) => why.fmt(f),
            Self::HeaderTooLong => write!(f, "a header of more than {HEADER_BYTES_MAX} bytes"),
            Self::Header(why) => why.fmt(f),
            Self::BodyTooLong => write!(f, "parts of more than {BODY_BYTES_MAX} bytes"),
        }
    }
}

impl core::error::Error for BadHead {}
