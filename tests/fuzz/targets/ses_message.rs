//! Signed messages without a seal, judged by somebody who trusts nobody: none may be valid.
#![no_main]

use yichuan_document::Timestamp;
use yichuan_seal::ses::{Asked, Trust, Verdict, verify_message};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let now = Timestamp::from_unix_ms(1_785_585_600_000);
    let asked = Asked {
        data_hash: Some([1; 32]),
        seal_file: None,
        declared_at: Some(now),
        seen_at: Some(now),
        now,
    };
    let report = verify_message(bytes, &asked, &Trust::default());
    assert_ne!(report.verdict(), Verdict::Valid);
});
