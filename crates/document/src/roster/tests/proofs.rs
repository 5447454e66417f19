//! The roster in one digest, and proofs that a record stands in it.

use minicbor::bytes::ByteVec;

use super::land::{CLERK, CUSTODIAN, Land, PC, SEAL, UNIT, unit};
use crate::roster::act::Change;
use crate::roster::record::{
    Account, AccountKeys, Device, DeviceKeys, ExchangeKeys, KeyShare, Kind, Officer, Policy,
    Record, SealGrant, Ticket, Unit, UnitKey,
};
use crate::roster::{Membership, POLICY_ID, Roster};
use crate::signed::RosterHead;
use crate::{Digest, cbor, tree};

#[test]
fn whoever_folds_the_same_statements_has_the_same_roster() {
    let land = Land::grown();
    let mut other = Roster::begin(&land.statements[0]).unwrap();
    let mut heads = vec![other.head()];
    for statement in &land.statements[1..] {
        let decided = other.decide(statement, super::land::NOW).unwrap();
        other.apply(&decided);
        heads.push(other.head());
    }
    assert_eq!(other.head(), land.roster.head());
    assert_eq!(other.sequence(), land.roster.sequence());
    assert_eq!(other.last_act(), land.roster.last_act());
    for head in &heads {
        assert!(land.roster.knows_head(head) && other.knows_head(head));
    }
    let never = RosterHead {
        count: heads[2].count,
        root: heads[3].root,
    };
    assert!(!land.roster.knows_head(&never));
}

/// Pushes every record of one kind, whose ids must rise.
fn each<R: Record>(roster: &Roster, push: &mut dyn FnMut(Kind, &str, Vec<u8>)) {
    let mut before = String::new();
    for (id, record) in roster.all::<R>() {
        assert!(before.as_str() < id, "{before} before {id}");
        id.clone_into(&mut before);
        push(R::KIND, id, cbor::to_vec(&record));
    }
}

#[test]
fn the_head_is_the_root_over_records_in_order() {
    let land = Land::grown();
    let mut leaves = Vec::new();
    let mut push = |kind: Kind, id: &str, record: Vec<u8>| {
        let leaf = cbor::to_vec(&(kind, id, Digest::of(&record)));
        leaves.push(tree::leaf_hash(&leaf));
    };
    each::<Policy>(&land.roster, &mut push);
    each::<Officer>(&land.roster, &mut push);
    each::<ExchangeKeys>(&land.roster, &mut push);
    each::<Unit>(&land.roster, &mut push);
    each::<Account>(&land.roster, &mut push);
    each::<Device>(&land.roster, &mut push);
    each::<Ticket>(&land.roster, &mut push);
    each::<SealGrant>(&land.roster, &mut push);
    each::<AccountKeys>(&land.roster, &mut push);
    each::<DeviceKeys>(&land.roster, &mut push);
    each::<UnitKey>(&land.roster, &mut push);
    each::<KeyShare>(&land.roster, &mut push);
    let head = RosterHead {
        count: leaves.len() as u64,
        root: tree::root(&leaves),
    };
    assert_eq!(land.roster.head(), head);
}

#[test]
fn every_record_has_a_proof() {
    let land = Land::grown();
    let head = land.roster.head();
    let ids = [
        (Kind::Policy, POLICY_ID),
        (Kind::Officer, "p-officer1"),
        (Kind::Exchange, super::land::ORIGIN),
        (Kind::Unit, UNIT),
        (Kind::Account, CLERK),
        (Kind::AccountKeys, CLERK),
        (Kind::Device, PC),
        (Kind::DeviceKeys, PC),
        (Kind::Seal, SEAL),
        (Kind::UnitKey, UNIT),
        (Kind::KeyShare, CLERK),
    ];
    for (kind, id) in ids {
        let proof = land.roster.membership(kind, id).unwrap();
        let read: Membership = cbor::read(&cbor::to_vec(&proof), 16 << 10).unwrap();
        assert_eq!(read.verify(&head), Ok(()), "{kind:?} {id}");
    }
    for (kind, id) in [(Kind::Unit, CLERK), (Kind::Seal, "x"), (Kind::Policy, "")] {
        assert_eq!(land.roster.membership(kind, id), None, "{kind:?} {id}");
    }
    let digest = land.roster.policy_digest().unwrap();
    let policy = land.roster.membership(Kind::Policy, POLICY_ID).unwrap();
    assert_eq!(digest, Digest::of(&policy.record));
}

/// What is done to a proof, and how.
type Spoiled<'a> = (&'a str, &'a dyn Fn(&mut Membership));

#[test]
fn a6_a_proof_serves_no_other_record() {
    let land = Land::grown();
    let head = land.roster.head();
    let good = land.roster.membership(Kind::AccountKeys, CLERK).unwrap();
    let other = land
        .roster
        .membership(Kind::AccountKeys, CUSTODIAN)
        .unwrap();
    let cases: &[Spoiled<'_>] = &[
        ("another kind", &|it| it.kind = Kind::Account),
        ("another id", &|it| it.id = CUSTODIAN.to_owned()),
        ("another record", &|it| it.record = other.record.clone()),
        ("no record", &|it| it.record = ByteVec::from(Vec::new())),
        ("the next index", &|it| it.index += 1),
        ("an index before", &|it| it.index -= 1),
        ("an index outside", &|it| it.index = head.count),
        ("the last index", &|it| it.index = u64::MAX),
        ("another path", &|it| it.path = other.path.clone()),
        ("a shorter path", &|it| it.path.truncate(it.path.len() - 1)),
        ("a longer path", &|it| it.path.push(Digest::of(b"more"))),
        ("no path", &|it| it.path.clear()),
    ];
    for (what, spoil) in cases {
        let mut bad = good.clone();
        spoil(&mut bad);
        assert!(bad.verify(&head).is_err(), "{what}");
    }
    let mut grown = land;
    grown.officer_puts(vec![Change::put("513299-zf", &unit("另一个"))]);
    assert!(good.verify(&grown.roster.head()).is_err(), "a later head");
    let nothing = RosterHead {
        count: 0,
        root: tree::empty_root(),
    };
    assert!(good.verify(&nothing).is_err(), "an empty roster");
}

#[test]
fn a_proof_is_read_as_its_own_kind() {
    let land = Land::grown();
    let unit = land.roster.membership(Kind::Unit, UNIT).unwrap();
    assert!(unit.record::<Unit>().is_some());
    assert!(unit.record::<UnitKey>().is_none());
    let keys = land.roster.membership(Kind::AccountKeys, CLERK).unwrap();
    assert!(keys.record::<AccountKeys>().is_some());
    assert!(keys.record::<DeviceKeys>().is_none());
}
