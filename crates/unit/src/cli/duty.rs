//! The duty roster of the unit.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;
use yichuan_envelope::NOTE_BYTES_MAX;

use super::Globals;
use super::acting::block_on;
use super::answering::time;
use crate::home::read_at_most;
use crate::lang::{local, say};
use crate::office::Failed;
use crate::office::duty::OnDuty;

/// `yichuan duty`.
#[derive(Debug, Subcommand)]
pub(super) enum DutyCommand {
    /// 设定值班表（TOML） · put a duty roster in place of the last one
    Set(Set),
    /// 查看值班表 · show the duty roster
    Show,
    /// 查看谁在值班 · who is on duty
    Who(Who),
}

/// `yichuan duty set`.
#[derive(Debug, Args)]
pub(super) struct Set {
    /// 值班表文件 · the roster's file
    file: PathBuf,
}

/// `yichuan duty who`.
#[derive(Debug, Args)]
pub(super) struct Who {
    /// 时间，缺省为现在 · when; now where it is not said
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
}

impl DutyCommand {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        match self {
            Self::Set(set) => set.run(globals),
            Self::Show => show(globals),
            Self::Who(who) => who.run(globals),
        }
    }
}

impl Set {
    fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let named =
            |why: &dyn std::fmt::Display| Failed::Usage(format!("{}: {why}", self.file.display()));
        let bytes = read_at_most(&self.file, NOTE_BYTES_MAX as u64).map_err(|why| named(&why))?;
        let text = String::from_utf8(bytes).map_err(|_| named(&"UTF-8"))?;
        let home = globals.take_home()?;
        let done = block_on(async {
            let (mut session, _) = globals.session(&home, None).await?;
            session.set_duty(&text).await
        })?;
        globals.recorded(("值班表已设定", "duty roster set"), &done, json!({}), "");
        Ok(ExitCode::SUCCESS)
    }
}

fn show(globals: &Globals) -> Result<ExitCode, Failed> {
    let home = globals.take_home()?;
    let text = block_on(async {
        let (session, _) = globals.session(&home, None).await?;
        session.duty_text().await
    })?;
    let none = say(
        "还没有值班表。设定：yichuan duty set 文件",
        "there is no duty roster yet. To set one: yichuan duty set FILE",
    );
    globals.print(&json!({ "roster": text }), text.as_deref().unwrap_or(none));
    Ok(ExitCode::SUCCESS)
}

impl Who {
    fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let at = self.at.as_deref().map(time).transpose()?;
        let at = at.unwrap_or_else(crate::now);
        let home = globals.take_home()?;
        let duty = block_on(async {
            let (session, _) = globals.session(&home, None).await?;
            let policy = session.mirror.roster().policy();
            let roster = session.duty().await?;
            Ok(roster.map(|roster| roster.at(at, policy.as_ref())))
        })?;
        let duty = duty.unwrap_or_default();
        let data = json!({
            "at_ms": at.unix_ms(),
            "shift": duty.shift,
            "people": duty.people,
            "stand_in": duty.stand_in,
        });
        globals.print(&data, &format!("{}: {}", local(at), words(&duty)));
        Ok(ExitCode::SUCCESS)
    }
}

/// Who is on duty, in words.
pub(super) fn words(duty: &OnDuty) -> String {
    if duty.people.is_empty() {
        return say("无人值班", "nobody is on duty").to_owned();
    }
    let stands_in = if duty.stand_in {
        say("（替班）", " (standing in)")
    } else {
        ""
    };
    let people = duty.people.join(say("、", ", "));
    format!("{} {people}{stands_in}", duty.shift)
}
