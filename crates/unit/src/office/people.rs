//! The people of a unit: their accounts, posts and telephones (Art. 7).

use std::collections::HashMap;

use yichuan_document::roster::act::AuthorityAct;
use yichuan_document::roster::duty::{Person, PersonCard};
use yichuan_document::roster::record::{Account, Status};
use yichuan_document::{AccountId, Digest, PersonId, UnitCode};
use yichuan_evidence::entry::{Entry, EntryKind};

use super::failed::Failed;
use super::session::Session;

/// An account with the person whose it is.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The account.
    pub id: AccountId,
    /// Its record.
    pub account: Account,
    /// Name and telephones, where the authority has entered them and they were not erased.
    pub card: Option<PersonCard>,
}

impl Session {
    /// The accounts of a unit that are not closed, with the people whose they are.
    pub async fn people(&self, unit: &UnitCode) -> Result<Vec<Listed>, Failed> {
        let roster = self.mirror.roster();
        let cards = self.where_cards_stand()?;
        let mut read: HashMap<PersonId, Option<PersonCard>> = HashMap::new();
        let mut people = Vec::new();
        for (id, account) in roster.all::<Account>() {
            let Ok(id) = id.parse::<AccountId>() else {
                continue;
            };
            if id.unit() != *unit || account.status == Status::Closed {
                continue;
            }
            let person = account.person.clone();
            if !read.contains_key(&person) {
                let card = match roster.person(&person) {
                    Some(record) => self.card(&record, &cards).await?,
                    None => None,
                };
                read.insert(person.clone(), card);
            }
            let card = read.get(&person).cloned().flatten();
            people.push(Listed { id, account, card });
        }
        Ok(people)
    }

    async fn card(
        &self,
        record: &Person,
        cards: &HashMap<Digest, u64>,
    ) -> Result<Option<PersonCard>, Failed> {
        let Some(index) = cards.get(&record.card.digest) else {
            return Ok(None);
        };
        match self.attachment_of(*index, record.card.digest).await {
            Ok(bytes) => Ok(PersonCard::read(&bytes).ok()),
            // It may have been erased, lawfully; the hash stays.
            Err(Failed::Link(crate::link::LinkFailed::Refused(_))) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// The entries that attach something, by what they attach.
    fn where_cards_stand(&self) -> Result<HashMap<Digest, u64>, Failed> {
        let mut found = HashMap::new();
        for (index, bytes) in self.mirror.entries() {
            let entry = Entry::read(bytes)?;
            if entry.kind != EntryKind::Authority {
                continue;
            }
            let payload = entry.signed().and_then(|signed| signed.claimed()).ok();
            let act: Option<AuthorityAct> = payload.and_then(|payload| payload.body().ok());
            let named = act.into_iter().flat_map(|act| act.attachments);
            found.extend(named.map(|named| (named.digest, *index)));
        }
        Ok(found)
    }
}
