//! The protocol over TLS on TCP.

use std::sync::Arc;

use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use yichuan_document::Digest;
use yichuan_wire::certificate;

use super::{CONNECT_TIMEOUT, LinkFailed, Met, Stream, Target, tls};

pub(super) async fn open(target: &Target, seed: &[u8; 32]) -> Result<Stream, LinkFailed> {
    timeout(CONNECT_TIMEOUT, connect(target, seed))
        .await
        .map_err(|_| LinkFailed::Timeout)?
}

async fn connect(target: &Target, seed: &[u8; 32]) -> Result<Stream, LinkFailed> {
    let address = target.address.clone();
    let stream = TcpStream::connect(&address)
        .await
        .map_err(|error| LinkFailed::Unreachable { address, error })?;
    stream.set_nodelay(true)?;
    let config = tls::config(seed, &target.expected)?;
    let name = ServerName::try_from(tls::SERVER_NAME).map_err(|_| LinkFailed::Protocol)?;
    let tls = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await;
    let tls = tls.map_err(|error| {
        let message = format!("{error:?}");
        if tls::is_another_key(&message) {
            LinkFailed::AnotherKey {
                address: target.address.clone(),
            }
        } else {
            LinkFailed::Tls(error.to_string())
        }
    })?;
    let (_, session) = tls.get_ref();
    let mut exporter = [0; 32];
    session
        .export_keying_material(&mut exporter, certificate::EXPORTER_LABEL, None)
        .map_err(|error| LinkFailed::Tls(error.to_string()))?;
    let key = session
        .peer_certificates()
        .and_then(<[_]>::first)
        .and_then(|certificate| certificate::public_key(certificate))
        .ok_or(LinkFailed::Protocol)?;
    let (reader, writer) = tokio::io::split(tls);
    Ok(Stream {
        reader: Box::new(reader),
        writer: Box::new(writer),
        met: Met {
            key,
            exporter: Digest::from_bytes(exporter),
        },
        quic: None,
    })
}
