//! The exchange's time: what a correction by the authority undoes (protocol rule 28).

use yichuan_document::UnitCode;
use yichuan_document::cbor;
use yichuan_document::life::{DeliveryEvent, DeliveryState, Step};
use yichuan_document::roster::RECORD_BYTES_MAX;
use yichuan_document::roster::act::Change;
use yichuan_document::roster::record::{Kind, Time, clocks};
use yichuan_document::statement::Overdue;
use yichuan_evidence::entry::{Entry, EntryKind};
use yichuan_wire::ErrorCode;

use super::Registry;
use super::clocks::{delivery_row, life, put_delivery};
use super::documents::{document, tell_issuers};
use super::draft::{Decision, Draft};
use super::refusal::Refusal;
use crate::tables::{self, DeliveryRow, DocumentRow, told};

/// How many successors of a unit are followed.
const HEIRS_MAX: usize = 32;
/// The most entries that one correction looks through.
const ENTRIES_MAX: u64 = 1_000_000;

/// The record of time that an act puts.
pub fn time_in(changes: &[Change]) -> Option<Time> {
    let change = changes.iter().find(|change| change.kind == Kind::Time)?;
    cbor::read(&change.record, RECORD_BYTES_MAX).ok()
}

impl Registry {
    /// Annuls the overdue entries that a correction names, and sets their clocks going again.
    pub(super) fn annul(
        draft: &mut Draft<'_>,
        changes: &[Change],
        decision: &mut Decision,
    ) -> Result<(), Refusal> {
        let Some(time) = time_in(changes) else {
            return Ok(());
        };
        let spans = time.annulled.iter();
        let looked_at: u64 = spans.map(|span| span.until.saturating_sub(span.from)).sum();
        if looked_at > ENTRIES_MAX {
            return Err(Refusal::about(ErrorCode::TOO_LARGE, ENTRIES_MAX));
        }
        for span in &time.annulled {
            for index in span.from..span.until {
                let bytes = draft.get(tables::ENTRIES, &tables::index(index))?;
                let bytes = bytes.ok_or(Refusal::about(ErrorCode::ACT, index))?;
                let entry = Entry::read(&bytes).map_err(|_| Refusal::of(ErrorCode::STORE))?;
                if entry.kind == EntryKind::Overdue {
                    Self::annul_one(draft, &entry, decision)?;
                }
            }
        }
        Ok(())
    }

    /// Annuls it for the unit that is named, and for those that have its delivery since.
    fn annul_one(draft: &Draft<'_>, entry: &Entry, decision: &mut Decision) -> Result<(), Refusal> {
        let corrupt = || Refusal::of(ErrorCode::STORE);
        let signed = entry.signed().map_err(|_| corrupt())?;
        let payload = signed.claimed().map_err(|_| corrupt())?;
        let body: Overdue = payload.body().map_err(|_| corrupt())?;
        let document = document(draft, &body.about)?;
        tell_issuers(decision, 0, &document);
        let mut unit = body.unit.unit;
        for _ in 0..HEIRS_MAX {
            let Some(before) = delivery_row(draft, &body.about.manifest, &unit)? else {
                break;
            };
            annul_delivery(draft, (&document, &unit), &before, decision)?;
            let moved = life(&before)?.state() == DeliveryState::Redirected;
            let successor = draft.roster().unit(&unit).and_then(|unit| unit.successor);
            match successor.filter(|_| moved) {
                Some(successor) => unit = successor,
                None => break,
            }
        }
        Ok(())
    }
}

fn annul_delivery(
    draft: &Draft<'_>,
    (document, unit): (&DocumentRow, &UnitCode),
    before: &DeliveryRow,
    decision: &mut Decision,
) -> Result<(), Refusal> {
    let Ok(Step::Changed(after)) = life(before)?.apply(DeliveryEvent::OverdueAnnulled) else {
        return Ok(());
    };
    let mut row = DeliveryRow {
        facts: after.facts().bits(),
        ..before.clone()
    };
    // Who was told by the wrong time what is still to come is told again.
    let policy = draft.policy();
    let steps = clocks::steps(policy.as_deref()).iter();
    let mut past = steps.filter(|step| step.at(row.dispatched, row.due) <= draft.now());
    row.told = past
        .next_back()
        .map_or(0, |step| told(step.percent, step.to));
    put_delivery(draft, decision, document, unit, (Some(before), row))?;
    decision.announce(0, unit.clone());
    Ok(())
}
