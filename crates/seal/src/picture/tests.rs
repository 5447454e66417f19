//! Pictures that are seals, and files that are not.

use proptest::prelude::*;

use super::*;

fn png(width: u32, height: u32, pixel: impl Fn(u32) -> [u8; 4]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgba);
    let mut writer = encoder.write_header().unwrap();
    let pixels: Vec<u8> = (0..width * height).flat_map(pixel).collect();
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    bytes
}

fn striped(place: u32) -> [u8; 4] {
    if place.is_multiple_of(2) {
        [200, 0, 0, 255]
    } else {
        [0, 0, 0, 0]
    }
}

const END: [u8; 12] = [0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82];

/// A file with what `settings` asks for.
fn made(color: png::ColorType, settings: impl Fn(&mut png::Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 64, 64);
    encoder.set_color(color);
    settings(&mut encoder);
    let mut writer = encoder.write_header().unwrap();
    let pixels: Vec<u8> = (0..64 * 64 * color.samples())
        .map(|place| u8::from(place % 7 == 0))
        .collect();
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    bytes
}

fn moving(frames: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 64, 64);
    encoder.set_animated(frames, 0).unwrap();
    let mut writer = encoder.write_header().unwrap();
    let pixels: Vec<u8> = (0..64 * 64).map(|place| u8::from(place % 7 == 0)).collect();
    for _ in 0..frames {
        writer.write_image_data(&pixels).unwrap();
    }
    writer.finish().unwrap();
    bytes
}

#[test]
fn a_picture_is_read() {
    let bytes = png(64, 100, striped);
    let picture = SealPicture::read(&bytes).unwrap();
    assert_eq!((picture.width(), picture.height()), (64, 100));
    assert_eq!(picture.digest(), Digest::of(&bytes));
    assert_eq!(picture.physical_hundredths_mm(), None);
}

#[test]
fn every_kind_of_colour_is_read() {
    for color in [
        png::ColorType::Grayscale,
        png::ColorType::GrayscaleAlpha,
        png::ColorType::Rgb,
        png::ColorType::Rgba,
    ] {
        let bytes = made(color, |_| ());
        let read = SealPicture::read(&bytes);
        // Where the alpha is 0 or 1 of 255 there is still something, if little, to be seen.
        assert!(read.is_ok(), "{color:?}: {read:?}");
    }
    let palette = |encoder: &mut png::Encoder<&mut Vec<u8>>| {
        encoder.set_palette(vec![200, 0, 0, 0, 0, 0]);
        encoder.set_trns(vec![255, 0]);
    };
    assert!(SealPicture::read(&made(png::ColorType::Indexed, palette)).is_ok());
    let clear = |encoder: &mut png::Encoder<&mut Vec<u8>>| {
        encoder.set_palette(vec![200, 0, 0, 0, 0, 0]);
        encoder.set_trns(vec![0, 0]);
    };
    let refused = SealPicture::read(&made(png::ColorType::Indexed, clear));
    assert_eq!(refused, Err(BadPicture::Blank));
}

#[test]
fn the_size_on_paper_is_told_where_the_file_has_one() {
    let cases = [
        // 300 dots per inch: 64 pixels are 5.42 mm.
        (11_811, 11_811, png::Unit::Meter, Some((542, 542))),
        (11_811, 5_906, png::Unit::Meter, Some((542, 1_084))),
        (1, 1, png::Unit::Meter, Some((6_400_000, 6_400_000))),
        (0, 11_811, png::Unit::Meter, None),
        (11_811, 0, png::Unit::Meter, None),
        (u32::MAX, u32::MAX, png::Unit::Meter, Some((0, 0))),
        (11_811, 11_811, png::Unit::Unspecified, None),
    ];
    for (xppu, yppu, unit, expected) in cases {
        let bytes = made(png::ColorType::Rgb, |encoder| {
            encoder.set_pixel_dims(Some(png::PixelDimensions { xppu, yppu, unit }));
        });
        let picture = SealPicture::read(&bytes).unwrap();
        assert_eq!(
            picture.physical_hundredths_mm(),
            expected,
            "{xppu} {yppu} {unit:?}"
        );
    }
}

#[test]
fn e2_a_second_file_behind_the_picture_is_refused() {
    let good = png(64, 64, striped);
    let inside = good.len() - END.len();
    let cases = [
        ("page and end", [good.as_slice(), b"<html>", &END].concat()),
        ("picture twice", [good.as_slice(), &good].concat()),
        ("end twice", [good.as_slice(), &END].concat()),
        (
            "end with data",
            [&good[..inside], &[0, 0, 0, 1], &END[4..], b"x"].concat(),
        ),
        ("something before", [b"PK".as_slice(), &good].concat()),
        ("header twice", [&good[..33], &good[8..]].concat()),
        ("no header", [&good[..8], &good[33..]].concat()),
        ("no picture", [&good[..33], &END].concat()),
        ("no end", good[..inside].to_vec()),
        (
            "critical chunk",
            [&good[..33], &[0; 4], b"ABCD", &[0; 4], &good[33..]].concat(),
        ),
        (
            "endless chunk",
            [&good[..33], &[0xff; 4], b"tEXt", &good[33..]].concat(),
        ),
    ];
    for (name, bytes) in cases {
        assert_eq!(SealPicture::read(&bytes), Err(BadPicture::NotPng), "{name}");
    }
}

#[test]
fn e4_a_seal_that_moves_is_refused() {
    for frames in [1, 2] {
        let bytes = moving(frames);
        assert_eq!(
            SealPicture::read(&bytes),
            Err(BadPicture::Animated),
            "{frames}"
        );
    }
}

#[test]
fn e2_a_bomb_is_refused_by_its_header() {
    let good = png(64, 64, striped);
    for (width, height) in [(4_097, 64), (64, u32::MAX), (0, 64), (u32::MAX, u32::MAX)] {
        let mut bytes = good.clone();
        bytes[16..20].copy_from_slice(&width.to_be_bytes());
        bytes[20..24].copy_from_slice(&height.to_be_bytes());
        let refused = SealPicture::read(&bytes);
        assert_eq!(refused, Err(BadPicture::Size { width, height }));
    }
}

#[test]
fn e4_what_is_no_seal_is_refused() {
    let good = png(64, 64, striped);
    let cases = [
        ("nothing", Vec::new(), BadPicture::NotPng),
        ("cut", good[..good.len() - 1].to_vec(), BadPicture::NotPng),
        ("text", b"seal".to_vec(), BadPicture::NotPng),
        (
            "behind",
            [good.as_slice(), b"x"].concat(),
            BadPicture::NotPng,
        ),
        (
            "small",
            png(63, 64, striped),
            BadPicture::Size {
                width: 63,
                height: 64,
            },
        ),
        ("red", png(64, 64, |_| [200, 0, 0, 255]), BadPicture::Blank),
        (
            "clear",
            png(64, 64, |place| [place.to_le_bytes()[0], 0, 0, 0]),
            BadPicture::Blank,
        ),
        (
            "large",
            vec![0; PICTURE_BYTES_MAX + 1],
            BadPicture::TooLarge,
        ),
    ];
    for (name, bytes, refusal) in cases {
        assert_eq!(SealPicture::read(&bytes), Err(refusal), "{name}");
    }
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(SealPicture::read(&bytes).is_err());
        let good = png(64, 64, striped);
        prop_assert!(SealPicture::read(&[&good[..33], &bytes, &END].concat()).is_err());
    }

    #[test]
    fn a_picture_that_was_changed_never_panics(at in 0_usize..4_000, byte in any::<u8>()) {
        let mut bytes = png(64, 64, striped);
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(picture) = SealPicture::read(&bytes) {
            prop_assert_eq!(picture.digest(), Digest::of(&bytes));
        }
    }
}

#[test]
fn the_pixels_are_those_of_the_file_in_whatever_form_it_has_them() {
    let own = SealPicture::pixels(&png(64, 100, striped)).unwrap();
    assert_eq!(own.len(), 6_400);
    assert_eq!(own[..2], [[200, 0, 0, 255], [0, 0, 0, 0]]);
    let first_two = |color, settings: fn(&mut png::Encoder<&mut Vec<u8>>)| {
        let pixels = SealPicture::pixels(&made(color, settings)).unwrap();
        assert_eq!(pixels.len(), 64 * 64, "{color:?}");
        [pixels[0], pixels[1]]
    };
    let cases = [
        (
            first_two(png::ColorType::Grayscale, |_| ()),
            [[1, 1, 1, 255], [0, 0, 0, 255]],
        ),
        (
            first_two(png::ColorType::GrayscaleAlpha, |_| ()),
            [[1, 1, 1, 0], [0; 4]],
        ),
        (
            first_two(png::ColorType::Rgb, |_| ()),
            [[1, 0, 0, 255], [0, 0, 0, 255]],
        ),
        (
            first_two(png::ColorType::Indexed, |encoder| {
                encoder.set_palette(vec![7, 8, 9, 10, 11, 12]);
                encoder.set_trns(vec![255, 40]);
            }),
            [[10, 11, 12, 40], [7, 8, 9, 255]],
        ),
    ];
    for (found, expected) in cases {
        assert_eq!(found, expected);
    }
    assert_eq!(SealPicture::pixels(b"x"), Err(BadPicture::NotPng));
}
