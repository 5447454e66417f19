//! Need to know inside a receiving unit: who of it the exchange lets open a document.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod world;

use yichuan_document::signed::SlotRole;
use yichuan_document::statement::{About, Assignment, Fetch, OfDelivery};
use yichuan_document::{Digest, cbor};
use yichuan_exchange::net::Service as _;
use yichuan_exchange::registry::{BodyGiven, Incoming};
use yichuan_exchange::tables::{self, ReadersRow};
use yichuan_wire::ErrorCode;
use yichuan_wire::message::{Answer, Ask, DocumentFrom};

use world::receivers::*;
use world::*;

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
