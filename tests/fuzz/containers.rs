//! What the targets share: containers that are whole around parts that are not, and the question
//! that every file is asked.
//!
//! A bit that changes in a package spoils a checksum, and a byte that is put into a PDF moves every
//! object behind it. What mutates raw bytes seldom gets past that, so here the input is only the
//! parts, and the container is written around them.
//!
//! Parts are divided by two record separators of ASCII; in a part, what stands before the first
//! unit separator is its head.

use std::collections::BTreeSet;

use yichuan_document::Classification;
use yichuan_layout::marks::Decision;
use yichuan_layout::{Limits, examine};

/// What divides two parts.
const RECORDS: &[u8] = b"\x1e\x1e";
/// What ends the head of a part.
const UNIT: u8 = 0x1f;
/// The most parts that are written.
const PARTS_MAX: usize = 200;

/// Looks into a file as a unit's program does, and holds what it promises of every file: one that
/// could not be read is never clean, and whoever asks for words gets some.
pub fn look(name: &str, bytes: &[u8]) {
    let looked = examine(name, "", bytes, &Limits::default());
    for fault in &looked.format {
        assert!(!fault.zh().is_empty());
    }
    if let Err(why) = &looked.contents {
        assert!(!why.zh().is_empty() && !why.to_string().is_empty());
        assert_ne!(looked.marks.decision(None), Decision::Clean);
    }
    for is_main in [true, false] {
        looked.outcomes(Classification::Internal, is_main);
    }
}

/// A ZIP whose entries are stored, with right sizes and checksums: the head of a part is its name.
/// Of two parts with one name the first is written.
pub fn package(input: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut directory = Vec::new();
    let mut names = BTreeSet::new();
    for (name, content) in parts(input) {
        let content = content.unwrap_or_default();
        let Ok(name_bytes) = u16::try_from(name.len()) else {
            continue;
        };
        if !names.insert(name) {
            continue;
        }
        let offset = size(bytes.len());
        let mut about = Vec::new();
        for number in [20_u16, 1 << 11, 0, 0, 0x21] {
            about.extend_from_slice(&number.to_le_bytes());
        }
        for number in [crc32(content), size(content.len()), size(content.len())] {
            about.extend_from_slice(&number.to_le_bytes());
        }
        about.extend_from_slice(&name_bytes.to_le_bytes());
        about.extend_from_slice(&[0; 2]);
        for part in [&b"PK\x03\x04"[..], &about, name, content] {
            bytes.extend_from_slice(part);
        }
        for part in [&b"PK\x01\x02\x14\0"[..], &about, &[0; 10]] {
            directory.extend_from_slice(part);
        }
        directory.extend_from_slice(&offset.to_le_bytes());
        directory.extend_from_slice(name);
    }
    let start = size(bytes.len());
    let entries = u16::try_from(names.len()).unwrap_or(u16::MAX);
    bytes.extend_from_slice(&directory);
    bytes.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    bytes.extend_from_slice(&entries.to_le_bytes());
    bytes.extend_from_slice(&entries.to_le_bytes());
    bytes.extend_from_slice(&size(directory.len()).to_le_bytes());
    bytes.extend_from_slice(&start.to_le_bytes());
    bytes.extend_from_slice(&[0; 2]);
    bytes
}

/// A PDF with right cross-references and lengths. A part without a head is an object; where there
/// is one, it is what stands in the dictionary of a stream. The first object is the catalog, the
/// third what the document says about itself.
pub fn pdf(input: &[u8]) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    let mut table = "0000000000 65535 f \n".to_owned();
    let mut count = 1;
    for (head, content) in parts(input) {
        table += &format!("{:010} 00000 n \n", bytes.len());
        bytes.extend_from_slice(format!("{count} 0 obj\n").as_bytes());
        match content {
            None => bytes.extend_from_slice(head),
            Some(content) => {
                let length = format!("/Length {}>>\nstream\n", content.len());
                for part in [b"<<", head, length.as_bytes(), content, b"\nendstream"] {
                    bytes.extend_from_slice(part);
                }
            }
        }
        bytes.extend_from_slice(b"\nendobj\n");
        count += 1;
    }
    let start = bytes.len();
    let end = format!(
        "xref\n0 {count}\n{table}trailer\n<</Size {count}/Root 1 0 R/Info 3 0 R>>\n\
         startxref\n{start}\n%%EOF\n"
    );
    bytes.extend_from_slice(end.as_bytes());
    bytes
}

/// The parts of an input: what stands before the first unit separator, and what follows it.
fn parts(input: &[u8]) -> Vec<(&[u8], Option<&[u8]>)> {
    let mut parts = Vec::new();
    let mut rest = Some(input);
    while let Some(input) = rest.filter(|_| parts.len() < PARTS_MAX) {
        let end = input.windows(RECORDS.len()).position(|two| two == RECORDS);
        let part = &input[..end.unwrap_or(input.len())];
        rest = end.map(|end| &input[end + RECORDS.len()..]);
        let head = part.iter().position(|byte| *byte == UNIT);
        parts.push(match head {
            Some(head) => (&part[..head], Some(&part[head + 1..])),
            None => (part, None),
        });
    }
    parts
}

/// A length as a package writes it; no input is so long that it does not fit.
fn size(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// The checksum of ISO 3309, as packages have it.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        CRC_OF_BYTE[usize::from(crc.to_le_bytes()[0] ^ byte)] ^ (crc >> 8)
    })
}

const CRC_OF_BYTE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 {
                0xedb8_8320 ^ (crc >> 1)
            } else {
                crc >> 1
            };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_of_parts_is_read() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        let bytes = package(b"a.txt\x1fone\x1e\x1eb.txt\x1ftwo\x1e\x1ea.txt\x1fthree");
        let looked = examine("a.zip", "", &bytes, &Limits::default());
        let contents = looked.contents.expect("it is a package");
        let names: Vec<_> = contents.attachments.iter().map(|file| &file.name).collect();
        assert_eq!(names, ["a.txt", "b.txt"]);
    }

    #[test]
    fn a_pdf_of_objects_is_read() {
        let bytes = pdf(
            b"<</Pages 2 0 R>>\x1e\x1e<</Kids[4 0 R]/Count 1>>\x1e\x1e<<>>\x1e\x1e\
            <</Type/Page/MediaBox[0 0 595 842]/Contents 5 0 R>>\x1e\x1e\x1fq Q",
        );
        let looked = examine("a.pdf", "", &bytes, &Limits::default());
        assert_eq!(looked.contents.expect("it is a PDF").pages.len(), 1);
    }
}
