//! Setting an exchange up: its home and keys, and the entries that it starts with.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use minicbor::bytes::{ByteArray, ByteVec};
use yichuan_document::Timestamp;
use yichuan_document::cbor;
use yichuan_document::key::SigningSecret;
use yichuan_document::roster::act::{ActFile, AuthorityAct};
use yichuan_document::roster::record::{ExchangeKeys, Kind};
use yichuan_document::roster::{RECORD_BYTES_MAX, Roster};
use yichuan_document::signed::Signed;
use yichuan_document::tree::Frontier;
use yichuan_evidence::checkpoint::{self, Checkpoint};
use yichuan_evidence::entry::{ENTRY_VERSION, Entry, EntryKind};
use yichuan_evidence::log as tree_log;
use yichuan_store::{Batch, Embedded, FileBodies, LastRecord, Precondition, SlotFile, Store};

use crate::clock::SystemClock;
use crate::config::{BadConfig, Config};
use crate::keys::{BadKeys, OwnKeys, request_line};
use crate::log::{self, CannotOpen};
use crate::sequencer::{Job, Keys, Lane, Sequencer, SequencerFailed, clock};
use crate::tables;

/// The folders and files below the data folder.
pub struct Places {
    /// The record store.
    pub store: PathBuf,
    /// The bodies.
    pub bodies: PathBuf,
    /// The last checkpoint that was signed, apart from the store.
    pub checkpoint: PathBuf,
}

impl Places {
    /// The places below `data`.
    pub fn below(data: &Path) -> Self {
        Self {
            store: data.join("store"),
            bodies: data.join("bodies"),
            checkpoint: data.join("checkpoint"),
        }
    }
}

/// The parts of an exchange's disk, opened by one process at a time.
pub struct Disk {
    /// Records.
    pub store: Arc<dyn Store>,
    /// Bodies.
    pub bodies: Arc<dyn yichuan_store::Bodies>,
    /// The last checkpoint.
    pub last: Box<dyn LastRecord>,
}

impl Disk {
    /// Opens, or makes, what is below `data`.
    pub fn open(data: &Path) -> Result<Self, CannotSetUp> {
        let io = |error| CannotSetUp::Io {
            path: data.to_owned(),
            error,
        };
        std::fs::create_dir_all(data).map_err(io)?;
        let places = Places::below(data);
        let store = Embedded::open(&places.store, tables::SCHEMA)
            .map_err(|error| CannotSetUp::Open(CannotOpen::Store(error)))?;
        let bodies = FileBodies::open(&places.bodies).map_err(CannotSetUp::Bodies)?;
        let last = SlotFile::open(&places.checkpoint)
            .map_err(|error| CannotSetUp::Open(CannotOpen::Record(error)))?;
        Ok(Self {
            store: Arc::new(store),
            bodies: Arc::new(bodies),
            last: Box::new(last),
        })
    }
}

/// Makes the home of a new exchange: its configuration and its keys. Returns the line that the
/// authority certifies.
pub fn init(home: &Path, config: &str) -> Result<String, CannotSetUp> {
    let io = |error| CannotSetUp::Io {
        path: home.to_owned(),
        error,
    };
    std::fs::create_dir_all(home).map_err(io)?;
    let path = home.join(Config::FILE);
    if !path.exists() {
        std::fs::write(&path, config).map_err(io)?;
    }
    Config::load(home).map_err(CannotSetUp::Config)?;
    let keys = OwnKeys::create(home).map_err(CannotSetUp::Keys)?;
    Ok(request_line(&keys.public()))
}

/// Makes the keys that take over from the present ones, or finds those that were made. Returns the
/// line that the authority certifies: both beside each other, or the new ones `alone`, where the
/// others end with it because every office knows the new ones, or because they are lost or stolen.
pub fn rotate(home: &Path, alone: bool) -> Result<String, CannotSetUp> {
    let next = OwnKeys::next(home).map_err(CannotSetUp::Keys)?;
    if alone {
        return Ok(request_line(&next.public()));
    }
    let all = OwnKeys::load_all(home).map_err(CannotSetUp::Keys)?;
    let request = OwnKeys::request(&all);
    Ok(request_line(&request.unwrap_or_else(|| next.public())))
}

/// Takes statements of the authority in while the exchange is not running: the genesis first.
/// Statements that are there already are passed over. Returns how many entries the log has.
pub async fn admit(home: &Path, files: &[PathBuf]) -> Result<u64, CannotSetUp> {
    let config = Config::load(home).map_err(CannotSetUp::Config)?;
    let all = OwnKeys::load_all(home).map_err(CannotSetUp::Keys)?;
    let disk = Disk::open(&config.data)?;
    let origin = config.origin.parse().map_err(|_| CannotSetUp::Origin)?;
    let mut acts = Vec::new();
    for path in files {
        acts.push((path, read_act(path)?));
    }
    let size = log::size(disk.store.view().map_err(open_failed)?.as_ref()).map_err(open_failed)?;
    if size == 0 {
        let (path, genesis) = acts.first().ok_or(CannotSetUp::NoGenesis)?;
        let first = all.first().ok_or(CannotSetUp::Origin)?;
        plant(&disk, first, &genesis.0, &config, path)?;
    }
    let opened = {
        let view = disk.store.view().map_err(open_failed)?;
        let own: Vec<_> = all.iter().map(|keys| keys.checkpoint().public()).collect();
        log::open(view.as_ref(), disk.last.as_ref(), &origin, &own).map_err(CannotSetUp::Open)?
    };
    // What is taken in may certify other keys: the checkpoints over it are signed with those.
    let newest = acts
        .iter()
        .rev()
        .find_map(|(_, (signed, _))| certifies(signed));
    let keys = match newest.or_else(|| opened.roster.exchange()) {
        Some(certified) => OwnKeys::certified(all, &certified).ok_or(CannotSetUp::OthersKeys)?,
        None => all.into_iter().next().ok_or(CannotSetUp::OthersKeys)?,
    };
    let signing = Keys {
        checkpoint: keys.checkpoint(),
        entries: keys.entries(),
    };
    let store = Arc::clone(&disk.store);
    let clock = Arc::new(SystemClock::default());
    let (sequencer, thread) = Sequencer::start(store, disk.last, signing, opened, clock)
        .map_err(CannotSetUp::Sequencer)?;
    for (path, (signed, attachments)) in acts {
        if log::genesis_of(&signed).is_some() {
            continue;
        }
        let job = Job::Roster(Box::new(signed), attachments);
        sequencer
            .submit(Lane::Urgent, job)
            .await
            .map_err(|refusal| CannotSetUp::Refused {
                path: path.clone(),
                code: refusal.code,
                about: refusal.about.unwrap_or_default(),
            })?;
    }
    let newest = sequencer.published().newest();
    if let Some(certified) = newest.roster.exchange() {
        OwnKeys::retire(home, &certified).map_err(CannotSetUp::Keys)?;
    }
    drop(sequencer);
    drop(thread.join());
    Ok(newest.size)
}

/// The exchange's keys that an act certifies; whether the act stands is for the roster.
fn certifies(signed: &Signed) -> Option<ExchangeKeys> {
    let act: AuthorityAct = signed.claimed().ok()?.body().ok()?;
    let mut changes = act.changes.iter();
    let change = changes.find(|change| change.kind == Kind::Exchange)?;
    cbor::read(&change.record, RECORD_BYTES_MAX).ok()
}

fn open_failed(error: yichuan_store::StoreError) -> CannotSetUp {
    CannotSetUp::Open(CannotOpen::Store(error))
}

fn read_act(path: &Path) -> Result<(Signed, Vec<Vec<u8>>), CannotSetUp> {
    let bytes = std::fs::read(path).map_err(|error| CannotSetUp::Io {
        path: path.to_owned(),
        error,
    })?;
    let not_an_act = || CannotSetUp::NotAnAct {
        path: path.to_owned(),
    };
    ActFile::read(&bytes).map_err(|_| not_an_act())
}

/// Begins the log of the configured exchange.
fn plant(
    disk: &Disk,
    keys: &OwnKeys,
    genesis: &Signed,
    config: &Config,
    path: &Path,
) -> Result<(), CannotSetUp> {
    let roster = Roster::begin(genesis).map_err(|_| CannotSetUp::NoGenesis)?;
    if roster.origin().as_str() != config.origin {
        return Err(CannotSetUp::AnotherOrigin {
            path: path.to_owned(),
        });
    }
    plant_genesis(
        disk.store.as_ref(),
        disk.last.as_ref(),
        genesis,
        &keys.checkpoint(),
        clock(),
    )
}

/// Writes entry 0 into an empty store, and signs the first checkpoint.
pub fn plant_genesis(
    store: &dyn Store,
    last: &dyn LastRecord,
    genesis: &Signed,
    checkpoint_key: &SigningSecret,
    now: Timestamp,
) -> Result<(), CannotSetUp> {
    let roster = Roster::begin(genesis).map_err(|_| CannotSetUp::NoGenesis)?;
    let mut salt = [0; 32];
    getrandom::fill(&mut salt).map_err(|_| CannotSetUp::Sequencer(SequencerFailed::Randomness))?;
    let entry = Entry {
        version: ENTRY_VERSION,
        time: now,
        salt: ByteArray::from(salt),
        kind: EntryKind::Genesis,
        roster: roster.head(),
        statement: ByteVec::from(genesis.to_bytes()),
        attachments: Vec::new(),
        allotted: None,
    };
    let appended = tree_log::append(&Frontier::new(), &[entry.leaf()]);
    let mut batch = Batch::new();
    batch.put(tables::ENTRIES, tables::index(0), entry.to_bytes());
    for node in &appended.nodes {
        batch.put(
            tables::NODES,
            tables::node(node.level, node.index),
            *node.digest.as_bytes(),
        );
    }
    let first = Precondition::Absent(tables::ENTRIES, tables::index(0));
    store
        .commit(batch, &[first])
        .map_err(|error| CannotSetUp::Sequencer(SequencerFailed::Commit(error)))?;
    let first = Checkpoint {
        origin: roster.origin().clone(),
        size: 1,
        root: appended.frontier.root(),
    };
    let note = checkpoint::sign(&first, checkpoint_key).export();
    last.store(note.as_bytes())
        .map_err(|error| CannotSetUp::Sequencer(SequencerFailed::Checkpoint(error)))
}

/// Why an exchange could not be set up.
#[derive(Debug)]
#[non_exhaustive]
pub enum CannotSetUp {
    /// A file or folder.
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The configuration.
    Config(BadConfig),
    /// The keys.
    Keys(BadKeys),
    /// The log.
    Open(CannotOpen),
    /// The bodies.
    Bodies(yichuan_store::BodyError),
    /// The sequencer.
    Sequencer(SequencerFailed),
    /// The origin of the configuration.
    Origin,
    /// The authority has certified keys that are not in this home.
    OthersKeys,
    /// An empty log starts with a genesis, which was not given first.
    NoGenesis,
    /// A genesis of another exchange.
    AnotherOrigin {
        /// Which file.
        path: PathBuf,
    },
    /// Not a file of the authority.
    NotAnAct {
        /// Which file.
        path: PathBuf,
    },
    /// The statement was refused.
    Refused {
        /// Which file.
        path: PathBuf,
        /// The code.
        code: yichuan_wire::ErrorCode,
        /// What it is about.
        about: String,
    },
}

impl fmt::Display for CannotSetUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, error } => write!(f, "{}: {error}", path.display()),
            Self::Config(error) => error.fmt(f),
            Self::Keys(error) => error.fmt(f),
            Self::Open(error) => error.fmt(f),
            Self::Bodies(error) => error.fmt(f),
            Self::Sequencer(error) => error.fmt(f),
            Self::Origin => f.write_str("the configured origin is not a name"),
            Self::OthersKeys => f.write_str(
                "the authority has certified keys that are not in this home: run \
                 `yichuan-exchange new-keys --alone` and have the request signed",
            ),
            Self::NoGenesis => {
                f.write_str("the log is empty: give the authority's genesis as the first file")
            }
            Self::AnotherOrigin { path } => {
                write!(f, "{}: the genesis is of another origin", path.display())
            }
            Self::NotAnAct { path } => {
                write!(f, "{}: not a statement of the authority", path.display())
            }
            Self::Refused { path, code, about } => {
                write!(f, "{}: {code} {} ({about})", path.display(), code.en())
            }
        }
    }
}

impl std::error::Error for CannotSetUp {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::FILES;

    #[test]
    fn a_home_is_begun_once_and_other_keys_are_asked_for_by_name() {
        let home = tempfile::tempdir().unwrap();
        let config = "origin = \"a.example\"\nlisten = \"127.0.0.1:0\"\n";
        let first = init(home.path(), config).unwrap();
        assert!(matches!(
            init(home.path(), config),
            Err(CannotSetUp::Keys(BadKeys::Io { .. }))
        ));
        assert!(!home.path().join(FILES[1]).exists());
        let both = rotate(home.path(), false).unwrap();
        let alone = rotate(home.path(), true).unwrap();
        assert!(both != first && alone != first && alone != both);
        assert_eq!(rotate(home.path(), false).unwrap(), both);
    }
}
