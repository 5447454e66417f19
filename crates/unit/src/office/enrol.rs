//! Enrolling an account on this computer.

use std::path::Path;

use yichuan_document::roster::Roster;
use yichuan_document::roster::record::Status;
use yichuan_document::{AccountId, DeviceId};
use yichuan_wire::message::{Answer, Ask};

use super::failed::Failed;
use super::place::device_of;
use super::session::{Connected, Contact, Session, record};
pub use crate::enrol::keystore_path;
use crate::enrol::{Attempt, set_aside};
use crate::keystore::{DeviceSecrets, Password};
use crate::ticket::TicketCode;
use crate::token::NewKeyPlace;

/// What was enrolled.
pub struct Enrolled {
    /// The account.
    pub account: AccountId,
    /// This computer.
    pub device: DeviceId,
    /// The roster entry's index.
    pub index: u64,
}

/// Where the keys of an account are made.
#[derive(Clone, Copy, Debug, Default)]
pub struct NewKeys<'a> {
    /// The signing key on this token.
    pub on_token: Option<&'a NewKeyPlace>,
    /// In a keystore of their own, in place of one whose password was forgotten, which is kept.
    pub anew: bool,
}

/// Enrols the account of a ticket on this computer. Keys and statement are on the disk before the
/// first attempt, and a repeated attempt sends the same bytes.
pub async fn enrol(
    contact: &Contact<'_>,
    code: &TicketCode,
    password: &Password,
    device_secrets: &DeviceSecrets,
    keys: NewKeys<'_>,
) -> Result<Enrolled, Failed> {
    let Connected { link, mirror } = contact.connect().await?;
    on_this_computer(contact.home, mirror.roster(), code)?;
    if keys.anew {
        password.check().map_err(|_| Failed::WeakPassword)?;
        set_aside(contact.home, mirror.roster(), code)?;
    }
    let ground = (mirror.roster(), mirror.seen());
    let attempt = Attempt::prepare(
        contact.home,
        ground,
        code,
        password,
        device_secrets,
        keys.on_token,
    )?;
    // The exchange answers a repeat with the first index (protocol rule 24).
    let answer = link
        .ask(Ask::Record(record(&attempt.signed, Vec::new(), None)))
        .await?;
    let Answer::Recorded(proven) = answer else {
        return Err(Failed::Protocol);
    };
    mirror.verify(&proven)?;
    let device = attempt.device;
    crate::home::replace(&contact.home.join("device"), device.as_str().as_bytes())?;
    Ok(Enrolled {
        account: attempt.account,
        device,
        index: proven.entry.index,
    })
}

/// Refuses a ticket that was issued for another computer than the one that this home is in use on:
/// its other accounts would be on a computer that they are not bound to.
fn on_this_computer(home: &Path, roster: &Roster, code: &TicketCode) -> Result<(), Failed> {
    let Some(ticket) = roster.ticket(&code.id()) else {
        return Ok(());
    };
    if !home.join("device").try_exists()? {
        return Ok(());
    }
    let here = device_of(home)?;
    let in_use = roster
        .device(&here)
        .is_some_and(|device| device.status == Status::Active);
    if here == ticket.device || !in_use {
        return Ok(());
    }
    Err(Failed::OtherComputer {
        meant: ticket.device,
        here,
    })
}

impl Session {
    /// Takes in what has changed in the roster.
    pub async fn follow(&mut self) -> Result<(), Failed> {
        self.mirror.advance(&self.link).await
    }
}
