//! Bundles of a whole life: what is valid, and that every change of a bit is noticed.

#[allow(
    dead_code,
    clippy::unwrap_used,
    reason = "a world for tests, used in parts"
)]
mod world;

use proptest::prelude::*;
use world::failing::Spoil;
use world::{ISSUER, Plan, RECIPIENTS, World, judge, unit, write};
use yichuan_document::Digest;
use yichuan_document::life::{DeliveryState, Stage};
use yichuan_evidence::bundle::{self, BadHead, MAGIC, NotEvidence, NotWritten};
use yichuan_evidence::verify::{Check, Gap, Outcome, RootPin, Unproven, Verdict, What, verify};

fn outcomes(verdict: &Verdict, check: Check) -> Vec<Outcome> {
    let of = verdict
        .findings
        .iter()
        .filter(|finding| finding.check == check);
    of.map(|finding| finding.outcome).collect()
}

#[test]
fn a_whole_life_is_valid_and_told_in_order() {
    let mut world = World::lived();
    let verdict = world.verdict();
    assert!(verdict.valid, "{:#?}", verdict.findings);
    for check in Check::ALL {
        let expected = match check {
            // The sender has not looked yet.
            Check::Inquiries => Outcome::NotChecked(Gap::NothingThere),
            _ => Outcome::Passed,
        };
        assert_eq!(outcomes(&verdict, check), [expected], "{check:?}");
    }
    assert_eq!(verdict.story.len(), 10);
    assert!(verdict.story.iter().all(|event| event.stands));
    assert!(
        verdict
            .story
            .windows(2)
            .all(|two| two[0].time < two[1].time)
    );
    assert!(matches!(
        verdict.story[9].what,
        What::Returned { code: 10, .. }
    ));
    let who = verdict.story[0].who.as_ref().unwrap();
    assert_eq!(who.person, Some("p-zhang3".parse().unwrap()));
    assert_eq!(who.unit.as_deref(), Some("云岭州人民政府办公室"));
    let document = verdict.document.unwrap();
    assert_eq!(document.stage, Stage::Dispatched);
    assert_eq!(document.content.unwrap().parts.len(), 2);
    let states: Vec<_> = verdict
        .deliveries
        .iter()
        .map(|it| it.state.unwrap())
        .collect();
    let signed = DeliveryState::SignedFor;
    assert_eq!(states, [signed, signed, DeliveryState::Returned]);
    assert_eq!(verdict.claimed, Some(world.pin()));
    let size = world.log.len() as u64;
    let unproven = [
        Unproven::AfterSize { size },
        Unproven::PersonLooked,
        Unproven::Time,
        Unproven::SameLog,
    ];
    assert_eq!(verdict.unproven, unproven);
}

#[test]
fn every_beginning_of_a_life_is_valid() {
    let steps: [fn(&mut World); 7] = [
        World::submit,
        World::approve,
        World::seal,
        World::dispatch,
        |world| world.fetch(RECIPIENTS[0]),
        |world| world.receipt(RECIPIENTS[0]),
        |world| world.fetch(RECIPIENTS[0]),
    ];
    let mut world = World::new();
    for (count, step) in steps.iter().enumerate() {
        step(&mut world);
        let verdict = world.verdict();
        assert!(
            verdict.valid,
            "after {} steps: {:#?}",
            count + 1,
            verdict.findings
        );
    }
}

#[test]
fn a_bundle_without_an_entry_proves_nothing() {
    let verdict = World::new().verdict();
    assert!(!verdict.valid);
    assert!(verdict.document.is_none() && verdict.story.is_empty());
}

#[test]
fn with_ciphertext_the_body_is_checked_and_the_content_is_not() {
    let mut world = World::lived();
    let mut head = world.head();
    head.opening = None;
    let bundle = world.write(&head);
    let verdict = judge(&bundle, Some(&world.pin()));
    assert!(verdict.valid, "{:#?}", verdict.findings);
    assert_eq!(outcomes(&verdict, Check::Body), [Outcome::Passed]);
    let not_there = Outcome::NotChecked(Gap::NotInBundle);
    assert_eq!(outcomes(&verdict, Check::Openings), [not_there]);
    assert_eq!(outcomes(&verdict, Check::Header), [not_there]);
    assert!(verdict.document.unwrap().content.is_none());
    assert!(verdict.unproven.contains(&Unproven::Content));
}

#[test]
fn a_recipient_proves_its_own_delivery_and_no_other() {
    let mut world = World::dispatched();
    world.fetch(RECIPIENTS[0]);
    world.receipt(RECIPIENTS[0]);
    let at = world.log.len();
    world.fetch(RECIPIENTS[1]);
    // What another recipient did is in the log, and is not the reader's to have.
    world.log[at].1 = false;
    let mut head = world.head();
    head.roster.retain(|proven| proven.index != at as u64);
    head.attachments.remove(1);
    let mut body = world.extract_body();
    body.reader = unit(RECIPIENTS[0]);
    head.extract = world.extract(&body).into();
    let verdict = judge(&world.write(&head), Some(&world.pin()));
    assert!(verdict.valid, "{:#?}", verdict.findings);
    let states: Vec<_> = verdict.deliveries.iter().map(|it| it.state).collect();
    assert_eq!(states, [Some(DeliveryState::SignedFor), None, None]);
    assert!(verdict.unproven.contains(&Unproven::OtherRecipients));
    assert_eq!(
        outcomes(&verdict, Check::Wraps),
        [Outcome::NotChecked(Gap::NotInBundle)]
    );
}

#[test]
fn a_body_of_many_segments_is_closed_again() {
    let mut plan = Plan::small();
    let byte = |at: u32| at.to_le_bytes()[1];
    plan.parts = vec![
        (0..2_200_000).map(byte).collect(),
        Vec::new(),
        vec![7; 1 << 20],
    ];
    let mut world = World::with(&plan);
    world.submit();
    let bundle = world.bundle();
    let mut told = Vec::new();
    let progress = &mut |done, all| told.push((done, all));
    let verdict = verify(bundle.as_slice(), Some(&world.pin()), progress).unwrap();
    assert!(verdict.valid, "{:#?}", verdict.findings);
    let all = 2_200_000 + (1 << 20);
    assert_eq!(told.last(), Some(&(all, all)));
    let mut swapped = plan.parts.concat();
    swapped.rotate_left(1 << 20);
    let head = world.head();
    let verdict = judge(&write(&head, &swapped), Some(&world.pin()));
    assert!(!verdict.valid);
    assert!(
        verdict.document.unwrap().content.is_none(),
        "what is not signed is not told"
    );
}

/// A number that looks like chance and is the same each time.
fn chance(seed: usize) -> usize {
    let digest = *Digest::of(&seed.to_be_bytes()).as_bytes();
    digest[..4]
        .iter()
        .fold(0, |all, byte| all << 8 | usize::from(*byte))
}

/// Whether the file is whole: readable, and with the right digest at its end.
fn is_whole(bundle: &[u8]) -> bool {
    bundle::open(bundle).and_then(|opened| opened.rest.finish()) == Ok(true)
}

/// Writes the digest that belongs to what comes before it.
fn with_digest(bundle: &mut [u8]) {
    let at = bundle.len() - 32;
    let digest = Digest::of(&bundle[..at]);
    bundle[at..].copy_from_slice(digest.as_bytes());
}

#[test]
fn i1_every_byte_of_the_file_is_under_its_digest() {
    let bundle = World::lived().bundle();
    assert!(is_whole(&bundle));
    for at in 0..bundle.len() {
        let bit = chance(at) % 8;
        let mut bad = bundle.clone();
        bad[at] ^= 1 << bit;
        assert!(!is_whole(&bad), "byte {at}, bit {bit}");
    }
    for at in 0..MAGIC.len() + 64 {
        for bit in 0..8 {
            let mut bad = bundle.clone();
            bad[at] ^= 1 << bit;
            assert!(!is_whole(&bad), "byte {at}, bit {bit}");
        }
    }
}

#[test]
fn i1_a_changed_bit_is_noticed_even_with_a_new_digest() {
    let mut world = World::lived();
    let (bundle, pin) = (world.bundle(), world.pin());
    for at in (0..bundle.len() - 32).step_by(23) {
        let (at, bit) = (at + chance(at) % 23, chance(at) / 23 % 8);
        if at >= bundle.len() - 32 {
            continue;
        }
        let mut bad = bundle.clone();
        bad[at] ^= 1 << bit;
        with_digest(&mut bad);
        let verdict = verify(bad.as_slice(), Some(&pin), &mut |_, _| ());
        assert!(
            verdict.is_err() || !verdict.unwrap().valid,
            "byte {at}, bit {bit}"
        );
    }
}

#[test]
fn i1_a_shorter_or_longer_file_is_no_evidence() {
    let mut world = World::lived();
    let (bundle, pin) = (world.bundle(), world.pin());
    let refusal = |bytes: &[u8]| verify(bytes, Some(&pin), &mut |_, _| ()).unwrap_err();
    for length in (0..bundle.len()).step_by(997).chain([bundle.len() - 1]) {
        let expected = if length < MAGIC.len() {
            NotEvidence::NotABundle
        } else {
            NotEvidence::Truncated
        };
        assert_eq!(refusal(&bundle[..length]), expected, "{length} bytes");
    }
    assert_eq!(
        refusal(&[bundle.as_slice(), &[0]].concat()),
        NotEvidence::Trailing
    );
}

#[test]
fn what_is_no_bundle_is_refused_with_its_reason() {
    let refusal = |bytes: &[u8]| verify(bytes, None, &mut |_, _| ()).unwrap_err();
    let with_head = |length: u32, head: &[u8]| [MAGIC, &length.to_be_bytes(), head].concat();
    assert_eq!(refusal(b""), NotEvidence::NotABundle);
    assert_eq!(
        refusal(b"%PDF-1.7\n%some more bytes"),
        NotEvidence::NotABundle
    );
    assert_eq!(
        refusal(b"yichuan-evidence/2\n\0\0\0\0"),
        NotEvidence::UnknownVersion
    );
    assert_eq!(refusal(MAGIC), NotEvidence::Truncated);
    let huge = NotEvidence::HeadTooLong { bytes: u32::MAX };
    assert_eq!(refusal(&with_head(u32::MAX, b"")), huge);
    assert_eq!(refusal(&with_head(32 << 20, b"")), NotEvidence::Truncated);
    for head in [
        &b"\xa0"[..],
        b"\xbf\xff",
        b"\x80",
        b"\xa1\x08\x80",
        b"\xa1\x00\x00",
    ] {
        let refused = refusal(&with_head(u32::try_from(head.len()).unwrap(), head));
        assert!(
            matches!(refused, NotEvidence::Unreadable(_)),
            "{head:x?}: {refused:?}"
        );
    }
}

#[test]
fn a_head_beyond_a_limit_is_neither_written_nor_read() {
    type Is = fn(&BadHead) -> bool;
    let mut world = World::lived();
    let cases: [(Spoil<bundle::Head>, Is); 6] = [
        (
            |head| head.attachments.push(vec![0; 8 << 20].into()),
            |bad| matches!(bad, BadHead::Attachments),
        ),
        (
            |head| head.roster[0].entry = vec![0; 8 << 20].into(),
            |bad| matches!(bad, BadHead::Roster),
        ),
        (
            |head| head.entries[0].entry = vec![0; 8 << 20].into(),
            |bad| matches!(bad, BadHead::Entries),
        ),
        (
            |head| head.extract = vec![0; 16 << 10].into(),
            |bad| matches!(bad, BadHead::Extract),
        ),
        (
            |head| head.leaves = vec![0; 35].into(),
            |bad| matches!(bad, BadHead::Leaves(_)),
        ),
        (
            |head| head.opening.as_mut().unwrap().header.clear(),
            |bad| matches!(bad, BadHead::Header(_)),
        ),
    ];
    for (number, (spoil, expected)) in cases.into_iter().enumerate() {
        let mut head = world.head();
        spoil(&mut head);
        let Err(NotWritten::Head(bad)) = bundle::BundleWriter::begin(Vec::new(), &head) else {
            panic!("case {number} was written");
        };
        assert!(expected(&bad), "case {number}: {bad:?}");
    }
}

#[test]
fn a_writer_takes_exactly_the_body() {
    use std::io::Write;
    let mut world = World::lived();
    let head = world.head();
    let body = world.document.parts.concat();
    let mut short = bundle::BundleWriter::begin(Vec::new(), &head).unwrap();
    short.write_all(&body[1..]).unwrap();
    assert!(matches!(
        short.finish(),
        Err(NotWritten::Unfinished { missing: 1 })
    ));
    let mut long = bundle::BundleWriter::begin(Vec::new(), &head).unwrap();
    assert!(long.write_all(&[body.as_slice(), &[0]].concat()).is_err());
}

#[test]
fn the_line_of_a_root_is_read_in_one_form() {
    let pin = World::new().pin();
    let line = pin.to_string();
    assert_eq!(line.parse(), Ok(pin.clone()));
    assert_eq!(format!("{line}\n").parse(), Ok(pin));
    let wrong = [
        String::new(),
        format!("{line}\n\n"),
        format!(" {line}"),
        line.to_uppercase(),
        line.replace("v1", "v2"),
        line.replacen(' ', "  ", 1),
        line.replacen(' ', "\t", 1),
        line[..line.len() - 1].to_owned(),
        format!("{line}0"),
    ];
    for text in wrong {
        assert!(text.parse::<RootPin>().is_err(), "{text}");
    }
}

#[test]
fn i7_what_opens_the_body_does_not_show_itself() {
    let mut world = World::lived();
    let head = world.head();
    let shown = format!("{head:?}");
    assert!(shown.contains("Opening(..)"));
    assert!(
        !shown.contains("66, 66, 66") && !shown.contains("424242"),
        "the key shows"
    );
    assert_eq!(world.document.manifest.issuers[0].unit, unit(ISSUER));
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = verify(bytes.as_slice(), None, &mut |_, _| ());
        let length = u32::try_from(bytes.len()).unwrap();
        let framed = [MAGIC, &length.to_be_bytes(), &bytes].concat();
        prop_assert!(verify(framed.as_slice(), None, &mut |_, _| ()).is_err());
    }
}
