//! What a unit's people say about their own office: applications to the authority, hand-overs.

use minicbor::{Decode, Encode};

use super::{AttachmentRef, coded};
use crate::signed::Body;
use crate::{AccountId, DeviceId, Digest};

/// What a unit's manager asks the authority for; other numbers are of a later release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// 制发印章: a seal, for a custodian on a computer (Art. 12 and 13).
    Seal,
    /// 重发凭证: a new ticket, because password, keystore or token were lost (Art. 17).
    Ticket,
    /// 恢复密钥: the authority's half of the unit's seed (protocol rule 13).
    Recovery,
}

impl Wish {
    /// Every wish with its number, its Chinese and its English word.
    pub const ALL: [(Self, u16, &'static str, &'static str); 3] = [
        (Self::Seal, 1, "制发印章", "a seal"),
        (Self::Ticket, 2, "重发登记凭证", "a new ticket"),
        (
            Self::Recovery,
            3,
            "恢复单位密钥",
            "recovery of the unit's key",
        ),
    ];

    /// The number in a statement, for ever.
    pub const fn code(self) -> u16 {
        match self {
            Self::Seal => 1,
            Self::Ticket => 2,
            Self::Recovery => 3,
        }
    }

    /// The wish with this number; none if this build does not know it.
    pub fn from_code(code: u16) -> Option<Self> {
        coded::word(&Self::ALL, code)
    }
}

/// A unit's manager applies to the authority. The act that grants it names this statement.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Application {
    /// The code of a [`Wish`].
    #[n(0)]
    pub wish: u16,
    /// For which account of the unit: the custodian, who lost a password, who receives the half.
    #[n(1)]
    pub account: AccountId,
    /// On which computer.
    #[n(2)]
    pub device: DeviceId,
    /// Why, in words: an attachment that can be erased.
    #[n(3)]
    pub reason: AttachmentRef,
}

impl Body for Application {
    const PURPOSE: &'static str = "yichuan/application/1";
}

/// The most bytes of the reason of an application.
pub const REASON_BYTES_MAX: u32 = 4_096;

/// Somebody who leaves a post lists what is handed over, and to whom.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct HandOver {
    /// The account of the one who takes it over, of the same unit and another person's.
    #[n(0)]
    pub to: AccountId,
    /// The list, encrypted to the unit's key.
    #[n(1)]
    pub list: AttachmentRef,
}

impl Body for HandOver {
    const PURPOSE: &'static str = "yichuan/hand-over/1";
}

/// The other one signs that the list was looked at and everything on it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct HandOverTaken {
    /// The statement digest of the [`HandOver`].
    #[n(0)]
    pub hand_over: Digest,
}

impl Body for HandOverTaken {
    const PURPOSE: &'static str = "yichuan/hand-over-taken/1";
}
