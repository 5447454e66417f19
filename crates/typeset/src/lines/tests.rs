use super::*;

const STYLE: Style = Style::new(Role::FangSong, 1.0);

fn units(text: &str) -> Vec<Unit> {
    let mut units = Vec::new();
    for sign in text.chars() {
        let shape = Shape {
            font: 0,
            glyph: 1,
            advance: if sign.is_ascii() { 0.5 } else { 1.0 },
            ink: (0.8, 0.0),
        };
        push(&mut units, sign, shape, STYLE);
    }
    units
}

/// The lines of a text in `cells`, and how wide each is set.
fn broken(text: &str, cells: f64) -> Vec<(String, f64)> {
    let units = units(text);
    let lines = break_lines(&units, 0.0, 0.0, cells);
    lines
        .iter()
        .map(|line| {
            let texts = texts(&units, line, 0.0, 0.0);
            let signs = texts.iter().flat_map(|text| &text.signs);
            let words = signs.map(|sign| sign.sign).collect();
            let set = &units[line.from..line.to];
            let marks = set
                .iter()
                .filter(|unit| matches!(unit.kind, Kind::Opening | Kind::Closing));
            let lost: f64 = marks.map(|unit| unit.width * line.shrunk).sum();
            let gaps = set.len().saturating_sub(1) as f64 * line.gap;
            (words, width(set) + gaps - lost)
        })
        .collect()
}

#[test]
fn lines_end_where_the_rules_of_marks_allow_it() {
    let cases: [(&str, f64, &[&str]); 13] = [
        ("一二三四五六", 4.0, &["一二三四", "五六"]),
        // A closing mark comes back where marks give up the room, else a character goes down.
        ("一，二三。四五", 4.0, &["一，二", "三。四五"]),
        ("一，二，三。四五", 5.0, &["一，二，三。", "四五"]),
        ("一二三四。五六", 4.0, &["一二三", "四。五六"]),
        ("（一）三四。五六七八", 5.0, &["（一）三四。", "五六七八"]),
        ("一二三（四五）", 4.0, &["一二三", "（四五）"]),
        ("一二三《四》", 4.0, &["一二三", "《四》"]),
        ("一二三四……五", 4.0, &["一二三", "四……五"]),
        ("一二三——五", 4.0, &["一二", "三——五"]),
        ("一二三2026年", 4.0, &["一二三", "2026年"]),
        ("一二三word四", 4.0, &["一二三", "word四"]),
        ("一二25%三四", 3.0, &["一二", "25%三", "四"]),
        ("", 4.0, &[]),
    ];
    for (text, cells, expected) in cases {
        let lines: Vec<String> = broken(text, cells).into_iter().map(|line| line.0).collect();
        assert_eq!(lines, expected, "{text}");
    }
}

#[test]
fn no_line_begins_or_ends_with_what_may_not_stand_there_and_all_but_the_last_are_full() {
    let texts = [
        "各县（市、区）人民政府，市政府各部门：为贯彻《办法》（试行），现就“公文”传输通知如下。",
        "（一）规范收发流程。各单位应当于2026年12月31日前完成登记，电话：0800-1234567；“四不两直”。",
        "会议指出——要做到：“早发现、早报告、早处置”……，切实《条例》、《办法》、《规定》落到实处！",
    ];
    for text in texts {
        for cells in 9..30 {
            let cells = f64::from(cells);
            let lines = broken(text, cells);
            let all: String = lines.iter().map(|line| line.0.as_str()).collect();
            assert_eq!(all, text);
            for (line, set) in &lines {
                let first = line.chars().next().unwrap();
                let last = line.chars().last().unwrap();
                assert!(
                    !"。，、；：？！）〉》」』】〕”…—".contains(first),
                    "{cells}: {line}"
                );
                assert!(!"（〈《「『【〔“".contains(last), "{cells}: {line}");
                assert!(*set <= cells + 1e-6, "{cells}: {line} {set}");
            }
            for (line, set) in &lines[..lines.len() - 1] {
                assert!((set - cells).abs() < 1e-6, "{cells}: {line} {set}");
            }
        }
    }
}

#[test]
fn figures_and_words_are_not_split_unless_they_are_longer_than_a_line() {
    let text = "共计12345678元，其中OpenDocument占25.5%，见2026年第3号。";
    for cells in 8..20 {
        for (line, _) in broken(text, f64::from(cells)) {
            for word in ["12345678", "OpenDocument", "25.5%", "2026年", "3号"] {
                let part = |part: &str| line.ends_with(part) || line.starts_with(part);
                let halves = (1..word.len()).filter(|at| word.is_char_boundary(*at));
                for at in halves.filter(|_| !line.contains(word)) {
                    let (before, after) = word.split_at(at);
                    let split = line.ends_with(before) && before.len() > 1
                        || line.starts_with(after) && after.len() > 1 && !part("年");
                    assert!(!split, "{cells}: {line}");
                }
            }
        }
    }
    let fitted = fit(units(&"a".repeat(100)), 8.0);
    for line in break_lines(&fitted, 0.0, 0.0, 8.0) {
        assert!(width(&fitted[line.from..line.to]) <= 8.0);
    }
}

#[test]
fn two_styles_make_two_texts_on_one_base_line() {
    let other = Style {
        is_red: true,
        ..STYLE
    };
    let mut units = units("一、");
    let shape = units[0].signs[0].1;
    push(&mut units, '二', shape, other);
    let line = break_lines(&units, 2.0, 0.0, 9.0)[0];
    let texts = texts(&units, &line, 10.0, 5.0);
    assert_eq!(texts.len(), 2);
    assert!((texts[0].x - 12.0).abs() < 1e-9 && (texts[1].x - 14.0).abs() < 1e-9);
    assert!(texts.iter().all(|text| (text.y - 5.0).abs() < 1e-9));
}
