//! SES signatures (电子签章), judged by somebody who trusts nobody: none may be valid.
#![no_main]

use yichuan_document::Timestamp;
use yichuan_seal::ses::{Asked, Trust, Verdict, verify};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let now = Timestamp::from_unix_ms(1_785_585_600_000);
    let asked = Asked {
        data_hash: Some([1; 32]),
        seal_file: Some(b"another seal"),
        declared_at: Some(now),
        seen_at: None,
        now,
    };
    let report = verify(bytes, &asked, &Trust::default());
    assert_ne!(report.verdict(), Verdict::Valid);
    for finding in report.findings() {
        assert!(!finding.to_string().is_empty() && !finding.chinese().is_empty());
    }
});
