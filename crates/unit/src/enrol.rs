//! What a ticket's holder says to enrol an account on this computer; it never talks to a network.
//!
//! Keys and statement are on the disk before the first attempt, so that an attempt whose answer
//! was lost is repeated with the same bytes (protocol rules 12 and 24).

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use yichuan_document::key::{SigningSecret, Signs};
use yichuan_document::roster::Roster;
use yichuan_document::roster::act::Enrolment;
use yichuan_document::roster::record::{AccountKeys, DeviceKeys};
use yichuan_document::signed::{Context, Payload, SIGNED_BYTES_MAX, Seen, Signed, SlotRole};
use yichuan_document::{AccountId, DeviceId, StatementId};
use yichuan_envelope::EncryptionSecret;

use crate::home::{read_at_most, replace};
use crate::keystore::{self, DeviceSecrets, KeyAt, KeystoreFailed, Password, Secrets};
use crate::ticket::TicketCode;
use crate::token::{NewKeyPlace, OwnKey, TokenFailed};
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
    /// home; both are on the disk when it returns. The signing key is made on a token where one is
    /// named. Refuses a ticket that `roster` does not know, a weak password, another password than
    /// the one of the earlier attempt, and a token where that one made its key elsewhere.
    pub fn prepare(
        home: &Path,
        (roster, seen): (&Roster, Option<Seen>),
        code: &TicketCode,
        password: &Password,
        device: &DeviceSecrets,
        on_token: Option<&NewKeyPlace>,
    ) -> Result<Self, EnrolFailed> {
        let ticket = roster
            .ticket(&code.id())
            .ok_or(EnrolFailed::UnknownTicket)?;
        let secrets = secrets_of(home, &ticket.account, password, on_token)?;
        let signing = secrets.signing().own_key();
        let body = body(code, &ticket.device, (&secrets, &signing), device);
        unix::create_private_folder(&home.join("enrolments"))?;
        let path = statement_path(home, code);
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
            let signed = sign(&context, code, &signing, device, &body)?;
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

/// Sets the keystore aside that the account of a ticket has on this home, so that the ticket makes
/// another one: its password was forgotten. One that an attempt with this very ticket made stays.
/// Returns where it is now.
pub fn set_aside(home: &Path, roster: &Roster, code: &TicketCode) -> io::Result<Option<PathBuf>> {
    let Some(ticket) = roster.ticket(&code.id()) else {
        return Ok(None);
    };
    let path = keystore_path(home, &ticket.account);
    if statement_path(home, code).try_exists()? || !path.try_exists()? {
        return Ok(None);
    }
    let aside = path.with_extension(format!("before-{}", code.id()));
    std::fs::rename(&path, &aside)?;
    Ok(Some(aside))
}

fn statement_path(home: &Path, code: &TicketCode) -> PathBuf {
    home.join("enrolments")
        .join(format!("{}.statement", code.id()))
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
    on_token: Option<&NewKeyPlace>,
) -> Result<Secrets, EnrolFailed> {
    let path = keystore_path(home, account);
    if path.try_exists()? {
        let secrets = keystore::open(&path, password)?;
        let fits = match (secrets.signing(), on_token) {
            (KeyAt::OnToken(key), Some(place)) => key.token == place.token,
            (KeyAt::Here(_), None) => true,
            _ => false,
        };
        return if fits {
            Ok(secrets)
        } else {
            Err(EnrolFailed::KeyElsewhere(path))
        };
    }
    password.check().map_err(|_| KeystoreFailed::WeakPassword)?;
    unix::create_private_folder(&home.join("accounts"))?;
    let mut rng = crate::chance()?;
    let Some(place) = on_token else {
        let secrets = Secrets::generate(&mut rng);
        keystore::create(&path, password, &secrets, &mut rng)?;
        return Ok(secrets);
    };
    let key = place.generate(&format!("yichuan {account}"))?;
    let secrets = Secrets::with_token(key.clone(), &mut rng);
    let created = keystore::create(&path, password, &secrets, &mut rng);
    if created.is_err() {
        place.forget(&key);
    }
    created?;
    Ok(secrets)
}

fn body(
    code: &TicketCode,
    on: &DeviceId,
    (secrets, signing): (&Secrets, &OwnKey),
    device: &DeviceSecrets,
) -> Enrolment {
    Enrolment {
        ticket: code.id(),
        account: AccountKeys {
            signing: vec![signing.public_key()],
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
    signing: &OwnKey,
    device: &DeviceSecrets,
    body: &Enrolment,
) -> Result<Signed, EnrolFailed> {
    let now = crate::now();
    let id = StatementId::new(now, &mut crate::chance()?);
    let device = SigningSecret::from_seed(&device.signing());
    let signers: [(SlotRole, &dyn Signs<TokenFailed>); 3] = [
        (SlotRole::Ticket, &code.key()),
        (SlotRole::NewAccount, signing),
        (SlotRole::NewDevice, &device),
    ];
    let payload = Payload::new(context, id, now, body);
    Ok(Signed::by(&payload, &signers)?)
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
    /// The token.
    Token(TokenFailed),
    /// An earlier attempt has made the key elsewhere: this keystore names where.
    KeyElsewhere(PathBuf),
    /// A file.
    Io(io::Error),
}

impl From<KeystoreFailed> for EnrolFailed {
    fn from(error: KeystoreFailed) -> Self {
        Self::Keystore(error)
    }
}

impl From<TokenFailed> for EnrolFailed {
    fn from(error: TokenFailed) -> Self {
        Self::Token(error)
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
            Self::Token(error) => error.fmt(f),
            Self::KeyElsewhere(path) => {
                write!(f, "{}: the key was made elsewhere", path.display())
            }
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for EnrolFailed {}
