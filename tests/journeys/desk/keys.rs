//! Accounts are enrolled at the desk, and the unit's key is in the hands of its manager there.

use std::fs;

use serde_json::{Value, json};
use yichuan_xtask::installation::{PASSWORD, fixture, text};

use super::Served;
use crate::stage::Stage;

const FRESH: &str = "Another-case-2";

fn redeemed(ticket: &str, password: &str, anew: bool) -> Value {
    json!({ "ticket": ticket, "password": password, "anew": anew })
}

#[test]
fn g7_an_account_is_enrolled_at_the_desk_and_gets_the_units_key_from_its_manager() {
    let stage = Stage::new("tcp");
    let office = stage.recipient(1).clone();
    let tickets = stage.tickets(&office, &[("js02", "receive", "p-zhou")]);
    let ticket = tickets[0].as_str();
    let served = Served::of(&office.home);
    let door = served.door();
    let mistyped = format!("{}0", &ticket[..ticket.len() - 1]);
    let refused = door.refused("/enrol", &redeemed(&mistyped, FRESH, false), 422);
    assert!(refused["title"].as_str().unwrap().contains("登记凭证"));
    let weak = door.refused("/enrol", &redeemed(ticket, "weak", false), 422);
    assert_eq!(weak["code"], "weak-password");
    let first = door.post("/enrol", &redeemed(ticket, FRESH, false));
    assert_eq!(first["account"], "513201-zf-js02");
    assert_eq!(first["device"], "513201-zf-pc01");
    // Whose answer was lost does it again, and it was done once.
    let again = door.post("/enrol", &redeemed(ticket, FRESH, false));
    assert_eq!(again["index"], first["index"]);
    let accounts = door.get("/session")["accounts"].clone();
    let accounts = accounts.as_array().unwrap();
    assert!(accounts.contains(&json!("513201-zf-js02")), "{accounts:?}");

    let id = stage.dispatch(&fixture("notice.ofd"), office.code);
    let fetch = format!("/documents/{id}/fetch");
    let entered = json!({ "account": "513201-zf-js02", "password": FRESH });
    let (answer, clerk) = served.enter(&entered);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let early = clerk.ask("POST", &fetch, Some(&json!({})));
    assert_eq!(early.json()["code"], "no-share", "{}", early.text());
    assert_eq!(clerk.ask("GET", "/unit-key", None).status, 403);
    let manager = served.sign_in(&office, "gl01");
    let known = manager.get("/unit-key");
    assert_eq!(known["epoch"], 1);
    assert_eq!(known["lacking"], json!(["513201-zf-js02"]));
    let shared = manager.post("/unit-key/share", &json!({}));
    assert_eq!(shared["shared"], known["lacking"]);
    assert_eq!(manager.get("/unit-key")["lacking"], json!([]));
    clerk.post(&fetch, &json!({}));
    clerk.post(&format!("/documents/{id}/sign"), &json!({}));
    stage.proves(&office, "js01", &id);
}

#[test]
fn g4_who_forgot_the_password_is_enrolled_anew_and_the_old_keystore_is_set_aside() {
    let stage = Stage::new("tcp");
    let office = stage.recipient(1).clone();
    let tickets = stage.tickets(&office, &[("js01", "receive", "p-liu513201zf")]);
    let ticket = tickets[0].as_str();
    let served = Served::of(&office.home);
    let door = served.door();
    let wrong = door.refused("/enrol", &redeemed(ticket, FRESH, false), 401);
    assert_eq!(wrong["code"], "wrong-password");
    let keystore = office.home.join("accounts/513201-zf-js01.key");
    let old = fs::read(&keystore).unwrap();
    // A password that will not do sets nothing aside.
    door.refused("/enrol", &redeemed(ticket, "weak", true), 422);
    assert_eq!(fs::read(&keystore).unwrap(), old);
    door.post("/enrol", &redeemed(ticket, FRESH, true));
    let beside = fs::read_dir(office.home.join("accounts")).unwrap();
    let beside = beside.map(|entry| fs::read(entry.unwrap().path()).unwrap());
    assert_eq!(
        beside.filter(|bytes| *bytes == old).count(),
        1,
        "it is kept"
    );
    let account = "513201-zf-js01";
    let (answer, _) = served.enter(&json!({ "account": account, "password": PASSWORD }));
    assert_eq!(answer.status, 401);
    let (answer, _) = served.enter(&json!({ "account": account, "password": FRESH }));
    assert_eq!(answer.status, 200, "{}", answer.text());
    // Once more with the same ticket: what it made stays.
    door.post("/enrol", &redeemed(ticket, FRESH, true));
    let (answer, _) = served.enter(&json!({ "account": account, "password": FRESH }));
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[test]
fn rule_13_the_units_key_is_made_tried_and_left_at_the_desk() {
    let stage = Stage::new("tcp");
    let office = stage.recipient(1).clone();
    let authority = stage.installation.authority();
    let programs = &stage.installation.programs;
    let escrow = ["authority", "key", "escrow"];
    programs.good(&authority, PASSWORD, &escrow).unwrap();
    let request = authority.join("escrow.request");
    stage.signs(&["escrow", "--request", text(&request).unwrap()]);
    let served = Served::of(&office.home);
    let manager = served.sign_in(&office, "gl01");
    let made = manager.post("/unit-key", &json!({ "compromised": false }));
    assert_eq!(made["epoch"], 2, "{made}");
    assert_eq!(made["shared"], json!(["513201-zf-js01"]));
    let code = made["code"].as_str().unwrap();
    let known = manager.get("/unit-key");
    assert_eq!(
        (&known["epoch"], &known["escrow"]),
        (&json!(2), &json!(true))
    );
    assert!(!known.to_string().contains(code), "it is told once");
    let half = |code: &str| json!({ "code": code });
    manager.refused("/unit-key/recover", &half("nothing"), 422);
    let early = manager.ask("POST", "/unit-key/recover", Some(&half(code)));
    assert!((400..500).contains(&early.status), "{}", early.text());
    stage.synchronise();
    stage.signs(&["recovery", "--to", "513201-zf-gl01", "--drill"]);
    let tried = manager.post("/unit-key/recover", &half(code));
    assert_eq!(
        (&tried["epoch"], &tried["drill"]),
        (&json!(2), &json!(true))
    );

    let ended = manager.post("/unit-key", &json!({ "compromised": true }));
    assert_eq!(ended["epoch"], 3);
    let heir = |to: &str| json!({ "to": to });
    for to in ["nobody", "999999-zf"] {
        let refused = manager.ask("POST", "/unit-key/leave", Some(&heir(to)));
        assert!((400..500).contains(&refused.status), "{}", refused.text());
    }
    let left = manager.post("/unit-key/leave", &heir("513202-zf"));
    assert_eq!(left["epochs"], json!([1, 2, 3]));
    stage.roster_is_valid();
}

#[test]
fn g7_a_ticket_for_another_computer_moves_no_account_of_this_one() {
    let mut stage = Stage::new("tcp");
    let office = stage.recipient(1).clone();
    stage.second_computer(&office, "513201-zf-pc02", "513201-zf-js02");
    let of_theirs = ["--json", "--account", "513201-zf-js02"];
    let issue = ["authority", "sign", "ticket", "--device", "513201-zf-pc02"];
    let issued = stage
        .installation
        .sign(&[of_theirs.as_slice(), &issue].concat());
    let issued = issued.unwrap();
    let ticket = issued["tickets"][0]["ticket"].as_str().unwrap();
    let served = Served::of(&office.home);
    let refused = served
        .door()
        .refused("/enrol", &redeemed(ticket, FRESH, false), 409);
    let title = refused["title"].as_str().unwrap();
    for computer in ["513201-zf-pc02", "513201-zf-pc01"] {
        assert!(title.contains(computer), "{refused}");
    }
    stage.crash();
    stage.json(&office, "js01", &["inbox"]);
}
