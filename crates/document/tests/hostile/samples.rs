//! Valid values of every kind that the decoders read, and a small roster.

use std::sync::OnceLock;

use yichuan_document::header::{Contact, InnerHeader, Metadata, Part};
use yichuan_document::key::SigningSecret;
use yichuan_document::level::{Ceiling, Classification};
use yichuan_document::manifest::{
    BODY_SUITE_1, Issuer, MANIFEST_VERSION, Manifest, Recipient, RecipientRole, Reference,
    SEGMENT_BYTES,
};
use yichuan_document::roster::act::{
    ActFile, AuthorityAct, Change, Enrolment, Genesis, NewShare, NewUnitKey, XWING_PUBLIC_BYTES,
};
use yichuan_document::roster::record::{
    Account, AccountKeys, Device, DeviceKeys, EncryptionKey, EpochShare, ExchangeKeys, KeyShare,
    Kind, Officer, Policy, Role, SealGrant, Status, Ticket, Unit, UnitKey,
};
use yichuan_document::roster::{POLICY_ID, Roster};
use yichuan_document::signed::{Body, Context, Payload, Seen, Signed, SlotRole};
use yichuan_document::statement::{
    About, Approval, ApprovalRefusal, Assignment, AttachmentRef, CheckLine, Dispatch, Extract,
    Fetch, InspectionList, LoginProof, NumberRequest, OfDelivery, PasswordSet, Receipt,
    RequestRefused, Return, SealUse, SessionOpen, SessionRecord, Submission, UnitNote, Violation,
    Withdrawal,
};
use yichuan_document::terms::{DocumentKind, SecrecyPeriod, Urgency};
use yichuan_document::wrap::{WRAP_SUITE_1, Wrap, WrapList};
use yichuan_document::{Digest, Timestamp, UnitRef, cbor, tree};

pub(crate) const NOW: Timestamp = Timestamp::from_unix_ms(1_795_000_000_000);

pub(crate) const UNIT: &str = "513200-zfb";
const MANAGER: &str = "513200-zfb-gl01";
const PC: &str = "513200-zfb-pc01";
const SEAL: &str = "513200-zfb-seal01";

pub(crate) type Sample = (&'static str, Vec<u8>);

fn secret(name: &str) -> SigningSecret {
    SigningSecret::from_seed(Digest::of(name.as_bytes()).as_bytes())
}

pub(crate) fn digest(name: &str) -> Digest {
    Digest::of(name.as_bytes())
}

pub(crate) fn unit_ref(code: &str) -> UnitRef {
    format!("{code}@yichuan.example").parse().unwrap()
}

pub(crate) fn note() -> AttachmentRef {
    AttachmentRef::to(b"note").unwrap()
}

pub(crate) fn about() -> About {
    About {
        document: "019a0000-0000-7000-8000-000000000001".parse().unwrap(),
        manifest: digest("manifest"),
    }
}

pub(crate) fn delivery() -> OfDelivery {
    OfDelivery {
        about: about(),
        unit: unit_ref("513201-zf"),
        previous: digest("previous"),
    }
}

fn inspection() -> InspectionList {
    let line = |check, outcome, detail| CheckLine {
        check,
        outcome,
        detail,
    };
    InspectionList {
        rule_set: 1,
        lines: vec![line(1, 1, 0), line(2, 2, 3), line(300, 3, 0)],
    }
}

fn manifest() -> Manifest {
    let recipient = |code, role| Recipient {
        unit: unit_ref(code),
        role,
        print_quota: 3,
    };
    let reference = Some(Reference {
        id: about().document,
        manifest: digest("another"),
    });
    Manifest {
        version: MANIFEST_VERSION,
        id: about().document,
        issuers: vec![Issuer {
            unit: unit_ref(UNIT),
            seal_ordinal: 1,
        }],
        account: "513200-zfb-fs01".parse().unwrap(),
        recipients: vec![
            recipient("513201-zf", RecipientRole::Main),
            recipient("513200-daj", RecipientRole::Copy),
        ],
        level: Classification::Secret,
        period: SecrecyPeriod::months(12),
        urgency: Urgency::Urgent,
        kind: DocumentKind::Notice,
        number: Some("云政办发〔2026〕17号".parse().unwrap()),
        composed_at: NOW,
        valid_until: Some(NOW),
        body_bytes: 20_000,
        segments: 1,
        segment_bytes: SEGMENT_BYTES,
        root: digest("root"),
        commitment: digest("commitment"),
        suite: BODY_SUITE_1,
        replaces: reference,
        replies_to: reference,
        receipts_stand: Some(true),
    }
}

fn header() -> InnerHeader {
    InnerHeader {
        version: 1,
        origin: "yichuan.example".parse().unwrap(),
        id: about().document,
        issuers: vec![unit_ref(UNIT)],
        level: Classification::Internal,
        title: "关于防汛值班的通知".to_owned(),
        metadata: Metadata {
            number: Some("云政办发〔2026〕17号".to_owned()),
            signatory: Some("张三".to_owned()),
            ..Metadata::default()
        },
        contact: Contact {
            name: None,
            phone: Some("0000-0000".to_owned()),
        },
        parts: vec![Part {
            name: "通知.ofd".parse().unwrap(),
            media_type: "application/ofd".to_owned(),
            bytes: 70_000,
            digest: digest("part"),
        }],
    }
}

fn encryption(name: &str) -> EncryptionKey {
    EncryptionKey {
        suite: WRAP_SUITE_1,
        bytes: digest(name)
            .as_bytes()
            .iter()
            .copied()
            .cycle()
            .take(XWING_PUBLIC_BYTES)
            .collect(),
    }
}

fn share(epoch: u32) -> EpochShare {
    EpochShare {
        epoch,
        key: encryption(MANAGER).id(),
        enc: vec![7; 1_120],
        ct: vec![8; 48],
    }
}

fn account_keys() -> AccountKeys {
    AccountKeys {
        signing: vec![secret(MANAGER).public()],
        encryption: encryption(MANAGER),
        device: PC.parse().unwrap(),
    }
}

fn device_keys() -> DeviceKeys {
    DeviceKeys {
        tls: secret("tls").public(),
        signing: vec![secret(PC).public()],
    }
}

fn unit_key(epoch: u32) -> UnitKey {
    UnitKey {
        epoch,
        key: encryption("unit"),
        made_by: MANAGER.parse().unwrap(),
        stale: None,
        previous: None,
        escrow: None,
    }
}

fn officer() -> Officer {
    Officer {
        keys: vec![secret("officer").public()],
        status: Status::Active,
    }
}

fn exchange() -> ExchangeKeys {
    ExchangeKeys {
        checkpoint: secret("checkpoint").public(),
        entries: secret("entries").public(),
        tls: secret("exchange tls").public(),
        next: None,
    }
}

fn policy() -> Policy {
    Policy {
        ceiling: Ceiling::Secret,
        rule_set: 1,
        mandatory_checks: vec![1, 2, 30],
        due_minutes: vec![480, 240, 120, 60, 30],
        password_days: 90,
        session_idle_minutes: None,
        session_hours: None,
        clocks: None,
    }
}

fn unit() -> Unit {
    Unit {
        name: "云岭州人民政府办公室".to_owned(),
        parent: None,
        status: Status::Active,
        successor: None,
        world: None,
    }
}

fn account() -> Account {
    Account {
        roles: vec![Role::Send, Role::Manage],
        person: "p-li4".parse().unwrap(),
        post: "主任".to_owned(),
        devices: vec![PC.parse().unwrap()],
        status: Status::Active,
        ceiling: None,
    }
}

fn device() -> Device {
    Device {
        responsible: "p-li4".parse().unwrap(),
        label: "302 室".to_owned(),
        status: Status::Active,
        kind: None,
        owner: None,
        place: None,
    }
}

fn ticket() -> Ticket {
    Ticket {
        key: secret("t-1").public(),
        account: MANAGER.parse().unwrap(),
        device: PC.parse().unwrap(),
        expires: NOW.plus_ms(1_000),
        used_by: None,
        application: None,
    }
}

fn seal() -> SealGrant {
    SealGrant {
        name: "公章".to_owned(),
        kind: 1,
        picture: digest("picture"),
        custodian: MANAGER.parse().unwrap(),
        devices: vec![PC.parse().unwrap()],
        valid_from: Timestamp::from_unix_ms(0),
        valid_until: NOW,
        keys: vec![secret(SEAL).public()],
        ses: Some(Digest::of(b"an electronic seal")),
        status: Status::Active,
        awaits: None,
        application: None,
    }
}

fn land_changes() -> Vec<Change> {
    vec![
        Change::put(POLICY_ID, &policy()),
        Change::put(UNIT, &unit()),
        Change::put(PC, &device()),
        Change::put(MANAGER, &account()),
        Change::put("t-1", &ticket()),
        Change::put("t-2", &ticket()),
        Change::put(SEAL, &seal()),
    ]
}

fn genesis_body() -> Genesis {
    Genesis {
        roots: vec![secret("root").public()],
        threshold: 1,
        next: digest("next"),
    }
}

fn enrolment_body(ticket: &str) -> Enrolment {
    Enrolment {
        ticket: ticket.parse().unwrap(),
        account: account_keys(),
        device: device_keys(),
    }
}

fn unit_key_body(epoch: u32) -> NewUnitKey {
    NewUnitKey {
        unit: UNIT.parse().unwrap(),
        key: unit_key(epoch),
        share: share(epoch),
        cause: None,
    }
}

fn act_body(roster: &Roster, changes: Vec<Change>) -> AuthorityAct {
    AuthorityAct {
        sequence: roster.sequence() + 1,
        previous: roster.last_act(),
        act: 4,
        changes,
        attachments: vec![note()],
    }
}

/// Signs as whom a statement of this purpose needs.
fn signers(purpose: &str) -> Vec<(SlotRole, SigningSecret)> {
    let named = |role, name| (role, secret(name));
    match purpose {
        Genesis::PURPOSE => vec![named(SlotRole::Root, "root")],
        AuthorityAct::PURPOSE => vec![named(SlotRole::Officer, "officer")],
        Enrolment::PURPOSE => vec![
            named(SlotRole::Ticket, "t-1"),
            named(SlotRole::NewAccount, MANAGER),
            named(SlotRole::NewDevice, PC),
        ],
        _ => vec![
            named(SlotRole::Account, MANAGER),
            named(SlotRole::Device, PC),
        ],
    }
}

fn sign(payload: &Payload) -> Signed {
    let signers = signers(&payload.purpose);
    let signers: Vec<_> = signers.iter().map(|(role, key)| (*role, key)).collect();
    Signed::new(payload, &signers)
}

fn context(roster: Option<&Roster>) -> Context {
    let empty = yichuan_document::signed::RosterHead {
        count: 0,
        root: tree::empty_root(),
    };
    Context {
        origin: "yichuan.example".parse().unwrap(),
        genesis: roster.map_or(Digest::from_bytes([0; 32]), Roster::genesis),
        roster: roster.map_or(empty, Roster::head),
        seen: roster.map(|_| Seen {
            size: 300,
            root: digest("log"),
        }),
        account: roster.map(|_| MANAGER.parse().unwrap()),
        device: roster.map(|_| PC.parse().unwrap()),
    }
}

fn payload<B: Body>(roster: Option<&Roster>, body: &B) -> Payload {
    let id = "019a0000-0000-7000-8000-0000000000aa".parse().unwrap();
    Payload::new(&context(roster), id, NOW, body)
}

/// A roster with one unit, one enrolled account, its computer and its key.
pub(crate) fn roster() -> &'static Roster {
    static ROSTER: OnceLock<Roster> = OnceLock::new();
    ROSTER.get_or_init(|| {
        let mut roster = Roster::begin(&sign(&payload(None, &genesis_body()))).unwrap();
        let root_act = vec![
            Change::put("p-officer1", &officer()),
            Change::put("yichuan.example", &exchange()),
        ];
        let act = payload(Some(&roster), &act_body(&roster, root_act));
        let by_root = Signed::new(&act, &[(SlotRole::Root, &secret("root"))]);
        take(&mut roster, &by_root);
        let act = sign(&payload(Some(&roster), &act_body(&roster, land_changes())));
        take(&mut roster, &act);
        let enrolment = sign(&payload(Some(&roster), &enrolment_body("t-1")));
        take(&mut roster, &enrolment);
        let unit_key = sign(&payload(Some(&roster), &unit_key_body(1)));
        take(&mut roster, &unit_key);
        roster
    })
}

fn take(roster: &mut Roster, signed: &Signed) {
    let decided = roster.decide(signed, NOW).unwrap();
    roster.apply(&decided);
}

/// The bodies of statements that the roster would accept, or begin with.
pub(crate) fn bodies() -> Vec<Vec<u8>> {
    let rise = Change::put(UNIT, &unit());
    let mut bodies = vec![
        cbor::to_vec(&genesis_body()),
        cbor::to_vec(&enrolment_body("t-2")),
        cbor::to_vec(&unit_key_body(2)),
        cbor::to_vec(&NewShare {
            account: MANAGER.parse().unwrap(),
            share: share(1),
        }),
        cbor::to_vec(&act_body(roster(), vec![rise])),
    ];
    // One body per record, so that each is changed as often.
    for mut change in land_changes() {
        if change.id == "t-1" || change.id == "t-2" {
            "t-3".clone_into(&mut change.id);
        }
        bodies.push(cbor::to_vec(&act_body(roster(), vec![change])));
    }
    bodies
}

/// Statements of every purpose of the roster with this body, with signatures that stand.
pub(crate) fn signed_with(body: &[u8]) -> Vec<Signed> {
    let purposes = [
        Genesis::PURPOSE,
        AuthorityAct::PURPOSE,
        Enrolment::PURPOSE,
        NewUnitKey::PURPOSE,
        NewShare::PURPOSE,
    ];
    let with = |purpose: &str| {
        let of_genesis = purpose == Genesis::PURPOSE;
        let roster = (!of_genesis).then(roster);
        let mut payload = payload(roster, &genesis_body());
        purpose.clone_into(&mut payload.purpose);
        payload.body = body.to_vec();
        sign(&payload)
    };
    purposes.into_iter().map(with).collect()
}

fn life() -> Vec<Sample> {
    let of = |what, bytes| (what, bytes);
    let (about, note) = (about(), note());
    let submission = digest("submission");
    vec![
        of(
            "submission",
            cbor::to_vec(&Submission {
                about,
                wraps: digest("w"),
            }),
        ),
        of(
            "approval",
            cbor::to_vec(&Approval {
                about,
                wraps: digest("w"),
                submission,
                declarations: vec![1, 300],
            }),
        ),
        of(
            "approval refusal",
            cbor::to_vec(&ApprovalRefusal {
                about,
                submission,
                code: 63,
                note: Some(note),
            }),
        ),
        of(
            "withdrawal",
            cbor::to_vec(&Withdrawal { about, submission }),
        ),
        of(
            "seal use",
            cbor::to_vec(&SealUse {
                about,
                seal: SEAL.parse().unwrap(),
                ordinal: 1,
                approvals: vec![digest("approval")],
                previous: None,
                record: note,
            }),
        ),
    ]
}

fn deliveries() -> Vec<Sample> {
    let of = |what, bytes| (what, bytes);
    let (about, delivery) = (about(), delivery());
    vec![
        of(
            "dispatch",
            cbor::to_vec(&Dispatch {
                about,
                seal: digest("seal"),
                policy: digest("policy"),
                at: NOW,
                due: vec![NOW, NOW],
                deliveries: 2,
            }),
        ),
        of(
            "fetch",
            cbor::to_vec(&Fetch {
                delivery: delivery.clone(),
            }),
        ),
        of(
            "receipt",
            cbor::to_vec(&Receipt {
                delivery: delivery.clone(),
                opening: digest("opening"),
                inspection: inspection(),
            }),
        ),
        of(
            "return",
            cbor::to_vec(&Return {
                delivery: delivery.clone(),
                code: 10,
                note: None,
                inspection: inspection(),
            }),
        ),
        of("violation", cbor::to_vec(&Violation { delivery, code: 1 })),
    ]
}

fn other_statements() -> Vec<Sample> {
    let of = |what, bytes| (what, bytes);
    let (about, note) = (about(), note());
    let document = Some(about);
    vec![
        of(
            "unit note",
            cbor::to_vec(&UnitNote {
                kind: 1,
                document,
                note,
            }),
        ),
        of(
            "number",
            cbor::to_vec(&NumberRequest {
                series: "收文".to_owned(),
                year: 2026,
                document,
                count: Some(20),
            }),
        ),
        of(
            "session",
            cbor::to_vec(&SessionOpen {
                exporter: digest("tls"),
                login: LoginProof::new([8; 32]),
            }),
        ),
        of(
            "password",
            cbor::to_vec(&PasswordSet {
                verifier: digest("verifier"),
            }),
        ),
        of(
            "extract",
            cbor::to_vec(&Extract {
                about,
                size: 300,
                entries: vec![1, 24, 299],
                reader: unit_ref(UNIT),
            }),
        ),
        of(
            "refusal",
            cbor::to_vec(&RequestRefused {
                request: digest("request"),
                code: 301,
                unit: unit_ref(UNIT),
                count: 1,
            }),
        ),
    ]
}

fn inside_the_unit() -> Vec<Sample> {
    let about = about();
    vec![
        (
            "body of an assignment",
            cbor::to_vec(&Assignment {
                about,
                accounts: vec![MANAGER.parse().unwrap()],
                previous: Some(digest("previous")),
            }),
        ),
        (
            "body of a session record",
            cbor::to_vec(&SessionRecord {
                account: MANAGER.parse().unwrap(),
                device: PC.parse().unwrap(),
                event: 7,
                at: NOW,
                count: 41,
                code: Some(214),
                left_out: 3,
            }),
        ),
    ]
}

fn records() -> Vec<Sample> {
    let epochs = vec![share(1), share(2)];
    vec![
        ("policy", cbor::to_vec(&policy())),
        ("officer", cbor::to_vec(&officer())),
        ("exchange", cbor::to_vec(&exchange())),
        ("unit", cbor::to_vec(&unit())),
        ("account", cbor::to_vec(&account())),
        ("device", cbor::to_vec(&device())),
        ("ticket", cbor::to_vec(&ticket())),
        ("seal", cbor::to_vec(&seal())),
        ("account keys", cbor::to_vec(&account_keys())),
        ("device keys", cbor::to_vec(&device_keys())),
        ("unit key", cbor::to_vec(&unit_key(1))),
        ("key share", cbor::to_vec(&KeyShare { epochs })),
    ]
}

/// One valid value of every kind, by name.
pub(crate) fn all() -> Vec<Sample> {
    static ALL: OnceLock<Vec<Sample>> = OnceLock::new();
    ALL.get_or_init(|| {
        let wrap = |code| Wrap {
            unit: unit_ref(code),
            epoch: 1,
            key: digest(code),
            suite: WRAP_SUITE_1,
            enc: vec![1; 1_120],
            ct: vec![2; 48],
        };
        let genesis = sign(&payload(None, &genesis_body()));
        let member = roster().membership(Kind::Unit, UNIT).unwrap();
        let submission = Submission {
            about: about(),
            wraps: digest("w"),
        };
        let statement = payload(Some(roster()), &submission);
        let mut all = vec![
            ("manifest", manifest().to_bytes()),
            ("header", header().to_bytes()),
            (
                "wraps",
                WrapList(vec![wrap(UNIT), wrap("513201-zf")]).to_bytes(),
            ),
            ("membership", cbor::to_vec(&member)),
            ("genesis", genesis.to_bytes()),
            ("statement", sign(&statement).to_bytes()),
            ("payload", cbor::to_vec(&statement)),
            (
                "act file",
                cbor::to_vec(&ActFile::new(&genesis, vec![vec![1, 2, 3]])),
            ),
        ];
        for body in bodies() {
            all.push(("body of the roster", body));
        }
        all.extend(life());
        all.extend(deliveries());
        all.extend(other_statements());
        all.extend(inside_the_unit());
        all.extend(records());
        all.extend(super::watched::watching());
        all.extend(super::watched::agreeing());
        all.extend(super::watched::recalling());
        all.extend(super::watched::supplementing());
        all.extend(super::watched::clocks());
        all.extend(super::watched::permitting());
        all
    })
    .clone()
}
