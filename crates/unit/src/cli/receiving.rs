//! Receiving: fetch and inspect, sign for, return.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use yichuan_document::roster::record::Role;
use yichuan_document::statement::About;

use super::Globals;
use super::acting::block_on;
use super::coded::{list_return_reasons, return_reason, words_due};
use crate::lang::{local, progress, say, size};
use crate::office::receive::Received;
use crate::office::{Failed, Session};

/// `yichuan fetch`.
#[derive(Debug, Args)]
pub(super) struct Fetch {
    /// 公文标识 · the document's id, or its beginning or end
    id: String,
}

/// `yichuan sign`.
#[derive(Debug, Args)]
pub(super) struct Sign {
    /// 公文标识 · the document's id, or its beginning or end
    id: String,
}

/// `yichuan return`.
#[derive(Debug, Args)]
pub(super) struct Return {
    /// 公文标识 · the document's id, or its beginning or end
    id: String,
    /// 退回原因代码 · the reason's code; `--reason list` shows them
    #[arg(long)]
    reason: String,
    /// 说明 · the reason in words, which both units can read
    #[arg(long)]
    text: Option<String>,
}

pub(super) fn about(session: &Session, typed: &str) -> Result<About, Failed> {
    Ok(session.registers()?.one_received(typed)?.about)
}

pub(super) async fn fetched(session: &mut Session, typed: &str) -> Result<Received, Failed> {
    let about = about(session, typed)?;
    let total = session.manifest(about.manifest).await?.body_bytes;
    let bar = progress(total, say("下载", "downloading"));
    let received = session.fetch(about, &mut |bytes| bar.inc(bytes)).await;
    bar.finish_and_clear();
    received
}

impl Fetch {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let home = globals.take_home()?;
        let received = block_on(async {
            let (mut session, _) = globals.session(&home, Some(Role::Receive)).await?;
            fetched(&mut session, &self.id).await
        })?;
        if let Some(why) = received.closed {
            return Err(why.into());
        }
        let header = received
            .opened
            .as_ref()
            .map(yichuan_envelope::Opened::header);
        let header = header.ok_or(Failed::Protocol)?;
        let mut text = format!(
            "{}: {}\n{}: {}\n",
            say("标题", "title"),
            header.title,
            say("文件", "files"),
            received.parts.display()
        );
        for part in &header.parts {
            text.push_str(&format!("  {} ({})\n", part.name, size(part.bytes)));
        }
        let sealed = received.sealed_files()?;
        if !sealed.is_empty() {
            text.push_str(&format!(
                "{}:\n",
                say("已盖电子印章的文件", "with their seals")
            ));
            for path in &sealed {
                text.push_str(&format!("  {}\n", path.display()));
            }
        }
        text.push_str(&checks(&received));
        let parts: Vec<_> = header
            .parts
            .iter()
            .map(|part| json!({ "name": part.name.as_str(), "bytes": part.bytes }))
            .collect();
        let lines: Vec<_> = received
            .inspection
            .results()
            .iter()
            .map(|(check, outcome)| json!({ "check": check.0, "outcome": outcome.code() }))
            .collect();
        globals.print(
            &json!({
                "title": header.title,
                "folder": received.parts,
                "parts": parts,
                "sealed": sealed,
                "checks": lines,
            }),
            &text,
        );
        Ok(ExitCode::SUCCESS)
    }
}

/// The inspection, one line per check.
fn checks(received: &Received) -> String {
    let mut text = format!("{}:\n", say("查验", "inspection"));
    for (check, outcome) in received.inspection.results() {
        let name = check.known().map_or_else(
            || check.0.to_string(),
            |check| say(check.zh(), check.en()).to_owned(),
        );
        text.push_str(&format!("  {name}: {}\n", say(outcome.zh(), outcome.en())));
    }
    text
}

impl Sign {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let home = globals.take_home()?;
        let (index, entry) = block_on(async {
            let (mut session, _) = globals.session(&home, Some(Role::Receive)).await?;
            let received = fetched(&mut session, &self.id).await?;
            session.sign_for(&received).await
        })?;
        globals.print(
            &json!({ "done": "signed for", "index": index, "time_ms": entry.time.unix_ms() }),
            &format!(
                "{}\n{} {index}, {}",
                say("已签收", "signed for"),
                say("日志序号", "log index"),
                local(entry.time)
            ),
        );
        Ok(ExitCode::SUCCESS)
    }
}

impl Return {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        if self.reason == "list" {
            list_return_reasons();
            return Ok(ExitCode::SUCCESS);
        }
        let reason = return_reason(&self.reason)?;
        words_due(reason.needs_text(), self.text.as_deref())?;
        let home = globals.take_home()?;
        let (index, entry) = block_on(async {
            let (mut session, _) = globals.session(&home, Some(Role::Receive)).await?;
            let received = fetched(&mut session, &self.id).await?;
            session
                .give_back(&received, reason, self.text.as_deref())
                .await
        })?;
        globals.print(
            &json!({
                "done": "returned",
                "code": reason.code(),
                "index": index,
                "time_ms": entry.time.unix_ms(),
            }),
            &format!(
                "{}: {}\n{} {index}, {}",
                say("已退回", "returned"),
                say(reason.zh(), reason.en()),
                say("日志序号", "log index"),
                local(entry.time)
            ),
        );
        Ok(ExitCode::SUCCESS)
    }
}
