//! A small land: its authority, two units, their people, computers, seal and keys.

use crate::key::SigningSecret;
use crate::roster::act::{
    AuthorityAct, Change, Enrolment, Genesis, NewShare, NewUnitKey, XWING_PUBLIC_BYTES,
};
use crate::roster::record::{
    Account, AccountKeys, Device, DeviceKeys, EncryptionKey, EpochShare, ExchangeKeys, Officer,
    Policy, Role, SealGrant, Status, Ticket, Unit, UnitKey,
};
use crate::roster::{Decided, POLICY_ID, Roster, RosterRefused};
use crate::signed::{Body, Context, Payload, RosterHead, Signed, SlotRole};
use crate::wrap::{WRAP_SUITE_1, WRAPPED_KEY_BYTES, XWING_ENC_BYTES};
use crate::{Digest, StatementId, Timestamp, tree};

pub(super) const ORIGIN: &str = "yichuan.example";
pub(super) const UNIT: &str = "513200-zfb";
pub(super) const TOWN: &str = "513201-zf";
pub(super) const MANAGER: &str = "513200-zfb-gl01";
pub(super) const CLERK: &str = "513200-zfb-fs01";
pub(super) const CUSTODIAN: &str = "513200-zfb-yz01";
/// An account that is open and was not yet enrolled.
pub(super) const NEWCOMER: &str = "513200-zfb-js01";
pub(super) const TOWN_CLERK: &str = "513201-zf-js01";
pub(super) const PC: &str = "513200-zfb-pc01";
pub(super) const PC2: &str = "513200-zfb-pc02";
pub(super) const TOWN_PC: &str = "513201-zf-pc01";
pub(super) const SEAL: &str = "513200-zfb-seal01";
pub(super) const NOW: Timestamp = Timestamp::from_unix_ms(1_795_000_000_000);

/// The secret key that `name` stands for.
pub(super) fn secret(name: &str) -> SigningSecret {
    SigningSecret::from_seed(Digest::of(name.as_bytes()).as_bytes())
}

pub(super) fn encryption(name: &str) -> EncryptionKey {
    let seed = Digest::of(name.as_bytes());
    let bytes = seed.as_bytes().iter().copied().cycle();
    EncryptionKey {
        suite: WRAP_SUITE_1,
        bytes: bytes.take(XWING_PUBLIC_BYTES).collect(),
    }
}

pub(super) fn unit(name: &str) -> Unit {
    Unit {
        name: name.to_owned(),
        parent: None,
        status: Status::Active,
        successor: None,
        world: None,
    }
}

pub(super) fn account(person: &str, roles: &[Role], devices: &[&str]) -> Account {
    Account {
        roles: roles.to_vec(),
        person: person.parse().unwrap(),
        post: "办公室文书".to_owned(),
        devices: devices.iter().map(|id| id.parse().unwrap()).collect(),
        status: Status::Active,
        ceiling: None,
    }
}

pub(super) fn device() -> Device {
    Device {
        responsible: "p-zhang3".parse().unwrap(),
        label: "办公室 302 室".to_owned(),
        status: Status::Active,
        kind: None,
        owner: None,
        place: None,
    }
}

/// The ticket that [`ticket_of`] names.
pub(super) fn ticket(account: &str, device: &str) -> Ticket {
    Ticket {
        key: secret(&ticket_of(account, device)).public(),
        account: account.parse().unwrap(),
        device: device.parse().unwrap(),
        expires: NOW.plus_ms(3_600_000),
        used_by: None,
        application: None,
    }
}

/// The id of the ticket of `account` on `device`.
pub(super) fn ticket_of(account: &str, device: &str) -> String {
    let last = |id: &str| id.rsplit('-').next().unwrap().to_owned();
    format!("t-{}{}{}", &account[..6], last(account), last(device))
}

pub(super) fn seal() -> SealGrant {
    SealGrant {
        name: "云岭州人民政府办公室公章".to_owned(),
        kind: 1,
        picture: Digest::of(b"picture"),
        custodian: CUSTODIAN.parse().unwrap(),
        devices: vec![PC.parse().unwrap()],
        valid_from: Timestamp::from_unix_ms(1_790_000_000_000),
        valid_until: Timestamp::from_unix_ms(1_800_000_000_000),
        keys: vec![secret(SEAL).public()],
        ses: Some(Digest::of(b"an electronic seal")),
        status: Status::Active,
        awaits: None,
        application: None,
    }
}

pub(super) fn policy() -> Policy {
    Policy {
        ceiling: crate::level::Ceiling::Secret,
        rule_set: 1,
        mandatory_checks: vec![1, 2, 3],
        due_minutes: vec![480, 240, 120, 60, 30],
        password_days: 90,
        session_idle_minutes: None,
        session_hours: None,
        clocks: None,
    }
}

pub(super) fn officer(status: Status) -> Officer {
    Officer {
        keys: vec![secret("officer").public()],
        status,
    }
}

pub(super) fn exchange() -> ExchangeKeys {
    ExchangeKeys {
        checkpoint: secret("checkpoint").public(),
        entries: secret("entries").public(),
        tls: secret("tls").public(),
        next: None,
    }
}

pub(super) fn account_keys(id: &str, device: &str) -> AccountKeys {
    AccountKeys {
        signing: vec![secret(id).public()],
        encryption: encryption(id),
        device: device.parse().unwrap(),
    }
}

pub(super) fn device_keys(id: &str) -> DeviceKeys {
    DeviceKeys {
        tls: secret(&format!("tls of {id}")).public(),
        signing: vec![secret(id).public()],
    }
}

/// A share of `epoch` for `account` with the keys that it had at first.
pub(super) fn share(account: &str, epoch: u32) -> EpochShare {
    EpochShare {
        epoch,
        key: encryption(account).id(),
        enc: vec![7; XWING_ENC_BYTES],
        ct: vec![8; WRAPPED_KEY_BYTES],
    }
}

/// What the first statement of a log begins with.
pub(super) fn beginning(origin: &str) -> Context {
    Context {
        origin: origin.parse().unwrap(),
        genesis: Digest::from_bytes([0; 32]),
        roster: RosterHead {
            count: 0,
            root: tree::empty_root(),
        },
        seen: None,
        account: None,
        device: None,
    }
}

/// The roster of the land and every statement that made it.
pub(super) struct Land {
    pub(super) roster: Roster,
    pub(super) statements: Vec<Signed>,
}

impl Land {
    /// The genesis statement.
    pub(super) fn genesis(origin: &str) -> Signed {
        let body = Genesis {
            roots: vec![secret("root").public()],
            threshold: 1,
            next: Digest::of(b"next root set"),
        };
        let payload = Payload::new(&beginning(origin), id(0), NOW, &body);
        Signed::new(&payload, &[(SlotRole::Root, &secret("root"))])
    }

    /// Genesis, officer and exchange.
    pub(super) fn founded() -> Self {
        let genesis = Self::genesis(ORIGIN);
        let mut land = Self {
            roster: Roster::begin(&genesis).unwrap(),
            statements: vec![genesis],
        };
        land.root_puts(vec![
            Change::put("p-officer1", &officer(Status::Active)),
            Change::put(ORIGIN, &exchange()),
        ]);
        land
    }

    /// Everything in place: four accounts enrolled on their computers, and a unit key shared.
    pub(super) fn grown() -> Self {
        let mut land = Self::founded();
        land.officer_puts(vec![Change::put(POLICY_ID, &policy())]);
        let town = Unit {
            parent: Some(UNIT.parse().unwrap()),
            ..unit("青岭市人民政府")
        };
        let send = account("p-zhang3", &[Role::Send], &[PC, PC2]);
        land.officer_puts(vec![
            Change::put(UNIT, &unit("云岭州人民政府办公室")),
            Change::put(TOWN, &town),
            Change::put(PC, &device()),
            Change::put(PC2, &device()),
            Change::put(TOWN_PC, &device()),
            Change::put(MANAGER, &account("p-li4", &[Role::Manage], &[PC])),
            Change::put(CLERK, &send),
            Change::put(CUSTODIAN, &account("p-wang5", &[Role::Seal], &[PC])),
            Change::put(NEWCOMER, &account("p-zhao6", &[Role::Receive], &[PC])),
            Change::put(
                TOWN_CLERK,
                &account("p-qian7", &[Role::Receive], &[TOWN_PC]),
            ),
        ]);
        let enrolled = [
            (MANAGER, PC),
            (CLERK, PC),
            (CUSTODIAN, PC),
            (TOWN_CLERK, TOWN_PC),
        ];
        let issued = enrolled.map(|(id, pc)| Change::put(&ticket_of(id, pc), &ticket(id, pc)));
        land.officer_puts(issued.to_vec());
        land.officer_puts(vec![Change::put(SEAL, &seal())]);
        for (id, pc) in enrolled {
            let enrolment = land.enrolment(id, pc);
            land.fold(enrolment);
        }
        let unit_key = land.unit_key(MANAGER, 1);
        land.fold(unit_key);
        let share = land.share(MANAGER, CLERK, 1);
        land.fold(share);
        land
    }

    /// A payload that relies on the newest roster.
    pub(super) fn payload<B: Body>(&self, said: Option<(&str, &str)>, body: &B) -> Payload {
        let context = Context {
            origin: ORIGIN.parse().unwrap(),
            genesis: self.roster.genesis(),
            roster: self.roster.head(),
            seen: None,
            account: said.map(|(account, _)| account.parse().unwrap()),
            device: said.map(|(_, device)| device.parse().unwrap()),
        };
        Payload::new(&context, id(self.statements.len()), NOW, body)
    }

    /// The body of the next act.
    pub(super) fn act(&self, changes: Vec<Change>) -> AuthorityAct {
        AuthorityAct {
            sequence: self.roster.sequence() + 1,
            previous: self.roster.last_act(),
            act: 1,
            changes,
            attachments: Vec::new(),
        }
    }

    /// The next act, signed by the root or by the officer.
    pub(super) fn signed_act(&self, role: SlotRole, changes: Vec<Change>) -> Signed {
        let name = match role {
            SlotRole::Root => "root",
            _ => "officer",
        };
        let payload = self.payload(None, &self.act(changes));
        Signed::new(&payload, &[(role, &secret(name))])
    }

    pub(super) fn root_puts(&mut self, changes: Vec<Change>) {
        let signed = self.signed_act(SlotRole::Root, changes);
        self.fold(signed);
    }

    pub(super) fn officer_puts(&mut self, changes: Vec<Change>) {
        let signed = self.signed_act(SlotRole::Officer, changes);
        self.fold(signed);
    }

    /// The body of an enrolment with the ticket of `account` on `device`.
    pub(super) fn enrolment_body(account: &str, device: &str) -> Enrolment {
        Enrolment {
            ticket: ticket_of(account, device).parse().unwrap(),
            account: account_keys(account, device),
            device: device_keys(device),
        }
    }

    pub(super) fn enrolment(&self, account: &str, device: &str) -> Signed {
        let body = Self::enrolment_body(account, device);
        let payload = self.payload(Some((account, device)), &body);
        sign_enrolment(&payload, account, device)
    }

    pub(super) fn unit_key(&self, manager: &str, epoch: u32) -> Signed {
        let body = NewUnitKey {
            unit: UNIT.parse().unwrap(),
            key: UnitKey {
                epoch,
                key: encryption(&format!("unit key {epoch}")),
                made_by: manager.parse().unwrap(),
                stale: None,
                previous: None,
                escrow: None,
            },
            share: share(manager, epoch),
            cause: None,
        };
        self.said(manager, &body)
    }

    pub(super) fn share(&self, giver: &str, taker: &str, epoch: u32) -> Signed {
        let body = NewShare {
            account: taker.parse().unwrap(),
            share: share(taker, epoch),
        };
        self.said(giver, &body)
    }

    /// A statement of an account on the first computer of its unit.
    pub(super) fn said<B: Body>(&self, account: &str, body: &B) -> Signed {
        let (unit, _) = account.rsplit_once('-').unwrap();
        let pc = format!("{unit}-pc01");
        let payload = self.payload(Some((account, &pc)), body);
        Signed::new(
            &payload,
            &[
                (SlotRole::Account, &secret(account)),
                (SlotRole::Device, &secret(&pc)),
            ],
        )
    }

    pub(super) fn decide(&self, signed: &Signed) -> Result<Decided, RosterRefused> {
        self.roster.decide(signed, NOW)
    }

    /// Why `signed` is refused; a statement that is accepted fails the test.
    pub(super) fn refusal(&self, signed: &Signed) -> RosterRefused {
        self.decide(signed).expect_err("accepted")
    }

    /// Takes a statement in, after a round through its bytes.
    pub(super) fn fold(&mut self, signed: Signed) {
        let read = Signed::read(&signed.to_bytes()).unwrap();
        let decided = self.decide(&read).unwrap();
        self.roster.apply(&decided);
        self.statements.push(signed);
    }
}

/// Signs an enrolment with the ticket's key and the keys of account and computer.
pub(super) fn sign_enrolment(payload: &Payload, account: &str, device: &str) -> Signed {
    Signed::new(
        payload,
        &[
            (SlotRole::Ticket, &secret(&ticket_of(account, device))),
            (SlotRole::NewAccount, &secret(account)),
            (SlotRole::NewDevice, &secret(device)),
        ],
    )
}

fn id(number: usize) -> StatementId {
    format!("019a0000-0000-7000-8000-{number:012x}")
        .parse()
        .unwrap()
}
