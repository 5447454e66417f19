//! The unit's key: its epochs, its shares, and its recovery with two halves.

use yichuan_document::roster::act::{Bequest, KeyCause, NewShare, NewUnitKey};
use yichuan_document::roster::duty::Legacy;
use yichuan_document::roster::duty::RecoveryPurpose;
use yichuan_document::roster::record::{AccountKeys, EncryptionKey, EpochShare, Status, UnitKey};
use yichuan_document::{AccountId, UnitCode, UnitRef};
use yichuan_envelope::{EncryptionSecret, close_half, close_legacy, close_share, join_halves};

use super::failed::Failed;
use super::session::Session;
use crate::ticket::TicketCode;

/// A new epoch of the unit's key.
pub struct NewEpoch {
    /// The epoch.
    pub epoch: u32,
    /// The manager's half of its seed, to be written down and locked away. None where the authority
    /// keeps no halves, or where an attempt that was cut off had made the key.
    pub code: Option<TicketCode>,
}

impl Session {
    /// Makes the unit's key, or its next epoch. Where the authority keeps halves, one goes to it.
    pub async fn new_unit_key(&mut self, compromised: bool) -> Result<NewEpoch, Failed> {
        let roster = self.mirror.roster();
        let unit = self.identity.unit();
        let epoch = roster.unit_key(&unit).map_or(1, |key| key.epoch + 1);
        let mut rng = crate::chance()?;
        let seed = EncryptionSecret::generate(&mut rng);
        let own = self.identity.unit_ref(roster);
        let account = self.identity.account.clone();
        let own_key = self.identity.encryption.public();
        let share = self.share_of(&seed, epoch, (&account, &own_key))?;
        let code = TicketCode::generate(&mut rng);
        let half = match roster.escrow() {
            Some(escrow) => {
                let place = (&roster.genesis(), &own, epoch);
                let half = close_half(&seed, &code.half(), place, &escrow.key, &mut rng);
                Some(half.map_err(|why| Failed::Envelope(why.to_string()))?)
            }
            None => None,
        };
        let kept = half.is_some();
        let key = UnitKey {
            epoch,
            key: seed.public(),
            made_by: account,
            stale: None,
            previous: None,
            escrow: half,
        };
        let body = NewUnitKey {
            unit: unit.clone(),
            key,
            share,
            cause: compromised.then_some(KeyCause::Compromised),
        };
        self.say(&format!("unit-key-{epoch}"), &body, Vec::new())
            .await?;
        self.follow().await?;
        // What was recorded may be the key of an attempt that was cut off; its code is gone.
        let now = self.mirror.roster().unit_key(&unit);
        let ours = now.is_some_and(|now| now.key == body.key.key);
        Ok(NewEpoch {
            epoch,
            code: (kept && ours).then_some(code),
        })
    }

    /// Puts the authority's half and the manager's together, and looks whether they give the
    /// unit's key. Unless it was a drill, this account can open it from then on. Returns the epoch
    /// and whether it was a drill.
    pub async fn recover_unit_key(&mut self, code: &TicketCode) -> Result<(u32, bool), Failed> {
        let roster = self.mirror.roster();
        let unit = self.identity.unit();
        let account = self.identity.account.clone();
        let own = self.identity.unit_ref(roster);
        let genesis = roster.genesis();
        let handed = roster.recovery(&unit);
        let handed = handed.filter(|handed| handed.account == account);
        let handed = handed.ok_or(Failed::NothingHanded)?;
        let key = roster.unit_key(&unit);
        let key = key.ok_or_else(|| Failed::NoUnitKey(unit.clone()))?;
        let seed = join_halves(
            &handed.half,
            &code.half(),
            (&genesis, &own),
            &account,
            &self.identity.encryption,
        )
        .ok()
        .filter(|seed| handed.half.epoch == key.epoch && seed.public() == key.key)
        .ok_or(Failed::HalvesDiffer)?;
        let epoch = key.epoch;
        if handed.purpose == RecoveryPurpose::Drill {
            return Ok((epoch, true));
        }
        let own_key = self.identity.encryption.public();
        let share = self.share_of(&seed, epoch, (&account, &own_key))?;
        let body = NewShare {
            account: account.clone(),
            share,
        };
        self.say(&format!("recovered-{epoch}"), &body, Vec::new())
            .await?;
        self.follow().await?;
        Ok((epoch, false))
    }

    /// Leaves every epoch of the unit's key that this account can open to the unit that is to take
    /// over its work. Returns the epochs.
    pub async fn leave_unit_key(&mut self, to: &UnitCode) -> Result<Vec<u32>, Failed> {
        let roster = self.mirror.roster();
        let own = self.identity.unit_ref(roster);
        let heir = UnitRef {
            unit: to.clone(),
            origin: own.origin.clone(),
        };
        let key = roster.unit_key(to);
        let key = key.ok_or_else(|| Failed::NoUnitKey(to.clone()))?;
        let held = roster.key_share(&self.identity.account).into_iter();
        let epochs: Vec<u32> = held
            .flat_map(|held| held.epochs)
            .map(|share| share.epoch)
            .collect();
        let mut shares = Vec::new();
        for epoch in &epochs {
            let seed = self.identity.unit_secret(roster, *epoch)?;
            let closed = close_legacy(
                &seed,
                &roster.genesis(),
                &own,
                *epoch,
                (&heir, &key.key),
                &mut crate::chance()?,
            );
            shares.push(closed.map_err(|why| Failed::Envelope(why.to_string()))?);
        }
        let legacy = Legacy {
            to: to.clone(),
            by: key.epoch,
            shares,
        };
        let body = Bequest {
            unit: own.unit,
            legacy,
        };
        self.say(
            &format!("bequest-{to}-{}-{epochs:?}", key.epoch),
            &body,
            Vec::new(),
        )
        .await?;
        self.follow().await?;
        Ok(epochs)
    }

    /// Shares the unit's key, every epoch that this account can open, with the accounts of the
    /// unit that are enrolled and lack it. Returns them.
    pub async fn share_unit_key(&mut self) -> Result<Vec<AccountId>, Failed> {
        let mut shared = Vec::new();
        for (account, epoch) in self.lacking() {
            let roster = self.mirror.roster();
            let keys = roster.account_keys(&account).ok_or(Failed::Protocol)?;
            let seed = self.identity.unit_secret(roster, epoch)?;
            let share = self.share_of(&seed, epoch, (&account, &keys.encryption))?;
            let body = NewShare {
                account: account.clone(),
                share,
            };
            self.say(&format!("share-{account}-{epoch}"), &body, Vec::new())
                .await?;
            self.follow().await?;
            if !shared.contains(&account) {
                shared.push(account);
            }
        }
        Ok(shared)
    }

    /// The unit's seed of an epoch, closed for one of its accounts.
    fn share_of(
        &self,
        seed: &EncryptionSecret,
        epoch: u32,
        (account, key): (&AccountId, &EncryptionKey),
    ) -> Result<EpochShare, Failed> {
        let roster = self.mirror.roster();
        let own = self.identity.unit_ref(roster);
        let mut rng = crate::chance()?;
        close_share(seed, &roster.genesis(), &own, epoch, account, key, &mut rng)
            .map_err(|why| Failed::Envelope(why.to_string()))
    }

    /// Accounts of the unit that are in use and lack an epoch of its key which this one can open.
    pub fn lacking(&self) -> Vec<(AccountId, u32)> {
        let roster = self.mirror.roster();
        let unit = self.identity.unit();
        let epochs_of = |account: &AccountId| -> Vec<u32> {
            let shares = roster.key_share(account).into_iter();
            shares
                .flat_map(|shares| shares.epochs)
                .map(|share| share.epoch)
                .collect()
        };
        let own = epochs_of(&self.identity.account);
        let mut lacking = Vec::new();
        for (id, keys) in roster.all::<AccountKeys>() {
            let Ok(account) = id.parse::<AccountId>() else {
                continue;
            };
            let record = roster.account(&account);
            let in_use = record.is_some_and(|record| record.status == Status::Active);
            if account.unit() != unit || !in_use || !keys.serve() {
                continue;
            }
            let theirs = epochs_of(&account);
            let missing = own.iter().filter(|epoch| !theirs.contains(epoch));
            lacking.extend(missing.map(|epoch| (account.clone(), *epoch)));
        }
        lacking
    }
}
