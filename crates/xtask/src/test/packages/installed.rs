//! The installed programs, used as the manual says.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use yichuan_xtask::asking::{Request, ask};
use yichuan_xtask::installation::{ORIGIN, PASSWORD, text};
use yichuan_xtask::{Failure, Programs};

use super::root::{HOME, Owner, Root, set_mode};
use super::{UNIT, WRAPPER, require, said};

/// How long something may take until it is there.
const WAIT: Duration = Duration::from_secs(60);
/// By the measure of `systemd-analyze security`, in tenths: 0 is closed, 100 is open.
const EXPOSURE_MAX: &str = "--threshold=15";
/// The unit that is opened at the exchange.
const OFFICE: &str = "513201-zf";

/// Both programs, and the version that they say.
pub(super) fn programs_run(root: &Root) -> Result<(), Failure> {
    for name in ["yichuan", "yichuan-exchange"] {
        let program = root.path("usr/bin").join(name);
        let told = said(Command::new(program).arg("--version"))?;
        let wanted = format!("{name} {}", env!("CARGO_PKG_VERSION"));
        require(told.trim() == wanted, &|| format!("{name} says {told}"))?;
    }
    Ok(())
}

/// The unit, its program where it is installed.
pub(super) fn unit_is_valid(root: &Root, folder: &Path) -> Result<(), Failure> {
    let unit = fs::read_to_string(root.path(UNIT))?;
    let place = format!("ExecStart={}/", root.path("").display());
    let copy = folder.join("yichuan-exchange.service");
    fs::write(&copy, unit.replace("ExecStart=/", &place))?;
    // A key that it does not know is a warning to it.
    let verified = Command::new("systemd-analyze")
        .arg("verify")
        .arg(&copy)
        .output()?;
    let warned = String::from_utf8_lossy(&verified.stderr);
    let is_clean = verified.status.success() && warned.trim().is_empty();
    require(is_clean, &|| format!("systemd-analyze verify: {warned}"))?;
    let mut measured = Command::new("systemd-analyze");
    measured
        .args(["security", "--offline=true", EXPOSURE_MAX])
        .arg(&copy);
    said(&mut measured).map(drop)
}

/// An exchange that was set up in the packaged home, and an office at it.
pub(super) struct Service {
    /// The home of the office.
    pub(super) office: PathBuf,
}

impl Service {
    /// Sets it up as the manual says, serves one office, and stops it.
    pub(super) fn set_up(root: &Root, homes: &Path) -> Result<Self, Failure> {
        let programs = Programs::in_folder(&root.path("usr/bin"))?;
        let (authority, office) = (homes.join("authority"), homes.join("office"));
        let handed = homes.join("handed");
        fs::create_dir_all(&handed)?;
        let good = |home: &Path, arguments: &[&str]| programs.good(home, PASSWORD, arguments);
        good(&authority, &["authority", "init", "--origin", ORIGIN])?;
        let init = ["init", "--origin", ORIGIN, "--listen", "127.0.0.1:0"];
        as_user(root, &init)?;
        let request = root.path(HOME).join("exchange.request");
        let sign = [
            "authority",
            "sign",
            "exchange",
            "--request",
            text(&request)?,
        ];
        good(&authority, &sign)?;
        let acts = hand_over(&authority.join("acts"), &handed)?;
        let acts: Vec<&str> = acts.iter().map(|act| text(act)).collect::<Result<_, _>>()?;
        as_user(root, &[&["admit"], acts.as_slice()].concat())?;
        // What an administrator writes there has to stay.
        let config = root.path(HOME).join("exchange.toml");
        let mut config = fs::OpenOptions::new().append(true).open(config)?;
        config.write_all("# 本机房 · this room\nconnections_max = 200\n".as_bytes())?;

        let exchange = Running::start(root)?;
        let plan = homes.join("plan.toml");
        fs::write(&plan, office_plan())?;
        let sign = [
            "--json",
            "authority",
            "sign",
            "plan",
            "--file",
            text(&plan)?,
        ];
        let signed = good(&authority, &sign)?.json()?;
        let address = exchange.protocol.to_string();
        let mut submit = vec!["authority", "submit", "--exchange", &address];
        submit.extend(words(&signed["files"]));
        good(&authority, &submit)?;
        let ticket = signed["tickets"][0]["ticket"].as_str().unwrap_or_default();
        let public = authority.join("root.pub");
        let enrol = ["enrol", "--ticket", ticket, "--root", text(&public)?];
        good(&office, &[&enrol[..], &["--exchange", &address]].concat())?;
        let told = good(&office, &["--json", "units"])?.json()?;
        require(told.to_string().contains(OFFICE), &|| {
            format!("units: {told}")
        })?;
        exchange.stop()?;
        Ok(Self { office })
    }

    /// Puts a copy of the home, made while the exchange is stopped, in its place, and serves it.
    pub(super) fn serves_from_a_copy(&self, root: &Root) -> Result<(), Failure> {
        let (home, copy) = (root.path(HOME), root.path(HOME).with_extension("copy"));
        let before = root.kept()?;
        said(Command::new("cp").arg("-a").args([&home, &copy]))?;
        fs::remove_dir_all(&home)?;
        said(Command::new("cp").arg("-a").args([&copy, &home]))?;
        fs::remove_dir_all(&copy)?;
        require(root.kept()? == before, &|| "the copy differs".to_owned())?;
        self.serves_again(root)
    }

    /// Starts the exchange once more; it is the same one.
    pub(super) fn serves_again(&self, root: &Root) -> Result<(), Failure> {
        require(self.office.is_dir(), &|| {
            "the office has no home".to_owned()
        })?;
        let exchange = Running::start(root)?;
        exchange.stop()
    }
}

fn office_plan() -> String {
    format!(
        "[[unit]]\ncode = \"{OFFICE}\"\nname = \"青石县人民政府\"\n\
         [[device]]\nid = \"{OFFICE}-pc01\"\nresponsible = \"p-li\"\nlabel = \"机要室一号机\"\n\
         [[account]]\nid = \"{OFFICE}-gl01\"\nperson = \"p-liu\"\npost = \"单位管理员\"\n\
         roles = [\"manage\"]\ndevices = [\"{OFFICE}-pc01\"]\n\
         [[ticket]]\naccount = \"{OFFICE}-gl01\"\ndevice = \"{OFFICE}-pc01\"\n"
    )
}

fn words(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

/// Copies of the acts that the system user can read, in order.
fn hand_over(acts: &Path, to: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut copies = Vec::new();
    for entry in fs::read_dir(acts)? {
        let entry = entry?;
        let copy = to.join(entry.file_name());
        fs::copy(entry.path(), &copy)?;
        set_mode(&copy, 0o644)?;
        copies.push(copy);
    }
    copies.sort();
    Ok(copies)
}

/// The exchange's program as the system user, as `runuser -u yichuan` would start it.
fn as_user(root: &Root, arguments: &[&str]) -> Result<String, Failure> {
    let mut command = sealed_off(root.user()?);
    command.arg(root.path("usr/bin/yichuan-exchange"));
    said(command.arg("--home").arg(root.path(HOME)).args(arguments))
}

/// A command without a right that its user has not, and without a way to get one.
fn sealed_off(user: Owner) -> Command {
    let mut command = Command::new("setpriv");
    command
        .arg(format!("--reuid={}", user.user))
        .arg(format!("--regid={}", user.group))
        .args(["--clear-groups", "--no-new-privs"])
        .args(["--inh-caps=-all", "--bounding-set=-all"])
        .current_dir("/");
    command
}

/// The exchange, started as its unit says.
struct Running {
    child: Child,
    protocol: SocketAddr,
}

impl Running {
    fn start(root: &Root) -> Result<Self, Failure> {
        let unit = fs::read_to_string(root.path(UNIT))?;
        let value = |key: &str| unit.lines().find_map(|line| line.strip_prefix(key));
        require(value("User=") == Some("yichuan"), &|| {
            "another user".to_owned()
        })?;
        let start = value("ExecStart=").unwrap_or_default().split(' ');
        let start = start.map(|word| match word.strip_prefix('/') {
            Some(path) => root.path(path),
            None => PathBuf::from(word),
        });
        let mut command = sealed_off(root.user()?);
        let mut child = command
            .args(start)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut lines = BufReader::new(child.stdout.take().expect("it was asked for")).lines();
        let mut running = Self {
            child,
            protocol: SocketAddr::from(([0, 0, 0, 0], 0)),
        };
        let mut address = |front: &str| -> Result<SocketAddr, Failure> {
            let line = lines.next().transpose()?.unwrap_or_default();
            let address = line.strip_prefix(front).and_then(|text| text.parse().ok());
            address.ok_or_else(|| Failure(format!("no {front}address: `{line}`")))
        };
        running.protocol = address("protocol ")?;
        let status = address("status ")?;
        for page in ["/healthz", "/readyz"] {
            served(status, page)?;
        }
        Ok(running)
    }

    /// Asks it to stop as systemd does; it must end well.
    fn stop(mut self) -> Result<(), Failure> {
        signal(&self.child)?;
        let status = self.child.wait()?;
        require(status.success(), &|| format!("the exchange: {status}"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts the desk as the desktop entry does, twice, and ends it as closing its window does. The
/// browser is a program that notes what it is to open; what it would show is then asked for.
pub(super) fn desk_opens(root: &Root, office: &Path) -> Result<(), Failure> {
    let entry = fs::read_to_string(root.path("usr/share/applications/yichuan.desktop"))?;
    let line = entry.lines().find_map(|line| line.strip_prefix("Exec="));
    require(line == Some("yichuan-desk"), &|| {
        format!("the entry starts {line:?}")
    })?;
    let person = tempfile::tempdir()?;
    let (browser, opened) = (person.path().join("xdg-open"), person.path().join("opened"));
    let note = "#!/bin/sh\nprintf '%s\\n' \"$1\" >>\"$OPENED\"\n";
    fs::write(&browser, note)?;
    set_mode(&browser, 0o755)?;
    let programs = root.path("usr/bin");
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{}:{path}", person.path().display(), programs.display());
    let desk = || {
        let mut command = Command::new(root.path(WRAPPER));
        command
            .args(["--port", "0"])
            .env("PATH", &path)
            .env("OPENED", &opened)
            .env("YICHUAN_HOME", office)
            .env("XDG_RUNTIME_DIR", person.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .process_group(0);
        command
    };
    let mut first = Served(desk().spawn()?);
    let address = first.opened(&opened, 1)?;
    let mut second = Served(desk().spawn()?);
    let again = first.opened(&opened, 2)?;
    require(again == address, &|| {
        format!("{again} was opened beside {address}")
    })?;
    let status = second.ended()?;
    require(status.success(), &|| format!("the second start: {status}"))?;
    let host = address
        .strip_prefix("http://")
        .and_then(|rest| rest.strip_suffix('/'));
    let host = host.and_then(|host| host.parse().ok());
    let host = host.ok_or_else(|| Failure(format!("{address} is no address of a desk")))?;
    served(host, "/")?;
    signal(&first.0)?;
    let status = first.ended()?;
    require(status.success(), &|| format!("the desk: {status}"))?;
    require(served(host, "/").is_err(), &|| {
        "the desk is still served".to_owned()
    })
}

/// A desk that is served.
struct Served(Child);

impl Served {
    /// The newest of so many addresses that were to be opened.
    fn opened(&mut self, noted: &Path, count: usize) -> Result<String, Failure> {
        let since = Instant::now();
        while since.elapsed() < WAIT {
            let lines = fs::read_to_string(noted).unwrap_or_default();
            if lines.ends_with('\n') && lines.lines().count() >= count {
                return Ok(lines.lines().last().unwrap_or_default().to_owned());
            }
            if let Some(status) = self.0.try_wait()? {
                return Err(Failure(format!("the desk ended: {status}")));
            }
            // The file is looked for; there is nothing to be told by.
            std::thread::park_timeout(Duration::from_millis(10));
        }
        Err(Failure("nothing was opened within a minute".to_owned()))
    }

    /// How it has ended, once it has.
    fn ended(&mut self) -> Result<ExitStatus, Failure> {
        let since = Instant::now();
        while since.elapsed() < WAIT {
            if let Some(status) = self.0.try_wait()? {
                return Ok(status);
            }
            std::thread::park_timeout(Duration::from_millis(10));
        }
        Err(Failure("the desk does not end within a minute".to_owned()))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // The desk ends with the script, also where the script has failed to end it.
        let group = format!("-{}", self.0.id());
        let _ = Command::new("kill")
            .args(["-KILL", "--", &group])
            .stderr(Stdio::null())
            .status();
        let _ = self.0.wait();
    }
}

fn signal(child: &Child) -> Result<(), Failure> {
    said(Command::new("kill").args(["-TERM", &child.id().to_string()])).map(drop)
}

/// A page that a program serves must be there.
fn served(address: SocketAddr, path: &str) -> Result<(), Failure> {
    let request = Request {
        method: "GET",
        path,
        head: &[],
        body: &[],
    };
    let answer = ask(&address.to_string(), &request)?;
    require(answer.status == 200, &|| {
        format!("{path}: {}", answer.text())
    })
}
