//! Packages as they are written here: one form, that everybody who recomputes one gives byte by
//! byte. Nothing is packed anew, so that no packer's version matters.
//!
//! `proto/seal.md`, `apply/1`, has the headers: version 2.0, no flag but the one for UTF-8, the
//! first day of 1980, no sizes behind the bytes, no extra fields, no comments.

use flate2::Crc;

use super::Stored;
use crate::Unreadable;

const VERSION: u16 = 20;
const UTF8: u16 = 1 << 11;
/// The first of January 1980, the least that the form can say; the time is 0.
const DATE: u16 = 1 << 5 | 1;

/// A package being written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Written {
    out: Vec<u8>,
    directory: Vec<u8>,
    entries: u16,
}

impl Written {
    /// Begins with room for so many bytes.
    pub(crate) fn with_room(bytes: usize) -> Self {
        Self {
            out: Vec::with_capacity(bytes),
            ..Self::default()
        }
    }

    /// Copies an entry as it is stored.
    pub(crate) fn copy(&mut self, entry: &Stored<'_>) -> Result<(), Unreadable> {
        let large = || Unreadable::TooLarge;
        let packed = u32::try_from(entry.bytes.len()).map_err(|_| large())?;
        let size = u32::try_from(entry.size).map_err(|_| large())?;
        let at = u32::try_from(self.out.len()).map_err(|_| large())?;
        let name = u16::try_from(entry.listed.len()).map_err(|_| Unreadable::EntryName)?;
        self.entries = self.entries.checked_add(1).ok_or(Unreadable::Entries)?;
        let flags = if entry.utf8 { UTF8 } else { 0 };
        let method = if entry.deflated { 8 } else { 0 };
        // What both headers have in common.
        let mut common = Vec::with_capacity(26);
        for number in [VERSION, flags, method, 0, DATE] {
            common.extend(number.to_le_bytes());
        }
        for number in [entry.checksum, packed, size] {
            common.extend(number.to_le_bytes());
        }
        common.extend(name.to_le_bytes());
        common.extend([0; 2]);
        self.out.extend(b"PK\x03\x04");
        self.out.extend(&common);
        self.out.extend(entry.listed);
        self.out.extend(entry.bytes);
        self.directory.extend(b"PK\x01\x02");
        self.directory.extend(VERSION.to_le_bytes());
        self.directory.extend(&common);
        // No comment, the first disk, no attributes.
        self.directory.extend([0; 10]);
        self.directory.extend(at.to_le_bytes());
        self.directory.extend(entry.listed);
        Ok(())
    }

    /// Adds an entry, stored as it is. Its name is ASCII.
    pub(crate) fn add(&mut self, name: &str, content: &[u8]) -> Result<(), Unreadable> {
        let mut crc = Crc::new();
        crc.update(content);
        self.copy(&Stored {
            name,
            listed: name.as_bytes(),
            utf8: false,
            deflated: false,
            checksum: crc.sum(),
            bytes: content,
            size: content.len(),
        })
    }

    /// The whole package.
    pub(crate) fn finish(mut self) -> Result<Vec<u8>, Unreadable> {
        let large = |_| Unreadable::TooLarge;
        let start = u32::try_from(self.out.len()).map_err(large)?;
        let size = u32::try_from(self.directory.len()).map_err(large)?;
        self.out.append(&mut self.directory);
        self.out.extend(b"PK\x05\x06\0\0\0\0");
        self.out.extend(self.entries.to_le_bytes());
        self.out.extend(self.entries.to_le_bytes());
        self.out.extend(size.to_le_bytes());
        self.out.extend(start.to_le_bytes());
        self.out.extend([0; 2]);
        Ok(self.out)
    }
}
