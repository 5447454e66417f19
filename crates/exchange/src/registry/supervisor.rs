//! Who supervises a unit: the nearest unit above it with an account for that (Art. 5).

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use yichuan_document::UnitCode;
use yichuan_document::roster::Roster;
use yichuan_document::roster::record::{Account, Role, Status};
use yichuan_document::signed::RosterHead;

use super::Registry;
use super::draft::Decision;

/// How deep a tree of units is followed.
const DEPTH_MAX: usize = 64;

/// Who supervises whom, for one state of the roster.
#[derive(Default)]
pub(super) struct Supervisors(Mutex<Option<Known>>);

struct Known {
    of: RosterHead,
    /// The units with an account that supervises.
    supervising: HashSet<UnitCode>,
    /// What was found for the units that were asked about.
    found: HashMap<UnitCode, Option<UnitCode>>,
}

impl Registry {
    /// The nearest unit above `unit` that has an account with the role.
    pub(super) fn supervisor(&self, roster: &Roster, unit: &UnitCode) -> Option<UnitCode> {
        let mut known = self
            .supervisors
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let head = roster.head();
        if known.as_ref().is_none_or(|known| known.of != head) {
            *known = Some(Known {
                of: head,
                supervising: supervising(roster),
                found: HashMap::new(),
            });
        }
        let known = known.as_mut()?;
        if known.supervising.is_empty() {
            return None;
        }
        if let Some(found) = known.found.get(unit) {
            return found.clone();
        }
        let found = above(roster, unit).find(|unit| known.supervising.contains(unit));
        known.found.insert(unit.clone(), found.clone());
        found
    }

    /// Lets who supervises `unit` read the first entry of a decision, and tells it.
    pub(super) fn tell_supervisor(
        &self,
        roster: &Roster,
        unit: &UnitCode,
        decision: &mut Decision,
    ) {
        if let Some(supervisor) = self.supervisor(roster, unit) {
            decision.share(0, &supervisor);
            decision.announce(0, supervisor);
        }
    }
}

/// The units above `unit`, the nearest first.
pub fn above(roster: &Roster, unit: &UnitCode) -> impl Iterator<Item = UnitCode> {
    let parent = |unit: &UnitCode| roster.unit(unit).and_then(|unit| unit.parent);
    core::iter::successors(parent(unit), move |unit| parent(unit)).take(DEPTH_MAX)
}

fn supervising(roster: &Roster) -> HashSet<UnitCode> {
    let accounts = roster.all::<Account>();
    accounts
        .filter(|(_, account)| {
            account.status == Status::Active && account.roles.contains(&Role::Authority)
        })
        .filter_map(|(id, _)| Some(id.parse::<yichuan_document::AccountId>().ok()?.unit()))
        .collect()
}
