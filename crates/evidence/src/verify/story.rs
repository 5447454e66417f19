//! The document's life as data, for a program to tell in whatever language.

use yichuan_document::header::PartName;
use yichuan_document::life::{DeliveryState, Stage};
use yichuan_document::manifest::RecipientRole;
use yichuan_document::statement::{Audience, InspectionList, Outage};
use yichuan_document::terms::{DocumentKind, DocumentNumber, SecrecyPeriod, Urgency};
use yichuan_document::{
    AccountId, Classification, DeviceId, Digest, DocumentId, PersonId, SealId, Timestamp, UnitRef,
};

/// Something that was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, as the exchange asserts.
    pub time: Timestamp,
    /// The index of the entry.
    pub index: u64,
    /// Who said it; none for the exchange itself.
    pub who: Option<Who>,
    /// What.
    pub what: What,
    /// Whether everything about it that was looked at stands.
    pub stands: bool,
    /// By how many milliseconds it answers a delivery late, where it does.
    pub late_ms: Option<u64>,
}

/// Who said something, as the roster of that moment names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// The account.
    pub account: AccountId,
    /// The computer.
    pub device: Option<DeviceId>,
    /// The person whose account it is.
    pub person: Option<PersonId>,
    /// The post.
    pub post: Option<String>,
    /// The unit's name.
    pub unit: Option<String>,
}

/// What was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Submitted.
    Submitted,
    /// Approved.
    Approved,
    /// Refused by the approver, for the reason with this number.
    ApprovalRefused {
        /// The reason.
        code: u16,
    },
    /// Withdrawn.
    Withdrawn,
    /// Sealed.
    Sealed {
        /// The seal.
        seal: SealId,
        /// Its name.
        name: Option<String>,
        /// Which of the document's seals.
        ordinal: u8,
    },
    /// Dispatched.
    Dispatched {
        /// To how many.
        deliveries: u32,
        /// By when they are to answer: one for all, or one each.
        due: Vec<Timestamp>,
    },
    /// Handed on from a closed unit to its successor.
    Redirected {
        /// The unit that was closed.
        from: UnitRef,
        /// Its successor.
        to: UnitRef,
    },
    /// Fetched.
    Fetched,
    /// Signed for.
    SignedFor {
        /// The checks and their outcomes.
        inspection: InspectionList,
    },
    /// Returned, for the reason with this number.
    Returned {
        /// The reason, a [`ReturnCode`](yichuan_document::inspection::ReturnCode).
        code: u16,
        /// The checks and their outcomes.
        inspection: InspectionList,
    },
    /// A violation was reported.
    Violation {
        /// What disagrees.
        code: u16,
    },
    /// Refused outright, for the reason with this number.
    DeliveryRefused {
        /// The reason, a [`ReturnCode`](yichuan_document::inspection::ReturnCode).
        code: u16,
    },
    /// The sender signed for a return.
    ReturnAcknowledged {
        /// Who had returned it.
        unit: UnitRef,
    },
    /// Recalled.
    Recalled {
        /// From whom; from everybody where it names nobody.
        units: Vec<UnitRef>,
        /// Why, a [`RecallReason`](yichuan_document::statement::RecallReason).
        code: u16,
    },
    /// A recall was answered.
    RecallAnswered {
        /// The answer, a [`RecallReply`](yichuan_document::statement::RecallReply).
        code: u16,
    },
    /// The sender looked at the state of reception.
    Inquired {
        /// The size of the log of which it was the state.
        size: u64,
    },
    /// The sender had not looked in time.
    InquiryDue {
        /// By when it was to look.
        due: Timestamp,
    },
    /// Sender and recipient spoke.
    Contacted {
        /// The recipient.
        unit: UnitRef,
        /// When, as the one says who recorded it.
        at: Timestamp,
        /// What came of it, a
        /// [`ContactOutcome`](yichuan_document::statement::ContactOutcome).
        outcome: u16,
    },
    /// More time was asked for.
    MoreTimeAsked {
        /// Until when.
        until: Timestamp,
    },
    /// And decided about.
    MoreTimeDecided {
        /// The recipient.
        unit: UnitRef,
        /// The new due time; none where no more time is given.
        until: Option<Timestamp>,
    },
    /// Neither signed for nor returned in time.
    Overdue {
        /// The recipient.
        unit: UnitRef,
        /// When it was due.
        due: Timestamp,
        /// When in that time the exchange was not there to take anything in.
        outage: Option<Outage>,
    },
    /// A time correction of the authority annuls the overdue entries at these indexes.
    OverdueAnnulled {
        /// The indexes.
        entries: Vec<u64>,
    },
    /// The recipient was reminded.
    Reminded {
        /// The recipient.
        unit: UnitRef,
        /// The step of the table, in per cent of the time to the due time.
        percent: u16,
        /// Who was to be told.
        to: Audience,
    },
    /// More recipients were named.
    Supplement {
        /// The recipients.
        units: Vec<UnitRef>,
    },
    /// And decided about.
    SupplementDecided {
        /// Whether it is approved.
        granted: bool,
    },
    /// The key was closed once more for a recipient.
    Rewrapped {
        /// The recipient.
        unit: UnitRef,
    },
    /// Dispatched to more recipients, or once more to one.
    Supplemented {
        /// To whom.
        units: Vec<UnitRef>,
        /// By when they are to answer.
        due: Timestamp,
    },
    /// Another document took its place.
    Superseded {
        /// The document that did.
        by: DocumentId,
        /// Whether receipts of this one stand.
        receipts_stand: bool,
    },
    /// More copies were granted.
    MoreCopies {
        /// To whom.
        unit: UnitRef,
        /// How many.
        copies: u16,
    },
    /// Originals were numbered for a recipient that prints them.
    CopiesNumbered {
        /// The recipient.
        unit: UnitRef,
        /// The first copy number.
        first: u32,
        /// How many.
        count: u16,
        /// Whether they are printed once more.
        again: bool,
    },
    /// A meeting notice was replied to.
    MeetingReplied,
    /// A unit's own note.
    Noted {
        /// The kind of note.
        kind: u16,
    },
    /// A number was allotted.
    Numbered {
        /// The series.
        series: String,
        /// The year.
        year: u16,
        /// The number.
        number: Option<u32>,
    },
    /// Something of a kind that this release does not know.
    Unknown {
        /// The number of the kind.
        kind: u16,
        /// The purpose, where it is one that is reserved.
        purpose: Option<&'static str>,
    },
    /// Something that cannot be read.
    Unreadable,
}

/// What the manifest says of the document, and the header where it was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentFacts {
    /// Its id.
    pub id: DocumentId,
    /// The digest of the manifest.
    pub manifest: Digest,
    /// The issuing units, the lead first, with their names.
    pub issuers: Vec<(UnitRef, Option<String>)>,
    /// The account that entered it.
    pub account: AccountId,
    /// 密级.
    pub level: Classification,
    /// 保密期限.
    pub period: Option<SecrecyPeriod>,
    /// 紧急程度.
    pub urgency: Urgency,
    /// 文种.
    pub kind: DocumentKind,
    /// 发文字号, where it stands outside.
    pub number: Option<DocumentNumber>,
    /// When it was composed, by the client's clock.
    pub composed_at: Timestamp,
    /// Bytes of the encrypted body.
    pub body_bytes: u64,
    /// Where it stands.
    pub stage: Stage,
    /// Title and parts; only where key, header and body all stand.
    pub content: Option<Content>,
}

/// What is inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// 标题.
    pub title: String,
    /// The files, in order.
    pub parts: Vec<PartFact>,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartFact {
    /// Its name.
    pub name: PartName,
    /// Its bytes.
    pub bytes: u64,
    /// SHA-256.
    pub digest: Digest,
}

/// A delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryFact {
    /// The recipient.
    pub unit: UnitRef,
    /// Its name.
    pub name: Option<String>,
    /// 主送 or 抄送.
    pub role: RecipientRole,
    /// Where it stands; none where the bundle is not for this unit to tell.
    pub state: Option<DeliveryState>,
    /// By when it was to be answered, with all time that was given; none where it has no clock.
    pub due: Option<Timestamp>,
    /// By when it was to be answered at first, where more time was given.
    pub due_before: Option<Timestamp>,
    /// When it ended, where the bundle says so.
    pub ended: Option<Timestamp>,
    /// By how many milliseconds it was answered late, where it was.
    pub late_ms: Option<u64>,
    /// When it was recorded as overdue, unless that was annulled.
    pub overdue: Option<Timestamp>,
    /// How often the recipient was reminded.
    pub reminders: u32,
    /// Whether the sender asked for it back after the fetch.
    pub recall_notice: bool,
    /// What the recipient answered to that last, a
    /// [`RecallReply`](yichuan_document::statement::RecallReply).
    pub recall_answer: Option<u16>,
    /// Whether the sender has signed for its return.
    pub return_acknowledged: bool,
    /// How often sender and recipient spoke about it.
    pub contacts: u32,
    /// How many copies more than at first may be printed.
    pub more_copies: u32,
    /// How many originals were numbered, where the bundle says so.
    pub printed: u32,
}

/// What a bundle does not prove, however valid (protocol rule 34).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unproven {
    /// Anything after the first so many entries of the log.
    AfterSize {
        /// The size.
        size: u64,
    },
    /// That a person looked at what an account's keys signed.
    PersonLooked,
    /// The times: the exchange asserts them, and no witness bounds them.
    Time,
    /// That others were shown the same log: without witnesses a split view stays hidden.
    SameLog,
    /// What the other recipients did: the list was made for one recipient.
    OtherRecipients,
    /// What statements of a later release say.
    UnknownStatements,
    /// What the body says: the bundle has it encrypted.
    Content,
    /// That the document which took its place was dispatched: that stands in its own bundle.
    ReplacedBy,
    /// That who has no clock had signed for the replaced document: that stands in its bundle.
    EarlierReceipts,
}
