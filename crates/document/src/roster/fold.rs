//! Folding statements into the roster: first decided, then applied.

use core::fmt;
use std::collections::{BTreeMap, HashSet};

use super::Roster;
use super::act::{AuthorityAct, Change, Enrolment, Genesis, NewShare, NewUnitKey};
use super::record::{DeviceKeys, KeyShare, Kind, Officer, Role, Status, Ticket};
use super::rules::{self, BadChange};
use super::standing::NoStanding;
use crate::cbor::Unreadable;
use crate::signed::{
    Body, NotThisBody, NotVerified, Payload, RosterHead, Signed, Signer, SlotRole,
};
use crate::{Digest, Timestamp, tree};

/// What a statement does to the roster: only [`Roster::decide`] makes one.
#[derive(Clone, Debug)]
#[must_use]
pub struct Decided {
    changes: Vec<Change>,
    sequence: u64,
    last_act: Digest,
    statement: Digest,
    base: RosterHead,
}

impl Decided {
    /// The records that are put.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }
}

impl Roster {
    /// Begins with the genesis; whether it is the right one is for the caller's pinned digest.
    pub fn begin(genesis: &Signed) -> Result<Self, NotAnOriginRoster> {
        let payload = genesis.claimed().map_err(NotAnOriginRoster::Unreadable)?;
        let body: Genesis = payload.body().map_err(NotAnOriginRoster::Body)?;
        if payload.genesis != Digest::from_bytes([0; 32]) {
            return Err(NotAnOriginRoster::NotTheFirst);
        }
        let [root] = body.roots.as_slice() else {
            return Err(NotAnOriginRoster::RootSet {
                roots: body.roots.len(),
            });
        };
        if body.threshold != 1 {
            return Err(NotAnOriginRoster::RootSet {
                roots: body.roots.len(),
            });
        }
        genesis
            .verify(&[Signer {
                role: SlotRole::Root,
                keys: vec![root.clone()],
            }])
            .map_err(NotAnOriginRoster::Signature)?;
        let head = RosterHead {
            count: 0,
            root: tree::root(&[]),
        };
        Ok(Self {
            origin: payload.origin,
            genesis: genesis.digest(),
            root: root.clone(),
            sequence: 0,
            last_act: genesis.digest(),
            entities: BTreeMap::new(),
            head,
            heads: HashSet::from([head]),
            statements: HashSet::from([genesis.digest()]),
        })
    }

    /// Decides, at the time of its entry, what a statement does; changes nothing.
    pub fn decide(&self, signed: &Signed, now: Timestamp) -> Result<Decided, RosterRefused> {
        let payload = signed.claimed().map_err(RosterRefused::Unreadable)?;
        if payload.origin != self.origin || payload.genesis != self.genesis {
            return Err(RosterRefused::AnotherInstallation);
        }
        if !self.knows_head(&payload.roster) {
            return Err(RosterRefused::UnknownHead);
        }
        let (changes, is_act) = match payload.purpose.as_str() {
            AuthorityAct::PURPOSE => (self.decide_act(signed, &payload)?, true),
            Enrolment::PURPOSE => (self.decide_enrolment(signed, &payload, now)?, false),
            NewUnitKey::PURPOSE => (self.decide_unit_key(signed, &payload)?, false),
            NewShare::PURPOSE => (self.decide_share(signed, &payload)?, false),
            _ => return Err(RosterRefused::NotARosterStatement),
        };
        // A share may be given again, but never by the same statement.
        if self.statements.contains(&signed.digest()) {
            return Err(RosterRefused::Repeated);
        }
        let (sequence, last_act) = if is_act {
            (self.sequence + 1, signed.digest())
        } else {
            (self.sequence, self.last_act)
        };
        Ok(Decided {
            changes,
            sequence,
            last_act,
            statement: signed.digest(),
            base: self.head,
        })
    }

    /// Applies what was decided on this very roster.
    pub fn apply(&mut self, decided: &Decided) {
        debug_assert_eq!(decided.base, self.head, "decided on another roster");
        self.put(&decided.changes);
        self.sequence = decided.sequence;
        self.last_act = decided.last_act;
        self.heads.insert(self.head);
        self.statements.insert(decided.statement);
    }

    fn decide_act(&self, signed: &Signed, payload: &Payload) -> Result<Vec<Change>, RosterRefused> {
        let act: AuthorityAct = payload.body().map_err(RosterRefused::Body)?;
        let by_root = !signed.claimed_keys(SlotRole::Root).is_empty();
        let expected = if by_root {
            Signer {
                role: SlotRole::Root,
                keys: vec![self.root.clone()],
            }
        } else {
            self.claimed_officer(signed)?
        };
        signed
            .verify(&[expected])
            .map_err(RosterRefused::Signature)?;
        if act.sequence != self.sequence + 1 {
            let expected = self.sequence + 1;
            return Err(RosterRefused::Sequence {
                expected,
                found: act.sequence,
            });
        }
        if act.previous != self.last_act {
            return Err(RosterRefused::AnotherAct);
        }
        rules::check(self, &act.changes, by_root).map_err(RosterRefused::Change)?;
        Ok(act.changes)
    }

    fn claimed_officer(&self, signed: &Signed) -> Result<Signer, RosterRefused> {
        let claimed = signed.claimed_keys(SlotRole::Officer);
        let officer = self
            .all::<Officer>()
            .map(|(_, officer)| officer)
            .find(|officer| {
                officer
                    .keys
                    .iter()
                    .map(super::PublicKey::id)
                    .eq(claimed.clone())
            })
            .filter(|officer| officer.status == Status::Active)
            .ok_or(RosterRefused::UnknownOfficer)?;
        Ok(Signer {
            role: SlotRole::Officer,
            keys: officer.keys,
        })
    }

    fn decide_enrolment(
        &self,
        signed: &Signed,
        payload: &Payload,
        now: Timestamp,
    ) -> Result<Vec<Change>, RosterRefused> {
        let body: Enrolment = payload.body().map_err(RosterRefused::Body)?;
        let ticket = self
            .ticket(&body.ticket)
            .ok_or(RosterRefused::UnknownTicket)?;
        signed
            .verify(&[
                Signer {
                    role: SlotRole::Ticket,
                    keys: vec![ticket.key.clone()],
                },
                Signer {
                    role: SlotRole::NewAccount,
                    keys: body.account.signing.clone(),
                },
                Signer {
                    role: SlotRole::NewDevice,
                    keys: body.device.signing.clone(),
                },
            ])
            .map_err(RosterRefused::Signature)?;
        if ticket.used_by.is_some() {
            return Err(RosterRefused::TicketUsed);
        }
        if now > ticket.expires {
            return Err(RosterRefused::TicketExpired {
                expired: ticket.expires,
            });
        }
        let named = (payload.account.as_ref(), payload.device.as_ref());
        if named != (Some(&ticket.account), Some(&ticket.device))
            || body.account.device != ticket.device
        {
            return Err(RosterRefused::TicketForOther);
        }
        self.may_enrol(&ticket)?;
        let device_changes = self.device_keys(&ticket.device).as_ref() != Some(&body.device);
        rules::check_new_keys(self, &body, &ticket.device, device_changes)
            .map_err(RosterRefused::Change)?;
        let used = Ticket {
            used_by: Some(signed.digest()),
            ..ticket.clone()
        };
        let account = ticket.account.as_str();
        let mut changes = vec![
            Change::put(body.ticket.as_str(), &used),
            Change::put(account, &body.account),
            Change::put(ticket.device.as_str(), &body.device),
        ];
        if self.key_share(&ticket.account).is_some() {
            // Shares for keys that are no more can be opened by nobody.
            changes.push(Change::put(account, &KeyShare { epochs: Vec::new() }));
        }
        Ok(changes)
    }

    fn may_enrol(&self, ticket: &Ticket) -> Result<(), RosterRefused> {
        let unit = self.unit(&ticket.account.unit());
        if unit.is_none_or(|unit| unit.status != Status::Active) {
            return Err(RosterRefused::NoStanding(NoStanding::Unit));
        }
        let account = self.account(&ticket.account);
        let account = account.filter(|account| account.status == Status::Active);
        let account = account.ok_or(RosterRefused::NoStanding(NoStanding::Account))?;
        if !account.devices.contains(&ticket.device) {
            return Err(RosterRefused::NoStanding(NoStanding::NotOnThisDevice));
        }
        let device = self.device(&ticket.device);
        if device.is_none_or(|device| device.status != Status::Active) {
            return Err(RosterRefused::NoStanding(NoStanding::Device));
        }
        Ok(())
    }

    fn decide_unit_key(
        &self,
        signed: &Signed,
        payload: &Payload,
    ) -> Result<Vec<Change>, RosterRefused> {
        let body: NewUnitKey = payload.body().map_err(RosterRefused::Body)?;
        let standing = self.standing(payload).map_err(RosterRefused::NoStanding)?;
        signed
            .verify(&standing.signers())
            .map_err(RosterRefused::Signature)?;
        standing
            .require(Role::Manage)
            .map_err(RosterRefused::NoStanding)?;
        if standing.id().unit() != body.unit || body.key.made_by != *standing.id() {
            return Err(RosterRefused::AnotherUnit);
        }
        let expected = self.unit_key(&body.unit).map_or(1, |key| key.epoch + 1);
        if body.key.epoch != expected || body.share.epoch != expected {
            return Err(RosterRefused::Epoch {
                expected,
                found: body.key.epoch,
            });
        }
        rules::check_encryption_key(&body.key.key).map_err(RosterRefused::Change)?;
        let share =
            rules::with_share(self, standing.id(), body.share).map_err(RosterRefused::Change)?;
        Ok(vec![
            Change::put(body.unit.as_str(), &body.key),
            Change::put(standing.id().as_str(), &share),
        ])
    }

    fn decide_share(
        &self,
        signed: &Signed,
        payload: &Payload,
    ) -> Result<Vec<Change>, RosterRefused> {
        let body: NewShare = payload.body().map_err(RosterRefused::Body)?;
        let standing = self.standing(payload).map_err(RosterRefused::NoStanding)?;
        signed
            .verify(&standing.signers())
            .map_err(RosterRefused::Signature)?;
        if standing.id().unit() != body.account.unit() {
            return Err(RosterRefused::AnotherUnit);
        }
        // Nobody who has left is given a key: the account must be in use.
        let receiver = self.account(&body.account);
        if receiver.is_none_or(|account| account.status != Status::Active) {
            return Err(RosterRefused::NoStanding(NoStanding::Account));
        }
        let own = self.key_share(standing.id());
        let holds = own.is_some_and(|own| {
            own.epochs
                .iter()
                .any(|share| share.epoch == body.share.epoch)
        });
        if !holds {
            return Err(RosterRefused::HoldsNoShare);
        }
        let share =
            rules::with_share(self, &body.account, body.share).map_err(RosterRefused::Change)?;
        Ok(vec![Change::put(body.account.as_str(), &share)])
    }

    /// Whether the TLS key of `keys` is in use by another computer than `device`.
    pub(super) fn tls_key_of_other(&self, keys: &DeviceKeys, device: &str) -> bool {
        self.all::<DeviceKeys>()
            .any(|(id, other)| id != device && other.tls == keys.tls)
    }

    pub(super) fn exists(&self, kind: Kind, id: &str) -> bool {
        self.entities.contains_key(&(kind, id.to_owned()))
    }
}

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
    /// A root set that this release does not serve: it serves 1 of 1.
    RootSet {
        /// How many root keys there are.
        roots: usize,
    },
    /// The root has not signed it.
    Signature(NotVerified),
}

impl fmt::Display for NotAnOriginRoster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(cause) => cause.fmt(f),
            Self::Body(cause) => cause.fmt(f),
            Self::NotTheFirst => f.write_str("the genesis names another one before it"),
            Self::RootSet { roots } => write!(f, "a root set of {roots}; this release serves one"),
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
            Self::Repeated => f.write_str("the statement was taken in before"),
        }
    }
}

impl core::error::Error for RosterRefused {}
