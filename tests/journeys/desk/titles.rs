//! Titles are kept for the account that opened them, and for as long as it may know them.

use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use yichuan_xtask::installation::fixture;

use super::{Browser, Served, draft, two_receivers};
use crate::stage::{Stage, contains, everything};

/// How long a desk may take to tell of what has come.
const PATIENCE: Duration = Duration::from_secs(20);
/// The title of the document that the stage dispatches.
const DISPATCHED: &str = "防火工作";

fn titles(listed: &Value) -> Vec<Option<&str>> {
    let items = listed["items"].as_array().unwrap().iter();
    items.map(|line| line["title"].as_str()).collect()
}

/// Waits until the one document that was received is listed without its title.
fn forgets(browser: &Browser<'_>) {
    let since = Instant::now();
    loop {
        let listed = browser.get("/registers/received");
        if titles(&listed) == [None] {
            return;
        }
        assert!(since.elapsed() < PATIENCE, "{listed}");
        sleep(Duration::from_millis(100));
    }
}

#[test]
fn titles_are_found_later_without_the_exchange_by_who_has_opened_them() {
    let mut stage = Stage::new("tcp");
    let sender = stage.sender().clone();
    let own = Served::of(&sender.home);
    let clerk = own.sign_in(&sender, "fs01");
    let file = clerk.upload(&fixture("notice.ofd"));
    for _ in 0..3 {
        let composed = clerk.post("/compose", &draft(&file, &["513201-zf"]));
        let id = composed["id"].as_str().unwrap();
        clerk.post(&format!("/outgoing/{id}/submit"), &json!({}));
    }
    let all = clerk.get("/registers/sent");
    let title = titles(&all)[0].unwrap().to_owned();
    assert_eq!(titles(&all), [Some(title.as_str()); 3]);
    assert_eq!((&all["total"], &all["untitled"]), (&json!(3), &json!(0)));
    assert_eq!(clerk.ask("DELETE", "/session", None).status, 204);
    let kept = everything(&sender.home.join("desk").join("kept"));
    assert!(!kept.is_empty() && !contains(&kept, &title));
    // Only now does somebody else sign in, who has opened none; then the exchange goes away.
    let head = own.sign_in(&sender, "sp01");
    stage.installation.stop().unwrap();
    let clerk = own.sign_in(&sender, "fs01");
    let sought = "/registers/sent?q=%E9%98%B2%E7%81%AB";
    let found = clerk.get(sought);
    assert_eq!(titles(&found), [Some(title.as_str()); 3], "{found}");
    assert_eq!(
        (&found["total"], &found["untitled"]),
        (&json!(3), &json!(0))
    );
    let found = head.get(sought);
    assert_eq!(
        (&found["total"], &found["untitled"]),
        (&json!(0), &json!(3))
    );
    assert_eq!(titles(&head.get("/registers/sent")), [None; 3]);
}

#[test]
fn g5_a_title_is_forgotten_when_the_document_is_assigned_to_others() {
    let mut stage = Stage::new("tcp");
    let (office, id, theirs) = two_receivers(&stage);
    let first = theirs.sign_in(&office, "js01");
    let second = theirs.sign_in(&office, "js02");
    first.post(&format!("/documents/{id}/fetch"), &json!({}));
    for browser in [&first, &second] {
        let listed = browser.get("/registers/received");
        assert!(
            titles(&listed)[0].is_some_and(|it| it.contains(DISPATCHED)),
            "{listed}"
        );
    }
    // Somebody who is away has the title on the shelf still.
    assert_eq!(second.ask("DELETE", "/session", None).status, 204);
    let named = json!({ "accounts": [format!("{}-js01", office.code)] });
    first.post(&format!("/documents/{id}/assign"), &named);
    assert!(titles(&first.get("/registers/received"))[0].is_some());
    // What this computer has heard of the document holds for that account, too.
    stage.installation.stop().unwrap();
    let second = theirs.sign_in(&office, "js02");
    assert_eq!(titles(&second.get("/registers/received")), [None]);
    stage.installation.start().unwrap();
    forgets(&second);
    // Signing in anew brings it back to the one, and not to the other.
    for (letters, knows) in [("js01", true), ("js02", false)] {
        let again = theirs.sign_in(&office, letters);
        let listed = again.get("/registers/received");
        assert_eq!(titles(&listed)[0].is_some(), knows, "{letters}: {listed}");
    }
}

#[test]
fn f8_the_title_of_a_document_that_is_graded_up_is_forgotten() {
    let mut stage = Stage::new("tcp");
    let office = stage.recipient(1).clone();
    let id = stage.dispatch(&fixture("notice.ofd"), office.code);
    let theirs = Served::of(&office.home);
    let clerk = theirs.sign_in(&office, "js01");
    clerk.post(&format!("/documents/{id}/fetch"), &json!({}));
    assert!(titles(&clerk.get("/registers/received"))[0].is_some());
    stage.json(
        stage.sender(),
        "fs01",
        &["recall", &id, "--reason", "level"],
    );
    forgets(&clerk);
    assert_eq!(clerk.ask("DELETE", "/session", None).status, 204);
    // Nor does what is kept on the computer know it any more.
    stage.installation.stop().unwrap();
    let again = theirs.sign_in(&office, "js01");
    assert_eq!(titles(&again.get("/registers/received")), [None]);
}
