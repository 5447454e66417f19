//! Requests of OA systems: a token in place of a seat's cookie, chosen acts in place of a role's
//! (decision 0023).
//!
//! What it never does: open a keystore, or let a browser use a token.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tokio::sync::Semaphore;
use yichuan_document::{AccountId, DocumentId};
use yichuan_unit::keystore::Password;
use yichuan_unit::oa::{self, Act, Issued, Line, OaToken, TagKey};
use yichuan_unit::office::Failed;
use yichuan_unit::office::register::Document;

use crate::bearer::no_token;
use crate::desk::Desk;
use crate::problem::Problem;
use crate::seat::{At, Seat};
use crate::uploads::Uploads;

/// The most requests of a token at a time.
const AT_A_TIME: usize = 4;
/// How often a refused token, which may be anybody's, is written down at most.
const STRANGER_EVERY: Duration = Duration::from_secs(10);
/// How often seats are looked over whose last token has ended.
const LOOKED_OVER: Duration = Duration::from_secs(5);

/// What is said of a password that was changed elsewhere, or is too old.
const PASSWORD_GONE: [&str; 2] = ["YC-0212", "password-expired"];

/// An operation that OA systems may be permitted: with any of the acts, or with any token.
struct Route(&'static [Act], &'static str, &'static str);

/// What concerns documents that came.
const RECEIVING: [Act; 4] = [Act::Fetch, Act::Sign, Act::Return, Act::Register];
/// What shows documents.
const SHOWING: &[Act] = &[
    Act::State,
    Act::Fetch,
    Act::Sign,
    Act::Return,
    Act::Register,
];

/// Everything that a token can be good for. What is not here is refused before it is looked at.
const ROUTES: &[Route] = &[
    Route(&[], "GET", "/oa/self"),
    Route(&[], "GET", "/words"),
    Route(&[Act::Submit], "GET", "/directory"),
    Route(&[Act::Submit], "GET", "/directory/search"),
    Route(&[Act::Submit], "GET", "/files"),
    Route(&[Act::Submit], "POST", "/files"),
    Route(&[Act::Submit], "GET", "/files/{file}"),
    Route(&[Act::Submit], "DELETE", "/files/{file}"),
    Route(&[Act::Submit], "POST", "/compose/check"),
    Route(&[Act::Submit], "POST", "/compose"),
    Route(&[Act::Submit], "GET", "/outgoing"),
    Route(&[Act::Submit], "POST", "/outgoing/{id}/submit"),
    Route(&[Act::Submit], "DELETE", "/outgoing/{id}"),
    Route(SHOWING, "GET", "/documents"),
    Route(SHOWING, "GET", "/documents/{id}"),
    Route(SHOWING, "GET", "/documents/{id}/history"),
    Route(&[Act::Fetch], "POST", "/documents/{id}/fetch"),
    Route(&[Act::Fetch], "GET", "/documents/{id}/received"),
    Route(&[Act::Fetch], "GET", "/documents/{id}/parts/{index}"),
    Route(&[Act::Sign], "POST", "/documents/{id}/sign"),
    Route(&[Act::Return], "POST", "/documents/{id}/return"),
    Route(&[Act::Register], "POST", "/documents/{id}/register"),
    Route(&[Act::Register], "POST", "/documents/{id}/notes"),
];

/// Whether the operation that the interface describes so can be asked for with a token.
pub(crate) fn is_for_tokens(method: &str, path: &str) -> bool {
    let path = path.strip_prefix("/api/v1").unwrap_or(path);
    let mut routes = ROUTES.iter();
    routes.any(|route| route.1.eq_ignore_ascii_case(method) && route.2 == path)
}

/// The route of a request, and the document whose id stands in it.
fn route(method: &str, path: &str) -> Option<(&'static Route, Option<String>)> {
    let path = path.strip_prefix("/api/v1/")?;
    let given: Vec<&str> = path.split('/').collect();
    ROUTES.iter().find_map(|route| {
        let named = route.2.trim_start_matches('/').split('/');
        let named: Vec<&str> = named.collect();
        let fits = named.len() == given.len()
            && named.iter().zip(&given).all(|(name, it)| {
                let is_open = name.starts_with('{') && !it.is_empty();
                is_open || name == it
            });
        let of_document = route.2.starts_with("/documents/{id}");
        let document = of_document.then(|| given.get(1).map(|id| (*id).to_owned()));
        (fits && route.1 == method).then(|| (route, document.flatten()))
    })
}

/// A request that came with a token: for whom it acts, and what it may do.
#[derive(Clone)]
pub(crate) struct Via {
    /// The token's record.
    pub(crate) issued: Arc<Issued>,
    /// The seat at which it acts.
    pub(crate) seat: Arc<Seat>,
    /// The files that were uploaded with this token.
    pub(crate) uploads: Arc<Uploads>,
    home: PathBuf,
    document: Option<String>,
}

impl Via {
    fn may_any(&self, acts: &[Act]) -> bool {
        acts.iter().any(|act| self.issued.acts.contains(act))
    }

    /// Whether it sees a document that was sent, by whom it was submitted, or one that came.
    pub(crate) fn sees(&self, outgoing: bool, submitted_by: Option<&AccountId>) -> bool {
        if outgoing {
            submitted_by == Some(&self.issued.account) && self.may_any(&[Act::State, Act::Register])
        } else {
            self.may_any(&RECEIVING)
        }
    }

    /// Judged once more when the home has been taken: whether the token was not revoked meanwhile,
    /// and whether the document is one that it sees.
    pub(crate) async fn stands(&self, at: &mut At<'_>) -> Result<(), Problem> {
        let good = self.issued.is_good_at(yichuan_unit::now());
        if !good || !self.issued.stands(&self.home)? {
            return Err(no_token());
        }
        let Some(id) = &self.document else {
            return Ok(());
        };
        let sees = |document: &&Document| {
            let by = document.submission.as_ref().map(|it| &it.2);
            let own = document.outgoing || document.incoming;
            own && self.sees(document.outgoing, by)
        };
        let registers = at.registers().await?;
        let mut documents = registers.documents();
        let found = documents.find(|it| it.about.document.to_string() == *id);
        found.filter(sees).map(drop).ok_or_else(Problem::not_found)
    }
}

/// An account's seat for OA systems.
struct OaSeat {
    seat: Arc<Seat>,
    key: TagKey,
    uploads: HashMap<String, Arc<Uploads>>,
}

/// How often a token asks.
struct Pace {
    left: f64,
    since: Instant,
    turns: Arc<Semaphore>,
}

/// The seats for OA systems of a desk.
#[derive(Default)]
pub(crate) struct OaSeats {
    seats: Mutex<HashMap<AccountId, OaSeat>>,
    paces: Mutex<HashMap<String, Pace>>,
    strangers: Mutex<Option<Instant>>,
    looked: Mutex<Option<Instant>>,
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl OaSeats {
    /// Whether an account has its seat.
    pub(crate) fn is_open(&self, account: &AccountId) -> bool {
        locked(&self.seats).contains_key(account)
    }

    /// All seats.
    pub(crate) fn all(&self) -> Vec<Arc<Seat>> {
        let seats = locked(&self.seats);
        seats.values().map(|open| Arc::clone(&open.seat)).collect()
    }

    /// Opens an account's seat with its password, in place of one that it had.
    pub(crate) fn open(
        &self,
        desk: &Desk,
        account: &AccountId,
        password: Password,
    ) -> Result<Arc<Seat>, Failed> {
        let uploads = Uploads::begin(&desk.home)?;
        let (home, module) = (desk.home.clone(), desk.token_module.clone());
        let seat = Seat::open(home, module, account.clone(), (password, None), uploads)?;
        let key = seat.tag_key().ok_or(Failed::Protocol)?;
        let seat = Arc::new(seat);
        let mut line = Line::now("opened");
        line.account = Some(account.to_string());
        oa::note(&desk.home, &line)?;
        let opened = OaSeat {
            seat: Arc::clone(&seat),
            key,
            uploads: HashMap::new(),
        };
        locked(&self.seats).insert(account.clone(), opened);
        Ok(seat)
    }

    /// Takes an account's seat away, and wipes it; tells whether there was one.
    pub(crate) async fn close(&self, desk: &Desk, account: &AccountId) -> Result<bool, Problem> {
        let open = locked(&self.seats).remove(account);
        let Some(open) = open else { return Ok(false) };
        open.seat.lock().await;
        let mut line = Line::now("closed");
        line.account = Some(account.to_string());
        oa::note(&desk.home, &line)?;
        Ok(true)
    }

    /// Wipes the seats of accounts that have no good token any more.
    pub(crate) async fn close_the_done(&self, desk: &Desk) {
        {
            let mut looked = locked(&self.looked);
            if looked.is_some_and(|at| at.elapsed() < LOOKED_OVER) {
                return;
            }
            *looked = Some(Instant::now());
        }
        // What cannot be read now is looked at again.
        let Ok(tokens) = oa::all(&desk.home) else {
            return;
        };
        let now = yichuan_unit::now();
        let good = tokens.iter().filter(|it| it.is_good_at(now));
        let good: BTreeSet<&AccountId> = good.map(|it| &it.account).collect();
        let open: Vec<AccountId> = locked(&self.seats).keys().cloned().collect();
        for account in open.iter().filter(|account| !good.contains(account)) {
            // It is wiped whether that can be written down or not.
            let _ = self.close(desk, account).await;
        }
        let known: BTreeSet<String> = tokens.iter().map(Issued::id).collect();
        locked(&self.paces).retain(|id, _| known.contains(id));
        for open in locked(&self.seats).values_mut() {
            open.uploads.retain(|id, _| known.contains(id));
        }
    }

    /// Whether a token may ask now, and its turn.
    fn turn(&self, desk: &Desk, id: &str) -> Result<tokio::sync::OwnedSemaphorePermit, Problem> {
        let bounds = &desk.bounds;
        let mut paces = locked(&self.paces);
        let pace = paces.entry(id.to_owned()).or_insert_with(|| Pace {
            left: f64::from(bounds.token_burst),
            since: Instant::now(),
            turns: Arc::new(Semaphore::new(AT_A_TIME)),
        });
        let gained = pace.since.elapsed().as_secs_f64() * f64::from(bounds.token_per_second);
        pace.left = (pace.left + gained).min(f64::from(bounds.token_burst));
        pace.since = Instant::now();
        if pace.left < 1.0 {
            return Err(too_often());
        }
        pace.left -= 1.0;
        Arc::clone(&pace.turns)
            .try_acquire_owned()
            .map_err(|_| too_often())
    }

    /// Whether a refused token is written down once more.
    fn is_strange(&self) -> bool {
        let mut last = locked(&self.strangers);
        let due = last.is_none_or(|at| at.elapsed() >= STRANGER_EVERY);
        if due {
            *last = Some(Instant::now());
        }
        due
    }

    fn via(&self, desk: &Desk, issued: Issued, document: Option<String>) -> Result<Via, Problem> {
        let mut seats = locked(&self.seats);
        let open = seats.get_mut(&issued.account).ok_or_else(closed)?;
        if !issued.is_tagged_with(&open.key) {
            return Err(no_token());
        }
        let uploads = if let Some(uploads) = open.uploads.get(&issued.id()) {
            Arc::clone(uploads)
        } else {
            let begun = Arc::new(Uploads::begin(&desk.home)?);
            open.uploads.insert(issued.id(), Arc::clone(&begun));
            begun
        };
        Ok(Via {
            issued: Arc::new(issued),
            seat: Arc::clone(&open.seat),
            uploads,
            home: desk.home.clone(),
            document,
        })
    }
}

fn expired() -> Problem {
    let title = ("OA 令牌已到期", "the OA token has ended");
    Problem::new(StatusCode::UNAUTHORIZED, "YC-0802", title).cure(
        "向签发帐号索取新令牌",
        "ask the account that issues tokens for a new one",
    )
}

/// The operation is not among those of the token.
pub(crate) fn not_permitted() -> Problem {
    let title = (
        "该令牌不许办理此事",
        "this is not permitted with the OA token",
    );
    Problem::new(StatusCode::FORBIDDEN, "YC-0803", title).cure(
        "由人员在办公桌面办理，或签发许可此事的令牌",
        "have a person do it at the desk, or issue a token that permits it",
    )
}

fn closed() -> Problem {
    let title = (
        "该帐号尚未为 OA 系统接通",
        "the account is not opened for OA systems",
    );
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "YC-0804", title)
        .cure(
            "在办公桌面的设置页输入口令接通，或以 --oa 启动",
            "open it with its password at the desk's settings, or start with --oa",
        )
        .again_in(60)
}

const TOO_OFTEN: &str = "YC-0806";

fn too_often() -> Problem {
    let title = ("请求过于频繁", "the OA system asks too often");
    Problem::new(StatusCode::TOO_MANY_REQUESTS, TOO_OFTEN, title).again_in(1)
}

/// Answers a request that came with a token.
pub(crate) async fn serve(
    desk: &Arc<Desk>,
    token: &OaToken,
    mut request: Request,
    next: Next,
) -> Response {
    let mut line = Line::now("asked");
    let admitted = admit(desk, token, &request, &mut line);
    let (via, _turn) = match admitted {
        Ok(admitted) => admitted,
        Err(problem) => return refuse(desk, line, problem),
    };
    let changes = request.method() != axum::http::Method::GET;
    // What cannot be written down is not done.
    if let Err(error) = oa::note(&desk.home, &line) {
        return Problem::from(error).into_response();
    }
    let account = via.issued.account.clone();
    request.extensions_mut().insert(via);
    let response = next.run(request).await;
    let problem = response.extensions().get::<Problem>();
    if problem.is_some_and(|problem| PASSWORD_GONE.contains(&problem.code())) {
        // What it was opened with opens nothing at the exchange any more.
        let _ = desk.oa.close(desk, &account).await;
    }
    if changes || !response.status().is_success() {
        line.time_ms = yichuan_unit::now().unix_ms();
        "answered".clone_into(&mut line.what);
        line.outcome = Some(outcome(&response));
        if let Err(error) = oa::note(&desk.home, &line) {
            tracing::warn!("the log of OA systems: {error}");
        }
    }
    response
}

/// The code of what went wrong, else the status.
fn outcome(response: &Response) -> String {
    let problem = response.extensions().get::<Problem>();
    problem.map_or_else(
        || response.status().as_u16().to_string(),
        |problem| problem.code().to_owned(),
    )
}

fn refuse(desk: &Desk, mut line: Line, problem: Problem) -> Response {
    // Whoever is not known, or asks too often, writes little.
    let is_paced = line.token.is_some() && problem.code() != TOO_OFTEN;
    if is_paced || desk.oa.is_strange() {
        "refused".clone_into(&mut line.what);
        line.outcome = Some(problem.code().to_owned());
        if let Err(error) = oa::note(&desk.home, &line) {
            tracing::warn!("the log of OA systems: {error}");
        }
    }
    let mut response = problem.into_response();
    if response.status() == StatusCode::UNAUTHORIZED {
        let scheme = HeaderValue::from_static("Bearer");
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, scheme);
    }
    response
}

fn admit(
    desk: &Desk,
    token: &OaToken,
    request: &Request,
    line: &mut Line,
) -> Result<(Via, tokio::sync::OwnedSemaphorePermit), Problem> {
    let found = oa::find(&desk.home, token).map_err(Problem::from)?;
    let issued = found.ok_or_else(no_token)?;
    *line = line.clone().of(&issued);
    let turn = desk.oa.turn(desk, &issued.id())?;
    if !issued.is_good_at(yichuan_unit::now()) {
        return Err(expired());
    }
    let asked = route(request.method().as_str(), request.uri().path());
    let (route, document) = asked.ok_or_else(not_permitted)?;
    line.operation = Some(format!("{} {}", route.1, route.2));
    // Only what is an id is written down.
    let id = document
        .as_ref()
        .filter(|id| id.parse::<DocumentId>().is_ok());
    line.document = id.cloned();
    if !route.0.is_empty() && !route.0.iter().any(|act| issued.acts.contains(act)) {
        return Err(not_permitted());
    }
    let via = desk.oa.via(desk, issued, document)?;
    Ok((via, turn))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h6_a_token_has_so_many_turns_at_a_time_and_gets_them_back() {
        let home = tempfile::tempdir().unwrap();
        let desk = Desk::new(home.path().to_owned(), 8017, 900);
        let held: Vec<_> = (0..AT_A_TIME)
            .map(|_| desk.oa.turn(&desk, "a").unwrap())
            .collect();
        let refused = desk.oa.turn(&desk, "a").unwrap_err();
        assert_eq!(refused.code(), TOO_OFTEN);
        assert!(desk.oa.turn(&desk, "b").is_ok(), "another token");
        drop(held);
        assert!(desk.oa.turn(&desk, "a").is_ok());
    }

    #[test]
    fn e1_a_path_is_read_part_by_part() {
        let found = |method, path| {
            let (route, document) = route(method, path)?;
            Some((route.2, document))
        };
        let one = Some(("/documents/{id}", Some("a".to_owned())));
        assert_eq!(found("GET", "/api/v1/documents/a"), one);
        let parts = ("/documents/{id}/parts/{index}", Some("a".to_owned()));
        assert_eq!(found("GET", "/api/v1/documents/a/parts/0"), Some(parts));
        for (method, path) in [
            ("get", "/api/v1/documents"),
            ("HEAD", "/api/v1/documents"),
            ("POST", "/api/v1/documents"),
            ("GET", "/api/v1/documents/"),
            ("GET", "/api/v1/documents//"),
            ("GET", "/api/v1/documents/a/"),
            ("GET", "/api/v1/documents/a/parts/"),
            ("GET", "/api/v1/documents/a/parts/0/0"),
            ("GET", "//api/v1/documents"),
            ("GET", "/api/v2/documents"),
            ("POST", "/api/v1/documents/a/approve"),
            ("POST", "/api/v1/documents/a/seal"),
            ("POST", "/api/v1/documents/a/notes/"),
            ("DELETE", "/api/v1/oa/tokens/a"),
            ("", ""),
        ] {
            assert_eq!(found(method, path), None, "{method} {path}");
        }
    }

    #[test]
    fn every_operation_in_the_list_is_one_that_is_described() {
        let document: serde_json::Value = serde_json::from_str(&crate::document()).unwrap();
        for Route(_, method, path) in ROUTES {
            let operation = &document["paths"][format!("/api/v1{path}")][method.to_lowercase()];
            assert!(operation.is_object(), "{method} {path}");
        }
    }
}
