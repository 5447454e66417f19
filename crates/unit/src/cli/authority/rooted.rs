//! `yichuan authority sign …`: what only the root signs, and the recovery of a unit's key.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use yichuan_document::AccountId;
use yichuan_document::roster::duty::{Quorum, RecoveryPurpose};
use yichuan_document::roster::record::Status;

use super::super::Globals;
use super::joint::Others;
use super::signing::{Signed, asked, one, text};
use crate::authority::{Authority, EscrowRequest, OfficerRequest, REQUEST_BYTES_MAX, Request};
use crate::office::Failed;

/// `yichuan authority sign officer`.
#[derive(Debug, Args)]
pub(in super::super) struct Officer {
    /// 签发人的申请文件 · the officer's request
    #[arg(long, value_name = "FILE", required_unless_present = "person")]
    request: Option<PathBuf>,
    /// 已核定的签发人 · an officer who was certified before
    #[arg(long, requires = "to", conflicts_with = "request")]
    person: Option<String>,
    /// 新状态 · what the officer becomes
    #[arg(long, value_enum, requires = "person")]
    to: Option<OfficerState>,
}

/// What an officer can become.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum OfficerState {
    /// 恢复 · signs again
    Active,
    /// 暂停 · signs nothing for now
    Suspended,
    /// 解任，不可恢复 · never signs again
    Closed,
}

impl Officer {
    pub(super) fn sign(
        self,
        globals: &Globals,
        authority: &mut Authority,
    ) -> Result<Signed, Failed> {
        if let Some(path) = &self.request {
            let request = OfficerRequest::read(&text(path, REQUEST_BYTES_MAX)?)?;
            return Ok(one(authority.certify_officer(&request, &asked(globals)?)?));
        }
        let person = self.person.unwrap_or_default();
        let usage = |why| Failed::Usage(format!("{person:?}: {why}"));
        let id = person.parse().map_err(usage)?;
        let status = match self.to {
            Some(OfficerState::Active) | None => Status::Active,
            Some(OfficerState::Suspended) => Status::Suspended,
            Some(OfficerState::Closed) => Status::Closed,
        };
        Ok(one(authority.set_officer(&id, status, &asked(globals)?)?))
    }
}

/// `yichuan authority sign quorum`.
#[derive(Debug, Args)]
pub(in super::super) struct QuorumRule {
    /// 制发、恢复、更换印章 · a seal made, resumed or replaced
    #[arg(long, default_value_t = 1)]
    seals: u8,
    /// 赋予审批、用印、管理权限 · an account that approves, seals or manages, and its tickets
    #[arg(long, default_value_t = 1)]
    rights: u8,
    /// 恢复单位密钥 · a unit's key recovered
    #[arg(long, default_value_t = 1)]
    recoveries: u8,
    /// 设定规则 · the policy
    #[arg(long, default_value_t = 1)]
    policy: u8,
    /// 其他事项 · everything else
    #[arg(long, default_value_t = 1)]
    others: u8,
}

impl QuorumRule {
    pub(super) fn sign(
        self,
        globals: &Globals,
        authority: &mut Authority,
    ) -> Result<Signed, Failed> {
        let rule = Quorum {
            seals: self.seals,
            rights: self.rights,
            recoveries: self.recoveries,
            policy: self.policy,
            others: self.others,
        };
        Ok(one(authority.set_quorum(&rule, &asked(globals)?)?))
    }
}

/// `yichuan authority sign escrow`.
#[derive(Debug, Args)]
pub(in super::super) struct EscrowKey {
    /// 托管密钥的申请文件 · the request of the escrow key's keeper
    #[arg(long, value_name = "FILE")]
    request: PathBuf,
}

impl EscrowKey {
    pub(super) fn sign(
        self,
        globals: &Globals,
        authority: &mut Authority,
    ) -> Result<Signed, Failed> {
        let request = EscrowRequest::read(&text(&self.request, REQUEST_BYTES_MAX)?)?;
        Ok(one(authority.set_escrow(&request, &asked(globals)?)?))
    }
}

/// `yichuan authority sign succession`.
#[derive(Debug, Args)]
pub(in super::super) struct Succession {
    #[command(flatten)]
    others: Others,
}

impl Succession {
    pub(super) fn sign(
        self,
        globals: &Globals,
        authority: &mut Authority,
    ) -> Result<Signed, Failed> {
        let founders = self.others.founders()?;
        Ok(one(authority.succeed(&founders, &asked(globals)?)?))
    }
}

/// `yichuan authority sign recovery`.
#[derive(Debug, Args)]
pub(in super::super) struct RecoveryOf {
    /// 恢复密钥的单位管理员帐号 · the manager's account that recovers the key
    #[arg(long)]
    to: String,
    /// 演练 · only to try whether the key could be recovered
    #[arg(long)]
    drill: bool,
}

impl RecoveryOf {
    pub(super) fn sign(
        self,
        globals: &Globals,
        authority: &mut Authority,
    ) -> Result<Signed, Failed> {
        let usage = |why| Failed::Usage(format!("{:?}: {why}", self.to));
        let account: AccountId = self.to.parse().map_err(usage)?;
        let purpose = if self.drill {
            RecoveryPurpose::Drill
        } else {
            RecoveryPurpose::Lost
        };
        Ok(one(authority.recover(
            &account,
            purpose,
            &asked(globals)?,
        )?))
    }
}
