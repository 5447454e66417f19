//! Where the token of an OA system may stand: in one header of a program's request, and nowhere
//! that a browser or a log could get hold of it.

use axum::http::{HeaderMap, StatusCode, Uri, header};
use data_encoding::HEXLOWER_PERMISSIVE;
use yichuan_unit::oa::{OaToken, TOKEN_PREFIX};

use crate::problem::Problem;

/// A token that was never issued, or was revoked; nobody is told which.
pub(crate) fn no_token() -> Problem {
    let title = ("OA 令牌无效", "the OA token is not valid");
    Problem::new(StatusCode::UNAUTHORIZED, "YC-0801", title).cure(
        "向签发帐号索取新令牌",
        "ask the account that issues tokens for a new one",
    )
}

/// A token where it does not belong.
fn misplaced() -> Problem {
    let title = (
        "OA 令牌只能由程序放在 Authorization 请求头中",
        "an OA token comes from a program, in the header Authorization alone",
    );
    Problem::new(StatusCode::FORBIDDEN, "YC-0805", title).cure(
        "去掉 Cookie、Origin、Referer 和地址中的令牌；已写入地址的令牌应吊销",
        "leave out Cookie, Origin, Referer; revoke a token that stood in an address",
    )
}

/// Names under which others send a token in an address.
const QUERY_NAMES: [&str; 4] = ["token", "access_token", "authorization", "bearer"];

/// Text with its percent signs read, in small letters.
fn plain(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut plain, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(byte) = bytes.get(at) {
        let digits = bytes.get(at + 1..at + 3).filter(|_| *byte == b'%');
        let coded = digits.and_then(|it| HEXLOWER_PERMISSIVE.decode(it).ok());
        at += if coded.is_some() { 3 } else { 1 };
        plain.extend(coded.unwrap_or_else(|| vec![*byte]));
    }
    String::from_utf8_lossy(&plain).to_ascii_lowercase()
}

/// The token that a request brings; none where it brings none. Refused where it stands where a
/// browser or a log could get hold of it.
pub(crate) fn brought(headers: &HeaderMap, uri: &Uri) -> Result<Option<OaToken>, Problem> {
    let (path, query) = (plain(uri.path()), plain(uri.query().unwrap_or_default()));
    let mut names = query.split('&').filter_map(|pair| pair.split('=').next());
    let named = names.any(|name| QUERY_NAMES.contains(&name));
    if named || path.contains(TOKEN_PREFIX) || query.contains(TOKEN_PREFIX) {
        return Err(misplaced());
    }
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let of_browsers = [header::COOKIE, header::ORIGIN, header::REFERER];
    let fetched = headers
        .keys()
        .any(|name| name.as_str().starts_with("sec-fetch-"));
    let browser = fetched || of_browsers.iter().any(|name| headers.contains_key(name));
    if browser || values.next().is_some() {
        return Err(misplaced());
    }
    let text = value.to_str().ok().and_then(|value| value.split_once(' '));
    let text = text.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let token = text.and_then(|(_, token)| OaToken::parse(token));
    token.map(Some).ok_or_else(no_token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_once_and_never_breaks() {
        for (text, read) in [
            ("", ""),
            ("a%41", "aa"),
            ("%", "%"),
            ("%4", "%4"),
            ("%zz", "%zz"),
            ("%2541", "%41"),
            ("%e5%85%ac", "公"),
            ("%ff", "\u{fffd}"),
            ("A%2DB", "a-b"),
        ] {
            assert_eq!(plain(text), read, "{text}");
        }
    }
}
