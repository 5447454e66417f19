//! TLS 1.3 with mutual authentication, post-quantum key exchange, and keys instead of names.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rcgen::{CertificateParams, KeyPair, PKCS_ED25519, date_time_ymd};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::{CertifiedKey, SigningKey};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, ServerConfig,
    SignatureScheme,
};
use tokio_rustls::TlsAcceptor;
use yichuan_document::Timestamp;
use yichuan_wire::certificate;

use super::CannotServe;
use crate::sequencer::clock;

/// How long before it is made a certificate is valid, for clocks that are late.
const BACKDATED: Duration = Duration::from_secs(86_400);
/// How long a certificate is valid after it was made.
const VALID: Duration = Duration::from_secs(90 * 86_400);
/// After how long it is made anew: two thirds of its validity.
const RENEWED_AFTER_MS: u64 = 60 * 86_400_000;

/// The exchange's key, with a certificate that is made anew before it expires: at the first
/// handshake after two thirds of its validity, so that nobody has to remember it and none is ever
/// shown out of date. The key stays the roster's; connections that exist are not touched.
pub(super) struct Identity {
    pair: KeyPair,
    key: Arc<dyn SigningKey>,
    current: Mutex<(Timestamp, Arc<CertifiedKey>)>,
}

impl Identity {
    pub(super) fn of(seed: &[u8; 32]) -> Result<Arc<Self>, CannotServe> {
        let now = clock();
        let pkcs8 = PrivatePkcs8KeyDer::from(certificate::pkcs8(seed));
        let pair = KeyPair::from_pkcs8_der_and_sign_algo(&pkcs8, &PKCS_ED25519)
            .map_err(CannotServe::Certificate)?;
        let private = PrivateKeyDer::from(pkcs8);
        let provider = aws_lc_rs::default_provider().key_provider;
        let key = provider
            .load_private_key(private)
            .map_err(CannotServe::Tls)?;
        let first = certified(&pair, &key, now).map_err(CannotServe::Certificate)?;
        Ok(Arc::new(Self {
            pair,
            key,
            current: Mutex::new((now, first)),
        }))
    }

    /// The certificate to be shown at `now`.
    fn at(&self, now: Timestamp) -> Arc<CertifiedKey> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let (made, shown) = &*current;
        // A clock that was set back makes it anew too.
        if now >= *made && now.ms_since(*made) < RENEWED_AFTER_MS {
            return Arc::clone(shown);
        }
        match certified(&self.pair, &self.key, now) {
            Ok(fresh) => {
                tracing::info!("the certificate was made anew; its key is the same");
                *current = (now, fresh);
            }
            // What is shown instead is as good: only its key counts (protocol rule 11).
            Err(error) => tracing::error!(%error, "the certificate could not be made anew"),
        }
        Arc::clone(&current.1)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(..)")
    }
}

impl ResolvesServerCert for Identity {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.at(clock()))
    }
}

/// A certificate of this key that is valid from the day before `now`, for 90 days after it.
fn certified(
    pair: &KeyPair,
    key: &Arc<dyn SigningKey>,
    now: Timestamp,
) -> Result<Arc<CertifiedKey>, rcgen::Error> {
    let mut parameters = CertificateParams::new(vec!["yichuan".to_owned()])?;
    let now = date_time_ymd(1970, 1, 1) + Duration::from_millis(now.unix_ms());
    parameters.not_before = now - BACKDATED;
    parameters.not_after = now + VALID;
    let made = parameters.self_signed(pair)?;
    let chain = vec![made.der().clone()];
    Ok(Arc::new(CertifiedKey::new(chain, Arc::clone(key))))
}

pub(super) fn acceptor(identity: &Arc<Identity>) -> Result<TlsAcceptor, CannotServe> {
    Ok(TlsAcceptor::from(Arc::new(config(identity)?)))
}

/// The algorithms: no other key exchange than the post-quantum one.
fn provider() -> CryptoProvider {
    CryptoProvider {
        kx_groups: vec![aws_lc_rs::kx_group::X25519MLKEM768],
        ..aws_lc_rs::default_provider()
    }
}

/// The one configuration of QUIC and TCP.
pub(super) fn config(identity: &Arc<Identity>) -> Result<ServerConfig, CannotServe> {
    let shown: Arc<dyn ResolvesServerCert> = Arc::<Identity>::clone(identity);
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(CannotServe::Tls)?
        .with_client_cert_verifier(Arc::new(AnyKey))
        .with_cert_resolver(shown);
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

#[cfg(test)]
mod tests {
    use rustls::client::danger::{ServerCertVerified, ServerCertVerifier};
    use rustls::pki_types::ServerName;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
    use tokio_rustls::{TlsConnector, client, server};
    use yichuan_document::key::{PublicKey, SigningSecret};

    use super::*;

    const DAY: u64 = 86_400_000;

    /// The two instants of a certificate's validity, as they stand in it (RFC 5280 §4.1.2.5).
    fn validity(shown: &CertifiedKey) -> [String; 2] {
        let bytes: &[u8] = &shown.cert[0];
        let at = bytes.windows(2).position(|two| two == [0x17, 13]).unwrap();
        let [from, until] =
            [at + 2, at + 17].map(|at| String::from_utf8(bytes[at..at + 13].to_vec()).unwrap());
        [from, until]
    }

    /// An instant in the same form.
    fn written(at: Timestamp) -> String {
        let at = date_time_ymd(1970, 1, 1) + Duration::from_millis(at.unix_ms());
        let (year, month, day) = at.to_calendar_date();
        let (hour, minute, second) = at.to_hms();
        let month = u8::from(month);
        let year = year % 100;
        format!("{year:02}{month:02}{day:02}{hour:02}{minute:02}{second:02}Z")
    }

    fn key_of(shown: &CertifiedKey) -> Option<PublicKey> {
        certificate::public_key(&shown.cert[0])
    }

    #[test]
    fn rule_11_a_certificate_is_renewed_before_its_expiry_and_keeps_its_key() {
        let identity = Identity::of(&[7; 32]).unwrap();
        let own = SigningSecret::from_seed(&[7; 32]).public();
        let start = identity.current.lock().unwrap().0;
        let at = |days: u64| start.plus_ms(days * DAY);
        let first = identity.at(start);
        assert_eq!(validity(&first)[1], written(at(90)));
        assert!(Arc::ptr_eq(&first, &identity.at(at(59))));
        let second = identity.at(at(60));
        assert_ne!(
            first.cert, second.cert,
            "thirty days before the first expires"
        );
        // Whoever connects on whatever day for three years is shown a valid one.
        for day in 60..3 * 365 {
            let shown = identity.at(at(day));
            let [from, until] = validity(&shown);
            let now = written(at(day));
            assert!(from < now && now < until, "{from} {now} {until}");
            assert_eq!(key_of(&shown), Some(own.clone()), "day {day}");
        }
        // A clock that is set back finds one that is valid then.
        let earlier = identity.at(at(10));
        assert!(validity(&earlier)[0] < written(at(10)));
    }

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
            message: &[u8],
            cert: &CertificateDer<'_>,
            dss: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            AnyKey.verify_tls12_signature(message, cert, dss)
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            cert: &CertificateDer<'_>,
            dss: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            AnyKey.verify_tls13_signature(message, cert, dss)
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            AnyKey.supported_verify_schemes()
        }
    }

    type Ends = (
        client::TlsStream<DuplexStream>,
        server::TlsStream<DuplexStream>,
    );

    async fn connected(identity: &Arc<Identity>) -> Ends {
        let (near, far) = tokio::io::duplex(64 << 10);
        let pkcs8 = PrivatePkcs8KeyDer::from(certificate::pkcs8(&[8; 32]));
        let pair = KeyPair::from_pkcs8_der_and_sign_algo(&pkcs8, &PKCS_ED25519).unwrap();
        let own = CertificateParams::new(vec!["yichuan".to_owned()]).unwrap();
        let own = own.self_signed(&pair).unwrap();
        let mut config = rustls::ClientConfig::builder_with_provider(Arc::new(provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anybody))
            .with_client_auth_cert(vec![own.der().clone()], pkcs8.into())
            .unwrap();
        config.alpn_protocols = vec![certificate::ALPN.to_vec()];
        let connector = TlsConnector::from(Arc::new(config));
        let name = ServerName::try_from("yichuan").unwrap();
        let accepting = acceptor(identity).unwrap();
        let both = tokio::join!(connector.connect(name, near), accepting.accept(far));
        (both.0.unwrap(), both.1.unwrap())
    }

    fn shown_to(client: &client::TlsStream<DuplexStream>) -> Vec<u8> {
        let certificates = client.get_ref().1.peer_certificates();
        certificates.unwrap()[0].to_vec()
    }

    #[tokio::test]
    async fn a_renewed_certificate_cuts_no_connection() {
        let identity = Identity::of(&[7; 32]).unwrap();
        let ago = |days: u64| Timestamp::from_unix_ms(clock().unix_ms() - days * DAY);
        let old = certified(&identity.pair, &identity.key, ago(59)).unwrap();
        *identity.current.lock().unwrap() = (ago(59), old);
        let (mut client, mut server) = connected(&identity).await;
        // Two days later.
        identity.current.lock().unwrap().0 = ago(61);
        let (later, _) = connected(&identity).await;
        assert_ne!(shown_to(&client), shown_to(&later));
        let key = |of| certificate::public_key(&shown_to(of));
        assert_eq!(key(&client), key(&later));
        client.write_all(b"still here").await.unwrap();
        client.flush().await.unwrap();
        let mut heard = [0; 10];
        server.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"still here");
    }
}
