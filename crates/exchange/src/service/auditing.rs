//! What an auditor reads: every entry that concerns the own unit or one below it, and the roster.
//! No key is needed for it, and nothing secret stands in it.

use std::collections::HashSet;
use std::ops::Bound;

use yichuan_document::roster::Roster;
use yichuan_document::roster::record::{Role, Unit};
use yichuan_document::{Digest, UnitCode};
use yichuan_evidence::entry::Entry;
use yichuan_store::View;
use yichuan_wire::ErrorCode;
use yichuan_wire::message::Entries;

use super::Office;
use super::reading::readers;
use crate::net::Session;
use crate::registry::{Refusal, row};
use crate::tables::{self, DocumentRow};

/// How many entries are looked at for one answer.
const WINDOW: u64 = 4_096;
/// The most deliveries of a document (protocol rule 3).
const DELIVERIES_MAX: usize = 1_000;

impl Office {
    /// A page of what the auditor of a unit may read; the page says where to go on.
    pub(super) fn audit(&self, session: &Session, from: u64) -> Result<Entries, Refusal> {
        let (newest, view) = (self.newest(), self.view()?);
        let standing = newest
            .roster
            .standing_of(&session.account, &session.device)
            .map_err(Refusal::standing)?;
        standing.require(Role::Audit).map_err(Refusal::standing)?;
        let scope = Scope::of(&newest.roster, &session.account.unit());
        let end = from.saturating_add(WINDOW).min(newest.size);
        let mut readable = Vec::new();
        for index in from..end {
            if scope.reads(view.as_ref(), index)? {
                readable.push(index);
            }
        }
        let mut page = self.page(&newest, view.as_ref(), readable.into_iter())?;
        if page.next.is_none() && end < newest.size {
            page.next = Some(end);
        }
        Ok(page)
    }
}

/// The units that an auditor looks after.
pub(super) struct Scope {
    units: HashSet<UnitCode>,
}

impl Scope {
    /// A unit and all below it, closed ones too.
    pub(super) fn of(roster: &Roster, top: &UnitCode) -> Self {
        let all: Vec<(UnitCode, Option<UnitCode>)> = roster
            .all::<Unit>()
            .filter_map(|(code, unit)| Some((code.parse().ok()?, unit.parent)))
            .collect();
        let mut units = HashSet::from([top.clone()]);
        // Every round adds what is below; a tree is at most as deep as it has units.
        loop {
            let below = all.iter().filter(|(code, parent)| {
                let known = parent.as_ref().is_some_and(|parent| units.contains(parent));
                known && !units.contains(code)
            });
            let below: Vec<UnitCode> = below.map(|(code, _)| code.clone()).collect();
            if below.is_empty() {
                return Self { units };
            }
            units.extend(below);
        }
    }

    /// The units.
    pub(super) fn into_units(self) -> HashSet<UnitCode> {
        self.units
    }

    fn reads(&self, view: &dyn View, index: u64) -> Result<bool, Refusal> {
        let bytes = view.get(tables::ENTRIES, &tables::index(index))?;
        let bytes = bytes.ok_or(Refusal::of(ErrorCode::STORE))?;
        let entry = Entry::read(&bytes).map_err(|_| Refusal::of(ErrorCode::STORE))?;
        if entry.kind.is_roster() {
            return Ok(true);
        }
        let readers = readers(view, index)?;
        let of_unit =
            |unit: &Option<UnitCode>| unit.as_ref().is_some_and(|unit| self.units.contains(unit));
        if of_unit(&readers.owner) || of_unit(&readers.recipient) {
            return Ok(true);
        }
        match readers.document {
            Some(document) => self.has_part(view, &document, readers.recipient.is_none()),
            None => Ok(false),
        }
    }

    /// Whether a unit of the scope issues the document, or receives what all recipients see.
    fn has_part(&self, view: &dyn View, document: &Digest, for_all: bool) -> Result<bool, Refusal> {
        let bytes = view.get(tables::DOCUMENTS, document.as_bytes())?;
        let document_row: DocumentRow = row(&bytes.ok_or(Refusal::of(ErrorCode::STORE))?)?;
        let mut issuers = document_row.issuers.iter();
        if issuers.any(|issuer| self.units.contains(&issuer.unit)) {
            return Ok(true);
        }
        if !for_all {
            return Ok(false);
        }
        let first = document.as_bytes().to_vec();
        let last = [document.as_bytes().as_slice(), &[0xff]].concat();
        let rows = view.range(
            tables::DELIVERIES,
            Bound::Included(&first),
            Bound::Included(&last),
            DELIVERIES_MAX,
        )?;
        let recipient = |key: &[u8]| {
            let unit = core::str::from_utf8(key.get(32..)?).ok()?;
            unit.parse::<UnitCode>().ok()
        };
        Ok(rows
            .iter()
            .any(|(key, _)| recipient(key).is_some_and(|unit| self.units.contains(&unit))))
    }
}
