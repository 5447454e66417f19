//! Signatures that do not stand, and statements for another purpose.

use serde_json::Value;
use yichuan_document::signed::Body;
use yichuan_document::statement::{
    Approval, Fetch, OfDelivery, RESERVED_PURPOSES, SessionOpen, Submission,
};
use yichuan_document::{Digest, cbor, cose};

use super::{ACCOUNT, BOTH, DEVICE, Signers, about, by_both, case, signed, slot, submission};
use crate::raw::{
    bytes, digest, fields, key, malleable, map, neutral, secret, text, uint, unchecked, with,
    without,
};

const OTHER_ID: [u8; 16] = [1, 1, 1, 1, 1, 1, 0x70, 1, 0x80, 1, 1, 1, 1, 1, 1, 1];

/// Signatures of the right form that do not stand.
pub(super) fn forged() -> Vec<Value> {
    let inner = cbor::to_vec(&submission());
    let by = |name: &str| cose::sign(&secret(name), &inner);
    let with_account = |sign1: Vec<u8>| {
        let device = slot(DEVICE, &[by("device")]);
        signed(&inner, &[slot(ACCOUNT, &[sign1]), device])
    };
    let swapped = signed(
        &inner,
        &[
            slot(ACCOUNT, &[by("device")]),
            slot(DEVICE, &[by("account")]),
        ],
    );
    let renamed = {
        let mut sign1 = by("other");
        sign1[9..41].copy_from_slice(secret("account").public().id().as_bytes());
        sign1
    };
    // Ed25519 over the payload itself and not over the Sig_structure.
    let bare = {
        let mut sign1 = by("account");
        let from = sign1.len() - 64;
        sign1[from..].copy_from_slice(&secret("account").sign(&inner));
        sign1
    };
    let neutral_sign1 = {
        let mut sign1 = by("account");
        sign1[9..41].copy_from_slice(unchecked(&neutral()).id().as_bytes());
        let from = sign1.len() - 64;
        sign1[from..].copy_from_slice(&[neutral(), [0; 32]].concat());
        sign1
    };
    assert_eq!(unchecked(&neutral()).id(), Digest::of(&key(1, &neutral())));
    let of_neutral: Signers<'_> = &[(ACCOUNT, &["neutral"]), (DEVICE, &["device"])];
    let bad = |name: &str, bytes: &[u8]| case(name, bytes, BOTH, "signature");
    let mut cases = vec![
        bad("a6: another account", &with_account(by("other"))),
        bad(
            "a6: another account under the first one's key id",
            &with_account(renamed),
        ),
        bad("a6: signatures swapped", &swapped),
        bad("a5: S + L", &with_account(malleable(&by("account")))),
        bad("over the payload alone", &with_account(bare)),
        case(
            "a5: a key of small order",
            &with_account(neutral_sign1),
            of_neutral,
            "signature",
        ),
    ];
    cases.extend(changed());
    cases
}

/// Payloads that were changed after they were signed.
fn changed() -> Vec<Value> {
    let inner = cbor::to_vec(&submission());
    let changes: &[(&str, u64, Vec<u8>)] = &[
        ("a7: another purpose", 0, text("yichuan/approval/1")),
        ("another version", 1, uint(2)),
        ("d4: another origin", 2, text("test.example")),
        (
            "d4: another installation",
            3,
            bytes(digest("other").as_bytes()),
        ),
        ("another id", 4, bytes(&OTHER_ID)),
        ("another time", 5, uint(1)),
        ("a6: another account named", 8, text("513200-zfb-fs02")),
        ("a6: another computer named", 9, text("513200-zfb-pc02")),
        (
            "a8: another body",
            10,
            bytes(&cbor::to_vec(&Submission {
                about: about(),
                wraps: digest("wraps for a third party"),
            })),
        ),
    ];
    let slots = fields(&by_both(&inner)).remove(1).1;
    let one = |(name, field, value): &(&str, u64, Vec<u8>)| {
        let payload = with(&inner, *field, value.clone());
        let changed = map(&[(0, bytes(&payload)), (1, slots.clone())]);
        let name = format!("{name}, after signing");
        case(&name, &changed, BOTH, "signature")
    };
    changes.iter().map(one).collect()
}

/// Statements whose signatures stand, and whose purpose or body is another.
pub(super) fn purposes() -> Vec<Value> {
    let inner = cbor::to_vec(&submission());
    let body = cbor::to_vec(&Submission {
        about: about(),
        wraps: digest("wraps"),
    });
    let with_body = |body: &[u8]| by_both(&with(&inner, 10, bytes(body)));
    let named = |purpose: &str| by_both(&with(&inner, 0, text(purpose)));
    let fetch = cbor::to_vec(&Fetch {
        delivery: OfDelivery {
            about: about(),
            unit: "513201-zf@yichuan.example".parse().expect("a unit"),
            previous: digest("previous"),
        },
    });
    let cases: &[(&str, Vec<u8>, &str)] = &[
        (
            "version 2 of a body",
            by_both(&with(&inner, 1, uint(2))),
            "unknown-version",
        ),
        (
            "version 0 of a body",
            by_both(&with(&inner, 1, uint(0))),
            "unknown-version",
        ),
        (
            "a7: a submission as an approval",
            named(Approval::PURPOSE),
            "body-shape",
        ),
        (
            "a7: a fetch as a submission",
            with_body(&fetch),
            "body-shape",
        ),
        (
            "a7: a submission as a session",
            named(SessionOpen::PURPOSE),
            "body-shape",
        ),
        (
            "no wraps digest",
            with_body(&without(&body, 1)),
            "body-shape",
        ),
        (
            "a field more",
            with_body(&with(&body, 2, uint(0))),
            "body-unknown-field",
        ),
        (
            "a byte behind the body",
            with_body(&[body.as_slice(), &[0]].concat()),
            "body-trailing",
        ),
        ("no body", with_body(&[]), "body-truncated"),
    ];
    let cases = cases
        .iter()
        .map(|(name, bytes, result)| case(name, bytes, BOTH, result));
    cases.chain(unknown_purposes()).collect()
}

/// Purposes that this release does not know: other spellings, and what is reserved.
fn unknown_purposes() -> Vec<Value> {
    let inner = cbor::to_vec(&submission());
    let unknown = |name: &str, purpose: &str| {
        let named = by_both(&with(&inner, 0, text(purpose)));
        case(name, &named, BOTH, "unknown")
    };
    let mut cases = vec![
        unknown("a purpose of another version", "yichuan/submission/2"),
        unknown("a purpose in capitals", "YICHUAN/SUBMISSION/1"),
        unknown("a purpose with a blank", "yichuan/submission/1 "),
        unknown("no purpose", ""),
    ];
    let reserved = RESERVED_PURPOSES.iter();
    cases.extend(reserved.map(|purpose| unknown(&format!("reserved: {purpose}"), purpose)));
    cases
}
