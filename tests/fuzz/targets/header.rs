//! Inner headers; what is read is written as it was.
#![no_main]

use yichuan_document::header::InnerHeader;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(header) = InnerHeader::read(bytes) {
        assert_eq!(header.to_bytes(), bytes);
    }
});
