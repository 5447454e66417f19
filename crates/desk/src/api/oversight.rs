//! Figures, audit, and the roster as everybody here has verified it.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::Query;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use yichuan_document::roster::Roster;
use yichuan_document::roster::record::{
    Account, Device, Officer, Record, Role, SealGrant, Status, Unit,
};
use yichuan_unit::lang::say;
use yichuan_unit::office::history::history;
use yichuan_unit::office::supervision::period::{Period, month, typed};
use yichuan_unit::office::supervision::tally::NUMBERS;

use super::documents::bound;
use super::me::{roles, roster};
use crate::entry::Sitting;
use crate::problem::Problem;
use crate::seat::At;
use crate::words::{Coded, Items, Page, Time, UnitRef, page, slug};

/// Which months, and whose.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Months {
    /// Such as 2026-11.
    from: String,
    to: String,
    /// 1 for the units below, too.
    #[serde(default)]
    below: u8,
}

/// Figures of a unit and month.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FiguresLine {
    unit: UnitRef,
    month: String,
    figures: BTreeMap<String, u32>,
}

/// Figures of a period.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Figures {
    items: Vec<FiguresLine>,
    /// What each figure is called.
    words: BTreeMap<String, String>,
    log_size: u64,
}

/// Sending and receiving in figures
#[utoipa::path(get, path = "/api/v1/figures", tag = "supervision", params(Months),
    responses((status = 200, body = Figures)))]
pub(crate) async fn figures(
    sitting: Sitting,
    Query(months): Query<Months>,
) -> Result<Json<Figures>, Problem> {
    let read = |text: &str| month(text).ok_or_else(|| Problem::entry(text));
    let period = Period::between(read(&months.from)?, read(&months.to)?);
    let period = period.map_err(|why| Problem::entry(format!("{why:?}")))?;
    let found = sitting.act(async move |at| {
        let session = at.session().await?;
        let rows = session
            .figures(period, months.below == 1, &mut |_| {})
            .await?;
        let roster = session.mirror.roster();
        let name = |number: &yichuan_unit::office::supervision::tally::Number| slug(number.1);
        let line = |row: yichuan_unit::office::supervision::MonthOfUnit| {
            let mut figures: BTreeMap<String, u32> = NUMBERS
                .iter()
                .map(|number| (name(number), number.2(&row.figures)))
                .collect();
            figures.insert("returned".to_owned(), row.figures.returned_in_all());
            if let Some(median) = row.figures.percentile(50) {
                figures.insert("median-minutes".to_owned(), median);
            }
            FiguresLine {
                unit: UnitRef::of(roster, &row.unit),
                month: typed(row.month),
                figures,
            }
        };
        let words = NUMBERS
            .iter()
            .map(|it| (name(it), say(it.0, it.1).to_owned()));
        let more = [
            ("returned", say("退回", "returned")),
            ("median-minutes", say("中位用时（分）", "median minutes")),
        ];
        let more = more.map(|(code, word)| (code.to_owned(), word.to_owned()));
        Ok(Figures {
            items: rows.into_iter().map(line).collect(),
            words: words.chain(more).collect(),
            log_size: session.log_size(),
        })
    });
    Ok(Json(found.await?))
}

/// Which lines of the audit.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditWanted {
    /// From this day on.
    from: Option<String>,
    /// Up to this day.
    to: Option<String>,
    unit: Option<String>,
    /// A person, or an account.
    person: Option<String>,
    /// The code or the word of what happened.
    kind: Option<String>,
    document: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// A line of the audit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditLine {
    index: u64,
    time: Time,
    kind: String,
    what: String,
    by: String,
    unit: Option<UnitRef>,
    person: Option<String>,
    device: Option<String>,
    document: Option<String>,
    detail: String,
}

/// Who did what and when, the newest first, every signature and proof verified
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", params(AuditWanted),
    responses((status = 200, body = Page<AuditLine>)))]
pub(crate) async fn audit(
    sitting: Sitting,
    Query(wanted): Query<AuditWanted>,
) -> Result<Json<Page<AuditLine>>, Problem> {
    let from = bound(wanted.from.as_deref())?.map(|(first, _)| first);
    let until = bound(wanted.to.as_deref())?.map(|(_, after)| after);
    let (cursor, limit) = (wanted.cursor.clone(), wanted.limit);
    let lines = sitting.act(async move |at| {
        let session = at.session().await?;
        let lines = session.audit(&mut |_| {}).await?;
        let roster = session.mirror.roster();
        let line = |it: yichuan_unit::office::audit::Audited| AuditLine {
            index: it.index,
            time: it.time.into(),
            kind: slug(it.what.1),
            what: say(it.what.0, it.what.1).to_owned(),
            by: it.by,
            unit: it.unit.map(|unit| UnitRef::of(roster, &unit)),
            person: it.person.map(|person| person.to_string()),
            device: it.device.map(|device| device.to_string()),
            document: it.document.map(|document| document.to_string()),
            detail: it.detail,
        };
        let is = |asked: &Option<String>, found: Option<&str>| {
            let asked = asked.as_deref().filter(|asked| !asked.is_empty());
            asked.is_none_or(|asked| found == Some(asked))
        };
        let fits = |line: &AuditLine| {
            let ms = line.time.unix_ms();
            is(
                &wanted.unit,
                line.unit.as_ref().map(|unit| unit.code.as_str()),
            ) && (is(&wanted.person, line.person.as_deref()) || is(&wanted.person, Some(&line.by)))
                && (is(&wanted.kind, Some(&line.kind)) || is(&wanted.kind, Some(&line.what)))
                && is(&wanted.document, line.document.as_deref())
                && from.is_none_or(|from| ms >= from)
                && until.is_none_or(|until| ms < until)
        };
        let lines = lines.into_iter().rev().map(line);
        Ok(lines.filter(fits).collect::<Vec<AuditLine>>())
    });
    Ok(Json(page(lines.await?, cursor.as_deref(), limit)))
}

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

/// The records of one kind that this account sees, each as its line.
async fn seen<R: Record, L: Send + 'static>(
    sitting: &Sitting,
    line: impl Fn(&Roster, &str, R) -> L + Send + 'static,
) -> Result<Json<Items<L>>, Problem> {
    let items = sitting.act(async move |at| {
        let (roster, own) = scope(at).await?;
        let all = roster.all::<R>().filter(|(id, _)| sees(own.as_ref(), id));
        Ok(all.map(|(id, it)| line(&roster, id, it)).collect())
    });
    Ok(Json(Items {
        items: items.await?,
    }))
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
#[utoipa::path(get, path = "/api/v1/roster/units", tag = "authority",
    responses((status = 200, body = Items<UnitLine>)))]
pub(crate) async fn units(sitting: Sitting) -> Result<Json<Items<UnitLine>>, Problem> {
    let items = sitting.act(async |at| {
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
        Ok(roster.all::<Unit>().map(line).collect())
    });
    Ok(Json(Items {
        items: items.await?,
    }))
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
#[utoipa::path(get, path = "/api/v1/roster/accounts", tag = "authority",
    responses((status = 200, body = Items<AccountLine>)))]
pub(crate) async fn accounts(sitting: Sitting) -> Result<Json<Items<AccountLine>>, Problem> {
    seen(&sitting, |roster, id, it: Account| AccountLine {
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
#[utoipa::path(get, path = "/api/v1/roster/devices", tag = "authority",
    responses((status = 200, body = Items<DeviceLine>)))]
pub(crate) async fn devices(sitting: Sitting) -> Result<Json<Items<DeviceLine>>, Problem> {
    seen(&sitting, |_, id, it: Device| DeviceLine {
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
#[utoipa::path(get, path = "/api/v1/roster/seals", tag = "authority",
    responses((status = 200, body = Items<SealLine>)))]
pub(crate) async fn seals(sitting: Sitting) -> Result<Json<Items<SealLine>>, Problem> {
    seen(&sitting, |_, id, it: SealGrant| SealLine {
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
#[utoipa::path(get, path = "/api/v1/roster/officers", tag = "authority",
    responses((status = 200, body = Items<OfficerLine>)))]
pub(crate) async fn officers(sitting: Sitting) -> Result<Json<Items<OfficerLine>>, Problem> {
    let items = sitting.act(async |at| {
        let roster = roster(at).await?;
        let line = |(id, it): (&str, Officer)| OfficerLine {
            id: id.to_owned(),
            status: status(it.status),
        };
        Ok(roster.all::<Officer>().map(line).collect())
    });
    Ok(Json(Items {
        items: items.await?,
    }))
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
    use yichuan_document::level::Ceiling;
    let shown = sitting.act(async |at| {
        let policy = roster(at).await?.policy();
        Ok(policy.map(|it| PolicyShown {
            ceiling: match it.ceiling {
                Ceiling::Public => Coded::new("公开", "public"),
                Ceiling::Internal => Coded::new("内部", "internal"),
                Ceiling::Secret => Coded::new("秘密", "secret"),
            },
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
    limit: Option<usize>,
    cursor: Option<String>,
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
