//! Acts of the authority: who may do what, and that none is hidden, replayed or from elsewhere.

use super::land::{Land, ORIGIN, PC, UNIT, account, officer, policy, secret, unit};
use crate::cbor::Unreadable;
use crate::key::SigningSecret;
use crate::roster::act::{AuthorityAct, Change, Genesis};
use crate::roster::record::{Kind, Officer, Role, Status};
use crate::roster::{BadChange, NotAnOriginRoster, POLICY_ID, Roster, RosterRefused};
use crate::signed::{Body, NotVerified, Payload, RosterHead, Signed, SlotRole};
use crate::statement::{LoginProof, SessionOpen};
use crate::{Digest, cbor};

fn opened() -> Vec<Change> {
    vec![Change::put("513203-zf", &unit("白河县人民政府"))]
}

#[test]
fn g2_a_replayed_act_is_refused() {
    let mut land = Land::founded();
    let first = land.signed_act(SlotRole::Officer, opened());
    land.fold(first.clone());
    let refusal = RosterRefused::Sequence {
        expected: 3,
        found: 2,
    };
    assert_eq!(land.refusal(&first), refusal);
}

#[test]
fn g2_a_hidden_act_is_missed() {
    let mut whole = Land::founded();
    let mut kept_blind = Land::founded();
    whole.officer_puts(opened());
    let next = whole.signed_act(SlotRole::Officer, vec![Change::put(POLICY_ID, &policy())]);
    // The one from whom the first act was hidden has never had the roster that the next relies on.
    assert_eq!(kept_blind.refusal(&next), RosterRefused::UnknownHead);
    // Where the signer relies on an older roster, the number tells.
    let mut payload = next.claimed().unwrap();
    payload.roster = Land::founded().roster.head();
    let next = Signed::new(&payload, &[(SlotRole::Officer, &secret("officer"))]);
    let refusal = RosterRefused::Sequence {
        expected: 2,
        found: 3,
    };
    assert_eq!(kept_blind.refusal(&next), refusal);
    // And where another act was put in its place, the digest tells.
    kept_blind.officer_puts(vec![Change::put("513204-zf", &unit("另一个"))]);
    assert_eq!(kept_blind.refusal(&next), RosterRefused::AnotherAct);
}

#[test]
fn a_first_act_follows_the_genesis() {
    let genesis = Land::genesis(ORIGIN);
    let land = Land {
        roster: Roster::begin(&genesis).unwrap(),
        statements: vec![genesis],
    };
    assert_eq!(land.roster.last_act(), land.roster.genesis());
    let body = AuthorityAct {
        previous: Digest::of(b"another genesis"),
        ..land.act(vec![Change::put("p-officer1", &officer(Status::Active))])
    };
    let signed = Signed::new(
        &land.payload(None, &body),
        &[(SlotRole::Root, &secret("root"))],
    );
    assert_eq!(land.refusal(&signed), RosterRefused::AnotherAct);
}

#[test]
fn g5_root_and_officer_keep_to_their_kinds() {
    let land = Land::grown();
    let keys = super::land::account_keys(super::land::CLERK, PC);
    let unit_key = land.roster.unit_key(&UNIT.parse().unwrap()).unwrap();
    let share = land.roster.key_share(&super::land::CLERK.parse().unwrap());
    let cases: &[(SlotRole, Change)] = &[
        (SlotRole::Root, Change::put(POLICY_ID, &policy())),
        (SlotRole::Root, opened().remove(0)),
        (
            SlotRole::Root,
            Change::put(
                "513200-zfb-fs02",
                &account("p-zhang3", &[Role::Send], &[PC]),
            ),
        ),
        (SlotRole::Root, Change::put(PC, &super::land::device())),
        (
            SlotRole::Root,
            Change::put("t-1", &super::land::ticket(super::land::CLERK, PC)),
        ),
        (
            SlotRole::Root,
            Change::put(super::land::SEAL, &super::land::seal()),
        ),
        (
            SlotRole::Officer,
            Change::put("p-officer2", &officer(Status::Active)),
        ),
        (
            SlotRole::Officer,
            Change::put(ORIGIN, &super::land::exchange()),
        ),
        (SlotRole::Officer, Change::put(super::land::CLERK, &keys)),
        (SlotRole::Root, Change::put(super::land::CLERK, &keys)),
        (
            SlotRole::Officer,
            Change::put(PC, &super::land::device_keys(PC)),
        ),
        (SlotRole::Officer, Change::put(UNIT, &unit_key)),
        (
            SlotRole::Officer,
            Change::put(super::land::CLERK, &share.unwrap()),
        ),
    ];
    for (role, change) in cases {
        let refusal = RosterRefused::Change(BadChange::NotThisSigners(change.kind));
        let signed = land.signed_act(*role, vec![change.clone()]);
        assert_eq!(land.refusal(&signed), refusal, "{role:?} {:?}", change.kind);
    }
}

#[test]
fn g2_an_act_by_anybody_else_is_refused() {
    let land = Land::founded();
    let payload = land.payload(None, &land.act(opened()));
    let signed = |signers: &[(SlotRole, &SigningSecret)]| Signed::new(&payload, signers);
    let (root, officer, other) = (secret("root"), secret("officer"), secret("other"));
    let unknown = [
        signed(&[]),
        signed(&[(SlotRole::Officer, &other)]),
        signed(&[(SlotRole::Officer, &root)]),
        signed(&[(SlotRole::Account, &officer)]),
        signed(&[(SlotRole::Officer, &officer), (SlotRole::Officer, &other)]),
        signed(&[(SlotRole::Officer, &officer), (SlotRole::Officer, &officer)]),
    ];
    for (case, signed) in unknown.iter().enumerate() {
        let refusal = land.refusal(signed);
        assert_eq!(refusal, RosterRefused::UnknownOfficer, "case {case}");
    }
    let unproven = [
        signed(&[(SlotRole::Root, &officer)]),
        signed(&[(SlotRole::Root, &root), (SlotRole::Officer, &officer)]),
        signed(&[(SlotRole::Officer, &officer), (SlotRole::Device, &other)]),
    ];
    for (case, signed) in unproven.iter().enumerate() {
        let refusal = land.refusal(signed);
        assert!(
            matches!(refusal, RosterRefused::Signature(_)),
            "case {case}: {refusal}"
        );
    }
}

#[test]
fn g5_a_suspended_officer_signs_no_more() {
    let mut land = Land::founded();
    let act = land.signed_act(SlotRole::Officer, opened());
    assert!(land.decide(&act).is_ok());
    land.root_puts(vec![Change::put("p-officer1", &officer(Status::Suspended))]);
    let act = land.signed_act(SlotRole::Officer, opened());
    assert_eq!(land.refusal(&act), RosterRefused::UnknownOfficer);
    land.root_puts(vec![Change::put("p-officer1", &officer(Status::Active))]);
    let act = land.signed_act(SlotRole::Officer, opened());
    assert!(land.decide(&act).is_ok());
}

#[test]
fn a2_an_officer_signs_with_all_keys() {
    let mut land = Land::founded();
    let two = Officer {
        keys: vec![secret("officer").public(), secret("second").public()],
        status: Status::Active,
    };
    land.root_puts(vec![Change::put("p-officer1", &two)]);
    let half = land.signed_act(SlotRole::Officer, opened());
    assert_eq!(land.refusal(&half), RosterRefused::UnknownOfficer);
}

#[test]
fn d4_a_statement_of_another_installation_is_void() {
    let land = Land::founded();
    let officer = secret("officer");
    let payload = land.payload(None, &land.act(opened()));
    let foreign = [
        Payload {
            origin: "test.yichuan.example".parse().unwrap(),
            ..payload.clone()
        },
        Payload {
            genesis: Digest::of(b"a test installation"),
            ..payload.clone()
        },
        Payload {
            genesis: Digest::from_bytes([0; 32]),
            ..payload.clone()
        },
    ];
    for foreign in foreign {
        let signed = Signed::new(&foreign, &[(SlotRole::Officer, &officer)]);
        assert_eq!(land.refusal(&signed), RosterRefused::AnotherInstallation);
    }
    let strange_head = Payload {
        roster: RosterHead {
            count: 2,
            root: Digest::of(b"another log"),
        },
        ..payload
    };
    let signed = Signed::new(&strange_head, &[(SlotRole::Officer, &officer)]);
    assert_eq!(land.refusal(&signed), RosterRefused::UnknownHead);
}

#[test]
fn a7_a_statement_for_another_purpose_changes_nothing() {
    let land = Land::grown();
    let session = SessionOpen {
        exporter: Digest::of(b"connection"),
        login: LoginProof::new([8; 32]),
    };
    let signed = land.said(super::land::CLERK, &session);
    assert_eq!(land.refusal(&signed), RosterRefused::NotARosterStatement);
    // A session under the purpose of an act is not read as one.
    let mut payload = land.payload(None, &session);
    payload.purpose = AuthorityAct::PURPOSE.to_owned();
    let signed = Signed::new(&payload, &[(SlotRole::Root, &secret("root"))]);
    let refusal = land.refusal(&signed);
    assert!(matches!(refusal, RosterRefused::Body(_)), "{refusal}");
    // Nor is an act of a later version.
    let mut payload = land.payload(None, &land.act(opened()));
    payload.version = 2;
    let signed = Signed::new(&payload, &[(SlotRole::Officer, &secret("officer"))]);
    let refusal = land.refusal(&signed);
    assert!(matches!(refusal, RosterRefused::Body(_)), "{refusal}");
}

#[test]
fn deciding_changes_nothing() {
    let land = Land::founded();
    let before = (
        land.roster.head(),
        land.roster.sequence(),
        land.roster.last_act(),
    );
    let act = land.signed_act(SlotRole::Officer, opened());
    let decided = land.decide(&act).unwrap();
    assert_eq!(decided.changes(), opened());
    let after = (
        land.roster.head(),
        land.roster.sequence(),
        land.roster.last_act(),
    );
    assert_eq!(before, after);
}

#[test]
fn only_a_genesis_signed_by_its_root_begins_a_roster() {
    let good = Land::genesis(ORIGIN);
    assert_eq!(Roster::begin(&good).unwrap().genesis(), good.digest());
    let root = secret("root");
    let with = |change: &dyn Fn(&mut Payload, &mut Genesis), signers: &[&SigningSecret]| {
        let mut payload = good.claimed().unwrap();
        let mut body: Genesis = payload.body().unwrap();
        change(&mut payload, &mut body);
        payload.body = cbor::to_vec(&body);
        let signers: Vec<_> = signers.iter().map(|key| (SlotRole::Root, *key)).collect();
        Roster::begin(&Signed::new(&payload, &signers)).unwrap_err()
    };
    let later = with(&|payload, _| payload.genesis = Digest::of(b"x"), &[&root]);
    assert_eq!(later, NotAnOriginRoster::NotTheFirst);
    let none = with(&|_, body| body.roots.clear(), &[&root]);
    assert_eq!(none, NotAnOriginRoster::RootSet { roots: 0 });
    let twice = with(
        &|_, body| body.roots.push(secret("root").public()),
        &[&root, &root],
    );
    assert_eq!(twice, NotAnOriginRoster::RootSet { roots: 2 });
    // The second key shows that it exists, even where one signature would be enough.
    let absent = with(&|_, body| body.roots.push(secret("b").public()), &[&root]);
    assert!(
        matches!(absent, NotAnOriginRoster::Signature(_)),
        "{absent:?}"
    );
    for threshold in [0, 2, 255] {
        let of = with(&|_, body| body.threshold = threshold, &[&root]);
        assert_eq!(of, NotAnOriginRoster::RootSet { roots: 1 }, "{threshold}");
    }
    for signers in [vec![], vec![&root, &root]] {
        let refusal = with(&|_, _| (), &signers);
        let signers = NotVerified::Signers {
            expected: 1,
            found: signers.len(),
        };
        assert_eq!(refusal, NotAnOriginRoster::Signature(signers));
    }
    let other = with(&|_, _| (), &[&secret("other")]);
    assert!(
        matches!(other, NotAnOriginRoster::Signature(_)),
        "{other:?}"
    );
    let relabelled = with(&|payload, _| payload.purpose = "x".to_owned(), &[&root]);
    assert!(matches!(relabelled, NotAnOriginRoster::Body(_)));
    let newer = with(&|payload, _| payload.version = 2, &[&root]);
    assert!(matches!(newer, NotAnOriginRoster::Body(_)));
    let torn = cbor::to_vec(&(Kind::Policy, 1));
    assert!(matches!(Signed::read(&torn), Err(Unreadable::Shape { .. })));
}
