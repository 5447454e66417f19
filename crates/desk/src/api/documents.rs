//! Documents, sent and received: the registers line by line, and one document whole.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use yichuan_document::header::InnerHeader;
use yichuan_document::inspection::ReturnCode;
use yichuan_document::life::{DeliveryState, Stage};
use yichuan_document::roster::Roster;
use yichuan_document::statement::{NoteKind, RecallReason, RecallReply, SERIES_RECEIVED};
use yichuan_document::{Digest, Manifest, Timestamp, UnitCode};
use yichuan_unit::lang::{day, say};
use yichuan_unit::office::attention::{Attention, order};
use yichuan_unit::office::dossier::kept_manifest;
use yichuan_unit::office::feed::Feed;
use yichuan_unit::office::mirror::Mirror;
use yichuan_unit::office::register::{Document, Given, Registers};
use yichuan_unit::office::watching::{Line as Reception, reception};
use yichuan_unit::office::{Failed, Session};

use super::drafts::{Contact, Elements};
use crate::entry::Sitting;
use crate::problem::Problem;
use crate::seat::At;
use crate::words::{Coded, Items, Page, Time, UnitRef, page, slug};

/// How many titles one list opens that were not opened before: each is a small download.
const TITLES_OPENED_MAX: usize = 20;

/// A line of a register.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Line {
    pub(super) id: String,
    manifest: String,
    pub(super) direction: &'static str,
    pub(super) title: Option<String>,
    pub(super) number: Option<String>,
    pub(super) register_number: Option<String>,
    pub(super) from: Option<UnitRef>,
    pub(super) to: Vec<UnitRef>,
    pub(super) level: Coded,
    pub(super) urgency: Coded,
    pub(super) kind: Coded,
    pub(super) stage: Coded,
    pub(super) state: Option<Coded>,
    counts: BTreeMap<String, usize>,
    pub(super) attention: Vec<Coded>,
    composed: Time,
    submitted: Option<Time>,
    pub(super) dispatched: Option<Time>,
    pub(super) due: Option<Time>,
    pub(super) overdue: bool,
    pub(super) since: Option<Time>,
    replaces: Option<String>,
    replaced_by: Option<String>,
    #[serde(skip)]
    order: (u64, u64, u64, String),
    #[serde(skip)]
    at: u64,
}

/// Which lines, and in which order.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// `sent` or `received`; both where it is not said.
    pub(super) direction: Option<String>,
    /// The code of the own delivery's state.
    state: Option<String>,
    /// The code of the stage.
    stage: Option<String>,
    /// The code of what is to be done.
    attention: Option<String>,
    /// The code of the other unit.
    unit: Option<String>,
    /// A part of the title, the numbers or the id.
    q: Option<String>,
    /// From this day on, such as 2026-11-26.
    from: Option<String>,
    /// Up to this day.
    to: Option<String>,
    urgency: Option<String>,
    level: Option<String>,
    /// `pressing` or `newest`.
    order: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
    /// Of an export: `csv` or `xlsx`.
    pub(super) format: Option<String>,
}

impl Wanted {
    /// The same, the newest first.
    pub(super) fn newest(mut self) -> Self {
        self.order = Some("newest".to_owned());
        self
    }

    /// Where the page begins, and how long it is.
    pub(super) fn paging(self) -> (Option<String>, Option<usize>) {
        (self.cursor, self.limit)
    }
}

/// The registers with what is needed to tell of them, from the exchange or from local copies.
pub(super) struct Books {
    pub(super) registers: Registers,
    pub(super) roster: Roster,
    pub(super) unit: UnitCode,
    pub(super) manifests: BTreeMap<Digest, Manifest>,
    numbers: BTreeMap<Digest, String>,
}

impl Books {
    /// All documents that the unit sent or received.
    pub(super) async fn of(at: &mut At<'_>) -> Result<Self, Problem> {
        let unit = at.held.unlocked.account.unit();
        let home = at.home.folder().to_owned();
        if let Some(session) = at.session_if_reached().await? {
            let registers = session.registers()?;
            let mut manifests = BTreeMap::new();
            for document in registers
                .documents()
                .filter(|it| it.outgoing || it.incoming)
            {
                let digest = document.about.manifest;
                manifests.insert(digest, session.manifest(digest).await?);
            }
            return Ok(Self {
                numbers: register_numbers(session)?,
                roster: session.mirror.roster().clone(),
                registers,
                unit,
                manifests,
            });
        }
        let mirror = Mirror::load(&home, &at.held.place.pin)?.ok_or_else(Problem::away)?;
        let feed = Feed::load(&home, &unit)?;
        let registers = Registers::corrected(&feed, &unit, &mirror.times()?);
        let kept = registers.documents().filter_map(|document| {
            let digest = document.about.manifest;
            Some((digest, kept_manifest(&home, &digest)?))
        });
        Ok(Self {
            manifests: kept.collect(),
            roster: mirror.roster().clone(),
            registers,
            unit,
            numbers: BTreeMap::new(),
        })
    }

    /// Every document whose manifest is at hand.
    pub(super) fn all(&self) -> impl Iterator<Item = (&Document, &Manifest)> {
        let documents = self.registers.documents();
        documents
            .filter_map(|document| Some((document, self.manifests.get(&document.about.manifest)?)))
    }

    /// The line of a document.
    pub(super) fn line(
        &self,
        document: &Document,
        manifest: &Manifest,
        title: Option<String>,
    ) -> Line {
        let now = yichuan_unit::now();
        let digest = document.about.manifest;
        let own = document.view_of(&self.unit).filter(|_| !document.outgoing);
        let submitted = document.submission.as_ref().map(|it| it.3);
        let dispatched = document.dispatched.as_ref().map(|it| it.at);
        let since = own.map(|view| view.since).or(dispatched).or(submitted);
        let mut counts = BTreeMap::new();
        if document.outgoing && document.stage == Stage::Dispatched {
            for view in document.all_deliveries(manifest).values() {
                *counts.entry(slug(view.delivery.state().en())).or_default() += 1;
            }
        }
        let attention = Attention::of(document, manifest, &self.unit, now);
        let due = if document.outgoing {
            let units = manifest.recipients.iter();
            let dues = units.filter_map(|it| document.due_of(&it.unit.unit, manifest));
            dues.max().filter(|_| dispatched.is_some())
        } else {
            document.due_of(&self.unit, manifest)
        };
        let units = manifest.recipients.iter();
        let lead = manifest.lead();
        Line {
            id: document.about.document.to_string(),
            manifest: digest.to_string(),
            direction: if document.outgoing {
                "sent"
            } else {
                "received"
            },
            title,
            number: manifest.number.as_ref().map(ToString::to_string),
            register_number: self.numbers.get(&digest).cloned(),
            from: lead.map(|lead| UnitRef::of(&self.roster, &lead.unit)),
            to: units
                .map(|it| UnitRef::of(&self.roster, &it.unit.unit))
                .collect(),
            level: Coded::level(manifest.level),
            urgency: Coded::new(manifest.urgency.zh(), manifest.urgency.en()),
            kind: Coded::new(manifest.kind.zh(), manifest.kind.en()),
            stage: Coded::new(document.stage.zh(), document.stage.en()),
            state: own.map(|view| Coded::state(view.delivery.state())),
            counts,
            overdue: attention.contains(&Attention::Overdue),
            attention: attention
                .iter()
                .map(|it| Coded::new(it.words().0, it.words().1))
                .collect(),
            composed: manifest.composed_at.into(),
            submitted: submitted.map(Time::from),
            dispatched: dispatched.map(Time::from),
            due: due.map(Time::from),
            at: since.unwrap_or(manifest.composed_at).unix_ms(),
            since: since.map(Time::from),
            replaces: manifest.replaces.map(|it| it.id.to_string()),
            replaced_by: document.replaced_by.map(|by| by.document.to_string()),
            order: order(document, manifest, &self.unit, now),
        }
    }
}

/// The register numbers of received documents, by manifest.
fn register_numbers(session: &Session) -> Result<BTreeMap<Digest, String>, Failed> {
    let received = session.allotted()?.into_iter();
    let received = received.filter(|number| number.series == SERIES_RECEIVED);
    Ok(received
        .filter_map(|number| Some((number.about?.manifest, number.written())))
        .collect())
}

/// Whether this account can open a document now: an own one, or one that was fetched.
fn can_open(document: &Document, unit: &UnitCode) -> bool {
    document.outgoing || document.state_of(unit) != DeliveryState::Announced
}

/// Opens titles that were not opened before; one that stays closed stays without.
pub(super) async fn open_titles(at: &mut At<'_>, wanted: &[Digest]) -> Result<(), Problem> {
    for digest in wanted.iter().take(TITLES_OPENED_MAX) {
        if at.held.titles.contains_key(digest) {
            continue;
        }
        let Some(session) = at.session_if_reached().await? else {
            return Ok(());
        };
        match session.review(*digest).await {
            Ok(review) => {
                let title = review.opened.header().title.clone();
                at.held.titles.insert(*digest, title);
            }
            Err(Failed::Link(why)) if why.passes() => return Err(Failed::Link(why).into()),
            // Not assigned to this account, without a share of the key, or returned since.
            Err(_) => {
                at.held.untitled.insert(*digest);
            }
        }
    }
    Ok(())
}

fn fits(line: &Line, wanted: &Wanted, from: Option<u64>, until: Option<u64>) -> bool {
    let is =
        |asked: &Option<String>, found: &str| asked.as_deref().is_none_or(|asked| asked == found);
    let state = line.state.as_ref().map_or("", |state| &state.code);
    let sought = wanted.q.as_deref().unwrap_or_default().trim();
    let texts = [
        line.title.as_deref(),
        line.number.as_deref(),
        line.register_number.as_deref(),
        Some(line.id.as_str()),
        line.from.as_ref().map(|unit| unit.name.as_str()),
    ];
    let named = |unit: &UnitRef| wanted.unit.as_deref().is_none_or(|code| code == unit.code);
    is(&wanted.direction, line.direction)
        && is(&wanted.stage, &line.stage.code)
        && (is(&wanted.state, state)
            || wanted
                .state
                .as_deref()
                .is_some_and(|code| line.counts.contains_key(code)))
        && is(&wanted.urgency, &line.urgency.code)
        && is(&wanted.level, &line.level.code)
        && wanted
            .attention
            .as_deref()
            .is_none_or(|code| line.attention.iter().any(|it| it.code == code))
        && (line.to.iter().any(named) || line.from.as_ref().is_some_and(named))
        && from.is_none_or(|from| line.at >= from)
        && until.is_none_or(|until| line.at < until)
        && (sought.is_empty()
            || texts
                .into_iter()
                .flatten()
                .any(|text| text.contains(sought)))
}

/// The lines that are wanted, in order.
pub(super) async fn lines(at: &mut At<'_>, wanted: &Wanted) -> Result<Vec<Line>, Problem> {
    let bound = |typed: &Option<String>| {
        let typed = typed.as_deref().filter(|typed| !typed.is_empty());
        typed
            .map(|typed| day(typed).ok_or_else(|| Problem::entry(typed)))
            .transpose()
    };
    let from = bound(&wanted.from)?.map(|(first, _)| first);
    let until = bound(&wanted.to)?.map(|(_, after)| after);
    let books = Books::of(at).await?;
    let mut documents: Vec<(&Document, &Manifest)> = books
        .all()
        .filter(|(document, _)| document.outgoing || document.incoming)
        .collect();
    // The newest are seen first, so their titles are opened first.
    documents.sort_by_key(|(document, _)| std::cmp::Reverse(document.about.document));
    let unopened = documents
        .iter()
        .filter(|(document, _)| can_open(document, &books.unit));
    let unopened: Vec<Digest> = unopened
        .map(|(document, _)| document.about.manifest)
        .filter(|digest| !at.held.titles.contains_key(digest))
        .filter(|digest| !at.held.untitled.contains(digest))
        .collect();
    open_titles(at, &unopened).await?;
    let titles = &at.held.titles;
    let line = |(document, manifest): (&Document, &Manifest)| {
        let title = titles.get(&document.about.manifest).cloned();
        books.line(document, manifest, title)
    };
    let lines = documents.into_iter().map(line);
    let mut lines: Vec<Line> = lines
        .filter(|line| fits(line, wanted, from, until))
        .collect();
    if wanted.order.as_deref() == Some("newest") {
        lines.sort_by_key(|line| std::cmp::Reverse((line.at, line.id.clone())));
    } else {
        lines.sort_by(|one, other| one.order.cmp(&other.order));
    }
    Ok(lines)
}

/// Documents, the most pressing first
#[utoipa::path(get, path = "/api/v1/documents", tag = "documents", params(Wanted),
    responses((status = 200, body = Page<Line>)))]
pub(crate) async fn all(
    sitting: Sitting,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<Line>>, Problem> {
    let (cursor, limit) = (wanted.cursor.clone(), wanted.limit);
    let lines = sitting.act(async move |at| lines(at, &wanted).await);
    Ok(Json(page(lines.await?, cursor.as_deref(), limit)))
}

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

/// A recall.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Recalled {
    index: u64,
    account: String,
    time: Time,
    reason: Coded,
    units: Vec<UnitRef>,
}

/// More recipients.
#[derive(Debug, Serialize, ToSchema)]
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
    let delivery = |line: Reception| delivery(line, document, manifest, roster, now);
    lines.into_iter().map(delivery).collect()
}

fn delivery(
    line: Reception,
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

fn role(role: yichuan_document::manifest::RecipientRole) -> Coded {
    match role {
        yichuan_document::manifest::RecipientRole::Main => Coded::new("主送", "main"),
        yichuan_document::manifest::RecipientRole::Copy => Coded::new("抄送", "copy"),
    }
}

/// The one document that was meant, by its whole id.
pub(super) fn find(registers: &Registers, id: &str) -> Result<Document, Problem> {
    let mut found = registers
        .documents()
        .filter(|it| it.about.document.to_string() == id);
    found.next().cloned().ok_or_else(Problem::not_found)
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
    let units = |units: &[yichuan_document::UnitRef]| -> Vec<UnitRef> {
        units
            .iter()
            .map(|unit| UnitRef::of(roster, &unit.unit))
            .collect()
    };
    let by = |account: &yichuan_document::AccountId, time: Timestamp| By {
        account: account.to_string(),
        time: time.into(),
    };
    Ok(Whole {
        acts: super::acts::open_to(&document, manifest, &books.unit, &roles, &account),
        line: books.line(&document, manifest, title),
        period_months: manifest
            .period
            .and_then(yichuan_document::terms::SecrecyPeriod::as_months),
        valid_until: manifest.valid_until.map(Time::from),
        replies_to: manifest.replies_to.map(|it| it.id.to_string()),
        recipients: manifest
            .recipients
            .iter()
            .map(|it| Addressed {
                unit: UnitRef::of(roster, &it.unit.unit),
                role: role(it.role),
                print_quota: it.print_quota,
            })
            .collect(),
        header,
        deliveries: deliveries(&document, manifest, roster, &books.unit),
        approvals: document
            .approvals
            .iter()
            .map(|it| by(&it.1, it.2))
            .collect(),
        seals: document.seals.iter().map(|it| by(&it.1, it.2)).collect(),
        looks: document
            .looks
            .iter()
            .map(|it| by(&it.account, it.time))
            .collect(),
        recalls: document
            .recalls
            .iter()
            .map(|it| Recalled {
                index: it.entry,
                account: it.account.to_string(),
                time: it.time.into(),
                reason: coded(&RecallReason::ALL, it.recall.code),
                units: units(&it.recall.units),
            })
            .collect(),
        supplements: document
            .supplements
            .values()
            .map(|it| {
                let added = it.supplement.recipients.iter();
                Supplement {
                    index: it.entry,
                    account: it.account.to_string(),
                    time: it.time.into(),
                    units: added.map(|it| UnitRef::of(roster, &it.unit.unit)).collect(),
                    granted: it.granted,
                }
            })
            .collect(),
        notes,
    })
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
