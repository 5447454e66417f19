//! A computer's own keys.

use std::fmt;
use std::io::Write as _;
use std::path::Path;

use rand_core::Rng as _;
use zeroize::Zeroizing;

use super::{KeystoreFailed, read_private};
use crate::unix;

/// The secrets of a computer: one seed for TLS, one for signing.
///
/// They are kept in clear, readable by the owner only, because a computer connects before
/// anybody has typed a password (decision 0006).
pub struct DeviceSecrets {
    seeds: Zeroizing<[u8; 64]>,
}

const DEVICE_MAGIC: &[u8] = b"yichuan-device-key v1\n";

impl DeviceSecrets {
    /// Reads those of a home, or makes them where there are none.
    pub fn of(home: &Path) -> Result<Self, KeystoreFailed> {
        let path = home.join("device.key");
        if path.exists() {
            return Self::load(&path);
        }
        let mut seeds = Zeroizing::new([0; 64]);
        crate::chance()?.fill_bytes(seeds.as_mut());
        let mut file = unix::create_private(&path)?;
        file.write_all(DEVICE_MAGIC)?;
        file.write_all(seeds.as_ref())?;
        file.sync_all()?;
        unix::sync_folder(home)?;
        Ok(Self { seeds })
    }

    fn load(path: &Path) -> Result<Self, KeystoreFailed> {
        let bytes = read_private(path, 1_024)?;
        let seeds = bytes
            .strip_prefix(DEVICE_MAGIC)
            .and_then(|rest| rest.try_into().ok());
        Ok(Self {
            seeds: Zeroizing::new(seeds.ok_or(KeystoreFailed::Damaged)?),
        })
    }

    /// The seed of the TLS key.
    pub fn tls(&self) -> Zeroizing<[u8; 32]> {
        self.half(0)
    }

    /// The seed of the signing key.
    pub fn signing(&self) -> Zeroizing<[u8; 32]> {
        self.half(32)
    }

    fn half(&self, from: usize) -> Zeroizing<[u8; 32]> {
        let mut seed = Zeroizing::new([0; 32]);
        seed.copy_from_slice(&self.seeds[from..from + 32]);
        seed
    }
}

impl fmt::Debug for DeviceSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceSecrets(..)")
    }
}
