//! Statements about a document after its dispatch, each with everything in it that can be.

use yichuan_document::calendar::{Calendar, MinuteSpan};
use yichuan_document::cbor;
use yichuan_document::manifest::{Recipient, RecipientRole};
use yichuan_document::roster::record::clocks::{Clocks, IndexSpan, STEPS, Time};
use yichuan_document::statement::{
    Audience, Contact, CopiesNumbered, Deletion, DeliveryRefusal, ExtensionDecision,
    ExtensionRequest, Inquiry, InquiryDue, LookMissed, MeetingReply, MoreCopies, Outage, Overdue,
    PermissionDecision, PermissionRequest, Print, Recall, RecallAnswer, Reception, ReceptionRow,
    Reminder, ReturnAcknowledgement, Rewrap, Supersession, Supplement, SupplementApproval,
    Supplemented,
};

use super::reads;
use super::samples::{self, NOW, Sample, about, delivery, digest, note, unit_ref};

/// How many of these decoders accept the bytes.
pub(crate) fn accepting(bytes: &[u8]) -> usize {
    let all = [
        reads::<Inquiry>(bytes),
        reads::<Reception>(bytes),
        reads::<Overdue>(bytes),
        reads::<Reminder>(bytes),
        reads::<InquiryDue>(bytes),
        reads::<LookMissed>(bytes),
        reads::<Contact>(bytes),
        reads::<ExtensionRequest>(bytes),
        reads::<ExtensionDecision>(bytes),
        reads::<Recall>(bytes),
        reads::<RecallAnswer>(bytes),
        reads::<DeliveryRefusal>(bytes),
        reads::<ReturnAcknowledgement>(bytes),
        reads::<Supersession>(bytes),
        reads::<Supplement>(bytes),
        reads::<SupplementApproval>(bytes),
        reads::<Supplemented>(bytes),
        reads::<Rewrap>(bytes),
        reads::<MoreCopies>(bytes),
        reads::<MeetingReply>(bytes),
        reads::<PermissionRequest>(bytes),
        reads::<PermissionDecision>(bytes),
        reads::<Print>(bytes),
        reads::<CopiesNumbered>(bytes),
        reads::<Deletion>(bytes),
        reads::<Clocks>(bytes),
        reads::<Time>(bytes),
    ];
    all.into_iter().filter(|accepted| *accepted).count()
}

/// What the clocks bring about.
pub(crate) fn watching() -> Vec<Sample> {
    let of = |what, bytes| (what, bytes);
    let (about, unit) = (about(), unit_ref(samples::UNIT));
    let outage = Some(Outage {
        from: NOW,
        until: NOW,
    });
    let rows = vec![ReceptionRow {
        unit: unit.clone(),
        state: 4,
        facts: 5,
    }];
    vec![
        of(
            "inquiry",
            cbor::to_vec(&Inquiry {
                about,
                size: 300,
                seen: note(),
            }),
        ),
        of("reception", cbor::to_vec(&Reception { rows })),
        of(
            "overdue",
            cbor::to_vec(&Overdue {
                about,
                unit: unit.clone(),
                due: NOW,
                size: 300,
                outage,
            }),
        ),
        of(
            "reminder",
            cbor::to_vec(&Reminder {
                about,
                unit: unit.clone(),
                due: NOW,
                percent: 150,
                to: Audience::Authority,
            }),
        ),
        of(
            "inquiry due",
            cbor::to_vec(&InquiryDue {
                about,
                due: NOW,
                size: 300,
            }),
        ),
    ]
}

/// What sender and recipient agree on.
pub(crate) fn agreeing() -> Vec<Sample> {
    let of = |what, bytes| (what, bytes);
    let (about, unit) = (about(), unit_ref(samples::UNIT));
    vec![
        of(
            "look missed",
            cbor::to_vec(&LookMissed {
                account: "513200-zfb-js01".parse().unwrap(),
                from: NOW,
                until: NOW,
            }),
        ),
        of(
            "contact",
            cbor::to_vec(&Contact {
                about,
                unit: unit.clone(),
                at: NOW,
                outcome: 63,
                note: Some(note()),
            }),
        ),
        of(
            "extension request",
            cbor::to_vec(&ExtensionRequest {
                delivery: delivery(),
                until: NOW,
                note: note(),
            }),
        ),
        of(
            "extension decision",
            cbor::to_vec(&ExtensionDecision {
                about,
                unit,
                request: digest("request"),
                until: Some(NOW),
            }),
        ),
    ]
}

/// What is done with a document after its dispatch.
pub(crate) fn recalling() -> Vec<Sample> {
    let of = |what, bytes| (what, bytes);
    let (about, unit) = (about(), unit_ref(samples::UNIT));
    let answer = RecallAnswer {
        delivery: delivery(),
        code: 3,
        note: Some(note()),
    };
    let refusal = DeliveryRefusal {
        delivery: delivery(),
        code: 7,
        note: Some(note()),
    };
    vec![
        of(
            "recall",
            cbor::to_vec(&Recall {
                about,
                units: vec![unit.clone()],
                code: 63,
                note: Some(note()),
            }),
        ),
        of("recall answer", cbor::to_vec(&answer)),
        of("delivery refusal", cbor::to_vec(&refusal)),
        of(
            "return acknowledgement",
            cbor::to_vec(&ReturnAcknowledgement {
                delivery: delivery(),
            }),
        ),
        of(
            "supersession",
            cbor::to_vec(&Supersession {
                about,
                by: about,
                dispatch: digest("dispatch"),
                receipts_stand: true,
            }),
        ),
    ]
}

/// How it comes to more units.
pub(crate) fn supplementing() -> Vec<Sample> {
    let of = |what, bytes| (what, bytes);
    let (about, unit) = (about(), unit_ref(samples::UNIT));
    let recipients = vec![Recipient {
        unit: unit.clone(),
        role: RecipientRole::Copy,
        print_quota: 2,
    }];
    vec![
        of(
            "supplement",
            cbor::to_vec(&Supplement {
                about,
                recipients,
                wraps: digest("w"),
            }),
        ),
        of(
            "supplement approval",
            cbor::to_vec(&SupplementApproval {
                about,
                supplement: digest("supplement"),
                granted: false,
            }),
        ),
        of(
            "supplemented",
            cbor::to_vec(&Supplemented {
                about,
                cause: digest("approval"),
                policy: digest("policy"),
                at: NOW,
                due: NOW,
                units: vec![unit.clone()],
            }),
        ),
        of(
            "rewrap",
            cbor::to_vec(&Rewrap {
                delivery: delivery(),
                wraps: digest("w"),
            }),
        ),
        of(
            "more copies",
            cbor::to_vec(&MoreCopies {
                about,
                unit: unit.clone(),
                copies: 999,
            }),
        ),
        of(
            "meeting reply",
            cbor::to_vec(&MeetingReply {
                about,
                unit,
                form: note(),
            }),
        ),
    ]
}

/// Printing and deleting.
pub(crate) fn permitting() -> Vec<Sample> {
    let (about, request) = (about(), digest("request"));
    vec![
        (
            "permission request",
            cbor::to_vec(&PermissionRequest {
                about,
                permit: 3,
                count: Some(999),
                first: Some(300),
                reason: 63,
                note: Some(note()),
            }),
        ),
        (
            "permission decision",
            cbor::to_vec(&PermissionDecision {
                about,
                request,
                granted: true,
            }),
        ),
        ("print", cbor::to_vec(&Print { about, request })),
        (
            "copies",
            cbor::to_vec(&CopiesNumbered {
                about,
                unit: unit_ref(samples::UNIT),
                print: request,
                first: 300,
                count: 999,
                printed: 999,
                quota: 1_000,
                again: false,
            }),
        ),
        ("deletion", cbor::to_vec(&Deletion { about, request })),
    ]
}

/// The records of the clocks.
pub(crate) fn clocks() -> Vec<Sample> {
    let calendar = Calendar {
        ahead_minutes: 480,
        hours: vec![MinuteSpan {
            from: 540,
            until: 720,
        }],
        weekdays: 31,
        holidays: vec![20_454, 20_455],
        workdays: vec![20_460],
    };
    let clocks = Clocks {
        calendar: Some(calendar),
        steps: STEPS.to_vec(),
        inquiry_minutes: 480,
        looks: vec![MinuteSpan {
            from: 540,
            until: 660,
        }],
    };
    let time = Time {
        epoch: 1,
        at: NOW,
        annulled: vec![IndexSpan { from: 4, until: 9 }],
    };
    vec![
        ("clocks", cbor::to_vec(&clocks)),
        ("time", cbor::to_vec(&time)),
    ]
}
