//! The simulated exchange: the real sequencer on a disk in memory, and a clock that can be set.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};
use yichuan_document::Timestamp;
use yichuan_document::roster::Roster;
use yichuan_document::roster::act::Change;
use yichuan_document::roster::record::Time;
use yichuan_document::roster::record::clocks::TIME_ID;
use yichuan_document::signed::{Signed, SlotRole};
use yichuan_exchange::clock::{Clock, Hold};
use yichuan_exchange::log;
use yichuan_exchange::registry::{Incoming, Refusal, Registry, prepare};
use yichuan_exchange::sequencer::{Done, Job, Keys, Lane, Newest, Sequencer};
use yichuan_exchange::service::Office;
use yichuan_exchange::{setup, tables};
use yichuan_store::{Fault, MemoryDisk, Step, Store, View};
use yichuan_wire::ErrorCode;

use super::land::{Land, secret};
use super::traffic::poll_once;
use super::{BEGIN, HOUR_MS, Simulation};

/// How many kinds of faults there are.
pub const FAULTS: u8 = 7;

/// A clock that passes when it is told to, and that can be set wrong.
#[derive(Debug)]
pub struct SetClock(Mutex<Both>);

#[derive(Clone, Copy, Debug)]
struct Both {
    real: Timestamp,
    /// What is wrong with the wall clock, in milliseconds.
    wrong: i64,
}

impl SetClock {
    fn both(&self) -> Both {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The true time.
    pub fn real(&self) -> Timestamp {
        self.both().real
    }

    /// Lets time pass until `at`.
    pub fn advance_to(&self, at: Timestamp) {
        let mut both = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        both.real = both.real.max(at);
    }

    /// Sets the wall clock wrong by so much.
    pub fn set_wrong(&self, ms: i64) {
        let mut both = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        both.wrong = ms;
    }
}

/// A clock that is held; let go when this is dropped.
pub struct HeldClock<'c>(#[expect(dead_code, reason = "held, never read")] MutexGuard<'c, Both>);

impl SetClock {
    /// Lets time pass until `at`, and holds the clock there: whoever asks it the time waits.
    pub fn hold_at(&self, at: Timestamp) -> HeldClock<'_> {
        let mut both = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        both.real = both.real.max(at);
        HeldClock(both)
    }
}

impl Clock for SetClock {
    fn wall(&self) -> Timestamp {
        let both = self.both();
        let wall = both.real.unix_ms().saturating_add_signed(both.wrong);
        Timestamp::from_unix_ms(wall)
    }

    fn passed(&self) -> Duration {
        Duration::from_millis(self.both().real.ms_since(BEGIN))
    }
}

struct Running {
    store: Arc<dyn Store>,
    sequencer: Sequencer,
    thread: JoinHandle<()>,
}

/// The exchange.
pub struct Exchange {
    /// Its clock.
    pub clock: Arc<SetClock>,
    /// Its disk.
    pub disk: MemoryDisk,
    running: Option<Running>,
    roster: Arc<Roster>,
    rng: ChaCha20Rng,
}

impl Exchange {
    /// Founds an installation with all its units.
    pub async fn found(land: &Land, rng: &mut ChaCha20Rng) -> Result<Self, String> {
        let disk = MemoryDisk::new();
        let clock = Arc::new(SetClock(Mutex::new(Both {
            real: BEGIN,
            wrong: 0,
        })));
        let genesis = Land::genesis(rng);
        let store = disk.store(tables::SCHEMA).map_err(|e| e.to_string())?;
        let last = disk.last_record();
        setup::plant_genesis(&store, &last, &genesis, &secret("checkpoint"), BEGIN)
            .map_err(|error| error.to_string())?;
        drop(store);
        let roster = Roster::begin(&genesis).map_err(|_| "the genesis".to_owned())?;
        let mut exchange = Self {
            clock,
            disk,
            running: None,
            roster: Arc::new(roster),
            rng: ChaCha20Rng::seed_from_u64(rng.next_u64()),
        };
        exchange.ensure_running().await?;
        exchange.open_offices(land).await?;
        Ok(exchange)
    }

    async fn open_offices(&mut self, land: &Land) -> Result<(), String> {
        let root = Land::root_act(&self.roster(), &mut self.rng);
        self.roster_statement(root).await?;
        for changes in land.acts() {
            let roster = self.roster();
            let officer = (SlotRole::Officer, "officer");
            let act = Land::sign_act(&roster, changes, officer, &mut self.rng);
            self.roster_statement(act).await?;
        }
        for enrolment in land.enrolments() {
            let signed = Land::enrol(&self.roster(), &enrolment, &mut self.rng);
            self.roster_statement(signed).await?;
        }
        for unit in 0..land.units.len() {
            let signed = land.unit_key(&self.roster(), unit, &mut self.rng);
            self.roster_statement(signed).await?;
        }
        Ok(())
    }

    async fn roster_statement(&self, signed: Signed) -> Result<(), String> {
        let job = Job::Roster(Box::new(signed), Vec::new());
        let done = self.submit(Lane::Urgent, job).await;
        done.map(drop).map_err(|why| format!("{why:?}"))
    }

    /// Gives the exchange something to do.
    pub async fn submit(&self, lane: Lane, job: Job) -> Result<Done, Refusal> {
        let stopped = Refusal::of(ErrorCode::STOPPING);
        let running = self.running.as_ref().ok_or(stopped)?;
        running.sequencer.submit(lane, job).await
    }

    /// Gives the exchange several things to do that find its clock at `at`, all in one batch.
    pub async fn submit_together(
        &self,
        at: Timestamp,
        jobs: Vec<(Lane, Job)>,
    ) -> Vec<Result<Done, Refusal>> {
        let held = self.clock.hold_at(at);
        let mut under_way = Vec::with_capacity(jobs.len());
        for (lane, job) in jobs {
            let mut future = Box::pin(self.submit(lane, job));
            let outcome = poll_once(&mut future).await;
            under_way.push((future, outcome));
        }
        // The sequencer asks its clock the time before it takes a second request.
        drop(held);
        let mut outcomes = Vec::with_capacity(under_way.len());
        for (future, outcome) in under_way {
            outcomes.push(match outcome {
                Some(outcome) => outcome,
                None => future.await,
            });
        }
        outcomes
    }

    /// Starts the exchange where it does not run, and has its time confirmed where it holds.
    pub(crate) async fn ensure_running(&mut self) -> Result<(), String> {
        self.start()?;
        self.look().await;
        if self.held().is_some() && self.clock.both().wrong == 0 {
            self.confirm_time().await?;
            self.look().await;
        }
        Ok(())
    }

    /// Starts the exchange where it does not run.
    pub fn start(&mut self) -> Result<(), String> {
        if self.running.is_none() {
            let store = self.disk.store(tables::SCHEMA).map_err(|e| e.to_string())?;
            let store: Arc<dyn Store> = Arc::new(store);
            let last = self.disk.last_record();
            let opened = {
                let view = store.view().map_err(|e| e.to_string())?;
                let origin = "yichuan.example".parse().map_err(|_| "an origin")?;
                let keys = [secret("checkpoint").public()];
                log::open(view.as_ref(), &last, &origin, &keys).map_err(|e| e.to_string())?
            };
            let keys = Keys {
                checkpoint: secret("checkpoint"),
                entries: secret("entries"),
            };
            let clock: Arc<dyn Clock> = self.clock.clone();
            let begun = Sequencer::start(Arc::clone(&store), Box::new(last), keys, opened, clock);
            let (sequencer, thread) = begun.map_err(|error| error.to_string())?;
            self.running = Some(Running {
                store,
                sequencer,
                thread,
            });
        }
        Ok(())
    }

    /// What stands behind the port of the exchange, while it runs.
    pub fn office(&self) -> Option<Office> {
        let running = self.running.as_ref()?;
        let bodies = Arc::new(self.disk.bodies().ok()?);
        let (store, sequencer) = (Arc::clone(&running.store), running.sequencer.clone());
        let registry = Registry::new(secret("entries"));
        Some(Office::new(store, bodies, sequencer, registry))
    }

    /// The newest checkpoint, while the exchange runs.
    pub fn newest(&self) -> Option<Arc<Newest>> {
        Some(self.running.as_ref()?.sequencer.published().newest())
    }

    async fn confirm_time(&mut self) -> Result<(), String> {
        let roster = self.roster();
        let time = Time {
            epoch: roster.time().map_or(0, |time| time.epoch),
            at: self.clock.wall(),
            annulled: Vec::new(),
        };
        let changes = vec![Change::put(TIME_ID, &time)];
        let act = Land::sign_act(
            &roster,
            changes,
            (SlotRole::Officer, "officer"),
            &mut self.rng,
        );
        self.roster_statement(act).await
    }

    /// Why the exchange holds.
    pub fn held(&self) -> Option<Hold> {
        self.running.as_ref()?.sequencer.published().held()
    }

    /// Stops the exchange, or takes its power away.
    pub fn stop(&mut self, crash: bool) {
        let Some(running) = self.running.take() else {
            return;
        };
        self.roster = Arc::clone(&running.sequencer.published().newest().roster);
        if crash {
            self.disk.crash();
        }
        let Running {
            store,
            sequencer,
            thread,
        } = running;
        drop((store, sequencer));
        // The thread ends with its queue; it holds the disk until then.
        let _ = thread.join();
    }

    /// Orders that a step of the disk fails.
    pub fn fail(&self, step: Step, fault: Fault) {
        self.disk.faults().order(step, 1, fault);
    }

    /// Takes back what was ordered and did not happen.
    pub fn mend(&self) {
        self.disk.faults().clear();
    }

    /// The roster as the exchange published it last.
    pub fn roster(&self) -> Arc<Roster> {
        match &self.running {
            Some(running) => Arc::clone(&running.sequencer.published().newest().roster),
            None => Arc::clone(&self.roster),
        }
    }

    /// What the log says now; none while the exchange is down.
    pub fn view(&self) -> Option<Box<dyn View>> {
        self.running.as_ref()?.store.view().ok()
    }

    /// Has the exchange look at what is due. Returns whether it did.
    pub async fn look(&self) -> bool {
        self.submit(Lane::Urgent, Job::Look).await.is_ok()
    }

    /// The time that the exchange goes by.
    pub fn log_time(&self) -> Timestamp {
        self.clock.wall()
    }

    /// A statement that was verified, and waits for its turn.
    pub fn prepared(&self, incoming: Incoming) -> Result<Job, Refusal> {
        let prepared = prepare(&self.roster(), self.clock.real(), incoming);
        let prepared = prepared.map_err(|not| not.refusal)?;
        Ok(Job::Unit(Box::new(prepared)))
    }

    /// Gives a statement to the exchange.
    pub async fn record(&self, lane: Lane, incoming: Incoming) -> Result<u64, ErrorCode> {
        if self.running.is_none() {
            return Err(ErrorCode::STOPPING);
        }
        let job = self.prepared(incoming).map_err(|refusal| refusal.code)?;
        let done = self.submit(lane, job).await;
        let index = done.map_err(|refusal| refusal.code)?.index;
        index.ok_or(ErrorCode::STORE)
    }
}

impl Simulation {
    /// Something goes wrong, and is mended some time later.
    pub(crate) async fn fault(&mut self, kind: u8) -> Result<(), String> {
        use super::traffic::Event;
        self.outcome.faults += 1;
        let (long, short) = (self.below(10 * HOUR_MS), self.below(HOUR_MS));
        match kind {
            0 => {
                self.exchange.stop(false);
                self.exchange.ensure_running().await?;
            }
            1 => {
                self.exchange.stop(true);
                self.exchange.ensure_running().await?;
            }
            2 => {
                self.exchange.stop(false);
                self.plan(long, Event::Mend);
            }
            3 => {
                self.exchange.stop(true);
                self.plan(long, Event::Mend);
            }
            4 => {
                self.exchange.clock.set_wrong(400 * 86_400_000);
                self.plan(3_000 + short, Event::Mend);
            }
            5 => {
                self.exchange.clock.set_wrong(-1_800_000);
                self.plan(3_000 + short, Event::Mend);
            }
            _ => {
                let faults = [
                    Fault::NotPersisted,
                    Fault::PersistedButError,
                    Fault::NoSpace,
                ];
                let fault = faults[usize::try_from(self.below(3)).unwrap_or(0)];
                self.exchange.fail(Step::Commit, fault);
                self.plan(60_000 + short, Event::Mend);
            }
        }
        Ok(())
    }

    /// Whatever is wrong is mended: the clock set, the disk replaced, the exchange started.
    pub(crate) async fn mend(&mut self) -> Result<(), String> {
        self.exchange.clock.set_wrong(0);
        self.exchange.mend();
        if self.exchange.running.is_some() && !self.exchange.look().await {
            self.exchange.stop(false);
        }
        self.exchange.ensure_running().await
    }
}
