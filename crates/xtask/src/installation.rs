//! An installation from nothing: authority, exchange and offices, each with a home of its own.

mod copied;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::programs::{Exchange, Failure, Programs, Said};

/// The password of everybody here. Nothing that is not for show is closed with it.
pub const PASSWORD: &str = "Show-case-1";
/// The installation's name.
pub const ORIGIN: &str = "yichuan.example";

/// An office with one computer.
#[derive(Clone, Debug)]
pub struct Office {
    /// The unit's code.
    pub code: &'static str,
    /// The unit's name.
    pub name: &'static str,
    /// Its home.
    pub home: PathBuf,
    /// The accounts, by the letters of their use.
    pub accounts: Accounts,
}

/// Accounts: letters, role, person.
pub type Accounts = &'static [(&'static str, &'static str, &'static str)];

/// The accounts of a sending office.
const SENDER: Accounts = &[
    ("gl01", "manage", "p-li"),
    ("fs01", "send", "p-zhang"),
    ("sp01", "approve", "p-wang"),
    ("yz01", "seal", "p-zhao"),
];
/// The accounts of a receiving office.
const RECEIVER: Accounts = &[("gl01", "manage", "p-chen"), ("js01", "receive", "p-liu")];

/// The four offices: one that sends, three that receive. All names are fictitious.
const OFFICES: [(&str, &str, Accounts); 4] = [
    ("513200-zfb", "云岭州人民政府办公室", SENDER),
    ("513201-zf", "青石县人民政府", RECEIVER),
    ("513202-zf", "白河县人民政府", RECEIVER),
    ("513200-daj", "云岭州档案局", RECEIVER),
];

/// The accounts of an office that sends and receives and keeps its own books.
const STAFF: Accounts = &[
    ("gl01", "manage", "p-li"),
    ("fs01", "send", "p-zhang"),
    ("sp01", "approve", "p-wang"),
    ("yz01", "seal", "p-zhao"),
    ("js01", "receive", "p-liu"),
    ("da01", "archive", "p-sun"),
    ("sj01", "audit", "p-zhou"),
];
/// The accounts of an office that watches over others as well.
const STAFF_ABOVE: Accounts = &[
    ("gl01", "manage", "p-li"),
    ("fs01", "send", "p-zhang"),
    ("sp01", "approve", "p-wang"),
    ("yz01", "seal", "p-zhao"),
    ("js01", "receive", "p-liu"),
    ("da01", "archive", "p-sun"),
    ("sj01", "audit", "p-zhou"),
    ("dc01", "authority", "p-wu"),
];

/// The same four offices, each with everybody.
const STAFFED: [(&str, &str, Accounts); 4] = [
    (OFFICES[0].0, OFFICES[0].1, STAFF_ABOVE),
    (OFFICES[1].0, OFFICES[1].1, STAFF),
    (OFFICES[2].0, OFFICES[2].1, STAFF),
    (OFFICES[3].0, OFFICES[3].1, STAFF),
];

/// The pictures of their seals.
const SEALS: [(&str, &str); 4] = [
    ("513200-zfb", "seal-office.png"),
    ("513201-zf", "seal-qingshi.png"),
    ("513202-zf", "seal-baihe.png"),
    ("513200-daj", "seal-archives.png"),
];

/// The post that goes with a role, where everybody has a name and a post.
pub fn post(role: &'static str) -> &'static str {
    match role {
        "manage" => "系统管理员",
        "send" => "文电科科员",
        "approve" => "办公室主任",
        "seal" => "印章管理员",
        "receive" => "机要收文员",
        "archive" => "档案管理员",
        "audit" => "审计员",
        "authority" => "督查室主任",
        other => other,
    }
}

/// Two more that receive, where four offices are too few.
const MORE_OFFICES: [(&str, &str, Accounts); 2] = [
    ("513203-zf", "红岩县人民政府", RECEIVER),
    ("513200-czj", "云岭州财政局", RECEIVER),
];

/// A whole installation on one computer.
pub struct Installation {
    /// Its folder.
    pub folder: PathBuf,
    /// The programs.
    pub programs: Programs,
    /// The offices, the sending one first.
    pub offices: Vec<Office>,
    /// The running exchange.
    pub exchange: Option<Exchange>,
    transport: &'static str,
    /// Whether people have posts, and the first office is above the others.
    staffed: bool,
}

impl Installation {
    /// Makes everything in `folder`, which must be empty or not there, and starts the exchange.
    /// `tell` hears of each step.
    pub fn found(
        folder: &Path,
        programs: Programs,
        transport: &'static str,
        tell: &mut dyn FnMut(&str),
    ) -> Result<Self, Failure> {
        Self::found_with(&OFFICES, false, folder, programs, transport, tell)
    }

    /// As [`Installation::found`], with everybody in each office, the first office above the
    /// others, and a seal for each.
    pub fn found_staffed(
        folder: &Path,
        programs: Programs,
        transport: &'static str,
        tell: &mut dyn FnMut(&str),
    ) -> Result<Self, Failure> {
        let found = Self::found_with(&STAFFED, true, folder, programs, transport, tell)?;
        for office in &found.offices[1..] {
            found.issue_seal(office)?;
        }
        Ok(found)
    }

    /// As [`Installation::found`], with five offices that receive.
    pub fn found_larger(
        folder: &Path,
        programs: Programs,
        transport: &'static str,
        tell: &mut dyn FnMut(&str),
    ) -> Result<Self, Failure> {
        let offices = [OFFICES.as_slice(), &MORE_OFFICES].concat();
        Self::found_with(&offices, false, folder, programs, transport, tell)
    }

    fn found_with(
        offices: &[(&'static str, &'static str, Accounts)],
        staffed: bool,
        folder: &Path,
        programs: Programs,
        transport: &'static str,
        tell: &mut dyn FnMut(&str),
    ) -> Result<Self, Failure> {
        fs::create_dir_all(folder)?;
        let offices = offices
            .iter()
            .copied()
            .map(|(code, name, accounts)| Office {
                code,
                name,
                accounts,
                home: folder.join("offices").join(code),
            })
            .collect();
        let mut installation = Self {
            folder: folder.to_owned(),
            programs,
            offices,
            exchange: None,
            transport,
            staffed,
        };
        installation.found_authority()?;
        tell("authority");
        installation.start()?;
        tell("exchange");
        installation.open_offices(tell)?;
        installation.issue_seal(&installation.offices[0])?;
        tell("seal");
        Ok(installation)
    }

    /// The authority's home.
    pub fn authority(&self) -> PathBuf {
        self.folder.join("authority")
    }

    /// The exchange's home.
    pub fn exchange_home(&self) -> PathBuf {
        self.folder.join("exchange")
    }

    /// The authority's public root.
    pub fn root(&self) -> PathBuf {
        self.authority().join("root.pub")
    }

    /// Where the exchange serves.
    pub fn address(&self) -> Result<String, Failure> {
        let exchange = self.exchange.as_ref();
        let exchange = exchange.ok_or_else(|| Failure("the exchange is stopped".to_owned()))?;
        Ok(exchange.address()?.to_string())
    }

    fn found_authority(&self) -> Result<(), Failure> {
        let (authority, exchange) = (self.authority(), self.exchange_home());
        let programs = &self.programs;
        programs.good(
            &authority,
            PASSWORD,
            &["authority", "init", "--origin", ORIGIN],
        )?;
        let arguments = ["init", "--origin", ORIGIN, "--listen", "127.0.0.1:0"];
        programs.exchange(&exchange, &arguments)?;
        let request = exchange.join("exchange.request");
        let request = [
            "authority",
            "sign",
            "exchange",
            "--request",
            text(&request)?,
        ];
        programs.good(&authority, PASSWORD, &request)?;
        let mut acts: Vec<PathBuf> = fs::read_dir(authority.join("acts"))?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
        acts.sort();
        let mut arguments = vec!["admit"];
        for act in &acts {
            arguments.push(text(act)?);
        }
        programs.exchange(&exchange, &arguments)?;
        Ok(())
    }

    /// Starts the exchange, on a fixed port from the second time on, so that the offices find it.
    pub fn start(&mut self) -> Result<(), Failure> {
        let home = self.exchange_home();
        let exchange = self.programs.start(&home)?;
        let address = exchange.address()?.to_string();
        let path = home.join("exchange.toml");
        let config = fs::read_to_string(&path)?.replace("127.0.0.1:0", &address);
        fs::write(&path, config)?;
        self.exchange = Some(exchange);
        Ok(())
    }

    /// Stops the exchange; it must end well.
    pub fn stop(&mut self) -> Result<(), Failure> {
        self.exchange.take().map_or(Ok(()), Exchange::stop)
    }

    fn plan(&self) -> Result<String, Failure> {
        let mut plan = String::new();
        for office in &self.offices {
            let code = office.code;
            write_plan(
                &mut plan,
                format_args!("[[unit]]\ncode = \"{code}\"\nname = \"{}\"\n", office.name),
            )?;
            let above = self.offices[0].code;
            if self.staffed && code != above {
                write_plan(&mut plan, format_args!("parent = \"{above}\"\n"))?;
            }
            write_plan(
                &mut plan,
                format_args!(
                    "[[device]]\nid = \"{code}-pc01\"\nresponsible = \"p-li\"\nlabel = \"机要室一号机\"\n"
                ),
            )?;
            for (letters, role, person) in office.accounts {
                let account = format!("{code}-{letters}");
                let person = person_of(office, person);
                let post = if self.staffed { post(role) } else { role };
                write_plan(
                    &mut plan,
                    format_args!(
                        "[[account]]\nid = \"{account}\"\nperson = \"{person}\"\n\
                     post = \"{post}\"\nroles = [\"{role}\"]\ndevices = [\"{code}-pc01\"]\n\
                     [[ticket]]\naccount = \"{account}\"\ndevice = \"{code}-pc01\"\n"
                    ),
                )?;
            }
        }
        Ok(plan)
    }

    fn open_offices(&self, tell: &mut dyn FnMut(&str)) -> Result<(), Failure> {
        let plan = self.folder.join("plan.toml");
        fs::write(&plan, self.plan()?)?;
        let tickets = self.sign_plan(&plan)?;
        for office in &self.offices {
            for (letters, _, _) in office.accounts {
                let account = format!("{}-{letters}", office.code);
                let ticket = tickets
                    .iter()
                    .find(|ticket| ticket["account"] == account.as_str());
                let ticket = ticket.and_then(|ticket| ticket["ticket"].as_str());
                let missing = || Failure(format!("{account}: no ticket"));
                self.enrol(&office.home, ticket.ok_or_else(missing)?)?;
            }
            self.call(office, "gl01", &["unit-key", "create"])?;
            tell(office.name);
        }
        Ok(())
    }

    /// Signs a plan, submits it, and returns its tickets.
    pub fn sign_plan(&self, plan: &Path) -> Result<Vec<Value>, Failure> {
        let authority = self.authority();
        let arguments = ["--json", "authority", "sign", "plan", "--file", text(plan)?];
        let signed = self
            .programs
            .good(&authority, PASSWORD, &arguments)?
            .json()?;
        self.submit_acts(&signed)?;
        Ok(signed["tickets"].as_array().cloned().unwrap_or_default())
    }

    /// Has the authority sign what `arguments` say, and submits it.
    pub fn sign(&self, arguments: &[&str]) -> Result<Value, Failure> {
        let said = self.programs.good(&self.authority(), PASSWORD, arguments)?;
        let signed = said.json()?;
        self.submit_acts(&signed)?;
        Ok(signed)
    }

    fn submit_acts(&self, signed: &Value) -> Result<(), Failure> {
        let address = self.address()?;
        let mut arguments = vec!["authority", "submit", "--exchange", &address];
        arguments.extend(
            signed["files"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str),
        );
        self.programs
            .good(&self.authority(), PASSWORD, &arguments)?;
        Ok(())
    }

    /// Enrols the account of a ticket on the computer with this home.
    pub fn enrol(&self, home: &Path, ticket: &str) -> Result<(), Failure> {
        let (root, address) = (self.root(), self.address()?);
        let arguments = [
            "enrol",
            "--ticket",
            ticket,
            "--root",
            text(&root)?,
            "--exchange",
            &address,
            "--transport",
            self.transport,
        ];
        self.programs.good(home, PASSWORD, &arguments)?;
        Ok(())
    }

    /// Has the authority issue a seal to the custodian `yz01` of an office.
    pub fn issue_seal(&self, office: &Office) -> Result<(), Failure> {
        let (id, device) = (
            format!("{}-seal01", office.code),
            format!("{}-pc01", office.code),
        );
        let name = format!("{}公章", office.name);
        let request = self.folder.join("seal.request");
        let arguments = ["seal-request", "--out", text(&request)?];
        self.call(office, "yz01", &arguments)?;
        let picture = SEALS.iter().find(|seal| seal.0 == office.code);
        let picture = fixture(picture.map_or("seal-office.png", |seal| seal.1));
        let arguments = [
            "--json",
            "authority",
            "sign",
            "seal",
            "--request",
            text(&request)?,
            "--picture",
            text(&picture)?,
            "--id",
            &id,
            "--name",
            &name,
            "--devices",
            &device,
        ];
        let signed = self
            .programs
            .good(&self.authority(), PASSWORD, &arguments)?
            .json()?;
        self.submit_acts(&signed)
    }

    /// Calls `yichuan` in an office as one of its accounts; it must go well.
    pub fn call(
        &self,
        office: &Office,
        letters: &str,
        arguments: &[&str],
    ) -> Result<Said, Failure> {
        let account = format!("{}-{letters}", office.code);
        let mut all = vec!["--account", account.as_str()];
        all.extend_from_slice(arguments);
        self.programs.good(&office.home, PASSWORD, &all)
    }

    /// As [`Installation::call`], whatever comes of it.
    pub fn try_call(
        &self,
        office: &Office,
        letters: &str,
        arguments: &[&str],
    ) -> Result<Said, Failure> {
        let account = format!("{}-{letters}", office.code);
        let mut all = vec!["--account", account.as_str()];
        all.extend_from_slice(arguments);
        self.programs.yichuan(&office.home, PASSWORD, &all)
    }
}

/// The id of a person in an office: the same name elsewhere is another person.
pub fn person_of(office: &Office, person: &str) -> String {
    format!("{person}{}", office.code.replace('-', ""))
}

fn write_plan(plan: &mut String, words: std::fmt::Arguments<'_>) -> Result<(), Failure> {
    plan.write_fmt(words)
        .map_err(|_| Failure("the plan cannot be written".to_owned()))
}

/// A path as an argument.
pub fn text(path: &Path) -> Result<&str, Failure> {
    path.to_str()
        .ok_or_else(|| Failure(format!("{} is not UTF-8", path.display())))
}

/// A file that the project carries for demo and tests.
pub fn fixture(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap_or(Path::new("."));
    root.join("tests").join("fixtures").join(name)
}
