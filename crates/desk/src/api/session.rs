//! Signing in, locking, signing out.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yichuan_document::{AccountId, Timestamp};
use yichuan_unit::cli::local_accounts;
use yichuan_unit::keystore::Password;
use yichuan_unit::lang::within;
use yichuan_unit::office::place::{Place, Unlocked};
use yichuan_unit::token::Pin;

use crate::desk::{Desk, Ticket};
use crate::entry::{Entered, Sitting, Spoken, lang_of, ticket};
use crate::problem::Problem;
use crate::seat::{Seat, take_home};
use crate::uploads::Uploads;
use crate::words::Time;

/// How a browser stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionState {
    /// `signed-out`, `signed-in` or `locked`.
    state: &'static str,
    /// The account.
    account: Option<String>,
    /// The accounts whose keystores are on this computer.
    accounts: Vec<String>,
    /// After how many seconds without anybody it locks.
    idle_seconds: u64,
    /// When it locks, if nobody is here until then.
    locks_at: Option<Time>,
}

/// A password as it was typed; wiped by whoever takes it.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SignIn {
    /// The account.
    account: String,
    /// Its password.
    password: String,
    /// The PIN of the token, where its key is on one.
    pin: Option<String>,
}

/// The password that opens again.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Unlock {
    /// The account's password.
    password: String,
    /// The PIN of the token, where its key is on one.
    pin: Option<String>,
}

/// Another password in place of one.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewPassword {
    /// The account; the one that is signed in where it is not said.
    account: Option<String>,
    /// The password that it has.
    old: String,
    /// The one that it is to have.
    new: String,
    /// The PIN of the token, where its key is on one.
    pin: Option<String>,
}

fn state_of(desk: &Desk, seat: Option<&Seat>) -> Result<SessionState, Problem> {
    let accounts = local_accounts(&desk.home)?;
    let standing = seat.map(Seat::standing);
    let idle = desk.idle_seconds();
    let locks_at = standing
        .filter(|standing| !standing.locked)
        .map(|standing| {
            let gone = standing.touched.elapsed();
            let left = Duration::from_secs(idle).saturating_sub(gone);
            let left = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
            let now = yichuan_unit::now().unix_ms();
            Time::from(Timestamp::from_unix_ms(now.saturating_add(left)))
        });
    Ok(SessionState {
        state: match standing {
            None => "signed-out",
            Some(standing) if standing.locked => "locked",
            Some(_) => "signed-in",
        },
        account: seat.map(|seat| seat.account.to_string()),
        accounts: accounts.iter().map(ToString::to_string).collect(),
        idle_seconds: idle,
        locks_at,
    })
}

/// The seat of a request, locked or not.
fn sitting(desk: &Desk, request: Request) -> (Option<Arc<Seat>>, Option<String>) {
    let (parts, _) = request.into_parts();
    let ticket = ticket(&parts, desk).map(str::to_owned);
    let seat = ticket.as_deref().and_then(|ticket| desk.of_ticket(ticket));
    (seat, ticket)
}

/// How this browser stands
#[utoipa::path(get, path = "/api/v1/session", tag = "session",
    responses((status = 200, body = SessionState)))]
pub(crate) async fn state(
    State(desk): State<Arc<Desk>>,
    request: Request,
) -> Result<Json<SessionState>, Problem> {
    let (seat, _) = sitting(&desk, request);
    Ok(Json(state_of(&desk, seat.as_deref())?))
}

fn cookie(desk: &Desk, value: &str, more: &str) -> HeaderValue {
    let name = desk.cookie();
    let secure = if desk.name.is_some() { "; Secure" } else { "" };
    let text = format!("{name}={value}; HttpOnly; SameSite=Strict; Path=/{secure}{more}");
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

fn account(typed: &str) -> Result<AccountId, Problem> {
    typed
        .parse()
        .map_err(|_| Problem::entry(format!("account: {typed:?}")))
}

/// Opens a keystore on a thread of its own; few at a time, for each costs memory.
pub(super) async fn opened<T: Send + 'static>(
    desk: &Desk,
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let _turn = desk.tries.acquire().await;
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err(Problem::inside("panic")))
}

/// A keystore that is not here is told like a wrong password.
fn nobody() -> Problem {
    let title = ("帐号或口令不对", "the account or the password is wrong");
    Problem::new(StatusCode::UNAUTHORIZED, "wrong-password", title)
}

/// Signs an account in with its password
#[utoipa::path(post, path = "/api/v1/session", tag = "session", request_body = SignIn,
    responses((status = 200, body = SessionState)))]
pub(crate) async fn sign_in(
    State(desk): State<Arc<Desk>>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let lang = lang_of(&parts);
    let before = ticket(&parts, &desk).map(str::to_owned);
    let request = Request::from_parts(parts, body);
    let Entered(entered): Entered<SignIn> = from(request, &desk).await?;
    let name = account(&entered.account)?;
    let known = local_accounts(&desk.home)?.contains(&name);
    let (home, module) = (desk.home.clone(), desk.token_module.clone());
    let secret = (Password::new(entered.password), entered.pin.map(Pin::new));
    let seat = opened(&desk, move || {
        if !known {
            return Err(nobody());
        }
        let uploads = Uploads::begin(&home)?;
        Ok(Seat::open(home, module, name, secret, uploads)?)
    })
    .await?;
    let seat = Arc::new(seat);
    // The exchange says whether the password may still be used; where it is away, local copies can
    // be read all the same.
    let greeted = seat
        .act(lang, async |at| at.session_if_reached().await.map(drop))
        .await;
    greeted?;
    if let Some(before) = before {
        // The seat that this browser had goes: a ticket is never taken over.
        if let Some(gone) = desk.leave(&before) {
            gone.lock().await;
        }
    }
    let full = || {
        let title = ("登录的人太多", "too many people are signed in");
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", title)
    };
    let given: Ticket = desk.seat(Arc::clone(&seat))?.ok_or_else(full)?;
    let state = state_of(&desk, Some(&seat))?;
    let set = [(header::SET_COOKIE, cookie(&desk, given.text(), ""))];
    Ok((set, Json(state)).into_response())
}

async fn from<T: serde::de::DeserializeOwned>(
    request: Request,
    desk: &Arc<Desk>,
) -> Result<Entered<T>, Problem> {
    use axum::extract::FromRequest as _;
    Entered::from_request(request, desk).await
}

/// Opens a locked desk again
#[utoipa::path(post, path = "/api/v1/session/unlock", tag = "session", request_body = Unlock,
    responses((status = 200, body = SessionState)))]
pub(crate) async fn unlock(
    State(desk): State<Arc<Desk>>,
    request: Request,
) -> Result<Json<SessionState>, Problem> {
    let (parts, body) = request.into_parts();
    let seat = ticket(&parts, &desk).and_then(|ticket| desk.of_ticket(ticket));
    let seat = seat.ok_or_else(Problem::signed_out)?;
    let request = Request::from_parts(parts, body);
    let Entered(entered): Entered<Unlock> = from(request, &desk).await?;
    let opening = Arc::clone(&seat);
    opened(&desk, move || {
        let secret = (Password::new(entered.password), entered.pin.map(Pin::new));
        opening.unlock(secret).map_err(Problem::from)
    })
    .await?;
    Ok(Json(state_of(&desk, Some(&seat))?))
}

/// Locks the desk now
#[utoipa::path(post, path = "/api/v1/session/lock", tag = "session",
    responses((status = 200, body = SessionState)))]
pub(crate) async fn lock(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
) -> Result<Json<SessionState>, Problem> {
    sitting.seat.lock().await;
    Ok(Json(state_of(&desk, Some(&sitting.seat))?))
}

/// Says that somebody is here
#[utoipa::path(post, path = "/api/v1/session/touch", tag = "session",
    responses((status = 200, body = SessionState)))]
pub(crate) async fn touch(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
) -> Result<Json<SessionState>, Problem> {
    Ok(Json(state_of(&desk, Some(&sitting.seat))?))
}

/// Signs out
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", responses((status = 204)))]
pub(crate) async fn sign_out(State(desk): State<Arc<Desk>>, request: Request) -> Response {
    let (_, ticket) = sitting(&desk, request);
    if let Some(seat) = ticket.and_then(|ticket| desk.leave(&ticket)) {
        seat.lock().await;
    }
    let gone = [(header::SET_COOKIE, cookie(&desk, "", "; Max-Age=0"))];
    (StatusCode::NO_CONTENT, gone).into_response()
}

/// Changes a password, also one that has expired
#[utoipa::path(post, path = "/api/v1/session/password", tag = "session",
    request_body = NewPassword, responses((status = 204)))]
pub(crate) async fn password(
    State(desk): State<Arc<Desk>>,
    Spoken(lang): Spoken,
    request: Request,
) -> Result<StatusCode, Problem> {
    let (parts, body) = request.into_parts();
    let ticket = ticket(&parts, &desk).map(str::to_owned);
    let seat = ticket.as_deref().and_then(|ticket| desk.of_ticket(ticket));
    let Entered(entered): Entered<NewPassword> =
        from(Request::from_parts(parts, body), &desk).await?;
    let named = entered.account.as_deref().map(account).transpose()?;
    let own = seat.as_ref().map(|seat| seat.account.clone());
    let name = named.or(own).ok_or_else(Problem::signed_out)?;
    let known = local_accounts(&desk.home)?.contains(&name);
    let (folder, module) = (desk.home.clone(), desk.token_module.clone());
    // OA systems that are served are served on.
    let served = name.clone();
    let is_served = desk.oa.is_open(&served);
    let again = is_served.then(|| Password::new(entered.new.clone()));
    let runtime = tokio::runtime::Handle::current();
    opened(&desk, move || {
        if !known {
            return Err(nobody());
        }
        within(lang, || {
            let home = take_home(&folder)?;
            let place = Place::of(&home)?;
            let mut held = Unlocked::open(home.folder(), &name, Password::new(entered.old))?;
            held.token_module = module;
            held.log_in(entered.pin.map(Pin::new))?;
            let contact = place.contact(&home);
            let new = Password::new(entered.new);
            Ok(runtime.block_on(held.renew_password(&contact, &new))?)
        })
    })
    .await?;
    // What was opened with the old password is closed; the new one opens it again.
    if let Some(seat) = seat {
        seat.lock().await;
    }
    if let Some(new) = again {
        let opening = Arc::clone(&desk);
        opened(&desk, move || {
            Ok(opening.oa.open(&opening, &served, new)?)
        })
        .await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
