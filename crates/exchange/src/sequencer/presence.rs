//! When the exchange was there, and when it was not: noted every minute, so that what fell due
//! while it was away can say so (protocol rule 29).

use yichuan_document::statement::Outage;
use yichuan_document::{Timestamp, cbor};
use yichuan_store::Store;

use super::SequencerFailed;
use crate::registry::{Draft, Refusal, row};
use crate::tables;

/// How often it is noted.
const ALIVE_MS: u64 = 60_000;
/// Being away for less than this is no outage.
const OUTAGE_MS_MIN: u64 = 2 * ALIVE_MS;
/// How many outages are remembered.
const OUTAGES_MAX: usize = 64;
/// The row of when the exchange was last there.
const ALIVE: &[u8] = b"alive";
/// The row of when it was not.
const OUTAGES: &[u8] = b"outages";

pub(super) struct Presence {
    last: Timestamp,
    outages: Vec<Outage>,
}

impl Presence {
    /// What was noted, beside a log whose last entry is of `last_entry`.
    pub(super) fn load(store: &dyn Store, last_entry: Timestamp) -> Result<Self, SequencerFailed> {
        let view = store.view().map_err(SequencerFailed::View)?;
        let get = |key| view.get(tables::ITSELF, key).map_err(SequencerFailed::View);
        let unreadable = |refusal: Refusal| SequencerFailed::Sweep(refusal.code);
        let noted = get(ALIVE)?.map(|bytes| row::<Timestamp>(&bytes));
        let noted = noted.transpose().map_err(unreadable)?;
        let outages = get(OUTAGES)?.map(|bytes| row::<Vec<Outage>>(&bytes));
        let outages = outages.transpose().map_err(unreadable)?;
        Ok(Self {
            last: noted.unwrap_or(last_entry).max(last_entry),
            outages: outages.unwrap_or_default(),
        })
    }

    /// When the exchange was last there.
    pub(super) const fn last(&self) -> Timestamp {
        self.last
    }

    /// When it was not, the newest last.
    pub(super) fn outages(&self) -> &[Outage] {
        &self.outages
    }

    /// Remembers that nobody was here since it was last noted.
    pub(super) fn look_back(&mut self, now: Timestamp) {
        if now.ms_since(self.last) <= OUTAGE_MS_MIN {
            return;
        }
        self.outages.push(Outage {
            from: self.last,
            until: now,
        });
        let beyond = self.outages.len().saturating_sub(OUTAGES_MAX);
        self.outages.drain(..beyond);
    }

    /// Forgets what was an outage by a time that a correction has ended.
    pub(super) fn begin_again(&mut self, draft: &mut Draft<'_>, now: Timestamp) {
        for outage in &mut self.outages {
            outage.until = outage.until.min(now);
        }
        self.outages
            .retain(|outage| outage.until.ms_since(outage.from) > OUTAGE_MS_MIN);
        self.put_outages(draft);
    }

    fn put_outages(&self, draft: &mut Draft<'_>) {
        let outages = cbor::to_vec(&self.outages);
        draft.set(tables::ITSELF, OUTAGES.to_vec(), outages);
    }

    /// Notes that the exchange is here, where that is due.
    pub(super) fn note(&mut self, draft: &mut Draft<'_>, now: Timestamp) {
        let newest = self.outages.last();
        let was_away = newest.is_some_and(|outage| outage.until == now);
        if was_away {
            self.put_outages(draft);
        }
        if was_away || now.ms_since(self.last) >= ALIVE_MS || now < self.last {
            draft.set(tables::ITSELF, ALIVE.to_vec(), cbor::to_vec(&now));
            self.last = now;
        }
    }
}
