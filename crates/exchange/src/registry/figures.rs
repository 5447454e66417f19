//! The figures of units by month: kept with every delivery that changes, in the same batch.
//!
//! A delivery counts for its recipient in the month of its dispatch, as it stands: what it counted
//! before is taken back, and what it counts now is added.

use yichuan_document::calendar::{Calendar, month_of};
use yichuan_document::life::{DeliveryState, Fact, Facts};
use yichuan_document::roster::Roster;
use yichuan_document::{Timestamp, UnitCode};
use yichuan_wire::figures::{End, Figures};

use crate::tables::{DeliveryRow, NEVER};

/// Minutes by which China's time is ahead of UTC, where no calendar says otherwise.
const AHEAD_MINUTES: u64 = 480;

/// A change of one unit's figures of one month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) unit: UnitCode,
    pub(super) month: u32,
    pub(super) what: What,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A document that the unit sent.
    Sent,
    /// So many deliveries that began with it.
    SentTo(u32),
    /// A document that it had not looked after in time.
    InquiryMissed,
    /// A window in which it had not looked.
    LookMissed,
    /// A delivery to it, counted once or taken back once.
    Delivery {
        end: End,
        late: bool,
        overdue: bool,
        times: i8,
    },
}

impl Counted {
    pub(super) fn new(unit: &UnitCode, month: u32, what: What) -> Self {
        Self {
            unit: unit.clone(),
            month,
            what,
        }
    }

    pub(super) fn apply(&self, figures: &mut Figures) {
        match self.what {
            What::Sent => figures.sent = figures.sent.saturating_add(1),
            What::SentTo(count) => figures.sent_to = figures.sent_to.saturating_add(count),
            What::InquiryMissed => {
                figures.inquiries_missed = figures.inquiries_missed.saturating_add(1);
            }
            What::LookMissed => figures.looks_missed = figures.looks_missed.saturating_add(1),
            What::Delivery {
                end,
                late,
                overdue,
                times,
            } => figures.count_delivery(end, late, overdue, i64::from(times)),
        }
    }
}

/// How a delivery counts, once or taken back once (-1); none where its row cannot be read.
pub(super) fn of_delivery(delivery: &DeliveryRow, times: i8) -> Option<What> {
    let state = DeliveryState::from_code(delivery.state)?;
    let facts = Facts::from_bits(delivery.facts)?;
    let ended = delivery.ended.unwrap_or(delivery.dispatched);
    let late = delivery.due != NEVER && ended > delivery.due;
    let (end, late) = match state {
        DeliveryState::Announced | DeliveryState::Fetched | DeliveryState::Inspected => {
            (End::Pending, false)
        }
        DeliveryState::SignedFor => {
            let minutes = ended.ms_since(delivery.dispatched).div_ceil(60_000);
            (
                End::Signed(u32::try_from(minutes).unwrap_or(u32::MAX)),
                late,
            )
        }
        DeliveryState::Returned => (End::Returned(delivery.reason.unwrap_or(0)), late),
        DeliveryState::Refused => (End::Refused, false),
        DeliveryState::Recalled => (End::Recalled, false),
        DeliveryState::Superseded | DeliveryState::Redirected => (End::Moved, false),
    };
    let overdue = facts.has(Fact::Overdue);
    Some(What::Delivery {
        end,
        late,
        overdue,
        times,
    })
}

/// The local month of an instant, by the calendar in force.
pub(super) fn month_at(roster: &Roster, at: Timestamp) -> u32 {
    let clocks = roster.policy().and_then(|policy| policy.clocks);
    let calendar: Option<Calendar> = clocks.and_then(|clocks| clocks.calendar);
    let day = calendar.map_or_else(
        || at.plus_ms(AHEAD_MINUTES * 60_000).unix_ms() / 86_400_000,
        |calendar| calendar.day_of(at).0,
    );
    month_of(day)
}
