//! An installation on a disk in memory, with two units that have keys.

#![allow(dead_code, reason = "each test uses a part of it")]
#![allow(
    clippy::too_many_lines,
    reason = "a world is built once, from top to bottom"
)]

pub(crate) mod receivers;

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
use yichuan_document::{Classification, Digest, DocumentId, StatementId, tree};
use yichuan_envelope::{ContentKey, EncryptionSecret, Leaves, WrapContext, close_share, wrap};
use yichuan_exchange::clock::{Clock, SystemClock};
use yichuan_exchange::log::{self, CannotOpen};
use yichuan_exchange::registry::{BodyGiven, Incoming, Prepared, prepare};
use yichuan_exchange::sequencer::{Done, Job, Keys, Lane, Sequencer, clock};
use yichuan_exchange::{setup, tables};
use yichuan_store::{MemoryDisk, Store};
use yichuan_wire::ErrorCode;

pub(super) const CLERK: &str = "513200-zfb-fs01";
pub(super) const PC: &str = "513200-zfb-pc01";

pub(super) fn secret(seed: u8) -> SigningSecret {
    SigningSecret::from_seed(&[seed; 32])
}

pub(super) fn keys() -> Keys {
    Keys {
        checkpoint: secret(1),
        entries: secret(2),
    }
}

/// An installation on a disk in memory, with two units that have keys.
pub(super) struct World {
    pub(super) disk: MemoryDisk,
    pub(super) store: Arc<dyn Store>,
    pub(super) sequencer: Sequencer,
    pub(super) thread: JoinHandle<()>,
    pub(super) rng: ChaCha20Rng,
}

impl World {
    pub(super) async fn new() -> Self {
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
            clock(),
        )
        .unwrap();
        let (store, sequencer, thread) = start(&disk).unwrap();
        let mut world = Self {
            disk,
            store,
            sequencer,
            thread,
            rng,
        };
        world.open_offices().await;
        world
    }

    /// Ends the sequencer and waits for it, so that the disk is free.
    pub(super) fn stop(self) -> (MemoryDisk, ChaCha20Rng) {
        drop((self.sequencer, self.store));
        self.thread.join().unwrap();
        (self.disk, self.rng)
    }

    pub(super) fn roster(&self) -> Arc<Roster> {
        Arc::clone(&self.sequencer.published().newest().roster)
    }

    pub(super) fn context(&self, account: Option<&str>, device: Option<&str>) -> Context {
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

    pub(super) fn say<B: Body>(
        &mut self,
        by: (Option<&str>, Option<&str>),
        body: &B,
        signers: &[(SlotRole, &SigningSecret)],
    ) -> Signed {
        let id = StatementId::new(clock(), &mut self.rng);
        let payload = Payload::new(&self.context(by.0, by.1), id, clock(), body);
        Signed::new(&payload, signers)
    }

    pub(super) async fn act(&mut self, role: SlotRole, key: u8, changes: Vec<Change>) {
        self.try_act(role, key, changes).await.unwrap();
    }

    pub(super) async fn try_act(
        &mut self,
        role: SlotRole,
        key: u8,
        changes: Vec<Change>,
    ) -> Result<(), ErrorCode> {
        let roster = self.roster();
        let body = AuthorityAct {
            sequence: roster.sequence() + 1,
            previous: roster.last_act(),
            act: 1,
            changes,
            attachments: Vec::new(),
        };
        let signed = self.say((None, None), &body, &[(role, &secret(key))]);
        let job = Job::Roster(Box::new(signed), Vec::new());
        let done = self.sequencer.submit(Lane::Urgent, job).await;
        done.map(drop).map_err(|refusal| refusal.code)
    }

    pub(super) async fn roster_statement(&self, signed: Signed) {
        let job = Job::Roster(Box::new(signed), Vec::new());
        self.sequencer.submit(Lane::Urgent, job).await.unwrap();
    }

    pub(super) async fn open_offices(&mut self) {
        let officer = Officer {
            keys: vec![secret(4).public()],
            status: Status::Active,
        };
        let exchange = ExchangeKeys {
            checkpoint: secret(1).public(),
            entries: secret(2).public(),
            tls: secret(5).public(),
            next: None,
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
            password_days: 90,
            session_idle_minutes: None,
            session_hours: None,
            clocks: None,
        };
        self.act(SlotRole::Officer, 4, vec![Change::put(POLICY_ID, &policy)])
            .await;
        for (code, seed) in [("513200-zfb", 20), ("513201-zf", 30)] {
            self.open_office(code, seed).await;
        }
    }

    pub(super) async fn open_office(&mut self, code: &str, seed: u8) {
        let (account, device) = (format!("{code}-fs01"), format!("{code}-pc01"));
        let ticket = format!("t-{seed}");
        let status = Status::Active;
        let unit = Unit {
            name: code.into(),
            parent: None,
            status,
            successor: None,
            world: None,
        };
        let computer = Device {
            responsible: "p-li".parse().unwrap(),
            label: "pc".into(),
            status,
            kind: None,
            owner: None,
            place: None,
        };
        let record = Account {
            roles: vec![Role::Send, Role::Manage],
            person: "p-zhang".parse().unwrap(),
            post: "clerk".into(),
            devices: vec![device.parse().unwrap()],
            status,
            ceiling: None,
        };
        let admission = Ticket {
            key: secret(seed).public(),
            account: account.parse().unwrap(),
            device: device.parse().unwrap(),
            expires: clock().plus_ms(60_000),
            used_by: None,
            application: None,
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
                stale: None,
                previous: None,
                escrow: None,
            },
            share,
            cause: None,
        };
        let signers = [
            (SlotRole::Account, &secret(seed + 1)),
            (SlotRole::Device, &secret(seed + 2)),
        ];
        let signed = self.say(by, &body, &signers);
        self.roster_statement(signed).await;
    }

    /// A submission with a small body.
    pub(super) fn submission(&mut self, statement: StatementId, level: Classification) -> Incoming {
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
            receipts_stand: None,
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

    pub(super) fn new_statement(&mut self) -> StatementId {
        StatementId::new(clock(), &mut self.rng)
    }

    pub(super) fn prepared(&self, incoming: &Incoming) -> Prepared {
        prepare(&self.roster(), clock(), incoming.clone()).unwrap()
    }

    pub(super) async fn submit(&self, incoming: &Incoming) -> Result<Done, ErrorCode> {
        let job = Job::Unit(Box::new(self.prepared(incoming)));
        self.sequencer
            .submit(Lane::Ordinary, job)
            .await
            .map_err(|refusal| refusal.code)
    }
}

/// What runs on a disk.
pub(super) type Running = (Arc<dyn Store>, Sequencer, JoinHandle<()>);

pub(super) fn start(disk: &MemoryDisk) -> Result<Running, CannotOpen> {
    start_with(disk, Arc::new(SystemClock::default()))
}

pub(super) fn start_with(disk: &MemoryDisk, clock: Arc<dyn Clock>) -> Result<Running, CannotOpen> {
    let store: Arc<dyn Store> = Arc::new(disk.store(tables::SCHEMA).unwrap());
    let last = disk.last_record();
    let opened = {
        let view = store.view().unwrap();
        let origin = "yichuan.example".parse().unwrap();
        log::open(view.as_ref(), &last, &origin, &[secret(1).public()])?
    };
    let last = Box::new(last);
    let running = Sequencer::start(Arc::clone(&store), last, keys(), opened, clock).unwrap();
    Ok((store, running.0, running.1))
}
