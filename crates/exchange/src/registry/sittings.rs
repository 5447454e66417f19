//! Records of sessions: what the exchange itself says of who was signed in where.

use yichuan_document::statement::{SessionEvent, SessionRecord};
use yichuan_document::{Digest, cbor};
use yichuan_evidence::entry::EntryKind;

use super::Registry;
use super::draft::{Decision, Draft, NewEntry};
use super::refusal::Refusal;
use crate::tables::{self, SittingRow};

/// Something that happened to a session, for the log.
#[derive(Clone, Debug)]
pub struct SessionTold {
    /// What is recorded.
    pub record: SessionRecord,
    /// Of a refusal, the digest of what was asked: it is recorded once (protocol rule 31).
    pub request: Option<Digest>,
}

impl Registry {
    /// Records what happened to a session, for the account's unit and its auditors; nothing where
    /// the same refusal has been recorded. Nobody is told of it as of an event.
    pub fn decide_session(
        &self,
        draft: &mut Draft<'_>,
        told: &SessionTold,
    ) -> Result<Option<Decision>, Refusal> {
        let record = &told.record;
        let refusal = told
            .request
            .zip(record.code)
            .map(|(request, code)| tables::refusal(&request, code));
        if let Some(key) = &refusal
            && draft.get(tables::REFUSALS, key)?.is_some()
        {
            return Ok(None);
        }
        let signed = self.say(draft, record);
        let entry = NewEntry::of(EntryKind::Session, &signed, Vec::new());
        let mut decision = Decision::new(entry.owned_by(&record.account.unit()));
        if let Some(key) = refusal {
            decision.put(tables::REFUSALS, key, Vec::new());
        }
        // What has begun and not ended is taken up again by a restarted exchange.
        let row = match SessionEvent::from_code(record.event) {
            Some(SessionEvent::Refused) | None => return Ok(Some(decision)),
            Some(SessionEvent::Opened) => cbor::to_vec(&SittingRow {
                device: record.device.clone(),
            }),
            Some(_) => Vec::new(),
        };
        let key = record.account.as_str().as_bytes().to_vec();
        decision.put(tables::SITTINGS, key, row);
        Ok(Some(decision))
    }
}
