//! The units that hold a wrap, and the wraps for them.

use yichuan_document::roster::Roster;
use yichuan_document::roster::record::Status;
use yichuan_document::wrap::{WRAP_SUITE_1, WRAPPED_KEY_BYTES, WrapList, XWING_ENC_BYTES};
use yichuan_document::{Timestamp, UnitCode, UnitRef};
use yichuan_wire::ErrorCode;

use crate::registry::Refusal;

/// Refuses holders that are not there, closed, or of another world than the unit that sends.
pub(in crate::registry) fn check_holders<'u>(
    roster: &Roster,
    sender: &UnitCode,
    holders: impl Iterator<Item = &'u UnitRef>,
) -> Result<(), Refusal> {
    let own = roster.unit(sender);
    for holder in holders {
        if holder.origin != *roster.origin() {
            return Err(Refusal::about(ErrorCode::UNKNOWN_UNIT, holder));
        }
        let unit = roster.unit(&holder.unit);
        let unit = unit.ok_or_else(|| Refusal::about(ErrorCode::UNKNOWN_UNIT, holder))?;
        if unit.status != Status::Active {
            return Err(Refusal::about(ErrorCode::CLOSED_UNIT, holder));
        }
        // What is written for practice never reaches an office, nor the other way round.
        if Some(unit.world) != own.as_ref().map(|own| own.world) {
            return Err(Refusal::about(ErrorCode::WORLD, holder));
        }
    }
    Ok(())
}

/// Refuses a wrap list that is not for these holders in their order, each under a key in force.
pub(in crate::registry) fn check_wrap_list<'u>(
    roster: &Roster,
    now: Timestamp,
    list: &WrapList,
    holders: impl Iterator<Item = &'u UnitRef>,
) -> Result<(), Refusal> {
    if !list.0.iter().map(|wrap| &wrap.unit).eq(holders) {
        return Err(Refusal::of(ErrorCode::WRAPS));
    }
    for wrap in &list.0 {
        let key = roster.unit_key(&wrap.unit.unit);
        let key = key.ok_or_else(|| Refusal::about(ErrorCode::NO_UNIT_KEY, &wrap.unit))?;
        let fits = wrap.suite == WRAP_SUITE_1
            && wrap.enc.len() == XWING_ENC_BYTES
            && wrap.ct.len() == WRAPPED_KEY_BYTES
            && key.admits(wrap.epoch, &wrap.key, now);
        if !fits {
            return Err(Refusal::about(ErrorCode::WRAPS, &wrap.unit));
        }
    }
    Ok(())
}
