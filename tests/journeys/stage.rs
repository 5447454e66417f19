//! What every journey begins with: an installation of its own.

use std::fs;
use std::io::{BufRead as _, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;
use yichuan_xtask::installation::{PASSWORD, fixture, text};
use yichuan_xtask::{Installation, Office, Programs};

/// An installation in a folder that goes when the test ends.
pub(crate) struct Stage {
    pub(crate) installation: Installation,
    _folder: TempDir,
}

/// Where the release programs are.
pub(crate) fn release() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"),
        PathBuf::from,
    );
    target.join("release")
}

pub(crate) fn programs() -> Programs {
    Programs::in_folder(&release()).unwrap()
}

/// The installation that stages are copies of. It lies where builds lie, for nothing runs at the
/// end of all tests, and a later run puts its own in its place.
fn founded(transport: &'static str) -> &'static Installation {
    static OVER_TCP: OnceLock<Installation> = OnceLock::new();
    static OVER_QUIC: OnceLock<Installation> = OnceLock::new();
    let founded = match transport {
        "tcp" => &OVER_TCP,
        "quic" => &OVER_QUIC,
        other => panic!("{other} is no transport"),
    };
    founded.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("founded-{transport}"));
        if folder.exists() {
            fs::remove_dir_all(&folder).unwrap();
        }
        let mut founded = Installation::found(&folder, programs(), transport, &mut |_| {}).unwrap();
        founded.stop().unwrap();
        founded
    })
}

impl Stage {
    /// An installation of its own: a copy of one that was founded for all journeys of this run,
    /// with an exchange of its own.
    pub(crate) fn new(transport: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let installation = founded(transport).copied(&folder.path().join("i")).unwrap();
        Self {
            installation,
            _folder: folder,
        }
    }

    pub(crate) fn sender(&self) -> &Office {
        &self.installation.offices[0]
    }

    pub(crate) fn recipient(&self, place: usize) -> &Office {
        &self.installation.offices[place]
    }

    pub(crate) fn json(&self, office: &Office, letters: &str, arguments: &[&str]) -> Value {
        let mut all = vec!["--json"];
        all.extend_from_slice(arguments);
        self.installation
            .call(office, letters, &all)
            .unwrap()
            .json()
            .unwrap()
    }

    pub(crate) fn refused(
        &self,
        office: &Office,
        letters: &str,
        arguments: &[&str],
    ) -> (i32, String) {
        let mut all = vec!["--lang", "en"];
        all.extend_from_slice(arguments);
        let said = self.installation.try_call(office, letters, &all).unwrap();
        assert_ne!(said.code, 0, "{arguments:?} went well: {}", said.out);
        assert!(!said.err.contains("panicked"), "{}", said.err);
        (said.code, said.err)
    }

    pub(crate) fn compose(&self, file: &Path, to: &str) -> String {
        let meta = fixture("notice.json");
        let arguments = [
            "compose",
            "--meta",
            text(&meta).unwrap(),
            "--to",
            to,
            text(file).unwrap(),
        ];
        let composed = self.json(self.sender(), "fs01", &arguments);
        composed["id"].as_str().unwrap().to_owned()
    }

    /// Composes, submits, approves and seals.
    pub(crate) fn dispatch(&self, file: &Path, to: &str) -> String {
        let id = self.compose(file, to);
        self.json(self.sender(), "fs01", &["submit", &id]);
        let unread = file.extension().is_some_and(|ending| ending == "bin");
        let declared: &[&str] = if unread { &["--declare-read"] } else { &[] };
        let approve = [&["approve", &id], declared].concat();
        self.json(self.sender(), "sp01", &approve);
        self.json(self.sender(), "yz01", &["seal", &id]);
        id
    }

    /// Starts an agent of an account.
    pub(crate) fn agent(&self, office: &Office, letters: &str, more: &[&str]) -> Agent {
        let account = format!("{}-{letters}", office.code);
        let arguments = ["--lang", "en", "--account", &account, "agent"];
        let arguments = [arguments.as_slice(), more].concat();
        let programs = &self.installation.programs;
        Agent::of(programs.spawn(&office.home, PASSWORD, &arguments).unwrap())
    }

    /// A computer of the office with a home of its own, and a receiving account on it.
    pub(crate) fn second_computer(&self, office: &Office, device: &str, account: &str) -> Office {
        let plan = self.installation.folder.join("second.toml");
        let text_of_plan = format!(
            "[[device]]\nid = \"{device}\"\nresponsible = \"p-li\"\nlabel = \"二号机\"\n\
             [[account]]\nid = \"{account}\"\nperson = \"p-sun\"\npost = \"receive\"\n\
             roles = [\"receive\"]\ndevices = [\"{device}\"]\n\
             [[ticket]]\naccount = \"{account}\"\ndevice = \"{device}\"\n"
        );
        fs::write(&plan, text_of_plan).unwrap();
        let tickets = self.installation.sign_plan(&plan).unwrap();
        let second = Office {
            home: self.installation.folder.join("second"),
            ..office.clone()
        };
        let ticket = tickets[0]["ticket"].as_str().unwrap();
        self.installation.enrol(&second.home, ticket).unwrap();
        second
    }

    /// More accounts on a recipient's computer: letters, role, person.
    pub(crate) fn open_accounts(&self, office: &Office, accounts: &[(&str, &str, &str)]) {
        for ticket in self.tickets(office, accounts) {
            self.installation.enrol(&office.home, &ticket).unwrap();
        }
        self.json(office, "gl01", &["unit-key", "share"]);
    }

    /// Opens accounts, or has those that are there enrolled anew; gives the tickets.
    pub(crate) fn tickets(&self, office: &Office, accounts: &[(&str, &str, &str)]) -> Vec<String> {
        let plan = self.installation.folder.join("more.toml");
        let code = &office.code;
        let mut text_of_plan = String::new();
        for (letters, role, person) in accounts {
            text_of_plan += &format!(
                "[[account]]\nid = \"{code}-{letters}\"\nperson = \"{person}\"\n\
                 post = \"{role}\"\nroles = [\"{role}\"]\ndevices = [\"{code}-pc01\"]\n\
                 [[ticket]]\naccount = \"{code}-{letters}\"\ndevice = \"{code}-pc01\"\n"
            );
        }
        fs::write(&plan, text_of_plan).unwrap();
        let tickets = self.installation.sign_plan(&plan).unwrap();
        let tickets = tickets.iter().map(|it| it["ticket"].as_str().unwrap());
        tickets.map(str::to_owned).collect()
    }

    /// Exports a document's evidence and has it verified where nothing else is known.
    pub(crate) fn proves(&self, office: &Office, letters: &str, document: &str) {
        self.proves_with(office, letters, &["export", document]);
    }

    /// As [`Stage::proves`], of an office that has never opened the document.
    pub(crate) fn proves_closed(&self, office: &Office, letters: &str, document: &str) {
        self.proves_with(office, letters, &["export", document, "--closed"]);
    }

    fn proves_with(&self, office: &Office, letters: &str, export: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        let bundle = folder.path().join("bundle");
        let arguments = [export, &["--out", text(&bundle).unwrap()]].concat();
        self.json(office, letters, &arguments);
        let root = self.installation.root();
        let arguments = [
            "verify",
            text(&bundle).unwrap(),
            "--root",
            text(&root).unwrap(),
        ];
        let nowhere = folder.path().join("nowhere");
        let programs = &self.installation.programs;
        let said = programs.yichuan(&nowhere, "", &arguments).unwrap();
        assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    }

    /// Kills the exchange and starts it again.
    pub(crate) fn crash(&mut self) {
        self.installation.exchange.take().unwrap().kill().unwrap();
        self.installation.start().unwrap();
    }

    /// Folds the roster anew from the log alone.
    pub(crate) fn roster_is_valid(&self) {
        let verified = self.json(self.sender(), "fs01", &["roster", "verify"]);
        assert_eq!(verified["valid"], true);
    }

    pub(crate) fn restart(&mut self) {
        self.installation.stop().unwrap();
        self.installation.start().unwrap();
    }
}

/// What opens or changes an account, as it is typed after `authority sign`.
pub(crate) fn account<'a>(
    id: &'a str,
    (person, post): (&'a str, &'a str),
    roles: &'a str,
    devices: &'a str,
) -> [&'a str; 11] {
    [
        "account",
        "--id",
        id,
        "--person",
        person,
        "--post",
        post,
        "--roles",
        roles,
        "--devices",
        devices,
    ]
}

/// An agent that runs, and what it says.
pub(crate) struct Agent {
    pub(crate) child: Child,
    lines: Lines<BufReader<ChildStderr>>,
}

impl Agent {
    pub(crate) fn of(mut child: Child) -> Self {
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { child, lines }
    }

    /// Reads on until a line has `what` in it.
    pub(crate) fn wait_for(&mut self, what: &str) {
        loop {
            let line = self.lines.next().expect(what).unwrap();
            if line.contains(what) {
                return;
            }
        }
    }
}

/// Everything below a folder, read.
pub(crate) fn everything(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(everything(&path));
        } else {
            all.extend(fs::read(&path).unwrap());
        }
    }
    all
}

pub(crate) fn contains(haystack: &[u8], needle: &str) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle.as_bytes())
}
