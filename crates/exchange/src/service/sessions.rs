//! Sessions in force: one computer at a time for an account, and an end to each (Art. 17).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use yichuan_document::roster::record::Policy;
use yichuan_document::{AccountId, DeviceId, Timestamp};
use yichuan_wire::ErrorCode;

use crate::net::Session;

/// Minutes without a request after which a session ends, where no policy says so.
const IDLE_MINUTES: u16 = 30;
/// Hours after which a session ends, whatever happens in it, where no policy says so.
const HOURS: u16 = 12;

/// Looks within so many milliseconds are one.
const LOOK_MS: u64 = 5 * 60_000;

/// How long sessions last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    idle_ms: u64,
    whole_ms: u64,
}

impl Limits {
    /// Without a request for longer than this, in ms, a session has ended.
    pub(super) const fn idle_ms(self) -> u64 {
        self.idle_ms
    }

    /// No session lasts longer, in ms.
    pub(super) const fn whole_ms(self) -> u64 {
        self.whole_ms
    }

    /// The limits that a policy sets.
    pub(super) fn of(policy: Option<&Policy>) -> Self {
        let idle = policy.and_then(|policy| policy.session_idle_minutes);
        let hours = policy.and_then(|policy| policy.session_hours);
        Self {
            idle_ms: u64::from(idle.unwrap_or(IDLE_MINUTES)) * 60_000,
            whole_ms: u64::from(hours.unwrap_or(HOURS)) * 3_600_000,
        }
    }
}

/// Where each account is signed in, and when it last asked for something.
#[derive(Default)]
pub(super) struct Sessions {
    used: Mutex<HashMap<AccountId, Used>>,
    /// When the look of an account was noted last.
    looked: Mutex<HashMap<AccountId, Timestamp>>,
}

struct Used {
    device: DeviceId,
    last: Timestamp,
}

impl Sessions {
    /// Notes that an account has signed in. Returns whether it was signed in on another computer,
    /// whose session ends with this: the person sits here now.
    pub(super) fn open(&self, account: &AccountId, device: &DeviceId, now: Timestamp) -> bool {
        let used = Used {
            device: device.clone(),
            last: now,
        };
        let mut all = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let before = all.insert(account.clone(), used);
        before.is_some_and(|before| before.device != *device)
    }

    /// Whether an account's look is to be noted: not again within some minutes.
    pub(super) fn looks(&self, account: &AccountId, now: Timestamp) -> bool {
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let before = looked.get(account);
        let due = before.is_none_or(|before| now.ms_since(*before) >= LOOK_MS);
        if due {
            looked.insert(account.clone(), now);
        }
        due
    }

    /// Notes a request in a session; refuses it in one that has ended.
    pub(super) fn touch(
        &self,
        session: &Session,
        now: Timestamp,
        limits: Limits,
    ) -> Result<(), ErrorCode> {
        let mut all = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let used = Self::find(&mut all, session, now, limits)?;
        if now.ms_since(used.last) > limits.idle_ms {
            return Err(ErrorCode::SESSION_OVER);
        }
        used.last = used.last.max(now);
        Ok(())
    }

    /// Whether events may still be told in a session, however long nobody has asked for anything.
    pub(super) fn lasts(
        &self,
        session: &Session,
        now: Timestamp,
        limits: Limits,
    ) -> Result<(), ErrorCode> {
        let mut all = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        Self::find(&mut all, session, now, limits).map(|_| ())
    }

    fn find<'m>(
        all: &'m mut HashMap<AccountId, Used>,
        session: &Session,
        now: Timestamp,
        limits: Limits,
    ) -> Result<&'m mut Used, ErrorCode> {
        let used = all.entry(session.account.clone()).or_insert_with(|| Used {
            device: session.device.clone(),
            last: now,
        });
        if used.device != session.device {
            return Err(ErrorCode::SESSION_ELSEWHERE);
        }
        if now.ms_since(session.opened) > limits.whole_ms {
            return Err(ErrorCode::SESSION_OVER);
        }
        Ok(used)
    }
}

#[cfg(test)]
mod tests {
    use yichuan_wire::message::{PasswordState, SessionState};

    use super::*;

    const START: Timestamp = Timestamp::from_unix_ms(1_795_000_000_000);
    const LIMITS: Limits = Limits {
        idle_ms: 30 * 60_000,
        whole_ms: 12 * 3_600_000,
    };

    fn session(device: &str) -> Session {
        Session {
            account: "513200-zfb-fs01".parse().unwrap(),
            device: device.parse().unwrap(),
            state: SessionState {
                password: PasswordState::Good,
                until: None,
            },
            opened: START,
            held: None,
        }
    }

    fn opened(sessions: &Sessions, session: &Session) -> bool {
        sessions.open(&session.account, &session.device, START)
    }

    #[test]
    fn an_idle_session_ends_and_one_in_use_does_not() {
        let (sessions, here) = (Sessions::default(), session("513200-zfb-pc01"));
        assert!(!opened(&sessions, &here));
        let at = |minutes: u64| START.plus_ms(minutes * 60_000);
        assert_eq!(sessions.touch(&here, at(30), LIMITS), Ok(()));
        assert_eq!(sessions.touch(&here, at(59), LIMITS), Ok(()));
        let late = at(90);
        assert_eq!(
            sessions.touch(&here, late, LIMITS),
            Err(ErrorCode::SESSION_OVER)
        );
        // Asking does not bring it back; events are told on.
        assert_eq!(
            sessions.touch(&here, late, LIMITS),
            Err(ErrorCode::SESSION_OVER)
        );
        assert_eq!(sessions.lasts(&here, late, LIMITS), Ok(()));
    }

    #[test]
    fn no_session_outlasts_its_hours() {
        let (sessions, here) = (Sessions::default(), session("513200-zfb-pc01"));
        opened(&sessions, &here);
        for minute in (0..12 * 60).step_by(20) {
            let now = START.plus_ms(minute * 60_000);
            assert_eq!(sessions.touch(&here, now, LIMITS), Ok(()));
        }
        let after = START.plus_ms(12 * 3_600_000 + 1);
        assert_eq!(
            sessions.touch(&here, after, LIMITS),
            Err(ErrorCode::SESSION_OVER)
        );
        assert_eq!(
            sessions.lasts(&here, after, LIMITS),
            Err(ErrorCode::SESSION_OVER)
        );
    }

    #[test]
    fn g4_an_account_is_signed_in_on_one_computer_at_a_time() {
        let sessions = Sessions::default();
        let (here, there) = (session("513200-zfb-pc01"), session("513200-zfb-pc02"));
        assert!(!opened(&sessions, &here));
        assert!(!opened(&sessions, &here), "the same computer may have many");
        assert!(opened(&sessions, &there));
        assert_eq!(
            sessions.touch(&here, START, LIMITS),
            Err(ErrorCode::SESSION_ELSEWHERE)
        );
        assert_eq!(sessions.touch(&there, START, LIMITS), Ok(()));
    }
}
