//! Tokens of OA systems, tried without an exchange: where a token may stand, what is refused before
//! anything is looked at, how often it may ask.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;
use yichuan_desk::{Bounds, Desk, document, router};
use yichuan_document::Timestamp;
use yichuan_document::roster::record::Role;
use yichuan_unit::oa::{Act, TagKey, Wanted, all, read_log, revoke};

const HOST: &str = "127.0.0.1:8017";
const DAY_MS: u64 = 86_400_000;

struct Stage {
    router: Router,
    home: tempfile::TempDir,
}

impl Stage {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut desk = Desk::new(home.path().to_owned(), 8017, 900);
        desk.bounds = Bounds {
            token_burst: 200,
            token_per_second: 0,
            ..Bounds::default()
        };
        Self {
            router: router(&Arc::new(desk)),
            home,
        }
    }

    fn folder(&self) -> &Path {
        self.home.path()
    }

    /// A token that was issued so many days ago, for 30 days.
    fn token(&self, acts: &[Act], days_ago: u64) -> String {
        let wanted = Wanted {
            system: "综合办公系统".to_owned(),
            acts: acts.iter().copied().collect(),
            days: 30,
        };
        let account = "513200-zfb-fs01".parse().unwrap();
        let of = (&account, [Role::Send, Role::Receive].as_slice());
        let ago = yichuan_unit::now().unix_ms() - days_ago * DAY_MS;
        let (token, issued) = wanted
            .token(of, &TagKey::of(&[1; 32]), Timestamp::from_unix_ms(ago))
            .unwrap();
        issued.keep(self.folder()).unwrap();
        token.reveal().to_owned()
    }

    async fn ask(&self, method: &str, path: &str, more: &[(&str, &str)]) -> (StatusCode, Value) {
        let (status, _, problem) = self.whole(method, path, more).await;
        (status, problem["code"].clone())
    }

    async fn whole(
        &self,
        method: &str,
        path: &str,
        more: &[(&str, &str)],
    ) -> (StatusCode, Response<()>, Value) {
        let mut request = Request::builder()
            .method(Method::from_bytes(method.as_bytes()).unwrap())
            .uri(path)
            .header("host", HOST)
            .header("content-type", "application/json");
        for (name, value) in more {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from("{}")).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = answer.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        (head.status, Response::from_parts(head, ()), body)
    }
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

#[tokio::test]
async fn g4_what_is_no_token_of_ours_opens_nothing() {
    let stage = Stage::new();
    let good = stage.token(&[Act::Submit, Act::State], 0);
    let other = format!("yc-oa-{}", "A".repeat(43));
    for value in [
        bearer(&other),
        bearer(&good.to_ascii_uppercase()),
        bearer(&good[6..]),
        bearer(&good[..good.len() - 1]),
        format!("{} x", bearer(&good)),
        format!("Basic {good}"),
        good.clone(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        bearer("../../../../etc/passwd"),
        bearer("yc-oa-"),
    ] {
        let headers = [("authorization", value.as_str())];
        let (status, answer, problem) = stage.whole("GET", "/api/v1/documents", &headers).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{value}");
        assert_eq!(problem["code"], "YC-0801", "{value}");
        let scheme = answer.headers().get(header::WWW_AUTHENTICATE);
        // Text that cannot be a token was not looked for; a token that was is told the scheme.
        assert!(scheme.is_none_or(|scheme| scheme == "Bearer"), "{value}");
        assert!(!problem.to_string().contains(&good[6..]), "{value}");
    }
    let (status, code) = stage
        .ask(
            "GET",
            "/api/v1/documents",
            &[("authorization", &bearer(&good))],
        )
        .await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(code, "YC-0804", "known, and its account is not opened");
    let (status, _) = stage
        .ask(
            "GET",
            "/api/v1/documents",
            &[("authorization", &format!("bEARER {good}"))],
        )
        .await;
    assert_eq!(
        status,
        StatusCode::SERVICE_UNAVAILABLE,
        "RFC 9110: any case"
    );
}

#[tokio::test]
async fn g4_a_browser_cannot_use_a_token() {
    let stage = Stage::new();
    let good = bearer(&stage.token(&[Act::Submit, Act::State], 0));
    for more in [
        ("cookie", "yichuan-desk-8017=AAAA"),
        ("cookie", "other=1"),
        ("cookie", ""),
        ("origin", "http://127.0.0.1:8017"),
        ("origin", "http://evil.example"),
        ("origin", "null"),
        ("referer", "http://127.0.0.1:8017/"),
        ("sec-fetch-site", "none"),
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-mode", "cors"),
        ("sec-fetch-dest", "empty"),
        ("authorization", &good),
        ("authorization", "Basic eDp5"),
    ] {
        let headers = [("authorization", good.as_str()), more];
        for (method, path) in [("GET", "/api/v1/documents"), ("POST", "/api/v1/compose")] {
            let (status, code) = stage.ask(method, path, &headers).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{more:?}");
            assert_eq!(code, "YC-0805", "{more:?}");
        }
    }
    // Nor does it get past the host.
    let headers = [("authorization", good.as_str()), ("host", "evil.example")];
    let (status, code) = stage.ask("GET", "/api/v1/documents", &headers).await;
    assert_eq!(
        (status, code.as_str()),
        (StatusCode::FORBIDDEN, Some("host"))
    );
}

#[tokio::test]
async fn i7_a_token_in_an_address_is_refused_and_not_looked_at() {
    let stage = Stage::new();
    let token = stage.token(&[Act::Submit, Act::State], 0);
    let coded = token.replace('-', "%2D");
    let first = format!("%79{}", &token[1..]);
    for path in [
        format!("/api/v1/documents?token={token}"),
        format!("/api/v1/documents?access_token={token}"),
        format!("/api/v1/documents?ACCESS%5Ftoken={token}"),
        "/api/v1/documents?acc%65ss_token=x".to_owned(),
        format!("/api/v1/documents?q={token}"),
        format!("/api/v1/documents?q={coded}"),
        format!("/api/v1/documents?q={first}"),
        format!("/api/v1/documents?q={}", token.to_ascii_uppercase()),
        format!("/api/v1/documents/{token}"),
        format!("/{token}"),
        "/api/v1/words?Bearer=x".to_owned(),
        "/api/v1/words?authorization=x".to_owned(),
    ] {
        for headers in [vec![], vec![("authorization", bearer(&token))]] {
            let headers: Vec<(&str, &str)> = headers
                .iter()
                .map(|(name, it)| (*name, it.as_str()))
                .collect();
            let (status, code) = stage.ask("GET", &path, &headers).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{path}");
            assert_eq!(code, "YC-0805", "{path}");
        }
    }
    assert!(read_log(stage.folder(), |_| true, 10).unwrap().is_empty());
}

#[tokio::test]
async fn g5_a_token_is_good_for_its_acts_alone() {
    let stage = Stage::new();
    let described: Value = serde_json::from_str(&document()).unwrap();
    for (_, code, ..) in Act::ALL {
        let act = Act::from_code(code).unwrap();
        let token = bearer(&stage.token(&[act], 0));
        let mut open = Vec::new();
        for (path, methods) in described["paths"].as_object().unwrap() {
            for method in methods.as_object().unwrap().keys() {
                let method = method.to_uppercase();
                let filled = path.replace(['{', '}'], "");
                let headers = [("authorization", token.as_str())];
                let (status, found) = stage.ask(&method, &filled, &headers).await;
                match found.as_str() {
                    Some("YC-0803") => assert_eq!(status, StatusCode::FORBIDDEN),
                    // It would be looked at, were the account opened.
                    Some("YC-0804") => open.push(format!("{method} {path}")),
                    other => panic!("{method} {path}: {other:?}"),
                }
            }
        }
        let listed = |line: &String| {
            let (method, path) = line.split_once(' ').unwrap();
            let operation = &described["paths"][path][method.to_lowercase()];
            let ways = operation["security"].as_array().unwrap();
            ways.iter().any(|way| way.get("oa").is_some())
        };
        assert!(open.iter().all(listed), "{code}: {open:?}");
        assert!((3..=13).contains(&open.len()), "{code}: {open:?}");
        for never in [
            "approve",
            "seal",
            "recall",
            "resend",
            "supplement",
            "/session",
            "/tokens",
            "/drafts",
            "/withdraw",
            "/audit",
            "/registers",
            "/oa/open",
            "/oa/log",
            "/hooks",
            "/settings",
        ] {
            let found = open.iter().find(|line| line.contains(never));
            assert_eq!(found, None, "{code}");
        }
    }
}

#[tokio::test]
async fn e1_no_other_spelling_of_a_path_leads_past_the_list() {
    let stage = Stage::new();
    let token = bearer(&stage.token(&[Act::Submit, Act::State, Act::Register], 0));
    for path in [
        "/api/v1/documents/x/../x/approve",
        "/api/v1/documents/x/notes/../approve",
        "/api/v1/documents/x%2fapprove",
        "/api/v1/documents/x/approve/",
        "/api/v1//documents",
        "/api/v1/documents//notes",
        "/api/v1/",
        "/api/",
    ] {
        for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE"] {
            let headers = [("authorization", token.as_str())];
            let (status, code) = stage.ask(method, path, &headers).await;
            let refused = [
                StatusCode::FORBIDDEN,
                StatusCode::NOT_FOUND,
                StatusCode::METHOD_NOT_ALLOWED,
            ];
            assert!(
                refused.contains(&status),
                "{method} {path}: {status} {code}"
            );
        }
    }
}

#[tokio::test]
async fn a_token_that_ended_or_was_revoked_is_worth_nothing() {
    let stage = Stage::new();
    let ended = bearer(&stage.token(&[Act::State], 31));
    let (status, answer, problem) = stage
        .whole("GET", "/api/v1/documents", &[("authorization", &ended)])
        .await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(problem["code"], "YC-0802");
    assert_eq!(answer.headers()[header::WWW_AUTHENTICATE], "Bearer");
    let id = all(stage.folder()).unwrap()[0].id();
    revoke(stage.folder(), &id).unwrap().unwrap();
    let (_, code) = stage
        .ask("GET", "/api/v1/documents", &[("authorization", &ended)])
        .await;
    assert_eq!(code, "YC-0801", "as if it had never been");
}

#[tokio::test]
async fn h6_a_token_asks_so_often_and_the_log_stays_small() {
    let stage = Stage::new();
    let token = bearer(&stage.token(&[Act::State], 0));
    let headers = [("authorization", token.as_str())];
    let mut refused = 0;
    for _ in 0..300 {
        let (status, answer, problem) = stage.whole("GET", "/api/v1/documents", &headers).await;
        if problem["code"] == "YC-0806" {
            assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
            assert!(answer.headers().contains_key(header::RETRY_AFTER));
            refused += 1;
        }
    }
    assert_eq!(refused, 100);
    let other = bearer(&format!("yc-oa-{}", "A".repeat(43)));
    for _ in 0..50 {
        stage
            .ask("GET", "/api/v1/documents", &[("authorization", &other)])
            .await;
    }
    // Another token is not held up by it.
    let second = bearer(&stage.token(&[Act::State], 0));
    let (_, code) = stage
        .ask("GET", "/api/v1/documents", &[("authorization", &second)])
        .await;
    assert_eq!(code, "YC-0804");
    let lines = read_log(stage.folder(), |_| true, 1_000).unwrap();
    assert!(lines.len() <= 203, "{}", lines.len());
    let text = std::fs::read_to_string(stage.folder().join("oa/log/lines")).unwrap();
    assert!(!text.contains(&token[13..]) && !text.contains(&other[13..]));
}

#[tokio::test]
async fn h3_a_refusal_comes_out_where_it_cannot_be_written_down() {
    let stage = Stage::new();
    let token = bearer(&stage.token(&[Act::State], 0));
    std::fs::write(stage.folder().join("oa").join("log"), b"no folder").unwrap();
    let (status, code) = stage
        .ask("GET", "/api/v1/documents", &[("authorization", &token)])
        .await;
    assert_eq!(
        (status, code.as_str()),
        (StatusCode::SERVICE_UNAVAILABLE, Some("YC-0804"))
    );
}
