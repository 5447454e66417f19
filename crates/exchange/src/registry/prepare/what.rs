//! What a unit asks.

use yichuan_document::UnitRef;
use yichuan_document::statement::{
    About, Application, Approval, ApprovalRefusal, Assignment, Contact, Deletion, DeliveryRefusal,
    ExtensionDecision, ExtensionRequest, Fetch, HandOver, HandOverTaken, Inquiry, MeetingReply,
    MoreCopies, NumberRequest, OfDelivery, PasswordSet, PermissionDecision, PermissionRequest,
    Print, Recall, RecallAnswer, Receipt, Return, ReturnAcknowledgement, Rewrap, SealUse,
    Supplement, SupplementApproval, UnitNote, Violation, Withdrawal,
};

use super::CheckedSubmission;

/// The requests of units.
#[derive(Debug)]
pub enum What {
    /// A document, with what was checked of it.
    Submission(Box<CheckedSubmission>),
    /// See [`Approval`].
    Approval(Approval),
    /// See [`ApprovalRefusal`].
    ApprovalRefusal(ApprovalRefusal),
    /// See [`Withdrawal`].
    Withdrawal(Withdrawal),
    /// See [`SealUse`].
    Seal(SealUse),
    /// See [`Fetch`].
    Fetch(Fetch),
    /// See [`Receipt`].
    Receipt(Receipt),
    /// See [`Return`].
    Return(Return),
    /// See [`Violation`].
    Violation(Violation),
    /// See [`DeliveryRefusal`].
    DeliveryRefusal(DeliveryRefusal),
    /// See [`ReturnAcknowledgement`].
    ReturnAcknowledgement(ReturnAcknowledgement),
    /// See [`Recall`].
    Recall(Recall),
    /// See [`RecallAnswer`].
    RecallAnswer(RecallAnswer),
    /// See [`Inquiry`].
    Inquiry(Inquiry),
    /// See [`Contact`].
    Contact(Contact),
    /// See [`ExtensionRequest`].
    ExtensionRequest(ExtensionRequest),
    /// See [`ExtensionDecision`].
    ExtensionDecision(ExtensionDecision),
    /// See [`Supplement`].
    Supplement(Supplement),
    /// See [`SupplementApproval`].
    SupplementApproval(SupplementApproval),
    /// See [`Rewrap`].
    Rewrap(Rewrap),
    /// See [`MoreCopies`].
    MoreCopies(MoreCopies),
    /// See [`MeetingReply`].
    MeetingReply(MeetingReply),
    /// See [`Assignment`].
    Assignment(Assignment),
    /// See [`PermissionRequest`].
    PermissionRequest(PermissionRequest),
    /// See [`PermissionDecision`].
    PermissionDecision(PermissionDecision),
    /// See [`Print`].
    Print(Print),
    /// See [`Deletion`].
    Deletion(Deletion),
    /// See [`UnitNote`].
    UnitNote(UnitNote),
    /// See [`Application`].
    Application(Application),
    /// See [`HandOver`].
    HandOver(HandOver),
    /// See [`HandOverTaken`].
    HandOverTaken(HandOverTaken),
    /// See [`NumberRequest`].
    Number(NumberRequest),
    /// See [`PasswordSet`].
    Password(PasswordSet),
}

impl What {
    /// The document that it is about, where there is one already.
    pub fn about(&self) -> Option<&About> {
        Some(match self {
            Self::Submission(submission) => &submission.body.about,
            Self::Approval(body) => &body.about,
            Self::ApprovalRefusal(body) => &body.about,
            Self::Withdrawal(body) => &body.about,
            Self::Seal(body) => &body.about,
            Self::Recall(body) => &body.about,
            Self::Inquiry(body) => &body.about,
            Self::Supplement(body) => &body.about,
            Self::SupplementApproval(body) => &body.about,
            Self::Assignment(body) => &body.about,
            Self::PermissionRequest(body) => &body.about,
            Self::PermissionDecision(body) => &body.about,
            Self::Print(body) => &body.about,
            Self::Deletion(body) => &body.about,
            Self::UnitNote(body) => return body.document.as_ref(),
            Self::Number(body) => return body.document.as_ref(),
            Self::Application(_)
            | Self::HandOver(_)
            | Self::HandOverTaken(_)
            | Self::Password(_) => return None,
            _ => return self.delivery().map(|(about, _)| about),
        })
    }

    /// The delivery that it is about.
    pub fn delivery(&self) -> Option<(&About, &UnitRef)> {
        let named: &OfDelivery = match self {
            Self::Fetch(body) => &body.delivery,
            Self::Receipt(body) => &body.delivery,
            Self::Return(body) => &body.delivery,
            Self::Violation(body) => &body.delivery,
            Self::DeliveryRefusal(body) => &body.delivery,
            Self::ReturnAcknowledgement(body) => &body.delivery,
            Self::RecallAnswer(body) => &body.delivery,
            Self::ExtensionRequest(body) => &body.delivery,
            Self::Rewrap(body) => &body.delivery,
            Self::Contact(body) => return Some((&body.about, &body.unit)),
            Self::ExtensionDecision(body) => return Some((&body.about, &body.unit)),
            Self::MoreCopies(body) => return Some((&body.about, &body.unit)),
            Self::MeetingReply(body) => return Some((&body.about, &body.unit)),
            _ => return None,
        };
        Some((&named.about, &named.unit))
    }
}
