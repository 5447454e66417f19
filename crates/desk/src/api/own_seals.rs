//! Seals of one's own and applications to the authority: a seal is asked for and taken into use by
//! its custodian, a manager applies for seals and tickets.

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yichuan_document::SealId;
use yichuan_document::roster::record::Role;
use yichuan_document::statement::Wish;
use yichuan_unit::authority::seal_seed;
use yichuan_unit::keystore::SealKey;
use yichuan_unit::office::codes::wish_words;
use yichuan_unit::office::seal_request;

use super::acts::recorded;
use super::assigning::account;
use super::me::{roles, roster};
use crate::download;
use crate::entry::{Entered, Sitting};
use crate::problem::Problem;
use crate::seat::At;
use crate::words::{Coded, Items, Recorded, Time, meant};

/// The most characters of a reason.
const REASON_CHARS_MAX: usize = 1_000;

/// A seal that waits to be taken into use.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WaitingSeal {
    id: String,
    name: String,
}

pub(super) async fn require(at: &mut At<'_>, role: Role) -> Result<(), Problem> {
    let account = at.held.unlocked.account.clone();
    let has = roles(&roster(at).await?, &account).contains(&role);
    has.then_some(()).ok_or_else(|| {
        let title = ("本帐号没有此项权限", "this account may not do that");
        Problem::new(StatusCode::FORBIDDEN, "no-standing", title)
    })
}

/// The seals of this account that wait to be taken into use
#[utoipa::path(get, path = "/api/v1/own-seals", tag = "staff",
    responses((status = 200, body = Items<WaitingSeal>)))]
pub(crate) async fn waiting(sitting: Sitting) -> Result<Json<Items<WaitingSeal>>, Problem> {
    let done = sitting.act(async |at| {
        let session = at.session().await?;
        // Who asks has been told that it was issued, and looks for it now.
        session.follow().await?;
        let waiting = session.seals_that_wait().into_iter();
        let seal = waiting.map(|(id, grant)| WaitingSeal {
            id: id.to_string(),
            name: grant.name,
        });
        Ok(seal.collect())
    });
    Ok(Json(Items { items: done.await? }))
}

/// Takes a seal into use that waits for it
#[utoipa::path(post, path = "/api/v1/own-seals/{seal}/activate", tag = "staff",
    params(("seal" = String, Path)), responses((status = 200, body = Recorded)))]
pub(crate) async fn activate(
    sitting: Sitting,
    Path(seal): Path<String>,
) -> Result<Json<Recorded>, Problem> {
    let seal: SealId = seal.parse().map_err(|_| Problem::not_found())?;
    let done = sitting.act(async move |at| {
        let mut waiting = at.session().await?.seals_that_wait().into_iter();
        let found = waiting.find(|(id, _)| *id == seal);
        let (id, grant) = found.ok_or_else(Problem::not_found)?;
        let key = at.held.unlocked.seal_keys(&grant)?.own;
        let (index, entry) = at.session().await?.activate_seal(&id, &key).await?;
        recorded(at, (index, entry.time)).await
    });
    Ok(Json(done.await?))
}

/// Makes a key for a seal of one's own and the request for it, a file for the authority
#[utoipa::path(post, path = "/api/v1/own-seals/request", tag = "staff",
    responses((status = 200, content_type = "application/octet-stream")))]
pub(crate) async fn request(sitting: Sitting) -> Result<Response, Problem> {
    let done = sitting.act(async |at| {
        require(at, Role::Seal).await?;
        let seal = SealKey::here(&*seal_seed()?);
        seal_request::keep(&mut at.held.unlocked, seal)?;
        let account = at.held.unlocked.account.to_string();
        Ok((account, seal_request::request(&at.held.unlocked)?))
    });
    let (account, line) = done.await?;
    let name = format!("印章申请-{account}.request");
    Ok(download::of_bytes(&name, line.into_bytes()))
}

/// Something that the authority is applied to for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApplicationLine)]
pub(crate) struct Applied {
    /// By this number the authority grants it.
    application: String,
    time: Time,
    wish: Coded,
    account: String,
    device: String,
}

/// An application.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ApplicationMade)]
pub(crate) struct Apply {
    /// `seal`, `ticket` or `recovery`.
    wish: String,
    /// For which account.
    account: String,
    /// On which computer.
    device: String,
    reason: String,
}

/// The number of an application, by which the authority grants it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApplicationNumber)]
pub(crate) struct Number {
    application: String,
}

/// The codes of what can be applied for.
const WISHES: [(Wish, &str); 3] = [
    (Wish::Seal, "seal"),
    (Wish::Ticket, "ticket"),
    (Wish::Recovery, "recovery"),
];

/// The unit's applications, the newest first
#[utoipa::path(get, path = "/api/v1/applications", tag = "staff",
    responses((status = 200, body = Items<Applied>)))]
pub(crate) async fn applications(sitting: Sitting) -> Result<Json<Items<Applied>>, Problem> {
    let done = sitting.act(async |at| {
        require(at, Role::Manage).await?;
        let all = at.session().await?.applications()?;
        let line = |it: &yichuan_unit::office::staff::Applied| {
            let number = it.application.wish;
            let code = WISHES.iter().find(|row| row.0.code() == number);
            Applied {
                application: it.digest.to_string(),
                time: it.time.into(),
                wish: Coded {
                    code: code.map_or_else(|| number.to_string(), |row| row.1.to_owned()),
                    text: wish_words(number),
                },
                account: it.application.account.to_string(),
                device: it.application.device.to_string(),
            }
        };
        Ok(all.iter().rev().map(line).collect())
    });
    Ok(Json(Items { items: done.await? }))
}

/// Applies to the authority
#[utoipa::path(post, path = "/api/v1/applications", tag = "staff", request_body = Apply,
    responses((status = 200, body = Number)))]
pub(crate) async fn apply(
    sitting: Sitting,
    Entered(said): Entered<Apply>,
) -> Result<Json<Number>, Problem> {
    let known = WISHES.map(|row| (row.0, row.1, row.1));
    let wish = meant(known, &said.wish).ok_or_else(|| Problem::entry("wish"))?;
    let of = account(&said.account)?;
    let device = said.device.parse();
    let device = device.map_err(|_| Problem::entry("device"))?;
    let reason = said.reason.trim().to_owned();
    if reason.is_empty() || reason.chars().count() > REASON_CHARS_MAX {
        return Err(Problem::entry("reason"));
    }
    let done = sitting.act(async move |at| {
        let session = at.session().await?;
        let (index, digest) = session.apply(wish, of, device, &reason).await?;
        at.settle(index).await?;
        Ok(digest.to_string())
    });
    Ok(Json(Number {
        application: done.await?,
    }))
}
