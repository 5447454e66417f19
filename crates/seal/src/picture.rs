//! The picture of a seal: one PNG, within limits.

use core::fmt;
use std::io::Cursor;

use yichuan_document::Digest;

/// The most bytes of a picture.
pub const PICTURE_BYTES_MAX: usize = 256 << 10;
/// The least and the most pixels of a side.
const SIDE: core::ops::RangeInclusive<u32> = 64..=4_096;
/// The most bytes that a decoder may use: four channels of the largest picture.
const DECODED_BYTES_MAX: usize = 64 << 20;

/// A picture that can be shown as a seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealPicture {
    digest: Digest,
    width: u32,
    height: u32,
}

impl SealPicture {
    /// Reads a PNG: one still picture with something on it, and nothing after it.
    pub fn read(bytes: &[u8]) -> Result<Self, BadPicture> {
        if bytes.len() > PICTURE_BYTES_MAX {
            return Err(BadPicture::TooLarge);
        }
        let end = [0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82];
        if !bytes.ends_with(&end) {
            return Err(BadPicture::NotPng);
        }
        let limits = png::Limits {
            bytes: DECODED_BYTES_MAX,
        };
        let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().map_err(|_| BadPicture::NotPng)?;
        let (width, height) = reader.info().size();
        if !SIDE.contains(&width) || !SIDE.contains(&height) {
            return Err(BadPicture::Size { width, height });
        }
        if reader.info().is_animated() {
            return Err(BadPicture::Animated);
        }
        let size = reader
            .output_buffer_size()
            .filter(|size| *size <= DECODED_BYTES_MAX);
        let mut pixels = vec![0; size.ok_or(BadPicture::NotPng)?];
        let frame = reader
            .next_frame(&mut pixels)
            .map_err(|_| BadPicture::NotPng)?;
        let pixels = &pixels[..frame.buffer_size()];
        if is_blank(pixels, frame.color_type.samples()) {
            return Err(BadPicture::Blank);
        }
        Ok(Self {
            digest: Digest::of(bytes),
            width,
            height,
        })
    }

    /// SHA-256 of the file, as the seal's grant names it.
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// Pixels from left to right.
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Pixels from top to bottom.
    pub const fn height(&self) -> u32 {
        self.height
    }
}

/// Whether every pixel is the same, or nothing of it is seen.
fn is_blank(pixels: &[u8], samples: usize) -> bool {
    let mut each = pixels.chunks_exact(samples);
    let Some(first) = each.next() else {
        return true;
    };
    let has_alpha = samples == 2 || samples == 4;
    let unseen = |pixel: &[u8]| has_alpha && pixel.last() == Some(&0);
    pixels.chunks_exact(samples).all(unseen) || each.all(|pixel| pixel == first)
}

/// Why a file is no picture of a seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadPicture {
    /// More than [`PICTURE_BYTES_MAX`].
    TooLarge,
    /// Not a whole PNG, or something stands behind it.
    NotPng,
    /// A side is too short or too long.
    Size {
        /// Pixels from left to right.
        width: u32,
        /// Pixels from top to bottom.
        height: u32,
    },
    /// It moves.
    Animated,
    /// Nothing is to be seen on it.
    Blank,
}

impl fmt::Display for BadPicture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => write!(f, "the picture has more than {PICTURE_BYTES_MAX} bytes"),
            Self::NotPng => f.write_str("not a PNG, or something stands behind it"),
            Self::Size { width, height } => {
                write!(f, "{width} by {height} pixels is no seal's size")
            }
            Self::Animated => f.write_str("a seal does not move"),
            Self::Blank => f.write_str("nothing is to be seen on the picture"),
        }
    }
}

impl core::error::Error for BadPicture {}

#[cfg(test)]
mod tests {
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

    #[test]
    fn a_picture_is_read() {
        let bytes = png(64, 100, striped);
        let picture = SealPicture::read(&bytes).unwrap();
        assert_eq!((picture.width(), picture.height()), (64, 100));
        assert_eq!(picture.digest(), Digest::of(&bytes));
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
}
