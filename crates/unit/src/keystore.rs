//! Keystores: an account's secrets in a file, closed with a password.
//!
//! One run of Argon2id (RFC 9106) gives a key from which two secrets are derived: one opens the
//! file and never leaves, the other proves a login (protocol rule 15). The file is refused
//! where others can read it. Nothing here can be printed.

mod device;
mod own;
mod password;
mod ses;
pub mod tries;

use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use rand_core::CryptoRng;
use sha2::Sha256;
use yichuan_document::cbor;
use yichuan_document::statement::LoginProof;
use zeroize::Zeroizing;

pub use device::DeviceSecrets;
use own::PastPassword;
pub use own::{KeyAt, SealKey, Secrets};
pub use password::{PASSWORD_CHARS_MIN, Password, WeakPassword};
pub(crate) use ses::sm2_key;

use crate::token::TokenName;
use crate::unix;

/// Argon2id: 32 MiB, four passes, one lane.
const MEMORY_KIB: u32 = 32 << 10;
const PASSES: u32 = 4;
/// What a file may ask for at most, so that a strange one cannot stop the computer.
const MEMORY_KIB_MAX: u32 = 256 << 10;
const PASSES_MAX: u32 = 16;
/// The most bytes of a keystore.
const FILE_BYTES_MAX: u64 = 256 << 10;
/// How many passwords before the present one are not used again.
pub const PAST_PASSWORDS: usize = 5;

#[derive(Clone, Encode, Decode)]
#[cbor(map)]
struct KeystoreFile {
    #[n(0)]
    version: u16,
    #[n(1)]
    memory_kib: u32,
    #[n(2)]
    passes: u32,
    #[n(3)]
    salt: ByteArray<32>,
    /// Tells a wrong password from a damaged file.
    #[n(4)]
    check: ByteArray<16>,
    #[n(5)]
    nonce: ByteArray<12>,
    #[cbor(n(6), with = "minicbor::bytes")]
    secrets: Vec<u8>,
    /// The tokens on which keys are, where there are any; for whoever has no password.
    #[n(7)]
    tokens: Option<Vec<OnToken>>,
}

/// A token on which a key of this keystore is, and the library through which it is reached.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(map)]
pub struct OnToken {
    /// The token.
    #[n(0)]
    pub token: TokenName,
    /// The library.
    #[n(1)]
    pub module: String,
}

/// The version that has all keys in the file.
const ALL_HERE: u16 = 1;
/// The version that has some of them on tokens.
const WITH_TOKENS: u16 = 2;

impl KeystoreFile {
    /// What the password gives here; refuses another than the one that it was closed with.
    fn derive(&self, password: &Password) -> Result<Derived, KeystoreFailed> {
        let keys = Derived::of(password, &self.salt, self.memory_kib, self.passes)?;
        let same = subtle::ConstantTimeEq::ct_eq(&keys.check[..], &self.check[..]);
        if bool::from(same) {
            Ok(keys)
        } else {
            Err(KeystoreFailed::WrongPassword)
        }
    }

    /// What the encryption covers beside the secrets.
    fn front(&self) -> Vec<u8> {
        cbor::to_vec(&Self {
            secrets: Vec::new(),
            ..self.clone()
        })
    }
}

/// Closes `secrets` in a new file; refuses to replace one.
pub fn create(
    path: &Path,
    password: &Password,
    secrets: &Secrets,
    rng: &mut impl CryptoRng,
) -> Result<(), KeystoreFailed> {
    let bytes = close(password, secrets, rng)?;
    let mut file = unix::create_private(path)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    Ok(path.parent().map_or(Ok(()), unix::sync_folder)?)
}

/// Closes `secrets` in place of what was there, with the same password: what proves a login stays.
pub fn update(
    path: &Path,
    password: &Password,
    secrets: &Secrets,
    rng: &mut impl CryptoRng,
) -> Result<(), KeystoreFailed> {
    let file = read_file(path)?;
    // A wrong password would leave a file that nobody opens.
    file.derive(password)?;
    let bytes = close_with(
        password,
        secrets,
        (file.memory_kib, file.passes),
        &file.salt,
        rng,
    )?;
    write_beside(path, &path.with_extension("new"), &bytes)?;
    std::fs::rename(path.with_extension("new"), path)?;
    Ok(path.parent().map_or(Ok(()), unix::sync_folder)?)
}

/// Where a keystore stands whose new password the exchange has not confirmed yet.
pub fn next_path(path: &Path) -> PathBuf {
    path.with_extension("next")
}

/// Closes a keystore with another password into a file beside it, and gives what proves a login
/// with it. The new one must be strong, and none of those that it had lately. Until
/// [`settle_password`] the old file stands.
pub fn prepare_password(
    path: &Path,
    old: &Password,
    new: &Password,
    rng: &mut impl CryptoRng,
) -> Result<LoginProof, KeystoreFailed> {
    let file = read_file(path)?;
    let mut secrets = open(path, old)?;
    if new.is(&old.0) {
        return Err(KeystoreFailed::SamePassword);
    }
    new.check().map_err(|_| KeystoreFailed::WeakPassword)?;
    for past in &secrets.past {
        let keys = Derived::of(new, &past.salt, past.memory_kib, past.passes)?;
        if keys.check == *past.check {
            return Err(KeystoreFailed::PastPassword);
        }
    }
    secrets.past.push(PastPassword {
        memory_kib: file.memory_kib,
        passes: file.passes,
        salt: file.salt,
        check: file.check,
    });
    let beyond = secrets.past.len().saturating_sub(PAST_PASSWORDS);
    secrets.past.drain(..beyond);
    let bytes = close(new, &secrets, rng)?;
    write_beside(path, &next_path(path), &bytes)?;
    Ok(open_with_login(&next_path(path), new)?.1)
}

/// Puts the keystore with the new password in place of the old one.
pub fn settle_password(path: &Path) -> Result<(), KeystoreFailed> {
    std::fs::rename(next_path(path), path)?;
    Ok(path.parent().map_or(Ok(()), unix::sync_folder)?)
}

/// Writes a whole file where nobody looks for one yet.
fn write_beside(path: &Path, beside: &Path, bytes: &[u8]) -> Result<(), KeystoreFailed> {
    match std::fs::remove_file(beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let mut file = unix::create_private(beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(path.parent().map_or(Ok(()), unix::sync_folder)?)
}

fn close(
    password: &Password,
    secrets: &Secrets,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, KeystoreFailed> {
    let mut salt = [0; 32];
    rng.fill_bytes(&mut salt);
    close_with(password, secrets, (MEMORY_KIB, PASSES), &salt, rng)
}

fn close_with(
    password: &Password,
    secrets: &Secrets,
    (memory_kib, passes): (u32, u32),
    salt: &[u8; 32],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, KeystoreFailed> {
    let mut nonce = [0; NONCE_LEN];
    rng.fill_bytes(&mut nonce);
    let keys = Derived::of(password, salt, memory_kib, passes)?;
    let tokens = secrets.tokens();
    let mut file = KeystoreFile {
        version: if tokens.is_some() {
            WITH_TOKENS
        } else {
            ALL_HERE
        },
        memory_kib,
        passes,
        salt: (*salt).into(),
        check: keys.check.into(),
        nonce: nonce.into(),
        secrets: Vec::new(),
        tokens,
    };
    let mut bytes = cbor::to_vec(secrets);
    keys.cipher()
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(file.front()),
            &mut bytes,
        )
        .map_err(|_| KeystoreFailed::Damaged)?;
    file.secrets = bytes;
    Ok(cbor::to_vec(&file))
}

/// Opens a keystore.
pub fn open(path: &Path, password: &Password) -> Result<Secrets, KeystoreFailed> {
    Ok(open_with_login(path, password)?.0)
}

/// Opens a keystore, and derives what proves a login with its password.
pub fn open_with_login(
    path: &Path,
    password: &Password,
) -> Result<(Secrets, LoginProof), KeystoreFailed> {
    let file = read_file(path)?;
    let keys = file.derive(password)?;
    let mut secrets = Zeroizing::new(file.secrets.clone());
    let nonce = Nonce::assume_unique_for_key(*file.nonce);
    let plain = keys
        .cipher()
        .open_in_place(nonce, Aad::from(file.front()), &mut secrets)
        .map_err(|_| KeystoreFailed::Damaged)?;
    let limit = usize::try_from(FILE_BYTES_MAX).unwrap_or(usize::MAX);
    let secrets: Secrets = cbor::read(plain, limit).map_err(|_| KeystoreFailed::Damaged)?;
    if !secrets.is_sound() || secrets.tokens() != file.tokens {
        return Err(KeystoreFailed::Damaged);
    }
    Ok((secrets, keys.login))
}

fn read_file(path: &Path) -> Result<KeystoreFile, KeystoreFailed> {
    let bytes = read_private(path, FILE_BYTES_MAX)?;
    let limit = usize::try_from(FILE_BYTES_MAX).unwrap_or(usize::MAX);
    let file: KeystoreFile = cbor::read(&bytes, limit).map_err(|_| KeystoreFailed::Damaged)?;
    if ![ALL_HERE, WITH_TOKENS].contains(&file.version) {
        return Err(KeystoreFailed::UnknownVersion(file.version));
    }
    let bounded = (8..=MEMORY_KIB_MAX).contains(&file.memory_kib)
        && (1..=PASSES_MAX).contains(&file.passes)
        && file.tokens.is_some() == (file.version == WITH_TOKENS);
    if bounded {
        Ok(file)
    } else {
        Err(KeystoreFailed::Damaged)
    }
}

/// The tokens on which keys of a keystore are, as the file says without its password.
pub fn tokens_of(path: &Path) -> Result<Vec<OnToken>, KeystoreFailed> {
    Ok(read_file(path)?.tokens.unwrap_or_default())
}

/// Reads a secret file; refuses one that others can read.
pub fn read_private(path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>, KeystoreFailed> {
    let file = std::fs::File::open(path)?;
    if let Some(mode) = unix::open_to_others(&file)? {
        return Err(KeystoreFailed::OpenToOthers {
            path: path.to_owned(),
            mode,
        });
    }
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        Err(KeystoreFailed::Damaged)
    } else {
        Ok(bytes)
    }
}

struct Derived {
    unlock: Zeroizing<[u8; 32]>,
    check: [u8; 16],
    login: LoginProof,
}

impl Derived {
    fn of(
        password: &Password,
        salt: &[u8; 32],
        memory_kib: u32,
        passes: u32,
    ) -> Result<Self, KeystoreFailed> {
        let parameters = Params::new(memory_kib, passes, 1, Some(32));
        let parameters = parameters.map_err(|_| KeystoreFailed::Damaged)?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters);
        let mut key = Zeroizing::new([0; 32]);
        argon
            .hash_password_into(password.0.as_bytes(), salt, key.as_mut())
            .map_err(|_| KeystoreFailed::Damaged)?;
        let hkdf = hkdf::Hkdf::<Sha256>::new(Some(salt), key.as_ref());
        let (mut unlock, mut check) = (Zeroizing::new([0; 32]), [0; 16]);
        let mut login = Zeroizing::new([0; 32]);
        for (info, output) in [
            (b"yichuan/keystore/unlock".as_slice(), unlock.as_mut_slice()),
            (b"yichuan/keystore/check", &mut check),
            (b"yichuan/keystore/login", login.as_mut_slice()),
        ] {
            hkdf.expand(info, output)
                .map_err(|_| KeystoreFailed::Damaged)?;
        }
        Ok(Self {
            unlock,
            check,
            login: LoginProof::new(*login),
        })
    }

    fn cipher(&self) -> LessSafeKey {
        let key = UnboundKey::new(&AES_256_GCM, self.unlock.as_ref());
        LessSafeKey::new(key.expect("the key has 32 bytes"))
    }
}

/// Why a keystore cannot be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum KeystoreFailed {
    /// Not the password that it was closed with.
    WrongPassword,
    /// The new password is the one that it has.
    SamePassword,
    /// The new password is one that it had lately.
    PastPassword,
    /// The new password is too easy to guess.
    WeakPassword,
    /// Not a keystore, or changed.
    Damaged,
    /// Of a later release.
    UnknownVersion(u16),
    /// The key is on a token, where only one in the file will do.
    KeyOnToken,
    /// Others can read it.
    OpenToOthers {
        /// Which file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The file.
    Io(io::Error),
}

impl From<io::Error> for KeystoreFailed {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl fmt::Display for KeystoreFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongPassword => f.write_str("the password is wrong"),
            Self::SamePassword => f.write_str("the new password is the old one"),
            Self::PastPassword => f.write_str("the new password was used lately"),
            Self::WeakPassword => f.write_str("the password is too easy to guess"),
            Self::Damaged => f.write_str("the keystore is damaged"),
            Self::UnknownVersion(found) => write!(f, "keystore version {found} is unknown"),
            Self::KeyOnToken => f.write_str("the key is on a token"),
            Self::OpenToOthers { path, mode } => {
                write!(
                    f,
                    "{}: mode {mode:03o} lets others read it, 600 is wanted",
                    path.display()
                )
            }
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for KeystoreFailed {}

#[cfg(test)]
#[path = "keystore_tests.rs"]
mod tests;
