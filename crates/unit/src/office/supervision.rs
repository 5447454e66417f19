//! Supervision (督查, Art. 5): what the exchange says of receptions, figures and newest documents,
//! and the same figures folded anew from the log.
//!
//! What the exchange says here is a claim of its own: read into types and held against the
//! question, but proven by nothing. [`compare`] proves it, for who may audit.

pub mod circular;
pub mod compare;
pub mod fold;
pub mod meant;
pub mod period;
pub mod statistics;
pub mod tally;

use yichuan_document::manifest::RecipientRole;
use yichuan_document::roster::Roster;
use yichuan_document::roster::record::Unit;
use yichuan_document::{Digest, UnitCode};
use yichuan_wire::ErrorCode;
use yichuan_wire::figures::{
    DocumentLine, DocumentsOf, Figures, FiguresOf, ROWS_PER_ANSWER_MAX, ReceptionTable,
};
use yichuan_wire::message::{Answer, Ask};

use self::period::Period;
use super::failed::Failed;
use super::session::Session;
use crate::link::LinkFailed;

/// The figures of one unit and month, as the exchange says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonthOfUnit {
    /// The unit.
    pub unit: UnitCode,
    /// Year × 100 + month.
    pub month: u32,
    /// Its figures.
    pub figures: Figures,
}

/// The reception table of a document, with how each unit was addressed where that is known.
#[derive(Clone, Debug)]
pub struct Reception {
    /// What the exchange says.
    pub table: ReceptionTable,
    /// 主送 or 抄送, by unit. Empty for who is no party of the document.
    pub addressed: Vec<(UnitCode, RecipientRole)>,
}

impl Session {
    /// How large the log is at least when a question of now is answered.
    pub fn log_size(&self) -> u64 {
        self.mirror.seen().map_or(0, |seen| seen.size)
    }

    /// The state of every delivery of the document with this manifest that the account may see.
    pub async fn reception(&self, document: Digest) -> Result<Reception, Failed> {
        let asked = self.link.ask(Ask::Reception(document)).await?;
        let Answer::Reception(table) = asked else {
            return Err(Failed::Protocol);
        };
        let rises = |two: &[yichuan_wire::figures::ReceptionLine]| {
            two[0].unit.as_str() < two[1].unit.as_str()
        };
        if table.about.manifest != document || !table.lines.windows(2).all(rises) {
            return Err(Failed::Protocol);
        }
        let addressed = match self.manifest(document).await {
            Ok(manifest) => manifest.recipients.clone(),
            Err(Failed::Link(LinkFailed::Refused(refused)))
                if refused.code == ErrorCode::UNKNOWN_DOCUMENT =>
            {
                Vec::new()
            }
            Err(other) => return Err(other),
        };
        let addressed = addressed.into_iter();
        Ok(Reception {
            table,
            addressed: addressed.map(|it| (it.unit.unit, it.role)).collect(),
        })
    }

    /// The figures of a period by unit and month, the own unit's, or with `below` those of all
    /// units that the account supervises or audits.
    pub async fn figures(
        &self,
        period: Period,
        below: bool,
        seen: &mut dyn FnMut(u64),
    ) -> Result<Vec<MonthOfUnit>, Failed> {
        let mut rows: Vec<MonthOfUnit> = Vec::new();
        let mut after: Option<UnitCode> = None;
        loop {
            let asked = Ask::Figures(FiguresOf {
                from: period.from,
                until: period.until,
                after: after.clone(),
                below,
            });
            let Answer::Figures(page) = self.link.ask(asked).await? else {
                return Err(Failed::Protocol);
            };
            seen(page.rows.len() as u64);
            for row in &page.rows {
                let figures = row.read().map_err(|_| Failed::Protocol)?;
                let row = MonthOfUnit {
                    unit: row.unit.clone(),
                    month: row.month,
                    figures,
                };
                if !period.has(row.month) || !rows.last().is_none_or(|last| follows(last, &row)) {
                    return Err(Failed::Protocol);
                }
                rows.push(row);
            }
            let Some(next) = page.next else {
                return Ok(rows);
            };
            // Pages only go on; one that does not would be asked for without end.
            if after.is_some_and(|after| next.as_str() <= after.as_str()) {
                return Err(Failed::Protocol);
            }
            after = Some(next);
        }
    }

    /// The newest documents of the own unit, at most `count`.
    pub async fn newest_documents(
        &self,
        received: bool,
        count: u32,
        seen: &mut dyn FnMut(u64),
    ) -> Result<Vec<DocumentLine>, Failed> {
        let mut lines: Vec<DocumentLine> = Vec::new();
        let mut before = None;
        loop {
            let left = count.saturating_sub(u32::try_from(lines.len()).unwrap_or(u32::MAX));
            if left == 0 {
                return Ok(lines);
            }
            let asked = Ask::Documents(DocumentsOf {
                received,
                before,
                count: left.min(ROWS_PER_ANSWER_MAX),
            });
            let Answer::Documents(page) = self.link.ask(asked).await? else {
                return Err(Failed::Protocol);
            };
            seen(page.lines.len() as u64);
            for line in page.lines {
                if lines.last().is_some_and(|last| line.index >= last.index) {
                    return Err(Failed::Protocol);
                }
                lines.push(line);
            }
            lines.truncate(count as usize);
            match page.next {
                Some(next) if before.is_none_or(|before| next < before) => before = Some(next),
                Some(_) => return Err(Failed::Protocol),
                None => return Ok(lines),
            }
        }
    }
}

/// Rows come by unit, then month, each once.
fn follows(last: &MonthOfUnit, row: &MonthOfUnit) -> bool {
    (last.unit.as_str(), last.month) < (row.unit.as_str(), row.month)
}

/// What a unit is called; its code where the roster does not know it.
pub fn name_of(roster: &Roster, unit: &UnitCode) -> String {
    let known = roster.unit(unit);
    known.map_or_else(|| unit.to_string(), |unit| unit.name)
}

/// A unit and all that stand below it by the roster of now, closed ones too.
pub fn at_or_below(roster: &Roster, top: &UnitCode) -> Vec<UnitCode> {
    let all: Vec<(UnitCode, Option<UnitCode>)> = roster
        .all::<Unit>()
        .filter_map(|(code, unit)| Some((code.parse().ok()?, unit.parent)))
        .collect();
    let mut found = vec![top.clone()];
    let mut next = 0;
    while let Some(above) = found.get(next).cloned() {
        let below = all
            .iter()
            .filter(|(code, parent)| parent.as_ref() == Some(&above) && !found.contains(code));
        let below: Vec<UnitCode> = below.map(|(code, _)| code.clone()).collect();
        found.extend(below);
        next += 1;
    }
    found
}
