//! What font files say of themselves, on files made here.
#![expect(clippy::cast_possible_truncation, reason = "fonts made here are small")]

use std::io;

use yichuan_typeface::{FaceInfo, NotAFont, describe};

/// A font of a `name`, a `head` and an `OS/2` table, and nothing else.
fn font(names: &[(u16, &str)], weight: u16, style: u16) -> Vec<u8> {
    let mut strings = Vec::new();
    let mut table = Vec::new();
    for word in [0_u16, names.len() as u16, 6 + 12 * names.len() as u16] {
        table.extend(word.to_be_bytes());
    }
    for (id, name) in names {
        let at = strings.len() as u16;
        strings.extend(name.encode_utf16().flat_map(u16::to_be_bytes));
        let length = strings.len() as u16 - at;
        for word in [3_u16, 1, 0x804, *id, length, at] {
            table.extend(word.to_be_bytes());
        }
    }
    table.extend(strings);
    let mut os2 = vec![0; 78];
    os2[4..6].copy_from_slice(&weight.to_be_bytes());
    let mut head = vec![0; 54];
    head[..4].copy_from_slice(&[0, 1, 0, 0]);
    head[44..46].copy_from_slice(&style.to_be_bytes());
    let tables: [(&[u8; 4], Vec<u8>); 3] = [(b"OS/2", os2), (b"head", head), (b"name", table)];
    let mut made = vec![0, 1, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0];
    let mut at = 12 + 16 * 3;
    for (tag, table) in &tables {
        made.extend_from_slice(*tag);
        made.extend([0; 4]);
        made.extend((at as u32).to_be_bytes());
        made.extend((table.len() as u32).to_be_bytes());
        at += table.len();
    }
    made.extend(tables.into_iter().flat_map(|(_, table)| table));
    made
}

fn described(bytes: &[u8]) -> Result<Vec<FaceInfo>, NotAFont> {
    describe("a", &mut |at, length| {
        let at = usize::try_from(at).expect("a small file");
        let part = bytes.get(at..at.saturating_add(length));
        part.map(<[u8]>::to_vec)
            .ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    })
}

#[test]
fn names_weight_and_slant_are_read() {
    let made = font(
        &[
            (1, "宋体"),
            (2, "Bold"),
            (4, "宋体 Bold"),
            (6, "SimSun-Bold"),
        ],
        400,
        3,
    );
    let faces = described(&made).unwrap();
    assert_eq!(faces.len(), 1);
    assert_eq!(faces[0].families, ["宋体"]);
    assert_eq!(faces[0].names, ["宋体 Bold", "SimSun-Bold"]);
    assert_eq!(faces[0].weight, 700, "a bold font that says 400 is bold");
    assert!(faces[0].italic);
}

#[test]
fn every_font_of_a_collection_is_described() {
    let one = font(&[(1, "Song")], 250, 0);
    let mut made = b"ttcf\0\x01\0\0\0\0\0\x02".to_vec();
    // Offsets of tables count from the file's start, so that both are the same font at its place.
    let start = 20_u32;
    made.extend(start.to_be_bytes());
    made.extend(start.to_be_bytes());
    let mut shifted = one.clone();
    for entry in 0..3 {
        let at = 12 + 16 * entry + 8;
        let offset = u32::from_be_bytes(shifted[at..at + 4].try_into().unwrap()) + start;
        shifted[at..at + 4].copy_from_slice(&offset.to_be_bytes());
    }
    made.extend(shifted);
    let faces = described(&made).unwrap();
    let indices: Vec<u32> = faces.iter().map(|face| face.source.index).collect();
    assert_eq!(indices, [0, 1]);
    assert!(
        faces
            .iter()
            .all(|face| face.families == ["Song"] && face.weight == 250)
    );
}

#[test]
fn e2_damaged_fonts_are_refused_and_never_read_far() {
    let good = font(&[(1, "Song"), (4, "Song")], 400, 0);
    assert!(matches!(described(b"PK\x03\x04....."), Err(NotAFont::Form)));
    for cut in 0..good.len() {
        let faces = described(&good[..cut]);
        assert!(faces.is_err() || faces.unwrap().len() == 1, "{cut}");
    }
    for at in 0..good.len() {
        for value in [0, 0x7f, 0xff] {
            let mut bad = good.clone();
            bad[at] = value;
            let mut asked = 0;
            let _either = describe("a", &mut |from, length| {
                asked += length;
                let from = usize::try_from(from).unwrap();
                let part = bad.get(from..from.saturating_add(length));
                part.map(<[u8]>::to_vec)
                    .ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
            });
            assert!(asked < 64 << 20, "{at} {value}");
        }
    }
}
