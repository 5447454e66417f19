//! Replies to meeting notices (会议回执): filled in by the recipients, listed for the sender.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use yichuan_document::statement::About;
use yichuan_unit::office::Failed;
use yichuan_unit::office::meeting::{Attendance, FieldKind, Form, FormField, answer};

use super::acts::recorded;
use super::documents::find;
use super::receiving::{about, fetched};
use crate::download;
use crate::entry::{Entered, Sitting};
use crate::problem::Problem;
use crate::seat::At;
use crate::sheet::{Ending, sheet};
use crate::words::{Recorded, Time, UnitRef};

/// A field of a meeting's reply form.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplyField {
    name: String,
    /// `text`, `number`, `choice` or `yes-no`.
    kind: String,
    /// What can be chosen; of a choice only.
    #[serde(default)]
    choices: Vec<String>,
    #[serde(default)]
    required: bool,
}

/// The codes of what a field takes, as in forms (`proto/body.md`).
const KINDS: [(FieldKind, &str); 4] = [
    (FieldKind::Text, "text"),
    (FieldKind::Number, "number"),
    (FieldKind::Choice, "choice"),
    (FieldKind::YesNo, "yes-no"),
];

/// The fields of a form.
pub(super) fn fields(form: &Form) -> Vec<ReplyField> {
    let field = |field: &FormField| ReplyField {
        name: field.name.clone(),
        kind: KINDS
            .iter()
            .find(|row| row.0 == field.kind)
            .map_or("", |row| row.1)
            .to_owned(),
        choices: field.choices.clone(),
        required: field.required,
    };
    form.fields.iter().map(field).collect()
}

/// The form of what was entered; none where a field is of no kind, with its name.
pub(super) fn form_of(entered: &[ReplyField]) -> Result<Form, String> {
    let field = |field: &ReplyField| {
        let kind = KINDS.iter().find(|row| row.1 == field.kind);
        let kind = kind.ok_or_else(|| field.name.clone())?.0;
        Ok(FormField {
            name: field.name.trim().to_owned(),
            kind,
            choices: field.choices.clone(),
            required: field.required,
        })
    };
    let all: Result<Vec<FormField>, String> = entered.iter().map(field).collect();
    Form::of(all?).map_err(|why| {
        let failed = Failed::Form(why);
        yichuan_unit::report::explained::explain(&failed).what
    })
}

/// What a recipient replies.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MeetingReply)]
pub(crate) struct Reply {
    /// What was filled in, by the name of the field; yes and no as `yes` and `no`.
    answers: BTreeMap<String, String>,
}

/// Replies to a meeting notice; a later reply takes the place of an earlier one
#[utoipa::path(post, path = "/api/v1/documents/{id}/reply", tag = "received",
    params(("id" = String, Path)), request_body = Reply,
    responses((status = 200, body = Recorded)))]
pub(crate) async fn reply(
    sitting: Sitting,
    Path(id): Path<String>,
    Entered(said): Entered<Reply>,
) -> Result<Json<Recorded>, Problem> {
    let given: Vec<(String, String)> = said.answers.into_iter().collect();
    let done = sitting.act(async move |at| {
        let (about, _) = about(at, &id).await?;
        let form = fetched(at, about).await?.form()?;
        let answers = form.fill(&given).map_err(Failed::Form)?;
        let (index, entry) = at.session().await?.reply(about, &answers).await?;
        recorded(at, (index, entry.time)).await
    });
    Ok(Json(done.await?))
}

/// Who replied to a meeting notice.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Replies {
    fields: Vec<ReplyField>,
    /// How many recipients replied.
    replied: usize,
    items: Vec<ReplyLine>,
}

/// A recipient and its last reply.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReplyLine {
    unit: UnitRef,
    account: Option<String>,
    /// When it replied; none where it did not.
    time: Option<Time>,
    /// Whether the answers can be opened here and fit the form.
    readable: bool,
    /// What was filled in, by the field's name, as it is shown.
    answers: BTreeMap<String, String>,
}

impl Replies {
    fn of(attendance: &Attendance) -> Self {
        let items = attendance.lines.iter().map(|line| {
            let reply = line.reply.as_ref();
            let found = reply.and_then(|reply| reply.answers.as_ref());
            let shown = found.map(|found| {
                let fields = attendance.form.fields.iter();
                let shown = fields.map(|it| (it.name.clone(), answer(found, it.kind, &it.name)));
                shown.collect()
            });
            ReplyLine {
                unit: UnitRef {
                    code: line.unit.to_string(),
                    name: line.name.clone(),
                },
                account: reply.map(|reply| reply.account.to_string()),
                time: reply.map(|reply| reply.time.into()),
                readable: found.is_some(),
                answers: shown.unwrap_or_default(),
            }
        });
        Self {
            fields: fields(&attendance.form),
            replied: attendance.replied(),
            items: items.collect(),
        }
    }
}

/// The replies to a document: of an own one all, of a received one the own unit's.
async fn attendance(at: &mut At<'_>, id: &str) -> Result<Attendance, Problem> {
    let unit = at.held.unlocked.account.unit();
    let session = at.session().await?;
    let document = find(&*session.registers()?, id)?;
    let about: About = document.about;
    let mut all = session.attendance(about).await?;
    if !document.outgoing {
        all.lines.retain(|line| line.unit == unit);
    }
    Ok(all)
}

/// Who replied to a meeting notice
#[utoipa::path(get, path = "/api/v1/documents/{id}/replies", tag = "sent",
    params(("id" = String, Path)), responses((status = 200, body = Replies)))]
pub(crate) async fn replies(
    sitting: Sitting,
    Path(id): Path<String>,
) -> Result<Json<Replies>, Problem> {
    let done = sitting.act(async move |at| Ok(Replies::of(&attendance(at, &id).await?)));
    Ok(Json(done.await?))
}

/// Of which kind a file is.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Format {
    /// `csv` or `xlsx`.
    pub(super) format: Option<String>,
}

/// The replies as a file for a spreadsheet
#[utoipa::path(get, path = "/api/v1/documents/{id}/replies/export", tag = "sent",
    params(("id" = String, Path), Format), responses((status = 200)))]
pub(crate) async fn export(
    sitting: Sitting,
    Path(id): Path<String>,
    Query(asked): Query<Format>,
) -> Result<Response, Problem> {
    let ending = Ending::of(asked.format.as_deref())?;
    let done = sitting.act(async move |at| {
        let all = attendance(at, &id).await?;
        sheet(ending, &all.head(), all.rows())
    });
    let name = format!("会议回执.{}", ending.written());
    Ok(download::of_bytes(&name, done.await?))
}
