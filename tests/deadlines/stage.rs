//! A small world: a few units, one exchange, and what they say to each other.

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use yichuan_document::manifest::Manifest;
use yichuan_document::roster::act::Change;
use yichuan_document::roster::record::Time;
use yichuan_document::roster::record::clocks::{IndexSpan, TIME_ID};
use yichuan_document::signed::{Body, SlotRole};
use yichuan_document::statement::{
    About, Approval, AttachmentRef, CheckLine, Fetch, InspectionList, OfDelivery, Overdue, Recall,
    Receipt, Return, SealUse, Submission,
};
use yichuan_document::terms::Urgency;
use yichuan_document::{AccountId, Digest, DocumentId, Timestamp, UnitCode, UnitRef, cbor};
use yichuan_envelope::Leaves;
use yichuan_evidence::entry::{Entry, EntryKind};
use yichuan_exchange::log;
use yichuan_exchange::registry::{BodyGiven, Incoming};
use yichuan_exchange::sequencer::{Job, Lane};
use yichuan_exchange::tables::{self, DeliveryRow};
use yichuan_tests::simulation::exchange::Exchange;
use yichuan_tests::simulation::land::{Land, Office, say, secret, unit_ref};
use yichuan_tests::simulation::traffic::{SEGMENT_SHORT, manifest, wraps};
use yichuan_wire::ErrorCode;
use yichuan_wire::figures::Figures;

pub(crate) const MINUTE: u64 = 60_000;
pub(crate) const HOUR: u64 = 60 * MINUTE;
pub(crate) const DAY: u64 = 24 * HOUR;

/// A world in which unit 0 sends and the others receive.
pub(crate) struct Stage {
    pub(crate) land: Land,
    pub(crate) exchange: Exchange,
    pub(crate) rng: ChaCha20Rng,
}

/// An entry with its index.
pub(crate) type Placed = (u64, Entry);

impl Stage {
    pub(crate) async fn new(units: usize) -> Self {
        Self::from_seed(units, 1).await
    }

    /// The same units in another installation.
    pub(crate) async fn from_seed(units: usize, seed: u64) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let land = Land::new(units);
        let exchange = Exchange::found(&land, &mut rng).await.unwrap();
        Self {
            land,
            exchange,
            rng,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.exchange.clock.real()
    }

    /// Lets time pass with an exchange that is there: it notes so at least every two minutes.
    pub(crate) async fn pass_to(&self, at: Timestamp) {
        while self.now() < at {
            let next = self.now().plus_ms(2 * MINUTE).min(at);
            self.exchange.clock.advance_to(next);
            assert!(self.exchange.look().await);
        }
    }

    pub(crate) fn code(&self, unit: usize) -> UnitCode {
        self.land.units[unit].code.clone()
    }

    pub(crate) fn unit_ref(&self, unit: usize) -> UnitRef {
        unit_ref(&self.land.units[unit].code)
    }

    /// An officer's act.
    pub(crate) async fn act(&mut self, changes: Vec<Change>) -> Result<u64, ErrorCode> {
        let roster = self.exchange.roster();
        let officer = (SlotRole::Officer, "officer");
        let act = Land::sign_act(&roster, changes, officer, &mut self.rng);
        let job = Job::Roster(Box::new(act), Vec::new());
        let done = self.exchange.submit(Lane::Urgent, job).await;
        Ok(done.map_err(|refusal| refusal.code)?.index.unwrap())
    }

    /// An officer has looked at a clock.
    pub(crate) async fn tell_time(
        &mut self,
        epoch: u32,
        at: Timestamp,
        annulled: &[(u64, u64)],
    ) -> Result<u64, ErrorCode> {
        let spans = annulled.iter();
        let time = Time {
            epoch,
            at,
            annulled: spans
                .map(|&(from, until)| IndexSpan { from, until })
                .collect(),
        };
        self.act(vec![Change::put(TIME_ID, &time)]).await
    }

    pub(crate) fn say_as<B: Body>(
        &mut self,
        unit: usize,
        account: fn(&Office) -> &AccountId,
        body: &B,
        attachments: Vec<Vec<u8>>,
    ) -> Incoming {
        let office = &self.land.units[unit];
        let (roster, now) = (self.exchange.roster(), self.now());
        let signed = say(&roster, office, account(office), now, body, &mut self.rng);
        Incoming {
            signed,
            attachments,
            body: BodyGiven::Absent,
        }
    }

    /// What the clerk of a unit says.
    pub(crate) fn say<B: Body>(&mut self, unit: usize, body: &B) -> Incoming {
        self.say_as(unit, |office| &office.clerk, body, Vec::new())
    }

    pub(crate) async fn record(&self, incoming: &Incoming) -> Result<u64, ErrorCode> {
        self.exchange.record(Lane::Ordinary, incoming.clone()).await
    }

    /// Gives statements to the exchange, all in one batch that begins at `at`.
    pub(crate) async fn together(
        &self,
        at: Timestamp,
        all: &[&Incoming],
    ) -> Vec<Result<u64, ErrorCode>> {
        let prepared = |incoming: &&Incoming| self.exchange.prepared((*incoming).clone());
        let jobs = all.iter().map(|it| (Lane::Ordinary, prepared(it).unwrap()));
        let done = self.exchange.submit_together(at, jobs.collect()).await;
        let one = |done: Result<yichuan_exchange::sequencer::Done, _>| {
            let done = done.map_err(|refusal: yichuan_exchange::registry::Refusal| refusal.code)?;
            Ok(done.index.unwrap())
        };
        done.into_iter().map(one).collect()
    }

    /// A document of unit 0, entered but not approved, with its manifest.
    pub(crate) fn submission(&mut self, to: &[usize], urgency: Urgency) -> (Incoming, Manifest) {
        let roster = self.exchange.roster();
        let office = self.land.units[0].clone();
        let to: Vec<UnitRef> = to.iter().map(|unit| self.unit_ref(*unit)).collect();
        let now = self.now();
        let id = DocumentId::new(now, &mut self.rng);
        let segment = vec![7; SEGMENT_SHORT as usize];
        let manifest = manifest(&roster, (&office, &to), (id, now), urgency, &segment);
        let leaf = yichuan_document::tree::leaf_hash(&segment);
        let leaves = Leaves::new([(leaf, SEGMENT_SHORT)]).unwrap();
        let wraps = wraps(&roster, manifest.holders()).unwrap();
        let body = Submission {
            about: About {
                document: id,
                manifest: manifest.digest(),
            },
            wraps: wraps.digest(),
        };
        let attachments = vec![manifest.to_bytes(), wraps.to_bytes()];
        let mut incoming = self.say_as(0, |office| &office.clerk, &body, attachments);
        incoming.body = BodyGiven::Inline(leaves.to_bytes(), segment);
        (incoming, manifest)
    }

    /// A document of unit 0 that is out.
    pub(crate) async fn dispatched(&mut self, to: &[usize], urgency: Urgency) -> About {
        let (submission, manifest) = self.submission(to, urgency);
        self.record(&submission).await.unwrap();
        let body: Submission = submission.signed.claimed().unwrap().body().unwrap();
        let about = body.about;
        assert_eq!(about.manifest, manifest.digest());
        let approval = Approval {
            about,
            wraps: body.wraps,
            submission: submission.signed.digest(),
            declarations: Vec::new(),
        };
        let approval = self.say_as(0, |office| &office.head, &approval, Vec::new());
        self.record(&approval).await.unwrap();
        let seal = self.land.units[0].seal.clone();
        let record = b"a seal record".to_vec();
        let body = SealUse {
            about,
            seal: seal.clone(),
            ordinal: 1,
            approvals: vec![approval.signed.digest()],
            previous: None,
            record: AttachmentRef::to(&record).unwrap(),
        };
        let mut incoming = self.say_as(0, |office| &office.clerk, &body, vec![record]);
        incoming.signed.add(SlotRole::Seal, &secret(seal.as_str()));
        self.record(&incoming).await.unwrap();
        about
    }

    /// A document to unit 1 that it has fetched, and when it is due.
    pub(crate) async fn fetched(&mut self) -> (About, Timestamp) {
        let about = self.dispatched(&[1], Urgency::Ordinary).await;
        let fetch = self.fetch(about, 1);
        self.record(&fetch).await.unwrap();
        (about, self.delivery(&about, 1).due)
    }

    pub(crate) fn of_delivery(&self, about: About, unit: usize) -> OfDelivery {
        OfDelivery {
            about,
            unit: self.unit_ref(unit),
            previous: self.delivery(&about, unit).last,
        }
    }

    pub(crate) fn fetch(&mut self, about: About, unit: usize) -> Incoming {
        let delivery = self.of_delivery(about, unit);
        self.say(unit, &Fetch { delivery })
    }

    pub(crate) fn receipt(&mut self, about: About, unit: usize) -> Incoming {
        self.receipt_of(self.of_delivery(about, unit), unit)
    }

    pub(crate) fn receipt_of(&mut self, delivery: OfDelivery, unit: usize) -> Incoming {
        let body = Receipt {
            delivery,
            opening: Digest::of(b"opening"),
            inspection: passed(),
        };
        self.say(unit, &body)
    }

    pub(crate) fn give_back(&mut self, about: About, unit: usize) -> Incoming {
        let body = Return {
            delivery: self.of_delivery(about, unit),
            code: 6,
            note: None,
            inspection: passed(),
        };
        self.say(unit, &body)
    }

    pub(crate) fn recall(&mut self, about: About) -> Incoming {
        let body = Recall {
            about,
            units: Vec::new(),
            code: 1,
            note: None,
        };
        self.say(0, &body)
    }

    fn get(&self, table: yichuan_store::Table, key: &[u8]) -> Option<Vec<u8>> {
        self.exchange.view().unwrap().get(table, key).unwrap()
    }

    pub(crate) fn delivery(&self, about: &About, unit: usize) -> DeliveryRow {
        let key = tables::delivery(&about.manifest, &self.code(unit));
        let bytes = self.get(tables::DELIVERIES, &key).unwrap();
        cbor::read(&bytes, 4_096).unwrap()
    }

    /// The figures of a unit in the month of the beginning.
    pub(crate) fn figures(&self, unit: usize) -> Figures {
        let key = tables::figures(&self.code(unit), 202_611);
        let bytes = self.get(tables::FIGURES, &key).unwrap();
        cbor::read(&bytes, 1 << 20).unwrap()
    }

    pub(crate) fn size(&self) -> u64 {
        log::size(self.exchange.view().unwrap().as_ref()).unwrap()
    }

    pub(crate) fn entry(&self, index: u64) -> Entry {
        let bytes = self.get(tables::ENTRIES, &tables::index(index)).unwrap();
        Entry::read(&bytes).unwrap()
    }

    /// What the log has of one kind.
    pub(crate) fn entries(&self, kind: EntryKind) -> Vec<Placed> {
        let all = (0..self.size()).map(|index| (index, self.entry(index)));
        all.filter(|(_, entry)| entry.kind == kind).collect()
    }

    pub(crate) fn overdue(&self) -> Vec<(Placed, Overdue)> {
        let all = self.entries(EntryKind::Overdue).into_iter();
        all.map(|placed| {
            let said = body(&placed.1);
            (placed, said)
        })
        .collect()
    }

    /// The indexes of the events of a unit.
    pub(crate) fn feed(&self, unit: &UnitCode) -> Vec<u64> {
        let view = self.exchange.view().unwrap();
        let (first, last) = (tables::feed(unit, 0), tables::feed(unit, u64::MAX));
        let bounds = (
            std::ops::Bound::Included(first.as_slice()),
            std::ops::Bound::Included(last.as_slice()),
        );
        let rows = view.range(tables::FEEDS, bounds.0, bounds.1, 10_000);
        let index = |(_, index): (Vec<u8>, Vec<u8>)| u64::from_be_bytes(index.try_into().unwrap());
        rows.unwrap().into_iter().map(index).collect()
    }
}

/// What an entry says.
pub(crate) fn body<B: Body>(entry: &Entry) -> B {
    entry.signed().unwrap().claimed().unwrap().body().unwrap()
}

fn passed() -> InspectionList {
    let line = |check| CheckLine {
        check,
        outcome: 1,
        detail: 0,
    };
    InspectionList {
        rule_set: 1,
        lines: (1..=7).map(line).collect(),
    }
}

/// The instant before another, by so many milliseconds.
pub(crate) const fn before(at: Timestamp, ms: u64) -> Timestamp {
    Timestamp::from_unix_ms(at.unix_ms() - ms)
}
