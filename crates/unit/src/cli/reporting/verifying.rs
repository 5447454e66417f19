//! `yichuan report verify-figures`: the exchange's figures held against the log.

use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};
use yichuan_document::UnitCode;
use yichuan_document::roster::Roster;
use yichuan_document::roster::record::Role;

use super::units::{Months, words};
use crate::cli::Globals;
use crate::cli::acting::block_on;
use crate::lang::{say, steps, table};
use crate::office::Failed;
use crate::office::supervision::compare::{Compared, Comparison};
use crate::office::supervision::name_of;
use crate::office::supervision::period::typed;

/// `yichuan report verify-figures`.
#[derive(Debug, Args)]
pub(in crate::cli) struct VerifyFigures {
    #[command(flatten)]
    months: Months,
    /// 只核对该单位 · this unit only
    #[arg(long, value_name = "CODE")]
    unit: Option<String>,
}

impl VerifyFigures {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let period = self.months.period()?;
        let unit: Option<UnitCode> = match &self.unit {
            Some(typed) => {
                let unknown = |_| Failed::UnknownUnit(typed.clone());
                Some(typed.parse().map_err(unknown)?)
            }
            None => None,
        };
        let home = globals.take_home()?;
        let (comparison, session) = block_on(async {
            let (mut session, _) = globals.session(&home, Some(Role::Audit)).await?;
            let bar = steps(say("核对日志", "verifying the log"));
            let compared = session
                .compare_figures(period, unit.as_ref(), &mut |count| bar.inc(count))
                .await;
            bar.finish_and_clear();
            Ok((compared?, session))
        })?;
        let roster = session.mirror.roster();
        let equal = comparison.is_equal();
        let rows: Vec<Value> = comparison.rows.iter().map(as_json).collect();
        let data = json!({
            "equal": equal,
            "log_size": comparison.size,
            "entries": comparison.entries,
            "rows": rows,
        });
        let title = say("统计数据核对", "figures against the log,");
        let title = format!("{title} {}\n", words(period));
        globals.print(&data, &format!("{title}{}", text(roster, &comparison)));
        Ok(if equal {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(1)
        })
    }
}

fn as_json(row: &Compared) -> Value {
    let differences = row.differences.iter();
    let differences: Vec<Value> = differences
        .map(|one| json!({ "what": one.what.1, "exchange": one.said, "log": one.found }))
        .collect();
    json!({
        "unit": row.unit.as_str(),
        "month": row.month,
        "equal": row.differences.is_empty(),
        "differences": differences,
    })
}

fn text(roster: &Roster, comparison: &Comparison) -> String {
    let mut text = String::new();
    if comparison.rows.is_empty() {
        text.push_str(say(
            "该期没有收发文，无可核对。换一个月份再查。\n",
            "nothing was sent or received then, so there is nothing to verify; try other months.\n",
        ));
    } else {
        let mut lines = Vec::new();
        for row in &comparison.rows {
            let named = [
                row.unit.to_string(),
                name_of(roster, &row.unit),
                typed(row.month),
            ];
            if row.differences.is_empty() {
                let equal = [
                    say("一致", "equal").to_owned(),
                    String::new(),
                    String::new(),
                ];
                lines.push(named.into_iter().chain(equal).collect());
                continue;
            }
            for one in &row.differences {
                let what = say(one.what.0, one.what.1).to_owned();
                let differs = [what, one.said.clone(), one.found.clone()];
                lines.push(named.clone().into_iter().chain(differs).collect());
            }
        }
        let head = [
            say("代码", "code"),
            say("单位", "unit"),
            say("月份", "month"),
            say("核对结果", "outcome"),
            say("交换中心", "exchange"),
            say("日志", "log"),
        ];
        text.push_str(&table(&head, &lines));
    }
    let verified = say("逐条验证的条目", "entries verified");
    let size = say("日志规模", "size of the log");
    let (count, log) = (comparison.entries, comparison.size);
    text.push_str(&format!("{verified} {count}, {size} {log}\n"));
    text.push_str(if comparison.is_equal() {
        say(
            "交换中心的统计数据与日志一致。\n",
            "what the exchange says is what the log gives.\n",
        )
    } else {
        say(
            "交换中心的统计数据与日志不一致：以日志为准，请报告运维人员。\n",
            "the exchange's figures differ from the log: rely on the log, and tell the operator.\n",
        )
    });
    text
}
