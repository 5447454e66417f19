//! What a store of records promises, whichever backend keeps them.
//!
//! The contract is small on purpose: a consistent view, and a commit that is atomic and durable
//! when it returns. It never exposes a cursor, a transaction that stays open, or an answer that
//! is not yet on disk.

use std::error::Error;
use std::fmt;
use std::io;
use std::ops::Bound;

use crate::batch::Batch;
use crate::durable;

/// A store of records: tables of byte keys in order, each with one value.
///
/// One process owns a store at a time; within it any number of threads may share it.
pub trait Store: Send + Sync {
    /// A view of everything committed until now, unchanged by later commits.
    ///
    /// Keep it briefly: what it can see cannot be reclaimed, and a store is not closed while a
    /// view of it lives. Refused when the engine cannot read.
    fn view(&self) -> Result<Box<dyn View>, StoreError>;

    /// Applies `batch` whole, if every one of `preconditions` holds, and returns once it is
    /// durable. Commits are one after another: no other commit falls between check and write.
    ///
    /// When refused with [`CommitRefused::may_have_persisted`], the batch may or may not be there
    /// after the store is opened again, whole or not at all; until then the store refuses every
    /// commit, because a second sync after a failed one proves nothing
    /// (<https://www.usenix.org/system/files/atc20-rebello.pdf>).
    fn commit(&self, batch: Batch, preconditions: &[Precondition]) -> Result<(), CommitRefused>;
}

/// A consistent view of a store, owned, so that a worker thread may take it along.
pub trait View: Send {
    /// The value of `key` in `table`, if it has one.
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// The first `limit` pairs between `from` and `to`, in ascending order of the key's bytes.
    ///
    /// Bounds that cross name nothing: the answer is empty.
    fn range(
        &self,
        table: Table,
        from: Bound<&[u8]>,
        to: Bound<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Pair>, StoreError>;

    /// The last pair between `from` and `to`.
    fn last(
        &self,
        table: Table,
        from: Bound<&[u8]>,
        to: Bound<&[u8]>,
    ) -> Result<Option<Pair>, StoreError>;
}

/// A key and its value.
pub type Pair = (Vec<u8>, Vec<u8>);

/// A table's name and what it is for. Two tables are the same if name and kind are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Table {
    name: &'static str,
    kind: TableKind,
}

impl Table {
    /// A table of small values: indexes, states, statements.
    ///
    /// # Panics
    ///
    /// When the name is not 1 to 64 letters `a-z`, digits or `_`; in a `const`, when compiled.
    pub const fn small(name: &'static str) -> Self {
        assert!(
            is_table_name(name),
            "a table's name is 1 to 64 of a-z, 0-9 and _"
        );
        Self {
            name,
            kind: TableKind::Small,
        }
    }

    /// A table of large values, such as small bodies, which the engine keeps apart from the keys.
    ///
    /// # Panics
    ///
    /// As [`Table::small`].
    pub const fn large(name: &'static str) -> Self {
        assert!(
            is_table_name(name),
            "a table's name is 1 to 64 of a-z, 0-9 and _"
        );
        Self {
            name,
            kind: TableKind::Large,
        }
    }

    /// The name, as it stands on disk.
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// How large its values are expected to be.
    pub const fn kind(self) -> TableKind {
        self.kind
    }
}

/// How large a table's values are expected to be. It never limits them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TableKind {
    /// Values of some hundred bytes, kept beside their keys.
    Small,
    /// Values of many kilobytes, kept apart so that moving keys does not rewrite them.
    Large,
}

const fn is_table_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    if bytes.is_empty() || bytes.len() > 64 {
        return false;
    }
    let mut at = 0;
    while at < bytes.len() {
        if !matches!(bytes[at], b'a'..=b'z' | b'0'..=b'9' | b'_') {
            return false;
        }
        at += 1;
    }
    true
}

/// What a program keeps in a store: its tables, and the version of what stands in them.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    /// The version of the records that this program writes.
    pub version: u32,
    /// The one older version whose records it can still read. Opening a store of that version
    /// raises it to [`Schema::version`], after which the older program refuses it.
    pub predecessor: Option<u32>,
    /// Every table that may be named in a batch or a view.
    pub tables: &'static [Table],
}

impl Schema {
    /// Whether `table` is one of the tables, by name and kind.
    pub(crate) fn knows(&self, table: Table) -> bool {
        self.tables.contains(&table)
    }
}

/// What must be true of the store for a commit to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// The key has no value.
    Absent(Table, Vec<u8>),
    /// The key has exactly this value.
    Equals(Table, Vec<u8>, Vec<u8>),
}

impl Precondition {
    /// The table and key that are looked at.
    pub fn place(&self) -> (Table, &[u8]) {
        match self {
            Self::Absent(table, key) | Self::Equals(table, key, _) => (*table, key),
        }
    }

    /// Whether it holds when the key's value is `found`.
    pub fn holds(&self, found: Option<&[u8]>) -> bool {
        match self {
            Self::Absent(..) => found.is_none(),
            Self::Equals(_, _, value) => found == Some(value),
        }
    }
}

/// Why a store could not be opened or read.
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process, or another handle of this one, has the store open.
    Locked,
    /// The store was written by a newer release.
    NewerVersion {
        /// Which version it is: `store layout` or `records`.
        part: &'static str,
        /// The version found on disk.
        found: u32,
        /// The newest version that this build reads.
        supported: u32,
    },
    /// The store is older than this build can read; a release in between must open it first.
    OlderVersion {
        /// The version found on disk.
        found: u32,
        /// The oldest version that this build reads.
        oldest: u32,
    },
    /// The table is not in the schema that the store was opened with.
    UnknownTable(&'static str),
    /// The disk, the quota or the largest permitted file is full.
    NoSpace,
    /// An earlier write or sync failed; the store must be opened again.
    Poisoned,
    /// What is on disk is not what was written.
    Corrupt(Box<dyn Error + Send + Sync>),
    /// The operating system refused.
    Io(io::Error),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked => f.write_str("the store is open in another process"),
            Self::NewerVersion {
                part,
                found,
                supported,
            } => write!(
                f,
                "{part} version {found} is newer than version {supported} of this program"
            ),
            Self::OlderVersion { found, oldest } => write!(
                f,
                "records version {found} is older than version {oldest}, \
                 the oldest that this program reads"
            ),
            Self::UnknownTable(name) => write!(f, "the store was opened without a table {name}"),
            Self::NoSpace => f.write_str("no space is left for the store"),
            Self::Poisoned => {
                f.write_str("an earlier write failed and the store has to be opened again")
            }
            Self::Corrupt(cause) => write!(f, "the store is damaged: {cause}"),
            Self::Io(cause) => write!(f, "the store could not be read or written: {cause}"),
        }
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Corrupt(cause) => Some(cause.as_ref()),
            Self::Io(cause) => Some(cause),
            _ => None,
        }
    }
}

impl From<io::Error> for StoreError {
    fn from(cause: io::Error) -> Self {
        if durable::is_no_space(&cause) {
            Self::NoSpace
        } else {
            Self::Io(cause)
        }
    }
}

/// Why a batch was not committed.
#[derive(Debug)]
#[non_exhaustive]
pub enum CommitRefused {
    /// A precondition does not hold; nothing was written.
    PreconditionFailed {
        /// Which one, counted from 0.
        index: usize,
        /// The table it looks at.
        table: &'static str,
    },
    /// The batch or a precondition names a table that the store was opened without.
    UnknownTable(&'static str),
    /// A key is empty or longer than [`crate::LONGEST_KEY`].
    KeyLength {
        /// The table of the key.
        table: &'static str,
        /// Its length in bytes.
        bytes: usize,
    },
    /// A value is longer than [`crate::LARGEST_VALUE`].
    ValueTooLarge {
        /// The table of the value.
        table: &'static str,
        /// Its length in bytes.
        bytes: usize,
    },
    /// Keys and values together exceed [`crate::LARGEST_BATCH`].
    BatchTooLarge {
        /// Their length in bytes.
        bytes: usize,
    },
    /// An earlier write or sync failed; nothing was written now.
    Poisoned,
    /// A precondition could not be looked up; nothing was written.
    Unreadable(StoreError),
    /// The disk is full. The batch may or may not be there when the store is opened again.
    NoSpace,
    /// A write or sync failed. The batch may or may not be there when the store is opened again.
    Failed(StoreError),
}

impl CommitRefused {
    /// Whether the batch may be found, whole, when the store is opened again.
    pub fn may_have_persisted(&self) -> bool {
        matches!(self, Self::NoSpace | Self::Failed(_))
    }
}

impl fmt::Display for CommitRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PreconditionFailed { index, table } => {
                write!(
                    f,
                    "precondition {index} of the batch, on table {table}, does not hold"
                )
            }
            Self::UnknownTable(name) => write!(f, "the store was opened without a table {name}"),
            Self::KeyLength { table, bytes } => {
                write!(
                    f,
                    "a key of table {table} has {bytes} bytes, which is not permitted"
                )
            }
            Self::ValueTooLarge { table, bytes } => {
                write!(
                    f,
                    "a value of table {table} has {bytes} bytes, which is too many"
                )
            }
            Self::BatchTooLarge { bytes } => {
                write!(f, "the batch has {bytes} bytes, which is too many")
            }
            Self::Poisoned => {
                f.write_str("an earlier write failed and the store has to be opened again")
            }
            Self::Unreadable(cause) => write!(f, "a precondition could not be checked: {cause}"),
            Self::NoSpace => f.write_str("no space is left for the batch"),
            Self::Failed(cause) => write!(f, "the batch may not have been written: {cause}"),
        }
    }
}

impl Error for CommitRefused {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unreadable(cause) | Self::Failed(cause) => Some(cause),
            _ => None,
        }
    }
}

/// Whether no key can lie between the bounds. Ordered maps may panic on such bounds.
pub(crate) fn is_nothing(from: Bound<&[u8]>, to: Bound<&[u8]>) -> bool {
    match (from, to) {
        (Bound::Included(from), Bound::Included(to)) => from > to,
        (
            Bound::Included(from) | Bound::Excluded(from),
            Bound::Included(to) | Bound::Excluded(to),
        ) => from >= to,
        _ => false,
    }
}
