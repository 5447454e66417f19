//! What an inspection says of the signatures in a file.

use std::fmt::Write as _;

use serde_json::{Value, json};
use yichuan_layout::contents::Signature;
use yichuan_seal::instant;
use yichuan_seal::ses::{Fact, Finding, Report, SesSeal, Verdict};

use super::mm;
use crate::lang::{is_chinese, say};

/// A signature with what came of judging it.
pub(super) fn as_json(signature: &Signature, report: &Report) -> Value {
    let stamps = signature.stamps.iter().map(|(page, at)| {
        json!({
            "page": page + 1,
            "left_mm": mm(at.left),
            "top_mm": mm(at.top),
            "width_mm": mm(at.width()),
            "height_mm": mm(at.height()),
        })
    });
    let seal = report.seal();
    json!({
        "kind": signature.kind.word(),
        "generation": signature.generation,
        "verdict": report.verdict().word(),
        "findings": report.findings().iter().map(finding_json).collect::<Value>(),
        "location": signature.location,
        "seal": seal.map(|seal| json!({ "id": seal.id(), "name": seal.name() })),
        "signed_at": signed_at(report),
        "stamps": stamps.collect::<Value>(),
    })
}

fn finding_json(finding: &Finding) -> Value {
    let mut value = json!({
        "code": finding.code.id(),
        "step": finding.code.step(),
        "message": sentence(finding),
    });
    if let Fact::Part(part) = &finding.fact {
        value["part"] = json!(part);
    }
    value
}

fn sentence(finding: &Finding) -> String {
    if is_chinese() {
        finding.chinese()
    } else {
        finding.english()
    }
}

/// When it was signed, as the signer says: `20260801120000Z`.
fn signed_at(report: &Report) -> Option<String> {
    let at = match (report.signature(), report.message()) {
        (Some(signature), _) => signature.signed_at(),
        (None, Some(message)) => message.signed_at(),
        (None, None) => None,
    };
    at.map(instant::to_generalized)
}

const fn verdict(verdict: Verdict) -> (&'static str, &'static str) {
    (verdict.chinese(), verdict.word())
}

/// A line for the signature, and one for each finding.
pub(super) fn as_text(signature: &Signature, report: &Report, text: &mut String) {
    let (kind, generation) = (
        signature.kind.word(),
        signature.generation.unwrap_or_default(),
    );
    let (zh, en) = verdict(report.verdict());
    let name = report.seal().map(SesSeal::name).unwrap_or_default();
    let at = signed_at(report).unwrap_or_default();
    let what = [kind, generation, name, &at];
    let what: Vec<&str> = what.into_iter().filter(|word| !word.is_empty()).collect();
    let _ = writeln!(
        text,
        "{}: {} ({})",
        say("签名", "signature"),
        say(zh, en),
        what.join(" ")
    );
    for finding in report.findings() {
        let _ = writeln!(text, "  - {} {}", finding.code.id(), sentence(finding));
    }
}
