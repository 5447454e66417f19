//! The exchange's own keys: checkpoints, entries, TLS. None of them opens a document.

use std::fmt;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use yichuan_document::cbor;
use yichuan_document::key::SigningSecret;
use yichuan_document::roster::record::{ExchangeKeys, NextExchangeKeys};
use zeroize::Zeroizing;

use crate::unix;

/// The secret keys, in a file that only the owner can read.
pub struct OwnKeys {
    seeds: Zeroizing<[u8; 96]>,
}

/// The names of the files in the exchange's home: the keys in use, and those that take over.
pub const FILES: [&str; 2] = ["exchange.key", "exchange.next.key"];
/// The first line of the file.
const MAGIC: &[u8] = b"yichuan-exchange-key v1\n";

impl OwnKeys {
    /// Makes the first keys of `home`; refuses to replace those that are there.
    pub fn create(home: &Path) -> Result<Self, BadKeys> {
        Self::create_at(home, FILES[0])
    }

    /// The keys of `home` that take over from those in use; makes them where there are none yet.
    /// Where those in use are lost, the new ones take their place.
    pub fn next(home: &Path) -> Result<Self, BadKeys> {
        if !home.join(FILES[0]).exists() && !home.join(FILES[1]).exists() {
            return Self::create(home);
        }
        // A file that cannot be read is told of before anything is made beside it.
        let mut there = Self::load_all(home)?;
        if home.join(FILES[1]).exists() {
            return there.pop().ok_or(BadKeys::NotKeys {
                path: home.join(FILES[1]),
            });
        }
        Self::create_at(home, FILES[1])
    }

    fn create_at(home: &Path, name: &str) -> Result<Self, BadKeys> {
        let path = home.join(name);
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

    /// Reads every set of keys in `home`, at least one.
    pub fn load_all(home: &Path) -> Result<Vec<Self>, BadKeys> {
        let there = FILES.iter().map(|name| home.join(name));
        let there: Vec<PathBuf> = there.filter(|path| path.exists()).collect();
        if there.is_empty() {
            return Ok(vec![Self::load(home.join(FILES[0]))?]);
        }
        there.into_iter().map(Self::load).collect()
    }

    /// Of these keys, the set that the authority has certified for use.
    pub fn certified(all: Vec<Self>, certified: &ExchangeKeys) -> Option<Self> {
        all.into_iter().find(|keys| keys.are(certified))
    }

    /// Whether these are the keys in use that `certified` names.
    pub fn are(&self, certified: &ExchangeKeys) -> bool {
        let own = self.public();
        own.checkpoint == certified.checkpoint
            && own.entries == certified.entries
            && own.tls == certified.tls
    }

    /// Removes the keys of `home` that the authority has retired: those in use make room for those
    /// that took over.
    pub fn retire(home: &Path, certified: &ExchangeKeys) -> Result<(), BadKeys> {
        let [first, next] = FILES.map(|name| home.join(name));
        if !next.exists() || !Self::load(next.clone())?.are(certified) {
            return Ok(());
        }
        let failed = |error| BadKeys::Io {
            path: next.clone(),
            error,
        };
        std::fs::rename(&next, &first).map_err(failed)?;
        yichuan_store::durable::sync_directory(home).map_err(failed)
    }

    /// Reads one file of keys; refuses one that others can read.
    fn load(path: PathBuf) -> Result<Self, BadKeys> {
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
            next: None,
        }
    }

    /// What the authority certifies: the keys in use, with the next ones beside them.
    pub fn request(all: &[Self]) -> Option<ExchangeKeys> {
        let [own, rest @ ..] = all else { return None };
        let next = rest.first().map(Self::public).map(|next| NextExchangeKeys {
            checkpoint: next.checkpoint,
            entries: next.entries,
            tls: next.tls,
        });
        Some(ExchangeKeys {
            next,
            ..own.public()
        })
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

/// The line that the authority certifies.
pub fn request_line(request: &ExchangeKeys) -> String {
    let record = cbor::to_vec(request);
    format!(
        "yichuan-exchange-request v1 {}\n",
        data_encoding::BASE64.encode(&record)
    )
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

    fn only(home: &Path) -> Result<OwnKeys, BadKeys> {
        OwnKeys::load_all(home).map(|mut all| all.remove(0))
    }

    #[test]
    fn keys_are_read_as_they_were_made_and_never_replaced() {
        let home = tempfile::tempdir().unwrap();
        let made = OwnKeys::create(home.path()).unwrap();
        assert_eq!(only(home.path()).unwrap().public(), made.public());
        assert!(matches!(
            OwnKeys::create(home.path()),
            Err(BadKeys::Io { .. })
        ));
        assert_eq!(OwnKeys::load_all(home.path()).unwrap().len(), 1);
        let next = OwnKeys::next(home.path()).unwrap();
        assert_ne!(next.public(), made.public());
        // Asked for once more, they are the same.
        let again = OwnKeys::next(home.path()).unwrap();
        assert_eq!(again.public(), next.public());
        assert!(matches!(
            OwnKeys::create(home.path()),
            Err(BadKeys::Io { .. })
        ));
        assert_eq!(format!("{made:?}"), "OwnKeys(..)");
    }

    #[test]
    fn the_next_keys_take_over_once_they_are_certified() {
        let home = tempfile::tempdir().unwrap();
        let made = OwnKeys::create(home.path()).unwrap().public();
        let next = OwnKeys::next(home.path()).unwrap().public();
        let both = OwnKeys::load_all(home.path()).unwrap();
        let request = OwnKeys::request(&both).unwrap();
        assert!(request.admits_tls(&made.tls) && request.admits_tls(&next.tls));
        OwnKeys::retire(home.path(), &request).unwrap();
        let both = OwnKeys::load_all(home.path()).unwrap();
        assert_eq!(both.len(), 2, "the next keys are certified, not in use");
        let used = OwnKeys::certified(both, &next).unwrap();
        assert_eq!(used.public(), next);
        OwnKeys::retire(home.path(), &next).unwrap();
        let left = OwnKeys::load_all(home.path()).unwrap();
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].public(), next);
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        let home = tempfile::tempdir().unwrap();
        OwnKeys::create(home.path()).unwrap();
        let path = home.path().join(FILES[0]);
        for mode in [0o640, 0o604, 0o660, 0o644] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let refused = only(home.path()).unwrap_err();
            assert!(matches!(refused, BadKeys::OpenToOthers { mode: found, .. } if found == mode));
            // Nor are others made beside it.
            assert!(OwnKeys::next(home.path()).is_err());
            assert!(!home.path().join(FILES[1]).exists());
        }
    }

    #[test]
    fn another_file_is_no_key_file() {
        let home = tempfile::tempdir().unwrap();
        OwnKeys::create(home.path()).unwrap();
        let path = home.path().join(FILES[0]);
        let good = std::fs::read(&path).unwrap();
        for bytes in [
            &good[..good.len() - 1],
            &[good.as_slice(), &[0]].concat(),
            b"",
        ] {
            std::fs::write(&path, bytes).unwrap();
            assert!(matches!(only(home.path()), Err(BadKeys::NotKeys { .. })));
        }
    }
}
