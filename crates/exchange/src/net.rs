//! The protocol port: QUIC, and the same protocol over TLS on TCP.
//!
//! It knows frames, connections and their limits; what a question means is for the [`Service`].
//! Nothing is read before the other side has shown a key, and nothing beyond its limit.

mod connection;
mod frames;
mod quic;
mod tcp;
mod tls;

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use yichuan_document::key::PublicKey;
use yichuan_document::signed::RosterHead;
use yichuan_document::{AccountId, DeviceId, Digest, Timestamp, UnitCode};
use yichuan_wire::message::{
    Answer, Ask, BeginBody, BodyRef, Hello, Push, Refused, SessionState, Span, Welcome,
};
use zeroize::Zeroizing;

/// The other side of a connection.
#[derive(Clone, Debug)]
pub struct Peer {
    /// The key of its TLS certificate; whose it is, the roster says.
    pub tls_key: PublicKey,
    /// Exported from this connection (RFC 8446 §7.5).
    pub exporter: Digest,
    /// The session that an account opened on it.
    pub session: Option<Session>,
    /// Its address.
    pub remote: SocketAddr,
}

/// A session.
#[derive(Clone, Debug)]
pub struct Session {
    /// The account.
    pub account: AccountId,
    /// The computer.
    pub device: DeviceId,
    /// What it can do.
    pub state: SessionState,
    /// When it was opened.
    pub opened: Timestamp,
    /// Let go when the last copy of the session is: by that the service knows its end.
    pub held: Option<Arc<dyn Any + Send + Sync>>,
}

/// What stands behind the port.
pub trait Service: Send + Sync + 'static {
    /// Greets.
    fn welcome(
        &self,
        peer: &Peer,
        hello: &Hello,
    ) -> impl Future<Output = Result<Welcome, Refused>> + Send;
    /// Opens a session.
    fn open_session(
        &self,
        peer: &Peer,
        signed: &[u8],
    ) -> impl Future<Output = Result<Session, Refused>> + Send;
    /// Answers every simple question.
    fn answer(&self, peer: &Peer, ask: Ask) -> impl Future<Output = Answer> + Send;
    /// Begins a body, and says which segments are wanted.
    fn begin_body(
        &self,
        peer: &Peer,
        begin: BeginBody,
    ) -> impl Future<Output = Result<Vec<Span>, Refused>> + Send;
    /// Takes one segment in.
    fn write_segment(
        &self,
        peer: &Peer,
        body: BodyRef,
        index: u32,
        bytes: Bytes,
    ) -> impl Future<Output = Result<(), Refused>> + Send;
    /// Makes a body durable.
    fn finish_body(
        &self,
        peer: &Peer,
        body: BodyRef,
    ) -> impl Future<Output = Result<(), Refused>> + Send;
    /// Gives one segment out.
    fn read_segment(
        &self,
        peer: &Peer,
        document: Digest,
        index: u32,
    ) -> impl Future<Output = Result<Bytes, Refused>> + Send;
    /// The unit's events after a number.
    fn events(
        &self,
        peer: &Peer,
        after: u64,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Push>, Refused>> + Send;
    /// The number of the unit's newest event, as it changes.
    fn feed_changed(&self, unit: &UnitCode) -> watch::Receiver<u64>;
    /// Tells when the roster has changed, and somebody may have lost their standing.
    fn roster_changed(&self) -> watch::Receiver<RosterHead>;
    /// Whether the other side may stay: nothing of its session or its computer was withdrawn.
    fn may_stay(&self, peer: &Peer) -> bool;
}

/// How the port is served.
pub struct NetSettings {
    /// The address, of UDP and TCP alike.
    pub listen: SocketAddr,
    /// The seed of the TLS key.
    pub tls_seed: Zeroizing<[u8; 32]>,
    /// The most connections at once.
    pub connections_max: u32,
    /// How long a handshake and the first message may take.
    pub greeting_timeout: Duration,
    /// How long a frame that was begun may take.
    pub frame_timeout: Duration,
}

impl NetSettings {
    /// Settings with the usual times.
    pub const fn new(
        listen: SocketAddr,
        tls_seed: Zeroizing<[u8; 32]>,
        connections_max: u32,
    ) -> Self {
        Self {
            listen,
            tls_seed,
            connections_max,
            greeting_timeout: Duration::from_secs(10),
            frame_timeout: Duration::from_secs(30),
        }
    }
}

/// What every connection shares.
struct Shared<S> {
    service: Arc<S>,
    connections: Arc<Semaphore>,
    stopping: watch::Receiver<bool>,
    greeting_timeout: Duration,
    frame_timeout: Duration,
}

impl<S: Service> Shared<S> {
    /// Waits until the other side may stay no longer.
    async fn fallen(&self, peer: &connection::PeerCell) {
        let mut changed = self.service.roster_changed();
        loop {
            // Who has no standing at the start is told so in answer to the greeting.
            if changed.changed().await.is_err() {
                // The exchange ends, and with it every connection.
                std::future::pending::<()>().await;
            }
            if !self.service.may_stay(&connection::snapshot(peer)) {
                return;
            }
        }
    }
}

/// A port that is being served.
pub struct Serving {
    local_addr: SocketAddr,
    tasks: Vec<JoinHandle<()>>,
}

impl Serving {
    /// The address that it has.
    pub const fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Waits until everything under way has ended, after `stopping` became true.
    pub async fn finished(self) {
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a listener ended badly");
            }
        }
    }
}

/// Serves the port until `stopping` becomes true: then nothing new is accepted, what is under
/// way is answered, and connections are closed.
pub fn serve<S: Service>(
    service: Arc<S>,
    settings: &NetSettings,
    stopping: watch::Receiver<bool>,
) -> Result<Serving, CannotServe> {
    let identity = tls::Identity::of(&settings.tls_seed)?;
    let shared = Arc::new(Shared {
        service,
        connections: Arc::new(Semaphore::new(settings.connections_max as usize)),
        stopping,
        greeting_timeout: settings.greeting_timeout,
        frame_timeout: settings.frame_timeout,
    });
    let listener = tcp::bind(settings.listen).map_err(CannotServe::Bind)?;
    let local_addr = listener.local_addr().map_err(CannotServe::Bind)?;
    let endpoint = quic::bind(local_addr, &identity)?;
    let acceptor = tls::acceptor(&identity)?;
    let tasks = vec![
        tokio::spawn(tcp::accept(listener, acceptor, Arc::clone(&shared))),
        tokio::spawn(quic::accept(endpoint, shared)),
    ];
    Ok(Serving { local_addr, tasks })
}

/// Why the port cannot be served.
#[derive(Debug)]
#[non_exhaustive]
pub enum CannotServe {
    /// The address cannot be had.
    Bind(std::io::Error),
    /// The certificate cannot be made.
    Certificate(rcgen::Error),
    /// TLS cannot be set up.
    Tls(rustls::Error),
    /// QUIC cannot use this TLS.
    Quic,
}

impl fmt::Display for CannotServe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bind(error) => write!(f, "the address cannot be had: {error}"),
            Self::Certificate(error) => write!(f, "the certificate cannot be made: {error}"),
            Self::Tls(error) => write!(f, "TLS cannot be set up: {error}"),
            Self::Quic => f.write_str("QUIC cannot use this TLS"),
        }
    }
}

impl std::error::Error for CannotServe {}
