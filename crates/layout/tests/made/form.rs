//! Each rule of form has a file that keeps it and one that breaks it and nothing else.

use std::collections::BTreeSet;

use yichuan_document::Classification;
use yichuan_document::inspection::{Check, Outcome};
use yichuan_layout::format::{Declared, Fault, RULES, compare};
use yichuan_layout::{Limits, examine};

use super::look;
use super::paper::{Paper, PdfParts, TEXT, line, piece};

fn ids(faults: &[Fault]) -> Vec<&'static str> {
    let ids: BTreeSet<&str> = faults.iter().map(|fault| fault.rule.id).collect();
    ids.into_iter().collect()
}

/// The file that breaks one rule.
fn broken(rule: &str) -> Option<(&'static str, Vec<u8>)> {
    let notice = Paper::notice();
    let ofd = |paper: Paper| Some(("通知.ofd", paper.ofd()));
    match rule {
        "file.type" => Some(("通知.pdf", notice.ofd())),
        "file.one_document" => ofd(Paper {
            bodies: 2,
            ..notice
        }),
        "file.active" => {
            let document = "<ofd:Actions><ofd:Action Event='DO'><ofd:URI URI='http://a'/>\
                </ofd:Action></ofd:Actions>";
            ofd(Paper {
                document: document.into(),
                ..notice
            })
        }
        "file.signature_unreached" => ofd(notice.entry("Doc_0/Signs/S/SignedValue.dat", "x")),
        "file.changed_after_signing" => Some(("通知.pdf", notice.pdf(&signed_in_part()))),
        "file.older_versions" => ofd(Paper {
            body: "<ofd:Versions/>".into(),
            ..notice
        }),
        "file.hidden_text" => {
            let mut hidden = line("看不见的文字", 240.0);
            hidden.attributes = r#" Visible="false""#.into();
            ofd(notice.with(0, hidden))
        }
        "file.part_missing" => {
            let document = "<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>";
            ofd(Paper {
                document: document.into(),
                ..notice
            })
        }
        "file.path_case" => ofd(Paper {
            resources: "publicres.xml".into(),
            ..notice
        }),
        "file.package_integrity" => ofd(notice.entry("OFDEntries.xml", "<a/>")),
        "page.size" => ofd(Paper {
            size: (216.0, 303.0),
            ..notice
        }),
        "page.margins" => ofd(notice.with(0, piece("出界", 10.0, 240.0, TEXT))),
        "page.number" => ofd(notice.replaced("— 2 —", "— 7 —")),
        "text.size" => {
            let mut small = notice;
            let pieces = small.pages.iter_mut().flatten();
            for piece in pieces.filter(|piece| (piece.size - TEXT).abs() < 0.01) {
                piece.size = 4.94;
            }
            ofd(small)
        }
        "head.issuer" => ofd(notice.without("人民政府文件")),
        "head.reference" => ofd(notice.without("江政发")),
        "head.reference_form" => ofd(notice.replaced("〔2026〕12号", "[2026]第012号")),
        "head.line" => ofd(Paper {
            red_line: false,
            ..notice
        }),
        "body.title" => ofd(notice.without("关于做好汛期")),
        "body.recipient" => ofd(notice.replaced("市政府各部门：", "市政府各部门:")),
        "body.date" => ofd(notice.without("2026年1月5日")),
        "body.date_form" => ofd(notice.replaced("2026年1月5日", "二〇二六年一月五日")),
        "body.attachment_note" => ofd(notice.replaced("1.值班安排表", "1.值班安排表；")),
        "foot.issued" => ofd(notice.without("印发")),
        _ => None,
    }
}

/// A signature field whose signature covers only the beginning of the file.
fn signed_in_part() -> PdfParts {
    PdfParts {
        catalog: "/AcroForm<</Fields[100 0 R]/SigFlags 3>>".into(),
        objects: vec![
            "<</FT/Sig/T(s)/V<</Type/Sig/SubFilter/adbe.pkcs7.detached/Contents<3000>\
             /ByteRange[0 100 200 300]>>>>"
                .into(),
        ],
        ..PdfParts::default()
    }
}

/// What is declared of the notice.
fn declared() -> Declared<'static> {
    Declared {
        title: Some("关于做好汛期值班工作的通知"),
        reference: Some("江政发〔2026〕12号"),
        level: Some(Classification::Public),
        urgency: None,
        attachments: 2,
    }
}

/// What is declared so that it departs from the notice in one thing.
fn misdeclared(rule: &str) -> Option<Declared<'static>> {
    let declared = declared();
    Some(match rule {
        "label.title" => Declared {
            title: Some("关于做好防火工作的通知"),
            ..declared
        },
        "label.reference" => Declared {
            reference: Some("江政发〔2026〕13号"),
            ..declared
        },
        "label.level" => Declared {
            level: Some(Classification::Secret),
            ..declared
        },
        "label.urgency" => Declared {
            urgency: Some("特急"),
            ..declared
        },
        "label.attachments" => Declared {
            attachments: 1,
            ..declared
        },
        _ => return None,
    })
}

#[test]
fn a_file_that_keeps_every_rule_has_no_departure() {
    for (name, bytes) in [
        ("通知.ofd", Paper::notice().ofd()),
        ("通知.pdf", Paper::notice().pdf(&PdfParts::default())),
    ] {
        let looked = look(name, &bytes);
        let contents = looked.contents.expect(name);
        assert_eq!(ids(&looked.format), [""; 0], "{name}: {:?}", looked.format);
        let compared = compare(&contents, &declared());
        assert_eq!(ids(&compared), [""; 0], "{name}: {compared:?}");
    }
}

#[test]
fn each_rule_is_broken_alone_by_a_file_or_a_label() {
    let kept = look("通知.ofd", &Paper::notice().ofd())
        .contents
        .expect("it is read");
    for rule in RULES {
        let found = match (broken(rule.id), misdeclared(rule.id)) {
            (Some((name, bytes)), None) => look(name, &bytes).format,
            (None, Some(declared)) => compare(&kept, &declared),
            _ => panic!("{}: no file breaks it", rule.id),
        };
        assert_eq!(ids(&found), [rule.id], "{found:?}");
        assert!(
            !found[0].zh().is_empty() && !found[0].en().is_empty(),
            "{}",
            rule.id
        );
    }
}

#[test]
fn every_rule_has_an_id_of_its_own_a_clause_and_two_sentences() {
    let ids: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(ids.len(), RULES.len());
    for rule in RULES {
        assert!(rule.id.contains('.') && rule.id.is_ascii(), "{}", rule.id);
        assert!(!rule.clause.is_empty(), "{}", rule.id);
        assert!(!rule.zh.is_ascii() && rule.en.len() > 10, "{}", rule.id);
    }
}

#[test]
fn real_measures_are_within_the_tolerance() {
    for size in [(209.956_389, 297.027_602), (210.01, 297.0), (211.0, 296.0)] {
        let paper = Paper {
            size,
            ..Paper::notice()
        };
        assert_eq!(
            ids(&look("通知.ofd", &paper.ofd()).format),
            [""; 0],
            "{size:?}"
        );
    }
    for size in [(210.0, 280.0), (297.0, 210.0), (215.9, 279.4)] {
        let paper = Paper {
            size,
            ..Paper::notice()
        };
        let found = ids(&look("通知.ofd", &paper.ofd()).format);
        assert!(found.contains(&"page.size"), "{size:?}: {found:?}");
    }
}

#[test]
fn attachments_may_have_any_form() {
    let looked = look("附件.docx", &super::paper::docx(&["名单"]));
    assert_eq!(looked.format, []);
    let contents = looked.contents.expect("it is read");
    assert_eq!(compare(&contents, &declared()), []);
}

/// How format, layout, active content and marks went: passed, failed, or not checked.
fn answers(name: &str, bytes: &[u8], declared: Classification, is_main: bool) -> String {
    let outcomes = look(name, bytes).outcomes(declared, is_main);
    let checks = [
        Check::Format,
        Check::Layout,
        Check::ActiveContent,
        Check::LevelMarks,
    ];
    assert_eq!(outcomes.map(|(check, _)| check), checks);
    let sign = |outcome| match outcome {
        Outcome::Passed => '+',
        Outcome::Failed(_) => '-',
        Outcome::NotChecked => '?',
    };
    outcomes.map(|(_, outcome)| sign(outcome)).iter().collect()
}

#[test]
fn a_look_answers_the_checks_of_an_inspection() {
    let (public, secret) = (Classification::Public, Classification::Secret);
    let notice = Paper::notice();
    let good = notice.ofd();
    let marked = notice.clone().with(0, line("秘密★1年", 40.0)).ofd();
    let wrong = notice.replaced("〔2026〕", "[2026]").ofd();
    for (what, name, bytes, declared, is_main, expected) in [
        ("good", "a.ofd", &good[..], public, true, "++++"),
        ("marked", "a.ofd", &marked, public, true, "+++-"),
        ("covered", "a.ofd", &marked, secret, true, "++++"),
        ("form", "a.ofd", &wrong, public, true, "+-++"),
        ("another type", "a.pdf", &good, public, true, "--++"),
        ("cut", "a.ofd", &good[..900], public, true, "--??"),
        ("annex", "a.txt", b"list", public, false, "+?++"),
        ("text", "a.txt", b"list", public, true, "+-++"),
        ("picture", "a.gif", b"GIF89a", public, false, "+???"),
    ] {
        assert_eq!(answers(name, bytes, declared, is_main), expected, "{what}");
    }
}

#[test]
fn what_is_beyond_reading_is_no_fault_of_its_format() {
    let limits = Limits {
        file_bytes: 100,
        ..Limits::default()
    };
    let bytes = Paper::notice().ofd();
    let outcome = |media_type, check| {
        let looked = examine("a", media_type, &bytes, &limits);
        let outcomes = looked.outcomes(Classification::Public, false);
        outcomes.into_iter().find(|(made, _)| *made == check)
    };
    let format = |media_type| outcome(media_type, Check::Format).map(|(_, outcome)| outcome);
    assert_eq!(format("application/ofd"), Some(Outcome::Passed));
    assert!(matches!(format("image/png"), Some(Outcome::Failed(_))));
    let marks = outcome("application/ofd", Check::LevelMarks);
    assert_eq!(marks, Some((Check::LevelMarks, Outcome::NotChecked)));
}
