//! Who must act together: roots and officers, m of n; succession; leavers; who stands in.

use super::land::{
    CLERK, CUSTODIAN, Land, MANAGER, NEWCOMER, NOW, ORIGIN, PC, PC2, SEAL, TOWN, TOWN_CLERK,
    TOWN_PC, UNIT, account, beginning, encryption, exchange, officer, policy, seal, secret, share,
    ticket, unit,
};
use crate::key::SigningSecret;
use crate::roster::act::{
    Bequest, Change, Delegate, Genesis, KeyCause, NewShare, NewUnitKey, RootSuccession,
    SealActivation,
};
use crate::roster::duty::{
    ESCROW_ID, Escrow, Legacy, QUORUM_ID, Quorum, Recovery, RecoveryPurpose, RootSet,
};
use crate::roster::record::{
    Account, EpochShare, EscrowShare, ExchangeKeys, Kind, NextExchangeKeys, OLD_KEY_MS, Officer,
    Role, SealGrant, SealStep, Status, Unit, UnitKey, World,
};
use crate::roster::{BadChange, NoStanding, POLICY_ID, Roster, RosterRefused};
use crate::signed::{NotVerified, Payload, Signed, SlotRole};
use crate::wrap::{WRAPPED_KEY_BYTES, XWING_ENC_BYTES};
use crate::{Digest, StatementId, Timestamp, UnitCode};

const DEPUTY: &str = "513200-zfb-sp02";
const HEAD: &str = "513200-zfb-sp01";
const HOUR_MS: u64 = 3_600_000;

fn set(names: &[&str], threshold: u8) -> RootSet {
    RootSet {
        keys: names.iter().map(|name| secret(name).public()).collect(),
        threshold,
    }
}

/// A land whose root is two of three, and whose next root set is two of `d`, `e`, `f`.
fn of_three() -> Land {
    let body = Genesis {
        roots: set(&["a", "b", "c"], 2).keys,
        threshold: 2,
        next: set(&["d", "e", "f"], 2).digest(),
    };
    let id: StatementId = "019a0000-0000-7000-8000-000000000000".parse().unwrap();
    let payload = Payload::new(&beginning(ORIGIN), id, NOW, &body);
    // In whatever order they sit at the table.
    let genesis = signed(&payload, SlotRole::Root, &["c", "a", "b"]);
    let other = signed(&payload, SlotRole::Root, &["b", "c", "a"]);
    assert!(Roster::begin(&other).is_ok());
    let two = signed(&payload, SlotRole::Root, &["a", "b"]);
    assert!(Roster::begin(&two).is_err());
    let twice = signed(&payload, SlotRole::Root, &["a", "b", "b"]);
    assert!(Roster::begin(&twice).is_err());
    Land {
        roster: Roster::begin(&genesis).unwrap(),
        statements: vec![genesis],
    }
}

fn signed(payload: &Payload, role: SlotRole, names: &[&str]) -> Signed {
    let keys: Vec<SigningSecret> = names.iter().map(|name| secret(name)).collect();
    let signers: Vec<_> = keys.iter().map(|key| (role, key)).collect();
    Signed::new(payload, &signers)
}

/// An act by these keys.
fn act(land: &Land, role: SlotRole, names: &[&str], changes: Vec<Change>) -> Signed {
    signed(&land.payload(None, &land.act(changes)), role, names)
}

fn two_officers() -> Vec<Change> {
    let second = Officer {
        keys: vec![secret("officer 2").public()],
        status: Status::Active,
    };
    vec![
        Change::put("p-officer1", &officer(Status::Active)),
        Change::put("p-officer2", &second),
    ]
}

#[test]
fn rule_1_a_root_of_two_in_three_signs_with_any_two_and_never_with_one() {
    let mut land = of_three();
    let alone = act(&land, SlotRole::Root, &["b"], two_officers());
    let quorum = RosterRefused::Quorum {
        needed: 2,
        found: 1,
    };
    assert_eq!(land.refusal(&alone), quorum);
    // One key twice is one key.
    let twice = act(&land, SlotRole::Root, &["b", "b"], two_officers());
    assert!(matches!(
        land.refusal(&twice),
        RosterRefused::Signature(NotVerified::Signature { .. })
    ));
    let with_a_stranger = act(&land, SlotRole::Root, &["a", "x"], two_officers());
    assert!(matches!(
        land.refusal(&with_a_stranger),
        RosterRefused::Signature(NotVerified::Signature { .. })
    ));
    let crowd = act(&land, SlotRole::Root, &["a", "b", "c", "x"], two_officers());
    assert!(matches!(
        land.refusal(&crowd),
        RosterRefused::Signature(NotVerified::Signers { .. })
    ));
    for names in [&["a", "c"] as &[&str], &["c", "b"], &["a", "b", "c"]] {
        assert!(
            land.decide(&act(&land, SlotRole::Root, names, two_officers()))
                .is_ok()
        );
    }
    let enough = act(&land, SlotRole::Root, &["b", "c"], two_officers());
    land.fold(enough);
}

#[test]
fn rule_1_the_root_is_followed_by_the_set_that_it_had_committed_to() {
    let mut land = of_three();
    let body = |set: RootSet, land: &Land| RootSuccession {
        sequence: land.roster.sequence() + 1,
        previous: land.roster.last_act(),
        set,
        next: Digest::of(b"the one after"),
    };
    let succession = |land: &Land, set: RootSet, old: &[&str], new: &[&str]| {
        let payload = land.payload(None, &body(set, land));
        let mut statement = signed(&payload, SlotRole::Root, old);
        for name in new {
            statement.add(SlotRole::NewRoot, &secret(name));
        }
        statement
    };
    let committed = || set(&["d", "e", "f"], 2);
    // A thief of two present keys cannot name a set of his own.
    let other = succession(&land, set(&["x", "y"], 1), &["a", "b"], &["x"]);
    assert_eq!(land.refusal(&other), RosterRefused::NotTheSuccessor);
    let weaker = succession(&land, set(&["d", "e", "f"], 1), &["a", "b"], &["d"]);
    assert_eq!(land.refusal(&weaker), RosterRefused::NotTheSuccessor);
    // Nor does the next set take over by itself, nor the present one without it.
    let few = RosterRefused::Quorum {
        needed: 2,
        found: 1,
    };
    let usurped = succession(&land, committed(), &["a"], &["d", "e"]);
    assert_eq!(land.refusal(&usurped), few);
    let unwilling = succession(&land, committed(), &["a", "b"], &["d"]);
    assert_eq!(land.refusal(&unwilling), few);
    let whole = succession(&land, committed(), &["a", "c"], &["d", "f"]);
    land.fold(whole.clone());
    assert_eq!(land.roster.roots(), &committed());
    assert!(matches!(
        land.refusal(&whole),
        RosterRefused::NotTheSuccessor
    ));
    // The old roots have no say any more.
    let late = act(&land, SlotRole::Root, &["a", "b"], two_officers());
    assert!(matches!(land.refusal(&late), RosterRefused::Signature(_)));
    let now = act(&land, SlotRole::Root, &["d", "e"], two_officers());
    land.fold(now);
}

/// Two officers, and a rule that some acts need both.
fn of_two_officers() -> Land {
    let mut land = Land::grown();
    let rule = Quorum {
        seals: 2,
        rights: 2,
        recoveries: 2,
        ..Quorum::ONE
    };
    let mut changes = two_officers();
    changes.push(Change::put(QUORUM_ID, &rule));
    land.root_puts(changes);
    land
}

#[test]
fn g5_chosen_acts_need_two_officers() {
    let land = of_two_officers();
    let manager = account("p-li4", &[Role::Manage], &[PC, PC2]);
    let rights = account("p-sun8", &[Role::Seal], &[PC]);
    let ordinary = account("p-sun8", &[Role::Send], &[PC]);
    let again = SealGrant {
        custodian: CUSTODIAN.parse().unwrap(),
        devices: vec![PC.parse().unwrap(), PC2.parse().unwrap()],
        ..seal()
    };
    let revoked = SealGrant {
        status: Status::Closed,
        ..seal()
    };
    let locked = Account {
        status: Status::Suspended,
        ..account("p-wang5", &[Role::Seal], &[PC])
    };
    let needs_two = [
        Change::put("513200-zfb-yz02", &rights),
        Change::put(MANAGER, &manager),
        Change::put(SEAL, &again),
        Change::put("t-again", &ticket(CUSTODIAN, PC)),
    ];
    let needs_one = [
        Change::put("513200-zfb-fs02", &ordinary),
        Change::put(SEAL, &revoked),
        Change::put(CUSTODIAN, &locked),
        Change::put("t-clerk", &ticket(CLERK, PC2)),
        Change::put(POLICY_ID, &policy()),
        Change::put("513203-zf", &unit("白河县人民政府")),
    ];
    let both = ["officer", "officer 2"];
    for change in needs_two {
        let alone = act(
            &land,
            SlotRole::Officer,
            &["officer 2"],
            vec![change.clone()],
        );
        let few = RosterRefused::Quorum {
            needed: 2,
            found: 1,
        };
        assert_eq!(land.refusal(&alone), few, "{:?}", change.kind);
        let twice = act(
            &land,
            SlotRole::Officer,
            &["officer", "officer"],
            vec![change.clone()],
        );
        assert_eq!(land.refusal(&twice), RosterRefused::UnknownOfficer);
        // Hidden behind an ordinary change, it still needs two.
        let hidden = vec![needs_one[5].clone(), change.clone()];
        assert_eq!(
            land.refusal(&act(&land, SlotRole::Officer, &["officer"], hidden)),
            few
        );
        assert!(
            land.decide(&act(&land, SlotRole::Officer, &both, vec![change]))
                .is_ok()
        );
    }
    for change in needs_one {
        let alone = act(&land, SlotRole::Officer, &["officer"], vec![change]);
        assert!(land.decide(&alone).is_ok());
    }
}

#[test]
fn a_suspended_officer_counts_for_nothing_and_a_rule_must_be_reachable() {
    let mut land = of_two_officers();
    let many = Quorum {
        seals: 3,
        ..Quorum::ONE
    };
    let none = Quorum {
        others: 0,
        ..Quorum::ONE
    };
    for rule in [many, none] {
        let change = Change::put(QUORUM_ID, &rule);
        let refusal = land.refusal(&land.signed_act(SlotRole::Root, vec![change]));
        assert_eq!(refusal, RosterRefused::Change(BadChange::Quorum));
    }
    land.root_puts(vec![Change::put("p-officer1", &officer(Status::Suspended))]);
    let both = act(
        &land,
        SlotRole::Officer,
        &["officer", "officer 2"],
        vec![Change::put(SEAL, &seal())],
    );
    assert_eq!(land.refusal(&both), RosterRefused::UnknownOfficer);
    let by_officer = land.signed_act(SlotRole::Officer, vec![Change::put(QUORUM_ID, &many)]);
    assert_eq!(land.refusal(&by_officer), RosterRefused::UnknownOfficer);
}

#[test]
fn rule_33_the_exchanges_next_keys_stand_beside_the_present_ones_and_are_others() {
    let mut land = Land::founded();
    let with = |checkpoint: &str, entries: &str, tls: &str| ExchangeKeys {
        next: Some(NextExchangeKeys {
            checkpoint: secret(checkpoint).public(),
            entries: secret(entries).public(),
            tls: secret(tls).public(),
        }),
        ..exchange()
    };
    let shared = Change::put(ORIGIN, &with("next checkpoint", "entries", "next tls"));
    let refusal = land.refusal(&land.signed_act(SlotRole::Root, vec![shared]));
    assert_eq!(
        refusal,
        RosterRefused::Change(BadChange::Keys(Kind::Exchange))
    );
    let next = with("next checkpoint", "next entries", "next tls");
    land.root_puts(vec![Change::put(ORIGIN, &next)]);
    let certified = land.roster.exchange().unwrap();
    assert!(certified.admits_tls(&secret("tls").public()));
    assert!(certified.admits_tls(&secret("next tls").public()));
    assert!(!certified.admits_tls(&secret("entries").public()));
    assert_eq!(certified.checkpoint_keys().len(), 2);
}

#[test]
fn rule_14_a_leaver_makes_the_units_key_stale_and_loses_the_own_keys() {
    let mut land = Land::grown();
    let key = |land: &Land| land.roster.unit_key(&UNIT.parse().unwrap()).unwrap();
    assert_eq!(key(&land).stale, None);
    // Somebody who could not open it leaves: nothing follows.
    let closed = |person: &str, role| Account {
        status: Status::Closed,
        ..account(person, &[role], &[PC])
    };
    land.officer_puts(vec![Change::put(CUSTODIAN, &closed("p-wang5", Role::Seal))]);
    assert_eq!(key(&land).stale, None);
    let clerk = Account {
        devices: vec![PC.parse().unwrap(), PC2.parse().unwrap()],
        ..closed("p-zhang3", Role::Send)
    };
    land.officer_puts(vec![Change::put(CLERK, &clerk)]);
    let stale = key(&land);
    assert_eq!(stale.stale, Some(NOW));
    let shares = land.roster.key_share(&CLERK.parse().unwrap()).unwrap();
    assert!(shares.epochs.is_empty(), "{shares:?}");
    // For 72 hours, senders may go on with it.
    let id = stale.key.id();
    assert!(stale.admits(1, &id, NOW.plus_ms(OLD_KEY_MS)));
    assert!(!stale.admits(1, &id, NOW.plus_ms(OLD_KEY_MS + 1)));
    let second = land.unit_key(MANAGER, 2);
    land.fold(second);
    let new = key(&land);
    assert_eq!((new.epoch, new.stale), (2, None));
    assert!(new.admits(2, &new.key.id(), NOW.plus_ms(900 * HOUR_MS)));
    assert!(new.admits(1, &id, NOW.plus_ms(OLD_KEY_MS)));
    assert!(!new.admits(1, &id, NOW.plus_ms(OLD_KEY_MS + 1)));
    assert!(!new.admits(1, &new.key.id(), NOW));
    assert!(!new.admits(3, &new.key.id(), NOW));
}

#[test]
fn rule_14_a_compromised_key_ends_at_once() {
    let mut land = Land::grown();
    let before = land.roster.unit_key(&UNIT.parse().unwrap()).unwrap();
    let body = NewUnitKey {
        cause: Some(KeyCause::Compromised),
        ..new_key(None)
    };
    let statement = land.said(MANAGER, &body);
    land.fold(statement);
    let after = land.roster.unit_key(&UNIT.parse().unwrap()).unwrap();
    assert_eq!(after.previous, None);
    assert!(!after.admits(1, &before.key.id(), NOW));
}

/// The next epoch of the unit's key, with the authority's half or without.
fn new_key(escrow: Option<EscrowShare>) -> NewUnitKey {
    NewUnitKey {
        unit: UNIT.parse().unwrap(),
        key: UnitKey {
            epoch: 2,
            key: encryption("unit key 2"),
            made_by: MANAGER.parse().unwrap(),
            stale: None,
            previous: None,
            escrow,
        },
        share: share(MANAGER, 2),
        cause: None,
    }
}

#[test]
fn rule_14_a_manager_cannot_say_of_a_key_what_only_follows() {
    let land = Land::grown();
    let mut fresh = new_key(None);
    fresh.key.stale = Some(NOW);
    let refusal = land.refusal(&land.said(MANAGER, &fresh));
    assert_eq!(
        refusal,
        RosterRefused::Change(BadChange::Record(Kind::UnitKey))
    );
}

#[test]
fn rule_16_keys_do_not_go_with_an_account_to_another_person() {
    let mut land = Land::grown();
    let handed_on = Account {
        devices: vec![PC.parse().unwrap(), PC2.parse().unwrap()],
        ..account("p-zhou9", &[Role::Send], &[PC])
    };
    land.officer_puts(vec![Change::put(CLERK, &handed_on)]);
    let by_the_old_keys = land.said(CLERK, &delegate(NEWCOMER, 0, 1));
    assert_eq!(
        land.refusal(&by_the_old_keys),
        RosterRefused::NoStanding(NoStanding::NotEnrolled)
    );
    // Nobody closes the unit's key for keys that are void.
    let share = land.share(MANAGER, CLERK, 1);
    assert_eq!(
        land.refusal(&share),
        RosterRefused::Change(BadChange::Share)
    );
    // A new ticket gives the new person keys of their own.
    let again = ticket(CLERK, PC2);
    land.officer_puts(vec![Change::put(
        &super::land::ticket_of(CLERK, PC2),
        &again,
    )]);
    let enrolment = land.enrolment(CLERK, PC2);
    land.fold(enrolment);
    assert!(
        land.roster
            .account_keys(&CLERK.parse().unwrap())
            .unwrap()
            .serve()
    );
}

/// The land with a head of department and a deputy, both enrolled on the first computer.
fn with_head() -> Land {
    let mut land = Land::grown();
    land.officer_puts(vec![
        Change::put(HEAD, &account("p-head", &[Role::Approve], &[PC])),
        Change::put(DEPUTY, &account("p-deputy", &[Role::Receive], &[PC])),
        Change::put(&super::land::ticket_of(HEAD, PC), &ticket(HEAD, PC)),
        Change::put(&super::land::ticket_of(DEPUTY, PC), &ticket(DEPUTY, PC)),
    ]);
    for id in [HEAD, DEPUTY] {
        let enrolment = land.enrolment(id, PC);
        land.fold(enrolment);
    }
    land
}

fn delegate(to: &str, from_hours: u64, until_hours: u64) -> Delegate {
    Delegate {
        to: to.parse().unwrap(),
        from: NOW.plus_ms(from_hours * HOUR_MS),
        until: NOW.plus_ms(until_hours * HOUR_MS),
    }
}

fn approvers(land: &Land, id: &str, now: Timestamp) -> Result<Vec<String>, NoStanding> {
    let standing = land
        .roster
        .standing_of(&id.parse().unwrap(), &PC.parse().unwrap())?;
    let persons = standing.approvers(&land.roster, now)?;
    Ok(persons.iter().map(ToString::to_string).collect())
}

#[test]
fn rule_16_who_stands_in_approves_from_one_time_to_another_and_as_two_persons() {
    let mut land = with_head();
    let refused = Err(NoStanding::Role(Role::Approve));
    assert_eq!(approvers(&land, DEPUTY, NOW), refused);
    let statement = land.said(HEAD, &delegate(DEPUTY, 1, 3));
    land.fold(statement);
    let at = |hours: u64| NOW.plus_ms(hours * HOUR_MS);
    assert_eq!(approvers(&land, DEPUTY, NOW), refused);
    for hours in [1, 2, 3] {
        let both = vec!["p-deputy".to_owned(), "p-head".to_owned()];
        assert_eq!(approvers(&land, DEPUTY, at(hours)), Ok(both));
    }
    assert_eq!(approvers(&land, DEPUTY, at(4)), refused);
    let head = vec!["p-head".to_owned()];
    assert_eq!(approvers(&land, HEAD, at(2)), Ok(head));
    // The head comes back early.
    let ended = land.said(HEAD, &delegate(DEPUTY, 1, 1));
    land.fold(ended);
    assert_eq!(approvers(&land, DEPUTY, at(2)), refused);
}

#[test]
fn g5_who_is_not_the_head_makes_nobody_stand_in() {
    let mut land = with_head();
    let by_clerk = land.said(CLERK, &delegate(DEPUTY, 0, 1));
    assert_eq!(
        land.refusal(&by_clerk),
        RosterRefused::NoStanding(NoStanding::Role(Role::Approve))
    );
    let to_town = land.said(HEAD, &delegate(TOWN_CLERK, 0, 1));
    assert_eq!(land.refusal(&to_town), RosterRefused::AnotherUnit);
    for body in [
        delegate(HEAD, 0, 1),
        delegate(DEPUTY, 2, 1),
        delegate(DEPUTY, 0, 93 * 24),
    ] {
        let refusal = land.refusal(&land.said(HEAD, &body));
        assert_eq!(refusal, RosterRefused::Delegation, "{body:?}");
    }
    // Who stands in does not pass it on, and not beyond the head's own time.
    let statement = land.said(HEAD, &delegate(DEPUTY, 0, 5));
    land.fold(statement);
    let passed_on = land.said(DEPUTY, &delegate(CLERK, 0, 1));
    assert_eq!(
        land.refusal(&passed_on),
        RosterRefused::NoStanding(NoStanding::Role(Role::Approve))
    );
    let locked = Account {
        status: Status::Suspended,
        ..account("p-head", &[Role::Approve], &[PC])
    };
    land.officer_puts(vec![Change::put(HEAD, &locked)]);
    assert_eq!(
        approvers(&land, DEPUTY, NOW),
        Err(NoStanding::Role(Role::Approve))
    );
}

#[test]
fn a_seal_that_was_made_waits_for_its_custodian() {
    let mut land = Land::grown();
    let made = SealGrant {
        awaits: Some(SealStep::Activation),
        ..seal()
    };
    land.officer_puts(vec![Change::put(SEAL, &made)]);
    let standing = |land: &Land| {
        let custodian = CUSTODIAN.parse().unwrap();
        land.roster
            .standing_of(&custodian, &PC.parse().unwrap())
            .unwrap()
            .seal_signers(&land.roster, &SEAL.parse().unwrap(), NOW)
            .map(|signers| signers.len())
    };
    assert_eq!(standing(&land), Err(NoStanding::SealAwaits));
    let body = SealActivation {
        seal: SEAL.parse().unwrap(),
        picture: seal().picture,
    };
    let without_its_key = land.said(CUSTODIAN, &body);
    assert!(matches!(
        land.refusal(&without_its_key),
        RosterRefused::Signature(_)
    ));
    let mut by_the_clerk = land.said(CLERK, &body);
    by_the_clerk.add(SlotRole::Seal, &secret(SEAL));
    assert_eq!(
        land.refusal(&by_the_clerk),
        RosterRefused::NoStanding(NoStanding::Role(Role::Seal))
    );
    let other_picture = SealActivation {
        picture: Digest::of(b"another"),
        ..body.clone()
    };
    assert_eq!(
        land.refusal(&land.said(CUSTODIAN, &other_picture)),
        RosterRefused::NotAwaited
    );
    let mut whole = land.said(CUSTODIAN, &body);
    whole.add(SlotRole::Seal, &secret(SEAL));
    land.fold(whole);
    assert_eq!(standing(&land), Ok(3));
    let mut again = land.said(CUSTODIAN, &body);
    again.add(SlotRole::Seal, &secret(SEAL));
    assert_eq!(land.refusal(&again), RosterRefused::NotAwaited);
}

/// The land with an escrow key, and a unit key of which the authority holds half.
fn with_escrow() -> Land {
    let mut land = Land::grown();
    let escrow = Escrow {
        key: encryption("escrow"),
    };
    land.root_puts(vec![Change::put(ESCROW_ID, &escrow)]);
    let half = EscrowShare {
        key: encryption("escrow").id(),
        enc: vec![1; XWING_ENC_BYTES],
        ct: vec![2; WRAPPED_KEY_BYTES],
    };
    let statement = land.said(MANAGER, &new_key(Some(half)));
    land.fold(statement);
    land
}

#[test]
fn rule_13_a_lost_key_comes_back_through_the_authority_and_the_manager_only() {
    let mut land = with_escrow();
    // The manager's keystore was lost: new keys, and no share.
    land.officer_puts(vec![Change::put("t-manager", &ticket(MANAGER, PC))]);
    let mut enrolment = Land::enrolment_body(MANAGER, PC);
    enrolment.ticket = "t-manager".parse().unwrap();
    let payload = land.payload(Some((MANAGER, PC)), &enrolment);
    land.fold(super::land::sign_enrolment(&payload, MANAGER, PC));
    let to_self = |land: &Land, epoch| {
        let body = NewShare {
            account: MANAGER.parse().unwrap(),
            share: share(MANAGER, epoch),
        };
        land.said(MANAGER, &body)
    };
    assert_eq!(
        land.refusal(&to_self(&land, 2)),
        RosterRefused::HoldsNoShare
    );
    let handed = |purpose| Recovery {
        account: MANAGER.parse().unwrap(),
        half: share(MANAGER, 2),
        purpose,
    };
    let not_the_manager = Recovery {
        account: CLERK.parse().unwrap(),
        half: share(CLERK, 2),
        purpose: RecoveryPurpose::Lost,
    };
    let refusal = land
        .refusal(&land.signed_act(SlotRole::Officer, vec![Change::put(UNIT, &not_the_manager)]));
    assert_eq!(refusal, RosterRefused::Change(BadChange::Escrow));
    // A drill shows that the halves fit, and gives nothing.
    land.officer_puts(vec![Change::put(UNIT, &handed(RecoveryPurpose::Drill))]);
    assert_eq!(
        land.refusal(&to_self(&land, 2)),
        RosterRefused::HoldsNoShare
    );
    land.officer_puts(vec![Change::put(UNIT, &handed(RecoveryPurpose::Lost))]);
    assert_eq!(
        land.refusal(&to_self(&land, 1)),
        RosterRefused::HoldsNoShare
    );
    let back = to_self(&land, 2);
    land.fold(back);
}

#[test]
fn rule_13_a_half_is_closed_for_the_certified_escrow_key() {
    let land = Land::grown();
    let half = EscrowShare {
        key: encryption("another").id(),
        enc: vec![1; XWING_ENC_BYTES],
        ct: vec![2; WRAPPED_KEY_BYTES],
    };
    let refusal = land.refusal(&land.said(MANAGER, &new_key(Some(half.clone()))));
    assert_eq!(refusal, RosterRefused::Change(BadChange::Escrow));
    let short = EscrowShare {
        key: encryption("escrow").id(),
        ct: vec![2; WRAPPED_KEY_BYTES - 1],
        ..half
    };
    let land = with_escrow();
    let mut body = new_key(Some(short));
    body.key.epoch = 3;
    body.share.epoch = 3;
    let refusal = land.refusal(&land.said(MANAGER, &body));
    assert_eq!(refusal, RosterRefused::Change(BadChange::Escrow));
    let by_officer = Escrow {
        key: encryption("mine"),
    };
    let refusal = land
        .refusal(&land.signed_act(SlotRole::Officer, vec![Change::put(ESCROW_ID, &by_officer)]));
    assert_eq!(
        refusal,
        RosterRefused::Change(BadChange::NotThisSigners(Kind::Escrow))
    );
}

#[test]
fn rule_25_a_unit_leaves_its_seeds_to_a_unit_that_is_open_and_has_a_key() {
    let mut land = Land::grown();
    let legacy = |to: &str, key: &str, epochs: &[u32]| Bequest {
        unit: UNIT.parse().unwrap(),
        legacy: Legacy {
            to: to.parse().unwrap(),
            by: 1,
            shares: epochs
                .iter()
                .map(|epoch| EpochShare {
                    key: encryption(key).id(),
                    ..share(MANAGER, *epoch)
                })
                .collect(),
        },
    };
    let refusal = |land: &Land, body: &Bequest| land.refusal(&land.said(MANAGER, body));
    let bad_share = RosterRefused::Change(BadChange::Share);
    let good = legacy(TOWN, "town key", &[1]);
    assert_eq!(refusal(&land, &good), bad_share, "the heir has no key yet");
    let town = NewUnitKey {
        unit: TOWN.parse().unwrap(),
        key: UnitKey {
            epoch: 1,
            key: encryption("town key"),
            made_by: TOWN_CLERK.parse().unwrap(),
            ..new_key(None).key
        },
        share: share(TOWN_CLERK, 1),
        cause: None,
    };
    let clerk = account("p-qian7", &[Role::Receive, Role::Manage], &[TOWN_PC]);
    land.officer_puts(vec![Change::put(TOWN_CLERK, &clerk)]);
    let statement = land.said(TOWN_CLERK, &town);
    land.fold(statement);
    assert_eq!(
        refusal(&land, &legacy(TOWN, "another key", &[1])),
        bad_share
    );
    assert_eq!(refusal(&land, &legacy(TOWN, "town key", &[])), bad_share);
    assert_eq!(
        refusal(&land, &legacy(TOWN, "town key", &[1, 1])),
        bad_share
    );
    let unknown = RosterRefused::Change(BadChange::Unknown {
        of: Kind::Legacy,
        kind: Kind::Unit,
    });
    assert_eq!(refusal(&land, &legacy(UNIT, "town key", &[1])), unknown);
    assert_eq!(
        refusal(&land, &legacy("513299-zf", "town key", &[1])),
        unknown
    );
    assert_eq!(
        refusal(&land, &legacy(TOWN, "town key", &[1, 2])),
        RosterRefused::HoldsNoShare
    );
    let by_clerk = land.said(CLERK, &good);
    assert_eq!(
        land.refusal(&by_clerk),
        RosterRefused::NoStanding(NoStanding::Role(Role::Manage))
    );
    let by_another = land.said(TOWN_CLERK, &good);
    assert_eq!(land.refusal(&by_another), RosterRefused::AnotherUnit);
    let statement = land.said(MANAGER, &good);
    land.fold(statement);
    assert_eq!(
        land.roster.legacy(&UNIT.parse().unwrap()),
        Some(good.legacy)
    );
}

#[test]
fn g1_who_has_taken_over_from_whom_is_known_at_every_remove() {
    let mut land = Land::grown();
    let closed = |successor: &str| Unit {
        status: Status::Closed,
        successor: Some(successor.parse().unwrap()),
        ..unit("旧单位")
    };
    land.officer_puts(vec![
        Change::put("513210-zf", &unit("甲")),
        Change::put("513211-zf", &unit("乙")),
    ]);
    assert!(land.roster.predecessors(&UNIT.parse().unwrap()).is_empty());
    land.officer_puts(vec![Change::put("513210-zf", &closed("513211-zf"))]);
    land.officer_puts(vec![Change::put("513211-zf", &closed(UNIT))]);
    let found = land.roster.predecessors(&UNIT.parse().unwrap());
    let found: Vec<&str> = found.iter().map(UnitCode::as_str).collect();
    assert_eq!(found, ["513211-zf", "513210-zf"]);
    // Nobody takes over from whoever has taken over from him.
    let circle = vec![Change::put(UNIT, &closed("513210-zf"))];
    let signed = land.signed_act(SlotRole::Officer, circle);
    let refused = RosterRefused::Change(BadChange::Circle);
    assert_eq!(land.refusal(&signed), refused);
}

#[test]
fn a_unit_for_practice_stays_one_and_has_none_but_such_around_it() {
    let mut land = Land::grown();
    let practice = Unit {
        world: Some(World::Training),
        ..unit("练习单位")
    };
    land.officer_puts(vec![Change::put("519900-zfb", &practice)]);
    let refused = RosterRefused::Change(BadChange::AnotherWorld);
    let real = Change::put("519900-zfb", &unit("练习单位"));
    let below_the_real = Unit {
        parent: Some(UNIT.parse().unwrap()),
        ..practice.clone()
    };
    let heir = Unit {
        successor: Some(UNIT.parse().unwrap()),
        status: Status::Closed,
        ..practice.clone()
    };
    for change in [
        real,
        Change::put("519901-zf", &below_the_real),
        Change::put("519900-zfb", &heir),
        Change::put(UNIT, &practice),
    ] {
        let signed = land.signed_act(SlotRole::Officer, vec![change]);
        assert_eq!(land.refusal(&signed), refused);
    }
    let below = Unit {
        parent: Some("519900-zfb".parse().unwrap()),
        ..practice
    };
    land.officer_puts(vec![Change::put("519901-zf", &below)]);
}
