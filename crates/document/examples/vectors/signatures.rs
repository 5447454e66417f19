//! Public keys and bare Ed25519 signatures: the one rule of acceptance.

use data_encoding::HEXLOWER;
use serde_json::{Value, json};

use crate::raw::{bytes, case, hex, key, malleable, map, neutral, secret, uint};

/// S for R = the neutral element, the key of `signer` and the message `message`: the equation
/// holds, and the strict rule refuses it for its R.
const S_OF_NEUTRAL_R: &str = "cb59c0e284e936fffe630435b4951aef01d62af4c812e3e0a0a3e96832b24801";

pub(crate) fn file() -> Value {
    json!({ "key": keys(), "signature": signatures() })
}

fn keys() -> Vec<Value> {
    let good = secret("signer").public();
    let order_8 = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a";
    let order_8 = HEXLOWER.decode(order_8.as_bytes()).expect("hexadecimal");
    let negative = {
        let mut point = neutral();
        point[31] = 0x80;
        point
    };
    // p = 2^255 - 19, a second spelling of y = 0; and p + 3, one of y = 3.
    let mut zero_again = [0xff; 32];
    (zero_again[0], zero_again[31]) = (0xed, 0x7f);
    let mut three_again = zero_again;
    three_again[0] = 0xf0;
    let extra = map(&[(0, uint(1)), (1, bytes(good.bytes())), (2, uint(0))]);
    let cases: &[(&str, Vec<u8>, &str)] = &[
        ("an Ed25519 key", key(1, good.bytes()), "ok"),
        ("a5: the neutral element", key(1, &neutral()), "small-order"),
        ("a5: y = 0", key(1, &[0; 32]), "small-order"),
        ("a5: a point of order 8", key(1, &order_8), "small-order"),
        ("a5: y = 0 as p", key(1, &zero_again), "not-a-point"),
        ("a5: y = 3 as p + 3", key(1, &three_again), "not-a-point"),
        (
            "the neutral element with a sign",
            key(1, &negative),
            "not-a-point",
        ),
        ("no point of the curve", key(1, &[2; 32]), "not-a-point"),
        ("all ones", key(1, &[0xff; 32]), "not-a-point"),
        ("31 bytes", key(1, &good.bytes()[..31]), "not-a-point"),
        (
            "33 bytes",
            key(1, &[good.bytes(), &[0]].concat()),
            "not-a-point",
        ),
        ("no bytes", key(1, &[]), "not-a-point"),
        ("a5: algorithm 0", key(0, good.bytes()), "unknown-algorithm"),
        ("a5: algorithm 2", key(2, good.bytes()), "unknown-algorithm"),
        ("algorithm 65536", key(65_536, good.bytes()), "shape"),
        ("a field of a later version", extra, "unknown-field"),
    ];
    cases
        .iter()
        .map(|(name, bytes, result)| case(name, bytes, result))
        .collect()
}

/// Name, key, message, signature and result.
type Signature<'a> = (&'a str, &'a [u8], &'a [u8], Vec<u8>, &'a str);

fn signatures() -> Vec<Value> {
    let signer = secret("signer");
    let good = signer.sign(b"message");
    let s_of_neutral = HEXLOWER
        .decode(S_OF_NEUTRAL_R.as_bytes())
        .expect("hexadecimal");
    let neutral_r = [neutral().to_vec(), s_of_neutral].concat();
    let of_nothing = [neutral().to_vec(), vec![0; 32]].concat();
    let flipped = |at: usize| {
        let mut bad = good.to_vec();
        bad[at] ^= 1;
        bad
    };
    let swapped = [&good[32..], &good[..32]].concat();
    let own = signer.public().bytes().to_vec();
    let other = secret("other").public().bytes().to_vec();
    let cases: &[Signature<'_>] = &[
        ("a signature", &own, b"message", good.to_vec(), "ok"),
        ("over nothing", &own, b"", signer.sign(b"").to_vec(), "ok"),
        (
            "another message",
            &own,
            b"massage",
            good.to_vec(),
            "signature",
        ),
        (
            "another key",
            &other,
            b"message",
            good.to_vec(),
            "signature",
        ),
        ("R changed", &own, b"message", flipped(0), "signature"),
        ("S changed", &own, b"message", flipped(32), "signature"),
        ("R and S swapped", &own, b"message", swapped, "signature"),
        ("a5: S + L", &own, b"message", malleable(&good), "signature"),
        (
            "a5: nothing but zeros",
            &own,
            b"message",
            vec![0; 64],
            "signature",
        ),
        (
            "a5: R of small order",
            &own,
            b"message",
            neutral_r,
            "signature",
        ),
        (
            "a5: a key of small order",
            &neutral(),
            b"message",
            of_nothing,
            "signature",
        ),
    ];
    let case = |(name, key, message, signature, result): &Signature<'_>| {
        json!({
            "name": name,
            "key": hex(key),
            "message": hex(message),
            "signature": hex(signature),
            "result": result,
        })
    };
    cases.iter().map(case).collect()
}
