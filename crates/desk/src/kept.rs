//! What an account keeps on this computer for itself, drafts and groups: closed with a key that
//! only its keystore gives (RFC 5869, AES-256-GCM).

use std::fs;
use std::io;
use std::path::PathBuf;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;
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

fn folder(at: &At<'_>) -> PathBuf {
    let account = at.held.unlocked.account.as_str();
    at.home.folder().join("desk").join("kept").join(account)
}

fn cipher(at: &At<'_>) -> LessSafeKey {
    let secret = &at.held.unlocked.secrets.content;
    let hkdf = hkdf::Hkdf::<Sha256>::new(None, secret.as_ref());
    let mut key = Zeroizing::new([0; 32]);
    hkdf.expand(b"yichuan/desk/kept", key.as_mut())
        .expect("32 bytes are fewer than RFC 5869 allows");
    let key = UnboundKey::new(&AES_256_GCM, key.as_ref());
    LessSafeKey::new(key.expect("the key has 32 bytes"))
}

/// Names are made here, never typed: letters, digits and hyphens.
fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !name.is_empty() && name.len() <= 64 && name.bytes().all(fits)
}

/// Keeps something under a name, in place of what was there.
pub(crate) fn write<T: Serialize>(at: &At<'_>, name: &str, value: &T) -> Result<(), Problem> {
    if !is_name(name) {
        return Err(Problem::not_found());
    }
    let mut bytes = serde_json::to_vec(value).map_err(|why| Problem::inside(why.to_string()))?;
    let mut nonce = [0; NONCE_LEN];
    getrandom::fill(&mut nonce).map_err(io::Error::other)?;
    let unique = Nonce::assume_unique_for_key(nonce);
    cipher(at)
        .seal_in_place_append_tag(unique, Aad::from(name.as_bytes()), &mut bytes)
        .map_err(|_| Problem::inside("seal"))?;
    let folder = folder(at);
    private_folder(&folder)?;
    Ok(replace(
        &folder.join(name),
        &[nonce.as_slice(), &bytes].concat(),
    )?)
}

/// Reads what is kept under a name; none where there is nothing.
pub(crate) fn read<T: DeserializeOwned>(at: &At<'_>, name: &str) -> Result<Option<T>, Problem> {
    if !is_name(name) {
        return Err(Problem::not_found());
    }
    let bytes = match read_at_most(&folder(at).join(name), KEPT_BYTES_MAX) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let damaged = || Problem::inside(format!("{name}: damaged"));
    let (nonce, closed) = bytes.split_first_chunk::<NONCE_LEN>().ok_or_else(damaged)?;
    let mut closed = closed.to_vec();
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let plain = cipher(at)
        .open_in_place(nonce, Aad::from(name.as_bytes()), &mut closed)
        .map_err(|_| damaged())?;
    serde_json::from_slice(plain)
        .map(Some)
        .map_err(|_| damaged())
}

/// Removes what is kept under a name; tells whether it was there.
pub(crate) fn remove(at: &At<'_>, name: &str) -> Result<bool, Problem> {
    if !is_name(name) {
        return Err(Problem::not_found());
    }
    match fs::remove_file(folder(at).join(name)) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The names that begin so, with when each was written, in milliseconds since 1970.
pub(crate) fn names(at: &At<'_>, beginning: &str) -> Result<Vec<(String, u64)>, Problem> {
    let entries = match fs::read_dir(folder(at)) {
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
