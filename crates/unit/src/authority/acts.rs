//! The authority's statements as files: `acts/0000.act` and so on, without gaps, never replaced.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use yichuan_document::cbor;
use yichuan_document::roster::act::{
    ACT_FILE_BYTES_MAX, ActFile, AuthorityAct, Change, Genesis, RootSuccession,
};
use yichuan_document::roster::duty::RootSet;
use yichuan_document::signed::Signed;
use yichuan_document::{Digest, Origin, Timestamp};

use super::AuthorityFailed;
use crate::home::{read_at_most, replace};

/// A statement of the authority that stands in a file.
#[derive(Clone, Debug)]
pub struct SignedAct {
    /// The file.
    pub file: PathBuf,
    /// The act's number; 0 is the genesis.
    pub sequence: u64,
    /// What was done, as a code; none for the genesis.
    pub code: Option<u16>,
    /// When it was signed.
    pub time: Timestamp,
    /// The records that it puts.
    pub changes: Vec<Change>,
    /// The root keys that it puts in office, where it is a genesis or a succession.
    pub roots: Option<PutInOffice>,
    /// Its statement digest.
    pub digest: Digest,
    /// How many signatures it lacks; 0 where it counts.
    pub missing: usize,
}

/// A set of root keys, with the installation that it is for.
#[derive(Clone, Debug)]
pub struct PutInOffice {
    /// The installation.
    pub origin: Origin,
    /// The keys, and how many of them must sign.
    pub set: RootSet,
    /// The digest of the set that follows it.
    pub next: Digest,
}

impl SignedAct {
    /// What `signed`, which stands in `file`, says.
    pub(super) fn of(file: PathBuf, signed: &Signed) -> Result<Self, AuthorityFailed> {
        let Ok(payload) = signed.claimed() else {
            return Err(AuthorityFailed::Damaged(file));
        };
        let act: Option<AuthorityAct> = payload.body().ok();
        let succession: Option<RootSuccession> = payload.body().ok();
        let genesis: Option<Genesis> = payload.body().ok();
        let sequence = act.as_ref().map(|act| act.sequence);
        let follows = succession.as_ref().map(|it| it.sequence);
        let roots = genesis.map(|it| (it.set(), it.next));
        let roots = roots.or(succession.map(|it| (it.set, it.next)));
        let origin = payload.origin.clone();
        Ok(Self {
            file,
            sequence: sequence.or(follows).unwrap_or(0),
            code: act.as_ref().map(|act| act.act),
            time: payload.time,
            changes: act.map_or_else(Vec::new, |act| act.changes),
            roots: roots.map(|(set, next)| PutInOffice { origin, set, next }),
            digest: signed.digest(),
            missing: 0,
        })
    }
}

/// The file of statement `number`.
pub(super) fn path(folder: &Path, number: u64) -> PathBuf {
    folder.join("acts").join(format!("{number:04}.act"))
}

/// Reads every statement, in order. A gap, and a file that cannot be read, are refused and never
/// taken for the end: the next statement would be signed with a number that is used.
pub(super) fn read(folder: &Path) -> Result<Vec<(PathBuf, Signed)>, AuthorityFailed> {
    let count = count(folder)?;
    let mut acts = Vec::new();
    for number in 0..count {
        let path = path(folder, number);
        let bytes = read_at_most(&path, ACT_FILE_BYTES_MAX as u64);
        let signed = bytes.ok().and_then(|bytes| ActFile::read(&bytes).ok());
        match signed {
            Some((signed, _)) => acts.push((path, signed)),
            None => return Err(AuthorityFailed::Damaged(path)),
        }
    }
    Ok(acts)
}

/// One more than the highest number in use.
fn count(folder: &Path) -> Result<u64, AuthorityFailed> {
    let entries = match fs::read_dir(folder.join("acts")) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error.into()),
    };
    let mut count = 0;
    for entry in entries {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(".act"));
        if let Some(number) = number.and_then(|number| number.parse::<u64>().ok()) {
            count = count.max(number.saturating_add(1));
        }
    }
    Ok(count)
}

/// Writes statement `number`; refuses to replace one.
pub(super) fn write(folder: &Path, number: u64, file: &ActFile) -> io::Result<PathBuf> {
    let path = path(folder, number);
    if path.try_exists()? {
        return Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            format!("{} was signed before", path.display()),
        ));
    }
    replace(&path, &cbor::to_vec(file))?;
    Ok(path)
}
