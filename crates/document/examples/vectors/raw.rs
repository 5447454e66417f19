//! CBOR by hand: what the crate's own writer would never write.

use data_encoding::HEXLOWER;
use minicbor::{Decoder, Encoder};
use serde_json::{Value, json};
use yichuan_document::Digest;
use yichuan_document::key::{PublicKey, SigningSecret};

/// The secret key that `name` stands for: its seed is the SHA-256 of the name.
pub(crate) fn secret(name: &str) -> SigningSecret {
    SigningSecret::from_seed(Digest::of(name.as_bytes()).as_bytes())
}

/// The digest of a word, where a vector needs some digest.
pub(crate) fn digest(word: &str) -> Digest {
    Digest::of(word.as_bytes())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

/// A case: its name, the bytes, and the result.
pub(crate) fn case(name: &str, bytes: &[u8], result: &str) -> Value {
    json!({ "name": name, "bytes": hex(bytes), "result": result })
}

/// The entries of a map with integer keys, each value as its bytes.
pub(crate) fn fields(map: &[u8]) -> Vec<(u64, Vec<u8>)> {
    let mut decoder = Decoder::new(map);
    let count = decoder.map().ok().flatten().expect("a definite map");
    let mut fields = Vec::new();
    for _ in 0..count {
        let key = decoder.u64().expect("an integer key");
        let from = decoder.position();
        decoder.skip().expect("a value");
        fields.push((key, map[from..decoder.position()].to_vec()));
    }
    fields
}

/// A map of these entries, in the order given.
pub(crate) fn map(fields: &[(u64, Vec<u8>)]) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::new());
    encoder.map(fields.len() as u64).expect("memory");
    let mut bytes = encoder.into_writer();
    for (key, value) in fields {
        bytes.extend_from_slice(&uint(*key));
        bytes.extend_from_slice(value);
    }
    bytes
}

/// The map with one value put in place of another, or added in its place.
pub(crate) fn with(bytes: &[u8], key: u64, value: Vec<u8>) -> Vec<u8> {
    let mut fields = fields(bytes);
    fields.retain(|field| field.0 != key);
    let at = fields.partition_point(|field| field.0 < key);
    fields.insert(at, (key, value));
    map(&fields)
}

/// The map without one of its entries.
pub(crate) fn without(bytes: &[u8], key: u64) -> Vec<u8> {
    let mut fields = fields(bytes);
    fields.retain(|field| field.0 != key);
    map(&fields)
}

pub(crate) fn array(items: &[Vec<u8>]) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::new());
    encoder.array(items.len() as u64).expect("memory");
    let mut bytes = encoder.into_writer();
    bytes.extend(items.iter().flatten());
    bytes
}

pub(crate) fn uint(number: u64) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::new());
    encoder.u64(number).expect("memory");
    encoder.into_writer()
}

pub(crate) fn bytes(content: &[u8]) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::new());
    encoder.bytes(content).expect("memory");
    encoder.into_writer()
}

pub(crate) fn text(content: &str) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::new());
    encoder.str(content).expect("memory");
    encoder.into_writer()
}

/// A public key in CBOR, whether it is one or not.
pub(crate) fn key(algorithm: u64, content: &[u8]) -> Vec<u8> {
    map(&[(0, uint(algorithm)), (1, bytes(content))])
}

/// A key as it comes from outside, not yet checked.
pub(crate) fn unchecked(content: &[u8]) -> PublicKey {
    yichuan_document::cbor::read(&key(1, content), 4_096).expect("the form of a key")
}

/// S + L for S in the last 32 bytes: the same S modulo the group's order.
pub(crate) fn malleable(signature: &[u8]) -> Vec<u8> {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut changed = signature.to_vec();
    let from = changed.len() - 32;
    let mut carry = 0_u16;
    for (s, l) in changed[from..].iter_mut().zip(ORDER) {
        carry += u16::from(*s) + u16::from(l);
        *s = carry.to_le_bytes()[0];
        carry >>= 8;
    }
    changed
}

/// The encoding of the neutral element: a point of small order.
pub(crate) fn neutral() -> [u8; 32] {
    let mut point = [0; 32];
    point[0] = 1;
    point
}
