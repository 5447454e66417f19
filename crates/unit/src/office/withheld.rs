//! What an account is not to know any more of documents that it may have opened.

use std::collections::BTreeSet;

use yichuan_document::statement::{Assignment, Recall, RecallReason};
use yichuan_document::{AccountId, Digest, UnitCode};
use yichuan_evidence::entry::EntryKind;

use super::failed::Failed;
use super::feed::Feed;
use super::mirror::Mirror;

impl Feed {
    /// Whether [`Feed::withheld`] may have more since the event with that number.
    pub fn may_withhold(&self, after: u64) -> bool {
        let events = self.events().iter().rev();
        let mut new = events.take_while(|event| event.sequence > after);
        new.any(|event| matches!(event.entry.kind, EntryKind::Recall | EntryKind::Assignment))
    }

    /// The manifests of documents that are withheld from an account of the unit by now: the unit
    /// has assigned them to others, or the sender has asked them back because the level does not
    /// fit (Art. 15).
    pub fn withheld(
        &self,
        mirror: &Mirror,
        account: &AccountId,
    ) -> Result<BTreeSet<Digest>, Failed> {
        let mut assigned = BTreeSet::new();
        let mut made = self.made();
        for statement in made
            .verified
            .of(EntryKind::Assignment, self.events(), mirror)?
        {
            if let Ok(body) = statement.payload.body::<Assignment>() {
                if body.accounts.contains(account) {
                    assigned.remove(&body.about.manifest);
                } else {
                    assigned.insert(body.about.manifest);
                }
            }
        }
        drop(made);
        let registers = self.registers();
        let unit = account.unit();
        let taken = registers.each().filter(|document| {
            let mut recalls = document.recalls.iter();
            !document.outgoing && recalls.any(|it| takes_away(&it.recall, &unit))
        });
        assigned.extend(taken.map(|it| it.about.manifest));
        Ok(assigned)
    }
}

/// Whether a recall takes away from `unit` what it has opened.
pub(super) fn takes_away(recall: &Recall, unit: &UnitCode) -> bool {
    let named = recall.units.is_empty() || recall.units.iter().any(|it| it.unit == *unit);
    recall.code == RecallReason::Level.code() && named
}
