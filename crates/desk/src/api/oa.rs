//! OA systems: the tokens that an account issues to them, and what was done with these.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use yichuan_document::roster::Roster;
use yichuan_document::roster::record::Role;
use yichuan_document::statement::NoteKind;
use yichuan_document::{AccountId, Timestamp};
use yichuan_unit::keystore::Password;
use yichuan_unit::lang::say;
use yichuan_unit::oa::{
    self, Act, DAYS_MAX, ISSUED, Issued, Line, NotIssued, REVOKED, TagKey, Wanted,
};
use yichuan_unit::office::Failed;

use super::me::{roles, roster};
use super::session::opened;
use crate::desk::Desk;
use crate::entry::{Entered, Sitting};
use crate::problem::Problem;
use crate::seat::At;
use crate::words::{Coded, Items, Time};

/// How many lines of the log are told where nobody says, and at most.
const LINES: (usize, usize) = (100, 1_000);

/// How an account stands with OA systems.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OaState {
    /// Whether its tokens are honoured now.
    open: bool,
    /// What it can permit.
    acts: Vec<Coded>,
    days_max: u32,
    /// Its tokens; all of the unit where the account manages it.
    tokens: Vec<OaToken>,
}

/// A token that was issued.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OaToken {
    id: String,
    account: String,
    system: String,
    acts: Vec<Coded>,
    issued: Time,
    until: Time,
    /// `good`, `closed` where its account is not opened for OA systems, or `ended`.
    state: &'static str,
}

/// A token that is to be issued.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewToken {
    /// The OA system's name, one line.
    system: String,
    /// The codes of what it may do.
    acts: Vec<String>,
    days: u32,
    /// The account's password, once more.
    password: String,
}

/// A token, shown once.
#[derive(Serialize, ToSchema)]
pub(crate) struct GivenToken {
    /// For the header `Authorization: Bearer`.
    token: String,
    #[serde(flatten)]
    issued: OaToken,
}

/// The account's password, once more.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OnceMore {
    pub(super) password: String,
}

/// Who asks with a token, and what it may do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OaSelf {
    #[serde(flatten)]
    issued: OaToken,
    now: Time,
}

/// A line of the log.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OaLine {
    time: Time,
    /// `issued`, `revoked`, `opened`, `closed`, `asked`, `answered` or `refused`.
    what: String,
    account: Option<String>,
    token: Option<String>,
    system: Option<String>,
    operation: Option<String>,
    document: Option<String>,
    /// The status, or the code of what went wrong.
    outcome: Option<String>,
}

/// What the exchange has recorded of a token.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OaRecord {
    index: u64,
    time: Time,
    account: String,
    text: String,
}

/// How many lines.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct HowMany {
    limit: Option<usize>,
}

fn coded(act: Act) -> Coded {
    Coded {
        code: act.code().to_owned(),
        text: say(act.words().0, act.words().1).to_owned(),
    }
}

fn told(desk: &Desk, issued: &Issued) -> OaToken {
    OaToken {
        id: issued.id(),
        account: issued.account.to_string(),
        system: issued.system.clone(),
        acts: issued.acts.iter().map(|act| coded(*act)).collect(),
        issued: issued.issued.into(),
        until: issued.until.into(),
        state: if !issued.is_good_at(yichuan_unit::now()) {
            "ended"
        } else if desk.oa.is_open(&issued.account) {
            "good"
        } else {
            "closed"
        },
    }
}

impl From<NotIssued> for Problem {
    fn from(why: NotIssued) -> Self {
        match why {
            NotIssued::Io(error) => error.into(),
            why => Self::entry(why.words()),
        }
    }
}

/// Whether an account looks after another one's tokens: its own, or those of the unit it manages.
fn looks_after(roster: &Roster, account: &AccountId, other: &str) -> bool {
    let manages = roles(roster, account).contains(&Role::Manage);
    let of_unit = |other: AccountId| other.unit() == account.unit();
    account.as_str() == other || (manages && other.parse().is_ok_and(of_unit))
}

/// Tokens of OA systems, and whether they are honoured
#[utoipa::path(get, path = "/api/v1/oa", tag = "oa", responses((status = 200, body = OaState)))]
pub(crate) async fn state(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
) -> Result<Json<OaState>, Problem> {
    let state = sitting.act(async move |at| {
        let roster = roster(at).await?;
        let account = at.held.unlocked.account.clone();
        let own = roles(&roster, &account);
        let can = |act: &Act| act.roles().iter().any(|role| own.contains(role));
        let acts = Act::ALL.map(|row| row.0).into_iter();
        let tokens = oa::all(at.home.folder())?;
        let seen = tokens
            .iter()
            .filter(|it| looks_after(&roster, &account, it.account.as_str()));
        Ok(OaState {
            open: desk.oa.is_open(&account),
            acts: acts.filter(can).map(coded).collect(),
            days_max: DAYS_MAX,
            tokens: seen.map(|issued| told(&desk, issued)).collect(),
        })
    });
    Ok(Json(state.await?))
}

/// Opens the account for OA systems, and has the exchange say whether its password may be used.
async fn open_seat(desk: &Arc<Desk>, sitting: &Sitting, password: String) -> Result<(), Problem> {
    let account = sitting.seat.account.clone();
    let opening = Arc::clone(desk);
    let seat = opened(desk, move || {
        let password = Password::new(password);
        Ok(opening.oa.open(&opening, &account, password)?)
    });
    let seat = seat.await?;
    let greeted = seat.act(sitting.lang, async |at| {
        at.session_if_reached().await.map(drop)
    });
    if let Err(problem) = greeted.await {
        desk.oa.close(desk, &sitting.seat.account).await?;
        return Err(problem);
    }
    Ok(())
}

/// Issues a token, which is shown once
#[utoipa::path(post, path = "/api/v1/oa/tokens", tag = "oa", request_body = NewToken,
    responses((status = 201, body = GivenToken)))]
pub(crate) async fn issue(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
    Entered(entered): Entered<NewToken>,
) -> Result<Response, Problem> {
    let acts = entered.acts.iter().map(|code| {
        let act = Act::from_code(code);
        act.ok_or_else(|| Problem::entry(format!("acts: {code:?}")))
    });
    let wanted = Wanted {
        acts: acts.collect::<Result<BTreeSet<_>, _>>()?,
        system: entered.system,
        days: entered.days,
    };
    // What would not be issued is told before the password is tried.
    let judged = wanted.clone();
    let judged = sitting.act(async move |at| {
        let roster = roster(at).await?;
        judged.check(&roles(&roster, &at.held.unlocked.account))?;
        Ok(oa::has_room(at.home.folder())?)
    });
    judged.await?;
    open_seat(&desk, &sitting, entered.password).await?;
    let done = sitting.act(async move |at| {
        let account = at.held.unlocked.account.clone();
        let key = TagKey::of(&at.held.unlocked.secrets.content);
        let home = at.home.folder().to_owned();
        let session = at.session().await?;
        let roles = roles(session.mirror.roster(), &account);
        let (token, issued) = wanted.token((&account, &roles), &key, yichuan_unit::now())?;
        // The unit knows of it before it counts.
        let words = issued.told(ISSUED);
        let (index, _) = session.add_note(NoteKind::OaAccess, None, &words).await?;
        oa::note(&home, &Line::now("issued").of(&issued))?;
        issued.keep(&home)?;
        at.settle(index).await?;
        Ok((token, issued))
    });
    let (token, issued) = done.await?;
    let given = sitting.say(|| GivenToken {
        token: token.reveal().to_owned(),
        issued: told(&desk, &issued),
    });
    Ok((StatusCode::CREATED, Json(given)).into_response())
}

/// Has the exchange record it, where it is reached.
async fn record(at: &mut At<'_>, issued: &Issued) -> Result<(), Problem> {
    let words = issued.told(REVOKED);
    let Some(session) = at.session_if_reached().await? else {
        return Ok(());
    };
    let (index, _) = session.add_note(NoteKind::OaAccess, None, &words).await?;
    at.settle(index).await
}

/// Revokes a token: it is worth nothing at once
#[utoipa::path(delete, path = "/api/v1/oa/tokens/{id}", tag = "oa",
    params(("id" = String, Path)), responses((status = 204)))]
pub(crate) async fn revoke(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    // The own token goes without waiting for the home or the exchange.
    let found = oa::all(&desk.home)?.into_iter().find(|it| it.id() == id);
    let found = found.ok_or_else(Problem::not_found)?;
    if found.account != sitting.seat.account {
        let other = found.account.clone();
        let judged = sitting.act(async move |at| {
            let (roster, account) = (roster(at).await?, at.held.unlocked.account.clone());
            Ok(looks_after(&roster, &account, other.as_str()))
        });
        if !judged.await? {
            return Err(Problem::not_found());
        }
    }
    let revoked = oa::revoke(&desk.home, &id)?.ok_or_else(Problem::not_found)?;
    if let Err(error) = oa::note(&desk.home, &Line::now("revoked").of(&revoked)) {
        // It is revoked all the same.
        tracing::warn!("the log of OA systems: {error}");
    }
    let recorded = sitting.act(async move |at| record(at, &revoked).await);
    if let Err(problem) = recorded.await {
        // It is revoked all the same, and stands in the log here.
        tracing::warn!("a revoked token was not recorded: {}", problem.code());
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Opens the account for OA systems with its password, as after a start of the desk
#[utoipa::path(post, path = "/api/v1/oa/open", tag = "oa", request_body = OnceMore,
    responses((status = 204)))]
pub(crate) async fn open(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
    Entered(entered): Entered<OnceMore>,
) -> Result<StatusCode, Problem> {
    open_seat(&desk, &sitting, entered.password).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Closes the account for OA systems: its keys are wiped, its tokens wait
#[utoipa::path(post, path = "/api/v1/oa/close", tag = "oa", responses((status = 204)))]
pub(crate) async fn close(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
) -> Result<StatusCode, Problem> {
    desk.oa.close(&desk, &sitting.seat.account).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who asks with a token
#[utoipa::path(get, path = "/api/v1/oa/self", tag = "oa",
    responses((status = 200, body = OaSelf)))]
pub(crate) async fn own(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
) -> Result<Json<OaSelf>, Problem> {
    // A person at a seat has no token.
    let via = sitting.via.as_ref().ok_or_else(Problem::not_found)?;
    Ok(Json(sitting.say(|| OaSelf {
        issued: told(&desk, &via.issued),
        now: yichuan_unit::now().into(),
    })))
}

/// What was done with tokens on this computer, the newest first
#[utoipa::path(get, path = "/api/v1/oa/log", tag = "oa", params(HowMany),
    responses((status = 200, body = Items<OaLine>)))]
pub(crate) async fn log(
    sitting: Sitting,
    Query(asked): Query<HowMany>,
) -> Result<Json<Items<OaLine>>, Problem> {
    let count = asked.limit.unwrap_or(LINES.0).clamp(1, LINES.1);
    let lines = sitting.act(async move |at| {
        let (roster, account) = (roster(at).await?, at.held.unlocked.account.clone());
        let wanted = |line: &Line| {
            let of = line.account.as_deref();
            of.is_some_and(|of| looks_after(&roster, &account, of))
        };
        Ok(oa::read_log(at.home.folder(), wanted, count)?)
    });
    let line = |line: Line| OaLine {
        time: Timestamp::from_unix_ms(line.time_ms).into(),
        what: line.what,
        account: line.account,
        token: line.token,
        system: line.system,
        operation: line.operation,
        document: line.document,
        outcome: line.outcome,
    };
    let items = lines.await?.into_iter().map(line).collect();
    Ok(Json(Items { items }))
}

/// What the exchange has recorded of the unit's tokens, the newest first
#[utoipa::path(get, path = "/api/v1/oa/history", tag = "oa",
    responses((status = 200, body = Items<OaRecord>)))]
pub(crate) async fn history(sitting: Sitting) -> Result<Json<Items<OaRecord>>, Problem> {
    let items = sitting.act(async |at| {
        let session = at.session().await?;
        let mut items = Vec::new();
        for noted in session.notes()?.into_iter().rev() {
            if !noted.is(NoteKind::OaAccess) {
                continue;
            }
            let text = match session.read_note(&noted).await {
                Err(Failed::NoteUnreadable(_)) => {
                    say("（本帐号不能打开）", "(not for this account)").to_owned()
                }
                read => read?,
            };
            items.push(OaRecord {
                index: noted.index,
                time: noted.time.into(),
                account: noted.account.to_string(),
                text,
            });
        }
        Ok(items)
    });
    Ok(Json(Items {
        items: items.await?,
    }))
}
