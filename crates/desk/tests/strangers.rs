//! Who may ask at all, tried without an exchange: hosts, origins, headers, cookies, names, sizes.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Method, Request, Response, StatusCode, header};
use futures_util::stream;
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;
use yichuan_desk::{Bounds, Desk, document, router};

const PORT: u16 = 8017;
const HOST: &str = "127.0.0.1:8017";

/// A desk of a home in which nobody is enrolled.
struct Stage {
    router: Router,
    _home: tempfile::TempDir,
}

impl Stage {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut desk = Desk::new(home.path().to_owned(), PORT, 900);
        desk.bounds = Bounds {
            entry_bytes: 1_024,
            file_bytes: 1_024,
            still: Duration::from_millis(30),
            ..Bounds::default()
        };
        Self {
            router: router(&Arc::new(desk)),
            _home: home,
        }
    }

    async fn ask(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }
}

fn request(method: Method, path: &str, headers: &[(&str, &str)], body: Body) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body).unwrap()
}

fn get(path: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let headers = [&[("host", HOST)], headers].concat();
    request(Method::GET, path, &headers, Body::empty())
}

/// What a page of the desk itself sends.
const OWN: [(&str, &str); 3] = [
    ("host", HOST),
    ("x-yichuan", "1"),
    ("content-type", "application/json"),
];

async fn problem(response: Response<Body>) -> Value {
    let kind = response.headers().get(header::CONTENT_TYPE).unwrap();
    assert_eq!(kind, "application/problem+json");
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice(&bytes).unwrap()
}

#[tokio::test]
async fn h4_a_host_that_a_strangers_server_names_is_refused() {
    let stage = Stage::new();
    for host in [HOST, "localhost:8017", "[::1]:8017"] {
        let asked = request(
            Method::GET,
            "/api/v1/words",
            &[("host", host)],
            Body::empty(),
        );
        assert_eq!(stage.ask(asked).await.status(), StatusCode::OK, "{host}");
    }
    for hosts in [
        &[][..],
        &["evil.example:8017"],
        &["127.0.0.1"],
        &["127.0.0.1:80"],
        &["127.0.0.1:8017.evil.example"],
        &["127.0.0.1:8017@evil.example"],
        &["127.0.0.2:8017"],
        &["0.0.0.0:8017"],
        &["LOCALHOST.evil.example:8017"],
        &[HOST, "evil.example"],
        &["evil.example", HOST],
    ] {
        for path in ["/api/v1/session", "/", "/assets/x.js"] {
            let headers: Vec<(&str, &str)> = hosts.iter().map(|host| ("host", *host)).collect();
            let answer = stage
                .ask(request(Method::GET, path, &headers, Body::empty()))
                .await;
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{hosts:?} {path}");
            assert_eq!(problem(answer).await["code"], "host", "{hosts:?} {path}");
        }
    }
    // A proxy's form of the address must name the desk, too.
    let absolute = request(
        Method::GET,
        "http://evil.example/api/v1/words",
        &[("host", HOST)],
        Body::empty(),
    );
    assert_eq!(stage.ask(absolute).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
async fn g4_another_page_cannot_act() {
    let stage = Stage::new();
    let body = r#"{"account":"513200-zfb-fs01","password":"x"}"#;
    let cases: [(&str, &[(&str, &str)]); 8] = [
        (
            "no header of ours",
            &[("host", HOST), ("content-type", "application/json")],
        ),
        (
            "another value",
            &[
                ("host", HOST),
                ("x-yichuan", "0"),
                ("content-type", "application/json"),
            ],
        ),
        (
            "the header twice",
            &[
                ("host", HOST),
                ("x-yichuan", "1"),
                ("x-yichuan", "1"),
                ("content-type", "application/json"),
            ],
        ),
        (
            "a stranger's origin",
            &[OWN[0], OWN[1], OWN[2], ("origin", "http://evil.example")],
        ),
        (
            "another port of this computer",
            &[OWN[0], OWN[1], OWN[2], ("origin", "http://127.0.0.1:8018")],
        ),
        (
            "a sandboxed page",
            &[OWN[0], OWN[1], OWN[2], ("origin", "null")],
        ),
        (
            "two origins",
            &[
                OWN[0],
                OWN[1],
                OWN[2],
                ("origin", "http://127.0.0.1:8017"),
                ("origin", "http://evil.example"),
            ],
        ),
        (
            "another site",
            &[OWN[0], OWN[1], OWN[2], ("sec-fetch-site", "cross-site")],
        ),
    ];
    for (why, headers) in cases {
        for (method, path) in [
            (Method::POST, "/api/v1/session"),
            (Method::DELETE, "/api/v1/session"),
            (Method::PUT, "/api/v1/settings"),
            (Method::POST, "/api/v1/documents/x/sign"),
        ] {
            let answer = stage
                .ask(request(method, path, headers, Body::from(body)))
                .await;
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{why} {path}");
            assert_eq!(problem(answer).await["code"], "csrf", "{why} {path}");
        }
    }
    // Reading across sites is refused as well, and so is a form's own type.
    let read = get("/api/v1/session", &[("sec-fetch-site", "same-site")]);
    assert_eq!(stage.ask(read).await.status(), StatusCode::FORBIDDEN);
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "",
    ] {
        let headers = [OWN[0], OWN[1], ("content-type", kind)];
        let answer = stage
            .ask(request(
                Method::POST,
                "/api/v1/session",
                &headers,
                Body::from(body),
            ))
            .await;
        assert_eq!(
            answer.status(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "{kind}"
        );
    }
}

#[tokio::test]
async fn g4_no_answer_can_be_framed_sniffed_kept_or_scripted_from_outside() {
    let stage = Stage::new();
    for path in [
        "/",
        "/anything",
        "/api/v1/words",
        "/api/v1/work",
        "/api/v1/nothing",
        "/x.js",
    ] {
        let answer = stage.ask(get(path, &[])).await;
        let headers = answer.headers();
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(
            !policy.contains("unsafe") && !policy.contains('*'),
            "{policy}"
        );
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{path}");
        assert_eq!(headers[header::X_FRAME_OPTIONS], "DENY", "{path}");
        assert_eq!(headers[header::REFERRER_POLICY], "no-referrer", "{path}");
        assert!(
            headers.get(header::ACCESS_CONTROL_ALLOW_ORIGIN).is_none(),
            "{path}"
        );
        if path.starts_with("/api/") {
            assert_eq!(headers[header::CACHE_CONTROL], "no-store", "{path}");
        }
    }
}

#[tokio::test]
async fn g6_nobody_sees_anything_before_signing_in() {
    let stage = Stage::new();
    let described: Value = serde_json::from_str(&document()).unwrap();
    let open = [
        "/api/v1/session",
        "/api/v1/session/password",
        "/api/v1/words",
        // A ticket is what is shown there.
        "/api/v1/enrol",
    ];
    for (path, methods) in described["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            if open.contains(&path.as_str()) {
                continue;
            }
            let path = path.replace("{page}", "1").replace("{index}", "0");
            let path = path.replace(['{', '}'], "");
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let query = "?name=a.ofd&q=a&from=2026-11&to=2026-11";
            let wanted = if path.ends_with("/files") {
                "application/octet-stream"
            } else {
                "application/json"
            };
            let headers = [("host", HOST), ("x-yichuan", "1"), ("content-type", wanted)];
            let asked = request(
                method.clone(),
                &format!("{path}{query}"),
                &headers,
                Body::from("{}"),
            );
            let answer = stage.ask(asked).await;
            assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{method} {path}");
            assert_eq!(
                problem(answer).await["code"],
                "signed-out",
                "{method} {path}"
            );
        }
    }
}

#[tokio::test]
async fn g4_a_ticket_that_somebody_brings_is_never_taken_up() {
    let stage = Stage::new();
    let brought = "yichuan-desk-8017=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let answer = stage
        .ask(get("/api/v1/session", &[("cookie", brought)]))
        .await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.headers().get(header::SET_COOKIE).is_none());
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    let state: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(state["state"], "signed-out");
    let twice = format!("{brought}; {brought}");
    let answer = stage.ask(get("/api/v1/me", &[("cookie", &twice)])).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn e1_a_path_never_leaves_the_pages() {
    let stage = Stage::new();
    for path in [
        "/../Cargo.toml",
        "/assets/../../Cargo.toml",
        "/%2e%2e/%2e%2e/etc/passwd.txt",
        "/..%2f..%2fetc%2fpasswd.txt",
        "//etc/passwd.txt",
        "/assets/%00.js",
        "/C:%5Cwindows%5Cwin.ini",
        "/api/v1/../../Cargo.toml",
    ] {
        let answer = stage.ask(get(path, &[])).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn h1_a_body_that_is_too_large_or_stands_still_is_refused() {
    let stage = Stage::new();
    let large = Body::from(vec![b' '; 4_096]);
    let answer = stage
        .ask(request(Method::POST, "/api/v1/session", &OWN, large))
        .await;
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let silent =
        stream::once(async { Ok::<_, std::io::Error>(Bytes::from_static(b"{\"account\"")) });
    let silent = Body::from_stream(futures_util::StreamExt::chain(silent, stream::pending()));
    let answer = stage
        .ask(request(Method::POST, "/api/v1/session", &OWN, silent))
        .await;
    assert_eq!(answer.status(), StatusCode::REQUEST_TIMEOUT);
    let long = format!("/api/v1/words?q={}", "a".repeat(5_000));
    let answer = stage.ask(get(&long, &[])).await;
    assert_eq!(answer.status(), StatusCode::URI_TOO_LONG);
}

#[tokio::test]
async fn what_is_no_json_is_told_as_a_problem_in_the_asked_language() {
    let stage = Stage::new();
    for body in [
        "",
        "{",
        "[]",
        "{\"account\":1}",
        "\u{0}",
        "{\"account\":\"a\"}",
    ] {
        for (query, title) in [
            ("?lang=en", "what was entered cannot be used"),
            ("", "填写的内容不可用"),
        ] {
            let path = format!("/api/v1/session{query}");
            let answer = stage
                .ask(request(Method::POST, &path, &OWN, Body::from(body)))
                .await;
            assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{body}");
            assert_eq!(problem(answer).await["title"], title, "{body}");
        }
    }
    let answer = stage
        .ask(get(
            "/api/v1/nothing",
            &[("accept-language", "en-GB,en;q=0.9")],
        ))
        .await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    assert_eq!(problem(answer).await["title"], "there is no such thing");
}

#[tokio::test]
async fn f1_no_pick_list_offers_a_level_that_must_not_leave() {
    let stage = Stage::new();
    let answer = stage.ask(get("/api/v1/words", &[])).await;
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    let words: Value = serde_json::from_slice(&bytes).unwrap();
    let levels: Vec<&str> = words["levels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["text"].as_str().unwrap())
        .collect();
    assert_eq!(levels, ["公开", "内部", "秘密"]);
}

#[tokio::test]
async fn every_route_that_is_described_is_there() {
    let stage = Stage::new();
    let described: Value = serde_json::from_str(&document()).unwrap();
    let paths = described["paths"].as_object().unwrap();
    assert!(paths.len() > 50, "{}", paths.len());
    for (path, methods) in paths {
        for method in methods.as_object().unwrap().keys() {
            let path = path.replace("{page}", "1").replace("{index}", "0");
            let path = path.replace(['{', '}'], "");
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let answer = stage
                .ask(request(method.clone(), &path, &OWN, Body::from("{}")))
                .await;
            let missing = [StatusCode::NOT_FOUND, StatusCode::METHOD_NOT_ALLOWED];
            assert!(!missing.contains(&answer.status()), "{method} {path}");
        }
    }
}

#[test]
fn the_described_interface_is_the_one_that_is_checked_in() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    if std::env::var_os("YICHUAN_BLESS").is_some() {
        std::fs::write(path, document()).unwrap();
        return;
    }
    assert!(
        kept == document(),
        "docs/openapi.json is not what the desk says: YICHUAN_BLESS=1 writes it"
    );
}

#[tokio::test]
async fn the_pages_are_inside_where_they_were_built() {
    let stage = Stage::new();
    let answer = stage.ask(get("/", &[])).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let dist = concat!(env!("CARGO_MANIFEST_DIR"), "/web/dist/index.html");
    match std::fs::read_to_string(dist) {
        Ok(built) => assert!(yichuan_desk::IS_BUILT && text == built),
        Err(_) => assert!(!yichuan_desk::IS_BUILT && text.contains("cargo xtask web")),
    }
}

/// The same desk for other computers, on the usual port of TLS.
fn named(port: u16) -> (Router, tempfile::TempDir) {
    let home = tempfile::tempdir().unwrap();
    let mut desk = Desk::new(home.path().to_owned(), port, 900);
    desk.name = Some("desk.zfb.lan".to_owned());
    (router(&Arc::new(desk)), home)
}

#[tokio::test]
async fn g4_a_desk_with_a_name_answers_to_that_name_alone() {
    let (router, _home) = named(443);
    for (host, origin, status) in [
        ("desk.zfb.lan", "https://desk.zfb.lan", StatusCode::OK),
        ("desk.zfb.lan:443", "https://desk.zfb.lan", StatusCode::OK),
        ("desk.zfb.lan", "http://desk.zfb.lan", StatusCode::FORBIDDEN),
        ("desk.zfb.lan", "https://zfb.lan", StatusCode::FORBIDDEN),
        (
            "127.0.0.1:443",
            "https://127.0.0.1:443",
            StatusCode::FORBIDDEN,
        ),
        ("localhost", "https://localhost", StatusCode::FORBIDDEN),
        ("10.1.2.3", "https://10.1.2.3", StatusCode::FORBIDDEN),
        (
            "desk.zfb.lan:8443",
            "https://desk.zfb.lan",
            StatusCode::FORBIDDEN,
        ),
        (
            "evil.desk.zfb.lan",
            "https://desk.zfb.lan",
            StatusCode::FORBIDDEN,
        ),
    ] {
        let asked = request(
            Method::GET,
            "/api/v1/session",
            &[("host", host), ("origin", origin)],
            Body::empty(),
        );
        let answer = router.clone().oneshot(asked).await.unwrap();
        assert_eq!(answer.status(), status, "{host} {origin}");
        let lasting = answer.headers().get(header::STRICT_TRANSPORT_SECURITY);
        assert_eq!(lasting.unwrap(), "max-age=31536000");
    }
    // On another port the name alone is another host.
    let (router, _home) = named(8_443);
    for (host, status) in [
        ("desk.zfb.lan:8443", StatusCode::OK),
        ("desk.zfb.lan", StatusCode::FORBIDDEN),
    ] {
        let asked = request(
            Method::GET,
            "/api/v1/session",
            &[("host", host)],
            Body::empty(),
        );
        let answer = router.clone().oneshot(asked).await.unwrap();
        assert_eq!(answer.status(), status, "{host}");
    }
}
