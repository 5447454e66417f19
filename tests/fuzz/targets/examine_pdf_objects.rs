//! The objects of PDF files, in a file whose cross-references lead to them.
#![no_main]

libfuzzer_sys::fuzz_target!(|objects: &[u8]| {
    yichuan_fuzz::look("x.pdf", &yichuan_fuzz::pdf(objects));
});
