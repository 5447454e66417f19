//! The vectors of `proto/vectors/document`: what the crate answers to each, as one word. A file
//! that is missing stops the build of this test.

#[path = "vectors/words.rs"]
mod words;

use data_encoding::HEXLOWER;
use serde_json::Value;
use yichuan_document::key::PublicKey;
use yichuan_document::level::Ceiling;
use yichuan_document::manifest::Manifest;
use yichuan_document::roster::{Membership, Roster};
use yichuan_document::signed::{RosterHead, Signed, Signer, SlotRole};
use yichuan_document::terms::DocumentNumber;
use yichuan_document::{
    AccountId, DeviceId, Digest, Origin, PartName, PersonId, SealId, TicketId, Timestamp, UnitCode,
    UnitRef, cbor,
};

const CBOR: &str = include_str!("../../../proto/vectors/document/cbor.json");
const MANIFEST: &str = include_str!("../../../proto/vectors/document/manifest.json");
const SIGNATURE: &str = include_str!("../../../proto/vectors/document/signature.json");
const STATEMENT: &str = include_str!("../../../proto/vectors/document/statement.json");
const ROSTER: &str = include_str!("../../../proto/vectors/document/roster.json");
const NAME: &str = include_str!("../../../proto/vectors/document/name.json");

fn file(text: &str) -> Value {
    serde_json::from_str(text).expect("a file of vectors is JSON")
}

fn array<'v>(case: &'v Value, field: &str) -> &'v Vec<Value> {
    case[field]
        .as_array()
        .unwrap_or_else(|| panic!("{field} of {case}"))
}

fn text<'v>(case: &'v Value, field: &str) -> &'v str {
    case[field]
        .as_str()
        .unwrap_or_else(|| panic!("{field} of {case}"))
}

fn number(case: &Value, field: &str) -> u64 {
    case[field]
        .as_u64()
        .unwrap_or_else(|| panic!("{field} of {case}"))
}

fn bytes(case: &Value, field: &str) -> Vec<u8> {
    HEXLOWER
        .decode(text(case, field).as_bytes())
        .unwrap_or_else(|_| panic!("{field} of {case}"))
}

fn digest(case: &Value, field: &str) -> Digest {
    Digest::from_hex(text(case, field)).unwrap_or_else(|| panic!("{field} of {case}"))
}

fn head(case: &Value) -> RosterHead {
    RosterHead {
        count: number(&case["head"], "count"),
        root: digest(&case["head"], "root"),
    }
}

/// Asks `answer` about every case of a list, of which there must be valid and invalid ones.
fn each(file: &Value, list: &str, mut answer: impl FnMut(&Value) -> String) {
    let (mut good, mut bad) = (0, 0);
    for case in array(file, list) {
        let expected = text(case, "result");
        let name = case.get("name").or(case.get("utf8"));
        assert_eq!(answer(case), expected, "{list}: {name:?}");
        if expected == "ok" {
            good += 1;
        } else {
            bad += 1;
        }
    }
    assert!(good > 0 && bad > good, "{list}: {good} good, {bad} bad");
}

#[test]
fn forms_of_cbor() {
    each(&file(CBOR), "form", |case| {
        words::ok(cbor::scan(&bytes(case, "bytes")), words::word)
    });
}

#[test]
fn manifests() {
    each(&file(MANIFEST), "manifest", |case| {
        let ceiling = match text(case, "ceiling") {
            "public" => Ceiling::Public,
            "internal" => Ceiling::Internal,
            "secret" => Ceiling::Secret,
            other => panic!("no ceiling: {other}"),
        };
        let bytes = bytes(case, "bytes");
        let manifest = match Manifest::read(&bytes) {
            Ok(manifest) => manifest,
            Err(cause) => return words::word(&cause),
        };
        assert_eq!(manifest.to_bytes(), bytes, "{case}");
        if case.get("digest").is_some() {
            assert_eq!(manifest.digest(), digest(case, "digest"), "{case}");
        }
        words::ok(manifest.check(ceiling).map(|_| ()), words::word)
    });
}

#[test]
fn a5_public_keys() {
    each(&file(SIGNATURE), "key", |case| {
        match cbor::read::<PublicKey>(&bytes(case, "bytes"), 4_096) {
            Ok(key) => words::ok(key.check(), words::word),
            Err(cause) => words::word(&cause),
        }
    });
}

/// A key that was not checked, as the roster would hold it if it did not check.
fn unchecked(bytes: &[u8]) -> PublicKey {
    let head = [0xa2, 0, 1, 1, 0x58, 0x20];
    cbor::read(&[&head, bytes].concat(), 100).expect("32 bytes in the form of a key")
}

#[test]
fn a5_signatures() {
    each(&file(SIGNATURE), "signature", |case| {
        let key = unchecked(&bytes(case, "key"));
        let signature = bytes(case, "signature").try_into().expect("64 bytes");
        let verified = key.verify(&bytes(case, "message"), &signature);
        words::ok(verified, |_| "signature".to_owned())
    });
}

fn role(number: u64) -> SlotRole {
    let bytes = cbor::to_vec(&number);
    cbor::read(&bytes, 9).unwrap_or_else(|_| panic!("no role: {number}"))
}

fn signers(case: &Value) -> Vec<Signer> {
    let keys = |signer: &Value| {
        let key = |key: &Value| {
            let hex = key.as_str().expect("a key in hexadecimal");
            unchecked(&HEXLOWER.decode(hex.as_bytes()).expect("hexadecimal"))
        };
        array(signer, "keys").iter().map(key).collect()
    };
    array(case, "signers")
        .iter()
        .map(|signer| Signer {
            role: role(number(signer, "role")),
            keys: keys(signer),
        })
        .collect()
}

#[test]
fn statements() {
    each(&file(STATEMENT), "statement", |case| {
        let bytes = bytes(case, "bytes");
        let signed = match Signed::read(&bytes) {
            Ok(signed) => signed,
            Err(cause) => return words::word(&cause),
        };
        assert_eq!(signed.to_bytes(), bytes, "{case}");
        let verified = match signed.verify(&signers(case)) {
            Ok(verified) => verified,
            Err(cause) => return words::word(&cause),
        };
        if case.get("digest").is_some() {
            assert_eq!(verified.digest(), digest(case, "digest"), "{case}");
        }
        words::body(verified.payload())
    });
}

#[test]
fn a_roster_begins_with_its_genesis() {
    let file = file(ROSTER);
    each(&file, "begin", |case| {
        let signed = Signed::read(&bytes(case, "bytes")).expect("a statement");
        match Roster::begin(&signed) {
            Ok(roster) => {
                assert_eq!(roster.genesis(), digest(&file, "genesis"));
                assert_eq!(roster.origin().as_str(), text(&file, "origin"));
                "ok".to_owned()
            }
            Err(cause) => words::word(&cause),
        }
    });
}

#[test]
fn g2_a_roster_grows_by_the_same_statements_to_the_same_head() {
    let file = file(ROSTER);
    let genesis = Signed::read(&bytes(&array(&file, "begin")[0], "bytes")).expect("a statement");
    let mut roster = Roster::begin(&genesis).expect("the genesis");
    each(&file, "step", |step| {
        let signed = Signed::read(&bytes(step, "bytes")).expect("a statement");
        let now = Timestamp::from_unix_ms(number(step, "now_unix_ms"));
        let decided = roster.decide(&signed, now);
        let word = match &decided {
            Ok(_) => "ok".to_owned(),
            Err(cause) => words::refused(cause),
        };
        if let Ok(decided) = decided {
            roster.apply(&decided);
        }
        assert_eq!(roster.head(), head(step), "{}", step["name"]);
        assert_eq!(roster.sequence(), number(step, "sequence"));
        assert_eq!(roster.last_act(), digest(step, "last_act"));
        word
    });
}

#[test]
fn a6_memberships() {
    each(&file(ROSTER), "membership", |case| {
        match cbor::read::<Membership>(&bytes(case, "bytes"), 16 << 10) {
            Ok(membership) => words::ok(membership.verify(&head(case)), |_| "refused".to_owned()),
            Err(cause) => words::word(&cause),
        }
    });
}

fn utf8(case: &Value) -> String {
    String::from_utf8(bytes(case, "utf8")).expect("UTF-8")
}

#[test]
fn g3_names() {
    each(&file(NAME), "name", |case| match text(case, "kind") {
        "origin" => read::<Origin>(case),
        "unit" => read::<UnitCode>(case),
        "account" => read::<AccountId>(case),
        "device" => read::<DeviceId>(case),
        "seal" => read::<SealId>(case),
        "person" => read::<PersonId>(case),
        "ticket" => read::<TicketId>(case),
        "unit-ref" => read::<UnitRef>(case),
        other => panic!("no kind of name: {other}"),
    });
}

/// Reads a name both as text and as CBOR, which must agree.
fn read<T>(case: &Value) -> String
where
    T: std::str::FromStr + std::fmt::Display + minicbor::Encode<()>,
    T: for<'b> minicbor::Decode<'b, ()>,
{
    let text = utf8(case);
    let as_text = text.parse::<T>();
    let as_cbor = cbor::read::<T>(&cbor::to_vec(&text), 1_000);
    assert_eq!(as_text.is_ok(), as_cbor.is_ok(), "{case}");
    if let Ok(name) = &as_text {
        assert_eq!(name.to_string(), text);
    }
    words::ok(as_text, |_| "name".to_owned())
}

#[test]
fn document_numbers() {
    each(&file(NAME), "number", |case| {
        words::ok(utf8(case).parse::<DocumentNumber>(), words::word)
    });
}

#[test]
fn e1_part_names() {
    each(&file(NAME), "part_name", |case| {
        words::ok(utf8(case).parse::<PartName>(), words::word)
    });
}
