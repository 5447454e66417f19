//! Certificates, and lists of revoked ones by an authority that is known. The first byte chooses.
#![no_main]

use std::sync::LazyLock;

use yichuan_document::Timestamp;
use yichuan_seal::certificate::{Certificate, RevocationList};

/// The authority that made the lists in the seeds.
static ISSUER: LazyLock<Certificate> = LazyLock::new(|| {
    Certificate::read(
        include_bytes!("../seeds/certificate/issuer.der")
            .split_at(1)
            .1,
    )
    .expect("it is a certificate")
});

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some((choice, der)) = input.split_first() else {
        return;
    };
    let now = Timestamp::from_unix_ms(1_785_585_600_000);
    if choice % 2 == 0 {
        if let Ok(certificate) = Certificate::read(der) {
            assert_eq!(certificate.der(), der);
            certificate.common_name();
            certificate.may_sign();
            certificate.covers(now);
            certificate.sm2_key();
        }
    } else if let Ok(list) = RevocationList::read(der, &ISSUER) {
        list.since(&ISSUER);
        list.speaks_of(&ISSUER, now, now);
    }
});
