//! What is done with an own document before it is dispatched: approve, refuse, withdraw, seal. And
//! which acts a document stands open to.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yichuan_document::life::{DeliveryState, Fact, Stage};
use yichuan_document::roster::record::{Role, SealGrant};
use yichuan_document::terms::DocumentKind;
use yichuan_document::{AccountId, Digest, Manifest, SealId, UnitCode};
use yichuan_unit::keystore::Password;
use yichuan_unit::office::issuing::{awaits_approval, awaits_seal};
use yichuan_unit::office::register::{DeliveryView, Document};
use yichuan_unit::office::sealing::{Placement, Places, kept_seals};
use yichuan_unit::token::Pin;

use super::documents::find;
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
        let waits = awaits_approval(document, manifest, unit);
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
                (waits && approve && !entered, "approve"),
                (waits && approve && !entered, "refuse"),
                (
                    awaits_seal(document, manifest, unit) && has(&[Role::Seal]),
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
    } else if let Some(view) = document.view_of(unit) {
        acts.extend(of_received(view, manifest, &has));
    }
    acts
}

/// The same about a document of another unit.
fn of_received(
    view: &DeliveryView,
    manifest: &Manifest,
    has: &dyn Fn(&[Role]) -> bool,
) -> Vec<&'static str> {
    let state = view.delivery.state();
    let notice = view.has(Fact::RecallNotice) && !view.has(Fact::RecallAnswer);
    let looked = state.is_pending() && state != DeliveryState::Announced;
    let signed = state == DeliveryState::SignedFor;
    let meets = manifest.kind == DocumentKind::MeetingNotice;
    let receive = has(&[Role::Receive]);
    [
        (has(&[Role::Receive, Role::Manage]), "assign"),
        (receive && state.is_pending(), "fetch"),
        (receive && looked, "sign"),
        (receive && looked, "return"),
        (receive && state.is_pending(), "refuse-delivery"),
        (receive && notice, "recall-answer"),
        (receive && state.is_pending(), "extension-ask"),
        (receive && signed, "register"),
        (receive && signed && meets, "reply"),
        (receive, "contact"),
    ]
    .into_iter()
    .filter_map(|(open, act)| open.then_some(act))
    .collect()
}

/// The manifest of an own document.
pub(super) async fn own(at: &mut At<'_>, id: &str) -> Result<Digest, Problem> {
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
            page: self.page,
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
            page: place.page,
            x: mm(place.x),
            y: mm(place.y),
            width: mm(place.width),
            height: mm(place.height),
        }
    }
}

/// A seal that is to be set; secrets are wiped by whoever takes them.
#[derive(Default, Deserialize, ToSchema)]
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
    /// The custodian's password once more, where the seal's key is in the keystore.
    password: Option<String>,
    /// The token's PIN, where the seal's key is on one.
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

/// Nobody seals without showing once more that it is they.
fn secret_needed() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "secret-needed",
        (
            "用印须再次输入口令或加密狗 PIN",
            "setting a seal takes the password, or the token's PIN, once more",
        ),
    )
}

/// Sets a seal; the last one dispatches the document
#[utoipa::path(post, path = "/api/v1/documents/{id}/seal", tag = "documents",
    params(("id" = String, Path)), request_body = Seal,
    responses((status = 200, body = Sealed)))]
pub(crate) async fn seal(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
    Path(id): Path<String>,
    Entered(mut said): Entered<Seal>,
) -> Result<Json<Sealed>, Problem> {
    let secret = (
        said.password.take().map(Password::new),
        said.pin.take().map(Pin::new),
    );
    if secret.0.is_none() && secret.1.is_none() {
        return Err(secret_needed());
    }
    let named = said.seal.clone();
    // Opening a keystore costs memory: few do it at a time.
    let turn = desk.tries.acquire().await;
    let proven = sitting.act(async move |at| {
        at.session().await?;
        let (_, grant) = which(at, named.as_deref())?;
        let unlocked = &at.held.unlocked;
        let keys = unlocked.seal_keys(&grant)?;
        unlocked
            .prove_for(at.home.folder(), &keys, secret)
            .map_err(|why| Problem::from(why).of_an_act())
    });
    proven.await?;
    drop(turn);
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
