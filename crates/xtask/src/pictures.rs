//! `cargo xtask pictures`: the pictures of the manuals, made anew from what the browser journeys
//! show.
//!
//! `tests/browser/pictures.json` says which screenshot a picture is. A screenshot has some thousand
//! colours, nearly all of them edges of letters; a picture has a palette of 64, so that it is small
//! enough to be kept with the manuals and to go into the package.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use yichuan_xtask::Failure;

use crate::test;
use crate::workspace::{root, target};

/// Which screenshot each picture is made of.
const LIST: &str = "tests/browser/pictures.json";
/// Where the manuals look for them.
const FOLDER: &str = "docs/using/pictures";
/// The colours of a picture.
const COLOURS: usize = 64;
/// No screenshot is larger, in bytes of its pixels.
const BYTES_MAX: usize = 64 << 20;

const USAGE: &str = "usage: cargo xtask pictures [--as-they-are]";

/// Runs the browser journeys and takes their screenshots; with `--as-they-are`, those that are
/// there.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    match arguments {
        [] => {
            let journeys = test::run(&["browser".to_owned()]);
            if journeys != ExitCode::SUCCESS {
                return journeys;
            }
        }
        [only] if only == "--as-they-are" => {}
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    }
    match make(&target().join("screenshots"), &root().join(FOLDER)) {
        Ok(made) => {
            for (path, bytes) in made {
                println!("{:>7} {}", bytes, path.display());
            }
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("pictures: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Makes every picture of the list in `folder`, and removes what is in no list.
fn make(screenshots: &Path, folder: &Path) -> Result<Vec<(PathBuf, usize)>, Failure> {
    let list = fs::read(root().join(LIST))?;
    let list: BTreeMap<String, String> =
        serde_json::from_slice(&list).map_err(|error| Failure(format!("{LIST}: {error}")))?;
    fs::create_dir_all(folder)?;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_stem().and_then(|name| name.to_str());
        if !name.is_some_and(|name| list.contains_key(name)) {
            fs::remove_file(path)?;
        }
    }
    let mut made = Vec::new();
    for (name, from) in &list {
        let from = screenshots.join(format!("{from}.png"));
        let shot =
            fs::read(&from).map_err(|error| Failure(format!("{}: {error}", from.display())))?;
        let small = reduced(&shot).map_err(|why| Failure(format!("{}: {why}", from.display())))?;
        let path = folder.join(format!("{name}.png"));
        fs::write(&path, &small)?;
        made.push((path, small.len()));
    }
    Ok(made)
}

/// A picture with a palette of another one.
fn reduced(shot: &[u8]) -> Result<Vec<u8>, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure(error.to_string());
    let limits = png::Limits { bytes: BYTES_MAX };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(shot), limits);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(|error| failed(&error))?;
    let size = reader
        .output_buffer_size()
        .filter(|size| *size <= BYTES_MAX)
        .ok_or_else(|| failed(&"too large"))?;
    let mut pixels = vec![0; size];
    let info = reader
        .next_frame(&mut pixels)
        .map_err(|error| failed(&error))?;
    let samples = match info.color_type {
        png::ColorType::Rgb => 3,
        png::ColorType::Rgba => 4,
        other => return Err(failed(&format!("{other:?} is not what a browser makes"))),
    };
    let pixels: Vec<[u8; 3]> = pixels[..info.buffer_size()]
        .chunks_exact(samples)
        .map(|pixel| [pixel[0], pixel[1], pixel[2]])
        .collect();
    let palette = palette(&pixels);
    let mut nearest = HashMap::new();
    let places: Vec<u8> = pixels
        .iter()
        .map(|pixel| {
            *nearest
                .entry(*pixel)
                .or_insert_with(|| place(&palette, *pixel))
        })
        .collect();
    let mut made = Vec::new();
    let mut encoder = png::Encoder::new(&mut made, info.width, info.height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette.concat());
    encoder.set_compression(png::Compression::High);
    encoder.set_filter(png::Filter::NoFilter);
    let mut writer = encoder.write_header().map_err(|error| failed(&error))?;
    writer
        .write_image_data(&places)
        .map_err(|error| failed(&error))?;
    writer.finish().map_err(|error| failed(&error))?;
    Ok(made)
}

/// The colours that are seen most, of which no two are nearly the same.
fn palette(pixels: &[[u8; 3]]) -> Vec<[u8; 3]> {
    let mut counts: HashMap<[u8; 3], usize> = HashMap::new();
    for pixel in pixels {
        *counts.entry(*pixel).or_default() += 1;
    }
    let mut counted: Vec<([u8; 3], usize)> = counts.into_iter().collect();
    counted.sort_by_key(|(colour, count)| (std::cmp::Reverse(*count), *colour));
    let mut chosen: Vec<[u8; 3]> = Vec::new();
    // Colours that are nearly the same come in only where there is room for them.
    for apart in [24_u32 * 24, 12 * 12, 1] {
        for (colour, _) in &counted {
            if chosen.len() == COLOURS {
                return chosen;
            }
            if chosen
                .iter()
                .all(|other| distance(*other, *colour) >= apart)
            {
                chosen.push(*colour);
            }
        }
    }
    chosen
}

/// The place of the colour that is nearest.
fn place(palette: &[[u8; 3]], colour: [u8; 3]) -> u8 {
    let places = (0_u8..).zip(palette);
    places
        .min_by_key(|(_, other)| distance(**other, colour))
        .map_or(0, |(place, _)| place)
}

fn distance(one: [u8; 3], other: [u8; 3]) -> u32 {
    one.iter()
        .zip(other)
        .map(|(one, other)| u32::from(one.abs_diff(other)).pow(2))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(color: png::ColorType, width: u32, pixels: &[u8]) -> Vec<u8> {
        let mut made = Vec::new();
        let mut encoder = png::Encoder::new(&mut made, width, 1);
        encoder.set_color(color);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(pixels).unwrap();
        writer.finish().unwrap();
        made
    }

    fn drawn(small: &[u8]) -> (usize, Vec<[u8; 3]>) {
        let mut reader = png::Decoder::new(Cursor::new(small)).read_info().unwrap();
        let colours: Vec<u8> = reader.info().palette.clone().unwrap().into_owned();
        let mut places = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut places).unwrap();
        let colour = |place: &u8| {
            let at = usize::from(*place) * 3;
            [colours[at], colours[at + 1], colours[at + 2]]
        };
        (colours.len() / 3, places.iter().map(colour).collect())
    }

    #[test]
    fn few_colours_stay_as_they_are() {
        let pixels = [
            [255, 255, 255],
            [176, 30, 30],
            [255, 255, 255],
            [176, 30, 31],
        ];
        let small = reduced(&png(png::ColorType::Rgb, 4, &pixels.concat())).unwrap();
        assert_eq!(drawn(&small), (3, pixels.to_vec()));
    }

    #[test]
    fn many_colours_become_near_ones() {
        let pixels: Vec<[u8; 3]> = (0..=255).map(|grey| [grey; 3]).collect();
        let small = reduced(&png(png::ColorType::Rgb, 256, &pixels.concat())).unwrap();
        let (colours, drawn) = drawn(&small);
        assert_eq!(colours, COLOURS);
        for (before, after) in pixels.iter().zip(drawn) {
            assert!(
                distance(*before, after) <= 3 * 12 * 12,
                "{before:?} {after:?}"
            );
        }
    }

    #[test]
    fn what_is_no_screenshot_is_refused() {
        for bad in [
            b"".to_vec(),
            b"not a picture".to_vec(),
            png(png::ColorType::Grayscale, 4, &[0; 4]),
        ] {
            assert!(reduced(&bad).is_err(), "{} bytes", bad.len());
        }
    }
}
