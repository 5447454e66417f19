//! A receiving unit with several accounts, and a document that waits for it.

use std::sync::Arc;

use yichuan_document::roster::act::{Change, Enrolment};
use yichuan_document::roster::record::{Account, AccountKeys, DeviceKeys, Role, Status, Ticket};
use yichuan_document::signed::{Body, SlotRole};
use yichuan_document::statement::{About, Submission};
use yichuan_document::{Classification, Digest, UnitCode, cbor};
use yichuan_envelope::EncryptionSecret;
use yichuan_exchange::net::{Peer, Service as _, Session};
use yichuan_exchange::registry::{BodyGiven, Incoming, Registry};
use yichuan_exchange::sequencer::clock;
use yichuan_exchange::service::Office;
use yichuan_exchange::tables::{self, DeliveryRow};
use yichuan_store::Batch;
use yichuan_wire::ErrorCode;
use yichuan_wire::message::{Answer, Ask, PasswordState, SessionState};

use super::{World, secret};

pub(crate) const UNIT: &str = "513201-zf";
pub(crate) const COMPUTER: &str = "513201-zf-pc01";
/// The manager, and two who receive, with the seeds of their keys.
pub(crate) const MANAGER: (&str, u8) = ("513201-zf-fs01", 31);
pub(crate) const FIRST: (&str, u8) = ("513201-zf-js01", 41);
pub(crate) const SECOND: (&str, u8) = ("513201-zf-js02", 51);

/// The head of the department.
pub(crate) const HEAD: (&str, u8) = ("513201-zf-sp01", 61);

/// Two accounts that receive and the head, on the office's computer.
pub(crate) async fn with_receivers() -> World {
    let mut world = World::new().await;
    for ((id, seed), role) in [
        (FIRST, Role::Receive),
        (SECOND, Role::Receive),
        (HEAD, Role::Approve),
    ] {
        let account = Account {
            roles: vec![role],
            person: format!("p-{seed}").parse().unwrap(),
            post: "receive".into(),
            devices: vec![COMPUTER.parse().unwrap()],
            status: Status::Active,
            ceiling: None,
        };
        let ticket_id = format!("t-{seed}");
        let ticket = Ticket {
            key: secret(seed + 1).public(),
            account: id.parse().unwrap(),
            device: COMPUTER.parse().unwrap(),
            expires: clock().plus_ms(60_000),
            used_by: None,
            application: None,
        };
        let changes = vec![Change::put(id, &account), Change::put(&ticket_id, &ticket)];
        world.act(SlotRole::Officer, 4, changes).await;
        let body = Enrolment {
            ticket: ticket_id.parse().unwrap(),
            account: AccountKeys {
                signing: vec![secret(seed).public()],
                encryption: EncryptionSecret::from_seed(&[seed + 2; 32]).public(),
                device: COMPUTER.parse().unwrap(),
            },
            device: DeviceKeys {
                tls: secret(34).public(),
                signing: vec![secret(32).public()],
            },
        };
        let signers = [
            (SlotRole::Ticket, &secret(seed + 1)),
            (SlotRole::NewAccount, &secret(seed)),
            (SlotRole::NewDevice, &secret(32)),
        ];
        let signed = world.say((Some(id), Some(COMPUTER)), &body, &signers);
        world.roster_statement(signed).await;
    }
    world
}

/// A document that waits for the unit, as if it had been dispatched.
pub(crate) async fn received(world: &mut World) -> About {
    let statement = world.new_statement();
    let incoming = world.submission(statement, Classification::Internal);
    world.submit(&incoming).await.unwrap();
    let body: Submission = incoming.signed.claimed().unwrap().body().unwrap();
    let due = clock().plus_ms(60_000);
    let row = DeliveryRow::announced(clock(), 202_611, due, Digest::of(b"the last seal"));
    let unit: UnitCode = UNIT.parse().unwrap();
    let key = tables::delivery(&body.about.manifest, &unit);
    let mut batch = Batch::new();
    batch.put(tables::DELIVERIES, key, cbor::to_vec(&row));
    world.store.commit(batch, &[]).unwrap();
    body.about
}

/// A statement of an account of the unit; its digest, or the code of the refusal.
pub(crate) async fn say<B: Body>(
    world: &mut World,
    (account, seed): (&str, u8),
    body: &B,
) -> Result<Digest, ErrorCode> {
    let (own, computer) = (secret(seed), secret(32));
    let signers = [(SlotRole::Account, &own), (SlotRole::Device, &computer)];
    let signed = world.say((Some(account), Some(COMPUTER)), body, &signers);
    let digest = signed.digest();
    let incoming = Incoming {
        signed,
        attachments: Vec::new(),
        body: BodyGiven::Absent,
    };
    let prepared = yichuan_exchange::registry::prepare(&world.roster(), clock(), incoming.clone());
    prepared.map_err(|not| not.refusal.code)?;
    world.submit(&incoming).await.map(|_| digest)
}

pub(crate) fn office(world: &World) -> Office {
    let bodies = Arc::new(world.disk.bodies().unwrap());
    let store = Arc::clone(&world.store);
    let registry = Registry::new(secret(2));
    Office::new(store, bodies, world.sequencer.clone(), registry)
}

pub(crate) fn peer(account: &str, device: &str, tls: u8) -> Peer {
    Peer {
        tls_key: secret(tls).public(),
        exporter: Digest::of(b"this connection"),
        session: Some(Session {
            account: account.parse().unwrap(),
            device: device.parse().unwrap(),
            state: SessionState {
                password: PasswordState::Good,
                until: None,
            },
            opened: clock(),
            held: None,
        }),
        remote: "127.0.0.1:1".parse().unwrap(),
    }
}

/// Whether the exchange releases the wrap to an account of the unit, or the code of its refusal.
pub(crate) async fn wrap(office: &Office, account: &str, about: About) -> Result<(), ErrorCode> {
    let peer = peer(account, COMPUTER, 34);
    match office.answer(&peer, Ask::Wrap(about.manifest)).await {
        Answer::Wrap(_) => Ok(()),
        Answer::Refused(refused) => Err(refused.code),
        other => panic!("{other:?}"),
    }
}
