//! `load`: puts a running exchange under load, and measures what it does.
//!
//! It speaks for a unit with the unit's own library and keystores; `cargo xtask bench` founds an
//! installation, calls it, and compares. It prints one JSON object.

mod announcing;
mod closing;
mod raw;
mod submitting;
mod transferring;

use std::error::Error;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use yichuan_document::AccountId;
use yichuan_unit::home::{Home, TransportName};
use yichuan_unit::keystore::Password;
use yichuan_unit::office::Session;
use yichuan_unit::office::place::{Place, Unlocked};

/// Whatever went wrong; a measurement that fails is not looked into further.
type Failure = Box<dyn Error + Send + Sync>;

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Closes a file for three recipients, to nowhere.
    Close(closing::Close),
    /// Submits small documents from many connections at once.
    Submit(submitting::Submit),
    /// Counts the submissions that the unit's events tell of.
    Count(submitting::Count),
    /// Times from dispatch to announcement.
    Announce(announcing::Announce),
    /// Times bodies on their way to the exchange and back.
    Transfer(transferring::Transfer),
    /// Times a bare peer that hashes and writes.
    Raw(raw::Raw),
    /// The other side of `raw`.
    RawServe(raw::Serve),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match arguments.what {
        What::Close(close) => close.run(),
        What::Submit(submit) => on_runtime(submit.run()),
        What::Count(count) => on_runtime(count.run()),
        What::Announce(announce) => on_runtime(announce.run()),
        What::Transfer(transfer) => on_runtime(transfer.run()),
        What::Raw(raw) => on_runtime(raw.run()),
        What::RawServe(serve) => on_runtime(serve.run()),
    };
    match outcome {
        Ok(figures) => {
            println!("{figures}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("load: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn on_runtime<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?
        .block_on(work)
}

/// Whom the load speaks for. The password comes on standard input, once for all.
#[derive(clap::Args)]
struct Who {
    #[arg(long)]
    home: PathBuf,
    #[arg(long)]
    account: AccountId,
    #[arg(long, value_enum, default_value = "auto")]
    transport: TransportName,
}

/// A computer of a unit.
struct Post {
    home: Home,
    place: Place,
}

impl Post {
    fn at(folder: &Path, transport: TransportName) -> Result<Self, Failure> {
        let home = Home::take(folder, "load")?;
        let mut place = Place::of(&home)?;
        place.settings.transport = transport;
        Ok(Self { home, place })
    }

    fn unlock(&self, account: &AccountId, password: &str) -> Result<Unlocked, Failure> {
        let password = Password::new(password.to_owned());
        Ok(Unlocked::open(self.home.folder(), account, password)?)
    }

    async fn session(&self, account: &Unlocked) -> Result<Session, Failure> {
        let contact = self.place.contact(&self.home);
        Ok(Session::open(&contact, account.identity()).await?)
    }
}

impl Who {
    fn post(&self, password: &str) -> Result<(Post, Unlocked), Failure> {
        let post = Post::at(&self.home, self.transport)?;
        let unlocked = post.unlock(&self.account, password)?;
        Ok((post, unlocked))
    }
}

fn password() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    Ok(text.trim_end().to_owned())
}

/// The value below which `percent` of the sorted values lie.
fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let place = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(place).copied().unwrap_or(f64::NAN)
}
