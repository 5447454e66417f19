//! How long it takes to record that a hundred thousand deliveries are overdue, what others feel of
//! it meanwhile, and how fast a long list is read.

use std::ops::Bound;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::{Args, Subcommand};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use serde_json::{Value, json};
use yichuan_document::statement::{About, Submission};
use yichuan_document::terms::Urgency;
use yichuan_document::{Digest, DocumentId, UnitRef, tree};
use yichuan_envelope::Leaves;
use yichuan_evidence::entry::{Entry, EntryKind};
use yichuan_exchange::clock::wall;
use yichuan_exchange::log;
use yichuan_exchange::net::{Peer, Service as _, Session};
use yichuan_exchange::registry::{BodyGiven, Incoming, Registry, prepare};
use yichuan_exchange::sequencer::{Job, Lane};
use yichuan_exchange::service::Office;
use yichuan_exchange::tables;
use yichuan_store::{MemoryDisk, StoreError};
use yichuan_tests::simulation::land::{Land, say, secret, unit_ref};
use yichuan_tests::simulation::traffic::{SEGMENT_SHORT, manifest, wraps};
use yichuan_wire::figures::DocumentsOf;
use yichuan_wire::message::{Answer, Ask, PasswordState, SessionState};

use super::filling::{FillDeliveries, FillDocuments, Ground};
use super::post::{Failure, percentile};

/// Submissions that are signed beforehand; more than fit into the time.
const SUBMISSIONS: usize = 3_000;
/// How often a list is asked for.
const LISTINGS: usize = 200;

/// What is done with a store that is filled beforehand.
#[derive(Subcommand)]
pub(super) enum Filled {
    FillDeliveries(FillDeliveries),
    FillDocuments(FillDocuments),
    Sweep(Sweep),
    List(List),
}

impl Filled {
    pub(super) async fn run(self) -> Result<Value, Failure> {
        match self {
            Self::FillDeliveries(fill) => fill.run().await,
            Self::FillDocuments(fill) => fill.run().await,
            Self::Sweep(sweep) => sweep.run().await,
            Self::List(list) => list.run().await,
        }
    }
}

/// Starts an exchange on a store with open deliveries, and sends it documents meanwhile.
#[derive(Args)]
pub(super) struct Sweep {
    /// The folder that was filled.
    #[arg(long)]
    folder: PathBuf,
    /// Units of the installation.
    #[arg(long, default_value_t = 1_001)]
    units: usize,
    /// How many overdue entries must be there in the end.
    #[arg(long)]
    due: usize,
    /// Whether a client sends documents meanwhile.
    #[arg(long)]
    alone: bool,
}

impl Sweep {
    pub(super) async fn run(self) -> Result<Value, Failure> {
        let begun = Instant::now();
        let ground = Ground::open(&self.folder, Land::new(self.units))?;
        let size = ground.sequencer.published().newest().size;
        let opened = begun.elapsed().as_secs_f64();
        let since = Instant::now();
        let swept = {
            let (store, last) = (Arc::clone(&ground.store), last_due(&ground)?);
            tokio::spawn(async move {
                // The rows go in the order of their time.
                while store.view()?.get(tables::DEADLINES, &last)?.is_some() {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                Ok::<f64, StoreError>(since.elapsed().as_secs_f64())
            })
        };
        let mut times = Vec::new();
        if !self.alone {
            let mut rng = ChaCha20Rng::seed_from_u64(3);
            for _ in 0..SUBMISSIONS {
                if swept.is_finished() {
                    break;
                }
                let incoming = submission(&ground, &mut rng)?;
                let asked = Instant::now();
                let prepared = prepare(&ground.roster(), wall(), incoming);
                let prepared = prepared.map_err(|not| not.refusal.code.to_string())?;
                let job = Job::Unit(Box::new(prepared));
                let done = ground.sequencer.submit(Lane::Ordinary, job).await;
                done.map_err(|refusal| refusal.code.to_string())?;
                times.push(asked.elapsed().as_secs_f64() * 1_000.0);
            }
        }
        let seconds = swept.await??;
        let computed = cpu_seconds("sequencer").unwrap_or(f64::NAN);
        let peak = peak_mib().unwrap_or(f64::NAN);
        let counted = count(&ground, size)?;
        if counted != self.due {
            return Err(format!("{counted} overdue entries, not {}", self.due).into());
        }
        ground.close()?;
        times.sort_by(f64::total_cmp);
        Ok(json!({
            "overdue": counted,
            "open_seconds": opened,
            "seconds": seconds,
            "sequencer_cpu_seconds": computed,
            "peak_mib": peak,
            "submissions": times.len(),
            "p50_ms": percentile(&times, 50),
            "p99_ms": percentile(&times, 99),
            "most_ms": percentile(&times, 100),
        }))
    }
}

/// The last deadline that has passed.
fn last_due(ground: &Ground) -> Result<Vec<u8>, Failure> {
    let now = wall().unix_ms().to_be_bytes();
    let view = ground.store.view()?;
    let last = view.last(tables::DEADLINES, Bound::Unbounded, Bound::Excluded(&now))?;
    Ok(last.ok_or("nothing has fallen due")?.0)
}

/// Overdue entries from an index on, each read from the log.
fn count(ground: &Ground, from: u64) -> Result<usize, Failure> {
    let view = ground.store.view()?;
    let mut found = 0;
    for index in from..log::size(view.as_ref())? {
        let bytes = view.get(tables::ENTRIES, &tables::index(index))?;
        let entry = Entry::read(&bytes.ok_or("an entry is missing")?)?;
        found += usize::from(entry.kind == EntryKind::Overdue);
    }
    Ok(found)
}

/// A small document from the first unit to the second.
fn submission(ground: &Ground, rng: &mut ChaCha20Rng) -> Result<Incoming, Failure> {
    let (roster, now) = (ground.roster(), wall());
    let office = &ground.land.units[0];
    let to: [UnitRef; 1] = [unit_ref(&ground.land.units[1].code)];
    let id = DocumentId::new(now, rng);
    let segment = vec![7; SEGMENT_SHORT as usize];
    let manifest = manifest(
        &roster,
        (office, &to),
        (id, now),
        Urgency::Ordinary,
        &segment,
    );
    let leaves = Leaves::new([(tree::leaf_hash(&segment), SEGMENT_SHORT)]);
    let leaves = leaves.map_err(|_| "a leaf list")?;
    let list = wraps(&roster, manifest.holders()).ok_or("no unit key")?;
    let body = Submission {
        about: About {
            document: id,
            manifest: manifest.digest(),
        },
        wraps: list.digest(),
    };
    let signed = say(&roster, office, &office.clerk, now, &body, rng);
    Ok(Incoming {
        signed,
        attachments: vec![manifest.to_bytes(), list.to_bytes()],
        body: BodyGiven::Inline(leaves.to_bytes(), segment),
    })
}

/// Asks for a unit's newest documents.
#[derive(Args)]
pub(super) struct List {
    /// The folder that was filled.
    #[arg(long)]
    folder: PathBuf,
    /// How many are asked for at once.
    #[arg(long, default_value_t = 50)]
    count: u32,
}

impl List {
    pub(super) async fn run(self) -> Result<Value, Failure> {
        let ground = Ground::open(&self.folder, Land::new(2))?;
        let bodies = Arc::new(MemoryDisk::new().bodies()?);
        let (store, sequencer) = (ground.store.clone(), ground.sequencer.clone());
        let office = Office::new(store, bodies, sequencer, Registry::new(secret("entries")));
        let peer = peer(&ground)?;
        let mut first = f64::NAN;
        let mut times = Vec::with_capacity(2 * LISTINGS);
        for round in 0..LISTINGS {
            for received in [false, true] {
                let of = DocumentsOf {
                    received,
                    before: None,
                    count: self.count,
                };
                let since = Instant::now();
                let answer = office.answer(&peer, Ask::Documents(of)).await;
                let milliseconds = since.elapsed().as_secs_f64() * 1_000.0;
                let Answer::Documents(table) = answer else {
                    return Err("no documents were listed".into());
                };
                if table.lines.len() != self.count as usize {
                    return Err("not as many as were asked for".into());
                }
                if round == 0 && !received {
                    first = milliseconds;
                }
                times.push(milliseconds);
            }
        }
        drop(office);
        ground.close()?;
        times.sort_by(f64::total_cmp);
        Ok(json!({
            "first_ms": first,
            "p50_ms": percentile(&times, 50),
            "p99_ms": percentile(&times, 99),
            "most_ms": percentile(&times, 100),
            "peak_mib": peak_mib(),
        }))
    }
}

/// The clerk of the first unit, in a session.
fn peer(ground: &Ground) -> Result<Peer, Failure> {
    let office = &ground.land.units[0];
    let session = Session {
        account: office.clerk.clone(),
        device: office.device.clone(),
        state: SessionState {
            password: PasswordState::Good,
            until: None,
        },
        opened: wall(),
        held: None,
    };
    Ok(Peer {
        tls_key: secret(&format!("tls {}", office.device)).public(),
        exporter: Digest::of(b"a connection"),
        session: Some(session),
        remote: "127.0.0.1:9".parse()?,
    })
}

/// The most memory that this process has held, as Linux tells it.
fn peak_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let mut lines = status.lines();
    let line = lines.find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1_024.0)
}

/// What a thread of this process has computed, as Linux tells it.
fn cpu_seconds(thread: &str) -> Option<f64> {
    let tasks = std::fs::read_dir("/proc/self/task").ok()?;
    let stat = tasks.filter_map(|task| {
        let stat = std::fs::read_to_string(task.ok()?.path().join("stat")).ok()?;
        stat.contains(&format!("({thread})")).then_some(stat)
    });
    let stat = stat.last()?;
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    // In hundredths on every Linux of today.
    Some((user + system) / 100.0)
}
