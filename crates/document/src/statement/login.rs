//! Signing in: sessions, and the passwords that they rest on (Art. 17, protocol rule 15).

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use zeroize::Zeroize as _;

use crate::Digest;
use crate::signed::Body;

/// What proves a login: derived from the password beside what opens the keystore (protocol rule
/// 15), so that the exchange learns neither. Wiped when dropped, never shown.
#[derive(Clone, Encode, Decode)]
#[cbor(transparent)]
pub struct LoginProof(#[n(0)] ByteArray<32>);

impl LoginProof {
    /// A proof from its bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(ByteArray::from(bytes))
    }

    /// What the exchange keeps to know the proof again.
    pub fn verifier(&self) -> Digest {
        Digest::of_parts(&[b"yichuan/login/1\n", self.0.as_slice()])
    }
}

impl PartialEq for LoginProof {
    fn eq(&self, other: &Self) -> bool {
        self.verifier() == other.verifier()
    }
}

impl Eq for LoginProof {}

impl Drop for LoginProof {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl core::fmt::Debug for LoginProof {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("LoginProof(..)")
    }
}

/// An account has a new password (Art. 17): what the exchange knows it by from now on.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PasswordSet {
    /// The verifier of its [`LoginProof`].
    #[n(0)]
    pub verifier: Digest,
}

impl Body for PasswordSet {
    const PURPOSE: &'static str = "yichuan/password/1";
}

/// An account opens a session on one connection; never in the log.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SessionOpen {
    /// Exported from the TLS connection (RFC 8446 §7.5), so that it stands on no other.
    #[n(0)]
    pub exporter: Digest,
    /// Proves that the account's password was typed.
    #[n(1)]
    pub login: LoginProof,
}

impl Body for SessionOpen {
    const PURPOSE: &'static str = "yichuan/session/1";
}
