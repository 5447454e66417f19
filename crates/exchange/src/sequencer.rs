//! The sequencer: one thread that orders decisions, batches them and makes them durable.
//!
//! Per batch: store sync → sign the checkpoint → sync the checkpoint file → acknowledge (protocol
//! rule 27). No checkpoint is signed for a tree that is not durable, and nothing is acknowledged
//! before both syncs. After a failed commit the thread ends: what is on disk is then uncertain,
//! and only a restart finds out.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, RwLock};
use std::thread::JoinHandle;
use std::time::{SystemTime, UNIX_EPOCH};

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use tokio::sync::{oneshot, watch};
use yichuan_document::key::SigningSecret;
use yichuan_document::roster::Roster;
use yichuan_document::signed::{RosterHead, Signed};
use yichuan_document::tree::Frontier;
use yichuan_document::{Digest, Timestamp, UnitCode};
use yichuan_evidence::checkpoint::{self, Checkpoint};
use yichuan_evidence::log as tree_log;
use yichuan_store::{Batch, CommitRefused, LastRecord, Precondition, Store};
use yichuan_wire::ErrorCode;

use crate::log::{NodeCache, Opened};
use crate::registry::{Draft, Outcome, Prepared, Refusal, Registry, SessionTold, prepare};
use crate::tables;

/// The most requests of one batch.
const BATCH_REQUESTS_MAX: usize = 1_024;
/// The most bytes that the requests of one batch may bring, roughly.
const BATCH_BYTES_MAX: usize = 32 << 20;
/// How many requests may wait; beyond that the exchange is busy.
const QUEUE_MAX: usize = 2_048;

/// What the rest of the exchange sees of the log.
pub struct Published {
    newest: RwLock<Arc<Newest>>,
    feeds: RwLock<HashMap<UnitCode, watch::Sender<u64>>>,
    /// The newest nodes.
    pub nodes: NodeCache,
    failed: watch::Sender<bool>,
    roster: watch::Sender<RosterHead>,
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
    fn bytes(&self) -> usize {
        match self {
            Self::Unit(prepared) => prepared.bytes(),
            Self::Roster(_, attachments) => attachments.iter().map(Vec::len).sum(),
            Self::Refused { .. } | Self::Sessions(_) => 0,
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
    queue: SyncSender<(Job, Waiting)>,
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
    ) -> Result<(Self, JoinHandle<()>), SequencerFailed> {
        let (queue, incoming) = sync_channel(QUEUE_MAX);
        let head = opened.roster.head();
        let mut worker = Worker {
            store,
            last,
            checkpoint_key: keys.checkpoint,
            registry: Registry::new(keys.entries),
            frontier: opened.frontier,
            last_time: opened.last_time,
            published: Arc::new(Published {
                newest: RwLock::new(Arc::new(Newest {
                    size: 0,
                    checkpoint: String::new(),
                    roster: Arc::new(opened.roster),
                })),
                feeds: RwLock::new(HashMap::new()),
                nodes: NodeCache::default(),
                failed: watch::channel(false).0,
                roster: watch::channel(head).0,
            }),
        };
        let roster = Arc::clone(&worker.published.newest().roster);
        worker.sign_and_publish(roster)?;
        let published = Arc::clone(&worker.published);
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

    /// Gives a request its turn and waits until it is durable.
    pub async fn submit(&self, job: Job) -> Result<Done, Refusal> {
        let (answer, waiting) = oneshot::channel();
        match self.queue.try_send((job, answer)) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return Err(Refusal::of(ErrorCode::BUSY)),
            Err(TrySendError::Disconnected(_)) => return Err(Refusal::of(ErrorCode::STORE)),
        }
        waiting
            .await
            .unwrap_or_else(|_| Err(Refusal::of(ErrorCode::STORE)))
    }
}

struct Worker {
    store: Arc<dyn Store>,
    last: Box<dyn LastRecord>,
    checkpoint_key: SigningSecret,
    registry: Registry,
    frontier: Frontier,
    last_time: Timestamp,
    published: Arc<Published>,
}

impl Worker {
    fn run(mut self, incoming: &Receiver<(Job, Waiting)>) {
        while let Ok(first) = incoming.recv() {
            let mut bytes = first.0.bytes();
            let mut jobs = vec![first];
            while jobs.len() < BATCH_REQUESTS_MAX && bytes < BATCH_BYTES_MAX {
                let Ok(next) = incoming.try_recv() else { break };
                bytes += next.0.bytes();
                jobs.push(next);
            }
            if let Err(error) = self.batch(jobs) {
                tracing::error!(%error, "the sequencer ends; restart the exchange");
                self.published.failed.send_replace(true);
                return;
            }
        }
    }

    fn batch(&mut self, jobs: Vec<(Job, Waiting)>) -> Result<(), SequencerFailed> {
        let started = std::time::Instant::now();
        let store = Arc::clone(&self.store);
        let view = store.view().map_err(SequencerFailed::View)?;
        let roster = Arc::clone(&self.published.newest().roster);
        let now = self.now();
        let rng = fresh_rng()?;
        let mut draft = Draft::new(view.as_ref(), roster, self.frontier.size(), now, rng);
        let mut waiting = Vec::with_capacity(jobs.len());
        for (job, answer) in jobs {
            match self.decide(&mut draft, job) {
                Ok(index) => waiting.push((index, answer)),
                // The asking side may have gone; its refusal then interests nobody.
                Err(refusal) => drop(answer.send(Err(refusal))),
            }
        }
        let appended = draft.entries().len();
        if appended > 0
            && let Err(refused) = self.commit(draft, now)
        {
            return fail(waiting, refused);
        }
        metrics::histogram!("yichuan_batch_seconds").record(started.elapsed().as_secs_f64());
        metrics::counter!("yichuan_entries_total").increment(appended as u64);
        let newest = self.published.newest();
        for (index, answer) in waiting {
            drop(answer.send(Ok(Done {
                index,
                newest: Arc::clone(&newest),
            })));
        }
        Ok(())
    }

    fn decide(&self, draft: &mut Draft<'_>, job: Job) -> Result<Option<u64>, Refusal> {
        let outcome = match job {
            Job::Unit(prepared) => {
                let prepared = again_if_changed(draft, *prepared)?;
                self.registry.decide(draft, &prepared)?
            }
            Job::Roster(signed, attachments) => {
                self.registry.decide_roster(draft, &signed, attachments)?
            }
            Job::Refused {
                request,
                unit,
                code,
                count,
            } => {
                match self
                    .registry
                    .decide_refusal(draft, request, &unit, code, count)?
                {
                    Some(decision) => Outcome::New(Box::new(decision)),
                    None => return Ok(None),
                }
            }
            Job::Sessions(told) => {
                for one in &told {
                    if let Some(decision) = self.registry.decide_session(draft, one)? {
                        draft.apply(decision)?;
                    }
                }
                return Ok(None);
            }
        };
        match outcome {
            Outcome::Repeat(index) => Ok(Some(index)),
            Outcome::New(decision) => Ok(Some(draft.apply(*decision)?)),
        }
    }

    fn commit(&mut self, draft: Draft<'_>, now: Timestamp) -> Result<(), CommitRefused> {
        let leaves: Vec<Digest> = draft.entries().iter().map(|entry| entry.leaf).collect();
        let first = self.frontier.size();
        let appended = tree_log::append(&self.frontier, &leaves);
        let roster = Arc::clone(draft.roster());
        let feeds: Vec<(UnitCode, u64)> = draft
            .feeds()
            .iter()
            .map(|(unit, newest)| (unit.clone(), *newest))
            .collect();
        let mut batch: Batch = draft.into_batch();
        for node in &appended.nodes {
            let key = tables::node(node.level, node.index);
            batch.put(tables::NODES, key, node.digest.as_bytes().to_vec());
        }
        // Nobody else has appended: two exchanges on one store would stop here.
        let mut conditions = vec![Precondition::Absent(tables::ENTRIES, tables::index(first))];
        if let Some(last) = self.last_leaf_condition(first) {
            conditions.push(last);
        }
        self.store.commit(batch, &conditions)?;
        self.published.nodes.extend(&appended.nodes);
        self.frontier = appended.frontier;
        self.last_time = now;
        self.sign_and_publish(roster)
            .map_err(|error| CommitRefused::Failed(error.into_store_error()))?;
        let watchers = self.published.feeds.read();
        let watchers = watchers.unwrap_or_else(std::sync::PoisonError::into_inner);
        for (unit, newest) in feeds {
            if let Some(sender) = watchers.get(&unit) {
                sender.send_replace(newest);
            }
        }
        Ok(())
    }

    fn last_leaf_condition(&self, first: u64) -> Option<Precondition> {
        let last = first.checked_sub(1)?;
        let view = self.store.view().ok()?;
        let leaf = view.get(tables::NODES, &tables::node(0, last)).ok()??;
        Some(Precondition::Equals(
            tables::NODES,
            tables::node(0, last),
            leaf,
        ))
    }

    fn sign_and_publish(&mut self, roster: Arc<Roster>) -> Result<(), SequencerFailed> {
        let checkpoint = Checkpoint {
            origin: roster.origin().clone(),
            size: self.frontier.size(),
            root: self.frontier.root(),
        };
        let note = checkpoint::sign(&checkpoint, &self.checkpoint_key).export();
        self.last
            .store(note.as_bytes())
            .map_err(SequencerFailed::Checkpoint)?;
        let newest = Newest {
            size: checkpoint.size,
            checkpoint: note,
            roster,
        };
        let mut slot = self
            .published
            .newest
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let head = newest.roster.head();
        *slot = Arc::new(newest);
        drop(slot);
        let changed = |known: &mut RosterHead| std::mem::replace(known, head) != head;
        self.published.roster.send_if_modified(changed);
        Ok(())
    }

    /// Time never decreases with the index (protocol rule 28).
    fn now(&self) -> Timestamp {
        clock().max(self.last_time)
    }
}

/// The wall clock: the one place where the exchange reads it.
pub fn clock() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_unix_ms(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Prepares a request again where the roster has changed since.
fn again_if_changed(draft: &Draft<'_>, prepared: Prepared) -> Result<Prepared, Refusal> {
    if prepared.head() == draft.roster().head() {
        return Ok(prepared);
    }
    let roster = Arc::clone(draft.roster());
    prepare(&roster, draft.now(), prepared.into_incoming()).map_err(|not| not.refusal)
}

fn fresh_rng() -> Result<ChaCha20Rng, SequencerFailed> {
    let mut seed = zeroize::Zeroizing::new([0; 32]);
    getrandom::fill(seed.as_mut()).map_err(|_| SequencerFailed::Randomness)?;
    Ok(ChaCha20Rng::from_seed(*seed))
}

/// Answers everybody who waits, and says whether the thread can go on.
fn fail(
    waiting: Vec<(Option<u64>, Waiting)>,
    refused: CommitRefused,
) -> Result<(), SequencerFailed> {
    let code = match &refused {
        CommitRefused::NoSpace => ErrorCode::NO_SPACE,
        _ => ErrorCode::STORE,
    };
    for (_, answer) in waiting {
        drop(answer.send(Err(Refusal::of(code))));
    }
    Err(SequencerFailed::Commit(refused))
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
            Self::Thread(error) => write!(f, "the thread could not be started: {error}"),
        }
    }
}

impl std::error::Error for SequencerFailed {}
