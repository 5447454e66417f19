//! Where the unit's OA system is told of what happens: addresses that are set at the desk. Programs
//! are set in `hooks.toml` alone, by whoever can write there.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yichuan_document::Timestamp;
use yichuan_document::roster::record::Role;
use yichuan_unit::hooks::at_desk::{self, PostHook};
use yichuan_unit::hooks::{BadHooks, Config, Hook, Hooks, Way, deliver, trial};
use yichuan_unit::keystore::Password;
use yichuan_unit::office::Failed;
use yichuan_unit::office::place::Unlocked;

use super::me::{roles, roster};
use super::oa::OnceMore;
use super::session::opened;
use crate::desk::Desk;
use crate::entry::{Entered, Sitting};
use crate::oa::not_permitted;
use crate::problem::Problem;
use crate::words::{Items, Time};

/// A hook, and how it stands with it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HookLine {
    name: String,
    /// Host and port, or the program.
    target: String,
    /// The whole address, of one that was set at the desk.
    url: Option<String>,
    events: Vec<&'static str>,
    audience: Vec<&'static str>,
    urgency: String,
    timeout_seconds: u64,
    /// Whether it was set at the desk, and can be changed here.
    at_desk: bool,
    /// How many events wait for it.
    waiting: usize,
    /// How often the most stubborn of them was tried.
    attempts: usize,
    next_try: Option<Time>,
    /// Why it was not delivered.
    failed: Option<String>,
}

/// A hook that is to be set.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewHook {
    /// `http://host:port/path`, or https with `ca`.
    url: String,
    /// The file with the certificates that sign for an https address, on this computer.
    ca: Option<String>,
    /// All where none is named.
    #[serde(default)]
    events: Vec<String>,
    #[serde(default)]
    audience: Vec<String>,
    urgency: Option<String>,
    timeout_seconds: Option<u64>,
    /// The account's password, once more.
    password: String,
}

/// The key with which a hook's events are signed, where it is a new one; shown once.
#[derive(Serialize, ToSchema)]
pub(crate) struct HookKey {
    /// In hexadecimal.
    key: Option<String>,
}

/// What became of an event for trial.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Tried {
    delivered: bool,
    failed: Option<String>,
}

impl From<BadHooks> for Problem {
    fn from(why: BadHooks) -> Self {
        let told = yichuan_unit::report::explained::explain(&Failed::Hooks(why)).what;
        Self::entry(told)
    }
}

/// Only who sends, receives or manages sets them, and says the password once more.
async fn admit(desk: &Arc<Desk>, sitting: &Sitting, password: String) -> Result<(), Problem> {
    let allowed = sitting.act(async |at| {
        let (roster, account) = (roster(at).await?, at.held.unlocked.account.clone());
        let own = roles(&roster, &account);
        let with = [Role::Send, Role::Receive, Role::Manage];
        Ok(with.iter().any(|role| own.contains(role)))
    });
    if !allowed.await? {
        return Err(not_permitted());
    }
    let (home, account) = (desk.home.clone(), sitting.seat.account.clone());
    opened(desk, move || {
        let password = Password::new(password);
        Ok(Unlocked::open(&home, &account, password).map(drop)?)
    })
    .await
}

/// Seats that tell hooks read them again.
fn read_again(desk: &Desk) {
    for seat in desk.oa.all() {
        seat.hooks_changed();
    }
}

fn line(desk: &Desk, hook: &Hook, set: &[PostHook]) -> Result<HookLine, Problem> {
    let at_desk = set.iter().find(|set| set.name == hook.name());
    let waiting = at_desk::waiting(&desk.home, hook.name())?;
    let next = (waiting.count > 0).then(|| Timestamp::from_unix_ms(waiting.next_ms).into());
    Ok(HookLine {
        name: hook.name().to_owned(),
        target: match hook.way() {
            Way::Command(words) => words.first().cloned().unwrap_or_default(),
            Way::Post(target) => target.shown(),
        },
        url: at_desk.map(|set| set.post.clone()),
        events: hook.events().iter().map(|it| it.name()).collect(),
        audience: hook.audiences().iter().map(|it| it.name()).collect(),
        urgency: hook.urgency().en().to_owned(),
        timeout_seconds: hook.limit().as_secs(),
        at_desk: at_desk.is_some(),
        waiting: waiting.count,
        attempts: waiting.attempts,
        next_try: next,
        failed: waiting.failed,
    })
}

/// Who is told of what happens
#[utoipa::path(get, path = "/api/v1/oa/hooks", tag = "oa",
    responses((status = 200, body = Items<HookLine>)))]
pub(crate) async fn all(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
) -> Result<Json<Items<HookLine>>, Problem> {
    let items = sitting.say(|| {
        let set = at_desk::all(&desk.home)?;
        let config = Config::of(&desk.home)?;
        let hooks = config.as_ref().map(Config::hooks).unwrap_or_default();
        hooks.iter().map(|hook| line(&desk, hook, &set)).collect()
    });
    let items: Result<Vec<HookLine>, Problem> = items;
    Ok(Json(Items { items: items? }))
}

/// Sets an address that is told, in place of one of its name
#[utoipa::path(put, path = "/api/v1/oa/hooks/{name}", tag = "oa",
    params(("name" = String, Path)), request_body = NewHook,
    responses((status = 200, body = HookKey)))]
pub(crate) async fn set(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
    Path(name): Path<String>,
    Entered(entered): Entered<NewHook>,
) -> Result<Json<HookKey>, Problem> {
    admit(&desk, &sitting, entered.password).await?;
    let hook = PostHook {
        name,
        post: entered.url,
        ca: entered.ca.map(PathBuf::from),
        events: entered.events,
        audience: entered.audience,
        urgency: entered.urgency,
        timeout_seconds: entered.timeout_seconds,
    };
    let newest = sitting.act(async |at| {
        let session = at.session_if_reached().await?;
        Ok(session.map(|session| session.feed.cursor()))
    });
    if let Some(newest) = newest.await? {
        Hooks::begin(&desk.home, newest)?;
    }
    let key = sitting.say(|| at_desk::set(&desk.home, &hook).map_err(Problem::from))?;
    read_again(&desk);
    Ok(Json(HookKey {
        key: key.map(|key| key.to_string()),
    }))
}

/// Removes an address
#[utoipa::path(delete, path = "/api/v1/oa/hooks/{name}", tag = "oa",
    params(("name" = String, Path)), responses((status = 204)))]
pub(crate) async fn remove(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    let removed = sitting.say(|| at_desk::remove(&desk.home, &name).map_err(Problem::from))?;
    if !removed {
        return Err(Problem::not_found());
    }
    read_again(&desk);
    Ok(StatusCode::NO_CONTENT)
}

fn is_set(desk: &Desk, name: &str) -> Result<(), Problem> {
    let set = at_desk::all(&desk.home)?;
    let known = set.iter().any(|hook| hook.name == name);
    known.then_some(()).ok_or_else(Problem::not_found)
}

/// Makes a new key for an address; the old one signs nothing more
#[utoipa::path(post, path = "/api/v1/oa/hooks/{name}/key", tag = "oa",
    params(("name" = String, Path)), request_body = OnceMore,
    responses((status = 200, body = HookKey)))]
pub(crate) async fn key(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
    Path(name): Path<String>,
    Entered(entered): Entered<OnceMore>,
) -> Result<Json<HookKey>, Problem> {
    admit(&desk, &sitting, entered.password).await?;
    is_set(&desk, &name)?;
    let key = at_desk::new_key(&desk.home, &name)?;
    read_again(&desk);
    Ok(Json(HookKey {
        key: Some(key.to_string()),
    }))
}

/// Sends an event for trial
#[utoipa::path(post, path = "/api/v1/oa/hooks/{name}/try", tag = "oa",
    params(("name" = String, Path)), responses((status = 200, body = Tried)))]
pub(crate) async fn attempt(
    State(desk): State<Arc<Desk>>,
    _: Sitting,
    Path(name): Path<String>,
) -> Result<Json<Tried>, Problem> {
    is_set(&desk, &name)?;
    let config = Config::of(&desk.home)?.ok_or_else(Problem::not_found)?;
    let hook = config.hooks().iter().find(|hook| hook.name() == name);
    let hook = hook.ok_or_else(Problem::not_found)?;
    let sent = deliver(hook, config.allowed(), &trial()).await;
    Ok(Json(Tried {
        delivered: sent.is_ok(),
        failed: sent.err().map(|why| why.to_string()),
    }))
}
