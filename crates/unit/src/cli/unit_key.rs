//! `yichuan unit-key`: the unit's key, its shares and its recovery.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::json;
use yichuan_document::roster::record::Role;

use super::Globals;
use super::acting::block_on;
use crate::lang::say;
use crate::office::Failed;
use crate::office::unit_key::NewEpoch;
use crate::ticket::TicketCode;

/// `yichuan unit-key`.
#[derive(Debug, Subcommand)]
pub(super) enum UnitKeyCommand {
    /// 生成单位密钥或其下一期 · make the unit's key, or its next epoch
    Create {
        /// 现用密钥可能已泄露，立即停用 · somebody else may have the present key; it ends at once
        #[arg(long)]
        compromised: bool,
    },
    /// 分发给本单位已登记的帐号 · share it with the unit's enrolled accounts
    Share,
    /// 移交给承接单位，本单位停用前办理 · leave it to the unit that takes over, before this one closes
    Leave {
        /// 承接单位 · the successor
        #[arg(long)]
        to: String,
    },
    /// 用恢复码和颁发机构的托管份额恢复，或演练 · recover it with both halves, or try it
    Recover {
        /// 恢复码；不写则提示输入 · the code; asked for when it is not given
        #[arg(long)]
        code: Option<String>,
    },
}

impl UnitKeyCommand {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        match self {
            Self::Create { compromised } => create(globals, compromised),
            Self::Share => share(globals),
            Self::Leave { to } => leave(globals, &to),
            Self::Recover { code } => recover(globals, code),
        }
    }
}

fn create(globals: &Globals, compromised: bool) -> Result<ExitCode, Failed> {
    let home = globals.take_home()?;
    let (made, shared) = block_on(async {
        let (mut session, _) = globals.session(&home, Some(Role::Manage)).await?;
        let made = session.new_unit_key(compromised).await?;
        // The code is on the screen before anything else can fail.
        if !globals.json {
            print!(
                "{}",
                made_text(&made, session.mirror.roster().escrow().is_some())
            );
        }
        Ok((made, session.share_unit_key().await?))
    })?;
    let shared: Vec<String> = shared.iter().map(ToString::to_string).collect();
    let code = made.code.as_ref().map(TicketCode::reveal);
    let value = json!({
        "epoch": made.epoch,
        "code": code.as_ref().map(|code| code.as_str()),
        "shared": shared,
    });
    globals.print(&value, &told(&shared));
    Ok(ExitCode::SUCCESS)
}

fn made_text(made: &NewEpoch, escrow: bool) -> String {
    let first = format!(
        "{} {}",
        say("单位密钥已生成，第", "the unit's key was made, epoch"),
        made.epoch
    );
    let rest = match &made.code {
        Some(code) => format!(
            "{}\n    {}",
            say(
                "恢复码，只显示这一次；抄写两份，密封后由单位管理员分处保管：",
                "recovery code, shown this once; write it down twice, seal it, keep it apart:"
            ),
            code.reveal().as_str()
        ),
        None if escrow => say(
            "该密钥由中断的操作生成，没有恢复码；请再生成一期",
            "an attempt that was cut off had made this key, and its code is gone; make another",
        )
        .to_owned(),
        None => say(
            "颁发机构尚未设托管密钥：此密钥丢失后无法恢复",
            "the authority keeps no halves yet: if this key is lost, it cannot be recovered",
        )
        .to_owned(),
    };
    format!("{first}\n{rest}\n")
}

fn share(globals: &Globals) -> Result<ExitCode, Failed> {
    let home = globals.take_home()?;
    let shared = block_on(async {
        let (mut session, _) = globals.session(&home, Some(Role::Manage)).await?;
        session.share_unit_key().await
    })?;
    let shared: Vec<String> = shared.iter().map(ToString::to_string).collect();
    globals.print(&json!({ "shared": shared }), &told(&shared));
    Ok(ExitCode::SUCCESS)
}

fn told(names: &[String]) -> String {
    if names.is_empty() {
        return say("没有需要分发的帐号", "no account lacks it").to_owned();
    }
    format!("{}: {}", say("已分发给", "shared with"), names.join(", "))
}

fn leave(globals: &Globals, to: &str) -> Result<ExitCode, Failed> {
    let heir = to.parse().map_err(|_| Failed::UnknownUnit(to.to_owned()))?;
    let home = globals.take_home()?;
    let epochs = block_on(async {
        let (mut session, _) = globals.session(&home, Some(Role::Manage)).await?;
        session.leave_unit_key(&heir).await
    })?;
    globals.print(
        &json!({ "to": to, "epochs": epochs }),
        &format!(
            "{} {to}: {epochs:?}",
            say(
                "单位密钥已移交，期次",
                "the unit's key was left, epochs, to"
            )
        ),
    );
    Ok(ExitCode::SUCCESS)
}

fn recover(globals: &Globals, code: Option<String>) -> Result<ExitCode, Failed> {
    let typed = match code {
        Some(code) => code,
        None => rpassword::prompt_password(format!("{}: ", say("恢复码", "recovery code")))?,
    };
    let code: TicketCode = typed
        .parse()
        .map_err(|why| Failed::Usage(format!("{why}")))?;
    let home = globals.take_home()?;
    let (epoch, drill) = block_on(async {
        let (mut session, _) = globals.session(&home, Some(Role::Manage)).await?;
        session.recover_unit_key(&code).await
    })?;
    let text = if drill {
        say(
            "演练成功：两份合起来就是单位密钥，第",
            "the drill went well: both halves are the unit's key, epoch",
        )
    } else {
        say(
            "单位密钥已恢复，可再分发；第",
            "the unit's key is back and can be shared, epoch",
        )
    };
    globals.print(
        &json!({ "epoch": epoch, "drill": drill }),
        &format!("{text} {epoch}"),
    );
    Ok(ExitCode::SUCCESS)
}
