//! Whether an account may act, on this computer, at this point of the log.

use core::fmt;

use super::Roster;
use super::record::{Account, AccountKeys, DeviceKeys, Role, SealGrant, Status, Unit};
use crate::level::Classification;
use crate::signed::{Payload, Signer, SlotRole};
use crate::{AccountId, DeviceId, Digest, PersonId, SealId, Timestamp};

/// An account in good standing on a computer: only [`Roster::standing`] makes one.
#[derive(Clone, Debug)]
#[must_use]
pub struct Standing {
    id: AccountId,
    device: DeviceId,
    account: Account,
    keys: AccountKeys,
    device_keys: DeviceKeys,
}

impl Roster {
    /// The standing of the account that `payload` names, on the computer that it names.
    pub fn standing(&self, payload: &Payload) -> Result<Standing, NoStanding> {
        let account = payload.account.as_ref().ok_or(NoStanding::Unnamed)?;
        let device = payload.device.as_ref().ok_or(NoStanding::Unnamed)?;
        self.standing_of(account, device)
    }

    /// The standing of `id` on `device`.
    pub fn standing_of(&self, id: &AccountId, device: &DeviceId) -> Result<Standing, NoStanding> {
        let unit: Unit = self.unit(&id.unit()).ok_or(NoStanding::Unit)?;
        if unit.status != Status::Active {
            return Err(NoStanding::Unit);
        }
        let account = self.account(id).ok_or(NoStanding::Account)?;
        if account.status != Status::Active {
            return Err(NoStanding::Account);
        }
        let registered = self.device(device).ok_or(NoStanding::Device)?;
        if registered.status != Status::Active {
            return Err(NoStanding::Device);
        }
        if !account.devices.contains(device) {
            return Err(NoStanding::NotOnThisDevice);
        }
        let keys = self.account_keys(id).filter(AccountKeys::serve);
        let keys = keys.ok_or(NoStanding::NotEnrolled)?;
        let device_keys = self.device_keys(device).ok_or(NoStanding::NotEnrolled)?;
        Ok(Standing {
            id: id.clone(),
            device: device.clone(),
            account,
            keys,
            device_keys,
        })
    }
}

impl Standing {
    /// The account.
    pub const fn id(&self) -> &AccountId {
        &self.id
    }

    /// The computer.
    pub const fn device(&self) -> &DeviceId {
        &self.device
    }

    /// The person whose account it is.
    pub const fn person(&self) -> &PersonId {
        &self.account.person
    }

    /// Whether the account has `role`.
    pub fn has(&self, role: Role) -> bool {
        self.account.roles.contains(&role)
    }

    /// Refuses an account without `role`.
    pub fn require(&self, role: Role) -> Result<(), NoStanding> {
        if self.has(role) {
            Ok(())
        } else {
            Err(NoStanding::Role(role))
        }
    }

    /// Whether the account may open a document of that level: need to know inside a unit.
    pub fn may_open(&self, level: Classification) -> bool {
        let ceiling = self.account.ceiling;
        ceiling.is_none_or(|ceiling| level.transmissible(ceiling).is_ok())
    }

    /// The persons who act where this account approves at `now`: the head of the department, or
    /// the one who stands in and the one who is stood in for. The four eyes are compared with
    /// both of them (protocol rule 16).
    pub fn approvers(&self, roster: &Roster, now: Timestamp) -> Result<Vec<PersonId>, NoStanding> {
        if self.has(Role::Approve) {
            return Ok(vec![self.person().clone()]);
        }
        let refused = NoStanding::Role(Role::Approve);
        let lent = roster.delegation(&self.id).ok_or(refused)?;
        let head = roster.account(&lent.of);
        let head = head
            .filter(|head| head.status == Status::Active && head.roles.contains(&Role::Approve));
        let head = head.ok_or(refused)?;
        if now < lent.from || now > lent.until {
            return Err(refused);
        }
        Ok(vec![self.person().clone(), head.person])
    }

    /// The id of the account's first signing key.
    pub fn signing_key(&self) -> Digest {
        let first = self.keys.signing.first();
        first.map_or(Digest::from_bytes([0; 32]), crate::key::PublicKey::id)
    }

    /// The keys of the computer.
    pub const fn device_keys(&self) -> &DeviceKeys {
        &self.device_keys
    }

    /// The signers of an ordinary statement: the account and the computer.
    pub fn signers(&self) -> Vec<Signer> {
        vec![
            Signer {
                role: SlotRole::Account,
                keys: self.keys.signing.clone(),
            },
            Signer {
                role: SlotRole::Device,
                keys: self.device_keys.signing.clone(),
            },
        ]
    }

    /// The signers of a seal statement, if this account may use the seal here and now.
    pub fn seal_signers(
        &self,
        roster: &Roster,
        seal: &SealId,
        now: Timestamp,
    ) -> Result<Vec<Signer>, NoStanding> {
        let grant: SealGrant = roster.seal(seal).ok_or(NoStanding::Seal)?;
        if grant.awaits.is_some() {
            return Err(NoStanding::SealAwaits);
        }
        self.seal_signers_of(&grant, seal, now)
    }

    /// The signers of a statement with a seal, taken into use or not.
    pub(super) fn seal_signers_of(
        &self,
        grant: &SealGrant,
        seal: &SealId,
        now: Timestamp,
    ) -> Result<Vec<Signer>, NoStanding> {
        self.require(Role::Seal)?;
        if grant.status != Status::Active || seal.unit() != self.id.unit() {
            return Err(NoStanding::Seal);
        }
        if now < grant.valid_from || now > grant.valid_until {
            return Err(NoStanding::SealExpired);
        }
        if grant.custodian != self.id {
            return Err(NoStanding::NotTheCustodian);
        }
        if !grant.devices.contains(&self.device) {
            return Err(NoStanding::NotOnThisDevice);
        }
        let mut signers = self.signers();
        signers.push(Signer {
            role: SlotRole::Seal,
            keys: grant.keys.clone(),
        });
        Ok(signers)
    }
}

/// Why an account may not act here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoStanding {
    /// The statement names no account or no computer.
    Unnamed,
    /// The unit is unknown or closed.
    Unit,
    /// The account is unknown, locked or closed.
    Account,
    /// The computer is unknown or withdrawn.
    Device,
    /// The account or the seal is not bound to this computer (Art. 14).
    NotOnThisDevice,
    /// The account or the computer has no keys yet.
    NotEnrolled,
    /// The account lacks the role.
    Role(Role),
    /// The seal is unknown, suspended, revoked, or another unit's.
    Seal,
    /// The seal was made and not yet taken into use by its custodian.
    SealAwaits,
    /// The seal is not valid at this time.
    SealExpired,
    /// The account is not the seal's custodian (Art. 13).
    NotTheCustodian,
}

impl fmt::Display for NoStanding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unnamed => f.write_str("no account or no computer is named"),
            Self::Unit => f.write_str("the unit is unknown or closed"),
            Self::Account => f.write_str("the account is unknown, locked or closed"),
            Self::Device => f.write_str("the computer is unknown or withdrawn"),
            Self::NotOnThisDevice => f.write_str("not bound to this computer"),
            Self::NotEnrolled => f.write_str("account or computer has no keys yet"),
            Self::Role(role) => write!(f, "the account may not {}", role.en()),
            Self::Seal => f.write_str("the seal is unknown, suspended or revoked"),
            Self::SealAwaits => f.write_str("the custodian has not taken the seal into use"),
            Self::SealExpired => f.write_str("the seal is not valid at this time"),
            Self::NotTheCustodian => f.write_str("the account is not the seal's custodian"),
        }
    }
}

impl core::error::Error for NoStanding {}
