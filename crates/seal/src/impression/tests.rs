//! Pictures that may become seals, and pictures that may not.

use proptest::prelude::*;

use super::*;

const RED: [u8; 4] = [214, 20, 20, 255];
const CLEAR: [u8; 4] = [0; 4];
/// 42 mm at 300 dots per inch.
const SIDE: u32 = 496;
const DENSITY: Option<(u32, u32)> = Some((11_811, 11_811));

/// A picture of `pixel` at each place, from its middle, in half pixels.
fn png(side: u32, density: Option<(u32, u32)>, pixel: impl Fn(i64, i64) -> [u8; 4]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, side, side);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_pixel_dims(density.map(|(xppu, yppu)| png::PixelDimensions {
        xppu,
        yppu,
        unit: png::Unit::Meter,
    }));
    let mut writer = encoder.write_header().unwrap();
    let from_middle = |at: u32| i64::from(2 * at + 1) - i64::from(side);
    let pixels: Vec<u8> = (0..side * side)
        .flat_map(|at| pixel(from_middle(at % side), from_middle(at / side)))
        .collect();
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    bytes
}

type Shape = Box<dyn Fn(i64, i64) -> bool>;

fn judged(
    bytes: &[u8],
    level: OfficeLevel,
    declared: Option<u32>,
) -> Result<u32, Vec<BadImpression>> {
    SealPicture::read(bytes)
        .unwrap()
        .impression(level, declared)
}

/// A ring that fills a picture of `side` pixels, in a colour on a ground.
fn ring(side: u32, ink: [u8; 4], ground: [u8; 4]) -> impl Fn(i64, i64) -> [u8; 4] {
    let outer = i64::from(side).pow(2);
    let inner = (i64::from(side) * 9 / 10).pow(2);
    move |x, y| {
        let at = x * x + y * y;
        if (inner..=outer).contains(&at) {
            ink
        } else {
            ground
        }
    }
}

fn seal(side: u32, density: Option<(u32, u32)>) -> Vec<u8> {
    png(side, density, ring(side, RED, CLEAR))
}

#[test]
fn the_offices_seal_is_one() {
    let picture = include_bytes!("../../../../tests/fixtures/seal-office.png");
    let diameter = judged(picture, OfficeLevel::Inner, None).unwrap();
    assert!((4_100..=4_200).contains(&diameter), "{diameter}");
    assert_eq!(
        judged(picture, OfficeLevel::Township, Some(42)),
        Ok(diameter)
    );
}

#[test]
fn each_level_has_its_diameter() {
    use OfficeLevel::{Bureau, Inner, Prefecture, Province, StateCouncil, Township};
    // Sides in pixels at 300 dots per inch.
    let sizes = [
        (30, 354),
        (42, 496),
        (45, 531),
        (50, 591),
        (60, 709),
        (20, 236),
    ];
    let cases = [
        (StateCouncil, [60].as_slice()),
        (Province, &[50]),
        (Bureau, &[45]),
        (Prefecture, &[45]),
        (Township, &[42]),
        (Inner, &[30, 42, 45]),
    ];
    for (level, good) in cases {
        for (mm, side) in sizes {
            let judged = judged(&seal(side, DENSITY), level, None);
            if good.contains(&mm) {
                let diameter = judged.unwrap();
                assert!(
                    diameter.abs_diff(mm * 100) <= 10,
                    "{level:?} {mm}: {diameter}"
                );
            } else {
                let wrong = judged.unwrap_err();
                assert!(
                    matches!(wrong[..], [BadImpression::Diameter { .. }]),
                    "{level:?} {mm}: {wrong:?}"
                );
            }
        }
    }
}

#[test]
fn a_size_is_known_from_the_file_or_declared() {
    let township =
        |density, declared| judged(&seal(SIDE, density), OfficeLevel::Township, declared);
    assert_eq!(township(None, Some(42)), Ok(4_200));
    assert_eq!(township(None, None), Err(vec![BadImpression::NoScale]));
    assert_eq!(
        township(Some((0, 0)), None),
        Err(vec![BadImpression::NoScale])
    );
    assert_eq!(township(None, Some(0)), Err(vec![BadImpression::NoScale]));
    let other = Err(vec![BadImpression::OtherThanDeclared { measured: 4_199 }]);
    assert_eq!(township(DENSITY, Some(45)), other);
    assert!(township(DENSITY, Some(42)).is_ok());
    for uneven in [(11_811, 12_000), (u32::MAX, 1), (11_811, 0)] {
        let refused = township(Some(uneven), Some(42));
        assert_eq!(refused, Err(vec![BadImpression::Uneven]), "{uneven:?}");
    }
}

#[test]
fn a_coarse_picture_is_refused() {
    // 200 dots per inch, told by the file or by the diameter.
    let coarse = seal(331, Some((7_874, 7_874)));
    let refused = Err(vec![BadImpression::Coarse { dpi: 199 }]);
    assert_eq!(judged(&coarse, OfficeLevel::Township, None), refused);
    let declared = judged(&seal(331, None), OfficeLevel::Township, Some(42));
    assert!(matches!(
        declared.unwrap_err()[..],
        [BadImpression::Coarse { dpi: 195..=205 }]
    ));
}

#[test]
fn a_ground_that_is_not_transparent_is_refused() {
    for ground in [[255; 4], [255, 255, 255, 1], [0, 0, 0, 255]] {
        let bytes = png(SIDE, DENSITY, ring(SIDE, RED, ground));
        let refused = judged(&bytes, OfficeLevel::Township, None);
        assert_eq!(refused, Err(vec![BadImpression::Ground]), "{ground:?}");
    }
    // White inside the ring hides the text below it as well.
    let outer = i64::from(SIDE).pow(2);
    let ring = ring(SIDE, RED, [255; 4]);
    let disc = |x: i64, y: i64| {
        if x * x + y * y > outer {
            CLEAR
        } else {
            ring(x, y)
        }
    };
    let refused = judged(&png(SIDE, DENSITY, disc), OfficeLevel::Township, None);
    assert_eq!(refused, Err(vec![BadImpression::NotRed]));
}

#[test]
fn another_colour_is_refused() {
    for ink in [
        [0, 0, 0, 255],
        [20, 20, 214, 255],
        [214, 160, 20, 255],
        [90, 0, 0, 255],
    ] {
        let bytes = png(SIDE, DENSITY, ring(SIDE, ink, CLEAR));
        let refused = judged(&bytes, OfficeLevel::Township, None);
        assert_eq!(refused, Err(vec![BadImpression::NotRed]), "{ink:?}");
    }
}

#[test]
fn another_shape_is_refused() {
    let side = i64::from(SIDE);
    let ink = |inside: bool| if inside { RED } else { CLEAR };
    let edge = side - 4;
    let square = move |x: i64, y: i64| x.abs().max(y.abs()) <= edge;
    let shapes: [(&str, Shape); 5] = [
        ("square", Box::new(square)),
        (
            "frame",
            Box::new(move |x, y| square(x, y) && x.abs().max(y.abs()) > edge - 40),
        ),
        ("diamond", Box::new(move |x, y| x.abs() + y.abs() <= edge)),
        (
            "oval",
            Box::new(move |x, y| x * x + y * y * 9 / 4 <= edge * edge),
        ),
        (
            "cross",
            Box::new(move |x, y| square(x, y) && x.abs().min(y.abs()) < 30),
        ),
    ];
    for (name, shape) in shapes {
        let bytes = png(SIDE, DENSITY, |x, y| ink(shape(x, y)));
        let wrong = judged(&bytes, OfficeLevel::Township, None).unwrap_err();
        assert_eq!(wrong, [BadImpression::NotRound], "{name}");
    }
}

#[test]
fn a_worn_ring_is_still_one() {
    let whole = ring(SIDE, RED, CLEAR);
    // A gap of a twentieth of the ring.
    let worn = |x: i64, y: i64| {
        if y > 0 && x.abs() < 70 {
            CLEAR
        } else {
            whole(x, y)
        }
    };
    assert!(judged(&png(SIDE, DENSITY, worn), OfficeLevel::Township, None).is_ok());
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let blue = png(
        200,
        None,
        |x, _| if x > 0 { [0, 0, 200, 255] } else { CLEAR },
    );
    let bytes = png(200, None, |x, y| {
        if x.abs() + y.abs() < 150 {
            [0, 0, 200, 255]
        } else {
            CLEAR
        }
    });
    let wrong = judged(&bytes, OfficeLevel::Province, None).unwrap_err();
    let all = [
        BadImpression::NotRed,
        BadImpression::NotRound,
        BadImpression::NoScale,
    ];
    assert_eq!(wrong, all);
    let wrong = judged(&blue, OfficeLevel::Province, None).unwrap_err();
    assert_eq!(wrong, [BadImpression::Ground, BadImpression::NoScale]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_pixels_are_measured(
        pixels in proptest::collection::vec(any::<u8>(), 0..2_000),
        width in 0_u32..80,
        channels in 1_usize..5,
    ) {
        let ink = Ink::of(&pixels, width, channels);
        prop_assert!(ink.width <= width);
    }
}
