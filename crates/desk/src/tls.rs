//! Serving the office's other computers: only with TLS, and under one name.

use std::sync::Arc;

use rustls::client::verify_server_name;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::{ParsedCertificate, ServerConfig};
use tokio_rustls::TlsAcceptor;
use yichuan_unit::cli::TlsAsked;
use yichuan_unit::lang::say;
use yichuan_unit::office::Failed;

/// What answers under the name: TLS 1.3 alone. A certificate of another name, or of another key, is
/// refused here rather than by every browser.
pub(crate) fn acceptor(asked: &TlsAsked) -> Result<TlsAcceptor, Failed> {
    let named = &asked.name;
    let name = ServerName::try_from(named.as_str());
    let name = name.map_err(|_| wrong(say("不是主机名", "not a host's name"), named))?;
    if !matches!(name, ServerName::DnsName(_)) {
        let words = say("须为主机名，不是地址", "a name is wanted, not an address");
        return Err(wrong(words, named));
    }
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&asked.chain)
        .collect::<Result<_, _>>()
        .map_err(|why| wrong(say("证书无法读取", "the certificate cannot be read"), why))?;
    let Some(own) = chain.first() else {
        let words = say("文件中没有证书", "no certificate is in the file");
        return Err(wrong(words, "PEM"));
    };
    let parsed = ParsedCertificate::try_from(own)
        .map_err(|why| wrong(say("证书无法读取", "the certificate cannot be read"), why))?;
    verify_server_name(&parsed, &name).map_err(|_| {
        let words = say(
            "证书不是这个名称的",
            "the certificate is of another name than",
        );
        wrong(words, named)
    })?;
    let key = PrivateKeyDer::from_pem_slice(&asked.key)
        .map_err(|_| wrong(say("私钥无法读取", "the key cannot be read"), "PEM"))?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|why| Failed::from(std::io::Error::other(why)))?;
    // It is compared whether the key is the certificate's.
    let mut config = config
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|why| wrong(say("证书与私钥不配", "certificate and key do not fit"), why))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn wrong(words: &str, about: impl std::fmt::Display) -> Failed {
    Failed::Usage(format!("{words}: {about}"))
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    fn asked(name: &str, of: &str) -> (TlsAsked, KeyPair) {
        let pair = KeyPair::generate().unwrap();
        let parameters = CertificateParams::new(vec![of.to_owned()]).unwrap();
        let certificate = parameters.self_signed(&pair).unwrap();
        let asked = TlsAsked {
            listen: "127.0.0.1:0".parse().unwrap(),
            name: name.to_owned(),
            chain: certificate.pem().into_bytes(),
            key: pair.serialize_pem().into_bytes().into(),
        };
        (asked, pair)
    }

    #[test]
    fn g4_only_the_certificate_of_the_name_and_its_own_key_are_taken() {
        let (good, _) = asked("desk.zfb.lan", "desk.zfb.lan");
        assert!(acceptor(&good).is_ok());
        let refused = |asked: &TlsAsked| acceptor(asked).map(drop).unwrap_err().to_string();
        let (other, pair) = asked("desk.zfb.lan", "desk.elsewhere.lan");
        assert!(
            refused(&other).contains("desk.zfb.lan"),
            "{}",
            refused(&other)
        );
        let (mut mixed, _) = asked("desk.zfb.lan", "desk.zfb.lan");
        mixed.key = pair.serialize_pem().into_bytes().into();
        refused(&mixed);
        for name in ["10.1.2.3", "", "a b", "-"] {
            let (mut bad, _) = asked("desk.zfb.lan", "desk.zfb.lan");
            name.clone_into(&mut bad.name);
            refused(&bad);
        }
        for rubbish in [&b""[..], b"no PEM", b"-----BEGIN CERTIFICATE-----\nAA"] {
            let (mut bad, _) = asked("desk.zfb.lan", "desk.zfb.lan");
            bad.chain = rubbish.to_vec();
            refused(&bad);
            let (mut bad, _) = asked("desk.zfb.lan", "desk.zfb.lan");
            bad.key = rubbish.to_vec().into();
            refused(&bad);
        }
    }
}
