//! The vectors of `proto/vectors/envelope`, which the second implementation in Python has made.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{self, Read};

use data_encoding::HEXLOWER;
use serde_json::Value;
use yichuan_document::header::InnerHeader;
use yichuan_document::level::Ceiling;
use yichuan_document::roster::record::EpochShare;
use yichuan_document::wrap::Wrap;
use yichuan_document::{Digest, DocumentId, cbor};
use yichuan_envelope::{
    CloseRequest, ContentKey, EncryptionSecret, PartSource, SegmentSink, close, open_share, unwrap,
};

fn vectors() -> Value {
    let text = include_str!("../../../proto/vectors/envelope/envelope.json");
    serde_json::from_str(text).unwrap()
}

fn hex(value: &Value) -> Vec<u8> {
    HEXLOWER.decode(value.as_str().unwrap().as_bytes()).unwrap()
}

fn digest(value: &Value) -> Digest {
    Digest::from_bytes(hex(value).try_into().unwrap())
}

fn cases<'v>(vectors: &'v Value, name: &str) -> &'v [Value] {
    let cases = vectors[name].as_array().unwrap();
    assert!(!cases.is_empty(), "{name}");
    cases
}

/// Byte i of part p is (31 i + p) mod 256.
struct Part {
    place: u64,
    at: u64,
    size: u64,
}

impl Read for Part {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.size - self.at).unwrap();
        let count = left.min(buffer.len());
        for byte in &mut buffer[..count] {
            *byte = (31 * self.at + self.place).to_le_bytes()[0];
            self.at += 1;
        }
        Ok(count)
    }
}

/// The whole body in memory.
#[derive(Default)]
struct Whole(Vec<u8>);

impl SegmentSink for Whole {
    fn put(&mut self, _: u32, offset: u64, segment: &[u8]) -> io::Result<()> {
        let from = usize::try_from(offset).unwrap();
        let to = from + segment.len();
        self.0.resize(self.0.len().max(to), 0);
        self.0[from..to].copy_from_slice(segment);
        Ok(())
    }
}

#[test]
fn bodies_are_closed_as_the_second_implementation_closes_them() {
    let vectors = vectors();
    let key = ContentKey::from_bytes(&hex(&vectors["content_key"]).try_into().unwrap());
    let genesis = digest(&vectors["genesis"]);
    let document = hex(&vectors["document"]).try_into().unwrap();
    let document = DocumentId::from_bytes(document).unwrap();
    let unit = vectors["unit"].as_str().unwrap().parse().unwrap();
    let account = vectors["account"].as_str().unwrap().parse().unwrap();
    for case in cases(&vectors, "bodies") {
        let name = &case["name"];
        let bytes = hex(&case["header"]);
        let header = InnerHeader::read(&bytes).unwrap();
        let sizes = case["sizes"].as_array().unwrap().iter();
        let mut parts: Vec<Part> = (0..)
            .zip(sizes)
            .map(|(place, size)| Part {
                place,
                at: 0,
                size: size.as_u64().unwrap(),
            })
            .collect();
        let mut sources: Vec<PartSource<'_>> = parts
            .iter_mut()
            .map(|part| part as PartSource<'_>)
            .collect();
        let request = CloseRequest {
            genesis,
            level: header.level.transmissible(Ceiling::Secret).unwrap(),
            header,
            content_key: &key,
        };
        let mut body = Whole::default();
        let closed = close(request, &mut sources, &mut body, &mut |_| {}).unwrap();
        assert_eq!(closed.header.to_bytes(), bytes, "{name}");
        assert_eq!(u64::from(closed.leaves.count()), case["segments"], "{name}");
        assert_eq!(closed.leaves.body_bytes(), case["body_bytes"], "{name}");
        assert_eq!(closed.leaves.root(), digest(&case["root"]), "{name}");
        assert_eq!(closed.commitment, digest(&case["commitment"]), "{name}");
        assert_eq!(Digest::of(&body.0), digest(&case["body_sha256"]), "{name}");
        let manifest = digest(&vectors["manifest"]);
        let by = (&unit, &account);
        let opening = key.opening(&genesis, &document, &manifest, by, &closed.header_digest);
        assert_eq!(opening, digest(&case["opening"]), "{name}");
    }
}

fn secret(case: &Value) -> EncryptionSecret {
    EncryptionSecret::from_seed(&hex(&case["seed"]).try_into().unwrap())
}

#[test]
fn wraps_open_only_for_whom_and_what_they_were_made() {
    let vectors = vectors();
    for case in cases(&vectors, "wraps") {
        let wrap: Wrap = cbor::read(&hex(&case["wrap"]), 4_096).unwrap();
        let (genesis, manifest) = (digest(&case["genesis"]), digest(&case["manifest"]));
        let opened = unwrap(&wrap, genesis, manifest, &secret(case)).ok();
        let opened = opened.map(|key| key.bytes().to_vec());
        let valid = case["valid"].as_bool().unwrap();
        let expected = valid.then(|| hex(&vectors["content_key"]));
        assert_eq!(opened, expected, "{}", case["name"]);
    }
}

#[test]
fn shares_open_only_for_their_unit_and_account() {
    let vectors = vectors();
    let genesis = digest(&vectors["genesis"]);
    for case in cases(&vectors, "shares") {
        let share: EpochShare = cbor::read(&hex(&case["share"]), 4_096).unwrap();
        let unit = case["unit"].as_str().unwrap().parse().unwrap();
        let account = case["account"].as_str().unwrap().parse().unwrap();
        let opened = open_share(&share, &genesis, &unit, &account, &secret(case));
        let valid = case["valid"].as_bool().unwrap();
        assert_eq!(opened.is_ok(), valid, "{}", case["name"]);
    }
}
