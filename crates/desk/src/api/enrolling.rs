//! Enrolling an account on the desk's computer, with the ticket that its person was handed.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yichuan_unit::keystore::{DeviceSecrets, Password};
use yichuan_unit::lang::within;
use yichuan_unit::office::Failed;
use yichuan_unit::office::enrol::{self, NewKeys};
use yichuan_unit::office::place::Place;
use yichuan_unit::ticket::TicketCode;

use super::session::opened;
use crate::desk::Desk;
use crate::entry::{Entered, Spoken};
use crate::problem::Problem;
use crate::seat::take_home;

/// A ticket, and the password that its account is to have.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TicketRedeemed)]
pub(crate) struct Redeemed {
    /// As it was handed over; blanks and hyphens do not matter.
    ticket: String,
    password: String,
    /// Whether the account's keystore that is here is set aside, for its password was forgotten.
    anew: bool,
}

/// Who can sign in now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EnrolledAccount)]
pub(crate) struct Enrolled {
    account: String,
    device: String,
    /// The log index.
    index: u64,
}

/// Enrols the account of a ticket on this computer
#[utoipa::path(post, path = "/api/v1/enrol", tag = "session", request_body = Redeemed,
    responses((status = 200, body = Enrolled)))]
pub(crate) async fn enrol(
    State(desk): State<Arc<Desk>>,
    Spoken(lang): Spoken,
    Entered(entered): Entered<Redeemed>,
) -> Result<Json<Enrolled>, Problem> {
    let code: TicketCode = entered.ticket.parse().map_err(|_| {
        Problem::unfit((
            "登记凭证抄写有误，请逐字核对",
            "that is no ticket, or it was mistyped",
        ))
    })?;
    let password = Password::new(entered.password);
    let folder = desk.home.clone();
    let runtime = tokio::runtime::Handle::current();
    let done = opened(&desk, move || {
        within(lang, || {
            let home = take_home(&folder)?;
            let place = Place::of(&home)?;
            let device = DeviceSecrets::of(home.folder()).map_err(Failed::from)?;
            let keys = NewKeys {
                on_token: None,
                anew: entered.anew,
            };
            let contact = place.contact(&home);
            let enrolled = enrol::enrol(&contact, &code, &password, &device, keys);
            Ok(runtime.block_on(enrolled)?)
        })
    });
    let done = done.await?;
    Ok(Json(Enrolled {
        account: done.account.to_string(),
        device: done.device.to_string(),
        index: done.index,
    }))
}
