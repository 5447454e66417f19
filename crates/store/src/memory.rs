//! Records, bodies and the last record in memory, on a disk that can be told to fail.
//!
//! A [`MemoryDisk`] stands for the disk: handles opened on it come and go, as processes do, and
//! what was durable stays. [`MemoryDisk::crash`] ends every handle at once. It keeps the same
//! promises as the backends on disk (the same conformance cases run over it) and never fails
//! unless it was told to.

use std::collections::BTreeMap;
use std::io;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use crate::batch::{Batch, Change};
use crate::contract::{
    CommitRefused, Pair, Precondition, Schema, Store, StoreError, Table, View, is_nothing,
};
use crate::faults::{Fault, Faults, Step};
use crate::format::{self, Admission};
use crate::last_record::{LONGEST_RECORD, LastRecord, RecordError};
use crate::memory_bodies::{BodyShelf, MemoryBodies};

/// A disk in memory. Clones are the same disk.
#[derive(Clone, Default)]
pub struct MemoryDisk {
    state: Arc<Mutex<DiskState>>,
    faults: Faults,
}

#[derive(Default)]
pub(crate) struct DiskState {
    /// Counts crashes; a handle from before the last one is dead.
    pub(crate) generation: u64,
    pub(crate) bodies: BodyShelf,
    /// The time at which bodies are written; `None` is this computer's.
    pub(crate) clock: Option<SystemTime>,
    records: Kept<Image>,
    last_record: Kept<Option<Vec<u8>>>,
    version: Option<u32>,
    store_is_open: bool,
}

/// Something that is kept on the disk, and what a crash or a new opening makes of it.
#[derive(Default)]
struct Kept<T> {
    /// What readers see now.
    seen: T,
    /// What was kept by a step that reported an error: seen from the next opening on.
    unseen: Option<T>,
    /// What a crash falls back to, since a step that was [`Fault::LostAtCrash`].
    after_crash: Option<T>,
}

impl<T: Clone> Kept<T> {
    fn open(&mut self) {
        if let Some(unseen) = self.unseen.take() {
            self.seen = unseen;
        }
    }

    fn crash(&mut self) {
        self.open();
        if let Some(older) = self.after_crash.take() {
            self.seen = older;
        }
    }

    /// Takes a step to `next`; the error code is the one an operating system gives.
    fn step(&mut self, fault: Option<Fault>, next: impl FnOnce(&mut T)) -> Result<(), i32> {
        match fault {
            None => next(&mut self.seen),
            Some(Fault::LostAtCrash) => {
                if self.after_crash.is_none() {
                    self.after_crash = Some(self.seen.clone());
                }
                next(&mut self.seen);
            }
            Some(Fault::PersistedButError) => {
                let mut unseen = self.seen.clone();
                next(&mut unseen);
                self.unseen = Some(unseen);
                return Err(EIO);
            }
            Some(Fault::NotPersisted) => return Err(EIO),
            Some(Fault::NoSpace) => return Err(ENOSPC),
        }
        Ok(())
    }
}

/// Tables are shared with the views of them and copied when they change under a view.
type Image = BTreeMap<Table, Arc<BTreeMap<Vec<u8>, Arc<[u8]>>>>;

impl MemoryDisk {
    /// An empty disk that does not fail.
    pub fn new() -> Self {
        Self::default()
    }

    /// The orders for failures of this disk.
    pub fn faults(&self) -> Faults {
        self.faults.clone()
    }

    /// Opens the store of records on this disk; refused while another handle has it open.
    pub fn store(&self, schema: Schema) -> Result<Memory, StoreError> {
        let mut state = self.lock();
        if state.store_is_open {
            return Err(StoreError::Locked);
        }
        let admission = match state.version {
            None => Admission::Fresh,
            Some(found) => format::admit(found, &schema)?,
        };
        if admission != Admission::Same {
            state.version = Some(schema.version);
        }
        state.records.open();
        state.store_is_open = true;
        let generation = state.generation;
        drop(state);
        Ok(Memory {
            disk: self.clone(),
            schema,
            generation,
            poisoned: Mutex::new(false),
        })
    }

    /// Opens the bodies on this disk, as after a restart; refused while another handle has them.
    pub fn bodies(&self) -> Result<MemoryBodies, crate::BodyError> {
        MemoryBodies::open(self.clone())
    }

    /// Opens the last record on this disk.
    pub fn last_record(&self) -> MemoryRecord {
        let mut state = self.lock();
        state.last_record.open();
        let generation = state.generation;
        drop(state);
        MemoryRecord {
            disk: self.clone(),
            generation,
            poisoned: Mutex::new(false),
        }
    }

    /// Takes the power away: every handle is dead, and what was not durable is gone.
    ///
    /// Of unfinished bodies every second segment is lost while its claim is kept, which a real
    /// disk may do.
    pub fn crash(&self) {
        let mut state = self.lock();
        state.generation += 1;
        state.store_is_open = false;
        state.records.crash();
        state.last_record.crash();
        state.bodies.crash();
    }

    /// Sets the time at which bodies are written from now on, for simulated time.
    pub fn set_clock(&self, now: SystemTime) {
        self.lock().clock = Some(now);
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, DiskState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A store of records on a [`MemoryDisk`]. Dropping it closes it.
pub struct Memory {
    disk: MemoryDisk,
    schema: Schema,
    generation: u64,
    poisoned: Mutex<bool>,
}

impl Store for Memory {
    fn view(&self) -> Result<Box<dyn View>, StoreError> {
        let state = self.disk.lock();
        if state.generation != self.generation {
            return Err(StoreError::Poisoned);
        }
        Ok(Box::new(MemoryView {
            image: state.records.seen.clone(),
            schema: self.schema,
        }))
    }

    fn commit(&self, batch: Batch, preconditions: &[Precondition]) -> Result<(), CommitRefused> {
        let changes = batch.settle(&self.schema, preconditions)?;
        let mut poisoned = self.poisoned.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = self.disk.lock();
        if *poisoned || state.generation != self.generation {
            return Err(CommitRefused::Poisoned);
        }
        for (index, condition) in preconditions.iter().enumerate() {
            let (table, key) = condition.place();
            let found = state
                .records
                .seen
                .get(&table)
                .and_then(|table| table.get(key));
            if !condition.holds(found.map(|value| &**value)) {
                return Err(CommitRefused::PreconditionFailed {
                    index,
                    table: table.name(),
                });
            }
        }
        if changes.is_empty() {
            return Ok(());
        }
        let fault = self.disk.faults.take(Step::Commit);
        state
            .records
            .step(fault, |image| apply(image, changes))
            .map_err(|code| {
                *poisoned = true;
                match io::Error::from_raw_os_error(code).into() {
                    StoreError::NoSpace => CommitRefused::NoSpace,
                    error => CommitRefused::Failed(error),
                }
            })
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        let mut state = self.disk.lock();
        if state.generation == self.generation {
            state.store_is_open = false;
        }
    }
}

fn apply(image: &mut Image, changes: BTreeMap<(Table, Vec<u8>), Change>) {
    for ((table, key), change) in changes {
        let pairs = Arc::make_mut(image.entry(table).or_default());
        match change {
            Change::Put(value) => pairs.insert(key, value.into()),
            Change::Delete => pairs.remove(&key),
        };
    }
}

struct MemoryView {
    image: Image,
    schema: Schema,
}

impl MemoryView {
    fn pairs(
        &self,
        table: Table,
        from: Bound<&[u8]>,
        to: Bound<&[u8]>,
    ) -> Result<impl DoubleEndedIterator<Item = Pair> + '_, StoreError> {
        if !self.schema.knows(table) {
            return Err(StoreError::UnknownTable(table.name()));
        }
        let pairs = self.image.get(&table).filter(|_| !is_nothing(from, to));
        let within = pairs.map(|pairs| pairs.range::<[u8], _>((from, to)));
        Ok(within
            .into_iter()
            .flatten()
            .map(|(key, value)| (key.clone(), value.to_vec())))
    }
}

impl View for MemoryView {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self
            .last(table, Bound::Included(key), Bound::Included(key))?
            .map(|pair| pair.1))
    }

    fn range(
        &self,
        table: Table,
        from: Bound<&[u8]>,
        to: Bound<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Pair>, StoreError> {
        Ok(self.pairs(table, from, to)?.take(limit).collect())
    }

    fn last(
        &self,
        table: Table,
        from: Bound<&[u8]>,
        to: Bound<&[u8]>,
    ) -> Result<Option<Pair>, StoreError> {
        Ok(self.pairs(table, from, to)?.next_back())
    }
}

/// The last record on a [`MemoryDisk`].
pub struct MemoryRecord {
    disk: MemoryDisk,
    generation: u64,
    poisoned: Mutex<bool>,
}

impl LastRecord for MemoryRecord {
    fn load(&self) -> Result<Option<Vec<u8>>, RecordError> {
        let poisoned = self.poisoned.lock().unwrap_or_else(PoisonError::into_inner);
        let state = self.disk.lock();
        if *poisoned || state.generation != self.generation {
            return Err(RecordError::Poisoned);
        }
        Ok(state.last_record.seen.clone())
    }

    fn store(&self, record: &[u8]) -> Result<(), RecordError> {
        if record.len() > LONGEST_RECORD {
            return Err(RecordError::TooLong {
                bytes: record.len(),
            });
        }
        let mut poisoned = self.poisoned.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = self.disk.lock();
        if *poisoned || state.generation != self.generation {
            return Err(RecordError::Poisoned);
        }
        let fault = self.disk.faults.take(Step::StoreRecord);
        let step = state
            .last_record
            .step(fault, |seen| *seen = Some(record.to_vec()));
        step.map_err(|code| {
            *poisoned = true;
            io::Error::from_raw_os_error(code).into()
        })
    }
}

/// Linux's codes for a failed input or output and for a full disk.
pub(crate) const EIO: i32 = 5;
pub(crate) const ENOSPC: i32 = 28;
