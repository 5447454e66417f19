//! Drafts: what was entered of a document, kept for this account alone.

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yichuan_document::Timestamp;

use super::meeting::ReplyField;
use crate::entry::{Entered, Sitting};
use crate::kept;
use crate::problem::Problem;
use crate::seat::At;
use crate::uploads::new_id;
use crate::words::{Items, Time};

/// The most drafts of an account.
const DRAFTS_MAX: usize = 500;

/// What was entered of a document; anything may be missing in a draft.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Draft {
    pub(super) to: Vec<String>,
    pub(super) copy: Vec<String>,
    /// The units that issue it together with this one, in the order of their seals after its own.
    pub(super) jointly: Vec<String>,
    pub(super) level: Option<String>,
    pub(super) months: Option<u16>,
    pub(super) urgency: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) number: Option<Number>,
    /// The issuer's word, where a number is to be allotted.
    pub(super) take_number: Option<String>,
    pub(super) title: Option<String>,
    pub(super) metadata: Elements,
    pub(super) contact: Contact,
    pub(super) print_quota: Option<u16>,
    /// RFC 3339.
    pub(super) valid_until: Option<String>,
    pub(super) replaces: Option<String>,
    pub(super) receipts_stand: bool,
    pub(super) replies_to: Option<String>,
    /// Ids of uploaded files, the main one first.
    pub(super) files: Vec<String>,
    /// A meeting's reply form, as `yichuan compose --reply-form` reads it.
    pub(super) reply_form: Option<String>,
    /// The fields of a meeting's reply form; in place of `reply_form`.
    pub(super) reply_fields: Vec<ReplyField>,
}

/// 发文字号.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Number {
    pub(super) word: String,
    pub(super) year: u16,
    pub(super) serial: u32,
}

/// The elements of GB/T 33480 that stand on the page.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Elements {
    pub(super) copy_number: Option<String>,
    pub(super) issuer_mark: Option<String>,
    /// As on the page; what is entered here is passed over, for the number has a field of its own.
    pub(super) number: Option<String>,
    pub(super) signatory: Option<String>,
    pub(super) main_recipients: Option<String>,
    pub(super) annexes: Option<String>,
    pub(super) signed_by: Option<String>,
    pub(super) date: Option<String>,
    pub(super) remark: Option<String>,
    pub(super) copy_recipients: Option<String>,
    pub(super) printed_by: Option<String>,
    pub(super) print_date: Option<String>,
    pub(super) publication: Option<String>,
}

/// Whom a recipient may call.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Contact {
    pub(super) name: Option<String>,
    pub(super) phone: Option<String>,
}

/// A draft in the list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Listed {
    id: String,
    title: Option<String>,
    updated: Time,
    files: usize,
}

/// A draft as it was kept.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeptDraft {
    id: String,
    updated: Time,
    draft: Draft,
    /// Files that went with a sign-out or a restart, and have to be added again.
    missing_files: Vec<String>,
}

/// An id.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Id {
    pub(super) id: String,
}

fn name(id: &str) -> String {
    format!("{}{id}", kept::DRAFT)
}

fn written(ms: u64) -> Time {
    Time::from(Timestamp::from_unix_ms(ms))
}

/// The drafts of this account, the newest first
#[utoipa::path(get, path = "/api/v1/drafts", tag = "compose",
    responses((status = 200, body = Items<Listed>)))]
pub(crate) async fn all(sitting: Sitting) -> Result<Json<Items<Listed>>, Problem> {
    let items = sitting.act(async |at| listed(at));
    Ok(Json(Items {
        items: items.await?,
    }))
}

pub(super) fn listed(at: &At<'_>) -> Result<Vec<Listed>, Problem> {
    let mut items = Vec::new();
    for (name, ms) in kept::names(at, kept::DRAFT)? {
        let Some(draft) = kept::read::<Draft>(at, &name)? else {
            continue;
        };
        items.push(Listed {
            id: name.trim_start_matches(kept::DRAFT).to_owned(),
            title: draft.title,
            updated: written(ms),
            files: draft.files.len(),
        });
    }
    Ok(items)
}

impl Draft {
    /// The ids of its uploaded files.
    pub(super) fn files(&self) -> &[String] {
        &self.files
    }

    /// Its title.
    pub(super) fn into_title(self) -> Option<String> {
        self.title
    }

    /// The same with other files.
    pub(super) fn with_files(mut self, files: Vec<String>) -> Self {
        self.files = files;
        self
    }
}

impl Listed {
    /// Its id, its title and when it was written.
    pub(super) fn into_parts(self) -> (String, Option<String>, Time) {
        (self.id, self.title, self.updated)
    }
}

/// Keeps a draft under a new id.
pub(super) fn keep_new(at: &At<'_>, draft: &Draft) -> Result<String, Problem> {
    let id = new_id()?;
    if kept::names(at, kept::DRAFT)?.len() >= DRAFTS_MAX {
        return Err(Problem::entry(format!("> {DRAFTS_MAX}")));
    }
    kept::write(at, &name(&id), draft)?;
    Ok(id)
}

/// A draft as it was kept; none where there is none.
pub(super) fn kept_draft(at: &At<'_>, id: &str) -> Result<Option<Draft>, Problem> {
    kept::read(at, &name(id))
}

/// Keeps a new draft
#[utoipa::path(post, path = "/api/v1/drafts", tag = "compose", request_body = Draft,
    responses((status = 201, body = Id)))]
pub(crate) async fn add(
    sitting: Sitting,
    Entered(draft): Entered<Draft>,
) -> Result<Response, Problem> {
    let done = sitting.act(async move |at| keep_new(at, &draft));
    let id = done.await?;
    Ok((StatusCode::CREATED, Json(Id { id })).into_response())
}

/// One draft
#[utoipa::path(get, path = "/api/v1/drafts/{id}", tag = "compose",
    params(("id" = String, Path)), responses((status = 200, body = KeptDraft)))]
pub(crate) async fn one(
    sitting: Sitting,
    Path(id): Path<String>,
) -> Result<Json<KeptDraft>, Problem> {
    let named = name(&id);
    let found = sitting.act(async move |at| {
        let names = kept::names(at, &named)?;
        let written = names.into_iter().find(|(name, _)| *name == named);
        let draft = kept::read::<Draft>(at, &named)?;
        Ok(draft.zip(written.map(|(_, ms)| ms)))
    });
    let (draft, ms) = found.await?.ok_or_else(Problem::not_found)?;
    let here = |file: &&String| sitting.uploads.of(file).is_none();
    Ok(Json(KeptDraft {
        missing_files: draft.files.iter().filter(here).cloned().collect(),
        id,
        updated: written(ms),
        draft,
    }))
}

/// Keeps a draft in place of what it was
#[utoipa::path(put, path = "/api/v1/drafts/{id}", tag = "compose",
    params(("id" = String, Path)), request_body = Draft, responses((status = 204)))]
pub(crate) async fn change(
    sitting: Sitting,
    Path(id): Path<String>,
    Entered(draft): Entered<Draft>,
) -> Result<StatusCode, Problem> {
    let named = name(&id);
    let done = sitting.act(async move |at| {
        let there = kept::read::<Draft>(at, &named)?;
        there.ok_or_else(Problem::not_found)?;
        kept::write(at, &named, &draft)
    });
    done.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a draft
#[utoipa::path(delete, path = "/api/v1/drafts/{id}", tag = "compose",
    params(("id" = String, Path)), responses((status = 204)))]
pub(crate) async fn remove(
    sitting: Sitting,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let named = name(&id);
    let there = sitting.act(async move |at| kept::remove(at, &named));
    if there.await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_read_again_as_it_was_kept() {
        for text in [
            "{}",
            r#"{"title":"通知","files":["a"],"metadata":{"number":null}}"#,
        ] {
            let draft: Draft = serde_json::from_str(text).unwrap();
            let kept = serde_json::to_string(&draft).unwrap();
            let again: Draft = serde_json::from_str(&kept).unwrap();
            assert_eq!(again.title, draft.title, "{text}");
            assert_eq!(again.files, draft.files, "{text}");
        }
        for bad in [
            r#"{"titel":"x"}"#,
            r#"{"to":"513201-zf"}"#,
            "7",
            r#"{"months":-1}"#,
        ] {
            assert!(serde_json::from_str::<Draft>(bad).is_err(), "{bad}");
        }
    }
}
