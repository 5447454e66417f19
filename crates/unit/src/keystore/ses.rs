//! SM2 keys that grow from a secret of a keystore, for electronic seals of GB/T 38540.

use hkdf::Hkdf;
use sha2::Sha256;
use yichuan_seal::sm2_key::Sm2Secret;
use zeroize::Zeroizing;

/// The SM2 key that grows from `secret` for `purpose`: HKDF-SHA-256 without salt, and the same key
/// every time, so that no file has to hold it.
pub(crate) fn sm2_key(secret: &[u8; 32], purpose: &str) -> Sm2Secret {
    let hkdf = Hkdf::<Sha256>::new(None, secret);
    let mut key = Zeroizing::new([0; 32]);
    // One number in four thousand million is no SM2 key; then the next one is taken.
    let mut taken = (0..=u8::MAX).filter_map(|turn| {
        let info = [purpose.as_bytes(), &[turn]].concat();
        hkdf.expand(&info, key.as_mut())
            .expect("32 bytes are not too many");
        Sm2Secret::from_bytes(&key)
    });
    taken.next().expect("one of 256 is a key")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_grows_from_its_secret_and_purpose_alone() {
        let point = |secret: u8, purpose| *sm2_key(&[secret; 32], purpose).public().point();
        assert_eq!(point(1, "yichuan/ses/1"), point(1, "yichuan/ses/1"));
        assert_ne!(point(1, "yichuan/ses/1"), point(2, "yichuan/ses/1"));
        assert_ne!(point(1, "yichuan/ses/1"), point(1, "yichuan/ses/anchor/1"));
    }
}
