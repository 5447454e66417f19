//! What becomes of the pending deliveries of a unit that is closed (protocol rule 25).

use std::collections::BTreeSet;

use yichuan_document::life::{Delivery, DeliveryEvent, DeliveryState, Facts};
use yichuan_document::roster::RECORD_BYTES_MAX;
use yichuan_document::roster::act::Change;
use yichuan_document::roster::record::{Kind, Status, Unit};
use yichuan_document::statement::Redirection;
use yichuan_document::{Digest, UnitCode, UnitRef, cbor};
use yichuan_evidence::entry::EntryKind;
use yichuan_wire::ErrorCode;

use super::Registry;
use super::documents::tell_issuers;
use super::draft::{Decision, Draft, NewEntry};
use super::refusal::{Refusal, row};
use crate::tables::{self, DeliveryRow, DocumentRow, ReadersRow};

impl Registry {
    /// Hands every pending delivery of the units that `changes` close on to their successors, in
    /// the same batch as the act.
    pub(super) fn redirect(
        &self,
        draft: &mut Draft<'_>,
        changes: &[Change],
        act: Digest,
        decision: &mut Decision,
    ) -> Result<(), Refusal> {
        for (from, to) in closed(draft, changes) {
            for manifest in documents_of(draft, &from)? {
                self.redirect_one(draft, (&from, &to), &manifest, act, decision)?;
            }
        }
        Ok(())
    }

    fn redirect_one(
        &self,
        draft: &mut Draft<'_>,
        (from, to): (&UnitCode, &UnitCode),
        manifest: &Digest,
        act: Digest,
        decision: &mut Decision,
    ) -> Result<(), Refusal> {
        let key = tables::delivery(manifest, from);
        let Some(bytes) = draft.get(tables::DELIVERIES, &key)? else {
            return Ok(());
        };
        let mut before: DeliveryRow = row(&bytes)?;
        let corrupt = || Refusal::of(ErrorCode::STORE);
        let state = DeliveryState::from_code(before.state).ok_or_else(corrupt)?;
        if !state.is_pending() {
            return Ok(());
        }
        let facts = Facts::from_bits(before.facts).ok_or_else(corrupt)?;
        let delivery = Delivery::restore(state, facts).map_err(|_| corrupt())?;
        let step = delivery.apply(DeliveryEvent::Redirected);
        let redirected = step.map_err(|_| corrupt())?.or(delivery);
        let bytes = draft.get(tables::DOCUMENTS, manifest.as_bytes())?;
        let document: DocumentRow = row(&bytes.ok_or_else(corrupt)?)?;
        let unit_ref = |unit: &UnitCode| UnitRef {
            unit: unit.clone(),
            origin: draft.roster().origin().clone(),
        };
        let body = Redirection {
            about: document.about,
            from: unit_ref(from),
            to: unit_ref(to),
            due: before.due,
            act,
        };
        let signed = self.say(draft, &body);
        let entry = NewEntry::of(EntryKind::Redirection, &signed, Vec::new());
        let position = decision.append(entry.about(manifest).for_recipient(to));
        before.state = redirected.state().code();
        before.facts = redirected.facts().bits();
        before.last = signed.digest();
        decision.put(tables::DELIVERIES, key, cbor::to_vec(&before));
        let key = tables::delivery(manifest, to);
        let issues = document.issuers.iter().any(|issuer| issuer.unit == *to);
        let party = issues || draft.get(tables::DELIVERIES, &key)?.is_some();
        if let Some(taken_over) = redirected.successor().filter(|_| !party) {
            let taken_over = DeliveryRow {
                state: taken_over.state().code(),
                facts: taken_over.facts().bits(),
                last: signed.digest(),
                due: before.due,
            };
            decision.put(tables::DELIVERIES, key, cbor::to_vec(&taken_over));
        }
        tell_issuers(decision, position, &document);
        decision.announce(position, to.clone());
        Ok(())
    }
}

/// The units that `changes` close, with the successors that are open.
fn closed(draft: &Draft<'_>, changes: &[Change]) -> Vec<(UnitCode, UnitCode)> {
    let units = changes.iter().filter(|change| change.kind == Kind::Unit);
    units
        .filter_map(|change| {
            let code: UnitCode = change.id.parse().ok()?;
            let after: Unit = cbor::read(&change.record, RECORD_BYTES_MAX).ok()?;
            let before = draft.roster().unit(&code)?;
            let closes = before.status != Status::Closed && after.status == Status::Closed;
            Some((code, after.successor.filter(|_| closes)?))
        })
        .collect()
}

/// The documents that a unit's events are about, each once.
fn documents_of(draft: &Draft<'_>, unit: &UnitCode) -> Result<Vec<Digest>, Refusal> {
    let mut seen = BTreeSet::new();
    let mut documents = Vec::new();
    for index in draft.events_of(unit)? {
        let bytes = draft.get(tables::READERS, &tables::index(index))?;
        let readers: ReadersRow = row(&bytes.ok_or(Refusal::of(ErrorCode::STORE))?)?;
        if let Some(document) = readers.document
            && seen.insert(*document.as_bytes())
        {
            documents.push(document);
        }
    }
    Ok(documents)
}
