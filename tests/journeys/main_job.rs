//! Journeys of the main job, and of what is refused on its way.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;
use yichuan_xtask::installation::{PASSWORD, fixture, text};

use crate::stage::{Stage, contains, everything};

#[test]
fn a_document_reaches_three_offices_over_either_transport() {
    for transport in ["quic", "tcp"] {
        let stage = Stage::new(transport);
        let id = stage.dispatch(&fixture("notice.ofd"), "513201-zf,513202-zf,513200-daj");
        for place in 1..=3 {
            let office = stage.recipient(place);
            let fetched = stage.json(office, "js01", &["fetch", &id]);
            let folder = PathBuf::from(fetched["folder"].as_str().unwrap());
            let opened = fs::read(folder.join("notice.ofd")).unwrap();
            assert_eq!(
                opened,
                fs::read(fixture("notice.ofd")).unwrap(),
                "{transport}"
            );
        }
        stage.json(stage.recipient(1), "js01", &["sign", &id]);
        stage.json(
            stage.recipient(2),
            "js01",
            &["return", &id, "--reason", "63", "--text", "缺页"],
        );
        let shown = stage.json(stage.sender(), "fs01", &["outbox"]);
        let deliveries = shown[0]["deliveries"].as_array().unwrap();
        let state = |unit: &str| {
            let found = deliveries
                .iter()
                .find(|delivery| delivery["unit"] == unit)
                .unwrap();
            found["state"].as_str().unwrap().to_owned()
        };
        assert_eq!(state("513201-zf"), "signed for");
        assert_eq!(state("513202-zf"), "returned");
        assert_eq!(state("513200-daj"), "fetched");
        let shown = stage
            .installation
            .call(stage.sender(), "fs01", &["show", &id])
            .unwrap();
        assert!(
            shown.out.contains("缺页"),
            "the sender reads the reason: {}",
            shown.out
        );
    }
}

#[test]
fn the_exchange_keeps_neither_title_nor_text() {
    let mut stage = Stage::new("tcp");
    let elements: Value =
        serde_json::from_str(&fs::read_to_string(fixture("notice.json")).unwrap()).unwrap();
    let id = stage.dispatch(&fixture("notice.ofd"), "513201-zf");
    stage.json(stage.recipient(1), "js01", &["sign", &id]);
    stage.installation.stop().unwrap();
    let all = everything(&stage.installation.exchange_home());
    for key in ["title", "phrase", "signatory"] {
        let needle = elements[key].as_str().unwrap();
        assert!(!contains(&all, needle), "{key}");
    }
    // The search finds what is there: the number stands outside by policy.
    assert!(contains(&all, elements["number"].as_str().unwrap()));
}

#[test]
fn a_bundle_verifies_alone_and_every_changed_byte_is_noticed() {
    let mut stage = Stage::new("quic");
    let id = stage.dispatch(&fixture("notice.pdf"), "513201-zf");
    stage.json(stage.recipient(1), "js01", &["sign", &id]);
    let folder = stage.installation.folder.clone();
    let root = stage.installation.root();
    let mut bundles = Vec::new();
    for (name, more) in [("open", None), ("closed", Some("--closed"))] {
        let bundle = folder.join(name);
        let mut arguments = vec!["export", &id, "--out", text(&bundle).unwrap()];
        arguments.extend(more);
        stage
            .installation
            .call(stage.sender(), "fs01", &arguments)
            .unwrap();
        bundles.push(bundle);
    }
    // A recipient proves its own part.
    let own = folder.join("recipient");
    let arguments = ["export", &id, "--out", text(&own).unwrap()];
    stage
        .installation
        .call(stage.recipient(1), "js01", &arguments)
        .unwrap();
    bundles.push(own);
    stage.installation.stop().unwrap();
    let nowhere = folder.join("nowhere");
    let verify = |bundle: &Path, root: Option<&Path>| {
        let mut arguments = vec!["verify", text(bundle).unwrap()];
        if let Some(root) = root {
            arguments.extend(["--root", text(root).unwrap()]);
        }
        stage
            .installation
            .programs
            .yichuan(&nowhere, "", &arguments)
            .unwrap()
            .code
    };
    for bundle in &bundles {
        assert_eq!(verify(bundle, Some(&root)), 0, "{}", bundle.display());
        assert_eq!(verify(bundle, None), 1, "nothing anchors it");
        let good = fs::read(bundle).unwrap();
        let bad = folder.join("bad");
        for place in (0..good.len()).step_by(good.len() / 40) {
            let mut changed = good.clone();
            changed[place] ^= 1 << (place % 8);
            fs::write(&bad, changed).unwrap();
            assert_ne!(verify(&bad, Some(&root)), 0, "byte {place}");
        }
        fs::write(&bad, &good[..good.len() / 2]).unwrap();
        assert_eq!(verify(&bad, Some(&root)), 2);
    }
    assert_eq!(verify(&folder, Some(&root)), 2, "a folder");
    assert_eq!(verify(&folder.join("missing"), Some(&root)), 2);
}

#[test]
fn f4_a_confidential_document_is_refused_before_anything_is_written() {
    let stage = Stage::new("tcp");
    let meta = fixture("notice.json");
    for level in ["机密", "绝密", "confidential", "top secret"] {
        let file = fixture("notice.ofd");
        let arguments = [
            "compose",
            "--meta",
            text(&meta).unwrap(),
            "--level",
            level,
            "--to",
            "513201-zf",
            text(&file).unwrap(),
        ];
        let (code, message) = stage.refused(stage.sender(), "fs01", &arguments);
        assert_eq!(code, 1, "{level}: {message}");
        assert!(message.contains("Art. 15"), "{message}");
    }
    assert!(!stage.sender().home.join("outgoing").exists());
}

#[test]
fn bad_input_is_refused_with_what_to_do() {
    let stage = Stage::new("tcp");
    let meta = fixture("notice.json");
    let meta = text(&meta).unwrap();
    let notice = fixture("notice.ofd");
    let notice = text(&notice).unwrap();
    let empty = stage.installation.folder.join("empty.ofd");
    fs::write(&empty, b"").unwrap();
    let missing = stage.installation.folder.join("missing.ofd");
    let cases: &[(&str, &[&str])] = &[
        ("unknown", &["--to", "513209-zf", notice]),
        ("stands twice", &["--to", "513201-zf,513201-zf", notice]),
        ("cannot receive it", &["--to", "513200-zfb", notice]),
        ("no recipient", &[notice]),
        ("empty", &["--to", "513201-zf", text(&empty).unwrap()]),
        (
            "cannot be read",
            &["--to", "513201-zf", text(&missing).unwrap()],
        ),
        (
            "is no level",
            &["--to", "513201-zf", "--level", "机 密", notice],
        ),
        ("same name", &["--to", "513201-zf", notice, notice]),
    ];
    for (expected, more) in cases {
        let mut arguments = vec!["compose", "--meta", meta];
        arguments.extend_from_slice(more);
        let (_, message) = stage.refused(stage.sender(), "fs01", &arguments);
        assert!(message.contains(expected), "{expected}: {message}");
        assert!(message.contains("what to do"), "{message}");
    }
}

#[test]
fn a_step_by_the_wrong_person_or_at_the_wrong_time_is_refused() {
    let stage = Stage::new("tcp");
    let id = stage.compose(&fixture("notice.ofd"), "513201-zf");
    let sender = stage.sender();
    stage.json(sender, "fs01", &["submit", &id]);
    // The clerk neither approves nor seals; the custodian does not seal what nobody approved.
    for (letters, arguments) in [
        ("fs01", ["approve", &id]),
        ("fs01", ["seal", &id]),
        ("yz01", ["seal", &id]),
        ("yz01", ["approve", &id]),
    ] {
        let (code, message) = stage.refused(sender, letters, &arguments);
        assert_eq!(
            code,
            if arguments[0] == "seal" && letters == "fs01" {
                2
            } else {
                1
            },
            "{letters} {arguments:?}: {message}"
        );
    }
    let recipient = stage.recipient(1);
    let (_, message) = stage.refused(recipient, "js01", &["fetch", &id]);
    assert!(message.contains("no such document"), "{message}");
    stage.json(sender, "sp01", &["approve", &id]);
    let (_, message) = stage.refused(sender, "sp01", &["approve", &id]);
    assert!(message.contains("YC-0401"), "twice: {message}");
    stage.json(sender, "yz01", &["seal", &id]);
    let (_, message) = stage.refused(sender, "fs01", &["withdraw", &id]);
    assert!(message.contains("YC-0401"), "after dispatch: {message}");
    // Only its recipient receives it.
    let (_, message) = stage.refused(stage.recipient(2), "js01", &["fetch", &id]);
    assert!(message.contains("no such document"), "{message}");
    stage.json(recipient, "js01", &["sign", &id]);
    let (_, message) = stage.refused(recipient, "js01", &["return", &id, "--reason", "10"]);
    assert!(message.contains("YC-0401"), "c3: {message}");
}

#[test]
fn four_eyes_are_persons_and_not_accounts() {
    let stage = Stage::new("tcp");
    let plan = stage.installation.folder.join("second.toml");
    // The clerk's person holds an approving account as well.
    let text_of_plan = "[[account]]\nid = \"513200-zfb-sp02\"\nperson = \"p-zhang513200zfb\"\n\
                        post = \"approve\"\nroles = [\"approve\"]\n\
                        devices = [\"513200-zfb-pc01\"]\n\
                        [[ticket]]\naccount = \"513200-zfb-sp02\"\ndevice = \"513200-zfb-pc01\"\n";
    fs::write(&plan, text_of_plan).unwrap();
    let tickets = stage.installation.sign_plan(&plan).unwrap();
    let sender = stage.sender();
    stage
        .installation
        .enrol(&sender.home, tickets[0]["ticket"].as_str().unwrap())
        .unwrap();
    stage.json(sender, "gl01", &["unit-key", "share"]);
    let id = stage.compose(&fixture("notice.ofd"), "513201-zf");
    stage.json(sender, "fs01", &["submit", &id]);
    let (_, message) = stage.refused(sender, "sp02", &["approve", &id]);
    assert!(message.contains("YC-0210"), "{message}");
    stage.json(sender, "sp01", &["approve", &id]);
}

#[test]
fn d1_a_repeated_submission_is_accepted_once() {
    let stage = Stage::new("tcp");
    let id = stage.compose(&fixture("notice.ofd"), "513201-zf");
    let first = stage.json(stage.sender(), "fs01", &["submit", &id]);
    for _ in 0..3 {
        let again = stage.json(stage.sender(), "fs01", &["submit", &id]);
        assert_eq!(
            (&again["index"], &again["time_ms"]),
            (&first["index"], &first["time_ms"])
        );
    }
}

#[test]
fn d7_what_was_acknowledged_survives_a_killed_exchange() {
    let mut stage = Stage::new("quic");
    let id = stage.compose(&fixture("notice.ofd"), "513201-zf");
    let first = stage.json(stage.sender(), "fs01", &["submit", &id]);
    stage.installation.exchange.take().unwrap().kill().unwrap();
    // Not reached: told, and nothing is lost.
    let (code, message) = stage.refused(stage.sender(), "sp01", &["approve", &id]);
    assert_eq!(code, 3, "{message}");
    stage.installation.start().unwrap();
    let again = stage.json(stage.sender(), "fs01", &["submit", &id]);
    assert_eq!(again["index"], first["index"]);
    stage.json(stage.sender(), "sp01", &["approve", &id]);
    stage.restart();
    stage.json(stage.sender(), "yz01", &["seal", &id]);
    stage.json(stage.recipient(1), "js01", &["sign", &id]);
}

#[test]
fn a_large_document_goes_by_segments_and_comes_back_whole() {
    for transport in ["quic", "tcp"] {
        let stage = Stage::new(transport);
        let file = stage.installation.folder.join("large.bin");
        let mut bytes = b"measured\n".to_vec();
        bytes.extend(
            (0..5_u32 << 20).map(|place| place.wrapping_mul(2_654_435_761).to_be_bytes()[0]),
        );
        fs::write(&file, &bytes).unwrap();
        let id = stage.dispatch(&file, "513201-zf");
        let fetched = stage.json(stage.recipient(1), "js01", &["fetch", &id]);
        let folder = PathBuf::from(fetched["folder"].as_str().unwrap());
        assert!(
            fs::read(folder.join("large.bin")).unwrap() == bytes,
            "{transport}"
        );
        stage.json(stage.recipient(1), "js01", &["sign", &id]);
    }
}

#[test]
fn a_destroyed_computer_is_replaced_and_nothing_is_lost() {
    let stage = Stage::new("tcp");
    let id = stage.dispatch(&fixture("notice.ofd"), "513201-zf");
    let office = stage.recipient(1);
    stage.json(office, "js01", &["fetch", &id]);
    stage.json(office, "js01", &["register", &id]);
    stage.json(
        office,
        "js01",
        &["note", "add", &id, "--text", "请综合科阅办"],
    );
    let draft = stage.installation.folder.join("回函.json");
    fs::write(&draft, "{\"title\": \"复函\"}").unwrap();
    let annex = fixture("annex.pdf");
    let arguments = [
        "draft",
        "give",
        "--text",
        "请续办",
        text(&draft).unwrap(),
        text(&annex).unwrap(),
    ];
    stage.json(office, "js01", &arguments);
    // A second computer of the unit, enrolled with a ticket of its own; then the first is gone.
    let second = stage.second_computer(office, "513201-zf-pc02", "513201-zf-js02");
    stage.json(office, "gl01", &["unit-key", "share"]);
    fs::remove_dir_all(&office.home).unwrap();
    let listed = stage.json(&second, "js02", &["inbox"]);
    assert_eq!(listed[0]["id"], id.as_str());
    assert_eq!(listed[0]["state"], "fetched");
    let year = listed[0]["register_number"].as_str().unwrap();
    assert!(
        year.starts_with("收文〔20") && year.ends_with("〕1号"),
        "{year}"
    );
    assert_eq!(listed[0]["number"], "云岭政办发〔2026〕31号");
    let notes = stage.json(&second, "js02", &["note", "list", &id]);
    assert_eq!(notes[0]["text"], "请综合科阅办");
    let drafts = stage.json(&second, "js02", &["draft", "list"]);
    assert_eq!(drafts[0]["words"], "请续办");
    let out = stage.installation.folder.join("taken");
    let number = drafts[0]["number"].to_string();
    let arguments = ["draft", "take", &number, "--out", text(&out).unwrap()];
    stage.json(&second, "js02", &arguments);
    for file in [&draft, &annex] {
        let taken = out.join(file.file_name().unwrap());
        assert_eq!(fs::read(taken).unwrap(), fs::read(file).unwrap());
    }
    // Nothing that stands somewhere is written over.
    let (_, message) = stage.refused(&second, "js02", &arguments);
    assert!(message.contains("it exists"), "{message}");
    stage.json(&second, "js02", &["sign", &id]);
    let shown = stage.json(stage.sender(), "fs01", &["outbox"]);
    assert_eq!(shown[0]["deliveries"][0]["state"], "signed for");
}

#[test]
fn g7_a_ticket_serves_once_and_a_password_must_be_right() {
    let stage = Stage::new("tcp");
    let plan = stage.installation.folder.join("second.toml");
    let text_of_plan = "[[account]]\nid = \"513201-zf-js02\"\nperson = \"p-sun\"\n\
         post = \"receive\"\n\
         roles = [\"receive\"]\ndevices = [\"513201-zf-pc01\"]\n\
         [[ticket]]\naccount = \"513201-zf-js02\"\ndevice = \"513201-zf-pc01\"\n";
    fs::write(&plan, text_of_plan).unwrap();
    let ticket = stage.installation.sign_plan(&plan).unwrap()[0]["ticket"]
        .as_str()
        .unwrap()
        .to_owned();
    stage
        .installation
        .enrol(&stage.recipient(1).home, &ticket)
        .unwrap();
    // An answer that was lost: the same computer says the same again.
    stage
        .installation
        .enrol(&stage.recipient(1).home, &ticket)
        .unwrap();
    let thief = stage.installation.folder.join("thief");
    let refused = stage
        .installation
        .enrol(&thief, &ticket)
        .unwrap_err()
        .to_string();
    assert!(refused.contains("YC-0208"), "{refused}");
    let home = &stage.sender().home;
    let said = stage.installation.programs.yichuan(
        home,
        "wrong",
        &["--account", "513200-zfb-fs01", "outbox"],
    );
    assert_eq!(said.unwrap().code, 5);
}

#[test]
fn an_agent_hears_of_documents_also_after_the_exchange_was_away() {
    for transport in ["quic", "tcp"] {
        let mut stage = Stage::new(transport);
        let mut agent = stage.agent(stage.recipient(1), "js01", &["--events", "2"]);
        agent.wait_for("waiting for announcements");
        stage.dispatch(&fixture("notice.ofd"), "513201-zf");
        agent.wait_for("the encrypted body is here");
        // Commands work beside it.
        assert_eq!(
            stage.json(stage.recipient(1), "js01", &["inbox"])[0]["state"],
            "announced"
        );
        stage.restart();
        agent.wait_for("the connection is lost");
        agent.wait_for("waiting for announcements");
        let second = stage.dispatch(&fixture("notice.pdf"), "513201-zf");
        agent.wait_for("the encrypted body is here");
        assert!(agent.child.wait().unwrap().success(), "{transport}");
        stage.json(stage.recipient(1), "js01", &["fetch", &second]);
        stage.json(stage.recipient(1), "js01", &["sign", &second]);
    }
}

#[test]
fn g4_a_changed_password_makes_old_copies_of_the_keystore_useless() {
    let mut stage = Stage::new("tcp");
    let home = stage.sender().home.clone();
    let key = home.join("accounts/513200-zfb-fs01.key");
    stage.json(stage.sender(), "fs01", &["outbox"]);
    let copy = fs::read(&key).unwrap();
    let account = ["--lang", "en", "--account", "513200-zfb-fs01"];
    let change = |stage: &Stage, old: &str, new: &str| {
        let both = format!("{old}\n{new}");
        let arguments = [account.as_slice(), &["password", "--new-password-fd", "0"]].concat();
        let programs = &stage.installation.programs;
        let said = programs.yichuan(&home, &both, &arguments).unwrap();
        (said.code, said.err)
    };
    let outbox = |stage: &Stage, password: &str| {
        let arguments = [account.as_slice(), &["outbox"]].concat();
        let programs = &stage.installation.programs;
        let said = programs.yichuan(&home, password, &arguments).unwrap();
        (said.code, said.err)
    };
    let new = "Tian-7-lu-kuan";
    // Without the exchange nothing changes.
    stage.installation.stop().unwrap();
    assert_eq!(change(&stage, PASSWORD, new).0, 3);
    stage.installation.start().unwrap();
    assert_eq!(outbox(&stage, PASSWORD).0, 0);
    let (code, message) = change(&stage, PASSWORD, "Password-2026");
    assert_eq!(code, 5, "{message}");
    let (code, message) = change(&stage, PASSWORD, new);
    assert_eq!(code, 0, "{message}");
    assert_eq!(outbox(&stage, new).0, 0);
    assert_eq!(outbox(&stage, PASSWORD).0, 5);
    let (code, message) = change(&stage, new, PASSWORD);
    assert!(code == 5 && message.contains("used lately"), "{message}");
    // Wrong ones in a row have to wait, and soon the right one is let in again.
    for _ in 0..5 {
        assert_eq!(outbox(&stage, "Wrong-1-pass").0, 5);
    }
    let (code, message) = outbox(&stage, new);
    assert!(code == 5 && message.contains("wait"), "{message}");
    let since = Instant::now();
    while outbox(&stage, new).0 != 0 {
        assert!(since.elapsed() < Duration::from_secs(30));
    }
    // The copy opens with the old password, and the exchange takes it no more.
    fs::write(&key, copy).unwrap();
    let (code, message) = outbox(&stage, PASSWORD);
    assert!(code == 5 && message.contains("YC-0212"), "{message}");
}
