//! `yichuan authority sign …`: what becomes of units, accounts, computers and seals.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use yichuan_document::roster::record::Status;
use yichuan_document::{DeviceId, PersonId, SealId, UnitCode};

use super::super::Globals;
use super::signing::{Signed, asked, devices, one, request};
use crate::authority::{Authority, person_card};
use crate::lang::say;
use crate::office::Failed;

/// `yichuan authority sign unit-close`.
#[derive(Debug, Args)]
pub(in super::super) struct UnitClose {
    /// 单位代码 · its code
    #[arg(long)]
    code: String,
    /// 承接单位：并入该单位 · the unit that takes over its work: a merger
    #[arg(long)]
    successor: Option<String>,
}

/// `yichuan authority sign unit-split`.
#[derive(Debug, Args)]
pub(in super::super) struct UnitSplit {
    /// 单位代码 · its code
    #[arg(long)]
    code: String,
    /// 拆成的单位，均已开通；第一个承接待收公文 · the units, open already; the first is its successor
    #[arg(long, required = true, value_delimiter = ',')]
    into: Vec<String>,
}

/// `yichuan authority sign person`.
#[derive(Debug, Args)]
pub(in super::super) struct PersonEntry {
    /// 人员编号 · the person's id, such as p-zhang3
    #[arg(long)]
    id: String,
    /// 姓名 · the name
    #[arg(long)]
    name: String,
    /// 办公电话 · the telephone of the office
    #[arg(long)]
    office_phone: String,
    /// 手机 · the mobile telephone
    #[arg(long)]
    mobile: String,
}

/// `yichuan authority sign account-status`.
#[derive(Debug, Args)]
pub(in super::super) struct AccountStatus {
    /// 帐号 · its id
    #[arg(long)]
    id: String,
    /// 新状态 · what it becomes
    #[arg(long, value_enum)]
    to: AccountState,
}

/// What an account can become.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum AccountState {
    /// 解锁 · may be used again
    Active,
    /// 锁定 · may not be used for now
    Locked,
    /// 注销，不可恢复 · closed for ever
    Closed,
}

/// `yichuan authority sign device-withdraw`.
#[derive(Debug, Args)]
pub(in super::super) struct DeviceWithdraw {
    /// 设备编号 · its id
    #[arg(long)]
    id: String,
}

/// `yichuan authority sign seal-status`.
#[derive(Debug, Args)]
pub(in super::super) struct SealStatus {
    /// 印章编号 · its id
    #[arg(long)]
    id: String,
    /// 新状态 · what it becomes
    #[arg(long, value_enum)]
    to: SealState,
}

/// What a seal can become.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum SealState {
    /// 恢复使用 · may be used again
    Active,
    /// 暂停使用 · may not be used for now
    Suspended,
    /// 注销，不可恢复 · revoked for ever: lost, or no longer needed
    Revoked,
}

/// `yichuan authority sign seal-replace`.
#[derive(Debug, Args)]
pub(in super::super) struct SealReplace {
    /// 印章编号 · its id
    #[arg(long)]
    id: String,
    /// 新保管人的申请文件 · the new custodian's request
    #[arg(long, value_name = "FILE")]
    request: PathBuf,
    /// 可用印的设备 · the computers on which it may be used
    #[arg(long, required = true, value_delimiter = ',')]
    devices: Vec<String>,
}

impl UnitClose {
    pub(super) fn sign(self, globals: &Globals, authority: &mut Authority) -> SignedOrNot {
        let code: UnitCode = parse(&self.code)?;
        let successor = self.successor.as_deref().map(parse).transpose()?;
        let password = asked(globals)?;
        let act = authority.close_unit(&code, successor.as_ref(), &password)?;
        let seals = authority.seals_of(&code);
        for seal in &seals {
            eprintln!(
                "{}: yichuan authority sign seal-status --id {seal} --to revoked",
                say("该单位印章应予注销", "its seal is to be revoked")
            );
        }
        Ok(one(act))
    }
}

impl UnitSplit {
    pub(super) fn sign(self, globals: &Globals, authority: &mut Authority) -> SignedOrNot {
        let code: UnitCode = parse(&self.code)?;
        let into: Result<Vec<UnitCode>, Failed> =
            self.into.iter().map(|code| parse(code)).collect();
        Ok(one(authority.split_unit(
            &code,
            &into?,
            &asked(globals)?,
        )?))
    }
}

impl PersonEntry {
    pub(super) fn sign(self, globals: &Globals, authority: &mut Authority) -> SignedOrNot {
        let id: PersonId = parse(&self.id)?;
        let card = person_card(self.name, self.office_phone, self.mobile)?;
        let people = [(id, card)];
        Ok(one(authority.enter_people(&people, &asked(globals)?)?))
    }
}

/// What was signed, or why nothing was.
type SignedOrNot = Result<Signed, Failed>;

impl AccountStatus {
    pub(super) fn sign(self, globals: &Globals, authority: &mut Authority) -> SignedOrNot {
        let status = match self.to {
            AccountState::Active => Status::Active,
            AccountState::Locked => Status::Suspended,
            AccountState::Closed => Status::Closed,
        };
        let id = parse(&self.id)?;
        Ok(one(authority.set_account(&id, status, &asked(globals)?)?))
    }
}

impl DeviceWithdraw {
    pub(super) fn sign(self, globals: &Globals, authority: &mut Authority) -> SignedOrNot {
        let id: DeviceId = parse(&self.id)?;
        Ok(one(authority.withdraw_device(&id, &asked(globals)?)?))
    }
}

impl SealStatus {
    pub(super) fn sign(self, globals: &Globals, authority: &mut Authority) -> SignedOrNot {
        let status = match self.to {
            SealState::Active => Status::Active,
            SealState::Suspended => Status::Suspended,
            SealState::Revoked => Status::Closed,
        };
        let id = parse(&self.id)?;
        Ok(one(authority.set_seal(&id, status, &asked(globals)?)?))
    }
}

impl SealReplace {
    pub(super) fn sign(self, globals: &Globals, authority: &mut Authority) -> SignedOrNot {
        let request = request(&self.request)?;
        let id: SealId = parse(&self.id)?;
        let devices = devices(&self.devices)?;
        let password = asked(globals)?;
        let act = authority.replace_seal(&id, &request, devices, &password)?;
        Ok(one(act))
    }
}

fn parse<T>(text: &str) -> Result<T, Failed>
where
    T: std::str::FromStr<Err = yichuan_document::name::BadName>,
{
    text.parse()
        .map_err(|why| Failed::Usage(format!("{text:?}: {why}")))
}
