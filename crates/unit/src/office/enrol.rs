//! Enrolling an account on this computer, and the unit's key.

use yichuan_document::roster::act::{NewShare, NewUnitKey};
use yichuan_document::roster::record::{AccountKeys, UnitKey};
use yichuan_document::{AccountId, DeviceId};
use yichuan_envelope::{EncryptionSecret, close_share};
use yichuan_wire::message::{Answer, Ask};

use super::failed::Failed;
use super::session::{Connected, Contact, Session, record};
use crate::enrol::Attempt;
pub use crate::enrol::keystore_path;
use crate::keystore::{DeviceSecrets, Password};
use crate::ticket::TicketCode;

/// What was enrolled.
pub struct Enrolled {
    /// The account.
    pub account: AccountId,
    /// This computer.
    pub device: DeviceId,
    /// The roster entry's index.
    pub index: u64,
}

/// Enrols the account of a ticket on this computer. Keys and statement are on the disk before the
/// first attempt, and a repeated attempt sends the same bytes.
pub async fn enrol(
    contact: &Contact<'_>,
    code: &TicketCode,
    password: &Password,
    device_secrets: &DeviceSecrets,
) -> Result<Enrolled, Failed> {
    let Connected { link, mirror } = contact.connect().await?;
    let ground = (mirror.roster(), mirror.seen());
    let attempt = Attempt::prepare(contact.home, ground, code, password, device_secrets)?;
    // The exchange answers a repeat with the first index (protocol rule 24).
    let answer = link
        .ask(Ask::Record(record(&attempt.signed, Vec::new(), None)))
        .await?;
    let Answer::Recorded(proven) = answer else {
        return Err(Failed::Protocol);
    };
    mirror.verify(&proven)?;
    let device = attempt.device;
    crate::home::replace(&contact.home.join("device"), device.as_str().as_bytes())?;
    Ok(Enrolled {
        account: attempt.account,
        device,
        index: proven.entry.index,
    })
}

impl Session {
    /// Makes the unit's key, or its next epoch.
    pub async fn new_unit_key(&mut self) -> Result<u32, Failed> {
        let roster = self.mirror.roster();
        let unit = self.identity.unit();
        let epoch = roster.unit_key(&unit).map_or(1, |key| key.epoch + 1);
        let mut rng = crate::chance()?;
        let seed = EncryptionSecret::generate(&mut rng);
        let own = self.identity.unit_ref(roster);
        let account = self.identity.account.clone();
        let share = close_share(
            &seed,
            &roster.genesis(),
            &own,
            epoch,
            &account,
            &self.identity.encryption.public(),
            &mut rng,
        )
        .map_err(|why| Failed::Envelope(why.to_string()))?;
        let key = UnitKey {
            epoch,
            key: seed.public(),
            made_by: account,
            stale: None,
            previous: None,
            escrow: None,
        };
        let body = NewUnitKey {
            unit,
            key,
            share,
            cause: None,
        };
        self.say(&format!("unit-key-{epoch}"), &body, Vec::new())
            .await?;
        self.follow().await?;
        Ok(epoch)
    }

    /// Shares the unit's key, every epoch that this account can open, with the accounts of the
    /// unit that are enrolled and lack it. Returns them.
    pub async fn share_unit_key(&mut self) -> Result<Vec<AccountId>, Failed> {
        let mut shared = Vec::new();
        for (account, epoch) in self.lacking() {
            let roster = self.mirror.roster();
            let keys = roster.account_keys(&account).ok_or(Failed::Protocol)?;
            let seed = self.identity.unit_secret(roster, epoch)?;
            let own = self.identity.unit_ref(roster);
            let share = close_share(
                &seed,
                &roster.genesis(),
                &own,
                epoch,
                &account,
                &keys.encryption,
                &mut crate::chance()?,
            )
            .map_err(|why| Failed::Envelope(why.to_string()))?;
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

    /// Accounts of the unit that are enrolled and lack an epoch which this account can open.
    fn lacking(&self) -> Vec<(AccountId, u32)> {
        let roster = self.mirror.roster();
        let unit = self.identity.unit();
        let own = roster.key_share(&self.identity.account);
        let epochs: Vec<u32> = own
            .iter()
            .flat_map(|share| share.epochs.iter().map(|share| share.epoch))
            .collect();
        let mut lacking = Vec::new();
        for (id, _) in roster.all::<AccountKeys>() {
            let Ok(account) = id.parse::<AccountId>() else {
                continue;
            };
            if account.unit() != unit {
                continue;
            }
            let theirs = roster.key_share(&account);
            let has = |epoch: u32| {
                theirs
                    .iter()
                    .flat_map(|share| &share.epochs)
                    .any(|share| share.epoch == epoch)
            };
            for epoch in &epochs {
                if !has(*epoch) {
                    lacking.push((account.clone(), *epoch));
                }
            }
        }
        lacking
    }

    /// Takes in what has changed in the roster.
    pub async fn follow(&mut self) -> Result<(), Failed> {
        self.mirror.advance(&self.link).await
    }
}
