//! The clocks in the policy, and what the authority says about the exchange's time.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};
use yichuan_document::calendar::MinuteSpan;
use yichuan_document::roster::record::Time;
use yichuan_document::roster::record::clocks::Clocks;

use super::super::Globals;
use super::super::answering::time;
use super::signing::{Signed, asked, one, text};
use crate::authority::{Authority, CALENDAR_BYTES_MAX, WrittenClocks, annulled};
use crate::lang::{local, say};
use crate::office::Failed;
use crate::working_time;

/// The clocks of a policy.
#[derive(Debug, Args)]
pub(super) struct ClockRules {
    /// 工作日历（TOML）；不写则按自然时间计算 · working time; wall-clock time without it
    #[arg(long, value_name = "FILE")]
    calendar: Option<PathBuf>,
    /// 催办表：百分比:对象 · whom a pending document is told to when [default:
    /// 50:receivers,75:receivers,100:manager,150:authority]
    #[arg(long, value_name = "STEPS")]
    reminders: Option<String>,
    /// 发文单位须在多少分钟内查询，缺省 480 · minutes within which the sender must look; 480
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=480))]
    inquiry_minutes: Option<u16>,
    /// 每个工作日须查看的时段，需有日历 · windows of a workday in which must be looked
    #[arg(long, value_name = "SPANS", requires = "calendar")]
    look_windows: Option<String>,
}

/// `yichuan authority sign time`.
#[derive(Debug, Args)]
pub(in super::super) struct SetTime {
    /// 准确时间 · the right time, such as "2026-11-26 09:00:00"
    #[arg(long, value_name = "TIME")]
    at: String,
    /// 校正而不是确认：开始新的时间段 · correct the clock: time begins again
    #[arg(long)]
    correct: bool,
    /// 撤销的逾期记录的日志序号，如 104-110 · overdue entries to annul, by log index
    #[arg(long, value_name = "FROM-UNTIL", requires = "correct")]
    annul: Vec<String>,
}

impl ClockRules {
    /// The clocks; none where nothing was said of them.
    pub(super) fn clocks(&self) -> Result<Option<Clocks>, Failed> {
        let calendar = self.calendar.as_ref();
        let written = WrittenClocks {
            calendar: calendar
                .map(|path| text(path, CALENDAR_BYTES_MAX))
                .transpose()?,
            reminders: self.reminders.clone(),
            inquiry_minutes: self.inquiry_minutes,
            look_windows: self.look_windows.clone(),
        };
        Ok(written.clocks()?)
    }
}

impl SetTime {
    pub(super) fn sign(
        self,
        globals: &Globals,
        authority: &mut Authority,
    ) -> Result<Signed, Failed> {
        let at = time(&self.at)?;
        let spans = annulled(&self.annul)
            .ok_or_else(|| Failed::Usage(format!("--annul {}", self.annul.join(" "))))?;
        let password = asked(globals)?;
        Ok(one(authority.set_time(
            at,
            self.correct,
            spans,
            &password,
        )?))
    }
}

/// The clocks in words.
pub(super) fn told(clocks: &Clocks) -> String {
    let steps: Vec<String> = clocks
        .steps
        .iter()
        .map(|step| format!("{}% {}", step.percent, say(step.to.zh(), step.to.en())))
        .collect();
    let working = clocks.calendar.as_ref().map_or_else(
        || say("自然时间", "wall-clock time").to_owned(),
        |calendar| {
            format!(
                "{} {}, {} {}, {} {}",
                say("工作时间", "working time"),
                spans(&calendar.hours),
                say("节假日", "holidays"),
                calendar.holidays.len(),
                say("调休工作日", "adjusted workdays"),
                calendar.workdays.len()
            )
        },
    );
    let mut text = format!(
        "{working}; {} {}; {} {}",
        say("催办", "reminders"),
        steps.join(say("、", ", ")),
        say("查询时限（分钟）", "minutes to look"),
        clocks.inquiry_minutes
    );
    if !clocks.looks.is_empty() {
        let looks = say("查看时段", "windows for looking");
        text.push_str(&format!("; {looks} {}", spans(&clocks.looks)));
    }
    text
}

pub(super) fn as_json(clocks: &Clocks) -> Value {
    let steps: Vec<Value> = clocks
        .steps
        .iter()
        .map(|step| json!({ "percent": step.percent, "to": step.to.en() }))
        .collect();
    let calendar = clocks.calendar.as_ref().map(|calendar| {
        json!({
            "ahead_minutes": calendar.ahead_minutes,
            "hours": spans(&calendar.hours),
            "weekdays": calendar.weekdays,
            "holidays": calendar.holidays,
            "workdays": calendar.workdays,
        })
    });
    json!({
        "calendar": calendar,
        "reminders": steps,
        "inquiry_minutes": clocks.inquiry_minutes,
        "look_windows": spans(&clocks.looks),
    })
}

fn spans(spans: &[MinuteSpan]) -> String {
    working_time::spans(spans).join(",")
}

/// What was said about the time, in words.
pub(super) fn time_told(time: &Time) -> (String, Value) {
    let annulled: Vec<String> = time
        .annulled
        .iter()
        .map(|span| format!("{}-{}", span.from, span.until.saturating_sub(1)))
        .collect();
    let mut text = format!(
        "{} {}, {}",
        say("时间段", "epoch"),
        time.epoch,
        local(time.at)
    );
    if !annulled.is_empty() {
        let words = say("撤销逾期记录", "annuls overdue entries");
        text.push_str(&format!(", {words} {}", annulled.join(",")));
    }
    let data = json!({
        "epoch": time.epoch,
        "at_ms": time.at.unix_ms(),
        "annulled": annulled,
    });
    (text, data)
}
