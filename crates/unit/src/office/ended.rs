//! What a closed unit had not yet sent: it ends with the unit, and the successor may send it anew.

use std::collections::HashMap;

use yichuan_document::roster::act::{ACT_UNIT_CLOSED, ACT_UNIT_MERGED, ACT_UNIT_SPLIT};
use yichuan_document::{Timestamp, UnitCode};

use super::failed::Failed;
use super::history::history;
use super::register::Document;
use super::session::Session;

/// The act that closed a unit whose work this one has taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closing {
    /// The unit.
    pub unit: UnitCode,
    /// The act's index in the log.
    pub index: u64,
    /// When it was recorded.
    pub time: Timestamp,
}

/// The closings of all units whose work this one has taken over.
pub struct Closings(HashMap<UnitCode, Closing>);

impl Session {
    /// The acts that closed this unit's predecessors.
    pub fn closings(&self) -> Result<Closings, Failed> {
        let before = self.mirror.roster().predecessors(&self.identity.unit());
        if before.is_empty() {
            return Ok(Closings(HashMap::new()));
        }
        let closes = [ACT_UNIT_CLOSED, ACT_UNIT_MERGED, ACT_UNIT_SPLIT];
        let mut all = HashMap::new();
        for happened in history(&self.mirror)? {
            if !happened.code.is_some_and(|code| closes.contains(&code)) {
                continue;
            }
            let units = before.iter();
            for unit in units.filter(|unit| happened.about.iter().any(|id| id == unit.as_str())) {
                let (index, time) = (happened.index, happened.recorded);
                let unit = unit.clone();
                all.insert(unit.clone(), Closing { unit, index, time });
            }
        }
        Ok(Closings(all))
    }
}

impl Closings {
    /// The act with which a document ended before it was dispatched, because its issuer was
    /// closed; none where it did not end so.
    pub fn of(&self, document: &Document) -> Option<&Closing> {
        let (_, _, account, _) = document.submission.as_ref()?;
        let closing = self.0.get(&account.unit())?;
        (!document.stage.is_terminal()).then_some(closing)
    }
}
