//! `yichuan desk`: what is said on the command line. The desk itself stands above this crate, which
//! never depends on it: the program hands it in.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use yichuan_document::AccountId;
use zeroize::Zeroizing;

use super::Globals;
use crate::home::read_at_most;
use crate::keystore::Password;
use crate::lang::say;
use crate::office::Failed;
use crate::unix;

/// `yichuan desk`.
#[derive(Debug, Args)]
pub(super) struct Desk {
    /// 本机端口，0 为任选 · the port on this computer, 0 for any
    #[arg(long, default_value_t = 8017)]
    port: u16,
    /// 无人操作多少秒后锁定 · lock after so many seconds without anybody
    #[arg(long, default_value_t = 900, value_parser = clap::value_parser!(u32).range(60..=3_600))]
    idle: u32,
    /// 让本单位其他计算机访问的地址和端口，仅限 TLS · where other computers of the office reach it,
    /// with TLS only
    #[arg(long, value_name = "ADDRESS:PORT", conflicts_with = "port",
        requires_all = ["name", "certificate", "key"])]
    listen: Option<SocketAddr>,
    /// 访问所用的主机名 · the one name that it is called by then
    #[arg(long, value_name = "HOST", requires = "listen")]
    name: Option<String>,
    /// 该主机名的证书链（PEM） · the certificates of that name, in PEM
    #[arg(long, value_name = "FILE", requires = "listen")]
    certificate: Option<PathBuf>,
    /// 证书的私钥（PEM），只有本人可读 · their key, in PEM, for its owner alone
    #[arg(long, value_name = "FILE", requires = "listen")]
    key: Option<PathBuf>,
    /// 启动时为 OA 系统接通的帐号，口令取自 --password-fd 或终端 · the account that is opened for OA
    /// systems at once; its password comes from --password-fd or the terminal
    #[arg(long, value_name = "ACCOUNT")]
    oa: Option<String>,
    /// 颁发机构的工作目录，有颁发权限的帐号可在桌面签发；缺省取自 home.toml 或本目录 · the home of
    /// an authority whose acts are signed at this desk
    /// [default: as in home.toml, else this home]
    #[arg(long, value_name = "DIR")]
    authority: Option<PathBuf>,
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
    /// How the office's other computers reach it; none where only this one does.
    pub tls: Option<TlsAsked>,
    /// Whether what is told goes out as JSON.
    pub json: bool,
    /// The account that is opened for OA systems, with its password.
    pub oa: Option<(AccountId, Password)>,
    /// The home of an authority whose acts are signed here, where one was named.
    pub authority: Option<PathBuf>,
}

/// How other computers reach a desk: files as they were read, judged by whoever serves.
pub struct TlsAsked {
    /// The address and the port.
    pub listen: SocketAddr,
    /// The one name that it is called by.
    pub name: String,
    /// The certificates, in PEM.
    pub chain: Vec<u8>,
    /// The key, in PEM.
    pub key: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for TlsAsked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TlsAsked({} {})", self.listen, self.name)
    }
}

/// The most bytes of a file with certificates, or with their key.
const PEM_BYTES_MAX: u64 = 64 << 10;

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
        let authority = self.authority.as_ref().map(std::path::absolute);
        serve(DeskAsked {
            oa: oa.transpose()?,
            authority: authority.transpose()?,
            home: globals.folder()?,
            tls: self.tls()?,
            port: self.port,
            idle_seconds: self.idle,
            token_module: globals.other_token_module(),
            json: globals.json,
        })
    }
}

impl Desk {
    fn tls(&self) -> Result<Option<TlsAsked>, Failed> {
        let (Some(listen), Some(name), Some(certificate), Some(key)) =
            (self.listen, &self.name, &self.certificate, &self.key)
        else {
            return Ok(None);
        };
        if let Some(mode) = File::open(key)
            .and_then(|file| unix::open_to_others(&file))
            .map_err(|why| told(key, &why))?
        {
            let words = say(
                "其他用户可读取私钥，请 chmod 600",
                "others can read the key; chmod 600 it",
            );
            return Err(told(key, &format!("{words} ({mode:03o})")));
        }
        Ok(Some(TlsAsked {
            listen,
            name: name.clone(),
            chain: pem(certificate)?,
            key: Zeroizing::new(pem(key)?),
        }))
    }
}

fn pem(path: &Path) -> Result<Vec<u8>, Failed> {
    read_at_most(path, PEM_BYTES_MAX).map_err(|why| told(path, &why))
}

fn told(path: &Path, why: &impl std::fmt::Display) -> Failed {
    Failed::Usage(format!("{}: {why}", path.display()))
}
