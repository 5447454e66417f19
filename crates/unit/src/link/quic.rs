//! The protocol over QUIC.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use quinn::crypto::rustls::QuicClientConfig;
use quinn::{ClientConfig, Connection, Endpoint, TransportConfig, VarInt};
use rustls::pki_types::CertificateDer;
use tokio::time::timeout;
use yichuan_document::Digest;
use yichuan_wire::certificate;

use super::{CONNECT_TIMEOUT, LinkFailed, Met, Stream, Target, tls};

/// Bytes that one stream may have under way.
const STREAM_WINDOW: u32 = 4 << 20;
/// Bytes that one connection may have under way.
const WINDOW: u32 = 8 << 20;
const IDLE_TIMEOUT_MS: u32 = 45_000;

pub(super) async fn open(target: &Target, seed: &[u8; 32]) -> Result<Stream, LinkFailed> {
    timeout(CONNECT_TIMEOUT, connect(target, seed))
        .await
        .map_err(|_| LinkFailed::Timeout)?
}

async fn connect(target: &Target, seed: &[u8; 32]) -> Result<Stream, LinkFailed> {
    let address = resolve(&target.address).await?;
    let tls = QuicClientConfig::try_from(tls::config(seed, &target.expected)?)
        .map_err(|error| LinkFailed::Tls(error.to_string()))?;
    let mut config = ClientConfig::new(Arc::new(tls));
    let mut transport = TransportConfig::default();
    transport
        .max_concurrent_bidi_streams(VarInt::from_u32(0))
        .max_concurrent_uni_streams(VarInt::from_u32(0))
        .stream_receive_window(VarInt::from_u32(STREAM_WINDOW))
        .receive_window(VarInt::from_u32(WINDOW))
        .send_window(u64::from(WINDOW))
        .keep_alive_interval(Some(Duration::from_secs(15)))
        .max_idle_timeout(Some(VarInt::from_u32(IDLE_TIMEOUT_MS).into()));
    config.transport_config(Arc::new(transport));
    let local = match address {
        SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
        SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
    };
    let unreachable = |error| LinkFailed::Unreachable {
        address: target.address.clone(),
        error,
    };
    let endpoint = Endpoint::client(local).map_err(unreachable)?;
    let connecting = endpoint
        .connect_with(config, address, tls::SERVER_NAME)
        .map_err(|error| LinkFailed::Tls(error.to_string()))?;
    let connection = connecting.await.map_err(|error| {
        if tls::is_another_key(&format!("{error:?}")) {
            LinkFailed::AnotherKey {
                address: target.address.clone(),
            }
        } else {
            unreachable(std::io::Error::other(error))
        }
    })?;
    let met = met(&connection).ok_or(LinkFailed::Protocol)?;
    let mut stream = open_body(&connection, &met).await?;
    stream.quic = Some(connection);
    Ok(stream)
}

/// Opens one more stream of a connection.
pub(super) async fn open_body(connection: &Connection, met: &Met) -> Result<Stream, LinkFailed> {
    let (writer, reader) = connection.open_bi().await.map_err(|_| LinkFailed::Closed)?;
    Ok(Stream {
        reader: Box::new(reader),
        writer: Box::new(writer),
        met: met.clone(),
        quic: None,
    })
}

async fn resolve(address: &str) -> Result<SocketAddr, LinkFailed> {
    let unreachable = |error| LinkFailed::Unreachable {
        address: address.to_owned(),
        error,
    };
    let mut found = tokio::net::lookup_host(address)
        .await
        .map_err(unreachable)?;
    found
        .next()
        .ok_or_else(|| unreachable(std::io::ErrorKind::NotFound.into()))
}

fn met(connection: &Connection) -> Option<Met> {
    let identity = connection.peer_identity()?;
    let certificates = identity.downcast::<Vec<CertificateDer<'static>>>().ok()?;
    let key = certificate::public_key(certificates.first()?)?;
    let mut exporter = [0; 32];
    connection
        .export_keying_material(&mut exporter, certificate::EXPORTER_LABEL, &[])
        .ok()?;
    Some(Met {
        key,
        exporter: Digest::from_bytes(exporter),
    })
}
