//! Many records at once, from a TOML file: an office with its people and computers.

use std::path::PathBuf;

use serde::Deserialize;
use yichuan_document::roster::CHANGES_MAX;
use yichuan_document::roster::act::{ACT_PLAN_CARRIED_OUT, Change};
use yichuan_document::roster::record::{Account, Device, Role, Status, Ticket, Unit};
use yichuan_document::signed::SlotRole;
use yichuan_document::{AccountId, DeviceId};

use super::{Authority, AuthorityFailed};
use crate::keystore::Password;
use crate::ticket::TicketCode;

/// What a plan holds.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    #[serde(default)]
    unit: Vec<PlannedUnit>,
    #[serde(default)]
    device: Vec<PlannedDevice>,
    #[serde(default)]
    account: Vec<PlannedAccount>,
    #[serde(default)]
    ticket: Vec<PlannedTicket>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlannedUnit {
    code: String,
    name: String,
    parent: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlannedDevice {
    id: String,
    responsible: String,
    label: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlannedAccount {
    id: String,
    person: String,
    post: String,
    roles: Vec<String>,
    devices: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlannedTicket {
    account: String,
    device: String,
    #[serde(default = "valid_hours")]
    valid_hours: u32,
}

const fn valid_hours() -> u32 {
    72
}

/// A ticket, to be handed over once.
pub struct IssuedTicket {
    /// The account that it enrols.
    pub account: AccountId,
    /// The computer on which it does.
    pub device: DeviceId,
    /// The secret.
    pub code: TicketCode,
}

impl Plan {
    /// Reads a plan; unknown keys are refused by name.
    pub fn read(text: &str) -> Result<Self, AuthorityFailed> {
        toml::from_str(text).map_err(|error| AuthorityFailed::Plan(error.to_string()))
    }

    fn changes(&self) -> Result<(Vec<Change>, Vec<IssuedTicket>), AuthorityFailed> {
        let mut changes = Vec::new();
        for unit in &self.unit {
            let parent = unit.parent.as_deref().map(parse).transpose()?;
            let record = Unit {
                name: unit.name.clone(),
                parent,
                status: Status::Active,
                successor: None,
            };
            changes.push(Change::put(&unit.code, &record));
        }
        for device in &self.device {
            let record = Device {
                responsible: parse(&device.responsible)?,
                label: device.label.clone(),
                status: Status::Active,
            };
            changes.push(Change::put(&device.id, &record));
        }
        for account in &self.account {
            changes.push(Change::put(&account.id, &account.record()?));
        }
        let mut tickets = Vec::new();
        for ticket in &self.ticket {
            let code = TicketCode::generate(&mut crate::chance()?);
            let (account, device): (AccountId, DeviceId) =
                (parse(&ticket.account)?, parse(&ticket.device)?);
            let record = Ticket {
                key: code.key().public(),
                account: account.clone(),
                device: device.clone(),
                expires: crate::now().plus_ms(u64::from(ticket.valid_hours) * 3_600_000),
                used_by: None,
            };
            changes.push(Change::put(code.id().as_str(), &record));
            tickets.push(IssuedTicket {
                account,
                device,
                code,
            });
        }
        Ok((changes, tickets))
    }
}

impl PlannedAccount {
    fn record(&self) -> Result<Account, AuthorityFailed> {
        let unknown = |role: &String| AuthorityFailed::Plan(format!("role {role:?} is unknown"));
        let mut roles = Vec::new();
        for role in &self.roles {
            roles.push(Role::parse(role).ok_or_else(|| unknown(role))?);
        }
        roles.sort_unstable();
        let mut devices: Vec<DeviceId> = self
            .devices
            .iter()
            .map(|device| parse(device))
            .collect::<Result<_, _>>()?;
        devices.sort_unstable();
        Ok(Account {
            roles,
            person: parse(&self.person)?,
            post: self.post.clone(),
            devices,
            status: Status::Active,
        })
    }
}

fn parse<T>(text: &str) -> Result<T, AuthorityFailed>
where
    T: std::str::FromStr<Err = yichuan_document::name::BadName>,
{
    text.parse()
        .map_err(|why: yichuan_document::name::BadName| {
            AuthorityFailed::Plan(format!("{text:?}: {why}"))
        })
}

impl Authority {
    /// Signs a plan, in as many statements as it takes, and gives the tickets out.
    pub fn carry_out(
        &mut self,
        plan: &Plan,
        password: &Password,
    ) -> Result<(Vec<PathBuf>, Vec<IssuedTicket>), AuthorityFailed> {
        let (changes, tickets) = plan.changes()?;
        let officer = self.key("officer", password)?;
        let mut files = Vec::new();
        let mut rest = changes.as_slice();
        while !rest.is_empty() {
            let count = fitting(rest);
            let (now, later) = rest.split_at(count);
            let act = ACT_PLAN_CARRIED_OUT;
            files.push(self.sign(SlotRole::Officer, &officer, act, now.to_vec(), Vec::new())?);
            rest = later;
        }
        Ok((files, tickets))
    }
}

/// How many records fit into one statement, which has to stay within an entry.
fn fitting(changes: &[Change]) -> usize {
    const BYTES: usize = 12 << 10;
    let mut bytes = 0;
    let fits = |change: &&Change| {
        bytes += change.record.len() + change.id.len() + 16;
        bytes <= BYTES
    };
    changes
        .iter()
        .take(CHANGES_MAX)
        .take_while(fits)
        .count()
        .max(1)
}
