//! What an account keeps on this computer for itself, drafts, groups and titles: closed with a key
//! that only its keystore gives (RFC 5869, AES-256-GCM).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;
use yichuan_document::AccountId;
use yichuan_unit::home::{read_at_most, replace};
use zeroize::Zeroizing;

use crate::problem::Problem;
use crate::seat::At;
use crate::uploads::private_folder;

/// The name of the groups.
pub(crate) const GROUPS: &str = "groups";
/// What the name of every draft begins with.
pub(crate) const DRAFT: &str = "draft-";
/// The most bytes of one thing.
const KEPT_BYTES_MAX: u64 = 2 << 20;

/// Where an account keeps its things, and the key that closes them.
pub(crate) struct Shelf {
    folder: PathBuf,
    key: LessSafeKey,
}

impl Shelf {
    /// The account's place in a home.
    pub(crate) fn of(home: &Path, account: &AccountId, content_secret: &[u8; 32]) -> Self {
        let hkdf = hkdf::Hkdf::<Sha256>::new(None, content_secret);
        let mut key = Zeroizing::new([0; 32]);
        hkdf.expand(b"yichuan/desk/kept", key.as_mut())
            .expect("32 bytes are fewer than RFC 5869 allows");
        let key = UnboundKey::new(&AES_256_GCM, key.as_ref());
        Self {
            folder: home.join("desk").join("kept").join(account.as_str()),
            key: LessSafeKey::new(key.expect("the key has 32 bytes")),
        }
    }

    /// Keeps something under a name, in place of what was there.
    pub(crate) fn write<T: Serialize>(&self, name: &str, value: &T) -> Result<(), Problem> {
        if !is_name(name) {
            return Err(Problem::not_found());
        }
        let bytes = serde_json::to_vec(value).map_err(|why| Problem::inside(why.to_string()))?;
        let mut bytes = Zeroizing::new(bytes);
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).map_err(io::Error::other)?;
        let unique = Nonce::assume_unique_for_key(nonce);
        let tag = self
            .key
            .seal_in_place_separate_tag(unique, Aad::from(name.as_bytes()), &mut bytes)
            .map_err(|_| Problem::inside("seal"))?;
        private_folder(&self.folder)?;
        Ok(replace(
            &self.folder.join(name),
            &[nonce.as_slice(), &bytes, tag.as_ref()].concat(),
        )?)
    }

    /// Reads what is kept under a name, of at most `most` bytes; none where there is nothing.
    pub(crate) fn read<T: DeserializeOwned>(
        &self,
        name: &str,
        most: u64,
    ) -> Result<Option<T>, Problem> {
        if !is_name(name) {
            return Err(Problem::not_found());
        }
        let bytes = match read_at_most(&self.folder.join(name), most) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let damaged = || Problem::inside(format!("{name}: damaged"));
        let (nonce, closed) = bytes.split_first_chunk::<NONCE_LEN>().ok_or_else(damaged)?;
        let mut closed = Zeroizing::new(closed.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let plain = self
            .key
            .open_in_place(nonce, Aad::from(name.as_bytes()), &mut closed)
            .map_err(|_| damaged())?;
        serde_json::from_slice(plain)
            .map(Some)
            .map_err(|_| damaged())
    }
}

/// Names are made here, never typed: letters, digits and hyphens.
fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !name.is_empty() && name.len() <= 64 && name.bytes().all(fits)
}

/// As [`Shelf::write`].
pub(crate) fn write<T: Serialize>(at: &At<'_>, name: &str, value: &T) -> Result<(), Problem> {
    at.held.shelf.write(name, value)
}

/// As [`Shelf::read`], of a draft or groups.
pub(crate) fn read<T: DeserializeOwned>(at: &At<'_>, name: &str) -> Result<Option<T>, Problem> {
    at.held.shelf.read(name, KEPT_BYTES_MAX)
}

/// Removes what is kept under a name; tells whether it was there.
pub(crate) fn remove(at: &At<'_>, name: &str) -> Result<bool, Problem> {
    if !is_name(name) {
        return Err(Problem::not_found());
    }
    match fs::remove_file(at.held.shelf.folder.join(name)) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The names that begin so, with when each was written, in milliseconds since 1970.
pub(crate) fn names(at: &At<'_>, beginning: &str) -> Result<Vec<(String, u64)>, Problem> {
    let entries = match fs::read_dir(&at.held.shelf.folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with(beginning) || !is_name(&name) {
            continue;
        }
        let written = entry.metadata()?.modified()?;
        let since = written
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        names.push((name, u64::try_from(since.as_millis()).unwrap_or(u64::MAX)));
    }
    names.sort_by_key(|(_, written)| std::cmp::Reverse(*written));
    Ok(names)
}
