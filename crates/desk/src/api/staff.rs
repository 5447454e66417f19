//! A unit's people: who stands in for whom, and what is handed over with a list (工作交接).

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yichuan_document::Timestamp;
use yichuan_unit::lang::say;
use yichuan_unit::office::Failed;
use yichuan_unit::office::staff::Listed;

use super::acts::recorded;
use super::assigning::account;
use super::listed::bound;
use crate::entry::{Entered, Sitting};
use crate::problem::Problem;
use crate::words::{Coded, Items, Recorded, Time};

/// The most characters of what else is handed over.
const WORDS_CHARS_MAX: usize = 4_000;

/// Somebody who stands in for the head.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DelegationLine)]
pub(crate) struct Delegation {
    /// Who stands in.
    to: String,
    /// For whom.
    of: String,
    from: Time,
    until: Time,
    /// `to-come`, `runs` or `over`.
    standing: Coded,
}

/// Who shall stand in for this account, as its unit's approver.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Delegate {
    to: String,
    /// From the beginning of this day on; from now on where it is not said.
    from: Option<String>,
    /// Until the end of this day.
    until: String,
}

/// Who stands in no more.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DelegationEnded)]
pub(crate) struct Ended {
    to: String,
}

/// Who stands in for whom
#[utoipa::path(get, path = "/api/v1/delegations", tag = "staff",
    responses((status = 200, body = Items<Delegation>)))]
pub(crate) async fn delegations(sitting: Sitting) -> Result<Json<Items<Delegation>>, Problem> {
    let done = sitting.act(async |at| {
        let now = yichuan_unit::now();
        let session = at.session().await?;
        // What the head said a moment ago at another desk counts already.
        session.mirror.advance(&session.link).await?;
        let mut all = session.delegations();
        all.sort_by_key(|(_, lent)| std::cmp::Reverse(lent.from));
        let line = |(to, lent): (yichuan_document::AccountId, _)| {
            let lent: yichuan_document::roster::duty::Delegation = lent;
            let standing = if now > lent.until {
                ("已结束", "over")
            } else if now < lent.from {
                ("未开始", "to come")
            } else {
                ("代行中", "runs")
            };
            Delegation {
                to: to.to_string(),
                of: lent.of.to_string(),
                from: lent.from.into(),
                until: lent.until.into(),
                standing: Coded::new(standing.0, standing.1),
            }
        };
        Ok(all.into_iter().map(line).collect())
    });
    Ok(Json(Items { items: done.await? }))
}

/// Has another account of the unit stand in for this one as its approver
#[utoipa::path(post, path = "/api/v1/delegations", tag = "staff", request_body = Delegate,
    responses((status = 200, body = Recorded)))]
pub(crate) async fn delegate(
    sitting: Sitting,
    Entered(said): Entered<Delegate>,
) -> Result<Json<Recorded>, Problem> {
    let to = account(&said.to)?;
    let from = bound(said.from.as_deref())?.map(|(first, _)| Timestamp::from_unix_ms(first));
    let until = bound(Some(&said.until))?.ok_or_else(|| Problem::entry("until"))?;
    let until = Timestamp::from_unix_ms(until.1.saturating_sub(1));
    let done = sitting.act(async move |at| {
        let from = from.unwrap_or_else(yichuan_unit::now);
        let (index, entry) = at.session().await?.delegate(to, from, until).await?;
        recorded(at, (index, entry.time)).await
    });
    Ok(Json(done.await?))
}

/// Ends at once that an account stands in for this one
#[utoipa::path(post, path = "/api/v1/delegations/end", tag = "staff", request_body = Ended,
    responses((status = 200, body = Recorded)))]
pub(crate) async fn end_delegation(
    sitting: Sitting,
    Entered(said): Entered<Ended>,
) -> Result<Json<Recorded>, Problem> {
    let to = account(&said.to)?;
    let done = sitting.act(async move |at| {
        let (index, entry) = at.session().await?.end_delegation(to).await?;
        recorded(at, (index, entry.time)).await
    });
    Ok(Json(done.await?))
}

/// A list of what was handed over.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HandOver {
    /// By this it is read and taken.
    list: String,
    index: u64,
    time: Time,
    from: String,
    to: String,
    /// When the other one signed for it.
    taken: Option<Time>,
}

impl HandOver {
    fn of(listed: &Listed) -> Self {
        Self {
            list: listed.digest.to_string(),
            index: listed.index,
            time: listed.time.into(),
            from: listed.from.to_string(),
            to: listed.to.to_string(),
            taken: listed.taken.map(Time::from),
        }
    }
}

/// To whom this account's work goes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HandOverTo {
    to: String,
    /// What else is handed over, in words.
    #[serde(default)]
    text: String,
}

/// A list, as it was made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HandOverText {
    list: String,
    text: String,
}

/// What was handed over in the unit, the newest first
#[utoipa::path(get, path = "/api/v1/hand-overs", tag = "staff",
    responses((status = 200, body = Items<HandOver>)))]
pub(crate) async fn hand_overs(sitting: Sitting) -> Result<Json<Items<HandOver>>, Problem> {
    let done = sitting.act(async |at| {
        let all = at.session().await?.hand_overs()?;
        Ok(all.iter().rev().map(HandOver::of).collect())
    });
    Ok(Json(Items { items: done.await? }))
}

/// Lists what is handed over to another account: what is under way, seals, shares of the key
#[utoipa::path(post, path = "/api/v1/hand-overs", tag = "staff", request_body = HandOverTo,
    responses((status = 201, body = HandOverText)))]
pub(crate) async fn give(
    sitting: Sitting,
    Entered(said): Entered<HandOverTo>,
) -> Result<Response, Problem> {
    let to = account(&said.to)?;
    if said.text.chars().count() > WORDS_CHARS_MAX {
        return Err(Problem::entry(format!("text: > {WORDS_CHARS_MAX}")));
    }
    let done = sitting.act(async move |at| {
        let session = at.session().await?;
        let (index, digest, text) = session.list_hand_over(to, &said.text).await?;
        at.settle(index).await?;
        Ok(HandOverText {
            list: digest.to_string(),
            text,
        })
    });
    Ok((StatusCode::CREATED, Json(done.await?)).into_response())
}

/// What a list says
#[utoipa::path(get, path = "/api/v1/hand-overs/{list}", tag = "staff",
    params(("list" = String, Path)), responses((status = 200, body = HandOverText)))]
pub(crate) async fn read(
    sitting: Sitting,
    Path(list): Path<String>,
) -> Result<Json<HandOverText>, Problem> {
    let done = sitting.act(async move |at| {
        let session = at.session().await?;
        let listed = session.hand_over_of(&list)?;
        let text = match session.read_list(&listed).await {
            Err(Failed::NoteUnreadable(_)) => {
                say("（本帐号不能打开）", "(not for this account)").to_owned()
            }
            read => read?,
        };
        Ok(HandOverText {
            list: listed.digest.to_string(),
            text,
        })
    });
    Ok(Json(done.await?))
}

/// Signs for what was handed over to this account
#[utoipa::path(post, path = "/api/v1/hand-overs/{list}/take", tag = "staff",
    params(("list" = String, Path)), responses((status = 200, body = Recorded)))]
pub(crate) async fn take(
    sitting: Sitting,
    Path(list): Path<String>,
) -> Result<Json<Recorded>, Problem> {
    let done = sitting.act(async move |at| {
        let session = at.session().await?;
        let listed = session.hand_over_of(&list)?;
        // Nobody signs for a list that they cannot read.
        session.read_list(&listed).await?;
        let (index, entry) = session.take_hand_over(&listed).await?;
        recorded(at, (index, entry.time)).await
    });
    Ok(Json(done.await?))
}
