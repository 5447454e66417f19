//! Files that would take all time or memory end in an error (attack E2).

use yichuan_picture::{NotPainted, Note, page};
use yichuan_typeface::Faces;

use crate::package::{Sheet, part};

fn refused(sheet: &Sheet) -> NotPainted {
    page(&sheet.ofd(), 0, 1_200, &Faces::none()).expect_err("it is beyond the limits")
}

#[test]
fn e2_shapes_over_the_whole_page_again_and_again_end() {
    let one = "<_PathObject ID=\"9\" Boundary=\"0 0 100 50\" Fill=\"true\">\
               <_FillColor Value=\"1 2 3\"/><_AbbreviatedData>M 0 0 L 100 0 L 100 50 L 0 50 C\
               </_AbbreviatedData></_PathObject>";
    assert_eq!(refused(&Sheet::of(&one.repeat(5_000))), NotPainted::TooMuch);
}

#[test]
fn e2_units_in_units_end() {
    let mut sheet =
        Sheet::of("<_CompositeObject ID=\"9\" Boundary=\"0 0 9 9\" ResourceID=\"100\"/>");
    let ten = |id: u32| {
        let inside = format!(
            "<_CompositeObject ID=\"9\" Boundary=\"0 0 9 9\" ResourceID=\"{}\"/>",
            id + 1
        );
        format!(
            "<_CompositeGraphicUnit ID=\"{id}\"><_Content>{}</_Content></_CompositeGraphicUnit>",
            inside.repeat(10)
        )
    };
    let units: String = (100..112).map(ten).collect();
    sheet.resources = format!("<_CompositeGraphicUnits>{units}</_CompositeGraphicUnits>");
    assert_eq!(refused(&sheet), NotPainted::TooMuch);
    let circle = ten(100).replace("ResourceID=\"101\"", "ResourceID=\"100\"");
    sheet.resources = format!("<_CompositeGraphicUnits>{circle}</_CompositeGraphicUnits>");
    assert_eq!(refused(&sheet), NotPainted::TooMuch);
}

#[test]
fn e2_blocks_in_blocks_end() {
    let (open, close) = (
        "<_PageBlock ID=\"9\">".repeat(40),
        "</_PageBlock>".repeat(40),
    );
    assert_eq!(
        refused(&Sheet::of(&format!("{open}{close}"))),
        NotPainted::TooMuch
    );
}

#[test]
fn e2_a_line_of_a_million_dashes_is_drawn_without_them() {
    let line = "<_PathObject ID=\"9\" Boundary=\"0 0 100 50\" DashPattern=\"0.00001 0.00001\">\
                <_AbbreviatedData>M 0 0 L 900000 40 L 0 3</_AbbreviatedData></_PathObject>";
    let drawn = page(&Sheet::of(line).ofd(), 0, 1_200, &Faces::none());
    drawn.expect("it is drawn");
}

#[test]
fn e2_a_picture_that_claims_more_pixels_than_are_read_is_not_expanded() {
    let mut sheet = Sheet::of(
        "<_ImageObject ID=\"9\" Boundary=\"0 0 9 9\" CTM=\"9 0 0 9 0 0\" ResourceID=\"8\"/>",
    );
    sheet.resources = "<_MultiMedias><_MultiMedia ID=\"8\" Type=\"Image\">\
                       <_MediaFile>I</_MediaFile></_MultiMedia></_MultiMedias>"
        .into();
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xff\xff\0\0\xff\xff\x08\x06\0\0\0".to_vec();
    png.extend(b"\xfb\x7c\x05\x6c");
    let mut bmp = b"BM".to_vec();
    bmp.resize(14, 0);
    for number in [40, 65_535, 65_535, 24 << 16, 0] {
        bmp.extend(i32::to_le_bytes(number));
    }
    let jpeg = b"\xff\xd8\xff\xc0\0\x11\x08\xff\xff\xff\xff\x03\x01\x22\0\x02\x11\x01\x03\x11\x01";
    for bytes in [png, bmp, jpeg.to_vec()] {
        sheet.entries = vec![("D/I".into(), bytes)];
        let drawn = page(&sheet.ofd(), 0, 300, &Faces::none()).unwrap();
        assert!(drawn.notes.contains(&Note::ImageNotDrawn("D/I".into())));
    }
}

#[test]
fn e2_clips_in_clips_end() {
    let clip = "<_Clips><_Clip><_Area><_Path Boundary=\"0 0 9 9\"><_AbbreviatedData>\
                M 0 0 L 9 0 L 9 9 C</_AbbreviatedData></_Path></_Area></_Clip></_Clips>";
    let object = format!(
        "<_PathObject ID=\"9\" Boundary=\"0 0 9 9\">{}<_AbbreviatedData>M 0 0 L 9 9\
         </_AbbreviatedData></_PathObject>",
        clip.repeat(200)
    );
    assert_eq!(refused(&Sheet::of(&object)), NotPainted::TooMuch);
}

#[test]
fn e2_pages_without_a_size_or_without_end_are_refused() {
    for size in [
        "0 0 0 0",
        "0 0 1000000 1",
        "0 0 1 1000000",
        "0 0 -9 9",
        "0 0 x 9",
    ] {
        let mut sheet = Sheet::of("");
        sheet.page = format!("<_Area><_PhysicalBox>{size}</_PhysicalBox></_Area>");
        let drawn = page(&sheet.ofd(), 0, 1_200, &Faces::none());
        // A box that says nothing leaves the document's own.
        assert!(drawn.is_err() || size.contains('x'), "{size}");
    }
}

#[test]
fn e2_numbers_of_any_kind_draw_nothing_far_away() {
    for number in ["NaN", "inf", "1e308", "-1e308", "1e-308", "999999", "", "x"] {
        let layer = format!(
            "<_PathObject ID=\"9\" Boundary=\"{number} 0 9 9\" CTM=\"{number} 0 0 {number} 0 0\" \
             LineWidth=\"{number}\" DashPattern=\"{number} 1\" Fill=\"true\"><_AbbreviatedData>\
             M 0 {number} L 9 9 A {number} 1 {number} 0 1 5 5 Q 1 1 {number} 2 C\
             </_AbbreviatedData></_PathObject><_TextObject ID=\"9\" Boundary=\"0 0 9 9\" \
             Font=\"5\" Size=\"{number}\" HScale=\"{number}\"><_TextCode X=\"{number}\" Y=\"1\" \
             DeltaX=\"g {number} {number}\">一二</_TextCode></_TextObject>"
        );
        let drawn = page(&Sheet::of(&layer).ofd(), 0, 400, &Faces::none());
        drawn.unwrap_or_else(|why| panic!("{number}: {why}"));
    }
}

#[test]
fn e2_a_template_that_is_not_there_or_is_no_page_is_passed_over() {
    let mut sheet = Sheet::of("");
    sheet.common = "<_TemplatePage ID=\"30\" BaseLoc=\"T.xml\"/>".into();
    sheet.page = "<_Template TemplateID=\"30\"/><_Template TemplateID=\"31\"/>".into();
    sheet.entries = vec![("D/T.xml".into(), part("Else", "<_Content/>"))];
    page(&sheet.ofd(), 0, 100, &Faces::none()).unwrap();
    sheet.entries = vec![("D/T.xml".into(), b"<!DOCTYPE x><x/>".to_vec())];
    assert!(page(&sheet.ofd(), 0, 100, &Faces::none()).is_err());
}
