//! Lists that are taken, lists that are not, and files that are no lists.

use std::collections::BTreeSet;
use std::io::{Cursor, Write as _};

use proptest::prelude::*;
use rust_xlsxwriter::Workbook;
use yichuan_document::roster::CHANGES_MAX;
use yichuan_document::roster::act::ACT_PLAN_CARRIED_OUT;
use yichuan_document::roster::record::Unit;

use super::super::{Authority, AuthorityFailed, Founders, PlannedUnit};
use super::*;
use crate::keystore::Password;

fn password() -> Password {
    Password::new("Right-1-pass".to_owned())
}

const THERE: &str = "
    [[unit]]
    code = \"513200-zfb\"
    name = \"云岭州人民政府办公室\"
    [[unit]]
    code = \"513201-zf\"
    name = \"青石县人民政府\"
    parent = \"513200-zfb\"
    [[unit]]
    code = \"513209-zf\"
    name = \"旧县人民政府\"
";

/// An authority with two open units and a closed one.
fn authority(folder: &std::path::Path) -> Authority {
    let (origin, officer) = ("a.example".parse().unwrap(), "p-officer".parse().unwrap());
    let mut authority =
        Authority::found(folder, &origin, &officer, &Founders::default(), &password()).unwrap();
    let plan = Plan::read(THERE).unwrap();
    authority.carry_out(&plan, &password()).unwrap();
    let closed = "513209-zf".parse().unwrap();
    authority.close_unit(&closed, None, &password()).unwrap();
    authority
}

fn outcomes(authority: &Authority, text: &str, allowed: Allowed) -> Vec<Outcome> {
    let list = UnitList::read(text.as_bytes(), None).unwrap();
    let import = list.check(authority.roster(), allowed);
    import.lines.into_iter().map(|line| line.outcome).collect()
}

fn faults(of: &Outcome) -> Vec<Fault> {
    match of {
        Outcome::Refused(faults) => faults.clone(),
        _ => Vec::new(),
    }
}

fn xlsx(rows: &[Vec<&str>]) -> Vec<u8> {
    let mut book = Workbook::new();
    let cover = book.add_worksheet();
    cover.set_name("说明").unwrap().set_hidden(true);
    cover.write_string(0, 0, "本表供导入").unwrap();
    let sheet = book.add_worksheet();
    sheet.set_name("单位").unwrap().set_active(true);
    for (at, row) in rows.iter().enumerate() {
        for (column, cell) in row.iter().enumerate() {
            let (at, column) = (at.try_into().unwrap(), column.try_into().unwrap());
            sheet.write_string(at, column, *cell).unwrap();
        }
    }
    book.save_to_buffer().unwrap()
}

/// A workbook made of these files, by name.
fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let options = zip::write::SimpleFileOptions::default();
        archive.start_file(*name, options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn five_hundred_units_in_mixed_order_are_imported_and_fold() {
    let folder = tempfile::tempdir().unwrap();
    let mut authority = authority(folder.path());
    let before = authority.acts().len();
    let mut lines: Vec<String> = (0_u32..500)
        .map(|number| {
            // A tree of three levels; each of the first ten stands below a unit that is there.
            let above = match number {
                0..10 => "513200-zfb".to_owned(),
                _ => format!("513210-u{}", number / 10),
            };
            format!("{above},第{number}号所,513210-u{number}")
        })
        .collect();
    // 283 has no divisor in common with 500: every line comes once, far from its neighbours.
    let mixed: Vec<String> = (0..500).map(|at| lines[at * 283 % 500].clone()).collect();
    lines = mixed;
    let text = format!("上级,单位名称,单位代码\n{}\n", lines.join("\n"));
    let list = UnitList::read(text.as_bytes(), None).unwrap();
    let import = list.check(authority.roster(), Allowed::default());
    assert_eq!(import.count(|it| *it == Outcome::Opened), 500);
    let plan = import.into_plan().unwrap();
    let (acts, _) = authority.carry_out(&plan, &password()).unwrap();
    assert!(acts.iter().all(|act| act.changes.len() <= CHANGES_MAX));
    assert!(
        acts.iter()
            .all(|act| act.code == Some(ACT_PLAN_CARRIED_OUT))
    );

    let again = Authority::open(folder.path()).unwrap();
    assert_eq!(again.roster().head(), authority.roster().head());
    assert_eq!(again.acts().len(), before + acts.len());
    assert_eq!(again.roster().all::<Unit>().count(), 503);
    let last = again
        .roster()
        .unit(&"513210-u499".parse().unwrap())
        .unwrap();
    assert_eq!(last.name, "第499号所");
    assert_eq!(last.parent.unwrap().as_str(), "513210-u49");
    let twice = list.check(again.roster(), Allowed::default());
    assert_eq!(twice.count(|it| *it == Outcome::Unchanged), 500);
    assert!(twice.into_plan().is_none(), "there is nothing to sign");
}

#[test]
fn every_line_that_fails_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let authority = authority(folder.path());
    let long = "长".repeat(101);
    let text = format!(
        "code,name,parent\n\
         513200-zfb,云岭州人民政府办公室,\n\
         513201-ZF,白河县人民政府,\n\
         513201-zf,青石县政府,513200-zfb\n\
         513202-zf,,\n\
         513203-zf,{long},\n\
         513204-zf,红\u{200b}岩县人民政府,\n\
         513205-zf,甲,513299-zf\n\
         513206-zf,乙,办公室\n\
         513207-zf,丙,513209-zf\n\
         513209-zf,丁,\n\
         513210-zf,戊,513211-zf\n\
         513211-zf,己,513212-zf\n\
         513212-zf,庚,513210-zf\n\
         513213-zf,辛,513213-zf\n\
         513214-zf,壬,\n\
         513214-zf,癸,\n\
         513215-zf,青石县 人民政府,\n\
         513216-zf,壬,\n\
         513217-zf,寅,513201-ZF\n"
    );
    let outcomes = outcomes(&authority, &text, Allowed::default());
    let found: Vec<Vec<Fault>> = outcomes.iter().map(faults).collect();
    let codes = |codes: &[&str]| codes.iter().map(|&code| code.to_owned()).collect();
    let circle = Fault::Cycle(codes(&["513210-zf", "513211-zf", "513212-zf"]));
    let differs = Fault::Differs {
        name: "青石县人民政府".to_owned(),
        parent: Some("513200-zfb".to_owned()),
    };
    let alike = |code: &str, name: &str, line| Fault::LookAlike {
        other: Alike {
            code: code.to_owned(),
            name: name.to_owned(),
        },
        line,
    };
    let expected = [
        vec![],
        vec![Fault::Code],
        vec![differs],
        vec![Fault::NameEmpty],
        vec![Fault::NameTooLong],
        vec![Fault::NameInvisible],
        vec![Fault::ParentUnknown("513299-zf".to_owned())],
        vec![Fault::ParentCode("办公室".to_owned())],
        vec![Fault::ParentClosed("513209-zf".to_owned())],
        vec![Fault::Closed],
        vec![circle.clone()],
        vec![circle.clone()],
        vec![circle],
        vec![Fault::Cycle(codes(&["513213-zf"]))],
        vec![],
        vec![Fault::Twice { line: 16 }],
        // 513201-zf gives that name up only with an update; the list is judged as carried out.
        vec![],
        vec![alike("513214-zf", "壬", Some(16))],
        vec![Fault::ParentCode("513201-ZF".to_owned())],
    ];
    for (at, (found, expected)) in found.iter().zip(&expected).enumerate() {
        assert_eq!(found, expected, "line {}", at + 2);
    }
    assert_eq!(found.len(), expected.len());
    assert_eq!(outcomes[0], Outcome::Unchanged);
    assert_eq!(outcomes[14], Outcome::Opened);
}

#[test]
fn a_list_with_one_bad_line_signs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let authority = authority(folder.path());
    let text = "code,name\n513202-zf,白河县人民政府\n513203_zf,红岩县人民政府\n";
    let list = UnitList::read(text.as_bytes(), None).unwrap();
    let import = list.check(authority.roster(), Allowed::default());
    assert_eq!(import.refused(), 1);
    assert!(import.into_plan().is_none());
}

#[test]
fn a_unit_is_renamed_and_moved_only_where_that_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let mut authority = authority(folder.path());
    let text = "代码,名称,上级单位\n513201-zf,青石市人民政府,\n";
    let update = Allowed {
        update: true,
        ..Allowed::default()
    };
    assert!(!faults(&outcomes(&authority, text, Allowed::default())[0]).is_empty());
    let list = UnitList::read(text.as_bytes(), None).unwrap();
    let plan = list
        .check(authority.roster(), update.clone())
        .into_plan()
        .unwrap();
    authority.carry_out(&plan, &password()).unwrap();
    let code = "513201-zf".parse().unwrap();
    let unit = authority.roster().unit(&code).unwrap();
    assert_eq!((unit.name.as_str(), unit.parent), ("青石市人民政府", None));

    // A list that does not say which unit stands above leaves it where it is.
    let text = "代码,名称\n513201-zf,青石县人民政府\n";
    let plan = "code,name,parent\n513201-zf,青石市人民政府,513200-zfb\n";
    for text in [plan, text] {
        let list = UnitList::read(text.as_bytes(), None).unwrap();
        let plan = list
            .check(authority.roster(), update.clone())
            .into_plan()
            .unwrap();
        authority.carry_out(&plan, &password()).unwrap();
    }
    let parent = authority.roster().unit(&code).unwrap().parent;
    assert_eq!(parent.unwrap().as_str(), "513200-zfb");
}

#[test]
fn a_circle_over_units_that_are_there_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let authority = authority(folder.path());
    let text = "code,name,parent\n513200-zfb,云岭州人民政府办公室,513201-zf\n";
    let update = Allowed {
        update: true,
        ..Allowed::default()
    };
    let found = outcomes(&authority, text, update);
    let circle = ["513200-zfb".to_owned(), "513201-zf".to_owned()];
    assert_eq!(faults(&found[0]), [Fault::Cycle(circle.to_vec())]);
}

#[test]
fn g3_a_name_that_looks_like_another_units_is_refused_unless_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let mut authority = authority(folder.path());
    let text = "code,name\n513205-zf,青石縣人民政府\n";
    let found = outcomes(&authority, text, Allowed::default());
    assert!(matches!(
        faults(&found[0])[..],
        [Fault::LookAlike { line: None, .. }]
    ));
    // It is allowed to this unit, or to all; leave for another one is none.
    let of = |code: &str| LookAlikes::Of(BTreeSet::from([code.to_owned()]));
    for (look_alikes, fits) in [
        (LookAlikes::Allowed, true),
        (of("513205-zf"), true),
        (of("513201-zf"), false),
    ] {
        let allowed = Allowed {
            look_alikes,
            ..Allowed::default()
        };
        let found = outcomes(&authority, text, allowed);
        assert_eq!(found == [Outcome::Opened], fits, "{found:?}");
    }

    // A single unit is judged by the same rule.
    let unit = || {
        let (code, name) = ("513205-zf".to_owned(), "青石县人民政府（）".to_owned());
        Plan::from(vec![PlannedUnit::new(code, name, None)])
    };
    let acts = authority.acts().len();
    let refused = authority.carry_out(&unit(), &password()).map(|_| ());
    assert!(matches!(refused, Err(AuthorityFailed::LookAlike { .. })));
    assert_eq!(authority.acts().len(), acts);
    let plan = unit().with_look_alikes(true);
    authority.carry_out(&plan, &password()).unwrap();

    // The name of a closed unit, and one's own, are free.
    let text = "code,name\n513208-zf,旧县人民政府\n513201-zf,青石县人民政府\n";
    let found = outcomes(&authority, text, Allowed::default());
    assert_eq!(found, [Outcome::Opened, Outcome::Unchanged]);
}

#[test]
fn a_list_reads_the_same_in_every_form() {
    let rows = [
        vec!["二〇二六年单位名单"],
        vec![],
        vec!["序号", "单位代码", "单位名称", "上级"],
        vec!["1", "513202-zf", "白河县人民政府", "513200-zfb"],
        vec![],
        vec!["2", "513203-zf", "\u{3000}红岩县人民政府 ", ""],
        vec!["合计"],
    ];
    let text: String = rows.iter().map(|row| row.join(",") + "\r\n").collect();
    let (in_gb18030, _, _) = encoding_rs::GB18030.encode(&text);
    assert!(core::str::from_utf8(&in_gb18030).is_err(), "it is no UTF-8");
    let with_mark = format!("\u{feff}{text}");
    for (what, bytes) in [
        ("utf-8", text.as_bytes()),
        ("utf-8 with a mark", with_mark.as_bytes()),
        ("gb18030", &in_gb18030),
        ("xlsx", &xlsx(&rows)),
    ] {
        let list = UnitList::read(bytes, None).unwrap_or_else(|why| panic!("{what}: {why:?}"));
        assert_eq!(list.ignored(), ["序号"], "{what}");
        let lines: Vec<_> = list
            .units
            .iter()
            .map(|it| {
                (
                    it.line,
                    it.code.as_str(),
                    it.name.as_str(),
                    it.parent.as_deref(),
                )
            })
            .collect();
        let expected = [
            (4, "513202-zf", "白河县人民政府", Some("513200-zfb")),
            (6, "513203-zf", "红岩县人民政府", None),
        ];
        assert_eq!(lines, expected, "{what}");
    }
}

#[test]
fn a_sheet_is_named_or_is_the_first_that_is_shown() {
    let book = xlsx(&[vec!["code", "name"], vec!["513202-zf", "白河县人民政府"]]);
    assert!(UnitList::read(&book, Some("单位")).is_ok());
    assert_eq!(
        UnitList::read(&book, Some("说明")).unwrap_err(),
        BadList::NoHead
    );
    let there = UnitList::read(&book, Some("x")).unwrap_err();
    assert_eq!(there, BadList::Sheet("说明, 单位".to_owned()));
}

#[test]
fn e2_a_file_that_is_no_list_is_refused() {
    let head = "code,name\n";
    let many = format!("{head}{}", "513202-zf,x\n".repeat(LIST_LINES_MAX + 1));
    let far = format!("{}{head}513202-zf,x\n", "title\n".repeat(10));
    for (what, bytes, why) in [
        ("nothing", b"".as_slice(), BadList::Empty),
        ("a head alone", head.as_bytes(), BadList::Empty),
        ("no head", b"513202-zf,x\n", BadList::NoHead),
        ("a head too far down", far.as_bytes(), BadList::NoHead),
        ("half a head", b"code,note\n513202-zf,x\n", BadList::NoHead),
        (
            "one head twice",
            b"code,name,\xe4\xbb\xa3\xe7\xa0\x81\n",
            BadList::HeadTwice("代码".to_owned()),
        ),
        ("too many lines", many.as_bytes(), BadList::TooManyLines),
        (
            "neither encoding",
            b"code,name\n\x80\xff\n",
            BadList::Encoding,
        ),
        ("utf-16", b"\xff\xfec\0", BadList::Utf16),
        (
            "an old workbook",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            BadList::OldWorkbook,
        ),
    ] {
        assert_eq!(UnitList::read(bytes, None).unwrap_err(), why, "{what}");
    }
    let named = UnitList::read(head.as_bytes(), Some("x"));
    assert_eq!(named.unwrap_err(), BadList::NoSheets);
    for (what, bytes) in [
        ("the beginning of an archive", b"PK\x03\x04".to_vec()),
        ("an archive of nothing", packed(&[])),
        ("an archive of something else", packed(&[("a.txt", b"x")])),
        ("not unicode", packed(&[("xl/workbook.xml", b"<a\xff/>")])),
        (
            "another encoding",
            packed(&[(
                "xl/workbook.xml",
                b"<?xml version='1.0' encoding = 'GBK'?><a/>",
            )]),
        ),
    ] {
        let refused = UnitList::read(&bytes, None);
        assert!(
            matches!(refused, Err(BadList::Workbook(_))),
            "{what}: {refused:?}"
        );
    }
}

#[test]
fn e2_a_bomb_is_refused_before_it_is_unpacked() {
    let zeros = vec![b' '; 33 << 20];
    let bomb = packed(&[("xl/worksheets/sheet1.xml", &zeros)]);
    assert!((bomb.len() as u64) < LIST_BYTES_MAX);
    assert_eq!(UnitList::read(&bomb, None).unwrap_err(), BadList::Unpacked);
    let half = &zeros[..17 << 20];
    let two = packed(&[("a.bin", half), ("b.bin", half)]);
    assert_eq!(UnitList::read(&two, None).unwrap_err(), BadList::Unpacked);
    for count in ["1000001", "99999999999999999", "000000000009999999"] {
        let texts = format!("<sst uniqueCount = \"{count}\"><si/></sst>");
        let book = packed(&[("xl/sharedStrings.xml", texts.as_bytes())]);
        assert_eq!(
            UnitList::read(&book, None).unwrap_err(),
            BadList::Unpacked,
            "{count}"
        );
    }
    let many: Vec<(String, &[u8])> = (0..1_001).map(|at| (at.to_string(), &b""[..])).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|(name, it)| (name.as_str(), *it)).collect();
    assert_eq!(
        UnitList::read(&packed(&many), None).unwrap_err(),
        BadList::Unpacked
    );
}

#[test]
fn e2_a_cell_in_the_last_corner_takes_no_room() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_string(0, 0, "code").unwrap();
    sheet.write_string(0, 1, "name").unwrap();
    sheet.write_string(1, 0, "513202-zf").unwrap();
    sheet.write_string(1, 1, "甲".repeat(30_000)).unwrap();
    sheet.write_string(1_048_575, 16_383, "x").unwrap();
    sheet.write_string(1_048_575, 0, "=1+1").unwrap();
    let list = UnitList::read(&book.save_to_buffer().unwrap(), None).unwrap();
    assert_eq!(list.units.len(), 2);
    assert_eq!(
        list.units[0].name.chars().count(),
        400,
        "longer than any name"
    );
    assert_eq!(list.units[1].line, 1_048_576);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = UnitList::read(&bytes, None);
        let _ = UnitList::read(&[b"PK\x03\x04", bytes.as_slice()].concat(), None);
        let _ = UnitList::read(&[b"code,name\n", bytes.as_slice()].concat(), None);
    }

    #[test]
    fn a_workbook_that_was_changed_never_panics(at in any::<usize>(), byte in any::<u8>()) {
        let mut book = xlsx(&[vec!["code", "name"], vec!["513202-zf", "白河县人民政府"]]);
        let at = at % book.len();
        book[at] = byte;
        let _ = UnitList::read(&book, None);
    }

    #[test]
    fn changed_markup_never_panics(
        which in 0_usize..5,
        at in any::<usize>(),
        byte in 0_u8..128,
    ) {
        let book = xlsx(&[vec!["code", "name"], vec!["513202-zf", "白河县人民政府"]]);
        let mut archive = zip::ZipArchive::new(Cursor::new(&book)).unwrap();
        let mut files: Vec<(String, Vec<u8>)> = Vec::new();
        for index in 0..archive.len() {
            let mut file = archive.by_index(index).unwrap();
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut file, &mut bytes).unwrap();
            files.push((file.name().unwrap().into_owned(), bytes));
        }
        let names = ["workbook.xml", "xml.rels", "sharedStrings.xml", "styles.xml", "sheet2.xml"];
        let chosen = files.iter_mut().rfind(|(name, _)| name.ends_with(names[which]));
        let (_, bytes) = chosen.unwrap();
        let at = at % bytes.len();
        bytes[at] = byte;
        let files = files.iter().map(|(name, it)| (name.as_str(), it.as_slice()));
        let files: Vec<(&str, &[u8])> = files.collect();
        let _ = UnitList::read(&packed(&files), None);
    }
}
