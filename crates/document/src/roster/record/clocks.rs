//! How the clocks of an installation run, beyond the limits of Art. 10: working time, reminders,
//! the sender's duty to look, and how often who receives must have looked.

use minicbor::{Decode, Encode};

use super::{DUE_MINUTES_MAX, Kind, Policy, Record};
use crate::Timestamp;
use crate::calendar::{Calendar, MinuteSpan};
use crate::statement::Audience;
use crate::terms::Urgency;

/// The most steps of the table of reminders.
pub const STEPS_MAX: usize = 16;
/// The last step, in per cent of the time from dispatch to due.
pub const PERCENT_MAX: u16 = 1_000;
/// The most windows of a day in which must have been looked.
pub const WINDOWS_MAX: usize = 8;

/// How the clocks run.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Clocks {
    /// Working time; wall-clock time where there is none.
    #[n(0)]
    pub calendar: Option<Calendar>,
    /// Whom a pending delivery is told to when, rising.
    #[n(1)]
    pub steps: Vec<ReminderStep>,
    /// Minutes within which the sender must look at the state of reception; at most 8 hours.
    #[n(2)]
    pub inquiry_minutes: u16,
    /// The windows of a workday in each of which every receiving account must have looked; needs a
    /// calendar.
    #[n(3)]
    pub looks: Vec<MinuteSpan>,
}

/// The authority has looked at a clock that it trusts (protocol rule 28). Put again in the same
/// epoch it confirms the exchange's clock; in the next one it corrects it, and time begins again.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Time {
    /// The epoch, from 0.
    #[n(0)]
    pub epoch: u32,
    /// The time by that clock.
    #[n(1)]
    pub at: Timestamp,
    /// Of the epoch before: the overdue entries at these indexes of the log are annulled.
    #[n(2)]
    pub annulled: Vec<IndexSpan>,
}

/// The one id of the record [`Time`].
pub const TIME_ID: &str = "time";
/// The most spans of one correction.
pub const ANNULLED_MAX: usize = 64;

impl Record for Time {
    const KIND: Kind = Kind::Time;
}

/// Some indexes of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct IndexSpan {
    /// The first.
    #[n(0)]
    pub from: u64,
    /// The one after the last.
    #[n(1)]
    pub until: u64,
}

impl Time {
    /// Whether this may follow `before`: the same epoch or the next, spans only with a new one.
    pub fn follows(&self, before: Option<&Self>) -> bool {
        let epoch = before.map_or(0, |before| before.epoch);
        let confirms = self.epoch == epoch && self.annulled.is_empty();
        let corrects = epoch.checked_add(1) == Some(self.epoch);
        let rises = |two: &[IndexSpan]| two[0].until <= two[1].from;
        (confirms || corrects)
            && self.annulled.len() <= ANNULLED_MAX
            && self.annulled.iter().all(|span| span.from < span.until)
            && self.annulled.windows(2).all(rises)
    }

    /// Whether the overdue entry at `index` is annulled.
    pub fn annuls(&self, index: u64) -> bool {
        let spans = &self.annulled;
        spans
            .iter()
            .any(|span| (span.from..span.until).contains(&index))
    }
}

/// A step of the table of reminders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ReminderStep {
    /// When, in per cent of the time from dispatch to due; beyond 100 it is overdue.
    #[n(0)]
    pub percent: u16,
    /// Who is told.
    #[n(1)]
    pub to: Audience,
}

/// The table where no policy sets one: who receives at 50 and 75 %, the manager when it is
/// overdue, the authority when half the time again has passed.
pub const STEPS: [ReminderStep; 4] = [
    ReminderStep {
        percent: 50,
        to: Audience::Receivers,
    },
    ReminderStep {
        percent: 75,
        to: Audience::Receivers,
    },
    ReminderStep {
        percent: 100,
        to: Audience::Manager,
    },
    ReminderStep {
        percent: 150,
        to: Audience::Authority,
    },
];

impl Clocks {
    /// Whether everything is in order.
    pub fn is_sound(&self) -> bool {
        let percent = |step: &ReminderStep| (1..=PERCENT_MAX).contains(&step.percent);
        let rising =
            |two: &[ReminderStep]| (two[0].percent, two[0].to) < (two[1].percent, two[1].to);
        self.calendar.as_ref().is_none_or(Calendar::is_sound)
            && self.steps.len() <= STEPS_MAX
            && self.steps.iter().all(percent)
            && self.steps.windows(2).all(rising)
            && (1..=DUE_MINUTES_MAX).contains(&self.inquiry_minutes)
            && self.looks.len() <= WINDOWS_MAX
            && MinuteSpan::in_order(&self.looks)
            && (self.looks.is_empty() || self.calendar.is_some())
    }
}

impl ReminderStep {
    /// The instant of this step for a delivery.
    pub fn at(self, dispatched: Timestamp, due: Timestamp) -> Timestamp {
        let whole = u128::from(due.ms_since(dispatched));
        let part = whole * u128::from(self.percent) / 100;
        dispatched.plus_ms(u64::try_from(part).unwrap_or(u64::MAX))
    }
}

/// When a document that goes out at `at` is to be signed for, by the policy in force; 8 hours
/// where there is none (Art. 10). What is urgent (加急 and above) runs by the wall clock whatever
/// the calendar says, since it is to be signed for promptly (Art. 11).
pub fn due(policy: Option<&Policy>, urgency: Urgency, at: Timestamp) -> Timestamp {
    let place = Urgency::ALL.iter().position(|row| row.0 == urgency);
    let minutes = policy.and_then(|policy| policy.due_minutes.get(place?));
    after(policy, urgency, at, minutes.copied())
}

/// By when the sender of a document that goes out at `at` must have looked (Art. 10).
pub fn inquiry_due(policy: Option<&Policy>, urgency: Urgency, at: Timestamp) -> Timestamp {
    let clocks = policy.and_then(|policy| policy.clocks.as_ref());
    let minutes = clocks.map(|clocks| clocks.inquiry_minutes);
    after(policy, urgency, at, minutes)
}

/// The table of reminders in force.
pub fn steps(policy: Option<&Policy>) -> &[ReminderStep] {
    let clocks = policy.and_then(|policy| policy.clocks.as_ref());
    clocks.map_or(&STEPS, |clocks| &clocks.steps)
}

fn after(
    policy: Option<&Policy>,
    urgency: Urgency,
    at: Timestamp,
    minutes: Option<u16>,
) -> Timestamp {
    let minutes = u32::from(minutes.unwrap_or(DUE_MINUTES_MAX));
    let calendar = policy.and_then(|policy| policy.clocks.as_ref()?.calendar.as_ref());
    let calendar = calendar.filter(|_| urgency < Urgency::Urgent);
    let working = calendar.and_then(|calendar| calendar.after(at, minutes));
    working.unwrap_or(at.plus_ms(u64::from(minutes) * 60_000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::Ceiling;

    const AT: Timestamp = Timestamp::from_unix_ms(1_795_624_200_000);

    fn policy(clocks: Option<Clocks>) -> Policy {
        Policy {
            ceiling: Ceiling::Secret,
            rule_set: 1,
            mandatory_checks: Vec::new(),
            due_minutes: vec![480, 240, 120, 60, 30],
            password_days: 90,
            session_idle_minutes: None,
            session_hours: None,
            clocks,
        }
    }

    fn clocks() -> Clocks {
        Clocks {
            calendar: Some(Calendar {
                ahead_minutes: 480,
                hours: vec![MinuteSpan {
                    from: 540,
                    until: 1_020,
                }],
                weekdays: 0b1_1111,
                holidays: Vec::new(),
                workdays: Vec::new(),
            }),
            steps: STEPS.to_vec(),
            inquiry_minutes: 60,
            looks: Vec::new(),
        }
    }

    #[test]
    fn without_a_policy_it_is_eight_hours() {
        let eight = AT.plus_ms(8 * 3_600_000);
        assert_eq!(due(None, Urgency::Flash, AT), eight);
        assert_eq!(inquiry_due(None, Urgency::Ordinary, AT), eight);
        assert_eq!(steps(None), STEPS);
    }

    #[test]
    fn what_is_urgent_waits_for_no_office_hours() {
        // Half past midnight; offices open at nine.
        let policy = policy(Some(clocks()));
        let minutes = |minutes: u64| AT.plus_ms(minutes * 60_000);
        assert_eq!(due(Some(&policy), Urgency::Urgent, AT), minutes(120));
        assert_eq!(due(Some(&policy), Urgency::Flash, AT), minutes(30));
        let opens = 8 * 60 + 30;
        assert_eq!(
            due(Some(&policy), Urgency::Ordinary, AT),
            minutes(opens + 480)
        );
        assert_eq!(
            inquiry_due(Some(&policy), Urgency::Ordinary, AT),
            minutes(opens + 60)
        );
    }

    #[test]
    fn steps_are_parts_of_the_time() {
        let due = AT.plus_ms(8 * 3_600_000);
        let hours: Vec<u64> = STEPS
            .iter()
            .map(|step| step.at(AT, due).ms_since(AT) / 3_600_000)
            .collect();
        assert_eq!(hours, [4, 6, 8, 12]);
        let step = STEPS[3];
        assert!(step.at(AT, Timestamp::from_unix_ms(u64::MAX)) > due);
        assert_eq!(step.at(due, AT), due, "a due time that is before");
    }

    #[test]
    fn a_time_confirms_its_epoch_or_opens_the_next() {
        let time = |epoch, annulled: &[(u64, u64)]| Time {
            epoch,
            at: AT,
            annulled: annulled
                .iter()
                .map(|&(from, until)| IndexSpan { from, until })
                .collect(),
        };
        let first = time(0, &[]);
        assert!(first.follows(None));
        assert!(time(1, &[(4, 9), (9, 10)]).follows(None));
        assert!(time(1, &[]).follows(Some(&first)));
        assert!(!time(2, &[]).follows(Some(&first)), "an epoch left out");
        assert!(!time(0, &[]).follows(Some(&time(1, &[]))), "an epoch again");
        assert!(!time(0, &[(4, 9)]).follows(Some(&first)), "no new epoch");
        assert!(!time(1, &[(9, 9)]).follows(Some(&first)));
        assert!(!time(1, &[(4, 9), (8, 10)]).follows(Some(&first)));
        assert!(time(1, &[(4, 9)]).annuls(8) && !time(1, &[(4, 9)]).annuls(9));
        let end = time(u32::MAX, &[]);
        assert!(!time(0, &[]).follows(Some(&end)));
    }

    #[test]
    fn clocks_that_are_not_in_order_are_refused() {
        let spoil: [fn(&mut Clocks); 8] = [
            |it| it.steps[0].percent = 0,
            |it| it.steps[3].percent = PERCENT_MAX + 1,
            |it| it.steps.reverse(),
            |it| it.steps[1] = it.steps[0],
            |it| it.inquiry_minutes = 0,
            |it| it.inquiry_minutes = DUE_MINUTES_MAX + 1,
            |it| it.calendar = it.calendar.take().map(|it| Calendar { weekdays: 0, ..it }),
            |it| {
                it.calendar = None;
                it.looks = vec![MinuteSpan { from: 0, until: 1 }];
            },
        ];
        assert!(clocks().is_sound());
        for (case, spoil) in spoil.into_iter().enumerate() {
            let mut clocks = clocks();
            spoil(&mut clocks);
            assert!(!clocks.is_sound(), "case {case}");
        }
    }
}
