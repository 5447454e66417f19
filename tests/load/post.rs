//! A computer of a unit, and who acts on it.

use std::error::Error;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use yichuan_document::{AccountId, SealId};
use yichuan_unit::home::{Home, TransportName};
use yichuan_unit::keystore::Password;
use yichuan_unit::office::Session;
use yichuan_unit::office::place::{Place, Unlocked};

/// Whatever went wrong; a measurement that fails is not looked into further.
pub(super) type Failure = Box<dyn Error + Send + Sync>;

pub(super) fn on_runtime<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?
        .block_on(work)
}

/// Whom the load speaks for. The password comes on standard input, once for all.
#[derive(clap::Args)]
pub(super) struct Who {
    #[arg(long)]
    home: PathBuf,
    #[arg(long)]
    account: AccountId,
    #[arg(long, value_enum, default_value = "auto")]
    transport: TransportName,
}

/// An office that sends, with everybody whom that takes, and one that receives.
#[derive(clap::Args)]
pub(super) struct Offices {
    /// The sending office's home.
    #[arg(long)]
    pub(super) from: PathBuf,
    /// Its clerk, approver and custodian.
    #[arg(long, value_delimiter = ',')]
    pub(super) accounts: Vec<AccountId>,
    #[arg(long)]
    pub(super) seal: SealId,
    /// The receiving office's home.
    #[arg(long)]
    pub(super) home: PathBuf,
    #[arg(long)]
    pub(super) account: AccountId,
    /// The file that the documents carry.
    #[arg(long)]
    pub(super) file: PathBuf,
    #[arg(long, value_enum, default_value = "auto")]
    pub(super) transport: TransportName,
}

/// A computer of a unit.
pub(super) struct Post {
    pub(super) home: Home,
    pub(super) place: Place,
}

impl Post {
    pub(super) fn at(folder: &Path, transport: TransportName) -> Result<Self, Failure> {
        let home = Home::take(folder, "load")?;
        let mut place = Place::of(&home)?;
        place.settings.transport = transport;
        Ok(Self { home, place })
    }

    pub(super) fn unlock(&self, account: &AccountId, password: &str) -> Result<Unlocked, Failure> {
        let password = Password::new(password.to_owned());
        Ok(Unlocked::open(self.home.folder(), account, password)?)
    }

    pub(super) async fn session(&self, account: &Unlocked) -> Result<Session, Failure> {
        let contact = self.place.contact(&self.home);
        Ok(Session::open(&contact, account.identity()).await?)
    }
}

impl Who {
    pub(super) fn post(&self, password: &str) -> Result<(Post, Unlocked), Failure> {
        let post = Post::at(&self.home, self.transport)?;
        let unlocked = post.unlock(&self.account, password)?;
        Ok((post, unlocked))
    }
}

pub(super) fn password() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    Ok(text.trim_end().to_owned())
}

/// The value below which `percent` of the sorted values lie.
pub(super) fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let place = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(place).copied().unwrap_or(f64::NAN)
}
