//! Files to which records are only added: an index, a length, the bytes.
//!
//! A record that was cut off by a crash is the last one; it is dropped, and fetched again.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

/// The most bytes of one record.
const RECORD_BYTES_MAX: u32 = 64 << 10;

/// Adds one record.
pub(super) fn append_record(path: &Path, index: u64, bytes: &[u8]) -> io::Result<()> {
    let length = u32::try_from(bytes.len())
        .ok()
        .filter(|length| *length <= RECORD_BYTES_MAX);
    let length = length.ok_or(io::ErrorKind::InvalidInput)?;
    let record = [&index.to_be_bytes(), length.to_be_bytes().as_slice(), bytes].concat();
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(&record)
}

/// Reads every whole record; cuts a torn one off, so that the next is added where it began.
pub(super) fn read_records(path: &Path) -> io::Result<Vec<Record>> {
    let mut bytes = Vec::new();
    match File::open(path) {
        Ok(mut file) => file.read_to_end(&mut bytes)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut records = Vec::new();
    let mut rest = bytes.as_slice();
    while let Some((record, after)) = split_record(rest) {
        records.push(record);
        rest = after;
    }
    if !rest.is_empty() {
        let whole = (bytes.len() - rest.len()) as u64;
        OpenOptions::new().write(true).open(path)?.set_len(whole)?;
    }
    Ok(records)
}

/// An index and the bytes under it.
type Record = (u64, Vec<u8>);

fn split_record(bytes: &[u8]) -> Option<(Record, &[u8])> {
    let (index, rest) = bytes.split_first_chunk::<8>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let length = u32::from_be_bytes(*length);
    if length > RECORD_BYTES_MAX {
        return None;
    }
    let (record, after) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    Some(((u64::from_be_bytes(*index), record.to_vec()), after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i2_a_torn_record_is_cut_off_and_nothing_before_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("records");
        assert_eq!(read_records(&path).unwrap(), []);
        append_record(&path, 1, b"first").unwrap();
        append_record(&path, 2, b"").unwrap();
        append_record(&path, 9, b"last").unwrap();
        let whole = std::fs::read(&path).unwrap();
        let before = whole.len() - 16;
        for length in before..whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            let records = read_records(&path).unwrap();
            assert_eq!(
                records,
                [(1, b"first".to_vec()), (2, Vec::new())],
                "{length}"
            );
            append_record(&path, 9, b"last").unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), whole, "{length}");
        }
    }
}
