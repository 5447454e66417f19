//! Makes OFD packages of one page.

use std::io::{Cursor, Write as _};

use yichuan_picture::{Picture, page};
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

use crate::fonts::faces;

/// A page of 100 by 50 millimetres.
#[derive(Default)]
pub(crate) struct Sheet {
    /// What is on it.
    pub(crate) layer: String,
    /// More of `CommonData`, of `Document.xml`, of the page, of the resources.
    pub(crate) common: String,
    pub(crate) document: String,
    pub(crate) page: String,
    pub(crate) resources: String,
    /// More entries.
    pub(crate) entries: Vec<(String, Vec<u8>)>,
}

const SPACE: &str = "xmlns:ofd=\"http://www.ofdspec.org/2016\"";

pub(crate) fn zipped(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut package = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in entries {
        package.start_file(name.as_str(), options).expect("a name");
        package.write_all(bytes).expect("it is in memory");
    }
    package.finish().expect("it is in memory").into_inner()
}

/// A part in the namespace of OFD.
pub(crate) fn part(name: &str, inside: &str) -> Vec<u8> {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><ofd:{name} {SPACE}>{inside}</ofd:{name}>")
        .replace("<_", "<ofd:")
        .replace("</_", "</ofd:")
        .into_bytes()
}

/// A part whose elements are written with `_` for the prefix.
impl Sheet {
    pub(crate) fn of(layer: &str) -> Self {
        Self {
            layer: layer.to_owned(),
            ..Self::default()
        }
    }

    pub(crate) fn ofd(&self) -> Vec<u8> {
        let body = "<_DocBody><_DocInfo/><_DocRoot>D/Document.xml</_DocRoot></_DocBody>";
        let document = format!(
            "<_CommonData><_MaxUnitID>99</_MaxUnitID><_PageArea><_PhysicalBox>0 0 100 50\
             </_PhysicalBox></_PageArea><_DocumentRes>Res.xml</_DocumentRes>{}</_CommonData>\
             <_Pages><_Page ID=\"1\" BaseLoc=\"Page.xml\"/></_Pages>{}",
            self.common, self.document
        );
        let page = format!(
            "{}<_Content><_Layer ID=\"2\">{}</_Layer></_Content>",
            self.page, self.layer
        );
        let fonts = "<_Fonts><_Font ID=\"5\" FontName=\"宋体\"/></_Fonts>";
        let mut entries = vec![
            ("OFD.xml".to_owned(), part("OFD", body)),
            ("D/Document.xml".to_owned(), part("Document", &document)),
            ("D/Page.xml".to_owned(), part("Page", &page)),
            (
                "D/Res.xml".to_owned(),
                part("Res", &format!("{fonts}{}", self.resources)),
            ),
        ];
        entries.extend(self.entries.iter().cloned());
        zipped(&entries)
    }

    /// The page, ten pixels to the millimetre.
    pub(crate) fn drawn(&self) -> Picture {
        page(&self.ofd(), 0, 1_000, faces()).expect("it can be drawn")
    }
}

/// The colour at a place in millimetres.
pub(crate) fn at(picture: &Picture, x: f64, y: f64) -> [u8; 3] {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "places on a small page"
    )]
    let (x, y) = ((x * 10.0) as usize, (y * 10.0) as usize);
    let start = (y * picture.width as usize + x) * 4;
    let pixel = &picture.rgba[start..start + 3];
    [pixel[0], pixel[1], pixel[2]]
}

/// How many pixels in a rectangle, in millimetres, are darker than half.
pub(crate) fn dark(
    picture: &Picture,
    (left, top): (u32, u32),
    (right, bottom): (u32, u32),
) -> usize {
    let mut count = 0;
    for y in top * 10..bottom * 10 {
        for x in left * 10..right * 10 {
            let start = (y as usize * picture.width as usize + x as usize) * 4;
            count += usize::from(
                picture.rgba[start..start + 3]
                    .iter()
                    .all(|part| *part < 128),
            );
        }
    }
    count
}
