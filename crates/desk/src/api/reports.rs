//! What a unit has to account for (`yichuan report`): statistics over time, uses of seals, a draft
//! circular, and the exchange's figures held against the log.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use yichuan_document::{SealId, Timestamp, UnitCode};
use yichuan_unit::lang::{say, this_year};
use yichuan_unit::office::Failed;
use yichuan_unit::office::seal_uses::{cells, head};
use yichuan_unit::office::supervision::circular::Form;
use yichuan_unit::office::supervision::period::{Period, month, typed};
use yichuan_unit::office::supervision::statistics::{Cell, Step, between};

use super::listed::bound;
use crate::download;
use crate::entry::{Entered, Sitting};
use crate::problem::Problem;
use crate::seat::At;
use crate::sheet::{Ending, sheet};
use crate::words::UnitRef;

/// The years that a table may have.
const YEARS: std::ops::RangeInclusive<u16> = 2_000..=9_999;

/// Which table.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct TableWanted {
    /// Of a table by month the year, by year the last one; this one where it is not said.
    year: Option<u16>,
    /// How many years.
    years: Option<u16>,
    /// 1 for the units below, too.
    below: u8,
    /// Of uses of seals: this seal only.
    seal: Option<String>,
    /// Of uses of seals: from this day on.
    from: Option<String>,
    /// Of uses of seals: up to this day.
    to: Option<String>,
    /// Of an export: `csv` or `xlsx`.
    format: Option<String>,
}

/// A table.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReportTable)]
pub(crate) struct Table {
    title: String,
    head: Vec<String>,
    rows: Vec<Vec<String>>,
    /// How large the log was at least, where figures are the exchange's.
    log_size: Option<u64>,
}

async fn over_time(at: &mut At<'_>, step: &Step, below: bool) -> Result<Table, Problem> {
    let session = at.session().await?;
    let rows = session.figures(step.period, below, &mut |_| {}).await?;
    let shown = |row: Vec<Cell>| row.iter().map(Cell::shown).collect();
    Ok(Table {
        title: step.title.clone(),
        head: step.head().into_iter().map(str::to_owned).collect(),
        rows: step.rows(&rows).into_iter().map(shown).collect(),
        log_size: Some(session.log_size()),
    })
}

async fn uses(at: &mut At<'_>, asked: &TableWanted) -> Result<Table, Problem> {
    let from = bound(asked.from.as_deref())?.map(|(first, _)| first);
    let until = bound(asked.to.as_deref())?.map(|(_, after)| after);
    let only = asked.seal.as_deref().filter(|typed| !typed.is_empty());
    let only = only.map(|typed| typed.parse::<SealId>().map_err(|_| Problem::entry("seal")));
    let only = only.transpose()?;
    let wanted = |time: Timestamp, seal: &SealId| {
        only.as_ref().is_none_or(|only| only == seal)
            && from.is_none_or(|from| time.unix_ms() >= from)
            && until.is_none_or(|until| time.unix_ms() < until)
    };
    let uses = at.session().await?.seal_uses(&wanted, &mut |_| {}).await?;
    Ok(Table {
        title: say("用印登记", "uses of seals").to_owned(),
        head: head().into_iter().map(str::to_owned).collect(),
        rows: uses.iter().rev().map(cells).collect(),
        log_size: None,
    })
}

async fn table(at: &mut At<'_>, which: &str, asked: &TableWanted) -> Result<Table, Problem> {
    let year = asked.year.unwrap_or_else(this_year);
    if !YEARS.contains(&year) {
        return Err(Problem::entry("year"));
    }
    let below = asked.below == 1;
    match which {
        "monthly" => over_time(at, &Step::monthly(year), below).await,
        "yearly" => {
            let step = Step::yearly(year, asked.years.unwrap_or(5))?;
            over_time(at, &step, below).await
        }
        "seals" => uses(at, asked).await,
        _ => Err(Problem::not_found()),
    }
}

/// A table: `monthly`, `yearly` or `seals`
#[utoipa::path(get, path = "/api/v1/reports/{table}", tag = "supervision",
    params(("table" = String, Path), TableWanted), responses((status = 200, body = Table)))]
pub(crate) async fn report(
    sitting: Sitting,
    Path(which): Path<String>,
    Query(asked): Query<TableWanted>,
) -> Result<Json<Table>, Problem> {
    let done = sitting.act(async move |at| table(at, &which, &asked).await);
    Ok(Json(done.await?))
}

/// A table as a file for a spreadsheet
#[utoipa::path(get, path = "/api/v1/reports/{table}/export", tag = "supervision",
    params(("table" = String, Path), TableWanted), responses((status = 200)))]
pub(crate) async fn export(
    sitting: Sitting,
    Path(which): Path<String>,
    Query(asked): Query<TableWanted>,
) -> Result<Response, Problem> {
    let ending = Ending::of(asked.format.as_deref())?;
    let name = match which.as_str() {
        "monthly" => "收发文统计表-按月",
        "yearly" => "收发文统计表-按年",
        _ => "用印登记",
    };
    let done = sitting.act(async move |at| {
        let made = table(at, &which, &asked).await?;
        sheet(ending, &made.head, made.rows)
    });
    let name = format!("{name}.{}", ending.written());
    Ok(download::of_bytes(&name, done.await?))
}

/// Of which months.
#[derive(Debug, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MonthsWanted {
    /// Such as 2026-11.
    from: String,
    to: String,
    /// 1 for the units below, too.
    #[serde(default)]
    below: u8,
    /// Of a circular: `text` or `md`.
    #[serde(default)]
    form: Option<String>,
    /// Of a comparison: this unit only.
    #[serde(default)]
    unit: Option<String>,
}

impl MonthsWanted {
    fn period(&self) -> Result<Period, Problem> {
        let read = |text: &str| month(text).ok_or_else(|| Problem::entry(text));
        Ok(between(read(&self.from)?, read(&self.to)?)?)
    }
}

/// A draft circular.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CircularDraft)]
pub(crate) struct Circular {
    /// In Chinese, whatever the language: it goes to units as a document.
    draft: String,
    /// How large the log was at least.
    log_size: u64,
}

/// A draft circular (通报) on a period, to be verified and decided before anybody issues it
#[utoipa::path(get, path = "/api/v1/circular", tag = "supervision", params(MonthsWanted),
    responses((status = 200, body = Circular)))]
pub(crate) async fn circular(
    sitting: Sitting,
    Query(asked): Query<MonthsWanted>,
) -> Result<Json<Circular>, Problem> {
    let form = match asked.form.as_deref() {
        None | Some("text") => Form::Text,
        Some("md") => Form::Markdown,
        Some(_) => return Err(Problem::entry("form")),
    };
    let done = sitting.act(async move |at| {
        let period = asked.period()?;
        let session = at.session().await?;
        let below = asked.below == 1;
        let rows = session.figures(period, below, &mut |_| {}).await?;
        let circular = session.circular(period, &rows);
        Ok(Circular {
            log_size: circular.size,
            draft: circular.draft(form),
        })
    });
    Ok(Json(done.await?))
}

/// The exchange's figures against the log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FiguresCompared)]
pub(crate) struct Compared {
    /// Whether nothing differs.
    equal: bool,
    log_size: u64,
    /// How many entries were verified.
    entries: usize,
    rows: Vec<ComparedRow>,
}

/// A unit's month.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ComparedRow {
    unit: UnitRef,
    month: String,
    equal: bool,
    /// Each number that differs: what the exchange says, and what the log gives.
    differences: BTreeMap<String, [String; 2]>,
}

/// Folds the log and compares what it gives with what the exchange says; for an auditor
#[utoipa::path(post, path = "/api/v1/figures/verify", tag = "supervision",
    request_body = MonthsWanted, responses((status = 200, body = Compared)))]
pub(crate) async fn verify(
    sitting: Sitting,
    Entered(asked): Entered<MonthsWanted>,
) -> Result<Json<Compared>, Problem> {
    let done = sitting.act(async move |at| {
        let period = asked.period()?;
        let only = asked.unit.as_deref().filter(|typed| !typed.is_empty());
        let unknown = |typed: &str| Failed::UnknownUnit(typed.to_owned());
        let only = only.map(|typed| typed.parse::<UnitCode>().map_err(|_| unknown(typed)));
        let only = only.transpose()?;
        let session = at.session().await?;
        let found = session
            .compare_figures(period, only.as_ref(), &mut |_| {})
            .await?;
        let roster = session.mirror.roster();
        let rows = found.rows.iter().map(|row| ComparedRow {
            unit: UnitRef::of(roster, &row.unit),
            month: typed(row.month),
            equal: row.differences.is_empty(),
            differences: row
                .differences
                .iter()
                .map(|it| {
                    let what = say(it.what.0, it.what.1).to_owned();
                    (what, [it.said.clone(), it.found.clone()])
                })
                .collect(),
        });
        Ok(Compared {
            equal: found.is_equal(),
            log_size: found.size,
            entries: found.entries,
            rows: rows.collect(),
        })
    });
    Ok(Json(done.await?))
}
