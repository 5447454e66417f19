//! Files that are to be sent: uploaded, looked into, shown.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;
use utoipa::{IntoParams, ToSchema};
use yichuan_document::{Classification, PartName};
use yichuan_unit::cli::inspecting::inspected;
use yichuan_unit::home::read_at_most;
use yichuan_unit::lang::{Lang, within};

use crate::desk::Desk;
use crate::download;
use crate::entry::{Sitting, next_piece, require_type, too_large};
use crate::pictures::NoPicture;
use crate::problem::Problem;
use crate::uploads::{Upload, private_file};
use crate::words::{Items, level};

/// The largest file that is looked into; a larger one can be sent, and its approver has to read it.
const LOOKED_BYTES_MAX: u64 = 64 << 20;
/// The widest picture of a page, in pixels.
const WIDTH_MAX: u32 = 4_000;

/// A file that was uploaded.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct File {
    id: String,
    name: String,
    bytes: u64,
    sha256: String,
    /// What is in it, as `yichuan inspect --json` tells it.
    inspection: Value,
}

/// The name of a file to be uploaded.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Named {
    name: String,
}

/// Against which level its marks are judged.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Judged {
    level: Option<String>,
}

/// How a page is drawn.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Drawn {
    /// In pixels.
    width: Option<u32>,
}

/// What is in a file, looked into on a thread of its own.
pub(crate) async fn inspection(
    name: String,
    path: std::path::PathBuf,
    level: Option<Classification>,
    lang: Lang,
) -> Result<Value, Problem> {
    let looked = tokio::task::spawn_blocking(move || {
        let bytes = match read_at_most(&path, LOOKED_BYTES_MAX) {
            Err(error) if error.kind() == std::io::ErrorKind::FileTooLarge => Vec::new(),
            read => read?,
        };
        Ok(within(lang, || inspected(&name, &bytes, level)))
    });
    looked
        .await
        .unwrap_or_else(|_| Err(Problem::inside("panic")))
}

async fn told(upload: Upload, level: Option<Classification>, lang: Lang) -> Result<File, Problem> {
    let inspection = inspection(upload.name.clone(), upload.path, level, lang).await?;
    Ok(File {
        id: upload.id,
        name: upload.name,
        bytes: upload.bytes,
        sha256: upload.sha256,
        inspection,
    })
}

/// Uploads a file: its bytes are the body
#[utoipa::path(post, path = "/api/v1/files", tag = "files", params(Named),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = File)))]
pub(crate) async fn upload(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
    Query(named): Query<Named>,
    request: Request,
) -> Result<Response, Problem> {
    require_type(&request, "application/octet-stream")?;
    let name: PartName = named
        .name
        .parse()
        .map_err(|why: yichuan_document::BadPartName| Problem::entry(format!("name: {why}")))?;
    let full = || Problem::entry(format!("> {}", crate::uploads::FILES_MAX));
    let uploads = &sitting.uploads;
    let mut limit = desk.bounds.file_bytes;
    if sitting.via.is_some() {
        let there = uploads.all().iter().map(|upload| upload.bytes).sum();
        limit = limit.min(desk.bounds.token_bytes.saturating_sub(there));
    }
    let (id, path) = uploads.place(name.as_str())?.ok_or_else(full)?;
    let written = written(&desk, &path, request, limit).await;
    let (bytes, sha256) = written.inspect_err(|_| uploads.discard(&path))?;
    let upload = Upload {
        id,
        name: name.to_string(),
        path,
        bytes,
        sha256,
    };
    uploads.keep(upload.clone());
    let file = told(upload, None, sitting.lang).await?;
    Ok((StatusCode::CREATED, Json(file)).into_response())
}

/// Writes the body as it comes; tells how much it was, and its digest.
pub(super) async fn written(
    desk: &Desk,
    path: &std::path::Path,
    request: Request,
    limit: u64,
) -> Result<(u64, String), Problem> {
    let mut file = tokio::fs::File::from_std(private_file(path)?);
    let (mut bytes, mut hash) = (0_u64, Sha256::new());
    let mut body = request.into_body();
    while let Some(piece) = next_piece(&mut body, desk).await? {
        bytes += piece.len() as u64;
        if bytes > limit {
            return Err(too_large(limit));
        }
        hash.update(&piece);
        file.write_all(&piece).await?;
    }
    file.flush().await?;
    Ok((bytes, HEXLOWER.encode(&hash.finalize())))
}

fn of(sitting: &Sitting, id: &str) -> Result<Upload, Problem> {
    sitting.uploads.of(id).ok_or_else(Problem::not_found)
}

/// The files that are here
#[utoipa::path(get, path = "/api/v1/files", tag = "files",
    responses((status = 200, body = Items<File>)))]
pub(crate) async fn all(sitting: Sitting) -> Result<Json<Items<File>>, Problem> {
    let mut items = Vec::new();
    for upload in sitting.uploads.all() {
        items.push(told(upload, None, sitting.lang).await?);
    }
    Ok(Json(Items { items }))
}

/// One file, its marks judged against a level
#[utoipa::path(get, path = "/api/v1/files/{file}", tag = "files",
    params(("file" = String, Path), Judged), responses((status = 200, body = File)))]
pub(crate) async fn one(
    sitting: Sitting,
    Path(id): Path<String>,
    Query(judged): Query<Judged>,
) -> Result<Json<File>, Problem> {
    let bad = |typed: &str| Problem::entry(format!("level: {typed}"));
    let level = judged.level.as_deref();
    let level = level
        .map(|typed| level_of(typed).ok_or_else(|| bad(typed)))
        .transpose()?;
    Ok(Json(told(of(&sitting, &id)?, level, sitting.lang).await?))
}

fn level_of(typed: &str) -> Option<Classification> {
    level(typed)
}

/// Removes a file
#[utoipa::path(delete, path = "/api/v1/files/{file}", tag = "files",
    params(("file" = String, Path)), responses((status = 204)))]
pub(crate) async fn remove(
    sitting: Sitting,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    if sitting.uploads.remove(&id) {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found())
    }
}

/// The bytes of a file
#[utoipa::path(get, path = "/api/v1/files/{file}/content", tag = "files",
    params(("file" = String, Path)), responses((status = 200)))]
pub(crate) async fn content(sitting: Sitting, Path(id): Path<String>) -> Result<Response, Problem> {
    let upload = of(&sitting, &id)?;
    download::of_file(&upload.name, &upload.path).await
}

/// The picture of a page of a file
#[utoipa::path(get, path = "/api/v1/files/{file}/pages/{page}", tag = "files",
    params(("file" = String, Path), ("page" = u32, Path), Drawn),
    responses((status = 200, content_type = "image/png")))]
pub(crate) async fn page(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
    Path((id, page)): Path<(String, u32)>,
    Query(drawn): Query<Drawn>,
) -> Result<Response, Problem> {
    let upload = of(&sitting, &id)?;
    picture(desk, upload.path, page, drawn.width).await
}

/// Draws a page on a thread of its own.
pub(crate) async fn picture(
    desk: Arc<Desk>,
    path: std::path::PathBuf,
    page: u32,
    width: Option<u32>,
) -> Result<Response, Problem> {
    let width = width.unwrap_or(1_000).clamp(50, WIDTH_MAX);
    let drawn = tokio::task::spawn_blocking(move || desk.pictures.page(&path, page, width));
    match drawn.await {
        Ok(Ok(bytes)) => Ok(download::of_png(bytes)),
        Ok(Err(NoPicture::NoSuchPage)) => Err(Problem::not_found()),
        Ok(Err(NoPicture::Unreadable(why))) => Err(Problem::entry(why)),
        Err(_) => Err(Problem::inside("panic")),
    }
}
