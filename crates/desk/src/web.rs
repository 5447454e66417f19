//! The pages of the desk, inside the program. No file of this computer is served.

use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};

use crate::problem::Problem;

/// The built pages.
#[cfg(web)]
#[derive(rust_embed::Embed)]
#[folder = "web/dist"]
struct Pages;

/// Whether the pages are inside.
pub const IS_BUILT: bool = cfg!(web);

/// What is shown where the pages were not built: how to build them.
const NOT_BUILT: &str = "<!doctype html>\n<html lang=\"zh-CN\"><meta charset=\"utf-8\">\
<title>驿传</title>\n<p>此程序未包含网页。构建：<code>cargo xtask web</code>，然后重新编译。</p>\n\
<p>This program was built without its pages: run <code>cargo xtask web</code>, then build it \
again.</p>\n</html>\n";

#[cfg(web)]
fn embedded(path: &str) -> Option<Vec<u8>> {
    Pages::get(path).map(|file| file.data.into_owned())
}

#[cfg(not(web))]
fn embedded(_: &str) -> Option<Vec<u8>> {
    None
}

/// The type of a page's file, by a closed list of endings.
fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" | "webmanifest" => "application/json",
        _ => "application/octet-stream",
    }
}

/// Serves a file of the pages; a path without an ending is a page of the one application.
pub(crate) async fn pages(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path.starts_with("api/") {
        return Problem::not_found().into_response();
    }
    let last = path.rsplit('/').next().unwrap_or_default();
    let path = if last.contains('.') {
        path
    } else {
        "index.html"
    };
    if let Some(bytes) = embedded(path) {
        // Built files carry the digest of their content in their names.
        let kept = if path.starts_with("assets/") {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static(kind(path))),
            (header::CACHE_CONTROL, HeaderValue::from_static(kept)),
        ];
        return (headers, bytes).into_response();
    }
    if path == "index.html" {
        let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(kind(path)))];
        return (StatusCode::OK, headers, NOT_BUILT).into_response();
    }
    Problem::not_found().into_response()
}
