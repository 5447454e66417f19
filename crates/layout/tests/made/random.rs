//! Bytes at random: nothing panics, and what is damaged is never called clean.

use proptest::prelude::*;
use yichuan_layout::marks::Decision;
use yichuan_layout::{Limits, examine};

use super::paper::{Paper, PdfParts, docx, line};

/// Small limits, so that each of many files is soon done.
fn limits() -> Limits {
    Limits {
        expanded_bytes: 4 << 20,
        part_bytes: 1 << 20,
        work: 300_000,
        ..Limits::default()
    }
}

fn look(name: &str, bytes: &[u8]) -> Decision {
    let looked = examine(name, "", bytes, &limits());
    // Whoever asks for the words gets them, whatever the file was.
    for fault in &looked.format {
        assert!(!fault.zh().is_empty());
    }
    if let Err(why) = &looked.contents {
        assert!(!why.zh().is_empty() && !why.to_string().is_empty());
        assert_ne!(looked.marks.decision(None), Decision::Clean);
    }
    looked.marks.decision(None)
}

/// A file with some bytes changed, taken out or put in.
fn mutated(bytes: &[u8], changes: &[(usize, u8, u8)]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for (at, kind, value) in changes {
        if bytes.is_empty() {
            break;
        }
        let at = at % bytes.len();
        match kind % 4 {
            0 => bytes[at] = *value,
            1 => bytes[at] ^= 1 << (value % 8),
            2 => drop(bytes.drain(at..(at + usize::from(*value)).min(bytes.len()))),
            _ => bytes.insert(at, *value),
        }
    }
    bytes
}

fn changes() -> impl Strategy<Value = Vec<(usize, u8, u8)>> {
    prop::collection::vec(any::<(usize, u8, u8)>(), 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_looked_into_without_a_panic(
        magic in prop::sample::select(vec![
            &b""[..], b"PK\x03\x04", b"%PDF-1.7\n", b"<a>", b"\xff\xfe",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        ]),
        bytes in prop::collection::vec(any::<u8>(), 0..600),
        name in prop::sample::select(vec!["a.ofd", "a.pdf", "a.docx", "a.zip", "a", "机密.doc"]),
    ) {
        look(name, &[magic, &bytes].concat());
    }

    #[test]
    fn a_damaged_package_is_looked_into_without_a_panic(changes in changes()) {
        look("a.ofd", &mutated(&Paper::notice().ofd(), &changes));
        look("a.docx", &mutated(&docx(&["机密★5年"]), &changes));
    }

    #[test]
    fn a_damaged_pdf_is_looked_into_without_a_panic(changes in changes()) {
        look("a.pdf", &mutated(&Paper::notice().pdf(&PdfParts::default()), &changes));
    }

    #[test]
    fn damaged_parts_in_a_whole_package_are_looked_into_without_a_panic(
        changes in changes(), part in 0_usize..5,
    ) {
        let mut parts = Paper::notice().parts();
        parts[part].1 = mutated(&parts[part].1, &changes);
        look("a.ofd", &super::paper::package(&parts));
    }

    #[test]
    fn operators_in_any_order_do_not_break_a_page(
        words in prop::collection::vec(prop::sample::select(vec![
            "q", "Q", "BT", "ET", "Tj", "TJ", "'", "\"", "Td", "TD", "Tm", "T*", "Tf", "/F1", "12",
            "-1e3", "0", "1", "99999999", "(a)", "<673A5BC6>", "[(a) -200 <26>]", "cm", "re", "f",
            "S", "n", "Do", "/X1", "gs", "BDC", "EMC", "<</A 1>>", "rg", "BI", "ID", "EI", "Tr",
        ]), 0..80),
    ) {
        let parts = PdfParts { operators: format!("{}\n", words.join(" ")), ..PdfParts::default() };
        look("a.pdf", &Paper::notice().pdf(&parts));
    }

    #[test]
    fn f2_a_mark_with_anything_invisible_in_it_is_refused(
        level in prop::sample::select(vec!["机密", "绝密", "秘密"]),
        star in prop::sample::select(vec!["★", "☆", "*", "＊", "⭐"]),
        gaps in prop::collection::vec(prop::sample::select(vec![
            "", " ", "\u{3000}", "\u{200b}", "\u{feff}", "\u{ad}", "\u{2009}", "\u{fe0f}",
            "\u{202e}",
        ]), 6),
        period in prop::sample::select(vec!["", "5年", "三个月", "长期", "2030年1月1日", "公布前"]),
        page in 0_usize..2,
    ) {
        let mut text = String::new();
        for (sign, gap) in format!("{level}{star}{period}").chars().zip(gaps.iter().cycle()) {
            text.push(sign);
            text.push_str(gap);
        }
        let paper = Paper::notice().with(page, line(&text, 47.6));
        prop_assert_eq!(look("a.ofd", &paper.ofd()), Decision::Refuse, "{:?}", text);
    }
}
