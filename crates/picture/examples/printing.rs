//! Makes a file for the printer and tells how long it took and the most memory that was used:
//! `printing FILE COPIES [OUT]`, release build.
#![allow(
    clippy::disallowed_methods,
    reason = "examples read files and the clock; the crate does not"
)]

use std::time::Instant;

use yichuan_picture::printing::{Copy, Original, print_file};

#[path = "fonts/mod.rs"]
mod fonts;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [file, copies, out @ ..] = &words[..] else {
        println!("printing FILE COPIES [OUT]");
        return;
    };
    let bytes = std::fs::read(file).expect("the file can be read");
    let copies: u32 = copies.parse().expect("a number of copies");
    let copies: Vec<Copy> = (1..=copies)
        .map(|copy_number| {
            Copy::Original(Original {
                copy_number,
                unit: "江州市水务局".to_owned(),
                printed_at: "2026-01-05 10:00".to_owned(),
                code: format!("https://example.invalid/0123456789abcdef/{copy_number:06}"),
            })
        })
        .collect();
    let faces = fonts::faces();
    let start = Instant::now();
    let made = print_file(&bytes, &copies, &faces)
        .expect("it can be printed")
        .pdf;
    let took = start.elapsed();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM"));
    println!(
        "{} copies: {took:.0?}, {} KiB, {}",
        copies.len(),
        made.len() >> 10,
        peak.unwrap_or("")
    );
    if let Some(out) = out.first() {
        std::fs::write(out, made).expect("the file can be written");
    }
}
