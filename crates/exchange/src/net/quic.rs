//! The protocol over QUIC: one connection, a stream for questions and one for each body.

use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use quinn::crypto::rustls::QuicServerConfig;
use quinn::{Endpoint, EndpointConfig, Incoming, ServerConfig, TransportConfig, VarInt};
use rustls::pki_types::CertificateDer;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::task::JoinSet;
use tokio::time::timeout;
use yichuan_document::Digest;
use yichuan_wire::certificate;

use super::tls::{self, Identity};
use super::{CannotServe, Peer, Service, Shared, connection};

/// The most streams that one connection may have open.
const STREAMS_MAX: u32 = 16;
/// Bytes that one stream may have under way.
const STREAM_WINDOW: u32 = 4 << 20;
/// Bytes that one connection may have under way.
const WINDOW: u32 = 8 << 20;
/// Bytes of the socket's buffers, as far as the system gives them.
const SOCKET_BUFFER: usize = 4 << 20;
const IDLE_TIMEOUT_MS: u32 = 45_000;

pub(super) fn bind(address: SocketAddr, identity: &Arc<Identity>) -> Result<Endpoint, CannotServe> {
    let tls = QuicServerConfig::try_from(tls::config(identity)?).map_err(|_| CannotServe::Quic)?;
    let mut config = ServerConfig::with_crypto(Arc::new(tls));
    let mut transport = TransportConfig::default();
    transport
        .max_concurrent_bidi_streams(VarInt::from_u32(STREAMS_MAX))
        .max_concurrent_uni_streams(VarInt::from_u32(0))
        .stream_receive_window(VarInt::from_u32(STREAM_WINDOW))
        .receive_window(VarInt::from_u32(WINDOW))
        .send_window(u64::from(WINDOW))
        .keep_alive_interval(Some(Duration::from_secs(15)))
        .max_idle_timeout(Some(VarInt::from_u32(IDLE_TIMEOUT_MS).into()));
    config.transport_config(Arc::new(transport));
    let socket = socket(address).map_err(CannotServe::Bind)?;
    let runtime = Arc::new(quinn::TokioRuntime);
    Endpoint::new(EndpointConfig::default(), Some(config), socket, runtime)
        .map_err(CannotServe::Bind)
}

fn socket(address: SocketAddr) -> std::io::Result<UdpSocket> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::DGRAM,
        Some(Protocol::UDP),
    )?;
    // The system may give less; then it is slower, not wrong.
    let _ = socket.set_recv_buffer_size(SOCKET_BUFFER);
    let _ = socket.set_send_buffer_size(SOCKET_BUFFER);
    socket.bind(&address.into())?;
    Ok(socket.into())
}

pub(super) async fn accept<S: Service>(endpoint: Endpoint, shared: Arc<Shared<S>>) {
    let mut stopping = shared.stopping.clone();
    let mut connections = JoinSet::new();
    loop {
        let incoming = tokio::select! {
            incoming = endpoint.accept() => incoming,
            _ = stopping.wait_for(|stop| *stop) => break,
        };
        let Some(incoming) = incoming else { break };
        let Ok(permit) = Arc::clone(&shared.connections).try_acquire_owned() else {
            metrics::counter!("yichuan_connections_refused_total").increment(1);
            incoming.refuse();
            continue;
        };
        let shared = Arc::clone(&shared);
        connections.spawn(async move {
            serve(incoming, shared).await;
            drop(permit);
        });
        while connections.try_join_next().is_some() {}
    }
    while connections.join_next().await.is_some() {}
    endpoint.close(VarInt::from_u32(0), b"stopping");
    endpoint.wait_idle().await;
}

async fn serve<S: Service>(incoming: Incoming, shared: Arc<Shared<S>>) {
    let Ok(connecting) = incoming.accept() else {
        return;
    };
    let Ok(Ok(connection)) = timeout(shared.greeting_timeout, connecting).await else {
        metrics::counter!("yichuan_handshakes_failed_total").increment(1);
        return;
    };
    let Some(peer) = peer(&connection) else {
        return;
    };
    let peer = Arc::new(RwLock::new(Arc::new(peer)));
    let mut stopping = shared.stopping.clone();
    let (watched, of) = (Arc::clone(&shared), Arc::clone(&peer));
    let mut fallen = Box::pin(async move { watched.fallen(&of).await });
    let mut streams = JoinSet::new();
    let mut first = true;
    loop {
        let accepted = tokio::select! {
            accepted = connection.accept_bi() => accepted,
            _ = stopping.wait_for(|stop| *stop) => break,
            () = &mut fallen => {
                metrics::counter!("yichuan_connections_cut_total").increment(1);
                connection.close(VarInt::from_u32(1), b"");
                return;
            }
        };
        let Ok((send, receive)) = accepted else { break };
        // Questions and events go before bodies.
        if let Err(error) = send.set_priority(i32::from(first)) {
            tracing::debug!(%error, "a stream without priority");
        }
        first = false;
        let (shared, peer) = (Arc::clone(&shared), Arc::clone(&peer));
        streams.spawn(connection::serve(shared, peer, receive, send));
        while streams.try_join_next().is_some() {}
    }
    while streams.join_next().await.is_some() {}
    // What was written last has still to arrive before the connection is closed.
    let _ = timeout(Duration::from_secs(2), connection.closed()).await;
    connection.close(VarInt::from_u32(0), b"");
}

fn peer(connection: &quinn::Connection) -> Option<Peer> {
    let identity = connection.peer_identity()?;
    let certificates = identity.downcast::<Vec<CertificateDer<'static>>>().ok()?;
    let tls_key = certificate::public_key(certificates.first()?)?;
    let mut exporter = [0; 32];
    connection
        .export_keying_material(&mut exporter, certificate::EXPORTER_LABEL, &[])
        .ok()?;
    Some(Peer {
        tls_key,
        exporter: Digest::from_bytes(exporter),
        session: None,
        remote: connection.remote_address(),
    })
}
