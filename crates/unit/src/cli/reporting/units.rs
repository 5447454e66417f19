//! `yichuan report units`: figures by unit, and the months that are meant.

use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};
use yichuan_document::UnitCode;
use yichuan_document::roster::Roster;
use yichuan_wire::figures::Figures;

use super::sheet::{Cell, Files, Sheet, claim, claim_json};
use crate::cli::Globals;
use crate::cli::acting::block_on;
use crate::lang::{is_chinese, say, steps};
use crate::office::supervision::period::{Period, month};
use crate::office::supervision::statistics::{between, cells_of, columns};
use crate::office::supervision::tally::{NUMBERS, Rank, by_unit, ranking, total};
use crate::office::supervision::{MonthOfUnit, at_or_below, name_of};
use crate::office::{Failed, Session};

/// Which months.
#[derive(Clone, Debug, Args)]
#[group(id = "months", required = true, multiple = true)]
pub(super) struct Months {
    /// 月份，如 2026-11 · a month
    #[arg(long, value_name = "MONTH", conflicts_with_all = ["from", "until"])]
    month: Option<String>,
    /// 自该月起 · from this month
    #[arg(long, value_name = "MONTH", requires = "until")]
    from: Option<String>,
    /// 至该月止（含） · up to this month, inclusive
    #[arg(long, value_name = "MONTH", requires = "from")]
    until: Option<String>,
}

impl Months {
    pub(super) fn period(&self) -> Result<Period, Failed> {
        match (&self.month, &self.from, &self.until) {
            (Some(one), _, _) => Ok(Period::of_month(read(one)?)),
            (None, Some(from), Some(until)) => between(read(from)?, read(until)?),
            _ => Err(Failed::Usage(
                say(
                    "用 --month 或 --from、--until 指明月份",
                    "name months with --month, or --from and --until",
                )
                .to_owned(),
            )),
        }
    }
}

fn read(text: &str) -> Result<u32, Failed> {
    let known = month(text);
    known.ok_or_else(|| {
        let why = say("不是月份，如 2026-11", "is no month such as 2026-11");
        Failed::Usage(format!("{text}: {why}"))
    })
}

/// A period in words of the chosen language.
pub(super) fn words(period: Period) -> String {
    if is_chinese() {
        period.zh()
    } else {
        period.en()
    }
}

/// The figures of a period, with progress where that takes long.
pub(super) async fn asked(
    session: &Session,
    period: Period,
    below: bool,
) -> Result<Vec<MonthOfUnit>, Failed> {
    let bar = steps(say("读取统计数据", "asking for figures"));
    let rows = session
        .figures(period, below, &mut |count| bar.inc(count))
        .await;
    bar.finish_and_clear();
    rows
}

/// `yichuan report units`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Units {
    #[command(flatten)]
    months: Months,
    /// 包括下级单位（须有督办或审计角色） · units below too, for who supervises or audits
    #[arg(long)]
    below: bool,
    /// 按签收率、中位用时排名 · rank by receipt rate, then median time
    #[arg(long)]
    ranking: bool,
    #[command(flatten)]
    files: Files,
}

impl Units {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let period = self.months.period()?;
        self.files.check()?;
        let home = globals.take_home()?;
        let (rows, session) = block_on(async {
            let session = globals.reporting(&home, self.below).await?;
            let rows = asked(&session, period, self.below).await?;
            Ok((rows, session))
        })?;
        let roster = session.mirror.roster();
        let units = by_unit(&rows);
        let idle = if self.below {
            let all = at_or_below(roster, &session.identity.unit());
            all.len().saturating_sub(units.len())
        } else {
            0
        };
        let all = total(units.iter().map(|(_, figures)| figures));
        let ranked: Vec<(Option<Rank>, UnitCode, Figures)> = if self.ranking {
            ranking(units)
        } else {
            let plain = units.into_iter();
            plain.map(|(unit, figures)| (None, unit, figures)).collect()
        };
        let size = session.log_size();
        let sheet = Sheet {
            title: format!(
                "{} {}",
                say("各单位收发文情况", "figures by unit"),
                words(period)
            ),
            head: head(self.ranking),
            rows: self.rows(roster, &ranked, &all),
            claim: claim(size, false),
        };
        let mut text = sheet.shown(say(
            "该期没有收发文。换一个月份，或加 --below 查看下级单位。",
            "nothing was sent or received then; try other months, or --below.",
        ));
        if idle > 0 {
            let word = say("本期没有收发文的其他单位", "other units without any");
            text.push_str(&format!("{word}: {idle}\n"));
        }
        text.push_str(&self.files.write(&sheet)?);
        let listed: Vec<Value> = ranked
            .iter()
            .map(|(rank, unit, figures)| {
                let mut row = as_json(figures);
                row["unit"] = json!(unit.as_str());
                row["name"] = json!(name_of(roster, unit));
                if self.ranking {
                    row["rank"] = json!(rank.map(|rank| rank.place));
                    row["tied"] = json!(rank.is_some_and(|rank| rank.tied));
                }
                row
            })
            .collect();
        let data = json!({
            "from": period.from,
            "until": period.until,
            "units": listed,
            "total": as_json(&all),
            "without_any": idle,
            "claim": claim_json(size, false),
        });
        globals.print(&data, &text);
        Ok(ExitCode::SUCCESS)
    }

    fn rows(
        &self,
        roster: &Roster,
        ranked: &[(Option<Rank>, UnitCode, Figures)],
        all: &Figures,
    ) -> Vec<Vec<Cell>> {
        let mut rows: Vec<Vec<Cell>> = ranked
            .iter()
            .map(|(rank, unit, figures)| {
                let place = self.ranking.then(|| ranked_as(*rank));
                let named = [Cell::text(unit.as_str()), Cell::text(name_of(roster, unit))];
                let cells = place.into_iter().chain(named);
                cells.chain(cells_of(figures)).collect()
            })
            .collect();
        if rows.len() > 1 {
            let place = self.ranking.then_some(Cell::Nothing);
            let named = [Cell::text(say("合计", "in all")), Cell::Nothing];
            let cells = place.into_iter().chain(named);
            rows.push(cells.chain(cells_of(all)).collect());
        }
        rows
    }
}

fn ranked_as(rank: Option<Rank>) -> Cell {
    match rank {
        None => Cell::text(say("不排名", "none")),
        Some(Rank { place, tied: true }) => {
            Cell::Text(format!("{place}{}", say("（并列）", " (tied)")))
        }
        Some(Rank { place, .. }) => Cell::Count(u32::try_from(place).unwrap_or(u32::MAX)),
    }
}

fn head(ranked: bool) -> Vec<&'static str> {
    let place = ranked.then(|| say("名次", "rank"));
    let named = [say("代码", "code"), say("单位", "unit")];
    place.into_iter().chain(named).chain(columns()).collect()
}

/// Figures as data: minutes, per cent.
pub(super) fn as_json(figures: &Figures) -> Value {
    let mut data = json!({
        "owed": figures.owed(),
        "rate": figures.rate(),
        "median_minutes": figures.percentile(50),
        "p95_minutes": figures.percentile(95),
        "returned": figures.returned_in_all(),
    });
    for (_, name, number) in NUMBERS {
        data[name.replace(' ', "_")] = json!(number(figures));
    }
    let reasons = figures.returned.iter();
    let reasons: Vec<Value> = reasons
        .map(|count| json!({ "code": count.what, "count": count.times }))
        .collect();
    data["returned_by_reason"] = json!(reasons);
    data
}
