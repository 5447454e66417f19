//! Evidence: export a document's bundle, and verify one offline.

use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};
use yichuan_document::Timestamp;
use yichuan_evidence::verify::{Event, Finding, Outcome, RootPin, Verdict};

use super::Globals;
use super::acting::block_on;
use super::deciding::find;
use crate::home::read_pin;
use crate::lang::{local, progress, say, table};
use crate::office::Failed;
use crate::office::export::Carries;
use crate::office::verdict::{by_nobody, detail, judge, unproven, what};
use crate::report::{REFUSED, USAGE};

/// `yichuan export`.
#[derive(Debug, Args)]
pub(super) struct Export {
    /// 公文标识 · the document's id, or its beginning or end
    id: String,
    /// 写入该文件 · write it to this file
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// 不含内容：只附密文 · leave the content out, carry the ciphertext
    #[arg(long)]
    closed: bool,
}

impl Export {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let home = globals.take_home()?;
        let carries = if self.closed {
            Carries::Ciphertext
        } else {
            Carries::Content
        };
        block_on(async {
            let (mut session, _) = globals.session(&home, None).await?;
            let digest = find(&session, &self.id)?;
            let partial = self.out.with_extension("partial");
            let mut file = File::create(&partial)?;
            session.export(digest, carries, &mut file).await?;
            file.sync_all()?;
            std::fs::rename(&partial, &self.out)?;
            Ok(())
        })?;
        let bytes = self.out.metadata()?.len();
        globals.print(
            &json!({ "file": self.out, "bytes": bytes }),
            &format!(
                "{} {} ({})",
                say("证据包已写入", "wrote"),
                self.out.display(),
                crate::lang::size(bytes)
            ),
        );
        Ok(ExitCode::SUCCESS)
    }
}

/// `yichuan verify`.
#[derive(Debug, Args)]
pub(super) struct Verify {
    /// 证据包 · the bundle
    #[arg(required_unless_present = "code")]
    file: Option<PathBuf>,
    /// 核对纸质正本上的校验码 · look up the code on a printed original
    #[arg(long, value_name = "CODE", conflicts_with_all = ["file", "root"])]
    code: Option<String>,
    /// 颁发机构公开根；缺省用本机已登记的 · the authority's root; this computer's where not given
    #[arg(long, value_name = "FILE")]
    root: Option<PathBuf>,
}

impl Verify {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        if let Some(code) = &self.code {
            return super::copies::look_up(globals, code);
        }
        let root = self.root_pin(globals)?;
        let path = self.file.clone().unwrap_or_default();
        let file = match File::open(&path) {
            Ok(file) if file.metadata()?.is_file() => file,
            Ok(_) => return Ok(unreadable(globals, &path, say("不是文件", "not a file"))),
            Err(error) => return Ok(unreadable(globals, &path, &error.to_string())),
        };
        let bar = progress(0, say("验证", "verifying"));
        let mut progress = |done, all| {
            bar.set_length(all);
            bar.set_position(done);
        };
        let verdict = judge(file, root.as_ref(), &mut progress);
        bar.finish_and_clear();
        let verdict = match verdict {
            Ok(verdict) => verdict,
            Err(why) => return Ok(unreadable(globals, &path, &why.to_string())),
        };
        globals.print(&as_json(&verdict), &as_text(&verdict));
        Ok(if verdict.valid {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(REFUSED)
        })
    }

    /// The root that was named, else the one of this computer; none is an answer too.
    fn root_pin(&self, globals: &Globals) -> Result<Option<RootPin>, Failed> {
        if let Some(path) = &self.root {
            return Ok(Some(read_pin(path)?));
        }
        Ok(globals
            .folder()
            .ok()
            .and_then(|folder| read_pin(&folder.join("root.pub")).ok()))
    }
}

fn unreadable(globals: &Globals, path: &Path, why: &str) -> ExitCode {
    globals.print(
        &json!({ "readable": false, "valid": false, "why": why }),
        &format!(
            "{}: {}: {why}",
            path.display(),
            say("不是可读的证据包", "not readable as evidence")
        ),
    );
    ExitCode::from(USAGE)
}

fn as_json(verdict: &Verdict) -> Value {
    let findings: Vec<Value> = verdict.findings.iter().map(finding_json).collect();
    let story: Vec<Value> = verdict
        .story
        .iter()
        .map(|event| {
            let person = event.who.as_ref().and_then(|who| who.person.clone());
            json!({
                "time_ms": event.time.unix_ms(),
                "index": event.index,
                "account": event.who.as_ref().map(|who| who.account.as_str()),
                "person": person.map(|person| person.to_string()),
                "what": what(event).1,
                "stands": event.stands,
                "late_ms": event.late_ms,
            })
        })
        .collect();
    let deliveries: Vec<Value> = verdict
        .deliveries
        .iter()
        .map(|delivery| {
            json!({
                "unit": delivery.unit.to_string(),
                "state": delivery.state.map(yichuan_document::life::DeliveryState::en),
                "due_ms": delivery.due.map(Timestamp::unix_ms),
                "due_before_ms": delivery.due_before.map(Timestamp::unix_ms),
                "ended_ms": delivery.ended.map(Timestamp::unix_ms),
                "late_ms": delivery.late_ms,
                "overdue_ms": delivery.overdue.map(Timestamp::unix_ms),
                "reminders": delivery.reminders,
                "recall_notice": delivery.recall_notice,
                "recall_answer": delivery.recall_answer,
                "return_acknowledged": delivery.return_acknowledged,
                "contacts": delivery.contacts,
                "more_copies": delivery.more_copies,
                "printed": delivery.printed,
            })
        })
        .collect();
    let document = verdict.document.as_ref();
    json!({
        "readable": true,
        "valid": verdict.valid,
        "origin": verdict.claimed.as_ref().map(|pin| pin.origin.as_str()),
        "genesis": verdict.claimed.as_ref().map(|pin| pin.genesis.to_string()),
        "log_size": verdict.log.map(|log| log.0),
        "log_root": verdict.log.map(|log| log.1.to_string()),
        "document": document.map(|document| json!({
            "id": document.id.to_string(),
            "manifest": document.manifest.to_string(),
            "level": document.level.en(),
            "stage": document.stage.en(),
            "title": document.content.as_ref().map(|content| content.title.as_str()),
        })),
        "deliveries": deliveries,
        "findings": findings,
        "story": story,
        "not_proven": verdict.unproven.iter().map(|gap| unproven(gap).1).collect::<Vec<_>>(),
    })
}

fn finding_json(finding: &Finding) -> Value {
    let (outcome, detail) = match finding.outcome {
        Outcome::Passed => ("passed", None),
        Outcome::Failed(fault) => ("failed", Some(fault.code())),
        Outcome::NotChecked(gap) => ("not_checked", Some(gap.code())),
    };
    json!({
        "check": finding.check.en(),
        "outcome": outcome,
        "detail": detail,
        "index": finding.index,
    })
}

fn as_text(verdict: &Verdict) -> String {
    let mut text = String::new();
    let headline = if verdict.valid {
        say("有效", "VALID")
    } else {
        say("无效", "NOT VALID")
    };
    let _ = writeln!(text, "{}: {headline}", say("证据", "evidence"));
    if let Some(document) = &verdict.document {
        if let Some(content) = &document.content {
            let _ = writeln!(text, "{}: {}", say("标题", "title"), content.title);
        }
        let _ = writeln!(text, "{}: {}", say("公文标识", "document"), document.id);
    }
    if let Some((size, root)) = &verdict.log {
        let _ = writeln!(text, "{}: {size} · {root}", say("日志", "log"));
    }
    let rows: Vec<Vec<String>> = verdict.story.iter().map(event_row).collect();
    let head = [
        say("时间", "time"),
        say("序号", "index"),
        say("帐号", "account"),
        say("人员", "person"),
        say("事项", "what"),
    ];
    text.push_str(&table(&head, &rows));
    for finding in &verdict.findings {
        match finding.outcome {
            Outcome::Failed(fault) => {
                let _ = writeln!(
                    text,
                    "✗ {}: {}{}",
                    say(finding.check.zh(), finding.check.en()),
                    say(fault.zh(), fault.en()),
                    finding
                        .index
                        .map(|index| format!(" ({index})"))
                        .unwrap_or_default()
                );
            }
            Outcome::NotChecked(gap) => {
                let check = say(finding.check.zh(), finding.check.en());
                let _ = writeln!(text, "– {check}: {}", say(gap.zh(), gap.en()));
            }
            Outcome::Passed => {}
        }
    }
    let passed = verdict
        .findings
        .iter()
        .filter(|f| f.outcome == Outcome::Passed)
        .count();
    let _ = writeln!(text, "✓ {passed} {}", say("项检查通过", "checks passed"));
    let _ = writeln!(text, "{}:", say("本证据不能证明", "this does not prove"));
    for gap in &verdict.unproven {
        let (zh, en) = unproven(gap);
        let _ = writeln!(text, "  {}", say(&zh, en));
    }
    text
}

fn event_row(event: &Event) -> Vec<String> {
    let who = event.who.as_ref();
    let (zh, en) = what(event);
    vec![
        local(event.time),
        event.index.to_string(),
        who.map_or_else(
            || by_nobody(event).to_owned(),
            |who| who.account.to_string(),
        ),
        who.and_then(|who| who.person.as_ref())
            .map(ToString::to_string)
            .unwrap_or_default(),
        format!(
            "{}{}{}",
            if event.stands { "" } else { "✗ " },
            say(zh, en),
            detail(event)
                .map(|detail| format!(" ({detail})"))
                .unwrap_or_default()
        ),
    ]
}
