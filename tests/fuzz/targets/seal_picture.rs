//! Pictures of seals: PNG, decoded within limits.
#![no_main]

use yichuan_seal::SealPicture;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(picture) = SealPicture::read(bytes) {
        picture.physical_hundredths_mm();
    }
});
