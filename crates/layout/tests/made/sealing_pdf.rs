//! Seals that are set into PDF files of every form, and attacks on them.

use std::fmt::Write as _;

use yichuan_layout::contents::Notice;
use yichuan_layout::sealing::{NotSealed, apply};
use yichuan_layout::{Limits, examine};
use yichuan_seal::ses::Code;
use yichuan_seal::{Clip, Placement};

use super::office::{contents, office, place, seal, verdicts};
use super::pdfs::{A4, classic, doc, made, plain};

/// Writes a sealed file out for other readers, where `YICHUAN_SEALED_PDFS` names a folder.
fn keep(name: &str, bytes: &[u8]) {
    if let Some(folder) = std::env::var_os("YICHUAN_SEALED_PDFS") {
        let file = std::path::Path::new(&folder).join(format!("{name}.pdf"));
        std::fs::write(file, bytes).expect("it is written");
    }
}

fn valid() -> (&'static str, Vec<Code>) {
    ("valid", Vec::new())
}

#[test]
fn every_form_takes_two_seals_at_the_right_place() {
    for made in made() {
        let name = made.name;
        let before = made.bytes;
        let places = [place(1, 3_000, 5_000), place(2, 12_050, 9_999)];
        let (once, record) =
            seal(&before, office(0), 1, &places).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(once.starts_with(&before), "{name}");
        assert_eq!(
            apply(&before, &record, &Limits::default()).as_ref(),
            Ok(&once)
        );
        assert_eq!(verdicts(&once), [valid()], "{name}");
        let (twice, _) = seal(&once, office(1), 2, &[place(1, 9_000, 15_000)])
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(twice.starts_with(&once), "{name}");
        assert_eq!(verdicts(&twice), [valid(), valid()], "{name}");
        let (thrice, _) = seal(&twice, office(2), 3, &[]).expect("sealed");
        assert_eq!(verdicts(&thrice), [valid(), valid(), valid()], "{name}");
        let found = contents(&thrice);
        assert_eq!(found.notices, [], "{name}");
        let mut stamps: Vec<_> = found
            .signatures
            .iter()
            .flat_map(|one| one.stamps.clone())
            .collect();
        stamps.sort_by_key(|(page, area)| (*page, area.left > 60.0));
        let near = |a: f64, b: f64| (a - b).abs() < 0.03;
        let expected = [(0, 30.0, 50.0), (0, 90.0, 150.0), (1, 120.5, 99.99)];
        assert_eq!(stamps.len(), 3, "{name}");
        for ((page, area), (on, left, top)) in stamps.iter().zip(expected) {
            assert!(
                *page == on && near(area.left, left) && near(area.top, top),
                "{name} {area:?}"
            );
            assert!(
                near(area.width(), 42.0) && near(area.height(), 42.0),
                "{name} {area:?}"
            );
        }
        keep(name, &thrice);
    }
}

/// Appends a classic update of these objects.
fn updated(file: &[u8], objects: &[(usize, String)], trailer: &str) -> Vec<u8> {
    let mut out = file.to_vec();
    let last = |word: &str| {
        let at = file
            .windows(word.len())
            .rposition(|found| found == word.as_bytes())
            .expect("it is there");
        let rest = &file[at + word.len()..];
        let rest: String = rest.iter().map(|byte| char::from(*byte)).take(30).collect();
        let number: String = rest
            .trim()
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        number.parse::<usize>().expect("it is there")
    };
    let (prev, size) = (last("startxref"), last("/Size"));
    let mut table = String::new();
    for (number, object) in objects {
        let _ = write!(table, "{number} 1\n{:010} 00000 n \n", out.len());
        out.extend(format!("{number} 0 obj\n{object}\nendobj\n").bytes());
    }
    let start = out.len();
    out.extend(
        format!(
            "xref\n{table}trailer\n<</Size {}/Prev {prev}/Root 1 0 R{trailer}>>\n\
             startxref\n{start}\n%%EOF\n",
            size.max(200)
        )
        .bytes(),
    );
    out
}

fn states(bytes: &[u8]) -> Vec<&'static str> {
    if examine("a.pdf", "", bytes, &Limits::default())
        .contents
        .is_err()
    {
        return vec!["unreadable"];
    }
    verdicts(bytes).into_iter().map(|(word, _)| word).collect()
}

fn none_valid(what: &str, bytes: &[u8]) {
    let found = states(bytes);
    assert!(!found.contains(&"valid"), "{what}: {found:?}");
}

fn once() -> Vec<u8> {
    seal(&plain(), office(0), 1, &[place(1, 3_000, 5_000)])
        .expect("it is there")
        .0
}

fn find(bytes: &[u8], what: &[u8]) -> usize {
    bytes
        .windows(what.len())
        .position(|found| found == what)
        .expect("it is there")
}

#[test]
fn e4_a_pdf_changed_by_an_update_after_sealing() {
    let sealed = once();
    let content = "BT /F1 24 Tf 100 500 Td (Changed!) Tj ET";
    let stream = format!(
        "<</Length {}>>\nstream\n{content}\nendstream",
        content.len()
    );
    let note = "<</Type/Annot/Subtype/FreeText/Rect[10 10 300 300]/Contents(x)/DA(/F 9 Tf)>>";
    let page = format!("<</Type/Page/Parent 2 0 R/Contents 11 0 R{A4}/Annots[150 0 R]>>");
    let cases = [
        ("content", updated(&sealed, &[(11, stream)], "")),
        (
            "page",
            updated(&sealed, &[(10, page), (150, note.into())], ""),
        ),
        ("nothing", updated(&sealed, &[], "")),
        (
            "new object only",
            updated(&sealed, &[(150, note.into())], ""),
        ),
        ("bytes", [&sealed[..], b"x"].concat()),
        ("comment", [&sealed[..], b"% x\n"].concat()),
    ];
    for (what, bytes) in cases {
        assert_eq!(
            verdicts(&bytes),
            [("incomplete", vec![Code::NotCovered])],
            "{what}"
        );
        assert_eq!(
            contents(&bytes).notices,
            [Notice::ChangedAfterSigning],
            "{what}"
        );
        // Sealed by another on top: the first must not become whole again.
        if let Ok((again, _)) = seal(&bytes, office(1), 2, &[place(2, 1_000, 1_000)]) {
            let found = states(&again);
            assert_eq!(
                found.iter().filter(|word| **word == "valid").count(),
                1,
                "{what} {found:?}"
            );
        }
    }
}

#[test]
fn e4_a_second_seal_that_does_more_than_a_seal_is_told_of_the_first() {
    let first = once();
    let (twice, _) = seal(&first, office(1), 2, &[place(2, 1_000, 1_000)]).expect("it is there");
    assert_eq!(states(&twice), ["valid", "valid"]);
    // Every byte of the second update that is not the value of its own signature.
    let gap = first.len() + find(&twice[first.len()..], b"/Contents") + 10;
    let end = gap + find(&twice[gap..], b">");
    let mut at = first.len();
    while at < twice.len() {
        if !(gap..=end).contains(&at) {
            for bit in [1_u8, 32] {
                let mut changed = twice.clone();
                changed[at] ^= bit;
                none_valid(&format!("{at} {bit}"), &changed);
            }
        }
        at += 37;
    }
    // The second removed again is the first.
    assert_eq!(states(&twice[..first.len()]), ["valid"]);
}

#[test]
fn e4_a_byte_range_with_a_hole() {
    let sealed = once();
    let at = find(&sealed, b"/ByteRange");
    let end = at + find(&sealed[at..], b"]") + 1;
    let text = String::from_utf8(sealed[at..end].to_vec()).expect("it is there");
    let numbers: Vec<usize> = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|word| !word.is_empty())
        .map(|word| word.parse().expect("it is there"))
        .collect();
    let [_, a, b, c] = numbers[..] else {
        panic!("{text}")
    };
    assert_eq!(sealed[a], b'<');
    assert_eq!(sealed[b - 1], b'>');
    assert_eq!(b + c, sealed.len());
    let fit = |new: String| {
        let mut new = new;
        while new.len() < text.len() {
            new.push(' ');
        }
        assert_eq!(new.len(), text.len());
        let mut out = sealed.clone();
        out[at..end].copy_from_slice(new.as_bytes());
        out
    };
    for new in [
        format!("/ByteRange[0 {} {b} {c}]", a - 1),
        format!("/ByteRange[0 {a} {} {}]", b + 1, c - 1),
        format!("/ByteRange[0 {a} {b} {}]", c - 1),
        format!("/ByteRange[0 {a} {b} {}]", c + 1),
        format!("/ByteRange[1 {} {b} {c}]", a - 1),
        format!("/ByteRange[0 {a} {b}]"),
        format!("/ByteRange[0 {a} {b} -1]"),
        format!("/ByteRange[0 {a} {b} {c} 0]"),
        format!("/ByteRange[0 {a} {b}.5 {c}]"),
        "/ByteRange[0 4000000000 1 1]".into(),
        "/ByteRange[0 0 0 0]".into(),
        "/ByteRange[]".into(),
        String::new(),
    ] {
        none_valid(&new.clone(), &fit(new));
    }
    // Something else than zeros behind the value.
    let mut padded = sealed.clone();
    padded[b - 2] = b'1';
    none_valid("padding", &padded);
    let mut blank = sealed.clone();
    blank[b - 2] = b' ';
    none_valid("a blank in the room", &blank);
    let mut cut = sealed.clone();
    cut[b - 3] = b'>';
    none_valid("the value ends early", &cut);
}

#[test]
fn e4_a_contents_moved_elsewhere() {
    let sealed = once();
    // A field of the attacker's has the value, and another page is shown.
    let field = "<</FT/Sig/T(x)/V 60 0 R>>".to_owned();
    let form = "<</Fields[150 0 R]/SigFlags 3>>".to_owned();
    let catalog = "<</Type/Catalog/Pages 2 0 R/AcroForm 151 0 R>>".to_owned();
    let moved = updated(&sealed, &[(1, catalog), (150, field), (151, form)], "");
    assert_eq!(verdicts(&moved), [("incomplete", vec![Code::NotCovered])]);
    // The value stands twice, is an object of its own, or is written as letters.
    let at = find(&sealed, b"/Type/Sig/Filter/Yichuan");
    let changed = |new: &[u8; 24]| {
        let mut changed = sealed.clone();
        changed[at..at + 24].copy_from_slice(new);
        changed
    };
    none_valid("twice", &changed(b"/Contents<3000>/Filter/Y"));
    let at = find(&sealed, b"/Contents<");
    let mut apart = sealed.clone();
    apart[at..at + 18].copy_from_slice(b"/Contents 1 0 R/X<");
    assert_eq!(verdicts(&apart)[0].0, "invalid");
}

#[test]
fn e4_a_seal_cut_from_another_pdf() {
    let sealed = once();
    let before = plain();
    let other = String::from_utf8(before.clone()).expect("text");
    let other = other.replace("(Original)", "(Orisinal)");
    let moved = [other.as_bytes(), &sealed[before.len()..]].concat();
    assert_eq!(verdicts(&moved), [("invalid", vec![Code::DataHashDiffers])]);
    let (_, record) = seal(&before, office(0), 1, &[place(1, 3_000, 5_000)]).expect("sealed");
    let refused = apply(other.as_bytes(), &record, &Limits::default());
    assert_eq!(refused, Err(NotSealed::AnotherFile));
}

#[test]
fn e4_a_picture_of_a_seal_without_a_signature() {
    let sealed = once();
    // The way to the form is gone: what is left is a picture.
    let widget = 61;
    let page = format!("<</Type/Page/Parent 2 0 R/Contents 11 0 R{A4}/Annots[{widget} 0 R]>>");
    let catalog = "<</Type/Catalog/Pages 2 0 R>>".to_owned();
    let bare = updated(&sealed, &[(1, catalog), (10, page)], "");
    assert_eq!(contents(&bare).signatures, []);
    assert_eq!(verdicts(&bare), []);
}

#[test]
fn strips_over_many_pages_are_one_signature() {
    let leaves = vec![A4; 20];
    let before = classic(&doc("", "", &leaves, &[]), 60, "");
    let strips: Vec<Placement> = (0..20)
        .map(|page| Placement {
            clip: Some(Clip {
                x: 210 * page,
                y: 0,
                width: 210,
                height: 4_200,
            }),
            ..place(page + 1, 21_000 - 210 * (page + 1), 12_000)
        })
        .collect();
    let (sealed, _) = seal(&before, office(0), 1, &strips).expect("it is there");
    assert_eq!(verdicts(&sealed), [valid()]);
    let found = contents(&sealed);
    let [signature] = &found.signatures[..] else {
        panic!()
    };
    assert_eq!(signature.stamps.len(), 20);
    for (at, (page, area)) in signature.stamps.iter().enumerate() {
        assert_eq!(*page, at);
        assert!(
            (area.left - 207.9).abs() < 0.02 && (area.width() - 2.1).abs() < 0.02,
            "{area:?}"
        );
    }
    keep("strips", &sealed);
}

#[test]
fn pdfs_that_take_no_seal_say_why() {
    let one = [place(1, 0, 0)];
    let locked = |method: &str, parameters: &str, more: &str| {
        let catalog = "/AcroForm<</Fields[52 0 R]/SigFlags 3>>";
        let value = format!(
            "<</Type/Sig/SubFilter/adbe.pkcs7.detached/ByteRange[0 1 2 3]/Contents<3000>\
             /Reference[<</Type/SigRef/TransformMethod/{method}\
             /TransformParams<<{parameters}>>>>]>>"
        );
        let field = format!("<</FT/Sig/T(a)/V 53 0 R{more}>>");
        classic(
            &doc(catalog, "", &[A4], &[(52, field), (53, value)]),
            60,
            "",
        )
    };
    let code = |bytes: &[u8]| {
        let sealed = seal(bytes, office(0), 1, &one);
        sealed.map_or_else(|refused| refused.code(), |_| "sealed")
    };
    let good = String::from_utf8(plain()).expect("text");
    let changed = |from: &str, to: &str| good.replace(from, to).into_bytes();
    let shared = "/AcroForm<</Fields[]/XFA(x)>>";
    let cases = [
        ("locked", locked("DocMDP", "/P 1", "")),
        ("sealed", locked("DocMDP", "/P 2", "")),
        ("sealed", locked("DocMDP", "", "")),
        ("locked", locked("FieldMDP", "/Action/All", "")),
        (
            "sealed",
            locked("FieldMDP", "/Action/Include/Fields[(b)]", ""),
        ),
        ("locked", locked("X", "", "/Lock<</Action/All>>")),
        ("damaged", classic(&doc(shared, "", &[A4], &[]), 60, "")),
        ("damaged", changed("startxref", "startxxxx")),
        ("damaged", changed("/Size 60", "/Size 9")),
        (
            "encrypted",
            changed("/Root 1 0 R", "/Root 1 0 R/Encrypt 3 0 R"),
        ),
        ("damaged", changed("%%EOF\n", "")),
        ("damaged", changed("%%EOF\n", "%%EOF\nbehind")),
        ("sealed", changed("%%EOF\n", "%%EOF")),
        (
            "damaged",
            changed(
                "/MediaBox[0 0 595.28 841.89]",
                "/UserUnit 2/MediaBox[0 0 9 9]",
            ),
        ),
    ];
    for (number, (expected, bytes)) in cases.iter().enumerate() {
        assert_eq!(code(bytes), *expected, "case {number}");
    }
    for (code, place) in [
        ("no_page", place(3, 0, 0)),
        ("off_page", place(1, 21_001, 0)),
    ] {
        let refused = seal(&plain(), office(0), 1, &[place]).expect_err(code);
        assert_eq!(refused.code(), code);
    }
}

/// A further "signature" without any key, whose widget shows something else: the first seal must
/// not be called valid without a word.
#[test]
fn e4_a_further_seal_that_shows_something_else() {
    let sealed = once();
    let (twice, _) = seal(&sealed, office(1), 2, &[place(1, 1_000, 1_000)]).expect("it is there");
    let mut changed = twice.clone();
    // The painted form of the second seal paints something else, of the same length.
    let tail = &changed[sealed.len()..];
    let text: String = tail.iter().map(|byte| char::from(*byte)).collect();
    let at = text.find("/Subtype/Form").expect("a form");
    let start = sealed.len() + at + text[at..].find("stream").expect("it is there") + 7;
    let paint = b"0 g 0 0 99 99 re f ";
    changed[start..start + paint.len()].copy_from_slice(paint);
    none_valid("another picture", &changed);
}
