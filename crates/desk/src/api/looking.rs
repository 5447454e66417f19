//! Looking into a document before it is decided about or after it came: its files, their pages, and
//! what has changed since the one that it replaces.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use yichuan_document::Manifest;
use yichuan_document::life::DeliveryState;
use yichuan_document::manifest::RecipientRole;
use yichuan_unit::lang::within;
use yichuan_unit::office::Failed;
use yichuan_unit::office::content::Content;

use super::acts::own;
use super::compose::{Departure, shown};
use super::documents::find;
use super::files::picture;
use super::whole::Header;
use crate::desk::Desk;
use crate::download;
use crate::entry::Sitting;
use crate::problem::Problem;
use crate::seat::At;

/// What an approver sees of a document's files.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FilesLooked)]
pub(crate) struct Looked {
    parts: Vec<PartLooked>,
    to_declare: Vec<String>,
    departures: Vec<Departure>,
}

/// What is in one file.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PartLooked {
    index: usize,
    name: String,
    inspection: Value,
}

/// The folder with the opened files of a document, and what is in them. An own document is opened
/// for its approver and custodian, a received one after it was fetched.
pub(super) async fn opened(
    at: &mut At<'_>,
    id: &str,
) -> Result<(Header, PathBuf, Option<Content>, Manifest), Problem> {
    let unit = at.held.unlocked.account.unit();
    let session = at.session().await?;
    let registers = session.registers()?;
    let document = find(&registers, id)?;
    let digest = document.about.manifest;
    if document.outgoing {
        let review = session.review(digest).await?;
        let (folder, content) = session.own_files(&review).await?;
        let header = Header::of(review.opened.header());
        let manifest = review.dossier.manifest;
        return Ok((header, folder, Some(content), manifest));
    }
    if document.state_of(&unit) == DeliveryState::Announced {
        return Err(Problem::entry("fetch"));
    }
    let received = session.fetch(document.about, &mut |_| {}).await?;
    if let Some(why) = received.closed {
        return Err(Failed::from(why).into());
    }
    let header = received.opened.as_ref().ok_or_else(Problem::not_found)?;
    let folder = session.incoming(&digest);
    Ok((
        Header::of(header.header()),
        folder,
        None,
        received.dossier.manifest,
    ))
}

/// What is in the files of a document
#[utoipa::path(get, path = "/api/v1/documents/{id}/inspection", tag = "documents",
    params(("id" = String, Path)), responses((status = 200, body = Looked)))]
pub(crate) async fn inspection(
    sitting: Sitting,
    Path(id): Path<String>,
) -> Result<Json<Looked>, Problem> {
    let lang = sitting.lang;
    let found = sitting.act(async move |at| {
        let (header, folder, content, manifest) = opened(at, &id).await?;
        let told = |content: &Content| -> (Vec<String>, Vec<Departure>) {
            let due = !content.to_declare().is_empty();
            let marks = content.marks();
            let marks = marks.iter().filter(|_| due).map(shown).collect();
            (
                marks,
                content.departures().iter().map(Departure::of).collect(),
            )
        };
        let (to_declare, departures) = content.as_ref().map(told).unwrap_or_default();
        let names = header.names();
        Ok((names, folder, manifest.level, to_declare, departures))
    });
    let (names, folder, level, to_declare, departures) = found.await?;
    let mut parts = Vec::new();
    for (index, name) in names.into_iter().enumerate() {
        let path = folder.join("parts").join(&name);
        let looked = super::files::inspection(name.clone(), path, Some(level), lang).await?;
        parts.push(PartLooked {
            index,
            name,
            inspection: looked,
        });
    }
    Ok(Json(Looked {
        parts,
        to_declare,
        departures,
    }))
}

/// The path of a part, or of a sealed file.
async fn path_of(
    sitting: &Sitting,
    id: String,
    index: usize,
    sealed: bool,
) -> Result<(String, PathBuf), Problem> {
    let found = sitting.act(async move |at| {
        let (header, folder, _, _) = opened(at, &id).await?;
        let name = header
            .names()
            .into_iter()
            .nth(index)
            .ok_or_else(Problem::not_found)?;
        let place = folder.join(if sealed { "sealed" } else { "parts" });
        let path = place.join(&name);
        if path.is_file() {
            Ok((name, path))
        } else {
            Err(Problem::not_found())
        }
    });
    found.await
}

/// A file of a document
#[utoipa::path(get, path = "/api/v1/documents/{id}/parts/{index}", tag = "documents",
    params(("id" = String, Path), ("index" = usize, Path)), responses((status = 200)))]
pub(crate) async fn part(
    sitting: Sitting,
    Path((id, index)): Path<(String, usize)>,
) -> Result<Response, Problem> {
    let (name, path) = path_of(&sitting, id, index, false).await?;
    download::of_file(&name, &path).await
}

/// A file of a document, with its electronic seals
#[utoipa::path(get, path = "/api/v1/documents/{id}/sealed/{index}", tag = "documents",
    params(("id" = String, Path), ("index" = usize, Path)), responses((status = 200)))]
pub(crate) async fn sealed(
    sitting: Sitting,
    Path((id, index)): Path<(String, usize)>,
) -> Result<Response, Problem> {
    let (name, path) = path_of(&sitting, id, index, true).await?;
    download::of_file(&name, &path).await
}

/// Which file a page is of.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Of {
    part: usize,
    /// 1 for the file with its electronic seals.
    sealed: u8,
    width: Option<u32>,
}

/// The picture of a page of a document
#[utoipa::path(get, path = "/api/v1/documents/{id}/pages/{page}", tag = "documents",
    params(("id" = String, Path), ("page" = u32, Path), Of),
    responses((status = 200, content_type = "image/png")))]
pub(crate) async fn page(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
    Path((id, page)): Path<(String, u32)>,
    Query(of): Query<Of>,
) -> Result<Response, Problem> {
    let (_, path) = path_of(&sitting, id, of.part, of.sealed == 1).await?;
    picture(desk, path, page, of.width).await
}

/// What has changed since the document that this one replaces.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Differences {
    replaces: Option<String>,
    fields: Vec<FieldChange>,
    parts: Vec<PartChange>,
}

/// A field that has changed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FieldChange {
    field: String,
    before: Option<String>,
    after: Option<String>,
}

/// A file, and whether it has changed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PartChange {
    name: String,
    /// `added`, `removed`, `changed` or `same`.
    change: &'static str,
}

/// What has changed since the document that this one replaces
#[utoipa::path(get, path = "/api/v1/documents/{id}/differences", tag = "documents",
    params(("id" = String, Path)), responses((status = 200, body = Differences)))]
pub(crate) async fn differences(
    sitting: Sitting,
    Path(id): Path<String>,
) -> Result<Json<Differences>, Problem> {
    let lang = sitting.lang;
    let found = sitting.act(async move |at| {
        let digest = own(at, &id).await?;
        let session = at.session().await?;
        let after = session.review(digest).await?;
        let Some(replaced) = after.dossier.manifest.replaces else {
            return Ok(Differences {
                replaces: None,
                fields: Vec::new(),
                parts: Vec::new(),
            });
        };
        let before = session.review(replaced.manifest).await?;
        let faces = [&before, &after].map(|review| within(lang, || face(review)));
        let [first, second] = &faces;
        let fields = second.iter().zip(first).filter(|(new, old)| new.1 != old.1);
        Ok(Differences {
            replaces: Some(replaced.id.to_string()),
            fields: fields
                .map(|(new, old)| FieldChange {
                    field: new.0.to_owned(),
                    before: old.1.clone(),
                    after: new.1.clone(),
                })
                .collect(),
            parts: changes(before.opened.header(), after.opened.header()),
        })
    });
    Ok(Json(found.await?))
}

/// What stands on a document's face, field by field.
fn face(review: &yichuan_unit::office::approve::Review) -> Vec<(&'static str, Option<String>)> {
    let (manifest, header) = (&review.dossier.manifest, review.opened.header());
    let it = &header.metadata;
    let recipients = |role| {
        let units = manifest.recipients.iter().filter(|it| it.role == role);
        let codes: Vec<String> = units.map(|it| it.unit.unit.to_string()).collect();
        Some(codes.join("、"))
    };
    vec![
        ("title", Some(header.title.clone())),
        ("number", manifest.number.as_ref().map(ToString::to_string)),
        ("level", Some(manifest.level.zh().to_owned())),
        ("urgency", Some(manifest.urgency.zh().to_owned())),
        ("kind", Some(manifest.kind.zh().to_owned())),
        ("to", recipients(RecipientRole::Main)),
        ("copy", recipients(RecipientRole::Copy)),
        ("metadata.copy_number", it.copy_number.clone()),
        ("metadata.issuer_mark", it.issuer_mark.clone()),
        ("metadata.signatory", it.signatory.clone()),
        ("metadata.main_recipients", it.main_recipients.clone()),
        ("metadata.annexes", it.annexes.clone()),
        ("metadata.signed_by", it.signed_by.clone()),
        ("metadata.date", it.date.clone()),
        ("metadata.remark", it.remark.clone()),
        ("metadata.copy_recipients", it.copy_recipients.clone()),
        ("metadata.printed_by", it.printed_by.clone()),
        ("metadata.print_date", it.print_date.clone()),
        ("metadata.publication", it.publication.clone()),
        ("contact.name", header.contact.name.clone()),
        ("contact.phone", header.contact.phone.clone()),
    ]
}

fn changes(
    before: &yichuan_document::header::InnerHeader,
    after: &yichuan_document::header::InnerHeader,
) -> Vec<PartChange> {
    let old = |name: &str| before.parts.iter().find(|part| part.name.as_str() == name);
    let new = |name: &str| after.parts.iter().any(|part| part.name.as_str() == name);
    let mut changes: Vec<PartChange> = after
        .parts
        .iter()
        .map(|part| PartChange {
            name: part.name.to_string(),
            change: match old(part.name.as_str()) {
                None => "added",
                Some(old) if old.digest == part.digest => "same",
                Some(_) => "changed",
            },
        })
        .collect();
    let gone = before.parts.iter().filter(|part| !new(part.name.as_str()));
    changes.extend(gone.map(|part| PartChange {
        name: part.name.to_string(),
        change: "removed",
    }));
    changes
}
