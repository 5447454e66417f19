//! Signed statements: whose signatures stand, and what they are for.

mod forged;

use serde_json::{Value, json};
use yichuan_document::cose;
use yichuan_document::key::SigningSecret;
use yichuan_document::signed::{Body, Context, Payload, RosterHead, Seen, Signed, SlotRole};
use yichuan_document::statement::{
    About, AttachmentRef, LoginProof, SealUse, SessionOpen, Submission,
};
use yichuan_document::{Timestamp, cbor};

use crate::raw::{
    array, bytes, digest, fields, hex, map, neutral, secret, text, uint, with, without,
};

/// Roles as they stand in a slot.
const ACCOUNT: u64 = 0;
const DEVICE: u64 = 1;
const SEAL: u64 = 2;

fn context() -> Context {
    Context {
        origin: "yichuan.example".parse().expect("an origin"),
        genesis: digest("genesis"),
        roster: RosterHead {
            count: 3,
            root: digest("roster"),
        },
        seen: Some(Seen {
            size: 300,
            root: digest("log"),
        }),
        account: Some("513200-zfb-fs01".parse().expect("an account")),
        device: Some("513200-zfb-pc01".parse().expect("a device")),
    }
}

fn about() -> About {
    About {
        document: "019a0000-0000-7000-8000-000000000001"
            .parse()
            .expect("an id"),
        manifest: crate::manifests::notice().digest(),
    }
}

fn payload<B: Body>(body: &B) -> Payload {
    let id = "019a0000-0000-7000-8000-0000000000aa"
        .parse()
        .expect("an id");
    Payload::new(
        &context(),
        id,
        Timestamp::from_unix_ms(1_795_000_000_000),
        body,
    )
}

fn submission() -> Payload {
    payload(&Submission {
        about: about(),
        wraps: digest("wraps"),
    })
}

fn seal_use() -> Payload {
    payload(&SealUse {
        about: about(),
        seal: "513200-zfb-seal01".parse().expect("a seal"),
        ordinal: 1,
        approvals: vec![digest("approval")],
        previous: None,
        record: AttachmentRef::to(b"record").expect("short"),
    })
}

/// A slot with these signatures, by hand.
fn slot(role: u64, signatures: &[Vec<u8>]) -> Vec<u8> {
    let signatures: Vec<_> = signatures.iter().map(|one| bytes(one)).collect();
    map(&[(0, uint(role)), (1, array(&signatures))])
}

/// A statement of this payload with these slots, by hand.
fn signed(payload: &[u8], slots: &[Vec<u8>]) -> Vec<u8> {
    map(&[(0, bytes(payload)), (1, array(slots))])
}

/// A statement of this payload, signed by account and computer.
fn by_both(payload: &[u8]) -> Vec<u8> {
    signed(
        payload,
        &[
            slot(ACCOUNT, &[cose::sign(&secret("account"), payload)]),
            slot(DEVICE, &[cose::sign(&secret("device"), payload)]),
        ],
    )
}

/// Who must sign, by role: the names of the keys.
type Signers<'a> = &'a [(u64, &'a [&'a str])];

const BOTH: Signers<'_> = &[(ACCOUNT, &["account"]), (DEVICE, &["device"])];

fn case(name: &str, bytes: &[u8], signers: Signers<'_>, result: &str) -> Value {
    let keys = |names: &[&str]| -> Vec<String> {
        let key = |name: &&str| match *name {
            "neutral" => hex(&neutral()),
            name => hex(secret(name).public().bytes()),
        };
        names.iter().map(key).collect()
    };
    let signers: Vec<Value> = signers
        .iter()
        .map(|(role, names)| json!({ "role": role, "keys": keys(names) }))
        .collect();
    json!({ "name": name, "bytes": hex(bytes), "signers": signers, "result": result })
}

pub(crate) fn file() -> Value {
    let mut cases = good();
    cases.extend(unreadable());
    cases.extend(slots());
    cases.extend(keys_of_slots());
    cases.extend(forms());
    cases.extend(forged::forged());
    cases.extend(forged::purposes());
    json!({ "statement": cases })
}

fn good() -> Vec<Value> {
    let (account, device) = (secret("account"), secret("device"));
    let by = |payload: &Payload, more: &[(SlotRole, &SigningSecret)]| {
        let mut signers = vec![(SlotRole::Account, &account), (SlotRole::Device, &device)];
        signers.extend_from_slice(more);
        Signed::new(payload, &signers)
    };
    let seal_key = secret("seal");
    let submitted = by(&submission(), &[]);
    let sealed = by(&seal_use(), &[(SlotRole::Seal, &seal_key)]);
    let session = by(
        &payload(&SessionOpen {
            exporter: digest("connection"),
            login: LoginProof::new([8; 32]),
        }),
        &[],
    );
    let inner = cbor::to_vec(&submission());
    let two_keys = signed(
        &inner,
        &[
            slot(
                ACCOUNT,
                &[
                    cose::sign(&account, &inner),
                    cose::sign(&secret("second"), &inner),
                ],
            ),
            slot(DEVICE, &[cose::sign(&device, &inner)]),
        ],
    );
    let three: Signers<'_> = &[
        (ACCOUNT, &["account"]),
        (DEVICE, &["device"]),
        (SEAL, &["seal"]),
    ];
    let two: Signers<'_> = &[(ACCOUNT, &["account", "second"]), (DEVICE, &["device"])];
    let mut cases = vec![
        case("a submission", &submitted.to_bytes(), BOTH, "ok"),
        case("a seal", &sealed.to_bytes(), three, "ok"),
        case("a session", &session.to_bytes(), BOTH, "ok"),
        case("an account with two keys", &two_keys, two, "ok"),
    ];
    cases[0]["digest"] = json!(submitted.digest().to_string());
    cases
}

fn unreadable() -> Vec<Value> {
    let good = by_both(&cbor::to_vec(&submission()));
    let more = [good.as_slice(), &[0]].concat();
    let inner = cbor::to_vec(&submission());
    let strange_role = signed(
        &inner,
        &[slot(10, &[cose::sign(&secret("account"), &inner)])],
    );
    let filler = slot(ACCOUNT, &[vec![0; 15 << 10]]);
    let long = signed(&inner, &[filler]);
    let cases: &[(&str, Vec<u8>, &str)] = &[
        ("nothing", Vec::new(), "truncated"),
        ("cut short", good[..good.len() - 1].to_vec(), "truncated"),
        ("a byte behind", more, "trailing"),
        (
            "a field of a later version",
            with(&good, 2, uint(0)),
            "unknown-field",
        ),
        ("no slots", without(&good, 1), "shape"),
        ("no payload", without(&good, 0), "shape"),
        ("the payload not as bytes", with(&good, 0, inner), "shape"),
        ("a role of a later version", strange_role, "shape"),
        ("more than 15,360 bytes", long, "too-long"),
    ];
    let outer = cases
        .iter()
        .map(|(name, bytes, result)| case(name, bytes, BOTH, result));
    outer.chain(payloads()).collect()
}

/// Payloads of another form, with signatures that stand over them.
fn payloads() -> Vec<Value> {
    let inner = cbor::to_vec(&submission());
    let mut swapped = fields(&inner);
    swapped.swap(0, 1);
    let mut twice = fields(&inner);
    twice.insert(1, twice[0].clone());
    let over_long = [&[inner[0], 0x18, 0], &inner[2..]].concat();
    let cases: &[(&str, Vec<u8>)] = &[
        ("a1: the purpose twice", map(&twice)),
        ("a4: fields out of order", map(&swapped)),
        ("a4: an over-long key", over_long),
        (
            "a byte behind the payload",
            [inner.as_slice(), &[0]].concat(),
        ),
        (
            "a payload with a field of a later version",
            with(&inner, 11, uint(0)),
        ),
        ("no origin", without(&inner, 2)),
        ("no genesis", without(&inner, 3)),
        ("a short genesis", with(&inner, 3, bytes(&[0; 31]))),
        ("an id of version 4", with(&inner, 4, bytes(&[0x40; 16]))),
        (
            "an origin with a capital",
            with(&inner, 2, text("Yichuan.example")),
        ),
        (
            "an account that is a computer",
            with(&inner, 8, text("513200-zfb-pc01")),
        ),
        ("no account, as null", with(&inner, 8, vec![0xf6])),
        ("the body not as bytes", with(&inner, 10, map(&[]))),
        ("an empty payload", Vec::new()),
    ];
    cases
        .iter()
        .map(|(name, payload)| case(name, &by_both(payload), BOTH, "payload"))
        .collect()
}

/// Name, slots, who must sign, and the result.
type Case<'a> = (&'a str, &'a [Vec<u8>], Signers<'a>, &'a str);

fn slots() -> Vec<Value> {
    let inner = cbor::to_vec(&submission());
    let by = |name: &str| cose::sign(&secret(name), &inner);
    let account = slot(ACCOUNT, &[by("account")]);
    let device = slot(DEVICE, &[by("device")]);
    let third = slot(SEAL, &[by("seal")]);
    let cases: &[Case<'_>] = &[
        ("no signature at all", &[], BOTH, "signers"),
        (
            "a2: the computer's stripped",
            std::slice::from_ref(&account),
            BOTH,
            "signers",
        ),
        (
            "a2: the account's stripped",
            std::slice::from_ref(&device),
            BOTH,
            "signers",
        ),
        (
            "a2: one more",
            &[account.clone(), device.clone(), third.clone()],
            BOTH,
            "signers",
        ),
        (
            "a2: one twice",
            &[account.clone(), account.clone()],
            BOTH,
            "missing",
        ),
        (
            "slots in another order",
            &[device.clone(), account.clone()],
            BOTH,
            "missing",
        ),
        (
            "a seal in place of the computer",
            &[account.clone(), third],
            BOTH,
            "missing",
        ),
    ];
    with_slots(&inner, cases)
}

fn with_slots(payload: &[u8], cases: &[Case<'_>]) -> Vec<Value> {
    cases
        .iter()
        .map(|(name, slots, signers, result)| case(name, &signed(payload, slots), signers, result))
        .collect()
}

/// Slots with more or fewer signatures than their signer has keys.
fn keys_of_slots() -> Vec<Value> {
    let inner = cbor::to_vec(&submission());
    let by = |name: &str| cose::sign(&secret(name), &inner);
    let account = slot(ACCOUNT, &[by("account")]);
    let device = slot(DEVICE, &[by("device")]);
    let two: Signers<'_> = &[(ACCOUNT, &["account", "second"]), (DEVICE, &["device"])];
    let thrice = slot(ACCOUNT, &[by("account"), by("second"), by("third")]);
    let three_keys: Signers<'_> = &[
        (ACCOUNT, &["account", "second", "third"]),
        (DEVICE, &["device"]),
    ];
    let none = slot(ACCOUNT, &[]);
    let again = slot(ACCOUNT, &[by("account"), by("account")]);
    let no_keys: Signers<'_> = &[(ACCOUNT, &[]), (DEVICE, &["device"])];
    let cases: &[Case<'_>] = &[
        (
            "a2: one of two keys stripped",
            &[account.clone(), device.clone()],
            two,
            "stripped",
        ),
        (
            "a slot without signature",
            &[none.clone(), device.clone()],
            BOTH,
            "stripped",
        ),
        (
            "a signer without key",
            &[none, device.clone()],
            no_keys,
            "stripped",
        ),
        (
            "one signature twice",
            &[again.clone(), device.clone()],
            BOTH,
            "stripped",
        ),
        (
            "one key for two",
            &[again, device.clone()],
            two,
            "signature",
        ),
        (
            "three keys in a slot",
            &[thrice, device],
            three_keys,
            "stripped",
        ),
    ];
    with_slots(&inner, cases)
}

/// Signatures that are no `COSE_Sign1` of the one form.
fn forms() -> Vec<Value> {
    let inner = cbor::to_vec(&submission());
    let good = cose::sign(&secret("account"), &inner);
    let id = secret("account").public().id();
    let signature = &good[good.len() - 64..];
    let sign1 = |protected: &[u8], unprotected: Vec<u8>, payload: Vec<u8>| {
        array(&[bytes(protected), unprotected, payload, bytes(signature)])
    };
    let nil = || vec![0xf6];
    let header = |algorithm: Vec<u8>| map(&[(1, algorithm), (4, bytes(id.as_bytes()))]);
    let eddsa = header(vec![0x27]);
    assert_eq!(sign1(&eddsa, map(&[]), nil()), good);
    let critical = map(&[
        (1, vec![0x27]),
        (2, array(&[uint(4)])),
        (4, bytes(id.as_bytes())),
    ]);
    let outside = map(&[(4, bytes(id.as_bytes()))]);
    let cases: &[(&str, Vec<u8>)] = &[
        ("no bytes", Vec::new()),
        ("cut short", good[..good.len() - 1].to_vec()),
        ("a byte behind", [good.as_slice(), &[0]].concat()),
        ("tagged", [&[0xd2], good.as_slice()].concat()),
        ("a bare signature", signature.to_vec()),
        ("the payload inside", sign1(&eddsa, map(&[]), bytes(&inner))),
        (
            "an empty payload inside",
            sign1(&eddsa, map(&[]), bytes(&[])),
        ),
        ("a5: ES256", sign1(&header(vec![0x26]), map(&[]), nil())),
        ("a5: no algorithm", sign1(&outside, map(&[]), nil())),
        ("a5: algorithm 0", sign1(&header(uint(0)), map(&[]), nil())),
        (
            "a5: the algorithm as a word",
            sign1(&header(text("EdDSA")), map(&[]), nil()),
        ),
        (
            "a2: an unprotected header",
            sign1(&eddsa, outside.clone(), nil()),
        ),
        ("a critical header", sign1(&critical, map(&[]), nil())),
        (
            "no key id",
            sign1(&map(&[(1, vec![0x27])]), map(&[]), nil()),
        ),
        ("no protected header", sign1(&[], outside, nil())),
    ];
    let device = slot(DEVICE, &[cose::sign(&secret("device"), &inner)]);
    cases
        .iter()
        .map(|(name, sign1)| {
            let slots = [slot(ACCOUNT, std::slice::from_ref(sign1)), device.clone()];
            case(name, &signed(&inner, &slots), BOTH, "form")
        })
        .collect()
}
