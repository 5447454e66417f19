//! Makes small documents, as OFD and as PDF, of which one thing can be made wrong.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

/// 3号 in millimetres.
pub(crate) const TEXT: f64 = 5.644;

/// A line of text on a page.
#[derive(Clone)]
pub(crate) struct Piece {
    pub(crate) text: String,
    pub(crate) x: f64,
    /// The upper edge of its letters.
    pub(crate) top: f64,
    pub(crate) size: f64,
    /// More attributes of the text object, as ` Visible="false"`.
    pub(crate) attributes: String,
    /// More elements in it, as a colour.
    pub(crate) inside: String,
}

/// A document.
#[derive(Clone)]
pub(crate) struct Paper {
    pub(crate) pages: Vec<Vec<Piece>>,
    pub(crate) size: (f64, f64),
    pub(crate) red_line: bool,
    /// More of `DocInfo`, of `DocBody`, of `Document.xml`, of the first page.
    pub(crate) info: String,
    pub(crate) body: String,
    pub(crate) document: String,
    pub(crate) first_page: String,
    /// How many bodies `OFD.xml` lists.
    pub(crate) bodies: usize,
    /// More entries.
    pub(crate) entries: Vec<(String, Vec<u8>)>,
    pub(crate) resources: String,
}

pub(crate) fn piece(text: &str, x: f64, top: f64, size: f64) -> Piece {
    Piece {
        text: text.to_owned(),
        x,
        top,
        size,
        attributes: String::new(),
        inside: String::new(),
    }
}

/// A line of text of the usual size at the left edge of the type area.
pub(crate) fn line(text: &str, top: f64) -> Piece {
    piece(text, 28.0, top, TEXT)
}

impl Paper {
    /// A notice of two pages that keeps every rule.
    pub(crate) fn notice() -> Self {
        let mut first = vec![
            piece("江州市人民政府文件", 50.0, 72.0, 12.0),
            piece("江政发〔2026〕12号", 80.0, 104.0, TEXT),
            piece("关于做好汛期值班工作的通知", 55.0, 140.0, 7.76),
            line("各县（区）人民政府，市政府各部门：", 163.0),
        ];
        let text = "　　为切实做好今年汛期值班工作，确保信息畅通，现就有关";
        first.extend((0..6).map(|row| line(text, 173.5 + 10.35 * f64::from(row))));
        first.push(piece("— 1 —", 160.0, 270.0, 4.94));
        let second = vec![
            line("事项通知如下，请认真贯彻执行。", 37.5),
            line("　　附件：1.值班安排表", 58.0),
            line("　　　　　2.联系电话", 68.5),
            line("江州市人民政府", 120.0),
            line("2026年1月5日", 130.5),
            line("　江州市人民政府办公室　　　2026年1月6日印发", 250.0),
            piece("— 2 —", 30.0, 270.0, 4.94),
        ];
        Self {
            pages: vec![first, second],
            size: (210.0, 297.0),
            red_line: true,
            info: String::new(),
            body: String::new(),
            document: String::new(),
            first_page: String::new(),
            bodies: 1,
            entries: Vec::new(),
            resources: "PublicRes.xml".to_owned(),
        }
    }

    /// The same with another piece on a page, from 0.
    pub(crate) fn with(mut self, page: usize, piece: Piece) -> Self {
        self.pages[page].push(piece);
        self
    }

    /// The same with one text in another's place.
    pub(crate) fn replaced(mut self, from: &str, to: &str) -> Self {
        let pieces = self.pages.iter_mut().flatten();
        let mut found: Vec<&mut Piece> = pieces.filter(|piece| piece.text.contains(from)).collect();
        assert!(!found.is_empty(), "{from}");
        for piece in &mut found {
            piece.text = piece.text.replace(from, to);
        }
        self
    }

    /// The same without the pieces that hold a text.
    pub(crate) fn without(mut self, text: &str) -> Self {
        let before: usize = self.pages.iter().map(Vec::len).sum();
        for page in &mut self.pages {
            page.retain(|piece| !piece.text.contains(text));
        }
        assert!(
            self.pages.iter().map(Vec::len).sum::<usize>() < before,
            "{text}"
        );
        self
    }

    pub(crate) fn entry(mut self, name: &str, content: impl Into<Vec<u8>>) -> Self {
        self.entries.push((name.to_owned(), content.into()));
        self
    }

    fn page_xml(&self, number: usize) -> String {
        let mut content = String::new();
        let mut id = 1_000 * (number + 1);
        for piece in &self.pages[number] {
            id += 1;
            let steps = piece.text.chars().map(|sign| {
                let wide = if sign.is_ascii() { 0.5 } else { 1.0 };
                format!("{:.3}", wide * piece.size)
            });
            let count = piece.text.chars().count();
            let steps: Vec<String> = steps.take(count.saturating_sub(1)).collect();
            let _ = write!(
                content,
                "<ofd:TextObject ID='{id}' Boundary='{} {} 160 {}' Font='1' \
                    Size='{}'{}>{}<ofd:TextCode X='0' Y='{:.3}' DeltaX='{}'>{}</ofd:TextCode>\
                    </ofd:TextObject>",
                piece.x,
                piece.top,
                piece.size,
                piece.size,
                piece.attributes,
                piece.inside,
                piece.size * 0.86,
                steps.join(" "),
                escaped(&piece.text)
            );
        }
        if self.red_line && number == 0 {
            content += "<ofd:PathObject ID='900' Boundary='28 117 156 0.6' LineWidth='0.6'>\
                <ofd:StrokeColor Value='255 0 0'/>\
                <ofd:AbbreviatedData>M 0 0 L 156 0</ofd:AbbreviatedData></ofd:PathObject>";
        }
        let more = if number == 0 {
            self.first_page.as_str()
        } else {
            ""
        };
        format!(
            "<ofd:Page {SPACE}>{more}<ofd:Content><ofd:Layer ID=\"{}\">{content}</ofd:Layer>\
                </ofd:Content></ofd:Page>",
            id + 1
        )
    }

    /// The parts of the package.
    pub(crate) fn parts(&self) -> Vec<(String, Vec<u8>)> {
        let body = format!(
            "<ofd:DocBody><ofd:DocInfo><ofd:DocID>01</ofd:DocID>{}</ofd:DocInfo>\
             <ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>{}</ofd:DocBody>",
            self.info, self.body
        );
        let pages = (0..self.pages.len()).map(|number| {
            let id = number + 1;
            format!(r#"<ofd:Page ID="{id}" BaseLoc="Pages/Page_{number}/Content.xml"/>"#)
        });
        let pages = pages.collect::<Vec<_>>().concat();
        let mut parts = vec![
            (
                "OFD.xml".to_owned(),
                format!(
                    r#"<ofd:OFD {SPACE} DocType="OFD" Version="1.1">{}</ofd:OFD>"#,
                    body.repeat(self.bodies)
                ),
            ),
            (
                "Doc_0/Document.xml".to_owned(),
                format!(
                    "<ofd:Document {SPACE}><ofd:CommonData><ofd:PageArea><ofd:PhysicalBox>0 0 {} {}\
                     </ofd:PhysicalBox></ofd:PageArea><ofd:PublicRes>{}</ofd:PublicRes>\
                     </ofd:CommonData>\
                     <ofd:Pages>{pages}</ofd:Pages>{}</ofd:Document>",
                    self.size.0, self.size.1, self.resources, self.document
                ),
            ),
            (
                "Doc_0/PublicRes.xml".to_owned(),
                format!("<ofd:Res {SPACE}/>"),
            ),
        ];
        for number in 0..self.pages.len() {
            let name = format!("Doc_0/Pages/Page_{number}/Content.xml");
            parts.push((name, self.page_xml(number)));
        }
        let parts = parts.into_iter();
        let mut parts: Vec<(String, Vec<u8>)> =
            parts.map(|(name, xml)| (name, xml.into_bytes())).collect();
        parts.extend(self.entries.iter().cloned());
        parts
    }

    pub(crate) fn ofd(&self) -> Vec<u8> {
        package(&self.parts())
    }
}

pub(crate) const SPACE: &str = r#"xmlns:ofd="http://www.ofdspec.org/2016""#;

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// A package with these entries.
pub(crate) fn package(parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        writer
            .start_file(name.as_str(), options)
            .expect("the name is new");
        writer.write_all(content).expect("memory takes it");
    }
    writer.finish().expect("it ends").into_inner()
}

/// A DOCX with these paragraphs.
pub(crate) fn docx(paragraphs: &[&str]) -> Vec<u8> {
    let paragraphs = paragraphs.iter().fold(String::new(), |mut all, text| {
        let _ = write!(all, "<w:p><w:r><w:t>{}</w:t></w:r></w:p>", escaped(text));
        all
    });
    let document = format!(r#"<w:document xmlns:w="w"><w:body>{paragraphs}</w:body></w:document>"#);
    package(&[
        ("[Content_Types].xml".to_owned(), b"<Types/>".to_vec()),
        ("word/document.xml".to_owned(), document.into_bytes()),
    ])
}

/// What a PDF has beside its pages' text.
#[derive(Clone, Default)]
pub(crate) struct PdfParts {
    /// More of the catalog, of every page, and operators before the text.
    pub(crate) catalog: String,
    pub(crate) page: String,
    pub(crate) operators: String,
    /// More objects; the first has the number 100.
    pub(crate) objects: Vec<String>,
    /// More of the trailer.
    pub(crate) trailer: String,
}

impl Paper {
    /// The same pages as PDF: the font is not embedded, its codes are UTF-16.
    pub(crate) fn pdf(&self, parts: &PdfParts) -> Vec<u8> {
        let points = 72.0 / 25.4;
        let (width, height) = self.size;
        let mut objects: Vec<(usize, String)> = Vec::new();
        let kids = (0..self.pages.len()).fold(String::new(), |mut all, number| {
            let _ = write!(all, "{} 0 R ", 10 + 2 * number);
            all
        });
        objects.push((
            1,
            format!("<</Type/Catalog/Pages 2 0 R {}>>", parts.catalog),
        ));
        objects.push((
            2,
            format!("<</Type/Pages/Count {}/Kids[{kids}]>>", self.pages.len()),
        ));
        objects.push((
            3,
            "<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H\
             /DescendantFonts[<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light\
             /CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>/DW 1000>>]>>"
                .to_owned(),
        ));
        for (number, page) in self.pages.iter().enumerate() {
            let mut content = parts.operators.clone();
            for piece in page {
                let code = utf16(&piece.text);
                let _ = writeln!(
                    content,
                    "BT /F1 {:.3} Tf {:.3} {:.3} Td <{code}> Tj ET",
                    piece.size * points,
                    piece.x * points,
                    (height - piece.top - piece.size * 0.86) * points
                );
            }
            if self.red_line && number == 0 {
                let y = (height - 117.3) * points;
                let _ = writeln!(
                    content,
                    "1 0 0 RG 1.7 w {:.3} {y:.3} m {:.3} {y:.3} l S",
                    28.0 * points,
                    184.0 * points
                );
            }
            let own = 10 + 2 * number;
            objects.push((
                own,
                format!(
                    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 {:.3} {:.3}]/Contents {} 0 R\
                     /Resources<</Font<</F1 3 0 R>>/XObject<</X1 100 0 R>>>>{}>>",
                    width * points,
                    height * points,
                    own + 1,
                    parts.page
                ),
            ));
            objects.push((
                own + 1,
                format!(
                    "<</Length {}>>\nstream\n{content}\nendstream",
                    content.len()
                ),
            ));
        }
        for (place, object) in parts.objects.iter().enumerate() {
            objects.push((100 + place, object.clone()));
        }
        written(&objects, &parts.trailer)
    }
}

fn utf16(text: &str) -> String {
    text.encode_utf16().fold(String::new(), |mut all, unit| {
        let _ = write!(all, "{unit:04X}");
        all
    })
}

/// A PDF of these objects.
fn written(objects: &[(usize, String)], trailer: &str) -> Vec<u8> {
    let mut out = "%PDF-1.7\n".to_owned();
    let mut table = String::new();
    for (number, object) in objects {
        let _ = write!(table, "{number} 1\n{:010} 00000 n \n", out.len());
        let _ = write!(out, "{number} 0 obj\n{object}\nendobj\n");
    }
    let start = out.len();
    let _ = write!(
        out,
        "xref\n0 1\n0000000000 65535 f \n{table}trailer\n<</Size 200/Root 1 0 R {trailer}>>\n\
         startxref\n{start}\n%%EOF\n"
    );
    out.into_bytes()
}
