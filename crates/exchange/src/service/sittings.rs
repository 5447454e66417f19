//! What the log tells of sessions: when an account was signed in on a computer, and how that
//! ended.
//!
//! Every command opens a session of its own, so single ones would flood the log. Sessions that
//! follow each other without a pause are one *sitting*, of which the two ends are recorded; an
//! account that begins many in an hour has the rest counted. Nothing here waits for the log: what
//! is to be recorded is put into a list, from which [`Office::record_sittings`] takes it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use yichuan_document::signed::RosterHead;
use yichuan_document::statement::{SessionEvent, SessionRecord};
use yichuan_document::{AccountId, DeviceId, Digest, Timestamp};
use yichuan_wire::ErrorCode;

use super::Office;
use super::sessions::Limits;
use crate::registry::{Refusal, SessionTold};
use crate::sequencer::{Job, Lane, clock};
use crate::tables::{self, SittingRow};

/// How long after its last connection a sitting has ended, if none came.
const PAUSE_MS: u64 = 5 * 60_000;
/// At most this many beginnings and ends are recorded per account and hour.
const RECORDS_PER_HOUR: u32 = 12;
const HOUR_MS: u64 = 3_600_000;
/// The most records that may wait for the log; what comes on top is counted as left out.
const WAITING_MAX: usize = 16_384;
/// The most records of one request to the sequencer: few, so that statements wait for none.
const RECORDS_PER_JOB: usize = 16;

/// The sittings of all accounts.
#[derive(Default)]
pub(super) struct Sittings {
    all: Arc<Mutex<All>>,
}

#[derive(Default)]
struct All {
    accounts: HashMap<AccountId, Account>,
    waiting: VecDeque<SessionTold>,
    /// The roster by which standings were looked at last.
    looked: Option<RosterHead>,
    places: u64,
    /// Rings when something waits for the log.
    bell: Arc<Notify>,
}

#[derive(Default)]
struct Account {
    sitting: Option<Sitting>,
    hour: Timestamp,
    recorded: u32,
    left_out: u32,
}

struct Sitting {
    device: DeviceId,
    /// Tells connections of this sitting from those of one that has ended.
    place: u64,
    connections: u32,
    sessions: u32,
    /// When the newest session was opened.
    newest: Timestamp,
    /// When something was asked for last.
    used: Timestamp,
    /// When the last connection went.
    left: Timestamp,
    /// Whether its beginning was recorded, so that its end will be.
    told: bool,
}

/// Held by a session as long as its connection lasts.
struct Held {
    all: Arc<Mutex<All>>,
    account: AccountId,
    place: u64,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut all = lock(&self.all);
        let account = all.accounts.get_mut(&self.account);
        let sitting = account.and_then(|account| account.sitting.as_mut());
        let Some(sitting) = sitting.filter(|sitting| sitting.place == self.place) else {
            return;
        };
        sitting.connections = sitting.connections.saturating_sub(1);
        sitting.left = sitting.left.max(clock());
    }
}

fn lock(all: &Mutex<All>) -> MutexGuard<'_, All> {
    all.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Sittings {
    /// An account has opened a session; what is returned is to be held as long as it lasts.
    pub(super) fn open(
        &self,
        account: &AccountId,
        device: &DeviceId,
        now: Timestamp,
    ) -> Arc<dyn std::any::Any + Send + Sync> {
        let mut all = lock(&self.all);
        all.places += 1;
        let fresh = all.places;
        let sitting = all.sitting(account);
        let moved = sitting.is_some_and(|sitting| sitting.device != *device);
        if moved {
            all.end(account, SessionEvent::Elsewhere, now);
        }
        if all.sitting(account).is_none() {
            all.begin(account, device, fresh, now);
        }
        let mut place = fresh;
        if let Some(sitting) = all.sitting(account) {
            place = sitting.place;
            sitting.connections += 1;
            sitting.sessions = sitting.sessions.saturating_add(1);
            sitting.newest = now;
            sitting.used = now;
        }
        Arc::new(Held {
            all: Arc::clone(&self.all),
            account: account.clone(),
            place,
        })
    }

    /// Something was asked for in a session of this account on this computer.
    pub(super) fn used(&self, account: &AccountId, device: &DeviceId, now: Timestamp) {
        if let Some(sitting) = lock(&self.all).sitting(account)
            && sitting.device == *device
        {
            sitting.used = sitting.used.max(now);
        }
    }

    /// A session that was asked for with valid signatures was refused; `count` of them together.
    pub(super) fn refused(&self, by: (&AccountId, &DeviceId), told: &RefusedSession) {
        let mut all = lock(&self.all);
        let record = SessionRecord {
            account: by.0.clone(),
            device: by.1.clone(),
            event: SessionEvent::Refused.code(),
            at: told.at,
            count: told.count,
            code: Some(told.code.number()),
            left_out: 0,
        };
        all.wait(record, Some(told.request));
    }

    /// Ends what has ended: `stands` says whether an account still stands on a computer, and is
    /// asked only where the roster has another `head` than before.
    pub(super) fn sweep(
        &self,
        now: Timestamp,
        limits: Limits,
        head: RosterHead,
        stands: impl Fn(&AccountId, &DeviceId) -> bool,
    ) {
        let mut all = lock(&self.all);
        let changed = all.looked.replace(head) != Some(head);
        let mut ended = Vec::new();
        for (id, account) in &all.accounts {
            let Some(sitting) = &account.sitting else {
                continue;
            };
            if changed && !stands(id, &sitting.device) {
                ended.push((id.clone(), SessionEvent::Standing, now));
            } else if let Some((event, at)) = sitting.over(now, limits) {
                ended.push((id.clone(), event, at));
            }
        }
        for (account, event, at) in ended {
            all.end(&account, event, at);
        }
        // Who is not signed in, and has nothing left to be counted, is forgotten.
        all.accounts.retain(|_, account| {
            account.sitting.is_some()
                || account.left_out > 0
                || now.ms_since(account.hour) < HOUR_MS
        });
    }

    /// Takes up a sitting that was recorded before the exchange was started again.
    fn resume(&self, account: AccountId, device: DeviceId, now: Timestamp) {
        let mut all = lock(&self.all);
        all.places += 1;
        let place = all.places;
        let entry = all.accounts.entry(account).or_default();
        entry.sitting.get_or_insert(Sitting {
            device,
            place,
            connections: 0,
            sessions: 1,
            newest: now,
            used: now,
            left: now,
            told: true,
        });
    }

    fn take(&self) -> Vec<SessionTold> {
        let mut all = lock(&self.all);
        let count = all.waiting.len().min(RECORDS_PER_JOB);
        all.waiting.drain(..count).collect()
    }

    fn put_back(&self, records: Vec<SessionTold>) {
        let mut all = lock(&self.all);
        for record in records.into_iter().rev() {
            all.waiting.push_front(record);
        }
    }
}

/// A refused session, for the log.
pub(super) struct RefusedSession {
    /// The digest of what was asked.
    pub(super) request: Digest,
    /// Why it was refused.
    pub(super) code: ErrorCode,
    /// When.
    pub(super) at: Timestamp,
    /// How many are counted together.
    pub(super) count: u32,
}

impl All {
    fn sitting(&mut self, account: &AccountId) -> Option<&mut Sitting> {
        self.accounts.get_mut(account)?.sitting.as_mut()
    }

    fn begin(&mut self, id: &AccountId, device: &DeviceId, place: u64, now: Timestamp) {
        let account = self.accounts.entry(id.clone()).or_default();
        if now.ms_since(account.hour) >= HOUR_MS {
            (account.hour, account.recorded) = (now, 0);
        }
        // Its end has a place too.
        let told = account.recorded + 2 <= RECORDS_PER_HOUR;
        account.sitting = Some(Sitting {
            device: device.clone(),
            place,
            connections: 0,
            sessions: 0,
            newest: now,
            used: now,
            left: now,
            told,
        });
        self.tell(id, (device, told), SessionEvent::Opened, now, 1);
    }

    fn end(&mut self, id: &AccountId, event: SessionEvent, at: Timestamp) {
        let account = self.accounts.get_mut(id);
        let Some(sitting) = account.and_then(|account| account.sitting.take()) else {
            return;
        };
        let whose = (&sitting.device, sitting.told);
        self.tell(id, whose, event, at, sitting.sessions);
    }

    fn tell(
        &mut self,
        id: &AccountId,
        (device, told): (&DeviceId, bool),
        event: SessionEvent,
        at: Timestamp,
        count: u32,
    ) {
        let Some(account) = self.accounts.get_mut(id) else {
            return;
        };
        if !told {
            account.left_out = account.left_out.saturating_add(1);
            return;
        }
        account.recorded += 1;
        let record = SessionRecord {
            account: id.clone(),
            device: device.clone(),
            event: event.code(),
            at,
            count,
            code: None,
            left_out: std::mem::take(&mut account.left_out),
        };
        self.wait(record, None);
    }

    fn wait(&mut self, record: SessionRecord, request: Option<Digest>) {
        if self.waiting.len() < WAITING_MAX {
            self.waiting.push_back(SessionTold { record, request });
            self.bell.notify_one();
        } else if let Some(account) = self.accounts.get_mut(&record.account) {
            account.left_out = account.left_out.saturating_add(record.left_out + 1);
        }
    }
}

impl Sitting {
    /// How and when it ended, if it has.
    fn over(&self, now: Timestamp, limits: Limits) -> Option<(SessionEvent, Timestamp)> {
        if self.connections == 0 && now.ms_since(self.left) >= PAUSE_MS {
            return Some((SessionEvent::Closed, self.left));
        }
        let hours = self.newest.plus_ms(limits.whole_ms());
        if now > hours {
            return Some((SessionEvent::Hours, hours));
        }
        let idle = self.used.plus_ms(limits.idle_ms());
        (now > idle).then_some((SessionEvent::Idle, idle))
    }
}

impl Office {
    /// Takes up the sittings that had not ended when the exchange stopped: who does not come back
    /// within the pause has left.
    pub fn resume_sittings(&self) -> Result<(), Refusal> {
        let view = self.view()?;
        let bounds = (std::ops::Bound::Unbounded, std::ops::Bound::Unbounded);
        let rows = view.range(tables::SITTINGS, bounds.0, bounds.1, usize::MAX)?;
        for (key, value) in rows.into_iter().filter(|(_, value)| !value.is_empty()) {
            let row: SittingRow = crate::registry::row(&value)?;
            let account = core::str::from_utf8(&key)
                .ok()
                .and_then(|id| id.parse().ok());
            let account = account.ok_or(Refusal::of(ErrorCode::STORE))?;
            self.sittings.resume(account, row.device, clock());
        }
        Ok(())
    }

    /// Ends the sittings that have ended by `now`, for [`Office::record_sittings`].
    pub fn sweep_sittings(&self, now: Timestamp) {
        let newest = self.newest();
        let roster = &newest.roster;
        let stands = |account: &_, device: &_| roster.standing_of(account, device).is_ok();
        let limits = Limits::of(roster.policy().as_ref());
        self.sittings.sweep(now, limits, roster.head(), stands);
    }

    /// Waits until something is to be recorded.
    pub async fn sittings_to_record(&self) {
        let bell = Arc::clone(&lock(&self.sittings.all).bell);
        bell.notified().await;
    }

    /// Has everything recorded that waits for it, a few at a time and behind the statements that
    /// wait for the log already; where it is busy the rest stays for the next time.
    pub async fn record_sittings(&self) {
        loop {
            let records = self.sittings.take();
            if records.is_empty() {
                return;
            }
            let job = Job::Sessions(records.clone());
            if let Err(refusal) = self.sequencer.submit(Lane::Ordinary, job).await {
                tracing::debug!(code = %refusal.code, "sessions are recorded later");
                self.sittings.put_back(records);
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_unix_ms(1_795_000_000_000);
    const MINUTE: u64 = 60_000;

    fn clerk() -> AccountId {
        "513200-zfb-fs01".parse().unwrap()
    }

    fn pc(number: u8) -> DeviceId {
        format!("513200-zfb-pc0{number}").parse().unwrap()
    }

    fn head(count: u64) -> RosterHead {
        RosterHead {
            count,
            root: Digest::of(b"roster"),
        }
    }

    /// What is told, in order: event, minute after the start, count, left out.
    fn told(sittings: &Sittings) -> Vec<(SessionEvent, u64, u32, u32)> {
        let records = lock(&sittings.all).waiting.drain(..).collect::<Vec<_>>();
        let line = |told: SessionTold| {
            let record = told.record;
            let event = SessionEvent::from_code(record.event).unwrap();
            let minute = record.at.ms_since(START) / MINUTE;
            (event, minute, record.count, record.left_out)
        };
        records.into_iter().map(line).collect()
    }

    fn sweep(sittings: &Sittings, now: Timestamp) {
        sittings.sweep(now, Limits::of(None), head(1), |_, _| true);
    }

    /// As if the connections of the account had gone at `at`.
    fn left(sittings: &Sittings, at: Timestamp) {
        let mut all = lock(&sittings.all);
        all.sitting(&clerk()).unwrap().left = at;
    }

    fn at(minutes: u64) -> Timestamp {
        START.plus_ms(minutes * MINUTE)
    }

    #[test]
    fn sessions_without_a_pause_are_one_sitting() {
        let sittings = Sittings::default();
        for minute in 0..60 {
            drop(sittings.open(&clerk(), &pc(1), at(minute)));
            left(&sittings, at(minute));
            sweep(&sittings, at(minute));
        }
        assert_eq!(told(&sittings), [(SessionEvent::Opened, 0, 1, 0)]);
        sweep(&sittings, at(63));
        assert_eq!(told(&sittings), [], "the pause is not over");
        sweep(&sittings, at(64));
        assert_eq!(told(&sittings), [(SessionEvent::Closed, 59, 60, 0)]);
        sweep(&sittings, at(200));
        assert_eq!(told(&sittings), [], "an end is told once");
    }

    #[test]
    fn an_end_says_what_ended_it() {
        let sittings = Sittings::default();
        let held = sittings.open(&clerk(), &pc(1), START);
        sittings.used(&clerk(), &pc(1), at(10));
        sweep(&sittings, at(40));
        assert_eq!(told(&sittings), [(SessionEvent::Opened, 0, 1, 0)]);
        sweep(&sittings, at(41));
        assert_eq!(told(&sittings), [(SessionEvent::Idle, 40, 1, 0)]);
        // The connection is still there; its end belongs to no later sitting.
        let again = sittings.open(&clerk(), &pc(1), at(50));
        drop(held);
        for minute in (50..50 + 12 * 60).step_by(20) {
            sittings.used(&clerk(), &pc(1), at(minute));
            sweep(&sittings, at(minute));
        }
        sweep(&sittings, at(50 + 12 * 60 + 1));
        let hours = (SessionEvent::Hours, 50 + 12 * 60, 1, 0);
        assert_eq!(told(&sittings), [(SessionEvent::Opened, 50, 1, 0), hours]);
        drop(again);
        let _here = sittings.open(&clerk(), &pc(1), at(1_000));
        let _there = sittings.open(&clerk(), &pc(2), at(1_001));
        sittings.sweep(at(1_002), Limits::of(None), head(2), |_, _| false);
        let expected = [
            (SessionEvent::Opened, 1_000, 1, 0),
            (SessionEvent::Elsewhere, 1_001, 1, 0),
            (SessionEvent::Opened, 1_001, 1, 0),
            (SessionEvent::Standing, 1_002, 1, 0),
        ];
        assert_eq!(told(&sittings), expected);
    }

    #[test]
    fn g4_an_account_that_moves_to_and_fro_does_not_flood_the_log() {
        let sittings = Sittings::default();
        for round in 0..500_u64 {
            drop(sittings.open(&clerk(), &pc(1), START.plus_ms(round * 2_000)));
            drop(sittings.open(&clerk(), &pc(2), START.plus_ms(round * 2_000 + 1_000)));
        }
        let lines = told(&sittings);
        assert_eq!(lines.len(), RECORDS_PER_HOUR as usize);
        assert!(lines.iter().all(|line| line.3 == 0));
        // What was left out is counted with the first that is recorded again.
        left(&sittings, at(20));
        sweep(&sittings, at(61));
        let _held = sittings.open(&clerk(), &pc(1), at(61));
        let lines = told(&sittings);
        assert_eq!(lines.len(), 1, "{lines:?}");
        // A thousand sittings, six of them with both ends; of the rest neither.
        assert_eq!(lines[0], (SessionEvent::Opened, 61, 1, 2 * (1_000 - 6)));
    }

    #[test]
    fn no_more_wait_for_the_log_than_the_limit() {
        let sittings = Sittings::default();
        let refused = RefusedSession {
            request: Digest::of(b"request"),
            code: ErrorCode::PASSWORD,
            at: START,
            count: 1,
        };
        for _ in 0..WAITING_MAX + 10 {
            sittings.refused((&clerk(), &pc(1)), &refused);
        }
        assert_eq!(told(&sittings).len(), WAITING_MAX);
    }

    #[test]
    fn a_restarted_exchange_ends_what_nobody_goes_on_with() {
        let sittings = Sittings::default();
        sittings.resume(clerk(), pc(1), START);
        drop(sittings.open(&clerk(), &pc(1), at(1)));
        left(&sittings, at(1));
        assert_eq!(told(&sittings), [], "it goes on");
        sweep(&sittings, at(6));
        assert_eq!(told(&sittings), [(SessionEvent::Closed, 1, 2, 0)]);
    }
}
