//! The version record of a store: who may open what is on disk.
//!
//! A text file named `format`, replaced atomically, that an operator can read:
//!
//! ```text
//! yichuan store 1
//! records 3
//! predecessor 2
//! ```
//!
//! The first number is the layout of the folder (this crate's), the second the version of the
//! records (the program's), the third the version before it, or `none`. It is written before the
//! first record and never deleted.

use std::io::ErrorKind;
use std::path::Path;

use crate::contract::{Schema, StoreError};
use crate::durable;

/// The layout of a store's folder. Version 1 has no predecessor.
const LAYOUT_VERSION: u32 = 1;

const LAYOUT: &str = "store layout";
const RECORDS: &str = "records";

/// What a store on disk needs before it may be used with a schema.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// Nothing is there yet.
    Fresh,
    /// It has the schema's version.
    Same,
    /// It has the predecessor's version and becomes the schema's.
    Raise,
}

/// Reads the version record of the folder and compares it with `schema`.
pub(crate) fn read(folder: &Path, schema: &Schema) -> Result<Admission, StoreError> {
    match std::fs::read(folder.join("format")) {
        Ok(bytes) => admit(parse(&bytes)?, schema),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Admission::Fresh),
        Err(error) => Err(error.into()),
    }
}

/// Writes the version record of `schema`, durably.
pub(crate) fn write(folder: &Path, schema: &Schema) -> Result<(), StoreError> {
    let predecessor = schema
        .predecessor
        .map_or("none".to_owned(), |version| version.to_string());
    let text = format!(
        "yichuan store {LAYOUT_VERSION}\nrecords {}\npredecessor {predecessor}\n",
        schema.version
    );
    Ok(durable::replace_file(
        &folder.join("format"),
        text.as_bytes(),
    )?)
}

/// Compares the version `found` with what `schema` reads.
pub(crate) fn admit(found: u32, schema: &Schema) -> Result<Admission, StoreError> {
    if found == schema.version {
        Ok(Admission::Same)
    } else if found > schema.version {
        Err(StoreError::NewerVersion {
            part: RECORDS,
            found,
            supported: schema.version,
        })
    } else if Some(found) == schema.predecessor {
        Ok(Admission::Raise)
    } else {
        let oldest = schema.predecessor.unwrap_or(schema.version);
        Err(StoreError::OlderVersion { found, oldest })
    }
}

/// The version of the records, when the layout is one that this build reads.
///
/// A newer layout may have more lines; its first line is enough to refuse it by name.
fn parse(bytes: &[u8]) -> Result<u32, StoreError> {
    let text = std::str::from_utf8(bytes).map_err(|_| unreadable())?;
    let (first, rest) = text.split_once('\n').ok_or_else(unreadable)?;
    let layout = number(first, "yichuan store ")?;
    if layout > LAYOUT_VERSION {
        let supported = LAYOUT_VERSION;
        return Err(StoreError::NewerVersion {
            part: LAYOUT,
            found: layout,
            supported,
        });
    }
    if layout < LAYOUT_VERSION {
        return Err(unreadable());
    }
    let mut lines = rest.split('\n');
    let records = number(lines.next().unwrap_or(""), "records ")?;
    let predecessor = lines.next().unwrap_or("");
    if predecessor != "predecessor none" {
        number(predecessor, "predecessor ")?;
    }
    match (lines.next(), lines.next()) {
        (Some(""), None) => Ok(records),
        _ => Err(unreadable()),
    }
}

/// `str::parse` alone would let `+3` and `03` through.
fn number(line: &str, label: &str) -> Result<u32, StoreError> {
    let digits = line.strip_prefix(label).ok_or_else(unreadable)?;
    let value: u32 = digits.parse().map_err(|_| unreadable())?;
    if value.to_string() == digits {
        Ok(value)
    } else {
        Err(unreadable())
    }
}

fn unreadable() -> StoreError {
    StoreError::Corrupt("the version record cannot be read".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: Schema = Schema {
        version: 3,
        predecessor: Some(2),
        tables: &[],
    };

    #[test]
    fn a_version_record_that_was_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path(), &SCHEMA).unwrap(), Admission::Fresh);
        write(folder.path(), &SCHEMA).unwrap();
        assert_eq!(read(folder.path(), &SCHEMA).unwrap(), Admission::Same);
        let next = Schema {
            version: 4,
            predecessor: Some(3),
            tables: &[],
        };
        assert_eq!(read(folder.path(), &next).unwrap(), Admission::Raise);
    }

    #[test]
    fn a_version_record_that_is_not_plain_is_refused() {
        let cases: [&[u8]; 16] = [
            b"",
            b"\n",
            b"yichuan store 1",
            b"yichuan store 1\n",
            b"yichuan store 1\nrecords 3\n",
            b"yichuan store 1\nrecords 3\npredecessor 2",
            b"yichuan store 1\nrecords 3\npredecessor 2\n\n",
            b"yichuan store 1\nrecords 3\npredecessor 2\nmore\n",
            b"yichuan store 0\nrecords 3\npredecessor 2\n",
            b"yichuan store +1\nrecords 3\npredecessor 2\n",
            b"yichuan store 01\nrecords 3\npredecessor 2\n",
            b"yichuan store 1\nrecords -3\npredecessor 2\n",
            b"yichuan store 1\nrecords 99999999999\npredecessor 2\n",
            b"yichuan store 1\r\nrecords 3\r\npredecessor 2\r\n",
            b"yichuan store 1\nrecords 3\npredecessor \xff\n",
            b"another store 1\nrecords 3\npredecessor 2\n",
        ];
        for bytes in cases {
            let answer = parse(bytes);
            assert!(
                matches!(answer, Err(StoreError::Corrupt(_))),
                "{bytes:?}: {answer:?}"
            );
        }
    }

    #[test]
    fn what_a_newer_or_too_old_release_wrote_is_refused_by_its_version() {
        let newer_layout = parse(b"yichuan store 2\nanything at all");
        assert!(
            matches!(
                newer_layout,
                Err(StoreError::NewerVersion {
                    part: LAYOUT,
                    found: 2,
                    ..
                })
            ),
            "{newer_layout:?}"
        );
        for found in [4, u32::MAX] {
            let answer = admit(found, &SCHEMA);
            assert!(
                matches!(answer, Err(StoreError::NewerVersion { supported: 3, .. })),
                "{found}: {answer:?}"
            );
        }
        for found in [0, 1] {
            let answer = admit(found, &SCHEMA);
            assert!(
                matches!(answer, Err(StoreError::OlderVersion { oldest: 2, .. })),
                "{found}: {answer:?}"
            );
        }
    }
}
