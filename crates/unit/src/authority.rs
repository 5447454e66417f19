//! The authority: it signs statements about units, people, computers and seals (Art. 7, 12).
//!
//! Making a statement and submitting it are separate acts: what signs never talks to a network.

mod plan;

use std::fmt;
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use rand_core::Rng as _;
use yichuan_document::inspection::Check;
use yichuan_document::key::{PublicKey, SigningSecret};
use yichuan_document::level::Ceiling;
use yichuan_document::roster::act::{ActFile, AuthorityAct, Change, Genesis};
use yichuan_document::roster::record::{ExchangeKeys, Officer, Policy, Record, SealGrant, Status};
use yichuan_document::roster::{POLICY_ID, Roster, RosterRefused};
use yichuan_document::signed::{Context, Payload, RosterHead, Signed, SlotRole};
use yichuan_document::statement::AttachmentRef;
use yichuan_document::{Digest, Origin, PersonId, StatementId, cbor, tree};

pub use plan::{IssuedTicket, Plan};

use yichuan_evidence::verify::RootPin;

use crate::home::replace;
use crate::keystore::{self, KeystoreFailed, Password, Secrets};

/// The authority's home: keys, and every statement that was made, in order.
pub struct Authority {
    folder: PathBuf,
    roster: Roster,
    acts: u64,
}

/// The minutes to sign for a document, by urgency from the least (Art. 10 and 11).
const DUE_MINUTES: [u16; 5] = [480, 480, 240, 120, 60];

impl Authority {
    /// Founds an installation: root and officer, the genesis, the officer's certificate and a
    /// policy.
    pub fn found(
        folder: &Path,
        origin: &Origin,
        officer: &PersonId,
        password: &Password,
    ) -> Result<Self, AuthorityFailed> {
        password
            .check()
            .map_err(|_| AuthorityFailed::WeakPassword)?;
        crate::unix::create_private_folder(&folder.join("acts"))?;
        let mut rng = crate::chance()?;
        let mut keys = Vec::new();
        for name in ["root", "next-root", "officer"] {
            let secrets = Secrets::generate(&mut rng);
            let path = folder.join(format!("{name}.key"));
            keystore::create(&path, password, &secrets, &mut rng)?;
            keys.push(SigningSecret::from_seed(&secrets.signing));
        }
        let [root, next, signer] = keys.as_slice() else {
            return Err(AuthorityFailed::NotHere);
        };
        let genesis = Genesis {
            roots: vec![root.public()],
            threshold: 1,
            next: Digest::of(&cbor::to_vec(&vec![next.public()])),
        };
        let context = Context {
            origin: origin.clone(),
            genesis: Digest::from_bytes([0; 32]),
            roster: RosterHead {
                count: 0,
                root: tree::empty_root(),
            },
            seen: None,
            account: None,
            device: None,
        };
        let now = crate::now();
        let payload = Payload::new(&context, StatementId::new(now, &mut rng), now, &genesis);
        let signed = Signed::new(&payload, &[(SlotRole::Root, root)]);
        let roster = Roster::begin(&signed).map_err(|_| AuthorityFailed::NotHere)?;
        let pin = RootPin {
            origin: origin.clone(),
            genesis: roster.genesis(),
        };
        let mut authority = Self {
            folder: folder.to_owned(),
            roster,
            acts: 0,
        };
        authority.write_act(&ActFile::new(&signed, Vec::new()))?;
        replace(&folder.join("root.pub"), format!("{pin}\n").as_bytes())?;
        let record = Officer {
            keys: vec![signer.public()],
            status: Status::Active,
        };
        let change = Change::put(officer.as_str(), &record);
        authority.sign(SlotRole::Root, root, 2, vec![change], Vec::new())?;
        let policy = Policy {
            ceiling: Ceiling::Secret,
            rule_set: 1,
            mandatory_checks: Check::MANDATORY
                .iter()
                .filter_map(|check| u16::try_from(check.code()).ok())
                .collect(),
            due_minutes: DUE_MINUTES.to_vec(),
        };
        let change = Change::put(POLICY_ID, &policy);
        authority.sign(SlotRole::Officer, signer, 1, vec![change], Vec::new())?;
        Ok(authority)
    }

    /// Opens the home and folds what was signed before.
    pub fn open(folder: &Path) -> Result<Self, AuthorityFailed> {
        let mut authority: Option<Self> = None;
        for number in 0.. {
            let path = act_path(folder, number);
            let Ok(bytes) = std::fs::read(&path) else {
                break;
            };
            let (signed, _) =
                ActFile::read(&bytes).map_err(|_| AuthorityFailed::Damaged(path.clone()))?;
            match &mut authority {
                None => {
                    let roster =
                        Roster::begin(&signed).map_err(|_| AuthorityFailed::Damaged(path))?;
                    authority = Some(Self {
                        folder: folder.to_owned(),
                        roster,
                        acts: 1,
                    });
                }
                Some(authority) => {
                    let decided = authority
                        .roster
                        .decide(&signed, crate::now())
                        .map_err(|_| AuthorityFailed::Damaged(path))?;
                    authority.roster.apply(&decided);
                    authority.acts += 1;
                }
            }
        }
        authority.ok_or(AuthorityFailed::NotHere)
    }

    /// The roster as the authority's own statements make it.
    pub const fn roster(&self) -> &Roster {
        &self.roster
    }

    /// The files of every statement, in order.
    pub fn files(&self) -> Vec<PathBuf> {
        (0..self.acts)
            .map(|number| act_path(&self.folder, number))
            .collect()
    }

    /// Certifies an exchange by its request line.
    pub fn certify_exchange(
        &mut self,
        request: &str,
        password: &Password,
    ) -> Result<PathBuf, AuthorityFailed> {
        let line = request
            .trim_end()
            .strip_prefix("yichuan-exchange-request v1 ");
        let bytes = line.and_then(|line| BASE64.decode(line.as_bytes()).ok());
        let keys: ExchangeKeys = bytes
            .and_then(|bytes| cbor::read(&bytes, 4_096).ok())
            .ok_or(AuthorityFailed::NotARequest)?;
        let change = Change::put(self.roster.origin().as_str(), &keys);
        let root = self.key("root", password)?;
        self.sign(SlotRole::Root, &root, 3, vec![change], Vec::new())
    }

    /// Issues a seal: its key from the custodian's request, its picture from a PNG.
    pub fn issue_seal(
        &mut self,
        request: &SealRequest,
        grant: SealIssue,
        password: &Password,
    ) -> Result<PathBuf, AuthorityFailed> {
        let picture = yichuan_seal::SealPicture::read(&grant.picture)
            .map_err(|why| AuthorityFailed::Picture(why.to_string()))?;
        let attachment = AttachmentRef::to(&grant.picture).ok_or(AuthorityFailed::NotARequest)?;
        let now = crate::now();
        let record = SealGrant {
            name: grant.name,
            kind: 1,
            picture: picture.digest(),
            custodian: request.custodian.clone(),
            devices: grant.devices,
            valid_from: now,
            valid_until: now.plus_ms(u64::from(grant.valid_days) * 86_400_000),
            keys: vec![request.key.clone()],
            ses: None,
            status: Status::Active,
        };
        let change = Change::put(grant.id.as_str(), &record);
        let officer = self.key("officer", password)?;
        let named = vec![(attachment, grant.picture)];
        self.sign(SlotRole::Officer, &officer, 50, vec![change], named)
    }

    /// Puts one record as the officer.
    pub fn put<R: Record>(
        &mut self,
        act: u16,
        id: &str,
        record: &R,
        password: &Password,
    ) -> Result<PathBuf, AuthorityFailed> {
        let officer = self.key("officer", password)?;
        self.sign(
            SlotRole::Officer,
            &officer,
            act,
            vec![Change::put(id, record)],
            Vec::new(),
        )
    }

    fn key(&self, name: &str, password: &Password) -> Result<SigningSecret, AuthorityFailed> {
        let secrets = keystore::open(&self.folder.join(format!("{name}.key")), password)?;
        Ok(SigningSecret::from_seed(&secrets.signing))
    }

    fn sign(
        &mut self,
        role: SlotRole,
        key: &SigningSecret,
        act: u16,
        changes: Vec<Change>,
        attachments: Vec<(AttachmentRef, Vec<u8>)>,
    ) -> Result<PathBuf, AuthorityFailed> {
        let (named, files): (Vec<_>, Vec<_>) = attachments.into_iter().unzip();
        let body = AuthorityAct {
            sequence: self.roster.sequence() + 1,
            previous: self.roster.last_act(),
            act,
            changes,
            attachments: named,
        };
        // The newest roster that the exchange's log is known to have had: the one of its start,
        // where the signing machine has never seen the log.
        let context = Context {
            origin: self.roster.origin().clone(),
            genesis: self.roster.genesis(),
            roster: RosterHead {
                count: 0,
                root: tree::empty_root(),
            },
            seen: None,
            account: None,
            device: None,
        };
        let now = crate::now();
        let id = StatementId::new(now, &mut crate::chance()?);
        let signed = Signed::new(&Payload::new(&context, id, now, &body), &[(role, key)]);
        let decided = self
            .roster
            .decide(&signed, now)
            .map_err(AuthorityFailed::Refused)?;
        let path = self.write_act(&ActFile::new(&signed, files))?;
        self.roster.apply(&decided);
        Ok(path)
    }

    fn write_act(&mut self, file: &ActFile) -> Result<PathBuf, AuthorityFailed> {
        let path = act_path(&self.folder, self.acts);
        replace(&path, &cbor::to_vec(file))?;
        self.acts += 1;
        Ok(path)
    }
}

fn act_path(folder: &Path, number: u64) -> PathBuf {
    folder.join("acts").join(format!("{number:04}.act"))
}

/// What the authority adds to a seal's request.
pub struct SealIssue {
    /// The seal's id.
    pub id: yichuan_document::SealId,
    /// What it is called.
    pub name: String,
    /// Its picture, a PNG.
    pub picture: Vec<u8>,
    /// The computers on which it may be used.
    pub devices: Vec<yichuan_document::DeviceId>,
    /// For how many days it is valid.
    pub valid_days: u32,
}

/// A custodian's request for a seal: its key was made in the custodian's keystore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealRequest {
    /// The custodian's account.
    pub custodian: yichuan_document::AccountId,
    /// The seal's public key.
    pub key: PublicKey,
}

impl SealRequest {
    /// The line that is handed to the authority, signed with the seal's key.
    pub fn to_line(&self, secret: &SigningSecret) -> String {
        let body = cbor::to_vec(&(self.custodian.as_str(), &self.key));
        let signature = secret.sign(&signed_request(&body));
        let whole = [signature.as_slice(), &body].concat();
        format!("yichuan-seal-request v1 {}\n", BASE64.encode(&whole))
    }

    /// Reads the line; refuses one that the seal's key has not signed.
    pub fn read(line: &str) -> Result<Self, AuthorityFailed> {
        let text = line.trim_end().strip_prefix("yichuan-seal-request v1 ");
        let bytes = text.and_then(|text| BASE64.decode(text.as_bytes()).ok());
        let bytes = bytes.ok_or(AuthorityFailed::NotARequest)?;
        let (signature, body) = bytes
            .split_first_chunk::<64>()
            .ok_or(AuthorityFailed::NotARequest)?;
        let (custodian, key): (String, PublicKey) =
            cbor::read(body, 4_096).map_err(|_| AuthorityFailed::NotARequest)?;
        key.verify(&signed_request(body), signature)
            .map_err(|_| AuthorityFailed::NotARequest)?;
        let custodian = custodian
            .parse()
            .map_err(|_| AuthorityFailed::NotARequest)?;
        Ok(Self { custodian, key })
    }
}

fn signed_request(body: &[u8]) -> Vec<u8> {
    [b"yichuan/seal-request/1\n".as_slice(), body].concat()
}

/// Fresh chance for a seal's key.
pub fn seal_seed() -> std::io::Result<zeroize::Zeroizing<[u8; 32]>> {
    let mut seed = zeroize::Zeroizing::new([0; 32]);
    crate::chance()?.fill_bytes(seed.as_mut());
    Ok(seed)
}

/// Why the authority did not sign.
#[derive(Debug)]
#[non_exhaustive]
pub enum AuthorityFailed {
    /// No authority was founded here.
    NotHere,
    /// A statement that was made before cannot be read or does not follow.
    Damaged(PathBuf),
    /// The password is too easy to guess.
    WeakPassword,
    /// A keystore.
    Keystore(KeystoreFailed),
    /// Not a request of an exchange or a custodian.
    NotARequest,
    /// The picture cannot be used for a seal.
    Picture(String),
    /// The plan cannot be read.
    Plan(String),
    /// The roster does not take it.
    Refused(RosterRefused),
    /// A file.
    Io(std::io::Error),
}

impl From<std::io::Error> for AuthorityFailed {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<KeystoreFailed> for AuthorityFailed {
    fn from(error: KeystoreFailed) -> Self {
        Self::Keystore(error)
    }
}

impl fmt::Display for AuthorityFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotHere => f.write_str("no authority was founded in this home"),
            Self::Damaged(path) => write!(f, "{} is damaged", path.display()),
            Self::WeakPassword => f.write_str("the password is too easy to guess"),
            Self::Keystore(error) => error.fmt(f),
            Self::NotARequest => f.write_str("not a request, or changed on its way"),
            Self::Picture(why) => write!(f, "the picture cannot be used: {why}"),
            Self::Plan(why) => write!(f, "the plan cannot be read: {why}"),
            Self::Refused(why) => why.fmt(f),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for AuthorityFailed {}
