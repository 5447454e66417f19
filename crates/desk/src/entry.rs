//! What comes in: who asks, and what was entered, bounded in size and time.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use http_body_util::BodyExt as _;
use serde::de::DeserializeOwned;
use yichuan_unit::lang::{Lang, within};
use zeroize::Zeroizing;

use crate::desk::Desk;
use crate::guard::Asked;
use crate::oa::Via;
use crate::problem::Problem;
use crate::seat::{At, Seat};
use crate::uploads::Uploads;

/// Who asks: somebody at a seat, who is here and not locked.
pub(crate) struct Sitting {
    /// The seat.
    pub(crate) seat: Arc<Seat>,
    /// The files that were uploaded by who asks.
    pub(crate) uploads: Arc<Uploads>,
    /// The language.
    pub(crate) lang: Lang,
    /// The OA system through which it is asked, if it is one.
    pub(crate) via: Option<Via>,
}

impl Sitting {
    /// Does `work` with the home taken.
    pub(crate) async fn act<T, W>(&self, work: W) -> Result<T, Problem>
    where
        T: Send + 'static,
        W: AsyncFnOnce(&mut At<'_>) -> Result<T, Problem> + Send + 'static,
    {
        let via = self.via.clone();
        let judged = async move |at: &mut At<'_>| {
            if let Some(via) = &via {
                via.stands(at).await?;
            }
            work(at).await
        };
        self.seat.act(self.lang, judged).await
    }

    /// Does something small in the language of who asks.
    pub(crate) fn say<T>(&self, work: impl FnOnce() -> T) -> T {
        within(self.lang, work)
    }
}

/// What the cookie of a request holds; none where there are two.
pub(crate) fn ticket<'p>(parts: &'p Parts, desk: &Desk) -> Option<&'p str> {
    let name = desk.cookie();
    let cookies = parts.headers.get_all(header::COOKIE).iter();
    let pairs = cookies
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'));
    let mut own = pairs.filter_map(|pair| pair.trim().strip_prefix(&name)?.strip_prefix('='));
    match (own.next(), own.next()) {
        (Some(one), None) => Some(one),
        _ => None,
    }
}

/// The language of a request.
pub(crate) fn lang_of(parts: &Parts) -> Lang {
    parts
        .extensions
        .get::<Asked>()
        .map_or(Lang::Zh, |asked| asked.0)
}

impl FromRequestParts<Arc<Desk>> for Sitting {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, desk: &Arc<Desk>) -> Result<Self, Problem> {
        let lang = lang_of(parts);
        if let Some(via) = parts.extensions.get::<Via>().cloned() {
            let (seat, uploads) = (Arc::clone(&via.seat), Arc::clone(&via.uploads));
            let via = Some(via);
            return Ok(Self {
                seat,
                uploads,
                lang,
                via,
            });
        }
        let seat = ticket(parts, desk).and_then(|ticket| desk.of_ticket(ticket));
        let seat = seat.ok_or_else(Problem::signed_out)?;
        if seat.standing().locked {
            return Err(Problem::locked());
        }
        seat.touch();
        Ok(Self {
            uploads: Arc::clone(&seat.uploads),
            seat,
            lang,
            via: None,
        })
    }
}

/// The language alone.
pub(crate) struct Spoken(pub(crate) Lang);

impl FromRequestParts<Arc<Desk>> for Spoken {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Desk>) -> Result<Self, Problem> {
        Ok(Self(lang_of(parts)))
    }
}

/// Something that was entered, as JSON.
pub(crate) struct Entered<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Arc<Desk>> for Entered<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, desk: &Arc<Desk>) -> Result<Self, Problem> {
        require_type(&request, "application/json")?;
        let bytes = whole(request.into_body(), desk).await?;
        let entered = serde_json::from_slice(&bytes);
        entered
            .map(Self)
            .map_err(|why| Problem::entry(why.to_string()))
    }
}

/// Refuses a body of another type than the one that only a page of the desk sends.
pub(crate) fn require_type(request: &Request, wanted: &str) -> Result<(), Problem> {
    let named = request.headers().get(header::CONTENT_TYPE);
    let named = named
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let named = named.split(';').next().unwrap_or_default().trim();
    if named.eq_ignore_ascii_case(wanted) {
        return Ok(());
    }
    let title = ("内容类型不符", "the body is of another type");
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "type", title).about(wanted))
}

/// A body that is too large.
pub(crate) fn too_large(limit: u64) -> Problem {
    let title = ("内容太大", "the body is too large");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", title).about(format!("> {limit}"))
}

/// A body that stood still.
pub(crate) fn too_slow() -> Problem {
    let title = ("内容没有传完", "the body did not come to its end");
    Problem::new(StatusCode::REQUEST_TIMEOUT, "too-slow", title)
}

/// The whole body, which must come in time.
async fn whole(mut body: Body, desk: &Desk) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let limit = desk.bounds.entry_bytes;
    // Room for what has a password in it, so that no copy of it is left behind by growing.
    let mut bytes = Zeroizing::new(Vec::with_capacity(8 << 10));
    while let Some(data) = next_piece(&mut body, desk).await? {
        if bytes.len() + data.len() > limit {
            return Err(too_large(limit as u64));
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

/// The next piece of a body; none at its end.
pub(crate) async fn next_piece(
    body: &mut Body,
    desk: &Desk,
) -> Result<Option<axum::body::Bytes>, Problem> {
    loop {
        let frame = tokio::time::timeout(desk.bounds.still, body.frame()).await;
        let frame = frame.map_err(|_| too_slow())?;
        let Some(frame) = frame else { return Ok(None) };
        // What is no data is a trailer, and nobody asked for one.
        if let Ok(data) = frame.map_err(|_| too_slow())?.into_data() {
            return Ok(Some(data));
        }
    }
}
