//! Draws pages of files and tells how long each took: `pages [--out FOLDER] FILE…`, release build.
#![allow(
    clippy::disallowed_methods,
    reason = "examples read files and the clock; the crate does not"
)]

use std::path::Path;
use std::time::Instant;

use yichuan_picture::{Bounds, Opened};

/// The width that the figure is given for.
const WIDTH: u32 = 1_200;

#[path = "fonts/mod.rs"]
mod fonts;

fn main() {
    let mut files: Vec<String> = std::env::args().skip(1).collect();
    let mut out = None;
    if files.first().is_some_and(|word| word == "--out") {
        out = files.drain(..2).next_back();
    }
    let faces = fonts::faces();
    for file in files {
        let Ok(bytes) = std::fs::read(&file) else {
            println!("{file}: not read");
            continue;
        };
        let name = Path::new(&file).file_name().unwrap_or_default();
        let name = name.to_string_lossy();
        let start = Instant::now();
        let mut opened = match Opened::open(&bytes, &Bounds::default()) {
            Ok(opened) => opened,
            Err(why) => {
                println!("{name}: {why}");
                continue;
            }
        };
        let opening = start.elapsed();
        for index in 0..opened.pages() {
            let start = Instant::now();
            match opened.page(index, WIDTH, &faces) {
                Ok(picture) => {
                    let drawn = start.elapsed();
                    println!(
                        "{name} page {}: opened {opening:.0?}, drawn {drawn:.0?}, {:?}",
                        index + 1,
                        picture.notes
                    );
                    if let Some(folder) = &out {
                        let path = Path::new(folder).join(format!("{name}-{}.png", index + 1));
                        std::fs::write(path, picture.png()).expect("the folder can be written");
                    }
                }
                Err(why) => println!("{name} page {}: {why}", index + 1),
            }
        }
    }
}
