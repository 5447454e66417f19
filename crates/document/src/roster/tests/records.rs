//! What a record must be: every refusal, each with what provokes it.

use minicbor::bytes::ByteVec;

use super::land::{
    CLERK, CUSTODIAN, Land, ORIGIN, PC, PC2, SEAL, TOWN, TOWN_PC, UNIT, account, device, exchange,
    officer, policy, seal, secret, ticket, ticket_of, unit,
};
use crate::key::{BadKey, PublicKey};
use crate::roster::act::Change;
use crate::roster::record::{
    Account, Device, ExchangeKeys, Kind, Officer, Policy, Role, SealGrant, Status, Ticket, Unit,
};
use crate::roster::{
    BadChange, CHANGES_MAX, DEVICES_MAX, POLICY_ID, RosterRefused, TEXT_BYTES_MAX,
};
use crate::signed::SlotRole;
use crate::{Digest, cbor};

/// What is wrong, the records, and the refusal.
type Refused = (&'static str, Vec<Change>, BadChange);

fn one(what: &'static str, change: Change, refusal: BadChange) -> Refused {
    (what, vec![change], refusal)
}

fn check(role: SlotRole, cases: Vec<Refused>) {
    let land = Land::grown();
    for (what, changes, expected) in cases {
        let refusal = land.refusal(&land.signed_act(role, changes));
        assert_eq!(refusal, RosterRefused::Change(expected), "{what}");
    }
}

/// A key as it comes from outside: the type itself refuses to make these.
fn unchecked(algorithm: u16, bytes: &[u8]) -> PublicKey {
    let bytes = cbor::to_vec(&Raw(algorithm, bytes.to_vec().into()));
    cbor::read(&bytes, 100).unwrap()
}

#[derive(minicbor::Encode)]
#[cbor(map)]
struct Raw(#[n(0)] u16, #[n(1)] ByteVec);

fn small_order() -> PublicKey {
    let mut identity = [0; 32];
    identity[0] = 1;
    unchecked(1, &identity)
}

#[test]
fn an_act_puts_some_records_and_each_once() {
    let many = |count| {
        let put = |n| Change::put(&format!("513200-u{n}"), &unit("单位"));
        (0..count).map(put).collect::<Vec<_>>()
    };
    let found = CHANGES_MAX + 1;
    let locked = Unit {
        status: Status::Suspended,
        ..unit("单位")
    };
    let twice = vec![
        Change::put("513200-u1", &locked),
        Change::put("513200-u2", &unit("单位")),
        Change::put("513200-u1", &unit("单位")),
    ];
    check(
        SlotRole::Officer,
        vec![
            ("none", Vec::new(), BadChange::Count { found: 0 }),
            ("too many", many(found), BadChange::Count { found }),
            ("a1: one unit twice", twice, BadChange::Twice(Kind::Unit)),
        ],
    );
    let mut land = Land::founded();
    land.officer_puts(many(CHANGES_MAX));
    assert_eq!(land.roster.all::<Unit>().count(), CHANGES_MAX);
}

#[test]
fn a_record_is_of_its_kind_and_id() {
    let relabelled = |kind| Change {
        kind,
        ..Change::put(UNIT, &device())
    };
    let with = |record: Vec<u8>| Change {
        record: ByteVec::from(record),
        ..Change::put(UNIT, &unit("单位"))
    };
    let mut more = cbor::to_vec(&unit("单位"));
    more.push(0);
    // Two text elements and a field that this version does not know.
    let newer = vec![0xa3, 0, 0x61, b'a', 2, 0, 4, 0];
    let record = BadChange::Record;
    check(
        SlotRole::Officer,
        vec![
            one(
                "a device as a unit",
                relabelled(Kind::Unit),
                record(Kind::Unit),
            ),
            one("an empty record", with(Vec::new()), record(Kind::Unit)),
            one("a4: bytes behind", with(more), record(Kind::Unit)),
            one(
                "a field of a later version",
                with(newer),
                record(Kind::Unit),
            ),
        ],
    );
}

#[test]
fn an_id_is_of_its_kind() {
    check(
        SlotRole::Officer,
        vec![
            one(
                "an id of policy",
                Change::put("rules", &policy()),
                BadChange::Id(Kind::Policy),
            ),
            one(
                "a unit's id",
                Change::put("zfb", &unit("单位")),
                BadChange::Id(Kind::Unit),
            ),
            one(
                "an account's id",
                Change::put(PC, &account("p-a", &[Role::Send], &[PC])),
                BadChange::Id(Kind::Account),
            ),
            one(
                "a device's id",
                Change::put(CLERK, &device()),
                BadChange::Id(Kind::Device),
            ),
            one(
                "a ticket's id",
                Change::put("ticket", &ticket(CLERK, PC)),
                BadChange::Id(Kind::Ticket),
            ),
            one(
                "a seal's id",
                Change::put(CUSTODIAN, &seal()),
                BadChange::Id(Kind::Seal),
            ),
        ],
    );
    check(
        SlotRole::Root,
        vec![
            one(
                "an officer's id",
                Change::put("officer1", &officer(Status::Active)),
                BadChange::Id(Kind::Officer),
            ),
            one(
                "another exchange",
                Change::put("other.example", &exchange()),
                BadChange::Id(Kind::Exchange),
            ),
        ],
    );
}

#[test]
fn g3_names_are_short_and_visible() {
    let texts = [
        String::new(),
        "  \u{3000}".to_owned(),
        "长".repeat(TEXT_BYTES_MAX / 3 + 1),
        "云岭州\n办公室".to_owned(),
        "云岭州\u{0}".to_owned(),
        "云岭州\u{202e}室公办".to_owned(),
        "云岭\u{200b}州".to_owned(),
        "云岭\u{3164}州".to_owned(),
    ];
    let mut cases = Vec::new();
    for text in texts {
        let unit = unit(&text);
        let device = Device {
            label: text.clone(),
            ..device()
        };
        let account = Account {
            post: text.clone(),
            ..account("p-a", &[Role::Send], &[PC])
        };
        let seal = SealGrant {
            name: text,
            ..seal()
        };
        cases.push(one(
            "unit",
            Change::put(UNIT, &unit),
            BadChange::Text(Kind::Unit),
        ));
        cases.push(one(
            "device",
            Change::put(PC, &device),
            BadChange::Text(Kind::Device),
        ));
        cases.push(one(
            "account",
            Change::put(CLERK, &account),
            BadChange::Text(Kind::Account),
        ));
        cases.push(one(
            "seal",
            Change::put(SEAL, &seal),
            BadChange::Text(Kind::Seal),
        ));
    }
    check(SlotRole::Officer, cases);
    let mut land = Land::founded();
    land.officer_puts(vec![Change::put(
        UNIT,
        &unit(&"长".repeat(TEXT_BYTES_MAX / 3)),
    )]);
}

#[test]
fn a5_keys_of_a_record_are_sound() {
    let key = |name: &str| secret(name).public();
    let kind = Kind::Officer;
    let keyed = |keys: Vec<PublicKey>| {
        let status = Status::Active;
        Change::put("p-officer1", &Officer { keys, status })
    };
    let bad = |cause| BadChange::Key { kind, cause };
    let unknown = BadKey::UnknownAlgorithm { found: 2 };
    let twice = vec![key("a"), key("a")];
    let three = vec![key("a"), key("b"), key("c")];
    let one_for_all = ExchangeKeys {
        entries: exchange().checkpoint,
        ..exchange()
    };
    let weak = ExchangeKeys {
        tls: small_order(),
        ..exchange()
    };
    let weak_tls = BadChange::Key {
        kind: Kind::Exchange,
        cause: BadKey::SmallOrder,
    };
    check(
        SlotRole::Root,
        vec![
            one("no key", keyed(Vec::new()), BadChange::Keys(kind)),
            one(
                "more than a slot holds",
                keyed(three),
                BadChange::Keys(kind),
            ),
            one("one key twice", keyed(twice), BadChange::Keys(kind)),
            one(
                "of small order",
                keyed(vec![small_order()]),
                bad(BadKey::SmallOrder),
            ),
            one(
                "no point",
                keyed(vec![unchecked(1, &[0xff; 32])]),
                bad(BadKey::NotAPoint),
            ),
            one(
                "too short",
                keyed(vec![unchecked(1, &[9; 31])]),
                bad(BadKey::NotAPoint),
            ),
            one(
                "another algorithm",
                keyed(vec![unchecked(2, &[9; 32])]),
                bad(unknown),
            ),
            one(
                "one key for two uses",
                Change::put(ORIGIN, &one_for_all),
                BadChange::Keys(Kind::Exchange),
            ),
            one(
                "a weak key of the exchange",
                Change::put(ORIGIN, &weak),
                weak_tls,
            ),
        ],
    );
}

#[test]
fn a5_keys_of_tickets_and_seals_are_sound() {
    let ticket = Ticket {
        key: small_order(),
        ..ticket(CLERK, PC2)
    };
    let seal = SealGrant {
        keys: Vec::new(),
        ..seal()
    };
    let weak_ticket = BadChange::Key {
        kind: Kind::Ticket,
        cause: BadKey::SmallOrder,
    };
    check(
        SlotRole::Officer,
        vec![
            one("a weak ticket", Change::put("t-new", &ticket), weak_ticket),
            one(
                "a seal without key",
                Change::put(SEAL, &seal),
                BadChange::Keys(Kind::Seal),
            ),
        ],
    );
}

#[test]
fn a_record_names_only_what_is_there() {
    let unknown = |of, kind| BadChange::Unknown { of, kind };
    let parent = Unit {
        parent: Some("513209-zf".parse().unwrap()),
        ..unit("单位")
    };
    let successor = Unit {
        successor: Some("513209-zf".parse().unwrap()),
        ..unit("单位")
    };
    let itself = Unit {
        parent: Some(UNIT.parse().unwrap()),
        ..unit("单位")
    };
    let own_successor = Unit {
        successor: Some(UNIT.parse().unwrap()),
        ..unit("单位")
    };
    let lost = account("p-a", &[Role::Send], &["513200-zfb-pc99"]);
    let stray = account("p-a", &[Role::Send], &[]);
    let (account, device) = (Kind::Account, Kind::Device);
    let of_unit = unknown(Kind::Unit, Kind::Unit);
    check(
        SlotRole::Officer,
        vec![
            one("a parent", Change::put(UNIT, &parent), of_unit),
            one("a successor", Change::put(UNIT, &successor), of_unit),
            one(
                "above itself",
                Change::put(UNIT, &itself),
                BadChange::Itself(Kind::Unit),
            ),
            one(
                "after itself",
                Change::put(UNIT, &own_successor),
                BadChange::Itself(Kind::Unit),
            ),
            one(
                "a computer",
                Change::put(CLERK, &lost),
                unknown(account, device),
            ),
            one(
                "an account of no unit",
                Change::put("513209-zf-fs01", &stray),
                unknown(account, Kind::Unit),
            ),
            one(
                "a computer of no unit",
                Change::put("513209-zf-pc01", &super::land::device()),
                unknown(device, Kind::Unit),
            ),
        ],
    );
}

#[test]
fn a_ticket_or_seal_names_only_what_is_there() {
    let unknown = |of, kind| BadChange::Unknown { of, kind };
    let of_nobody = Ticket {
        account: "513200-zfb-fs99".parse().unwrap(),
        ..ticket(CLERK, PC)
    };
    let on_nothing = Ticket {
        device: "513200-zfb-pc99".parse().unwrap(),
        ..ticket(CLERK, PC)
    };
    let kept_by_nobody = SealGrant {
        custodian: "513200-zfb-yz99".parse().unwrap(),
        ..seal()
    };
    let kept_nowhere = SealGrant {
        devices: vec!["513200-zfb-pc99".parse().unwrap()],
        ..seal()
    };
    let (account, device) = (Kind::Account, Kind::Device);
    check(
        SlotRole::Officer,
        vec![
            one(
                "a ticket for nobody",
                Change::put("t-new", &of_nobody),
                unknown(Kind::Ticket, account),
            ),
            one(
                "a ticket for no computer",
                Change::put("t-new", &on_nothing),
                unknown(Kind::Ticket, device),
            ),
            one(
                "a seal kept by nobody",
                Change::put(SEAL, &kept_by_nobody),
                unknown(Kind::Seal, account),
            ),
            one(
                "a seal on no computer",
                Change::put(SEAL, &kept_nowhere),
                unknown(Kind::Seal, device),
            ),
        ],
    );
}

#[test]
fn a_record_keeps_within_its_unit() {
    let account_elsewhere = account("p-a", &[Role::Send], &[TOWN_PC]);
    let seal_elsewhere = SealGrant {
        devices: vec![PC.parse().unwrap(), TOWN_PC.parse().unwrap()],
        ..seal()
    };
    let custodian_elsewhere = SealGrant {
        custodian: super::land::TOWN_CLERK.parse().unwrap(),
        ..seal()
    };
    check(
        SlotRole::Officer,
        vec![
            one(
                "an account on another's computer",
                Change::put(CLERK, &account_elsewhere),
                BadChange::AnotherUnit(Kind::Account),
            ),
            one(
                "a seal on another's computer",
                Change::put(SEAL, &seal_elsewhere),
                BadChange::AnotherUnit(Kind::Seal),
            ),
            one(
                "a seal kept by another",
                Change::put(SEAL, &custodian_elsewhere),
                BadChange::AnotherUnit(Kind::Seal),
            ),
            one(
                "another's seal",
                Change::put("513201-zf-seal01", &seal()),
                BadChange::AnotherUnit(Kind::Seal),
            ),
        ],
    );
}

#[test]
fn lists_of_roles_and_computers_rise() {
    let roles = |roles: &[Role]| Change::put(CLERK, &account("p-a", roles, &[PC]));
    let placed = |devices: &[&str]| Change::put(CLERK, &account("p-a", &[Role::Send], devices));
    let sealed = |devices: &[&str]| {
        let devices = devices.iter().map(|id| id.parse().unwrap()).collect();
        Change::put(SEAL, &SealGrant { devices, ..seal() })
    };
    let many: Vec<String> = (0..=DEVICES_MAX)
        .map(|n| format!("513200-zfb-pc{n:02}"))
        .collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let (account, seal) = (
        BadChange::Devices(Kind::Account),
        BadChange::Devices(Kind::Seal),
    );
    check(
        SlotRole::Officer,
        vec![
            one("no role", roles(&[]), BadChange::Roles),
            one(
                "a role twice",
                roles(&[Role::Send, Role::Send]),
                BadChange::Roles,
            ),
            one(
                "falling roles",
                roles(&[Role::Receive, Role::Send]),
                BadChange::Roles,
            ),
            one("a computer twice", placed(&[PC, PC]), account),
            one("falling computers", placed(&[PC2, PC]), account),
            one("too many computers", placed(&many), account),
            one("a seal on no computer", sealed(&[]), seal),
            one("a seal on one twice", sealed(&[PC, PC]), seal),
            one("a seal on falling computers", sealed(&[PC2, PC]), seal),
        ],
    );
}

#[test]
fn a_ticket_is_new() {
    let used = Ticket {
        used_by: Some(Digest::of(b"nobody")),
        ..ticket(CLERK, PC2)
    };
    let again = Change::put(&ticket_of(CLERK, PC), &ticket(CLERK, PC));
    check(
        SlotRole::Officer,
        vec![
            one("g7: a used ticket again", again, BadChange::TicketExists),
            one(
                "born used",
                Change::put("t-new", &used),
                BadChange::TicketExists,
            ),
        ],
    );
}

#[test]
fn a_seal_is_valid_for_some_time() {
    let at = |valid_from, valid_until| SealGrant {
        valid_from,
        valid_until,
        ..seal()
    };
    let (from, until) = (seal().valid_from, seal().valid_until);
    let (never, backwards) = (at(from, from), at(until, from));
    check(
        SlotRole::Officer,
        vec![
            one("no time", Change::put(SEAL, &never), BadChange::Validity),
            one(
                "backwards",
                Change::put(SEAL, &backwards),
                BadChange::Validity,
            ),
        ],
    );
}

#[test]
fn f7_a_policy_cannot_loosen_the_law() {
    let due = |due_minutes: &[u16]| Policy {
        due_minutes: due_minutes.to_vec(),
        ..policy()
    };
    let checks = |mandatory_checks: Vec<u16>| Policy {
        mandatory_checks,
        ..policy()
    };
    let days = |password_days: u16| Policy {
        password_days,
        ..policy()
    };
    let policies = [
        days(0),
        days(367),
        due(&[]),
        due(&[480, 480, 480, 480]),
        due(&[480, 480, 480, 480, 480, 480]),
        due(&[481, 480, 480, 480, 480]),
        due(&[480, 480, 480, 480, 0]),
        due(&[480, 480, 480, 480, u16::MAX]),
        checks(vec![2, 1]),
        checks(vec![1, 1]),
        checks((0..65).collect()),
    ];
    let cases = policies
        .iter()
        .map(|policy| one("policy", Change::put(POLICY_ID, policy), BadChange::Policy));
    check(SlotRole::Officer, cases.collect());
    // A ceiling above 秘密 is not a policy at all.
    let mut record = cbor::to_vec(&policy());
    assert_eq!(record[..3], [0xa5, 0, 2]);
    record[2] = 3;
    let change = Change {
        record: record.into(),
        ..Change::put(POLICY_ID, &policy())
    };
    check(
        SlotRole::Officer,
        vec![one(
            "a ceiling of 机密",
            change,
            BadChange::Record(Kind::Policy),
        )],
    );
}

#[test]
fn a9_what_was_closed_for_ever_stays_closed() {
    let mut land = Land::grown();
    let closed_unit = Unit {
        status: Status::Closed,
        ..unit("青岭市人民政府")
    };
    let closed_device = Device {
        status: Status::Closed,
        ..device()
    };
    let closed_account = Account {
        status: Status::Closed,
        ..account("p-zhang3", &[Role::Send], &[PC])
    };
    let closed_seal = SealGrant {
        status: Status::Closed,
        ..seal()
    };
    land.officer_puts(vec![
        Change::put(TOWN, &closed_unit),
        Change::put(PC2, &closed_device),
        Change::put(CLERK, &closed_account),
        Change::put(SEAL, &closed_seal),
    ]);
    let again = [
        Change::put(TOWN, &unit("青岭市人民政府")),
        Change::put(PC2, &device()),
        Change::put(CLERK, &account("p-zhang3", &[Role::Send], &[PC])),
        Change::put(SEAL, &seal()),
        Change::put(
            SEAL,
            &SealGrant {
                status: Status::Suspended,
                ..seal()
            },
        ),
    ];
    for change in again {
        let refusal = RosterRefused::Change(BadChange::Closed(change.kind));
        let signed = land.signed_act(SlotRole::Officer, vec![change]);
        assert_eq!(land.refusal(&signed), refusal);
    }
    // A correction of what stays closed is still possible.
    land.officer_puts(vec![Change::put(CLERK, &closed_account)]);
    land.root_puts(vec![Change::put("p-officer1", &officer(Status::Closed))]);
    let officer = Change::put("p-officer1", &officer(Status::Active));
    let signed = land.signed_act(SlotRole::Root, vec![officer]);
    let refusal = RosterRefused::Change(BadChange::Closed(Kind::Officer));
    assert_eq!(land.refusal(&signed), refusal);
}
