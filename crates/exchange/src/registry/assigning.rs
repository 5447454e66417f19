//! Need to know inside a receiving unit: who of it may open which document.

use yichuan_document::roster::Roster;
use yichuan_document::roster::record::{Role, Status};
use yichuan_document::statement::Assignment;
use yichuan_document::{AccountId, Digest, UnitCode, cbor};
use yichuan_evidence::entry::EntryKind;
use yichuan_store::StoreError;
use yichuan_wire::ErrorCode;

use super::documents::document;
use super::draft::{Decision, Draft, NewEntry};
use super::prepare::Prepared;
use super::refusal::{self, Refusal, row};
use crate::tables::{self, AssignmentRow};

/// What an assignment answers with where it keeps somebody out.
pub const NOT_ASSIGNED: &str = "未指定该帐号 / not assigned to this account";

/// A unit names who of it may open a document that it received. Whoever receives for the unit may
/// make the first assignment; a later one is for the manager, or for somebody whom the one in
/// force names: nobody lets himself in.
pub(super) fn assign(
    draft: &Draft<'_>,
    request: &Prepared,
    body: &Assignment,
) -> Result<Decision, Refusal> {
    refusal::no_attachments(request)?;
    let standing = request.standing();
    if !standing.has(Role::Manage) {
        standing.require(Role::Receive).map_err(Refusal::standing)?;
    }
    if !body.is_well_formed() {
        return Err(Refusal::of(ErrorCode::MALFORMED));
    }
    let (unit, roster) = (request.unit(), draft.roster());
    let document = document(draft, &body.about)?;
    let manifest = document.about.manifest;
    if !receives(draft, unit, &manifest)? {
        return Err(Refusal::of(ErrorCode::UNKNOWN_DOCUMENT));
    }
    let stands = |id: &&AccountId| {
        let account = roster.account(id);
        id.unit() == *unit && account.is_some_and(|account| account.status == Status::Active)
    };
    if let Some(other) = body.accounts.iter().find(|id| !stands(id)) {
        return Err(Refusal::about(ErrorCode::NOT_ALLOWED, other));
    }
    let get = |key: &[u8]| draft.get(tables::ASSIGNMENTS, key);
    let before = in_force(get, roster, unit, &manifest)?;
    let own = before.as_ref().filter(|(of, _)| of == unit);
    if own.map(|(_, row)| row.statement) != body.previous {
        return Err(Refusal::of(ErrorCode::STALE));
    }
    let named = before
        .as_ref()
        .is_none_or(|(_, row)| row.accounts.contains(standing.id()));
    if !named && !standing.has(Role::Manage) {
        return Err(Refusal::about(ErrorCode::NEED_TO_KNOW, NOT_ASSIGNED));
    }
    let row = AssignmentRow {
        statement: request.digest(),
        accounts: body.accounts.clone(),
    };
    // It is the unit's own affair: the issuers are told nothing of it.
    let entry = NewEntry::of(EntryKind::Assignment, request.signed(), Vec::new());
    let mut decision = Decision::new(entry.owned_by(unit));
    let key = tables::delivery(&manifest, unit);
    decision.put(tables::ASSIGNMENTS, key, cbor::to_vec(&row));
    decision.announce(0, unit.clone());
    Ok(decision)
}

/// Whether the unit has a delivery of the document, or has taken over the work of one that had.
fn receives(draft: &Draft<'_>, unit: &UnitCode, manifest: &Digest) -> Result<bool, Refusal> {
    for unit in with_predecessors(draft.roster(), unit) {
        let key = tables::delivery(manifest, &unit);
        if draft.get(tables::DELIVERIES, &key)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn with_predecessors(roster: &Roster, unit: &UnitCode) -> Vec<UnitCode> {
    let mut units = vec![unit.clone()];
    units.extend(roster.predecessors(unit));
    units
}

/// The assignment in force for a unit, and whose it is: the own one, or else that of a unit whose
/// work it has taken over, which names nobody of this one, so that its manager assigns anew.
pub fn in_force(
    get: impl Fn(&[u8]) -> Result<Option<Vec<u8>>, StoreError>,
    roster: &Roster,
    unit: &UnitCode,
    manifest: &Digest,
) -> Result<Option<(UnitCode, AssignmentRow)>, Refusal> {
    for unit in with_predecessors(roster, unit) {
        if let Some(bytes) = get(&tables::delivery(manifest, &unit))? {
            return Ok(Some((unit, row(&bytes)?)));
        }
    }
    Ok(None)
}

/// Refuses an account that the assignment in force does not name.
pub(super) fn require_named(
    draft: &Draft<'_>,
    request: &Prepared,
    manifest: &Digest,
) -> Result<(), Refusal> {
    let get = |key: &[u8]| draft.get(tables::ASSIGNMENTS, key);
    let assigned = in_force(get, draft.roster(), request.unit(), manifest)?;
    let account = request.standing().id();
    match assigned {
        Some((_, row)) if !row.accounts.contains(account) => {
            Err(Refusal::about(ErrorCode::NEED_TO_KNOW, NOT_ASSIGNED))
        }
        _ => Ok(()),
    }
}
