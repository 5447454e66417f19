//! Encryption keys of units and accounts: X-Wing (ML-KEM-768 with X25519), as HPKE uses it.

use core::fmt;

use hpke::kem::XWing;
use hpke::{Deserializable, Kem, Serializable};
use rand_core::CryptoRng;
use yichuan_document::roster::record::EncryptionKey;
use yichuan_document::wrap::WRAP_SUITE_1;
use zeroize::Zeroizing;

/// A secret encryption key, kept as its 32-byte seed; wiped when dropped, never shown.
pub struct EncryptionSecret(Zeroizing<[u8; 32]>);

impl EncryptionSecret {
    /// A new key.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(seed.as_mut());
        Self(seed)
    }

    /// The key that grows from `seed`.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(Zeroizing::new(*seed))
    }

    /// The seed, for keeping it closed.
    pub fn seed(&self) -> &[u8; 32] {
        &self.0
    }

    /// The public key.
    pub fn public(&self) -> EncryptionKey {
        let public = XWing::sk_to_pk(&self.private());
        EncryptionKey {
            suite: WRAP_SUITE_1,
            bytes: public.to_bytes().to_vec(),
        }
    }

    pub(crate) fn private(&self) -> <XWing as Kem>::PrivateKey {
        Deserializable::from_bytes(self.0.as_slice()).expect("every seed of 32 bytes is a key")
    }
}

impl fmt::Debug for EncryptionSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncryptionSecret(..)")
    }
}

/// A key of an unknown suite, or bytes that are no key of their suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnEncryptionKey;

impl fmt::Display for NotAnEncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an encryption key of a suite that is known")
    }
}

impl core::error::Error for NotAnEncryptionKey {}

/// Reads a public key of suite 1.
pub(crate) fn read_public(
    key: &EncryptionKey,
) -> Result<<XWing as Kem>::PublicKey, NotAnEncryptionKey> {
    if key.suite != WRAP_SUITE_1 {
        return Err(NotAnEncryptionKey);
    }
    Deserializable::from_bytes(&key.bytes).map_err(|_| NotAnEncryptionKey)
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    #[test]
    fn a_key_grows_from_its_seed() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let secret = EncryptionSecret::generate(&mut rng);
        let again = EncryptionSecret::from_seed(secret.seed());
        assert_eq!(secret.public(), again.public());
        assert_eq!(secret.public().bytes.len(), 1_216);
        assert_ne!(
            EncryptionSecret::generate(&mut rng).public(),
            again.public()
        );
    }

    #[test]
    fn i7_a_secret_key_does_not_show_itself() {
        assert_eq!(
            format!("{:?}", EncryptionSecret::from_seed(&[7; 32])),
            "EncryptionSecret(..)"
        );
    }

    #[test]
    fn a5_a_key_of_another_suite_or_length_is_refused() {
        let good = EncryptionSecret::from_seed(&[7; 32]).public();
        assert!(read_public(&good).is_ok());
        let other = EncryptionKey {
            suite: 2,
            ..good.clone()
        };
        assert_eq!(read_public(&other).err(), Some(NotAnEncryptionKey));
        for length in [0, 32, 1_215] {
            let short = EncryptionKey {
                bytes: good.bytes[..length].to_vec(),
                ..good.clone()
            };
            assert_eq!(
                read_public(&short).err(),
                Some(NotAnEncryptionKey),
                "{length}"
            );
        }
    }
}
