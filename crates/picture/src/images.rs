//! Pictures in files: PNG, JPEG and BMP, measured before they are expanded (attack E2).

use std::io::Cursor;

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::canvas::Image;

/// The most pixels of one picture.
const PIXELS_MAX: u64 = 24_000_000;

/// Whose pixels a picture may take, and whether its white is paper.
pub(crate) struct Expanded {
    pub(crate) image: Image,
    /// It has no transparency of its own.
    pub(crate) is_opaque: bool,
}

/// Expands a picture of at most `left` pixels, from which its own are taken; none where it is of
/// another kind, damaged or too large.
pub(crate) fn expand(bytes: &[u8], left: &mut u64) -> Option<Expanded> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => expand_png(bytes, left),
        [0xff, 0xd8, 0xff, ..] => expand_jpeg(bytes, left),
        [b'B', b'M', ..] => bmp(bytes, left),
        _ => None,
    }
}

fn take(width: u32, height: u32, left: &mut u64) -> Option<usize> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 || pixels > PIXELS_MAX {
        return None;
    }
    *left = left.checked_sub(pixels)?;
    usize::try_from(pixels).ok()
}

fn expand_png(bytes: &[u8], left: &mut u64) -> Option<Expanded> {
    let limits = png::Limits { bytes: 160 << 20 };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().ok()?;
    let (width, height) = (reader.info().width, reader.info().height);
    let pixels = take(width, height, left)?;
    let mut data = vec![0; reader.output_buffer_size()?];
    let info = reader.next_frame(&mut data).ok()?;
    data.truncate(info.buffer_size());
    let mut rgba = Vec::with_capacity(pixels * 4);
    let is_opaque = match info.color_type {
        png::ColorType::Rgba => {
            rgba = data;
            false
        }
        png::ColorType::Rgb => {
            rgba.extend(data.chunks_exact(3).flat_map(|p| [p[0], p[1], p[2], 255]));
            true
        }
        png::ColorType::GrayscaleAlpha => {
            rgba.extend(data.chunks_exact(2).flat_map(|p| [p[0], p[0], p[0], p[1]]));
            false
        }
        png::ColorType::Grayscale => {
            rgba.extend(data.iter().flat_map(|gray| [*gray, *gray, *gray, 255]));
            true
        }
        png::ColorType::Indexed => return None,
    };
    finish(width, height, rgba, is_opaque)
}

fn expand_jpeg(bytes: &[u8], left: &mut u64) -> Option<Expanded> {
    let options = DecoderOptions::new_safe()
        .set_max_width(16_384)
        .set_max_height(16_384)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(Cursor::new(bytes), options);
    decoder.decode_headers().ok()?;
    let info = decoder.info()?;
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    let pixels = take(width, height, left)?;
    let data = decoder.decode().ok()?;
    let (data, _) = data.as_chunks::<3>();
    let mut rgba: Vec<[u8; 4]> = Vec::with_capacity(pixels);
    rgba.extend(
        data.iter()
            .map(|[red, green, blue]| [*red, *green, *blue, 255]),
    );
    finish(width, height, rgba.into_flattened(), true)
}

/// A bitmap of 1, 8, 24 or 32 bits a pixel that is not packed.
fn bmp(bytes: &[u8], left: &mut u64) -> Option<Expanded> {
    let number = |at: usize| {
        let four = bytes.get(at..at + 4)?;
        Some(i32::from_le_bytes(four.try_into().ok()?))
    };
    let start = usize::try_from(number(10)?).ok()?;
    let header = usize::try_from(number(14)?).ok()?;
    let (width, signed) = (u32::try_from(number(18)?).ok()?, number(22)?);
    let bits = number(26)?.cast_unsigned() >> 16;
    let packed = number(30)?;
    if header < 40 || !(packed == 0 || packed == 3 && bits == 32) {
        return None;
    }
    let height = signed.unsigned_abs();
    let pixels = take(width, height, left)?;
    let colours = bytes.get(14 + header..)?;
    let row = (width as usize * bits as usize).div_ceil(32) * 4;
    let mut rgba = Vec::with_capacity(pixels * 4);
    for y in 0..height as usize {
        let y = if signed > 0 {
            height as usize - 1 - y
        } else {
            y
        };
        let line = bytes
            .get(start.checked_add(y.checked_mul(row)?)?..)?
            .get(..row)?;
        for x in 0..width as usize {
            let [blue, green, red] = match bits {
                24 => [line[x * 3], line[x * 3 + 1], line[x * 3 + 2]],
                32 => [line[x * 4], line[x * 4 + 1], line[x * 4 + 2]],
                8 | 1 => {
                    let index = match bits {
                        8 => usize::from(line[x]),
                        _ => usize::from(line[x / 8] >> (7 - x % 8) & 1),
                    };
                    let colour = colours.get(index * 4..index * 4 + 3)?;
                    [colour[0], colour[1], colour[2]]
                }
                _ => return None,
            };
            rgba.extend([red, green, blue, 255]);
        }
    }
    finish(width, height, rgba, true)
}

fn finish(width: u32, height: u32, rgba: Vec<u8>, is_opaque: bool) -> Option<Expanded> {
    let expected = width as usize * height as usize * 4;
    let image = Image {
        width,
        height,
        rgba,
    };
    (image.rgba.len() == expected).then_some(Expanded { image, is_opaque })
}

/// Makes white transparent, as the ground of a seal without transparency is.
pub(crate) fn clear_white(image: &mut Image) {
    for pixel in image.rgba.chunks_exact_mut(4) {
        let lightest = pixel[0].min(pixel[1]).min(pixel[2]);
        if lightest >= 240 {
            pixel[3] = 0;
        }
    }
}

/// A PNG file.
pub(crate) fn png(width: u32, height: u32, rgba: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header().expect("the header is in order");
    writer
        .write_image_data(rgba)
        .expect("there are four bytes for each pixel");
    writer.finish().expect("writing to memory does not fail");
    file
}
