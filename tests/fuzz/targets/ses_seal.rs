//! SES seals (电子印章), judged by somebody who trusts nobody: none may be valid.
#![no_main]

use yichuan_document::Timestamp;
use yichuan_seal::ses::{Trust, Verdict, verify_seal};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let now = Timestamp::from_unix_ms(1_785_585_600_000);
    let report = verify_seal(bytes, now, &Trust::default());
    assert_ne!(report.verdict(), Verdict::Valid);
    if let Some(seal) = report.seal() {
        assert_eq!(seal.raw(), bytes);
    }
});
