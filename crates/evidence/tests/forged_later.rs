//! What nobody may have done with a document after its dispatch, forged as far as it can be, and
//! each noticed by the one check that is there for it.

#[allow(
    dead_code,
    clippy::unwrap_used,
    reason = "a world for tests, used in parts"
)]
mod world;

use world::failing::{FIRST, SECOND, Spoil, fails, failures, fetched};
use world::parties::{ABOVE, ADDED};
use world::{CLERK, CUSTODIAN, MANAGER, RECIPIENTS, World, unit};
use yichuan_document::Digest;
use yichuan_document::life::DeliveryState;
use yichuan_document::signed::SlotRole;
use yichuan_document::statement::{
    AttachmentRef, CopiesNumbered, DeliveryRefusal, Recall, RecallAnswer, Supersession, Supplement,
    Supplemented,
};
use yichuan_document::terms::DocumentKind;
use yichuan_evidence::entry::EntryKind;
use yichuan_evidence::verify::{Check, Fault};

/// An account of the unit that is sent nothing, and of one that only receives.
const OTHERS: [(&str, Fault); 2] = [("513202-zf-js01", Fault::Role), (CUSTODIAN, Fault::Role)];

fn returned() -> World {
    let mut world = fetched();
    world.give_back(FIRST);
    world
}

#[test]
fn c2_after_a_clean_recall_nothing_is_released() {
    let mut world = World::dispatched();
    world.recall(&[FIRST]);
    world.fetch(FIRST);
    fails(&mut world, Check::Life, Fault::TooLate);
    // In the order of the log it is the fetch that comes first, or the recall that does.
    let mut world = World::dispatched();
    world.fetch(FIRST);
    world.recall(&[FIRST]);
    let verdict = world.verdict();
    assert!(verdict.valid && verdict.deliveries[0].recall_notice);
    assert_eq!(verdict.deliveries[0].state, Some(DeliveryState::Fetched));
}

#[test]
fn c3_an_end_is_the_end() {
    type Do = fn(&mut World);
    let refuse: Do = |world| world.refuse(FIRST);
    let recall: Do = |world| world.recall(&[FIRST]);
    let replace: Do = |world| {
        let body = world.supersession_body();
        world.exchange(EntryKind::Supersession, &body);
    };
    let receipt: Do = |world| {
        world.fetch(FIRST);
        world.receipt(FIRST);
    };
    for (number, end) in [refuse, recall, replace].into_iter().enumerate() {
        let mut world = World::dispatched();
        end(&mut world);
        receipt(&mut world);
        let found = failures(&world.verdict());
        assert_eq!(found, [(Check::Life, Fault::TooLate)], "case {number}");
    }
    let mut world = World::dispatched();
    receipt(&mut world);
    refuse(&mut world);
    fails(&mut world, Check::Life, Fault::TooLate);
}

#[test]
fn c3_a_receipt_rests_on_the_recall_that_came_before_it() {
    let mut world = fetched();
    let body = world.receipt_body(FIRST);
    world.recall(&[FIRST]);
    world.deliver(EntryKind::Receipt, FIRST, &body);
    fails(&mut world, Check::Deliveries, Fault::Stale);
}

#[test]
fn a_recall_is_the_senders_and_concerns_somebody() {
    for (account, fault) in OTHERS {
        let mut world = fetched();
        let body = world.recall_body(&[FIRST]);
        world.says(account, EntryKind::Recall, &body, &[]);
        let found = failures(&world.verdict());
        assert_eq!(found, [(Check::Signatures, fault)], "{account}");
    }
    let cases: [(Spoil<Recall>, Check, Fault); 4] = [
        (|body| body.code = 63, Check::Deliveries, Fault::NoWords),
        (
            |body| body.units = vec![body.units[0].clone(); 129],
            Check::Deliveries,
            Fault::Beyond,
        ),
        (
            |body| body.units = vec![unit(ADDED)],
            Check::Deliveries,
            Fault::NothingConcerned,
        ),
        (
            |body| body.about.manifest = Digest::of(b"another"),
            Check::Statements,
            Fault::AnotherDocument,
        ),
    ];
    for (number, (spoil, check, fault)) in cases.into_iter().enumerate() {
        let mut world = fetched();
        let mut body = world.recall_body(&[FIRST]);
        spoil(&mut body);
        world.says(CLERK, EntryKind::Recall, &body, &[]);
        assert_eq!(
            failures(&world.verdict()),
            [(check, fault)],
            "case {number}"
        );
    }
    // Once: who has the notice, and who has ended, are as before.
    let mut world = returned();
    world.recall(&[FIRST]);
    fails(&mut world, Check::Deliveries, Fault::NothingConcerned);
    let mut world = World::dispatched();
    world.recall(&[]);
    world.recall(&[]);
    fails(&mut world, Check::Deliveries, Fault::NothingConcerned);
    let mut world = World::new();
    world.submit();
    world.recall(&[]);
    fails(&mut world, Check::Life, Fault::TooEarly);
}

#[test]
fn a_recall_is_answered_where_there_is_a_notice() {
    let mut world = fetched();
    world.answer_recall(FIRST, 1);
    fails(&mut world, Check::Life, Fault::TooEarly);
    let mut world = World::dispatched();
    world.recall(&[FIRST]);
    world.answer_recall(FIRST, 2);
    fails(&mut world, Check::Life, Fault::TooLate);
    let mut world = fetched();
    world.recall(&[FIRST]);
    world.answer_recall(FIRST, 3);
    fails(&mut world, Check::Deliveries, Fault::NoWords);
    let mut world = fetched();
    let previous = world.delivery(FIRST);
    world.recall(&[FIRST]);
    let body = RecallAnswer {
        delivery: previous,
        code: 1,
        note: None,
    };
    world.deliver(EntryKind::RecallAnswer, FIRST, &body);
    fails(&mut world, Check::Deliveries, Fault::Stale);
    let mut world = fetched();
    world.recall(&[FIRST]);
    let body = RecallAnswer {
        delivery: world.delivery(FIRST),
        code: 1,
        note: None,
    };
    world.says("513202-zf-js01", EntryKind::RecallAnswer, &body, &[]);
    fails(&mut world, Check::Deliveries, Fault::AnotherUnit);
}

#[test]
fn a_refusal_is_the_recipients_own_on_the_last_and_with_its_words() {
    let body = |world: &World| DeliveryRefusal {
        delivery: world.delivery(FIRST),
        code: 33,
        note: None,
    };
    let mut world = World::dispatched();
    let refusal = body(&world);
    world.fetch(FIRST);
    world.deliver(EntryKind::DeliveryRefusal, FIRST, &refusal);
    fails(&mut world, Check::Deliveries, Fault::Stale);
    let mut world = World::dispatched();
    let refusal = body(&world);
    world.says("513202-zf-js01", EntryKind::DeliveryRefusal, &refusal, &[]);
    fails(&mut world, Check::Deliveries, Fault::AnotherUnit);
    let mut world = World::dispatched();
    let refusal = body(&world);
    world.says(CLERK, EntryKind::DeliveryRefusal, &refusal, &[]);
    fails(&mut world, Check::Signatures, Fault::Role);
    let mut world = World::dispatched();
    let refusal = DeliveryRefusal {
        code: 63,
        ..body(&world)
    };
    world.deliver(EntryKind::DeliveryRefusal, FIRST, &refusal);
    fails(&mut world, Check::Deliveries, Fault::NoWords);
    let mut world = World::dispatched();
    let refusal = DeliveryRefusal {
        note: AttachmentRef::to(b"words that are not there"),
        ..body(&world)
    };
    world.deliver(EntryKind::DeliveryRefusal, FIRST, &refusal);
    fails(&mut world, Check::Attachments, Fault::AttachmentsDiffer);
}

#[test]
fn a_return_is_acknowledged_once_by_the_sender_and_where_there_is_one() {
    let mut world = returned();
    world.acknowledge(FIRST);
    world.acknowledge(FIRST);
    fails(&mut world, Check::Life, Fault::Again);
    let mut world = fetched();
    world.acknowledge(FIRST);
    fails(&mut world, Check::Life, Fault::TooEarly);
    let mut world = World::dispatched();
    world.refuse(FIRST);
    world.acknowledge(FIRST);
    fails(&mut world, Check::Life, Fault::TooLate);
    for (account, fault) in [(MANAGER, Fault::Role), ("513201-zf-js01", Fault::Role)] {
        let mut world = returned();
        let body = yichuan_document::statement::ReturnAcknowledgement {
            delivery: world.delivery(FIRST),
        };
        world.says(account, EntryKind::ReturnAcknowledgement, &body, &[]);
        let found = failures(&world.verdict());
        assert_eq!(found, [(Check::Signatures, fault)], "{account}");
    }
    let mut world = fetched();
    let fetch = world.delivery(FIRST);
    world.give_back(FIRST);
    let body = yichuan_document::statement::ReturnAcknowledgement { delivery: fetch };
    world.says(CLERK, EntryKind::ReturnAcknowledgement, &body, &[]);
    fails(&mut world, Check::Deliveries, Fault::Stale);
}

#[test]
fn a_key_is_closed_once_more_only_on_a_return() {
    let mut world = fetched();
    let (body, wraps) = world.rewrap_body(FIRST);
    world.says(CLERK, EntryKind::Rewrap, &body, &[wraps]);
    fails(&mut world, Check::Life, Fault::TooEarly);
    let mut world = fetched();
    world.receipt(FIRST);
    let (body, wraps) = world.rewrap_body(FIRST);
    world.says(CLERK, EntryKind::Rewrap, &body, &[wraps]);
    fails(&mut world, Check::Life, Fault::TooLate);
    let mut world = returned();
    let (mut body, wraps) = world.rewrap_body(FIRST);
    body.delivery.previous = world.sealed;
    world.says(CLERK, EntryKind::Rewrap, &body, &[wraps]);
    fails(&mut world, Check::Deliveries, Fault::Stale);
    let mut world = returned();
    let (body, wraps) = world.rewrap_body(FIRST);
    world.says("513201-zf-js01", EntryKind::Rewrap, &body, &[wraps]);
    fails(&mut world, Check::Signatures, Fault::Role);
    // For another unit, for two, and another list than the one that was signed.
    for codes in [&[SECOND][..], &[FIRST, SECOND], &[]] {
        let mut world = returned();
        let (mut body, _) = world.rewrap_body(FIRST);
        let wraps = world.wraps_for(codes);
        body.wraps = wraps.digest();
        world.says(CLERK, EntryKind::Rewrap, &body, &[wraps.to_bytes()]);
        let found = failures(&world.verdict());
        assert_eq!(found, [(Check::Wraps, Fault::WrapsDiffer)], "{codes:?}");
    }
    let mut world = returned();
    let (body, _) = world.rewrap_body(FIRST);
    let wraps = world.wraps_for(&[FIRST]).to_bytes();
    world.says(CLERK, EntryKind::Rewrap, &body, &[wraps]);
    fails(&mut world, Check::Wraps, Fault::WrapsDiffer);
}

#[test]
fn c3_a_return_that_was_sent_again_is_not_acknowledged_after_it() {
    let mut world = returned();
    let body = yichuan_document::statement::ReturnAcknowledgement {
        delivery: world.delivery(FIRST),
    };
    world.send_again(FIRST);
    world.says(CLERK, EntryKind::ReturnAcknowledgement, &body, &[]);
    fails(&mut world, Check::Life, Fault::TooEarly);
}

#[test]
fn c3_a_receipt_of_the_first_round_is_none_of_the_second() {
    let mut world = returned();
    let first = world.delivery(FIRST);
    world.send_again(FIRST);
    world.fetch(FIRST);
    let mut body = world.receipt_body(FIRST);
    body.delivery = first;
    world.deliver(EntryKind::Receipt, FIRST, &body);
    fails(&mut world, Check::Deliveries, Fault::Stale);
}

#[test]
fn one_person_does_not_name_a_recipient_and_approve_it() {
    // Somebody else submitted; who names the recipient is the one who approves.
    let mut world = World::widened();
    let (body, wraps) = world.supplement_body(&[ADDED]);
    let of = world.says("513200-zfb-fs02", EntryKind::Supplement, &body, &[wraps]);
    world.decide_supplement(MANAGER, of, true);
    fails(&mut world, Check::FourEyes, Fault::SamePerson);
    // By another person it stands.
    let mut world = World::widened();
    let (body, wraps) = world.supplement_body(&[ADDED]);
    let of = world.says("513200-zfb-fs02", EntryKind::Supplement, &body, &[wraps]);
    world.decide_supplement("513200-zfb-gl01", of, true);
    assert!(world.verdict().valid);
}

#[test]
fn one_person_does_not_submit_and_approve_a_supplement() {
    let mut world = World::new();
    world::parties::widen(&mut world);
    world.document.manifest.account = "513200-zfb-fs02".parse().unwrap();
    world.wrap();
    world.submit_as("513200-zfb-fs02");
    world.approve_as("513200-zfb-gl01");
    world.seal();
    world.dispatch();
    let of = world.supplement();
    world.decide_supplement(MANAGER, of, true);
    fails(&mut world, Check::FourEyes, Fault::SamePerson);
}

#[test]
fn a_supplement_is_decided_about_once_and_by_an_approver() {
    let mut world = World::widened();
    let of = world.supplement();
    world.decide_supplement(MANAGER, of, false);
    world.decide_supplement(MANAGER, of, true);
    fails(&mut world, Check::Approvals, Fault::Again);
    let mut world = World::widened();
    let of = world.supplement();
    world.decide_supplement(CUSTODIAN, of, true);
    fails(&mut world, Check::Signatures, Fault::Role);
    let mut world = World::widened();
    world.supplement();
    world.decide_supplement(MANAGER, Digest::of(b"another supplement"), true);
    fails(&mut world, Check::Approvals, Fault::Stale);
}

#[test]
fn a_supplement_names_units_that_are_no_party_and_their_wraps() {
    for codes in [&[FIRST][..], &["513200-zfb"], &[ADDED, ADDED]] {
        let mut world = World::widened();
        let (body, wraps) = world.supplement_body(codes);
        world.says(CLERK, EntryKind::Supplement, &body, &[wraps]);
        let found = failures(&world.verdict());
        assert_eq!(found, [(Check::Dispatch, Fault::PartyAlready)], "{codes:?}");
    }
    let cases: [(Spoil<Supplement>, Check, Fault); 4] = [
        (
            |body| body.recipients.clear(),
            Check::Statements,
            Fault::Beyond,
        ),
        (
            |body| body.recipients = vec![body.recipients[0].clone(); 129],
            Check::Statements,
            Fault::Beyond,
        ),
        (
            |body| body.recipients[0].unit = unit("513299-zf"),
            Check::Dispatch,
            Fault::Unit,
        ),
        (
            |body| body.wraps = Digest::of(b"another list"),
            Check::Wraps,
            Fault::WrapsDiffer,
        ),
    ];
    for (number, (spoil, check, fault)) in cases.into_iter().enumerate() {
        let mut world = World::widened();
        let (mut body, wraps) = world.supplement_body(&[ADDED]);
        spoil(&mut body);
        world.says(CLERK, EntryKind::Supplement, &body, &[wraps]);
        assert_eq!(
            failures(&world.verdict()),
            [(check, fault)],
            "case {number}"
        );
    }
    let mut world = World::widened();
    let (body, _) = world.supplement_body(&[ADDED]);
    world.says(CLERK, EntryKind::Supplement, &body, &[]);
    fails(&mut world, Check::Attachments, Fault::AttachmentsDiffer);
    for (account, fault) in [(MANAGER, Fault::Role), ("513201-zf-js01", Fault::Role)] {
        let mut world = World::widened();
        let (body, wraps) = world.supplement_body(&[ADDED]);
        world.says(account, EntryKind::Supplement, &body, &[wraps]);
        let found = failures(&world.verdict());
        assert_eq!(found, [(Check::Signatures, fault)], "{account}");
    }
}

#[test]
fn nothing_is_added_before_the_dispatch_or_when_another_has_its_place() {
    let mut world = World::new();
    world::parties::widen(&mut world);
    world.submit();
    world.supplement();
    fails(&mut world, Check::Life, Fault::TooEarly);
    let mut world = World::widened();
    let replaced = world.supersession_body();
    world.exchange(EntryKind::Supersession, &replaced);
    world.supplement();
    fails(&mut world, Check::Life, Fault::TooLate);
}

#[test]
fn a_supplement_goes_out_as_it_was_approved() {
    let cases: [(Spoil<Supplemented>, Fault); 6] = [
        (|body| body.cause = Digest::of(b"nothing"), Fault::Stale),
        (|body| body.policy = Digest::of(b""), Fault::DueTime),
        (|body| body.due = body.due.plus_ms(1), Fault::DueTime),
        (|body| body.at = body.at.plus_ms(1), Fault::DueTime),
        (|body| body.units = vec![unit(SECOND)], Fault::Recipients),
        (|body| body.units.push(unit(SECOND)), Fault::Recipients),
    ];
    for (number, (spoil, fault)) in cases.into_iter().enumerate() {
        let mut world = World::widened();
        let of = world.supplement();
        let approval = world.decide_supplement(MANAGER, of, true);
        let mut body = world.supplemented_body(approval, ADDED);
        spoil(&mut body);
        world.exchange(EntryKind::Supplemented, &body);
        let found = failures(&world.verdict());
        assert_eq!(found, [(Check::Dispatch, fault)], "case {number}");
    }
    // Before it was approved, when it was refused, and a second time.
    let mut world = World::widened();
    let of = world.supplement();
    world.supplemented(of, ADDED);
    fails(&mut world, Check::Dispatch, Fault::Stale);
    let mut world = World::widened();
    let of = world.supplement();
    let refusal = world.decide_supplement(MANAGER, of, false);
    world.supplemented(refusal, ADDED);
    fails(&mut world, Check::Dispatch, Fault::Stale);
    let mut world = World::widened();
    world.add();
    let body = world.supplemented_body(world.last[ADDED], ADDED);
    world.exchange(EntryKind::Supplemented, &body);
    fails(&mut world, Check::Dispatch, Fault::Stale);
    // Two supplements for one unit: the second comes too late.
    let mut world = World::widened();
    let (one, other) = (world.supplement(), world.supplement());
    let one = world.decide_supplement(MANAGER, one, true);
    world.supplemented(one, ADDED);
    let other = world.decide_supplement(MANAGER, other, true);
    world.supplemented(other, ADDED);
    fails(&mut world, Check::Dispatch, Fault::PartyAlready);
}

#[test]
fn a6_only_the_exchange_dispatches_more_and_says_what_was_replaced() {
    let mut world = World::widened();
    let of = world.supplement();
    let approval = world.decide_supplement(MANAGER, of, true);
    let body = world.supplemented_body(approval, ADDED);
    world.says(CLERK, EntryKind::Supplemented, &body, &[]);
    fails(&mut world, Check::Signatures, Fault::Unnamed);
    let mut world = fetched();
    let body = world.supersession_body();
    world.says(CLERK, EntryKind::Supersession, &body, &[]);
    fails(&mut world, Check::Signatures, Fault::Unnamed);
    let mut world = fetched();
    let payload = world.payload(None, &body);
    let signed = world.sign(&payload, &[(SlotRole::Exchange, "checkpoint")]);
    world.record(EntryKind::Supersession, &signed, &[]);
    fails(&mut world, Check::Signatures, Fault::Signature);
}

#[test]
fn d2_a_document_is_replaced_once_by_another_and_after_its_dispatch() {
    let cases: [Spoil<Supersession>; 2] = [
        |body| body.by = body.about,
        |body| body.by.document = body.about.document,
    ];
    for (number, spoil) in cases.into_iter().enumerate() {
        let mut world = fetched();
        let mut body = world.supersession_body();
        spoil(&mut body);
        world.exchange(EntryKind::Supersession, &body);
        let found = failures(&world.verdict());
        assert_eq!(
            found,
            [(Check::Statements, Fault::AnotherDocument)],
            "case {number}"
        );
    }
    let mut world = fetched();
    for _ in 0..2 {
        let body = world.supersession_body();
        world.exchange(EntryKind::Supersession, &body);
    }
    fails(&mut world, Check::Life, Fault::Again);
    let mut world = World::new();
    world.submit();
    let body = world.supersession_body();
    world.exchange(EntryKind::Supersession, &body);
    fails(&mut world, Check::Life, Fault::TooEarly);
}

#[test]
fn d3_a_statement_after_the_dispatch_is_said_once_as_well() {
    let mut world = fetched();
    let body = world.recall_body(&[FIRST]);
    let signed = world.said(CLERK, &body);
    world.record(EntryKind::Recall, &signed, &[]);
    world.record(EntryKind::Recall, &signed, &[]);
    fails(&mut world, Check::Statements, Fault::Repeated);
}

#[test]
fn d4_a_recall_of_another_installation_is_none_here() {
    let mut world = fetched();
    let body = world.recall_body(&[FIRST]);
    let mut payload = world.payload(Some(CLERK), &body);
    payload.genesis = Digest::of(b"another installation");
    let signed = world.signed_by(CLERK, &payload);
    world.record(EntryKind::Recall, &signed, &[]);
    fails(&mut world, Check::Statements, Fault::AnotherInstallation);
}

#[test]
fn contacts_and_copies_are_between_the_parties() {
    let mut world = fetched();
    let body = world.contact_body(FIRST);
    world.says("513202-zf-js01", EntryKind::Contact, &body, &[]);
    fails(&mut world, Check::Signatures, Fault::AnotherUnit);
    let mut world = fetched();
    world.says(MANAGER, EntryKind::Contact, &body, &[]);
    fails(&mut world, Check::Signatures, Fault::Role);
    let mut world = fetched();
    let mut other = world.contact_body(FIRST);
    other.outcome = 63;
    world.says(CLERK, EntryKind::Contact, &other, &[]);
    fails(&mut world, Check::Deliveries, Fault::NoWords);
    let mut world = fetched();
    let mut stranger = world.contact_body(FIRST);
    stranger.unit = unit(ABOVE);
    world.says(CLERK, EntryKind::Contact, &stranger, &[]);
    fails(&mut world, Check::Deliveries, Fault::NoSuchParty);
    let mut world = World::new();
    world.submit();
    let early = world.contact_body(FIRST);
    world.says(CLERK, EntryKind::Contact, &early, &[]);
    fails(&mut world, Check::Life, Fault::TooEarly);
    for copies in [0, 1_000] {
        let mut world = fetched();
        let mut body = world.copies_body(FIRST);
        body.copies = copies;
        world.says(CLERK, EntryKind::MoreCopies, &body, &[]);
        let found = failures(&world.verdict());
        assert_eq!(found, [(Check::Statements, Fault::Beyond)], "{copies}");
    }
    let mut world = fetched();
    let body = world.copies_body(FIRST);
    world.says("513201-zf-js01", EntryKind::MoreCopies, &body, &[]);
    fails(&mut world, Check::Signatures, Fault::Role);
    let mut world = fetched();
    let body = world.copies_body(ABOVE);
    world.says(CLERK, EntryKind::MoreCopies, &body, &[]);
    fails(&mut world, Check::Deliveries, Fault::NoSuchParty);
}

/// What an exchange says that it may not.
type Forge = fn(&mut CopiesNumbered);

#[test]
fn e6_an_exchange_that_numbers_originals_as_it_likes_is_found() {
    let signed_for = || {
        let mut world = fetched();
        world.receipt(FIRST);
        world
    };
    let forged: [(Forge, Check, Fault); 9] = [
        (|it| it.first = 2, Check::Deliveries, Fault::CopyNumbers),
        (|it| it.first = 0, Check::Statements, Fault::Beyond),
        (|it| it.first = 1_000_000, Check::Statements, Fault::Beyond),
        (|it| it.count = 0, Check::Statements, Fault::Beyond),
        (|it| it.printed = 2, Check::Deliveries, Fault::CopyNumbers),
        (|it| it.quota = 9, Check::Deliveries, Fault::CopyNumbers),
        (|it| it.again = true, Check::Deliveries, Fault::CopyNumbers),
        (
            |it| (it.count, it.printed) = (3, 3),
            Check::Deliveries,
            Fault::Beyond,
        ),
        (
            |it| it.unit = unit(ABOVE),
            Check::Deliveries,
            Fault::NoSuchParty,
        ),
    ];
    for (forge, check, fault) in forged {
        let mut world = signed_for();
        let mut body = world.numbered_body(FIRST, (1, 1), 0);
        forge(&mut body);
        world.exchange(EntryKind::CopiesNumbered, &body);
        assert_eq!(failures(&world.verdict()), [(check, fault)], "{body:?}");
    }
    // One number twice.
    let mut world = signed_for();
    for before in 0..2 {
        let body = world.numbered_body(FIRST, (1, 1), before);
        world.exchange(EntryKind::CopiesNumbered, &body);
    }
    fails(&mut world, Check::Deliveries, Fault::CopyNumbers);
    // Before it was signed for.
    let mut world = fetched();
    let body = world.numbered_body(FIRST, (1, 1), 0);
    world.exchange(EntryKind::CopiesNumbered, &body);
    fails(&mut world, Check::Life, Fault::TooEarly);
    // A recipient cannot number its own copies.
    let mut world = signed_for();
    let body = world.numbered_body(FIRST, (1, 1), 0);
    world.says("513201-zf-js01", EntryKind::CopiesNumbered, &body, &[]);
    fails(&mut world, Check::Signatures, Fault::Unnamed);
}

/// A meeting notice, fetched by the first recipient.
fn meeting() -> World {
    let mut world = World::new();
    world.document.manifest.kind = DocumentKind::MeetingNotice;
    world.wrap();
    world.submit();
    world.approve();
    world.seal();
    world.dispatch();
    world.fetch(FIRST);
    world
}

#[test]
fn a_reply_form_is_for_a_meeting_notice_that_was_signed_for() {
    let reply = |world: &mut World, account: &str| {
        let (body, form) = world.reply_body(FIRST);
        world.says(account, EntryKind::MeetingReply, &body, &[form]);
    };
    let mut world = fetched();
    world.receipt(FIRST);
    reply(&mut world, "513201-zf-js01");
    fails(&mut world, Check::Statements, Fault::NoMeeting);
    let mut world = meeting();
    reply(&mut world, "513201-zf-js01");
    fails(&mut world, Check::Life, Fault::TooEarly);
    let mut world = meeting();
    world.give_back(FIRST);
    reply(&mut world, "513201-zf-js01");
    fails(&mut world, Check::Life, Fault::TooLate);
    let mut world = meeting();
    world.receipt(FIRST);
    reply(&mut world, "513202-zf-js01");
    fails(&mut world, Check::Deliveries, Fault::AnotherUnit);
    let mut world = meeting();
    world.receipt(FIRST);
    reply(&mut world, CLERK);
    fails(&mut world, Check::Signatures, Fault::Role);
    assert_eq!(RECIPIENTS[0], FIRST);
}
