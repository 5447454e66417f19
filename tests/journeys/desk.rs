//! The desk: the life of a document through the REST interface, as a browser would ask for it.

mod authority;
mod keys;
mod titles;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use yichuan_xtask::Office;
use yichuan_xtask::asking::{self, Answer, Request};
use yichuan_xtask::installation::{PASSWORD, fixture, text};

use crate::stage::{Stage, release};

/// A desk that is served to one home.
pub(crate) struct Served {
    child: Child,
    pub(crate) host: String,
}

impl Served {
    pub(crate) fn of(home: &Path) -> Self {
        Self::with(home, &[])
    }

    /// As [`Served::of`], with more arguments; the password stands on the standard input.
    pub(crate) fn with(home: &Path, more: &[&str]) -> Self {
        Self::told(home, &[&["--port", "0"], more].concat(), &[])
    }

    /// As [`Served::with`], with something in its environment, and without a port of its own.
    pub(crate) fn told(home: &Path, more: &[&str], environment: &[(&str, &Path)]) -> Self {
        let mut child = Command::new(release().join("yichuan"))
            .arg("--home")
            .arg(home)
            .args(["--json", "--password-fd", "0", "desk"])
            .args(more)
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        writeln!(stdin, "{PASSWORD}").unwrap();
        let mut line = String::new();
        let mut told = BufReader::new(child.stdout.take().unwrap());
        told.read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        let address = told["address"].as_str().unwrap();
        let host = address.split("://").last().unwrap().trim_end_matches('/');
        Self {
            host: host.to_owned(),
            child,
        }
    }

    /// Signs an account in.
    pub(crate) fn sign_in(&self, office: &Office, letters: &str) -> Browser<'_> {
        let account = format!("{}-{letters}", office.code);
        let entered = json!({ "account": account, "password": PASSWORD });
        let (answer, browser) = self.enter(&entered);
        assert_eq!(answer.status, 200, "{}", answer.text());
        browser
    }

    /// A browser in which nobody has signed in.
    pub(crate) const fn door(&self) -> Browser<'_> {
        Browser {
            desk: self,
            cookie: String::new(),
        }
    }

    /// Tries to sign in; the browser has the cookie where it was given one.
    pub(crate) fn enter(&self, entered: &Value) -> (Answer, Browser<'_>) {
        let mut browser = self.door();
        let answer = browser.ask("POST", "/session", Some(entered));
        if answer.status != 200 {
            return (answer, browser);
        }
        let set = answer.header("set-cookie").unwrap();
        for word in ["HttpOnly", "SameSite=Strict", "Path=/"] {
            assert!(set.contains(word), "{set}");
        }
        set.split(';')
            .next()
            .unwrap()
            .clone_into(&mut browser.cookie);
        (answer, browser)
    }
}

/// An office with a second account that receives, one document for it, and its desk.
pub(crate) fn two_receivers(stage: &Stage) -> (Office, String, Served) {
    let office = stage.recipient(1).clone();
    stage.open_accounts(&office, &[("js02", "receive", "p-zhou")]);
    let id = stage.dispatch(&fixture("notice.ofd"), office.code);
    let theirs = Served::of(&office.home);
    (office, id, theirs)
}

impl Drop for Served {
    fn drop(&mut self) {
        // The test has ended; the desk need not end well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A browser with its cookie.
pub(crate) struct Browser<'d> {
    desk: &'d Served,
    pub(crate) cookie: String,
}

impl Browser<'_> {
    fn send(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> Answer {
        let request = Request {
            method,
            path: &format!("/api/v1{path}"),
            head: &[
                ("X-Yichuan", "1"),
                ("Content-Type", kind),
                ("Cookie", &self.cookie),
            ],
            body,
        };
        asking::ask(&self.desk.host, &request).unwrap()
    }

    pub(crate) fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let body = body.map_or_else(|| b"{}".to_vec(), |body| body.to_string().into_bytes());
        let body = if method == "GET" { Vec::new() } else { body };
        self.send(method, path, "application/json", &body)
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        let answer = self.ask("GET", path, None);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Value {
        let answer = self.ask("POST", path, Some(body));
        assert!(answer.status < 300, "{path}: {}", answer.text());
        answer.json()
    }

    pub(crate) fn refused(&self, path: &str, body: &Value, status: u16) -> Value {
        let answer = self.ask("POST", path, Some(body));
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
        answer.json()
    }

    pub(crate) fn work(&self) -> Vec<String> {
        let work = self.get("/work");
        let items = work["items"].as_array().unwrap().iter();
        items
            .map(|item| item["kind"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Sends bytes that are no JSON.
    pub(crate) fn send_bytes(&self, path: &str, bytes: &[u8]) -> Answer {
        self.send("POST", path, "application/octet-stream", bytes)
    }

    pub(crate) fn upload(&self, file: &Path) -> Value {
        let name = file.file_name().unwrap().to_str().unwrap();
        let bytes = std::fs::read(file).unwrap();
        let path = format!("/files?name={name}");
        let answer = self.send("POST", &path, "application/octet-stream", &bytes);
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()
    }
}

/// What a clerk enters.
fn draft(file: &Value, to: &[&str]) -> Value {
    json!({
        "to": to,
        "level": "internal",
        "urgency": "urgent",
        "kind": "notice",
        "title": "关于做好秋冬季森林防火工作的通知",
        "take_number": "云政办发",
        "files": [file["id"]],
    })
}

#[test]
#[expect(clippy::too_many_lines, reason = "one life, from beginning to end")]
fn a_document_lives_its_whole_life_at_the_desk() {
    let mut stage = Stage::new("tcp");
    let sender = stage.sender().clone();
    let recipient = stage.recipient(1).clone();
    let own = Served::of(&sender.home);
    let clerk = own.sign_in(&sender, "fs01");
    let file = clerk.upload(&fixture("notice.ofd"));
    assert_eq!(file["inspection"]["readable"], true);
    let entered = draft(&file, &["513201-zf", "513201-zf", "513202-zf"]);
    let checked = clerk.post("/compose/check", &entered);
    assert_eq!(checked["errors"], json!([]), "{checked}");
    assert_eq!(
        checked["to"].as_array().unwrap().len(),
        2,
        "named twice, sent once"
    );
    let draft = clerk.post("/drafts", &entered);
    let draft = format!("/drafts/{}", draft["id"].as_str().unwrap());
    assert_eq!(clerk.get(&draft)["draft"]["title"], entered["title"]);
    assert_eq!(clerk.get(&draft)["missing_files"], json!([]));
    let composed = clerk.post("/compose", &entered);
    let id = composed["id"].as_str().unwrap().to_owned();
    let path = |rest: &str| format!("/documents/{id}{rest}");
    assert!(clerk.work().contains(&"outgoing".to_owned()));
    clerk.post(&format!("/outgoing/{id}/submit"), &json!({}));

    // Four eyes: the clerk cannot approve, whatever the browser asks.
    let status = clerk
        .ask("POST", &path("/approve"), Some(&json!({})))
        .status;
    assert!((400..500).contains(&status), "{status}");
    let head = own.sign_in(&sender, "sp01");
    assert_eq!(head.work(), ["approve"]);
    let seen = head.ask("GET", &path("/parts/0"), None);
    assert_eq!(seen.body, std::fs::read(fixture("notice.ofd")).unwrap());
    assert!(
        seen.header("content-disposition")
            .unwrap()
            .starts_with("attachment")
    );
    head.post(&path("/approve"), &json!({ "declare_read": false }));
    let custodian = own.sign_in(&sender, "yz01");
    assert_eq!(custodian.work(), ["seal"]);
    // Nobody seals by having sat down at a desk that another left open.
    for (entered, code) in [
        (json!({}), "secret-needed"),
        (json!({ "password": "Not-this-one-1" }), "wrong-password"),
        (json!({ "pin": "246813" }), "wrong-password"),
    ] {
        let answer = custodian.ask("POST", &path("/seal"), Some(&entered));
        assert_eq!(answer.status, 403, "{}", answer.text());
        assert_eq!(answer.json()["code"], code);
    }
    assert_eq!(custodian.work(), ["seal"]);
    custodian.post(&path("/seal"), &json!({ "password": PASSWORD }));

    let theirs = Served::of(&recipient.home);
    let receiver = theirs.sign_in(&recipient, "js01");
    assert_eq!(receiver.work(), ["sign"]);
    assert_eq!(
        receiver.ask("GET", &path("/received"), None).status,
        404,
        "not fetched"
    );
    let received = receiver.post(&path("/fetch"), &json!({}));
    assert_eq!(received["may_sign"], true, "{received}");
    assert_eq!(received["lines"].as_array().unwrap().len(), 3);
    receiver.post(&path("/sign"), &json!({}));
    let registered = receiver.post(&path("/register"), &json!({}));
    let written = registered["written"].as_str().unwrap();
    let export = receiver.ask("GET", "/registers/received/export", None);
    assert!(export.text().contains(written), "{}", export.text());

    let shown = clerk.get(&path(""));
    let states: Vec<&Value> = shown["deliveries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|delivery| &delivery["state"]["code"])
        .collect();
    assert_eq!(states, ["signed-for", "announced"]);
    clerk.post(&path("/inquire"), &json!({}));
    let recalled = json!({ "units": ["513202-zf"], "reason": 2 });
    let recalled = clerk.post(&path("/recall"), &recalled);
    assert_eq!(recalled["clean"][0]["code"], "513202-zf");
    stage.proves(&sender, "fs01", &id);

    // Without the exchange the copies on this computer are read, and nothing is claimed as done.
    stage.installation.stop().unwrap();
    let problem = clerk.refused(&path("/inquire"), &json!({}), 503);
    assert_eq!(problem["code"], "away");
    assert_eq!(clerk.get("/state")["exchange"], "away");
    assert_eq!(clerk.get("/documents")["items"][0]["id"], id.as_str());
}

#[test]
fn g4_a_locked_desk_opens_with_the_password_alone() {
    let stage = Stage::new("tcp");
    let sender = stage.sender().clone();
    let own = Served::of(&sender.home);
    let mut clerk = own.sign_in(&sender, "fs01");
    let first = clerk.cookie.clone();
    clerk.post("/session/lock", &json!({}));
    for path in ["/work", "/documents", "/me", "/drafts", "/files"] {
        let answer = clerk.ask("GET", path, None);
        assert_eq!(answer.status, 423, "{path}: {}", answer.text());
    }
    let wrong = clerk.refused("/session/unlock", &json!({ "password": "x" }), 401);
    assert_eq!(wrong["code"], "wrong-password");
    clerk.post("/session/unlock", &json!({ "password": PASSWORD }));
    clerk.get("/work");
    // Whoever signs in gets a ticket of their own, and the one they had is worth nothing more.
    let account = format!("{}-fs01", sender.code);
    let entered = json!({ "account": account, "password": PASSWORD });
    let again = clerk.ask("POST", "/session", Some(&entered));
    let second = again
        .header("set-cookie")
        .unwrap()
        .split(';')
        .next()
        .unwrap();
    assert_ne!(second, first);
    assert_eq!(
        clerk.ask("GET", "/me", None).status,
        401,
        "the first ticket"
    );
    clerk.cookie = second.to_owned();
    clerk.get("/me");
    assert_eq!(clerk.ask("DELETE", "/session", None).status, 204);
    assert_eq!(clerk.ask("GET", "/me", None).status, 401, "signed out");
}

#[test]
fn f1_nothing_above_the_ceiling_is_composed_at_the_desk() {
    let stage = Stage::new("tcp");
    let sender = stage.sender().clone();
    let own = Served::of(&sender.home);
    let clerk = own.sign_in(&sender, "fs01");
    let file = clerk.upload(&fixture("notice.ofd"));
    for level in ["confidential", "top-secret", "机密", "绝密", "secret!", ""] {
        let mut entered = draft(&file, &["513201-zf"]);
        entered["level"] = json!(level);
        clerk.refused("/compose", &entered, 422);
        let checked = clerk.post("/compose/check", &entered);
        assert_ne!(checked["errors"], json!([]), "{level}");
    }
    assert_eq!(clerk.get("/outgoing")["items"], json!([]));
    assert_eq!(
        clerk.get("/numbers")["items"],
        json!([]),
        "no number was spent on it"
    );
}

#[test]
fn e6_printing_at_the_desk_waits_for_the_head() {
    let stage = Stage::new("tcp");
    let office = stage.recipient(1).clone();
    stage.open_accounts(&office, &[("sp01", "approve", "p-zhou")]);
    let (meta, file) = (fixture("notice.json"), fixture("notice.ofd"));
    let compose = [
        "compose",
        "--meta",
        text(&meta).unwrap(),
        "--to",
        office.code,
    ];
    let quota = ["--print-quota", "2", text(&file).unwrap()];
    let composed = stage.json(stage.sender(), "fs01", &[&compose[..], &quota].concat());
    let id = composed["id"].as_str().unwrap().to_owned();
    for (account, command) in [("fs01", "submit"), ("sp01", "approve"), ("yz01", "seal")] {
        stage.json(stage.sender(), account, &[command, &id]);
    }
    let theirs = Served::of(&office.home);
    let clerk = theirs.sign_in(&office, "js01");
    clerk.post(&format!("/documents/{id}/fetch"), &json!({}));
    clerk.post(&format!("/documents/{id}/sign"), &json!({}));
    let wish = json!({ "permit": "print-originals", "copies": 2, "reason": 1 });
    let asking = format!("/documents/{id}/permissions");
    let mut wordless = wish.clone();
    wordless["reason"] = json!(99);
    clerk.refused(&asking, &wordless, 422);
    for copies in [json!(0), json!(1_000), Value::Null] {
        let mut wrong = wish.clone();
        wrong["copies"] = copies;
        clerk.refused(&asking, &wrong, 422);
    }
    let asked = clerk.post(&asking, &wish);
    let print = format!("/permissions/{}/print", asked["index"]);
    // Nothing is printed before the head has said so, and the clerk is not the head.
    let early = clerk.ask("POST", &print, Some(&json!({})));
    assert_eq!(early.json()["code"], "YC-0407", "{}", early.text());
    let decide = format!("/permissions/{}/decide", asked["index"]);
    let own = clerk.ask("POST", &decide, Some(&json!({ "granted": true })));
    assert!((400..500).contains(&own.status), "{}", own.text());
    let head = theirs.sign_in(&office, "sp01");
    assert_eq!(head.work(), ["permission"]);
    head.post(&decide, &json!({ "granted": true }));
    assert_eq!(head.work(), Vec::<String>::new());
    assert_eq!(clerk.work(), ["granted"]);
    let printed = clerk.ask("POST", &print, Some(&json!({})));
    assert!(printed.body.starts_with(b"%PDF-"), "{}", printed.status);
    let disposition = printed.header("content-disposition").unwrap();
    assert!(disposition.starts_with("attachment"), "{disposition}");
    // Consent to print is none to delete, done or not.
    let delete = format!("/permissions/{}/delete", asked["index"]);
    clerk.refused(&delete, &json!({}), 422);
    clerk.get(&format!("/documents/{id}/received"));
    let listed = clerk.get(&format!("/permissions?document={id}"));
    let row = &listed["items"][0];
    assert_eq!(row["standing"]["code"], "done");
    assert_eq!(row["numbers"], "000001–000002", "{row}");
    // The code that is on the paper, looked up by the sender at its own desk.
    let listed = stage.json(&office, "js01", &["print", "list", &id]);
    let code = format!("YC1.{id}.000001.{}", listed[0]["copies"]["index"]);
    let own = Served::of(&stage.sender().home);
    let sender = own.sign_in(stage.sender(), "fs01");
    sender.get("/work");
    let found = sender.post("/copies/resolve", &json!({ "code": code }));
    assert_eq!(found["found"], "genuine", "{code}: {found}");
    assert_eq!(found["unit"]["code"], office.code);
    let forged = code.replace(".000001.", ".000009.");
    let found = sender.post("/copies/resolve", &json!({ "code": forged }));
    assert_ne!(found["found"], "genuine", "{forged}");
    sender.refused("/copies/resolve", &json!({ "code": "YC1.<b>.1.1" }), 422);
}
