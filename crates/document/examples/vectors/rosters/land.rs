//! The statements of a small land, in order, with what must be refused between them.

use yichuan_document::level::Ceiling;
use yichuan_document::roster::act::{
    ACT_DEVICE_WITHDRAWN, ACT_EXCHANGE_CERTIFIED, ACT_OFFICER_CERTIFIED, ACT_PLAN_CARRIED_OUT,
    ACT_POLICY_SET, ACT_SEAL_ISSUED, ACT_SEAL_REVOKED, ACT_TICKET_ISSUED, AuthorityAct, Change,
    Enrolment, Genesis, NewShare, NewUnitKey, XWING_PUBLIC_BYTES,
};
use yichuan_document::roster::duty::RootSet;
use yichuan_document::roster::record::{
    Account, AccountKeys, Device, DeviceKeys, EncryptionKey, EpochShare, ExchangeKeys, Officer,
    Policy, Role, SealGrant, Status, Ticket, Unit, UnitKey,
};
use yichuan_document::roster::{POLICY_ID, Roster};
use yichuan_document::signed::{Body, Context, Payload, RosterHead, Signed, SlotRole};
use yichuan_document::wrap::{WRAP_SUITE_1, WRAPPED_KEY_BYTES, XWING_ENC_BYTES};
use yichuan_document::{Digest, tree};

use super::{NOW, Recorder, duties, refused, unit_keys};
use crate::raw::{digest, secret};

pub(crate) const ORIGIN: &str = "yichuan.example";
pub(crate) const UNIT: &str = "513200-zfb";
pub(crate) const TOWN: &str = "513201-zf";
pub(crate) const MANAGER: &str = "513200-zfb-gl01";
pub(crate) const CLERK: &str = "513200-zfb-fs01";
pub(crate) const PC: &str = "513200-zfb-pc01";
pub(crate) const PC2: &str = "513200-zfb-pc02";
pub(crate) const SEAL: &str = "513200-zfb-seal01";

/// The root set that takes over: 2 of 2.
pub(crate) fn next_roots() -> RootSet {
    RootSet {
        keys: vec![
            secret("next root a").public(),
            secret("next root b").public(),
        ],
        threshold: 2,
    }
}

/// The genesis statement.
pub(crate) fn genesis() -> Signed {
    let context = Context {
        origin: ORIGIN.parse().expect("an origin"),
        genesis: Digest::from_bytes([0; 32]),
        roster: RosterHead {
            count: 0,
            root: tree::empty_root(),
        },
        seen: None,
        account: None,
        device: None,
    };
    let body = Genesis {
        roots: vec![secret("root").public()],
        threshold: 1,
        next: next_roots().digest(),
    };
    let id = "019a0000-0000-7000-8000-000000000000"
        .parse()
        .expect("an id");
    let payload = Payload::new(&context, id, NOW, &body);
    Signed::new(&payload, &[(SlotRole::Root, &secret("root"))])
}

/// The payload of the next statement, which relies on the newest roster.
pub(crate) fn payload<B: Body>(
    recorder: &Recorder,
    said: Option<(&str, &str)>,
    body: &B,
) -> Payload {
    let context = Context {
        origin: ORIGIN.parse().expect("an origin"),
        genesis: recorder.roster.genesis(),
        roster: recorder.roster.head(),
        seen: None,
        account: said.map(|(account, _)| account.parse().expect("an account")),
        device: said.map(|(_, device)| device.parse().expect("a device")),
    };
    let id = format!("019a0000-0000-7000-8000-{:012x}", recorder.steps.len() + 1);
    Payload::new(&context, id.parse().expect("an id"), NOW, body)
}

/// The body of the next act.
pub(crate) fn act(roster: &Roster, act: u16, changes: Vec<Change>) -> AuthorityAct {
    AuthorityAct {
        sequence: roster.sequence() + 1,
        previous: roster.last_act(),
        act,
        changes,
        attachments: Vec::new(),
    }
}

/// The next act, signed by the officer.
pub(crate) fn by_officer(recorder: &Recorder, code: u16, changes: Vec<Change>) -> Signed {
    let payload = payload(recorder, None, &act(&recorder.roster, code, changes));
    Signed::new(&payload, &[(SlotRole::Officer, &secret("officer"))])
}

/// The next act, signed by the root.
pub(crate) fn by_root(recorder: &Recorder, code: u16, changes: Vec<Change>) -> Signed {
    let payload = payload(recorder, None, &act(&recorder.roster, code, changes));
    Signed::new(&payload, &[(SlotRole::Root, &secret("root"))])
}

/// A statement of an account on the first computer.
pub(crate) fn by_account<B: Body>(recorder: &Recorder, account: &str, body: &B) -> Signed {
    let payload = payload(recorder, Some((account, PC)), body);
    Signed::new(
        &payload,
        &[
            (SlotRole::Account, &secret(account)),
            (SlotRole::Device, &secret(PC)),
        ],
    )
}

/// An enrolment, signed by the ticket and the new keys.
pub(crate) fn enrolled(payload: &Payload, ticket: &str, account: &str, device: &str) -> Signed {
    Signed::new(
        payload,
        &[
            (SlotRole::Ticket, &secret(ticket)),
            (SlotRole::NewAccount, &secret(account)),
            (SlotRole::NewDevice, &secret(device)),
        ],
    )
}

pub(crate) fn officer(status: Status) -> Officer {
    Officer {
        keys: vec![secret("officer").public()],
        status,
    }
}

fn exchange() -> ExchangeKeys {
    ExchangeKeys {
        checkpoint: secret("checkpoint").public(),
        entries: secret("entries").public(),
        tls: secret("tls").public(),
        next: None,
    }
}

pub(crate) fn policy() -> Policy {
    Policy {
        ceiling: Ceiling::Secret,
        rule_set: 1,
        mandatory_checks: vec![1, 2, 3, 4, 5],
        due_minutes: vec![480, 480, 240, 120, 60],
        password_days: 90,
        session_idle_minutes: None,
        session_hours: None,
        clocks: None,
    }
}

pub(crate) fn unit(name: &str) -> Unit {
    Unit {
        name: name.to_owned(),
        parent: None,
        status: Status::Active,
        successor: None,
        world: None,
    }
}

pub(crate) fn device(status: Status) -> Device {
    Device {
        responsible: "p-zhang3".parse().expect("a person"),
        label: "办公室 302 室".to_owned(),
        status,
        kind: None,
        owner: None,
        place: None,
    }
}

pub(crate) fn account(person: &str, roles: &[Role], devices: &[&str]) -> Account {
    Account {
        roles: roles.to_vec(),
        person: person.parse().expect("a person"),
        post: "办公室文书".to_owned(),
        devices: devices
            .iter()
            .map(|id| id.parse().expect("a device"))
            .collect(),
        status: Status::Active,
        ceiling: None,
    }
}

pub(crate) fn ticket(id: &str, account: &str) -> Ticket {
    Ticket {
        key: secret(id).public(),
        account: account.parse().expect("an account"),
        device: PC.parse().expect("a device"),
        expires: NOW.plus_ms(3_600_000),
        used_by: None,
        application: None,
    }
}

pub(crate) fn seal(status: Status) -> SealGrant {
    SealGrant {
        name: "云岭州人民政府办公室公章".to_owned(),
        kind: 1,
        picture: digest("picture"),
        custodian: MANAGER.parse().expect("an account"),
        devices: vec![PC.parse().expect("a device")],
        valid_from: NOW,
        valid_until: NOW.plus_ms(31_536_000_000),
        keys: vec![secret(SEAL).public()],
        ses: None,
        status,
        awaits: None,
        application: None,
    }
}

/// A key of the right length; nobody opens anything with it here.
pub(crate) fn encryption(name: &str) -> EncryptionKey {
    let seed = digest(name);
    let bytes = seed.as_bytes().iter().copied().cycle();
    EncryptionKey {
        suite: WRAP_SUITE_1,
        bytes: bytes.take(XWING_PUBLIC_BYTES).collect(),
    }
}

pub(crate) fn enrolment(ticket: &str, account: &str) -> Enrolment {
    Enrolment {
        ticket: ticket.parse().expect("a ticket"),
        account: AccountKeys {
            signing: vec![secret(account).public()],
            encryption: encryption(account),
            device: PC.parse().expect("a device"),
        },
        device: DeviceKeys {
            tls: secret("tls of pc01").public(),
            signing: vec![secret(PC).public()],
        },
    }
}

pub(crate) fn share(account: &str, epoch: u32) -> EpochShare {
    EpochShare {
        epoch,
        key: encryption(account).id(),
        enc: vec![7; XWING_ENC_BYTES],
        ct: vec![8; WRAPPED_KEY_BYTES],
    }
}

pub(crate) fn unit_key(maker: &str, epoch: u32) -> NewUnitKey {
    NewUnitKey {
        unit: UNIT.parse().expect("a unit"),
        key: UnitKey {
            epoch,
            key: encryption(&format!("unit key {epoch}")),
            made_by: maker.parse().expect("an account"),
            stale: None,
            previous: None,
            escrow: None,
        },
        share: share(maker, epoch),
        cause: None,
    }
}

pub(crate) fn new_share(account: &str, epoch: u32) -> NewShare {
    NewShare {
        account: account.parse().expect("an account"),
        share: share(account, epoch),
    }
}

/// Lets the land grow, trying what must be refused where it would do the most harm.
pub(crate) fn grow(recorder: &mut Recorder) {
    refused::before_the_officer(recorder);
    let first = vec![Change::put("p-officer1", &officer(Status::Active))];
    let first = by_root(recorder, ACT_OFFICER_CERTIFIED, first);
    recorder.takes("the root certifies an officer", &first);
    refused::replayed(recorder, &first);
    let keys = vec![Change::put(ORIGIN, &exchange())];
    let keys = by_root(recorder, ACT_EXCHANGE_CERTIFIED, keys);
    recorder.takes("the root certifies the exchange", &keys);
    let rules = by_officer(
        recorder,
        ACT_POLICY_SET,
        vec![Change::put(POLICY_ID, &policy())],
    );
    recorder.takes("the officer sets the policy", &rules);
    let town = Unit {
        parent: UNIT.parse().ok(),
        ..unit("青岭市人民政府")
    };
    let plan = vec![
        Change::put(TOWN, &town),
        Change::put(UNIT, &unit("云岭州人民政府办公室")),
        Change::put(PC, &device(Status::Active)),
        Change::put(PC2, &device(Status::Active)),
        Change::put(
            MANAGER,
            &account("p-li4", &[Role::Seal, Role::Manage], &[PC]),
        ),
        Change::put(CLERK, &account("p-zhang3", &[Role::Send], &[PC, PC2])),
    ];
    let plan = by_officer(recorder, ACT_PLAN_CARRIED_OUT, plan);
    recorder.takes("the officer carries out a plan", &plan);
    refused::acts(recorder);
    refused::acts_of_others(recorder);
    refused::records(recorder);
    let tickets = vec![
        Change::put("t-manager", &ticket("t-manager", MANAGER)),
        Change::put("t-clerk", &ticket("t-clerk", CLERK)),
    ];
    let tickets = by_officer(recorder, ACT_TICKET_ISSUED, tickets);
    recorder.takes("the officer issues tickets", &tickets);
    let issued = by_officer(
        recorder,
        ACT_SEAL_ISSUED,
        vec![Change::put(SEAL, &seal(Status::Active))],
    );
    recorder.takes("the officer issues a seal", &issued);
    enrol(recorder);
    share_keys(recorder);
    duties::grow(recorder);
    end(recorder);
    duties::succession(recorder);
}

fn enrol(recorder: &mut Recorder) {
    refused::enrolments(recorder);
    let manager = payload(
        recorder,
        Some((MANAGER, PC)),
        &enrolment("t-manager", MANAGER),
    );
    let manager = enrolled(&manager, "t-manager", MANAGER, PC);
    recorder.takes("the manager enrols", &manager);
    recorder.refuses("g7: the same enrolment again", &manager, "ticket-used");
    let again = payload(
        recorder,
        Some((MANAGER, PC)),
        &enrolment("t-manager", MANAGER),
    );
    let again = enrolled(&again, "t-manager", MANAGER, PC);
    recorder.refuses(
        "g7: a second enrolment with one ticket",
        &again,
        "ticket-used",
    );
    let clerk = payload(recorder, Some((CLERK, PC)), &enrolment("t-clerk", CLERK));
    let clerk = enrolled(&clerk, "t-clerk", CLERK, PC);
    recorder.takes("the clerk enrols on the same computer", &clerk);
}

fn share_keys(recorder: &mut Recorder) {
    unit_keys::first_unit_keys(recorder);
    let key = by_account(recorder, MANAGER, &unit_key(MANAGER, 1));
    recorder.takes("the manager makes the unit's key", &key);
    recorder.refuses("the same epoch again", &key, "epoch");
    unit_keys::shares(recorder);
    let shared = by_account(recorder, MANAGER, &new_share(CLERK, 1));
    recorder.takes("the manager shares it with the clerk", &shared);
    recorder.refuses("g2: the same statement again", &shared, "repeated");
    let key = by_account(recorder, MANAGER, &unit_key(MANAGER, 2));
    recorder.takes("the manager makes a second epoch", &key);
    let beyond = by_account(recorder, CLERK, &new_share(CLERK, 2));
    recorder.refuses(
        "a share of an epoch that the giver lacks",
        &beyond,
        "holds-no-share",
    );
}

fn end(recorder: &mut Recorder) {
    let revoked = vec![Change::put(SEAL, &seal(Status::Closed))];
    let revoked = by_officer(recorder, ACT_SEAL_REVOKED, revoked);
    recorder.takes("the officer revokes the seal", &revoked);
    let again = vec![Change::put(SEAL, &seal(Status::Active))];
    let again = by_officer(recorder, ACT_SEAL_ISSUED, again);
    recorder.refuses("a9: a revoked seal comes back", &again, "change-closed");
    let withdrawn = vec![Change::put(PC, &device(Status::Suspended))];
    let withdrawn = by_officer(recorder, ACT_DEVICE_WITHDRAWN, withdrawn);
    recorder.takes("the officer suspends the computer", &withdrawn);
    let late = by_account(recorder, MANAGER, &unit_key(MANAGER, 3));
    recorder.refuses(
        "a9: a key made on a suspended computer",
        &late,
        "standing-device",
    );
    let suspended = vec![Change::put("p-officer1", &officer(Status::Suspended))];
    let suspended = by_root(recorder, ACT_OFFICER_CERTIFIED, suspended);
    recorder.takes("the root suspends the officer", &suspended);
    let late = by_officer(
        recorder,
        ACT_POLICY_SET,
        vec![Change::put(POLICY_ID, &policy())],
    );
    recorder.refuses("g5: a suspended officer acts", &late, "unknown-officer");
}
