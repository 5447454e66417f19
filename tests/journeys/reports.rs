//! Journeys of supervision: what the exchange says of sending and receiving, on paper and in
//! spreadsheets, and held against the log.

use std::fs;

use calamine::{Reader as _, Xlsx};
use serde_json::Value;
use yichuan_xtask::installation::{fixture, text};

use crate::stage::Stage;

/// The sender, which supervises nobody.
const SENDER: &str = "513200-zfb";
/// A unit above two of the recipients, which is no party of the document.
const ABOVE: usize = 3;

/// Two counties stand below the archives' office, which supervises and audits them.
fn supervised() -> Stage {
    let stage = Stage::new("tcp");
    let above = stage.recipient(ABOVE).code;
    for (code, name) in [
        ("513201-zf", "青石县人民政府"),
        ("513202-zf", "白河县人民政府"),
    ] {
        let arguments = ["--json", "authority", "sign", "unit", "--code", code];
        let more = ["--name", name, "--parent", above];
        stage
            .installation
            .sign(&[arguments.as_slice(), &more].concat())
            .unwrap();
    }
    let plan = stage.installation.folder.join("supervisor.toml");
    let mut text_of_plan = String::new();
    for (letters, role) in [("db01", "authority"), ("sj01", "audit")] {
        text_of_plan.push_str(&format!(
            "[[account]]\nid = \"{above}-{letters}\"\nperson = \"p-{letters}\"\npost = \"督办\"\n\
             roles = [\"{role}\"]\ndevices = [\"{above}-pc01\"]\n\
             [[ticket]]\naccount = \"{above}-{letters}\"\ndevice = \"{above}-pc01\"\n"
        ));
    }
    fs::write(&plan, text_of_plan).unwrap();
    for ticket in stage.installation.sign_plan(&plan).unwrap() {
        let home = &stage.recipient(ABOVE).home;
        let ticket = ticket["ticket"].as_str().unwrap();
        stage.installation.enrol(home, ticket).unwrap();
    }
    stage
}

/// What the supervisor's command says.
fn above(stage: &Stage, letters: &str, more: &[&str]) -> Value {
    let arguments = [["report"].as_slice(), more].concat();
    stage.json(stage.recipient(ABOVE), letters, &arguments)
}

/// The month and year of China's clock, as they are typed.
fn this_month() -> (String, String) {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    let day = (since.as_secs() + 8 * 3_600) / 86_400;
    let month = yichuan_document::calendar::month_of(day);
    (
        format!("{:04}-{:02}", month / 100, month % 100),
        (month / 100).to_string(),
    )
}

fn line<'l>(lines: &'l Value, unit: &str) -> &'l Value {
    let found = lines.as_array().unwrap().iter();
    let mut found = found.filter(|line| line["unit"] == unit);
    found.next().unwrap_or_else(|| panic!("{unit}: {lines}"))
}

#[test]
fn g5_who_supervises_sees_the_figures_of_its_units_and_verifies_them() {
    let stage = supervised();
    let id = stage.dispatch(&fixture("notice.ofd"), "513201-zf,513202-zf");
    stage.json(stage.recipient(1), "js01", &["fetch", &id]);
    stage.json(stage.recipient(1), "js01", &["sign", &id]);
    let arguments = ["return", &id, "--reason", "63", "--text", "缺页"];
    stage.json(stage.recipient(2), "js01", &arguments);
    let manifest = the_reception_is_told(&stage, &id);
    the_units_are_ranked_and_written(&stage);
    the_circular_is_a_draft(&stage);
    the_figures_follow_from_the_log(&stage);
    who_supervises_nobody_sees_its_own(&stage, &id, &manifest);
}

fn the_reception_is_told(stage: &Stage, id: &str) -> String {
    let told = stage.json(stage.sender(), "fs01", &["report", "reception", id]);
    let signed = line(&told["lines"], "513201-zf");
    assert_eq!(signed["state"], "signed for");
    assert_eq!(signed["addressed"], "main");
    assert_eq!(signed["name"], "青石县人民政府");
    assert_eq!(signed["account"], "513201-zf-js01");
    assert_eq!(signed["person"], "p-liu513201zf");
    assert_eq!(signed["post"], "receive");
    assert!(signed["minutes"].as_u64().is_some_and(|it| it < 30));
    assert_eq!(signed["late_ms"], Value::Null);
    let returned = line(&told["lines"], "513202-zf");
    assert_eq!(returned["state"], "returned");
    assert_eq!(returned["reason"], 63);
    assert!(told["inquiry_due_ms"].is_u64());
    assert_eq!(told["claim"]["by"], "exchange");
    assert!(told["claim"]["log_size"].as_u64().unwrap() > 10);
    let shown = ["--lang", "zh", "report", "reception", id];
    let shown = stage.installation.call(stage.sender(), "fs01", &shown);
    let shown = shown.unwrap().out;
    for words in [
        "合计 2",
        "已签收 1",
        "已退回 1",
        "以上为交换中心的陈述",
        "主送",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let manifest = told["manifest"].as_str().unwrap().to_owned();
    // Who is above sees the lines of its units, found in the log or by the manifest's digest.
    for (letters, named) in [("sj01", id), ("db01", manifest.as_str())] {
        let seen = above(stage, letters, &["reception", named]);
        assert_eq!(seen["lines"].as_array().unwrap().len(), 2, "{letters}");
    }
    manifest
}

fn the_units_are_ranked_and_written(stage: &Stage) {
    let (month, year) = this_month();
    let folder = &stage.installation.folder;
    let (csv, xlsx) = (folder.join("units.csv"), folder.join("units.xlsx"));
    let files = ["--csv", text(&csv).unwrap(), "--xlsx", text(&xlsx).unwrap()];
    let arguments = ["units", "--month", &month, "--below", "--ranking"];
    let told = above(stage, "db01", &[arguments.as_slice(), &files].concat());
    let best = &told["units"][0];
    assert_eq!(
        (&best["unit"], &best["rank"]),
        (&"513201-zf".into(), &1.into())
    );
    assert_eq!(
        (&best["received"], &best["rate"]),
        (&1.into(), &100.0.into())
    );
    let other = line(&told["units"], "513202-zf");
    assert_eq!((&other["rank"], &other["rate"]), (&2.into(), &0.0.into()));
    assert_eq!(other["returned_by_reason"][0]["code"], 63);
    assert_eq!(told["total"]["received"], 2);
    assert_eq!(told["without_any"], 1, "the archives' office itself");
    let written = fs::read_to_string(&csv).unwrap();
    assert!(written.contains("青石县人民政府"), "{written}");
    assert_eq!(written.lines().count(), 4, "{written}");
    let mut book: Xlsx<_> = calamine::open_workbook(&xlsx).unwrap();
    let sheet = book.worksheet_range_at(0).unwrap().unwrap();
    let cell = |line, column| sheet.get_value((line, column)).unwrap().to_string();
    assert_eq!(
        (cell(2, 1), cell(2, 2)),
        ("513201-zf".into(), "青石县人民政府".into())
    );
    assert_eq!(
        (cell(2, 3), cell(3, 3), cell(4, 3)),
        ("1".into(), "1".into(), "2".into())
    );
    let again = ["report", "units", "--month", &month, "--below"];
    let again = [again.as_slice(), &files[..2]].concat();
    let (_, message) = stage.refused(stage.recipient(ABOVE), "db01", &again);
    assert!(message.contains("it exists"), "{message}");
    stage.json(
        stage.recipient(ABOVE),
        "db01",
        &[again.as_slice(), &["--force"]].concat(),
    );
    let monthly = above(stage, "db01", &["monthly", "--year", &year, "--below"]);
    assert_eq!(monthly["rows"].as_array().unwrap().len(), 12);
    assert_eq!(monthly["total"]["received"], 2);
    let of_one = ["monthly", "--year", &year, "--below", "--unit", "513201-zf"];
    assert_eq!(above(stage, "db01", &of_one)["total"]["received"], 1);
    let yearly = above(stage, "db01", &["yearly", "--years", "2", "--below"]);
    assert_eq!(yearly["rows"][1]["received"], 2);
    let empty = ["report", "units", "--month", "2020-01", "--below"];
    let empty = [["--lang", "en"].as_slice(), &empty].concat();
    let empty = stage
        .installation
        .call(stage.recipient(ABOVE), "db01", &empty);
    assert!(empty.unwrap().out.contains("try other months"));
}

fn the_circular_is_a_draft(stage: &Stage) {
    let (month, _) = this_month();
    let path = stage.installation.folder.join("通报.md");
    let out = ["--out", text(&path).unwrap()];
    let arguments = ["circular", "--month", &month, "--below"];
    let told = above(stage, "db01", &[arguments.as_slice(), &out].concat());
    let draft = fs::read_to_string(&path).unwrap();
    assert_eq!(told["draft"], draft.as_str());
    for words in [
        "【草稿】",
        "云岭州档案局及所属单位",
        "本期共有2个单位收到公文2件次",
        "第1名　青石县人民政府：应签收1件次",
        "其他1件次",
    ] {
        assert!(draft.contains(words), "{words}: {draft}");
    }
    let bad = ["report", "circular", "--month", &month, "--out", "a.docx"];
    let (_, message) = stage.refused(stage.recipient(ABOVE), "db01", &bad);
    assert!(message.contains(".txt or .md"), "{message}");
}

fn the_figures_follow_from_the_log(stage: &Stage) {
    let (month, _) = this_month();
    let verify = ["verify-figures", "--month", &month];
    let told = above(stage, "sj01", &verify);
    assert_eq!(told["equal"], true, "{told}");
    assert_eq!(told["rows"].as_array().unwrap().len(), 2);
    // The dispatch, two fetches, the receipt and the return.
    assert_eq!(told["entries"], 5, "{told}");
    let one = [verify.as_slice(), &["--unit", "513202-zf"]].concat();
    let told = above(stage, "sj01", &one);
    assert_eq!(told["rows"][0]["unit"], "513202-zf");
    assert_eq!(told["rows"].as_array().unwrap().len(), 1);
    let other = [["report"].as_slice(), &verify, &["--unit", SENDER]].concat();
    stage.refused(stage.recipient(ABOVE), "sj01", &other);
    // It takes the role that reads the log.
    let other = [["report"].as_slice(), &verify].concat();
    stage.refused(stage.recipient(ABOVE), "db01", &other);
}

fn who_supervises_nobody_sees_its_own(stage: &Stage, id: &str, manifest: &str) {
    let (month, _) = this_month();
    let own = ["report", "units", "--month", &month];
    let told = stage.json(stage.sender(), "fs01", &own);
    assert_eq!(told["units"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&told["units"][0]["sent"], &told["units"][0]["sent_to"]),
        (&1.into(), &2.into())
    );
    let below = [own.as_slice(), &["--below"]].concat();
    let (_, message) = stage.refused(stage.sender(), "fs01", &below);
    assert!(message.contains("YC-"), "{message}");
    let sent = stage.json(stage.sender(), "fs01", &["report", "documents", "--sent"]);
    assert_eq!(sent["documents"][0]["id"], id);
    assert_eq!(sent["documents"][0]["stage"], "dispatched");
    let received = ["report", "documents", "--received", "--count", "5"];
    let received = stage.json(stage.recipient(2), "js01", &received);
    assert_eq!(received["documents"][0]["delivery"]["state"], "returned");
    // A recipient is not told of the others.
    let (_, message) = stage.refused(
        stage.recipient(1),
        "js01",
        &["report", "reception", manifest],
    );
    assert!(message.contains("YC-"), "{message}");
}
