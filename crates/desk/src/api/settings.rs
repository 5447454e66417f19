//! What is set on this computer, and the stream of events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, stream};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use utoipa::ToSchema;
use yichuan_unit::cli::local_accounts;
use yichuan_unit::lang::Lang;

use crate::desk::Desk;
use crate::entry::{Entered, Sitting, lang_of, ticket};
use crate::news::News;
use crate::problem::Problem;
use crate::seat::Seat;

/// How long a seat may be idle at least and at most before it locks, in seconds.
const IDLE: (u64, u64) = (60, 3_600);
/// How often an idle stream says that it is there.
const BEAT: Duration = Duration::from_secs(15);

/// What is set on this computer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Settings {
    /// `zh` or `en`.
    language: Option<&'static str>,
    idle_seconds: u64,
    device: String,
    exchange: String,
    accounts: Vec<String>,
}

/// What is to be set.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    /// `zh` or `en`.
    language: Option<String>,
    /// 60 to 3600, until the desk is started again.
    idle_seconds: Option<u64>,
}

/// What is set on this computer
#[utoipa::path(get, path = "/api/v1/settings", tag = "settings",
    responses((status = 200, body = Settings)))]
pub(crate) async fn settings(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
) -> Result<Json<Settings>, Problem> {
    let idle_seconds = desk.idle_seconds();
    let shown = sitting.act(async move |at| {
        let settings = &at.held.place.settings;
        let accounts = local_accounts(at.home.folder())?;
        Ok(Settings {
            language: settings.language.map(|lang| match lang {
                Lang::Zh => "zh",
                Lang::En => "en",
            }),
            idle_seconds,
            device: at.held.unlocked.device.to_string(),
            exchange: settings.exchange.clone(),
            accounts: accounts.iter().map(ToString::to_string).collect(),
        })
    });
    Ok(Json(shown.await?))
}

/// Sets language and idle time
#[utoipa::path(put, path = "/api/v1/settings", tag = "settings", request_body = Change,
    responses((status = 204)))]
pub(crate) async fn change(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
    Entered(change): Entered<Change>,
) -> Result<StatusCode, Problem> {
    let lang = match change.language.as_deref() {
        None => None,
        Some("zh") => Some(Lang::Zh),
        Some("en") => Some(Lang::En),
        Some(_) => return Err(Problem::entry("language")),
    };
    if let Some(seconds) = change.idle_seconds {
        if !(IDLE.0..=IDLE.1).contains(&seconds) {
            return Err(Problem::entry("idle_seconds"));
        }
        desk.set_idle_seconds(seconds);
    }
    if let Some(lang) = lang {
        let done = sitting.act(async move |at| {
            let mut settings = at
                .home
                .settings()
                .map_err(yichuan_unit::office::Failed::from)?;
            settings.language = Some(lang);
            let set = at.home.set_settings(&settings);
            set.map_err(yichuan_unit::office::Failed::from)?;
            at.held.place.settings = settings;
            Ok(())
        });
        done.await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

fn state(seat: &Seat) -> Value {
    let standing = seat.standing();
    json!({
        "exchange": if standing.connected { "connected" } else { "away" },
        "session": if standing.locked { "locked" } else { "signed-in" },
    })
}

/// A stream of events: who listens, what comes, whether it began and whether it ends.
struct Listening {
    seat: Arc<Seat>,
    news: Receiver<News>,
    lang: Lang,
    begun: bool,
    ended: bool,
}

async fn next(mut listening: Listening) -> Option<(Result<Event, Infallible>, Listening)> {
    if listening.ended {
        return None;
    }
    let news = if listening.begun {
        match listening.news.recv().await {
            Ok(news) => news,
            // What was missed stands in the registers.
            Err(RecvError::Lagged(_)) => News::Changed(listening.seat.standing().events),
            Err(RecvError::Closed) => return None,
        }
    } else {
        listening.begun = true;
        News::State
    };
    listening.ended = listening.seat.standing().locked;
    let news = if listening.ended { News::State } else { news };
    let event = news.event(listening.lang, || state(&listening.seat));
    Some((Ok(event), listening))
}

/// What happens, as server-sent events
#[utoipa::path(get, path = "/api/v1/events", tag = "work",
    responses((status = 200, content_type = "text/event-stream")))]
pub(crate) async fn events(
    State(desk): State<Arc<Desk>>,
    request: Request,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let (parts, _) = request.into_parts();
    // To listen is not to be here: it does not keep a seat from locking.
    let seat = ticket(&parts, &desk).and_then(|ticket| desk.of_ticket(ticket));
    let seat = seat.ok_or_else(Problem::signed_out)?;
    let listening = Listening {
        news: seat.news.subscribe(),
        lang: lang_of(&parts),
        begun: false,
        ended: false,
        seat,
    };
    let beat = KeepAlive::new().interval(BEAT);
    Ok(Sse::new(stream::unfold(listening, next)).keep_alive(beat))
}
