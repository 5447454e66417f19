//! Journeys of the authority: what becomes of units, accounts, computers and seals.

use std::fs;

use serde_json::Value;
use yichuan_xtask::Office;
use yichuan_xtask::installation::{PASSWORD, fixture, text};

use crate::stage::{Stage, account};

impl Stage {
    /// Has the authority sign something and submits it.
    fn sign(&self, arguments: &[&str]) -> Value {
        let mut all = vec!["--json", "authority", "sign"];
        all.extend_from_slice(arguments);
        self.installation.sign(&all).unwrap()
    }

    /// What the authority refuses to sign.
    fn unsigned(&self, arguments: &[&str]) -> String {
        let mut all = vec!["--lang", "en", "authority", "sign"];
        all.extend_from_slice(arguments);
        let authority = self.installation.folder.join("authority");
        let programs = &self.installation.programs;
        let said = programs.yichuan(&authority, PASSWORD, &all).unwrap();
        assert_ne!(said.code, 0, "{arguments:?}");
        said.err
    }
}

#[test]
fn an_account_is_locked_unlocked_and_closed() {
    let mut stage = Stage::new("tcp");
    let status = |to| ["account-status", "--id", "513200-zfb-fs01", "--to", to];
    stage.sign(&status("locked"));
    let (_, message) = stage.refused(stage.sender(), "fs01", &["outbox"]);
    assert!(message.contains("YC-0205"), "{message}");
    // Another post does not unlock it.
    let change = account(
        "513200-zfb-fs01",
        ("p-zhang513200zfb", "收发室"),
        "send",
        "513200-zfb-pc01",
    );
    stage.sign(&change);
    stage.refused(stage.sender(), "fs01", &["outbox"]);
    stage.installation.exchange.take().unwrap().kill().unwrap();
    stage.installation.start().unwrap();
    stage.refused(stage.sender(), "fs01", &["outbox"]);
    stage.sign(&status("active"));
    stage.json(stage.sender(), "fs01", &["outbox"]);
    let message = stage.unsigned(&status("active"));
    assert!(message.contains("has that state already"), "{message}");
    stage.sign(&status("closed"));
    stage.refused(stage.sender(), "fs01", &["outbox"]);
    let message = stage.unsigned(&status("active"));
    assert!(message.contains("rules of the roster"), "{message}");
    let unknown = [
        "account-status",
        "--id",
        "513200-zfb-fs99",
        "--to",
        "locked",
    ];
    assert!(stage.unsigned(&unknown).contains("is not in the roster"));
    let history = stage.json(stage.sender(), "sp01", &["roster", "history"]);
    let acts = history.as_array().unwrap().iter();
    let acts: Vec<&str> = acts
        .filter(|line| line["about"] == serde_json::json!(["513200-zfb-fs01"]))
        .filter(|line| line["by"] == "p-officer")
        .map(|line| line["what"].as_str().unwrap())
        .collect();
    let expected = [
        "account locked",
        "account changed",
        "account unlocked",
        "account closed",
    ];
    assert_eq!(acts, expected);
    let verified = stage.json(stage.sender(), "sp01", &["roster", "verify"]);
    assert_eq!(verified["valid"], true);
}

#[test]
fn g5_a_withdrawn_computer_is_cut_off_and_told_why() {
    for transport in ["quic", "tcp"] {
        let mut stage = Stage::new(transport);
        let office = &stage.recipient(1).clone();
        let mut agent = stage.agent(office, "js01", &[]);
        agent.wait_for("waiting for announcements");
        // It lists who may work there, and which seals are set there.
        let shown = stage.json(stage.sender(), "fs01", &["roster", "show"]);
        let record = |id: &str| {
            let records = shown["records"].as_array().unwrap().iter();
            let found = records.clone().find(|record| record["id"] == id);
            found.unwrap()["record"].clone()
        };
        let accounts = serde_json::json!(["513201-zf-gl01", "513201-zf-js01"]);
        assert_eq!(record("513201-zf-pc01")["accounts"], accounts);
        let seals = serde_json::json!(["513200-zfb-seal01"]);
        assert_eq!(record("513200-zfb-pc01")["seals"], seals);
        assert_eq!(record("513201-zf-pc01")["seals"], serde_json::json!([]));
        stage.sign(&["device-withdraw", "--id", "513201-zf-pc01"]);
        agent.wait_for("the connection is lost");
        // It does not come back in, and says why.
        agent.wait_for("YC-0201");
        assert!(!agent.child.wait().unwrap().success());
        stage.crash();
        let (_, message) = stage.refused(office, "js01", &["inbox"]);
        assert!(message.contains("YC-0201"), "{message}");
        stage.roster_is_valid();
    }
}

#[test]
fn a9_a_seal_is_suspended_resumed_replaced_and_revoked() {
    let mut stage = Stage::new("tcp");
    let seal = |to| ["seal-status", "--id", "513200-zfb-seal01", "--to", to];
    let approved = |stage: &Stage| {
        let id = stage.compose(&fixture("notice.ofd"), "513201-zf");
        stage.json(stage.sender(), "fs01", &["submit", &id]);
        stage.json(stage.sender(), "sp01", &["approve", &id]);
        id
    };
    let before = stage.dispatch(&fixture("notice.ofd"), "513201-zf");
    let id = approved(&stage);
    stage.sign(&seal("suspended"));
    let (_, message) = stage.refused(stage.sender(), "yz01", &["seal", &id]);
    assert!(message.contains("suspended or revoked"), "{message}");
    stage.installation.exchange.take().unwrap().kill().unwrap();
    stage.installation.start().unwrap();
    stage.sign(&seal("active"));
    // Another key and the same custodian: the old key seals no more, the new one does.
    let request = stage.installation.folder.join("second.request");
    let arguments = ["seal-request", "--out", text(&request).unwrap()];
    stage.json(stage.sender(), "yz01", &arguments);
    let replace = [
        "seal-replace",
        "--id",
        "513200-zfb-seal01",
        "--request",
        text(&request).unwrap(),
        "--devices",
        "513200-zfb-pc01",
    ];
    stage.sign(&replace);
    stage.json(stage.sender(), "yz01", &["seal", &id]);
    let third = approved(&stage);
    stage.sign(&seal("revoked"));
    stage.refused(stage.sender(), "yz01", &["seal", &third]);
    assert!(
        stage
            .unsigned(&seal("active"))
            .contains("rules of the roster")
    );
    // What was sealed before stays valid, received and proved.
    for document in [&before, &id] {
        stage.json(stage.recipient(1), "js01", &["sign", document]);
        stage.proves(stage.sender(), "fs01", document);
    }
    stage.roster_is_valid();
}

/// The unit above is not put below the one that is below it.
fn no_circle_is_signed(stage: &Stage) {
    let circle = [
        "unit",
        "--code",
        "513202-zf",
        "--name",
        "白河市人民政府",
        "--parent",
        "513202-jyj",
    ];
    let message = stage.unsigned(&circle);
    assert!(message.contains("in a circle"), "{message}");
}

#[test]
fn g1_a_unit_that_is_merged_receives_nothing_and_names_its_successor() {
    let mut stage = Stage::new("tcp");
    let rename = ["unit", "--code", "513202-zf", "--name", "白河市人民政府"];
    stage.sign(&rename);
    let units = stage.json(stage.sender(), "fs01", &["units"]);
    let named = |units: &Value, code: &str| {
        let all = units.as_array().unwrap().iter();
        let unit = all.clone().find(|unit| unit["code"] == code).unwrap();
        (
            unit["name"].as_str().unwrap().to_owned(),
            unit["active"] == true,
        )
    };
    assert_eq!(
        named(&units, "513202-zf"),
        ("白河市人民政府".to_owned(), true)
    );
    let below = [
        "unit",
        "--code",
        "513202-jyj",
        "--name",
        "白河市教育局",
        "--parent",
        "513202-zf",
    ];
    stage.sign(&below);
    no_circle_is_signed(&stage);
    stage.crash();
    let merge = [
        "unit-close",
        "--code",
        "513202-zf",
        "--successor",
        "513201-zf",
    ];
    let message = stage.unsigned(&merge);
    assert!(message.contains("513202-jyj"), "{message}");
    stage.sign(&["unit-close", "--code", "513202-jyj"]);
    stage.sign(&merge);
    stage.crash();
    let units = stage.json(stage.sender(), "fs01", &["units"]);
    assert!(!named(&units, "513202-zf").1);
    let meta = fixture("notice.json");
    let notice = fixture("notice.ofd");
    let arguments = [
        "compose",
        "--meta",
        text(&meta).unwrap(),
        "--to",
        "513202-zf",
        text(&notice).unwrap(),
    ];
    let (_, message) = stage.refused(stage.sender(), "fs01", &arguments);
    assert!(message.contains("closed"), "{message}");
    stage.refused(stage.recipient(2), "js01", &["inbox"]);
    let shown = ["roster", "show", "--unit", "513202-zf"];
    let shown = stage.json(stage.sender(), "fs01", &shown);
    let records = shown["records"].as_array().unwrap().iter();
    let mut tickets = records.filter(|record| record["kind"] == "ticket");
    assert!(tickets.all(|ticket| ticket["record"]["used"] == true));
    let unit = &shown["records"][0];
    assert_eq!(unit["record"]["successor"], "513201-zf");
    stage.roster_is_valid();
}

#[test]
fn g1_a_merged_units_pending_and_old_documents_follow_to_its_successor() {
    let mut stage = Stage::new("tcp");
    let notice = fixture("notice.ofd");
    let old = stage.dispatch(&notice, "513202-zf");
    stage.json(stage.recipient(2), "js01", &["sign", &old]);
    let pending = stage.dispatch(&notice, "513202-zf");
    let fetched = stage.dispatch(&notice, "513202-zf,513200-daj");
    stage.json(stage.recipient(2), "js01", &["fetch", &fetched]);
    let both = stage.dispatch(&notice, "513201-zf,513202-zf");
    let leave = ["unit-key", "leave", "--to", "513201-zf"];
    let (_, message) = stage.refused(stage.recipient(2), "js01", &leave);
    assert!(message.contains("manage"), "{message}");
    stage.json(stage.recipient(2), "gl01", &leave);
    let merge = [
        "unit-close",
        "--code",
        "513202-zf",
        "--successor",
        "513201-zf",
    ];
    stage.sign(&merge);
    stage.installation.exchange.take().unwrap().kill().unwrap();
    stage.installation.start().unwrap();
    let heir = stage.recipient(1);
    let waiting = stage.json(heir, "js01", &["inbox"]);
    let waiting = waiting.as_array().unwrap();
    assert_eq!(waiting.len(), 3, "{waiting:?}");
    for id in [&pending, &fetched, &both] {
        stage.json(heir, "js01", &["sign", id]);
    }
    // What had been signed for is still to be read.
    stage.refused(stage.recipient(2), "js01", &["inbox"]);
    let state = |id: &str, unit: &str| {
        let all = stage.json(stage.sender(), "fs01", &["outbox"]);
        let all = all.as_array().unwrap().clone().into_iter();
        let document = all.clone().find(|it| it["id"] == id).unwrap();
        let deliveries = document["deliveries"].as_array().unwrap().clone();
        let found = deliveries.into_iter().find(|it| it["unit"] == unit);
        found.map(|it| it["state"].as_str().unwrap().to_owned())
    };
    assert_eq!(state(&old, "513202-zf").as_deref(), Some("signed for"));
    assert_eq!(state(&pending, "513202-zf").as_deref(), Some("redirected"));
    assert_eq!(state(&pending, "513201-zf").as_deref(), Some("signed for"));
    assert_eq!(state(&both, "513202-zf").as_deref(), Some("redirected"));
    for (id, office, letters) in [
        (&pending, stage.sender(), "fs01"),
        (&fetched, stage.sender(), "fs01"),
        (&both, stage.sender(), "fs01"),
        (&pending, heir, "js01"),
        (&fetched, heir, "js01"),
    ] {
        stage.proves(office, letters, id);
    }
    stage.roster_is_valid();
}

#[test]
fn g1_a_document_that_waited_ends_with_its_unit_and_is_replaced_by_the_successor() {
    let mut stage = Stage::new("tcp");
    let waiting = stage.compose(&fixture("notice.ofd"), "513201-zf");
    stage.json(stage.sender(), "fs01", &["submit", &waiting]);
    let heir = stage.recipient(2).clone();
    let before = stage.json(&heir, "js01", &["outbox"]);
    assert_eq!(before, serde_json::json!([]));
    stage.crash();
    stage.sign(&[
        "unit-close",
        "--code",
        "513200-zfb",
        "--successor",
        "513202-zf",
    ]);
    stage.crash();
    let (_, message) = stage.refused(stage.sender(), "sp01", &["approve", &waiting]);
    assert!(message.contains("YC-02"), "{message}");
    let listed = stage.json(&heir, "js01", &["outbox"]);
    assert_eq!(listed[0]["id"], waiting.as_str());
    assert_eq!(listed[0]["ended"]["unit"], "513200-zfb");
    let history = ["roster", "history", "--unit", "513200-zfb"];
    let history = stage.json(&heir, "js01", &history);
    let closing = history.as_array().unwrap().last().unwrap().clone();
    assert_eq!(listed[0]["ended"]["act"], closing["index"]);
    // It is none of what the successor received.
    let received = stage.json(&heir, "js01", &["inbox"]);
    assert_eq!(received, serde_json::json!([]));
    // Somebody there sends it anew, in its place.
    let plan = stage.installation.folder.join("sending.toml");
    let text_of_plan = "[[account]]\nid = \"513202-zf-fs01\"\nperson = \"p-zhang\"\n\
         post = \"send\"\nroles = [\"send\"]\ndevices = [\"513202-zf-pc01\"]\n\
         [[ticket]]\naccount = \"513202-zf-fs01\"\ndevice = \"513202-zf-pc01\"\n";
    fs::write(&plan, text_of_plan).unwrap();
    let tickets = stage.installation.sign_plan(&plan).unwrap();
    let ticket = tickets[0]["ticket"].as_str().unwrap();
    stage.installation.enrol(&heir.home, ticket).unwrap();
    stage.json(&heir, "gl01", &["unit-key", "share"]);
    let meta = fixture("notice.json");
    let notice = fixture("notice.ofd");
    let compose = [
        "compose",
        "--meta",
        text(&meta).unwrap(),
        "--to",
        "513201-zf",
        "--replaces",
        &waiting,
        text(&notice).unwrap(),
    ];
    let composed = stage.json(&heir, "fs01", &compose);
    let anew = composed["id"].as_str().unwrap();
    stage.json(&heir, "fs01", &["submit", anew]);
    let listed = stage.json(&heir, "fs01", &["outbox"]);
    assert_eq!(listed.as_array().unwrap().len(), 2);
    let verified = stage.json(&heir, "fs01", &["roster", "verify"]);
    assert_eq!(verified["valid"], true);
}

/// An auditor's account on an office's computer.
fn auditor(stage: &Stage, office: &Office) {
    let (code, plan) = (office.code, stage.installation.folder.join("auditor.toml"));
    let account = format!("{code}-sj01");
    let text_of_plan = format!(
        "[[account]]\nid = \"{account}\"\nperson = \"p-qian\"\npost = \"审计\"\n\
         roles = [\"audit\"]\ndevices = [\"{code}-pc01\"]\n\
         [[ticket]]\naccount = \"{account}\"\ndevice = \"{code}-pc01\"\n"
    );
    fs::write(&plan, text_of_plan).unwrap();
    let tickets = stage.installation.sign_plan(&plan).unwrap();
    let ticket = tickets[0]["ticket"].as_str().unwrap();
    stage.installation.enrol(&office.home, ticket).unwrap();
}

#[test]
fn g6_an_auditor_reads_what_concerns_its_units_and_decrypts_nothing() {
    let stage = Stage::new("tcp");
    let below = [
        "unit",
        "--code",
        "513201-zf",
        "--name",
        "青石县人民政府",
        "--parent",
        "513200-zfb",
    ];
    stage.sign(&below);
    auditor(&stage, stage.sender());
    auditor(&stage, stage.recipient(2));
    let id = stage.dispatch(&fixture("notice.ofd"), "513201-zf,513202-zf");
    stage.json(stage.recipient(1), "js01", &["sign", &id]);
    let arguments = ["return", &id, "--reason", "10"];
    stage.json(stage.recipient(2), "js01", &arguments);
    for place in [1, 2] {
        let arguments = ["note", "add", &id, "--text", "请阅"];
        stage.json(stage.recipient(place), "js01", &arguments);
    }
    stage.refused(stage.sender(), "sp01", &["approve", &id]);
    let seen = |office, more: &[&str]| {
        let mut arguments = vec!["audit"];
        arguments.extend_from_slice(more);
        let lines = stage.json(office, "sj01", &arguments);
        let lines = lines.as_array().unwrap().iter();
        let line = |line: &Value| {
            let word = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
            (word("what"), word("unit"), word("detail"))
        };
        lines.map(line).collect::<Vec<_>>()
    };
    let has = |lines: &[(String, String, String)], what: &str, unit: &str| {
        lines.iter().any(|line| line.0 == what && line.1 == unit)
    };
    let (above, aside) = (seen(stage.sender(), &[]), seen(stage.recipient(2), &[]));
    for (what, unit, of_above, of_aside) in [
        ("genesis", "", true, true),
        ("approved", "513200-zfb", true, true),
        ("signed for", "513201-zf", true, false),
        ("returned", "513202-zf", true, true),
        ("noted", "513201-zf", true, false),
        ("noted", "513202-zf", false, true),
        ("request refused", "513200-zfb", true, false),
    ] {
        let found = (has(&above, what, unit), has(&aside, what, unit));
        assert_eq!(found, (of_above, of_aside), "{what} {unit}");
    }
    let refused = above.iter().find(|line| line.0 == "request refused");
    assert!(refused.unwrap().2.contains("YC-0401"));
    assert_eq!(seen(stage.sender(), &["--kind", "用印"]).len(), 1);
    assert_eq!(
        seen(
            stage.sender(),
            &["--person", "p-wang513200zfb", "--kind", "approved"]
        )
        .len(),
        1
    );
    let csv = stage.installation.folder.join("audit.csv");
    let above = seen(stage.sender(), &["--csv", text(&csv).unwrap()]);
    let written = fs::read_to_string(&csv).unwrap();
    assert_eq!(written.lines().count(), above.len() + 1);
    let again = ["audit", "--csv", text(&csv).unwrap()];
    let (_, message) = stage.refused(stage.sender(), "sj01", &again);
    assert!(message.contains("it exists"), "{message}");
    stage.refused(stage.recipient(2), "sj01", &["fetch", &id]);
    let (_, message) = stage.refused(stage.sender(), "fs01", &["audit"]);
    assert!(message.contains("YC-0205"), "{message}");
}

/// The sessions that an auditor reads of, one line each: what, by whom, where, more.
fn sessions(stage: &Stage, office: &Office, more: &[&str]) -> Vec<[String; 4]> {
    let arguments = [["audit"].as_slice(), more].concat();
    let lines = stage.json(office, "sj01", &arguments);
    let lines = lines.as_array().unwrap().iter();
    let of_sessions = lines.filter(|line| line["kind"] == 65);
    let word = |line: &Value, key: &str| line[key].as_str().unwrap_or_default().to_owned();
    of_sessions
        .map(|line| ["what", "by", "device", "detail"].map(|key| word(line, key)))
        .collect()
}

#[test]
fn g4_an_auditor_reads_who_was_signed_in_where_and_who_was_refused() {
    let mut stage = Stage::new("tcp");
    auditor(&stage, stage.sender());
    auditor(&stage, stage.recipient(1));
    // A copy of the keystore from before its password was changed.
    let keystore = stage.sender().home.join("accounts/513200-zfb-fs01.key");
    let old = fs::read(&keystore).unwrap();
    let passwords = format!("{PASSWORD}\nTian-7-lu-kuan");
    let change = [
        "--account",
        "513200-zfb-fs01",
        "password",
        "--new-password-fd",
        "0",
    ];
    let programs = &stage.installation.programs;
    let home = &stage.sender().home;
    let said = programs.yichuan(home, &passwords, &change).unwrap();
    assert_eq!(said.code, 0, "{}", said.err);
    fs::write(&keystore, old).unwrap();
    let (_, message) = stage.refused(stage.sender(), "fs01", &["outbox"]);
    assert!(message.contains("YC-0212"), "{message}");
    for _ in 0..5 {
        stage.json(stage.sender(), "sp01", &["outbox"]);
    }
    // An exchange that is killed keeps what it had recorded, and goes on.
    stage.crash();
    stage.json(stage.sender(), "sp01", &["outbox"]);
    // One that is stopped records what it has not recorded yet.
    stage.restart();
    let all = sessions(&stage, stage.sender(), &[]);
    let of = |account: &str| {
        let account = format!("513200-zfb-{account}");
        let lines = all.iter().filter(move |line| line[1] == account);
        lines.map(|line| line[0].as_str()).collect::<Vec<_>>()
    };
    assert_eq!(
        of("sp01"),
        ["signed in"],
        "six commands, one sitting: {all:?}"
    );
    assert!(of("fs01").contains(&"sign-in refused"), "{all:?}");
    let refused = all
        .iter()
        .find(|line| line[0] == "sign-in refused")
        .unwrap();
    assert!(refused[3].contains("YC-0212"), "{refused:?}");
    assert_eq!(refused[2], "513200-zfb-pc01");
    let only = sessions(&stage, stage.sender(), &["--kind", "登录被拒"]);
    assert_eq!(only.len(), 1);
    // Another unit's auditor reads nothing of it.
    let aside = sessions(&stage, stage.recipient(1), &[]);
    assert!(
        aside.iter().all(|line| line[1].starts_with("513201-zf")),
        "{aside:?}"
    );
    let verified = stage.json(stage.sender(), "sp01", &["roster", "verify"]);
    assert_eq!(verified["valid"], true);
}

fn seal_report(stage: &Stage, office: &Office, letters: &str, more: &[&str]) -> Value {
    let arguments = [["report", "seals"].as_slice(), more].concat();
    stage.json(office, letters, &arguments)
}

#[test]
fn g5_every_use_of_a_seal_is_reported_to_who_answers_for_it() {
    let stage = Stage::new("tcp");
    let report = |office, letters, more: &[&str]| seal_report(&stage, office, letters, more);
    assert_eq!(
        report(stage.sender(), "yz01", &[])["uses"],
        serde_json::json!([])
    );
    auditor(&stage, stage.sender());
    let first = stage.dispatch(&fixture("notice.ofd"), "513201-zf");
    let second = stage.compose(&fixture("annex.pdf"), "513201-zf");
    stage.json(stage.sender(), "fs01", &["submit", &second]);
    stage.json(stage.sender(), "sp01", &["approve", &second]);
    let at = ["seal", &second, "--at", "1,121.3,187.2,42,42"];
    stage.json(stage.sender(), "yz01", &at);
    for (letters, opens) in [("yz01", true), ("gl01", true), ("sj01", false)] {
        let told = report(stage.sender(), letters, &[]);
        let uses = told["uses"].as_array().unwrap();
        let documents: Vec<_> = uses.iter().map(|used| &used["document"]).collect();
        assert_eq!(documents, [&first, &second], "{letters}");
        let used = &uses[1];
        assert_eq!(used["seal"], "513200-zfb-seal01");
        assert_eq!(used["by"], "513200-zfb-yz01");
        assert_eq!(used["person"], "p-zhao513200zfb");
        assert_eq!(used["device"], "513200-zfb-pc01");
        assert_eq!(used["seal_now"], "active");
        assert!(
            used["number"]
                .as_str()
                .is_some_and(|number| number.contains('〔'))
        );
        let place = serde_json::json!([{
            "part": 0, "page": 1, "x": 12_130, "y": 18_720, "width": 4_200, "height": 4_200,
        }]);
        let expected = if opens { place } else { Value::Null };
        assert_eq!(used["places"], expected, "{letters}");
        assert_eq!(told["counts"][0]["count"], 2, "{letters}");
    }
    // A recipient reads the seals on what came in nowhere in its own report.
    assert_eq!(
        report(stage.recipient(1), "gl01", &[])["uses"],
        serde_json::json!([])
    );
    let (_, message) = stage.refused(stage.sender(), "fs01", &["report", "seals"]);
    assert!(message.contains("may not do this here"), "{message}");
    the_report_is_narrowed_and_written(&stage);
}

fn the_report_is_narrowed_and_written(stage: &Stage) {
    let report = |more: &[&str]| seal_report(stage, stage.sender(), "gl01", more);
    let revoke = [
        "seal-status",
        "--id",
        "513200-zfb-seal01",
        "--to",
        "revoked",
    ];
    stage.sign(&revoke);
    let csv = stage.installation.folder.join("seals.csv");
    let told = report(&["--csv", text(&csv).unwrap()]);
    assert_eq!(told["uses"][0]["seal_now"], "revoked");
    let written = fs::read_to_string(&csv).unwrap();
    assert_eq!(written.lines().count(), 3);
    for (filter, count) in [
        (["--seal", "513200-zfb-seal02"], 0),
        (["--seal", "513200-zfb-seal01"], 2),
        (["--to", "2020-01-01"], 0),
        (["--from", "2020-01-01"], 2),
    ] {
        let told = report(&filter);
        assert_eq!(told["uses"].as_array().unwrap().len(), count, "{filter:?}");
    }
    let shown = stage
        .installation
        .call(stage.sender(), "gl01", &["report", "seals"]);
    assert!(shown.unwrap().out.contains("合计 2"));
}

#[test]
fn a_list_of_units_is_judged_line_by_line_and_imported_whole() {
    let mut stage = Stage::new("tcp");
    let list = stage.installation.folder.join("units.csv");
    let good = "单位代码,单位名称,上级\n\
                513204-zx,青石县第一中学,513204-jyj\n513204-jyj,青石县教育局,513201-zf\n";
    let bad = format!("{good}513204-yx,青石县第—中学,\n513204-ZX,x,\n");
    let import = |stage: &Stage, more: &[&str]| {
        let arguments = ["--json", "authority", "import", "--file"];
        let arguments = [arguments.as_slice(), &[text(&list).unwrap()], more].concat();
        let authority = stage.installation.authority();
        let programs = &stage.installation.programs;
        let said = programs.yichuan(&authority, PASSWORD, &arguments).unwrap();
        assert!(!said.err.contains("panicked"), "{}", said.err);
        let told: Value = serde_json::from_str(&said.out).unwrap();
        (said.code, told)
    };
    fs::write(&list, bad).unwrap();
    for more in [["--dry-run"].as_slice(), &[]] {
        let (code, told) = import(&stage, more);
        assert_eq!(code, 1, "{told}");
        let told: Vec<_> = told["bad"].as_array().unwrap().iter().collect();
        let lines: Vec<_> = told.iter().map(|it| (&it["line"], &it["faults"])).collect();
        let (first, second) = (
            serde_json::json!(["look-alike"]),
            serde_json::json!(["code"]),
        );
        assert_eq!(lines, [(&4.into(), &first), (&5.into(), &second)]);
    }
    fs::write(&list, good).unwrap();
    let (code, told) = import(&stage, &["--dry-run"]);
    assert_eq!(
        (code, &told["opened"], &told["files"]),
        (0, &2.into(), &Value::Array(vec![]))
    );
    let said = [
        "--json",
        "authority",
        "import",
        "--file",
        text(&list).unwrap(),
    ];
    stage.installation.sign(&said).unwrap();
    stage.crash();
    let units = stage.json(stage.sender(), "fs01", &["units"]);
    let units = units.as_array().unwrap();
    assert!(
        units.iter().any(|unit| unit["code"] == "513204-zx"),
        "{units:?}"
    );
    stage.roster_is_valid();
    let (code, told) = import(&stage, &[]);
    assert_eq!((code, &told["unchanged"]), (0, &2.into()));
}
