//! The document's life as data, for a program to tell in whatever language.

use yichuan_document::header::PartName;
use yichuan_document::life::{DeliveryState, Stage};
use yichuan_document::manifest::RecipientRole;
use yichuan_document::roster::Roster;
use yichuan_document::signed::Payload;
use yichuan_document::statement::{
    ApprovalRefusal, Dispatch, InspectionList, NumberRequest, RESERVED_PURPOSES, Receipt,
    Redirection, Return, SealUse, UnitNote, Violation,
};
use yichuan_document::terms::{DocumentKind, DocumentNumber, SecrecyPeriod, Urgency};
use yichuan_document::{
    AccountId, Classification, DeviceId, Digest, DocumentId, PersonId, SealId, Timestamp, UnitRef,
};

use super::statement::Said;
use crate::entry::EntryKind;

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
    /// By when it was to be answered.
    pub due: Option<Timestamp>,
    /// When it ended, where the bundle says so.
    pub ended: Option<Timestamp>,
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
}

/// Tells one statement; whether it stands is for the checks to say.
pub(super) fn tell(said: &Said<'_>) -> Event {
    Event {
        time: said.entry.time,
        index: said.index,
        who: who(&said.payload, said.roster),
        what: what(said).unwrap_or(What::Unreadable),
        stands: false,
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
