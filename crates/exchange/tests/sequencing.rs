//! Order, repetition and failure: the engine and its sequencer over a disk that fails on demand.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(
    clippy::too_many_lines,
    reason = "a world is built once, from top to bottom"
)]

mod world;

use yichuan_document::{Classification, Digest, Timestamp};
use yichuan_exchange::log::{self, CannotOpen};
use yichuan_exchange::registry::{BodyGiven, Incoming, prepare};
use yichuan_exchange::sequencer::{Job, Lane, clock};
use yichuan_exchange::tables;
use yichuan_store::{Fault, Step, Store};
use yichuan_wire::ErrorCode;

use world::*;

/// Spoils a request.
type Edit = fn(&mut Incoming);

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
                .submit(Lane::Ordinary, Job::Unit(Box::new(prepared)))
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
        let (store, sequencer, thread) = start(&disk).unwrap();
        let world = World {
            disk,
            store,
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
