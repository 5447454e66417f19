//! A simulated prefecture: many units, days of traffic, an exchange that is stopped, crashes and
//! has its clock set, all from one seed. What the log says is folded a second time, by rules of its
//! own, and compared with what the exchange believes after every step.
//!
//! The engine, its sequencer and its checkpoints are the real ones, on a disk in memory; signatures
//! are made and verified. Only time is not: it passes as fast as it can.

pub mod exchange;
pub mod figures;
pub mod land;
pub mod oracle;
pub mod traffic;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::fmt;

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};
use yichuan_document::Timestamp;
use yichuan_wire::ErrorCode;

use exchange::Exchange;
use land::Land;
use oracle::Oracle;
use traffic::Event;

/// The instant at which every simulation begins: a Monday morning.
pub const BEGIN: Timestamp = Timestamp::from_unix_ms(1_795_996_800_000);
/// The figures are compared after so many steps, and at the end.
const FIGURES_EVERY: u64 = 100;
const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;

/// How large a simulation is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Units that send and receive.
    pub units: usize,
    /// Days.
    pub days: u64,
    /// Documents of a unit in a day, in hundredths.
    pub documents: u64,
}

/// What came of a simulation.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outcome {
    /// Entries of the log.
    pub entries: u64,
    /// Deliveries that began.
    pub deliveries: u64,
    /// Overdue entries.
    pub overdue: u64,
    /// Statements refused.
    pub refused: u64,
    /// Restarts, crashes and clocks that were set.
    pub faults: u64,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} entries, {} deliveries, {} overdue, {} refused, {} faults",
            self.entries, self.deliveries, self.overdue, self.refused, self.faults
        )
    }
}

/// A simulation under way.
pub struct Simulation {
    pub(crate) rng: ChaCha20Rng,
    pub(crate) size: Size,
    pub(crate) land: Land,
    pub(crate) exchange: Exchange,
    pub(crate) oracle: Oracle,
    pub(crate) outcome: Outcome,
    /// How often each code refused.
    pub(crate) refusals: BTreeMap<u16, u64>,
    queue: BinaryHeap<Reverse<(Timestamp, u64, Event)>>,
    made: u64,
    checks: u64,
}

/// Runs a simulation from its seed. Returns what went wrong first.
pub fn run(seed: u64, size: Size) -> Result<Outcome, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let mut simulation = Simulation::begin(seed, size).await?;
        simulation.live().await?;
        simulation.only_refused_for_good_reason()?;
        simulation.outcome.entries = simulation.oracle.size();
        Ok(simulation.outcome)
    })
}

impl Simulation {
    async fn begin(seed: u64, size: Size) -> Result<Self, String> {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let land = Land::new(size.units);
        let exchange = Exchange::found(&land, &mut rng).await?;
        let mut simulation = Self {
            rng,
            size,
            land,
            exchange,
            oracle: Oracle::default(),
            outcome: Outcome::default(),
            refusals: BTreeMap::new(),
            queue: BinaryHeap::new(),
            made: 0,
            checks: 0,
        };
        simulation.check(false)?;
        simulation.plan_traffic();
        simulation.plan_faults();
        Ok(simulation)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.rng.next_u64() % bound.max(1)
    }

    /// Whether something happens that happens so many times in a hundred.
    pub(crate) fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// Plans an event for `later_ms` from now.
    pub(crate) fn plan(&mut self, later_ms: u64, event: Event) {
        let at = self.exchange.clock.real().plus_ms(later_ms);
        self.made += 1;
        self.queue.push(Reverse((at, self.made, event)));
    }

    fn plan_traffic(&mut self) {
        let units = self.size.units as u64;
        let documents = units * self.size.days * self.size.documents / 100;
        for _ in 0..documents {
            let (unit, at) = (self.below(units), self.below(self.size.days * DAY_MS));
            let unit = usize::try_from(unit).unwrap_or(0);
            self.plan(at, Event::Compose(unit));
        }
    }

    fn plan_faults(&mut self) {
        for day in 0..self.size.days {
            for kind in 0..exchange::FAULTS {
                if self.percent(40) {
                    let at = day * DAY_MS + self.below(DAY_MS);
                    self.plan(at, Event::Fault(kind));
                }
            }
        }
    }

    async fn live(&mut self) -> Result<(), String> {
        let end = BEGIN.plus_ms(self.size.days * DAY_MS);
        while let Some(Reverse((at, _, event))) = self.queue.pop() {
            if at > end {
                break;
            }
            self.exchange.clock.advance_to(at);
            // Whatever is planned for the same minute comes in at once.
            let mut events = vec![event];
            while let Some(Reverse((next, _, _))) = self.queue.peek() {
                if next.ms_since(at) > 60_000 || events.len() >= 64 {
                    break;
                }
                let next = self.queue.pop();
                events.extend(next.map(|Reverse((_, _, event))| event));
            }
            self.happen(events).await?;
            let looked = self.exchange.look().await;
            self.check(looked)?;
        }
        self.exchange.clock.advance_to(end);
        self.exchange.ensure_running().await?;
        let looked = self.exchange.look().await;
        self.checks = FIGURES_EVERY - 1;
        self.check(looked)
    }

    /// People come too late, twice, or know too little; they do not say what cannot be read.
    fn only_refused_for_good_reason(&self) -> Result<(), String> {
        let good = [
            ErrorCode::STATE,
            ErrorCode::STALE,
            ErrorCode::REPLACES,
            // A decision about a supplement that was refused itself.
            ErrorCode::UNKNOWN_DOCUMENT,
        ];
        let good = good.map(ErrorCode::number);
        match self.refusals.iter().find(|(code, _)| !good.contains(code)) {
            Some((code, times)) => Err(format!("refused {times} times with code {code}")),
            None => Ok(()),
        }
    }

    /// Folds what is new in the log, and compares.
    pub(crate) fn check(&mut self, looked: bool) -> Result<(), String> {
        self.checks += 1;
        let Some(view) = self.exchange.view() else {
            return Ok(());
        };
        self.oracle.fold(view.as_ref(), &mut self.outcome)?;
        self.oracle.compare(view.as_ref())?;
        if self.checks.is_multiple_of(FIGURES_EVERY) {
            self.oracle.compare_figures(view.as_ref())?;
        }
        if looked {
            self.oracle.nothing_missing(self.exchange.log_time())?;
        }
        Ok(())
    }
}
