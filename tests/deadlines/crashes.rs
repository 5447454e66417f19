//! Power that fails between any two steps of a batch (rule 27): what was said once is said once.

use yichuan_evidence::entry::EntryKind;
use yichuan_store::{Fault, Step};
use yichuan_wire::ErrorCode;

use crate::stage::{HOUR, MINUTE, Stage, before};

/// Between the sync of the store and that of the checkpoint, and between that and the answer; with
/// the store's own failures beside them.
const CASES: [(Step, Fault); 5] = [
    (Step::Commit, Fault::NotPersisted),
    (Step::Commit, Fault::PersistedButError),
    (Step::Commit, Fault::NoSpace),
    (Step::StoreRecord, Fault::NotPersisted),
    (Step::StoreRecord, Fault::PersistedButError),
];

/// Whether the entries of the batch are there after the crash.
const fn kept(case: (Step, Fault)) -> bool {
    matches!(case, (Step::StoreRecord, _) | (_, Fault::PersistedButError))
}

fn crash_and_start(stage: &mut Stage) {
    stage.exchange.stop(true);
    stage.exchange.mend();
    stage.exchange.start().unwrap();
}

#[tokio::test]
async fn d7_a_receipt_that_was_never_answered_is_there_once() {
    for case in CASES {
        let mut stage = Stage::new(2).await;
        let (about, _) = stage.fetched().await;
        let (receipt, size) = (stage.receipt(about, 1), stage.size());
        stage.exchange.fail(case.0, case.1);
        let answer = stage.record(&receipt).await;
        let expected = match case.1 {
            Fault::NoSpace => ErrorCode::NO_SPACE,
            _ => ErrorCode::STORE,
        };
        assert_eq!(answer, Err(expected), "{case:?}");
        // Nothing more is acknowledged before a restart.
        assert!(stage.record(&receipt).await.is_err());
        crash_and_start(&mut stage);
        assert_eq!(stage.size(), size + u64::from(kept(case)), "{case:?}");
        let first = stage.exchange.newest().unwrap().checkpoint.clone();
        assert_eq!(stage.record(&receipt).await, Ok(size), "{case:?}");
        assert_eq!(stage.entries(EntryKind::Receipt).len(), 1);
        assert_eq!(stage.figures(1).signed, 1);
        // One root for one size: a repetition signs nothing new.
        let now = stage.exchange.newest().unwrap();
        assert_eq!(kept(case), now.checkpoint == first, "{case:?}");
        assert_eq!(now.size, size + 1);
        crash_and_start(&mut stage);
        assert_eq!(stage.exchange.newest().unwrap().checkpoint, now.checkpoint);
        assert_eq!(stage.record(&receipt).await, Ok(size), "{case:?}");
    }
}

#[tokio::test]
async fn d7_an_overdue_entry_that_was_under_way_is_there_once() {
    for case in CASES {
        let mut stage = Stage::new(2).await;
        let (about, due) = stage.fetched().await;
        stage.pass_to(before(due, MINUTE)).await;
        let (receipt, size) = (stage.receipt(about, 1), stage.size());
        stage.exchange.fail(case.0, case.1);
        // The deadline and a receipt meet in the batch that fails.
        let outcomes = stage.together(due, &[&receipt]).await;
        assert!(outcomes[0].is_err(), "{case:?}");
        crash_and_start(&mut stage);
        stage.exchange.clock.advance_to(due.plus_ms(HOUR));
        assert!(stage.exchange.look().await);
        let overdue = stage.overdue();
        let [(placed, said)] = overdue.as_slice() else {
            panic!("{case:?}: {overdue:?}");
        };
        assert_eq!((placed.0, said.due), (size, due), "{case:?}");
        let index = stage.record(&receipt).await.unwrap();
        assert!(index > size, "{case:?}");
        assert_eq!(stage.overdue().len(), 1, "{case:?}");
        let figures = stage.figures(1);
        assert_eq!((figures.signed, figures.overdue), (1, 1), "{case:?}");
    }
}

#[tokio::test]
async fn d7_an_answer_that_was_lost_is_given_again() {
    let mut stage = Stage::new(2).await;
    let (about, _) = stage.fetched().await;
    let receipt = stage.receipt(about, 1);
    // It was recorded and answered, and the answer reached nobody.
    let index = stage.record(&receipt).await.unwrap();
    let checkpoint = stage.exchange.newest().unwrap().checkpoint.clone();
    crash_and_start(&mut stage);
    assert_eq!(stage.exchange.newest().unwrap().checkpoint, checkpoint);
    let time = stage.entry(index).time;
    stage.exchange.clock.advance_to(time.plus_ms(HOUR));
    assert_eq!(stage.record(&receipt).await, Ok(index));
    assert_eq!(stage.entry(index).time, time, "with its first time");
}
