//! What a unit records for itself: numbers of its series and notes.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod world;

use std::collections::BTreeSet;

use yichuan_document::signed::{Body, SlotRole};
use yichuan_document::statement::{About, AttachmentRef, NumberRequest, UnitNote};
use yichuan_document::{Classification, Digest};
use yichuan_evidence::entry::Entry;
use yichuan_exchange::registry::{BodyGiven, Incoming, prepare};
use yichuan_exchange::sequencer::{Job, Lane, clock};
use yichuan_exchange::tables;
use yichuan_wire::ErrorCode;

use world::*;

fn request(series: &str, document: Option<About>, count: Option<u16>) -> NumberRequest {
    NumberRequest {
        series: series.to_owned(),
        year: 2026,
        document,
        count,
    }
}

/// A statement of the first office's clerk, or of the second's.
fn said<B: Body>(world: &mut World, second: bool, body: &B, attachments: Vec<Vec<u8>>) -> Incoming {
    let (unit, seed) = if second {
        ("513201-zf", 30)
    } else {
        ("513200-zfb", 20)
    };
    let (account, device) = (format!("{unit}-fs01"), format!("{unit}-pc01"));
    let signers = [
        (SlotRole::Account, &secret(seed + 1)),
        (SlotRole::Device, &secret(seed + 2)),
    ];
    let signed = world.say((Some(&account), Some(&device)), body, &signers);
    Incoming {
        signed,
        attachments,
        body: BodyGiven::Absent,
    }
}

fn allotted(world: &World, index: u64) -> u32 {
    let view = world.store.view().unwrap();
    let bytes = view.get(tables::ENTRIES, &tables::index(index)).unwrap();
    Entry::read(&bytes.unwrap()).unwrap().allotted.unwrap()
}

async fn number(world: &mut World, second: bool, body: &NumberRequest) -> Result<u32, ErrorCode> {
    let incoming = said(world, second, body, Vec::new());
    let done = world.submit(&incoming).await?;
    Ok(allotted(world, done.index.unwrap()))
}

/// A submitted document.
async fn submitted(world: &mut World) -> About {
    let statement = world.new_statement();
    let incoming = world.submission(statement, Classification::Internal);
    world.submit(&incoming).await.unwrap();
    let body: yichuan_document::statement::Submission =
        incoming.signed.claimed().unwrap().body().unwrap();
    body.about
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_asked_for_at_once_are_consecutive_and_each_given_once() {
    let mut world = World::new().await;
    let mut tasks = Vec::new();
    for asked in 0..60_u16 {
        let count = (asked % 3 == 0).then_some(4);
        let incoming = said(
            &mut world,
            false,
            &request("云政办发", None, count),
            Vec::new(),
        );
        let (sequencer, prepared) = (world.sequencer.clone(), world.prepared(&incoming));
        tasks.push(tokio::spawn(async move {
            let done = sequencer
                .submit(Lane::Ordinary, Job::Unit(Box::new(prepared)))
                .await;
            (done.unwrap().index.unwrap(), u32::from(count.unwrap_or(1)))
        }));
    }
    let mut given = BTreeSet::new();
    for task in tasks {
        let (index, count) = task.await.unwrap();
        let first = allotted(&world, index);
        for number in first..first + count {
            assert!(given.insert(number), "{number} was given twice");
        }
    }
    let expected: BTreeSet<u32> = (1..=120).collect();
    assert_eq!(given, expected, "none was left out");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_unit_series_and_year_counts_for_itself() {
    let mut world = World::new().await;
    let mut next_year = request("云政办发", None, None);
    next_year.year = 2027;
    let this_year = request("云政办发", None, None);
    assert_eq!(number(&mut world, false, &this_year).await, Ok(1));
    assert_eq!(number(&mut world, false, &this_year).await, Ok(2));
    assert_eq!(number(&mut world, false, &next_year).await, Ok(1));
    assert_eq!(number(&mut world, true, &this_year).await, Ok(1));
    let other = request("云政办函", None, None);
    assert_eq!(number(&mut world, false, &other).await, Ok(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_gets_the_same_number() {
    let mut world = World::new().await;
    let incoming = said(
        &mut world,
        false,
        &request("云政办发", None, None),
        Vec::new(),
    );
    let first = world.submit(&incoming).await.unwrap().index;
    for _ in 0..3 {
        assert_eq!(world.submit(&incoming).await.unwrap().index, first);
    }
    let next = number(&mut world, false, &request("云政办发", None, None)).await;
    assert_eq!(next, Ok(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_received_document_has_one_register_number_and_copies_have_many() {
    let mut world = World::new().await;
    let about = submitted(&mut world).await;
    let register = request("收文", Some(about), None);
    assert_eq!(number(&mut world, false, &register).await, Ok(1));
    let again = number(&mut world, false, &register).await;
    assert_eq!(again, Err(ErrorCode::NUMBERED));
    // Not in another year either.
    let mut later = register;
    later.year = 2027;
    let again = number(&mut world, false, &later).await;
    assert_eq!(again, Err(ErrorCode::NUMBERED));
    let copies = request("份号", Some(about), Some(20));
    assert_eq!(number(&mut world, false, &copies).await, Ok(1));
    assert_eq!(number(&mut world, false, &copies).await, Ok(21));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_series_ends_at_six_digits() {
    let mut world = World::new().await;
    let key = tables::number(&"513200-zfb".parse().unwrap(), "云政办发", 2026);
    let mut batch = yichuan_store::Batch::new();
    batch.put(tables::NUMBERS, key, 999_998_u32.to_be_bytes().to_vec());
    world.store.commit(batch, &[]).unwrap();
    let two = request("云政办发", None, Some(2));
    let refused = number(&mut world, false, &two).await;
    assert_eq!(refused, Err(ErrorCode::TOO_LARGE));
    let one = request("云政办发", None, None);
    assert_eq!(number(&mut world, false, &one).await, Ok(999_999));
    let refused = number(&mut world, false, &one).await;
    assert_eq!(refused, Err(ErrorCode::TOO_LARGE));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_cannot_be_answered_is_malformed() {
    let mut world = World::new().await;
    let about = submitted(&mut world).await;
    let mut ancient = request("云政办发", None, None);
    ancient.year = 26;
    for bad in [
        request("", None, None),
        request("云政\n办发", None, None),
        request(&"长".repeat(22), None, None),
        request("收文", None, None),
        request("份号", None, None),
        request("收文", Some(about), Some(2)),
        request("云政办发", None, Some(0)),
        request("云政办发", None, Some(1)),
        request("云政办发", None, Some(1_001)),
        ancient,
    ] {
        let incoming = said(&mut world, false, &bad, Vec::new());
        let refused = prepare(&world.roster(), clock(), incoming).unwrap_err();
        assert_eq!(refused.refusal.code, ErrorCode::MALFORMED, "{bad:?}");
    }
    let incoming = said(
        &mut world,
        false,
        &request("云政办发", None, None),
        vec![vec![1]],
    );
    assert_eq!(
        world.submit(&incoming).await.err(),
        Some(ErrorCode::ATTACHMENT)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn g6_a_unit_neither_notes_nor_numbers_what_it_is_no_party_of() {
    let mut world = World::new().await;
    let about = submitted(&mut world).await;
    let note = b"closed".to_vec();
    let on = |document, kind| UnitNote {
        kind,
        document,
        note: AttachmentRef::to(&note).unwrap(),
    };
    // Not dispatched yet: the recipient is no party, and learns nothing from the answer.
    let unknown = About {
        manifest: Digest::of(b"nothing"),
        ..about
    };
    for document in [about, unknown] {
        let incoming = said(&mut world, true, &on(Some(document), 2), vec![note.clone()]);
        let refused = world.submit(&incoming).await.err();
        assert_eq!(refused, Some(ErrorCode::UNKNOWN_DOCUMENT));
        let refused = number(&mut world, true, &request("收文", Some(document), None)).await;
        assert_eq!(refused, Err(ErrorCode::UNKNOWN_DOCUMENT));
    }
    for (document, kind) in [(None, 2), (Some(about), 2), (None, 5)] {
        let incoming = said(&mut world, false, &on(document, kind), vec![note.clone()]);
        assert!(world.submit(&incoming).await.is_ok(), "kind {kind}");
    }
    for kind in [0, 6, 999] {
        let incoming = said(&mut world, false, &on(None, kind), vec![note.clone()]);
        let refused = world.submit(&incoming).await.err();
        assert_eq!(refused, Some(ErrorCode::MALFORMED), "kind {kind}");
    }
    let incoming = said(&mut world, false, &on(None, 2), vec![b"another".to_vec()]);
    assert_eq!(
        world.submit(&incoming).await.err(),
        Some(ErrorCode::ATTACHMENT)
    );
}
