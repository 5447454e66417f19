//! Where the elements stand, measured by the project's own readers in both files, against the
//! measures of GB/T 9704-2012.

mod made;

use yichuan_layout::contents::Contents;
use yichuan_layout::marks::Decision;
use yichuan_layout::page::Line;
use yichuan_layout::sealing::placing::{Which, check, propose};
use yichuan_layout::{Limits, examine};
use yichuan_typeset::{Form, Typeset, example, typeset};

/// The standard's tolerance, in millimetres.
const NEAR: f64 = 1.0;
/// From one line to the next, and one character.
const LINE: f64 = 10.4455;
const CELL: f64 = 5.5687;
/// 3号 and 4号.
const THREE: f64 = 5.6444;
const FOUR: f64 = 4.9389;

fn set(source: &str) -> Typeset {
    typeset(source, &made::faces()).unwrap_or_else(|why| panic!("{why}: {why:?}\n{source}"))
}

/// What both readers say, and that nothing speaks against the file.
fn both(set: &Typeset) -> [Contents; 2] {
    let files = [
        ("a.ofd", "application/ofd", &set.ofd),
        ("a.pdf", "application/pdf", &set.pdf),
    ];
    files.map(|(name, kind, bytes)| {
        let found = examine(name, kind, bytes, &Limits::default());
        assert_eq!(found.format, [], "{name}");
        assert!(!found.type_differs);
        assert_eq!(
            found.marks.decision(None),
            Decision::Clean,
            "{name}: {:?}",
            found.marks
        );
        found.contents.expect("it can be read")
    })
}

fn near(found: f64, expected: f64, what: &str) {
    assert!(
        (found - expected).abs() <= NEAR,
        "{what}: {found:.2}, not {expected:.2}"
    );
}

/// The line of a page, from 0, that has `text`.
fn line<'c>(contents: &'c Contents, page: usize, text: &str) -> &'c Line {
    let dense = |text: &str| text.replace([' ', '\u{3000}'], "");
    let lines = &contents.pages[page].lines;
    lines
        .iter()
        .find(|line| dense(&line.text).contains(&dense(text)))
        .unwrap_or_else(|| {
            panic!(
                "page {page} has no {text}:\n{}",
                contents.pages[page].text()
            )
        })
}

/// One row of a table: page, text, and what is measured of its line.
type Row = (usize, &'static str, Edge, f64);

#[derive(Clone, Copy, Debug)]
enum Edge {
    Left,
    Right,
    Top,
    Middle,
    Size,
}
use Edge::{Left, Middle, Right, Size, Top};

fn measure(contents: &Contents, rows: &[Row]) {
    for (page, text, edge, expected) in rows {
        let found = line(contents, *page, text);
        let at = match edge {
            Left => found.area.left,
            Right => found.area.right,
            Top => found.area.top,
            Middle => f64::midpoint(found.area.left, found.area.right),
            Size => found.size,
        };
        near(
            at,
            *expected,
            &format!("{:?} {text} {edge:?}", contents.kind),
        );
    }
}

/// A source with other values in some of its fields.
fn with(form: Form, fields: &[(&str, &str)]) -> String {
    let (head, text) = example(form)
        .split_once("\n---\n")
        .expect("it has a boundary");
    let mut lines: Vec<String> = head
        .lines()
        .filter(|line| {
            !fields
                .iter()
                .any(|(name, _)| line.starts_with(&format!("{name}：")))
        })
        .map(str::to_owned)
        .collect();
    lines.extend(
        fields
            .iter()
            .map(|(name, value)| format!("{name}：{value}")),
    );
    format!("{}\n---\n{text}", lines.join("\n"))
}

#[test]
fn an_official_document_stands_where_the_standard_says() {
    let set = set(&with(
        Form::Official,
        &[("份号", "000001"), ("紧急程度", "特急")],
    ));
    assert_eq!(set.pages, 4);
    let red_line = 72.0 + 18.03 + 2.0 * LINE + THREE + 4.0;
    let text = 37.0 + 13.0 * LINE;
    for contents in both(&set) {
        measure(
            &contents,
            &[
                (0, "000001", Left, 28.0),
                (0, "000001", Top, 37.0),
                (0, "特急", Left, 28.0),
                (0, "特急", Top, 37.0 + LINE),
                (0, "特急", Size, THREE),
                (0, "江州市人民政府办公室文件", Top, 72.0),
                (0, "江州市人民政府办公室文件", Middle, 106.0),
                (0, "江政办发〔2026〕12号", Top, red_line - 4.0 - THREE),
                (0, "江政办发〔2026〕12号", Middle, 106.0),
                (
                    0,
                    "江州市人民政府办公室关于印发",
                    Top,
                    red_line + 2.0 * LINE,
                ),
                (0, "江州市人民政府办公室关于印发", Middle, 106.0),
                (0, "江州市人民政府办公室关于印发", Size, 22.0 * 25.4 / 72.0),
                (0, "各县（市、区）人民政府，市政府各部门", Left, 28.0),
                (0, "各县（市、区）人民政府，市政府各部门", Top, text),
                (
                    0,
                    "《江州市电子公文传输管理办法》已经",
                    Left,
                    28.0 + 2.0 * CELL,
                ),
                (0, "《江州市电子公文传输管理办法》已经", Right, 184.0),
                (0, "— 1 —", Right, 184.0 - FOUR),
                (1, "— 2 —", Left, 28.0 + FOUR),
                (2, "附件1", Top, 37.0),
                (2, "附件1", Left, 28.0),
                (2, "江州市电子公文传输管理办法", Top, 37.0 + 2.0 * LINE),
                (2, "江州市电子公文传输管理办法", Middle, 106.0),
                (3, "印发", Right, 184.0 - FOUR),
                (3, "江州市人民政府办公室", Left, 28.0 + FOUR),
                (3, "抄送", Left, 28.0 + FOUR),
            ],
        );
        near(contents.red_line.unwrap(), red_line, "red line");
        // The dashes' ink, not their box, is 7 mm below the type area.
        let number = line(&contents, 0, "— 1 —");
        let ink = number.area.top + (0.86 - 0.84) * FOUR;
        near(ink, 262.0 + 7.0, "page number");
        assert_eq!(contents.pages.len(), 4);
        assert!(contents.pages[3].text().contains("附件2"));
    }
}

#[test]
fn a_full_page_has_22_lines_of_28_characters_from_edge_to_edge() {
    let (head, _) = example(Form::Official).split_once("\n---\n").unwrap();
    let set = set(&format!("{head}\n---\n{}", "国".repeat(28 * 60)));
    for contents in both(&set) {
        let page = &contents.pages[1];
        let lines: Vec<&Line> = page
            .lines
            .iter()
            .filter(|line| line.text.contains('国'))
            .collect();
        assert_eq!(lines.len(), 22);
        assert!(lines.iter().all(|line| line.text.chars().count() == 28));
        near(lines[0].area.top, 37.0, "first line");
        near(lines[21].area.bottom, 262.0, "last line");
        near(lines[0].area.left, 28.0, "left edge");
        near(lines[0].area.right, 184.0, "right edge");
    }
}

#[test]
fn name_and_date_stand_under_the_text_and_take_the_seal() {
    for (form, sealed) in [
        (Form::Official, true),
        (Form::Letter, true),
        (Form::Order, false),
    ] {
        let set = set(example(form));
        for contents in both(&set) {
            let page = contents
                .pages
                .iter()
                .position(|page| {
                    page.lines
                        .iter()
                        .any(|line| line.text.trim() == "2026年11月26日")
                })
                .expect("there is a date");
            let date = line(&contents, page, "2026年11月26日");
            near(date.area.right, 184.0 - 4.0 * CELL, "date");
            let which = Which { ordinal: 1, of: 1 };
            let size = (4_200, 4_200);
            let places =
                propose(&contents, size, which).unwrap_or_else(|why| panic!("{form:?}: {why:?}"));
            assert_eq!(places[0].page as usize, page + 1);
            assert_eq!(check(&contents, &places, size), []);
            if sealed {
                let name = contents.pages[page]
                    .lines
                    .iter()
                    .rfind(|line| line.area.bottom < date.area.top);
                let name = name.unwrap();
                near(
                    f64::midpoint(name.area.left, name.area.right),
                    f64::midpoint(date.area.left, date.area.right),
                    "name over date",
                );
                // The seal begins within a line below the text.
                let above = contents.pages[page]
                    .lines
                    .iter()
                    .rfind(|line| line.area.bottom < name.area.top);
                let gap = f64::from(places[0].y) / 100.0 - above.unwrap().area.bottom;
                assert!((0.0..=LINE).contains(&gap), "{form:?}: {gap}");
            }
        }
    }
}

#[test]
fn seals_of_a_joint_document_do_not_touch_and_stay_in_the_type_area() {
    for names in [
        "江州市财政局；江州市教育局",
        "市财政局；市教育局；市民政局",
        "市财政局；市教育局；市民政局；市公安局",
        "江州市人民政府办公室；江州市发展和改革委员会；江州市财政局",
    ] {
        let count = u8::try_from(names.split('；').count()).unwrap();
        let issuers = format!("{names}文件");
        let set = set(&with(
            Form::Official,
            &[("署名", names), ("发文机关标志", &issuers)],
        ));
        for contents in both(&set) {
            let mut all = Vec::new();
            for ordinal in 1..=count {
                let which = Which { ordinal, of: count };
                let places = propose(&contents, (4_500, 4_500), which);
                let places = places.unwrap_or_else(|why| panic!("{names}: {why:?}"));
                let (left, right) = (
                    f64::from(places[0].x) / 100.0,
                    f64::from(places[0].x + 4_500) / 100.0,
                );
                assert!(
                    left >= 28.0 - NEAR && right <= 184.0 + NEAR,
                    "{names}: {left} {right}"
                );
                all.extend(places);
            }
            assert_eq!(check(&contents, &all, (4_500, 4_500)), [], "{names}");
        }
    }
}

#[test]
fn a_letter_stands_where_the_standard_says() {
    let set = set(&with(Form::Letter, &[("紧急程度", "加急")]));
    for contents in both(&set) {
        let red_line = contents.red_line.unwrap();
        measure(
            &contents,
            &[
                (0, "江州市人民政府办公室", Top, 30.0),
                (0, "江州市人民政府办公室", Middle, 106.0),
                (0, "江政办函〔2026〕35号", Right, 184.0),
                (0, "江政办函〔2026〕35号", Top, red_line + THREE * 7.0 / 8.0),
                (0, "加急", Left, 28.0),
                (0, "加急", Top, red_line + THREE * 7.0 / 8.0),
                (0, "江州市财政局：", Left, 28.0),
            ],
        );
        assert!(
            !contents.pages[0].text().contains("— 1 —"),
            "a letter's first page has no number"
        );
    }
}

#[test]
fn an_order_and_minutes_stand_where_the_standard_says() {
    for contents in both(&set(example(Form::Order))) {
        measure(
            &contents,
            &[
                (0, "江州市人民政府令", Top, 57.0),
                (0, "江州市人民政府令", Middle, 106.0),
                (0, "第12号", Middle, 106.0),
                (0, "《江州市电子公文传输管理规定》", Left, 28.0 + 2.0 * CELL),
            ],
        );
    }
    for contents in both(&set(example(Form::Minutes))) {
        measure(
            &contents,
            &[
                (0, "江州市人民政府常务会议纪要", Top, 72.0),
                (0, "市政府第12次常务会议纪要", Middle, 106.0),
                (1, "出席：", Left, 28.0 + 2.0 * CELL),
                (1, "请假：", Left, 28.0 + 2.0 * CELL),
            ],
        );
    }
}

#[test]
fn a_document_that_goes_upward_names_who_signs() {
    for contents in both(&set(&with(
        Form::Official,
        &[("签发人", "张三；李四；王五")],
    ))) {
        let number = line(&contents, 0, "江政办发〔2026〕12号");
        near(number.area.left, 28.0 + CELL, "number");
        measure(&contents, &[(0, "签发人：", Right, 184.0 - CELL)]);
        // The last name stands beside the number, two to a row.
        assert!(number.text.contains("王五") && !number.text.contains("李四"));
    }
}

#[test]
fn no_length_of_text_leaves_the_signature_on_a_page_of_its_own() {
    let (head, _) = example(Form::Official).split_once("\n---\n").unwrap();
    for lines in 1..60 {
        let text = vec!["各单位要高度重视，认真抓好落实。"; lines].join("\n");
        let set = set(&format!("{head}\n---\n{text}"));
        let contents = &both(&set)[0];
        let signed = contents
            .pages
            .iter()
            .find(|page| page.text().contains("\n2026年11月26日"));
        assert!(
            signed.is_some_and(|page| page.text().contains("各单位要")),
            "{lines}"
        );
        assert_eq!(contents.pages.len() % 2, 0, "the foot is on an even page");
        assert!(
            contents
                .pages
                .last()
                .is_some_and(|page| page.text().contains("印发"))
        );
    }
}

#[test]
fn elements_are_pointed_out_in_ofd() {
    let contents = &both(&set(example(Form::Official)))[0];
    let tag = |name: &str| {
        let found = contents.tags.iter().find(|tag| tag.name() == name);
        found.map(|tag| tag.text.clone()).unwrap_or_default()
    };
    for (name, text) in [
        ("发文机关标志", "江州市人民政府办公室文件"),
        ("发文字号", "江政办发〔2026〕12号"),
        (
            "标题",
            "江州市人民政府办公室关于印发江州市电子公文传输管理办法的通知",
        ),
        ("发文机关署名", "江州市人民政府办公室"),
        ("成文日期", "2026年11月26日"),
        ("印发日期", "2026年11月27日印发"),
        ("附注", "（此件公开发布）"),
    ] {
        assert_eq!(tag(name), text, "{name}");
    }
}

#[test]
fn the_same_source_gives_the_same_bytes() {
    assert_eq!(set(example(Form::Official)), set(example(Form::Official)));
}
