//! The exchange's own keys: checkpoints, entries, TLS. None of them opens a document.

use std::fmt;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use yichuan_document::cbor;
use yichuan_document::key::SigningSecret;
use yichuan_document::roster::record::ExchangeKeys;
use zeroize::Zeroizing;

use crate::unix;

/// The secret keys, in a file that only the owner can read.
pub struct OwnKeys {
    seeds: Zeroizing<[u8; 96]>,
}

/// The name of the file in the exchange's home.
pub const FILE: &str = "exchange.key";
/// The first line of the file.
const MAGIC: &[u8] = b"yichuan-exchange-key v1\n";

impl OwnKeys {
    /// Makes new keys and keeps them in `home`; refuses to replace old ones.
    pub fn create(home: &Path) -> Result<Self, BadKeys> {
        let path = home.join(FILE);
        let mut seeds = Zeroizing::new([0; 96]);
        getrandom::fill(seeds.as_mut()).map_err(|_| BadKeys::Randomness)?;
        let failed = |error| BadKeys::Io {
            path: path.clone(),
            error,
        };
        let mut file = unix::create_private(&path).map_err(failed)?;
        file.write_all(MAGIC).map_err(failed)?;
        file.write_all(seeds.as_ref()).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        yichuan_store::durable::sync_directory(home).map_err(failed)?;
        Ok(Self { seeds })
    }

    /// Reads the keys of `home`; refuses a file that others can read.
    pub fn load(home: &Path) -> Result<Self, BadKeys> {
        let path = home.join(FILE);
        let failed = |error| BadKeys::Io {
            path: path.clone(),
            error,
        };
        let mut file = std::fs::File::open(&path).map_err(failed)?;
        if let Some(mode) = unix::open_to_others(&file).map_err(failed)? {
            return Err(BadKeys::OpenToOthers { path, mode });
        }
        let mut bytes = Zeroizing::new(Vec::with_capacity(MAGIC.len() + 97));
        let limit = MAGIC.len() as u64 + 97;
        (&mut file)
            .take(limit)
            .read_to_end(&mut bytes)
            .map_err(failed)?;
        let seeds = bytes
            .strip_prefix(MAGIC)
            .and_then(|rest| <[u8; 96]>::try_from(rest).ok());
        let seeds = Zeroizing::new(seeds.ok_or(BadKeys::NotKeys { path })?);
        Ok(Self { seeds })
    }

    /// The key that signs checkpoints.
    pub fn checkpoint(&self) -> SigningSecret {
        self.key(0)
    }

    /// The key that signs the exchange's own entries.
    pub fn entries(&self) -> SigningSecret {
        self.key(1)
    }

    /// The seed of the TLS key.
    pub fn tls_seed(&self) -> Zeroizing<[u8; 32]> {
        self.seed(2)
    }

    /// The public keys, for the authority to certify.
    pub fn public(&self) -> ExchangeKeys {
        ExchangeKeys {
            checkpoint: self.checkpoint().public(),
            entries: self.entries().public(),
            tls: self.key(2).public(),
        }
    }

    /// The line that the authority certifies.
    pub fn request_line(&self) -> String {
        let record = cbor::to_vec(&self.public());
        format!(
            "yichuan-exchange-request v1 {}\n",
            data_encoding::BASE64.encode(&record)
        )
    }

    fn key(&self, place: usize) -> SigningSecret {
        SigningSecret::from_seed(&self.seed(place))
    }

    fn seed(&self, place: usize) -> Zeroizing<[u8; 32]> {
        let mut seed = Zeroizing::new([0; 32]);
        seed.copy_from_slice(&self.seeds[place * 32..][..32]);
        seed
    }
}

impl fmt::Debug for OwnKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnKeys(..)")
    }
}

/// Why the exchange's keys cannot be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum BadKeys {
    /// The file cannot be read or written.
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Others can read the file.
    OpenToOthers {
        /// Which file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// Not a file of keys.
    NotKeys {
        /// Which file.
        path: PathBuf,
    },
    /// The operating system gives no randomness.
    Randomness,
}

impl fmt::Display for BadKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, error } => write!(f, "{}: {error}", path.display()),
            Self::OpenToOthers { path, mode } => {
                write!(
                    f,
                    "{}: mode {mode:03o} lets others read it; set 600",
                    path.display()
                )
            }
            Self::NotKeys { path } => write!(f, "{}: not a file of keys", path.display()),
            Self::Randomness => f.write_str("the operating system gives no randomness"),
        }
    }
}

impl std::error::Error for BadKeys {}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn keys_are_read_as_they_were_made_and_never_replaced() {
        let home = tempfile::tempdir().unwrap();
        let made = OwnKeys::create(home.path()).unwrap();
        assert_eq!(OwnKeys::load(home.path()).unwrap().public(), made.public());
        assert!(matches!(
            OwnKeys::create(home.path()),
            Err(BadKeys::Io { .. })
        ));
        assert_eq!(format!("{made:?}"), "OwnKeys(..)");
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        let home = tempfile::tempdir().unwrap();
        OwnKeys::create(home.path()).unwrap();
        let path = home.path().join(FILE);
        for mode in [0o640, 0o604, 0o660, 0o644] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let refused = OwnKeys::load(home.path()).unwrap_err();
            assert!(matches!(refused, BadKeys::OpenToOthers { mode: found, .. } if found == mode));
        }
    }

    #[test]
    fn another_file_is_no_key_file() {
        let home = tempfile::tempdir().unwrap();
        OwnKeys::create(home.path()).unwrap();
        let path = home.path().join(FILE);
        let good = std::fs::read(&path).unwrap();
        for bytes in [
            &good[..good.len() - 1],
            &[good.as_slice(), &[0]].concat(),
            b"",
        ] {
            std::fs::write(&path, bytes).unwrap();
            assert!(matches!(
                OwnKeys::load(home.path()),
                Err(BadKeys::NotKeys { .. })
            ));
        }
    }
}
