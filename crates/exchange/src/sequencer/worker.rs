//! The thread of the sequencer: takes requests, looks at the clocks, commits, signs, answers.

use std::sync::Arc;
use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use yichuan_document::key::SigningSecret;
use yichuan_document::roster::Roster;
use yichuan_document::roster::record::Time;
use yichuan_document::signed::{RosterHead, Signed};
use yichuan_document::tree::Frontier;
use yichuan_document::{Digest, Timestamp, UnitCode, cbor};
use yichuan_evidence::checkpoint::{self, Checkpoint};
use yichuan_evidence::log as tree_log;
use yichuan_store::{Batch, CommitRefused, LastRecord, Precondition, Store};
use yichuan_wire::ErrorCode;

use super::presence::Presence;
use super::queue::{Came, Receiver};
use super::{Done, Job, Keys, Newest, Published, SequencerFailed, Waiting};
use crate::clock::{APART_MS_MAX, Clock, Hold, Watch};
use crate::registry::{Draft, Outcome, Prepared, Refusal, Registry, prepare};
use crate::tables;

/// The most requests of one batch.
const BATCH_REQUESTS_MAX: usize = 1_024;
/// The most bytes that the requests of one batch may bring, roughly.
const BATCH_BYTES_MAX: usize = 32 << 20;
/// The clocks are looked at this often, whatever comes.
const LOOK: Duration = Duration::from_secs(1);
pub(super) struct Worker {
    store: Arc<dyn Store>,
    last: Box<dyn LastRecord>,
    checkpoint_key: SigningSecret,
    registry: Registry,
    frontier: Frontier,
    last_time: Timestamp,
    clock: Arc<dyn Clock>,
    watch: Watch,
    /// Nothing is due before this.
    swept: Timestamp,
    presence: Presence,
    published: Arc<Published>,
}

impl Worker {
    pub(super) fn new(
        (store, last): (Arc<dyn Store>, Box<dyn LastRecord>),
        keys: Keys,
        (frontier, last_time): (Frontier, Timestamp),
        clock: Arc<dyn Clock>,
        published: Arc<Published>,
    ) -> Result<Self, SequencerFailed> {
        let presence = Presence::load(store.as_ref(), last_time)?;
        Ok(Self {
            watch: Watch::begin(clock.as_ref(), presence.last()),
            store,
            last,
            checkpoint_key: keys.checkpoint,
            registry: Registry::new(keys.entries),
            frontier,
            last_time,
            clock,
            swept: Timestamp::default(),
            presence,
            published,
        })
    }

    pub(super) fn publish_what_is_there(&mut self) -> Result<(), SequencerFailed> {
        let roster = Arc::clone(&self.published.newest().roster);
        self.sign_and_publish(roster)
    }

    pub(super) fn run(mut self, incoming: &Receiver<(Job, Waiting)>) {
        // What fell due while nobody was there comes before whatever comes in.
        let mut more = true;
        loop {
            let came = incoming.next_now().map_or_else(
                || {
                    let wait = if more {
                        Duration::ZERO
                    } else {
                        self.until_due()
                    };
                    incoming.next_within(wait)
                },
                Came::Request,
            );
            let first = match came {
                Came::Request(request) => Some(request),
                Came::Nothing => None,
                Came::Closed => return,
            };
            match self.turn(first, incoming) {
                Ok(again) => more = again,
                Err(error) => {
                    tracing::error!(%error, "the sequencer ends; restart the exchange");
                    self.published.failed.send_replace(true);
                    return;
                }
            }
        }
    }

    /// How long nothing is due.
    fn until_due(&self) -> Duration {
        let first = self.swept.unix_ms().to_be_bytes();
        let next = self.store.view().ok().and_then(|view| {
            let from = std::ops::Bound::Included(first.as_slice());
            let rows = view.range(tables::DEADLINES, from, std::ops::Bound::Unbounded, 1);
            let (key, _) = rows.ok()?.into_iter().next()?;
            tables::read_deadline(&key)
        });
        let now = self.clock.wall();
        next.map_or(LOOK, |(at, _)| {
            Duration::from_millis(at.ms_since(now)).min(LOOK)
        })
    }

    /// Takes what waits, and what is due, and returns whether more may be due.
    fn turn(
        &mut self,
        first: Option<(Job, Waiting)>,
        incoming: &Receiver<(Job, Waiting)>,
    ) -> Result<bool, SequencerFailed> {
        let now = self.watch.look(self.clock.as_ref());
        self.show_hold(now.err());
        let mut next = first;
        let mut bytes = 0;
        let mut jobs = Vec::new();
        let mut looking = Vec::new();
        let mut told = None;
        while let Some((job, answer)) = next.take() {
            if let Some(time) = job.time() {
                // It has a batch of its own, after what came before it.
                told = Some((job, time, answer));
                break;
            }
            if now.is_err() {
                drop(answer.send(Err(Refusal::of(ErrorCode::HOLDING))));
            } else if matches!(job, Job::Look) {
                looking.push(answer);
            } else {
                bytes += job.bytes();
                jobs.push((job, answer));
            }
            // Who asks after a refusal was told may be right: the clock is looked at again.
            if now.is_ok() && jobs.len() < BATCH_REQUESTS_MAX && bytes < BATCH_BYTES_MAX {
                next = incoming.next_now();
            }
        }
        let mut more = false;
        if let Ok(wall) = now {
            more = self.work_off(jobs, looking, wall.max(self.last_time))?;
        }
        if let Some((job, time, answer)) = told {
            self.tell_time(job, &time, answer)?;
            more = true;
        }
        Ok(more)
    }

    /// Decides what came, and what is due: all of it where somebody wants to look at it.
    fn work_off(
        &mut self,
        jobs: Vec<(Job, Waiting)>,
        looking: Vec<Waiting>,
        now: Timestamp,
    ) -> Result<bool, SequencerFailed> {
        let mut more = self.batch(jobs, now, Course::GoesOn)?;
        while more && !looking.is_empty() {
            more = self.batch(Vec::new(), now, Course::GoesOn)?;
        }
        let newest = self.published.newest();
        for answer in looking {
            let newest = Arc::clone(&newest);
            drop(answer.send(Ok(Done {
                index: None,
                newest,
            })));
        }
        Ok(more)
    }

    fn show_hold(&self, hold: Option<Hold>) {
        let changed = |known: &mut Option<Hold>| {
            let kind = |hold: &Option<Hold>| hold.as_ref().map(std::mem::discriminant);
            let other = kind(known) != kind(&hold);
            *known = hold;
            other
        };
        if self.published.held.send_if_modified(changed) {
            if let Some(hold) = hold {
                tracing::error!(%hold, "the exchange holds: set its clock, have it confirmed");
            } else {
                tracing::info!("the exchange knows what time it is");
            }
        }
    }

    /// The authority says what time it is. Nothing else is in its batch.
    fn tell_time(
        &mut self,
        job: Job,
        (signed, time): &(Signed, Time),
        answer: Waiting,
    ) -> Result<(), SequencerFailed> {
        let roster = Arc::clone(&self.published.newest().roster);
        if let Err(why) = roster.decide(signed, self.clock.wall()) {
            // Nobody's word, or one that was heard before: it says nothing about the time.
            match self.watch.look(self.clock.as_ref()) {
                Ok(wall) => {
                    let now = wall.max(self.last_time);
                    self.batch(vec![(job, answer)], now, Course::GoesOn)?;
                }
                Err(_) => drop(answer.send(Err(Refusal::roster(&why)))),
            }
            return Ok(());
        }
        let before = roster.time().map_or(0, |before| before.epoch);
        let corrects = time.epoch > before;
        let mut watch = Watch::begin(self.clock.as_ref(), self.last_time);
        let wall = match watch.confirm(self.clock.as_ref(), time.at) {
            Ok(wall) => wall,
            Err(wall) => {
                let about = wall.unix_ms();
                drop(answer.send(Err(Refusal::about(ErrorCode::CLOCK, about))));
                return Ok(());
            }
        };
        if !corrects && self.last_time.ms_since(wall) > APART_MS_MAX {
            let about = "the log is ahead of the clock: a new epoch of time is due";
            drop(answer.send(Err(Refusal::about(ErrorCode::HOLDING, about))));
            return Ok(());
        }
        let (now, course) = if corrects {
            (wall, Course::BeginsAgain)
        } else {
            (wall.max(self.last_time), Course::GoesOn)
        };
        let (answered, waiting) = tokio::sync::oneshot::channel();
        self.batch(vec![(job, answered)], now, course)?;
        let outcome = waiting.blocking_recv();
        if matches!(outcome, Ok(Ok(_))) {
            self.watch = watch;
            self.show_hold(None);
            if corrects {
                // What was swept by the wrong time is looked at again.
                self.swept = Timestamp::default();
            }
        }
        let outcome = outcome.unwrap_or_else(|_| Err(Refusal::of(ErrorCode::STORE)));
        drop(answer.send(outcome));
        Ok(())
    }

    /// Decides, commits and answers; first of all what is due. Returns whether more may be due.
    fn batch(
        &mut self,
        jobs: Vec<(Job, Waiting)>,
        now: Timestamp,
        course: Course,
    ) -> Result<bool, SequencerFailed> {
        let started = std::time::Instant::now();
        self.presence.look_back(now);
        let mut waiting = Vec::with_capacity(jobs.len());
        let (decided, until) = self.decide_all(jobs, (now, course), &mut waiting)?;
        let appended = decided.leaves.len();
        if let Err(refused) = self.commit(decided, now) {
            return fail(waiting, refused);
        }
        self.swept = self.swept.max(until.unwrap_or(now));
        metrics::histogram!("yichuan_batch_seconds").record(started.elapsed().as_secs_f64());
        metrics::counter!("yichuan_entries_total").increment(appended as u64);
        let newest = self.published.newest();
        for (index, answer) in waiting {
            drop(answer.send(Ok(Done {
                index,
                newest: Arc::clone(&newest),
            })));
        }
        Ok(until.is_some())
    }

    /// Decides on one view, which nobody holds any more when the decisions are committed.
    fn decide_all(
        &mut self,
        jobs: Vec<(Job, Waiting)>,
        (now, course): (Timestamp, Course),
        waiting: &mut Vec<(Option<u64>, Waiting)>,
    ) -> Result<(DecidedBatch, Option<Timestamp>), SequencerFailed> {
        let store = Arc::clone(&self.store);
        let view = store.view().map_err(SequencerFailed::View)?;
        let roster = Arc::clone(&self.published.newest().roster);
        let rng = fresh_rng()?;
        let draft = Draft::new(view.as_ref(), roster, self.frontier.size(), now, rng);
        let mut draft = draft.with_outages(self.presence.outages());
        let until = match course {
            Course::BeginsAgain => Some(self.swept),
            Course::GoesOn => {
                let until = self.registry.sweep(&mut draft, self.swept);
                until.map_err(|refusal| SequencerFailed::Sweep(refusal.code))?
            }
        };
        for (job, answer) in jobs {
            match self.decide(&mut draft, job) {
                Ok(index) => waiting.push((index, answer)),
                // The asking side may have gone; its refusal then interests nobody.
                Err(refusal) => drop(answer.send(Err(refusal))),
            }
        }
        if matches!(course, Course::BeginsAgain) && !waiting.is_empty() {
            self.presence.begin_again(&mut draft, now);
        }
        self.presence.note(&mut draft, now);
        let feeds = draft.feeds().iter();
        let decided = DecidedBatch {
            leaves: draft.entries().iter().map(|entry| entry.leaf).collect(),
            feeds: feeds
                .map(|(unit, newest)| (unit.clone(), *newest))
                .collect(),
            roster: Arc::clone(draft.roster()),
            batch: draft.into_batch(),
        };
        Ok((decided, until))
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
            Job::Sessions(told) => {
                for one in &told {
                    if let Some(decision) = self.registry.decide_session(draft, one)? {
                        draft.apply(decision)?;
                    }
                }
                return Ok(None);
            }
            Job::Look => return Ok(None),
            Job::Looked(account) => {
                let now = cbor::to_vec(&draft.now());
                draft.set(tables::LOOKS, account.as_str().as_bytes().to_vec(), now);
                return Ok(None);
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
        };
        match outcome {
            Outcome::Repeat(index) => Ok(Some(index)),
            Outcome::New(decision) => Ok(Some(draft.apply(*decision)?)),
        }
    }

    fn commit(&mut self, decided: DecidedBatch, now: Timestamp) -> Result<(), CommitRefused> {
        let DecidedBatch {
            leaves,
            feeds,
            roster,
            mut batch,
        } = decided;
        if batch.is_empty() {
            return Ok(());
        }
        let first = self.frontier.size();
        let appended = tree_log::append(&self.frontier, &leaves);
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
        if leaves.is_empty() {
            return Ok(());
        }
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
}

/// How the time of a batch stands to that of the one before.
#[derive(Clone, Copy)]
enum Course {
    /// It goes on: what fell due meanwhile comes first.
    GoesOn,
    /// A correction sets it, perhaps back: what is due by it waits for the next batch.
    BeginsAgain,
}

/// What a batch comes to.
struct DecidedBatch {
    leaves: Vec<Digest>,
    feeds: Vec<(UnitCode, u64)>,
    roster: Arc<Roster>,
    batch: Batch,
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
) -> Result<bool, SequencerFailed> {
    let code = match &refused {
        CommitRefused::NoSpace => ErrorCode::NO_SPACE,
        _ => ErrorCode::STORE,
    };
    for (_, answer) in waiting {
        drop(answer.send(Err(Refusal::of(code))));
    }
    Err(SequencerFailed::Commit(refused))
}
