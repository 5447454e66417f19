//! What a record must be before the roster takes it.

mod duty;
mod keys;

use core::fmt;
use core::str::FromStr;
use std::collections::HashSet;

use super::act::Change;
use super::record::clocks::{TIME_ID, Time};
use super::record::{
    Account, DUE_MINUTES_MAX, Device, ExchangeKeys, Kind, Officer, PASSWORD_DAYS_MAX, Policy,
    Record, SESSION_MAX, SealGrant, Status, Ticket, Unit,
};
use super::{POLICY_ID, RECORD_BYTES_MAX, Roster};
use crate::key::{BadKey, PublicKey};
use crate::part_name::is_invisible;
use crate::signed::SIGNATURES_PER_SLOT_MAX;
use crate::terms::Urgency;
use crate::{AccountId, DeviceId, PersonId, SealId, TicketId, UnitCode, cbor};

pub(super) use duty::officers_needed;
pub(super) use keys::{
    check_encryption_key, check_legacy, check_new_keys, check_unit_key, with_share,
};

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
        let roots_own = matches!(
            change.kind,
            Kind::Officer | Kind::Exchange | Kind::Quorum | Kind::Escrow
        );
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
                sound_slot(kind, &officer.keys)
            }
            Kind::Exchange => {
                if change.id != self.roster.origin.as_str() {
                    return Err(BadChange::Id(kind));
                }
                let own = record::<ExchangeKeys>(change)?;
                // Keys of their own for each purpose (protocol rule 33), and no slot to fit into.
                let next = own.next.into_iter();
                let next = next.flat_map(|next| [next.checkpoint, next.entries, next.tls]);
                let present = [own.checkpoint, own.entries, own.tls].into_iter();
                sound(kind, &present.chain(next).collect::<Vec<_>>())
            }
            Kind::Unit => self.unit(change),
            Kind::Account => self.account(change),
            Kind::Device => {
                let device = id::<DeviceId>(change)?;
                self.known(kind, Kind::Unit, device.unit().as_str())?;
                let record = record::<Device>(change)?;
                let before = self.roster.device(&device);
                not_again(kind, before.map(|it| it.status), record.status)?;
                let said = record.owner.iter().chain(&record.place);
                said.chain([&record.label])
                    .try_for_each(|it| text(kind, it))
            }
            Kind::Ticket => self.ticket(change),
            Kind::Seal => self.seal(change),
            Kind::Quorum => self.quorum(change),
            Kind::Escrow => duty::escrow(change),
            Kind::Recovery => self.recovery(change),
            Kind::Person => duty::person(change),
            Kind::Time => self.time(change),
            Kind::AccountKeys
            | Kind::DeviceKeys
            | Kind::UnitKey
            | Kind::KeyShare
            | Kind::Delegation
            | Kind::Legacy => Err(BadChange::NotThisSigners(kind)),
        }
    }

    fn unit(&self, change: &Change) -> Result<(), BadChange> {
        let kind = change.kind;
        let code = id::<UnitCode>(change)?;
        let unit = record::<Unit>(change)?;
        let before = self.roster.unit(&code);
        not_again(kind, before.as_ref().map(|it| it.status), unit.status)?;
        text(kind, &unit.name)?;
        if before.is_some_and(|before| before.world != unit.world) {
            return Err(BadChange::AnotherWorld);
        }
        for other in unit.parent.iter().chain(&unit.successor) {
            if other.as_str() == change.id {
                return Err(BadChange::Itself(kind));
            }
            self.known(kind, Kind::Unit, other.as_str())?;
            let other = self.after::<Unit>(other.as_str());
            if other.is_some_and(|other| other.world != unit.world) {
                return Err(BadChange::AnotherWorld);
            }
        }
        if self.is_circle(&code, |unit| unit.parent) || self.is_circle(&code, |it| it.successor) {
            return Err(BadChange::Circle);
        }
        Ok(())
    }

    /// Whether going on from unit to unit, as they will stand after the act, comes to one twice.
    fn is_circle(&self, code: &UnitCode, next: impl Fn(Unit) -> Option<UnitCode>) -> bool {
        let mut seen = HashSet::from([code.clone()]);
        let mut at = code.clone();
        while let Some(above) = self.after::<Unit>(at.as_str()).and_then(&next) {
            if !seen.insert(above.clone()) {
                return true;
            }
            at = above;
        }
        false
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
        sound_slot(kind, &[ticket.key])?;
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
        sound_slot(kind, &seal.keys)?;
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

    /// Of the exchange's time there is one record, and epochs follow each other.
    fn time(&self, change: &Change) -> Result<(), BadChange> {
        if change.id != TIME_ID {
            return Err(BadChange::Id(Kind::Time));
        }
        let before = self.roster.record::<Time>(TIME_ID);
        if record::<Time>(change)?.follows(before.as_ref()) {
            Ok(())
        } else {
            Err(BadChange::Time)
        }
    }

    /// The record as it will stand after the act.
    fn after<R: Record>(&self, id: &str) -> Option<R> {
        let mut changes = self.changes.iter();
        match changes.find(|change| change.kind == R::KIND && change.id == id) {
            Some(change) => cbor::read(&change.record, RECORD_BYTES_MAX).ok(),
            None => self.roster.record(id),
        }
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
    let within = |set: Option<u16>, most| set.is_none_or(|set| (1..=most).contains(&set));
    let session_fits = within(policy.session_idle_minutes, SESSION_MAX.0)
        && within(policy.session_hours, SESSION_MAX.1);
    if !due_fits
        || !session_fits
        || !age_fits
        || policy.clocks.is_some_and(|clocks| !clocks.is_sound())
        || !rising(&policy.mandatory_checks)
        || policy.mandatory_checks.len() > 64
    {
        return Err(BadChange::Policy);
    }
    Ok(())
}

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
fn sound_slot(kind: Kind, keys: &[PublicKey]) -> Result<(), BadChange> {
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
    /// Units that are above or after each other in a circle.
    Circle,
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
    /// An epoch of time that does not follow the one before, or annuls what it cannot.
    Time,
    /// A share that does not fit the account's key.
    Share,
    /// Units of two worlds, or one that changes its world.
    AnotherWorld,
    /// An m-of-n rule that asks for none, or for more officers than there are.
    Quorum,
    /// An escrow key or a half of a seed that does not fit.
    Escrow,
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
            Self::Circle => f.write_str("units that are above or after each other in a circle"),
            Self::AnotherUnit(kind) => write!(f, "{kind:?} names another unit's"),
            Self::Roles => f.write_str("roles are missing or not in order"),
            Self::Devices(kind) => write!(f, "computers of {kind:?} are missing or not in order"),
            Self::TicketExists => f.write_str("the ticket is not new"),
            Self::Validity => f.write_str("the seal's validity ends before it begins"),
            Self::Policy => f.write_str("the policy loosens the law or is not in order"),
            Self::Time => f.write_str("the epoch of time does not follow the one before"),
            Self::AnotherWorld => f.write_str("units of two worlds"),
            Self::Quorum => f.write_str("a rule that the officers cannot meet"),
            Self::Escrow => f.write_str("an escrow key or half that does not fit"),
            Self::Share => f.write_str("the share does not fit the account's key"),
        }
    }
}

impl core::error::Error for BadChange {}
