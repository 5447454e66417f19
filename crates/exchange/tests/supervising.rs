//! What is answered to who looks after other units: figures, receptions, and to auditors the
//! manifests of what they audit.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod world;

use std::sync::Arc;

use yichuan_document::roster::act::Change;
use yichuan_document::roster::record::{Account, Role, Status, Unit};
use yichuan_document::signed::SlotRole;
use yichuan_document::statement::Submission;
use yichuan_document::{Classification, Digest, UnitCode, cbor};
use yichuan_exchange::net::{Peer, Service as _, Session};
use yichuan_exchange::registry::Registry;
use yichuan_exchange::sequencer::clock;
use yichuan_exchange::service::Office;
use yichuan_exchange::tables::{self, DeliveryRow};
use yichuan_store::Batch;
use yichuan_wire::ErrorCode;
use yichuan_wire::figures::FiguresOf;
use yichuan_wire::message::{Answer, Ask, AttachmentOf, PasswordState, SessionState};

use world::*;

/// Above the recipient, and no party of the document.
const ABOVE: &str = "513200-daj";
/// The recipient.
const BELOW: &str = "513201-zf";

/// Its account, with these roles from now on.
async fn set_roles(world: &mut World, roles: &[Role]) {
    let account = Account {
        roles: roles.to_vec(),
        person: "p-zhang".parse().unwrap(),
        post: "督办".into(),
        devices: vec![format!("{ABOVE}-pc01").parse().unwrap()],
        status: Status::Active,
        ceiling: None,
    };
    let changes = vec![Change::put(&format!("{ABOVE}-fs01"), &account)];
    world.act(SlotRole::Officer, 4, changes).await;
}

async fn set_parent(world: &mut World, parent: Option<&str>) {
    let unit = Unit {
        name: BELOW.into(),
        parent: parent.map(|code| code.parse().unwrap()),
        status: Status::Active,
        successor: None,
        world: None,
    };
    let changes = vec![Change::put(BELOW, &unit)];
    world.act(SlotRole::Officer, 4, changes).await;
}

fn office(world: &World) -> Office {
    let bodies = Arc::new(world.disk.bodies().unwrap());
    let store = Arc::clone(&world.store);
    let registry = Registry::new(secret(2));
    Office::new(store, bodies, world.sequencer.clone(), registry)
}

fn above() -> Peer {
    Peer {
        tls_key: secret(64).public(),
        exporter: Digest::of(b"this connection"),
        session: Some(Session {
            account: format!("{ABOVE}-fs01").parse().unwrap(),
            device: format!("{ABOVE}-pc01").parse().unwrap(),
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

async fn attachment(office: &Office, entry: u64, bytes: &[u8]) -> Result<Vec<u8>, ErrorCode> {
    let digest = Digest::of(bytes);
    let asked = Ask::Attachment(AttachmentOf { entry, digest });
    match office.answer(&above(), asked).await {
        Answer::Bytes(bytes) => Ok(bytes.to_vec()),
        Answer::Refused(refused) => Err(refused.code),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn g6_an_auditor_reads_manifests_of_its_units_and_nothing_that_opens_them() {
    let mut world = World::new().await;
    world.open_office(ABOVE, 60).await;
    let office = office(&world);
    let statement = world.new_statement();
    let incoming = world.submission(statement, Classification::Internal);
    let entry = world.submit(&incoming).await.unwrap().index.unwrap();
    let body: Submission = incoming.signed.claimed().unwrap().body().unwrap();
    let unit: UnitCode = BELOW.parse().unwrap();
    let key = tables::delivery(&body.about.manifest, &unit);
    let due = clock().plus_ms(60_000);
    let row = DeliveryRow::announced(clock(), 202_611, due, Digest::of(b"the last seal"));
    let mut batch = Batch::new();
    batch.put(tables::DELIVERIES, key, cbor::to_vec(&row));
    world.store.commit(batch, &[]).unwrap();
    let (manifest, wraps) = (&incoming.attachments[0], &incoming.attachments[1]);
    for (roles, parent, reads) in [
        (&[Role::Audit][..], None, false),
        (&[Role::Receive], Some(ABOVE), false),
        (&[Role::Authority], Some(ABOVE), false),
        (&[Role::Audit], Some(ABOVE), true),
    ] {
        set_roles(&mut world, roles).await;
        set_parent(&mut world, parent).await;
        let expected = reads.then(|| manifest.clone());
        let found = attachment(&office, entry, manifest).await;
        assert_eq!(
            found,
            expected.ok_or(ErrorCode::ATTACHMENT),
            "{roles:?} {parent:?}"
        );
        let wraps = attachment(&office, entry, wraps).await;
        assert_eq!(wraps, Err(ErrorCode::ATTACHMENT), "{roles:?} {parent:?}");
        let asked = Ask::Wrap(body.about.manifest);
        let answer = office.answer(&above(), asked).await;
        assert!(matches!(answer, Answer::Refused(_)), "{roles:?}");
    }
    let beyond = attachment(&office, u64::MAX, manifest).await;
    assert_eq!(beyond, Err(ErrorCode::ATTACHMENT));
    // Nor is what another entry names to be had by naming this one.
    let other = attachment(&office, entry - 1, manifest).await;
    assert_eq!(other, Err(ErrorCode::ATTACHMENT));
}

#[tokio::test(flavor = "multi_thread")]
async fn g6_units_below_are_told_of_to_who_looks_after_them_alone() {
    let mut world = World::new().await;
    world.open_office(ABOVE, 60).await;
    let office = office(&world);
    set_parent(&mut world, Some(ABOVE)).await;
    for (role, allowed) in [
        (Role::Send, false),
        (Role::Manage, false),
        (Role::Authority, true),
        (Role::Audit, true),
    ] {
        set_roles(&mut world, &[role]).await;
        let asked = Ask::Figures(FiguresOf {
            from: 202_601,
            until: 202_612,
            after: None,
            below: true,
        });
        match office.answer(&above(), asked).await {
            Answer::Figures(_) => assert!(allowed, "{role:?}"),
            Answer::Refused(refused) => {
                assert!(!allowed, "{role:?}");
                assert_eq!(refused.code, ErrorCode::NOT_ALLOWED);
            }
            other => panic!("{other:?}"),
        }
    }
}
