//! The protocol port as a stranger meets it: handshakes, frames and limits over loopback, with a
//! service of the test's own behind them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod stranger;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use minicbor::bytes::ByteVec;
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use yichuan_document::signed::RosterHead;
use yichuan_document::{Digest, Timestamp, UnitCode};
use yichuan_exchange::net::{self, NetSettings, Peer, Service, Serving, Session};
use yichuan_wire::ErrorCode;
use yichuan_wire::frame::{FrameHead, FrameKind, MESSAGE_BYTES_MAX};
use yichuan_wire::message::{
    Answer, Ask, BeginBody, BodyRef, Hello, Lane, Push, Refused, Request, Span, WIRE_VERSION,
    Welcome,
};
use zeroize::Zeroizing;

use stranger::{Over, Stranger, Tls};

/// Nothing here takes as long; a test that waits for it has failed.
const PATIENCE: Duration = Duration::from_secs(20);
/// The question that is answered only when the test lets it be.
const HELD_BACK: u64 = 7;

/// Answers every question with its number, one of them only when it is let go.
struct Echo {
    gate: Semaphore,
    asked: watch::Sender<u64>,
    /// Everybody stands while the roster is empty.
    standing: watch::Sender<RosterHead>,
}

/// A roster with so many records.
fn roster(count: u64) -> RosterHead {
    RosterHead {
        count,
        root: Digest::of(b""),
    }
}

fn refused(code: ErrorCode) -> Refused {
    Refused {
        code,
        retry_after_ms: None,
        about: None,
    }
}

impl Service for Echo {
    async fn welcome(&self, peer: &Peer, hello: &Hello) -> Result<Welcome, Refused> {
        if !self.may_stay(peer) {
            return Err(refused(ErrorCode::DEVICE));
        }
        if hello.version != WIRE_VERSION {
            return Err(refused(ErrorCode::VERSION));
        }
        Ok(Welcome {
            version: WIRE_VERSION,
            origin: "yichuan.example".parse().unwrap(),
            genesis: Digest::of(b"genesis"),
            now: Timestamp::from_unix_ms(1),
            checkpoint: String::new(),
            roster: roster(0),
        })
    }

    async fn open_session(&self, _: &Peer, _: &[u8]) -> Result<Session, Refused> {
        Err(refused(ErrorCode::SIGNATURE))
    }

    async fn answer(&self, _: &Peer, ask: Ask) -> Answer {
        let Ask::Consistency(number) = ask else {
            return Answer::Refused(refused(ErrorCode::OUT_OF_ORDER));
        };
        self.asked.send_replace(number);
        if number == HELD_BACK {
            self.gate.acquire().await.unwrap().forget();
        }
        Answer::Bytes(ByteVec::from(number.to_be_bytes().to_vec()))
    }

    async fn begin_body(&self, _: &Peer, _: BeginBody) -> Result<Vec<Span>, Refused> {
        Err(refused(ErrorCode::NO_SESSION))
    }

    async fn write_segment(&self, _: &Peer, _: BodyRef, _: u32, _: Bytes) -> Result<(), Refused> {
        Err(refused(ErrorCode::NO_SESSION))
    }

    async fn finish_body(&self, _: &Peer, _: BodyRef) -> Result<(), Refused> {
        Err(refused(ErrorCode::NO_SESSION))
    }

    async fn read_segment(&self, _: &Peer, _: Digest, _: u32) -> Result<Bytes, Refused> {
        Err(refused(ErrorCode::NO_SESSION))
    }

    async fn events(&self, _: &Peer, _: u64, _: usize) -> Result<Vec<Push>, Refused> {
        Err(refused(ErrorCode::NO_SESSION))
    }

    fn feed_changed(&self, _: &UnitCode) -> watch::Receiver<u64> {
        watch::channel(0).1
    }

    fn roster_changed(&self) -> watch::Receiver<RosterHead> {
        self.standing.subscribe()
    }

    fn may_stay(&self, _: &Peer) -> bool {
        self.standing.borrow().count == 0
    }
}

/// A port that is served, and what ends it.
struct Port {
    address: SocketAddr,
    echo: Arc<Echo>,
    stop: watch::Sender<bool>,
    serving: Serving,
}

impl Port {
    fn open(connections_max: u32) -> Self {
        let echo = Arc::new(Echo {
            gate: Semaphore::new(0),
            asked: watch::channel(0).0,
            standing: watch::channel(roster(0)).0,
        });
        let (stop, stopping) = watch::channel(false);
        let any = "127.0.0.1:0".parse().unwrap();
        let mut settings = NetSettings::new(any, Zeroizing::new([9; 32]), connections_max);
        settings.frame_timeout = Duration::from_millis(200);
        let serving = net::serve(Arc::clone(&echo), &settings, stopping).unwrap();
        Self {
            address: serving.local_addr(),
            echo,
            stop,
            serving,
        }
    }

    async fn stranger(&self, over: Over) -> Stranger {
        Stranger::connect(over, self.address, &Tls::good())
            .await
            .unwrap()
    }

    /// Whether somebody who behaves is still served.
    async fn serves(&self, over: Over) {
        let mut good = self.stranger(over).await;
        good.greet(Lane::Control).await;
        assert_eq!(good.ask(1, 41).await, Answer::Bytes(number(41)));
    }

    async fn close(self) {
        self.stop.send_replace(true);
        timeout(PATIENCE, self.serving.finished()).await.unwrap();
    }
}

fn number(number: u64) -> ByteVec {
    ByteVec::from(number.to_be_bytes().to_vec())
}

/// What a stranger sends, and the code of the last word if there is one.
type Nonsense = (&'static str, Vec<u8>, Option<ErrorCode>);

fn head(kind: u8, length: u32) -> Vec<u8> {
    [length.to_be_bytes().as_slice(), &[kind]].concat()
}

fn framed(kind: FrameKind, content: &[u8]) -> Vec<u8> {
    let bytes = u32::try_from(content.len()).unwrap();
    [FrameHead { kind, bytes }.to_bytes().as_slice(), content].concat()
}

fn nonsense() -> Vec<Nonsense> {
    let question = yichuan_document::cbor::to_vec(&Request {
        id: 5,
        ask: Ask::Consistency(1),
    });
    let hello = |version| {
        yichuan_document::cbor::to_vec(&Request {
            id: 0,
            ask: Ask::Hello(Hello {
                version,
                now: Timestamp::from_unix_ms(1),
                lane: Lane::Control,
            }),
        })
    };
    let mut trailing = hello(WIRE_VERSION);
    trailing.push(0);
    let mut indefinite = hello(WIRE_VERSION);
    indefinite[0] = 0xbf;
    let malformed = Some(ErrorCode::MALFORMED);
    vec![
        (
            "a frame above the limit",
            head(1, MESSAGE_BYTES_MAX + 2),
            malformed,
        ),
        ("the longest length", head(1, u32::MAX), malformed),
        ("a frame of nothing", head(1, 0), malformed),
        ("an unknown kind", head(9, 4), malformed),
        ("text", b"GET / HTTP/1.1\r\n\r\n".to_vec(), malformed),
        (
            "no CBOR",
            framed(FrameKind::Request, &[0xff; 40]),
            malformed,
        ),
        (
            "bytes after the message",
            framed(FrameKind::Request, &trailing),
            malformed,
        ),
        (
            "an indefinite map",
            framed(FrameKind::Request, &indefinite),
            malformed,
        ),
        ("a reply", framed(FrameKind::Reply, &question), malformed),
        ("a push", framed(FrameKind::Push, &question), malformed),
        ("a segment", framed(FrameKind::Segment, &[0; 24]), malformed),
        (
            "a question before the greeting",
            framed(FrameKind::Request, &question),
            Some(ErrorCode::OUT_OF_ORDER),
        ),
        (
            "another version",
            framed(FrameKind::Request, &hello(WIRE_VERSION + 1)),
            Some(ErrorCode::VERSION),
        ),
        ("half a head", vec![0, 0], None),
        (
            "half a frame",
            framed(FrameKind::Request, &question)[..9].to_vec(),
            None,
        ),
    ]
}

#[tokio::test]
async fn h1_nonsense_is_refused_and_the_next_one_is_served() {
    for over in Over::BOTH {
        let port = Port::open(16);
        for (what, bytes, code) in nonsense() {
            let mut stranger = port.stranger(over).await;
            stranger.send(&bytes).await;
            let word = timeout(PATIENCE, stranger.last_word()).await.expect(what);
            assert_eq!(word, code, "{what} over {over:?}");
            port.serves(over).await;
        }
        port.close().await;
    }
}

#[tokio::test]
async fn h1_nonsense_after_the_greeting_ends_the_stream() {
    for over in Over::BOTH {
        let port = Port::open(16);
        for lane in [Lane::Control, Lane::Body] {
            for (what, bytes, code) in nonsense() {
                if matches!(what, "a question before the greeting" | "another version") {
                    continue;
                }
                let mut stranger = port.stranger(over).await;
                stranger.greet(lane).await;
                stranger.send(&bytes).await;
                let word = timeout(PATIENCE, stranger.last_word()).await.expect(what);
                // On a body's stream a segment has a word of its own, and a bad frame has none.
                let known = [code, None, Some(ErrorCode::OUT_OF_ORDER)].contains(&word);
                assert!(known, "{what} on {lane:?} over {over:?}: {word:?}");
                port.serves(over).await;
            }
        }
        port.close().await;
    }
}

#[tokio::test]
async fn h5_only_our_tls_is_spoken() {
    for over in Over::BOTH {
        let port = Port::open(16);
        for (what, tls) in Tls::bad(over) {
            let met = match Stranger::connect(over, port.address, &tls).await {
                Ok(mut stranger) => {
                    stranger.try_greet(Lane::Control).await;
                    let word = timeout(PATIENCE, stranger.last_word()).await.expect(what);
                    word.is_none() && !stranger.was_answered()
                }
                Err(_) => true,
            };
            assert!(met, "{what} was served over {over:?}");
            port.serves(over).await;
        }
        port.close().await;
    }
}

#[tokio::test]
async fn h1_one_more_than_the_limit_is_not_served_until_another_goes() {
    for over in Over::BOTH {
        let (port, tls) = (Port::open(2), Tls::good());
        let mut first = port.stranger(over).await;
        first.greet(Lane::Control).await;
        let mut second = port.stranger(over).await;
        second.greet(Lane::Control).await;
        let third = Stranger::connect(over, port.address, &tls);
        assert!(third.await.is_err(), "{over:?}");
        assert_eq!(second.ask(1, 3).await, Answer::Bytes(number(3)));
        drop(first);
        let served = async {
            // The place is free once the exchange has noticed; nothing tells a stranger when.
            loop {
                let third = Stranger::connect(over, port.address, &tls);
                if let Ok(mut third) = third.await {
                    third.greet(Lane::Control).await;
                    return third.ask(1, 4).await;
                }
                tokio::task::yield_now().await;
            }
        };
        assert_eq!(
            timeout(PATIENCE, served).await.unwrap(),
            Answer::Bytes(number(4)),
            "{over:?}"
        );
        drop(second);
        port.close().await;
    }
}

#[tokio::test]
async fn a_slow_answer_holds_no_other_back() {
    for over in Over::BOTH {
        let port = Port::open(16);
        let mut stranger = port.stranger(over).await;
        stranger.greet(Lane::Control).await;
        stranger.say(1, HELD_BACK).await;
        stranger.say(2, 8).await;
        assert_eq!(stranger.answer().await, (2, Answer::Bytes(number(8))));
        port.echo.gate.add_permits(1);
        assert_eq!(
            stranger.answer().await,
            (1, Answer::Bytes(number(HELD_BACK)))
        );
        port.close().await;
    }
}

#[tokio::test]
async fn an_answer_under_way_still_arrives_when_the_exchange_stops() {
    for over in Over::BOTH {
        let port = Port::open(16);
        let mut stranger = port.stranger(over).await;
        stranger.greet(Lane::Control).await;
        let mut asked = port.echo.asked.subscribe();
        stranger.say(1, HELD_BACK).await;
        timeout(PATIENCE, asked.wait_for(|number| *number == HELD_BACK))
            .await
            .unwrap()
            .unwrap();
        port.stop.send_replace(true);
        port.echo.gate.add_permits(1);
        let answered = timeout(PATIENCE, stranger.answer()).await.unwrap();
        assert_eq!(answered, (1, Answer::Bytes(number(HELD_BACK))), "{over:?}");
        assert_eq!(stranger.last_word().await, None);
        port.close().await;
    }
}

#[tokio::test]
async fn g5_who_loses_standing_is_cut_off_at_once() {
    for over in Over::BOTH {
        let port = Port::open(16);
        for lane in [Lane::Control, Lane::Body] {
            port.echo.standing.send_replace(roster(0));
            let mut stranger = port.stranger(over).await;
            stranger.greet(lane).await;
            port.echo.standing.send_replace(roster(1));
            let cut = timeout(Duration::from_secs(1), stranger.last_word()).await;
            assert_eq!(cut.expect("within a second"), None, "{over:?} {lane:?}");
        }
        // Who has none does not get in either, and is told why.
        let mut late = port.stranger(over).await;
        late.try_greet(Lane::Control).await;
        let word = timeout(Duration::from_secs(1), late.last_word()).await;
        assert_eq!(word.unwrap(), Some(ErrorCode::DEVICE), "{over:?}");
        port.close().await;
    }
}
