//! What the commands share: the home, the password, the account, the session.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use yichuan_document::roster::Roster;
use yichuan_document::roster::record::Role;
use yichuan_document::{AccountId, Timestamp};
use yichuan_evidence::entry::Entry;

use super::Globals;
use crate::home::{Home, HomeFailed};
use crate::keystore::Password;
use crate::lang::{local, say};
use crate::office::mirror::Mirror;
use crate::office::place::{Place, Unlocked};
use crate::office::staff::stand_ins;
use crate::office::{Failed, Session};
use crate::unix;

/// How long a command waits for another one before it says so.
const QUIET: Duration = Duration::from_secs(1);

impl Globals {
    /// The home's folder.
    pub(super) fn folder(&self) -> Result<PathBuf, Failed> {
        if let Some(home) = &self.home {
            return Ok(home.clone());
        }
        if let Some(home) = std::env::var_os("YICHUAN_HOME") {
            return Ok(PathBuf::from(home));
        }
        let user = std::env::var_os("HOME").ok_or_else(|| {
            Failed::Usage(say("请用 --home 指明工作目录", "name a home with --home").to_owned())
        })?;
        Ok(Path::new(&user).join(".local/share/yichuan"))
    }

    /// Takes the home for this command alone.
    pub(super) fn take_home(&self) -> Result<Home, Failed> {
        let folder = self.folder()?;
        match Home::take_within(&folder, &self.doing, QUIET) {
            Err(HomeFailed::Busy { holder }) => {
                eprintln!(
                    "{}: {holder}",
                    say("等待另一命令结束", "waiting for another command")
                );
                Ok(Home::take(&folder, &self.doing)?)
            }
            taken => Ok(taken?),
        }
    }

    /// The password: from the descriptor, or asked for.
    pub(super) fn password(&self, of: &str) -> Result<Password, Failed> {
        if let Some(descriptor) = self.password_fd {
            return Ok(Password::read(unix::inherited(descriptor)?)?);
        }
        if !std::io::stdin().is_terminal() {
            return Err(Failed::Usage(
                say(
                    "没有终端可输入口令：用 --password-fd",
                    "no terminal to ask for the password: use --password-fd",
                )
                .to_owned(),
            ));
        }
        let text = rpassword::prompt_password(format!("{} {of}: ", say("口令", "password")))?;
        Ok(Password::new(text))
    }

    /// A new password, typed twice where it is typed.
    pub(super) fn new_password(&self, of: &str) -> Result<Password, Failed> {
        let first = self.password(of)?;
        first.check().map_err(|_| Failed::WeakPassword)?;
        if self.password_fd.is_none() {
            let again = rpassword::prompt_password(format!("{}: ", say("再输一遍", "once more")))?;
            if !first.is(&again) {
                return Err(Failed::Usage(
                    say("两次输入的口令不同", "the two passwords differ").to_owned(),
                ));
            }
        }
        Ok(first)
    }

    /// The account that acts: as named, or the one on this computer with the role.
    pub(super) fn acting(
        &self,
        roster: &Roster,
        home: &Path,
        role: Option<Role>,
    ) -> Result<AccountId, Failed> {
        if let Some(name) = &self.account {
            return name.parse().map_err(|_| Failed::Usage(format!("{name:?}")));
        }
        let mut fitting = Vec::new();
        for account in local_accounts(home)? {
            let stands_in =
                role == Some(Role::Approve) && stand_ins(roster, crate::now()).contains(&account);
            let has = role.is_none_or(|role| {
                roster
                    .account(&account)
                    .is_some_and(|record| record.roles.contains(&role))
            });
            if has || stands_in {
                fitting.push(account);
            }
        }
        match fitting.as_slice() {
            [one] => Ok(one.clone()),
            [] => Err(Failed::NoAccountFor(role.map_or("", Role::zh))),
            _ => Err(Failed::WhichAccount(fitting)),
        }
    }

    /// Opens a session as the account that has `role`.
    pub(super) async fn session(
        &self,
        home: &Home,
        role: Option<Role>,
    ) -> Result<(Session, Unlocked), Failed> {
        let place = Place::of(home)?;
        let known = Mirror::load(home.folder(), &place.pin)?;
        let account = match (&self.account, &known) {
            (Some(name), _) => name
                .parse()
                .map_err(|_| Failed::Usage(format!("{name:?}")))?,
            (None, Some(mirror)) => self.acting(mirror.roster(), home.folder(), role)?,
            (None, None) => return Err(Failed::NoAccountFor("")),
        };
        let unlocked = self.unlock(home, &account)?;
        let identity = unlocked.identity();
        let session = Session::open(&place.contact(home), identity).await?;
        unlocked.confirm(home.folder())?;
        remind(session.password_until);
        Ok((session, unlocked))
    }

    /// As [`Globals::session`], as the account here that has the first of `roles` that any has.
    pub(super) async fn session_of_any(
        &self,
        home: &Home,
        roles: &[Role],
    ) -> Result<(Session, Unlocked), Failed> {
        let place = Place::of(home)?;
        let known = Mirror::load(home.folder(), &place.pin)?;
        let Some(mirror) = known else {
            return Err(Failed::NoAccountFor(""));
        };
        let mut none = Failed::NoAccountFor("");
        for role in roles {
            match self.acting(mirror.roster(), home.folder(), Some(*role)) {
                Err(missing @ Failed::NoAccountFor(_)) => none = missing,
                found => {
                    let account = Some(found?.to_string());
                    let named = Self {
                        account,
                        ..self.clone()
                    };
                    return named.session(home, None).await;
                }
            }
        }
        Err(none)
    }

    /// Opens the keystore of an account, and logs in to the token that it signs with.
    pub(super) fn unlock(&self, home: &Home, account: &AccountId) -> Result<Unlocked, Failed> {
        let password = self.password(account.as_str())?;
        let mut unlocked = Unlocked::open(home.folder(), account, password)?;
        unlocked.token_module = self.other_token_module();
        self.ready(&unlocked.signing())?;
        Ok(unlocked)
    }

    /// Tells that a statement was recorded, with what more there is to say of it.
    pub(super) fn recorded(
        &self,
        (zh, en): (&str, &str),
        (index, entry): &(u64, Entry),
        mut more: Value,
        text: &str,
    ) {
        more["done"] = json!(en);
        more["index"] = json!(index);
        more["time_ms"] = json!(entry.time.unix_ms());
        let colon = if text.is_empty() { "" } else { ": " };
        let place = say("日志序号", "log index");
        let time = local(entry.time);
        let text = format!("{}{colon}{text}\n{place} {index}, {time}", say(zh, en));
        self.print(&more, &text);
    }

    /// Prints data: as JSON where that was asked for, else the text.
    pub(super) fn print(&self, json: &Value, text: &str) {
        if self.json {
            println!("{json:#}");
        } else {
            print!("{text}");
            if !text.ends_with('\n') {
                println!();
            }
        }
    }
}

/// From when on the end of a password is told before it comes.
const REMINDED_MS: u64 = 14 * 86_400_000;

/// Tells that the password has to be changed soon.
fn remind(until: Option<Timestamp>) {
    let Some(until) = until else { return };
    let left = until.ms_since(crate::now());
    if left < REMINDED_MS {
        eprintln!(
            "{} {}{}",
            say("口令有效至", "the password may be used until"),
            local(until),
            say(
                "，请及时更改：yichuan password",
                "; change it: yichuan password"
            ),
        );
    }
}

/// The accounts that have a keystore here.
pub fn local_accounts(home: &Path) -> Result<Vec<AccountId>, Failed> {
    let mut accounts = Vec::new();
    let entries = match std::fs::read_dir(home.join("accounts")) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(accounts),
        Err(error) => return Err(error.into()),
    };
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if let Some(account) = name.strip_suffix(".key").and_then(|name| name.parse().ok()) {
            accounts.push(account);
        }
    }
    accounts.sort();
    Ok(accounts)
}

/// The roster as it is now; as it was last seen, and told so, where the exchange is not reached.
pub(super) fn newest_roster(place: &Place, home: &Home) -> Result<Mirror, Failed> {
    match block_on(async { place.contact(home).connect().await }) {
        Ok(connected) => Ok(connected.mirror),
        Err(Failed::Link(why)) if why.is_unreachable() => {
            let known = Mirror::load(home.folder(), &place.pin)?;
            let known = known.ok_or(Failed::Link(why))?;
            eprintln!(
                "{}",
                say(
                    "连接不上交换中心，使用上次同步的名册",
                    "the exchange is not reached; this is the roster as it was last seen",
                )
            );
            Ok(known)
        }
        Err(other) => Err(other),
    }
}

/// Runs a command that talks to the exchange.
pub(super) fn block_on<T>(work: impl Future<Output = Result<T, Failed>>) -> Result<T, Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(work);
    // Connections say goodbye in the background; nobody waits for them.
    runtime.shutdown_timeout(std::time::Duration::from_millis(100));
    outcome
}
