//! Each kind of object is where it belongs.

use yichuan_picture::{NotPainted, Note, page};

use crate::fonts;
use crate::package::{Sheet, at, dark, part};

const WHITE: [u8; 3] = [255; 3];
const RED: [u8; 3] = [255, 0, 0];
const BLACK: [u8; 3] = [0; 3];

fn path(boundary: &str, attributes: &str, inside: &str, data: &str) -> String {
    format!(
        "<_PathObject ID=\"9\" Boundary=\"{boundary}\" {attributes}>{inside}\
         <_AbbreviatedData>{data}</_AbbreviatedData></_PathObject>"
    )
}

const FILLED: &str = "Fill=\"true\" Stroke=\"false\"";
const FILL_RED: &str = "<_FillColor Value=\"255 0 0\"/>";
const SQUARE: &str = "M 0 0 L 10 0 L 10 10 L 0 10 C";

fn square(boundary: &str, inside: &str) -> String {
    path(boundary, FILLED, inside, SQUARE)
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn paths_are_filled_stroked_dashed_and_mapped() {
    let stroke = "Stroke=\"true\" LineWidth=\"2\"";
    let cases: [(String, f64, f64, [u8; 3]); 9] = [
        (square("10 10 10 10", FILL_RED), 15.0, 15.0, RED),
        (square("10 10 10 10", FILL_RED), 25.0, 15.0, WHITE),
        (
            path("10 10 50 2", stroke, "", "M 0 1 L 50 1"),
            30.0,
            11.0,
            BLACK,
        ),
        (
            path(
                "10 10 50 2",
                &format!("{stroke} DashPattern=\"5 5\""),
                "",
                "M 0 1 L 50 1",
            ),
            18.0,
            11.0,
            WHITE,
        ),
        (
            path(
                "0 0 90 40",
                &format!("{FILLED} CTM=\"2 0 0 2 40 10\""),
                FILL_RED,
                SQUARE,
            ),
            55.0,
            25.0,
            RED,
        ),
        (
            square("10 10 10 10", "<_FillColor Value=\"0 0 0 0\"/>"),
            15.0,
            15.0,
            WHITE,
        ),
        (
            square("10 10 10 10", "<_FillColor Value=\"255 0 0\" Alpha=\"0\"/>"),
            15.0,
            15.0,
            WHITE,
        ),
        (
            path(
                "10 10 20 20",
                &format!("{FILLED} Rule=\"Even-Odd\""),
                FILL_RED,
                "M 0 0 L 20 0 L 20 20 L 0 20 C M 5 5 L 15 5 L 15 15 L 5 15 C",
            ),
            20.0,
            20.0,
            WHITE,
        ),
        (
            path(
                "10 10 20 20",
                FILLED,
                FILL_RED,
                "M 0 10 A 10 10 0 0 1 20 10 C",
            ),
            20.0,
            15.0,
            RED,
        ),
    ];
    for (layer, x, y, expected) in cases {
        let picture = Sheet::of(&layer).drawn();
        assert_eq!(at(&picture, x, y), expected, "{layer}");
    }
}

#[test]
fn clips_keep_what_is_inside_of_all_of_them() {
    let clips = "<_Clips><_Clip><_Area><_Path Boundary=\"0 0 5 10\">\
                 <_AbbreviatedData>M 0 0 L 5 0 L 5 10 L 0 10 C</_AbbreviatedData></_Path></_Area>\
                 </_Clip></_Clips>";
    let picture = Sheet::of(&square("10 10 10 10", &format!("{FILL_RED}{clips}"))).drawn();
    assert_eq!(at(&picture, 12.0, 15.0), RED);
    assert_eq!(at(&picture, 17.0, 15.0), WHITE);
}

#[test]
fn alpha_lets_what_is_below_through() {
    let see_through =
        square("10 10 10 10", FILL_RED).replacen("<_Path", "<_Path Alpha=\"128\" ", 1);
    let see_through =
        see_through.replace("<_Path Alpha=\"128\" Object", "<_PathObject Alpha=\"128\"");
    let [red, green, blue] = at(&Sheet::of(&see_through).drawn(), 15.0, 15.0);
    assert_eq!(red, 255);
    assert!(
        green.abs_diff(127) < 4 && blue.abs_diff(127) < 4,
        "{green} {blue}"
    );
}

#[test]
fn drawing_parameters_rest_on_each_other() {
    let mut sheet = Sheet::of(&path(
        "10 10 10 10",
        &format!("{FILLED} DrawParam=\"7\""),
        "",
        SQUARE,
    ));
    sheet.resources = format!(
        "<_DrawParams><_DrawParam ID=\"6\">{FILL_RED}</_DrawParam>\
         <_DrawParam ID=\"7\" Relative=\"6\"/></_DrawParams>"
    );
    assert_eq!(at(&sheet.drawn(), 15.0, 15.0), RED);
}

#[test]
fn templates_lie_below_and_above_and_annotations_over_all() {
    let mut sheet = Sheet::of(&square("10 10 10 10", FILL_RED));
    sheet.common = "<_TemplatePage ID=\"30\" BaseLoc=\"Under.xml\"/>\
                    <_TemplatePage ID=\"31\" BaseLoc=\"Over.xml\"/>"
        .into();
    sheet.page = "<_Template TemplateID=\"31\" ZOrder=\"Foreground\"/>\
                  <_Template TemplateID=\"30\"/>"
        .into();
    sheet.document = "<_Annotations>Annotations.xml</_Annotations>".into();
    let layer = |inside: &str| format!("<_Content><_Layer ID=\"40\">{inside}</_Layer></_Content>");
    let green = "<_FillColor Value=\"0 255 0\"/>";
    let blue = "<_FillColor Value=\"0 0 255\"/>";
    let under = layer(&path(
        "5 5 20 10",
        FILLED,
        green,
        "M 0 0 L 20 0 L 20 10 L 0 10 C",
    ));
    let over = layer(&square("15 15 10 10", blue));
    let annotation = format!(
        "<_Annot ID=\"50\" Type=\"Path\"><_Appearance Boundary=\"50 10 10 10\">{}</_Appearance>\
         </_Annot><_Annot ID=\"51\" Visible=\"false\"><_Appearance Boundary=\"70 10 10 10\">{}\
         </_Appearance></_Annot>",
        square("0 0 10 10", FILL_RED),
        square("0 0 10 10", FILL_RED)
    );
    sheet.entries = vec![
        ("D/Under.xml".into(), part("Page", &under)),
        ("D/Over.xml".into(), part("Page", &over)),
        (
            "D/Annotations.xml".into(),
            part(
                "Annotations",
                "<_Page PageID=\"1\"><_FileLoc>A.xml</_FileLoc></_Page>",
            ),
        ),
        ("D/A.xml".into(), part("PageAnnot", &annotation)),
    ];
    let picture = sheet.drawn();
    for (x, y, expected) in [
        (7.0, 7.0, [0, 255, 0]),
        (12.0, 12.0, RED),
        (17.0, 17.0, [0, 0, 255]),
        (55.0, 15.0, RED),
        (75.0, 15.0, WHITE),
    ] {
        assert_eq!(at(&picture, x, y), expected, "{x} {y}");
    }
}

#[test]
fn pictures_lie_where_their_map_says() {
    let mut sheet = Sheet::of(
        "<_ImageObject ID=\"9\" Boundary=\"20 10 20 20\" CTM=\"20 0 0 20 0 0\" ResourceID=\"8\"/>",
    );
    sheet.resources = "<_MultiMedias><_MultiMedia ID=\"8\" Type=\"Image\">\
                       <_MediaFile>I.png</_MediaFile></_MultiMedia></_MultiMedias>"
        .into();
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, 2, 2);
    encoder.set_color(png::ColorType::Rgba);
    let mut writer = encoder.write_header().unwrap();
    let pixels = [255, 0, 0, 255, 0, 0, 255, 255, 0, 0, 0, 0, 0, 255, 0, 255];
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    sheet.entries = vec![("D/I.png".into(), png)];
    let picture = sheet.drawn();
    let near = |x, y, [red, green, blue]: [u8; 3]| {
        let [r, g, b] = at(&picture, x, y);
        let apart = r.abs_diff(red).max(g.abs_diff(green)).max(b.abs_diff(blue));
        assert!(apart < 40, "{x} {y}: {r} {g} {b}");
    };
    near(22.0, 12.0, RED);
    near(38.0, 12.0, [0, 0, 255]);
    near(22.0, 28.0, WHITE);
    near(38.0, 28.0, [0, 255, 0]);
    near(45.0, 20.0, WHITE);
}

#[test]
fn a_picture_that_cannot_be_read_is_told_and_its_place_is_grey() {
    let mut sheet = Sheet::of(
        "<_ImageObject ID=\"9\" Boundary=\"20 10 20 20\" CTM=\"20 0 0 20 0 0\" ResourceID=\"8\"/>",
    );
    sheet.resources = "<_MultiMedias><_MultiMedia ID=\"8\" Type=\"Image\">\
                       <_MediaFile>I.jb2</_MediaFile></_MultiMedia></_MultiMedias>"
        .into();
    sheet.entries = vec![("D/I.jb2".into(), b"no picture".to_vec())];
    let picture = sheet.drawn();
    assert!(
        picture
            .notes
            .contains(&Note::ImageNotDrawn("D/I.jb2".into()))
    );
    assert!(at(&picture, 30.0, 20.0)[0] < 255);
}

fn text(attributes: &str, code: &str) -> String {
    format!(
        "<_TextObject ID=\"9\" Boundary=\"0 0 100 50\" Font=\"5\" {attributes}>{code}</_TextObject>"
    )
}

/// What it is called, what is drawn, and where something must stand.
type Case = (&'static str, &'static str, &'static [(u32, u32)]);

#[test]
fn signs_stand_where_their_distances_say() {
    if !fonts::are_there() {
        return;
    }
    let cases: [Case; 6] = [
        (
            "Size=\"10\"",
            "<_TextCode X=\"10\" Y=\"20\" DeltaX=\"g 2 20\">国国国</_TextCode>",
            &[(10, 11), (30, 11), (50, 11)],
        ),
        (
            "Size=\"10\"",
            "<_TextCode X=\"10\" Y=\"20\" DeltaY=\"15\">国国</_TextCode>",
            &[(10, 11), (10, 26)],
        ),
        (
            "Size=\"10\"",
            "<_TextCode X=\"10\" Y=\"20\">国国</_TextCode>",
            &[(10, 11), (20, 11)],
        ),
        (
            "Size=\"5\" CTM=\"2 0 0 2 40 0\"",
            "<_TextCode X=\"10\" Y=\"10\">国</_TextCode>",
            &[(60, 11)],
        ),
        (
            "Size=\"10\" CharDirection=\"180\"",
            "<_TextCode X=\"30\" Y=\"20\">国</_TextCode>",
            &[(20, 19)],
        ),
        (
            "Size=\"10\" ReadDirection=\"90\"",
            "<_TextCode X=\"10\" Y=\"20\">国国</_TextCode>",
            &[(10, 11), (10, 21)],
        ),
    ];
    for (attributes, code, places) in cases {
        let picture = Sheet::of(&text(attributes, code)).drawn();
        let mut inked = 0;
        for (left, top) in places {
            let found = dark(&picture, (*left, *top), (left + 10, top + 10));
            assert!(found > 500, "{attributes} {code}: {found} at {left} {top}");
            inked += found;
        }
        let all = dark(&picture, (0, 0), (100, 50));
        assert!(
            all < inked + inked / 5,
            "{attributes} {code}: {all} and {inked}"
        );
    }
}

#[test]
fn letters_are_as_wide_as_their_scale_says() {
    if !fonts::are_there() {
        return;
    }
    let code = "<_TextCode X=\"10\" Y=\"20\">国</_TextCode>";
    let picture = Sheet::of(&text("Size=\"10\" HScale=\"0.5\"", code)).drawn();
    assert!(dark(&picture, (10, 11), (15, 22)) > 300);
    assert!(dark(&picture, (16, 11), (30, 22)) == 0);
}

#[test]
fn a_sign_that_no_font_has_is_a_box_and_told() {
    let picture = page(
        &Sheet::of(&text(
            "Size=\"10\"",
            "<_TextCode X=\"10\" Y=\"20\">国</_TextCode>",
        ))
        .ofd(),
        0,
        1_000,
        &yichuan_typeface::Faces::none(),
    )
    .unwrap();
    assert!(picture.notes.contains(&Note::GlyphMissing('国')));
    assert!(
        picture
            .notes
            .contains(&Note::FontSubstituted("宋体".into()))
    );
    assert!(dark(&picture, (10, 11), (20, 22)) > 100);
}

#[test]
fn a_page_that_is_not_there_and_a_size_beyond_the_limit_are_refused() {
    let file = Sheet::of("").ofd();
    let faces = yichuan_typeface::Faces::none();
    let refused = |index, width| page(&file, index, width, &faces).unwrap_err();
    assert_eq!(refused(1, 100), NotPainted::NoPage { pages: 1 });
    assert_eq!(refused(0, 0), NotPainted::Size);
    assert_eq!(refused(0, 4_097), NotPainted::Size);
    assert_eq!(page(b"text", 0, 100, &faces).unwrap_err(), NotPainted::Kind);
    let drawn = page(&file, 0, 200, &faces).unwrap();
    assert_eq!((drawn.width, drawn.height), (200, 100));
    assert!(drawn.rgba.iter().all(|part| *part == 255));
    assert!(drawn.png().starts_with(b"\x89PNG"));
}
