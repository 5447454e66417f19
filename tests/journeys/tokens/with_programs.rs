//! An office whose approver and whose seal sign with a token, through the real programs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use yichuan_xtask::installation::{PASSWORD, fixture, text};
use yichuan_xtask::programs::Said;

use super::locking;
use super::softhsm::{Drawer, LABEL, PIN, library};
use crate::stage::{Agent, Stage};

pub(super) const APPROVER: &str = "sp02";
pub(super) const SEAL: &str = "513200-zfb-seal02";

/// An installation and a drawer of tokens that its programs know of.
pub(super) struct Desk {
    pub(super) stage: Stage,
    pub(super) drawer: Drawer,
    folder: TempDir,
}

impl Desk {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let drawer = Drawer::at(folder.path());
        drawer.prepare();
        let mut stage = Stage::new("tcp");
        let programs = stage.installation.programs.clone();
        let told = programs.told("SOFTHSM2_CONF", drawer.configuration());
        stage.installation.programs = told;
        Self {
            stage,
            drawer,
            folder,
        }
    }

    pub(super) fn home(&self) -> &Path {
        &self.stage.sender().home
    }

    /// The ticket of a second approver.
    fn ticket(&self) -> String {
        let plan = self.folder.path().join("plan.toml");
        let account = format!("513200-zfb-{APPROVER}");
        let device = "513200-zfb-pc01";
        let told = format!(
            "[[account]]\nid = \"{account}\"\nperson = \"p-qian\"\npost = \"approve\"\n\
             roles = [\"approve\"]\ndevices = [\"{device}\"]\n\
             [[ticket]]\naccount = \"{account}\"\ndevice = \"{device}\"\n"
        );
        fs::write(&plan, told).unwrap();
        let tickets = self.stage.installation.sign_plan(&plan).unwrap();
        tickets[0]["ticket"].as_str().unwrap().to_owned()
    }

    /// Calls `yichuan` with the password and `pin` on its standard input.
    fn call(&self, letters: &str, pin: &str, arguments: &[&str]) -> Said {
        let account = format!("513200-zfb-{letters}");
        let front = ["--lang", "en", "--account", &account, "--pin-fd", "0"];
        let all = [front.as_slice(), arguments].concat();
        let programs = &self.stage.installation.programs;
        let typed = format!("{PASSWORD}\n{pin}");
        programs.yichuan(self.home(), &typed, &all).unwrap()
    }

    fn good(&self, letters: &str, arguments: &[&str]) -> Value {
        let said = self.call(letters, PIN, &[&["--json"], arguments].concat());
        assert_eq!(said.code, 0, "{arguments:?}: {}{}", said.out, said.err);
        said.json().unwrap()
    }

    /// Refused with this exit code and number, and nothing of the account waits to be sent.
    fn refused(&self, letters: &str, pin: &str, arguments: &[&str], (exit, code): (i32, &str)) {
        let said = self.call(letters, pin, arguments);
        self.is_refusal((said.code, &said.err), (exit, code));
    }

    fn is_refusal(&self, (found, told): (i32, &str), (exit, code): (i32, &str)) {
        assert_eq!(found, exit, "{told}");
        assert!(told.contains(code), "{told}");
        assert!(told.contains("what to do: "), "{told}");
        assert!(!told.contains("panicked"), "{told}");
        assert_eq!(self.pending(), Vec::<String>::new(), "{told}");
    }

    fn pending(&self) -> Vec<String> {
        let entries = fs::read_dir(self.home().join("pending")).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name());
        names.map(|name| name.into_string().unwrap()).collect()
    }

    fn enrol(&self, ticket: &str, pin: &str) -> Said {
        let library = library();
        let arguments = ["enrol", "--ticket", ticket, "--token", LABEL];
        let with = ["--token-module", text(&library).unwrap()];
        self.call(APPROVER, pin, &[arguments.as_slice(), &with].concat())
    }

    /// Enrols the approver with the token, and has a seal made whose key is on it as well.
    pub(super) fn equip(&self) {
        let ticket = self.ticket();
        let wrong = self.enrol(&ticket, "000000");
        assert_eq!(wrong.code, 5, "{}", wrong.err);
        assert!(wrong.err.contains("YC-0604"), "{}", wrong.err);
        assert_eq!(self.keys_on_token(), Vec::<String>::new());
        let said = self.enrol(&ticket, PIN);
        assert_eq!(said.code, 0, "{}", said.err);
        // Whoever does not know that it went well asks once more, and has the same key.
        let again = self.enrol(&ticket, PIN);
        assert_eq!((again.code, &again.out), (0, &said.out), "{}", again.err);
        self.good("gl01", &["unit-key", "share"]);
        let request = self.folder.path().join("request");
        let library = library();
        let arguments = [
            "seal-request",
            "--out",
            text(&request).unwrap(),
            "--token",
            LABEL,
            "--token-module",
            text(&library).unwrap(),
        ];
        self.good("yz01", &arguments);
        self.issue(&request);
        let keys = ["yichuan 513200-zfb-sp02", "yichuan seal 513200-zfb-yz01"];
        assert_eq!(self.keys_on_token(), keys);
    }

    fn issue(&self, request: &Path) {
        let picture = fixture("seal-office.png");
        let arguments = [
            "--json",
            "authority",
            "sign",
            "seal",
            "--request",
            text(request).unwrap(),
            "--picture",
            text(&picture).unwrap(),
            "--id",
            SEAL,
            "--name",
            "云岭州人民政府办公室公章",
            "--devices",
            "513200-zfb-pc01",
        ];
        self.stage.installation.sign(&arguments).unwrap();
    }

    fn keys_on_token(&self) -> Vec<String> {
        let library = library();
        let module = ["--token-module", text(&library).unwrap()];
        let info = [&["token", "info", LABEL], module.as_slice()].concat();
        let told = self.good(APPROVER, &info);
        let keys = told["keys"].as_array().unwrap();
        let names = keys.iter().map(|key| key.as_str().unwrap().to_owned());
        names.collect()
    }

    pub(super) fn submitted(&self) -> String {
        let id = self.stage.compose(&fixture("notice.ofd"), "513201-zf");
        self.stage
            .json(self.stage.sender(), "fs01", &["submit", &id]);
        id
    }

    fn doctor(&self) -> String {
        let said = self.call(APPROVER, PIN, &["--json", "doctor"]);
        let told = said.json().unwrap();
        let mut findings = told.as_array().unwrap().iter();
        let token = findings.find(|finding| finding["id"] == "token").unwrap();
        assert!(token["found"].as_str().unwrap().contains(LABEL), "{token}");
        token["result"].as_str().unwrap().to_owned()
    }

    /// Starts a command of the approver.
    fn spawn(&self, arguments: &[&str]) -> Child {
        let account = format!("513200-zfb-{APPROVER}");
        let front = ["--lang", "en", "--account", &account, "--pin-fd", "0"];
        let all = [front.as_slice(), arguments].concat();
        let typed = format!("{PASSWORD}\n{PIN}");
        let programs = &self.stage.installation.programs;
        programs.spawn(self.home(), &typed, &all).unwrap()
    }

    /// Has the approver's command log in, stops it before it signs anything, does `meanwhile`, and
    /// lets it go on: it waits for the exchange, which is stopped.
    fn interrupt(&self, arguments: &[&str], meanwhile: impl FnOnce()) -> Output {
        let exchange = self.stage.installation.exchange.as_ref().unwrap();
        signal(exchange.id(), "STOP");
        let command = self.spawn(arguments);
        let port = exchange.address().unwrap().port();
        until(|| is_connected(command.id(), port));
        meanwhile();
        signal(exchange.id(), "CONT");
        command.wait_with_output().unwrap()
    }
}

fn signal(process: u32, name: &str) {
    let status = Command::new("kill")
        .args([&format!("-{name}"), &process.to_string()])
        .status();
    assert!(status.unwrap().success());
}

fn until(done: impl Fn() -> bool) {
    let since = Instant::now();
    while !done() {
        assert!(since.elapsed() < Duration::from_secs(60), "it never came");
        // It is looked for in /proc; there is nothing to be told by.
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

/// Whether the process has a TCP connection to a port of this computer.
fn is_connected(process: u32, port: u16) -> bool {
    let Ok(entries) = fs::read_dir(format!("/proc/{process}/fd")) else {
        return false;
    };
    let links = entries.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
    let sockets: Vec<PathBuf> = links.collect();
    let table = fs::read_to_string("/proc/net/tcp").unwrap();
    let there = format!(":{port:04X}");
    table.lines().skip(1).any(|line| {
        let cells: Vec<&str> = line.split_whitespace().collect();
        let socket = format!("socket:[{}]", cells[9]);
        cells[2].ends_with(&there) && cells[3] == "01" && sockets.contains(&PathBuf::from(socket))
    })
}

#[test]
fn an_account_and_a_seal_sign_with_a_token() {
    let desk = Desk::new();
    desk.equip();
    let id = desk.submitted();
    assert_eq!(desk.doctor(), "good");
    desk.good(APPROVER, &["approve", &id]);
    desk.good("yz01", &["seal", &id, "--seal", SEAL]);
    let stage = &desk.stage;
    stage.json(stage.recipient(1), "js01", &["sign", &id]);
    stage.proves(stage.sender(), "fs01", &id);
    // The password of the keystore is changed as ever, and the token stays what it signs with.
    let account = format!("513200-zfb-{APPROVER}");
    let arguments = ["--account", &account, "--pin-fd", "0", "password"];
    let arguments = [arguments.as_slice(), &["--new-password-fd", "0"]].concat();
    let typed = format!("{PASSWORD}\n{PIN}\nOther-case-2");
    let programs = &stage.installation.programs;
    programs.good(desk.home(), &typed, &arguments).unwrap();
    let typed = format!("Other-case-2\n{PIN}");
    let arguments = ["--account", &account, "--pin-fd", "0", "inbox"];
    programs.good(desk.home(), &typed, &arguments).unwrap();
    // Which library it is has been kept with the settings.
    let list = programs.good(desk.home(), "", &["--json", "token", "list"]);
    let list = list.unwrap().json().unwrap();
    assert_eq!(list[0]["label"], LABEL);
}

#[test]
fn without_its_token_or_its_pin_nothing_is_signed_and_nothing_left() {
    let desk = Desk::new();
    desk.equip();
    let id = desk.submitted();
    let (approve, seal) = (["approve", &id], ["seal", &id, "--seal", SEAL]);
    desk.refused(APPROVER, "111111", &approve, (5, "YC-0604"));
    for out in [Drawer::take_token_out, Drawer::take_all_out] {
        let back = out(&desk.drawer);
        let said = desk.call(APPROVER, PIN, &approve);
        assert_eq!(said.code, 7, "{}", said.err);
        let told = ["YC-0602", "YC-0601"].map(|code| said.err.contains(code));
        assert!(told.contains(&true), "{}", said.err);
        assert_eq!(desk.doctor(), "bad");
        back();
    }
    // In the middle: logged in, and nothing signed yet.
    let back = std::cell::RefCell::new(None);
    let out = || {
        back.replace(Some(desk.drawer.take_token_out()));
    };
    let said = desk.interrupt(&approve, out);
    let told = String::from_utf8(said.stderr).unwrap();
    desk.is_refusal((said.status.code().unwrap(), &told), (7, "YC-0603"));
    back.take().unwrap()();
    desk.good(APPROVER, &approve);
    desk.refused("yz01", "111111", &seal, (5, "YC-0604"));
    let back = desk.drawer.take_token_out();
    desk.refused("yz01", PIN, &seal, (7, "YC-0602"));
    back();
    desk.good("yz01", &seal);
}

#[test]
fn an_agent_waits_for_its_token_and_goes_on() {
    let mut desk = Desk::new();
    desk.equip();
    let mut agent = Agent::of(desk.spawn(&["agent"]));
    agent.wait_for("waiting for announcements");
    let back = desk.drawer.take_token_out();
    desk.stage.restart();
    agent.wait_for("YC-0603");
    back();
    agent.wait_for("waiting for announcements");
    agent.child.kill().unwrap();
    agent.child.wait().unwrap();
}

#[test]
fn g4_a_locked_token_says_what_to_do() {
    let mut desk = Desk::new();
    let library = locking(desk.folder.path());
    // A token keeps its count within; this one has a file for it.
    let programs = desk.stage.installation.programs.clone();
    let told = programs.told("YICHUAN_TEST_TRIES", desk.folder.path().join("tries"));
    desk.stage.installation.programs = told;
    let module = ["--token-module", text(&library).unwrap()];
    let list = [&["--json", "token", "list"], module.as_slice()].concat();
    let list = desk.call(APPROVER, PIN, &list).json().unwrap();
    assert_eq!(
        (&list[0]["label"], &list[0]["pin"]),
        (&"locking".into(), &"low".into())
    );
    let enrol = ["enrol", "--ticket", &desk.ticket(), "--token", "locking"];
    let enrol = [enrol.as_slice(), &module].concat();
    fs::create_dir_all(desk.home().join("pending")).unwrap();
    desk.refused(APPROVER, PIN, &enrol, (5, "one more wrong one locks it"));
    for _ in 0..2 {
        desk.refused(APPROVER, PIN, &enrol, (8, "YC-0605"));
    }
    let key = format!("513200-zfb-{APPROVER}.key");
    assert!(!desk.home().join("accounts").join(key).exists());
}
