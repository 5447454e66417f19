//! Files for printers, read back by the strict reader and drawn again.

use yichuan_layout::contents::Contents;
use yichuan_layout::{Limits, examine};
use yichuan_picture::printing::{Copy, Desensitised, NotPrinted, Original};
use yichuan_picture::{Note, Picture, page};
use yichuan_typeface::Faces;

use crate::fonts::{self, faces};
use crate::package::Sheet;
use crate::pdfs::{Paper, form};

fn print_file(source: &[u8], copies: &[Copy], faces: &Faces) -> Result<Vec<u8>, NotPrinted> {
    Ok(yichuan_picture::printing::print_file(source, copies, faces)?.pdf)
}

fn original(copy_number: u32) -> Copy {
    Copy::Original(Original {
        copy_number,
        unit: "江州市水务局".into(),
        printed_at: "2026-01-05 10:00".into(),
        code: format!("https://example.invalid/{copy_number:06}"),
    })
}

fn desensitised() -> Copy {
    Copy::Desensitised(Desensitised {
        unit: "江州市水务局".into(),
        printed_at: "2026-01-05 10:00".into(),
        code: "copy".into(),
    })
}

/// A document of A4 pages, its head and a stamp in red.
fn document() -> Vec<u8> {
    let mut sheet = Sheet::of(
        "<_TextObject ID=\"9\" Boundary=\"0 0 210 297\" Font=\"5\" Size=\"12\">\
         <_FillColor Value=\"255 0 0\"/><_TextCode X=\"50\" Y=\"80\">江州市人民政府文件</_TextCode>\
         </_TextObject><_TextObject ID=\"10\" Boundary=\"0 0 210 297\" Font=\"5\" Size=\"5.6\">\
         <_TextCode X=\"28\" Y=\"180\">各县（区）人民政府</_TextCode></_TextObject>\
         <_PathObject ID=\"11\" Boundary=\"28 117 156 2\" LineWidth=\"1\"><_StrokeColor \
         Value=\"255 0 0\"/><_AbbreviatedData>M 0 1 L 156 1</_AbbreviatedData></_PathObject>",
    );
    sheet.page = "<_Area><_PhysicalBox>0 0 210 297</_PhysicalBox></_Area>".into();
    sheet.document = "<_Annotations>L.xml</_Annotations>".into();
    let stamp = "<_Annot ID=\"50\" Type=\"Stamp\"><_Appearance Boundary=\"120 200 40 40\">\
                 <_PathObject ID=\"12\" Boundary=\"0 0 40 40\" Fill=\"true\"><_FillColor \
                 Value=\"230 20 20\"/><_AbbreviatedData>M 0 0 L 40 0 L 40 40 L 0 40 C\
                 </_AbbreviatedData></_PathObject></_Appearance></_Annot>";
    let list = "<_Page PageID=\"1\"><_FileLoc>A.xml</_FileLoc></_Page>";
    sheet.entries = vec![
        ("D/L.xml".into(), crate::package::part("Annotations", list)),
        ("D/A.xml".into(), crate::package::part("PageAnnot", stamp)),
    ];
    sheet.ofd()
}

fn read(file: &[u8]) -> Contents {
    let found = examine("a.pdf", "application/pdf", file, &Limits::default());
    found.contents.expect("our own reader reads it")
}

fn drawn(file: &[u8], index: usize) -> Picture {
    page(file, index, 1_600, faces()).expect("it can be drawn")
}

fn red(picture: &Picture) -> usize {
    let is_red = |pixel: &&[u8]| {
        let [red, green, blue] = [pixel[0], pixel[1], pixel[2]].map(i32::from);
        red - green.max(blue) > 24
    };
    picture.rgba.chunks_exact(4).filter(is_red).count()
}

/// What the codes in a picture say.
fn codes(picture: &Picture) -> Vec<String> {
    let gray = |x: usize, y: usize| picture.rgba[(y * picture.width as usize + x) * 4];
    let (width, height) = (picture.width as usize, picture.height as usize);
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, gray);
    let grids = prepared.detect_grids();
    grids
        .into_iter()
        .filter_map(|grid| Some(grid.decode().ok()?.1))
        .collect()
}

#[test]
fn every_original_tells_its_number_on_every_sheet_and_its_code_can_be_read() {
    if !fonts::are_there() {
        return;
    }
    let file = print_file(&document(), &[original(17), original(18)], faces()).unwrap();
    let contents = read(&file);
    assert_eq!(contents.pages.len(), 2);
    for (index, number) in [17, 18].into_iter().enumerate() {
        let text = contents.pages[index].text();
        let number = format!("{number:06}");
        let said = text.matches(&number).count();
        assert_eq!(said, 2, "{text}");
        assert!(text.contains("江州市水务局"), "{text}");
        let picture = drawn(&file, index);
        assert_eq!(
            codes(&picture),
            [format!("https://example.invalid/{number}")]
        );
        assert!(red(&picture) > 20_000, "head and stamp are red");
    }
}

#[test]
fn a_desensitised_copy_has_no_red_and_says_what_it_is() {
    if !fonts::are_there() {
        return;
    }
    let from_ofd = print_file(&document(), &[desensitised()], faces()).unwrap();
    // The same again from a PDF, of which nothing tells what is head and what is stamp.
    let as_pdf = print_file(&document(), &[original(1)], faces()).unwrap();
    let from_pdf = print_file(&as_pdf, &[desensitised()], faces()).unwrap();
    for (name, file) in [("OFD", from_ofd), ("PDF", from_pdf)] {
        let picture = drawn(&file, 0);
        assert_eq!(red(&picture), 0, "{name}");
        let text = read(&file).pages[0].text();
        assert!(text.contains("脱密件"), "{name}: {text}");
        let dark = picture
            .rgba
            .chunks_exact(4)
            .filter(|pixel| pixel[0] < 90)
            .count();
        assert!(dark > 2_000, "the text is still there: {name}, {dark}");
    }
}

#[test]
fn pages_of_a_pdf_stay_text_and_copies_share_them() {
    if !fonts::are_there() {
        return;
    }
    let pdf = print_file(&document(), &[original(1)], faces()).unwrap();
    let one = print_file(&pdf, &[original(2)], faces()).unwrap();
    let copies: Vec<Copy> = (1..=20).map(original).collect();
    let twenty = print_file(&pdf, &copies, faces()).unwrap();
    assert_eq!(read(&twenty).pages.len(), 20);
    // Each sheet has its own marks and code, and nothing more.
    let more = (twenty.len() - one.len()) / 19;
    assert!(more < 5_000, "{more} bytes for each copy");
    assert!(red(&drawn(&one, 0)) > 20_000);
}

/// Where red stands on a page, in millimetres: left, top, right, bottom.
fn red_area(picture: &Picture) -> [f64; 4] {
    let width = picture.width as usize;
    let mut area = [f64::MAX, f64::MAX, 0.0, 0.0];
    for (at, pixel) in picture.rgba.chunks_exact(4).enumerate() {
        if i32::from(pixel[0]) - i32::from(pixel[1].max(pixel[2])) > 24 {
            let [x, y] =
                [at % width, at / width].map(|it| f64::from(u32::try_from(it).expect("a pixel")));
            area = [
                area[0].min(x),
                area[1].min(y),
                area[2].max(x + 1.0),
                area[3].max(y + 1.0),
            ];
        }
    }
    let pixel = 595.0 / 72.0 * 25.4 / f64::from(picture.width);
    area.map(|side| side * pixel)
}

#[test]
fn seals_of_a_pdf_are_printed_at_their_place() {
    let seal =
        |rect: &str| format!("<</Type/Annot/Subtype/Stamp/F 4/Rect[{rect}]/AP<</N 6 0 R>>>>");
    let appearance = form(120, 120, "", "1 0 0 rg 0 0 120 120 re f");
    let one = Paper::of("0 0 1 rg 20 800 30 30 re f")
        .page("/Annots[5 0 R]")
        .object(seal("300 200 420 320"))
        .object(appearance.clone());
    // 骑缝章: a strip at the edge, a part of it beyond the page.
    let strip = Paper::of("0 0 1 rg 20 800 30 30 re f")
        .page("/Annots[5 0 R]")
        .object(seal("575 400 615 520"))
        .object(appearance.clone());
    let both = Paper::of("0 0 1 rg 20 800 30 30 re f")
        .page("/Annots[5 0 R 7 0 R]")
        .object(seal("420 320 300 200"))
        .object(appearance)
        .object(seal("575 400 615 520"));
    let places = [
        (one, [300.0, 522.0, 420.0, 642.0]),
        (strip, [575.0, 322.0, 595.0, 442.0]),
        (both, [300.0, 322.0, 595.0, 642.0]),
    ];
    for (paper, place) in places {
        let wanted = place.map(|points| points / 72.0 * 25.4);
        let printed = print_file(&paper.pdf(), &[original(1)], faces()).unwrap();
        for (which, file) in [("screen", paper.pdf()), ("paper", printed)] {
            let found = red_area(&drawn(&file, 0));
            for (found, wanted) in found.iter().zip(wanted) {
                assert!((found - wanted).abs() < 0.25, "{which}: {found} {wanted}");
            }
        }
        // A copy without red loses the seal, and nothing else.
        let bare = print_file(&paper.pdf(), &[desensitised()], faces()).unwrap();
        let picture = drawn(&bare, 0);
        assert_eq!(red(&picture), 0);
        let blue = |pixel: &&[u8]| pixel[2] > 200 && pixel[0] < 60;
        assert!(picture.rgba.chunks_exact(4).filter(blue).count() > 1_000);
    }
}

#[test]
fn e2_annotations_that_stand_nowhere_are_not_printed() {
    let appearance = form(10, 10, "", "1 0 0 rg 0 0 10 10 re f");
    let rects = [
        "1e30 0 2e30 10",
        "-500 -500 -400 -400",
        "0 0 0 0",
        "1e400 1e400 1e400 1e400",
        "0 0",
        "0 0 1e9 1e9",
    ];
    for rect in rects {
        let paper = Paper::of("")
            .page("/Annots[5 0 R]")
            .object(format!(
                "<</Type/Annot/Subtype/Stamp/F 4/Rect[{rect}]/AP<</N 6 0 R>>>>"
            ))
            .object(appearance.clone());
        let printed = print_file(&paper.pdf(), &[original(1)], faces());
        assert!(printed.is_ok(), "{rect}: {:?}", printed.err());
    }
}

#[test]
fn a_document_that_has_a_number_gets_no_second_one() {
    if !fonts::are_there() {
        return;
    }
    let mut sheet = Sheet::of(
        "<_TextObject ID=\"9\" Boundary=\"0 0 210 297\" Font=\"5\" Size=\"5.6\">\
         <_TextCode X=\"28\" Y=\"42\">000003</_TextCode></_TextObject>",
    );
    sheet.page = "<_Area><_PhysicalBox>0 0 210 297</_PhysicalBox></_Area>".into();
    let file = print_file(&sheet.ofd(), &[original(3)], faces()).unwrap();
    let text = read(&file).pages[0].text();
    assert_eq!(text.matches("000003").count(), 2, "{text}");
}

#[test]
fn a_font_that_another_stands_in_for_is_told_with_the_paper() {
    if !fonts::are_there() {
        return;
    }
    let printed = yichuan_picture::printing::print_file(&document(), &[original(1)], faces());
    let notes = printed.unwrap().notes;
    let told = |note: &Note| matches!(note, Note::FontSubstituted(_));
    assert!(notes.iter().any(told), "{notes:?}");
}

#[test]
fn what_cannot_be_printed_is_refused() {
    let file = document();
    let refused = |copies: &[Copy]| print_file(&file, copies, faces()).unwrap_err();
    assert_eq!(refused(&[]), NotPrinted::Copies);
    assert_eq!(refused(&[original(1_000_000)]), NotPrinted::Text);
    assert_eq!(refused(&vec![original(1); 20_001]), NotPrinted::Copies);
    let Copy::Original(mut long) = original(1) else {
        panic!("it is an original");
    };
    long.code = "x".repeat(601);
    assert_eq!(refused(&[Copy::Original(long)]), NotPrinted::Text);
    assert!(print_file(b"text", &[original(1)], faces()).is_err());
}
