//! Printing and deleting by consent (Art. 19), and the codes on printed originals.

use axum::Json;
use axum::extract::{Path, Query};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use yichuan_document::Digest;
use yichuan_document::statement::{Permit, PermitReason};
use yichuan_unit::lang::say;
use yichuan_unit::office::Failed;
use yichuan_unit::office::permitting::{Asked, CopyCode, Permission, Resolved, numbers};

use super::acts::recorded;
use super::listed::open_titles;
use super::sending::{document, words_due};
use crate::download;
use crate::entry::{Entered, Sitting};
use crate::problem::Problem;
use crate::seat::At;
use crate::words::{Coded, Page, Recorded, Time, UnitRef, meant, page};

/// What was asked of the department's head, and what came of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Asking {
    /// The index of the request, by which it is decided and done.
    index: u64,
    time: Time,
    document: String,
    /// Where this account has opened it.
    title: Option<String>,
    permit: Coded,
    copies: Option<u16>,
    account: String,
    reason: String,
    text: Option<String>,
    /// `waits`, `granted`, `refused` or `done`.
    standing: Coded,
    decided_by: Option<String>,
    /// The numbers of the originals.
    numbers: Option<String>,
}

async fn asking(at: &mut At<'_>, it: &Permission) -> Result<Asking, Problem> {
    let session = at.session().await?;
    let text = match it.note() {
        None => None,
        Some(note) => {
            let context = it.request.about.manifest;
            match session.words_at(it.index, note, &context).await {
                // It has no part in the document, or the words were erased.
                Err(Failed::NoteUnreadable(_)) => None,
                words => Some(words?),
            }
        }
    };
    let code = it.request.reason;
    let known = PermitReason::from_code(code);
    let words = known.map_or_else(|| code.to_string(), |it| say(it.zh(), it.en()).to_owned());
    let title = at.held.titles.get(&it.request.about.manifest).cloned();
    let standing = it.standing().words();
    Ok(Asking {
        index: it.index,
        title,
        time: it.time.into(),
        document: it.request.about.document.to_string(),
        permit: Coded::new(it.permit.zh(), it.permit.en()),
        copies: it.request.count,
        account: it.by.to_string(),
        reason: words,
        text,
        standing: Coded::new(standing.0, standing.1),
        decided_by: it.decided.as_ref().map(|decided| decided.by.to_string()),
        numbers: it.copies.as_ref().map(|(_, _, body)| numbers(body)),
    })
}

/// Which requests.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Of this document only.
    document: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// What was asked of the department's head, to print and to delete, the newest first
#[utoipa::path(get, path = "/api/v1/permissions", tag = "printing",
    params(Which), responses((status = 200, body = Page<Asking>)))]
pub(crate) async fn list(
    sitting: Sitting,
    Query(which): Query<Which>,
) -> Result<Json<Page<Asking>>, Problem> {
    let done = sitting.act(async move |at| {
        let only = match &which.document {
            Some(id) => Some(document(at, id).await?.about.manifest),
            None => None,
        };
        let mut all = at.session().await?.permissions(only.as_ref())?;
        all.reverse();
        // Words and titles are asked for one by one: those of this page, and no others.
        let asked = page(all, which.cursor.as_deref(), which.limit);
        let about = asked.items.iter().map(|it| it.request.about.manifest);
        let about: Vec<Digest> = about.collect();
        open_titles(at, &about).await?;
        let mut items = Vec::with_capacity(asked.items.len());
        for it in &asked.items {
            items.push(asking(at, it).await?);
        }
        Ok(Page {
            items,
            next: asked.next,
            total: asked.total,
        })
    });
    Ok(Json(done.await?))
}

/// What is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wish {
    /// `print-originals`, `print-originals-again`, `print-desensitised-copies` or `delete`.
    permit: String,
    copies: Option<u16>,
    /// The first number to print again.
    first: Option<u32>,
    /// The number of the reason.
    reason: u16,
    text: Option<String>,
}

/// Asks the department's head to print, or to delete
#[utoipa::path(post, path = "/api/v1/documents/{id}/permissions", tag = "printing",
    params(("id" = String, Path)), request_body = Wish,
    responses((status = 200, body = Recorded)))]
pub(crate) async fn ask(
    sitting: Sitting,
    Path(id): Path<String>,
    Entered(wish): Entered<Wish>,
) -> Result<Json<Recorded>, Problem> {
    let known = Permit::ALL.map(|row| (row.0, row.2, row.3));
    let permit = meant(known, &wish.permit).ok_or_else(|| Problem::entry("permit"))?;
    let why = PermitReason::from_code(wish.reason);
    let why = why.ok_or_else(|| Problem::entry("reason"))?;
    let done = sitting.act(async move |at| {
        words_due(why.needs_text(), wish.text.as_deref())?;
        let document = document(at, &id).await?;
        let asked = Asked {
            about: document.about,
            permit,
            count: wish.copies,
            first: wish.first,
            reason: why.code(),
        };
        let session = at.session().await?;
        let (index, entry) = session.ask_permission(asked, wish.text.as_deref()).await?;
        recorded(at, (index, entry.time)).await
    });
    Ok(Json(done.await?))
}

/// The head's answer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Consent {
    granted: bool,
}

/// Grants or refuses what was asked for
#[utoipa::path(post, path = "/api/v1/permissions/{index}/decide", tag = "printing",
    params(("index" = u64, Path)), request_body = Consent,
    responses((status = 200, body = Recorded)))]
pub(crate) async fn decide(
    sitting: Sitting,
    Path(index): Path<u64>,
    Entered(said): Entered<Consent>,
) -> Result<Json<Recorded>, Problem> {
    let done = sitting.act(async move |at| {
        let session = at.session().await?;
        let asked = session.permission(index)?;
        let (index, entry) = session.decide_permission(&asked, said.granted).await?;
        recorded(at, (index, entry.time)).await
    });
    Ok(Json(done.await?))
}

/// Which file is printed.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = PartToPrint)]
pub(crate) struct Part {
    /// Counted from 0; the main text where it is not said.
    part: usize,
}

/// Makes the file for the printer that was granted
///
/// The originals get their numbers with the first call; the same request gives the same originals
/// again.
#[utoipa::path(post, path = "/api/v1/permissions/{index}/print", tag = "printing",
    params(("index" = u64, Path)), request_body = Part,
    responses((status = 200, content_type = "application/octet-stream", description = "a PDF")))]
pub(crate) async fn print(
    sitting: Sitting,
    Path(index): Path<u64>,
    Entered(which): Entered<Part>,
) -> Result<Response, Problem> {
    let done = sitting.act(async move |at| {
        let faces = yichuan_unit::fonts::installed(None);
        let session = at.session().await?;
        let asked = session.permission(index)?;
        let mut progress = |_| ();
        let printed = session.print(&asked, which.part, &faces, &mut progress);
        let printed = printed.await?;
        if let Some((index, ..)) = printed.permission.done {
            at.settle(index).await?;
        }
        Ok(printed.bytes)
    });
    let name = format!("打印文件-{index}.pdf");
    Ok(download::of_bytes(&name, done.await?))
}

/// Deletes what this unit's computers hold of a document, as it was granted
#[utoipa::path(post, path = "/api/v1/permissions/{index}/delete", tag = "printing",
    params(("index" = u64, Path)), responses((status = 204)))]
pub(crate) async fn delete(
    sitting: Sitting,
    Path(index): Path<u64>,
) -> Result<axum::http::StatusCode, Problem> {
    let done = sitting.act(async move |at| {
        let session = at.session().await?;
        let asked = session.permission(index)?;
        let index = session.delete_under(&asked).await?;
        at.settle(index).await
    });
    done.await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}

/// A code from paper.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OnPaper {
    code: String,
}

/// What the log says of a printed original.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Found {
    /// `genuine`, `forged` or `unknown`.
    found: &'static str,
    text: &'static str,
    /// Who printed it.
    unit: Option<UnitRef>,
    copy: Option<u32>,
    document: Option<String>,
    time: Option<Time>,
}

/// Looks the code of a printed original up
#[utoipa::path(post, path = "/api/v1/copies/resolve", tag = "printing",
    request_body = OnPaper, responses((status = 200, body = Found)))]
pub(crate) async fn resolve(
    sitting: Sitting,
    Entered(paper): Entered<OnPaper>,
) -> Result<Json<Found>, Problem> {
    let code = paper.code.trim().parse::<CopyCode>();
    let code = code.map_err(|_| {
        sitting.say(|| Problem::entry(say("不是正本校验码", "is no code of a printed original")))
    })?;
    let done = sitting.act(async move |at| {
        let session = at.session().await?;
        let resolved = session.resolve_copy(&code)?;
        let found = resolved.code();
        let text = resolved.words();
        let (time, body) = match resolved {
            Resolved::Genuine { time, body } => (Some(time.into()), Some(body)),
            _ => (None, None),
        };
        let roster = session.mirror.roster();
        Ok(Found {
            found,
            text: say(text.0, text.1),
            unit: body.map(|body| UnitRef::of(roster, &body.unit.unit)),
            copy: time.is_some().then_some(code.copy),
            document: time.is_some().then(|| code.document.to_string()),
            time,
        })
    });
    Ok(Json(done.await?))
}
