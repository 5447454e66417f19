//! Documents, sent and received: the registers line by line, and one document whole.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::Query;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use yichuan_document::life::Stage;
use yichuan_document::roster::Roster;
use yichuan_document::statement::SERIES_RECEIVED;
use yichuan_document::{AccountId, Digest, Manifest, UnitCode};
use yichuan_unit::lang::day;
use yichuan_unit::office::attention::{Attention, is_completed, order};
use yichuan_unit::office::dossier::kept_manifest;
use yichuan_unit::office::feed::Feed;
use yichuan_unit::office::issuing::{awaits_approval, awaits_seal};
use yichuan_unit::office::mirror::Mirror;
use yichuan_unit::office::notes::OwnNumbers;
use yichuan_unit::office::register::{Document, Registers};
use yichuan_unit::office::{Failed, Session};

use crate::entry::Sitting;
use crate::problem::Problem;
use crate::seat::At;
use crate::titles::can_open;
use crate::words::{Coded, Page, Time, UnitRef, page, slug};

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
    /// The number in a register that the unit keeps by itself, as in its OA system.
    pub(super) own_number: Option<String>,
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
    completed: bool,
    /// What waits for this unit: `approve` or `seal`.
    #[serde(skip)]
    awaits: Option<&'static str>,
    #[serde(skip)]
    order: (u64, u64, u64, String),
    #[serde(skip)]
    at: u64,
    #[serde(skip)]
    submitted_by: Option<AccountId>,
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
    /// What waits for this unit: `approve` or `seal`.
    awaits: Option<String>,
    /// 1 for those of which nothing is left to be done.
    completed: u8,
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
    own_numbers: OwnNumbers,
}

impl Books {
    /// All documents that the unit sent or received.
    pub(super) async fn of(at: &mut At<'_>) -> Result<Self, Problem> {
        let unit = at.held.unlocked.account.unit();
        let home = at.home.folder().to_owned();
        let mut known = std::mem::take(&mut at.held.own_numbers);
        if let Some(session) = at.session_if_reached().await? {
            session.learn_of_joint().await?;
            let registers = session.registers()?;
            session.read_own_numbers(&mut known).await?;
            let mut manifests = BTreeMap::new();
            for document in registers
                .documents()
                .filter(|it| it.outgoing || it.incoming)
            {
                let digest = document.about.manifest;
                manifests.insert(digest, session.manifest(digest).await?);
            }
            let books = Self {
                numbers: register_numbers(session)?,
                own_numbers: known.clone(),
                roster: session.mirror.roster().clone(),
                registers,
                unit,
                manifests,
            };
            at.held.own_numbers = known;
            return Ok(books);
        }
        let mirror = Mirror::load(&home, &at.held.place.pin)?.ok_or_else(Problem::away)?;
        let feed = Feed::load(&home, &unit)?;
        let registers = Registers::corrected(&feed, &unit, &mirror.times()?).joined(&home, &unit);
        at.held.own_numbers = known.clone();
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
            own_numbers: known,
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
            own_number: self.own_numbers.of(&digest).cloned(),
            submitted_by: document.submission.as_ref().map(|it| it.2.clone()),
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
            completed: is_completed(document, manifest, &self.unit),
            awaits: if awaits_approval(document, manifest, &self.unit) {
                Some("approve")
            } else {
                awaits_seal(document, manifest, &self.unit).then_some("seal")
            },
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

/// Opens titles that were not opened before; one that stays closed stays without.
pub(super) async fn open_titles(at: &mut At<'_>, wanted: &[Digest]) -> Result<(), Problem> {
    if at.session_if_reached().await?.is_some() {
        let wanted = wanted.iter().copied();
        at.held.open_titles(wanted, TITLES_OPENED_MAX).await?;
    }
    Ok(())
}

/// The first instant of a day that was typed, and the first after it.
pub(super) fn bound(typed: Option<&str>) -> Result<Option<(u64, u64)>, Problem> {
    let typed = typed.filter(|typed| !typed.is_empty());
    let read = |typed| day(typed).ok_or_else(|| Problem::entry(typed));
    typed.map(read).transpose()
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
        line.own_number.as_deref(),
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
        && (wanted.completed == 0 || line.completed)
        && is(&wanted.awaits, line.awaits.unwrap_or_default())
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
    let from = bound(wanted.from.as_deref())?.map(|(first, _)| first);
    let until = bound(wanted.to.as_deref())?.map(|(_, after)| after);
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
    let mut lines = lines.await?;
    if let Some(via) = &sitting.via {
        lines.retain(|line| via.sees(line.direction == "sent", line.submitted_by.as_ref()));
    }
    Ok(Json(page(lines, cursor.as_deref(), limit)))
}

/// The one document that was meant, by its whole id.
pub(super) fn find(registers: &Registers, id: &str) -> Result<Document, Problem> {
    let mut found = registers
        .documents()
        .filter(|it| it.about.document.to_string() == id);
    found.next().cloned().ok_or_else(Problem::not_found)
}
