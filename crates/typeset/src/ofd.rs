//! The pages as an OFD package (GB/T 33190), fonts embedded, elements pointed out (GB/T 33476).
//!
//! The same pages give the same bytes: entries have no time, the document's id is a digest of what
//! is in it, and its date is its own.

mod font;
mod tags;

use std::io::{Cursor, Write as _};

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::fonts::Fonts;
use crate::measures::PAPER;
use crate::refusal::Refused;
use crate::sheet::{Page, Rule, Set, Text};
use font::Reduced;
use tags::Pointers;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const SPACE: &str = "xmlns:ofd=\"http://www.ofdspec.org/2016\"";
const CREATOR: &str = "Yichuan";
/// Of an em, how much of a text's box lies above its base line and below it, and beside it.
const BOX_ABOVE: f64 = 1.0;
const BOX_BELOW: f64 = 0.3;
const BOX_BESIDE: f64 = 0.3;
/// The issuer's red, as every office's printer has it.
const RED: &str = "255 0 0";
const BLACK: &str = "0 0 0";

/// Ids of the document's units, given in order.
struct Ids(u32);

impl Ids {
    const fn next(&mut self) -> u32 {
        self.0 += 1;
        self.0
    }
}

/// The package. `date` is the document's, as `2026-01-05`.
pub(crate) fn write(set: &Set, date: &str, fonts: &Fonts<'_>) -> Result<Vec<u8>, Refused> {
    let mut ids = Ids(0);
    let reduced = font::reduce(set, fonts)?;
    let font_ids: Vec<u32> = reduced.iter().map(|_| ids.next()).collect();
    let mut pointers = Pointers::default();
    let mut pages = Vec::new();
    for page in &set.pages {
        let page_id = ids.next();
        let content = content(page, page_id, &font_ids, &reduced, &mut ids, &mut pointers);
        pages.push((page_id, content));
    }
    let mut entries: Vec<(String, Vec<u8>)> = vec![
        ("Doc_0/Document.xml".into(), document(&pages, &ids).into()),
        (
            "Doc_0/PublicRes.xml".into(),
            resources(&reduced, &font_ids).into(),
        ),
    ];
    for (place, (_, content)) in pages.into_iter().enumerate() {
        let name = format!("Doc_0/Pages/Page_{place}/Content.xml");
        entries.push((name, content.into()));
    }
    for (font, id) in reduced.into_iter().zip(&font_ids) {
        if let Some(bytes) = font.bytes {
            entries.push((format!("Doc_0/Res/font_{id}.otf"), bytes));
        }
    }
    entries.push(("Doc_0/Tags/CustomTags.xml".into(), tags::list().into()));
    entries.push((
        "Doc_0/Tags/Tag_OfficeDoc.xml".into(),
        tags::file(&pointers).into(),
    ));
    let entry = entry(set, date, &entries);
    entries.insert(0, ("OFD.xml".into(), entry.into()));
    pack(&entries).ok_or(Refused::Embedding)
}

fn pack(entries: &[(String, Vec<u8>)]) -> Option<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    for (name, bytes) in entries {
        zip.start_file(name.as_str(), options).ok()?;
        zip.write_all(bytes).ok()?;
    }
    Some(zip.finish().ok()?.into_inner())
}

/// `OFD.xml`.
fn entry(set: &Set, date: &str, entries: &[(String, Vec<u8>)]) -> String {
    let mut digest = Sha256::new();
    for (name, bytes) in entries {
        digest.update((name.len() as u64).to_be_bytes());
        digest.update(name);
        digest.update((bytes.len() as u64).to_be_bytes());
        digest.update(bytes);
    }
    let id = &HEXLOWER.encode(&digest.finalize())[..32];
    let title = escaped(&set.title);
    let author = escaped(&set.issuer);
    format!(
        "{HEAD}<ofd:OFD {SPACE} Version=\"1.0\" DocType=\"OFD\"><ofd:DocBody><ofd:DocInfo>\
         <ofd:DocID>{id}</ofd:DocID><ofd:Title>{title}</ofd:Title><ofd:Author>{author}</ofd:Author>\
         <ofd:CreationDate>{date}</ofd:CreationDate><ofd:Creator>{CREATOR}</ofd:Creator>\
         </ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>\n"
    )
}

fn document(pages: &[(u32, String)], ids: &Ids) -> String {
    let mut text = format!(
        "{HEAD}<ofd:Document {SPACE}><ofd:CommonData><ofd:MaxUnitID>{}</ofd:MaxUnitID>\
         <ofd:PageArea><ofd:PhysicalBox>0 0 {} {}</ofd:PhysicalBox></ofd:PageArea>\
         <ofd:PublicRes>PublicRes.xml</ofd:PublicRes></ofd:CommonData><ofd:Pages>",
        ids.0, PAPER.0, PAPER.1
    );
    for (place, (id, _)) in pages.iter().enumerate() {
        text.push_str(&format!(
            "<ofd:Page ID=\"{id}\" BaseLoc=\"Pages/Page_{place}/Content.xml\"/>"
        ));
    }
    text.push_str(
        "</ofd:Pages><ofd:CustomTags>Tags/CustomTags.xml</ofd:CustomTags></ofd:Document>\n",
    );
    text
}

fn resources(fonts: &[Reduced], ids: &[u32]) -> String {
    let mut text = format!("{HEAD}<ofd:Res {SPACE} BaseLoc=\"Res\"><ofd:Fonts>");
    for (font, id) in fonts.iter().zip(ids) {
        if font.bytes.is_none() {
            continue;
        }
        let family = escaped(&font.family);
        text.push_str(&format!(
            "<ofd:Font ID=\"{id}\" FontName=\"{family}\" FamilyName=\"{family}\">\
             <ofd:FontFile>font_{id}.otf</ofd:FontFile></ofd:Font>"
        ));
    }
    text.push_str("</ofd:Fonts></ofd:Res>\n");
    text
}

fn content(
    page: &Page,
    page_id: u32,
    font_ids: &[u32],
    fonts: &[Reduced],
    ids: &mut Ids,
    pointers: &mut Pointers,
) -> String {
    let layer = ids.next();
    let mut text = format!(
        "{HEAD}<ofd:Page {SPACE}><ofd:Area><ofd:PhysicalBox>0 0 {} {}</ofd:PhysicalBox></ofd:Area>\
         <ofd:Content><ofd:Layer ID=\"{layer}\" Type=\"Body\">",
        PAPER.0, PAPER.1
    );
    for rule in &page.rules {
        text.push_str(&path(rule, ids.next()));
    }
    for run in &page.texts {
        let id = ids.next();
        if let Some(element) = run.element {
            pointers.add(element, page_id, id);
        }
        if let (Some(font_id), Some(font)) = (font_ids.get(run.font), fonts.get(run.font)) {
            text.push_str(&object(run, id, *font_id, font));
        }
    }
    text.push_str("</ofd:Layer></ofd:Content></ofd:Page>\n");
    text
}

/// A number of millimetres to the thousandth.
fn mm(number: f64) -> String {
    let text = format!("{number:.3}");
    let short = text.trim_end_matches('0').trim_end_matches('.');
    if short.is_empty() || short == "-0" {
        "0".to_owned()
    } else {
        short.to_owned()
    }
}

fn object(text: &Text, id: u32, font_id: u32, font: &Reduced) -> String {
    let size = text.size;
    let last = text.signs.last().map_or(0.0, |last| last.at + last.advance);
    let boundary = [
        text.x,
        text.y - BOX_ABOVE * size,
        last + BOX_BESIDE * size,
        (BOX_ABOVE + BOX_BELOW) * size,
    ];
    let boundary = boundary.map(mm).join(" ");
    let stretch = text.stretch;
    let squeezed = if (stretch - 1.0).abs() > 1e-9 {
        format!(" CTM=\"{stretch:.5} 0 0 1 0 0\"")
    } else {
        String::new()
    };
    let deltas: Vec<String> = text
        .signs
        .windows(2)
        .map(|pair| mm((pair[1].at - pair[0].at) / stretch))
        .collect();
    let deltas = if deltas.is_empty() {
        String::new()
    } else {
        format!(" DeltaX=\"{}\"", repeated(&deltas))
    };
    let color = if text.is_red {
        format!("<ofd:FillColor Value=\"{RED}\"/>")
    } else {
        String::new()
    };
    let count = text.signs.len();
    let glyphs: Vec<String> = text
        .signs
        .iter()
        .map(|sign| font.glyph(sign.glyph).to_string())
        .collect();
    let glyphs = glyphs.join(" ");
    let words: String = text.signs.iter().map(|sign| sign.sign).collect();
    let words = escaped(&words);
    let (size_text, y) = (mm(size), mm(BOX_ABOVE * size));
    format!(
        "<ofd:TextObject ID=\"{id}\" Boundary=\"{boundary}\"{squeezed} Font=\"{font_id}\" \
         Size=\"{size_text}\">{color}<ofd:CGTransform CodePosition=\"0\" CodeCount=\"{count}\" \
         GlyphCount=\"{count}\"><ofd:Glyphs>{glyphs}</ofd:Glyphs></ofd:CGTransform>\
         <ofd:TextCode X=\"0\" Y=\"{y}\"{deltas}>{words}</ofd:TextCode></ofd:TextObject>"
    )
}

/// Distances, three and more alike written as `g 3 5.569`.
fn repeated(deltas: &[String]) -> String {
    let mut words: Vec<String> = Vec::new();
    for alike in deltas.chunk_by(|one, other| one == other) {
        match alike {
            [one, _, _, ..] => words.push(format!("g {} {one}", alike.len())),
            _ => words.extend(alike.iter().cloned()),
        }
    }
    words.join(" ")
}

fn path(rule: &Rule, id: u32) -> String {
    let half = rule.width / 2.0;
    let (width, height) = (rule.to.0 - rule.from.0, rule.to.1 - rule.from.1);
    let is_across = width > height;
    let (beside, above) = if is_across { (0.0, half) } else { (half, 0.0) };
    let boundary = [
        rule.from.0 - beside,
        rule.from.1 - above,
        width + 2.0 * beside,
        height + 2.0 * above,
    ];
    let boundary = boundary.map(mm).join(" ");
    let color = if rule.is_red { RED } else { BLACK };
    let line = mm(rule.width);
    let from = [beside, above].map(mm).join(" ");
    let to = [beside + width, above + height].map(mm).join(" ");
    format!(
        "<ofd:PathObject ID=\"{id}\" Boundary=\"{boundary}\" LineWidth=\"{line}\">\
         <ofd:StrokeColor Value=\"{color}\"/>\
         <ofd:AbbreviatedData>M {from} L {to}</ofd:AbbreviatedData></ofd:PathObject>"
    )
}

/// Text as XML has it.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            sign => escaped.push(sign),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_never_minus_nothing() {
        let cases = [
            (0.0, "0"),
            (-0.0001, "0"),
            (5.5, "5.5"),
            (10.0, "10"),
            (210.1234, "210.123"),
            (-1.25, "-1.25"),
        ];
        for (number, text) in cases {
            assert_eq!(mm(number), text, "{number}");
        }
    }

    #[test]
    fn distances_that_repeat_are_written_once() {
        let deltas = |text: &str| -> Vec<String> { text.split(' ').map(str::to_owned).collect() };
        assert_eq!(repeated(&deltas("5 5 5 2 2 7")), "g 3 5 2 2 7");
        assert_eq!(repeated(&deltas("1")), "1");
    }

    #[test]
    fn what_xml_reads_as_markup_is_escaped() {
        assert_eq!(escaped("a<b>&\"c"), "a&lt;b&gt;&amp;&quot;c");
    }
}
