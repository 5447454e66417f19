//! Sources that are wrong, odd or hostile.

mod made;

use yichuan_typeset::{BodyFault, FieldFault, Form, Refused, example, typeset};

fn refused(source: &str) -> Refused {
    typeset(source, &made::faces()).expect_err(source)
}

fn changed(from: &str, to: &str) -> String {
    let source = example(Form::Official);
    assert!(source.contains(from), "{from}");
    source.replacen(from, to, 1)
}

/// What is replaced, by what, and the field that is refused.
type Wrong = (&'static str, &'static str, &'static str, FieldFault);

#[rustfmt::skip]
const WRONG: [Wrong; 15] = [
    ("紧急程度：", "紧急程度：十万火急", "紧急程度", FieldFault::Urgency),
    ("份号：", "份号：12", "份号", FieldFault::CopyNumber),
    ("密级：", "密级：内部", "密级", FieldFault::Level),
    ("发文字号：江政办发〔2026〕", "发文字号：江政办发[2026]", "发文字号", FieldFault::Reference),
    ("发文字号：江政办发〔2026〕", "发文字号：江政办发〔2026〕0", "发文字号", FieldFault::Reference),
    ("成文日期：2026年11月26日", "成文日期：2026年02月30日", "成文日期", FieldFault::Date),
    ("成文日期：2026年11月26日", "成文日期：2026年2月29日", "成文日期", FieldFault::Date),
    ("印发日期：2026年11月27日", "印发日期：2026年11月25日", "印发日期", FieldFault::Earlier),
    ("附注：", "附註：", "附註", FieldFault::Unknown),
    ("附注：", "令号：", "令号", FieldFault::NotHere),
    ("附注：", "标题：", "标题", FieldFault::Twice),
    ("用印：是", "用印：也许", "用印", FieldFault::Word),
    ("格式：公文", "格式：传单", "格式", FieldFault::Word),
    ("附注：此件", "附注：此\u{202e}件", "附注", FieldFault::Control),
    ("附注：此件公开发布", "附件：别的附件", "附件", FieldFault::Annexes),
];

#[test]
fn a_field_that_is_wrong_is_named_with_its_line() {
    for (from, to, field, why) in WRONG {
        let source = changed(from, to);
        let lines: Vec<&str> = source.lines().collect();
        let line = lines.iter().rposition(|line| line.contains(to)).unwrap() + 1;
        let field = field.into();
        assert_eq!(
            refused(&source),
            Refused::Field { line, field, why },
            "{to}"
        );
    }
}

#[test]
fn a_field_that_is_missing_or_too_long_is_named() {
    let missing = changed("标题：", "// ");
    assert!(matches!(
        refused(&missing),
        Refused::Field {
            line: 0,
            why: FieldFault::Missing,
            ..
        }
    ));
    let unnumbered = changed("密级：", "密级：秘密★1年");
    assert!(matches!(
        refused(&unnumbered),
        Refused::Field {
            line: 0,
            why: FieldFault::Missing,
            ..
        }
    ));
    let long = changed("标题：", &format!("标题：{}", "长".repeat(200)));
    assert!(matches!(
        refused(&long),
        Refused::Field {
            why: FieldFault::Long,
            ..
        }
    ));
}

#[test]
fn e1_a_level_that_may_not_be_sent_is_refused_wherever_it_stands() {
    for (from, to) in [
        ("密级：", "密级：机密★10年"),
        ("密级：", "密级：绝密"),
        ("密级：", "密级：秘密★机密"),
        ("联系电话见附件。", "联系电话见附件。机 密 ★ 5年"),
        ("联系电话见附件。", "\n机密"),
        ("联系电话见附件。", "絕密☆长期"),
        ("附注：此件公开发布", "附注：机密"),
        ("第一条", "机密＊5年"),
    ] {
        assert!(
            matches!(refused(&changed(from, to)), Refused::Level { .. }),
            "{to}"
        );
    }
}

#[test]
fn text_that_talks_of_levels_is_no_mark() {
    let source = changed(
        "联系电话见附件。",
        "会议强调，要做好保密工作，机密级以上公文不得通过网络传输。",
    );
    assert!(typeset(&source, &made::faces()).is_ok());
}

#[test]
fn a_labelled_document_shows_its_label() {
    let source = changed("份号：", "份号：000012").replacen("密级：", "密级：秘密★1年", 1);
    let set = typeset(&source, &made::faces()).unwrap();
    let limits = yichuan_layout::Limits::default();
    let found = yichuan_layout::examine("a.ofd", "application/ofd", &set.ofd, &limits);
    assert_eq!(
        found.marks.level(),
        Some(yichuan_document::Classification::Secret)
    );
}

#[test]
fn a_text_that_is_wrong_is_told_with_its_line() {
    let (head, _) = example(Form::Official).split_once("\n---\n").unwrap();
    let lines = head.split('\n').count() + 1;
    let cases = [
        ("", BodyFault::Empty, 1),
        ("\n\n// 说明\n", BodyFault::Empty, 1),
        ("正文\u{7}", BodyFault::Control, 1),
        ("正文\n\u{200b}", BodyFault::Control, 2),
        ("正文\n# 附录", BodyFault::Annex, 2),
        ("正文\n| 一 | 二 |\n| 一 |", BodyFault::Table, 3),
        ("|1|2|3|4|5|6|7|8|9|10|11|12|13|", BodyFault::Table, 1),
    ];
    for (text, why, line) in cases {
        let expected = Refused::Body {
            line: lines + line,
            why,
        };
        assert_eq!(
            refused(&format!("{head}\n---\n{text}")),
            expected,
            "{text:?}"
        );
    }
    assert!(matches!(
        refused(head),
        Refused::Body {
            why: BodyFault::NoBoundary,
            ..
        }
    ));
    let huge = format!("{head}\n---\n| 一 |\n| {} |", "长".repeat(9_000));
    assert!(matches!(
        refused(&huge),
        Refused::Body {
            why: BodyFault::Table,
            ..
        }
    ));
}

#[test]
fn a_character_without_a_glyph_is_named() {
    let source = changed("联系电话见附件。", "联系电话见附件。\u{1f4de}");
    assert_eq!(refused(&source), Refused::Glyph { sign: '\u{1f4de}' });
    let none = typeset(example(Form::Official), &yichuan_typeface::Faces::none());
    assert!(matches!(none, Err(Refused::Font { .. })));
}

#[test]
fn long_texts_titles_and_lists_are_set() {
    let (head, _) = example(Form::Official).split_once("\n---\n").unwrap();
    let many = "各单位要高度重视，认真抓好落实。".repeat(60);
    let text = vec![many; 66].join("\n");
    let set = typeset(&format!("{head}\n---\n{text}"), &made::faces()).unwrap();
    assert!((100..=110).contains(&set.pages), "{}", set.pages);
    let title = changed(
        "标题：",
        &format!("标题：{}", "认真做好有关工作".repeat(10)),
    )
    .replace(
        "江州市人民政府办公室关于印发江州市电子公文传输管理办法的通知",
        "",
    );
    assert!(typeset(&title, &made::faces()).is_ok());
    let recipients = changed(
        "主送机关：",
        &format!("主送机关：{}", "江州市某某单位，".repeat(60)),
    );
    let set = typeset(&recipients, &made::faces()).unwrap();
    let limits = yichuan_layout::Limits::default();
    let found = yichuan_layout::examine("a.ofd", "application/ofd", &set.ofd, &limits);
    let contents = found.contents.unwrap();
    // Recipients that leave no room for the text go into the foot.
    assert!(contents.pages[0].text().contains("已经市政府同意"));
    assert!(
        contents
            .pages
            .last()
            .unwrap()
            .text()
            .contains("主送：江州市")
    );
}

#[test]
fn odd_line_ends_marks_and_blanks_are_read() {
    let source = example(Form::Official).replace('\n', "\r\n");
    let source = format!("\u{feff}{source}");
    let plain = typeset(example(Form::Official), &made::faces()).unwrap();
    assert_eq!(typeset(&source, &made::faces()).unwrap(), plain);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]
    #[test]
    fn nothing_that_is_written_makes_it_fail_otherwise_than_by_refusing(
        text in "[国。，（）《》“”—…a1 .|#\\\\\n\u{3000}一、]{0,300}"
    ) {
        let (head, _) = example(Form::Official).split_once("\n---\n").unwrap();
        match typeset(&format!("{head}\n---\n{text}"), &made::faces()) {
            Ok(_) | Err(Refused::Body { .. }) => {}
            Err(other) => panic!("{text:?}: {other:?}"),
        }
    }
}
