//! Journeys of what follows a dispatch: returns and corrections, recalls, more time, more
//! recipients, looks, calls, and replies to a meeting notice. Each ends with verified evidence.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;
use yichuan_xtask::installation::{fixture, text};

use crate::stage::Stage;

/// The delivery of a unit in what `outbox` or `show` has printed.
fn delivery<'v>(document: &'v Value, unit: &str) -> &'v Value {
    let deliveries = document["deliveries"].as_array().unwrap();
    let found = deliveries.iter().find(|delivery| delivery["unit"] == unit);
    found.unwrap_or_else(|| panic!("{unit}: {document:#}"))
}

/// A document in what `outbox` or `inbox` has printed.
fn listed<'v>(list: &'v Value, id: &str) -> &'v Value {
    let documents = list.as_array().unwrap();
    let found = documents.iter().find(|document| document["id"] == id);
    found.unwrap_or_else(|| panic!("{id}: {list:#}"))
}

/// What happened to a document, as `show` tells it.
fn told(shown: &Value) -> Vec<&str> {
    let events = shown["events"].as_array().unwrap();
    events
        .iter()
        .map(|event| event["what"].as_str().unwrap())
        .collect()
}

impl Stage {
    /// Composes with more arguments, submits, approves and seals.
    fn dispatch_with(&self, to: &str, more: &[&str]) -> String {
        let (meta, file) = (fixture("notice.json"), fixture("notice.ofd"));
        let mut arguments = vec!["compose", "--meta", text(&meta).unwrap(), "--to", to];
        arguments.extend_from_slice(more);
        arguments.push(text(&file).unwrap());
        let composed = self.json(self.sender(), "fs01", &arguments);
        let id = composed["id"].as_str().unwrap().to_owned();
        self.json(self.sender(), "fs01", &["submit", &id]);
        self.json(self.sender(), "sp01", &["approve", &id]);
        self.json(self.sender(), "yz01", &["seal", &id]);
        id
    }

    fn show(&self, id: &str) -> Value {
        self.json(self.sender(), "fs01", &["show", id])
    }
}

#[test]
fn a_return_is_signed_for_and_the_corrected_document_takes_its_place() {
    let stage = Stage::new("quic");
    let (sender, first, second) = (stage.sender(), stage.recipient(1), stage.recipient(2));
    let other = stage.dispatch(&fixture("notice.pdf"), "513201-zf");
    let id = stage.dispatch(&fixture("notice.ofd"), "513201-zf,513202-zf,513200-daj");
    let arguments = ["return", &id, "--reason", "9", "--text", "成文日期有误"];
    stage.json(first, "js01", &arguments);
    stage.json(second, "js01", &["sign", &id]);
    // It stands before what only has to be looked at, with its reason.
    let outbox = stage.json(sender, "fs01", &["outbox"]);
    assert_eq!(outbox[0]["id"], id.as_str());
    assert_eq!(outbox[0]["attention"][0], "returned");
    assert_eq!(delivery(&outbox[0], "513201-zf")["return_code"], 9);
    assert_eq!(listed(&outbox, &other)["attention"][0], "check due");
    // The recipient cannot sign for it in the sender's place.
    let (_, message) = stage.refused(first, "js01", &["acknowledge", &id]);
    assert!(message.contains("what to do"), "{message}");
    let done = stage.json(sender, "fs01", &["acknowledge", &id]);
    assert_eq!(done["unit"], "513201-zf");
    let again = ["acknowledge", &id, "--unit", "513201-zf"];
    let (_, message) = stage.refused(sender, "fs01", &again);
    assert!(message.contains("YC-0401"), "{message}");
    let all = "513201-zf,513202-zf,513200-daj";
    let corrected = stage.dispatch_with(all, &["--replaces", &id, "--receipts-stand"]);
    let outbox = stage.json(sender, "fs01", &["outbox"]);
    let (before, after) = (listed(&outbox, &id), listed(&outbox, &corrected));
    assert_eq!(before["replaced_by"], corrected.as_str());
    assert_eq!(after["replaces"], id.as_str());
    assert_eq!(delivery(before, "513200-daj")["state"], "superseded");
    assert_eq!(delivery(before, "513202-zf")["state"], "signed for");
    // Who had signed for the first one has no clock for the second.
    assert!(
        delivery(after, "513202-zf")["due_ms"].is_null(),
        "{after:#}"
    );
    assert!(delivery(after, "513201-zf")["due_ms"].is_u64());
    let inbox = stage.json(first, "js01", &["inbox"]);
    assert_eq!(listed(&inbox, &id)["replaced_by"], corrected.as_str());
    assert_eq!(listed(&inbox, &corrected)["replaces"], id.as_str());
    let (_, message) = stage.refused(stage.recipient(3), "js01", &["sign", &id]);
    assert!(message.contains("YC-04"), "superseded: {message}");
    stage.json(first, "js01", &["sign", &corrected]);
    let shown = stage.show(&id);
    let events = told(&shown);
    for what in ["returned", "return signed for", "superseded"] {
        assert!(events.contains(&what), "{events:?}");
    }
    let words = shown["events"].as_array().unwrap().iter();
    let texts: Vec<&Value> = words.map(|event| &event["text"]).collect();
    assert!(texts.contains(&&Value::from("成文日期有误")), "{texts:?}");
    for document in [&id, &corrected] {
        stage.proves(sender, "fs01", document);
        stage.proves(first, "js01", document);
    }
}

#[test]
fn a_recall_is_clean_before_the_fetch_and_asks_after_it() {
    let stage = Stage::new("tcp");
    let (sender, first, second) = (stage.sender(), stage.recipient(1), stage.recipient(2));
    let id = stage.dispatch(&fixture("notice.ofd"), "513201-zf,513202-zf,513200-daj");
    stage.json(first, "js01", &["sign", &id]);
    stage.json(stage.recipient(3), "js01", &["fetch", &id]);
    let (code, _) = stage.refused(sender, "fs01", &["recall", &id, "--reason", "63"]);
    assert_eq!(code, 2, "another reason needs words");
    let arguments = [
        "recall",
        &id,
        "--unit",
        "513201-zf,513202-zf",
        "--reason",
        "content",
        "--text",
        "附件二数字有误",
    ];
    let recalled = stage.json(sender, "fs01", &arguments);
    assert_eq!(recalled["clean"], serde_json::json!(["513202-zf"]));
    assert_eq!(recalled["noticed"], serde_json::json!(["513201-zf"]));
    // Clean: the wrap is never released.
    assert_eq!(
        stage.json(second, "js01", &["inbox"])[0]["state"],
        "recalled"
    );
    let (_, message) = stage.refused(second, "js01", &["fetch", &id]);
    assert!(message.contains("YC-0401"), "{message}");
    let inbox = stage.json(first, "js01", &["inbox"]);
    assert_eq!(inbox[0]["attention"][0], "recall to be answered");
    let shown = stage.json(first, "js01", &["show", &id]);
    assert!(shown.to_string().contains("附件二数字有误"), "{shown:#}");
    let (code, _) = stage.refused(first, "js01", &["recall-answer", &id]);
    assert_eq!(code, 2, "one of the answers");
    stage.json(first, "js01", &["recall-answer", &id, "--seen"]);
    let kept = ["recall-answer", &id, "--kept", "已归入案卷"];
    stage.json(first, "js01", &kept);
    let shown = stage.show(&id);
    assert!(shown.to_string().contains("已归入案卷"), "{shown:#}");
    let facts = &delivery(&shown, "513201-zf")["facts"];
    assert!(facts.to_string().contains("answered about its recall"));
    assert_eq!(delivery(&shown, "513200-daj")["state"], "fetched");
    // A second one concerns those that the first left out; a third nobody.
    let all = ["recall", &id, "--reason", "3"];
    let recalled = stage.json(sender, "sp01", &all);
    assert_eq!(recalled["noticed"], serde_json::json!(["513200-daj"]));
    let (_, message) = stage.refused(sender, "fs01", &all);
    assert!(message.contains("nobody is concerned"), "{message}");
    stage.proves(sender, "fs01", &id);
    stage.proves(first, "js01", &id);
    stage.proves_closed(second, "js01", &id);
}

#[test]
fn a_refused_delivery_is_not_a_return() {
    let stage = Stage::new("tcp");
    let recipient = stage.recipient(1);
    let id = stage.dispatch(&fixture("notice.ofd"), "513201-zf");
    let (code, _) = stage.refused(
        recipient,
        "js01",
        &["refuse-delivery", &id, "--reason", "63"],
    );
    assert_eq!(code, 2);
    let arguments = [
        "refuse-delivery",
        &id,
        "--reason",
        "7",
        "--text",
        "应发青石乡",
    ];
    let refused = stage.json(recipient, "js01", &arguments);
    assert_eq!(refused["code"], 7);
    let outbox = stage.json(stage.sender(), "fs01", &["outbox"]);
    assert_eq!(delivery(&outbox[0], "513201-zf")["state"], "refused");
    assert_ne!(outbox[0]["attention"][0], "returned");
    let (_, message) = stage.refused(stage.sender(), "fs01", &["acknowledge", &id]);
    assert!(message.contains("--unit"), "nothing to sign for: {message}");
    for arguments in [["sign", &id], ["fetch", &id]] {
        let (_, message) = stage.refused(recipient, "js01", &arguments);
        assert!(message.contains("YC-0401"), "{message}");
    }
    let shown = stage.show(&id);
    assert!(shown.to_string().contains("应发青石乡"), "{shown:#}");
    stage.proves(stage.sender(), "fs01", &id);
    stage.proves_closed(recipient, "js01", &id);
}

#[test]
fn more_time_is_asked_for_and_given_by_the_sender() {
    let stage = Stage::new("tcp");
    let (sender, recipient) = (stage.sender(), stage.recipient(1));
    let id = stage.dispatch(&fixture("notice.ofd"), "513201-zf,513202-zf");
    let due = |list: &Value| delivery(&list[0], "513201-zf")["due_ms"].as_u64().unwrap();
    let before = due(&stage.json(sender, "fs01", &["outbox"]));
    let later = |hours: u64| rfc3339(before + hours * 3_600_000);
    let decide = |until: &str| {
        let arguments = ["extension", "decide", &id, "--unit", "513201-zf", "--until"];
        let arguments: Vec<String> = arguments.into_iter().map(str::to_owned).collect();
        [arguments, vec![until.to_owned()]].concat()
    };
    let refused = |arguments: &[String], what: &str| {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let (_, message) = stage.refused(sender, "fs01", &arguments);
        assert!(message.contains(what), "{message}");
    };
    refused(&decide(&later(1)), "not asked");
    let ask = |until: &str| {
        let arguments = [
            "extension",
            "ask",
            &id,
            "--until",
            until,
            "--text",
            "汛期值守",
        ];
        arguments.map(str::to_owned)
    };
    let early: Vec<String> = ask("2026-01-01 00:00").into();
    let early: Vec<&str> = early.iter().map(String::as_str).collect();
    let (_, message) = stage.refused(recipient, "js01", &early);
    assert!(message.contains("YC-0401"), "before now: {message}");
    let sooner = rfc3339(before - 1_000);
    let arguments = [
        "extension",
        "ask",
        &id,
        "--until",
        &sooner,
        "--text",
        "停电",
    ];
    let (_, message) = stage.refused(recipient, "js01", &arguments);
    assert!(message.contains("YC-0101"), "no more time: {message}");
    let until = later(24);
    let asked = ask(&until);
    let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
    stage.json(recipient, "js01", &asked);
    let outbox = stage.json(sender, "fs01", &["outbox"]);
    assert!(
        outbox[0]["attention"]
            .to_string()
            .contains("more time asked for")
    );
    refused(&decide(&later(25)), "YC-0101");
    let given = decide(&later(12));
    let given: Vec<&str> = given.iter().map(String::as_str).collect();
    stage.json(sender, "fs01", &given);
    for (office, letters, command) in [(sender, "fs01", "outbox"), (recipient, "js01", "inbox")] {
        let list = stage.json(office, letters, &[command]);
        assert_eq!(due(&list), before + 12 * 3_600_000, "{command}");
    }
    refused(&decide(&later(13)), "YC-0401");
    // Another recipient's clock is as before.
    let outbox = stage.json(sender, "fs01", &["outbox"]);
    assert_eq!(delivery(&outbox[0], "513202-zf")["due_ms"], before);
    stage.json(recipient, "js01", &["sign", &id]);
    stage.proves(sender, "fs01", &id);
    stage.proves(recipient, "js01", &id);
}

#[test]
fn more_time_that_is_refused_leaves_the_clock_as_it_was() {
    let stage = Stage::new("tcp");
    let (sender, recipient) = (stage.sender(), stage.recipient(2));
    let id = stage.dispatch(&fixture("notice.ofd"), "513202-zf");
    let outbox = stage.json(sender, "fs01", &["outbox"]);
    let before = delivery(&outbox[0], "513202-zf")["due_ms"].as_u64();
    let until = rfc3339(before.unwrap() + 7_200_000);
    let ask = ["extension", "ask", &id, "--until", &until, "--text", "停电"];
    stage.json(recipient, "js01", &ask);
    let decide = [
        "extension",
        "decide",
        &id,
        "--unit",
        "513202-zf",
        "--refuse",
    ];
    stage.json(sender, "sp01", &decide);
    let inbox = stage.json(recipient, "js01", &["inbox"]);
    assert_eq!(inbox[0]["due_ms"].as_u64(), before);
    let (_, message) = stage.refused(sender, "fs01", &decide);
    assert!(message.contains("YC-0401"), "once: {message}");
    stage.json(recipient, "js01", &["sign", &id]);
    stage.proves(sender, "fs01", &id);
}

/// An instant as it is typed.
fn rfc3339(unix_ms: u64) -> String {
    let ms = i64::try_from(unix_ms).unwrap();
    jiff::Timestamp::from_millisecond(ms).unwrap().to_string()
}

#[test]
fn more_units_receive_a_document_once_the_head_has_approved_it() {
    let stage = Stage::new("tcp");
    let sender = stage.sender();
    let id = stage.dispatch(&fixture("notice.ofd"), "513201-zf");
    for (to, what) in [
        ("513201-zf", "YC-0401"),
        ("513200-zfb", "YC-0"),
        ("513209-zf", "unknown"),
    ] {
        let (_, message) = stage.refused(sender, "fs01", &["supplement", &id, "--to", to]);
        assert!(message.contains(what), "{to}: {message}");
    }
    let (_, message) = stage.refused(sender, "sp01", &["supplement-approve", &id]);
    assert!(message.contains("no supplement"), "{message}");
    let first = stage.json(sender, "fs01", &["supplement", &id, "--to", "513202-zf"]);
    let arguments = ["supplement", &id, "--cc", "513200-daj"];
    let second = stage.json(sender, "fs01", &arguments);
    // Nothing goes out before it is approved.
    let (_, message) = stage.refused(stage.recipient(2), "js01", &["fetch", &id]);
    assert!(message.contains("no such document"), "{message}");
    let (_, message) = stage.refused(sender, "sp01", &["supplement-approve", &id]);
    assert!(message.contains("--supplement"), "{message}");
    let index = |done: &Value| done["index"].to_string();
    let (yes, no) = (index(&first), index(&second));
    let arguments = ["supplement-approve", &id, "--supplement", &no, "--refuse"];
    stage.json(sender, "sp01", &arguments);
    let approved = stage.json(
        sender,
        "sp01",
        &["supplement-approve", &id, "--supplement", &yes],
    );
    assert_eq!(approved["units"], serde_json::json!(["513202-zf"]));
    let shown = stage.show(&id);
    assert_eq!(delivery(&shown, "513202-zf")["state"], "announced");
    let (_, message) = stage.refused(stage.recipient(3), "js01", &["fetch", &id]);
    assert!(message.contains("no such document"), "{message}");
    let added = stage.recipient(2);
    let inbox = stage.json(added, "js01", &["inbox"]);
    assert!(listed(&inbox, &id)["due_ms"].is_u64());
    stage.json(added, "js01", &["sign", &id]);
    assert_eq!(
        delivery(&stage.show(&id), "513202-zf")["state"],
        "signed for"
    );
    let arguments = ["more-copies", &id, "--unit", "513202-zf", "--copies", "5"];
    stage.json(sender, "fs01", &arguments);
    assert_eq!(delivery(&stage.show(&id), "513202-zf")["more_copies"], 5);
    stage.proves(sender, "fs01", &id);
    stage.proves(added, "js01", &id);
}

#[test]
fn a_document_that_did_not_open_is_closed_once_more_without_a_new_approval() {
    let stage = Stage::new("tcp");
    let (sender, recipient) = (stage.sender(), stage.recipient(1));
    let id = stage.dispatch(&fixture("notice.ofd"), "513201-zf");
    let resend = ["resend", &id, "--unit", "513201-zf"];
    let (_, message) = stage.refused(sender, "fs01", &resend);
    assert!(message.contains("YC-0401"), "not returned yet: {message}");
    stage.json(recipient, "js01", &["return", &id, "--reason", "12"]);
    stage.json(sender, "fs01", &["acknowledge", &id]);
    stage.json(sender, "fs01", &resend);
    let shown = stage.show(&id);
    assert_eq!(delivery(&shown, "513201-zf")["state"], "announced");
    assert_eq!(delivery(&shown, "513201-zf")["round"], 2);
    let inbox = stage.json(recipient, "js01", &["inbox"]);
    assert_eq!(inbox[0]["state"], "announced");
    stage.json(recipient, "js01", &["fetch", &id]);
    stage.json(recipient, "js01", &["sign", &id]);
    let shown = stage.show(&id);
    assert_eq!(delivery(&shown, "513201-zf")["state"], "signed for");
    assert_eq!(
        told(&shown)
            .iter()
            .filter(|what| **what == "fetched")
            .count(),
        2
    );
    stage.proves(sender, "fs01", &id);
    stage.proves(recipient, "js01", &id);
}

#[test]
fn a_look_is_recorded_with_what_was_seen_and_calls_are_kept() {
    let stage = Stage::new("tcp");
    let (sender, recipient) = (stage.sender(), stage.recipient(1));
    let id = stage.dispatch(&fixture("notice.ofd"), "513201-zf,513202-zf");
    let other = stage.dispatch(&fixture("notice.pdf"), "513202-zf");
    stage.json(recipient, "js01", &["sign", &id]);
    let looked = stage.json(sender, "fs01", &["inquire", &id]);
    let seen = looked[0]["recipients"].as_array().unwrap();
    let states: Vec<&str> = seen
        .iter()
        .map(|it| it["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["signed for", "announced"]);
    assert_eq!(seen[0]["account"], "513201-zf-js01");
    // All that are due: the other one, and then none.
    let due = stage.json(sender, "sp01", &["inquire", "--all"]);
    assert_eq!(due.as_array().unwrap().len(), 1, "{due:#}");
    assert_eq!(due[0]["id"], other.as_str());
    let due = stage.json(sender, "fs01", &["inquire", "--all"]);
    assert_eq!(due, serde_json::json!([]));
    let outbox = stage.json(sender, "fs01", &["outbox"]);
    assert_eq!(outbox[0]["attention"], serde_json::json!([]));
    let (_, message) = stage.refused(recipient, "js01", &["inquire", &id]);
    assert!(message.contains("what to do"), "{message}");
    let called = [
        "contact",
        &id,
        "--unit",
        "513202-zf",
        "--outcome",
        "promised",
        "--text",
        "电话告知值班员，今日签收",
    ];
    stage.json(sender, "fs01", &called);
    let answered = ["contact", &id, "--outcome", "other", "--text", "网络已恢复"];
    stage.json(recipient, "js01", &answered);
    let (code, _) = stage.refused(recipient, "js01", &["contact", &id, "--outcome", "other"]);
    assert_eq!(code, 2);
    let contacts = stage.json(sender, "fs01", &["contacts", &id]);
    let texts: Vec<&str> = contacts
        .as_array()
        .unwrap()
        .iter()
        .map(|contact| contact["text"].as_str().unwrap())
        .collect();
    assert_eq!(texts, ["电话告知值班员，今日签收", "网络已恢复"]);
    // What was said with one recipient is nothing to another.
    let contacts = stage.json(recipient, "js01", &["contacts", &id]);
    assert_eq!(contacts.as_array().unwrap().len(), 1, "{contacts:#}");
    stage.proves(sender, "fs01", &id);
    stage.proves(recipient, "js01", &id);
}

#[test]
fn a_meeting_notice_brings_a_form_and_the_sender_has_a_table_of_replies() {
    let stage = Stage::new("quic");
    let (sender, first, second) = (stage.sender(), stage.recipient(1), stage.recipient(2));
    let form = stage.installation.folder.join("form.toml");
    let fields = "[[field]]\nname = \"参会人\"\nkind = \"text\"\nrequired = true\n\
                  [[field]]\nname = \"人数\"\nkind = \"number\"\nrequired = true\n\
                  [[field]]\nname = \"住宿\"\nkind = \"choice\"\nchoices = [\"单间\", \"不住\"]\n\
                  [[field]]\nname = \"用餐\"\nkind = \"yes-no\"\n";
    fs::write(&form, fields).unwrap();
    let path = text(&form).unwrap();
    let file = fixture("notice.ofd");
    let meta = fixture("notice.json");
    let other_kind = [
        "compose",
        "--meta",
        text(&meta).unwrap(),
        "--to",
        "513201-zf",
        "--kind",
        "通知",
        "--reply-form",
        path,
        text(&file).unwrap(),
    ];
    let (_, message) = stage.refused(sender, "fs01", &other_kind);
    assert!(message.contains("meeting notice"), "{message}");
    let more = ["--kind", "会议通知", "--reply-form", path];
    let id = stage.dispatch_with("513201-zf,513202-zf", &more);
    let field = ["reply", &id, "--field", "参会人=张三", "--field", "人数=2"];
    let (_, message) = stage.refused(first, "js01", &field);
    assert!(message.contains("YC-0401"), "not signed for: {message}");
    stage.json(first, "js01", &["sign", &id]);
    let asked = stage.json(first, "js01", &["reply", &id]);
    assert_eq!(asked["fields"].as_array().unwrap().len(), 4);
    let wrong = ["reply", &id, "--field", "人数=两人", "--field", "车牌=甲"];
    let (code, message) = stage.refused(first, "js01", &wrong);
    for what in ["人数", "车牌", "参会人"] {
        assert!(code == 2 && message.contains(what), "{what}: {message}");
    }
    stage.json(first, "js01", &field);
    let filled = stage.installation.folder.join("filled.json");
    let json = "{\"参会人\": \"李四\", \"人数\": 3, \"住宿\": \"不住\", \"用餐\": true}";
    fs::write(&filled, json).unwrap();
    stage.json(
        first,
        "js01",
        &["reply", &id, "--form", text(&filled).unwrap()],
    );
    let csv = stage.installation.folder.join("replies.csv");
    let arguments = ["replies", &id, "--csv", text(&csv).unwrap()];
    let replies = stage.json(sender, "fs01", &arguments);
    assert_eq!(replies["replied"], 1);
    let lines = replies["replies"].as_array().unwrap();
    assert_eq!(lines[0]["answers"]["参会人"], "李四", "the last one counts");
    assert_eq!(lines[1]["replied"], false);
    let csv = fs::read_to_string(csv).unwrap();
    assert!(csv.contains("李四") && csv.contains("不住"), "{csv}");
    // What one recipient answered is nothing to another.
    stage.json(second, "js01", &["sign", &id]);
    let shown = stage.json(second, "js01", &["show", &id]);
    assert!(!told(&shown).contains(&"meeting replied to"), "{shown:#}");
    stage.proves(sender, "fs01", &id);
    stage.proves(first, "js01", &id);
}

#[test]
fn c4_a_late_receipt_is_accepted_and_says_by_how_much() {
    let stage = Stage::new("tcp");
    let (sender, recipient) = (stage.sender(), stage.recipient(1));
    let policy = [
        "--json",
        "authority",
        "sign",
        "policy",
        "--ceiling",
        "secret",
        "--due-minutes",
        "1,1,1,1,1",
        "--inquiry-minutes",
        "1",
        "--reminders",
        "50:receivers,100:manager",
    ];
    let signed = stage.installation.sign(&policy).unwrap();
    let clocks = &signed["acts"][0]["records"][0]["record"]["clocks"];
    assert_eq!(clocks["reminders"][1]["to"], "manager", "{signed:#}");
    let roster = stage.installation.folder.join("duty.toml");
    let shift = "[[shift]]\nname = \"全天\"\ndays = [\"every\"]\nhours = \"00:00-24:00\"\n\
                 on = [\"值班员老秦\"]\n";
    fs::write(&roster, shift).unwrap();
    stage.json(recipient, "js01", &["duty", "set", text(&roster).unwrap()]);
    let who = stage.json(recipient, "gl01", &["duty", "who"]);
    assert_eq!(who["people"][0], "值班员老秦");
    let heard = stage.installation.folder.join("heard");
    let hooks = format!(
        "[[hook]]\nname = \"file\"\nduty = true\ncommand = [\"/usr/bin/tee\", \"-a\", \"{}\"]\n",
        heard.display()
    );
    let config = recipient.home.join("hooks.toml");
    fs::write(&config, hooks).unwrap();
    fs::set_permissions(&config, fs::Permissions::from_mode(0o600)).unwrap();
    // Arrival, a reminder, the lapse, and the manager's reminder of it.
    let mut agent = stage.agent(recipient, "js01", &["--events", "4"]);
    agent.wait_for("waiting for announcements");
    let id = stage.dispatch(&fixture("notice.ofd"), "513201-zf");
    assert!(agent.child.wait().unwrap().success());
    let heard = fs::read_to_string(heard).unwrap();
    for event in ["arrived", "reminder", "overdue"] {
        assert!(heard.contains(&format!("\"event\":\"{event}\"")), "{heard}");
    }
    assert!(
        heard.contains(&id) && heard.contains("值班员老秦"),
        "{heard}"
    );
    let inbox = stage.json(recipient, "js01", &["inbox"]);
    assert_eq!(inbox[0]["attention"][0], "overdue");
    let outbox = stage.json(sender, "fs01", &["outbox"]);
    let attention = outbox[0]["attention"].as_array().unwrap();
    assert_eq!(attention[0], "check overdue");
    assert!(attention.contains(&Value::from("overdue")), "{attention:?}");
    // Looking late is looking, and signing late is signing.
    stage.json(sender, "fs01", &["inquire", "--all"]);
    stage.json(recipient, "js01", &["sign", &id]);
    let shown = stage.show(&id);
    let late = delivery(&shown, "513201-zf");
    assert_eq!(late["state"], "signed for");
    assert!(late["late_ms"].as_u64().is_some() && late["overdue"] == true);
    let events = told(&shown);
    let count = |what: &str| events.iter().filter(|event| **event == what).count();
    assert_eq!((count("overdue"), count("reminded")), (1, 2), "{events:?}");
    assert_eq!(count("not inquired about in time"), 1, "{events:?}");
    stage.proves(sender, "fs01", &id);
    stage.proves(recipient, "js01", &id);
}

#[test]
fn a_calendar_is_set_and_everybody_sees_the_clocks() {
    let stage = Stage::new("tcp");
    let calendar = stage.installation.folder.join("calendar.toml");
    let policy = |calendar: &str| {
        let flags = [
            "--json",
            "authority",
            "sign",
            "policy",
            "--ceiling",
            "secret",
        ];
        let more = [
            "--due-minutes",
            "480,480,240,120,60",
            "--calendar",
            calendar,
        ];
        let looks = ["--look-windows", "09:00-11:00,14:00-16:00"];
        [&flags[..], &more, &looks].concat().join("\n")
    };
    let words = policy(text(&calendar).unwrap());
    let words: Vec<&str> = words.split('\n').collect();
    let bad = "utc_offset = \"+08:00\"\nhours = [\"09:00-25:00\"]\nweekdays = [\"mon\", \"xyz\"]\n";
    fs::write(&calendar, bad).unwrap();
    let refused = stage.installation.sign(&words).err().unwrap().to_string();
    for what in ["09:00-25:00", "xyz"] {
        assert!(refused.contains(what), "{refused}");
    }
    let good = "utc_offset = \"+08:00\"\nhours = [\"09:00-12:00\", \"14:00-18:00\"]\n\
                weekdays = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"]\n\
                holidays = [\"2027-01-01..2027-01-03\"]\nworkdays = [\"2027-01-09\"]\n";
    fs::write(&calendar, good).unwrap();
    stage.installation.sign(&words).unwrap();
    let now = rfc3339(now_ms());
    let time = ["--json", "authority", "sign", "time", "--at", &now];
    stage.installation.sign(&time).unwrap();
    let shown = stage.json(stage.recipient(1), "js01", &["roster", "show"]);
    let records = shown["records"].as_array().unwrap();
    let record = |kind: &str| {
        let found = records.iter().find(|record| record["kind"] == kind);
        &found.unwrap()["record"]
    };
    let clocks = &record("policy")["clocks"];
    assert_eq!(clocks["calendar"]["hours"], "09:00-12:00,14:00-18:00");
    assert_eq!(clocks["look_windows"], "09:00-11:00,14:00-16:00");
    assert_eq!(record("time")["epoch"], 0);
}

fn now_ms() -> u64 {
    let since = std::time::UNIX_EPOCH.elapsed().unwrap();
    u64::try_from(since.as_millis()).unwrap()
}
