//! The end of a body's file, which says how it is cut.
//!
//! It never covers the body's bytes: those are checked against the body's root by whoever reads.

use std::fs::File;

use super::sha256;
use crate::bodies::{BodyError, BodyKey, BodyLayout, LARGEST_SIDECAR};
use crate::durable;

/// A layout without its sidecar, which may be long and is read when it is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) size: u64,
    pub(super) segment: u32,
    sidecar_bytes: u32,
    sidecar_digest: [u8; 32],
}

impl Plan {
    pub(super) fn of(layout: &BodyLayout) -> Self {
        let sidecar_bytes = u32::try_from(layout.sidecar().len())
            .expect("a sidecar has at most LARGEST_SIDECAR bytes");
        Self {
            size: layout.size(),
            segment: layout.segment(),
            sidecar_bytes,
            sidecar_digest: sha256(layout.sidecar()),
        }
    }

    pub(super) fn cut(&self) -> (u64, u32) {
        (self.size, self.segment)
    }

    pub(super) fn to_bytes(self, key: &BodyKey) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(TRAILER_BYTES);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&[VERSION, 0]);
        bytes.extend_from_slice(&self.size.to_be_bytes());
        bytes.extend_from_slice(&self.segment.to_be_bytes());
        bytes.extend_from_slice(&self.sidecar_bytes.to_be_bytes());
        bytes.extend_from_slice(&key.0);
        bytes.extend_from_slice(&self.sidecar_digest);
        bytes.extend_from_slice(&sha256(&bytes));
        bytes
    }

    /// Reads the trailer at the end of `file`. Refused when it is not whole, when it is another
    /// body's, or when the file has not the length that it says.
    pub(super) fn read(file: &File, key: &BodyKey) -> Result<Self, BodyError> {
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
            segment: u32::from_be_bytes(signed[16..20].try_into().expect("4 bytes were cut")),
            sidecar_bytes: u32::from_be_bytes(signed[20..24].try_into().expect("4 were cut")),
            sidecar_digest: signed[56..88].try_into().expect("32 bytes were cut"),
        };
        let fits = plan.size.checked_add(u64::from(plan.sidecar_bytes)) == Some(at);
        let sound = BodyLayout::new(plan.size, plan.segment, Vec::new()).is_ok()
            && plan.sidecar_bytes as usize <= LARGEST_SIDECAR;
        if fits && sound && signed[24..56] == key.0 {
            Ok(plan)
        } else {
            Err(damaged())
        }
    }
}

/// Reads the sidecar of `plan`; `None` when it is not what was written.
pub(super) fn sidecar(file: &File, plan: &Plan) -> Result<Option<Vec<u8>>, BodyError> {
    let mut bytes = vec![0; plan.sidecar_bytes as usize];
    durable::read_at(file, &mut bytes, plan.size)?;
    Ok((sha256(&bytes) == plan.sidecar_digest).then_some(bytes))
}

pub(super) const TRAILER_BYTES: usize = 120;
const MAGIC: &[u8; 6] = b"YCBODY";
const VERSION: u8 = 1;
