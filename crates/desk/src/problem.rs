//! What went wrong, as `application/problem+json` (RFC 9457), in the language that was asked for.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use yichuan_unit::authority::AuthorityFailed;
use yichuan_unit::keystore::KeystoreFailed;
use yichuan_unit::lang::{Lang, within};
use yichuan_unit::link::LinkFailed;
use yichuan_unit::office::Failed;
use yichuan_unit::office::content::Told;
use yichuan_unit::report;
use yichuan_unit::report::explained::{explain, faults};

/// A text in both languages.
#[derive(Clone, Debug, Default)]
pub(crate) struct Both {
    zh: String,
    en: String,
}

impl Both {
    /// The two texts.
    pub(crate) fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            zh: zh.into(),
            en: en.into(),
        }
    }

    fn of(text: impl Fn() -> String) -> Self {
        Self {
            zh: within(Lang::Zh, &text),
            en: within(Lang::En, &text),
        }
    }

    fn into_text(self, lang: Lang) -> String {
        match lang {
            Lang::Zh => self.zh,
            Lang::En => self.en,
        }
    }
}

/// What went wrong.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    said: Box<Said>,
    /// Whether the connection to the exchange is lost, so that the next one begins anew.
    pub(crate) link_lost: bool,
}

/// What is said of it.
#[derive(Clone, Debug)]
struct Said {
    status: StatusCode,
    code: String,
    title: Both,
    detail: Option<Both>,
    cure: Both,
    lines: Vec<Both>,
    retry_after_seconds: Option<u64>,
}

/// What went wrong, as it is sent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
    /// `urn:yichuan:problem:` and the code.
    r#type: String,
    /// What went wrong.
    title: String,
    /// The HTTP status.
    status: u16,
    /// A code of `proto/error-codes.md`, or a word of the desk.
    code: String,
    /// More about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// What to do.
    #[serde(skip_serializing_if = "String::is_empty")]
    cure: String,
    /// When to try again.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_seconds: Option<u64>,
    /// Each thing that is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lines: Vec<String>,
}

/// The code of an account that lacks the unit's key.
pub(crate) const NO_SHARE: &str = "no-share";

impl Problem {
    /// A problem of the desk's own.
    pub(crate) fn new(status: StatusCode, code: &str, title: (&str, &str)) -> Self {
        let said = Said {
            status,
            code: code.to_owned(),
            title: Both::new(title.0, title.1),
            detail: None,
            cure: Both::default(),
            lines: Vec::new(),
            retry_after_seconds: None,
        };
        Self {
            said: Box::new(said),
            link_lost: false,
        }
    }

    /// Its code.
    pub(crate) fn code(&self) -> &str {
        &self.said.code
    }

    /// The same with a cure.
    #[must_use]
    pub(crate) fn cure(mut self, zh: &str, en: &str) -> Self {
        self.said.cure = Both::new(zh, en);
        self
    }

    /// The same with more about it.
    #[must_use]
    pub(crate) fn about(mut self, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        self.said.detail = Some(Both::new(detail.clone(), detail));
        self
    }

    /// The same, of an act of somebody who is signed in and stays so: a wrong password is a
    /// refusal there, and not the end of the session.
    #[must_use]
    pub(crate) fn of_an_act(mut self) -> Self {
        if self.said.status == StatusCode::UNAUTHORIZED {
            self.said.status = StatusCode::FORBIDDEN;
        }
        self
    }

    /// The same with when to try again.
    #[must_use]
    pub(crate) fn again_in(mut self, seconds: u64) -> Self {
        self.said.retry_after_seconds = Some(seconds);
        self
    }

    /// Nothing of this name is here.
    pub(crate) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not-found",
            ("没有此项", "there is no such thing"),
        )
    }

    /// Nobody is signed in.
    pub(crate) fn signed_out() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "signed-out",
            ("尚未登录", "nobody is signed in"),
        )
    }

    /// The session is locked.
    pub(crate) fn locked() -> Self {
        Self::new(
            StatusCode::LOCKED,
            "locked",
            (
                "已锁定，请输入口令",
                "the desk is locked; type the password",
            ),
        )
    }

    /// What was entered cannot be used.
    pub(crate) fn entry(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "bad-request",
            ("填写的内容不可用", "what was entered cannot be used"),
        )
        .about(detail)
    }

    /// As [`Problem::entry`], told in words of its own.
    pub(crate) fn unfit(title: (&str, &str)) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "bad-request", title)
    }

    /// The exchange is not reached.
    pub(crate) fn away() -> Self {
        let mut away = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "away",
            ("连接不上交换中心", "the exchange is not reached"),
        )
        .cure(
            "本机数据已保留，恢复连接后重复即可继续",
            "nothing is lost; repeat it once the exchange is back",
        )
        .again_in(5);
        away.link_lost = true;
        away
    }

    /// Something of this computer failed.
    pub(crate) fn inside(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "inside",
            ("本机出错", "something failed on this computer"),
        )
        .about(detail)
    }

    /// What a command would say of an authority's act, in words for the desk.
    fn of_authority(&mut self, why: &AuthorityFailed, failed: &Failed) {
        let (zh, en) = (
            within(Lang::Zh, || faults(failed)),
            within(Lang::En, || faults(failed)),
        );
        if !zh.is_empty() {
            self.said.title = match why {
                AuthorityFailed::Impression(_) => Both::new(
                    "印模图片不合制发要求",
                    "the picture is not that of an official seal",
                ),
                _ => first_line(&self.said.title),
            };
        }
        let lines = zh.into_iter().zip(en);
        self.said.lines = lines.map(|(zh, en)| Both::new(zh, en)).collect();
        let cure = match why {
            AuthorityFailed::Keystore(KeystoreFailed::WrongPassword) => {
                let title = Both::new("签发人口令不正确", "the officer's password is wrong");
                self.said.title = title;
                ("没有签发任何事项", "nothing was signed")
            }
            AuthorityFailed::TooManyTries { seconds } => {
                self.said.retry_after_seconds = Some(*seconds);
                ("稍候再试；没有签发任何事项", "wait; nothing was signed")
            }
            AuthorityFailed::Impression(_) => (
                "正圆、红色、透明底、300 dpi 以上，直径按机关层级；图片未注明分辨率的填写直径",
                "round, red, transparent ground, 300 dpi or more, diameter by level; where the \
                 picture has no resolution, say the diameter",
            ),
            AuthorityFailed::LookAlike { .. } => (
                "更正名称；核对无误确需使用的，勾选“已核对，名称无误”",
                "correct the name; where it is meant so, say that it was compared",
            ),
            AuthorityFailed::Unknown(_) | AuthorityFailed::NotSeen(_) => (
                "先与日志同步，再核对编号",
                "follow the log first, then compare the id",
            ),
            AuthorityFailed::NotHere => (
                "用 yichuan desk --authority 目录 启动，或在 home.toml 中写明 authority",
                "start it with `yichuan desk --authority FOLDER`, or name it in home.toml",
            ),
            AuthorityFailed::TooManyToCosign => (
                "须多人会签的，分次签发：先登记人员，再办其余",
                "what several officers sign is signed in parts: people first, then the rest",
            ),
            _ => return,
        };
        self.said.cure = Both::new(cure.0, cure.1);
    }

    /// The answer, in a language.
    pub(crate) fn render(self, lang: Lang) -> Response {
        let said = *self.said;
        let (status, retry) = (said.status, said.retry_after_seconds);
        let body = ProblemBody {
            r#type: format!("urn:yichuan:problem:{}", said.code),
            title: said.title.into_text(lang),
            status: status.as_u16(),
            code: said.code,
            detail: said.detail.map(|detail| detail.into_text(lang)),
            cure: said.cure.into_text(lang),
            retry_after_seconds: retry,
            lines: said
                .lines
                .into_iter()
                .map(|line| line.into_text(lang))
                .collect(),
        };
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, kind);
        if let Some(seconds) = retry {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// The problem rides in the response until the outermost layer knows the language.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.said.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<std::io::Error> for Problem {
    fn from(error: std::io::Error) -> Self {
        Failed::from(error).into()
    }
}

impl From<AuthorityFailed> for Problem {
    fn from(failed: AuthorityFailed) -> Self {
        Failed::from(failed).into()
    }
}

impl From<Failed> for Problem {
    fn from(failed: Failed) -> Self {
        let (status, code) = kind_of(&failed);
        let mut problem = Self::new(status, &code, ("", ""));
        problem.said.title = Both::of(|| explain(&failed).what);
        problem.said.cure = Both {
            zh: within(Lang::Zh, || explain(&failed).cure.to_owned()),
            en: within(Lang::En, || explain(&failed).cure.to_owned()),
        };
        match &failed {
            Failed::TooManyTries { seconds } => {
                problem.said.retry_after_seconds = Some(*seconds);
            }
            Failed::Marked(told) | Failed::NotSendable(told) | Failed::ToDeclare { told, .. } => {
                problem.said.title = first_line(&problem.said.title);
                problem.said.lines = told.iter().map(line).collect();
            }
            Failed::Authority(why) => problem.of_authority(why, &failed),
            Failed::NotSealed(told) => {
                problem.said.title = first_line(&problem.said.title);
                problem.said.lines = vec![line(told)];
            }
            // What to do about it is said for the command line.
            Failed::Usage(_) => problem.said.cure = Both::default(),
            Failed::Link(LinkFailed::Refused(_)) => {
                problem.link_lost = ENDED.contains(&problem.said.code.as_str());
            }
            Failed::Link(why) => problem.link_lost = why.passes(),
            _ => {}
        }
        problem
    }
}

/// The codes with which the exchange says that this session is over: no session, over, elsewhere.
const ENDED: [&str; 3] = ["YC-0202", "YC-0217", "YC-0218"];

fn line(told: &Told) -> Both {
    Both::new(told.zh.clone(), told.en.clone())
}

fn first_line(text: &Both) -> Both {
    let first = |text: &str| text.lines().next().unwrap_or_default().to_owned();
    Both::new(first(&text.zh), first(&text.en))
}

/// The status and the code of a failure.
fn kind_of(failed: &Failed) -> (StatusCode, String) {
    let (status, code) = match failed {
        Failed::Link(LinkFailed::Refused(refused)) => {
            return (StatusCode::CONFLICT, refused.code.to_string());
        }
        Failed::Link(why) if why.passes() => (StatusCode::SERVICE_UNAVAILABLE, "away"),
        Failed::Marked(_) => (StatusCode::UNPROCESSABLE_ENTITY, "YC-0701"),
        Failed::NotSendable(_) => (StatusCode::UNPROCESSABLE_ENTITY, "YC-0702"),
        Failed::ToDeclare { .. } => (StatusCode::CONFLICT, "YC-0703"),
        Failed::NotSealed(_) => (StatusCode::UNPROCESSABLE_ENTITY, "YC-0704"),
        Failed::TooManyTries { .. } => (StatusCode::TOO_MANY_REQUESTS, "too-many-tries"),
        Failed::PasswordExpired => (StatusCode::FORBIDDEN, "password-expired"),
        Failed::WeakPassword
        | Failed::Keystore(
            KeystoreFailed::WeakPassword
            | KeystoreFailed::SamePassword
            | KeystoreFailed::PastPassword,
        ) => (StatusCode::UNPROCESSABLE_ENTITY, "weak-password"),
        Failed::Authority(why) => match code_of_authority(why) {
            Some((status, code)) => (status, code),
            None => by_exit(failed),
        },
        Failed::Level(_) => (StatusCode::UNPROCESSABLE_ENTITY, "YC-0301"),
        Failed::Standing(_) | Failed::NoAccountFor(_) | Failed::NotAssigned => {
            (StatusCode::FORBIDDEN, "no-standing")
        }
        Failed::NoShare(_) => (StatusCode::CONFLICT, NO_SHARE),
        Failed::Token(why) => return (StatusCode::CONFLICT, why.code().to_string()),
        Failed::WhichDocument { matches: 0, .. } => (StatusCode::NOT_FOUND, "not-found"),
        _ => by_exit(failed),
    };
    (status, code.to_owned())
}

/// The status and the code of a failure that has none of its own.
fn by_exit(failed: &Failed) -> (StatusCode, &'static str) {
    match explain(failed).exit {
        report::PASSWORD => (StatusCode::UNAUTHORIZED, "wrong-password"),
        report::BUSY => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
        report::UNREACHABLE => (StatusCode::SERVICE_UNAVAILABLE, "away"),
        report::ALARM => (StatusCode::INTERNAL_SERVER_ERROR, "alarm"),
        report::TOKEN | report::LOCKED => (StatusCode::CONFLICT, "token"),
        report::USAGE => (StatusCode::UNPROCESSABLE_ENTITY, "bad-request"),
        _ => (StatusCode::CONFLICT, "refused"),
    }
}

/// The status and the code of what the authority did not sign, where it has one of its own.
fn code_of_authority(why: &AuthorityFailed) -> Option<(StatusCode, &'static str)> {
    let invalid = StatusCode::UNPROCESSABLE_ENTITY;
    Some(match why {
        AuthorityFailed::TooManyTries { .. } => (StatusCode::TOO_MANY_REQUESTS, "too-many-tries"),
        AuthorityFailed::NotHere => (StatusCode::CONFLICT, "no-authority"),
        AuthorityFailed::LookAlike { .. } => (StatusCode::CONFLICT, "look-alike"),
        AuthorityFailed::AlreadySo(_) => (StatusCode::CONFLICT, "already-so"),
        AuthorityFailed::Picture(_) | AuthorityFailed::Impression(_) => (invalid, "picture"),
        AuthorityFailed::NotARequest => (invalid, "not-a-request"),
        AuthorityFailed::Calendar(_) | AuthorityFailed::Rule { .. } => (invalid, "rules"),
        AuthorityFailed::List(_) => (invalid, "list"),
        _ => return None,
    })
}
