//! An exchange's store filled with what years of traffic would leave, without the traffic.
//!
//! The installation is a real one, founded by the authority's acts; documents and deliveries are
//! rows of the exchange's own tables, put there directly.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use clap::Args;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use serde_json::{Value, json};
use yichuan_document::life::Stage;
use yichuan_document::roster::Roster;
use yichuan_document::signed::{Signed, SlotRole};
use yichuan_document::statement::{About, Audience};
use yichuan_document::terms::{DocumentKind, Urgency};
use yichuan_document::{Digest, DocumentId, Timestamp, UnitCode, cbor};
use yichuan_exchange::clock::{SystemClock, wall};
use yichuan_exchange::log;
use yichuan_exchange::sequencer::{Job, Keys, Lane, Sequencer};
use yichuan_exchange::setup::{self, Places};
use yichuan_exchange::tables::{self, DeliveryRow, DocumentRow, Due, told};
use yichuan_store::{Batch, Embedded, SlotFile, Store};
use yichuan_tests::simulation::land::{Land, secret, unit_ref};
use yichuan_wire::figures::Figures;

use super::post::Failure;

/// Units that receive each document.
const DELIVERIES_EACH: usize = 1_000;
const HOUR_MS: u64 = 3_600_000;

/// An exchange over a store on the disk.
pub(super) struct Ground {
    pub(super) land: Land,
    pub(super) store: Arc<dyn Store>,
    pub(super) sequencer: Sequencer,
    thread: JoinHandle<()>,
}

impl Ground {
    /// Opens what is there, with the clock of this computer.
    pub(super) fn open(folder: &Path, land: Land) -> Result<Self, Failure> {
        let places = Places::below(folder);
        let store: Arc<dyn Store> = Arc::new(Embedded::open(&places.store, tables::SCHEMA)?);
        let last = SlotFile::open(&places.checkpoint)?;
        let origin = "yichuan.example".parse()?;
        let opened = {
            let view = store.view()?;
            log::open(
                view.as_ref(),
                &last,
                &origin,
                &[secret("checkpoint").public()],
            )?
        };
        let keys = Keys {
            checkpoint: secret("checkpoint"),
            entries: secret("entries"),
        };
        let clock = Arc::new(SystemClock::default());
        let begun = Sequencer::start(Arc::clone(&store), Box::new(last), keys, opened, clock);
        let (sequencer, thread) = begun?;
        Ok(Self {
            land,
            store,
            sequencer,
            thread,
        })
    }

    /// Founds an installation in which the first two units have people and keys.
    async fn found(folder: &Path, units: usize, rng: &mut ChaCha20Rng) -> Result<Self, Failure> {
        std::fs::create_dir_all(folder)?;
        let genesis = Land::genesis(rng);
        {
            let places = Places::below(folder);
            let store = Embedded::open(&places.store, tables::SCHEMA)?;
            let last = SlotFile::open(&places.checkpoint)?;
            setup::plant_genesis(&store, &last, &genesis, &secret("checkpoint"), wall())?;
        }
        let ground = Self::open(folder, Land::new(units))?;
        ground.say(Land::root_act(&ground.roster(), rng)).await?;
        for changes in ground.land.acts() {
            let officer = (SlotRole::Officer, "officer");
            let act = Land::sign_act(&ground.roster(), changes, officer, rng);
            ground.say(act).await?;
        }
        for enrolment in ground.land.enrolments().iter().take(4) {
            ground
                .say(Land::enrol(&ground.roster(), enrolment, rng))
                .await?;
        }
        for unit in 0..2 {
            let key = ground.land.unit_key(&ground.roster(), unit, rng);
            ground.say(key).await?;
        }
        Ok(ground)
    }

    pub(super) fn roster(&self) -> Arc<Roster> {
        Arc::clone(&self.sequencer.published().newest().roster)
    }

    async fn say(&self, signed: Signed) -> Result<(), Failure> {
        let job = Job::Roster(Box::new(signed), Vec::new());
        let done = self.sequencer.submit(Lane::Urgent, job).await;
        done.map(drop).map_err(|why| why.code.to_string().into())
    }

    /// Ends the exchange, and what it has on the disk is closed.
    pub(super) fn close(self) -> Result<(), Failure> {
        drop((self.store, self.sequencer));
        self.thread
            .join()
            .map_err(|_| "the sequencer panicked".into())
    }
}

/// Fills a store with open deliveries.
#[derive(Args)]
pub(super) struct FillDeliveries {
    /// The folder, which is made.
    #[arg(long)]
    folder: PathBuf,
    /// Open deliveries.
    #[arg(long)]
    deliveries: usize,
    /// How many of them have fallen due, all within one minute.
    #[arg(long)]
    due: usize,
}

impl FillDeliveries {
    pub(super) async fn run(self) -> Result<Value, Failure> {
        let since = Instant::now();
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let ground = Ground::found(&self.folder, DELIVERIES_EACH + 1, &mut rng).await?;
        let founded = since.elapsed().as_secs_f64();
        let now = wall();
        let minute_ago = Timestamp::from_unix_ms(now.unix_ms() - 70_000);
        let sender = ground.land.units[0].code.clone();
        let documents = self.deliveries / DELIVERIES_EACH;
        for place in 0..documents {
            let due = |unit: usize| {
                let number = place * DELIVERIES_EACH + unit;
                if number < self.due {
                    // A minute that is over: the exchange that runs here looks back no further.
                    minute_ago.plus_ms(number as u64 * 60_000 / self.due as u64)
                } else {
                    now.plus_ms(HOUR_MS + number as u64 % (6 * HOUR_MS))
                }
            };
            let id = DocumentId::new(now, &mut rng);
            let dispatched = Timestamp::from_unix_ms(now.unix_ms() - 7 * HOUR_MS);
            let row = document(&sender, id, dispatched);
            let mut batch = Batch::new();
            let manifest = row.about.manifest;
            batch.put(tables::DOCUMENTS, *manifest.as_bytes(), cbor::to_vec(&row));
            for (unit, office) in ground.land.units[1..].iter().enumerate() {
                let mut delivery =
                    DeliveryRow::announced(dispatched, row.month, due(unit), manifest);
                // The two reminders before were told.
                delivery.told = told(75, Audience::Receivers);
                delivery.wake = Some(delivery.due);
                let key = tables::delivery(&manifest, &office.code);
                batch.put(tables::DELIVERIES, key, cbor::to_vec(&delivery));
                let wakes = Due::Delivery(manifest, office.code.clone());
                batch.put(
                    tables::DEADLINES,
                    tables::deadline(delivery.due, &wakes),
                    [],
                );
            }
            ground.store.commit(batch, &[])?;
        }
        let mut batch = Batch::new();
        for office in &ground.land.units[1..] {
            let figures = Figures {
                received: u32::try_from(documents)?,
                ..Figures::default()
            };
            let key = tables::figures(&office.code, MONTH);
            batch.put(tables::FIGURES, key, cbor::to_vec(&figures));
        }
        ground.store.commit(batch, &[])?;
        ground.close()?;
        Ok(json!({
            "deliveries": documents * DELIVERIES_EACH,
            "due": self.due,
            "founded_seconds": founded,
            "seconds": since.elapsed().as_secs_f64(),
        }))
    }
}

/// A month for all that is put directly.
const MONTH: u32 = 202_611;

/// A document of one unit that is out, and whose sender has looked.
fn document(sender: &UnitCode, id: DocumentId, dispatched: Timestamp) -> DocumentRow {
    let manifest = Digest::of(id.as_bytes());
    let account = format!("{sender}-fs01");
    DocumentRow {
        about: About {
            document: id,
            manifest,
        },
        issuers: vec![unit_ref(sender)],
        submitters: Vec::new(),
        account: account.parse().expect("a unit's code begins an account's"),
        submission: manifest,
        submitted_at: 0,
        wraps: manifest,
        wraps_bytes: manifest,
        approvals: Vec::new(),
        stage: Stage::Dispatched.code(),
        approved: 1,
        seals: 1,
        last_seal: Some(manifest),
        facts: 0,
        root: manifest,
        dispatched: Some(dispatched),
        urgency: Urgency::Ordinary,
        kind: DocumentKind::Notice,
        inquiry_due: None,
        inquired: Some(dispatched),
        inquiry_missed: false,
        replaced_by: None,
        month: MONTH,
    }
}

/// Fills a store with documents of one unit.
#[derive(Args)]
pub(super) struct FillDocuments {
    /// The folder, which is made.
    #[arg(long)]
    folder: PathBuf,
    /// Documents that the unit has sent, and as many that it has received.
    #[arg(long)]
    documents: usize,
}

impl FillDocuments {
    pub(super) async fn run(self) -> Result<Value, Failure> {
        let since = Instant::now();
        let mut rng = ChaCha20Rng::seed_from_u64(2);
        let ground = Ground::found(&self.folder, 2, &mut rng).await?;
        let [own, other] = [0, 1].map(|unit: usize| ground.land.units[unit].code.clone());
        let now = wall();
        for first in (0..self.documents).step_by(DELIVERIES_EACH) {
            let mut batch = Batch::new();
            for number in first..first + DELIVERIES_EACH {
                for (sender, received) in [(&own, false), (&other, true)] {
                    let row = document(sender, DocumentId::new(now, &mut rng), now);
                    let manifest = row.about.manifest;
                    batch.put(tables::DOCUMENTS, *manifest.as_bytes(), cbor::to_vec(&row));
                    let key = tables::unit_document(&own, received, number as u64);
                    batch.put(tables::UNIT_DOCUMENTS, key, *manifest.as_bytes());
                    let to = if received { &own } else { &other };
                    let due = now.plus_ms(HOUR_MS);
                    let delivery = DeliveryRow::announced(now, row.month, due, manifest);
                    let key = tables::delivery(&manifest, to);
                    batch.put(tables::DELIVERIES, key, cbor::to_vec(&delivery));
                }
            }
            ground.store.commit(batch, &[])?;
        }
        ground.close()?;
        Ok(json!({
            "sent": self.documents,
            "received": self.documents,
            "seconds": since.elapsed().as_secs_f64(),
        }))
    }
}
