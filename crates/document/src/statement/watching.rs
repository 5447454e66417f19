//! What the clocks bring about (Art. 10): the sender looking after its deliveries, reminders,
//! lapses, more time, and who spoke with whom.

use minicbor::{Decode, Encode};

use super::{About, AttachmentRef, OfDelivery, coded};
use crate::life::{DeliveryState, Facts};
use crate::signed::Body;
use crate::{Digest, Timestamp, UnitRef};

/// The sender looked at the state of reception (查询, Art. 10), and saw this.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Inquiry {
    /// The document.
    #[n(0)]
    pub about: About,
    /// The size of the log of which it was the state.
    #[n(1)]
    pub size: u64,
    /// What was seen: a [`Reception`].
    #[n(2)]
    pub seen: AttachmentRef,
}

impl Body for Inquiry {
    const PURPOSE: &'static str = "yichuan/inquiry/1";
}

/// The state of every delivery of a document at one moment, by unit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Reception {
    /// One row per delivery, rising by unit.
    #[n(0)]
    pub rows: Vec<ReceptionRow>,
}

/// One delivery as the sender saw it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ReceptionRow {
    /// The recipient.
    #[n(0)]
    pub unit: UnitRef,
    /// The number of its [`DeliveryState`].
    #[n(1)]
    pub state: u64,
    /// The bits of its [`Facts`].
    #[n(2)]
    pub facts: u64,
}

impl ReceptionRow {
    /// The state and the facts; none where this build does not know them.
    pub fn known(&self) -> Option<(DeliveryState, Facts)> {
        Some((
            DeliveryState::from_code(self.state)?,
            Facts::from_bits(self.facts)?,
        ))
    }
}

/// The exchange says that a delivery was neither signed for nor returned by its due time: that no
/// such statement stands below `size` (protocol rule 29).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Overdue {
    /// The document.
    #[n(0)]
    pub about: About,
    /// The recipient.
    #[n(1)]
    pub unit: UnitRef,
    /// When it was due.
    #[n(2)]
    pub due: Timestamp,
    /// The size of the log when this was found, and so the index of the entry that says it.
    #[n(3)]
    pub size: u64,
    /// The last time in the delivery's window at which the exchange was not there.
    #[n(4)]
    pub outage: Option<Outage>,
}

impl Body for Overdue {
    const PURPOSE: &'static str = "yichuan/overdue/1";
}

/// A time at which the exchange was not there to take anything in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Outage {
    /// The last entry before it.
    #[n(0)]
    pub from: Timestamp,
    /// When it was there again.
    #[n(1)]
    pub until: Timestamp,
}

/// Who is to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Audience {
    /// Who receives at the recipient (收文人员).
    #[n(1)]
    Receivers,
    /// The recipient's manager (单位管理员).
    #[n(2)]
    Manager,
    /// Who supervises the recipient: the nearest unit above it with an account for it (主管机关).
    #[n(3)]
    Authority,
}

impl Audience {
    /// Every audience with its Chinese and English word.
    pub const ALL: [(Self, &'static str, &'static str); 3] = [
        (Self::Receivers, "收文人员", "receivers"),
        (Self::Manager, "单位管理员", "manager"),
        (Self::Authority, "主管机关", "authority"),
    ];

    fn row(self) -> (Self, &'static str, &'static str) {
        let row = Self::ALL.iter().find(|row| row.0 == self);
        row.copied().unwrap_or(Self::ALL[0])
    }

    /// The Chinese word.
    pub fn zh(self) -> &'static str {
        self.row().1
    }

    /// The English word.
    pub fn en(self) -> &'static str {
        self.row().2
    }

    /// Reads a Chinese or English word.
    pub fn parse(text: &str) -> Option<Self> {
        let row = Self::ALL
            .iter()
            .find(|row| row.1 == text || row.2 == text)?;
        Some(row.0)
    }
}

/// The exchange reminds of a delivery that is still pending (催办).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Reminder {
    /// The document.
    #[n(0)]
    pub about: About,
    /// The recipient.
    #[n(1)]
    pub unit: UnitRef,
    /// When it is due.
    #[n(2)]
    pub due: Timestamp,
    /// The step of the table: per cent of the time from dispatch to due.
    #[n(3)]
    pub percent: u16,
    /// Who is to be told.
    #[n(4)]
    pub to: Audience,
}

impl Body for Reminder {
    const PURPOSE: &'static str = "yichuan/reminder/1";
}

/// The exchange says that the sender has not looked in time (Art. 10).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct InquiryDue {
    /// The document.
    #[n(0)]
    pub about: About,
    /// By when the sender was to look.
    #[n(1)]
    pub due: Timestamp,
    /// The size of the log when this was found.
    #[n(2)]
    pub size: u64,
}

impl Body for InquiryDue {
    const PURPOSE: &'static str = "yichuan/inquiry-due/1";
}

/// Sender and recipient spoke about a delivery (Art. 10, 11); either of them says so.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Contact {
    /// The document.
    #[n(0)]
    pub about: About,
    /// The recipient.
    #[n(1)]
    pub unit: UnitRef,
    /// When they spoke, as the one says who records it.
    #[n(2)]
    pub at: Timestamp,
    /// What came of it: the number of a [`ContactOutcome`].
    #[n(3)]
    pub outcome: u16,
    /// Who called whom, and what was said; encrypted to both units.
    #[n(4)]
    pub note: Option<AttachmentRef>,
}

impl Body for Contact {
    const PURPOSE: &'static str = "yichuan/contact/1";
}

/// What came of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactOutcome {
    /// Reached; will see to it.
    Promised,
    /// Reached; settled.
    Settled,
    /// Not reached.
    NotReached,
    /// Something else; then words are due.
    Other,
}

impl ContactOutcome {
    /// Every outcome with its number, its Chinese and its English word.
    pub const ALL: [(Self, u16, &'static str, &'static str); 4] = [
        (Self::Promised, 1, "已告知，对方将处理", "promised"),
        (Self::Settled, 2, "已解决", "settled"),
        (Self::NotReached, 3, "未联系上", "not-reached"),
        (Self::Other, 63, "其他", "other"),
    ];

    /// The number in a statement, for ever.
    pub fn code(self) -> u16 {
        coded::number(&Self::ALL, self)
    }

    /// The outcome with this number; none if this build does not know it.
    pub fn from_code(code: u16) -> Option<Self> {
        coded::word(&Self::ALL, code)
    }
}

/// The recipient asks for more time (延期).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ExtensionRequest {
    /// The delivery.
    #[n(0)]
    pub delivery: OfDelivery,
    /// Until when.
    #[n(1)]
    pub until: Timestamp,
    /// Why, encrypted to both units.
    #[n(2)]
    pub note: AttachmentRef,
}

impl Body for ExtensionRequest {
    const PURPOSE: &'static str = "yichuan/extension-request/1";
}

/// The sender, or who supervises the recipient, decides about more time.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ExtensionDecision {
    /// The document.
    #[n(0)]
    pub about: About,
    /// The recipient.
    #[n(1)]
    pub unit: UnitRef,
    /// The request's statement digest.
    #[n(2)]
    pub request: Digest,
    /// The new due time, not after the one asked for; none where no more time is given.
    #[n(3)]
    pub until: Option<Timestamp>,
}

impl Body for ExtensionDecision {
    const PURPOSE: &'static str = "yichuan/extension-decision/1";
}
