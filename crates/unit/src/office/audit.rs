//! What an auditor sees: who did what and when, each line verified, nothing decrypted.

use yichuan_document::roster::Roster;
use yichuan_document::signed::Payload;
use yichuan_document::statement::{
    About, Application, Assignment, Contact, CopiesNumbered, DeliveryRefusal, ExtensionDecision,
    ExtensionRequest, HandOver, InquiryDue, LookMissed, MeetingReply, MoreCopies, NumberRequest,
    Overdue, PermissionDecision, PermissionRequest, Permit, Recall, RecallAnswer, Redirection,
    Reminder, RequestRefused, Return, SealUse, SessionEvent, SessionRecord, Supersession,
    Supplement, SupplementApproval, Supplemented, UnitNote, Violation,
};
use yichuan_document::{AccountId, DeviceId, DocumentId, PersonId, Timestamp, UnitCode, UnitRef};
use yichuan_evidence::entry::{Entry, EntryKind};
use yichuan_wire::ErrorCode;
use yichuan_wire::message::{Answer, Ask};

use super::codes::{
    decision_words, error_words, note_words, outcome_words, permit_reason_words, recall_words,
    reply_words, return_words, violation_words, wish_words,
};
use super::dossier::verify_statement;
use super::failed::Failed;
use super::history::{Happened, happened};
use super::mirror::RosterWalk;
use super::permitting::numbers;
use super::register::{about_of, of_delivery};
use super::session::Session;
use crate::lang::{local, say};

/// One line of an audit.
#[derive(Clone, Debug)]
pub struct Audited {
    /// The entry's index in the log.
    pub index: u64,
    /// When it was recorded.
    pub time: Timestamp,
    /// The kind of entry.
    pub kind: EntryKind,
    /// What happened, in Chinese and English.
    pub what: (&'static str, &'static str),
    /// Who: an account, officers, or the exchange.
    pub by: String,
    /// The unit of whoever did it, or whom it concerns.
    pub unit: Option<UnitCode>,
    /// The person whose account it was then.
    pub person: Option<PersonId>,
    /// The computer.
    pub device: Option<DeviceId>,
    /// The document.
    pub document: Option<DocumentId>,
    /// More: codes, numbers, ids.
    pub detail: String,
}

impl Session {
    /// Everything that this auditor may read, oldest first; every signature and proof is verified.
    pub async fn audit(&mut self, seen: &mut dyn FnMut(u64)) -> Result<Vec<Audited>, Failed> {
        let lines = self.readable_entries(seen).await?;
        let mut walk = self.mirror.walk()?;
        lines
            .into_iter()
            .map(|(index, entry)| audited(&mut walk, index, entry))
            .collect()
    }

    /// The entries that this auditor may read, each proven to be in the log; their signatures are
    /// yet to be verified.
    pub(super) async fn readable_entries(
        &mut self,
        seen: &mut dyn FnMut(u64),
    ) -> Result<Vec<(u64, Entry)>, Failed> {
        self.readable_entries_from(0, seen).await
    }

    /// As [`Session::readable_entries`], from an index on.
    pub(super) async fn readable_entries_from(
        &mut self,
        first: u64,
        seen: &mut dyn FnMut(u64),
    ) -> Result<Vec<(u64, Entry)>, Failed> {
        let mut lines = Vec::new();
        let mut next = Some(first);
        while let Some(from) = next {
            let Answer::Entries(page) = self.link.ask(Ask::Audit(from)).await? else {
                return Err(Failed::Protocol);
            };
            // Pages only go on; one that does not would be asked for without end.
            next = page.next.filter(|next| *next > from);
            let entries = self.mirror.verify_page(&page)?;
            self.mirror
                .see(page.checkpoint.as_bytes(), &self.link)
                .await?;
            seen(entries.len() as u64);
            lines.extend(entries);
        }
        // What the roster became meanwhile is needed to judge the newest lines.
        self.mirror.advance(&self.link).await?;
        Ok(lines)
    }
}

fn audited(walk: &mut RosterWalk<'_>, index: u64, entry: Entry) -> Result<Audited, Failed> {
    if entry.kind.is_roster() {
        // It was folded, and so verified; here it is only told.
        return of_roster(walk, index, &entry);
    }
    let roster = walk.to(index)?;
    let statement = verify_statement(roster, index, entry)?;
    let (payload, entry) = (&statement.payload, &statement.entry);
    let session: Option<SessionRecord> = match entry.kind {
        EntryKind::Session => payload.body().ok(),
        _ => None,
    };
    if let Some(record) = session {
        return Ok(of_session(roster, index, entry.time, record));
    }
    let (document, detail) = about(entry, payload);
    let account = payload.account.as_ref();
    let concerned = match entry.kind {
        EntryKind::Refusal => payload
            .body::<RequestRefused>()
            .ok()
            .map(|body| body.unit.unit),
        EntryKind::Overdue => payload.body().ok().map(|body: Overdue| body.unit.unit),
        EntryKind::Reminder => payload.body().ok().map(|body: Reminder| body.unit.unit),
        EntryKind::LookMissed => {
            let body: Option<LookMissed> = payload.body().ok();
            body.map(|body| body.account.unit())
        }
        _ => None,
    };
    Ok(Audited {
        index,
        time: entry.time,
        kind: entry.kind,
        what: words(entry.kind),
        by: account.map_or_else(|| "exchange".to_owned(), ToString::to_string),
        unit: account.map(AccountId::unit).or(concerned),
        person: account
            .and_then(|account| roster.account(account))
            .map(|account| account.person),
        device: payload.device.clone(),
        document: document.map(|about| about.document),
        detail,
    })
}

/// What the exchange says of a session: the account that it is about did it.
fn of_session(roster: &Roster, index: u64, time: Timestamp, record: SessionRecord) -> Audited {
    let event = SessionEvent::from_code(record.event);
    let mut detail = vec![crate::lang::local(record.at)];
    let code = record.code.map(ErrorCode::from_number);
    detail.extend(code.map(error_words));
    if record.count != 1 {
        detail.push(format!("× {}", record.count));
    }
    if record.left_out > 0 {
        detail.push(format!("+ {}", record.left_out));
    }
    Audited {
        index,
        time,
        kind: EntryKind::Session,
        what: event.map_or_else(|| words(EntryKind::Session), SessionEvent::words),
        by: record.account.to_string(),
        unit: Some(record.account.unit()),
        person: roster
            .account(&record.account)
            .map(|account| account.person),
        device: Some(record.device),
        document: None,
        detail: detail.join(" "),
    }
}

fn of_roster(walk: &mut RosterWalk<'_>, index: u64, entry: &Entry) -> Result<Audited, Failed> {
    let signed = entry.signed().map_err(|_| Failed::Protocol)?;
    let payload = signed.claimed().map_err(|_| Failed::Protocol)?;
    let before = walk.to(index.saturating_sub(1))?;
    let Happened {
        what, by, about, ..
    } = happened(before, index, entry)?;
    let account = payload.account.as_ref();
    let person = account
        .and_then(|account| before.account(account))
        .map(|account| account.person);
    Ok(Audited {
        index,
        time: entry.time,
        kind: entry.kind,
        what,
        by: account.map_or(by, ToString::to_string),
        unit: account.map(AccountId::unit),
        person,
        device: payload.device,
        document: None,
        detail: about.join(" "),
    })
}

/// What an entry is called.
pub const fn words(kind: EntryKind) -> (&'static str, &'static str) {
    match kind {
        EntryKind::Submission => ("提交", "submitted"),
        EntryKind::Approval => ("批准", "approved"),
        EntryKind::ApprovalRefusal => ("退改", "refused by the approver"),
        EntryKind::Withdrawal => ("撤稿", "withdrawn"),
        EntryKind::Seal => ("用印", "sealed"),
        EntryKind::Dispatch => ("发出", "dispatched"),
        EntryKind::Redirection => ("转送承接单位", "redirected"),
        EntryKind::Recall => ("撤回", "recalled"),
        EntryKind::Inquiry => ("查询", "inquired about"),
        EntryKind::Supplement => ("申请补发", "supplement submitted"),
        EntryKind::SupplementApproval => ("补发审批", "supplement decided"),
        EntryKind::Supplemented => ("补发", "supplemented"),
        EntryKind::Supersession => ("被替代", "superseded"),
        EntryKind::InquiryDue => ("查询未办", "not inquired about in time"),
        EntryKind::MoreCopies => ("增发", "more copies granted"),
        EntryKind::Fetch => ("取件", "fetched"),
        EntryKind::Receipt => ("签收", "signed for"),
        EntryKind::Return => ("退回", "returned"),
        EntryKind::Violation => ("违规报告", "violation reported"),
        EntryKind::Assignment => ("指定知悉人员", "assigned"),
        EntryKind::PermissionRequest => ("申请打印或删除", "consent asked for"),
        EntryKind::PermissionDecision => ("打印或删除审批", "consent decided"),
        EntryKind::Print => ("打印", "printed"),
        EntryKind::CopiesNumbered => ("正本编号", "originals numbered"),
        EntryKind::Deletion => ("删除", "deleted"),
        EntryKind::DeliveryRefusal => ("拒收", "refused by the recipient"),
        EntryKind::ReturnAcknowledgement => ("签收退文", "return signed for"),
        EntryKind::RecallAnswer => ("答复撤回", "recall answered"),
        EntryKind::Contact => ("联系", "contact recorded"),
        EntryKind::ExtensionRequest => ("申请延期", "more time asked for"),
        EntryKind::ExtensionDecision => ("延期审定", "more time decided"),
        EntryKind::Overdue => ("逾期", "overdue"),
        EntryKind::Reminder => ("催办", "reminded"),
        EntryKind::Rewrap => ("重新封装", "closed once more"),
        EntryKind::MeetingReply => ("会议回执", "meeting replied to"),
        EntryKind::LookMissed => ("未按时查看", "not looked in time"),
        EntryKind::UnitNote => ("单位附注", "noted"),
        EntryKind::Number => ("取号", "number allotted"),
        EntryKind::Password => ("设定口令", "password set"),
        EntryKind::Application => ("提出申请", "applied"),
        EntryKind::HandOver => ("工作移交", "handed over"),
        EntryKind::HandOverTaken => ("工作接收", "hand-over taken"),
        EntryKind::Refusal => ("请求被拒", "request refused"),
        EntryKind::Session => ("登录情况", "session"),
        _ => ("未知事项", "unknown"),
    }
}

/// The document that a statement is about, and what else it tells.
fn about(entry: &Entry, payload: &Payload) -> (Option<About>, String) {
    let document = about_of(entry.kind, payload);
    let detail = match entry.kind {
        EntryKind::UnitNote => {
            let body: Option<UnitNote> = payload.body().ok();
            let kind = body.as_ref().map(|body| note_words(body.kind));
            return (
                body.and_then(|body| body.document),
                kind.unwrap_or_default(),
            );
        }
        EntryKind::Number => {
            let body: Option<NumberRequest> = payload.body().ok();
            let number = entry.allotted.unwrap_or_default();
            let detail = body.as_ref().map(|body| {
                let series: String = body.series.chars().filter(|c| !c.is_control()).collect();
                format!("{series}〔{}〕{number}号", body.year)
            });
            return (
                body.and_then(|body| body.document),
                detail.unwrap_or_default(),
            );
        }
        kind => of_issuing(kind, payload)
            .or_else(|| of_receiving(kind, payload))
            .or_else(|| of_duties(kind, payload)),
    };
    (document, detail.unwrap_or_default())
}

/// What issuers and the exchange tell of a document.
fn of_issuing(kind: EntryKind, payload: &Payload) -> Option<String> {
    Some(match kind {
        EntryKind::Seal => payload.body::<SealUse>().ok()?.seal.to_string(),
        EntryKind::Redirection => {
            let body: Redirection = payload.body().ok()?;
            format!("{} → {}", body.from.unit, body.to.unit)
        }
        EntryKind::Recall => {
            let body: Recall = payload.body().ok()?;
            format!("{} {}", recall_words(body.code), listed(&body.units))
        }
        EntryKind::Supplement => {
            let body: Supplement = payload.body().ok()?;
            let units: Vec<UnitRef> = body.recipients.into_iter().map(|it| it.unit).collect();
            format!("→ {}", listed(&units))
        }
        EntryKind::SupplementApproval => {
            decision_words(payload.body::<SupplementApproval>().ok()?.granted).to_owned()
        }
        EntryKind::Supplemented => {
            let body: Supplemented = payload.body().ok()?;
            format!("→ {} ≤ {}", listed(&body.units), local(body.due))
        }
        EntryKind::Supersession => {
            let body: Supersession = payload.body().ok()?;
            format!("→ {}", body.by.document)
        }
        EntryKind::InquiryDue => local(payload.body::<InquiryDue>().ok()?.due),
        EntryKind::MoreCopies => {
            let body: MoreCopies = payload.body().ok()?;
            format!("{} +{}", body.unit.unit, body.copies)
        }
        _ => return None,
    })
}

/// What recipients, and the exchange for them, tell of a delivery.
fn of_receiving(kind: EntryKind, payload: &Payload) -> Option<String> {
    Some(match kind {
        EntryKind::Return => return_words(payload.body::<Return>().ok()?.code),
        EntryKind::Violation => violation_words(payload.body::<Violation>().ok()?.code),
        EntryKind::DeliveryRefusal => return_words(payload.body::<DeliveryRefusal>().ok()?.code),
        EntryKind::RecallAnswer => reply_words(payload.body::<RecallAnswer>().ok()?.code),
        EntryKind::Contact => {
            let body: Contact = payload.body().ok()?;
            let outcome = outcome_words(body.outcome);
            format!("{} {outcome} {}", body.unit.unit, local(body.at))
        }
        EntryKind::ExtensionRequest => {
            format!(
                "→ {}",
                local(payload.body::<ExtensionRequest>().ok()?.until)
            )
        }
        EntryKind::ExtensionDecision => {
            let body: ExtensionDecision = payload.body().ok()?;
            let until = body
                .until
                .map_or_else(|| decision_words(false).to_owned(), local);
            format!("{} → {until}", body.unit.unit)
        }
        EntryKind::Overdue => {
            let body: Overdue = payload.body().ok()?;
            format!("{} ≤ {}", body.unit.unit, local(body.due))
        }
        EntryKind::Reminder => {
            let body: Reminder = payload.body().ok()?;
            format!("{} {}% ≤ {}", body.unit.unit, body.percent, local(body.due))
        }
        EntryKind::MeetingReply => payload.body::<MeetingReply>().ok()?.unit.unit.to_string(),
        EntryKind::CopiesNumbered => {
            let body: CopiesNumbered = payload.body().ok()?;
            format!("{} {}", body.unit.unit, numbers(&body))
        }
        EntryKind::PermissionRequest => {
            let body: PermissionRequest = payload.body().ok()?;
            let known = Permit::from_code(body.permit);
            let permit = known.map_or_else(
                || body.permit.to_string(),
                |permit| say(permit.zh(), permit.en()).to_owned(),
            );
            let copies = body.count.map(|count| format!(" × {count}"));
            let why = permit_reason_words(body.reason);
            format!("{permit}{} {why}", copies.unwrap_or_default())
        }
        EntryKind::PermissionDecision => {
            decision_words(payload.body::<PermissionDecision>().ok()?.granted).to_owned()
        }
        EntryKind::ReturnAcknowledgement | EntryKind::Rewrap => {
            of_delivery(kind, payload)?.unit.unit.to_string()
        }
        _ => return None,
    })
}

/// What is about who does the work, rather than about a document.
fn of_duties(kind: EntryKind, payload: &Payload) -> Option<String> {
    Some(match kind {
        EntryKind::Refusal => {
            let body: RequestRefused = payload.body().ok()?;
            let rule = error_words(ErrorCode::from_number(body.code));
            format!("{rule} × {}", body.count)
        }
        EntryKind::LookMissed => {
            let body: LookMissed = payload.body().ok()?;
            format!(
                "{} {} – {}",
                body.account,
                local(body.from),
                local(body.until)
            )
        }
        EntryKind::Application => {
            let body: Application = payload.body().ok()?;
            let wish = wish_words(body.wish);
            format!("{wish} {} @ {}", body.account, body.device)
        }
        EntryKind::Assignment => {
            let body: Assignment = payload.body().ok()?;
            let accounts = body.accounts.iter().map(ToString::to_string);
            accounts.collect::<Vec<_>>().join(" ")
        }
        EntryKind::HandOver => format!("→ {}", payload.body::<HandOver>().ok()?.to),
        EntryKind::Unknown(_) => payload.purpose.clone(),
        _ => return None,
    })
}

fn listed(units: &[UnitRef]) -> String {
    let codes: Vec<&str> = units.iter().map(|unit| unit.unit.as_str()).collect();
    codes.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_entry_has_its_own_words() {
        let mut all = Vec::new();
        for (kind, code, _) in EntryKind::ALL {
            if !kind.is_roster() {
                let (zh, en) = words(kind);
                assert_ne!(zh, words(EntryKind::Unknown(999)).0, "{code}");
                all.push(zh);
                all.push(en);
            }
        }
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count, "two kinds are called alike");
    }
}
