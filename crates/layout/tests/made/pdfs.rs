//! PDFs of every form that a seal may meet.

use std::fmt::Write as _;

/// A PDF with a name.
pub(crate) struct Made {
    pub(crate) name: &'static str,
    pub(crate) bytes: Vec<u8>,
}

/// A PDF with a table of cross-references.
pub(crate) fn classic(objects: &[(usize, String)], size: usize, trailer: &str) -> Vec<u8> {
    let mut out = "%PDF-1.7\n".to_owned();
    let mut table = String::new();
    for (number, object) in objects {
        let _ = write!(table, "{number} 1\n{:010} 00000 n \n", out.len());
        let _ = write!(out, "{number} 0 obj\n{object}\nendobj\n");
    }
    let start = out.len();
    let _ = write!(
        out,
        "xref\n0 1\n0000000000 65535 f \n{table}trailer\n<</Size {size}/Root 1 0 R{trailer}>>\n\
         startxref\n{start}\n%%EOF\n"
    );
    out.into_bytes()
}

/// All plain objects in an object stream, with a stream of cross-references.
fn modern(objects: &[(usize, String)], size: usize) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut slots = std::collections::BTreeMap::new();
    let (streams, plain): (Vec<_>, Vec<_>) = objects
        .iter()
        .partition(|(_, text)| text.contains("stream"));
    let mut head = String::new();
    let mut body = String::new();
    for (index, (number, text)) in plain.iter().enumerate() {
        let _ = write!(head, "{number} {} ", body.len());
        let _ = write!(body, "{text} ");
        slots.insert(*number, (2_u8, size, index));
    }
    for (number, text) in streams {
        slots.insert(*number, (1, out.len(), 0));
        out.extend(format!("{number} 0 obj\n{text}\nendobj\n").bytes());
    }
    slots.insert(size, (1, out.len(), 0));
    let first = head.len();
    out.extend(
        format!(
            "{size} 0 obj\n<</Type/ObjStm/N {}/First {first}/Length {}>>\nstream\n{head}{body}\n\
             endstream\nendobj\n",
            plain.len(),
            first + body.len()
        )
        .bytes(),
    );
    let start = out.len();
    slots.insert(size + 1, (1, start, 0));
    let mut records = Vec::new();
    let mut index = String::new();
    for (number, (kind, second, third)) in &slots {
        let _ = write!(index, "{number} 1 ");
        records.push(*kind);
        records.extend(u32::try_from(*second).expect("it is there").to_be_bytes());
        records.push(u8::try_from(*third).expect("it is there"));
    }
    out.extend(
        format!(
            "{} 0 obj\n<</Type/XRef/Size {}/Root 1 0 R/W[1 4 1]/Index[{index}]/Length {}>>\n\
             stream\n",
            size + 1,
            size + 2,
            records.len()
        )
        .bytes(),
    );
    out.extend(records);
    out.extend(format!("\nendstream\nendobj\nstartxref\n{start}\n%%EOF\n").bytes());
    out
}

fn page(number: usize, more: &str) -> Vec<(usize, String)> {
    let content = "BT /F1 24 Tf 100 500 Td (Original) Tj ET 0 0 1 rg 90 300 300 4 re f";
    vec![
        (
            number,
            format!(
                "<</Type/Page/Parent 2 0 R/Contents {} 0 R\
                 /Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>{more}>>",
                number + 1
            ),
        ),
        (
            number + 1,
            format!(
                "<</Length {}>>\nstream\n{content}\nendstream",
                content.len()
            ),
        ),
    ]
}

/// A page of A4.
pub(crate) const A4: &str = "/MediaBox[0 0 595.28 841.89]";

/// The objects of a document: more of the catalog, of the node above the pages, the pages, others.
pub(crate) fn doc(
    catalog: &str,
    pages: &str,
    leaves: &[&str],
    more: &[(usize, String)],
) -> Vec<(usize, String)> {
    let kids = (0..leaves.len()).fold(String::new(), |mut all, at| {
        let _ = write!(all, "{} 0 R ", 10 + 2 * at);
        all
    });
    let mut objects = vec![
        (1, format!("<</Type/Catalog/Pages 2 0 R{catalog}>>")),
        (
            2,
            format!("<</Type/Pages/Count {}/Kids[{kids}]{pages}>>", leaves.len()),
        ),
    ];
    for (at, leaf) in leaves.iter().enumerate() {
        objects.extend(page(10 + 2 * at, leaf));
    }
    objects.extend(more.iter().cloned());
    objects
}

/// PDFs of every form that a seal may meet.
pub(crate) fn made() -> Vec<Made> {
    let mut all = Vec::new();
    let mut add = |name, bytes| all.push(Made { name, bytes });
    let two = [A4, A4];
    add("plain", classic(&doc("", "", &two, &[]), 60, ""));
    add("modern", modern(&doc("", "", &two, &[]), 60));
    add("inherited", classic(&doc("", A4, &["", ""], &[]), 60, ""));
    for (name, turn) in [
        ("r90", 90),
        ("r180", 180),
        ("r270", 270),
        ("r-90", -90),
        ("r450", 450),
    ] {
        let leaf = format!("{A4}/Rotate {turn}");
        add(name, classic(&doc("", "", &[&leaf, &leaf], &[]), 60, ""));
    }
    let crop = "/MediaBox[-50 -20 700 900]/CropBox[20 40 615.28 881.89]";
    for (name, turn) in [
        ("crop", 0),
        ("crop90", 90),
        ("crop180", 180),
        ("crop270", 270),
    ] {
        let leaf = format!("{crop}/Rotate {turn}");
        add(name, classic(&doc("", "", &[&leaf, &leaf], &[]), 60, ""));
    }
    let inherited = format!("{A4}/Rotate 90/CropBox[10 10 500 700]");
    add(
        "inherited_all",
        modern(&doc("", &inherited, &["", ""], &[]), 60),
    );
    all.extend(made_with_annotations());
    all.extend(made_with_forms());
    let fixture = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/fixtures/notice.pdf"
    );
    all.push(Made {
        name: "notice",
        bytes: std::fs::read(fixture).expect("it is there"),
    });
    all
}

fn made_with_annotations() -> Vec<Made> {
    let mut all = Vec::new();
    let mut add = |name, bytes| all.push(Made { name, bytes });
    let noted = format!("{A4}/Annots 50 0 R");
    let note = "<</Type/Annot/Subtype/Text/Rect[10 10 30 30]/Contents(hi)>>".to_owned();
    let more = [(50, "[51 0 R]".to_owned()), (51, note.clone())];
    add(
        "annots",
        classic(&doc("", "", &[A4, &noted], &more), 60, ""),
    );
    add(
        "annots_modern",
        modern(&doc("", "", &[A4, &noted], &more), 60),
    );
    let direct = format!("{A4}/Annots[51 0 R]");
    add(
        "annots_direct",
        classic(&doc("", "", &[A4, &direct], &more), 60, ""),
    );
    all
}

fn made_with_forms() -> Vec<Made> {
    let mut all = Vec::new();
    let mut add = |name, bytes| all.push(Made { name, bytes });
    let two = [A4, A4];
    let field = "<</FT/Tx/T(a)/V(b)>>".to_owned();
    let forms = [
        ("form_direct", "/AcroForm<</Fields[52 0 R]>>", "null"),
        (
            "form_apart",
            "/AcroForm 53 0 R",
            "<</Fields[52 0 R]/SigFlags 1/DA(/F 0 Tf)>>",
        ),
        (
            "form_apart2",
            "/AcroForm 53 0 R",
            "<</Fields 54 0 R/NeedAppearances false>>",
        ),
        ("form_empty", "/AcroForm 53 0 R", "<</Fields[]>>"),
    ];
    for (name, catalog, form) in forms {
        let more = [
            (52, field.clone()),
            (53, form.to_owned()),
            (54, "[52 0 R]".to_owned()),
        ];
        add(
            name,
            classic(
                &doc(catalog, "", &two, &more),
                60,
                "/Info 52 0 R/ID[<00><01>]",
            ),
        );
        let name = if form == "null" {
            "form_modern"
        } else {
            "form_apart_modern"
        };
        add(name, modern(&doc(catalog, "", &two, &more), 60));
    }
    all
}

/// Two pages of A4.
pub(crate) fn plain() -> Vec<u8> {
    made()
        .into_iter()
        .find(|made| made.name == "plain")
        .expect("it is there")
        .bytes
}
