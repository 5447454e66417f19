//! Statements that wait for other officers' signatures, in `pending/`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use yichuan_document::roster::RosterRefused;

use super::joint::read_file;
use super::{Authority, AuthorityFailed, SignedAct};

/// The most characters of the name of a pending statement's file.
pub const PENDING_NAME_MAX: usize = 64;

/// Where they are.
pub(super) fn folder_of(home: &Path) -> PathBuf {
    home.join("pending")
}

/// The file of that name; none where there is no such statement, or where it is no name of one.
pub fn pending_file(home: &Path, name: &str) -> Option<PathBuf> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let stem = name.strip_suffix(".act")?;
    let fits = !stem.is_empty() && name.len() <= PENDING_NAME_MAX && stem.bytes().all(plain);
    let path = folder_of(home).join(name);
    (fits && path.is_file()).then_some(path)
}

/// The files of acts in whose place another came into the log, by name: what they said is to be
/// signed anew, where it is still meant.
pub fn overtaken(home: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(home.join("acts"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".overtaken") {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Removes a statement that nobody is to complete; tells whether it was there.
pub fn forget_pending(home: &Path, name: &str) -> io::Result<bool> {
    pending_file(home, name).map_or(Ok(false), |path| fs::remove_file(path).map(|()| true))
}

impl Authority {
    /// The statements of this home that wait for signatures, by number. One whose number is used
    /// meanwhile cannot count any more: it lacks as many as there can be.
    pub fn waiting(&self) -> Result<Vec<SignedAct>, AuthorityFailed> {
        let entries = match fs::read_dir(folder_of(&self.folder)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let mut waiting = Vec::new();
        for entry in entries {
            let path = entry?.path();
            if path.extension().is_none_or(|end| end != "act") {
                continue;
            }
            let (signed, _) = read_file(&path)?;
            let act = SignedAct::of(path, &signed)?;
            if self.acts.iter().any(|known| known.digest == act.digest) {
                continue;
            }
            let missing = match self.roster.decide(&signed, crate::now()) {
                Ok(_) => 0,
                Err(RosterRefused::Quorum { needed, found }) => needed - found,
                Err(_) => usize::MAX,
            };
            waiting.push(SignedAct { missing, ..act });
        }
        waiting.sort_by(|one, other| (one.sequence, &one.file).cmp(&(other.sequence, &other.file)));
        Ok(waiting)
    }
}
