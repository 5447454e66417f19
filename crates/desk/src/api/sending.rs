//! Looking after what was sent: check, acknowledge, contact, recall, supplement, resend, copies.

use axum::Json;
use axum::extract::Path;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yichuan_document::life::{DeliveryState, Fact};
use yichuan_document::statement::{ContactOutcome, RecallReason};
use yichuan_document::{Timestamp, UnitCode};
use yichuan_unit::lang::{instant, say};
use yichuan_unit::office::Failed;
use yichuan_unit::office::recalling::Added;
use yichuan_unit::office::register::Document;
use yichuan_unit::office::watching::contacts;

use super::acts::recorded;
use super::documents::find;
use super::whole::{Delivery, coded, deliveries};
use crate::entry::{Entered, Sitting};
use crate::problem::Problem;
use crate::seat::At;
use crate::words::{Coded, Items, Recorded, Time, UnitRef};

/// The document that was meant, sent or received.
pub(super) async fn document(at: &mut At<'_>, id: &str) -> Result<Document, Problem> {
    let registers = at.session().await?.registers()?;
    find(&registers, id)
}

async fn sent(at: &mut At<'_>, id: &str) -> Result<Document, Problem> {
    let document = document(at, id).await?;
    if document.outgoing {
        Ok(document)
    } else {
        Err(Problem::not_found())
    }
}

pub(super) fn unit(typed: &str) -> Result<UnitCode, Problem> {
    let unit = typed.parse();
    unit.map_err(|_| Failed::UnknownUnit(typed.to_owned()).into())
}

pub(super) fn time(typed: &str) -> Result<Timestamp, Problem> {
    instant(typed).ok_or_else(|| {
        let why = say("不是时间", "is no time");
        Problem::entry(format!("{typed}: {why}"))
    })
}

fn units(typed: &[String]) -> Result<Vec<UnitCode>, Problem> {
    typed.iter().map(|typed| unit(typed)).collect()
}

/// Words that a code asks for.
pub(super) fn words_due(due: bool, words: Option<&str>) -> Result<(), Problem> {
    let given = words.is_some_and(|words| !words.trim().is_empty());
    if due && !given {
        return Err(Problem::entry(say("该项须说明", "this needs words")));
    }
    Ok(())
}

/// A look at the state of reception.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Looked {
    #[serde(flatten)]
    recorded: Recorded,
    deliveries: Vec<Delivery>,
}

/// Looks at the state of reception; the look is recorded
#[utoipa::path(post, path = "/api/v1/documents/{id}/inquire", tag = "sent",
    params(("id" = String, Path)), responses((status = 200, body = Looked)))]
pub(crate) async fn inquire(
    sitting: Sitting,
    Path(id): Path<String>,
) -> Result<Json<Looked>, Problem> {
    let done = sitting.act(async move |at| {
        let about = sent(at, &id).await?.about;
        let session = at.session().await?;
        let looked = session.inquire(about).await?;
        let recorded = recorded(at, (looked.index, looked.entry.time)).await?;
        let document = sent(at, &id).await?;
        let session = at.session().await?;
        let manifest = session.manifest(about.manifest).await?;
        let (roster, own) = (session.mirror.roster(), session.identity.unit());
        Ok(Looked {
            recorded,
            deliveries: deliveries(&document, &manifest, roster, &own),
        })
    });
    Ok(Json(done.await?))
}

/// A recipient.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfUnit {
    unit: String,
}

/// Signs for what a recipient has returned
#[utoipa::path(post, path = "/api/v1/documents/{id}/acknowledge", tag = "sent",
    params(("id" = String, Path)), request_body = OfUnit,
    responses((status = 200, body = Recorded)))]
pub(crate) async fn acknowledge(
    sitting: Sitting,
    Path(id): Path<String>,
    Entered(said): Entered<OfUnit>,
) -> Result<Json<Recorded>, Problem> {
    let done = sitting.act(async move |at| {
        let about = sent(at, &id).await?.about;
        let unit = unit(&said.unit)?;
        let (index, entry) = at.session().await?.acknowledge(about, &unit).await?;
        recorded(at, (index, entry.time)).await
    });
    Ok(Json(done.await?))
}

/// A call.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Call {
    /// The recipient; a recipient itself leaves it out.
    unit: Option<String>,
    /// The number of what came of it.
    outcome: u16,
    text: Option<String>,
    /// RFC 3339; now where it is not said.
    at: Option<String>,
}

/// Records that sender and recipient spoke
#[utoipa::path(post, path = "/api/v1/documents/{id}/contacts", tag = "documents",
    params(("id" = String, Path)), request_body = Call,
    responses((status = 200, body = Recorded)))]
pub(crate) async fn call(
    sitting: Sitting,
    Path(id): Path<String>,
    Entered(said): Entered<Call>,
) -> Result<Json<Recorded>, Problem> {
    let outcome = ContactOutcome::from_code(said.outcome);
    let outcome = outcome.ok_or_else(|| Problem::entry("outcome"))?;
    let done = sitting.act(async move |at| {
        words_due(outcome == ContactOutcome::Other, said.text.as_deref())?;
        let when = said.at.as_deref().map(time).transpose()?;
        let document = document(at, &id).await?;
        let session = at.session().await?;
        let of = if document.outgoing {
            unit(said.unit.as_deref().unwrap_or_default())?
        } else {
            session.identity.unit()
        };
        let when = when.unwrap_or_else(yichuan_unit::now);
        let text = said.text.as_deref();
        let done = session.record_contact(document.about, &of, when, outcome, text);
        let (index, entry) = done.await?;
        recorded(at, (index, entry.time)).await
    });
    Ok(Json(done.await?))
}

/// A call that was recorded.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Called {
    index: u64,
    at: Time,
    unit: UnitRef,
    outcome: Coded,
    text: Option<String>,
    account: String,
    recorded: Time,
}

/// The calls about a document
#[utoipa::path(get, path = "/api/v1/documents/{id}/contacts", tag = "documents",
    params(("id" = String, Path)), responses((status = 200, body = Items<Called>)))]
pub(crate) async fn calls(
    sitting: Sitting,
    Path(id): Path<String>,
) -> Result<Json<Items<Called>>, Problem> {
    let items = sitting.act(async move |at| {
        let digest = document(at, &id).await?.about.manifest;
        let session = at.session().await?;
        let dossier = session.dossier(digest).await?;
        let mut items = Vec::new();
        for called in contacts(&dossier) {
            let text = match &called.contact.note {
                None => None,
                Some(note) => match session.words_at(called.index, note, &digest).await {
                    Err(Failed::NoteUnreadable(_)) => {
                        Some(say("（本帐号不能打开）", "(not for this account)").to_owned())
                    }
                    words => Some(words?),
                },
            };
            items.push(Called {
                index: called.index,
                at: called.contact.at.into(),
                unit: UnitRef::of(session.mirror.roster(), &called.contact.unit.unit),
                outcome: coded(&ContactOutcome::ALL, called.contact.outcome),
                text,
                account: called.account.to_string(),
                recorded: called.recorded.into(),
            });
        }
        Ok(items)
    });
    Ok(Json(Items {
        items: items.await?,
    }))
}

/// A recall.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Recall {
    /// From whom; from all where nobody is named.
    #[serde(default)]
    units: Vec<String>,
    /// The number of the reason.
    reason: u16,
    text: Option<String>,
}

/// What came of a recall.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Recalled {
    #[serde(flatten)]
    recorded: Recorded,
    /// Who has not read it and never will.
    clean: Vec<UnitRef>,
    /// Who has fetched it and was told.
    noticed: Vec<UnitRef>,
}

/// Recalls a document
#[utoipa::path(post, path = "/api/v1/documents/{id}/recall", tag = "sent",
    params(("id" = String, Path)), request_body = Recall,
    responses((status = 200, body = Recalled)))]
pub(crate) async fn recall(
    sitting: Sitting,
    Path(id): Path<String>,
    Entered(said): Entered<Recall>,
) -> Result<Json<Recalled>, Problem> {
    let reason = RecallReason::from_code(said.reason);
    let reason = reason.ok_or_else(|| Problem::entry("reason"))?;
    let done = sitting.act(async move |at| {
        words_due(reason.needs_text(), said.text.as_deref())?;
        if said.units.len() > yichuan_document::statement::Recall::UNITS_MAX {
            return Err(Problem::entry("units"));
        }
        let units = units(&said.units)?;
        let about = sent(at, &id).await?.about;
        let session = at.session().await?;
        let done = session.recall(about, &units, reason, said.text.as_deref());
        let (index, entry) = done.await?;
        let digest = entry.signed().map_err(|_| Failed::Protocol)?.digest();
        let document = sent(at, &id).await?;
        let session = at.session().await?;
        let manifest = session.manifest(about.manifest).await?;
        let roster = session.mirror.roster();
        let (mut clean, mut noticed) = (Vec::new(), Vec::new());
        for (unit, view) in document.all_deliveries(&manifest) {
            if view.recall != Some(digest) {
                continue;
            }
            if view.delivery.state() == DeliveryState::Recalled {
                clean.push(UnitRef::of(roster, unit));
            } else if view.has(Fact::RecallNotice) {
                noticed.push(UnitRef::of(roster, unit));
            }
        }
        Ok(Recalled {
            recorded: Recorded::at(index, entry.time),
            clean,
            noticed,
        })
    });
    Ok(Json(done.await?))
}

/// More recipients.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Supplement {
    #[serde(default)]
    to: Vec<String>,
    #[serde(default)]
    copy: Vec<String>,
    print_quota: Option<u16>,
}

/// Sends a document to more units, once its approver agrees
#[utoipa::path(post, path = "/api/v1/documents/{id}/supplement", tag = "sent",
    params(("id" = String, Path)), request_body = Supplement,
    responses((status = 200, body = Recorded)))]
pub(crate) async fn supplement(
    sitting: Sitting,
    Path(id): Path<String>,
    Entered(said): Entered<Supplement>,
) -> Result<Json<Recorded>, Problem> {
    let done = sitting.act(async move |at| {
        let added = Added {
            to: units(&said.to)?,
            copy: units(&said.copy)?,
            print_quota: said.print_quota.unwrap_or(1),
        };
        if added.to.is_empty() && added.copy.is_empty() {
            return Err(Problem::entry("to"));
        }
        let about = sent(at, &id).await?.about;
        let (index, entry) = at.session().await?.supplement(about, &added).await?;
        recorded(at, (index, entry.time)).await
    });
    Ok(Json(done.await?))
}

/// What an approver says to a supplement.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Decision {
    /// Which; the only one that waits where it is not said.
    index: Option<u64>,
    grant: bool,
}

/// Decides about a supplement
#[utoipa::path(post, path = "/api/v1/documents/{id}/supplement/decide", tag = "sent",
    params(("id" = String, Path)), request_body = Decision,
    responses((status = 200, body = Recorded)))]
pub(crate) async fn decide_supplement(
    sitting: Sitting,
    Path(id): Path<String>,
    Entered(said): Entered<Decision>,
) -> Result<Json<Recorded>, Problem> {
    let done = sitting.act(async move |at| {
        let document = sent(at, &id).await?;
        let named = |entry: u64| said.index.is_none_or(|index| index == entry);
        let open = document
            .open_supplements()
            .filter(|(_, it)| named(it.entry));
        let mut open: Vec<_> = open.map(|(digest, _)| *digest).collect();
        let (Some(digest), true) = (open.pop(), open.is_empty()) else {
            return Err(Problem::entry("index"));
        };
        let session = at.session().await?;
        // What is sent to more units is looked at as it was before the first dispatch.
        session.review(document.about.manifest).await?;
        let done = session.decide_supplement(document.about, digest, said.grant);
        let (index, entry) = done.await?;
        recorded(at, (index, entry.time)).await
    });
    Ok(Json(done.await?))
}

/// Closes a document once more for a unit that returned it
#[utoipa::path(post, path = "/api/v1/documents/{id}/resend", tag = "sent",
    params(("id" = String, Path)), request_body = OfUnit,
    responses((status = 200, body = Recorded)))]
pub(crate) async fn resend(
    sitting: Sitting,
    Path(id): Path<String>,
    Entered(said): Entered<OfUnit>,
) -> Result<Json<Recorded>, Problem> {
    let done = sitting.act(async move |at| {
        let about = sent(at, &id).await?.about;
        let unit = unit(&said.unit)?;
        let (index, entry) = at.session().await?.rewrap(about, &unit).await?;
        recorded(at, (index, entry.time)).await
    });
    Ok(Json(done.await?))
}

/// More copies for a recipient.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MoreCopies {
    unit: String,
    copies: u16,
}

/// Grants a recipient more copies
#[utoipa::path(post, path = "/api/v1/documents/{id}/more-copies", tag = "sent",
    params(("id" = String, Path)), request_body = MoreCopies,
    responses((status = 200, body = Recorded)))]
pub(crate) async fn more_copies(
    sitting: Sitting,
    Path(id): Path<String>,
    Entered(said): Entered<MoreCopies>,
) -> Result<Json<Recorded>, Problem> {
    if said.copies == 0 {
        return Err(Problem::entry("copies"));
    }
    let done = sitting.act(async move |at| {
        let about = sent(at, &id).await?.about;
        let unit = unit(&said.unit)?;
        let session = at.session().await?;
        let (index, entry) = session.grant_copies(about, &unit, said.copies).await?;
        recorded(at, (index, entry.time)).await
    });
    Ok(Json(done.await?))
}

/// What is said to a request for more time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MoreTime {
    unit: String,
    /// RFC 3339; none gives no more time.
    until: Option<String>,
}

/// Decides about a request for more time
#[utoipa::path(post, path = "/api/v1/documents/{id}/extension/decide", tag = "sent",
    params(("id" = String, Path)), request_body = MoreTime,
    responses((status = 200, body = Recorded)))]
pub(crate) async fn decide_extension(
    sitting: Sitting,
    Path(id): Path<String>,
    Entered(said): Entered<MoreTime>,
) -> Result<Json<Recorded>, Problem> {
    let done = sitting.act(async move |at| {
        let about = document(at, &id).await?.about;
        let unit = unit(&said.unit)?;
        let until = said.until.as_deref().map(time).transpose()?;
        let session = at.session().await?;
        let (index, entry) = session.decide_extension(about, &unit, until).await?;
        recorded(at, (index, entry.time)).await
    });
    Ok(Json(done.await?))
}
