//! `yichuan desk`: what is said on the command line. The desk itself stands above this crate, which
//! never depends on it: the program hands it in.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use yichuan_document::AccountId;

use super::Globals;
use crate::keystore::Password;
use crate::office::Failed;

/// `yichuan desk`.
#[derive(Debug, Args)]
pub(super) struct Desk {
    /// 本机端口，0 为任选 · the port on this computer, 0 for any
    #[arg(long, default_value_t = 8017)]
    port: u16,
    /// 无人操作多少秒后锁定 · lock after so many seconds without anybody
    #[arg(long, default_value_t = 900, value_parser = clap::value_parser!(u32).range(60..=3_600))]
    idle: u32,
    /// 启动时为 OA 系统接通的帐号，口令取自 --password-fd 或终端 · the account that is opened for OA
    /// systems at once; its password comes from --password-fd or the terminal
    #[arg(long, value_name = "ACCOUNT")]
    oa: Option<String>,
}

/// What the desk is started with.
#[derive(Debug)]
pub struct DeskAsked {
    /// The home's folder.
    pub home: PathBuf,
    /// The port on this computer; 0 for any.
    pub port: u16,
    /// After how many seconds without anybody a session is locked.
    pub idle_seconds: u32,
    /// The PKCS#11 library, where another one was named than that of the keystore.
    pub token_module: Option<PathBuf>,
    /// Whether what is told goes out as JSON.
    pub json: bool,
    /// The account that is opened for OA systems, with its password.
    pub oa: Option<(AccountId, Password)>,
}

/// Serves the desk.
pub type ServeDesk = fn(DeskAsked) -> Result<ExitCode, Failed>;

impl Desk {
    pub(super) fn run(&self, globals: &Globals, serve: ServeDesk) -> Result<ExitCode, Failed> {
        let oa = self.oa.as_ref().map(|named| {
            let account: AccountId = named
                .parse()
                .map_err(|_| Failed::Usage(format!("{named:?}")))?;
            let password = globals.password(account.as_str())?;
            Ok::<_, Failed>((account, password))
        });
        serve(DeskAsked {
            oa: oa.transpose()?,
            home: globals.folder()?,
            port: self.port,
            idle_seconds: self.idle,
            token_module: globals.other_token_module(),
            json: globals.json,
        })
    }
}
