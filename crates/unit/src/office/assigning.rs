//! Who of the own unit may open a received document.

use yichuan_document::roster::record::Role;
use yichuan_document::statement::{About, Assignment};
use yichuan_document::{AccountId, Digest, Timestamp, UnitCode};
use yichuan_evidence::entry::{Entry, EntryKind};

use super::failed::Failed;
use super::session::Session;

/// An assignment of the unit, as the log has it.
#[derive(Clone, Debug)]
pub struct Assigned {
    /// The entry's index.
    pub index: u64,
    /// When it was recorded: from then on it is in force, until the next one.
    pub time: Timestamp,
    /// Who made it.
    pub by: AccountId,
    /// Who may open the document.
    pub accounts: Vec<AccountId>,
    /// The statement's digest.
    digest: Digest,
}

impl Session {
    /// The assignments of a document, oldest first; the last one is in force. The unit's own ones
    /// come behind those of a unit whose work it has taken over.
    pub fn assignments(&self, manifest: &Digest) -> Result<Vec<Assigned>, Failed> {
        let statements = self.own_statements(EntryKind::Assignment)?;
        let assigned = statements.iter().filter_map(|statement| {
            let body: Assignment = statement.payload.body().ok()?;
            (body.about.manifest == *manifest).then_some(())?;
            Some(Assigned {
                index: statement.index,
                time: statement.entry.time,
                by: statement.payload.account.clone()?,
                accounts: body.accounts,
                digest: statement.digest,
            })
        });
        Ok(assigned.collect())
    }

    /// Refuses to open a document that the unit has assigned to other accounts. The exchange
    /// judges the same; this is for what is here already.
    pub(super) fn require_assigned(&self, manifest: &Digest) -> Result<(), Failed> {
        match self.assignments(manifest)?.last() {
            Some(last) if !last.accounts.contains(&self.identity.account) => {
                Err(Failed::NotAssigned)
            }
            _ => Ok(()),
        }
    }

    /// Names the accounts of the unit that may open a document from now on.
    pub async fn assign(
        &mut self,
        about: About,
        mut accounts: Vec<AccountId>,
    ) -> Result<(u64, Entry), Failed> {
        let roster = self.mirror.roster();
        let standing = roster.standing_of(&self.identity.account, &self.identity.device)?;
        if !standing.has(Role::Manage) {
            standing.require(Role::Receive)?;
        }
        accounts.sort();
        accounts.dedup();
        let unit: UnitCode = self.identity.unit();
        let all = self.assignments(&about.manifest)?;
        let own = all.iter().rfind(|assigned| assigned.by.unit() == unit);
        let body = Assignment {
            about,
            accounts,
            previous: own.map(|assigned| assigned.digest),
        };
        let names = yichuan_document::cbor::to_vec(&body);
        let name = format!("assignment-{}", Digest::of(&names));
        let outcome = self.say(&name, &body, Vec::new()).await?;
        self.caught_up(outcome.0).await?;
        Ok(outcome)
    }
}
