//! The bodies of the statements about a document's life. `proto/statement.md` has their forms.
//!
//! Each names the document by id and manifest digest, and a party's statement about a delivery
//! names the statement before it, so that nobody decides on what has changed meanwhile.

mod assignment;
mod coded;
mod login;
mod looked;
mod permission;
mod recalling;
mod sitting;
mod staff;
mod watching;

use minicbor::{Decode, Encode};

use crate::signed::Body;
use crate::{Digest, DocumentId, SealId, Timestamp, UnitRef};

pub use assignment::{ASSIGNEES_MAX, Assignment};
pub use login::{LoginProof, PasswordSet, SessionOpen};
pub use looked::LookMissed;
pub use permission::{
    CopiesNumbered, Deletion, PermissionDecision, PermissionRequest, Permit, PermitReason, Print,
};
pub use recalling::{
    DeliveryRefusal, MeetingReply, MoreCopies, Recall, RecallAnswer, RecallReason, RecallReply,
    ReturnAcknowledgement, Rewrap, Supersession, Supplement, SupplementApproval, Supplemented,
};
pub use sitting::{SessionEvent, SessionRecord};
pub use staff::{Application, HandOver, HandOverTaken, REASON_BYTES_MAX, Wish};
pub use watching::{
    Audience, Contact, ContactOutcome, ExtensionDecision, ExtensionRequest, Inquiry, InquiryDue,
    Outage, Overdue, Reception, ReceptionRow, Reminder,
};

/// The document that a statement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct About {
    /// The document's id.
    #[n(0)]
    pub document: DocumentId,
    /// The digest of its manifest.
    #[n(1)]
    pub manifest: Digest,
}

/// Something kept beside the log, named by digest and length (protocol rule 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(map)]
pub struct AttachmentRef {
    /// SHA-256.
    #[n(0)]
    pub digest: Digest,
    /// Bytes.
    #[n(1)]
    pub bytes: u32,
}

impl AttachmentRef {
    /// Names `bytes`; none where they are longer than an attachment can be.
    pub fn to(bytes: &[u8]) -> Option<Self> {
        Some(Self {
            digest: Digest::of(bytes),
            bytes: u32::try_from(bytes.len()).ok()?,
        })
    }
}

/// The clerk submits a document: its manifest, wraps and body.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Submission {
    /// The document.
    #[n(0)]
    pub about: About,
    /// The digest of the wrap list.
    #[n(1)]
    pub wraps: Digest,
}

impl Body for Submission {
    const PURPOSE: &'static str = "yichuan/submission/1";
}

/// The head of the department approves the document (Art. 9).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Approval {
    /// The document.
    #[n(0)]
    pub about: About,
    /// The digest of the wrap list: who will be able to read it.
    #[n(1)]
    pub wraps: Digest,
    /// The submission that was approved.
    #[n(2)]
    pub submission: Digest,
    /// What the approver declared to have looked at, as code numbers.
    #[n(3)]
    pub declarations: Vec<u16>,
}

impl Body for Approval {
    const PURPOSE: &'static str = "yichuan/approval/1";
}

/// The head of the department refuses the document; the corrected one has a new id.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ApprovalRefusal {
    /// The document.
    #[n(0)]
    pub about: About,
    /// The submission that was refused.
    #[n(1)]
    pub submission: Digest,
    /// The reason's code.
    #[n(2)]
    pub code: u16,
    /// The reason in words, encrypted to the own unit.
    #[n(3)]
    pub note: Option<AttachmentRef>,
}

impl Body for ApprovalRefusal {
    const PURPOSE: &'static str = "yichuan/approval-refusal/1";
}

/// The unit withdraws its document before dispatch.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Withdrawal {
    /// The document.
    #[n(0)]
    pub about: About,
    /// The submission that is withdrawn.
    #[n(1)]
    pub submission: Digest,
}

impl Body for Withdrawal {
    const PURPOSE: &'static str = "yichuan/withdrawal/1";
}

/// The custodian sets the seal (Art. 12 to 14).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SealUse {
    /// The document.
    #[n(0)]
    pub about: About,
    /// The seal.
    #[n(1)]
    pub seal: SealId,
    /// Which of the document's seals this is, from 1.
    #[n(2)]
    pub ordinal: u8,
    /// The approvals that it rests on, in the order of the issuers.
    #[n(3)]
    pub approvals: Vec<Digest>,
    /// The statement of the seal before this one.
    #[n(4)]
    pub previous: Option<Digest>,
    /// The encrypted seal record.
    #[n(5)]
    pub record: AttachmentRef,
}

impl Body for SealUse {
    const PURPOSE: &'static str = "yichuan/seal/1";
}

/// The exchange dispatches the document and starts one clock per recipient.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Dispatch {
    /// The document.
    #[n(0)]
    pub about: About,
    /// The last seal statement.
    #[n(1)]
    pub seal: Digest,
    /// The policy that the due times come from, by the digest of its record.
    #[n(2)]
    pub policy: Digest,
    /// When it was dispatched.
    #[n(3)]
    pub at: Timestamp,
    /// Due times that differ from recipient to recipient in order; one for all where equal.
    #[n(4)]
    pub due: Vec<Timestamp>,
    /// How many recipients there are.
    #[n(5)]
    pub deliveries: u32,
}

impl Body for Dispatch {
    const PURPOSE: &'static str = "yichuan/dispatch/1";
}

impl Dispatch {
    /// The due time of the recipient at `position` in the manifest.
    pub fn due_of(&self, position: usize) -> Option<Timestamp> {
        match self.due.as_slice() {
            [one] => Some(*one),
            many => many.get(position).copied(),
        }
    }
}

/// The exchange hands a pending delivery of a closed unit on to its successor, with its clock kept
/// (protocol rule 25).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Redirection {
    /// The document.
    #[n(0)]
    pub about: About,
    /// The recipient that was closed.
    #[n(1)]
    pub from: UnitRef,
    /// Its successor. Where it is a party of the document already, it gets no second delivery.
    #[n(2)]
    pub to: UnitRef,
    /// Until when the delivery is to be signed for, as before.
    #[n(3)]
    pub due: Timestamp,
    /// The statement digest of the act that closed the unit.
    #[n(4)]
    pub act: Digest,
}

impl Body for Redirection {
    const PURPOSE: &'static str = "yichuan/redirection/1";
}

/// The delivery that a statement is about, and the last thing that its maker knew of it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OfDelivery {
    /// The document.
    #[n(0)]
    pub about: About,
    /// The recipient.
    #[n(1)]
    pub unit: UnitRef,
    /// The party-made statement before this one; on a mismatch the exchange answers *stale*.
    #[n(2)]
    pub previous: Digest,
}

/// The recipient asks for its wrap (protocol rule 22).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Fetch {
    /// The delivery.
    #[n(0)]
    pub delivery: OfDelivery,
}

impl Body for Fetch {
    const PURPOSE: &'static str = "yichuan/fetch/1";
}

/// The outcome of one check, as it stands in a statement: check, outcome and detail codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CheckLine {
    /// Which check.
    #[n(0)]
    pub check: u16,
    /// 1 passed, 2 failed, 3 not checked.
    #[n(1)]
    pub outcome: u8,
    /// Why it failed; 0 otherwise.
    #[n(2)]
    pub detail: u16,
}

/// What the recipient looked at (Art. 11).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct InspectionList {
    /// The version of the rules that the checks follow.
    #[n(0)]
    pub rule_set: u16,
    /// One line per check, rising.
    #[n(1)]
    pub lines: Vec<CheckLine>,
}

/// The recipient signs for the document (签收).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Receipt {
    /// The delivery.
    #[n(0)]
    pub delivery: OfDelivery,
    /// Proof that the content key was held and the header decrypted (protocol rule 23).
    #[n(1)]
    pub opening: Digest,
    /// The checks and their outcomes.
    #[n(2)]
    pub inspection: InspectionList,
}

impl Body for Receipt {
    const PURPOSE: &'static str = "yichuan/receipt/1";
}

/// The recipient returns the document with a reason (退回).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Return {
    /// The delivery.
    #[n(0)]
    pub delivery: OfDelivery,
    /// The reason's code.
    #[n(1)]
    pub code: u16,
    /// The reason in words, encrypted to both units.
    #[n(2)]
    pub note: Option<AttachmentRef>,
    /// The checks and their outcomes.
    #[n(3)]
    pub inspection: InspectionList,
}

impl Body for Return {
    const PURPOSE: &'static str = "yichuan/return/1";
}

/// The recipient reports that inside and outside of a document disagree; nothing was released.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Violation {
    /// The delivery.
    #[n(0)]
    pub delivery: OfDelivery,
    /// What disagrees: 1 level, 2 id, 3 origin, 4 issuers, 5 form.
    #[n(1)]
    pub code: u16,
}

impl Body for Violation {
    const PURPOSE: &'static str = "yichuan/violation/1";
}

/// What a unit's note is; other numbers are kinds of a later release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteKind {
    /// 登记号: a number in a register that the unit keeps by itself.
    RegisterNumber,
    /// 意见: what somebody in the unit thinks about a document (拟办, 批示).
    Opinion,
    /// 交接稿: a draft that is handed over within the unit.
    Draft,
    /// 值班表: who is on duty when; the last one counts.
    Duty,
    /// OA 授权: what an OA system was permitted at a desk, or is not any more.
    OaAccess,
}

impl NoteKind {
    /// Every kind with its number, its Chinese and its English word.
    pub const ALL: [(Self, u16, &'static str, &'static str); 5] = [
        (Self::RegisterNumber, 1, "登记号", "register number"),
        (Self::Opinion, 2, "意见", "opinion"),
        (Self::Draft, 3, "交接稿", "draft"),
        (Self::Duty, 4, "值班表", "duty roster"),
        (Self::OaAccess, 5, "OA 授权", "OA access"),
    ];

    /// The number in a statement, for ever.
    pub const fn code(self) -> u16 {
        match self {
            Self::RegisterNumber => 1,
            Self::Opinion => 2,
            Self::Draft => 3,
            Self::Duty => 4,
            Self::OaAccess => 5,
        }
    }

    /// The kind with this number; none if this build does not know it.
    pub fn from_code(code: u16) -> Option<Self> {
        coded::word(&Self::ALL, code)
    }
}

/// What a unit adds for itself: a register number, an opinion, a draft handed over.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct UnitNote {
    /// The code of its [`NoteKind`].
    #[n(0)]
    pub kind: u16,
    /// The document, where it is about one.
    #[n(1)]
    pub document: Option<About>,
    /// The content, encrypted to the unit's key.
    #[n(2)]
    pub note: AttachmentRef,
}

impl Body for UnitNote {
    const PURPOSE: &'static str = "yichuan/unit-note/1";
}

/// The series of register numbers of received documents, 收文登记号: one per document.
pub const SERIES_RECEIVED: &str = "收文";
/// The series of copy numbers, 份号 (GB/T 9704): as many per document as it has copies.
pub const SERIES_COPIES: &str = "份号";

/// The unit asks for the next number of a series (发文字号, 收文 number, 份号).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct NumberRequest {
    /// The series within the unit: the issuer's word, [`SERIES_RECEIVED`] or [`SERIES_COPIES`].
    #[n(0)]
    pub series: String,
    /// The year.
    #[n(1)]
    pub year: u16,
    /// The document that it is for; due for 收文 and 份号.
    #[n(2)]
    pub document: Option<About>,
    /// How many consecutive numbers; one where absent, and then never said.
    #[n(3)]
    pub count: Option<u16>,
}

impl NumberRequest {
    /// The most numbers of one request.
    pub const COUNT_MAX: u16 = 1_000;
    /// The highest number of a series in a year.
    pub const HIGHEST: u32 = 999_999;
}

impl Body for NumberRequest {
    const PURPOSE: &'static str = "yichuan/number/1";
}

/// The exchange says that these are all entries of a document up to a size of the log.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Extract {
    /// The document.
    #[n(0)]
    pub about: About,
    /// The size of the log.
    #[n(1)]
    pub size: u64,
    /// The indexes of the entries that `reader` may read, rising.
    #[n(2)]
    pub entries: Vec<u64>,
    /// The unit that asked: an issuer reads all, a recipient what concerns it.
    #[n(3)]
    pub reader: UnitRef,
}

impl Body for Extract {
    const PURPOSE: &'static str = "yichuan/extract/1";
}

/// The exchange records that it refused a validly signed request (protocol rule 31).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RequestRefused {
    /// The digest of the request's payload.
    #[n(0)]
    pub request: Digest,
    /// The code from `proto/error-codes.md`.
    #[n(1)]
    pub code: u16,
    /// The unit that asked.
    #[n(2)]
    pub unit: UnitRef,
    /// How many like it in this hour where they are counted together; 1 for a single one.
    #[n(3)]
    pub count: u32,
}

impl Body for RequestRefused {
    const PURPOSE: &'static str = "yichuan/refusal/1";
}

/// Purposes that later releases fill; a statement with one of them is shown as unknown.
pub const RESERVED_PURPOSES: [&str; 1] = ["yichuan/check/1"];
