//! OA systems at the desk: the example client in Python against the real programs, and what a token
//! is not good for.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};
use yichuan_xtask::Office;
use yichuan_xtask::installation::{PASSWORD, fixture, text};

use crate::desk::{Browser, Served};
use crate::stage::{Stage, contains, everything};

/// An OA system with its token, on the computer of the desk that it asks.
struct OaSystem<'d> {
    desk: &'d Served,
    token: String,
    id: String,
    folder: tempfile::TempDir,
}

fn client() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/using/oa_client.py")
}

fn private(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

fn python() -> Command {
    let mut command = Command::new("python3");
    command.env("PYTHONDONTWRITEBYTECODE", "1").arg(client());
    command
}

fn new_token(system: &str, acts: &[&str]) -> Value {
    json!({ "system": system, "acts": acts, "days": 30, "password": PASSWORD })
}

impl<'d> OaSystem<'d> {
    /// Has the account of a browser issue a token.
    fn of(desk: &'d Served, browser: &Browser<'_>, system: &str, acts: &[&str]) -> Self {
        let given = browser.post("/oa/tokens", &new_token(system, acts));
        Self::with(desk, &given)
    }

    fn with(desk: &'d Served, given: &Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let token = given["token"].as_str().unwrap().to_owned();
        private(&folder.path().join("oa.token"), &format!("{token}\n"));
        Self {
            desk,
            id: given["id"].as_str().unwrap().to_owned(),
            token,
            folder,
        }
    }

    /// Runs the client.
    fn runs(&self, arguments: &[&str]) -> (i32, String, String) {
        let address = format!("http://{}", self.desk.host);
        let said = python()
            .args(["--desk", &address, "--patience", "2", "--token-file"])
            .arg(self.folder.path().join("oa.token"))
            .args(arguments)
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let code = said.status.code().unwrap();
        (code, text(said.stdout), text(said.stderr))
    }

    fn does(&self, arguments: &[&str]) -> Value {
        let (code, out, err) = self.runs(arguments);
        assert_eq!(code, 0, "{arguments:?}: {out}{err}");
        serde_json::from_str(&out).unwrap()
    }

    /// Asks without the client.
    fn asks(&self, method: &str, path: &str, body: &[u8], more: &str) -> (u16, Value) {
        let kind = if path.starts_with("/files") {
            "application/octet-stream"
        } else {
            "application/json"
        };
        let head = format!(
            "{method} /api/v1{path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
             Authorization: Bearer {}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n{more}\r\n",
            self.desk.host,
            self.token,
            body.len(),
        );
        let mut stream = TcpStream::connect(&self.desk.host).unwrap();
        let wait = Some(Duration::from_secs(60));
        stream.set_read_timeout(wait).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        // Whoever is refused before it has said all may find the connection closed.
        let _ = stream.write_all(body);
        let mut all = Vec::new();
        let _ = stream.read_to_end(&mut all);
        let all = String::from_utf8_lossy(&all).into_owned();
        let (head, body) = all.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or_default())
    }

    fn refused(&self, method: &str, path: &str, body: &Value, status: u16, code: &str) {
        let (found, problem) = self.asks(method, path, body.to_string().as_bytes(), "");
        assert_eq!(found, status, "{method} {path}: {problem}");
        assert_eq!(problem["code"], code, "{method} {path}");
    }
}

/// The OA system's listener for events: the client's own.
struct Listener {
    child: Child,
    port: u64,
    told: mpsc::Receiver<Value>,
    key: PathBuf,
    _folder: tempfile::TempDir,
}

impl Listener {
    fn refusing(count: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("hook.key");
        let mut child = python()
            .args(["listen", "--port", "0", "--refuse", &count.to_string()])
            .arg("--key-file")
            .arg(&key)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (sender, told) = mpsc::channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                // The test may have ended.
                let _ = sender.send(serde_json::from_str(&line).unwrap_or_default());
            }
        });
        let mut listener = Self {
            child,
            port: 0,
            told,
            key,
            _folder: folder,
        };
        listener.port = listener.next()["listening"].as_u64().unwrap();
        listener
    }

    fn next(&self) -> Value {
        self.told.recv_timeout(Duration::from_secs(40)).unwrap()
    }

    /// Posts an event that somebody else made up.
    fn forged(&self, signature: &str, body: &str) -> u16 {
        let mut stream =
            TcpStream::connect(("127.0.0.1", u16::try_from(self.port).unwrap())).unwrap();
        let head = format!(
            "POST /yichuan HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
             Yichuan-Signature: {signature}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // The test has ended; the listener need not end well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What an OA system enters.
fn draft(folder: &Path) -> PathBuf {
    let path = folder.join("draft.json");
    let draft = json!({
        "to": ["513201-zf"],
        "level": "internal",
        "urgency": "urgent",
        "kind": "notice",
        "title": "关于做好秋冬季森林防火工作的通知",
        "take_number": "云政办发",
    });
    fs::write(&path, draft.to_string()).unwrap();
    path
}

fn submits(oa: &OaSystem<'_>) -> String {
    let (draft, file) = (draft(oa.folder.path()), fixture("notice.ofd"));
    let done = oa.does(&["submit", text(&draft).unwrap(), text(&file).unwrap()]);
    done["id"].as_str().unwrap().to_owned()
}

fn own_number(listed: &Value, id: &str) -> Value {
    let lines = listed.as_array().unwrap().iter();
    let mut lines = lines.filter(|line| line["id"] == id);
    lines.next().unwrap()["own_number"].clone()
}

/// Tells an OA system of what happens; a first event is refused and comes again.
fn is_told(browser: &Browser<'_>, listener: &Listener) {
    let hook = json!({
        "url": format!("http://127.0.0.1:{}/yichuan", listener.port),
        "events": ["arrived"],
        "password": PASSWORD,
    });
    let answer = browser.ask("PUT", "/oa/hooks/oa", Some(&hook));
    assert_eq!(answer.status, 200, "{}", answer.text());
    private(&listener.key, answer.json()["key"].as_str().unwrap());
    let listed = browser.get("/oa/hooks");
    assert_eq!(listed["items"][0]["url"], hook["url"]);
    assert!(
        !listed
            .to_string()
            .contains(answer.json()["key"].as_str().unwrap())
    );
    let tried = browser.post("/oa/hooks/oa/try", &json!({}));
    assert_eq!(tried["delivered"], false, "{tried}");
    assert_eq!(tried["failed"], "status 503");
    assert_eq!(listener.next()["refused"], true);
}

#[test]
#[expect(clippy::too_many_lines, reason = "one life, from beginning to end")]
fn an_oa_system_submits_and_another_fetches_what_people_approved_and_sealed() {
    let stage = Stage::new("tcp");
    let sender = stage.sender().clone();
    let recipient = stage.recipient(1).clone();
    let own = Served::of(&sender.home);
    let clerk = own.sign_in(&sender, "fs01");
    let oa = OaSystem::of(
        &own,
        &clerk,
        "综合办公系统",
        &["submit", "state", "register"],
    );
    assert_eq!(oa.does(&["self"])["state"], "good");

    // The recipient's OA system is told of what comes, and the first telling fails.
    let theirs = Served::of(&recipient.home);
    let receiver = theirs.sign_in(&recipient, "js01");
    let fetching = OaSystem::of(
        &theirs,
        &receiver,
        "县政府 OA",
        &["fetch", "sign", "register"],
    );
    let listener = Listener::refusing(2);
    is_told(&receiver, &listener);

    let id = submits(&oa);
    let seen = oa.does(&["state", &id]);
    assert_eq!(seen["stage"]["code"], "submitted");
    // It waits for people: no token approves or seals.
    for path in ["approve", "seal", "withdraw", "recall", "refuse", "inquire"] {
        let path = format!("/documents/{id}/{path}");
        oa.refused("POST", &path, &json!({}), 403, "YC-0803");
    }
    stage.json(&sender, "sp01", &["approve", &id]);
    stage.json(&sender, "yz01", &["seal", &id]);
    let seen = oa.does(&["wait", &id, "--stage", "dispatched"]);
    assert_eq!(seen["stage"]["code"], "dispatched");
    assert_eq!(seen["deliveries"][0]["state"]["code"], "announced");

    let first = listener.next();
    assert_eq!(
        (&first["verified"], &first["refused"]),
        (&json!(true), &json!(true))
    );
    let again = listener.next();
    assert_eq!(again["verified"], true, "after five seconds, signed anew");
    assert_eq!(again["event"]["event"], "arrived");
    assert_eq!(again["event"]["document"], id.as_str());
    let made_up = json!({ "id": "1-arrived", "event": "arrived" }).to_string();
    for signature in [
        "",
        "t=1,v1=00",
        &format!("t={},v1={}", u64::MAX, "0".repeat(64)),
    ] {
        assert_eq!(listener.forged(signature, &made_up), 401, "{signature}");
        assert_eq!(listener.next()["verified"], false);
    }

    let received = fetching.does(&["received"]);
    assert_eq!(received[0]["id"], id.as_str());
    let files = fetching.folder.path().join("files");
    let fetched = fetching.does(&["fetch", &id, text(&files).unwrap()]);
    assert_eq!(fetched["may_sign"], true, "{fetched}");
    assert_eq!(
        fs::read(files.join("notice.ofd")).unwrap(),
        fs::read(fixture("notice.ofd")).unwrap()
    );
    fetching.does(&["sign", &id]);
    fetching.does(&["register-number", &id, "办文〔2026〕0122"]);
    fetching.does(&["register-number", &id, "办文〔2026〕0123"]);
    oa.does(&["register-number", &id, "发文〔2026〕7"]);
    assert_eq!(
        oa.does(&["state", &id])["deliveries"][0]["state"]["code"],
        "signed-for"
    );

    // The numbers stand in the registers, at the desk, in the export and on the command line.
    let shown = receiver.get("/registers/received");
    assert_eq!(
        own_number(&shown["items"], &id),
        "办文〔2026〕0123",
        "the last one"
    );
    let export = receiver.ask("GET", "/registers/received/export", None);
    assert!(
        export.text().contains("办文〔2026〕0123"),
        "{}",
        export.text()
    );
    assert!(export.text().contains("登记号"));
    let inbox = stage.json(&recipient, "js01", &["inbox"]);
    assert_eq!(own_number(&inbox, &id), "办文〔2026〕0123");
    // A copy here that was damaged is asked for again.
    for copy in fs::read_dir(recipient.home.join("notes")).unwrap() {
        fs::write(copy.unwrap().path(), b"damaged").unwrap();
    }
    let inbox = stage.json(&recipient, "js01", &["inbox"]);
    assert_eq!(own_number(&inbox, &id), "办文〔2026〕0123");
    let outbox = stage.json(&sender, "fs01", &["outbox"]);
    assert_eq!(own_number(&outbox, &id), "发文〔2026〕7");

    is_written_down(&stage, &own, &oa, &id);
    // Revoked on the command line, it is worth nothing at the desk that runs.
    let revoked = stage.json(&sender, "fs01", &["oa", "token", "revoke", &oa.id]);
    assert_eq!(revoked["revoked"], true);
    let (code, _, err) = oa.runs(&["state", &id]);
    assert_eq!(code, 4, "{err}");
    assert!(err.contains("YC-0801"), "{err}");
    let history = stage.json(&sender, "gl01", &["oa", "history"]);
    let told: Vec<&str> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["text"].as_str().unwrap())
        .collect();
    assert!(
        told[0].starts_with("签发 issued") && told[0].contains("综合办公系统"),
        "{told:?}"
    );
    assert!(
        told[1].starts_with("吊销 revoked") && told[1].contains(&oa.id),
        "{told:?}"
    );
    stage.proves(&sender, "fs01", &id);
}

/// What was done with a token stands in the log, for its account and the unit's manager.
fn is_written_down(stage: &Stage, own: &Served, oa: &OaSystem<'_>, id: &str) {
    let sender = stage.sender();
    for (letters, sees) in [("fs01", true), ("gl01", true), ("sp01", false)] {
        let browser = own.sign_in(sender, letters);
        let lines = browser.get("/oa/log?limit=200");
        let lines = lines["items"].as_array().unwrap();
        let of_note = lines.iter().find(|line| {
            line["operation"] == "POST /documents/{id}/notes" && line["what"] == "answered"
        });
        assert_eq!(of_note.is_some(), sees, "{letters}: {lines:?}");
        if let Some(line) = of_note {
            assert_eq!(line["system"], "综合办公系统");
            assert_eq!(line["document"], id);
            assert_eq!(line["outcome"], "200");
        }
        let refused = lines.iter().filter(|line| line["outcome"] == "YC-0803");
        assert_eq!(refused.count() > 0, sees, "{letters}");
    }
    let lines = stage.json(sender, "fs01", &["oa", "log", "--count", "500"]);
    assert!(
        lines
            .as_array()
            .unwrap()
            .iter()
            .any(|line| line["what"] == "issued")
    );
    let kept = everything(&sender.home);
    assert!(
        !contains(&kept, &oa.token["yc-oa-".len()..]),
        "the token is on the disk"
    );
    let logged = fs::read(sender.home.join("oa/log/lines")).unwrap();
    assert!(!contains(&logged, "森林防火"), "a title in the log");
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one table of refusals after the other"
)]
fn g5_a_token_does_no_more_than_it_says_and_sees_its_own() {
    let stage = Stage::new("tcp");
    let sender = stage.sender().clone();
    stage.open_accounts(&sender, &[("fs02", "send", "p-qian")]);
    let own = Served::of(&sender.home);
    let (first, second) = (own.sign_in(&sender, "fs01"), own.sign_in(&sender, "fs02"));
    // Nobody gives what he has not, and nobody gives without the password.
    for (entered, status, code) in [
        (new_token("OA", &["approve"]), 422, "bad-request"),
        (new_token("OA", &["seal"]), 422, "bad-request"),
        (new_token("OA", &["submit", "fetch"]), 422, "bad-request"),
        (new_token("OA", &[]), 422, "bad-request"),
        (
            new_token("O\r\nSet-Cookie: A=1", &["submit"]),
            422,
            "bad-request",
        ),
        (new_token("O\u{202e}A", &["submit"]), 422, "bad-request"),
        (
            json!({ "system": "OA", "acts": ["submit"], "days": 400, "password": PASSWORD }),
            422,
            "bad-request",
        ),
        (
            json!({ "system": "OA", "acts": ["submit"], "days": 1, "password": "wrong" }),
            401,
            "wrong-password",
        ),
    ] {
        let problem = first.refused("/oa/tokens", &entered, status);
        assert_eq!(problem["code"], code, "{entered}");
    }
    let head = own.sign_in(&sender, "sp01");
    head.refused("/oa/tokens", &new_token("OA", &["submit"]), 422);
    assert_eq!(first.get("/oa")["tokens"], json!([]));
    assert_eq!(
        first.get("/oa")["open"],
        false,
        "what was refused opened nothing"
    );

    let all = ["submit", "state", "register"];
    let one = OaSystem::of(&own, &first, "一号系统", &all);
    let narrow = OaSystem::of(&own, &first, "三号系统", &["state"]);
    let two = OaSystem::of(&own, &second, "二号系统", &all);
    let id = submits(&one);
    // The documents of another account are not there.
    let note = json!({ "kind": "register", "text": "1" });
    for (method, path) in [
        ("GET", format!("/documents/{id}")),
        ("GET", format!("/documents/{id}/history")),
        ("POST", format!("/documents/{id}/notes")),
        ("POST", format!("/outgoing/{id}/submit")),
    ] {
        two.refused(method, &path, &note, 404, "not-found");
    }
    let (_, seen) = two.asks("GET", "/documents", b"", "");
    assert_eq!(seen["items"], json!([]));
    let (_, seen) = narrow.asks("GET", "/documents", b"", "");
    assert_eq!(seen["items"][0]["id"], id.as_str(), "the same account's");
    narrow.refused("POST", "/compose", &json!({}), 403, "YC-0803");
    narrow.refused(
        "POST",
        &format!("/documents/{id}/notes"),
        &note,
        403,
        "YC-0803",
    );
    // Nor are files of another token, or what another account has closed.
    let (status, file) = one.asks(
        "POST",
        "/files?name=a.ofd",
        &fs::read(fixture("notice.ofd")).unwrap(),
        "",
    );
    assert_eq!(status, 201, "{file}");
    let file = format!("/files/{}", file["id"].as_str().unwrap());
    let third = OaSystem::of(&own, &first, "四号系统", &all);
    for other in [&two, &third] {
        other.refused("GET", &file, &json!({}), 404, "not-found");
        other.refused("DELETE", &file, &json!({}), 404, "not-found");
    }
    let closed = stage.compose(&fixture("notice.ofd"), "513201-zf");
    two.refused(
        "POST",
        &format!("/outgoing/{closed}/submit"),
        &json!({}),
        404,
        "not-found",
    );
    two.refused(
        "DELETE",
        &format!("/outgoing/{closed}"),
        &json!({}),
        404,
        "not-found",
    );
    assert_eq!(
        second
            .ask("POST", &format!("/outgoing/{closed}/submit"), None)
            .status,
        404
    );
    // A number is one line, an opinion is a person's, and names break nothing.
    let notes = format!("/documents/{id}/notes");
    one.refused(
        "POST",
        &notes,
        &json!({ "kind": "opinion", "text": "同意" }),
        403,
        "YC-0803",
    );
    let long = "号".repeat(65);
    for bad in ["", " ", "a\nb", "a\r\nX: y", "a\u{0}", "1\u{202e}2", &long] {
        one.refused(
            "POST",
            &notes,
            &json!({ "kind": "register", "text": bad }),
            422,
            "bad-request",
        );
    }
    for name in [
        "a%0d%0aX:%20y.ofd",
        "..%2f..%2fx.ofd",
        "a%00.ofd",
        "%e2%80%aefdo.exe",
        "",
        "CON",
    ] {
        let (status, problem) = one.asks("POST", &format!("/files?name={name}"), b"x", "");
        assert_eq!(status, 422, "{name}: {problem}");
    }
    let large = vec![b' '; 2 << 20];
    assert_eq!(one.asks("POST", "/compose", &large, "").0, 413);
    for more in [
        "Cookie: a=1\r\n",
        "Origin: http://127.0.0.1\r\n",
        "Sec-Fetch-Site: none\r\n",
    ] {
        let (status, problem) = one.asks("GET", "/documents", b"", more);
        assert_eq!(
            (status, problem["code"].as_str()),
            (403, Some("YC-0805")),
            "{more}"
        );
    }
    let path = format!("/documents?token={}", one.token);
    assert_eq!(one.asks("GET", &path, b"", "").0, 403);
    // A manager takes tokens of the unit away; a stranger to them does not.
    assert_eq!(
        second
            .ask("DELETE", &format!("/oa/tokens/{}", one.id), None)
            .status,
        404
    );
    let manager = own.sign_in(&sender, "gl01");
    assert_eq!(manager.get("/oa")["tokens"].as_array().unwrap().len(), 4);
    assert_eq!(
        manager
            .ask("DELETE", &format!("/oa/tokens/{}", one.id), None)
            .status,
        204
    );
    one.refused("GET", "/documents", &json!({}), 401, "YC-0801");
    third.does(&["self"]);
}

/// A record that was made wider on the disk.
fn forge(office: &Office) -> PathBuf {
    let folder = office.home.join("oa/tokens");
    let record = fs::read_dir(folder)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let mut bytes = fs::read(&record).unwrap();
    let at = bytes.windows(5).position(|five| five == b"state").unwrap();
    bytes[at..at + 5].copy_from_slice(b"fetch");
    fs::write(&record, bytes).unwrap();
    record
}

#[test]
fn g5_a_token_needs_its_seat_and_its_record_at_every_desk() {
    let stage = Stage::new("tcp");
    let sender = stage.sender().clone();
    let account = format!("{}-fs01", sender.code);
    let given = stage.json(
        &sender,
        "fs01",
        &[
            "oa",
            "token",
            "new",
            "--system",
            "综合办公系统",
            "--acts",
            "state",
            "--days",
            "7",
        ],
    );
    let own = Served::of(&sender.home);
    let oa = OaSystem::with(&own, &given);
    // A desk that was started has no key for anybody.
    oa.refused("GET", "/documents", &json!({}), 503, "YC-0804");
    let (code, _, err) = oa.runs(&["self"]);
    assert_eq!(code, 3, "{err}");
    let clerk = own.sign_in(&sender, "fs01");
    oa.refused("GET", "/documents", &json!({}), 503, "YC-0804");
    clerk.refused("/oa/open", &json!({ "password": "wrong" }), 401);
    oa.refused("GET", "/documents", &json!({}), 503, "YC-0804");
    assert_eq!(
        clerk
            .ask("POST", "/oa/open", Some(&json!({ "password": PASSWORD })))
            .status,
        204
    );
    assert_eq!(oa.does(&["self"])["account"], account.as_str());
    // The clerk goes home; the OA system is served on.
    assert_eq!(clerk.ask("DELETE", "/session", None).status, 204);
    oa.does(&["self"]);
    // What cannot be written down is not done.
    let (log, away) = (sender.home.join("oa/log"), sender.home.join("oa/away"));
    fs::rename(&log, &away).unwrap();
    fs::write(&log, b"no folder").unwrap();
    let (status, problem) = oa.asks("GET", "/documents", b"", "");
    assert!(status >= 400 && problem.get("items").is_none(), "{problem}");
    fs::remove_file(&log).unwrap();
    fs::rename(&away, &log).unwrap();
    assert_eq!(oa.asks("GET", "/documents", b"", "").0, 200);
    // A second desk of this home is opened by its start.
    let other = Served::with(&sender.home, &["--oa", &account]);
    let there = OaSystem::with(&other, &given);
    there.does(&["self"]);
    let record = forge(&sender);
    for desk in [&oa, &there] {
        desk.refused("GET", "/documents", &json!({}), 401, "YC-0801");
    }
    fs::remove_file(record).unwrap();
    for desk in [&oa, &there] {
        desk.refused("GET", "/oa/self", &json!({}), 401, "YC-0801");
    }
    // Without a token there is nothing to be open for: the keys are wiped by themselves.
    let clerk = own.sign_in(&sender, "fs01");
    let closed = (0..40).any(|_| {
        std::thread::sleep(Duration::from_millis(500));
        clerk.get("/oa")["open"] == false
    });
    assert!(closed, "the seat stayed open");
}

#[test]
fn g4_a_password_that_is_changed_is_changed_for_oa_systems_too() {
    let mut stage = Stage::new("tcp");
    let sender = stage.sender().clone();
    let account = format!("{}-fs01", sender.code);
    let given = stage.json(
        &sender,
        "fs01",
        &["oa", "token", "new", "--system", "OA", "--acts", "state"],
    );
    let other = Served::with(&sender.home, &["--oa", &account]);
    let there = OaSystem::with(&other, &given);
    assert_eq!(there.asks("GET", "/documents", b"", "").0, 200);
    let own = Served::with(&sender.home, &["--oa", &account]);
    let oa = OaSystem::with(&own, &given);
    assert_eq!(oa.asks("GET", "/documents", b"", "").0, 200);
    let clerk = own.sign_in(&sender, "fs01");
    let changed = json!({ "old": PASSWORD, "new": "Other-case-2" });
    let answer = clerk.ask("POST", "/session/password", Some(&changed));
    assert_eq!(answer.status, 204, "{}", answer.text());
    // At the desk where it was changed they are served on, also by an exchange that was away;
    // elsewhere somebody has to come.
    stage.crash();
    assert_eq!(oa.does(&["self"])["state"], "good");
    let refused = (0..100).find_map(|_| {
        let (status, problem) = there.asks("GET", "/documents", b"", "");
        // Until it is found that the exchange was away, what was seen is told.
        (status != 200).then(|| problem["code"].clone())
    });
    assert_eq!(refused, Some(json!("YC-0212")));
    there.refused("GET", "/documents", &json!({}), 503, "YC-0804");
    assert_eq!(oa.asks("GET", "/documents", b"", "").0, 200);
    let (code, said) = stage.refused(&sender, "fs01", &["desk", "--port", "0", "--oa", &account]);
    assert_ne!(code, 0, "{said}");
}
