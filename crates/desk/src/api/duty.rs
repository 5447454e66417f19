//! The duty roster (值班表): who is there now, and the roster as the unit has written it.

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yichuan_unit::office::Failed;
use yichuan_unit::office::duty::{DutyRoster, OnDuty, WrittenAbsence, WrittenRoster, WrittenShift};

use super::acts::recorded;
use crate::entry::{Entered, Sitting};
use crate::problem::Problem;
use crate::words::{Recorded, Time};

/// A duty roster.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DutyRoster)]
pub(crate) struct Roster {
    /// Of several shifts that fit an hour the first one counts; named dates go before other days.
    shifts: Vec<Shift>,
    away: Vec<Away>,
}

/// A shift.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DutyShift)]
pub(crate) struct Shift {
    name: String,
    /// `workdays`, `restdays`, `every`, weekdays such as `mon`, or dates such as 2026-10-01 or
    /// 2026-10-01..2026-10-03.
    days: Vec<String>,
    /// Such as `18:00-08:30`.
    hours: String,
    /// Accounts, or names.
    on: Vec<String>,
    #[serde(default)]
    substitutes: Vec<String>,
}

/// Somebody who is away.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DutyAway)]
pub(crate) struct Away {
    who: String,
    /// A day, or two with `..` between them.
    days: String,
}

/// The duty roster and who is on duty.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Duty {
    /// None where there is none yet.
    roster: Option<Roster>,
    now: Time,
    /// The shift; empty where nobody is on duty.
    shift: String,
    people: Vec<String>,
    /// Whether they stand in for others.
    stand_in: bool,
}

impl Roster {
    fn of(written: WrittenRoster) -> Self {
        let shift = |it: WrittenShift| Shift {
            name: it.name,
            days: it.days,
            hours: it.hours,
            on: it.on,
            substitutes: it.substitutes,
        };
        let away = |it: WrittenAbsence| Away {
            who: it.who,
            days: it.days,
        };
        Self {
            shifts: written.shift.into_iter().map(shift).collect(),
            away: written.away.into_iter().map(away).collect(),
        }
    }

    fn written(self) -> WrittenRoster {
        let shift = |it: Shift| WrittenShift {
            name: it.name,
            days: it.days,
            hours: it.hours,
            on: it.on,
            substitutes: it.substitutes,
        };
        let away = |it: Away| WrittenAbsence {
            who: it.who,
            days: it.days,
        };
        WrittenRoster {
            shift: self.shifts.into_iter().map(shift).collect(),
            away: self.away.into_iter().map(away).collect(),
        }
    }
}

/// Who is on duty, and the duty roster
#[utoipa::path(get, path = "/api/v1/duty", tag = "staff",
    responses((status = 200, body = Duty)))]
pub(crate) async fn duty(sitting: Sitting) -> Result<Json<Duty>, Problem> {
    let done = sitting.act(async |at| {
        let session = at.session().await?;
        let text = session.duty_text().await?;
        let now = yichuan_unit::now();
        let policy = session.mirror.roster().policy();
        let parsed = text.as_deref().map(DutyRoster::parse).transpose();
        let parsed = parsed.map_err(Failed::Duty)?;
        let on = parsed.map_or_else(OnDuty::default, |it| it.at(now, policy.as_ref()));
        Ok(Duty {
            roster: text
                .as_deref()
                .and_then(WrittenRoster::read)
                .map(Roster::of),
            now: now.into(),
            shift: on.shift,
            people: on.people,
            stand_in: on.stand_in,
        })
    });
    Ok(Json(done.await?))
}

/// Puts a duty roster in place of the last one
#[utoipa::path(put, path = "/api/v1/duty", tag = "staff", request_body = Roster,
    responses((status = 200, body = Recorded)))]
pub(crate) async fn set(
    sitting: Sitting,
    Entered(roster): Entered<Roster>,
) -> Result<Json<Recorded>, Problem> {
    let text = roster.written().to_text();
    let done = sitting.act(async move |at| {
        let (index, entry) = at.session().await?.set_duty(&text).await?;
        recorded(at, (index, entry.time)).await
    });
    Ok(Json(done.await?))
}
