//! Units, computers, accounts, people and tickets: opened or changed in one act.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use yichuan_document::PersonId;
use yichuan_document::roster::duty::PersonCard;
use yichuan_unit::authority::{
    Authority, AuthorityFailed, LookAlikes, Plan, PlannedAccount, PlannedDevice, PlannedTicket,
    PlannedUnit, person_card,
};

use super::{Outcome, Signed, Typed, at_authority, opened, signed};
use crate::desk::Desk;
use crate::entry::{Entered, Sitting};
use crate::problem::Problem;

/// A unit to be opened, renamed or moved.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnitEntered {
    code: String,
    /// As on paper.
    name: String,
    /// The code of the unit above it.
    parent: Option<String>,
    /// For practice only.
    #[serde(default)]
    training: bool,
}

/// A computer to be registered, or described anew.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeviceEntered {
    id: String,
    /// The person responsible for it.
    responsible: String,
    label: String,
    /// A code of `device_kinds`.
    kind: Option<String>,
    owner: Option<String>,
    place: Option<String>,
}

/// An account to be opened or changed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountEntered {
    id: String,
    person: String,
    post: String,
    /// Codes of roles.
    roles: Vec<String>,
    devices: Vec<String>,
    /// A code of `ceilings`; no limit of its own where it is not said.
    opens_up_to: Option<String>,
}

/// A ticket to be issued.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TicketEntered {
    account: String,
    device: String,
    valid_hours: u32,
    /// The unit's application, by its number.
    application: Option<String>,
}

/// A person's name and telephones.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersonEntered {
    id: String,
    name: String,
    office_phone: String,
    mobile: String,
}

/// What is to be opened or changed together.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Planned {
    #[serde(default)]
    units: Vec<UnitEntered>,
    #[serde(default)]
    devices: Vec<DeviceEntered>,
    #[serde(default)]
    accounts: Vec<AccountEntered>,
    #[serde(default)]
    tickets: Vec<TicketEntered>,
    #[serde(default)]
    people: Vec<PersonEntered>,
    /// The codes of units whose names may look like others': each was compared.
    #[serde(default)]
    look_alikes: Vec<String>,
}

/// The same, signed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanSigned {
    plan: Planned,
    /// The officer's password.
    #[schema(value_type = String)]
    password: Typed,
}

/// What a plan is made of, read.
struct Read {
    plan: Option<Plan>,
    people: Vec<(PersonId, PersonCard)>,
    renamed: Vec<(String, String)>,
}

/// What was typed into a field that may stay empty.
fn said(field: Option<String>) -> Option<String> {
    field.filter(|text| !text.trim().is_empty())
}

impl Planned {
    fn read(self) -> Result<Read, Problem> {
        let people = self.people.into_iter().map(|it| {
            let id = it.id.parse();
            let id = id.map_err(|why| Problem::entry(format!("{:?}: {why}", it.id)))?;
            Ok((id, person_card(it.name, it.office_phone, it.mobile)?))
        });
        let people = people.collect::<Result<Vec<_>, Problem>>()?;
        let renamed = self.units.iter();
        let renamed = renamed
            .map(|unit| (unit.code.clone(), unit.name.clone()))
            .collect();
        let mut plan = Plan::default();
        plan.unit
            .extend(self.units.into_iter().map(|it| PlannedUnit {
                code: it.code,
                name: it.name,
                parent: said(it.parent),
                training: it.training,
            }));
        plan.device
            .extend(self.devices.into_iter().map(|it| PlannedDevice {
                id: it.id,
                responsible: it.responsible,
                label: it.label,
                kind: said(it.kind),
                owner: said(it.owner),
                place: said(it.place),
            }));
        plan.account
            .extend(self.accounts.into_iter().map(|it| PlannedAccount {
                id: it.id,
                person: it.person,
                post: it.post,
                roles: it.roles,
                devices: it.devices,
                opens_up_to: said(it.opens_up_to),
            }));
        plan.ticket
            .extend(self.tickets.into_iter().map(|it| PlannedTicket {
                account: it.account,
                device: it.device,
                valid_hours: it.valid_hours,
                application: said(it.application),
            }));
        let is_empty = plan.unit.is_empty()
            && plan.device.is_empty()
            && plan.account.is_empty()
            && plan.ticket.is_empty();
        let compared = self.look_alikes.into_iter().collect();
        let plan = plan.with_look_alikes(LookAlikes::Of(compared));
        Ok(Read {
            plan: (!is_empty || people.is_empty()).then_some(plan),
            people,
            renamed,
        })
    }
}

impl Read {
    fn check(&self, authority: &Authority) -> Result<(), AuthorityFailed> {
        self.plan
            .as_ref()
            .map_or(Ok(()), |plan| authority.check_plan(plan))?;
        // What waits for other officers takes the next number, and nothing follows on it.
        let apart = self.plan.is_some() && !self.people.is_empty();
        if apart && authority.roster().quorum().others > 1 {
            return Err(AuthorityFailed::TooManyToCosign);
        }
        Ok(())
    }

    /// The seals of units that get another name.
    fn to_revoke(&self, authority: &Authority) -> Vec<String> {
        let mut seals = Vec::new();
        for (code, name) in &self.renamed {
            let Ok(code) = code.parse() else { continue };
            let before = authority.roster().unit(&code);
            if before.is_some_and(|before| before.name != *name) {
                seals.extend(authority.seals_of(&code).iter().map(ToString::to_string));
            }
        }
        seals
    }
}

/// Judges what is to be opened or changed, before anybody types a password
#[utoipa::path(post, path = "/api/v1/authority/plan/check", tag = "authority",
    request_body = Planned, responses((status = 204)))]
pub(crate) async fn check(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
    Entered(planned): Entered<Planned>,
) -> Result<StatusCode, Problem> {
    let read = planned.read()?;
    let judged = at_authority(desk, &sitting, async move |at, folder| {
        Ok(read.check(&opened(at, folder)?)?)
    });
    judged.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Opens or changes units, computers, accounts and people, and issues tickets, which are shown once
#[utoipa::path(post, path = "/api/v1/authority/plan", tag = "authority",
    request_body = PlanSigned, responses((status = 200, body = Signed)))]
pub(crate) async fn sign(
    State(desk): State<Arc<Desk>>,
    sitting: Sitting,
    Entered(entered): Entered<PlanSigned>,
) -> Result<Json<Signed>, Problem> {
    let read = entered.plan.read()?;
    signed(
        desk,
        &sitting,
        entered.password,
        move |authority, password| {
            // All of it is judged before any of it is signed.
            read.check(authority)?;
            let mut outcome = Outcome {
                to_revoke: read.to_revoke(authority),
                ..Outcome::default()
            };
            if !read.people.is_empty() {
                let people = authority.enter_people(&read.people, password)?;
                outcome.acts.push(people);
            }
            if let Some(plan) = &read.plan {
                let (acts, tickets) = authority.carry_out(plan, password)?;
                outcome.acts.extend(acts);
                outcome.tickets = tickets;
            }
            Ok(outcome)
        },
    )
    .await
}
