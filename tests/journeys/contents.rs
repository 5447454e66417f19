//! What is in the files: marks, form, and electronic seals that others can verify.

mod openssl;
mod patched;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use yichuan_xtask::installation::{fixture, text};

use crate::stage::Stage;

/// Writes a file that is to be sent.
fn file(stage: &Stage, name: &str, content: &str) -> PathBuf {
    let path = stage.installation.folder.join(name);
    fs::write(&path, content).unwrap();
    path
}

fn strings(value: &Value) -> Vec<&str> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item.as_str().unwrap())
        .collect()
}

/// The outcome of a check in what `fetch` prints: 1 passed, 2 failed, 3 not checked.
fn outcome(fetched: &Value, check: u64) -> u64 {
    let checks = fetched["checks"].as_array().unwrap();
    let of = checks.iter().find(|line| line["check"] == check).unwrap();
    of["outcome"].as_u64().unwrap()
}

const FORMAT: u64 = 6;
const METADATA: u64 = 9;
const LAYOUT: u64 = 11;
const MARKS: u64 = 13;

/// The anchors that an authority gives to others, as `inspect --trust` reads them.
fn anchors(stage: &Stage) -> PathBuf {
    let trust = stage.installation.folder.join("trust");
    let authority = stage.installation.authority();
    for (folder, name) in [("makers", "seal-maker.cer"), ("signers", "seal-root.cer")] {
        fs::create_dir_all(trust.join(folder)).unwrap();
        fs::copy(authority.join(name), trust.join(folder).join(name)).unwrap();
    }
    trust
}

/// What `inspect` says of the signatures in a file.
fn signatures(stage: &Stage, file: &Path) -> Vec<Value> {
    let trust = anchors(stage);
    let arguments = [
        "inspect",
        text(file).unwrap(),
        "--trust",
        text(&trust).unwrap(),
    ];
    let said = stage.json(stage.recipient(1), "js01", &arguments);
    said["signatures"].as_array().unwrap().clone()
}

fn codes(signature: &Value) -> Vec<&str> {
    let findings = signature["findings"].as_array().unwrap();
    findings
        .iter()
        .map(|finding| finding["code"].as_str().unwrap())
        .collect()
}

#[test]
fn a_seal_is_set_into_an_ofd_and_others_verify_it() {
    a_seal_is_set_into("notice.ofd");
}

#[test]
fn a_seal_is_set_into_a_pdf_and_others_verify_it() {
    a_seal_is_set_into("notice.pdf");
}

fn a_seal_is_set_into(main: &str) {
    let mut stage = Stage::new("tcp");
    let files = [main, "annex.pdf"].map(fixture);
    let meta = fixture("notice.json");
    let mut arguments = vec!["compose", "--meta", text(&meta).unwrap()];
    arguments.extend(["--to", "513201-zf,513202-zf"]);
    arguments.extend(files.iter().map(|file| text(file).unwrap()));
    let composed = stage.json(stage.sender(), "fs01", &arguments);
    assert_eq!(
        strings(&composed["form"]),
        Vec::<&str>::new(),
        "nothing to correct"
    );
    let id = composed["id"].as_str().unwrap().to_owned();
    stage.json(stage.sender(), "fs01", &["submit", &id]);
    stage.json(stage.sender(), "sp01", &["approve", &id]);
    stage.json(stage.sender(), "yz01", &["seal", "--across", &id]);
    let fetched = stage.json(stage.recipient(1), "js01", &["fetch", &id]);
    for check in [FORMAT, METADATA, LAYOUT, MARKS] {
        assert_eq!(outcome(&fetched, check), 1, "check {check}: {fetched}");
    }
    let approved = Path::new(fetched["folder"].as_str().unwrap()).join(main);
    let bytes = fs::read(&approved).unwrap();
    assert!(bytes == fs::read(fixture(main)).unwrap(), "never altered");
    let sealed = strings(&fetched["sealed"]);
    let [sealed] = sealed.as_slice() else {
        panic!("one sealed file: {fetched}");
    };
    let sealed = Path::new(sealed);
    let found = signatures(&stage, sealed);
    let [signature] = found.as_slice() else {
        panic!("one signature: {found:?}");
    };
    assert_eq!(signature["kind"], "ses");
    assert_eq!(signature["generation"], "v4");
    // Others have no list of what is revoked; everything else stands for them.
    assert_eq!(codes(signature), ["SES-717"], "{signature}");
    // On the page with the date, and across the edges of both pages.
    assert_eq!(
        signature["stamps"].as_array().unwrap().len(),
        3,
        "{signature}"
    );
    openssl::verifies(sealed);
    stage.json(stage.recipient(1), "js01", &["sign", &id]);

    // Another recipient computes the same file, and so does whoever verifies the evidence.
    let other = stage.json(stage.recipient(2), "js01", &["fetch", &id]);
    let again = fs::read(strings(&other["sealed"])[0]).unwrap();
    assert!(again == fs::read(sealed).unwrap(), "the same for everybody");
    let bundle = stage.installation.folder.join("bundle");
    let arguments = ["export", &id, "--out", text(&bundle).unwrap()];
    stage.json(stage.sender(), "fs01", &arguments);
    stage.installation.stop().unwrap();
    let root = stage.installation.root();
    let arguments = [
        "verify",
        text(&bundle).unwrap(),
        "--root",
        text(&root).unwrap(),
    ];
    let verdict = stage.json(stage.recipient(1), "js01", &arguments);
    assert_eq!(verdict["valid"], true, "{verdict}");
    let findings = verdict["findings"].as_array().unwrap();
    let gaps = findings.iter().filter(|finding| {
        finding["check"].as_str().unwrap().contains("seal") && finding["outcome"] != "passed"
    });
    assert_eq!(gaps.collect::<Vec<_>>(), Vec::<&Value>::new(), "{verdict}");
}

#[test]
fn f2_a_marked_file_is_refused_before_anything_is_written() {
    let stage = Stage::new("tcp");
    let marked = file(&stage, "名单.txt", "机密★5年\n人员名单\n");
    let meta = fixture("notice.json");
    let notice = fixture("notice.ofd");
    let outgoing = stage.sender().home.join("outgoing");
    // As the main text, and only in an attachment.
    for files in [vec![&marked], vec![&notice, &marked]] {
        let mut arguments = vec!["compose", "--meta", text(&meta).unwrap()];
        arguments.extend(["--to", "513201-zf"]);
        arguments.extend(files.into_iter().map(|file| text(file).unwrap()));
        let (code, message) = stage.refused(stage.sender(), "fs01", &arguments);
        assert_eq!(code, 1, "{message}");
        assert!(message.contains("YC-0701"), "{message}");
        assert!(message.contains("名单.txt"), "{message}");
        let left = fs::read_dir(&outgoing).map_or(0, Iterator::count);
        assert_eq!(left, 0, "nothing was written");
    }
}

#[test]
fn f6_an_attachment_of_a_higher_level_makes_the_whole_document_one() {
    let stage = Stage::new("tcp");
    let secret = file(&stage, "名单.txt", "秘密★1年\n人员名单\n");
    let (meta, notice) = (fixture("notice.json"), fixture("notice.ofd"));
    let compose = [
        "compose",
        "--meta",
        text(&meta).unwrap(),
        "--to",
        "513201-zf",
    ];
    let files = [text(&notice).unwrap(), text(&secret).unwrap()];
    let public = [compose.as_slice(), &files].concat();
    let (_, message) = stage.refused(stage.sender(), "fs01", &public);
    assert!(message.contains("YC-0701"), "{message}");
    let labelled = [
        compose.as_slice(),
        &["--level", "秘密", "--months", "12"],
        &files,
    ]
    .concat();
    let composed = stage.json(stage.sender(), "fs01", &labelled);
    assert_eq!(strings(&composed["to_declare"]), Vec::<&str>::new());
    // The main file does not show the level that the whole has, and its clerk is told.
    assert!(!strings(&composed["form"]).is_empty(), "{composed}");
}

#[test]
fn f2_what_only_a_person_can_judge_waits_for_the_approvers_word() {
    let stage = Stage::new("tcp");
    // Beyond the lines where marks stand.
    let head = "保密培训教材正文\n".repeat(20);
    let quoting = "培训材料第三页以“机密★5年”为例说明标志的写法，请勿误解。\n";
    let quoting = file(&stage, "培训.txt", &format!("{head}{quoting}"));
    let meta = fixture("notice.json");
    let arguments = [
        "compose",
        "--meta",
        text(&meta).unwrap(),
        "--to",
        "513201-zf",
    ];
    let arguments = [arguments.as_slice(), &[text(&quoting).unwrap()]].concat();
    let composed = stage.json(stage.sender(), "fs01", &arguments);
    assert_eq!(strings(&composed["to_declare"]).len(), 1, "{composed}");
    let id = composed["id"].as_str().unwrap();
    stage.json(stage.sender(), "fs01", &["submit", id]);
    let (code, message) = stage.refused(stage.sender(), "sp01", &["approve", id]);
    assert_eq!(code, 1, "{message}");
    assert!(message.contains("YC-0703"), "{message}");
    let parts = message
        .lines()
        .find_map(|line| line.strip_prefix("files: "));
    let parts = Path::new(parts.unwrap());
    assert!(parts.join("培训.txt").exists(), "the approver can read it");
    stage.json(stage.sender(), "sp01", &["approve", "--declare-read", id]);
    assert!(!parts.exists(), "and it goes once it is approved");
    stage.json(stage.sender(), "yz01", &["seal", id]);
    let fetched = stage.json(stage.recipient(1), "js01", &["fetch", id]);
    assert_eq!(outcome(&fetched, MARKS), 3, "no program has judged it");
    assert_eq!(outcome(&fetched, LAYOUT), 2, "a text has no layout");
    stage.json(stage.recipient(1), "js01", &["sign", id]);
}

#[test]
fn a_file_that_recipients_would_return_is_not_sent() {
    let stage = Stage::new("tcp");
    let meta = fixture("notice.json");
    let whole = fs::read(fixture("notice.ofd")).unwrap();
    let cut = stage.installation.folder.join("cut.ofd");
    fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    let renamed = stage.installation.folder.join("renamed.png");
    fs::write(&renamed, &whole).unwrap();
    for bad in [&cut, &renamed] {
        let arguments = [
            "compose",
            "--meta",
            text(&meta).unwrap(),
            "--to",
            "513201-zf",
        ];
        let notice = fixture("notice.ofd");
        let files = [text(&notice).unwrap(), text(bad).unwrap()];
        let arguments = [arguments.as_slice(), &files].concat();
        let (code, message) = stage.refused(stage.sender(), "fs01", &arguments);
        assert_eq!(code, 2, "{message}");
        assert!(message.contains("YC-0702"), "{message}");
    }
}

#[test]
fn a_document_without_a_date_gets_no_empty_seal() {
    let stage = Stage::new("tcp");
    let id = stage.compose(&fixture("annex.pdf"), "513201-zf");
    stage.json(stage.sender(), "fs01", &["submit", &id]);
    stage.json(stage.sender(), "sp01", &["approve", &id]);
    let (code, message) = stage.refused(stage.sender(), "yz01", &["seal", &id]);
    assert_eq!(code, 2, "{message}");
    assert!(message.contains("YC-0704"), "{message}");
    stage.json(stage.sender(), "yz01", &["seal", "--unplaced", &id]);
    let fetched = stage.json(stage.recipient(1), "js01", &["fetch", &id]);
    assert_eq!(strings(&fetched["sealed"]), Vec::<&str>::new());
    stage.json(stage.recipient(1), "js01", &["sign", &id]);
}

#[test]
fn two_offices_issue_a_document_together_and_seal_it_in_turn() {
    let stage = Stage::new("tcp");
    let (sender, other, reader) = (stage.sender(), stage.recipient(1), stage.recipient(2));
    let accounts = [("sp01", "approve", "p-zhou"), ("yz01", "seal", "p-qin")];
    stage.open_accounts(other, &accounts);
    stage.installation.issue_seal(other).unwrap();
    let (meta, main) = (fixture("notice.json"), fixture("notice.ofd"));
    let compose = [
        "compose",
        "--meta",
        text(&meta).unwrap(),
        "--to",
        "513202-zf",
        "--jointly",
        "513201-zf",
        text(&main).unwrap(),
    ];
    let composed = stage.json(sender, "fs01", &compose);
    let id = composed["id"].as_str().unwrap();
    stage.json(sender, "fs01", &["submit", id]);
    // The other office sees what waits for it, and neither seals before both have approved.
    let outbox = stage.json(other, "sp01", &["outbox"]);
    assert_eq!(outbox[0]["id"], composed["id"]);
    stage.json(sender, "sp01", &["approve", id]);
    let first = ["seal", id, "--at", "2,121,187,42,42"];
    let (_, message) = stage.refused(sender, "yz01", &first);
    assert!(message.contains("YC-04"), "{message}");
    stage.json(other, "sp01", &["approve", id]);
    let second = ["seal", id, "--at", "2,60,187,42,42"];
    let (_, message) = stage.refused(other, "yz01", &second);
    assert!(message.contains("YC-0"), "{message}");
    stage.json(sender, "yz01", &first);
    stage.json(other, "yz01", &second);
    let fetched = stage.json(reader, "js01", &["fetch", id]);
    let sealed = strings(&fetched["sealed"]);
    let found = signatures(&stage, Path::new(sealed[0]));
    // As for one seal: others have no list of what is revoked, and everything else stands.
    let told: Vec<Vec<&str>> = found.iter().map(codes).collect();
    assert_eq!(told, [["SES-717"], ["SES-717"]], "{found:?}");
    stage.json(reader, "js01", &["sign", id]);
    for (office, account) in [(sender, "fs01"), (other, "sp01"), (reader, "js01")] {
        stage.proves(office, account, id);
    }
    let outbox = stage.json(other, "sp01", &["outbox"]);
    assert_eq!(outbox[0]["deliveries"][0]["state"], "signed for");
}

#[test]
fn f5_an_answer_has_the_level_of_what_it_answers_or_a_higher_one() {
    let stage = Stage::new("tcp");
    let sender = stage.sender();
    let (meta, main) = (fixture("notice.json"), fixture("notice.ofd"));
    let compose = |more: &[&str]| {
        let meta = ["--meta", text(&meta).unwrap(), "--to", "513201-zf"];
        let arguments = [&["compose"], &meta[..], more, &[text(&main).unwrap()]].concat();
        let composed = stage.json(sender, "fs01", &arguments);
        composed["id"].as_str().unwrap().to_owned()
    };
    let first = compose(&["--level", "内部"]);
    stage.json(sender, "fs01", &["submit", &first]);
    stage.json(sender, "fs01", &["outbox"]);
    let lower = compose(&["--level", "公开", "--in-reply-to", &first]);
    let (_, message) = stage.refused(sender, "fs01", &["submit", &lower]);
    assert!(message.contains("YC-0315"), "{message}");
    for level in ["内部", "秘密"] {
        let answer = compose(&["--level", level, "--in-reply-to", &first]);
        stage.json(sender, "fs01", &["submit", &answer]);
    }
}

#[test]
fn f8_a_document_that_is_graded_up_later_is_taken_out_of_use() {
    let stage = Stage::new("tcp");
    let (sender, first) = (stage.sender(), stage.recipient(1));
    let id = stage.dispatch(&fixture("notice.ofd"), "513201-zf,513202-zf");
    let fetched = stage.json(first, "js01", &["fetch", &id]);
    let parts = PathBuf::from(fetched["folder"].as_str().unwrap());
    assert!(parts.exists());
    stage.json(first, "js01", &["sign", &id]);
    let recall = ["recall", &id, "--reason", "level"];
    let recalled = stage.json(sender, "fs01", &recall);
    assert_eq!(recalled["noticed"], serde_json::json!(["513201-zf"]));
    // Any command takes away what was opened, and nothing opens it again.
    let inbox = stage.json(first, "js01", &["inbox"]);
    assert_eq!(inbox[0]["attention"][0], "recall to be answered");
    assert!(!parts.exists());
    let (_, message) = stage.refused(first, "js01", &["fetch", &id]);
    assert!(message.contains("YC-0409"), "{message}");
    stage.json(first, "js01", &["recall-answer", &id, "--destroyed"]);
    stage.proves(sender, "fs01", &id);
    stage.proves_closed(first, "js01", &id);
}
