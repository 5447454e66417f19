//! A roster from its genesis on: statements that it takes in, others that it refuses, and proofs.

mod duties;
mod land;
mod refused;
mod unit_keys;

use serde_json::{Value, json};
use yichuan_document::roster::record::Kind;
use yichuan_document::roster::{Membership, POLICY_ID, Roster};
use yichuan_document::signed::{RosterHead, Signed};
use yichuan_document::{Digest, Timestamp, cbor, tree};

use crate::raw::{case, uint, with};

/// The time of every entry but where a case says otherwise.
pub(crate) const NOW: Timestamp = Timestamp::from_unix_ms(1_795_000_000_000);

/// The roster as it grows, and what was tried on it.
pub(crate) struct Recorder {
    pub(crate) roster: Roster,
    pub(crate) steps: Vec<Value>,
}

impl Recorder {
    /// A statement that the roster takes in.
    pub(crate) fn takes(&mut self, name: &str, signed: &Signed) {
        let decided = self.roster.decide(signed, NOW);
        self.roster
            .apply(&decided.expect("a statement to be taken in"));
        self.step(name, signed, NOW, "ok");
    }

    /// A statement that it refuses.
    pub(crate) fn refuses(&mut self, name: &str, signed: &Signed, result: &str) {
        self.step(name, signed, NOW, result);
    }

    /// A statement whose entry has another time.
    pub(crate) fn refuses_at(&mut self, name: &str, signed: &Signed, now: Timestamp, result: &str) {
        self.step(name, signed, now, result);
    }

    fn step(&mut self, name: &str, signed: &Signed, now: Timestamp, result: &str) {
        let mut step = case(name, &signed.to_bytes(), result);
        step["now_unix_ms"] = json!(now.unix_ms());
        step["head"] = head(&self.roster.head());
        step["sequence"] = json!(self.roster.sequence());
        step["last_act"] = json!(self.roster.last_act().to_string());
        self.steps.push(step);
    }
}

fn head(head: &RosterHead) -> Value {
    json!({ "count": head.count, "root": head.root.to_string() })
}

pub(crate) fn file() -> Value {
    let genesis = land::genesis();
    let mut recorder = Recorder {
        roster: Roster::begin(&genesis).expect("a genesis"),
        steps: Vec::new(),
    };
    land::grow(&mut recorder);
    refused::circles(&mut recorder);
    let proofs = memberships(&recorder.roster);
    json!({
        "origin": land::ORIGIN,
        "genesis": genesis.digest().to_string(),
        "begin": refused::beginnings(&genesis),
        "step": recorder.steps,
        "membership": proofs,
    })
}

fn memberships(roster: &Roster) -> Vec<Value> {
    let now = roster.head();
    let proof = |kind, id: &str| roster.membership(kind, id).expect("a record");
    let good = proof(Kind::AccountKeys, land::CLERK);
    let other = proof(Kind::AccountKeys, land::MANAGER);
    let member = |name: &str, membership: &Membership, under: &RosterHead, result: &str| {
        let mut member = case(name, &cbor::to_vec(membership), result);
        member["head"] = head(under);
        member
    };
    let spoilt = |name: &str, spoil: &dyn Fn(&mut Membership)| {
        let mut bad = good.clone();
        spoil(&mut bad);
        member(name, &bad, &now, "refused")
    };
    let empty = RosterHead {
        count: 0,
        root: tree::empty_root(),
    };
    let strange = RosterHead {
        root: Digest::of(b"another roster"),
        ..now
    };
    let mut broken = case("a kind of a later version", &later_kind(&good), "shape");
    broken["head"] = head(&now);
    vec![
        member("the policy", &proof(Kind::Policy, POLICY_ID), &now, "ok"),
        member("an account", &proof(Kind::Account, land::CLERK), &now, "ok"),
        member("an account's keys", &good, &now, "ok"),
        member(
            "the last record",
            &proof(Kind::KeyShare, land::MANAGER),
            &now,
            "ok",
        ),
        spoilt("a6: another kind", &|it| it.kind = Kind::Account),
        spoilt("a6: another id", &|it| land::MANAGER.clone_into(&mut it.id)),
        spoilt("a6: another record", &|it| it.record = other.record.clone()),
        spoilt("another index", &|it| it.index += 1),
        spoilt("an index outside", &|it| it.index = now.count),
        spoilt("the last index of all", &|it| it.index = u64::MAX),
        spoilt("another path", &|it| it.path.clone_from(&other.path)),
        spoilt("a shorter path", &|it| it.path.truncate(it.path.len() - 1)),
        spoilt("a longer path", &|it| it.path.push(now.root)),
        spoilt("no path", &|it| it.path.clear()),
        member("under the empty head", &good, &empty, "refused"),
        member("under another head", &good, &strange, "refused"),
        broken,
    ]
}

/// The proof with kind 18, which this version does not know.
fn later_kind(good: &Membership) -> Vec<u8> {
    with(&cbor::to_vec(good), 0, uint(19))
}
