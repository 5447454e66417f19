//! Who of the own unit may open a received document (指定知悉人员).

use axum::Json;
use axum::extract::Path;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yichuan_document::AccountId;
use yichuan_unit::office::assigning::Assigned;

use super::acts::recorded;
use super::receiving::about;
use crate::entry::{Entered, Sitting};
use crate::problem::Problem;
use crate::words::{Items, Recorded, Time};

/// The most accounts that one assignment names.
const ACCOUNTS_MAX: usize = 200;

/// Who could open a document, from when on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Assignment {
    index: u64,
    /// From then on it is in force, until the next one.
    time: Time,
    by: String,
    accounts: Vec<String>,
}

impl Assignment {
    fn of(assigned: &Assigned) -> Self {
        Self {
            index: assigned.index,
            time: assigned.time.into(),
            by: assigned.by.to_string(),
            accounts: assigned.accounts.iter().map(ToString::to_string).collect(),
        }
    }
}

/// The accounts that may open a document.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Assign {
    /// Accounts of this unit.
    accounts: Vec<String>,
}

/// An account as it was typed.
pub(super) fn account(typed: &str) -> Result<AccountId, Problem> {
    let read = typed.parse::<AccountId>();
    read.map_err(|why| Problem::entry(format!("{typed}: {why}")))
}

/// Who could open a received document, the oldest assignment first; the last one is in force
#[utoipa::path(get, path = "/api/v1/documents/{id}/assignments", tag = "received",
    params(("id" = String, Path)), responses((status = 200, body = Items<Assignment>)))]
pub(crate) async fn list(
    sitting: Sitting,
    Path(id): Path<String>,
) -> Result<Json<Items<Assignment>>, Problem> {
    let done = sitting.act(async move |at| {
        let (about, _) = about(at, &id).await?;
        let all = at.session().await?.assignments(&about.manifest)?;
        Ok(all.iter().map(Assignment::of).collect())
    });
    Ok(Json(Items { items: done.await? }))
}

/// Names the accounts that may open a received document from now on
#[utoipa::path(post, path = "/api/v1/documents/{id}/assign", tag = "received",
    params(("id" = String, Path)), request_body = Assign,
    responses((status = 200, body = Recorded)))]
pub(crate) async fn assign(
    sitting: Sitting,
    Path(id): Path<String>,
    Entered(said): Entered<Assign>,
) -> Result<Json<Recorded>, Problem> {
    if said.accounts.is_empty() || said.accounts.len() > ACCOUNTS_MAX {
        return Err(Problem::entry("accounts"));
    }
    let named = said.accounts.iter().map(|typed| account(typed));
    let named: Vec<AccountId> = named.collect::<Result<_, _>>()?;
    let done = sitting.act(async move |at| {
        let (about, _) = about(at, &id).await?;
        let session = at.session().await?;
        let (index, entry) = session.assign(about, named).await?;
        // Whom it names anew may open what stayed closed, and the other way round.
        at.held.untitled.remove(&about.manifest);
        recorded(at, (index, entry.time)).await
    });
    Ok(Json(done.await?))
}
