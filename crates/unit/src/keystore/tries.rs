//! Wrong passwords in a row: after some, the next try has to wait, longer each time and never for
//! long (Art. 17). Who has a copy of the file is not held up by this, but by Argon2id.

use std::io;
use std::path::{Path, PathBuf};

use minicbor::{Decode, Encode};
use yichuan_document::{Timestamp, cbor};

use crate::home::replace;

/// So many wrong passwords cost nothing.
const FREE: u32 = 5;
/// The first wait.
const FIRST_MS: u64 = 2_000;
/// The longest wait: whoever types wrong passwords cannot keep the owner out for longer.
const LONGEST_MS: u64 = 15 * 60_000;

/// The wrong passwords since the last right one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct Tries {
    #[n(0)]
    wrong: u32,
    #[n(1)]
    last_ms: u64,
}

fn tries_path(keystore: &Path) -> PathBuf {
    keystore.with_extension("tries")
}

fn read(keystore: &Path) -> Tries {
    // What cannot be read is as good as none: it guards nothing that the file itself does not.
    let bytes = std::fs::read(tries_path(keystore)).ok();
    bytes
        .and_then(|bytes| cbor::read(&bytes, 64).ok())
        .unwrap_or_default()
}

/// How many milliseconds the next try has to wait at `now`; zero where it need not.
pub fn wait_ms(keystore: &Path, now: Timestamp) -> u64 {
    let tries = read(keystore);
    let Some(beyond) = tries.wrong.checked_sub(FREE) else {
        return 0;
    };
    let wait = FIRST_MS.saturating_mul(1 << beyond.min(20)).min(LONGEST_MS);
    // A clock that was set back makes nobody wait for more than one wait.
    let since = now.ms_since(Timestamp::from_unix_ms(tries.last_ms));
    wait.saturating_sub(since)
}

/// Counts a wrong password.
pub fn count_wrong(keystore: &Path, now: Timestamp) -> io::Result<()> {
    let tries = Tries {
        wrong: read(keystore).wrong.saturating_add(1),
        last_ms: now.unix_ms(),
    };
    replace(&tries_path(keystore), &cbor::to_vec(&tries))
}

/// Forgets the wrong ones after a right one.
pub fn forget(keystore: &Path) -> io::Result<()> {
    match std::fs::remove_file(tries_path(keystore)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g4_wrong_passwords_wait_longer_each_time_and_never_for_long() {
        let folder = tempfile::tempdir().unwrap();
        let keystore = folder.path().join("a.key");
        let now = Timestamp::from_unix_ms(1_795_000_000_000);
        let mut waits = Vec::new();
        for _ in 0..40 {
            waits.push(wait_ms(&keystore, now));
            count_wrong(&keystore, now).unwrap();
        }
        assert_eq!(waits[..8], [0, 0, 0, 0, 0, 2_000, 4_000, 8_000]);
        assert_eq!(wait_ms(&keystore, now), LONGEST_MS);
        assert_eq!(wait_ms(&keystore, now.plus_ms(LONGEST_MS)), 0);
        // A clock that was set back a year.
        let before = Timestamp::from_unix_ms(now.unix_ms() - 31_536_000_000);
        assert_eq!(wait_ms(&keystore, before), LONGEST_MS);
        forget(&keystore).unwrap();
        forget(&keystore).unwrap();
        assert_eq!(wait_ms(&keystore, now), 0);
        std::fs::write(keystore.with_extension("tries"), b"garbage").unwrap();
        assert_eq!(wait_ms(&keystore, now), 0);
    }
}
