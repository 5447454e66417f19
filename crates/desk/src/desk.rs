//! The desk: who sits at it, and what every request needs to know.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::oa::OaSeats;
use crate::pictures::PageImages;
use crate::seat::Seat;

/// The most people who sit at one desk at a time.
const SEATS_MAX: usize = 16;
/// The port that an address with `https` means where it names none.
const HTTPS_PORT: u16 = 443;
/// How often the desk looks after its seats.
const EVERY: Duration = Duration::from_millis(500);

/// What bounds a request.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The most bytes of what was entered.
    pub entry_bytes: usize,
    /// The most bytes of an uploaded file.
    pub file_bytes: u64,
    /// How long a body may stand still.
    pub still: Duration,
    /// How many requests of an OA token are answered at once after a rest.
    pub token_burst: u16,
    /// How many a second after these.
    pub token_per_second: u16,
    /// The most bytes of the files that wait with one token.
    pub token_bytes: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            entry_bytes: 1 << 20,
            file_bytes: crate::uploads::FILE_BYTES_MAX,
            still: Duration::from_secs(30),
            token_burst: 60,
            token_per_second: 10,
            token_bytes: 8 << 30,
        }
    }
}

/// The desk of one home.
pub struct Desk {
    /// The home's folder.
    pub home: PathBuf,
    /// The token's library, where another one was named than that of the keystore.
    pub token_module: Option<PathBuf>,
    /// The one name by which the office's other computers call it, with TLS; none where only this
    /// computer does.
    pub name: Option<String>,
    /// The home of an authority whose acts are signed here, where another one was named than in
    /// the settings.
    pub authority: Option<PathBuf>,
    /// What bounds a request.
    pub bounds: Bounds,
    /// What draws pages.
    pub pictures: Box<dyn PageImages>,
    /// How many people may try their password at a time: each costs memory.
    pub(crate) tries: tokio::sync::Semaphore,
    /// The seats for OA systems.
    pub(crate) oa: OaSeats,
    port: u16,
    idle_seconds: AtomicU64,
    /// By the digest of what the cookie holds.
    seats: Mutex<HashMap<[u8; 32], Arc<Seat>>>,
}

/// What a cookie holds: 256 bits of chance.
pub(crate) struct Ticket(Zeroizing<String>);

impl Ticket {
    /// A new one.
    pub(crate) fn new() -> std::io::Result<Self> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut()).map_err(std::io::Error::other)?;
        Ok(Self(Zeroizing::new(BASE64URL_NOPAD.encode(bytes.as_ref()))))
    }

    /// The text.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

fn digest(ticket: &str) -> [u8; 32] {
    Sha256::digest(ticket.as_bytes()).into()
}

impl Desk {
    /// A desk of a home, reached on `port`.
    pub fn new(home: PathBuf, port: u16, idle_seconds: u32) -> Self {
        Self {
            home,
            token_module: None,
            name: None,
            authority: None,
            bounds: Bounds::default(),
            pictures: Box::new(crate::pictures::Drawn::with_installed_fonts()),
            tries: tokio::sync::Semaphore::new(2),
            oa: OaSeats::default(),
            port,
            idle_seconds: AtomicU64::new(idle_seconds.into()),
            seats: Mutex::default(),
        }
    }

    fn seats(&self) -> std::sync::MutexGuard<'_, HashMap<[u8; 32], Arc<Seat>>> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The hosts by which the desk is called: its one name, or the loopback addresses, with its
    /// port; and no name that a stranger's server could give.
    pub(crate) fn hosts(&self) -> Vec<String> {
        let port = self.port;
        let Some(name) = &self.name else {
            let all = ["127.0.0.1", "localhost", "[::1]"];
            return all.map(|host| format!("{host}:{port}")).to_vec();
        };
        // Browsers leave the usual port out.
        let short = (port == HTTPS_PORT).then(|| name.clone());
        short
            .into_iter()
            .chain([format!("{name}:{port}")])
            .collect()
    }

    /// How its addresses begin.
    pub(crate) const fn scheme(&self) -> &'static str {
        if self.name.is_some() { "https" } else { "http" }
    }

    /// Where it is opened.
    pub fn address(&self) -> String {
        let hosts = self.hosts();
        let host = hosts.first().map_or("", String::as_str);
        format!("{}://{host}/", self.scheme())
    }

    /// The cookie's name; of its own for every port, since cookies know none. With TLS no other
    /// host of the domain can set one of this name (RFC 6265bis, `__Host-`).
    pub(crate) fn cookie(&self) -> String {
        let bound = if self.name.is_some() { "__Host-" } else { "" };
        format!("{bound}yichuan-desk-{}", self.port)
    }

    /// After how many seconds without anybody a seat is locked.
    pub(crate) fn idle_seconds(&self) -> u64 {
        self.idle_seconds.load(Ordering::Relaxed)
    }

    /// Sets the seconds.
    pub(crate) fn set_idle_seconds(&self, seconds: u64) {
        self.idle_seconds.store(seconds, Ordering::Relaxed);
    }

    /// Gives somebody a seat; none where all are taken.
    pub(crate) fn seat(&self, seat: Arc<Seat>) -> std::io::Result<Option<Ticket>> {
        let ticket = Ticket::new()?;
        let mut seats = self.seats();
        if seats.len() >= SEATS_MAX {
            // Whoever was locked out for long has gone.
            let gone = seats.iter().filter(|(_, seat)| seat.standing().locked);
            let gone = gone.min_by_key(|(_, seat)| seat.standing().touched);
            let gone = gone.map(|(key, _)| *key);
            if gone.and_then(|key| seats.remove(&key)).is_none() {
                return Ok(None);
            }
        }
        seats.insert(digest(ticket.text()), seat);
        Ok(Some(ticket))
    }

    /// Whose cookie it is.
    pub(crate) fn of_ticket(&self, ticket: &str) -> Option<Arc<Seat>> {
        self.seats().get(&digest(ticket)).cloned()
    }

    /// Takes a seat away.
    pub(crate) fn leave(&self, ticket: &str) -> Option<Arc<Seat>> {
        self.seats().remove(&digest(ticket))
    }

    fn all(&self) -> Vec<Arc<Seat>> {
        self.seats().values().cloned().collect()
    }

    /// Locks whoever has been away for long.
    pub(crate) async fn lock_the_idle(&self) {
        let idle = Duration::from_secs(self.idle_seconds());
        for seat in self.all() {
            let standing = seat.standing();
            if !standing.locked && standing.touched.elapsed() >= idle {
                seat.lock().await;
            }
        }
    }

    /// Looks after the seats until the desk is closed: locks, takes in events, connects again.
    pub(crate) async fn look_after(self: Arc<Self>) {
        loop {
            tokio::time::sleep(EVERY).await;
            self.lock_the_idle().await;
            self.oa.close_the_done(&self).await;
            for seat in self.oa.all() {
                let runtime = tokio::runtime::Handle::current();
                let looked = tokio::task::spawn_blocking(move || seat.look_for_hooks(&runtime));
                // A look that failed is made again.
                let _ = looked.await;
            }
            for seat in self.all() {
                let watched = seat.news.receiver_count() > 0;
                if seat.standing().locked || !watched {
                    continue;
                }
                let runtime = tokio::runtime::Handle::current();
                let looked = tokio::task::spawn_blocking(move || seat.look(&runtime));
                // A look that failed is made again.
                let _ = looked.await;
            }
        }
    }

    /// Wipes everything.
    pub(crate) async fn close(&self) {
        let seats: Vec<Arc<Seat>> = self.seats().drain().map(|(_, seat)| seat).collect();
        for seat in seats.into_iter().chain(self.oa.all()) {
            seat.lock().await;
        }
    }
}
