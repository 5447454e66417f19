//! Which document somebody means who supervises it and is no party of it.

use std::collections::BTreeMap;

use yichuan_document::roster::record::Role;
use yichuan_document::signed::Payload;
use yichuan_document::statement::{
    About, Dispatch, InquiryDue, Overdue, Redirection, Reminder, Submission,
};
use yichuan_document::{Digest, DocumentId};
use yichuan_evidence::entry::{Entry, EntryKind};

use crate::office::failed::Failed;
use crate::office::session::Session;

/// The characters of a digest as it is written.
const DIGEST_CHARACTERS: usize = 64;

impl Session {
    /// The manifest of the document that was typed: by its id, or its beginning or end; by the
    /// manifest's digest. Searched among what the unit's events tell, then, for an auditor, in the
    /// log.
    pub async fn document_meant(
        &mut self,
        typed: &str,
        seen: &mut dyn FnMut(u64),
    ) -> Result<Digest, Failed> {
        if let Some(digest) = digest(typed) {
            return Ok(digest);
        }
        let registers = self.feed.registers();
        if let [one] = registers.find(typed).as_slice() {
            return Ok(one.about.manifest);
        }
        let events = self.feed.events().iter();
        let told = found(typed, events.filter_map(|event| named(&event.entry)));
        if !told.is_empty() {
            return only(typed, &told);
        }
        let roster = self.mirror.roster();
        let standing = roster.standing_of(&self.identity.account, &self.identity.device)?;
        if standing.has(Role::Audit) {
            let entries = self.readable_entries(seen).await?;
            let told = found(typed, entries.iter().filter_map(|(_, entry)| named(entry)));
            return only(typed, &told);
        }
        only(typed, &told)
    }
}

fn only(typed: &str, found: &BTreeMap<DocumentId, Digest>) -> Result<Digest, Failed> {
    let mut all = found.values();
    match (all.next(), all.next()) {
        (Some(one), None) => Ok(*one),
        _ => Err(Failed::WhichDocument {
            typed: typed.to_owned(),
            matches: found.len(),
        }),
    }
}

fn found(typed: &str, named: impl Iterator<Item = About>) -> BTreeMap<DocumentId, Digest> {
    let fits = |id: &DocumentId| {
        let text = id.to_string();
        !typed.is_empty() && (text.starts_with(typed) || text.ends_with(typed))
    };
    named
        .filter(|about| fits(&about.document))
        .map(|about| (about.document, about.manifest))
        .collect()
}

fn digest(typed: &str) -> Option<Digest> {
    if typed.len() != DIGEST_CHARACTERS {
        return None;
    }
    let bytes = data_encoding::HEXLOWER_PERMISSIVE
        .decode(typed.as_bytes())
        .ok()?;
    Some(Digest::from_bytes(bytes.try_into().ok()?))
}

/// The document that an entry is about, of those that a supervisor is told of or audits.
fn named(entry: &Entry) -> Option<About> {
    let payload = entry.signed().ok()?.claimed().ok()?;
    about(entry.kind, &payload)
}

fn about(kind: EntryKind, payload: &Payload) -> Option<About> {
    Some(match kind {
        EntryKind::Submission => payload.body::<Submission>().ok()?.about,
        EntryKind::Dispatch => payload.body::<Dispatch>().ok()?.about,
        EntryKind::Redirection => payload.body::<Redirection>().ok()?.about,
        EntryKind::Overdue => payload.body::<Overdue>().ok()?.about,
        EntryKind::Reminder => payload.body::<Reminder>().ok()?.about,
        EntryKind::InquiryDue => payload.body::<InquiryDue>().ok()?.about,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sixty_four_hexadecimal_characters_are_a_digest() {
        let one = Digest::of(b"one");
        assert_eq!(digest(&one.to_string()), Some(one));
        let short = &one.to_string()[..63];
        for bad in ["", short, &"g".repeat(64), &"字".repeat(22)] {
            assert_eq!(digest(bad), None, "{bad}");
        }
    }
}
