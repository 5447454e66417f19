//! The home of a unit's computer: one folder, used by one command at a time.

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use yichuan_evidence::verify::{NotARoot, RootPin};

use crate::lang::Lang;
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
    /// `zh` or `en`, where neither `--lang` nor `YICHUAN_LANG` says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Lang>,
    /// The PKCS#11 library of the tokens that are used here, an absolute path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_module: Option<PathBuf>,
    /// The home of an authority whose acts are signed at the desk, an absolute path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<PathBuf>,
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
/// The most bytes that are read of who holds a home.
const HOLDER_BYTES_MAX: u64 = 256;
/// The most bytes of `home.toml` and of `root.pub`.
const TEXT_BYTES_MAX: u64 = 16 << 10;

/// A home that this command alone uses.
pub struct Home {
    folder: PathBuf,
    _lock: File,
}

impl Home {
    /// Takes the home for the command called `doing`, which others are told while they wait; it
    /// is never an argument, for that may be a ticket. Waits half a minute for another command,
    /// then says who has the home.
    pub fn take(folder: &Path, doing: &str) -> Result<Self, HomeFailed> {
        Self::take_within(folder, doing, WAIT)
    }

    /// Takes the home like [`Home::take`], but waits for `wait` at most.
    pub fn take_within(folder: &Path, doing: &str, wait: Duration) -> Result<Self, HomeFailed> {
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
                Err(fs::TryLockError::WouldBlock) if since.elapsed() < wait => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                Err(fs::TryLockError::WouldBlock) => {
                    let mut holder = Vec::new();
                    (&lock).take(HOLDER_BYTES_MAX).read_to_end(&mut holder)?;
                    let holder = String::from_utf8_lossy(&holder);
                    return Err(HomeFailed::Busy {
                        holder: holder.trim().to_owned(),
                    });
                }
                Err(fs::TryLockError::Error(error)) => return Err(error.into()),
            }
        }
        lock.set_len(0)?;
        lock.rewind()?;
        writeln!(lock, "pid {} · yichuan {doing}", std::process::id())?;
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
        settings_of(&self.folder)
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

/// The language that the home in `folder` asks for, if there is one and it is in order; a command
/// that needs the settings will say what is wrong with them.
pub fn language(folder: &Path) -> Option<Lang> {
    settings_of(folder).ok()?.language
}

/// The library of tokens that the home in `folder` names.
pub fn token_module(folder: &Path) -> Option<PathBuf> {
    settings_of(folder).ok()?.token_module
}

fn settings_of(folder: &Path) -> Result<Settings, HomeFailed> {
    let text = read_text(&folder.join("home.toml"))?;
    toml::from_str(&text).map_err(|error| HomeFailed::Settings(error.to_string()))
}

/// Reads a public root from a file.
pub fn read_pin(path: &Path) -> Result<RootPin, HomeFailed> {
    let text = read_text(path)?;
    text.parse()
        .map_err(|_| HomeFailed::NotARoot(path.to_owned()))
}

fn read_text(path: &Path) -> Result<String, HomeFailed> {
    let bytes = read_at_most(path, TEXT_BYTES_MAX).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => HomeFailed::Missing(path.to_owned()),
        kind => HomeFailed::Io(io::Error::new(kind, format!("{}: {error}", path.display()))),
    })?;
    String::from_utf8(bytes).map_err(|_| HomeFailed::NotText(path.to_owned()))
}

/// Reads a file of at most `limit_bytes` bytes; refuses a longer one after that many.
pub fn read_at_most(path: &Path, limit_bytes: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path)?;
    file.take(limit_bytes + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit_bytes {
        let told = format!("longer than {limit_bytes} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, told));
    }
    Ok(bytes)
}

/// Replaces a file: whole and durable, or not at all.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A name of its own, so that no neighbour `x.partial` of the user's is lost to `x.txt`.
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".partial");
    let partial = path.with_file_name(name);
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
    /// A file is not text.
    NotText(PathBuf),
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
            Self::NotText(path) => write!(f, "{} is not text", path.display()),
            Self::NotARoot(path) => write!(f, "{}: {NotARoot}", path.display()),
            Self::AnotherRoot => f.write_str("another root was pinned here before"),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for HomeFailed {}

#[cfg(test)]
#[path = "home_tests.rs"]
mod tests;
