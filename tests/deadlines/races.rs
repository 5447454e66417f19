//! Two sides that speak at once: the order of the log decides, and there is one outcome.

use yichuan_document::Digest;
use yichuan_document::statement::{About, RecallAnswer};
use yichuan_document::terms::Urgency;
use yichuan_evidence::entry::EntryKind;
use yichuan_exchange::net::{Peer, Service as _, Session};
use yichuan_exchange::sequencer::clock;
use yichuan_tests::simulation::land::secret;
use yichuan_wire::ErrorCode;
use yichuan_wire::message::{Answer, Ask, PasswordState, SessionState};

use crate::stage::{MINUTE, Stage};

/// The clerk of a unit, on its computer, in a session.
fn peer(stage: &Stage, unit: usize) -> Peer {
    let office = &stage.land.units[unit];
    Peer {
        tls_key: secret(&format!("tls {}", office.device)).public(),
        exporter: Digest::of(b"a connection"),
        session: Some(Session {
            account: office.clerk.clone(),
            device: office.device.clone(),
            state: SessionState {
                password: PasswordState::Good,
                until: None,
            },
            opened: clock(),
            held: None,
        }),
        remote: "127.0.0.1:9".parse().unwrap(),
    }
}

/// Asks the office behind the port, as the clerk of a unit.
async fn ask(stage: &Stage, unit: usize, ask: Ask) -> Result<Answer, ErrorCode> {
    let office = stage.exchange.office().unwrap();
    match office.answer(&peer(stage, unit), ask).await {
        Answer::Refused(refused) => Err(refused.code),
        answer => Ok(answer),
    }
}

/// What releases the content: none before the fetch.
async fn wrap(stage: &Stage, about: &About) -> Result<(), ErrorCode> {
    let answer = ask(stage, 1, Ask::Wrap(about.manifest)).await?;
    assert!(matches!(answer, Answer::Wrap(_)));
    Ok(())
}

/// The ciphertext, which may come before the fetch.
async fn prefetch(stage: &Stage, about: &About) {
    let office = stage.exchange.office().unwrap();
    let recipient = peer(stage, 1);
    let segment = office.read_segment(&recipient, about.manifest, 0).await;
    assert_eq!(segment.unwrap().len(), 4_112);
    drop(office);
    assert!(ask(stage, 1, Ask::Leaves(about.manifest)).await.is_ok());
}

#[tokio::test]
async fn c3_a_recall_before_the_fetch_in_one_batch_is_clean() {
    let mut stage = Stage::new(2).await;
    let about = stage.dispatched(&[1], Urgency::Ordinary).await;
    prefetch(&stage, &about).await;
    let (recall, fetch) = (stage.recall(about), stage.fetch(about, 1));
    let at = stage.now().plus_ms(MINUTE);
    let outcomes = stage.together(at, &[&recall, &fetch]).await;
    assert!(outcomes[0].is_ok(), "{outcomes:?}");
    assert_eq!(outcomes[1], Err(ErrorCode::STALE));
    // Knowing of the recall helps as little, and what was prefetched stays closed.
    let fetch = stage.fetch(about, 1);
    assert_eq!(stage.record(&fetch).await, Err(ErrorCode::STATE));
    assert_eq!(wrap(&stage, &about).await, Err(ErrorCode::NOT_FETCHED));
    assert!(stage.entries(EntryKind::Fetch).is_empty());
    let answer = RecallAnswer {
        delivery: stage.of_delivery(about, 1),
        code: 2,
        note: None,
    };
    let answer = stage.say(1, &answer);
    assert_eq!(stage.record(&answer).await, Err(ErrorCode::STATE));
    // A clean recall is the end: nothing falls due of it.
    stage.pass_to(at.plus_ms(12 * 60 * MINUTE)).await;
    assert!(stage.overdue().is_empty());
    assert_eq!(stage.figures(1).recalled, 1);
}

#[tokio::test]
async fn c3_a_recall_after_the_fetch_in_one_batch_is_a_notice() {
    let mut stage = Stage::new(2).await;
    let about = stage.dispatched(&[1], Urgency::Ordinary).await;
    prefetch(&stage, &about).await;
    assert_eq!(wrap(&stage, &about).await, Err(ErrorCode::NOT_FETCHED));
    let (recall, fetch) = (stage.recall(about), stage.fetch(about, 1));
    let at = stage.now().plus_ms(MINUTE);
    let outcomes = stage.together(at, &[&fetch, &recall]).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert!(outcomes[0] < outcomes[1]);
    assert_eq!(wrap(&stage, &about).await, Ok(()), "it was released before");
    let notice = outcomes[1].unwrap();
    assert!(stage.feed(&stage.code(1)).contains(&notice));
    // The recipient answers; the delivery itself still is to be signed for.
    let delivery = stage.of_delivery(about, 1);
    let answer = RecallAnswer {
        delivery,
        code: 2,
        note: None,
    };
    let (first, other) = (stage.say(1, &answer), stage.say(1, &answer));
    let answered = stage.record(&first).await.unwrap();
    assert!(stage.feed(&stage.code(0)).contains(&answered));
    assert_eq!(stage.record(&first).await, Ok(answered));
    assert_eq!(stage.record(&other).await, Err(ErrorCode::STALE));
    assert_eq!(stage.entries(EntryKind::RecallAnswer).len(), 1);
    let receipt = stage.receipt(about, 1);
    assert!(stage.record(&receipt).await.is_ok());
}

#[tokio::test]
async fn c2_no_wrap_is_released_to_somebody_else_or_before_the_fetch() {
    let mut stage = Stage::new(3).await;
    let about = stage.dispatched(&[1], Urgency::Ordinary).await;
    assert_eq!(wrap(&stage, &about).await, Err(ErrorCode::NOT_FETCHED));
    let receipt = stage.receipt(about, 1);
    assert_eq!(stage.record(&receipt).await, Err(ErrorCode::STATE));
    let fetch = stage.fetch(about, 1);
    stage.record(&fetch).await.unwrap();
    assert_eq!(wrap(&stage, &about).await, Ok(()));
    let other = ask(&stage, 2, Ask::Wrap(about.manifest)).await;
    assert_eq!(other.err(), Some(ErrorCode::UNKNOWN_DOCUMENT));
}

#[tokio::test]
async fn c3_of_a_receipt_and_a_return_at_once_one_stands() {
    for receipt_first in [true, false] {
        let mut stage = Stage::new(2).await;
        let (about, _) = stage.fetched().await;
        let (receipt, back) = (stage.receipt(about, 1), stage.give_back(about, 1));
        let mut both = [&receipt, &back];
        if !receipt_first {
            both.reverse();
        }
        let outcomes = stage.together(stage.now(), &both).await;
        assert!(outcomes[0].is_ok(), "{outcomes:?}");
        assert_eq!(outcomes[1], Err(ErrorCode::STALE));
        // Nor does the other stand when it knows the first.
        let again = if receipt_first {
            stage.give_back(about, 1)
        } else {
            stage.receipt(about, 1)
        };
        assert_eq!(stage.record(&again).await, Err(ErrorCode::STATE));
        let receipts = stage.entries(EntryKind::Receipt).len();
        let returns = stage.entries(EntryKind::Return).len();
        assert_eq!(receipts, usize::from(receipt_first));
        assert_eq!(returns, usize::from(!receipt_first));
        let figures = stage.figures(1);
        let returned: u32 = figures.returned.iter().map(|count| count.times).sum();
        assert_eq!(figures.signed + returned, 1);
    }
}
