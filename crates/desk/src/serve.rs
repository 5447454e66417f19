//! Serving on the loopback addresses, or with TLS on another one: connections are bounded in number
//! and in how long a handshake or a head may take to come.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

/// The most connections at a time; a browser opens six.
const CONNECTIONS_MAX: usize = 128;
/// How long the head of a request may take to come.
const HEAD_WAIT: Duration = Duration::from_secs(10);
/// The most bytes of a head.
const HEAD_BYTES_MAX: usize = 32 << 10;

/// Listens on the loopback addresses alone, of which IPv4 must be had and IPv6 may be; or on the
/// one that was named, where TLS is spoken.
pub(crate) async fn listen(
    port: u16,
    named: Option<SocketAddr>,
) -> io::Result<(u16, Vec<TcpListener>)> {
    if let Some(named) = named {
        let only = TcpListener::bind(named).await?;
        return Ok((only.local_addr()?.port(), vec![only]));
    }
    let first = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    let port = first.local_addr()?.port();
    let second = TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, port))).await;
    Ok((port, std::iter::once(first).chain(second).collect()))
}

/// Serves until `ended`.
pub(crate) async fn serve(
    listeners: Vec<TcpListener>,
    tls: Option<TlsAcceptor>,
    router: Router,
    ended: impl Future<Output = ()>,
) {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    for listener in listeners {
        let (tls, room) = (tls.clone(), Arc::clone(&room));
        tokio::spawn(accept(listener, tls, router.clone(), room));
    }
    ended.await;
}

async fn accept(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
    room: Arc<Semaphore>,
) {
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                // An answer in two pieces would wait 40 ms for the peer's acknowledgement of the
                // first. Where it cannot be set, it waits.
                let _ = stream.set_nodelay(true);
                let (tls, router) = (tls.clone(), router.clone());
                tokio::spawn(async move {
                    match tls {
                        None => connection(stream, router).await,
                        Some(tls) => greeted(stream, &tls, router).await,
                    }
                    drop(place);
                });
            }
            // Too many files are open, or the peer has gone: others may have better luck.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

/// Whoever does not speak TLS gets nothing, not even an answer.
async fn greeted(stream: TcpStream, tls: &TlsAcceptor, router: Router) {
    match tokio::time::timeout(HEAD_WAIT, tls.accept(stream)).await {
        Ok(Ok(stream)) => connection(stream, router).await,
        Ok(Err(why)) => tracing::debug!("handshake: {why}"),
        Err(_) => tracing::debug!("handshake: too slow"),
    }
}

async fn connection(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, router: Router) {
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WAIT)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    if let Err(why) = served.await {
        tracing::debug!("connection: {why}");
    }
}
