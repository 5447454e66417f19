//! What an event means to the unit that hears of it: what is told by the agent and by hooks, how
//! urgent it is, and whom it is for. No title and no text: of content nobody is told.

use yichuan_document::life::{DeliveryState, Fact};
use yichuan_document::statement::{
    About, Audience, ExtensionDecision, LookMissed, Overdue, Redirection, Reminder, Supplemented,
};
use yichuan_document::terms::Urgency;
use yichuan_document::{Digest, Timestamp, UnitCode};
use yichuan_evidence::entry::EntryKind;

use super::failed::Failed;
use super::feed::Event;
use super::register::{Document, recipient_of};
use super::session::Session;

/// What is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoticeKind {
    /// A document has come.
    Arrived,
    /// A document was dispatched.
    Dispatched,
    /// A pending delivery.
    Reminder,
    /// A delivery that was not signed for or returned in time.
    Overdue,
    /// The sender has not looked at the state of reception in time.
    InquiryMissed,
    /// Who receives has not looked in a window of the policy.
    LookMissed,
    /// A document that was signed for.
    SignedFor,
    /// A document that was returned.
    Returned,
    /// A document that was refused outright.
    Refused,
    /// A document that was taken back before anybody here read it.
    Recalled,
    /// A recall of a document that was fetched, to be answered.
    RecallNotice,
    /// An answer to a recall.
    RecallAnswered,
    /// More time is asked for.
    MoreTimeAsked,
    /// More time was given or not.
    MoreTimeDecided,
    /// A document that another one has taken the place of.
    Superseded,
    /// More recipients wait for the approver.
    SupplementWaiting,
    /// A document that waits for the approver.
    ApprovalWaiting,
    /// A document that waits for its seal.
    SealWaiting,
    /// Printing or deleting that waits for the approver.
    PermissionWaiting,
    /// The approver has decided about printing or deleting.
    PermissionDecided,
    /// A contact that the other side recorded.
    Contact,
    /// A reply to a meeting notice.
    Replied,
    /// Anything else that was recorded.
    Recorded,
}

impl NoticeKind {
    /// Every kind with its name in configuration and JSON, and in Chinese.
    pub const ALL: [(Self, &'static str, &'static str); 23] = [
        (Self::Arrived, "arrived", "收到公文"),
        (Self::Dispatched, "dispatched", "公文已发出"),
        (Self::Reminder, "reminder", "催办"),
        (Self::Overdue, "overdue", "逾期未签收"),
        (Self::InquiryMissed, "inquiry-missed", "查询未办"),
        (Self::LookMissed, "look-missed", "未按时查看收文"),
        (Self::SignedFor, "signed-for", "已签收"),
        (Self::Returned, "returned", "被退回"),
        (Self::Refused, "refused", "被拒收"),
        (Self::Recalled, "recalled", "已撤回"),
        (Self::RecallNotice, "recall-notice", "撤回通知，须答复"),
        (Self::RecallAnswered, "recall-answered", "已答复撤回"),
        (Self::MoreTimeAsked, "more-time-asked", "申请延期，须审定"),
        (Self::MoreTimeDecided, "more-time-decided", "延期已审定"),
        (Self::Superseded, "superseded", "已被更正件替代"),
        (Self::SupplementWaiting, "supplement-waiting", "补发待审批"),
        (Self::ApprovalWaiting, "approval-waiting", "公文待审批"),
        (Self::SealWaiting, "seal-waiting", "公文待用印"),
        (
            Self::PermissionWaiting,
            "permission-waiting",
            "打印或删除待审批",
        ),
        (
            Self::PermissionDecided,
            "permission-decided",
            "打印或删除已审批",
        ),
        (Self::Contact, "contact", "联系记录"),
        (Self::Replied, "replied", "会议回执"),
        (Self::Recorded, "recorded", "已记录"),
    ];

    fn row(self) -> (Self, &'static str, &'static str) {
        let row = Self::ALL.iter().find(|row| row.0 == self);
        row.copied().unwrap_or(Self::ALL[22])
    }

    /// The name in configuration and JSON.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// The Chinese words.
    pub fn zh(self) -> &'static str {
        self.row().2
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Self> {
        let row = Self::ALL.iter().find(|row| row.1 == name)?;
        Some(row.0)
    }
}

/// Whom a notice is for, within the unit that hears of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum For {
    /// Who sends.
    Senders,
    /// Who approves.
    Approvers,
    /// Who keeps the seal.
    Custodians,
    /// Who receives.
    Receivers,
    /// The unit's manager.
    Manager,
    /// Who supervises.
    Authority,
}

impl For {
    /// Every audience with its name in configuration and JSON, and in Chinese.
    pub const ALL: [(Self, &'static str, &'static str); 6] = [
        (Self::Senders, "senders", "发文人员"),
        (Self::Approvers, "approvers", "审批人"),
        (Self::Custodians, "custodians", "印章保管人"),
        (Self::Receivers, "receivers", "收文人员"),
        (Self::Manager, "manager", "单位管理员"),
        (Self::Authority, "authority", "主管机关"),
    ];

    fn row(self) -> (Self, &'static str, &'static str) {
        let row = Self::ALL.iter().find(|row| row.0 == self);
        row.copied().unwrap_or(Self::ALL[0])
    }

    /// The name in configuration and JSON.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// The Chinese word.
    pub fn zh(self) -> &'static str {
        self.row().2
    }

    /// The audience of that name.
    pub fn parse(name: &str) -> Option<Self> {
        let row = Self::ALL.iter().find(|row| row.1 == name)?;
        Some(row.0)
    }
}

impl From<Audience> for For {
    fn from(audience: Audience) -> Self {
        match audience {
            Audience::Receivers => Self::Receivers,
            Audience::Manager => Self::Manager,
            Audience::Authority => Self::Authority,
        }
    }
}

/// What is told of an event.
#[derive(Clone, Debug)]
pub struct Notice {
    /// The event's number in the unit's feed.
    pub sequence: u64,
    /// The entry's index in the log.
    pub index: u64,
    /// When it was recorded.
    pub time: Timestamp,
    /// What.
    pub kind: NoticeKind,
    /// The number of the entry's kind.
    pub entry: u16,
    /// Whom it is for.
    pub to: For,
    /// The document.
    pub document: Option<About>,
    /// How urgent the document is, where this computer knows.
    pub urgency: Urgency,
    /// The recipient that it is about.
    pub unit: Option<UnitCode>,
    /// When the delivery is due.
    pub due: Option<Timestamp>,
    /// Of a reminder: per cent of the time.
    pub percent: Option<u16>,
}

impl Notice {
    /// Whether it is told before and louder than others.
    pub fn is_urgent(&self) -> bool {
        self.urgency >= Urgency::Urgent
    }

    /// The document whose body may be downloaded ahead of the fetch.
    pub fn arrived(&self) -> Option<Digest> {
        let document = self.document.filter(|_| self.kind == NoticeKind::Arrived);
        document.map(|about| about.manifest)
    }
}

impl Session {
    /// What an event means here. `document` is how it stands with all events that have come.
    pub async fn notice(
        &self,
        event: &Event,
        document: Option<&Document>,
    ) -> Result<Notice, Failed> {
        let entry = &event.entry;
        let mut notice = Notice {
            sequence: event.sequence,
            index: event.index,
            time: entry.time,
            kind: NoticeKind::Recorded,
            entry: entry.kind.code(),
            to: For::Manager,
            document: document.map(|document| document.about),
            urgency: Urgency::Ordinary,
            unit: None,
            due: None,
            percent: None,
        };
        let signed = entry.signed().and_then(|signed| signed.claimed());
        let (own, Ok(payload)) = (self.identity.unit(), signed) else {
            return Ok(notice);
        };
        if let (EntryKind::LookMissed, Ok(body)) = (entry.kind, payload.body::<LookMissed>()) {
            notice.kind = NoticeKind::LookMissed;
            notice.unit = Some(body.account.unit());
            notice.to = if body.account.unit() == own {
                For::Receivers
            } else {
                For::Authority
            };
        }
        let Some(document) = document else {
            return Ok(notice);
        };
        notice.unit = recipient_of(entry.kind, &payload);
        if document.incoming || document.outgoing {
            let manifest = self.manifest(document.about.manifest).await?;
            notice.urgency = manifest.urgency;
            let of = notice.unit.as_ref().unwrap_or(&own);
            notice.due = document.due_of(of, &manifest);
        }
        let (kind, to) = meaning(entry.kind, &payload, document, &own);
        (notice.kind, notice.to) = (kind, to);
        match entry.kind {
            EntryKind::Reminder => {
                let body: Option<Reminder> = payload.body().ok();
                notice.percent = body.as_ref().map(|body| body.percent);
                notice.due = body.map(|body| body.due);
            }
            EntryKind::Overdue => {
                notice.due = payload.body().ok().map(|body: Overdue| body.due);
            }
            EntryKind::ExtensionDecision => {
                let body: Option<ExtensionDecision> = payload.body().ok();
                notice.due = body.and_then(|body| body.until).or(notice.due);
            }
            _ => {}
        }
        Ok(notice)
    }
}

/// What an event is called here, and whom it is for.
fn meaning(
    kind: EntryKind,
    payload: &yichuan_document::signed::Payload,
    document: &Document,
    own: &UnitCode,
) -> (NoticeKind, For) {
    use NoticeKind as N;
    let by_us = payload
        .account
        .as_ref()
        .is_some_and(|account| account.unit() == *own);
    let ours = if document.outgoing {
        For::Senders
    } else {
        For::Receivers
    };
    // What this unit itself has said is recorded, and no news.
    let news = |told, to| {
        if by_us {
            (N::Recorded, ours)
        } else {
            (told, to)
        }
    };
    match kind {
        EntryKind::Submission => (N::ApprovalWaiting, For::Approvers),
        EntryKind::Approval => (N::SealWaiting, For::Custodians),
        EntryKind::Supplement => (N::SupplementWaiting, For::Approvers),
        EntryKind::PermissionRequest => (N::PermissionWaiting, For::Approvers),
        EntryKind::PermissionDecision => (N::PermissionDecided, ours),
        EntryKind::Dispatch if document.outgoing => (N::Dispatched, For::Senders),
        EntryKind::Dispatch => (N::Arrived, For::Receivers),
        EntryKind::Redirection => {
            let body: Option<Redirection> = payload.body().ok();
            begun(body.is_some_and(|body| body.to.unit == *own))
        }
        EntryKind::Supplemented => {
            let body: Option<Supplemented> = payload.body().ok();
            let mut units = body.into_iter().flat_map(|body| body.units);
            begun(units.any(|unit| unit.unit == *own))
        }
        EntryKind::Reminder => {
            let body: Option<Reminder> = payload.body().ok();
            let to = body.map_or(For::Receivers, |body| body.to.into());
            // The sender hears of reminders as well.
            (
                N::Reminder,
                if document.outgoing { For::Senders } else { to },
            )
        }
        EntryKind::Overdue if document.incoming => (N::Overdue, For::Receivers),
        EntryKind::Overdue if document.outgoing => (N::Overdue, For::Senders),
        EntryKind::Overdue => (N::Overdue, For::Authority),
        EntryKind::InquiryDue if document.outgoing => (N::InquiryMissed, For::Senders),
        EntryKind::InquiryDue => (N::InquiryMissed, For::Authority),
        EntryKind::Receipt => news(N::SignedFor, For::Senders),
        EntryKind::Return => news(N::Returned, For::Senders),
        EntryKind::DeliveryRefusal => news(N::Refused, For::Senders),
        EntryKind::RecallAnswer => news(N::RecallAnswered, For::Senders),
        EntryKind::MeetingReply => news(N::Replied, For::Senders),
        EntryKind::Contact => news(N::Contact, ours),
        EntryKind::ExtensionRequest if document.outgoing => (N::MoreTimeAsked, For::Senders),
        EntryKind::ExtensionRequest => news(N::MoreTimeAsked, For::Authority),
        EntryKind::ExtensionDecision => news(N::MoreTimeDecided, ours),
        EntryKind::Supersession => (N::Superseded, ours),
        EntryKind::Recall => {
            let view = document.view_of(own).filter(|_| !document.outgoing);
            let clean = view.is_some_and(|it| it.delivery.state() == DeliveryState::Recalled);
            let noticed = view.is_some_and(|it| it.has(Fact::RecallNotice));
            match (clean, noticed) {
                (true, _) => news(N::Recalled, For::Receivers),
                (_, true) => news(N::RecallNotice, For::Receivers),
                _ => (N::Recorded, ours),
            }
        }
        _ => (N::Recorded, ours),
    }
}

/// A delivery that begins for another unit than this one is no arrival here.
const fn begun(here: bool) -> (NoticeKind, For) {
    if here {
        (NoticeKind::Arrived, For::Receivers)
    } else {
        (NoticeKind::Recorded, For::Senders)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::office::register::tests::everything;

    /// What each event means to a unit, and for whom.
    fn meanings(unit: &str) -> Vec<(&'static str, &'static str)> {
        let (story, own) = (everything(), unit.parse().unwrap());
        let document = story.of(unit);
        let events = story.events.iter();
        let told = events.map(|event| {
            let payload = event.entry.signed().unwrap().claimed().unwrap();
            let (kind, to) = meaning(event.entry.kind, &payload, &document, &own);
            (kind.name(), to.name())
        });
        told.collect()
    }

    #[test]
    fn an_event_means_something_else_to_each_side() {
        let sender = meanings("513200-zfb");
        let expected = [
            ("approval-waiting", "approvers"),
            ("dispatched", "senders"),
            ("recorded", "senders"),
            ("more-time-asked", "senders"),
            ("reminder", "senders"),
            ("recorded", "senders"),
            ("recorded", "senders"),
            ("signed-for", "senders"),
            ("replied", "senders"),
            ("recorded", "senders"),
            ("recall-answered", "senders"),
            ("recorded", "senders"),
        ];
        assert_eq!(sender, expected);
        let recipient = &meanings("513201-zf")[1..];
        let expected = [
            ("arrived", "receivers"),
            ("recorded", "receivers"),
            ("recorded", "receivers"),
            ("reminder", "receivers"),
            ("contact", "receivers"),
            ("more-time-decided", "receivers"),
            ("recorded", "receivers"),
            ("recorded", "receivers"),
            ("recall-notice", "receivers"),
            ("recorded", "receivers"),
            ("recorded", "receivers"),
        ];
        assert_eq!(recipient, expected);
    }

    #[test]
    fn names_of_notices_and_audiences_go_and_come_back() {
        for (kind, name, zh) in NoticeKind::ALL {
            assert_eq!((kind.name(), kind.zh()), (name, zh));
            assert_eq!(NoticeKind::parse(name), Some(kind));
        }
        for (to, name, zh) in For::ALL {
            assert_eq!((to.name(), to.zh()), (name, zh));
            assert_eq!(For::parse(name), Some(to));
        }
        assert_eq!(NoticeKind::parse("Arrived"), None);
        assert_eq!(For::from(Audience::Manager), For::Manager);
    }
}
