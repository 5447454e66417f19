//! Drafts that are handed over in the unit (交接稿): given with their files, and taken up.

use std::sync::Arc;

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;
use yichuan_unit::lang::say;
use yichuan_unit::office::Failed;
use yichuan_unit::office::drafts::distinct;
use yichuan_unit::office::notes::DraftFile;

use super::acts::recorded;
use super::drafts::{Draft, Id, keep_new, kept_draft};
use crate::entry::{Entered, Sitting};
use crate::problem::Problem;
use crate::uploads::{Upload, Uploads};
use crate::words::{Items, Recorded, Time};

/// The file in which what was entered goes along.
const ENTERED: &str = "draft.json";
/// The most characters of the words to whoever takes a draft up.
const WORDS_CHARS_MAX: usize = 2_000;

/// A draft that was handed over.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GivenDraft)]
pub(crate) struct Given {
    number: u64,
    time: Time,
    account: String,
    /// To whoever takes it up.
    words: String,
    title: Option<String>,
    files: Vec<String>,
    /// Whether this account can open it.
    readable: bool,
}

/// A draft that is to be handed over.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GiveDraft)]
pub(crate) struct Give {
    /// The draft's id.
    draft: String,
    #[serde(default)]
    text: String,
}

/// What was entered, where it came from a desk.
fn entered(files: &[DraftFile]) -> Option<Draft> {
    let file = files.iter().find(|file| file.name.as_str() == ENTERED)?;
    serde_json::from_slice(&file.bytes).ok()
}

/// The drafts that were handed over in the unit, the newest first
#[utoipa::path(get, path = "/api/v1/given-drafts", tag = "staff",
    responses((status = 200, body = Items<Given>)))]
pub(crate) async fn all(sitting: Sitting) -> Result<Json<Items<Given>>, Problem> {
    let done = sitting.act(async |at| {
        let session = at.session().await?;
        let mut items = Vec::new();
        for noted in session.drafts_given()?.iter().rev() {
            let taken = match session.take_over(noted).await {
                Err(Failed::NoteUnreadable(_)) => None,
                taken => Some(taken?),
            };
            let readable = taken.is_some();
            let (words, files) = taken.unwrap_or_default();
            let names = files.iter().map(|file| file.name.to_string());
            items.push(Given {
                number: noted.index,
                time: noted.time.into(),
                account: noted.account.to_string(),
                words,
                title: entered(&files).and_then(Draft::into_title),
                files: names.filter(|name| name != ENTERED).collect(),
                readable,
            });
        }
        Ok(items)
    });
    Ok(Json(Items { items: done.await? }))
}

/// The files of a draft, with what was entered.
fn files_of(draft: &Draft, uploads: &Uploads) -> Result<Vec<DraftFile>, Problem> {
    let mut files = Vec::new();
    let text = serde_json::to_vec(draft).map_err(|why| Problem::inside(why.to_string()))?;
    files.push(DraftFile {
        name: ENTERED.parse().map_err(|_| Problem::inside(ENTERED))?,
        bytes: text,
    });
    for id in draft.files() {
        let upload = uploads.of(id).ok_or_else(|| {
            let why = say("文件已不在，须重新添加", "a file is gone: add it again");
            Problem::entry(why)
        })?;
        files.push(DraftFile::read(&upload.path)?);
    }
    distinct(&files)?;
    Ok(files)
}

/// Hands a draft over to whoever in the unit takes it up
#[utoipa::path(post, path = "/api/v1/given-drafts", tag = "staff", request_body = Give,
    responses((status = 200, body = Recorded)))]
pub(crate) async fn give(
    sitting: Sitting,
    Entered(said): Entered<Give>,
) -> Result<Json<Recorded>, Problem> {
    if said.text.chars().count() > WORDS_CHARS_MAX {
        return Err(Problem::entry(format!("text: > {WORDS_CHARS_MAX}")));
    }
    let uploads = Arc::clone(&sitting.uploads);
    let done = sitting.act(async move |at| {
        let draft = kept_draft(at, &said.draft)?.ok_or_else(Problem::not_found)?;
        let files = files_of(&draft, &uploads)?;
        let (index, entry) = at.session().await?.hand_over(&said.text, &files).await?;
        recorded(at, (index, entry.time)).await
    });
    Ok(Json(done.await?))
}

/// Keeps the files that came with a draft as uploads of this seat; in order, the main text first.
fn keep(files: &[DraftFile], uploads: &Uploads) -> Result<Vec<String>, Problem> {
    let mut ids = Vec::new();
    for file in files.iter().filter(|file| file.name.as_str() != ENTERED) {
        let full = || Problem::entry(format!("> {}", crate::uploads::FILES_MAX));
        let (id, path) = uploads.place(file.name.as_str())?.ok_or_else(full)?;
        yichuan_unit::home::replace(&path, &file.bytes)?;
        uploads.keep(Upload {
            id: id.clone(),
            name: file.name.to_string(),
            path,
            bytes: file.bytes.len() as u64,
            sha256: HEXLOWER.encode(&Sha256::digest(&file.bytes)),
        });
        ids.push(id);
    }
    Ok(ids)
}

/// Takes a draft up: it becomes one of this account's own
#[utoipa::path(post, path = "/api/v1/given-drafts/{number}/take", tag = "staff",
    params(("number" = u64, Path)), responses((status = 201, body = Id)))]
pub(crate) async fn take(sitting: Sitting, Path(number): Path<u64>) -> Result<Response, Problem> {
    let uploads = Arc::clone(&sitting.uploads);
    let done = sitting.act(async move |at| {
        let session = at.session().await?;
        let noted = session.draft_given(number)?;
        let (_, files) = session.take_over(&noted).await?;
        let draft = entered(&files).unwrap_or_default();
        let draft = draft.with_files(keep(&files, &uploads)?);
        keep_new(at, &draft)
    });
    let id = done.await?;
    Ok((StatusCode::CREATED, Json(Id { id })).into_response())
}
