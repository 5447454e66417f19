//! Records in an embedded engine, fjall 3 (`docs/decisions/0001-embedded-store.md`).
//!
//! The folder of a store holds `lock`, `format` (the version record) and `db` (the engine's
//! files). Every commit is one write batch with `PersistMode::SyncAll`: one append to a journal
//! that is sized in advance and one `fsync`. There is one writer at a time; whoever has many
//! changes at once puts them into one batch, which costs one sync.
//!
//! It never compresses or looks into values (bodies are encrypted and do not compress), never
//! writes without a sync, and never goes on after the engine reported an error of a write.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use fjall::{
    CompressionType, Database, Keyspace, KeyspaceCreateOptions, KvSeparationOptions, PersistMode,
    Readable, Snapshot,
};

use crate::batch::{Batch, Change, LONGEST_KEY};
use crate::contract::{
    CommitRefused, Pair, Precondition, Schema, Store, StoreError, Table, TableKind, View,
    is_nothing,
};
use crate::durable::{self, DirectoryLock};
use crate::format::{self, Admission};

/// A store of records in a folder of this computer.
pub struct Embedded {
    database: Database,
    tables: Arc<BTreeMap<Table, Keyspace>>,
    schema: Schema,
    /// Held from the check of the preconditions to the end of the sync.
    writer: Mutex<Writer>,
    /// Last, so that the engine is closed before somebody else may open the folder.
    _lock: DirectoryLock,
}

enum Writer {
    Sound,
    /// A write or sync failed: what is on disk is unknown until the store is opened again.
    Poisoned,
}

/// How much memory the engine may use: the cache, and what each table collects, of which one more
/// may be on its way to disk.
///
/// The defaults are for thirteen small and three large tables in a process that stays within
/// 96 MiB. Committing 38,400 bodies of 16 KiB, each with six records of 300 bytes over all small
/// tables, 64 to a batch and as fast as it goes, peaked at 49 to 65 MiB resident. With four times
/// as much per table it peaked at 148 MiB and took a tenth less time.
#[derive(Clone, Copy, Debug)]
pub struct EmbeddedSettings {
    /// Bytes of blocks read from disk that are kept in memory.
    pub cache_bytes: u64,
    /// Bytes of changes that one table of small values collects in memory before they are
    /// written to a sorted file.
    pub small_table_bytes: u64,
    /// The same for a table of large values.
    pub large_table_bytes: u64,
}

impl Default for EmbeddedSettings {
    fn default() -> Self {
        Self {
            cache_bytes: 16 << 20,
            small_table_bytes: 1 << 20,
            large_table_bytes: 4 << 20,
        }
    }
}

impl Embedded {
    /// Opens the store in `folder`, or makes one where there is none, with the default settings.
    ///
    /// Refused when another process has it, when a newer release wrote it, or when the folder
    /// holds an engine without a version record.
    pub fn open(folder: &Path, schema: Schema) -> Result<Self, StoreError> {
        Self::open_with(folder, schema, EmbeddedSettings::default())
    }

    /// Opens the store as [`Embedded::open`] does, with `settings`. Table sizes apply to tables
    /// that do not exist yet; the engine keeps those of the others.
    pub fn open_with(
        folder: &Path,
        schema: Schema,
        settings: EmbeddedSettings,
    ) -> Result<Self, StoreError> {
        durable::create_directory(folder)?;
        let lock = DirectoryLock::acquire(folder)?.ok_or(StoreError::Locked)?;
        let engine = folder.join("db");
        let admission = format::read(folder, &schema)?;
        prepare(&engine, &admission)?;
        let database = Database::builder(&engine)
            .cache_size(settings.cache_bytes)
            .journal_compression(CompressionType::None)
            .open()
            .map_err(from_engine)?;
        let mut tables = BTreeMap::new();
        for table in schema.tables {
            let keyspace = database
                .keyspace(table.name(), || options(table.kind(), settings))
                .map_err(from_engine)?;
            tables.insert(*table, keyspace);
        }
        durable::sync_directory(folder)?;
        let store = Self {
            database,
            tables: Arc::new(tables),
            schema,
            writer: Mutex::new(Writer::Sound),
            _lock: lock,
        };
        if admission == Admission::Fresh && !store.is_empty()? {
            return Err(StoreError::Corrupt("the version record is missing".into()));
        }
        if admission != Admission::Same {
            format::write(folder, &schema)?;
        }
        Ok(store)
    }

    fn is_empty(&self) -> Result<bool, StoreError> {
        let view = self.snapshot();
        for table in self.schema.tables {
            if view
                .last(*table, Bound::Unbounded, Bound::Unbounded)?
                .is_some()
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Checks and writes while the writer is held.
    fn write(
        &self,
        changes: BTreeMap<(Table, Vec<u8>), Change>,
        preconditions: &[Precondition],
        writer: &mut Writer,
    ) -> Result<(), CommitRefused> {
        let view = self.snapshot();
        for (index, condition) in preconditions.iter().enumerate() {
            let (table, key) = condition.place();
            let found = view.get(table, key).map_err(CommitRefused::Unreadable)?;
            if !condition.holds(found.as_deref()) {
                return Err(CommitRefused::PreconditionFailed {
                    index,
                    table: table.name(),
                });
            }
        }
        drop(view);
        if changes.is_empty() {
            return Ok(());
        }
        let mut engine_batch = self.database.batch().durability(Some(PersistMode::SyncAll));
        for ((table, key), change) in changes {
            let keyspace = self.tables.get(&table);
            let keyspace = keyspace.ok_or(CommitRefused::UnknownTable(table.name()))?;
            match change {
                Change::Put(value) => engine_batch.insert(keyspace, key, value),
                Change::Delete => engine_batch.remove(keyspace, key),
            }
        }
        // Poisoned beforehand, so that a panic inside the engine poisons too.
        *writer = Writer::Poisoned;
        match engine_batch.commit().map_err(from_engine) {
            Ok(()) => {
                *writer = Writer::Sound;
                Ok(())
            }
            Err(StoreError::Poisoned) => Err(CommitRefused::Poisoned),
            Err(StoreError::NoSpace) => Err(CommitRefused::NoSpace),
            Err(error) => Err(CommitRefused::Failed(error)),
        }
    }

    fn snapshot(&self) -> EmbeddedView {
        EmbeddedView {
            snapshot: self.database.snapshot(),
            tables: Arc::clone(&self.tables),
        }
    }
}

impl Store for Embedded {
    fn view(&self) -> Result<Box<dyn View>, StoreError> {
        Ok(Box::new(self.snapshot()))
    }

    fn commit(&self, batch: Batch, preconditions: &[Precondition]) -> Result<(), CommitRefused> {
        let changes = batch.settle(&self.schema, preconditions)?;
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        match *writer {
            Writer::Poisoned => Err(CommitRefused::Poisoned),
            Writer::Sound => self.write(changes, preconditions, &mut writer),
        }
    }
}

/// Looks whether the engine's files are what the version record says.
///
/// The version record is written last, so that a store which has one was made completely, and
/// one without is either new, or its making was interrupted, or it lost its version record.
fn prepare(engine: &Path, admission: &Admission) -> Result<(), StoreError> {
    // The engine's own mark that it was made completely.
    let is_made = engine.join("version").try_exists()?;
    match (admission, is_made) {
        (Admission::Fresh, false) if engine.try_exists()? => Ok(std::fs::remove_dir_all(engine)?),
        (Admission::Fresh, _) | (_, true) => Ok(()),
        (_, false) => Err(StoreError::Corrupt("the engine's files are missing".into())),
    }
}

struct EmbeddedView {
    snapshot: Snapshot,
    tables: Arc<BTreeMap<Table, Keyspace>>,
}

impl EmbeddedView {
    fn keyspace(&self, table: Table) -> Result<&Keyspace, StoreError> {
        self.tables
            .get(&table)
            .ok_or(StoreError::UnknownTable(table.name()))
    }
}

impl View for EmbeddedView {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let keyspace = self.keyspace(table)?;
        // The engine panics on such a key; nothing is ever stored under one.
        if key.is_empty() || key.len() > LONGEST_KEY {
            return Ok(None);
        }
        let value = self.snapshot.get(keyspace, key).map_err(from_engine)?;
        Ok(value.map(|value| value.to_vec()))
    }

    fn range(
        &self,
        table: Table,
        from: Bound<&[u8]>,
        to: Bound<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Pair>, StoreError> {
        let keyspace = self.keyspace(table)?;
        if is_nothing(from, to) {
            return Ok(Vec::new());
        }
        let within = (short_from(from), short_to(to));
        let pairs = self
            .snapshot
            .range::<&[u8], _>(keyspace, within)
            .take(limit);
        pairs.map(|guard| pair(guard.into_inner())).collect()
    }

    fn last(
        &self,
        table: Table,
        from: Bound<&[u8]>,
        to: Bound<&[u8]>,
    ) -> Result<Option<Pair>, StoreError> {
        let keyspace = self.keyspace(table)?;
        if is_nothing(from, to) {
            return Ok(None);
        }
        let within = (short_from(from), short_to(to));
        let last = self
            .snapshot
            .range::<&[u8], _>(keyspace, within)
            .next_back();
        last.map(|guard| pair(guard.into_inner())).transpose()
    }
}

/// The same lower bound in at most [`LONGEST_KEY`] bytes, because the engine panics on longer ones.
///
/// A key that may be stored is above the longer bound just if it is above its beginning.
fn short_from(from: Bound<&[u8]>) -> Bound<&[u8]> {
    match from {
        Bound::Included(key) | Bound::Excluded(key) if key.len() > LONGEST_KEY => {
            Bound::Excluded(&key[..LONGEST_KEY])
        }
        short => short,
    }
}

/// The same upper bound in at most [`LONGEST_KEY`] bytes.
fn short_to(to: Bound<&[u8]>) -> Bound<&[u8]> {
    match to {
        Bound::Included(key) | Bound::Excluded(key) if key.len() > LONGEST_KEY => {
            Bound::Included(&key[..LONGEST_KEY])
        }
        short => short,
    }
}

fn pair(found: fjall::Result<fjall::KvPair>) -> Result<Pair, StoreError> {
    let (key, value) = found.map_err(from_engine)?;
    Ok((key.to_vec(), value.to_vec()))
}

fn options(kind: TableKind, settings: EmbeddedSettings) -> KeyspaceCreateOptions {
    match kind {
        TableKind::Small => {
            KeyspaceCreateOptions::default().max_memtable_size(settings.small_table_bytes)
        }
        TableKind::Large => {
            let apart = KvSeparationOptions::default()
                .compression(CompressionType::None)
                .separation_threshold(SEPARATED_FROM_BYTES);
            KeyspaceCreateOptions::default()
                .max_memtable_size(settings.large_table_bytes)
                .with_kv_separation(Some(apart))
        }
    }
}

/// Values from this size on are kept apart from their keys: below it, following the pointer
/// costs more than copying the value along.
const SEPARATED_FROM_BYTES: u32 = 4096;

fn from_engine(error: fjall::Error) -> StoreError {
    match error {
        fjall::Error::Io(error) | fjall::Error::Storage(fjall::LsmError::Io(error)) => error.into(),
        fjall::Error::Locked => StoreError::Locked,
        fjall::Error::Poisoned => StoreError::Poisoned,
        // Everything else the engine reports is something on disk that it cannot make sense of.
        other => StoreError::Corrupt(Box::new(other)),
    }
}
