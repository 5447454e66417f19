//! Clocks that are set, and what the authority says about the time (rule 28).

use yichuan_document::roster::act::Change;
use yichuan_document::roster::record::Time;
use yichuan_document::roster::record::clocks::TIME_ID;
use yichuan_document::signed::SlotRole;
use yichuan_document::terms::Urgency;
use yichuan_document::{Timestamp, UnitCode};
use yichuan_evidence::entry::EntryKind;
use yichuan_exchange::clock::Hold;
use yichuan_exchange::sequencer::{Job, Lane};
use yichuan_tests::simulation::land::Land;
use yichuan_wire::ErrorCode;

use crate::stage::{DAY, HOUR, MINUTE, Stage, before};

/// What an officer says who corrects nothing.
fn time(at: Timestamp) -> Time {
    Time {
        epoch: 0,
        at,
        annulled: Vec::new(),
    }
}

/// 220 deliveries that nobody has taken.
async fn many_open(stage: &mut Stage) -> Timestamp {
    let to: Vec<usize> = (1..12).collect();
    let mut due = stage.now();
    for _ in 0..20 {
        let about = stage.dispatched(&to, Urgency::Ordinary).await;
        due = stage.delivery(&about, 1).due;
    }
    due
}

#[tokio::test]
async fn c4_a_clock_400_days_ahead_for_three_seconds_makes_nothing_overdue() {
    let mut stage = Stage::new(12).await;
    let due = many_open(&mut stage).await;
    let (size, urgent) = (stage.size(), Urgency::Urgent);
    let (waits, _) = stage.submission(&[1], urgent);
    for second in 0..3 {
        stage.exchange.clock.set_wrong(400 * 86_400_000);
        assert_eq!(stage.record(&waits).await, Err(ErrorCode::HOLDING));
        assert!(!stage.exchange.look().await, "second {second}");
        assert!(matches!(stage.exchange.held(), Some(Hold::Departed(_))));
        stage.exchange.clock.advance_to(stage.now().plus_ms(1_000));
    }
    assert_eq!(stage.size(), size, "nothing was recorded");
    stage.exchange.clock.set_wrong(0);
    assert_eq!(stage.record(&waits).await, Ok(size));
    assert_eq!(stage.exchange.held(), None);
    assert!(stage.overdue().is_empty());
    stage.pass_to(before(due, 1)).await;
    assert!(stage.overdue().is_empty());
    stage.pass_to(due).await;
    let overdue = stage.overdue();
    assert_eq!(overdue.len(), 220);
    assert!(overdue.iter().all(|((_, entry), _)| entry.time == due));
}

#[tokio::test]
async fn c4_a_clock_that_is_stepped_back_admits_nothing_until_it_is_right() {
    let mut stage = Stage::new(2).await;
    let (about, due) = stage.fetched().await;
    stage.pass_to(due.plus_ms(MINUTE)).await;
    assert_eq!(stage.overdue().len(), 1);
    // Back to where the receipt would have been in time.
    let (receipt, size) = (stage.receipt(about, 1), stage.size());
    stage.exchange.clock.set_wrong(-600_000);
    assert_eq!(stage.record(&receipt).await, Err(ErrorCode::HOLDING));
    assert!(matches!(stage.exchange.held(), Some(Hold::Departed(_))));
    assert_eq!(stage.size(), size);
    stage.exchange.clock.set_wrong(0);
    let index = stage.record(&receipt).await.unwrap();
    assert!(stage.entry(index).time > due);
    assert_eq!(stage.figures(1).late, 1);
}

#[tokio::test]
async fn c4_an_exchange_that_starts_behind_its_log_waits_for_an_officer() {
    let mut stage = Stage::new(2).await;
    let (about, _) = stage.fetched().await;
    stage.pass_to(stage.now().plus_ms(2 * HOUR)).await;
    stage.dispatched(&[1], Urgency::Ordinary).await;
    let receipt = stage.receipt(about, 1);
    stage.exchange.stop(false);
    stage.exchange.clock.set_wrong(-3_600_000);
    stage.exchange.start().unwrap();
    assert_eq!(stage.record(&receipt).await, Err(ErrorCode::HOLDING));
    assert!(matches!(stage.exchange.held(), Some(Hold::Behind(_))));
    let (size, true_time) = (stage.size(), stage.now());
    // The officer looks at a good clock: this one is wrong, and is to be set first.
    let refused = stage.tell_time(0, true_time, &[]).await;
    assert_eq!(refused, Err(ErrorCode::CLOCK));
    // Who says what the wrong clock says is not believed against the log either.
    let refused = stage.tell_time(0, before(true_time, HOUR), &[]).await;
    assert_eq!(refused, Err(ErrorCode::HOLDING));
    // A clock that was set right is not believed for that alone.
    stage.exchange.clock.set_wrong(0);
    assert_eq!(stage.record(&receipt).await, Err(ErrorCode::HOLDING));
    assert_eq!(stage.size(), size);
    assert_eq!(stage.tell_time(0, true_time, &[]).await, Ok(size));
    assert_eq!(stage.entry(size).kind, EntryKind::Authority);
    assert_eq!(stage.record(&receipt).await, Ok(size + 1));
}

#[tokio::test]
async fn c4_after_more_than_a_day_of_silence_an_officer_confirms_the_time() {
    let mut stage = Stage::new(2).await;
    let (about, due) = stage.fetched().await;
    let (receipt, size) = (stage.receipt(about, 1), stage.size());
    stage.exchange.stop(true);
    let back = stage.now().plus_ms(25 * HOUR);
    stage.exchange.clock.advance_to(back);
    stage.exchange.start().unwrap();
    assert!(!stage.exchange.look().await);
    assert!(matches!(stage.exchange.held(), Some(Hold::Gap(gap)) if gap > DAY));
    assert_eq!(stage.record(&receipt).await, Err(ErrorCode::HOLDING));
    for wrong in [back.plus_ms(3 * MINUTE), before(back, 2 * HOUR)] {
        assert_eq!(stage.tell_time(0, wrong, &[]).await, Err(ErrorCode::CLOCK));
        assert!(!stage.exchange.look().await, "still nothing was confirmed");
    }
    assert_eq!(stage.size(), size);
    stage.tell_time(0, back, &[]).await.unwrap();
    stage.record(&receipt).await.unwrap();
    let overdue = stage.overdue();
    assert_eq!(overdue.len(), 1);
    assert_eq!(overdue[0].1.due, due);
    assert_eq!(overdue[0].1.outage.map(|it| it.until), Some(back));
}

#[tokio::test]
async fn c4_a_word_about_the_time_costs_nobody_else_an_answer() {
    let mut stage = Stage::new(2).await;
    let (hurried, _) = stage.submission(&[1], Urgency::Urgent);
    let (ordinary, _) = stage.submission(&[1], Urgency::Ordinary);
    let (late, _) = stage.submission(&[1], Urgency::Ordinary);
    let (at, size) = (stage.now(), stage.size());
    let change = || vec![Change::put(TIME_ID, &time(at))];
    let by = |stage: &mut Stage, signer| {
        let (roster, officer) = (stage.exchange.roster(), (SlotRole::Officer, signer));
        let act = Land::sign_act(&roster, change(), officer, &mut stage.rng);
        Job::Roster(Box::new(act), Vec::new())
    };
    let (strange, right) = (by(&mut stage, "a stranger"), by(&mut stage, "officer"));
    let unit = |incoming| stage.exchange.prepared(incoming).unwrap();
    let jobs = vec![
        (Lane::Urgent, unit(hurried)),
        (Lane::Urgent, strange),
        (Lane::Ordinary, unit(ordinary)),
        (Lane::Urgent, right),
        (Lane::Ordinary, unit(late)),
    ];
    let done = stage.exchange.submit_together(at, jobs).await;
    let codes: Vec<Option<ErrorCode>> = done
        .iter()
        .map(|it| it.as_ref().err())
        .map(|it| it.map(|it| it.code))
        .collect();
    assert_eq!(codes, [None, Some(ErrorCode::SIGNATURE), None, None, None]);
    assert_eq!(stage.size(), size + 4);
    assert_eq!(stage.exchange.held(), None);
}

#[tokio::test]
async fn c4_a_word_about_the_time_that_was_heard_before_lifts_nothing() {
    let mut stage = Stage::new(2).await;
    let (at, size) = (stage.now(), stage.size());
    let (roster, officer) = (stage.exchange.roster(), (SlotRole::Officer, "officer"));
    let change = vec![Change::put(TIME_ID, &time(at))];
    let act = Land::sign_act(&roster, change, officer, &mut stage.rng);
    let tell = || (Lane::Urgent, Job::Roster(Box::new(act.clone()), Vec::new()));
    for _ in 0..2 {
        let done = stage.exchange.submit_together(at, vec![tell()]).await;
        let index = done.into_iter().next().unwrap().map(|it| it.index);
        assert_eq!(
            index.map_err(|it| it.code),
            Ok(Some(size)),
            "once, however often"
        );
    }
    // A clock that is wrong, by less than an officer's word may be old.
    stage.exchange.clock.set_wrong(1_800_000);
    let done = stage.exchange.submit_together(at, vec![tell()]).await;
    assert!(done.iter().all(Result::is_err));
    assert!(matches!(stage.exchange.held(), Some(Hold::Departed(_))));
    assert_eq!(stage.size(), size + 1);
}

#[tokio::test]
async fn c4_a_correction_annuls_what_the_wrong_time_made_overdue() {
    let mut stage = Stage::new(3).await;
    let about = stage.dispatched(&[1, 2], Urgency::Ordinary).await;
    let fetch = stage.fetch(about, 1);
    stage.record(&fetch).await.unwrap();
    let due = stage.delivery(&about, 1).due;
    // A restart onto a clock that is ten hours ahead, which looks like ten hours of silence.
    stage.exchange.stop(false);
    stage.exchange.clock.set_wrong(36_000_000);
    stage.exchange.start().unwrap();
    assert!(stage.exchange.look().await);
    let wrongly: Vec<u64> = stage.overdue().iter().map(|((it, _), _)| *it).collect();
    assert_eq!(wrongly.len(), 2);
    assert_eq!(stage.figures(1).overdue, 1);
    // The clock is set right, and parts with the log by ten hours.
    stage.exchange.clock.set_wrong(0);
    assert!(!stage.exchange.look().await);
    let spans = [(wrongly[0], wrongly[1] + 1)];
    let (right, size) = (stage.now(), stage.size());
    let refused = [
        stage.tell_time(0, right, &[]).await,
        stage.tell_time(0, right, &spans).await,
        stage.tell_time(2, right, &spans).await,
        stage.tell_time(1, right.plus_ms(10 * HOUR), &spans).await,
    ];
    assert_eq!(refused[0], Err(ErrorCode::HOLDING), "a new epoch is due");
    assert!(refused.iter().all(Result::is_err), "{refused:?}");
    assert_eq!(stage.size(), size);
    let index = stage.tell_time(1, right, &spans).await.unwrap();
    assert!(stage.entry(index).time < stage.entry(index - 1).time);
    assert_eq!(index, size, "nothing comes between the two times");
    for unit in [1, 2] {
        assert_eq!(stage.delivery(&about, unit).facts & 1, 0, "not overdue");
        assert_eq!(stage.figures(unit).overdue, 0);
    }
    let told: Vec<UnitCode> = vec![stage.code(0), stage.code(1), stage.code(2)];
    assert!(told.iter().all(|unit| stage.feed(unit).contains(&index)));
    // One signs in time by the right clock, the other is overdue at the true instant, once.
    let receipt = stage.receipt(about, 1);
    let signed = stage.record(&receipt).await.unwrap();
    stage.pass_to(due.plus_ms(DAY)).await;
    let since: Vec<_> = stage.overdue().split_off(2);
    assert_eq!(since.len(), 1);
    assert_eq!(
        (since[0].1.unit.unit.clone(), since[0].1.due),
        (stage.code(2), due)
    );
    assert!(since[0].0.1.time >= due && stage.entry(signed).time < due);
    assert_eq!(since[0].1.outage, None, "those ten hours never were");
    let times: Vec<Timestamp> = (index..stage.size())
        .map(|it| stage.entry(it).time)
        .collect();
    assert!(times.is_sorted(), "within the epoch time does not go back");
}
