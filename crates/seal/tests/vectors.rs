//! The vectors of `proto/vectors/seal`: records, what they do to a document, pictures, and SES
//! signatures.

use data_encoding::{BASE64, HEXLOWER};
use serde_json::Value;
use yichuan_document::header::{Contact, HEADER_VERSION, InnerHeader, Metadata, Part};
use yichuan_document::statement::About;
use yichuan_document::{Classification, Digest, Timestamp};
use yichuan_seal::certificate::{Certificate, RevocationList};
use yichuan_seal::ses::{Asked, Trust, verify};
use yichuan_seal::{BadPicture, SealPicture, SealRecord, SealRefused, not_at_hand, verify_records};

const RECORDS: &str = include_str!("../../../proto/vectors/seal/records.json");
const SES: &str = include_str!("../../../proto/vectors/seal/ses.json");
const PICTURES: &str = include_str!("../../../proto/vectors/seal/pictures.json");

fn file(text: &str) -> Value {
    serde_json::from_str(text).expect("a file of vectors is JSON")
}

/// The cases of one list, of which some are valid and more are not.
fn cases<'v>(file: &'v Value, list: &str, valid: &str) -> &'v [Value] {
    let cases = array(file, list);
    let good = cases.iter().filter(|case| case["outcome"] == valid).count();
    assert!(good > 0 && cases.len() > 2 * good, "{list}: {good} valid");
    cases
}

fn array<'v>(case: &'v Value, field: &str) -> &'v [Value] {
    case[field]
        .as_array()
        .unwrap_or_else(|| panic!("{field} of {case}"))
}

fn text<'v>(value: &'v Value, case: &Value) -> &'v str {
    value.as_str().unwrap_or_else(|| panic!("text in {case}"))
}

fn hex(value: &Value, case: &Value) -> Vec<u8> {
    HEXLOWER
        .decode(text(value, case).as_bytes())
        .unwrap_or_else(|_| panic!("hexadecimal digits in {case}"))
}

fn digest(value: &Value) -> Digest {
    Digest::from_hex(text(value, value)).expect("a digest")
}

/// The word of the vectors for an outcome.
fn word<T>(outcome: &Result<T, SealRefused>, valid: &'static str) -> &'static str {
    match outcome {
        Ok(_) => valid,
        Err(SealRefused::Unreadable(_)) => "unreadable",
        Err(SealRefused::UnknownVersion { .. }) => "version",
        Err(SealRefused::Placement) => "placement",
        Err(SealRefused::AnotherDocument) => "another document",
        Err(SealRefused::TooMany { .. }) => "too many",
        Err(SealRefused::Order { .. }) => "order",
        Err(SealRefused::NotAtHand) => "not at hand",
        Err(SealRefused::Changed { .. }) => "changed",
        Err(_) => "no word",
    }
}

#[test]
fn every_record_is_read_or_refused_as_its_vector_says() {
    let file = file(RECORDS);
    for case in cases(&file, "read", "read") {
        let bytes = hex(&case["record"], case);
        let outcome = SealRecord::read(&bytes);
        assert_eq!(word(&outcome, "read"), case["outcome"], "{}", case["name"]);
        if let Ok(record) = outcome {
            assert_eq!(record.to_bytes(), bytes, "{}", case["name"]);
        }
    }
}

#[test]
fn every_list_of_seals_stands_or_falls_as_its_vector_says() {
    let file = file(RECORDS);
    let document = text(&file["document"], &file).parse().expect("an id");
    let about = About {
        document,
        manifest: digest(&file["manifest"]),
    };
    let parts: Vec<Digest> = array(&file, "parts").iter().map(digest).collect();
    let part = |(number, digest): (usize, &Digest)| Part {
        name: format!("{number}.ofd").parse().expect("a name"),
        media_type: "application/ofd".into(),
        bytes: 1,
        digest: *digest,
    };
    let header = InnerHeader {
        version: HEADER_VERSION,
        origin: "yichuan.example".parse().expect("an origin"),
        id: document,
        issuers: Vec::new(),
        level: Classification::Public,
        title: "通知".into(),
        metadata: Metadata::default(),
        contact: Contact::default(),
        parts: parts.iter().enumerate().map(part).collect(),
    };
    for case in cases(&file, "applied", "stands") {
        let name = &case["name"];
        let read = |bytes| SealRecord::read(&hex(bytes, case)).expect("records that can be read");
        let records: Vec<SealRecord> = array(case, "records").iter().map(read).collect();
        let outcome = verify_records(&header, &about, &records, &mut not_at_hand);
        assert_eq!(word(&outcome, "stands"), case["outcome"], "{name}");
        if let Ok(sealed) = outcome {
            assert_eq!(sealed, parts, "{name}");
        }
    }
}

#[test]
fn every_picture_is_read_or_refused_as_its_vector_says() {
    let file = file(PICTURES);
    for case in cases(&file, "pictures", "read") {
        let (name, png) = (&case["name"], text(&case["png"], case));
        let outcome = SealPicture::read(&BASE64.decode(png.as_bytes()).expect("base64"));
        let word = match outcome {
            Ok(_) => "read",
            Err(BadPicture::NotPng) => "not a PNG",
            Err(BadPicture::Size { .. }) => "size",
            Err(BadPicture::Animated) => "moves",
            Err(BadPicture::Blank) => "blank",
            Err(_) => "no word",
        };
        assert_eq!(word, case["outcome"], "{name}");
        if let Ok(picture) = outcome {
            let paper = picture.physical_hundredths_mm();
            let paper = paper.map_or(Value::Null, |(width, height)| [width, height][..].into());
            assert_eq!(picture.digest().to_string(), case["digest"], "{name}");
            let pixels: Value = [picture.width(), picture.height()][..].into();
            assert_eq!(pixels, case["pixels"], "{name}");
            assert_eq!(paper, case["hundredths_mm"], "{name}");
        }
    }
}

#[test]
fn every_ses_signature_is_judged_as_its_vector_says() {
    let file = file(SES);
    let bytes = |value: &Value| {
        BASE64
            .decode(text(value, value).as_bytes())
            .expect("base64")
    };
    let certificates = |field: &str| -> Vec<Certificate> {
        let read = |value| Certificate::read(&bytes(value)).expect("a certificate");
        array(&file, field).iter().map(read).collect()
    };
    let (makers, signers) = (certificates("makers"), certificates("signers"));
    let now = Timestamp::from_unix_ms(1_785_672_000_000);
    let lists: Vec<RevocationList> = signers
        .iter()
        .map(|issuer| RevocationList::known(issuer, now, Vec::new()))
        .collect();
    let trust = Trust {
        makers: &makers,
        signers: &signers,
        others: &[],
        lists: &lists,
        seals: Some(&[]),
    };
    assert_eq!(
        (&file["now"], array(&file, "revoked").len()),
        (&"20260802120000Z".into(), 0)
    );
    let asked = Asked {
        data_hash: hex(&file["data_hash"], &file).try_into().ok(),
        seal_file: None,
        declared_at: None,
        seen_at: None,
        now,
    };
    for case in cases(&file, "signatures", "valid") {
        let report = verify(&bytes(&case["signature"]), &asked, &trust);
        let name = format!("{}: {:?}", case["name"], report.findings());
        assert_eq!(report.verdict().word(), case["outcome"], "{name}");
        let codes: Vec<&str> = report
            .findings()
            .iter()
            .map(|found| found.code.id())
            .collect();
        assert_eq!(Value::from(codes), case["codes"], "{name}");
    }
}
