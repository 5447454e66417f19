//! Figures, and the audit.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::Query;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use yichuan_unit::lang::say;
use yichuan_unit::office::supervision::period::{Period, month, typed};
use yichuan_unit::office::supervision::tally::NUMBERS;

use super::listed::bound;
use crate::entry::Sitting;
use crate::problem::Problem;
use crate::words::{Page, Time, UnitRef, page, slug};

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
