//! Notification hooks: what the agent hears is handed to a command or posted to an address, so that
//! an SMS gateway or an OA system can be attached. `docs/using/hooks.md` has the contract.
//!
//! A hook never gets a title or a text. Towards a hook an event is sent at least once, always under
//! the same id; here each event is taken up once, whatever restarts in between.

mod address;
pub mod at_desk;
mod command;
mod config;
mod post;
mod queue;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::home::replace;
use crate::office::notices::{Notice, NoticeKind};
use crate::unix;
use queue::{Item, Queue};

pub use address::{Allowed, NotReached};
pub use config::{BadHook, BadHooks, CONFIG_BYTES_MAX, Config, Hook, Way};
pub(crate) use config::{is_name, key_path};
pub use post::signature;
pub use queue::Waiting;

/// The file of the configuration, in the home.
pub const CONFIG: &str = "hooks.toml";
/// How long a hook that ends with its agent is waited for.
const LAST_WAIT: Duration = Duration::from_secs(10);

/// Why an event did not reach its hook.
#[derive(Debug, PartialEq, Eq)]
pub enum NotDelivered {
    /// The command could not be started, with the system's words.
    NotStarted(String),
    /// The command ended with another code than 0, with the first of what it said.
    Ended(Option<i32>, String),
    /// It took longer than its limit.
    Slow,
    /// The address may not be reached, or was not.
    Address(NotReached),
    /// Another status than 2xx.
    Status(u16),
    /// No HTTP.
    NotHttp,
    /// A connection that broke, or a certificate that does not fit.
    Link(String),
}

/// The file with the number of the last event that was taken up.
const MARKER: &str = "marker";

/// The hooks of a home, at work for one agent.
pub struct Hooks {
    folder: PathBuf,
    config: Config,
    queue: Queue,
    news: Notify,
    /// Held as long as this agent runs: two agents of one home do not both tell.
    _lock: File,
}

impl Hooks {
    /// The hooks of a home; none where there are none, or where another agent has them at work.
    pub fn of(home: &Path) -> Result<Option<Arc<Self>>, BadHooks> {
        let Some(config) = Config::of(home)? else {
            return Ok(None);
        };
        let folder = home.join("hooks");
        unix::create_private_folder(&folder)?;
        let lock = File::create(folder.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Ok(None),
            Err(std::fs::TryLockError::Error(error)) => return Err(error.into()),
        }
        let queue = Queue::open(&folder.join("queue"))?;
        Ok(Some(Arc::new(Self {
            folder,
            config,
            queue,
            news: Notify::new(),
            _lock: lock,
        })))
    }

    /// Says, before the first hook of a home is set, from when on it is told: what comes after the
    /// event `newest`, however long it takes until hooks are at work. Where others are told already
    /// it begins with theirs.
    pub fn begin(home: &Path, newest: u64) -> Result<(), BadHooks> {
        let config = Config::of(home)?;
        let folder = home.join("hooks");
        let marker = folder.join(MARKER);
        if config.is_some_and(|config| !config.hooks().is_empty()) && marker.exists() {
            return Ok(());
        }
        unix::create_private_folder(&folder)?;
        Ok(replace(&marker, newest.to_string().as_bytes())?)
    }

    fn marker(&self) -> PathBuf {
        self.folder.join(MARKER)
    }

    /// The number of the last event that was taken up; `newest` where hooks begin only now, so that
    /// nobody is told of what is long past.
    pub fn taken_up(&self, newest: u64) -> std::io::Result<u64> {
        match std::fs::read_to_string(self.marker()) {
            Ok(text) => Ok(text.trim().parse().unwrap_or(newest)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                self.mark(newest)?;
                Ok(newest)
            }
            Err(error) => Err(error),
        }
    }

    fn mark(&self, sequence: u64) -> std::io::Result<()> {
        replace(&self.marker(), sequence.to_string().as_bytes())
    }

    /// Takes notices up: puts them in the queues of the hooks that want them, and then notes that
    /// it did. An event that stands in a queue already is not put there again.
    pub fn take_up(&self, notices: &[(Notice, Vec<String>)]) -> std::io::Result<usize> {
        let mut lost = 0;
        for (notice, on_duty) in notices {
            for hook in self.config.hooks().iter().filter(|it| it.wants(notice)) {
                let duty = hook.duty().then_some(on_duty.as_slice());
                let item = Item::new(hook.name(), notice.is_urgent(), event(notice, duty));
                lost += self.queue.push(notice.sequence, &item)?;
            }
        }
        if let Some((last, _)) = notices.last() {
            self.mark(last.sequence)?;
        }
        self.news.notify_waiters();
        Ok(lost)
    }

    /// Delivers what falls due, hook by hook, as long as the agent runs.
    pub fn work(self: &Arc<Self>) -> Vec<tokio::task::JoinHandle<()>> {
        let places = 0..self.config.hooks().len();
        let one = |place| {
            let hooks = Arc::clone(self);
            tokio::spawn(async move { hooks.work_on(place).await })
        };
        places.map(one).collect()
    }

    async fn work_on(&self, place: usize) {
        let Some(hook) = self.config.hooks().get(place) else {
            return;
        };
        loop {
            // Whoever puts something in while this looks is not missed.
            let news = self.news.notified();
            let next = self.deliver_due(hook).await;
            let wait = Duration::from_millis(next.unwrap_or(60_000).clamp(50, 60_000));
            let _ = tokio::time::timeout(wait, news).await;
        }
    }

    /// Delivers what is due of a hook, urgent events first; tells in how many milliseconds the next
    /// one is.
    async fn deliver_due(&self, hook: &Hook) -> Option<u64> {
        loop {
            let now = crate::now().unix_ms();
            let (name, item) = match self.queue.next(hook.name(), now) {
                queue::Next::Due(name, item) => (name, item),
                queue::Next::In(ms) => return Some(ms),
                queue::Next::Nothing => return None,
            };
            let outcome = self.deliver(hook, item.event()).await;
            let kept = match &outcome {
                Ok(()) => self.queue.done(&name),
                Err(why) => {
                    tell(hook.name(), why);
                    let now = crate::now().unix_ms();
                    self.queue.again(&name, *item, now, &why.to_string())
                }
            };
            if let Err(error) = kept {
                eprintln!("hook {}: {error}", hook.name());
                // The disk is asked again after a while, not at once.
                return Some(60_000);
            }
        }
    }

    async fn deliver(&self, hook: &Hook, event: &Value) -> Result<(), NotDelivered> {
        deliver(hook, self.config.allowed(), event).await
    }

    /// Tries once more what is due, before the agent ends.
    pub async fn finish(&self) {
        for hook in self.config.hooks() {
            let _ = tokio::time::timeout(LAST_WAIT, self.deliver_due(hook)).await;
        }
    }
}

/// Hands one event to a hook.
pub async fn deliver(hook: &Hook, allowed: &Allowed, event: &Value) -> Result<(), NotDelivered> {
    let body = event.to_string();
    let id = event["id"].as_str().unwrap_or_default();
    let work = async {
        match hook.way() {
            Way::Command(words) => command::run(words, body.as_bytes()).await,
            Way::Post(target) => {
                let seconds = crate::now().unix_ms() / 1_000;
                post::post(target, allowed, (id, seconds), body.as_bytes()).await
            }
        }
    };
    let within = tokio::time::timeout(hook.limit(), work).await;
    within.unwrap_or(Err(NotDelivered::Slow))
}

/// What a hook gets: codes, times and ids.
fn event(notice: &Notice, on_duty: Option<&[String]>) -> Value {
    let document = notice.document.map(|about| about.document.to_string());
    let mut event = json!({
        "version": 1,
        "id": format!("{}-{}", notice.index, notice.kind.name()),
        "event": notice.kind.name(),
        "for": notice.to.name(),
        "urgency": notice.urgency.en(),
        "document": document,
        "unit": notice.unit.as_ref().map(yichuan_document::UnitCode::as_str),
        "due_ms": notice.due.map(yichuan_document::Timestamp::unix_ms),
        "percent": notice.percent,
        "index": notice.index,
        "time_ms": notice.time.unix_ms(),
    });
    if let Some(on_duty) = on_duty {
        event["on_duty"] = json!(on_duty);
    }
    event
}

/// An event for trying a hook out.
pub fn trial() -> Value {
    let now = crate::now();
    json!({
        "version": 1,
        "id": format!("trial-{}", now.unix_ms()),
        "event": "trial",
        "for": "manager",
        "urgency": "ordinary",
        "time_ms": now.unix_ms(),
    })
}

fn tell(hook: &str, why: &NotDelivered) {
    eprintln!("hook {hook}: {why}");
}

impl std::fmt::Display for NotDelivered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotStarted(why) => write!(f, "the command could not be started: {why}"),
            Self::Ended(Some(code), said) => write!(f, "the command ended with {code}: {said}"),
            Self::Ended(None, _) => f.write_str("the command was ended by a signal"),
            Self::Slow => f.write_str("it took too long"),
            Self::Address(why) => why.fmt(f),
            Self::Status(status @ 300..400) => {
                write!(f, "status {status}: redirects are not followed")
            }
            Self::Status(status) => write!(f, "status {status}"),
            Self::NotHttp => f.write_str("the answer is no HTTP"),
            Self::Link(why) => f.write_str(why),
        }
    }
}

impl Hook {
    /// Whether an event is for this hook.
    pub(crate) fn wants(&self, notice: &Notice) -> bool {
        let named = if self.events().is_empty() {
            notice.kind != NoticeKind::Recorded
        } else {
            self.events().contains(&notice.kind)
        };
        named
            && (self.audiences().is_empty() || self.audiences().contains(&notice.to))
            && notice.urgency >= self.urgency()
    }
}

#[cfg(test)]
mod tests;
