//! Fonts made for tests: every character is a box as wide and as high as Chinese letters are, so
//! that tests need no font of the computer and know where ink ends.

use std::io;
use std::sync::Arc;

use yichuan_typeface::{Bytes, FaceInfo, FaceSource, Faces, FontBytes};

/// Characters that the made fonts have.
const RANGES: [(u32, u32); 7] = [
    (0x20, 0x7e),
    (0xb7, 0xb7),
    (0x2010, 0x2033),
    (0x2605, 0x2605),
    (0x3000, 0x3017),
    (0x4e00, 0x9fa5),
    (0xff01, 0xff5e),
];

const EM: i16 = 1000;

/// Faces for every role that a document has.
pub(crate) fn faces() -> Faces {
    struct One(Arc<Vec<u8>>);
    impl FontBytes for One {
        fn load(&self, _: &FaceSource) -> io::Result<Bytes> {
            Ok(self.0.clone())
        }
    }
    let names = ["方正小标宋简体", "仿宋", "楷体", "黑体", "宋体"];
    let faces = names.iter().zip(0..).map(|(name, index)| FaceInfo {
        families: vec![(*name).to_owned()],
        names: vec![(*name).to_owned()],
        weight: 400,
        italic: false,
        source: FaceSource {
            id: format!("made-{index}"),
            index: 0,
        },
    });
    Faces::new(faces.collect(), One(Arc::new(font())))
}

fn words(numbers: &[i16]) -> Vec<u8> {
    numbers
        .iter()
        .flat_map(|number| number.to_be_bytes())
        .collect()
}

/// A box as a simple glyph.
fn outline(width: i16) -> Vec<u8> {
    let (left, bottom, right, top) = (50, -80, width - 50, 840);
    let mut glyph = words(&[1, left, bottom, right, top, 3, 0]);
    glyph.extend([1_u8; 4]);
    glyph.extend(words(&[left, right - left, 0, left - right]));
    glyph.extend(words(&[bottom, 0, top - bottom, 0]));
    glyph
}

/// The font: half an em for ASCII, a whole one for all others.
fn font() -> Vec<u8> {
    let mut groups = Vec::new();
    let mut widths: Vec<i16> = vec![EM];
    for (first, last) in RANGES {
        let glyph = u32::try_from(widths.len()).expect("it fits");
        groups.push([first, last, glyph]);
        let width = if last < 0x80 { EM / 2 } else { EM };
        widths.resize(widths.len() + (last - first + 1) as usize, width);
    }
    let count = u16::try_from(widths.len()).expect("it fits");
    let (mut glyf, mut loca, mut hmtx) = (Vec::new(), Vec::new(), Vec::new());
    for width in &widths {
        loca.extend(u32::try_from(glyf.len()).expect("it fits").to_be_bytes());
        glyf.extend(outline(*width));
        hmtx.extend(words(&[*width, 50]));
    }
    loca.extend(u32::try_from(glyf.len()).expect("it fits").to_be_bytes());
    let mut cmap = words(&[0, 1, 3, 10, 0, 12, 12, 0]);
    for number in [16 + 12 * groups.len(), 0, groups.len()] {
        cmap.extend(u32::try_from(number).expect("it fits").to_be_bytes());
    }
    cmap.extend(
        groups
            .iter()
            .flatten()
            .flat_map(|number| number.to_be_bytes()),
    );
    let mut head = words(&[1, 0, 1, 0, 0, 0]);
    head.extend(0x5f0f_3cf5_u32.to_be_bytes());
    head.extend(words(&[0, EM]));
    head.extend([0; 16]);
    head.extend(words(&[0, -80, EM, 840, 0, 8, 2, 1, 0]));
    let mut hhea = words(&[1, 0, 880, -120, 0, EM, 0, 0, EM, 1, 0, 0, 0, 0, 0, 0, 0]);
    hhea.extend(count.to_be_bytes());
    let mut maxp = words(&[1, 0]);
    maxp.extend(count.to_be_bytes());
    maxp.extend(words(&[4, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]));
    let mut post = words(&[3, 0]);
    post.extend([0; 28]);
    let name = name();
    assemble(&[
        (*b"cmap", cmap),
        (*b"glyf", glyf),
        (*b"head", head),
        (*b"hhea", hhea),
        (*b"hmtx", hmtx),
        (*b"loca", loca),
        (*b"maxp", maxp),
        (*b"name", name),
        (*b"post", post),
    ])
}

fn name() -> Vec<u8> {
    let text: Vec<u8> = "Made".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let length = i16::try_from(text.len()).expect("it fits");
    let mut table = words(&[0, 2, 30]);
    for id in [1, 6] {
        table.extend(words(&[3, 1, 0x409, id, length, 0]));
    }
    table.extend(text);
    table
}

fn assemble(tables: &[([u8; 4], Vec<u8>)]) -> Vec<u8> {
    let count = u16::try_from(tables.len()).expect("it fits");
    let mut font = 0x0001_0000_u32.to_be_bytes().to_vec();
    font.extend([count, 128, 3, 16].into_iter().flat_map(u16::to_be_bytes));
    let mut offset = 12 + 16 * tables.len();
    let mut body = Vec::new();
    for (tag, table) in tables {
        font.extend(tag);
        for number in [0, offset, table.len()] {
            font.extend(u32::try_from(number).expect("it fits").to_be_bytes());
        }
        body.extend(table);
        body.resize(body.len().next_multiple_of(4), 0);
        offset = 12 + 16 * tables.len() + body.len();
    }
    font.extend(body);
    font
}
