//! Need to know inside a receiving unit: who of it the exchange lets open a document.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod world;

use std::sync::Arc;

use yichuan_document::roster::act::{Change, Enrolment};
use yichuan_document::roster::record::{Account, AccountKeys, DeviceKeys, Role, Status, Ticket};
use yichuan_document::signed::{Body, SlotRole};
use yichuan_document::statement::{About, Assignment, Fetch, OfDelivery, Submission};
use yichuan_document::{Classification, Digest, UnitCode, cbor};
use yichuan_envelope::EncryptionSecret;
use yichuan_exchange::net::{Peer, Service as _, Session};
use yichuan_exchange::registry::{BodyGiven, Incoming, Registry};
use yichuan_exchange::sequencer::clock;
use yichuan_exchange::service::Office;
use yichuan_exchange::tables::{self, DeliveryRow, ReadersRow};
use yichuan_store::Batch;
use yichuan_wire::ErrorCode;
use yichuan_wire::message::{Answer, Ask, DocumentFrom, PasswordState, SessionState};

use world::*;

const UNIT: &str = "513201-zf";
const COMPUTER: &str = "513201-zf-pc01";
/// The manager, and two who receive, with the seeds of their keys.
const MANAGER: (&str, u8) = ("513201-zf-fs01", 31);
const FIRST: (&str, u8) = ("513201-zf-js01", 41);
const SECOND: (&str, u8) = ("513201-zf-js02", 51);

/// Two accounts that receive, on the office's computer.
async fn with_receivers() -> World {
    let mut world = World::new().await;
    for (id, seed) in [FIRST, SECOND] {
        let account = Account {
            roles: vec![Role::Receive],
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
async fn received(world: &mut World) -> About {
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
async fn say<B: Body>(
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

fn to(about: About, accounts: &[&str], previous: Option<Digest>) -> Assignment {
    Assignment {
        about,
        accounts: accounts.iter().map(|id| id.parse().unwrap()).collect(),
        previous,
    }
}

fn fetch(about: About) -> Fetch {
    Fetch {
        delivery: OfDelivery {
            about,
            unit: format!("{UNIT}@yichuan.example").parse().unwrap(),
            previous: Digest::of(b"the last seal"),
        },
    }
}

fn office(world: &World) -> Office {
    let bodies = Arc::new(world.disk.bodies().unwrap());
    let store = Arc::clone(&world.store);
    let registry = Registry::new(secret(2));
    Office::new(store, bodies, world.sequencer.clone(), registry)
}

fn peer(account: &str, device: &str, tls: u8) -> Peer {
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
async fn wrap(office: &Office, account: &str, about: About) -> Result<(), ErrorCode> {
    let peer = peer(account, COMPUTER, 34);
    match office.answer(&peer, Ask::Wrap(about.manifest)).await {
        Answer::Wrap(_) => Ok(()),
        Answer::Refused(refused) => Err(refused.code),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn g5_a_wrap_goes_only_to_those_whom_the_unit_has_named() {
    let mut world = with_receivers().await;
    let office = office(&world);
    let about = received(&mut world).await;
    let first = to(about, &[FIRST.0], None);
    let first = say(&mut world, MANAGER, &first).await.unwrap();
    let refused = say(&mut world, SECOND, &fetch(about)).await;
    assert_eq!(refused, Err(ErrorCode::NEED_TO_KNOW));
    say(&mut world, FIRST, &fetch(about)).await.unwrap();
    assert_eq!(wrap(&office, FIRST.0, about).await, Ok(()));
    let kept = wrap(&office, SECOND.0, about).await;
    assert_eq!(kept, Err(ErrorCode::NEED_TO_KNOW));
    // The manager is no exception, but may name himself: the log has it.
    let kept = wrap(&office, MANAGER.0, about).await;
    assert_eq!(kept, Err(ErrorCode::NEED_TO_KNOW));
    let second = to(about, &[SECOND.0], Some(first));
    say(&mut world, MANAGER, &second).await.unwrap();
    assert_eq!(wrap(&office, SECOND.0, about).await, Ok(()));
    let kept = wrap(&office, FIRST.0, about).await;
    assert_eq!(kept, Err(ErrorCode::NEED_TO_KNOW));
}

#[tokio::test(flavor = "multi_thread")]
async fn g5_nobody_lets_himself_in() {
    let mut world = with_receivers().await;
    let about = received(&mut world).await;
    // Whoever receives may distribute what came in.
    let first = to(about, &[FIRST.0], None);
    let first = say(&mut world, FIRST, &first).await.unwrap();
    for (who, accounts, previous, code) in [
        (
            SECOND,
            &[SECOND.0][..],
            Some(first),
            ErrorCode::NEED_TO_KNOW,
        ),
        (SECOND, &[FIRST.0, SECOND.0], None, ErrorCode::STALE),
        (FIRST, &[FIRST.0, SECOND.0], None, ErrorCode::STALE),
        (MANAGER, &[SECOND.0], None, ErrorCode::STALE),
    ] {
        let refused = say(&mut world, who, &to(about, accounts, previous)).await;
        assert_eq!(refused, Err(code), "{who:?} {accounts:?} {previous:?}");
    }
    let both = to(about, &[FIRST.0, SECOND.0], Some(first));
    let both = say(&mut world, FIRST, &both).await.unwrap();
    // Who has been named may pass it on, also away from the one who named him.
    let alone = to(about, &[SECOND.0], Some(both));
    say(&mut world, SECOND, &alone).await.unwrap();
    let refused = say(&mut world, FIRST, &fetch(about)).await;
    assert_eq!(refused, Err(ErrorCode::NEED_TO_KNOW));
}

#[tokio::test(flavor = "multi_thread")]
async fn g5_an_assignment_names_people_of_the_unit_and_a_document_that_it_received() {
    let mut world = with_receivers().await;
    let about = received(&mut world).await;
    let nobody = About {
        manifest: Digest::of(b"another"),
        ..about
    };
    for (what, body, code) in [
        ("nobody", to(about, &[], None), ErrorCode::MALFORMED),
        (
            "out of order",
            to(about, &[SECOND.0, FIRST.0], None),
            ErrorCode::MALFORMED,
        ),
        (
            "twice",
            to(about, &[FIRST.0, FIRST.0], None),
            ErrorCode::MALFORMED,
        ),
        (
            "another unit's",
            to(about, &[CLERK, FIRST.0], None),
            ErrorCode::NOT_ALLOWED,
        ),
        (
            "one that is not there",
            to(about, &["513201-zf-js99"], None),
            ErrorCode::NOT_ALLOWED,
        ),
        (
            "no document",
            to(nobody, &[FIRST.0], None),
            ErrorCode::UNKNOWN_DOCUMENT,
        ),
    ] {
        let refused = say(&mut world, MANAGER, &body).await;
        assert_eq!(refused, Err(code), "{what}");
    }
    // The issuer assigns nothing, at the recipient or at home.
    let by_issuer = to(about, &[CLERK], None);
    let signers = [
        (SlotRole::Account, &secret(21)),
        (SlotRole::Device, &secret(22)),
    ];
    let signed = world.say((Some(CLERK), Some(PC)), &by_issuer, &signers);
    let incoming = Incoming {
        signed,
        attachments: Vec::new(),
        body: BodyGiven::Absent,
    };
    let refused = world.submit(&incoming).await.err();
    assert_eq!(refused, Some(ErrorCode::UNKNOWN_DOCUMENT));
}

#[tokio::test(flavor = "multi_thread")]
async fn g6_issuers_are_told_nothing_of_an_assignment() {
    let mut world = with_receivers().await;
    let office = office(&world);
    let about = received(&mut world).await;
    let body = to(about, &[FIRST.0], None);
    let before = world.sequencer.published().newest().size;
    say(&mut world, MANAGER, &body).await.unwrap();
    let view = world.store.view().unwrap();
    let readers = view.get(tables::READERS, &tables::index(before)).unwrap();
    let row: ReadersRow = cbor::read(&readers.unwrap(), 1_024).unwrap();
    assert_eq!((row.document, row.recipient), (None, None));
    assert_eq!(row.owner.unwrap().as_str(), UNIT);
    let asked = Ask::Document(DocumentFrom {
        document: about.manifest,
        from: 0,
    });
    let Answer::Document(file) = office.answer(&peer(CLERK, PC, 24), asked).await else {
        panic!("the issuer reads its own document");
    };
    let indexes: Vec<u64> = file
        .entries
        .entries
        .iter()
        .map(|entry| entry.index)
        .collect();
    assert!(!indexes.contains(&before), "{indexes:?}");
}
