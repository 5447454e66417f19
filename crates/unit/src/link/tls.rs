//! TLS 1.3 with mutual authentication, post-quantum key exchange, and keys instead of names.

use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertificateParams, KeyPair, PKCS_ED25519, date_time_ymd};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientConfig, Resumption};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use yichuan_document::Timestamp;
use yichuan_wire::certificate;

use super::{Expected, LinkFailed};

/// The name in the handshake; it means nothing, the key does.
pub(super) const SERVER_NAME: &str = "yichuan";

/// How long before it is made a certificate is valid, for clocks that are late.
const BACKDATED: Duration = Duration::from_secs(86_400);
/// How long a certificate is valid after it was made.
const VALID: Duration = Duration::from_secs(90 * 86_400);

/// This computer's certificate, made for one connection at `now`: none is kept, so that none runs
/// out. The exchange reads nothing in it but the key (protocol rule 11).
fn own_certificate(
    pkcs8: &PrivatePkcs8KeyDer<'_>,
    now: Timestamp,
) -> Result<CertificateDer<'static>, rcgen::Error> {
    let pair = KeyPair::from_pkcs8_der_and_sign_algo(pkcs8, &PKCS_ED25519)?;
    let mut parameters = CertificateParams::new(vec![SERVER_NAME.to_owned()])?;
    let now = date_time_ymd(1970, 1, 1) + Duration::from_millis(now.unix_ms());
    parameters.not_before = now - BACKDATED;
    parameters.not_after = now + VALID;
    Ok(parameters.self_signed(&pair)?.der().clone())
}

/// The one configuration of QUIC and TCP.
pub(super) fn config(seed: &[u8; 32], expected: &Expected) -> Result<ClientConfig, LinkFailed> {
    let failed = |error: &dyn std::fmt::Display| LinkFailed::Tls(error.to_string());
    let pkcs8 = PrivatePkcs8KeyDer::from(certificate::pkcs8(seed));
    let own = own_certificate(&pkcs8, crate::now()).map_err(|error| failed(&error))?;
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
        .with_client_auth_cert(vec![own], pkcs8.into())
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

#[cfg(test)]
mod tests {
    use yichuan_document::key::SigningSecret;

    use super::*;

    #[test]
    fn rule_11_every_connection_has_a_certificate_of_its_own_day_and_the_same_key() {
        let seed = [9; 32];
        let pkcs8 = PrivatePkcs8KeyDer::from(certificate::pkcs8(&seed));
        let own = SigningSecret::from_seed(&seed).public();
        let start = Timestamp::from_unix_ms(1_795_000_000_000);
        let mut ends = Vec::new();
        for days in [0, 30, 89, 91, 400] {
            let now = start.plus_ms(days * 86_400_000);
            let made = own_certificate(&pkcs8, now).unwrap();
            assert_eq!(certificate::public_key(&made), Some(own.clone()), "{days}");
            // Its two instants, each UTCTime of 13 signs (RFC 5280 §4.1.2.5).
            let at = made.windows(2).position(|two| two == [0x17, 13]).unwrap();
            let (from, until) = (&made[at + 2..at + 15], &made[at + 17..at + 30]);
            assert!(from < until, "{days}");
            ends.push(until.to_vec());
        }
        assert!(
            ends.is_sorted_by(|before, after| before < after),
            "{ends:?}"
        );
        assert_eq!(ends[0], b"270216110640Z".to_vec());
    }
}
