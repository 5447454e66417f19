//! What a record must be before the roster takes it.

use core::fmt;
use core::str::FromStr;
use std::collections::HashSet;

use super::act::{Change, Enrolment, XWING_PUBLIC_BYTES};
use super::record::{
    Account, DUE_MINUTES_MAX, Device, EncryptionKey, EpochShare, ExchangeKeys, KeyShare, Kind,
    Officer, PASSWORD_DAYS_MAX, Policy, Record, SealGrant, Status, Ticket, Unit,
};
use super::{POLICY_ID, RECORD_BYTES_MAX, Roster};
use crate::key::{BadKey, PublicKey};
use crate::part_name::is_invisible;
use crate::signed::SIGNATURES_PER_SLOT_MAX;
use crate::terms::Urgency;
use crate::wrap::{WRAP_SUITE_1, WRAPPED_KEY_BYTES, XWING_ENC_BYTES};
use crate::{AccountId, DeviceId, PersonId, SealId, TicketId, UnitCode, cbor};

/// The longest name, post or label, in bytes.
pub const TEXT_BYTES_MAX: usize = 300;
/// The most records that one act puts.
pub const CHANGES_MAX: usize = 64;
/// The most computers of one account or seal.
pub const DEVICES_MAX: usize = 32;

/// Checks the records of an act; one may rest on another one of the same act.
pub(super) fn check(roster: &Roster, changes: &[Change], by_root: bool) -> Result<(), BadChange> {
    if changes.is_empty() || changes.len() > CHANGES_MAX {
        return Err(BadChange::Count {
            found: changes.len(),
        });
    }
    let rules = Rules { roster, changes };
    let mut seen = HashSet::new();
    for change in changes {
        // A reader who looks at the first and one who looks at the last would differ.
        if !seen.insert((change.kind, change.id.as_str())) {
            return Err(BadChange::Twice(change.kind));
        }
        // Rule 2 of section 3: roots certify officers and the exchange, officers do the rest.
        let roots_own = matches!(change.kind, Kind::Officer | Kind::Exchange);
        if roots_own != by_root {
            return Err(BadChange::NotThisSigners(change.kind));
        }
        rules.one(change)?;
    }
    Ok(())
}

struct Rules<'a> {
    roster: &'a Roster,
    changes: &'a [Change],
}

impl Rules<'_> {
    fn one(&self, change: &Change) -> Result<(), BadChange> {
        let kind = change.kind;
        match kind {
            Kind::Policy => policy(change),
            Kind::Officer => {
                id::<PersonId>(change)?;
                let officer = record::<Officer>(change)?;
                let before = self.roster.record(&change.id);
                not_again(kind, before.map(|it: Officer| it.status), officer.status)?;
                keys(kind, &officer.keys)
            }
            Kind::Exchange => {
                if change.id != self.roster.origin.as_str() {
                    return Err(BadChange::Id(kind));
                }
                let own = record::<ExchangeKeys>(change)?;
                // Three keys of their own (protocol rule 33), and no slot to fit into.
                sound(kind, &[own.checkpoint, own.entries, own.tls])
            }
            Kind::Unit => self.unit(change),
            Kind::Account => self.account(change),
            Kind::Device => {
                let device = id::<DeviceId>(change)?;
                self.known(kind, Kind::Unit, device.unit().as_str())?;
                let record = record::<Device>(change)?;
                let before = self.roster.device(&device);
                not_again(kind, before.map(|it| it.status), record.status)?;
                text(kind, &record.label)
            }
            Kind::Ticket => self.ticket(change),
            Kind::Seal => self.seal(change),
            Kind::AccountKeys | Kind::DeviceKeys | Kind::UnitKey | Kind::KeyShare => {
                Err(BadChange::NotThisSigners(kind))
            }
        }
    }

    fn unit(&self, change: &Change) -> Result<(), BadChange> {
        let kind = change.kind;
        let code = id::<UnitCode>(change)?;
        let unit = record::<Unit>(change)?;
        let before = self.roster.unit(&code);
        not_again(kind, before.map(|it| it.status), unit.status)?;
        text(kind, &unit.name)?;
        for other in unit.parent.iter().chain(&unit.successor) {
            if other.as_str() == change.id {
                return Err(BadChange::Itself(kind));
            }
            self.known(kind, Kind::Unit, other.as_str())?;
        }
        Ok(())
    }

    fn account(&self, change: &Change) -> Result<(), BadChange> {
        let kind = change.kind;
        let name = id::<AccountId>(change)?;
        let unit = name.unit();
        let account = record::<Account>(change)?;
        let before = self.roster.account(&name);
        not_again(kind, before.map(|it| it.status), account.status)?;
        self.known(kind, Kind::Unit, unit.as_str())?;
        text(kind, &account.post)?;
        if account.roles.is_empty() || !rising(&account.roles) {
            return Err(BadChange::Roles);
        }
        self.devices(kind, &account.devices)?;
        if account.devices.iter().any(|device| device.unit() != unit) {
            return Err(BadChange::AnotherUnit(kind));
        }
        Ok(())
    }

    fn ticket(&self, change: &Change) -> Result<(), BadChange> {
        let kind = change.kind;
        id::<TicketId>(change)?;
        if self.roster.exists(kind, &change.id) {
            return Err(BadChange::TicketExists);
        }
        let ticket = record::<Ticket>(change)?;
        keys(kind, &[ticket.key])?;
        if ticket.used_by.is_some() {
            return Err(BadChange::TicketExists);
        }
        self.known(kind, Kind::Account, ticket.account.as_str())?;
        self.known(kind, Kind::Device, ticket.device.as_str())
    }

    fn seal(&self, change: &Change) -> Result<(), BadChange> {
        let kind = change.kind;
        let name = id::<SealId>(change)?;
        let unit = name.unit();
        let seal = record::<SealGrant>(change)?;
        let before = self.roster.seal(&name);
        not_again(kind, before.map(|it| it.status), seal.status)?;
        text(kind, &seal.name)?;
        keys(kind, &seal.keys)?;
        self.known(kind, Kind::Account, seal.custodian.as_str())?;
        self.devices(kind, &seal.devices)?;
        if seal.devices.is_empty() {
            return Err(BadChange::Devices(kind));
        }
        let elsewhere = seal.devices.iter().any(|device| device.unit() != unit);
        if seal.custodian.unit() != unit || elsewhere {
            return Err(BadChange::AnotherUnit(kind));
        }
        if seal.valid_from >= seal.valid_until {
            return Err(BadChange::Validity);
        }
        Ok(())
    }

    fn devices(&self, kind: Kind, devices: &[DeviceId]) -> Result<(), BadChange> {
        if devices.len() > DEVICES_MAX || !rising(devices) {
            return Err(BadChange::Devices(kind));
        }
        devices
            .iter()
            .try_for_each(|device| self.known(kind, Kind::Device, device.as_str()))
    }

    fn known(&self, of: Kind, kind: Kind, id: &str) -> Result<(), BadChange> {
        let here = self
            .changes
            .iter()
            .any(|change| change.kind == kind && change.id == id);
        if here || self.roster.exists(kind, id) {
            Ok(())
        } else {
            Err(BadChange::Unknown { of, kind })
        }
    }
}

fn policy(change: &Change) -> Result<(), BadChange> {
    if change.id != POLICY_ID {
        return Err(BadChange::Id(Kind::Policy));
    }
    let policy = record::<Policy>(change)?;
    let due = &policy.due_minutes;
    let due_fits = due.len() == Urgency::ALL.len()
        && due
            .iter()
            .all(|minutes| (1..=DUE_MINUTES_MAX).contains(minutes));
    let age_fits = (1..=PASSWORD_DAYS_MAX).contains(&policy.password_days);
    if !due_fits
        || !age_fits
        || !rising(&policy.mandatory_checks)
        || policy.mandatory_checks.len() > 64
    {
        return Err(BadChange::Policy);
    }
    Ok(())
}

/// Checks the keys that an enrolment brings.
pub(super) fn check_new_keys(
    roster: &Roster,
    body: &Enrolment,
    device: &DeviceId,
    device_changes: bool,
) -> Result<(), BadChange> {
    keys(Kind::AccountKeys, &body.account.signing)?;
    check_encryption_key(&body.account.encryption)?;
    keys(Kind::DeviceKeys, &body.device.signing)?;
    keys(Kind::DeviceKeys, core::slice::from_ref(&body.device.tls))?;
    if device_changes && roster.tls_key_of_other(&body.device, device.as_str()) {
        return Err(BadChange::KeyInUse);
    }
    Ok(())
}

/// Checks the form of an encryption key; whether anybody can open with it shows only in use.
pub(super) fn check_encryption_key(key: &EncryptionKey) -> Result<(), BadChange> {
    if key.suite == WRAP_SUITE_1 && key.bytes.len() == XWING_PUBLIC_BYTES {
        Ok(())
    } else {
        Err(BadChange::EncryptionKey)
    }
}

/// The shares of `account` with `share` added.
pub(super) fn with_share(
    roster: &Roster,
    account: &AccountId,
    share: EpochShare,
) -> Result<KeyShare, BadChange> {
    let keys = roster.account_keys(account).ok_or(BadChange::Share)?;
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

fn record<R: Record>(change: &Change) -> Result<R, BadChange> {
    cbor::read(&change.record, RECORD_BYTES_MAX).map_err(|_| BadChange::Record(change.kind))
}

fn id<T: FromStr>(change: &Change) -> Result<T, BadChange> {
    change.id.parse().map_err(|_| BadChange::Id(change.kind))
}

fn text(kind: Kind, text: &str) -> Result<(), BadChange> {
    check_text(text).map_err(|_| BadChange::Text(kind))
}

/// Checks a name, post or label: something to be seen, at most [`TEXT_BYTES_MAX`] bytes, and
/// nothing in it that cannot be seen.
pub fn check_text(text: &str) -> Result<(), BadText> {
    if text.trim().is_empty() {
        Err(BadText::Empty)
    } else if text.len() > TEXT_BYTES_MAX {
        Err(BadText::TooLong)
    } else if text.chars().any(is_invisible) {
        Err(BadText::Invisible)
    } else {
        Ok(())
    }
}

/// Why a text is no name, post or label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadText {
    /// Nothing but blanks.
    Empty,
    /// More than [`TEXT_BYTES_MAX`] bytes.
    TooLong,
    /// A control character, or one that changes direction or shows nothing.
    Invisible,
}

/// Checks the keys of one signer: not more than a statement has room for.
fn keys(kind: Kind, keys: &[PublicKey]) -> Result<(), BadChange> {
    if keys.is_empty() || keys.len() > SIGNATURES_PER_SLOT_MAX {
        return Err(BadChange::Keys(kind));
    }
    sound(kind, keys)
}

/// Checks that every key is one, and that none stands there twice.
fn sound(kind: Kind, keys: &[PublicKey]) -> Result<(), BadChange> {
    for (index, key) in keys.iter().enumerate() {
        key.check()
            .map_err(|cause| BadChange::Key { kind, cause })?;
        if keys[..index].contains(key) {
            return Err(BadChange::Keys(kind));
        }
    }
    Ok(())
}

/// Refuses to take into use again what was closed for ever.
fn not_again(kind: Kind, before: Option<Status>, after: Status) -> Result<(), BadChange> {
    if before == Some(Status::Closed) && after != Status::Closed {
        return Err(BadChange::Closed(kind));
    }
    Ok(())
}

fn rising<T: Ord>(list: &[T]) -> bool {
    list.windows(2).all(|pair| pair[0] < pair[1])
}

/// Why a record is not allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadChange {
    /// No record, or more than [`CHANGES_MAX`].
    Count {
        /// How many.
        found: usize,
    },
    /// Two records in place of one.
    Twice(Kind),
    /// It was closed for ever, and nothing takes it into use again.
    Closed(Kind),
    /// Not for this signer to put.
    NotThisSigners(Kind),
    /// Not the record that its kind says.
    Record(Kind),
    /// Not an id of its kind.
    Id(Kind),
    /// A name, post or label that is empty, too long or has invisible characters.
    Text(Kind),
    /// No key, more than fit into a slot, or one key twice.
    Keys(Kind),
    /// A key that is not one.
    Key {
        /// Of which record.
        kind: Kind,
        /// What is wrong.
        cause: BadKey,
    },
    /// Not an X-Wing public key.
    EncryptionKey,
    /// A key that another computer has.
    KeyInUse,
    /// It names something that is not there.
    Unknown {
        /// The record that names it.
        of: Kind,
        /// What is not there.
        kind: Kind,
    },
    /// It names itself.
    Itself(Kind),
    /// It names another unit's people or computers.
    AnotherUnit(Kind),
    /// No role, or roles that do not rise.
    Roles,
    /// Computers that are none, too many, or do not rise.
    Devices(Kind),
    /// The ticket is not new.
    TicketExists,
    /// The seal's validity ends before it begins.
    Validity,
    /// A policy that loosens the law or is not in order.
    Policy,
    /// A share that does not fit the account's key.
    Share,
}

impl fmt::Display for BadChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count { found } => write!(f, "{found} records, 1 to {CHANGES_MAX} are allowed"),
            Self::Twice(kind) => write!(f, "two records in place of one {kind:?}"),
            Self::Closed(kind) => write!(f, "{kind:?} was closed for ever"),
            Self::NotThisSigners(kind) => write!(f, "{kind:?} is not for this signer to put"),
            Self::Record(kind) => write!(f, "not a record of {kind:?}"),
            Self::Id(kind) => write!(f, "not an id of {kind:?}"),
            Self::Text(kind) => write!(f, "the name in {kind:?} is empty, too long or odd"),
            Self::Keys(kind) => write!(f, "{kind:?} has no key, too many or one twice"),
            Self::Key { kind, cause } => write!(f, "{kind:?}: {cause}"),
            Self::EncryptionKey => f.write_str("not an X-Wing public key"),
            Self::KeyInUse => f.write_str("another computer has this key"),
            Self::Unknown { of, kind } => write!(f, "{of:?} names an unknown {kind:?}"),
            Self::Itself(kind) => write!(f, "{kind:?} names itself"),
            Self::AnotherUnit(kind) => write!(f, "{kind:?} names another unit's"),
            Self::Roles => f.write_str("roles are missing or not in order"),
            Self::Devices(kind) => write!(f, "computers of {kind:?} are missing or not in order"),
            Self::TicketExists => f.write_str("the ticket is not new"),
            Self::Validity => f.write_str("the seal's validity ends before it begins"),
            Self::Policy => f.write_str("the policy loosens the law or is not in order"),
            Self::Share => f.write_str("the share does not fit the account's key"),
        }
    }
}

impl core::error::Error for BadChange {}
