//! What the log has taken in: other officers' acts, and what the enrolled have said.

use std::fs;
use std::path::{Path, PathBuf};

use yichuan_document::roster::Roster;
use yichuan_document::roster::act::ActFile;
use yichuan_evidence::entry::{Entry, EntryKind};
use yichuan_evidence::verify::RootPin;

use super::{Authority, AuthorityFailed, SignedAct, acts};
use crate::home::replace;
use crate::link::{Expected, Link, Target, Transport};
use crate::office::Failed;
use crate::office::mirror::Mirror;

/// What came of it.
#[derive(Clone, Debug)]
pub struct Synced {
    /// How many acts were taken in that had been signed elsewhere.
    pub taken: usize,
    /// Acts of this home in whose place another came into the log; they were set aside.
    pub overtaken: Vec<PathBuf>,
    /// How many statements of the roster the log has.
    pub statements: usize,
}

/// The log's roster, as far as this home has seen it.
pub(super) fn seen(folder: &Path, own: &Roster) -> Result<Option<Mirror>, AuthorityFailed> {
    let pin = RootPin {
        origin: own.origin().clone(),
        genesis: own.genesis(),
    };
    Mirror::load(folder, &pin).map_err(|_| AuthorityFailed::Damaged(folder.join("roster")))
}

/// Takes in what the log has, and brings the acts of this home in line with it. What is believed
/// follows from the genesis alone, so the exchange needs no other proof of who it is.
pub async fn sync(folder: &Path, address: &str, tls_seed: &[u8; 32]) -> Result<Synced, Failed> {
    let authority = Authority::open(folder)?;
    let roster = authority.roster();
    let pin = RootPin {
        origin: roster.origin().clone(),
        genesis: roster.genesis(),
    };
    let target = Target {
        address: address.to_owned(),
        transport: Transport::Auto,
        expected: Expected::FirstContact,
    };
    let link = Link::connect(&target, tls_seed).await?;
    let anew = folder.join("sync");
    fs::remove_dir_all(&anew).or_else(absent)?;
    let fresh = Mirror::follow(None, &anew, &pin, &link).await?;
    let synced = compared(folder, &authority, &fresh)?;
    fs::remove_dir_all(folder.join("roster")).or_else(absent)?;
    fs::rename(anew.join("roster"), folder.join("roster"))?;
    fs::remove_dir_all(&anew).or_else(absent)?;
    Ok(synced)
}

/// As [`sync`], from the copy of the log's roster that a computer has verified in `home`: no
/// network is asked. The two may be one folder.
pub fn catch_up(folder: &Path, home: &Path, mirror: &Mirror) -> Result<Synced, Failed> {
    let authority = Authority::open(folder)?;
    if mirror.roster().genesis() != authority.roster().genesis() {
        return Err(AuthorityFailed::AnotherRoot.into());
    }
    let synced = compared(folder, &authority, mirror)?;
    let (from, to) = (home.join("roster"), folder.join("roster"));
    if fs::canonicalize(&from)? == fs::canonicalize(&to).unwrap_or_default() {
        return Ok(synced);
    }
    crate::unix::create_private_folder(&to)?;
    // The checkpoint comes last: one that is older than the entries only says less.
    for name in ["entries", "checkpoint"] {
        match fs::read(from.join(name)) {
            Ok(bytes) => replace(&to.join(name), &bytes)?,
            Err(error) => absent(error)?,
        }
    }
    Ok(synced)
}

/// Brings the acts in line with the log's roster, which may only have grown since it was seen.
fn compared(folder: &Path, authority: &Authority, fresh: &Mirror) -> Result<Synced, Failed> {
    if let Some(known) = seen(folder, authority.roster())? {
        let mut pairs = known.entries().iter().zip(fresh.entries());
        if let Some(((index, _), _)) = pairs.find(|(old, new)| old != new) {
            return Err(Failed::RosterDisagrees { index: *index });
        }
        if known.entries().len() > fresh.entries().len() {
            return Err(Failed::Fork { proof: None });
        }
    }
    let mut synced = adopt(folder, fresh)?;
    synced.statements = fresh.entries().len();
    Ok(synced)
}

fn absent(error: std::io::Error) -> std::io::Result<()> {
    if error.kind() == std::io::ErrorKind::NotFound {
        Ok(())
    } else {
        Err(error)
    }
}

/// Writes the acts that the log has and this home lacks. Where this home has signed another in the
/// place of one, that and all that follow on it are set aside: the log has not taken them.
fn adopt(folder: &Path, mirror: &Mirror) -> Result<Synced, Failed> {
    let mut synced = Synced {
        taken: 0,
        overtaken: Vec::new(),
        statements: 0,
    };
    let mut own = acts::read(folder)?;
    for (_, bytes) in mirror.entries() {
        let entry = Entry::read(bytes)?;
        if !matches!(entry.kind, EntryKind::Authority | EntryKind::RootSuccession) {
            continue;
        }
        let signed = entry.signed().map_err(|_| Failed::Protocol)?;
        let number = SignedAct::of(folder.to_owned(), &signed)?.sequence;
        let at = usize::try_from(number).map_err(|_| Failed::Protocol)?;
        if own
            .get(at)
            .is_some_and(|(_, here)| here.digest() == signed.digest())
        {
            continue;
        }
        for (path, _) in own.drain(at.min(own.len())..) {
            let aside = path.with_extension("overtaken");
            fs::rename(&path, &aside)?;
            synced.overtaken.push(aside);
        }
        let path = acts::write(folder, number, &ActFile::new(&signed, Vec::new()))?;
        own.push((path, signed));
        synced.taken += 1;
    }
    Ok(synced)
}
