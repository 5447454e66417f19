//! Why a statement does not begin or change a roster.

use core::fmt;

use crate::Timestamp;
use crate::cbor::Unreadable;
use crate::roster::rules::BadChange;
use crate::roster::standing::NoStanding;
use crate::signed::{NotThisBody, NotVerified};

/// Why a first statement does not begin a roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotAnOriginRoster {
    /// Not a statement.
    Unreadable(Unreadable),
    /// Not a genesis, or of an unknown version.
    Body(NotThisBody),
    /// It names another genesis before it.
    NotTheFirst,
    /// A root set that cannot serve: too many keys, a bad one, or a threshold out of reach.
    RootSet {
        /// How many root keys there are.
        roots: usize,
    },
    /// Not every root key has signed it.
    Signature(NotVerified),
}

impl fmt::Display for NotAnOriginRoster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(cause) => cause.fmt(f),
            Self::Body(cause) => cause.fmt(f),
            Self::NotTheFirst => f.write_str("the genesis names another one before it"),
            Self::RootSet { roots } => write!(f, "a root set of {roots} keys that cannot serve"),
            Self::Signature(cause) => cause.fmt(f),
        }
    }
}

impl core::error::Error for NotAnOriginRoster {}

/// Why a statement does not change the roster.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RosterRefused {
    /// Not a statement.
    Unreadable(Unreadable),
    /// Not the body that its purpose says.
    Body(NotThisBody),
    /// Of another exchange or installation.
    AnotherInstallation,
    /// Not a statement that changes the roster.
    NotARosterStatement,
    /// No active officer has the key that signed.
    UnknownOfficer,
    /// A signature that does not stand.
    Signature(NotVerified),
    /// Too few have signed: the m-of-n rule asks for more.
    Quorum {
        /// How many must sign.
        needed: usize,
        /// How many have signed.
        found: usize,
    },
    /// Not the root set that was committed to, or one that cannot serve.
    NotTheSuccessor,
    /// Not the next act.
    Sequence {
        /// The next act's number.
        expected: u64,
        /// The number found.
        found: u64,
    },
    /// It names another act before it than the last one.
    AnotherAct,
    /// It relies on a roster that this log never had: a sign of two logs.
    UnknownHead,
    /// A record that the rules do not allow.
    Change(BadChange),
    /// No such ticket.
    UnknownTicket,
    /// The ticket was used before: an alarm.
    TicketUsed,
    /// The ticket is too old.
    TicketExpired {
        /// When it expired.
        expired: Timestamp,
    },
    /// The ticket is for another account or computer.
    TicketForOther,
    /// The signer may not do this.
    NoStanding(NoStanding),
    /// About a unit that is not the signer's.
    AnotherUnit,
    /// Not the next epoch of the unit's key.
    Epoch {
        /// The next epoch.
        expected: u32,
        /// The epoch found.
        found: u32,
    },
    /// The signer cannot open that epoch itself.
    HoldsNoShare,
    /// A delegation to oneself, to the same person, too long, or that ends before it begins.
    Delegation,
    /// The seal does not wait for this custodian's activation.
    NotAwaited,
    /// A statement that this roster has taken in before.
    Repeated,
}

impl fmt::Display for RosterRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(cause) => cause.fmt(f),
            Self::Body(cause) => cause.fmt(f),
            Self::AnotherInstallation => f.write_str("made for another installation"),
            Self::NotARosterStatement => f.write_str("not a statement about the roster"),
            Self::UnknownOfficer => f.write_str("no active officer has this key"),
            Self::Signature(cause) => cause.fmt(f),
            Self::Quorum { needed, found } => write!(f, "{found} have signed, {needed} must"),
            Self::NotTheSuccessor => f.write_str("not the root set that was committed to"),
            Self::Sequence { expected, found } => {
                write!(f, "act number {found}, the next is {expected}")
            }
            Self::AnotherAct => f.write_str("it does not follow the last act"),
            Self::UnknownHead => f.write_str("it relies on a roster that this log never had"),
            Self::Change(cause) => cause.fmt(f),
            Self::UnknownTicket => f.write_str("no such ticket"),
            Self::TicketUsed => f.write_str("the ticket was used before"),
            Self::TicketExpired { .. } => f.write_str("the ticket has expired"),
            Self::TicketForOther => f.write_str("the ticket is for another account or computer"),
            Self::NoStanding(cause) => cause.fmt(f),
            Self::AnotherUnit => f.write_str("about a unit that is not the signer's"),
            Self::Epoch { expected, found } => write!(f, "epoch {found}, the next is {expected}"),
            Self::HoldsNoShare => f.write_str("the signer cannot open that epoch itself"),
            Self::Delegation => f.write_str("the delegation is not one that the rules allow"),
            Self::NotAwaited => f.write_str("the seal does not wait for this activation"),
            Self::Repeated => f.write_str("the statement was taken in before"),
        }
    }
}

impl core::error::Error for RosterRefused {}
