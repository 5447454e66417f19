//! A seal's key of one's own: made here, kept in the keystore, and asked for with a request that
//! the authority answers with the seal.

use crate::authority::SealRequest;
use crate::keystore::{self, SealKey};
use crate::office::Failed;
use crate::office::place::Unlocked;

/// Keeps a seal's key in the keystore: it is on the disk before anybody hears of it.
pub fn keep(unlocked: &mut Unlocked, seal: SealKey) -> Result<(), Failed> {
    unlocked.secrets.seals.push(seal);
    Ok(keystore::update(
        &unlocked.path,
        &unlocked.password,
        &unlocked.secrets,
        &mut crate::chance()?,
    )?)
}

/// The request for a seal with the key that was kept last, a line for the authority.
pub fn request(unlocked: &Unlocked) -> Result<String, Failed> {
    let seal = unlocked.secrets.seals.last().ok_or(Failed::NoSealKey)?;
    let request = SealRequest::of(unlocked.account.clone(), seal);
    let key = seal.at().own_key();
    let electronic = seal.electronic();
    Ok(request.to_line(&key, electronic.as_ref(), &mut crate::chance()?)?)
}
