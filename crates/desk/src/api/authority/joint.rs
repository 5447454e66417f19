//! What goes to and comes from elsewhere: the log, other officers, files.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yichuan_unit::authority::{
    self as acts, Authority, AuthorityFailed, catch_up, forget_pending, pending_file,
    submit_waiting,
};
use yichuan_unit::home::read_at_most;

use super::super::me::roster;
use super::{Act, Typed, at_authority, opened};
use crate::desk::Desk;
use crate::download;
use crate::entry::{Entered, Sitting};
use crate::problem::Problem;
use crate::uploads::Upload;

/// The most bytes of a statement's file.
const FILE_BYTES_MAX: u64 = yichuan_document::roster::act::ACT_FILE_BYTES_MAX as u64;

/// An uploaded statement.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Statement {
    /// The uploaded file.
    file: String,
}

/// An uploaded statement, to be signed as well.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ToCosign {
    /// The uploaded file.
    file: String,
    /// The officer's password.
    #[schema(value_type = String)]
    password: Typed,
}

/// A statement that was signed as well.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CosignedAct {
    act: Act,
    /// Whether this home has added its signature; it may have been there.
    added: bool,
    /// The uploaded file, which has the signature now.
    file: String,
}

/// A statement that the log took.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SubmittedAct {
    sequence: u64,
    /// Its index in the log.
    index: u64,
}

/// What became of what waited.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Submissions {
    items: Vec<SubmittedAct>,
    /// Files of acts in whose place another came into the log; they were set aside.
    overtaken: Vec<String>,
}

/// What was taken in from the log.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Followed {
    /// How many acts were signed elsewhere.
    taken: usize,
    /// Files of acts in whose place another came into the log; they were set aside.
    overtaken: Vec<String>,
    /// How many statements of the roster the log has.
    statements: usize,
}

fn names(paths: &[std::path::PathBuf]) -> Vec<String> {
    let name = |path: &std::path::PathBuf| Some(path.file_name()?.to_str()?.to_owned());
    paths.iter().filter_map(name).collect()
}

fn upload(sitting: &Sitting, id: &str) -> Result<Upload, Problem> {
    sitting.uploads.of(id).ok_or_else(Problem::not_found)
}

/// Submits everything that was signed and is not in the log yet
///
/// Twice is harmless: what is in the log is not sent again.
#[utoipa::path(post, path = "/api/v1/authority/submit", tag = "authority",
    responses((status = 200, body = Submissions)))]
pub(crate) async fn submit(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
) -> Result<Json<Submissions>, Problem> {
    let done = at_authority(desk, &sitting, async |at, folder| {
        let session = at.session().await?;
        let done = submit_waiting(folder, session).await?;
        let items = done.recorded.iter().map(|(act, index)| SubmittedAct {
            sequence: act.sequence,
            index: *index,
        });
        Ok(Submissions {
            items: items.collect(),
            overtaken: names(&done.overtaken),
        })
    });
    Ok(Json(done.await?))
}

/// Follows the log: takes in what others have signed, sets aside what was overtaken
#[utoipa::path(post, path = "/api/v1/authority/sync", tag = "authority",
    responses((status = 200, body = Followed)))]
pub(crate) async fn sync(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
) -> Result<Json<Followed>, Problem> {
    let done = at_authority(desk, &sitting, async |at, folder| {
        let home = at.home.folder().to_owned();
        let session = at.session().await?;
        let advanced = session.mirror.advance(&session.link).await;
        advanced?;
        let done = catch_up(folder, &home, &session.mirror)?;
        Ok(Followed {
            taken: done.taken,
            overtaken: names(&done.overtaken),
            statements: done.statements,
        })
    });
    Ok(Json(done.await?))
}

/// What an uploaded statement says, before anybody signs it
#[utoipa::path(post, path = "/api/v1/authority/look", tag = "authority",
    request_body = Statement, responses((status = 200, body = Act)))]
pub(crate) async fn look(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
    Entered(statement): Entered<Statement>,
) -> Result<Json<Act>, Problem> {
    let path = upload(&sitting, &statement.file)?.path;
    let told = at_authority(desk, &sitting, async move |_, _| {
        Ok(Act::told(&acts::claimed(&path)?, "incomplete"))
    });
    Ok(Json(told.await?))
}

/// Adds this home's signature to an uploaded statement that waits for it
#[utoipa::path(post, path = "/api/v1/authority/cosign", tag = "authority",
    request_body = ToCosign, responses((status = 200, body = CosignedAct)))]
pub(crate) async fn cosign(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
    Entered(entered): Entered<ToCosign>,
) -> Result<Json<CosignedAct>, Problem> {
    let path = upload(&sitting, &entered.file)?.path;
    let password = entered.password;
    let done = at_authority(desk, &sitting, async move |at, folder| {
        // What was signed elsewhere may rest on what this home has not seen yet.
        opened(at, folder)?;
        let done = acts::cosign(folder, &path, &password.0)?;
        let log = roster(at).await?;
        Ok((Act::of(&done.act, &log), done.added))
    });
    let (act, added) = done.await?;
    Ok(Json(CosignedAct {
        act,
        added,
        file: entered.file,
    }))
}

/// Takes in an uploaded statement that was completed elsewhere
#[utoipa::path(post, path = "/api/v1/authority/take", tag = "authority",
    request_body = Statement, responses((status = 200, body = Act)))]
pub(crate) async fn take(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
    Entered(statement): Entered<Statement>,
) -> Result<Json<Act>, Problem> {
    let path = upload(&sitting, &statement.file)?.path;
    let told = at_authority(desk, &sitting, async move |at, folder| {
        opened(at, folder)?;
        let taken = acts::take(folder, &path)?;
        Ok(Act::of(&taken, &roster(at).await?))
    });
    let told = told.await?;
    sitting.uploads.remove(&statement.file);
    Ok(Json(told))
}

/// A statement as a file, to be signed or submitted elsewhere
#[utoipa::path(get, path = "/api/v1/authority/acts/{file}", tag = "authority",
    params(("file" = String, Path)), responses((status = 200)))]
pub(crate) async fn file(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let wanted = name.clone();
    let bytes = at_authority(desk, &sitting, async move |_, folder| {
        let kept = Authority::open(folder)?.files().into_iter();
        let mut kept = kept.filter(|path| path.file_name().is_some_and(|it| *it == *wanted));
        let path = kept.next().or_else(|| pending_file(folder, &wanted));
        let path = path.ok_or_else(Problem::not_found)?;
        Ok(read_at_most(&path, FILE_BYTES_MAX)?)
    });
    Ok(download::of_bytes(&name, bytes.await?))
}

/// Removes a statement that nobody is to complete
#[utoipa::path(delete, path = "/api/v1/authority/pending/{file}", tag = "authority",
    params(("file" = String, Path)), responses((status = 204)))]
pub(crate) async fn forget(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    let there = at_authority(desk, &sitting, async move |_, folder| {
        Ok(forget_pending(folder, &name).map_err(AuthorityFailed::from)?)
    });
    if there.await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found())
    }
}
