//! Tests of the authority: what it signs folds, and what it must not sign stays unsigned.

use std::fs;

use data_encoding::BASE64;
use yichuan_document::cbor;
use yichuan_document::roster::act::{ACT_PLAN_CARRIED_OUT, ACT_TICKET_ISSUED};
use yichuan_document::roster::duty::Quorum;
use yichuan_document::roster::record::{ExchangeKeys, Role, Unit};
use yichuan_document::roster::{BadChange, CHANGES_MAX, RosterRefused};
use yichuan_document::{AccountId, DeviceId, UnitCode};
use yichuan_seal::certificate::Certificate;
use yichuan_seal::ses::{Code, Report, SesSeal, Trust, verify_seal};
use yichuan_seal::{BadImpression, OfficeLevel};

use super::*;
use crate::enrol::{Attempt, EnrolFailed};
use crate::keystore::{DeviceSecrets, KeystoreFailed, SealKey};
use crate::ticket::TicketCode;
use crate::token::{NewKeyPlace, TokenName};

const PLAN: &str = r#"
    [[unit]]
    code = "513200-zfb"
    name = "云岭州人民政府办公室"
    [[device]]
    id = "513200-zfb-pc01"
    responsible = "p-zhang3"
    label = "收发室一号机"
    [[account]]
    id = "513200-zfb-yz01"
    person = "p-li4"
    post = "印章保管人"
    roles = ["用印", "manage", "manage"]
    devices = ["513200-zfb-pc01"]
    [[ticket]]
    account = "513200-zfb-yz01"
    device = "513200-zfb-pc01"
"#;

fn password() -> Password {
    Password::new("Right-1-pass".to_owned())
}

fn found(folder: &Path) -> Result<Authority, AuthorityFailed> {
    let (origin, officer) = ("a.example".parse().unwrap(), "p-officer".parse().unwrap());
    Authority::found(folder, &origin, &officer, &Founders::default(), &password())
}

fn request() -> String {
    let key = |seed| SigningSecret::from_seed(&[seed; 32]).public();
    let keys = ExchangeKeys {
        checkpoint: key(1),
        entries: key(2),
        tls: key(3),
        next: None,
    };
    let text = BASE64.encode(&cbor::to_vec(&keys));
    format!("yichuan-exchange-request v1 {text}\n")
}

fn account() -> AccountId {
    "513200-zfb-yz01".parse().unwrap()
}

fn seal_request(seed: [u8; 32]) -> String {
    let key = SealKey::here(&seed);
    let request = SealRequest::of(account(), &key);
    let (secret, mut rng) = (SigningSecret::from_seed(&seed), crate::chance().unwrap());
    let electronic = key.electronic();
    request
        .to_line(&secret, electronic.as_ref(), &mut rng)
        .unwrap()
}

fn seal_issue(device: DeviceId) -> SealIssue {
    SealIssue {
        id: "513200-zfb-seal01".parse().unwrap(),
        name: "云岭州人民政府办公室公章".to_owned(),
        picture: include_bytes!("../../../../tests/fixtures/seal-office.png").to_vec(),
        level: OfficeLevel::Inner,
        diameter_mm: None,
        devices: vec![device],
        valid_days: 10,
        awaits: false,
        application: None,
    }
}

/// The electronic seal in an act's file, as the anchors of the home in `folder` judge it.
fn electronic_seal(folder: &Path, act: &SignedAct) -> (SesSeal, Report) {
    let (_, attached) = ActFile::read(&fs::read(&act.file).unwrap()).unwrap();
    let bytes = attached.last().unwrap();
    let files = MakerFiles::of(folder);
    let certificate = |path| Certificate::read(&fs::read(path).unwrap()).unwrap();
    let (root, maker) = (certificate(files.root), certificate(files.maker));
    let trust = Trust {
        makers: &[maker],
        signers: &[root],
        seals: Some(&[]),
        ..Trust::default()
    };
    let report = verify_seal(bytes, crate::now(), &trust);
    (SesSeal::read(bytes).unwrap(), report)
}

#[test]
fn what_the_authority_signs_leads_to_an_enrolled_account_and_its_seal() {
    let folder = tempfile::tempdir().unwrap();
    let mut authority = found(folder.path()).unwrap();
    authority.certify_exchange(&request(), &password()).unwrap();
    let plan = Plan::read(PLAN).unwrap();
    let (acts, tickets) = authority.carry_out(&plan, &password()).unwrap();
    assert_eq!(acts[0].code, Some(ACT_PLAN_CARRIED_OUT));
    let roles = authority.roster().account(&account()).unwrap().roles;
    assert_eq!(roles, [Role::Seal, Role::Manage]);

    let office = tempfile::tempdir().unwrap();
    let device = DeviceSecrets::of(office.path()).unwrap();
    let mut roster = authority.roster().clone();
    let code = &tickets[0].code;
    let at = office.path();
    let attempt = |roster: &Roster| {
        Attempt::prepare(at, (roster, None), code, &password(), &device, None).unwrap()
    };
    let first = attempt(&roster);
    let decided = roster.decide(&first.signed, crate::now()).unwrap();
    assert!(!first.is_recorded(&roster, code));
    roster.apply(&decided);
    assert!(first.is_recorded(&roster, code));
    assert_eq!(
        attempt(&roster).signed.to_bytes(),
        first.signed.to_bytes(),
        "an attempt is repeated with the same bytes"
    );
    let standing = roster.standing_of(&account(), &first.device).unwrap();
    assert!(standing.has(Role::Seal));

    let issue = seal_issue(first.device);
    let request = SealRequest::read(&seal_request([9; 32])).unwrap();
    let county = SealIssue {
        level: OfficeLevel::Prefecture,
        diameter_mm: Some(45),
        ..issue.clone()
    };
    let refused = authority.issue_seal(&request, county, &password());
    let Err(AuthorityFailed::Impression(wrong)) = refused else {
        panic!("a seal of 42 mm is not one of a county government");
    };
    assert!(matches!(
        wrong[..],
        [BadImpression::OtherThanDeclared { .. }]
    ));
    assert_eq!(authority.acts().len(), 5, "nothing was signed");
    let act = authority.issue_seal(&request, issue, &password()).unwrap();
    let (_, attached) = ActFile::read(&fs::read(&act.file).unwrap()).unwrap();
    let grant = authority
        .roster()
        .seal(&"513200-zfb-seal01".parse().unwrap());
    let grant = grant.unwrap();
    assert_eq!(grant.picture, Digest::of(&attached[0]));
    assert_eq!(grant.ses, Some(Digest::of(&attached[1])));

    let again = Authority::open(folder.path()).unwrap();
    assert_eq!(again.roster().head(), authority.roster().head());
    assert_eq!(again.acts().len(), 6);
}

#[test]
fn an_electronic_seal_follows_the_key_of_its_seal() {
    let folder = tempfile::tempdir().unwrap();
    let mut authority = found(folder.path()).unwrap();
    let plan = Plan::read(PLAN).unwrap();
    let (_, tickets) = authority.carry_out(&plan, &password()).unwrap();
    let issue = seal_issue(tickets[0].device.clone());
    let (id, picture) = (issue.id.clone(), issue.picture.clone());
    let request = SealRequest::read(&seal_request([9; 32])).unwrap();
    let act = authority.issue_seal(&request, issue, &password()).unwrap();
    let grant = authority.roster().seal(&id).unwrap();
    let (seal, report) = electronic_seal(folder.path(), &act);
    let codes = |report: &Report| -> Vec<Code> {
        let findings = report.findings().iter();
        findings.map(|finding| finding.code).collect()
    };
    assert_eq!(codes(&report), [Code::RevocationUnknown], "{report:?}");
    assert_eq!(seal.picture().data, picture);
    assert_eq!(
        (seal.picture().width_mm, seal.picture().height_mm),
        (42, 42)
    );

    // Another key, another electronic seal; the picture is the one it was issued with.
    let request = SealRequest::read(&seal_request([7; 32])).unwrap();
    let devices = grant.devices.clone();
    let replaced = authority
        .replace_seal(&id, &request, devices, &password())
        .unwrap();
    let (next, report) = electronic_seal(folder.path(), &replaced);
    assert_eq!(codes(&report), [Code::RevocationUnknown], "{report:?}");
    assert_eq!(next.picture(), seal.picture());
    assert_ne!(next.listed(), seal.listed());
    let grant = authority.roster().seal(&id).unwrap();
    assert_eq!(grant.ses, Some(Digest::of(next.raw())));
}

#[test]
fn g7_an_enrolment_needs_its_ticket_and_its_password() {
    let folder = tempfile::tempdir().unwrap();
    let mut authority = found(folder.path()).unwrap();
    let plan = Plan::read(PLAN).unwrap();
    let (_, tickets) = authority.carry_out(&plan, &password()).unwrap();
    let office = tempfile::tempdir().unwrap();
    let device = DeviceSecrets::of(office.path()).unwrap();
    let (at, roster) = (office.path(), authority.roster());
    let prepare = |code: &TicketCode, password: &str| {
        let password = Password::new(password.to_owned());
        Attempt::prepare(at, (roster, None), code, &password, &device, None)
    };
    let other = TicketCode::generate(&mut crate::chance().unwrap());
    let refused = prepare(&other, "Right-1-pass").unwrap_err();
    assert!(matches!(refused, EnrolFailed::UnknownTicket), "{refused}");
    let refused = prepare(&tickets[0].code, "weak").unwrap_err();
    let weak = matches!(refused, EnrolFailed::Keystore(KeystoreFailed::WeakPassword));
    assert!(weak, "{refused}");
    assert!(!office.path().join("accounts").exists(), "no key was made");
    prepare(&tickets[0].code, "Right-1-pass").unwrap();
    let refused = prepare(&tickets[0].code, "Other-2-pass").unwrap_err();
    let wrong = matches!(
        refused,
        EnrolFailed::Keystore(KeystoreFailed::WrongPassword)
    );
    assert!(wrong, "{refused}");
}

#[test]
fn an_enrolment_that_began_without_a_token_goes_on_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut authority = found(folder.path()).unwrap();
    let plan = Plan::read(PLAN).unwrap();
    let (_, tickets) = authority.carry_out(&plan, &password()).unwrap();
    let office = tempfile::tempdir().unwrap();
    let device = DeviceSecrets::of(office.path()).unwrap();
    let place = NewKeyPlace {
        module: "/usr/lib/none.so".into(),
        token: TokenName {
            label: "州办一号".to_owned(),
            serial: "0001".to_owned(),
        },
    };
    let (at, roster, code) = (office.path(), authority.roster(), &tickets[0].code);
    let prepare =
        |on_token| Attempt::prepare(at, (roster, None), code, &password(), &device, on_token);
    let refused = prepare(Some(&place)).unwrap_err();
    assert!(matches!(refused, EnrolFailed::Token(_)), "{refused}");
    let key = crate::enrol::keystore_path(at, &account());
    assert!(!key.exists(), "no key was made, and none is named");
    let first = prepare(None).unwrap();
    let refused = prepare(Some(&place)).unwrap_err();
    let EnrolFailed::KeyElsewhere(path) = refused else {
        panic!("{refused}");
    };
    assert_eq!(path, key);
    assert_eq!(prepare(None).unwrap().signed, first.signed);
}

#[test]
fn a_founding_that_was_interrupted_is_carried_on() {
    let folder = tempfile::tempdir().unwrap();
    let whole = found(folder.path()).unwrap();
    let root_pub = fs::read(folder.path().join("root.pub")).unwrap();
    let refused = found(folder.path()).map(|_| ()).unwrap_err();
    assert!(
        matches!(refused, AuthorityFailed::AlreadyFounded),
        "{refused}"
    );
    // What stood on the disk after each step: the policy, the officer, the pin, the genesis.
    for act in [2, 1] {
        fs::remove_file(acts::path(folder.path(), act)).unwrap();
        let again = found(folder.path()).unwrap();
        assert_eq!(again.acts().len(), 3);
        assert_eq!(again.roster().genesis(), whole.roster().genesis());
        fs::remove_file(acts::path(folder.path(), 2)).unwrap();
    }
    fs::remove_file(folder.path().join("root.pub")).unwrap();
    fs::remove_file(folder.path().join("officer.key")).unwrap();
    fs::remove_file(acts::path(folder.path(), 1)).unwrap();
    found(folder.path()).unwrap();
    assert_eq!(fs::read(folder.path().join("root.pub")).unwrap(), root_pub);
    // The keys of the root alone: the next attempt takes them, and asks for their password.
    for act in 0..3 {
        fs::remove_file(acts::path(folder.path(), act)).unwrap();
    }
    let (origin, officer) = ("a.example".parse().unwrap(), "p-officer".parse().unwrap());
    let other = Password::new("Other-2-pass".to_owned());
    let refused = Authority::found(
        folder.path(),
        &origin,
        &officer,
        &Founders::default(),
        &other,
    )
    .map(|_| ());
    let wrong = AuthorityFailed::Keystore(KeystoreFailed::WrongPassword).to_string();
    assert_eq!(refused.unwrap_err().to_string(), wrong);
    assert_eq!(found(folder.path()).unwrap().acts().len(), 3);
}

#[test]
fn i2_a_gap_or_a_damaged_act_is_never_taken_for_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let mut authority = found(folder.path()).unwrap();
    authority.certify_exchange(&request(), &password()).unwrap();
    let damaged = |number: u64| {
        let failed = Authority::open(folder.path()).map(|_| ()).unwrap_err();
        let at = acts::path(folder.path(), number);
        assert!(
            matches!(&failed, AuthorityFailed::Damaged(path) if *path == at),
            "act {number}: {failed}"
        );
    };
    for number in 0..3 {
        let path = acts::path(folder.path(), number);
        let good = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        damaged(number);
        fs::create_dir(&path).unwrap();
        damaged(number);
        fs::remove_dir(&path).unwrap();
        for bad in [&good[..good.len() - 1], b"".as_slice()] {
            fs::write(&path, bad).unwrap();
            damaged(number);
        }
        let mut flipped = good.clone();
        let last = flipped.len() - 3;
        flipped[last] ^= 1;
        fs::write(&path, &flipped).unwrap();
        damaged(number);
        fs::write(&path, &good).unwrap();
    }
    let file = ActFile {
        statement: vec![0].into(),
        attachments: Vec::new(),
    };
    assert!(acts::write(folder.path(), 3, &file).is_err(), "replaced");
    assert_eq!(Authority::open(folder.path()).unwrap().acts().len(), 4);
}

#[test]
fn a_refused_plan_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut authority = found(folder.path()).unwrap();
    let before = authority.roster().head();
    // Some hundred units fill several statements; the last names a unit that is not there.
    let mut text = String::new();
    for number in 0..300 {
        text.push_str(&format!(
            "[[unit]]\ncode = \"513200-u{number}\"\nname = \"第{number}单位\"\n"
        ));
    }
    let bad = format!(
        "{text}[[unit]]\ncode = \"513200-last\"\nname = \"末\"\nparent = \"513200-none\"\n"
    );
    let refused = authority.carry_out(&Plan::read(&bad).unwrap(), &password());
    let Err(AuthorityFailed::Refused(RosterRefused::Change(why))) = refused else {
        panic!("a plan with an unknown parent was signed");
    };
    assert!(matches!(why, BadChange::Unknown { .. }), "{why}");
    assert_eq!(authority.roster().head(), before);
    assert_eq!(Authority::open(folder.path()).unwrap().acts().len(), 3);
    let (acts, _) = authority
        .carry_out(&Plan::read(&text).unwrap(), &password())
        .unwrap();
    assert!(acts.len() > 1, "{} statements", acts.len());
    assert_eq!(authority.roster().all::<Unit>().count(), 300);
}

#[test]
fn a_plan_is_read_strictly() {
    let folder = tempfile::tempdir().unwrap();
    let mut authority = found(folder.path()).unwrap();
    for (text, named) in [
        ("", "empty"),
        ("[[units]]", "units"),
        ("[[unit]]\ncode = \"513200-zfb\"", "name"),
        (
            "[[unit]]\ncode = \"513200-zfb\"\nname = \"a\"\nnick = \"b\"",
            "nick",
        ),
        (&PLAN.replace("manage", "rule"), "rule"),
        (&PLAN.replace("p-li4", "li4"), "li4"),
        (&PLAN.replace("[\"513200-zfb-pc01\"]", "[\"pc01\"]"), "pc01"),
        (&PLAN.replace("513200-zfb-yz01", "yz01"), "yz01"),
    ] {
        let refused = Plan::read(text).and_then(|plan| authority.carry_out(&plan, &password()));
        let message = refused.map(|_| ()).unwrap_err().to_string();
        assert!(message.contains(named), "{text:?}: {message}");
    }
    assert_eq!(authority.acts().len(), 3);
}

#[test]
fn single_records_are_signed_under_their_own_names() {
    let folder = tempfile::tempdir().unwrap();
    let mut authority = found(folder.path()).unwrap();
    let unit = "[[unit]]\ncode = \"513200-zfb\"\nname = ";
    let ticket = &PLAN[PLAN.find("[[ticket]]").unwrap()..];
    let mut act = |text: &str| {
        let plan = Plan::read(text).unwrap();
        authority.carry_out(&plan, &password()).unwrap().0[0].code
    };
    assert_eq!(act(&format!("{unit}\"旧名\"")), Some(10));
    assert_eq!(act(&format!("{unit}\"新名\"")), Some(11));
    assert_eq!(act(PLAN), Some(ACT_PLAN_CARRIED_OUT));
    assert_eq!(act(ticket), Some(ACT_TICKET_ISSUED));
    let code: UnitCode = "513200-zfb".parse().unwrap();
    let name = authority.roster().unit(&code).unwrap().name;
    assert_eq!(name, "云岭州人民政府办公室");
}

#[test]
fn a5_a_changed_request_is_refused() {
    let secret = SigningSecret::from_seed(&[9; 32]);
    let kept = SealKey::here(&[9; 32]);
    let good = SealRequest::of(account(), &kept);
    let electronic = kept.electronic().unwrap();
    let mut rng = crate::chance().unwrap();
    let mut line_of = |secret, electronic| good.to_line(secret, electronic, &mut rng).unwrap();
    let line = line_of(&secret, Some(&electronic));
    assert_eq!(SealRequest::read(&line).unwrap(), good);
    let (words, text) = line.trim_end().rsplit_once(' ').unwrap();
    let bytes = BASE64.decode(text.as_bytes()).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut bad = bytes.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        let bad = format!("{words} {}", BASE64.encode(&bad));
        assert!(SealRequest::read(&bad).is_err(), "bit {bit}");
    }
    let other = SigningSecret::from_seed(&[8; 32]);
    let other_electronic = SealKey::here(&[8; 32]).electronic().unwrap();
    for bad in [
        line_of(&other, Some(&electronic)),
        line_of(&secret, Some(&other_electronic)),
        line_of(&secret, None),
        line.replace("v2", "v1"),
        line.replace("seal", "exchange"),
        words.to_owned(),
        String::new(),
    ] {
        assert!(SealRequest::read(&bad).is_err(), "{bad}");
    }
    let folder = tempfile::tempdir().unwrap();
    let mut authority = found(folder.path()).unwrap();
    for bad in ["", "yichuan-exchange-request v1 ", &line, &request()[..80]] {
        let refused = authority.certify_exchange(bad, &password()).map(|_| ());
        let refused = refused.unwrap_err();
        assert!(matches!(refused, AuthorityFailed::NotARequest), "{bad}");
    }
}

#[test]
fn a_policy_tightens_the_law_and_never_loosens_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut authority = found(folder.path()).unwrap();
    for due in [
        &[481, 480, 240, 120, 60][..],
        &[480; 4],
        &[480, 480, 240, 120, 0],
    ] {
        let refused =
            authority.set_policy(&policy(Ceiling::Secret, 1, due, PASSWORD_DAYS), &password());
        assert!(refused.is_err(), "{due:?}");
    }
    let tight = policy(Ceiling::Internal, 2, &[60; 5], PASSWORD_DAYS);
    authority.set_policy(&tight, &password()).unwrap();
    assert_eq!(authority.roster().policy(), Some(tight));
}

#[test]
fn g5_a_plan_of_several_statements_that_needs_cosigners_is_refused_before_any_is_kept() {
    let (folder, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut authority = found(folder.path()).unwrap();
    let person = "p-second".parse().unwrap();
    let other = officer_request(second.path(), &person, &password()).unwrap();
    authority.certify_officer(&other, &password()).unwrap();
    let rule = Quorum {
        others: 2,
        ..Quorum::ONE
    };
    authority.set_quorum(&rule, &password()).unwrap();
    let (head, acts) = (authority.roster().head(), authority.acts().len());
    let units = |count: usize| {
        let unit =
            |number| format!("[[unit]]\ncode = \"513200-u{number}\"\nname = \"第{number}单位\"\n");
        Plan::read(&(0..count).map(unit).collect::<String>()).unwrap()
    };
    let many = authority.carry_out(&units(CHANGES_MAX + 1), &password());
    assert!(matches!(many, Err(AuthorityFailed::TooManyToCosign)));
    assert_eq!(authority.roster().head(), head);
    assert_eq!(Authority::open(folder.path()).unwrap().acts().len(), acts);
    assert!(!folder.path().join("pending").exists());
    // One statement waits for the other officer, as it should.
    let (one, _) = authority.carry_out(&units(20), &password()).unwrap();
    assert_eq!((one.len(), one[0].missing), (1, 1));
    assert_eq!(authority.roster().head(), head);
}

#[test]
fn g4_what_the_rules_refuse_costs_no_password_and_wrong_ones_wait() {
    let folder = tempfile::tempdir().unwrap();
    let mut authority = found(folder.path()).unwrap();
    let wrong = || Password::new("Wrong-1-pass".to_owned());
    let unit = |parent: &str| {
        let text =
            format!("[[unit]]\ncode = \"513200-zfb\"\nname = \"办\"\nparent = \"{parent}\"\n");
        Plan::read(&text).unwrap()
    };
    // The rules are asked before the password is.
    for plan in [unit("513200-none"), unit("513200-zfb")] {
        assert!(authority.check_plan(&plan).is_err());
        let refused = authority.carry_out(&plan, &wrong()).map(drop);
        assert!(matches!(refused, Err(AuthorityFailed::Refused(_))));
    }
    let plan = Plan::read("[[unit]]\ncode = \"513200-zfb\"\nname = \"办\"\n").unwrap();
    authority.check_plan(&plan).unwrap();
    for _ in 0..5 {
        let refused = authority.carry_out(&plan, &wrong()).map(drop);
        let wrong = AuthorityFailed::Keystore(KeystoreFailed::WrongPassword).to_string();
        assert_eq!(refused.unwrap_err().to_string(), wrong);
    }
    // The wait grows, so that a slow computer meets it, too.
    let mut tries = (0..10).map(|_| authority.carry_out(&plan, &wrong()).map(drop));
    let waits = |outcome: Result<(), _>| {
        let told = outcome.err();
        matches!(told, Some(AuthorityFailed::TooManyTries { seconds }) if seconds >= 1)
    };
    assert!(tries.any(waits));
    assert_eq!(authority.acts().len(), 3, "nothing was signed");
}
