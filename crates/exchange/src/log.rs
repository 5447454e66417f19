//! The log as it stands in the store: its nodes, and what must be true of it at start.

use std::collections::VecDeque;
use std::fmt;
use std::ops::Bound;
use std::sync::RwLock;

use yichuan_document::key::PublicKey;
use yichuan_document::roster::Roster;
use yichuan_document::signed::Signed;
use yichuan_document::tree::{Frontier, Node};
use yichuan_document::{Digest, Origin};
use yichuan_evidence::checkpoint::{self, Checkpoint, NoteKey};
use yichuan_evidence::entry::Entry;
use yichuan_evidence::log::{self, LogUnreadable, Nodes};
use yichuan_store::{LastRecord, RecordError, StoreError, View};

use crate::tables;

/// How many of the newest nodes of each level stay in memory.
const CACHED_PER_LEVEL: usize = 4_096;

/// The newest nodes of the log, so that a fresh proof needs no disk.
#[derive(Default)]
pub struct NodeCache {
    levels: RwLock<Vec<Level>>,
}

#[derive(Default)]
struct Level {
    first: u64,
    digests: VecDeque<Digest>,
}

impl NodeCache {
    /// Takes in nodes, in the order in which the log made them.
    pub fn extend(&self, nodes: &[Node]) {
        let mut levels = self
            .levels
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        for node in nodes {
            let place = usize::from(node.level);
            if levels.len() <= place {
                levels.resize_with(place + 1, Level::default);
            }
            let level = &mut levels[place];
            let next = level.first + level.digests.len() as u64;
            if next != node.index {
                level.digests.clear();
                level.first = node.index;
            }
            level.digests.push_back(node.digest);
            if level.digests.len() > CACHED_PER_LEVEL {
                level.digests.pop_front();
                level.first += 1;
            }
        }
    }

    fn find(&self, level: u8, index: u64) -> Option<Digest> {
        let levels = self
            .levels
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let level = levels.get(usize::from(level))?;
        let place = usize::try_from(index.checked_sub(level.first)?).ok()?;
        level.digests.get(place).copied()
    }
}

/// Reads nodes from the cache, and what is not there from the store.
pub struct NodeReader<'a> {
    /// The cache.
    pub cache: &'a NodeCache,
    /// A view of the store.
    pub view: &'a dyn View,
}

impl Nodes for NodeReader<'_> {
    type Error = StoreError;

    fn node(&self, level: u8, index: u64) -> Result<Option<Digest>, StoreError> {
        if let Some(digest) = self.cache.find(level, index) {
            return Ok(Some(digest));
        }
        let bytes = self.view.get(tables::NODES, &tables::node(level, index))?;
        Ok(bytes
            .and_then(|bytes| bytes.try_into().ok())
            .map(Digest::from_bytes))
    }
}

/// The log when the exchange starts.
pub struct Opened {
    /// The roster, folded from the log.
    pub roster: Roster,
    /// The tree's right edge.
    pub frontier: Frontier,
    /// The time of the last entry.
    pub last_time: yichuan_document::Timestamp,
}

/// Opens the log: folds the roster, and compares with the last checkpoint that was signed.
///
/// Refuses a log that is shorter than that checkpoint or has another root: it lost what was
/// acknowledged, and to go on would make two histories. The checkpoint was signed with one of the
/// `own` keys, or with one that the authority had certified before.
pub fn open(
    view: &dyn View,
    last: &dyn LastRecord,
    origin: &Origin,
    own: &[PublicKey],
) -> Result<Opened, CannotOpen> {
    let size = size(view)?;
    let cache = NodeCache::default();
    let nodes = NodeReader {
        cache: &cache,
        view,
    };
    let frontier = log::frontier_at(size, &nodes)?;
    let (roster, last_time, mut keys) = fold_roster(view, size)?;
    keys.extend_from_slice(own);
    let signed = last.load().map_err(CannotOpen::Record)?;
    match &signed {
        None if size > 0 => return Err(CannotOpen::NoCheckpoint { size }),
        None => {}
        Some(note) => {
            let signed = read_checkpoint(note, origin, &keys)?;
            if signed.size > size {
                return Err(CannotOpen::Shorter {
                    signed: signed.size,
                    found: size,
                });
            }
            if log::root_at(signed.size, &nodes)? != signed.root {
                return Err(CannotOpen::AnotherRoot { size: signed.size });
            }
        }
    }
    Ok(Opened {
        roster,
        frontier,
        last_time,
    })
}

fn read_checkpoint(
    note: &[u8],
    origin: &Origin,
    keys: &[PublicKey],
) -> Result<Checkpoint, CannotOpen> {
    let keys: Vec<NoteKey> = keys
        .iter()
        .filter_map(|key| NoteKey::of_log(origin, key.clone()).ok())
        .collect();
    let signed = checkpoint::verify(note, &keys).map_err(|_| CannotOpen::Checkpoint)?;
    Ok(signed.checkpoint().clone())
}

/// How many entries the log has.
pub fn size(view: &dyn View) -> Result<u64, StoreError> {
    let last = view.last(tables::ENTRIES, Bound::Unbounded, Bound::Unbounded)?;
    let index = last
        .and_then(|(key, _)| key.try_into().ok())
        .map(u64::from_be_bytes);
    Ok(index.map_or(0, |index| index + 1))
}

/// The roster, the time of the last entry, and every key that was ever certified for checkpoints.
fn fold_roster(
    view: &dyn View,
    size: u64,
) -> Result<(Roster, yichuan_document::Timestamp, Vec<PublicKey>), CannotOpen> {
    let mut keys: Vec<PublicKey> = Vec::new();
    let entry = |index: u64| -> Result<Entry, CannotOpen> {
        let bytes = view.get(tables::ENTRIES, &tables::index(index))?;
        let bytes = bytes.ok_or(CannotOpen::Entry { index })?;
        Entry::read(&bytes).map_err(|_| CannotOpen::Entry { index })
    };
    let genesis = entry(0)?
        .signed()
        .map_err(|_| CannotOpen::Entry { index: 0 })?;
    let mut roster = Roster::begin(&genesis).map_err(|_| CannotOpen::Entry { index: 0 })?;
    let mut from = tables::index(1);
    loop {
        let bounds = (Bound::Included(from.as_slice()), Bound::Unbounded);
        let page = view.range(tables::ROSTER_ENTRIES, bounds.0, bounds.1, 1_000)?;
        let Some((last, _)) = page.last() else { break };
        from = [last.as_slice(), &[0]].concat();
        for (key, _) in page {
            let index = key.try_into().map_or(u64::MAX, u64::from_be_bytes);
            let entry = entry(index)?;
            let signed = entry.signed().map_err(|_| CannotOpen::Entry { index })?;
            let decided = roster
                .decide(&signed, entry.time)
                .map_err(|_| CannotOpen::Entry { index })?;
            roster.apply(&decided);
            let certified = roster.exchange().map(|keys| keys.checkpoint);
            keys.extend(certified.filter(|key| !keys.contains(key)));
        }
    }
    let last_time = entry(size.saturating_sub(1))?.time;
    Ok((roster, last_time, keys))
}

/// Why the log cannot be opened.
#[derive(Debug)]
#[non_exhaustive]
pub enum CannotOpen {
    /// The store cannot be read.
    Store(StoreError),
    /// The file of the last checkpoint cannot be read.
    Record(RecordError),
    /// The last checkpoint is not one of this exchange.
    Checkpoint,
    /// There are entries, and no checkpoint was ever signed.
    NoCheckpoint {
        /// How many entries there are.
        size: u64,
    },
    /// The log is shorter than the last checkpoint that was signed.
    Shorter {
        /// The size that was signed.
        signed: u64,
        /// The size found.
        found: u64,
    },
    /// The log has another root than the one signed.
    AnotherRoot {
        /// The size that was signed.
        size: u64,
    },
    /// A node of the tree is missing.
    Node {
        /// Its level.
        level: u8,
        /// Its index.
        index: u64,
    },
    /// An entry is missing or not readable.
    Entry {
        /// Its index.
        index: u64,
    },
}

impl From<StoreError> for CannotOpen {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<LogUnreadable<StoreError>> for CannotOpen {
    fn from(error: LogUnreadable<StoreError>) -> Self {
        match error {
            LogUnreadable::Missing { level, index } => Self::Node { level, index },
            LogUnreadable::Store(error) => Self::Store(error),
            _ => Self::Node { level: 0, index: 0 },
        }
    }
}

impl fmt::Display for CannotOpen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => write!(f, "the store cannot be read: {error}"),
            Self::Record(error) => write!(f, "the last checkpoint cannot be read: {error}"),
            Self::Checkpoint => f.write_str("the last checkpoint is not this exchange's"),
            Self::NoCheckpoint { size } => {
                write!(
                    f,
                    "the log has {size} entries and no checkpoint was ever signed"
                )
            }
            Self::Shorter { signed, found } => write!(
                f,
                "the log has {found} entries, but a checkpoint of {signed} was signed: \
                 acknowledged entries are lost; restore the store, do not go on"
            ),
            Self::AnotherRoot { size } => {
                write!(f, "the first {size} entries are not those that were signed")
            }
            Self::Node { level, index } => write!(f, "node {index} of level {level} is missing"),
            Self::Entry { index } => write!(f, "entry {index} is missing or not readable"),
        }
    }
}

impl std::error::Error for CannotOpen {}

/// Reads the genesis of a new installation; for `init` and `admit`.
pub fn genesis_of(signed: &Signed) -> Option<Digest> {
    Roster::begin(signed).ok().map(|roster| roster.genesis())
}
