//! The writer: every function returns one whole value.

use super::{Oid, tag};

/// Tag, shortest length, content.
pub(crate) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    let length = content.len().to_be_bytes();
    let digits = &length[length.iter().take_while(|digit| **digit == 0).count()..];
    match digits {
        [] => bytes.push(0),
        [short @ 0..=0x7f] => bytes.push(*short),
        _ => {
            let count = u8::try_from(digits.len()).expect("a length has at most eight bytes");
            bytes.push(0x80 | count);
            bytes.extend_from_slice(digits);
        }
    }
    bytes.extend_from_slice(content);
    bytes
}

/// A sequence of values that are written already.
pub(crate) fn sequence(members: &[Vec<u8>]) -> Vec<u8> {
    tlv(tag::SEQUENCE, &members.concat())
}

/// A sequence of values as they were received.
pub(crate) fn raw_sequence(members: &[&[u8]]) -> Vec<u8> {
    tlv(tag::SEQUENCE, &members.concat())
}

/// `[n] EXPLICIT`.
pub(crate) fn explicit(n: u8, value: &[u8]) -> Vec<u8> {
    tlv(tag::context(n), value)
}

/// A number that is not negative, from its bytes, the highest first.
pub(crate) fn integer(digits: &[u8]) -> Vec<u8> {
    let digits = &digits[digits.iter().take_while(|digit| **digit == 0).count()..];
    match digits {
        [] => tlv(tag::INTEGER, &[0]),
        [0x80..=0xff, ..] => tlv(tag::INTEGER, &[&[0], digits].concat()),
        _ => tlv(tag::INTEGER, digits),
    }
}

pub(crate) fn truth(value: bool) -> Vec<u8> {
    tlv(tag::BOOLEAN, &[if value { 0xff } else { 0 }])
}

pub(crate) fn octets(bytes: &[u8]) -> Vec<u8> {
    tlv(tag::OCTET_STRING, bytes)
}

/// A bit string of whole bytes.
pub(crate) fn bits(bytes: &[u8]) -> Vec<u8> {
    tlv(tag::BIT_STRING, &[&[0], bytes].concat())
}

pub(crate) fn text(tag: u8, text: &str) -> Vec<u8> {
    tlv(tag, text.as_bytes())
}

pub(crate) fn oid(oid: &Oid) -> Vec<u8> {
    tlv(tag::OID, oid.content())
}
