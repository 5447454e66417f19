//! Journeys of the registers: numbers, their gaps, and what a unit keeps for itself.

use std::fs;

use serde_json::Value;
use yichuan_xtask::Said;
use yichuan_xtask::installation::{PASSWORD, fixture, text};

use crate::stage::{Stage, contains, everything};

fn line<'l>(lines: &'l Value, written: &str) -> &'l Value {
    let lines = lines.as_array().unwrap();
    let found = lines.iter().find(|line| line["written"] == written);
    found.unwrap_or_else(|| panic!("{written}: {lines:?}"))
}

/// Composes the notice with more arguments.
fn compose(stage: &Stage, more: &[&str], file: &str) -> Said {
    let meta = fixture("notice.json");
    let mut arguments = vec!["--json", "compose", "--meta", text(&meta).unwrap()];
    arguments.extend_from_slice(&["--to", "513201-zf"]);
    arguments.extend_from_slice(more);
    arguments.push(file);
    stage
        .installation
        .try_call(stage.sender(), "fs01", &arguments)
        .unwrap()
}

#[test]
fn numbers_rise_per_series_and_what_nobody_used_is_reported() {
    let stage = Stage::new("tcp");
    let sender = stage.sender();
    let empty = stage
        .installation
        .call(sender, "fs01", &["--lang", "en", "numbers"]);
    assert!(empty.unwrap().out.contains("no number was allotted yet"));
    let number = |series: &str| {
        let said = stage.json(sender, "fs01", &["number", series, "--year", "2026"]);
        said["number"].as_u64().unwrap()
    };
    assert_eq!(
        (number("云政办发"), number("云政办发"), number("云政办函")),
        (1, 2, 1)
    );
    let notice = fixture("notice.ofd");
    let numbered = |number: &str| {
        let arguments = ["--number", number];
        let composed = compose(&stage, &arguments, text(&notice).unwrap());
        let id = composed.json().unwrap()["id"].as_str().unwrap().to_owned();
        stage.json(sender, "fs01", &["submit", &id]);
        id
    };
    numbered("云政办发〔2026〕1号");
    let refused = numbered("云政办发〔2026〕2号");
    numbered("云政办发〔2026〕9号");
    stage.json(sender, "sp01", &["refuse", &refused, "--reason", "重写"]);
    let all = stage.json(sender, "fs01", &["numbers"]);
    for (written, state) in [
        ("云政办发〔2026〕1号", "in use"),
        ("云政办发〔2026〕2号", "gap"),
        ("云政办发〔2026〕9号", "not allotted"),
        ("云政办函〔2026〕1号", "gap"),
    ] {
        assert_eq!(line(&all, written)["state"], state, "{written}");
    }
    let gaps = stage.json(sender, "fs01", &["numbers", "云政办发", "--gaps"]);
    assert_eq!(gaps.as_array().unwrap().len(), 2);
}

#[test]
fn a_number_that_a_failed_command_took_goes_to_the_next() {
    let stage = Stage::new("tcp");
    let notice = fixture("notice.ofd");
    let take = ["--take-number", "云政发"];
    let missing = compose(&stage, &take, "/missing.ofd");
    assert_ne!(missing.code, 0);
    let taken: Vec<String> = (0..2)
        .map(|_| {
            let composed = compose(&stage, &take, text(&notice).unwrap());
            let composed = composed.json().unwrap();
            composed["number"].as_str().unwrap().to_owned()
        })
        .collect();
    assert!(
        taken[0].ends_with("〕1号") && taken[1].ends_with("〕2号"),
        "{taken:?}"
    );
    // No number is spent on a word that none can have.
    let odd = compose(&stage, &["--take-number", "云 政"], text(&notice).unwrap());
    assert_eq!(odd.code, 2, "{}", odd.err);
    let all = stage.json(stage.sender(), "fs01", &["numbers"]);
    assert_eq!(all.as_array().unwrap().len(), 2, "{all}");
}

#[test]
fn a_received_document_is_registered_once_whichever_computer_asks() {
    let stage = Stage::new("quic");
    let id = stage.dispatch(&fixture("notice.ofd"), "513201-zf");
    let other = stage.dispatch(&fixture("notice.pdf"), "513201-zf");
    let first = stage.recipient(1);
    let second = stage.second_computer(first, "513201-zf-pc02", "513201-zf-js02");
    stage.json(first, "gl01", &["unit-key", "share"]);
    // Both at once.
    let account = ["--account", "513201-zf-js02"];
    let arguments = [account.as_slice(), &["--json", "register", &id]].concat();
    let programs = &stage.installation.programs;
    let beside = programs.spawn(&second.home, PASSWORD, &arguments).unwrap();
    let here = stage.json(first, "js01", &["register", &id]);
    let beside = beside.wait_with_output().unwrap();
    let there: Value = serde_json::from_slice(&beside.stdout).unwrap();
    assert_eq!((&here["number"], &there["number"]), (&1.into(), &1.into()));
    assert_eq!(here["index"], there["index"]);
    assert_eq!(
        stage.json(first, "js01", &["register", &other])["number"],
        2
    );
    assert_eq!(stage.json(&second, "js02", &["register", &id])["number"], 1);
    // Its own documents a unit does not register, and it knows no others.
    let (_, message) = stage.refused(stage.sender(), "gl01", &["register", &id]);
    assert!(message.contains("no such document"), "{message}");
    let (_, message) = stage.refused(stage.recipient(2), "js01", &["register", &id]);
    assert!(message.contains("no such document"), "{message}");
}

#[test]
fn copies_get_numbers_of_their_own() {
    let stage = Stage::new("tcp");
    let id = stage.dispatch(&fixture("notice.ofd"), "513201-zf");
    let copies = |count: &str| {
        let arguments = ["number", "份号", "--for", &id, "--count", count];
        stage.json(stage.sender(), "fs01", &arguments)["written"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(copies("20"), "000001–000020");
    assert_eq!(copies("1"), "000021");
    let (code, message) = stage.refused(stage.sender(), "fs01", &["number", "份号"]);
    assert_eq!(code, 2, "{message}");
}

#[test]
fn what_a_unit_notes_stays_with_it() {
    let mut stage = Stage::new("tcp");
    let id = stage.dispatch(&fixture("notice.ofd"), "513201-zf");
    let recipient = stage.recipient(1);
    let empty = stage
        .installation
        .call(recipient, "js01", &["--lang", "en", "note", "list"]);
    assert!(empty.unwrap().out.contains("no notes yet"));
    let opinion = "拟请王副县长阅示，此句不外传";
    stage.json(recipient, "js01", &["note", "add", &id, "--text", opinion]);
    let kept = "办文簿第117号";
    let arguments = ["note", "add", &id, "--kind", "register", "--text", kept];
    stage.json(recipient, "js01", &arguments);
    let shown = stage
        .installation
        .call(recipient, "js01", &["show", &id])
        .unwrap();
    assert!(
        shown.out.contains(opinion) && shown.out.contains(kept),
        "{}",
        shown.out
    );
    // The sender and another unit see nothing of it, nor does the exchange.
    let shown = stage
        .installation
        .call(stage.sender(), "fs01", &["show", &id])
        .unwrap();
    assert!(!shown.out.contains("阅示"), "{}", shown.out);
    let none = stage.json(stage.sender(), "fs01", &["note", "list"]);
    assert_eq!(none, serde_json::json!([]));
    for words in ["", "  "] {
        let arguments = ["note", "add", &id, "--text", words];
        let (code, message) = stage.refused(recipient, "js01", &arguments);
        assert_eq!(code, 2, "{message}");
    }
    let huge = stage.installation.folder.join("huge.bin");
    fs::write(&huge, vec![7; 2 << 20]).unwrap();
    let arguments = ["draft", "give", text(&huge).unwrap()];
    let (code, message) = stage.refused(recipient, "js01", &arguments);
    assert!(code == 2 && message.contains("too large"), "{message}");
    stage.installation.stop().unwrap();
    let all = everything(&stage.installation.exchange_home());
    for words in [opinion, kept] {
        assert!(!contains(&all, words), "{words}");
    }
}
