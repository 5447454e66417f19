//! What is watched: the reception of a document, figures of units, a unit's newest documents.
//!
//! A unit sees its own (Art. 5); who supervises or audits sees the units below as well.

use std::ops::Bound;

use yichuan_document::roster::record::Role;
use yichuan_document::{Digest, UnitCode};
use yichuan_store::View;
use yichuan_wire::ErrorCode;
use yichuan_wire::figures::{
    DocumentLine, DocumentsOf, DocumentsTable, Figures, FiguresOf, FiguresRow, FiguresTable,
    ROWS_PER_ANSWER_MAX, ReceptionLine, ReceptionTable,
};

use super::Office;
use super::auditing::Scope;
use crate::net::Session;
use crate::registry::{Refusal, row};
use crate::tables::{self, DeliveryRow, DocumentRow};

/// The most deliveries of a document.
const DELIVERIES_MAX: usize = 10_000;
/// The most months of one question.
const MONTHS_MAX: usize = 120;

impl Office {
    /// The state of every delivery of a document.
    pub(super) fn reception(
        &self,
        session: &Session,
        document: &Digest,
    ) -> Result<ReceptionTable, Refusal> {
        let (newest, view) = (self.newest(), self.view()?);
        let unknown = || Refusal::of(ErrorCode::UNKNOWN_DOCUMENT);
        let bytes = view.get(tables::DOCUMENTS, document.as_bytes())?;
        let found: DocumentRow = row(&bytes.ok_or_else(unknown)?)?;
        let scope = self.scope(session)?;
        let sends = found.issuers.iter().any(|it| scope.has(&it.unit));
        let all = deliveries(view.as_ref(), document)?;
        // Of what others sent, who supervises sees the lines of the units that it looks after.
        let mut lines = Vec::with_capacity(all.len());
        for (unit, delivery) in all {
            if sends || (scope.watches && scope.has(&unit)) {
                lines.push(line(unit, delivery));
            }
        }
        if lines.is_empty() && !sends {
            return Err(unknown());
        }
        Ok(ReceptionTable {
            about: found.about,
            inquiry_due: found.inquiry_due,
            inquired: found.inquired,
            size: newest.size,
            lines,
        })
    }

    /// Figures by unit and month.
    pub(super) fn figures(
        &self,
        session: &Session,
        of: &FiguresOf,
    ) -> Result<FiguresTable, Refusal> {
        let scope = self.scope(session)?;
        let own = session.account.unit();
        if of.below && !scope.watches {
            return Err(Refusal::of(ErrorCode::NOT_ALLOWED));
        }
        let mut units: Vec<UnitCode> = if of.below {
            scope.units.into_iter().collect()
        } else {
            vec![own]
        };
        units.sort_by(|one, other| one.as_str().cmp(other.as_str()));
        let after = of.after.as_ref().map_or("", UnitCode::as_str);
        let view = self.view()?;
        let mut rows = Vec::new();
        for unit in units.into_iter().filter(|unit| unit.as_str() > after) {
            if rows.len() >= ROWS_PER_ANSWER_MAX as usize {
                let next = rows.last().map(|row: &FiguresRow| row.unit.clone());
                return Ok(FiguresTable { rows, next });
            }
            for (month, figures) in months(view.as_ref(), &unit, (of.from, of.until))? {
                rows.push(FiguresRow::new(unit.clone(), month, &figures));
            }
        }
        Ok(FiguresTable { rows, next: None })
    }

    /// A unit's documents, the newest first.
    pub(super) fn documents(
        &self,
        unit: &UnitCode,
        of: &DocumentsOf,
    ) -> Result<DocumentsTable, Refusal> {
        let view = self.view()?;
        let limit = of.count.clamp(1, ROWS_PER_ANSWER_MAX) as usize;
        let before = of.before.unwrap_or(u64::MAX);
        let Some(newest) = before.checked_sub(1) else {
            return Ok(DocumentsTable {
                lines: Vec::new(),
                next: None,
            });
        };
        let first = tables::unit_document(unit, of.received, newest);
        let last = tables::unit_document(unit, of.received, 0);
        let bounds = (
            Bound::Included(first.as_slice()),
            Bound::Included(last.as_slice()),
        );
        let rows = view.range(tables::UNIT_DOCUMENTS, bounds.0, bounds.1, limit)?;
        let more = rows.len() == limit;
        let mut lines = Vec::with_capacity(rows.len());
        for (key, document) in rows {
            let corrupt = || Refusal::of(ErrorCode::STORE);
            let index = key.last_chunk::<8>().ok_or_else(corrupt)?;
            let index = u64::MAX - u64::from_be_bytes(*index);
            let bytes = view.get(tables::DOCUMENTS, &document)?;
            let found: DocumentRow = row(&bytes.ok_or_else(corrupt)?)?;
            let manifest = found.about.manifest;
            let delivery = if of.received {
                view.get(tables::DELIVERIES, &tables::delivery(&manifest, unit))?
            } else {
                None
            };
            let delivery = delivery.map(|bytes| row(&bytes)).transpose()?;
            lines.push(DocumentLine {
                index,
                about: found.about,
                lead: found.issuers.first().ok_or_else(corrupt)?.unit.clone(),
                urgency: found.urgency,
                kind: found.kind,
                stage: found.stage,
                dispatched: found.dispatched,
                delivery: delivery.map(|delivery| line(unit.clone(), delivery)),
                replaced_by: found.replaced_by,
            });
        }
        let next = lines.last().filter(|_| more).map(|line| line.index);
        Ok(DocumentsTable { lines, next })
    }

    /// The units that an account may watch: its own, and those below for who supervises or audits.
    fn scope(&self, session: &Session) -> Result<Watched, Refusal> {
        let roster = &self.newest().roster;
        let standing = roster
            .standing_of(&session.account, &session.device)
            .map_err(Refusal::standing)?;
        let own = session.account.unit();
        let watches = standing.has(Role::Authority) || standing.has(Role::Audit);
        let mut units = if watches {
            Scope::of(roster, &own).into_units()
        } else {
            std::collections::HashSet::from([own.clone()])
        };
        units.extend(roster.predecessors(&own));
        Ok(Watched { units, watches })
    }
}

struct Watched {
    units: std::collections::HashSet<UnitCode>,
    /// Whether the account looks after others than its own unit.
    watches: bool,
}

impl Watched {
    fn has(&self, unit: &UnitCode) -> bool {
        self.units.contains(unit)
    }
}

fn deliveries(view: &dyn View, document: &Digest) -> Result<Vec<(UnitCode, DeliveryRow)>, Refusal> {
    let first = document.as_bytes().to_vec();
    let last = [document.as_bytes().as_slice(), &[0xff]].concat();
    let bounds = (
        Bound::Included(first.as_slice()),
        Bound::Included(last.as_slice()),
    );
    let rows = view.range(tables::DELIVERIES, bounds.0, bounds.1, DELIVERIES_MAX)?;
    let read = |(key, bytes): (Vec<u8>, Vec<u8>)| {
        let unit = tables::unit_of_delivery(&key).ok_or(Refusal::of(ErrorCode::STORE))?;
        Ok((unit, row(&bytes)?))
    };
    rows.into_iter().map(read).collect()
}

fn line(unit: UnitCode, delivery: DeliveryRow) -> ReceptionLine {
    ReceptionLine {
        unit,
        state: delivery.state,
        facts: delivery.facts,
        dispatched: delivery.dispatched,
        due: delivery.due,
        ended: delivery.ended,
        by: delivery.by,
        reason: delivery.reason,
    }
}

fn months(
    view: &dyn View,
    unit: &UnitCode,
    (from, until): (u32, u32),
) -> Result<Vec<(u32, Figures)>, Refusal> {
    let (first, last) = (tables::figures(unit, from), tables::figures(unit, until));
    let bounds = (
        Bound::Included(first.as_slice()),
        Bound::Included(last.as_slice()),
    );
    let rows = view.range(tables::FIGURES, bounds.0, bounds.1, MONTHS_MAX)?;
    let read = |(key, bytes): (Vec<u8>, Vec<u8>)| {
        let month = key.last_chunk::<4>().ok_or(Refusal::of(ErrorCode::STORE))?;
        Ok((u32::from_be_bytes(*month), row(&bytes)?))
    };
    rows.into_iter().map(read).collect()
}
