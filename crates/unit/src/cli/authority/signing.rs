//! `yichuan authority sign`: a statement into a file. Nothing here talks to a network.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use yichuan_document::level::Ceiling;
use yichuan_document::roster::record::Policy;
use yichuan_document::{DeviceId, Digest, SealId};
use yichuan_seal::{OfficeLevel, PICTURE_BYTES_MAX};

use super::super::Globals;
use super::changing::{
    AccountStatus, DeviceWithdraw, PersonEntry, SealReplace, SealStatus, UnitClose, UnitSplit,
};
use super::clocks::{ClockRules, SetTime};
use super::rooted::{EscrowKey, Officer, QuorumRule, RecoveryOf, Succession};
use super::words;
use crate::authority::{
    Authority, IssuedTicket, PASSWORD_DAYS, PLAN_BYTES_MAX, Plan, PlannedAccount, PlannedDevice,
    PlannedTicket, PlannedUnit, REQUEST_BYTES_MAX, SealIssue, SealRequest, SignedAct, policy,
};
use crate::home::read_at_most;
use crate::keystore::Password;
use crate::lang::{say, table};
use crate::office::Failed;

/// `yichuan authority sign`.
#[derive(Debug, Subcommand)]
pub(in super::super) enum SignCommand {
    /// 交换中心的密钥 · certify an exchange
    Exchange {
        /// 申请文件 · the exchange's request
        #[arg(long, value_name = "FILE")]
        request: PathBuf,
    },
    /// 开通单位，或更名、改隶 · open a unit, or rename or move it
    Unit {
        #[command(flatten)]
        unit: PlannedUnit,
        /// 名称与其他单位相似也接受 · take a name that looks like another unit's
        #[arg(long)]
        allow_look_alike: bool,
    },
    /// 登记计算机 · register a computer
    Device(PlannedDevice),
    /// 开通或变更帐号 · open an account, or change it
    #[command(name = "account")]
    Account(PlannedAccount),
    /// 发放登记凭证（帐号由 --account 指明） · issue a ticket for the --account
    Ticket(PlannedTicket),
    /// 单位、设备、帐号、登记凭证 · units, computers, accounts and tickets from a plan (TOML)
    #[command(alias = "batch")]
    Plan {
        /// 计划文件 · the plan
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
        /// 名称与其他单位相似也接受 · take names that look like other units' names
        #[arg(long)]
        allow_look_alike: bool,
    },
    /// 印章 · issue a seal
    Seal(Seal),
    /// 停用或并入其他单位 · close a unit for ever, or merge it into another
    UnitClose(UnitClose),
    /// 拆分单位 · split a unit into others
    UnitSplit(UnitSplit),
    /// 登记人员姓名和电话 · enter a person's name and telephones
    Person(PersonEntry),
    /// 锁定、解锁、注销帐号 · lock, unlock or close an account
    AccountStatus(AccountStatus),
    /// 停用计算机，立即断开其连接 · withdraw a computer; its connections are cut
    DeviceWithdraw(DeviceWithdraw),
    /// 暂停、恢复、注销印章 · suspend, resume or revoke a seal
    SealStatus(SealStatus),
    /// 更换印章保管人或密钥 · give a seal another custodian or key
    SealReplace(SealReplace),
    /// 核定、暂停、解任签发人（根密钥） · certify, suspend or close an officer, by the root
    Officer(Officer),
    /// 会签规则（根密钥） · how many officers sign what, by the root
    Quorum(QuorumRule),
    /// 托管密钥（根密钥） · the authority's escrow key, by the root
    Escrow(EscrowKey),
    /// 根密钥接任（根密钥） · hand the root over to its successor
    Succession(Succession),
    /// 交出单位密钥的托管份额 · hand the authority's half of a unit's key to its manager
    Recovery(RecoveryOf),
    /// 设定规则 · set the rules; they tighten the law and never loosen it
    Policy(Rules),
    /// 确认或校正交换中心的时间 · confirm or correct the exchange's time
    Time(SetTime),
}

/// `yichuan authority sign seal`.
#[derive(Debug, Args)]
pub(in super::super) struct Seal {
    /// 保管人的申请文件 · the custodian's request
    #[arg(long, value_name = "FILE")]
    request: PathBuf,
    /// 印模图片 · its picture
    #[arg(long, value_name = "PNG")]
    picture: PathBuf,
    /// 印章编号 · its id, such as 513200-zfb-seal01
    #[arg(long)]
    id: String,
    /// 印章名称 · what it is called
    #[arg(long)]
    name: String,
    /// 可用印的设备 · the computers on which it may be used
    #[arg(long, required = true, value_delimiter = ',')]
    devices: Vec<String>,
    /// 机关层级，定直径 · the level of the office, which says the diameter
    #[arg(long, value_enum, default_value_t = Level::Inner)]
    level: Level,
    /// 印章直径（毫米），图片未注明分辨率时必填 · the diameter, where the picture has no resolution
    #[arg(long, value_name = "MM")]
    diameter_mm: Option<u32>,
    /// 有效天数 · for how many days
    #[arg(long, default_value_t = 1825)]
    valid_days: u32,
    /// 须由保管人启用后方可用印 · not to be used before its custodian has taken it into use
    #[arg(long)]
    awaits_activation: bool,
    /// 单位的申请编号 · the unit's application, by its number
    #[arg(long, value_name = "NUMBER")]
    application: Option<String>,
}

/// An office's level, as 国发〔1999〕25号 has them for seals.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Level {
    /// 国务院，60 毫米 · the State Council, 60 mm
    StateCouncil,
    /// 省、部，50 毫米 · a province or a ministry, 50 mm
    Province,
    /// 副部级、国家局，45 毫米 · of vice-ministerial rank, or a national bureau, 45 mm
    Bureau,
    /// 州、市、县政府，45 毫米 · the government of a prefecture, city or county, 45 mm
    Prefecture,
    /// 乡镇政府，42 毫米 · the government of a township, 42 mm
    Township,
    /// 内设机构、直属单位，不大于 45 毫米 · within an office or below one, at most 45 mm
    Inner,
}

impl From<Level> for OfficeLevel {
    fn from(level: Level) -> Self {
        match level {
            Level::StateCouncil => Self::StateCouncil,
            Level::Province => Self::Province,
            Level::Bureau => Self::Bureau,
            Level::Prefecture => Self::Prefecture,
            Level::Township => Self::Township,
            Level::Inner => Self::Inner,
        }
    }
}

/// `yichuan authority sign policy`.
#[derive(Debug, Args)]
pub(in super::super) struct Rules {
    /// 可传输的最高密级 · the highest level that may pass
    #[arg(long, value_enum)]
    ceiling: CeilingName,
    /// 签收时限（分钟）：无、平急、加急、特急、特提 · minutes to sign for a document, by urgency
    #[arg(
        long,
        required = true,
        value_delimiter = ',',
        value_name = "FIVE NUMBERS"
    )]
    due_minutes: Vec<u16>,
    /// 查验规则版本 · the version of the inspection rules
    #[arg(long, default_value_t = 1)]
    rule_set: u16,
    /// 口令有效天数 · for how many days a password may be used
    #[arg(long, default_value_t = PASSWORD_DAYS)]
    password_days: u16,
    /// 无操作多少分钟后会话结束，缺省 30 · minutes without a request that end a session; 30
    #[arg(long)]
    session_idle_minutes: Option<u16>,
    /// 会话最长小时数，缺省 12 · hours after which a session ends; 12
    #[arg(long)]
    session_hours: Option<u16>,
    #[command(flatten)]
    clocks: ClockRules,
}

/// A ceiling's name. There is none above 秘密 (Art. 15).
#[derive(Clone, Copy, Debug, ValueEnum)]
enum CeilingName {
    #[value(alias = "公开")]
    Public,
    #[value(alias = "内部")]
    Internal,
    #[value(alias = "秘密")]
    Secret,
}

impl From<CeilingName> for Ceiling {
    fn from(name: CeilingName) -> Self {
        match name {
            CeilingName::Public => Self::Public,
            CeilingName::Internal => Self::Internal,
            CeilingName::Secret => Self::Secret,
        }
    }
}

/// What was signed, with the tickets that it issues.
pub(super) type Signed = (Vec<SignedAct>, Vec<IssuedTicket>);

impl SignCommand {
    pub(super) fn run(self, globals: &Globals, folder: &Path) -> Result<ExitCode, Failed> {
        let mut authority = Authority::open(folder)?;
        // What was typed is looked at before anybody is asked for the password.
        let signed = match self {
            Self::Exchange { request } => {
                let request = text(&request, REQUEST_BYTES_MAX)?;
                let password = asked(globals)?;
                one(authority.certify_exchange(&request, &password)?)
            }
            Self::Unit {
                unit,
                allow_look_alike,
            } => {
                let plan = Plan::from(unit).with_look_alikes(allow_look_alike);
                carry_out(globals, &mut authority, &plan)?
            }
            Self::Device(device) => carry_out(globals, &mut authority, &device.into())?,
            Self::Account(account) => carry_out(globals, &mut authority, &account.into())?,
            Self::Ticket(ticket) => {
                let account = globals.account.as_deref().ok_or_else(|| {
                    Failed::Usage(say("用 --account 指明帐号", "name the --account").to_owned())
                })?;
                carry_out(globals, &mut authority, &ticket.of(account).into())?
            }
            Self::Plan {
                file,
                allow_look_alike,
            } => {
                let plan = Plan::read(&text(&file, PLAN_BYTES_MAX)?)?;
                let plan = plan.with_look_alikes(allow_look_alike);
                carry_out(globals, &mut authority, &plan)?
            }
            Self::Seal(seal) => seal.sign(globals, &mut authority)?,
            Self::UnitClose(close) => close.sign(globals, &mut authority)?,
            Self::UnitSplit(split) => split.sign(globals, &mut authority)?,
            Self::Person(person) => person.sign(globals, &mut authority)?,
            Self::AccountStatus(status) => status.sign(globals, &mut authority)?,
            Self::DeviceWithdraw(withdraw) => withdraw.sign(globals, &mut authority)?,
            Self::SealStatus(status) => status.sign(globals, &mut authority)?,
            Self::SealReplace(replace) => replace.sign(globals, &mut authority)?,
            Self::Officer(officer) => officer.sign(globals, &mut authority)?,
            Self::Quorum(rule) => rule.sign(globals, &mut authority)?,
            Self::Escrow(escrow) => escrow.sign(globals, &mut authority)?,
            Self::Succession(succession) => succession.sign(globals, &mut authority)?,
            Self::Recovery(recovery) => recovery.sign(globals, &mut authority)?,
            Self::Policy(rules) => {
                let policy = Policy {
                    session_idle_minutes: rules.session_idle_minutes,
                    session_hours: rules.session_hours,
                    clocks: rules.clocks.clocks()?,
                    ..policy(
                        rules.ceiling.into(),
                        rules.rule_set,
                        &rules.due_minutes,
                        rules.password_days,
                    )
                };
                one(authority.set_policy(&policy, &asked(globals)?)?)
            }
            Self::Time(time) => time.sign(globals, &mut authority)?,
        };
        tell(globals, &signed);
        Ok(ExitCode::SUCCESS)
    }
}

impl Seal {
    fn sign(self, globals: &Globals, authority: &mut Authority) -> Result<Signed, Failed> {
        let request = request(&self.request)?;
        let usage = |why| Failed::Usage(format!("{why}"));
        let id: SealId = self.id.parse().map_err(usage)?;
        let devices = devices(&self.devices)?;
        let issue = SealIssue {
            id,
            name: self.name,
            picture: given(&self.picture, PICTURE_BYTES_MAX as u64)?,
            level: self.level.into(),
            diameter_mm: self.diameter_mm,
            devices,
            valid_days: self.valid_days,
            awaits: self.awaits_activation,
            application: self.application.as_deref().map(application).transpose()?,
        };
        Ok(one(authority.issue_seal(
            &request,
            issue,
            &asked(globals)?,
        )?))
    }
}

/// A custodian's request.
pub(super) fn request(path: &Path) -> Result<SealRequest, Failed> {
    Ok(SealRequest::read(&text(path, REQUEST_BYTES_MAX)?)?)
}

/// The number of an application, as `apply` printed it.
fn application(typed: &str) -> Result<Digest, Failed> {
    let digest = Digest::from_hex(typed);
    digest.ok_or_else(|| Failed::Usage(format!("--application {typed}")))
}

/// Computers as they were typed, in the order of records.
pub(super) fn devices(typed: &[String]) -> Result<Vec<DeviceId>, Failed> {
    let mut devices: Vec<DeviceId> = typed
        .iter()
        .map(|device| device.parse())
        .collect::<Result<_, _>>()
        .map_err(|why| Failed::Usage(format!("{why}")))?;
    devices.sort();
    devices.dedup();
    Ok(devices)
}

fn carry_out(globals: &Globals, authority: &mut Authority, plan: &Plan) -> Result<Signed, Failed> {
    Ok(authority.carry_out(plan, &asked(globals)?)?)
}

pub(super) fn asked(globals: &Globals) -> Result<Password, Failed> {
    globals.password(say("（颁发机构）", "(authority)"))
}

pub(super) fn one(act: SignedAct) -> Signed {
    (vec![act], Vec::new())
}

/// A file that the user named; a fault of it is told with its name.
pub(super) fn given(path: &Path, limit_bytes: u64) -> Result<Vec<u8>, Failed> {
    read_at_most(path, limit_bytes)
        .map_err(|error| Failed::Usage(format!("{}: {error}", path.display())))
}

pub(super) fn text(path: &Path, limit_bytes: u64) -> Result<String, Failed> {
    String::from_utf8(given(path, limit_bytes)?)
        .map_err(|_| Failed::Usage(format!("{}: UTF-8", path.display())))
}

fn tell(globals: &Globals, (acts, tickets): &Signed) {
    let mut text = String::new();
    for act in acts {
        text.push_str(&words::told(act));
    }
    if !tickets.is_empty() {
        let rows: Vec<Vec<String>> = tickets
            .iter()
            .map(|ticket| {
                vec![
                    ticket.account.to_string(),
                    ticket.device.to_string(),
                    ticket.code.reveal().to_string(),
                ]
            })
            .collect();
        let head = [
            say("帐号", "account"),
            say("设备", "device"),
            say("登记凭证（只显示一次）", "ticket (shown once)"),
        ];
        text.push('\n');
        text.push_str(&table(&head, &rows));
    }
    let listed: Vec<_> = tickets
        .iter()
        .map(|ticket| {
            json!({
                "account": ticket.account.as_str(),
                "device": ticket.device.as_str(),
                "ticket": ticket.code.reveal().as_str(),
            })
        })
        .collect();
    let files: Vec<_> = acts.iter().map(|act| &act.file).collect();
    let acts: Vec<_> = acts.iter().map(words::act_json).collect();
    globals.print(
        &json!({ "files": files, "acts": acts, "tickets": listed }),
        &text,
    );
}
