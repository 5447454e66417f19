//! The two programs, called as a person would: arguments, a password on a descriptor, output.

use std::fmt;
use std::io::{BufRead as _, Read as _, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Where the programs are.
#[derive(Clone, Debug)]
pub struct Programs {
    folder: PathBuf,
    environment: Vec<(&'static str, PathBuf)>,
}

/// What a program said.
#[derive(Clone, Debug)]
pub struct Said {
    /// Its exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// A step that went wrong.
#[derive(Debug)]
pub struct Failure(pub String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

impl Said {
    /// The output as JSON.
    pub fn json(&self) -> Result<Value, Failure> {
        serde_json::from_str(&self.out).map_err(|error| Failure(format!("{error}: {}", self.out)))
    }
}

impl Programs {
    /// The programs in a build folder such as `target/release`.
    pub fn in_folder(folder: &Path) -> Result<Self, Failure> {
        for name in ["yichuan", "yichuan-exchange"] {
            let path = folder.join(name);
            if !path.is_file() {
                let path = path.display();
                return Err(Failure(format!(
                    "{path} is missing: run `cargo build --release`"
                )));
            }
        }
        Ok(Self {
            folder: folder.to_owned(),
            environment: Vec::new(),
        })
    }

    /// Where they are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The same programs, which find this path in their environment.
    #[must_use]
    pub fn told(mut self, name: &'static str, path: PathBuf) -> Self {
        self.environment.push((name, path));
        self
    }

    /// Calls `yichuan` on a home; the password goes in on its standard input.
    pub fn yichuan(
        &self,
        home: &Path,
        password: &str,
        arguments: &[&str],
    ) -> Result<Said, Failure> {
        run(self.command(home, arguments), password)
    }

    /// One of the programs, with what it finds in its environment.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.folder.join(name));
        command.envs(self.environment.iter().map(|(name, path)| (name, path)));
        command
    }

    /// A call of `yichuan` that reads its password from standard input.
    fn command(&self, home: &Path, arguments: &[&str]) -> Command {
        let mut command = self.program("yichuan");
        command
            .arg("--home")
            .arg(home)
            .args(["--password-fd", "0"])
            .args(arguments);
        command
    }

    /// Starts `yichuan` on a home and does not wait for it; its output is kept in a pipe.
    pub fn spawn(&self, home: &Path, password: &str, arguments: &[&str]) -> Result<Child, Failure> {
        let mut child = self
            .command(home, arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(format!("{password}\n").as_bytes())?;
        }
        Ok(child)
    }

    /// Serves a home's desk on a free port, and waits until it tells its address.
    pub fn desk(&self, home: &Path) -> Result<Desk, Failure> {
        self.desk_with(home, &[])
    }

    /// As [`Programs::desk`], with more arguments.
    pub fn desk_with(&self, home: &Path, more: &[&str]) -> Result<Desk, Failure> {
        let mut command = self.program("yichuan");
        command
            .arg("--home")
            .arg(home)
            .args(["--json", "desk", "--port", "0"])
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        // A terminal's interrupt goes to who started it, and is passed on from there.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn()?;
        let mut line = String::new();
        if let Some(told) = child.stdout.take() {
            std::io::BufReader::new(told).read_line(&mut line)?;
        }
        let mut desk = Desk {
            child,
            address: String::new(),
            has_pages: false,
        };
        let told: Value = serde_json::from_str(&line)
            .map_err(|error| Failure(format!("{}: no desk: {error}", home.display())))?;
        told["address"]
            .as_str()
            .unwrap_or_default()
            .clone_into(&mut desk.address);
        desk.has_pages = told["pages"] == true;
        Ok(desk)
    }

    /// As [`Programs::yichuan`], and refuses any exit code but 0.
    pub fn good(&self, home: &Path, password: &str, arguments: &[&str]) -> Result<Said, Failure> {
        let said = self.yichuan(home, password, arguments)?;
        if said.code == 0 {
            return Ok(said);
        }
        let line = arguments.join(" ");
        Err(Failure(format!(
            "yichuan {line}: exit {}\n{}{}",
            said.code, said.out, said.err
        )))
    }

    /// Calls `yichuan-exchange` and waits for it.
    pub fn exchange(&self, home: &Path, arguments: &[&str]) -> Result<Said, Failure> {
        let mut command = self.program("yichuan-exchange");
        command.arg("--home").arg(home).args(arguments);
        let said = run(command, "")?;
        if said.code == 0 {
            return Ok(said);
        }
        let line = arguments.join(" ");
        Err(Failure(format!(
            "yichuan-exchange {line}: exit {}\n{}",
            said.code, said.err
        )))
    }

    /// Starts an exchange and waits until it serves.
    pub fn start(&self, home: &Path) -> Result<Exchange, Failure> {
        let ready = home.join("ready");
        match std::fs::remove_file(&ready) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(home.join("log"))?;
        let child = self
            .program("yichuan-exchange")
            .arg("--home")
            .arg(home)
            .args(["run", "--ready-file"])
            .arg(&ready)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()?;
        let mut exchange = Exchange {
            child,
            protocol: None,
            status: None,
        };
        let since = Instant::now();
        while since.elapsed() < Duration::from_secs(60) {
            if let Ok(text) = std::fs::read_to_string(&ready) {
                exchange.protocol = address(&text, "protocol ");
                exchange.status = address(&text, "status ");
                return Ok(exchange);
            }
            if let Some(status) = exchange.child.try_wait()? {
                let log = std::fs::read_to_string(home.join("log"))?;
                return Err(Failure(format!("the exchange ended: {status}\n{log}")));
            }
            // The file is looked for; there is nothing to be told by.
            std::thread::park_timeout(Duration::from_millis(10));
        }
        Err(Failure(
            "the exchange does not serve after a minute".to_owned(),
        ))
    }
}

fn address(text: &str, front: &str) -> Option<SocketAddr> {
    text.lines()
        .find_map(|line| line.strip_prefix(front))?
        .parse()
        .ok()
}

fn run(mut command: Command, input: &str) -> Result<Said, Failure> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that asks for no password closes its end first.
        let _ = stdin.write_all(format!("{input}\n").as_bytes());
    }
    let mut stderr = child.stderr.take();
    let errors = std::thread::spawn(move || {
        let mut err = String::new();
        stderr
            .as_mut()
            .map(|stderr| stderr.read_to_string(&mut err))
            .transpose()
            .map(|_| err)
    });
    let mut out = String::new();
    if let Some(stdout) = &mut child.stdout {
        stdout.read_to_string(&mut out)?;
    }
    let status = child.wait()?;
    let err = errors
        .join()
        .map_err(|_| Failure("a reader ended badly".to_owned()))??;
    Ok(Said {
        code: status.code().unwrap_or(-1),
        out,
        err,
    })
}

/// An exchange that runs; it is stopped when dropped.
#[derive(Debug)]
pub struct Exchange {
    child: Child,
    protocol: Option<SocketAddr>,
    status: Option<SocketAddr>,
}

impl Exchange {
    /// Where it serves the protocol.
    pub fn address(&self) -> Result<SocketAddr, Failure> {
        self.protocol
            .ok_or_else(|| Failure("the exchange told no address".to_owned()))
    }

    /// Where it tells health, readiness and figures.
    pub fn status(&self) -> Result<SocketAddr, Failure> {
        self.status
            .ok_or_else(|| Failure("the exchange told no status address".to_owned()))
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop, and waits; it must end well.
    pub fn stop(mut self) -> Result<(), Failure> {
        signal(self.child.id(), "TERM")?;
        let status = self.child.wait()?;
        if status.success() {
            Ok(())
        } else {
            Err(Failure(format!("the exchange: {status}")))
        }
    }

    /// Kills it on the spot.
    pub fn kill(mut self) -> Result<(), Failure> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A desk that is served; it is ended when dropped.
#[derive(Debug)]
pub struct Desk {
    child: Child,
    /// What a browser opens.
    pub address: String,
    /// Whether the program has its pages inside.
    pub has_pages: bool,
}

impl Desk {
    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as Ctrl-C would, so that what it keeps in files for a moment goes.
    pub fn stop(mut self) -> Result<(), Failure> {
        signal(self.child.id(), "INT")?;
        let status = self.child.wait()?;
        if status.success() {
            Ok(())
        } else {
            Err(Failure(format!("the desk: {status}")))
        }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal, as an operator would.
fn signal(process: u32, name: &str) -> Result<(), Failure> {
    let status = Command::new("kill")
        .arg(format!("-{name}"))
        .arg(process.to_string())
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure(format!("kill: {status}")))
    }
}
