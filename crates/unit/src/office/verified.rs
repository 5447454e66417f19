//! The unit's own statements that were verified: each once, by the roster of its time, which does
//! not change any more.

use std::collections::BTreeMap;
use std::sync::Arc;

use yichuan_evidence::entry::EntryKind;

use super::dossier::{Statement, verify_statement};
use super::failed::Failed;
use super::feed::Event;
use super::mirror::Mirror;

/// Verified statements, by what they are.
#[derive(Default)]
pub(super) struct Verified {
    kinds: BTreeMap<EntryKind, OfKind>,
}

#[derive(Default)]
struct OfKind {
    /// How many events were looked through.
    looked: usize,
    /// In the order of the log.
    statements: Vec<Arc<Statement>>,
}

impl Verified {
    /// The statements of one kind among all `events`, of which only more come each time. One that
    /// does not verify is an error each time.
    pub(super) fn of(
        &mut self,
        kind: EntryKind,
        events: &[Event],
        mirror: &Mirror,
    ) -> Result<&[Arc<Statement>], Failed> {
        let known = self.kinds.entry(kind).or_default();
        let mut walk = None;
        while let Some(event) = events.get(known.looked) {
            if event.entry.kind == kind {
                let walk = match &mut walk {
                    Some(walk) => walk,
                    None => walk.insert(mirror.walk()?),
                };
                let roster = walk.to(event.index)?;
                let statement = verify_statement(roster, event.index, event.entry.clone())?;
                known.statements.push(Arc::new(statement));
            }
            known.looked += 1;
        }
        Ok(&known.statements)
    }
}
