//! Tests of the manifest.

use super::*;

fn sample() -> Manifest {
    let recipient = |code: &str, role| Recipient {
        unit: format!("{code}@yichuan.example").parse().unwrap(),
        role,
        print_quota: 3,
    };
    Manifest {
        version: MANIFEST_VERSION,
        id: "019a0000-0000-7000-8000-000000000001".parse().unwrap(),
        issuers: vec![Issuer {
            unit: "513200-zfb@yichuan.example".parse().unwrap(),
            seal_ordinal: 1,
        }],
        account: "513200-zfb-fs01".parse().unwrap(),
        recipients: vec![
            recipient("513201-zf", RecipientRole::Main),
            recipient("513202-zf", RecipientRole::Main),
            recipient("513200-daj", RecipientRole::Copy),
        ],
        level: Classification::Internal,
        period: None,
        urgency: Urgency::Urgent,
        kind: DocumentKind::Notice,
        number: Some("云政办发〔2026〕17号".parse().unwrap()),
        composed_at: Timestamp::from_unix_ms(1_795_000_000_000),
        valid_until: None,
        body_bytes: 20_000,
        segments: 2,
        segment_bytes: SEGMENT_BYTES,
        root: Digest::of(b"root"),
        commitment: Digest::of(b"commitment"),
        suite: BODY_SUITE_1,
        replaces: None,
        replies_to: None,
        receipts_stand: None,
    }
}

#[test]
fn a_manifest_is_read_as_it_was_written() {
    let manifest = sample();
    assert_eq!(Manifest::read(&manifest.to_bytes()), Ok(manifest));
}

#[test]
fn a_good_manifest_passes() {
    assert_eq!(
        sample().check(Ceiling::Secret).map(Transmissible::level),
        Ok(Classification::Internal)
    );
}

#[test]
fn f4_the_level_is_judged_before_anything_else() {
    for level in [Classification::Confidential, Classification::TopSecret] {
        let manifest = Manifest {
            level,
            recipients: Vec::new(),
            ..sample()
        };
        let ceiling = Ceiling::Secret;
        let refusal = BadManifest::Level(NotTransmissible { level, ceiling });
        assert_eq!(manifest.check(ceiling), Err(refusal));
    }
    assert!(sample().check(Ceiling::Public).is_err());
}

/// A change of a good manifest, and why it is refused then.
type Refused<'a> = (&'a dyn Fn(&mut Manifest), BadManifest);

#[test]
fn a_manifest_refuses_what_does_not_fit() {
    let unit = |text: &str| text.parse::<UnitRef>().unwrap();
    let edit = |change: &dyn Fn(&mut Manifest)| {
        let mut manifest = sample();
        change(&mut manifest);
        manifest.check(Ceiling::Secret).unwrap_err()
    };
    let own = unit("513200-zfb@yichuan.example");
    let twice = unit("513201-zf@yichuan.example");
    let cases: &[Refused<'_>] = &[
        (&|m| m.version = 2, BadManifest::UnknownVersion { found: 2 }),
        (
            &|m| m.period = SecrecyPeriod::months(12),
            BadManifest::PeriodWithoutSecret,
        ),
        (&|m| m.issuers.clear(), BadManifest::NoIssuer),
        (
            &|m| m.account = "513201-zf-fs01".parse().unwrap(),
            BadManifest::AccountNotOfLead,
        ),
        (
            &|m| m.issuers[0].seal_ordinal = 0,
            BadManifest::SealOrdinals,
        ),
        (&|m| m.recipients.clear(), BadManifest::NoRecipient),
        (
            &|m| m.recipients[1].unit = twice.clone(),
            BadManifest::Twice(twice.clone()),
        ),
        (
            &|m| m.recipients[0].unit = own.clone(),
            BadManifest::OwnUnit(own.clone()),
        ),
        (&|m| m.recipients.truncate(0), BadManifest::NoRecipient),
        (
            &|m| m.recipients[0].role = RecipientRole::Copy,
            BadManifest::CopyBeforeMain,
        ),
        (&|m| m.suite = 2, BadManifest::UnknownSuite { found: 2 }),
        (
            &|m| m.segment_bytes = 4096,
            BadManifest::SegmentSize { found: 4096 },
        ),
        (&|m| m.segments = 0, BadManifest::BodySize),
        (&|m| m.segments = SEGMENTS_MAX + 1, BadManifest::BodySize),
        (&|m| m.body_bytes = 32, BadManifest::BodySize),
        (&|m| m.body_bytes = 3 << 20, BadManifest::BodySize),
    ];
    for (change, expected) in cases {
        assert_eq!(edit(*change), *expected, "{expected:?}");
    }
    let many = |m: &mut Manifest| {
        m.recipients = (0..=RECIPIENTS_MAX)
            .map(|i| Recipient {
                unit: unit(&format!("513200-u{i}@yichuan.example")),
                role: RecipientRole::Main,
                print_quota: 0,
            })
            .collect();
    };
    assert_eq!(
        edit(&many),
        BadManifest::TooManyRecipients {
            found: RECIPIENTS_MAX + 1
        }
    );
}

#[test]
fn a_thousand_recipients_fit_the_limit() {
    let mut manifest = sample();
    manifest.recipients = (0..RECIPIENTS_MAX)
        .map(|i| Recipient {
            unit: format!("513200-aaaaaaaaaaaaa{i:04}@{}", ["a"; 32].join("."))
                .parse()
                .unwrap(),
            role: RecipientRole::Main,
            print_quota: u16::MAX,
        })
        .collect();
    assert!(manifest.to_bytes().len() <= MANIFEST_BYTES_MAX);
    assert!(manifest.check(Ceiling::Secret).is_ok());
}
