//! Tiles: the path in the first line, the bytes behind it; and proofs.
#![no_main]

use yichuan_evidence::proof::Path;
use yichuan_evidence::tile::{Tile, parse_bundle, parse_hashes, write_bundle};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    if let Ok(path) = Path::from_bytes(input) {
        assert_eq!(path.to_bytes(), input);
    }
    let Some(end) = input.iter().position(|byte| *byte == b'\n') else {
        return;
    };
    let (Ok(path), bytes) = (std::str::from_utf8(&input[..end]), &input[end + 1..]) else {
        return;
    };
    let Ok(tile) = path.parse::<Tile>() else {
        return;
    };
    assert_eq!(tile.to_string(), path);
    let _ = parse_hashes(&tile, bytes);
    if let Ok(entries) = parse_bundle(&tile, bytes) {
        assert_eq!(write_bundle(&entries).as_deref(), Ok(bytes));
    }
});
