//! TLS 1.3 with mutual authentication, post-quantum key exchange, and keys instead of names.

use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair, PKCS_ED25519};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, ServerConfig,
    SignatureScheme,
};
use tokio_rustls::TlsAcceptor;
use yichuan_wire::certificate;

use super::CannotServe;

/// The exchange's certificate and key.
pub(super) struct Identity {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

impl Identity {
    pub(super) fn of(seed: &[u8; 32]) -> Result<Self, CannotServe> {
        let pkcs8 = PrivatePkcs8KeyDer::from(certificate::pkcs8(seed));
        let pair = KeyPair::from_pkcs8_der_and_sign_algo(&pkcs8, &PKCS_ED25519)
            .map_err(CannotServe::Certificate)?;
        let parameters =
            CertificateParams::new(vec!["yichuan".to_owned()]).map_err(CannotServe::Certificate)?;
        let certificate = parameters
            .self_signed(&pair)
            .map_err(CannotServe::Certificate)?;
        Ok(Self {
            certificate: certificate.der().clone(),
            key: pkcs8.into(),
        })
    }
}

pub(super) fn acceptor(identity: &Identity) -> Result<TlsAcceptor, CannotServe> {
    Ok(TlsAcceptor::from(Arc::new(config(identity)?)))
}

/// The one configuration of QUIC and TCP.
pub(super) fn config(identity: &Identity) -> Result<ServerConfig, CannotServe> {
    let provider = CryptoProvider {
        kx_groups: vec![aws_lc_rs::kx_group::X25519MLKEM768],
        ..aws_lc_rs::default_provider()
    };
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(CannotServe::Tls)?
        .with_client_cert_verifier(Arc::new(AnyKey))
        .with_single_cert(vec![identity.certificate.clone()], identity.key.clone_key())
        .map_err(CannotServe::Tls)?;
    config.alpn_protocols = vec![certificate::ALPN.to_vec()];
    // Every session is opened by an account on its own connection; nothing is resumed.
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
    Ok(config)
}

/// Accepts any certificate with one Ed25519 key that signed the handshake. Whose key it is, and
/// what its holder may do, is for the roster.
#[derive(Debug)]
struct AnyKey;

impl ClientCertVerifier for AnyKey {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let key = certificate::public_key(end_entity);
        key.map(|_| ClientCertVerified::assertion())
            .ok_or(Error::InvalidCertificate(CertificateError::BadEncoding))
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("TLS 1.2 is not served".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let bad = || Error::InvalidCertificate(CertificateError::BadSignature);
        let key = certificate::public_key(cert).ok_or_else(bad)?;
        let signature = dss.signature().try_into().map_err(|_| bad())?;
        if dss.scheme != SignatureScheme::ED25519 || key.verify(message, signature).is_err() {
            return Err(bad());
        }
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }
}
