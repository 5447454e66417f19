//! Figures of a unit's sending and receiving in a month, as the exchange keeps them.
//!
//! They are a projection of the log: each delivery counts in the month of its dispatch, as it
//! stands. Whoever folds the log comes to the same numbers.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use yichuan_document::cbor::{self, Unreadable};
use yichuan_document::inspection::ReturnCode;
use yichuan_document::statement::About;
use yichuan_document::terms::{DocumentKind, Urgency};
use yichuan_document::{AccountId, Digest, Timestamp, UnitCode};

/// The most rows of a table in one answer.
pub const ROWS_PER_ANSWER_MAX: u32 = 500;
/// The most bytes of encoded figures.
pub const FIGURES_BYTES_MAX: usize = 64 << 10;
/// Minutes up to which each is counted by itself: 8 hours (Art. 10).
const MINUTES_EXACT: u32 = 480;
/// Minutes up to which half-hours are counted: a week.
const MINUTES_HALF_HOURS: u32 = 7 * 24 * 60;

/// Figures of one unit and one month.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Figures {
    /// Documents that it sent.
    #[n(0)]
    pub sent: u32,
    /// Deliveries that began with them, supplements and rewraps too.
    #[n(1)]
    pub sent_to: u32,
    /// Documents whose reception it had not looked at in time.
    #[n(2)]
    pub inquiries_missed: u32,
    /// Deliveries that came to it.
    #[n(3)]
    pub received: u32,
    /// Of them signed for.
    #[n(4)]
    pub signed: u32,
    /// Signed for or returned after the due time.
    #[n(5)]
    pub late: u32,
    /// Said to be overdue.
    #[n(6)]
    pub overdue: u32,
    /// Returned, by reason, rising.
    #[n(7)]
    pub returned: Vec<Count>,
    /// Refused outright.
    #[n(8)]
    pub refused: u32,
    /// Recalled before they were fetched.
    #[n(9)]
    pub recalled: u32,
    /// Superseded or redirected while they were pending.
    #[n(10)]
    pub moved: u32,
    /// Minutes from the dispatch to the receipt, rising; rounded up beyond 8 hours.
    #[n(11)]
    pub minutes: Vec<Count>,
    /// Windows in which an account that receives had not looked.
    #[n(12)]
    pub looks_missed: u32,
}

/// How often something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Count {
    /// What: a reason's code, or minutes.
    #[n(0)]
    pub what: u32,
    /// How often.
    #[n(1)]
    pub times: u32,
}

/// Adds `times` to the count of `what` in a rising list; a count of nothing is left out.
fn count(list: &mut Vec<Count>, what: u32, times: i64) {
    let place = list.partition_point(|count| count.what < what);
    let known = list.get(place).filter(|count| count.what == what);
    let before = known.map_or(0, |count| i64::from(count.times));
    let after = u32::try_from(before.saturating_add(times)).unwrap_or(0);
    match (known.is_some(), after) {
        (true, 0) => drop(list.remove(place)),
        (true, times) => list[place].times = times,
        (false, 0) => {}
        (false, times) => list.insert(place, Count { what, times }),
    }
}

fn shift(number: &mut u32, by: i64) {
    let after = i64::from(*number).saturating_add(by);
    *number = u32::try_from(after).unwrap_or(0);
}

/// The minutes under which a time is counted.
pub const fn rounded(minutes: u32) -> u32 {
    let step = if minutes <= MINUTES_EXACT {
        1
    } else if minutes <= MINUTES_HALF_HOURS {
        30
    } else {
        24 * 60
    };
    minutes.div_ceil(step).saturating_mul(step)
}

/// How a delivery counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It is pending.
    Pending,
    /// Signed for, so many minutes after its dispatch.
    Signed(u32),
    /// Returned for a reason.
    Returned(u16),
    /// Refused.
    Refused,
    /// Recalled.
    Recalled,
    /// Superseded or redirected.
    Moved,
}

impl Figures {
    /// Counts a delivery to the unit, `times` once or taken back once (-1).
    pub fn count_delivery(&mut self, end: End, late: bool, overdue: bool, times: i64) {
        shift(&mut self.received, times);
        if late {
            shift(&mut self.late, times);
        }
        if overdue {
            shift(&mut self.overdue, times);
        }
        match end {
            End::Pending => {}
            End::Signed(minutes) => {
                shift(&mut self.signed, times);
                count(&mut self.minutes, rounded(minutes), times);
            }
            End::Returned(code) => count(&mut self.returned, u32::from(code), times),
            End::Refused => shift(&mut self.refused, times),
            End::Recalled => shift(&mut self.recalled, times),
            End::Moved => shift(&mut self.moved, times),
        }
    }

    /// Adds the figures of another month or unit.
    pub fn add(&mut self, other: &Self) {
        let numbers = [
            (&mut self.sent, other.sent),
            (&mut self.sent_to, other.sent_to),
            (&mut self.inquiries_missed, other.inquiries_missed),
            (&mut self.received, other.received),
            (&mut self.signed, other.signed),
            (&mut self.late, other.late),
            (&mut self.overdue, other.overdue),
            (&mut self.refused, other.refused),
            (&mut self.recalled, other.recalled),
            (&mut self.moved, other.moved),
            (&mut self.looks_missed, other.looks_missed),
        ];
        for (number, more) in numbers {
            *number = number.saturating_add(more);
        }
        for Count { what, times } in &other.returned {
            count(&mut self.returned, *what, i64::from(*times));
        }
        for Count { what, times } in &other.minutes {
            count(&mut self.minutes, *what, i64::from(*times));
        }
    }

    /// How many were returned, for whatever reason.
    pub fn returned_in_all(&self) -> u32 {
        self.returned.iter().map(|count| count.times).sum()
    }

    /// How many the unit could have signed for or returned by now.
    pub fn owed(&self) -> u32 {
        self.received
            .saturating_sub(self.recalled)
            .saturating_sub(self.moved)
    }

    /// Of a hundred deliveries owed, how many were signed for (签收率); none where none is owed.
    pub fn rate(&self) -> Option<f64> {
        let owed = self.owed();
        (owed > 0).then(|| f64::from(self.signed) * 100.0 / f64::from(owed))
    }

    /// The minutes within which so many of a hundred receipts came; none where there are none.
    pub fn percentile(&self, percent: u32) -> Option<u32> {
        let all: u64 = self
            .minutes
            .iter()
            .map(|count| u64::from(count.times))
            .sum();
        let wanted = (all * u64::from(percent)).div_ceil(100).max(1);
        let mut passed = 0;
        let found = self.minutes.iter().find(|count| {
            passed += u64::from(count.times);
            passed >= wanted
        });
        found.map(|count| count.what)
    }
}

/// Which figures are asked for: months as year × 100 + month.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct FiguresOf {
    /// From this month.
    #[n(0)]
    pub from: u32,
    /// Up to and with this month.
    #[n(1)]
    pub until: u32,
    /// Units after this one; from the first where absent.
    #[n(2)]
    pub after: Option<UnitCode>,
    /// Whether of the units below too, for who supervises or audits them.
    #[n(3)]
    pub below: bool,
}

/// Figures by unit and month.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct FiguresTable {
    /// The rows, by unit, then month.
    #[n(0)]
    pub rows: Vec<FiguresRow>,
    /// Ask for what comes after this unit; none where this is all.
    #[n(1)]
    pub next: Option<UnitCode>,
}

/// The figures of one unit and month.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct FiguresRow {
    /// The unit.
    #[n(0)]
    pub unit: UnitCode,
    /// Year × 100 + month.
    #[n(1)]
    pub month: u32,
    /// The figures, CBOR of their own: messages are not nested so deeply.
    #[n(2)]
    pub figures: ByteVec,
}

impl FiguresRow {
    /// The figures of one unit and month.
    pub fn new(unit: UnitCode, month: u32, figures: &Figures) -> Self {
        Self {
            unit,
            month,
            figures: ByteVec::from(cbor::to_vec(figures)),
        }
    }

    /// Reads the figures.
    pub fn read(&self) -> Result<Figures, Unreadable> {
        cbor::read(&self.figures, FIGURES_BYTES_MAX)
    }
}

/// The state of every delivery of a document now (一览表).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ReceptionTable {
    /// The document.
    #[n(0)]
    pub about: About,
    /// By when the sender was to look; none where it is not dispatched.
    #[n(1)]
    pub inquiry_due: Option<Timestamp>,
    /// When it first looked.
    #[n(2)]
    pub inquired: Option<Timestamp>,
    /// The size of the log at which this was so.
    #[n(3)]
    pub size: u64,
    /// One line per delivery, rising by unit.
    #[n(4)]
    pub lines: Vec<ReceptionLine>,
}

/// A delivery as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ReceptionLine {
    /// The recipient.
    #[n(0)]
    pub unit: UnitCode,
    /// The number of its state.
    #[n(1)]
    pub state: u64,
    /// The bits of its facts.
    #[n(2)]
    pub facts: u64,
    /// When it was dispatched.
    #[n(3)]
    pub dispatched: Timestamp,
    /// When it is due; 2^64 − 1 where it has no clock.
    #[n(4)]
    pub due: Timestamp,
    /// When it ended.
    #[n(5)]
    pub ended: Option<Timestamp>,
    /// The account that ended it.
    #[n(6)]
    pub by: Option<AccountId>,
    /// Why it was returned or refused: a [`ReturnCode`].
    #[n(7)]
    pub reason: Option<u16>,
}

impl ReceptionLine {
    /// Why it was returned or refused.
    pub fn reason(&self) -> Option<ReturnCode> {
        self.reason.map(|code| ReturnCode(u64::from(code)))
    }

    /// By how many milliseconds it ended late; none where it did not.
    pub fn late_ms(&self) -> Option<u64> {
        let ended = self.ended?;
        (ended > self.due).then(|| ended.ms_since(self.due))
    }
}

/// A unit's newest documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DocumentsOf {
    /// What it received; else what it sent.
    #[n(0)]
    pub received: bool,
    /// Before this index; from the newest where absent.
    #[n(1)]
    pub before: Option<u64>,
    /// How many, at most [`ROWS_PER_ANSWER_MAX`].
    #[n(2)]
    pub count: u32,
}

/// Some documents of a unit, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DocumentsTable {
    /// The documents.
    #[n(0)]
    pub lines: Vec<DocumentLine>,
    /// Ask for what is before this index; none where this is all.
    #[n(1)]
    pub next: Option<u64>,
}

/// A document of a list.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DocumentLine {
    /// The index at which it came to the unit.
    #[n(0)]
    pub index: u64,
    /// The document.
    #[n(1)]
    pub about: About,
    /// The lead issuer.
    #[n(2)]
    pub lead: UnitCode,
    /// Its urgency.
    #[n(3)]
    pub urgency: Urgency,
    /// Its kind.
    #[n(4)]
    pub kind: DocumentKind,
    /// The number of its stage.
    #[n(5)]
    pub stage: u64,
    /// When it was dispatched.
    #[n(6)]
    pub dispatched: Option<Timestamp>,
    /// The unit's own delivery, of what it received.
    #[n(7)]
    pub delivery: Option<ReceptionLine>,
    /// The document that took its place.
    #[n(8)]
    pub replaced_by: Option<Digest>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_can_be_taken_back() {
        let ends = [
            End::Pending,
            End::Signed(90),
            End::Signed(9_000),
            End::Returned(6),
            End::Refused,
            End::Recalled,
            End::Moved,
        ];
        let mut figures = Figures::default();
        for end in ends {
            figures.count_delivery(end, true, true, 1);
        }
        assert_eq!((figures.received, figures.signed, figures.late), (7, 2, 7));
        assert_eq!(figures.returned, [Count { what: 6, times: 1 }]);
        assert_eq!(figures.owed(), 5);
        assert_eq!(figures.rate(), Some(40.0));
        for end in ends {
            figures.count_delivery(end, true, true, -1);
        }
        assert_eq!(figures, Figures::default());
        assert_eq!(figures.rate(), None);
    }

    #[test]
    fn minutes_are_exact_for_eight_hours_and_rounded_up_beyond() {
        let cases = [
            (0, 0),
            (1, 1),
            (479, 479),
            (480, 480),
            (481, 510),
            (510, 510),
            (10_080, 10_080),
            (10_081, 11_520),
        ];
        for (minutes, counted) in cases {
            assert_eq!(rounded(minutes), counted, "{minutes}");
        }
        let _ = rounded(u32::MAX);
    }

    #[test]
    fn percentiles_are_those_of_the_sorted_list() {
        let mut figures = Figures::default();
        let list = [5, 10, 10, 20, 30, 40, 50, 60, 70, 480];
        for minutes in list {
            figures.count_delivery(End::Signed(minutes), false, false, 1);
        }
        assert_eq!(figures.percentile(50), Some(30));
        assert_eq!(figures.percentile(95), Some(480));
        assert_eq!(figures.percentile(0), Some(5));
        assert_eq!(Figures::default().percentile(50), None);
        let mut both = figures.clone();
        both.add(&figures);
        assert_eq!(both.percentile(50), Some(30));
        assert_eq!((both.received, both.minutes.len()), (20, 9));
    }
}
