//! A hook that is an address: one HTTP/1.1 POST on a connection of its own, signed, and nothing of
//! the answer looked at but its status. Redirects are not followed.

use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::hmac;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use zeroize::Zeroizing;

use super::NotDelivered;
use super::address::{Allowed, NotReached, Url};
use super::config::KEY_BYTES;
use crate::home::read_at_most;

/// The most bytes of an answer that are read.
const ANSWER_BYTES_MAX: u64 = 16 << 10;
/// The most bytes of a file of certificates.
const CERTIFICATES_BYTES_MAX: u64 = 1 << 20;

/// Where and how a hook is posted to.
pub struct Target {
    url: Url,
    key: Zeroizing<[u8; KEY_BYTES]>,
    tls: Option<Arc<rustls::ClientConfig>>,
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Target({})", self.url.authority())
    }
}

impl Target {
    /// An address with the hook's key, and with the certificates that sign for an https one; none
    /// where they are missing or cannot be read.
    pub(super) fn new(
        url: Url,
        key: Zeroizing<[u8; KEY_BYTES]>,
        ca: Option<&Path>,
    ) -> Option<Self> {
        let tls = match (url.tls, ca) {
            (true, Some(path)) => Some(Arc::new(tls_with(path)?)),
            (false, None) => None,
            _ => return None,
        };
        Some(Self { url, key, tls })
    }
}

impl Target {
    /// Host and port, as they are shown.
    pub fn shown(&self) -> String {
        self.url.authority()
    }
}

fn tls_with(path: &Path) -> Option<rustls::ClientConfig> {
    let pem = read_at_most(path, CERTIFICATES_BYTES_MAX).ok()?;
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        roots.add(certificate.ok()?).ok()?;
    }
    if roots.is_empty() {
        return None;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .ok()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Some(config)
}

/// The header that signs an event: the time in seconds, and HMAC-SHA-256 (RFC 2104) with the hook's
/// key over the time, a dot and the body, in hexadecimal.
pub fn signature(key: &[u8; KEY_BYTES], seconds: u64, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    let mut context = hmac::Context::with_key(&key);
    context.update(format!("{seconds}.").as_bytes());
    context.update(body);
    let tag = data_encoding::HEXLOWER.encode(context.sign().as_ref());
    format!("t={seconds},v1={tag}")
}

/// Posts an event that has the id and time given.
pub(super) async fn post(
    target: &Target,
    allowed: &Allowed,
    (id, seconds): (&str, u64),
    body: &[u8],
) -> Result<(), NotDelivered> {
    let url = &target.url;
    let addresses = allowed.look_up(url).await.map_err(NotDelivered::Address)?;
    let silent = |why: std::io::Error| NotDelivered::Address(NotReached::Silent(why.to_string()));
    // Only what was judged is connected to: the name is not asked for again.
    let stream = TcpStream::connect(addresses.as_slice())
        .await
        .map_err(silent)?;
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nUser-Agent: yichuan\r\nConnection: close\r\n\
         Yichuan-Event: {id}\r\nYichuan-Signature: {}\r\n\r\n",
        url.path,
        url.authority(),
        body.len(),
        signature(&target.key, seconds, body),
    );
    let request = [head.as_bytes(), body].concat();
    let link = |why: std::io::Error| NotDelivered::Link(why.to_string());
    let status = match &target.tls {
        None => exchange(stream, &request).await,
        Some(config) => {
            let name = ServerName::try_from(url.host.clone());
            let name = name.map_err(|why| NotDelivered::Link(why.to_string()))?;
            let connector = TlsConnector::from(Arc::clone(config));
            let stream = connector.connect(name, stream).await.map_err(link)?;
            exchange(stream, &request).await
        }
    };
    match status.map_err(link)? {
        None => Err(NotDelivered::NotHttp),
        Some(200..300) => Ok(()),
        Some(status) => Err(NotDelivered::Status(status)),
    }
}

/// Says the request and reads the first line of the answer; none where it is no HTTP.
async fn exchange<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    request: &[u8],
) -> std::io::Result<Option<u16>> {
    stream.write_all(request).await?;
    stream.flush().await?;
    let mut answer = Vec::new();
    let mut limited = stream.take(ANSWER_BYTES_MAX);
    let mut buffer = [0; 1_024];
    while !answer.contains(&b'\n') {
        let read = limited.read(&mut buffer).await?;
        if read == 0 {
            break;
        }
        answer.extend_from_slice(&buffer[..read]);
    }
    Ok(status_of(&answer))
}

/// The status of an answer (RFC 9112 §4).
fn status_of(answer: &[u8]) -> Option<u16> {
    let end = answer.iter().position(|byte| *byte == b'\n')?;
    let line = std::str::from_utf8(&answer[..end]).ok()?;
    let rest = line.strip_prefix("HTTP/1.")?;
    let code = rest.get(1..)?.strip_prefix(' ')?.get(..3)?;
    let after = rest.get(5..)?;
    let whole = after.is_empty() || after.starts_with([' ', '\r']);
    let digits = code.bytes().all(|byte| byte.is_ascii_digit());
    (whole && digits).then(|| code.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_is_read_from_the_first_line_alone() {
        for (answer, status) in [
            ("HTTP/1.1 200 OK\r\n\r\n", Some(200)),
            ("HTTP/1.0 204\r\n", Some(204)),
            (
                "HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/\r\n",
                Some(302),
            ),
            ("HTTP/1.1 200", None),
            ("HTTP/2 200 OK\r\n", None),
            ("HTTP/1.1 2000 OK\r\n", None),
            ("HTTP/1.1 20 OK\r\n", None),
            ("HTTP/1.1 +20 OK\r\n", None),
            ("220 smtp ready\r\n", None),
            ("", None),
        ] {
            assert_eq!(status_of(answer.as_bytes()), status, "{answer:?}");
        }
    }

    #[test]
    fn the_signature_is_that_of_the_specification() {
        // openssl dgst -sha256 -mac HMAC -macopt hexkey:00…00 over "1795600000.{}"
        let signed = signature(&[0; KEY_BYTES], 1_795_600_000, b"{}");
        assert!(signed.starts_with("t=1795600000,v1="));
        assert_eq!(signed.len(), "t=1795600000,v1=".len() + 64);
        assert_ne!(signed, signature(&[0; KEY_BYTES], 1_795_600_001, b"{}"));
        assert_ne!(signed, signature(&[1; KEY_BYTES], 1_795_600_000, b"{}"));
        assert_ne!(signed, signature(&[0; KEY_BYTES], 1_795_600_000, b"[]"));
    }
}
