//! Closing: parts are hashed and encrypted in one pass, the header last into the room at the
//! front.

use core::fmt;
use std::io::{self, Read};

use sha2::{Digest as _, Sha256};
use yichuan_document::header::{BadHeader, InnerHeader};
use yichuan_document::manifest::SEGMENT_BYTES;
use yichuan_document::{Digest, Transmissible, tree};

use crate::content_key::ContentKey;
use crate::leaves::Leaves;
use crate::pipeline;
use crate::plan::{HEADER_LENGTH_BYTES, PartPlan, Plan};
use crate::segment::SegmentCipher;

/// What is to be closed. The header's parts have their sizes; their digests are made here.
pub struct CloseRequest<'a> {
    /// The installation.
    pub genesis: Digest,
    /// Proof that the level may be transmitted.
    pub level: Transmissible,
    /// The header, in which the digests of the parts are still of no meaning.
    pub header: InnerHeader,
    /// The key.
    pub content_key: &'a ContentKey,
}

/// Where the bytes of a part come from.
pub type PartSource<'a> = &'a mut (dyn Read + Send);

/// Where encrypted segments go.
pub trait SegmentSink {
    /// Takes one segment and where in the body it stands. Segments come in rising order, except
    /// that the header's, which stand in front, come last.
    fn put(&mut self, index: u32, offset: u64, segment: &[u8]) -> io::Result<()>;
}

/// What came of closing.
#[derive(Debug)]
pub struct Closed {
    /// The header, with the digests of the parts.
    pub header: InnerHeader,
    /// SHA-256 of the encoded header.
    pub header_digest: Digest,
    /// The leaf list; its root goes into the manifest.
    pub leaves: Leaves,
    /// What the manifest commits to.
    pub commitment: Digest,
}

/// Closes a document. `sources` are the parts of the header in order; `progress` is told how many
/// bytes of plaintext were taken.
pub fn close(
    request: CloseRequest<'_>,
    sources: &mut [PartSource<'_>],
    sink: &mut dyn SegmentSink,
    progress: &mut dyn FnMut(u64),
) -> Result<Closed, CloseRefused> {
    let CloseRequest {
        genesis,
        level,
        mut header,
        content_key,
    } = request;
    if header.level != level.level() {
        return Err(CloseRefused::AnotherLevel);
    }
    header.check().map_err(CloseRefused::Header)?;
    if header.parts.len() != sources.len() {
        return Err(CloseRefused::Sources);
    }
    let plan = Plan::of(&header).ok_or(CloseRefused::TooLarge)?;
    let cipher = SegmentCipher::new(content_key, &genesis, &header.id, plan.segments());
    let mut leaves = vec![(Digest::from_bytes([0; 32]), 0_u32); plan.segments() as usize];
    for (place, (part, source)) in plan.parts().iter().zip(sources).enumerate() {
        let mut closing = ClosePart {
            place,
            part,
            cipher: &cipher,
            leaves: &mut leaves,
        };
        header.parts[place].digest = closing.run(*source, sink, progress)?;
    }
    close_header(&plan, &cipher, &header, &mut leaves, sink)?;
    Ok(Closed {
        header_digest: Digest::of(&header.to_bytes()),
        commitment: content_key.commitment(&genesis, &header.id),
        leaves: Leaves::new(leaves).map_err(|_| CloseRefused::TooLarge)?,
        header,
    })
}

struct ClosePart<'a> {
    place: usize,
    part: &'a PartPlan,
    cipher: &'a SegmentCipher,
    leaves: &'a mut [(Digest, u32)],
}

impl ClosePart<'_> {
    fn run(
        &mut self,
        source: &mut (dyn Read + Send),
        sink: &mut dyn SegmentSink,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Digest, CloseRefused> {
        let (place, part, cipher) = (self.place, *self.part, self.cipher);
        let mut hasher = Sha256::new();
        let mut offset = part.offset;
        let leaves = &mut *self.leaves;
        pipeline::run(
            part.count,
            |index, buffer| {
                let length = part.length(index);
                buffer.clear();
                buffer.reserve(SEGMENT_BYTES as usize + 16);
                let read = (&mut *source).take(length as u64).read_to_end(buffer);
                if read.map_err(|error| CloseRefused::Read { part: place, error })? != length {
                    return Err(CloseRefused::Shorter { part: place });
                }
                hasher.update(&buffer);
                Ok(())
            },
            |index, buffer| {
                cipher.seal(part.first + index, buffer);
                Ok(tree::leaf_hash(buffer))
            },
            |index, segment, leaf| {
                let index = part.first + index;
                sink.put(index, offset, segment)
                    .map_err(CloseRefused::Write)?;
                offset += segment.len() as u64;
                leaves[index as usize] = (leaf, u32::try_from(segment.len()).unwrap_or(0));
                progress(part.length(index - part.first) as u64);
                Ok(())
            },
        )?;
        let mut more = [0];
        let read = source.read(&mut more);
        if read.map_err(|error| CloseRefused::Read { part: place, error })? != 0 {
            return Err(CloseRefused::Longer { part: place });
        }
        Ok(Digest::from_bytes(hasher.finalize().into()))
    }
}

fn close_header(
    plan: &Plan,
    cipher: &SegmentCipher,
    header: &InnerHeader,
    leaves: &mut [(Digest, u32)],
    sink: &mut dyn SegmentSink,
) -> Result<(), CloseRefused> {
    let bytes = header.to_bytes();
    let length = u32::try_from(bytes.len()).map_err(|_| CloseRefused::TooLarge)?;
    let mut plain = Vec::with_capacity(plan.header_bytes());
    plain.extend_from_slice(&length.to_be_bytes());
    plain.extend_from_slice(&bytes);
    debug_assert!(plain.len() >= HEADER_LENGTH_BYTES && plain.len() <= plan.header_bytes());
    plain.resize(plan.header_bytes(), 0);
    let mut offset = 0;
    for (index, chunk) in (0..).zip(plain.chunks(SEGMENT_BYTES as usize)) {
        let mut segment = chunk.to_vec();
        cipher.seal(index, &mut segment);
        sink.put(index, offset, &segment)
            .map_err(CloseRefused::Write)?;
        offset += segment.len() as u64;
        let leaf = tree::leaf_hash(&segment);
        leaves[index as usize] = (leaf, u32::try_from(segment.len()).unwrap_or(0));
    }
    Ok(())
}

/// Why a document was not closed.
#[derive(Debug)]
#[non_exhaustive]
pub enum CloseRefused {
    /// The header's level is not the one that was checked.
    AnotherLevel,
    /// The header does not fit.
    Header(BadHeader),
    /// Not one source per part.
    Sources,
    /// More segments than a body may have.
    TooLarge,
    /// A part could not be read.
    Read {
        /// Which part.
        part: usize,
        /// Why.
        error: io::Error,
    },
    /// A part has fewer bytes than when it was measured: it changed.
    Shorter {
        /// Which part.
        part: usize,
    },
    /// A part has more bytes than when it was measured: it changed.
    Longer {
        /// Which part.
        part: usize,
    },
    /// A segment could not be written.
    Write(io::Error),
}

impl fmt::Display for CloseRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AnotherLevel => f.write_str("the header has another level than was checked"),
            Self::Header(why) => why.fmt(f),
            Self::Sources => f.write_str("not one source per part"),
            Self::TooLarge => f.write_str("the document is too large"),
            Self::Read { part, error } => write!(f, "part {part} cannot be read: {error}"),
            Self::Shorter { part } | Self::Longer { part } => {
                write!(f, "part {part} changed while it was read")
            }
            Self::Write(error) => write!(f, "the envelope cannot be written: {error}"),
        }
    }
}

impl core::error::Error for CloseRefused {}
