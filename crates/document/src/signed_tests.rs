//! Tests of signed statements.

use super::*;
use crate::statement::{About, Approval, Fetch, OfDelivery, Submission};

fn context() -> Context {
    Context {
        origin: "yichuan.example".parse().unwrap(),
        genesis: Digest::of(b"genesis"),
        roster: RosterHead {
            count: 3,
            root: Digest::of(b"roster"),
        },
        seen: None,
        account: Some("513200-zfb-fs01".parse().unwrap()),
        device: Some("513200-zfb-pc01".parse().unwrap()),
    }
}

fn about() -> About {
    About {
        document: "019a0000-0000-7000-8000-000000000001".parse().unwrap(),
        manifest: Digest::of(b"manifest"),
    }
}

fn submission() -> Payload {
    let id = "019a0000-0000-7000-8000-0000000000aa".parse().unwrap();
    let body = Submission {
        about: about(),
        wraps: Digest::of(b"wraps"),
    };
    Payload::new(&context(), id, Timestamp::from_unix_ms(5), &body)
}

fn secret(seed: u8) -> SigningSecret {
    SigningSecret::from_seed(&[seed; 32])
}

fn signer(role: SlotRole, seed: u8) -> Signer {
    Signer {
        role,
        keys: vec![secret(seed).public()],
    }
}

fn signed() -> Signed {
    Signed::new(
        &submission(),
        &[
            (SlotRole::Account, &secret(1)),
            (SlotRole::Device, &secret(2)),
        ],
    )
}

fn expected() -> [Signer; 2] {
    [signer(SlotRole::Account, 1), signer(SlotRole::Device, 2)]
}

#[test]
fn a_statement_stands_as_it_was_signed() {
    let read = Signed::read(&signed().to_bytes()).unwrap();
    let verified = read.verify(&expected()).unwrap();
    assert_eq!(verified.payload(), &submission());
    assert!(verified.payload().body::<Submission>().is_ok());
}

#[test]
fn a6_a_signature_by_another_key_does_not_stand() {
    let cases: &[(&str, [Signer; 2])] = &[
        (
            "another account",
            [signer(SlotRole::Account, 9), signer(SlotRole::Device, 2)],
        ),
        (
            "another device",
            [signer(SlotRole::Account, 1), signer(SlotRole::Device, 9)],
        ),
        (
            "keys swapped",
            [signer(SlotRole::Account, 2), signer(SlotRole::Device, 1)],
        ),
        (
            "roles swapped",
            [signer(SlotRole::Device, 2), signer(SlotRole::Account, 1)],
        ),
        (
            "another role",
            [signer(SlotRole::Account, 1), signer(SlotRole::Seal, 2)],
        ),
    ];
    for (name, expected) in cases {
        assert!(signed().verify(expected).is_err(), "{name}");
    }
}

#[test]
fn a2_a_stripped_or_added_signature_is_refused() {
    let account = Signed::new(&submission(), &[(SlotRole::Account, &secret(1))]);
    let refusal = NotVerified::Signers {
        expected: 2,
        found: 1,
    };
    assert_eq!(account.verify(&expected()).unwrap_err(), refusal);

    let mut more = signed();
    more.add(SlotRole::Seal, &secret(3));
    let refusal = NotVerified::Signers {
        expected: 2,
        found: 3,
    };
    assert_eq!(more.verify(&expected()).unwrap_err(), refusal);

    let two_keys = Signer {
        role: SlotRole::Account,
        keys: vec![secret(1).public(), secret(7).public()],
    };
    let refusal = NotVerified::Stripped(SlotRole::Account);
    let expected = [two_keys, signer(SlotRole::Device, 2)];
    assert_eq!(signed().verify(&expected).unwrap_err(), refusal);
}

#[test]
fn a7_a_statement_serves_no_other_purpose() {
    let payload = submission();
    assert!(payload.body::<Approval>().is_err());
    assert!(payload.body::<Fetch>().is_err());
    let relabelled = Payload {
        purpose: Fetch::PURPOSE.to_owned(),
        ..payload
    };
    assert!(
        relabelled.body::<Fetch>().is_err(),
        "the body is still a submission's"
    );
}

#[test]
fn an_unknown_version_is_an_answer() {
    let payload = Payload {
        version: 2,
        ..submission()
    };
    let answer = payload.body::<Submission>();
    assert_eq!(answer, Err(NotThisBody::UnknownVersion { found: 2 }));
}

#[test]
fn a1_every_flipped_bit_of_a_statement_is_noticed() {
    let good = signed().to_bytes();
    for bit in 0..good.len() * 8 {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        let stands = Signed::read(&bad).is_ok_and(|read| read.verify(&expected()).is_ok());
        assert!(!stands, "bit {bit}");
    }
}

#[test]
fn purposes_differ() {
    let body = OfDelivery {
        about: about(),
        unit: "513201-zf@yichuan.example".parse().unwrap(),
        previous: Digest::of(b"previous"),
    };
    let fetch = Payload::new(
        &context(),
        "019a0000-0000-7000-8000-0000000000ab".parse().unwrap(),
        Timestamp::default(),
        &Fetch { delivery: body },
    );
    assert!(fetch.is::<Fetch>() && !fetch.is::<Submission>());
}
