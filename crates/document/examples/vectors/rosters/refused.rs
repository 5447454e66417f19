//! Statements that the roster refuses.

use serde_json::Value;
use yichuan_document::roster::POLICY_ID;
use yichuan_document::roster::act::{
    ACT_ACCOUNT_OPENED, ACT_OFFICER_CERTIFIED, ACT_PLAN_CARRIED_OUT, ACT_POLICY_SET,
    ACT_UNIT_OPENED, AuthorityAct, Change, Enrolment, Genesis,
};
use yichuan_document::roster::record::{Kind, Officer, Policy, Role, SealGrant, Status, Unit};
use yichuan_document::signed::{Body, Payload, RosterHead, Signed, SlotRole};
use yichuan_document::statement::{LoginProof, SessionOpen};

use super::Recorder;
use super::land::{
    CLERK, MANAGER, PC, PC2, SEAL, UNIT, account, act, by_account, by_officer, by_root, enrolled,
    enrolment, officer, payload, policy, seal, ticket, unit, unit_key,
};
use crate::raw::{bytes, case, digest, neutral, secret, unchecked, with};

/// First statements: the one that begins the roster, and others that begin none.
pub(super) fn beginnings(genesis: &Signed) -> Vec<Value> {
    let payload = genesis.claimed().expect("a payload");
    let body: Genesis = payload.body().expect("a genesis");
    let root = secret("root");
    let sign = |payload: &Payload| Signed::new(payload, &[(SlotRole::Root, &root)]).to_bytes();
    let with_body = |body: Genesis| Payload {
        body: yichuan_document::cbor::to_vec(&body),
        ..payload.clone()
    };
    let two = with_body(Genesis {
        roots: vec![root.public(), secret("second root").public()],
        ..body.clone()
    });
    let none = with_body(Genesis {
        roots: Vec::new(),
        ..body.clone()
    });
    let zero = with_body(Genesis {
        threshold: 0,
        ..body.clone()
    });
    let weak = with_body(Genesis {
        roots: vec![unchecked(&neutral())],
        ..body
    });
    let later = Payload {
        genesis: digest("another genesis"),
        ..payload.clone()
    };
    let act = Payload {
        purpose: AuthorityAct::PURPOSE.to_owned(),
        ..payload.clone()
    };
    let version = Payload {
        version: 2,
        ..payload.clone()
    };
    let other = Signed::new(&payload, &[(SlotRole::Root, &secret("other"))]);
    let officer = Signed::new(&payload, &[(SlotRole::Officer, &root)]);
    let torn = with(&genesis.to_bytes(), 0, bytes(&[0]));
    vec![
        case("the genesis", &genesis.to_bytes(), "ok"),
        case("a payload that is none", &torn, "unreadable"),
        case("another purpose", &sign(&act), "body"),
        case("another version", &sign(&version), "body"),
        case("a genesis after another", &sign(&later), "not-the-first"),
        case(
            "a second root that has not signed",
            &sign(&two),
            "signature",
        ),
        case("no root", &sign(&none), "root-set"),
        case("nobody must sign", &sign(&zero), "root-set"),
        case("signed by another key", &other.to_bytes(), "signature"),
        case("signed in another role", &officer.to_bytes(), "signature"),
        case("a5: a root of small order", &sign(&weak), "root-set"),
    ]
}

pub(super) fn before_the_officer(recorder: &mut Recorder) {
    let opened = vec![Change::put(UNIT, &unit("云岭州人民政府办公室"))];
    let early = by_officer(recorder, ACT_UNIT_OPENED, opened);
    recorder.refuses(
        "an officer whom nobody certified",
        &early,
        "unknown-officer",
    );
    let own = vec![Change::put("p-officer1", &officer(Status::Active))];
    let own = by_officer(recorder, ACT_OFFICER_CERTIFIED, own);
    recorder.refuses("an officer who certifies himself", &own, "unknown-officer");
    let body = AuthorityAct {
        previous: digest("another genesis"),
        ..act(&recorder.roster, ACT_OFFICER_CERTIFIED, vec![])
    };
    let astray = Signed::new(
        &payload(recorder, None, &body),
        &[(SlotRole::Root, &secret("root"))],
    );
    recorder.refuses("a first act after another genesis", &astray, "another-act");
}

pub(super) fn replayed(recorder: &mut Recorder, first: &Signed) {
    recorder.refuses("g2: the first act again", first, "sequence");
    let change = vec![Change::put("p-officer2", &officer(Status::Active))];
    let sign = |body: &AuthorityAct, recorder: &Recorder| {
        let payload = payload(recorder, None, body);
        Signed::new(&payload, &[(SlotRole::Root, &secret("root"))])
    };
    let next = act(&recorder.roster, ACT_OFFICER_CERTIFIED, change);
    let ahead = AuthorityAct {
        sequence: next.sequence + 1,
        ..next.clone()
    };
    let ahead = sign(&ahead, recorder);
    recorder.refuses("g2: an act after one that is hidden", &ahead, "sequence");
    let beside = AuthorityAct {
        previous: recorder.roster.genesis(),
        ..next
    };
    let beside = sign(&beside, recorder);
    recorder.refuses("g2: an act beside the last one", &beside, "another-act");
}

/// Acts of the wrong signer, or from elsewhere.
pub(super) fn acts(recorder: &mut Recorder) {
    let opened = || vec![Change::put("513203-zf", &unit("白河县人民政府"))];
    let body = act(&recorder.roster, ACT_UNIT_OPENED, opened());
    let good = payload(recorder, None, &body);
    let officer_key = secret("officer");
    let sign = |payload: &Payload| Signed::new(payload, &[(SlotRole::Officer, &officer_key)]);
    let origin = Payload {
        origin: "test.example".parse().expect("an origin"),
        ..good.clone()
    };
    recorder.refuses(
        "d4: of another origin",
        &sign(&origin),
        "another-installation",
    );
    let genesis = Payload {
        genesis: digest("another genesis"),
        ..good.clone()
    };
    recorder.refuses(
        "d4: of another installation",
        &sign(&genesis),
        "another-installation",
    );
    let head = Payload {
        roster: RosterHead {
            root: digest("another roster"),
            ..good.roster
        },
        ..good.clone()
    };
    recorder.refuses(
        "g2: on a roster that never was",
        &sign(&head),
        "unknown-head",
    );
    let version = Payload {
        version: 2,
        ..good.clone()
    };
    recorder.refuses("of a later version", &sign(&version), "body");
}

/// Acts by those who may not act so.
pub(super) fn acts_of_others(recorder: &mut Recorder) {
    let opened = || vec![Change::put("513203-zf", &unit("白河县人民政府"))];
    let body = act(&recorder.roster, ACT_UNIT_OPENED, opened());
    let good = payload(recorder, None, &body);
    let officer_key = secret("officer");
    let other = Signed::new(&good, &[(SlotRole::Officer, &secret("other"))]);
    recorder.refuses("by a key that is no officer's", &other, "unknown-officer");
    let as_root = Signed::new(&good, &[(SlotRole::Root, &officer_key)]);
    recorder.refuses("g5: the officer as the root", &as_root, "signature");
    let both = Signed::new(
        &good,
        &[
            (SlotRole::Root, &secret("root")),
            (SlotRole::Officer, &officer_key),
        ],
    );
    recorder.refuses("a2: root and officer together", &both, "signature");
    let by_the_root = by_root(recorder, ACT_UNIT_OPENED, opened());
    recorder.refuses(
        "g5: the root opens a unit",
        &by_the_root,
        "change-not-this-signers",
    );
    let second = vec![Change::put("p-officer2", &officer(Status::Active))];
    let second = by_officer(recorder, ACT_OFFICER_CERTIFIED, second);
    recorder.refuses(
        "g5: the officer certifies another",
        &second,
        "change-not-this-signers",
    );
    let keys = vec![Change::put(CLERK, &enrolment("t-clerk", CLERK).account)];
    let keys = by_officer(recorder, ACT_ACCOUNT_OPENED, keys);
    recorder.refuses(
        "g5: the officer slips keys in",
        &keys,
        "change-not-this-signers",
    );
    let session = SessionOpen {
        exporter: digest("connection"),
        login: LoginProof::new([8; 32]),
    };
    let session = by_account(recorder, CLERK, &session);
    recorder.refuses("a7: a session", &session, "not-a-roster-statement");
}

/// Acts by the officer with a record that the rules do not allow.
pub(super) fn records(recorder: &mut Recorder) {
    of_units(recorder);
    of_the_policy(recorder);
    of_accounts(recorder);
    of_seals(recorder);
    let three = Officer {
        keys: ["a", "b", "c"].map(|name| secret(name).public()).to_vec(),
        status: Status::Active,
    };
    let three = vec![Change::put("p-officer2", &three)];
    let three = by_root(recorder, ACT_OFFICER_CERTIFIED, three);
    recorder.refuses("an officer with three keys", &three, "change-keys");
}

fn try_each<const N: usize>(recorder: &mut Recorder, cases: [(&str, Vec<Change>, &str); N]) {
    for (name, changes, result) in cases {
        let signed = by_officer(recorder, ACT_PLAN_CARRIED_OUT, changes);
        recorder.refuses(name, &signed, result);
    }
}

fn of_units(recorder: &mut Recorder) {
    let town = |change: fn(&mut Unit)| {
        let mut town = unit("白河县人民政府");
        change(&mut town);
        Change::put("513203-zf", &town)
    };
    let cases = [
        ("no record", vec![], "change-count"),
        ("65 records", vec![town(|_| ()); 65], "change-count"),
        (
            "a1: one record twice",
            vec![town(|_| ()); 2],
            "change-twice",
        ),
        (
            "a unit without name",
            vec![town(|it| it.name.clear())],
            "change-text",
        ),
        (
            "g3: a name that turns",
            vec![town(|it| it.name.push('\u{202e}'))],
            "change-text",
        ),
        (
            "a parent that is not",
            vec![town(|it| it.parent = "513299-zf".parse().ok())],
            "change-unknown",
        ),
        (
            "a unit above itself",
            vec![town(|it| it.parent = "513203-zf".parse().ok())],
            "change-itself",
        ),
    ];
    try_each(recorder, cases);
}

/// The last steps of all: steps that come later leave those before them as they are.
pub(super) fn circles(recorder: &mut Recorder) {
    let below = |code: &str, parent: &str| {
        let mut town = unit("白河县人民政府");
        town.parent = parent.parse().ok();
        Change::put(code, &town)
    };
    let after = |code: &str, successor: &str| {
        let mut town = unit("白河县人民政府");
        town.status = Status::Closed;
        town.successor = successor.parse().ok();
        Change::put(code, &town)
    };
    let (first, second) = ("513203-zf", "513204-zf");
    let cases = [
        (
            "units above each other in a circle",
            vec![below(first, second), below(second, first)],
            "change-circle",
        ),
        (
            "g1: units that close into each other",
            vec![after(first, second), after(second, first)],
            "change-circle",
        ),
    ];
    for (name, changes, result) in cases {
        let body = act(&recorder.roster, ACT_PLAN_CARRIED_OUT, changes);
        let of = payload(recorder, None, &body);
        let signed = Signed::new(&of, &[(SlotRole::Officer, &secret("second officer"))]);
        recorder.refuses(name, &signed, result);
    }
}

fn of_the_policy(recorder: &mut Recorder) {
    let rules = |change: fn(&mut Policy)| {
        let mut rules = policy();
        change(&mut rules);
        Change::put(POLICY_ID, &rules)
    };
    let cases = [
        (
            "another id of the policy",
            vec![Change::put("rules", &policy())],
            "change-id",
        ),
        (
            "f7: more than eight hours",
            vec![rules(|it| it.due_minutes[0] = 481)],
            "change-policy",
        ),
        (
            "f7: no due times",
            vec![rules(|it| it.due_minutes.clear())],
            "change-policy",
        ),
        (
            "a password that is never too old",
            vec![rules(|it| it.password_days = 0)],
            "change-policy",
        ),
        (
            "a password for more than a year",
            vec![rules(|it| it.password_days = 367)],
            "change-policy",
        ),
        (
            "checks that fall",
            vec![rules(|it| it.mandatory_checks.reverse())],
            "change-policy",
        ),
    ];
    try_each(recorder, cases);
}

fn of_accounts(recorder: &mut Recorder) {
    let clerk =
        |roles: &[Role], devices: &[&str]| Change::put(CLERK, &account("p-zhang3", roles, devices));
    let relabelled = Change {
        kind: Kind::Account,
        ..clerk(&[Role::Send], &[PC])
    };
    let relabelled = Change {
        record: Change::put(UNIT, &unit("单位")).record,
        ..relabelled
    };
    let used = {
        let mut used = ticket("t-new", CLERK);
        used.used_by = Some(digest("nobody"));
        Change::put("t-new", &used)
    };
    let cases = [
        ("a unit as an account", vec![relabelled], "change-record"),
        ("no role", vec![clerk(&[], &[PC])], "change-roles"),
        (
            "roles that fall",
            vec![clerk(&[Role::Receive, Role::Send], &[PC])],
            "change-roles",
        ),
        (
            "computers that fall",
            vec![clerk(&[Role::Send], &[PC2, PC])],
            "change-devices",
        ),
        (
            "a computer that is not",
            vec![clerk(&[Role::Send], &["513200-zfb-pc99"])],
            "change-unknown",
        ),
        ("a used ticket", vec![used], "change-ticket-exists"),
    ];
    try_each(recorder, cases);
}

fn of_seals(recorder: &mut Recorder) {
    let grant = |change: fn(&mut SealGrant)| {
        let mut grant = seal(Status::Active);
        change(&mut grant);
        Change::put(SEAL, &grant)
    };
    let cases = [
        (
            "a seal on no computer",
            vec![grant(|it| it.devices.clear())],
            "change-devices",
        ),
        (
            "a seal without key",
            vec![grant(|it| it.keys.clear())],
            "change-keys",
        ),
        (
            "a5: a seal with a weak key",
            vec![grant(|it| it.keys = vec![unchecked(&neutral())])],
            "change-key",
        ),
        (
            "a seal that ends first",
            vec![grant(|it| it.valid_until = it.valid_from)],
            "change-validity",
        ),
        (
            "another unit's seal",
            vec![Change::put("513201-zf-seal01", &seal(Status::Active))],
            "change-another-unit",
        ),
    ];
    try_each(recorder, cases);
}

/// What is tried, as whom on which computer, the body, and the refusal.
type Tried<'a> = (&'a str, Option<(&'a str, &'a str)>, Enrolment, &'a str);

pub(super) fn enrolments(recorder: &mut Recorder) {
    let with = |change: fn(&mut Enrolment)| {
        let mut body = enrolment("t-clerk", CLERK);
        change(&mut body);
        body
    };
    let sign = |recorder: &Recorder, said: Option<(&str, &str)>, body: &Enrolment| {
        enrolled(&payload(recorder, said, body), "t-clerk", CLERK, PC)
    };
    let good = sign(recorder, Some((CLERK, PC)), &with(|_| ()));
    let late = ticket("t-clerk", CLERK).expires.plus_ms(1);
    recorder.refuses_at("g7: an expired ticket", &good, late, "ticket-expired");
    let cases: [Tried<'_>; 6] = [
        (
            "g7: for another account",
            Some((MANAGER, PC)),
            with(|_| ()),
            "ticket-for-other",
        ),
        (
            "g7: on another computer",
            Some((CLERK, PC2)),
            with(|_| ()),
            "ticket-for-other",
        ),
        ("g7: for nobody", None, with(|_| ()), "ticket-for-other"),
        (
            "g7: keys of another computer",
            Some((CLERK, PC)),
            with(|it| it.account.device = PC2.parse().expect("a device")),
            "ticket-for-other",
        ),
        (
            "an unknown ticket",
            Some((CLERK, PC)),
            with(|it| it.ticket = "t-none".parse().expect("a ticket")),
            "unknown-ticket",
        ),
        (
            "a short encryption key",
            Some((CLERK, PC)),
            with(|it| it.account.encryption.bytes.truncate(1_215)),
            "change-encryption-key",
        ),
    ];
    for (name, said, body, result) in cases {
        let signed = sign(recorder, said, &body);
        recorder.refuses(name, &signed, result);
    }
    let payload = payload(recorder, Some((CLERK, PC)), &with(|_| ()));
    let other = enrolled(&payload, "t-manager", CLERK, PC);
    recorder.refuses("g7: signed with another ticket", &other, "signature");
    let without = Signed::new(
        &payload,
        &[
            (SlotRole::NewAccount, &secret(CLERK)),
            (SlotRole::NewDevice, &secret(PC)),
        ],
    );
    recorder.refuses("g7: not signed with the ticket", &without, "signature");
    let again = vec![Change::put("t-clerk", &ticket("t-clerk", CLERK))];
    let again = by_officer(recorder, ACT_POLICY_SET, again);
    recorder.refuses("g7: a ticket issued twice", &again, "change-ticket-exists");
    let early = by_account(recorder, MANAGER, &unit_key(MANAGER, 1));
    recorder.refuses("an account without keys", &early, "standing-not-enrolled");
}
