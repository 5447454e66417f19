//! An entry before it has its place in the log.

use yichuan_document::signed::Signed;
use yichuan_document::{Digest, UnitCode};
use yichuan_evidence::entry::EntryKind;

use crate::tables::ReadersRow;

/// An entry before it has an index.
#[derive(Debug)]
pub struct NewEntry {
    pub(super) kind: EntryKind,
    pub(super) statement: Vec<u8>,
    pub(super) attachments: Vec<Vec<u8>>,
    pub(super) allotted: Option<u32>,
    pub(super) readers: ReadersRow,
}

impl NewEntry {
    /// An entry that records `signed`, readable by nobody yet unless it is the roster's.
    pub fn of(kind: EntryKind, signed: &Signed, attachments: Vec<Vec<u8>>) -> Self {
        Self {
            kind,
            statement: signed.to_bytes(),
            attachments,
            allotted: None,
            readers: ReadersRow {
                document: None,
                recipient: None,
                owner: None,
            },
        }
    }

    /// Readable by the parties of a document.
    #[must_use]
    pub fn about(mut self, document: &Digest) -> Self {
        self.readers.document = Some(*document);
        self
    }

    /// Of the recipients readable by this one only.
    #[must_use]
    pub fn for_recipient(mut self, unit: &UnitCode) -> Self {
        self.readers.recipient = Some(unit.clone());
        self
    }

    /// Readable by a unit by itself.
    #[must_use]
    pub fn owned_by(mut self, unit: &UnitCode) -> Self {
        self.readers.owner = Some(unit.clone());
        self
    }

    /// With a number that is allotted.
    #[must_use]
    pub const fn allotting(mut self, number: u32) -> Self {
        self.allotted = Some(number);
        self
    }
}
