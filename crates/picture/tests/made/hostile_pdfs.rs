//! PDF pages of a few hundred bytes that ask for minutes and gigabytes (attack E2). Each ended in
//! neither before what a page takes was counted; each ends in an error now.

use yichuan_picture::{NotPainted, page};
use yichuan_typeface::Faces;

use crate::pdfs::{Paper, form, stream};

fn refused(what: &str, paper: &Paper) {
    let drawn = page(&paper.pdf(), 0, 1_200, &Faces::none());
    assert_eq!(drawn.err(), Some(NotPainted::TooMuch), "{what}");
}

/// A page whose whole is filled with pattern 5, `times` over.
fn filled(times: usize, shape: &str) -> Paper {
    let content = format!("/Pattern cs /P scn {}", shape.repeat(times));
    Paper::of(&content).page("/Resources<</Pattern<</P 5 0 R>>>>")
}

fn tile(side: &str, step: &str, inside: &str, content: &str) -> String {
    let entries = format!(
        "/Type/Pattern/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 {side} {side}]\
         /XStep {step}/YStep {step}/Resources<<{inside}>>"
    );
    stream(&entries, content)
}

const PAGE: &str = "0 0 595 842 re f\n";

#[test]
fn e2_outlines_without_end_are_not_drawn() {
    let curves = "900 0 -300 842 595 100 c 0 0 10 842 600 4 c\n";
    refused(
        "curves",
        &Paper::of(&format!("0 0 m {} f", curves.repeat(20_000))),
    );
    let wide = format!(
        "50 w 0 0 m {} S",
        "900 0 -300 842 595 100 c\n".repeat(50_000)
    );
    refused("wide lines", &Paper::of(&wide));
    let layers = "/G gs ".to_owned() + &PAGE.repeat(50_000);
    let layers = Paper::of(&layers).page("/Resources<</ExtGState<</G<</ca 0.5>>>>>>");
    refused("layers", &layers);
}

#[test]
fn e2_dashes_without_end_are_not_drawn() {
    for (what, content) in [
        (
            "one long line",
            "[0.00001] 0 d 0 0 m 100000000 0 l S".to_owned(),
        ),
        (
            "lines",
            format!("[0.001 0.001] 0 d {}", "0 0 m 595 842 l S\n".repeat(100)),
        ),
        (
            "an offset",
            "[1 1] 100000000000 d 0 0 m 595 842 l S".to_owned(),
        ),
    ] {
        refused(what, &Paper::of(&content));
    }
}

#[test]
fn e2_tiles_without_end_are_not_drawn() {
    let square = "0 0 50 50 re f";
    let many = filled(20_000, PAGE).object(tile("500", "500", "", square));
    refused("many surfaces", &many);
    let copies = filled(1, PAGE).object(tile("500", "1", "", square));
    refused("tiles upon each other", &copies);
    let huge = filled(1, "-90000 -90000 180000 180000 re f");
    let huge = huge.object(tile("30000", "30000", "", square));
    refused("a huge tile", &huge);
    let work = filled(3_000, "0 0 5 8 re f\n").object(tile("5", "5", "", &"q Q ".repeat(200_000)));
    refused("work in a tile", &work);
    // Tiles of tiles of tiles.
    let mut nested = filled(1, PAGE);
    for number in 6..16 {
        let inside = format!("/Pattern<</P {number} 0 R>>");
        let content = "/Pattern cs /P scn ".to_owned() + &"0 0 50 50 re f\n".repeat(20);
        nested = nested.object(tile("50", "50", &inside, &content));
    }
    refused("nested", &nested.object(tile("50", "50", "", square)));
}

#[test]
fn e2_surfaces_and_pictures_without_end_are_not_drawn() {
    let group = form(595, 842, "/Group<</S/Transparency/I true/K true>>", PAGE);
    let groups = Paper::of(&"/A Do\n".repeat(3_000))
        .page("/Resources<</XObject<</A 5 0 R>>>>")
        .object(group.clone());
    refused("groups", &groups);
    let masks = Paper::of(&format!("/G gs {}", PAGE.repeat(2_000)))
        .page("/Resources<</ExtGState<</G<</SMask<</S/Luminosity/G 5 0 R>>>>>>>>")
        .object(group);
    refused("masks", &masks);
    let picture = "/Type/XObject/Subtype/Image/Width 2000/Height 2000/BitsPerComponent 1\
                   /ColorSpace/DeviceGray";
    let pictures = Paper::of(&"/I Do\n".repeat(500))
        .page("/Resources<</XObject<</I 5 0 R>>>>")
        .object(stream(picture, &"0".repeat(500_000)));
    refused("pictures", &pictures);
    let seals = Paper::of("")
        .page(&format!("/Annots[{}]", "5 0 R ".repeat(20_000)))
        .object("<</Type/Annot/Subtype/Stamp/F 4/Rect[0 0 595 842]/AP<</N 6 0 R>>>>")
        .object(form(595, 842, "", PAGE));
    refused("annotations", &seals);
}

#[test]
fn e2_shadings_that_compute_without_end_are_not_drawn() {
    let shaded = |times: usize, shading: &str| {
        Paper::of(&"/S sh\n".repeat(times)).page(&format!("/Resources<</Shading<</S {shading}>>>>"))
    };
    let program = stream(
        "/FunctionType 4/Domain[0 1 0 1]/Range[0 1]",
        &format!("{{ {} pop }}", "dup mul ".repeat(20_000)),
    );
    let by_function = "<</ShadingType 1/ColorSpace/DeviceGray/Domain[0 1 0 1]\
                       /Matrix[595 0 0 842 0 0]/Function 5 0 R>>";
    refused("a program", &shaded(1, by_function).object(program));
    let axial = "<</ShadingType 2/ColorSpace/DeviceRGB/Coords[0 0 595 842]/Extend[true true]\
                 /Function<</FunctionType 2/Domain[0 1]/C0[1 0 0]/C1[0 0 1]/N 1>>>>";
    refused("many", &shaded(5_000, axial));
    // Points spread over the page by a quadratic congruence, each byte below 128: the file is
    // text. Each unit begins with its flag, which says that it stands alone.
    let spread = |count: usize, unit: usize| -> String {
        let byte = |at: usize| {
            if at.is_multiple_of(unit) {
                0
            } else {
                at * (at + 7_919) % 127
            }
        };
        let signs = (0..count * unit).filter_map(|at| u8::try_from(byte(at)).ok());
        signs.map(char::from).collect()
    };
    let mesh = |kind: u8| {
        format!(
            "/ShadingType {kind}/ColorSpace/DeviceGray/BitsPerCoordinate 16/BitsPerComponent 8\
             /BitsPerFlag 8/Decode[0 1190 0 1684 0 1]"
        )
    };
    for (kind, unit) in [(4, 6), (6, 53)] {
        let points = stream(&mesh(kind), &spread(3_999, unit));
        refused(&format!("mesh {kind}"), &shaded(3, "5 0 R").object(points));
    }
}

#[test]
fn e2_glyphs_that_are_programs_are_not_drawn_without_end() {
    let font = "/Resources<</Font<</F<</Type/Font/Subtype/Type3/FontBBox[0 0 595 842]\
                /FontMatrix[1 0 0 1 0 0]/FirstChar 97/LastChar 97/Widths[0]\
                /Encoding<</Differences[97/a]>>/CharProcs<</a 5 0 R>>>>>>>>";
    let text = format!("BT /F 1 Tf ({}) Tj ET", "a".repeat(5_000));
    let page = || Paper::of(&text).page(font);
    let covering = page().object(stream("", &format!("0 0 d0 {PAGE}")));
    refused("glyphs as large as the page", &covering);
    let working = page().object(stream("", &format!("0 0 d0 {}", "q Q ".repeat(200_000))));
    refused("glyphs that do nothing, at length", &working);
}

#[test]
fn e2_what_paints_itself_ends() {
    let inside = "/Pattern<</P 5 0 R>>";
    let tiles = filled(1, PAGE).object(tile(
        "50",
        "50",
        inside,
        "/Pattern cs /P scn 0 0 50 50 re f",
    ));
    let group = "/Group<</S/Transparency/CS/DeviceGray>>/Resources<</ExtGState<</G<</SMask\
                 <</S/Luminosity/G 5 0 R>>>>>>>>";
    let mask = Paper::of(&format!("/G gs {PAGE}"))
        .page("/Resources<</ExtGState<</G<</SMask<</S/Luminosity/G 5 0 R>>>>>>>>")
        .object(form(595, 842, group, &format!("/G gs {PAGE}")));
    let function = Paper::of("/S sh")
        .page(
            "/Resources<</Shading<</S<</ShadingType 2/ColorSpace/DeviceRGB/Coords[0 0 595 842]\
             /Function 5 0 R>>>>>>",
        )
        .object(
            "<</FunctionType 3/Domain[0 1]/Functions[5 0 R 5 0 R]/Bounds[0.5]/Encode[0 1 0 1]>>",
        );
    for (what, paper) in [("tiles", tiles), ("a mask", mask), ("a function", function)] {
        let drawn = page(&paper.pdf(), 0, 1_200, &Faces::none());
        assert!(drawn.is_ok(), "{what}: {:?}", drawn.err());
    }
}

#[test]
fn what_offices_draw_is_drawn() {
    // A table of 40 by 20 cells with dashed lines, a hatched bar chart, a shaded ground, a
    // picture of a whole page.
    let mut drawn = String::new();
    for row in 0..40 {
        let height = 40 + row * 19;
        drawn.push_str(&format!("[3 2] 0 d 50 {height} m 545 {height} l S\n"));
    }
    for bar in 0..60 {
        let (left, high) = (50 + bar * 8, 20 + bar * 9);
        drawn.push_str(&format!("/Pattern cs /P scn {left} 100 6 {high} re f\n"));
    }
    let shading = "<</ShadingType 2/ColorSpace/DeviceRGB/Coords[0 0 595 842]/Extend[true true]\
                   /Function<</FunctionType 2/Domain[0 1]/C0[1 1 1]/C1[0.8 0.9 1]/N 1>>>>";
    let paper = Paper::of(&format!("/S sh q 595 0 0 842 0 0 cm /I Do Q {drawn}"))
        .page(&format!(
            "/Resources<</Shading<</S {shading}>>/Pattern<</P 5 0 R>>/XObject<</I 6 0 R>>>>"
        ))
        .object(tile("4", "4", "", "0 0 m 4 4 l S"))
        .object(stream(
            "/Type/XObject/Subtype/Image/Width 2480/Height 3508/BitsPerComponent 1\
             /ColorSpace/DeviceGray",
            &"U".repeat(310 * 3_508),
        ));
    let drawn = page(&paper.pdf(), 0, 1_200, &Faces::none());
    assert!(drawn.is_ok(), "{:?}", drawn.err());
}
