//! Running the exchange: everything opened in order, and stopped in the opposite one.

use std::fmt;
use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::watch;
use yichuan_store::Bodies;

use crate::clock::SystemClock;
use crate::config::{BadConfig, Config, LogFormat};
use crate::keys::{BadKeys, OwnKeys};
use crate::log::{self, CannotOpen};
use crate::net::{self, NetSettings};
use crate::registry::Registry;
use crate::sequencer::{Keys, Sequencer, SequencerFailed, clock};
use crate::service::Office;
use crate::setup::{CannotSetUp, Disk};
use crate::{health, unix};

/// Where a running exchange listens.
#[derive(Clone, Copy, Debug)]
pub struct Addresses {
    /// The protocol, QUIC and TCP.
    pub protocol: SocketAddr,
    /// Health, readiness, figures.
    pub status: SocketAddr,
}

/// Runs the exchange of `home` until it is asked to stop. `started` is called once it serves.
pub async fn run(home: &Path, started: impl FnOnce(Addresses)) -> Result<(), RunFailed> {
    let config = Config::load(home).map_err(RunFailed::Config)?;
    start_log(&config);
    let signals = unix::StopSignals::listen().map_err(RunFailed::Signal)?;
    let all = OwnKeys::load_all(home).map_err(RunFailed::Keys)?;
    let disk = Disk::open(&config.data).map_err(RunFailed::SetUp)?;
    let origin = config.origin.parse().map_err(|_| RunFailed::NotSetUp)?;
    let opened = {
        let view = disk
            .store
            .view()
            .map_err(|e| RunFailed::Open(CannotOpen::Store(e)))?;
        if log::size(view.as_ref()).map_err(|e| RunFailed::Open(CannotOpen::Store(e)))? == 0 {
            return Err(RunFailed::NotSetUp);
        }
        let own: Vec<_> = all.iter().map(|keys| keys.checkpoint().public()).collect();
        log::open(view.as_ref(), disk.last.as_ref(), &origin, &own).map_err(RunFailed::Open)?
    };
    let certified = opened.roster.exchange();
    let keys = certified.and_then(|certified| OwnKeys::certified(all, &certified));
    let keys = keys.ok_or(RunFailed::NotCertified)?;
    let signing = Keys {
        checkpoint: keys.checkpoint(),
        entries: keys.entries(),
    };
    let clock = Arc::new(SystemClock::default());
    let begun = Sequencer::start(Arc::clone(&disk.store), disk.last, signing, opened, clock);
    let (sequencer, thread) = begun.map_err(RunFailed::Sequencer)?;
    let published = Arc::clone(sequencer.published());
    let registry = Registry::new(keys.entries());
    let bodies = Arc::clone(&disk.bodies);
    let office = Arc::new(Office::new(disk.store, disk.bodies, sequencer, registry));
    office.resume_sittings().map_err(|_| RunFailed::Sittings)?;
    let (stop, stopping) = watch::channel(false);
    let settings = NetSettings::new(config.listen, keys.tls_seed(), config.connections_max);
    let serving =
        net::serve(Arc::clone(&office), &settings, stopping.clone()).map_err(RunFailed::Serve)?;
    let status = health::serve(config.status, Arc::clone(&published), stopping.clone())
        .await
        .map_err(RunFailed::Status)?;
    let addresses = Addresses {
        protocol: serving.local_addr(),
        status,
    };
    tracing::info!(protocol = %addresses.protocol, status = %addresses.status, "serving");
    let sittings = tokio::spawn(sittings(Arc::clone(&office), stopping.clone()));
    tokio::spawn(sweep(bodies, config.upload_hours_max, stopping));
    started(addresses);
    let mut failed = published.failed();
    let outcome = tokio::select! {
        () = signals.asked() => Ok(()),
        _ = failed.wait_for(|failed| *failed) => Err(RunFailed::StoreFailed),
    };
    tracing::info!("stopping");
    stop.send_replace(true);
    serving.finished().await;
    if sittings.await.is_err() {
        tracing::error!("recording sessions ended badly");
    }
    // The last handle to the sequencer goes with the office; then its thread ends.
    drop(office);
    if tokio::task::spawn_blocking(move || thread.join())
        .await
        .is_err()
    {
        tracing::error!("the sequencer ended badly");
    }
    tracing::info!("stopped");
    outcome
}

/// Has what happened to sessions recorded: at once, what has ended within a second, and what is
/// left when the exchange stops.
async fn sittings(office: Arc<Office>, mut stopping: watch::Receiver<bool>) {
    let mut every = tokio::time::interval(Duration::from_secs(1));
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let over = tokio::select! {
            _ = every.tick() => {
                office.sweep_sittings(clock());
                false
            }
            () = office.sittings_to_record() => false,
            _ = stopping.wait_for(|stop| *stop) => true,
        };
        office.record_sittings().await;
        if over {
            return;
        }
    }
}

/// Sweeps uploads that nobody continued, at start and then every hour.
async fn sweep(bodies: Arc<dyn Bodies>, hours: u32, mut stopping: watch::Receiver<bool>) {
    let age = Duration::from_secs(u64::from(hours) * 3_600);
    let mut every = tokio::time::interval(Duration::from_secs(3_600));
    loop {
        tokio::select! {
            _ = every.tick() => {}
            _ = stopping.wait_for(|stop| *stop) => return,
        }
        let bodies = Arc::clone(&bodies);
        let swept = tokio::task::spawn_blocking(move || {
            SystemTime::now()
                .checked_sub(age)
                .map(|before| bodies.sweep(before))
        })
        .await;
        match swept {
            Ok(Some(Ok(keys))) if !keys.is_empty() => {
                tracing::info!(count = keys.len(), "unfinished uploads swept");
            }
            Ok(Some(Err(error))) => tracing::error!(%error, "uploads could not be swept"),
            _ => {}
        }
    }
}

fn start_log(config: &Config) {
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log_filter)
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let outcome = match config.log_format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    if outcome.is_err() {
        tracing::debug!("a log was started before");
    }
}

/// Why the exchange does not run.
#[derive(Debug)]
#[non_exhaustive]
pub enum RunFailed {
    /// The configuration.
    Config(BadConfig),
    /// The keys.
    Keys(BadKeys),
    /// The disk.
    SetUp(CannotSetUp),
    /// The log.
    Open(CannotOpen),
    /// The log is empty.
    NotSetUp,
    /// The authority has not certified these keys.
    NotCertified,
    /// The sequencer.
    Sequencer(SequencerFailed),
    /// The protocol port.
    Serve(net::CannotServe),
    /// The status port.
    Status(std::io::Error),
    /// Signals cannot be received.
    Signal(std::io::Error),
    /// The store failed while running.
    StoreFailed,
    /// The sittings that had not ended cannot be read.
    Sittings,
}

impl fmt::Display for RunFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => error.fmt(f),
            Self::Keys(error) => error.fmt(f),
            Self::SetUp(error) => error.fmt(f),
            Self::Open(error) => error.fmt(f),
            Self::NotSetUp => f.write_str(
                "the log is empty: run `yichuan-exchange admit` with the authority's genesis \
                 and its certification of this exchange",
            ),
            Self::NotCertified => f.write_str(
                "the authority has not certified this exchange's keys: have the request signed \
                 (`yichuan authority sign exchange`) and admit the result",
            ),
            Self::Sequencer(error) => error.fmt(f),
            Self::Serve(error) => error.fmt(f),
            Self::Status(error) => write!(f, "the status port cannot be served: {error}"),
            Self::Signal(error) => write!(f, "signals cannot be received: {error}"),
            Self::Sittings => f.write_str("the records of sessions cannot be read from the store"),
            Self::StoreFailed => f.write_str("the store failed; look at the disk, then restart"),
        }
    }
}

impl std::error::Error for RunFailed {}
