//! Makes a file of `proto/vectors/seal`, the same each time, and writes it to the standard output:
//! `records` or `pictures`.
//!
//! What is expected stands here by hand; nothing is asked of the code that the vectors try.

use std::process::ExitCode;

use data_encoding::{BASE64, HEXLOWER};
use serde_json::{Value, json};
use yichuan_document::statement::About;
use yichuan_document::{Digest, Timestamp};
use yichuan_seal::{Clip, PICTURE_BYTES_MAX, Placement, RECORD_VERSION, SealRecord};

const ID: &str = "019a0000-0000-7000-8000-000000000001";
const OTHER_ID: &str = "019a0000-0000-7000-8000-000000000002";

fn main() -> ExitCode {
    let file = match std::env::args().nth(1).as_deref() {
        Some("records") => json!({
            "document": ID,
            "manifest": Digest::of(b"manifest").to_string(),
            "parts": parts().map(|part| part.to_string()),
            "read": read(),
            "applied": applied(),
        }),
        Some("pictures") => json!({ "pictures": pictures() }),
        _ => {
            eprintln!("name one: records, pictures");
            return ExitCode::from(2);
        }
    };
    let text = serde_json::to_string_pretty(&file);
    println!("{}", text.expect("what was just put together is JSON"));
    ExitCode::SUCCESS
}

fn parts() -> [Digest; 2] {
    [Digest::of(b"the notice"), Digest::of(b"its annex")]
}

fn record(ordinal: u8) -> SealRecord {
    SealRecord {
        version: RECORD_VERSION,
        about: About {
            document: ID.parse().expect("an id"),
            manifest: Digest::of(b"manifest"),
        },
        ordinal,
        seal: "513200-zfb-seal01".parse().expect("a seal"),
        picture: Digest::of(b"picture"),
        placements: vec![Placement {
            part: 0,
            page: 2,
            x: 12_130,
            y: 18_720,
            width: 4_200,
            height: 4_200,
            clip: None,
        }],
        ses: None,
        sealed: parts().to_vec(),
        at: Timestamp::from_unix_ms(1_795_000_000_000),
    }
}

fn with(change: impl Fn(&mut SealRecord)) -> SealRecord {
    let mut record = record(1);
    change(&mut record);
    record
}

fn placed(change: impl Fn(&mut Placement)) -> Vec<u8> {
    with(|record| change(&mut record.placements[0])).to_bytes()
}

/// A case: what it is called, its bytes, what becomes of it.
type Case = (&'static str, Vec<u8>, &'static str);

/// Records by themselves.
fn read() -> Vec<Value> {
    let cases = places().into_iter().chain(forms());
    cases
        .map(|(name, bytes, outcome)| {
            json!({ "name": name, "record": HEXLOWER.encode(&bytes), "outcome": outcome })
        })
        .collect()
}

fn places() -> Vec<Case> {
    let many = |count: u32| {
        with(|record| {
            let place = record.placements[0];
            let each = |page| Placement { page, ..place };
            record.placements = (1..=count).map(each).collect();
        })
        .to_bytes()
    };
    let clipped = |x, width| {
        placed(|place| {
            place.clip = Some(Clip {
                x,
                y: 0,
                width,
                height: 1_000,
            });
        })
    };
    let twice = with(|record| record.placements.push(record.placements[0]));
    let ses = with(|record| record.ses = Some(vec![0x30, 0].into()));
    vec![
        ("one place", record(1).to_bytes(), "read"),
        (
            "no place",
            with(|r| r.placements.clear()).to_bytes(),
            "read",
        ),
        ("512 places", many(512), "read"),
        ("a GB/T 38540 value", ses.to_bytes(), "read"),
        ("513 places", many(513), "placement"),
        ("one place twice", twice.to_bytes(), "placement"),
        (
            "a part too many",
            placed(|place| place.part = 2),
            "placement",
        ),
        ("page 0", placed(|place| place.page = 0), "placement"),
        (
            "page 10,001",
            placed(|place| place.page = 10_001),
            "placement",
        ),
        (
            "too far to the right",
            placed(|place| place.x = 100_001),
            "placement",
        ),
        (
            "too far down",
            placed(|place| place.y = 100_001),
            "placement",
        ),
        ("no width", placed(|place| place.width = 0), "placement"),
        ("a strip", clipped(0, 4_200), "read"),
        ("a strip of nothing", clipped(0, 0), "placement"),
        ("a strip beside it", clipped(1, 4_200), "placement"),
        (
            "a strip beyond all numbers",
            clipped(u32::MAX, 1),
            "placement",
        ),
        (
            "too high",
            placed(|place| place.height = 20_001),
            "placement",
        ),
    ]
}

fn forms() -> Vec<Case> {
    let good = record(1).to_bytes();
    let head = |head: &[u8]| [head, &good[3..]].concat();
    vec![
        ("number 0", with(|r| r.ordinal = 0).to_bytes(), "order"),
        ("version 0", head(&[0xa8, 0, 0]), "version"),
        ("version 2", head(&[0xa8, 0, 2]), "version"),
        ("nothing", Vec::new(), "unreadable"),
        ("cut off", good[..good.len() - 1].to_vec(), "unreadable"),
        ("a byte behind", [&good[..], &[0]].concat(), "unreadable"),
        (
            "an unknown key",
            [&[0xa9], &good[1..], &[9, 0]].concat(),
            "unreadable",
        ),
        ("a key twice", head(&[0xa9, 0, 1, 0, 1]), "unreadable"),
        ("a long integer", head(&[0xa8, 0, 0x18, 1]), "unreadable"),
        ("an indefinite length", head(&[0xbf, 0, 1]), "unreadable"),
        ("a tag", [&[0xc1], &good[..]].concat(), "unreadable"),
        ("an array", head(&[0x88, 0, 1]), "unreadable"),
    ]
}

/// Records, in order, on the document whose parts stand at the head of the file.
fn applied() -> Vec<Value> {
    let digit = Digest::of(b"the n0tice");
    let ses = with(|record| record.ses = Some(vec![0x30, 0].into()));
    let id = with(|record| record.about.document = OTHER_ID.parse().expect("an id"));
    let manifest = with(|record| record.about.manifest = Digest::of(b"another"));
    let second = SealRecord {
        sealed: vec![digit, parts()[1]],
        ..record(2)
    };
    let cases = [
        ("no seal", vec![], "stands"),
        ("one seal", vec![record(1)], "stands"),
        ("two seals", vec![record(1), record(2)], "stands"),
        ("16 seals", (1..=16).map(record).collect(), "stands"),
        ("17 seals", (1..=17).map(record).collect(), "too many"),
        ("another document's id", vec![id], "another document"),
        ("another manifest", vec![manifest], "another document"),
        ("the second alone", vec![record(2)], "order"),
        ("the second first", vec![record(2), record(1)], "order"),
        ("the first twice", vec![record(1), record(1)], "order"),
        ("a seal left out", vec![record(1), record(3)], "order"),
        (
            "a digit at the first",
            vec![with(|r| r.sealed[0] = digit)],
            "changed",
        ),
        ("a digit at the second", vec![record(1), second], "changed"),
        (
            "the parts changed about",
            vec![with(|r| r.sealed.reverse())],
            "changed",
        ),
        (
            "a part less",
            vec![with(|r| r.sealed.truncate(1))],
            "changed",
        ),
        (
            "a part more",
            vec![with(|r| r.sealed.push(digit))],
            "changed",
        ),
        ("a GB/T 38540 value", vec![ses], "not at hand"),
    ];
    cases
        .map(|(name, records, outcome)| {
            let hex = |record: &SealRecord| HEXLOWER.encode(&record.to_bytes());
            let records: Vec<String> = records.iter().map(hex).collect();
            json!({ "name": name, "records": records, "outcome": outcome })
        })
        .into()
}

fn png(width: u32, height: u32, density: Option<u32>, pixel: impl Fn(u32) -> [u8; 4]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_pixel_dims(density.map(|per_metre| png::PixelDimensions {
        xppu: per_metre,
        yppu: per_metre,
        unit: png::Unit::Meter,
    }));
    let mut writer = encoder.write_header().expect("a header");
    let pixels: Vec<u8> = (0..width * height).flat_map(pixel).collect();
    writer
        .write_image_data(&pixels)
        .expect("as many pixels as were said");
    writer.finish().expect("memory takes it");
    bytes
}

fn striped(place: u32) -> [u8; 4] {
    if place.is_multiple_of(2) {
        [200, 0, 0, 255]
    } else {
        [0; 4]
    }
}

fn pictures() -> Vec<Value> {
    let good = png(64, 64, None, striped);
    let on_paper = png(64, 100, Some(11_811), striped);
    let end = &good[good.len() - 12..];
    let with_chunk = |kind: &[u8]| [&good[..33], &[0; 4], kind, &[0; 4], &good[33..]].concat();
    let valid = |name: &str, bytes: &[u8], size: [u32; 2], paper: Value| {
        let digest = Digest::of(bytes).to_string();
        json!({ "name": name, "png": BASE64.encode(bytes), "outcome": "read",
            "digest": digest, "pixels": size, "hundredths_mm": paper })
    };
    let refused = [
        ("nothing", Vec::new(), "not a PNG"),
        ("text", b"seal".to_vec(), "not a PNG"),
        ("cut off", good[..good.len() - 1].to_vec(), "not a PNG"),
        ("no end", good[..good.len() - 12].to_vec(), "not a PNG"),
        ("a byte behind", [&good[..], b"x"].concat(), "not a PNG"),
        (
            "a page behind, and an end",
            [&good[..], b"<html>", end].concat(),
            "not a PNG",
        ),
        (
            "a second picture behind",
            [&good[..], &good[..]].concat(),
            "not a PNG",
        ),
        (
            "a second header",
            [&good[..33], &good[8..]].concat(),
            "not a PNG",
        ),
        ("no pixels", [&good[..33], end].concat(), "not a PNG"),
        (
            "an unknown critical chunk",
            with_chunk(b"ABCD"),
            "not a PNG",
        ),
        ("an animation's chunk", with_chunk(b"acTL"), "moves"),
        ("a side of 63", png(63, 64, None, striped), "size"),
        ("a side of 4,097", png(4_097, 64, None, striped), "size"),
        (
            "one colour",
            png(64, 64, None, |_| [200, 0, 0, 255]),
            "blank",
        ),
        (
            "wholly transparent",
            png(64, 64, None, |i| [i.to_le_bytes()[0], 0, 0, 0]),
            "blank",
        ),
    ];
    let refused = refused.map(|(name, bytes, outcome)| {
        assert!(bytes.len() <= PICTURE_BYTES_MAX, "{name}");
        json!({ "name": name, "png": BASE64.encode(&bytes), "outcome": outcome })
    });
    let mut cases = vec![
        valid("a seal", &good, [64, 64], Value::Null),
        valid(
            "a seal with its size",
            &on_paper,
            [64, 100],
            json!([542, 847]),
        ),
    ];
    cases.extend(refused);
    cases
}
