//! `yichuan password`: closes an account's keystore with another password (Art. 17).

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::Globals;
use super::acting::{block_on, local_accounts};
use crate::lang::say;
use crate::office::Failed;
use crate::office::place::Place;

/// `yichuan password`.
#[derive(Debug, Args)]
pub(super) struct Change {
    /// 从该描述符读取新口令 · read the new password from this descriptor instead of asking
    #[arg(long, value_name = "N")]
    new_password_fd: Option<u32>,
}

impl Change {
    pub(super) fn run(&self, globals: &Globals) -> Result<ExitCode, Failed> {
        let home = globals.take_home()?;
        let account = match (&globals.account, local_accounts(home.folder())?.as_slice()) {
            (Some(name), _) => name
                .parse()
                .map_err(|why| Failed::Usage(format!("{name:?}: {why}")))?,
            (None, [one]) => one.clone(),
            (None, []) => return Err(Failed::NoAccountFor("")),
            (None, several) => return Err(Failed::WhichAccount(several.to_vec())),
        };
        let place = Place::of(&home)?;
        // A wrong password is told before anybody thinks of a new one.
        let unlocked = globals.unlock(&home, &account)?;
        let asking = Globals {
            password_fd: self.new_password_fd,
            ..globals.clone()
        };
        let new = asking.new_password(say("（新口令）", "(new)"))?;
        block_on(async { unlocked.renew_password(&place.contact(&home), &new).await })?;
        globals.print(
            &json!({ "account": account.as_str(), "changed": true }),
            &format!("{} {account}", say("口令已更改", "password changed:")),
        );
        Ok(ExitCode::SUCCESS)
    }
}
