//! What a ticket's holder says to enrol an account on this computer; it never talks to a network.
//!
//! Keys and statement are on the disk before the first attempt, so that an attempt whose answer
//! was lost is repeated with the same bytes (protocol rules 12 and 24).

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use yichuan_document::key::SigningSecret;
use yichuan_document::roster::Roster;
use yichuan_document::roster::act::Enrolment;
use yichuan_document::roster::record::{AccountKeys, DeviceKeys};
use yichuan_document::signed::{Context, Payload, SIGNED_BYTES_MAX, Seen, Signed, SlotRole};
use yichuan_document::{AccountId, DeviceId, StatementId};
use yichuan_envelope::EncryptionSecret;

use crate::home::{read_at_most, replace};
use crate::keystore::{self, DeviceSecrets, KeystoreFailed, Password, Secrets};
use crate::ticket::TicketCode;
use crate::unix;

/// An enrolment, ready to be submitted as often as it takes.
#[derive(Debug)]
pub struct Attempt {
    /// The account that it enrols.
    pub account: AccountId,
    /// The computer on which it does.
    pub device: DeviceId,
    /// The statement.
    pub signed: Signed,
}

impl Attempt {
    /// Makes the account's keys and the statement, or takes those of an earlier attempt on this
    /// home; both are on the disk when it returns. Refuses a ticket that `roster` does not know,
    /// a weak password, and another password than the one of the earlier attempt.
    pub fn prepare(
        home: &Path,
        (roster, seen): (&Roster, Option<Seen>),
        code: &TicketCode,
        password: &Password,
        device: &DeviceSecrets,
    ) -> Result<Self, EnrolFailed> {
        let ticket = roster
            .ticket(&code.id())
            .ok_or(EnrolFailed::UnknownTicket)?;
        let secrets = secrets_of(home, &ticket.account, password)?;
        let body = body(code, &ticket.device, &secrets, device);
        let folder = home.join("enrolments");
        unix::create_private_folder(&folder)?;
        let path = folder.join(format!("{}.statement", code.id()));
        let signed = if let Some(signed) = kept(&path, &body)? {
            signed
        } else {
            let context = Context {
                origin: roster.origin().clone(),
                genesis: roster.genesis(),
                roster: roster.head(),
                seen,
                account: Some(ticket.account.clone()),
                device: Some(ticket.device.clone()),
            };
            let signed = sign(&context, code, &secrets, device, &body)?;
            replace(&path, &signed.to_bytes())?;
            signed
        };
        Ok(Self {
            account: ticket.account,
            device: ticket.device,
            signed,
        })
    }

    /// Whether `roster` has taken this very statement in.
    pub fn is_recorded(&self, roster: &Roster, code: &TicketCode) -> bool {
        let ticket = roster.ticket(&code.id());
        ticket.is_some_and(|ticket| ticket.used_by == Some(self.signed.digest()))
    }
}

/// Where the keystore of an account stands.
pub fn keystore_path(home: &Path, account: &AccountId) -> PathBuf {
    home.join("accounts").join(format!("{account}.key"))
}

/// The secrets of an account: those of an earlier attempt, or new ones, on the disk.
fn secrets_of(
    home: &Path,
    account: &AccountId,
    password: &Password,
) -> Result<Secrets, EnrolFailed> {
    let path = keystore_path(home, account);
    if path.try_exists()? {
        return Ok(keystore::open(&path, password)?);
    }
    password.check().map_err(|_| KeystoreFailed::WeakPassword)?;
    unix::create_private_folder(&home.join("accounts"))?;
    let mut rng = crate::chance()?;
    let secrets = Secrets::generate(&mut rng);
    keystore::create(&path, password, &secrets, &mut rng)?;
    Ok(secrets)
}

fn body(code: &TicketCode, on: &DeviceId, secrets: &Secrets, device: &DeviceSecrets) -> Enrolment {
    Enrolment {
        ticket: code.id(),
        account: AccountKeys {
            signing: vec![SigningSecret::from_seed(&secrets.signing).public()],
            encryption: EncryptionSecret::from_seed(&secrets.encryption).public(),
            device: on.clone(),
        },
        device: DeviceKeys {
            tls: SigningSecret::from_seed(&device.tls()).public(),
            signing: vec![SigningSecret::from_seed(&device.signing()).public()],
        },
    }
}

fn sign(
    context: &Context,
    code: &TicketCode,
    secrets: &Secrets,
    device: &DeviceSecrets,
    body: &Enrolment,
) -> io::Result<Signed> {
    let now = crate::now();
    let id = StatementId::new(now, &mut crate::chance()?);
    Ok(Signed::new(
        &Payload::new(context, id, now, body),
        &[
            (SlotRole::Ticket, &code.key()),
            (
                SlotRole::NewAccount,
                &SigningSecret::from_seed(&secrets.signing),
            ),
            (
                SlotRole::NewDevice,
                &SigningSecret::from_seed(&device.signing()),
            ),
        ],
    ))
}

/// The statement of an earlier attempt, where it names these very keys.
fn kept(path: &Path, body: &Enrolment) -> io::Result<Option<Signed>> {
    let bytes = match read_at_most(path, SIGNED_BYTES_MAX as u64) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let signed = Signed::read(&bytes).ok();
    Ok(signed.filter(|signed| {
        let payload = signed.claimed().ok();
        payload.and_then(|payload| payload.body().ok()).as_ref() == Some(body)
    }))
}

/// Why an enrolment was not prepared.
#[derive(Debug)]
#[non_exhaustive]
pub enum EnrolFailed {
    /// The roster knows no such ticket.
    UnknownTicket,
    /// The account's keystore.
    Keystore(KeystoreFailed),
    /// A file.
    Io(io::Error),
}

impl From<KeystoreFailed> for EnrolFailed {
    fn from(error: KeystoreFailed) -> Self {
        Self::Keystore(error)
    }
}

impl From<io::Error> for EnrolFailed {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl fmt::Display for EnrolFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownTicket => f.write_str("there is no such ticket"),
            Self::Keystore(error) => error.fmt(f),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for EnrolFailed {}
