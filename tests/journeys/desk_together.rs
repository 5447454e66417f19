//! What an office does together, at the desk: assigning, meeting replies, standing in, handing
//! over, duty, joint issue, evidence. Each is asked for as a browser would.

use serde_json::{Value, json};
use yichuan_xtask::Office;
use yichuan_xtask::installation::{PASSWORD, fixture};

use crate::desk::{Browser, Served, two_receivers};
use crate::stage::Stage;

/// A draft with a file, as a clerk enters it.
fn draft(clerk: &Browser<'_>, to: &[&str]) -> Value {
    let file = clerk.upload(&fixture("notice.ofd"));
    json!({
        "to": to,
        "level": "internal",
        "urgency": "urgent",
        "kind": "notice",
        "title": "关于召开防汛工作会议的通知",
        "files": [file["id"]],
    })
}

/// Submits, and has it approved and sealed.
fn dispatch(stage: &Stage, own: &Served, clerk: &Browser<'_>, entered: &Value) -> String {
    let sender = stage.sender();
    let id = submit(clerk, entered);
    let head = own.sign_in(sender, "sp01");
    head.post(&format!("/documents/{id}/approve"), &json!({}));
    let custodian = own.sign_in(sender, "yz01");
    let secret = json!({ "password": PASSWORD });
    custodian.post(&format!("/documents/{id}/seal"), &secret);
    id
}

fn submit(clerk: &Browser<'_>, entered: &Value) -> String {
    let composed = clerk.post("/compose", entered);
    let id = composed["id"].as_str().unwrap().to_owned();
    clerk.post(&format!("/outgoing/{id}/submit"), &json!({}));
    id
}

fn account(office: &Office, letters: &str) -> String {
    format!("{}-{letters}", office.code)
}

#[test]
fn who_is_not_assigned_a_document_does_not_open_it_at_the_desk() {
    let stage = Stage::new("tcp");
    let (office, id, theirs) = two_receivers(&stage);
    let first = theirs.sign_in(&office, "js01");
    let second = theirs.sign_in(&office, "js02");
    let path = |rest: &str| format!("/documents/{id}{rest}");
    first.post(&path("/fetch"), &json!({}));
    second.get(&path("/received"));
    assert_eq!(first.get(&path("/assignments"))["items"], json!([]));
    let other = account(stage.recipient(2), "js01");
    for accounts in [json!([]), json!(["<b>"])] {
        let wrong = json!({ "accounts": accounts });
        first.refused(&path("/assign"), &wrong, 422);
    }
    // Somebody of another unit is none of this unit's.
    let strange = json!({ "accounts": [other] });
    let status = first.ask("POST", &path("/assign"), Some(&strange)).status;
    assert!((400..500).contains(&status), "{status}");
    let own = account(&office, "js01");
    let named = json!({ "accounts": [own, own] });
    first.post(&path("/assign"), &named);
    let listed = first.get(&path("/assignments"));
    assert_eq!(listed["items"][0]["accounts"], json!([own]), "{listed}");
    let shut = second.ask("GET", &path("/received"), None);
    assert_eq!(shut.status, 403, "{}", shut.text());
    assert_eq!(shut.json()["code"], "no-standing");
    // Named anew, the other one opens it again; both assignments stay on record.
    let both = json!({ "accounts": [own, account(&office, "js02")] });
    first.post(&path("/assign"), &both);
    second.get(&path("/received"));
    let listed = second.get(&path("/assignments"));
    assert_eq!(listed["items"].as_array().unwrap().len(), 2, "{listed}");
    // A document that the unit has sent has no such thing.
    let own = Served::of(&stage.sender().home);
    let clerk = own.sign_in(stage.sender(), "fs01");
    assert_eq!(clerk.ask("GET", &path("/assignments"), None).status, 404);
}

#[test]
fn a_meeting_is_replied_to_at_the_desk_and_the_sender_counts() {
    let stage = Stage::new("tcp");
    let own = Served::of(&stage.sender().home);
    let (first, second) = (stage.recipient(1).clone(), stage.recipient(2).clone());
    let clerk = own.sign_in(stage.sender(), "fs01");
    let mut entered = draft(&clerk, &[first.code, second.code]);
    entered["reply_fields"] = json!([
        { "name": "参会人", "kind": "text", "required": true },
        { "name": "人数", "kind": "number", "required": true },
        { "name": "住宿", "kind": "choice", "choices": ["单间", "不住"] },
        { "name": "用餐", "kind": "yes-no" },
    ]);
    // Only a meeting notice asks for replies, and a form that nobody could fill in is refused.
    clerk.refused("/compose", &entered, 422);
    entered["kind"] = json!("meeting-notice");
    let mut wrong = entered.clone();
    wrong["reply_fields"][2]["choices"] = json!(["单间"]);
    let checked = clerk.post("/compose/check", &wrong);
    assert_eq!(checked["errors"][0]["field"], "reply_form", "{checked}");
    let id = dispatch(&stage, &own, &clerk, &entered);
    let path = |rest: &str| format!("/documents/{id}{rest}");

    let theirs = Served::of(&first.home);
    let receiver = theirs.sign_in(&first, "js01");
    let received = receiver.post(&path("/fetch"), &json!({}));
    assert_eq!(received["form"][2]["choices"], json!(["单间", "不住"]));
    let good = json!({ "answers": { "参会人": "=张三", "人数": "2", "用餐": "yes" } });
    // Before the document was signed for there is nothing to reply to.
    let early = receiver.ask("POST", &path("/reply"), Some(&good));
    assert!((400..500).contains(&early.status), "{}", early.text());
    receiver.post(&path("/sign"), &json!({}));
    assert_eq!(receiver.work(), ["reply"]);
    for answers in [
        json!({}),
        json!({ "参会人": "张三", "人数": "两人" }),
        json!({ "参会人": "张三", "人数": "2", "车牌": "甲" }),
        json!({ "参会人": "张三", "人数": "2", "住宿": "套房" }),
    ] {
        let wrong = json!({ "answers": answers });
        receiver.refused(&path("/reply"), &wrong, 422);
    }
    receiver.post(&path("/reply"), &good);
    assert_eq!(receiver.work(), Vec::<String>::new());
    let mine = receiver.get(&path("/replies"));
    assert_eq!(mine["items"].as_array().unwrap().len(), 1, "the own one");
    assert_eq!(mine["items"][0]["answers"]["人数"], "2");
    // A later reply takes the place of an earlier one.
    let again = json!({ "answers": { "参会人": "=张三", "人数": "3" } });
    receiver.post(&path("/reply"), &again);

    let all = clerk.get(&path("/replies"));
    assert_eq!(all["replied"], 1, "{all}");
    let of = |code: &str| {
        let lines = all["items"].as_array().unwrap().iter();
        let mut lines = lines.filter(|line| line["unit"]["code"] == code);
        lines.next().unwrap().clone()
    };
    assert_eq!(of(first.code)["answers"]["人数"], "3");
    assert_eq!(of(second.code)["time"], Value::Null);
    let csv = clerk.ask("GET", &path("/replies/export"), None);
    assert!(csv.text().contains("'=张三,3"), "{}", csv.text());
    let xlsx = clerk.ask("GET", &path("/replies/export?format=xlsx"), None);
    assert!(xlsx.body.starts_with(b"PK"));
    let odd = clerk.ask("GET", &path("/replies/export?format=exe"), None);
    assert_eq!(odd.status, 422);
}

#[test]
fn somebody_stands_in_and_work_is_handed_over_at_the_desk() {
    let stage = Stage::new("tcp");
    let sender = stage.sender().clone();
    let own = Served::of(&sender.home);
    let head = own.sign_in(&sender, "sp01");
    let clerk = own.sign_in(&sender, "fs01");
    let custodian = own.sign_in(&sender, "yz01");
    let state = head.get("/state");
    let today = &state["now"]["at"].as_str().unwrap()[..10];
    let stand = json!({ "to": account(&sender, "yz01"), "until": today });
    // Only who approves lets somebody stand in.
    let refused = clerk.ask("POST", "/delegations", Some(&stand));
    assert_eq!(refused.status, 403, "{}", refused.text());
    // Nobody stands in for ever.
    let long = json!({ "to": account(&sender, "yz01"), "until": "2099-12-31" });
    assert_eq!(head.refused("/delegations", &long, 409)["code"], "YC-0205");
    for (key, value) in [("until", "2001-01-01"), ("until", "soon"), ("to", "<i>")] {
        let mut wrong = stand.clone();
        wrong[key] = json!(value);
        head.refused("/delegations", &wrong, 422);
    }
    head.post("/delegations", &stand);
    let listed = clerk.get("/delegations");
    assert_eq!(listed["items"][0]["standing"]["code"], "runs", "{listed}");
    let entered = draft(&clerk, &["513201-zf"]);
    let id = submit(&clerk, &entered);
    custodian.get("/delegations");
    assert!(custodian.work().contains(&"approve".to_owned()));
    let end = json!({ "to": account(&sender, "yz01") });
    head.post("/delegations/end", &end);
    let late = custodian.ask(
        "POST",
        &format!("/documents/{id}/approve"),
        Some(&json!({})),
    );
    assert!((400..500).contains(&late.status), "{}", late.text());
    let listed = head.get("/delegations");
    assert_eq!(listed["items"][0]["standing"]["code"], "over", "{listed}");

    let to = json!({ "to": account(&sender, "yz01"), "text": "保险柜钥匙一把" });
    let given = clerk.post("/hand-overs", &to);
    assert!(given["text"].as_str().unwrap().contains(&id), "{given}");
    let list = given["list"].as_str().unwrap();
    let own_self = json!({ "to": account(&sender, "fs01") });
    clerk.refused("/hand-overs", &own_self, 422);
    let take = format!("/hand-overs/{list}/take");
    let not_mine = head.ask("POST", &take, Some(&json!({})));
    assert!((400..500).contains(&not_mine.status), "{}", not_mine.text());
    let shown = custodian.get(&format!("/hand-overs/{list}"));
    assert!(shown["text"].as_str().unwrap().contains("保险柜"));
    custodian.post(&take, &json!({}));
    let listed = clerk.get("/hand-overs");
    assert!(listed["items"][0]["taken"]["ms"].is_u64(), "{listed}");
    assert_eq!(clerk.ask("GET", "/hand-overs/zz", None).status, 404);
}

#[test]
fn a_draft_goes_to_a_colleague_with_its_files() {
    let stage = Stage::new("tcp");
    let sender = stage.sender().clone();
    let own = Served::of(&sender.home);
    let clerk = own.sign_in(&sender, "fs01");
    let entered = draft(&clerk, &["513201-zf"]);
    let kept = clerk.post("/drafts", &entered);
    let give = json!({ "draft": kept["id"], "text": "请继续办理" });
    clerk.post("/given-drafts", &give);
    clerk.refused("/given-drafts", &json!({ "draft": "no-such" }), 404);
    let head = own.sign_in(&sender, "sp01");
    let listed = head.get("/given-drafts");
    let row = &listed["items"][0];
    assert_eq!(row["words"], "请继续办理", "{listed}");
    assert_eq!(row["title"], entered["title"]);
    assert_eq!(row["files"], json!(["notice.ofd"]));
    let taken = head.post(&format!("/given-drafts/{}/take", row["number"]), &json!({}));
    let draft = head.get(&format!("/drafts/{}", taken["id"].as_str().unwrap()));
    assert_eq!(draft["draft"]["title"], entered["title"]);
    assert_eq!(draft["missing_files"], json!([]));
    let file = draft["draft"]["files"][0].as_str().unwrap();
    let bytes = head
        .ask("GET", &format!("/files/{file}/content"), None)
        .body;
    assert_eq!(bytes, std::fs::read(fixture("notice.ofd")).unwrap());
    let nothing = head.ask("POST", "/given-drafts/999999/take", Some(&json!({})));
    assert_eq!(nothing.status, 404, "{}", nothing.text());
}

#[test]
fn a_duty_roster_is_put_in_place_at_the_desk_and_says_who_is_there() {
    let stage = Stage::new("tcp");
    let sender = stage.sender().clone();
    let own = Served::of(&sender.home);
    let clerk = own.sign_in(&sender, "fs01");
    let none = clerk.get("/duty");
    assert_eq!(
        (&none["roster"], &none["people"]),
        (&Value::Null, &json!([]))
    );
    let roster = json!({
        "shifts": [{
            "name": "全天", "days": ["every"], "hours": "00:00-24:00",
            "on": [account(&sender, "fs01")], "substitutes": ["总值班室"],
        }],
        "away": [],
    });
    for (place, value) in [
        ("/shifts/0/days", json!(["someday"])),
        ("/shifts/0/hours", json!("25:00-26:00")),
        ("/shifts/0/on", json!([])),
        ("/shifts", json!([])),
    ] {
        let mut wrong = roster.clone();
        *wrong.pointer_mut(place).unwrap() = value;
        let answer = clerk.ask("PUT", "/duty", Some(&wrong));
        assert_eq!(answer.status, 422, "{place}: {}", answer.text());
    }
    let set = clerk.ask("PUT", "/duty", Some(&roster));
    assert_eq!(set.status, 200, "{}", set.text());
    let shown = own.sign_in(&sender, "yz01").get("/duty");
    assert_eq!(shown["roster"], roster, "{shown}");
    assert_eq!(shown["people"], json!([account(&sender, "fs01")]));
    // The command line reads the same roster.
    let said = stage.json(&sender, "fs01", &["duty", "who"]);
    assert_eq!(said["shift"], "全天");
}

#[test]
fn two_offices_issue_a_document_together_at_their_desks() {
    let stage = Stage::new("tcp");
    let (sender, other) = (stage.sender().clone(), stage.recipient(1).clone());
    let accounts = [("sp01", "approve", "p-zhou"), ("yz01", "seal", "p-qin")];
    stage.open_accounts(&other, &accounts);
    stage.installation.issue_seal(&other).unwrap();
    let own = Served::of(&sender.home);
    let theirs = Served::of(&other.home);
    let clerk = own.sign_in(&sender, "fs01");
    let mut entered = draft(&clerk, &["513202-zf"]);
    for (jointly, field) in [
        (json!([sender.code]), "jointly"),
        (json!(["513202-zf"]), "jointly"),
        (json!(["999999-zf"]), "jointly"),
    ] {
        entered["jointly"] = jointly;
        let checked = clerk.post("/compose/check", &entered);
        assert_eq!(checked["errors"][0]["field"], field, "{checked}");
        clerk.refused("/compose", &entered, 422);
    }
    entered["jointly"] = json!([other.code]);
    let id = submit(&clerk, &entered);
    let path = |rest: &str| format!("/documents/{id}{rest}");

    // Both heads find it; neither custodian seals before both have approved, nor out of turn.
    let head = own.sign_in(&sender, "sp01");
    let second = theirs.sign_in(&other, "sp01");
    assert_eq!(head.work(), ["approve"]);
    assert_eq!(second.work(), ["approve"]);
    let listed = second.get("/documents?direction=sent&awaits=approve");
    assert_eq!(listed["items"][0]["id"], id.as_str(), "{listed}");
    head.post(&path("/approve"), &json!({}));
    assert_eq!(head.work(), Vec::<String>::new());
    let custodian = own.sign_in(&sender, "yz01");
    assert_eq!(custodian.work(), Vec::<String>::new());
    let shown = second.get(&path(""));
    assert_eq!(shown["issuers"].as_array().unwrap().len(), 2, "{shown}");
    assert!(shown["issuers"][0]["approved"]["time"]["ms"].is_u64());
    assert_eq!(shown["issuers"][1]["approved"], Value::Null);
    assert!(
        shown["acts"]
            .as_array()
            .unwrap()
            .contains(&json!("approve"))
    );
    second.post(&path("/approve"), &json!({}));
    let keeper = theirs.sign_in(&other, "yz01");
    assert_eq!(keeper.work(), Vec::<String>::new(), "not its turn");
    assert_eq!(custodian.work(), ["seal"]);
    // The page has one signature block only, so that the custodian says where: the desk tells the
    // sizes of pages and picture for that.
    let none = custodian.refused(&path("/seal/proposal"), &json!({}), 422);
    assert_eq!(none["code"], "YC-0704");
    let at = |x: f64| json!([{ "page": 2, "x": x, "y": 187.0, "width": 42.0, "height": 42.0 }]);
    let proposed = custodian.post(&path("/seal/proposal"), &json!({ "places": at(121.0) }));
    assert_eq!(proposed["pages"], 2, "{proposed}");
    custodian.post(
        &path("/seal"),
        &json!({ "places": at(121.0), "password": PASSWORD }),
    );
    let shown = keeper.get(&path(""));
    assert_eq!(shown["issuers"][1]["turn"], true, "{shown}");
    assert_eq!(keeper.work(), ["seal"]);
    let set = json!({ "places": at(60.0), "password": PASSWORD });
    keeper.post(&path("/seal"), &set);
    let shown = clerk.get(&path(""));
    assert_eq!(shown["stage"]["code"], "dispatched", "{shown}");
    stage.json(stage.recipient(2), "js01", &["sign", &id]);
    stage.proves(&sender, "fs01", &id);
}

#[test]
fn evidence_is_made_and_verified_at_the_desk() {
    let stage = Stage::new("tcp");
    let own = Served::of(&stage.sender().home);
    let first = stage.recipient(1).clone();
    let id = stage.dispatch(&fixture("notice.ofd"), first.code);
    stage.json(&first, "js01", &["sign", &id]);
    let clerk = own.sign_in(stage.sender(), "fs01");
    let make = format!("/documents/{id}/evidence");
    let open = clerk.ask("POST", &make, Some(&json!({})));
    assert_eq!(open.status, 200, "{}", open.text());
    let closed = clerk.ask("POST", &make, Some(&json!({ "closed": true })));
    assert_eq!(closed.status, 200, "{}", closed.text());
    clerk.refused("/documents/no-such/evidence", &json!({}), 404);
    assert_eq!(clerk.get("/files")["items"], json!([]), "nothing stays");

    // Anybody may look: here a recipient, of a bundle that somebody brought.
    let theirs = Served::of(&first.home);
    let reader = theirs.sign_in(&first, "js01");
    let judge = |bytes: &[u8]| {
        let answer = reader.send_bytes("/evidence/verify", bytes);
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    };
    let verdict = judge(&open.body);
    assert_eq!(verdict["valid"], true, "{verdict}");
    assert_eq!(verdict["own_origin"], true);
    assert_eq!(verdict["document"]["id"], id.as_str());
    assert!(verdict["document"]["title"].is_string());
    assert_eq!(verdict["deliveries"][0]["state"]["code"], "signed-for");
    assert!(!verdict["unproven"].as_array().unwrap().is_empty());
    let verdict = judge(&closed.body);
    assert_eq!(verdict["valid"], true, "{verdict}");
    assert_eq!(
        verdict["document"]["title"],
        Value::Null,
        "nothing is shown"
    );
    // One bit changed is found; half a file, or another one, is no evidence.
    let mut changed = open.body.clone();
    let last = changed.len() - 100;
    changed[last] ^= 1;
    assert_eq!(judge(&changed)["valid"], false);
    for bytes in [&open.body[..open.body.len() / 2], b"hello", b""] {
        let verdict = judge(bytes);
        assert_eq!(verdict["valid"], false, "{verdict}");
    }
    assert_eq!(judge(b"hello")["readable"], false);
    assert_eq!(reader.get("/files")["items"], json!([]), "nothing stays");
}

#[test]
fn titles_from_before_the_sign_in_stand_in_the_lists() {
    let stage = Stage::new("tcp");
    let sender = stage.sender().clone();
    let own = Served::of(&sender.home);
    let clerk = own.sign_in(&sender, "fs01");
    let entered = draft(&clerk, &["513201-zf"]);
    let composed = clerk.post("/compose", &entered);
    for _ in 0..3 {
        submit(&clerk, &entered);
    }
    assert_eq!(clerk.ask("DELETE", "/session", None).status, 204);
    // Whoever signs in anew has opened nothing yet.
    let clerk = own.sign_in(&sender, "fs01");
    let outgoing = clerk.get("/outgoing");
    assert_eq!(outgoing["items"][0]["id"], composed["id"], "{outgoing}");
    assert_eq!(
        outgoing["items"][0]["title"], entered["title"],
        "{outgoing}"
    );
    let listed = clerk.get("/documents?direction=sent");
    let lines = listed["items"].as_array().unwrap();
    assert_eq!(lines.len(), 3);
    for line in lines {
        assert_eq!(line["title"], entered["title"], "{line}");
    }
}

#[test]
fn completed_documents_are_found_and_listed() {
    let stage = Stage::new("tcp");
    let first = stage.recipient(1).clone();
    let open = stage.dispatch(&fixture("notice.ofd"), "513201-zf,513202-zf");
    let done = stage.dispatch(&fixture("notice.pdf"), first.code);
    for id in [&open, &done] {
        stage.json(&first, "js01", &["sign", id]);
    }
    let own = Served::of(&stage.sender().home);
    let clerk = own.sign_in(stage.sender(), "fs01");
    let ids = |browser: &Browser<'_>, path: &str| {
        let found = browser.get(path);
        let items = found["items"].as_array().unwrap().iter();
        let ids = items.map(|line| line["id"].as_str().unwrap().to_owned());
        ids.collect::<Vec<String>>()
    };
    // One recipient has not signed yet.
    let one = std::slice::from_ref(&done);
    assert_eq!(ids(&clerk, "/registers/sent?completed=1"), one);
    let theirs = Served::of(&first.home);
    let reader = theirs.sign_in(&first, "js01");
    assert_eq!(ids(&reader, "/registers/received?completed=1").len(), 2);
    assert_eq!(
        ids(
            &reader,
            "/registers/received?completed=1&from=1999-01-01&to=1999-12-31"
        ),
        Vec::<String>::new()
    );
    let export = clerk.ask("GET", "/registers/sent/export?completed=1", None);
    assert!(export.text().contains(&done) && !export.text().contains(&open));
}

#[test]
fn a_unit_reports_on_itself_at_the_desk() {
    let stage = Stage::new("tcp");
    let sender = stage.sender().clone();
    let id = stage.dispatch(&fixture("notice.ofd"), "513201-zf");
    let own = Served::of(&sender.home);
    let custodian = own.sign_in(&sender, "yz01");
    let uses = custodian.get("/reports/seals");
    assert_eq!(uses["rows"].as_array().unwrap().len(), 1, "{uses}");
    assert!(
        uses["rows"][0].as_array().unwrap().contains(&json!(id)),
        "{uses}"
    );
    let export = custodian.ask("GET", "/reports/seals/export?format=csv", None);
    assert!(export.text().contains(&id), "{}", export.text());
    let none = custodian.get("/reports/seals?from=1999-01-01&to=1999-12-31");
    assert_eq!(none["rows"], json!([]));
    // Uses of seals are read by who keeps, manages or audits them.
    let clerk = own.sign_in(&sender, "fs01");
    let refused = clerk.ask("GET", "/reports/seals", None);
    assert_eq!(refused.status, 403, "{}", refused.text());
    let monthly = clerk.get("/reports/monthly");
    assert_eq!(monthly["rows"].as_array().unwrap().len(), 13, "and the sum");
    assert!(clerk.get("/reports/yearly?years=2")["rows"].is_array());
    for path in [
        "/reports/monthly?year=1",
        "/reports/seals?from=soon",
        "/reports/seals?seal=%3C",
    ] {
        let wrong = custodian.ask("GET", path, None);
        assert_eq!(wrong.status, 422, "{path}: {}", wrong.text());
    }
    assert_eq!(clerk.ask("GET", "/reports/odd", None).status, 404);
    let month = monthly["rows"][0][0].as_str().unwrap().to_owned();
    let year = &month[..4];
    let circular = clerk.get(&format!("/circular?from={year}-01&to={year}-12"));
    assert!(
        circular["draft"].as_str().unwrap().contains("通报"),
        "{circular}"
    );
    let backwards = clerk.ask(
        "GET",
        &format!("/circular?from={year}-12&to={year}-01"),
        None,
    );
    assert_eq!(backwards.status, 422, "{}", backwards.text());
    // Who does not audit verifies no figures.
    let asked = json!({ "from": format!("{year}-01"), "to": format!("{year}-12") });
    clerk.refused("/figures/verify", &asked, 403);
}

#[test]
fn a_custodian_asks_for_a_seal_and_a_manager_applies_at_the_desk() {
    let stage = Stage::new("tcp");
    let sender = stage.sender().clone();
    let own = Served::of(&sender.home);
    let custodian = own.sign_in(&sender, "yz01");
    assert_eq!(custodian.get("/own-seals")["items"], json!([]));
    let made = custodian.ask("POST", "/own-seals/request", Some(&json!({})));
    assert_eq!(made.status, 200, "{}", made.text());
    assert!(made.text().starts_with("yichuan"), "{}", made.text());
    let none = custodian.ask("POST", "/own-seals/no-such/activate", Some(&json!({})));
    assert_eq!(none.status, 404, "{}", none.text());
    // The key is kept: the account opens as before.
    let again = own.sign_in(&sender, "yz01");
    again.get("/work");
    let clerk = own.sign_in(&sender, "fs01");
    clerk.refused("/own-seals/request", &json!({}), 403);
    let wish = json!({
        "wish": "seal", "account": account(&sender, "yz01"),
        "device": format!("{}-pc01", sender.code), "reason": "印章磨损",
    });
    clerk.refused("/applications", &wish, 403);
    let manager = own.sign_in(&sender, "gl01");
    for (key, value) in [
        ("wish", "money"),
        ("account", "<b>"),
        ("device", ""),
        ("reason", " "),
    ] {
        let mut wrong = wish.clone();
        wrong[key] = json!(value);
        manager.refused("/applications", &wrong, 422);
    }
    let made = manager.post("/applications", &wish);
    let listed = manager.get("/applications");
    assert_eq!(listed["items"][0]["application"], made["application"]);
    assert_eq!(listed["items"][0]["wish"]["code"], "seal");
}
