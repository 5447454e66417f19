//! Judges an SES signature (`SignedValue.dat`) against the file that it sealed (`Signature.xml`),
//! and tells what one judgement costs: `verify_ses SIGNATURE SEALED [MAKER ROOT]`. The last two are
//! DER certificates to trust, a seal maker's and that of an authority for signers.

#![allow(
    clippy::disallowed_methods,
    reason = "it reads files and a clock, as its user asks"
)]

use std::process::ExitCode;
use std::time::{Instant, SystemTime};

use yichuan_document::Timestamp;
use yichuan_seal::certificate::Certificate;
use yichuan_seal::ses::{Asked, Trust, verify};
use yichuan_seal::sm2_key::sm3;

/// How often it is judged for the figure.
const ROUNDS: u32 = 200;

fn main() -> ExitCode {
    let read = |at: usize| {
        std::env::args()
            .nth(at)
            .and_then(|path| std::fs::read(path).ok())
    };
    let (Some(signature), Some(sealed)) = (read(1), read(2)) else {
        eprintln!("name two files that can be read: a signature, and what it sealed");
        return ExitCode::from(2);
    };
    let anchor = |at: usize| -> Vec<Certificate> {
        let der = read(at).unwrap_or_default();
        Certificate::read(&der).into_iter().collect()
    };
    let (makers, signers) = (anchor(3), anchor(4));
    let trust = Trust {
        makers: &makers,
        signers: &signers,
        ..Trust::default()
    };
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = now.map_or(0, |since| since.as_secs() * 1_000);
    let begun = Instant::now();
    let mut report = None;
    for _ in 0..ROUNDS {
        let asked = Asked {
            data_hash: Some(sm3(&sealed)),
            seal_file: None,
            declared_at: None,
            seen_at: None,
            now: Timestamp::from_unix_ms(now),
        };
        report = Some(verify(&signature, &asked, &trust));
    }
    let each = begun.elapsed() / ROUNDS;
    if let Some(report) = report {
        println!("{} {}", report.verdict().word(), report.verdict().chinese());
        for finding in report.findings() {
            println!("{finding}\n    {}", finding.chinese());
        }
    }
    println!("{each:?} each");
    ExitCode::SUCCESS
}
