//! Packages: OFD, OOXML and ZIP files, read so that every reader sees the same entries in them.
//!
//! The directory at the end and the headers before the entries must agree, entries may neither lie
//! over each other nor hide between others, and nothing is expanded beyond what its directory
//! entry and the limits say (attack E2). ZIP64 is not read: no document needs it.

mod directory;
mod written;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use flate2::{Crc, Decompress, FlushDecompress, Status};

use crate::Unreadable;
use crate::limits::Budget;

pub(crate) use written::Written;

/// What every package begins with.
pub(crate) const MAGIC: &[u8] = b"PK\x03\x04";

/// An entry of a package, checked.
#[derive(Clone, Debug)]
struct Entry {
    /// Which one it is in the directory, folders left out.
    place: usize,
    /// Its name as the directory has it: where its bytes lie, and whether it is told to be UTF-8.
    listed: Range<usize>,
    utf8: bool,
    deflated: bool,
    checksum: u32,
    /// Where its stored bytes lie.
    start: usize,
    end: usize,
    /// How many bytes it has when it is expanded.
    size: usize,
}

/// An entry as it is stored: what can be copied without expanding it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stored<'b> {
    /// Its name, as it is read.
    pub(crate) name: &'b str,
    /// Its name, as the directory has it, and whether that is told to be UTF-8.
    pub(crate) listed: &'b [u8],
    pub(crate) utf8: bool,
    pub(crate) deflated: bool,
    pub(crate) checksum: u32,
    pub(crate) bytes: &'b [u8],
    /// How many bytes it has when it is expanded.
    pub(crate) size: usize,
}

/// A package whose directory was checked.
#[derive(Debug)]
pub(crate) struct Package<'b> {
    bytes: &'b [u8],
    entries: BTreeMap<String, Entry>,
    /// From the names as those compare them who do not tell letters' cases apart.
    folded: BTreeMap<String, String>,
}

/// An entry that was asked for by a path.
pub(crate) struct Found<'n> {
    pub(crate) name: &'n str,
    /// Whether only another letter case of the path is in the package.
    pub(crate) case_differs: bool,
}

impl<'b> Package<'b> {
    /// Reads the directory of `bytes` and checks it against the entries.
    pub(crate) fn open(bytes: &'b [u8], budget: &mut Budget) -> Result<Self, Unreadable> {
        let mut package = Self {
            bytes,
            entries: BTreeMap::new(),
            folded: BTreeMap::new(),
        };
        for (name, entry) in directory::read(bytes, &budget.limits)? {
            budget.work(1)?;
            if package
                .folded
                .insert(fold(&name), name.clone())
                .is_some_and(|_| true)
            {
                return Err(Unreadable::EntryTwice);
            }
            package.entries.insert(name, entry);
        }
        Ok(package)
    }

    /// The names of the entries, folders left out, in the order of their bytes.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// The entries as they are stored, folders left out, in the order of the directory.
    pub(crate) fn stored(&'b self) -> Vec<Stored<'b>> {
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort_by_key(|(_, entry)| entry.place);
        let stored = entries.into_iter().map(|(name, entry)| Stored {
            name,
            listed: &self.bytes[entry.listed.clone()],
            utf8: entry.utf8,
            deflated: entry.deflated,
            checksum: entry.checksum,
            bytes: &self.bytes[entry.start..entry.end],
            size: entry.size,
        });
        stored.collect()
    }

    /// Whether an entry lies in this folder, letters' case not regarded; its name has a slash at
    /// the end.
    pub(crate) fn has_folder(&self, folder: &str) -> bool {
        let folder = fold(folder);
        let mut from = self.folded.range(folder.clone()..);
        from.next()
            .is_some_and(|(name, _)| name.starts_with(&folder))
    }

    /// Whether there is an entry of this very name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// How many bytes an entry has when it is expanded.
    pub(crate) fn size(&self, name: &str) -> Option<usize> {
        self.entries.get(name).map(|entry| entry.size)
    }

    /// The entry at `path`: exactly, else without regard to letters' case.
    pub(crate) fn find(&self, path: &str) -> Option<Found<'_>> {
        if let Some((name, _)) = self.entries.get_key_value(path) {
            return Some(Found {
                name,
                case_differs: false,
            });
        }
        let name = self.folded.get(&fold(path))?;
        Some(Found {
            name,
            case_differs: true,
        })
    }

    /// The bytes of the entry with this name, expanded and checked.
    pub(crate) fn read(
        &self,
        name: &str,
        budget: &mut Budget,
    ) -> Result<Cow<'b, [u8]>, Unreadable> {
        let entry = self
            .entries
            .get(name)
            .ok_or_else(|| Unreadable::Missing(name.into()))?;
        if entry.size > budget.part() {
            return Err(Unreadable::Expands);
        }
        budget.expand(entry.size)?;
        let stored = &self.bytes[entry.start..entry.end];
        let content = if entry.deflated {
            Cow::Owned(inflate_exactly(stored, entry.size)?)
        } else {
            Cow::Borrowed(stored)
        };
        let mut crc = Crc::new();
        crc.update(&content);
        if crc.sum() == entry.checksum {
            Ok(content)
        } else {
            Err(Unreadable::Checksum)
        }
    }
}

fn fold(name: &str) -> String {
    name.chars().flat_map(char::to_lowercase).collect()
}

/// Expands a deflate stream (RFC 1951) that must give `size` bytes and use all of `stored`.
fn inflate_exactly(stored: &[u8], size: usize) -> Result<Vec<u8>, Unreadable> {
    // One byte more than expected is room to notice that there is more.
    let mut out = Vec::with_capacity(size.saturating_add(1));
    let mut inflate = Decompress::new(false);
    let status = inflate
        .decompress_vec(stored, &mut out, FlushDecompress::Finish)
        .map_err(|_| Unreadable::Package)?;
    let whole = status == Status::StreamEnd
        && out.len() == size
        && inflate.total_in() == stored.len() as u64;
    if whole {
        Ok(out)
    } else {
        Err(Unreadable::EntryContradicts)
    }
}

/// The path that `path` names when it stands in the file `base`: from the package's root with a
/// leading slash, otherwise from the folder of `base`. None if it leads out of the package.
pub(crate) fn resolve(base: &str, path: &str) -> Option<String> {
    let path = path.trim().replace('\\', "/");
    let mut parts: Vec<&str> = Vec::new();
    if !path.starts_with('/') {
        parts = base.split('/').collect();
        parts.pop();
    }
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part if part.contains(['\0', ':']) => return None,
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}
