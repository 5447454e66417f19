//! The prefecture: its units with two people each, their computers, keys and seals.

use rand_chacha::ChaCha20Rng;
use yichuan_document::key::SigningSecret;
use yichuan_document::level::Ceiling;
use yichuan_document::roster::act::{AuthorityAct, Change, Enrolment, Genesis, NewUnitKey};
use yichuan_document::roster::record::clocks::{Clocks, STEPS};
use yichuan_document::roster::record::{
    Account, AccountKeys, Device, DeviceKeys, ExchangeKeys, Officer, Policy, Role, SealGrant,
    Status, Ticket, Unit, UnitKey,
};
use yichuan_document::roster::{POLICY_ID, Roster};
use yichuan_document::signed::{Body, Context, Payload, RosterHead, Signed, SlotRole};
use yichuan_document::{
    AccountId, DeviceId, Digest, SealId, StatementId, Timestamp, UnitCode, UnitRef, tree,
};
use yichuan_envelope::{EncryptionSecret, close_share};

use super::BEGIN;

/// The units below the one that supervises.
pub struct Land {
    /// The units, the supervising one not among them.
    pub units: Vec<Office>,
}

/// A unit, with who works there.
#[derive(Clone, Debug)]
pub struct Office {
    /// Its code.
    pub code: UnitCode,
    /// Enters, sends, receives, and keeps the seal.
    pub clerk: AccountId,
    /// Approves.
    pub head: AccountId,
    /// The one computer.
    pub device: DeviceId,
    /// The seal.
    pub seal: SealId,
}

/// A secret key that grows from a name.
pub fn secret(name: &str) -> SigningSecret {
    SigningSecret::from_seed(Digest::of(name.as_bytes()).as_bytes())
}

fn encryption(name: &str) -> EncryptionSecret {
    EncryptionSecret::from_seed(Digest::of(name.as_bytes()).as_bytes())
}

fn parse<T: core::str::FromStr>(text: &str) -> T {
    let parsed = text.parse().ok();
    parsed.expect("names of the simulation have the form that they need")
}

/// The unit that supervises all others.
pub const TOP: &str = "510000-zfb";

/// The policy in force: wall-clock time, and nobody is asked when they looked.
pub fn policy() -> Policy {
    Policy {
        ceiling: Ceiling::Secret,
        rule_set: 1,
        mandatory_checks: vec![1],
        due_minutes: vec![480, 360, 240, 60, 30],
        password_days: 90,
        session_idle_minutes: None,
        session_hours: None,
        clocks: Some(Clocks {
            calendar: None,
            steps: STEPS.to_vec(),
            inquiry_minutes: 480,
            looks: Vec::new(),
        }),
    }
}

impl Land {
    /// So many units.
    pub fn new(units: usize) -> Self {
        let unit = |number: usize| {
            let code = format!("{}-zf", 511_000 + number);
            Office {
                clerk: parse(&format!("{code}-fs01")),
                head: parse(&format!("{code}-sp01")),
                device: parse(&format!("{code}-pc01")),
                seal: parse(&format!("{code}-seal01")),
                code: parse(&code),
            }
        };
        Self {
            units: (0..units).map(unit).collect(),
        }
    }

    /// The unit with this code.
    pub fn office(&self, code: &UnitCode) -> Option<&Office> {
        let number: usize = code.as_str().get(..6)?.parse().ok()?;
        self.units.get(number.checked_sub(511_000)?)
    }

    /// The genesis of an installation.
    pub fn genesis(rng: &mut ChaCha20Rng) -> Signed {
        let body = Genesis {
            roots: vec![secret("root").public()],
            threshold: 1,
            next: Digest::of(b"next"),
        };
        let context = Context {
            origin: parse("yichuan.example"),
            genesis: Digest::from_bytes([0; 32]),
            roster: RosterHead {
                count: 0,
                root: tree::empty_root(),
            },
            seen: None,
            account: None,
            device: None,
        };
        let payload = Payload::new(&context, StatementId::new(BEGIN, rng), BEGIN, &body);
        Signed::new(&payload, &[(SlotRole::Root, &secret("root"))])
    }

    /// The act with which the root certifies the officer and the exchange.
    pub fn root_act(roster: &Roster, rng: &mut ChaCha20Rng) -> Signed {
        let officer = Officer {
            keys: vec![secret("officer").public()],
            status: Status::Active,
        };
        let exchange = ExchangeKeys {
            checkpoint: secret("checkpoint").public(),
            entries: secret("entries").public(),
            tls: secret("tls").public(),
            next: None,
        };
        let changes = vec![
            Change::put("p-officer", &officer),
            Change::put("yichuan.example", &exchange),
        ];
        Self::sign_act(roster, changes, (SlotRole::Root, "root"), rng)
    }

    /// An act of the authority, signed with the key of this name.
    pub fn sign_act(
        roster: &Roster,
        changes: Vec<Change>,
        (role, key): (SlotRole, &str),
        rng: &mut ChaCha20Rng,
    ) -> Signed {
        let body = AuthorityAct {
            sequence: roster.sequence() + 1,
            previous: roster.last_act(),
            act: 1,
            changes,
            attachments: Vec::new(),
        };
        let context = context(roster, None, None);
        let payload = Payload::new(&context, StatementId::new(BEGIN, rng), BEGIN, &body);
        Signed::new(&payload, &[(role, &secret(key))])
    }

    /// Policy and units, as the changes of the acts that open them.
    pub fn acts(&self) -> Vec<Vec<Change>> {
        let policy = policy();
        let top = [Change::put(TOP, &unit("省政府办公厅", None))];
        let chief = [
            Change::put(&format!("{TOP}-pc01"), &device()),
            Change::put(
                &format!("{TOP}-db01"),
                &account(vec![Role::Authority], "p-chief", &format!("{TOP}-pc01")),
            ),
        ];
        let mut changes: Vec<Change> = vec![Change::put(POLICY_ID, &policy)];
        changes.extend(top);
        changes.extend(chief);
        for office in &self.units {
            let name = format!("{}人民政府", office.code);
            changes.push(Change::put(office.code.as_str(), &unit(&name, Some(TOP))));
            changes.push(Change::put(office.device.as_str(), &device()));
            let clerk = vec![Role::Send, Role::Receive, Role::Seal, Role::Manage];
            let persons = person_names(office);
            for (id, roles, person) in [
                (&office.clerk, clerk, persons.0),
                (&office.head, vec![Role::Approve], persons.1),
            ] {
                let record = account(roles, &person, office.device.as_str());
                changes.push(Change::put(id.as_str(), &record));
                let ticket = Ticket {
                    key: secret(&ticket_of(id)).public(),
                    account: id.clone(),
                    device: office.device.clone(),
                    expires: Timestamp::from_unix_ms(u64::MAX),
                    used_by: None,
                    application: None,
                };
                changes.push(Change::put(&ticket_of(id), &ticket));
            }
            changes.push(Change::put(office.seal.as_str(), &seal(office)));
        }
        changes.chunks(14).map(<[Change]>::to_vec).collect()
    }

    /// Who enrols.
    pub fn enrolments(&self) -> Vec<(AccountId, DeviceId)> {
        let of = |office: &Office| {
            [
                (office.clerk.clone(), office.device.clone()),
                (office.head.clone(), office.device.clone()),
            ]
        };
        self.units.iter().flat_map(of).collect()
    }

    /// An account's enrolment.
    pub fn enrol(
        roster: &Roster,
        (account, device): &(AccountId, DeviceId),
        rng: &mut ChaCha20Rng,
    ) -> Signed {
        let ticket = ticket_of(account);
        let body = Enrolment {
            ticket: parse(&ticket),
            account: AccountKeys {
                signing: vec![secret(account.as_str()).public()],
                encryption: encryption(account.as_str()).public(),
                device: device.clone(),
            },
            device: DeviceKeys {
                tls: secret(&format!("tls {device}")).public(),
                signing: vec![secret(device.as_str()).public()],
            },
        };
        let signers = [
            (SlotRole::Ticket, &secret(&ticket)),
            (SlotRole::NewAccount, &secret(account.as_str())),
            (SlotRole::NewDevice, &secret(device.as_str())),
        ];
        let context = context(roster, Some(account), Some(device));
        let payload = Payload::new(&context, StatementId::new(BEGIN, rng), BEGIN, &body);
        Signed::new(&payload, &signers)
    }

    /// The first key of a unit.
    pub fn unit_key(&self, roster: &Roster, unit: usize, rng: &mut ChaCha20Rng) -> Signed {
        let office = &self.units[unit];
        let unit_secret = encryption(office.code.as_str());
        let own = unit_ref(&office.code);
        let key = encryption(office.clerk.as_str()).public();
        let genesis = roster.genesis();
        let share = close_share(&unit_secret, &genesis, &own, 1, &office.clerk, &key, rng);
        let body = NewUnitKey {
            unit: office.code.clone(),
            key: UnitKey {
                epoch: 1,
                key: unit_secret.public(),
                made_by: office.clerk.clone(),
                stale: None,
                previous: None,
                escrow: None,
            },
            share: share.expect("a share for a key that is sound"),
            cause: None,
        };
        say(roster, office, &office.clerk, BEGIN, &body, rng)
    }
}

/// A statement of an account of an office, on its computer.
pub fn say<B: Body>(
    roster: &Roster,
    office: &Office,
    account: &AccountId,
    now: Timestamp,
    body: &B,
    rng: &mut ChaCha20Rng,
) -> Signed {
    let context = context(roster, Some(account), Some(&office.device));
    let payload = Payload::new(&context, StatementId::new(now, rng), now, body);
    let signers = [
        (SlotRole::Account, &secret(account.as_str())),
        (SlotRole::Device, &secret(office.device.as_str())),
    ];
    Signed::new(&payload, &signers)
}

fn context(roster: &Roster, account: Option<&AccountId>, device: Option<&DeviceId>) -> Context {
    Context {
        origin: roster.origin().clone(),
        genesis: roster.genesis(),
        roster: roster.head(),
        seen: None,
        account: account.cloned(),
        device: device.cloned(),
    }
}

/// A unit, as signed data names it.
pub fn unit_ref(code: &UnitCode) -> UnitRef {
    parse(&format!("{code}@yichuan.example"))
}

fn ticket_of(account: &AccountId) -> String {
    format!("t-{}", account.as_str().replace('-', ""))
}

fn unit(name: &str, parent: Option<&str>) -> Unit {
    Unit {
        name: name.to_owned(),
        parent: parent.map(parse),
        status: Status::Active,
        successor: None,
        world: None,
    }
}

fn device() -> Device {
    Device {
        responsible: parse("p-keeper"),
        label: "302 室".to_owned(),
        status: Status::Active,
        kind: None,
        owner: None,
        place: None,
    }
}

fn account(roles: Vec<Role>, person: &str, device: &str) -> Account {
    Account {
        roles,
        person: parse(person),
        post: "科员".to_owned(),
        devices: vec![parse(device)],
        status: Status::Active,
        ceiling: None,
    }
}

fn seal(office: &Office) -> SealGrant {
    SealGrant {
        name: format!("{}公章", office.code),
        kind: 1,
        picture: Digest::of(b"picture"),
        custodian: office.clerk.clone(),
        devices: vec![office.device.clone()],
        valid_from: Timestamp::default(),
        valid_until: Timestamp::from_unix_ms(u64::MAX),
        keys: vec![secret(office.seal.as_str()).public()],
        ses: None,
        status: Status::Active,
        awaits: None,
        application: None,
    }
}

/// The persons of an office: clerk and head.
fn person_names(office: &Office) -> (String, String) {
    let number = office.code.as_str().get(..6).unwrap_or_default();
    (format!("p-c{number}"), format!("p-h{number}"))
}
