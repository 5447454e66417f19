//! The parts of OFD files, in a package that is whole.
#![no_main]

libfuzzer_sys::fuzz_target!(|parts: &[u8]| {
    yichuan_fuzz::look("x.ofd", &yichuan_fuzz::package(parts));
});
