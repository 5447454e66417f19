//! Device certificates: nothing but a key (protocol rule 11).
//!
//! The handshake's signature is verified with the very key that is taken out here, so that it
//! does not matter what else a certificate says, nor where in it the key stands.

use yichuan_document::key::PublicKey;

/// The application protocol of TLS (RFC 7301).
pub const ALPN: &[u8] = b"yichuan/1";
/// The label of the exporter that a session is bound to (RFC 5705, RFC 8446 §7.5).
pub const EXPORTER_LABEL: &[u8] = b"EXPORTER-yichuan-session";
/// The most bytes of a certificate.
const CERTIFICATE_BYTES_MAX: usize = 4_096;
/// `SubjectPublicKeyInfo` of an Ed25519 key (RFC 8410), up to the key.
const SPKI: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];
/// PKCS #8 of an Ed25519 key (RFC 8410), up to the seed.
const PKCS8: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// The Ed25519 key of a certificate; none where there is not exactly one.
pub fn public_key(certificate: &[u8]) -> Option<PublicKey> {
    if certificate.len() > CERTIFICATE_BYTES_MAX {
        return None;
    }
    let mut places = certificate
        .windows(SPKI.len())
        .enumerate()
        .filter(|(_, part)| *part == SPKI);
    let (at, _) = places.next()?;
    if places.next().is_some() {
        return None;
    }
    let key = certificate[at + SPKI.len()..].first_chunk::<32>()?;
    PublicKey::ed25519(*key).ok()
}

/// The secret key in the form that TLS libraries take.
pub fn pkcs8(seed: &[u8; 32]) -> Vec<u8> {
    [PKCS8.as_slice(), seed].concat()
}

#[cfg(test)]
mod tests {
    use yichuan_document::key::SigningSecret;

    use super::*;

    #[test]
    fn a_key_is_taken_only_where_there_is_one() {
        let key = SigningSecret::from_seed(&[1; 32]).public();
        let spki = [SPKI.as_slice(), key.bytes()].concat();
        let certificate = [b"before".as_slice(), &spki, b"after"].concat();
        assert_eq!(public_key(&certificate), Some(key));
        assert_eq!(public_key(b""), None);
        assert_eq!(public_key(&certificate[..40]), None);
        assert_eq!(public_key(&[certificate.as_slice(), &spki].concat()), None);
        let weak = [SPKI.as_slice(), &[0; 32]].concat();
        assert_eq!(public_key(&weak), None);
        assert_eq!(
            public_key(&[certificate, vec![0; CERTIFICATE_BYTES_MAX]].concat()),
            None
        );
    }
}
