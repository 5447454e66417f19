//! The roster: units, people, computers, seals and keys, as the fold of signed statements.
//!
//! Whoever folds the same statements gets the same roster and the same [`RosterHead`]; so a
//! client can check every key that it uses, and nobody can slip one in.

pub mod act;
pub mod duty;
mod fold;
pub mod record;
mod rules;
mod standing;

use std::collections::{BTreeMap, HashSet};

use minicbor::{Decode, Encode};

pub use fold::{Decided, NotAnOriginRoster, RosterRefused};
pub use rules::{BadChange, BadText, CHANGES_MAX, DEVICES_MAX, TEXT_BYTES_MAX, check_text};
pub use standing::{NoStanding, Standing};

use self::act::Change;
use self::duty::{
    Delegation, ESCROW_ID, Escrow, Legacy, Person, QUORUM_ID, Quorum, Recovery, RootSet,
};
use self::record::clocks::TIME_ID;
use self::record::{
    Account, AccountKeys, Device, DeviceKeys, ExchangeKeys, KeyShare, Kind, Policy, Record,
    SealGrant, Status, Ticket, Time, Unit, UnitKey,
};
use crate::key::PublicKey;
use crate::signed::RosterHead;
use crate::tree::{self, Levels, ProofRefused};
use crate::{AccountId, DeviceId, Digest, Origin, PersonId, SealId, TicketId, UnitCode, cbor};

/// The id of the one policy record.
pub const POLICY_ID: &str = "policy";

/// The state of the roster after some number of statements.
#[derive(Clone, Debug)]
pub struct Roster {
    origin: Origin,
    genesis: Digest,
    roots: RootSet,
    next_roots: Digest,
    sequence: u64,
    last_act: Digest,
    entities: BTreeMap<(Kind, String), Vec<u8>>,
    /// The tree over the entities, in their order.
    tree: Levels,
    head: RosterHead,
    heads: HashSet<RosterHead>,
    /// The digests of everything that was taken in.
    statements: HashSet<Digest>,
    /// The computers by the ids of their TLS keys.
    computers: BTreeMap<[u8; 32], DeviceId>,
    /// Closed units with their successors.
    merged: BTreeMap<UnitCode, UnitCode>,
}

impl Roster {
    /// The exchange whose roster this is.
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The installation.
    pub const fn genesis(&self) -> Digest {
        self.genesis
    }

    /// The roster in one digest.
    pub const fn head(&self) -> RosterHead {
        self.head
    }

    /// The number of the authority's last act.
    pub const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The statement digest of the authority's last act; of the genesis before the first.
    pub const fn last_act(&self) -> Digest {
        self.last_act
    }

    /// Whether the roster ever had this head: what a statement relies on must be one of them.
    pub fn knows_head(&self, head: &RosterHead) -> bool {
        self.heads.contains(head)
    }

    /// The policy, once the authority has set one.
    pub fn policy(&self) -> Option<Policy> {
        self.record(POLICY_ID)
    }

    /// The digest of the policy's record.
    pub fn policy_digest(&self) -> Option<Digest> {
        let record = self.entities.get(&(Kind::Policy, POLICY_ID.to_owned()))?;
        Some(Digest::of(record))
    }

    /// The exchange's epoch of time, once the authority has looked at a clock.
    pub fn time(&self) -> Option<Time> {
        self.record(TIME_ID)
    }

    /// The exchange's certified keys.
    pub fn exchange(&self) -> Option<ExchangeKeys> {
        self.record(self.origin.as_str())
    }

    /// A unit.
    pub fn unit(&self, code: &UnitCode) -> Option<Unit> {
        self.record(code.as_str())
    }

    /// An account.
    pub fn account(&self, id: &AccountId) -> Option<Account> {
        self.record(id.as_str())
    }

    /// The keys of an account.
    pub fn account_keys(&self, id: &AccountId) -> Option<AccountKeys> {
        self.record(id.as_str())
    }

    /// A computer.
    pub fn device(&self, id: &DeviceId) -> Option<Device> {
        self.record(id.as_str())
    }

    /// The keys of a computer.
    pub fn device_keys(&self, id: &DeviceId) -> Option<DeviceKeys> {
        self.record(id.as_str())
    }

    /// A ticket.
    pub fn ticket(&self, id: &TicketId) -> Option<Ticket> {
        self.record(id.as_str())
    }

    /// A seal.
    pub fn seal(&self, id: &SealId) -> Option<SealGrant> {
        self.record(id.as_str())
    }

    /// A unit's current encryption key.
    pub fn unit_key(&self, code: &UnitCode) -> Option<UnitKey> {
        self.record(code.as_str())
    }

    /// An account's shares of its unit's key.
    pub fn key_share(&self, id: &AccountId) -> Option<KeyShare> {
        self.record(id.as_str())
    }

    /// The root keys, and how many of them must sign.
    pub const fn roots(&self) -> &RootSet {
        &self.roots
    }

    /// The [`RootSet::digest`] of the set that takes over next.
    pub const fn next_roots(&self) -> Digest {
        self.next_roots
    }

    /// How many officers must sign what; one where the root has said nothing.
    pub fn quorum(&self) -> Quorum {
        self.record(QUORUM_ID).unwrap_or(Quorum::ONE)
    }

    /// The authority's escrow key.
    pub fn escrow(&self) -> Option<Escrow> {
        self.record(ESCROW_ID)
    }

    /// What the authority last handed out of its half of a unit's seed.
    pub fn recovery(&self, code: &UnitCode) -> Option<Recovery> {
        self.record(code.as_str())
    }

    /// For whom an account stands in, or stood in.
    pub fn delegation(&self, id: &AccountId) -> Option<Delegation> {
        self.record(id.as_str())
    }

    /// What a unit has left to its successor.
    pub fn legacy(&self, code: &UnitCode) -> Option<Legacy> {
        self.record(code.as_str())
    }

    /// The closed units whose work this one has taken over, at whatever remove.
    pub fn predecessors(&self, code: &UnitCode) -> Vec<UnitCode> {
        let mut found: Vec<UnitCode> = Vec::new();
        let mut heirs = vec![code.clone()];
        while let Some(heir) = heirs.pop() {
            for (unit, successor) in &self.merged {
                if *successor == heir && unit != code && !found.contains(unit) {
                    found.push(unit.clone());
                    heirs.push(unit.clone());
                }
            }
        }
        found
    }

    /// Where a person's name and telephones stand.
    pub fn person(&self, id: &PersonId) -> Option<Person> {
        self.record(id.as_str())
    }

    /// Every record of one kind, by id.
    pub fn all<R: Record>(&self) -> impl Iterator<Item = (&str, R)> {
        let entities = self.entities.range((R::KIND, String::new())..);
        entities
            .take_while(|((kind, _), _)| *kind == R::KIND)
            .filter_map(|((_, id), record)| {
                Some((id.as_str(), cbor::read(record, RECORD_BYTES_MAX).ok()?))
            })
    }

    /// The computer whose certificate has this TLS key.
    pub fn device_by_tls_key(&self, key: &PublicKey) -> Option<DeviceId> {
        self.computers.get(key.id().as_bytes()).cloned()
    }

    /// Proof that a record stands in the roster under its head.
    pub fn membership(&self, kind: Kind, id: &str) -> Option<Membership> {
        let key = (kind, id.to_owned());
        let record = self.entities.get(&key)?;
        let index = self.entities.range(..&key).count() as u64;
        Some(Membership {
            kind,
            id: id.to_owned(),
            record: record.clone().into(),
            index,
            path: tree::inclusion_path(self.tree.leaves(), index)?,
        })
    }

    fn record<R: Record>(&self, id: &str) -> Option<R> {
        let record = self.entities.get(&(R::KIND, id.to_owned()))?;
        cbor::read(record, RECORD_BYTES_MAX).ok()
    }

    fn index_computer(&mut self, change: &Change) {
        let Ok(id) = change.id.parse::<DeviceId>() else {
            return;
        };
        if change.kind != Kind::DeviceKeys {
            return;
        }
        if let Some(before) = self.device_keys(&id) {
            self.computers.remove(before.tls.id().as_bytes());
        }
        if let Ok(after) = cbor::read::<DeviceKeys>(&change.record, RECORD_BYTES_MAX) {
            self.computers.insert(*after.tls.id().as_bytes(), id);
        }
    }

    fn index_successor(&mut self, change: &Change) {
        let Ok(code) = change.id.parse::<UnitCode>() else {
            return;
        };
        if change.kind != Kind::Unit {
            return;
        }
        self.merged.remove(&code);
        let unit = cbor::read::<Unit>(&change.record, RECORD_BYTES_MAX);
        let closed = unit.ok().filter(|unit| unit.status == Status::Closed);
        if let Some(successor) = closed.and_then(|unit| unit.successor) {
            self.merged.insert(code, successor);
        }
    }

    /// Puts records in place; only the fold calls it, after its checks.
    fn put(&mut self, changes: &[Change]) {
        for change in changes {
            self.index_computer(change);
            self.index_successor(change);
            let leaf = entity_leaf(change.kind, &change.id, &change.record);
            let key = (change.kind, change.id.clone());
            let place = self.entities.range(..&key).count();
            match self.entities.insert(key, change.record.to_vec()) {
                Some(_) => self.tree.replace(place, leaf),
                None => self.tree.insert(place, leaf),
            }
        }
        self.head = RosterHead {
            count: self.entities.len() as u64,
            root: self.tree.settle(),
        };
    }
}

/// The most bytes of one record.
pub const RECORD_BYTES_MAX: usize = 14 << 10;

/// The leaf of a record: over the array of kind, id and the record's digest.
fn entity_leaf(kind: Kind, id: &str, record: &[u8]) -> Digest {
    tree::leaf_hash(&cbor::to_vec(&(kind, id, Digest::of(record))))
}

/// A record with the proof that it stands under a roster head.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Membership {
    /// The kind.
    #[n(0)]
    pub kind: Kind,
    /// The id within the kind.
    #[n(1)]
    pub id: String,
    /// The record.
    #[n(2)]
    pub record: minicbor::bytes::ByteVec,
    /// Its place in the roster.
    #[n(3)]
    pub index: u64,
    /// The inclusion path.
    #[n(4)]
    pub path: Vec<Digest>,
}

impl Membership {
    /// Verifies that the record stands under `head`.
    pub fn verify(&self, head: &RosterHead) -> Result<(), ProofRefused> {
        let leaf = entity_leaf(self.kind, &self.id, &self.record);
        tree::verify_inclusion(&leaf, self.index, head.count, &self.path, &head.root)
    }

    /// Reads the record as `R`.
    pub fn record<R: Record>(&self) -> Option<R> {
        if self.kind != R::KIND {
            return None;
        }
        cbor::read(&self.record, RECORD_BYTES_MAX).ok()
    }
}

#[cfg(test)]
mod tests;
