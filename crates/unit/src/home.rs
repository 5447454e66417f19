//! The home of a unit's computer: one folder, used by one command at a time.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use yichuan_evidence::verify::{NotARoot, RootPin};

use crate::link::Transport;
use crate::unix;

/// What `home.toml` holds.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Host and port of the exchange.
    pub exchange: String,
    /// `auto`, `quic` or `tcp`.
    #[serde(default)]
    pub transport: TransportName,
}

/// A transport's name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum TransportName {
    /// Whatever passes.
    #[default]
    Auto,
    /// QUIC.
    Quic,
    /// TLS on TCP.
    Tcp,
}

impl From<TransportName> for Transport {
    fn from(name: TransportName) -> Self {
        match name {
            TransportName::Auto => Self::Auto,
            TransportName::Quic => Self::Quic,
            TransportName::Tcp => Self::Tcp,
        }
    }
}

/// How long a command waits for another one on the same home.
const WAIT: Duration = Duration::from_secs(30);

/// A home that this command alone uses.
pub struct Home {
    folder: PathBuf,
    _lock: File,
}

impl Home {
    /// Takes the home; waits a while for another command, then says who has it.
    pub fn take(folder: &Path) -> Result<Self, HomeFailed> {
        unix::create_private_folder(folder)?;
        let path = folder.join("lock");
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)?;
        let since = Instant::now();
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                Err(fs::TryLockError::WouldBlock) if since.elapsed() < WAIT => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                Err(fs::TryLockError::WouldBlock) => {
                    let mut holder = String::new();
                    lock.read_to_string(&mut holder)?;
                    return Err(HomeFailed::Busy {
                        holder: holder.trim().to_owned(),
                    });
                }
                Err(fs::TryLockError::Error(error)) => return Err(error.into()),
            }
        }
        let command: Vec<String> = std::env::args().take(3).collect();
        lock.set_len(0)?;
        lock.rewind()?;
        writeln!(lock, "pid {} · {}", std::process::id(), command.join(" "))?;
        Ok(Self {
            folder: folder.to_owned(),
            _lock: lock,
        })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The settings.
    pub fn settings(&self) -> Result<Settings, HomeFailed> {
        let text = read_text(&self.folder.join("home.toml"))?;
        toml::from_str(&text).map_err(|error| HomeFailed::Settings(error.to_string()))
    }

    /// Writes the settings.
    pub fn set_settings(&self, settings: &Settings) -> Result<(), HomeFailed> {
        let text = toml::to_string(settings).map_err(|e| HomeFailed::Settings(e.to_string()))?;
        Ok(replace(&self.folder.join("home.toml"), text.as_bytes())?)
    }

    /// The pinned root.
    pub fn pin(&self) -> Result<RootPin, HomeFailed> {
        read_pin(&self.folder.join("root.pub"))
    }

    /// Pins a root; another one than before is refused.
    pub fn set_pin(&self, pin: &RootPin) -> Result<(), HomeFailed> {
        match self.pin() {
            Ok(known) if known == *pin => return Ok(()),
            Ok(_) => return Err(HomeFailed::AnotherRoot),
            Err(HomeFailed::Missing(_)) => {}
            Err(error) => return Err(error),
        }
        Ok(replace(
            &self.folder.join("root.pub"),
            format!("{pin}\n").as_bytes(),
        )?)
    }
}

/// Reads a public root from a file.
pub fn read_pin(path: &Path) -> Result<RootPin, HomeFailed> {
    let text = read_text(path)?;
    text.parse()
        .map_err(|_| HomeFailed::NotARoot(path.to_owned()))
}

fn read_text(path: &Path) -> Result<String, HomeFailed> {
    fs::read_to_string(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => HomeFailed::Missing(path.to_owned()),
        _ => HomeFailed::Io(error),
    })
}

/// Replaces a file: whole and durable, or not at all.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let partial = path.with_extension("partial");
    let mut file = File::create(&partial)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&partial, path)?;
    path.parent().map_or(Ok(()), unix::sync_folder)
}

/// Why a home cannot be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum HomeFailed {
    /// Another command uses it.
    Busy {
        /// Which.
        holder: String,
    },
    /// A file that must be there is not.
    Missing(PathBuf),
    /// The settings are not in order.
    Settings(String),
    /// The file does not hold a public root.
    NotARoot(PathBuf),
    /// Another root was pinned before.
    AnotherRoot,
    /// A file.
    Io(io::Error),
}

impl From<io::Error> for HomeFailed {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl fmt::Display for HomeFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy { holder } => write!(f, "another command uses this home: {holder}"),
            Self::Missing(path) => write!(f, "{} is missing", path.display()),
            Self::Settings(why) => write!(f, "home.toml: {why}"),
            Self::NotARoot(path) => write!(f, "{}: {NotARoot}", path.display()),
            Self::AnotherRoot => f.write_str("another root was pinned here before"),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for HomeFailed {}

#[cfg(test)]
mod tests {
    use yichuan_document::Digest;

    use super::*;

    #[test]
    fn another_root_is_not_pinned_over_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::take(folder.path()).unwrap();
        let pin = |genesis: &[u8]| RootPin {
            origin: "a.example".parse().unwrap(),
            genesis: Digest::of(genesis),
        };
        home.set_pin(&pin(b"one")).unwrap();
        home.set_pin(&pin(b"one")).unwrap();
        assert!(matches!(
            home.set_pin(&pin(b"two")),
            Err(HomeFailed::AnotherRoot)
        ));
        assert_eq!(home.pin().unwrap(), pin(b"one"));
    }

    #[test]
    fn an_unknown_setting_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::take(folder.path()).unwrap();
        fs::write(
            folder.path().join("home.toml"),
            "exchange = \"a:1\"\ntransports = \"tcp\"",
        )
        .unwrap();
        let message = home.settings().unwrap_err().to_string();
        assert!(message.contains("transports"), "{message}");
    }
}
