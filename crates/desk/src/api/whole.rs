//! One document, whole: what is inside, its deliveries, and everything that happened.

use axum::Json;
use axum::extract::Path;
use serde::Serialize;
use utoipa::ToSchema;
use yichuan_document::header::InnerHeader;
use yichuan_document::inspection::ReturnCode;
use yichuan_document::manifest::{Recipient, RecipientRole};
use yichuan_document::roster::Roster;
use yichuan_document::statement::{NoteKind, RecallReason, RecallReply};
use yichuan_document::terms::SecrecyPeriod;
use yichuan_document::{AccountId, Manifest, Timestamp, UnitCode};
use yichuan_unit::lang::say;
use yichuan_unit::office::issuing::{IssuerState, awaits_seal, issuers};
use yichuan_unit::office::register::{Document, Given};
use yichuan_unit::office::watching::{Line as Reception, reception};
use yichuan_unit::office::{Failed, Session};

use super::documents::{Books, Line, find};
use super::drafts::{Contact, Elements};
use crate::entry::Sitting;
use crate::problem::Problem;
use crate::seat::At;
use crate::titles::can_open;
use crate::words::{Coded, Items, Time, UnitRef};

/// One document, whole.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Whole {
    #[serde(flatten)]
    line: Line,
    period_months: Option<u16>,
    valid_until: Option<Time>,
    replies_to: Option<String>,
    recipients: Vec<Addressed>,
    header: Option<Header>,
    deliveries: Vec<Delivery>,
    /// The units that issue it, in the order of their seals: more than one where it is issued
    /// jointly.
    issuers: Vec<Issuer>,
    approvals: Vec<By>,
    seals: Vec<By>,
    looks: Vec<By>,
    recalls: Vec<Recalled>,
    supplements: Vec<Supplement>,
    notes: Vec<Note>,
    /// What this account may do now.
    acts: Vec<&'static str>,
}

/// A recipient as the document names it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Addressed {
    unit: UnitRef,
    role: Coded,
    print_quota: u16,
}

/// Who did something, and when.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct By {
    account: String,
    time: Time,
}

/// A unit that issues a document, and how far it has come there.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Issuer {
    unit: UnitRef,
    /// Its place in the order of the seals, from 1.
    ordinal: u8,
    /// Who approved it there; none where that is missing.
    approved: Option<By>,
    /// Who set its seal; none where that is missing.
    sealed: Option<By>,
    /// Whether its seal is the next one.
    turn: bool,
}

/// A recall.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecallMade)]
pub(crate) struct Recalled {
    index: u64,
    account: String,
    time: Time,
    reason: Coded,
    units: Vec<UnitRef>,
}

/// More recipients.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SupplementMade)]
pub(crate) struct Supplement {
    index: u64,
    account: String,
    time: Time,
    units: Vec<UnitRef>,
    granted: Option<bool>,
}

/// A note of the own unit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Note {
    index: u64,
    time: Time,
    account: String,
    kind: Coded,
    text: String,
}

/// What is inside a document.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Header {
    pub(super) title: String,
    metadata: Elements,
    contact: Contact,
    parts: Vec<Part>,
}

/// A file of a document.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Part {
    index: usize,
    name: String,
    media_type: String,
    bytes: u64,
    sha256: String,
    /// Whether it is a meeting's reply form.
    form: bool,
}

impl Header {
    /// The names of the files, in order.
    pub(super) fn names(&self) -> Vec<String> {
        self.parts.iter().map(|part| part.name.clone()).collect()
    }

    /// From what was opened.
    pub(super) fn of(header: &InnerHeader) -> Self {
        let it = header.metadata.clone();
        let part = |(index, part): (usize, &yichuan_document::header::Part)| Part {
            index,
            name: part.name.to_string(),
            media_type: part.media_type.clone(),
            bytes: part.bytes,
            sha256: part.digest.to_string(),
            form: part.name.as_str() == yichuan_unit::office::meeting::FORM_NAME,
        };
        Self {
            title: header.title.clone(),
            metadata: Elements {
                copy_number: it.copy_number,
                issuer_mark: it.issuer_mark,
                number: it.number,
                signatory: it.signatory,
                main_recipients: it.main_recipients,
                annexes: it.annexes,
                signed_by: it.signed_by,
                date: it.date,
                remark: it.remark,
                copy_recipients: it.copy_recipients,
                printed_by: it.printed_by,
                print_date: it.print_date,
                publication: it.publication,
            },
            contact: Contact {
                name: header.contact.name.clone(),
                phone: header.contact.phone.clone(),
            },
            parts: header.parts.iter().enumerate().map(part).collect(),
        }
    }
}

/// A delivery.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Delivery {
    unit: UnitRef,
    role: Option<Coded>,
    state: Coded,
    facts: Vec<Coded>,
    since: Time,
    /// Since the dispatch, until it ended or now.
    hours: u64,
    due: Option<Time>,
    late_ms: Option<u64>,
    overdue: bool,
    account: Option<String>,
    person: Option<String>,
    round: u32,
    return_reason: Option<Coded>,
    more_copies: u32,
    extension: Option<Extension>,
    recall_answer: Option<Coded>,
}

/// A request for more time.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Extension {
    until: Time,
    given: Option<Time>,
    decided: bool,
}

/// The word of a return's reason.
pub(super) fn return_reason(code: u16) -> Coded {
    let known = ReturnCode(u64::from(code)).known();
    known.map_or_else(
        || Coded::new(&code.to_string(), &code.to_string()),
        |reason| Coded::new(reason.zh(), reason.en()),
    )
}

/// The word of a number in a closed list.
pub(super) fn coded<T>(rows: &[(T, u16, &'static str, &'static str)], code: u16) -> Coded {
    let known = rows.iter().find(|row| row.1 == code);
    known.map_or_else(
        || Coded::new(&code.to_string(), &code.to_string()),
        |row| Coded::new(row.2, row.3),
    )
}

/// The table of deliveries: of an own document all, of another's the own.
pub(super) fn deliveries(
    document: &Document,
    manifest: &Manifest,
    roster: &Roster,
    unit: &UnitCode,
) -> Vec<Delivery> {
    if document.dispatched.is_none() && document.outgoing {
        return Vec::new();
    }
    let now = yichuan_unit::now();
    let mut lines = reception(document, manifest, now);
    lines.retain(|line| document.outgoing || line.unit == *unit);
    let delivery = |line: &Reception| delivery(line, document, manifest, roster, now);
    lines.iter().map(delivery).collect()
}

fn delivery(
    line: &Reception,
    document: &Document,
    manifest: &Manifest,
    roster: &Roster,
    now: Timestamp,
) -> Delivery {
    let view = document.view_of(&line.unit);
    let named = manifest
        .recipients
        .iter()
        .find(|it| it.unit.unit == line.unit);
    let from = document.dispatched.as_ref().map_or(line.since, |it| it.at);
    let until = if line.timing.pending { now } else { line.since };
    let person = line
        .account
        .as_ref()
        .and_then(|account| roster.account(account));
    let extension = view.and_then(|view| view.extension).map(|asked| Extension {
        until: asked.until.into(),
        given: match asked.given {
            Some(Given::Until(until)) => Some(until.into()),
            _ => None,
        },
        decided: asked.given.is_some(),
    });
    Delivery {
        unit: UnitRef::of(roster, &line.unit),
        role: named.map(|named| role(named.role)),
        state: Coded::state(line.state),
        facts: line.facts.iter().map(Coded::fact).collect(),
        since: line.since.into(),
        hours: until.ms_since(from) / 3_600_000,
        due: line.timing.due.map(Time::from),
        late_ms: line.timing.late_ms,
        overdue: line.timing.overdue || (line.timing.pending && line.timing.late_ms.is_some()),
        account: line.account.as_ref().map(ToString::to_string),
        person: person.map(|account| account.person.to_string()),
        round: line.round,
        return_reason: view.and_then(|view| view.return_code).map(return_reason),
        more_copies: view.map_or(0, |view| view.more_copies),
        extension,
        recall_answer: view
            .and_then(|view| view.recall_answer)
            .map(|code| coded(&RecallReply::ALL, code)),
    }
}

fn role(role: RecipientRole) -> Coded {
    match role {
        RecipientRole::Main => Coded::new("主送", "main"),
        RecipientRole::Copy => Coded::new("抄送", "copy"),
    }
}

async fn whole(at: &mut At<'_>, id: &str) -> Result<Whole, Problem> {
    let books = Books::of(at).await?;
    let document = find(&books.registers, id)?;
    let digest = document.about.manifest;
    let manifest = books.manifests.get(&digest).ok_or_else(Problem::away)?;
    let account = at.held.unlocked.account.clone();
    let (mut header, mut notes) = (None, Vec::new());
    if let Some(session) = at.session_if_reached().await? {
        if can_open(&document, &books.unit) {
            match session.review(digest).await {
                Ok(review) => header = Some(Header::of(review.opened.header())),
                Err(Failed::Link(why)) if why.passes() => return Err(Failed::Link(why).into()),
                // It stays closed for this account; the rest is told all the same.
                Err(_) => {}
            }
        }
        notes = notes_of(session, &document).await?;
    }
    if let Some(header) = &header {
        at.held.titles.insert(digest, header.title.clone());
    }
    let title = at.held.titles.get(&digest).cloned();
    let roster = &books.roster;
    let roles = super::me::roles(roster, &account);
    let recipient = |it: &Recipient| Addressed {
        unit: UnitRef::of(roster, &it.unit.unit),
        role: role(it.role),
        print_quota: it.print_quota,
    };
    Ok(Whole {
        acts: super::acts::open_to(&document, manifest, &books.unit, &roles, &account),
        line: books.line(&document, manifest, title),
        period_months: manifest.period.and_then(SecrecyPeriod::as_months),
        valid_until: manifest.valid_until.map(Time::from),
        replies_to: manifest.replies_to.map(|it| it.id.to_string()),
        recipients: manifest.recipients.iter().map(recipient).collect(),
        header,
        deliveries: deliveries(&document, manifest, roster, &books.unit),
        issuers: issuers_of(&document, manifest, roster),
        approvals: document
            .approvals
            .iter()
            .map(|it| By::of(&it.1, it.2))
            .collect(),
        seals: document
            .seals
            .iter()
            .map(|it| By::of(&it.1, it.2))
            .collect(),
        looks: document
            .looks
            .iter()
            .map(|it| By::of(&it.account, it.time))
            .collect(),
        recalls: recalls(&document, roster),
        supplements: supplements(&document, roster),
        notes,
    })
}

impl By {
    fn of(account: &AccountId, time: Timestamp) -> Self {
        Self {
            account: account.to_string(),
            time: time.into(),
        }
    }
}

fn issuers_of(document: &Document, manifest: &Manifest, roster: &Roster) -> Vec<Issuer> {
    let by = |said: &(AccountId, Timestamp)| By::of(&said.0, said.1);
    let issuer = |it: IssuerState| Issuer {
        turn: awaits_seal(document, manifest, &it.unit.unit),
        unit: UnitRef::of(roster, &it.unit.unit),
        ordinal: it.ordinal,
        approved: it.approved.as_ref().map(by),
        sealed: it.sealed.as_ref().map(by),
    };
    issuers(document, manifest)
        .into_iter()
        .map(issuer)
        .collect()
}

fn recalls(document: &Document, roster: &Roster) -> Vec<Recalled> {
    let recalls = document.recalls.iter();
    recalls
        .map(|it| Recalled {
            index: it.entry,
            account: it.account.to_string(),
            time: it.time.into(),
            reason: coded(&RecallReason::ALL, it.recall.code),
            units: it
                .recall
                .units
                .iter()
                .map(|unit| UnitRef::of(roster, &unit.unit))
                .collect(),
        })
        .collect()
}

fn supplements(document: &Document, roster: &Roster) -> Vec<Supplement> {
    let supplements = document.supplements.values();
    supplements
        .map(|it| Supplement {
            index: it.entry,
            account: it.account.to_string(),
            time: it.time.into(),
            units: it
                .supplement
                .recipients
                .iter()
                .map(|added| UnitRef::of(roster, &added.unit.unit))
                .collect(),
            granted: it.granted,
        })
        .collect()
}

async fn notes_of(session: &Session, document: &Document) -> Result<Vec<Note>, Problem> {
    let mut notes = Vec::new();
    for noted in session.notes()? {
        if noted.about != Some(document.about) {
            continue;
        }
        let text = match session.read_note(&noted).await {
            Err(Failed::NoteUnreadable(_)) => {
                say("（本帐号不能打开）", "(not for this account)").to_owned()
            }
            read => read?,
        };
        notes.push(Note {
            index: noted.index,
            time: noted.time.into(),
            account: noted.account.to_string(),
            kind: coded(&NoteKind::ALL, noted.kind),
            text,
        });
    }
    Ok(notes)
}

/// One document
#[utoipa::path(get, path = "/api/v1/documents/{id}", tag = "documents",
    params(("id" = String, Path)), responses((status = 200, body = Whole)))]
pub(crate) async fn one(sitting: Sitting, Path(id): Path<String>) -> Result<Json<Whole>, Problem> {
    let whole = sitting.act(async move |at| whole(at, &id).await);
    Ok(Json(whole.await?))
}

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Happened {
    index: u64,
    time: Time,
    what: String,
    by: String,
    unit: Option<UnitRef>,
    detail: String,
}

/// Everything that happened to a document
#[utoipa::path(get, path = "/api/v1/documents/{id}/history", tag = "documents",
    params(("id" = String, Path)), responses((status = 200, body = Items<Happened>)))]
pub(crate) async fn history(
    sitting: Sitting,
    Path(id): Path<String>,
) -> Result<Json<Items<Happened>>, Problem> {
    let items = sitting.act(async move |at| {
        let session = at.session().await?;
        let registers = session.registers()?;
        let document = find(&registers, &id)?;
        let dossier = session.dossier(document.about.manifest).await?;
        let told = yichuan_unit::cli::looking::events::events(session, &dossier, &document);
        let roster = session.mirror.roster();
        let happened = |told: yichuan_unit::cli::looking::events::Told| {
            let texts = [told.detail, told.text.unwrap_or_default()];
            let texts: Vec<String> = texts.into_iter().filter(|text| !text.is_empty()).collect();
            Happened {
                index: told.index,
                time: told.time.into(),
                what: say(told.what.0, told.what.1).to_owned(),
                by: told.by,
                unit: told.unit.map(|unit| UnitRef::of(roster, &unit)),
                detail: texts.join(say("：", ": ")),
            }
        };
        Ok(told.await?.into_iter().map(happened).collect())
    });
    Ok(Json(Items {
        items: items.await?,
    }))
}
