//! Printing and deleting at the exchange: consent, quota, copy numbers, and each of them once.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod world;

use yichuan_document::life::{DeliveryState, Fact, Facts, Stage};
use yichuan_document::signed::SlotRole;
use yichuan_document::statement::{
    About, CopiesNumbered, Deletion, PermissionDecision, PermissionRequest, Permit, PermitReason,
    Print, Recall, RecallReason,
};
use yichuan_document::{Digest, UnitCode, cbor};
use yichuan_evidence::entry::{Entry, EntryKind};
use yichuan_exchange::registry::{BodyGiven, Incoming};
use yichuan_exchange::tables::{self, DeliveryRow, DocumentRow, ReadersRow};
use yichuan_store::Batch;
use yichuan_wire::ErrorCode;

use world::receivers::*;
use world::*;

/// A document that the unit has signed for, of which it may print `quota` originals.
async fn signed_for(world: &mut World, quota: u16) -> About {
    let about = received(world).await;
    change(world, &about, |row| {
        row.state = DeliveryState::SignedFor.code();
        row.quota = quota;
    });
    about
}

/// Changes the delivery, as if the other statements of its life had been recorded.
fn change(world: &World, about: &About, change: impl FnOnce(&mut DeliveryRow)) {
    let unit: UnitCode = UNIT.parse().unwrap();
    let key = tables::delivery(&about.manifest, &unit);
    let view = world.store.view().unwrap();
    let bytes = view.get(tables::DELIVERIES, &key).unwrap().unwrap();
    let mut row: DeliveryRow = cbor::read(&bytes, 4_096).unwrap();
    change(&mut row);
    let mut batch = Batch::new();
    batch.put(tables::DELIVERIES, key, cbor::to_vec(&row));
    world.store.commit(batch, &[]).unwrap();
}

fn request(about: About, permit: Permit, count: Option<u16>) -> PermissionRequest {
    PermissionRequest {
        about,
        permit: permit.code(),
        count,
        first: None,
        reason: PermitReason::Work.code(),
        note: None,
    }
}

/// Asks for originals and has the head grant them.
async fn granted(world: &mut World, about: About, count: u16) -> Digest {
    let body = request(about, Permit::Originals, Some(count));
    permitted(world, &body).await
}

async fn permitted(world: &mut World, body: &PermissionRequest) -> Digest {
    let request = say(world, FIRST, body).await.unwrap();
    let decision = PermissionDecision {
        about: body.about,
        request,
        granted: true,
    };
    say(world, HEAD, &decision).await.unwrap();
    request
}

async fn print(
    world: &mut World,
    who: (&str, u8),
    about: About,
    request: Digest,
) -> Result<Digest, ErrorCode> {
    say(world, who, &Print { about, request }).await
}

/// What the exchange has said about copy numbers so far, with who may read it.
fn numbered(world: &World) -> Vec<(CopiesNumbered, ReadersRow)> {
    let view = world.store.view().unwrap();
    let size = world.sequencer.published().newest().size;
    let said = |index: u64| {
        let bytes = view.get(tables::ENTRIES, &tables::index(index)).unwrap()?;
        let entry = Entry::read(&bytes).unwrap();
        (entry.kind == EntryKind::CopiesNumbered).then_some(())?;
        let body = entry.signed().unwrap().claimed().unwrap().body().unwrap();
        let readers = view.get(tables::READERS, &tables::index(index)).unwrap();
        Some((body, cbor::read(&readers.unwrap(), 1_024).unwrap()))
    };
    (0..size).filter_map(said).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn e6_originals_are_numbered_until_the_quota_is_spent() {
    let mut world = with_receivers().await;
    let about = signed_for(&mut world, 3).await;
    let two = granted(&mut world, about, 2).await;
    print(&mut world, FIRST, about, two).await.unwrap();
    // What is left is said before the head is asked.
    let body = request(about, Permit::Originals, Some(2));
    assert_eq!(say(&mut world, FIRST, &body).await, Err(ErrorCode::QUOTA));
    let one = granted(&mut world, about, 1).await;
    print(&mut world, SECOND, about, one).await.unwrap();
    let body = request(about, Permit::Originals, Some(1));
    assert_eq!(say(&mut world, FIRST, &body).await, Err(ErrorCode::QUOTA));
    // The sender grants more.
    change(&world, &about, |row| row.copies = 1);
    let more = granted(&mut world, about, 1).await;
    print(&mut world, FIRST, about, more).await.unwrap();
    let told: Vec<_> = numbered(&world)
        .into_iter()
        .map(|(it, _)| (it.first, it.count, it.printed, it.quota, it.again))
        .collect();
    assert_eq!(
        told,
        [
            (1, 2, 2, 3, false),
            (3, 1, 3, 3, false),
            (4, 1, 4, 4, false)
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn e6_of_two_computers_that_print_the_last_copy_one_wins() {
    let mut world = with_receivers().await;
    let about = signed_for(&mut world, 1).await;
    // Both were granted while one original was left.
    let (one, two) = (
        granted(&mut world, about, 1).await,
        granted(&mut world, about, 1).await,
    );
    print(&mut world, FIRST, about, one).await.unwrap();
    let late = print(&mut world, SECOND, about, two).await;
    assert_eq!(late, Err(ErrorCode::QUOTA));
    assert_eq!(numbered(&world).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn e6_nothing_is_printed_without_consent_or_twice_under_one() {
    let mut world = with_receivers().await;
    let about = signed_for(&mut world, 9).await;
    let body = request(about, Permit::Originals, Some(1));
    let asked = say(&mut world, FIRST, &body).await.unwrap();
    let early = print(&mut world, FIRST, about, asked).await;
    assert_eq!(early, Err(ErrorCode::NO_CONSENT));
    // Nobody decides about his own request, and only the head decides.
    let decision = |granted| PermissionDecision {
        about,
        request: asked,
        granted,
    };
    let own = say(&mut world, FIRST, &decision(true)).await;
    assert_eq!(own, Err(ErrorCode::NOT_ALLOWED));
    say(&mut world, HEAD, &decision(false)).await.unwrap();
    let again = say(&mut world, HEAD, &decision(true)).await;
    assert_eq!(again, Err(ErrorCode::STATE));
    let refused = print(&mut world, FIRST, about, asked).await;
    assert_eq!(refused, Err(ErrorCode::NO_CONSENT));
    let good = granted(&mut world, about, 1).await;
    print(&mut world, FIRST, about, good).await.unwrap();
    let twice = print(&mut world, SECOND, about, good).await;
    assert_eq!(twice, Err(ErrorCode::STATE));
    // Consent for one document is none for another.
    let other = signed_for(&mut world, 9).await;
    let good = granted(&mut world, about, 1).await;
    let elsewhere = print(&mut world, FIRST, other, good).await;
    assert_eq!(elsewhere, Err(ErrorCode::UNKNOWN_DOCUMENT));
    // The head does not print.
    let by_head = print(&mut world, HEAD, about, good).await;
    assert_eq!(by_head, Err(ErrorCode::NOT_ALLOWED));
}

#[tokio::test(flavor = "multi_thread")]
async fn e6_only_what_was_signed_for_and_not_recalled_is_printed() {
    let mut world = with_receivers().await;
    let about = received(&mut world).await;
    let body = request(about, Permit::Desensitised, Some(1));
    for state in [
        DeliveryState::Announced,
        DeliveryState::Fetched,
        DeliveryState::Inspected,
        DeliveryState::Returned,
        DeliveryState::Recalled,
        DeliveryState::Superseded,
    ] {
        change(&world, &about, |row| row.state = state.code());
        let refused = say(&mut world, FIRST, &body).await;
        assert_eq!(refused, Err(ErrorCode::STATE), "{state:?}");
    }
    let about = signed_for(&mut world, 1).await;
    let good = granted(&mut world, about, 1).await;
    let notice = Facts::NONE.with(Fact::RecallNotice).bits();
    change(&world, &about, |row| row.facts = notice);
    let refused = print(&mut world, FIRST, about, good).await;
    assert_eq!(refused, Err(ErrorCode::STATE));
}

#[tokio::test(flavor = "multi_thread")]
async fn spoilt_originals_are_printed_again_under_their_numbers() {
    let mut world = with_receivers().await;
    let about = signed_for(&mut world, 3).await;
    let all = granted(&mut world, about, 3).await;
    print(&mut world, FIRST, about, all).await.unwrap();
    let again = |first, count| PermissionRequest {
        first: Some(first),
        ..request(about, Permit::Again, Some(count))
    };
    for (first, count) in [(3, 2), (4, 1), (1_000, 1)] {
        let refused = say(&mut world, FIRST, &again(first, count)).await;
        assert_eq!(refused, Err(ErrorCode::QUOTA), "{first} {count}");
    }
    let body = again(2, 2);
    let asked = permitted(&mut world, &body).await;
    print(&mut world, FIRST, about, asked).await.unwrap();
    let (last, _) = numbered(&world).pop().unwrap();
    assert_eq!((last.first, last.count, last.again), (2, 2, true));
    assert_eq!((last.printed, last.quota), (3, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn g6_issuers_learn_the_numbers_and_nothing_of_who_asked_and_why() {
    let mut world = with_receivers().await;
    let about = signed_for(&mut world, 1).await;
    let before = world.sequencer.published().newest().size;
    let one = granted(&mut world, about, 1).await;
    print(&mut world, FIRST, about, one).await.unwrap();
    let view = world.store.view().unwrap();
    for index in before..before + 3 {
        let readers = view.get(tables::READERS, &tables::index(index)).unwrap();
        let row: ReadersRow = cbor::read(&readers.unwrap(), 1_024).unwrap();
        assert_eq!((row.document, row.recipient), (None, None), "{index}");
        assert_eq!(row.owner.unwrap().as_str(), UNIT);
    }
    let (_, readers) = numbered(&world).pop().unwrap();
    assert_eq!(readers.document, Some(about.manifest));
    assert_eq!(readers.recipient.unwrap().as_str(), UNIT);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_completed_is_not_deleted_and_what_is_deleted_opens_no_more() {
    let mut world = with_receivers().await;
    let office = office(&world);
    let about = received(&mut world).await;
    let wish = request(about, Permit::Deletion, None);
    let early = say(&mut world, FIRST, &wish).await;
    assert_eq!(early, Err(ErrorCode::STATE));
    change(&world, &about, |row| {
        row.state = DeliveryState::SignedFor.code();
        row.quota = 1;
    });
    let asked_back = Facts::NONE.with(Fact::RecallNotice).bits();
    change(&world, &about, |row| row.facts = asked_back);
    let early = say(&mut world, FIRST, &wish).await;
    assert_eq!(early, Err(ErrorCode::STATE));
    change(&world, &about, |row| row.facts = Facts::NONE.bits());
    assert_eq!(wrap(&office, FIRST.0, about).await, Ok(()));
    let request = permitted(&mut world, &wish).await;
    // A permission to delete is none to print, and the other way round.
    let printed = print(&mut world, FIRST, about, request).await;
    assert_eq!(printed, Err(ErrorCode::NO_CONSENT));
    let original = granted(&mut world, about, 1).await;
    let wrong = Deletion {
        about,
        request: original,
    };
    let refused = say(&mut world, FIRST, &wrong).await;
    assert_eq!(refused, Err(ErrorCode::NO_CONSENT));
    say(&mut world, FIRST, &Deletion { about, request })
        .await
        .unwrap();
    let gone = wrap(&office, FIRST.0, about).await;
    assert_eq!(gone, Err(ErrorCode::DELETED));
    let refused = print(&mut world, FIRST, about, original).await;
    assert_eq!(refused, Err(ErrorCode::STATE));
    let refused = say(&mut world, FIRST, &wish).await;
    assert_eq!(refused, Err(ErrorCode::STATE));
}

#[tokio::test(flavor = "multi_thread")]
async fn f8_what_was_graded_up_later_is_opened_no_more() {
    let mut world = with_receivers().await;
    let office = office(&world);
    let about = signed_for(&mut world, 1).await;
    assert_eq!(wrap(&office, FIRST.0, about).await, Ok(()));
    let printing = granted(&mut world, about, 1).await;
    recall(&mut world, about, RecallReason::Content).await;
    assert_eq!(wrap(&office, FIRST.0, about).await, Ok(()));
    change(&world, &about, |row| row.facts = Facts::NONE.bits());
    recall(&mut world, about, RecallReason::Level).await;
    let kept = wrap(&office, FIRST.0, about).await;
    assert_eq!(kept, Err(ErrorCode::REGRADED));
    let printed = print(&mut world, FIRST, about, printing).await;
    assert_eq!(printed, Err(ErrorCode::STATE));
}

/// The sender asks for it back.
async fn recall(world: &mut World, about: About, reason: RecallReason) {
    let body = Recall {
        about,
        units: Vec::new(),
        code: reason.code(),
        note: None,
    };
    let signers = [
        (SlotRole::Account, &secret(21)),
        (SlotRole::Device, &secret(22)),
    ];
    let signed = world.say((Some(CLERK), Some(PC)), &body, &signers);
    let incoming = Incoming {
        signed,
        attachments: Vec::new(),
        body: BodyGiven::Absent,
    };
    dispatched(world, &about);
    world.submit(&incoming).await.unwrap();
}

/// As if approval, seal and dispatch had been recorded.
fn dispatched(world: &World, about: &About) {
    let view = world.store.view().unwrap();
    let key = about.manifest.as_bytes().to_vec();
    let bytes = view.get(tables::DOCUMENTS, &key).unwrap().unwrap();
    let mut row: DocumentRow = cbor::read(&bytes, 4_096).unwrap();
    row.stage = Stage::Dispatched.code();
    (row.approved, row.seals) = (1, 1);
    let mut batch = Batch::new();
    batch.put(tables::DOCUMENTS, key, cbor::to_vec(&row));
    world.store.commit(batch, &[]).unwrap();
}
