//! Entries: the leaves of the log. `proto/entry.md` has the form.

use core::fmt;

use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::decode::{self, Decoder};
use minicbor::encode::{self, Encoder, Write};
use minicbor::{Decode, Encode};
use yichuan_document::cbor::{self, Unreadable};
use yichuan_document::roster::act::{
    AuthorityAct, Bequest, Delegate, Enrolment, Genesis, NewShare, NewUnitKey, RootSuccession,
    SealActivation,
};
use yichuan_document::signed::{Body, RosterHead, Signed};
use yichuan_document::statement::{
    Application, Approval, ApprovalRefusal, Assignment, AttachmentRef, Contact, CopiesNumbered,
    Deletion, DeliveryRefusal, Dispatch, ExtensionDecision, ExtensionRequest, Fetch, HandOver,
    HandOverTaken, Inquiry, InquiryDue, LookMissed, MeetingReply, MoreCopies, NumberRequest,
    Overdue, PasswordSet, PermissionDecision, PermissionRequest, Print, Recall, RecallAnswer,
    Receipt, Redirection, Reminder, RequestRefused, Return, ReturnAcknowledgement, Rewrap, SealUse,
    SessionRecord, Submission, Supersession, Supplement, SupplementApproval, Supplemented,
    UnitNote, Violation, Withdrawal,
};
use yichuan_document::{Digest, Timestamp, tree};

/// The one version of an entry.
pub const ENTRY_VERSION: u16 = 1;
/// The most bytes of an entry: C2SP entry bundles give a length of 16 bits, and we stay below.
pub const ENTRY_BYTES_MAX: usize = 16 << 10;
/// The most attachments that one entry names.
pub const ATTACHMENTS_MAX: usize = 16;

/// A leaf of the log.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Entry {
    /// [`ENTRY_VERSION`].
    #[n(0)]
    pub version: u16,
    /// When the exchange recorded it.
    #[n(1)]
    pub time: Timestamp,
    /// Chance, so that an entry that the exchange makes cannot be guessed from its hash.
    #[n(2)]
    pub salt: ByteArray<32>,
    /// What kind of statement it records.
    #[n(3)]
    pub kind: EntryKind,
    /// The roster as it stood, after this entry where the entry changes it.
    #[n(4)]
    pub roster: RosterHead,
    /// The signed statement.
    #[n(5)]
    pub statement: ByteVec,
    /// What is kept beside the log for it.
    #[n(6)]
    pub attachments: Vec<AttachmentRef>,
    /// The number that the exchange allotted, where one was asked for.
    #[n(7)]
    pub allotted: Option<u32>,
}

impl Entry {
    /// Reads an entry; one of an unknown version is refused.
    pub fn read(bytes: &[u8]) -> Result<Self, BadEntry> {
        let entry: Self = cbor::read(bytes, ENTRY_BYTES_MAX).map_err(BadEntry::Unreadable)?;
        if entry.version != ENTRY_VERSION {
            return Err(BadEntry::UnknownVersion {
                found: entry.version,
            });
        }
        if entry.attachments.len() > ATTACHMENTS_MAX {
            return Err(BadEntry::Attachments {
                found: entry.attachments.len(),
            });
        }
        Ok(entry)
    }

    /// The canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::to_vec(self)
    }

    /// The hash of the leaf.
    pub fn leaf(&self) -> Digest {
        tree::leaf_hash(&self.to_bytes())
    }

    /// The statement, of which nothing is verified.
    pub fn signed(&self) -> Result<Signed, Unreadable> {
        Signed::read(&self.statement)
    }
}

/// Why bytes are not an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadEntry {
    /// Not canonical CBOR of an entry.
    Unreadable(Unreadable),
    /// A version that this release does not know.
    UnknownVersion {
        /// The version found.
        found: u16,
    },
    /// More than [`ATTACHMENTS_MAX`] attachments.
    Attachments {
        /// How many.
        found: usize,
    },
}

impl fmt::Display for BadEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(cause) => cause.fmt(f),
            Self::UnknownVersion { found } => write!(f, "entry version {found} is unknown"),
            Self::Attachments { found } => write!(f, "{found} attachments"),
        }
    }
}

impl core::error::Error for BadEntry {}

/// What an entry records. A kind of a later release keeps its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryKind {
    /// The authority's root: entry 0.
    Genesis,
    /// An act of the authority.
    Authority,
    /// Keys enrolled with a ticket.
    Enrolment,
    /// A new epoch of a unit's key.
    UnitKey,
    /// A unit's key shared with an account.
    KeyShare,
    /// The authority's root handed over to its successor.
    RootSuccession,
    /// A seal taken into use by its custodian.
    SealActivation,
    /// An approver has somebody stand in.
    Delegation,
    /// A unit's seeds left to its successor.
    Bequest,
    /// A document submitted.
    Submission,
    /// Approved.
    Approval,
    /// Refused by the approver.
    ApprovalRefusal,
    /// Withdrawn.
    Withdrawal,
    /// Sealed.
    Seal,
    /// Dispatched, by the exchange.
    Dispatch,
    /// Handed on to a closed recipient's successor, by the exchange.
    Redirection,
    /// Fetched by a recipient.
    Fetch,
    /// Signed for.
    Receipt,
    /// Returned.
    Return,
    /// Inside and outside disagree.
    Violation,
    /// A unit's own note.
    UnitNote,
    /// A number allotted.
    Number,
    /// An account's password set.
    Password,
    /// A unit applies to the authority.
    Application,
    /// Somebody hands over what is on a list.
    HandOver,
    /// And somebody else has taken it over.
    HandOverTaken,
    /// A request refused, by the exchange.
    Refusal,
    /// Recalled.
    Recall,
    /// The sender looked at the state of reception.
    Inquiry,
    /// More recipients wanted.
    Supplement,
    /// And decided about.
    SupplementApproval,
    /// Dispatched to more recipients, or once more, by the exchange.
    Supplemented,
    /// Replaced by another document, by the exchange.
    Supersession,
    /// The sender has not looked in time, by the exchange.
    InquiryDue,
    /// More copies granted.
    MoreCopies,
    /// Refused outright.
    DeliveryRefusal,
    /// A return signed for by the sender.
    ReturnAcknowledgement,
    /// A recall answered.
    RecallAnswer,
    /// Sender and recipient spoke.
    Contact,
    /// More time asked for.
    ExtensionRequest,
    /// And decided about.
    ExtensionDecision,
    /// Neither signed for nor returned in time, by the exchange.
    Overdue,
    /// Reminded of, by the exchange.
    Reminder,
    /// The key closed once more for a recipient.
    Rewrap,
    /// A meeting notice replied to.
    MeetingReply,
    /// Nobody had looked in time, by the exchange.
    LookMissed,
    /// Signed in or no longer, by the exchange.
    Session,
    /// A receiving unit names who of it may open a document.
    Assignment,
    /// The head's consent asked for, to print or to delete.
    PermissionRequest,
    /// And decided about.
    PermissionDecision,
    /// Copies made.
    Print,
    /// What a unit held of a document deleted.
    Deletion,
    /// Originals numbered, by the exchange.
    CopiesNumbered,
    /// A kind of a later release.
    Unknown(u16),
}

impl EntryKind {
    /// Every kind with its number and the purpose of its statement.
    pub const ALL: [(Self, u16, &'static str); 53] = [
        (Self::Genesis, 0, Genesis::PURPOSE),
        (Self::Authority, 1, AuthorityAct::PURPOSE),
        (Self::Enrolment, 2, Enrolment::PURPOSE),
        (Self::UnitKey, 3, NewUnitKey::PURPOSE),
        (Self::KeyShare, 4, NewShare::PURPOSE),
        (Self::RootSuccession, 5, RootSuccession::PURPOSE),
        (Self::SealActivation, 6, SealActivation::PURPOSE),
        (Self::Delegation, 7, Delegate::PURPOSE),
        (Self::Bequest, 8, Bequest::PURPOSE),
        (Self::Submission, 16, Submission::PURPOSE),
        (Self::Approval, 17, Approval::PURPOSE),
        (Self::ApprovalRefusal, 18, ApprovalRefusal::PURPOSE),
        (Self::Withdrawal, 19, Withdrawal::PURPOSE),
        (Self::Seal, 20, SealUse::PURPOSE),
        (Self::Dispatch, 21, Dispatch::PURPOSE),
        (Self::Redirection, 22, Redirection::PURPOSE),
        (Self::Fetch, 32, Fetch::PURPOSE),
        (Self::Receipt, 33, Receipt::PURPOSE),
        (Self::Return, 34, Return::PURPOSE),
        (Self::Violation, 35, Violation::PURPOSE),
        (Self::UnitNote, 48, UnitNote::PURPOSE),
        (Self::Number, 49, NumberRequest::PURPOSE),
        (Self::Password, 50, PasswordSet::PURPOSE),
        (Self::Application, 51, Application::PURPOSE),
        (Self::HandOver, 52, HandOver::PURPOSE),
        (Self::HandOverTaken, 53, HandOverTaken::PURPOSE),
        (Self::Refusal, 64, RequestRefused::PURPOSE),
        (Self::LookMissed, 80, LookMissed::PURPOSE),
        (Self::Recall, 23, Recall::PURPOSE),
        (Self::Inquiry, 24, Inquiry::PURPOSE),
        (Self::Supplement, 25, Supplement::PURPOSE),
        (Self::SupplementApproval, 26, SupplementApproval::PURPOSE),
        (Self::Supplemented, 27, Supplemented::PURPOSE),
        (Self::Supersession, 28, Supersession::PURPOSE),
        (Self::InquiryDue, 29, InquiryDue::PURPOSE),
        (Self::MoreCopies, 30, MoreCopies::PURPOSE),
        (Self::DeliveryRefusal, 36, DeliveryRefusal::PURPOSE),
        (
            Self::ReturnAcknowledgement,
            37,
            ReturnAcknowledgement::PURPOSE,
        ),
        (Self::RecallAnswer, 38, RecallAnswer::PURPOSE),
        (Self::Contact, 39, Contact::PURPOSE),
        (Self::ExtensionRequest, 40, ExtensionRequest::PURPOSE),
        (Self::ExtensionDecision, 41, ExtensionDecision::PURPOSE),
        (Self::Overdue, 42, Overdue::PURPOSE),
        (Self::Reminder, 43, Reminder::PURPOSE),
        (Self::Rewrap, 44, Rewrap::PURPOSE),
        (Self::MeetingReply, 45, MeetingReply::PURPOSE),
        (Self::Session, 65, SessionRecord::PURPOSE),
        (Self::Assignment, 66, Assignment::PURPOSE),
        (Self::CopiesNumbered, 46, CopiesNumbered::PURPOSE),
        (Self::PermissionRequest, 67, PermissionRequest::PURPOSE),
        (Self::PermissionDecision, 68, PermissionDecision::PURPOSE),
        (Self::Print, 69, Print::PURPOSE),
        (Self::Deletion, 70, Deletion::PURPOSE),
    ];

    /// The kind's number.
    pub fn code(self) -> u16 {
        match self {
            Self::Unknown(code) => code,
            known => Self::ALL
                .iter()
                .find(|row| row.0 == known)
                .map_or(u16::MAX, |row| row.1),
        }
    }

    /// The kind of that number.
    pub fn from_code(code: u16) -> Self {
        Self::ALL
            .iter()
            .find(|row| row.1 == code)
            .map_or(Self::Unknown(code), |row| row.0)
    }

    /// The kind that records a statement of `purpose`.
    pub fn of_purpose(purpose: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|row| row.2 == purpose)
            .map(|row| row.0)
    }

    /// Whether the entry belongs to the roster, which everybody reads and folds.
    pub const fn is_roster(self) -> bool {
        matches!(
            self,
            Self::Genesis
                | Self::Authority
                | Self::Enrolment
                | Self::UnitKey
                | Self::KeyShare
                | Self::RootSuccession
                | Self::SealActivation
                | Self::Delegation
                | Self::Bequest
        )
    }
}

impl<C> Encode<C> for EntryKind {
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.u16(self.code())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for EntryKind {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        Ok(Self::from_code(d.u16()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_one_number_and_one_purpose() {
        for (kind, code, purpose) in EntryKind::ALL {
            assert_eq!(kind.code(), code);
            assert_eq!(EntryKind::from_code(code), kind);
            assert_eq!(EntryKind::of_purpose(purpose), Some(kind), "{purpose}");
        }
        assert_eq!(EntryKind::from_code(999), EntryKind::Unknown(999));
        assert_eq!(EntryKind::Unknown(999).code(), 999);
    }
}
