//! Pages of the sample files: small reductions of them, and red where seals stand. Visibly skipped
//! where there are no samples.
#![allow(
    clippy::disallowed_methods,
    reason = "tests read samples and fonts; the crate does not"
)]

use std::path::Path;
use std::process::ExitCode;

use yichuan_picture::{Bounds, Opened, Picture, page};
use yichuan_typeface::Faces;

#[path = "made/fonts.rs"]
mod fonts;
#[path = "../../layout/tests/harness/mod.rs"]
mod harness;

use harness::Test;

const TESTS: &[Test] = &[
    ("every_sample_is_drawn_or_refused", every_sample),
    ("seals_are_red_within_a_millimetre_of_their_boundary", seals),
    (
        "a_seal_over_the_edges_of_pages_shows_a_strip_of_each",
        strips,
    ),
    ("pages_look_as_they_were_recorded", grids),
    ("e2_no_cut_or_flip_of_a_sample_breaks_the_painter", mutated),
];

fn main() -> ExitCode {
    let folder = harness::folder();
    if let Some(folder) = folder.as_deref().filter(|_| asked_to_record()) {
        record(folder);
        return ExitCode::SUCCESS;
    }
    harness::run(TESTS)
}

fn read(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn files(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for below in ["", "derived", "pdf"] {
        for entry in std::fs::read_dir(folder.join(below)).expect("the folder is there") {
            let path = entry.expect("it can be listed").path();
            let kind = path.extension().unwrap_or_default();
            if kind == "ofd" || kind == "pdf" {
                let name = path.strip_prefix(folder).expect("it lies below");
                names.push(name.to_string_lossy().into_owned());
            }
        }
    }
    names.sort();
    names
}

fn drawn(folder: &Path, name: &str, index: usize, width: u32) -> Picture {
    page(&read(folder, name), index, width, fonts::faces())
        .unwrap_or_else(|why| panic!("{name}: {why}"))
}

fn every_sample(folder: &Path) {
    const REFUSED: &[&str] = &[
        "broken-not-a-zip",
        "truncated",
        "no-ofd-xml",
        "missing-page",
        "xxe",
        "zip-slip",
    ];
    for name in files(folder) {
        let bytes = read(folder, &name);
        let is_bad = REFUSED.iter().any(|word| name.contains(word));
        match Opened::open(&bytes, &Bounds::default()) {
            Ok(mut opened) => {
                for index in 0..opened.pages() {
                    let picture = opened.page(index, 200, fonts::faces());
                    let picture = picture.unwrap_or_else(|why| panic!("{name}: {why}"));
                    assert_eq!(picture.width, 200);
                }
                assert!(!is_bad, "{name}");
            }
            Err(why) => assert!(is_bad, "{name}: {why}"),
        }
    }
}

/// Where there is red on a picture of `scale` pixels to the millimetre: left, top, right, bottom in
/// millimetres.
fn red(picture: &Picture, scale: f64) -> Option<[f64; 4]> {
    let row = picture.width as usize;
    let mut found: Option<[usize; 4]> = None;
    for (at, pixel) in picture.rgba.chunks_exact(4).enumerate() {
        let [red, green, blue] = [pixel[0], pixel[1], pixel[2]].map(i32::from);
        if red - green.max(blue) > 60 {
            let (x, y) = (at % row, at / row);
            let [left, top, right, bottom] = found.unwrap_or([x, y, x, y]);
            found = Some([left.min(x), top.min(y), right.max(x), bottom.max(y)]);
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "places on a page")]
    found.map(|edges| edges.map(|edge| edge as f64 / scale))
}

/// Boundaries in `Signature.xml`: left, top, right, bottom in millimetres.
const SEALS: &[(&str, usize, [f64; 4])] = &[
    ("SESV4SignDoc.ofd", 0, [50.0, 50.0, 90.0, 90.0]),
    ("gen_14_digital_sign.ofd", 0, [70.0, 100.0, 110.0, 140.0]),
];

fn seals(folder: &Path) {
    for (name, index, boundary) in SEALS {
        let picture = drawn(folder, name, *index, 840);
        let found = red(&picture, 4.0).unwrap_or_else(|| panic!("{name}: there is no red"));
        for (edge, expected) in found.iter().zip(boundary) {
            assert!(
                (edge - expected).abs() < 1.0,
                "{name}: {found:?}, {boundary:?}"
            );
        }
    }
}

fn strips(folder: &Path) {
    let bytes = read(folder, "V4RideRight.ofd");
    let mut opened = Opened::open(&bytes, &Bounds::default()).expect("it can be opened");
    assert_eq!(opened.pages(), 5);
    for index in 0..5 {
        let picture = opened
            .page(index, 840, &Faces::none())
            .expect("it can be drawn");
        let edge = |line: &[u8]| line[780 * 4..].to_vec();
        let lines = picture.rgba.chunks_exact(picture.width as usize * 4);
        let strip = Picture {
            width: 60,
            rgba: lines.flat_map(edge).collect(),
            ..picture
        };
        let [left, top, right, bottom] = red(&strip, 4.0).expect("there is a strip of the seal");
        let (left, right) = (left + 195.0, right + 195.0);
        assert!(
            left >= 201.5 && right <= 210.0,
            "page {index}: {left} {right}"
        );
        assert!(
            top >= 39.5 && bottom <= 80.5,
            "page {index}: {top} {bottom}"
        );
    }
}

/// Columns and rows of a recorded page.
const GRID: (usize, usize) = (32, 45);

/// The page's darkness in squares, from `0`, white, to `9`.
fn grid(picture: &Picture) -> String {
    let (columns, rows) = GRID;
    let (width, height) = (picture.width as usize, picture.height as usize);
    let mut text = String::new();
    for row in 0..rows {
        for column in 0..columns {
            let (mut sum, mut count) = (0, 0);
            for y in row * height / rows..(row + 1) * height / rows {
                for x in column * width / columns..(column + 1) * width / columns {
                    let pixel = &picture.rgba[(y * width + x) * 4..];
                    sum += 255 * 3
                        - pixel[..3]
                            .iter()
                            .map(|part| usize::from(*part))
                            .sum::<usize>();
                    count += 255 * 3;
                }
            }
            // A page of text is a quarter dark at most.
            let level = (sum * 36 / count.max(1)).min(9);
            text.push(char::from(
                b'0' + u8::try_from(level).expect("at most nine"),
            ));
        }
        text.push('\n');
    }
    text
}

/// Pages that are recorded.
const RECORDED: &[(&str, usize)] = &[
    ("gongwen-v1-broken.ofd", 0),
    ("gongwen-v1-broken.ofd", 1),
    ("gongwen-handling-slip.ofd", 0),
    ("invoice-test-v4-kinggrid.ofd", 0),
    ("invoice-masked-nosign.ofd", 0),
    ("path_unstd.ofd", 1),
    ("permit-v4-tampered-pages.ofd", 0),
    ("sign-only-gbt35275-x2.ofd", 0),
    ("fonts-suwell.ofd", 0),
    ("ctm_rotate.ofd", 0),
    ("gen_08_annotations.ofd", 0),
    ("pdf/clean.pdf", 0),
    ("pdf/mark-cid-nonembedded.pdf", 0),
];

fn asked_to_record() -> bool {
    std::env::args().any(|arg| arg == "--record")
}

/// Prints what `grids.txt` holds, after somebody has looked at the pages.
fn record(folder: &Path) {
    for (name, index) in RECORDED {
        print!(
            "{name} {index}\n{}",
            grid(&drawn(folder, name, *index, 640))
        );
    }
}

/// Grids of pages, with the free fonts that the test command installs.
const GRIDS: &str = include_str!("grids.txt");

/// Squares that may differ by more than three: other fonts have other shapes.
const DIFFERING_MAX: usize = 60;

fn grids(folder: &Path) {
    if !fonts::are_there() {
        return;
    }
    let mut lines = GRIDS.lines();
    let mut compared = 0;
    while let Some(head) = lines.next() {
        let (name, index) = head.rsplit_once(' ').expect("a file and a page");
        let index: usize = index.parse().expect("a number");
        let recorded: Vec<&str> = lines.by_ref().take(GRID.1).collect();
        let found = grid(&drawn(folder, name, index, 640));
        let pairs = recorded.iter().flat_map(|line| line.bytes());
        let pairs = pairs.zip(found.lines().flat_map(str::bytes));
        let differing = pairs
            .filter(|(one, other)| one.abs_diff(*other) > 3)
            .count();
        assert!(
            differing <= DIFFERING_MAX,
            "{name} {index}: {differing}\n{found}"
        );
        compared += 1;
    }
    assert!(compared >= 8, "{compared}");
}

fn mutated(folder: &Path) {
    for name in ["gongwen-v1-broken.ofd", "fonts-suwell.ofd", "pdf/clean.pdf"] {
        let good = read(folder, name);
        for step in 0..60 {
            let at = good.len() * step / 60;
            let mut bad = good.clone();
            bad[at] ^= 0x55;
            let _either = page(&bad, 0, 120, &Faces::none());
            let _either = page(&good[..at], 0, 120, &Faces::none());
        }
    }
}
