//! Composing, submitting, numbers.

use std::collections::BTreeSet;
use std::path::PathBuf;

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yichuan_document::header::{Contact, Metadata};
use yichuan_document::manifest::Reference;
use yichuan_document::roster::Roster;
use yichuan_document::roster::record::Status;
use yichuan_document::statement::NumberRequest;
use yichuan_document::terms::{DocumentKind, DocumentNumber, SecrecyPeriod, Urgency};
use yichuan_document::{Classification, Timestamp, UnitCode};
use yichuan_unit::lang::{instant, is_chinese, say, this_year};
use yichuan_unit::office::compose::{self, compose};
use yichuan_unit::office::content::Told;
use yichuan_unit::office::meeting::Form;
use yichuan_unit::office::numbers::{Allotted, settle};

use super::drafts::{Draft, Elements};
use super::me::roster;
use crate::entry::{Entered, Sitting};
use crate::news::News;
use crate::problem::Problem;
use crate::seat::At;
use crate::uploads::Uploads;
use crate::words::{Coded, Items, Recorded, Time, UnitRef, level, meant};

/// What is wrong with a field.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Remark {
    field: String,
    text: String,
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
    id: String,
    composed: Time,
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

fn remark(field: &str, text: impl Into<String>) -> Remark {
    Remark {
        field: field.to_owned(),
        text: text.into(),
    }
}

/// The units of a list, each once, with what is wrong with them.
struct Recipients<'a> {
    roster: &'a Roster,
    own: UnitCode,
    seen: BTreeSet<UnitCode>,
    errors: Vec<Remark>,
    warnings: Vec<Remark>,
}

impl Recipients<'_> {
    fn read(&mut self, field: &str, typed: &[String]) -> Vec<UnitCode> {
        let mut units = Vec::new();
        for text in typed {
            let Ok(code) = text.parse::<UnitCode>() else {
                let why = say("没有这个单位", "there is no such unit");
                self.errors.push(remark(field, format!("{text}: {why}")));
                continue;
            };
            let name = UnitRef::of(self.roster, &code).name;
            if !self.seen.insert(code.clone()) {
                let why = say("重复，只发一次", "named twice, sent once");
                self.warnings.push(remark(field, format!("{name}: {why}")));
                continue;
            }
            if code == self.own {
                let why = say("本单位", "is the own unit");
                self.warnings.push(remark(field, format!("{name}: {why}")));
            }
            let record = self.roster.unit(&code);
            let why = match (&record, self.roster.unit_key(&code)) {
                (None, _) => say("没有这个单位", "there is no such unit"),
                (Some(unit), _) if unit.status != Status::Active => say("已停用", "is closed"),
                (Some(_), None) => say("尚无加密密钥", "has no key yet"),
                (Some(_), Some(_)) => "",
            };
            if !why.is_empty() {
                self.errors.push(remark(field, format!("{name}: {why}")));
            }
            units.push(code);
        }
        units
    }
}

/// What a draft is missing or has wrong, as far as it can be told before the files are closed; the
/// rules themselves are those of `compose`, which asks them again.
fn read(
    draft: &Draft,
    roster: &Roster,
    own: &UnitCode,
    uploads: &Uploads,
) -> (
    Result<compose::Draft, Vec<Remark>>,
    Vec<Remark>,
    [Vec<UnitRef>; 2],
) {
    let mut recipients = Recipients {
        roster,
        own: own.clone(),
        seen: BTreeSet::new(),
        errors: Vec::new(),
        warnings: Vec::new(),
    };
    let to = recipients.read("to", &draft.to);
    let copy = recipients.read("copy", &draft.copy);
    let named = [&to, &copy].map(|list| {
        let units = list.iter();
        units.map(|code| UnitRef::of(roster, code)).collect()
    });
    let Recipients {
        mut errors,
        warnings,
        ..
    } = recipients;
    if to.is_empty() {
        errors.push(remark(
            "to",
            say("须有主送单位", "a main recipient is needed"),
        ));
    }
    let words = words_of(draft, &mut errors);
    let files = files_of(draft, uploads, &mut errors);
    let number = number_of(draft, &mut errors);
    let valid_until = instant_of(draft, &mut errors);
    let form = draft.reply_form.as_deref().map(Form::parse).transpose();
    let form = form.unwrap_or_else(|why| {
        errors.push(remark("reply_form", format!("{why:?}")));
        None
    });
    let Some((level, kind, title)) = words.filter(|_| errors.is_empty()) else {
        return (Err(errors), warnings, named);
    };
    let mut metadata = metadata(&draft.metadata);
    metadata.number = number.as_ref().map(ToString::to_string);
    let period = draft.months.and_then(SecrecyPeriod::months);
    let urgency = draft.urgency.as_deref().and_then(urgency);
    let read = compose::Draft {
        jointly: Vec::new(),
        to,
        copy,
        level,
        period,
        urgency: urgency.unwrap_or_default(),
        kind,
        number,
        title,
        metadata,
        contact: Contact {
            name: draft.contact.name.clone(),
            phone: draft.contact.phone.clone(),
        },
        print_quota: draft.print_quota.unwrap_or(1),
        valid_until,
        replaces: None,
        receipts_stand: draft.receipts_stand && draft.replaces.is_some(),
        replies_to: None,
        files,
        form,
    };
    (Ok(read), warnings, named)
}

fn urgency(typed: &str) -> Option<Urgency> {
    meant(Urgency::ALL, typed)
}

fn words_of(
    draft: &Draft,
    errors: &mut Vec<Remark>,
) -> Option<(Classification, DocumentKind, String)> {
    let level = draft.level.as_deref().and_then(level);
    if level.is_none() {
        errors.push(remark(
            "level",
            say("须标明密级", "the level must be named"),
        ));
    }
    let kind = draft.kind.as_deref();
    let kind = kind.and_then(|typed| meant(DocumentKind::ALL, typed));
    if kind.is_none() {
        errors.push(remark("kind", say("须标明文种", "the kind must be named")));
    }
    let title = draft.title.clone().filter(|title| !title.trim().is_empty());
    if title.is_none() {
        errors.push(remark("title", say("须有标题", "a title is needed")));
    }
    let typed = draft.urgency.as_deref();
    if typed.is_some_and(|typed| urgency(typed).is_none()) {
        errors.push(remark("urgency", say("不是紧急程度", "is no urgency")));
    }
    let months = draft.months;
    if months.is_some_and(|months| SecrecyPeriod::months(months).is_none()) {
        errors.push(remark("months", say("不是保密期限", "is no period")));
    }
    Some((level?, kind?, title?))
}

fn files_of(draft: &Draft, uploads: &Uploads, errors: &mut Vec<Remark>) -> Vec<PathBuf> {
    if draft.files.is_empty() {
        errors.push(remark(
            "files",
            say("须有正文文件", "a main file is needed"),
        ));
    }
    let mut paths = Vec::new();
    for id in &draft.files {
        match uploads.of(id) {
            Some(upload) => paths.push(upload.path),
            None => {
                let why = say("须重新添加文件", "this file has to be added again");
                errors.push(remark("files", format!("{id}: {why}")));
            }
        }
    }
    paths
}

fn number_of(draft: &Draft, errors: &mut Vec<Remark>) -> Option<DocumentNumber> {
    if let Some(word) = &draft.take_number {
        if let Err(why) = DocumentNumber::new(word, this_year(), 1) {
            errors.push(remark("take_number", why.to_string()));
        }
        return None;
    }
    let number = draft.number.as_ref()?;
    match DocumentNumber::new(&number.word, number.year, number.serial) {
        Ok(number) => Some(number),
        Err(why) => {
            errors.push(remark("number", why.to_string()));
            None
        }
    }
}

fn instant_of(draft: &Draft, errors: &mut Vec<Remark>) -> Option<Timestamp> {
    let typed = draft.valid_until.as_deref()?;
    let read = instant(typed);
    if read.is_none() {
        errors.push(remark("valid_until", say("不是时间", "is no time")));
    }
    read
}

fn metadata(elements: &Elements) -> Metadata {
    let elements = elements.clone();
    Metadata {
        copy_number: elements.copy_number,
        issuer_mark: elements.issuer_mark,
        number: None,
        signatory: elements.signatory,
        main_recipients: elements.main_recipients,
        annexes: elements.annexes,
        signed_by: elements.signed_by,
        date: elements.date,
        remark: elements.remark,
        copy_recipients: elements.copy_recipients,
        printed_by: elements.printed_by,
        print_date: elements.print_date,
        publication: elements.publication,
    }
}

/// Looks over what was entered, before it is closed
#[utoipa::path(post, path = "/api/v1/compose/check", tag = "compose", request_body = Draft,
    responses((status = 200, body = Checked)))]
pub(crate) async fn check(
    sitting: Sitting,
    Entered(draft): Entered<Draft>,
) -> Result<Json<Checked>, Problem> {
    let seat = sitting.seat.clone();
    let checked = sitting.act(async move |at| {
        let roster = roster(at).await?;
        let own = at.held.unlocked.account.unit();
        let (read, warnings, [to, copy]) = read(&draft, &roster, &own, &seat.uploads);
        let mut errors = read.as_ref().err().cloned().unwrap_or_default();
        let ceiling = roster
            .policy()
            .map(|policy| policy.ceiling)
            .unwrap_or_default();
        let level = draft.level.as_deref().and_then(level);
        if let Some(Err(why)) = level.map(|level| level.transmissible(ceiling).map(drop)) {
            let told = yichuan_unit::report::explain(&yichuan_unit::office::Failed::Level(why));
            errors.push(remark("level", told.what));
        }
        Ok(Checked {
            errors,
            warnings,
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
    let seat = sitting.seat.clone();
    let composed = sitting.act(async move |at| composed(at, &draft, &seat.uploads).await);
    Ok((StatusCode::CREATED, Json(composed.await?)).into_response())
}

async fn composed(at: &mut At<'_>, draft: &Draft, uploads: &Uploads) -> Result<Composed, Problem> {
    let news = at.news.clone();
    let own = at.held.unlocked.account.unit();
    let content = at.held.unlocked.secrets.content;
    let home = at.home.folder().to_owned();
    let session = at.session().await?;
    let roster = session.mirror.roster().clone();
    let (read, _, _) = read(draft, &roster, &own, uploads);
    let mut entered = read.map_err(|errors| {
        let text: Vec<String> = errors
            .into_iter()
            .map(|it| format!("{}: {}", it.field, it.text))
            .collect();
        Problem::entry(text.join("\n"))
    })?;
    // A level that must not leave takes no number (Art. 15).
    let ceiling = roster
        .policy()
        .map(|policy| policy.ceiling)
        .unwrap_or_default();
    let _checked = entered
        .level
        .transmissible(ceiling)
        .map_err(yichuan_unit::office::Failed::Level)?;
    let registers = session.registers()?;
    let reference = |typed: &String| -> Result<Reference, Problem> {
        let about = registers.one(typed)?.about;
        Ok(Reference {
            id: about.document,
            manifest: about.manifest,
        })
    };
    entered.replaces = draft.replaces.as_ref().map(reference).transpose()?;
    entered.replies_to = draft.replies_to.as_ref().map(reference).transpose()?;
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
        &roster,
        session.mirror.seen(),
        &session.identity,
        &entered,
        &content,
        &mut progress,
    )?;
    if let Some(request) = &taken {
        settle(&home, &session.identity, request)?;
    }
    Ok(Composed {
        id: made.about.document.to_string(),
        manifest: made.about.manifest.to_string(),
        number: entered.number.map(|number| number.to_string()),
        body_bytes: made.body_bytes,
        departures: made.departures.iter().map(Departure::of).collect(),
        to_declare: made.to_declare.iter().map(shown).collect(),
    })
}

/// The documents that wait on this computer to be submitted.
pub(super) fn waiting(at: &At<'_>) -> Result<Vec<(String, u64, u64)>, Problem> {
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
        waiting.push((id, manifest.composed_at.unix_ms(), bytes));
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
        waiting.retain(|(id, _, _)| !known.contains(id));
        Ok(waiting)
    });
    let item = |(id, ms, bytes)| Outgoing {
        id,
        composed: Timestamp::from_unix_ms(ms).into(),
        bytes,
    };
    let items = items.await?.into_iter().map(item).collect();
    Ok(Json(Items { items }))
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
        let own = waiting(at)?
            .into_iter()
            .any(|(waiting, _, _)| waiting == id);
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
