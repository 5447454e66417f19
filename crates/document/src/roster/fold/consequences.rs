//! What follows from an act of the authority without being said: a leaver's keys end, and the
//! unit's key that they could open is stale (protocol rules 14 and 16).

use std::collections::BTreeMap;

use crate::roster::Roster;
use crate::roster::act::Change;
use crate::roster::record::{Account, AccountKeys, KeyShare, Kind, Status, UnitKey};
use crate::{AccountId, Timestamp, UnitCode, cbor};

impl Roster {
    /// The records that change with `changes`, at the time of their entry.
    pub(super) fn consequences(&self, changes: &[Change], now: Timestamp) -> Vec<Change> {
        let mut derived = Vec::new();
        let mut stale: BTreeMap<UnitCode, UnitKey> = BTreeMap::new();
        for change in changes.iter().filter(|it| it.kind == Kind::Account) {
            let Some((id, before, after)) = self.changed_account(change) else {
                continue;
            };
            let other_person = before.person != after.person;
            let closed = before.status != Status::Closed && after.status == Status::Closed;
            if !other_person && !closed {
                continue;
            }
            let keys = self.account_keys(&id).filter(AccountKeys::serve);
            if let Some(keys) = keys.filter(|_| other_person) {
                let void = AccountKeys {
                    signing: Vec::new(),
                    ..keys
                };
                derived.push(Change::put(id.as_str(), &void));
            }
            let Some(shares) = self.key_share(&id) else {
                continue;
            };
            derived.push(Change::put(id.as_str(), &KeyShare { epochs: Vec::new() }));
            let unit = id.unit();
            let Some(key) = self.unit_key(&unit).filter(|key| key.stale.is_none()) else {
                continue;
            };
            if shares.epochs.iter().any(|share| share.epoch == key.epoch) {
                stale.insert(
                    unit,
                    UnitKey {
                        stale: Some(now),
                        ..key
                    },
                );
            }
        }
        let stale = stale
            .iter()
            .map(|(unit, key)| Change::put(unit.as_str(), key));
        derived.extend(stale);
        derived
    }

    fn changed_account(&self, change: &Change) -> Option<(AccountId, Account, Account)> {
        let id: AccountId = change.id.parse().ok()?;
        let before = self.account(&id)?;
        let after = cbor::read(&change.record, super::super::RECORD_BYTES_MAX).ok()?;
        Some((id, before, after))
    }
}
