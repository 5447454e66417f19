//! The same office at its desk: the PIN is typed in the browser.

use serde_json::{Value, json};
use yichuan_xtask::asking::Answer;
use yichuan_xtask::installation::PASSWORD;

use super::softhsm::{LABEL, PIN};
use super::with_programs::{APPROVER, Desk, SEAL};
use crate::desk::{Browser, Served};

/// Refused with this status and code.
fn refused(answer: &Answer, status: u16, code: &str) -> Value {
    assert_eq!(answer.status, status, "{}", answer.text());
    let told = answer.json();
    assert_eq!(told["code"], code, "{told}");
    told
}

fn seal(custodian: &Browser<'_>, id: &str, entered: Value) -> Answer {
    let mut entered = entered;
    entered["seal"] = SEAL.into();
    custodian.ask("POST", &format!("/documents/{id}/seal"), Some(&entered))
}

#[test]
fn g4_at_the_desk_a_token_is_opened_by_its_pin_and_left_with_the_seat() {
    let desk = Desk::new();
    desk.equip();
    let id = desk.submitted();
    let drawer = desk.drawer.configuration();
    let served = Served::told(
        desk.home(),
        &["--port", "0"],
        &[("SOFTHSM2_CONF", drawer.as_path())],
    );
    let account = format!("513200-zfb-{APPROVER}");
    let entered = |pin: Option<&str>| {
        let mut entered = json!({ "account": account, "password": PASSWORD });
        if let Some(pin) = pin {
            entered["pin"] = pin.into();
        }
        entered
    };
    // The password opens the keystore, which names the token; then the PIN is asked for.
    let told = refused(&served.enter(&entered(None)).0, 409, "YC-0604");
    assert!(told["title"].as_str().unwrap().contains(LABEL), "{told}");
    refused(&served.enter(&entered(Some("111111"))).0, 409, "YC-0604");
    let (answer, approver) = served.enter(&entered(Some(PIN)));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let approve = format!("/documents/{id}/approve");
    approver.post(&approve, &json!({ "declare_read": false }));
    // A locked desk has logged out of the token.
    approver.post("/session/lock", &json!({}));
    let unlock = |entered: &Value| approver.ask("POST", "/session/unlock", Some(entered));
    refused(&unlock(&json!({ "password": PASSWORD })), 409, "YC-0604");
    assert_eq!(approver.ask("GET", "/work", None).status, 423);
    let both = json!({ "password": PASSWORD, "pin": PIN });
    assert_eq!(unlock(&both).status, 200);
    assert_eq!(approver.ask("GET", "/work", None).status, 200);

    // The custodian's own key is in the keystore, that of the seal on the token.
    let custodian = served.sign_in(desk.stage.sender(), "yz01");
    let me = custodian.get("/me");
    let kept = me["seals"].as_array().unwrap();
    let on_token = |seal: &&Value| seal["token"].as_str().is_some_and(|it| it.contains(LABEL));
    assert_eq!(kept.iter().filter(on_token).count(), 1, "{me}");
    assert!(kept.iter().any(|seal| seal["token"].is_null()), "{me}");
    // The approver has logged in to the token: that is not the custodian's PIN.
    refused(
        &seal(&custodian, &id, json!({ "password": PASSWORD })),
        409,
        "YC-0604",
    );
    refused(
        &seal(&custodian, &id, json!({ "pin": "111111" })),
        409,
        "YC-0604",
    );
    let back = desk.drawer.take_token_out();
    let answer = seal(&custodian, &id, json!({ "pin": PIN }));
    assert_eq!(answer.status, 409, "{}", answer.text());
    let code = answer.json()["code"].as_str().unwrap().to_owned();
    assert!(["YC-0602", "YC-0603"].contains(&code.as_str()), "{code}");
    back();
    assert_eq!(custodian.work(), ["seal"]);
    let answer = seal(&custodian, &id, json!({ "pin": PIN }));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let stage = &desk.stage;
    stage.json(stage.recipient(1), "js01", &["sign", &id]);
    stage.proves(stage.sender(), "fs01", &id);
}
