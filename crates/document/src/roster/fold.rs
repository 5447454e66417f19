//! Folding statements into the roster: first decided, then applied.

mod consequences;
mod enrolled;
mod refused;

use std::collections::{BTreeMap, HashSet};

use super::Roster;
use super::act::{
    AuthorityAct, Bequest, Change, Delegate, Enrolment, Genesis, NewShare, NewUnitKey,
    RootSuccession, SealActivation,
};
use super::duty::RootSet;
use super::record::{DeviceKeys, Kind, Officer, Status};
use super::rules;
use crate::key::PublicKey;
use crate::signed::{Body, NotVerified, Payload, RosterHead, Signed, Signer, SlotRole};
use crate::tree::{self, Levels};
use crate::{Digest, Timestamp};

pub use refused::{NotAnOriginRoster, RosterRefused};

/// What a statement does to the roster: only [`Roster::decide`] makes one.
#[derive(Clone, Debug)]
#[must_use]
pub struct Decided {
    changes: Vec<Change>,
    roots: Option<(RootSet, Digest)>,
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
        let roots = body.set();
        if !roots.is_sound() {
            return Err(NotAnOriginRoster::RootSet {
                roots: body.roots.len(),
            });
        }
        // Every key shows that it exists, in whatever order; later, the threshold is enough.
        let everybody = roots.keys.len();
        let signers = claimed_roots(genesis, SlotRole::Root, &roots);
        let signers = signers.ok().filter(|signers| signers.len() == everybody);
        let signers = signers.ok_or(NotAnOriginRoster::Signature(NotVerified::Signers {
            expected: everybody,
            found: genesis.claimed_slots(SlotRole::Root).len(),
        }))?;
        genesis
            .verify(&signers)
            .map_err(NotAnOriginRoster::Signature)?;
        let head = RosterHead {
            count: 0,
            root: tree::root(&[]),
        };
        Ok(Self {
            origin: payload.origin,
            genesis: genesis.digest(),
            roots,
            next_roots: body.next,
            sequence: 0,
            last_act: genesis.digest(),
            entities: BTreeMap::new(),
            tree: Levels::default(),
            head,
            heads: HashSet::from([head]),
            statements: HashSet::from([genesis.digest()]),
            computers: BTreeMap::new(),
            merged: BTreeMap::new(),
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
        let mut roots = None;
        let mut is_act = false;
        let changes = match payload.purpose.as_str() {
            AuthorityAct::PURPOSE => {
                is_act = true;
                self.decide_act(signed, &payload, now)?
            }
            RootSuccession::PURPOSE => {
                is_act = true;
                roots = Some(self.decide_succession(signed, &payload)?);
                Vec::new()
            }
            Enrolment::PURPOSE => self.decide_enrolment(signed, &payload, now)?,
            NewUnitKey::PURPOSE => self.decide_unit_key(signed, &payload, now)?,
            NewShare::PURPOSE => self.decide_share(signed, &payload)?,
            SealActivation::PURPOSE => self.decide_activation(signed, &payload, now)?,
            Delegate::PURPOSE => self.decide_delegation(signed, &payload, now)?,
            Bequest::PURPOSE => self.decide_bequest(signed, &payload)?,
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
            roots,
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
        if let Some((set, next)) = &decided.roots {
            self.roots = set.clone();
            self.next_roots = *next;
        }
        self.sequence = decided.sequence;
        self.last_act = decided.last_act;
        self.heads.insert(self.head);
        self.statements.insert(decided.statement);
    }

    /// Judges the records of an act that officers are to sign, before anybody has: how many of
    /// them must. What else an act says, such as its number, is judged by [`Self::decide`].
    pub fn judge(&self, changes: &[Change]) -> Result<u8, RosterRefused> {
        rules::check(self, changes, false).map_err(RosterRefused::Change)?;
        Ok(rules::officers_needed(self, changes))
    }

    fn decide_act(
        &self,
        signed: &Signed,
        payload: &Payload,
        now: Timestamp,
    ) -> Result<Vec<Change>, RosterRefused> {
        let act: AuthorityAct = payload.body().map_err(RosterRefused::Body)?;
        let by_root = !signed.claimed_slots(SlotRole::Root).is_empty();
        let signers = if by_root {
            claimed_roots(signed, SlotRole::Root, &self.roots)?
        } else {
            self.claimed_officers(signed)?
        };
        signed.verify(&signers).map_err(RosterRefused::Signature)?;
        self.follows(act.sequence, act.previous)?;
        rules::check(self, &act.changes, by_root).map_err(RosterRefused::Change)?;
        let needed = if by_root {
            self.roots.threshold
        } else {
            rules::officers_needed(self, &act.changes)
        };
        enough(signers.len(), needed)?;
        let consequences = self.consequences(&act.changes, now);
        Ok(act.changes.into_iter().chain(consequences).collect())
    }

    fn decide_succession(
        &self,
        signed: &Signed,
        payload: &Payload,
    ) -> Result<(RootSet, Digest), RosterRefused> {
        let body: RootSuccession = payload.body().map_err(RosterRefused::Body)?;
        if body.set.digest() != self.next_roots || !body.set.is_sound() {
            return Err(RosterRefused::NotTheSuccessor);
        }
        let mut signers = claimed_roots(signed, SlotRole::Root, &self.roots)?;
        let present = signers.len();
        signers.extend(claimed_roots(signed, SlotRole::NewRoot, &body.set)?);
        signed.verify(&signers).map_err(RosterRefused::Signature)?;
        self.follows(body.sequence, body.previous)?;
        enough(present, self.roots.threshold)?;
        enough(signers.len() - present, body.set.threshold)?;
        Ok((body.set, body.next))
    }

    /// Checks that an act is the next one.
    fn follows(&self, sequence: u64, previous: Digest) -> Result<(), RosterRefused> {
        let expected = self.sequence + 1;
        if sequence != expected {
            return Err(RosterRefused::Sequence {
                expected,
                found: sequence,
            });
        }
        if previous != self.last_act {
            return Err(RosterRefused::AnotherAct);
        }
        Ok(())
    }

    /// The active officers who are said to have signed, each once.
    fn claimed_officers(&self, signed: &Signed) -> Result<Vec<Signer>, RosterRefused> {
        let officers: Vec<(&str, Officer)> = self
            .all::<Officer>()
            .filter(|(_, officer)| officer.status == Status::Active)
            .collect();
        let mut seen = HashSet::new();
        let mut signers = Vec::new();
        for claimed in signed.claimed_slots(SlotRole::Officer) {
            let found = officers.iter().find(|(person, officer)| {
                !seen.contains(person) && officer.keys.iter().map(PublicKey::id).eq(claimed.clone())
            });
            let (person, officer) = found.ok_or(RosterRefused::UnknownOfficer)?;
            seen.insert(*person);
            signers.push(Signer {
                role: SlotRole::Officer,
                keys: officer.keys.clone(),
            });
        }
        if signers.is_empty() {
            return Err(RosterRefused::UnknownOfficer);
        }
        Ok(signers)
    }

    /// Whether the TLS key of `keys` is in use by another computer than `device`.
    pub(super) fn tls_key_of_other(&self, keys: &DeviceKeys, device: &str) -> bool {
        self.device_by_tls_key(&keys.tls)
            .is_some_and(|known| known.as_str() != device)
    }

    pub(super) fn exists(&self, kind: Kind, id: &str) -> bool {
        self.entities.contains_key(&(kind, id.to_owned()))
    }
}

/// The keys of `set` that are said to have signed in `role`, each once. Where another key is
/// claimed, one of the set is expected in its place, and the signature does not stand.
fn claimed_roots(
    signed: &Signed,
    role: SlotRole,
    set: &RootSet,
) -> Result<Vec<Signer>, RosterRefused> {
    let claimed = signed.claimed_slots(role);
    let mut free: Vec<&PublicKey> = set.keys.iter().collect();
    let mut signers = Vec::new();
    for slot in &claimed {
        let at = free
            .iter()
            .position(|key| slot.as_slice() == [key.id()])
            .unwrap_or(0);
        if at >= free.len() {
            return Err(RosterRefused::Signature(NotVerified::Signers {
                expected: set.keys.len(),
                found: claimed.len(),
            }));
        }
        signers.push(of_root(role, free.remove(at)));
    }
    Ok(signers)
}

fn of_root(role: SlotRole, key: &PublicKey) -> Signer {
    Signer {
        role,
        keys: vec![key.clone()],
    }
}

fn enough(found: usize, needed: u8) -> Result<(), RosterRefused> {
    let needed = usize::from(needed);
    if found < needed {
        Err(RosterRefused::Quorum { needed, found })
    } else {
        Ok(())
    }
}
