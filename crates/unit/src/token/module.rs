//! A token's library, as it is used: which tokens there are, logging in, making keys, signing.
//!
//! One thing is done at a time, whatever the library could.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cryptoki::context::Pkcs11;
use cryptoki::object::Attribute;
use cryptoki::slot::TokenInfo;
use minicbor::bytes::ByteVec;
use rand_core::Rng as _;

use super::keys::{make_pair, sign_once};
use super::library;
use super::sessions::{Login, State, Trouble};
use super::{KEY_ID_BYTES, KeyOnToken, Pin, TokenFailed, TokenName};

/// What a token says of its PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinState {
    /// Nothing is wrong, or the token does not tell.
    Good,
    /// It was wrong lately.
    Low,
    /// One more wrong one locks it.
    Final,
    /// It is locked.
    Locked,
    /// It was never set.
    Unset,
}

impl PinState {
    pub(super) fn of(info: &TokenInfo) -> Self {
        if info.user_pin_locked() {
            Self::Locked
        } else if !info.user_pin_initialized() {
            Self::Unset
        } else if info.user_pin_final_try() {
            Self::Final
        } else if info.user_pin_count_low() {
            Self::Low
        } else {
            Self::Good
        }
    }

    /// The word for programs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Low => "low",
            Self::Final => "final_try",
            Self::Locked => "locked",
            Self::Unset => "unset",
        }
    }
}

/// A token that is in a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The slot's number.
    pub slot: u64,
    /// The token.
    pub name: TokenName,
    /// Who made it.
    pub maker: String,
    /// Which kind it is.
    pub model: String,
    /// What it says of its PIN.
    pub pin: PinState,
    /// Whether the PIN is typed on the token itself.
    pub own_pad: bool,
    /// Whether it makes and uses Ed25519 keys.
    pub ed25519: bool,
    /// The labels of the public keys that it shows without a PIN.
    pub keys: Vec<String>,
}

/// A token's library.
pub struct Module {
    path: PathBuf,
    state: Mutex<State>,
}

impl std::fmt::Debug for Module {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Module({})", self.path.display())
    }
}

impl Module {
    /// The library at `path`, which must be absolute, a plain file, and one that nobody but root
    /// and the user can have changed. It is opened once per process.
    pub fn open(path: &Path) -> Result<Arc<Self>, TokenFailed> {
        library::open(path)
    }

    pub(super) fn new(path: PathBuf, library: Pkcs11) -> Self {
        let state = Mutex::new(State::new(path.clone(), library));
        Self { path, state }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The tokens that are in its slots and have been initialised.
    pub fn tokens(&self) -> Result<Vec<Seen>, TokenFailed> {
        self.started()?.seen()
    }

    /// The one token with this label or serial number.
    pub fn find(&self, named: &str) -> Result<Seen, TokenFailed> {
        let mut fitting = self.tokens()?;
        fitting.retain(|seen| seen.name.label == named || seen.name.serial == named);
        match (fitting.pop(), fitting.is_empty()) {
            (Some(one), true) => Ok(one),
            (None, _) => Err(TokenFailed::NotThere {
                token: super::shown(named),
            }),
            (Some(last), false) => {
                fitting.push(last);
                Err(TokenFailed::Ambiguous {
                    typed: super::shown(named),
                    fitting: fitting.into_iter().map(|seen| seen.name).collect(),
                })
            }
        }
    }

    /// Whether somebody has logged in to the token.
    pub fn is_logged_in(&self, token: &TokenName) -> bool {
        self.state().logins.contains_key(token)
    }

    /// Whether the token must be given its PIN, rather than have it typed on its own pad.
    pub fn wants_pin(&self, token: &TokenName) -> Result<bool, TokenFailed> {
        let mut state = self.started()?;
        let slot = state.slot_anew(token)?;
        Ok(!state.info(slot)?.protected_authentication_path())
    }

    /// Logs in. A refused PIN is tried once only, and forgotten.
    pub fn log_in(&self, token: &TokenName, pin: Option<Pin>) -> Result<(), TokenFailed> {
        let mut state = self.started()?;
        let session = state.open(token, pin.as_ref())?;
        let session = Some(session);
        state.logins.insert(token.clone(), Login { pin, session });
        Ok(())
    }

    /// As [`Module::log_in`], where nobody has yet: `ask` is asked for the PIN, unless it is typed
    /// on the token's own pad.
    pub fn log_in_asking<E: From<TokenFailed>>(
        &self,
        token: &TokenName,
        ask: impl FnOnce(&TokenName) -> Result<Pin, E>,
    ) -> Result<(), E> {
        if self.is_logged_in(token) {
            return Ok(());
        }
        let wanted = self.wants_pin(token)?;
        let pin = wanted.then(|| ask(token)).transpose()?;
        Ok(self.log_in(token, pin)?)
    }

    /// Logs out and forgets the PIN. Does nothing where nobody has logged in.
    pub fn log_out(&self, token: &TokenName) {
        let login = self.state().logins.remove(token);
        if let Some(session) = login.and_then(|login| login.session) {
            // A token that is gone has forgotten who had logged in.
            let _ = session.logout();
        }
    }

    /// Makes an Ed25519 key pair on the token, whose private half it never gives out.
    pub fn generate(&self, token: &TokenName, label: &str) -> Result<KeyOnToken, TokenFailed> {
        let mut id = [0; KEY_ID_BYTES];
        let chance = crate::chance().map_err(|error| TokenFailed::Device {
            what: error.to_string(),
        });
        chance?.fill_bytes(&mut id);
        let mut state = self.state();
        let public = state.repeated(token, |state| {
            let slot = state.slot(token)?;
            if !state.has_ed25519(slot)? {
                return Err(Trouble::Other(TokenFailed::NoEd25519 {
                    token: token.clone(),
                }));
            }
            make_pair(state.session(token)?, token, &id, label)
        })?;
        let path = self.path.to_str().unwrap_or_default();
        Ok(KeyOnToken {
            module: path.to_owned(),
            token: token.clone(),
            id: ByteVec::from(id.to_vec()),
            public,
        })
    }

    /// Removes a key pair that nobody has heard of yet.
    pub fn forget(&self, key: &KeyOnToken) -> Result<(), TokenFailed> {
        let mut state = self.state();
        state.repeated(&key.token, |state| {
            let session = state.session(&key.token)?;
            for object in session.find_objects(&[Attribute::Id(key.id.to_vec())])? {
                session.destroy_object(object)?;
            }
            Ok(())
        })
    }

    /// Signs with a key; the caller verifies what comes back.
    pub(super) fn sign(&self, key: &KeyOnToken, message: &[u8]) -> Result<[u8; 64], TokenFailed> {
        let mut state = self.state();
        state.repeated(&key.token, |state| {
            sign_once(state.session(&key.token)?, key, message)
        })
    }

    /// Closes every session and ends the library until it is used again.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.logins.clear();
        state.stop();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn started(&self) -> Result<MutexGuard<'_, State>, TokenFailed> {
        let mut state = self.state();
        state.begin()?;
        Ok(state)
    }
}
