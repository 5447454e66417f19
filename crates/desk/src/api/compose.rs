//! Composing, submitting, numbers.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yichuan_document::Digest;
use yichuan_document::manifest::Reference;
use yichuan_document::statement::NumberRequest;
use yichuan_document::terms::DocumentNumber;
use yichuan_unit::lang::{is_chinese, this_year};
use yichuan_unit::office::compose::{self, compose};
use yichuan_unit::office::content::Told;
use yichuan_unit::office::numbers::{Allotted, settle};
use yichuan_unit::office::{Failed, Session, unsent};

use super::documents::find;
use super::drafts::Draft;
use super::me::roster;
use super::reading::{read, remark};
use crate::entry::{Entered, Sitting};
use crate::news::News;
use crate::problem::Problem;
use crate::seat::At;
use crate::uploads::Uploads;
use crate::words::{Coded, Items, Recorded, Time, UnitRef, level};

/// What is wrong with a field.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Remark {
    pub(super) field: String,
    pub(super) text: String,
}

/// What was found in what was entered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Checked {
    errors: Vec<Remark>,
    warnings: Vec<Remark>,
    to: Vec<UnitRef>,
    copy: Vec<UnitRef>,
}

/// A document that was closed on this computer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Composed {
    id: String,
    manifest: String,
    number: Option<String>,
    body_bytes: u64,
    departures: Vec<Departure>,
    to_declare: Vec<String>,
}

/// Where a file departs from the form.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Departure {
    severity: String,
    text: String,
}

impl Departure {
    /// From what was found.
    pub(super) fn of<S: std::fmt::Debug>(found: &(S, Told)) -> Self {
        Self {
            severity: crate::words::slug(&format!("{:?}", found.0)),
            text: shown(&found.1),
        }
    }
}

/// A document that waits here to be submitted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Outgoing {
    pub(super) id: String,
    /// Where this account can open it.
    pub(super) title: Option<String>,
    pub(super) number: Option<String>,
    pub(super) composed: Time,
    bytes: u64,
}

/// A document that was submitted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Submitted {
    id: String,
    #[serde(flatten)]
    recorded: Recorded,
}

/// Numbers that are asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NumberAsked {
    series: String,
    year: Option<u16>,
    document: Option<String>,
    count: Option<u16>,
}

/// Numbers that were allotted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NumberGiven {
    series: String,
    year: u16,
    first: u32,
    count: u16,
    written: String,
    #[serde(flatten)]
    recorded: Recorded,
}

/// What became of numbers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NumberLine {
    series: String,
    year: u16,
    first: u32,
    count: u16,
    written: String,
    state: Coded,
    documents: Vec<String>,
}

impl From<Allotted> for NumberGiven {
    fn from(given: Allotted) -> Self {
        Self {
            written: given.written(),
            recorded: Recorded::at(given.index, given.time),
            series: given.series,
            year: given.year,
            first: given.first,
            count: given.count,
        }
    }
}

pub(super) fn shown(told: &Told) -> String {
    if is_chinese() {
        told.zh.clone()
    } else {
        told.en.clone()
    }
}

/// Looks over what was entered, before it is closed
#[utoipa::path(post, path = "/api/v1/compose/check", tag = "compose", request_body = Draft,
    responses((status = 200, body = Checked)))]
pub(crate) async fn check(
    sitting: Sitting,
    Entered(draft): Entered<Draft>,
) -> Result<Json<Checked>, Problem> {
    let uploads = Arc::clone(&sitting.uploads);
    let checked = sitting.act(async move |at| {
        let roster = roster(at).await?;
        let own = at.held.unlocked.account.unit();
        let read = read(&draft, &roster, &own, &uploads);
        let [to, copy] = read.named;
        let mut errors = read.draft.err().unwrap_or_default();
        let ceiling = roster
            .policy()
            .map(|policy| policy.ceiling)
            .unwrap_or_default();
        let level = draft.level.as_deref().and_then(level);
        if let Some(Err(why)) = level.map(|level| level.transmissible(ceiling).map(drop)) {
            let told = yichuan_unit::report::explained::explain(&Failed::Level(why));
            errors.push(remark("level", told.what));
        }
        Ok(Checked {
            errors,
            warnings: read.warnings,
            to,
            copy,
        })
    });
    Ok(Json(checked.await?))
}

/// Closes a document on this computer; nothing is sent yet
#[utoipa::path(post, path = "/api/v1/compose", tag = "compose", request_body = Draft,
    responses((status = 201, body = Composed)))]
pub(crate) async fn close(
    sitting: Sitting,
    Entered(draft): Entered<Draft>,
) -> Result<Response, Problem> {
    let uploads = Arc::clone(&sitting.uploads);
    let goes = sitting.via.is_some();
    let composed = sitting.act(async move |at| {
        let composed = composed(at, &draft, &uploads).await?;
        if goes {
            // An OA system has the files itself; a person may want to change one and close again.
            for file in &draft.files {
                uploads.remove(file);
            }
        }
        Ok(composed)
    });
    Ok((StatusCode::CREATED, Json(composed.await?)).into_response())
}

/// The draft as it was entered, which must lack nothing.
fn entered(draft: &Draft, session: &Session, uploads: &Uploads) -> Result<compose::Draft, Problem> {
    let roster = session.mirror.roster();
    let read = read(draft, roster, &session.identity.unit(), uploads);
    let mut entered = read.draft.map_err(|errors| {
        let lines = errors.into_iter();
        let lines: Vec<String> = lines
            .map(|it| format!("{}: {}", it.field, it.text))
            .collect();
        Problem::entry(lines.join("\n"))
    })?;
    // A level that must not leave takes no number (Art. 15).
    let ceiling = roster
        .policy()
        .map(|policy| policy.ceiling)
        .unwrap_or_default();
    let level = entered.level.transmissible(ceiling).map(drop);
    level.map_err(Failed::Level)?;
    let registers = session.registers()?;
    let reference = |typed: &String| -> Result<Reference, Problem> {
        let about = find(&registers, typed)?.about;
        Ok(Reference {
            id: about.document,
            manifest: about.manifest,
        })
    };
    entered.replaces = draft.replaces.as_ref().map(reference).transpose()?;
    entered.replies_to = draft.replies_to.as_ref().map(reference).transpose()?;
    Ok(entered)
}

async fn composed(at: &mut At<'_>, draft: &Draft, uploads: &Uploads) -> Result<Composed, Problem> {
    let news = at.news.clone();
    let content = at.held.unlocked.secrets.content;
    let home = at.home.folder().to_owned();
    let session = at.session().await?;
    let mut entered = entered(draft, session, uploads)?;
    let taken = draft.take_number.as_ref().map(|word| NumberRequest {
        series: word.clone(),
        year: this_year(),
        document: None,
        count: None,
    });
    if let Some(request) = &taken {
        let given = session.number_for_draft(request).await?;
        let number = DocumentNumber::new(&given.series, given.year, given.first);
        let number = number.map_err(|why| Problem::entry(why.to_string()))?;
        entered.metadata.number = Some(number.to_string());
        entered.number = Some(number);
    }
    let sizes = entered.files.iter().filter_map(|path| path.metadata().ok());
    let total: u64 = sizes.map(|data| data.len()).sum();
    let mut done = 0;
    let mut progress = |bytes| {
        done += bytes;
        // Nobody may be listening.
        let _ = news.send(News::Progress {
            what: "closing",
            document: None,
            done,
            total,
        });
    };
    let made = compose(
        &home,
        session.mirror.roster(),
        session.mirror.seen(),
        &session.identity,
        &entered,
        &content,
        &mut progress,
    )?;
    if let Some(request) = &taken {
        settle(&home, &session.identity, request)?;
    }
    let title = entered.title.clone();
    at.held.titles.insert(made.about.manifest, title);
    Ok(Composed {
        id: made.about.document.to_string(),
        manifest: made.about.manifest.to_string(),
        number: entered.number.map(|number| number.to_string()),
        body_bytes: made.body_bytes,
        departures: made.departures.iter().map(Departure::of).collect(),
        to_declare: made.to_declare.iter().map(shown).collect(),
    })
}

/// The title of a document that waits here: known, else opened with the unit's key. It stays
/// without where this account has no share of that key, or the exchange was never reached.
fn title_of(at: &mut At<'_>, id: &str, manifest: &Digest) -> Option<String> {
    if let Some(title) = at.held.titles.get(manifest) {
        return Some(title.clone());
    }
    let session = at.held.session.as_ref()?;
    let roster = session.mirror.roster();
    let title = unsent::title_of(at.home.folder(), roster, &session.identity, id).ok()?;
    at.held.titles.insert(*manifest, title.clone());
    Some(title)
}

/// The documents that wait on this computer to be submitted.
pub(super) fn waiting(at: &mut At<'_>) -> Result<Vec<Outgoing>, Problem> {
    let account = at.held.unlocked.account.clone();
    let entries = match std::fs::read_dir(at.home.folder().join("outgoing")) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let mut waiting = Vec::new();
    for entry in entries {
        let entry = entry?;
        let id = entry.file_name().to_string_lossy().into_owned();
        let Ok((folder, record)) = compose::composed(at.home.folder(), &id) else {
            continue;
        };
        let manifest = record.attachments.first();
        let manifest = manifest.and_then(|bytes| yichuan_document::Manifest::read(bytes).ok());
        let Some(manifest) = manifest.filter(|manifest| manifest.account == account) else {
            continue;
        };
        let bytes = folder.join("body").metadata().map_or(0, |data| data.len());
        waiting.push(Outgoing {
            title: title_of(at, &id, &manifest.digest()),
            id,
            number: manifest.number.as_ref().map(ToString::to_string),
            composed: manifest.composed_at.into(),
            bytes,
        });
    }
    Ok(waiting)
}

/// The documents that wait here to be submitted
#[utoipa::path(get, path = "/api/v1/outgoing", tag = "compose",
    responses((status = 200, body = Items<Outgoing>)))]
pub(crate) async fn outgoing(sitting: Sitting) -> Result<Json<Items<Outgoing>>, Problem> {
    let items = sitting.act(async |at| {
        // What was submitted already stands in the registers.
        let known: BTreeSet<String> = match at.session_if_reached().await? {
            Some(session) => {
                let registers = session.registers()?;
                let ids = registers
                    .documents()
                    .map(|it| it.about.document.to_string());
                ids.collect()
            }
            None => BTreeSet::new(),
        };
        let mut waiting = waiting(at)?;
        waiting.retain(|it| !known.contains(&it.id));
        Ok(waiting)
    });
    Ok(Json(Items {
        items: items.await?,
    }))
}

/// Submits a document that waits here
#[utoipa::path(post, path = "/api/v1/outgoing/{id}/submit", tag = "compose",
    params(("id" = String, Path)), responses((status = 200, body = Submitted)))]
pub(crate) async fn submit(
    sitting: Sitting,
    Path(id): Path<String>,
) -> Result<Json<Submitted>, Problem> {
    let submitted = sitting.act(async move |at| {
        let news = at.news.clone();
        let is_own = waiting(at)?.iter().any(|waiting| waiting.id == id);
        is_own.then_some(()).ok_or_else(Problem::not_found)?;
        let (folder, _) = compose::composed(at.home.folder(), &id)?;
        let total = folder.join("body").metadata()?.len();
        let (mut done, document) = (0, id.clone());
        let session = at.session().await?;
        let mut progress = |bytes| {
            done += bytes;
            // Nobody may be listening.
            let _ = news.send(News::Progress {
                what: "upload",
                document: Some(document.clone()),
                done,
                total,
            });
        };
        let sent = session.submit(&id, &mut progress).await?;
        at.settle(sent.index).await?;
        Ok(Submitted {
            id: sent.about.document.to_string(),
            recorded: Recorded::at(sent.index, sent.entry.time),
        })
    });
    Ok(Json(submitted.await?))
}

/// Forgets a document that was never submitted
#[utoipa::path(delete, path = "/api/v1/outgoing/{id}", tag = "compose",
    params(("id" = String, Path)), responses((status = 204)))]
pub(crate) async fn forget(
    sitting: Sitting,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let done = sitting.act(async move |at| {
        let session = at.session().await?;
        let registers = session.registers()?;
        let known = registers
            .documents()
            .any(|it| it.about.document.to_string() == id);
        let own = waiting(at)?.into_iter().any(|waiting| waiting.id == id);
        if known || !own {
            return Err(Problem::not_found());
        }
        let (folder, _) = compose::composed(at.home.folder(), &id)?;
        Ok(std::fs::remove_dir_all(folder)?)
    });
    done.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Has numbers allotted
#[utoipa::path(post, path = "/api/v1/numbers", tag = "compose", request_body = NumberAsked,
    responses((status = 200, body = NumberGiven)))]
pub(crate) async fn number(
    sitting: Sitting,
    Entered(asked): Entered<NumberAsked>,
) -> Result<Json<NumberGiven>, Problem> {
    let given = sitting.act(async move |at| {
        let session = at.session().await?;
        let registers = session.registers()?;
        let document = asked.document.as_deref();
        let document = document.map(|typed| registers.one(typed)).transpose()?;
        let request = NumberRequest {
            series: asked.series,
            year: asked.year.unwrap_or_else(this_year),
            document: document.map(|document| document.about),
            count: asked.count.filter(|count| *count > 1),
        };
        Ok(session.number(&request).await?)
    });
    Ok(Json(given.await?.into()))
}

/// What became of every number
#[utoipa::path(get, path = "/api/v1/numbers", tag = "registers",
    responses((status = 200, body = Items<NumberLine>)))]
pub(crate) async fn numbers(sitting: Sitting) -> Result<Json<Items<NumberLine>>, Problem> {
    let items = sitting.act(async |at| {
        let lines = at.session().await?.numbers(&mut || {}).await?;
        let line = |line: yichuan_unit::office::numbers::Line| {
            let (zh, en) = line.state.words();
            NumberLine {
                written: line.written(),
                state: Coded::new(zh, en),
                series: line.series,
                year: line.year,
                first: line.first,
                count: line.count,
                documents: line.documents.iter().map(ToString::to_string).collect(),
            }
        };
        Ok(lines.into_iter().map(line).collect())
    });
    Ok(Json(Items {
        items: items.await?,
    }))
}
