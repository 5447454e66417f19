//! A bare peer, to compare with: the same TLS, the same bytes, a SHA-256 and a file, nothing else.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use yichuan_unit::home::TransportName;

use super::post::Failure;

const NAME: &str = "raw";
const BLOCK_BYTES: usize = 1 << 20;
/// Blocks on their way to the disk.
const BLOCKS_UNDER_WAY: usize = 4;
/// As many bytes as the exchange lets a stream and a connection have under way.
const STREAM_WINDOW: u32 = 4 << 20;
const WINDOW: u32 = 8 << 20;

/// Times a bare peer that hashes and writes.
#[derive(Args)]
pub(super) struct Raw {
    #[arg(long, value_enum)]
    transport: TransportName,
    /// What is sent.
    #[arg(long)]
    file: PathBuf,
    /// Where the other side writes it.
    #[arg(long)]
    to: PathBuf,
}

/// The other side of `raw`.
#[derive(Args)]
pub(super) struct Serve {
    #[arg(long, value_enum)]
    transport: TransportName,
    #[arg(long)]
    to: PathBuf,
}

impl Raw {
    /// Starts the other side as a program of its own, as the exchange is one.
    pub(super) async fn run(self) -> Result<Value, Failure> {
        let name = match self.transport {
            TransportName::Tcp => "tcp",
            TransportName::Auto | TransportName::Quic => "quic",
        };
        let mut server = Command::new(std::env::current_exe()?)
            .args(["raw-serve", "--transport", name, "--to"])
            .arg(&self.to)
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = server.stdout.take().ok_or("no output")?;
        let mut lines = BufReader::new(stdout).lines();
        let address: SocketAddr = lines.next().ok_or("no address")??.parse()?;
        let certificate = lines.next().ok_or("no certificate")??;
        let certificate = data_encoding::BASE64.decode(certificate.as_bytes())?;
        let mut file = File::open(&self.file)?;
        let bytes = file.metadata()?.len();
        let config = client_config(CertificateDer::from(certificate))?;
        let seconds = match self.transport {
            TransportName::Tcp => {
                let since = Instant::now();
                let stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
                let tls = connector
                    .connect(ServerName::try_from(NAME)?, stream)
                    .await?;
                let (reader, writer) = tokio::io::split(tls);
                send(&mut file, bytes, reader, writer).await?;
                since.elapsed().as_secs_f64()
            }
            TransportName::Auto | TransportName::Quic => {
                let tls = QuicClientConfig::try_from(config)?;
                let mut config = quinn::ClientConfig::new(Arc::new(tls));
                config.transport_config(Arc::new(transport()));
                let endpoint = quinn::Endpoint::client((Ipv4Addr::UNSPECIFIED, 0).into())?;
                let since = Instant::now();
                let connection = endpoint.connect_with(config, address, NAME)?.await?;
                let (writer, reader) = connection.open_bi().await?;
                send(&mut file, bytes, reader, writer).await?;
                since.elapsed().as_secs_f64()
            }
        };
        if !server.wait()?.success() {
            return Err("the other side failed".into());
        }
        Ok(json!({ "bytes": bytes, "seconds": seconds }))
    }
}

async fn send(
    file: &mut File,
    bytes: u64,
    mut reader: impl AsyncRead + Unpin,
    mut writer: impl AsyncWrite + Unpin,
) -> Result<(), Failure> {
    writer.write_u64(bytes).await?;
    let mut block = vec![0; BLOCK_BYTES];
    loop {
        let read = file.read(&mut block)?;
        if read == 0 {
            break;
        }
        writer.write_all(&block[..read]).await?;
    }
    writer.flush().await?;
    // The other side says that everything is on its disk.
    reader.read_u8().await?;
    writer.shutdown().await?;
    Ok(())
}

impl Serve {
    pub(super) async fn run(self) -> Result<Value, Failure> {
        let pair = rcgen::generate_simple_self_signed(vec![NAME.to_owned()])?;
        let certificate = pair.cert.der().clone();
        let key = PrivateKeyDer::try_from(pair.signing_key.serialize_der())?;
        let config = rustls::ServerConfig::builder_with_provider(Arc::new(provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key)?;
        let say = |address: SocketAddr| {
            println!("{address}");
            println!("{}", data_encoding::BASE64.encode(&certificate));
            std::io::stdout().flush()
        };
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let digest = match self.transport {
            TransportName::Tcp => {
                let listener = TcpListener::bind(any).await?;
                say(listener.local_addr()?)?;
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
                let (reader, writer) = tokio::io::split(acceptor.accept(stream).await?);
                take(reader, writer, self.to).await?
            }
            TransportName::Auto | TransportName::Quic => {
                let tls = QuicServerConfig::try_from(config)?;
                let mut config = quinn::ServerConfig::with_crypto(Arc::new(tls));
                config.transport_config(Arc::new(transport()));
                let endpoint = quinn::Endpoint::server(config, any)?;
                say(endpoint.local_addr()?)?;
                let incoming = endpoint.accept().await.ok_or("nobody came")?;
                let connection = incoming.await?;
                let (writer, reader) = connection.accept_bi().await?;
                let digest = take(reader, writer, self.to).await?;
                connection.closed().await;
                digest
            }
        };
        Ok(json!({ "sha256": digest }))
    }
}

/// Takes in as many bytes as were announced; another thread hashes and writes them.
async fn take(
    mut reader: impl AsyncRead + Unpin,
    mut writer: impl AsyncWrite + Unpin,
    to: PathBuf,
) -> Result<String, Failure> {
    let mut left = reader.read_u64().await?;
    let (blocks, mut incoming) = tokio::sync::mpsc::channel::<Vec<u8>>(BLOCKS_UNDER_WAY);
    let writing = tokio::task::spawn_blocking(move || {
        let (mut file, mut hasher) = (File::create(to)?, Sha256::new());
        while let Some(block) = incoming.blocking_recv() {
            hasher.update(&block);
            file.write_all(&block)?;
        }
        file.sync_all()?;
        Ok::<_, std::io::Error>(data_encoding::HEXLOWER.encode(&hasher.finalize()))
    });
    while left > 0 {
        let length = usize::try_from(left)?.min(BLOCK_BYTES);
        let mut block = vec![0; length];
        reader.read_exact(&mut block).await?;
        left -= length as u64;
        blocks.send(block).await?;
    }
    drop(blocks);
    let digest = writing.await??;
    writer.write_u8(1).await?;
    writer.flush().await?;
    // The other side ends it.
    let _ = reader.read_u8().await;
    Ok(digest)
}

fn provider() -> CryptoProvider {
    CryptoProvider {
        kx_groups: vec![aws_lc_rs::kx_group::X25519MLKEM768],
        ..aws_lc_rs::default_provider()
    }
}

fn client_config(certificate: CertificateDer<'static>) -> Result<rustls::ClientConfig, Failure> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate)?;
    Ok(
        rustls::ClientConfig::builder_with_provider(Arc::new(provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_root_certificates(roots)
            .with_no_client_auth(),
    )
}

fn transport() -> quinn::TransportConfig {
    let mut transport = quinn::TransportConfig::default();
    transport
        .stream_receive_window(quinn::VarInt::from_u32(STREAM_WINDOW))
        .receive_window(quinn::VarInt::from_u32(WINDOW))
        .send_window(u64::from(WINDOW));
    transport
}
