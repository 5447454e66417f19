//! Clocks that nobody may have kept: what the exchange recorded too early, too late, twice, of
//! somebody else or not at all, and each is noticed by the one check that is there for it.

#[allow(
    dead_code,
    clippy::unwrap_used,
    reason = "a world for tests, used in parts"
)]
mod world;

use world::failing::{FIRST, SECOND, Spoil, fails, failures, fetched, newest, replace};
use world::parties::policy;
use world::{CLERK, CUSTODIAN, ISSUER, MANAGER, RECIPIENTS, World, unit};
use yichuan_document::Timestamp;
use yichuan_document::life::DeliveryState;
use yichuan_document::roster::POLICY_ID;
use yichuan_document::roster::act::Change;
use yichuan_document::roster::record::{Clocks, Status};
use yichuan_document::signed::SlotRole;
use yichuan_document::statement::{Audience, Inquiry, InquiryDue, Outage, Overdue, Reminder};
use yichuan_evidence::entry::EntryKind;
use yichuan_evidence::verify::{Check, Fault};

const HOUR_MS: u64 = 3_600_000;
const CLOCK: Check = Check::Clock;

/// An overdue entry that was changed before it was signed; its own time is the due time.
fn overdue_with(spoil: Spoil<Overdue>) -> World {
    let mut world = fetched();
    let mut body = world.overdue_body(FIRST);
    world.next_at(body.due);
    spoil(&mut body);
    world.exchange(EntryKind::Overdue, &body);
    world
}

#[test]
fn c4_an_overdue_entry_is_of_its_delivery_its_due_time_and_its_index() {
    let cases: [(Spoil<Overdue>, Check, Fault); 8] = [
        (|body| body.due = body.due.plus_ms(1), CLOCK, Fault::DueTime),
        (|body| body.size += 1, CLOCK, Fault::SizeDiffers),
        (|body| body.size -= 1, CLOCK, Fault::SizeDiffers),
        (
            |body| body.unit = unit("513299-zf"),
            Check::Deliveries,
            Fault::NoSuchParty,
        ),
        (
            |body| body.about.manifest = yichuan_document::Digest::of(b"another"),
            Check::Statements,
            Fault::AnotherDocument,
        ),
        // An outage after it was due, one that was over before it began, and one that goes on.
        (|body| outage(body, 0, 0), CLOCK, Fault::Outage),
        (
            |body| outage(body, 9 * HOUR_MS, 4 * HOUR_MS),
            CLOCK,
            Fault::Outage,
        ),
        (
            |body| {
                body.outage = Some(Outage {
                    from: Timestamp::from_unix_ms(body.due.unix_ms() - 1),
                    until: body.due.plus_ms(1),
                });
            },
            CLOCK,
            Fault::Outage,
        ),
    ];
    for (number, (spoil, check, fault)) in cases.into_iter().enumerate() {
        let found = failures(&overdue_with(spoil).verdict());
        assert_eq!(found, [(check, fault)], "case {number}");
    }
}

/// An outage from and until so many milliseconds before the due time.
fn outage(body: &mut Overdue, from_ms: u64, until_ms: u64) {
    let before = |ms| Timestamp::from_unix_ms(body.due.unix_ms() - ms);
    body.outage = Some(Outage {
        from: before(from_ms),
        until: before(until_ms),
    });
}

#[test]
fn c4_nothing_is_overdue_before_its_time() {
    let mut world = fetched();
    let body = world.overdue_body(FIRST);
    world.next_at(Timestamp::from_unix_ms(body.due.unix_ms() - 1));
    world.exchange(EntryKind::Overdue, &body);
    fails(&mut world, CLOCK, Fault::BeforeItsTime);
}

#[test]
fn c4_a_delivery_is_overdue_once() {
    let mut world = fetched();
    world.overdue(FIRST);
    world.overdue(FIRST);
    fails(&mut world, Check::Life, Fault::Again);
    // Not even when more time was given meanwhile.
    let mut world = fetched();
    world.overdue(FIRST);
    world.ask_for_time(FIRST, 2);
    world.give_time(CLERK, FIRST, 2);
    world.overdue(FIRST);
    fails(&mut world, Check::Life, Fault::Again);
}

#[test]
fn a6_only_the_exchange_says_what_its_clock_says() {
    let world = fetched();
    let (overdue, due) = (world.overdue_body(FIRST), world.inquiry_due_body());
    let reminder = world.reminder_body(FIRST, 50, Audience::Receivers);
    let mut world = fetched();
    world.says(CLERK, EntryKind::Overdue, &overdue, &[]);
    fails(&mut world, Check::Signatures, Fault::Unnamed);
    let mut world = fetched();
    world.says(CLERK, EntryKind::Reminder, &reminder, &[]);
    fails(&mut world, Check::Signatures, Fault::Unnamed);
    let mut world = fetched();
    world.says(CLERK, EntryKind::InquiryDue, &due, &[]);
    fails(&mut world, Check::Signatures, Fault::Unnamed);
    let mut world = fetched();
    let payload = world.payload(None, &overdue);
    let signed = world.sign(&payload, &[(SlotRole::Exchange, "checkpoint")]);
    world.record(EntryKind::Overdue, &signed, &[]);
    fails(&mut world, Check::Signatures, Fault::Signature);
}

#[test]
fn c5_an_answer_with_a_smaller_index_refutes_what_is_called_overdue() {
    let answers: [fn(&mut World); 3] = [
        |world| world.receipt(FIRST),
        |world| world.give_back(FIRST),
        |world| world.refuse(FIRST),
    ];
    for (number, answer) in answers.into_iter().enumerate() {
        let mut world = fetched();
        answer(&mut world);
        world.overdue(FIRST);
        let found = failures(&world.verdict());
        assert_eq!(found, [(CLOCK, Fault::Refuted)], "case {number}");
    }
    // A recall is no answer: it ends the delivery, and the clock with it.
    let mut world = World::dispatched();
    world.recall(&[FIRST]);
    world.overdue(FIRST);
    fails(&mut world, Check::Life, Fault::TooLate);
}

#[test]
fn c5_a_receipt_that_was_held_back_does_not_pass_as_late_alone() {
    // The exchange had it in time, and records it after the deadline with no overdue entry.
    let mut world = fetched();
    world.next_at(world.due(FIRST).plus_ms(HOUR_MS));
    world.receipt(FIRST);
    let verdict = world.verdict();
    assert_eq!(failures(&verdict), [(CLOCK, Fault::OverdueMissing)]);
    assert!(!verdict.valid);
    // The receipt itself stands, and is told as late.
    let event = verdict.story.last().unwrap();
    assert!(event.stands);
    assert_eq!(event.late_ms, Some(HOUR_MS));
}

#[test]
fn c6_at_the_deadline_the_overdue_entry_comes_first() {
    let events: [fn(&mut World); 10] = [
        |world| world.receipt(FIRST),
        |world| world.give_back(FIRST),
        |world| world.refuse(FIRST),
        |world| world.fetch(FIRST),
        |world| world.recall(&[FIRST]),
        |world| world.ask_for_time(FIRST, 2),
        |world| world.inquire(&SEEN),
        |world| {
            let body = world.copies_body(FIRST);
            world.says(CLERK, EntryKind::MoreCopies, &body, &[]);
        },
        |world| {
            let body = world.contact_body(FIRST);
            world.says(CLERK, EntryKind::Contact, &body, &[]);
        },
        |world| {
            let body = world.reminder_body(FIRST, 100, Audience::Manager);
            world.exchange(EntryKind::Reminder, &body);
        },
    ];
    for (number, event) in events.into_iter().enumerate() {
        let mut world = fetched();
        world.next_at(world.due(FIRST));
        event(&mut world);
        let found = failures(&world.verdict());
        assert_eq!(found, [(CLOCK, Fault::OverdueMissing)], "case {number}");
    }
}

#[test]
fn c6_what_ends_all_that_is_pending_comes_after_all_that_is_overdue() {
    let mut world = fetched();
    world.overdue(FIRST);
    world.overdue(SECOND);
    let body = world.supersession_body();
    world.exchange(EntryKind::Supersession, &body);
    fails(&mut world, CLOCK, Fault::OverdueMissing);
    let mut world = World::widened();
    world.next_at(world.due(FIRST));
    world.merge(FIRST, "513203-zf");
    fails(&mut world, CLOCK, Fault::OverdueMissing);
}

/// A reminder at an instant, changed before it was signed.
fn reminded(at_percent: u64, spoil: Spoil<Reminder>) -> World {
    let mut world = fetched();
    let mut body = world.reminder_body(FIRST, 75, Audience::Receivers);
    world.next_at(world.step(FIRST, at_percent));
    spoil(&mut body);
    world.exchange(EntryKind::Reminder, &body);
    world
}

#[test]
fn a_reminder_follows_the_table() {
    assert!(reminded(75, |_| ()).verdict().valid);
    let cases: [(u64, Spoil<Reminder>, Fault); 5] = [
        (74, |_| (), Fault::BeforeItsTime),
        (75, |body| body.percent = 74, Fault::NotInTable),
        (75, |body| body.to = Audience::Manager, Fault::NotInTable),
        (75, |body| body.due = body.due.plus_ms(1), Fault::DueTime),
        (75, |body| body.percent = 0, Fault::NotInTable),
    ];
    for (number, (percent, spoil, fault)) in cases.into_iter().enumerate() {
        let found = failures(&reminded(percent, spoil).verdict());
        assert_eq!(found, [(CLOCK, fault)], "case {number}");
    }
    let mut world = reminded(75, |_| ());
    let body = world.reminder_body(FIRST, 75, Audience::Receivers);
    world.exchange(EntryKind::Reminder, &body);
    fails(&mut world, CLOCK, Fault::Again);
    let mut world = fetched();
    world.receipt(FIRST);
    world.remind(FIRST, 75, Audience::Receivers);
    fails(&mut world, Check::Life, Fault::TooLate);
}

#[test]
fn a_reminder_follows_the_table_in_force_and_no_other() {
    let mut world = fetched();
    let mut rules = policy();
    rules.clocks = Some(Clocks {
        calendar: None,
        steps: Vec::new(),
        inquiry_minutes: 480,
        looks: Vec::new(),
    });
    world.act(
        SlotRole::Officer,
        "officer",
        vec![Change::put(POLICY_ID, &rules)],
    );
    world.remind(FIRST, 75, Audience::Receivers);
    fails(&mut world, CLOCK, Fault::NotInTable);
}

#[test]
fn what_has_no_clock_is_never_overdue() {
    let mut world = World::new();
    world.document.manifest.replaces = Some(yichuan_document::manifest::Reference {
        id: world.document.manifest.id,
        manifest: yichuan_document::Digest::of(b"the replaced manifest"),
    });
    world.document.manifest.receipts_stand = Some(true);
    world.wrap();
    world.submit();
    world.approve();
    world.seal();
    let mut body = world.dispatch_body();
    body.due = vec![Timestamp::from_unix_ms(u64::MAX)];
    world.dispatch_with(&body, "entries");
    let overdue = world.overdue_body(FIRST);
    world.next_at(body.at.plus_ms(100 * HOUR_MS));
    world.exchange(EntryKind::Overdue, &overdue);
    fails(&mut world, CLOCK, Fault::BeforeItsTime);
}

/// That the sender has not looked, said at the due time and changed before it was signed.
fn inquiry_due_with(world: &mut World, spoil: Spoil<InquiryDue>) {
    let mut body = world.inquiry_due_body();
    world.next_at(body.due);
    spoil(&mut body);
    world.exchange(EntryKind::InquiryDue, &body);
}

/// What the sender sees when only the first has fetched.
const SEEN: [(&str, DeliveryState); 3] = [
    (RECIPIENTS[0], DeliveryState::Fetched),
    (RECIPIENTS[1], DeliveryState::Announced),
    (RECIPIENTS[2], DeliveryState::Announced),
];

#[test]
fn a_sender_that_has_looked_is_not_called_late() {
    let cases: [(Spoil<InquiryDue>, Fault); 3] = [
        (|body| body.due = body.due.plus_ms(1), Fault::DueTime),
        (|body| body.size += 1, Fault::SizeDiffers),
        (|body| body.size = 0, Fault::SizeDiffers),
    ];
    for (number, (spoil, fault)) in cases.into_iter().enumerate() {
        let mut world = fetched();
        inquiry_due_with(&mut world, spoil);
        let found = failures(&world.verdict());
        assert_eq!(found, [(CLOCK, fault)], "case {number}");
    }
    let mut world = fetched();
    let body = world.inquiry_due_body();
    world.next_at(Timestamp::from_unix_ms(body.due.unix_ms() - 1));
    world.exchange(EntryKind::InquiryDue, &body);
    fails(&mut world, CLOCK, Fault::BeforeItsTime);
    let mut world = fetched();
    inquiry_due_with(&mut world, |_| ());
    inquiry_due_with(&mut world, |_| ());
    fails(&mut world, CLOCK, Fault::Again);
    let mut world = fetched();
    world.inquire(&SEEN);
    inquiry_due_with(&mut world, |_| ());
    fails(&mut world, CLOCK, Fault::TooLate);
    let mut world = World::new();
    world.submit();
    let about = world.about();
    let due = world.now;
    let size = world.log.len() as u64;
    let body = InquiryDue { about, due, size };
    world.exchange(EntryKind::InquiryDue, &body);
    fails(&mut world, Check::Life, Fault::TooEarly);
}

#[test]
fn c5_what_the_sender_was_shown_is_held_against_the_log() {
    // A receipt that stands is not shown to who looks.
    let mut world = fetched();
    world.receipt(FIRST);
    world.inquire(&SEEN);
    fails(&mut world, Check::Inquiries, Fault::SeenDiffers);
    let cases: [&[(&str, DeliveryState)]; 4] = [
        &SEEN[..2],
        &[],
        &[SEEN[0], SEEN[1], (RECIPIENTS[2], DeliveryState::SignedFor)],
        &[
            SEEN[0],
            SEEN[1],
            SEEN[2],
            ("513299-zf", DeliveryState::Announced),
        ],
    ];
    for (number, seen) in cases.into_iter().enumerate() {
        let mut world = fetched();
        world.inquire(seen);
        let found = failures(&world.verdict());
        assert_eq!(
            found,
            [(Check::Inquiries, Fault::SeenDiffers)],
            "case {number}"
        );
    }
}

#[test]
fn an_inquiry_is_the_senders_and_of_a_log_that_was_there() {
    let cases: [(&str, Spoil<Inquiry>, Check, Fault); 5] = [
        (CUSTODIAN, |_| (), Check::Signatures, Fault::Role),
        ("513201-zf-js01", |_| (), Check::Signatures, Fault::Role),
        (
            MANAGER,
            |body| body.size += 1,
            Check::Order,
            Fault::SeenTooLarge,
        ),
        (
            CLERK,
            |body| body.seen.bytes += 1,
            Check::Attachments,
            Fault::AttachmentsDiffer,
        ),
        (
            CLERK,
            |body| body.about.manifest = yichuan_document::Digest::of(b"another"),
            Check::Statements,
            Fault::AnotherDocument,
        ),
    ];
    for (number, (account, spoil, check, fault)) in cases.into_iter().enumerate() {
        let mut world = fetched();
        let (mut body, seen) = world.inquiry_body(&SEEN);
        spoil(&mut body);
        world.says(account, EntryKind::Inquiry, &body, &[seen]);
        let found = failures(&world.verdict());
        assert_eq!(found, [(check, fault)], "case {number}");
    }
    let mut world = World::new();
    world.submit();
    world.inquire(&[]);
    fails(&mut world, Check::Life, Fault::TooEarly);
}

#[test]
fn c4_time_goes_back_only_with_a_new_epoch() {
    let mut world = fetched();
    let (from, _) = world.clocks[FIRST];
    world.overdue(FIRST);
    let at = newest(&world);
    // Without a correction.
    world.next_at(from.plus_ms(HOUR_MS));
    world.fetch(SECOND);
    fails(&mut world, Check::Order, Fault::TimeGoesBack);
    // Nor does an act that corrects nothing let it.
    let mut world = fetched();
    world.overdue(FIRST);
    world.now = from.plus_ms(HOUR_MS);
    world.set_account("513200-zfb-gl01", Status::Suspended);
    fails(&mut world, Check::Order, Fault::TimeGoesBack);
    // After it, within the new epoch.
    let mut world = fetched();
    world.overdue(FIRST);
    world.correct_time(from.plus_ms(HOUR_MS), &[at]);
    world.next_at(from.plus_ms(HOUR_MS / 2));
    world.fetch(SECOND);
    fails(&mut world, Check::Order, Fault::TimeGoesBack);
}

#[test]
fn c4_what_a_correction_does_not_annul_stands() {
    let mut world = fetched();
    world.overdue(FIRST);
    let at = newest(&world);
    let (from, _) = world.clocks[FIRST];
    world.correct_time(from.plus_ms(HOUR_MS), &[at - 1]);
    world.overdue(FIRST);
    fails(&mut world, Check::Life, Fault::Again);
    // And what it does annul is missing, where nothing is recorded in its place.
    let mut world = fetched();
    world.overdue(FIRST);
    world.correct_time(from.plus_ms(HOUR_MS), &[at]);
    world.next_at(world.due(FIRST));
    world.receipt(FIRST);
    fails(&mut world, CLOCK, Fault::OverdueMissing);
}

#[test]
fn more_time_is_asked_for_after_the_due_time_and_within_thirty_days() {
    for (hours, is_fine) in [(0, false), (1, true), (30 * 24, true), (30 * 24 + 1, false)] {
        let mut world = fetched();
        world.ask_for_time(FIRST, hours);
        if is_fine {
            assert!(world.verdict().valid, "{hours}");
        } else {
            fails(&mut world, CLOCK, Fault::MoreTime);
        }
    }
    let mut world = fetched();
    world.receipt(FIRST);
    world.ask_for_time(FIRST, 1);
    fails(&mut world, Check::Life, Fault::TooLate);
}

#[test]
fn more_time_is_given_once_as_asked_for_and_by_who_may() {
    for (hours, is_fine) in [(0, false), (1, true), (2, true), (3, false)] {
        let mut world = fetched();
        world.ask_for_time(FIRST, 2);
        world.give_time(CLERK, FIRST, hours);
        if is_fine {
            assert!(world.verdict().valid, "{hours}");
        } else {
            fails(&mut world, CLOCK, Fault::MoreTime);
        }
    }
    let mut world = fetched();
    world.ask_for_time(FIRST, 4);
    let body = world.decision_body(FIRST, Some(1));
    world.says(CLERK, EntryKind::ExtensionDecision, &body, &[]);
    world.says(MANAGER, EntryKind::ExtensionDecision, &body, &[]);
    fails(&mut world, Check::Deliveries, Fault::Again);
    let mut world = fetched();
    world.give_time(CLERK, FIRST, 1);
    fails(&mut world, Check::Deliveries, Fault::Stale);
    let accounts = [
        ("513201-zf-js01", Fault::Role),
        (CUSTODIAN, Fault::Role),
        // It supervises nobody: it is beside the recipient, not above.
        ("513203-zf-db01", Fault::AnotherUnit),
    ];
    for (account, fault) in accounts {
        let mut world = World::widened();
        world.ask_for_time(FIRST, 2);
        world.give_time(account, FIRST, 1);
        assert_eq!(
            failures(&world.verdict()),
            [(Check::Signatures, fault)],
            "{account}"
        );
    }
    // Above the first recipient, and not above the second.
    let mut world = World::widened();
    world.ask_for_time(SECOND, 2);
    world.give_time("513200-zf-db01", SECOND, 1);
    fails(&mut world, Check::Signatures, Fault::AnotherUnit);
}

#[test]
fn a_kind_that_is_recorded_as_another_is_noticed() {
    let mut world = fetched();
    world.overdue(FIRST);
    let at = newest(&world);
    replace(&mut world, at, |entry| entry.kind = EntryKind::Reminder);
    fails(&mut world, Check::Statements, Fault::WrongPurpose);
    assert_eq!(world.document.manifest.issuers[0].unit, unit(ISSUER));
}
