//! Bundles of evidence, verified without a root: none may be valid.
#![no_main]

use yichuan_evidence::verify::verify;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(verdict) = verify(bytes, None, &mut |_, _| {}) {
        assert!(!verdict.valid);
    }
});
