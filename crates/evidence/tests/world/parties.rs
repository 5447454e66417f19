//! The authority, the offices, their people, computers and keys.

use std::collections::BTreeMap;

use rand_chacha::ChaCha20Rng;
use yichuan_document::key::SigningSecret;
use yichuan_document::level::Ceiling;
use yichuan_document::roster::act::{AuthorityAct, Change, Enrolment, Genesis, NewUnitKey};
use yichuan_document::roster::record::{
    Account, AccountKeys, Device, DeviceKeys, EpochShare, ExchangeKeys, Officer, Policy, Role,
    SealGrant, Status, Ticket, Unit, UnitKey,
};
use yichuan_document::roster::{POLICY_ID, Roster};
use yichuan_document::signed::{Context, Payload, RosterHead, Signed, SlotRole};
use yichuan_document::{Digest, StatementId, Timestamp, tree};
use yichuan_envelope::EncryptionSecret;
use yichuan_evidence::entry::EntryKind;

use super::{CUSTODIAN, ISSUER, ORIGIN, RECIPIENTS, SEAL, World};

/// The accounts: id, person, roles.
const ACCOUNTS: [(&str, &str, &[Role]); 8] = [
    ("513200-zfb-fs01", "p-zhang3", &[Role::Send]),
    ("513200-zfb-fs02", "p-li4", &[Role::Send]),
    ("513200-zfb-sp01", "p-li4", &[Role::Approve]),
    ("513200-zfb-yz01", "p-wang5", &[Role::Seal]),
    (
        "513200-zfb-gl01",
        "p-zhao6",
        &[Role::Approve, Role::Seal, Role::Manage],
    ),
    ("513201-zf-js01", "p-qian7", &[Role::Receive, Role::Manage]),
    ("513202-zf-js01", "p-sun8", &[Role::Receive, Role::Manage]),
    ("513200-daj-js01", "p-zhou9", &[Role::Receive, Role::Manage]),
];

/// Accounts that come later, with the unit that supervises and a unit that nothing was sent to.
const LATER: [(&str, &str, &[Role]); 4] = [
    ("513203-zf-js01", "p-wu10", &[Role::Receive, Role::Manage]),
    ("513200-zf-db01", "p-zheng11", &[Role::Authority]),
    ("513203-zf-db01", "p-feng12", &[Role::Authority]),
    ("513202-zf-fs01", "p-chen13", &[Role::Send]),
];
/// The unit above [`RECIPIENTS`] 0 and [`ADDED`].
pub(crate) const ABOVE: &str = "513200-zf";
/// A unit that is no party of the document.
pub(crate) const ADDED: &str = "513203-zf";

/// Keys that belong to no account: of the authority, the exchange, computers and the seal.
const OTHER_KEYS: [&str; 10] = [
    "root",
    "officer",
    "checkpoint",
    "entries",
    "tls",
    "513200-zfb-pc01",
    "513201-zf-pc01",
    "513202-zf-pc01",
    "513200-daj-pc01",
    SEAL,
];

fn named_seed(name: &str) -> [u8; 32] {
    *Digest::of_parts(&[b"test key of ", name.as_bytes()]).as_bytes()
}

fn secret(name: &str) -> SigningSecret {
    SigningSecret::from_seed(&named_seed(name))
}

pub(super) fn keys() -> BTreeMap<String, SigningSecret> {
    let accounts = ACCOUNTS.iter().chain(&LATER).map(|row| row.0);
    let later = ["513200-zf-pc01", "513203-zf-pc01"];
    let names = accounts.chain(OTHER_KEYS).chain(later);
    names.map(|name| (name.to_owned(), secret(name))).collect()
}

pub(super) fn unit_keys() -> BTreeMap<String, EncryptionSecret> {
    let codes = RECIPIENTS.into_iter().chain([ISSUER, ADDED]);
    codes
        .map(|code| {
            (
                code.to_owned(),
                EncryptionSecret::from_seed(&named_seed(code)),
            )
        })
        .collect()
}

/// The one computer of an account's unit.
pub(super) fn device_of(account: &str) -> String {
    let (unit, _) = account.rsplit_once('-').unwrap();
    format!("{unit}-pc01")
}

pub(super) fn genesis(rng: &mut ChaCha20Rng, now: Timestamp) -> (Digest, Roster, Signed) {
    let root = secret("root");
    let body = Genesis {
        roots: vec![root.public()],
        threshold: 1,
        next: Digest::of(b"next"),
    };
    let context = Context {
        origin: ORIGIN.parse().unwrap(),
        genesis: Digest::from_bytes([0; 32]),
        roster: RosterHead {
            count: 0,
            root: tree::root(&[]),
        },
        seen: None,
        account: None,
        device: None,
    };
    let payload = Payload::new(&context, StatementId::new(now, rng), now, &body);
    let signed = Signed::new(&payload, &[(SlotRole::Root, &root)]);
    (signed.digest(), Roster::begin(&signed).unwrap(), signed)
}

/// Everybody that the document needs.
pub(super) fn enrol(world: &mut World) {
    let officer = Officer {
        keys: vec![world.keys["officer"].public()],
        status: Status::Active,
    };
    let exchange = ExchangeKeys {
        checkpoint: world.keys["checkpoint"].public(),
        entries: world.keys["entries"].public(),
        tls: world.keys["tls"].public(),
        next: None,
    };
    let changes = [
        Change::put("p-officer", &officer),
        Change::put(ORIGIN, &exchange),
    ];
    world.act(SlotRole::Root, "root", changes.to_vec());
    let mut changes = vec![Change::put(POLICY_ID, &policy())];
    for code in RECIPIENTS.into_iter().chain([ISSUER]) {
        changes.push(Change::put(code, &unit_record(code)));
        changes.push(computer(code));
    }
    for (id, _, _) in ACCOUNTS {
        changes.push(Change::put(id, &account(id, Status::Active)));
    }
    changes.push(Change::put(SEAL, &seal(Status::Active)));
    world.act(SlotRole::Officer, "officer", changes);
    let tickets = ACCOUNTS.iter().map(|(id, _, _)| ticket(id)).collect();
    world.act(SlotRole::Officer, "officer", tickets);
    for (id, _, _) in ACCOUNTS {
        world.enrolment(id);
    }
    for (id, _, roles) in ACCOUNTS {
        if roles.contains(&Role::Manage) {
            world.unit_key(id);
        }
    }
}

/// The rules of the installation.
pub(crate) fn policy() -> Policy {
    Policy {
        ceiling: Ceiling::Secret,
        rule_set: 1,
        mandatory_checks: (1..=7).collect(),
        due_minutes: vec![480, 480, 240, 120, 60],
        password_days: 90,
        session_idle_minutes: None,
        session_hours: None,
        clocks: None,
    }
}

/// The computer of a unit.
fn computer(code: &str) -> Change {
    let device = Device {
        responsible: "p-officer".parse().unwrap(),
        label: "机要室".to_owned(),
        status: Status::Active,
        kind: None,
        owner: None,
        place: None,
    };
    Change::put(&format!("{code}-pc01"), &device)
}

/// The unit above the first recipient, and a unit that is no party yet.
pub(crate) fn widen(world: &mut World) {
    let below = |code| Unit {
        parent: Some(ABOVE.parse().unwrap()),
        ..unit_record(code)
    };
    let mut changes = vec![
        Change::put(ABOVE, &unit_record(ABOVE)),
        Change::put(ADDED, &below(ADDED)),
        Change::put(RECIPIENTS[0], &below(RECIPIENTS[0])),
        computer(ABOVE),
        computer(ADDED),
    ];
    for (id, _, _) in LATER {
        changes.push(Change::put(id, &account(id, Status::Active)));
    }
    world.act(SlotRole::Officer, "officer", changes);
    let tickets = LATER.iter().map(|(id, _, _)| ticket(id)).collect();
    world.act(SlotRole::Officer, "officer", tickets);
    // One computer has one set of keys, whoever enrols on it.
    for (id, _, _) in LATER {
        world.enrolment(id);
    }
    world.unit_key("513203-zf-js01");
}

pub(crate) fn unit_record(code: &str) -> Unit {
    let name = match code {
        ISSUER => "云岭州人民政府办公室",
        "513201-zf" => "青岭市人民政府",
        "513202-zf" => "白河县人民政府",
        ABOVE => "云岭州人民政府",
        ADDED => "松坪县人民政府",
        _ => "云岭州档案局",
    };
    Unit {
        name: name.to_owned(),
        parent: None,
        status: Status::Active,
        successor: None,
        world: None,
    }
}

fn ticket(id: &str) -> Change {
    let name = ticket_of(id);
    let ticket = Ticket {
        key: secret(&name).public(),
        account: id.parse().unwrap(),
        device: device_of(id).parse().unwrap(),
        expires: Timestamp::from_unix_ms(2_000_000_000_000),
        used_by: None,
        application: None,
    };
    Change::put(&name, &ticket)
}

fn ticket_of(id: &str) -> String {
    format!("t-{}", id.replace('-', ""))
}

/// The record of one of [`ACCOUNTS`].
pub(crate) fn account(id: &str, status: Status) -> Account {
    let mut all = ACCOUNTS.into_iter().chain(LATER);
    let (_, person, roles) = all.find(|row| row.0 == id).unwrap();
    Account {
        roles: roles.to_vec(),
        person: person.parse().unwrap(),
        post: "办公室文书".to_owned(),
        devices: vec![device_of(id).parse().unwrap()],
        status,
        ceiling: None,
    }
}

/// The record of the seal.
pub(crate) fn seal(status: Status) -> SealGrant {
    SealGrant {
        name: "云岭州人民政府办公室公章".to_owned(),
        kind: 1,
        picture: Digest::of(b"picture"),
        custodian: CUSTODIAN.parse().unwrap(),
        devices: vec!["513200-zfb-pc01".parse().unwrap()],
        valid_from: Timestamp::from_unix_ms(1_700_000_000_000),
        valid_until: Timestamp::from_unix_ms(1_900_000_000_000),
        keys: vec![secret(SEAL).public()],
        ses: None,
        status,
        awaits: None,
        application: None,
    }
}

impl World {
    /// An act of the authority, recorded.
    pub(crate) fn act(&mut self, role: SlotRole, key: &str, changes: Vec<Change>) {
        let body = AuthorityAct {
            sequence: self.roster.sequence() + 1,
            previous: self.roster.last_act(),
            act: 1,
            changes,
            attachments: Vec::new(),
        };
        let payload = self.payload(None, &body);
        let signed = self.sign(&payload, &[(role, key)]);
        self.fold(EntryKind::Authority, &signed);
    }

    /// An account's status, changed by an officer.
    pub(crate) fn set_account(&mut self, id: &str, status: Status) {
        let change = Change::put(id, &account(id, status));
        self.act(SlotRole::Officer, "officer", vec![change]);
    }

    fn enrolment(&mut self, id: &str) {
        let device = device_of(id);
        let body = Enrolment {
            ticket: ticket_of(id).parse().unwrap(),
            account: AccountKeys {
                signing: vec![self.keys[id].public()],
                encryption: EncryptionSecret::from_seed(&named_seed(id)).public(),
                device: device.parse().unwrap(),
            },
            device: DeviceKeys {
                tls: secret(&format!("tls of {device}")).public(),
                signing: vec![self.keys[&device].public()],
            },
        };
        let payload = self.payload(Some(id), &body);
        let ticket = secret(&ticket_of(id));
        let signers = [
            (SlotRole::Ticket, &ticket),
            (SlotRole::NewAccount, &self.keys[id]),
            (SlotRole::NewDevice, &self.keys[&device]),
        ];
        let signed = Signed::new(&payload, &signers);
        self.fold(EntryKind::Enrolment, &signed);
    }

    fn unit_key(&mut self, id: &str) {
        let (unit, _) = id.rsplit_once('-').unwrap();
        let keys = self.roster.account_keys(&id.parse().unwrap()).unwrap();
        let body = NewUnitKey {
            unit: unit.parse().unwrap(),
            key: UnitKey {
                epoch: 1,
                key: self.unit_keys[unit].public(),
                made_by: id.parse().unwrap(),
                stale: None,
                previous: None,
                escrow: None,
            },
            // What is closed in a share, nobody in these tests opens.
            share: EpochShare {
                epoch: 1,
                key: keys.encryption.id(),
                enc: vec![1; 1_120],
                ct: vec![2; 48],
            },
            cause: None,
        };
        let signed = self.said(id, &body);
        self.fold(EntryKind::UnitKey, &signed);
    }

    fn fold(&mut self, kind: EntryKind, signed: &Signed) {
        let decided = self.roster.decide(signed, self.now).unwrap();
        self.roster.apply(&decided);
        self.append(kind, signed, &[], None, false);
    }
}
