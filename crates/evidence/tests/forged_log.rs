//! Logs, lists, wraps and bodies that somebody with keys of his own has forged: each is signed
//! again as far as he can, and each is noticed by the one check that is there for it.

#[allow(
    dead_code,
    clippy::unwrap_used,
    reason = "a world for tests, used in parts"
)]
mod world;

use world::failing::{
    FIRST, Spoil, approved, fails, failures, fetched, head_fails, newest, replace,
};
use world::{CLERK, CUSTODIAN, MANAGER, ORIGIN, Plan, World, judge, unit};
use yichuan_document::key::SigningSecret;
use yichuan_document::manifest::Manifest;
use yichuan_document::roster::record::Status;
use yichuan_document::signed::{Seen, Signed, SlotRole};
use yichuan_document::statement::{Extract, Fetch, NumberRequest};
use yichuan_document::wrap::WrapList;
use yichuan_document::{Classification, Digest, Timestamp, cbor, tree};
use yichuan_envelope::ContentKey;
use yichuan_evidence::bundle::{Head, Proven, WrapProof};
use yichuan_evidence::checkpoint;
use yichuan_evidence::checkpoint::Checkpoint;
use yichuan_evidence::entry::{Entry, EntryKind};
use yichuan_evidence::proof::Path;
use yichuan_evidence::verify::{Check, Fault, Gap, Outcome, RootPin, What};

#[test]
fn c4_the_times_of_entries_never_go_back() {
    let mut world = World::lived();
    let at = newest(&world);
    replace(&mut world, at, |entry| {
        entry.time = Timestamp::from_unix_ms(1_795_000_000_000);
    });
    let verdict = world.verdict();
    let expected = [
        (Check::Order, Fault::TimeGoesBack),
        (Check::Order, Fault::TimeAhead),
    ];
    assert_eq!(failures(&verdict), expected);
}

#[test]
fn c9_two_roots_for_one_size_are_noticed() {
    let mut world = World::new();
    let (size, root) = (12, tree::root(&world.leaves()[..12]));
    world.seen = Some(Seen { size, root });
    world.submit();
    world.approve();
    assert!(world.verdict().valid);
    world.seen = Some(Seen {
        size,
        root: Digest::of(b"another face"),
    });
    world.seal();
    world.seen = None;
    fails(&mut world, Check::Order, Fault::SplitView);
}

#[test]
fn c9_nobody_has_seen_what_was_not_yet_there() {
    let size = World::new().log.len() as u64;
    for (size, is_fine) in [(size, true), (size + 1, false), (u64::MAX, false)] {
        let mut world = World::new();
        world.seen = Some(Seen {
            size,
            root: tree::root(&world.leaves()),
        });
        world.submit();
        world.seen = None;
        if is_fine {
            assert!(world.verdict().valid, "{size}");
        } else {
            fails(&mut world, Check::Order, Fault::SeenTooLarge);
        }
    }
}

#[test]
fn c10_a_proof_is_of_this_entry_at_this_place() {
    let spoil: [fn(&mut Proven); 5] = [
        |proven| proven.path = Path::new(proven.path.digests()[1..].to_vec()).unwrap(),
        |proven| {
            let longer = [proven.path.digests(), &[Digest::of(b"")]].concat();
            proven.path = Path::new(longer).unwrap();
        },
        |proven| {
            let mut digests = proven.path.digests().to_vec();
            digests.swap(0, 1);
            proven.path = Path::new(digests).unwrap();
        },
        |proven| proven.path = Path::default(),
        |proven| {
            let mut entry = Entry::read(&proven.entry).unwrap();
            entry.salt = [7; 32].into();
            proven.entry = entry.to_bytes().into();
        },
    ];
    for spoil in spoil {
        let mut world = World::lived();
        head_fails(
            &mut world,
            |head| spoil(&mut head.entries[3]),
            Check::Inclusion,
            Fault::Proof,
        );
        head_fails(
            &mut world,
            |head| spoil(&mut head.roster[3]),
            Check::Inclusion,
            Fault::Proof,
        );
    }
}

#[test]
fn c8_the_log_cannot_be_shorter_than_its_entries() {
    let mut world = World::lived();
    let (note, extract) = {
        let mut before = World::dispatched();
        let body = before.extract_body();
        (before.note("checkpoint"), before.extract(&body))
    };
    let mut head = world.head();
    head.checkpoint = note;
    head.extract = extract.into();
    let verdict = judge(&world.write(&head), Some(&world.pin()));
    let expected = [
        (Check::Inclusion, Fault::Proof),
        (Check::Extract, Fault::EntryExtra),
    ];
    assert_eq!(failures(&verdict), expected);
}

#[test]
fn c5_an_entry_that_is_left_out_is_missed() {
    let mut world = World::lived();
    let dropped = |head: &mut Head| drop(head.entries.pop());
    head_fails(&mut world, dropped, Check::Extract, Fault::EntryMissing);
}

#[test]
fn c5_an_entry_that_the_exchange_does_not_list_is_noticed() {
    let mut world = World::lived();
    let mut body = world.extract_body();
    body.entries.pop();
    let extract = world.extract(&body);
    let less = |head: &mut Head| head.extract = extract.into();
    head_fails(&mut world, less, Check::Extract, Fault::EntryExtra);
}

#[test]
fn c5_a_revocation_cannot_be_hidden() {
    let mut world = World::new();
    world.submit();
    world.set_account("513200-zfb-gl01", Status::Closed);
    let hidden = newest(&world) as u64;
    world.approve();
    let mut head = world.head();
    head.roster.retain(|proven| proven.index != hidden);
    let verdict = judge(&world.write(&head), Some(&world.pin()));
    let expected = [
        (Check::Roster, Fault::AnotherRoster),
        (Check::Extract, Fault::AnotherRoster),
    ];
    assert_eq!(failures(&verdict), expected);
}

#[test]
fn the_list_is_of_this_document_at_this_size_for_a_party() {
    let mut world = World::lived();
    let cases: [(Spoil<Extract>, Fault); 4] = [
        (|body| body.size += 1, Fault::AnotherSize),
        (
            |body| body.about.manifest = Digest::of(b""),
            Fault::AnotherDocument,
        ),
        (
            |body| body.reader = "513299-zf@yichuan.example".parse().unwrap(),
            Fault::NoParty,
        ),
        (|body| body.entries.swap(0, 1), Fault::IndexOrder),
    ];
    for (spoil, fault) in cases {
        let mut body = world.extract_body();
        spoil(&mut body);
        let extract = world.extract(&body);
        head_fails(
            &mut world,
            |head| head.extract = extract.into(),
            Check::Extract,
            fault,
        );
    }
}

#[test]
fn c1_only_the_exchange_makes_the_list() {
    let mut world = World::lived();
    let body = world.extract_body();
    for (role, key) in [
        (SlotRole::Exchange, "checkpoint"),
        (SlotRole::Account, "entries"),
    ] {
        let payload = world.payload(None, &body);
        let signed = world.sign(&payload, &[(role, key)]).to_bytes();
        let forged = |head: &mut Head| head.extract = signed.into();
        head_fails(&mut world, forged, Check::Extract, Fault::Signature);
    }
}

#[test]
fn c9_the_checkpoint_is_this_logs_own() {
    let mut world = World::lived();
    let checkpoint = Checkpoint {
        origin: ORIGIN.parse().unwrap(),
        size: world.log.len() as u64,
        root: tree::root(&world.leaves()),
    };
    let another = Checkpoint {
        origin: "other.example".parse().unwrap(),
        ..checkpoint.clone()
    };
    let key = &world.keys["checkpoint"];
    let notes = [
        checkpoint::sign(&another, key).export(),
        checkpoint::sign(&checkpoint, &world.keys["entries"]).export(),
        checkpoint::sign(&checkpoint, key)
            .export()
            .replace(ORIGIN, "other.example"),
        String::new(),
    ];
    for note in notes {
        let shown = note.clone();
        let mut head = world.head();
        head.checkpoint = note;
        let verdict = judge(&world.write(&head), Some(&world.pin()));
        let expected = [
            (Check::Checkpoint, Fault::Note),
            (Check::Extract, Fault::AnotherSize),
        ];
        assert_eq!(failures(&verdict), expected, "{shown}");
    }
}

#[test]
fn c11_a_line_that_nobody_can_check_has_no_place() {
    let mut world = World::lived();
    let stranger = SigningSecret::from_seed(&[9; 32]);
    let checkpoint = Checkpoint {
        origin: ORIGIN.parse().unwrap(),
        size: world.log.len() as u64,
        root: tree::root(&world.leaves()),
    };
    let line = checkpoint::sign(&checkpoint, &stranger).export();
    let line = line.lines().last().unwrap().to_owned();
    let add = |head: &mut Head| head.checkpoint = format!("{}{line}\n", head.checkpoint);
    head_fails(&mut world, add, Check::Checkpoint, Fault::UnknownLines);
}

#[test]
fn nothing_stands_without_the_right_root() {
    let mut world = World::lived();
    let (bundle, pin) = (world.bundle(), world.pin());
    let cases = [
        (None, Fault::NoRoot),
        (
            Some(RootPin {
                genesis: Digest::of(b"another genesis"),
                ..pin.clone()
            }),
            Fault::AnotherGenesis,
        ),
        (
            Some(RootPin {
                origin: "other.example".parse().unwrap(),
                ..pin
            }),
            Fault::AnotherOrigin,
        ),
    ];
    for (root, fault) in cases {
        let verdict = judge(&bundle, root.as_ref());
        assert_eq!(failures(&verdict), [(Check::Anchor, fault)], "{root:?}");
        assert!(!verdict.valid, "{root:?}");
    }
}

#[test]
fn d4_traffic_of_another_installation_is_void() {
    let mut world = World::new();
    world.submit();
    let body = world.approval_body();
    for number in 0..2 {
        let mut world = World::new();
        world.submit();
        let mut payload = world.payload(Some(MANAGER), &body);
        if number == 0 {
            payload.genesis = Digest::of(b"test installation");
        } else {
            payload.origin = "test.example".parse().unwrap();
        }
        let signed = world.signed_by(MANAGER, &payload);
        world.record(EntryKind::Approval, &signed, &[]);
        fails(&mut world, Check::Statements, Fault::AnotherInstallation);
    }
}

#[test]
fn g2_a_statement_relies_on_a_roster_that_there_was() {
    let mut world = World::new();
    world.submit();
    let body = world.approval_body();
    let mut payload = world.payload(Some(MANAGER), &body);
    payload.roster.count += 1;
    let signed = world.signed_by(MANAGER, &payload);
    world.record(EntryKind::Approval, &signed, &[]);
    fails(&mut world, Check::Statements, Fault::UnknownRoster);
}

#[test]
fn a_version_of_a_later_release_is_not_guessed_at() {
    let mut world = World::new();
    world.submit();
    let body = world.approval_body();
    let mut payload = world.payload(Some(MANAGER), &body);
    payload.version = 2;
    let signed = world.signed_by(MANAGER, &payload);
    world.record(EntryKind::Approval, &signed, &[]);
    fails(&mut world, Check::Statements, Fault::UnknownVersion);
}

#[test]
fn d2_one_id_is_for_one_statement() {
    let mut world = fetched();
    let before = Entry::read(&world.log[newest(&world)].0).unwrap();
    let id = before.signed().unwrap().claimed().unwrap().id;
    let body = world.receipt_body(FIRST);
    let mut payload = world.payload(Some("513201-zf-js01"), &body);
    payload.id = id;
    let signed = world.signed_by("513201-zf-js01", &payload);
    world.record(EntryKind::Receipt, &signed, &[]);
    fails(&mut world, Check::Statements, Fault::Repeated);
}

#[test]
fn f4_a_level_that_may_not_pass_is_never_valid() {
    for level in [Classification::Confidential, Classification::TopSecret] {
        let mut plan = Plan::small();
        plan.level = level;
        let mut world = World::with(&plan);
        world.submit();
        let verdict = world.verdict();
        let expected = [
            (Check::Level, Fault::Level),
            (Check::Header, Fault::HeaderDiffers),
        ];
        assert_eq!(failures(&verdict), expected, "{level:?}");
        assert!(verdict.document.unwrap().content.is_none(), "{level:?}");
    }
}

#[test]
fn f3_a_level_that_differs_inside_releases_nothing() {
    let mut plan = Plan::small();
    plan.inner_level = Classification::Secret;
    let mut world = World::with(&plan);
    world.submit();
    let verdict = world.verdict();
    assert_eq!(failures(&verdict), [(Check::Header, Fault::HeaderDiffers)]);
    assert!(!verdict.valid);
    assert!(verdict.document.unwrap().content.is_none());
}

#[test]
fn a3_parts_cannot_be_exchanged() {
    let mut world = World::lived();
    world.document.parts.swap(0, 1);
    fails(&mut world, Check::Body, Fault::BodyDiffers);
    let mut world = World::lived();
    world.document.parts[1][17] ^= 1;
    fails(&mut world, Check::Body, Fault::BodyDiffers);
}

#[test]
fn b1_segments_cannot_be_exchanged() {
    let mut world = World::lived();
    let at = world.document.segments.len() - 1;
    world.document.segments[at] ^= 1;
    let closed = |head: &mut Head| head.opening = None;
    head_fails(&mut world, closed, Check::Body, Fault::BodyDiffers);
}

#[test]
fn b2_another_key_breaks_its_commitment() {
    let mut world = World::lived();
    let mut head = world.head();
    head.opening.as_mut().unwrap().key = ContentKey::from_bytes(&[1; 32]);
    let verdict = judge(&world.write(&head), Some(&world.pin()));
    let expected = [
        (Check::Commitment, Fault::CommitmentDiffers),
        (Check::Body, Fault::BodyDiffers),
        (Check::SealRecords, Fault::SealRecord),
    ];
    assert_eq!(failures(&verdict), expected);
    assert!(verdict.document.unwrap().content.is_none());
}

#[test]
fn b1_another_leaf_list_is_not_the_manifests() {
    let mut world = World::lived();
    let other = {
        let mut plan = Plan::small();
        plan.parts[0].push(b'.');
        World::with(&plan).document.leaves.to_bytes()
    };
    let mut head = world.head();
    head.leaves = other.into();
    let verdict = judge(&world.write(&head), Some(&world.pin()));
    let expected = [
        (Check::Leaves, Fault::LeavesDiffer),
        (Check::Body, Fault::BodyDiffers),
    ];
    assert_eq!(failures(&verdict), expected);
}

#[test]
fn b3_the_wraps_are_one_for_each_holder() {
    let cases: [fn(&mut WrapList); 4] = [
        |list| list.0.swap(1, 2),
        |list| drop(list.0.pop()),
        |list| list.0[1].epoch = 2,
        |list| list.0[1].ct.push(0),
    ];
    for (number, spoil) in cases.into_iter().enumerate() {
        let mut world = World::new();
        spoil(&mut world.document.wraps);
        world.submit();
        let verdict = world.verdict();
        assert_eq!(
            failures(&verdict),
            [(Check::Wraps, Fault::WrapsDiffer)],
            "case {number}"
        );
    }
}

#[test]
fn b3_a_single_wrap_is_proved_to_be_in_the_list() {
    let mut world = World::lived();
    let leaves = world.document.wraps.leaves();
    let right = WrapProof {
        wrap: world.document.wraps.0[2].clone(),
        index: 2,
        path: Path::new(tree::inclusion_path(&leaves, 2).unwrap()).unwrap(),
    };
    let mut head = world.head();
    head.wraps = vec![right.clone()];
    head.attachments.remove(1);
    let verdict = judge(&world.write(&head), Some(&world.pin()));
    assert!(verdict.valid, "{:#?}", verdict.findings);
    let cases: [fn(&mut WrapProof); 4] = [
        |proof| proof.index = 1,
        |proof| proof.wrap.ct[0] ^= 1,
        |proof| proof.wrap.unit = unit(FIRST),
        |proof| proof.path = Path::default(),
    ];
    for (number, spoil) in cases.into_iter().enumerate() {
        let mut wrong = right.clone();
        spoil(&mut wrong);
        head.wraps = vec![wrong];
        let verdict = judge(&world.write(&head), Some(&world.pin()));
        assert_eq!(
            failures(&verdict),
            [(Check::Wraps, Fault::WrapsDiffer)],
            "case {number}"
        );
    }
}

#[test]
fn a2_nothing_is_attached_that_no_entry_names() {
    let mut world = World::lived();
    let more = |head: &mut Head| head.attachments.push(b"more".to_vec().into());
    head_fails(&mut world, more, Check::Attachments, Fault::Surplus);
    let twice = |head: &mut Head| head.attachments.insert(1, head.attachments[0].clone());
    head_fails(&mut world, twice, Check::Attachments, Fault::Surplus);
    let swapped = |head: &mut Head| head.attachments.swap(0, 1);
    head_fails(&mut world, swapped, Check::Attachments, Fault::Surplus);
}

#[test]
fn a2_an_entry_attaches_what_its_statement_names() {
    let mut world = fetched();
    let body = world.receipt_body(FIRST);
    let signed = world.said("513201-zf-js01", &body);
    world.record(EntryKind::Receipt, &signed, &[b"more".to_vec()]);
    fails(&mut world, Check::Attachments, Fault::AttachmentsDiffer);
    let mut world = approved();
    let (body, _) = world.seal_body();
    world.seal_with(CUSTODIAN, &body, b"another record".to_vec());
    fails(&mut world, Check::Attachments, Fault::AttachmentsDiffer);
}

#[test]
fn without_the_manifest_nothing_begins() {
    let mut world = World::new();
    world.submit();
    let mut head = world.head();
    head.attachments.remove(0);
    let verdict = judge(&world.write(&head), Some(&world.pin()));
    assert_eq!(failures(&verdict), [(Check::Manifest, Fault::Absent)]);
    assert!(!verdict.valid && verdict.document.is_none());
}

#[test]
fn a_manifest_is_between_units_that_are_open() {
    let cases: [(Spoil<Manifest>, Fault); 4] = [
        (
            |manifest| manifest.recipients[0].unit = unit("513299-zf"),
            Fault::Unit,
        ),
        (
            |manifest| manifest.recipients[0].unit = "513201-zf@other.example".parse().unwrap(),
            Fault::Unit,
        ),
        (|manifest| manifest.version = 2, Fault::Manifest),
        (
            |manifest| manifest.account = "513200-zfb-fs02".parse().unwrap(),
            Fault::AnotherDocument,
        ),
    ];
    for (spoil, fault) in cases {
        let mut world = World::new();
        spoil(&mut world.document.manifest);
        world.submit();
        let verdict = world.verdict();
        assert_eq!(failures(&verdict)[0], (Check::Manifest, fault));
        assert!(!verdict.valid);
    }
}

#[test]
fn a_number_stands_only_where_one_was_asked_for() {
    let mut world = World::dispatched();
    let body = Fetch {
        delivery: world.delivery(FIRST),
    };
    let signed = world.said("513201-zf-js01", &body);
    world.append(EntryKind::Fetch, &signed, &[], Some(7), true);
    fails(&mut world, Check::Statements, Fault::Allotted);
    let request = |document| NumberRequest {
        series: "云政办发".to_owned(),
        year: 2026,
        document,
        count: None,
    };
    for (allotted, is_own, fault) in [
        (Some(17), true, None),
        (None, true, Some(Fault::Allotted)),
        (Some(17), false, Some(Fault::AnotherDocument)),
    ] {
        let mut world = World::new();
        world.submit();
        let body = request(is_own.then_some(world.about()));
        let signed = world.said(CLERK, &body);
        world.append(EntryKind::Number, &signed, &[], allotted, true);
        match fault {
            Some(fault) => fails(&mut world, Check::Statements, fault),
            None => assert!(world.verdict().valid),
        }
    }
}

/// A statement of a later release, by a recipient, about its delivery.
fn unknown_statement(world: &mut World) -> Signed {
    let body = Fetch {
        delivery: world.delivery(FIRST),
    };
    let mut payload = world.payload(Some("513201-zf-js01"), &body);
    "yichuan/check/1".clone_into(&mut payload.purpose);
    payload.body = cbor::to_vec(&7_u8);
    world.signed_by("513201-zf-js01", &payload)
}

#[test]
fn a_kind_of_a_later_release_is_shown_as_unknown() {
    let mut world = fetched();
    let signed = unknown_statement(&mut world);
    world.record(EntryKind::Unknown(47), &signed, &[]);
    // What follows may rest on it.
    world.last.insert(FIRST.to_owned(), signed.digest());
    world.receipt(FIRST);
    let verdict = world.verdict();
    assert!(verdict.valid, "{:#?}", verdict.findings);
    let told = What::Unknown {
        kind: 47,
        purpose: Some("yichuan/check/1"),
    };
    assert!(verdict.story.iter().any(|event| event.what == told));
    let unknown = verdict
        .findings
        .iter()
        .find(|finding| finding.check == Check::KnownKinds);
    assert_eq!(
        unknown.unwrap().outcome,
        Outcome::NotChecked(Gap::UnknownKind)
    );
}

#[test]
fn an_unknown_kind_among_the_roster_is_not_passed_over() {
    let mut world = fetched();
    let signed = unknown_statement(&mut world);
    world.append(EntryKind::Unknown(9), &signed, &[], None, false);
    fails(&mut world, Check::Roster, Fault::UnknownRosterKind);
}

#[test]
fn a_roster_statement_by_nobody_is_refused() {
    let mut world = World::new();
    let at = newest(&world);
    replace(&mut world, at, |entry| {
        let mut signed = entry.signed().unwrap();
        signed.add(SlotRole::Officer, &SigningSecret::from_seed(&[9; 32]));
        entry.statement = signed.to_bytes().into();
    });
    world.submit();
    let verdict = world.verdict();
    assert_eq!(failures(&verdict)[0], (Check::Roster, Fault::RosterRefuses));
    assert!(!verdict.valid);
}

#[test]
fn the_order_of_the_log_is_the_order_of_the_bundle() {
    let mut world = World::lived();
    let mut head = world.head();
    head.entries.swap(0, 1);
    let verdict = judge(&world.write(&head), Some(&world.pin()));
    assert!(failures(&verdict).contains(&(Check::Order, Fault::IndexOrder)));
    let mut head = world.head();
    let again = head.entries[0].clone();
    head.entries.insert(0, again);
    let verdict = judge(&world.write(&head), Some(&world.pin()));
    assert!(failures(&verdict).contains(&(Check::Order, Fault::IndexOrder)));
    let mut head = world.head();
    head.roster.remove(0);
    let verdict = judge(&world.write(&head), Some(&world.pin()));
    assert!(failures(&verdict).contains(&(Check::Roster, Fault::UnknownRoster)));
}
