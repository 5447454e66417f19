//! Who is told what: reminders, escalation, more time, looks, and a calendar that changes.

use yichuan_document::calendar::{Calendar, MinuteSpan};
use yichuan_document::roster::POLICY_ID;
use yichuan_document::roster::act::Change;
use yichuan_document::roster::record::clocks::{Clocks, ReminderStep};
use yichuan_document::statement::{
    About, AttachmentRef, Audience, ExtensionDecision, ExtensionRequest, LookMissed, Reminder,
};
use yichuan_document::terms::Urgency;
use yichuan_document::{Timestamp, UnitCode};
use yichuan_evidence::entry::EntryKind;
use yichuan_exchange::sequencer::{Job, Lane};
use yichuan_tests::simulation::land::{TOP, policy};
use yichuan_wire::ErrorCode;

use crate::stage::{DAY, HOUR, MINUTE, Stage, before, body};

/// Working days of eight hours with a break, and the windows in which everybody is to look.
fn calendar(holidays: Vec<u32>) -> Calendar {
    let span = |from, until| MinuteSpan { from, until };
    Calendar {
        ahead_minutes: 480,
        hours: vec![span(9 * 60, 12 * 60), span(14 * 60, 18 * 60)],
        weekdays: 0b1_1111,
        holidays,
        workdays: Vec::new(),
    }
}

fn put_clocks(edit: impl FnOnce(&mut Clocks)) -> Vec<Change> {
    let mut policy = policy();
    edit(policy.clocks.as_mut().unwrap());
    vec![Change::put(POLICY_ID, &policy)]
}

#[tokio::test]
async fn c4_a_calendar_that_changes_changes_no_due_time() {
    let mut stage = Stage::new(2).await;
    let about = stage.dispatched(&[1], Urgency::Ordinary).await;
    let due = stage.delivery(&about, 1).due;
    assert_eq!(due, stage.now().plus_ms(8 * HOUR));
    // Today becomes a holiday.
    let today = u32::try_from(calendar(Vec::new()).day_of(stage.now()).0).unwrap();
    let changes = put_clocks(|clocks| clocks.calendar = Some(calendar(vec![today])));
    stage.act(changes).await.unwrap();
    let later = stage.dispatched(&[1], Urgency::Ordinary).await;
    let working = stage.delivery(&later, 1).due;
    let begins = calendar(Vec::new()).instant(u64::from(today) + 1, 9 * 60);
    assert_eq!(working, begins.plus_ms(DAY + HOUR), "seven hours, and one");
    assert_eq!(stage.delivery(&about, 1).due, due);
    stage.pass_to(before(due, 1)).await;
    assert!(stage.overdue().is_empty());
    // Nor does the end of the calendar bring the other one forward.
    stage.act(put_clocks(|_| {})).await.unwrap();
    stage.pass_to(due).await;
    let overdue = stage.overdue();
    assert_eq!(overdue.len(), 1);
    assert_eq!((overdue[0].1.about, overdue[0].1.due), (about, due));
    stage.pass_to(before(working, 1)).await;
    assert_eq!(stage.overdue().len(), 1);
    stage.pass_to(working).await;
    assert_eq!(stage.overdue()[1].1.due, working);
}

fn reminders(stage: &Stage) -> Vec<(u64, Timestamp, Reminder)> {
    let all = stage.entries(EntryKind::Reminder).into_iter();
    all.map(|(index, entry)| (index, entry.time, body(&entry)))
        .collect()
}

#[tokio::test]
async fn c6_reminders_rise_to_the_authority_and_stop_when_it_is_signed_for() {
    let mut stage = Stage::new(3).await;
    let about = stage.dispatched(&[1, 2], Urgency::Ordinary).await;
    let begun = stage.now();
    let fetch = stage.fetch(about, 1);
    stage.record(&fetch).await.unwrap();
    stage.pass_to(begun.plus_ms(3 * HOUR)).await;
    assert!(reminders(&stage).is_empty());
    let receipt = stage.receipt(about, 1);
    stage.record(&receipt).await.unwrap();
    stage.pass_to(begun.plus_ms(30 * HOUR)).await;
    // Unit 1 has signed before the first; unit 2 never does.
    let told = reminders(&stage);
    let hours: Vec<(u16, u64, Audience)> = told
        .iter()
        .map(|(_, at, said)| (said.percent, at.ms_since(begun) / HOUR, said.to))
        .collect();
    let (receivers, manager) = (Audience::Receivers, Audience::Manager);
    let steps = [
        (50, 4, receivers),
        (75, 6, receivers),
        (100, 8, manager),
        (150, 12, Audience::Authority),
    ];
    assert_eq!(hours, steps);
    assert!(told.iter().all(|it| it.2.unit.unit == stage.code(2)));
    // The one who supervises hears of what is overdue, and of the last step.
    let top: UnitCode = TOP.parse().unwrap();
    let supervised = stage.feed(&top);
    let index = |percent| told.iter().find(|it| it.2.percent == percent).unwrap().0;
    assert!(supervised.contains(&index(150)));
    assert!(supervised.contains(&stage.overdue()[0].0.0));
    assert!(
        [50, 75, 100]
            .iter()
            .all(|it| !supervised.contains(&index(*it)))
    );
    let receiving = stage.feed(&stage.code(2));
    assert!(told.iter().all(|it| receiving.contains(&it.0)));
}

#[tokio::test]
async fn c6_of_reminders_that_were_missed_the_last_one_is_said() {
    let mut stage = Stage::new(2).await;
    stage.dispatched(&[1], Urgency::Ordinary).await;
    let begun = stage.now();
    stage.exchange.stop(false);
    stage.exchange.clock.advance_to(begun.plus_ms(7 * HOUR));
    stage.exchange.start().unwrap();
    assert!(stage.exchange.look().await);
    let told = reminders(&stage);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].2.percent, 75);
}

/// The recipient asks for more time, and is given all of it.
async fn extend(stage: &mut Stage, about: About, until: Timestamp) -> Result<u64, ErrorCode> {
    let note = b"why".to_vec();
    let body = ExtensionRequest {
        delivery: stage.of_delivery(about, 1),
        until,
        note: AttachmentRef::to(&note).unwrap(),
    };
    let request = stage.say_as(1, |office| &office.clerk, &body, vec![note]);
    stage.record(&request).await?;
    let body = ExtensionDecision {
        about,
        unit: stage.unit_ref(1),
        request: request.signed.digest(),
        until: Some(until),
    };
    let decision = stage.say(0, &body);
    stage.record(&decision).await
}

#[tokio::test]
async fn c4_an_extension_moves_the_due_time_before_it_has_come() {
    let mut stage = Stage::new(2).await;
    let (about, due) = stage.fetched().await;
    let until = due.plus_ms(5 * HOUR);
    stage.pass_to(before(due, HOUR)).await;
    extend(&mut stage, about, until).await.unwrap();
    stage.pass_to(before(until, 1)).await;
    assert!(stage.overdue().is_empty());
    stage.pass_to(until).await;
    let overdue = stage.overdue();
    assert_eq!((overdue.len(), overdue[0].1.due), (1, until));
}

#[tokio::test]
async fn c4_an_extension_never_unsays_what_was_overdue() {
    let mut stage = Stage::new(2).await;
    let (about, due) = stage.fetched().await;
    stage.pass_to(due.plus_ms(HOUR)).await;
    assert_eq!(stage.overdue().len(), 1);
    let until = due.plus_ms(5 * HOUR);
    extend(&mut stage, about, until).await.unwrap();
    let row = stage.delivery(&about, 1);
    assert_eq!((row.due, row.facts & 1), (until, 1), "still overdue");
    stage.pass_to(until.plus_ms(DAY)).await;
    assert_eq!(stage.overdue().len(), 1, "and not said again");
    assert_eq!(stage.figures(1).overdue, 1);
}

fn missed(stage: &Stage) -> Vec<LookMissed> {
    let all = stage.entries(EntryKind::LookMissed).into_iter();
    all.map(|(_, entry)| body(&entry)).collect()
}

#[tokio::test]
async fn c6_a_window_in_which_nobody_looked_is_said_once_for_each_account() {
    let mut stage = Stage::new(3).await;
    let span = |from, until| MinuteSpan { from, until };
    let windows = vec![span(10 * 60, 11 * 60), span(15 * 60, 16 * 60)];
    let changes = put_clocks(|clocks| {
        clocks.calendar = Some(calendar(Vec::new()));
        clocks.looks = windows;
    });
    stage.act(changes).await.unwrap();
    let of = calendar(Vec::new());
    let day = of.day_of(stage.now()).0 + 1;
    let at = |day, hour: u16| of.instant(day, hour * 60);
    // Of the windows before the rule nothing is said; of the first after it all that is missing.
    stage.pass_to(at(day, 10).plus_ms(MINUTE)).await;
    let before_it = missed(&stage).len();
    let looked = stage.land.units[1].clerk.clone();
    let job = Job::Looked(looked.clone());
    assert!(stage.exchange.submit(Lane::Ordinary, job).await.is_ok());
    stage.pass_to(at(day, 12)).await;
    let said = missed(&stage).split_off(before_it);
    let mut who: Vec<_> = said.iter().map(|it| it.account.clone()).collect();
    who.sort_by(|one, other| one.as_str().cmp(other.as_str()));
    let absent = [0, 2].map(|unit: usize| stage.land.units[unit].clerk.clone());
    assert_eq!(who, absent);
    assert!(
        said.iter()
            .all(|it| (it.from, it.until) == (at(day, 10), at(day, 11)))
    );
    // Nobody could look in the next one: the exchange was away for a part of it.
    stage.pass_to(at(day, 15).plus_ms(10 * MINUTE)).await;
    stage.exchange.stop(false);
    stage
        .exchange
        .clock
        .advance_to(at(day, 15).plus_ms(20 * MINUTE));
    stage.exchange.start().unwrap();
    stage.pass_to(at(day, 18)).await;
    assert_eq!(missed(&stage).len(), before_it + 2);
    // A look of yesterday does not count today.
    stage.pass_to(at(day + 1, 12)).await;
    assert_eq!(missed(&stage).len(), before_it + 5);
}

#[tokio::test]
async fn c6_a_table_that_changes_on_the_way_does_not_stop_the_clock() {
    let mut stage = Stage::new(2).await;
    let about = stage.dispatched(&[1], Urgency::Ordinary).await;
    let (begun, due) = (stage.now(), stage.delivery(&about, 1).due);
    stage.pass_to(begun.plus_ms(3 * HOUR)).await;
    // A step that would have been an hour ago: it is told with the next thing that is done.
    let early = ReminderStep {
        percent: 25,
        to: Audience::Receivers,
    };
    let changes = put_clocks(|clocks| clocks.steps.insert(0, early));
    stage.act(changes).await.unwrap();
    let fetch = stage.fetch(about, 1);
    stage.record(&fetch).await.unwrap();
    stage.pass_to(due).await;
    let told: Vec<u16> = reminders(&stage).iter().map(|it| it.2.percent).collect();
    assert_eq!(told, [25, 50, 75, 100]);
    assert_eq!(stage.overdue().len(), 1);
}
