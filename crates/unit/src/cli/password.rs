//! `yichuan password`: closes an account's keystore with another password (Art. 17).

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::Globals;
use super::acting::local_accounts;
use crate::keystore;
use crate::lang::say;
use crate::office::Failed;
use crate::office::enrol::keystore_path;

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
        let path = keystore_path(home.folder(), &account);
        let old = globals.password(account.as_str())?;
        // A wrong password is told before anybody thinks of a new one.
        drop(keystore::open(&path, &old)?);
        let asking = Globals {
            password_fd: self.new_password_fd,
            ..globals.clone()
        };
        let new = asking.new_password(say("（新口令）", "(new)"))?;
        keystore::change_password(&path, &old, &new, &mut crate::chance()?)?;
        globals.print(
            &json!({ "account": account.as_str(), "changed": true }),
            &format!("{} {account}", say("口令已更改", "password changed:")),
        );
        Ok(ExitCode::SUCCESS)
    }
}
