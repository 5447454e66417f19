//! Bundles that fail, and for which reason.

use yichuan_evidence::bundle::Head;
use yichuan_evidence::entry::Entry;
use yichuan_evidence::verify::{Check, Fault, Outcome, Verdict};

use super::{RECIPIENTS, World, judge};

pub(crate) const FIRST: &str = RECIPIENTS[0];
pub(crate) const SECOND: &str = RECIPIENTS[1];

/// Changes something before it is signed.
pub(crate) type Spoil<T> = fn(&mut T);

/// Every check that failed, with its fault; each once.
pub(crate) fn failures(verdict: &Verdict) -> Vec<(Check, Fault)> {
    let mut found = Vec::new();
    for finding in &verdict.findings {
        if let Outcome::Failed(fault) = finding.outcome
            && !found.contains(&(finding.check, fault))
        {
            found.push((finding.check, fault));
        }
    }
    found
}

/// The bundle of this world fails for this reason alone.
#[track_caller]
pub(crate) fn fails(world: &mut World, check: Check, fault: Fault) {
    let verdict = world.verdict();
    assert_eq!(failures(&verdict), [(check, fault)]);
    assert!(!verdict.valid);
}

/// A bundle with a head that was changed fails for this reason alone.
#[track_caller]
pub(crate) fn head_fails(
    world: &mut World,
    spoil: impl FnOnce(&mut Head),
    check: Check,
    fault: Fault,
) {
    let mut head = world.head();
    spoil(&mut head);
    let verdict = judge(&world.write(&head), Some(&world.pin()));
    assert_eq!(failures(&verdict), [(check, fault)]);
    assert!(!verdict.valid);
}

/// Replaces entry `index`, and makes a log of the result.
pub(crate) fn replace(world: &mut World, index: usize, change: impl FnOnce(&mut Entry)) {
    let mut entry = Entry::read(&world.log[index].0).unwrap();
    change(&mut entry);
    world.log[index].0 = entry.to_bytes();
}

/// The index of the newest entry.
pub(crate) fn newest(world: &World) -> usize {
    world.log.len() - 1
}

/// Dispatched, and fetched by the first recipient.
pub(crate) fn fetched() -> World {
    let mut world = World::dispatched();
    world.fetch(FIRST);
    world
}

/// Approved, so that the seal is due.
pub(crate) fn approved() -> World {
    let mut world = World::new();
    world.submit();
    world.approve();
    world
}
