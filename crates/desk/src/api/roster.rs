//! The roster as everybody here has verified it, in lists; the desk searches them.

use axum::Json;
use axum::extract::Query;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use yichuan_document::roster::Roster;
use yichuan_document::roster::record::{
    Account, Device, Officer, Record, Role, SealGrant, Status, Unit,
};
use yichuan_unit::lang::say;
use yichuan_unit::office::history::history;

use super::me::{roles, roster};
use crate::entry::Sitting;
use crate::problem::Problem;
use crate::seat::At;
use crate::words::{Coded, Page, Time, page};

/// Which records of the roster this account sees: who supervises or audits sees all, others those
/// of the own unit.
async fn scope(at: &mut At<'_>) -> Result<(Roster, Option<String>), Problem> {
    let roster = roster(at).await?;
    let account = at.held.unlocked.account.clone();
    let roles = roles(&roster, &account);
    let all = roles.contains(&Role::Authority) || roles.contains(&Role::Audit);
    let own = (!all).then(|| account.unit().to_string());
    Ok((roster, own))
}

fn sees(own: Option<&String>, id: &str) -> bool {
    own.is_none_or(|own| {
        let rest = id.strip_prefix(own.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    })
}

/// The most lines of a list that are given, and how many where nobody says.
const LINES_MAX: usize = 500;

/// What is sought in a list of the roster.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Sought {
    /// A part of anything that the line says.
    q: Option<String>,
    /// At most 500.
    limit: Option<usize>,
}

/// The first lines of what was found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Searched<T> {
    items: Vec<T>,
    /// How many lines there are in all.
    total: usize,
}

/// Whether anything that is said in a line contains `sought`, in small letters.
fn says(line: &Value, sought: &str) -> bool {
    match line {
        Value::String(text) => text.to_lowercase().contains(sought),
        Value::Array(parts) => parts.iter().any(|part| says(part, sought)),
        Value::Object(parts) => parts.values().any(|part| says(part, sought)),
        _ => false,
    }
}

impl Sought {
    fn of<L: Serialize>(&self, lines: impl Iterator<Item = L>) -> Searched<L> {
        let sought = self.q.as_deref().unwrap_or_default().trim().to_lowercase();
        let limit = self.limit.unwrap_or(LINES_MAX).clamp(1, LINES_MAX);
        let fits = |line: &L| {
            let told = || serde_json::to_value(line).is_ok_and(|line| says(&line, &sought));
            sought.is_empty() || told()
        };
        let (mut items, mut total) = (Vec::new(), 0);
        for line in lines.filter(fits) {
            total += 1;
            if items.len() < limit {
                items.push(line);
            }
        }
        Searched { items, total }
    }
}

/// The records of one kind that this account sees, each as its line.
async fn seen<R: Record, L: Serialize + Send + 'static>(
    sitting: &Sitting,
    sought: Sought,
    line: impl Fn(&Roster, &str, R) -> L + Send + 'static,
) -> Result<Json<Searched<L>>, Problem> {
    let found = sitting.act(async move |at| {
        let (roster, own) = scope(at).await?;
        let all = roster.all::<R>().filter(|(id, _)| sees(own.as_ref(), id));
        Ok(sought.of(all.map(|(id, it)| line(&roster, id, it))))
    });
    Ok(Json(found.await?))
}

fn status(status: Status) -> Coded {
    match status {
        Status::Active => Coded::new("正常", "active"),
        Status::Suspended => Coded::new("暂停", "suspended"),
        Status::Closed => Coded::new("停用", "closed"),
    }
}

/// A unit in the roster.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UnitLine {
    code: String,
    name: String,
    parent: Option<String>,
    successor: Option<String>,
    status: Coded,
    key_epoch: Option<u32>,
}

/// The units of the roster
#[utoipa::path(get, path = "/api/v1/roster/units", tag = "authority", params(Sought),
    responses((status = 200, body = Searched<UnitLine>)))]
pub(crate) async fn units(
    sitting: Sitting,
    Query(sought): Query<Sought>,
) -> Result<Json<Searched<UnitLine>>, Problem> {
    let found = sitting.act(async move |at| {
        let roster = roster(at).await?;
        let line = |(code, unit): (&str, Unit)| UnitLine {
            code: code.to_owned(),
            name: unit.name,
            parent: unit.parent.map(|it| it.to_string()),
            successor: unit.successor.map(|it| it.to_string()),
            status: status(unit.status),
            key_epoch: code
                .parse()
                .ok()
                .and_then(|it| roster.unit_key(&it))
                .map(|it| it.epoch),
        };
        Ok(sought.of(roster.all::<Unit>().map(line)))
    });
    Ok(Json(found.await?))
}

/// An account in the roster.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountLine {
    id: String,
    person: String,
    post: String,
    roles: Vec<Coded>,
    devices: Vec<String>,
    status: Coded,
    enrolled: bool,
}

/// The accounts of the roster
#[utoipa::path(get, path = "/api/v1/roster/accounts", tag = "authority", params(Sought),
    responses((status = 200, body = Searched<AccountLine>)))]
pub(crate) async fn accounts(
    sitting: Sitting,
    Query(sought): Query<Sought>,
) -> Result<Json<Searched<AccountLine>>, Problem> {
    seen(&sitting, sought, |roster, id, it: Account| AccountLine {
        id: id.to_owned(),
        person: it.person.to_string(),
        post: it.post,
        roles: it
            .roles
            .iter()
            .map(|it| Coded::new(it.zh(), it.en()))
            .collect(),
        devices: it.devices.iter().map(ToString::to_string).collect(),
        status: status(it.status),
        enrolled: id
            .parse()
            .is_ok_and(|id| roster.account_keys(&id).is_some()),
    })
    .await
}

/// A computer in the roster.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeviceLine {
    id: String,
    label: String,
    responsible: String,
    place: Option<String>,
    owner: Option<String>,
    status: Coded,
}

/// The computers of the roster
#[utoipa::path(get, path = "/api/v1/roster/devices", tag = "authority", params(Sought),
    responses((status = 200, body = Searched<DeviceLine>)))]
pub(crate) async fn devices(
    sitting: Sitting,
    Query(sought): Query<Sought>,
) -> Result<Json<Searched<DeviceLine>>, Problem> {
    seen(&sitting, sought, |_, id, it: Device| DeviceLine {
        id: id.to_owned(),
        label: it.label,
        responsible: it.responsible.to_string(),
        place: it.place,
        owner: it.owner,
        status: status(it.status),
    })
    .await
}

/// A seal in the roster.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SealLine {
    id: String,
    name: String,
    custodian: String,
    devices: Vec<String>,
    valid_from: Time,
    valid_until: Time,
    electronic: bool,
    status: Coded,
    /// Whether something must still happen before its first use.
    awaits: bool,
}

/// The seals of the roster
#[utoipa::path(get, path = "/api/v1/roster/seals", tag = "authority", params(Sought),
    responses((status = 200, body = Searched<SealLine>)))]
pub(crate) async fn seals(
    sitting: Sitting,
    Query(sought): Query<Sought>,
) -> Result<Json<Searched<SealLine>>, Problem> {
    seen(&sitting, sought, |_, id, it: SealGrant| SealLine {
        id: id.to_owned(),
        name: it.name,
        custodian: it.custodian.to_string(),
        devices: it.devices.iter().map(ToString::to_string).collect(),
        valid_from: it.valid_from.into(),
        valid_until: it.valid_until.into(),
        electronic: it.ses.is_some(),
        status: status(it.status),
        awaits: it.awaits.is_some(),
    })
    .await
}

/// An officer of the authority.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OfficerLine {
    id: String,
    status: Coded,
}

/// The authority's officers
#[utoipa::path(get, path = "/api/v1/roster/officers", tag = "authority", params(Sought),
    responses((status = 200, body = Searched<OfficerLine>)))]
pub(crate) async fn officers(
    sitting: Sitting,
    Query(sought): Query<Sought>,
) -> Result<Json<Searched<OfficerLine>>, Problem> {
    let found = sitting.act(async move |at| {
        let roster = roster(at).await?;
        let line = |(id, it): (&str, Officer)| OfficerLine {
            id: id.to_owned(),
            status: status(it.status),
        };
        Ok(sought.of(roster.all::<Officer>().map(line)))
    });
    Ok(Json(found.await?))
}

/// The rules of this installation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PolicyShown {
    /// The highest level that may pass.
    ceiling: Coded,
    rule_set: u16,
    /// Minutes to sign for a document, by urgency from the least.
    due_minutes: Vec<u16>,
    password_days: u16,
    session_idle_minutes: Option<u16>,
    session_hours: Option<u16>,
}

/// The rules of this installation
#[utoipa::path(get, path = "/api/v1/roster/policy", tag = "authority",
    responses((status = 200, body = Option<PolicyShown>)))]
pub(crate) async fn policy(sitting: Sitting) -> Result<Json<Option<PolicyShown>>, Problem> {
    let shown = sitting.act(async |at| {
        let policy = roster(at).await?.policy();
        Ok(policy.map(|it| PolicyShown {
            ceiling: super::authority::ceiling(it.ceiling),
            rule_set: it.rule_set,
            due_minutes: it.due_minutes,
            password_days: it.password_days,
            session_idle_minutes: it.session_idle_minutes,
            session_hours: it.session_hours,
        }))
    });
    Ok(Json(shown.await?))
}

/// A page of the history.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    pub(super) limit: Option<usize>,
    pub(super) cursor: Option<String>,
}

/// Something that changed the roster.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HistoryLine {
    index: u64,
    recorded: Time,
    by: String,
    what: String,
    about: Vec<String>,
}

/// What changed the roster, the newest first
#[utoipa::path(get, path = "/api/v1/roster/history", tag = "authority", params(Paging),
    responses((status = 200, body = Page<HistoryLine>)))]
pub(crate) async fn changes(
    sitting: Sitting,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<HistoryLine>>, Problem> {
    let lines = sitting.act(async |at| {
        let (_, own) = scope(at).await?;
        let session = at.session().await?;
        let all = history(&session.mirror)?.into_iter().rev();
        let about = |ids: &[String]| ids.iter().any(|id| sees(own.as_ref(), id));
        let all = all.filter(|it| own.is_none() || about(&it.about));
        let line = |it: yichuan_unit::office::history::Happened| HistoryLine {
            index: it.index,
            recorded: it.recorded.into(),
            by: it.by,
            what: say(it.what.0, it.what.1).to_owned(),
            about: it.about,
        };
        Ok(all.map(line).collect::<Vec<HistoryLine>>())
    });
    let lines = lines.await?;
    Ok(Json(page(lines, paging.cursor.as_deref(), paging.limit)))
}
