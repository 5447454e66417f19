//! Journeys of an authority of several people: founding, cosigning, theft, succession.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;
use yichuan_unit::authority::{Request as _, RootRequest};
use yichuan_xtask::installation::{ORIGIN, PASSWORD, text};
use yichuan_xtask::{Exchange, Programs};

use crate::stage::{account, programs};

/// Homes of roots and officers, and an exchange.
struct People {
    folder: TempDir,
    programs: Programs,
    exchange: Option<Exchange>,
}

impl People {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            programs: programs(),
            exchange: None,
        }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn good(&self, home: &str, arguments: &[&str]) -> Value {
        let arguments = [&["--json", "authority"], arguments].concat();
        let said = self
            .programs
            .good(&self.at(home), PASSWORD, &arguments)
            .unwrap();
        said.json().unwrap()
    }

    fn refused(&self, home: &str, arguments: &[&str]) -> String {
        let arguments = [&["--lang", "en", "authority"], arguments].concat();
        let home = self.at(home);
        let said = self.programs.yichuan(&home, PASSWORD, &arguments).unwrap();
        assert_ne!(said.code, 0, "{arguments:?}: {}", said.out);
        assert!(!said.err.contains("panicked"), "{}", said.err);
        said.err
    }

    /// Signs at one home; the statement lacks a signature.
    fn waiting(&self, home: &str, arguments: &[&str]) -> PathBuf {
        let signed = self.good(home, &[&["sign"], arguments].concat());
        assert_eq!(signed["acts"][0]["missing"], 1, "{signed}");
        PathBuf::from(signed["files"][0].as_str().unwrap())
    }

    /// The other one signs; the first one takes it in.
    fn cosigned(&self, by: &str, file: &Path, home: &str) {
        let done = self.good(by, &["cosign", text(file).unwrap()]);
        assert_eq!(
            (&done["added"], &done["missing"]),
            (&true.into(), &0.into())
        );
        self.good(home, &["take", text(file).unwrap()]);
    }

    /// The one statement that waits at a home.
    fn pending(&self, home: &str, number: &str) -> PathBuf {
        let all = fs::read_dir(self.at(home).join("pending")).unwrap();
        let mut all = all.map(|entry| entry.unwrap().path());
        all.find(|path| {
            path.file_name()
                .unwrap()
                .to_str()
                .unwrap()
                .starts_with(number)
        })
        .unwrap()
    }

    fn acts(&self, home: &str) -> Vec<PathBuf> {
        let all = fs::read_dir(self.at(home).join("acts")).unwrap();
        let mut all: Vec<PathBuf> = all.map(|entry| entry.unwrap().path()).collect();
        all.sort();
        all
    }

    fn address(&self) -> String {
        self.exchange
            .as_ref()
            .unwrap()
            .address()
            .unwrap()
            .to_string()
    }

    fn submit(&self, home: &str) {
        self.good(home, &["submit", "--exchange", &self.address()]);
    }

    /// Founds an authority of two roots, `a` with an officer and `b`, and a second officer `c`.
    fn found(&mut self) {
        self.good("b", &["key", "root"]);
        let other = self.at("b").join("root.request");
        let init = [
            "init",
            "--origin",
            ORIGIN,
            "--officer",
            "p-a",
            "--roots",
            text(&other).unwrap(),
        ];
        // The genesis, then the officer: each waits for the other root.
        assert!(self.refused("a", &init).contains("lacks 1 signatures"));
        let genesis = self.pending("a", "0000");
        let shown = self.good("b", &["cosign", text(&genesis).unwrap()]);
        let roots = &shown["act"]["roots"];
        assert_eq!(
            (&roots["origin"], &roots["threshold"]),
            (&ORIGIN.into(), &2.into())
        );
        // Two keys, of which the second founder finds the own one by its id.
        let request = fs::read_to_string(&other).unwrap();
        let own = RootRequest::read(&request)
            .unwrap()
            .present
            .id()
            .to_string();
        let named: Vec<_> = roots["keys"].as_array().unwrap().iter().collect();
        assert_eq!(named.len(), 2);
        assert!(named.iter().any(|id| **id == own), "{own}: {roots}");
        assert!(self.refused("a", &init).contains("lacks 1 signatures"));
        let officer = self.pending("a", "0001");
        self.good("b", &["cosign", text(&officer).unwrap()]);
        self.good("a", &init);
        self.good("b", &["take", text(&self.acts("a")[2]).unwrap()]);
        let exchange = self.at("exchange");
        let arguments = ["init", "--origin", ORIGIN, "--listen", "127.0.0.1:0"];
        self.programs.exchange(&exchange, &arguments).unwrap();
        let request = exchange.join("exchange.request");
        let certified = self.waiting("a", &["exchange", "--request", text(&request).unwrap()]);
        self.cosigned("b", &certified, "a");
        self.good("c", &["key", "officer", "--person", "p-c"]);
        let request = self.at("c").join("officer.request");
        let second = self.waiting("a", &["officer", "--request", text(&request).unwrap()]);
        self.cosigned("b", &second, "a");
        let rule = self.waiting("a", &["quorum", "--seals", "2", "--rights", "2"]);
        self.cosigned("b", &rule, "a");
        let acts = self.acts("a");
        let mut arguments = vec!["admit"];
        arguments.extend(acts.iter().map(|path| text(path).unwrap()));
        self.programs.exchange(&exchange, &arguments).unwrap();
        self.start();
        for home in ["b", "c"] {
            fs::copy(
                self.at("a").join("root.pub"),
                self.at(home).join("root.pub"),
            )
            .unwrap();
        }
        let all: Vec<&str> = acts.iter().map(|path| text(path).unwrap()).collect();
        self.good("c", &[&["take"], all.as_slice()].concat());
    }

    fn start(&mut self) {
        let home = self.at("exchange");
        let exchange = self.programs.start(&home).unwrap();
        let path = home.join("exchange.toml");
        let address = exchange.address().unwrap().to_string();
        let config = fs::read_to_string(&path).unwrap();
        fs::write(&path, config.replace("127.0.0.1:0", &address)).unwrap();
        self.exchange = Some(exchange);
    }
}

const UNIT: [&str; 5] = ["unit", "--code", "513201-zf", "--name", "青石县人民政府"];

fn of_town(id: &'static str, role: &'static str) -> [&'static str; 11] {
    account(id, ("p-liu", "办公室"), role, "513201-zf-pc01")
}

#[test]
fn g5_roots_and_officers_sign_together_and_follow_each_other() {
    let mut people = People::new();
    people.found();
    people.good("a", &[&["sign"], UNIT.as_slice()].concat());
    let device = [
        "sign",
        "device",
        "--id",
        "513201-zf-pc01",
        "--responsible",
        "p-liu",
        "--label",
        "一号机",
    ];
    people.good("a", &device);
    // An account that only receives needs one officer, one that seals both.
    let receives = of_town("513201-zf-js01", "receive");
    people.good("a", &[&["sign"], receives.as_slice()].concat());
    people.submit("a");
    let seals = of_town("513201-zf-yz01", "seal");
    let waiting = people.waiting("a", &seals);
    let message = people.refused(
        "a",
        &[
            "submit",
            text(&waiting).unwrap(),
            "--exchange",
            &people.address(),
        ],
    );
    assert!(message.contains("YC-0216"), "{message}");
    // The first officer cannot sign twice, nor can who is no officer.
    let again = people.good("a", &["cosign", text(&waiting).unwrap()]);
    assert_eq!(
        (&again["added"], &again["missing"]),
        (&false.into(), &1.into())
    );
    people.good("b", &["sync", "--exchange", &people.address()]);
    let message = people.refused("b", &["cosign", text(&waiting).unwrap()]);
    assert!(message.contains("officer"), "{message}");
    let synced = people.good("c", &["sync", "--exchange", &people.address()]);
    assert_eq!(synced["taken"], 3);
    people.cosigned("c", &waiting, "a");
    people.exchange.take().unwrap().kill().unwrap();
    people.start();
    people.submit("a");
    theft_of_an_officers_key(&people);
    succession(&mut people);
    let status = people.good("a", &["status"]);
    let records = status["records"].as_array().unwrap().iter();
    let officers: Vec<&Value> = records.filter(|row| row["kind"] == "officer").collect();
    assert_eq!(officers.len(), 2, "{status}");
}

/// The second officer's key is stolen: the roots suspend it, and what it cosigns counts no more.
fn theft_of_an_officers_key(people: &People) {
    people.good("b", &["sync", "--exchange", &people.address()]);
    let stopped = people.waiting("a", &["officer", "--person", "p-c", "--to", "suspended"]);
    people.cosigned("b", &stopped, "a");
    people.submit("a");
    people.good("c", &["sync", "--exchange", &people.address()]);
    let manages = of_town("513201-zf-gl01", "manage");
    let waiting = people.waiting("a", &manages);
    let message = people.refused("c", &["cosign", text(&waiting).unwrap()]);
    assert!(message.contains("officer"), "{message}");
}

/// Both root keys go to their successors; the old ones sign nothing any more.
fn succession(people: &mut People) {
    let old = fs::read(people.at("a").join("root.key")).unwrap();
    people.good("b", &["sync", "--exchange", &people.address()]);
    for home in ["a", "b"] {
        people.good(home, &["key", "root"]);
    }
    // A set that was not committed to is refused before anybody is asked.
    people.good("x", &["key", "root"]);
    let strange = people.at("x").join("root.request");
    let message = people.refused(
        "a",
        &["sign", "succession", "--roots", text(&strange).unwrap()],
    );
    assert!(message.contains("committed"), "{message}");
    let other = people.at("b").join("root.request");
    let waiting = people.waiting("a", &["succession", "--roots", text(&other).unwrap()]);
    people.cosigned("b", &waiting, "a");
    people.exchange.take().unwrap().kill().unwrap();
    people.start();
    people.submit("a");
    people.good("b", &["sync", "--exchange", &people.address()]);
    let resumed = people.waiting("a", &["officer", "--person", "p-c", "--to", "active"]);
    people.cosigned("b", &resumed, "a");
    people.submit("a");
    assert_ne!(fs::read(people.at("a").join("root.key")).unwrap(), old);
    // Who still has the old keys is refused.
    fs::write(people.at("a").join("root.key"), old).unwrap();
    let message = people.refused(
        "a",
        &["sign", "officer", "--person", "p-c", "--to", "closed"],
    );
    assert!(message.contains("root keys"), "{message}");
}
