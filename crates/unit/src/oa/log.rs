//! What was done with tokens of OA systems, line by line, in the home. It has operations, ids and
//! statuses; never a title, a text or a token (I7).

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Issued;
use crate::unix;

/// The most bytes of one file before the next is begun.
const FILE_BYTES_MAX: u64 = 4 << 20;
/// How many full files are kept.
const FILES_KEPT: u32 = 15;
/// The most bytes of a line.
const LINE_BYTES_MAX: usize = 2 << 10;

/// A line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// When, in milliseconds since 1970.
    pub time_ms: u64,
    /// `issued`, `revoked`, `opened`, `closed`, `asked`, `answered` or `refused`.
    pub what: String,
    /// The account.
    pub account: Option<String>,
    /// The token's id.
    pub token: Option<String>,
    /// The OA system.
    pub system: Option<String>,
    /// The operation, with names in place of what was typed.
    pub operation: Option<String>,
    /// The document, where a document's id was given.
    pub document: Option<String>,
    /// The status, or the code of the refusal.
    pub outcome: Option<String>,
}

impl Line {
    /// Something that happened now.
    pub fn now(what: &str) -> Self {
        Self {
            time_ms: crate::now().unix_ms(),
            what: what.to_owned(),
            account: None,
            token: None,
            system: None,
            operation: None,
            document: None,
            outcome: None,
        }
    }

    /// The same, about a token.
    #[must_use]
    pub fn of(self, issued: &Issued) -> Self {
        Self {
            account: Some(issued.account.to_string()),
            token: Some(issued.id()),
            system: Some(issued.system.clone()),
            ..self
        }
    }
}

fn folder(home: &Path) -> PathBuf {
    home.join("oa").join("log")
}

fn path(home: &Path, age: u32) -> PathBuf {
    folder(home).join(if age == 0 {
        "lines".to_owned()
    } else {
        format!("lines.{age}")
    })
}

/// Writes a line down; it is on the disk when this returns.
pub fn note(home: &Path, line: &Line) -> io::Result<()> {
    unix::create_private_folder(&folder(home))?;
    let mut text = serde_json::to_string(line).map_err(io::Error::other)?;
    text.push('\n');
    if text.len() > LINE_BYTES_MAX {
        return Err(io::ErrorKind::InvalidData.into());
    }
    // Desks and commands of one home write one after the other.
    let lock = unix::append_private(&folder(home).join("lock"))?;
    lock.lock()?;
    let mut file = unix::append_private(&path(home, 0))?;
    if file.metadata()?.len() >= FILE_BYTES_MAX {
        for age in (0..FILES_KEPT).rev() {
            match fs::rename(path(home, age), path(home, age + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        file = unix::append_private(&path(home, 0))?;
    }
    file.write_all(text.as_bytes())?;
    file.sync_data()
}

/// The newest lines that are `wanted`, at most `count`, the newest first. What is no line, as after
/// a disk that was full, is passed over.
pub fn read(home: &Path, wanted: impl Fn(&Line) -> bool, count: usize) -> io::Result<Vec<Line>> {
    let mut found = Vec::new();
    for age in 0..=FILES_KEPT {
        let file = match File::open(path(home, age)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => break,
            Err(error) => return Err(error),
        };
        let lines = BufReader::new(file.take(FILE_BYTES_MAX + LINE_BYTES_MAX as u64)).split(b'\n');
        let lines = lines.collect::<io::Result<Vec<_>>>()?;
        let lines = lines.iter().rev();
        let lines = lines.filter_map(|line| serde_json::from_slice::<Line>(line).ok());
        found.extend(lines.filter(&wanted).take(count - found.len()));
        if found.len() >= count {
            break;
        }
    }
    Ok(found)
}
