//! Keys for signing: their public form as the roster certifies it, and their secret form.
//!
//! One acceptance rule for Ed25519 everywhere: `verify_strict` (RFC 8032, no small-order keys,
//! no malleable S).

use core::fmt;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use minicbor::{Decode, Encode};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::{Digest, cbor};

/// Signature algorithm 1: Ed25519 (RFC 8032).
pub const ED25519: u16 = 1;
/// The longest public key of any algorithm, in bytes (ML-DSA-87 has 2,592).
pub const PUBLIC_KEY_BYTES_MAX: usize = 3_000;

/// A public key for signatures, with its algorithm.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(map)]
pub struct PublicKey {
    #[n(0)]
    algorithm: u16,
    #[cbor(n(1), with = "minicbor::bytes")]
    bytes: Vec<u8>,
}

impl PublicKey {
    /// Takes the 32 bytes of an Ed25519 key; refuses what is no point or of small order.
    pub fn ed25519(bytes: [u8; 32]) -> Result<Self, BadKey> {
        let key = Self {
            algorithm: ED25519,
            bytes: bytes.to_vec(),
        };
        key.check()?;
        Ok(key)
    }

    /// The algorithm's number.
    pub const fn algorithm(&self) -> u16 {
        self.algorithm
    }

    /// The key's bytes in the form of its algorithm.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The key's name: SHA-256 over algorithm and bytes.
    pub fn id(&self) -> Digest {
        Digest::of(&cbor::to_vec(self))
    }

    /// Checks the key itself, as it must be before the roster takes it.
    pub fn check(&self) -> Result<(), BadKey> {
        self.verifying_key().map(|_| ())
    }

    /// Verifies `signature` over `message`, by the strict rule.
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> Result<(), BadSignature> {
        let key = self.verifying_key().map_err(|_| BadSignature)?;
        key.verify_strict(message, &Signature::from_bytes(signature))
            .map_err(|_| BadSignature)
    }

    fn verifying_key(&self) -> Result<VerifyingKey, BadKey> {
        if self.algorithm != ED25519 {
            return Err(BadKey::UnknownAlgorithm {
                found: self.algorithm,
            });
        }
        let bytes = self
            .bytes
            .as_slice()
            .try_into()
            .map_err(|_| BadKey::NotAPoint)?;
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| BadKey::NotAPoint)?;
        // RFC 8032 wants y below the prime; the library would also take a second spelling.
        if key.to_edwards().compress().as_bytes() != bytes {
            return Err(BadKey::NotAPoint);
        }
        if key.is_weak() {
            Err(BadKey::SmallOrder)
        } else {
            Ok(key)
        }
    }
}

/// Why bytes are not a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadKey {
    /// An algorithm that this release does not know.
    UnknownAlgorithm {
        /// Its number.
        found: u16,
    },
    /// Not the encoding of a point.
    NotAPoint,
    /// A point of small order, for which anybody can sign.
    SmallOrder,
}

impl fmt::Display for BadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownAlgorithm { found } => write!(f, "signature algorithm {found} is unknown"),
            Self::NotAPoint => f.write_str("not a public key"),
            Self::SmallOrder => f.write_str("a public key of small order"),
        }
    }
}

impl core::error::Error for BadKey {}

/// A signature that the key did not make over this message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadSignature;

impl fmt::Display for BadSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the signature is not by this key over this message")
    }
}

impl core::error::Error for BadSignature {}

/// A secret key for signing; wiped when dropped, never shown.
pub struct SigningSecret(SigningKey);

impl SigningSecret {
    /// A new key.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(seed.as_mut());
        Self::from_seed(&seed)
    }

    /// The key that grows from `seed`.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The seed, for keeping it in a keystore.
    pub fn seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// The public key.
    pub fn public(&self) -> PublicKey {
        PublicKey {
            algorithm: ED25519,
            bytes: self.0.verifying_key().to_bytes().to_vec(),
        }
    }

    /// Signs `message`.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(..)")
    }
}

/// What signs with one key, wherever that is: in memory, or on a token that may refuse with an `E`.
pub trait Signs<E> {
    /// The public key of the one that it signs with.
    fn public_key(&self) -> PublicKey;

    /// Signs `message`, or says why it cannot. The caller verifies what came back.
    fn try_sign(&self, message: &[u8]) -> Result<[u8; 64], E>;
}

/// A secret in memory signs whenever it is asked.
impl<E> Signs<E> for SigningSecret {
    fn public_key(&self) -> PublicKey {
        self.public()
    }

    fn try_sign(&self, message: &[u8]) -> Result<[u8; 64], E> {
        Ok(self.sign(message))
    }
}

/// Has `signer` sign `message`, and verifies the signature before anybody relies on it: a token may
/// hold another key than it did, or be none.
pub fn sign_verified<E: From<BadSignature>>(
    signer: &dyn Signs<E>,
    message: &[u8],
) -> Result<[u8; 64], E> {
    let signature = signer.try_sign(message)?;
    signer.public_key().verify(message, &signature)?;
    Ok(signature)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A token that was exchanged: it shows one key and signs with another, or not at all.
    struct Exchanged(Option<SigningSecret>);

    #[derive(Debug, PartialEq, Eq)]
    enum Refused {
        Gone,
        Bad,
    }

    impl From<BadSignature> for Refused {
        fn from(_: BadSignature) -> Self {
            Self::Bad
        }
    }

    impl Signs<Refused> for Exchanged {
        fn public_key(&self) -> PublicKey {
            SigningSecret::from_seed(&[1; 32]).public()
        }

        fn try_sign(&self, message: &[u8]) -> Result<[u8; 64], Refused> {
            let secret = self.0.as_ref().ok_or(Refused::Gone)?;
            Ok(secret.sign(message))
        }
    }

    #[test]
    fn a5_what_a_token_signs_is_verified_before_it_is_used() {
        let of = |seed: u8| Exchanged(Some(SigningSecret::from_seed(&[seed; 32])));
        assert!(sign_verified(&of(1), b"m").is_ok());
        assert_eq!(sign_verified(&of(2), b"m"), Err(Refused::Bad));
        assert_eq!(sign_verified(&Exchanged(None), b"m"), Err(Refused::Gone));
    }

    #[test]
    fn i7_a_secret_key_does_not_show_itself() {
        let secret = SigningSecret::from_seed(&[0xab; 32]);
        assert_eq!(format!("{secret:?}"), "SigningSecret(..)");
    }

    #[test]
    fn a5_a_key_of_small_order_is_refused() {
        let mut identity = [0; 32];
        identity[0] = 1;
        assert_eq!(PublicKey::ed25519(identity), Err(BadKey::SmallOrder));
        assert_eq!(PublicKey::ed25519([0; 32]), Err(BadKey::SmallOrder));
        assert_eq!(PublicKey::ed25519([0xff; 32]), Err(BadKey::NotAPoint));
    }

    #[test]
    fn a5_a_malleable_signature_is_refused() {
        let secret = SigningSecret::from_seed(&[3; 32]);
        let mut signature = secret.sign(b"m");
        assert_eq!(secret.public().verify(b"m", &signature), Ok(()));
        // S + L is the same S modulo the group's order; the strict rule asks for S below L.
        let order = data_encoding::HEXLOWER
            .decode(b"edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
            .unwrap();
        let mut carry = 0_u16;
        for (s, l) in signature[32..].iter_mut().zip(order) {
            carry += u16::from(*s) + u16::from(l);
            *s = carry.to_le_bytes()[0];
            carry >>= 8;
        }
        assert_eq!(secret.public().verify(b"m", &signature), Err(BadSignature));
    }

    #[test]
    fn a5_an_unknown_algorithm_is_an_answer() {
        let key = PublicKey {
            algorithm: 9,
            bytes: vec![1; 32],
        };
        assert_eq!(key.check(), Err(BadKey::UnknownAlgorithm { found: 9 }));
        assert_eq!(key.verify(b"m", &[0; 64]), Err(BadSignature));
    }
}
