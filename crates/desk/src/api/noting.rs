//! Notes on documents, which only the own unit can read.

use axum::Json;
use axum::extract::Path;
use serde::Deserialize;
use utoipa::ToSchema;
use yichuan_document::statement::NoteKind;

use super::acts::recorded;
use super::sending::{document, words_due};
use crate::entry::{Entered, Sitting};
use crate::oa::not_permitted;
use crate::problem::Problem;
use crate::words::Recorded;

/// A note of the own unit.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewNote)]
pub(crate) struct Note {
    /// `opinion` or `register`.
    kind: String,
    text: String,
}

/// Adds a note that only the own unit can read
#[utoipa::path(post, path = "/api/v1/documents/{id}/notes", tag = "documents",
    params(("id" = String, Path)), request_body = Note,
    responses((status = 200, body = Recorded)))]
pub(crate) async fn note(
    sitting: Sitting,
    Path(id): Path<String>,
    Entered(said): Entered<Note>,
) -> Result<Json<Recorded>, Problem> {
    let kind = match said.kind.as_str() {
        "opinion" => NoteKind::Opinion,
        "register" => NoteKind::RegisterNumber,
        _ => return Err(Problem::entry("kind")),
    };
    if sitting.via.is_some() && kind != NoteKind::RegisterNumber {
        // An opinion is a person's.
        return Err(not_permitted());
    }
    let done = sitting.act(async move |at| {
        words_due(true, Some(&said.text))?;
        let about = document(at, &id).await?.about;
        let session = at.session().await?;
        let done = session.add_note(kind, Some(about), &said.text);
        let (index, entry) = done.await?;
        recorded(at, (index, entry.time)).await
    });
    Ok(Json(done.await?))
}
