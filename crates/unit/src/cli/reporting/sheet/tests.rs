//! What was written is read back.

use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};

use super::*;

/// Cells that a spreadsheet would calculate.
const FORMULAS: [&str; 5] = ["=1+1", "+1", "-1", "@SUM(A1)", "=HYPERLINK(\"http://e\")"];

fn sheet() -> Sheet {
    let mut rows: Vec<Vec<Cell>> = FORMULAS
        .iter()
        .map(|formula| vec![Cell::text(formula), Cell::Count(3)])
        .collect();
    rows.push(vec![Cell::text("青石县人民政府"), Cell::Minutes(65)]);
    rows.push(vec![
        Cell::text("云政办发〔2026〕1号"),
        Cell::Percent(66.666),
    ]);
    rows.push(vec![Cell::Nothing, Cell::Nothing]);
    Sheet {
        title: "收发文统计表".to_owned(),
        head: vec!["单位", "数"],
        rows,
        claim: claim(812, true),
    }
}

#[test]
fn g4_a_cell_of_a_csv_report_is_no_formula() {
    let bytes = sheet().csv().unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let text = text.strip_prefix('\u{feff}').unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    for (row, formula) in rows.iter().zip(FORMULAS) {
        assert_eq!(row[0], format!("'{formula}"));
    }
    assert_eq!(rows[5], vec!["青石县人民政府", "1:05"]);
    assert_eq!(rows[6], vec!["云政办发〔2026〕1号", "66.7"]);
}

#[test]
fn g4_a_cell_of_a_spreadsheet_is_text_or_a_number_and_never_a_formula() {
    let bytes = sheet().xlsx().unwrap();
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
    let name = book.sheet_names()[0].clone();
    assert!(book.worksheet_formula(&name).unwrap().is_empty());
    let range = book.worksheet_range(&name).unwrap();
    let cell = |line: u32, column| range.get_value((line, column)).cloned();
    let text = |words: &str| Some(Data::String(words.to_owned()));
    assert_eq!(cell(0, 0), text("收发文统计表"));
    assert_eq!((cell(1, 0), cell(1, 1)), (text("单位"), text("数")));
    for (line, formula) in (2..).zip(FORMULAS) {
        assert_eq!(cell(line, 0), text(formula));
        assert_eq!(cell(line, 1), Some(Data::Float(3.0)));
    }
    assert_eq!(cell(8, 1), Some(Data::Float(66.666)));
    assert!(matches!(cell(7, 1), Some(Data::DateTime(_))), "a duration");
    let claimed = cell(11, 0).unwrap().to_string();
    assert!(claimed.contains("812"), "{claimed}");
}

#[test]
fn i7_what_steers_a_terminal_is_left_out() {
    assert_eq!(
        Cell::text("甲\u{1b}[2J\t\r\n乙"),
        Cell::Text("甲[2J乙".into())
    );
}

#[test]
fn nothing_is_overwritten_unless_that_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("报表.csv");
    let mut files = Files {
        csv: Some(path.clone()),
        xlsx: None,
        force: false,
    };
    files.check().unwrap();
    files.write(&sheet()).unwrap();
    std::fs::write(&path, "mine").unwrap();
    assert!(files.check().is_err());
    assert!(files.write(&sheet()).is_err());
    assert_eq!(std::fs::read(&path).unwrap(), b"mine");
    files.force = true;
    files.check().unwrap();
    files.write(&sheet()).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), sheet().csv().unwrap());
    // A folder is never replaced.
    assert!(check(folder.path(), true).is_err());
    assert!(put(&folder.path().join("missing/a.csv"), b"", false).is_err());
}

#[test]
fn a_table_says_whose_claim_it_is_and_an_empty_one_what_to_do() {
    let mut one = sheet();
    assert!(one.shown("做什么").ends_with(&format!("{}\n", one.claim)));
    one.rows.clear();
    let shown = one.shown("做什么");
    assert!(
        shown.contains("做什么") && !shown.contains("单位"),
        "{shown}"
    );
    assert!(claim(5, false).contains("不少于 5 条"));
}
