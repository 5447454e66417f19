//! What an office runs: keys, compose, approve, seal, send, receive, prove.
//!
//! What it never does: send what nobody approved, show what was not verified, keep a secret in
//! clear beyond the computer's own key, or depend on the exchange's word for a key.

pub mod authority;
pub mod cli;
pub mod doctor;
pub mod enrol;
pub mod fonts;
pub mod home;
pub mod hooks;
pub mod keystore;
pub mod lang;
pub mod link;
pub mod oa;
pub mod office;
pub mod pictures;
pub mod report;
pub mod ticket;
pub mod token;
mod unix;
mod working_time;

use std::time::{SystemTime, UNIX_EPOCH};

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use yichuan_document::Timestamp;

/// The wall clock: the one place where a unit's program reads it.
pub fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_unix_ms(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Chance from the operating system, for keys and ids.
pub fn chance() -> std::io::Result<ChaCha20Rng> {
    let mut seed = zeroize::Zeroizing::new([0; 32]);
    getrandom::fill(seed.as_mut()).map_err(std::io::Error::other)?;
    Ok(ChaCha20Rng::from_seed(*seed))
}
