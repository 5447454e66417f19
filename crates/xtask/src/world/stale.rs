//! A world in which every password has run out: it was founded more than a day ago, by the clock
//! that its programs saw then, under a policy by which a password serves for one day.

use std::path::{Path, PathBuf};

use super::World;
use crate::Installation;
use crate::programs::{Failure, Programs};

/// How long ago it is founded, as libfaketime is told.
const AGO: &str = "-26h";

/// libfaketime, for programs with several threads; none where it is not installed.
pub fn library() -> Option<PathBuf> {
    let folders = ["lib", "lib64"].map(|folder| Path::new("/usr").join(folder));
    let below = std::fs::read_dir(&folders[0])
        .into_iter()
        .flatten()
        .flatten();
    let all = folders
        .iter()
        .cloned()
        .chain(below.map(|entry| entry.path()));
    all.map(|folder| folder.join("faketime/libfaketimeMT.so.1"))
        .find(|path| path.is_file())
}

impl World {
    /// Founds it in `folder`, and serves the desk of its first office at the time that it is.
    pub fn open_with_stale_passwords(
        folder: &Path,
        programs: Programs,
        tell: &mut dyn FnMut(&str),
    ) -> Result<Self, Failure> {
        let library = library().ok_or_else(|| {
            Failure("libfaketime is missing: apt-get install libfaketime".to_owned())
        })?;
        let then = programs
            .clone()
            .told("LD_PRELOAD", library)
            .told("FAKETIME", AGO.into())
            .told("FAKETIME_DONT_FAKE_MONOTONIC", "1".into());
        let mut installation = Installation::found(folder, then, "quic", tell)?;
        let rules = ["authority", "sign", "policy", "--ceiling", "secret"];
        let times = [
            "--due-minutes",
            "480,480,240,120,60",
            "--password-days",
            "1",
        ];
        installation.sign(&[&["--json"], rules.as_slice(), &times].concat())?;
        // A password is known to the exchange from the first session on.
        let first = installation.offices[0].clone();
        installation.call(&first, "fs01", &["outbox"])?;
        installation.stop()?;
        installation.programs = programs;
        installation.start()?;
        // Nothing was recorded for a day: the authority confirms the time, as on every Monday.
        let now = jiff::Timestamp::now().to_string();
        installation.sign(&["--json", "authority", "sign", "time", "--at", &now])?;
        tell("a day later");
        let desk = installation.programs.desk(&first.home)?;
        Ok(Self {
            desks: vec![desk],
            installation,
            typeset: false,
        })
    }
}
