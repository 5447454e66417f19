//! What an account is not to know any more of documents that it may have opened.

use std::collections::BTreeSet;

use yichuan_document::statement::{Assignment, Recall, RecallReason};
use yichuan_document::{Digest, UnitCode};
use yichuan_evidence::entry::EntryKind;

use super::failed::Failed;
use super::session::Session;

impl Session {
    /// Whether [`Session::withheld`] may have more since the event with that number.
    pub fn may_withhold(&self, after: u64) -> bool {
        let events = self.feed.events().iter().rev();
        let mut new = events.take_while(|event| event.sequence > after);
        new.any(|event| matches!(event.entry.kind, EntryKind::Recall | EntryKind::Assignment))
    }

    /// The manifests of documents that are withheld from this account by now: the unit has
    /// assigned them to others, or the sender has asked them back because the level does not fit
    /// (Art. 15).
    pub fn withheld(&self) -> Result<BTreeSet<Digest>, Failed> {
        let registers = self.feed.registers();
        let unit = self.identity.unit();
        let taken = registers.each().filter(|document| {
            let recalls = document.recalls.iter();
            let names = |recall: &Recall| takes_away(recall, &unit);
            !document.outgoing && recalls.map(|it| &it.recall).any(names)
        });
        let mut withheld: BTreeSet<Digest> = taken.map(|it| it.about.manifest).collect();
        for statement in self.own_statements(EntryKind::Assignment)? {
            if let Ok(body) = statement.payload.body::<Assignment>() {
                if body.accounts.contains(&self.identity.account) {
                    withheld.remove(&body.about.manifest);
                } else {
                    withheld.insert(body.about.manifest);
                }
            }
        }
        Ok(withheld)
    }
}

/// Whether a recall takes away from `unit` what it has opened.
pub(super) fn takes_away(recall: &Recall, unit: &UnitCode) -> bool {
    let named = recall.units.is_empty() || recall.units.iter().any(|it| it.unit == *unit);
    recall.code == RecallReason::Level.code() && named
}
