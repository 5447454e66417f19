//! `yichuan inspect`: look into a file before it is sent or after it came.

mod signatures;
mod trusted;

use std::fmt::Write as _;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};
use yichuan_document::Classification;
use yichuan_layout::contents::Contents;
use yichuan_layout::format::Fault;
use yichuan_layout::marks::{Finding, Marks, Obstacle};
use yichuan_layout::{Examination, Limits, examine};
use yichuan_seal::ses::Report;

use super::Globals;
use crate::lang::{is_chinese, say};
use crate::office::Failed;
use crate::report::USAGE;
use trusted::Trusted;

/// `yichuan inspect`.
#[derive(Debug, Args)]
pub(super) struct Inspect {
    /// 要检查的文件 · the file
    file: PathBuf,
    /// 登记的密级；文件上不高于它的标志不算问题 · the level that its label says
    #[arg(long, value_name = "LEVEL")]
    level: Option<String>,
    /// 同时输出首页文字 · print the first page's text, too
    #[arg(long)]
    text: bool,
    /// 信任的证书：文件夹，含 makers、signers、others、crl · a folder of the certificates to trust
    #[arg(long, value_name = "FOLDER")]
    trust: Option<PathBuf>,
}

impl Inspect {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let declared = self.level.as_deref().map(level).transpose()?;
        let trusted = self.trust.as_deref().map(Trusted::read).transpose()?;
        let trusted = trusted.unwrap_or_default();
        let limits = Limits::default();
        let bytes = read(&self.file, limits.file_bytes)?;
        let name = self.file.file_name().unwrap_or_default().to_string_lossy();
        let examined = examine(&name, "", &bytes, &limits);
        let signatures = examined.contents.iter().flat_map(|found| &found.signatures);
        let reports: Vec<Report> = signatures
            .map(|signature| trusted.judge(signature, crate::now()))
            .collect();
        let mut value = as_json(&examined, &reports, declared);
        let mut shown = as_text(&self.file, &examined, &reports, declared);
        if let Some(text) = self.first_page(&examined) {
            let _ = write!(shown, "\n{text}");
            value["text"] = json!(text);
        }
        globals.print(&value, &shown);
        Ok(match examined.contents {
            Ok(_) => ExitCode::SUCCESS,
            Err(_) => ExitCode::from(USAGE),
        })
    }

    fn first_page(&self, examined: &Examination) -> Option<String> {
        let contents = examined.contents.as_ref().ok().filter(|_| self.text)?;
        Some(
            contents
                .pages
                .first()
                .map(|page| plain(&page.text()))
                .unwrap_or_default(),
        )
    }
}

/// What is in a file, as `inspect --json` tells it; `declared` is the level that its label says.
pub fn inspected(name: &str, bytes: &[u8], declared: Option<Classification>) -> Value {
    let trusted = Trusted::default();
    let examined = examine(name, "", bytes, &Limits::default());
    let signatures = examined.contents.iter().flat_map(|found| &found.signatures);
    let reports: Vec<Report> = signatures
        .map(|signature| trusted.judge(signature, crate::now()))
        .collect();
    as_json(&examined, &reports, declared)
}

fn level(word: &str) -> Result<Classification, Failed> {
    Classification::parse(word)
        .ok_or_else(|| Failed::Usage(format!("{word}: {}", say("不是密级", "is no level"))))
}

/// The file's bytes, at most one more than are looked at, so that a larger one is known as such.
pub(super) fn read(path: &Path, most: usize) -> Result<Vec<u8>, Failed> {
    let unread = |error: &dyn std::fmt::Display| {
        let path = plain(&path.display().to_string());
        Failed::Usage(format!("{path}: {error}"))
    };
    let file = File::open(path).map_err(|error| unread(&error))?;
    if !file.metadata().map_err(|error| unread(&error))?.is_file() {
        return Err(unread(&say("不是文件", "not a file")));
    }
    let mut bytes = Vec::new();
    file.take(most as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unread(&error))?;
    Ok(bytes)
}

/// Text from a file, without what a terminal would obey.
pub(super) fn plain(text: &str) -> String {
    let obeyed = |sign: char| {
        sign.is_control() && sign != '\n'
            || matches!(sign, '\u{200e}' | '\u{200f}')
            || matches!(sign, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars()
        .map(|sign| if obeyed(sign) { '\u{fffd}' } else { sign })
        .collect()
}

fn as_json(examined: &Examination, reports: &[Report], declared: Option<Classification>) -> Value {
    let format: Vec<Value> = examined.format.iter().map(fault_json).collect();
    let mut value = json!({
        "readable": examined.contents.is_ok(),
        "kind": Value::Null,
        "pages": 0,
        "marks": marks_json(&examined.marks, declared),
        "format": { "findings": format },
        "signatures": [],
        "attachments": [],
    });
    match &examined.contents {
        Ok(contents) => contents_json(contents, reports, &mut value),
        Err(why) => {
            value["reason"] = json!({
                "code": why.code(),
                "message": plain(&if is_chinese() { why.zh() } else { why.to_string() }),
            });
        }
    }
    value
}

/// Millimetres, to a hundredth.
fn mm(length: f64) -> f64 {
    (length * 100.0).round() / 100.0
}

fn contents_json(contents: &Contents, reports: &[Report], value: &mut Value) {
    let attachments = contents.attachments.iter().map(|attachment| {
        json!({
            "name": attachment.name,
            "bytes": attachment.bytes,
            "kind": attachment.kind.word(),
            "decision": attachment.marks.decision(None).word(),
        })
    });
    let sizes = contents
        .pages
        .iter()
        .map(|page| json!([mm(page.width), mm(page.height)]));
    let metadata = contents.metadata.iter();
    let metadata = metadata.map(|(name, value)| json!({ "name": name, "value": value }));
    let tags = contents.tags.iter();
    let tags = tags.map(|tag| json!({ "path": tag.path, "text": tag.text }));
    value["kind"] = json!(contents.kind.word());
    value["version"] = json!(contents.version);
    value["pages"] = json!(contents.pages.len());
    value["page_sizes_mm"] = sizes.collect();
    value["metadata"] = metadata.collect();
    value["tags"] = tags.collect();
    value["attachments"] = attachments.collect();
    let signatures = contents.signatures.iter().zip(reports);
    let signatures = signatures.map(|(signature, report)| signatures::as_json(signature, report));
    value["signatures"] = signatures.collect();
}

fn marks_json(marks: &Marks, declared: Option<Classification>) -> Value {
    let found = marks.findings.iter().map(|finding| {
        json!({
            "code": finding.reason.code(),
            "level": finding.level.map(Classification::zh),
            "covered": finding.is_covered(declared),
            "place": if is_chinese() { finding.place.zh() } else { finding.place.to_string() },
            "excerpt": finding.excerpt,
            "message": said(finding),
        })
    });
    let obstacles = marks
        .obstacles
        .iter()
        .map(|obstacle| json!({ "code": obstacle.code(), "message": hindered(obstacle) }));
    json!({
        "decision": marks.decision(declared).word(),
        "findings": found.chain(obstacles).collect::<Value>(),
    })
}

fn fault_json(fault: &Fault) -> Value {
    json!({
        "rule": fault.rule.id,
        "severity": fault.rule.severity.word(),
        "clause": fault.rule.clause,
        "message": if is_chinese() { fault.zh() } else { fault.en() },
    })
}

const fn sentence(finding: &Finding) -> (&'static str, &'static str) {
    (finding.reason.zh(), finding.reason.en())
}

fn said(finding: &Finding) -> &'static str {
    let (zh, en) = sentence(finding);
    say(zh, en)
}

fn hindered(obstacle: &Obstacle) -> String {
    if is_chinese() {
        obstacle.zh()
    } else {
        obstacle.to_string()
    }
}

fn as_text(
    file: &Path,
    examined: &Examination,
    reports: &[Report],
    declared: Option<Classification>,
) -> String {
    let mut text = format!("{}\n", file.display());
    match &examined.contents {
        Ok(contents) => {
            let size = contents.pages.first().map_or_else(String::new, |page| {
                format!(", {:.0} × {:.0} mm", page.width, page.height)
            });
            let (kind, pages) = (contents.kind.word(), contents.pages.len());
            let _ = writeln!(text, "{}: {kind}", say("类型", "kind"));
            let _ = writeln!(text, "{}: {pages}{size}", say("页数", "pages"));
        }
        Err(why) => {
            let why = if is_chinese() {
                why.zh()
            } else {
                why.to_string()
            };
            let _ = writeln!(text, "{}: {why}", say("无法读取", "not readable"));
        }
    }
    let decision = examined.marks.decision(declared);
    let decision = say(decision.zh(), decision.en());
    let _ = writeln!(text, "{}: {decision}", say("密级标志", "marks"));
    for finding in &examined.marks.findings {
        let place = if is_chinese() {
            finding.place.zh()
        } else {
            finding.place.to_string()
        };
        let covered = if finding.is_covered(declared) {
            say("（与登记密级相符）", " (covered by the label)")
        } else {
            ""
        };
        let excerpt = &finding.excerpt;
        let _ = writeln!(text, "  - {place}: {}{covered} “{excerpt}”", said(finding));
    }
    for obstacle in &examined.marks.obstacles {
        let _ = writeln!(text, "  - {}", hindered(obstacle));
    }
    if let Ok(contents) = &examined.contents {
        form_as_text(contents, &examined.format, reports, &mut text);
    }
    plain(&text)
}

fn form_as_text(contents: &Contents, faults: &[Fault], reports: &[Report], text: &mut String) {
    let count = faults.len();
    let _ = writeln!(
        text,
        "{}: {count}",
        say("格式问题", "departures from the form")
    );
    for fault in faults {
        let severity = fault.rule.severity;
        let severity = say(severity.zh(), severity.word());
        let sentence = if is_chinese() { fault.zh() } else { fault.en() };
        let clause = fault.rule.clause;
        let _ = writeln!(
            text,
            "  - {severity} {}: {sentence} ({clause})",
            fault.rule.id
        );
    }
    for (signature, report) in contents.signatures.iter().zip(reports) {
        signatures::as_text(signature, report, text);
    }
    for attachment in &contents.attachments {
        let (name, kind) = (&attachment.name, attachment.kind.word());
        let _ = writeln!(text, "{}: {name} ({kind})", say("附件", "attachment"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_not_printed() {
        assert_eq!(
            plain("a\u{1b}[2Jb\u{202e}c\nd"),
            "a\u{fffd}[2Jb\u{fffd}c\nd"
        );
    }

    #[test]
    fn every_file_gives_an_object_of_one_shape() {
        for (name, bytes) in [
            ("a.ofd", &b"no package"[..]),
            ("a.txt", "机密★5年".as_bytes()),
            ("a.bin", &[0, 1, 2, 255]),
            ("a.pdf", b""),
        ] {
            let examined = examine(name, "", bytes, &Limits::default());
            let value = as_json(&examined, &[], None);
            for key in [
                "kind",
                "pages",
                "marks",
                "format",
                "signatures",
                "attachments",
            ] {
                assert!(value.get(key).is_some(), "{name}: {key}");
            }
            assert_ne!(value["marks"]["decision"], "clean", "{name}");
            assert_eq!(value["readable"], examined.contents.is_ok(), "{name}");
            assert_eq!(
                value.get("reason").is_some(),
                examined.contents.is_err(),
                "{name}"
            );
        }
    }
}
