//! Seals that are set into files, and files that take none.

use std::io::{Cursor, Write as _};

use proptest::prelude::*;
use yichuan_layout::sealing::{NotSealed, Setting, apply, prepare};
use yichuan_layout::{Limits, Unreadable};
use yichuan_seal::ses::{Code, SesSignature, Verdict};
use yichuan_seal::{Clip, Placement, SealRecord};

use zip::write::SimpleFileOptions;

use super::office::{
    at, contents, entries, entry, judged, office, place, seal, sealed_by, verdicts,
};
use super::paper::{Paper, SPACE, package};

/// A document with an attachment and a font, which the reader does not follow.
fn notice() -> Paper {
    Paper::notice()
        .entry("Doc_0/Res/font.ttf", vec![7; 3_000])
        .entry("附件/表 & <1>.xml", "<表/>")
}

fn valid() -> (&'static str, Vec<Code>) {
    ("valid", Vec::new())
}

#[test]
fn a_sealed_file_is_valid_and_nothing_approved_is_altered() {
    let before = notice().ofd();
    let (sealed, record) =
        seal(&before, office(0), 1, &[place(2, 12_000, 10_000)]).expect("sealed");
    assert_eq!(verdicts(&sealed), [valid()]);
    let contents = contents(&sealed);
    assert_eq!(contents.notices, []);
    let [signature] = &contents.signatures[..] else {
        panic!("{:?}", contents.signatures)
    };
    assert_eq!(signature.location, "Doc_0/Signs/Sign_1/Signature.xml");
    assert_eq!(
        (signature.kind.word(), signature.generation),
        ("ses", Some("v4"))
    );
    let (page, area) = signature.stamps[0];
    assert_eq!((page, area.left, area.top), (1, 120.0, 100.0));
    let way = "<ofd:Signatures>/Doc_0/Signs/Signatures.xml</ofd:Signatures>";
    let after = entries(&sealed);
    for (name, content) in entries(&before) {
        let new = &after
            .iter()
            .find(|(known, _)| *known == name)
            .expect("kept")
            .1;
        if name == "OFD.xml" {
            let text = String::from_utf8(new.clone()).expect("text");
            assert!(text.contains(way), "{text}");
            assert_eq!(text.replace(way, "").as_bytes(), content);
        } else {
            assert_eq!(*new, content, "{name}");
        }
    }
    let added: Vec<&str> = after[after.len() - 4..]
        .iter()
        .map(|(name, _)| &**name)
        .collect();
    assert_eq!(
        added,
        [
            "Doc_0/Signs/Signatures.xml",
            "Doc_0/Signs/Sign_1/Signature.xml",
            "Doc_0/Signs/Sign_1/Seal.esl",
            "Doc_0/Signs/Sign_1/SignedValue.dat",
        ]
    );
    assert_eq!(after.len(), entries(&before).len() + 4);
    assert_eq!(entry(&sealed, added[2]), office(0).seal.raw());
    assert_eq!(Some(entry(&sealed, added[3])), record.ses.map(Vec::from));
}

#[test]
fn two_and_three_offices_seal_and_all_seals_stay_valid() {
    let before = notice().ofd();
    let mut last = sealed_by(1, &before);
    for offices in [2, 3] {
        let sealed = sealed_by(offices, &before);
        assert_eq!(verdicts(&sealed), vec![valid(); offices]);
        // With each further seal the list alone changes.
        let after = entries(&sealed);
        for (name, content) in entries(&last) {
            let new = &after
                .iter()
                .find(|(known, _)| *known == name)
                .expect("kept")
                .1;
            assert_eq!(
                *new == content,
                name != "Doc_0/Signs/Signatures.xml",
                "{name}"
            );
        }
        last = sealed;
    }
    let list = String::from_utf8(entry(&last, "Doc_0/Signs/Signatures.xml")).expect("text");
    let expected = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ofd:Signatures {SPACE}>\
         <ofd:MaxSignId>s006</ofd:MaxSignId>\
         <ofd:Signature ID=\"s001\" Type=\"Seal\" BaseLoc=\"/Doc_0/Signs/Sign_1/Signature.xml\"/>\
         <ofd:Signature ID=\"s003\" Type=\"Seal\" BaseLoc=\"/Doc_0/Signs/Sign_2/Signature.xml\"/>\
         <ofd:Signature ID=\"s005\" Type=\"Seal\" BaseLoc=\"/Doc_0/Signs/Sign_3/Signature.xml\"/>\
         </ofd:Signatures>"
    );
    assert_eq!(list, expected);
}

#[test]
fn a_strip_on_every_page_is_one_signature() {
    let strips: Vec<Placement> = (0..2)
        .map(|page| Placement {
            clip: Some(Clip {
                x: 2_100 * page,
                y: 0,
                width: 2_100,
                height: 4_200,
            }),
            ..place(page + 1, 18_900 - 2_100 * page, 12_000)
        })
        .collect();
    let (sealed, _) = seal(&notice().ofd(), office(0), 1, &strips).expect("sealed");
    assert_eq!(verdicts(&sealed), [valid()]);
    let xml = String::from_utf8(entry(&sealed, "Doc_0/Signs/Sign_1/Signature.xml")).expect("text");
    let stamps = "<ofd:StampAnnot ID=\"s002\" PageRef=\"1\" Boundary=\"189.00 120.00 42.00 42.00\" \
                  Clip=\"0.00 0.00 21.00 42.00\"/>\
                  <ofd:StampAnnot ID=\"s003\" PageRef=\"2\" Boundary=\"168.00 120.00 42.00 42.00\" \
                  Clip=\"21.00 0.00 21.00 42.00\"/>";
    assert!(xml.contains(stamps), "{xml}");
}

#[test]
fn the_signature_is_written_as_the_protocol_says() {
    let bytes = package(&[
        (
            "OFD.xml".into(),
            "<OFD xmlns=\"http://www.ofdspec.org/2016\"><DocBody><DocInfo/>\
                 <DocRoot>Document.xml</DocRoot></DocBody></OFD>"
                .into(),
        ),
        (
            "Document.xml".into(),
            "<Document><CommonData><PageArea><PhysicalBox>0 0 210 297</PhysicalBox></PageArea>\
             </CommonData><Pages><Page ID=\"3\" BaseLoc=\"P.xml\"/></Pages></Document>"
                .into(),
        ),
        ("P.xml".into(), "<Page/>".into()),
    ]);
    let (sealed, _) = seal(&bytes, office(0), 1, &[place(1, 1_234, 5)]).expect("sealed");
    assert_eq!(verdicts(&sealed), [valid()]);
    let xml = String::from_utf8(entry(&sealed, "Signs/Sign_1/Signature.xml")).expect("text");
    let head = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ofd:Signature {SPACE}><ofd:SignedInfo>\
         <ofd:Provider ProviderName=\"Yichuan\" Version=\"1\" Company=\"Yichuan\"/>\
         <ofd:SignatureMethod>1.2.156.10197.1.501</ofd:SignatureMethod>\
         <ofd:SignatureDateTime>20260801120100Z</ofd:SignatureDateTime>\
         <ofd:References CheckMethod=\"1.2.156.10197.1.401\">\
         <ofd:Reference FileRef=\"/OFD.xml\"><ofd:CheckValue>"
    );
    assert!(xml.starts_with(&head), "{xml}");
    let tail = "</ofd:CheckValue></ofd:Reference></ofd:References>\
         <ofd:StampAnnot ID=\"s002\" PageRef=\"3\" Boundary=\"12.34 0.05 42.00 42.00\"/>\
         <ofd:Seal><ofd:BaseLoc>/Signs/Sign_1/Seal.esl</ofd:BaseLoc></ofd:Seal></ofd:SignedInfo>\
         <ofd:SignedValue>/Signs/Sign_1/SignedValue.dat</ofd:SignedValue></ofd:Signature>";
    assert!(xml.ends_with(tail), "{xml}");
    let names: Vec<&str> = xml
        .split("FileRef=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    let order = [
        "/OFD.xml",
        "/Document.xml",
        "/P.xml",
        "/Signs/Sign_1/Seal.esl",
    ];
    assert_eq!(names, order);
    // Without a prefix in the file there is none in what is put into it.
    let ofd = String::from_utf8(entry(&sealed, "OFD.xml")).expect("text");
    let end = "<Signatures>/Signs/Signatures.xml</Signatures></DocBody></OFD>";
    assert!(ofd.ends_with(end), "{ofd}");
}

/// A file as another packer writes it: sizes behind the entries, other dates, folders.
fn packed_otherwise(parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new_stream(Cursor::new(Vec::new()));
    for (number, (name, content)) in parts.iter().enumerate() {
        let method = if number % 2 == 0 {
            zip::CompressionMethod::Stored
        } else {
            zip::CompressionMethod::Deflated
        };
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .last_modified_time(
                zip::DateTime::from_date_and_time(2026, 1, 2, 3, 4, 6).expect("a day"),
            );
        writer.start_file(name.as_str(), options).expect("new");
        writer.write_all(content).expect("memory takes it");
    }
    writer.finish().expect("it ends").into_inner().into_inner()
}

#[test]
fn headers_are_written_in_one_form() {
    let bytes = packed_otherwise(&notice().parts());
    let (sealed, _) = seal(&bytes, office(0), 1, &[place(1, 0, 0)]).expect("sealed");
    assert_eq!(verdicts(&sealed), [valid()]);
    let mut at = 0;
    let mut seen = 0;
    while sealed[at..].starts_with(b"PK\x03\x04") {
        let word = |from: usize| u16::from_le_bytes([sealed[at + from], sealed[at + from + 1]]);
        let long = |from: usize| usize::from(word(from)) | usize::from(word(from + 2)) << 16;
        assert_eq!(word(4), 20);
        assert_eq!(word(6) & !(1 << 11), 0, "no sizes behind");
        assert_eq!((word(10), word(12)), (0, 0x21), "the first day of 1980");
        assert_eq!(word(28), 0, "no extra field");
        at += 30 + usize::from(word(26)) + long(18);
        seen += 1;
    }
    assert_eq!(seen, entries(&bytes).len() + 4);
    assert!(sealed[at..].starts_with(b"PK\x01\x02"));
    let end = &sealed[sealed.len() - 22..];
    assert_eq!(end[..4], *b"PK\x05\x06");
}

/// A change of a record.
type Change = fn(&mut SealRecord);

#[test]
fn apply_is_a_function_and_refuses_a_record_of_another_file() {
    let before = notice().ofd();
    let other = notice().replaced("汛期", "防火").ofd();
    let places = [place(2, 12_000, 10_000)];
    let (sealed, record) = seal(&before, office(0), 1, &places).expect("sealed");
    let limits = Limits::default();
    for _ in 0..3 {
        assert_eq!(apply(&before, &record, &limits).as_ref(), Ok(&sealed));
    }
    let changes: [(Change, NotSealed); 6] = [
        (|record| record.ses = None, NotSealed::NoValue),
        (|record| record.placements[0].x += 1, NotSealed::AnotherFile),
        (|record| record.placements.clear(), NotSealed::AnotherFile),
        (|record| record.ordinal = 2, NotSealed::AnotherFile),
        (
            |record| record.at = record.at.plus_ms(1_000),
            NotSealed::AnotherFile,
        ),
        (
            |record| {
                record.placements.push(Placement {
                    part: 1,
                    ..place(1, 0, 0)
                });
            },
            NotSealed::Parts,
        ),
    ];
    for (change, refusal) in changes {
        let mut changed = record.clone();
        change(&mut changed);
        assert_eq!(apply(&before, &changed, &limits), Err(refusal));
    }
    assert_eq!(apply(&other, &record, &limits), Err(NotSealed::AnotherFile));
    assert_eq!(
        apply(&sealed, &record, &limits),
        Err(NotSealed::AnotherFile)
    );
    // The same instant to the second is the same file.
    let mut later = record.clone();
    later.at = later.at.plus_ms(900);
    assert_eq!(apply(&before, &later, &limits), Ok(sealed));
}

#[test]
fn a_value_of_something_else_does_not_finish_a_file() {
    let before = notice().ofd();
    let places = [place(2, 12_000, 10_000)];
    let (_, record) = seal(&before, office(0), 1, &places).expect("sealed");
    let value = Vec::from(record.ses.expect("a value"));
    let prepared = |number: usize, time| {
        let setting = Setting {
            seal: &office(number).seal,
            places: &places,
            at: at(time),
            ordinal: 1,
        };
        prepare(&before, &setting, &Limits::default()).expect("prepared")
    };
    assert!(prepared(0, "20260801120100Z").finish(&value).is_ok());
    let other = prepared(0, "20260801120101Z").finish(&value);
    assert_eq!(
        other,
        Err(NotSealed::AnotherFile),
        "the time is in the file"
    );
    assert_eq!(
        prepared(1, "20260801120100Z").finish(&value),
        Err(NotSealed::AnotherFile),
        "the seal is in the file"
    );
    for value in [
        &b""[..],
        b"0",
        &value[..value.len() - 1],
        &vec![0x30; 3 << 20],
    ] {
        let refused = prepared(0, "20260801120100Z")
            .finish(value)
            .expect_err("no value");
        assert!(matches!(refused.code(), "value" | "too_long"), "{refused}");
    }
}

#[test]
fn files_that_take_no_seal_say_why() {
    let one = [place(1, 0, 0)];
    let two = Paper {
        bodies: 2,
        ..notice()
    };
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(
            String::from_utf8(notice().parts()[0].1.clone())
                .expect("text")
                .encode_utf16()
                .flat_map(u16::to_le_bytes),
        )
        .collect();
    let mut in_utf16 = notice().parts();
    in_utf16[0].1 = utf16;
    let stripped = notice().entry("Doc_0/Signs/Sign_0/Signature.xml", "<Signature/>");
    let whole = notice().entry("OFDEntries.xml", "<x/>");
    let mut lost = notice();
    lost.body = "<ofd:Signatures>Signs/Signatures.xml</ofd:Signatures>".into();
    let cases: [(&str, Vec<u8>, &[Placement]); 11] = [
        ("kind", b"no package".to_vec(), &one),
        ("damaged", b"%PDF-1.7".to_vec(), &one),
        ("package_damaged", b"PK\x03\x04".to_vec(), &one),
        ("kind", package(&[("a.xml".into(), b"<a/>".to_vec())]), &one),
        ("documents", two.ofd(), &one),
        ("form", package(&in_utf16), &one),
        ("remains", stripped.ofd(), &one),
        ("locked", whole.ofd(), &one),
        ("part_missing", lost.ofd(), &one),
        ("no_page", notice().ofd(), &[place(3, 0, 0)]),
        ("off_page", notice().ofd(), &[place(1, 21_000, 0)]),
    ];
    for (code, bytes, places) in cases {
        let refused = seal(&bytes, office(0), 1, places).expect_err(code);
        assert_eq!(refused.code(), code, "{refused}");
        assert!(!refused.zh().is_empty() && !refused.to_string().is_empty());
    }
    assert_eq!(
        seal(&notice().ofd(), office(0), 1, &[place(0, 0, 0)]).expect_err("page 0"),
        NotSealed::NoPage { page: 0 }
    );
    let strip = Placement {
        clip: Some(Clip {
            x: 4_000,
            y: 0,
            width: 200,
            height: 4_200,
        }),
        ..place(1, 18_000, 0)
    };
    let off = seal(&notice().ofd(), office(0), 1, &[strip]).expect_err("the strip is beside it");
    assert_eq!(off, NotSealed::OffPage { page: 1 });
    let few = Limits {
        entries: 8,
        ..Limits::default()
    };
    let setting = Setting {
        seal: &office(0).seal,
        places: &one,
        at: at("20260801120000Z"),
        ordinal: 1,
    };
    let refused = prepare(&notice().ofd(), &setting, &few).expect_err("four more are too many");
    assert_eq!(refused, NotSealed::Unreadable(Unreadable::Entries));
}

#[test]
fn a_file_sealed_by_another_product_takes_one_more_and_a_locked_one_does_not() {
    // Another product's list: its own prefix, an indent, numbers without letters, one more folder.
    let sealed = sealed_by(1, &notice().ofd());
    let listed = "<?xml version=\"1.0\"?>\n\
                  <x:Signatures xmlns:x=\"http://www.ofdspec.org/2016\">\n  \
                  <x:MaxSignId>7</x:MaxSignId>\n  \
                  <x:Signature ID=\"4\" BaseLoc=\"Sign_1/Signature.xml\"></x:Signature>\n\
                  </x:Signatures>\n";
    let mut parts = entries(&sealed);
    for (name, content) in &mut parts {
        if name == "Doc_0/Signs/Signatures.xml" {
            *content = listed.into();
        }
    }
    let foreign = package(&parts);
    assert_eq!(verdicts(&foreign), [valid()]);
    let (twice, _) = seal(&foreign, office(1), 1, &[place(1, 0, 0)]).expect("sealed");
    assert_eq!(verdicts(&twice), [valid(), valid()]);
    let list = String::from_utf8(entry(&twice, "Doc_0/Signs/Signatures.xml")).expect("text");
    let expected = listed.replace(">7<", ">s009<").replace(
        "\n</x:",
        "\n<x:Signature ID=\"s008\" Type=\"Seal\" \
         BaseLoc=\"/Doc_0/Signs/Sign_2/Signature.xml\"/></x:",
    );
    assert_eq!(list, expected);
    // A signature over the list itself locks the file.
    for (name, content) in &mut parts {
        if name.ends_with("Sign_1/Signature.xml") {
            let xml = String::from_utf8(content.clone()).expect("text");
            let more = "<ofd:Reference FileRef=\"../Signatures.xml\"/></ofd:References>";
            *content = xml.replace("</ofd:References>", more).into();
        }
    }
    let refused = seal(&package(&parts), office(1), 2, &[place(1, 0, 0)]);
    assert_eq!(refused.expect_err("locked"), NotSealed::Locked);
}

#[test]
fn a_page_whose_id_is_not_its_own_takes_no_seal() {
    let mut parts = notice().parts();
    let document = String::from_utf8(parts[1].1.clone()).expect("text");
    parts[1].1 = document
        .replace("<ofd:Page ID=\"2\"", "<ofd:Page ID=\"1\"")
        .into();
    let refused = seal(&package(&parts), office(0), 1, &[place(2, 0, 0)]);
    assert_eq!(refused.expect_err("twice").code(), "damaged");
}

#[test]
fn a_seal_that_shows_on_no_page_is_a_signature_all_the_same() {
    let (sealed, _) = seal(&notice().ofd(), office(0), 1, &[]).expect("sealed");
    assert_eq!(verdicts(&sealed), [valid()]);
    assert_eq!(contents(&sealed).signatures[0].stamps, []);
}

#[test]
fn what_is_signed_names_the_file_and_its_range() {
    let sealed = sealed_by(2, &notice().ofd());
    for (folder, report) in ["Sign_1", "Sign_2"].iter().zip(judged(&sealed)) {
        assert_eq!(report.verdict(), Verdict::Valid, "{:?}", report.findings());
        let value = entry(&sealed, &format!("Doc_0/Signs/{folder}/SignedValue.dat"));
        let signature = SesSignature::read(&value).expect("it is read");
        let path = format!("/Doc_0/Signs/{folder}/Signature.xml");
        assert_eq!(signature.property(), path);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_change_of_a_sealed_file_is_told(at in 0_usize..1_000_000, bit in 0_u8..8) {
        let sealed = sealed_by(1, &Paper::notice().ofd());
        let mut changed = entries(&sealed);
        let whole: usize = changed.iter().map(|(_, content)| content.len()).sum();
        let mut at = at % whole;
        for (_, content) in &mut changed {
            if at < content.len() {
                content[at] ^= 1 << bit;
                break;
            }
            at -= content.len();
        }
        let looked = super::look("a.ofd", &package(&changed));
        if let Ok(contents) = looked.contents {
            let trust = super::office::trust();
            let judged = contents.signatures.iter().map(|signature| {
                signature.judge(&trust, None, super::office::now()).verdict()
            });
            let stands = judged.into_iter().any(|verdict| verdict == Verdict::Valid);
            // Of the list only the way to the signature counts: a letter of its head may change.
            let list = entry(&sealed, "Doc_0/Signs/Signatures.xml");
            let same_list = changed.iter().any(|(_, content)| *content == list);
            prop_assert!(!stands || !same_list);
        }
    }
}
