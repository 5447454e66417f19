//! Containers that explode or contradict themselves, and XML that reaches out (attacks E2, E3, E5).

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use yichuan_layout::contents::{Kind, Notice};
use yichuan_layout::marks::Decision;
use yichuan_layout::{Limits, examine};

use super::look;
use super::paper::{Paper, PdfParts, SPACE, docx, package};

/// The reason why a file cannot be read; it is never clean.
fn refused(what: &str, name: &str, bytes: &[u8]) -> &'static str {
    let looked = look(name, bytes);
    assert_ne!(looked.marks.decision(None), Decision::Clean, "{what}");
    looked.contents.expect_err(what).code()
}

/// Where the first entry of the directory begins.
fn directory(bytes: &[u8]) -> usize {
    let at = bytes.windows(4).position(|window| window == b"PK\x01\x02");
    at.expect("there is a directory")
}

/// Changes bytes of a package.
fn changed(bytes: &[u8], change: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    change(&mut bytes);
    bytes
}

/// Bits to flip: from the first entry's header, from the directory, or from the end.
enum Flip {
    Header(usize, u8),
    Listed(usize, u8),
    End(usize, u8),
}

#[test]
fn e2_a_package_that_contradicts_itself_is_refused() {
    use Flip::{End, Header, Listed};
    let good = Paper::notice().ofd();
    let at = directory(&good);
    let cases: &[(&str, &[Flip], &str)] = &[
        ("a name", &[Header(30, 1)], "entry_contradicts"),
        ("a method", &[Header(8, 8)], "entry_contradicts"),
        ("a size", &[Header(22, 1)], "entry_contradicts"),
        ("a checksum", &[Header(14, 1)], "entry_contradicts"),
        ("no header", &[Header(0, 1)], "unknown_kind"),
        ("checksums", &[Header(14, 1), Listed(16, 1)], "checksum"),
        (
            "sizes",
            &[Header(22, 1), Listed(24, 1)],
            "entry_contradicts",
        ),
        ("a huge size", &[Header(25, 64), Listed(27, 64)], "expands"),
        ("encrypted", &[Header(6, 1), Listed(8, 1)], "encrypted"),
        ("said to be", &[Listed(8, 1)], "encrypted"),
        ("strongly", &[Listed(8, 64)], "encrypted"),
        ("an unknown method", &[Listed(10, 4)], "method"),
        ("another method", &[Listed(10, 8)], "entry_contradicts"),
        (
            "a link",
            &[Listed(5, 3), Listed(41, 0xa1 ^ 0x81)],
            "entry_name",
        ),
        ("too few entries", &[End(8, 1), End(10, 1)], "package_form"),
        ("fewer on this disk", &[End(8, 1)], "package_form"),
        ("another disk", &[End(4, 1)], "package_form"),
        ("a directory elsewhere", &[End(16, 1)], "package_form"),
        ("a comment that is not there", &[End(20, 9)], "package_form"),
        ("no end", &[End(0, 1)], "package_damaged"),
    ];
    for (what, flips, code) in cases {
        let bytes = changed(&good, |bytes| {
            let end = bytes.len() - 22;
            for flip in *flips {
                match flip {
                    Header(place, bits) => bytes[*place] ^= bits,
                    Listed(place, bits) => bytes[at + place] ^= bits,
                    End(place, bits) => bytes[end + place] ^= bits,
                }
            }
        });
        assert_eq!(refused(what, "a.ofd", &bytes), *code, "{what}");
    }
    let before = [b"MZ..", &good[..]].concat();
    assert_eq!(refused("bytes before", "a.ofd", &before), "unknown_kind");
    let after = [&good[..], b"<html>"].concat();
    assert_eq!(refused("bytes after", "a.ofd", &after), "package_form");
    let half = &good[..good.len() / 2];
    assert_eq!(refused("a half", "a.ofd", half), "package_damaged");
}

#[test]
fn e2_entries_neither_overlap_nor_hide() {
    // Two directory entries for the bytes of one: the way a small bomb becomes a large one.
    let one = package(&[
        ("a.txt".into(), b"text".to_vec()),
        ("b.txt".into(), b"text".to_vec()),
    ]);
    let at = directory(&one);
    let second = at + 46 + 5;
    let both = changed(&one, |bytes| {
        let first = bytes[at + 42..at + 46].to_vec();
        bytes[second + 42..second + 46].copy_from_slice(&first);
    });
    assert_eq!(refused("overlap", "a.zip", &both), "entry_contradicts");
    let named = changed(&both, |bytes| {
        bytes[second + 46..second + 51].copy_from_slice(b"a.txt");
    });
    assert!(["entry_twice", "entries_overlap"].contains(&refused("twice", "a.zip", &named)));
    // An entry that the directory leaves out is seen by readers that go from the front.
    let hidden = changed(&one, |bytes| {
        let entry: Vec<u8> = bytes.drain(second..second + 51).collect();
        let end = bytes.len() - 22;
        for place in [8, 10] {
            bytes[end + place] -= 1;
        }
        let size = u32::from_le_bytes(bytes[end + 12..end + 16].try_into().unwrap());
        let size = size - u32::try_from(entry.len()).unwrap();
        bytes[end + 12..end + 16].copy_from_slice(&size.to_le_bytes());
    });
    assert_eq!(refused("hidden", "a.zip", &hidden), "package_form");
}

#[test]
fn e2_names_that_lead_out_or_collide_are_refused() {
    for name in [
        "../a",
        "a/../../b",
        "/a",
        "C:/a",
        "a//b",
        "./a",
        "a\nb",
        "a/..",
        "..\\a",
    ] {
        let bytes = package(&[(name.to_owned(), b"x".to_vec())]);
        assert_eq!(refused(name, "a.zip", &bytes), "entry_name", "{name}");
    }
    let twice = |one: &str, other: &str| {
        package(&[
            (one.to_owned(), b"x".to_vec()),
            (other.to_owned(), b"y".to_vec()),
        ])
    };
    assert_eq!(
        refused("case", "a.zip", &twice("A.txt", "a.txt")),
        "entry_twice"
    );
    assert!(look("a.zip", &twice("a.txt", "b.txt")).contents.is_ok());
    // A path in a part leads nowhere else either.
    let mut out = Paper::notice();
    out.document = "<ofd:Attachments>../../../etc/passwd</ofd:Attachments>".into();
    let contents = look("a.ofd", &out.ofd()).contents.expect("it is read");
    assert!(matches!(&contents.notices[..], [Notice::PartMissing(_)]));
}

/// A package in a package in a package …, `depth` of them, a text in the innermost.
fn nested(depth: usize) -> Vec<u8> {
    let text = package(&[("a.txt".into(), b"text".to_vec())]);
    (1..depth).fold(text, |inner, _| package(&[("a.zip".into(), inner)]))
}

#[test]
fn e2_bombs_go_off_in_no_time_and_little_memory() {
    let zeros = vec![0_u8; 60 << 20];
    let flat = package(&[
        ("Doc_0/a".into(), zeros.clone()),
        ("OFD.xml".into(), b"<OFD/>".to_vec()),
    ]);
    assert_eq!(refused("ratio", "a.ofd", &flat), "expands");
    let started = Instant::now();
    assert_eq!(
        look("a.zip", &nested(4)).marks.decision(None),
        Decision::Clean
    );
    assert_eq!(
        look("a.zip", &nested(5)).marks.decision(None),
        Decision::CannotCheck
    );
    assert_eq!(
        look("a.zip", &nested(40)).marks.decision(None),
        Decision::CannotCheck
    );
    // Many entries, each below the ratio: 42.zip has sixteen in each of five layers.
    let layer = |inner: &[u8]| {
        let names = (0..16).map(|n| (format!("{n}.zip"), inner.to_vec()));
        package(&names.collect::<Vec<_>>())
    };
    let bottom = package(&[("a.txt".into(), zeros[..3 << 20].to_vec())]);
    let bomb = layer(&layer(&layer(&bottom)));
    assert_ne!(look("42.zip", &bomb).marks.decision(None), Decision::Clean);
    let many: Vec<(String, Vec<u8>)> = (0..20_001).map(|n| (n.to_string(), Vec::new())).collect();
    assert_eq!(
        refused("entries", "a.zip", &package(&many)),
        "too_many_entries"
    );
    assert!(
        started.elapsed() < Duration::from_secs(60),
        "{:?}",
        started.elapsed()
    );
}

#[test]
fn e2_limits_are_the_callers_to_tighten() {
    let bytes = Paper::notice().ofd();
    let usual = Limits::default();
    for (what, limits, code) in [
        (
            "file",
            Limits {
                file_bytes: 100,
                ..usual
            },
            "too_large",
        ),
        (
            "entries",
            Limits {
                entries: 3,
                ..usual
            },
            "too_many_entries",
        ),
        (
            "claims",
            Limits {
                claimed_bytes: 100,
                ..usual
            },
            "expands",
        ),
        (
            "part",
            Limits {
                part_bytes: 100,
                ..usual
            },
            "expands",
        ),
        (
            "all",
            Limits {
                expanded_bytes: 2_000,
                ..usual
            },
            "expands",
        ),
        ("work", Limits { work: 50, ..usual }, "too_much"),
        ("pages", Limits { pages: 1, ..usual }, "too_many_pages"),
        ("depth", Limits { depth: 0, ..usual }, "too_deep"),
    ] {
        let looked = examine("a.ofd", "", &bytes, &limits);
        assert_eq!(looked.contents.expect_err(what).code(), code, "{what}");
    }
    let pdf = Paper::notice().pdf(&PdfParts::default());
    let few = Limits { pages: 1, ..usual };
    assert_eq!(
        examine("a.pdf", "", &pdf, &few)
            .contents
            .unwrap_err()
            .code(),
        "too_many_pages"
    );
}

/// A package whose `OFD.xml` is this.
fn entered(xml: &str) -> Vec<u8> {
    let mut parts = Paper::notice().parts();
    parts[0].1 = xml.as_bytes().to_vec();
    package(&parts)
}

#[test]
fn e3_xml_reaches_for_nothing() {
    let laughs = (1..9).fold(r#"<!ENTITY l0 "ha">"#.to_owned(), |text, n| {
        let inner = format!("&l{};", n - 1).repeat(10);
        format!(r#"{text}<!ENTITY l{n} "{inner}">"#)
    });
    for (what, xml) in [
        (
            "external entity",
            r#"<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><OFD>&x;</OFD>"#,
        ),
        (
            "external type",
            r#"<!DOCTYPE OFD SYSTEM "http://a/b.dtd"><OFD/>"#,
        ),
        (
            "parameter entity",
            r#"<!DOCTYPE a [<!ENTITY % x SYSTEM "http://a">%x;]><OFD/>"#,
        ),
        ("laughs", &format!("<!DOCTYPE a [{laughs}]><OFD>&l8;</OFD>")),
    ] {
        assert_eq!(refused(what, "a.ofd", &entered(xml)), "doctype", "{what}");
    }
    // An include is an element like another: nothing is fetched.
    let include = r#"<xi:include xmlns:xi="x" href="file:///etc/passwd"/>"#;
    let mut paper = Paper::notice();
    paper.document = include.into();
    assert_eq!(
        look("a.ofd", &paper.ofd()).marks.decision(None),
        Decision::Clean
    );
    // The same rules hold inside office files.
    let docx = package(&[
        ("[Content_Types].xml".into(), b"<Types/>".to_vec()),
        (
            "word/document.xml".into(),
            br#"<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>"#.to_vec(),
        ),
    ]);
    assert_eq!(refused("docx", "a.docx", &docx), "doctype");
}

#[test]
fn e3_xml_that_is_not_well_formed_or_without_bounds_is_refused() {
    let attributes = (0..5_000).fold(String::new(), |mut text, n| {
        let _ = write!(text, r#"a{n}="" "#);
        text
    });
    for (what, xml, code) in [
        ("an entity of nobody", "<OFD>&nobody;</OFD>", "xml"),
        ("two roots", "<OFD/><OFD/>", "xml"),
        ("no end", "<OFD><a>", "xml"),
        ("wrong end", "<OFD><a></b></OFD>", "xml"),
        ("an attribute twice", r#"<OFD a="1" a="2"/>"#, "xml"),
        ("nothing", "", "xml"),
        ("many attributes", &format!("<OFD {attributes}/>"), "xml"),
        (
            "deep",
            &format!("{}{}", "<a>".repeat(10_000), "</a>".repeat(10_000)),
            "too_much",
        ),
        (
            "many elements",
            &format!("<OFD>{}</OFD>", "<a/>".repeat(900_000)),
            "too_much",
        ),
    ] {
        let started = Instant::now();
        assert_eq!(refused(what, "a.ofd", &entered(xml)), code, "{what}");
        assert!(started.elapsed() < Duration::from_secs(20), "{what}");
    }
}

#[test]
fn e3_a_huge_attribute_is_read_within_bounds() {
    let long = "9 ".repeat(2_000_000);
    let object = format!(
        "<ofd:Content><ofd:Layer ID='1'><ofd:TextObject ID='2' Boundary='1 1 1 1' Size='5'>\
            <ofd:TextCode X='0' Y='0' DeltaX='{long}'>ab</ofd:TextCode>\
            <ofd:TextCode DeltaX='g 4000000000 1'>ab</ofd:TextCode></ofd:TextObject>\
            </ofd:Layer></ofd:Content>"
    );
    let mut paper = Paper::notice();
    paper.first_page = object;
    let started = Instant::now();
    assert!(look("a.ofd", &paper.ofd()).contents.is_ok());
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[test]
fn e2_pages_that_multiply_are_bounded() {
    // A composite unit that holds itself.
    let unit = format!(
        "<ofd:Res {SPACE}><ofd:CompositeGraphicUnits><ofd:CompositeGraphicUnit ID='60'>\
            <ofd:Content>{}</ofd:Content></ofd:CompositeGraphicUnit>\
            </ofd:CompositeGraphicUnits></ofd:Res>",
        r#"<ofd:CompositeObject ID="1" ResourceID="60" Boundary="0 0 9 9"/>"#.repeat(2)
    );
    let mut paper = Paper::notice().entry("Doc_0/Units.xml", unit);
    paper.resources = "Units.xml".into();
    paper.first_page = "<ofd:Content><ofd:Layer ID='9'>\
        <ofd:CompositeObject ID='78' ResourceID='60' Boundary='0 0 9 9'/></ofd:Layer>\
        </ofd:Content>"
        .into();
    assert_eq!(refused("composite", "a.ofd", &paper.ofd()), "too_much");

    let pdf = |parts: &PdfParts| Paper::notice().pdf(parts);
    let form = |content: &str| {
        format!(
            "<</Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X1 100 0 R>>>>\
                /Length {}>>\nstream\n{content}\nendstream",
            content.len()
        )
    };
    let own = PdfParts {
        operators: "/X1 Do\n".into(),
        objects: vec![form("/X1 Do /X1 Do")],
        ..PdfParts::default()
    };
    assert_eq!(refused("a form in itself", "a.pdf", &pdf(&own)), "too_much");
    let states = PdfParts {
        operators: "q ".repeat(1_000),
        ..PdfParts::default()
    };
    assert_eq!(refused("states", "a.pdf", &pdf(&states)), "too_much");
}

#[test]
fn e2_a_pdf_that_leads_in_circles_is_refused() {
    let good = String::from_utf8(Paper::notice().pdf(&PdfParts::default())).unwrap();
    let with = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        // The same length, so that nothing else moves.
        good.replacen(from, &format!("{to:<width$}", width = from.len()), 1)
            .into_bytes()
    };
    for (what, bytes, code) in [
        (
            "a page tree in itself",
            with("/Kids[10 0 R 12 0 R ]", "/Kids[2 0 R]"),
            "damaged",
        ),
        ("no root", with("/Root 1 0 R", "/Rood 1 0 R"), "damaged"),
        (
            "a root that is not there",
            with("/Root 1 0 R", "/Root 9 0 R"),
            "damaged",
        ),
        (
            "another object's number",
            with("2 0 obj", "7 0 obj"),
            "damaged",
        ),
        ("encrypted", with("/Size 200", "/Encrypt 7"), "encrypted"),
        (
            "cross-references of nobody",
            with("startxref\n", "startxref\n9"),
            "damaged",
        ),
        ("no end", with("%%EOF", ""), "damaged"),
        (
            "earlier ones that are these",
            {
                let at = good.find("xref\n0 1").unwrap();
                with(
                    "/Size 200",
                    &format!("/Prev {at:<3}")
                        .trim_end()
                        .chars()
                        .take(9)
                        .collect::<String>(),
                )
            },
            "damaged",
        ),
        (
            "no pages",
            with("/Kids[10 0 R 12 0 R ]", "/Kids[]"),
            "damaged",
        ),
    ] {
        assert_eq!(refused(what, "a.pdf", &bytes), code, "{what}");
    }
    // A stream whose length is itself.
    let looped = PdfParts {
        operators: "/X1 Do\n".into(),
        objects: vec![
            "<</Subtype/Form/BBox[0 0 9 9]/Length 100 0 R>>\nstream\nq Q\nendstream".into(),
        ],
        ..PdfParts::default()
    };
    assert!(
        look("a.pdf", &Paper::notice().pdf(&looped))
            .contents
            .is_ok()
    );
}

#[test]
fn e5_a_file_is_what_its_bytes_are_and_active_content_is_told() {
    let ofd = Paper::notice().ofd();
    for (name, media_type, bytes, kind, differs) in [
        ("a.ofd", "application/ofd", &ofd[..], Kind::Ofd, false),
        ("a.ofd", "application/pdf", &ofd, Kind::Ofd, true),
        ("a.pdf", "", &ofd, Kind::Ofd, true),
        ("a.docx", "", &docx(&["text"]), Kind::Docx, false),
        ("a.txt", "", &docx(&["text"]), Kind::Docx, true),
        ("a.txt", "image/png", b"text", Kind::Text, true),
        (
            "a.png",
            "image/png",
            b"\x89PNG\r\n\x1a\n",
            Kind::Picture,
            false,
        ),
    ] {
        let contents = examine(name, media_type, bytes, &Limits::default()).contents;
        let contents = contents.unwrap_or_else(|why| panic!("{name}: {why}"));
        assert_eq!(contents.kind, kind, "{name}");
        assert_eq!(
            contents.notices.contains(&Notice::TypeDiffers),
            differs,
            "{name} {media_type}"
        );
    }
    // A page that is also a package: neither is believed.
    let html = [b"<html>", &ofd[..]].concat();
    assert_eq!(refused("polyglot", "a.ofd", &html), "unknown_kind");
    let script = PdfParts {
        catalog: "/OpenAction<</S/JavaScript/JS(app.alert())>>".into(),
        ..PdfParts::default()
    };
    let macros = package(&[
        ("[Content_Types].xml".into(), b"<Types/>".to_vec()),
        ("word/document.xml".into(), b"<document/>".to_vec()),
        ("word/vbaProject.bin".into(), b"x".to_vec()),
    ]);
    for (name, bytes) in [("a.pdf", Paper::notice().pdf(&script)), ("a.docx", macros)] {
        let contents = look(name, &bytes).contents.expect(name);
        assert!(contents.notices.contains(&Notice::ActiveContent), "{name}");
    }
}

#[test]
fn e5_a_macro_in_an_attachment_is_told_of_the_whole() {
    let macros = package(&[
        ("[Content_Types].xml".into(), b"<Types/>".to_vec()),
        ("word/document.xml".into(), b"<document/>".to_vec()),
        ("word/vbaProject.bin".into(), b"x".to_vec()),
    ]);
    let zipped = package(&[("a.docx".into(), macros)]);
    let contents = look("a.zip", &zipped).contents.expect("it is read");
    assert!(contents.notices.contains(&Notice::ActiveContent));
}

#[test]
fn e2_what_is_listed_many_times_is_searched_once_or_ends_the_work() {
    // One text under five thousand names: searched once, each name by itself.
    let text = "名单\n".repeat(200_000);
    let names = (0..5_000).fold(String::new(), |mut all, number| {
        let _ = write!(
            all,
            "<ofd:Attachment Name='{number}.txt'><ofd:FileLoc>T.txt</ofd:FileLoc></ofd:Attachment>"
        );
        all
    });
    let list = format!("<ofd:Attachments {SPACE}>{names}</ofd:Attachments>");
    let mut parts = Paper::notice().parts();
    for (name, content) in &mut parts {
        if name == "Doc_0/Document.xml" {
            let document = String::from_utf8(content.clone()).expect("text");
            let end = "</ofd:Document>";
            let listed = format!("<ofd:Attachments>C.xml</ofd:Attachments>{end}");
            *content = document.replace(end, &listed).into_bytes();
        }
    }
    parts.push(("Doc_0/C.xml".into(), list.into_bytes()));
    parts.push(("Doc_0/T.txt".into(), text.into_bytes()));
    let looked = look("a.ofd", &package(&parts));
    let contents = looked.contents.expect("it is read");
    assert_eq!(contents.attachments.len(), 5_000);

    // One long title over thousands of outlines, and one long name for thousands of files.
    let long = "a".repeat(100_000);
    let mut objects = vec![format!("({long})")];
    for number in 101..1_101 {
        let next = number + 1;
        objects.push(format!("<</Title 100 0 R/UF 100 0 R/Next {next} 0 R>>"));
    }
    let files = (101..1_101).fold(String::new(), |mut all, number| {
        let _ = write!(all, "(x) {number} 0 R ");
        all
    });
    for catalog in [
        "/Outlines<</First 101 0 R>>".to_owned(),
        format!("/Names<</EmbeddedFiles<</Names[{files}]>>>>"),
    ] {
        let parts = PdfParts {
            catalog,
            objects: objects.clone(),
            ..PdfParts::default()
        };
        let pdf = Paper::notice().pdf(&parts);
        assert_eq!(refused("listed often", "a.pdf", &pdf), "too_much");
    }
}
