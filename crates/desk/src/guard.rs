//! Who may ask at all: only a page of this desk, on this computer.
//!
//! A page of a stranger that runs in the same browser can send requests here, but it cannot name
//! this host (DNS rebinding), hide its origin, or set a header of its own without being asked.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use yichuan_unit::lang::Lang;
use yichuan_unit::oa::OaToken;

use crate::bearer;
use crate::desk::Desk;
use crate::oa;
use crate::problem::Problem;

/// The header that only a page of the desk sets.
pub(crate) const OWN_HEADER: HeaderName = HeaderName::from_static("x-yichuan");

/// What a page may load: its own files alone. Vue sets styles through the object model, which needs
/// no `'unsafe-inline'`; there is none, not even for attributes.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' blob: data:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'; \
    base-uri 'none'; form-action 'self'";

/// The most characters of a path and its query.
const TARGET_MAX: usize = 4_096;

/// The language of a request, as it was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked(pub(crate) Lang);

/// The outermost layer: refuses strangers, and tells problems in the language that was asked for.
pub(crate) async fn guard(
    State(desk): State<Arc<Desk>>,
    mut request: Request,
    next: Next,
) -> Response {
    let lang = language(&request);
    request.extensions_mut().insert(Asked(lang));
    let is_api = request.uri().path().starts_with("/api/");
    let mut response = match admit(&desk, &request) {
        Ok(None) => next.run(request).await,
        Ok(Some(token)) => oa::serve(&desk, &token, request, next).await,
        Err(problem) => problem.into_response(),
    };
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let scheme = response.headers_mut().remove(header::WWW_AUTHENTICATE);
        response = problem.render(lang);
        let scheme = scheme.map(|scheme| (header::WWW_AUTHENTICATE, scheme));
        response.headers_mut().extend(scheme);
    } else if response.status().is_client_error() || response.status().is_server_error() {
        response = of_status(response.status()).render(lang);
    }
    harden(response.headers_mut(), is_api);
    if desk.name.is_some() {
        // Nobody is led to the same name without TLS.
        let lasting = HeaderValue::from_static("max-age=31536000");
        let headers = response.headers_mut();
        headers.insert(header::STRICT_TRANSPORT_SECURITY, lasting);
    }
    response
}

/// A refusal that the router made, in our form.
fn of_status(status: StatusCode) -> Problem {
    match status {
        StatusCode::NOT_FOUND => Problem::not_found(),
        StatusCode::METHOD_NOT_ALLOWED => Problem::new(
            status,
            "method",
            ("不能这样调用", "this cannot be asked so"),
        ),
        _ => Problem::new(status, "bad-request", ("请求有误", "the request is wrong")),
    }
}

fn language(request: &Request) -> Lang {
    let query = request.uri().query().unwrap_or_default();
    let asked = query.split('&').find_map(|pair| pair.strip_prefix("lang="));
    let header = request.headers().get(header::ACCEPT_LANGUAGE);
    let header = header.and_then(|value| value.to_str().ok());
    let first = |list: &str| list.trim_start().to_ascii_lowercase().starts_with("en");
    if asked.map_or_else(|| header.is_some_and(first), |asked| asked == "en") {
        Lang::En
    } else {
        Lang::Zh
    }
}

fn refused(code: &str, title: (&str, &str)) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, code, title)
}

/// Refuses strangers; gives the token of an OA system that brings one.
fn admit(desk: &Desk, request: &Request) -> Result<Option<OaToken>, Problem> {
    let (headers, uri) = (request.headers(), request.uri());
    let target = uri
        .path_and_query()
        .map_or(0, |target| target.as_str().len());
    if target > TARGET_MAX {
        let title = ("地址太长", "the address is too long");
        return Err(Problem::new(StatusCode::URI_TOO_LONG, "too-large", title));
    }
    let host = only(headers, &header::HOST);
    let hosts = desk.hosts();
    let known = |name: &str| hosts.iter().any(|host| host == name);
    let called = uri
        .authority()
        .is_none_or(|authority| known(authority.as_str()));
    if !host.is_some_and(known) || !called {
        return Err(refused(
            "host",
            (
                "只能以启动时显示的地址访问",
                "the desk is called by its own address only",
            ),
        )
        .cure(
            "在浏览器中打开启动时显示的地址",
            "open the address that was shown when the desk was started",
        ));
    }
    let token = bearer::brought(headers, uri)?;
    if !uri.path().starts_with("/api/") {
        return Ok(None);
    }
    if token.is_some() {
        // Nothing goes along with it by itself, so nobody can have been made to send it.
        return Ok(token);
    }
    let origin_is_own = match (headers.get(header::ORIGIN), only(headers, &header::ORIGIN)) {
        (None, _) => true,
        (Some(_), Some(origin)) => origin
            .split_once("://")
            .is_some_and(|(scheme, host)| scheme == desk.scheme() && known(host)),
        (Some(_), None) => false,
    };
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    let site_is_own = matches!(site, None | Some(b"same-origin" | b"none"));
    if !origin_is_own || !site_is_own {
        return Err(refused(
            "csrf",
            ("请求来自其他网页", "another page has sent this"),
        ));
    }
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD);
    if !is_safe && only(headers, &OWN_HEADER) != Some("1") {
        return Err(refused(
            "csrf",
            ("缺少 X-Yichuan 请求头", "the header X-Yichuan is missing"),
        ));
    }
    Ok(None)
}

/// A header that stands there exactly once.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut all = headers.get_all(name).iter();
    match (all.next(), all.next()) {
        (Some(one), None) => one.to_str().ok(),
        _ => None,
    }
}

fn harden(headers: &mut HeaderMap, is_api: bool) {
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), microphone=(), geolocation=()",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if is_api {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}
