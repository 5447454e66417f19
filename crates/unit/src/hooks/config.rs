//! The configuration of hooks, `hooks.toml` in the home. It names programs that are run, so nobody
//! but its owner may be able to write it.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use yichuan_document::terms::Urgency;
use zeroize::Zeroizing;

use super::CONFIG;
use super::address::{Allowed, Url};
use super::post::Target;
use crate::office::notices::{For, NoticeKind};
use crate::unix;

/// The most bytes of the configuration.
pub const CONFIG_BYTES_MAX: u64 = 64 << 10;
/// The most hooks.
const HOOKS_MAX: usize = 16;
/// The most words of a command.
const WORDS_MAX: usize = 32;
/// Seconds that a hook may take, and those that it may take where nothing is said.
const SECONDS: (u64, u64) = (60, 10);
/// The bytes of a hook's key.
pub(super) const KEY_BYTES: usize = 32;

/// The hooks of a home.
#[derive(Debug)]
pub struct Config {
    hooks: Vec<Hook>,
    allowed: Allowed,
}

/// A hook.
#[derive(Debug)]
pub struct Hook {
    name: String,
    way: Way,
    events: Vec<NoticeKind>,
    audiences: Vec<For>,
    urgency: Urgency,
    limit: Duration,
    duty: bool,
}

/// How a hook is told.
#[derive(Debug)]
pub enum Way {
    /// A program with its arguments; the event is its input. No shell.
    Command(Vec<String>),
    /// HTTP POST.
    Post(Box<Target>),
}

/// What is wrong with the configuration.
#[derive(Debug)]
pub enum BadHooks {
    /// It cannot be read.
    Io(io::Error),
    /// Others than its owner can write it.
    OpenToOthers(PathBuf),
    /// Not TOML of hooks, with the reader's words.
    Unreadable(String),
    /// Too many hooks.
    TooMany(usize),
    /// An address of the list that is no host and port.
    Allow(String),
    /// A hook.
    Hook {
        /// Its name.
        name: String,
        /// What is wrong with it.
        why: BadHook,
    },
}

/// What is wrong with a hook.
#[derive(Debug, PartialEq, Eq)]
pub enum BadHook {
    /// A name other than 1 to 32 of a–z, 0–9 and -, or that of another.
    Name,
    /// Neither a command nor an address, or both.
    Way,
    /// A command whose first word is no absolute path, or too many words.
    Command,
    /// No address such as `http://10.1.2.3:8080/yichuan`.
    Url,
    /// An address that is not in the list.
    NotAllowed,
    /// No such event.
    Event(String),
    /// No such audience.
    Audience(String),
    /// No urgency.
    Urgency(String),
    /// No seconds between 1 and 60.
    Timeout,
    /// The hook has no key yet.
    NoKey,
    /// The key is damaged, or others can read it.
    BadKey,
    /// An https address without a file of certificates, or one that cannot be read.
    Certificates,
}

impl From<io::Error> for BadHooks {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A configuration as it is written.
#[derive(Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    #[serde(default)]
    pub(super) allow: Vec<String>,
    #[serde(default)]
    pub(super) hook: Vec<WrittenHook>,
}

/// A hook as it is written.
#[derive(Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenHook {
    pub(super) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) command: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) post: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ca: Option<PathBuf>,
    #[serde(default)]
    pub(super) events: Vec<String>,
    #[serde(default)]
    pub(super) audience: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) urgency: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) timeout_seconds: Option<u64>,
    #[serde(default)]
    pub(super) duty: bool,
}

/// Where the key of a hook stands.
pub(crate) fn key_path(home: &Path, name: &str) -> PathBuf {
    home.join("hooks").join(format!("{name}.key"))
}

/// Whether a hook can have this name; it is a file's name as well.
pub(crate) fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=32).contains(&name.len()) && name.bytes().all(plain)
}

/// The text of a configuration that nobody but its owner can write; none where there is none.
fn text_of(path: PathBuf) -> Result<Option<String>, BadHooks> {
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    if unix::changeable_by_others(&file.metadata()?).is_some() {
        return Err(BadHooks::OpenToOthers(path));
    }
    let mut text = String::new();
    file.take(CONFIG_BYTES_MAX + 1).read_to_string(&mut text)?;
    if text.len() as u64 > CONFIG_BYTES_MAX {
        return Err(BadHooks::Unreadable(format!("> {CONFIG_BYTES_MAX}")));
    }
    Ok(Some(text))
}

fn written(text: &str) -> Result<Written, BadHooks> {
    toml::from_str(text).map_err(|error| BadHooks::Unreadable(error.to_string()))
}

/// What was set at the desk; nothing where nothing was.
pub(super) fn of_desk(home: &Path) -> Result<Written, BadHooks> {
    let text = text_of(super::at_desk::path(home))?;
    let found = text
        .as_deref()
        .map(written)
        .transpose()?
        .unwrap_or_default();
    // A page can set where to post, and never what is run.
    match found.hook.iter().find(|hook| hook.command.is_some()) {
        Some(hook) => Err(BadHooks::Hook {
            name: hook.name.clone(),
            why: BadHook::Command,
        }),
        None => Ok(found),
    }
}

impl Config {
    /// The configuration of a home with what was set at its desk; none where there is neither.
    pub fn of(home: &Path) -> Result<Option<Self>, BadHooks> {
        let own = text_of(home.join(CONFIG))?;
        let desk = of_desk(home)?;
        if own.is_none() && desk.hook.is_empty() {
            return Ok(None);
        }
        let own = own.as_deref().map(written).transpose()?.unwrap_or_default();
        Self::joined(own, desk, home).map(Some)
    }

    /// Reads a configuration; keys stand in `home`.
    pub fn parse(text: &str, home: &Path) -> Result<Self, BadHooks> {
        Self::joined(written(text)?, Written::default(), home)
    }

    /// What the owner wrote, and `desk` with it, as they would hold together.
    pub(super) fn with_desk(desk: Written, home: &Path) -> Result<Self, BadHooks> {
        let own = text_of(home.join(CONFIG))?;
        let own = own.as_deref().map(written).transpose()?.unwrap_or_default();
        Self::joined(own, desk, home)
    }

    fn joined(mut written: Written, desk: Written, home: &Path) -> Result<Self, BadHooks> {
        written.hook.extend(desk.hook);
        written.allow.extend(desk.allow);
        if written.hook.len() > HOOKS_MAX {
            return Err(BadHooks::TooMany(written.hook.len()));
        }
        let allowed = Allowed::read(&written.allow).map_err(BadHooks::Allow)?;
        let mut hooks: Vec<Hook> = Vec::new();
        for hook in written.hook {
            let name = hook.name.clone();
            let of_hook = |why| BadHooks::Hook {
                name: name.chars().filter(|sign| !sign.is_control()).collect(),
                why,
            };
            if !is_name(&name) || hooks.iter().any(|other| other.name == name) {
                return Err(of_hook(BadHook::Name));
            }
            hooks.push(Hook::read(hook, home, &allowed).map_err(of_hook)?);
        }
        Ok(Self { hooks, allowed })
    }

    /// The hooks.
    pub fn hooks(&self) -> &[Hook] {
        &self.hooks
    }

    /// The addresses that may be reached.
    pub const fn allowed(&self) -> &Allowed {
        &self.allowed
    }
}

impl Hook {
    fn read(written: WrittenHook, home: &Path, allowed: &Allowed) -> Result<Self, BadHook> {
        let ca = written.ca.as_deref();
        let way = match (written.command, written.post) {
            (Some(words), None) => {
                let absolute = words.first().is_some_and(|word| word.starts_with('/'));
                let nul = words.iter().any(|word| word.contains('\0'));
                if !absolute || nul || words.len() > WORDS_MAX {
                    return Err(BadHook::Command);
                }
                Way::Command(words)
            }
            (None, Some(url)) => {
                let url = Url::parse(&url).ok_or(BadHook::Url)?;
                if !allowed.names(&url) {
                    return Err(BadHook::NotAllowed);
                }
                let key = read_key(&key_path(home, &written.name))?;
                let target = Target::new(url, key, ca).ok_or(BadHook::Certificates)?;
                Way::Post(Box::new(target))
            }
            _ => return Err(BadHook::Way),
        };
        let event =
            |name: &String| NoticeKind::parse(name).ok_or_else(|| BadHook::Event(name.clone()));
        let audience =
            |name: &String| For::parse(name).ok_or_else(|| BadHook::Audience(name.clone()));
        let urgency = match &written.urgency {
            Some(word) => Urgency::parse(word).ok_or_else(|| BadHook::Urgency(word.clone()))?,
            None => Urgency::Ordinary,
        };
        let seconds = written.timeout_seconds.unwrap_or(SECONDS.1);
        if !(1..=SECONDS.0).contains(&seconds) {
            return Err(BadHook::Timeout);
        }
        Ok(Self {
            name: written.name,
            way,
            events: written.events.iter().map(event).collect::<Result<_, _>>()?,
            audiences: written
                .audience
                .iter()
                .map(audience)
                .collect::<Result<_, _>>()?,
            urgency,
            limit: Duration::from_secs(seconds),
            duty: written.duty,
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How it is told.
    pub const fn way(&self) -> &Way {
        &self.way
    }

    /// The events that it wants; all but plain records where none is named.
    pub fn events(&self) -> &[NoticeKind] {
        &self.events
    }

    /// Whom the events are for that it wants; everybody where nobody is named.
    pub fn audiences(&self) -> &[For] {
        &self.audiences
    }

    /// The least urgency that it wants.
    pub const fn urgency(&self) -> Urgency {
        self.urgency
    }

    /// How long it may take.
    pub const fn limit(&self) -> Duration {
        self.limit
    }

    /// Whether it is told who is on duty.
    pub const fn duty(&self) -> bool {
        self.duty
    }
}

/// The key of a hook, which only its owner can read.
fn read_key(path: &Path) -> Result<Zeroizing<[u8; KEY_BYTES]>, BadHook> {
    let file = File::open(path).map_err(|_| BadHook::NoKey)?;
    let open = unix::open_to_others(&file).map_err(|_| BadHook::BadKey)?;
    let mut text = Zeroizing::new(String::new());
    let read = file.take(1_024).read_to_string(&mut text);
    if open.is_some() || read.is_err() {
        return Err(BadHook::BadKey);
    }
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    let decoded = data_encoding::HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes());
    let decoded = Zeroizing::new(decoded.map_err(|_| BadHook::BadKey)?);
    if decoded.len() != KEY_BYTES {
        return Err(BadHook::BadKey);
    }
    key.copy_from_slice(&decoded);
    Ok(key)
}
