//! One sender that fills everything it can.

use yichuan_document::terms::Urgency;
use yichuan_evidence::entry::EntryKind;
use yichuan_exchange::sequencer::{Job, Lane};
use yichuan_wire::ErrorCode;

use crate::stage::Stage;

/// How many requests of a lane wait at most.
const LANE_MAX: usize = 2_048;

#[tokio::test]
async fn h2_a_bulk_sender_is_told_to_wait_and_urgent_ones_go_through() {
    let mut stage = Stage::new(3).await;
    let about = stage.dispatched(&[1], Urgency::Ordinary).await;
    let fetch = stage.fetch(about, 1);
    stage.record(&fetch).await.unwrap();
    let mut jobs = Vec::new();
    for _ in 0..LANE_MAX + 52 {
        let (submission, _) = stage.submission(&[1, 2], Urgency::Ordinary);
        let job = stage.exchange.prepared(submission).unwrap();
        jobs.push((Lane::Ordinary, job));
    }
    for _ in 0..20 {
        let (urgent, _) = stage.submission(&[1], Urgency::MostUrgent);
        let job = stage.exchange.prepared(urgent).unwrap();
        jobs.push((Lane::Urgent, job));
    }
    // Last of all, and of the authority: it has to do with the same queue.
    jobs.push((Lane::Urgent, Job::Look));
    let size = stage.size();
    let outcomes = stage.exchange.submit_together(stage.now(), jobs).await;
    let (ordinary, urgent) = outcomes.split_at(LANE_MAX + 52);
    let busy = |it: &Result<_, yichuan_exchange::registry::Refusal>| {
        it.as_ref().err().map(|refusal| refusal.code) == Some(ErrorCode::BUSY)
    };
    // One may have been taken from the lane before its clock was held.
    let refused = ordinary.iter().filter(|it| busy(it)).count();
    assert!((51..=52).contains(&refused), "{refused}");
    assert!(ordinary.iter().take(LANE_MAX).all(Result::is_ok));
    assert!(urgent.iter().all(Result::is_ok));
    // They stand in the first of the batches, within four times their number.
    let placed: Vec<u64> = urgent
        .iter()
        .filter_map(|it| it.as_ref().ok()?.index)
        .collect();
    assert_eq!(placed.len(), 20);
    assert!(placed.iter().all(|index| *index < size + 28), "{placed:?}");
    let entered = stage.entries(EntryKind::Submission).len();
    assert_eq!(entered, 1 + LANE_MAX + 52 - refused + 20);
}
