//! The unit's key in the hands of its manager: made, shared with new accounts, left to a successor,
//! and put together again of its two halves.

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yichuan_document::UnitCode;
use yichuan_document::roster::record::Role;
use yichuan_unit::ticket::TicketCode;

use super::own_seals::require;
use crate::entry::{Entered, Sitting};
use crate::problem::Problem;

/// How it stands with the unit's key.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UnitKeyState)]
pub(crate) struct State {
    /// Its epoch; none where there is no key yet.
    epoch: Option<u32>,
    /// The account that made this epoch.
    made_by: Option<String>,
    /// Whether the authority keeps the other half, so that a lost key can come back.
    escrow: bool,
    /// Accounts that are in use and lack an epoch which this account can open.
    lacking: Vec<String>,
}

/// Another epoch of the key.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UnitKeyMade)]
pub(crate) struct Make {
    /// Whether somebody else may have the present one, which ends at once.
    compromised: bool,
}

/// What was made.
#[derive(Serialize, ToSchema)]
#[schema(as = UnitKeyEpoch)]
pub(crate) struct Made {
    epoch: u32,
    /// The manager's half, told this once; none where the authority keeps no half.
    code: Option<String>,
    /// The accounts that it was shared with.
    shared: Vec<String>,
}

/// The accounts that a key was shared with.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UnitKeyShared)]
pub(crate) struct Shared {
    shared: Vec<String>,
}

/// The unit that takes over.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UnitKeyHeir)]
pub(crate) struct Heir {
    to: String,
}

/// The epochs that were left.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UnitKeyLeft)]
pub(crate) struct Left {
    epochs: Vec<u32>,
}

/// The manager's half, as it was written down.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UnitKeyHalf)]
pub(crate) struct Half {
    code: String,
}

/// What came back.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UnitKeyBack)]
pub(crate) struct Back {
    epoch: u32,
    /// Whether it was tried only.
    drill: bool,
}

/// How it stands with the unit's key
#[utoipa::path(get, path = "/api/v1/unit-key", tag = "staff",
    responses((status = 200, body = State)))]
pub(crate) async fn state(sitting: Sitting) -> Result<Json<State>, Problem> {
    let done = sitting.act(async |at| {
        require(at, Role::Manage).await?;
        let unit = at.held.unlocked.account.unit();
        let session = at.session().await?;
        // Who looks has been told that somebody was enrolled.
        session.follow().await?;
        let mut lacking: Vec<String> = session
            .lacking()
            .into_iter()
            .map(|(account, _)| account.to_string())
            .collect();
        lacking.dedup();
        let roster = session.mirror.roster();
        let key = roster.unit_key(&unit);
        Ok(State {
            epoch: key.as_ref().map(|key| key.epoch),
            made_by: key.map(|key| key.made_by.to_string()),
            escrow: roster.escrow().is_some(),
            lacking,
        })
    });
    Ok(Json(done.await?))
}

/// Makes the unit's key or its next epoch, and shares it
#[utoipa::path(post, path = "/api/v1/unit-key", tag = "staff", request_body = Make,
    responses((status = 200, body = Made)))]
pub(crate) async fn make(
    sitting: Sitting,
    Entered(entered): Entered<Make>,
) -> Result<Json<Made>, Problem> {
    let done = sitting.act(async move |at| {
        require(at, Role::Manage).await?;
        let session = at.session().await?;
        let made = session.new_unit_key(entered.compromised).await?;
        // The code is told whatever comes of sharing, which can be done again.
        let shared = session.share_unit_key().await.unwrap_or_default();
        Ok(Made {
            epoch: made.epoch,
            code: made.code.map(|code| code.reveal().as_str().to_owned()),
            shared: shared.iter().map(ToString::to_string).collect(),
        })
    });
    Ok(Json(done.await?))
}

/// Shares the unit's key with the accounts that lack it
#[utoipa::path(post, path = "/api/v1/unit-key/share", tag = "staff",
    responses((status = 200, body = Shared)))]
pub(crate) async fn share(sitting: Sitting) -> Result<Json<Shared>, Problem> {
    let done = sitting.act(async |at| {
        require(at, Role::Manage).await?;
        let session = at.session().await?;
        session.follow().await?;
        let shared = session.share_unit_key().await?;
        Ok(Shared {
            shared: shared.iter().map(ToString::to_string).collect(),
        })
    });
    Ok(Json(done.await?))
}

/// Leaves the unit's key to the unit that takes over
#[utoipa::path(post, path = "/api/v1/unit-key/leave", tag = "staff", request_body = Heir,
    responses((status = 200, body = Left)))]
pub(crate) async fn leave(
    sitting: Sitting,
    Entered(entered): Entered<Heir>,
) -> Result<Json<Left>, Problem> {
    let heir: UnitCode = entered
        .to
        .parse()
        .map_err(|_| Problem::entry(format!("to: {:?}", entered.to)))?;
    let done = sitting.act(async move |at| {
        require(at, Role::Manage).await?;
        let epochs = at.session().await?.leave_unit_key(&heir).await?;
        Ok(Left { epochs })
    });
    Ok(Json(done.await?))
}

/// Puts the authority's half and the manager's together
#[utoipa::path(post, path = "/api/v1/unit-key/recover", tag = "staff", request_body = Half,
    responses((status = 200, body = Back)))]
pub(crate) async fn recover(
    sitting: Sitting,
    Entered(entered): Entered<Half>,
) -> Result<Json<Back>, Problem> {
    let code: TicketCode = entered.code.parse().map_err(|_| {
        Problem::unfit((
            "恢复码抄写有误，请逐字核对",
            "that is no recovery code, or it was mistyped",
        ))
    })?;
    let done = sitting.act(async move |at| {
        require(at, Role::Manage).await?;
        let session = at.session().await?;
        session.follow().await?;
        let (epoch, drill) = session.recover_unit_key(&code).await?;
        Ok(Back { epoch, drill })
    });
    Ok(Json(done.await?))
}
