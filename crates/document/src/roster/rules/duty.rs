//! The rules about who must act together.

use super::{BadChange, Rules, check_encryption_key, id, record};
use crate::roster::Roster;
use crate::roster::act::Change;
use crate::roster::duty::{
    CARD_BYTES_MAX, ESCROW_ID, Escrow, Person, QUORUM_ID, Quorum, Recovery, SIGNERS_MAX,
};
use crate::roster::record::{Account, AccountKeys, Kind, Officer, Role, SealGrant, Status, Ticket};
use crate::wrap::{WRAPPED_KEY_BYTES, XWING_ENC_BYTES};
use crate::{PersonId, UnitCode};

/// How many officers must sign these changes together: the most that any of them asks for.
pub(in crate::roster) fn officers_needed(roster: &Roster, changes: &[Change]) -> u8 {
    let quorum = roster.quorum();
    let rules = Rules { roster, changes };
    let needed = changes.iter().map(|change| match change.kind {
        Kind::Policy | Kind::Time => quorum.policy,
        Kind::Recovery => quorum.recoveries,
        Kind::Seal if rules.gives_a_seal(change) => quorum.seals,
        Kind::Account if rules.gives_rights(change) => quorum.rights,
        Kind::Ticket if rules.enrols_rights(change) => quorum.rights,
        _ => quorum.others,
    });
    needed.max().unwrap_or(quorum.others)
}

/// The rights with which a person acts for a whole unit, or over others.
fn has_rights(account: &Account) -> bool {
    let rights = [Role::Approve, Role::Seal, Role::Manage, Role::Authority];
    account.roles.iter().any(|role| rights.contains(role))
}

impl Rules<'_> {
    /// Whether a seal can be used afterwards in a way that it could not before. To suspend or to
    /// revoke one must not wait for a second officer.
    fn gives_a_seal(&self, change: &Change) -> bool {
        let after = record::<SealGrant>(change);
        let before = self.roster.record::<SealGrant>(&change.id);
        after.is_ok_and(|after| after.status == Status::Active && before != Some(after))
    }

    fn gives_rights(&self, change: &Change) -> bool {
        let after = record::<Account>(change);
        let before = self.roster.record::<Account>(&change.id);
        after.is_ok_and(|after| {
            after.status == Status::Active && has_rights(&after) && before != Some(after)
        })
    }

    /// Whether a ticket makes somebody's keys those of an account with rights.
    fn enrols_rights(&self, change: &Change) -> bool {
        let account = record::<Ticket>(change)
            .ok()
            .and_then(|ticket| self.after::<Account>(ticket.account.as_str()));
        account.is_some_and(|account| has_rights(&account))
    }

    pub(super) fn quorum(&self, change: &Change) -> Result<(), BadChange> {
        let rule = record::<Quorum>(change)?;
        if change.id != QUORUM_ID {
            return Err(BadChange::Id(Kind::Quorum));
        }
        // A rule that nobody can meet would stop the authority.
        let known = self.roster.all::<Officer>().map(|(id, _)| id.to_owned());
        let here = self.changes.iter().filter(|it| it.kind == Kind::Officer);
        let mut ids: Vec<String> = known.chain(here.map(|it| it.id.clone())).collect();
        ids.sort();
        ids.dedup();
        let active = ids
            .iter()
            .filter_map(|id| self.after::<Officer>(id))
            .filter(|officer| officer.status == Status::Active)
            .count();
        let most = active.min(SIGNERS_MAX);
        let fits = rule
            .all()
            .iter()
            .all(|needed| (1..=most).contains(&usize::from(*needed)));
        if fits { Ok(()) } else { Err(BadChange::Quorum) }
    }

    pub(super) fn recovery(&self, change: &Change) -> Result<(), BadChange> {
        let kind = Kind::Recovery;
        let unit = id::<UnitCode>(change)?;
        let handed = record::<Recovery>(change)?;
        if handed.account.unit() != unit {
            return Err(BadChange::AnotherUnit(kind));
        }
        let manager = self.after::<Account>(handed.account.as_str());
        let manages = manager.is_some_and(|account| {
            account.status == Status::Active && account.roles.contains(&Role::Manage)
        });
        let keys = self.roster.account_keys(&handed.account);
        let keys = keys.filter(AccountKeys::serve).filter(|_| manages);
        let half = &handed.half;
        let fits = keys.is_some_and(|keys| keys.encryption.id() == half.key)
            && half.enc.len() == XWING_ENC_BYTES
            && half.ct.len() == WRAPPED_KEY_BYTES
            && self
                .roster
                .unit_key(&unit)
                .is_some_and(|key| key.epoch == half.epoch && key.escrow.is_some());
        if fits { Ok(()) } else { Err(BadChange::Escrow) }
    }
}

pub(super) fn escrow(change: &Change) -> Result<(), BadChange> {
    let escrow = record::<Escrow>(change)?;
    if change.id != ESCROW_ID {
        return Err(BadChange::Id(Kind::Escrow));
    }
    check_encryption_key(&escrow.key)
}

pub(super) fn person(change: &Change) -> Result<(), BadChange> {
    id::<PersonId>(change)?;
    let card = record::<Person>(change)?.card;
    if card.bytes == 0 || card.bytes as usize > CARD_BYTES_MAX {
        return Err(BadChange::Record(Kind::Person));
    }
    Ok(())
}
