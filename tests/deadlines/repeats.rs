//! The same again: at once, under another content, much later, elsewhere.

use yichuan_document::terms::Urgency;
use yichuan_evidence::entry::EntryKind;
use yichuan_exchange::registry::{BodyGiven, Incoming};
use yichuan_wire::ErrorCode;

use crate::stage::{DAY, HOUR, Stage};

#[tokio::test]
async fn d1_a_receipt_a_hundred_times_at_once_is_one() {
    let mut stage = Stage::new(2).await;
    let (about, _) = stage.fetched().await;
    let (receipt, size) = (stage.receipt(about, 1), stage.size());
    let outcomes = stage.together(stage.now(), &[&receipt; 100]).await;
    assert!(outcomes.iter().all(|it| *it == Ok(size)), "{outcomes:?}");
    assert_eq!(stage.size(), size + 1);
    assert_eq!(stage.figures(1).signed, 1);
}

#[tokio::test]
async fn d2_a_return_under_the_id_of_a_receipt_is_refused() {
    let mut stage = Stage::new(2).await;
    let (about, _) = stage.fetched().await;
    // The same chance gives the same id.
    let chance = stage.rng.clone();
    let receipt = stage.receipt(about, 1);
    stage.rng = chance;
    let back = stage.give_back(about, 1);
    let id = |incoming: &Incoming| incoming.signed.claimed().unwrap().id;
    assert_eq!(id(&receipt), id(&back));
    let outcomes = stage.together(stage.now(), &[&receipt, &back]).await;
    assert!(outcomes[0].is_ok(), "{outcomes:?}");
    assert_eq!(outcomes[1], Err(ErrorCode::ID_TAKEN));
    assert_eq!(stage.record(&receipt).await, outcomes[0]);
}

#[tokio::test]
async fn d3_a_receipt_is_known_after_restarts_and_forty_days() {
    let mut stage = Stage::new(2).await;
    let (about, _) = stage.fetched().await;
    let receipt = stage.receipt(about, 1);
    let index = stage.record(&receipt).await.unwrap();
    for crash in [false, true] {
        stage.exchange.stop(crash);
        stage.exchange.start().unwrap();
        assert_eq!(stage.record(&receipt).await, Ok(index));
    }
    stage.exchange.stop(false);
    let later = stage.now().plus_ms(40 * DAY);
    stage.exchange.clock.advance_to(later);
    stage.exchange.start().unwrap();
    stage.tell_time(0, later, &[]).await.unwrap();
    let size = stage.size();
    assert_eq!(stage.record(&receipt).await, Ok(index));
    assert_eq!(stage.size(), size);
}

#[tokio::test]
async fn d4_all_traffic_of_another_installation_is_void_in_this_one() {
    let mut other = Stage::from_seed(2, 2).await;
    let (about, _) = other.fetched().await;
    let receipt = other.receipt(about, 1);
    other.record(&receipt).await.unwrap();
    let stage = Stage::from_seed(2, 3).await;
    let size = stage.size();
    let mut replayed = 0;
    for index in 1..other.size() {
        let entry = other.entry(index);
        if entry.kind.is_roster() || matches!(entry.kind, EntryKind::Dispatch) {
            continue;
        }
        let incoming = Incoming {
            signed: entry.signed().unwrap(),
            attachments: Vec::new(),
            body: BodyGiven::Absent,
        };
        let refused = stage.record(&incoming).await;
        assert_eq!(refused, Err(ErrorCode::INSTALLATION), "{:?}", entry.kind);
        replayed += 1;
    }
    assert_eq!(replayed, 5, "submission, approval, seal, fetch, receipt");
    assert_eq!(stage.size(), size);
}

#[tokio::test]
async fn d5_the_same_letter_under_a_new_id_is_a_document_of_its_own() {
    let mut stage = Stage::new(2).await;
    let first = stage.dispatched(&[1], Urgency::Ordinary).await;
    stage.pass_to(stage.now().plus_ms(HOUR)).await;
    let second = stage.dispatched(&[1], Urgency::Ordinary).await;
    assert_ne!(first.manifest, second.manifest);
    let fetch = stage.fetch(first, 1);
    stage.record(&fetch).await.unwrap();
    // A receipt for one is none for the other: each names its own document.
    let receipt = stage.receipt(first, 1);
    stage.record(&receipt).await.unwrap();
    let due = stage.delivery(&second, 1).due;
    stage.pass_to(due).await;
    let overdue = stage.overdue();
    assert_eq!(overdue.len(), 1);
    assert_eq!(overdue[0].1.about, second);
}
