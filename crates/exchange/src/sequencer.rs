//! The sequencer: one thread that orders decisions, batches them and makes them durable.
//!
//! Per batch: store sync → sign the checkpoint → sync the checkpoint file → acknowledge (protocol
//! rule 27). No checkpoint is signed for a tree that is not durable, and nothing is acknowledged
//! before both syncs. After a failed commit the thread ends: what is on disk is then uncertain,
//! and only a restart finds out.

mod presence;
mod queue;
mod worker;

use std::collections::HashMap;
use std::sync::{Arc, RwLock};
use std::thread::JoinHandle;

use tokio::sync::{oneshot, watch};
use yichuan_document::Digest;
use yichuan_document::key::SigningSecret;
use yichuan_document::roster::Roster;
use yichuan_document::roster::act::AuthorityAct;
use yichuan_document::roster::record::Time;
use yichuan_document::signed::{RosterHead, Signed};
use yichuan_document::{AccountId, UnitCode};
use yichuan_store::{CommitRefused, LastRecord, Store};
use yichuan_wire::ErrorCode;

pub use self::queue::Lane;
pub use crate::clock::wall as clock;

use self::queue::NotTaken;
use self::worker::Worker;
use crate::clock::{Clock, Hold};
use crate::log::{NodeCache, Opened};
use crate::registry::{Prepared, Refusal, SessionTold, time_in};

/// What the rest of the exchange sees of the log.
pub struct Published {
    newest: RwLock<Arc<Newest>>,
    feeds: RwLock<HashMap<UnitCode, watch::Sender<u64>>>,
    /// The newest nodes.
    pub nodes: NodeCache,
    failed: watch::Sender<bool>,
    roster: watch::Sender<RosterHead>,
    held: watch::Sender<Option<Hold>>,
}

/// The state after the newest batch.
pub struct Newest {
    /// The checkpoint's size.
    pub size: u64,
    /// The checkpoint, a signed note.
    pub checkpoint: String,
    /// The roster.
    pub roster: Arc<Roster>,
}

impl Published {
    /// The state after the newest batch.
    pub fn newest(&self) -> Arc<Newest> {
        Arc::clone(
            &self
                .newest
                .read()
                .unwrap_or_else(std::sync::PoisonError::into_inner),
        )
    }

    /// Becomes true when the sequencer has ended on a failure.
    pub fn failed(&self) -> watch::Receiver<bool> {
        self.failed.subscribe()
    }

    /// Why the exchange holds, while it does not know what time it is.
    pub fn held(&self) -> Option<Hold> {
        *self.held.borrow()
    }

    /// Tells when the roster has changed.
    pub fn roster_changed(&self) -> watch::Receiver<RosterHead> {
        self.roster.subscribe()
    }

    /// Has every connection look whether it may stay, as after a change of the roster.
    pub fn look_again(&self) {
        self.roster.send_modify(|_| {});
    }

    /// Tells of each new event of a unit; `known` is the newest number in the store.
    pub fn feed_changed(&self, unit: &UnitCode, known: u64) -> watch::Receiver<u64> {
        let mut feeds = self
            .feeds
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        feeds
            .entry(unit.clone())
            .or_insert_with(|| watch::channel(known).0)
            .subscribe()
    }
}

/// A request for its turn.
pub enum Job {
    /// A unit's statement.
    Unit(Box<Prepared>),
    /// A statement about the roster, with its attachments.
    Roster(Box<Signed>, Vec<Vec<u8>>),
    /// An account that receives has looked.
    Looked(AccountId),
    /// Nothing but to look at what is due now, all of it.
    Look,
    /// A validly signed request was refused and is to be recorded.
    Refused {
        /// The request's digest.
        request: Digest,
        /// The unit that asked.
        unit: UnitCode,
        /// The code.
        code: ErrorCode,
        /// How many are counted together.
        count: u32,
    },
    /// What happened to sessions is to be recorded.
    Sessions(Vec<SessionTold>),
}

impl Job {
    /// What the authority says about the time, where that is what this is.
    fn time(&self) -> Option<(Signed, Time)> {
        let Self::Roster(signed, _) = self else {
            return None;
        };
        let payload = signed.claimed().ok()?;
        let act: AuthorityAct = payload.body().ok()?;
        Some(((**signed).clone(), time_in(&act.changes)?))
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Unit(prepared) => prepared.bytes(),
            Self::Roster(_, attachments) => attachments.iter().map(Vec::len).sum(),
            Self::Look | Self::Looked(_) | Self::Refused { .. } | Self::Sessions(_) => 0,
        }
    }
}

/// Where a statement stands, once it is durable.
pub struct Done {
    /// Its index; none where nothing had to be recorded.
    pub index: Option<u64>,
    /// The state that proves it.
    pub newest: Arc<Newest>,
}

type Waiting = oneshot::Sender<Result<Done, Refusal>>;

/// The way into the sequencer.
#[derive(Clone)]
pub struct Sequencer {
    queue: queue::Sender<(Job, Waiting)>,
    published: Arc<Published>,
}

/// The keys that the sequencer signs with.
pub struct Keys {
    /// Signs checkpoints.
    pub checkpoint: SigningSecret,
    /// Signs the exchange's own entries.
    pub entries: SigningSecret,
}

impl Sequencer {
    /// Starts the thread on an opened log and signs a checkpoint of what is there.
    pub fn start(
        store: Arc<dyn Store>,
        last: Box<dyn LastRecord>,
        keys: Keys,
        opened: Opened,
        clock: Arc<dyn Clock>,
    ) -> Result<(Self, JoinHandle<()>), SequencerFailed> {
        let (queue, incoming) = queue::queue();
        let head = opened.roster.head();
        let published = Arc::new(Published {
            newest: RwLock::new(Arc::new(Newest {
                size: 0,
                checkpoint: String::new(),
                roster: Arc::new(opened.roster),
            })),
            feeds: RwLock::new(HashMap::new()),
            nodes: NodeCache::default(),
            failed: watch::channel(false).0,
            roster: watch::channel(head).0,
            held: watch::channel(None).0,
        });
        let state = (opened.frontier, opened.last_time);
        let disk = (store, last);
        let mut worker = Worker::new(disk, keys, state, clock, Arc::clone(&published))?;
        worker.publish_what_is_there()?;
        let thread = std::thread::Builder::new()
            .name("sequencer".to_owned())
            .spawn(move || worker.run(&incoming))
            .map_err(SequencerFailed::Thread)?;
        Ok((Self { queue, published }, thread))
    }

    /// What the rest of the exchange sees of the log.
    pub const fn published(&self) -> &Arc<Published> {
        &self.published
    }

    /// Gives a request its turn in its lane, and waits until it is durable.
    pub async fn submit(&self, lane: Lane, job: Job) -> Result<Done, Refusal> {
        let (answer, waiting) = oneshot::channel();
        match self.queue.send(lane, (job, answer)) {
            Ok(()) => {}
            Err(NotTaken::Full) => return Err(Refusal::of(ErrorCode::BUSY)),
            Err(NotTaken::Closed) => return Err(Refusal::of(ErrorCode::STORE)),
        }
        waiting
            .await
            .unwrap_or_else(|_| Err(Refusal::of(ErrorCode::STORE)))
    }
}

/// Why the sequencer ended or could not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum SequencerFailed {
    /// The store cannot be read.
    View(yichuan_store::StoreError),
    /// A commit failed; what is on disk is uncertain.
    Commit(CommitRefused),
    /// The checkpoint could not be kept.
    Checkpoint(yichuan_store::RecordError),
    /// The operating system gives no randomness.
    Randomness,
    /// What is due cannot be looked at.
    Sweep(ErrorCode),
    /// The thread could not be started.
    Thread(std::io::Error),
}

impl SequencerFailed {
    fn into_store_error(self) -> yichuan_store::StoreError {
        match self {
            Self::View(error) => error,
            other => yichuan_store::StoreError::Io(std::io::Error::other(other.to_string())),
        }
    }
}

impl std::fmt::Display for SequencerFailed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::View(error) => write!(f, "the store cannot be read: {error}"),
            Self::Commit(error) => write!(f, "a commit failed: {error}"),
            Self::Checkpoint(error) => write!(f, "the checkpoint could not be kept: {error}"),
            Self::Randomness => f.write_str("the operating system gives no randomness"),
            Self::Sweep(code) => write!(f, "what is due cannot be looked at: {code}"),
            Self::Thread(error) => write!(f, "the thread could not be started: {error}"),
        }
    }
}

impl std::error::Error for SequencerFailed {}
