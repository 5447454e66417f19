//! The vectors of `proto/vectors/bundle`: bundles, what is wrong with each, and how a program that
//! verifies it exits.

use data_encoding::{BASE64, HEXLOWER};
use serde_json::Value;
use yichuan_document::Digest;
use yichuan_evidence::verify::{Outcome, RootPin, verify};

const BUNDLES: &str = include_str!("../../../proto/vectors/bundle/bundles.json");

fn text<'v>(case: &'v Value, field: &str) -> &'v str {
    case[field]
        .as_str()
        .unwrap_or_else(|| panic!("{field} of {}", case["name"]))
}

fn number(case: &Value, field: &str) -> u64 {
    case[field]
        .as_u64()
        .unwrap_or_else(|| panic!("{field} of {}", case["name"]))
}

fn hex(case: &Value, field: &str) -> Vec<u8> {
    HEXLOWER
        .decode(text(case, field).as_bytes())
        .expect("hexadecimal digits")
}

/// The bytes of a case: its own, or those of the first case with something changed.
fn bytes(case: &Value, first: &[u8]) -> Vec<u8> {
    if case["bundle"].is_string() {
        return BASE64
            .decode(text(case, "bundle").as_bytes())
            .expect("base64");
    }
    let mut bytes = first.to_vec();
    if case["patch"].is_object() {
        let at = usize::try_from(number(&case["patch"], "at")).expect("a place in the file");
        let patch = hex(&case["patch"], "hex");
        bytes[at..at + patch.len()].copy_from_slice(&patch);
    }
    if case["new_digest"] == true {
        let at = bytes.len() - 32;
        let digest = Digest::of(&bytes[..at]);
        bytes[at..].copy_from_slice(digest.as_bytes());
    }
    if case["length"].is_u64() {
        bytes.truncate(usize::try_from(number(case, "length")).expect("a length"));
    }
    if case["append"].is_string() {
        bytes.extend(hex(case, "append"));
    }
    bytes
}

/// The codes of the checks that failed and of their faults, each pair once.
fn failed(findings: &[yichuan_evidence::verify::Finding]) -> Vec<Value> {
    let mut pairs = Vec::new();
    for finding in findings {
        if let Outcome::Failed(fault) = finding.outcome {
            let pair = Value::from(vec![finding.check.code(), fault.code()]);
            if !pairs.contains(&pair) {
                pairs.push(pair);
            }
        }
    }
    pairs
}

#[test]
fn every_vector_comes_out_as_it_says() {
    let file: Value = serde_json::from_str(BUNDLES).expect("a file of vectors is JSON");
    let cases = file["cases"].as_array().expect("cases");
    assert!(cases.len() > 20, "{} cases", cases.len());
    let first = bytes(&cases[0], &[]);
    for case in cases {
        let name = text(case, "name");
        let root: Option<RootPin> = match case.get("root") {
            None => Some(text(&file, "root").parse().expect("a root")),
            Some(Value::Null) => None,
            Some(_) => Some(text(case, "root").parse().expect("a root")),
        };
        let bytes = bytes(case, &first);
        let exit = match verify(bytes.as_slice(), root.as_ref(), &mut |_, _| ()) {
            Err(_) => 2,
            Ok(verdict) => {
                let expected = case["failed"].as_array().expect("failed");
                assert_eq!(&failed(&verdict.findings), expected, "{name}");
                u64::from(!verdict.valid)
            }
        };
        assert_eq!(exit, number(case, "exit"), "{name}");
    }
}
