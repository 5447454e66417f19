//! A list of changes that are made together or not at all.
//!
//! A batch is only collected here. It is checked when it is committed, never written in part.

use std::collections::BTreeMap;

use crate::contract::{CommitRefused, Precondition, Schema, Table};

/// The most bytes one key may have: an index over three ids fits many times over.
pub const LONGEST_KEY: usize = 1024;

/// The most bytes one value may have; larger things are bodies ([`crate::Bodies`]).
pub const LARGEST_VALUE: usize = 16 << 20;

/// The most bytes all keys and values of a batch may have together: 256 small bodies of 256 KiB,
/// twice over. The engine holds a batch in memory while it commits.
pub const LARGEST_BATCH: usize = 128 << 20;

/// Changes in the order in which they were added; of two for one key the later one counts.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    changes: Vec<(Table, Vec<u8>, Change)>,
    bytes: usize,
}

/// What happens to one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The key has this value from now on.
    Put(Vec<u8>),
    /// The key has no value from now on; it need not have had one.
    Delete,
}

impl Batch {
    /// An empty batch. Committing it checks the preconditions and writes nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives `key` the value `value`.
    pub fn put(&mut self, table: Table, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.push(table, key.into(), Change::Put(value.into()));
    }

    /// Takes the value of `key` away.
    pub fn delete(&mut self, table: Table, key: impl Into<Vec<u8>>) {
        self.push(table, key.into(), Change::Delete);
    }

    /// Adds all changes of `later` after those of this batch.
    pub fn append(&mut self, later: Batch) {
        self.bytes = self.bytes.saturating_add(later.bytes);
        self.changes.extend(later.changes);
    }

    /// Length of all keys and values in bytes, to compare with [`LARGEST_BATCH`].
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many changes were added.
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// Whether no change was added.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    fn push(&mut self, table: Table, key: Vec<u8>, change: Change) {
        let value = if let Change::Put(value) = &change {
            value.len()
        } else {
            0
        };
        self.bytes = self.bytes.saturating_add(key.len()).saturating_add(value);
        self.changes.push((table, key, change));
    }

    /// Checks every limit and leaves one change per key, the last.
    ///
    /// Engines give all changes of a batch one sequence number, so that two changes of one key
    /// in a batch would have no order between them.
    pub(crate) fn settle(
        self,
        schema: &Schema,
        preconditions: &[Precondition],
    ) -> Result<BTreeMap<(Table, Vec<u8>), Change>, CommitRefused> {
        if self.bytes > LARGEST_BATCH {
            return Err(CommitRefused::BatchTooLarge { bytes: self.bytes });
        }
        for condition in preconditions {
            let (table, key) = condition.place();
            check_place(schema, table, key)?;
        }
        let mut settled = BTreeMap::new();
        for (table, key, change) in self.changes {
            check_place(schema, table, &key)?;
            if let Change::Put(value) = &change
                && value.len() > LARGEST_VALUE
            {
                let bytes = value.len();
                return Err(CommitRefused::ValueTooLarge {
                    table: table.name(),
                    bytes,
                });
            }
            settled.insert((table, key), change);
        }
        Ok(settled)
    }
}

fn check_place(schema: &Schema, table: Table, key: &[u8]) -> Result<(), CommitRefused> {
    if !schema.knows(table) {
        return Err(CommitRefused::UnknownTable(table.name()));
    }
    if key.is_empty() || key.len() > LONGEST_KEY {
        return Err(CommitRefused::KeyLength {
            table: table.name(),
            bytes: key.len(),
        });
    }
    Ok(())
}
