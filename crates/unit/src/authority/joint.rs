//! What several sign together: statements that wait for others' signatures, and those that others
//! have made.

use std::path::{Path, PathBuf};

use yichuan_document::cbor;
use yichuan_document::key::SigningSecret;
use yichuan_document::roster::act::{
    ACT_FILE_BYTES_MAX, ActFile, AuthorityAct, Genesis, RootSuccession,
};
use yichuan_document::roster::duty::RootSet;
use yichuan_document::roster::record::{Officer, Status};
use yichuan_document::roster::{NotAnOriginRoster, Roster, RosterRefused};
use yichuan_document::signed::{Signed, SlotRole};
use yichuan_evidence::verify::RootPin;

use super::roots::root_keys;
use super::{Authority, AuthorityFailed, SignedAct, acts, key_path};
use crate::home::{read_at_most, replace};
use crate::keystore::Password;

/// A statement that was looked at, and what became of it.
#[derive(Clone, Debug)]
pub struct Cosigned {
    /// The statement.
    pub act: SignedAct,
    /// Whether this home has added a signature.
    pub added: bool,
}

/// Reads a statement of the authority from a file.
pub(super) fn read_file(path: &Path) -> Result<(Signed, Vec<Vec<u8>>), AuthorityFailed> {
    let bytes = read_at_most(path, ACT_FILE_BYTES_MAX as u64)?;
    ActFile::read(&bytes).map_err(|_| AuthorityFailed::Damaged(path.to_owned()))
}

/// What a statement that nobody has completed says. Of a statement that is not of this authority,
/// nothing is signed.
pub fn claimed(path: &Path) -> Result<SignedAct, AuthorityFailed> {
    let (signed, _) = read_file(path)?;
    SignedAct::of(path.to_owned(), &signed)
}

/// Adds this home's signature to a statement that waits for it, in its file. Where it is complete
/// then, it counts here as well.
pub fn cosign(
    folder: &Path,
    path: &Path,
    password: &Password,
) -> Result<Cosigned, AuthorityFailed> {
    let (mut signed, files) = read_file(path)?;
    let added = match Authority::open(folder) {
        Ok(authority) => authority.add_own(&mut signed, password)?,
        // The founders of a root set have nothing yet but their keys.
        Err(AuthorityFailed::NotHere) => add_root(folder, &mut signed, password)?,
        Err(other) => return Err(other),
    };
    if added {
        replace(path, &cbor::to_vec(&ActFile::new(&signed, files)))?;
    }
    let mut act = SignedAct::of(path.to_owned(), &signed)?;
    match take(folder, path) {
        Ok(taken) => act = taken,
        Err(AuthorityFailed::Refused(RosterRefused::Quorum { needed, found })) => {
            act.missing = needed - found;
        }
        Err(AuthorityFailed::Unfinished { missing, .. }) => act.missing = missing,
        Err(other) => return Err(other),
    }
    Ok(Cosigned { act, added })
}

/// Takes in a complete statement that was signed elsewhere: the next one, or one that is here.
pub fn take(folder: &Path, path: &Path) -> Result<SignedAct, AuthorityFailed> {
    let (signed, files) = read_file(path)?;
    let authority = match Authority::open(folder) {
        Ok(authority) => authority,
        Err(AuthorityFailed::NotHere) => return take_genesis(folder, path, &signed, files),
        Err(other) => return Err(other),
    };
    let here = SignedAct::of(path.to_owned(), &signed)?;
    let known = authority
        .acts
        .iter()
        .find(|act| act.sequence == here.sequence);
    if let Some(known) = known.filter(|known| known.digest == here.digest) {
        return Ok(known.clone());
    }
    authority.take_next(signed, files)
}

/// The genesis of a set of several, once every root has signed it; the pin is compared where it
/// was brought here before.
fn take_genesis(
    folder: &Path,
    path: &Path,
    signed: &Signed,
    files: Vec<Vec<u8>>,
) -> Result<SignedAct, AuthorityFailed> {
    let roster = match Roster::begin(signed) {
        Ok(roster) => roster,
        Err(NotAnOriginRoster::Signature(_)) => {
            return Err(AuthorityFailed::Unfinished {
                file: path.to_owned(),
                missing: unsigned(signed),
            });
        }
        Err(_) => return Err(AuthorityFailed::Damaged(path.to_owned())),
    };
    let pin = RootPin {
        origin: roster.origin().clone(),
        genesis: roster.genesis(),
    };
    let place = folder.join("root.pub");
    let line = format!("{pin}\n");
    match read_at_most(&place, 4_096) {
        Ok(known) if known != line.as_bytes() => return Err(AuthorityFailed::AnotherRoot),
        _ => {}
    }
    crate::unix::create_private_folder(&folder.join("acts"))?;
    let path = acts::write(folder, 0, &ActFile::new(signed, files))?;
    replace(&place, line.as_bytes())?;
    SignedAct::of(path, signed)
}

/// How many of the roots that a genesis names have not signed it.
fn unsigned(genesis: &Signed) -> usize {
    let payload = genesis.claimed().ok();
    let body = payload.and_then(|payload| payload.body::<Genesis>().ok());
    let named = body.map_or(0, |body| body.roots.len());
    named.saturating_sub(genesis.claimed_slots(SlotRole::Root).len())
}

/// Signs as a root, where one of this home's keys is among those named and has not signed yet.
fn add_root(
    folder: &Path,
    signed: &mut Signed,
    password: &Password,
) -> Result<bool, AuthorityFailed> {
    let payload = signed.claimed().map_err(|_| AuthorityFailed::NotARequest)?;
    let genesis = payload.body::<Genesis>();
    let set = genesis.map_err(|_| AuthorityFailed::NotHere)?.set();
    let mut added = false;
    for key in root_keys(folder, password)? {
        added |= add_as(signed, SlotRole::Root, &key, &set);
    }
    Ok(added)
}

/// Adds the signature of a key that is in `set` and has not signed; says whether it did.
fn add_as(signed: &mut Signed, role: SlotRole, key: &SigningSecret, set: &RootSet) -> bool {
    let own = key.public();
    let there = signed.claimed_keys(role).contains(&own.id());
    if there || !set.keys.contains(&own) {
        return false;
    }
    signed.add(role, key);
    true
}

impl Authority {
    fn add_own(&self, signed: &mut Signed, password: &Password) -> Result<bool, AuthorityFailed> {
        let payload = signed.claimed().map_err(|_| AuthorityFailed::NotARequest)?;
        if payload.origin != *self.roster.origin() || payload.genesis != self.roster.genesis() {
            return Err(AuthorityFailed::AnotherRoot);
        }
        let succession = payload.body::<RootSuccession>().ok();
        let by_root = !signed.claimed_slots(SlotRole::Root).is_empty();
        let mut added = false;
        if by_root {
            for key in root_keys(&self.folder, password)? {
                added |= add_as(signed, SlotRole::Root, &key, self.roster.roots());
                if let Some(body) = &succession {
                    added |= add_as(signed, SlotRole::NewRoot, &key, &body.set);
                }
            }
            return Ok(added);
        }
        if !payload.is::<AuthorityAct>() {
            return Err(AuthorityFailed::NotARequest);
        }
        if !key_path(&self.folder, "officer").try_exists()? {
            return Err(AuthorityFailed::NoOfficer);
        }
        let key = self.officer(password)?;
        let own = key.public();
        let active = self
            .roster
            .all::<Officer>()
            .any(|(_, officer)| officer.status == Status::Active && officer.keys == [own.clone()]);
        if !active {
            return Err(AuthorityFailed::NoOfficer);
        }
        if signed.claimed_keys(SlotRole::Officer).contains(&own.id()) {
            return Ok(false);
        }
        signed.add(SlotRole::Officer, &key);
        Ok(true)
    }

    fn take_next(
        mut self,
        signed: Signed,
        files: Vec<Vec<u8>>,
    ) -> Result<SignedAct, AuthorityFailed> {
        let decided = self
            .roster
            .decide(&signed, crate::now())
            .map_err(AuthorityFailed::Refused)?;
        self.keep(&(signed, decided), files)
    }

    /// Keeps what still lacks signatures beside the acts, for others to sign.
    pub(super) fn set_aside(
        &self,
        signed: &Signed,
        files: Vec<Vec<u8>>,
        missing: usize,
    ) -> Result<SignedAct, AuthorityFailed> {
        let path = pending(&self.folder, self.roster.sequence() + 1, signed)?;
        replace(&path, &cbor::to_vec(&ActFile::new(signed, files)))?;
        let act = SignedAct::of(path, signed)?;
        Ok(SignedAct { missing, ..act })
    }
}

/// Where a statement waits for its signatures.
pub(super) fn pending(
    folder: &Path,
    sequence: u64,
    signed: &Signed,
) -> Result<PathBuf, AuthorityFailed> {
    let pending = super::waiting::folder_of(folder);
    crate::unix::create_private_folder(&pending)?;
    let digest = signed.digest().to_string();
    let name = format!("{sequence:04}-{}.act", digest.get(..8).unwrap_or(&digest));
    Ok(pending.join(name))
}
