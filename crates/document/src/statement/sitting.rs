//! When an account was signed in, where, and how it ended: what the exchange records of sessions.

use minicbor::{Decode, Encode};

use super::coded;
use crate::signed::Body;
use crate::{AccountId, DeviceId, Timestamp};

/// What happened to the sessions of an account on a computer; other numbers are of a later
/// release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionEvent {
    /// 登录: the first session after a pause.
    Opened,
    /// 退出: the last connection was closed, and none came after it.
    Closed,
    /// 闲置退出: nobody asked for anything for as long as the policy allows.
    Idle,
    /// 超时退出: no session of it has hours left.
    Hours,
    /// 异地登录: the account was signed in on another computer.
    Elsewhere,
    /// 失去资格: account or computer lost their standing.
    Standing,
    /// 登录被拒: a session was asked for with valid signatures and refused.
    Refused,
}

impl SessionEvent {
    /// Every event with its number, its Chinese and its English words.
    pub const ALL: [(Self, u16, &'static str, &'static str); 7] = [
        (Self::Opened, 1, "登录", "signed in"),
        (Self::Closed, 2, "退出", "signed out"),
        (Self::Idle, 3, "闲置退出", "ended idle"),
        (Self::Hours, 4, "超时退出", "ended after its hours"),
        (Self::Elsewhere, 5, "异地登录退出", "ended elsewhere"),
        (Self::Standing, 6, "失去资格退出", "ended without standing"),
        (Self::Refused, 7, "登录被拒", "sign-in refused"),
    ];

    /// The number in a statement, for ever.
    pub const fn code(self) -> u16 {
        match self {
            Self::Opened => 1,
            Self::Closed => 2,
            Self::Idle => 3,
            Self::Hours => 4,
            Self::Elsewhere => 5,
            Self::Standing => 6,
            Self::Refused => 7,
        }
    }

    /// The event with this number; none if this build does not know it.
    pub fn from_code(code: u16) -> Option<Self> {
        coded::word(&Self::ALL, code)
    }

    /// What it is called, in Chinese and English.
    pub fn words(self) -> (&'static str, &'static str) {
        let row = Self::ALL.iter().find(|row| row.0 == self);
        row.map_or(("", ""), |row| (row.2, row.3))
    }
}

/// The exchange records that an account was signed in on a computer, or is so no longer. Every
/// command opens a session, so those that follow each other without a pause are one *sitting*,
/// and only its two ends are recorded. `proto/statement.md` has the bounds.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SessionRecord {
    /// The account.
    #[n(0)]
    pub account: AccountId,
    /// The computer.
    #[n(1)]
    pub device: DeviceId,
    /// The code of a [`SessionEvent`].
    #[n(2)]
    pub event: u16,
    /// When it happened; the entry may be later.
    #[n(3)]
    pub at: Timestamp,
    /// Of an end, how many sessions the sitting had; of a refusal, how many are counted together.
    #[n(4)]
    pub count: u32,
    /// Of a refusal, its code from `proto/error-codes.md`.
    #[n(5)]
    pub code: Option<u16>,
    /// How many records of this account were left out since the last one.
    #[n(6)]
    pub left_out: u32,
}

impl Body for SessionRecord {
    const PURPOSE: &'static str = "yichuan/session-record/1";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_has_one_number_and_words() {
        for (event, code, zh, en) in SessionEvent::ALL {
            assert_eq!(event.code(), code);
            assert_eq!(SessionEvent::from_code(code), Some(event));
            assert_eq!(event.words(), (zh, en));
        }
        for unknown in [0, 8, u16::MAX] {
            assert_eq!(SessionEvent::from_code(unknown), None, "{unknown}");
        }
    }
}
