//! Failures to order: which durable step of the memory backends fails next, and how.
//!
//! A step is a commit, the finishing of a body or the storing of the last record. So that a test
//! can fail each step in turn both ways, steps are counted together and by kind. Nothing here is
//! by chance: the same orders give the same failures.

use std::sync::{Arc, Mutex, PoisonError};

/// Orders failures of one [`crate::MemoryDisk`]; clones order for the same disk.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    orders: Arc<Mutex<Orders>>,
}

#[derive(Debug, Default)]
struct Orders {
    taken: u64,
    /// What remains: which steps count, how many more to let pass, and the fault.
    waiting: Vec<(Step, u64, Fault)>,
}

/// Which durable steps an order counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Every durable step.
    Any,
    /// [`crate::Store::commit`] of a batch that is not empty.
    Commit,
    /// [`crate::Bodies::finish`] of a body that is not finished.
    FinishBody,
    /// [`crate::LastRecord::store`].
    StoreRecord,
}

/// How a step fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It reports an error, and nothing was kept.
    NotPersisted,
    /// It reports an error, and everything was kept.
    PersistedButError,
    /// It reports that the disk is full, and nothing was kept.
    NoSpace,
    /// It reports success, as a disk that lies about its cache does; a crash loses it and every
    /// later step of its kind.
    LostAtCrash,
}

impl Faults {
    /// Makes the `nth` step of this kind from now on fail, counted from 1.
    ///
    /// # Panics
    ///
    /// When `nth` is 0: there is no such step.
    pub fn order(&self, step: Step, nth: u64, fault: Fault) {
        assert!(nth > 0, "steps are counted from 1");
        self.locked().waiting.push((step, nth, fault));
    }

    /// Takes back every order that was not carried out.
    pub fn clear(&self) {
        self.locked().waiting.clear();
    }

    /// How many durable steps were taken since the disk was made, failed ones included.
    pub fn steps(&self) -> u64 {
        self.locked().taken
    }

    /// Counts a step and says whether and how it fails.
    pub(crate) fn take(&self, step: Step) -> Option<Fault> {
        let mut orders = self.locked();
        orders.taken += 1;
        let counts = |ordered: Step| ordered == Step::Any || ordered == step;
        for (ordered, left, _) in &mut orders.waiting {
            if counts(*ordered) {
                // An order that is due but came second waits at 0 for the next such step.
                *left = left.saturating_sub(1);
            }
        }
        let mut waiting = orders.waiting.iter();
        let due = waiting.position(|(ordered, left, _)| counts(*ordered) && *left == 0)?;
        Some(orders.waiting.swap_remove(due).2)
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Orders> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_counts_only_its_own_steps() {
        let faults = Faults::default();
        faults.order(Step::Commit, 2, Fault::NotPersisted);
        faults.order(Step::Any, 4, Fault::NoSpace);
        let steps = [
            (Step::StoreRecord, None),
            (Step::Commit, None),
            (Step::Commit, Some(Fault::NotPersisted)),
            (Step::FinishBody, Some(Fault::NoSpace)),
            (Step::Commit, None),
        ];
        for (at, (step, expected)) in steps.into_iter().enumerate() {
            assert_eq!(faults.take(step), expected, "step {at}, {step:?}");
        }
        assert_eq!(faults.steps(), 5);
    }

    #[test]
    fn orders_taken_back_do_not_fail_anything() {
        let faults = Faults::default();
        faults.order(Step::Any, 1, Fault::NoSpace);
        faults.clear();
        assert_eq!(faults.take(Step::Commit), None);
    }
}
