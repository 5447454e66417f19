//! One word for each answer: those of the tables in `proto/`.

use std::fmt::Debug;

use yichuan_document::roster::RosterRefused;
use yichuan_document::roster::act::{
    AuthorityAct, Bequest, Delegate, Enrolment, Genesis, NewShare, NewUnitKey, RootSuccession,
    SealActivation,
};
use yichuan_document::signed::{Body, NotThisBody, Payload};
use yichuan_document::statement::{
    Application, Approval, ApprovalRefusal, Assignment, Contact, CopiesNumbered, Deletion,
    DeliveryRefusal, Dispatch, ExtensionDecision, ExtensionRequest, Extract, Fetch, HandOver,
    HandOverTaken, Inquiry, InquiryDue, LookMissed, MeetingReply, MoreCopies, NumberRequest,
    Overdue, PasswordSet, PermissionDecision, PermissionRequest, Print, Recall, RecallAnswer,
    Receipt, Redirection, Reminder, RequestRefused, Return, ReturnAcknowledgement, Rewrap, SealUse,
    SessionOpen, SessionRecord, Submission, Supersession, Supplement, SupplementApproval,
    Supplemented, UnitNote, Violation, Withdrawal,
};

/// `ok`, or the word for the error.
pub(crate) fn ok<T, E>(result: Result<T, E>, say: impl Fn(&E) -> String) -> String {
    match result {
        Ok(_) => "ok".to_owned(),
        Err(error) => say(&error),
    }
}

/// The name of the variant in lower case with hyphens, without its facts.
pub(crate) fn word(error: &impl Debug) -> String {
    let shown = format!("{error:?}");
    let name = shown.split(|c: char| !c.is_alphanumeric()).next();
    let mut text = String::new();
    for letter in name.unwrap_or_default().chars() {
        if letter.is_uppercase() && !text.is_empty() {
            text.push('-');
        }
        text.extend(letter.to_lowercase());
    }
    text
}

/// The word for a refusal of the roster: of a record and of a standing, two in one.
pub(crate) fn refused(cause: &RosterRefused) -> String {
    match cause {
        RosterRefused::Change(cause) => format!("change-{}", word(cause)),
        RosterRefused::NoStanding(cause) => format!("standing-{}", word(cause)),
        other => word(other),
    }
}

/// What the body of a statement is, whose signatures stand.
pub(crate) fn body(payload: &Payload) -> String {
    let answer = match payload.purpose.as_str() {
        Genesis::PURPOSE => read::<Genesis>(payload),
        AuthorityAct::PURPOSE => read::<AuthorityAct>(payload),
        Enrolment::PURPOSE => read::<Enrolment>(payload),
        NewUnitKey::PURPOSE => read::<NewUnitKey>(payload),
        NewShare::PURPOSE => read::<NewShare>(payload),
        RootSuccession::PURPOSE => read::<RootSuccession>(payload),
        SealActivation::PURPOSE => read::<SealActivation>(payload),
        Delegate::PURPOSE => read::<Delegate>(payload),
        Bequest::PURPOSE => read::<Bequest>(payload),
        Redirection::PURPOSE => read::<Redirection>(payload),
        Application::PURPOSE => read::<Application>(payload),
        HandOver::PURPOSE => read::<HandOver>(payload),
        HandOverTaken::PURPOSE => read::<HandOverTaken>(payload),
        Submission::PURPOSE => read::<Submission>(payload),
        Approval::PURPOSE => read::<Approval>(payload),
        ApprovalRefusal::PURPOSE => read::<ApprovalRefusal>(payload),
        Withdrawal::PURPOSE => read::<Withdrawal>(payload),
        SealUse::PURPOSE => read::<SealUse>(payload),
        Dispatch::PURPOSE => read::<Dispatch>(payload),
        Fetch::PURPOSE => read::<Fetch>(payload),
        Receipt::PURPOSE => read::<Receipt>(payload),
        Return::PURPOSE => read::<Return>(payload),
        Violation::PURPOSE => read::<Violation>(payload),
        UnitNote::PURPOSE => read::<UnitNote>(payload),
        NumberRequest::PURPOSE => read::<NumberRequest>(payload),
        PasswordSet::PURPOSE => read::<PasswordSet>(payload),
        SessionOpen::PURPOSE => read::<SessionOpen>(payload),
        Extract::PURPOSE => read::<Extract>(payload),
        Recall::PURPOSE => read::<Recall>(payload),
        RecallAnswer::PURPOSE => read::<RecallAnswer>(payload),
        DeliveryRefusal::PURPOSE => read::<DeliveryRefusal>(payload),
        ReturnAcknowledgement::PURPOSE => read::<ReturnAcknowledgement>(payload),
        Supersession::PURPOSE => read::<Supersession>(payload),
        Supplement::PURPOSE => read::<Supplement>(payload),
        SupplementApproval::PURPOSE => read::<SupplementApproval>(payload),
        Supplemented::PURPOSE => read::<Supplemented>(payload),
        Rewrap::PURPOSE => read::<Rewrap>(payload),
        MoreCopies::PURPOSE => read::<MoreCopies>(payload),
        MeetingReply::PURPOSE => read::<MeetingReply>(payload),
        Inquiry::PURPOSE => read::<Inquiry>(payload),
        Overdue::PURPOSE => read::<Overdue>(payload),
        Reminder::PURPOSE => read::<Reminder>(payload),
        InquiryDue::PURPOSE => read::<InquiryDue>(payload),
        Contact::PURPOSE => read::<Contact>(payload),
        ExtensionRequest::PURPOSE => read::<ExtensionRequest>(payload),
        ExtensionDecision::PURPOSE => read::<ExtensionDecision>(payload),
        LookMissed::PURPOSE => read::<LookMissed>(payload),
        Assignment::PURPOSE => read::<Assignment>(payload),
        PermissionRequest::PURPOSE => read::<PermissionRequest>(payload),
        PermissionDecision::PURPOSE => read::<PermissionDecision>(payload),
        Print::PURPOSE => read::<Print>(payload),
        CopiesNumbered::PURPOSE => read::<CopiesNumbered>(payload),
        Deletion::PURPOSE => read::<Deletion>(payload),
        SessionRecord::PURPOSE => read::<SessionRecord>(payload),
        RequestRefused::PURPOSE => read::<RequestRefused>(payload),
        _ => return "unknown".to_owned(),
    };
    match answer {
        Ok(()) => "ok".to_owned(),
        Err(NotThisBody::UnknownVersion { .. }) => "unknown-version".to_owned(),
        Err(NotThisBody::Unreadable(cause)) => format!("body-{}", word(&cause)),
        Err(other) => panic!("{other}"),
    }
}

fn read<B: Body>(payload: &Payload) -> Result<(), NotThisBody> {
    payload.body::<B>().map(|_| ())
}
