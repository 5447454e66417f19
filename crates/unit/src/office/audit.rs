//! What an auditor sees: who did what and when, each line verified, nothing decrypted.

use yichuan_document::roster::Roster;
use yichuan_document::signed::Payload;
use yichuan_document::statement::{
    About, Application, Approval, ApprovalRefusal, Assignment, Dispatch, Fetch, HandOver,
    NumberRequest, Receipt, Redirection, RequestRefused, Return, SealUse, SessionEvent,
    SessionRecord, Submission, UnitNote, Violation, Withdrawal,
};
use yichuan_document::{AccountId, DeviceId, DocumentId, PersonId, Timestamp, UnitCode};
use yichuan_evidence::entry::{Entry, EntryKind};
use yichuan_wire::ErrorCode;
use yichuan_wire::message::{Answer, Ask};

use super::dossier::verify_statement;
use super::failed::Failed;
use super::history::{Happened, happened};
use super::mirror::RosterWalk;
use super::session::Session;

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
    detail.extend(code.map(|code| code.to_string()));
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
const fn words(kind: EntryKind) -> (&'static str, &'static str) {
    match kind {
        EntryKind::Submission => ("提交", "submitted"),
        EntryKind::Approval => ("批准", "approved"),
        EntryKind::ApprovalRefusal => ("退改", "refused by the approver"),
        EntryKind::Withdrawal => ("撤稿", "withdrawn"),
        EntryKind::Seal => ("用印", "sealed"),
        EntryKind::Dispatch => ("发出", "dispatched"),
        EntryKind::Fetch => ("取件", "fetched"),
        EntryKind::Receipt => ("签收", "signed for"),
        EntryKind::Return => ("退回", "returned"),
        EntryKind::Violation => ("违规报告", "violation reported"),
        EntryKind::Assignment => ("指定知悉人员", "assigned"),
        EntryKind::UnitNote => ("单位附注", "noted"),
        EntryKind::Number => ("取号", "number allotted"),
        EntryKind::Redirection => ("转送承接单位", "redirected"),
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
    let none = String::new;
    match entry.kind {
        EntryKind::Submission => (payload.body().ok().map(|b: Submission| b.about), none()),
        EntryKind::Approval => (payload.body().ok().map(|b: Approval| b.about), none()),
        EntryKind::ApprovalRefusal => {
            let body: Option<ApprovalRefusal> = payload.body().ok();
            let code = body.as_ref().map(|body| body.code.to_string());
            (body.map(|body| body.about), code.unwrap_or_default())
        }
        EntryKind::Withdrawal => (payload.body().ok().map(|b: Withdrawal| b.about), none()),
        EntryKind::Seal => {
            let body: Option<SealUse> = payload.body().ok();
            let seal = body.as_ref().map(|body| body.seal.to_string());
            (body.map(|body| body.about), seal.unwrap_or_default())
        }
        EntryKind::Dispatch => (payload.body().ok().map(|b: Dispatch| b.about), none()),
        EntryKind::Fetch => (payload.body().ok().map(|b: Fetch| b.delivery.about), none()),
        EntryKind::Receipt => (
            payload.body().ok().map(|b: Receipt| b.delivery.about),
            none(),
        ),
        EntryKind::Return => {
            let body: Option<Return> = payload.body().ok();
            let code = body.as_ref().map(|body| body.code.to_string());
            (
                body.map(|body| body.delivery.about),
                code.unwrap_or_default(),
            )
        }
        EntryKind::Violation => {
            let body: Option<Violation> = payload.body().ok();
            let code = body.as_ref().map(|body| body.code.to_string());
            (
                body.map(|body| body.delivery.about),
                code.unwrap_or_default(),
            )
        }
        EntryKind::UnitNote => {
            let body: Option<UnitNote> = payload.body().ok();
            let kind = body.as_ref().map(|body| body.kind.to_string());
            (
                body.and_then(|body| body.document),
                kind.unwrap_or_default(),
            )
        }
        EntryKind::Number => {
            let body: Option<NumberRequest> = payload.body().ok();
            let number = entry.allotted.unwrap_or_default();
            let detail = body.as_ref().map(|body| {
                let series: String = body.series.chars().filter(|c| !c.is_control()).collect();
                format!("{series}〔{}〕{number}号", body.year)
            });
            (
                body.and_then(|body| body.document),
                detail.unwrap_or_default(),
            )
        }
        EntryKind::Refusal => {
            let body: Option<RequestRefused> = payload.body().ok();
            let detail =
                body.map(|body| format!("{} × {}", ErrorCode::from_number(body.code), body.count));
            (None, detail.unwrap_or_default())
        }
        _ => about_duties(entry.kind, payload),
    }
}

/// What is about who does the work, rather than about a document.
fn about_duties(kind: EntryKind, payload: &Payload) -> (Option<About>, String) {
    match kind {
        EntryKind::Redirection => {
            let body: Option<Redirection> = payload.body().ok();
            let units = body
                .as_ref()
                .map(|body| format!("{} → {}", body.from.unit, body.to.unit));
            (body.map(|body| body.about), units.unwrap_or_default())
        }
        EntryKind::Application => {
            let body: Option<Application> = payload.body().ok();
            let detail = body.map(|body| format!("{} @ {}", body.account, body.device));
            (None, detail.unwrap_or_default())
        }
        EntryKind::Assignment => {
            let body: Option<Assignment> = payload.body().ok();
            let accounts = body.as_ref().map(|body| {
                let accounts = body.accounts.iter().map(ToString::to_string);
                accounts.collect::<Vec<_>>().join(" ")
            });
            (body.map(|body| body.about), accounts.unwrap_or_default())
        }
        EntryKind::HandOver => {
            let body: Option<HandOver> = payload.body().ok();
            let to = body.map(|body| format!("→ {}", body.to));
            (None, to.unwrap_or_default())
        }
        _ => (None, payload.purpose.clone()),
    }
}
