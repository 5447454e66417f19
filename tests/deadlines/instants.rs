//! The very instant of a deadline, and an exchange that was not there at it (rules 28 and 29).

use yichuan_document::terms::Urgency;
use yichuan_evidence::entry::EntryKind;

use crate::stage::{DAY, HOUR, MINUTE, Stage, before};

#[tokio::test]
async fn c6_a_millisecond_before_the_deadline_a_receipt_is_in_time() {
    let mut stage = Stage::new(2).await;
    let (about, due) = stage.fetched().await;
    let last = before(due, 1);
    stage.pass_to(before(due, MINUTE)).await;
    let receipt = stage.receipt(about, 1);
    let index = stage.together(last, &[&receipt]).await[0].unwrap();
    assert_eq!(stage.entry(index).time, last);
    stage.pass_to(due.plus_ms(DAY)).await;
    assert!(stage.overdue().is_empty());
    let figures = stage.figures(1);
    assert_eq!((figures.signed, figures.late, figures.overdue), (1, 0, 0));
}

#[tokio::test]
async fn c6_at_the_deadline_and_after_it_the_overdue_entry_comes_first() {
    for after in [0, 1] {
        let mut stage = Stage::new(2).await;
        let (about, due) = stage.fetched().await;
        stage.pass_to(before(due, MINUTE)).await;
        let (receipt, size) = (stage.receipt(about, 1), stage.size());
        let at = due.plus_ms(after);
        let index = stage.together(at, &[&receipt]).await[0].unwrap();
        let overdue = stage.overdue();
        let [(placed, said)] = overdue.as_slice() else {
            panic!("{overdue:?}");
        };
        // It is the first of what was appended, the receipt the last.
        assert_eq!((placed.0, index), (size, stage.size() - 1), "{after} ms");
        assert_eq!((said.due, said.size, said.outage), (due, size, None));
        assert_eq!((placed.1.time, stage.entry(index).time), (at, at));
        let figures = stage.figures(1);
        assert_eq!((figures.signed, figures.overdue), (1, 1));
        assert_eq!(figures.late, u32::from(after > 0), "late by {after} ms");
        // Nothing is said of it once more.
        stage.pass_to(due.plus_ms(DAY)).await;
        assert_eq!(stage.overdue().len(), 1);
    }
}

#[tokio::test]
async fn c5_c6_an_exchange_that_was_down_at_the_deadline_says_so_once() {
    for crash in [false, true] {
        let mut stage = Stage::new(2).await;
        let (about, due) = stage.fetched().await;
        stage.pass_to(before(due, HOUR)).await;
        let size = stage.size();
        stage.exchange.stop(crash);
        let back = due.plus_ms(2 * HOUR);
        stage.exchange.clock.advance_to(back);
        stage.exchange.start().unwrap();
        assert!(stage.exchange.look().await);
        let overdue = stage.overdue();
        let [(placed, said)] = overdue.as_slice() else {
            panic!("{overdue:?}");
        };
        assert_eq!((placed.0, placed.1.time), (size, back), "before all else");
        assert_eq!(said.due, due);
        let outage = said.outage.unwrap();
        assert!(outage.from <= before(due, HOUR) && outage.from > before(due, 2 * HOUR));
        assert_eq!(outage.until, back);
        // Neither another start nor a receipt says it again.
        stage.exchange.stop(crash);
        stage.exchange.start().unwrap();
        assert!(stage.exchange.look().await);
        let receipt = stage.receipt(about, 1);
        stage.record(&receipt).await.unwrap();
        assert_eq!(stage.overdue().len(), 1);
    }
}

#[tokio::test]
async fn c5_c6_a_receipt_signed_before_the_deadline_of_an_exchange_that_was_down_is_late() {
    let mut stage = Stage::new(2).await;
    let (about, due) = stage.fetched().await;
    stage.pass_to(before(due, HOUR)).await;
    let of = stage.of_delivery(about, 1);
    stage.exchange.stop(false);
    // The recipient signs one second before the deadline, and reaches nobody.
    stage.exchange.clock.advance_to(before(due, 1_000));
    let receipt = stage.receipt_of(of, 1);
    assert!(stage.record(&receipt).await.is_err());
    stage.exchange.clock.advance_to(due.plus_ms(5 * MINUTE));
    stage.exchange.start().unwrap();
    let index = stage.record(&receipt).await.unwrap();
    let signed = receipt.signed.claimed().unwrap().time;
    let overdue = stage.overdue();
    assert_eq!(overdue.len(), 1);
    let ((first, _), said) = &overdue[0];
    assert!(*first < index && signed < said.due && said.due < stage.entry(index).time);
    assert!(
        said.outage.is_some(),
        "the entry says whose fault it may be"
    );
    let figures = stage.figures(1);
    assert_eq!((figures.signed, figures.late, figures.overdue), (1, 1, 1));
}

#[tokio::test]
async fn c6_a_sender_who_looks_at_the_deadline_is_told_first() {
    let mut stage = Stage::new(3).await;
    let about = stage.dispatched(&[1, 2], Urgency::Ordinary).await;
    let due = stage.delivery(&about, 1).due;
    stage.pass_to(before(due, MINUTE)).await;
    let recall = stage.recall(about);
    let index = stage.together(due, &[&recall]).await[0].unwrap();
    let overdue = stage.overdue();
    assert_eq!(overdue.len(), 2, "both were due, and then recalled");
    assert!(overdue.iter().all(|((it, _), _)| *it < index));
    assert_eq!(stage.entries(EntryKind::InquiryDue).len(), 1);
}
