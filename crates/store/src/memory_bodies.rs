//! Bodies on a [`MemoryDisk`], with the promises of the bodies in files and failures to order.
//!
//! It keeps only the segments that were written, so that a layout of a huge body costs nothing.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use crate::bodies::{
    Begun, Bodies, BodyError, BodyKey, BodyLayout, PartState, SegmentSet, check_index,
    check_length, check_range, check_there,
};
use crate::faults::{Fault, Step};
use crate::memory::{DiskState, EIO, ENOSPC, MemoryDisk};

/// The bodies of a disk.
#[derive(Default)]
pub(crate) struct BodyShelf {
    bodies: BTreeMap<BodyKey, MemoryBody>,
    is_open: bool,
    /// Since a finish that was [`Fault::LostAtCrash`]: no finish is durable.
    loses: bool,
}

struct MemoryBody {
    layout: BodyLayout,
    segments: BTreeMap<u32, (Vec<u8>, Trust)>,
    phase: Phase,
    last_written: SystemTime,
}

/// What is known of a segment that is there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trust {
    Written,
    Claimed,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Unfinished,
    /// Whole, but a crash makes it unfinished again.
    FinishedUntilCrash,
    Finished,
}

impl BodyShelf {
    pub(crate) fn crash(&mut self) {
        self.is_open = false;
        self.loses = false;
        for body in self
            .bodies
            .values_mut()
            .filter(|body| body.phase != Phase::Finished)
        {
            body.phase = Phase::Unfinished;
            for (index, (bytes, _)) in &mut body.segments {
                if index % 2 == 1 {
                    bytes.fill(0);
                }
            }
        }
    }

    fn unfinished(&mut self, key: &BodyKey) -> Result<&mut MemoryBody, BodyError> {
        let body = self.bodies.get_mut(key).ok_or(BodyError::NotBegun)?;
        if body.phase == Phase::Unfinished {
            Ok(body)
        } else {
            Err(BodyError::NotBegun)
        }
    }

    fn finished(&self, key: &BodyKey) -> Option<&MemoryBody> {
        self.bodies
            .get(key)
            .filter(|body| body.phase != Phase::Unfinished)
    }
}

impl MemoryBody {
    fn marks(&self, trust: Trust) -> SegmentSet {
        let marked = |index| {
            self.segments
                .get(&index)
                .is_some_and(|segment| segment.1 == trust)
        };
        SegmentSet::new((0..self.layout.segments()).map(marked).collect())
    }

    /// Bytes of a range whose segments are all there.
    fn bytes(&self, offset: u64, len: u32) -> Result<Vec<u8>, BodyError> {
        let end = offset + u64::from(len);
        let mut bytes = Vec::with_capacity(len as usize);
        for index in self.layout.touched(offset, len)? {
            let place = self.layout.place(index)?;
            let (stored, _) = &self.segments[&index];
            let (from, to) = (offset.max(place.start), end.min(place.end));
            bytes.extend_from_slice(&stored[within(from - place.start)..within(to - place.start)]);
        }
        Ok(bytes)
    }

    fn segment(&self, index: u32) -> Result<Vec<u8>, BodyError> {
        check_index(index, self.layout.segments())?;
        let segment = self.segments.get(&index);
        segment
            .map(|(bytes, _)| bytes.clone())
            .ok_or(BodyError::NotWritten { index })
    }
}

fn within(offset: u64) -> usize {
    usize::try_from(offset).expect("an offset within a segment fits 32 bits")
}

/// The bodies of a [`MemoryDisk`]. Dropping it closes them.
pub struct MemoryBodies {
    disk: MemoryDisk,
    generation: u64,
    poisoned: Mutex<bool>,
}

impl MemoryBodies {
    pub(crate) fn open(disk: MemoryDisk) -> Result<Self, BodyError> {
        let mut state = disk.lock();
        if state.bodies.is_open {
            return Err(BodyError::Locked);
        }
        state.bodies.is_open = true;
        for body in state.bodies.bodies.values_mut() {
            for (_, trust) in body.segments.values_mut() {
                *trust = Trust::Claimed;
            }
        }
        let generation = state.generation;
        drop(state);
        Ok(Self {
            disk,
            generation,
            poisoned: Mutex::new(false),
        })
    }

    fn lock(&self) -> Result<MutexGuard<'_, DiskState>, BodyError> {
        let state = self.disk.lock();
        if state.generation == self.generation {
            Ok(state)
        } else {
            Err(BodyError::Poisoned)
        }
    }

    fn sound(&self) -> Result<MutexGuard<'_, DiskState>, BodyError> {
        if *self.poisoned.lock().unwrap_or_else(PoisonError::into_inner) {
            return Err(BodyError::Poisoned);
        }
        self.lock()
    }
}

impl Drop for MemoryBodies {
    fn drop(&mut self) {
        let mut state = self.disk.lock();
        if state.generation == self.generation {
            state.bodies.is_open = false;
        }
    }
}

impl Bodies for MemoryBodies {
    fn begin(&self, key: &BodyKey, layout: &BodyLayout) -> Result<Begun, BodyError> {
        let mut state = self.sound()?;
        let last_written = state.clock.unwrap_or_else(SystemTime::now);
        let Some(body) = state.bodies.bodies.get(key) else {
            let body = MemoryBody {
                layout: layout.clone(),
                segments: BTreeMap::new(),
                phase: Phase::Unfinished,
                last_written,
            };
            state.bodies.bodies.insert(*key, body);
            return Ok(Begun::New);
        };
        match (body.layout == *layout, body.phase) {
            (false, _) => Err(BodyError::LayoutDiffers),
            (true, Phase::Unfinished) => Ok(Begun::Unfinished),
            (true, _) => Ok(Begun::Finished),
        }
    }

    fn part(&self, key: &BodyKey) -> Result<Option<PartState>, BodyError> {
        let mut state = self.lock()?;
        match state.bodies.unfinished(key) {
            Ok(body) => Ok(Some(PartState {
                layout: body.layout.clone(),
                written: body.marks(Trust::Written),
                claimed: body.marks(Trust::Claimed),
            })),
            Err(_) => Ok(None),
        }
    }

    fn write_segment(&self, key: &BodyKey, index: u32, bytes: &[u8]) -> Result<(), BodyError> {
        let mut state = self.sound()?;
        let now = state.clock.unwrap_or_else(SystemTime::now);
        let body = state
            .bodies
            .bodies
            .get_mut(key)
            .ok_or(BodyError::NotBegun)?;
        check_length(index, &body.layout.place(index)?, bytes.len())?;
        let is_written = body
            .segments
            .get(&index)
            .is_some_and(|segment| segment.1 == Trust::Written);
        if body.phase == Phase::Unfinished && !is_written {
            body.segments
                .insert(index, (bytes.to_vec(), Trust::Written));
            body.last_written = now;
        }
        Ok(())
    }

    fn read_part(&self, key: &BodyKey, offset: u64, len: u32) -> Result<Vec<u8>, BodyError> {
        let mut state = self.lock()?;
        let body = state.bodies.unfinished(key)?;
        check_range(body.layout.size(), offset, len)?;
        let there = |index| body.segments.contains_key(&index);
        check_there(body.layout.touched(offset, len)?, there)?;
        body.bytes(offset, len)
    }

    fn read_part_segment(&self, key: &BodyKey, index: u32) -> Result<Vec<u8>, BodyError> {
        self.lock()?.bodies.unfinished(key)?.segment(index)
    }

    fn confirm_segment(&self, key: &BodyKey, index: u32) -> Result<(), BodyError> {
        let mut state = self.lock()?;
        let body = state.bodies.unfinished(key)?;
        let segment = body
            .segments
            .get_mut(&index)
            .ok_or(BodyError::NotWritten { index })?;
        segment.1 = Trust::Written;
        Ok(())
    }

    fn finish(&self, key: &BodyKey) -> Result<(), BodyError> {
        let mut state = self.sound()?;
        if state.bodies.finished(key).is_some() {
            return Ok(());
        }
        let written = state.bodies.unfinished(key)?.marks(Trust::Written);
        if let Some(first) = written.missing().next() {
            return Err(BodyError::Incomplete {
                first,
                missing: written.missing().count(),
            });
        }
        let fault = self.disk.faults().take(Step::FinishBody);
        let (phase, code) = match fault {
            None => (Phase::Finished, None),
            Some(Fault::LostAtCrash) => {
                state.bodies.loses = true;
                (Phase::FinishedUntilCrash, None)
            }
            Some(Fault::PersistedButError) => {
                *self.poisoned.lock().unwrap_or_else(PoisonError::into_inner) = true;
                (Phase::Finished, Some(EIO))
            }
            Some(Fault::NotPersisted) => (Phase::Unfinished, Some(EIO)),
            Some(Fault::NoSpace) => (Phase::Unfinished, Some(ENOSPC)),
        };
        let loses = state.bodies.loses;
        if phase == Phase::Unfinished {
            state.bodies.bodies.remove(key);
        } else {
            let body = state.bodies.unfinished(key)?;
            body.phase = if loses {
                Phase::FinishedUntilCrash
            } else {
                phase
            };
        }
        code.map_or(
            Ok(()),
            |code| Err(io::Error::from_raw_os_error(code).into()),
        )
    }

    fn layout(&self, key: &BodyKey) -> Result<Option<BodyLayout>, BodyError> {
        Ok(self
            .lock()?
            .bodies
            .finished(key)
            .map(|body| body.layout.clone()))
    }

    fn size(&self, key: &BodyKey) -> Result<Option<u64>, BodyError> {
        Ok(self
            .lock()?
            .bodies
            .finished(key)
            .map(|body| body.layout.size()))
    }

    fn read(&self, key: &BodyKey, offset: u64, len: u32) -> Result<Vec<u8>, BodyError> {
        let state = self.lock()?;
        let body = state.bodies.finished(key).ok_or(BodyError::NotFound)?;
        check_range(body.layout.size(), offset, len)?;
        body.bytes(offset, len)
    }

    fn read_segment(&self, key: &BodyKey, index: u32) -> Result<Vec<u8>, BodyError> {
        let state = self.lock()?;
        let body = state.bodies.finished(key).ok_or(BodyError::NotFound)?;
        body.segment(index)
    }

    fn delete(&self, key: &BodyKey) -> Result<bool, BodyError> {
        Ok(self.sound()?.bodies.bodies.remove(key).is_some())
    }

    fn sweep(&self, older_than: SystemTime) -> Result<Vec<BodyKey>, BodyError> {
        let mut state = self.lock()?;
        let old =
            |body: &MemoryBody| body.phase == Phase::Unfinished && body.last_written < older_than;
        let bodies = &mut state.bodies.bodies;
        let swept: Vec<BodyKey> = bodies
            .iter()
            .filter(|(_, body)| old(body))
            .map(|(key, _)| *key)
            .collect();
        for key in &swept {
            bodies.remove(key);
        }
        Ok(swept)
    }
}
