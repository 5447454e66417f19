//! The last record in a file with two slots that are written in turn.
//!
//! Replacing a file by rename costs two syncs (the file's and the folder's). Here the file is
//! written in full once, when it is made; afterwards a record is one `pwrite64` and one
//! `fdatasync` into the slot that does *not* hold the newest record. A crash in the middle tears
//! only that slot; its digest does not match, and loading takes the other one. No file size and
//! no name changes, so that the sync has no metadata to write.
//!
//! ```text
//! slot k (16 KiB each, k = sequence mod 2):
//!   "YCSLOT" 1 0 | sequence u64 | length u32 | 12 zero bytes | SHA-256 | record
//! numbers are big endian; the SHA-256 is over everything else of this, the record included
//! ```
//!
//! Sequence 0 is written when the file is made and stands for *no record yet*; so one of the
//! slots is always whole, and a file without a whole slot is damaged, not empty.

use std::fs::File;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

use crate::durable;
use crate::last_record::{LONGEST_RECORD, LastRecord, RecordError};

/// The last record in a file of its own.
pub struct SlotFile {
    file: File,
    state: Mutex<State>,
}

enum State {
    /// The newest record and its sequence number; sequence 0 is no record.
    Sound {
        sequence: u64,
        record: Vec<u8>,
    },
    Poisoned,
}

impl SlotFile {
    /// Opens the file at `path`, or makes it.
    ///
    /// Refused when somebody else has it open, when a newer release wrote it, and when it once
    /// held a record but no slot is whole.
    pub fn open(path: &Path) -> Result<Self, RecordError> {
        if !path.try_exists()? {
            let mut fresh = slot_bytes(0, &[]);
            fresh.resize(FILE_BYTES, 0);
            durable::replace_file(path, &fresh)?;
        }
        let file = durable::open_file(path)?;
        if !durable::lock_file(&file)? {
            return Err(RecordError::Locked);
        }
        let (sequence, record) = newest(&file)?;
        Ok(Self {
            file,
            state: Mutex::new(State::Sound { sequence, record }),
        })
    }

    fn write(&self, sequence: u64, record: &[u8]) -> Result<(), RecordError> {
        let offset = if sequence.is_multiple_of(2) {
            0
        } else {
            SLOT_BYTES as u64
        };
        durable::write_at(&self.file, &slot_bytes(sequence, record), offset)?;
        Ok(self.file.sync_data()?)
    }
}

impl LastRecord for SlotFile {
    fn load(&self) -> Result<Option<Vec<u8>>, RecordError> {
        match &*self.state.lock().unwrap_or_else(PoisonError::into_inner) {
            State::Poisoned => Err(RecordError::Poisoned),
            State::Sound { sequence: 0, .. } => Ok(None),
            State::Sound { record, .. } => Ok(Some(record.clone())),
        }
    }

    fn store(&self, record: &[u8]) -> Result<(), RecordError> {
        if record.len() > LONGEST_RECORD {
            return Err(RecordError::TooLong {
                bytes: record.len(),
            });
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State::Sound { sequence, .. } = &*state else {
            return Err(RecordError::Poisoned);
        };
        let sequence = sequence.checked_add(1).ok_or(RecordError::Corrupt)?;
        *state = State::Poisoned;
        self.write(sequence, record)?;
        *state = State::Sound {
            sequence,
            record: record.to_vec(),
        };
        Ok(())
    }
}

const SLOT_BYTES: usize = 16 << 10;
const FILE_BYTES: usize = 2 * SLOT_BYTES;
const HEAD_BYTES: usize = 64;
const DIGEST_AT: usize = 32;
const MAGIC: &[u8; 6] = b"YCSLOT";
const VERSION: u8 = 1;

fn slot_bytes(sequence: u64, record: &[u8]) -> Vec<u8> {
    let length = u32::try_from(record.len()).expect("a record is shorter than a slot");
    let mut bytes = Vec::with_capacity(HEAD_BYTES + record.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&[VERSION, 0]);
    bytes.extend_from_slice(&sequence.to_be_bytes());
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.resize(DIGEST_AT, 0);
    let digest = digest(&bytes, record);
    bytes.extend_from_slice(&digest);
    bytes.extend_from_slice(record);
    bytes
}

fn digest(head: &[u8], record: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update(head)
        .chain_update(record)
        .finalize()
        .into()
}

fn newest(file: &File) -> Result<(u64, Vec<u8>), RecordError> {
    if file.metadata()?.len() != FILE_BYTES as u64 {
        return Err(RecordError::Corrupt);
    }
    let mut bytes = vec![0; FILE_BYTES];
    durable::read_at(file, &mut bytes, 0)?;
    let (first, second) = bytes.split_at(SLOT_BYTES);
    let whole = [parse(first)?, parse(second)?].into_iter().flatten();
    whole
        .max_by_key(|(sequence, _)| *sequence)
        .ok_or(RecordError::Corrupt)
}

/// The slot's record, or `None` when the slot was never written or is torn.
fn parse(slot: &[u8]) -> Result<Option<(u64, Vec<u8>)>, RecordError> {
    let (head, rest) = slot.split_at(HEAD_BYTES);
    let (signed, claimed) = head.split_at(DIGEST_AT);
    let Some(found) = signed.strip_prefix(MAGIC).map(|rest| rest[0]) else {
        return Ok(None);
    };
    // A torn slot cannot show this: a version byte of another value was written by somebody.
    if found > VERSION {
        return Err(RecordError::NewerVersion {
            found,
            supported: VERSION,
        });
    }
    let sequence = u64::from_be_bytes(signed[8..16].try_into().expect("8 bytes were cut"));
    let length = u32::from_be_bytes(signed[16..20].try_into().expect("4 bytes were cut"));
    let Some(record) = usize::try_from(length)
        .ok()
        .and_then(|length| rest.get(..length))
    else {
        return Ok(None);
    };
    if digest(signed, record) == claimed {
        Ok(Some((sequence, record.to_vec())))
    } else {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint");
        (folder, path)
    }

    fn store_all(path: &Path, records: &[&[u8]]) {
        let file = SlotFile::open(path).unwrap();
        for record in records {
            file.store(record).unwrap();
        }
    }

    fn loaded(path: &Path) -> Result<Option<Vec<u8>>, RecordError> {
        SlotFile::open(path)?.load()
    }

    #[test]
    fn a_torn_slot_leaves_the_record_before_it() {
        // Every place at which writing the third record may have stopped.
        for kept in [0, 1, 7, 8, 15, 16, 20, 31, 32, 63, 64, 65, 68] {
            let (_folder, path) = folder();
            store_all(&path, &[b"first", b"second"]);
            let before = std::fs::read(&path).unwrap();
            store_all(&path, &[b"third"]);
            let mut torn = std::fs::read(&path).unwrap();
            let slot = SLOT_BYTES..SLOT_BYTES + HEAD_BYTES + 5;
            torn[slot.start + kept..].copy_from_slice(&before[slot.start + kept..]);
            std::fs::write(&path, &torn).unwrap();
            let found = loaded(&path).unwrap();
            // Up to the sequence number the torn slot is the old one: that is older still.
            assert_eq!(
                found.as_deref(),
                Some(&b"second"[..]),
                "{kept} bytes were written"
            );
        }
    }

    #[test]
    fn any_flipped_bit_of_the_newest_slot_gives_the_one_before_or_a_refusal() {
        let (_folder, path) = folder();
        store_all(&path, &[b"first", b"second"]);
        let good = std::fs::read(&path).unwrap();
        for bit in 0..(HEAD_BYTES + 6) * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            std::fs::write(&path, &bad).unwrap();
            match loaded(&path) {
                Ok(found) => assert_eq!(found.as_deref(), Some(&b"first"[..]), "bit {bit}"),
                Err(RecordError::NewerVersion { .. }) => assert_eq!(bit / 8, 6, "bit {bit}"),
                Err(error) => panic!("bit {bit}: {error}"),
            }
        }
    }

    #[test]
    fn a_file_that_lost_both_slots_or_its_length_is_damaged_and_never_empty() {
        let cases: [(&str, Vec<u8>); 5] = [
            ("no bytes", Vec::new()),
            ("zeros", vec![0; FILE_BYTES]),
            ("one slot", slot_bytes(0, &[])),
            ("longer", vec![0; FILE_BYTES + 1]),
            (
                "text",
                b"checkpoint".repeat(FILE_BYTES / 10 + 1)[..FILE_BYTES].to_vec(),
            ),
        ];
        for (name, bytes) in cases {
            let (_folder, path) = folder();
            std::fs::write(&path, bytes).unwrap();
            let answer = loaded(&path);
            assert!(
                matches!(answer, Err(RecordError::Corrupt)),
                "{name}: {answer:?}"
            );
        }
    }

    #[test]
    fn a_slot_of_a_newer_release_is_refused() {
        let (_folder, path) = folder();
        store_all(&path, &[b"first"]);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[SLOT_BYTES + 6] = 2;
        std::fs::write(&path, &bytes).unwrap();
        let answer = loaded(&path);
        let expected = matches!(answer, Err(RecordError::NewerVersion { found: 2, .. }));
        assert!(expected, "{answer:?}");
    }

    #[test]
    fn two_handles_cannot_have_one_file() {
        let (_folder, path) = folder();
        let held = SlotFile::open(&path).unwrap();
        assert!(matches!(SlotFile::open(&path), Err(RecordError::Locked)));
        drop(held);
        assert!(SlotFile::open(&path).is_ok());
    }
}
