//! The authority's halves of the units' seeds (protocol rule 13).

use std::path::Path;

use yichuan_document::roster::act::{ACT_KEY_RECOVERED, ACT_RECOVERY_TRIED, Change};
use yichuan_document::roster::duty::{Recovery, RecoveryPurpose};
use yichuan_document::{AccountId, UnitRef};
use yichuan_envelope::{EncryptionSecret, hand_half_on};

use super::request::EscrowRequest;
use super::{Authority, AuthorityFailed, SignedAct, key_path};
use crate::keystore::{self, Password, Secrets};

/// Makes the escrow key, or finds it, and shows its public part. It is best kept away from the
/// officers' keys.
pub fn escrow_request(
    folder: &Path,
    password: &Password,
) -> Result<EscrowRequest, AuthorityFailed> {
    crate::unix::create_private_folder(folder)?;
    let path = key_path(folder, "escrow");
    if !path.try_exists()? {
        let mut rng = crate::chance()?;
        keystore::create(&path, password, &Secrets::generate(&mut rng), &mut rng)?;
    }
    Ok(EscrowRequest {
        key: secret(folder, password)?.public(),
    })
}

fn secret(folder: &Path, password: &Password) -> Result<EncryptionSecret, AuthorityFailed> {
    let secrets = keystore::open(&key_path(folder, "escrow"), password)?;
    Ok(EncryptionSecret::from_seed(&secrets.encryption))
}

impl Authority {
    /// Hands the authority's half of a unit's present seed to the account that recovers it, or
    /// that tries whether it could.
    pub fn recover(
        &mut self,
        account: &AccountId,
        purpose: RecoveryPurpose,
        password: &Password,
    ) -> Result<SignedAct, AuthorityFailed> {
        let code = account.unit();
        let key = self.roster.unit_key(&code);
        let key = key.ok_or_else(|| AuthorityFailed::NotSeen(code.to_string()))?;
        let half = key
            .escrow
            .ok_or_else(|| AuthorityFailed::NoHalf(code.to_string()))?;
        let keys = self.roster.account_keys(account);
        let keys = keys.ok_or_else(|| AuthorityFailed::NotSeen(account.to_string()))?;
        let unit = UnitRef {
            unit: code.clone(),
            origin: self.roster.origin().clone(),
        };
        let genesis = self.roster.genesis();
        let handed = hand_half_on(
            &half,
            &secret(&self.folder, password)?,
            (&genesis, &unit, key.epoch),
            (account, &keys.encryption),
            &mut crate::chance()?,
        )
        .map_err(|_| AuthorityFailed::NoHalf(code.to_string()))?;
        let record = Recovery {
            account: account.clone(),
            half: handed,
            purpose,
        };
        let act = match purpose {
            RecoveryPurpose::Lost => ACT_KEY_RECOVERED,
            RecoveryPurpose::Drill => ACT_RECOVERY_TRIED,
        };
        self.sign_as_officer(act, vec![Change::put(code.as_str(), &record)], password)
    }
}
