//! Forms of CBOR, whatever they mean.

use serde_json::{Value, json};

use crate::raw::case;

pub(crate) fn file() -> Value {
    let good: &[(&str, &[u8])] = &[
        ("zero", &[0]),
        ("the largest in one byte", &[0x17]),
        ("the smallest in two bytes", &[0x18, 24]),
        ("255", &[0x18, 255]),
        ("256", &[0x19, 1, 0]),
        ("65535", &[0x19, 255, 255]),
        ("65536", &[0x1a, 0, 1, 0, 0]),
        ("2^32 - 1", &[0x1a, 255, 255, 255, 255]),
        ("2^32", &[0x1b, 0, 0, 0, 1, 0, 0, 0, 0]),
        ("2^64 - 1", &[0x1b, 255, 255, 255, 255, 255, 255, 255, 255]),
        ("-1", &[0x20]),
        ("-25", &[0x38, 24]),
        ("-2^64", &[0x3b, 255, 255, 255, 255, 255, 255, 255, 255]),
        ("no bytes", &[0x40]),
        ("two bytes", &[0x42, 0, 255]),
        ("no text", &[0x60]),
        ("Chinese text", &[0x66, 0xe9, 0x80, 0x9a, 0xe7, 0x9f, 0xa5]),
        ("composed text (NFC)", &[0x62, 0xc3, 0xa9]),
        ("text with NUL", &[0x61, 0]),
        ("an empty array", &[0x80]),
        ("an array of two kinds", &[0x82, 0, 0x60]),
        ("an empty map", &[0xa0]),
        ("rising keys", &[0xa3, 0, 0, 23, 0, 0x18, 24, 0]),
        ("false", &[0xf4]),
        ("true", &[0xf5]),
        (
            "a number below eight arrays",
            &[0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0],
        ),
    ];
    let cases = good.iter().map(|(name, bytes)| case(name, bytes, "ok"));
    let cases = cases.chain(
        BAD.iter()
            .map(|(name, bytes, result)| case(name, bytes, result)),
    );
    json!({ "form": cases.collect::<Vec<_>>() })
}

const BAD: &[(&str, &[u8], &str)] = &[
    ("nothing", &[], "truncated"),
    ("a head cut short", &[0x19, 1], "truncated"),
    ("bytes cut short", &[0x42, 0], "truncated"),
    ("text cut short", &[0x62, 0x61], "truncated"),
    ("an array cut short", &[0x82, 0], "truncated"),
    ("a map without its last value", &[0xa1, 0], "truncated"),
    (
        "a count beyond the end",
        &[0x9a, 255, 255, 255, 255],
        "truncated",
    ),
    (
        "a map count beyond the end",
        &[0xbb, 255, 255, 255, 255, 255, 255, 255, 255],
        "truncated",
    ),
    (
        "a length of 2^64 - 1",
        &[0x5b, 255, 255, 255, 255, 255, 255, 255, 255],
        "truncated",
    ),
    ("23 in two bytes", &[0x18, 23], "not-shortest"),
    ("255 in three bytes", &[0x19, 0, 255], "not-shortest"),
    (
        "65535 in five bytes",
        &[0x1a, 0, 0, 255, 255],
        "not-shortest",
    ),
    (
        "2^32 - 1 in nine bytes",
        &[0x1b, 0, 0, 0, 0, 255, 255, 255, 255],
        "not-shortest",
    ),
    ("-1 in two bytes", &[0x38, 0], "not-shortest"),
    ("a length in two bytes", &[0x58, 1, 0], "not-shortest"),
    (
        "a text length in two bytes",
        &[0x78, 1, 0x61],
        "not-shortest",
    ),
    ("a count in two bytes", &[0x98, 1, 0], "not-shortest"),
    ("a map count in two bytes", &[0xb8, 1, 0, 0], "not-shortest"),
    ("a key in two bytes", &[0xa1, 0x18, 1, 0], "not-shortest"),
    ("indefinite bytes", &[0x5f, 0x41, 0, 0xff], "indefinite"),
    ("indefinite text", &[0x7f, 0x61, 0x61, 0xff], "indefinite"),
    ("an indefinite array", &[0x9f, 0, 0xff], "indefinite"),
    ("an indefinite map", &[0xbf, 0, 0, 0xff], "indefinite"),
    ("a break alone", &[0xff], "indefinite"),
    ("a tag", &[0xc1, 0], "forbidden"),
    ("a tag in two bytes", &[0xd8, 24, 0x40], "forbidden"),
    ("a float of 16 bits", &[0xf9, 0, 0], "forbidden"),
    ("a float of 32 bits", &[0xfa, 0, 0, 0, 0], "forbidden"),
    (
        "a float of 64 bits",
        &[0xfb, 0, 0, 0, 0, 0, 0, 0, 0],
        "forbidden",
    ),
    ("null", &[0xf6], "forbidden"),
    ("undefined", &[0xf7], "forbidden"),
    ("simple value 0", &[0xe0], "forbidden"),
    ("true in two bytes", &[0xf8, 21], "forbidden"),
    ("reserved length 28", &[0x1c], "forbidden"),
    ("reserved length 30", &[0x5e], "forbidden"),
    ("a text key", &[0xa1, 0x61, 0x61, 0], "key-not-integer"),
    ("a negative key", &[0xa1, 0x20, 0], "key-not-integer"),
    ("a key of bytes", &[0xa1, 0x40, 0], "key-not-integer"),
    ("a key twice", &[0xa2, 0, 0, 0, 0], "keys-not-rising"),
    ("falling keys", &[0xa2, 1, 0, 0, 0], "keys-not-rising"),
    (
        "a key twice below",
        &[0x81, 0xa2, 5, 0, 5, 0],
        "keys-not-rising",
    ),
    ("not UTF-8", &[0x61, 0xff], "text"),
    ("a surrogate", &[0x63, 0xed, 0xa0, 0x80], "text"),
    ("an over-long slash", &[0x62, 0xc0, 0xaf], "text"),
    ("decomposed text (NFD)", &[0x63, 0x65, 0xcc, 0x81], "text"),
    (
        "a compatibility ideograph",
        &[0x63, 0xef, 0xa4, 0x80],
        "text",
    ),
    (
        "nine arrays",
        &[0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0],
        "too-deep",
    ),
    (
        "nine maps",
        &[
            161, 0, 161, 0, 161, 0, 161, 0, 161, 0, 161, 0, 161, 0, 161, 0, 161, 0, 0,
        ],
        "too-deep",
    ),
    ("two values", &[0, 0], "trailing"),
    ("a zero behind an array", &[0x80, 0], "trailing"),
];
