//! Telling one statement of the document's life.

use yichuan_document::roster::Roster;
use yichuan_document::signed::Payload;
use yichuan_document::statement::{
    ApprovalRefusal, Contact, CopiesNumbered, DeliveryRefusal, Dispatch, ExtensionDecision,
    ExtensionRequest, Inquiry, InquiryDue, MoreCopies, NumberRequest, Overdue, RESERVED_PURPOSES,
    Recall, RecallAnswer, Receipt, Redirection, Reminder, Return, ReturnAcknowledgement, Rewrap,
    SealUse, Supersession, Supplement, SupplementApproval, Supplemented, UnitNote, Violation,
};

use super::statement::Said;
use super::story::{Event, What, Who};
use crate::entry::EntryKind;

/// Tells one statement; whether it stands is for the checks to say.
pub(super) fn tell(said: &Said<'_>) -> Event {
    Event {
        time: said.entry.time,
        index: said.index,
        who: who(&said.payload, said.roster),
        what: what(said).unwrap_or(What::Unreadable),
        stands: false,
        late_ms: None,
    }
}

fn who(payload: &Payload, roster: &Roster) -> Option<Who> {
    let id = payload.account.as_ref()?;
    let account = roster.account(id);
    Some(Who {
        account: id.clone(),
        device: payload.device.clone(),
        person: account.as_ref().map(|account| account.person.clone()),
        post: account.map(|account| account.post),
        unit: roster.unit(&id.unit()).map(|unit| unit.name),
    })
}

fn what(said: &Said<'_>) -> Option<What> {
    let payload = &said.payload;
    Some(match said.entry.kind {
        EntryKind::Submission => What::Submitted,
        EntryKind::Approval => What::Approved,
        EntryKind::ApprovalRefusal => What::ApprovalRefused {
            code: payload.body::<ApprovalRefusal>().ok()?.code,
        },
        EntryKind::Withdrawal => What::Withdrawn,
        EntryKind::Seal => {
            let body: SealUse = payload.body().ok()?;
            let name = said.roster.seal(&body.seal).map(|grant| grant.name);
            What::Sealed {
                seal: body.seal,
                name,
                ordinal: body.ordinal,
            }
        }
        EntryKind::Dispatch => {
            let body: Dispatch = payload.body().ok()?;
            What::Dispatched {
                deliveries: body.deliveries,
                due: body.due,
            }
        }
        EntryKind::Redirection => {
            let body: Redirection = payload.body().ok()?;
            What::Redirected {
                from: body.from,
                to: body.to,
            }
        }
        EntryKind::Fetch => What::Fetched,
        EntryKind::Receipt => What::SignedFor {
            inspection: payload.body::<Receipt>().ok()?.inspection,
        },
        EntryKind::Return => {
            let body: Return = payload.body().ok()?;
            What::Returned {
                code: body.code,
                inspection: body.inspection,
            }
        }
        EntryKind::Violation => What::Violation {
            code: payload.body::<Violation>().ok()?.code,
        },
        kind => what_later(kind, said)?,
    })
}

/// What happens after the dispatch beside the recipients' own answers.
fn what_later(kind: EntryKind, said: &Said<'_>) -> Option<What> {
    let payload = &said.payload;
    Some(match kind {
        EntryKind::DeliveryRefusal => What::DeliveryRefused {
            code: payload.body::<DeliveryRefusal>().ok()?.code,
        },
        EntryKind::ReturnAcknowledgement => What::ReturnAcknowledged {
            unit: payload.body::<ReturnAcknowledgement>().ok()?.delivery.unit,
        },
        EntryKind::Recall => {
            let body: Recall = payload.body().ok()?;
            What::Recalled {
                units: body.units,
                code: body.code,
            }
        }
        EntryKind::RecallAnswer => What::RecallAnswered {
            code: payload.body::<RecallAnswer>().ok()?.code,
        },
        EntryKind::Contact => {
            let body: Contact = payload.body().ok()?;
            What::Contacted {
                unit: body.unit,
                at: body.at,
                outcome: body.outcome,
            }
        }
        EntryKind::MoreCopies => {
            let body: MoreCopies = payload.body().ok()?;
            What::MoreCopies {
                unit: body.unit,
                copies: body.copies,
            }
        }
        EntryKind::Supplement => {
            let body: Supplement = payload.body().ok()?;
            What::Supplement {
                units: body.recipients.into_iter().map(|it| it.unit).collect(),
            }
        }
        EntryKind::SupplementApproval => What::SupplementDecided {
            granted: payload.body::<SupplementApproval>().ok()?.granted,
        },
        EntryKind::Rewrap => What::Rewrapped {
            unit: payload.body::<Rewrap>().ok()?.delivery.unit,
        },
        EntryKind::Supplemented => {
            let body: Supplemented = payload.body().ok()?;
            What::Supplemented {
                units: body.units,
                due: body.due,
            }
        }
        EntryKind::Supersession => {
            let body: Supersession = payload.body().ok()?;
            What::Superseded {
                by: body.by.document,
                receipts_stand: body.receipts_stand,
            }
        }
        EntryKind::MeetingReply => What::MeetingReplied,
        kind => what_of_clocks(kind, said)?,
    })
}

fn what_of_clocks(kind: EntryKind, said: &Said<'_>) -> Option<What> {
    let payload = &said.payload;
    Some(match kind {
        EntryKind::Inquiry => What::Inquired {
            size: payload.body::<Inquiry>().ok()?.size,
        },
        EntryKind::InquiryDue => What::InquiryDue {
            due: payload.body::<InquiryDue>().ok()?.due,
        },
        EntryKind::ExtensionRequest => What::MoreTimeAsked {
            until: payload.body::<ExtensionRequest>().ok()?.until,
        },
        EntryKind::ExtensionDecision => {
            let body: ExtensionDecision = payload.body().ok()?;
            What::MoreTimeDecided {
                unit: body.unit,
                until: body.until,
            }
        }
        EntryKind::Overdue => {
            let body: Overdue = payload.body().ok()?;
            What::Overdue {
                unit: body.unit,
                due: body.due,
                outage: body.outage,
            }
        }
        EntryKind::Reminder => {
            let body: Reminder = payload.body().ok()?;
            What::Reminded {
                unit: body.unit,
                percent: body.percent,
                to: body.to,
            }
        }
        kind => what_of_units(kind, said)?,
    })
}

/// Copies, what a unit records for itself, and what nobody knows yet.
fn what_of_units(kind: EntryKind, said: &Said<'_>) -> Option<What> {
    let payload = &said.payload;
    Some(match kind {
        EntryKind::CopiesNumbered => {
            let body: CopiesNumbered = payload.body().ok()?;
            What::CopiesNumbered {
                unit: body.unit,
                first: body.first,
                count: body.count,
                again: body.again,
            }
        }
        EntryKind::UnitNote => What::Noted {
            kind: payload.body::<UnitNote>().ok()?.kind,
        },
        EntryKind::Number => {
            let body: NumberRequest = payload.body().ok()?;
            // What a program prints must not steer its terminal.
            let series = body
                .series
                .chars()
                .filter(|sign| !sign.is_control())
                .collect();
            What::Numbered {
                series,
                year: body.year,
                number: said.entry.allotted,
            }
        }
        kind => What::Unknown {
            kind: kind.code(),
            purpose: RESERVED_PURPOSES
                .into_iter()
                .find(|known| *known == payload.purpose),
        },
    })
}
