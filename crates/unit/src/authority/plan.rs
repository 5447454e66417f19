//! Many records at once, from a TOML file: an office with its people and computers.

use serde::Deserialize;
use yichuan_document::level::Ceiling;
use yichuan_document::roster::act::{
    ACT_ACCOUNT_CHANGED, ACT_ACCOUNT_OPENED, ACT_DEVICE_ENROLLED, ACT_PLAN_CARRIED_OUT,
    ACT_TICKET_ISSUED, ACT_UNIT_OPENED, ACT_UNIT_RENAMED, Change,
};
use yichuan_document::roster::record::{
    Account, Device, DeviceKind, Role, Status, Ticket, Unit, World,
};
use yichuan_document::roster::{CHANGES_MAX, Roster, RosterRefused};
use yichuan_document::signed::SlotRole;
use yichuan_document::{AccountId, DeviceId, Digest};

use super::look_alike::{LookAlikes, look_alikes};
use super::{Authority, AuthorityFailed, SignedAct};
use crate::keystore::Password;
use crate::ticket::TicketCode;

/// What a plan holds.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Units to be opened, renamed or moved.
    #[serde(default)]
    pub unit: Vec<PlannedUnit>,
    /// Computers to be registered or described anew.
    #[serde(default)]
    pub device: Vec<PlannedDevice>,
    /// Accounts to be opened or changed.
    #[serde(default)]
    pub account: Vec<PlannedAccount>,
    /// Tickets to be issued.
    #[serde(default)]
    pub ticket: Vec<PlannedTicket>,
    /// Which names may look like other units' names: never said by a file.
    #[serde(skip)]
    look_alikes: LookAlikes,
}

/// A unit to be opened, or to be renamed or moved.
#[derive(Debug, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct PlannedUnit {
    /// 单位代码 · its code, such as 513200-zfb
    #[arg(long)]
    pub code: String,
    /// 单位名称 · its name, as on paper
    #[arg(long)]
    pub name: String,
    /// 上级单位代码 · the unit above it
    #[arg(long)]
    pub parent: Option<String>,
    /// 演练单位：与正式单位之间不得传输 · for practice; it and real units never send to each other
    #[arg(long)]
    #[serde(default)]
    pub training: bool,
}

/// A computer to be registered (Art. 18).
#[derive(Debug, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct PlannedDevice {
    /// 设备编号 · its id, such as 513200-zfb-pc01
    #[arg(long)]
    pub id: String,
    /// 责任人 · the person responsible for it, such as p-zhang3
    #[arg(long)]
    pub responsible: String,
    /// 说明 · what it is and where it stands
    #[arg(long)]
    pub label: String,
    /// 类别：dedicated 专用机、desktop 台式机、portable 便携机、server 服务器 · what it is
    #[arg(long)]
    pub kind: Option<String>,
    /// 产权单位 · whose property it is
    #[arg(long)]
    pub owner: Option<String>,
    /// 放置地点 · where it stands
    #[arg(long)]
    pub place: Option<String>,
}

/// An account to be opened or changed.
#[derive(Debug, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct PlannedAccount {
    /// 帐号 · its id, such as 513200-zfb-fs01
    #[arg(long)]
    pub id: String,
    /// 人员 · whose it is, such as p-zhang3
    #[arg(long)]
    pub person: String,
    /// 职务 · the post
    #[arg(long)]
    pub post: String,
    /// 角色 · what it may do: send,receive,approve,seal,manage,archive,audit
    #[arg(long, required = true, value_delimiter = ',')]
    pub roles: Vec<String>,
    /// 可用设备 · the computers on which it may be used
    #[arg(long, required = true, value_delimiter = ',')]
    pub devices: Vec<String>,
    /// 可打开的最高密级，缺省不另限制 · the highest level it may open: public, internal, secret
    #[arg(long, value_name = "LEVEL")]
    #[serde(default)]
    pub opens_up_to: Option<String>,
}

/// A ticket to be issued.
#[derive(Debug, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub struct PlannedTicket {
    /// The account that it enrols; on the command line every command takes it.
    #[arg(skip)]
    pub account: String,
    /// 设备 · the computer on which it does
    #[arg(long)]
    pub device: String,
    /// 有效小时数 · for how many hours
    #[arg(long, default_value_t = valid_hours())]
    #[serde(default = "valid_hours")]
    pub valid_hours: u32,
    /// 单位的申请编号 · the unit's application, by its number
    #[arg(long)]
    pub application: Option<String>,
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

/// The most bytes of a plan.
pub const PLAN_BYTES_MAX: u64 = 1 << 20;

impl Plan {
    /// Reads a plan; unknown keys are refused by name.
    pub fn read(text: &str) -> Result<Self, AuthorityFailed> {
        toml::from_str(text).map_err(|error| AuthorityFailed::Plan(error.to_string()))
    }

    /// The plan, in which names may look like other units': whoever says so has compared them.
    #[must_use]
    pub fn with_look_alikes(self, allowed: impl Into<LookAlikes>) -> Self {
        Self {
            look_alikes: allowed.into(),
            ..self
        }
    }

    /// Refuses the first name that a reader would take for another unit's (attack G3).
    fn refuse_look_alikes(&self, roster: &Roster) -> Result<(), AuthorityFailed> {
        let planned = self.unit.iter().map(PlannedUnit::named);
        let alike = look_alikes(roster, planned.clone());
        let mut found = planned
            .zip(alike)
            .filter(|((code, _), _)| !self.look_alikes.allows(code));
        match found.find_map(|((code, _), other)| Some((code, other?))) {
            Some((code, other)) => Err(AuthorityFailed::LookAlike {
                code: code.to_owned(),
                other,
            }),
            None => Ok(()),
        }
    }

    /// What carrying it out is, as a code: for a single record its own, else a plan's.
    fn act(&self, roster: &Roster) -> u16 {
        let known = |id: &str, old: u16, new: u16| {
            let unit = id.parse().ok().and_then(|id| roster.unit(&id)).is_some();
            let account = id.parse().ok().and_then(|id| roster.account(&id)).is_some();
            if unit || account { old } else { new }
        };
        let (units, devices) = (self.unit.as_slice(), self.device.as_slice());
        let (accounts, tickets) = (self.account.as_slice(), self.ticket.as_slice());
        match (units, devices, accounts, tickets) {
            ([unit], [], [], []) => known(&unit.code, ACT_UNIT_RENAMED, ACT_UNIT_OPENED),
            ([], [_], [], []) => ACT_DEVICE_ENROLLED,
            ([], [], [one], []) => known(&one.id, ACT_ACCOUNT_CHANGED, ACT_ACCOUNT_OPENED),
            ([], [], [], [_]) => ACT_TICKET_ISSUED,
            _ => ACT_PLAN_CARRIED_OUT,
        }
    }

    /// The records of the plan. What is there keeps its state: a locked account is not unlocked
    /// by another post.
    fn changes(
        &self,
        roster: &Roster,
    ) -> Result<(Vec<Change>, Vec<IssuedTicket>), AuthorityFailed> {
        let mut changes = Vec::new();
        for unit in &self.unit {
            let parent = unit.parent.as_deref().map(parse).transpose()?;
            let before = roster.unit(&parse(&unit.code)?);
            let record = Unit {
                name: unit.name.clone(),
                parent,
                status: before.as_ref().map_or(Status::Active, |unit| unit.status),
                successor: before.as_ref().and_then(|unit| unit.successor.clone()),
                world: match &before {
                    Some(unit) => unit.world,
                    None => unit.training.then_some(World::Training),
                },
            };
            changes.push(Change::put(&unit.code, &record));
        }
        for device in &self.device {
            let before = roster.device(&parse(&device.id)?);
            let record = Device {
                responsible: parse(&device.responsible)?,
                label: device.label.clone(),
                status: before.as_ref().map_or(Status::Active, |it| it.status),
                kind: device.kind()?.or(before.as_ref().and_then(|it| it.kind)),
                owner: device
                    .owner
                    .clone()
                    .or(before.as_ref().and_then(|it| it.owner.clone())),
                place: device.place.clone().or(before.and_then(|it| it.place)),
            };
            changes.push(Change::put(&device.id, &record));
        }
        for account in &self.account {
            let before = roster.account(&parse(&account.id)?);
            let record = account.record(before.as_ref())?;
            changes.push(Change::put(&account.id, &record));
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
                application: ticket.application()?,
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

impl PlannedDevice {
    fn kind(&self) -> Result<Option<DeviceKind>, AuthorityFailed> {
        let unknown = |kind: &String| AuthorityFailed::Plan(format!("kind {kind:?} is unknown"));
        let parse = |kind: &String| DeviceKind::parse(kind).ok_or_else(|| unknown(kind));
        self.kind.as_ref().map(parse).transpose()
    }
}

impl PlannedUnit {
    /// A unit of an imported list.
    pub(super) const fn new(code: String, name: String, parent: Option<String>) -> Self {
        Self {
            code,
            name,
            parent,
            training: false,
        }
    }

    fn named(&self) -> (&str, &str) {
        (&self.code, &self.name)
    }
}

impl PlannedAccount {
    fn record(&self, before: Option<&Account>) -> Result<Account, AuthorityFailed> {
        let unknown = |role: &String| AuthorityFailed::Plan(format!("role {role:?} is unknown"));
        let mut roles = Vec::new();
        for role in &self.roles {
            roles.push(Role::parse(role).ok_or_else(|| unknown(role))?);
        }
        roles.sort_unstable();
        roles.dedup();
        let mut devices: Vec<DeviceId> = self
            .devices
            .iter()
            .map(|device| parse(device))
            .collect::<Result<_, _>>()?;
        devices.sort_unstable();
        devices.dedup();
        let ceiling = match self.opens_up_to.as_deref() {
            None => before.and_then(|account| account.ceiling),
            Some("public" | "公开") => Some(Ceiling::Public),
            Some("internal" | "内部") => Some(Ceiling::Internal),
            Some("secret" | "秘密") => Some(Ceiling::Secret),
            Some(other) => {
                return Err(AuthorityFailed::Plan(format!("level {other:?} is unknown")));
            }
        };
        Ok(Account {
            roles,
            person: parse(&self.person)?,
            post: self.post.clone(),
            devices,
            status: before.map_or(Status::Active, |account| account.status),
            ceiling,
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
    /// Judges a plan before anybody types a password, as far as that goes for one that takes
    /// several statements.
    pub fn check_plan(&self, plan: &Plan) -> Result<(), AuthorityFailed> {
        self.judged(plan).map(drop)
    }

    fn judged(&self, plan: &Plan) -> Result<(Vec<Change>, Vec<IssuedTicket>), AuthorityFailed> {
        let (changes, tickets) = plan.changes(&self.roster)?;
        plan.refuse_look_alikes(&self.roster)?;
        if changes.is_empty() {
            return Err(AuthorityFailed::Plan("it is empty".to_owned()));
        }
        // What takes several statements is judged as it is signed: the later ones rest on the
        // earlier ones.
        if fitting(&changes) == changes.len() {
            self.judge(&changes)?;
        }
        Ok((changes, tickets))
    }

    /// Signs a plan, in as many statements as it takes, and gives the tickets out. Where the
    /// roster refuses any of them, none is kept; so too where a unit's name looks like another's,
    /// unless the plan was made [`Plan::with_look_alikes`].
    pub fn carry_out(
        &mut self,
        plan: &Plan,
        password: &Password,
    ) -> Result<(Vec<SignedAct>, Vec<IssuedTicket>), AuthorityFailed> {
        let (changes, tickets) = self.judged(plan)?;
        let code = plan.act(&self.roster);
        // All of it is looked at before any of it is kept.
        let officer = self.officer(password)?;
        let mut ahead = self.roster.clone();
        let mut rest = changes.as_slice();
        let mut parts = Vec::new();
        while !rest.is_empty() {
            let (now, later) = rest.split_at(fitting(rest));
            let signers = [(SlotRole::Officer, &officer)];
            let signed = self.statement_on(&ahead, &signers, code, now.to_vec(), Vec::new())?;
            match ahead.decide(&signed, crate::now()) {
                Ok(decided) => ahead.apply(&decided),
                Err(RosterRefused::Quorum { .. }) if parts.is_empty() && later.is_empty() => {}
                // What waits for others is one statement: the next one would follow on it.
                Err(RosterRefused::Quorum { .. }) => return Err(AuthorityFailed::TooManyToCosign),
                Err(why) => return Err(AuthorityFailed::Refused(why)),
            }
            parts.push(signed);
            rest = later;
        }
        let acts: Result<Vec<_>, _> = parts
            .into_iter()
            .map(|signed| self.settle(signed, Vec::new()))
            .collect();
        Ok((acts?, tickets))
    }
}

impl From<PlannedUnit> for Plan {
    fn from(unit: PlannedUnit) -> Self {
        vec![unit].into()
    }
}

impl From<Vec<PlannedUnit>> for Plan {
    fn from(unit: Vec<PlannedUnit>) -> Self {
        Self {
            unit,
            ..Self::default()
        }
    }
}

impl From<PlannedDevice> for Plan {
    fn from(device: PlannedDevice) -> Self {
        Self {
            device: vec![device],
            ..Self::default()
        }
    }
}

impl From<PlannedAccount> for Plan {
    fn from(account: PlannedAccount) -> Self {
        Self {
            account: vec![account],
            ..Self::default()
        }
    }
}

impl PlannedTicket {
    /// The application that it grants, by its statement digest.
    fn application(&self) -> Result<Option<Digest>, AuthorityFailed> {
        let read = |typed: &String| {
            let unreadable = || AuthorityFailed::Plan(format!("application {typed:?}"));
            Digest::from_hex(typed).ok_or_else(unreadable)
        };
        self.application.as_ref().map(read).transpose()
    }

    /// The ticket for that account.
    #[must_use]
    pub fn of(self, account: &str) -> Self {
        Self {
            account: account.to_owned(),
            ..self
        }
    }
}

impl From<PlannedTicket> for Plan {
    fn from(ticket: PlannedTicket) -> Self {
        Self {
            ticket: vec![ticket],
            ..Self::default()
        }
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
