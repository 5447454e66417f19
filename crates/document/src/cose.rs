//! `COSE_Sign1` (RFC 9052) with a detached payload, in the one form that is accepted.
//!
//! `[h'{1: -8, 4: key id}', {}, nil, signature]`, untagged. The form has a fixed length, so it
//! is read by comparing with the template; the `nil` of the detached payload is the only one
//! that any format of this project contains, and stands only here.

use core::fmt;

use crate::key::{BadSignature, PublicKey, SigningSecret, Signs, sign_verified};
use crate::{Digest, cbor};

/// The bytes of a `COSE_Sign1` of this form.
pub const SIGN1_BYTES: usize = FRONT.len() + 32 + MIDDLE.len() + 64;

/// Array of 4; bytes of 38; map of 2: 1 → -8, 4 → bytes of 32.
const FRONT: [u8; 9] = [0x84, 0x58, 0x26, 0xa2, 0x01, 0x27, 0x04, 0x58, 0x20];
/// Empty map; nil; bytes of 64.
const MIDDLE: [u8; 4] = [0xa0, 0xf6, 0x58, 0x40];

/// Signs `payload`; the result names the key.
pub fn sign(secret: &SigningSecret, payload: &[u8]) -> Vec<u8> {
    let key = secret.public().id();
    let signature = secret.sign(&sig_structure(&key, payload));
    sign1(&key, &signature)
}

/// Has `signer` sign `payload`; the signature is verified before it is given back.
pub fn sign_by<E: From<BadSignature>>(signer: &dyn Signs<E>, payload: &[u8]) -> Result<Vec<u8>, E> {
    let key = signer.public_key().id();
    let signature = sign_verified(signer, &sig_structure(&key, payload))?;
    Ok(sign1(&key, &signature))
}

fn sign1(key: &Digest, signature: &[u8; 64]) -> Vec<u8> {
    [FRONT.as_slice(), key.as_bytes(), &MIDDLE, signature].concat()
}

/// A `COSE_Sign1` that has the right form; its signature is not yet verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unverified<'b> {
    claimed_key: Digest,
    signature: &'b [u8; 64],
}

impl<'b> Unverified<'b> {
    /// Reads the one form.
    pub fn read(bytes: &'b [u8]) -> Result<Self, BadSign1> {
        let rest = bytes.strip_prefix(&FRONT).ok_or(BadSign1)?;
        let (key, rest) = rest.split_first_chunk::<32>().ok_or(BadSign1)?;
        let rest = rest.strip_prefix(&MIDDLE).ok_or(BadSign1)?;
        let signature = rest.try_into().map_err(|_| BadSign1)?;
        Ok(Self {
            claimed_key: Digest::from_bytes(*key),
            signature,
        })
    }

    /// The key that is said to have signed.
    pub const fn claimed_key(&self) -> Digest {
        self.claimed_key
    }

    /// Verifies the signature over `payload` by `key`, which must be the one named.
    pub fn verify(&self, payload: &[u8], key: &PublicKey) -> Result<(), BadSignature> {
        if key.id() != self.claimed_key {
            return Err(BadSignature);
        }
        key.verify(&sig_structure(&self.claimed_key, payload), self.signature)
    }
}

/// Bytes that are not a `COSE_Sign1` of the accepted form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadSign1;

impl fmt::Display for BadSign1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a COSE_Sign1 of the accepted form")
    }
}

impl core::error::Error for BadSign1 {}

/// `["Signature1", protected, h'', payload]`: what is signed (RFC 9052 §4.4).
fn sig_structure(key: &Digest, payload: &[u8]) -> Vec<u8> {
    let mut encoder = minicbor::Encoder::new(Vec::with_capacity(payload.len() + 64));
    let protected = [&FRONT[3..], key.as_bytes()].concat();
    encoder
        .array(4)
        .and_then(|e| e.str("Signature1"))
        .and_then(|e| e.bytes(&protected))
        .and_then(|e| e.bytes(&[]))
        .and_then(|e| e.bytes(payload))
        .expect("writing to memory does not fail");
    let structure = encoder.into_writer();
    debug_assert_eq!(cbor::scan(&structure), Ok(()));
    structure
}

#[cfg(test)]
mod tests {
    use coset::{CborSerializable, CoseSign1, iana};

    use super::*;

    #[test]
    fn another_implementation_makes_the_same_bytes() {
        let secret = SigningSecret::from_seed(&[5; 32]);
        let protected = coset::HeaderBuilder::new()
            .algorithm(iana::Algorithm::EdDSA)
            .key_id(secret.public().id().as_bytes().to_vec())
            .build();
        let theirs = coset::CoseSign1Builder::new()
            .protected(protected)
            .create_detached_signature(b"payload", b"", |message| secret.sign(message).to_vec())
            .build();
        assert_eq!(theirs.to_vec().unwrap(), sign(&secret, b"payload"));
    }

    #[test]
    fn another_implementation_verifies_it() {
        let secret = SigningSecret::from_seed(&[6; 32]);
        let theirs = CoseSign1::from_slice(&sign(&secret, b"payload")).unwrap();
        let verified = theirs.verify_detached_signature(b"payload", b"", |signature, message| {
            secret
                .public()
                .verify(message, signature.try_into().unwrap())
        });
        assert_eq!(verified, Ok(()));
    }

    #[test]
    fn a4_every_flipped_bit_is_noticed() {
        let secret = SigningSecret::from_seed(&[7; 32]);
        let good = sign(&secret, b"payload");
        assert_eq!(good.len(), SIGN1_BYTES);
        for bit in 0..good.len() * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            let verified = Unverified::read(&bad)
                .is_ok_and(|sign1| sign1.verify(b"payload", &secret.public()).is_ok());
            assert!(!verified, "bit {bit}");
        }
        for length in 0..good.len() {
            assert_eq!(
                Unverified::read(&good[..length]),
                Err(BadSign1),
                "{length} bytes"
            );
        }
        let longer = [good.as_slice(), &[0]].concat();
        assert_eq!(Unverified::read(&longer), Err(BadSign1));
    }
}
