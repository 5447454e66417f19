//! Lives that go on after the dispatch: every one of them is valid, and told as it was.

#[allow(
    dead_code,
    clippy::unwrap_used,
    reason = "a world for tests, used in parts"
)]
mod world;

use world::failing::{FIRST, SECOND, failures, fetched};
use world::parties::{ABOVE, ADDED, policy};
use world::{CLERK, ISSUER, MANAGER, RECIPIENTS, World, judge, unit};
use yichuan_document::life::DeliveryState;
use yichuan_document::manifest::Reference;
use yichuan_document::roster::POLICY_ID;
use yichuan_document::roster::act::Change;
use yichuan_document::roster::record::Clocks;
use yichuan_document::roster::record::clocks::ReminderStep;
use yichuan_document::signed::SlotRole;
use yichuan_document::statement::{Audience, Outage};
use yichuan_document::terms::DocumentKind;
use yichuan_document::{Digest, DocumentId, Timestamp, cbor};
use yichuan_evidence::bundle::WrapProof;
use yichuan_evidence::entry::EntryKind;
use yichuan_evidence::proof::Path;
use yichuan_evidence::verify::{Check, DeliveryFact, Gap, Outcome, Unproven, Verdict, What};

const THIRD: &str = RECIPIENTS[2];

#[track_caller]
fn valid(world: &mut World) -> Verdict {
    let verdict = world.verdict();
    assert!(verdict.valid, "{:#?}", failures(&verdict));
    assert!(verdict.story.iter().all(|event| event.stands));
    verdict
}

fn of<'v>(verdict: &'v Verdict, code: &str) -> &'v DeliveryFact {
    let mut newest = verdict.deliveries.iter().rev();
    let found = newest.find(|fact| fact.unit == unit(code));
    found.expect("a delivery to that unit")
}

fn passed(verdict: &Verdict, check: Check) -> bool {
    let mut of = verdict
        .findings
        .iter()
        .filter(|finding| finding.check == check);
    of.all(|finding| finding.outcome == Outcome::Passed)
}

fn late_by(verdict: &Verdict) -> Option<u64> {
    verdict.story.iter().find_map(|event| event.late_ms)
}

#[test]
fn a_late_receipt_is_told_with_by_how_much() {
    let mut world = fetched();
    world.remind(FIRST, 50, Audience::Receivers);
    world.remind(FIRST, 75, Audience::Receivers);
    world.overdue(FIRST);
    world.remind(FIRST, 100, Audience::Manager);
    world.remind(FIRST, 150, Audience::Authority);
    world.receipt(FIRST);
    let verdict = valid(&mut world);
    let fact = of(&verdict, FIRST);
    assert_eq!(fact.state, Some(DeliveryState::SignedFor));
    assert_eq!(fact.overdue, Some(world.due(FIRST)));
    assert_eq!(fact.reminders, 4);
    let late_ms = 2 * 3_600_000 + 60_000;
    assert_eq!(fact.late_ms, Some(late_ms));
    assert_eq!(late_by(&verdict), Some(late_ms));
    assert!(passed(&verdict, Check::Clock));
    let reminded = |what: &What| {
        matches!(
            what,
            What::Reminded {
                percent: 150,
                to: Audience::Authority,
                ..
            }
        )
    };
    assert!(verdict.story.iter().any(|event| reminded(&event.what)));
}

#[test]
fn c6_the_instant_before_the_deadline_is_in_time_and_the_deadline_is_not() {
    let mut world = fetched();
    world.next_at(Timestamp::from_unix_ms(world.due(FIRST).unix_ms() - 1));
    world.receipt(FIRST);
    let verdict = valid(&mut world);
    assert_eq!(
        (of(&verdict, FIRST).late_ms, late_by(&verdict)),
        (None, None)
    );
    assert_eq!(of(&verdict, FIRST).overdue, None);
    // The exchange has the overdue entry first, and the receipt right behind it.
    let mut world = fetched();
    world.overdue(FIRST);
    world.next_at(world.due(FIRST));
    world.receipt(FIRST);
    let verdict = valid(&mut world);
    assert_eq!(of(&verdict, FIRST).late_ms, Some(0));
    assert_eq!(of(&verdict, FIRST).overdue, Some(world.due(FIRST)));
}

#[test]
fn an_outage_in_its_time_stands_in_the_overdue_entry() {
    let mut world = fetched();
    let due = world.due(FIRST);
    let mut body = world.overdue_body(FIRST);
    body.outage = Some(Outage {
        from: Timestamp::from_unix_ms(due.unix_ms() - 60_000),
        until: due.plus_ms(3_600_000),
    });
    world.next_at(due.plus_ms(3_600_000));
    world.exchange(EntryKind::Overdue, &body);
    let verdict = valid(&mut world);
    let told = |what: &What| {
        matches!(
            what,
            What::Overdue {
                outage: Some(_),
                ..
            }
        )
    };
    assert!(verdict.story.iter().any(|event| told(&event.what)));
}

#[test]
fn the_table_of_reminders_is_the_policys() {
    let mut world = World::new();
    let mut rules = policy();
    rules.clocks = Some(Clocks {
        calendar: None,
        steps: vec![ReminderStep {
            percent: 10,
            to: Audience::Manager,
        }],
        inquiry_minutes: 60,
        looks: Vec::new(),
    });
    world.act(
        SlotRole::Officer,
        "officer",
        vec![Change::put(POLICY_ID, &rules)],
    );
    world.submit();
    world.approve();
    world.seal();
    world.dispatch();
    world.remind(FIRST, 10, Audience::Manager);
    let mut body = world.inquiry_due_body();
    body.due = world.clocks[FIRST].0.plus_ms(3_600_000);
    world.next_at(body.due);
    world.exchange(EntryKind::InquiryDue, &body);
    assert_eq!(of(&valid(&mut world), FIRST).reminders, 1);
}

#[test]
fn a_return_is_acknowledged_and_the_key_closed_once_more() {
    let mut world = fetched();
    world.give_back(FIRST);
    world.acknowledge(FIRST);
    world.send_again(FIRST);
    world.fetch(FIRST);
    world.give_back(FIRST);
    world.send_again(FIRST);
    let verdict = valid(&mut world);
    let rounds: Vec<_> = verdict
        .deliveries
        .iter()
        .filter(|it| it.unit == unit(FIRST))
        .collect();
    let states: Vec<_> = rounds.iter().map(|it| it.state.unwrap()).collect();
    let returned = DeliveryState::Returned;
    assert_eq!(states, [returned, returned, DeliveryState::Announced]);
    let acknowledged: Vec<_> = rounds.iter().map(|it| it.return_acknowledged).collect();
    assert_eq!(acknowledged, [true, false, false]);
    world.fetch(FIRST);
    world.receipt(FIRST);
    assert_eq!(
        of(&valid(&mut world), FIRST).state,
        Some(DeliveryState::SignedFor)
    );
}

#[test]
fn what_is_sent_again_has_a_clock_of_its_own() {
    let mut world = fetched();
    world.give_back(FIRST);
    world.next_at(world.due(SECOND));
    let (body, wraps) = world.rewrap_body(FIRST);
    let rewrap = world.says(CLERK, EntryKind::Rewrap, &body, &[wraps]);
    world.supplemented(rewrap, FIRST);
    world.overdue(FIRST);
    let verdict = valid(&mut world);
    assert_eq!(of(&verdict, FIRST).overdue, Some(world.due(FIRST)));
    assert_eq!(verdict.deliveries[0].overdue, None);
}

#[test]
fn a_recall_is_clean_before_the_fetch_and_a_notice_after_it() {
    let mut world = fetched();
    world.fetch(SECOND);
    world.receipt(SECOND);
    world.recall(&[]);
    world.answer_recall(FIRST, 1);
    world.answer_recall(FIRST, 2);
    world.receipt(FIRST);
    let verdict = valid(&mut world);
    let state = |code| of(&verdict, code).state.unwrap();
    assert_eq!(state(FIRST), DeliveryState::SignedFor);
    assert_eq!(state(SECOND), DeliveryState::SignedFor);
    assert_eq!(state(THIRD), DeliveryState::Recalled);
    let noticed = |code| of(&verdict, code).recall_notice;
    assert!(noticed(FIRST) && noticed(SECOND) && !noticed(THIRD));
    assert_eq!(of(&verdict, FIRST).recall_answer, Some(2));
    assert_eq!(of(&verdict, SECOND).recall_answer, None);
}

#[test]
fn a_recall_concerns_those_that_it_names() {
    let mut world = World::dispatched();
    world.recall(&[SECOND]);
    world.fetch(FIRST);
    world.recall(&[FIRST, SECOND]);
    let verdict = valid(&mut world);
    let states: Vec<_> = verdict
        .deliveries
        .iter()
        .map(|it| it.state.unwrap())
        .collect();
    let expected = [
        DeliveryState::Fetched,
        DeliveryState::Recalled,
        DeliveryState::Announced,
    ];
    assert_eq!(states, expected);
}

#[test]
fn a_delivery_is_refused_unread_and_that_is_its_end() {
    let mut world = World::dispatched();
    world.refuse(FIRST);
    let verdict = valid(&mut world);
    assert_eq!(of(&verdict, FIRST).state, Some(DeliveryState::Refused));
    let told = |what: &What| matches!(what, What::DeliveryRefused { code: 33 });
    assert!(verdict.story.iter().any(|event| told(&event.what)));
}

#[test]
fn more_time_moves_the_due_time() {
    for account in [CLERK, "513200-zf-db01"] {
        let mut world = World::widened();
        world.fetch(FIRST);
        let before = world.due(FIRST);
        world.ask_for_time(FIRST, 48);
        world.give_time(account, FIRST, 24);
        world.next_at(before.plus_ms(3_600_000));
        world.receipt(FIRST);
        let verdict = valid(&mut world);
        let fact = of(&verdict, FIRST);
        assert_eq!(fact.due_before, Some(before), "{account}");
        assert_eq!(fact.due, Some(before.plus_ms(24 * 3_600_000)));
        assert_eq!((fact.overdue, fact.late_ms), (None, None));
    }
}

#[test]
fn more_time_that_is_refused_changes_nothing() {
    let mut world = fetched();
    world.ask_for_time(FIRST, 48);
    let body = world.decision_body(FIRST, None);
    world.says(MANAGER, EntryKind::ExtensionDecision, &body, &[]);
    world.overdue(FIRST);
    let verdict = valid(&mut world);
    assert_eq!(of(&verdict, FIRST).due_before, None);
    assert_eq!(of(&verdict, FIRST).overdue, Some(world.due(FIRST)));
}

#[test]
fn what_was_overdue_stays_so_when_more_time_is_given() {
    let mut world = fetched();
    world.overdue(FIRST);
    let at = world.due(FIRST);
    world.ask_for_time(FIRST, 2);
    world.give_time(CLERK, FIRST, 2);
    world.receipt(FIRST);
    let verdict = valid(&mut world);
    let fact = of(&verdict, FIRST);
    assert_eq!((fact.overdue, fact.late_ms), (Some(at), None));
}

#[test]
fn what_the_sender_saw_is_what_stood() {
    let announced = DeliveryState::Announced;
    let mut world = fetched();
    world.inquire(&[
        (FIRST, DeliveryState::Fetched),
        (SECOND, announced),
        (THIRD, announced),
    ]);
    let verdict = valid(&mut world);
    assert!(passed(&verdict, Check::Inquiries));
    // What was seen is of the size that is named, whatever was recorded after it.
    let mut world = fetched();
    let states = [
        (FIRST, DeliveryState::Fetched),
        (SECOND, announced),
        (THIRD, announced),
    ];
    let (body, seen) = world.inquiry_body(&states);
    world.receipt(FIRST);
    world.says(CLERK, EntryKind::Inquiry, &body, &[seen]);
    assert!(passed(&valid(&mut world), Check::Inquiries));
    // Without the attachment nobody can say.
    let mut head = world.head();
    head.attachments.pop();
    let verdict = judge(&world.write(&head), Some(&world.pin()));
    assert!(verdict.valid, "{:#?}", failures(&verdict));
    let of_inquiries = verdict
        .findings
        .iter()
        .find(|it| it.check == Check::Inquiries);
    let outcome = of_inquiries.map(|it| it.outcome);
    assert_eq!(outcome, Some(Outcome::NotChecked(Gap::NotInBundle)));
}

#[test]
fn a_sender_that_has_not_looked_is_told() {
    let mut world = fetched();
    world.receipt(FIRST);
    world.overdue(SECOND);
    world.overdue(THIRD);
    let body = world.inquiry_due_body();
    world.next_at(body.due);
    world.exchange(EntryKind::InquiryDue, &body);
    let announced = DeliveryState::Announced;
    world.inquire(&[
        (FIRST, DeliveryState::SignedFor),
        (SECOND, announced),
        (THIRD, announced),
    ]);
    let verdict = valid(&mut world);
    let told = |what: &What| matches!(what, What::InquiryDue { .. });
    assert!(verdict.story.iter().any(|event| told(&event.what)));
}

#[test]
fn either_side_says_that_they_spoke_and_nothing_rests_on_it() {
    let mut world = fetched();
    let body = world.contact_body(FIRST);
    world.says(CLERK, EntryKind::Contact, &body, &[]);
    world.says("513201-zf-js01", EntryKind::Contact, &body, &[]);
    let copies = world.copies_body(FIRST);
    world.says(MANAGER, EntryKind::MoreCopies, &copies, &[]);
    world.receipt(FIRST);
    let verdict = valid(&mut world);
    assert_eq!(of(&verdict, FIRST).contacts, 2);
    assert_eq!(of(&verdict, FIRST).more_copies, 3);
}

#[test]
fn originals_are_numbered_over_all_recipients_and_some_printed_again() {
    let mut world = fetched();
    world.fetch(SECOND);
    world.receipt(FIRST);
    world.receipt(SECOND);
    let numbered = |world: &mut World, body| world.exchange(EntryKind::CopiesNumbered, body);
    let one = world.numbered_body(FIRST, (1, 2), 0);
    numbered(&mut world, &one);
    let other = world.numbered_body(SECOND, (3, 1), 0);
    numbered(&mut world, &other);
    let copies = world.copies_body(FIRST);
    world.says(MANAGER, EntryKind::MoreCopies, &copies, &[]);
    let mut more = world.numbered_body(FIRST, (4, 3), 2);
    more.quota = 5;
    numbered(&mut world, &more);
    let mut again = world.numbered_body(FIRST, (5, 1), 4);
    (again.quota, again.again) = (5, true);
    numbered(&mut world, &again);
    let verdict = valid(&mut world);
    assert_eq!(of(&verdict, FIRST).printed, 5);
    assert_eq!(of(&verdict, SECOND).printed, 1);
}

#[test]
fn a_meeting_notice_is_replied_to_and_replied_to_again() {
    let mut world = World::new();
    world.document.manifest.kind = DocumentKind::MeetingNotice;
    world.wrap();
    world.submit();
    world.approve();
    world.seal();
    world.dispatch();
    world.fetch(FIRST);
    world.receipt(FIRST);
    for _ in 0..2 {
        let (body, form) = world.reply_body(FIRST);
        world.says("513201-zf-js01", EntryKind::MeetingReply, &body, &[form]);
    }
    valid(&mut world);
}

#[test]
fn one_more_recipient_has_a_delivery_of_its_own() {
    let mut world = World::widened();
    world.add();
    world.fetch(ADDED);
    world.receipt(ADDED);
    let verdict = valid(&mut world);
    assert_eq!(verdict.deliveries.len(), 4);
    assert_eq!(of(&verdict, ADDED).state, Some(DeliveryState::SignedFor));
    // What rests on the exchange's own statement rests on the approval that it is of.
    let mut world = World::widened();
    let supplement = world.supplement();
    let approval = world.decide_supplement(MANAGER, supplement, true);
    let body = world.supplemented_body(approval, ADDED);
    let said = world.exchange(EntryKind::Supplemented, &body);
    world.last.insert(ADDED.to_owned(), said);
    world.fetch(ADDED);
    valid(&mut world);
}

#[test]
fn a_supplement_that_is_refused_reaches_nobody() {
    let mut world = World::widened();
    let supplement = world.supplement();
    world.decide_supplement(MANAGER, supplement, false);
    assert_eq!(valid(&mut world).deliveries.len(), 3);
}

#[test]
fn who_was_added_proves_its_own_wrap() {
    let mut world = World::widened();
    let (body, wraps) = world.supplement_body(&[ADDED]);
    let supplement = world.says(
        CLERK,
        EntryKind::Supplement,
        &body,
        std::slice::from_ref(&wraps),
    );
    let approval = world.decide_supplement(MANAGER, supplement, true);
    world.supplemented(approval, ADDED);
    world.fetch(ADDED);
    let list: yichuan_document::wrap::WrapList = cbor::read(&wraps, 1 << 20).unwrap();
    let proof = WrapProof {
        wrap: list.0[0].clone(),
        index: 0,
        path: Path::new(Vec::new()).unwrap(),
    };
    let mut head = world.head();
    // A recipient has the manifest, and neither of the lists.
    head.attachments.remove(1);
    head.attachments
        .retain(|bytes| bytes.as_slice() != wraps.as_slice());
    let mut extract = world.extract_body();
    extract.reader = unit(ADDED);
    head.extract = world.extract(&extract).into();
    head.wraps = vec![proof];
    let verdict = judge(&world.write(&head), Some(&world.pin()));
    assert!(verdict.valid, "{:#?}", failures(&verdict));
    assert_eq!(of(&verdict, ADDED).state, Some(DeliveryState::Fetched));
    head.wraps[0].wrap.ct[0] ^= 1;
    let verdict = judge(&world.write(&head), Some(&world.pin()));
    let expected = [(Check::Wraps, yichuan_evidence::verify::Fault::WrapsDiffer)];
    assert_eq!(failures(&verdict), expected);
}

#[test]
fn what_is_pending_ends_when_another_document_takes_its_place() {
    let mut world = fetched();
    world.receipt(FIRST);
    let body = world.supersession_body();
    world.exchange(EntryKind::Supersession, &body);
    let verdict = valid(&mut world);
    let states: Vec<_> = verdict
        .deliveries
        .iter()
        .map(|it| it.state.unwrap())
        .collect();
    let ended = DeliveryState::Superseded;
    assert_eq!(states, [DeliveryState::SignedFor, ended, ended]);
    assert!(verdict.unproven.contains(&Unproven::ReplacedBy));
}

/// A document that replaces another, and lets receipts of that one stand or not.
fn replacing(receipts_stand: Option<bool>) -> World {
    let mut world = World::new();
    world.document.manifest.replaces = Some(Reference {
        id: DocumentId::new(world.now, &mut world.rng),
        manifest: Digest::of(b"the replaced manifest"),
    });
    world.document.manifest.receipts_stand = receipts_stand;
    world.wrap();
    world.submit();
    world.approve();
    world.seal();
    world
}

#[test]
fn who_signed_for_the_replaced_document_has_no_clock_where_receipts_stand() {
    for all in [true, false] {
        let mut world = replacing(Some(true));
        let mut body = world.dispatch_body();
        let never = Timestamp::from_unix_ms(u64::MAX);
        body.due = if all {
            vec![never]
        } else {
            vec![body.due[0], never, body.due[0]]
        };
        world.dispatch_with(&body, "entries");
        world.fetch(SECOND);
        world.next_at(body.at.plus_ms(24 * 3_600_000));
        world.receipt(SECOND);
        let verdict = valid(&mut world);
        let fact = of(&verdict, SECOND);
        assert_eq!((fact.due, fact.late_ms), (None, None), "{all}");
        assert!(verdict.unproven.contains(&Unproven::EarlierReceipts));
    }
    for receipts_stand in [None, Some(false)] {
        let mut world = replacing(receipts_stand);
        let mut body = world.dispatch_body();
        body.due = vec![Timestamp::from_unix_ms(u64::MAX)];
        world.dispatch_with(&body, "entries");
        let expected = [(Check::Dispatch, yichuan_evidence::verify::Fault::DueTime)];
        assert_eq!(failures(&world.verdict()), expected, "{receipts_stand:?}");
    }
}

#[test]
fn c4_corrected_time_begins_again_and_annuls_what_was_overdue() {
    let mut world = fetched();
    world.overdue(FIRST);
    let index = world.log.len() - 1;
    let back = world.clocks[FIRST].0.plus_ms(3_600_000);
    world.correct_time(back, &[index]);
    world.remind(SECOND, 50, Audience::Receivers);
    let verdict = valid(&mut world);
    assert_eq!(of(&verdict, FIRST).overdue, None);
    let annulled = |what: &What| match what {
        What::OverdueAnnulled { entries } => *entries == [index as u64],
        _ => false,
    };
    assert!(verdict.story.iter().any(|event| annulled(&event.what)));
    // A later true one may be recorded again.
    world.overdue(FIRST);
    world.receipt(FIRST);
    let verdict = valid(&mut world);
    assert_eq!(of(&verdict, FIRST).overdue, Some(world.due(FIRST)));
    assert_eq!(of(&verdict, FIRST).late_ms, Some(60_000));
}

#[test]
fn what_is_still_to_come_after_a_correction_is_told_again() {
    let mut world = fetched();
    world.remind(FIRST, 50, Audience::Receivers);
    world.remind(FIRST, 75, Audience::Receivers);
    world.overdue(FIRST);
    let at = world.log.len() - 1;
    // To an instant between the two.
    let back = world.step(FIRST, 60);
    world.correct_time(back, &[at]);
    world.remind(FIRST, 75, Audience::Receivers);
    assert_eq!(of(&valid(&mut world), FIRST).reminders, 2);
    let body = world.reminder_body(FIRST, 50, Audience::Receivers);
    world.exchange(EntryKind::Reminder, &body);
    let expected = [(Check::Clock, yichuan_evidence::verify::Fault::Again)];
    assert_eq!(failures(&world.verdict()), expected);
}

#[test]
fn what_waited_in_a_unit_that_was_closed_can_be_replaced() {
    let mut world = World::widened_and_submitted();
    world.close(ISSUER, ABOVE);
    let body = world.supersession_body();
    world.exchange(EntryKind::Supersession, &body);
    let verdict = valid(&mut world);
    assert!(verdict.unproven.contains(&Unproven::ReplacedBy));
    let body = world.supersession_body();
    world.exchange(EntryKind::Supersession, &body);
    let expected = [(Check::Life, yichuan_evidence::verify::Fault::Again)];
    assert_eq!(failures(&world.verdict()), expected);
}

#[test]
fn who_took_over_the_senders_work_speaks_for_it() {
    let mut world = World::widened();
    world.close(ISSUER, SECOND);
    // Nobody of the closed unit speaks any more; its successor does.
    let body = world.recall_body(&[THIRD]);
    world.says("513202-zf-fs01", EntryKind::Recall, &body, &[]);
    let verdict = valid(&mut world);
    assert_eq!(of(&verdict, THIRD).state, Some(DeliveryState::Recalled));
}

#[test]
fn a_successor_has_the_clock_of_who_was_closed() {
    let mut world = World::widened();
    world.overdue(FIRST);
    let at = world.due(FIRST);
    world.merge(FIRST, ADDED);
    world.fetch(ADDED);
    world.receipt(ADDED);
    let verdict = valid(&mut world);
    let heir = of(&verdict, ADDED);
    assert_eq!((heir.due, heir.overdue), (Some(at), Some(at)));
    assert_eq!(heir.state, Some(DeliveryState::SignedFor));
    assert!(heir.late_ms.is_some());
    assert_eq!(of(&verdict, FIRST).state, Some(DeliveryState::Redirected));
    assert_ne!(ABOVE, ADDED);
}

#[test]
fn what_was_sent_to_another_again_is_in_a_recipients_bundle_and_its_return_is_not() {
    let mut world = fetched();
    let from = world.log.len();
    world.fetch(SECOND);
    world.give_back(SECOND);
    // The list and the body of what is sent again are for the other; the statements are for all.
    for (_, about_document) in &mut world.log[from..] {
        *about_document = false;
    }
    world.send_again(SECOND);
    world.next_at(world.due(FIRST));
    let announced = DeliveryState::Announced;
    let states = [
        (FIRST, DeliveryState::Fetched),
        (SECOND, announced),
        (THIRD, announced),
    ];
    let overdue = world.overdue_body(FIRST);
    world.exchange(EntryKind::Overdue, &overdue);
    world.inquire(&states);
    let mut head = world.head();
    let hidden = [from as u64, from as u64 + 1];
    head.roster.retain(|proven| !hidden.contains(&proven.index));
    let mut extract = world.extract_body();
    extract.reader = unit(FIRST);
    head.extract = world.extract(&extract).into();
    let verdict = judge(&world.write(&head), Some(&world.pin()));
    assert!(verdict.valid, "{:#?}", failures(&verdict));
    assert_eq!(of(&verdict, FIRST).overdue, Some(world.due(FIRST)));
    // But its own row is held against the log.
    let mut world = World::dispatched();
    world.inquire(&states);
    let mut head = world.head();
    let mut extract = world.extract_body();
    extract.reader = unit(FIRST);
    head.extract = world.extract(&extract).into();
    let verdict = judge(&world.write(&head), Some(&world.pin()));
    let expected = [(
        Check::Inquiries,
        yichuan_evidence::verify::Fault::SeenDiffers,
    )];
    assert_eq!(failures(&verdict), expected);
}

#[test]
fn a_recipient_cannot_say_what_became_of_the_others() {
    let mut world = World::dispatched();
    world.next_at(world.due(FIRST));
    world.recall(&[SECOND, THIRD]);
    let mut head = world.head();
    let mut extract = world.extract_body();
    extract.reader = unit(FIRST);
    head.extract = world.extract(&extract).into();
    let verdict = judge(&world.write(&head), Some(&world.pin()));
    assert!(verdict.valid, "{:#?}", failures(&verdict));
    assert!(verdict.unproven.contains(&Unproven::OtherRecipients));
    assert_eq!(of(&verdict, SECOND).state, None);
}
