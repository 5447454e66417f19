//! Records, and what they say of a document.

use proptest::prelude::*;
use yichuan_document::cbor::Unreadable;
use yichuan_document::header::{Contact, HEADER_VERSION, InnerHeader, Metadata, Part};
use yichuan_document::manifest::{
    BODY_SUITE_1, ISSUERS_MAX, Issuer, MANIFEST_VERSION, Recipient, RecipientRole, SEGMENT_BYTES,
};
use yichuan_document::roster::record::{SealGrant, Status};
use yichuan_document::statement::About;
use yichuan_document::terms::{DocumentKind, Urgency};
use yichuan_document::{Classification, Digest, Manifest, Timestamp};

use super::*;

fn about(id: &str) -> About {
    About {
        document: id.parse().unwrap(),
        manifest: Digest::of(id.as_bytes()),
    }
}

const ONE: &str = "019a0000-0000-7000-8000-000000000001";
const OTHER: &str = "019a0000-0000-7000-8000-000000000002";

fn header() -> InnerHeader {
    InnerHeader {
        version: HEADER_VERSION,
        origin: "yichuan.example".parse().unwrap(),
        id: ONE.parse().unwrap(),
        issuers: vec!["513200-zfb@yichuan.example".parse().unwrap()],
        level: Classification::Public,
        title: "通知".into(),
        metadata: Metadata::default(),
        contact: Contact::default(),
        parts: vec![Part {
            name: "notice.ofd".parse().unwrap(),
            media_type: "application/ofd".into(),
            bytes: 4,
            digest: Digest::of(b"page"),
        }],
    }
}

fn record(ordinal: u8) -> SealRecord {
    SealRecord {
        version: RECORD_VERSION,
        about: about(ONE),
        ordinal,
        seal: "513200-zfb-seal01".parse().unwrap(),
        picture: Digest::of(b"picture"),
        placements: vec![Placement {
            part: 0,
            page: 2,
            x: 12_130,
            y: 18_720,
            width: 4_200,
            height: 4_200,
            clip: None,
        }],
        ses: None,
        sealed: vec![Digest::of(b"page")],
        at: Timestamp::from_unix_ms(1),
    }
}

#[test]
fn a_record_is_read_as_it_was_written() {
    for placements in [Vec::new(), record(1).placements] {
        let record = SealRecord {
            placements,
            ..record(1)
        };
        assert_eq!(SealRecord::read(&record.to_bytes()), Ok(record));
    }
}

#[test]
fn e4_a_place_on_no_page_is_refused() {
    type Change = fn(&mut Placement);
    let changes: [Change; 6] = [
        |place| place.part = 1,
        |place| place.page = 0,
        |place| place.x = 100_001,
        |place| place.width = 0,
        |place| place.height = 20_001,
        |place| place.page = 10_001,
    ];
    for change in changes {
        let mut record = record(1);
        change(&mut record.placements[0]);
        assert_eq!(
            SealRecord::read(&record.to_bytes()),
            Err(SealRefused::Placement)
        );
    }
    let mut many = record(1);
    many.placements = vec![many.placements[0]; PLACEMENTS_MAX + 1];
    assert_eq!(
        SealRecord::read(&many.to_bytes()),
        Err(SealRefused::Placement)
    );
}

#[test]
fn e4_a_seal_that_was_cut_from_another_document_is_refused() {
    let cut = SealRecord {
        about: about(OTHER),
        ..record(1)
    };
    let refused = verify_records(&header(), &about(ONE), &[cut], &mut not_at_hand);
    assert_eq!(refused, Err(SealRefused::AnotherDocument));
}

#[test]
fn e4_a_patched_custodian_changes_one_digit_while_sealing_and_is_found() {
    let changed = SealRecord {
        sealed: vec![Digest::of(b"pago")],
        ..record(2)
    };
    let refused = verify_records(
        &header(),
        &about(ONE),
        &[record(1), changed],
        &mut not_at_hand,
    );
    assert_eq!(refused, Err(SealRefused::Changed { ordinal: 2 }));
    let dropped = SealRecord {
        sealed: Vec::new(),
        ..record(1)
    };
    let refused = verify_records(&header(), &about(ONE), &[dropped], &mut not_at_hand);
    assert_eq!(refused, Err(SealRefused::Changed { ordinal: 1 }));
}

#[test]
fn seals_stand_in_order() {
    let parts = vec![Digest::of(b"page")];
    assert_eq!(
        verify_records(
            &header(),
            &about(ONE),
            &[record(1), record(2)],
            &mut not_at_hand
        ),
        Ok(parts)
    );
    let refused = verify_records(&header(), &about(ONE), &[record(2)], &mut not_at_hand);
    assert_eq!(
        refused,
        Err(SealRefused::Order {
            expected: 1,
            found: 2
        })
    );
    let ses = SealRecord {
        ses: Some(vec![1].into()),
        ..record(1)
    };
    let refused = verify_records(&header(), &about(ONE), &[ses], &mut not_at_hand);
    assert_eq!(refused, Err(SealRefused::NotAtHand));
}

fn issuer(unit: &str, seal_ordinal: u8) -> Issuer {
    Issuer {
        unit: unit.parse().unwrap(),
        seal_ordinal,
    }
}

fn manifest() -> Manifest {
    Manifest {
        version: MANIFEST_VERSION,
        id: ONE.parse().unwrap(),
        issuers: vec![
            issuer("513200-zfb@yichuan.example", 1),
            issuer("513200-czj@yichuan.example", 2),
        ],
        account: "513200-zfb-fs01".parse().unwrap(),
        recipients: vec![Recipient {
            unit: "513201-zfb@yichuan.example".parse().unwrap(),
            role: RecipientRole::Main,
            print_quota: 1,
        }],
        level: Classification::Public,
        period: None,
        urgency: Urgency::Ordinary,
        kind: DocumentKind::Notice,
        number: None,
        composed_at: Timestamp::from_unix_ms(1),
        valid_until: None,
        body_bytes: 1_000,
        segments: 1,
        segment_bytes: SEGMENT_BYTES,
        root: Digest::of(b"root"),
        commitment: Digest::of(b"commitment"),
        suite: BODY_SUITE_1,
        replaces: None,
        replies_to: None,
        receipts_stand: None,
    }
}

fn grant() -> SealGrant {
    SealGrant {
        name: "云岭州人民政府办公室".into(),
        kind: 1,
        picture: Digest::of(b"picture"),
        custodian: "513200-zfb-yz01".parse().unwrap(),
        devices: vec!["513200-zfb-pc01".parse().unwrap()],
        valid_from: Timestamp::from_unix_ms(0),
        valid_until: Timestamp::from_unix_ms(2),
        keys: Vec::new(),
        ses: None,
        status: Status::Active,
        awaits: None,
        application: None,
    }
}

/// A record of the document in [`manifest`].
fn own_record() -> SealRecord {
    SealRecord {
        about: About {
            document: manifest().id,
            manifest: manifest().digest(),
        },
        ..record(1)
    }
}

/// A record and all that it is compared with.
struct Case {
    record: SealRecord,
    manifest: Manifest,
    header: InnerHeader,
    grant: SealGrant,
}

/// What is left of the record in [`own_record`] after `spoil`.
fn after(spoil: impl Fn(&mut Case)) -> Result<(), SealRefused> {
    let mut case = Case {
        record: own_record(),
        manifest: manifest(),
        header: header(),
        grant: grant(),
    };
    spoil(&mut case);
    case.record
        .check_against(&case.manifest, &case.header, &case.grant)
}

#[test]
fn a_record_agrees_with_its_document_and_grant() {
    assert_eq!(after(|_| ()), Ok(()));
    assert_eq!(after(|case| case.record.placements.clear()), Ok(()));
}

#[test]
fn e4_a_record_that_was_cut_from_another_document_does_not_agree() {
    type Spoil = fn(&mut Case);
    let cases: [(&str, Spoil); 4] = [
        ("id", |case| {
            case.record.about.document = OTHER.parse().unwrap();
        }),
        ("manifest digest", |case| {
            case.record.about.manifest = Digest::of(b"another");
        }),
        ("a manifest that was changed after sealing", |case| {
            case.manifest.recipients[0].print_quota += 1;
        }),
        ("the header of another document", |case| {
            case.header.id = OTHER.parse().unwrap();
        }),
    ];
    for (name, spoil) in cases {
        assert_eq!(after(spoil), Err(SealRefused::AnotherDocument), "{name}");
    }
}

#[test]
fn a6_a_record_of_another_unit_picture_or_part_does_not_agree() {
    type Spoil = fn(&mut Case);
    let unit = |ordinal| SealRefused::AnotherUnit { ordinal };
    let absent = SealRefused::NotAskedFor { ordinal: 3 };
    let cases: [(&str, Spoil, SealRefused); 7] = [
        ("no issuer's number", |case| case.record.ordinal = 3, absent),
        (
            "the other issuer's number",
            |case| case.record.ordinal = 2,
            unit(2),
        ),
        (
            "the other issuer's seal",
            |case| case.record.seal = "513200-czj-seal01".parse().unwrap(),
            unit(1),
        ),
        (
            "a recipient's seal",
            |case| case.record.seal = "513201-zfb-seal01".parse().unwrap(),
            unit(1),
        ),
        (
            "another unit's grant",
            |case| case.grant.custodian = "513200-czj-yz01".parse().unwrap(),
            unit(1),
        ),
        (
            "a larger star",
            |case| case.grant.picture = Digest::of(b"a larger star"),
            SealRefused::AnotherPicture,
        ),
        (
            "no such part",
            |case| case.header.parts.clear(),
            SealRefused::Placement,
        ),
    ];
    for (name, spoil, refusal) in cases {
        assert_eq!(after(spoil), Err(refusal), "{name}");
    }
}

#[test]
fn a1_one_place_twice_and_a_seal_without_number_are_refused() {
    let mut twice = record(1);
    twice.placements.push(Placement {
        page: 1,
        ..twice.placements[0]
    });
    assert_eq!(SealRecord::read(&twice.to_bytes()), Ok(twice.clone()));
    twice.placements.push(twice.placements[0]);
    let refused = SealRecord::read(&twice.to_bytes());
    assert_eq!(refused, Err(SealRefused::Placement));
    let refused = SealRecord::read(&record(0).to_bytes());
    let expected = SealRefused::Order {
        expected: 1,
        found: 0,
    };
    assert_eq!(refused, Err(expected));
}

#[test]
fn a4_every_other_form_of_a_record_is_refused() {
    use Unreadable::*;
    let good = record(1).to_bytes();
    // The map of eight (no value of GB/T 38540), key 0, version 1, key 1.
    assert_eq!(good[..4], [0xa8, 0, 1, 1]);
    let with = |head: &[u8]| [head, &good[3..]].concat();
    let unreadable = SealRefused::Unreadable;
    let large = SealRecord {
        ses: Some(vec![0; RECORD_BYTES_MAX].into()),
        ..record(1)
    };
    let limit_bytes = RECORD_BYTES_MAX;
    let cases = [
        ("nothing", Vec::new(), unreadable(Truncated { offset: 0 })),
        (
            "long version",
            with(&[0xa8, 0, 0x18, 1]),
            unreadable(NotShortest { offset: 2 }),
        ),
        (
            "indefinite",
            with(&[0xbf, 0, 1]),
            unreadable(Indefinite { offset: 0 }),
        ),
        (
            "key twice",
            with(&[0xa9, 0, 1, 0, 1]),
            unreadable(KeysNotRising { offset: 3 }),
        ),
        (
            "tagged",
            [&[0xc1], good.as_slice()].concat(),
            unreadable(Forbidden { offset: 0 }),
        ),
        (
            "a byte behind",
            [good.as_slice(), &[0]].concat(),
            unreadable(Trailing { offset: good.len() }),
        ),
        (
            "an unknown key",
            [&[0xa9], &good[1..], &[9, 0]].concat(),
            unreadable(UnknownField),
        ),
        (
            "too large",
            large.to_bytes(),
            unreadable(TooLong { limit_bytes }),
        ),
        (
            "version 2",
            with(&[0xa8, 0, 2]),
            SealRefused::UnknownVersion { found: 2 },
        ),
    ];
    for (name, bytes, refusal) in cases {
        assert_eq!(SealRecord::read(&bytes), Err(refusal), "{name}");
    }
    for cut in 0..good.len() {
        assert!(SealRecord::read(&good[..cut]).is_err(), "cut at {cut}");
    }
}

#[test]
fn more_seals_than_issuers_are_refused_without_a_panic() {
    for count in [ISSUERS_MAX + 1, 254, 255, 300] {
        let records: Vec<SealRecord> = (0..count)
            .map(|place| record(u8::try_from(place + 1).unwrap_or(0)))
            .collect();
        let refused = verify_records(&header(), &about(ONE), &records, &mut not_at_hand);
        assert_eq!(
            refused,
            Err(SealRefused::TooMany { found: count }),
            "{count}"
        );
    }
    let all: Vec<SealRecord> = (1..=16).map(record).collect();
    assert_eq!(all.len(), ISSUERS_MAX);
    assert!(verify_records(&header(), &about(ONE), &all, &mut not_at_hand).is_ok());
}

#[test]
fn a3_parts_that_changed_places_or_number_are_found() {
    let mut header = header();
    let mut annex = header.parts[0].clone();
    annex.name = "annex.ofd".parse().unwrap();
    annex.digest = Digest::of(b"annex");
    header.parts.push(annex);
    let (page, annex) = (Digest::of(b"page"), Digest::of(b"annex"));
    let with = |sealed: Vec<Digest>| {
        let record = SealRecord {
            sealed,
            ..record(1)
        };
        verify_records(&header, &about(ONE), &[record], &mut not_at_hand)
    };
    assert_eq!(with(vec![page, annex]), Ok(vec![page, annex]));
    let changed = Err(SealRefused::Changed { ordinal: 1 });
    for sealed in [
        vec![annex, page],
        vec![page],
        vec![page, annex, annex],
        Vec::new(),
    ] {
        assert_eq!(with(sealed.clone()), changed, "{sealed:?}");
    }
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(record) = SealRecord::read(&bytes) {
            prop_assert_eq!(record.to_bytes(), bytes);
        }
    }

    #[test]
    fn a_bit_that_flips_is_refused_or_read_as_it_stands(bit in 0_usize..1_600) {
        let mut bytes = record(1).to_bytes();
        let at = bit / 8 % bytes.len();
        bytes[at] ^= 1 << (bit % 8);
        if let Ok(read) = SealRecord::read(&bytes) {
            prop_assert_ne!(&read, &record(1));
            prop_assert_eq!(read.to_bytes(), bytes);
        }
    }
}
