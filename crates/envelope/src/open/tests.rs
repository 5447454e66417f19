//! Tests of closing and opening together.

use std::io::Cursor;

use proptest::prelude::*;
use yichuan_document::header::{Contact, HEADER_VERSION, Metadata, Part};
use yichuan_document::level::Ceiling;
use yichuan_document::manifest::{
    BODY_SUITE_1, Issuer, MANIFEST_VERSION, Recipient, RecipientRole, SEGMENT_BYTES,
};
use yichuan_document::terms::{DocumentKind, Urgency};
use yichuan_document::{Classification, DocumentId, Timestamp};

use super::*;
use crate::close::{CloseRefused, CloseRequest, PartSource, SegmentSink, close};

const GENESIS: Digest = Digest::from_bytes([7; 32]);

/// An envelope in memory.
struct Envelope {
    segments: Vec<Vec<u8>>,
    manifest: Manifest,
    leaves: Leaves,
    key: ContentKey,
}

struct Sink(Vec<Vec<u8>>);

impl SegmentSink for Sink {
    fn put(&mut self, index: u32, offset: u64, segment: &[u8]) -> io::Result<()> {
        let index = index as usize;
        if self.0.len() <= index {
            self.0.resize(index + 1, Vec::new());
        }
        self.0[index] = segment.to_vec();
        if index > 0 && self.0[..index].iter().all(|before| !before.is_empty()) {
            let before: usize = self.0[..index].iter().map(Vec::len).sum();
            assert_eq!(offset, before as u64);
        }
        Ok(())
    }
}

fn origin() -> Origin {
    "yichuan.example".parse().unwrap()
}

fn id() -> DocumentId {
    "019a0000-0000-7000-8000-000000000001".parse().unwrap()
}

fn header(parts: &[&[u8]], level: Classification) -> InnerHeader {
    InnerHeader {
        version: HEADER_VERSION,
        origin: origin(),
        id: id(),
        issuers: vec!["513200-zfb@yichuan.example".parse().unwrap()],
        level,
        title: "关于森林草原防火工作的通知".into(),
        metadata: Metadata::default(),
        contact: Contact::default(),
        parts: parts
            .iter()
            .enumerate()
            .map(|(i, bytes)| Part {
                name: format!("part{i}.ofd").parse().unwrap(),
                media_type: "application/ofd".into(),
                bytes: bytes.len() as u64,
                digest: Digest::from_bytes([0; 32]),
            })
            .collect(),
    }
}

fn manifest(leaves: &Leaves, commitment: Digest, level: Classification) -> Manifest {
    Manifest {
        version: MANIFEST_VERSION,
        id: id(),
        issuers: vec![Issuer {
            unit: "513200-zfb@yichuan.example".parse().unwrap(),
            seal_ordinal: 1,
        }],
        account: "513200-zfb-fs01".parse().unwrap(),
        recipients: vec![Recipient {
            unit: "513201-zf@yichuan.example".parse().unwrap(),
            role: RecipientRole::Main,
            print_quota: 1,
        }],
        level,
        period: None,
        urgency: Urgency::Ordinary,
        kind: DocumentKind::Notice,
        number: None,
        composed_at: Timestamp::from_unix_ms(1),
        valid_until: None,
        body_bytes: leaves.body_bytes(),
        segments: leaves.count(),
        segment_bytes: SEGMENT_BYTES,
        root: leaves.root(),
        commitment,
        suite: BODY_SUITE_1,
        replaces: None,
        replies_to: None,
        receipts_stand: None,
    }
}

fn close_parts(parts: &[&[u8]], level: Classification, key: u8) -> Envelope {
    let key = ContentKey::from_bytes(&[key; 32]);
    let mut readers: Vec<Cursor<&[u8]>> = parts.iter().map(|part| Cursor::new(*part)).collect();
    let mut sources: Vec<PartSource<'_>> = readers
        .iter_mut()
        .map(|reader| reader as PartSource<'_>)
        .collect();
    let mut sink = Sink(Vec::new());
    let request = CloseRequest {
        genesis: GENESIS,
        level: level.transmissible(Ceiling::Secret).unwrap(),
        header: header(parts, level),
        content_key: &key,
    };
    let closed = close(request, &mut sources, &mut sink, &mut |_| {}).unwrap();
    let manifest = manifest(&closed.leaves, closed.commitment, level);
    Envelope {
        segments: sink.0,
        manifest,
        leaves: closed.leaves,
        key,
    }
}

impl Envelope {
    fn open(&self) -> Result<Vec<Vec<u8>>, StayedClosed> {
        let origin = origin();
        let opener = Opener::new(&self.manifest, &self.leaves, &self.key, &GENESIS, &origin)?;
        let mut fetch = |index: u32, buffer: &mut Vec<u8>| {
            *buffer = self.segments[index as usize].clone();
            Ok(())
        };
        let opened = opener.header(&mut fetch)?;
        let mut parts = Vec::new();
        for place in 0..opened.header().parts.len() {
            let mut plain = Vec::new();
            opener.part(&opened, place, &mut fetch, &mut plain, &mut |_| {})?;
            parts.push(plain);
        }
        Ok(parts)
    }
}

#[test]
fn what_was_closed_is_opened() {
    let mib = vec![1; 1 << 20];
    let more = vec![2; (1 << 20) + 1];
    let large = vec![3; 11 << 20];
    let cases: [&[&[u8]]; 5] = [
        &[b"text"],
        &[b""],
        &[&mib, b"", &more],
        &[&large, b"annex"],
        &[b"", b"", b"x"],
    ];
    for parts in cases {
        let envelope = close_parts(parts, Classification::Internal, 1);
        assert!(
            envelope
                .open()
                .unwrap()
                .iter()
                .map(Vec::as_slice)
                .eq(parts.iter().copied())
        );
    }
}

#[test]
fn closing_again_gives_the_same_bytes() {
    let parts: [&[u8]; 2] = [b"text", b"annex"];
    let one = close_parts(&parts, Classification::Public, 1);
    let two = close_parts(&parts, Classification::Public, 1);
    assert_eq!(one.segments, two.segments);
    assert_eq!(one.manifest.root, two.manifest.root);
    assert_ne!(
        one.manifest.root,
        close_parts(&parts, Classification::Public, 2).manifest.root
    );
}

#[test]
fn b1_a_wrong_segment_is_refused_wherever_it_stands() {
    let large = vec![3; (3 << 20) + 5];
    let good = close_parts(&[&large, b"annex"], Classification::Public, 1);
    let other = close_parts(&[&large, b"annex"], Classification::Public, 2);
    for index in 0..good.segments.len() {
        for change in 0..5 {
            let mut bad = close_parts(&[&large, b"annex"], Classification::Public, 1);
            let length = bad.segments[index].len();
            match change {
                0 => bad.segments[index][0] ^= 1,
                1 => bad.segments[index][length - 1] ^= 0x80,
                2 => bad.segments[index].truncate(length - 1),
                3 => bad.segments[index] = other.segments[index].clone(),
                _ => bad.segments.swap(index, (index + 1) % good.segments.len()),
            }
            let refused = bad.open();
            assert!(
                matches!(
                    refused,
                    Err(StayedClosed::Leaves(BadLeaves::Segment { .. }))
                ),
                "segment {index}, change {change}"
            );
        }
    }
}

#[test]
fn b2_a_second_key_does_not_open_the_body() {
    let mut envelope = close_parts(&[b"text"], Classification::Public, 1);
    envelope.key = ContentKey::from_bytes(&[2; 32]);
    assert!(matches!(
        envelope.open(),
        Err(StayedClosed::CommitmentMismatch)
    ));
}

#[test]
fn b1_a_truncated_or_extended_list_is_refused() {
    let good = close_parts(&[&vec![3; 3 << 20]], Classification::Public, 1);
    let leaves: Vec<_> = (0..good.leaves.count())
        .map(|index| {
            (
                good.leaves.digest(index).unwrap(),
                good.leaves.length(index).unwrap(),
            )
        })
        .collect();
    for changed in [
        &leaves[..leaves.len() - 1],
        &[&leaves[..], &leaves[..1]].concat(),
    ] {
        let mut bad = close_parts(&[&vec![3; 3 << 20]], Classification::Public, 1);
        bad.leaves = Leaves::new(changed.iter().copied()).unwrap();
        assert!(matches!(
            bad.open(),
            Err(StayedClosed::Leaves(BadLeaves::Count { .. }))
        ));
        // A manifest that was made to fit gives itself away at the end of the stream.
        bad.manifest.segments = bad.leaves.count();
        bad.manifest.body_bytes = bad.leaves.body_bytes();
        bad.manifest.root = bad.leaves.root();
        bad.segments.push(bad.segments[0].clone());
        assert!(bad.open().is_err());
    }
}

#[test]
fn f3_another_level_outside_releases_nothing() {
    let mut envelope = close_parts(&[b"text"], Classification::Secret, 1);
    envelope.manifest.level = Classification::Public;
    let refused = envelope.open();
    let expected = Disagreement::Level {
        inner: Classification::Secret,
        outer: Classification::Public,
    };
    assert!(matches!(refused, Err(StayedClosed::Violation(found)) if found == expected));
}

#[test]
fn a_source_that_changes_is_refused() {
    let key = ContentKey::from_bytes(&[1; 32]);
    for (declared, actual) in [(5, "1234"), (5, "123456"), (5, ""), (0, "1")] {
        let mut header = header(&[b"12345"], Classification::Public);
        header.parts[0].bytes = declared;
        let request = CloseRequest {
            genesis: GENESIS,
            level: Classification::Public
                .transmissible(Ceiling::Secret)
                .unwrap(),
            header,
            content_key: &key,
        };
        let mut source = Cursor::new(actual);
        let outcome = close(
            request,
            &mut [&mut source],
            &mut Sink(Vec::new()),
            &mut |_| {},
        );
        assert!(
            matches!(
                outcome,
                Err(CloseRefused::Shorter { part: 0 } | CloseRefused::Longer { part: 0 })
            ),
            "{actual}"
        );
    }
}

#[test]
fn a_header_of_another_level_is_not_closed() {
    let key = ContentKey::from_bytes(&[1; 32]);
    let request = CloseRequest {
        genesis: GENESIS,
        level: Classification::Public
            .transmissible(Ceiling::Secret)
            .unwrap(),
        header: header(&[b"1"], Classification::TopSecret),
        content_key: &key,
    };
    let mut source = Cursor::new("1");
    let outcome = close(
        request,
        &mut [&mut source],
        &mut Sink(Vec::new()),
        &mut |_| {},
    );
    assert!(matches!(outcome, Err(CloseRefused::AnotherLevel)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn any_parts_come_back(
        parts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..5_000), 1..5),
    ) {
        let slices: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        let envelope = close_parts(&slices, Classification::Public, 1);
        prop_assert_eq!(envelope.open().unwrap(), parts);
    }
}
