//! The protocol over TLS on TCP: one connection per stream.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, RwLock};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use yichuan_document::Digest;
use yichuan_wire::certificate;

use super::{Peer, Service, Shared, connection};

/// How many connections may wait to be accepted.
const BACKLOG: i32 = 1_024;

pub(super) fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

pub(super) async fn accept<S: Service>(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    shared: Arc<Shared<S>>,
) {
    let mut stopping = shared.stopping.clone();
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopping.wait_for(|stop| *stop) => break,
        };
        let (stream, remote) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of descriptors, most likely; yield and go on.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::task::yield_now().await;
                continue;
            }
        };
        let Ok(permit) = Arc::clone(&shared.connections).try_acquire_owned() else {
            metrics::counter!("yichuan_connections_refused_total").increment(1);
            continue;
        };
        let (acceptor, shared) = (acceptor.clone(), Arc::clone(&shared));
        connections.spawn(async move {
            serve(stream, remote, acceptor, shared).await;
            drop(permit);
        });
        while connections.try_join_next().is_some() {}
    }
    while connections.join_next().await.is_some() {}
}

async fn serve<S: Service>(
    stream: TcpStream,
    remote: SocketAddr,
    acceptor: TlsAcceptor,
    shared: Arc<Shared<S>>,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection without TCP_NODELAY");
    }
    let Ok(Ok(tls)) = timeout(shared.greeting_timeout, acceptor.accept(stream)).await else {
        metrics::counter!("yichuan_handshakes_failed_total").increment(1);
        return;
    };
    let (_, session) = tls.get_ref();
    let mut exporter = [0; 32];
    let exported = session.export_keying_material(&mut exporter, certificate::EXPORTER_LABEL, None);
    let certificate = session.peer_certificates().and_then(<[_]>::first);
    let key = certificate.and_then(|certificate| certificate::public_key(certificate));
    let (Ok(_), Some(tls_key)) = (exported, key) else {
        return;
    };
    let peer = Peer {
        tls_key,
        exporter: Digest::from_bytes(exporter),
        session: None,
        remote,
    };
    let (reader, writer) = tokio::io::split(tls);
    let peer = Arc::new(RwLock::new(Arc::new(peer)));
    tokio::select! {
        () = connection::serve(Arc::clone(&shared), Arc::clone(&peer), reader, writer) => {}
        () = shared.fallen(&peer) => {
            metrics::counter!("yichuan_connections_cut_total").increment(1);
        }
    }
}
