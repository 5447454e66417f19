//! A past for a world: programs that see an earlier time, as libfaketime gives it to them.

use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use crate::Installation;
use crate::programs::{Failure, Programs};

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

/// The times at which a world's programs run while it comes to be.
pub struct Past {
    now: Programs,
    library: Option<PathBuf>,
}

impl Past {
    /// Everything happens now.
    pub fn none(now: Programs) -> Self {
        Self { now, library: None }
    }

    /// Earlier times are those that this libfaketime gives.
    pub fn of(now: Programs, library: PathBuf) -> Self {
        Self {
            now,
            library: Some(library),
        }
    }

    /// Whether there is one.
    pub const fn is_some(&self) -> bool {
        self.library.is_some()
    }

    /// The time that programs see who run so many hours ago; now where there is no past.
    pub(super) fn time(&self, hours_ago: u32) -> Timestamp {
        let back = SignedDuration::from_hours(i64::from(self.hours(hours_ago)));
        Timestamp::now() - back
    }

    fn hours(&self, ago: u32) -> u32 {
        if self.is_some() { ago } else { 0 }
    }

    /// The programs as they ran so many hours ago.
    pub(super) fn programs(&self, hours_ago: u32) -> Programs {
        match &self.library {
            Some(library) if hours_ago > 0 => self
                .now
                .clone()
                .told("LD_PRELOAD", library.clone())
                .told("FAKETIME", format!("-{hours_ago}h").into())
                .told("FAKETIME_DONT_FAKE_MONOTONIC", "1".into()),
            _ => self.now.clone(),
        }
    }

    /// Lets an installation go on at a later time. Nothing was recorded in between: the authority
    /// confirms the time, as after every weekend.
    pub(super) fn go_on(
        &self,
        installation: &mut Installation,
        hours_ago: u32,
    ) -> Result<(), Failure> {
        if !self.is_some() {
            return Ok(());
        }
        installation.stop()?;
        installation.programs = self.programs(hours_ago);
        installation.start()?;
        let at = self.time(hours_ago).to_string();
        installation.sign(&["--json", "authority", "sign", "time", "--at", &at])?;
        Ok(())
    }
}
