//! What is done with a document after its dispatch: recalled, refused, replaced, sent to more
//! units or once more.

use minicbor::{Decode, Encode};

use super::{About, AttachmentRef, OfDelivery, coded};
use crate::manifest::Recipient;
use crate::signed::Body;
use crate::{Digest, Timestamp, UnitRef};

/// The sender recalls a document (撤回): clean from who has not fetched it, by a notice to the
/// others.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Recall {
    /// The document.
    #[n(0)]
    pub about: About,
    /// From whom; from everybody where it names nobody.
    #[n(1)]
    pub units: Vec<UnitRef>,
    /// Why: the number of a [`RecallReason`].
    #[n(2)]
    pub code: u16,
    /// Why in words, encrypted to the units concerned.
    #[n(3)]
    pub note: Option<AttachmentRef>,
}

impl Recall {
    /// The most units that one recall names.
    pub const UNITS_MAX: usize = 128;
}

impl Body for Recall {
    const PURPOSE: &'static str = "yichuan/recall/1";
}

/// Why a document is recalled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecallReason {
    /// Wrong content.
    Content,
    /// Sent to whom it is not for.
    Recipient,
    /// Decided otherwise meanwhile.
    Decision,
    /// A level that does not fit.
    Level,
    /// Something else; then words are due.
    Other,
}

impl RecallReason {
    /// Every reason with its number, its Chinese and its English word.
    pub const ALL: [(Self, u16, &'static str, &'static str); 5] = [
        (Self::Content, 1, "内容有误", "content"),
        (Self::Recipient, 2, "错发单位", "recipient"),
        (Self::Decision, 3, "决定变更", "decision"),
        (Self::Level, 4, "密级不符", "level"),
        (Self::Other, 63, "其他", "other"),
    ];

    /// The number in a statement, for ever.
    pub fn code(self) -> u16 {
        coded::number(&Self::ALL, self)
    }

    /// The reason with this number; none if this build does not know it.
    pub fn from_code(code: u16) -> Option<Self> {
        coded::word(&Self::ALL, code)
    }

    /// Whether the number says too little without words.
    pub const fn needs_text(self) -> bool {
        matches!(self, Self::Other)
    }
}

/// The recipient answers a recall that came after its fetch.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RecallAnswer {
    /// The delivery; what it rests on is the recall.
    #[n(0)]
    pub delivery: OfDelivery,
    /// The number of a [`RecallReply`].
    #[n(1)]
    pub code: u16,
    /// In words, encrypted to both units.
    #[n(2)]
    pub note: Option<AttachmentRef>,
}

impl Body for RecallAnswer {
    const PURPOSE: &'static str = "yichuan/recall-answer/1";
}

/// What a recipient says to a recall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecallReply {
    /// The notice was seen.
    Seen,
    /// The document was destroyed.
    Destroyed,
    /// It is kept, because; then words are due.
    Kept,
}

impl RecallReply {
    /// Every answer with its number, its Chinese and its English word.
    pub const ALL: [(Self, u16, &'static str, &'static str); 3] = [
        (Self::Seen, 1, "已知悉", "seen"),
        (Self::Destroyed, 2, "已销毁", "destroyed"),
        (Self::Kept, 3, "留存", "kept"),
    ];

    /// The number in a statement, for ever.
    pub fn code(self) -> u16 {
        coded::number(&Self::ALL, self)
    }

    /// The answer with this number; none if this build does not know it.
    pub fn from_code(code: u16) -> Option<Self> {
        coded::word(&Self::ALL, code)
    }

    /// Whether the number says too little without words.
    pub const fn needs_text(self) -> bool {
        matches!(self, Self::Kept)
    }
}

/// The recipient refuses a delivery outright (拒收): unlike a return it need not have been looked
/// at, and asks the sender for nothing.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DeliveryRefusal {
    /// The delivery.
    #[n(0)]
    pub delivery: OfDelivery,
    /// The reason's code, a [`ReturnCode`](crate::inspection::ReturnCode).
    #[n(1)]
    pub code: u16,
    /// The reason in words, encrypted to both units.
    #[n(2)]
    pub note: Option<AttachmentRef>,
}

impl Body for DeliveryRefusal {
    const PURPOSE: &'static str = "yichuan/refuse-delivery/1";
}

/// The sender signs for what was returned (Art. 10).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ReturnAcknowledgement {
    /// The delivery; what it rests on is the return.
    #[n(0)]
    pub delivery: OfDelivery,
}

impl Body for ReturnAcknowledgement {
    const PURPOSE: &'static str = "yichuan/return-acknowledgement/1";
}

/// The exchange says that a replacing document went out (更正): what was pending is superseded.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Supersession {
    /// The document that was replaced.
    #[n(0)]
    pub about: About,
    /// The one that replaces it.
    #[n(1)]
    pub by: About,
    /// The dispatch of the replacing one.
    #[n(2)]
    pub dispatch: Digest,
    /// Whether receipts of the replaced one stand; else the new one is to be signed for by all.
    #[n(3)]
    pub receipts_stand: bool,
}

impl Body for Supersession {
    const PURPOSE: &'static str = "yichuan/supersession/1";
}

/// The sender adds recipients later (补发); it goes out when the head has approved it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Supplement {
    /// The document.
    #[n(0)]
    pub about: About,
    /// The new recipients, none of which is a party already.
    #[n(1)]
    pub recipients: Vec<Recipient>,
    /// The digest of their wrap list, under the same key commitment.
    #[n(2)]
    pub wraps: Digest,
}

impl Supplement {
    /// The most recipients of one supplement.
    pub const RECIPIENTS_MAX: usize = 128;
}

impl Body for Supplement {
    const PURPOSE: &'static str = "yichuan/supplement/1";
}

/// The head of the department decides about a supplement.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SupplementApproval {
    /// The document.
    #[n(0)]
    pub about: About,
    /// The supplement's statement digest.
    #[n(1)]
    pub supplement: Digest,
    /// Whether it is approved.
    #[n(2)]
    pub granted: bool,
}

impl Body for SupplementApproval {
    const PURPOSE: &'static str = "yichuan/supplement-approval/1";
}

/// The exchange dispatches a supplement, or what was wrapped anew, and starts the clocks.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Supplemented {
    /// The document.
    #[n(0)]
    pub about: About,
    /// The approval of the supplement, or the rewrap.
    #[n(1)]
    pub cause: Digest,
    /// The policy that the due time comes from, by the digest of its record.
    #[n(2)]
    pub policy: Digest,
    /// When it was dispatched.
    #[n(3)]
    pub at: Timestamp,
    /// When all of them are due.
    #[n(4)]
    pub due: Timestamp,
    /// To whom, in the order of the supplement.
    #[n(5)]
    pub units: Vec<UnitRef>,
}

impl Body for Supplemented {
    const PURPOSE: &'static str = "yichuan/supplemented/1";
}

/// The sender closes the content key once more for a recipient to whom it did not open (重发): the
/// same body under the same commitment, so that no new approval is due (protocol rule 19).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Rewrap {
    /// The delivery, which has ended in a return; what it rests on is the return.
    #[n(0)]
    pub delivery: OfDelivery,
    /// The digest of the list with the one new wrap.
    #[n(1)]
    pub wraps: Digest,
}

impl Body for Rewrap {
    const PURPOSE: &'static str = "yichuan/rewrap/1";
}

/// The sender grants a recipient more copies (增发).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct MoreCopies {
    /// The document.
    #[n(0)]
    pub about: About,
    /// The recipient.
    #[n(1)]
    pub unit: UnitRef,
    /// How many more it may print, 1 to 999.
    #[n(2)]
    pub copies: u16,
}

impl MoreCopies {
    /// The most copies of one grant.
    pub const COPIES_MAX: u16 = 999;
}

impl Body for MoreCopies {
    const PURPOSE: &'static str = "yichuan/more-copies/1";
}

/// The recipient fills in the reply form of a meeting notice (回执).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct MeetingReply {
    /// The document.
    #[n(0)]
    pub about: About,
    /// The recipient.
    #[n(1)]
    pub unit: UnitRef,
    /// The filled-in form, encrypted to both units; a later reply takes the place of an earlier.
    #[n(2)]
    pub form: AttachmentRef,
}

impl Body for MeetingReply {
    const PURPOSE: &'static str = "yichuan/meeting-reply/1";
}
