//! What the program is asked for.

use clap::{Parser, Subcommand};
use serde_json::Value;

use super::post::{Failure, on_runtime};
use super::{announcing, closing, filling, hurrying, raw, submitting, sweeping, transferring};

#[derive(Parser)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) what: What,
}

#[derive(Subcommand)]
pub(super) enum What {
    Close(closing::Close),
    Submit(submitting::Submit),
    Count(submitting::Count),
    Announce(announcing::Announce),
    Transfer(transferring::Transfer),
    Raw(raw::Raw),
    RawServe(raw::Serve),
    FillDeliveries(filling::FillDeliveries),
    FillDocuments(filling::FillDocuments),
    Hurry(hurrying::Hurry),
    Sweep(sweeping::Sweep),
    List(sweeping::List),
}

impl What {
    /// Does it, and gives the figures.
    pub(super) fn run(self) -> Result<Value, Failure> {
        match self {
            Self::Close(close) => close.run(),
            Self::Submit(submit) => on_runtime(submit.run()),
            Self::Count(count) => on_runtime(count.run()),
            Self::Announce(announce) => on_runtime(announce.run()),
            Self::Transfer(transfer) => on_runtime(transfer.run()),
            Self::Raw(raw) => on_runtime(raw.run()),
            Self::RawServe(serve) => on_runtime(serve.run()),
            Self::FillDeliveries(fill) => on_runtime(fill.run()),
            Self::FillDocuments(fill) => on_runtime(fill.run()),
            Self::Hurry(hurry) => on_runtime(hurry.run()),
            Self::Sweep(sweep) => on_runtime(sweep.run()),
            Self::List(list) => on_runtime(list.run()),
        }
    }
}
