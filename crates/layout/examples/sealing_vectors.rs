//! Makes `proto/vectors/seal/ofd.json`, the same each time, and writes it to the standard output:
//! files, records, and what `apply/1` makes of them. `tests/python/seal_ofd.py` computes the same
//! digests from `proto/seal.md` alone.
#![allow(
    clippy::disallowed_methods,
    reason = "it writes what its user asks for"
)]

#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../tests/made/office.rs"]
mod office;
#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../tests/made/paper.rs"]
mod paper;

use data_encoding::{BASE64, HEXLOWER};
use office::{entries, office, place, seal};
use paper::{Paper, package};
use serde_json::{Value, json};
use yichuan_document::Digest;
use yichuan_layout::Limits;
use yichuan_layout::sealing::apply;
use yichuan_seal::{Clip, Placement, SealRecord};

/// A document with names that XML has to write otherwise, and one in Chinese.
fn notice() -> Paper {
    Paper::notice()
        .entry("Doc_0/Res/font.ttf", vec![7; 300])
        .entry("附件/表 & <1>.xml", "<表/>")
}

/// A case: what the file and the record give, by name.
fn case(name: &str, before: &[u8], record: &SealRecord) -> Value {
    let mut case = json!({
        "name": name,
        "before": BASE64.encode(before),
        "record": HEXLOWER.encode(&record.to_bytes()),
    });
    match apply(before, record, &Limits::default()) {
        Ok(sealed) => {
            case["bytes"] = json!(sealed.len());
            case["sealed"] = json!(Digest::of(&sealed).to_string());
        }
        Err(why) => case["refused"] = json!(why.code()),
    }
    case
}

fn sealed(before: &[u8], number: usize, places: &[Placement]) -> (Vec<u8>, SealRecord) {
    let ordinal = u8::try_from(number + 1).expect("few offices");
    seal(before, office(number), ordinal, places).expect("it takes a seal")
}

/// The parts of a package with one of them changed.
fn with(bytes: &[u8], name: &str, change: impl FnOnce(String) -> String) -> Vec<u8> {
    let mut parts = entries(bytes);
    let part = parts.iter_mut().find(|(known, _)| known == name);
    let part = &mut part.expect("it is there").1;
    *part = change(String::from_utf8(part.clone()).expect("text")).into_bytes();
    package(&parts)
}

fn standing() -> Vec<Value> {
    let before = notice().ofd();
    let one = [place(2, 12_130, 18_720)];
    let (first, record) = sealed(&before, 0, &one);
    let mut cases = vec![case("the first seal", &before, &record)];
    let (second, record) = sealed(&first, 1, &[place(2, 2_000, 18_720)]);
    cases.push(case("the second seal", &first, &record));
    let (_, record) = sealed(&second, 2, &[place(1, 100, 5)]);
    cases.push(case("the third seal", &second, &record));
    let strips = [0, 1].map(|page| Placement {
        clip: Some(Clip {
            x: 2_100 * page,
            y: 0,
            width: 2_100,
            height: 4_200,
        }),
        ..place(page + 1, 18_900 - 2_100 * page, 12_750)
    });
    let (_, record) = sealed(&before, 0, &strips);
    cases.push(case("across the edges of two pages", &before, &record));
    let (_, record) = sealed(&before, 0, &[]);
    cases.push(case("on no page", &before, &record));
    let plain = with(&before, "OFD.xml", |xml| {
        xml.replace("ofd:", "").replace("xmlns:ofd", "xmlns")
    });
    let (_, record) = sealed(&plain, 0, &one);
    cases.push(case("no prefix", &plain, &record));
    let marked = with(&before, "OFD.xml", |xml| format!("\u{feff}{xml}\r\n"));
    let (_, record) = sealed(&marked, 0, &one);
    cases.push(case("a mark before the text", &marked, &record));
    let foreign = with(&first, "Doc_0/Signs/Signatures.xml", |_| {
        "<x:Signatures xmlns:x=\"http://www.ofdspec.org/2016\">\n <x:Signature ID=\"4\" \
         BaseLoc=\"Sign_1/Signature.xml\"/>\n <x:MaxSignId> 17</x:MaxSignId>\n</x:Signatures>\n"
            .to_owned()
    });
    let (_, record) = seal(&foreign, office(1), 1, &one).expect("it takes a seal");
    cases.push(case("a list of another product", &foreign, &record));
    let mut folded = entries(&before);
    folded.insert(0, ("doc_0/SIGNS/sign_1/x".into(), Vec::new()));
    let folded = package(&folded);
    let (_, record) = sealed(&folded, 0, &one);
    cases.push(case(
        "the folder is taken in another letter case",
        &folded,
        &record,
    ));
    cases
}

/// A change of a record.
type Change = fn(&mut SealRecord);

fn refused() -> Vec<Value> {
    let before = notice().ofd();
    let one = [place(2, 12_130, 18_720)];
    let (first, record) = sealed(&before, 0, &one);
    let other = notice().replaced("汛期", "防火").ofd();
    let locked = with(&first, "Doc_0/Signs/Sign_1/Signature.xml", |xml| {
        let more = "<ofd:Reference FileRef=\"../Signatures.xml\"/></ofd:References>";
        xml.replace("</ofd:References>", more)
    });
    let whole = notice().entry("OFDEntries.xml", "<x/>").ofd();
    let left = notice()
        .entry("Doc_0/Signs/Sign_9/SignedValue.dat", "x")
        .ofd();
    let two = Paper {
        bodies: 2,
        ..notice()
    };
    let mut cases = vec![
        case("a record of another file", &other, &record),
        case("the same record once more", &first, &record),
        case("locked by a signature", &locked, &record),
        case("locked as a whole", &whole, &record),
        case("leavings of a signature", &left, &record),
        case("two documents", &two.ofd(), &record),
        case(
            "no OFD",
            &package(&[("a.xml".into(), b"<a/>".to_vec())]),
            &record,
        ),
        case("no package", b"no package", &record),
    ];
    let changes: [(&str, Change); 7] = [
        ("no value", |record| record.ses = None),
        ("another place", |record| record.placements[0].y += 1),
        ("another ordinal", |record| record.ordinal = 2),
        ("another second", |record| {
            record.at = record.at.plus_ms(1_000);
        }),
        ("no such page", |record| record.placements[0].page = 3),
        ("beside the page", |record| record.placements[0].x = 21_000),
        ("on two parts", |record| {
            let part = record.placements[0];
            record.placements.push(Placement { part: 1, ..part });
            record.sealed.push(Digest::of(b"annex"));
        }),
    ];
    for (name, change) in changes {
        let mut record = record.clone();
        change(&mut record);
        cases.push(case(name, &before, &record));
    }
    cases
}

fn main() {
    let file = json!({ "applied": standing(), "refused": refused() });
    let text = serde_json::to_string_pretty(&file);
    println!("{}", text.expect("what was just put together is JSON"));
}
