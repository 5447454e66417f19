//! Verifying an evidence bundle, and what its verdict says in words.

use std::fs::File;

use yichuan_document::{Timestamp, UnitRef};
pub use yichuan_evidence::verify::{Event, Finding, Outcome, RootPin, Unproven, Verdict};
use yichuan_evidence::verify::{NotEvidence, What, verify_with};

use super::opening::set_seal;
use crate::lang::{is_chinese, local, say};

/// Verifies a bundle against `root`, electronic seals included. Without a root nothing anchors it,
/// and it is not valid. `progress` is told bytes of the body done and in all.
pub fn judge(
    bundle: File,
    root: Option<&RootPin>,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<Verdict, NotEvidence> {
    let mut told = |done, all| progress(done, all);
    verify_with(bundle, root, &mut told, &set_seal)
}

/// Who said what no account did.
pub fn by_nobody(event: &Event) -> &'static str {
    match event.what {
        What::OverdueAnnulled { .. } => say("颁发机构", "authority"),
        _ => say("交换中心", "exchange"),
    }
}

/// More about an event: whom it is about, until when, and how late.
pub fn detail(event: &Event) -> Option<String> {
    let units = |units: &[UnitRef]| {
        let codes: Vec<&str> = units.iter().map(|unit| unit.unit.as_str()).collect();
        codes.join(", ")
    };
    let due = |at: Timestamp| format!("{} {}", say("时限", "due"), local(at));
    if let Some(late_ms) = event.late_ms {
        return Some(late(late_ms));
    }
    Some(match &event.what {
        What::ReturnAcknowledged { unit } | What::Rewrapped { unit } => unit.unit.to_string(),
        What::Recalled { units: named, .. } if named.is_empty() => {
            say("所有单位", "everybody").to_owned()
        }
        What::Recalled { units: named, .. } | What::Supplement { units: named } => units(named),
        What::Supplemented {
            units: named,
            due: at,
        } => format!("{}; {}", units(named), due(*at)),
        What::InquiryDue { due: at } => due(*at),
        What::Contacted { unit, at, .. } => format!("{}, {}", unit.unit, local(*at)),
        What::MoreTimeAsked { until } => local(*until),
        What::MoreTimeDecided { unit, until } => match until {
            Some(until) => format!("{}, {}", unit.unit, local(*until)),
            None => unit.unit.to_string(),
        },
        What::Overdue { unit, due: at, .. } => format!("{}, {}", unit.unit, due(*at)),
        What::Reminded { unit, percent, to } => {
            format!("{}, {percent} %, {}", unit.unit, say(to.zh(), to.en()))
        }
        What::Superseded { by, .. } => by.to_string(),
        What::MoreCopies { unit, copies } => format!("{}, {copies}", unit.unit),
        What::CopiesNumbered {
            unit, first, count, ..
        } => format!("{}, {first:06} × {count}", unit.unit),
        _ => return None,
    })
}

/// By how much something is late, in hours and minutes.
fn late(late_ms: u64) -> String {
    let minutes = late_ms / 60_000;
    let (hours, minutes) = (minutes / 60, minutes % 60);
    if is_chinese() {
        format!("迟 {hours} 小时 {minutes} 分")
    } else {
        format!("late by {hours} h {minutes} min")
    }
}

/// What an event was.
pub fn what(event: &Event) -> (&'static str, &'static str) {
    match event.what {
        What::Submitted => ("提交", "submitted"),
        What::Approved => ("批准", "approved"),
        What::ApprovalRefused { .. } => ("退改", "refused by the approver"),
        What::Withdrawn => ("撤稿", "withdrawn"),
        What::Sealed { .. } => ("用印", "sealed"),
        What::Dispatched { .. } => ("发出", "dispatched"),
        What::Redirected { .. } => ("转送承接单位", "redirected to the successor"),
        What::Fetched => ("取件", "fetched"),
        What::SignedFor { .. } => ("签收", "signed for"),
        What::Returned { .. } => ("退回", "returned"),
        What::Violation { .. } => ("报告内外不一致", "reported a violation"),
        What::DeliveryRefused { .. } => ("拒收", "refused"),
        What::ReturnAcknowledged { .. } => ("签收退文", "signed for the return"),
        What::Recalled { .. } => ("撤回", "recalled"),
        What::RecallAnswered { .. } => ("答复撤回", "answered the recall"),
        What::Inquired { .. } => ("查询收文情况", "inquired"),
        What::InquiryDue { .. } => ("逾期未查询", "not inquired in time"),
        What::Contacted { .. } => ("联系", "contacted"),
        What::MoreTimeAsked { .. } => ("申请延期", "asked for more time"),
        What::MoreTimeDecided { until: None, .. } => ("不予延期", "gave no more time"),
        What::MoreTimeDecided { .. } => ("准予延期", "gave more time"),
        What::Overdue { .. } => ("逾期", "overdue"),
        What::OverdueAnnulled { .. } => ("校正时间，撤销逾期", "time corrected, overdue annulled"),
        What::Reminded { .. } => ("催办", "reminded"),
        What::Supplement { .. } => ("提出补发", "named more recipients"),
        What::SupplementDecided { granted: true } => ("同意补发", "approved more recipients"),
        What::SupplementDecided { .. } => ("不同意补发", "refused more recipients"),
        What::Rewrapped { .. } => ("重新封装密钥", "closed the key once more"),
        What::Supplemented { .. } => ("补发发出", "dispatched to more"),
        What::Superseded { .. } => ("被替代", "superseded"),
        What::MoreCopies { .. } => ("增发", "granted more copies"),
        What::CopiesNumbered { again: true, .. } => ("补印正本", "printed originals again"),
        What::CopiesNumbered { .. } => ("打印正本", "printed originals"),
        What::MeetingReplied => ("会议回执", "replied to the meeting notice"),
        What::Noted { .. } => ("单位附注", "noted"),
        What::Numbered { .. } => ("取号", "numbered"),
        What::Unknown { .. } => ("本版本不识别的事项", "of a kind of a later release"),
        What::Unreadable => ("无法读取", "unreadable"),
    }
}

/// What a verdict leaves open.
pub fn unproven(gap: &Unproven) -> (String, &'static str) {
    match gap {
        Unproven::AfterSize { size } => (
            format!("日志第 {size} 条之后的任何事项"),
            "anything after the size of the log that is named above",
        ),
        Unproven::PersonLooked => (
            "某人确实看过帐号所签的内容".to_owned(),
            "that a person looked at what an account signed",
        ),
        Unproven::Time => (
            "时间：由交换中心声明，尚无见证".to_owned(),
            "the times: the exchange asserts them, no witness bounds them",
        ),
        Unproven::SameLog => (
            "他人看到的是同一份日志".to_owned(),
            "that others were shown the same log",
        ),
        Unproven::OtherRecipients => ("其他收文单位的情况".to_owned(), "what other recipients did"),
        Unproven::UnknownStatements => (
            "后续版本的声明说了什么".to_owned(),
            "what statements of a later release say",
        ),
        Unproven::Content => (
            "正文内容：证据包只附密文".to_owned(),
            "what the body says: it is carried encrypted",
        ),
        Unproven::ReplacedBy => (
            "替代件确已发出：见替代件的证据包".to_owned(),
            "that the replacing document was dispatched: its own bundle shows it",
        ),
        Unproven::EarlierReceipts => (
            "不计时限的单位已签收被替代件：见被替代件的证据包".to_owned(),
            "that who has no clock had signed for the replaced document: its bundle shows it",
        ),
    }
}
