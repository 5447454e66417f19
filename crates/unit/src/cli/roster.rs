//! `yichuan roster`: who there is, who did what and when, and whether all of it follows.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use yichuan_document::UnitCode;

use super::Globals;
use super::acting::{block_on, newest_roster};
use super::authority::words;
use crate::home::Home;
use crate::lang::{local, say, table};
use crate::office::Failed;
use crate::office::history::{Happened, history};
use crate::office::mirror::Mirror;
use crate::office::place::Place;

/// `yichuan roster`.
#[derive(Debug, Subcommand)]
pub(super) enum RosterCommand {
    /// 现有单位、帐号、设备、印章 · what stands in the roster
    Show(Filter),
    /// 历史：谁在何时办了何事 · who did what, and when
    History(Filter),
    /// 验证：从日志逐条重算，并与本机比对 · fold it anew from the log alone, and compare
    Verify,
}

/// What is to be seen.
#[derive(Debug, Args)]
pub(super) struct Filter {
    /// 只看该单位 · this unit only, with what belongs to it
    #[arg(long)]
    unit: Option<String>,
}

impl RosterCommand {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let home = globals.take_home()?;
        let place = Place::of(&home)?;
        match self {
            Self::Show(filter) => {
                let (unit, mirror) = (filter.unit()?, newest_roster(&place, &home)?);
                Ok(show(globals, &mirror, unit.as_ref()))
            }
            Self::History(filter) => {
                let (unit, mirror) = (filter.unit()?, newest_roster(&place, &home)?);
                past(globals, &mirror, unit.as_ref())
            }
            Self::Verify => verify(globals, &place, &home),
        }
    }
}

impl Filter {
    fn unit(&self) -> Result<Option<UnitCode>, Failed> {
        let parse = |code: &String| code.parse().map_err(|_| Failed::UnknownUnit(code.clone()));
        self.unit.as_ref().map(parse).transpose()
    }
}

fn show(globals: &Globals, mirror: &Mirror, unit: Option<&UnitCode>) -> ExitCode {
    let roster = mirror.roster();
    let mut rows = words::roster(roster);
    rows.retain(|row| unit.is_none_or(|unit| row.belongs_to(unit)));
    let head = roster.head();
    let records: Vec<Value> = rows.iter().map(words::Row::json).collect();
    let text = format!(
        "{} {}\n{} {} · {}\n\n{}",
        say("系统", "origin"),
        roster.origin(),
        say("名册摘要", "head"),
        head.count,
        head.root,
        table(
            &[say("类别", "kind"), say("编号", "id"), say("说明", "what")],
            &rows.iter().map(words::Row::cells).collect::<Vec<_>>(),
        )
    );
    globals.print(
        &json!({
            "origin": roster.origin().as_str(),
            "genesis": roster.genesis().to_string(),
            "head": { "count": head.count, "root": head.root.to_string() },
            "records": records,
        }),
        &text,
    );
    ExitCode::SUCCESS
}

fn past(globals: &Globals, mirror: &Mirror, unit: Option<&UnitCode>) -> Result<ExitCode, Failed> {
    let mut all = history(mirror)?;
    all.retain(|happened| unit.is_none_or(|unit| happened.concerns(unit)));
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|happened| {
            vec![
                happened.index.to_string(),
                local(happened.recorded),
                happened.by.clone(),
                say(happened.what.0, happened.what.1).to_owned(),
                briefly(&happened.about),
            ]
        })
        .collect();
    let listed: Vec<Value> = all.iter().map(as_json).collect();
    let head = [
        say("序号", "index"),
        say("时间", "time"),
        say("签发人", "by"),
        say("事项", "what"),
        say("对象", "about"),
    ];
    let text = if rows.is_empty() {
        say("没有与该单位有关的事项。", "nothing concerns this unit.").to_owned()
    } else {
        table(&head, &rows)
    };
    globals.print(&json!(listed), &text);
    Ok(ExitCode::SUCCESS)
}

fn as_json(happened: &Happened) -> Value {
    let records: Vec<Value> = happened.changes.iter().filter_map(words::record).collect();
    json!({
        "index": happened.index,
        "time_ms": happened.recorded.unix_ms(),
        "signed_ms": happened.signed.unix_ms(),
        "by": happened.by,
        "what": happened.what.1,
        "code": happened.code,
        "about": happened.about,
        "records": records,
    })
}

/// The first of many ids, and how many more there are.
fn briefly(about: &[String]) -> String {
    const SHOWN: usize = 3;
    let mut text = about[..about.len().min(SHOWN)].join(", ");
    if about.len() > SHOWN {
        text.push_str(&format!(" +{}", about.len() - SHOWN));
    }
    text
}

fn verify(globals: &Globals, place: &Place, home: &Home) -> Result<ExitCode, Failed> {
    let fresh = tempfile::tempdir()?;
    let (ours, anew) = block_on(async {
        let connected = place.contact(home).connect().await?;
        // From the pinned genesis alone, and nothing that this computer has kept.
        let anew = Mirror::follow(None, fresh.path(), &place.pin, &connected.link).await?;
        Ok((connected.mirror, anew))
    })?;
    let same = ours
        .entries()
        .iter()
        .zip(anew.entries())
        .find(|(ours, anew)| ours != anew);
    if let Some(((index, _), _)) = same {
        return Err(Failed::RosterDisagrees { index: *index });
    }
    let head = anew.roster().head();
    let seen = anew.seen().ok_or(Failed::Protocol)?;
    globals.print(
        &json!({
            "valid": true,
            "statements": anew.entries().len(),
            "head": { "count": head.count, "root": head.root.to_string() },
            "log_size": seen.size,
            "log_root": seen.root.to_string(),
        }),
        &format!(
            "{}\n{}: {}\n{}: {} · {}\n{}: {} · {}",
            say(
                "名册有效：逐条重算的结果与本机一致",
                "the roster is valid: folded anew from the log, it is the same as here"
            ),
            say("声明", "statements"),
            anew.entries().len(),
            say("名册摘要", "head"),
            head.count,
            head.root,
            say("日志", "log"),
            seen.size,
            seen.root,
        ),
    );
    Ok(ExitCode::SUCCESS)
}
