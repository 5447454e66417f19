//! Documents, sent and received: the registers line by line, and one document whole.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Json;
use axum::extract::Query;
use serde::Serialize;
use utoipa::ToSchema;
use yichuan_document::life::{DeliveryState, Stage};
use yichuan_document::roster::Roster;
use yichuan_document::roster::record::Unit;
use yichuan_document::{DocumentId, Manifest, Timestamp, UnitCode};
use yichuan_unit::office::attention::Attention;
use yichuan_unit::office::feed::Manifests;
use yichuan_unit::office::mirror::Mirror;
use yichuan_unit::office::notes::OwnNumbers;
use yichuan_unit::office::numbers::Numbers;
use yichuan_unit::office::register::{DeliveryView, Document, Registers};

use super::listed::{Wanted, listed};
use crate::entry::Sitting;
use crate::problem::Problem;
use crate::seat::At;
use crate::words::{Coded, Page, Time, UnitRef, slug};

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
}

/// The registers with what is needed to tell of them, from the exchange or from local copies.
pub(super) struct Books {
    pub(super) registers: Arc<Registers>,
    pub(super) roster: Roster,
    pub(super) unit: UnitCode,
    pub(super) manifests: Arc<Manifests>,
    numbers: Option<Arc<Numbers>>,
    own_numbers: OwnNumbers,
}

impl Books {
    /// All documents that the unit sent or received.
    pub(super) async fn of(at: &mut At<'_>) -> Result<Self, Problem> {
        let unit = at.held.unlocked.account.unit();
        let home = at.home.folder().to_owned();
        let mut own_numbers = at.held.own_numbers.clone();
        if let Some(session) = at.session_if_reached().await? {
            session.learn_of_joint().await?;
            let registers = session.registers()?;
            let own = registers.each().filter(|it| it.outgoing || it.incoming);
            let manifests = session.manifests(own.map(|it| it.about.manifest)).await?;
            let numbers = Some(session.allotted()?);
            let roster = session.mirror.roster().clone();
            session.read_own_numbers(&mut own_numbers).await?;
            at.held.own_numbers = own_numbers.clone();
            return Ok(Self {
                registers,
                roster,
                unit,
                manifests,
                numbers,
                own_numbers,
            });
        }
        let mirror = Mirror::load(&home, &at.held.place.pin)?.ok_or_else(Problem::away)?;
        let times = mirror.times()?;
        let account = at.held.unlocked.account.clone();
        let feed = at.held.feed(&home)?;
        // Another account of this computer may have heard of more than this one has yet.
        let withheld = feed.withheld(&mirror, &account)?;
        let registers = feed.registers().corrected(&times).joined(&home, &unit);
        let manifests = feed.manifests_in(&home);
        at.held.titles.forget(&withheld);
        Ok(Self {
            manifests,
            roster: mirror.roster().clone(),
            registers,
            unit,
            numbers: None,
            own_numbers,
        })
    }

    /// Every document whose manifest is at hand, in no order.
    pub(super) fn all(&self) -> impl Iterator<Item = (&Document, &Manifest)> {
        let documents = self.registers.each();
        documents.filter_map(|document| Some((document, self.manifest(document)?)))
    }

    /// The manifest of a document, where it is at hand.
    pub(super) fn manifest(&self, document: &Document) -> Option<&Manifest> {
        self.manifests
            .get(&document.about.manifest)
            .map(AsRef::as_ref)
    }

    /// The number in the unit's register of what it received.
    pub(super) fn register_number(&self, document: &Document) -> Option<String> {
        let numbers = self.numbers.as_ref()?;
        let number = numbers.of_received(&document.about.manifest)?;
        Some(number.written())
    }

    /// The number in a register that the unit keeps by itself.
    pub(super) fn own_number(&self, document: &Document) -> Option<&String> {
        self.own_numbers.of(&document.about.manifest)
    }

    /// The delivery to this unit; none of a document of its own.
    pub(super) fn own_delivery<'d>(&self, document: &'d Document) -> Option<&'d DeliveryView> {
        document.view_of(&self.unit).filter(|_| !document.outgoing)
    }

    /// The units whose names contain what is sought.
    pub(super) fn named(&self, sought: &str) -> BTreeSet<UnitCode> {
        let all = self.roster.all::<Unit>();
        let named = all.filter(|(_, unit)| unit.name.contains(sought));
        named.filter_map(|(code, _)| code.parse().ok()).collect()
    }

    /// Since when a document stands as it does; before its submission, when it was composed.
    pub(super) fn since(&self, document: &Document) -> Option<Timestamp> {
        let since = self.own_delivery(document).map(|view| view.since);
        let dispatched = document.dispatched.as_ref().map(|it| it.at);
        let submitted = document.submission.as_ref().map(|it| it.3);
        since.or(dispatched).or(submitted)
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
        let own = self.own_delivery(document);
        let submitted = document.submission.as_ref().map(|it| it.3);
        let dispatched = document.dispatched.as_ref().map(|it| it.at);
        let mut counts = BTreeMap::new();
        for state in states(document, manifest) {
            *counts.entry(slug(state.en())).or_default() += 1;
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
            direction: direction(document),
            title,
            number: manifest.number.as_ref().map(ToString::to_string),
            register_number: self.register_number(document),
            own_number: self.own_number(document).cloned(),
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
            since: self.since(document).map(Time::from),
            replaces: manifest.replaces.map(|it| it.id.to_string()),
            replaced_by: document.replaced_by.map(|by| by.document.to_string()),
        }
    }
}

/// Whether a document was sent or received.
pub(super) const fn direction(document: &Document) -> &'static str {
    if document.outgoing {
        "sent"
    } else {
        "received"
    }
}

/// The states of the deliveries of an own document that was dispatched.
pub(super) fn states(document: &Document, manifest: &Manifest) -> Vec<DeliveryState> {
    if !document.outgoing || document.stage != Stage::Dispatched {
        return Vec::new();
    }
    let views = document.all_deliveries(manifest).into_values();
    views.map(|view| view.delivery.state()).collect()
}

/// A page of documents.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Lines {
    #[serde(flatten)]
    pub(super) page: Page<Line>,
    /// How many documents were not found by their titles, because these were not opened yet: the
    /// desk opens them one after the other.
    pub(super) untitled: usize,
}

/// Documents, the most pressing first
#[utoipa::path(get, path = "/api/v1/documents", tag = "documents", params(Wanted),
    responses((status = 200, body = Lines)))]
pub(crate) async fn all(
    sitting: Sitting,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Lines>, Problem> {
    let via = sitting.via.clone();
    let seen = move |document: &Document| {
        let by = document.submission.as_ref().map(|it| &it.2);
        via.as_ref()
            .is_none_or(|via| via.sees(document.outgoing, by))
    };
    let page = sitting.act(async move |at| listed(at, &wanted, seen).await);
    Ok(Json(page.await?))
}

/// The one document that was meant, by its whole id.
pub(super) fn find(registers: &Registers, id: &str) -> Result<Document, Problem> {
    let id: DocumentId = id.parse().map_err(|_| Problem::not_found())?;
    let mut documents = registers.documents();
    let found = documents.find(|it| it.about.document == id);
    found.cloned().ok_or_else(Problem::not_found)
}
