//! OFD files as they come: the package with its directory and checksums.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| yichuan_fuzz::look("x.ofd", bytes));
