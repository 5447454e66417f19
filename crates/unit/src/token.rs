//! Tokens (加密狗): signing keys that never leave a device, through PKCS#11 3.0 (OASIS; Art. 8).
//!
//! A keystore holds only where such a key is found again. What a token signs is verified before it
//! is used ([`yichuan_document::key::sign_verified`]). A token's own library is strange code in
//! this process, so it is opened only where nobody but root and the user can have changed it.

mod failed;
mod keys;
mod library;
mod module;
mod pin;
mod sessions;

use std::fmt;
use std::path::{Path, PathBuf};

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use yichuan_document::key::{PublicKey, SigningSecret, Signs};

pub use failed::{ModuleProblem, TokenFailed};
pub use library::close_all;
pub use module::{Module, PinState, Seen};
pub use pin::Pin;

/// The most bytes of a token's label (PKCS#11 3.0 §3.2).
const LABEL_BYTES_MAX: usize = 32;
/// The most bytes of its serial number.
const SERIAL_BYTES_MAX: usize = 16;
/// The most bytes of the path of a module.
const PATH_BYTES_MAX: usize = 4_096;
/// The bytes of the id that a key is given here, and the most of one.
const KEY_ID_BYTES: usize = 16;

/// A token, by what it says of itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(map)]
pub struct TokenName {
    /// Its label, given when it was initialised.
    #[n(0)]
    pub label: String,
    /// Its serial number, given by its maker; by this it is found again.
    #[n(1)]
    pub serial: String,
}

impl fmt::Display for TokenName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", shown(&self.label), shown(&self.serial))
    }
}

/// A text from a token, without what would change the terminal.
pub(crate) fn shown(text: &str) -> String {
    let plain = |sign: &char| {
        !sign.is_control() && !matches!(sign, '\u{200e}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().filter(plain).collect()
}

/// Where a key on a token is found again. No secret.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct KeyOnToken {
    /// The library through which the token is reached.
    #[n(0)]
    module: String,
    /// The token.
    #[n(1)]
    pub token: TokenName,
    /// The key's id on it (`CKA_ID`).
    #[n(2)]
    id: ByteVec,
    /// Its public key, by which every signature is verified.
    #[n(3)]
    public: PublicKey,
}

impl KeyOnToken {
    /// The library through which the token is reached.
    pub fn module(&self) -> &Path {
        Path::new(&self.module)
    }

    /// The same key, reached through another library.
    #[must_use]
    pub fn through(mut self, module: &Path) -> Self {
        if let Some(path) = module.to_str() {
            path.clone_into(&mut self.module);
        }
        self
    }

    /// The public key.
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Whether this can have been written by [`Module::generate`].
    pub(crate) fn is_sound(&self) -> bool {
        self.module.len() <= PATH_BYTES_MAX
            && self.token.label.len() <= LABEL_BYTES_MAX
            && self.token.serial.len() <= SERIAL_BYTES_MAX
            && self.id.len() == KEY_ID_BYTES
            && self.public.check().is_ok()
    }
}

/// Signs on the token, to which somebody has logged in before ([`Module::log_in`]).
impl Signs<TokenFailed> for KeyOnToken {
    fn public_key(&self) -> PublicKey {
        self.public.clone()
    }

    fn try_sign(&self, message: &[u8]) -> Result<[u8; 64], TokenFailed> {
        Module::open(self.module())?.sign(self, message)
    }
}

/// A signing key of an account or of a seal: from the keystore, or on a token.
#[derive(Debug)]
pub enum OwnKey {
    /// In memory, from the keystore.
    Here(SigningSecret),
    /// On a token.
    OnToken(KeyOnToken),
}

impl OwnKey {
    /// Logs in to the token that it is on, where it is on one and nobody has yet; `ask` is asked
    /// for the PIN.
    pub fn log_in<E: From<TokenFailed>>(
        &self,
        ask: impl FnOnce(&TokenName) -> Result<Pin, E>,
    ) -> Result<(), E> {
        match self {
            Self::Here(_) => Ok(()),
            Self::OnToken(key) => Module::open(key.module())?.log_in_asking(&key.token, ask),
        }
    }

    /// Logs out of the token that it is on.
    pub fn log_out(&self) {
        if let Self::OnToken(key) = self
            && let Ok(module) = Module::open(key.module())
        {
            module.log_out(&key.token);
        }
    }

    /// The token that it is on; none where it is in the keystore.
    pub const fn token(&self) -> Option<&TokenName> {
        match self {
            Self::Here(_) => None,
            Self::OnToken(key) => Some(&key.token),
        }
    }
}

impl Signs<TokenFailed> for OwnKey {
    fn public_key(&self) -> PublicKey {
        match self {
            Self::Here(secret) => secret.public(),
            Self::OnToken(key) => key.public_key(),
        }
    }

    fn try_sign(&self, message: &[u8]) -> Result<[u8; 64], TokenFailed> {
        match self {
            Self::Here(secret) => Ok(secret.sign(message)),
            Self::OnToken(key) => key.try_sign(message),
        }
    }
}

/// Where a new key is to be made: a token to which somebody has logged in.
#[derive(Clone, Debug)]
pub struct NewKeyPlace {
    /// The library through which it is reached.
    pub module: PathBuf,
    /// The token.
    pub token: TokenName,
}

impl NewKeyPlace {
    /// Makes a key there, under a label for whoever looks at the token with another program.
    pub fn generate(&self, label: &str) -> Result<KeyOnToken, TokenFailed> {
        let key = Module::open(&self.module)?.generate(&self.token, label)?;
        // As it was named: the file behind a link is another one after the driver's next release.
        Ok(key.through(&self.module))
    }

    /// Removes a key whose reference could not be kept. A token that is gone keeps it: it then
    /// serves nobody.
    pub fn forget(&self, key: &KeyOnToken) {
        let _gone = Module::open(&self.module).and_then(|module| module.forget(key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tokens_texts_do_not_change_the_terminal() {
        let name = TokenName {
            label: "州办\u{1b}[2J\u{202e}一号\n".to_owned(),
            serial: "\u{7}01".to_owned(),
        };
        assert_eq!(name.to_string(), "州办[2J一号 (01)");
    }
}
