//! `yichuan report monthly` and `yearly`: sending and receiving over time (收发文统计表).

use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};
use yichuan_wire::figures::Figures;

use super::sheet::{Cell, Files, Sheet, claim, claim_json};
use super::units::{as_json, asked, between, cells_of, columns};
use crate::cli::Globals;
use crate::cli::acting::block_on;
use crate::lang::{say, this_year};
use crate::office::supervision::period::{Period, typed};
use crate::office::supervision::tally::{by_month, total};
use crate::office::supervision::{MonthOfUnit, at_or_below};
use crate::office::{Failed, Session};

/// The most years of one table.
const YEARS_MAX: u16 = 10;

/// `yichuan report monthly`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Monthly {
    /// 年份，缺省为今年 · the year; this one if it is not said
    #[arg(long, value_parser = clap::value_parser!(u16).range(2000..=9999))]
    year: Option<u16>,
    #[command(flatten)]
    of: Whose,
    #[command(flatten)]
    files: Files,
}

/// `yichuan report yearly`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Yearly {
    /// 止年，缺省为今年 · the last year; this one if it is not said
    #[arg(long, value_parser = clap::value_parser!(u16).range(2000..=9999))]
    year: Option<u16>,
    /// 年数 · how many years
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=10))]
    years: u16,
    #[command(flatten)]
    of: Whose,
    #[command(flatten)]
    files: Files,
}

/// Whose figures.
#[derive(Clone, Debug, Args)]
struct Whose {
    /// 包括下级单位（须有督办或审计角色） · units below too, for who supervises or audits
    #[arg(long)]
    below: bool,
    /// 只看该单位（与 --below 同用） · this unit only, of those below
    #[arg(long, value_name = "CODE", requires = "below")]
    unit: Option<String>,
}

impl Monthly {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let year = self.year.unwrap_or_else(this_year);
        let period = Period::of_year(year);
        let title = format!(
            "{} {year}",
            say("收发文统计表", "sent and received by month,")
        );
        let step = Step {
            title,
            name: say("月份", "month"),
            of: |month| month,
            shown: typed,
        };
        run(globals, period, &step, &self.of, &self.files)
    }
}

impl Yearly {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let last = self.year.unwrap_or_else(this_year);
        let first = last.saturating_sub(self.years.min(YEARS_MAX) - 1).max(2000);
        let (from, until) = (Period::of_year(first).from, Period::of_year(last).until);
        let words = say("收发文统计表（按年）", "sent and received by year,");
        let step = Step {
            title: format!("{words} {first}–{last}"),
            name: say("年份", "year"),
            of: |month| month / 100,
            shown: |year| year.to_string(),
        };
        run(globals, between(from, until)?, &step, &self.of, &self.files)
    }
}

/// What a row of the table is.
struct Step {
    title: String,
    name: &'static str,
    of: fn(u32) -> u32,
    shown: fn(u32) -> String,
}

fn run(
    globals: &Globals,
    period: Period,
    step: &Step,
    whose: &Whose,
    files: &Files,
) -> Result<ExitCode, Failed> {
    files.check()?;
    let home = globals.take_home()?;
    let (rows, session) = block_on(async {
        let session = globals.reporting(&home, whose.below).await?;
        let rows = asked(&session, period, whose.below).await?;
        Ok((rows, session))
    })?;
    let rows = whose.narrow(rows, &session)?;
    let steps = by_step(period, step, &rows);
    let all = total(steps.iter().map(|(_, figures)| figures));
    let size = session.log_size();
    let mut table: Vec<Vec<Cell>> = Vec::new();
    if !rows.is_empty() {
        let line = |name: Cell, figures: &Figures| {
            let cells = std::iter::once(name);
            cells.chain(cells_of(figures)).collect::<Vec<Cell>>()
        };
        let shown = |place: &u32| Cell::Text((step.shown)(*place));
        table.extend(steps.iter().map(|(place, it)| line(shown(place), it)));
        table.push(line(Cell::text(say("合计", "in all")), &all));
    }
    let sheet = Sheet {
        title: step.title.clone(),
        head: std::iter::once(step.name).chain(columns()).collect(),
        rows: table,
        claim: claim(size, false),
    };
    let mut text = sheet.shown(say(
        "该期没有收发文。换一个年份，或加 --below 查看下级单位。",
        "nothing was sent or received then; try another year, or --below.",
    ));
    text.push_str(&files.write(&sheet)?);
    let listed: Vec<Value> = steps
        .iter()
        .map(|(place, figures)| {
            let mut row = as_json(figures);
            row["period"] = json!(place);
            row
        })
        .collect();
    let data = json!({
        "from": period.from,
        "until": period.until,
        "rows": listed,
        "total": as_json(&all),
        "claim": claim_json(size, false),
    });
    globals.print(&data, &text);
    Ok(ExitCode::SUCCESS)
}

impl Whose {
    fn narrow(
        &self,
        mut rows: Vec<MonthOfUnit>,
        session: &Session,
    ) -> Result<Vec<MonthOfUnit>, Failed> {
        if let Some(wanted) = &self.unit {
            let known = at_or_below(session.mirror.roster(), &session.identity.unit());
            if !known.iter().any(|unit| unit.as_str() == wanted) {
                return Err(Failed::UnknownUnit(wanted.clone()));
            }
            rows.retain(|row| row.unit.as_str() == wanted);
        }
        Ok(rows)
    }
}

/// Every step of the period, those without any figures too.
fn by_step(period: Period, step: &Step, rows: &[MonthOfUnit]) -> Vec<(u32, Figures)> {
    let months = by_month(rows);
    let mut steps: Vec<(u32, Figures)> = Vec::new();
    for month in period.months() {
        let place = (step.of)(month);
        if steps.last().is_none_or(|(last, _)| *last != place) {
            steps.push((place, Figures::default()));
        }
        if let (Some((_, sum)), Some(figures)) = (steps.last_mut(), months.get(&month)) {
            sum.add(figures);
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_month_and_every_year_has_its_row() {
        let row = |month, sent| MonthOfUnit {
            unit: "513200-zfb".parse().unwrap(),
            month,
            figures: Figures {
                sent,
                ..Figures::default()
            },
        };
        let rows = [row(202_512, 1), row(202_601, 2), row(202_602, 3)];
        let step = |of: fn(u32) -> u32| Step {
            title: String::new(),
            name: "",
            of,
            shown: typed,
        };
        let months = by_step(Period::of_year(2026), &step(|month| month), &rows);
        assert_eq!(months.len(), 12);
        let sent: Vec<u32> = months.iter().map(|(_, figures)| figures.sent).collect();
        assert_eq!(sent[..3], [2, 3, 0]);
        let two = Period::between(202_501, 202_612).unwrap();
        let years = by_step(two, &step(|month| month / 100), &rows);
        let years: Vec<(u32, u32)> = years.iter().map(|(year, it)| (*year, it.sent)).collect();
        assert_eq!(years, [(2025, 1), (2026, 5)]);
    }
}
