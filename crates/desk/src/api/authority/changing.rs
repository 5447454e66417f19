//! What becomes of units, accounts and computers after they were opened.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use utoipa::ToSchema;
use yichuan_document::name::BadName;
use yichuan_document::roster::record::Status;
use yichuan_document::{AccountId, DeviceId, SealId, UnitCode};
use yichuan_unit::authority::SignedAct;

use super::{OfficerSigns, Outcome, Signed, Typed, signed};
use crate::desk::Desk;
use crate::entry::{Entered, Sitting};
use crate::problem::Problem;

/// What a unit becomes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnitClosed {
    /// The unit that takes over its work: a merger.
    successor: Option<String>,
    /// The officer's password.
    #[schema(value_type = String)]
    password: Typed,
}

/// What a unit is split into.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnitSplit {
    /// Open units; the first one takes over what is pending.
    into: Vec<String>,
    /// The officer's password.
    #[schema(value_type = String)]
    password: Typed,
}

/// What an account or a seal becomes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Becomes {
    /// `active`, `suspended` or `closed`.
    pub(super) to: String,
    /// The officer's password.
    #[schema(value_type = String)]
    pub(super) password: Typed,
}

impl Becomes {
    pub(super) fn status(&self) -> Result<Status, Problem> {
        match self.to.as_str() {
            "active" => Ok(Status::Active),
            "suspended" => Ok(Status::Suspended),
            "closed" => Ok(Status::Closed),
            other => Err(Problem::entry(format!("to: {other:?}"))),
        }
    }
}

/// An id or a code as it was entered.
pub(super) fn parse<T>(text: &str) -> Result<T, Problem>
where
    T: std::str::FromStr<Err = BadName>,
{
    text.parse()
        .map_err(|why| Problem::entry(format!("{text:?}: {why}")))
}

/// A unit has come to its end: the seals that it had are to be revoked.
fn ended(act: SignedAct, seals: &[SealId]) -> Outcome {
    Outcome {
        to_revoke: seals.iter().map(ToString::to_string).collect(),
        ..Outcome::from(act)
    }
}

/// Closes a unit for ever, or merges it into another one
#[utoipa::path(post, path = "/api/v1/authority/units/{code}/close", tag = "authority",
    params(("code" = String, Path)), request_body = UnitClosed,
    responses((status = 200, body = Signed)))]
pub(crate) async fn close_unit(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
    Path(code): Path<String>,
    Entered(entered): Entered<UnitClosed>,
) -> Result<Json<Signed>, Problem> {
    let code: UnitCode = parse(&code)?;
    let successor: Option<UnitCode> = entered.successor.as_deref().map(parse).transpose()?;
    signed(
        desk,
        &sitting,
        entered.password,
        move |authority, password| {
            let seals = authority.seals_of(&code);
            let act = authority.close_unit(&code, successor.as_ref(), password)?;
            Ok(ended(act, &seals))
        },
    )
    .await
}

/// Splits a unit into others that are open already
#[utoipa::path(post, path = "/api/v1/authority/units/{code}/split", tag = "authority",
    params(("code" = String, Path)), request_body = UnitSplit,
    responses((status = 200, body = Signed)))]
pub(crate) async fn split_unit(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
    Path(code): Path<String>,
    Entered(entered): Entered<UnitSplit>,
) -> Result<Json<Signed>, Problem> {
    let code: UnitCode = parse(&code)?;
    let into = entered.into.iter().map(|code| parse(code));
    let into: Vec<UnitCode> = into.collect::<Result<_, _>>()?;
    if into.is_empty() {
        return Err(Problem::entry("into"));
    }
    signed(
        desk,
        &sitting,
        entered.password,
        move |authority, password| {
            let seals = authority.seals_of(&code);
            let act = authority.split_unit(&code, &into, password)?;
            Ok(ended(act, &seals))
        },
    )
    .await
}

/// Locks, unlocks or closes an account
#[utoipa::path(post, path = "/api/v1/authority/accounts/{id}/status", tag = "authority",
    params(("id" = String, Path)), request_body = Becomes,
    responses((status = 200, body = Signed)))]
pub(crate) async fn set_account(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
    Path(id): Path<String>,
    Entered(entered): Entered<Becomes>,
) -> Result<Json<Signed>, Problem> {
    let id: AccountId = parse(&id)?;
    let status = entered.status()?;
    signed(
        desk,
        &sitting,
        entered.password,
        move |authority, password| Ok(authority.set_account(&id, status, password)?.into()),
    )
    .await
}

/// Withdraws a computer for ever; its connections are cut
#[utoipa::path(post, path = "/api/v1/authority/devices/{id}/withdraw", tag = "authority",
    params(("id" = String, Path)), request_body = OfficerSigns,
    responses((status = 200, body = Signed)))]
pub(crate) async fn withdraw_device(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
    Path(id): Path<String>,
    Entered(entered): Entered<OfficerSigns>,
) -> Result<Json<Signed>, Problem> {
    let id: DeviceId = parse(&id)?;
    signed(
        desk,
        &sitting,
        entered.password,
        move |authority, password| Ok(authority.withdraw_device(&id, password)?.into()),
    )
    .await
}
