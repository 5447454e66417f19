//! The picture of a seal: one PNG, within limits.
//!
//! It never decodes before the size is known to be within the limits.

use core::fmt;
use std::io::Cursor;

use yichuan_document::Digest;

use crate::impression::Ink;

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
    density: Option<(u32, u32)>,
    ink: Ink,
}

impl SealPicture {
    /// Reads a PNG (ISO/IEC 15948): one still picture with something on it, and nothing after it.
    ///
    /// Refuses more than [`PICTURE_BYTES_MAX`], a side outside 64 to 4,096 pixels, an animation,
    /// and what shows nothing: one colour, or wholly transparent. It may be opaque.
    pub fn read(bytes: &[u8]) -> Result<Self, BadPicture> {
        let decoded = decode(bytes)?;
        let (width, height) = decoded.size;
        Ok(Self {
            digest: Digest::of(bytes),
            width,
            height,
            density: decoded.density,
            ink: Ink::of(&decoded.pixels, width, decoded.samples),
        })
    }

    /// The pixels of what [`Self::read`] takes, from the top left corner, line by line: red, green,
    /// blue and alpha of each, 8 bits a channel; an alpha of 0 is wholly transparent. Of 16 bits
    /// the higher ones count, profiles and gamma do not.
    pub fn pixels(bytes: &[u8]) -> Result<Vec<[u8; 4]>, BadPicture> {
        let decoded = decode(bytes)?;
        let pixels = decoded.pixels.chunks_exact(decoded.samples);
        let pixels = pixels.map(|pixel| match *pixel {
            [grey, alpha] => [grey, grey, grey, alpha],
            [red, green, blue] => [red, green, blue, 255],
            [red, green, blue, alpha] => [red, green, blue, alpha],
            _ => [pixel[0], pixel[0], pixel[0], 255],
        });
        Ok(pixels.collect())
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

    /// Width and height on paper in hundredths of a millimetre, where the file says so (`pHYs`).
    pub fn physical_hundredths_mm(&self) -> Option<(u32, u32)> {
        let (x, y) = self.density?;
        physical((self.width, x), (self.height, y))
    }

    /// Pixels per metre, across and down, where the file says so (`pHYs`).
    pub(crate) const fn pixels_per_metre(&self) -> Option<(u32, u32)> {
        self.density
    }

    /// What is to be seen of it.
    pub(crate) const fn ink(&self) -> Ink {
        self.ink
    }
}

/// A picture as it was decoded.
struct Decoded {
    size: (u32, u32),
    /// Pixels per metre, across and down.
    density: Option<(u32, u32)>,
    /// Of each pixel: grey or three colours, with alpha or without.
    samples: usize,
    pixels: Vec<u8>,
}

/// Decodes a picture that is within the limits and shows something.
fn decode(bytes: &[u8]) -> Result<Decoded, BadPicture> {
    if bytes.len() > PICTURE_BYTES_MAX {
        return Err(BadPicture::TooLarge);
    }
    let (width, height) = walk(bytes)?;
    if !SIDE.contains(&width) || !SIDE.contains(&height) {
        return Err(BadPicture::Size { width, height });
    }
    let limits = png::Limits {
        bytes: DECODED_BYTES_MAX,
    };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    // Compressed texts and profiles say nothing that is shown, and could be bombs.
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let mut reader = decoder.read_info().map_err(|_| BadPicture::NotPng)?;
    let density = reader.info().pixel_dims;
    let size = reader
        .output_buffer_size()
        .filter(|size| *size <= DECODED_BYTES_MAX);
    let mut pixels = vec![0; size.ok_or(BadPicture::NotPng)?];
    let frame = reader
        .next_frame(&mut pixels)
        .map_err(|_| BadPicture::NotPng)?;
    pixels.truncate(frame.buffer_size());
    let samples = frame.color_type.samples();
    if is_blank(&pixels, samples) {
        return Err(BadPicture::Blank);
    }
    Ok(Decoded {
        size: (width, height),
        density: density
            .filter(|density| density.unit == png::Unit::Meter)
            .map(|density| (density.xppu, density.yppu)),
        samples,
        pixels,
    })
}

/// The chunks that a decoder must understand (ISO/IEC 15948, 5.4).
const CRITICAL: [&[u8; 4]; 4] = [b"IHDR", b"PLTE", b"IDAT", b"IEND"];
/// The chunks that make a picture move.
const MOVING: [&[u8; 4]; 3] = [b"acTL", b"fcTL", b"fdAT"];

/// Walks over the chunks to the last byte and returns the size in the first of them.
///
/// A decoder stops when it has the picture and would not see a second one behind it.
fn walk(bytes: &[u8]) -> Result<(u32, u32), BadPicture> {
    let mut rest = bytes
        .strip_prefix(b"\x89PNG\r\n\x1a\n")
        .ok_or(BadPicture::NotPng)?;
    let mut size = None;
    while let Some((chunk, data)) = next_chunk(&mut rest) {
        match (&chunk, size) {
            (b"IHDR", None) if data.len() == 13 => {
                let pixels = |at: usize| {
                    data[at..at + 4]
                        .iter()
                        .fold(0, |n, b| n << 8 | u32::from(*b))
                };
                size = Some((pixels(0), pixels(4)));
            }
            (b"IHDR", _) | (_, None) => return Err(BadPicture::NotPng),
            (b"IEND", Some(size)) => {
                let is_last = data.is_empty() && rest.is_empty();
                return is_last.then_some(size).ok_or(BadPicture::NotPng);
            }
            _ if MOVING.contains(&&chunk) => return Err(BadPicture::Animated),
            _ if chunk[0].is_ascii_uppercase() && !CRITICAL.contains(&&chunk) => {
                return Err(BadPicture::NotPng);
            }
            _ => {}
        }
    }
    Err(BadPicture::NotPng)
}

/// Takes one chunk, type and data; none where it is cut off. The decoder checks its CRC.
fn next_chunk<'b>(rest: &mut &'b [u8]) -> Option<([u8; 4], &'b [u8])> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let (chunk, after) = after.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (data, after) = after.split_at_checked(length)?;
    let (_crc, after) = after.split_first_chunk::<4>()?;
    *rest = after;
    Some((*chunk, data))
}

/// The size on paper of sides in pixels and pixels per metre; none for a density of nothing.
fn physical(width: (u32, u32), height: (u32, u32)) -> Option<(u32, u32)> {
    let side = |(pixels, per_metre): (u32, u32)| {
        let half = u64::from(per_metre) / 2;
        let hundredths = (u64::from(pixels) * 100_000 + half).checked_div(u64::from(per_metre))?;
        u32::try_from(hundredths).ok()
    };
    Some((side(width)?, side(height)?))
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
mod tests;
