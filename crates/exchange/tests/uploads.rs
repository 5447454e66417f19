//! Sessions and bodies behind the port: who may open one, and uploads that are cut and go on.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod world;

use std::sync::Arc;

use bytes::Bytes;
use minicbor::bytes::ByteVec;
use yichuan_document::roster::act::Change;
use yichuan_document::roster::record::Status;
use yichuan_document::signed::{Payload, Signed, SlotRole};
use yichuan_document::statement::{LoginProof, PasswordSet, SessionOpen};
use yichuan_document::{Digest, DocumentId, StatementId, Timestamp, cbor, tree};
use yichuan_envelope::Leaves;
use yichuan_exchange::net::{Peer, Service as _, Session};
use yichuan_exchange::registry::Registry;
use yichuan_exchange::sequencer::clock;
use yichuan_exchange::service::Office;
use yichuan_exchange::tables;
use yichuan_wire::ErrorCode;
use yichuan_wire::message::{
    Answer, Ask, BeginBody, BodyRef, PasswordState, Record, SessionState, Span,
};

use world::{CLERK, PC, World, secret};

const OTHER: (&str, &str) = ("513201-zf-fs01", "513201-zf-pc01");
/// The seeds of the two units' keys; the world counts from them.
const SEED: u8 = 20;
const OTHER_SEED: u8 = 30;

fn office(world: &World) -> Office {
    let store = Arc::clone(&world.store);
    let bodies = Arc::new(world.disk.bodies().unwrap());
    Office::new(
        store,
        bodies,
        world.sequencer.clone(),
        Registry::new(secret(2)),
    )
}

/// Somebody connected with a unit's TLS key.
fn peer(seed: u8, session: Option<(&str, &str)>) -> Peer {
    Peer {
        tls_key: secret(seed + 4).public(),
        exporter: Digest::of(b"this connection"),
        session: session.map(|(account, device)| Session {
            account: account.parse().unwrap(),
            device: device.parse().unwrap(),
            state: SessionState {
                password: PasswordState::Good,
                until: None,
            },
            opened: yichuan_exchange::sequencer::clock(),
            held: None,
        }),
        remote: "127.0.0.1:1".parse().unwrap(),
    }
}

fn clerk() -> Peer {
    peer(SEED, Some((CLERK, PC)))
}

/// A body of four segments, of which the second is a full one.
struct Body {
    segments: Vec<Vec<u8>>,
    begin: BeginBody,
}

impl Body {
    fn new(fill: u8) -> Self {
        let lengths = [4_112, 1_048_592, 700, 17];
        let segments: Vec<Vec<u8>> = lengths.iter().map(|length| vec![fill; *length]).collect();
        let leaves = segments.iter().map(|segment| {
            (
                tree::leaf_hash(segment),
                u32::try_from(segment.len()).unwrap(),
            )
        });
        let leaves = Leaves::new(leaves).unwrap();
        let body = BodyRef {
            document: DocumentId::new(clock(), &mut chance(fill)),
            root: leaves.root(),
        };
        let begin = BeginBody {
            body,
            leaves: ByteVec::from(leaves.to_bytes()),
        };
        Self { segments, begin }
    }

    fn segment(&self, index: u32) -> Bytes {
        Bytes::from(self.segments[index as usize].clone())
    }
}

fn chance(seed: u8) -> rand_chacha::ChaCha20Rng {
    rand_core::SeedableRng::from_seed([seed; 32])
}

fn wanted(spans: &[Span]) -> Vec<u32> {
    spans
        .iter()
        .flat_map(|span| span.first..span.first + span.count)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_stops_at_any_segment_goes_on_where_it_was() {
    let world = World::new().await;
    let (office, clerk) = (office(&world), clerk());
    for cut in 0..=4_u32 {
        let body = Body::new(u8::try_from(cut).unwrap() + 1);
        let begun = office.begin_body(&clerk, body.begin.clone()).await.unwrap();
        assert_eq!(wanted(&begun), [0, 1, 2, 3]);
        for index in 0..cut {
            let sent = office.write_segment(&clerk, body.begin.body, index, body.segment(index));
            sent.await.unwrap();
        }
        if cut < 4 {
            let early = office
                .finish_body(&clerk, body.begin.body)
                .await
                .unwrap_err();
            assert_eq!(early.code, ErrorCode::BODY_MISSING, "cut at {cut}");
        }
        // Another connection of the same unit takes it up.
        let again = office.begin_body(&clerk, body.begin.clone()).await.unwrap();
        assert_eq!(wanted(&again), (cut..4).collect::<Vec<_>>(), "cut at {cut}");
        for index in wanted(&again) {
            let sent = office.write_segment(&clerk, body.begin.body, index, body.segment(index));
            sent.await.unwrap();
        }
        office.finish_body(&clerk, body.begin.body).await.unwrap();
        let whole = office.begin_body(&clerk, body.begin.clone()).await.unwrap();
        assert_eq!(wanted(&whole), [0_u32; 0], "cut at {cut}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn b1_a_wrong_segment_is_refused_and_spoils_nothing() {
    let world = World::new().await;
    let (office, clerk) = (office(&world), clerk());
    let body = Body::new(9);
    office.begin_body(&clerk, body.begin.clone()).await.unwrap();
    let mut changed = body.segments[2].clone();
    changed[5] ^= 1;
    let wrong: [(&str, u32, Vec<u8>); 5] = [
        ("one bit", 2, changed),
        ("another place", 0, body.segments[2].clone()),
        ("shorter", 2, body.segments[2][1..].to_vec()),
        ("nothing", 2, Vec::new()),
        ("no such place", 4, body.segments[3].clone()),
    ];
    for (what, index, bytes) in wrong {
        let sent = office.write_segment(&clerk, body.begin.body, index, Bytes::from(bytes));
        assert_eq!(
            sent.await.unwrap_err().code,
            ErrorCode::BODY_WRONG,
            "{what}"
        );
    }
    // Twice, and by two writers: the same bytes stand there.
    for index in [0, 1, 2, 3, 2, 1] {
        let one = office.write_segment(&clerk, body.begin.body, index, body.segment(index));
        let two = office.write_segment(&clerk, body.begin.body, index, body.segment(index));
        let (one, two) = tokio::join!(one, two);
        assert_eq!((one, two), (Ok(()), Ok(())), "{index}");
    }
    office.finish_body(&clerk, body.begin.body).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn b1_a_leaf_list_with_another_root_is_refused() {
    let world = World::new().await;
    let (office, clerk) = (office(&world), clerk());
    let (body, other) = (Body::new(3), Body::new(4));
    let mixed = BeginBody {
        body: body.begin.body,
        leaves: other.begin.leaves,
    };
    let torn = BeginBody {
        body: body.begin.body,
        leaves: ByteVec::from(body.begin.leaves[1..].to_vec()),
    };
    let none = BeginBody {
        body: body.begin.body,
        leaves: ByteVec::from(Vec::new()),
    };
    for begin in [mixed, torn, none] {
        let refused = office.begin_body(&clerk, begin).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::BODY_WRONG);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn d6_a_body_is_its_units_alone() {
    let world = World::new().await;
    let (office, clerk) = (office(&world), clerk());
    let body = Body::new(5);
    office.begin_body(&clerk, body.begin.clone()).await.unwrap();
    let sent = office.write_segment(&clerk, body.begin.body, 0, body.segment(0));
    sent.await.unwrap();
    // The other unit begins one of its own under the same name, and finds nothing of ours.
    let other = peer(OTHER_SEED, Some(OTHER));
    let begun = office.begin_body(&other, body.begin.clone()).await.unwrap();
    assert_eq!(wanted(&begun), [0, 1, 2, 3]);
    let nobody = peer(SEED, None);
    let refused = office
        .begin_body(&nobody, body.begin.clone())
        .await
        .unwrap_err();
    assert_eq!(refused.code, ErrorCode::NO_SESSION);
}

/// A session statement, with what a case changes.
struct Opening {
    account: &'static str,
    device: &'static str,
    keys: (u8, u8),
    exporter: Digest,
    time: Timestamp,
    login: u8,
}

impl Opening {
    fn good() -> Self {
        Self {
            account: CLERK,
            device: PC,
            keys: (SEED + 1, SEED + 2),
            exporter: Digest::of(b"this connection"),
            time: clock(),
            login: 8,
        }
    }

    fn signed(&self, world: &World) -> Vec<u8> {
        let context = world.context(Some(self.account), Some(self.device));
        let id = StatementId::new(clock(), &mut chance(1));
        let body = SessionOpen {
            exporter: self.exporter,
            login: LoginProof::new([self.login; 32]),
        };
        let payload = Payload::new(&context, id, self.time, &body);
        let (account, device) = (secret(self.keys.0), secret(self.keys.1));
        let signers = [(SlotRole::Account, &account), (SlotRole::Device, &device)];
        Signed::new(&payload, &signers).to_bytes()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a6_a_session_is_opened_only_by_who_stands_in_the_roster() {
    let world = World::new().await;
    let office = office(&world);
    for (what, opening, code) in bad_openings() {
        let refused = office
            .open_session(&peer(SEED, None), &opening.signed(&world))
            .await;
        assert_eq!(refused.unwrap_err().code, code, "{what}");
    }
    // The right statement over another computer's connection.
    let good = Opening::good().signed(&world);
    let stolen = office.open_session(&peer(OTHER_SEED, None), &good).await;
    assert_eq!(stolen.unwrap_err().code, ErrorCode::DEVICE);
    let opened = office.open_session(&peer(SEED, None), &good).await;
    assert_eq!(opened.unwrap().account.as_str(), CLERK);
}

fn bad_openings() -> Vec<(&'static str, Opening, ErrorCode)> {
    let hour = 3_600_000;
    let good = Opening::good;
    vec![
        (
            "a computer that is not enrolled",
            Opening {
                device: "513200-zfb-pc09",
                ..good()
            },
            ErrorCode::DEVICE,
        ),
        (
            "another unit's account",
            Opening {
                account: OTHER.0,
                ..good()
            },
            ErrorCode::NOT_ALLOWED,
        ),
        (
            "an unknown account",
            Opening {
                account: "513200-zfb-fs09",
                ..good()
            },
            ErrorCode::NOT_ALLOWED,
        ),
        (
            "the account's key is another's",
            Opening {
                keys: (OTHER_SEED + 1, SEED + 2),
                ..good()
            },
            ErrorCode::SIGNATURE,
        ),
        (
            "the computer's key is another's",
            Opening {
                keys: (SEED + 1, OTHER_SEED + 2),
                ..good()
            },
            ErrorCode::SIGNATURE,
        ),
        (
            "from another connection",
            Opening {
                exporter: Digest::of(b"another"),
                ..good()
            },
            ErrorCode::SIGNATURE,
        ),
        (
            "a clock an hour ahead",
            Opening {
                time: clock().plus_ms(hour),
                ..good()
            },
            ErrorCode::CLOCK,
        ),
        (
            "a clock an hour behind",
            Opening {
                time: Timestamp::from_unix_ms(clock().unix_ms() - hour),
                ..good()
            },
            ErrorCode::CLOCK,
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn g5_a_session_ends_with_the_standing_of_its_account() {
    let mut world = World::new().await;
    let (office, clerk) = (office(&world), clerk());
    let leaves = Ask::Leaves(Digest::of(b"no document"));
    let before = office.answer(&clerk, leaves.clone()).await;
    let mut account = world
        .roster()
        .account(&CLERK.parse().unwrap())
        .unwrap()
        .clone();
    account.status = Status::Suspended;
    world
        .act(SlotRole::Officer, 4, vec![Change::put(CLERK, &account)])
        .await;
    let after = office.answer(&clerk, leaves).await;
    let code = |answer: &Answer| match answer {
        Answer::Refused(refused) => Some(refused.code),
        _ => None,
    };
    assert_ne!(code(&before), Some(ErrorCode::NOT_ALLOWED));
    assert_eq!(code(&after), Some(ErrorCode::NOT_ALLOWED));
    let body = Body::new(6);
    let refused = office.begin_body(&clerk, body.begin).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::NOT_ALLOWED);
}

/// Sets the clerk's password over `peer`, and tells the code of a refusal.
async fn set_password(office: &Office, peer: &Peer, world: &mut World, login: u8) -> Option<u16> {
    let body = PasswordSet {
        verifier: LoginProof::new([login; 32]).verifier(),
    };
    let (account, device) = (secret(SEED + 1), secret(SEED + 2));
    let signers = [(SlotRole::Account, &account), (SlotRole::Device, &device)];
    let signed = world.say((Some(CLERK), Some(PC)), &body, &signers);
    let asked = Ask::Record(Record {
        statement: signed.to_bytes().into(),
        attachments: Vec::new(),
        body: None,
    });
    match office.answer(peer, asked).await {
        Answer::Recorded(_) => None,
        Answer::Refused(refused) => Some(refused.code.number()),
        other => panic!("{other:?}"),
    }
}

/// The clerk over a session that was just opened with `login`, or the code of the refusal.
async fn signed_in(office: &Office, world: &World, login: u8) -> Result<Peer, ErrorCode> {
    let opening = Opening {
        login,
        ..Opening::good()
    };
    let opened = office
        .open_session(&peer(SEED, None), &opening.signed(world))
        .await;
    let session = opened.map_err(|refused| refused.code)?;
    Ok(Peer {
        session: Some(session),
        ..peer(SEED, None)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn g4_without_a_password_in_force_nothing_can_be_done_but_set_it() {
    let mut world = World::new().await;
    let office = office(&world);
    let leaves = Ask::Leaves(Digest::of(b"no document"));
    let code = |answer: Answer| match answer {
        Answer::Refused(refused) => refused.code,
        other => panic!("{other:?}"),
    };
    let unset = signed_in(&office, &world, 8).await.unwrap();
    let state = unset.session.as_ref().unwrap().state;
    assert_eq!(state.password, PasswordState::Unset);
    let refused = code(office.answer(&unset, leaves.clone()).await);
    assert_eq!(refused, ErrorCode::PASSWORD_UNSET);
    let refused = office.begin_body(&unset, Body::new(6).begin).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::PASSWORD_UNSET);
    assert_eq!(set_password(&office, &unset, &mut world, 8).await, None);
    let good = signed_in(&office, &world, 8).await.unwrap();
    let refused = code(office.answer(&good, leaves.clone()).await);
    assert_eq!(refused, ErrorCode::UNKNOWN_DOCUMENT, "it is let through");
    // A copy of the keystore with another password is of no use.
    let other = signed_in(&office, &world, 9).await;
    assert_eq!(other.err(), Some(ErrorCode::PASSWORD));
    // The same once more would look like a new one.
    let again = set_password(&office, &good, &mut world, 8).await;
    assert_eq!(again, Some(ErrorCode::STATE.number()));
    // Too old: by the row that the exchange keeps, as after 91 days.
    age(&world, 91);
    let old = signed_in(&office, &world, 8).await.unwrap();
    assert_eq!(
        old.session.as_ref().unwrap().state.password,
        PasswordState::Expired
    );
    let refused = code(office.answer(&old, leaves.clone()).await);
    assert_eq!(refused, ErrorCode::PASSWORD_EXPIRED);
    // A session that was open before has an end of its own.
    let refused = code(office.answer(&good, leaves).await);
    assert_eq!(refused, ErrorCode::UNKNOWN_DOCUMENT);
    assert_eq!(set_password(&office, &old, &mut world, 9).await, None);
    let new = signed_in(&office, &world, 9).await.unwrap();
    assert_eq!(new.session.unwrap().state.password, PasswordState::Good);
    assert_eq!(
        signed_in(&office, &world, 8).await.err(),
        Some(ErrorCode::PASSWORD)
    );
}

/// Makes the clerk's password so many days old.
fn age(world: &World, days: u64) {
    let key = CLERK.as_bytes().to_vec();
    let view = world.store.view().unwrap();
    let bytes = view.get(tables::PASSWORDS, &key).unwrap().unwrap();
    let mut row: tables::PasswordRow = cbor::read(&bytes, 1_024).unwrap();
    row.since = Timestamp::from_unix_ms(row.since.unix_ms() - days * 86_400_000);
    let mut batch = yichuan_store::Batch::new();
    batch.put(tables::PASSWORDS, key, cbor::to_vec(&row));
    world.store.commit(batch, &[]).unwrap();
}
