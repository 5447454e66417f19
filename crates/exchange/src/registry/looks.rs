//! The windows of a day in which who receives must have looked, and what is said when one passed.

use yichuan_document::roster::record::{Account, Role, Status};
use yichuan_document::statement::LookMissed;
use yichuan_document::{AccountId, Timestamp, cbor};
use yichuan_evidence::entry::EntryKind;

use super::Registry;
use super::draft::{Decision, Draft, NewEntry};
use super::figures::{Counted, What, month_at};
use super::refusal::{Refusal, row};
use crate::tables;

/// The row of the end of the last window that was looked at.
const LOOKED: &[u8] = b"looked";

impl Registry {
    /// Says who had not looked in the window that ended last, once.
    pub(super) fn look_back(&self, draft: &mut Draft<'_>) -> Result<(), Refusal> {
        let Some((from, until)) = last_window(draft) else {
            return Ok(());
        };
        let before = draft.get(tables::ITSELF, LOOKED)?;
        let before: Option<Timestamp> = before.map(|bytes| row(&bytes)).transpose()?;
        if before.is_some_and(|before| before >= until) {
            return Ok(());
        }
        draft.set(tables::ITSELF, LOOKED.to_vec(), cbor::to_vec(&until));
        // Of a window that was there before the rule nothing is said, nor of one in which nobody
        // could look.
        if before.is_none() || draft.outage(from, until).is_some() {
            return Ok(());
        }
        let roster = draft.roster().clone();
        let receives = |account: &Account| {
            account.status == Status::Active && account.roles.contains(&Role::Receive)
        };
        let receiving = roster
            .all::<Account>()
            .filter(|(_, account)| receives(account));
        let receiving: Vec<AccountId> = receiving.filter_map(|(id, _)| id.parse().ok()).collect();
        for account in receiving {
            self.look_back_on(draft, account, (from, until))?;
        }
        Ok(())
    }

    fn look_back_on(
        &self,
        draft: &mut Draft<'_>,
        account: AccountId,
        (from, until): (Timestamp, Timestamp),
    ) -> Result<(), Refusal> {
        let unit = account.unit();
        let open = draft.roster().unit(&unit);
        if open.is_none_or(|unit| unit.status != Status::Active) {
            return Ok(());
        }
        let looked = draft.get(tables::LOOKS, account.as_str().as_bytes())?;
        let looked: Option<Timestamp> = looked.map(|bytes| row(&bytes)).transpose()?;
        if looked.is_some_and(|looked| looked >= from) {
            return Ok(());
        }
        let body = LookMissed {
            account,
            from,
            until,
        };
        let signed = self.say(draft, &body);
        let entry = NewEntry::of(EntryKind::LookMissed, &signed, Vec::new()).owned_by(&unit);
        let mut decision = Decision::new(entry);
        let month = month_at(draft.roster(), until);
        decision.count(Counted::new(&unit, month, What::LookMissed));
        decision.announce(0, unit.clone());
        if let Some(supervisor) = self.supervisor(draft.roster(), &unit) {
            decision.announce(0, supervisor);
        }
        draft.apply(decision)?;
        Ok(())
    }
}

/// The window of a workday that ended last, by the policy in force.
fn last_window(draft: &Draft<'_>) -> Option<(Timestamp, Timestamp)> {
    let clocks = draft.roster().policy()?.clocks?;
    let calendar = clocks.calendar?;
    let (today, _) = calendar.day_of(draft.now());
    let days = [today, today.checked_sub(1)?];
    let windows = days.into_iter().filter(|day| calendar.works_on(*day));
    let windows = windows.flat_map(|day| {
        let spans = clocks.looks.iter().rev();
        let calendar = &calendar;
        spans.map(move |span| {
            (
                calendar.instant(day, span.from),
                calendar.instant(day, span.until),
            )
        })
    });
    let mut windows = windows;
    windows.find(|(_, until)| *until <= draft.now())
}
