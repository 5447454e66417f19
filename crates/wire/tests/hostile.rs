//! Every message, whole and spoiled: nothing panics, nothing is read in two ways.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use proptest::prelude::*;
use yichuan_document::signed::RosterHead;
use yichuan_document::statement::About;
use yichuan_document::terms::{DocumentKind, Urgency};
use yichuan_document::wrap::Wrap;
use yichuan_document::{Digest, DocumentId, Timestamp, cbor};
use yichuan_wire::ErrorCode;
use yichuan_wire::figures::{
    DocumentLine, DocumentsOf, DocumentsTable, End, Figures, FiguresOf, FiguresRow, FiguresTable,
    ReceptionLine, ReceptionTable,
};
use yichuan_wire::frame::{FRAME_HEAD_BYTES, FrameHead, MESSAGE_BYTES_MAX};
use yichuan_wire::message::{
    Answer, Ask, AttachmentOf, BeginBody, BodyRef, DocumentFile, DocumentFrom, Entries,
    ExtractFile, Hello, InclusionOf, InlineBody, Lane, PasswordState, Proof, Proven, ProvenEntry,
    Push, Record, Refused, Reply, Request, SegmentRange, SessionState, Span, TileRef, WIRE_VERSION,
    Welcome,
};

const LIMIT: usize = MESSAGE_BYTES_MAX as usize;

fn digest() -> Digest {
    Digest::of(b"something")
}

fn bytes() -> ByteVec {
    ByteVec::from(vec![1, 2, 3])
}

fn document() -> DocumentId {
    "01a20c6c-80c2-7de9-9db0-638c45f69ea1".parse().unwrap()
}

fn asks() -> Vec<Ask> {
    let body = BodyRef {
        document: document(),
        root: digest(),
    };
    let record = |body| Record {
        statement: bytes(),
        attachments: vec![bytes(), ByteVec::from(Vec::new())],
        body,
    };
    let inline = InlineBody {
        leaves: bytes(),
        segments: bytes(),
    };
    let leaves = bytes();
    vec![
        Ask::Hello(Hello {
            version: WIRE_VERSION,
            now: Timestamp::from_unix_ms(1_790_000_000_000),
            lane: Lane::Body,
        }),
        Ask::OpenSession(bytes()),
        Ask::RosterEntries(u64::MAX),
        Ask::Record(record(None)),
        Ask::Record(record(Some(inline))),
        Ask::BeginBody(BeginBody { body, leaves }),
        Ask::FinishBody(body),
        Ask::Subscribe(0),
        Ask::Document(DocumentFrom {
            document: digest(),
            from: 300,
        }),
        Ask::Audit(24),
        Ask::Reception(digest()),
        Ask::Figures(FiguresOf {
            from: 202_611,
            until: 202_612,
            after: Some("513200-zfb".parse().unwrap()),
            below: true,
        }),
        Ask::Documents(DocumentsOf {
            received: true,
            before: Some(300),
            count: 50,
        }),
        Ask::Wrap(digest()),
        Ask::Leaves(digest()),
        Ask::Segments(SegmentRange {
            document: digest(),
            first: 1,
            count: u32::MAX,
        }),
        Ask::Attachment(AttachmentOf {
            entry: 300,
            digest: digest(),
        }),
        Ask::Inclusion(InclusionOf {
            index: 23,
            size: 24,
        }),
        Ask::Consistency(1 << 40),
        Ask::Extract(digest()),
        Ask::Tile(TileRef {
            level: 7,
            index: 1,
            width: 256,
        }),
    ]
}

fn proven() -> Proven {
    Proven {
        entry: ProvenEntry {
            index: 3,
            entry: bytes(),
            path: vec![digest(); 2],
        },
        checkpoint: "yichuan.example\n4\n".to_owned(),
    }
}

fn answers() -> Vec<Answer> {
    let checkpoint = proven().checkpoint;
    let entries = |next| Entries {
        entries: vec![proven().entry],
        checkpoint: checkpoint.clone(),
        next,
    };
    let refused = |retry_after_ms, about: Option<&str>| Refused {
        code: ErrorCode::BUSY,
        retry_after_ms,
        about: about.map(str::to_owned),
    };
    [
        Answer::Refused(refused(None, None)),
        Answer::Refused(refused(Some(100), Some("公文"))),
        Answer::Welcome(Welcome {
            version: WIRE_VERSION,
            origin: "yichuan.example".parse().unwrap(),
            genesis: digest(),
            now: Timestamp::from_unix_ms(1),
            checkpoint: checkpoint.clone(),
            roster: RosterHead {
                count: 9,
                root: digest(),
            },
        }),
        Answer::SessionOpened(SessionState {
            password: PasswordState::Expired,
            until: Some(Timestamp::from_unix_ms(1_795_000_000_000)),
        }),
        Answer::Entries(entries(None)),
        Answer::Entries(entries(Some(77))),
        Answer::Recorded(proven()),
        Answer::Wanted(vec![Span { first: 0, count: 4 }]),
        Answer::BodyStored,
        Answer::Subscribed(12),
        Answer::Document(DocumentFile {
            manifest: bytes(),
            entries: entries(None),
        }),
        Answer::Wrap(Wrap {
            unit: "513200-zfb@yichuan.example".parse().unwrap(),
            epoch: 1,
            key: digest(),
            suite: 1,
            enc: vec![5; 1_120],
            ct: vec![6; 48],
        }),
        Answer::Bytes(bytes()),
        Answer::SegmentsSaid,
        Answer::Proof(Proof {
            path: Vec::new(),
            checkpoint: checkpoint.clone(),
        }),
        Answer::Extract(ExtractFile {
            statement: bytes(),
            checkpoint,
        }),
    ]
    .into_iter()
    .chain(tables())
    .collect()
}

/// Tables of what is watched.
fn tables() -> Vec<Answer> {
    vec![
        Answer::Reception(ReceptionTable {
            about: about(),
            inquiry_due: Some(Timestamp::from_unix_ms(9)),
            inquired: None,
            size: 300,
            lines: vec![line()],
        }),
        Answer::Figures(FiguresTable {
            rows: vec![FiguresRow::new(
                "513200-zfb".parse().unwrap(),
                202_611,
                &figures(),
            )],
            next: Some("513201-zf".parse().unwrap()),
        }),
        Answer::Documents(DocumentsTable {
            lines: vec![DocumentLine {
                index: 300,
                about: about(),
                lead: "513200-zfb".parse().unwrap(),
                urgency: Urgency::MostUrgent,
                kind: DocumentKind::MeetingNotice,
                stage: 6,
                dispatched: Some(Timestamp::from_unix_ms(9)),
                delivery: Some(line()),
                replaced_by: Some(digest()),
            }],
            next: Some(7),
        }),
    ]
}

fn about() -> About {
    About {
        document: document(),
        manifest: digest(),
    }
}

fn line() -> ReceptionLine {
    ReceptionLine {
        unit: "513201-zf".parse().unwrap(),
        state: 5,
        facts: 17,
        dispatched: Timestamp::from_unix_ms(1),
        due: Timestamp::from_unix_ms(u64::MAX),
        ended: Some(Timestamp::from_unix_ms(3)),
        by: Some("513201-zf-js01".parse().unwrap()),
        reason: Some(6),
    }
}

fn figures() -> Figures {
    let mut figures = Figures::default();
    figures.count_delivery(End::Signed(90), true, true, 1);
    figures.count_delivery(End::Returned(6), false, false, 1);
    figures
}

/// Reads, and demands that what was read is written as the same bytes.
fn read_one_way<T>(bytes: &[u8]) -> bool
where
    T: for<'b> Decode<'b, ()> + Encode<()>,
{
    match cbor::read::<T>(bytes, LIMIT) {
        Ok(value) => {
            assert_eq!(cbor::to_vec(&value), bytes, "read in two ways");
            true
        }
        Err(_) => false,
    }
}

fn spoil<T>(message: &T)
where
    T: for<'b> Decode<'b, ()> + Encode<()> + std::fmt::Debug,
{
    let good = cbor::to_vec(message);
    assert!(read_one_way::<T>(&good), "{message:?}");
    for length in 0..good.len() {
        assert!(
            !read_one_way::<T>(&good[..length]),
            "cut to {length}: {message:?}"
        );
    }
    for more in [0x00, 0xf6, 0xff] {
        let longer = [good.as_slice(), &[more]].concat();
        assert!(!read_one_way::<T>(&longer), "{more:02x} behind {message:?}");
    }
    for bit in 0..good.len() * 8 {
        let mut changed = good.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        // It may be another message; what it may not be is a panic or a second form of one.
        read_one_way::<T>(&changed);
    }
    assert!(
        cbor::read::<T>(&good, good.len() - 1).is_err(),
        "above the limit"
    );
}

#[test]
fn every_question_is_read_in_one_way() {
    for ask in asks() {
        spoil(&Request { id: 7, ask });
    }
}

#[test]
fn every_answer_is_read_in_one_way() {
    for answer in answers() {
        spoil(&Reply { id: 7, answer });
    }
    spoil(&Push {
        sequence: 1,
        what: proven(),
    });
}

#[test]
fn an_unknown_question_or_answer_is_refused() {
    for number in [17_u8, 23] {
        let unknown = [0xa2, 0, 1, 1, 0x82, number, 0x81, 0];
        assert!(!read_one_way::<Request>(&unknown), "{number}");
        assert!(!read_one_way::<Reply>(&unknown), "{number}");
    }
}

proptest! {
    #[test]
    fn random_bytes_are_read_in_one_way_or_refused(
        bytes in proptest::collection::vec(any::<u8>(), 0..200)
    ) {
        read_one_way::<Request>(&bytes);
        read_one_way::<Reply>(&bytes);
        read_one_way::<Push>(&bytes);
    }

    #[test]
    fn a_head_is_read_in_one_way_or_refused(head in any::<[u8; FRAME_HEAD_BYTES]>()) {
        if let Ok(read) = FrameHead::read(head) {
            prop_assert_eq!(read.to_bytes(), head);
            prop_assert!(read.bytes <= MESSAGE_BYTES_MAX);
        }
    }
}
