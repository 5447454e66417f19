//! Bodies in files: one file per body, written in place, renamed when whole.
//!
//! ```text
//! bodies/lock
//! bodies/<2 hex>/<64 hex>.part   unfinished: body | ends | sidecar | trailer, in full length
//! bodies/<2 hex>/<64 hex>.have   one byte per segment, 1 when it is claimed to be written
//! bodies/<2 hex>/<64 hex>        finished; the same bytes as the part
//!
//! body: the segments, one behind the other
//! ends: for each segment a u64, where it ends in the body
//! trailer (120 bytes): "YCBODY" 2 0 | body size u64 | segments u32 | sidecar length u32
//!                      | key (32) | SHA-256 of ends and sidecar
//!                      | SHA-256 of the trailer before this
//! numbers are big endian
//! ```
//!
//! Where a segment lies is read from the ends by two reads of 8 bytes, so that a body costs no
//! memory between calls but two bytes per segment while it is unfinished.
//!
//! Writing a segment is one `pwrite64` into the part and one of a single byte into the marks,
//! without a sync: two writers of one segment write the same bytes. Finishing is one `fsync` of
//! the part, a `rename`, and one `fsync` of the folder. A big body is also synced whenever
//! another 64 MiB of it were written, so that finishing need not wait for all of it.
//!
//! It never trusts marks from before a restart (a power cut may keep the mark and lose the
//! segment), never renames a file that is not synced, and keeps no file open between calls.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use crate::bodies::{
    Begun, Bodies, BodyError, BodyKey, BodyLayout, PartState, SegmentSet, check_index,
    check_length, check_range, check_there,
};
use crate::durable::{self, DirectoryLock};

mod gates;
mod trailer;

use gates::{Gates, Phase, Shared, Upload};
use trailer::{BodyFile, Plan};

/// Bodies in a folder of this computer.
pub struct FileBodies {
    folder: PathBuf,
    gates: Gates,
    /// The sync of a folder failed: names in it may not be durable.
    poisoned: AtomicBool,
    _lock: DirectoryLock,
}

impl FileBodies {
    /// Opens the bodies in `folder`, or makes the folder. Refused when somebody else has it open.
    pub fn open(folder: &Path) -> Result<Self, BodyError> {
        durable::create_directory(folder)?;
        let lock = DirectoryLock::acquire(folder)?.ok_or(BodyError::Locked)?;
        durable::create_directories(folder, (0..=u8::MAX).map(|byte| format!("{byte:02x}")))?;
        Ok(Self {
            folder: folder.to_owned(),
            gates: Gates::default(),
            poisoned: AtomicBool::new(false),
            _lock: lock,
        })
    }

    fn sound(&self) -> Result<(), BodyError> {
        if self.poisoned.load(Ordering::Acquire) {
            Err(BodyError::Poisoned)
        } else {
            Ok(())
        }
    }

    fn shard(&self, key: &BodyKey) -> PathBuf {
        self.folder.join(format!("{:02x}", key.0[0]))
    }

    fn whole_path(&self, key: &BodyKey) -> PathBuf {
        self.shard(key).join(key.to_string())
    }

    fn part_path(&self, key: &BodyKey) -> PathBuf {
        self.shard(key).join(format!("{key}.part"))
    }

    fn marks_path(&self, key: &BodyKey) -> PathBuf {
        self.shard(key).join(format!("{key}.have"))
    }

    fn find_whole(&self, key: &BodyKey) -> Result<Option<BodyFile>, BodyError> {
        BodyFile::find(&self.whole_path(key), key)
    }

    fn open_part(&self, key: &BodyKey, upload: &Upload) -> Result<BodyFile, BodyError> {
        let file = durable::open_file(&self.part_path(key))?;
        Ok(BodyFile::of_part(file, upload.plan, key))
    }

    fn load(&self, key: &BodyKey) -> Result<Phase, BodyError> {
        if let Some(whole) = self.find_whole(key)? {
            return Ok(Phase::Finished(whole.plan));
        }
        let plan = match BodyFile::find(&self.part_path(key), key) {
            Ok(Some(part)) if part.layout().is_ok() => part.plan,
            // A part that a crash left without its ends, sidecar or trailer is begun anew.
            Ok(_) | Err(BodyError::Corrupt(_)) => return Ok(Phase::Absent),
            Err(error) => return Err(error),
        };
        let marks = match std::fs::read(self.marks_path(key)) {
            Ok(marks) => marks,
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        let mut upload = Upload::new(plan);
        let progress = upload
            .progress
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        for (claimed, mark) in progress.claimed.iter_mut().zip(marks) {
            *claimed = mark == 1;
        }
        Ok(Phase::Open(upload))
    }

    fn create(&self, key: &BodyKey, layout: &BodyLayout, plan: Plan) -> Result<(), BodyError> {
        self.discard(key)?;
        let file = durable::create_file(&self.part_path(key))?;
        // The full length at once: a sparse file, of which the blocks come with the segments.
        let written = durable::write_at(&file, &plan.tail(key, layout), layout.size());
        if let Err(error) = written {
            self.discard(key)?;
            return Err(error.into());
        }
        Ok(())
    }

    fn discard(&self, key: &BodyKey) -> Result<bool, BodyError> {
        let marks = durable::remove_if_present(&self.marks_path(key))?;
        Ok(durable::remove_if_present(&self.part_path(key))? || marks)
    }

    fn sync_shard(&self, key: &BodyKey) -> Result<(), BodyError> {
        durable::sync_directory(&self.shard(key)).map_err(|error| {
            self.poisoned.store(true, Ordering::Release);
            error.into()
        })
    }

    fn complete(&self, key: &BodyKey, phase: &mut Phase) -> Result<(), BodyError> {
        let Phase::Open(upload) = phase else {
            return Err(BodyError::NotBegun);
        };
        let plan = upload.plan;
        let progress = upload
            .progress
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        let missing = || progress.written.iter().filter(|written| !**written).count();
        if let Some(first) = (0..).zip(&progress.written).find(|(_, written)| !**written) {
            return Err(BodyError::Incomplete {
                first: first.0,
                missing: missing(),
            });
        }
        let part = self.part_path(key);
        let file = durable::open_file(&part)?;
        let synced = file.sync_all();
        if progress.spoiled || synced.is_err() {
            *phase = Phase::Absent;
            self.discard(key)?;
            synced?;
            return Err(BodyError::Spoiled);
        }
        std::fs::rename(&part, self.whole_path(key))?;
        *phase = Phase::Finished(plan);
        self.sync_shard(key)?;
        durable::remove_if_present(&self.marks_path(key))?;
        Ok(())
    }

    /// Writes one segment and its mark, and syncs when much waits for it.
    fn put(
        &self,
        key: &BodyKey,
        upload: &Upload,
        index: u32,
        bytes: &[u8],
    ) -> Result<(), BodyError> {
        check_index(index, upload.plan.segments)?;
        let part = self.open_part(key, upload)?;
        let place = part.place(index)?;
        check_length(index, &place, bytes.len())?;
        let at = index as usize;
        if upload.progress().written[at] {
            return Ok(());
        }
        durable::write_at(&part.file, bytes, place.start)?;
        let marks = durable::open_or_create_file(&self.marks_path(key))?;
        durable::write_at(&marks, &[1], u64::from(index))?;
        let mut progress = upload.progress();
        progress.written[at] = true;
        progress.unsynced_bytes += bytes.len() as u64;
        if progress.unsynced_bytes < SYNCED_EACH_BYTES {
            return Ok(());
        }
        progress.unsynced_bytes = 0;
        drop(progress);
        part.file.sync_data().map_err(|error| {
            upload.progress().spoiled = true;
            error.into()
        })
    }

    /// Removes the part of `key` if it is still older than `older_than` when nobody else uses it.
    fn sweep_one(&self, key: &BodyKey, older_than: SystemTime) -> Result<bool, BodyError> {
        self.gates.alone(
            key,
            || self.load(key),
            |phase| {
                let old = is_older(&self.part_path(key), older_than)?;
                match (old, &*phase) {
                    (Some(false), _) => Ok(false),
                    (Some(true), _) => {
                        *phase = Phase::Absent;
                        self.discard(key)
                    }
                    // Marks that a crash left behind.
                    (None, _) => {
                        durable::remove_if_present(&self.marks_path(key))?;
                        Ok(false)
                    }
                }
            },
        )
    }
}

impl Bodies for FileBodies {
    fn begin(&self, key: &BodyKey, layout: &BodyLayout) -> Result<Begun, BodyError> {
        self.sound()?;
        let wanted = Plan::of(layout);
        self.gates.alone(
            key,
            || self.load(key),
            |phase| {
                let (begun, found) = match phase {
                    Phase::Open(upload) => (Begun::Unfinished, upload.plan),
                    Phase::Finished(plan) => (Begun::Finished, *plan),
                    _ => {
                        self.create(key, layout, wanted)?;
                        *phase = Phase::Open(Upload::new(wanted));
                        return Ok(Begun::New);
                    }
                };
                if found == wanted {
                    Ok(begun)
                } else {
                    Err(BodyError::LayoutDiffers)
                }
            },
        )
    }

    fn part(&self, key: &BodyKey) -> Result<Option<PartState>, BodyError> {
        let found = self.gates.shared(
            key,
            || self.load(key),
            |upload| {
                let layout = self.open_part(key, upload)?.layout()?;
                let progress = upload.progress();
                Ok(PartState {
                    layout,
                    written: SegmentSet::new(progress.written.clone()),
                    claimed: SegmentSet::new(progress.claimed.clone()),
                })
            },
        );
        match found {
            Ok(Shared::Done(state)) => Ok(Some(state)),
            Ok(Shared::Finished) | Err(BodyError::NotBegun) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn write_segment(&self, key: &BodyKey, index: u32, bytes: &[u8]) -> Result<(), BodyError> {
        self.sound()?;
        match self.gates.shared(
            key,
            || self.load(key),
            |upload| self.put(key, upload, index, bytes),
        )? {
            Shared::Done(()) => Ok(()),
            Shared::Finished => {
                // None when somebody deleted it just now.
                let whole = self.find_whole(key)?.ok_or(BodyError::NotBegun)?;
                check_length(index, &whole.place(index)?, bytes.len())
            }
        }
    }

    fn read_part(&self, key: &BodyKey, offset: u64, len: u32) -> Result<Vec<u8>, BodyError> {
        let read = self.gates.shared(
            key,
            || self.load(key),
            |upload| {
                check_range(upload.plan.size, offset, len)?;
                let part = self.open_part(key, upload)?;
                check_there(part.touched(offset, len)?, |index| upload.is_there(index))?;
                part.read(offset, len)
            },
        )?;
        read.of_part()
    }

    fn read_part_segment(&self, key: &BodyKey, index: u32) -> Result<Vec<u8>, BodyError> {
        let read = self.gates.shared(
            key,
            || self.load(key),
            |upload| {
                check_index(index, upload.plan.segments)?;
                check_there(index..index + 1, |index| upload.is_there(index))?;
                self.open_part(key, upload)?.read_segment(index)
            },
        )?;
        read.of_part()
    }

    fn confirm_segment(&self, key: &BodyKey, index: u32) -> Result<(), BodyError> {
        let confirmed = self.gates.shared(
            key,
            || self.load(key),
            |upload| {
                let mut progress = upload.progress();
                let at = index as usize;
                match (progress.written.get(at), progress.claimed.get(at)) {
                    (Some(true), _) => Ok(()),
                    (_, Some(true)) => {
                        progress.claimed[at] = false;
                        progress.written[at] = true;
                        Ok(())
                    }
                    _ => Err(BodyError::NotWritten { index }),
                }
            },
        )?;
        confirmed.of_part()
    }

    fn finish(&self, key: &BodyKey) -> Result<(), BodyError> {
        self.sound()?;
        self.gates.alone(
            key,
            || self.load(key),
            |phase| match phase {
                // Whoever renamed it may have died before the sync of the folder.
                Phase::Finished(_) => self.sync_shard(key),
                _ => self.complete(key, phase),
            },
        )
    }

    fn layout(&self, key: &BodyKey) -> Result<Option<BodyLayout>, BodyError> {
        self.find_whole(key)?
            .map(|whole| whole.layout())
            .transpose()
    }

    fn size(&self, key: &BodyKey) -> Result<Option<u64>, BodyError> {
        Ok(self.find_whole(key)?.map(|whole| whole.plan.size))
    }

    fn read(&self, key: &BodyKey, offset: u64, len: u32) -> Result<Vec<u8>, BodyError> {
        let whole = self.find_whole(key)?.ok_or(BodyError::NotFound)?;
        check_range(whole.plan.size, offset, len)?;
        whole.read(offset, len)
    }

    fn read_segment(&self, key: &BodyKey, index: u32) -> Result<Vec<u8>, BodyError> {
        let whole = self.find_whole(key)?.ok_or(BodyError::NotFound)?;
        whole.read_segment(index)
    }

    fn delete(&self, key: &BodyKey) -> Result<bool, BodyError> {
        self.sound()?;
        let removed = || {
            let whole = durable::remove_if_present(&self.whole_path(key))?;
            let unfinished = self.discard(key)?;
            self.sync_shard(key)?;
            Ok(whole || unfinished)
        };
        // Without a look at what is there: what is damaged can be deleted too.
        self.gates.empty(key, removed)
    }

    fn sweep(&self, older_than: SystemTime) -> Result<Vec<BodyKey>, BodyError> {
        let mut swept = Vec::new();
        for byte in 0..=u8::MAX {
            for entry in std::fs::read_dir(self.folder.join(format!("{byte:02x}")))? {
                let name = entry?.file_name();
                let key = name.to_str().and_then(unfinished_key);
                if let Some(key) = key
                    && self.sweep_one(&key, older_than)?
                {
                    swept.push(key);
                }
            }
        }
        Ok(swept)
    }
}

/// How much of a big body may wait for a sync: at 375 MB/s a sixth of a second.
const SYNCED_EACH_BYTES: u64 = 64 << 20;

/// Whether the file was last written before `than`; `None` when there is none.
fn is_older(path: &Path, than: SystemTime) -> Result<Option<bool>, BodyError> {
    match std::fs::metadata(path) {
        Ok(metadata) => Ok(Some(metadata.modified()? < than)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The key in the name of a part or of marks.
fn unfinished_key(name: &str) -> Option<BodyKey> {
    let digits = name
        .strip_suffix(".part")
        .or_else(|| name.strip_suffix(".have"))?;
    let lower = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if digits.len() != 64 || !digits.bytes().all(lower) {
        return None;
    }
    let mut key = [0; 32];
    for (at, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(BodyKey(key))
}

#[cfg(test)]
mod tests;
