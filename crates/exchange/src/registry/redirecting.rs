//! What becomes of the pending deliveries of a unit that is closed (protocol rule 25).

use std::collections::{BTreeSet, HashMap};

use yichuan_document::life::{DeliveryEvent, Stage};
use yichuan_document::roster::RECORD_BYTES_MAX;
use yichuan_document::roster::act::Change;
use yichuan_document::roster::record::{Kind, Status, Unit};
use yichuan_document::statement::Redirection;
use yichuan_document::{Digest, UnitCode, cbor};
use yichuan_evidence::entry::EntryKind;
use yichuan_wire::ErrorCode;

use super::Registry;
use super::clocks::{document_row, life, put_delivery, unit_ref};
use super::documents::tell_issuers;
use super::draft::{Decision, Draft, NewEntry};
use super::refusal::{Refusal, row};
use crate::tables::{self, DeliveryRow, DocumentRow, ReadersRow};

impl Registry {
    /// Hands every pending delivery of the units that `changes` close on to their successors, in
    /// the same batch as the act. Of several units that one act closes, one may follow another.
    pub(super) fn redirect(
        &self,
        draft: &mut Draft<'_>,
        changes: &[Change],
        act: Digest,
        decision: &mut Decision,
    ) -> Result<(), Refusal> {
        let closed = closed(draft, changes);
        let mut waiting: Vec<(usize, Digest)> = Vec::new();
        for (place, (from, _)) in closed.iter().enumerate() {
            let documents = documents_of(draft, from)?;
            for document in &documents {
                tell_of_unsent(draft, &closed, place, document, decision)?;
            }
            waiting.extend(documents.into_iter().map(|document| (place, document)));
        }
        let mut handing = Handing {
            registry: self,
            act,
            rows: HashMap::new(),
        };
        while let Some((place, document)) = waiting.pop() {
            let (from, to) = &closed[place];
            if handing.on(draft, (from, to), &document, decision)? {
                // What went to a unit that the same act closes goes on from there.
                let next = closed.iter().position(|(unit, _)| unit == to);
                waiting.extend(next.map(|next| (next, document)));
            }
        }
        Ok(())
    }
}

/// A document that its closed issuer had not sent yet ends here, as nobody approves or seals it any
/// more: the successor is told of its submission, so that it can send a document in its place.
fn tell_of_unsent(
    draft: &Draft<'_>,
    closed: &[(UnitCode, UnitCode)],
    place: usize,
    manifest: &Digest,
    decision: &mut Decision,
) -> Result<(), Refusal> {
    let corrupt = || Refusal::of(ErrorCode::STORE);
    let bytes = draft.get(tables::DOCUMENTS, manifest.as_bytes())?;
    let document: DocumentRow = row(&bytes.ok_or_else(corrupt)?)?;
    let (from, heir) = &closed[place];
    let mut heir = heir.clone();
    let lead = document.issuers.first().map(|lead| &lead.unit);
    let before = draft.roster().predecessors(from);
    let leads = lead.is_some_and(|lead| lead == from || before.contains(lead));
    let stage = Stage::from_code(document.stage).ok_or_else(corrupt)?;
    if !leads || stage.is_terminal() {
        return Ok(());
    }
    // Where the same act closes the successor too, the work goes on from there; never in a circle.
    while let Some((_, next)) = closed.iter().find(|(unit, _)| *unit == heir) {
        heir = next.clone();
    }
    decision.announce_earlier(document.submitted_at, heir);
    Ok(())
}

/// Deliveries that are being handed on, as the decision leaves them.
struct Handing<'r> {
    registry: &'r Registry,
    act: Digest,
    rows: HashMap<Vec<u8>, DeliveryRow>,
}

impl Handing<'_> {
    fn row(&self, draft: &Draft<'_>, key: &[u8]) -> Result<Option<DeliveryRow>, Refusal> {
        if let Some(row) = self.rows.get(key) {
            return Ok(Some(row.clone()));
        }
        let bytes = draft.get(tables::DELIVERIES, key)?;
        bytes.map(|bytes| row(&bytes)).transpose()
    }

    fn put(
        &mut self,
        draft: &Draft<'_>,
        decision: &mut Decision,
        (document, unit): (&DocumentRow, &UnitCode),
        row: DeliveryRow,
    ) -> Result<(), Refusal> {
        let key = tables::delivery(&document.about.manifest, unit);
        let before = self.row(draft, &key)?;
        let rows = (before.as_ref(), row);
        let row = put_delivery(draft, decision, document, unit, rows)?;
        self.rows.insert(key, row);
        Ok(())
    }

    /// Hands one delivery on, where it is pending, and tells whether it was.
    fn on(
        &mut self,
        draft: &mut Draft<'_>,
        (from, to): (&UnitCode, &UnitCode),
        manifest: &Digest,
        decision: &mut Decision,
    ) -> Result<bool, Refusal> {
        self.registry.catch_up(draft, manifest, from)?;
        let key = tables::delivery(manifest, from);
        let Some(mut before) = self.row(draft, &key)? else {
            return Ok(false);
        };
        let delivery = life(&before)?;
        if !delivery.state().is_pending() {
            return Ok(false);
        }
        let step = delivery.apply(DeliveryEvent::Redirected);
        let step = step.map_err(|_| Refusal::of(ErrorCode::STORE))?;
        let redirected = step.or(delivery);
        let document = document_row(draft, manifest)?;
        let body = Redirection {
            about: document.about,
            from: unit_ref(draft, from),
            to: unit_ref(draft, to),
            due: before.due,
            act: self.act,
        };
        let signed = self.registry.say(draft, &body);
        let entry = NewEntry::of(EntryKind::Redirection, &signed, Vec::new());
        let position = decision.append(entry.about(manifest).for_recipient(to));
        let mut taken_over = DeliveryRow {
            taken_over: true,
            last: signed.digest(),
            wake: None,
            ..before.clone()
        };
        before.state = redirected.state().code();
        before.facts = redirected.facts().bits();
        before.last = signed.digest();
        before.ended = Some(draft.now());
        self.put(draft, decision, (&document, from), before)?;
        let key = tables::delivery(manifest, to);
        let issues = document.issuers.iter().any(|issuer| issuer.unit == *to);
        let party = issues || self.row(draft, &key)?.is_some();
        if let Some(begun) = redirected.successor().filter(|_| !party) {
            taken_over.state = begun.state().code();
            taken_over.facts = begun.facts().bits();
            self.put(draft, decision, (&document, to), taken_over)?;
            decision.list(position, to, true);
        }
        tell_issuers(decision, position, &document);
        decision.announce(position, to.clone());
        Ok(true)
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
