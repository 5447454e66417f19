//! Order, repetition and failure: the engine and its sequencer over a disk that fails on demand.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(
    clippy::too_many_lines,
    reason = "a world is built once, from top to bottom"
)]

use std::sync::Arc;
use std::thread::JoinHandle;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use yichuan_document::key::SigningSecret;
use yichuan_document::level::Ceiling;
use yichuan_document::manifest::{
    BODY_SUITE_1, Issuer, MANIFEST_VERSION, Manifest, Recipient, RecipientRole, SEGMENT_BYTES,
};
use yichuan_document::roster::act::{AuthorityAct, Change, Enrolment, Genesis, NewUnitKey};
use yichuan_document::roster::record::{
    Account, AccountKeys, Device, DeviceKeys, ExchangeKeys, Officer, Policy, Role, Status, Ticket,
    Unit, UnitKey,
};
use yichuan_document::roster::{POLICY_ID, Roster};
use yichuan_document::signed::{Body, Context, Payload, RosterHead, Signed, SlotRole};
use yichuan_document::statement::{About, Submission};
use yichuan_document::terms::{DocumentKind, Urgency};
use yichuan_document::wrap::WrapList;
use yichuan_document::{Classification, Digest, DocumentId, StatementId, Timestamp, tree};
use yichuan_envelope::{ContentKey, EncryptionSecret, Leaves, WrapContext, close_share, wrap};
use yichuan_exchange::log::{self, CannotOpen};
use yichuan_exchange::registry::{BodyGiven, Incoming, Prepared, prepare};
use yichuan_exchange::sequencer::{Done, Job, Keys, Sequencer, clock};
use yichuan_exchange::{setup, tables};
use yichuan_store::{Fault, MemoryDisk, Step, Store};
use yichuan_wire::ErrorCode;

/// Spoils a request.
type Edit = fn(&mut Incoming);

const CLERK: &str = "513200-zfb-fs01";
const PC: &str = "513200-zfb-pc01";

fn secret(seed: u8) -> SigningSecret {
    SigningSecret::from_seed(&[seed; 32])
}

fn keys() -> Keys {
    Keys {
        checkpoint: secret(1),
        entries: secret(2),
    }
}

/// An installation on a disk in memory, with two units that have keys.
struct World {
    disk: MemoryDisk,
    sequencer: Sequencer,
    thread: JoinHandle<()>,
    rng: ChaCha20Rng,
}

impl World {
    async fn new() -> Self {
        let disk = MemoryDisk::new();
        let genesis = Genesis {
            roots: vec![secret(3).public()],
            threshold: 1,
            next: Digest::of(b"next"),
        };
        let context = Context {
            origin: "yichuan.example".parse().unwrap(),
            genesis: Digest::from_bytes([0; 32]),
            roster: RosterHead {
                count: 0,
                root: tree::empty_root(),
            },
            seen: None,
            account: None,
            device: None,
        };
        let mut rng = ChaCha20Rng::seed_from_u64(11);
        let id = StatementId::new(clock(), &mut rng);
        let payload = Payload::new(&context, id, clock(), &genesis);
        let genesis = Signed::new(&payload, &[(SlotRole::Root, &secret(3))]);
        setup::plant_genesis(
            &disk.store(tables::SCHEMA).unwrap(),
            &disk.last_record(),
            &genesis,
            &secret(1),
        )
        .unwrap();
        let (sequencer, thread) = start(&disk).unwrap();
        let mut world = Self {
            disk,
            sequencer,
            thread,
            rng,
        };
        world.open_offices().await;
        world
    }

    /// Ends the sequencer and waits for it, so that the disk is free.
    fn stop(self) -> (MemoryDisk, ChaCha20Rng) {
        drop(self.sequencer);
        self.thread.join().unwrap();
        (self.disk, self.rng)
    }

    fn roster(&self) -> Arc<Roster> {
        Arc::clone(&self.sequencer.published().newest().roster)
    }

    fn context(&self, account: Option<&str>, device: Option<&str>) -> Context {
        let roster = self.roster();
        Context {
            origin: roster.origin().clone(),
            genesis: roster.genesis(),
            roster: roster.head(),
            seen: None,
            account: account.map(|account| account.parse().unwrap()),
            device: device.map(|device| device.parse().unwrap()),
        }
    }

    fn say<B: Body>(
        &mut self,
        by: (Option<&str>, Option<&str>),
        body: &B,
        signers: &[(SlotRole, &SigningSecret)],
    ) -> Signed {
        let id = StatementId::new(clock(), &mut self.rng);
        let payload = Payload::new(&self.context(by.0, by.1), id, clock(), body);
        Signed::new(&payload, signers)
    }

    async fn act(&mut self, role: SlotRole, key: u8, changes: Vec<Change>) {
        let roster = self.roster();
        let body = AuthorityAct {
            sequence: roster.sequence() + 1,
            previous: roster.last_act(),
            act: 1,
            changes,
            attachments: Vec::new(),
        };
        let signed = self.say((None, None), &body, &[(role, &secret(key))]);
        self.roster_statement(signed).await;
    }

    async fn roster_statement(&self, signed: Signed) {
        let job = Job::Roster(Box::new(signed), Vec::new());
        self.sequencer.submit(job).await.unwrap();
    }

    async fn open_offices(&mut self) {
        let officer = Officer {
            keys: vec![secret(4).public()],
            status: Status::Active,
        };
        let exchange = ExchangeKeys {
            checkpoint: secret(1).public(),
            entries: secret(2).public(),
            tls: secret(5).public(),
        };
        let changes = vec![
            Change::put("p-officer", &officer),
            Change::put("yichuan.example", &exchange),
        ];
        self.act(SlotRole::Root, 3, changes).await;
        let policy = Policy {
            ceiling: Ceiling::Secret,
            rule_set: 1,
            mandatory_checks: vec![1],
            due_minutes: vec![480; 5],
        };
        self.act(SlotRole::Officer, 4, vec![Change::put(POLICY_ID, &policy)])
            .await;
        for (code, seed) in [("513200-zfb", 20), ("513201-zf", 30)] {
            self.open_office(code, seed).await;
        }
    }

    async fn open_office(&mut self, code: &str, seed: u8) {
        let (account, device) = (format!("{code}-fs01"), format!("{code}-pc01"));
        let ticket = format!("t-{seed}");
        let status = Status::Active;
        let unit = Unit {
            name: code.into(),
            parent: None,
            status,
            successor: None,
        };
        let computer = Device {
            responsible: "p-li".parse().unwrap(),
            label: "pc".into(),
            status,
        };
        let record = Account {
            roles: vec![Role::Send, Role::Manage],
            person: "p-zhang".parse().unwrap(),
            post: "clerk".into(),
            devices: vec![device.parse().unwrap()],
            status,
        };
        let admission = Ticket {
            key: secret(seed).public(),
            account: account.parse().unwrap(),
            device: device.parse().unwrap(),
            expires: clock().plus_ms(60_000),
            used_by: None,
        };
        let changes = vec![
            Change::put(code, &unit),
            Change::put(&device, &computer),
            Change::put(&account, &record),
            Change::put(&ticket, &admission),
        ];
        self.act(SlotRole::Officer, 4, changes).await;
        let encryption = EncryptionSecret::from_seed(&[seed + 3; 32]);
        let body = Enrolment {
            ticket: ticket.parse().unwrap(),
            account: AccountKeys {
                signing: vec![secret(seed + 1).public()],
                encryption: encryption.public(),
                device: device.parse().unwrap(),
            },
            device: DeviceKeys {
                tls: secret(seed + 4).public(),
                signing: vec![secret(seed + 2).public()],
            },
        };
        let by = (Some(account.as_str()), Some(device.as_str()));
        let signers = [
            (SlotRole::Ticket, &secret(seed)),
            (SlotRole::NewAccount, &secret(seed + 1)),
            (SlotRole::NewDevice, &secret(seed + 2)),
        ];
        let signed = self.say(by, &body, &signers);
        self.roster_statement(signed).await;
        let unit_secret = EncryptionSecret::from_seed(&[seed + 5; 32]);
        let roster = self.roster();
        let own = format!("{code}@yichuan.example").parse().unwrap();
        let account_id = account.parse().unwrap();
        let key = encryption.public();
        let genesis = roster.genesis();
        let share = close_share(
            &unit_secret,
            &genesis,
            &own,
            1,
            &account_id,
            &key,
            &mut self.rng,
        )
        .unwrap();
        let body = NewUnitKey {
            unit: code.parse().unwrap(),
            key: UnitKey {
                epoch: 1,
                key: unit_secret.public(),
                made_by: account_id,
            },
            share,
        };
        let signers = [
            (SlotRole::Account, &secret(seed + 1)),
            (SlotRole::Device, &secret(seed + 2)),
        ];
        let signed = self.say(by, &body, &signers);
        self.roster_statement(signed).await;
    }

    /// A submission with a small body.
    fn submission(&mut self, statement: StatementId, level: Classification) -> Incoming {
        let roster = self.roster();
        let segment = vec![7; 4_112];
        let leaves = Leaves::new([(tree::leaf_hash(&segment), 4_112)]).unwrap();
        let key = ContentKey::from_bytes(&[9; 32]);
        let id = DocumentId::new(clock(), &mut self.rng);
        let units = ["513200-zfb@yichuan.example", "513201-zf@yichuan.example"]
            .map(|unit| unit.parse().unwrap());
        let [own, other] = units;
        let manifest = Manifest {
            version: MANIFEST_VERSION,
            id,
            issuers: vec![Issuer {
                unit: own,
                seal_ordinal: 1,
            }],
            account: CLERK.parse().unwrap(),
            recipients: vec![Recipient {
                unit: other,
                role: RecipientRole::Main,
                print_quota: 1,
            }],
            level,
            period: None,
            urgency: Urgency::Ordinary,
            kind: DocumentKind::Notice,
            number: None,
            composed_at: clock(),
            valid_until: None,
            body_bytes: leaves.body_bytes(),
            segments: leaves.count(),
            segment_bytes: SEGMENT_BYTES,
            root: leaves.root(),
            commitment: key.commitment(&roster.genesis(), &id),
            suite: BODY_SUITE_1,
            replaces: None,
            replies_to: None,
        };
        let digest = manifest.digest();
        let mut wraps = WrapList::default();
        for holder in manifest.holders() {
            let unit_key = roster.unit_key(&holder.unit).unwrap();
            let context = WrapContext {
                genesis: roster.genesis(),
                manifest: digest,
                unit: holder,
                epoch: unit_key.epoch,
            };
            wraps
                .0
                .push(wrap(&key, &context, &unit_key.key, &mut self.rng).unwrap());
        }
        let body = Submission {
            about: About {
                document: id,
                manifest: digest,
            },
            wraps: wraps.digest(),
        };
        let payload = Payload::new(
            &self.context(Some(CLERK), Some(PC)),
            statement,
            clock(),
            &body,
        );
        let signers = [
            (SlotRole::Account, &secret(21)),
            (SlotRole::Device, &secret(22)),
        ];
        Incoming {
            signed: Signed::new(&payload, &signers),
            attachments: vec![manifest.to_bytes(), wraps.to_bytes()],
            body: BodyGiven::Inline(leaves.to_bytes(), segment),
        }
    }

    fn new_statement(&mut self) -> StatementId {
        StatementId::new(clock(), &mut self.rng)
    }

    fn prepared(&self, incoming: &Incoming) -> Prepared {
        prepare(&self.roster(), clock(), incoming.clone()).unwrap()
    }

    async fn submit(&self, incoming: &Incoming) -> Result<Done, ErrorCode> {
        let job = Job::Unit(Box::new(self.prepared(incoming)));
        self.sequencer
            .submit(job)
            .await
            .map_err(|refusal| refusal.code)
    }
}

fn start(disk: &MemoryDisk) -> Result<(Sequencer, JoinHandle<()>), CannotOpen> {
    let store = Arc::new(disk.store(tables::SCHEMA).unwrap());
    let last = disk.last_record();
    let opened = {
        let view = store.view().unwrap();
        let origin = "yichuan.example".parse().unwrap();
        log::open(view.as_ref(), &last, &origin, &secret(1).public())?
    };
    Ok(Sequencer::start(store, Box::new(last), keys(), opened).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn d1_a_hundred_at_once_are_one_acceptance() {
    let mut world = World::new().await;
    let statement = world.new_statement();
    let incoming = world.submission(statement, Classification::Internal);
    let before = world.sequencer.published().newest().size;
    let mut tasks = Vec::new();
    for _ in 0..100 {
        let (sequencer, prepared) = (world.sequencer.clone(), world.prepared(&incoming));
        tasks.push(tokio::spawn(async move {
            sequencer
                .submit(Job::Unit(Box::new(prepared)))
                .await
                .unwrap()
                .index
        }));
    }
    for task in tasks {
        assert_eq!(task.await.unwrap(), Some(before));
    }
    assert_eq!(world.sequencer.published().newest().size, before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn d2_the_same_id_with_other_content_is_refused() {
    let mut world = World::new().await;
    let statement = world.new_statement();
    let first = world.submission(statement, Classification::Internal);
    let other = world.submission(statement, Classification::Internal);
    assert!(world.submit(&first).await.is_ok());
    assert_eq!(world.submit(&other).await.err(), Some(ErrorCode::ID_TAKEN));
    assert!(
        world.submit(&first).await.is_ok(),
        "the first is still the first"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn f4_the_exchange_judges_the_level_whatever_the_client_did() {
    let mut world = World::new().await;
    for level in [Classification::Confidential, Classification::TopSecret] {
        let statement = world.new_statement();
        let incoming = world.submission(statement, level);
        let refused = prepare(&world.roster(), clock(), incoming).unwrap_err();
        assert_eq!(refused.refusal.code, ErrorCode::LEVEL);
        assert!(
            refused.validly_signed,
            "so that the refusal goes into the log"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_a_submission_is_refused() {
    let mut world = World::new().await;
    let statement = world.new_statement();
    let good = world.submission(statement, Classification::Public);
    let cases: [(&str, Edit, ErrorCode); 6] = [
        (
            "no manifest",
            |i| i.attachments.clear(),
            ErrorCode::ATTACHMENT,
        ),
        (
            "another manifest",
            |i| i.attachments[0][40] ^= 1,
            ErrorCode::ATTACHMENT,
        ),
        (
            "a changed wrap",
            |i| i.attachments[1][99] ^= 1,
            ErrorCode::WRAPS,
        ),
        (
            "no body",
            |i| i.body = BodyGiven::Absent,
            ErrorCode::BODY_MISSING,
        ),
        (
            "another body",
            |i| i.body = BodyGiven::Stored(Digest::of(b"another")),
            ErrorCode::BODY_MISSING,
        ),
        (
            "a changed segment",
            |i| {
                if let BodyGiven::Inline(_, segments) = &mut i.body {
                    segments[17] ^= 1;
                }
            },
            ErrorCode::BODY_WRONG,
        ),
    ];
    for (name, change, code) in cases {
        let mut bad = good.clone();
        change(&mut bad);
        let refused = prepare(&world.roster(), clock(), bad).unwrap_err();
        assert_eq!(refused.refusal.code, code, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn h3_after_a_failed_commit_nothing_more_is_acknowledged() {
    for fault in [
        Fault::NotPersisted,
        Fault::PersistedButError,
        Fault::NoSpace,
    ] {
        let mut world = World::new().await;
        let statement = world.new_statement();
        let first = world.submission(statement, Classification::Public);
        let acknowledged = world.submit(&first).await.unwrap().index;
        world.disk.faults().order(Step::Commit, 1, fault);
        let statement = world.new_statement();
        let second = world.submission(statement, Classification::Public);
        assert!(world.submit(&second).await.is_err(), "{fault:?}");
        assert!(world.submit(&first).await.is_err(), "the thread has ended");
        assert!(*world.sequencer.published().failed().borrow());
        // What was acknowledged is there again, at the same place; the other may be repeated.
        let (disk, rng) = world.stop();
        disk.crash();
        let (sequencer, thread) = start(&disk).unwrap();
        let world = World {
            disk,
            sequencer,
            thread,
            rng,
        };
        assert_eq!(
            world.submit(&first).await.unwrap().index,
            acknowledged,
            "{fault:?}"
        );
        assert!(world.submit(&second).await.is_ok(), "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn c8_a_store_that_lost_its_end_is_refused_at_start() {
    let mut world = World::new().await;
    world
        .disk
        .faults()
        .order(Step::Commit, 1, Fault::LostAtCrash);
    let statement = world.new_statement();
    let incoming = world.submission(statement, Classification::Public);
    let size = world.submit(&incoming).await.unwrap().newest.size;
    let (disk, _) = world.stop();
    disk.crash();
    let refused = start(&disk).err();
    assert!(
        matches!(
            refused,
            Some(CannotOpen::Shorter { signed, found }) if signed == size && found + 1 == size
        ),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn time_never_decreases_with_the_index() {
    let mut world = World::new().await;
    for _ in 0..3 {
        let statement = world.new_statement();
        let incoming = world.submission(statement, Classification::Public);
        world.submit(&incoming).await.unwrap();
    }
    let (disk, _) = world.stop();
    let store = disk.store(tables::SCHEMA).unwrap();
    let view = store.view().unwrap();
    let size = log::size(view.as_ref()).unwrap();
    let mut last = Timestamp::from_unix_ms(0);
    for index in 0..size {
        let bytes = view
            .get(tables::ENTRIES, &tables::index(index))
            .unwrap()
            .unwrap();
        let entry = yichuan_evidence::entry::Entry::read(&bytes).unwrap();
        assert!(entry.time >= last, "{index}");
        last = entry.time;
    }
}
