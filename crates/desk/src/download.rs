//! Files that go out: never shown in the browser, never named so that a header breaks.

use std::path::Path;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use tokio::io::AsyncReadExt as _;

use crate::problem::Problem;

/// How much of a file is read at a time.
const PIECE_BYTES: usize = 64 << 10;

/// The header for a file's name: an ASCII name for old readers, and the whole one (RFC 6266, RFC
/// 8187). Whatever could end the header or the quotes is not in either.
pub(crate) fn disposition(name: &str) -> HeaderValue {
    let plain: String = name
        .chars()
        .map(|sign| match sign {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' | '_' | ' ' => sign,
            _ => '_',
        })
        .collect();
    let mut full = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            full.push(char::from(byte));
        } else {
            full.push_str(&format!("%{byte:02X}"));
        }
    }
    let text = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{full}");
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("attachment"))
}

fn headers(name: &str, bytes: u64) -> [(header::HeaderName, HeaderValue); 3] {
    [
        (header::CONTENT_DISPOSITION, disposition(name)),
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/octet-stream"),
        ),
        (header::CONTENT_LENGTH, HeaderValue::from(bytes)),
    ]
}

/// Bytes as a file to keep.
pub(crate) fn of_bytes(name: &str, bytes: Vec<u8>) -> Response {
    let headers = headers(name, bytes.len() as u64);
    (headers, bytes).into_response()
}

/// A file to keep, read piece by piece. It is opened before this returns, so that it may be
/// removed while it is read.
pub(crate) async fn of_file(name: &str, path: &Path) -> Result<Response, Problem> {
    let file = tokio::fs::File::open(path).await?;
    let bytes = file.metadata().await?.len();
    let pieces = stream::try_unfold(file, async |mut file| {
        let mut buffer = vec![0; PIECE_BYTES];
        let read = file.read(&mut buffer).await?;
        buffer.truncate(read);
        Ok::<_, std::io::Error>((read > 0).then(|| (Bytes::from(buffer), file)))
    });
    Ok((headers(name, bytes), Body::from_stream(pieces)).into_response())
}

/// A picture.
pub(crate) fn of_png(bytes: Vec<u8>) -> Response {
    let kind = HeaderValue::from_static("image/png");
    ([(header::CONTENT_TYPE, kind)], bytes).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e1_no_name_breaks_the_header() {
        for name in [
            "a\r\nSet-Cookie: x=1.ofd",
            "\"; filename=evil.exe; x=\"",
            "公文\u{202e}fdo.exe",
            "a\0b",
            "..\\..\\x",
            "%0d%0aX: y",
            "",
            "\u{7f}\u{85}",
        ] {
            let value = disposition(name);
            let text = value.to_str().expect("it is ASCII").to_owned();
            assert!(text.bytes().all(|b| (0x20..0x7f).contains(&b)), "{text}");
            assert_eq!(text.matches('"').count(), 2, "{text}");
            assert!(text.starts_with("attachment; filename=\""), "{text}");
        }
        let text = disposition("通知.ofd");
        assert_eq!(
            text.to_str().unwrap(),
            "attachment; filename=\"__.ofd\"; filename*=UTF-8''%E9%80%9A%E7%9F%A5.ofd"
        );
    }
}
