//! Marks wherever they hide, and prose that only speaks of them (attack F2).

use yichuan_document::Classification;
use yichuan_layout::marks::{Decision, Reason, Weight};

use super::look;
use super::paper::{Paper, PdfParts, Piece, SPACE, TEXT, docx, line, package, piece};

fn decision(paper: &Paper) -> Decision {
    look("通知.ofd", &paper.ofd()).marks.decision(None)
}

/// A text object at the place of marks, with a matrix of its own.
fn turned(text: &str, matrix: &str, x: f64, y: f64) -> Piece {
    let mut piece = piece(text, x, y, TEXT);
    piece.attributes = format!(r#" CTM="{matrix}""#);
    piece
}

/// Single characters, each a text object.
fn scattered(text: &str, places: &[(f64, f64)]) -> Vec<Piece> {
    let signs = text.chars().zip(places);
    signs
        .map(|(sign, (x, top))| piece(&sign.to_string(), *x, *top, TEXT))
        .collect()
}

#[test]
fn f2_a_mark_is_refused_however_it_is_drawn() {
    let row: Vec<(f64, f64)> = (0..5).map(|n| (28.0 + 5.7 * f64::from(n), 47.6)).collect();
    let column: Vec<(f64, f64)> = (0..5).map(|n| (30.0, 38.0 + 5.8 * f64::from(n))).collect();
    let wide: Vec<(f64, f64)> = (0..5).map(|n| (28.0 + 15.0 * f64::from(n), 47.6)).collect();
    let backwards: Vec<Piece> = scattered("机密★5年", &row).into_iter().rev().collect();
    let stepped: Vec<(f64, f64)> = (0..5)
        .map(|n| (28.0 + 5.7 * f64::from(n), 47.6 + 0.7 * f64::from(n % 2)))
        .collect();
    let cases: Vec<(&str, Vec<Piece>)> = vec![
        ("plain", vec![line("机密★5年", 47.6)]),
        ("white star", vec![line("绝密☆长期", 47.6)]),
        ("spaced", vec![line("机 密 ★ 5 年", 47.6)]),
        ("typing error", vec![line("机秘★5年", 47.6)]),
        ("traditional", vec![line("機密★五年", 47.6)]),
        ("full width", vec![line("机密★５年", 47.6)]),
        ("label", vec![line("密级：机密", 47.6)]),
        ("word alone", vec![line("绝密", 37.3)]),
        ("word with period", vec![line("机密5年", 37.3)]),
        ("bracketed", vec![line("【机密】", 37.3)]),
        (
            "beside the copy number",
            vec![line("000001 机密★5年", 37.3)],
        ),
        ("right side", vec![piece("机密★5年", 150.0, 47.6, TEXT)]),
        ("one by one", scattered("机密★5年", &row)),
        ("drawn backwards", backwards),
        ("down a column", scattered("绝密★5年", &column)),
        ("far apart", scattered("机密★5年", &wide)),
        ("up and down", scattered("机密★5年", &stepped)),
        (
            "quarter turn",
            vec![turned("机密★5年", "0 1 -1 0 0 0", 40.0, 40.0)],
        ),
        (
            "upside down",
            vec![turned("机密★5年", "-1 0 0 -1 0 0", 80.0, 50.0)],
        ),
        (
            "slanting",
            vec![turned("机密★5年", "0.8 0.6 -0.6 0.8 0 0", 30.0, 40.0)],
        ),
        (
            "squeezed",
            vec![turned("机密★5年", "0.6 0 0 1 0 0", 28.0, 47.6)],
        ),
        ("huge", vec![piece("机密★5年", 28.0, 40.0, 16.0)]),
        ("small", vec![piece("机密★5年", 28.0, 47.6, 2.0)]),
    ];
    for (what, pieces) in cases {
        let mut paper = Paper::notice();
        paper.pages[0].extend(pieces);
        assert_eq!(decision(&paper), Decision::Refuse, "{what}");
    }
}

#[test]
fn f2_a_mark_on_a_line_of_its_own_is_refused_on_any_page() {
    for top in [40.0, 90.0, 200.0] {
        let paper = Paper::notice().with(1, line("秘密★1年", top));
        assert_eq!(decision(&paper), Decision::Refuse, "{top}");
    }
}

#[test]
fn f2_a_mark_in_a_template_an_annotation_or_a_block_is_refused() {
    let object = "<ofd:TextObject ID='77' Boundary='28 40 40 6' Size='5.644'>\
        <ofd:TextCode X='0' Y='4.9'>机密★5年</ofd:TextCode></ofd:TextObject>";
    let layer = format!("<ofd:Content><ofd:Layer ID=\"9\">{object}</ofd:Layer></ofd:Content>");
    let page = |inner: &str| format!("<ofd:Page {SPACE}>{inner}</ofd:Page>");

    let mut template = Paper::notice().entry("Doc_0/T/Content.xml", page(&layer));
    template.first_page = r#"<ofd:Template TemplateID="50" ZOrder="Background"/>"#.into();
    template.resources = "PublicRes.xml</ofd:PublicRes><ofd:TemplatePage ID='50' BaseLoc='T\
        /Content.xml'/><ofd:PublicRes>PublicRes.xml"
        .into();
    assert_eq!(decision(&template), Decision::Refuse, "template");

    let list = format!(
        "<ofd:Annotations {SPACE}><ofd:Page PageID='1'><ofd:FileLoc>A.xml</ofd:FileLoc>\
            </ofd:Page></ofd:Annotations>"
    );
    let shown = format!(
        "<ofd:PageAnnot {SPACE}><ofd:Annot Type='Stamp'><ofd:Appearance \
            Boundary='0 0 50 50'>{object}</ofd:Appearance></ofd:Annot></ofd:PageAnnot>"
    );
    let mut annotation = Paper::notice()
        .entry("Doc_0/Annots.xml", list)
        .entry("Doc_0/A.xml", shown);
    annotation.document = "<ofd:Annotations>Annots.xml</ofd:Annotations>".into();
    assert_eq!(decision(&annotation), Decision::Refuse, "annotation");

    let block = format!("<ofd:PageBlock><ofd:PageBlock>{object}</ofd:PageBlock></ofd:PageBlock>");
    let nested = format!("<ofd:Content><ofd:Layer ID=\"9\">{block}</ofd:Layer></ofd:Content>");
    let mut blocks = Paper::notice();
    blocks.first_page = nested;
    assert_eq!(decision(&blocks), Decision::Refuse, "blocks");

    let unit = format!(
        "<ofd:Res {SPACE}><ofd:CompositeGraphicUnits><ofd:CompositeGraphicUnit ID='60'>\
            <ofd:Content>{object}</ofd:Content></ofd:CompositeGraphicUnit>\
            </ofd:CompositeGraphicUnits></ofd:Res>"
    );
    let mut composite = Paper::notice().entry("Doc_0/Units.xml", unit);
    composite.resources = "Units.xml".into();
    composite.first_page = "<ofd:Content><ofd:Layer ID='9'>\
        <ofd:CompositeObject ID='78' ResourceID='60' Boundary='0 0 210 100'/></ofd:Layer>\
        </ofd:Content>"
        .into();
    assert_eq!(decision(&composite), Decision::Refuse, "composite");
}

#[test]
fn f2_metadata_tags_and_names_are_searched() {
    let info = |info: &str| Paper {
        info: info.into(),
        ..Paper::notice()
    };
    let custom =
        r#"<ofd:CustomDatas><ofd:CustomData Name="密级">机密</ofd:CustomData></ofd:CustomDatas>"#;
    for (what, paper) in [
        ("custom data", info(custom)),
        (
            "title",
            info("<ofd:Title>机密★5年 关于值班的通知</ofd:Title>"),
        ),
        ("subject", info("<ofd:Subject>密级：绝密</ofd:Subject>")),
    ] {
        assert_eq!(decision(&paper), Decision::Refuse, "{what}");
    }
    let keyword = "<ofd:Keywords><ofd:Keyword>机密</ofd:Keyword></ofd:Keywords>";
    assert_eq!(decision(&info(keyword)), Decision::Hold);
    assert_eq!(
        decision(&info("<ofd:Title>关于保守国家秘密的通知</ofd:Title>")),
        Decision::Clean
    );

    let outline = "<ofd:Outlines><ofd:OutlineElem Title='绝密★长期'/></ofd:Outlines>";
    let outlined = Paper {
        document: outline.into(),
        ..Paper::notice()
    };
    assert_eq!(decision(&outlined), Decision::Refuse, "outline");

    let tags = format!(
        "<ofd:CustomTags {SPACE}><ofd:CustomTag TypeID='od'>\
            <ofd:FileLoc>Tag.xml</ofd:FileLoc></ofd:CustomTag></ofd:CustomTags>"
    );
    let tag = format!(
        "<电子公文 {SPACE}><公文体><版头><密级和保密期限><ofd:ObjectRef PageRef='1'>1012</ofd:ObjectRef>\
            </密级和保密期限></版头></公文体></电子公文>"
    );
    // The level stands in the middle of the page, where it would be prose.
    let mut tagged = Paper::notice()
        .with(0, piece("机密", 120.0, 240.0, TEXT))
        .entry("Doc_0/Tags.xml", tags)
        .entry("Doc_0/Tag.xml", tag);
    tagged.document = "<ofd:CustomTags>Tags.xml</ofd:CustomTags>".into();
    let found = look("a.ofd", &tagged.ofd()).marks;
    assert!(
        found
            .findings
            .iter()
            .any(|finding| finding.reason == Reason::Tag),
        "{found:?}"
    );
    assert_eq!(found.decision(None), Decision::Refuse);

    let bytes = Paper::notice().ofd();
    for (name, expected) in [
        ("机密★5年-值班通知.ofd", Decision::Refuse),
        ("密级：机密 值班通知.ofd", Decision::Refuse),
        ("【机密】值班通知.ofd", Decision::Hold),
        ("值班通知（秘密）.ofd", Decision::Hold),
        ("机密-值班通知.ofd", Decision::Hold),
        ("关于保守商业秘密的通知.ofd", Decision::Clean),
        ("机密会议室值班表.ofd", Decision::Clean),
    ] {
        assert_eq!(look(name, &bytes).marks.decision(None), expected, "{name}");
    }
}

#[test]
fn f2_attachments_are_searched_in_all_their_kinds() {
    let annex = Paper::notice().with(0, line("机密★5年", 40.0));
    let zipped = |name: &str, bytes: &[u8]| package(&[(name.to_owned(), bytes.to_vec())]);
    let marked = docx(&["机密★5年", "名单"]);
    let cases: Vec<(&str, Vec<u8>, Decision)> = vec![
        ("名单.docx", marked.clone(), Decision::Refuse),
        ("名单.docx", docx(&["机密", "名单"]), Decision::Refuse),
        (
            "名单.docx",
            docx(&["关于保守国家秘密的名单"]),
            Decision::Clean,
        ),
        ("附件.ofd", annex.ofd(), Decision::Refuse),
        (
            "附件.pdf",
            annex.pdf(&PdfParts::default()),
            Decision::Refuse,
        ),
        ("附件.zip", zipped("名单.docx", &marked), Decision::Refuse),
        ("附件.zip", zipped("机密★5年.txt", b"-"), Decision::Refuse),
        (
            "附件.zip",
            zipped("b.zip", &zipped("c.txt", "绝密★".as_bytes())),
            Decision::Refuse,
        ),
        ("附件.txt", "名单".into(), Decision::Clean),
        (
            "附件.txt",
            "\u{feff}绝密★1年\n名单".into(),
            Decision::Refuse,
        ),
        (
            "附件.txt",
            b"\xbb\xfa\xc3\xdc\xa1\xef5\xc4\xea".to_vec(),
            Decision::Refuse,
        ),
        (
            "附件.png",
            b"\x89PNG\r\n\x1a\n....".to_vec(),
            Decision::CannotCheck,
        ),
        ("附件.bin", vec![0, 1, 2, 3, 255], Decision::CannotCheck),
        (
            "附件.zip",
            b"PK\x03\x04 cut off".to_vec(),
            Decision::CannotCheck,
        ),
    ];
    for (name, bytes, expected) in cases {
        let list = format!(
            "<ofd:Attachments {SPACE}><ofd:Attachment ID='1' Name='{name}'>\
                <ofd:FileLoc>F</ofd:FileLoc></ofd:Attachment></ofd:Attachments>"
        );
        let mut paper = Paper::notice()
            .entry("Doc_0/At.xml", list)
            .entry("Doc_0/F", bytes.clone());
        paper.document = "<ofd:Attachments>At.xml</ofd:Attachments>".into();
        assert_eq!(decision(&paper), expected, "{name} in an OFD");
        let alone = look(name, &bytes);
        assert_eq!(alone.marks.decision(None), expected, "{name} alone");
    }
}

/// Parts of an office file with a mark in each.
const MARKED_PARTS: &[(&str, &str)] = &[
    (
        "word/a.xml",
        "<document><p><t>机</t><t>密</t><t>★</t></p></document>",
    ),
    ("word/header1.xml", "<hdr><p><t>绝密</t></p></hdr>"),
    (
        "word/box.xml",
        "<document><p><box><p><t>机密★</t></p></box></p></document>",
    ),
    (
        "word/header2.xml",
        r#"<hdr><p><textpath string="机密"/></p></hdr>"#,
    ),
    (
        "word/b.xml",
        "<document><p><delText>机密★3年</delText></p></document>",
    ),
    (
        "other/place.xml",
        "<document><p><t>机密★</t></p></document>",
    ),
    (
        "docProps/custom.xml",
        r#"<Properties><property name="密级"><s>机密</s></property></Properties>"#,
    ),
];

#[test]
fn f2_marks_in_every_part_of_an_office_file_are_found() {
    let office = |name: &str, content: &str| {
        let parts = [
            ("[Content_Types].xml", "<Types/>"),
            (
                "word/document.xml",
                "<d><p><t>text of the document</t></p></d>",
            ),
            (name, content),
        ];
        package(&parts.map(|(name, content)| (name.to_owned(), content.as_bytes().to_vec())))
    };
    for (name, xml) in MARKED_PARTS {
        let found = look("a.docx", &office(name, xml)).marks;
        assert_eq!(found.decision(None), Decision::Refuse, "{name}");
    }
    let embedded = look("a.docx", &office("word/embeddings/x.bin", "\u{1}")).marks;
    assert_eq!(embedded.decision(None), Decision::CannotCheck);
}

#[test]
fn f2_an_old_office_file_is_searched_and_never_clean() {
    let old = |text: &str| {
        let mut bytes = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0\0".to_vec();
        bytes.extend(
            format!("\r{text}\r")
                .encode_utf16()
                .flat_map(u16::to_le_bytes),
        );
        bytes
    };
    assert_eq!(
        look("a.doc", &old("机密★5年")).marks.decision(None),
        Decision::Refuse
    );
    assert_eq!(
        look("a.wps", &old("名单")).marks.decision(None),
        Decision::CannotCheck
    );
}

#[test]
fn f2_what_could_be_a_mark_is_held_for_a_person() {
    let notice = Paper::notice;
    let mut white = line("机密", 220.0);
    white.inside = r#"<ofd:FillColor Value="255 255 255"/>"#.into();
    let mut off = line("绝密文件", 220.0);
    off.attributes = r#" Visible="false""#.into();
    let mut clear = line("机密等级", 220.0);
    clear.inside = r#"<ofd:FillColor Value="0 0 0" Alpha="0"/>"#.into();
    let picture = "<ofd:Content><ofd:Layer ID='9'><ofd:ImageObject ID='79' \
        Boundary='28 40 30 8' ResourceID='1'/></ofd:Layer></ofd:Content>";
    let mut pictured = notice();
    pictured.first_page = picture.into();
    let outline = format!(
        "<ofd:Content><ofd:Layer ID='9'><ofd:PathObject ID='80' Boundary='28 40 12 6'>\
            <ofd:AbbreviatedData>{}</ofd:AbbreviatedData></ofd:PathObject></ofd:Layer>\
            </ofd:Content>",
        "M 0 0 Q 1 1 2 2 ".repeat(20)
    );
    let mut outlined = notice();
    outlined.first_page = outline;
    for (what, paper, reason) in [
        (
            "quoted",
            notice().with(1, line("如“机密★5年”的标注方法", 200.0)),
            Reason::MarkInText,
        ),
        (
            "label",
            notice().with(1, line("表中密级：机密的填写", 200.0)),
            Reason::LabelInText,
        ),
        (
            "title",
            notice().replaced("关于做好", "关于做好机密级"),
            Reason::LevelInTitle,
        ),
        ("white", notice().with(0, white), Reason::HiddenWord),
        ("off", notice().with(0, off), Reason::HiddenWord),
        ("clear", notice().with(0, clear), Reason::HiddenWord),
        (
            "outside",
            notice().with(0, piece("机密", 400.0, 50.0, TEXT)),
            Reason::HiddenWord,
        ),
        ("picture", pictured, Reason::Picture),
        ("drawing", outlined, Reason::Drawing),
        (
            "right",
            notice().with(0, piece("机密", 160.0, 40.0, TEXT)),
            Reason::WordAlone,
        ),
        (
            "next page",
            notice().with(1, line("机密", 50.0)),
            Reason::WordAlone,
        ),
    ] {
        let found = look("通知.ofd", &paper.ofd()).marks;
        assert_eq!(found.decision(None), Decision::Hold, "{what}: {found:?}");
        let reasons: Vec<Reason> = found
            .findings
            .iter()
            .map(|finding| finding.reason)
            .collect();
        assert!(reasons.contains(&reason), "{what}: {reasons:?}");
    }
}

#[test]
fn f2_a_mark_over_two_lines_is_held() {
    let paper = Paper::notice()
        .with(1, line("　　这一句话的末尾写着机密", 180.0))
        .with(1, line("★5年的字样，分在两行里", 190.5));
    assert_eq!(decision(&paper), Decision::Hold);
}

#[test]
fn prose_about_secrecy_is_clean() {
    for text in [
        "严格落实保密责任，不得在非涉密网络处理国家秘密。",
        "机密级、秘密级文件的保密期限按规定执行。",
        "不得泄露商业秘密、工作秘密和个人隐私。",
        "秘密级以上的文件由机要秘书保管。",
        "★重点任务：做好保密工作。",
        "参加机密会议的人员，绝密飞行的观众。",
        "密级鉴定工作另行通知。",
    ] {
        let paper = Paper::notice().with(1, line(text, 200.0));
        assert_eq!(decision(&paper), Decision::Clean, "{text}");
    }
    let titled = Paper::notice().replaced("汛期值班", "商业秘密保护");
    assert_eq!(decision(&titled), Decision::Clean);
    assert_eq!(
        decision(&Paper::notice().with(0, line("特急", 37.3))),
        Decision::Clean
    );
}

#[test]
fn f2_a_label_covers_no_higher_mark() {
    use Classification::{Confidential, Internal, Public, Secret, TopSecret};
    let marked =
        |text: &str| look("通知.ofd", &Paper::notice().with(0, line(text, 40.0)).ofd()).marks;
    let secret = marked("秘密★1年");
    assert_eq!(secret.level(), Some(Secret));
    for (declared, expected) in [
        (None, Decision::Refuse),
        (Some(Public), Decision::Refuse),
        (Some(Internal), Decision::Refuse),
        (Some(Secret), Decision::Clean),
        // A level that may not be sent covers nothing, whoever declares it.
        (Some(Confidential), Decision::Refuse),
    ] {
        assert_eq!(secret.decision(declared), expected, "{declared:?}");
    }
    for text in ["机密★5年", "绝密★"] {
        for declared in [
            None,
            Some(Public),
            Some(Secret),
            Some(Confidential),
            Some(TopSecret),
        ] {
            assert_eq!(
                marked(text).decision(declared),
                Decision::Refuse,
                "{text} {declared:?}"
            );
        }
    }
    // Of two marks the higher one decides.
    let both = Paper::notice()
        .with(0, line("秘密★1年", 40.0))
        .with(1, line("机密★1年", 200.0));
    let both = look("通知.ofd", &both.ofd()).marks;
    assert_eq!(both.decision(Some(Secret)), Decision::Refuse);
}

#[test]
fn f2_what_is_no_text_cannot_be_checked() {
    let scan = "<ofd:Content><ofd:Layer ID='9'><ofd:ImageObject ID='79' \
        Boundary='0 0 210 297' ResourceID='1'/></ofd:Layer></ofd:Content>";
    let mut scanned = Paper::notice();
    scanned.first_page = scan.into();
    scanned.pages[0].clear();
    assert_eq!(decision(&scanned), Decision::CannotCheck, "a scan");
    scanned.pages[0] = vec![piece("— 1 —", 160.0, 270.0, 4.94)];
    assert_eq!(
        decision(&scanned),
        Decision::CannotCheck,
        "a scan with a number"
    );
    let unknown = Paper::notice().with(0, line("\u{e001}\u{e002}\u{e003}\u{fffd}", 200.0));
    assert_eq!(
        decision(&unknown),
        Decision::CannotCheck,
        "letters of a private font"
    );
    let mut empty = Paper::notice();
    empty.pages = vec![Vec::new()];
    assert_eq!(decision(&empty), Decision::CannotCheck, "an empty page");
}

fn in_pdf(paper: &Paper, parts: &PdfParts) -> Decision {
    look("通知.pdf", &paper.pdf(parts)).marks.decision(None)
}

#[test]
fn f2_marks_in_a_pdf_are_judged_as_in_an_ofd() {
    for (text, page, expected) in [
        ("机密★5年", 0, Decision::Refuse),
        ("机密", 0, Decision::Refuse),
        ("谈“机密★5年”的标注", 1, Decision::Hold),
        ("机密级文件的保密期限", 1, Decision::Clean),
    ] {
        let paper = Paper::notice().with(page, line(text, 47.6));
        assert_eq!(in_pdf(&paper, &PdfParts::default()), expected, "{text}");
    }
    let unseen = PdfParts {
        operators: "3 Tr ".into(),
        ..PdfParts::default()
    };
    assert_eq!(in_pdf(&Paper::notice(), &unseen), Decision::CannotCheck);
}

#[test]
fn f2_marks_in_a_pdf_are_found_in_all_its_corners() {
    // 机密★ in UTF-16, written high on the left.
    let mark = "BT /F1 16 Tf 80 740 Td <673A5BC62605> Tj ET";
    let form = format!(
        "<</Type/XObject/Subtype/Form/BBox[0 0 600 850]/Resources<</Font<</F1 3 0 R>>>>\
            /Length {}>>\nstream\n{mark}\nendstream",
        mark.len()
    );
    let formed = |operators: &str, page: &str, catalog: &str| PdfParts {
        operators: operators.into(),
        page: page.into(),
        catalog: catalog.into(),
        objects: vec![form.clone(), "<</Type/OCG/Name(x)>>".into()],
        ..PdfParts::default()
    };
    let cases = [
        ("form", formed("/X1 Do\n", "", ""), Decision::Refuse),
        (
            "annotation",
            formed(
                "",
                "/Annots[<</Subtype/Stamp/Rect[0 0 600 850]/AP<</N 100 0 R>>>>]",
                "",
            ),
            Decision::Refuse,
        ),
        (
            "turned page",
            formed("0 1 -1 0 595 0 cm /X1 Do\n", "/Rotate 90", ""),
            Decision::Refuse,
        ),
        (
            "switched off",
            formed(
                "/OC <</OCGs 101 0 R>> BDC /X1 Do EMC\n",
                "",
                "/OCProperties<</OCGs[101 0 R]/D<</OFF[101 0 R]>>>>",
            ),
            Decision::Refuse,
        ),
        (
            "outline",
            formed("", "", "/Outlines<</First 102 0 R>>"),
            Decision::Clean,
        ),
    ];
    for (what, parts, expected) in cases {
        assert_eq!(in_pdf(&Paper::notice(), &parts), expected, "{what}");
    }
}

#[test]
fn f2_marks_beside_the_pages_of_a_pdf_are_found() {
    let notice = Paper::notice();
    let pdf = |parts: &PdfParts| look("通知.pdf", &notice.pdf(parts)).marks.decision(None);
    let info = PdfParts {
        trailer: "/Info<</Title<FEFF673A5BC62605>>>".into(),
        ..PdfParts::default()
    };
    assert_eq!(pdf(&info), Decision::Refuse, "title");
    let note = PdfParts {
        page: "/Annots[<</Subtype/Text/Rect[0 0 1 1]/Contents<FEFF673A5BC62605>>>]".into(),
        ..PdfParts::default()
    };
    assert_eq!(pdf(&note), Decision::Refuse, "note");
}

#[test]
fn findings_tell_weight_place_and_text() {
    let paper = Paper::notice().with(1, line("机密★5年", 100.0));
    let marks = look("通知.ofd", &paper.ofd()).marks;
    let [finding] = &marks.findings[..] else {
        panic!("{marks:?}");
    };
    assert_eq!(finding.weight, Weight::Refuse);
    assert_eq!(finding.place.to_string(), "page 2");
    assert_eq!(&*finding.excerpt, "机密★5年");
    for reason in Reason::ALL {
        assert!(
            !reason.zh().is_empty() && reason.en().is_ascii(),
            "{reason:?}"
        );
    }
}
