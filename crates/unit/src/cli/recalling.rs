//! Taking a document back, and sending it to more units, once more, or in more copies.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use yichuan_document::life::{DeliveryState, Fact};
use yichuan_document::roster::record::Role;
use yichuan_document::statement::{About, MoreCopies as Grant};
use yichuan_document::{Digest, UnitCode};

use super::Globals;
use super::acting::block_on;
use super::answering::unit;
use super::coded::{list_recall_reasons, recall_reason, recall_words, words_due};
use super::deciding::summary;
use crate::lang::say;
use crate::office::recalling::Added;
use crate::office::register::Supplemented;
use crate::office::{Failed, Session};

/// `yichuan recall`.
#[derive(Debug, Args)]
pub(super) struct Recall {
    /// 公文标识 · the document's id, or its beginning or end
    id: String,
    /// 收文单位，不写则撤回全部 · from whom; from all where it is not said
    #[arg(long, value_delimiter = ',')]
    unit: Vec<String>,
    /// 撤回原因代码 · the reason's code; `--reason list` shows them
    #[arg(long)]
    reason: String,
    /// 说明 · the reason in words, which the units concerned can read
    #[arg(long)]
    text: Option<String>,
}

/// `yichuan supplement`.
#[derive(Debug, Args)]
pub(super) struct Supplement {
    /// 公文标识 · the document's id, or its beginning or end
    id: String,
    /// 主送单位代码 · more main recipients
    #[arg(long, value_delimiter = ',', required_unless_present = "cc")]
    to: Vec<String>,
    /// 抄送单位代码 · more copy recipients
    #[arg(long, value_delimiter = ',')]
    cc: Vec<String>,
    /// 每单位可打印份数 · copies that each recipient may print
    #[arg(long, default_value_t = 1)]
    print_quota: u16,
}

/// `yichuan supplement-approve`.
#[derive(Debug, Args)]
pub(super) struct SupplementApprove {
    /// 公文标识 · the document's id, or its beginning or end
    id: String,
    /// 补发申请的日志序号，只有一个待审批时可不写 · the supplement's log index, where several wait
    #[arg(long, value_name = "INDEX")]
    supplement: Option<u64>,
    /// 不予批准 · refuse it
    #[arg(long)]
    refuse: bool,
}

/// `yichuan resend`.
#[derive(Debug, Args)]
pub(super) struct Resend {
    /// 公文标识 · the document's id, or its beginning or end
    id: String,
    /// 收文单位 · the recipient, which has returned the document
    #[arg(long)]
    unit: String,
}

/// `yichuan more-copies`.
#[derive(Debug, Args)]
pub(super) struct MoreCopies {
    /// 公文标识 · the document's id, or its beginning or end
    id: String,
    /// 收文单位 · the recipient
    #[arg(long)]
    unit: String,
    /// 增加的份数 · how many more it may print
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=i64::from(Grant::COPIES_MAX)))]
    copies: u16,
}

fn units(typed: &[String]) -> Result<Vec<UnitCode>, Failed> {
    typed.iter().map(|typed| unit(typed)).collect()
}

/// The one document of the own unit that was meant.
fn sent(session: &Session, typed: &str) -> Result<About, Failed> {
    Ok(session.registers()?.one_sent(typed)?.about)
}

impl Recall {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        if self.reason == "list" {
            list_recall_reasons();
            return Ok(ExitCode::SUCCESS);
        }
        let reason = recall_reason(&self.reason)?;
        words_due(reason.needs_text(), self.text.as_deref())?;
        let units = units(&self.unit)?;
        if units.len() > yichuan_document::statement::Recall::UNITS_MAX {
            return Err(Failed::Usage(format!("--unit: {}", units.len())));
        }
        let home = globals.take_home()?;
        let roles = [Role::Send, Role::Approve];
        let (done, clean, noticed) = block_on(async {
            let (mut session, _) = globals.session_of_any(&home, &roles).await?;
            let about = sent(&session, &self.id)?;
            let words = self.text.as_deref();
            let done = session.recall(about, &units, reason, words).await?;
            let (clean, noticed) = outcome(&session, about, &done.1).await?;
            Ok((done, clean, noticed))
        })?;
        let text = format!(
            "{}\n{}: {}\n{}: {}",
            recall_words(reason.code()),
            say("已撤回，对方未见内容", "taken back before it was read"),
            listed(&clean),
            say("已取件，发出撤回通知", "fetched already, notice given"),
            listed(&noticed),
        );
        let codes =
            |units: &[UnitCode]| -> Vec<String> { units.iter().map(ToString::to_string).collect() };
        let more = json!({
            "code": reason.code(),
            "reason": recall_words(reason.code()),
            "clean": codes(&clean),
            "noticed": codes(&noticed),
        });
        globals.recorded(("撤回已记录", "recalled"), &done, more, &text);
        Ok(ExitCode::SUCCESS)
    }
}

/// Who has lost the document by a recall, and who was given a notice.
async fn outcome(
    session: &Session,
    about: About,
    entry: &yichuan_evidence::entry::Entry,
) -> Result<(Vec<UnitCode>, Vec<UnitCode>), Failed> {
    let recall = entry.signed().map_err(|_| Failed::Protocol)?.digest();
    let manifest = session.manifest(about.manifest).await?;
    let registers = session.registers()?;
    let document = registers.with_manifest(&about.manifest);
    let document = document.ok_or(Failed::Protocol)?;
    let deliveries = document.all_deliveries(&manifest).into_iter();
    let (mut clean, mut noticed) = (Vec::new(), Vec::new());
    for (unit, view) in deliveries.filter(|(_, view)| view.recall == Some(recall)) {
        if view.delivery.state() == DeliveryState::Recalled {
            clean.push(unit.clone());
        } else if view.has(Fact::RecallNotice) {
            noticed.push(unit.clone());
        }
    }
    Ok((clean, noticed))
}

fn listed(units: &[UnitCode]) -> String {
    if units.is_empty() {
        return say("无", "nobody").to_owned();
    }
    let codes: Vec<&str> = units.iter().map(UnitCode::as_str).collect();
    codes.join(say("、", ", "))
}

impl Supplement {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let added = Added {
            to: units(&self.to)?,
            copy: units(&self.cc)?,
            print_quota: self.print_quota,
        };
        let home = globals.take_home()?;
        let done = block_on(async {
            let (mut session, _) = globals.session(&home, Some(Role::Send)).await?;
            let about = sent(&session, &self.id)?;
            session.supplement(about, &added).await
        })?;
        let units: Vec<UnitCode> = added.to.into_iter().chain(added.copy).collect();
        let more = json!({ "units": units.iter().map(UnitCode::as_str).collect::<Vec<_>>() });
        let what = ("补发已提交，待审批", "supplement submitted, to be approved");
        globals.recorded(what, &done, more, &listed(&units));
        Ok(ExitCode::SUCCESS)
    }
}

impl SupplementApprove {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let home = globals.take_home()?;
        let granted = !self.refuse;
        let (done, text, units) = block_on(async {
            let (mut session, _) = globals.session(&home, Some(Role::Approve)).await?;
            let (about, digest, supplement) = self.which(&session)?;
            // What is sent to more units is looked at as it was before the first dispatch.
            let review = session.review(about.manifest).await?;
            let done = session.decide_supplement(about, digest, granted).await?;
            let recipients = supplement.supplement.recipients.into_iter();
            let units: Vec<UnitCode> = recipients.map(|added| added.unit.unit).collect();
            Ok((done, summary(&review), units))
        })?;
        let what = if granted {
            ("补发已批准并发出", "supplement approved and dispatched")
        } else {
            ("补发未批准", "supplement refused")
        };
        let more = json!({
            "granted": granted,
            "units": units.iter().map(UnitCode::as_str).collect::<Vec<_>>(),
        });
        let text = format!(
            "{text}{}: {}",
            say("补发", "more recipients"),
            listed(&units)
        );
        globals.recorded(what, &done, more, &text);
        Ok(ExitCode::SUCCESS)
    }

    /// The supplement that was named, or the only one that waits.
    fn which(&self, session: &Session) -> Result<(About, Digest, Supplemented), Failed> {
        let registers = session.registers()?;
        let document = registers.one_sent(&self.id)?;
        let named = |entry: u64| self.supplement.is_none_or(|named| named == entry);
        let mut open: Vec<_> = document
            .open_supplements()
            .filter(|(_, supplement)| named(supplement.entry))
            .collect();
        open.sort_by_key(|(_, supplement)| supplement.entry);
        if let [(digest, supplement)] = open.as_slice() {
            return Ok((document.about, **digest, (*supplement).clone()));
        }
        let indexes: Vec<String> = open.iter().map(|it| it.1.entry.to_string()).collect();
        let why = if indexes.is_empty() {
            say("没有待审批的补发", "no supplement waits for approval")
        } else {
            say("请用 --supplement 指明", "name one with --supplement")
        };
        Err(Failed::Usage(format!("{why} ({})", indexes.join(", "))))
    }
}

impl Resend {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let unit = unit(&self.unit)?;
        let home = globals.take_home()?;
        let done = block_on(async {
            let (mut session, _) = globals.session(&home, Some(Role::Send)).await?;
            let about = sent(&session, &self.id)?;
            session.rewrap(about, &unit).await
        })?;
        let more = json!({ "unit": unit.as_str() });
        let what = ("已重新封装并发出", "closed once more and dispatched");
        globals.recorded(what, &done, more, unit.as_str());
        Ok(ExitCode::SUCCESS)
    }
}

impl MoreCopies {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        let unit = unit(&self.unit)?;
        let home = globals.take_home()?;
        let roles = [Role::Send, Role::Approve];
        let done = block_on(async {
            let (mut session, _) = globals.session_of_any(&home, &roles).await?;
            let about = sent(&session, &self.id)?;
            session.grant_copies(about, &unit, self.copies).await
        })?;
        let more = json!({ "unit": unit.as_str(), "copies": self.copies });
        let text = format!("{unit} +{}", self.copies);
        globals.recorded(("已增发", "more copies granted"), &done, more, &text);
        Ok(ExitCode::SUCCESS)
    }
}
