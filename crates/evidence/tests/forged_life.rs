//! Lives that nobody may have lived, forged by somebody with keys of his own: each is signed again
//! as far as he can, and each is noticed by the one check that is there for it.

#[allow(
    dead_code,
    clippy::unwrap_used,
    reason = "a world for tests, used in parts"
)]
mod world;

use world::failing::{FIRST, SECOND, Spoil, approved, fails, failures, fetched, newest};
use world::{CLERK, CUSTODIAN, ISSUER, MANAGER, World, inspection, parties, unit};
use yichuan_document::roster::act::Change;
use yichuan_document::roster::record::Status;
use yichuan_document::signed::SlotRole;
use yichuan_document::statement::{Dispatch, Fetch, Receipt, SealUse};
use yichuan_document::{Digest, Timestamp};
use yichuan_envelope::ContentKey;
use yichuan_evidence::entry::{Entry, EntryKind};
use yichuan_evidence::verify::{Check, Fault};
use yichuan_seal::SealRecord;

#[test]
fn c1_the_exchange_cannot_sign_a_receipt() {
    let mut world = fetched();
    let body = world.receipt_body(FIRST);
    let payload = world.payload(Some("513201-zf-js01"), &body);
    for signers in [
        vec![
            (SlotRole::Account, "entries"),
            (SlotRole::Device, "513201-zf-pc01"),
        ],
        vec![
            (SlotRole::Account, "513201-zf-js01"),
            (SlotRole::Device, "entries"),
        ],
        vec![(SlotRole::Exchange, "entries")],
    ] {
        let mut forged = fetched();
        let signed = forged.sign(&payload, &signers);
        forged.record(EntryKind::Receipt, &signed, &[]);
        fails(&mut forged, Check::Signatures, Fault::Signature);
    }
}

#[test]
fn c1_another_recipient_cannot_sign_for_it() {
    let mut world = fetched();
    let body = world.receipt_body(FIRST);
    let signed = world.said("513202-zf-js01", &body);
    world.record(EntryKind::Receipt, &signed, &[]);
    fails(&mut world, Check::Deliveries, Fault::AnotherUnit);
}

#[test]
fn c1_nobody_signs_for_a_unit_that_is_no_recipient() {
    let mut world = fetched();
    let mut body = world.receipt_body(FIRST);
    body.delivery.unit = unit(ISSUER);
    let signed = world.said("513200-zfb-gl01", &body);
    world.record(EntryKind::Receipt, &signed, &[]);
    fails(&mut world, Check::Signatures, Fault::Role);
}

#[test]
fn a6_the_account_that_is_named_is_the_one_that_signed() {
    let mut world = World::new();
    world.submit();
    let body = world.approval_body();
    let payload = world.payload(Some(MANAGER), &body);
    let signers = [
        (SlotRole::Account, "513200-zfb-gl01"),
        (SlotRole::Device, "513200-zfb-pc01"),
    ];
    let signed = world.sign(&payload, &signers);
    world.record(EntryKind::Approval, &signed, &[]);
    fails(&mut world, Check::Signatures, Fault::Signature);
}

#[test]
fn a6_another_account_may_not_approve() {
    let mut world = World::new();
    world.submit();
    world.approve_as(CUSTODIAN);
    fails(&mut world, Check::Signatures, Fault::Role);
}

#[test]
fn a6_a_computer_of_another_unit_does_not_count() {
    let mut world = World::new();
    world.submit();
    let body = world.approval_body();
    let mut payload = world.payload(Some(MANAGER), &body);
    payload.device = Some("513201-zf-pc01".parse().unwrap());
    let signed = world.signed_by(MANAGER, &payload);
    world.record(EntryKind::Approval, &signed, &[]);
    fails(&mut world, Check::Signatures, Fault::NotOnThisDevice);
}

#[test]
fn a5_a_signature_that_is_missing_is_missed() {
    let mut world = World::new();
    world.submit();
    let body = world.approval_body();
    let payload = world.payload(Some(MANAGER), &body);
    let signed = world.sign(&payload, &[(SlotRole::Account, MANAGER)]);
    world.record(EntryKind::Approval, &signed, &[]);
    fails(&mut world, Check::Signatures, Fault::Signature);
}

#[test]
fn a7_a_receipt_for_another_document_is_none_for_this() {
    let mut world = fetched();
    let mut body = world.receipt_body(FIRST);
    body.delivery.about.manifest = Digest::of(b"another manifest");
    world.deliver(EntryKind::Receipt, FIRST, &body);
    fails(&mut world, Check::Statements, Fault::AnotherDocument);
}

#[test]
fn a7_a_statement_is_recorded_as_what_it_says() {
    let mut world = fetched();
    let body = world.receipt_body(FIRST);
    world.deliver(EntryKind::Return, FIRST, &body);
    fails(&mut world, Check::Statements, Fault::WrongPurpose);
    let mut world = fetched();
    let body = world.receipt_body(FIRST);
    world.deliver(EntryKind::Unknown(47), FIRST, &body);
    fails(&mut world, Check::Statements, Fault::WrongPurpose);
}

#[test]
fn a7_a_roster_statement_has_no_place_among_the_documents() {
    let mut world = World::new();
    world.submit();
    world.set_account("513200-zfb-gl01", Status::Suspended);
    let at = newest(&world);
    world.log[at].1 = true;
    let verdict = world.verdict();
    // It changes the roster, which the bundle then lacks.
    let expected = [
        (Check::Roster, Fault::AnotherRoster),
        (Check::Extract, Fault::AnotherRoster),
    ];
    assert_eq!(failures(&verdict), expected);
}

#[test]
fn c2_a_receipt_before_the_fetch_is_none() {
    let mut world = World::dispatched();
    world.receipt(FIRST);
    fails(&mut world, Check::Life, Fault::TooEarly);
}

#[test]
fn c2_a_receipt_proves_that_the_document_was_opened() {
    let spoil: [fn(&mut Receipt, &World); 3] = [
        |body, _| body.opening = Digest::of(b"a guess"),
        |body, world| body.opening = world.receipt_body(SECOND).opening,
        |body, world| body.opening = Digest::of(&world.document.header.to_bytes()),
    ];
    for (number, spoil) in spoil.into_iter().enumerate() {
        let mut world = fetched();
        let mut body = world.receipt_body(FIRST);
        spoil(&mut body, &world);
        world.deliver(EntryKind::Receipt, FIRST, &body);
        let verdict = world.verdict();
        let expected = [(Check::Openings, Fault::OpeningDiffers)];
        assert_eq!(failures(&verdict), expected, "case {number}");
    }
}

#[test]
fn c3_a_delivery_is_signed_for_or_returned_but_not_both() {
    let mut world = fetched();
    world.receipt(FIRST);
    world.give_back(FIRST);
    fails(&mut world, Check::Life, Fault::TooLate);
    let mut world = fetched();
    world.give_back(FIRST);
    world.receipt(FIRST);
    fails(&mut world, Check::Life, Fault::TooLate);
}

#[test]
fn c3_a_receipt_is_not_said_again() {
    let mut world = fetched();
    world.receipt(FIRST);
    let (again, _) = world.log[newest(&world)].clone();
    let signed = Entry::read(&again).unwrap().signed().unwrap();
    world.record(EntryKind::Receipt, &signed, &[]);
    fails(&mut world, Check::Statements, Fault::Repeated);
    let mut world = fetched();
    world.receipt(FIRST);
    world.receipt(FIRST);
    fails(&mut world, Check::Life, Fault::TooLate);
}

#[test]
fn c3_a_statement_rests_on_the_one_before_it() {
    let mut world = fetched();
    let mut body = world.receipt_body(FIRST);
    body.delivery.previous = world.sealed;
    world.deliver(EntryKind::Receipt, FIRST, &body);
    fails(&mut world, Check::Deliveries, Fault::Stale);
    let mut world = World::dispatched();
    let mut body = Fetch {
        delivery: world.delivery(FIRST),
    };
    body.delivery.previous = world.approval;
    world.deliver(EntryKind::Fetch, FIRST, &body);
    fails(&mut world, Check::Deliveries, Fault::Stale);
}

#[test]
fn c4_a_statement_is_not_from_the_future() {
    let body = World::new().approval_body();
    for (ahead_ms, is_fine) in [(180_000, true), (180_001, false)] {
        let mut world = World::new();
        world.submit();
        let body = yichuan_document::statement::Approval {
            submission: world.submission,
            ..body.clone()
        };
        let mut payload = world.payload(Some(MANAGER), &body);
        // Its entry comes a minute later, and two more are let pass.
        payload.time = payload.time.plus_ms(ahead_ms);
        let signed = world.signed_by(MANAGER, &payload);
        world.record(EntryKind::Approval, &signed, &[]);
        if is_fine {
            assert!(world.verdict().valid, "{ahead_ms}");
        } else {
            fails(&mut world, Check::Order, Fault::TimeAhead);
        }
    }
}

#[test]
fn one_person_does_not_submit_and_approve() {
    let mut world = World::new();
    world.document.manifest.account = "513200-zfb-fs02".parse().unwrap();
    world.wrap();
    world.submit_as("513200-zfb-fs02");
    world.approve_as("513200-zfb-gl01");
    assert!(world.verdict().valid, "by another person it stands");
    let mut world = World::new();
    world.document.manifest.account = "513200-zfb-fs02".parse().unwrap();
    world.wrap();
    world.submit_as("513200-zfb-fs02");
    world.approve();
    fails(&mut world, Check::FourEyes, Fault::SamePerson);
}

#[test]
fn an_approval_is_of_this_submission_and_these_readers() {
    let mut world = World::new();
    world.submit();
    let mut body = world.approval_body();
    body.wraps = Digest::of(b"other readers");
    let signed = world.said(MANAGER, &body);
    world.record(EntryKind::Approval, &signed, &[]);
    fails(&mut world, Check::Approvals, Fault::WrapsDiffer);
    let mut world = World::new();
    world.submit();
    let mut body = world.approval_body();
    body.submission = Digest::of(b"another submission");
    let signed = world.said(MANAGER, &body);
    world.record(EntryKind::Approval, &signed, &[]);
    fails(&mut world, Check::Approvals, Fault::Stale);
}

#[test]
fn e4_only_its_custodian_sets_a_seal() {
    for (account, fault) in [
        ("513200-zfb-gl01", Fault::NotTheCustodian),
        (MANAGER, Fault::Role),
    ] {
        let mut world = approved();
        let (body, record) = world.seal_body();
        world.seal_with(account, &body, record);
        fails(&mut world, Check::Signatures, fault);
    }
}

#[test]
fn e4_a_seal_without_its_own_signature_is_none() {
    let mut world = approved();
    let (body, record) = world.seal_body();
    let signed = world.said(CUSTODIAN, &body);
    world.record(EntryKind::Seal, &signed, &[record]);
    fails(&mut world, Check::Signatures, Fault::Signature);
}

#[test]
fn e4_a_seal_rests_on_the_approvals() {
    let cases: [(Spoil<SealUse>, Fault); 4] = [
        (|body| body.approvals.clear(), Fault::Stale),
        (|body| body.approvals = vec![Digest::of(b"")], Fault::Stale),
        (|body| body.previous = Some(Digest::of(b"")), Fault::Stale),
        (|body| body.ordinal = 2, Fault::Ordinal),
    ];
    for (spoil, fault) in cases {
        let mut world = approved();
        let (mut body, record) = world.seal_body();
        spoil(&mut body);
        world.seal_with(CUSTODIAN, &body, record);
        fails(&mut world, Check::Seals, fault);
    }
    let mut world = World::new();
    world.submit();
    world.seal();
    fails(&mut world, Check::Seals, Fault::TooEarly);
}

#[test]
fn e4_a_seal_record_of_another_document_does_not_open() {
    let mut world = approved();
    let (mut body, _) = world.seal_body();
    let record = ContentKey::from_bytes(&[1; 32]).seal_record(
        &world.genesis,
        &world.document.manifest.id,
        1,
        b"record",
    );
    body.record = yichuan_document::statement::AttachmentRef::to(&record).unwrap();
    world.seal_with(CUSTODIAN, &body, record);
    fails(&mut world, Check::SealRecords, Fault::SealRecord);
}

#[test]
fn a9_a_key_that_was_withdrawn_before_is_void() {
    let mut world = World::new();
    world.submit();
    world.set_account(MANAGER, Status::Suspended);
    world.approve();
    fails(&mut world, Check::Signatures, Fault::Account);
    let mut world = approved();
    let revoked = Change::put(world::SEAL, &parties::seal(Status::Closed));
    world.act(SlotRole::Officer, "officer", vec![revoked]);
    world.seal();
    fails(&mut world, Check::Signatures, Fault::Seal);
}

#[test]
fn a9_a_key_that_was_withdrawn_later_was_valid_then() {
    let mut world = World::lived();
    world.set_account(MANAGER, Status::Closed);
    let revoked = Change::put(world::SEAL, &parties::seal(Status::Closed));
    world.act(SlotRole::Officer, "officer", vec![revoked]);
    let verdict = world.verdict();
    assert!(verdict.valid, "{:#?}", verdict.findings);
}

#[test]
fn a9_a_seal_is_judged_at_the_time_of_its_entry() {
    for (until_ms, is_fine) in [(1_795_000_179_999, false), (1_795_000_180_000, true)] {
        let mut world = approved();
        let mut grant = parties::seal(Status::Active);
        grant.valid_until = Timestamp::from_unix_ms(until_ms);
        let change = Change::put(world::SEAL, &grant);
        world.act(SlotRole::Officer, "officer", vec![change]);
        world.seal();
        if is_fine {
            assert!(world.verdict().valid, "{until_ms}");
        } else {
            fails(&mut world, Check::Signatures, Fault::SealExpired);
        }
    }
}

#[test]
fn the_exchange_dispatches_by_the_policy_and_to_the_recipients() {
    let cases: [(Spoil<Dispatch>, Check, Fault); 6] = [
        (
            |body| body.due = vec![body.at.plus_ms(1)],
            Check::Dispatch,
            Fault::DueTime,
        ),
        (
            |body| body.at = body.at.plus_ms(1),
            Check::Dispatch,
            Fault::DueTime,
        ),
        (
            |body| body.policy = Digest::of(b""),
            Check::Dispatch,
            Fault::DueTime,
        ),
        (
            |body| body.deliveries = 2,
            Check::Dispatch,
            Fault::Recipients,
        ),
        (
            |body| body.due = vec![body.due[0]; 2],
            Check::Dispatch,
            Fault::Recipients,
        ),
        (
            |body| body.seal = Digest::of(b""),
            Check::Dispatch,
            Fault::Stale,
        ),
    ];
    for (number, (spoil, check, fault)) in cases.into_iter().enumerate() {
        let mut world = approved();
        world.seal();
        let mut body = world.dispatch_body();
        spoil(&mut body);
        world.dispatch_with(&body, "entries");
        let verdict = world.verdict();
        assert_eq!(failures(&verdict), [(check, fault)], "case {number}");
    }
}

#[test]
fn a6_only_the_exchange_dispatches() {
    let mut world = approved();
    world.seal();
    let body = world.dispatch_body();
    world.dispatch_with(&body, "checkpoint");
    fails(&mut world, Check::Signatures, Fault::Signature);
    let mut world = approved();
    world.seal();
    let signed = world.said(CLERK, &body);
    world.record(EntryKind::Dispatch, &signed, &[]);
    fails(&mut world, Check::Signatures, Fault::Unnamed);
}

#[test]
fn nothing_is_dispatched_without_a_seal() {
    let mut world = approved();
    world.dispatch();
    fails(&mut world, Check::Life, Fault::TooEarly);
}

#[test]
fn an_inspection_lists_what_must_be_looked_at() {
    let mut world = fetched();
    let mut body = world.receipt_body(FIRST);
    body.inspection.lines.remove(2);
    world.deliver(EntryKind::Receipt, FIRST, &body);
    fails(&mut world, Check::Inspections, Fault::Inspection);
    let mut world = fetched();
    let mut body = world.receipt_body(FIRST);
    body.inspection.lines[2].outcome = 3;
    world.deliver(EntryKind::Receipt, FIRST, &body);
    fails(&mut world, Check::Inspections, Fault::Inspection);
    let mut world = fetched();
    let mut body = world.return_body(FIRST);
    body.inspection.lines.truncate(6);
    world.deliver(EntryKind::Return, FIRST, &body);
    fails(&mut world, Check::Inspections, Fault::Inspection);
    let mut world = fetched();
    let mut body = world.return_body(FIRST);
    body.inspection.lines[0].outcome = 9;
    world.deliver(EntryKind::Return, FIRST, &body);
    fails(&mut world, Check::Inspections, Fault::Unreadable);
    let mut world = fetched();
    let mut body = world.return_body(FIRST);
    body.code = 63;
    world.deliver(EntryKind::Return, FIRST, &body);
    fails(&mut world, Check::Inspections, Fault::NoWords);
    assert_eq!(inspection(1).lines.len(), 8);
}

#[test]
fn e4_a_record_is_its_seals_own() {
    let cases: [(Spoil<SealRecord>, Fault); 7] = [
        (
            |record| record.picture = Digest::of(b"another picture"),
            Fault::SealRecord,
        ),
        (
            |record| record.seal = "513200-zfb-seal02".parse().unwrap(),
            Fault::SealRecord,
        ),
        (|record| record.ordinal = 2, Fault::SealRecord),
        (|record| record.version = 2, Fault::SealRecord),
        (
            |record| record.ses = Some(vec![0x30, 0].into()),
            Fault::SealRecord,
        ),
        (
            |record| record.about.manifest = Digest::of(b""),
            Fault::SealedDiffers,
        ),
        (
            |record| record.sealed[0] = Digest::of(b"one digit changed"),
            Fault::SealedDiffers,
        ),
    ];
    for (number, (spoil, fault)) in cases.into_iter().enumerate() {
        let mut world = approved();
        let mut record = world.seal_record();
        spoil(&mut record);
        let (body, record) = world.seal_body_with(&record);
        world.seal_with(CUSTODIAN, &body, record);
        let verdict = world.verdict();
        assert_eq!(
            failures(&verdict),
            [(Check::SealRecords, fault)],
            "case {number}"
        );
    }
}
