//! A seat: somebody who has signed in, with the opened keystore and the one connection that goes
//! with it.
//!
//! What it never does: keep a secret after it was locked, or hold the home while nobody works, so
//! that commands work beside the desk.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::broadcast;
use yichuan_document::{AccountId, Digest, Timestamp};
use yichuan_unit::home::Home;
use yichuan_unit::keystore::Password;
use yichuan_unit::lang::{Lang, within};
use yichuan_unit::oa::TagKey;
use yichuan_unit::office::feed::Feed;
use yichuan_unit::office::mirror::Mirror;
use yichuan_unit::office::notes::OwnNumbers;
use yichuan_unit::office::place::{Place, Unlocked};
use yichuan_unit::office::register::Registers;
use yichuan_unit::office::{Failed, Session};
use yichuan_unit::token::Pin;

use crate::hooked::Hooked;
use crate::kept::Shelf;
use crate::news::News;
use crate::problem::{NO_SHARE, Problem};
use crate::titles::Titles;
use crate::uploads::Uploads;

/// How long an act waits for another command on the same home.
const HOME_WAIT: Duration = Duration::from_secs(10);
/// How long it waits at most for the event that an act makes, which is on its way.
const EVENT_WAIT: Duration = Duration::from_secs(3);
/// How long nobody tries again after the exchange was not reached.
const QUIET: Duration = Duration::from_secs(3);
/// After how long unused a session at the exchange is opened anew, for it ends there by itself.
const STALE: Duration = Duration::from_secs(600);
/// How often the roster is asked for what is new.
const ROSTER_EVERY: Duration = Duration::from_secs(30);
/// How long a seat for OA systems leaves its account to whoever signed in elsewhere.
const YIELDED: Duration = Duration::from_secs(30);
/// How many events wait for a browser that does not read them.
const NEWS_WAITING: usize = 256;

/// Somebody who has signed in.
pub(crate) struct Seat {
    /// The account.
    pub(crate) account: AccountId,
    /// The files that were uploaded here.
    pub(crate) uploads: Arc<Uploads>,
    /// What there is to tell the browser.
    pub(crate) news: broadcast::Sender<News>,
    folder: PathBuf,
    module: Option<PathBuf>,
    held: tokio::sync::Mutex<Option<Held>>,
    standing: Mutex<Standing>,
    /// The hooks that are told of what happens, at a seat for OA systems.
    hooked: Mutex<Hooked>,
}

/// How a seat stands, for who asks without working.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    /// Whether it is locked.
    pub(crate) locked: bool,
    /// When somebody was last here.
    pub(crate) touched: Instant,
    /// Whether the exchange is reached.
    pub(crate) connected: bool,
    /// Since when it is so.
    pub(crate) since: Timestamp,
    /// The unit's last event.
    pub(crate) events: u64,
}

/// What is held while a seat is not locked.
pub(crate) struct Held {
    /// The opened keystore.
    pub(crate) unlocked: Unlocked,
    /// What the computer knows of its exchange.
    pub(crate) place: Place,
    /// The connection, where the exchange is reached.
    pub(crate) session: Option<Session>,
    /// What the account keeps on this computer for itself.
    pub(crate) shelf: Arc<Shelf>,
    /// Titles that were opened, which are secret: they go with the lock, and are kept closed.
    pub(crate) titles: Titles,
    /// Documents that did not open for this account, so that nobody tries each time.
    pub(crate) untitled: BTreeSet<Digest>,
    /// Documents whose titles are still to be opened, the newest last, as of an event.
    pub(crate) untold: Option<(u64, Vec<Digest>)>,
    /// Up to which event the titles of what is withheld were forgotten.
    pub(crate) withheld_to: Option<u64>,
    /// Of meeting notices that were looked into: whether they have a form to reply with.
    pub(crate) forms: BTreeMap<Digest, bool>,
    /// The numbers of the unit's own registers, as far as they were read.
    pub(crate) own_numbers: OwnNumbers,
    /// The unit's events while there is no session, with what was made of them.
    feed: Option<Feed>,
    used: Instant,
    tried: Option<Instant>,
    yielded: Option<Instant>,
    /// When the roster was last asked for what is new.
    followed: Instant,
    /// Whether the account was found to lack the unit's key, which somebody may share now.
    lacks_key: bool,
    /// The last event that the browser was told of.
    pub(crate) told: u64,
}

/// An act at work: the home is taken, the keystore open.
pub(crate) struct At<'a> {
    /// The home.
    pub(crate) home: &'a Home,
    /// What the seat holds.
    pub(crate) held: &'a mut Held,
    /// What there is to tell the browser.
    pub(crate) news: &'a broadcast::Sender<News>,
}

/// What opens a seat: the account's password, and the PIN of the token that its key may be on.
pub(crate) type Secret = (Password, Option<Pin>);

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes the home for an act; waits for another command that has it.
pub(crate) fn take_home(folder: &Path) -> Result<Home, Failed> {
    Ok(Home::take_within(folder, "desk", HOME_WAIT)?)
}

impl Seat {
    /// Opens the keystore of an account with its password, and the token that its key is on with
    /// the PIN; waits where too many tries were made.
    pub(crate) fn open(
        folder: PathBuf,
        module: Option<PathBuf>,
        account: AccountId,
        secret: Secret,
        uploads: Uploads,
    ) -> Result<Self, Failed> {
        let held = Held::open(&folder, module.clone(), &account, secret)?;
        Ok(Self {
            account,
            uploads: Arc::new(uploads),
            hooked: Mutex::default(),
            news: broadcast::channel(NEWS_WAITING).0,
            folder,
            module,
            held: tokio::sync::Mutex::new(Some(held)),
            standing: Mutex::new(Standing {
                locked: false,
                touched: Instant::now(),
                connected: false,
                since: yichuan_unit::now(),
                events: 0,
            }),
        })
    }

    /// How it stands.
    pub(crate) fn standing(&self) -> Standing {
        *lock(&self.standing)
    }

    /// Somebody is here.
    pub(crate) fn touch(&self) {
        lock(&self.standing).touched = Instant::now();
    }

    /// Locks: what was opened is wiped. Waits for an act that is under way.
    pub(crate) async fn lock(&self) {
        lock(&self.standing).locked = true;
        lock(&self.hooked).rest();
        *self.held.lock().await = None;
        // Nobody may be listening.
        let _ = self.news.send(News::State);
    }

    /// Opens the keystore again.
    pub(crate) fn unlock(&self, secret: Secret) -> Result<(), Failed> {
        let mut place = self.held.blocking_lock();
        // Whoever is let go logs out of its token: that must not come after the new one's log-in.
        *place = None;
        lock(&self.standing).locked = true;
        let held = Held::open(&self.folder, self.module.clone(), &self.account, secret)?;
        *place = Some(held);
        drop(place);
        let mut standing = lock(&self.standing);
        standing.locked = false;
        standing.touched = Instant::now();
        drop(standing);
        let _ = self.news.send(News::State);
        Ok(())
    }

    /// Does `work` with the home taken, in the language of who asked. The work runs on a thread of
    /// its own, for progress is told by functions that stay on one.
    pub(crate) async fn act<T, W>(self: &Arc<Self>, lang: Lang, work: W) -> Result<T, Problem>
    where
        T: Send + 'static,
        W: AsyncFnOnce(&mut At<'_>) -> Result<T, Problem> + Send + 'static,
    {
        let seat = Arc::clone(self);
        let runtime = Handle::current();
        let done = tokio::task::spawn_blocking(move || {
            let mut held = seat.held.blocking_lock();
            let held = held.as_mut().ok_or_else(Problem::locked)?;
            let home = within(lang, || take_home(&seat.folder))?;
            let mut at = At {
                home: &home,
                held,
                news: &seat.news,
            };
            let outcome = within(lang, || runtime.block_on(work(&mut at)));
            if outcome.as_ref().is_err_and(|problem| problem.link_lost) {
                held.lost();
            }
            // The manager shares it now, and what was refused is tried again.
            held.lacks_key = match &outcome {
                Err(problem) if problem.code() == NO_SHARE => true,
                _ => held.lacks_key && !held.has_key(),
            };
            seat.note(held);
            outcome
        });
        done.await.unwrap_or_else(|_| Err(Problem::inside("panic")))
    }

    /// Takes note of how the connection stands.
    fn note(&self, held: &Held) {
        let connected = held.session.is_some();
        let events = held.session.as_ref().map(|session| session.feed.cursor());
        let mut standing = lock(&self.standing);
        let (was, before) = (standing.connected, standing.events);
        standing.connected = connected;
        standing.events = events.unwrap_or(before);
        if was != connected {
            standing.since = yichuan_unit::now();
        }
        let changed = standing.events != before;
        let now = standing.events;
        drop(standing);
        if was != connected {
            let _ = self.news.send(News::State);
        }
        if changed {
            let _ = self.news.send(News::Changed(now));
        }
    }

    /// The key with which the account tags the tokens that it issues; none while it is locked.
    pub(crate) fn tag_key(&self) -> Option<TagKey> {
        let held = self.held.try_lock().ok()?;
        held.as_ref()
            .map(|held| TagKey::of(&held.unlocked.secrets.content))
    }

    /// The hooks were set anew: they are read again.
    pub(crate) fn hooks_changed(&self) {
        lock(&self.hooked).rest();
    }

    /// As [`Seat::look`], of a seat for OA systems: the hooks of the home are told, unless an agent
    /// tells them. Does nothing where there are none.
    pub(crate) fn look_for_hooks(&self, runtime: &Handle) {
        let at_work = lock(&self.hooked).work(&self.folder);
        if at_work {
            self.look(runtime);
        }
    }

    /// Takes in what has come meanwhile and tells it; connects again where the exchange was away.
    /// Does nothing while somebody works.
    pub(crate) fn look(&self, runtime: &Handle) {
        let Ok(mut held) = self.held.try_lock() else {
            return;
        };
        let Some(held) = held.as_mut() else { return };
        let lost = held
            .session
            .as_ref()
            .is_none_or(|session| session.link.has_ended());
        let outcome = if !lost {
            // Events are taken in with the home free, as the agent does it.
            let told = runtime.block_on(held.tell(&self.news, &self.hooked));
            told.and_then(|()| self.open_more_titles(held, runtime))
        } else if held.is_quiet() {
            Ok(())
        } else if held.leave() && lock(&self.hooked).is_at_work() {
            // Somebody may have signed in elsewhere: it is not taken back at once, else two of them
            // would end each other's sessions without end.
            held.yielded = Some(Instant::now());
            Ok(())
        } else if held.yielded.is_some_and(|at| at.elapsed() < YIELDED) {
            Ok(())
        } else {
            let Ok(home) = Home::take_within(&self.folder, "desk", Duration::ZERO) else {
                return;
            };
            let mut at = At {
                home: &home,
                held,
                news: &self.news,
            };
            runtime.block_on(async { at.session().await.map(drop) })
        };
        if outcome.is_err_and(|problem| problem.link_lost) {
            held.lost();
        }
        self.note(held);
    }
}

/// Tokens are left with the seat: nobody signs with them before the PIN was given again.
impl Drop for Held {
    fn drop(&mut self) {
        // They are opened again where they cannot be kept.
        let _ = self.titles.keep();
        self.unlocked.log_out();
    }
}

impl Seat {
    /// Opens a few titles more where somebody would see them.
    fn open_more_titles(&self, held: &mut Held, runtime: &Handle) -> Result<(), Problem> {
        if self.news.receiver_count() == 0 {
            return Ok(());
        }
        if runtime.block_on(held.open_more_titles())? {
            // Lists are asked for anew; nobody may be listening.
            let _ = self.news.send(News::Changed(held.told));
        }
        Ok(())
    }
}

impl Held {
    fn open(
        folder: &std::path::Path,
        module: Option<PathBuf>,
        account: &AccountId,
        (password, pin): Secret,
    ) -> Result<Self, Failed> {
        let home = take_home(folder)?;
        let place = Place::of(&home)?;
        let mut unlocked = Unlocked::open(home.folder(), account, password)?;
        unlocked.token_module = module;
        unlocked.log_in(pin)?;
        let shelf = Shelf::of(home.folder(), account, &unlocked.secrets.content);
        let shelf = Arc::new(shelf);
        Ok(Self {
            unlocked,
            place,
            session: None,
            titles: Titles::of(&shelf),
            shelf,
            untitled: BTreeSet::new(),
            untold: None,
            withheld_to: None,
            forms: BTreeMap::new(),
            own_numbers: OwnNumbers::default(),
            feed: None,
            used: Instant::now(),
            tried: None,
            yielded: None,
            followed: Instant::now(),
            lacks_key: false,
            told: u64::MAX,
        })
    }

    /// Whether the unit's key was shared with the account, as far as is known here.
    fn has_key(&self) -> bool {
        let session = self.session.as_ref();
        let roster = session.map(|session| session.mirror.roster());
        roster.is_some_and(|roster| roster.key_share(&self.unlocked.account).is_some())
    }

    /// The connection is lost. Whoever asks meanwhile does not put off the next attempt.
    fn lost(&mut self) {
        self.leave();
        if !self.is_quiet() {
            self.tried = Some(Instant::now());
        }
    }

    /// Ends the session, if there is one. What was made of the unit's events stays.
    fn leave(&mut self) -> bool {
        let session = self.session.take();
        let was = session.is_some();
        self.feed = session.map(|session| session.feed).or(self.feed.take());
        was
    }

    /// The unit's events as this computer has them, where there is no session.
    pub(crate) fn feed(&mut self, home: &Path) -> Result<&Feed, Failed> {
        let feed = match self.feed.take() {
            Some(mut feed) => {
                feed.refresh()?;
                feed
            }
            None => Feed::load(home, &self.unlocked.account.unit())?,
        };
        Ok(self.feed.insert(feed))
    }

    fn is_quiet(&self) -> bool {
        self.tried.is_some_and(|tried| tried.elapsed() < QUIET)
    }
}

impl At<'_> {
    /// What the unit sent and received, from the exchange or from the copies here.
    pub(crate) async fn registers(&mut self) -> Result<Arc<Registers>, Problem> {
        if let Some(session) = self.session_if_reached().await? {
            return Ok(session.registers()?);
        }
        let (home, unit) = (self.home.folder(), self.held.unlocked.account.unit());
        let mirror = Mirror::load(home, &self.held.place.pin)?.ok_or_else(Problem::away)?;
        let registers = self.held.feed(home)?.registers();
        Ok(registers.corrected(&mirror.times()?).joined(home, &unit))
    }

    /// The session at the exchange, with everything that has come; opened where there is none.
    pub(crate) async fn session(&mut self) -> Result<&mut Session, Problem> {
        let held = &mut *self.held;
        let ended = |session: &Session| session.link.has_ended();
        if held.used.elapsed() > STALE || held.session.as_ref().is_some_and(ended) {
            held.leave();
        }
        if held.session.is_none() {
            if held.is_quiet() {
                return Err(Problem::away());
            }
            let contact = held.place.contact(self.home);
            let (identity, feed) = (held.unlocked.identity(), &mut held.feed);
            let opened = Session::open_again(&contact, identity, feed).await?;
            held.unlocked.confirm(self.home.folder())?;
            if held.told == u64::MAX {
                held.told = opened.feed.cursor();
            }
            held.session = Some(opened);
            held.tried = None;
            held.yielded = None;
            held.followed = Instant::now();
        }
        held.used = Instant::now();
        let session = held.session.as_mut().ok_or_else(Problem::away)?;
        if held.lacks_key || held.followed.elapsed() > ROSTER_EVERY {
            held.followed = Instant::now();
            session.mirror.advance(&session.link).await?;
        }
        while let Some(push) = session.link.push_that_is_here() {
            session.feed.take(&push, &session.mirror)?;
        }
        held.forget_withheld()?;
        held.session.as_mut().ok_or_else(Problem::away)
    }

    /// As [`At::session`]; none where the exchange is away, so that local copies are read.
    pub(crate) async fn session_if_reached(&mut self) -> Result<Option<&mut Session>, Problem> {
        match self.session().await {
            Ok(_) => Ok(self.held.session.as_mut()),
            Err(problem) if problem.link_lost => {
                self.held.lost();
                Ok(None)
            }
            Err(problem) => Err(problem),
        }
    }

    /// Waits a little for the event of an entry that was just recorded, so that who asks next sees
    /// it; it may be none of this unit's.
    pub(crate) async fn settle(&mut self, index: u64) -> Result<(), Problem> {
        let Some(session) = self.held.session.as_mut() else {
            return Ok(());
        };
        let behind = |session: &Session| {
            let last = session.feed.events().last();
            last.is_none_or(|last| last.index < index)
        };
        while behind(session) {
            let push = tokio::time::timeout(EVENT_WAIT, session.link.next_push()).await;
            let Ok(push) = push else { return Ok(()) };
            let push = push.map_err(Failed::from)?;
            session.feed.take(&push, &session.mirror)?;
        }
        Ok(())
    }
}
