//! `yichuan report monthly` and `yearly`: sending and receiving over time (收发文统计表).

use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::sheet::{Files, Sheet, claim, claim_json};
use super::units::{as_json, asked};
use crate::cli::Globals;
use crate::cli::acting::block_on;
use crate::lang::{say, this_year};
use crate::office::supervision::statistics::Step;
use crate::office::supervision::tally::total;
use crate::office::supervision::{MonthOfUnit, at_or_below};
use crate::office::{Failed, Session};

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
        let step = Step::monthly(self.year.unwrap_or_else(this_year));
        run(globals, &step, &self.of, &self.files)
    }
}

impl Yearly {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let last = self.year.unwrap_or_else(this_year);
        let step = Step::yearly(last, self.years)?;
        run(globals, &step, &self.of, &self.files)
    }
}

fn run(globals: &Globals, step: &Step, whose: &Whose, files: &Files) -> Result<ExitCode, Failed> {
    files.check()?;
    let home = globals.take_home()?;
    let (rows, session) = block_on(async {
        let session = globals.reporting(&home, whose.below).await?;
        let rows = asked(&session, step.period, whose.below).await?;
        Ok((rows, session))
    })?;
    let rows = whose.narrow(rows, &session)?;
    let steps = step.figures(&rows);
    let all = total(steps.iter().map(|(_, figures)| figures));
    let size = session.log_size();
    let sheet = Sheet {
        title: step.title.clone(),
        head: step.head(),
        rows: step.rows(&rows),
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
        "from": step.period.from,
        "until": step.period.until,
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
