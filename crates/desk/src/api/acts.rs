//! What is done with an own document before it is dispatched: approve, refuse, withdraw, seal. And
//! which acts a document stands open to.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use yichuan_document::life::{DeliveryState, Fact, Stage};
use yichuan_document::roster::record::{Role, SealGrant};
use yichuan_document::{AccountId, Digest, Manifest, SealId, UnitCode};
use yichuan_unit::lang::within;
use yichuan_unit::office::Failed;
use yichuan_unit::office::content::Content;
use yichuan_unit::office::register::Document;
use yichuan_unit::office::sealing::{Placement, Places, kept_seals};

use super::compose::{Departure, shown};
use super::documents::{Header, find};
use super::files::picture;
use crate::desk::Desk;
use crate::download;
use crate::entry::{Entered, Sitting};
use crate::problem::Problem;
use crate::seat::At;
use crate::words::Recorded;

/// What an account with these roles may do about a document now. The list is for the browser's
/// buttons; each act is judged where it is done.
pub(super) fn open_to(
    document: &Document,
    manifest: &Manifest,
    unit: &UnitCode,
    roles: &[Role],
    account: &AccountId,
) -> Vec<&'static str> {
    let has = |wanted: &[Role]| wanted.iter().any(|role| roles.contains(role));
    let (send, approve) = (has(&[Role::Send]), has(&[Role::Approve]));
    let mut acts = vec!["note"];
    if document.outgoing {
        let entered = manifest.account == *account;
        let dispatched = document.stage == Stage::Dispatched;
        let submitted = document.stage == Stage::Submitted;
        let open = !dispatched && !document.stage.is_terminal();
        let views = document.all_deliveries(manifest);
        let asked = views
            .values()
            .any(|view| view.extension.is_some_and(|it| it.given.is_none()));
        let returned = views
            .values()
            .any(|view| view.delivery.state() == DeliveryState::Returned);
        acts.extend(
            [
                (open && entered, "withdraw"),
                (submitted && approve && !entered, "approve"),
                (submitted && approve && !entered, "refuse"),
                (
                    document.stage == Stage::Approved && has(&[Role::Seal]),
                    "seal",
                ),
                (dispatched && (send || approve), "inquire"),
                (
                    dispatched && send && document.returned().next().is_some(),
                    "acknowledge",
                ),
                (dispatched && send, "contact"),
                (dispatched && (send || approve), "recall"),
                (dispatched && send, "supplement"),
                (
                    dispatched && approve && document.open_supplements().next().is_some(),
                    "supplement-decide",
                ),
                (dispatched && send && returned, "resend"),
                (dispatched && (send || approve), "more-copies"),
                (
                    dispatched && asked && has(&[Role::Send, Role::Approve]),
                    "extension-decide",
                ),
            ]
            .into_iter()
            .filter_map(|(open, act)| open.then_some(act)),
        );
    } else if let Some(view) = document.view_of(unit).filter(|_| has(&[Role::Receive])) {
        let state = view.delivery.state();
        let notice = view.has(Fact::RecallNotice) && !view.has(Fact::RecallAnswer);
        let looked = state.is_pending() && state != DeliveryState::Announced;
        acts.extend(
            [
                (state.is_pending(), "fetch"),
                (looked, "sign"),
                (looked, "return"),
                (state.is_pending(), "refuse-delivery"),
                (notice, "recall-answer"),
                (state.is_pending(), "extension-ask"),
                (state == DeliveryState::SignedFor, "register"),
                (true, "contact"),
            ]
            .into_iter()
            .filter_map(|(open, act)| open.then_some(act)),
        );
    }
    acts
}

/// The manifest of an own document.
async fn own(at: &mut At<'_>, id: &str) -> Result<Digest, Problem> {
    let registers = at.session().await?.registers()?;
    let document = find(&registers, id)?;
    if document.outgoing {
        Ok(document.about.manifest)
    } else {
        Err(Problem::not_found())
    }
}

/// Tells where something was recorded, once its event is here.
pub(super) async fn recorded(
    at: &mut At<'_>,
    (index, time): (u64, yichuan_document::Timestamp),
) -> Result<Recorded, Problem> {
    at.settle(index).await?;
    Ok(Recorded::at(index, time))
}

/// Withdraws a document before it is dispatched
#[utoipa::path(post, path = "/api/v1/documents/{id}/withdraw", tag = "documents",
    params(("id" = String, Path)), responses((status = 200, body = Recorded)))]
pub(crate) async fn withdraw(
    sitting: Sitting,
    Path(id): Path<String>,
) -> Result<Json<Recorded>, Problem> {
    let done = sitting.act(async move |at| {
        let digest = own(at, &id).await?;
        let session = at.session().await?;
        let dossier = session.dossier(digest).await?;
        let (index, entry) = session.withdraw(&dossier).await?;
        recorded(at, (index, entry.time)).await
    });
    Ok(Json(done.await?))
}

/// What an approver says.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Approve {
    /// Whether what only a person can judge was read, and has no mark above the label.
    #[serde(default)]
    declare_read: bool,
}

/// Approves a document
#[utoipa::path(post, path = "/api/v1/documents/{id}/approve", tag = "documents",
    params(("id" = String, Path)), request_body = Approve,
    responses((status = 200, body = Recorded)))]
pub(crate) async fn approve(
    sitting: Sitting,
    Path(id): Path<String>,
    Entered(said): Entered<Approve>,
) -> Result<Json<Recorded>, Problem> {
    let done = sitting.act(async move |at| {
        let digest = own(at, &id).await?;
        let session = at.session().await?;
        let review = session.review(digest).await?;
        let (index, entry) = session.approve(&review, said.declare_read).await?;
        recorded(at, (index, entry.time)).await
    });
    Ok(Json(done.await?))
}

/// Why a document goes back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refuse {
    /// In words that only the own unit can read.
    opinion: String,
}

/// Refuses a document
#[utoipa::path(post, path = "/api/v1/documents/{id}/refuse", tag = "documents",
    params(("id" = String, Path)), request_body = Refuse,
    responses((status = 200, body = Recorded)))]
pub(crate) async fn refuse(
    sitting: Sitting,
    Path(id): Path<String>,
    Entered(said): Entered<Refuse>,
) -> Result<Json<Recorded>, Problem> {
    if said.opinion.trim().is_empty() {
        return Err(Problem::entry("opinion"));
    }
    let done = sitting.act(async move |at| {
        let digest = own(at, &id).await?;
        let session = at.session().await?;
        let review = session.review(digest).await?;
        let (index, entry) = session.refuse(&review, &said.opinion).await?;
        recorded(at, (index, entry.time)).await
    });
    Ok(Json(done.await?))
}

/// A place of a seal, in millimetres from the top left corner of a page.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Place {
    /// From 1.
    page: u32,
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

/// Hundredths of a millimetre; none where it is no place on a page.
fn hundredths(mm: f64) -> Option<u32> {
    let all = (mm * 100.0).round();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it was compared"
    )]
    (all.is_finite() && (0.0..=1_000_000.0).contains(&all)).then_some(all as u32)
}

impl Place {
    fn placement(self) -> Result<Placement, Problem> {
        let bad = || Problem::entry("places");
        Ok(Placement {
            part: 0,
            page: self.page.try_into().map_err(|_| bad())?,
            x: hundredths(self.x).ok_or_else(bad)?,
            y: hundredths(self.y).ok_or_else(bad)?,
            width: hundredths(self.width).ok_or_else(bad)?,
            height: hundredths(self.height).ok_or_else(bad)?,
            clip: None,
        })
    }

    fn of(place: &Placement) -> Self {
        let mm = |hundredths: u32| f64::from(hundredths) / 100.0;
        Self {
            page: place.page.into(),
            x: mm(place.x),
            y: mm(place.y),
            width: mm(place.width),
            height: mm(place.height),
        }
    }
}

/// A seal that is to be set.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Seal {
    /// The seal; the one that this account keeps where it is not named.
    seal: Option<String>,
    /// Where; as proposed where nothing is said.
    places: Vec<Place>,
    /// Also across the right edges of all pages.
    across: bool,
    /// On no page.
    unplaced: bool,
    /// The token's PIN, where the key is on one.
    pin: Option<String>,
}

/// A seal that was set.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Sealed {
    #[serde(flatten)]
    recorded: Recorded,
    places: usize,
    electronic: bool,
}

/// Where a seal would stand.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Proposed {
    places: Vec<Place>,
    pages: usize,
    page_sizes_mm: Vec<[f64; 2]>,
    picture: Size,
}

/// The size of a seal's picture.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Size {
    width_mm: u32,
    height_mm: u32,
}

impl Seal {
    fn places(&self) -> Result<Places, Problem> {
        let given = self.places.iter().map(|place| place.placement());
        Ok(Places {
            given: given.collect::<Result<_, _>>()?,
            nowhere: self.unplaced,
            across: self.across,
        })
    }
}

/// The seal that was named, or the only one that the account keeps.
fn which(at: &At<'_>, named: Option<&str>) -> Result<(SealId, SealGrant), Problem> {
    let session = at.held.session.as_ref().ok_or_else(Problem::away)?;
    let mut kept = kept_seals(session.mirror.roster(), &at.held.unlocked.account);
    kept.retain(|(id, _)| named.is_none_or(|named| named == id.as_str()));
    match kept.pop() {
        Some(one) if kept.is_empty() => Ok(one),
        _ => Err(Problem::entry("seal")),
    }
}

/// Where a seal would stand, without setting it
#[utoipa::path(post, path = "/api/v1/documents/{id}/seal/proposal", tag = "documents",
    params(("id" = String, Path)), request_body = Seal,
    responses((status = 200, body = Proposed)))]
pub(crate) async fn propose(
    sitting: Sitting,
    Path(id): Path<String>,
    Entered(said): Entered<Seal>,
) -> Result<Json<Proposed>, Problem> {
    let done = sitting.act(async move |at| {
        let digest = own(at, &id).await?;
        let (_, grant) = which(at, said.seal.as_deref())?;
        let places = said.places()?;
        let session = at.session().await?;
        let review = session.review(digest).await?;
        let found = session.propose_seal(&review, &grant, &places).await?;
        Ok(Proposed {
            places: found.places.iter().map(Place::of).collect(),
            pages: found.pages_mm.len(),
            page_sizes_mm: found.pages_mm.iter().map(|it| [it.0, it.1]).collect(),
            picture: Size {
                width_mm: found.picture_mm.0,
                height_mm: found.picture_mm.1,
            },
        })
    });
    Ok(Json(done.await?))
}

/// Sets a seal; the last one dispatches the document
#[utoipa::path(post, path = "/api/v1/documents/{id}/seal", tag = "documents",
    params(("id" = String, Path)), request_body = Seal,
    responses((status = 200, body = Sealed)))]
pub(crate) async fn seal(
    sitting: Sitting,
    Path(id): Path<String>,
    Entered(said): Entered<Seal>,
) -> Result<Json<Sealed>, Problem> {
    if said.pin.is_some() {
        // A PIN that is wrong locks a token: until the desk says so before, it is not taken here.
        return Err(Problem::entry("pin"));
    }
    let done = sitting.act(async move |at| {
        let digest = own(at, &id).await?;
        let (seal, grant) = which(at, said.seal.as_deref())?;
        let places = said.places()?;
        let keys = at.held.unlocked.seal_keys(&grant)?;
        let session = at.session().await?;
        let review = session.review(digest).await?;
        let set = session.seal(&review, &seal, &keys, &places).await?;
        Ok(Sealed {
            recorded: recorded(at, (set.index, set.entry.time)).await?,
            places: set.places.len(),
            electronic: set.electronic,
        })
    });
    Ok(Json(done.await?))
}

/// The picture of a seal
#[utoipa::path(get, path = "/api/v1/seals/{seal}/picture", tag = "documents",
    params(("seal" = String, Path)), responses((status = 200, content_type = "image/png")))]
pub(crate) async fn seal_picture(
    sitting: Sitting,
    Path(seal): Path<String>,
) -> Result<Response, Problem> {
    let bytes = sitting.act(async move |at| {
        at.session().await?;
        let (_, grant) = which(at, Some(&seal)).map_err(|_| Problem::not_found())?;
        let session = at.session().await?;
        Ok(session.seal_picture(&grant).await?)
    });
    Ok(download::of_png(bytes.await?))
}

/// What an approver sees of a document's files.
#[derive(Debug, Serialize, ToSchema)]
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
pub(crate) struct Of {
    part: usize,
    /// 1 for the file with its electronic seals.
    sealed: u8,
    width: Option<u32>,
}

/// The picture of a page of a document
#[utoipa::path(get, path = "/api/v1/documents/{id}/pages/{page}", tag = "documents",
    params(("id" = String, Path), ("page" = u32, Path), Of),
    responses((status = 200, content_type = "image/png"), (status = 501)))]
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
    use yichuan_document::manifest::RecipientRole;
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
