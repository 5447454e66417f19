//! Who may do what with a body at one time: writers of segments together, all else alone.
//!
//! It never touches a file; what is on disk is looked at by the `load` that it is given.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use super::trailer::Plan;
use crate::bodies::{BodyError, BodyKey};

/// One gate per body in use. A body's gate is the same for all threads until it is retired.
#[derive(Default)]
pub(super) struct Gates {
    keys: Mutex<HashMap<BodyKey, Arc<RwLock<Phase>>>>,
}

/// What is known of a key. Writers of segments share the gate; everything else has it alone.
pub(super) enum Phase {
    /// Not looked at since the gate was made.
    Unread,
    Absent,
    Open(Upload),
    Finished(Plan),
    /// The gate was taken out of the map; look there again.
    Retired,
}

pub(super) struct Upload {
    pub(super) plan: Plan,
    pub(super) progress: Mutex<Progress>,
}

pub(super) struct Progress {
    pub(super) written: Vec<bool>,
    pub(super) claimed: Vec<bool>,
    pub(super) unsynced_bytes: u64,
    /// A sync failed: what was written may be gone although a later sync succeeds.
    pub(super) spoiled: bool,
}

/// What an action that shares the gate found instead of an unfinished body.
pub(super) enum Shared<T> {
    Done(T),
    Finished,
}

impl Gates {
    pub(super) fn of(&self, key: &BodyKey) -> Arc<RwLock<Phase>> {
        let mut gates = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let gate = gates
            .entry(*key)
            .or_insert_with(|| Arc::new(RwLock::new(Phase::Unread)));
        Arc::clone(gate)
    }

    pub(super) fn retire(&self, key: &BodyKey, phase: &mut Phase) {
        *phase = Phase::Retired;
        self.keys
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(key);
    }

    /// Does `act` while nobody else does anything with `key`.
    pub(super) fn alone<T>(
        &self,
        key: &BodyKey,
        load: impl Fn() -> Result<Phase, BodyError>,
        act: impl FnOnce(&mut Phase) -> Result<T, BodyError>,
    ) -> Result<T, BodyError> {
        loop {
            let gate = self.of(key);
            let mut phase = gate.write().unwrap_or_else(PoisonError::into_inner);
            if matches!(*phase, Phase::Retired) {
                continue;
            }
            let answer = match *phase {
                Phase::Unread => load().and_then(|loaded| {
                    *phase = loaded;
                    act(&mut phase)
                }),
                _ => act(&mut phase),
            };
            if !matches!(*phase, Phase::Open(_)) {
                self.retire(key, &mut phase);
            }
            return answer;
        }
    }

    /// Does `act` with the unfinished body `key`, at once with others who do the same.
    pub(super) fn shared<T>(
        &self,
        key: &BodyKey,
        load: impl Fn() -> Result<Phase, BodyError>,
        act: impl FnOnce(&Upload) -> Result<T, BodyError>,
    ) -> Result<Shared<T>, BodyError> {
        loop {
            let gate = self.of(key);
            {
                let phase = gate.read().unwrap_or_else(PoisonError::into_inner);
                match &*phase {
                    Phase::Open(upload) => return act(upload).map(Shared::Done),
                    Phase::Retired => continue,
                    Phase::Unread | Phase::Absent | Phase::Finished(_) => {}
                }
            }
            let finished = self.alone(key, &load, |phase| match phase {
                Phase::Open(_) => Ok(false),
                Phase::Finished(_) => Ok(true),
                _ => Err(BodyError::NotBegun),
            })?;
            if finished {
                return Ok(Shared::Finished);
            }
        }
    }

    /// Does `act`, which leaves nothing of `key`, while nobody else does anything with it, and
    /// without looking first at what is there.
    pub(super) fn empty<T>(
        &self,
        key: &BodyKey,
        act: impl FnOnce() -> Result<T, BodyError>,
    ) -> Result<T, BodyError> {
        loop {
            let gate = self.of(key);
            let mut phase = gate.write().unwrap_or_else(PoisonError::into_inner);
            if !matches!(*phase, Phase::Retired) {
                let answer = act();
                self.retire(key, &mut phase);
                return answer;
            }
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.keys
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }
}

impl<T> Shared<T> {
    /// What was done with the unfinished body; refused when it is finished.
    pub(super) fn of_part(self) -> Result<T, BodyError> {
        match self {
            Self::Done(done) => Ok(done),
            Self::Finished => Err(BodyError::NotBegun),
        }
    }
}

impl Upload {
    pub(super) fn new(plan: Plan) -> Self {
        let count = plan.segments as usize;
        let progress = Progress {
            written: vec![false; count],
            claimed: vec![false; count],
            unsynced_bytes: 0,
            spoiled: false,
        };
        Self {
            plan,
            progress: Mutex::new(progress),
        }
    }

    /// Whether segment `index` is written or claimed.
    pub(super) fn is_there(&self, index: u32) -> bool {
        let progress = self.progress();
        let marked = |marks: &[bool]| marks.get(index as usize) == Some(&true);
        marked(&progress.written) || marked(&progress.claimed)
    }

    pub(super) fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
