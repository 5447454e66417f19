//! Journeys of a unit's people: standing in, handing over, lost keys, seals, practice, levels.

use std::fs;

use serde_json::Value;
use yichuan_xtask::Office;
use yichuan_xtask::installation::{PASSWORD, fixture, text};

use crate::stage::{Stage, account};

const HEAD: &str = "sp01";
const MANAGER: &str = "gl01";

impl Stage {
    pub(crate) fn signs(&self, arguments: &[&str]) -> Value {
        let all = [&["--json", "authority", "sign"], arguments].concat();
        self.installation.sign(&all).unwrap()
    }

    pub(crate) fn synchronise(&self) {
        let address = self.installation.address().unwrap();
        let arguments = ["authority", "sync", "--exchange", &address];
        let authority = self.installation.authority();
        let programs = &self.installation.programs;
        programs.good(&authority, PASSWORD, &arguments).unwrap();
    }

    /// The office is there again, with new computers and new tickets.
    fn begins_anew(&self, office: &Office) {
        fs::remove_dir_all(&office.home).unwrap();
        for letters in ["gl01", "js01"] {
            let account = format!("{}-{letters}", office.code);
            let device = format!("{}-pc01", office.code);
            let all = [
                "--json",
                "--account",
                &account,
                "authority",
                "sign",
                "ticket",
            ];
            let all = [all.as_slice(), &["--device", &device]].concat();
            let ticket = self.installation.sign(&all).unwrap();
            let ticket = ticket["tickets"][0]["ticket"].as_str().unwrap();
            self.installation.enrol(&office.home, ticket).unwrap();
        }
    }

    fn submitted(&self) -> String {
        let id = self.compose(&fixture("notice.ofd"), "513201-zf");
        self.json(self.sender(), "fs01", &["submit", &id]);
        id
    }
}

#[test]
fn rule_16_a_deputy_approves_while_the_head_is_away_and_never_the_own_document() {
    let mut stage = Stage::new("tcp");
    let first = stage.submitted();
    let (_, message) = stage.refused(stage.sender(), MANAGER, &["approve", &first]);
    assert!(message.contains("approve"), "{message}");
    let until = [
        "delegate",
        "--to",
        "513200-zfb-gl01",
        "--until",
        "2099-01-01",
    ];
    let (_, message) = stage.refused(stage.sender(), HEAD, &until);
    assert!(message.contains("YC-0205"), "beyond 92 days: {message}");
    let from = [
        "delegate",
        "--to",
        "513200-zfb-gl01",
        "--from",
        "2026-01-01",
    ];
    let soon = soon();
    let lent = [from.as_slice(), &["--until", &soon]].concat();
    stage.json(stage.sender(), HEAD, &lent);
    stage.crash();
    stage.json(stage.sender(), MANAGER, &["approve", &first]);
    stage.json(stage.sender(), "yz01", &["seal", &first]);
    stage.json(stage.recipient(1), "js01", &["sign", &first]);
    // Who entered a document does not approve it, for whomever.
    let second = stage.submitted();
    let lent = ["delegate", "--to", "513200-zfb-fs01", "--until", &soon];
    stage.json(stage.sender(), HEAD, &lent);
    let (_, message) = stage.refused(stage.sender(), "fs01", &["approve", &second]);
    assert!(message.contains("YC-0210"), "{message}");
    // The head is back: it ends at once.
    let ended = ["delegate", "--to", "513200-zfb-gl01", "--end"];
    stage.json(stage.sender(), HEAD, &ended);
    stage.refused(stage.sender(), MANAGER, &["approve", &second]);
    stage.json(stage.sender(), HEAD, &["approve", &second]);
    stage.proves(stage.sender(), "fs01", &first);
    stage.roster_is_valid();
}

/// A day within the next month, as it is typed.
fn soon() -> String {
    let soon = yichuan_unit::now().plus_ms(20 * 86_400_000);
    let shown = yichuan_unit::lang::local(soon);
    shown[..10].to_owned()
}

#[test]
fn a_post_is_handed_over_with_a_list_that_both_sign() {
    let mut stage = Stage::new("tcp");
    let waiting = stage.submitted();
    let give = [
        "hand-over",
        "give",
        "--to",
        "513200-zfb-gl01",
        "--text",
        "文件柜钥匙两把",
    ];
    let given = stage.json(stage.sender(), "fs01", &give);
    let list = given["list"].as_str().unwrap();
    let words = given["text"].as_str().unwrap();
    assert!(
        words.contains(&waiting) && words.contains("文件柜钥匙两把"),
        "{words}"
    );
    let to_self = ["hand-over", "give", "--to", "513200-zfb-fs01"];
    let (_, message) = stage.refused(stage.sender(), "fs01", &to_self);
    assert!(
        message.contains("nobody hands over to themselves"),
        "{message}"
    );
    stage.crash();
    let take = ["hand-over", "take", &list[..12]];
    let (_, message) = stage.refused(stage.sender(), HEAD, &take);
    assert!(message.contains("YC-0205"), "{message}");
    let taken = stage.json(stage.sender(), MANAGER, &take);
    assert_eq!(taken["text"], words);
    let (_, message) = stage.refused(stage.sender(), MANAGER, &take);
    assert!(message.contains("YC-0401"), "{message}");
    let all = stage.json(stage.sender(), HEAD, &["hand-over", "list"]);
    assert!(all[0]["taken_ms"].is_u64(), "{all}");
    // The account goes to the new person; the keys of the old one end with it, and since it could
    // open the unit's key, another one is due.
    let unit_key = |stage: &Stage| {
        let account = ["--account", "513200-zfb-sp01", "--json", "doctor"];
        let home = &stage.sender().home;
        let said = stage
            .installation
            .programs
            .yichuan(home, PASSWORD, &account);
        let found = said.unwrap().json().unwrap();
        let found = found
            .as_array()
            .unwrap()
            .iter()
            .find(|it| it["id"] == "unit_key");
        found.unwrap()["result"].as_str().unwrap().to_owned()
    };
    assert_eq!(unit_key(&stage), "good");
    let account = account(
        "513200-zfb-fs01",
        ("p-new", "收发室"),
        "send",
        "513200-zfb-pc01",
    );
    stage.signs(&account);
    let (_, message) = stage.refused(stage.sender(), "fs01", &["outbox"]);
    assert!(message.contains("YC-0201"), "{message}");
    stage.json(stage.sender(), HEAD, &["outbox"]);
    assert_eq!(unit_key(&stage), "warning");
    stage.json(stage.sender(), MANAGER, &["unit-key", "create"]);
    stage.json(stage.sender(), HEAD, &["outbox"]);
    assert_eq!(unit_key(&stage), "good");
    stage.roster_is_valid();
}

#[test]
fn rule_13_a_lost_unit_key_comes_back_with_two_halves_and_is_tried_every_year() {
    let mut stage = Stage::new("tcp");
    let authority = stage.installation.authority();
    let programs = stage.installation.programs.clone();
    programs
        .good(&authority, PASSWORD, &["authority", "key", "escrow"])
        .unwrap();
    let request = authority.join("escrow.request");
    stage.signs(&["escrow", "--request", text(&request).unwrap()]);
    let office = stage.recipient(1).clone();
    let made = stage.json(&office, MANAGER, &["unit-key", "create"]);
    let code = made["code"].as_str().unwrap().to_owned();
    let document = stage.dispatch(&fixture("notice.ofd"), "513201-zf");
    // The drill.
    let recover = |code: &str| {
        [
            "unit-key".to_owned(),
            "recover".to_owned(),
            format!("--code={code}"),
        ]
    };
    let to = ["recovery", "--to", "513201-zf-gl01"];
    let early = recover(&code);
    let early: Vec<&str> = early.iter().map(String::as_str).collect();
    let (_, message) = stage.refused(&office, MANAGER, &early);
    assert!(message.contains("handed"), "{message}");
    stage.synchronise();
    stage.signs(&[to.as_slice(), &["--drill"]].concat());
    let tried = stage.json(&office, MANAGER, &early);
    assert_eq!(tried["drill"], true);
    // The office burns down, with every keystore.
    stage.crash();
    stage.begins_anew(&office);
    stage.refused(&office, "js01", &["fetch", &document]);
    let apply = [
        "apply",
        "recovery",
        "--for",
        "513201-zf-gl01",
        "--device",
        "513201-zf-pc01",
        "--reason",
        "火灾",
    ];
    stage.json(&office, MANAGER, &apply);
    stage.synchronise();
    stage.signs(&to);
    // The code of another unit is as good as none.
    let other = stage.json(stage.recipient(2), MANAGER, &["unit-key", "create"]);
    let other = recover(other["code"].as_str().unwrap());
    let other: Vec<&str> = other.iter().map(String::as_str).collect();
    let (_, message) = stage.refused(&office, MANAGER, &other);
    assert!(message.contains("not the unit's key"), "{message}");
    let back = stage.json(&office, MANAGER, &early);
    assert_eq!(back["drill"], false);
    stage.json(&office, MANAGER, &["unit-key", "share"]);
    stage.json(&office, "js01", &["sign", &document]);
    let applied = stage.json(&office, MANAGER, &["apply", "list"]);
    assert_eq!(applied.as_array().unwrap().len(), 1);
    let verified = stage.json(&office, "js01", &["roster", "verify"]);
    assert_eq!(verified["valid"], true);
}

#[test]
fn documents_in_flight_arrive_while_the_units_key_is_renewed() {
    let mut stage = Stage::new("tcp");
    let office = stage.recipient(1).clone();
    // Closed for the first epoch, submitted after the second was made.
    let composed = stage.compose(&fixture("notice.ofd"), "513201-zf");
    stage.json(&office, MANAGER, &["unit-key", "create"]);
    stage.crash();
    stage.json(stage.sender(), "fs01", &["submit", &composed]);
    stage.json(stage.sender(), HEAD, &["approve", &composed]);
    stage.json(stage.sender(), "yz01", &["seal", &composed]);
    stage.json(&office, "js01", &["sign", &composed]);
    // Of a key that others may have, nothing more is taken.
    let late = stage.compose(&fixture("notice.ofd"), "513201-zf");
    stage.json(&office, MANAGER, &["unit-key", "create", "--compromised"]);
    let (_, message) = stage.refused(stage.sender(), "fs01", &["submit", &late]);
    assert!(message.contains("YC-0306"), "{message}");
    stage.roster_is_valid();
}

#[test]
fn g4_a_lost_password_is_applied_for_and_the_old_keystore_is_of_no_use() {
    let mut stage = Stage::new("tcp");
    let office = stage.sender().clone();
    let keystore = office.home.join("accounts/513200-zfb-fs01.key");
    let old = fs::read(&keystore).unwrap();
    let apply = [
        "apply",
        "ticket",
        "--for",
        "513200-zfb-fs01",
        "--device",
        "513200-zfb-pc01",
        "--reason",
        "忘记口令",
    ];
    // Not for the clerk to apply, who cannot even sign in; the manager answers for it.
    let (_, message) = stage.refused(&office, HEAD, &apply);
    assert!(message.contains("may not do this"), "{message}");
    stage.json(&office, MANAGER, &apply);
    stage.crash();
    let of_the_clerk = ["--json", "--account", "513200-zfb-fs01"];
    let sign = ["authority", "sign", "ticket", "--device", "513200-zfb-pc01"];
    let ticket = [of_the_clerk.as_slice(), &sign].concat();
    let ticket = stage.installation.sign(&ticket).unwrap();
    let ticket = ticket["tickets"][0]["ticket"].as_str().unwrap();
    fs::remove_file(&keystore).unwrap();
    stage.crash();
    stage.installation.enrol(&office.home, ticket).unwrap();
    stage.json(&office, "fs01", &["outbox"]);
    let applied = stage.json(&office, MANAGER, &["apply", "list"]);
    assert_eq!(applied.as_array().unwrap().len(), 1);
    stage.roster_is_valid();
    fs::write(&keystore, old).unwrap();
    let (_, message) = stage.refused(&office, "fs01", &["outbox"]);
    assert!(message.contains("YC-0204"), "{message}");
}

#[test]
fn a_seal_is_applied_for_made_and_taken_into_use_by_its_custodian() {
    let mut stage = Stage::new("tcp");
    let apply = [
        "apply",
        "seal",
        "--for",
        "513200-zfb-yz01",
        "--device",
        "513200-zfb-pc01",
        "--reason",
        "新印章",
    ];
    let (_, message) = stage.refused(stage.sender(), "fs01", &apply);
    assert!(message.contains("may not manage"), "{message}");
    let applied = stage.json(stage.sender(), MANAGER, &apply);
    let number = applied["application"].as_str().unwrap();
    let request = stage.installation.folder.join("second.request");
    let arguments = ["seal-request", "--out", text(&request).unwrap()];
    stage.json(stage.sender(), "yz01", &arguments);
    let picture = fixture("seal-office.png");
    let made = [
        "seal",
        "--request",
        text(&request).unwrap(),
        "--picture",
        text(&picture).unwrap(),
        "--id",
        "513200-zfb-seal02",
        "--name",
        "云岭州人民政府办公室专用章",
        "--devices",
        "513200-zfb-pc01",
        "--awaits-activation",
        "--application",
        number,
    ];
    stage.signs(&made);
    let id = stage.submitted();
    stage.json(stage.sender(), HEAD, &["approve", &id]);
    let seal = ["seal", &id, "--seal", "513200-zfb-seal02"];
    let (_, message) = stage.refused(stage.sender(), "yz01", &seal);
    assert!(message.contains("taken the seal into use"), "{message}");
    stage.refused(stage.sender(), "fs01", &["seal-activate"]);
    stage.crash();
    stage.json(stage.sender(), "yz01", &["seal-activate"]);
    stage.refused(stage.sender(), "yz01", &["seal-activate"]);
    stage.json(stage.sender(), "yz01", &seal);
    stage.json(stage.recipient(1), "js01", &["sign", &id]);
    stage.roster_is_valid();
}

#[test]
fn practice_stays_among_itself_and_levels_among_those_who_need_to_know() {
    let stage = Stage::new("tcp");
    let practice = [
        "unit",
        "--code",
        "519900-zfb",
        "--name",
        "练习单位",
        "--training",
    ];
    stage.signs(&practice);
    let meta = fixture("notice.json");
    let file = fixture("notice.ofd");
    let compose = [
        "compose",
        "--meta",
        text(&meta).unwrap(),
        "--to",
        "519900-zfb",
        text(&file).unwrap(),
    ];
    let (_, message) = stage.refused(stage.sender(), "fs01", &compose);
    assert!(message.contains("practice"), "{message}");
    // An account that may open 公开 only does not open what is 内部.
    let words = fs::read_to_string(&meta).unwrap();
    let inside = stage.installation.folder.join("inside.json");
    fs::write(&inside, words.replace("公开", "内部")).unwrap();
    let composed = stage.json(
        stage.sender(),
        "fs01",
        &[
            "compose",
            "--meta",
            text(&inside).unwrap(),
            "--to",
            "513201-zf",
            text(&file).unwrap(),
        ],
    );
    let id = composed["id"].as_str().unwrap();
    for (letters, what) in [("fs01", "submit"), (HEAD, "approve"), ("yz01", "seal")] {
        stage.json(stage.sender(), letters, &[what, id]);
    }
    let office: &Office = stage.recipient(1);
    let up_to = |level: &'static str| {
        [
            account(
                "513201-zf-js01",
                ("p-liu513201zf", "receive"),
                "receive",
                "513201-zf-pc01",
            )
            .as_slice(),
            &["--opens-up-to", level],
        ]
        .concat()
    };
    stage.signs(&up_to("public"));
    let (_, message) = stage.refused(office, "js01", &["sign", id]);
    assert!(message.contains("YC-0314"), "{message}");
    stage.signs(&up_to("internal"));
    stage.json(office, "js01", &["sign", id]);
}

#[test]
fn g5_a_unit_says_who_of_it_may_open_a_document() {
    let mut stage = Stage::new("tcp");
    let office = stage.recipient(1).clone();
    let second = stage.second_computer(&office, "513201-zf-pc02", "513201-zf-js02");
    stage.json(&office, MANAGER, &["unit-key", "share"]);
    let id = stage.dispatch(&fixture("notice.ofd"), "513201-zf");
    let (first, other) = ("513201-zf-js01", "513201-zf-js02");
    let shown = stage.json(&office, "js01", &["assign", &id, "--show"]);
    assert_eq!(shown, serde_json::json!([]));
    // Both could open it; the manager distributes it to one.
    stage.json(&second, "js02", &["fetch", &id]);
    stage.json(&office, MANAGER, &["assign", &id, "--to", first]);
    let (_, message) = stage.refused(&second, "js02", &["fetch", &id]);
    assert!(message.contains("has named others"), "{message}");
    let bundle = stage.installation.folder.join("bundle");
    let export = ["export", &id, "--out", text(&bundle).unwrap()];
    stage.refused(&second, "js02", &export);
    let (_, message) = stage.refused(&second, "js02", &["assign", &id, "--to", other]);
    assert!(message.contains("YC-0314"), "{message}");
    stage.crash();
    stage.refused(&second, "js02", &["sign", &id]);
    stage.json(&office, "js01", &["fetch", &id]);
    // It is changed later, by one who is named.
    stage.json(&office, "js01", &["assign", &id, "--to", other, first]);
    stage.json(&second, "js02", &["sign", &id]);
    let shown = stage.json(&second, "js02", &["assign", &id, "--show"]);
    let named: Vec<&Value> = shown
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["accounts"])
        .collect();
    let expected = [
        serde_json::json!([first]),
        serde_json::json!([first, other]),
    ];
    assert_eq!(named, expected.iter().collect::<Vec<_>>());
    assert_eq!(shown[1]["by"], first);
    for (to, word) in [("513202-zf-js01", "YC-0205"), ("nobody", "no account")] {
        let (_, message) = stage.refused(&office, MANAGER, &["assign", &id, "--to", to]);
        assert!(message.contains(word), "{to}: {message}");
    }
    // The sender assigns nothing.
    stage.refused(stage.sender(), MANAGER, &["assign", &id, "--to", first]);
    stage.proves(stage.sender(), "fs01", &id);
    stage.roster_is_valid();
}

#[test]
fn g4_an_account_is_signed_in_on_one_computer_at_a_time() {
    let stage = Stage::new("tcp");
    let office = stage.recipient(1);
    let second = stage.second_computer(office, "513201-zf-pc02", "513201-zf-js02");
    // The same account on both computers.
    let account = account(
        "513201-zf-js02",
        ("p-sun", "receive"),
        "receive",
        "513201-zf-pc01,513201-zf-pc02",
    );
    stage.signs(&account);
    let keystore = |home: &std::path::Path| home.join("accounts").join("513201-zf-js02.key");
    fs::copy(keystore(&second.home), keystore(&office.home)).unwrap();
    let mut agent = stage.agent(&second, "js02", &[]);
    agent.wait_for("waiting for announcements");
    stage.json(office, "js02", &["inbox"]);
    agent.wait_for("the connection is lost");
    agent.child.kill().unwrap();
    agent.child.wait().unwrap();
}

#[test]
fn the_people_of_a_unit_are_listed_with_their_telephones() {
    let mut stage = Stage::new("tcp");
    let entered = [
        "person",
        "--id",
        "p-liu513201zf",
        "--name",
        "刘一",
        "--office-phone",
        "0837-1234567",
        "--mobile",
        "13800000000",
    ];
    stage.signs(&entered);
    stage.crash();
    let people = stage.json(stage.sender(), "fs01", &["people", "513201-zf"]);
    let people = people.as_array().unwrap().clone();
    let of = |account: &str| {
        let found = people.iter().find(|listed| listed["account"] == account);
        found.unwrap().clone()
    };
    assert_eq!(of("513201-zf-js01")["office_phone"], "0837-1234567");
    assert_eq!(of("513201-zf-js01")["name"], "刘一");
    assert!(of("513201-zf-gl01")["name"].is_null());
    // The roster and its history have no telephone in them.
    for command in [["roster", "show"], ["roster", "history"]] {
        let shown = stage.json(stage.sender(), "fs01", &command).to_string();
        assert!(!shown.contains("13800000000") && !shown.contains("刘一"));
    }
}

#[test]
fn g1_a_unit_is_split_and_its_first_part_takes_over() {
    let mut stage = Stage::new("tcp");
    let pending = stage.dispatch(&fixture("notice.ofd"), "513200-daj");
    let archive = &stage.recipient(3).clone();
    assert_eq!(archive.code, "513200-daj");
    stage.json(
        archive,
        MANAGER,
        &["unit-key", "leave", "--to", "513202-zf"],
    );
    let split = [
        "unit-split",
        "--code",
        "513200-daj",
        "--into",
        "513202-zf,513201-zf",
    ];
    stage.crash();
    stage.signs(&split);
    stage.crash();
    stage.json(stage.recipient(2), "js01", &["sign", &pending]);
    let history = ["roster", "history", "--unit", "513200-daj"];
    let history = stage.json(stage.sender(), "fs01", &history);
    let last = history.as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["what"], "unit split");
    stage.roster_is_valid();
}
