//! What stands behind a body in its file and says how it is cut.
//!
//! It never covers the body's bytes: those are checked against the body's root by whoever reads.
//! Where a single segment ends is read without the digest over all ends; if the disk changed it,
//! the segment comes out wrong and fails the same check.

use std::fs::File;
use std::io::ErrorKind;
use std::ops::Range;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::bodies::{
    BodyError, BodyKey, BodyLayout, LARGEST_SIDECAR, LONGEST_SEGMENT, SEGMENTS_MAX, check_index,
    touched,
};
use crate::durable;

/// A layout in short: its ends and sidecar may be long and are read when they are asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) size: u64,
    pub(super) segments: u32,
    sidecar_bytes: u32,
    /// SHA-256 of the ends and the sidecar.
    digest: [u8; 32],
}

impl Plan {
    pub(super) fn of(layout: &BodyLayout) -> Self {
        let sidecar_bytes = u32::try_from(layout.sidecar().len())
            .expect("a sidecar has at most LARGEST_SIDECAR bytes");
        let mut digest = Sha256::new();
        for end in layout.ends() {
            digest.update(end.to_be_bytes());
        }
        Self {
            size: layout.size(),
            segments: layout.segments(),
            sidecar_bytes,
            digest: digest.chain_update(layout.sidecar()).finalize().into(),
        }
    }

    /// Everything that stands behind the body of `layout`, of which this is the plan.
    pub(super) fn tail(self, key: &BodyKey, layout: &BodyLayout) -> Vec<u8> {
        let mut bytes =
            Vec::with_capacity(self.ends_bytes() + layout.sidecar().len() + TRAILER_BYTES);
        for end in layout.ends() {
            bytes.extend_from_slice(&end.to_be_bytes());
        }
        bytes.extend_from_slice(layout.sidecar());
        bytes.extend_from_slice(&self.to_bytes(key));
        bytes
    }

    pub(super) fn to_bytes(self, key: &BodyKey) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(TRAILER_BYTES);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&[VERSION, 0]);
        bytes.extend_from_slice(&self.size.to_be_bytes());
        bytes.extend_from_slice(&self.segments.to_be_bytes());
        bytes.extend_from_slice(&self.sidecar_bytes.to_be_bytes());
        bytes.extend_from_slice(&key.0);
        bytes.extend_from_slice(&self.digest);
        bytes.extend_from_slice(&sha256(&bytes));
        bytes
    }

    /// Reads the trailer at the end of `file`. Refused when it is not whole, when it is another
    /// body's or an older format's, or when the file has not the length that it says.
    fn read(file: &File, key: &BodyKey) -> Result<Self, BodyError> {
        let damaged = || BodyError::Corrupt(*key);
        let length = file.metadata()?.len();
        let at = length
            .checked_sub(TRAILER_BYTES as u64)
            .ok_or_else(damaged)?;
        let mut bytes = [0; TRAILER_BYTES];
        durable::read_at(file, &mut bytes, at)?;
        let (signed, digest) = bytes.split_at(TRAILER_BYTES - 32);
        if !signed.starts_with(MAGIC) || sha256(signed) != digest {
            return Err(damaged());
        }
        let found = signed[6];
        if found > VERSION {
            return Err(BodyError::NewerVersion {
                found,
                supported: VERSION,
            });
        }
        let plan = Self {
            size: u64::from_be_bytes(signed[8..16].try_into().expect("8 bytes were cut")),
            segments: u32::from_be_bytes(signed[16..20].try_into().expect("4 bytes were cut")),
            sidecar_bytes: u32::from_be_bytes(signed[20..24].try_into().expect("4 were cut")),
            digest: signed[56..88].try_into().expect("32 bytes were cut"),
        };
        let sound = found == VERSION
            && (1..=SEGMENTS_MAX).contains(&plan.segments)
            && plan.sidecar_bytes as usize <= LARGEST_SIDECAR;
        let behind = (plan.ends_bytes() + plan.sidecar_bytes as usize) as u64;
        let fits = plan.size.checked_add(behind) == Some(at);
        if fits && sound && signed[24..56] == key.0 {
            Ok(plan)
        } else {
            Err(damaged())
        }
    }

    fn ends_bytes(&self) -> usize {
        END_BYTES * self.segments as usize
    }
}

/// A file that holds a body, whole or in parts.
pub(super) struct BodyFile {
    pub(super) file: File,
    pub(super) plan: Plan,
    key: BodyKey,
}

impl BodyFile {
    /// The part at `path`, whose plan is known.
    pub(super) fn of_part(file: File, plan: Plan, key: &BodyKey) -> Self {
        let key = *key;
        Self { file, plan, key }
    }

    /// Opens the file at `path` and reads its trailer; `None` when there is no such file.
    pub(super) fn find(path: &Path, key: &BodyKey) -> Result<Option<Self>, BodyError> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let plan = Plan::read(&file, key)?;
        Ok(Some(Self::of_part(file, plan, key)))
    }

    /// Reads the ends and the sidecar. Refused when they are not what was written.
    pub(super) fn layout(&self) -> Result<BodyLayout, BodyError> {
        let damaged = || BodyError::Corrupt(self.key);
        let mut bytes = vec![0; self.plan.ends_bytes() + self.plan.sidecar_bytes as usize];
        durable::read_at(&self.file, &mut bytes, self.plan.size)?;
        if sha256(&bytes) != self.plan.digest {
            return Err(damaged());
        }
        let sidecar = bytes.split_off(self.plan.ends_bytes());
        let mut start = 0;
        let mut lengths = Vec::with_capacity(self.plan.segments as usize);
        for end in bytes.chunks_exact(END_BYTES) {
            let end = u64::from_be_bytes(end.try_into().expect("8 bytes were cut"));
            lengths.push(length_of(&(start..end)).ok_or_else(damaged)?);
            start = end;
        }
        if start != self.plan.size {
            return Err(damaged());
        }
        BodyLayout::new(lengths, sidecar).map_err(|_| damaged())
    }

    /// The bytes of the body that are segment `index`, by two reads of 8 bytes.
    pub(super) fn place(&self, index: u32) -> Result<Range<u64>, BodyError> {
        check_index(index, self.plan.segments)?;
        let start = match index.checked_sub(1) {
            None => 0,
            Some(before) => self.end_of(before)?,
        };
        let place = start..self.end_of(index)?;
        let sound = length_of(&place).is_some() && place.end <= self.plan.size;
        sound.then_some(place).ok_or(BodyError::Corrupt(self.key))
    }

    fn end_of(&self, index: u32) -> Result<u64, BodyError> {
        let mut end = [0; END_BYTES];
        let at = self.plan.size + u64::from(index) * END_BYTES as u64;
        durable::read_at(&self.file, &mut end, at)?;
        Ok(u64::from_be_bytes(end))
    }

    /// The segments that a range within the body touches.
    pub(super) fn touched(&self, offset: u64, len: u32) -> Result<Range<u32>, BodyError> {
        touched(self.plan.segments, offset, len, |index| self.end_of(index))
    }

    pub(super) fn read(&self, offset: u64, len: u32) -> Result<Vec<u8>, BodyError> {
        let mut bytes = vec![0; len as usize];
        durable::read_at(&self.file, &mut bytes, offset)?;
        Ok(bytes)
    }

    pub(super) fn read_segment(&self, index: u32) -> Result<Vec<u8>, BodyError> {
        let place = self.place(index)?;
        let length = length_of(&place).ok_or(BodyError::Corrupt(self.key))?;
        self.read(place.start, length)
    }
}

/// The length of a segment with this place, if a segment can have it.
fn length_of(place: &Range<u64>) -> Option<u32> {
    let length = u32::try_from(place.end.checked_sub(place.start)?).ok()?;
    (1..=LONGEST_SEGMENT).contains(&length).then_some(length)
}

pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

pub(super) const TRAILER_BYTES: usize = 120;
const END_BYTES: usize = 8;
const MAGIC: &[u8; 6] = b"YCBODY";
const VERSION: u8 = 2;
