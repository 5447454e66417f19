//! A desk for the office's other computers: TLS, and one name.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::json;
use yichuan_xtask::installation::{PASSWORD, text};

use crate::desk::Served;
use crate::stage::{Stage, release};

const NAME: &str = "desk.zfb.lan";

/// The office's own certificates in a folder: chain and key of the desk, and the root that the
/// office's browsers know.
struct Papers {
    chain: PathBuf,
    key: PathBuf,
    root: CertificateDer<'static>,
}

impl Papers {
    fn made(folder: &Path) -> Self {
        let mut own = CertificateParams::new(Vec::new()).unwrap();
        own.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = CertifiedIssuer::self_signed(own, KeyPair::generate().unwrap()).unwrap();
        let pair = KeyPair::generate().unwrap();
        let parameters = CertificateParams::new(vec![NAME.to_owned()]).unwrap();
        let leaf = parameters.signed_by(&pair, &root).unwrap();
        let (chain, key) = (folder.join("desk.pem"), folder.join("desk.key"));
        fs::write(&chain, leaf.pem()).unwrap();
        fs::write(&key, pair.serialize_pem()).unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        let root = root.der().clone();
        Self { chain, key, root }
    }

    fn arguments(&self) -> [&str; 8] {
        [
            "--listen",
            "127.0.0.1:0",
            "--name",
            NAME,
            "--certificate",
            text(&self.chain).unwrap(),
            "--key",
            text(&self.key).unwrap(),
        ]
    }

    /// What is answered to a request by somebody who trusts the office's root; nothing where the
    /// handshake fails.
    fn ask(&self, port: &str, called: &str, request: &str) -> Option<String> {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(called.to_owned()).unwrap();
        let connection = ClientConnection::new(Arc::new(config), name).unwrap();
        let stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
        let mut stream = StreamOwned::new(connection, stream);
        stream.write_all(request.as_bytes()).ok()?;
        let mut all = Vec::new();
        // Where the peer does not say that it ends, what has come is judged.
        let _ = stream.read_to_end(&mut all);
        Some(String::from_utf8_lossy(&all).into_owned())
    }
}

#[test]
fn g4_other_computers_reach_a_desk_only_with_tls_and_by_its_name() {
    let stage = Stage::new("tcp");
    let office = stage.sender();
    let folder = tempfile::tempdir().unwrap();
    let papers = Papers::made(folder.path());
    let served = Served::told(&office.home, &papers.arguments(), &[]);
    let (name, port) = served.host.split_once(':').unwrap();
    assert_eq!(name, NAME);
    let entered = json!({ "account": format!("{}-fs01", office.code), "password": PASSWORD });
    let entered = entered.to_string();
    let request = |host: &str| {
        format!(
            "POST /api/v1/session HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\
             Origin: https://{host}:{port}\r\nX-Yichuan: 1\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{entered}",
            entered.len()
        )
    };
    let answer = papers.ask(port, NAME, &request(NAME)).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let cookie = answer
        .lines()
        .find(|line| line.to_ascii_lowercase().starts_with("set-cookie"))
        .unwrap();
    for word in [
        "__Host-yichuan-desk-",
        "; Secure",
        "HttpOnly",
        "SameSite=Strict",
        "Path=/",
    ] {
        assert!(cookie.contains(word), "{cookie}");
    }
    assert!(answer.contains("max-age=31536000"), "{answer}");
    // Another name, in the request or in the handshake.
    for host in ["127.0.0.1", "localhost", "evil.lan"] {
        let answer = papers.ask(port, NAME, &request(host)).unwrap();
        assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    }
    assert_eq!(papers.ask(port, "other.lan", &request(NAME)), None);
    // Without TLS there is no answer at all.
    let mut plain = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    plain.write_all(request(NAME).as_bytes()).unwrap();
    let mut all = Vec::new();
    let _ = plain.read_to_end(&mut all);
    let all = String::from_utf8_lossy(&all);
    assert!(!all.contains("HTTP/"), "{all}");
    drop(served);
}

#[test]
fn g4_a_desk_for_other_computers_that_is_not_fit_is_not_served() {
    let stage = Stage::new("tcp");
    let office = stage.sender();
    let folder = tempfile::tempdir().unwrap();
    let papers = Papers::made(folder.path());
    let refused = |arguments: &[&str], words: &str| {
        let said = Command::new(release().join("yichuan"))
            .args([
                "--lang",
                "en",
                "--home",
                text(&office.home).unwrap(),
                "desk",
            ])
            .args(arguments)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&said.stderr).into_owned();
        assert_eq!(said.status.code(), Some(2), "{arguments:?}: {told}");
        assert!(told.contains(words), "{told}");
        assert!(!told.contains("PRIVATE"), "{told}");
    };
    let whole = papers.arguments();
    refused(&whole[..2], "--name");
    refused(&whole[2..], "--listen");
    let mut other = whole;
    other[3] = "desk.elsewhere.lan";
    refused(&other, "desk.elsewhere.lan");
    other[3] = "127.0.0.1";
    refused(&other, "a name is wanted");
    let mut other = whole;
    other[5] = whole[7];
    refused(&other, "certificate");
    fs::set_permissions(&papers.key, fs::Permissions::from_mode(0o644)).unwrap();
    refused(&whole, "chmod 600");
}
