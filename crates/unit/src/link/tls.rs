//! TLS 1.3 with mutual authentication, post-quantum key exchange, and keys instead of names.

use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair, PKCS_ED25519};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientConfig, Resumption};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use yichuan_wire::certificate;

use super::{Expected, LinkFailed};

/// The name in the handshake; it means nothing, the key does.
pub(super) const SERVER_NAME: &str = "yichuan";

/// The one configuration of QUIC and TCP.
pub(super) fn config(seed: &[u8; 32], expected: &Expected) -> Result<ClientConfig, LinkFailed> {
    let failed = |error: &dyn std::fmt::Display| LinkFailed::Tls(error.to_string());
    let pkcs8 = PrivatePkcs8KeyDer::from(certificate::pkcs8(seed));
    let pair = KeyPair::from_pkcs8_der_and_sign_algo(&pkcs8, &PKCS_ED25519)
        .map_err(|error| failed(&error))?;
    let parameters =
        CertificateParams::new(vec![SERVER_NAME.to_owned()]).map_err(|error| failed(&error))?;
    let own = parameters
        .self_signed(&pair)
        .map_err(|error| failed(&error))?;
    let provider = CryptoProvider {
        kx_groups: vec![aws_lc_rs::kx_group::X25519MLKEM768],
        ..aws_lc_rs::default_provider()
    };
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| failed(&error))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(OneKey {
            expected: expected.clone(),
        }))
        .with_client_auth_cert(vec![own.der().clone()], pkcs8.into())
        .map_err(|error| failed(&error))?;
    config.alpn_protocols = vec![certificate::ALPN.to_vec()];
    config.resumption = Resumption::disabled();
    Ok(config)
}

/// Accepts the exchange by its key.
#[derive(Debug)]
struct OneKey {
    expected: Expected,
}

impl ServerCertVerifier for OneKey {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let key = certificate::public_key(end_entity)
            .ok_or(Error::InvalidCertificate(CertificateError::BadEncoding))?;
        match &self.expected {
            Expected::OneOf(expected) if !expected.contains(&key) => Err(
                Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure),
            ),
            Expected::OneOf(_) | Expected::FirstContact => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("TLS 1.2 is not spoken".to_owned()))
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

/// Whether a handshake failed because somebody else answered.
pub(super) fn is_another_key(message: &str) -> bool {
    message.contains("ApplicationVerificationFailure")
}
