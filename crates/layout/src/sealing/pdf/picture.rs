//! The seal's picture as an image of a PDF and its mask.
//!
//! They are packed by runs alone: a compressor would be another one in some years, and the sealed
//! file must come out the same.

use std::collections::HashMap;

use data_encoding::HEXUPPER;
use yichuan_seal::SealPicture;
use yichuan_seal::ses::SesPicture;

use crate::sealing::NotSealed;

/// The most equal or different bytes that are written in one piece.
const PIECE_MAX: usize = 128;
/// From how many equal bytes on a run is written.
const RUN_MIN: usize = 3;
/// The end of the data.
const END: u8 = 128;

/// The image, whose mask has the number `mask`, and the mask.
pub(super) fn images(picture: &SesPicture<'_>, mask: u32) -> Result<[Vec<u8>; 2], NotSealed> {
    let size = SealPicture::read(picture.data).map_err(NotSealed::Picture)?;
    let mut pixels = SealPicture::pixels(picture.data).map_err(NotSealed::Picture)?;
    let cover: Vec<u8> = pixels.iter().map(|pixel| pixel[3]).collect();
    spread(&mut pixels);
    let (space, data) = if let Some((palette, data)) = indexed(&pixels) {
        let last = palette.len() / 3 - 1;
        let palette = HEXUPPER.encode(&palette);
        (format!("[/Indexed/DeviceRGB {last}<{palette}>]"), data)
    } else {
        let colours = pixels
            .iter()
            .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]);
        ("/DeviceRGB".to_owned(), colours.collect())
    };
    let image = |space: &str, more: &str, data: &[u8]| {
        let data = runs(data);
        let (width, height, length) = (size.width(), size.height(), data.len());
        let head = format!(
            "<</Type/XObject/Subtype/Image/Width {width}/Height {height}/ColorSpace{space}\
             /BitsPerComponent 8{more}/Filter/RunLengthDecode/Length {length}>>\nstream\n"
        );
        [head.as_bytes(), &data, b"\nendstream"].concat()
    };
    Ok([
        image(&space, &format!("/SMask {mask} 0 R"), &data),
        image("/DeviceGray", "", &cover),
    ])
}

/// Gives a pixel that covers nothing the colour of the one before it, and those before the first
/// that is seen the colour of that: what shines through at the edges is the seal's own colour.
fn spread(pixels: &mut [[u8; 4]]) {
    let first = pixels.iter().find(|pixel| pixel[3] > 0);
    let mut last = first.copied().unwrap_or_default();
    for pixel in pixels {
        if pixel[3] == 0 {
            *pixel = last;
        } else {
            last = *pixel;
        }
    }
}

/// Up to 256 colours in the order in which they come, three bytes each, and for every pixel which
/// one it has.
fn indexed(pixels: &[[u8; 4]]) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut known: HashMap<[u8; 3], u8> = HashMap::new();
    let mut palette = Vec::new();
    let mut data = Vec::with_capacity(pixels.len());
    for [red, green, blue, _] in pixels {
        let colour = [*red, *green, *blue];
        let place = if let Some(place) = known.get(&colour) {
            *place
        } else {
            let place = u8::try_from(known.len()).ok()?;
            known.insert(colour, place);
            palette.extend(colour);
            place
        };
        data.push(place);
    }
    Some((palette, data))
}

/// `RunLengthDecode` (7.4.5): from the left, three and more equal bytes are a run, all others are
/// as they are; either has at most 128.
fn runs(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() / 4);
    let mut plain = 0..0;
    while plain.end < bytes.len() {
        let at = plain.end;
        let rest = bytes[at..].iter().take(PIECE_MAX);
        let equal = rest.take_while(|byte| **byte == bytes[at]).count();
        if equal >= RUN_MIN {
            literal(&mut out, &bytes[plain]);
            out.extend([length(257 - equal), bytes[at]]);
            plain = at + equal..at + equal;
        } else {
            plain.end += 1;
            if plain.len() == PIECE_MAX {
                literal(&mut out, &bytes[plain.clone()]);
                plain.start = plain.end;
            }
        }
    }
    literal(&mut out, &bytes[plain]);
    out.push(END);
    out
}

fn literal(out: &mut Vec<u8>, bytes: &[u8]) {
    if !bytes.is_empty() {
        out.push(length(bytes.len() - 1));
        out.extend_from_slice(bytes);
    }
}

/// A length byte, of pieces that have at most 128 bytes.
fn length(number: usize) -> u8 {
    u8::try_from(number).unwrap_or(END)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_written_as_runs_and_the_rest_as_it_is() {
        let cases: [(&[u8], &[u8]); 6] = [
            (b"", &[128]),
            (b"a", &[0, b'a', 128]),
            (b"aab", &[2, b'a', b'a', b'b', 128]),
            (b"aaab", &[254, b'a', 0, b'b', 128]),
            (b"xaaa", &[0, b'x', 254, b'a', 128]),
            (&[7; 131], &[129, 7, 254, 7, 128]),
        ];
        for (bytes, expected) in cases {
            assert_eq!(runs(bytes), expected, "{bytes:?}");
        }
        let different: Vec<u8> = (0..=255).collect();
        let written = runs(&different);
        assert_eq!((written.len(), written[0], written[129]), (259, 127, 127));
    }

    #[test]
    fn what_covers_nothing_has_the_colour_of_what_is_seen_before_it() {
        let mut pixels = [[9, 9, 9, 0], [1, 2, 3, 4], [8, 8, 8, 0], [5, 6, 7, 255]];
        spread(&mut pixels);
        assert_eq!(pixels.map(|pixel| pixel[0]), [1, 1, 1, 5]);
        let (palette, data) = indexed(&pixels).expect("two colours");
        let expected = (&[1, 2, 3, 5, 6, 7][..], &[0, 0, 0, 1][..]);
        assert_eq!((&palette[..], &data[..]), expected);
        let many: Vec<[u8; 4]> = (0..=256_u16)
            .map(|number| [number.to_be_bytes()[0], number.to_be_bytes()[1], 0, 255])
            .collect();
        assert_eq!(indexed(&many), None);
        assert!(indexed(&many[..256]).is_some());
    }
}
