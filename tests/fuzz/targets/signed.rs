//! Signed statements, with the body that their purpose promises.
#![no_main]

use yichuan_document::roster::act::{
    AuthorityAct, Bequest, Delegate, Enrolment, Genesis, NewShare, NewUnitKey, RootSuccession,
    SealActivation,
};
use yichuan_document::signed::{Body, Payload, Signed, SlotRole};
use yichuan_document::statement::{
    Application, Approval, ApprovalRefusal, Assignment, Contact, CopiesNumbered, Deletion,
    DeliveryRefusal, Dispatch, ExtensionDecision, ExtensionRequest, Fetch, HandOver, HandOverTaken,
    Inquiry, InquiryDue, LookMissed, MeetingReply, MoreCopies, NumberRequest, Overdue, PasswordSet,
    PermissionDecision, PermissionRequest, Print, Recall, RecallAnswer, Receipt, Redirection,
    Reminder, RequestRefused, Return, ReturnAcknowledgement, Rewrap, SealUse, SessionOpen,
    SessionRecord, Submission, Supersession, Supplement, SupplementApproval, Supplemented,
    UnitNote, Violation, Withdrawal,
};

/// Reads the body as one of this kind; false where the purpose is another.
fn read<B: Body>(payload: &Payload) -> bool {
    let _ = payload.body::<B>();
    payload.is::<B>()
}

/// Every kind of body.
const KINDS: &[fn(&Payload) -> bool] = &[
    read::<AuthorityAct>,
    read::<Bequest>,
    read::<Delegate>,
    read::<Enrolment>,
    read::<Genesis>,
    read::<NewShare>,
    read::<NewUnitKey>,
    read::<RootSuccession>,
    read::<SealActivation>,
    read::<Application>,
    read::<Approval>,
    read::<ApprovalRefusal>,
    read::<Assignment>,
    read::<PermissionRequest>,
    read::<PermissionDecision>,
    read::<Print>,
    read::<CopiesNumbered>,
    read::<Deletion>,
    read::<Contact>,
    read::<DeliveryRefusal>,
    read::<Dispatch>,
    read::<ExtensionDecision>,
    read::<ExtensionRequest>,
    read::<Fetch>,
    read::<HandOver>,
    read::<HandOverTaken>,
    read::<Inquiry>,
    read::<InquiryDue>,
    read::<LookMissed>,
    read::<MeetingReply>,
    read::<MoreCopies>,
    read::<NumberRequest>,
    read::<Overdue>,
    read::<PasswordSet>,
    read::<Recall>,
    read::<RecallAnswer>,
    read::<Receipt>,
    read::<Redirection>,
    read::<Reminder>,
    read::<RequestRefused>,
    read::<Return>,
    read::<ReturnAcknowledgement>,
    read::<Rewrap>,
    read::<SealUse>,
    read::<SessionOpen>,
    read::<SessionRecord>,
    read::<Submission>,
    read::<Supersession>,
    read::<Supplement>,
    read::<SupplementApproval>,
    read::<Supplemented>,
    read::<UnitNote>,
    read::<Violation>,
    read::<Withdrawal>,
];

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(signed) = Signed::read(bytes) else {
        return;
    };
    assert_eq!(signed.to_bytes(), bytes);
    signed.claimed_slots(SlotRole::Account);
    let _ = signed.verify(&[]);
    if let Ok(payload) = signed.claimed() {
        KINDS.iter().find(|read| read(&payload));
    }
});
