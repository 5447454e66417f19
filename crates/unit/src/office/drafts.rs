//! Drafts that are handed over in a unit (交接稿): what is given, and who takes it up.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use yichuan_document::statement::NoteKind;
use yichuan_envelope::DRAFT_BYTES_MAX;

use super::failed::{Failed, PartProblem};
use super::notes::{DraftFile, Noted};
use super::session::Session;
use crate::lang::say;

impl DraftFile {
    /// Reads a file that is to be handed over, never more than fits.
    pub fn read(path: &Path) -> Result<Self, Failed> {
        let of = |what| Failed::Part {
            path: path.to_owned(),
            what,
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = name.parse().map_err(|why| of(PartProblem::Name(why)))?;
        let limit = DRAFT_BYTES_MAX as u64;
        let unreadable = |error: std::io::Error| of(PartProblem::Unreadable(error.kind()));
        let file = fs::File::open(path).map_err(unreadable)?;
        let mut bytes = Vec::new();
        file.take(limit + 1)
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
        if bytes.len() as u64 > limit {
            let bytes = path.metadata().map_or(limit + 1, |data| data.len());
            return Err(Failed::DraftTooLarge { bytes, limit });
        }
        Ok(Self { name, bytes })
    }
}

/// Refuses files of which two have the same name: who takes them up could not tell them apart.
pub fn distinct(files: &[DraftFile]) -> Result<(), Failed> {
    let mut names: Vec<_> = files.iter().map(|file| &file.name).collect();
    names.sort();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        let twice = say("有同名文件", "two files have the same name");
        return Err(Failed::Usage(twice.to_owned()));
    }
    Ok(())
}

impl Session {
    /// The drafts that were handed over in the unit, oldest first, still closed.
    pub fn drafts_given(&self) -> Result<Vec<Noted>, Failed> {
        let mut notes = self.notes()?;
        notes.retain(|noted| noted.is(NoteKind::Draft));
        Ok(notes)
    }

    /// The one with this number.
    pub fn draft_given(&self, number: u64) -> Result<Noted, Failed> {
        let mut given = self.drafts_given()?.into_iter();
        let found = given.find(|noted| noted.index == number);
        found.ok_or_else(|| Failed::WhichDocument {
            typed: number.to_string(),
            matches: 0,
        })
    }
}
