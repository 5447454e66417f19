//! Records of seals being set; what is read is written as it was.
#![no_main]

use yichuan_seal::SealRecord;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(record) = SealRecord::read(bytes) {
        assert_eq!(record.to_bytes(), bytes);
    }
});
