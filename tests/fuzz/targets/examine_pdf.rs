//! PDF files as they come: cross-references, object streams, packed streams.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| yichuan_fuzz::look("x.pdf", bytes));
