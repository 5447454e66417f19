//! A unit's people: standing in, handing over, applying to the authority, taking seals into use.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use yichuan_document::roster::record::Role;
use yichuan_document::statement::Wish;
use yichuan_document::{AccountId, Timestamp};

use super::Globals;
use super::acting::block_on;
use crate::lang::{day, local, say, table};
use crate::office::codes::wish_words;
use crate::office::staff::Listed;
use crate::office::{Failed, Session};

/// `yichuan delegate`.
#[derive(Debug, Args)]
pub(super) struct Delegation {
    /// 代行审批的帐号 · the account that stands in
    #[arg(long, value_name = "ACCOUNT")]
    to: String,
    /// 自该日起，缺省为即刻 · from this day on, such as 2026-11-24; from now on if it is not said
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// 至该日止（含当日） · until the end of this day
    #[arg(long, value_name = "DAY", required_unless_present = "end")]
    until: Option<String>,
    /// 即刻结束代行 · end it now
    #[arg(long, conflicts_with_all = ["from", "until"])]
    end: bool,
}

impl Delegation {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let to = account(&self.to)?;
        let now = crate::now();
        let of_day =
            |text: &String| day(text).ok_or_else(|| Failed::Usage(format!("{text:?}: 2026-11-24")));
        let from = match &self.from {
            Some(text) => Timestamp::from_unix_ms(of_day(text)?.0),
            None => now,
        };
        let until = self.until.as_ref().map(of_day).transpose()?;
        let until = until.map(|(_, after)| Timestamp::from_unix_ms(after.saturating_sub(1)));
        let home = globals.take_home()?;
        let (index, entry) = block_on(async {
            let (mut session, _) = globals.session(&home, Some(Role::Approve)).await?;
            match until {
                Some(until) => session.delegate(to.clone(), from, until).await,
                None => session.end_delegation(to.clone()).await,
            }
        })?;
        let what = if self.end {
            say("代行已结束", "ended")
        } else {
            say("已委托代行", "stands in")
        };
        globals.print(
            &json!({
                "to": to.as_str(),
                "from_ms": from.unix_ms(),
                "until_ms": until.unwrap_or(from).unix_ms(),
                "index": index,
                "time_ms": entry.time.unix_ms(),
            }),
            &format!(
                "{what}: {to}\n{} – {}",
                local(from),
                local(until.unwrap_or(from))
            ),
        );
        Ok(ExitCode::SUCCESS)
    }
}

/// `yichuan hand-over`.
#[derive(Debug, Subcommand)]
pub(super) enum HandOverCommand {
    /// 移交：列出在办公文、印章、密钥 · list what is handed over, and to whom
    Give {
        /// 接收人的帐号 · the account of the one who takes it over
        #[arg(long, value_name = "ACCOUNT")]
        to: String,
        /// 其他移交事项 · what else is handed over
        #[arg(long, default_value = "")]
        text: String,
    },
    /// 一览 · what was handed over
    List,
    /// 接收：核对清单后签名 · sign for it, once the list was looked at
    Take {
        /// 清单编号，或其开头 · the list, or its beginning
        list: String,
    },
}

impl HandOverCommand {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        match self {
            Self::Give { to, text } => give(globals, &to, &text),
            Self::List => lists(globals),
            Self::Take { list } => take(globals, &list),
        }
    }
}

fn give(globals: &Globals, to: &str, text: &str) -> Result<ExitCode, Failed> {
    let to = account(to)?;
    let home = globals.take_home()?;
    let (index, digest, list) = block_on(async {
        let (mut session, _) = globals.session(&home, None).await?;
        session.list_hand_over(to.clone(), text).await
    })?;
    globals.print(
        &json!({ "list": digest.to_string(), "index": index, "to": to.as_str(), "text": list }),
        &format!(
            "{list}\n\n{} {digest}\n{} {to}",
            say("移交清单", "list"),
            say(
                "请接收人核对后运行 yichuan hand-over take：",
                "to be looked at and taken (`yichuan hand-over take`) by"
            )
        ),
    );
    Ok(ExitCode::SUCCESS)
}

fn lists(globals: &Globals) -> Result<ExitCode, Failed> {
    let home = globals.take_home()?;
    let all = block_on(async {
        let (session, _) = globals.session(&home, None).await?;
        session.hand_overs()
    })?;
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|listed| {
            let taken = listed.taken.map_or_else(
                || say("待接收", "not taken yet").to_owned(),
                |time| format!("{} {}", say("已接收", "taken"), local(time)),
            );
            vec![
                short(listed),
                local(listed.time),
                listed.from.to_string(),
                listed.to.to_string(),
                taken,
            ]
        })
        .collect();
    let shown: Vec<Value> = all
        .iter()
        .map(|listed| {
            json!({
                "list": listed.digest.to_string(),
                "time_ms": listed.time.unix_ms(),
                "from": listed.from.as_str(),
                "to": listed.to.as_str(),
                "taken_ms": listed.taken.map(Timestamp::unix_ms),
            })
        })
        .collect();
    let text = if rows.is_empty() {
        say(
            "尚无移交。用 yichuan hand-over give --to 帐号 列出移交事项。",
            "nothing was handed over. `yichuan hand-over give --to ACCOUNT` makes a list.",
        )
        .to_owned()
    } else {
        let head = [
            say("清单", "list"),
            say("时间", "time"),
            say("移交", "from"),
            say("接收", "to"),
            say("状态", "state"),
        ];
        table(&head, &rows)
    };
    globals.print(&json!(shown), &text);
    Ok(ExitCode::SUCCESS)
}

fn take(globals: &Globals, typed: &str) -> Result<ExitCode, Failed> {
    let home = globals.take_home()?;
    let (list, words, (index, entry)) = block_on(async {
        let (mut session, _) = globals.session(&home, None).await?;
        let listed = session.hand_over_of(typed)?;
        let words = session.read_list(&listed).await?;
        let done = session.take_hand_over(&listed).await?;
        Ok((listed.digest, words, done))
    })?;
    globals.print(
        &json!({
            "list": list.to_string(),
            "text": words,
            "index": index,
            "time_ms": entry.time.unix_ms(),
        }),
        &format!(
            "{words}\n\n{} {}",
            say("已接收", "taken"),
            local(entry.time)
        ),
    );
    Ok(ExitCode::SUCCESS)
}

fn short(listed: &Listed) -> String {
    listed.digest.to_string().chars().take(12).collect()
}

/// `yichuan apply`.
#[derive(Debug, Subcommand)]
pub(super) enum ApplyCommand {
    /// 申请制发印章 · a seal for a custodian on a computer
    Seal(For),
    /// 申请重发登记凭证：口令、密钥或计算机丢失 · a new ticket: password, keystore or computer lost
    Ticket(For),
    /// 申请恢复单位密钥 · the authority's half of the unit's key
    Recovery(For),
    /// 本单位的申请 · the unit's applications
    List,
}

/// Whom an application is for.
#[derive(Debug, Args)]
pub(super) struct For {
    /// 帐号 · for which account
    #[arg(long = "for", value_name = "ACCOUNT")]
    whom: String,
    /// 设备 · on which computer
    #[arg(long)]
    device: String,
    /// 理由 · why
    #[arg(long)]
    reason: String,
}

impl ApplyCommand {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        match self {
            Self::Seal(of) => of.apply(globals, Wish::Seal),
            Self::Ticket(of) => of.apply(globals, Wish::Ticket),
            Self::Recovery(of) => of.apply(globals, Wish::Recovery),
            Self::List => applications(globals),
        }
    }
}

impl For {
    fn apply(self, globals: &Globals, wish: Wish) -> Result<ExitCode, Failed> {
        let of = account(&self.whom)?;
        let device = self
            .device
            .parse()
            .map_err(|why| Failed::Usage(format!("{:?}: {why}", self.device)))?;
        let home = globals.take_home()?;
        let (index, digest) = block_on(async {
            let (mut session, _) = globals.session(&home, Some(Role::Manage)).await?;
            session.apply(wish, of, device, &self.reason).await
        })?;
        globals.print(
            &json!({ "application": digest.to_string(), "index": index }),
            &format!(
                "{} {digest}\n{}",
                say("已申请", "applied:"),
                say(
                    "请将此编号告知颁发机构（--application）",
                    "tell the authority this number (--application)"
                )
            ),
        );
        Ok(ExitCode::SUCCESS)
    }
}

fn applications(globals: &Globals) -> Result<ExitCode, Failed> {
    let home = globals.take_home()?;
    let all = block_on(async {
        let (session, _) = globals.session(&home, Some(Role::Manage)).await?;
        session.applications()
    })?;
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|applied| {
            vec![
                applied.digest.to_string().chars().take(12).collect(),
                local(applied.time),
                wish_words(applied.application.wish),
                applied.application.account.to_string(),
                applied.application.device.to_string(),
            ]
        })
        .collect();
    let shown: Vec<Value> = all
        .iter()
        .map(|applied| {
            json!({
                "application": applied.digest.to_string(),
                "time_ms": applied.time.unix_ms(),
                "wish": applied.application.wish,
                "account": applied.application.account.as_str(),
                "device": applied.application.device.as_str(),
            })
        })
        .collect();
    let text = if rows.is_empty() {
        say(
            "尚无申请。用 yichuan apply seal|ticket|recovery 提出。",
            "nothing was applied for. `yichuan apply seal|ticket|recovery` does.",
        )
        .to_owned()
    } else {
        let head = [
            say("编号", "number"),
            say("时间", "time"),
            say("事项", "what"),
            say("帐号", "account"),
            say("设备", "computer"),
        ];
        table(&head, &rows)
    };
    globals.print(&json!(shown), &text);
    Ok(ExitCode::SUCCESS)
}

/// `yichuan seal-activate`.
#[derive(Debug, Args)]
pub(super) struct SealActivate {
    /// 印章编号，只有一枚待启用时可省略 · the seal; not needed where only one waits
    #[arg(long)]
    seal: Option<String>,
}

impl SealActivate {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let home = globals.take_home()?;
        let (seal, name, (index, entry)) = block_on(async {
            let (mut session, unlocked) = globals.session(&home, Some(Role::Seal)).await?;
            let (id, grant) = self.which(&session)?;
            let key = unlocked.seal_keys(&grant)?.own;
            globals.ready(&key)?;
            let done = session.activate_seal(&id, &key).await?;
            Ok((id, grant.name, done))
        })?;
        globals.print(
            &json!({
                "seal": seal.as_str(),
                "index": index,
                "time_ms": entry.time.unix_ms(),
            }),
            &format!(
                "{} {seal} {name}, {}",
                say("印章已启用", "the seal is in use:"),
                local(entry.time)
            ),
        );
        Ok(ExitCode::SUCCESS)
    }

    fn which(
        &self,
        session: &Session,
    ) -> Result<
        (
            yichuan_document::SealId,
            yichuan_document::roster::record::SealGrant,
        ),
        Failed,
    > {
        let mut waiting = session.seals_that_wait();
        waiting.retain(|(id, _)| self.seal.as_ref().is_none_or(|named| named == id.as_str()));
        match (waiting.len(), waiting.pop()) {
            (1, Some(one)) => Ok(one),
            (count, _) => Err(Failed::Usage(format!(
                "{} ({count})",
                say(
                    "没有或不止一枚印章待启用，用 --seal 指明",
                    "no seal waits, or several do: name one with --seal"
                )
            ))),
        }
    }
}

fn account(typed: &str) -> Result<AccountId, Failed> {
    typed
        .parse()
        .map_err(|why| Failed::Usage(format!("{typed:?}: {why}")))
}
