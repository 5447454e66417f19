//! What the log tells of sessions, and that it cannot be made to tell too much.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod world;

use std::sync::Arc;

use yichuan_document::roster::act::Change;
use yichuan_document::roster::record::{Account, Status};
use yichuan_document::signed::{Payload, Signed, SlotRole};
use yichuan_document::statement::{
    LoginProof, PasswordSet, SessionEvent, SessionOpen, SessionRecord,
};
use yichuan_document::{AccountId, DeviceId, Digest, StatementId};
use yichuan_evidence::entry::{Entry, EntryKind};
use yichuan_exchange::net::{Peer, Service as _};
use yichuan_exchange::registry::{Registry, SessionTold};
use yichuan_exchange::sequencer::{Job, Lane, clock};
use yichuan_exchange::service::Office;
use yichuan_exchange::tables;
use yichuan_wire::ErrorCode;
use yichuan_wire::message::{Answer, Ask, Record};

use world::{CLERK, PC, World, secret};

const MINUTE: u64 = 60_000;

fn office(world: &World) -> Office {
    let store = Arc::clone(&world.store);
    let bodies = Arc::new(world.disk.bodies().unwrap());
    let registry = Registry::new(secret(2));
    Office::new(store, bodies, world.sequencer.clone(), registry)
}

fn nobody_yet() -> Peer {
    Peer {
        tls_key: secret(24).public(),
        exporter: Digest::of(b"this connection"),
        session: None,
        remote: "127.0.0.1:1".parse().unwrap(),
    }
}

/// The clerk asks for a session with this password over this connection.
async fn sign_in(
    office: &Office,
    world: &mut World,
    login: u8,
    connection: &[u8],
) -> Result<Peer, ErrorCode> {
    let body = SessionOpen {
        exporter: Digest::of(connection),
        login: LoginProof::new([login; 32]),
    };
    let context = world.context(Some(CLERK), Some(PC));
    let id = StatementId::new(clock(), &mut world.rng);
    let payload = Payload::new(&context, id, clock(), &body);
    let signers = [
        (SlotRole::Account, &secret(21)),
        (SlotRole::Device, &secret(22)),
    ];
    let asked = Signed::new(&payload, &signers).to_bytes();
    let opened = office.open_session(&nobody_yet(), &asked).await;
    let session = opened.map_err(|refused| refused.code)?;
    Ok(Peer {
        session: Some(session),
        ..nobody_yet()
    })
}

async fn good(office: &Office, world: &mut World) -> Peer {
    sign_in(office, world, 8, b"this connection").await.unwrap()
}

async fn set_password(office: &Office, peer: &Peer, world: &mut World, login: u8) {
    let body = PasswordSet {
        verifier: LoginProof::new([login; 32]).verifier(),
    };
    let signers = [
        (SlotRole::Account, &secret(21)),
        (SlotRole::Device, &secret(22)),
    ];
    let signed = world.say((Some(CLERK), Some(PC)), &body, &signers);
    let asked = Ask::Record(Record {
        statement: signed.to_bytes().into(),
        attachments: Vec::new(),
        body: None,
    });
    let answer = office.answer(peer, asked).await;
    assert!(matches!(answer, Answer::Recorded(_)), "{answer:?}");
}

/// Every record of a session in the log, and whether its unit may read it.
fn records(world: &World) -> Vec<SessionRecord> {
    let view = world.store.view().unwrap();
    let mut found = Vec::new();
    for index in 0.. {
        let key = tables::index(index);
        let Some(bytes) = view.get(tables::ENTRIES, &key).unwrap() else {
            return found;
        };
        let entry = Entry::read(&bytes).unwrap();
        if entry.kind == EntryKind::Session {
            let signed = entry.signed().unwrap();
            let payload = signed.claimed().unwrap();
            assert_eq!(payload.account, None, "the exchange says it");
            found.push(payload.body().unwrap());
            let readers = view.get(tables::READERS, &key).unwrap().unwrap();
            let row: tables::ReadersRow = yichuan_document::cbor::read(&readers, 1_024).unwrap();
            assert_eq!(row.owner.unwrap().as_str(), "513200-zfb");
        }
    }
    found
}

fn events(world: &World) -> Vec<(SessionEvent, u32)> {
    let event = |record: SessionRecord| {
        assert_eq!(record.account.as_str(), CLERK);
        assert_eq!(record.device.as_str(), PC);
        (SessionEvent::from_code(record.event).unwrap(), record.count)
    };
    records(world).into_iter().map(event).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sitting_of_many_commands_is_recorded_with_its_two_ends() {
    let mut world = World::new().await;
    let office = office(&world);
    for _ in 0..25 {
        drop(good(&office, &mut world).await);
        office.sweep_sittings(clock());
        office.record_sittings().await;
    }
    assert_eq!(events(&world), [(SessionEvent::Opened, 1)]);
    office.sweep_sittings(clock().plus_ms(4 * MINUTE));
    office.record_sittings().await;
    assert_eq!(events(&world), [(SessionEvent::Opened, 1)]);
    office.sweep_sittings(clock().plus_ms(6 * MINUTE));
    office.record_sittings().await;
    let both = [(SessionEvent::Opened, 1), (SessionEvent::Closed, 25)];
    assert_eq!(events(&world), both);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_stays_keeps_its_sitting_until_it_is_idle() {
    let mut world = World::new().await;
    let office = office(&world);
    let here = good(&office, &mut world).await;
    office.sweep_sittings(clock().plus_ms(29 * MINUTE));
    office.record_sittings().await;
    assert_eq!(events(&world), [(SessionEvent::Opened, 1)]);
    office.sweep_sittings(clock().plus_ms(31 * MINUTE));
    office.record_sittings().await;
    let both = [(SessionEvent::Opened, 1), (SessionEvent::Idle, 1)];
    assert_eq!(events(&world), both);
    drop(here);
}

#[tokio::test(flavor = "multi_thread")]
async fn g5_who_loses_standing_is_recorded_to_have_left() {
    let mut world = World::new().await;
    let office = office(&world);
    let _here = good(&office, &mut world).await;
    office.sweep_sittings(clock());
    let account = world.roster().account(&CLERK.parse().unwrap()).unwrap();
    let locked = Account {
        status: Status::Suspended,
        ..account
    };
    world
        .act(SlotRole::Officer, 4, vec![Change::put(CLERK, &locked)])
        .await;
    office.sweep_sittings(clock());
    office.record_sittings().await;
    let both = [(SessionEvent::Opened, 1), (SessionEvent::Standing, 1)];
    assert_eq!(events(&world), both);
}

#[tokio::test(flavor = "multi_thread")]
async fn g4_wrong_passwords_are_recorded_and_counted_beyond_sixty_an_hour() {
    let mut world = World::new().await;
    let office = office(&world);
    let here = good(&office, &mut world).await;
    set_password(&office, &here, &mut world, 8).await;
    for _ in 0..70 {
        let refused = sign_in(&office, &mut world, 9, b"this connection").await;
        assert_eq!(refused.err(), Some(ErrorCode::PASSWORD));
    }
    office.record_sittings().await;
    let all = records(&world);
    let refused: Vec<_> = all
        .iter()
        .filter(|record| record.event == SessionEvent::Refused.code())
        .collect();
    assert_eq!(refused.len(), 60);
    for record in refused {
        assert_eq!(record.code, Some(ErrorCode::PASSWORD.number()));
        assert_eq!((record.account.as_str(), record.count), (CLERK, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn g4_a_session_carried_to_another_connection_is_recorded_as_refused() {
    let mut world = World::new().await;
    let office = office(&world);
    let refused = sign_in(&office, &mut world, 8, b"another connection").await;
    assert_eq!(refused.err(), Some(ErrorCode::SIGNATURE));
    office.record_sittings().await;
    let all = records(&world);
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!(all[0].code, Some(ErrorCode::SIGNATURE.number()));
}

#[tokio::test(flavor = "multi_thread")]
async fn c7_the_same_refused_session_is_recorded_once() {
    let world = World::new().await;
    let told = SessionTold {
        record: SessionRecord {
            account: CLERK.parse::<AccountId>().unwrap(),
            device: PC.parse::<DeviceId>().unwrap(),
            event: SessionEvent::Refused.code(),
            at: clock(),
            count: 1,
            code: Some(ErrorCode::PASSWORD.number()),
            left_out: 0,
        },
        request: Some(Digest::of(b"what was asked")),
    };
    for _ in 0..3 {
        let job = Job::Sessions(vec![told.clone(), told.clone()]);
        world.sequencer.submit(Lane::Urgent, job).await.unwrap();
    }
    assert_eq!(events(&world), [(SessionEvent::Refused, 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sitting_that_the_exchange_did_not_survive_gets_its_end() {
    let mut world = World::new().await;
    let first = office(&world);
    let here = good(&first, &mut world).await;
    first.record_sittings().await;
    // As after a kill: what the first one knew is gone.
    std::mem::forget(here);
    drop(first);
    let second = office(&world);
    second.resume_sittings().unwrap();
    second.sweep_sittings(clock().plus_ms(4 * MINUTE));
    second.record_sittings().await;
    assert_eq!(events(&world), [(SessionEvent::Opened, 1)]);
    second.sweep_sittings(clock().plus_ms(6 * MINUTE));
    second.record_sittings().await;
    let both = [(SessionEvent::Opened, 1), (SessionEvent::Closed, 1)];
    assert_eq!(events(&world), both);
    // And once ended it is not taken up again.
    drop(second);
    let third = office(&world);
    third.resume_sittings().unwrap();
    third.sweep_sittings(clock().plus_ms(60 * MINUTE));
    third.record_sittings().await;
    assert_eq!(events(&world), both);
}
