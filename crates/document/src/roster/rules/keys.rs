//! What the keys must be that the enrolled bring: their own, their unit's, and its shares.

use super::{BadChange, rising, sound_slot};
use crate::roster::act::{Enrolment, XWING_PUBLIC_BYTES};
use crate::roster::duty::Legacy;
use crate::roster::record::{
    AccountKeys, EncryptionKey, EpochShare, KeyShare, Kind, Status, UnitKey,
};
use crate::roster::{RECORD_BYTES_MAX, Roster};
use crate::wrap::{WRAP_SUITE_1, WRAPPED_KEY_BYTES, XWING_ENC_BYTES};
use crate::{AccountId, DeviceId, UnitCode};

/// Checks the keys that an enrolment brings.
pub(in crate::roster) fn check_new_keys(
    roster: &Roster,
    body: &Enrolment,
    device: &DeviceId,
    device_changes: bool,
) -> Result<(), BadChange> {
    sound_slot(Kind::AccountKeys, &body.account.signing)?;
    check_encryption_key(&body.account.encryption)?;
    sound_slot(Kind::DeviceKeys, &body.device.signing)?;
    sound_slot(Kind::DeviceKeys, core::slice::from_ref(&body.device.tls))?;
    if device_changes && roster.tls_key_of_other(&body.device, device.as_str()) {
        return Err(BadChange::KeyInUse);
    }
    Ok(())
}

/// Checks the form of an encryption key; whether anybody can open with it shows only in use.
pub(in crate::roster) fn check_encryption_key(key: &EncryptionKey) -> Result<(), BadChange> {
    if key.suite == WRAP_SUITE_1 && key.bytes.len() == XWING_PUBLIC_BYTES {
        Ok(())
    } else {
        Err(BadChange::EncryptionKey)
    }
}

/// Checks what a manager says of a new key: its form, and the authority's half, where it has one.
pub(in crate::roster) fn check_unit_key(roster: &Roster, key: &UnitKey) -> Result<(), BadChange> {
    check_encryption_key(&key.key)?;
    if key.stale.is_some() || key.previous.is_some() {
        return Err(BadChange::Record(Kind::UnitKey));
    }
    let Some(half) = &key.escrow else {
        return Ok(());
    };
    let own = roster.escrow().is_some_and(|own| own.key.id() == half.key);
    if own && half.enc.len() == XWING_ENC_BYTES && half.ct.len() == WRAPPED_KEY_BYTES {
        Ok(())
    } else {
        Err(BadChange::Escrow)
    }
}

/// Checks what a unit leaves: seeds for the present key of a unit that is open and of its world.
pub(in crate::roster) fn check_legacy(
    roster: &Roster,
    unit: &UnitCode,
    legacy: &Legacy,
) -> Result<(), BadChange> {
    let (own, heir) = (roster.unit(unit), roster.unit(&legacy.to));
    let fits = heir.is_some_and(|heir| {
        heir.status == Status::Active && own.is_some_and(|own| own.world == heir.world)
    });
    if !fits || legacy.to == *unit {
        return Err(BadChange::Unknown {
            of: Kind::Legacy,
            kind: Kind::Unit,
        });
    }
    let key = roster.unit_key(&legacy.to).ok_or(BadChange::Share)?;
    let id = key.key.id();
    let epochs: Vec<u32> = legacy.shares.iter().map(|share| share.epoch).collect();
    let closed = legacy.shares.iter().all(|share| {
        share.key == id && share.enc.len() == XWING_ENC_BYTES && share.ct.len() == WRAPPED_KEY_BYTES
    });
    let count = (1..=SHARES_MAX).contains(&epochs.len());
    if closed && count && rising(&epochs) && legacy.by == key.epoch {
        Ok(())
    } else {
        Err(BadChange::Share)
    }
}

/// The shares of `account` with `share` added.
pub(in crate::roster) fn with_share(
    roster: &Roster,
    account: &AccountId,
    share: EpochShare,
) -> Result<KeyShare, BadChange> {
    let keys = roster.account_keys(account).filter(AccountKeys::serve);
    let keys = keys.ok_or(BadChange::Share)?;
    let fits = share.enc.len() == XWING_ENC_BYTES && share.ct.len() == WRAPPED_KEY_BYTES;
    if share.key != keys.encryption.id() || !fits {
        return Err(BadChange::Share);
    }
    let mut shares = roster
        .key_share(account)
        .unwrap_or(KeyShare { epochs: Vec::new() });
    shares.epochs.retain(|old| old.epoch != share.epoch);
    let at = shares.epochs.partition_point(|old| old.epoch < share.epoch);
    shares.epochs.insert(at, share);
    if shares.epochs.len() > SHARES_MAX {
        return Err(BadChange::Share);
    }
    Ok(shares)
}

/// The most epochs of one account: each takes some 1,250 bytes of the record.
const SHARES_MAX: usize = RECORD_BYTES_MAX / 1_300;
