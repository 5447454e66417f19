//! Manifests: one good one, and what is wrong with others.

use serde_json::{Value, json};
use yichuan_document::level::Classification;
use yichuan_document::manifest::{
    BODY_SUITE_1, ISSUERS_MAX, Issuer, MANIFEST_VERSION, Manifest, RECIPIENTS_MAX, Recipient,
    RecipientRole, Reference, SEGMENT_BYTES, SEGMENTS_MAX,
};
use yichuan_document::terms::{DocumentKind, SecrecyPeriod, Urgency};
use yichuan_document::{Timestamp, UnitRef};

use crate::raw::{array, bytes, digest, fields, hex, map, text, uint, with, without};

fn unit(code: &str) -> UnitRef {
    format!("{code}@yichuan.example").parse().expect("a unit")
}

fn recipient(code: &str, role: RecipientRole) -> Recipient {
    Recipient {
        unit: unit(code),
        role,
        print_quota: 3,
    }
}

fn issuer(code: &str, seal_ordinal: u8) -> Issuer {
    Issuer {
        unit: unit(code),
        seal_ordinal,
    }
}

/// A notice of 内部 to two towns, with a copy to the archive.
pub(crate) fn notice() -> Manifest {
    Manifest {
        version: MANIFEST_VERSION,
        id: "019a0000-0000-7000-8000-000000000001"
            .parse()
            .expect("an id"),
        issuers: vec![issuer("513200-zfb", 1)],
        account: "513200-zfb-fs01".parse().expect("an account"),
        recipients: vec![
            recipient("513201-zf", RecipientRole::Main),
            recipient("513202-zf", RecipientRole::Main),
            recipient("513200-daj", RecipientRole::Copy),
        ],
        level: Classification::Internal,
        period: None,
        urgency: Urgency::Urgent,
        kind: DocumentKind::Notice,
        number: Some("云政办发〔2026〕17号".parse().expect("a number")),
        composed_at: Timestamp::from_unix_ms(1_795_000_000_000),
        valid_until: None,
        body_bytes: 1_100_000,
        segments: 2,
        segment_bytes: SEGMENT_BYTES,
        root: digest("root"),
        commitment: digest("commitment"),
        suite: BODY_SUITE_1,
        replaces: None,
        replies_to: None,
        receipts_stand: None,
    }
}

fn reference() -> Reference {
    Reference {
        id: "019a0000-0000-7000-8000-000000000002"
            .parse()
            .expect("an id"),
        manifest: digest("another manifest"),
    }
}

fn case(name: &str, ceiling: &str, bytes: &[u8], result: &str) -> Value {
    json!({ "name": name, "ceiling": ceiling, "bytes": hex(bytes), "result": result })
}

pub(crate) fn file() -> Value {
    let mut cases = Vec::new();
    for (name, ceiling, change) in GOOD {
        let mut manifest = notice();
        change(&mut manifest);
        let mut good = case(name, ceiling, &manifest.to_bytes(), "ok");
        good["digest"] = json!(manifest.digest().to_string());
        cases.push(good);
    }
    for (name, ceiling, result, change) in BAD {
        let mut manifest = notice();
        change(&mut manifest);
        cases.push(case(name, ceiling, &manifest.to_bytes(), result));
    }
    cases.extend(unreadable());
    cases.extend(strange());
    json!({ "manifest": cases })
}

type Good = (&'static str, &'static str, fn(&mut Manifest));

const GOOD: &[Good] = &[
    ("a notice", "secret", |_| ()),
    ("a notice under a lower ceiling", "internal", |_| ()),
    ("a public letter", "public", |m| {
        m.level = Classification::Public;
        m.kind = DocumentKind::Letter;
        m.number = None;
    }),
    ("a secret for twelve months", "secret", |m| {
        m.level = Classification::Secret;
        m.period = SecrecyPeriod::months(12);
    }),
    ("a secret without an end", "secret", |m| {
        m.level = Classification::Secret;
        m.period = Some(SecrecyPeriod::LONG_TERM);
    }),
    ("issued by two", "secret", |m| {
        m.issuers.push(issuer("513200-fgw", 2));
    }),
    ("a correction and an answer", "secret", |m| {
        m.replaces = Some(reference());
        m.replies_to = Some(reference());
        m.receipts_stand = Some(true);
        m.valid_until = Some(Timestamp::from_unix_ms(1_796_000_000_000));
    }),
    ("the smallest body", "secret", |m| {
        m.body_bytes = 17;
        m.segments = 1;
    }),
    ("the largest body", "secret", |m| {
        m.segments = SEGMENTS_MAX;
        m.body_bytes = u64::from(SEGMENTS_MAX) * u64::from(SEGMENT_BYTES + 16);
    }),
];

type Bad = (&'static str, &'static str, &'static str, fn(&mut Manifest));

const BAD: &[Bad] = &[
    ("version 2", "secret", "unknown-version", |m| m.version = 2),
    ("version 0", "secret", "unknown-version", |m| m.version = 0),
    ("f4: 机密", "secret", "level", |m| {
        m.level = Classification::Confidential;
    }),
    ("f4: 绝密", "secret", "level", |m| {
        m.level = Classification::TopSecret;
    }),
    (
        "f4: 绝密, and nothing else is right",
        "secret",
        "level",
        |m| {
            m.level = Classification::TopSecret;
            m.issuers.clear();
            m.recipients.clear();
        },
    ),
    ("f7: 秘密 above the ceiling", "internal", "level", |m| {
        m.level = Classification::Secret;
    }),
    ("f7: 内部 above the ceiling", "public", "level", |_| ()),
    (
        "a period without 秘密",
        "secret",
        "period-without-secret",
        |m| {
            m.period = SecrecyPeriod::months(12);
        },
    ),
    ("no issuer", "secret", "no-issuer", |m| m.issuers.clear()),
    ("17 issuers", "secret", "too-many-issuers", |m| {
        m.issuers = (0..=ISSUERS_MAX)
            .map(|n| issuer(&format!("513200-u{n}"), u8::try_from(n + 1).unwrap_or(0)))
            .collect();
    }),
    (
        "an account of a recipient",
        "secret",
        "account-not-of-lead",
        |m| {
            m.account = "513201-zf-fs01".parse().expect("an account");
        },
    ),
    (
        "an account of the second issuer",
        "secret",
        "account-not-of-lead",
        |m| {
            m.issuers.insert(0, issuer("513200-fgw", 1));
            m.issuers[1].seal_ordinal = 2;
        },
    ),
    ("seals from 0", "secret", "seal-ordinals", |m| {
        m.issuers[0].seal_ordinal = 0;
    }),
    ("two first seals", "secret", "seal-ordinals", |m| {
        m.issuers.push(issuer("513200-fgw", 1));
    }),
    ("no recipient", "secret", "no-recipient", |m| {
        m.recipients.clear();
    }),
    ("1,001 recipients", "secret", "too-many-recipients", |m| {
        m.recipients = (0..=RECIPIENTS_MAX)
            .map(|n| recipient(&format!("513200-u{n}"), RecipientRole::Main))
            .collect();
    }),
    ("a recipient twice", "secret", "twice", |m| {
        m.recipients[1] = m.recipients[0].clone();
    }),
    ("a recipient as 主送 and 抄送", "secret", "twice", |m| {
        m.recipients[2] = recipient("513201-zf", RecipientRole::Copy);
    }),
    ("an issuer twice", "secret", "twice", |m| {
        m.issuers.push(issuer("513200-zfb", 2));
    }),
    ("the issuer as recipient", "secret", "own-unit", |m| {
        m.recipients[0] = recipient("513200-zfb", RecipientRole::Main);
    }),
    ("抄送 before 主送", "secret", "copy-before-main", |m| {
        m.recipients.reverse();
    }),
    ("a5: body suite 0", "secret", "unknown-suite", |m| {
        m.suite = 0;
    }),
    ("a5: body suite 2", "secret", "unknown-suite", |m| {
        m.suite = 2;
    }),
    ("smaller segments", "secret", "segment-size", |m| {
        m.segment_bytes = 65_536;
    }),
    ("no segment", "secret", "body-size", |m| m.segments = 0),
    ("too many segments", "secret", "body-size", |m| {
        m.segments = SEGMENTS_MAX + 1;
    }),
    ("nothing but tags", "secret", "body-size", |m| {
        m.body_bytes = 32;
    }),
    (
        "more than fits into two segments",
        "secret",
        "body-size",
        |m| {
            m.body_bytes = 2 * u64::from(SEGMENT_BYTES + 16) + 1;
        },
    ),
    ("a body of 2^64 - 1 bytes", "secret", "body-size", |m| {
        m.body_bytes = u64::MAX;
    }),
];

fn unreadable() -> Vec<Value> {
    let good = notice().to_bytes();
    let mut swapped = fields(&good);
    swapped.swap(3, 4);
    let mut twice = fields(&good);
    twice.insert(6, twice[5].clone());
    let mut trailing = good.clone();
    trailing.push(0);
    let mut long_version = good.clone();
    // The map's head has one byte, key 0 one more; then the version.
    long_version.splice(2..3, [0x18, 1]);
    let cases = [
        ("nothing", Vec::new(), "truncated"),
        (
            "cut in the middle",
            good[..good.len() / 2].to_vec(),
            "truncated",
        ),
        ("a4: an over-long version", long_version, "not-shortest"),
        ("a1: the level twice", map(&twice), "keys-not-rising"),
        ("a4: fields out of order", map(&swapped), "keys-not-rising"),
        ("a1: a byte behind", trailing, "trailing"),
        (
            "a field of a later version",
            with(&good, 21, uint(1)),
            "unknown-field",
        ),
        (
            "no number, as null",
            with(&good, 9, vec![0xf6]),
            "forbidden",
        ),
        ("tagged", [vec![0xc6], good.clone()].concat(), "forbidden"),
    ];
    under_secret(&cases)
}

fn under_secret(cases: &[(&str, Vec<u8>, &str)]) -> Vec<Value> {
    cases
        .iter()
        .map(|(name, bytes, result)| case(name, "secret", bytes, result))
        .collect()
}

/// Values that no field of a manifest has.
fn strange() -> Vec<Value> {
    let good = notice().to_bytes();
    let id = |version: u8, variant: u8| {
        let mut id = *notice().id.as_bytes();
        (id[6], id[8]) = (version, variant);
        bytes(&id)
    };
    let cases = [
        ("f1: no level", without(&good, 5), "shape"),
        (
            "f1: the level as a word",
            with(&good, 5, text("机密")),
            "shape",
        ),
        ("f1: level 5", with(&good, 5, uint(5)), "shape"),
        ("urgency 5", with(&good, 7, uint(5)), "shape"),
        ("kind 0", with(&good, 8, uint(0)), "shape"),
        ("kind 17", with(&good, 8, uint(17)), "shape"),
        (
            "a period of 1,201 months",
            with(&good, 6, uint(1_201)),
            "shape",
        ),
        (
            "a number in square brackets",
            with(&good, 9, text("云政[2026]17号")),
            "shape",
        ),
        (
            "an id of version 4",
            with(&good, 1, id(0x40, 0x80)),
            "shape",
        ),
        (
            "an id of another variant",
            with(&good, 1, id(0x70, 0xc0)),
            "shape",
        ),
        (
            "an id of 15 bytes",
            with(&good, 1, bytes(&[0x70; 15])),
            "shape",
        ),
        (
            "an account with a capital",
            with(&good, 3, text("513200-zfb-FS01")),
            "shape",
        ),
        (
            "recipients as text",
            with(&good, 4, array(&[text("513201-zf")])),
            "shape",
        ),
        (
            "a root of 31 bytes",
            with(&good, 15, bytes(&[1; 31])),
            "shape",
        ),
        ("a negative version", with(&good, 0, vec![0x20]), "shape"),
        ("version 65537", with(&good, 0, uint(65_537)), "shape"),
        ("an array", array(std::slice::from_ref(&good)), "shape"),
    ];
    under_secret(&cases)
}
