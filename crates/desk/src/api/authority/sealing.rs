//! Seals: judged before they are issued, issued, suspended, resumed, revoked, given another
//! custodian (Art. 12, 13).

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yichuan_document::{DeviceId, Digest, SealId};
use yichuan_unit::authority::{
    JudgedPicture, LEVELS, OfficeLevel, PICTURE_BYTES_MAX, REQUEST_BYTES_MAX, SealIssue,
    SealRequest,
};
use yichuan_unit::home::read_at_most;
use yichuan_unit::office::Failed;
use yichuan_unit::report::explained::{explain, faults};

use super::changing::{Becomes, parse};
use super::{Signed, Typed, at_authority, signed};
use crate::desk::Desk;
use crate::entry::{Entered, Sitting};
use crate::problem::Problem;
use crate::words::meant;

/// A custodian's request and a picture, before a seal is issued.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SealAsked {
    /// The uploaded request of the custodian.
    request: Option<String>,
    /// The uploaded PNG.
    picture: Option<String>,
    /// A code of `seal_levels`.
    level: String,
    /// Where the picture does not tell it.
    diameter_mm: Option<u32>,
}

/// What was found in them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SealJudged {
    /// Who asks for it.
    custodian: Option<String>,
    /// Whether an electronic seal is asked for.
    electronic: bool,
    /// What is wrong with the request.
    request_fault: Option<String>,
    /// In hundredths of a millimetre.
    diameter: Option<u32>,
    /// Everything that is wrong with the picture.
    picture_faults: Vec<String>,
}

/// A seal to be issued.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SealIssued {
    id: String,
    name: String,
    /// The uploaded request of the custodian.
    request: String,
    /// The uploaded PNG.
    picture: String,
    /// A code of `seal_levels`.
    level: String,
    /// Where the picture does not tell it.
    diameter_mm: Option<u32>,
    /// The computers on which it may be used.
    devices: Vec<String>,
    valid_days: u32,
    /// Whether it waits until its custodian takes it into use.
    #[serde(default)]
    awaits_activation: bool,
    /// The unit's application, by its number.
    application: Option<String>,
    /// The officer's password.
    #[schema(value_type = String)]
    password: Typed,
}

/// Another custodian, key or computers for a seal.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SealReplaced {
    /// The uploaded request of the custodian.
    request: String,
    /// The computers on which it may be used.
    devices: Vec<String>,
    /// The officer's password.
    #[schema(value_type = String)]
    password: Typed,
}

/// How long a seal may be valid, in days: whoever types more has typed something else.
const VALID_DAYS_MAX: u32 = 36_600;

fn level(code: &str) -> Result<OfficeLevel, Problem> {
    meant(LEVELS, code).ok_or_else(|| Problem::entry(format!("level: {code:?}")))
}

/// The bytes of an uploaded file.
pub(super) fn uploaded(sitting: &Sitting, id: &str, limit_bytes: u64) -> Result<Vec<u8>, Problem> {
    let upload = sitting.uploads.of(id).ok_or_else(Problem::not_found)?;
    read_at_most(&upload.path, limit_bytes)
        .map_err(|error| Problem::entry(format!("{}: {error}", upload.name)))
}

fn request(sitting: &Sitting, id: &str) -> Result<SealRequest, Failed> {
    let bytes = uploaded(sitting, id, REQUEST_BYTES_MAX);
    let text = bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok());
    // What is too long, or no text, is no request either.
    Ok(SealRequest::read(&text.unwrap_or_default())?)
}

fn devices(typed: &[String]) -> Result<Vec<DeviceId>, Problem> {
    let mut devices: Vec<DeviceId> = typed.iter().map(|id| parse(id)).collect::<Result<_, _>>()?;
    devices.sort();
    devices.dedup();
    Ok(devices)
}

/// Removes what has served.
fn forget(sitting: &Sitting, ids: &[&str]) {
    for id in ids {
        sitting.uploads.remove(id);
    }
}

/// Judges a custodian's request and a picture; everything that is wrong is told
#[utoipa::path(post, path = "/api/v1/authority/seals/check", tag = "authority",
    request_body = SealAsked, responses((status = 200, body = SealJudged)))]
pub(crate) async fn check(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
    Entered(asked): Entered<SealAsked>,
) -> Result<Json<SealJudged>, Problem> {
    at_authority(desk, &sitting, async |_, _| Ok(())).await?;
    let of_level = level(&asked.level)?;
    let judged = sitting.say(|| {
        let mut judged = SealJudged {
            custodian: None,
            electronic: false,
            request_fault: None,
            diameter: None,
            picture_faults: Vec::new(),
        };
        match asked.request.as_deref().map(|id| request(&sitting, id)) {
            Some(Ok(request)) => {
                judged.electronic = request.electronic.is_some();
                judged.custodian = Some(request.custodian.to_string());
            }
            Some(Err(failed)) => judged.request_fault = Some(explain(&failed).what),
            None => {}
        }
        if let Some(id) = &asked.picture {
            let bytes = uploaded(&sitting, id, PICTURE_BYTES_MAX as u64)?;
            match JudgedPicture::judged(&bytes, of_level, asked.diameter_mm) {
                Ok((_, shown)) => judged.diameter = Some(shown.diameter),
                Err(failed) => {
                    let failed = Failed::from(failed);
                    judged.picture_faults = faults(&failed);
                    if judged.picture_faults.is_empty() {
                        judged.picture_faults = vec![explain(&failed).what];
                    }
                }
            }
        }
        Ok::<_, Problem>(judged)
    })?;
    Ok(Json(judged))
}

/// Issues a seal
#[utoipa::path(post, path = "/api/v1/authority/seals", tag = "authority",
    request_body = SealIssued, responses((status = 200, body = Signed)))]
pub(crate) async fn issue(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
    Entered(entered): Entered<SealIssued>,
) -> Result<Json<Signed>, Problem> {
    let asked = request(&sitting, &entered.request)?;
    let application = entered.application.as_deref().map(str::trim);
    let application = application.filter(|typed| !typed.is_empty()).map(|typed| {
        let read = Digest::from_hex(typed);
        read.ok_or_else(|| Problem::entry(format!("application: {typed:?}")))
    });
    if !(1..=VALID_DAYS_MAX).contains(&entered.valid_days) {
        return Err(Problem::entry("valid_days"));
    }
    let grant = SealIssue {
        id: parse(&entered.id)?,
        name: entered.name,
        picture: uploaded(&sitting, &entered.picture, PICTURE_BYTES_MAX as u64)?,
        level: level(&entered.level)?,
        diameter_mm: entered.diameter_mm,
        devices: devices(&entered.devices)?,
        valid_days: entered.valid_days,
        awaits: entered.awaits_activation,
        application: application.transpose()?,
    };
    let done = signed(
        desk,
        &sitting,
        entered.password,
        move |authority, password| Ok(authority.issue_seal(&asked, grant, password)?.into()),
    );
    let done = done.await?;
    forget(&sitting, &[&entered.request, &entered.picture]);
    Ok(done)
}

/// Suspends, resumes or revokes a seal
#[utoipa::path(post, path = "/api/v1/authority/seals/{id}/status", tag = "authority",
    params(("id" = String, Path)), request_body = Becomes,
    responses((status = 200, body = Signed)))]
pub(crate) async fn set_seal(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
    Path(id): Path<String>,
    Entered(entered): Entered<Becomes>,
) -> Result<Json<Signed>, Problem> {
    let id: SealId = parse(&id)?;
    let status = entered.status()?;
    signed(
        desk,
        &sitting,
        entered.password,
        move |authority, password| Ok(authority.set_seal(&id, status, password)?.into()),
    )
    .await
}

/// Gives a seal another custodian, key or computers
#[utoipa::path(post, path = "/api/v1/authority/seals/{id}/replace", tag = "authority",
    params(("id" = String, Path)), request_body = SealReplaced,
    responses((status = 200, body = Signed)))]
pub(crate) async fn replace_seal(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
    Path(id): Path<String>,
    Entered(entered): Entered<SealReplaced>,
) -> Result<Json<Signed>, Problem> {
    let id: SealId = parse(&id)?;
    let asked = request(&sitting, &entered.request)?;
    let devices = devices(&entered.devices)?;
    let done = signed(
        desk,
        &sitting,
        entered.password,
        move |authority, password| {
            Ok(authority
                .replace_seal(&id, &asked, devices, password)?
                .into())
        },
    );
    let done = done.await?;
    forget(&sitting, &[&entered.request]);
    Ok(done)
}
