//! What a recipient says beside signing for a document or returning it.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;
use yichuan_document::roster::record::Role;
use yichuan_document::statement::RecallReply;
use yichuan_document::{Timestamp, UnitCode};

use super::Globals;
use super::acting::block_on;
use super::coded::{list_return_reasons, reply_words, return_reason, return_words, words_due};
use super::receiving::about;
use crate::lang::{instant, local, say};
use crate::office::Failed;

/// `yichuan refuse-delivery`.
#[derive(Debug, Args)]
pub(super) struct RefuseDelivery {
    /// 公文标识 · the document's id, or its beginning or end
    id: String,
    /// 拒收原因代码 · the reason's code; `--reason list` shows them
    #[arg(long)]
    reason: String,
    /// 说明 · the reason in words, which both units can read
    #[arg(long)]
    text: Option<String>,
}

/// `yichuan recall-answer`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("answer").required(true))]
pub(super) struct RecallAnswer {
    /// 公文标识 · the document's id, or its beginning or end
    id: String,
    /// 已知悉 · the notice was seen
    #[arg(long, group = "answer")]
    seen: bool,
    /// 已销毁 · the document was destroyed
    #[arg(long, group = "answer")]
    destroyed: bool,
    /// 留存及理由 · it is kept, because
    #[arg(long, group = "answer", value_name = "BECAUSE")]
    kept: Option<String>,
    /// 说明 · more in words, which both units can read
    #[arg(long, conflicts_with = "kept")]
    text: Option<String>,
}

/// `yichuan extension`.
#[derive(Debug, Subcommand)]
pub(super) enum ExtensionCommand {
    /// 申请延期（收文单位） · ask for more time
    Ask(Ask),
    /// 审定延期（发文单位或主管机关） · decide about it
    Decide(Decide),
}

/// `yichuan extension ask`.
#[derive(Debug, Args)]
pub(super) struct Ask {
    /// 公文标识 · the document's id, or its beginning or end
    id: String,
    /// 延至，如 "2026-11-26 18:00" · until when, such as "2026-11-26 18:00"
    #[arg(long, value_name = "TIME")]
    until: String,
    /// 理由 · why, in words that both units can read
    #[arg(long)]
    text: String,
}

/// `yichuan extension decide`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("decision").required(true))]
pub(super) struct Decide {
    /// 公文标识 · the document's id, or its beginning or end
    id: String,
    /// 收文单位 · the recipient
    #[arg(long)]
    unit: String,
    /// 同意延至 · until when
    #[arg(long, group = "decision", value_name = "TIME")]
    until: Option<String>,
    /// 不同意 · no more time
    #[arg(long, group = "decision")]
    refuse: bool,
}

/// A unit's code as it was typed.
pub(super) fn unit(typed: &str) -> Result<UnitCode, Failed> {
    typed
        .parse()
        .map_err(|_| Failed::UnknownUnit(typed.to_owned()))
}

/// A time as it was typed.
pub(super) fn time(typed: &str) -> Result<Timestamp, Failed> {
    instant(typed).ok_or_else(|| {
        Failed::Usage(format!(
            "{typed}: {}",
            say(
                "不是时间，如 \"2026-11-26 18:00\"",
                "is no time such as \"2026-11-26 18:00\""
            )
        ))
    })
}

impl RefuseDelivery {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        if self.reason == "list" {
            list_return_reasons();
            return Ok(ExitCode::SUCCESS);
        }
        let reason = return_reason(&self.reason)?;
        words_due(reason.needs_text(), self.text.as_deref())?;
        let home = globals.take_home()?;
        let done = block_on(async {
            let (mut session, _) = globals.session(&home, Some(Role::Receive)).await?;
            let about = about(&session, &self.id)?;
            let words = self.text.as_deref();
            session.refuse_delivery(about, reason, words).await
        })?;
        let code = u16::try_from(reason.code()).unwrap_or_default();
        let more = json!({ "code": code, "reason": return_words(code) });
        globals.recorded(("已拒收", "refused"), &done, more, &return_words(code));
        Ok(ExitCode::SUCCESS)
    }
}

impl RecallAnswer {
    fn reply(&self) -> RecallReply {
        match (self.destroyed, &self.kept) {
            (true, _) => RecallReply::Destroyed,
            (_, Some(_)) => RecallReply::Kept,
            _ => RecallReply::Seen,
        }
    }

    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let reply = self.reply();
        let words = self.kept.as_deref().or(self.text.as_deref());
        words_due(reply.needs_text(), words)?;
        let home = globals.take_home()?;
        let done = block_on(async {
            let (mut session, _) = globals.session(&home, Some(Role::Receive)).await?;
            let about = about(&session, &self.id)?;
            session.answer_recall(about, reply, words).await
        })?;
        let answer = reply_words(reply.code());
        let more = json!({ "code": reply.code(), "answer": answer });
        globals.recorded(("已答复撤回", "recall answered"), &done, more, &answer);
        Ok(ExitCode::SUCCESS)
    }
}

impl ExtensionCommand {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        match self {
            Self::Ask(ask) => ask.run(globals),
            Self::Decide(decide) => decide.run(globals),
        }
    }
}

impl Ask {
    fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let until = time(&self.until)?;
        words_due(true, Some(&self.text))?;
        let home = globals.take_home()?;
        let done = block_on(async {
            let (mut session, _) = globals.session(&home, Some(Role::Receive)).await?;
            let about = about(&session, &self.id)?;
            session.ask_extension(about, until, &self.text).await
        })?;
        let more = json!({ "until_ms": until.unix_ms() });
        let what = ("已申请延期", "more time asked for");
        globals.recorded(what, &done, more, &local(until));
        Ok(ExitCode::SUCCESS)
    }
}

impl Decide {
    fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let unit = unit(&self.unit)?;
        let until = self.until.as_deref().map(time).transpose()?;
        let home = globals.take_home()?;
        let roles = [Role::Send, Role::Approve, Role::Authority];
        let done = block_on(async {
            let (mut session, _) = globals.session_of_any(&home, &roles).await?;
            let about = session.registers()?.one(&self.id)?.about;
            session.decide_extension(about, &unit, until).await
        })?;
        let (what, detail) = match until {
            Some(until) => (("已同意延期", "more time given"), local(until)),
            None => (("未同意延期", "no more time given"), String::new()),
        };
        let until_ms = until.map(Timestamp::unix_ms);
        let more = json!({ "unit": unit.as_str(), "until_ms": until_ms });
        globals.recorded(what, &done, more, &detail);
        Ok(ExitCode::SUCCESS)
    }
}
