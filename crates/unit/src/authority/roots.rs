//! What the root signs: officers, the m-of-n rule, the escrow key, the exchange, its succession.

use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use yichuan_document::key::SigningSecret;
use yichuan_document::roster::act::{
    ACT_ESCROW_SET, ACT_EXCHANGE_CERTIFIED, ACT_OFFICER_CERTIFIED, ACT_QUORUM_SET, ActFile, Change,
    Genesis, RootSuccession,
};
use yichuan_document::roster::duty::{ESCROW_ID, Escrow, QUORUM_ID, Quorum};
use yichuan_document::roster::record::{ExchangeKeys, Officer, Status};
use yichuan_document::roster::{Roster, RosterRefused};
use yichuan_document::signed::{Payload, Signed, SlotRole};
use yichuan_document::{Digest, Origin, PersonId, StatementId, cbor};

use super::joint::{pending, take};
use super::request::{EscrowRequest, OfficerRequest, RootRequest};
use super::{Authority, AuthorityFailed, SignedAct, acts, context, key_or_new, key_path};
use crate::keystore::{self, Password};

/// The files of root keys: the present, the next, and the one after.
const ROOT_FILES: [&str; 3] = ["root", "next-root", "after-root"];

/// The root keys that are in this home.
pub(super) fn root_keys(
    folder: &Path,
    password: &Password,
) -> Result<Vec<SigningSecret>, AuthorityFailed> {
    let mut keys = Vec::new();
    for name in ROOT_FILES {
        let path = key_path(folder, name);
        if path.try_exists()? {
            let secrets = keystore::open(&path, password)?;
            keys.push(secrets.signing_here()?);
        }
    }
    Ok(keys)
}

/// Shows the public part of this home's root keys: the present and the next for founding, the next
/// and the one after for a succession. Makes those that are not there yet.
pub fn root_request(folder: &Path, password: &Password) -> Result<RootRequest, AuthorityFailed> {
    crate::unix::create_private_folder(folder)?;
    let in_office = match Authority::open(folder) {
        Ok(authority) => {
            authority.rename_root_keys(password)?;
            true
        }
        Err(AuthorityFailed::NotHere) => false,
        Err(other) => return Err(other),
    };
    let names = if in_office {
        [ROOT_FILES[1], ROOT_FILES[2]]
    } else {
        [ROOT_FILES[0], ROOT_FILES[1]]
    };
    if in_office && !key_path(folder, names[0]).try_exists()? {
        return Err(AuthorityFailed::NoNextRoot);
    }
    let [first, second] = names.map(|name| key_or_new(folder, name, password));
    Ok(RootRequest::of(&first?, &second?))
}

/// Makes an officer's key in a home of its own, or finds it, and shows its public part.
pub fn officer_request(
    folder: &Path,
    person: &PersonId,
    password: &Password,
) -> Result<OfficerRequest, AuthorityFailed> {
    crate::unix::create_private_folder(folder)?;
    let key = key_or_new(folder, "officer", password)?;
    Ok(OfficerRequest {
        person: person.clone(),
        key: key.public(),
    })
}

/// The founders besides this home: their requests, and how many of all must sign.
#[derive(Clone, Debug, Default)]
pub struct Founders {
    /// The others' requests.
    pub others: Vec<RootRequest>,
    /// How many of all root keys must sign; 0 stands for all.
    pub threshold: u8,
}

impl Founders {
    fn threshold(&self) -> u8 {
        let all = u8::try_from(self.others.len() + 1).unwrap_or(u8::MAX);
        if self.threshold == 0 {
            all
        } else {
            self.threshold
        }
    }
}

/// Makes the root of this home and signs the genesis; where others found it too, it waits for them.
pub(super) fn begin(
    folder: &Path,
    origin: &Origin,
    founders: &Founders,
    password: &Password,
) -> Result<(), AuthorityFailed> {
    if resumed(folder, 0)? {
        return Ok(());
    }
    let own = root_request(folder, password)?;
    let all: Vec<RootRequest> = core::iter::once(own)
        .chain(founders.others.iter().cloned())
        .collect();
    let (set, next) = RootRequest::sets(&all, founders.threshold());
    if !set.is_sound() || !next.is_sound() {
        return Err(AuthorityFailed::BadRootSet);
    }
    let genesis = Genesis {
        roots: set.keys,
        threshold: set.threshold,
        next: next.digest(),
    };
    let context = context(origin.clone(), Digest::from_bytes([0; 32]));
    let now = crate::now();
    let id = StatementId::new(now, &mut crate::chance()?);
    let payload = Payload::new(&context, id, now, &genesis);
    let root = key_or_new(folder, ROOT_FILES[0], password)?;
    let signed = Signed::new(&payload, &[(SlotRole::Root, &root)]);
    let file = ActFile::new(&signed, Vec::new());
    if Roster::begin(&signed).is_ok() {
        acts::write(folder, 0, &file)?;
        return Ok(());
    }
    let path = pending(folder, 0, &signed)?;
    crate::home::replace(&path, &cbor::to_vec(&file))?;
    Err(AuthorityFailed::Unfinished {
        file: path,
        missing: founders.others.len(),
    })
}

/// Takes in the statement with this number that waited for signatures and has them now. One that
/// still lacks some is an error that names it.
pub(super) fn resumed(folder: &Path, sequence: u64) -> Result<bool, AuthorityFailed> {
    let Some(path) = waiting(folder, sequence)? else {
        return Ok(false);
    };
    match take(folder, &path) {
        Ok(_) => {
            std::fs::remove_file(&path)?;
            Ok(true)
        }
        Err(AuthorityFailed::Refused(RosterRefused::Quorum { needed, found })) => {
            Err(AuthorityFailed::Unfinished {
                file: path,
                missing: needed - found,
            })
        }
        Err(other) => Err(other),
    }
}

fn waiting(folder: &Path, sequence: u64) -> Result<Option<PathBuf>, AuthorityFailed> {
    let entries = match std::fs::read_dir(folder.join("pending")) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let begins = format!("{sequence:04}-");
    for entry in entries {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(&begins) {
            return Ok(Some(entry.path()));
        }
    }
    Ok(None)
}

impl Authority {
    /// Certifies an exchange by its request line.
    pub fn certify_exchange(
        &mut self,
        request: &str,
        password: &Password,
    ) -> Result<SignedAct, AuthorityFailed> {
        let line = request
            .trim_end()
            .strip_prefix("yichuan-exchange-request v1 ");
        let bytes = line.and_then(|line| BASE64.decode(line.as_bytes()).ok());
        let keys: ExchangeKeys = bytes
            .and_then(|bytes| cbor::read(&bytes, 4_096).ok())
            .ok_or(AuthorityFailed::NotARequest)?;
        let change = Change::put(self.roster.origin().as_str(), &keys);
        self.sign_as_root(ACT_EXCHANGE_CERTIFIED, vec![change], password)
    }

    /// Certifies an officer, or gives a known one another key.
    pub fn certify_officer(
        &mut self,
        request: &OfficerRequest,
        password: &Password,
    ) -> Result<SignedAct, AuthorityFailed> {
        let record = Officer {
            keys: vec![request.key.clone()],
            status: Status::Active,
        };
        let change = Change::put(request.person.as_str(), &record);
        self.sign_as_root(ACT_OFFICER_CERTIFIED, vec![change], password)
    }

    /// Suspends, resumes or closes an officer: a key that was lost or stolen ends here.
    pub fn set_officer(
        &mut self,
        person: &PersonId,
        status: Status,
        password: &Password,
    ) -> Result<SignedAct, AuthorityFailed> {
        let found = self
            .roster
            .all::<Officer>()
            .find(|(id, _)| *id == person.as_str())
            .map(|(_, officer)| officer);
        let known = found.ok_or_else(|| AuthorityFailed::Unknown(person.to_string()))?;
        if known.status == status {
            return Err(AuthorityFailed::AlreadySo(person.to_string()));
        }
        let change = Change::put(person.as_str(), &Officer { status, ..known });
        self.sign_as_root(ACT_OFFICER_CERTIFIED, vec![change], password)
    }

    /// Sets how many officers must sign what.
    pub fn set_quorum(
        &mut self,
        quorum: &Quorum,
        password: &Password,
    ) -> Result<SignedAct, AuthorityFailed> {
        let change = Change::put(QUORUM_ID, quorum);
        self.sign_as_root(ACT_QUORUM_SET, vec![change], password)
    }

    /// Sets the authority's escrow key; units make halves for it from their next key on.
    pub fn set_escrow(
        &mut self,
        request: &EscrowRequest,
        password: &Password,
    ) -> Result<SignedAct, AuthorityFailed> {
        let record = Escrow {
            key: request.key.clone(),
        };
        let change = Change::put(ESCROW_ID, &record);
        self.sign_as_root(ACT_ESCROW_SET, vec![change], password)
    }

    /// Hands the root over to the set that was committed to, whose keys the requests show: this
    /// home's own next key, and the others'.
    pub fn succeed(
        &mut self,
        founders: &Founders,
        password: &Password,
    ) -> Result<SignedAct, AuthorityFailed> {
        let own = root_request(&self.folder, password)?;
        let all: Vec<RootRequest> = core::iter::once(own)
            .chain(founders.others.iter().cloned())
            .collect();
        let (set, after) = RootRequest::sets(&all, founders.threshold());
        if set.digest() != self.roster.next_roots() {
            return Err(AuthorityFailed::NotTheSuccessor);
        }
        let body = RootSuccession {
            sequence: self.roster.sequence() + 1,
            previous: self.roster.last_act(),
            set,
            next: after.digest(),
        };
        let keys = root_keys(&self.folder, password)?;
        let mut signers = Vec::new();
        for key in &keys {
            if self.roster.roots().keys.contains(&key.public()) {
                signers.push((SlotRole::Root, key));
            }
            if body.set.keys.contains(&key.public()) {
                signers.push((SlotRole::NewRoot, key));
            }
        }
        let now = crate::now();
        let id = StatementId::new(now, &mut crate::chance()?);
        let payload = Payload::new(&self.context(), id, now, &body);
        let signed = Signed::new(&payload, &signers);
        self.settle(signed, Vec::new())
    }

    /// Signs an act with every root key of this home.
    pub(super) fn sign_as_root(
        &mut self,
        act: u16,
        changes: Vec<Change>,
        password: &Password,
    ) -> Result<SignedAct, AuthorityFailed> {
        self.rename_root_keys(password)?;
        let keys = root_keys(&self.folder, password)?;
        let own = keys
            .iter()
            .filter(|key| self.roster.roots().keys.contains(&key.public()));
        let signers: Vec<_> = own.map(|key| (SlotRole::Root, key)).collect();
        if signers.is_empty() {
            return Err(AuthorityFailed::NoRoot);
        }
        let signed = self.statement(&signers, act, changes, Vec::new())?;
        self.settle(signed, Vec::new())
    }

    /// After a succession, the files are named by what the keys are now. The retired key is kept
    /// under a name of its own; it signs nothing any more.
    fn rename_root_keys(&self, password: &Password) -> Result<(), AuthorityFailed> {
        let path = |name: &str| key_path(&self.folder, name);
        let public = |name: &str| -> Result<_, AuthorityFailed> {
            if !path(name).try_exists()? {
                return Ok(None);
            }
            let secrets = keystore::open(&path(name), password)?;
            Ok(Some(secrets.signing_here()?.public()))
        };
        let roots = &self.roster.roots().keys;
        let follows = public(ROOT_FILES[1])?.is_some_and(|key| roots.contains(&key));
        if !follows {
            return Ok(());
        }
        if path(ROOT_FILES[0]).try_exists()? {
            let retired = format!("root-retired-{}", self.roster.sequence());
            std::fs::rename(path(ROOT_FILES[0]), path(&retired))?;
        }
        std::fs::rename(path(ROOT_FILES[1]), path(ROOT_FILES[0]))?;
        if path(ROOT_FILES[2]).try_exists()? {
            std::fs::rename(path(ROOT_FILES[2]), path(ROOT_FILES[1]))?;
        }
        Ok(crate::unix::sync_folder(&self.folder)?)
    }
}
