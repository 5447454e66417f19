//! Manifests; what is read is written as it was.
#![no_main]

use yichuan_document::Manifest;
use yichuan_document::level::Ceiling;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(manifest) = Manifest::read(bytes) {
        assert_eq!(manifest.to_bytes(), bytes);
        let _ = manifest.check(Ceiling::Secret);
    }
});
