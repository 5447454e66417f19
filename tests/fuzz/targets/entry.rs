//! Entries of the log with the statement in them; what is read is written as it was.
#![no_main]

use yichuan_evidence::entry::{Entry, EntryKind};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(entry) = Entry::read(bytes) {
        assert_eq!(entry.to_bytes(), bytes);
        if let Ok(payload) = entry.signed().and_then(|signed| signed.claimed()) {
            EntryKind::of_purpose(&payload.purpose);
        }
    }
});
