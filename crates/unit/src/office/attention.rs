//! What somebody has to do about a document, or should know first.

use yichuan_document::life::Fact;
use yichuan_document::terms::Urgency;
use yichuan_document::{Manifest, Timestamp, UnitCode};

use super::register::Document;

/// What somebody has to do about a document, or should know first; the most pressing first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Attention {
    /// A recipient has returned it, and nobody here has signed for that.
    Returned,
    /// Nobody looked at the state of reception in time.
    LookMissed,
    /// Somebody is to look at the state of reception (Art. 10).
    LookDue,
    /// A recipient asks for more time.
    MoreTimeAsked,
    /// More recipients wait for the approver.
    SupplementOpen,
    /// A recall waits for its answer.
    RecallNotice,
    /// A delivery is late.
    Overdue,
    /// An urgent document is pending.
    Urgent,
}

impl Attention {
    /// The Chinese and the English words.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Returned => ("退回待签收", "returned"),
            Self::LookMissed => ("查询未办", "check overdue"),
            Self::LookDue => ("待查询", "check due"),
            Self::MoreTimeAsked => ("申请延期待审定", "more time asked for"),
            Self::SupplementOpen => ("补发待审批", "supplement to be approved"),
            Self::RecallNotice => ("撤回通知待答复", "recall to be answered"),
            Self::Overdue => ("逾期", "overdue"),
            Self::Urgent => ("急件", "urgent"),
        }
    }

    /// What `unit` has to do about a document at `now`, the most pressing first.
    pub fn of(
        document: &Document,
        manifest: &Manifest,
        unit: &UnitCode,
        now: Timestamp,
    ) -> Vec<Self> {
        let cases = if document.outgoing {
            of_sent(document, manifest, now)
        } else {
            of_received(document, manifest, unit, now)
        };
        let due = cases.into_iter().filter(|case| case.0);
        due.map(|case| case.1).collect()
    }
}

fn of_sent(document: &Document, manifest: &Manifest, now: Timestamp) -> Vec<(bool, Attention)> {
    let views = document.all_deliveries(manifest);
    let any = |wanted: &dyn Fn(&UnitCode) -> bool| views.keys().any(|unit| wanted(unit));
    let asked = |unit: &UnitCode| {
        let view = document.view_of(unit);
        let asked = view.filter(|view| view.delivery.state().is_pending());
        asked.is_some_and(|view| view.extension.is_some_and(|asked| asked.given.is_none()))
    };
    let look = document.look_is_due();
    let missed = document.look_missed.is_some();
    let late = |unit: &UnitCode| is_overdue(document, manifest, unit, now);
    vec![
        (document.returned().next().is_some(), Attention::Returned),
        (look && missed, Attention::LookMissed),
        (look && !missed, Attention::LookDue),
        (any(&asked), Attention::MoreTimeAsked),
        (
            document.open_supplements().next().is_some(),
            Attention::SupplementOpen,
        ),
        (any(&late), Attention::Overdue),
    ]
}

fn of_received(
    document: &Document,
    manifest: &Manifest,
    unit: &UnitCode,
    now: Timestamp,
) -> Vec<(bool, Attention)> {
    let Some(view) = document.view_of(unit) else {
        return Vec::new();
    };
    let unanswered = view.has(Fact::RecallNotice) && !view.has(Fact::RecallAnswer);
    let pending = view.delivery.state().is_pending();
    vec![
        (unanswered, Attention::RecallNotice),
        (
            is_overdue(document, manifest, unit, now),
            Attention::Overdue,
        ),
        (
            pending && manifest.urgency >= Urgency::Urgent,
            Attention::Urgent,
        ),
    ]
}

/// Whether nothing is left to be done about a document (办结): it was dispatched and every delivery
/// has ended, with returns signed for; of another unit's, the own delivery has, and no recall waits
/// for an answer.
pub fn is_completed(document: &Document, manifest: &Manifest, unit: &UnitCode) -> bool {
    if document.outgoing {
        let views = document.all_deliveries(manifest);
        let pending = views
            .values()
            .any(|view| view.delivery.state().is_pending());
        let open = document.open_supplements().next().is_some();
        return document.dispatched.is_some()
            && !pending
            && !open
            && document.returned().next().is_none();
    }
    let Some(view) = document.view_of(unit).filter(|_| document.incoming) else {
        return false;
    };
    let unanswered = view.has(Fact::RecallNotice) && !view.has(Fact::RecallAnswer);
    !view.delivery.state().is_pending() && !unanswered
}

/// Whether a delivery is still pending after its due time.
pub fn is_overdue(
    document: &Document,
    manifest: &Manifest,
    unit: &UnitCode,
    now: Timestamp,
) -> bool {
    let timing = document.timing_of(unit, manifest, now);
    timing.pending && timing.late_ms.is_some()
}

/// What is to be done stands before what is done; among it the sender's returns first, and the
/// recipient's urgent ones; then by due time.
pub fn order(
    document: &Document,
    manifest: &Manifest,
    unit: &UnitCode,
    now: Timestamp,
) -> (u64, u64, u64, String) {
    let id = document.about.document.to_string();
    let attention = Attention::of(document, manifest, unit, now);
    if document.outgoing {
        let first = attention.first().map_or(u64::MAX, |first| *first as u64);
        return (first, 0, 0, id);
    }
    let pending = document.state_of(unit).is_pending();
    let notice = attention.contains(&Attention::RecallNotice);
    if !pending && !notice {
        return (1, 0, 0, id);
    }
    let least = Urgency::ALL.len() as u64;
    let urgency = least - manifest.urgency as u64;
    let due = document.due_of(unit, manifest);
    (0, urgency, due.map_or(u64::MAX, Timestamp::unix_ms), id)
}
