//! What came in: fetched and inspected, signed for, returned, registered.

use axum::Json;
use axum::extract::Path;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yichuan_document::inspection::{Check, Inspection, Outcome, ReturnReason};
use yichuan_document::life::DeliveryState;
use yichuan_document::statement::{About, RecallReply};
use yichuan_unit::lang::{say, this_year};
use yichuan_unit::office::inspect::{forbids, mandatory};
use yichuan_unit::office::receive::Received as Fetched;

use super::acts::recorded;
use super::compose::NumberGiven;
use super::meeting::{ReplyField, fields};
use super::sending::{document, time, words_due};
use super::whole::Header;
use crate::entry::{Entered, Sitting};
use crate::news::News;
use crate::problem::Problem;
use crate::seat::At;
use crate::words::{Recorded, slug};

/// What was received, and what was found in it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Received {
    title: Option<String>,
    header: Option<Header>,
    may_sign: bool,
    lines: Vec<PlainLine>,
    checks: Vec<CheckLine>,
    sealed: Vec<SealedFile>,
    closed: Option<String>,
    /// The fields of a meeting notice's reply form; empty where it has none.
    form: Vec<ReplyField>,
}

/// One of three plain lines.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlainLine {
    /// `sender`, `intact` or `contents`.
    name: &'static str,
    /// None where it was not checked whole.
    ok: Option<bool>,
    text: String,
    reasons: Vec<String>,
}

/// One check of the inspection.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CheckLine {
    code: String,
    text: String,
    /// `passed`, `failed` or `not-checked`.
    outcome: &'static str,
    reason: Option<String>,
}

/// A file with its electronic seals.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SealedFile {
    index: usize,
    name: String,
}

fn outcome(outcome: Outcome) -> (&'static str, Option<String>) {
    match outcome {
        Outcome::Passed => ("passed", None),
        Outcome::NotChecked => ("not-checked", None),
        Outcome::Failed(fault) => {
            let known = fault.known();
            let number = fault.0.to_string();
            let words = known.map_or(number, |fault| say(fault.zh(), fault.en()).to_owned());
            ("failed", Some(words))
        }
    }
}

/// Which checks each plain line stands for, what it says where they passed, where one failed, and
/// where one could not be made.
type PlainWords = [(&'static str, &'static str); 3];
const LINES: [(&str, &[Check], PlainWords); 3] = [
    (
        "sender",
        &[Check::Sender, Check::Signatures, Check::Recipients],
        [
            (
                "来文单位属实，确系发给本单位",
                "the sender is who it says, and it is for this unit",
            ),
            (
                "来文单位不能确认，或不是发给本单位",
                "the sender is not proven, or it is not for this unit",
            ),
            (
                "来文单位未能全部核实",
                "not everything about the sender could be checked",
            ),
        ],
    ),
    (
        "intact",
        &[Check::Integrity, Check::Seal],
        [
            (
                "内容完整未改动，印章有效",
                "it is whole and unchanged, and its seals are valid",
            ),
            (
                "内容被改动、不完整，或印章无效",
                "it was changed, is not whole, or a seal is not valid",
            ),
            (
                "内容和印章未能全部核实",
                "not everything about content and seals could be checked",
            ),
        ],
    ),
    (
        "contents",
        &[
            Check::Format,
            Check::Layout,
            Check::ActiveContent,
            Check::Level,
            Check::LevelMarks,
            Check::Metadata,
        ],
        [
            (
                "文件、版式、密级和要素符合要求",
                "files, layout, level and elements are as they should be",
            ),
            (
                "文件、版式、密级或要素不符合要求",
                "files, layout, level or elements are not as they should be",
            ),
            (
                "文件、版式、密级和要素未能全部查验",
                "not everything about files, layout, level and elements could be checked",
            ),
        ],
    ),
];

fn plain(inspection: &Inspection) -> Vec<PlainLine> {
    let line = |(name, checks, words): (&'static str, &[Check], PlainWords)| {
        let made = checks
            .iter()
            .filter_map(|check| Some((*check, inspection.outcome(*check)?)));
        let made: Vec<(Check, Outcome)> = made.collect();
        let failed = made
            .iter()
            .filter(|(_, it)| matches!(it, Outcome::Failed(_)));
        let unmade = made
            .iter()
            .filter(|(_, it)| matches!(it, Outcome::NotChecked));
        let told = |(check, it): &(Check, Outcome)| {
            let check = say(check.zh(), check.en());
            let words = outcome(*it)
                .1
                .unwrap_or_else(|| say(it.zh(), it.en()).to_owned());
            format!("{check}: {words}")
        };
        let bad = failed.clone().count() > 0;
        let whole = unmade.clone().count() == 0;
        let (zh, en) = words[if bad { 1 } else { usize::from(!whole) * 2 }];
        PlainLine {
            name,
            ok: if bad {
                Some(false)
            } else {
                whole.then_some(true)
            },
            text: say(zh, en).to_owned(),
            reasons: failed.chain(unmade).map(told).collect(),
        }
    };
    LINES.into_iter().map(line).collect()
}

impl Received {
    fn of(fetched: Fetched, must: &[Check]) -> Result<Self, Problem> {
        let inspection = &fetched.inspection;
        let passed = inspection.allows_receipt(must).is_ok() && !forbids(inspection);
        let checks = inspection.results().iter().map(|(code, it)| {
            let known = code.known();
            let (outcome, reason) = outcome(*it);
            CheckLine {
                code: known.map_or_else(|| code.0.to_string(), |check| slug(check.en())),
                text: known.map_or_else(
                    || code.0.to_string(),
                    |check| say(check.zh(), check.en()).to_owned(),
                ),
                outcome,
                reason,
            }
        });
        let checks = checks.collect();
        let lines = plain(inspection);
        let header = fetched.opened.as_ref().map(|it| Header::of(it.header()));
        let names = header.as_ref().map(Header::names).unwrap_or_default();
        let mut sealed = Vec::new();
        for path in fetched.sealed_files()? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if let Some(index) = names.iter().position(|known| *known == name) {
                sealed.push(SealedFile {
                    index,
                    name: name.into_owned(),
                });
            }
        }
        let may_sign = passed && fetched.opened.is_some();
        // What has no form, or an unusable one, is not replied to; the inspection tells of it.
        let form = fetched.form().map(|form| fields(&form)).unwrap_or_default();
        let closed = fetched.closed.map(|why| {
            let failed = yichuan_unit::office::Failed::from(why);
            yichuan_unit::report::explained::explain(&failed).what
        });
        Ok(Self {
            title: header.as_ref().map(|header| header.title.clone()),
            header,
            may_sign,
            lines,
            checks,
            sealed,
            closed,
            form,
        })
    }
}

/// The received document that was meant.
pub(super) async fn about(at: &mut At<'_>, id: &str) -> Result<(About, DeliveryState), Problem> {
    let unit = at.held.unlocked.account.unit();
    let document = document(at, id).await?;
    if document.outgoing || !document.incoming {
        return Err(Problem::not_found());
    }
    Ok((document.about, document.state_of(&unit)))
}

pub(super) async fn fetched(at: &mut At<'_>, about: About) -> Result<Fetched, Problem> {
    let news = at.news.clone();
    let session = at.session().await?;
    let total = session.manifest(about.manifest).await?.body_bytes;
    let (mut done, document) = (0, about.document.to_string());
    let mut progress = |bytes| {
        done += bytes;
        // Nobody may be listening.
        let _ = news.send(News::Progress {
            what: "download",
            document: Some(document.clone()),
            done,
            total,
        });
    };
    Ok(session.fetch(about, &mut progress).await?)
}

async fn received(at: &mut At<'_>, about: About) -> Result<Received, Problem> {
    let fetched = fetched(at, about).await?;
    let must = mandatory(at.session().await?.mirror.roster());
    let received = Received::of(fetched, &must)?;
    if let Some(title) = &received.title {
        at.held.titles.insert(about.manifest, title.clone());
        at.held.untitled.remove(&about.manifest);
    }
    Ok(received)
}

/// Fetches a document and inspects it
#[utoipa::path(post, path = "/api/v1/documents/{id}/fetch", tag = "received",
    params(("id" = String, Path)), responses((status = 200, body = Received)))]
pub(crate) async fn fetch(
    sitting: Sitting,
    Path(id): Path<String>,
) -> Result<Json<Received>, Problem> {
    let done = sitting.act(async move |at| {
        let (about, _) = about(at, &id).await?;
        received(at, about).await
    });
    Ok(Json(done.await?))
}

/// What was found in a document that was fetched
#[utoipa::path(get, path = "/api/v1/documents/{id}/received", tag = "received",
    params(("id" = String, Path)), responses((status = 200, body = Received)))]
pub(crate) async fn inspected(
    sitting: Sitting,
    Path(id): Path<String>,
) -> Result<Json<Received>, Problem> {
    let done = sitting.act(async move |at| {
        let (about, state) = about(at, &id).await?;
        // To look is not to fetch: a fetch is recorded, and asked for with its own word.
        if state == DeliveryState::Announced {
            return Err(Problem::not_found());
        }
        received(at, about).await
    });
    Ok(Json(done.await?))
}

/// Signs for a document that passed its inspection
#[utoipa::path(post, path = "/api/v1/documents/{id}/sign", tag = "received",
    params(("id" = String, Path)), responses((status = 200, body = Recorded)))]
pub(crate) async fn sign(
    sitting: Sitting,
    Path(id): Path<String>,
) -> Result<Json<Recorded>, Problem> {
    let done = sitting.act(async move |at| {
        let (about, _) = about(at, &id).await?;
        let fetched = fetched(at, about).await?;
        let (index, entry) = at.session().await?.sign_for(&fetched).await?;
        recorded(at, (index, entry.time)).await
    });
    Ok(Json(done.await?))
}

/// A reason, and words.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reasoned {
    /// The number of the reason.
    reason: u64,
    text: Option<String>,
}

impl Reasoned {
    fn read(&self) -> Result<ReturnReason, Problem> {
        let reason = ReturnReason::from_code(self.reason);
        reason.ok_or_else(|| Problem::entry("reason"))
    }
}

/// Returns a document
#[utoipa::path(post, path = "/api/v1/documents/{id}/return", tag = "received",
    params(("id" = String, Path)), request_body = Reasoned,
    responses((status = 200, body = Recorded)))]
pub(crate) async fn give_back(
    sitting: Sitting,
    Path(id): Path<String>,
    Entered(said): Entered<Reasoned>,
) -> Result<Json<Recorded>, Problem> {
    let reason = said.read()?;
    let done = sitting.act(async move |at| {
        words_due(reason.needs_text(), said.text.as_deref())?;
        let (about, _) = about(at, &id).await?;
        let fetched = fetched(at, about).await?;
        let session = at.session().await?;
        let done = session.give_back(&fetched, reason, said.text.as_deref());
        let (index, entry) = done.await?;
        recorded(at, (index, entry.time)).await
    });
    Ok(Json(done.await?))
}

/// Refuses a delivery outright
#[utoipa::path(post, path = "/api/v1/documents/{id}/refuse-delivery", tag = "received",
    params(("id" = String, Path)), request_body = Reasoned,
    responses((status = 200, body = Recorded)))]
pub(crate) async fn refuse(
    sitting: Sitting,
    Path(id): Path<String>,
    Entered(said): Entered<Reasoned>,
) -> Result<Json<Recorded>, Problem> {
    let reason = said.read()?;
    let done = sitting.act(async move |at| {
        words_due(reason.needs_text(), said.text.as_deref())?;
        let (about, _) = about(at, &id).await?;
        let session = at.session().await?;
        let done = session.refuse_delivery(about, reason, said.text.as_deref());
        let (index, entry) = done.await?;
        recorded(at, (index, entry.time)).await
    });
    Ok(Json(done.await?))
}

/// An answer to a recall.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answer {
    /// Its number.
    answer: u16,
    text: Option<String>,
}

/// Answers a recall that came after the fetch
#[utoipa::path(post, path = "/api/v1/documents/{id}/recall-answer", tag = "received",
    params(("id" = String, Path)), request_body = Answer,
    responses((status = 200, body = Recorded)))]
pub(crate) async fn answer_recall(
    sitting: Sitting,
    Path(id): Path<String>,
    Entered(said): Entered<Answer>,
) -> Result<Json<Recorded>, Problem> {
    let reply = RecallReply::from_code(said.answer);
    let reply = reply.ok_or_else(|| Problem::entry("answer"))?;
    let done = sitting.act(async move |at| {
        words_due(reply.needs_text(), said.text.as_deref())?;
        let (about, _) = about(at, &id).await?;
        let session = at.session().await?;
        let done = session.answer_recall(about, reply, said.text.as_deref());
        let (index, entry) = done.await?;
        recorded(at, (index, entry.time)).await
    });
    Ok(Json(done.await?))
}

/// A request for more time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MoreTimeAsked)]
pub(crate) struct MoreTime {
    /// RFC 3339.
    until: String,
    /// Why.
    text: String,
}

/// Asks for more time
#[utoipa::path(post, path = "/api/v1/documents/{id}/extension", tag = "received",
    params(("id" = String, Path)), request_body = MoreTime,
    responses((status = 200, body = Recorded)))]
pub(crate) async fn ask_extension(
    sitting: Sitting,
    Path(id): Path<String>,
    Entered(said): Entered<MoreTime>,
) -> Result<Json<Recorded>, Problem> {
    let done = sitting.act(async move |at| {
        words_due(true, Some(&said.text))?;
        let until = time(&said.until)?;
        let (about, _) = about(at, &id).await?;
        let session = at.session().await?;
        let (index, entry) = session.ask_extension(about, until, &said.text).await?;
        recorded(at, (index, entry.time)).await
    });
    Ok(Json(done.await?))
}

/// The year of a register number.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Year {
    /// This year where it is not said.
    year: Option<u16>,
}

/// Gives a received document its register number
#[utoipa::path(post, path = "/api/v1/documents/{id}/register", tag = "received",
    params(("id" = String, Path)), request_body = Year,
    responses((status = 200, body = NumberGiven)))]
pub(crate) async fn register(
    sitting: Sitting,
    Path(id): Path<String>,
    Entered(said): Entered<Year>,
) -> Result<Json<NumberGiven>, Problem> {
    let done = sitting.act(async move |at| {
        let (about, _) = about(at, &id).await?;
        let year = said.year.unwrap_or_else(this_year);
        let given = at.session().await?.register(about, year).await?;
        at.settle(given.index).await?;
        Ok(given)
    });
    Ok(Json(done.await?.into()))
}
