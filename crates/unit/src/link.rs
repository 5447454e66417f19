//! The connection to the exchange: QUIC or TLS on TCP, one protocol.
//!
//! Questions are multiplexed by id over one control stream; bodies have streams of their own.
//! The other side is known by its key alone, which the roster names.

mod body;
mod failed;
mod frames;
mod quic;
mod tcp;
mod tls;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use minicbor::bytes::ByteVec;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::timeout;
use yichuan_document::key::PublicKey;
use yichuan_document::roster::record::ExchangeKeys;
use yichuan_document::{Digest, cbor};
use yichuan_wire::frame::{FrameKind, MESSAGE_BYTES_MAX};
use yichuan_wire::message::{
    Answer, Ask, Hello, Lane, Push, Reply, Request, SessionState, WIRE_VERSION, Welcome,
};
use zeroize::Zeroizing;

pub use body::BodyLink;
pub use failed::LinkFailed;

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long an answer may take: a batch of the exchange waits for its disk.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
/// How long QUIC is tried alone before TCP is tried beside it.
const QUIC_HEAD_START: Duration = Duration::from_millis(300);
/// Events that may wait to be looked at, some 12 MiB; beyond that the exchange waits.
const PUSHES_WAITING: usize = 8_192;

/// Over what the exchange is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// QUIC, or TCP where UDP does not pass.
    #[default]
    Auto,
    /// QUIC only.
    Quic,
    /// TCP only.
    Tcp,
}

/// Whom we expect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// The holder of one of these keys: the one in use, and during a rotation the next one.
    OneOf(Vec<PublicKey>),
    /// Nobody yet: the roster that is read first must name the key that was met.
    FirstContact,
}

impl Expected {
    /// The exchange that the roster has certified.
    pub fn of(certified: &ExchangeKeys) -> Self {
        let next = certified.next.iter().map(|next| next.tls.clone());
        Self::OneOf(std::iter::once(certified.tls.clone()).chain(next).collect())
    }
}

/// Where the exchange is, and who it must be.
#[derive(Clone, Debug)]
pub struct Target {
    /// Host and port.
    pub address: String,
    /// Over what.
    pub transport: Transport,
    /// Whom.
    pub expected: Expected,
}

/// A connection with its control stream.
#[derive(Clone)]
pub struct Link {
    inner: Arc<Inner>,
}

struct Inner {
    target: Target,
    tls_seed: Zeroizing<[u8; 32]>,
    transport: Transport,
    welcome: Welcome,
    met: Met,
    out: mpsc::Sender<Vec<u8>>,
    waiting: Waiting,
    asked: Arc<Notify>,
    next_id: AtomicU32,
    pushes: tokio::sync::Mutex<mpsc::Receiver<Push>>,
    /// Kept so that the connection lives as long as the link; bodies open their streams on it.
    quic: Option<quinn::Connection>,
}

/// Whom we met, and the secret that only this connection has.
#[derive(Clone, Debug)]
struct Met {
    key: PublicKey,
    exporter: Digest,
}

type Waiting = Arc<Mutex<HashMap<u32, oneshot::Sender<Answer>>>>;

/// A stream with what is known of its connection.
struct Stream {
    reader: Box<dyn AsyncRead + Unpin + Send>,
    writer: Box<dyn AsyncWrite + Unpin + Send>,
    met: Met,
    quic: Option<quinn::Connection>,
}

impl Link {
    /// Connects and greets. The certificate's key is `tls_seed`'s.
    pub async fn connect(target: &Target, tls_seed: &[u8; 32]) -> Result<Self, LinkFailed> {
        let seed = Zeroizing::new(*tls_seed);
        let (stream, transport) = match target.transport {
            Transport::Quic => (quic::open(target, tls_seed).await?, Transport::Quic),
            Transport::Tcp => (tcp::open(target, tls_seed).await?, Transport::Tcp),
            Transport::Auto => either(target, tls_seed).await?,
        };
        let Stream {
            mut reader,
            mut writer,
            met,
            quic,
        } = stream;
        let welcome = timeout(
            CONNECT_TIMEOUT,
            greet(&mut reader, &mut writer, Lane::Control),
        )
        .await
        .map_err(|_| LinkFailed::Timeout)??;
        let waiting = Waiting::default();
        let (out, outgoing) = mpsc::channel(64);
        let (push, pushes) = mpsc::channel(PUSHES_WAITING);
        tokio::spawn(write_out(writer, outgoing));
        let asked = Arc::new(Notify::new());
        tokio::spawn(read_in(
            reader,
            Arc::clone(&waiting),
            Events {
                queue: push,
                asked: Arc::clone(&asked),
            },
        ));
        let inner = Inner {
            target: target.clone(),
            tls_seed: seed,
            transport,
            welcome,
            met,
            out,
            waiting,
            asked,
            next_id: AtomicU32::new(1),
            pushes: tokio::sync::Mutex::new(pushes),
            quic,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// What the exchange said first.
    pub fn welcome(&self) -> &Welcome {
        &self.inner.welcome
    }

    /// QUIC or TCP.
    pub fn transport(&self) -> Transport {
        self.inner.transport
    }

    /// The key that the exchange has shown.
    pub fn peer_key(&self) -> &PublicKey {
        &self.inner.met.key
    }

    /// What a session on this connection is bound to.
    pub fn exporter(&self) -> Digest {
        self.inner.met.exporter
    }

    /// Asks, and waits for the answer. A refusal is an error.
    pub async fn ask(&self, ask: Ask) -> Result<Answer, LinkFailed> {
        let id = self.inner.next_id.fetch_add(1, Ordering::Relaxed);
        let (answer, answered) = oneshot::channel();
        lock(&self.inner.waiting).insert(id, answer);
        self.inner.asked.notify_one();
        let frame = frames::message(FrameKind::Request, &Request { id, ask })?;
        if self.inner.out.send(frame).await.is_err() {
            lock(&self.inner.waiting).remove(&id);
            return Err(LinkFailed::Closed);
        }
        let outcome = timeout(ANSWER_TIMEOUT, answered).await;
        lock(&self.inner.waiting).remove(&id);
        match outcome {
            Ok(Ok(Answer::Refused(refused))) => Err(LinkFailed::Refused(refused)),
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(_)) => Err(LinkFailed::Closed),
            Err(_) => Err(LinkFailed::Timeout),
        }
    }

    /// Opens the session of an account with its signed statement.
    pub async fn open_session(&self, signed: Vec<u8>) -> Result<SessionState, LinkFailed> {
        match self.ask(Ask::OpenSession(ByteVec::from(signed))).await? {
            Answer::SessionOpened(state) => Ok(state),
            _ => Err(LinkFailed::Protocol),
        }
    }

    /// The next event, after a subscription.
    pub async fn next_push(&self) -> Result<Push, LinkFailed> {
        self.inner
            .pushes
            .lock()
            .await
            .recv()
            .await
            .ok_or(LinkFailed::Closed)
    }

    /// Whether the connection is known to have ended: nothing more will come on it.
    pub fn has_ended(&self) -> bool {
        let pushes = self.inner.pushes.try_lock();
        pushes.is_ok_and(|pushes| pushes.is_closed() && pushes.is_empty())
    }

    /// The next event, where it has come already.
    pub fn push_that_is_here(&self) -> Option<Push> {
        self.inner.pushes.try_lock().ok()?.try_recv().ok()
    }

    /// Opens a stream for a body. `session` signs a session for a connection with that exporter,
    /// where the stream has a connection of its own.
    pub async fn body<E: From<LinkFailed>>(
        &self,
        session: impl FnOnce(Digest) -> Result<Vec<u8>, E>,
    ) -> Result<BodyLink, E> {
        if let Some(connection) = &self.inner.quic {
            let stream = quic::open_body(connection, &self.inner.met).await?;
            return Ok(BodyLink::begin(stream).await?);
        }
        let target = Target {
            expected: Expected::OneOf(vec![self.inner.met.key.clone()]),
            ..self.inner.target.clone()
        };
        let stream = tcp::open(&target, &self.inner.tls_seed).await?;
        let exporter = stream.met.exporter;
        let mut body = BodyLink::begin(stream).await?;
        body.open_session(session(exporter)?).await?;
        Ok(body)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// QUIC first, and TCP beside it when QUIC takes its time; the first that stands is taken.
async fn either(target: &Target, seed: &[u8; 32]) -> Result<(Stream, Transport), LinkFailed> {
    let quic = quic::open(target, seed);
    tokio::pin!(quic);
    match timeout(QUIC_HEAD_START, &mut quic).await {
        Ok(Ok(stream)) => return Ok((stream, Transport::Quic)),
        Ok(Err(error @ LinkFailed::AnotherKey { .. })) => return Err(error),
        Ok(Err(_)) => return Ok((tcp::open(target, seed).await?, Transport::Tcp)),
        Err(_) => {}
    }
    let tcp = tcp::open(target, seed);
    tokio::pin!(tcp);
    tokio::select! {
        Ok(stream) = &mut quic => Ok((stream, Transport::Quic)),
        stream = &mut tcp => match stream {
            Ok(stream) => Ok((stream, Transport::Tcp)),
            Err(error) => match quic.await {
                Ok(stream) => Ok((stream, Transport::Quic)),
                Err(_) => Err(error),
            },
        },
    }
}

async fn greet<R, W>(reader: &mut R, writer: &mut W, lane: Lane) -> Result<Welcome, LinkFailed>
where
    R: AsyncRead + Unpin + ?Sized,
    W: AsyncWrite + Unpin + ?Sized,
{
    let hello = Hello {
        version: WIRE_VERSION,
        now: crate::now(),
        lane,
    };
    let frame = frames::message(
        FrameKind::Request,
        &Request {
            id: 0,
            ask: Ask::Hello(hello),
        },
    )?;
    writer.write_all(&frame).await?;
    writer.flush().await?;
    match frames::read_reply(reader).await?.answer {
        Answer::Welcome(welcome) => Ok(welcome),
        Answer::Refused(refused) => Err(LinkFailed::Refused(refused)),
        _ => Err(LinkFailed::Protocol),
    }
}

async fn write_out(
    mut writer: Box<dyn AsyncWrite + Unpin + Send>,
    mut outgoing: mpsc::Receiver<Vec<u8>>,
) {
    while let Some(frame) = outgoing.recv().await {
        if writer.write_all(&frame).await.is_err() || writer.flush().await.is_err() {
            return;
        }
    }
    // The exchange may have closed first.
    let _ = writer.shutdown().await;
}

/// Events on their way to whoever waits for them.
struct Events {
    queue: mpsc::Sender<Push>,
    /// Told whenever something is asked.
    asked: Arc<Notify>,
}

impl Events {
    /// Puts one in. While the queue is full the exchange is kept waiting, unless an answer is due:
    /// it would stand behind the events for ever. Then the link must end, which this says by
    /// `false`; who asked repeats it and takes up the events where it was.
    async fn put(&self, push: Push, waiting: &Waiting) -> bool {
        let put = self.queue.send(push);
        tokio::pin!(put);
        loop {
            tokio::select! {
                biased;
                sent = &mut put => return sent.is_ok(),
                () = self.asked.notified() => {
                    if !lock(waiting).is_empty() && self.queue.capacity() == 0 {
                        return false;
                    }
                }
            }
        }
    }
}

async fn read_in(mut reader: Box<dyn AsyncRead + Unpin + Send>, waiting: Waiting, events: Events) {
    while let Ok(frame) = frames::read(&mut reader).await {
        match frame.kind {
            FrameKind::Reply => {
                let reply = cbor::read::<Reply>(&frame.content, MESSAGE_BYTES_MAX as usize);
                let Ok(reply) = reply else { break };
                if let Some(answer) = lock(&waiting).remove(&reply.id) {
                    // Whoever asked may have given up.
                    let _ = answer.send(reply.answer);
                }
            }
            FrameKind::Push => {
                let push = cbor::read::<Push>(&frame.content, MESSAGE_BYTES_MAX as usize);
                let Ok(push) = push else { break };
                if !events.put(push, &waiting).await {
                    break;
                }
            }
            FrameKind::Request | FrameKind::Segment => break,
        }
    }
    // Whoever still waits learns that the connection is gone.
    lock(&waiting).clear();
}

#[cfg(test)]
mod tests {
    use minicbor::bytes::ByteVec;
    use yichuan_wire::message::{Proven, ProvenEntry};

    use super::*;

    fn event(sequence: u64) -> Push {
        Push {
            sequence,
            what: Proven {
                entry: ProvenEntry {
                    index: sequence,
                    entry: ByteVec::from(Vec::new()),
                    path: Vec::new(),
                },
                checkpoint: String::new(),
            },
        }
    }

    /// A queue of one, which is full.
    async fn full() -> (Events, mpsc::Receiver<Push>, Waiting) {
        let (queue, taken) = mpsc::channel(1);
        let asked = Arc::new(Notify::new());
        let events = Events { queue, asked };
        let waiting = Waiting::default();
        assert!(events.put(event(1), &waiting).await);
        (events, taken, waiting)
    }

    #[tokio::test]
    async fn a_full_queue_waits_for_whoever_takes_from_it() {
        let (events, mut taken, waiting) = full().await;
        // Answered meanwhile: nobody waits for anything.
        events.asked.notify_one();
        let (put, first) = tokio::join!(events.put(event(2), &waiting), taken.recv());
        assert!(put);
        assert_eq!(first.map(|push| push.sequence), Some(1));
        assert_eq!(taken.recv().await.map(|push| push.sequence), Some(2));
    }

    #[tokio::test]
    async fn a_full_queue_ends_the_link_where_an_answer_stands_behind_it() {
        let (events, _taken, waiting) = full().await;
        let (answer, _answered) = oneshot::channel();
        let ask = async {
            tokio::task::yield_now().await;
            lock(&waiting).insert(7, answer);
            events.asked.notify_one();
        };
        let (put, ()) = tokio::join!(events.put(event(2), &waiting), ask);
        assert!(!put);
    }
}
