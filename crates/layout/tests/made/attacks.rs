//! E4: a seal without a signature, cut from another document, or over what was changed.

use yichuan_layout::Limits;
use yichuan_layout::contents::Notice;
use yichuan_layout::sealing::{NotSealed, apply};
use yichuan_seal::ses::{Code, Fact};

use super::office::{contents, entries, judged, office, place, seal, sealed_by, verdicts};
use super::paper::{Paper, SPACE, package};

type Parts = Vec<(String, Vec<u8>)>;

/// A notice with a template, a font and a way to annotations that are not there.
fn notice() -> Paper {
    let mut paper = Paper::notice()
        .entry(
            "Doc_0/Tpls/Tpl_0/Content.xml",
            format!("<ofd:Page {SPACE}><ofd:Content/></ofd:Page>"),
        )
        .entry("Doc_0/Res/font_6.ttf", vec![6; 2_000]);
    paper.document = "<ofd:Annotations>Annots/Annotations.xml</ofd:Annotations>".into();
    paper.first_page = "<ofd:Template TemplateID=\"99\"/>".into();
    paper
}

fn changed(sealed: &[u8], change: impl FnOnce(&mut Parts)) -> Vec<u8> {
    let mut parts = entries(sealed);
    change(&mut parts);
    package(&parts)
}

fn content<'p>(parts: &'p mut Parts, name: &str) -> &'p mut Vec<u8> {
    let found = parts.iter_mut().find(|(known, _)| known == name);
    &mut found.unwrap_or_else(|| panic!("no {name}")).1
}

fn replaced(content: &mut Vec<u8>, from: &str, to: &str) {
    let text = String::from_utf8(content.clone()).expect("text");
    assert!(text.contains(from), "{from} in {text}");
    *content = text.replace(from, to).into_bytes();
}

fn add(parts: &mut Parts, name: &str, content: impl Into<Vec<u8>>) {
    parts.push((name.to_owned(), content.into()));
}

/// The parts that are told of a code, for each signature.
fn told(bytes: &[u8], code: Code) -> Vec<Vec<String>> {
    let judged = judged(bytes);
    let parts = judged.iter().map(|report| {
        let findings = report.findings().iter();
        let findings = findings.filter(|finding| finding.code == code);
        findings
            .filter_map(|finding| match &finding.fact {
                Fact::Part(part) => Some(part.clone()),
                _ => None,
            })
            .collect()
    });
    parts.collect()
}

#[test]
fn e4_a_picture_without_a_signature_is_no_seal() {
    let annotation = format!(
        "<ofd:PageAnnot {SPACE}><ofd:Annot Type=\"Stamp\" ID=\"5\"><ofd:Appearance \
         Boundary=\"120 100 42 42\"><ofd:ImageObject ID=\"6\" Boundary=\"0 0 42 42\" \
         ResourceID=\"7\"/></ofd:Appearance></ofd:Annot></ofd:PageAnnot>"
    );
    let list = format!(
        "<ofd:Annotations {SPACE}><ofd:Page PageID=\"2\"><ofd:FileLoc>A.xml</ofd:FileLoc>\
         </ofd:Page></ofd:Annotations>"
    );
    let paper = notice()
        .entry("Doc_0/Annots/Annotations.xml", list)
        .entry("Doc_0/Annots/A.xml", annotation);
    assert_eq!(contents(&paper.ofd()).signatures, []);
    // A signature that is listed, with a stamp and no value, is none either.
    let sealed = sealed_by(1, &notice().ofd());
    let bytes = changed(&sealed, |parts| {
        parts.retain(|(name, _)| !name.ends_with("SignedValue.dat"));
    });
    let [(verdict, codes)] = &verdicts(&bytes)[..] else {
        panic!("one")
    };
    assert_eq!(*verdict, "invalid");
    assert!(codes.contains(&Code::NoValue), "{codes:?}");
    let bytes = changed(&sealed, |parts| {
        parts.retain(|(name, _)| !name.contains("Sign_1/"));
    });
    assert_eq!(verdicts(&bytes)[0].0, "invalid", "the way alone is left");
}

#[test]
fn e4_a_page_added_after_sealing() {
    let sealed = sealed_by(2, &notice().ofd());
    let page = "Doc_0/Pages/Page_9/Content.xml";
    let bytes = changed(&sealed, |parts| {
        let more = "<ofd:Page ID=\"9\" BaseLoc=\"Pages/Page_9/Content.xml\"/></ofd:Pages>";
        replaced(content(parts, "Doc_0/Document.xml"), "</ofd:Pages>", more);
        add(parts, page, format!("<ofd:Page {SPACE}/>"));
    });
    assert_eq!(contents(&bytes).pages.len(), 3);
    let changed_document = vec![vec!["Doc_0/Document.xml".to_owned()]; 2];
    assert_eq!(told(&bytes, Code::ReferenceDiffers), changed_document);
    assert_eq!(
        told(&bytes, Code::NotCovered),
        vec![vec![page.to_owned()]; 2]
    );
    assert!(
        verdicts(&bytes)
            .iter()
            .all(|(verdict, _)| *verdict == "invalid")
    );
    // Another root, with the approved one left as it was.
    let bytes = changed(&sealed, |parts| {
        let document = content(parts, "Doc_0/Document.xml").clone();
        add(parts, "Doc_1/Document.xml", document);
        replaced(
            content(parts, "OFD.xml"),
            "Doc_0/Document.xml",
            "Doc_1/Document.xml",
        );
        for (name, content) in entries(&sealed) {
            let rest = name.strip_prefix("Doc_0/").unwrap_or("Document.xml");
            if rest != "Document.xml" && !rest.starts_with("Signs") {
                add(parts, &format!("Doc_1/{rest}"), content);
            }
        }
    });
    assert_eq!(told(&bytes, Code::ReferenceDiffers)[0], ["OFD.xml"]);
}

#[test]
fn e4_a_seal_cut_from_another_document() {
    let other = notice().replaced("汛期", "防火").ofd();
    let places = [place(2, 12_000, 10_000)];
    let (sealed, record) = seal(&notice().ofd(), office(0), 1, &places).expect("sealed");
    let (forged, _) = seal(&other, office(1), 1, &places).expect("sealed");
    let bytes = changed(&forged, |parts| {
        for (name, bytes) in entries(&sealed) {
            if name.contains("Sign_1/") {
                *content(parts, &name) = bytes;
            }
        }
    });
    let differing = &told(&bytes, Code::ReferenceDiffers)[0];
    assert_eq!(differing, &["Doc_0/Pages/Page_0/Content.xml"]);
    assert_eq!(verdicts(&bytes)[0].0, "invalid");
    // The references made right by hand: then the digest of what was signed is another one.
    let bytes = changed(&forged, |parts| {
        let value = super::office::entry(&sealed, "Doc_0/Signs/Sign_1/SignedValue.dat");
        *content(parts, "Doc_0/Signs/Sign_1/SignedValue.dat") = value;
    });
    let (verdict, codes) = &verdicts(&bytes)[0];
    assert_eq!(*verdict, "invalid");
    assert!(codes.contains(&Code::DataHashDiffers), "{codes:?}");
    assert!(codes.contains(&Code::SealFileDiffers), "{codes:?}");
    // And whoever recomputes the sealed file from the record does not get there at all.
    let refused = apply(&other, &record, &Limits::default());
    assert_eq!(refused, Err(NotSealed::AnotherFile));
}

#[test]
fn e4_an_annotation_laid_over_the_seal() {
    let sealed = sealed_by(2, &notice().ofd());
    let list = |file: &str| {
        format!(
            "<ofd:Annotations {SPACE}><ofd:Page PageID=\"2\"><ofd:FileLoc>{file}</ofd:FileLoc>\
             </ofd:Page></ofd:Annotations>"
        )
    };
    let over = |root: &str| {
        format!(
            "<ofd:{root} {SPACE}><ofd:Annot Type=\"Stamp\" ID=\"5\"><ofd:Appearance \
             Boundary=\"28 150 100 10\"><ofd:TextObject ID=\"6\" Boundary=\"0 0 100 10\" \
             Size=\"5\"><ofd:TextCode X=\"0\" Y=\"5\">作废</ofd:TextCode></ofd:TextObject>\
             </ofd:Appearance></ofd:Annot><ofd:SignedValue>{}</ofd:SignedValue></ofd:{root}>",
            "/Doc_0/Signs/Sign_1/SignedValue.dat"
        )
    };
    // The approved document names annotations that are not there: somebody puts them there.
    let names = ["Doc_0/Annots/A.xml", "Doc_0/Annots/Annotations.xml"];
    let bytes = changed(&sealed, |parts| {
        add(parts, names[1], list("A.xml"));
        add(parts, names[0], over("PageAnnot"));
    });
    assert!(contents(&bytes).pages[1].text().contains("作废"));
    assert_eq!(
        told(&bytes, Code::NotCovered),
        vec![names.map(str::to_owned).to_vec(); 2]
    );
    for (verdict, codes) in verdicts(&bytes) {
        assert_eq!((verdict, codes), ("incomplete", vec![Code::NotCovered]));
    }
    // He calls it a signature's part: what something else leads to is no part of a signature.
    let hidden = "Doc_0/Signs/Sign_3/Signature.xml";
    let bytes = changed(&sealed, |parts| {
        add(parts, names[1], list("/Doc_0/Signs/Sign_3/Signature.xml"));
        add(parts, hidden, over("Signature"));
        let more = "<ofd:Signature ID=\"s9\" BaseLoc=\"Sign_3/Signature.xml\"/></ofd:Signatures>";
        let list = content(parts, "Doc_0/Signs/Signatures.xml");
        replaced(list, "</ofd:Signatures>", more);
    });
    assert!(contents(&bytes).pages[1].text().contains("作废"));
    let told = told(&bytes, Code::NotCovered);
    assert_eq!(
        told[..2],
        vec![vec![names[1].to_owned(), hidden.to_owned()]; 2]
    );
    let verdicts = verdicts(&bytes);
    assert_eq!(
        (verdicts[0].0, verdicts[1].0, verdicts[2].0),
        ("incomplete", "incomplete", "invalid")
    );
}

#[test]
fn e4_a_file_called_the_seal_of_a_further_signature_is_not_covered_by_that() {
    let sealed = sealed_by(1, &notice().ofd());
    let bytes = changed(&sealed, |parts| {
        add(parts, "Doc_0/Res/image.png", "not approved");
        let xml = content(parts, "Doc_0/Signs/Sign_1/Signature.xml").clone();
        add(parts, "Doc_0/Signs/Sign_2/Signature.xml", xml);
        let more = "<ofd:Signature ID=\"s9\" BaseLoc=\"Sign_2/Signature.xml\"/></ofd:Signatures>";
        replaced(
            content(parts, "Doc_0/Signs/Signatures.xml"),
            "</ofd:Signatures>",
            more,
        );
        let signature = content(parts, "Doc_0/Signs/Sign_2/Signature.xml");
        replaced(
            signature,
            "/Doc_0/Signs/Sign_1/Seal.esl</ofd:BaseLoc>",
            "/Doc_0/Res/image.png</ofd:BaseLoc>",
        );
    });
    assert_eq!(told(&bytes, Code::NotCovered)[0], ["Doc_0/Res/image.png"]);
    let found = verdicts(&bytes);
    assert_eq!((found[0].0, found[1].0), ("incomplete", "invalid"));
    assert!(found[1].1.contains(&Code::SealFileDiffers));
}

#[test]
fn e4_a_template_swapped() {
    let sealed = sealed_by(1, &notice().ofd());
    let name = "Doc_0/Tpls/Tpl_0/Content.xml";
    let bytes = changed(&sealed, |parts| {
        let more = "<ofd:Content><ofd:Layer ID=\"7\"/></ofd:Content>";
        replaced(content(parts, name), "<ofd:Content/>", more);
    });
    assert_eq!(told(&bytes, Code::ReferenceDiffers)[0], [name]);
    assert_eq!(
        verdicts(&bytes),
        [("invalid", vec![Code::ReferenceDiffers])]
    );
    let gone = changed(&sealed, |parts| parts.retain(|(known, _)| known != name));
    assert_eq!(told(&gone, Code::ReferenceMissing)[0], [format!("/{name}")]);
    assert_eq!(verdicts(&gone), [("invalid", vec![Code::ReferenceMissing])]);
}

#[test]
fn e4_a_font_swapped_to_change_digits() {
    let sealed = sealed_by(2, &notice().ofd());
    let bytes = changed(&sealed, |parts| {
        content(parts, "Doc_0/Res/font_6.ttf")[1_000] ^= 1;
    });
    // The text is the same; what is drawn is not.
    assert_eq!(contents(&bytes).pages, contents(&sealed).pages);
    let expected = ("invalid", vec![Code::ReferenceDiffers]);
    assert_eq!(verdicts(&bytes), [expected.clone(), expected]);
    assert_eq!(
        told(&bytes, Code::ReferenceDiffers)[1],
        ["Doc_0/Res/font_6.ttf"]
    );
}

#[test]
fn e4_the_way_to_the_seals_taken_out() {
    let sealed = sealed_by(1, &notice().ofd());
    let bytes = changed(&sealed, |parts| {
        let way = "<ofd:Signatures>/Doc_0/Signs/Signatures.xml</ofd:Signatures>";
        replaced(content(parts, "OFD.xml"), way, "");
    });
    let contents = contents(&bytes);
    assert_eq!(contents.signatures, []);
    let lost = contents.notices.iter();
    let lost = lost.filter(|notice| matches!(notice, Notice::SignatureUnreached(_)));
    assert_eq!(lost.count(), 3);
    let refused = seal(&bytes, office(1), 1, &[]).expect_err("remains");
    assert_eq!(refused.code(), "remains");
}

#[test]
fn e4_a_digest_that_cannot_be_computed_is_never_called_right() {
    let sealed = sealed_by(1, &notice().ofd());
    for method in ["MD5", "SHA1", "1.2.156.10197.1.401.2", ""] {
        let bytes = changed(&sealed, |parts| {
            let signature = content(parts, "Doc_0/Signs/Sign_1/Signature.xml");
            replaced(
                signature,
                "\"1.2.156.10197.1.401\"",
                &format!("\"{method}\""),
            );
        });
        assert_eq!(told(&bytes, Code::ReferenceNotCheckable)[0], [method]);
    }
    for name in ["sm3", "SM3"] {
        let bytes = changed(&sealed, |parts| {
            let signature = content(parts, "Doc_0/Signs/Sign_1/Signature.xml");
            replaced(signature, "\"1.2.156.10197.1.401\"", &format!("\"{name}\""));
        });
        let [(_, codes)] = &verdicts(&bytes)[..] else {
            panic!("one")
        };
        // Only what was signed has changed; the references are right by either name.
        assert_eq!(codes[..], [Code::DataHashDiffers]);
    }
}
