//! Somebody who connects over TCP or QUIC: with our TLS or another, and says what the test wants.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use quinn::crypto::rustls::QuicClientConfig;
use quinn::{Connection, Endpoint};
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, SupportedKxGroup, aws_lc_rs};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, SignatureScheme, SupportedProtocolVersion, version,
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use yichuan_document::{Timestamp, cbor};
use yichuan_wire::ErrorCode;
use yichuan_wire::certificate::ALPN;
use yichuan_wire::frame::{FRAME_HEAD_BYTES, FrameHead, FrameKind, MESSAGE_BYTES_MAX};
use yichuan_wire::message::{Answer, Ask, Hello, Lane, Reply, Request, WIRE_VERSION};

/// How somebody speaks TLS.
#[derive(Clone)]
pub(super) struct Tls {
    version: &'static SupportedProtocolVersion,
    group: &'static dyn SupportedKxGroup,
    key: Option<&'static rcgen::SignatureAlgorithm>,
    protocol: &'static [u8],
}

impl Tls {
    /// As our clients do.
    pub(super) fn good() -> Self {
        Self {
            version: &version::TLS13,
            group: aws_lc_rs::kx_group::X25519MLKEM768,
            key: Some(&PKCS_ED25519),
            protocol: ALPN,
        }
    }

    /// As nobody may. QUIC itself has no TLS 1.2 (RFC 9001 §4.2).
    pub(super) fn bad(over: Over) -> Vec<(&'static str, Self)> {
        let good = Self::good();
        let classical = aws_lc_rs::kx_group::X25519;
        let old = Self {
            version: &version::TLS12,
            group: classical,
            ..good.clone()
        };
        let mut bad = vec![
            (
                "a key exchange without ML-KEM",
                Self {
                    group: classical,
                    ..good.clone()
                },
            ),
            (
                "no certificate",
                Self {
                    key: None,
                    ..good.clone()
                },
            ),
            (
                "an ECDSA key",
                Self {
                    key: Some(&PKCS_ECDSA_P256_SHA256),
                    ..good.clone()
                },
            ),
            (
                "another protocol",
                Self {
                    protocol: b"h2",
                    ..good
                },
            ),
        ];
        if over == Over::Tcp {
            bad.push(("TLS 1.2", old));
        }
        bad
    }

    fn config(&self) -> ClientConfig {
        let provider = CryptoProvider {
            kx_groups: vec![self.group],
            ..aws_lc_rs::default_provider()
        };
        let builder = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[self.version])
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anybody));
        let mut config = match self.key {
            None => builder.with_no_client_auth(),
            Some(algorithm) => {
                let pair = KeyPair::generate_for(algorithm).unwrap();
                let parameters = CertificateParams::new(vec!["stranger".to_owned()]).unwrap();
                let own = parameters.self_signed(&pair).unwrap();
                let key = PrivateKeyDer::try_from(pair.serialize_der()).unwrap();
                builder
                    .with_client_auth_cert(vec![own.der().clone()], key)
                    .unwrap()
            }
        };
        config.alpn_protocols = vec![self.protocol.to_vec()];
        config
    }
}

/// Takes whoever answers; who that is, is tested at the units.
#[derive(Debug)]
struct Anybody;

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![
            SignatureScheme::ED25519,
            SignatureScheme::ECDSA_NISTP256_SHA256,
        ]
    }
}

/// What the protocol runs over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    Tcp,
    Quic,
}

impl Over {
    pub(super) const BOTH: [Self; 2] = [Self::Tcp, Self::Quic];
}

/// A connection with its first stream.
pub(super) struct Stranger {
    reader: Box<dyn AsyncRead + Send + Unpin>,
    writer: Box<dyn AsyncWrite + Send + Unpin>,
    /// Ends with the stranger.
    _quic: Option<(Endpoint, Connection)>,
    answered: bool,
}

impl Stranger {
    pub(super) async fn connect(over: Over, address: SocketAddr, tls: &Tls) -> io::Result<Self> {
        match over {
            Over::Tcp => Self::over_tcp(address, tls).await,
            Over::Quic => Self::over_quic(address, tls).await,
        }
    }

    async fn over_tcp(address: SocketAddr, tls: &Tls) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        let name = ServerName::try_from("yichuan").unwrap();
        let connector = TlsConnector::from(Arc::new(tls.config()));
        let (reader, writer) = tokio::io::split(connector.connect(name, stream).await?);
        Ok(Self {
            reader: Box::new(reader),
            writer: Box::new(writer),
            _quic: None,
            answered: false,
        })
    }

    async fn over_quic(address: SocketAddr, tls: &Tls) -> io::Result<Self> {
        let tls = QuicClientConfig::try_from(tls.config()).map_err(io::Error::other)?;
        let config = quinn::ClientConfig::new(Arc::new(tls));
        let endpoint = Endpoint::client("127.0.0.1:0".parse().unwrap())?;
        let connecting = endpoint.connect_with(config, address, "yichuan");
        let connection = connecting.map_err(io::Error::other)?.await?;
        let (writer, reader) = connection.open_bi().await?;
        Ok(Self {
            reader: Box::new(reader),
            writer: Box::new(writer),
            _quic: Some((endpoint, connection)),
            answered: false,
        })
    }

    /// Sends bytes; the other side may have closed before all are there.
    pub(super) async fn send(&mut self, bytes: &[u8]) {
        if self.writer.write_all(bytes).await.is_ok() {
            let _ = self.writer.flush().await;
        }
    }

    async fn request(&mut self, id: u32, ask: Ask) {
        let content = cbor::to_vec(&Request { id, ask });
        let head = FrameHead {
            kind: FrameKind::Request,
            bytes: u32::try_from(content.len()).unwrap(),
        };
        self.send(&[head.to_bytes().as_slice(), &content].concat())
            .await;
    }

    /// Says hello, and does not wait for what comes of it.
    pub(super) async fn try_greet(&mut self, lane: Lane) {
        let hello = Hello {
            version: WIRE_VERSION,
            now: Timestamp::from_unix_ms(1),
            lane,
        };
        self.request(0, Ask::Hello(hello)).await;
    }

    pub(super) async fn greet(&mut self, lane: Lane) {
        self.try_greet(lane).await;
        assert!(matches!(self.answer().await, (0, Answer::Welcome(_))));
    }

    /// Asks a question that [`super::Echo`] answers with its number.
    pub(super) async fn say(&mut self, id: u32, number: u64) {
        self.request(id, Ask::Consistency(number)).await;
    }

    pub(super) async fn ask(&mut self, id: u32, number: u64) -> Answer {
        self.say(id, number).await;
        let (answered, answer) = self.answer().await;
        assert_eq!(answered, id);
        answer
    }

    pub(super) async fn answer(&mut self) -> (u32, Answer) {
        self.try_answer().await.expect("an answer")
    }

    async fn try_answer(&mut self) -> Option<(u32, Answer)> {
        let mut head = [0; FRAME_HEAD_BYTES];
        self.reader.read_exact(&mut head).await.ok()?;
        let head = FrameHead::read(head).unwrap();
        let mut content = vec![0; head.bytes as usize];
        self.reader.read_exact(&mut content).await.ok()?;
        self.answered = true;
        let reply: Reply = cbor::read(&content, MESSAGE_BYTES_MAX as usize).unwrap();
        Some((reply.id, reply.answer))
    }

    /// Reads to the end of the stream, and tells the code of the refusal in front of it.
    pub(super) async fn last_word(&mut self) -> Option<ErrorCode> {
        let mut word = None;
        while let Some((_, answer)) = self.try_answer().await {
            match answer {
                Answer::Refused(refused) => word = Some(refused.code),
                other => panic!("nonsense was answered by {other:?}"),
            }
        }
        word
    }

    pub(super) const fn was_answered(&self) -> bool {
        self.answered
    }
}
