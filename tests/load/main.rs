//! `load`: puts a running exchange under load, and measures what it does.
//!
//! It speaks for a unit with the unit's library and keystores, and prints one JSON object.

mod announcing;
mod closing;
mod filling;
mod hurrying;
mod issuing;
mod post;
mod raw;
mod submitting;
mod sweeping;
mod transferring;

use std::process::ExitCode;

use clap::Parser;

use self::post::on_runtime;

#[derive(Parser)]
enum What {
    Close(closing::Close),
    Submit(submitting::Submit),
    Count(submitting::Count),
    Announce(announcing::Announce),
    Transfer(transferring::Transfer),
    Raw(raw::Raw),
    RawServe(raw::Serve),
    Hurry(hurrying::Hurry),
    Issue(issuing::Issue),
    #[command(flatten)]
    Filled(sweeping::Filled),
}

fn main() -> ExitCode {
    let outcome = match What::parse() {
        What::Close(close) => close.run(),
        What::Submit(submit) => on_runtime(submit.run()),
        What::Count(count) => on_runtime(count.run()),
        What::Announce(announce) => on_runtime(announce.run()),
        What::Transfer(transfer) => on_runtime(transfer.run()),
        What::Raw(raw) => on_runtime(raw.run()),
        What::RawServe(serve) => on_runtime(serve.run()),
        What::Issue(issue) => on_runtime(issue.run()),
        What::Hurry(hurry) => on_runtime(hurry.run()),
        What::Filled(filled) => on_runtime(filled.run()),
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
