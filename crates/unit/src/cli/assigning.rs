//! `yichuan assign`: who of the unit may open a received document.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use yichuan_document::AccountId;

use super::Globals;
use super::acting::block_on;
use crate::lang::{local, say, table};
use crate::office::Failed;
use crate::office::assigning::Assigned;

/// `yichuan assign`.
#[derive(Debug, Args)]
pub(super) struct Assign {
    /// 公文标识 · the document's id, or its beginning or end
    id: String,
    /// 可打开该公文的本单位帐号，可列多个 · the accounts of this unit that may open it
    #[arg(long, value_name = "ACCOUNT", num_args = 1.., required_unless_present = "show")]
    to: Vec<String>,
    /// 只查看：何时起谁可打开 · only show who could open it from when on
    #[arg(long, conflicts_with = "to")]
    show: bool,
}

impl Assign {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let named = self.to.iter().map(|id| id.parse().map_err(|_| id));
        let named: Result<Vec<AccountId>, &String> = named.collect();
        let named = named.map_err(|id| {
            let not = say("不是帐号名", "is no account");
            Failed::Usage(format!("{id}: {not}"))
        })?;
        let home = globals.take_home()?;
        let all = block_on(async {
            let (mut session, _) = globals.session(&home, None).await?;
            let registers = session.feed.registers();
            let about = registers.one_received(&self.id)?.about;
            if !self.show {
                session.assign(about, named).await?;
            }
            session.assignments(&about.manifest)
        })?;
        let listed: Vec<_> = all
            .iter()
            .map(|assigned| {
                let accounts = assigned.accounts.iter().map(AccountId::as_str);
                json!({
                    "index": assigned.index,
                    "time_ms": assigned.time.unix_ms(),
                    "by": assigned.by.as_str(),
                    "accounts": accounts.collect::<Vec<_>>(),
                })
            })
            .collect();
        globals.print(&json!(listed), &text(&all));
        Ok(ExitCode::SUCCESS)
    }
}

fn text(all: &[Assigned]) -> String {
    if all.is_empty() {
        return say(
            "未指定：本单位有收文权限的帐号都可打开。",
            "not assigned: every account of this unit that receives may open it.",
        )
        .to_owned();
    }
    let head = [
        say("序号", "index"),
        say("自", "from"),
        say("指定人", "by"),
        say("可打开的帐号", "who may open it"),
    ];
    let row = |assigned: &Assigned| {
        let accounts = assigned.accounts.iter().map(ToString::to_string);
        vec![
            assigned.index.to_string(),
            local(assigned.time),
            assigned.by.to_string(),
            accounts.collect::<Vec<_>>().join(" "),
        ]
    };
    let rows: Vec<Vec<String>> = all.iter().map(row).collect();
    let mut text = table(&head, &rows);
    text.push_str(say(
        "此前已打开的人员仍持有其内容。\n",
        "whoever opened it before still has what it says.\n",
    ));
    text
}
