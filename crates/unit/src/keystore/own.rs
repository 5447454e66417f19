//! What a keystore holds: an account's secrets, and where its keys on tokens are.

use std::collections::BTreeSet;
use std::fmt;

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use rand_core::CryptoRng;
use yichuan_document::Digest;
use yichuan_document::key::SigningSecret;
use yichuan_seal::sm2_key::Sm2Secret;
use zeroize::Zeroize;

use super::{KeystoreFailed, OnToken};
use crate::token::{KeyOnToken, OwnKey};

/// The secrets of a keystore; wiped when dropped, never shown, never copied.
#[derive(Encode, Decode)]
#[cbor(map)]
pub struct Secrets {
    #[n(0)]
    signing: Option<ByteArray<32>>,
    /// The seed of the encryption key.
    #[n(1)]
    pub encryption: ByteArray<32>,
    /// Goes into every content key, so that a restored machine does not repeat one.
    #[n(2)]
    pub content: ByteArray<32>,
    /// The keys of the seals that this account keeps.
    #[n(3)]
    pub seals: Vec<SealKey>,
    /// What tells the passwords that it had before, the newest last.
    #[n(4)]
    pub(super) past: Vec<PastPassword>,
    /// Where the signing key is, when it is not here.
    #[n(5)]
    on_token: Option<KeyOnToken>,
}

/// Tells a password again that is not known any more.
#[derive(Clone, Encode, Decode)]
#[cbor(map)]
pub(super) struct PastPassword {
    #[n(0)]
    pub(super) memory_kib: u32,
    #[n(1)]
    pub(super) passes: u32,
    #[n(2)]
    pub(super) salt: ByteArray<32>,
    #[n(3)]
    pub(super) check: ByteArray<16>,
}

/// The key of one seal: its seed, or where it is on a token.
#[derive(Encode, Decode)]
#[cbor(map)]
pub struct SealKey {
    /// The public key's id.
    #[n(0)]
    pub key: Digest,
    #[n(1)]
    seed: Option<ByteArray<32>>,
    #[n(2)]
    on_token: Option<KeyOnToken>,
}

/// Where a signing key is.
#[derive(Clone, Copy)]
pub enum KeyAt<'a> {
    /// In the keystore: its seed.
    Here(&'a [u8; 32]),
    /// On a token.
    OnToken(&'a KeyOnToken),
}

impl KeyAt<'_> {
    /// The key, to sign with.
    pub fn own_key(self) -> OwnKey {
        match self {
            Self::Here(seed) => OwnKey::Here(SigningSecret::from_seed(seed)),
            Self::OnToken(key) => OwnKey::OnToken(key.clone()),
        }
    }

    fn of<'a>(
        seed: Option<&'a ByteArray<32>>,
        on_token: Option<&'a KeyOnToken>,
    ) -> Option<KeyAt<'a>> {
        match (seed, on_token) {
            (Some(seed), None) => Some(KeyAt::Here(seed)),
            (None, Some(key)) => Some(KeyAt::OnToken(key)),
            _ => None,
        }
    }
}

impl SealKey {
    /// A key that grows from `seed`.
    pub fn here(seed: &[u8; 32]) -> Self {
        Self {
            key: SigningSecret::from_seed(seed).public().id(),
            seed: Some(ByteArray::from(*seed)),
            on_token: None,
        }
    }

    /// A key on a token.
    pub fn on_token(key: KeyOnToken) -> Self {
        Self {
            key: key.public().id(),
            seed: None,
            on_token: Some(key),
        }
    }

    /// The SM2 key beside it, for electronic seals of GB/T 38540; none where the key is on a token.
    pub fn electronic(&self) -> Option<Sm2Secret> {
        let seed = self.seed.as_ref()?;
        Some(super::sm2_key(seed, "yichuan/ses/1"))
    }

    /// Where it is.
    pub fn at(&self) -> KeyAt<'_> {
        KeyAt::of(self.seed.as_ref(), self.on_token.as_ref()).expect(IS_SOUND)
    }
}

/// Why a key is in just one place: files are judged when they are read.
const IS_SOUND: &str = "a key is here or on a token";

impl Secrets {
    /// New secrets.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self::fresh(None, rng)
    }

    /// New secrets of an account that signs with a token.
    pub fn with_token(key: KeyOnToken, rng: &mut impl CryptoRng) -> Self {
        Self::fresh(Some(key), rng)
    }

    fn fresh(on_token: Option<KeyOnToken>, rng: &mut impl CryptoRng) -> Self {
        let mut fresh = || {
            let mut bytes = [0; 32];
            rng.fill_bytes(&mut bytes);
            ByteArray::from(bytes)
        };
        Self {
            signing: on_token.is_none().then(&mut fresh),
            encryption: fresh(),
            content: fresh(),
            seals: Vec::new(),
            past: Vec::new(),
            on_token,
        }
    }

    /// Where the signing key is.
    pub fn signing(&self) -> KeyAt<'_> {
        KeyAt::of(self.signing.as_ref(), self.on_token.as_ref()).expect(IS_SOUND)
    }

    /// The signing key of who keeps it in a file only, as the authority does.
    pub fn signing_here(&self) -> Result<SigningSecret, KeystoreFailed> {
        match self.signing() {
            KeyAt::Here(seed) => Ok(SigningSecret::from_seed(seed)),
            KeyAt::OnToken(_) => Err(KeystoreFailed::KeyOnToken),
        }
    }

    /// Whether each key is in one place, and each reference to a token can be one.
    pub(super) fn is_sound(&self) -> bool {
        let sound = |at: Option<KeyAt<'_>>| match at {
            Some(KeyAt::Here(_)) => true,
            Some(KeyAt::OnToken(key)) => key.is_sound(),
            None => false,
        };
        let mut seals = self.seals.iter();
        sound(KeyAt::of(self.signing.as_ref(), self.on_token.as_ref()))
            && seals.all(|seal| sound(KeyAt::of(seal.seed.as_ref(), seal.on_token.as_ref())))
    }

    /// The tokens on which keys are, once each; `None` where all are here.
    pub(super) fn tokens(&self) -> Option<Vec<OnToken>> {
        let seals = self.seals.iter().filter_map(|seal| seal.on_token.as_ref());
        let keys = self.on_token.iter().chain(seals);
        let tokens: BTreeSet<OnToken> = keys
            .map(|key| OnToken {
                token: key.token.clone(),
                module: key.module().to_string_lossy().into_owned(),
            })
            .collect();
        (!tokens.is_empty()).then(|| tokens.into_iter().collect())
    }
}

impl Drop for Secrets {
    fn drop(&mut self) {
        let seals = self.seals.iter_mut().filter_map(|seal| seal.seed.as_mut());
        for seed in self.signing.iter_mut().chain(seals) {
            seed.zeroize();
        }
        self.encryption.zeroize();
        self.content.zeroize();
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(..)")
    }
}
