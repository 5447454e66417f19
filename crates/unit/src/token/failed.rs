//! Why a token could not be used. Each has a number in `proto/error-codes.md`.

use std::fmt;
use std::path::PathBuf;

use cryptoki::error::{Error, RvError};
use yichuan_document::key::BadSignature;
use yichuan_wire::ErrorCode;

use super::{PinState, TokenName};

/// Why a token could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenFailed {
    /// The library of the token.
    Module {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        what: ModuleProblem,
    },
    /// No slot has it.
    NotThere {
        /// The token, as it was named.
        token: String,
    },
    /// Several tokens could be meant.
    Ambiguous {
        /// What was typed.
        typed: String,
        /// Those that fit.
        fitting: Vec<TokenName>,
    },
    /// It was there, and was taken out.
    Removed {
        /// Which.
        token: TokenName,
    },
    /// Nobody has logged in to it.
    NoPin {
        /// Which.
        token: TokenName,
    },
    /// Not its PIN.
    WrongPin {
        /// Which.
        token: TokenName,
        /// What it says of the tries that are left.
        left: PinState,
    },
    /// Too many wrong PINs: only its security officer opens it again.
    PinLocked {
        /// Which.
        token: TokenName,
    },
    /// Its PIN was never set, or has expired.
    PinUnset {
        /// Which.
        token: TokenName,
    },
    /// It makes or uses no Ed25519 keys.
    NoEd25519 {
        /// Which.
        token: TokenName,
    },
    /// It would give the private key out again.
    NotGuarded {
        /// Which.
        token: TokenName,
    },
    /// The key is not on it any more, or several have its id.
    NoSuchKey {
        /// Which.
        token: TokenName,
        /// How many have the id.
        found: usize,
    },
    /// What it signed is not by the key that it holds for us.
    WrongKey,
    /// It gave something that is no Ed25519 public key.
    BadPublicKey {
        /// Which.
        token: TokenName,
    },
    /// It failed otherwise.
    Device {
        /// The library's words: function and return value.
        what: String,
    },
}

/// What is wrong with the library of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ModuleProblem {
    /// Not an absolute path, too long, or no text.
    NotAbsolute,
    /// Not there, or it cannot be read.
    Unreadable(std::io::ErrorKind),
    /// Not a plain file.
    NotAFile,
    /// Others than root and the user could have changed it.
    OpenToOthers {
        /// Its mode.
        mode: u32,
    },
    /// Not a PKCS#11 library.
    NotALibrary(String),
    /// It does not start.
    NotStarted(String),
}

impl TokenFailed {
    /// The number of this failure.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Module { .. } => ErrorCode::TOKEN_LIBRARY,
            Self::NotThere { .. } | Self::Ambiguous { .. } => ErrorCode::TOKEN_NOT_THERE,
            Self::Removed { .. } => ErrorCode::TOKEN_REMOVED,
            Self::NoPin { .. } | Self::WrongPin { .. } => ErrorCode::TOKEN_PIN,
            Self::PinLocked { .. } => ErrorCode::TOKEN_LOCKED,
            Self::PinUnset { .. } | Self::NoEd25519 { .. } | Self::NotGuarded { .. } => {
                ErrorCode::TOKEN_UNFIT
            }
            Self::NoSuchKey { .. } | Self::WrongKey | Self::BadPublicKey { .. } => {
                ErrorCode::TOKEN_KEY
            }
            Self::Device { .. } => ErrorCode::TOKEN_DEVICE,
        }
    }

    /// Whether it is over when the token is back.
    pub const fn passes(&self) -> bool {
        matches!(self, Self::Removed { .. } | Self::NotThere { .. })
    }

    /// What the library says otherwise.
    pub(super) fn device(error: &Error) -> Self {
        Self::Device { what: words(error) }
    }
}

/// The library's words: the function and the value that it returned, without the standard's prose.
pub(super) fn words(error: &Error) -> String {
    match error {
        Error::Pkcs11(value, function) => format!("{function:?}: {value:?}"),
        other => super::shown(&other.to_string()),
    }
}

/// Whether the token or the library may have lost the session, so that a new one can help.
pub(super) const fn may_be_lost(error: &Error) -> bool {
    matches!(
        error,
        Error::Pkcs11(
            RvError::TokenNotPresent
                | RvError::TokenNotRecognized
                | RvError::DeviceRemoved
                | RvError::DeviceError
                | RvError::SlotIdInvalid
                | RvError::SessionHandleInvalid
                | RvError::SessionClosed
                | RvError::UserNotLoggedIn
                | RvError::KeyHandleInvalid
                | RvError::ObjectHandleInvalid
                | RvError::CryptokiNotInitialized
                | RvError::GeneralError
                | RvError::FunctionFailed,
            _,
        )
    )
}

impl From<BadSignature> for TokenFailed {
    fn from(_: BadSignature) -> Self {
        Self::WrongKey
    }
}

impl fmt::Display for TokenFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Module { path, what } => write!(f, "{}: {what}", path.display()),
            Self::NotThere { token } => write!(f, "the token {token} is not there"),
            Self::Ambiguous { typed, fitting } => {
                write!(f, "{typed}: {} tokens fit", fitting.len())
            }
            Self::Removed { token } => write!(f, "the token {token} was removed"),
            Self::NoPin { token } => write!(f, "nobody has logged in to the token {token}"),
            Self::WrongPin { token, .. } => write!(f, "the PIN of the token {token} is wrong"),
            Self::PinLocked { token } => write!(f, "the PIN of the token {token} is locked"),
            Self::PinUnset { token } => write!(f, "the token {token} has no PIN in force"),
            Self::NoEd25519 { token } => write!(f, "the token {token} has no Ed25519"),
            Self::NotGuarded { token } => {
                write!(f, "the token {token} would give the private key out")
            }
            Self::NoSuchKey { token, found } => {
                write!(f, "{found} keys of this id are on the token {token}")
            }
            Self::WrongKey => f.write_str("what the token signed is not by the expected key"),
            Self::BadPublicKey { token } => {
                write!(f, "the token {token} gave something that is no public key")
            }
            Self::Device { what } => write!(f, "the token failed: {what}"),
        }
    }
}

impl std::error::Error for TokenFailed {}

impl fmt::Display for ModuleProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAbsolute => f.write_str("not an absolute path"),
            Self::Unreadable(kind) => write!(f, "cannot be read: {kind}"),
            Self::NotAFile => f.write_str("not a plain file"),
            Self::OpenToOthers { mode } => {
                write!(f, "mode {mode:03o} or its owner lets others change it")
            }
            Self::NotALibrary(why) => write!(f, "not a PKCS#11 library: {why}"),
            Self::NotStarted(why) => write!(f, "does not start: {why}"),
        }
    }
}
